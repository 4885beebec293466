import { concatBytes, utf8Bytes } from '../../base/index.ts';

export interface AbxSource {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string | number | bigint | boolean | Uint8Array>>;
  readonly children?: readonly AbxSource[];
  readonly text?: string;
}

/** Writes binary XML as BinaryXmlSerializer does, with a pool of names. */
export function makeAbx(root: AbxSource): Uint8Array<ArrayBuffer> {
  const pool: string[] = [];
  const parts: Uint8Array[] = [utf8Bytes('ABX\0'), Uint8Array.of(0x10)];
  const text = (value: string): Uint8Array => concatBytes([u16(utf8Bytes(value).length), utf8Bytes(value)]);
  const interned = (value: string): Uint8Array => {
    const index = pool.indexOf(value);
    if (index >= 0) return u16(index);
    pool.push(value);
    return concatBytes([u16(0xffff), text(value)]);
  };
  const element = (source: AbxSource): void => {
    parts.push(Uint8Array.of(0x32), interned(source.name));
    for (const [name, value] of Object.entries(source.attributes ?? {})) {
      const [type, bytes] = encodeValue(value, text);
      parts.push(Uint8Array.of(type | 15), interned(name), bytes);
    }
    if (source.text !== undefined) parts.push(Uint8Array.of(0x24), text(source.text));
    for (const child of source.children ?? []) element(child);
    parts.push(Uint8Array.of(0x33), interned(source.name));
  };
  element(root);
  return concatBytes([...parts, Uint8Array.of(0x11)]);
}

function encodeValue(
  value: string | number | bigint | boolean | Uint8Array,
  text: (value: string) => Uint8Array,
): [number, Uint8Array] {
  if (typeof value === 'boolean') return [value ? 0xc0 : 0xd0, new Uint8Array(0)];
  if (value instanceof Uint8Array) return [0x40, concatBytes([u16(value.length), value])];
  if (typeof value === 'string') return [0x20, text(value)];
  const bytes = new Uint8Array(typeof value === 'bigint' ? 8 : 4);
  const view = new DataView(bytes.buffer);
  if (typeof value === 'bigint') view.setBigInt64(0, value);
  else view.setInt32(0, value);
  return [typeof value === 'bigint' ? 0x80 : 0x60, bytes];
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}
