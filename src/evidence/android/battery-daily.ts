import type { ArtefactModule } from '../evidence.ts';
import type { LocalTime } from './clock.ts';
import { type AndroidFiles, readSections } from './files.ts';
import { appSightings } from './sightings.ts';

/** An app that was installed, updated or removed on one day. */
export interface BatteryDailyRecord {
  readonly path: string;
  readonly packageName: string;
  /** 0: the app was removed. */
  readonly version: number;
  readonly from: LocalTime;
  readonly to: LocalTime | undefined;
}

const DAY = /^Daily from (\S+) to (\S+?):?$/;
const UPDATE = /^Update (\S+) vers=(\d{1,15})$/;
/** Android keeps ten days. */
const MAX_UPDATES = 100_000;

/** `batterystats`: "Daily from A to B:" and below it "Update pkg vers=n"; the same update told twice in a day counts once. */
export const batteryDaily: ArtefactModule<AndroidFiles, BatteryDailyRecord> = {
  artefact: 'battery-daily',
  read: (source, emit) =>
    readSections(source, 'battery-daily', 'batterystats', (lines, path) => {
      const sight = appSightings(emit, 'battery-daily', path);
      let records = 0;
      let day: { from: LocalTime; to: LocalTime | undefined; seen: Set<string> } | undefined;
      for (const line of lines) {
        const text = line.trim();
        const header = DAY.exec(text);
        if (header !== null) {
          const from = source.clock(header[1] ?? '');
          day = from && { from, to: source.clock(header[2] ?? ''), seen: new Set() };
          continue;
        }
        const update = day === undefined ? null : UPDATE.exec(text);
        if (update === null || day === undefined || day.seen.has(text) || records >= MAX_UPDATES) continue;
        day.seen.add(text);
        records++;
        const [, packageName = '', version = ''] = update;
        const { from, to } = day;
        emit.record({ path, packageName, version: Number(version), from, to });
        const locator = `day from ${from.local}, version ${version}`;
        sight(packageName, { evidence: 'present', locator, atMs: from.zoneUnknown ? undefined : from.ms });
        emit.event?.({
          atMs: from.ms,
          artefact: 'battery-daily',
          path,
          what: version === '0' ? 'app removed' : 'app updated',
          detail: `${packageName} version ${version}`,
          ...(from.zoneUnknown ? { zoneUnknown: true } : {}),
        });
      }
      return records;
    }),
};
