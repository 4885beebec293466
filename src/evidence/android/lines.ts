import type { OpenFile } from '../evidence.ts';

/** Longest line that is read whole; of a longer one its start is. Overrides of platform_compat fill tens of kilobytes. */
const CHUNK_BYTES = 256 * 1024;

/** Gives the lines of a part of a file, without their ends; bytes that are no UTF-8 become U+FFFD. Holds one chunk at a time. */
export function* linesOf(file: OpenFile, from = 0, to = file.sizeBytes): Generator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let at = from;
  let insideLine = false;
  while (at < to) {
    const bytes = file.read(at, Math.min(CHUNK_BYTES, to - at));
    if (bytes.length === 0) return;
    const last = at + bytes.length >= to;
    const lineEnd = bytes.lastIndexOf(0x0a) + 1;
    const end = last ? bytes.length : lineEnd || bytes.length;
    const lines = decoder.decode(bytes.subarray(0, end)).split('\n');
    at += end;
    if (bytes[end - 1] === 0x0a) lines.pop();
    for (const [i, line] of lines.entries()) {
      if (i > 0 || !insideLine) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    }
    insideLine = bytes[end - 1] !== 0x0a;
  }
}
