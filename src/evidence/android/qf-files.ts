import type { ArtefactModule, Emit } from '../evidence.ts';
import { unixTimeMs } from '../times.ts';
import { type AndroidFiles, filesAt, isObject, jsonOf, numberOf, readFiles, textOf } from './files.ts';
import { linesOf } from './lines.ts';

/** A file on the phone, from the listing of AndroidQF. */
export interface QfFileRecord {
  readonly path: string;
  readonly file: string;
  readonly mode: string;
  readonly userId: number | undefined;
  readonly context: string;
  readonly modifiedAtMs: number | undefined;
  readonly changedAtMs: number | undefined;
}

const DIGESTS = ['sha256', 'sha1', 'md5'] as const;

/** `files.json`: one list, or one object a line. */
export const qfFiles: ArtefactModule<AndroidFiles, QfFileRecord> = {
  artefact: 'qf-files',
  read: (source, emit) =>
    readFiles('qf-files', filesAt(source, 'files.json'), 'files.json', (open, path) => {
      if (open.read(0, 1)[0] === 0x5b) {
        const list = jsonOf(open);
        const items = (Array.isArray(list) ? list : []).filter(isObject);
        for (const item of items) take(item, path, emit);
        return items.length;
      }
      let records = 0;
      for (const line of linesOf(open)) {
        const item = objectIn(line);
        if (item === undefined) continue;
        take(item, path, emit);
        records++;
      }
      return records;
    }),
};

function objectIn(line: string): { readonly [key: string]: unknown } | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // a line that the collection cut
  }
}

function take(item: { readonly [key: string]: unknown }, path: string, emit: Emit<QfFileRecord>): void {
  const file = textOf(item.path);
  const modifiedAtMs = unixTimeMs(numberOf(item.modified_time));
  const changedAtMs = unixTimeMs(numberOf(item.changed_time));
  const userId = numberOf(item.user_id);
  emit.record({
    path,
    file,
    mode: textOf(item.mode),
    userId,
    context: textOf(item.context),
    modifiedAtMs,
    changedAtMs,
  });
  const common = { evidence: 'present', artefact: 'qf-files', path, locator: file, atMs: modifiedAtMs } as const;
  if (file !== '') emit.sighting({ kind: 'path', value: file, ...common });
  for (const digest of DIGESTS) {
    const value = textOf(item[digest]);
    if (value !== '') emit.sighting({ kind: 'hash', value, ...common });
  }
  for (const [what, atMs] of [
    ['file modified', modifiedAtMs],
    ['file changed', changedAtMs],
  ] as const) {
    if (atMs !== undefined) emit.event?.({ atMs, artefact: 'qf-files', path, what, detail: file });
  }
}
