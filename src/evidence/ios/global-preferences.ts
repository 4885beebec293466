import type { PlistValue } from '../../formats/plist/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import { type IosFiles, listed, readPlists } from './files.ts';

export interface PreferenceRecord {
  readonly path: string;
  readonly entry: string;
  readonly value: PlistValue | undefined;
}

const ARTEFACT = 'global-preferences';
const PATH = 'Library/Preferences/.GlobalPreferences.plist';

/** Settings of the whole phone; Lockdown Mode is one of them. */
export const globalPreferences: ArtefactModule<IosFiles, PreferenceRecord> = {
  artefact: ARTEFACT,
  read: (source, emit) =>
    readPlists(source, ARTEFACT, listed(source, 'HomeDomain', PATH), `HomeDomain/${PATH}`, (plist, path) => {
      const entries = Object.keys(plist);
      for (const entry of entries) emit.record({ path, entry, value: plist[entry] });
      return entries.length;
    }),
};
