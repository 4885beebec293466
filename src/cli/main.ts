/**
 * The command line: `pavise COMMAND …`. Each command is loaded only when it is asked for, so that `check` and `protect` never load the
 * database or the web server.
 */
import { readFile } from 'node:fs/promises';
import { CodedError, FormatError, terminalSentence } from '../base/index.ts';
import type { CommandIo } from './command.ts';
import { printableSentence } from './printable.ts';
import { keepYoungGenerationSmall } from './young-generation.ts';

type Command = (args: string[], io: CommandIo) => Promise<number>;

const COMMANDS: Readonly<Record<string, { readonly about: string; readonly load: () => Promise<Command> }>> = {
  serve: {
    about: 'run the server',
    load: async () => {
      // A server mostly waits and needs 55 MB less so; before its modules are loaded.
      keepYoungGenerationSmall();
      return (await import('./serve.ts')).serve;
    },
  },
  check: { about: 'look for traces of spyware in a backup', load: async () => (await import('./check.ts')).check },
  indicators: {
    about: 'keep known signs of spyware, signed and by version',
    load: async () => (await import('./indicators.ts')).indicators,
  },
  protect: { about: 'protect files', load: async () => (await import('./protect.ts')).protect },
  open: { about: 'open a protected file', load: async () => (await import('./open.ts')).open },
  inspect: {
    about: 'show what protects a file, never its content',
    load: async () => (await import('./inspect.ts')).inspect,
  },
  'audit verify': { about: 'verify the audit log', load: async () => (await import('./audit-verify.ts')).auditVerify },
  'audit accept': {
    about: 'after an alarm: take the audit log as it stands',
    load: async () => (await import('./audit-accept.ts')).auditAccept,
  },
  'keys export': {
    about: 'for an emergency: the keys that open every file',
    load: async () => (await import('./keys-export.ts')).keysExport,
  },
  'token create': { about: 'make an API token', load: async () => (await import('./token.ts')).tokenCreate },
  'token list': { about: 'list the API tokens', load: async () => (await import('./token.ts')).tokenList },
  'token remove': { about: 'revoke an API token', load: async () => (await import('./token.ts')).tokenRemove },
  recover: {
    about: 'let an owner in who lost her passkey',
    load: async () => (await import('./recover.ts')).recover,
  },
  backup: { about: 'back up a running installation', load: async () => (await import('./backup.ts')).backup },
  restore: { about: 'restore a backup into an empty folder', load: async () => (await import('./restore.ts')).restore },
};

function help(): string {
  const lines = Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(14)}${about}`);
  return `pavise COMMAND [--json] [--help] | --version\n\n${lines.join('\n')}\n`;
}

async function version(): Promise<string> {
  const { version: found } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }; // our own
  return found;
}

/** Runs one command; the exit code is 2 for a usage or input error. */
async function run(args: string[], io: CommandIo): Promise<number> {
  const [first, second, ...rest] = args;
  if (first === undefined || first === '--help' || first === 'help') {
    io.out(help());
    return first === undefined ? 2 : 0;
  }
  if (first === '--version') {
    io.out(`${await version()}\n`);
    return 0;
  }
  const pair = `${first} ${second ?? ''}`;
  const command = COMMANDS[pair] ?? COMMANDS[first];
  if (command === undefined) {
    io.err(`Choose one of the commands below: there is no "${first}"\n\n${help()}`);
    return 2;
  }
  try {
    return await (await command.load())(COMMANDS[pair] === undefined ? args.slice(1) : rest, io);
  } catch (error) {
    if (error instanceof CodedError || error instanceof FormatError) {
      io.err(`${printableSentence(error.message)} [${error.code}]\n`);
      return 2;
    }
    // Of a file that was named; anything else is a bug and keeps its trace.
    const text = error instanceof Error && 'path' in error ? terminalSentence(error) : undefined;
    if (text === undefined) throw error;
    io.err(`${printableSentence(text)}\n`);
    return 2;
  }
}

const code = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
if (code >= 0) process.exitCode = code;
