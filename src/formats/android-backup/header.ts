import { FormatError, fromHex, utf8TextLoose } from '../../base/index.ts';

export interface BackupEncryption {
  readonly userSalt: Uint8Array;
  readonly checksumSalt: Uint8Array;
  readonly rounds: number;
  readonly userIv: Uint8Array;
  readonly masterKeyBlob: Uint8Array;
}

export interface BackupHeader {
  readonly version: number;
  readonly compressed: boolean;
  readonly encryption: BackupEncryption | undefined;
  readonly bodyOffset: number;
}

/** Nine lines, the longest of about 200 characters. */
export const MAX_HEADER_BYTES = 8192;
/** BACKUP_FILE_VERSION of AOSP since Android 8. */
const MAX_VERSION = 5;
/** AOSP writes 10,000. */
const MAX_ROUNDS = 10_000_000;

/** Parses the text header; throws FormatError `ab-magic`, `ab-version`, `ab-header`. */
export function parseHeader(bytes: Uint8Array): BackupHeader {
  let at = 0;
  const line = (): string => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) throw new FormatError('ab-header', at, 'Cannot read Android backup: its header ends early');
    const text = utf8TextLoose(bytes.subarray(at, end));
    at = end + 1;
    return text;
  };
  const magic = 'ANDROID BACKUP\n';
  if (utf8TextLoose(bytes.subarray(0, magic.length)) !== magic) {
    throw new FormatError('ab-magic', 0, 'Cannot read Android backup: it does not begin as one');
  }
  line();
  const version = line();
  if (!/^\d{1,3}$/.test(version) || Number(version) < 1 || Number(version) > MAX_VERSION) {
    throw new FormatError(
      'ab-version',
      at,
      `Cannot read Android backup: version ${JSON.stringify(version.slice(0, 10))}`,
    );
  }
  const compressed = line();
  if (compressed !== '0' && compressed !== '1') throw bad(at, 'compression is neither 0 nor 1');
  const algorithm = line();
  if (algorithm !== 'none' && algorithm !== 'AES-256') throw bad(at, 'encryption is neither none nor AES-256');
  const encryption = algorithm === 'none' ? undefined : parseEncryption(line, () => at);
  return { version: Number(version), compressed: compressed === '1', encryption, bodyOffset: at };
}

function parseEncryption(line: () => string, offset: () => number): BackupEncryption {
  const hex = (check: (length: number) => boolean): Uint8Array => {
    const text = line();
    if (!/^([0-9a-fA-F]{2})+$/.test(text) || !check(text.length / 2))
      throw bad(offset(), 'an encryption field is malformed');
    return fromHex(text);
  };
  const userSalt = hex(() => true);
  const checksumSalt = hex(() => true);
  const rounds = line();
  if (!/^\d{1,8}$/.test(rounds) || Number(rounds) < 1 || Number(rounds) > MAX_ROUNDS) {
    throw bad(offset(), `key derivation asks for more than ${MAX_ROUNDS} rounds, or for none`);
  }
  const userIv = hex((length) => length === 16);
  const masterKeyBlob = hex((length) => length % 16 === 0);
  return { userSalt, checksumSalt, rounds: Number(rounds), userIv, masterKeyBlob };
}

function bad(offset: number, why: string): FormatError {
  return new FormatError('ab-header', offset, `Cannot read Android backup: ${why}`);
}
