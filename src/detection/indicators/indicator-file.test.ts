import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { parseIndicatorFile } from './index.ts';

const read = (name: string, text: string) =>
  parseIndicatorFile(name, utf8Bytes(text))?.indicators.map(({ key, value, collection }) => [key, value, collection]);

describe('parseIndicatorFile()', () => {
  it('reads a plain list, each value by its shape or its type', () => {
    const list = `# own indicators
bad.example            # seen in March
https://x.example/a#b
198.51.100.7
2001:db8::1
someone@x.example
/private/var/tmp/x y
${'A'.repeat(32)}
short.example/x
app:id com.bad.app
process:name bh
`;
    expect(read('own.txt', list)?.map(([key, value]) => `${key} ${value}`)).toEqual([
      'domain-name bad.example',
      'url https://x.example/a#b',
      'ip-addr 198.51.100.7',
      'ip-addr 2001:db8::1',
      'email-addr someone@x.example',
      'file:path /private/var/tmp/x y',
      `file:hash ${'a'.repeat(32)}`,
      'domain-name short.example/x',
      'app:id com.bad.app',
      'process:name bh',
    ]);
    expect(parseIndicatorFile('own.txt', utf8Bytes('what is this\nlocalhost\n'))?.unsupported.length).toBe(2);
  });

  it('reads CSV with a header, quotes and semicolons', () => {
    expect(read('own.csv', 'type,value,collection\ndomain-name,bad.example,"A, ""B"""\n,1.2.3.4,\n')).toEqual([
      ['domain-name', 'bad.example', 'A, "B"'],
      ['ip-addr', '1.2.3.4', 'own.csv'],
    ]);
    expect(read('own.csv', 'type;value\r\nprocess:name;bh\r\n')).toEqual([['process:name', 'bh', 'own.csv']]);
  });

  it('tells formats by content, and leaves other files alone', () => {
    expect(read('x.yaml', '- name: A\n  packages: [com.a]\n')).toEqual([['app:id', 'com.a', 'A']]);
    expect(read('samples.csv', `SHA256,Package Name,Certificate,Version,App\n${'a'.repeat(64)},,,,A\n`)).toEqual([
      ['file:hash', 'a'.repeat(64), 'A'],
    ]);
    expect(read('feed', '{"type":"bundle","objects":[]}')).toEqual([]);
    expect([read('indicators.yaml', 'indicators:\n  - name: x\n'), read('LICENSE', 'MIT')]).toEqual([
      undefined,
      undefined,
    ]);
    expect(() => read('x.json', '[]')).toThrow(FormatError);
  });

  it('throws only FormatError', () => {
    const names = fc.constantFrom('a.json', 'a.yaml', 'a.txt', 'a.csv', 'a');
    fc.assert(
      fc.property(names, fc.oneof(fc.uint8Array(), fc.string().map(utf8Bytes)), (name, bytes) => {
        try {
          parseIndicatorFile(name, bytes);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      { numRuns: runs(500) },
    );
  });
});
