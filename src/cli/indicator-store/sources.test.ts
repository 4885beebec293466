import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { utf8Bytes } from '../../base/index.ts';
import { formatMinisignKey } from '../../formats/minisign/index.ts';
import { signMinisign } from '../../formats/minisign/node.ts';
import { ensureKey, type Source } from './state.ts';
import { withStore } from './store.ts';
import { startFeedServer, stixOf } from './testing.ts';
import { updateSource } from './update.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pavise-sources-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const update = (source: Source) => withStore(join(folder, 'store'), (store) => updateSource(store, source, Date.now()));

describe('updateSource()', () => {
  it('reads the files that a list names, but for those that are left out, and tells what failed', async () => {
    await using server = await startFeedServer();
    server.routes.set('/a/feed.stix2', stixOf("[domain-name:value='a.example']"));
    server.routes.set('/b/feed.stix2', stixOf("[domain-name:value='b.example']"));
    server.routes.set('/c/feed.stix2', stixOf("[domain-name:value='c.example']"));
    // Names of files on this machine stand for the https URLs that the format demands.
    const names = ['a', 'b', 'c', 'gone'].map(
      (name) => `  - {name: ${name}, download_url: https://x.example/${name}/feed.stix2}`,
    );
    server.routes.set('/indicators.yaml', `indicators:\n${names.join('\n')}\n  - {name: none}\n`);
    const list: Source = {
      name: 'list',
      kind: 'mvt-index',
      urls: [`${server.url}/indicators.yaml`],
      hosts: ['x.example'],
      without: ['https://x.example/c/feed.stix2'],
    };
    await using elsewhere = forward('https://x.example', server.url);
    expect(elsewhere.asked).toEqual([]);
    const result = await update(list);
    expect(result).toMatchObject({ status: 'updated', version: 1, indicators: 2 });
    expect(result.failures.map(({ url }) => url)).toEqual(['none', 'https://x.example/gone/feed.stix2']);
    expect(elsewhere.asked).toEqual(['a', 'b', 'gone'].map((name) => `https://x.example/${name}/feed.stix2`));
  });

  it('takes a file of a publisher only with its signature', async () => {
    await using server = await startFeedServer();
    const key = ensureKey(join(folder, 'publisher'));
    const by = { privateKey: key.privateKey, keyId: key.minisign.keyId };
    const text = stixOf("[domain-name:value='a.example']");
    server.routes.set('/feed.stix2', text);
    const source: Source = {
      name: 'feed',
      kind: 'files',
      urls: [`${server.url}/feed.stix2`],
      hosts: [],
      publisherKey: formatMinisignKey(key.minisign),
    };
    expect(await update(source)).toMatchObject({ status: 'failed', version: undefined });
    server.routes.set('/feed.stix2.minisig', signMinisign(utf8Bytes(`${text} `), by, 'feed'));
    expect(await update(source)).toMatchObject({
      status: 'failed',
      failures: [{ why: expect.stringContaining('not signed') }],
    });
    server.routes.set('/feed.stix2.minisig', signMinisign(utf8Bytes(text), by, 'feed'));
    expect(await update(source)).toMatchObject({ status: 'updated', version: 1 });
  });

  it('speaks HTTPS and refuses a certificate that nobody trusts', async () => {
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2', '-nodes'];
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-keyout',
      keyFile,
      '-out',
      certFile,
    ];
    execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' });
    const options = { key: readFileSync(keyFile), cert: readFileSync(certFile) };
    const server = createServer(options, (_, response) => void response.end(stixOf("[process:name='bh']")));
    server.listen(0, 'localhost');
    await once(server, 'listening');
    try {
      const url = `https://localhost:${(server.address() as AddressInfo).port}/feed.stix2`;
      const main = join(import.meta.dirname, '../main.ts');
      const run = async (env: NodeJS.ProcessEnv, ...args: string[]): Promise<string> => {
        const all = [main, 'indicators', ...args, '--store', join(folder, 'store'), '--json'];
        const done = promisify(execFile)(process.execPath, all, { env: { ...process.env, ...env } });
        return (await done.catch((error: { stdout: string }) => error)).stdout;
      };
      await run({}, 'add', url);
      expect(await run({}, 'update')).toContain('"status": "failed"');
      expect(JSON.parse(await run({ NODE_EXTRA_CA_CERTS: certFile }, 'update'))).toMatchObject({
        updates: [{ status: 'updated', indicators: 1 }],
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

/** Sends what is asked of one origin to another, as a name server under the test's control would. */
function forward(from: string, to: string): AsyncDisposable & { readonly asked: string[] } {
  const real = globalThis.fetch;
  const asked: string[] = [];
  globalThis.fetch = async (input, init) => {
    const url = String(input);
    if (!url.startsWith(from)) return await real(input, init);
    asked.push(url);
    return await real(url.replace(from, to), init);
  };
  return {
    asked,
    async [Symbol.asyncDispose]() {
      globalThis.fetch = real;
    },
  };
}
