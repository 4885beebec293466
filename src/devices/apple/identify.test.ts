import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64 } from '../../base/index.ts';
import { craftSigned } from '../../formats/cms/testing.ts';
import { DeviceError } from '../device-error.ts';
import { announce } from './identify.ts';
import { type Bench, enrolled, openBench, type Phone, sealMessage } from './testing.ts';

const DAY_MS = 86_400_000;
let bench: Bench;
let phone: Phone;
/** The end of its certificate; a signature tells its time in whole seconds, and so does a certificate. */
let endMs: number;
beforeAll(async () => {
  bench = await openBench();
  ({ phone } = await enrolled(bench));
  endMs = (await bench.apple.pins.find(phone.certificate))?.expiresAt.getTime() ?? 0;
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

describe('announce()', () => {
  it.each([
    ['takes what was signed a day ago', -10 * DAY_MS, DAY_MS, 'ok'],
    ['refuses it a millisecond later', -10 * DAY_MS, DAY_MS + 1, 'device-signing-time'],
    ['takes what a clock signed that is a day ahead', -10 * DAY_MS, -DAY_MS, 'ok'],
    ['refuses one that is further ahead', -10 * DAY_MS, -DAY_MS - 1, 'device-signing-time'],
    ['takes a certificate thirty days after its end', 30 * DAY_MS, 0, 'ok'],
    ['refuses it a millisecond later', 30 * DAY_MS, 1, 'device-certificate-expired'],
  ])('%s', async (_what, signedMs, laterMs, outcome) => {
    const { signature } = sealMessage(bench, phone, { Status: 'Idle' }, endMs + signedMs);
    const now = (): number => endMs + signedMs + laterMs;
    const said = await announce({ ...bench.apple, now }, toBase64(signature)).then(
      () => 'ok',
      (error: unknown) => (error instanceof DeviceError ? error.code : error),
    );
    expect(said).toBe(outcome);
  });

  it('knows by the header alone whose it is where attributes are signed, and otherwise not yet', async () => {
    const nowMs = bench.apple.now();
    const craft = { ...phone, content: new Uint8Array([1]), nowMs };
    for (const [proven, attributes] of [
      [true, undefined],
      [false, () => undefined],
    ] as const) {
      const told: string[] = [];
      const header = toBase64(craftSigned({ ...craft, attributes }));
      const announced = await announce(bench.apple, header, (deviceId) => told.push(deviceId));
      expect([announced.proven, announced.signedAtMs !== undefined]).toEqual([proven, proven]);
      expect(told).toEqual(proven ? [announced.pin.deviceId] : []);
    }
  });
});
