import type { ArtefactModule } from '../evidence.ts';
import { type AndroidFiles, readSections } from './files.ts';
import { appSightings } from './sightings.ts';

/** An app that worked: a job, an alarm, or in the foreground. */
export interface BatteryHistoryRecord {
  readonly path: string;
  /** Since the history began, as it stands there: "+1h26m18s315ms"; newer phones write the time of day. */
  readonly timeElapsed: string;
  readonly event: 'start_job' | 'end_job' | 'wake' | 'start_top' | 'end_top';
  readonly uid: string;
  readonly packageName: string;
  readonly service: string;
}

const START = /^(\+?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)|0|\d\d-\d\d \d\d:\d\d:\d\d\.\d+) /;
const EVENT = /([+-])(job|top|wake_lock)=([^\s:"]{1,64}):"([^"]{1,1000})"/g;
const ALARM = /^\*w?alarm\*:/;

/** `batterystats`, from "Battery History" to a blank line. */
export const batteryHistory: ArtefactModule<AndroidFiles, BatteryHistoryRecord> = {
  artefact: 'battery-history',
  read: (source, emit) =>
    readSections(source, 'battery-history', 'batterystats', (lines, path) => {
      const sight = appSightings(emit, 'battery-history', path);
      let records = 0;
      let inHistory = false;
      for (const line of lines) {
        if (line.startsWith('Battery History')) {
          inHistory = true;
          continue;
        }
        if (!inHistory) continue;
        const text = line.trim();
        if (text === '') break;
        const timeElapsed = START.exec(text)?.[1];
        if (timeElapsed === undefined) continue;
        for (const [, sign, kind = '', uid = '', name = ''] of text.matchAll(EVENT)) {
          const event = eventOf(sign === '+', kind, name);
          if (event === undefined) continue;
          const service = event.endsWith('_top') ? '' : name.replace(ALARM, '').replace(/^(?:@[^@]*@)+/, '');
          const packageName = packageOf(event.endsWith('_top') ? name : service);
          if (packageName === '') continue;
          records++;
          emit.record({ path, timeElapsed, event, uid, packageName, service });
          sight(packageName, {
            evidence: 'executed',
            locator: `${timeElapsed} ${event} ${name.slice(0, 200)}`,
            atMs: undefined,
          });
        }
      }
      return records;
    }),
};

function eventOf(starts: boolean, kind: string, name: string): BatteryHistoryRecord['event'] | undefined {
  if (kind === 'job') return starts ? 'start_job' : 'end_job';
  if (kind === 'top') return starts ? 'start_top' : 'end_top';
  return starts && ALARM.test(name) ? 'wake' : undefined;
}

/** "pkg/svc" names its package; the action of an alarm begins with one, up to the first word in capitals. */
function packageOf(name: string): string {
  const slash = name.indexOf('/');
  if (slash > 0) return name.slice(0, slash);
  const parts = name.split('.');
  const end = parts.findIndex((part) => !/^[a-z]/.test(part));
  const packageParts = end < 0 ? parts : parts.slice(0, end);
  return packageParts.length < 2 ? '' : packageParts.join('.');
}
