import { describe, expect, it } from 'vitest';
import { CodedError, FormatError } from '../base/index.ts';
import { DeviceError } from './device-error.ts';
import { enrolmentLimits } from './enrolment-limits.ts';

const unknown = () => Promise.reject(new DeviceError('device-invitation', 404, 'Ask for a new link'));
const invitation = (id: string) => () => Promise.resolve({ id });

/** How often a step comes to each code. */
async function tries(count: number, step: (n: number) => Promise<unknown>): Promise<Record<string, number>> {
  const seen: Record<string, number> = {};
  for (let n = 0; n < count; n++) {
    const code = await step(n).then(
      () => 'ok',
      (error: unknown) => (error instanceof DeviceError ? error.code : 'other'),
    );
    seen[code] = (seen[code] ?? 0) + 1;
  }
  return seen;
}

describe('enrolmentLimits()', () => {
  it('lets any number of invitations be used from one address', async () => {
    const limits = enrolmentLimits(() => 0);
    expect(await tries(5000, (n) => limits.step('192.0.2.1', invitation(`${n}`)))).toEqual({ ok: 5000 });
  });

  it('lets one invitation be used thirty times a minute, from wherever', async () => {
    let nowMs = 0;
    const limits = enrolmentLimits(() => nowMs);
    const open = () => tries(35, (n) => limits.step(`192.0.2.${n}`, invitation('a')));
    expect(await open()).toEqual({ ok: 30, 'device-enrolment-limit': 5 });
    expect(await tries(1, () => limits.step('192.0.2.1', invitation('b')))).toEqual({ ok: 1 });
    nowMs += 60_000;
    expect(await open()).toEqual({ ok: 30, 'device-enrolment-limit': 5 });
  });

  it('lets three hundred tries fail from one address, and then none be made; others go on', async () => {
    let nowMs = 0;
    const limits = enrolmentLimits(() => nowMs);
    expect(await tries(305, () => limits.step('192.0.2.1', unknown))).toEqual({
      'device-invitation': 300,
      'device-enrolment-limit': 5,
    });
    expect(() => limits.admit('::ffff:192.0.2.1')).toThrow('Wait a minute');
    expect(await tries(1, () => limits.step('192.0.2.2', invitation('a')))).toEqual({ ok: 1 });
    nowMs -= 1; // a clock that is set back holds nobody for longer
    expect(await tries(1, () => limits.step('192.0.2.1', invitation('a')))).toEqual({ ok: 1 });
  });

  class OtherError extends CodedError {}
  it.each([
    ['an unknown secret', new DeviceError('device-invitation', 404, 'Ask'), true],
    ['what is no message at all', new FormatError('scep-message', 0, 'Cannot read'), true],
    ['a refusal of another room', new OtherError('people-role', 499, 'Ask'), true],
    ['a failure of ours', new OtherError('server-failed', 500, 'Try again'), false],
    ['a gateway that is away', new DeviceError('device-android-gateway', 502, 'Try again'), false],
    ['a bug', new Error('gone'), false],
  ])('counts for whoever met it %s: %s', async (_what, error, counts) => {
    const limits = enrolmentLimits(() => 0);
    await tries(300, () => limits.step('192.0.2.1', () => Promise.reject(error)));
    const [open, closed] = [expect(() => limits.admit('192.0.2.1')).not, expect(() => limits.admit('192.0.2.1'))];
    (counts ? closed : open).toThrow('Wait a minute');
  });

  it('counts a network of IPv6 once, and a bounded number of senders', async () => {
    const limits = enrolmentLimits(() => 0, 10);
    for (let n = 0; n < 300; n++) limits.failed(`2001:db8:1:2::${n.toString(16)}`);
    expect(() => limits.admit('2001:db8:1:2:ffff::1')).toThrow('Wait a minute');
    expect(() => limits.admit('2001:db8:1:3::1')).not.toThrow();
    for (let n = 0; n < 400; n++) limits.failed(`198.51.100.${n % 250}`);
    expect(() => limits.admit('203.0.113.9'), 'more than are counted apart share one count').toThrow('Wait a minute');
    expect(() => limits.admit('198.51.100.8'), 'who was counted apart before is so still').not.toThrow();
    expect(() => limits.admit('198.51.100.9'), 'the first that is not').toThrow('Wait a minute');
  });
});
