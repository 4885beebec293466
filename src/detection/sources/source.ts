import type { Artefact, EvidenceTree, OpenFile, PhoneIdentity } from '../../evidence/index.ts';
import type { BackupCrypto } from '../../formats/keybag/index.ts';
import type { CheckContext, Sinks } from '../heuristic.ts';
import type { Platform } from '../indicators/index.ts';

/** Kinds of evidence: `sources[].kind` of pavise.check/1. */
export type SourceKind =
  | 'ios-backup'
  | 'ios-filesystem'
  | 'ios-sysdiagnose'
  | 'android-bugreport'
  | 'androidqf'
  | 'android-backup'
  | 'android-logs'
  | 'files';

/** The system of the phones whose evidence this is; undefined for loose files, which may be of either. */
export function platformOf(kind: SourceKind): Platform | undefined {
  if (kind === 'files') return undefined;
  return kind.startsWith('ios-') ? 'ios' : 'android';
}

export interface OpenOptions {
  /** Passwords to try, UTF-8 as given; never logged. */
  readonly passwords: readonly Uint8Array[];
  /** What decrypts, in Node or in a browser; without it encrypted evidence stays closed. */
  readonly crypto?: BackupCrypto | undefined;
  /** Told what takes seconds before the first file is read. */
  readonly progress?: ((text: string, done: number, total: number | undefined) => void) | undefined;
  /** Ends the wait for it, and the examination between two files. */
  readonly signal?: AbortSignal | undefined;
  /** `quick` reads only what the modules need; `thorough` every file. */
  readonly level: 'quick' | 'thorough';
  /** Takes the files of an iPhone's archive that is read but once, while it is opened; `scan` does not give them again. */
  readonly passBy?: (file: OpenFile, name: string) => void;
}

/** Evidence that was recognised and opened. */
export interface OpenedSource {
  readonly kind: SourceKind;
  readonly encrypted: boolean;
  /** It was recognised and nothing of it can be read: its artefacts say why. */
  readonly closed?: true;
  readonly device: PhoneIdentity;
  /** Stands before every path of it, where a tree holds several sources; ends with "/". */
  readonly place?: string;
  /** Files that `scan` will give, where that is known before. */
  readonly fileCount?: number;
  /** Runs the structured modules. */
  examine(context: CheckContext, sinks: Sinks): Promise<readonly Artefact[]>;
  /**
   * Gives every file, for the byte scan; what cannot be opened is a row of the answer.
   * @param visit must be done with the file when it returns; `name` is the path as reports show it
   * @param pass the same for files that are too large for memory
   */
  scan(
    visit: (file: OpenFile, name: string) => void,
    pass: (stream: AsyncIterable<Uint8Array>, name: string) => Promise<void>,
  ): Promise<readonly Artefact[]>;
}

/** Recognises one kind of evidence by its content, never by its name alone. */
export interface SourceReader {
  readonly kind: SourceKind;
  /** @returns undefined when the tree is something else; evidence of this kind that cannot be read is opened and says so in its artefacts */
  open(tree: EvidenceTree, options: OpenOptions): Promise<OpenedSource | undefined>;
}
