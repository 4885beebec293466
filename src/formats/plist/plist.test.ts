import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, fromBase64, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { type PlistValue, parsePlist, writeXmlPlist } from './index.ts';

const xml = (inner: string): Uint8Array =>
  utf8Bytes(`<?xml version="1.0"?><!DOCTYPE plist SYSTEM "x"><plist version="1.0">${inner}</plist>`);
const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
  return 'ok';
};
// python3 plistlib.dumps({'a':[1,-2,2**40,'é','x',True,1.5,b'\1\2'],'d':datetime(2024,1,2,3,4,5)}, fmt=FMT_BINARY)
const BINARY =
  'YnBsaXN0MDDSAQIDDFFhUWSoBAUGBwgJCgsQARP//////////hMAAAEAAAAAAGEA6VF4CSM/+AAAAAAAAEIBAjNBxaHaUoAAAAgNDxEaHCUuMTM0PUAAAAAAAAABAQAAAAAAAAANAAAAAAAAAAAAAAAAAAAASQ==';

describe('parsePlist()', () => {
  it('reads each kind of XML value', () => {
    const value = parsePlist(
      xml(
        '<dict><key>s</key><string>a&amp;&#65;<![CDATA[<]]></string><key>i</key><integer>-5</integer><key>b</key><integer>18446744073709551615</integer>' +
          '<key>r</key><real>1.5</real><key>t</key><true/><key>d</key><date>2024-01-02T03:04:05Z</date><key>x</key><data>AQI=</data><key>a</key><array><dict/></array></dict>',
      ),
    );
    expect({ ...(value as object) }).toEqual({
      s: 'a&A<',
      i: -5,
      b: 18446744073709551615n,
      r: 1.5,
      t: true,
      d: new Date('2024-01-02T03:04:05Z'),
      x: new Uint8Array([1, 2]),
      a: [{}],
    });
  });

  it('reads a binary list', () => {
    const value = parsePlist(fromBase64(BINARY));
    expect({ ...(value as object) }).toEqual({
      a: [1, -2, 2 ** 40, 'é', 'x', true, 1.5, new Uint8Array([1, 2])],
      d: new Date('2024-01-02T03:04:05Z'),
    });
  });

  it.each([
    ['plist-entity', '<string>&foo;</string>'],
    ['plist-tag', '<foo/>'],
    ['plist-duplicate', '<dict><key>a</key><true/><key>a</key><true/></dict>'],
    ['plist-depth', `${'<array>'.repeat(200)}${'</array>'.repeat(200)}`],
    ['plist-number', '<integer>1e3</integer>'],
    ['plist-date', '<date>yesterday</date>'],
    ['plist-data', '<data>*</data>'],
  ])('refuses with %s', (expected, inner) => {
    expect(code(() => parsePlist(xml(inner)))).toBe(expected);
  });

  it('refuses a DOCTYPE with entities, bad UTF-8, cycles', () => {
    expect(
      code(() => parsePlist(utf8Bytes('<!DOCTYPE plist [<!ENTITY a "b">]><plist><string>&a;</string></plist>'))),
    ).toBe('plist-doctype');
    expect(code(() => parsePlist(new Uint8Array([0x3c, 0xff])))).toBe('plist-utf8');
    const trailer = new Uint8Array(32);
    trailer.set([1, 1], 6);
    trailer[15] = 1;
    trailer[31] = 10;
    const cycle = new Uint8Array([...utf8Bytes('bplist00'), 0xa1, 0x00, 8, ...trailer]);
    expect(code(() => parsePlist(cycle))).toBe('plist-cycle');
  });

  it('returns what writeXmlPlist() wrote', () => {
    const leaf = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', '&', '<', 'é', '\r', '\n', ' ') }),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.uint8Array({ maxLength: 9 }),
    );
    const tree = fc.letrec<{ value: PlistValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }) as fc.Arbitrary<PlistValue>,
      ),
    })).value;
    fc.assert(
      fc.property(tree, (value) => {
        expect(parsePlist(writeXmlPlist(value))).toEqual(value);
      }),
      { numRuns: runs(200) },
    );
  });

  it('throws only FormatError on mutated and truncated lists', () => {
    const seeds = [fromBase64(BINARY), writeXmlPlist({ a: [1, 'x', new Date(0)], b: new Uint8Array(3) })];
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.nat(),
        (seed, edits, cut) => {
          const bytes = seed.slice(0, cut % 3 === 0 ? cut % seed.length : seed.length);
          for (const [at, byte] of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          code(() => parsePlist(bytes));
        },
      ),
      { numRuns: runs(500) },
    );
  });
});
