/**
 * formats/keybag: the key bag of encrypted iOS backups, and reading the files that it opens.
 *
 * Source: Apple Platform Security, "Backup keybag"; the layout is described by independent readers only. Main flow: `parseKeyBag` →
 * `deriveKek` (seconds) → `unwrapClassKeys` → per file `unwrapFileKey` → `cbcReader`, which decrypts in memory only the blocks that are read.
 * A wrong password is told apart from damage: `keybag-password` against every other `keybag-…`. Cryptography comes as the capability
 * `BackupCrypto`: `node.ts` gives it in Node, `portable.ts` in browsers.
 */
export { type CbcReader, cbcReader } from './cbc-reader.ts';
export type { BackupCrypto } from './crypto.ts';
export { type KeyBag, parseKeyBag, type WrappedClassKey } from './parse.ts';
export { type ClassKeys, deriveKek, unwrapClassKeys, unwrapFileKey } from './unlock.ts';
