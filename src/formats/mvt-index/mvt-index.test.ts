import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FormatError, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { mutate, seeded } from '../testing.ts';
import { parseMvtIndex } from './index.ts';

const INPUTS = runs(2000);
const PUBLIC = 'test/vectors/public/indicators/mvt/indicators.yaml';

describe('parseMvtIndex()', () => {
  it('names files and skips entries that would leave their repository or HTTPS', () => {
    const github = (path: string) => `{owner: o, repo: r, branch: b, path: ${path}}`;
    const text = `indicators:
  - {type: github, name: A, sources: [X], references: [https://x.example], github: ${github('a/b.stix2')}}
  - {type: download, name: B, download_url: https://y.example/b.stix2}
  - {name: C, github: ${github('../x/c.stix2')}}
  - {name: D, download_url: http://y.example/d.stix2}
  - nothing
`;
    expect(parseMvtIndex(utf8Bytes(text))).toEqual({
      files: [
        {
          name: 'A',
          publishers: ['X'],
          references: ['https://x.example'],
          url: 'https://raw.githubusercontent.com/o/r/b/a/b.stix2',
        },
        { name: 'B', publishers: [], references: [], url: 'https://y.example/b.stix2' },
      ],
      skipped: [
        { name: 'C', why: 'entry names no file' },
        { name: 'D', why: 'entry names no file' },
        { name: 'Unnamed', why: 'entry names no file' },
      ],
    });
    expect(() => parseMvtIndex(utf8Bytes('- a'))).toThrow(FormatError);
  });

  it('refuses mutated lists with FormatError alone, and gives HTTPS addresses alone', () => {
    const vector = utf8Bytes(
      'indicators:\n  - {type: github, name: A, github: {owner: o, repo: r, branch: b, path: a/b.stix2}}\n  - {name: B, download_url: https://y.example/b}\n',
    );
    let refused = 0;
    for (let i = 0; i < INPUTS; i++) {
      try {
        for (const { url } of parseMvtIndex(mutate(vector, seeded(i + 1))).files) expect(url).toMatch(/^https:/);
      } catch (error) {
        if (!(error instanceof FormatError)) throw new Error(`input ${i}`, { cause: error });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(INPUTS / 100);
  });

  it.skipIf(!existsSync(PUBLIC))('reads the public list', () => {
    const { files, skipped } = parseMvtIndex(readFileSync(PUBLIC));
    expect([files.length, skipped]).toEqual([15, []]);
  });
});
