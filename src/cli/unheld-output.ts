import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';

/** Where a server writes its lines. */
export interface Output {
  write(text: string): void;
}

const MOST_WAITING_BYTES = 256 * 1024;

/**
 * An output that never holds its server up.
 *
 * Node writes to a pipe by waiting until somebody reads: a collector that has stopped would stop the server, and its stopping, too. Here what
 * is not read waits, up to 256 KiB; beyond that lines are left out, and how many is said as soon as somebody reads again.
 * @param fd 1 or 2; what is no pipe or socket is written to as by `plain`
 */
export function unheldOutput(fd: 1 | 2, plain: Output): Output {
  const kind = fstatSync(fd);
  if (!kind.isFIFO() && !kind.isSocket()) return plain;
  const pipe = new Socket({ fd, readable: false, writable: true });
  pipe.unref(); // what nobody reads must not keep the process
  pipe.on('error', () => {}); // the reader is gone: there is nobody to tell
  let leftOut = 0;
  return {
    write(text) {
      if (pipe.destroyed) return;
      if (pipe.writableLength + text.length > MOST_WAITING_BYTES) {
        leftOut++;
        return;
      }
      if (leftOut > 0) pipe.write(`${leftOut} lines were left out: nobody read them\n`);
      leftOut = 0;
      pipe.write(text);
    },
  };
}
