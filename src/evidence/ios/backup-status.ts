import type { PlistDict } from '../../formats/plist/index.ts';
import { type Artefact, absent, unreadable } from '../evidence.ts';

/** Only what the reader of a report knows what to do with; anything else a file claims is "unknown". */
const STATE = /^[a-zA-Z]{1,20}$/;

/**
 * What Status.plist says of how whole a backup is. `SnapshotState` is "finished" once every file has been taken; any other state (new,
 * uploading, moving, removing) is a run that was interrupted, and `Snapshot/` is what it leaves.
 */
export function statusRows(
  status: PlistDict | undefined,
  row: Artefact,
  place: { readonly isSnapshot: boolean; readonly hasSnapshot: boolean },
): readonly Artefact[] {
  const rows: Artefact[] = [row];
  const state = status?.['SnapshotState'];
  if (place.isSnapshot) {
    rows.push(incomplete('Snapshot/', 'this is the state that an interrupted run of the backup left'));
  } else if (state !== undefined && state !== 'finished') {
    const told = typeof state === 'string' && STATE.test(state) ? state : 'unknown';
    rows.push(incomplete('Status.plist', `its last run was interrupted (state "${told}")`));
  } else if (place.hasSnapshot) {
    rows.push(incomplete('Snapshot/', 'a later run was interrupted; what it left is a source of its own'));
  }
  if (status?.['IsFullBackup'] === false) {
    rows.push(absent('full-backup', 'the last run took only what had changed: some apps may be older than its date'));
  }
  return rows;
}

function incomplete(path: string, why: string): Artefact {
  return unreadable('backup-status', path, 0, `incomplete backup: ${why}; make a new backup and let it finish`);
}
