import { FormatError } from '../../base/index.ts';
import { openSqlite } from '../../formats/sqlite/index.ts';
import type { ArtefactModule, Emit, TimelineEvent } from '../evidence.ts';
import type { IosBackup } from './backup.ts';
import { absolutePathOf } from './domains.ts';
import { type FileRecord, parseFileRecord } from './file-record.ts';
import { plainText } from './files.ts';

/** A row of Manifest.db. */
export interface ManifestRecord extends FileRecord {
  readonly fileId: string;
  readonly domain: string;
  readonly relativePath: string;
  readonly absolutePath: string | undefined;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
}

const COMMON = { artefact: 'manifest', path: 'Manifest.db' } as const;
const NOTHING: FileRecord = {
  sizeBytes: undefined,
  mode: undefined,
  userId: undefined,
  protectionClass: undefined,
  bornAtMs: undefined,
  modifiedAtMs: undefined,
  statusChangedAtMs: undefined,
};

/**
 * The file list's own rows, directories and links too: each path with its times, and the web sites that WebKit names folders after
 * ("WebSQL/https_www.example.org_0"). Gives no artefact row: the backup itself tells whether its list could be read.
 */
export const manifest: ArtefactModule<IosBackup, ManifestRecord> = {
  artefact: 'manifest',
  async read(source, emit) {
    // Nothing listed: the backup has told why.
    if (source.files.length === 0) return [];
    const open = await source.openManifest();
    if (open === undefined) return [];
    try {
      const columns = ['fileID', 'domain', 'relativePath', 'flags', 'file'];
      for (const { values } of openSqlite(open).rows('Files', columns)) {
        const [id, domain, path, flags, file] = values;
        if (typeof domain !== 'string' || typeof path !== 'string') continue;
        const record: ManifestRecord = {
          fileId: plainText(id),
          domain,
          relativePath: path,
          absolutePath: absolutePathOf(domain, path),
          kind: flags === 1 ? 'file' : flags === 2 ? 'directory' : flags === 4 ? 'link' : 'other',
          ...(file instanceof Uint8Array ? recordOf(file) : NOTHING),
        };
        emit.record(record);
        emitSightings(record, emit);
        if (emit.event !== undefined) emitEvents(record, emit.event);
      }
    } finally {
      open.close();
    }
    return [];
  },
};

/** A hostile record costs its times, not its path. */
function recordOf(bytes: Uint8Array): FileRecord {
  try {
    return parseFileRecord(bytes);
  } catch (error) {
    if (error instanceof FormatError) return NOTHING;
    throw error;
  }
}

function emitSightings({ fileId, domain, relativePath, absolutePath }: ManifestRecord, emit: Emit<never>): void {
  const common = { ...COMMON, locator: `file ${fileId}`, atMs: undefined };
  const value = absolutePath ?? `${domain}/${relativePath}`;
  emit.sighting({ kind: 'path', value, relativePath, evidence: 'present', ...common });
  if (!relativePath.includes('http')) return;
  const site = /(?:^|\/)https?_([^/]+?)_\d+(?:$|[./])/.exec(relativePath)?.[1];
  if (site !== undefined) emit.sighting({ kind: 'host', value: site, evidence: 'visited', ...common });
}

/** One event for each distinct time. */
function emitEvents(record: ManifestRecord, event: (event: TimelineEvent) => void): void {
  const { modifiedAtMs, statusChangedAtMs, bornAtMs } = record;
  const detail = `${record.domain}/${record.relativePath}`;
  for (const atMs of new Set([modifiedAtMs, statusChangedAtMs, bornAtMs])) {
    if (atMs === undefined) continue;
    const what = [
      atMs === modifiedAtMs ? 'modified' : '',
      atMs === statusChangedAtMs ? 'status changed' : '',
      atMs === bornAtMs ? 'created' : '',
    ].filter((word) => word !== '');
    event({ ...COMMON, atMs, what: `${record.kind} ${what.join(', ')}`, detail });
  }
}
