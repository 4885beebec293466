import type { ArtefactModule } from '../evidence.ts';
import { knownMs, type LocalTime } from './clock.ts';
import { type AndroidFiles, readSections } from './files.ts';
import { appSightings } from './sightings.ts';

/** A statement that an app ran on its database. */
export interface DbInfoRecord {
  readonly path: string;
  readonly databasePath: string;
  readonly local: string;
  /** Undefined where the phone writes no year. */
  readonly time: LocalTime | undefined;
  readonly pid: number | undefined;
  readonly action: string;
  readonly sql: string;
}

const POOL = /^Connection pool for (.+):$/;
const OPERATION = /^\d+: \[([\d: .-]{10,30})\] (?:\[Pid:\((\d{1,10})\)\])?\s*(\S+) .*?sql="(.*)$/;
/** A component of a path that names an app. */
const PACKAGE_PART = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/;
const MAX_SQL_CHARS = 4096;

/** `dbinfo`: the statements below "Most recently executed operations:" of each pool. */
export const dbinfo: ArtefactModule<AndroidFiles, DbInfoRecord> = {
  artefact: 'dbinfo',
  read: (source, emit) =>
    readSections(source, 'dbinfo', 'dbinfo', (lines, path) => {
      const sight = appSightings(emit, 'dbinfo', path);
      let records = 0;
      let databasePath = '';
      let inOperations = false;
      for (const line of lines) {
        const text = line.trim();
        const pool = POOL.exec(text)?.[1];
        if (pool !== undefined) [databasePath, inOperations] = [pool, false];
        else if (text === 'Most recently executed operations:') inOperations = true;
        else if (text === '') inOperations = false;
        if (!inOperations) continue;
        const operation = OPERATION.exec(text);
        if (operation === null) continue;
        const [, local = '', pid, action = '', rest = ''] = operation;
        const time = source.clock(local);
        records++;
        emit.record({
          path,
          databasePath,
          local,
          time,
          pid: pid === undefined ? undefined : Number(pid),
          action,
          sql: sqlOf(rest),
        });
        const locator = `${databasePath} ${local}`;
        for (const part of databasePath.split('/')) {
          if (PACKAGE_PART.test(part)) sight(part, { evidence: 'present', locator, atMs: knownMs(time) });
        }
      }
      return records;
    }),
};

/** The statement ends at the last quote before ", path=" or the end: it may hold quotes itself. */
function sqlOf(rest: string): string {
  const path = rest.lastIndexOf('", path=');
  const end = path >= 0 ? path : rest.endsWith('"') ? rest.length - 1 : rest.length;
  return rest.slice(0, Math.min(end, MAX_SQL_CHARS));
}
