import type { ArtefactModule } from '../evidence.ts';
import { knownMs, type LocalTime } from './clock.ts';
import { type AndroidFiles, readSections } from './files.ts';
import { appSightings } from './sightings.ts';

export interface AppOpsEntry {
  readonly access: 'Access' | 'Reject';
  /** Process state and flags: "fg-s", "bg-tpd". */
  readonly type: string;
  readonly time: LocalTime | undefined;
}

export interface AppOpsPermission {
  readonly name: string;
  /** allow, ignore, deny, default, foreground. */
  readonly mode: string;
  readonly entries: readonly AppOpsEntry[];
}

/** What one app may do and when it did or was refused it. */
export interface AppOpsRecord {
  readonly path: string;
  readonly packageName: string;
  readonly uid: string;
  readonly permissions: readonly AppOpsPermission[];
}

const UID = /^ {1,3}Uid (\S+):$/;
const PACKAGE = /^Package (\S+):$/;
const PERMISSION = /^([A-Za-z][\w.:]*) \(([a-z]+)\b[^)]*\):?/;
const ENTRY = /^(Access|Reject): ?\[([^\]]*)\] ?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)/;
/** Of a permission that a hostile file repeats without end the first are kept. */
const MAX_ENTRIES = 1000;
const MAX_PERMISSIONS = 2000;

/** `appops` from "  Uid 0:" to a blank line. Android 11 and later put entries of a package below their attribution tag. */
export const appops: ArtefactModule<AndroidFiles, AppOpsRecord> = {
  artefact: 'appops',
  read: (source, emit) =>
    readSections(source, 'appops', 'appops', (lines, path) => {
      const sight = appSightings(emit, 'appops', path);
      let records = 0;
      let uid: string | undefined;
      let app:
        | { packageName: string; uid: string; permissions: { name: string; mode: string; entries: AppOpsEntry[] }[] }
        | undefined;
      const finish = (): void => {
        if (app === undefined) return;
        records++;
        emit.record({ path, ...app });
        sight(app.packageName, { evidence: 'present', installed: true, locator: `Uid ${app.uid}`, atMs: undefined });
        app = undefined;
      };
      for (const line of lines) {
        const text = line.trim();
        const nextUid = UID.exec(line)?.[1];
        if (nextUid !== undefined) {
          finish();
          uid = nextUid;
        } else if (uid === undefined) continue;
        else if (text === '') break;
        else if (text.startsWith('Package ')) {
          finish();
          const packageName = PACKAGE.exec(text)?.[1];
          if (packageName !== undefined) app = { packageName, uid, permissions: [] };
        } else if (app !== undefined) {
          const entry = ENTRY.exec(text);
          const permission = entry === null ? PERMISSION.exec(text) : null;
          if (permission !== null) {
            const [, name = '', mode = ''] = permission;
            if (app.permissions.length < MAX_PERMISSIONS) app.permissions.push({ name, mode, entries: [] });
          } else if (entry !== null) {
            const [, access, type = '', local = ''] = entry;
            const current = app.permissions.at(-1);
            if (current === undefined || current.entries.length >= MAX_ENTRIES) continue;
            const time = source.clock(local);
            current.entries.push({ access: access === 'Reject' ? 'Reject' : 'Access', type, time });
            if (time === undefined || emit.event === undefined) continue;
            emit.event({
              atMs: time.ms,
              artefact: 'appops',
              path,
              what: access === 'Reject' ? 'permission refused' : 'permission used',
              detail: `${app.packageName} ${current.name}`,
              ...(time.zoneUnknown ? { zoneUnknown: true } : {}),
            });
          }
        }
      }
      finish();
      return records;
    }),
};

/** The last time an app used a permission, for findings. */
export function lastUse(permission: AppOpsPermission): { atMs: number | undefined; local: string } | undefined {
  let last: LocalTime | undefined;
  for (const { access, time } of permission.entries) {
    if (access === 'Access' && time !== undefined && (last === undefined || time.ms > last.ms)) last = time;
  }
  return last && { atMs: knownMs(last), local: last.local };
}
