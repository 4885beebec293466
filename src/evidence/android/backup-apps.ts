import { type ArtefactModule, examined } from '../evidence.ts';
import type { AndroidFiles } from './files.ts';
import { appSightings } from './sightings.ts';

/** An app that has data in the backup. */
export interface BackupAppRecord {
  readonly path: string;
  readonly packageName: string;
}

const FOLDER = /^(.*?)(?:^|\/)apps\/([A-Za-z][\w.]{1,254})\//;

/** The apps of an Android backup by the names of their folders, `apps/<package>/`: the phone had them when it was made. */
export const backupApps: ArtefactModule<AndroidFiles, BackupAppRecord> = {
  artefact: 'backup-apps',
  read(source, emit) {
    const seen = new Set<string>();
    const counts = new Map<string, number>();
    for (const { path } of source.files) {
      const match = FOLDER.exec(path);
      if (match === null || seen.has(match[0])) continue;
      seen.add(match[0]);
      const [, root = '', packageName = ''] = match;
      const place = `${root === '' ? '' : `${root}/`}apps`;
      emit.record({ path: place, packageName });
      counts.set(place, (counts.get(place) ?? 0) + 1);
      const locator = `apps/${packageName}`;
      appSightings(
        emit,
        'backup-apps',
        place,
      )(packageName, {
        evidence: 'present',
        installed: true,
        locator,
        atMs: undefined,
      });
    }
    return Promise.resolve([...counts].map(([place, records]) => examined('backup-apps', place, records)));
  },
};
