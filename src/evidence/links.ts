const URLS = /https?:\/\/[^\s<>"'“”\u0000-\u001f\ufffc]{1,8192}/giu;

/** The http(s) links in a text, as they stand there. */
export function linksIn(text: string): readonly string[] {
  return text.includes('://') ? (text.match(URLS) ?? []) : [];
}

/** Where a name begins: not in the middle of another, of an address or of a link. */
const NAME_BEGINS = String.raw`(?<![\p{L}\p{N}\p{M}@.:/_%=&?#-])`;
const NAME = String.raw`(?:[\p{L}\p{N}-]{1,63}\.){1,20}[\p{L}\p{N}-]{2,63}(?![\p{L}\p{N}@])\.?(?::\d{1,5})?`;
const REST = String.raw`[/?][^\s<>"'“”\u0000-\u001f\ufffc]{0,8192}`;
/** What a phone shows as a link though it has no scheme: a name that begins with "www.", and one that a path follows. */
const BARE = new RegExp(String.raw`${NAME_BEGINS}(?:(?=www\.)${NAME}(?:${REST})?|${NAME}${REST})`, 'giu');

/**
 * The links in a message: those with a scheme, and those that a phone makes of "www.example.org" and "example.org/page", told with the scheme that
 * it opens them by. A host alone is left to the scan of bytes: people name hosts that they warn of.
 */
export function linksInMessage(text: string): readonly string[] {
  const links = linksIn(text);
  if (!/\/|www\./i.test(text)) return links;
  const bare = text.match(BARE);
  return bare === null ? links : [...links, ...bare.map((link) => `http://${link}`)];
}

/** Bytes that end a link in an archive: controls, blank, quotes, angle brackets, everything beyond ASCII. */
const ENDS = new Uint8Array(256).map((_, byte) =>
  byte <= 0x20 || byte >= 0x7f || '"\'<>'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/**
 * The http(s) links in bytes of any format, as far as they are ASCII; for archives in which text stands raw.
 *
 * @param known links that the bytes hold for certain: when there are no more, nothing is searched
 */
export function linksInBytes(bytes: Uint8Array, known = 0): readonly string[] {
  const ends: number[] = [];
  for (let at = bytes.indexOf(0x3a); at >= 0; at = bytes.indexOf(0x3a, at + 1)) {
    if (bytes[at + 1] === 0x2f && bytes[at + 2] === 0x2f) ends.push(at);
  }
  if (ends.length <= known) return NONE;
  const links: string[] = [];
  let last = 0;
  for (const at of ends) {
    const start = at < last ? -1 : schemeBefore(bytes, at);
    if (start < 0) continue;
    let end = at + 3;
    while (end < bytes.length && end - start < MAX_LINK_BYTES && ENDS[bytes[end] ?? 0] === 0) end++;
    if (end > at + 3) links.push(String.fromCharCode(...bytes.subarray(start, end)));
    last = end;
  }
  return links;
}

const NONE: readonly string[] = [];
const MAX_LINK_BYTES = 8192;

/** Where "http" or "https" begins that ends at `end`, or -1. */
function schemeBefore(bytes: Uint8Array, end: number): number {
  const start = ((bytes[end - 1] ?? 0) | 0x20) === 0x73 ? end - 5 : end - 4;
  if (start < 0) return -1;
  for (let i = 0; i < 4; i++) if (((bytes[start + i] ?? 0) | 0x20) !== HTTP[i]) return -1;
  return start;
}

/** "http" */
const HTTP = [0x68, 0x74, 0x74, 0x70];
