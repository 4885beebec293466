import { Writable } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64 } from '../../base/index.ts';
import { craftSigned } from '../../formats/cms/testing.ts';
import { parsePlist, writeXmlPlist } from '../../formats/plist/index.ts';
import { DeviceError } from '../device-error.ts';
import { appleRoutes } from './routes.ts';
import type { AppleServices } from './services.ts';
import {
  type Bench,
  challengeOf,
  craftRequest,
  dict,
  enrolled,
  invite,
  openBench,
  put,
  scepStatus,
  sealMessage,
  send,
  tokenUpdate,
} from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

/** The routes of phones alone, with what they write to the log; a hook runs before theirs. */
async function phonesApp(
  changes: Partial<AppleServices> = {},
  hook: (request: FastifyRequest) => void = () => {},
): Promise<{ app: FastifyInstance; lines: string[] }> {
  const lines: string[] = [];
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      const { msg, code } = JSON.parse(line.toString('utf8'));
      lines.push(`${msg} ${code}`);
      done();
    },
  });
  const app = Fastify({ logger: { level: 'warn', stream } });
  app.decorateRequest('actor', { getter: () => ({ kind: 'anonymous' }) as const });
  app.addHook('onRequest', async (request) => hook(request));
  await appleRoutes(app, { ...bench.apple, ...changes });
  return { app, lines };
}
/** A signature over the content itself, by which nothing is proven before the body is read. */
const bare = (phone: Parameters<typeof send>[1], body: Uint8Array) => ({
  body,
  signature: craftSigned({ ...phone, content: body, nowMs: bench.apple.now(), attributes: () => undefined }),
});

describe('PUT /mdm/apple', () => {
  it('takes a message of any content type, and refuses one without a body', async () => {
    const { phone } = await enrolled(bench);
    const { body, signature } = sealMessage(bench, phone, { Status: 'Idle' });
    const headers = { 'mdm-signature': toBase64(signature) };
    for (const type of ['text/plain', 'application/json']) {
      const reply = await bench.app.inject({
        method: 'PUT',
        url: '/mdm/apple',
        payload: Buffer.from(body),
        headers: { ...headers, 'content-type': type },
      });
      expect(reply.statusCode, type).toBe(200);
    }
    const reply = await bench.app.inject({ method: 'PUT', url: '/mdm/apple', headers });
    expect([reply.statusCode, reply.body]).toEqual([400, 'device-signature\n']);
  });

  it('takes check-ins until the very end of a certificate', async () => {
    const { phone } = await enrolled(bench);
    const endMs = (await bench.apple.pins.find(phone.certificate))?.expiresAt.getTime() ?? 0;
    const message = sealMessage(bench, phone, tokenUpdate, endMs);
    for (const [nowMs, code] of [
      [endMs + 1, 'device-certificate-expired'],
      [endMs, undefined],
    ] as const) {
      const { app } = await phonesApp({ now: () => nowMs });
      expect((await put({ app }, message)).code).toBe(code);
    }
  });

  it('counts a body for its phone only where the header proves whose it is', async () => {
    const { phone, deviceId } = await enrolled(bench);
    const requests: FastifyRequest[] = [];
    const { app } = await phonesApp({}, (request) => requests.push(request));
    await put({ app }, sealMessage(bench, phone, { Status: 'Idle' }));
    await put({ app }, bare(phone, writeXmlPlist({ UDID: phone.udid, Status: 'Idle' })));
    expect(requests.map(({ actor }) => actor)).toEqual([{ kind: 'device', deviceId }, { kind: 'anonymous' }]);
  });

  it('names the phone of a refusal once its body has proven whose it is', async () => {
    const { phone, deviceId } = await enrolled(bench);
    await put(bench, bare(phone, writeXmlPlist({ UDID: phone.udid, MessageType: 'Nonsense' })));
    await bench.apple.refusals.flush();
    const { rows } = await bench.test.pool.query('select code from devices_refusals where device_id = $1', [deviceId]);
    expect(rows).toEqual([{ code: 'device-message-type' }]);
  });

  it('fails with 500 and a line of its own where the failure is ours, and is told as no refusal', async () => {
    const { phone } = await enrolled(bench);
    const { app, lines } = await phonesApp();
    await bench.test.owner.query('alter table devices_reports rename to aside');
    expect(await send({ app, apple: bench.apple }, phone, tokenUpdate)).toMatchObject({
      status: 500,
      code: 'internal',
    });
    await bench.test.owner.query('alter table aside rename to devices_reports');
    expect(lines).toEqual(['device request failed internal']);
  });

  it('says when to come again where the database has too much to do', async () => {
    const { phone } = await enrolled(bench);
    const run = (statement: string) => bench.test.owner.query(statement);
    await run(`create function busy() returns trigger language plpgsql as
      $$ begin raise exception 'busy' using errcode = 'lock_not_available'; end $$`);
    await run('create trigger busy before insert on devices_reports execute function busy()');
    const { body, signature } = sealMessage(bench, phone, tokenUpdate);
    const headers = { 'mdm-signature': toBase64(signature), 'content-type': 'application/x-apple-aspen-mdm' };
    const sendIt = () => bench.app.inject({ method: 'PUT', url: '/mdm/apple', payload: Buffer.from(body), headers });
    const busy = await sendIt();
    expect([busy.statusCode, busy.headers['retry-after']]).toEqual([503, '2']);
    await run('drop trigger busy on devices_reports');
    const taken = await sendIt();
    expect([taken.statusCode, taken.headers['retry-after']]).toEqual([200, undefined]);
  });

  it('never says 401, by which a phone would leave', async () => {
    const { app } = await phonesApp({}, () => {
      throw new DeviceError('device-no-person', 401, 'Sign in');
    });
    const reply = await app.inject({ method: 'PUT', url: '/mdm/apple' });
    expect([reply.statusCode, reply.body, reply.headers['retry-after']]).toEqual([
      400,
      'device-no-person\n',
      undefined,
    ]);
  });
});

describe('/enroll/apple', () => {
  it('sends the profile to be saved and not to be kept anywhere, and unsigned where it is asked for', async () => {
    const { token } = await invite(bench);
    const reply = await bench.app.inject({ url: `/enroll/apple?token=${token}&unsigned=1` });
    expect(reply.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-disposition': 'attachment; filename="pavise.mobileconfig"',
    });
    expect(dict(parsePlist(new Uint8Array(reply.rawPayload)))['PayloadType']).toBe('Configuration');
  });
});

describe('/scep', () => {
  it('answers a request that comes by GET, also in the alphabet of URLs', async () => {
    for (const form of ['base64', 'base64url'] as const) {
      const { token } = await invite(bench);
      const { message } = await craftRequest(bench, await challengeOf(bench, token));
      const text = encodeURIComponent(Buffer.from(message).toString(form));
      const reply = await bench.app.inject({ url: `/scep?operation=PKIOperation&message=${text}` });
      expect(scepStatus(reply.rawPayload).status).toBe('0');
    }
  });

  it.each(['', 'GetNextCACert'])('refuses the operation "%s"', async (operation) => {
    const reply = await bench.app.inject({ url: `/scep?operation=${operation}` });
    expect([reply.statusCode, reply.body]).toEqual([400, 'device-scep-operation\n']);
  });

  it('hears nothing more of an address whose requests have failed three hundred times in a minute', async () => {
    const { message: refused } = await craftRequest(bench, 'any', { messageType: '17' });
    const { app } = await phonesApp({ now: () => 0 });
    const post = (payload: Uint8Array, remoteAddress: string) =>
      app.inject({ method: 'POST', url: '/scep?operation=PKIOperation', payload: Buffer.from(payload), remoteAddress });
    for (const last of [refused, new Uint8Array(3)]) {
      const address = last === refused ? '192.0.2.1' : '192.0.2.2';
      for (let n = 1; n < 300; n++) expect((await post(new Uint8Array(3), address)).statusCode).toBe(400);
      expect((await post(last, address)).statusCode).toBe(last === refused ? 200 : 400);
      expect((await post(refused, address)).body).toBe('device-enrolment-limit\n');
    }
    expect((await post(refused, '192.0.2.3')).statusCode).toBe(200);
  });
});
