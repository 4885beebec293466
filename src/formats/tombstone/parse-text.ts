import { utf8TextLoose } from '../../base/index.ts';
import { parseStamp } from '../stamp/index.ts';
import type { Tombstone, TombstoneSignal } from './tombstone.ts';

/** All that is read stands before the first backtrace. */
const HEAD_BYTES = 64 * 1024;
const MAX_LINES = 500;
const MAX_ABORT_LINES = 20;

type Fields = { -readonly [K in keyof Tombstone]: Tombstone[K] };

/** Parses the text form (AOSP, libdebuggerd/tombstone_proto_to_text.cpp). */
export function parseTextTombstone(bytes: Uint8Array): Tombstone {
  const lines = utf8TextLoose(bytes.subarray(0, HEAD_BYTES)).split(/\r?\n/).slice(0, MAX_LINES);
  const fields: Fields = {
    form: 'text',
    buildFingerprint: undefined,
    revision: undefined,
    abi: undefined,
    time: undefined,
    pid: undefined,
    tid: undefined,
    uid: undefined,
    threadName: undefined,
    commandLine: [],
    seLinuxLabel: undefined,
    signal: undefined,
    abortMessage: undefined,
    causes: [],
    processUptimeSeconds: undefined,
  };
  for (const [i, line] of lines.entries()) {
    // Only the crashing thread stands before the first backtrace; a second block is another thread.
    if (/^\s*(backtrace:|--- --- )/.test(line)) break;
    readLine(fields, line, lines, i);
  }
  return fields;
}

function readLine(fields: Fields, line: string, lines: readonly string[], i: number): void {
  const process = /^pid: (\d{1,10}), tid: (\d{1,10}), name: (.*?) {2}>>> (.*) <<<$/.exec(line);
  if (process !== null) {
    if (fields.pid !== undefined) return;
    fields.pid = Number(process[1]);
    fields.tid = Number(process[2]);
    fields.threadName = process[3] ?? '';
    if (fields.commandLine.length === 0) fields.commandLine = [process[4] ?? ''];
    return;
  }
  if (line.startsWith('signal ')) fields.signal ??= readSignal(line);
  const colon = line.indexOf(': ');
  if (colon < 0) return;
  const value = line.slice(colon + 2);
  switch (line.slice(0, colon)) {
    case 'Build fingerprint':
      fields.buildFingerprint ??= unquote(value);
      break;
    case 'Revision':
      fields.revision ??= unquote(value);
      break;
    case 'ABI':
      fields.abi ??= unquote(value);
      break;
    case 'Timestamp':
      fields.time ??= parseStamp(value);
      break;
    case 'Process uptime':
      fields.processUptimeSeconds ??= /^\d{1,12}s$/.test(value) ? Number.parseInt(value, 10) : undefined;
      break;
    case 'Cmdline':
      fields.commandLine = value.trim().split(/ +/).slice(0, 1000);
      break;
    case 'uid':
      fields.uid ??= /^\d{1,10}$/.test(value) ? Number(value) : undefined;
      break;
    case 'Abort message':
      fields.abortMessage ??= abortMessage(lines, i, value);
      break;
    case 'Cause':
      fields.causes = [...fields.causes, value];
      break;
    default:
  }
}

function readSignal(line: string): TombstoneSignal | undefined {
  const match = /^signal (-?\d{1,9}) \(([^)]*)\), code (-?\d{1,9}) \(([^)]*)\)(?:, fault addr (\S+))?/.exec(line);
  if (match === null) return undefined;
  const [, number, name = '', code, codeName = '', address = ''] = match;
  return {
    number: Number(number),
    name,
    code: Number(code),
    // "SI_TKILL from pid 5, uid 0"
    codeName: codeName.split(' ')[0] ?? '',
    faultAddress: /^(0x)?[0-9a-fA-F]+$/.test(address) ? `0x${address.replace(/^0x/, '')}` : undefined,
  };
}

/** The message stands in quotes and may have several lines. */
function abortMessage(lines: readonly string[], i: number, first: string): string {
  const parts = [first];
  while (!(parts.at(-1) ?? '').endsWith("'") && parts.length < MAX_ABORT_LINES && i + parts.length < lines.length) {
    parts.push(lines[i + parts.length] ?? '');
  }
  return unquote(parts.at(-1)?.endsWith("'") ? parts.join('\n') : first);
}

function unquote(text: string): string {
  return text.replace(/^'/, '').replace(/'$/, '');
}
