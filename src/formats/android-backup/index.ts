/**
 * formats/android-backup: `.ab` files of `adb backup`, open and encrypted (AOSP, com.android.server.backup: BackupPasswordManager,
 * PasswordUtils, PerformAdbRestoreTask).
 *
 * Main flow: `openAndroidBackup` parses the text header → `tar` derives the key, if there is one, proves the password by the checksum,
 * decrypts and decompresses as it streams → the answer is read with formats/tar. A wrong password (`ab-password`) is told apart from damage.
 * Pure and browser-safe; cryptography comes as `BackupCrypto` of formats/keybag.
 */
export { type AndroidBackup, openAndroidBackup } from './open.ts';
