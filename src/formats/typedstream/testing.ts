import { concatBytes, fromHex, toHex, utf8Bytes } from '../../base/index.ts';

/** An attributedBody as Messages writes it: the text, and one run with a part number and, when given, a link. */
export function makeAttributedBody(text: string, link?: string): Uint8Array<ArrayBuffer> {
  const ascii = (value: string): string => toHex(utf8Bytes(value));
  const size = utf8Bytes(text).length;
  const head = `040b${ascii('streamtyped')}81e803840140848484${'12'}${ascii('NSAttributedString')}00848408${ascii('NSObject')}0085`;
  const string = `92848484${'08'}${ascii('NSString')}019484012b${lengthOf(size)}${ascii(text)}86`;
  const run = `84026949${'01'}${lengthOf(text.length)}92848484${'0c'}${ascii('NSDictionary')}0094840169${link === undefined ? '01' : '02'}`;
  const part = `92849696${'1d'}${ascii('__kIMMessagePartAttributeName')}8692848484${'08'}${ascii('NSNumber')}00848407${ascii('NSValue')}009484012a8499990086`;
  const url =
    link === undefined
      ? ''
      : `92849696${'17'}${ascii('__kIMLinkAttributeName_')}8692848484${'05'}${ascii('NSURL')}009484016300${`92849696${lengthOf(link.length)}`}${ascii(link)}8686`;
  return concatBytes([fromHex(head + string + run + part + url), fromHex('8686')]);
}

function lengthOf(size: number): string {
  if (size < 0x80) return size.toString(16).padStart(2, '0');
  const bytes = new Uint8Array(size < 0x8000 ? 2 : 4);
  if (bytes.length === 2) new DataView(bytes.buffer).setUint16(0, size, true);
  else new DataView(bytes.buffer).setUint32(0, size, true);
  return (bytes.length === 2 ? '81' : '82') + toHex(bytes);
}
