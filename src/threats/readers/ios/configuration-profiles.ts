import { isPlistDict, type PlistDict } from '../../../formats/plist/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import { type IosFiles, readPlists } from './files.ts';

export interface ProfileRecord {
  readonly path: string;
  readonly profile: PlistDict;
  readonly installedAtMs: number | undefined;
}

const DOMAIN = 'SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles';
const ARTEFACT = 'configuration-profiles';

export const configurationProfiles: ArtefactModule<IosFiles, ProfileRecord> = {
  artefact: ARTEFACT,
  read(source, emit) {
    const files = source.files.filter(
      (file) => file.domain === DOMAIN && /(?:^|\/)profile-[^/]*$/.test(file.relativePath),
    );
    return readPlists(source, ARTEFACT, files, `${DOMAIN}/profile-*`, (profile, path) => {
      const installed = profile['InstallDate'];
      const atMs = installed instanceof Date ? installed.getTime() : undefined;
      const payloads = Array.isArray(profile['PayloadContent']) ? profile['PayloadContent'] : [];
      for (const [i, payload] of [profile, ...payloads].entries()) {
        const uuid = isPlistDict(payload) ? payload['PayloadUUID'] : undefined;
        if (typeof uuid !== 'string') continue;
        const locator = i === 0 ? 'profile' : `payload ${i}`;
        emit.sighting({ kind: 'profile', value: uuid, evidence: 'present', artefact: ARTEFACT, path, locator, atMs });
      }
      emit.record({ path, profile, installedAtMs: atMs });
      return 1;
    });
  },
};
