import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { Json } from '../../base/index.ts';
import { DeviceError } from '../device-error.ts';
import { AndroidDevice, DeviceList, EnrolmentToken, Operation, PolicyReply } from './wire.ts';

/** The calls of the Android Management API that Pavise makes. */
export interface AndroidGateway {
  patchPolicy(policyId: string, policy: object): Promise<void>;
  createEnrolmentToken(wanted: {
    readonly policyId: string;
    readonly additionalData: string;
    readonly durationSeconds: number;
    readonly personalUsage: boolean;
  }): Promise<Static<typeof EnrolmentToken>>;
  /** Where a phone in use opens its token. */
  enrolUrl(token: string): string;
  /** Page by page, as the API gives them: whoever takes one over does so before the next is asked for. */
  listDevices(): AsyncGenerator<DevicePage>;
  getDevice(resourceName: string): Promise<AndroidDevice>;
  /** Moves a device to another policy. */
  setDevicePolicy(resourceName: string, policyId: string): Promise<void>;
  issueCommand(resourceName: string, command: { readonly type: AndroidCommand }): Promise<Static<typeof Operation>>;
}

/** Some of the devices, and the names of those that do not have the form of the API. */
export interface DevicePage {
  readonly devices: readonly AndroidDevice[];
  readonly misshapen: readonly { readonly name: string; readonly enrollmentTokenData: string }[];
}

export type AndroidCommand = 'LOCK' | 'REBOOT' | 'RELINQUISH_OWNERSHIP' | 'WIPE';

/** Where the API is and how a call proves itself: `direct` is Google, `emulator` any base URL without a token. */
export interface GatewayPlace {
  readonly baseUrl: URL;
  /** enterprises/{id} */
  readonly enterprise: string;
  readonly accessToken?: () => Promise<string>;
}

const GOOGLE_ENROL_URL = 'https://enterprise.google.com/android/enroll'; // the enrolment link of a work profile
const TIMEOUT_MS = 15_000;
const PAGE_LIMIT = 10_000; // pages of 100 devices: ends a listing that never ends
const REPLY_LIMIT_CHARACTERS = 32 << 20;

/** Speaks the REST form of the Android Management API to a base URL. */
export function androidGateway(place: GatewayPlace): AndroidGateway {
  const { enterprise } = place;
  const call = async <T extends TSchema>(
    method: string,
    path: string,
    schema: T,
    body?: object,
  ): Promise<Static<T>> => {
    const reply = await request(place, method, path, body);
    if (!Value.Check(schema, reply)) throw unusable(`${method} reply does not have the form of the API`);
    return reply;
  };
  return {
    async patchPolicy(policyId, policy) {
      await call('PATCH', `${enterprise}/policies/${policyId}`, PolicyReply, policy);
    },
    createEnrolmentToken: ({ policyId, additionalData, durationSeconds, personalUsage }) =>
      call('POST', `${enterprise}/enrollmentTokens`, EnrolmentToken, {
        policyName: `${enterprise}/policies/${policyId}`,
        additionalData,
        duration: `${durationSeconds}s`,
        oneTimeOnly: true,
        allowPersonalUsage: personalUsage ? 'PERSONAL_USAGE_ALLOWED' : 'PERSONAL_USAGE_DISALLOWED',
      }),
    enrolUrl(token) {
      // Tokens that came over HTTPS are Google's own, through a relay too; an emulator on loopback plays the page itself.
      const url = new URL(place.baseUrl.protocol === 'https:' ? GOOGLE_ENROL_URL : '/enroll', place.baseUrl);
      url.searchParams.set('et', token);
      return url.href;
    },
    async *listDevices() {
      const seen = new Set<string>();
      let pageToken = '';
      do {
        const query = new URLSearchParams({ pageSize: '100', ...(pageToken === '' ? {} : { pageToken }) });
        const list = await call('GET', `${enterprise}/devices?${query.toString()}`, DeviceList);
        yield pageOf(list.devices ?? []);
        pageToken = list.nextPageToken ?? '';
        if (seen.has(pageToken) || seen.size >= PAGE_LIMIT) throw unusable('the list of devices does not end');
        seen.add(pageToken);
      } while (pageToken !== '');
    },
    getDevice: (resourceName) => call('GET', resourceName, AndroidDevice),
    async setDevicePolicy(resourceName, policyId) {
      const policyName = `${enterprise}/policies/${policyId}`;
      await call('PATCH', `${resourceName}?updateMask=policyName`, AndroidDevice, { policyName });
    },
    issueCommand: (resourceName, command) => call('POST', `${resourceName}:issueCommand`, Operation, command),
  };
}

function pageOf(listed: readonly unknown[]): DevicePage {
  const devices: AndroidDevice[] = [];
  const misshapen: DevicePage['misshapen'][number][] = [];
  for (const device of listed) {
    if (Value.Check(AndroidDevice, device)) devices.push(device);
    else misshapen.push({ name: textIn(device, 'name'), enrollmentTokenData: textIn(device, 'enrollmentTokenData') });
  }
  return { devices, misshapen };
}

function textIn(value: unknown, key: string): string {
  const member: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof member === 'string' ? member : '';
}

async function request(place: GatewayPlace, method: string, path: string, body?: object): Promise<Json> {
  const token = await place.accessToken?.();
  const reply = await fetch(new URL(`/v1/${path}`, place.baseUrl), {
    method,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => undefined);
  if (reply === undefined) throw unusable('no answer within 15 seconds');
  const text = await reply.text();
  // Google's words may quote what we sent: only the status goes on.
  if (reply.status >= 400 && reply.status < 500 && reply.status !== 429 && reply.status !== 401)
    throw new DeviceError(
      'device-android-refused',
      502,
      `Cannot do this by the Android Management API: it answered status ${reply.status}`,
    );
  if (!reply.ok) throw unusable(`status ${reply.status}`);
  if (text.length > REPLY_LIMIT_CHARACTERS) throw unusable(`reply of ${text.length} characters`);
  try {
    return JSON.parse(text) as Json; // JSON.parse gives nothing else
  } catch {
    throw unusable('reply is not JSON');
  }
}

function unusable(state: string): DeviceError {
  return new DeviceError('device-android-gateway', 502, `Cannot use the Android Management API: ${state}`);
}
