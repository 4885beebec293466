import { makeByteColumn, makeNumberColumn, utf8Bytes, utf8TextLoose } from '../../base/index.ts';
import type { TimelineEvent } from '../../evidence/index.ts';
import { csvCell } from './escape.ts';

/** Collects moments in columns: a phone has a million, and a text for each would cost four times as much. */
export interface Timeline {
  add(event: TimelineEvent): void;
  readonly count: number;
  /** Moments beyond the limit, which were not kept. */
  readonly dropped: number;
  /** Lines without header, oldest first. */
  lines(): Generator<string>;
}

/** Two million moments of 80 bytes are 160 MB. */
const MAX_EVENTS = 2_000_000;
const MAX_DETAIL_CHARS = 300;
/** Moments share their zone, artefact, label and file; evidence with a label for each must not fill a map. */
const MAX_SHAPES = 20_000;
/** Times that no calendar has would break the order. */
const [MIN_MS, MAX_MS] = [Date.UTC(1970, 0, 2), Date.UTC(2100, 0, 1)];

export const TIMELINE_HEADER = 'time,zone,artefact,what,detail,file';

/** Makes an empty timeline. */
export function makeTimeline(maxEvents = MAX_EVENTS): Timeline {
  const [times, shapeOf, rests] = [makeNumberColumn(), makeNumberColumn(), makeByteColumn()];
  // What stands before and behind the detail; the first shape is that of moments which hold both themselves.
  const shapes: (readonly [string, string])[] = [['', '']];
  const numbers = new Map<string, number>();
  let dropped = 0;
  let order = new Uint32Array(0);
  const shapeNumber = (before: string, behind: string): number => {
    const key = `${before}\0${behind}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (shapes.length >= MAX_SHAPES) return 0;
    numbers.set(key, shapes.length);
    return shapes.push([before, behind]) - 1;
  };
  return {
    add({ atMs, artefact, path, what, detail, zoneUnknown }) {
      if (!(atMs > MIN_MS && atMs < MAX_MS)) return;
      if (times.length >= maxEvents) {
        dropped++;
        return;
      }
      const zone = zoneUnknown === true ? 'phone' : 'UTC';
      const before = `,${zone},${csvCell(artefact)},${csvCell(what)},`;
      const behind = `,${csvCell(path)}`;
      const cell = csvCell(detail.slice(0, MAX_DETAIL_CHARS));
      const shape = shapeNumber(before, behind);
      times.add(atMs);
      shapeOf.add(shape);
      rests.add(utf8Bytes(shape === 0 ? before + cell + behind : cell));
    },
    get count() {
      return times.length;
    },
    get dropped() {
      return dropped;
    },
    *lines() {
      if (order.length !== times.length) {
        order = Uint32Array.from({ length: times.length }, (_, i) => i).sort(
          (a, b) => times.at(a) - times.at(b) || a - b,
        );
      }
      for (const i of order) {
        const [before, behind] = shapes[shapeOf.at(i)] ?? ['', ''];
        yield new Date(times.at(i)).toISOString() + before + utf8TextLoose(rests.at(i)) + behind;
      }
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
