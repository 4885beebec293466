import { concatBytes } from '../../base/index.ts';
import { memoryFile, passWindows } from '../block-file.ts';
import { type Artefact, type EvidenceTree, type OpenFile, type PhoneIdentity, unreadable } from '../evidence.ts';
import { reasonOf } from '../failure.ts';
import { deviceClock } from './clock.ts';
import { openContainer, type Unlock } from './containers.ts';
import {
  type DumpSection,
  findSections,
  PROCESS_TITLES,
  PROPERTIES,
  SECTION_WINDOW_BYTES,
  sectionFinder,
} from './dumpstate.ts';
import { type AndroidFile, type AndroidFiles, type DumpFile, nameOf } from './files.ts';
import { deviceOf, propertiesIn } from './getprop.ts';
import { linesOf } from './lines.ts';
import { DUMPSTATE_SIGN, headOf, looseSections } from './loose.ts';

export interface GatheredFiles extends AndroidFiles {
  readonly device: PhoneIdentity;
  /** What could not be looked into. */
  readonly failures: readonly Artefact[];
  /** Paths of the files that were opened. */
  readonly opened: ReadonlySet<string>;
  /** Gives the archives back. */
  close(): void;
}

export interface GatherOptions extends Unlock {
  /** Tells by base name which files to look for sections in. */
  readonly mayBeDump?: (name: string) => boolean;
}

/** A collection has some ten thousand files. */
const MAX_FILES = 500_000;
/** AndroidQF holds a zip and a backup, Samsung's reports zips in zips, intrusion logs a zip per day. */
const MAX_ARCHIVES = 2000;
const MAX_DEPTH = 3;
/** Properties of a phone: about a thousand. */
const MAX_PROPERTIES = 20_000;
/** dumpstate-2022-….txt, bugreport-….txt, older Samsung dumpState_….log, dumpsys.txt of AndroidQF. */
const DUMP_NAME = /^(?:dumpstate|bugreport|dumpsys)[^/]*\.(?:txt|log)$/i;
const CONTAINER_NAME = /\.(?:zip|ab)$/i;

/** Those that a module reads. */
const READ_SERVICES: ReadonlySet<string> = new Set([
  'accessibility',
  'adb',
  'appops',
  'batterystats',
  'dbinfo',
  'package',
  'platform_compat',
  'settings',
  PROPERTIES,
  ...PROCESS_TITLES,
]);
/** Of one dump: the package manager of a full phone writes some ten megabytes. */
const MAX_KEPT_BYTES = 96 * 1024 * 1024;

/** Tells by its name whether a file may hold sections of dumpsys. */
export function isDumpName(name: string): boolean {
  return DUMP_NAME.test(name);
}

/**
 * Looks through the files of Android evidence, also in zips and backups among them: finds dumps with their sections, the properties of the
 * phone, and from these its time zone.
 */
export async function gatherAndroid(tree: EvidenceTree, options: GatherOptions): Promise<GatheredFiles> {
  const listing: Listing = { files: [], failures: [], archives: [], opened: new Set(), unlock: options };
  await list(listing, tree, '', 0);
  const { files, failures, archives, opened } = listing;
  const dumps: DumpFile[] = [];
  const properties = new Map<string, string>();
  const mayBeDump = options.mayBeDump ?? isDumpName;
  for (const file of files) {
    const name = nameOf(file.path);
    const isList = name === 'getprop.txt';
    if (!isList && !mayBeDump(name)) continue;
    try {
      if (isDumpName(name) && (await takeStreamedDump(dumps, properties, file))) continue;
      const open = await file.open();
      if (open === undefined) continue;
      try {
        if (isList) takeProperties(properties, open, 0, open.sizeBytes);
        else takeDump(dumps, properties, file, open);
      } finally {
        open.close();
      }
    } catch (error) {
      failures.push(unreadable('files', file.path, 0, reasonOf(error)));
    }
  }
  failures.push(...(await missingTexts(files, dumps)));
  const { device, zone } = deviceOf(properties);
  const close = (): void => {
    for (const archive of archives.toReversed()) archive.close();
  };
  return { files, dumps, clock: deviceClock(zone), device, failures, opened, close };
}

/** Names the main text of a bug report (AOSP dumpstate); a name is short. */
const ENTRY = 'main_entry.txt';
const MAX_ENTRY_BYTES = 4096;

/** Bug reports without their main text, in which nearly all stands: their other files are no answer. */
async function missingTexts(files: readonly AndroidFile[], dumps: readonly DumpFile[]): Promise<readonly Artefact[]> {
  const rows: Artefact[] = [];
  for (const entry of files.filter(({ path }) => nameOf(path) === ENTRY)) {
    const folder = entry.path.slice(0, -ENTRY.length);
    if (
      dumps.some(({ file }) => nameOf(file.path) !== ENTRY && file.path.slice(0, -nameOf(file.path).length) === folder)
    )
      continue;
    const name = await entryIn(entry).catch((error: unknown) => void reasonOf(error));
    rows.push(unreadable('main-text', `${folder}${name ?? '*'}`, 0, MISSING));
  }
  return rows;
}

const MISSING =
  'the main text of the bug report is missing or holds nothing that is known, and with it nearly everything: make a new bug report and wait for it to finish';

async function entryIn(entry: AndroidFile): Promise<string | undefined> {
  const open = await entry.open();
  try {
    const text = open === undefined ? '' : new TextDecoder().decode(open.read(0, MAX_ENTRY_BYTES)).trim();
    return /^[^/\s]{1,255}$/.test(text) ? text : undefined;
  } finally {
    open?.close();
  }
}

interface Listing {
  readonly files: AndroidFile[];
  readonly failures: Artefact[];
  readonly archives: { close(): void }[];
  readonly opened: Set<string>;
  readonly unlock: Unlock;
}

async function list(listing: Listing, tree: EvidenceTree, prefix: string, depth: number): Promise<void> {
  const { files, failures } = listing;
  for await (const { path, modifiedAtMs } of tree.files()) {
    if (files.length >= MAX_FILES) {
      failures.push(unreadable('files', tree.name, 0, `has more than ${MAX_FILES} files`));
      return;
    }
    const file = {
      path: prefix + path,
      modifiedAtMs,
      open() {
        listing.opened.add(prefix + path);
        return tree.open(path);
      },
      stream() {
        const stream = tree.stream?.(path);
        if (stream !== undefined) listing.opened.add(prefix + path);
        return stream;
      },
    };
    const unpacked = CONTAINER_NAME.test(path) && (await listContainer(listing, file, depth));
    if (!unpacked) files.push(file);
  }
}

/** @returns whether the file was a container whose members stand in its place */
async function listContainer(listing: Listing, file: AndroidFile, depth: number): Promise<boolean> {
  const { failures, archives, unlock } = listing;
  if (depth >= MAX_DEPTH || archives.length >= MAX_ARCHIVES) {
    failures.push(unreadable('files', file.path, 0, 'archive within archives, too deep or too many: not opened'));
    return false;
  }
  let open: OpenFile | undefined;
  try {
    open = await file.open();
    const inner = open === undefined ? undefined : await openContainer(file.path, open, unlock);
    if (open === undefined || inner === undefined) {
      open?.close();
      return false;
    }
    archives.push(open);
    failures.push(...inner.refused.map((row) => ({ ...row, path: `${file.path}/${row.path}` })));
    await list(listing, inner, `${file.path}/`, depth + 1);
    return true;
  } catch (error) {
    open?.close();
    failures.push(unreadable('files', file.path, 0, reasonOf(error)));
    return false;
  }
}

function takeDump(dumps: DumpFile[], properties: Map<string, string>, file: AndroidFile, open: OpenFile): void {
  // Of files whose names say nothing the start must: nobody wants every video searched for sections.
  const searched = isDumpName(nameOf(file.path)) || DUMPSTATE_SIGN.test(headOf(open));
  const found = searched ? findSections(open) : [];
  const sections = found.length > 0 ? found : looseSections(open);
  if (sections.length > 0) dumps.push(keptSections(file.path, open, sections) ?? { file, sections });
  for (const { service, from, to } of sections) if (service === PROPERTIES) takeProperties(properties, open, from, to);
}

/**
 * Takes the sections that modules read into memory, since a dumpstate of some hundred megabytes in a zip must not be unpacked for each of them.
 *
 * @returns undefined where they are too large, and the file itself is read
 */
function keptSections(path: string, open: OpenFile, sections: readonly DumpSection[]): DumpFile | undefined {
  const wanted = sections.filter(({ service }) => READ_SERVICES.has(service));
  const sizeBytes = wanted.reduce((sum, { from, to }) => sum + to - from, 0);
  if (sizeBytes > MAX_KEPT_BYTES) return undefined;
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  const kept = wanted.map(({ service, from, to }) => {
    bytes.set(open.read(from, to - from), at);
    at += to - from;
    return { service, from: at - (to - from), to: at };
  });
  return { file: { path, modifiedAtMs: undefined, open: () => memoryFile(bytes) }, sections: kept };
}

/**
 * Takes the sections that modules read out of a file that is too large for memory, in one pass.
 *
 * @returns false where the file must be opened after all: it is not that large, has no sections, or too many bytes in them
 */
async function takeStreamedDump(
  dumps: DumpFile[],
  properties: Map<string, string>,
  file: AndroidFile,
): Promise<boolean> {
  const stream = file.stream?.();
  if (stream === undefined) return false;
  const finder = sectionFinder();
  const parts: Uint8Array[] = [];
  let kept = 0;
  const sizeBytes = await passWindows(stream, SECTION_WINDOW_BYTES, (bytes, at, last) => {
    const done = finder.take(bytes, at, last);
    for (const { service, from, to } of finder.soFar(at + done)) {
      if (to <= at || from >= at + done || !READ_SERVICES.has(service)) continue;
      const part = bytes.slice(Math.max(0, from - at), to - at);
      kept += part.length;
      if (kept <= MAX_KEPT_BYTES) parts.push(part);
    }
    return done;
  });
  const wanted = finder.end(sizeBytes).filter(({ service }) => READ_SERVICES.has(service));
  if (wanted.length === 0 || kept > MAX_KEPT_BYTES) return false;
  const open = memoryFile(concatBytes(parts));
  let at = 0;
  const sections = wanted.map(({ service, from, to }) => {
    at += to - from;
    return { service, from: at - (to - from), to: at };
  });
  dumps.push({ file: { path: file.path, modifiedAtMs: undefined, open: () => open }, sections });
  for (const { service, from, to } of sections) if (service === PROPERTIES) takeProperties(properties, open, from, to);
  return true;
}

function takeProperties(properties: Map<string, string>, open: OpenFile, from: number, to: number): void {
  for (const { name, value } of propertiesIn(linesOf(open, from, to))) {
    if (properties.size < MAX_PROPERTIES && !properties.has(name)) properties.set(name, value);
  }
}
