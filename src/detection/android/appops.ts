import { type AppOpsPermission, type AppOpsRecord, lastUse } from '../../evidence/index.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Finding } from '../finding.ts';
import type { Heuristic } from '../heuristic.ts';
import { STORES } from './known-apps.data.ts';
import { told } from './told.ts';

const INSTALL = 'REQUEST_INSTALL_PACKAGES';
const SHELL = 'com.android.shell';
/** What the shell, which commands by cable run in, has no business with. */
const PRIVATE =
  /^(?:RECORD_AUDIO|PHONE_CALL_MICROPHONE|CAMERA|PHONE_CALL_CAMERA|FINE_LOCATION|COARSE_LOCATION|READ_SMS|RECEIVE_SMS|READ_CONTACTS|READ_CALL_LOG|PROJECT_MEDIA)$/;

/**
 * Looks at apps that may install others, and at what the shell used.
 *
 * MVT tells both at MEDIUM, also rights that were refused or never used; every browser and every store may ask for installs. Here
 * the right alone and its use by a store are low, any other use medium, all a weakness. The shell is used by whoever collects evidence: only
 * microphone, camera, place and messages are unusual for it.
 */
export const judgeAppops: Heuristic<AppOpsRecord> = () => {
  const findings = keepFindings();
  const tell = (finding: Finding | undefined): void => {
    if (finding !== undefined) findings.push(finding);
  };
  return {
    record(record) {
      for (const permission of record.permissions) {
        if (permission.name === INSTALL) tell(installs(record, permission));
        else if (record.packageName === SHELL) tell(shellUse(record, permission));
      }
    },
    end: findings.kept,
  };
};

function installs({ path, packageName, uid }: AppOpsRecord, permission: AppOpsPermission): Finding | undefined {
  const last = lastUse(permission);
  if (last === undefined && permission.mode !== 'allow') return undefined;
  const store = STORES.has(packageName);
  return told('appops', {
    level: last === undefined || store ? 'low' : 'medium',
    verdict: 'weakness',
    evidence: 'permitted',
    value: packageName,
    path,
    locator: `Uid ${uid}, ${INSTALL}${last === undefined ? '' : `, last used ${last.local} (time of the phone)`}`,
    atMs: last?.atMs,
    explanation:
      last === undefined
        ? 'This app may install other apps. Browsers and stores often have that right; it can be taken away in the settings.'
        : 'This app used its right to install other apps. Stores and browsers do; ask the owner what was installed.',
  });
}

function shellUse({ path, packageName, uid }: AppOpsRecord, permission: AppOpsPermission): Finding | undefined {
  const last = PRIVATE.test(permission.name) ? lastUse(permission) : undefined;
  if (last === undefined) return undefined;
  return told('appops', {
    level: 'medium',
    verdict: 'unusual',
    evidence: 'executed',
    value: `${packageName} ${permission.name}`,
    path,
    locator: `Uid ${uid}, ${permission.name}, last used ${last.local} (time of the phone)`,
    atMs: last.atMs,
    explanation:
      'Commands that came by cable or debugging used microphone, camera, place or messages. Screen mirroring (scrcpy) does so too; ask who connected the phone then.',
  });
}
