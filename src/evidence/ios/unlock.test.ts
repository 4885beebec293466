import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../../base/index.ts';
import { nodeBackupCrypto } from '../../formats/keybag/node.ts';
import { makeKeyBag } from '../../formats/keybag/testing.ts';
import { unlockBackup } from './unlock.ts';

const made = makeKeyBag('right', [3]);
const manifest = { BackupKeyBag: made.bag, ManifestKey: made.encrypt(new Uint8Array(16), 3).key };

describe('unlockBackup()', () => {
  it('tells before each password what it waits for', async () => {
    const told: string[] = [];
    const passwords = [utf8Bytes('wrong'), utf8Bytes('right')];
    await unlockBackup(manifest, passwords, nodeBackupCrypto, { progress: (text) => told.push(text) });
    expect(told).toEqual([
      'Opening the encrypted backup, about 1 seconds, password 1 of 2',
      'Opening the encrypted backup, about 1 seconds, password 2 of 2',
    ]);
  });

  it('ends at once when it is cancelled while a key is computed, and computes none afterwards', async () => {
    const controller = new AbortController();
    let begun = 0;
    const endless = {
      ...nodeBackupCrypto,
      pbkdf2() {
        begun++;
        queueMicrotask(() => controller.abort());
        return new Promise<Uint8Array>(() => undefined);
      },
    };
    const watch = { signal: controller.signal };
    const passwords = [utf8Bytes('a'), utf8Bytes('b')];
    await expect(unlockBackup(manifest, passwords, endless, watch)).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    await expect(unlockBackup(manifest, passwords, endless, watch)).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    expect(begun).toBe(1);
  });

  it('refuses a bag that asks for more work than any phone does, and says so', async () => {
    const bag = made.bag.slice();
    const at = Buffer.from(bag).indexOf('DPIC') + 8;
    new DataView(bag.buffer).setUint32(at, 50_000_001);
    await expect(
      unlockBackup({ ...manifest, BackupKeyBag: bag }, [utf8Bytes('right')], nodeBackupCrypto),
    ).rejects.toThrow(
      'Cannot read key bag: DPIC asks for 50000001 rounds, where phones ask for 10000000 and 50000000 are the limit: it is damaged or made to hold up the check',
    );
  });
});
