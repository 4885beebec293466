import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writePracticeBackup } from '../demo/backup.ts';
import { decodeSightings, meaningOf } from '../detection/index.ts';
import { check } from './check.ts';

const DEVICE = '00000000-0000-4000-8000-000000000001';
const CHECK = '00000000-0000-4000-8000-000000000002';
const device = { productType: 'iPhone15,2', osVersion: '26.6.1', udid: '00008120-000000000000001E', name: 'Practice' };
let folder: string;
let server: Server;
let url: string;
let refuse = '';
let requests: { line: string; type: string | undefined; token: string | undefined; body: Buffer }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pavise-send-'));
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const line = `${request.method} ${request.url}`;
      const { 'content-type': type, authorization: token } = request.headers;
      requests.push({ line, type, token, body: Buffer.concat(parts) });
      response.statusCode = line === refuse ? 409 : token === 'Bearer t' ? 200 : 401;
      response.end(JSON.stringify({ id: CHECK, detail: 'Where the facts are wrong, send it again with ?force=true' }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  url = `http://127.0.0.1:${address.port}`;
});
afterAll(async () => {
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true });
});

async function send(backup: string, indicators: string, ...more: string[]): Promise<{ code: number; said: string }> {
  let said = '';
  const args = [
    backup,
    '--indicators',
    indicators,
    '--only-given',
    '--server',
    url,
    '--token',
    't',
    '--device',
    DEVICE,
    ...more,
  ];
  const code = await check(args, { out: () => {}, err: (text) => void (said += text) });
  return { code, said };
}

it('sends the report, then hashes of what stood on the phone and nothing in clear', async () => {
  const { backup, indicators } = writePracticeBackup(join(folder, 'a'), { withTrace: true, device });
  requests = [];
  const { code, said } = await send(backup, indicators);
  expect([code, said]).toEqual([1, expect.stringMatching(/Report sent.*\n.*[Hh]ashes.*sent to .*bytes\n$/s)]);
  expect(requests.map(({ line, type, token }) => [line, type, token])).toEqual([
    [`GET /api/v1/devices/${DEVICE}/checks`, undefined, 'Bearer t'],
    [`POST /api/v1/devices/${DEVICE}/checks`, 'application/json', 'Bearer t'],
    [`PUT /api/v1/devices/${DEVICE}/sightings?check=${CHECK}`, 'application/octet-stream', 'Bearer t'],
  ]);
  const body = requests[2]?.body ?? Buffer.alloc(0);
  const { codes } = decodeSightings(body);
  const kinds = new Set([...codes].map((kind) => meaningOf(kind).kind));
  expect([...kinds]).toEqual(expect.arrayContaining(['host', 'url', 'process', 'path', 'file']));
  expect(body.toString('latin1')).not.toMatch(/example|Library|http/);

  requests = [];
  refuse = `PUT /api/v1/devices/${DEVICE}/sightings?check=${CHECK}`;
  const refused = await send(backup, indicators);
  expect([refused.code, refused.said]).toEqual([1, expect.stringContaining('Cannot send sightings')]);
});

it('names --force where the server knows another phone, and sends with it', async () => {
  const { backup, indicators } = writePracticeBackup(join(folder, 'b'), { withTrace: false, device });
  refuse = `POST /api/v1/devices/${DEVICE}/checks`;
  requests = [];
  const refused = await send(backup, indicators);
  expect([refused.code, refused.said, requests.length]).toEqual([
    2,
    expect.stringContaining('answered 409: Where the facts are wrong, send it again with --force'),
    2,
  ]);
  requests = [];
  const forced = await send(backup, indicators, '--force');
  expect([forced.code, requests.map(({ line }) => line)]).toEqual([
    0,
    [
      `GET /api/v1/devices/${DEVICE}/checks`,
      `POST /api/v1/devices/${DEVICE}/checks?force=true`,
      `PUT /api/v1/devices/${DEVICE}/sightings?check=${CHECK}`,
    ],
  ]);
  await expect(check([backup, '--force'], { out: () => {}, err: () => {} })).rejects.toThrow(
    'Give --device with --force',
  );
});

it('asks the server before the check, and says what to give instead', async () => {
  const { backup, indicators } = writePracticeBackup(join(folder, 'early'), { withTrace: true, device });
  const tried = async (...more: string[]): Promise<[string, string]> => {
    let out = '';
    let message = '';
    const args = [backup, '--indicators', indicators, '--only-given', ...more];
    await check(args, { out: (text) => void (out += text), err: () => {} }).catch((error: Error) => {
      message = error.message;
    });
    return [out, message];
  };
  const to = ['--server', url, '--device', DEVICE];
  expect(await tried(...to, '--token', 'old')).toEqual(['', expect.stringMatching(/^Give another API token/)]);
  expect(await tried('--server', 'http://127.0.0.1:1', '--device', DEVICE, '--token', 't')).toEqual([
    '',
    expect.stringContaining('no answer from http://127.0.0.1:1'),
  ]);
  expect(await tried('--server', 'pavise', '--device', DEVICE, '--token', 't')).toEqual([
    '',
    expect.stringContaining('"pavise" is no address'),
  ]);
  expect(await tried('--server', url, '--device', 'mine', '--token', 't')).toEqual([
    '',
    expect.stringContaining('"mine" is no id of a device'),
  ]);
});
