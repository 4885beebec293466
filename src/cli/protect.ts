import { randomUUID } from 'node:crypto';
import { openAsBlob, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { parseArgs } from 'node:util';
import { encodePolicy, type KasKey, type ViewGrade } from '../formats/tdf/index.ts';
import { protectFile, withReading } from '../formats/tdf/node.ts';
import { type CommandIo, runCommand } from './command.ts';
import { publicKeyOf } from './pem.ts';

const HELP = `pavise protect FILE… [-o OUT] [--to EMAIL,…] [--label FQN,…] [--owner EMAIL] [--expires 7d]
               [--view client|download] [--watermark|--no-watermark] [--offline 24h] [--type MEDIA/TYPE] [--json]
  As in the workspace: without --expires no end, without --view shown in the viewer and not saved (client), with a watermark.
  --server URL --token T       wraps to that server's key and uploads for --owner (or PAVISE_SERVER, PAVISE_TOKEN);
                               OUT is written once the server has it
  --kas-url URL --kas-key F    wraps to a public key (PEM) without a server; may be given with --kas-kid ID
  --label FQN                  for key servers that judge labels; Pavise knows none yet, and refuses them with --server
`;

const OPTIONS = {
  out: { type: 'string', short: 'o' },
  to: { type: 'string', multiple: true },
  label: { type: 'string', multiple: true },
  owner: { type: 'string' },
  expires: { type: 'string' },
  view: { type: 'string' },
  watermark: { type: 'boolean' },
  'no-watermark': { type: 'boolean' },
  offline: { type: 'string' },
  type: { type: 'string' },
  'kas-url': { type: 'string' },
  'kas-key': { type: 'string' },
  'kas-kid': { type: 'string' },
} as const;

/** `pavise protect`: 0 done, 2 usage or input error. */
export function protect(args: string[], io: CommandIo): Promise<number> {
  return runCommand(args, io, { help: HELP, options: OPTIONS }, async ({ values, positionals, ...remote }) => {
    if (positionals.length === 0) throw new Error('Name a file: pavise protect FILE…');
    if (values.out !== undefined && positionals.length > 1)
      throw new Error('Leave out --out: it names one file, and several are given');
    // A server of the environment gives way to a key that is named.
    const server = values['kas-key'] === undefined ? remote.server : values.server;
    const { token } = remote;
    if (server !== undefined)
      requireForUpload(token, values); // before anything is encrypted
    else if (list(values.label).length > 0) io.err(LABELS_ALONE);
    const kasKey = server === undefined ? givenKey(values) : await serverKey(server);
    for (const path of positionals) {
      const uuid = randomUUID();
      const policy = encodePolicy({ uuid, ...restrictions(values, Date.now()) });
      const output = values.out ?? `${path}.tdf`;
      const mimeType = values.type ?? mediaTypeOf(path);
      if (values.view === undefined && !SHOWN.test(mimeType))
        io.err(`Give --view download if its recipients shall save it: the viewer cannot show ${mimeType} (${path})\n`);
      const unsent = server === undefined ? output : `${output}.unsent`;
      const { sizeBytes } = await withReading(path, (input) =>
        protectFile(input, unsent, { policy, mimeType, kasKeys: [kasKey], random: crypto }),
      );
      const fileId = server === undefined ? null : await sendOrForget(io, { server, token, unsent, output, path });
      if (values.json) io.out(`${JSON.stringify({ file: output, policyUuid: uuid, sizeBytes, fileId })}\n`);
      else io.out(`${output}\n`);
    }
    return 0;
  });
}

/** What the server does not have would open nowhere: of a failed upload no file is left. */
async function sendOrForget(
  io: CommandIo,
  sent: { server: string; token: string | undefined; unsent: string; output: string; path: string },
): Promise<string> {
  const { server, token, unsent, output, path } = sent;
  try {
    const fileId = await upload(server, token, unsent, basename(path));
    renameSync(unsent, output);
    return fileId;
  } catch (error) {
    rmSync(unsent, { force: true });
    io.err(
      `"${output}" was not written, and "${path}" is as it was: mend what follows and run the same command again\n`,
    );
    throw error;
  }
}

const LABELS_ALONE =
  'Know what --label does: a Pavise server cannot judge labels, and refuses everybody but the owner\n';

function requireForUpload(token: string | undefined, { owner, label }: Values): void {
  if (token === undefined) throw new Error('Give --token T (or PAVISE_TOKEN) with --server: uploads need one');
  if (owner === undefined)
    throw new Error('Give --owner EMAIL with --server: a token is nobody, so the file must name whose it is');
  if (list(label).length > 0)
    throw new Error('Leave out --label: the server cannot judge labels, and would refuse everybody but the owner');
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function restrictions(values: Values, nowMs: number) {
  const { owner, expires, offline } = values;
  return {
    // As the workspace writes it: the owner first, so that a copy opens for her by its bound policy alone.
    dissem: [...new Set([...list(owner), ...list(values.to)].map((email) => email.toLowerCase()))],
    attributes: list(values.label).map((fqn) => fqn.toLowerCase()),
    view: viewGrade(values.view ?? 'client'),
    ...(owner === undefined ? {} : { owner: owner.toLowerCase() }),
    ...(expires === undefined ? {} : { notAfterMs: nowMs + durationMs(expires) }),
    ...(offline === undefined ? {} : { offlineMs: durationMs(offline) }),
    watermark: values['no-watermark'] !== true,
  };
}

function viewGrade(text: string): ViewGrade {
  if (text === 'download' || text === 'client') return text;
  // Nobody could open such a file: no server renders pixels yet.
  if (text === 'pixels') throw new Error('Choose --view client: rendering on the server is not available yet');
  throw new Error(`Choose --view download or client: got "${text}"`);
}

function givenKey(values: Values): KasKey {
  const url = values['kas-url'];
  const path = values['kas-key'];
  if (url === undefined || path === undefined)
    throw new Error('Name who can open it: --server URL, or --kas-url URL and --kas-key PUBLIC.pem');
  // A certificate is taken too; what is wrapped to is its public key.
  const publicKeyPem = publicKeyOf(readFileSync(path), path).export({ type: 'spki', format: 'pem' }).toString();
  return { url, kid: values['kas-kid'] ?? '', publicKeyPem };
}

async function serverKey(server: string): Promise<KasKey> {
  const response = await fetch(new URL('/kas.AccessService/PublicKey', server), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ algorithm: 'ec:secp256r1', v: '2' }),
  });
  const reply: unknown = response.ok ? await response.json() : null;
  if (typeof reply !== 'object' || reply === null || !('publicKey' in reply) || !('kid' in reply)) {
    throw new Error(`Cannot get the server's key: it answered ${response.status}`);
  }
  return { url: new URL('/kas', server).href, kid: String(reply.kid), publicKeyPem: String(reply.publicKey) };
}

async function upload(server: string, token: string | undefined, path: string, title: string): Promise<string> {
  const url = new URL('/api/v1/files', server);
  url.searchParams.set('title', title);
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/octet-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: await openAsBlob(path),
  });
  const reply: unknown = await response.json().catch(() => null);
  const fields = typeof reply === 'object' && reply !== null ? (reply as { id?: unknown; detail?: unknown }) : {}; // members checked below
  if (!response.ok)
    throw new Error(
      `Cannot upload "${title}": ${typeof fields.detail === 'string' ? fields.detail : `the server answered ${response.status}`}`,
    );
  return String(fields.id);
}

const UNITS: { readonly [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function durationMs(text: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  if (count === undefined) throw new Error(`Write a duration as 30m, 24h, 7d or 2w: got "${text}"`);
  return Number(count) * (UNITS[unit] ?? 0);
}

function list(values: readonly string[] | string | undefined): string[] {
  return [values ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** What the workspace's viewer shows. */
const SHOWN = /^(application\/(pdf|json)|image\/(png|jpeg|gif|webp|avif)|text\/.*)$/;

const MEDIA_TYPES: { readonly [extension: string]: string } = {
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.txt': 'text/plain',
  '.md': 'text/markdown',
  '.csv': 'text/csv',
  '.json': 'application/json',
};

function mediaTypeOf(path: string): string {
  return MEDIA_TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
}
