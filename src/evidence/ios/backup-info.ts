import type { PlistDict } from '../../formats/plist/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import type { IosBackup } from './backup.ts';

/** What a backup says of its phone. Serial numbers and the like stay on the machine that reads them. */
export interface BackupInfoRecord {
  readonly path: string;
  readonly productType: string;
  readonly productName: string;
  readonly productVersion: string;
  readonly buildVersion: string;
  readonly backedUpAtMs: number | undefined;
  readonly installedApplications: readonly string[];
  /** Every text of the list under its own name ("IMEI", "Serial Number", "iTunes Version"). */
  readonly fields: Readonly<Record<string, string>>;
}

const PATH = 'Info.plist';

/** Facts of the phone. Gives no artefact row: the backup itself tells whether its list could be read. */
export const backupInfo: ArtefactModule<IosBackup, BackupInfoRecord> = {
  artefact: 'backup-info',
  read({ info, device }, emit) {
    const date = info?.['Last Backup Date'];
    const installed = info?.['Installed Applications'];
    const fields = textsOf(info ?? {});
    const backedUpAtMs = date instanceof Date ? date.getTime() : undefined;
    emit.record({
      path: PATH,
      productType: device.productType,
      productName: fields['Product Name'] ?? '',
      productVersion: device.osVersion,
      buildVersion: device.buildVersion,
      backedUpAtMs,
      installedApplications: Array.isArray(installed)
        ? installed.filter((id): id is string => typeof id === 'string')
        : [],
      fields,
    });
    if (backedUpAtMs !== undefined)
      emit.event?.({
        atMs: backedUpAtMs,
        artefact: 'backup-info',
        path: PATH,
        what: 'backup made',
        detail: fields['iTunes Version'] ?? '',
      });
    return Promise.resolve([]);
  },
};

function textsOf(info: PlistDict): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const key of Object.keys(info)) {
    const value = info[key];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      fields[key] = String(value);
  }
  return fields;
}
