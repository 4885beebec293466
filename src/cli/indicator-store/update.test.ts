import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CodedError, fromBase64Url, utf8Bytes } from '../../base/index.ts';
import { matchHost, matchProcess } from '../../detection/indicators/index.ts';
import { formatMinisignKey } from '../../formats/minisign/index.ts';
import { signMinisign } from '../../formats/minisign/node.ts';
import { indicators } from '../indicators.ts';
import { encodeBundle } from './bundle.ts';
import { getFeed } from './get-feed.ts';
import { loadIndicators } from './load.ts';
import { startFeedServer, stixOf, type TaxiiCollection, taxiiRoute } from './testing.ts';

let store: string;
beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), 'pavise-update-'));
});
afterEach(() => rmSync(store, { recursive: true }));

async function run(...args: string[]): Promise<{ exit: number | string; result: Record<string, unknown> }> {
  let out = '';
  try {
    const exit = await indicators([...args, '--store', store, '--json'], {
      out: (text) => (out += text),
      err: () => {},
    });
    return { exit, result: JSON.parse(out) as Record<string, unknown> };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { exit: error.code, result: {} };
  }
}

/** The one update of a run: status, version, and why it failed. */
async function update() {
  const { exit, result } = await run('update');
  const [first] = result['updates'] as { status: string; version?: number; failures: { why: string }[] }[];
  return {
    exit,
    status: first?.status,
    version: first?.version,
    why: first?.failures.map(({ why }) => why).join('; '),
  };
}

const index = () => loadIndicators({ given: [], onlyGiven: false, store, nowMs: Date.now() }).index;

describe('update of files', () => {
  it('asks by entity tag, makes a version when something changed, and keeps a file that fails', async () => {
    await using server = await startFeedServer();
    server.routes.set('/a.stix2', stixOf("[domain-name:value='a.example']"));
    server.routes.set('/b.yaml', '- name: Spy\n  packages: [com.spy]\n');
    await run('add', `${server.url}/a.stix2`, `${server.url}/b.yaml`, '--name', 'feed', '--licence', 'CC BY 4.0');
    expect(server.log).toEqual([]);
    expect(await update()).toMatchObject({ exit: 0, status: 'updated', version: 1 });
    expect(await update()).toMatchObject({ exit: 0, status: 'unchanged', version: 1 });
    expect(server.log).toEqual(['GET /a.stix2 200', 'GET /b.yaml 200', 'GET /a.stix2 304', 'GET /b.yaml 304']);
    server.routes.set('/a.stix2', stixOf("[domain-name:value='new.example']"));
    server.routes.delete('/b.yaml');
    expect(await update()).toMatchObject({
      exit: 1,
      status: 'updated',
      version: 2,
      why: expect.stringContaining('404'),
    });
    expect([index().count, matchHost(index(), 'new.example')?.licence]).toEqual([2, 'CC BY 4.0']);
    server.routes.set('/a.stix2', '<html>');
    expect(await update()).toMatchObject({ exit: 1, status: 'failed', version: 2 });
    expect(index().count).toBe(2);
  });

  it('refuses an interrupted, an oversized and an endless answer and leaves the store as it was', async () => {
    await using server = await startFeedServer();
    server.routes.set('/a.stix2', stixOf("[domain-name:value='a.example']"));
    await run('add', `${server.url}/a.stix2`);
    await update();
    server.routes.set('/a.stix2', (_, response) => {
      response.writeHead(200, { 'content-length': '5000' }).write('{"type":"bundle"');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await update()).toMatchObject({ exit: 1, status: 'failed', why: expect.stringContaining('broke off') });
    expect(index().count).toBe(1);
    const hosts = new Set([new URL(server.url).host]);
    server.routes.set('/big', 'x'.repeat(5000));
    await expect(getFeed({ url: `${server.url}/big`, hosts, maxBytes: 4999 })).rejects.toMatchObject({
      code: 'indicators-size',
    });
    expect(await getFeed({ url: `${server.url}/big`, hosts, maxBytes: 5000 })).toMatchObject({ kind: 'body' });
    server.routes.set('/slow', (_, response) => void response.writeHead(200).write('x'));
    await expect(getFeed({ url: `${server.url}/slow`, hosts, timeoutMs: 100 })).rejects.toMatchObject({
      code: 'indicators-network',
    });
  });

  it('follows redirects to configured hosts alone, and asks nobody over plain HTTP but this machine', async () => {
    await using server = await startFeedServer();
    await using other = await startFeedServer();
    const redirect = (location: string) => (_: unknown, response: import('node:http').ServerResponse) =>
      void response.writeHead(302, { location }).end();
    other.routes.set('/a.stix2', stixOf("[domain-name:value='a.example']"));
    server.routes.set('/a.stix2', redirect(`${other.url}/a.stix2`));
    await run('add', `${server.url}/a.stix2`);
    expect(await update()).toMatchObject({
      exit: 1,
      status: 'failed',
      why: expect.stringContaining('redirects there'),
    });
    expect(other.log).toEqual([]);
    await run('add', `${server.url}/a.stix2`, '--host', new URL(other.url).host);
    expect(await update()).toMatchObject({ exit: 0, status: 'updated' });
    server.routes.set('/a.stix2', redirect('/a.stix2'));
    expect(await update()).toMatchObject({ exit: 1, why: expect.stringContaining('without end') });
    server.routes.set('/a.stix2', redirect('http://192.0.2.1/a.stix2'));
    expect(await update()).toMatchObject({ exit: 1, why: expect.stringContaining('https') });
    for (const url of [
      'http://feeds.example/a.stix2',
      'ftp://127.0.0.1/a',
      'https://user:secret@feeds.example/a',
      'http://127.0.0.1.example/a',
    ]) {
      expect((await run('add', url)).exit).toBe('indicators-url');
    }
  });
});

describe('update by a list of files (mvt-index)', () => {
  it('asks only hosts that were configured, not every host that the list names', async () => {
    await using server = await startFeedServer();
    server.routes.set(
      '/list/indicators.yaml',
      'indicators:\n  - {name: A, download_url: https://elsewhere.example/a.stix2}\n',
    );
    await run('add', `${server.url}/list/indicators.yaml`);
    expect(await update()).toMatchObject({
      exit: 1,
      status: 'failed',
      why: expect.stringContaining('--host elsewhere.example'),
    });
    expect(server.log).toEqual(['GET /list/indicators.yaml 200']);
  });
});

describe('update of a signed bundle', () => {
  const signer = () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const keyId = new Uint8Array(8).fill(1);
    const key = formatMinisignKey({ keyId, key: fromBase64Url(publicKey.export({ format: 'jwk' }).x ?? '') });
    return { by: { privateKey, keyId }, key };
  };
  const bundleOf = (version: number, value: string, name = 'feed') =>
    encodeBundle({
      name,
      version,
      createdAt: '2026-01-01T00:00:00Z',
      files: [{ name: 'a.txt', bytes: utf8Bytes(value) }],
    });

  it('takes newer versions under the publisher’s signature and nothing else', async () => {
    await using server = await startFeedServer();
    const { by, key } = signer();
    const publish = (bytes: Uint8Array, signature = signMinisign(bytes, by, 'feed')): void => {
      server.routes.set('/feed.pavise-indicators', bytes);
      server.routes.set('/feed.pavise-indicators.minisig', signature);
    };
    expect((await run('add', `${server.url}/feed.pavise-indicators`)).exit).toBe('indicators-key');
    await run('add', `${server.url}/feed.pavise-indicators`, '--key', key);
    publish(bundleOf(5, 'five.example'));
    expect(await update()).toMatchObject({ exit: 0, status: 'updated', version: 5 });
    publish(bundleOf(4, 'four.example'));
    expect(await update()).toMatchObject({
      exit: 1,
      status: 'failed',
      version: 5,
      why: expect.stringContaining('older'),
    });
    publish(bundleOf(5, 'other.example'));
    expect(await update()).toMatchObject({ exit: 1, status: 'failed', version: 5 });
    publish(bundleOf(6, 'six.example'), signMinisign(bundleOf(6, 'six.example'), signer().by, 'feed'));
    expect(await update()).toMatchObject({ exit: 1, status: 'failed', why: expect.stringContaining('not signed') });
    publish(bundleOf(7, 'seven.example', 'another'));
    expect(await update()).toMatchObject({ exit: 1, status: 'failed', why: expect.stringContaining('another') });
    expect(matchHost(index(), 'five.example')?.version).toBe(5);
    publish(bundleOf(8, 'eight.example'));
    expect(await update()).toMatchObject({ exit: 0, status: 'updated', version: 8 });
    expect((await run('verify')).exit).toBe(0);
  });

  it('leaves a private set private, whichever way its next version comes', async () => {
    await using server = await startFeedServer();
    const { by, key } = signer();
    const file = join(store, 'feed.pavise-indicators');
    const write = (version: number): Uint8Array => {
      const bytes = bundleOf(version, `v${version}.example`);
      writeFileSync(file, bytes);
      writeFileSync(`${file}.minisig`, signMinisign(bytes, by, 'feed'));
      return bytes;
    };
    write(1);
    expect((await run('add', file, '--key', key, '--private')).exit).toBe(0);
    const bytes = write(2);
    expect((await run('add', file)).exit).toBe('indicators-private');
    server.routes.set('/feed.pavise-indicators', bytes);
    server.routes.set('/feed.pavise-indicators.minisig', signMinisign(bytes, by, 'feed'));
    await run('add', `${server.url}/feed.pavise-indicators`, '--key', key);
    expect(await update()).toMatchObject({ exit: 0, status: 'updated', version: 2 });
    expect(matchHost(index(), 'v2.example')?.isPrivate).toBe(true);
  });
});

describe('update over TAXII 2.1', () => {
  const object = (n: number, more: object = {}) => ({
    addedAt: `2026-01-0${n}T00:00:00.000001Z`,
    object: {
      type: 'indicator',
      id: `indicator--${n}`,
      modified: `2026-01-0${n}T00:00:00Z`,
      pattern: `[process:name='p${n}']`,
      ...more,
    },
  });

  for (const namesNext of [true, false]) {
    it(`reads every page ${namesNext ? 'by "next"' : 'by time'}, then only what was added since, with the credential from the environment`, async () => {
      await using server = await startFeedServer();
      const collection: TaxiiCollection = {
        objects: [1, 2, 3, 4, 5].map((n) => object(n)),
        token: 't-1',
        pageSize: 2,
        namesNext,
      };
      server.routes.set('/api1/collections/c1/objects/', taxiiRoute(collection));
      await run('add', `${server.url}/api1/collections/c1/`, '--name', 'taxii', '--token-env', 'PAVISE_TEST_TAXII');
      expect(await update()).toMatchObject({ exit: 1, why: expect.stringContaining('PAVISE_TEST_TAXII') });
      process.env['PAVISE_TEST_TAXII'] = 't-1';
      try {
        expect(await update()).toMatchObject({ exit: 0, status: 'updated', version: 1 });
        expect([server.log.length, index().count]).toEqual([3, 5]);
        expect(await update()).toMatchObject({ exit: 0, status: 'unchanged', version: 1 });
        expect(server.log.at(-1)).toContain('added_after=2026-01-05T00%3A00%3A00.000001Z');
        // A revocation is a new version of the same object.
        collection.objects.push({
          ...object(6),
          object: { ...object(1).object, modified: '2026-02-01T00:00:00Z', revoked: true },
        });
        collection.objects.push(object(7));
        expect(await update()).toMatchObject({ exit: 0, status: 'updated', version: 2 });
        expect([matchProcess(index(), 'p1'), matchProcess(index(), 'p7')?.value, index().apart.length]).toEqual([
          undefined,
          'p7',
          1,
        ]);
        process.env['PAVISE_TEST_TAXII'] = 'wrong';
        expect(await update()).toMatchObject({
          exit: 1,
          status: 'failed',
          version: 2,
          why: expect.stringContaining('401'),
        });
      } finally {
        delete process.env['PAVISE_TEST_TAXII'];
      }
    });
  }

  it('ends when a server pages without end or speaks something else', async () => {
    await using server = await startFeedServer();
    const answer = (body: object, type: string) => (_: unknown, response: import('node:http').ServerResponse) =>
      void response.writeHead(200, { 'content-type': type }).end(JSON.stringify(body));
    const path = '/api1/collections/c1/objects/';
    await run('add', `${server.url}/api1/collections/c1/`);
    server.routes.set(path, answer({ more: true, next: 'again', objects: [{}] }, 'application/taxii+json;version=2.1'));
    expect(await update()).toMatchObject({ exit: 1, why: expect.stringContaining('do not end') });
    expect(server.log.length).toBeLessThan(5);
    server.routes.set(path, answer({}, 'text/html'));
    expect(await update()).toMatchObject({ exit: 1, why: expect.stringContaining('text/html') });
  });
});
