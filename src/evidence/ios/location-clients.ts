import { isPlistDict, type PlistDict, type PlistValue } from '../../formats/plist/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import { appleTimeMs } from '../times.ts';
import { type IosFiles, listed, readPlists } from './files.ts';

const TIMES = [
  'ConsumptionPeriodBegin',
  'ReceivingLocationInformationTimeStopped',
  'VisitTimeStopped',
  'LocationTimeStopped',
  'BackgroundLocationTimeStopped',
  'SignificantTimeStopped',
  'NonPersistentSignificantTimeStopped',
  'FenceTimeStopped',
  'BeaconRegionTimeStopped',
] as const;

/** A program that has asked where the phone is. */
export interface LocationClientRecord {
  readonly path: string;
  readonly client: string;
  readonly bundleId: string;
  readonly bundlePath: string;
  readonly executable: string;
  /** A path; newer systems keep a truth value here, which gives "". */
  readonly registered: string;
  /** Milliseconds since 1970 of each kind of use that the phone tells. */
  readonly times: Readonly<Partial<Record<(typeof TIMES)[number], number>>>;
}

const ARTEFACT = 'location-clients';
const PATH = 'Library/Caches/locationd/clients.plist';

function isClient(entry: PlistValue | undefined): boolean {
  return (
    isPlistDict(entry) && [...TIMES, 'BundleId', 'BundlePath', 'Executable', 'Registered'].some((key) => key in entry)
  );
}

export const locationClients: ArtefactModule<IosFiles, LocationClientRecord> = {
  artefact: ARTEFACT,
  read(source, emit) {
    const files = [...listed(source, 'RootDomain', PATH), ...listed(source, 'HomeDomain', PATH)];
    const unique = [...new Map(files.map((file) => [file.id, file])).values()];
    return readPlists(source, ARTEFACT, unique, `RootDomain/${PATH}`, (plist, path, { elsewhere }) => {
      let records = 0;
      // Others keep lists of clients too.
      if (elsewhere && !Object.values(plist).some(isClient)) return 0;
      for (const key of Object.keys(plist)) {
        const entry = plist[key];
        if (!isPlistDict(entry)) continue;
        records++;
        const record = recordOf(path, key.replace(/:+$/, ''), entry);
        emit.record(record);
        const { client, bundleId, bundlePath, executable, registered, times } = record;
        const atMs = Object.values(times).reduce((newest, time) => Math.max(newest, time), 0) || undefined;
        const common = { artefact: ARTEFACT, path, locator: client.slice(0, 400), atMs } as const;
        for (const value of new Set([client.slice(client.lastIndexOf('/') + 1), bundleId])) {
          if (value !== '') emit.sighting({ kind: 'process', value, evidence: 'executed', ...common });
        }
        for (const value of new Set([bundlePath, executable, registered])) {
          if (value.startsWith('/'))
            emit.sighting({ kind: 'path', value, relativePath: value.slice(1), evidence: 'present', ...common });
        }
        for (const kind of TIMES) {
          const at = times[kind];
          if (at !== undefined)
            emit.event?.({ atMs: at, artefact: ARTEFACT, path, what: `location: ${kind}`, detail: client });
        }
      }
      return records;
    });
  },
};

function recordOf(path: string, client: string, entry: PlistDict): LocationClientRecord {
  const text = (key: string): string => {
    const value = entry[key];
    return typeof value === 'string' ? value : '';
  };
  const times: Partial<Record<(typeof TIMES)[number], number>> = {};
  for (const kind of TIMES) {
    const atMs = appleTimeMs(entry[kind]);
    if (atMs !== undefined) times[kind] = atMs;
  }
  return {
    path,
    client,
    bundleId: text('BundleId'),
    bundlePath: text('BundlePath'),
    executable: text('Executable'),
    registered: text('Registered'),
    times,
  };
}
