/** A piece of SQL: a word in lower case, a name, a text, a number or one sign. */
export interface Token {
  /** Lower case; of a quoted name or text the inner part, a name's in lower case. */
  readonly word: string;
  /** Quoted things are never keywords. */
  readonly quoted: boolean;
  /** The bytes of an x'…' literal. */
  readonly blob?: Uint8Array;
}

/** White space, comments, quoted things, x'…', words and numbers, any other sign. Each alternative is linear in its length. */
const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"([^"]*(?:""[^"]*)*)"?|`([^`]*(?:``[^`]*)*)`?|\[([^\]]*)\]?|[xX]'([0-9a-fA-F]*)'|'([^']*(?:''[^']*)*)'?|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?[\w$]*|\.\d+(?:[eE][+-]?\d+)?|[\p{L}\p{M}\w$]+|[\s\S]/gu;

/** Splits SQL as SQLite stores it in its schema; what makes no sense becomes single signs. */
export function tokenise(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const [whole, double, back, bracket, hex, text] of sql.matchAll(TOKEN)) {
    const name = double?.replaceAll('""', '"') ?? back?.replaceAll('``', '`') ?? bracket;
    if (name !== undefined) tokens.push({ word: name.toLowerCase(), quoted: true });
    else if (text !== undefined) tokens.push({ word: text.replaceAll("''", "'"), quoted: true });
    else if (hex !== undefined) tokens.push({ word: '', quoted: true, blob: hexBytes(hex) });
    else if (!/^(\s|--|\/\*)/.test(whole)) tokens.push({ word: whole.toLowerCase(), quoted: false });
  }
  return tokens;
}

function hexBytes(hex: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor(hex.length / 2));
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
