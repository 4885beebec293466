import { Writable } from 'node:stream';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { appleRoutes } from './routes.ts';
import { enrolled, openBench, send } from './testing.ts';

it('a refused phone is told a code alone; whoever runs the server reads why, and of which phone, once a minute', async () => {
  await using bench = await openBench();
  const { phone, deviceId } = await enrolled(bench);
  const lines: { msg: string; code: string; deviceId: string | null; why: string }[] = [];
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      lines.push(JSON.parse(line.toString('utf8')));
      done();
    },
  });
  const app = Fastify({ logger: { level: 'warn', stream } });
  await appleRoutes(app, bench.apple);
  const unsigned = () => app.inject({ method: 'PUT', url: '/mdm/apple', payload: 'x' });
  for (let n = 0; n < 3; n++) {
    expect((await unsigned()).body).toBe('device-signature-missing\n');
    expect((await send({ ...bench, app }, phone, { MessageType: 'NotOfThisProtocol' })).status).toBe(400);
  }
  expect(lines).toMatchObject([
    {
      msg: 'phone refused',
      code: 'device-signature-missing',
      deviceId: null,
      why: expect.stringContaining('it is not signed'),
    },
    { msg: 'phone refused', deviceId },
  ]);
  expect(lines).toHaveLength(2);
  bench.wait(61_000);
  await unsigned();
  expect(lines).toHaveLength(3);
  await app.close();
});
