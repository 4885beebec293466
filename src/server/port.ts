import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, type ServerConfig } from './config.ts';

const WAIT_MS = 2000; // a server that was just told to stop still listens for a moment
const POLL_MS = 100;

type Address = Pick<ServerConfig, 'host' | 'port'>;

/** Makes sure that the port can be had before anything else is started; throws ConfigError with what to change. */
export async function requirePort(address: Address): Promise<void> {
  const endAt = performance.now() + WAIT_MS;
  for (;;) {
    const error = await tryPort(address);
    if (error === undefined) return;
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || performance.now() >= endAt)
      throw cannotListen(error, address);
    await sleep(POLL_MS);
  }
}

async function tryPort({ host, port }: Address): Promise<unknown> {
  const probe = createServer();
  try {
    probe.listen(port, host);
    await once(probe, 'listening');
    probe.close();
    await once(probe, 'close');
    return undefined;
  } catch (error) {
    return error;
  }
}

/** @returns what a failed listen means for the person at the terminal, or the error itself */
export function cannotListen(error: unknown, { host, port }: Address): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new ConfigError(`Port ${port} is in use: give --port another number, or stop what listens there`);
    case 'EACCES':
      return new ConfigError(`Give --port a number from 1024 on: this user may not open port ${port}`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigError(`Give --host an address of this machine: "${host}" is none`);
    default:
      return error;
  }
}
