import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CodedError } from '../base/index.ts';
import { matchHost } from '../detection/indicators/index.ts';
import { loadIndicators } from './indicator-store/load.ts';
import { stixOf } from './indicator-store/testing.ts';
import { indicators } from './indicators.ts';

let folder: string;
let store: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pavise-indicators-'));
  store = join(folder, 'store');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a command on the test's store: exit code and JSON, or the code of its error. */
async function run(...args: string[]): Promise<{ exit: number | string; result: Record<string, unknown> }> {
  let out = '';
  const io = { out: (text: string) => (out += text), err: () => {} };
  try {
    const exit = await indicators([...args, '--store', store, '--json'], io);
    return { exit, result: JSON.parse(out) as Record<string, unknown> };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { exit: error.code, result: { message: error.message } };
  }
}

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const load = (more: { onlyGiven?: boolean; given?: string[] } = {}) =>
  loadIndicators({ given: [], onlyGiven: false, store, nowMs: Date.now(), ...more });

describe('pavise indicators add', () => {
  it('keeps versions, says what changed and is quiet about the same content', async () => {
    const path = file('feed.stix2', stixOf("[domain-name:value='a.example']", "[domain-name:value='b.example']"));
    expect((await run('add', path)).result).toEqual({ name: 'feed', version: 1, indicators: 2, isNew: true });
    expect((await run('add', path)).result).toMatchObject({ version: 1, isNew: false });
    file('feed.stix2', stixOf("[domain-name:value='b.example']", "[process:name='bh']"));
    expect((await run('add', path)).result).toMatchObject({ version: 2, isNew: true });
    const indicator = (type: string, value: string) => ({ type, value, collection: 'Unnamed collection' });
    const difference = {
      from: 'feed@1',
      to: 'feed@2',
      added: [indicator('process:name', 'bh')],
      removed: [indicator('domain-name', 'a.example')],
    };
    expect((await run('diff')).result).toEqual({ differences: [difference] });
    expect((await run('diff', 'feed@2', 'feed@1')).result).toMatchObject({
      differences: [{ added: difference.removed }],
    });
    expect((await run('diff', 'feed', path)).result).toMatchObject({ differences: [{ added: [], removed: [] }] });
    const { index } = load();
    expect([index.count, matchHost(index, 'x.b.example')?.version, matchHost(index, 'a.example')]).toEqual([
      2,
      2,
      undefined,
    ]);
  });

  it('imports folders and private lists, and tells the organisation’s own apart', async () => {
    mkdirSync(join(folder, 'many'));
    file('many/a.yaml', '- name: Spy\n  packages: [com.spy]\n');
    file('many/b.json', stixOf("[domain-name:value='b.example']"));
    file('many/LICENSE', 'MIT');
    expect((await run('add', join(folder, 'many'))).result).toMatchObject({ name: 'many', indicators: 2 });
    const own = file('own.txt', 'own.example # ours\n');
    expect((await run('add', own, '--private', '--licence', 'ours', '--tlp', 'red')).exit).toBe(0);
    expect((await run('add', own)).exit).toBe('indicators-private');
    expect(matchHost(load().index, 'own.example')).toMatchObject({
      isPrivate: true,
      licence: 'ours',
      tlp: 'red',
      source: 'own/own.txt',
    });
    expect(load({ onlyGiven: true, given: [own] }).index.count).toBe(1);
    expect(load({ given: [own] }).feeds.length).toBe(4);
    expect((await run('remove', 'own')).exit).toBe(0);
    expect(matchHost(load().index, 'own.example')).toBeUndefined();
    expect((await run('list')).result).toMatchObject({
      sets: [{ name: 'many', current: 1 }],
      inUse: { indicators: 2 },
    });
  });

  it('refuses what is no indicator file, and leaves the store as it was', async () => {
    expect((await run('add', file('x.json', '[]'))).exit).toBe('stix-bundle');
    expect((await run('add', file('x.bin', '\0'))).exit).toBe('indicators-input');
    expect((await run('add', join(folder, 'nothing'))).exit).toBe('indicators-input');
    expect((await run('remove', 'x')).exit).toBe('indicators-name');
    expect((await run('list')).result).toMatchObject({ sets: [] });
  });
});

describe('the store on the disk', () => {
  const change = (path: string, from: string, to: string): void => {
    chmodSync(path, 0o600);
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
  };

  it('refuses a bundle, a state, or an allow-list that was changed, and says so', async () => {
    await run('add', file('feed.txt', 'a.example\nb.example\n'));
    await run('allow', 'a.example', '--reason', 'test', '--until', tomorrow());
    expect((await run('verify')).result).toEqual({ ok: true, versions: [{ name: 'feed', version: 1, why: null }] });
    const bundle = join(store, 'sets/feed/1.pavise-indicators');
    change(bundle, 'b.example', 'c.example');
    expect(await run('verify')).toMatchObject({ exit: 1, result: { ok: false } });
    expect(load).toThrow(/was changed on the disk/);
    change(bundle, 'c.example', 'b.example');
    expect(load().index.count).toBe(2);
    change(join(store, 'sets/feed/1.pavise-indicators.minisig'), 'version:1', 'version:2');
    expect(await run('verify')).toMatchObject({
      exit: 1,
      result: { versions: [{ why: 'its signature does not match' }] },
    });
    change(join(store, 'state.json'), '"reason": "test"', '"reason": "best"');
    expect(load).toThrow(/was changed outside/);
    expect((await run('list')).exit).toBe('indicators-changed');
  });

  it('is closed to others, holds no credential, and refuses two writers at once', async () => {
    await run('add', file('feed.txt', 'a.example\n'));
    const modes = ['local.key', 'state.json'].map((name) => statSync(join(store, name)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600]);
    expect(readdirSync(store).sort()).toEqual(['local.key', 'sets', 'state.json']);
    writeFileSync(join(store, 'lock'), `${process.pid}`);
    expect((await run('remove', 'feed')).exit).toBe('indicators-busy');
    writeFileSync(join(store, 'lock'), '999999999');
    expect((await run('remove', 'feed')).exit).toBe(0);
    chmodSync(join(store, 'local.key'), 0o644);
    expect((await run('list')).exit).toBe('indicators-key');
  });
});

describe('loadIndicators()', () => {
  it('tells a named store that is not there from an empty one, and gives the record of what it used', async () => {
    expect(load).toThrow(/there is no store at/);
    await run('add', file('feed.txt', 'a.example\n'));
    const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(load().sets).toEqual([{ name: 'feed', version: 1, sha256, signedBy: 'this store' }]);
    expect(load({ given: [file('own.txt', 'b.example')] }).files).toEqual([
      { name: 'own.txt', indicators: 1, sha256 },
      { name: 'feed@1/feed.txt', indicators: 1, sha256 },
    ]);
    expect(load({ onlyGiven: true })).toMatchObject({ sets: [], feeds: [], files: [] });
  });
});

describe('pavise indicators export', () => {
  it('carries a version to a machine without network, under the exporter’s signature', async () => {
    await run('add', file('feed.txt', 'a.example\n'));
    const out = join(folder, 'feed.pavise-indicators');
    expect((await run('export', 'feed', '--out', out)).exit).toBe(0);
    file('feed.txt', 'a.example\nb.example\n');
    await run('add', join(folder, 'feed.txt'));
    const newer = join(folder, 'newer.pavise-indicators');
    await run('export', 'feed@2', '--out', newer);
    store = join(folder, 'other');
    expect((await run('add', newer)).exit).toBe('indicators-key');
    expect((await run('add', newer, '--key', `${newer}.pub`)).result).toEqual({
      name: 'feed',
      version: 2,
      indicators: 2,
      isNew: true,
    });
    // The key is pinned: no --key is needed, an older version is no update, and no other key is taken.
    expect((await run('add', newer)).result).toMatchObject({ isNew: false });
    expect((await run('add', out)).exit).toBe('indicators-rollback');
    expect((await run('add', file('feed.txt', 'x.example'))).exit).toBe('indicators-key');
    const other = join(import.meta.dirname, '../../test/vectors/minisign/other.pub');
    expect((await run('add', newer, '--key', other)).exit).toBe('indicators-signature');
    writeFileSync(newer, readFileSync(newer, 'utf8').replace('b.example', 'c.example'));
    expect((await run('add', newer)).exit).toBe('indicators-signature');
    rmSync(`${newer}.minisig`);
    expect((await run('add', newer)).exit).toBe('indicators-signature');
    expect((await run('verify')).exit).toBe(0);
  });
});

describe('pavise indicators allow', () => {
  it('wants a reason and a day within a year, and gives the entry to checks', async () => {
    expect((await run('allow', 'a.example', '--until', tomorrow())).exit).toBe('usage');
    for (const until of ['2020-01-01', '2999-01-01', 'soon']) {
      expect((await run('allow', 'a.example', '--reason', 'r', '--until', until)).exit).toBe('usage');
    }
    const args = ['allow', 'A.example', '--reason', 'our own test', '--until', tomorrow(), '--author', 'ines'];
    expect((await run(...args)).exit).toBe(0);
    expect(load({ onlyGiven: true }).allowList).toMatchObject([
      { value: 'A.example', reason: 'our own test', author: 'ines' },
    ]);
    expect((await run('allow', 'a.example', '--remove')).exit).toBe(0);
    expect([load().allowList, (await run('allow', 'a.example', '--remove')).exit]).toEqual([[], 'usage']);
  });
});

function tomorrow(): string {
  return new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
}
