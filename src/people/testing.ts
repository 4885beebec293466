import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { AssertionResponse, RegistrationResponse } from './api.ts';

/** A software authenticator for tests: P-256, attestation "none", discoverable, one credential. */
export interface SoftwareAuthenticator {
  /** Answers the options of a registration. */
  create(options: { readonly [key: string]: unknown }): RegistrationResponse;
  /** Answers the options of an assertion. */
  get(options: { readonly [key: string]: unknown }): AssertionResponse;
  /** Flags and counter of the next answer may be bent to test refusals. */
  readonly next: { userVerified: boolean; counter: number; origin: string };
}

const FLAG_PRESENT = 0x01; // WebAuthn Level 3, 6.1 authenticator data
const FLAG_VERIFIED = 0x04;
const FLAG_CREDENTIAL = 0x40;

/** Makes an authenticator with a fresh key for the page at `origin`. */
export function softwareAuthenticator(origin: string): SoftwareAuthenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const credentialId = randomBytes(32);
  const rpIdHash = sha256(Buffer.from(new URL(origin).hostname));
  const next = { userVerified: true, counter: 0, origin };
  let userHandle = '';

  const clientData = (type: string, challenge: unknown): Buffer =>
    Buffer.from(JSON.stringify({ type, challenge, origin: next.origin, crossOrigin: false }));
  const authenticatorData = (extra: Buffer, flags: number): Buffer => {
    next.counter += 1;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(next.counter);
    const all = flags | FLAG_PRESENT | (next.userVerified ? FLAG_VERIFIED : 0);
    return Buffer.concat([rpIdHash, Buffer.from([all]), counter, extra]);
  };
  const id = credentialId.toString('base64url');

  return {
    next,
    create(options) {
      const user = options['user'];
      if (typeof user === 'object' && user !== null && 'id' in user) userHandle = String(user.id);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(credentialId.length);
      const attested = Buffer.concat([Buffer.alloc(16), length, credentialId, coseKeyOf(publicKey)]);
      const authData = authenticatorData(attested, FLAG_CREDENTIAL);
      const attestationObject = Buffer.concat([
        Buffer.from([0xa3]),
        ...[cborText('fmt'), cborText('none'), cborText('attStmt'), Buffer.from([0xa0])],
        ...[cborText('authData'), cborBytes(authData)],
      ]);
      return {
        id,
        rawId: id,
        type: 'public-key',
        response: {
          clientDataJSON: clientData('webauthn.create', options['challenge']).toString('base64url'),
          attestationObject: attestationObject.toString('base64url'),
          transports: ['internal'],
        },
        clientExtensionResults: {},
      };
    },
    get(options) {
      const data = authenticatorData(Buffer.alloc(0), 0);
      const client = clientData('webauthn.get', options['challenge']);
      return {
        id,
        rawId: id,
        type: 'public-key',
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: signed(privateKey, Buffer.concat([data, sha256(client)])),
          userHandle,
        },
        clientExtensionResults: {},
      };
    },
  };
}

function signed(key: KeyObject, bytes: Buffer): string {
  return sign('sha256', bytes, key).toString('base64url');
}

/** RFC 9053, EC2 key: kty 2, alg -7, crv 1, x, y. */
function coseKeyOf(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
    ...[cborBytes(Buffer.from(x, 'base64url')), Buffer.from([0x22]), cborBytes(Buffer.from(y, 'base64url'))],
  ]);
}

function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 | text.length]), Buffer.from(text)]);
}

function cborBytes(bytes: Buffer): Buffer {
  // Shortest form, as CTAP2 demands.
  const head = bytes.length < 256 ? [0x58, bytes.length] : [0x59, bytes.length >> 8, bytes.length & 0xff];
  return Buffer.concat([Buffer.from(head), bytes]);
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
