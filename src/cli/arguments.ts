import { type ParseArgsConfig, parseArgs } from 'node:util';
import { CodedError } from '../base/index.ts';

/** Arguments that a command cannot use; code `usage`, exit code 2. */
export class UsageError extends CodedError {
  constructor(message: string) {
    super('usage', 400, message);
  }
}

type Options = NonNullable<ParseArgsConfig['options']>;
type Arguments<O extends Options> = Pick<
  ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>,
  'values' | 'positionals'
>;

/** Reads a command's arguments; throws UsageError for an option that it does not have. */
export function readArguments<const O extends Options>(args: readonly string[], options: O): Arguments<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`See --help: ${error instanceof Error ? error.message : 'bad arguments'}`);
  }
}

/** The server that a command works with and the token for it: what was given, else PAVISE_SERVER and PAVISE_TOKEN. */
export function remoteOf({ server, token }: { readonly server?: string; readonly token?: string }): {
  readonly server: string | undefined;
  readonly token: string | undefined;
} {
  return { server: server ?? environment('PAVISE_SERVER'), token: token ?? environment('PAVISE_TOKEN') };
}

/** A variable of the environment; undefined where it is empty, too. */
export function environment(name: string): string | undefined {
  return process.env[name] || undefined;
}
