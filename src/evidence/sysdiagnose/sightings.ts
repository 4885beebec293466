import type { Emit } from '../evidence.ts';

/** Where a program was seen running. */
interface SeenAt {
  readonly artefact: string;
  readonly path: string;
  readonly locator: string;
  readonly atMs: number | undefined;
}

const MAX_CHARS = 4096;

/**
 * Emits a program that ran: its name, and where it is known its path, whose folders may bear the name that an indicator has.
 *
 * @param command path, name or command line: arguments cannot be told from blanks in a name, so that both readings are given
 */
export function emitProgram(command: string, seenAt: SeenAt, emit: Emit<never>): void {
  const whole = command.slice(0, MAX_CHARS).trim();
  const seen = { ...seenAt, locator: seenAt.locator.slice(0, 400), evidence: 'executed' } as const;
  const blank = whole.indexOf(' ');
  const first = blank < 0 ? whole : whole.slice(0, blank);
  for (const value of new Set([first, whole].map((text) => text.slice(text.lastIndexOf('/') + 1)))) {
    if (value !== '') emit.sighting({ kind: 'process', value, ...seen });
  }
  if (!whole.startsWith('/')) return;
  const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
  const paths = folderOf(first) === folderOf(whole) ? [first] : [first, whole];
  for (const value of paths) {
    emit.sighting({ kind: 'path', value, relativePath: value.slice(1), processParts: 'folders', ...seen });
  }
}
