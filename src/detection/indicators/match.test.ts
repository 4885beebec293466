import { describe, expect, it } from 'vitest';
import type { IndicatorKey } from '../../formats/stix/index.ts';
import { compileIndicators, matchEmail, matchHost, matchPath, matchProcess, matchProfile, matchUrl } from './index.ts';

function indexOf(...pairs: readonly (readonly [IndicatorKey, string])[]) {
  const indicators = pairs.map(([key, value], i) => ({ id: `${i}`, key, value, collection: 'c' }));
  return compileIndicators([{ source: 's', bundle: { indicators, unsupported: [] } }]);
}

describe('matchUrl() and matchHost()', () => {
  const index = indexOf(
    ['domain-name', 'a.bad.example'],
    ['domain-name', 'github.io'],
    ['domain-name', 'www.shop.example'],
    ['ip-addr', '198.51.100.1'],
    ['domain-name', '1.2.3.4'],
    ['domain-name', 'bücher.example'],
    ['url', 'http://example.com/thisisbad?a=b'],
    ['domain-name', 'short.example/x'],
  );

  it('match by whole labels, whatever port, user and case', () => {
    for (const url of [
      'https://a.bad.example/',
      'https://A.BAD.example.:8443/x',
      'https://user:p@ss@deep.a.bad.example/',
      'http://198.51.100.1:8080/',
      'https://shop.example/',
      'https://www.shop.example/',
      'https://xn--bcher-kva.example/',
      'HTTP://example.com:80/thisisbad?a=b#part',
      'http://example.com/thisisbad?a=b).',
      'https://short.example/x',
    ]) {
      expect(matchUrl(index, url), url).toBeDefined();
    }
  });

  it('stay silent on near misses', () => {
    for (const url of [
      'https://bad.example/',
      'https://b.bad.example/',
      'https://xa.bad.example/',
      'https://a.bad.example.org/',
      'https://other.org/?q=a.bad.example',
      'https://someone.github.io/',
      'https://x.shop.example/',
      'https://1.2.3.45/',
      'http://example.com/thisisgood',
      'http://example.com/',
      'https://short.example/',
      'a.bad.example@other.org',
    ]) {
      expect(matchUrl(index, url), url).toBeUndefined();
    }
    expect(matchHost(index, 'github.io')).toBeDefined();
  });
});

describe('other matches', () => {
  it('matchProcess() takes equal base names, and cut names of 16 characters', () => {
    const index = indexOf(['process:name', 'bh'], ['process:name', 'com.apple.very.long.name']);
    expect(['bh', '/usr/bin/bh', 'com.apple.very.l'].map((name) => matchProcess(index, name)?.value)).toEqual([
      'bh',
      'bh',
      'com.apple.very.long.name',
    ]);
    expect(matchProcess(index, 'com.apple.very.l', true)).toBeUndefined();
    expect(matchProcess(index, 'com.apple.very.long.name', true)?.value).toBe('com.apple.very.long.name');
    expect(['bhd', 'BH', 'abh', 'com.apple.very', ''].map((name) => matchProcess(index, name))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('matchPath() compares component by component', () => {
    const index = indexOf(
      ['file:path', '/private/var/tmp/l/'],
      ['file:path', 'Library/Preferences/com.apple.photolibraryd.plist'],
      ['file:path', '/private/var/mobile/Containers/Data/Application/0F/x'],
      ['file:name', 'dropper'],
    );
    const hit = (absolute: string | undefined, relative: string) => matchPath(index, absolute, relative) !== undefined;
    expect([
      hit('/private/var/tmp/l/x', 'x'),
      hit('/var/tmp/l', 'l'),
      hit('/tmp/l/x', 'x'),
      hit(
        '/private/var/root/Library/Preferences/com.apple.photolibraryd.plist',
        'Library/Preferences/com.apple.photolibraryd.plist',
      ),
      hit('/private/var/mobile/Containers/Data/Application/*/x', 'x'),
      hit(undefined, 'a/dropper'),
    ]).toEqual([true, true, true, true, true, true]);
    expect([
      hit('/private/var/tmp/log', 'log'),
      hit('/x/private/var/tmp/l', 'l'),
      hit(undefined, 'a/dropper2'),
    ]).toEqual([false, false, false]);
  });

  it('matchEmail() and matchProfile() ignore case only', () => {
    const index = indexOf(['email-addr', 'Bad@example.org'], ['configuration-profile:id', 'ABCD-1']);
    expect(matchEmail(index, 'mailto:"bad@EXAMPLE.org"'.replaceAll('"', ''))).toBeDefined();
    expect(matchEmail(index, 'xbad@example.org')).toBeUndefined();
    expect(matchProfile(index, 'abcd-1')).toBeDefined();
    expect(matchProfile(index, '-')).toBeUndefined();
  });
});
