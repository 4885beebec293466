import type { ArtefactModule } from '../evidence.ts';
import { type AndroidFiles, readSections } from './files.ts';
import { appSightings } from './sightings.ts';

/** An app with an override of its own, which stays after the app was removed. */
export interface PlatformCompatRecord {
  readonly path: string;
  readonly packageName: string;
}

const LINE = /^ChangeId\(168419799; name=DOWNSCALED;/;
const OVERRIDES = 'rawOverrides={';
const MAX_APPS = 100_000;

/** `platform_compat`: the apps in `rawOverrides` of DOWNSCALED, among them ones removed long ago. */
export const platformCompat: ArtefactModule<AndroidFiles, PlatformCompatRecord> = {
  artefact: 'platform-compat',
  read: (source, emit) =>
    readSections(source, 'platform-compat', 'platform_compat', (lines, path) => {
      const sight = appSightings(emit, 'platform-compat', path);
      let records = 0;
      for (const line of lines) {
        const text = line.trim();
        if (!LINE.test(text)) continue;
        const start = text.indexOf(OVERRIDES);
        const overrides = start < 0 ? '' : text.slice(start + OVERRIDES.length).replace(/\}.*$/s, '');
        for (const pair of overrides.split(', ')) {
          const packageName = pair.slice(0, Math.max(0, pair.indexOf('=')));
          if (packageName === '' || records >= MAX_APPS) continue;
          records++;
          emit.record({ path, packageName });
          sight(packageName, { evidence: 'present', locator: 'rawOverrides of DOWNSCALED', atMs: undefined });
        }
      }
      return records;
    }),
};
