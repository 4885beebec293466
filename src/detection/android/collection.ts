import type { MountRecord, QfFileRecord, RootBinaryRecord, SettingRecord } from '../../evidence/index.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Finding } from '../finding.ts';
import type { Heuristic } from '../heuristic.ts';
import { DEVELOPER_FILES } from './known-apps.data.ts';
import { told } from './told.ts';

/** Settings that are 1 on a guarded phone (phone-evidence 9.3). */
const GUARDS: ReadonlySet<string> = new Set([
  'verifier_verify_adb_installs',
  'package_verifier_enable',
  'package_verifier_state',
  'package_verifier_user_consent',
  'upload_apk_enable',
  'adb_install_need_confirm',
  'send_security_reports',
  'samsung_errorlog_agree',
  'send_action_app_error',
]);

/** Looks for guards of the phone that are switched off, in a collection. */
export const judgeQfSettings: Heuristic<SettingRecord> = () => judgeSettingsOf('qf-settings');
/** The same in a bug report. */
export const judgeSettings: Heuristic<SettingRecord> = () => judgeSettingsOf('settings');

function judgeSettingsOf(artefact: string): ReturnType<Heuristic<SettingRecord>> {
  return each(({ path, namespace, name, value }) => {
    const common = { verdict: 'weakness', path, value: `${name} = ${value}`, locator: `${namespace} ${name}` } as const;
    if (GUARDS.has(name) && value !== '1') {
      return told(artefact, {
        ...common,
        level: 'medium',
        explanation: 'A guard against harmful apps, or its reports, is switched off. Some makers ship phones so.',
      });
    }
    if (name !== 'accessibility_enabled' || value === '0') return undefined;
    return told(artefact, {
      ...common,
      level: 'low',
      explanation: 'At least one app may read and operate the screen; the accessibility services say which.',
    });
  });
}

const SHARED_FOLDER = '/data/local/tmp/';
/** Where AndroidQF puts its own program. */
const COLLECTOR = '/data/local/tmp/collector';
const SET_UID = /^-..[sS]|^-.....[sS]/;

/**
 * Looks for files in the folder that programs started by cable or by an exploit write to, and for programs below /data that run with another
 * user's rights. What developers' tools are named there is told apart and lower: a name can be borrowed. False alarms: other tools of developers.
 */
export const judgeQfFiles: Heuristic<QfFileRecord> = () =>
  each(({ path, file, mode, modifiedAtMs }) => {
    const common = { level: 'high', verdict: 'unusual', path, value: file, atMs: modifiedAtMs } as const;
    if (SET_UID.test(mode) && file.startsWith('/data/')) {
      return told('qf-files', {
        ...common,
        explanation:
          'A program outside the system runs with the rights of another user. Rooted phones have such; no other does.',
      });
    }
    if (!file.startsWith(SHARED_FOLDER) || file === SHARED_FOLDER || isCollector(file)) return undefined;
    if (DEVELOPER_FILES.test(file.slice(SHARED_FOLDER.length))) {
      return told('qf-files', {
        ...common,
        level: 'medium',
        verdict: 'weakness',
        explanation:
          'A file with the name of a tool of developers lies where programs that came by cable are kept. On a phone that nobody develops with, ask who connected it.',
      });
    }
    return told('qf-files', {
      ...common,
      explanation:
        'A file lies where programs that came by cable or through a hole are kept. Tools of developers lie there too; a person must look at it.',
    });
  });

function isCollector(file: string): boolean {
  return file === COLLECTOR || file.startsWith(`${COLLECTOR}/`);
}

/** Programs for root access. */
export const judgeRootBinaries: Heuristic<RootBinaryRecord> = () =>
  each(({ path, file }) =>
    told('qf-root-binaries', {
      level: 'high',
      verdict: 'weakness',
      path,
      value: file,
      explanation:
        'A program for full control over the phone (root) lies on it. Owners do that on purpose; a phone that nobody rooted must be looked at.',
    }),
  );

const SYSTEM_MOUNTS: ReadonlySet<string> = new Set(['/system', '/vendor', '/product', '/system_ext']);

/** Looks for partitions of the system that can be written to: compared as whole paths, unlike MVT, where /product also hits /product_services. */
export const judgeQfMounts: Heuristic<MountRecord> = () => judgeMountsOf('qf-mounts');
/** The same in a bug report. */
export const judgeMounts: Heuristic<MountRecord> = () => judgeMountsOf('mounts');

function judgeMountsOf(artefact: string): ReturnType<Heuristic<MountRecord>> {
  return each(({ path, device, mountPoint, options }) => {
    const writable = options.includes('rw');
    if (!SYSTEM_MOUNTS.has(mountPoint) || !(writable || options.includes('remount'))) return undefined;
    return told(artefact, {
      level: writable ? 'high' : 'medium',
      verdict: 'unusual',
      path,
      value: mountPoint,
      locator: `${device} on ${mountPoint} (${options.join(',').slice(0, 200)})`,
      explanation:
        'A part of the system that is read-only on every healthy phone was mounted anew or can be written to.',
    });
  });
}

function each<R>(judge: (record: R) => Finding | undefined): ReturnType<Heuristic<R>> {
  const findings = keepFindings();
  return {
    record(record) {
      const finding = judge(record);
      if (finding !== undefined) findings.push(finding);
    },
    end: findings.kept,
  };
}
