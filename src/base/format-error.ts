/**
 * Bad input in somebody's format: the only error a parser throws.
 *
 * @param code stable, `<format>-<what>`, e.g. `tdf-binding`
 * @param offset byte offset where the parser stopped, or -1 where none applies
 */
export class FormatError extends Error {
  readonly code: string;
  readonly offset: number;

  constructor(code: string, offset: number, message: string) {
    super(message);
    this.name = 'FormatError';
    this.code = code;
    this.offset = offset;
  }
}
