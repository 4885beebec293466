import { FormatError } from '../../base/index.ts';
import { gunzip } from '../../formats/gzip/index.ts';
import { isPlistDict, parsePlist } from '../../formats/plist/index.ts';
import { readTar, type TarMember } from '../../formats/tar/index.ts';
import { keepBinaryPath, keepCatalogs } from '../../formats/tracev3/index.ts';
import { linesOf } from '../android/lines.ts';
import { blockFile, memoryFile } from '../block-file.ts';
import {
  type Artefact,
  type EvidenceTree,
  identityOf,
  type MaybePromise,
  type OpenFile,
  type PhoneIdentity,
  readWhole,
  unreadable,
} from '../evidence.ts';
import { reasonOf } from '../failure.ts';
import type { PhoneFile } from '../ios/files.ts';
import { type ArchiveName, archiveNameIn, logClock } from './clock.ts';
import type { Sysdiagnose } from './files.ts';

/** Where a sysdiagnose was found: in a folder of a tree, or packed in one of its files. */
export type SysdiagnosePlace =
  | { readonly kind: 'folder'; readonly prefix: string }
  | { readonly kind: 'archive'; readonly path: string; readonly prefix: string };

/** Names that only a sysdiagnose has at its top; it may lie in up to two folders. */
const SIGN =
  /^((?:[^/]+\/){0,2})(?:sysdiagnose\.log|ps_thread\.txt|taskinfo\.txt|spindump-nosymbols\.txt|remotectl_dumpstate\.txt|system_logs\.logarchive\/.+|crashes_and_spins\/.+)$/;
const PACKED = /\.(?:tar\.gz|tgz|tar)$/i;
const CHUNK_BYTES = 1024 * 1024;
/** The folder itself comes first, and one of the names within the first hundred members. */
const MAX_PEEKED = 2000;
const MAX_PEEKED_BYTES = 256 * 1024 * 1024;

/** Members that modules read; everything else only goes through the byte scan. */
const WANTED =
  /^(?:[^/]+\.(?:txt|log|plist|json)|(?:crashes_and_spins|summaries|WiFi)\/.+|logs\/(?:Accessibility|powerlogs|MobileInstallation|appinstallation|itunesstored|MobileContainerManager|MCState|Networking|MobileLockdown|MobileActivation|MobileBackup|tailspindb|SystemVersion)\/.+|system_logs\.logarchive\/Extra\/[^/]+)$/;
/** Of the unified log only what tells its programs is kept. */
const LOG_FILE = /^system_logs\.logarchive\/(?:[^/]+\/)?[^/]+\.tracev3$/;
const LOG_TEXTS = /^system_logs\.logarchive\/[0-9A-F]{2}\/[0-9A-F]{30}$/;
/** One member in memory; the largest, powerlogs and spindumps, have some hundred megabytes unpacked. */
const MAX_MEMBER_BYTES = 256 * 1024 * 1024;
/** Of all wanted members, which stay in memory. */
const MAX_KEPT_BYTES = 384 * 1024 * 1024;
/** Members with a row of their own because they are not read. */
const MAX_REFUSED = 200;

/** Finds a sysdiagnose in a tree by the names inside; undefined when there is none. */
export async function findSysdiagnose(tree: EvidenceTree): Promise<SysdiagnosePlace | undefined> {
  let packed: string | undefined;
  for await (const { path } of tree.files()) {
    const prefix = tree.single ? undefined : SIGN.exec(path)?.[1];
    if (prefix !== undefined) return { kind: 'folder', prefix };
    // Of several archives in a folder, the one made last: their names sort by time.
    const maybe = tree.single || (PACKED.test(path) && path.split('/').length <= 2);
    if (maybe && (packed === undefined || path > packed)) packed = path;
  }
  const prefix = packed === undefined ? undefined : await packedPrefix(tree, packed);
  return packed === undefined || prefix === undefined ? undefined : { kind: 'archive', path: packed, prefix };
}

/** The folder within a packed sysdiagnose; undefined when the file is none. */
async function packedPrefix(tree: EvidenceTree, path: string): Promise<string | undefined> {
  const file = await tree.open(path);
  if (file === undefined) return undefined;
  try {
    let [members, bytes] = [0, 0];
    for await (const member of readTar(partsOf(file))) {
      const prefix = SIGN.exec(member.path)?.[1];
      if (prefix !== undefined) return prefix;
      bytes += member.sizeBytes;
      if (++members > MAX_PEEKED || bytes > MAX_PEEKED_BYTES) return undefined;
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return undefined; // no archive, or damaged before anything tells what it is
  } finally {
    file.close();
  }
}

function partsOf(file: OpenFile): AsyncIterable<Uint8Array> {
  return isGzip(file) ? gunzip(chunksOf(file)) : chunksOf(file);
}

/** Whether a file begins as gzip does (RFC 1952, section 2.3.1). */
export function isGzip(file: OpenFile): boolean {
  const [first, second, method] = file.read(0, 3);
  return first === 0x1f && second === 0x8b && method === 8;
}

/** Content of a file in parts. */
export async function* chunksOf(file: OpenFile): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.sizeBytes; ) {
    const bytes = file.read(at, CHUNK_BYTES);
    if (bytes.length === 0) return;
    yield bytes;
    at += bytes.length;
  }
}

/** A sysdiagnose that was opened, and what is left to scan of it. */
export interface OpenedSysdiagnose extends Sysdiagnose {
  /** It was packed: every member has gone to `passBy` already. */
  readonly passedBy: boolean;
}

/**
 * Opens a sysdiagnose. A packed one is streamed once: every member goes to `passBy`, and what modules read stays in memory. Without `passBy`
 * the other members are skipped.
 *
 * Members whose names leave their folder, links, and what is larger than is kept are rows of `artefacts`, and so is damage: what stood before
 * it stays.
 */
export async function openSysdiagnose(
  tree: EvidenceTree,
  place: SysdiagnosePlace,
  passBy?: (file: OpenFile, path: string) => void,
): Promise<OpenedSysdiagnose> {
  const content = place.kind === 'folder' ? await listFolder(tree, place.prefix) : await unpack(tree, place, passBy);
  const { files, open, artefacts, names } = content;
  const byPath = new Map(files.map((file) => [file.relativePath, file]));
  const byName = Map.groupBy(files, ({ relativePath }) => relativePath.slice(relativePath.lastIndexOf('/') + 1));
  const name = archiveNameIn(names) ?? (await nameInLog(byPath, open));
  return {
    files,
    artefacts,
    passedBy: place.kind === 'archive',
    clock: logClock(name?.offsetMinutes),
    madeAtMs: name?.madeAtMs,
    device: await deviceOf(byPath, open, name),
    find: (domain, relativePath) => {
      if (domain === '') return byPath.get(relativePath);
      return byPath.get(ELSEWHERE.get(`${domain}/${relativePath}`) ?? '');
    },
    named: (baseName) => byName.get(baseName) ?? [],
    open,
  };
}

/** Files of the phone that the archive holds in another place. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['HomeDomain/Library/TCC/TCC.db', 'logs/Accessibility/TCC.db'],
]);

interface Content {
  readonly files: readonly PhoneFile[];
  readonly artefacts: readonly Artefact[];
  /** Where the archive's own name may stand. */
  readonly names: string;
  open(file: PhoneFile): MaybePromise<OpenFile | undefined>;
}

function fileAt(id: string, prefix: string): PhoneFile {
  return { id, domain: '', relativePath: id.slice(prefix.length), absolutePath: undefined };
}

async function listFolder(tree: EvidenceTree, prefix: string): Promise<Content> {
  const files: PhoneFile[] = [];
  for await (const { path } of tree.files()) if (path.startsWith(prefix)) files.push(fileAt(path, prefix));
  return { files, artefacts: [], names: `${prefix} ${tree.name}`, open: (file) => tree.open(file.id) };
}

async function unpack(
  tree: EvidenceTree,
  { path, prefix }: SysdiagnosePlace & { readonly kind: 'archive' },
  passBy: ((file: OpenFile, path: string) => void) | undefined,
): Promise<Content> {
  const kept = new Map<string, OpenFile>();
  const files: PhoneFile[] = [];
  const artefacts: Artefact[] = [];
  let [refused, keptBytes, members] = [0, 0, 0];
  const refuse = (name: string, why: string): void => {
    if (++refused <= MAX_REFUSED) artefacts.push(unreadable('files', name, 0, why));
  };
  const file = await tree.open(path);
  if (file === undefined) throw new FormatError('evidence-missing', -1, 'listed, content missing');
  try {
    for await (const member of readTar(partsOf(file))) {
      members++;
      const why = refusalOf(member);
      if (why !== undefined) refuse(member.path, why);
      if (why !== undefined || member.kind !== 'file') continue;
      const own = fileAt(member.path, member.path.startsWith(prefix) ? prefix : '');
      const isLog = LOG_FILE.test(own.relativePath) || LOG_TEXTS.test(own.relativePath);
      if (!isLog && !WANTED.test(own.relativePath)) {
        if (passBy !== undefined) passBy(await contentOf(member), own.relativePath);
        continue;
      }
      const whole = await contentOf(member);
      passBy?.(whole, own.relativePath);
      const content = isLog ? logPart(whole, own.relativePath) : whole;
      if (content === undefined) continue;
      if (keptBytes + content.sizeBytes > MAX_KEPT_BYTES) {
        refuse(
          own.relativePath,
          `scanned, not read in full: the archive holds more than ${MAX_KEPT_BYTES} bytes of logs`,
        );
        continue;
      }
      keptBytes += content.sizeBytes;
      kept.set(member.path, content);
      files.push(own);
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error;
    artefacts.push(unreadable('archive', path, members, `read in part, ${members} members: ${reasonOf(error)}`));
  } finally {
    file.close();
  }
  if (refused > MAX_REFUSED)
    artefacts.push(unreadable('files', '*', 0, `${refused - MAX_REFUSED} more members were refused`));
  return { files, artefacts, names: `${prefix} ${path} ${tree.name}`, open: ({ id }) => kept.get(id) };
}

function refusalOf(member: TarMember): string | undefined {
  if (member.refused !== undefined) return `refused: ${member.refused}`;
  if (member.kind === 'symlink' || member.kind === 'hardlink') return 'refused: it is a link';
  if (member.kind === 'special') return 'refused: it is neither file nor folder';
  return member.sizeBytes > MAX_MEMBER_BYTES ? `not read: over ${MAX_MEMBER_BYTES} bytes` : undefined;
}

function logPart(whole: OpenFile, path: string): OpenFile | undefined {
  const bytes = LOG_FILE.test(path) ? keepCatalogs(whole) : keepBinaryPath(whole);
  return bytes === undefined ? undefined : memoryFile(bytes);
}

/** Most members are small: these take no block of their own. */
async function contentOf(member: TarMember): Promise<OpenFile> {
  if (member.sizeBytes > CHUNK_BYTES) return blockFile(member.stream(), MAX_MEMBER_BYTES);
  return memoryFile(await member.read(CHUNK_BYTES));
}

/** sysdiagnose.log repeats the name of the archive. */
async function nameInLog(
  files: ReadonlyMap<string, PhoneFile>,
  open: Content['open'],
): Promise<ArchiveName | undefined> {
  const text = await headOf(files.get('sysdiagnose.log'), open);
  return text === undefined ? undefined : archiveNameIn(text);
}

const HEAD_BYTES = 256 * 1024;

async function headOf(file: PhoneFile | undefined, open: Content['open']): Promise<string | undefined> {
  try {
    const source = file === undefined ? undefined : await open(file);
    if (source === undefined) return undefined;
    const text = [...linesOf(source, 0, Math.min(source.sizeBytes, HEAD_BYTES))].join('\n');
    source.close();
    return text;
  } catch {
    return undefined; // whoever reads the file itself tells
  }
}

/** "OS Version: iPhone OS 26.1 (Build 23B85)", in the first lines of a spindump. */
const SPINDUMP_VERSION = /^OS Version: +[A-Za-z ]{1,20}?(\d[\d.]{0,20}) \(Build (\w{1,12})\)/m;
const SPINDUMP_MODEL = /^Hardware model: +([\w,]{1,40})$/m;

/** Who the phone is: from SystemVersion.plist, else from the dump of its services, else from a spindump, else from the archive's name. */
async function deviceOf(
  files: ReadonlyMap<string, PhoneFile>,
  open: Content['open'],
  name: ArchiveName | undefined,
): Promise<PhoneIdentity> {
  const system = await systemVersion(files.get('logs/SystemVersion/SystemVersion.plist'), open);
  const state = (await headOf(files.get('remotectl_dumpstate.txt'), open)) ?? '';
  const own = state.slice(0, state.indexOf('\nFound ') + 1 || state.length);
  const version = /OS ?Version(?::| =>) (\d[\d.]{0,20})(?: \((\w{1,12})\))?/i.exec(own);
  const spindump = (await headOf(files.get('spindump-nosymbols.txt'), open)) ?? '';
  const sampled = SPINDUMP_VERSION.exec(spindump);
  return identityOf({
    productType: /Product ?Type(?::| =>) ([\w,]{1,40})/i.exec(own)?.[1] ?? SPINDUMP_MODEL.exec(spindump)?.[1] ?? '',
    osVersion: system.version || version?.[1] || sampled?.[1] || '',
    buildVersion:
      system.build ||
      version?.[2] ||
      /BuildVersion => (\w{1,12})/.exec(own)?.[1] ||
      sampled?.[2] ||
      name?.buildVersion ||
      '',
    udid: /UniqueDeviceID => ([\w-]{1,64})/.exec(own)?.[1] ?? '',
  });
}

async function systemVersion(
  file: PhoneFile | undefined,
  open: Content['open'],
): Promise<{ readonly version: string; readonly build: string }> {
  const nothing = { version: '', build: '' };
  try {
    const source = file === undefined ? undefined : await open(file);
    const bytes = source === undefined ? undefined : readWhole(source, HEAD_BYTES);
    source?.close();
    const list = bytes === undefined ? undefined : parsePlist(bytes);
    if (!isPlistDict(list)) return nothing;
    const { ProductVersion: version, ProductBuildVersion: build } = list;
    return {
      version: typeof version === 'string' ? version : '',
      build: typeof build === 'string' ? build : '',
    };
  } catch (error) {
    if (error instanceof FormatError) return nothing;
    throw error;
  }
}
