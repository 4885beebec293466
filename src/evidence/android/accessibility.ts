import type { ArtefactModule } from '../evidence.ts';
import { type AndroidFiles, readSections } from './files.ts';
import { appSightings } from './sightings.ts';

/** A service that may read and operate the screen. */
export interface AccessibilityRecord {
  readonly path: string;
  readonly packageName: string;
  readonly service: string;
  /** Older Android lists all that are installed; only an enabled one acts. */
  readonly enabled: boolean;
}

/** Lengths are bounded so that a long line costs no more than its length. */
const COMPONENT = /([A-Za-z0-9_]{1,100}\.[A-Za-z0-9_.]{1,155})\/([A-Za-z0-9_.$]{1,500})/g;
const BLOCK = /^(installed|enabled) services: ?\{(.*)$/i;
/** A phone has a few dozen at most. */
const MAX_SERVICES = 10_000;

/** `accessibility`: "installed services: {" with a line each, and from Android 14 "Enabled services:{{pkg/svc}, {…}}". */
export const accessibility: ArtefactModule<AndroidFiles, AccessibilityRecord> = {
  artefact: 'accessibility',
  read: (source, emit) =>
    readSections(source, 'accessibility', 'accessibility', (lines, path) => {
      const services = new Map<string, { packageName: string; service: string; enabled: boolean }>();
      let block: { enabled: boolean } | undefined;
      const take = (text: string, enabled: boolean): void => {
        for (const [key, packageName = '', service = ''] of text.matchAll(COMPONENT)) {
          const known = services.get(key);
          if (known !== undefined) known.enabled ||= enabled;
          else if (services.size < MAX_SERVICES) services.set(key, { packageName, service, enabled });
        }
      };
      for (const line of lines) {
        const text = line.trim();
        const start = BLOCK.exec(text);
        if (start !== null) {
          const [, kind = '', rest = ''] = start;
          const enabled = kind.toLowerCase() === 'enabled';
          take(rest, enabled);
          block = rest.includes('}') ? undefined : { enabled };
        } else if (block !== undefined) {
          if (text.startsWith('}')) block = undefined;
          else take(text, block.enabled);
        }
      }
      const sight = appSightings(emit, 'accessibility', path);
      for (const { packageName, service, enabled } of services.values()) {
        emit.record({ path, packageName, service, enabled });
        sight(packageName, {
          evidence: 'present',
          installed: true,
          locator: `${enabled ? 'enabled' : 'installed'} service ${packageName}/${service}`,
          atMs: undefined,
        });
      }
      return services.size;
    }),
};
