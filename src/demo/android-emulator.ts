import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { answerEnrolPage } from './android-emulator-page.ts';
import { type EmulatedPhone, type EmulatedPolicy, openEmulatorState } from './android-emulator-state.ts';
import { DEVICE_ENUMS, POLICY_FIELDS } from './android-policy-fields.data.ts';

/**
 * A small emulator of the Android Management API: its paths, field names and errors, and phones that apply the policy and report.
 *
 * It listens on loopback and refuses what Google would refuse among the fields that Pavise sends; below `/enroll` it plays the page that a
 * phone in use opens. With a file for its state it goes on after a restart. Results from it are the emulator's, not Google's.
 */
export interface AndroidEmulator {
  readonly baseUrl: URL;
  readonly enterprise: string;
  /** Enrols a phone by a token's value, as scanning its QR code does. */
  enrol(token: string, phone: PhoneTraits): AndroidPhone;
  /** Whether a phone is enrolled whose token carried this text. */
  hasPhoneOf(additionalData: string): boolean;
  readonly commands: readonly { readonly device: string; readonly type: string }[];
  close(): Promise<void>;
}

/** How a phone is, as far as it reports it. */
export interface PhoneTraits {
  readonly model: string;
  readonly androidVersion: string;
  readonly securityPatchLevel: string;
  readonly passcodeSet: boolean;
  readonly rooted: boolean;
}

/** One phone: it changes and reports. */
export interface AndroidPhone {
  readonly resourceName: string;
  /** Changes traits and reports at once. */
  change(traits: Partial<PhoneTraits>): void;
}

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const BODY_LIMIT_BYTES = 1 << 20;

/** What a phone is that enrols through the page, and unless something else is said. */
export const PRACTICE_TRAITS: PhoneTraits = {
  model: 'Pixel 9',
  androidVersion: '16',
  securityPatchLevel: '2026-10-05',
  passcodeSet: true,
  rooted: false,
};
const REPORT_EVERY_MS = 900_000; // a phone reports by itself now and then, also when nothing has changed

/**
 * Starts an emulator with one enterprise on a free port of loopback.
 *
 * @param statePath where it keeps what it knows; without it all is forgotten at the end
 */
export async function startAndroidEmulator(now: () => number, statePath?: string): Promise<AndroidEmulator> {
  const enterprise = 'enterprises/LC00practice';
  const state = await openEmulatorState(statePath);
  const { policies, tokens, phones } = state;
  const commands: { device: string; type: string }[] = [];

  const answer = (method: string, url: URL, body: Readonly<Record<string, unknown>>): object => {
    const path = url.pathname.slice('/v1/'.length);
    if (!path.startsWith(`${enterprise}/`)) throw new Refusal(403, 'The caller does not have permission');
    const [kind = '', id = '', ...rest] = path.slice(enterprise.length + 1).split('/');
    if (rest.length > 0) throw new Refusal(404, 'Method not found');
    if (kind === 'policies' && method === 'PATCH') return patchPolicy(path, body);
    if (kind === 'policies' && method === 'GET') return policyResource(path, found(policies.get(path)));
    if (kind === 'enrollmentTokens' && method === 'POST' && id === '') return createToken(body);
    if (kind === 'devices' && method === 'GET' && id === '')
      return { devices: [...phones.values()].map(reportedNowAndThen).map(deviceResource) };
    if (kind === 'devices' && method === 'GET') return deviceResource(found(phones.get(path)));
    if (kind === 'devices' && method === 'PATCH') return patchDevice(found(phones.get(path)), url, body);
    if (kind === 'devices' && method === 'POST' && id.endsWith(':issueCommand')) {
      return issueCommand(found(phones.get(path.slice(0, -':issueCommand'.length))), body);
    }
    throw new Refusal(404, 'Method not found');
  };

  const patchPolicy = (name: string, body: Readonly<Record<string, unknown>>): object => {
    checkFields(body, POLICY_FIELDS, '');
    const known = policies.get(name);
    const changed = JSON.stringify(known?.body) !== JSON.stringify(body);
    const policy = { body, version: (known?.version ?? 0) + (changed ? 1 : 0) };
    policies.set(name, policy);
    for (const phone of phones.values()) if (phone.policyName === name && changed) report(phone);
    return policyResource(name, policy);
  };

  const createToken = (body: Readonly<Record<string, unknown>>): object => {
    const policyName = String(body['policyName'] ?? '');
    if (!policies.has(policyName)) throw new Refusal(400, 'policyName does not name a policy');
    const seconds = Number(/^(\d+)s$/.exec(String(body['duration']))?.[1] ?? 3600);
    const value = randomBytes(15).toString('base64url');
    const expiresAtMs = now() + seconds * 1000;
    const personal = body['allowPersonalUsage'] !== 'PERSONAL_USAGE_DISALLOWED';
    tokens.set(value, { policyName, additionalData: String(body['additionalData'] ?? ''), personal, expiresAtMs });
    return {
      name: `${enterprise}/enrollmentTokens/${randomBytes(8).toString('hex')}`,
      value,
      expirationTimestamp: new Date(expiresAtMs).toISOString(),
      qrCode: JSON.stringify({ 'android.app.extra.PROVISIONING_ADMIN_EXTRAS_BUNDLE': { enrolmentToken: value } }),
    };
  };

  const patchDevice = (phone: EmulatedPhone, url: URL, body: Readonly<Record<string, unknown>>): object => {
    if (url.searchParams.get('updateMask') !== 'policyName')
      throw new Refusal(400, 'updateMask: only policyName is emulated');
    const policyName = String(body['policyName'] ?? '');
    if (!policies.has(policyName)) throw new Refusal(400, 'policyName does not name a policy');
    phone.policyName = policyName;
    report(phone);
    return deviceResource(phone);
  };

  const issueCommand = (phone: EmulatedPhone, body: Readonly<Record<string, unknown>>): object => {
    const type = String(body['type'] ?? '');
    if (!DEVICE_ENUMS.commandType.includes(type)) throw new Refusal(400, 'type: not a CommandType');
    commands.push({ device: phone.name, type });
    if (type === 'WIPE') phones.delete(phone.name);
    return { name: `${phone.name}/operations/${now()}${commands.length}`, done: true, metadata: { type } };
  };

  const reportedNowAndThen = (phone: EmulatedPhone): EmulatedPhone => {
    if (now() - phone.reportedAtMs >= REPORT_EVERY_MS) report(phone);
    return phone;
  };

  const enrol = (value: string, traits: PhoneTraits): EmulatedPhone => {
    const token = tokens.get(value);
    if (token === undefined || token.expiresAtMs <= now())
      throw new Refusal(400, 'enrolment token is unknown, used or expired');
    tokens.delete(value);
    const name = `${enterprise}/devices/${randomBytes(8).toString('hex')}`;
    const phone = { name, token, policyName: token.policyName, traits: { ...traits }, reportedAtMs: now() };
    phones.set(name, phone);
    return phone;
  };

  const report = (phone: EmulatedPhone): void => {
    phone.reportedAtMs = Math.max(now(), phone.reportedAtMs + 1);
  };

  const deviceResource = ({ name, token, policyName, traits, reportedAtMs }: EmulatedPhone): object => {
    const policy = found(policies.get(policyName));
    const wantsPasscode = Array.isArray(policy.body['passwordPolicies']) && policy.body['passwordPolicies'].length > 0;
    const broken = wantsPasscode && !traits.passcodeSet;
    return {
      name,
      state: 'ACTIVE',
      appliedState: 'ACTIVE',
      managementMode: token.personal ? 'PROFILE_OWNER' : 'DEVICE_OWNER',
      ownership: token.personal ? 'PERSONALLY_OWNED' : 'COMPANY_OWNED',
      enrollmentTokenData: token.additionalData,
      policyName,
      appliedPolicyName: policyName,
      appliedPolicyVersion: String(policy.version),
      policyCompliant: !broken,
      nonComplianceDetails: broken ? [{ settingName: 'passwordPolicies', nonComplianceReason: 'USER_ACTION' }] : [],
      lastStatusReportTime: new Date(reportedAtMs).toISOString(),
      lastPolicySyncTime: new Date(reportedAtMs).toISOString(),
      hardwareInfo: { brand: 'google', manufacturer: 'Google', model: traits.model },
      ...reportedSettings(policy, traits),
      securityPosture: traits.rooted
        ? { devicePosture: 'POTENTIALLY_COMPROMISED', postureDetails: [{ securityRisk: 'COMPROMISED_OS' }] }
        : { devicePosture: 'SECURE' },
    };
  };

  const server = createServer((request, reply) => {
    const url = new URL(request.url ?? '/', 'http://x');
    if (url.pathname === '/enroll') {
      answerEnrolPage(request, reply, url.searchParams.get('et') ?? '', (value) => enrol(value, PRACTICE_TRAITS));
      void state.save();
      return;
    }
    readJson(request)
      .then(async (body) => {
        const answered = answer(request.method ?? '', url, body);
        await state.save();
        return { status: 200, body: answered };
      })
      .catch((error: unknown) => {
        const status = error instanceof Refusal ? error.status : 500;
        return {
          status,
          body: { error: { code: status, message: error instanceof Error ? error.message : 'internal' } },
        };
      })
      .then(({ status, body }) => {
        reply.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body));
      });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('emulator has no port');

  return {
    baseUrl: new URL(`http://127.0.0.1:${address.port}`),
    enterprise,
    commands,
    hasPhoneOf: (data) => [...phones.values()].some((phone) => phone.token.additionalData === data),
    enrol(value, traits) {
      const phone = enrol(value, traits);
      void state.save();
      return {
        resourceName: phone.name,
        change(changes) {
          phone.traits = { ...phone.traits, ...changes };
          report(phone);
          void state.save();
        },
      };
    },
    async close() {
      await new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      });
      await state.save();
    },
  };
}

/** A phone reports only what its policy asks for. */
function reportedSettings({ body }: EmulatedPolicy, traits: PhoneTraits): object {
  const asked = body['statusReportingSettings'];
  const wants = (field: string): boolean =>
    typeof asked === 'object' && asked !== null && Reflect.get(asked, field) === true;
  return {
    ...(wants('softwareInfoEnabled')
      ? {
          softwareInfo: {
            androidVersion: traits.androidVersion,
            androidBuildNumber: 'BP1A.250805.001',
            securityPatchLevel: traits.securityPatchLevel,
          },
        }
      : {}),
    ...(wants('deviceSettingsEnabled')
      ? {
          deviceSettings: {
            isDeviceSecure: traits.passcodeSet,
            isEncrypted: true,
            encryptionStatus: 'ACTIVE_PER_USER',
          },
        }
      : {}),
    ...(wants('applicationReportsEnabled')
      ? {
          applicationReports: [
            {
              packageName: 'com.android.chrome',
              displayName: 'Chrome',
              versionName: '141.0',
              applicationSource: 'SYSTEM_APP_UPDATED_VERSION',
              state: 'INSTALLED',
            },
          ],
        }
      : {}),
  };
}

function policyResource(name: string, { body, version }: EmulatedPolicy): object {
  return { ...body, name, version: String(version) };
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Refusal(404, 'Requested entity was not found');
  return value;
}

/** Refuses unknown fields and enum values as Google does; a field without a list takes any value. */
function checkFields(value: object, fields: Readonly<Record<string, readonly string[] | 'any'>>, at: string): void {
  for (const [key, member] of Object.entries(value)) {
    const path = `${at}${key}`;
    const allowed = fields[path];
    if (allowed === undefined) throw new Refusal(400, `Invalid JSON payload received. Unknown name "${path}"`);
    if (allowed !== 'any') {
      for (const one of [member].flat()) {
        if (!allowed.includes(String(one))) throw new Refusal(400, `Invalid value at '${path}': "${String(one)}"`);
      }
    }
    for (const inner of [member].flat()) {
      if (typeof inner === 'object' && inner !== null) checkFields(inner, fields, `${path}.`);
    }
  }
}

async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > BODY_LIMIT_BYTES) throw new Refusal(413, 'Request body too large');
  }
  if (text === '') return {};
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal(400, 'Invalid JSON payload received');
  return { ...value };
}
