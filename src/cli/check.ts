import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { CodedError, FormatError } from '../base/index.ts';
import { nodeBackupCrypto } from '../formats/keybag/node.ts';
import { parseStixBundle } from '../formats/stix/index.ts';
import type { CheckReport } from '../threats/api.ts';
import { compileIndicators, type IndicatorFeed, type IndicatorIndex } from '../threats/indicators/index.ts';
import { checkSources, diskTree } from '../threats/scan/index.ts';
import { reportText } from './check-report.ts';

/** Where a command writes: results to `out`, everything else to `err`. */
interface CommandIo {
  out(text: string): void;
  err(text: string): void;
}

class CheckError extends CodedError {}

const HELP = `pavise check PATH… [--indicators FILE|DIR]… [--only-given] [--password-file F] [--level quick|thorough] [--json FILE|-] [--server URL --token T --device ID]

Looks for traces of spyware in backups of iPhones, open or encrypted. Reads only; contacts nobody unless --server is given.

  --indicators FILE|DIR  STIX 2 indicators (.stix2, .json); may be repeated
  --only-given           use no other indicators than those given
  --password-file F      file whose first line is the password of an encrypted backup ("-": standard input)
  --level LEVEL          thorough: every file (default); quick: only the files that known artefacts lie in
  --json FILE|-          write the report as JSON ("-": to standard output)
  --server URL           send the report to this server (or PAVISE_SERVER), with --device
  --token T              API token (better: PAVISE_TOKEN)
  --device ID            the enrolled device that the backup is of

Exit: 0 nothing found, 1 a trace or something unusual, 2 usage or input error, 3 something relevant was unreadable
`;

/** Checks phones' backups for traces of spyware; exit codes as in the help text. */
export async function check(args: string[], io: CommandIo): Promise<number> {
  const options = readOptions(args);
  if (options.help) {
    io.out(HELP);
    return 0;
  }
  const index = loadIndicators(options.indicators);
  if (index.count === 0) io.err('No indicators loaded: only the structure of the evidence is judged\n');
  for (const path of options.paths) requireReadable(path);
  if (options.json !== undefined && options.json !== '-') refuseInsideEvidence(options.json, options.paths);
  const progress = process.stderr.isTTY === true ? (text: string): void => io.err(`${text}\n`) : (): void => {};
  const result = await checkSources(options.paths.map(diskTree), index, {
    nowMs: Date.now(),
    passwords: options.passwordFile === undefined ? [] : [readPassword(options.passwordFile)],
    crypto: nodeBackupCrypto,
    level: options.level,
    progress,
  });
  if ('unknown' in result) {
    throw new CheckError(
      'check-source',
      400,
      `Give the folder of an iOS backup: "${result.unknown}" holds no Manifest.db`,
    );
  }
  const { report } = result;
  if (options.json === '-') io.out(`${JSON.stringify(report, null, 2)}\n`);
  else {
    if (options.json !== undefined)
      writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
    io.out(reportText(report, index.count));
  }
  if (options.upload !== undefined) await sendReport(options.upload, report, io);
  return exitCode(report);
}

function exitCode({ verdict, examined }: CheckReport): number {
  if (verdict === 'trace-found' || verdict === 'unusual') return 1;
  return verdict === 'incomplete' || examined.some(({ status }) => status === 'unreadable') ? 3 : 0;
}

interface Upload {
  readonly server: string;
  readonly token: string;
  readonly device: string;
}

interface Options {
  readonly help: boolean;
  readonly paths: readonly string[];
  readonly indicators: readonly string[];
  readonly json: string | undefined;
  readonly passwordFile: string | undefined;
  readonly level: 'quick' | 'thorough';
  readonly upload: Upload | undefined;
}

function readOptions(args: string[]): Options {
  const parsed = parseOptions(args);
  const { values, positionals } = parsed;
  const help = values.help === true;
  if (!help && positionals.length === 0)
    throw new CheckError('usage', 400, 'Give a backup folder: no PATH (see --help)');
  const server = values.server ?? process.env['PAVISE_SERVER'];
  const token = values.token ?? process.env['PAVISE_TOKEN'];
  let upload: Upload | undefined;
  if (values.device !== undefined) {
    if (server === undefined || token === undefined) {
      throw new CheckError('usage', 400, 'Give --server and --token with --device: the report has nowhere to go');
    }
    upload = { server, token, device: values.device };
  } else if (values.server !== undefined) {
    throw new CheckError('usage', 400, 'Give --device with --server: the report belongs to a device');
  }
  const { level = 'thorough' } = values;
  if (level !== 'quick' && level !== 'thorough') {
    throw new CheckError('usage', 400, `Choose quick or thorough for --level: "${level}" is neither`);
  }
  const passwordFile = values['password-file'];
  return {
    level,
    passwordFile,
    help,
    paths: positionals,
    indicators: values.indicators ?? [],
    json: values.json,
    upload,
  };
}

function parseOptions(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: 'boolean' },
        indicators: { type: 'string', multiple: true },
        'only-given': { type: 'boolean' },
        'password-file': { type: 'string' },
        level: { type: 'string' },
        json: { type: 'string' },
        server: { type: 'string' },
        token: { type: 'string' },
        device: { type: 'string' },
      },
    });
  } catch (error) {
    throw new CheckError('usage', 400, `See --help: ${error instanceof Error ? error.message : 'bad arguments'}`);
  }
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

/** Loads every given file; one that cannot be read is an input error, never a silent gap. */
function loadIndicators(given: readonly string[]): IndicatorIndex {
  const feeds: IndicatorFeed[] = [];
  for (const path of given) {
    for (const file of indicatorFiles(path)) {
      try {
        feeds.push({ source: basename(file), bundle: parseStixBundle(readFileSync(file)) });
      } catch (error) {
        if (!(error instanceof FormatError)) throw inputError(error, file);
        throw new CheckError(error.code, 400, `${error.message} ("${file}")`);
      }
    }
  }
  return compileIndicators(feeds);
}

function indicatorFiles(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
    const files = names.filter((name) => /\.(stix2?|json)$/i.test(name)).sort();
    if (files.length === 0) throw new CheckError('check-indicators', 400, `Give STIX 2 files: none in "${path}"`);
    return files.map((name) => join(path, name));
  } catch (error) {
    throw inputError(error, path);
  }
}

function requireReadable(path: string): void {
  try {
    statSync(path);
  } catch (error) {
    throw inputError(error, path);
  }
}

/** Evidence is never written to, not even beside its files. */
function refuseInsideEvidence(output: string, paths: readonly string[]): void {
  for (const path of paths) {
    if (`${resolve(output)}${sep}`.startsWith(`${resolve(path)}${sep}`)) {
      throw new CheckError('check-output', 400, `Choose another file for --json: "${output}" lies inside the evidence`);
    }
  }
}

function inputError(error: unknown, path: string): Error {
  if (error instanceof CodedError || !(error instanceof Error) || !('code' in error)) return error as Error; // thrown as it came
  return new CheckError('check-input', 400, `Cannot read "${path}": ${String(error.code)}`);
}

async function sendReport({ server, token, device }: Upload, report: CheckReport, io: CommandIo): Promise<void> {
  const url = new URL(`/api/v1/devices/${encodeURIComponent(device)}/checks`, server);
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(report),
      signal: AbortSignal.timeout(30_000),
    });
  } catch {
    throw new CheckError('check-send', 502, `Cannot send report: no answer from ${url.origin}`);
  }
  if (!response.ok) {
    const problem = (await response.text()).slice(0, 500);
    throw new CheckError(
      'check-send',
      response.status,
      `Cannot send report: ${url.origin} answered ${response.status} ${problem}`,
    );
  }
  io.err(`Report sent to ${url.origin}\n`);
}
