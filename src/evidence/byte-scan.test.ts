import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../base/testing.ts';
import { type ByteHit, makeByteScanner, scanBytes } from './byte-scan.ts';
import type { OpenFile } from './evidence.ts';

const scanner = makeByteScanner(['bad.example', 'relay.example.org'], ['rolexecd', 'com.apple.store.agent', 'bh']);

function fileOf(bytes: Uint8Array): OpenFile {
  return { sizeBytes: bytes.length, read: (at, n) => bytes.subarray(at, at + n), close: () => {} };
}

function scan(content: string | Uint8Array): (readonly [ByteHit['kind'], string, number])[] {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const hits: (readonly [ByteHit['kind'], string, number])[] = [];
  expect(scanBytes(fileOf(bytes), scanner, ({ kind, value, offset }) => hits.push([kind, value, offset]))).toBe(
    bytes.length,
  );
  return hits;
}

function wide(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf16le'));
}

describe('scanBytes()', () => {
  it('reports hosts, their sub-domains, links and addresses', () => {
    expect(scan('x\0bad.example\0')).toEqual([['host', 'bad.example', 2]]);
    expect(scan('at A.B.Bad.EXAMPLE. next')).toEqual([['host', 'A.B.Bad.EXAMPLE', 3]]);
    expect(scan('<https://cdn.bad.example:8443/p?q=1">')).toEqual([
      ['host', 'cdn.bad.example', 9],
      ['url', 'https://cdn.bad.example:8443/p?q=1', 9],
    ]);
    expect(scan('To: ops@relay.example.org,')).toEqual([
      ['host', 'relay.example.org', 8],
      ['email', 'ops@relay.example.org', 8],
    ]);
  });

  it.each([
    ['https://lookup.example.net/domain/bad.example', true],
    ['https://search.example.net/?q=bad.example+news', true],
    ['https://go.example.net/?to=https://bad.example/x', false],
    ['https://good.example.net@bad.example/x', false],
    ['https://me@go.example.net/bad.example', false],
    ['https://bad.example/bad.example', false],
    ['["https://good.example.net/","bad.example"]', false],
    ['see https://good.example.net/ bad.example', false],
  ])('tells in %s whether the host is but mentioned: %s', (text, mentioned) => {
    for (const bytes of [new TextEncoder().encode(text), wide(text)]) {
      const hits: ByteHit[] = [];
      scanBytes(fileOf(bytes), scanner, (hit) => hits.push(hit));
      const [first] = hits.filter(({ kind }) => kind === 'host');
      expect(first?.mentioned ?? false).toBe(mentioned);
    }
  });

  it('is silent on names that only contain one', () => {
    for (const text of [
      'notbad.example',
      'bad.example.com',
      'bad.examples',
      'bad-example',
      'rolexecd2',
      'xrolexecd',
      'bh',
    ]) {
      expect(scan(` ${text} `).filter(([, value]) => ['bad.example', 'rolexecd'].includes(value))).toEqual([]);
    }
  });

  it('reports names as whole words, with the path before them', () => {
    expect(scan('/private/var/db/rolexecd\0')).toEqual([
      ['process', 'rolexecd', 16],
      ['path', '/private/var/db/rolexecd', 16],
    ]);
    expect(scan('(com.apple.store.agent)')).toContainEqual(['process', 'com.apple.store.agent', 1]);
  });

  it('reads UTF-16 of both orders', () => {
    for (const bytes of [
      wide(' http://bad.example/x '),
      wide(' http://bad.example/x ').map((_, i, all) => all[i ^ 1] ?? 0),
    ]) {
      expect(scan(bytes).map(([kind, value]) => [kind, value])).toEqual([
        ['host', 'bad.example'],
        ['url', 'http://bad.example/x'],
      ]);
    }
    expect(scan(wide(' rolexecd ')).map(([kind, value]) => [kind, value])).toEqual([['process', 'rolexecd']]);
  });

  it('finds each name wherever it lies, also over the edges of what is read at once', () => {
    const edge = 4 * 1024 * 1024;
    const bytes = new Uint8Array(2 * edge + 100);
    fc.assert(
      fc.property(fc.constantFrom(0, 1), fc.integer({ min: -1200, max: 1200 }), fc.boolean(), (k, distance, isHost) => {
        const name = new TextEncoder().encode(isHost ? 'q.bad.example' : 'rolexecd');
        const at = (k + 1) * edge - k * 1024 + distance;
        if (at < 1 || at + name.length >= bytes.length) return;
        bytes.set(name, at);
        const found = scan(bytes).map(([, value, offset]) => [value, offset]);
        bytes.fill(0, at, at + name.length);
        expect(found).toContainEqual([isHost ? 'q.bad.example' : 'rolexecd', at]);
      }),
      { numRuns: Math.min(60, runs(40)) },
    );
  });

  it('ends on any bytes and reports only what it was asked for', () => {
    const pieces = fc.constantFrom('bad.example', '.', '@', '//', '/', 'rolexecd', '\0', 'a', '-', 'https://', 'x.y');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        for (const [kind, value] of scan(parts.join(''))) {
          if (kind === 'host') expect(value.toLowerCase()).toMatch(/(^|\.)(bad\.example|relay\.example\.org)$/);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});
