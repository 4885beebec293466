import { FormatError } from '../../base/index.ts';
import {
  type Artefact,
  absent,
  examined,
  type MaybePromise,
  type OpenFile,
  readWhole,
  unreadable,
} from '../evidence.ts';
import { reasonOf } from '../failure.ts';
import type { DeviceClock } from './clock.ts';
import type { DumpSection } from './dumpstate.ts';
import { linesOf } from './lines.ts';

/** A file of Android evidence, wherever it lies: folder, zip, zip in a zip, backup. */
export interface AndroidFile {
  /** As reports show it: "bugreport.zip/main_entry.txt". */
  readonly path: string;
  /** Of the zip entry that holds it: device-local, read as UTC. */
  readonly modifiedAtMs: number | undefined;
  open(): MaybePromise<OpenFile | undefined>;
  /** See `EvidenceTree.stream`. */
  stream?(): AsyncIterable<Uint8Array> | undefined;
}

/** A file with sections of dumpsys. */
export interface DumpFile {
  readonly file: AndroidFile;
  readonly sections: readonly DumpSection[];
}

/** What the Android modules read: a bug report, an AndroidQF collection with what lies in it, or loose files. */
export interface AndroidFiles {
  readonly files: readonly AndroidFile[];
  readonly dumps: readonly DumpFile[];
  readonly clock: DeviceClock;
}

/** "*** SERVICE 'package' DUMP TIMEOUT (10000ms) EXPIRED ***", AOSP dumpsys. */
const TIMED_OUT = /^\*\*\* SERVICE '.*' DUMP TIMEOUT .* EXPIRED/;
const MAX_JSON_BYTES = 256 * 1024 * 1024;

/** Base name of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The files whose path in the evidence ends with these components. */
export function filesAt(source: AndroidFiles, ...tails: readonly string[]): readonly AndroidFile[] {
  return source.files.filter(({ path }) => tails.some((tail) => path === tail || path.endsWith(`/${tail}`)));
}

/**
 * Runs `read` over the sections that a service wrote.
 *
 * @param read returns the number of records; it need not read to the end
 */
export async function readSections(
  source: AndroidFiles,
  artefact: string,
  service: string,
  read: (lines: Iterable<string>, path: string) => number,
): Promise<Artefact[]> {
  const rows: Artefact[] = [];
  for (const { file, sections } of source.dumps) {
    const own = sections.filter((section) => section.service === service);
    if (own.length === 0) continue;
    rows.push(
      await withFile(artefact, file, (open) => {
        let records = 0;
        let timedOut = false;
        for (const { from, to } of own) {
          const lines = watched(linesOf(open, from, to), () => (timedOut = true));
          records += read(lines, file.path);
          lines.drain(); // the note of a timeout stands at the end
        }
        if (!timedOut) return examined(artefact, file.path, records);
        return unreadable(artefact, file.path, records, `the phone stopped writing after ${records} records: timeout`);
      }),
    );
  }
  return rows.length > 0 ? rows : [absent(artefact, `DUMP OF SERVICE ${service}`)];
}

/** Runs `read` over files, each opened and closed; it returns the number of records. */
export async function readFiles(
  artefact: string,
  files: readonly AndroidFile[],
  usualPath: string,
  read: (open: OpenFile, path: string, file: AndroidFile) => MaybePromise<number>,
): Promise<Artefact[]> {
  if (files.length === 0) return [absent(artefact, usualPath)];
  const rows: Artefact[] = [];
  for (const file of files) {
    rows.push(
      await withFile(artefact, file, async (open) => examined(artefact, file.path, await read(open, file.path, file))),
    );
  }
  return rows;
}

/** Joins the rows of one artefact that may stand in several places: it is absent only where none has it. */
export function joinRows(...places: readonly (readonly Artefact[])[]): readonly Artefact[] {
  const rows = places.flat();
  const present = rows.filter(({ status }) => status !== 'absent');
  return present.length > 0 ? present : rows.slice(0, 1);
}

/** Parses a JSON file; throws FormatError `evidence-size`, `evidence-json`. */
export function jsonOf(open: OpenFile): unknown {
  const bytes = readWhole(open, MAX_JSON_BYTES);
  if (bytes === undefined) throw new FormatError('evidence-size', -1, `is larger than ${MAX_JSON_BYTES} bytes`);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new FormatError('evidence-json', -1, 'is not JSON');
  }
}

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A whole number, also where JSON has it as text. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

async function withFile(
  artefact: string,
  file: AndroidFile,
  read: (open: OpenFile) => MaybePromise<Artefact>,
): Promise<Artefact> {
  try {
    const open = await file.open();
    if (open === undefined) return unreadable(artefact, file.path, 0, 'listed, content missing');
    try {
      return await read(open);
    } finally {
      open.close();
    }
  } catch (error) {
    return unreadable(artefact, file.path, 0, reasonOf(error));
  }
}

/** Lines of one section for one reader: a reader that stops early does not end them. */
function watched(lines: Generator<string>, timedOut: () => void): Iterable<string> & { drain(): void } {
  const iterator: Iterator<string> = {
    next() {
      const step = lines.next();
      if (step.done !== true && TIMED_OUT.test(step.value)) timedOut();
      return step;
    },
  };
  return {
    [Symbol.iterator]: () => iterator,
    drain() {
      while (iterator.next().done !== true);
    },
  };
}
