import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { concatBytes, toHex, utf8Bytes } from '../../base/index.ts';

export interface MadeBackup {
  readonly version?: number;
  readonly compressed?: boolean;
  readonly password?: string;
  /** Version 1 took the low byte of each character. */
  readonly lowBytes?: boolean;
}

/** Makes an `.ab` file around a tar. */
export function makeAndroidBackup(tar: Uint8Array, options: MadeBackup = {}): Uint8Array<ArrayBuffer> {
  const { version = 5, compressed = true, password } = options;
  const body = compressed ? deflateSync(tar) : tar;
  const head = `ANDROID BACKUP\n${version}\n${compressed ? 1 : 0}\n`;
  if (password === undefined) return concatBytes([utf8Bytes(`${head}none\n`), body]);
  const [userSalt, checksumSalt, userIv, iv, key] = [64, 64, 16, 16, 32].map((size) => randomBytes(size)) as [Buffer, Buffer, Buffer, Buffer, Buffer]; // biome-ignore format: one line reads better
  const secret = Buffer.from(password, options.lowBytes ? 'latin1' : 'utf8');
  const userKey = pbkdf2Sync(secret, userSalt, 30, 32, 'sha1');
  // Java: (char) of a signed byte, then UTF-8.
  const text = String.fromCharCode(...[...key].map((byte) => (byte > 127 ? 0xff00 + byte : byte)));
  const checksum = pbkdf2Sync(options.lowBytes ? key : text, checksumSalt, 30, 32, 'sha1');
  const blob = Buffer.concat([Buffer.of(16), iv, Buffer.of(32), key, Buffer.of(32), checksum]);
  const lines = [userSalt, checksumSalt, 30, userIv, encrypt(userKey, userIv, blob)];
  const header = lines.map((line) => (typeof line === 'number' ? String(line) : toHex(line).toUpperCase())).join('\n');
  return concatBytes([utf8Bytes(`${head}AES-256\n${header}\n`), encrypt(key, iv, body)]);
}

function encrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  return concatBytes([cipher.update(data), cipher.final()]);
}
