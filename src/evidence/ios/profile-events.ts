import { isPlistDict, type PlistValue } from '../../formats/plist/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import { type IosFiles, namedIn, readPlists } from './files.ts';

/** A configuration profile was installed, updated or removed. */
export interface ProfileEventRecord {
  readonly path: string;
  readonly profileId: string;
  readonly operation: string;
  readonly process: string;
  readonly atMs: number | undefined;
}

const ARTEFACT = 'profile-events';
const NAME = 'MCProfileEvents.plist';
const PLACE = `Library/ConfigurationProfiles/${NAME}`;
/** In backups and file systems, and in a sysdiagnose. */
const PLACES = [`ConfigurationProfiles/${NAME}`, `MCState/Shared/${NAME}`];

export const profileEvents: ArtefactModule<IosFiles, ProfileEventRecord> = {
  artefact: ARTEFACT,
  read(source, emit) {
    return readPlists(source, ARTEFACT, namedIn(source, NAME, PLACES), PLACE, (plist, path) => {
      const events = plist['ProfileEvents'];
      let records = 0;
      for (const event of Array.isArray(events) ? events.filter(isPlistDict) : []) {
        for (const profileId of Object.keys(event)) {
          const entry = event[profileId];
          if (!isPlistDict(entry)) continue;
          records++;
          const atMs = timeOf(entry['timestamp']);
          const operation = textOf(entry['operation']);
          const process = textOf(entry['process']);
          emit.record({ path, profileId, operation, process, atMs });
          const locator = `${operation} of ${profileId}`.slice(0, 400);
          const common = { artefact: ARTEFACT, path, locator, atMs } as const;
          emit.sighting({ kind: 'profile', value: profileId, evidence: 'present', ...common });
          if (process !== '') emit.sighting({ kind: 'process', value: process, evidence: 'executed', ...common });
          if (atMs !== undefined)
            emit.event?.({
              atMs,
              artefact: ARTEFACT,
              path,
              what: `profile: ${operation}`,
              detail: `${profileId}, by ${process}`,
            });
        }
      }
      return records;
    });
  },
};

function timeOf(value: PlistValue | undefined): number | undefined {
  const atMs = value instanceof Date ? value.getTime() : Date.parse(typeof value === 'string' ? value : '');
  return Number.isNaN(atMs) ? undefined : atMs;
}

function textOf(value: PlistValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
