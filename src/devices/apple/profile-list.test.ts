import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlistDict } from '../../formats/plist/index.ts';
import { readDevice } from '../index.ts';
import { answers, type Bench, deliver, drain, enrolled, openBench, type Phone } from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

const facts = async (deviceId: string) =>
  Object.fromEntries((await readDevice(bench.test.db, deviceId))?.facts.map(({ name, value }) => [name, value]) ?? []);
/** Asks for fresh facts and lets the phone answer, listing these profiles. */
async function lists(deviceId: string, phone: Phone, ...profiles: PlistDict[]): Promise<string[]> {
  const url = `/api/v1/devices/${deviceId}/commands`;
  await bench.app.inject({ method: 'POST', url, payload: { kind: 'DeviceInformation' } });
  return await drain(bench, phone, { ...answers, ProfileList: { ProfileList: profiles } });
}
const ours = (more: PlistDict): PlistDict => ({ PayloadIdentifier: 'org.pavise.policy', ...more });
const rule = { PayloadContent: [{ PayloadType: 'com.apple.mobiledevice.passwordpolicy' }] };

describe('ProfileList', () => {
  it('tells which profile and which passcode rule the phone carries now', async () => {
    const { deviceId, phone } = await enrolled(bench);
    const other = { PayloadIdentifier: 'com.example.other', PayloadUUID: 'OTHER', ...rule };
    await lists(deviceId, phone, other, ours({ PayloadUUID: 'P-1', ...rule }));
    expect(await facts(deviceId)).toMatchObject({
      'profile.listed': 'P-1',
      'passcode.rule': true,
      'profile.id': 'P-1',
    });
    await lists(deviceId, phone, other, ours({ PayloadUUID: 'P-1', PayloadContent: [{ PayloadType: 'other' }] }));
    expect(await facts(deviceId)).toMatchObject({ 'profile.listed': 'P-1', 'passcode.rule': false });
    await lists(deviceId, phone, ours({ PayloadUUID: 'P-1' }));
    expect(await facts(deviceId)).toMatchObject({ 'profile.listed': 'P-1', 'passcode.rule': null });
    await lists(deviceId, phone, other);
    expect(await facts(deviceId)).toMatchObject({
      'profile.listed': false,
      'passcode.rule': false,
      'profile.id': null,
    });
  });

  it('has a profile that is gone sent again, and asks what has changed, but not without end', async () => {
    const { deviceId, phone } = await enrolled(bench);
    await lists(deviceId, phone);
    const rounds: string[][] = [];
    for (let i = 0; i < 6; i++) {
      await deliver(bench);
      rounds.push(await drain(bench, phone, { ...answers, ProfileList: { ProfileList: [] } }));
    }
    const again = ['InstallProfile', 'SecurityInfo', 'ProfileList'];
    expect(rounds).toEqual([again, again, [], [], [], []]);
  });
});

describe('a phone under User Enrollment', () => {
  it('is known by its EnrollmentID and says what iOS lets it say', async () => {
    const { deviceId, phone } = await enrolled(bench, bench.personId, 'user');
    await drain(bench, phone, {
      ...answers,
      SecurityInfo: { SecurityInfo: { PasscodeCompliant: true, HardwareEncryptionCaps: 3 } },
    });
    const known = await facts(deviceId);
    expect(known).toMatchObject({ 'enrolment.kind': 'user', 'passcode.compliant': true, 'encryption.hardware': true });
    expect(Object.keys(known)).not.toContain('passcode.present');
    expect(Object.keys(known)).not.toContain('encryption.enabled');
  });
});
