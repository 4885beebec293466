import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

describe('readConfig()', () => {
  it('gives the documented defaults', () => {
    expect(readConfig([], {})).toEqual({
      data: undefined,
      host: '127.0.0.1',
      port: 8420,
      publicUrl: new URL('http://localhost:8420'),
      viewerUrl: new URL('http://127.0.0.1:8420'),
      trustProxy: [],
      tls: undefined,
      scepLegacyDes: false,
      demo: false,
      keepRawDays: 90,
      filesPerPersonBytes: 20 * 1024 ** 3,
      android: undefined,
      databaseUrl: undefined,
      migrationUrl: undefined,
      rootKeyFile: undefined,
    });
  });

  it('takes another host name for decrypted content, and ranges of proxies', () => {
    const args = ['--public-url', 'https://pavise.example.org', '--viewer-url', 'https://view.example.org'];
    expect(readConfig([...args, '--trust-proxy', '10.0.0.0/8', '--trust-proxy', '::1'], {})).toMatchObject({
      viewerUrl: new URL('https://view.example.org'),
      trustProxy: ['10.0.0.0/8', '::1'],
    });
  });

  it.each([
    [['--port', 'many']],
    [['--host', '0.0.0.0']],
    [['--tls-cert', 'a.pem']],
    [['--public-url', 'http://pavise.example.org']],
    [['--public-url', 'https://pavise.example.org/path']],
    [['--android-url', 'https://androidmanagement.googleapis.com']],
    [['--android-url', 'http://example.org', '--android-enterprise', 'enterprises/LC1']],
    [['--android-url', 'https://example.org', '--android-enterprise', '../LC1']],
    [['--keep-raw', '0']],
    [['--keep-raw', '1.5']],
    [['--keep-raw', '3651']],
    [['--files-per-person', '0']],
    [['--files-per-person', 'plenty']],
    [['--public-url', 'https://pavise.example.org']],
    [['--public-url', 'https://pavise.example.org', '--viewer-url', 'http://view.example.org']],
    [['--public-url', 'https://pavise.example.org', '--viewer-url', 'https://pavise.example.org:8443']],
    [['--viewer-url', 'http://localhost:9000']],
    [['--trust-proxy', 'proxy.example.org']],
    [['--trust-proxy', '10.0.0.0/33']],
    [['--colour', 'red']],
  ])('refuses %j with a sentence that says what to give', (args) => {
    expect(() => readConfig(args, {})).toThrow(ConfigError);
  });
});
