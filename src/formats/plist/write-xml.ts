import { toBase64, utf8Bytes } from '../../base/index.ts';
import { PlistUid, type PlistValue } from './value.ts';

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`;

/**
 * Writes an XML property list.
 *
 * Whole numbers become `<integer>`, others `<real>`; members that are undefined are left out. Throws TypeError for what XML cannot
 * carry (null, PlistUid): our own mistake, never an input's.
 */
export function writeXmlPlist(value: PlistValue): Uint8Array<ArrayBuffer> {
  const out: string[] = [HEAD];
  write(value, out);
  out.push('</plist>\n');
  return utf8Bytes(out.join(''));
}

function write(value: PlistValue, out: string[]): void {
  if (typeof value === 'string') out.push(`<string>${escapeText(value)}</string>\n`);
  else if (typeof value === 'boolean') out.push(value ? '<true/>\n' : '<false/>\n');
  else if (typeof value === 'bigint') out.push(`<integer>${value}</integer>\n`);
  else if (typeof value === 'number')
    out.push(Number.isSafeInteger(value) ? `<integer>${value}</integer>\n` : `<real>${real(value)}</real>\n`);
  else if (value instanceof Date) out.push(`<date>${value.toISOString().replace(/\.\d+Z$/, 'Z')}</date>\n`);
  else if (value instanceof Uint8Array) out.push(`<data>${toBase64(value)}</data>\n`);
  else if (value === null || value instanceof PlistUid)
    throw new TypeError('Cannot write XML property list: null or UID');
  else if (Array.isArray(value)) writeArray(value, out);
  else writeDict(value as { readonly [key: string]: PlistValue | undefined }, out); // every other kind is handled above
}

function writeArray(items: readonly PlistValue[], out: string[]): void {
  out.push('<array>\n');
  for (const item of items) write(item, out);
  out.push('</array>\n');
}

function writeDict(dict: { readonly [key: string]: PlistValue | undefined }, out: string[]): void {
  out.push('<dict>\n');
  for (const key of Object.keys(dict)) {
    const member = dict[key];
    if (member === undefined) continue;
    out.push(`<key>${escapeText(key)}</key>\n`);
    write(member, out);
  }
  out.push('</dict>\n');
}

function real(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+infinity' : '-infinity';
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
}
