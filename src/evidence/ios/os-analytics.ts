import { isPlistDict } from '../../formats/plist/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import { appleTimeMs } from '../times.ts';
import { type IosFiles, listed, numberOf, readPlists } from './files.ts';

/** Network use of a program as the daily analytics keep it. */
export interface NetworkBaselineRecord {
  readonly path: string;
  readonly process: string;
  readonly atMs: number | undefined;
  readonly wifiInBytes: number | undefined;
  readonly wifiOutBytes: number | undefined;
  readonly cellularInBytes: number | undefined;
  readonly cellularOutBytes: number | undefined;
}

const ARTEFACT = 'os-analytics';
const PATH = 'Library/Preferences/com.apple.osanalytics.addaily.plist';

export const osAnalytics: ArtefactModule<IosFiles, NetworkBaselineRecord> = {
  artefact: ARTEFACT,
  read: (source, emit) =>
    readPlists(source, ARTEFACT, listed(source, 'HomeDomain', PATH), `HomeDomain/${PATH}`, (plist, path) => {
      const baseline = plist['netUsageBaseline'];
      if (!isPlistDict(baseline)) return 0;
      let records = 0;
      for (const process of Object.keys(baseline)) {
        const entry = baseline[process];
        if (!Array.isArray(entry)) continue;
        records++;
        const [date, wifiIn, wifiOut, cellularIn, cellularOut] = entry;
        const atMs = date instanceof Date ? date.getTime() : appleTimeMs(date);
        emit.record({
          path,
          process,
          atMs,
          wifiInBytes: numberOf(wifiIn),
          wifiOutBytes: numberOf(wifiOut),
          cellularInBytes: numberOf(cellularIn),
          cellularOutBytes: numberOf(cellularOut),
        });
        const locator = `netUsageBaseline ${process}`.slice(0, 400);
        const slash = process.indexOf('/');
        for (const value of slash > 0 ? [process, process.slice(0, slash)] : [process])
          emit.sighting({ kind: 'process', value, evidence: 'executed', artefact: ARTEFACT, path, locator, atMs });
        if (atMs !== undefined)
          emit.event?.({ atMs, artefact: ARTEFACT, path, what: 'network use counted', detail: process });
      }
      return records;
    }),
};
