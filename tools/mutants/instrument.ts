import type { Mutant } from './find-mutants.ts';

/** A mutant with its number in this run. */
export interface Numbered extends Mutant {
  readonly id: number;
}

interface Piece {
  readonly at: number;
  /** At one place: what closes, what replaces, what opens. */
  readonly rank: 0 | 1 | 2;
  readonly span: number;
  readonly seq: number;
  readonly text: string;
  readonly skipTo: number;
}

/**
 * Puts all mutants of a file into its source at once, each behind `__mutant(id)`, so that one transformed file serves the whole run and
 * the one that is active is chosen while it runs.
 */
export function instrument(source: string, mutants: readonly Numbered[]): string {
  const pieces = mutants.flatMap((mutant) => mutant.edits.map((edit) => [mutant.id, edit] as const)).flatMap(piecesOf);
  let out = '';
  let cursor = 0;
  for (const piece of pieces.sort(inOrder)) {
    out += source.slice(cursor, piece.at) + piece.text;
    cursor = Math.max(piece.skipTo, piece.at);
  }
  return out + source.slice(cursor);
}

function piecesOf([id, edit]: readonly [number, Mutant['edits'][number]], seq: number): readonly Piece[] {
  const numbered = (text: string): string => text.replaceAll('$', String(id));
  const span = edit.end - edit.start;
  if (edit.kind === 'instead')
    return [{ at: edit.start, rank: 1, span, seq, text: numbered(edit.text), skipTo: edit.end }];
  return [
    { at: edit.start, rank: 2, span, seq, text: numbered(edit.pre), skipTo: edit.start },
    { at: edit.end, rank: 0, span, seq, text: numbered(edit.post), skipTo: edit.end },
  ];
}

/** The longer span is the outer one: it opens first and closes last; of equal ones the earlier is the outer. */
function inOrder(a: Piece, b: Piece): number {
  const outer = b.span - a.span || a.seq - b.seq;
  return a.at - b.at || a.rank - b.rank || (a.rank === 0 ? -outer : outer);
}
