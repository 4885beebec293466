import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../storage/index.ts';

/** A link by which somebody enters, for one use. */
export interface FirstLink {
  readonly label: string;
  readonly link: string;
}

/**
 * Hands over the links of a first start: in a file of mode 0600, and on a terminal. What a server prints elsewhere is collected, kept and read by
 * others, and then names the file alone.
 *
 * Removes the file of an earlier start when there is no link any more.
 * @param isTerminal whether a person reads what is printed as it comes
 * @returns the lines to print
 */
export async function handOverLinks(
  data: string,
  links: readonly FirstLink[],
  isTerminal: boolean,
): Promise<readonly string[]> {
  const path = join(data, 'secrets', 'first-links');
  if (links.length === 0) {
    await rm(path, { force: true });
    return [];
  }
  const lines = links.map(({ label, link }) => `${label}: ${link}`);
  await writeDurably(path, `${lines.join('\n')}\n`);
  return isTerminal ? lines : [`links for one use, to read on this machine: ${path}`];
}
