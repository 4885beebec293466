import type { ArtefactModule } from '../evidence.ts';
import { knownMs, type LocalTime } from './clock.ts';
import { type AndroidFiles, readSections } from './files.ts';
import { appSightings } from './sightings.ts';

export interface PackagePermission {
  readonly name: string;
  readonly kind: 'declared' | 'install' | 'runtime';
  /** Undefined where the phone does not say. */
  readonly granted: boolean | undefined;
}

/** An app as the package manager describes it. */
export interface PackageRecord {
  readonly path: string;
  readonly packageName: string;
  /** Number of the app, `userId=` up to Android 13 and `appId=` later. */
  readonly uid: string;
  readonly versionName: string;
  readonly versionCode: string;
  readonly timeStamp: LocalTime | undefined;
  readonly firstInstallTime: LocalTime | undefined;
  readonly lastUpdateTime: LocalTime | undefined;
  /** Empty where none is known, as for apps of the system and those put there by cable. */
  readonly installer: string;
  readonly system: boolean;
  /** False where it was removed for every user and only its data stay. */
  readonly installed: boolean;
  readonly permissions: readonly PackagePermission[];
  readonly requestedPermissions: readonly string[];
}

type Draft = { -readonly [K in keyof PackageRecord]: PackageRecord[K] } & {
  permissions: PackagePermission[];
  requestedPermissions: string[];
  users: { id: number; installed: boolean; firstInstallTime: LocalTime | undefined }[];
};

type PermissionList = PackagePermission['kind'] | 'requested';

const PACKAGE = /^ {1,4}Package \[([^\]\s]{1,255})\]/;
const USER = /^User (\d{1,6}):(.*)$/;
const HEADER = /^(declared|requested|install|runtime) permissions:$/;
const VALUE =
  /^(appId|userId|versionName|timeStamp|firstInstallTime|lastUpdateTime|installerPackageName|pkgFlags|codePath|versionCode)=(.*)$/;
/** The lists hold other things too: disabled components, groups. */
const PERMISSION: Readonly<Record<PermissionList, RegExp>> = {
  declared: /^([\w.-]{1,255}): prot=/,
  requested: /^([\w.-]{1,255})(?::|$)/,
  install: /^([\w.-]{1,255}): granted=(true|false)/,
  runtime: /^([\w.-]{1,255}): granted=(true|false)/,
};
const MAX_PERMISSIONS = 5000;
const MAX_USERS = 100;

/** `package`, from "Packages:" to a blank line or the next table. */
export const packages: ArtefactModule<AndroidFiles, PackageRecord> = {
  artefact: 'packages',
  read: (source, emit) =>
    readSections(source, 'packages', 'package', (lines, path) => {
      const sight = appSightings(emit, 'packages', path);
      let records = 0;
      let draft: Draft | undefined;
      let inPackages = false;
      let list: PermissionList | undefined;
      const finish = (): void => {
        if (draft === undefined) return;
        records++;
        const { users, ...record } = draft;
        const user = users.find(({ id }) => id === 0) ?? users[0];
        record.firstInstallTime ??= user?.firstInstallTime;
        record.installed = users.length === 0 || users.some(({ installed }) => installed);
        emit.record(record);
        sight(record.packageName, {
          evidence: 'present',
          ...(record.installed ? { installed: true } : {}),
          locator: `Package [${record.packageName}]`,
          atMs: knownMs(record.firstInstallTime),
        });
        tellTimes(record);
        draft = undefined;
      };
      const tellTimes = ({ packageName, firstInstallTime, lastUpdateTime }: PackageRecord): void => {
        for (const [what, time] of [
          ['app installed', firstInstallTime],
          ['app updated', lastUpdateTime],
        ] as const) {
          if (time === undefined) continue;
          const zone = time.zoneUnknown ? ({ zoneUnknown: true } as const) : {};
          emit.event?.({ atMs: time.ms, artefact: 'packages', path, what, detail: packageName, ...zone });
        }
      };
      for (const line of lines) {
        if (!inPackages) {
          inPackages = line.trim() === 'Packages:';
          continue;
        }
        const text = line.trim();
        const packageName = PACKAGE.exec(line)?.[1];
        if (packageName !== undefined) {
          finish();
          draft = emptyDraft(path, packageName);
          list = undefined;
        } else if (text === '' || !line.startsWith(' ')) {
          // "Hidden system packages:" below repeats what updates have replaced.
          finish();
          inPackages = text === 'Packages:';
        } else if (draft !== undefined) {
          const header = HEADER.exec(text)?.[1];
          if (header !== undefined) list = listNamed(header);
          else if (line.startsWith('      ') && list !== undefined && takePermission(draft, list, text)) continue;
          else {
            if (!line.startsWith('      ')) list = undefined;
            takeProperty(draft, text, source.clock);
          }
        }
      }
      finish();
      return records;
    }),
};

function listNamed(name: string): PermissionList {
  return name === 'declared' || name === 'requested' || name === 'install' ? name : 'runtime';
}

/** @returns false where the line is no permission of that list */
function takePermission(draft: Draft, list: PermissionList, text: string): boolean {
  const match = PERMISSION[list].exec(text);
  if (match === null) return false;
  const [, name = '', granted] = match;
  if (list === 'requested') {
    if (draft.requestedPermissions.length < MAX_PERMISSIONS) draft.requestedPermissions.push(name);
  } else if (draft.permissions.length < MAX_PERMISSIONS) {
    draft.permissions.push({ name, kind: list, granted: granted === undefined ? undefined : granted === 'true' });
  }
  return true;
}

function takeProperty(draft: Draft, text: string, clock: AndroidFiles['clock']): void {
  const user = USER.exec(text);
  if (user !== null) {
    const installed = !/\binstalled=false\b/.test(user[2] ?? '');
    if (draft.users.length < MAX_USERS)
      draft.users.push({ id: Number(user[1]), installed, firstInstallTime: undefined });
    return;
  }
  const match = VALUE.exec(text);
  if (match === null) return;
  const [, key, value = ''] = match;
  switch (key) {
    case 'appId':
    case 'userId':
      draft.uid ||= value;
      break;
    case 'versionName':
      draft.versionName ||= value;
      break;
    case 'versionCode':
      draft.versionCode ||= value.replace(/ .*$/s, '');
      break;
    case 'installerPackageName':
      draft.installer ||= value === 'null' ? '' : value;
      break;
    case 'timeStamp':
      draft.timeStamp ??= clock(value);
      break;
    case 'lastUpdateTime':
      draft.lastUpdateTime ??= clock(value);
      break;
    case 'firstInstallTime': {
      // From Android 14 on each user has a time of its own.
      const current = draft.users.at(-1);
      if (current === undefined) draft.firstInstallTime ??= clock(value);
      else current.firstInstallTime ??= clock(value);
      break;
    }
    case 'pkgFlags':
      draft.system ||= /\bSYSTEM\b/.test(value);
      break;
  }
}

function emptyDraft(path: string, packageName: string): Draft {
  return {
    path,
    packageName,
    uid: '',
    versionName: '',
    versionCode: '',
    timeStamp: undefined,
    firstInstallTime: undefined,
    lastUpdateTime: undefined,
    installer: '',
    system: false,
    installed: true,
    permissions: [],
    requestedPermissions: [],
    users: [],
  };
}
