import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64 } from '../../base/index.ts';
import { signContent } from '../../formats/cms/node.ts';
import type { PlistValue } from '../../formats/plist/index.ts';
import { parseCertificate } from '../../formats/x509/index.ts';
import { issueCertificate } from '../../formats/x509/node.ts';
import { thumbprintOf } from '../bind.ts';
import { findDeviceByKeyThumbprint, readDevice } from '../index.ts';
import {
  addPerson,
  authenticate,
  type Bench,
  challengeOf,
  dict,
  drain,
  enrolIdentity,
  enrolled,
  invite,
  openBench,
  put,
  sealMessage,
  send,
  tokenUpdate,
  typeOf,
} from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

describe('an Apple device', () => {
  it('enrols, takes its first commands and reports facts', async () => {
    const { deviceId, phone } = await enrolled(bench);
    expect(await drain(bench, phone)).toEqual([
      'InstallProfile',
      'DeviceInformation',
      'SecurityInfo',
      'InstalledApplicationList',
      'ProfileList',
    ]);
    const device = await readDevice(bench.test.db, deviceId);
    expect(device?.state).toBe('enrolled');
    expect(Object.fromEntries((device?.facts ?? []).map((fact) => [fact.name, fact.value]))).toEqual({
      'os.version': '18.2',
      'os.build': '22B83',
      'device.model': 'iPhone14,5',
      'device.name': "Ada's iPhone",
      'passcode.present': true,
      'passcode.compliant': true,
      'encryption.enabled': true,
      'encryption.hardware': true,
      supervised: false,
      'enrolment.kind': 'device',
      'profile.id': 'P-1',
      apps: 1,
    });
    const apps = await bench.app.inject({ method: 'GET', url: `/api/v1/devices/${deviceId}/apps` });
    expect(apps.json()).toEqual({
      items: [{ appId: 'org.example.app', name: 'Example', version: '1.2', managed: null }],
    });
    expect((await bench.app.inject({ method: 'GET', url: '/api/v1/me/devices' })).json().items.length).toBeGreaterThan(
      0,
    );
    expect(
      (await bench.app.inject({ method: 'GET', url: '/api/v1/devices?query=ada&limit=1' })).json().items.length,
    ).toBe(1);
  });

  it('is asked for managed apps alone when it is private, by itself and by order', async () => {
    const { deviceId, phone } = await enrolled(bench);
    const asked = async (ownership: string): Promise<(PlistValue | undefined)[]> => {
      await bench.test.pool.query('update devices set ownership = $1 where id = $2', [ownership, deviceId]);
      const url = `/api/v1/devices/${deviceId}/commands`;
      const members: (PlistValue | undefined)[] = [];
      const answer = async (): Promise<void> => {
        let { command } = await send(bench, phone, { Status: 'Idle' });
        while (command !== undefined) {
          if (typeOf(command) === 'InstalledApplicationList') members.push(dict(command['Command'])['ManagedAppsOnly']);
          const CommandUUID = command['CommandUUID'];
          ({ command } = await send(bench, phone, { Status: 'Acknowledged', CommandUUID }));
        }
      };
      await answer();
      for (const kind of ['DeviceInformation', 'InstalledApplicationList']) {
        await bench.app.inject({ method: 'POST', url, payload: { kind } });
        await answer();
      }
      return members;
    };
    expect(await asked('personal')).toEqual([true, true, true]);
    expect(await asked('organisation')).toEqual([undefined, undefined]);
  });

  it('tells who looked at it and at its apps', async () => {
    const { deviceId } = await enrolled(bench);
    bench.looks.length = 0;
    for (const url of [`/api/v1/devices/${deviceId}`, `/api/v1/devices/${deviceId}/apps`])
      await bench.app.inject({ url });
    expect(bench.looks).toEqual([`${deviceId} everything that the phone reported`, `${deviceId} list of apps`]);
  });

  it('keeps its name where it calls itself by one that nobody can see or type', async () => {
    const { deviceId, phone } = await enrolled(bench);
    await drain(bench, phone);
    const order = (payload: object) =>
      bench.app.inject({ method: 'POST', url: `/api/v1/devices/${deviceId}/commands`, payload });
    for (const [DeviceName, shown] of [
      ['\u200b \u202e', "Ada's iPhone"],
      ['\u202eMine\u200b', 'Mine'],
    ]) {
      await order({ kind: 'DeviceInformation' });
      const { command } = await send(bench, phone, { Status: 'Idle' });
      expect(typeOf(command)).toBe('DeviceInformation');
      const answer = { Status: 'Acknowledged', CommandUUID: command?.['CommandUUID'], QueryResponses: { DeviceName } };
      await send(bench, phone, answer);
      expect((await bench.app.inject({ url: `/api/v1/devices/${deviceId}` })).json().name).toBe(shown);
      await drain(bench, phone);
    }
    expect((await order({ kind: 'DeviceLock', confirmName: '' })).statusCode).toBe(422);
  });

  it('is offered a command again after NotNow, but not in the same connection', async () => {
    const { deviceId, phone } = await enrolled(bench);
    await drain(bench, phone);
    const order = (payload: object) =>
      bench.app.inject({ method: 'POST', url: `/api/v1/devices/${deviceId}/commands`, payload });
    expect((await order({ kind: 'DeviceLock', confirmName: 'another' })).statusCode).toBe(422);
    expect((await order({ kind: 'DeviceLock', confirmName: "ada's iphone" })).statusCode).toBe(422);
    // The phone writes a straight apostrophe; the person who types may have a curved one, and a space too many.
    expect((await order({ kind: 'DeviceLock', confirmName: ' Ada’s iPhone' })).json().ids.length).toBe(1);
    const first = await send(bench, phone, { Status: 'Idle' });
    expect(typeOf(first.command)).toBe('DeviceLock');
    const id = first.command?.['CommandUUID'];
    expect((await send(bench, phone, { Status: 'NotNow', CommandUUID: id })).command).toBeUndefined();
    expect((await send(bench, phone, { Status: 'Idle' })).command?.['CommandUUID']).toBe(id);
    expect(
      (
        await send(bench, phone, {
          Status: 'Error',
          CommandUUID: id,
          ErrorChain: [{ ErrorCode: 12021, ErrorDomain: 'MCMDMErrorDomain' }],
        })
      ).command,
    ).toBeUndefined();
    const list = await bench.app.inject({ method: 'GET', url: `/api/v1/devices/${deviceId}/commands?limit=1` });
    expect(list.json().items[0]).toMatchObject({ kind: 'DeviceLock', state: 'error', error: 'MCMDMErrorDomain 12021' });
    expect((await send(bench, phone, { Status: 'Acknowledged', CommandUUID: 'unknown' })).status).toBe(200);
  });

  it('is refused with 400, never 401, when its proof is wrong', async () => {
    const { phone } = await enrolled(bench);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { body, signature } = sealMessage(bench, phone, { Status: 'Idle' });
    expect((await put(bench, { signature, body: Buffer.concat([body, Buffer.from(' ')]) })).status).toBe(400);
    expect((await send(bench, { ...phone, key: privateKey }, { Status: 'Idle' })).status).toBe(400);
    expect((await send(bench, { ...phone, udid: 'other' }, { Status: 'Idle' })).status).toBe(400);
    expect((await send(bench, { ...phone, udid: 'other' }, authenticate)).status).toBe(400);
    expect((await send(bench, phone, { MessageType: 'Nonsense' })).status).toBe(400);
    expect((await bench.app.inject({ method: 'PUT', url: '/mdm/apple', payload: 'x' })).statusCode).toBe(400);
    expect(
      (await bench.app.inject({ method: 'PUT', url: '/mdm/apple', payload: 'x', headers: { 'mdm-signature': 'MIID' } }))
        .statusCode,
    ).toBe(400);
  });

  it('gets one certificate for one challenge, and leaves by CheckOut', async () => {
    const { deviceId, token } = await invite(bench);
    const challenge = await challengeOf(bench, token);
    const { phone, status } = await enrolIdentity(bench, challenge);
    expect(status).toBe('0');
    expect((await enrolIdentity(bench, challenge)).status).toBe('2');
    expect((await send(bench, phone, tokenUpdate)).status).toBe(400);
    await send(bench, phone, authenticate);
    await send(bench, phone, tokenUpdate);
    expect((await bench.app.inject({ method: 'GET', url: `/enroll/apple?token=${token}` })).statusCode).toBe(404);
    expect((await send(bench, phone, { MessageType: 'CheckOut', Topic: 'x' })).status).toBe(200);
    expect((await readDevice(bench.test.db, deviceId))?.state).toBe('checked-out');
    expect((await send(bench, phone, { Status: 'Idle' })).status).toBe(400);
  });

  it('binds one browser by the challenge of its enrolment', async () => {
    const { deviceId, token } = await invite(bench);
    const { challenge } = (
      await bench.app.inject({ method: 'POST', url: '/api/v1/enrolments/open', payload: { token } })
    ).json();
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    const publicJwk = { kty: 'EC', crv: 'P-256', x: String(jwk.x), y: String(jwk.y) } as const;
    const signature = sign('sha256', Buffer.from(`pavise-bind:${challenge}`), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    }).toString('base64url');
    const bind = () =>
      bench.app.inject({
        method: 'POST',
        url: '/api/v1/enrolments/bind',
        payload: { challenge, publicJwk, signature },
      });
    // A link that somebody else got hold of, also who made it, binds nothing and uses nothing up.
    await sql`update devices set person_id = ${await addPerson(bench, 'Mara')} where id = ${deviceId}`.execute(
      bench.test.db,
    );
    expect((await bind()).json()).toMatchObject({ code: 'device-other-person' });
    await sql`update devices set person_id = ${bench.personId} where id = ${deviceId}`.execute(bench.test.db);
    expect((await bind()).json()).toEqual({ deviceId, thumbprint: thumbprintOf(publicJwk) });
    expect((await findDeviceByKeyThumbprint(bench.test.db, thumbprintOf(publicJwk)))?.id).toBe(deviceId);
    expect((await bind()).statusCode).toBe(400);
  });

  it("cannot end the enrolment of another person's phone by its UDID", async () => {
    const { deviceId, phone } = await enrolled(bench);
    const eve = await invite(bench, await addPerson(bench, 'Eve'));
    const { phone: thief } = await enrolIdentity(bench, await challengeOf(bench, eve.token));
    expect((await send(bench, { ...thief, udid: phone.udid }, authenticate)).status).toBe(400);
    expect((await readDevice(bench.test.db, deviceId))?.state).toBe('enrolled');
    expect((await send(bench, phone, { Status: 'Idle' })).status).toBe(200);
    const log = await sql`select from audit_entries where action = 'device.refused'`.execute(bench.test.db);
    expect(log.rows.length).toBe(1);
    const again = await enrolIdentity(bench, await challengeOf(bench, (await invite(bench)).token));
    expect((await send(bench, { ...again.phone, udid: phone.udid }, authenticate)).status).toBe(200);
    expect((await readDevice(bench.test.db, deviceId))?.state).toBe('checked-out');
  });

  it('speaks by one certificate of its invitation only', async () => {
    const { token } = await invite(bench);
    const { phone: first } = await enrolIdentity(bench, await challengeOf(bench, token));
    const { phone: second } = await enrolIdentity(bench, await challengeOf(bench, token));
    const late = await challengeOf(bench, token);
    expect((await send(bench, second, { Status: 'Idle' })).status).toBe(400);
    expect((await send(bench, first, authenticate)).status).toBe(200);
    expect((await send(bench, first, tokenUpdate)).status).toBe(200);
    expect((await send(bench, { ...second, udid: first.udid }, authenticate)).status).toBe(400);
    expect((await enrolIdentity(bench, late)).status).toBe('2');
    expect((await send(bench, first, { Status: 'Idle' })).status).toBe(200);
  });

  it('is answered 400 for text that cannot be kept, and for cursors of no list', async () => {
    const { phone } = await enrolled(bench);
    const head = Buffer.from('bplist00\xd2\x01\x02\x03\x04TUDID[MessageType_\x10\x10', 'latin1');
    const table = [8, 13, 18, 30, 49, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0];
    const tail = Buffer.from([0x52, 0x41, 0, ...table, 0, 0, 0, 0, 0, 0, 0, 52]);
    const payload = Buffer.concat([head, Buffer.from(phone.udid), tail]);
    const signature = toBase64(signContent(payload, phone, { nowMs: Date.now(), detached: true }));
    const headers = { 'mdm-signature': signature };
    expect((await bench.app.inject({ method: 'PUT', url: '/mdm/apple', payload, headers })).body).toBe(
      'request-invalid\n',
    );
    expect((await bench.app.inject({ method: 'PUT', url: '/mdm/apple', payload, headers })).statusCode).toBe(400);
    const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const id = 'a0000000-0000-4000-8000-000000000000';
    for (const query of ['query=%00', `after=${cursor(['a', '-'.repeat(36)])}`, `after=${cursor(['\0', id])}`]) {
      expect((await bench.app.inject({ method: 'GET', url: `/api/v1/devices?${query}` })).statusCode).toBe(400);
    }
    const android = {
      method: 'POST',
      url: '/api/v1/enrolments',
      payload: { personId: bench.personId, platform: 'android' },
    } as const;
    expect((await bench.app.inject(android)).json()).toMatchObject({ code: 'device-android-unset' });
  });

  it('costs no statement while its certificate is not by our authority, whatever name that gives itself', async () => {
    const { phone } = await enrolled(bench);
    await drain(bench, phone);
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const certificate = parseCertificate(
      issueCertificate({
        use: 'client',
        subjectRaw: phone.certificate.subjectRaw,
        issuerRaw: phone.certificate.issuerRaw,
        spkiRaw: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
        serial: phone.certificate.serialRaw.subarray(2),
        notBeforeMs: phone.certificate.notBeforeMs,
        notAfterMs: phone.certificate.notAfterMs,
        authorityKey: privateKey,
      }),
    );
    let statements = 0;
    const count = () => statements++;
    bench.test.pool.on('acquire', count);
    const forged = { ...phone, key: privateKey, certificate };
    expect((await send(bench, forged, { Status: 'Idle' })).status).toBe(400);
    bench.test.pool.off('acquire', count);
    expect(statements).toBe(0);
  });

  it('costs no statement when it is idle and nothing waits', async () => {
    const { phone } = await enrolled(bench);
    await drain(bench, phone);
    await send(bench, phone, { Status: 'Idle' });
    const digest = createHash('sha256').update(phone.certificate.raw).digest('hex');
    expect(digest.length).toBe(64);
    let statements = 0;
    bench.test.pool.on('acquire', () => statements++);
    expect((await send(bench, phone, { Status: 'Idle' })).status).toBe(200);
    expect(statements).toBe(0);
  });
});
