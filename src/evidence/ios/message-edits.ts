import { FormatError } from '../../base/index.ts';
import { isPlistDict, type PlistDict, parsePlist } from '../../formats/plist/index.ts';
import { attributedBodyText } from '../../formats/typedstream/index.ts';
import { appleTimeMs } from '../times.ts';

/** What became of a message after it was sent. */
export interface MessageEdits {
  /** Every text that each edited part has had, oldest first; the last is the present one. */
  readonly formerTexts: readonly { readonly part: number; readonly text: string; readonly atMs: number | undefined }[];
  /** Parts that the sender took back: their text is gone. */
  readonly retractedParts: readonly number[];
}

const MAX_TEXTS = 100;

/**
 * Reads `message.message_summary_info` (iOS 16): `ec` holds for each edited part its texts as typedstreams (`t`) with their times (`d`), `rp` the
 * parts that were taken back.
 *
 * Nearly every message has such a list, nearly none has these keys: they are looked for in the bytes first.
 * @returns undefined for a message that was neither edited nor taken back, or whose list cannot be read
 */
export function readMessageEdits(bytes: Uint8Array): MessageEdits | undefined {
  if (!hasKey(bytes, 0x65, 0x63) && !hasKey(bytes, 0x72, 0x70)) return undefined;
  let list: unknown;
  try {
    list = parsePlist(bytes);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
  const summary = list as PlistDict;
  if (!isPlistDict(summary)) return undefined;
  const formerTexts = formerTextsOf(summary['ec']);
  const retractedParts = Array.isArray(summary['rp'])
    ? summary['rp'].filter((part): part is number => typeof part === 'number').slice(0, MAX_TEXTS)
    : [];
  return formerTexts.length === 0 && retractedParts.length === 0 ? undefined : { formerTexts, retractedParts };
}

/** Whether the two letters stand as a string object of a binary list (0x52: ASCII of two characters) or as an XML key. */
function hasKey(bytes: Uint8Array, first: number, second: number): boolean {
  const mark = bytes[0] === 0x3c ? 0x3e : 0x52;
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    if (bytes[at + 1] === first && bytes[at + 2] === second) return true;
  }
  return false;
}

function formerTextsOf(edited: PlistDict[string]): MessageEdits['formerTexts'] {
  const texts: MessageEdits['formerTexts'][number][] = [];
  if (!isPlistDict(edited)) return texts;
  for (const part of Object.keys(edited)) {
    const history = edited[part];
    for (const entry of Array.isArray(history) ? history : []) {
      if (!isPlistDict(entry) || texts.length >= MAX_TEXTS) continue;
      const { t: body, d: date } = entry;
      const text = body instanceof Uint8Array ? attributedBodyText(body) : undefined;
      if (text !== undefined) texts.push({ part: Number(part), text, atMs: appleTimeMs(date) });
    }
  }
  return texts;
}
