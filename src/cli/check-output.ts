import { createHash } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { CheckReport } from '../detection/api.ts';
import { type ReportPage, reportHtml, type Timeline, timelineCsv, timelineHtml } from '../detection/report/index.ts';
import { CheckError } from './check-error.ts';
import { hashList, signPack } from './check-pack.ts';
import { diskTree, hashTree } from './scan/index.ts';

/** What a folder of results is made of. */
export interface CheckOutput {
  readonly report: CheckReport;
  readonly page: ReportPage;
  readonly timeline: Timeline;
  readonly paths: readonly string[];
  readonly startedAtMs: number;
  readonly consent: string | null;
  readonly indicatorFiles: readonly { readonly name: string; readonly indicators: number; readonly sha256: string }[];
}

/** Refuses a folder that holds anything: results of two checks must not mix. */
export function prepareOutput(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new CheckError('check-output', 400, `Choose a new folder for --out: "${folder}" is not empty`);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** Refuses a file that cannot be written, before a check that takes minutes and not after it. */
export function requirePlace(file: string): void {
  if (existsSync(file) && statSync(file).isDirectory()) {
    throw new CheckError('check-output', 400, `Name a file for --json, not a folder: "${file}"`);
  }
  try {
    accessSync(existsSync(file) ? file : dirname(resolve(file)), constants.W_OK);
  } catch {
    throw new CheckError('check-output', 400, `Choose another file for --json: "${file}" cannot be written`);
  }
}

/**
 * Writes report.json, report.html, timeline.csv, timeline.html, the hash list of each input, and pack.json, which signs them all.
 * The timeline holds what people wrote and visited: the files are readable by their owner alone.
 */
export async function writeOutput(folder: string, output: CheckOutput, endedAtMs: () => number): Promise<void> {
  const { report, page, timeline, paths } = output;
  const outputs: Record<string, string> = {};
  const write = (name: string, pieces: Iterable<string>): void => {
    outputs[name] = writeAll(join(folder, name), pieces);
  };
  write('report.json', [`${JSON.stringify(report, null, 2)}\n`]);
  write('report.html', [reportHtml(report, page)]);
  write('timeline.csv', timelineCsv(timeline));
  write('timeline.html', timelineHtml(timeline));
  const inputs: { name: string; files: number; bytes: number; unread: number; root: string }[] = [];
  for (const [i, path] of paths.entries()) {
    const { files, bytes, root } = await hashTree(diskTree(path));
    const name = `hashes-${i + 1}.txt`;
    write(name, [hashList(files)]);
    const unread = files.filter((file) => file.sha256 === undefined).length;
    inputs.push({ name: basename(path), files: files.length, bytes, unread, root });
  }
  const pack = signPack({
    schema: 'pavise.pack/1',
    tool: { name: 'pavise', version: page.toolVersion },
    startedAt: new Date(output.startedAtMs).toISOString(),
    endedAt: new Date(endedAtMs()).toISOString(),
    consent: output.consent,
    indicators: [...output.indicatorFiles],
    inputs,
    outputs,
  });
  writeFileSync(join(folder, 'pack.json'), pack, { mode: 0o600 });
}

/** Writes a new file and gives its SHA-256 in hex, made on the way: a timeline has some hundred megabytes. */
function writeAll(path: string, pieces: Iterable<string>): string {
  const sum = createHash('sha256');
  const file = openSync(path, 'wx', 0o600);
  try {
    for (const piece of pieces) {
      const bytes = Buffer.from(piece);
      sum.update(bytes);
      writeFileSync(file, bytes);
    }
  } finally {
    closeSync(file);
  }
  return sum.digest('hex');
}
