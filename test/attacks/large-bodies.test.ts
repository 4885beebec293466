import { spawnSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../../src/base/index.ts';
import { simulateIphone } from '../../src/demo/iphone.ts';
import { PHONES } from '../../src/demo/organisation.data.ts';
import { signContent } from '../../src/formats/cms/node.ts';
import { parseCertificate } from '../../src/formats/x509/index.ts';
import { type ServerProcess, startProcess } from '../e2e/harness.ts';
import { type Flooded, flood, type Sending } from './flood.ts';

const MIB = 1024 * 1024;
const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
/** The largest body that a phone may send. */
const LARGEST = 8 * MIB;

let server: ServerProcess;
let url: URL;
beforeAll(async () => {
  server = await startProcess();
  url = new URL(server.url);
  await sendMany({ method: 'PUT', path: '/mdm/apple', bytes: 1000 }, 50); // what is loaded and compiled once is no memory of a body
}, 120_000);
afterAll(() => server.stop());

const sendMany = (sending: Sending, count = 100): Promise<Flooded> =>
  flood({ url, pid: server.child.pid ?? 0 }, sending, count);
/** By how much answers were late: the middle one, since how long a single answer takes on a busy machine is for `npm run bench intake` to say. */
const lateMs = ({ healthzMs, quietMs }: Flooded): number =>
  ([...healthzMs].sort((a, b) => a - b)[Math.floor(healthzMs.length / 2)] ?? Number.POSITIVE_INFINITY) - quietMs;

/** Enrols a phone and gives a header that it signed, for another body than the one that is sent. */
async function overheardHeader(): Promise<string> {
  const made = spawnSync(
    process.execPath,
    [MAIN, 'token', 'create', '--role', 'administrator', '--data', server.data],
    {
      encoding: 'utf8',
    },
  );
  const call = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${made.stdout.trim()}`, 'content-type': 'application/json' };
    const reply = await fetch(new URL(path, url), { method: 'POST', headers, body: JSON.stringify(body) });
    expect(reply.ok).toBe(true);
    return (await reply.json()) as { token: string; person: { id: string } }; // fields that are missing fail below
  };
  const invited = { displayName: 'Ada', email: 'ada@example.org', role: 'member' };
  const { person } = await call('/api/v1/people/invitations', invited);
  const { token } = await call('/api/v1/enrolments', { personId: person.id, platform: 'apple' });
  const make = PHONES[0];
  if (make === undefined) throw new Error('no practice phone');
  const phone = simulateIphone({ make, seed: 'flood', baseUrl: url, now: () => Date.now() });
  await phone.enrol(token);
  const { certificate, privateKeyPem } = phone.memory ?? { certificate: '', privateKeyPem: '' };
  const signer = { certificate: parseCertificate(fromBase64(certificate)), key: createPrivateKey(privateKeyPem) };
  return toBase64(signContent(new Uint8Array(10), signer, { nowMs: Date.now(), detached: true }));
}

describe.skipIf(process.platform !== 'linux')('a hundred large bodies at once', () => {
  it.each<[string, Omit<Sending, 'bytes'> & { bytes?: number }, readonly number[]]>([
    ['that nobody signed', { method: 'PUT', path: '/mdm/apple' }, [400]],
    ['that nobody signed, of unknown length', { method: 'PUT', path: '/mdm/apple', chunked: true }, [400]],
    [
      'with a header that is no signature',
      { method: 'PUT', path: '/mdm/apple', headers: { 'mdm-signature': 'MIID' } },
      [400],
    ],
    ['for SCEP', { method: 'POST', path: '/scep?operation=PKIOperation' }, [413]],
    [
      'for SCEP, of unknown length',
      { method: 'POST', path: '/scep?operation=PKIOperation', chunked: true },
      [413, 429, 503],
    ],
    [
      'for the sign-in',
      { method: 'POST', path: '/api/v1/sign-in/verify', headers: { 'content-type': 'application/json' }, bytes: MIB },
      [400, 429, 503],
    ],
    [
      'for the key server',
      {
        method: 'POST',
        path: '/kas.AccessService/Rewrap',
        headers: { 'content-type': 'application/json' },
        bytes: 4 * MIB,
      },
      [400, 401, 429, 503],
    ],
  ])('%s move the memory by less than 64 MiB, and the server answers meanwhile', async (_name, sending, expected) => {
    const flooded = await sendMany({ bytes: LARGEST, ...sending });
    expect(
      Object.keys(flooded.statuses)
        .map(Number)
        .filter((status) => status !== 0 && !expected.includes(status)),
    ).toEqual([]);
    expect(flooded.grewBytes).toBeLessThan(64 * MIB);
    expect(lateMs(flooded)).toBeLessThan(200);
  });

  it('under a header that was overheard fill no more than the share of one phone', async () => {
    const headers = { 'mdm-signature': await overheardHeader() };
    const flooded = await sendMany({
      method: 'PUT',
      path: '/mdm/apple',
      headers,
      bytes: LARGEST,
    });
    expect(flooded.statuses[400], 'one at a time is read and found to be of no phone').toBeGreaterThan(0);
    expect(flooded.statuses[200]).toBeUndefined();
    expect(flooded.grewBytes).toBeLessThan(64 * MIB);
    expect(lateMs(flooded)).toBeLessThan(200);
  });
});
