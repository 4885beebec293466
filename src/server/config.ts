import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { CodedError } from '../base/index.ts';

/** A flag or environment variable that `pavise serve` cannot use. */
export class ConfigError extends CodedError {
  constructor(message: string) {
    super('server-config', 400, message);
    this.name = 'ConfigError';
  }
}

/** What `pavise serve` was asked for, checked. */
export interface ServerConfig {
  /** Undefined where nobody chose: `./pavise-data`, see `placeData`. */
  readonly data: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: URL;
  readonly viewerUrl: URL;
  /** Addresses of reverse proxies whose X-Forwarded-For says who calls. */
  readonly trustProxy: readonly string[];
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly scepLegacyDes: boolean;
  readonly demo: boolean;
  /** What the protected files of one person may take on the disk. */
  readonly filesPerPersonBytes: number;
  /** How long what phones sent is kept as it came. */
  readonly keepRawDays: number;
  /** Where the Android Management API answers; with --demo and without this, an emulator's. */
  readonly android: AndroidPlace | undefined;
  readonly databaseUrl: string | undefined;
  /** The role that owns the tables there; undefined where `databaseUrl` does it all. */
  readonly migrationUrl: string | undefined;
  readonly rootKeyFile: string | undefined;
}

interface AndroidPlace {
  readonly baseUrl: URL;
  readonly enterprise: string;
  /** Gives the bearer token of a call; undefined for an emulator. */
  readonly accessToken?: () => Promise<string>;
}

export const SERVE_HELP = `pavise serve: runs the server

  --data DIR          where everything is kept (default ./pavise-data)
  --host HOST         address to listen on (default 127.0.0.1)
  --port PORT         port to listen on (default 8420)
  --public-url URL    how people and phones reach it (default http://localhost:PORT); never change it while phones are enrolled
  --viewer-url URL    another host name for decrypted content (default http://127.0.0.1:PORT); with an https --public-url to be given
  --tls-cert FILE     certificate chain, PEM; with --tls-key FILE
  --trust-proxy ADDRESS|CIDR  a reverse proxy whose X-Forwarded-For names the caller, for limits by address; may be repeated
  --files-per-person GIB  what the protected files of one person may take on the disk (default 20)
  --keep-raw DAYS     how long raw check-ins and answers of phones are kept (default 90)
  --android-url URL   where the Android Management API answers: Google, a relay, or an emulator on loopback
  --android-enterprise NAME  this organisation there, as enterprises/LC00abc; both, or Android phones cannot be enrolled
  --scep-legacy-des   accept single DES from old SCEP clients (tests only)
  --demo              add a practice organisation to an empty installation

  DATABASE_URL        an outside PostgreSQL from 15 on, in place of the bundled one
  PAVISE_MIGRATION_URL  the role there that owns the tables; DATABASE_URL then needs no more than to sign in, and cannot rewrite the audit log
  PAVISE_ANDROID_TOKEN_FILE  holds the access token for --android-url; read anew at each call, so that a renewed one is taken
  PAVISE_ROOT_KEY_FILE  the root key, in place of DIR/secrets/root.key
`;

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Reads flags and environment; throws ConfigError with what to change. */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): ServerConfig {
  const { values } = parseFlags(args);
  const port = Number(values.port ?? '8420');
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new ConfigError(`Give --port a number from 0 to 65535: "${values.port}" is none`);
  const host = values.host ?? '127.0.0.1';
  const [cert, key] = [values['tls-cert'], values['tls-key']];
  if ((cert === undefined) !== (key === undefined))
    throw new ConfigError('Give --tls-cert and --tls-key together: one of them is missing');
  const tls = cert === undefined || key === undefined ? undefined : { cert, key };
  if (tls === undefined && !LOOPBACK.has(host)) {
    throw new ConfigError(
      `Give --tls-cert and --tls-key, or listen on 127.0.0.1 behind a reverse proxy: plain HTTP on "${host}" is refused`,
    );
  }
  const scheme = tls === undefined ? 'http' : 'https';
  const publicUrl = readUrl('--public-url', values['public-url'] ?? `${scheme}://localhost:${port}`);
  if (publicUrl.protocol !== 'https:' && publicUrl.hostname !== 'localhost') {
    throw new ConfigError(
      `Give --public-url https or the host name localhost: passkeys do not work on "${publicUrl.origin}"`,
    );
  }
  return {
    data: values.data,
    host,
    port,
    publicUrl,
    viewerUrl: readViewerUrl(values['viewer-url'], publicUrl, `${scheme}://127.0.0.1:${port}`),
    trustProxy: (values['trust-proxy'] ?? []).map(readProxy),
    tls,
    scepLegacyDes: values['scep-legacy-des'] === true,
    demo: values.demo === true,
    keepRawDays: readDays('--keep-raw', values['keep-raw'] ?? '90'),
    filesPerPersonBytes: readGib('--files-per-person', values['files-per-person'] ?? '20'),
    android: readAndroid(
      values['android-url'],
      values['android-enterprise'],
      env['PAVISE_ANDROID_TOKEN_FILE'] || undefined,
    ),
    ...readDatabaseUrls(env['DATABASE_URL'] || undefined, env['PAVISE_MIGRATION_URL'] || undefined),
    rootKeyFile: env['PAVISE_ROOT_KEY_FILE'] || undefined,
  };
}

function readDatabaseUrls(
  databaseUrl: string | undefined,
  migrationUrl: string | undefined,
): Pick<ServerConfig, 'databaseUrl' | 'migrationUrl'> {
  if (databaseUrl === undefined && migrationUrl !== undefined)
    throw new ConfigError('Give DATABASE_URL too: PAVISE_MIGRATION_URL is the second role of that database');
  return {
    databaseUrl: readDatabaseUrl('DATABASE_URL', databaseUrl),
    migrationUrl: readDatabaseUrl('PAVISE_MIGRATION_URL', migrationUrl),
  };
}

/** Names no part of it: it may hold a password. */
function readDatabaseUrl(name: string, given: string | undefined): string | undefined {
  if (given === undefined || /^postgres(ql)?:\/\//.test(given)) return given;
  throw new ConfigError(`Give ${name} as postgresql://USER:PASSWORD@HOST/DATABASE: what stands there is none`);
}

/** The viewer's origin must be another than the apps', and reachable from wherever they are: the browser loads it in a frame. */
function readViewerUrl(given: string | undefined, publicUrl: URL, local: string): URL {
  const onNetwork = publicUrl.hostname !== 'localhost';
  if (given === undefined && onNetwork)
    throw new ConfigError(
      `Give --viewer-url another https host name of this server, like https://view.${publicUrl.hostname}: protected files are shown from there`,
    );
  const url = readUrl('--viewer-url', given ?? local);
  if (onNetwork && url.protocol !== 'https:')
    throw new ConfigError(`Give --viewer-url https, as --public-url has: browsers refuse "${url.origin}" in its pages`);
  if (url.hostname === publicUrl.hostname)
    throw new ConfigError(
      `Give --viewer-url another host name than --public-url: with "${url.hostname}" for both, decrypted content shares the origin of the apps`,
    );
  return url;
}

function readProxy(text: string): string {
  const [address = '', bits, more] = text.split('/');
  const family = isIP(address);
  const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
  if (family === 0 || !fits || more !== undefined)
    throw new ConfigError(`Give --trust-proxy an address or a range like 10.0.0.0/8: "${text}" is none`);
  return text;
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        host: { type: 'string' },
        port: { type: 'string' },
        'public-url': { type: 'string' },
        'viewer-url': { type: 'string' },
        'trust-proxy': { type: 'string', multiple: true },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        'android-url': { type: 'string' },
        'android-enterprise': { type: 'string' },
        'files-per-person': { type: 'string' },
        'keep-raw': { type: 'string' },
        'scep-legacy-des': { type: 'boolean' },
        demo: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new ConfigError(`See "pavise serve --help": ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readAndroid(
  url: string | undefined,
  enterprise: string | undefined,
  tokenFile: string | undefined,
): AndroidPlace | undefined {
  if (url === undefined && enterprise === undefined) return undefined;
  if (url === undefined || enterprise === undefined)
    throw new ConfigError('Give --android-url and --android-enterprise together: one of them is missing');
  if (!/^enterprises\/[A-Za-z0-9_-]{1,64}$/.test(enterprise))
    throw new ConfigError(`Give --android-enterprise as enterprises/LC00abc: "${enterprise}" is no such name`);
  const baseUrl = readUrl('--android-url', url);
  if (baseUrl.protocol !== 'https:' && !LOOPBACK.has(baseUrl.hostname))
    throw new ConfigError(`Give --android-url https, or an emulator on loopback: "${baseUrl.origin}" is neither`);
  if (tokenFile === undefined) return { baseUrl, enterprise };
  return { baseUrl, enterprise, accessToken: async () => (await readFile(tokenFile, 'utf8')).trim() };
}

const MOST_DAYS = 3650;

function readDays(flag: string, text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS)
    throw new ConfigError(`Give ${flag} a number of days from 1 to ${MOST_DAYS}: "${text}" is none`);
  return days;
}

const MOST_GIB = 1024 * 1024;

function readGib(flag: string, text: string): number {
  const gib = Number(text);
  if (!(gib > 0 && gib <= MOST_GIB))
    throw new ConfigError(`Give ${flag} a number of GiB up to ${MOST_GIB}: "${text}" is none`);
  return Math.round(gib * 1024 ** 3);
}

function readUrl(flag: string, text: string): URL {
  if (!URL.canParse(text))
    throw new ConfigError(`Give ${flag} a URL like https://pavise.example.org: "${text}" is none`);
  const url = new URL(text);
  if (!['http:', 'https:'].includes(url.protocol) || url.pathname !== '/' || url.search !== '') {
    throw new ConfigError(`Give ${flag} an origin without a path: "${text}" has more`);
  }
  return url;
}
