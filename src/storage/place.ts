import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { closedParent } from './native.ts';

/**
 * Says where the data folder lies: `wanted`, or, as root below a folder that other users cannot enter,
 * `/var/lib/pavise/<hash of the wanted place>`, because PostgreSQL runs as nobody and must reach it.
 */
export async function placeData(wanted: string): Promise<{ data: string; movedBecause: string | undefined }> {
  const data = resolve(wanted);
  if (process.getuid?.() !== 0) return { data, movedBecause: undefined };
  const closed = await closedParent(join(data, 'postgres'));
  if (closed === undefined || closed === data) return { data, movedBecause: undefined };
  const hash = createHash('sha256').update(data).digest('hex').slice(0, 16);
  return { data: join('/var/lib/pavise', hash), movedBecause: closed };
}
