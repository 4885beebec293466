import { createCipheriv, createHash, pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type PlistInputDict, Uid, writeBinaryPlist } from './binary-plist.ts';

const CLASS = 3;
/** Real phones use 10,000,000 and 10,000: generated ones must open in tests. */
const DPIC = 1000;
const ITER = 100;

/** Password and keys of an encrypted backup that is being written. */
export interface BackupKeys {
  readonly keyBag: Buffer;
  readonly manifestKey: Buffer;
  encrypt(plain: Uint8Array): { readonly content: Buffer; readonly encryptionKey: Buffer };
  encryptManifest(plain: Uint8Array): Buffer;
}

/** Makes a key bag as iOS ≥ 10.2 does; one class key, wrapped under the password. */
export function makeBackupKeys(password: string): BackupKeys {
  const [salt, dpsl, classKey, manifestFileKey] = [randomBytes(20), randomBytes(20), randomBytes(32), randomBytes(32)];
  const inner = pbkdf2Sync(password, dpsl, DPIC, 32, 'sha256');
  const kek = pbkdf2Sync(inner, salt, ITER, 32, 'sha1');
  const keyBag = Buffer.concat([
    tag('VERS', word(5)),
    tag('TYPE', word(1)),
    tag('UUID', randomBytes(16)),
    tag('HMCK', randomBytes(40)),
    tag('WRAP', word(1)),
    tag('SALT', salt),
    tag('ITER', word(ITER)),
    tag('DPWT', word(3)),
    tag('DPIC', word(DPIC)),
    tag('DPSL', dpsl),
    tag('UUID', randomBytes(16)),
    tag('CLAS', word(CLASS)),
    tag('WRAP', word(2)),
    tag('KTYP', word(0)),
    tag('WPKY', wrap(kek, classKey)),
  ]);
  return {
    keyBag,
    manifestKey: Buffer.concat([classWord(), wrap(classKey, manifestFileKey)]),
    encrypt(plain) {
      const key = randomBytes(32);
      return { content: encryptCbc(key, plain), encryptionKey: Buffer.concat([classWord(), wrap(classKey, key)]) };
    },
    encryptManifest: (plain) => encryptCbc(manifestFileKey, plain),
  };
}

/** Takes the files of a backup; `place` says where a file's plain content is to be written. */
export interface BackupWriter {
  /** Enters a file and gives the path of its content, to be written before `close`. */
  place(domain: string, relativePath: string): string;
  /** Enters a file of the manifest whose content is not in the backup. */
  list(domain: string, relativePath: string, flags?: number, changedAtMs?: number): void;
  close(): void;
}

/**
 * Opens a folder for a backup with Info.plist, Status.plist, Manifest.plist and Manifest.db as iOS writes them.
 * @param keys encrypts every placed file and Manifest.db when the backup is closed
 */
export function openBackup(folder: string, device: PlistInputDict, keys: BackupKeys | undefined): BackupWriter {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'Manifest.db'));
  database.exec(`
    PRAGMA synchronous = OFF;
    CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);
    CREATE INDEX FilesDomainIdx ON Files(domain);
    CREATE INDEX FilesRelativePathIdx ON Files(relativePath);
    CREATE INDEX FilesFlagsIdx ON Files(flags);
    CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB);
    BEGIN`);
  const insert = database.prepare('INSERT OR REPLACE INTO Files VALUES (?, ?, ?, ?, ?)');
  const placed = new Map<string, { domain: string; relativePath: string }>();
  const idOf = (domain: string, relativePath: string): string =>
    createHash('sha1').update(`${domain}-${relativePath}`).digest('hex');
  return {
    place(domain, relativePath) {
      const id = idOf(domain, relativePath);
      placed.set(id, { domain, relativePath });
      mkdirSync(join(folder, id.slice(0, 2)), { recursive: true });
      return join(folder, id.slice(0, 2), id);
    },
    list(domain, relativePath, flags = 1, changedAtMs?) {
      const record = mbFile(relativePath, 0, undefined, changedAtMs);
      insert.run(idOf(domain, relativePath), domain, relativePath, flags, record);
    },
    close() {
      for (const [id, { domain, relativePath }] of placed) {
        const path = join(folder, id.slice(0, 2), id);
        const plain = readFileSync(path);
        const sealed = keys?.encrypt(plain);
        if (sealed !== undefined) writeFileSync(path, sealed.content);
        insert.run(id, domain, relativePath, 1, mbFile(relativePath, plain.length, sealed?.encryptionKey));
      }
      database.exec('COMMIT');
      database.close();
      if (keys !== undefined) {
        const path = join(folder, 'Manifest.db');
        writeFileSync(path, keys.encryptManifest(readFileSync(path)));
      }
      writePlists(folder, device, keys);
    },
  };
}

function writePlists(folder: string, device: PlistInputDict, keys: BackupKeys | undefined): void {
  const at = new Date('2026-06-01T09:00:00Z');
  const info = { ...device, 'Last Backup Date': at, 'Target Type': 'Device' };
  const status = { BackupState: 'new', Date: at, IsFullBackup: true, SnapshotState: 'finished', Version: '3.3' };
  const manifest = {
    Version: '10.0',
    WasPasscodeSet: true,
    Date: at,
    IsEncrypted: keys !== undefined,
    Lockdown: {
      ProductType: device['Product Type'] ?? '',
      ProductVersion: device['Product Version'] ?? '',
      UniqueDeviceID: device['Unique Identifier'] ?? '',
    },
    ...(keys === undefined ? {} : { BackupKeyBag: keys.keyBag, ManifestKey: keys.manifestKey }),
  };
  for (const [name, value] of Object.entries({ Info: info, Status: status, Manifest: manifest })) {
    writeFileSync(join(folder, `${name}.plist`), writeBinaryPlist(value));
  }
}

/** The archived MBFile in `Files.file`. */
function mbFile(
  relativePath: string,
  sizeBytes: number,
  encryptionKey: Uint8Array | undefined,
  changedAtMs = 1_780_000_000_000,
): Uint8Array {
  const seconds = changedAtMs / 1000;
  const keyObjects = encryptionKey === undefined ? [] : [{ 'NS.data': encryptionKey, $class: new Uid(5) }];
  return writeBinaryPlist({
    $version: 100_000,
    $archiver: 'NSKeyedArchiver',
    $top: { root: new Uid(1) },
    $objects: [
      '$null',
      {
        LastModified: seconds,
        Flags: 0,
        GroupID: 501,
        LastStatusChange: seconds,
        Birth: seconds,
        Size: sizeBytes,
        Mode: 0o100644,
        UserID: 501,
        InodeNumber: 4242,
        ProtectionClass: CLASS,
        RelativePath: new Uid(2),
        ...(encryptionKey === undefined ? {} : { EncryptionKey: new Uid(4) }),
        $class: new Uid(3),
      },
      relativePath,
      { $classname: 'MBFile', $classes: ['MBFile', 'NSObject'] },
      ...keyObjects,
      { $classname: 'NSMutableData', $classes: ['NSMutableData', 'NSData', 'NSObject'] },
    ],
  });
}

function encryptCbc(key: Buffer, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, Buffer.alloc(16));
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

/** RFC 3394. */
function wrap(kek: Buffer, key: Buffer): Buffer {
  const cipher = createCipheriv('id-aes256-wrap', kek, Buffer.alloc(8, 0xa6));
  return Buffer.concat([cipher.update(key), cipher.final()]);
}

function tag(name: string, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from(name), word(value.length), value]);
}

function word(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

function classWord(): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(CLASS);
  return buffer;
}
