import { createHash, createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { fromBase64, toBase64 } from '../base/index.ts';
import { parseSigned } from '../formats/cms/index.ts';
import { signatureIsGenuine, signContent } from '../formats/cms/node.ts';
import { isPlistDict, type PlistDict, type PlistValue, parsePlist, writeXmlPlist } from '../formats/plist/index.ts';
import { parseCertificate } from '../formats/x509/index.ts';
import { publicKeyOf } from '../formats/x509/node.ts';
import { DemoError } from './demo-error.ts';
import { carryOut, type InstalledProfile, type IphoneState } from './iphone-commands.ts';
import { type IphoneMake, numbersOf } from './iphone-make.ts';
import { obtainIdentity, type PhoneIdentity } from './scep-client.ts';

/** What a phone keeps over a restart. */
export interface IphoneMemory {
  readonly certificate: string;
  readonly privateKeyPem: string;
  readonly serverPath: string;
  readonly checkInPath: string;
  readonly topic: string;
  readonly profiles: readonly InstalledProfile[];
  readonly erased: boolean;
}

/** A simulated iPhone: a client of its own, which knows of the server only what comes over HTTP. */
export interface Iphone {
  /** Installs the enrolment profile: SCEP, Authenticate, TokenUpdate. */
  enrol(token: string): Promise<void>;
  /** Connects once and carries out every command that the server has; the number of answers is returned. */
  connect(): Promise<number>;
  /** Leaves the management: CheckOut. */
  leave(): Promise<void>;
  /** Undefined while the phone is not enrolled. */
  readonly memory: IphoneMemory | undefined;
}

interface Enrolment {
  readonly identity: PhoneIdentity;
  readonly serverPath: string;
  readonly checkInPath: string;
  readonly topic: string;
}

const CHECK_IN = 'application/x-apple-aspen-mdm-checkin';
const RESULT = 'application/x-apple-aspen-mdm; charset=UTF-8';
const MAX_COMMANDS = 100; // a server that never says "nothing more" must not hold a phone for ever

/**
 * Simulates an iPhone.
 *
 * @param options.seed makes its UDID, serial number and apps
 * @param options.baseUrl where the server listens; only path and query of the profile's URLs are used
 * @param options.lockedAt says whether the screen is locked during a connection (counted from 0)
 */
export function simulateIphone(options: {
  readonly make: IphoneMake;
  readonly seed: string;
  readonly baseUrl: URL;
  readonly now: () => number;
  readonly lockedAt?: (connection: number) => boolean;
  readonly memory?: IphoneMemory | undefined;
}): Iphone {
  const { make, baseUrl, now, lockedAt = (connection) => connection > 4 && connection % 6 === 0 } = options;
  const numbers = numbersOf(options.seed);
  const state: IphoneState = {
    profiles: options.memory?.profiles ?? [],
    locked: false,
    erased: options.memory?.erased ?? false,
  };
  let enrolment = options.memory === undefined ? undefined : recall(options.memory);
  let connections = 0;

  const send = async (message: PlistDict, contentType: string): Promise<PlistValue | undefined> => {
    if (enrolment === undefined)
      throw new DemoError('demo-not-enrolled', 409, 'Enrol the phone first: it has no identity');
    const path = contentType === CHECK_IN ? enrolment.checkInPath : enrolment.serverPath;
    const answer = await put(new URL(path, baseUrl), writeXmlPlist(message), contentType, enrolment.identity, now());
    if (answer.unenrolled) enrolment = undefined;
    return answer.plist;
  };
  const identity = { UDID: numbers.udid };

  return {
    async enrol(token) {
      enrolment = await installEnrolmentProfile(baseUrl, token, numbers.serialNumber, now());
      Object.assign(state, { profiles: [], locked: false, erased: false });
      connections = 0;
      const { topic } = enrolment;
      try {
        await send({ MessageType: 'Authenticate', Topic: topic, ...identity, ...described(make, numbers) }, CHECK_IN);
        await send({ MessageType: 'TokenUpdate', Topic: topic, ...identity, ...pushTokens(numbers.udid) }, CHECK_IN);
      } catch (error) {
        enrolment = undefined; // half an enrolment is none
        throw error;
      }
    },

    async connect() {
      state.locked = lockedAt(connections++);
      let answered = 0;
      let reply = await send({ ...identity, Status: 'Idle' }, RESULT);
      while (isPlistDict(reply) && answered < MAX_COMMANDS) {
        const { CommandUUID, Command } = reply;
        if (!isPlistDict(Command)) break;
        const answer = carryOut({ make, numbers, state }, Command, contentOf);
        answered++;
        reply = await send({ ...identity, CommandUUID, ...answer }, RESULT);
        if (state.erased) break; // it acknowledges, then everything on it is gone
      }
      return answered;
    },

    async leave() {
      if (enrolment === undefined) return;
      await send({ MessageType: 'CheckOut', Topic: enrolment.topic, ...identity }, CHECK_IN);
      enrolment = undefined;
    },

    get memory() {
      return enrolment === undefined ? undefined : remember(enrolment, state);
    },
  };
}

function described(make: IphoneMake, numbers: ReturnType<typeof numbersOf>): PlistDict {
  return {
    DeviceName: make.name,
    Model: make.model,
    ModelName: make.modelName,
    ProductName: make.productName,
    OSVersion: make.osVersion,
    BuildVersion: make.buildVersion,
    SerialNumber: numbers.serialNumber,
    IMEI: numbers.imei,
  };
}

function pushTokens(udid: string): PlistDict {
  return {
    PushMagic: randomUUID().toUpperCase(),
    Token: digest(`token ${udid}`),
    UnlockToken: digest(`unlock ${udid}`),
    AwaitingConfiguration: false,
    NotOnConsole: false,
  };
}

function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

/** Sends one signed message; 401, and 403 with Apple's code for it, make a phone give up its enrolment. */
async function put(
  url: URL,
  body: Uint8Array<ArrayBuffer>,
  contentType: string,
  identity: PhoneIdentity,
  nowMs: number,
): Promise<{ plist: PlistValue | undefined; unenrolled: boolean }> {
  const signature = signContent(body, identity, { nowMs, detached: true });
  const reply = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': contentType, 'user-agent': 'MDM/1.0', 'mdm-signature': toBase64(signature) },
    body,
  });
  const bytes = new Uint8Array(await reply.arrayBuffer());
  if (reply.status === 401 || (reply.status === 403 && Buffer.from(bytes).includes('com.apple.unrecognized.device'))) {
    return { plist: undefined, unenrolled: true };
  }
  if (!reply.ok) throw new DemoError('demo-refused', 502, `Cannot report to the server: it answered ${reply.status}`);
  return { plist: bytes.length === 0 ? undefined : parsePlist(bytes), unenrolled: false };
}

async function installEnrolmentProfile(
  baseUrl: URL,
  token: string,
  serialNumber: string,
  nowMs: number,
): Promise<Enrolment> {
  const url = new URL('/enroll/apple', baseUrl);
  url.searchParams.set('token', token);
  const reply = await fetch(url);
  const bytes = new Uint8Array(await reply.arrayBuffer());
  if (reply.status === 404) {
    throw new DemoError(
      'demo-invitation-closed',
      404,
      'Invite the phone again: its enrolment token is used or expired',
    );
  }
  if (!reply.ok)
    throw new DemoError('demo-profile', 502, `Cannot load the enrolment profile: the server answered ${reply.status}`);
  const profile = parsePlist(contentOf(bytes));
  const listed = isPlistDict(profile) ? profile['PayloadContent'] : undefined;
  const payloads = (Array.isArray(listed) ? listed : []).filter((payload) => isPlistDict(payload));
  const mdm = payloads.find((payload) => payload['PayloadType'] === 'com.apple.mdm');
  const scep = payloads.find((payload) => payload['PayloadUUID'] === mdm?.['IdentityCertificateUUID'])?.[
    'PayloadContent'
  ];
  if (mdm === undefined || !isPlistDict(scep)) {
    throw new DemoError('demo-profile', 502, 'Cannot use the enrolment profile: its MDM or SCEP payload is missing');
  }
  const serverUrl = textIn(mdm, 'ServerURL');
  const checkInUrl = typeof mdm['CheckInURL'] === 'string' ? mdm['CheckInURL'] : serverUrl;
  const identity = await obtainIdentity(
    {
      url: new URL(pathOf(textIn(scep, 'URL')), baseUrl),
      challenge: textIn(scep, 'Challenge'),
      commonName: subjectPart(scep['Subject'], 'CN')?.replaceAll('%SerialNumber%', serialNumber) ?? serialNumber,
      organisation: subjectPart(scep['Subject'], 'O'),
    },
    nowMs,
  );
  return { identity, serverPath: pathOf(serverUrl), checkInPath: pathOf(checkInUrl), topic: textIn(mdm, 'Topic') };
}

/** Takes a profile out of its signature and checks that the signature is genuine; an unsigned profile is itself. */
function contentOf(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x30) return bytes; // DER begins with SEQUENCE, a property list with "<" or "bplist"
  const signed = parseSigned(bytes);
  const { content } = signed;
  if (content === undefined || !signatureIsGenuine(signed, content, publicKeyOf(signed.signerCertificate.spkiRaw))) {
    throw new DemoError('demo-profile', 502, 'Cannot trust the profile: its signature is wrong');
  }
  return content;
}

/** The phone reaches the server over loopback, whatever its public host name. */
function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

function textIn(dict: PlistDict, key: string): string {
  const value = dict[key];
  if (typeof value !== 'string')
    throw new DemoError('demo-profile', 502, `Cannot use the enrolment profile: it has no "${key}"`);
  return value;
}

/** Subject is a list of lists of pairs: [[["O", "Example"]], [["CN", "Phone"]]]. */
function subjectPart(subject: PlistValue | undefined, name: string): string | undefined {
  for (const set of Array.isArray(subject) ? subject : []) {
    for (const pair of Array.isArray(set) ? set : []) {
      if (Array.isArray(pair) && pair[0] === name && typeof pair[1] === 'string') return pair[1];
    }
  }
  return undefined;
}

function remember({ identity, serverPath, checkInPath, topic }: Enrolment, state: IphoneState): IphoneMemory {
  return {
    certificate: toBase64(identity.certificate.raw),
    privateKeyPem: pemOf(identity.key),
    serverPath,
    checkInPath,
    topic,
    profiles: state.profiles,
    erased: state.erased,
  };
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function recall(memory: IphoneMemory): Enrolment {
  return {
    identity: {
      certificate: parseCertificate(fromBase64(memory.certificate)),
      key: createPrivateKey(memory.privateKeyPem),
    },
    serverPath: memory.serverPath,
    checkInPath: memory.checkInPath,
    topic: memory.topic,
  };
}
