import { FormatError } from '../../base/index.ts';
import { isPlistDict, type PlistDict, parsePlist } from '../../formats/plist/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import { absent, examined } from '../evidence.ts';
import type { IosBackup } from './backup.ts';

/** An app as Info.plist of the backup lists it. */
export interface ApplicationRecord {
  readonly path: string;
  readonly bundleId: string;
  readonly name: string;
  readonly artist: string;
  readonly version: string;
  /** What installed it ("com.apple.AppStore"); empty where the phone does not say. */
  readonly sourceApp: string;
  readonly purchasedAtMs: number | undefined;
  /** False for an app without the store's description. */
  readonly described: boolean;
  /** Whether the store's description names its bundle. */
  readonly bundleDescribed: boolean;
}

const ARTEFACT = 'applications';
const PATH = 'Info.plist';

export const applications: ArtefactModule<IosBackup, ApplicationRecord> = {
  artefact: ARTEFACT,
  async read({ info }, emit) {
    const apps = info?.['Applications'];
    if (!isPlistDict(apps)) return [absent(ARTEFACT, `${PATH}, Applications`)];
    let records = 0;
    for (const bundleId of Object.keys(apps)) {
      records++;
      const app = apps[bundleId];
      const record = recordOf(bundleId, isPlistDict(app) ? metadataOf(app) : undefined);
      emit.record(record);
      const { name, sourceApp, purchasedAtMs: atMs } = record;
      const locator = `Applications ${bundleId}`.slice(0, 400);
      const common = { value: bundleId, evidence: 'present', artefact: ARTEFACT, path: PATH, locator, atMs } as const;
      emit.sighting({ kind: 'app', installed: true, ...common });
      emit.sighting({ kind: 'process', ...common });
      if (atMs !== undefined) {
        const detail = `${bundleId} ${name}, by ${sourceApp === '' ? 'unknown' : sourceApp}`;
        emit.event?.({ atMs, artefact: ARTEFACT, path: PATH, what: 'app obtained', detail });
      }
    }
    return [examined(ARTEFACT, PATH, records)];
  },
};

/** The store's description is a property list within the property list; some apps have none. */
function metadataOf(app: PlistDict): PlistDict | undefined {
  const bytes = app['iTunesMetadata'];
  if (isPlistDict(bytes)) return bytes;
  if (!(bytes instanceof Uint8Array)) return undefined;
  try {
    const metadata = parsePlist(bytes);
    return isPlistDict(metadata) ? metadata : undefined;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function recordOf(bundleId: string, metadata: PlistDict | undefined): ApplicationRecord {
  const text = (key: string): string => {
    const value = metadata?.[key];
    return typeof value === 'string' ? value : '';
  };
  const download = metadata?.['com.apple.iTunesStore.downloadInfo'];
  const purchased = isPlistDict(download) ? download['purchaseDate'] : undefined;
  const purchasedAtMs =
    purchased instanceof Date ? purchased.getTime() : Date.parse(typeof purchased === 'string' ? purchased : '');
  return {
    path: PATH,
    bundleId,
    name: text('itemName') || text('name') || text('title'),
    artist: text('artistName'),
    version: text('bundleShortVersionString'),
    sourceApp: text('sourceApp'),
    purchasedAtMs: Number.isNaN(purchasedAtMs) ? undefined : purchasedAtMs,
    described: metadata !== undefined,
    bundleDescribed: text('softwareVersionBundleId') !== '',
  };
}
