import { hash } from 'node:crypto';
import { readFileSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { CheckReport } from '../detection/api.ts';
import { makeSightingIndex, type SightingIndex } from '../detection/index.ts';
import { makeTimeline } from '../detection/report/index.ts';
import { nodeBackupCrypto } from '../formats/keybag/node.ts';
import { CheckError, inputError } from './check-error.ts';
import { type CheckOptions, HELP, readOptions } from './check-options.ts';
import { prepareOutput, requirePlace, writeOutput } from './check-output.ts';
import { ownFingerprint, verifyPack } from './check-pack.ts';
import { reportText } from './check-report.ts';
import { requireServer, sendReport, sendSightings } from './check-send.ts';
import { readEarlier } from './check-since.ts';
import type { CommandIo } from './command.ts';
import { loadIndicators } from './indicator-store/load.ts';
import { printable } from './printable.ts';
import { checkSources, diskTree } from './scan/index.ts';
import { keepYoungGenerationSmall } from './young-generation.ts';

const NO_INDICATORS =
  'No indicators loaded: only the structure of the evidence is judged. Get them by "pavise indicators add --public" and "pavise indicators update", or give --indicators\n';

/** Checks phones' evidence for traces of spyware, or verifies a pack; exit codes as in the help text. */
export async function check(args: string[], io: CommandIo): Promise<number> {
  const options = readOptions(args);
  if (options.help) {
    io.out(HELP);
    return 0;
  }
  for (const path of options.paths) requireEvidence(path);
  if (options.verify !== undefined) return verifyGiven(options.verify, options, io);
  for (const output of [options.json, options.out]) {
    if (output !== undefined && output !== '-') refuseInsideEvidence(output, options.paths);
  }
  keepYoungGenerationSmall();
  const { indicators: given, onlyGiven, store } = options;
  const loaded = loadIndicators({ given, onlyGiven, store, nowMs: Date.now() });
  if (loaded.index.count === 0) io.err(NO_INDICATORS);
  if (options.json !== undefined && options.json !== '-') requirePlace(options.json);
  if (options.out !== undefined) prepareOutput(options.out);
  if (options.upload !== undefined) await requireServer(options.upload);
  const sightings =
    options.upload === undefined ? undefined : makeSightingIndex((text) => hash('sha256', text, 'buffer'));
  const report = await examineGiven(options, loaded, sightings, io);
  const code = exitCode(report);
  if (options.upload === undefined) return code;
  try {
    const checkId = await sendReport(options.upload, report, io);
    if (sightings !== undefined) await sendSightings(options.upload, checkId, sightings.encode(), io);
    return code;
  } catch (error) {
    if (!(error instanceof CheckError)) throw error;
    // The report stands above: what was found must not hide behind the failure to send it.
    io.err(`${printable(error.message, 4000)} [${error.code}]\n`);
    return code === 1 ? 1 : 2;
  }
}

async function examineGiven(
  options: CheckOptions,
  { index, files, allowList }: ReturnType<typeof loadIndicators>,
  sightings: SightingIndex | undefined,
  io: CommandIo,
): Promise<CheckReport> {
  const before = options.since === undefined ? undefined : readEarlier(options.since);
  const startedAtMs = Date.now();
  const timeline = makeTimeline();
  const result = await checkSources(options.paths.map(diskTree), index, {
    nowMs: startedAtMs,
    tool: { name: packageJson.name, version: packageJson.version },
    passwords: options.passwordFile === undefined ? [] : [readPassword(options.passwordFile)],
    crypto: nodeBackupCrypto,
    level: options.level,
    ...(before === undefined ? {} : { before }),
    allowList,
    progress: process.stderr.isTTY === true ? progressLine(io) : () => {},
    ...(options.out === undefined ? {} : { event: timeline.add }),
    ...(sightings === undefined ? {} : { sighting: sightings.add }),
  });
  if ('unknown' in result) {
    throw new CheckError(
      'check-source',
      400,
      `Give a backup, sysdiagnose, bug report, AndroidQF folder or Android backup: "${result.unknown}" is none`,
    );
  }
  const { report } = result;
  if (options.json === '-') io.out(`${JSON.stringify(report, null, 2)}\n`);
  else {
    // Shown first: what was found must not hide behind a failure to write it.
    io.out(reportText(report, index.count));
    if (options.json !== undefined)
      writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
  }
  if (options.out !== undefined) {
    const page = {
      madeAtMs: startedAtMs,
      indicatorCount: index.count,
      indicatorSets: files.map(({ name }) => name),
      toolVersion: packageJson.version,
    };
    const { paths, consent } = options;
    const output = { report, page, timeline, paths, startedAtMs, consent, indicatorFiles: files };
    await writeOutput(options.out, output, () => Date.now());
    if (timeline.dropped > 0) io.err(`${timeline.dropped} moments are left out: the timeline is full\n`);
    io.err(`Results written to ${options.out}, signed by key ${ownFingerprint()}\n`);
  }
  return report;
}

/** One line that is written over; the last one is ended by what follows it. */
function progressLine(io: CommandIo): (text: string, done: number, total: number | undefined) => void {
  return (text, done, total) => {
    const count = done === 0 ? '' : ` (${done}${total === undefined ? '' : ` of ${total}`} files)`;
    io.err(`\r\u001b[K${text}${count}`);
    if (total !== undefined && done >= total) io.err('\n');
  };
}

async function verifyGiven(pack: string, { paths: evidence, signer }: CheckOptions, io: CommandIo): Promise<number> {
  const path = requireReadable(pack).isDirectory() ? join(pack, 'pack.json') : pack;
  requireReadable(path);
  const { body, key, isOwnKey, problems } = await verifyPack(path, evidence, signer);
  // A pack from elsewhere is as hostile as evidence: its words must not steer the terminal, nor write the verdict themselves.
  const tool = printable(`${body.tool.name} ${body.tool.version}`);
  io.out(`Pack of ${body.endedAt}, made with ${tool}, signed by key ${key}\n`);
  io.out(`${wordOnKey(isOwnKey, signer === undefined ? undefined : signer === key)}\n`);
  io.out(body.consent === null ? 'No consent was recorded\n' : `Consent: ${printable(body.consent, 4096)}\n`);
  const unread = body.inputs.reduce((sum, input) => sum + input.unread, 0);
  if (unread > 0)
    io.out(`${unread} files of the evidence could not be read then: the pack says nothing of their content\n`);
  for (const problem of problems) io.out(`  ${printable(problem)}\n`);
  if (problems.length > 0) io.out('Do not rely on this pack.\n');
  else if (evidence.length === 0) io.out('Pack and results are as they were signed; the evidence was not given.\n');
  else io.out('Pack, results and evidence are as they were signed.\n');
  return problems.length === 0 ? 0 : 1;
}

/** Whoever changes a pack can sign it anew with a key of their own: the signature alone names nobody. */
function wordOnKey(isOwnKey: boolean, isExpected: boolean | undefined): string {
  if (isExpected !== undefined) return isExpected ? 'The key is the expected one' : 'The key is not the expected one';
  return isOwnKey
    ? "The key is this machine's own"
    : "The key is not this machine's: anybody could have signed this. Ask the maker for the fingerprint and give it with --signer";
}

function exitCode({ verdict, examined }: CheckReport): number {
  if (verdict === 'trace-found' || verdict === 'unusual') return 1;
  return verdict === 'incomplete' || examined.some(({ status }) => status === 'unreadable') ? 3 : 0;
}

/** The first line of a file, as bytes: passwords are not normalised, and never taken from arguments, which every process can read. */
function readPassword(path: string): Uint8Array {
  try {
    const bytes = readFileSync(path === '-' ? 0 : path);
    const end = bytes.indexOf(0x0a);
    const line = end < 0 ? bytes : bytes.subarray(0, end);
    return new Uint8Array(line.at(-1) === 0x0d ? line.subarray(0, -1) : line);
  } catch (error) {
    throw inputError(error, path);
  }
}

function requireReadable(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw inputError(error, path);
  }
}

/** Evidence is a file or a folder: a pipe or a device has no size, cannot be read twice, and may never end. */
function requireEvidence(path: string): void {
  const stat = requireReadable(path);
  if (stat.isFile() || stat.isDirectory()) return;
  throw new CheckError('check-input', 400, `Give a file or a folder: "${path}" is neither`);
}

/** Evidence is never written to, not even beside its files. */
function refuseInsideEvidence(output: string, paths: readonly string[]): void {
  for (const path of paths) {
    if (`${resolve(output)}${sep}`.startsWith(`${resolve(path)}${sep}`)) {
      throw new CheckError(
        'check-output',
        400,
        `Choose another place for results: "${output}" lies inside the evidence`,
      );
    }
  }
}
