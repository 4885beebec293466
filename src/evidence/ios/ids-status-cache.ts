import { isPlistDict } from '../../formats/plist/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import { appleTimeMs } from '../times.ts';
import { type IosFiles, listed, numberOf, readPlists } from './files.ts';

/** An account of Apple's services that this phone asked Apple about, since something from or to it was to be delivered. */
export interface IdsLookupRecord {
  readonly path: string;
  readonly service: string;
  /** `mailto:` or `tel:` and the address. */
  readonly user: string;
  readonly atMs: number | undefined;
  readonly status: number | undefined;
  /** Services under which the same account stands. */
  readonly occurrences: number;
}

const ARTEFACT = 'ids-status-cache';
const PATHS = [
  'Library/Preferences/com.apple.identityservices.idstatuscache.plist',
  'Library/IdentityServices/idstatuscache.plist',
];

/** The list of looked-up accounts of iMessage and FaceTime; newer systems keep it out of backups. */
export const idsStatusCache: ArtefactModule<IosFiles, IdsLookupRecord> = {
  artefact: ARTEFACT,
  read(source, emit) {
    const files = PATHS.flatMap((path) => listed(source, 'HomeDomain', path));
    return readPlists(source, ARTEFACT, files, `HomeDomain/${PATHS[0]}`, (plist, path) => {
      const found: Omit<IdsLookupRecord, 'occurrences'>[] = [];
      const occurrences = new Map<string, number>();
      for (const service of Object.keys(plist)) {
        const users = plist[service];
        if (!isPlistDict(users)) continue;
        for (const user of Object.keys(users)) {
          const entry = users[user];
          if (!isPlistDict(entry)) continue;
          const atMs = appleTimeMs(entry['LookupDate']);
          found.push({ path, service, user, atMs, status: numberOf(entry['IDStatus']) });
          occurrences.set(user, (occurrences.get(user) ?? 0) + 1);
        }
      }
      for (const lookup of found) {
        const { service, user, atMs } = lookup;
        emit.record({ ...lookup, occurrences: occurrences.get(user) ?? 1 });
        if (user.startsWith('mailto:')) {
          const value = user.slice('mailto:'.length);
          const locator = service;
          // Whoever writes to the phone has it look up the account.
          emit.sighting({ kind: 'email', value, evidence: 'received', artefact: ARTEFACT, path, locator, atMs });
        }
        if (atMs !== undefined)
          emit.event?.({ atMs, artefact: ARTEFACT, path, what: 'account looked up', detail: `${user}, ${service}` });
      }
      return found.length;
    });
  },
};
