import { isatty } from 'node:tty';
import { readConfig, SERVE_HELP, startServer } from '../server/index.ts';
import type { CommandIo } from './command.ts';
import { handOverLinks } from './first-links.ts';
import { unheldOutput } from './unheld-output.ts';

const IMPATIENT_MS = 1000; // npm passes on a Ctrl-C that the terminal has sent already: two at once are one
const LINGER_MS = 500;

/** `pavise serve`: runs until SIGINT or SIGTERM; 0 stopped, 1 when the database cannot be kept running. */
export async function serve(args: string[], io: CommandIo): Promise<number> {
  if (args.includes('--help')) {
    io.out(SERVE_HELP);
    return 0;
  }
  const config = readConfig(args, process.env);
  const output = unheldOutput(1, { write: (text) => io.out(text) });
  const errors = unheldOutput(2, { write: (text) => io.err(text) });
  const say = (line: string): void => output.write(`${line}\n`);
  const signal = stopSignal(() => {
    say('stopped at once: the database is left running, the next start takes it over');
    process.exit(1);
  });
  try {
    const server = await startServer(config, say, signal, output);
    say(`console:   ${new URL('/console/', server.url).href}`);
    say(`workspace: ${new URL('/workspace/', server.url).href}`);
    for (const line of await handOverLinks(server.data, server.firstLinks, isatty(1))) say(line);
    const lost = await Promise.race([server.databaseLost, aborted(signal)]);
    if (lost !== undefined) errors.write(`Start Pavise again: the database ended and cannot be started (${lost})\n`);
    say('stopping');
    await server.stop();
    return lost === undefined ? 0 : 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    say('stopped while starting');
    return 0;
  } finally {
    // What did not end in time must not keep the process.
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

/** Aborted by the first SIGINT or SIGTERM; a later one, by an impatient person, calls `again`. */
function stopSignal(again: () => void): AbortSignal {
  const stopping = new AbortController();
  let firstAtMs = 0;
  const heard = (): void => {
    if (!stopping.signal.aborted) {
      firstAtMs = Date.now();
      stopping.abort(new Error('told to stop'));
    } else if (Date.now() - firstAtMs > IMPATIENT_MS) again();
  };
  process.on('SIGINT', heard);
  process.on('SIGTERM', heard);
  return stopping.signal;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((done) => {
    if (signal.aborted) done(undefined);
    else signal.addEventListener('abort', () => done(undefined), { once: true });
  });
}
