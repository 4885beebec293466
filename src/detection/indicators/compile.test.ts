import { describe, expect, it } from 'vitest';
import { processorMs } from '../../base/testing.ts';
import type { IndicatorKey, StixIndicator } from '../../formats/stix/index.ts';
import {
  compileIndicators,
  isCommonName,
  isShortLink,
  matchApp,
  matchAppInPath,
  matchCertificate,
  matchEmail,
  matchHash,
  matchHost,
  matchPath,
  matchPathPart,
  matchProcess,
  matchProperty,
  matchUrl,
} from './index.ts';

type Pair = readonly [IndicatorKey, string, Partial<StixIndicator>?];

const feedOf = (source: string, ...pairs: readonly Pair[]) => ({
  source,
  bundle: {
    indicators: pairs.map(([key, value, more], i) => ({ id: `${source}-${i}`, key, value, collection: 'c', ...more })),
    unsupported: [],
  },
});
const indexOf = (...pairs: readonly Pair[]) => compileIndicators([feedOf('s', ...pairs)]);

// The set of MVT's own tests (indicators-and-detection, chapter 11).
const SHA256 = '570cd76bf49cf52e0cb347a68bdcf0590b2eaece134e1b1eba7e8d66261bdbe6';
const SHA1 = 'da0611a300a9ce9aa7a09d1212f203fca5856794';
const BASE: readonly Pair[] = [
  ['domain-name', 'example.org'],
  ['ip-addr', '198.51.100.1'],
  ['process:name', 'Launch'],
  ['email-addr', 'foobar@example.org'],
  ['file:name', '/var/foobar/txt'],
  ['android-property:name', 'sys.foobar'],
  ['file:hash', SHA256],
  ['file:hash', SHA1],
  ['url', 'http://example.com/thisisbad'],
];

describe('the base set', () => {
  const index = indexOf(...BASE);

  it('has nine indicators and judges URLs, digests, properties and parts of paths as published', () => {
    expect([index.count, index.unsupported]).toEqual([9, []]);
    const bad = [
      'http://example.com/thisisbad',
      'https://www.example.org/foobar',
      'http://example.org:8080/toto',
      'https://198.51.100.1:8080/',
    ];
    const good = [
      'http://example.com/thisisgood',
      'https://example.com/',
      'https://github.com',
      'https://1.1.1.1/',
      '42',
    ];
    expect(bad.filter((url) => matchUrl(index, url) === undefined)).toEqual([]);
    expect(good.filter((url) => matchUrl(index, url) !== undefined)).toEqual([]);
    expect([SHA256, SHA1.toUpperCase()].map((hash) => matchHash(index, hash)?.value)).toEqual([SHA256, SHA1]);
    expect(matchHash(index, '003764fd74bf13cff9bf1ddd870cbf593b23e2b584ba4465114023870ea6fbef')).toBeUndefined();
    expect(matchHash(index, SHA256.slice(0, 40))).toBeUndefined();
    expect([matchProperty(index, 'SYS.foobar')?.value, matchProperty(index, 'sys.soundsokay')]).toEqual([
      'sys.foobar',
      undefined,
    ]);
    expect(matchPathPart(index, '/private/var/db/Launch/x')?.value).toBe('Launch');
    expect([matchPathPart(index, '/private/Launcher'), matchPathPart(index, '')]).toEqual([undefined, undefined]);
  });

  it('compares a file name with slashes with the whole path', () => {
    expect(matchPath(index, '/var/foobar/txt', 'txt')?.value).toBe('/var/foobar/txt');
    expect(matchPath(index, '/var/foobar/txt/below', 'below')).toBeUndefined();
    expect(matchPath(index, '/var/foobar', 'foobar')).toBeUndefined();
  });
});

describe('match…()', () => {
  it('compares addresses as numbers', () => {
    const index = indexOf(
      ['ip-addr', '198.51.100.1'],
      ['ip-addr', '2001:DB8:0:0::1/128'],
      ['domain-name', '203.0.113.9'],
    );
    const same = [
      '198.51.100.1',
      '0xc6.51.100.1',
      '3325256705',
      '::ffff:198.51.100.1',
      '[2001:db8::1]',
      '2001:db8:0::1%en0',
    ];
    expect(same.filter((text) => matchHost(index, text) === undefined)).toEqual([]);
    expect(matchUrl(index, 'https://[2001:0db8::0001]:8443/x')?.type).toBe('ip-addr');
    const others = ['198.51.100.11', '98.51.100.1', '2001:db8::11', '203.0.113.9.example', '1.198.51.100.1'];
    expect(others.filter((text) => matchHost(index, text) !== undefined)).toEqual([]);
  });

  it('takes a URL among the domains as that URL, not as its host', () => {
    const index = indexOf(['domain-name', 'https://github.com/someone/tool'], ['domain-name', 'short.example/x']);
    expect([index.count, index.unsupported]).toEqual([2, []]);
    expect(matchUrl(index, 'https://github.com/someone/tool')).toBeDefined();
    expect([matchHost(index, 'github.com'), matchUrl(index, 'https://short.example/')]).toEqual([undefined, undefined]);
    expect(matchUrl(index, 'http://short.example/x')).toBeDefined();
  });

  it('keeps a range of addresses as unsupported', () => {
    const index = indexOf(['ip-addr', '198.51.100.0/24'], ['ip-addr', 'x.example']);
    expect([index.count, index.unsupported.map(({ why }) => why)]).toEqual([
      0,
      ['ranges of addresses are not supported', 'not an address'],
    ]);
  });

  it('reads hosts as browsers do', () => {
    const index = indexOf(['domain-name', 'bad.example']);
    for (const url of [
      'https://b%61d.example/',
      'https://ｂａｄ．example/',
      'https://ba\nd.example/',
      'https://bad.example\\@good.example/',
    ]) {
      expect(matchUrl(index, url)?.value, url).toBe('bad.example');
    }
    expect(matchUrl(index, 'https://bad.example@good.example/')).toBeUndefined();
  });

  it('takes names that many share exactly, and marks what it derives from "www."', () => {
    const index = indexOf(
      ['domain-name', 'appspot.com'],
      ['domain-name', 'co.uk'],
      ['domain-name', 'www.shop.example'],
      ['domain-name', 'www.github.io'],
    );
    expect(['x.appspot.com', 'x.co.uk', 'x.shop.example', 'github.io'].map((host) => matchHost(index, host))).toEqual(
      Array.from({ length: 4 }),
    );
    expect(matchHost(index, 'www.shop.example')?.derived).toBeUndefined();
    expect(matchHost(index, 'shop.example')?.derived).toBe('the host without its "www."');
    const own = indexOf(['domain-name', 'www.shop.example'], ['domain-name', 'shop.example']);
    expect(matchHost(own, 'shop.example')?.derived).toBeUndefined();
  });

  it('matches apps whole, in process names and in paths', () => {
    const index = indexOf(['app:id', 'com.Bad.app'], ['app:cert', 'a'.repeat(40)]);
    expect(['COM.bad.app', 'com.bad.app:service', 'x:com.bad.app'].map((id) => matchApp(index, id)?.value)).toEqual(
      Array.from({ length: 3 }, () => 'com.Bad.app'),
    );
    expect(['com.bad', 'com.bad.app2', 'a.com.bad.app'].map((id) => matchApp(index, id))).toEqual(
      Array.from({ length: 3 }),
    );
    expect(matchAppInPath(index, '/data/user/0/com.bad.app/databases/x.db')?.value).toBe('com.Bad.app');
    expect(matchAppInPath(index, '/data/com.bad.app.x')).toBeUndefined();
    expect(matchCertificate(index, Array.from({ length: 20 }, () => 'AA').join(':'))?.type).toBe('app:cert');
    expect(matchCertificate(index, 'a'.repeat(64))).toBeUndefined();
  });

  it('sees one place under its several names', () => {
    const index = indexOf(
      ['file:path', '/sdcard/Download/x.apk'],
      ['file:path', '/data/data/com.bad/'],
      ['file:path', '/private/var/tmp/a'],
    );
    for (const path of [
      '/storage/emulated/0/Download/x.apk',
      '/data/media/0/Download/x.apk',
      '/data/user/0/com.bad/files/y',
      '/tmp/b/../a/z',
    ]) {
      expect(matchPath(index, path, ''), path).toBeDefined();
    }
    expect(matchPath(index, '/data/user/10/com.bad/x', '')).toBeUndefined();
  });

  it('knows short names, and cuts long ones as iOS does', () => {
    const index = indexOf(['process:name', 'com.apple.very.long.name'], ['process:name', '/usr/libexec/rolexd']);
    expect([isCommonName('bh'), isCommonName('rolexd')]).toEqual([true, false]);
    expect([matchProcess(index, 'com.apple.very.l')?.value, matchProcess(index, 'rolexd')?.value]).toEqual([
      'com.apple.very.long.name',
      '/usr/libexec/rolexd',
    ]);
    expect(matchEmail(indexOf(['email-addr', 'a@b.example']), '<mailto:A@b.example>')?.value).toBe('a@b.example');
  });
});

describe('lookups', () => {
  it('take time in proportion to hostile input, not to its square', () => {
    const index = indexOf(...BASE);
    const startedAt = processorMs();
    for (const char of ['!', "'", '>', '.', '%', '@', ':', '/', '-', '0', '\t']) {
      const text = char.repeat(300_000);
      for (const input of [text, `${text}x`, `https://${text}x`, `https://x.example/${text}x`]) {
        matchUrl(index, input);
        matchHost(index, input);
        matchEmail(index, input);
        matchPath(index, input, input);
        matchPathPart(index, input);
        matchProcess(index, input);
        matchApp(index, input);
        matchCertificate(index, input);
        isShortLink(input);
      }
    }
    expect(processorMs() - startedAt).toBeLessThan(5000);
  });
});

describe('isShortLink()', () => {
  it('marks links of shorteners, but not places on a map, their front pages, or others', () => {
    const short = ['https://bit.ly/example', 'http://www.tinyurl.com/x', 'HTTPS://T.CO/abc?x', 'https://goo.gl/mapsx'];
    const plain = [
      'https://goo.gl/maps/example',
      'https://bit.ly/',
      'https://notbit.ly/x',
      'https://x.example/bit.ly/x',
      'bit.ly',
    ];
    expect(short.map(isShortLink)).toEqual(short.map(() => true));
    expect(plain.map(isShortLink)).toEqual(plain.map(() => false));
  });
});

describe('compileIndicators()', () => {
  it('keeps where an indicator comes from', () => {
    const more = { confidence: 80, tlp: 'green', validFromMs: 1, validUntilMs: 2000 };
    const feed = {
      ...feedOf('amnesty', ['domain-name', 'bad.example', more]),
      version: 3,
      licence: 'CC BY 2.0',
      isPrivate: true,
    };
    expect(matchHost(compileIndicators([feed]), 'x.bad.example')).toEqual({
      id: 'amnesty-0',
      type: 'domain-name',
      value: 'bad.example',
      collection: 'c',
      source: 'amnesty',
      version: 3,
      licence: 'CC BY 2.0',
      isPrivate: true,
      weight: undefined,
      derived: undefined,
      ...more,
    });
  });

  it('keeps revoked and expired indicators apart', () => {
    const feed = feedOf(
      's',
      ['domain-name', 'old.example', { validUntilMs: 1000 }],
      ['domain-name', 'new.example', { validUntilMs: 3000 }],
    );
    const revoked = [{ id: 'r', key: 'process:name', value: 'gone', collection: 'c' }] as const;
    const index = compileIndicators([{ ...feed, bundle: { ...feed.bundle, revoked } }], { nowMs: 1000 });
    expect([index.count, index.apart.map(({ indicator, why }) => `${indicator.value} ${why}`)]).toEqual([
      1,
      ['gone revoked', 'old.example expired'],
    ]);
    expect([matchHost(index, 'old.example'), matchProcess(index, 'gone')]).toEqual([undefined, undefined]);
    expect(matchHost(index, 'new.example')?.value).toBe('new.example');
  });

  it('prefers full weight among equal indicators and remembers the others', () => {
    const index = compileIndicators([
      feedOf('shop', ['domain-name', 'spy.example', { weight: 'low' }]),
      feedOf('c2', ['domain-name', 'Spy.example']),
      feedOf('third', ['domain-name', 'spy.example']),
    ]);
    const match = matchHost(index, 'spy.example');
    expect(match?.source).toBe('c2');
    expect(match && index.alsoKnown.get(match)?.map(({ source }) => source)).toEqual(['shop', 'third']);
  });
});
