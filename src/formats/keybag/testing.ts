import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto';
import { concatBytes, utf8Bytes } from '../../base/index.ts';

const WRAP_IV = new Uint8Array(8).fill(0xa6);

/** An encrypted backup's keys made for a test: the bag, and the pieces that encrypt a file under one of its classes. */
export interface MadeKeyBag {
  readonly bag: Uint8Array;
  /** Encrypts a file: the content on disk, and the `EncryptionKey` (or `ManifestKey`) that belongs to it. */
  encrypt(plain: Uint8Array, classId: number): { content: Uint8Array; key: Uint8Array };
}

export function field(tag: string, value: number | Uint8Array): Uint8Array {
  const bytes = typeof value === 'number' ? uint32(value, false) : value;
  return concatBytes([utf8Bytes(tag), uint32(bytes.length, false), bytes]);
}

/** Makes a key bag with few iterations; `long` false leaves out DPSL and DPIC as before iOS 10.2. */
export function makeKeyBag(password: string, classIds: readonly number[], long = true): MadeKeyBag {
  const [salt, longSalt] = [randomBytes(20), randomBytes(20)];
  const secret = long ? pbkdf2Sync(password, longSalt, 50, 32, 'sha256') : password;
  const kek = pbkdf2Sync(secret, salt, 20, 32, 'sha1');
  const classKeys = new Map(classIds.map((id) => [id, randomBytes(32)]));
  const parts = [
    field('VERS', 5),
    field('TYPE', 1),
    field('UUID', randomBytes(16)),
    field('HMCK', randomBytes(40)),
    field('WRAP', 0),
    field('SALT', salt),
    field('ITER', 20),
    ...(long ? [field('DPWT', 0), field('DPIC', 50), field('DPSL', longSalt)] : []),
  ];
  for (const [id, key] of classKeys) {
    parts.push(field('UUID', randomBytes(16)), field('CLAS', id), field('WRAP', 2), field('KTYP', 0));
    parts.push(field('WPKY', wrap(kek, key)));
  }
  return {
    bag: concatBytes(parts),
    encrypt(plain, classId) {
      const classKey = classKeys.get(classId) ?? randomBytes(32);
      const key = randomBytes(32);
      const cipher = createCipheriv('aes-256-cbc', key, new Uint8Array(16));
      const content = new Uint8Array(concatBytes([cipher.update(plain), cipher.final()]));
      return { content, key: concatBytes([uint32(classId, true), wrap(classKey, key)]) };
    },
  };
}

function wrap(kek: Uint8Array, key: Uint8Array): Uint8Array {
  const cipher = createCipheriv('id-aes256-wrap', kek, WRAP_IV);
  return concatBytes([cipher.update(key), cipher.final()]);
}

function uint32(value: number, little: boolean): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, little);
  return bytes;
}
