import type { Stamp } from '../stamp/index.ts';

export interface TombstoneSignal {
  readonly number: number;
  readonly name: string;
  readonly code: number;
  readonly codeName: string;
  /** Hex with 0x; undefined where there is none. */
  readonly faultAddress: string | undefined;
}

/** A crash of a native process. */
export interface Tombstone {
  readonly form: 'text' | 'protobuf';
  readonly buildFingerprint: string | undefined;
  readonly revision: string | undefined;
  readonly abi: string | undefined;
  readonly time: Stamp | undefined;
  readonly pid: number | undefined;
  readonly tid: number | undefined;
  readonly uid: number | undefined;
  /** Name of the crashing thread, which debuggerd calls the process's name. */
  readonly threadName: string | undefined;
  /** The first is the program; in text arguments are split at blanks. */
  readonly commandLine: readonly string[];
  readonly seLinuxLabel: string | undefined;
  readonly signal: TombstoneSignal | undefined;
  readonly abortMessage: string | undefined;
  readonly causes: readonly string[];
  readonly processUptimeSeconds: number | undefined;
}
