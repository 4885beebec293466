import { FormatError, utf8TextLoose } from '../../base/index.ts';
import { memberPath, readStream, refusalOf } from '../archive/index.ts';
import { ByteQueue, type TarSource } from './byte-queue.ts';
import { BLOCK_BYTES, parseHeader, parsePax, type TarHeader } from './header.ts';
import { tarPadding } from './write.ts';

export interface TarMember {
  readonly kind: 'file' | 'folder' | 'symlink' | 'hardlink' | 'special';
  /** Forward slashes, no "./"; as it stands in the archive when `refused`. */
  readonly path: string;
  /** Why the member is not to be used under its name, or undefined. */
  readonly refused: string | undefined;
  readonly sizeBytes: number;
  /** Where the content begins in the stream. */
  readonly offset: number;
  readonly mode: number;
  /** Seconds since 1970; may have a fraction. */
  readonly modifiedAtSeconds: number;
  /** Where a link leads, as it stands in the archive; never followed. */
  readonly linkTarget: string | undefined;
  /** The content, once, before the next member is asked for; what is not read is skipped. Parts may share memory with the source's. */
  stream(): AsyncGenerator<Uint8Array>;
  /** The whole content; throws FormatError `tar-limit` when it has more bytes. */
  read(limitBytes: number): Promise<Uint8Array>;
}

export interface TarLimits {
  readonly maxMembers?: number;
  readonly maxMemberBytes?: number;
  readonly maxTotalBytes?: number;
}

/** A sysdiagnose has about ten thousand, an Android backup perhaps ten times that. */
const MAX_MEMBERS = 2_000_000;
const MAX_MEMBER_BYTES = 64 * 1024 ** 3;
const MAX_TOTAL_BYTES = 512 * 1024 ** 3;
/** Long names and pax records of one member. */
const MAX_EXTENSION_BYTES = 1024 * 1024;

/**
 * Yields the members of a tar stream in their order.
 *
 * @throws FormatError `tar-truncated`, `tar-checksum`, `tar-number`, `tar-pax`, `tar-limit`
 */
export async function* readTar(source: TarSource, limits: TarLimits = {}): AsyncGenerator<TarMember> {
  const { maxMembers = MAX_MEMBERS, maxMemberBytes = MAX_MEMBER_BYTES, maxTotalBytes = MAX_TOTAL_BYTES } = limits;
  const queue = new ByteQueue(source);
  const global = new Map<string, string>();
  let extension: Extension = {};
  let members = 0;
  try {
    for (;;) {
      const offset = queue.offset;
      const block = await queue.block(BLOCK_BYTES);
      const header = block === undefined ? undefined : parseHeader(block, offset);
      // Two blocks of zeros end the archive; the first is taken for the end, since some writers leave the second out.
      if (header === undefined) return;
      if (++members > maxMembers) throw limit(offset, `more than ${maxMembers} members`);
      if (header.sizeBytes < 0 || offset + header.sizeBytes > maxTotalBytes)
        throw limit(offset, 'size is over the limit');
      if ('LKxg'.includes(header.type)) {
        if (header.sizeBytes > MAX_EXTENSION_BYTES) throw limit(offset, 'name or pax header is over 1 MiB');
        extend(header, await content(queue, header.sizeBytes), extension, global, offset);
        continue;
      }
      const pax = new Map([...global, ...(extension.pax ?? [])]);
      const sizeBytes = paxNumber(pax.get('size'), header.sizeBytes);
      if (sizeBytes > maxMemberBytes || offset + sizeBytes > maxTotalBytes)
        throw limit(offset, 'size is over the limit');
      if (header.type === 'S') await skipSparseMap(queue, header);
      const member = memberOf(header, extension, pax, hasContent(header.type) ? sizeBytes : 0, queue);
      extension = {};
      yield member.value;
      await member.skip();
    }
  } finally {
    await queue.close();
  }
}

interface Extension {
  longName?: string;
  longLink?: string;
  pax?: Map<string, string>;
}

function limit(offset: number, why: string): FormatError {
  return new FormatError('tar-limit', offset, `Cannot read tar: ${why}`);
}

/** Reads `sizeBytes` and the padding behind them. */
async function content(queue: ByteQueue, sizeBytes: number): Promise<Uint8Array> {
  const bytes = await readStream(queue.stream(sizeBytes), sizeBytes, 'tar-limit');
  await queue.skip(tarPadding(sizeBytes).length);
  return bytes;
}

function extend(
  header: TarHeader,
  bytes: Uint8Array,
  extension: Extension,
  global: Map<string, string>,
  offset: number,
): void {
  const end = bytes.indexOf(0);
  if (header.type === 'g') parsePax(bytes, global, offset + BLOCK_BYTES);
  else if (header.type === 'x') parsePax(bytes, (extension.pax ??= new Map()), offset + BLOCK_BYTES);
  else {
    const text = utf8TextLoose(end < 0 ? bytes : bytes.subarray(0, end));
    if (header.type === 'L') extension.longName = text;
    else extension.longLink = text;
  }
}

function paxNumber(text: string | undefined, fallback: number): number {
  const value = text !== undefined && /^-?\d{1,15}(\.\d{1,20})?$/.test(text) ? Number(text) : fallback;
  return value < 0 ? fallback : value;
}

/** GNU old sparse format: further blocks of the map follow while their byte 504 is set. */
async function skipSparseMap(queue: ByteQueue, header: TarHeader): Promise<void> {
  for (let more = header.extended; more; ) {
    const block = await queue.block(BLOCK_BYTES);
    if (block === undefined)
      throw new FormatError('tar-truncated', queue.offset, 'Cannot read tar: it ends inside a header');
    more = block[504] === 1;
  }
}

/** Links, devices and folders have none, whatever their size field says; unknown types have (POSIX: treat as a file). */
function hasContent(type: string): boolean {
  return !'123456'.includes(type);
}

function kindOf(type: string, name: string): TarMember['kind'] {
  if (type === '5' || ((type === '0' || type === '7') && name.endsWith('/'))) return 'folder';
  if (type === '2') return 'symlink';
  if (type === '1') return 'hardlink';
  return type === '0' || type === '7' ? 'file' : 'special';
}

function memberOf(
  header: TarHeader,
  extension: Extension,
  pax: ReadonlyMap<string, string>,
  sizeBytes: number,
  queue: ByteQueue,
): { value: TarMember; skip(): Promise<void> } {
  const name = pax.get('path') ?? extension.longName ?? header.name;
  const kind = kindOf(header.type, name);
  // "./" is the root itself, which many writers put first.
  const refused = kind === 'folder' && /^\.\/?$/.test(name) ? undefined : refusalOf(name);
  const link = kind === 'symlink' || kind === 'hardlink';
  const end = queue.offset + sizeBytes;
  const stream = () => queue.stream(Math.max(0, end - queue.offset));
  const value: TarMember = {
    kind,
    path: refused === undefined ? memberPath(name) : name,
    refused,
    sizeBytes,
    offset: end - sizeBytes,
    mode: header.mode & 0o7777,
    modifiedAtSeconds: paxNumber(pax.get('mtime'), header.modifiedAtSeconds),
    linkTarget: link ? (pax.get('linkpath') ?? extension.longLink ?? header.linkName) : undefined,
    stream,
    read: (limitBytes) => {
      if (sizeBytes > limitBytes) throw limit(end - sizeBytes, `member has over ${limitBytes} bytes`);
      return readStream(stream(), limitBytes, 'tar-limit');
    },
  };
  return { value, skip: () => queue.skip(end - queue.offset + tarPadding(sizeBytes).length) };
}
