const URLS = /https?:\/\/[^\s<>"'“”\u0000-\u001f\ufffc]{1,8192}/giu;

/** The http(s) links in a text, as they stand there. */
export function linksIn(text: string): readonly string[] {
  return text.includes('://') ? (text.match(URLS) ?? []) : [];
}

/** Bytes that end a link in an archive: controls, blank, quotes, angle brackets, everything beyond ASCII. */
const ENDS = new Uint8Array(256).map((_, byte) =>
  byte <= 0x20 || byte >= 0x7f || '"\'<>'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/** The http(s) links in bytes of any format, as far as they are ASCII; for archives in which text stands raw. */
export function linksInBytes(bytes: Uint8Array): readonly string[] {
  const links: string[] = [];
  for (let at = bytes.indexOf(0x3a); at >= 0; at = bytes.indexOf(0x3a, at + 1)) {
    if (bytes[at + 1] !== 0x2f || bytes[at + 2] !== 0x2f) continue;
    const start = schemeBefore(bytes, at);
    if (start < 0) continue;
    let end = at + 3;
    while (end < bytes.length && ENDS[bytes[end] ?? 0] === 0) end++;
    if (end > at + 3) links.push(String.fromCharCode(...bytes.subarray(start, Math.min(end, start + MAX_LINK_BYTES))));
    at = end - 1;
  }
  return links;
}

const MAX_LINK_BYTES = 8192;

/** Where "http" or "https" begins that ends at `end`, or -1. */
function schemeBefore(bytes: Uint8Array, end: number): number {
  for (const scheme of ['https', 'http']) {
    const start = end - scheme.length;
    if (start >= 0 && String.fromCharCode(...bytes.subarray(start, end)).toLowerCase() === scheme) return start;
  }
  return -1;
}
