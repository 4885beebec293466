import type { ParseArgsConfig, parseArgs } from 'node:util';
import { terminalSentence } from '../base/index.ts';
import { readArguments, remoteOf } from './arguments.ts';
import { printableSentence } from './printable.ts';

/** Where a command writes: results to `out`, everything else to `err`. */
export interface CommandIo {
  out(text: string): void;
  err(text: string): void;
}

type Options = NonNullable<ParseArgsConfig['options']>;

const COMMON = {
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  server: { type: 'string' },
  token: { type: 'string' },
} as const;

type Common = ReturnType<typeof parseArgs<{ options: typeof COMMON }>>['values'];

/** What a command was asked for. */
interface Asked<O extends Options> {
  readonly values: ReturnType<typeof parseArgs<{ options: O & typeof COMMON }>>['values'];
  readonly positionals: readonly string[];
  /** `--server` and `--token`, or PAVISE_SERVER and PAVISE_TOKEN. */
  readonly server: string | undefined;
  readonly token: string | undefined;
}

/**
 * Runs a command on its arguments: every command takes `--json`, `--help`, `--server` and `--token` beside options of its own.
 *
 * @returns what `work` gives; 0 after the help text; 2 with the error's sentence when the arguments or the work fail
 */
export async function runCommand<const O extends Options>(
  args: readonly string[],
  io: CommandIo,
  { help, options }: { readonly help: string; readonly options: O },
  work: (asked: Asked<O>) => Promise<number>,
): Promise<number> {
  try {
    const parsed = readArguments(args, { ...COMMON, ...options });
    const values = parsed.values as Asked<O>['values'] & Common; // parseArgs cannot infer through the spread of a type parameter
    if (values.help === true) {
      io.out(help);
      return 0;
    }
    return await work({ values, positionals: parsed.positionals, ...remoteOf(values) });
  } catch (error) {
    io.err(`${printableSentence(sentenceOf(error))}\n`);
    return 2;
  }
}

/** What an error means for the person at the terminal; our own errors say it themselves. */
function sentenceOf(error: unknown): string {
  return terminalSentence(error) ?? (error instanceof Error ? error.message : String(error));
}

/** The one positional argument of a command; throws with the usage when there is none, or more. */
export function onlyOne(positionals: readonly string[], usage: string): string {
  const [path, more] = positionals;
  if (path === undefined || more !== undefined) throw new Error(usage);
  return path;
}
