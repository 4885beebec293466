import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { parseSamplesCsv, parseStalkerwareYaml } from './index.ts';

const PUBLIC = 'test/vectors/public/indicators/stalkerware/ioc.yaml';
const SAMPLE = `- name: Spy
  names: [Spy, Other]
  type: stalkerware
  packages:
  - com.spy
  certificates:
  - ${'AB'.repeat(20)}
  - nonsense
  websites: [spy.example]
  distribution: [get.spy.example]
  certificate_cname_re: ^x$
  c2:
    ips: [198.51.100.9]
    domains: [spy.appspot.com]
- name: Parents
  type: watchware
  packages: [com.parents]
`;

describe('parseStalkerwareYaml()', () => {
  it('reads families, weighs shops and watchware low and tells what it cannot use', () => {
    const { indicators, unsupported } = parseStalkerwareYaml(utf8Bytes(SAMPLE));
    expect(indicators.map(({ key, value, collection, weight }) => [key, value, collection, weight])).toEqual([
      ['app:id', 'com.spy', 'Spy', undefined],
      ['app:cert', 'ab'.repeat(20), 'Spy', undefined],
      ['domain-name', 'spy.appspot.com', 'Spy', undefined],
      ['ip-addr', '198.51.100.9', 'Spy', undefined],
      ['domain-name', 'spy.example', 'Spy', 'low'],
      ['domain-name', 'get.spy.example', 'Spy', 'low'],
      ['app:id', 'com.parents', 'Parents', 'low'],
    ]);
    expect(unsupported.map(({ pattern }) => pattern)).toEqual([
      'Spy: certificates = nonsense',
      'Spy: certificate_cname_re',
    ]);
  });

  it('refuses anchors, other documents, and nesting without end', () => {
    const code = (text: string): string | undefined => {
      try {
        parseStalkerwareYaml(utf8Bytes(text));
        return undefined;
      } catch (error) {
        return error instanceof FormatError ? error.code : 'other';
      }
    };
    expect(
      [
        '- &a {name: x}\n- *a\n',
        '- name: &x y\n',
        '- name: x\n  packages: &p []\n',
        'a: b',
        `- name: ${'['.repeat(9000)}`,
        '- x',
      ].map(code),
    ).toEqual(['yaml-anchor', 'yaml-anchor', 'yaml-anchor', 'stalkerware-yaml', 'yaml-syntax', 'stalkerware-yaml']);
  });

  it('throws only FormatError on mutated files', () => {
    const bytes = utf8Bytes(SAMPLE);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, value, length) => {
        const mutated = bytes.slice(0, length);
        if (at < mutated.length) mutated[at] = value;
        try {
          parseStalkerwareYaml(mutated);
          parseSamplesCsv(mutated);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      { numRuns: runs(500) },
    );
  });

  it.skipIf(!existsSync(PUBLIC))('reads the public file with its published counts', () => {
    const { indicators, unsupported } = parseStalkerwareYaml(readFileSync(PUBLIC));
    const counts: Record<string, number> = {};
    for (const { key, weight } of indicators) {
      const name = `${key}${weight === undefined ? '' : ' low'}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    expect(counts).toEqual({
      'app:id': 616,
      'app:cert': 472,
      'domain-name': 925,
      'ip-addr': 65,
      'domain-name low': 668,
    });
    expect(unsupported.length).toBeGreaterThan(0);
  });
});

describe('parseSamplesCsv()', () => {
  it('reads digests with their family and tells bad rows', () => {
    const rows = [
      `${'ab'.repeat(32)},com.spy,${'CD'.repeat(20)},9,Spy`,
      `${'12'.repeat(32)},,,,Spy`,
      'x,,,,Spy',
      'short',
    ];
    const text = `SHA256,Package Name,Certificate,Version,App\r\n${rows.join('\r\n')}\r\n`;
    const { indicators, unsupported } = parseSamplesCsv(utf8Bytes(text));
    expect(indicators.map(({ key, value, collection }) => [key, value, collection])).toEqual([
      ['file:hash', 'ab'.repeat(32), 'Spy'],
      ['file:hash', '12'.repeat(32), 'Spy'],
    ]);
    expect(unsupported.map(({ pattern }) => pattern)).toEqual(['x,,,,Spy', 'short']);
    expect(() => parseSamplesCsv(utf8Bytes('a,b\n'))).toThrow(FormatError);
  });
});
