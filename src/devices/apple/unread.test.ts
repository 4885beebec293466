import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toBase64 } from '../../base/index.ts';
import { craftSigned } from '../../formats/cms/testing.ts';
import { authenticate, type Bench, enrolled, openBench, type Phone, sealMessage } from './testing.ts';

let bench: Bench;
let port: number;
let phone: Phone;
beforeAll(async () => {
  bench = await openBench();
  ({ phone } = await enrolled(bench));
  port = Number(new URL(await bench.app.listen({ host: '127.0.0.1', port: 0 })).port);
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

const WAIT_MS = 30_000;
/** Who waits for a body says nothing: after this it is taken for waiting. */
const SILENCE_MS = 500;

/** Sends the head of a request, and none of its body unless it is given: the answer that comes all the same. */
async function answerToHead(
  headers: readonly string[],
  line = 'PUT /mdm/apple',
  waitMs = WAIT_MS,
  body: Uint8Array = new Uint8Array(),
): Promise<string | undefined> {
  const socket = connect(port, '127.0.0.1');
  const answer = new Promise<string>((done) => socket.once('data', (data: Buffer) => done(data.toString())));
  socket.write(`${line} HTTP/1.1\r\nhost: x\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`);
  socket.write(body);
  const none = new Promise<undefined>((done) => setTimeout(done, waitMs));
  const got = await Promise.race([answer, none]);
  socket.destroy();
  return got;
}
const signedBy = (signature: Uint8Array): string => `mdm-signature: ${toBase64(signature)}`;
const genuine = () => sealMessage(bench, phone, authenticate).signature;

it.each<[string, () => readonly string[], string]>([
  ['nobody signed', () => [], 'device-signature-missing'],
  ['is signed with nonsense', () => ['mdm-signature: MIID'], 'asn1-length'],
  [
    'is signed by another key',
    () => [
      signedBy(
        craftSigned({
          ...phone,
          content: new Uint8Array(),
          nowMs: bench.apple.now(),
          forge: (usual) => usual.slice(0, 2),
        }),
      ),
    ],
    'device-signature',
  ],
  [
    'was signed on another day',
    () => [signedBy(sealMessage(bench, phone, authenticate, Date.now() - 2 * 86_400_000).signature)],
    'device-signing-time',
  ],
])('a body that %s is answered before it is read, or waited for', async (_name, headers, code) => {
  const answer = await answerToHead([...headers(), 'content-length: 1000']);
  expect(answer?.split('\r\n\r\n')[1]?.trim()).toBe(code);
});

it('a body that its phone has signed is waited for', async () => {
  expect(await answerToHead([signedBy(genuine()), 'content-length: 1000'], undefined, SILENCE_MS)).toBeUndefined();
});

it('a connection whose refused body is large ends, and goes on after a small one', async () => {
  expect(await answerToHead(['content-length: 8000000'])).toContain('connection: close');
  expect(await answerToHead(['transfer-encoding: chunked'])).toContain('connection: close');
  expect(await answerToHead(['content-length: 65537'])).toContain('connection: close');
  expect(await answerToHead(['content-length: 65536'])).not.toContain('connection: close');
});

it('a connection goes on after a large body that was read', async () => {
  const body = new Uint8Array(100_000);
  const answer = await answerToHead([signedBy(genuine()), 'content-length: 100000'], undefined, WAIT_MS, body);
  expect(answer?.split('\r\n\r\n')[1]?.trim()).toBe('device-signature');
  expect(answer).not.toContain('connection: close');
});

it('SCEP takes 64 KiB and reads nothing that is larger', async () => {
  const scep = 'POST /scep?operation=PKIOperation';
  expect(await answerToHead(['content-length: 65537'], scep)).toContain(' 413 ');
  expect(await answerToHead(['content-length: 65536'], scep, SILENCE_MS)).toBeUndefined();
});

it('a phone may send 8 MiB and no more', async () => {
  expect(await answerToHead([signedBy(genuine()), 'content-length: 8388609'])).toContain(' 413 ');
  expect(await answerToHead([signedBy(genuine()), 'content-length: 8388608'], undefined, SILENCE_MS)).toBeUndefined();
});
