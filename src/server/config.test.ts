import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

describe('readConfig()', () => {
  it('gives the documented defaults', () => {
    expect(readConfig([], {})).toEqual({
      data: './pavise-data',
      host: '127.0.0.1',
      port: 8420,
      publicUrl: new URL('http://localhost:8420'),
      viewerUrl: new URL('http://127.0.0.1:8420'),
      tls: undefined,
      scepLegacyDes: false,
      demo: false,
      filesPerPersonBytes: 20 * 1024 ** 3,
      android: undefined,
      databaseUrl: undefined,
      rootKeyFile: undefined,
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
    [['--files-per-person', '0']],
    [['--files-per-person', 'plenty']],
    [['--colour', 'red']],
  ])('refuses %j with a sentence that says what to give', (args) => {
    expect(() => readConfig(args, {})).toThrow(ConfigError);
  });
});
