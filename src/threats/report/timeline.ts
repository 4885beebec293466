import type { TimelineEvent } from '../readers/index.ts';
import { csvCell } from './escape.ts';

/** Collects moments as lines of CSV: a phone has a million, and objects would cost ten times as much. */
export interface Timeline {
  add(event: TimelineEvent): void;
  readonly count: number;
  /** Moments beyond the limit, which were not kept. */
  readonly dropped: number;
  /** Lines without header, oldest first. */
  lines(): Generator<string>;
}

/** Two million moments of 120 bytes are 240 MB. */
const MAX_EVENTS = 2_000_000;
const MAX_DETAIL_CHARS = 300;
/** Times that no calendar has would break the order. */
const [MIN_MS, MAX_MS] = [Date.UTC(1970, 0, 2), Date.UTC(2100, 0, 1)];

export const TIMELINE_HEADER = 'time,zone,artefact,what,detail,file';

/** Makes an empty timeline. */
export function makeTimeline(maxEvents = MAX_EVENTS): Timeline {
  const lines: string[] = [];
  const times: number[] = [];
  let dropped = 0;
  return {
    add({ atMs, artefact, path, what, detail, zoneUnknown }) {
      if (!(atMs > MIN_MS && atMs < MAX_MS)) return;
      if (lines.length >= maxEvents) {
        dropped++;
        return;
      }
      const zone = zoneUnknown === true ? 'phone' : 'UTC';
      const cells = [artefact, what, detail.slice(0, MAX_DETAIL_CHARS), path].map(csvCell);
      times.push(atMs);
      lines.push(`${new Date(atMs).toISOString()},${zone},${cells.join(',')}`);
    },
    get count() {
      return lines.length;
    },
    get dropped() {
      return dropped;
    },
    *lines() {
      const order = Uint32Array.from(times, (_, i) => i).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
      for (const i of order) yield lines[i] ?? '';
    },
  };
}

/** Gives the timeline as CSV, in pieces of about a thousand lines. */
export function* timelineCsv(timeline: Timeline): Generator<string> {
  let piece = `${TIMELINE_HEADER}\r\n`;
  let held = 0;
  for (const line of timeline.lines()) {
    piece += `${line}\r\n`;
    if (++held < 1000) continue;
    yield piece;
    [piece, held] = ['', 0];
  }
  yield piece;
}
