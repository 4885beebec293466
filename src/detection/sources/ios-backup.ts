import {
  type Artefact,
  type BackupPlace,
  type EvidenceTree,
  examined,
  findBackups,
  type IosBackup,
  openIosBackup,
  type PhoneFile,
  pathOf,
  reasonOf,
  unreadable,
} from '../../evidence/index.ts';
import { IOS_BACKUP_CHECKS, IOS_CHECKS } from './ios-checks.ts';
import type { OpenedSource, OpenOptions } from './source.ts';

/**
 * Opens the backups that Finder, iTunes or libimobiledevice made: the tree itself, or several in a folder above them, each a source of its own.
 * What an interrupted run left in `Snapshot/` is a source too.
 *
 * @returns none when there is no backup
 */
export async function openIosBackups(tree: EvidenceTree, options: OpenOptions): Promise<readonly OpenedSource[]> {
  const { places, filesBeside, left } = await findBackups(tree);
  const sources: OpenedSource[] = [];
  const several = places.filter(({ isSnapshot }) => !isSnapshot).length > 1;
  for (const place of places) {
    const rows: Artefact[] = [];
    if (sources.length === 0 && left > 0)
      rows.push(unreadable('backup', '*', 0, `${left} more backups were not read: check them one by one`));
    if (sources.length === 0 && filesBeside > 0)
      rows.push(unreadable('files', '*', 0, `${filesBeside} files beside the backups were not read: check them alone`));
    const source = await openOne(
      place,
      several ? labelOf(place.prefix) : place.isSnapshot ? SNAPSHOT : '',
      rows,
      options,
    );
    if (source !== undefined) sources.push(source);
  }
  return sources;
}

const SNAPSHOT = 'Snapshot/';
const UDID = /^(?:[0-9a-f]{40}|[0-9a-f]{8}-[0-9a-f]{16})$/i;

/** Folder of a backup as reports name it: a phone's identifier stays on the machine that reads it, but for its end. */
function labelOf(prefix: string): string {
  const parts = prefix.split('/').map((part) => (UDID.test(part) ? `…${part.slice(-4)}` : part));
  return parts.join('/');
}

async function openOne(
  place: BackupPlace,
  label: string,
  placeRows: readonly Artefact[],
  options: OpenOptions,
): Promise<OpenedSource | undefined> {
  const backup = await openIosBackup(place.tree, options, place);
  if (backup === undefined) return undefined;
  return {
    kind: 'ios-backup',
    ...(label === '' ? {} : { place: label }),
    encrypted: backup.encrypted,
    ...(isClosed(backup) ? { closed: true } : {}),
    device: backup.device,
    fileCount: backup.files.length,
    async examine(context, sinks) {
      const rows = [...placeRows, ...backup.artefacts];
      if (backup.locked) return rows;
      for (const check of IOS_BACKUP_CHECKS) rows.push(...(await check.run(backup, context, sinks)));
      for (const check of IOS_CHECKS) rows.push(...(await check.run(backup, context, sinks)));
      return rows;
    },
    scan: (visit) => (backup.locked ? Promise.resolve([]) : scanFiles(backup, options.level, visit)),
  };
}

/** Locked, or without a list of files that can be read. */
function isClosed({ locked, listedCount, artefacts }: IosBackup): boolean {
  return locked || (listedCount === 0 && artefacts.some(({ status }) => status === 'unreadable'));
}

/** Goes through listed and unlisted files in the order of the disk; at level `quick` through those that a module has read. */
async function scanFiles(
  backup: IosBackup,
  level: OpenOptions['level'],
  visit: Parameters<OpenedSource['scan']>[0],
): Promise<Artefact[]> {
  const wanted = level === 'quick' ? backup.opened : undefined;
  const failures: Artefact[] = [];
  const found: number[] = [];
  const unlisted: string[] = [];
  let [scanned, seen] = [0, 0];
  for await (const { path } of backup.tree.files()) {
    // The manifest repeats every name that its own module has judged.
    if (path === 'Manifest.db') continue;
    const file = backup.listedAt(path);
    seen++;
    if (file !== undefined) found.push(shortId(file));
    else if (!BESIDE_LIST.test(path)) unlisted.push(path);
    if (wanted !== undefined && !wanted.has(path)) continue;
    const name = file === undefined ? path : pathOf(file);
    try {
      const open = await (file === undefined ? backup.tree.open(path) : backup.read(file));
      if (open === undefined) continue;
      try {
        visit(open, name);
        if (open.damage !== undefined) failures.push(unreadable('files', name, 0, open.damage));
      } finally {
        open.close();
      }
      scanned++;
    } catch (error) {
      failures.push(unreadable('files', name, 0, reasonOf(error)));
    }
  }
  const missing = backup.listedCount - found.length;
  const why =
    missing > 0
      ? `${missing} of ${backup.listedCount} listed files have no content in this backup`
      : `quick check: ${seen - scanned - failures.length} files were not read`;
  const whole = missing === 0 && wanted === undefined;
  const total = whole ? examined('files', '*', scanned) : unreadable('files', '*', scanned, why);
  return [...missingRows(backup, missing, found), ...unlistedRows(unlisted, backup.encrypted), ...failures, total];
}

/** What stands beside the content of every backup, and what file managers leave. */
const BESIDE_LIST =
  /^(?:(?:Info|Manifest|Status)\.plist|Manifest\.db-(?:wal|shm|journal)|(?:.*\/)?(?:\.DS_Store|Thumbs\.db|desktop\.ini))$/i;
const CONTENT = /^[0-9a-f]{2}\/[0-9a-f]{40}$/;
/** Rows of each kind; the others are counted. */
const MAX_NAMED = 50;

function missingRows({ files }: IosBackup, missing: number, found: readonly number[]): Artefact[] {
  if (missing === 0) return [];
  const there = Float64Array.from(found).sort();
  const rows: Artefact[] = [];
  for (const file of files) {
    if (rows.length === Math.min(MAX_NAMED, missing)) break;
    if (!holds(there, shortId(file))) {
      rows.push(unreadable('missing-files', pathOf(file), 0, 'listed, content missing'));
    }
  }
  const rest = missing - rows.length;
  return rest === 0 ? rows : [...rows, unreadable('missing-files', '*', 0, `${rest} more listed files are missing`)];
}

/** 48 bits of the id: half a million whole ones would take as much memory as the rest of a check. Two alike cost one name, never the count. */
function shortId({ id }: PhoneFile): number {
  return Number.parseInt(id.slice(0, 12), 16);
}

function holds(sorted: Float64Array, value: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === value;
}

/** Content that the list does not know: left by an earlier run, put there later, or taken out of the list to hide it. */
function unlistedRows(paths: readonly string[], encrypted: boolean): Artefact[] {
  const rows = paths
    .slice(0, MAX_NAMED)
    .map((path) =>
      encrypted && CONTENT.test(path)
        ? unreadable('unlisted-files', path, 0, 'not in the list of the backup, so there is no key for it')
        : examined('unlisted-files', path, 1),
    );
  const rest = paths.length - rows.length;
  if (rest > 0) rows.push(unreadable('unlisted-files', '*', 0, `${rest} more files are there and not in the list`));
  return rows;
}
