import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import type { AssertionResponse, RegistrationResponse } from '../people/api.ts';

/** A passkey of a practice person, kept over restarts beside the installation's own keys. */
export interface PasskeySecret {
  readonly credentialId: string;
  readonly privateKeyPem: string;
}

const USER_PRESENT = 0x01; // WebAuthn Level 3, 6.1, flags of authenticator data
const USER_VERIFIED = 0x04;
const ATTESTED = 0x40;

/** Makes a P-256 passkey. */
export function makePasskey(): PasskeySecret {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    credentialId: randomBytes(32).toString('base64url'),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Answers the options of a registration, with attestation "none" (WebAuthn Level 3, 8.7). */
export function register(passkey: PasskeySecret, origin: string, challenge: string): RegistrationResponse {
  const id = Buffer.from(passkey.credentialId, 'base64url');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(id.length);
  const publicKey = createPublicKey(createPrivateKey(passkey.privateKeyPem));
  const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(publicKey)]);
  const data = authenticatorData(origin, ATTESTED, attested);
  const object = [0xa3, text('fmt'), text('none'), text('attStmt'), 0xa0, text('authData'), bytes(data)];
  return {
    id: passkey.credentialId,
    rawId: passkey.credentialId,
    type: 'public-key',
    response: {
      clientDataJSON: clientData('webauthn.create', origin, challenge).toString('base64url'),
      attestationObject: join(object).toString('base64url'),
      transports: ['internal'],
    },
    clientExtensionResults: {},
  };
}

/** Answers the options of an assertion. The counter stays 0, as passkeys that are synced have it. */
export function assert(passkey: PasskeySecret, origin: string, challenge: string): AssertionResponse {
  const client = clientData('webauthn.get', origin, challenge);
  const data = authenticatorData(origin, 0, Buffer.alloc(0));
  const signature = sign('sha256', Buffer.concat([data, sha256(client)]), createPrivateKey(passkey.privateKeyPem));
  return {
    id: passkey.credentialId,
    rawId: passkey.credentialId,
    type: 'public-key',
    response: {
      clientDataJSON: client.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: signature.toString('base64url'),
    },
    clientExtensionResults: {},
  };
}

function clientData(type: string, origin: string, challenge: string): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}

function authenticatorData(origin: string, flags: number, attested: Buffer): Buffer {
  const host = sha256(Buffer.from(new URL(origin).hostname));
  return Buffer.concat([host, Buffer.from([flags | USER_PRESENT | USER_VERIFIED]), Buffer.alloc(4), attested]);
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

/** RFC 9053, section 7.1: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}. */
function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const head = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01];
  return join([...head, 0x21, bytes(Buffer.from(x, 'base64url')), 0x22, bytes(Buffer.from(y, 'base64url'))]);
}

/** CBOR text of fewer than 24 bytes, RFC 8949 section 3.1. */
function text(value: string): Buffer {
  return join([0x60 | value.length, Buffer.from(value)]);
}

/** CBOR byte string of 24 to 65535 bytes. */
function bytes(value: Buffer): Buffer {
  const head = value.length < 256 ? [0x58, value.length] : [0x59, value.length >> 8, value.length & 0xff];
  return join([...head, value]);
}

function join(parts: readonly (number | Buffer)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));
}
