import { readConfig, SERVE_HELP, startServer } from '../server/index.ts';
import type { CommandIo } from './command.ts';

/** `pavise serve`: runs until SIGINT or SIGTERM. */
export async function serve(args: string[], io: CommandIo): Promise<number> {
  if (args.includes('--help')) {
    io.out(SERVE_HELP);
    return 0;
  }
  const config = readConfig(args, process.env);
  const say = (line: string): void => io.out(`${line}\n`);
  const stopped = new Promise<void>((done) => {
    process.once('SIGINT', () => done());
    process.once('SIGTERM', () => done());
  });
  const server = await startServer(config, say);
  say(`console:   ${new URL('/console/', server.url).href}`);
  say(`workspace: ${new URL('/workspace/', server.url).href}`);
  if (server.setupLink !== undefined) say(`setup link, for one use: ${server.setupLink}`);
  await stopped;
  say('stopping');
  await server.stop();
  return 0;
}
