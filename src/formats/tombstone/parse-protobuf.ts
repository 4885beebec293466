import { utf8TextLoose } from '../../base/index.ts';
import { parseStamp } from '../stamp/index.ts';
import { type ProtobufField, protobufFields } from './protobuf.ts';
import type { Tombstone, TombstoneSignal } from './tombstone.ts';

/** Architecture (tombstone.proto): names as the text form has them. */
const ABIS = ['arm', 'arm64', 'x86', 'x86_64', 'riscv64', 'none'];
const MAX_ARGUMENTS = 1000;

/** Parses the protobuf form; throws FormatError `tombstone-protobuf`. */
export function parseProtobufTombstone(bytes: Uint8Array): Tombstone {
  const text = new Map<number, string>();
  const numbers = new Map<number, number>();
  const commandLine: string[] = [];
  const causes: string[] = [];
  const threads = new Map<number, string>();
  let signal: TombstoneSignal | undefined;
  for (const field of protobufFields(bytes)) {
    const { number, value } = field;
    if (typeof value === 'number') numbers.set(number, value);
    else if (number === 9 && commandLine.length < MAX_ARGUMENTS) commandLine.push(utf8TextLoose(value));
    else if (number === 10) signal = readSignal(value);
    else if (number === 15) causes.push(...readCause(value));
    else if (number === 16) readThread(value, threads);
    else if ([2, 3, 4, 8, 14].includes(number)) text.set(number, utf8TextLoose(value));
  }
  const tid = numbers.get(6);
  return {
    form: 'protobuf',
    buildFingerprint: text.get(2),
    revision: text.get(3),
    abi: ABIS[numbers.get(1) ?? 0],
    time: parseStamp(text.get(4) ?? ''),
    pid: numbers.get(5),
    tid,
    uid: numbers.get(7) ?? (numbers.has(5) ? 0 : undefined), // proto3 leaves zeros out
    threadName: tid === undefined ? undefined : threads.get(tid),
    commandLine,
    seLinuxLabel: text.get(8)?.replace(/\0+$/, ''),
    signal,
    abortMessage: text.get(14) || undefined,
    causes,
    processUptimeSeconds: numbers.get(20),
  };
}

function readSignal(bytes: Uint8Array): TombstoneSignal {
  const fields = new Map(protobufFields(bytes).map((field) => [field.number, field]));
  const text = (number: number): string => textOf(fields.get(number));
  const integer = (number: number): number => {
    const value = fields.get(number)?.value;
    return typeof value === 'number' ? value : 0;
  };
  const address = fields.get(9)?.exact;
  return {
    number: integer(1) | 0,
    name: text(2),
    code: integer(3) | 0,
    codeName: text(4),
    faultAddress: integer(8) === 1 ? `0x${(address ?? 0n).toString(16)}` : undefined,
  };
}

function readCause(bytes: Uint8Array): string[] {
  return protobufFields(bytes).flatMap((field) => (field.number === 1 ? [textOf(field)] : []));
}

/** An entry of map<uint32, Thread>: 1 key, 2 thread {1 id, 2 name}. */
function readThread(entry: Uint8Array, threads: Map<number, string>): void {
  for (const { number, value } of protobufFields(entry)) {
    if (number !== 2 || typeof value === 'number') continue;
    const fields = new Map(protobufFields(value).map((field) => [field.number, field]));
    const id = fields.get(1)?.value;
    if (typeof id === 'number') threads.set(id, textOf(fields.get(2)));
  }
}

function textOf(field: ProtobufField | undefined): string {
  return field === undefined || typeof field.value === 'number' ? '' : utf8TextLoose(field.value);
}
