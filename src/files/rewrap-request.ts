import type { JWK } from 'jose';
import { FormatError, utf8Bytes } from '../base/index.ts';
import { readSigned } from '../devices/index.ts';
import type { KeyAccess } from '../formats/tdf/index.ts';
import { FilesError } from './files-error.ts';

/** What a client asks to have unwrapped, under one policy. */
export interface PolicyRequest {
  readonly id: string;
  /** The exact base64 text, as bound. */
  readonly policy: string;
  readonly accesses: readonly { readonly id: string; readonly access: KeyAccess }[];
}

interface RewrapRequest {
  readonly clientPublicKey: string;
  readonly policies: readonly PolicyRequest[];
}

// One unwrap of RSA costs half a millisecond: a request must not buy hours of it.
const MAX_ACCESSES = 1000;
const MAX_POLICIES = 20;
const TYPES: readonly KeyAccess['type'][] = ['wrapped', 'ec-wrapped', 'mlkem-wrapped', 'hybrid-wrapped'];

// The Go and Java SDKs allow a minute, the JavaScript SDK dates its requests an hour back: the proof beside it bounds the age.
const SKEW_MS = 60_000;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads what a client asks for, if the key of its proof has signed it and it has not expired.
 *
 * @throws FilesError `files-proof` (401); FormatError `jwt-invalid`, `rewrap-invalid`
 */
export async function readRewrapRequest(signedRequestToken: string, jwk: JWK, nowMs: number): Promise<RewrapRequest> {
  const expected = { requiredClaims: ['exp'], clockTolerance: SKEW_MS / 1000, currentDate: new Date(nowMs) };
  const { claims } = await readSigned(signedRequestToken, () => jwk, expected, badRequest);
  requireIssued(claims.iat, nowMs);
  return parseRewrapRequest(claims['requestBody']);
}

function requireIssued(iat: number | undefined, nowMs: number): void {
  if ((iat ?? 0) * 1000 - SKEW_MS > nowMs) throw badRequest('the clock of the device is ahead');
}

function badRequest(why: string): FilesError {
  return new FilesError('files-proof', 401, `Sign the request anew with the key of the proof: request refused, ${why}`);
}

/**
 * Parses the `requestBody` of a signed request token: UnsignedRewrapRequest in protojson, camelCase or snake_case, version 2 or 1.
 *
 * @throws FormatError `rewrap-invalid`
 */
export function parseRewrapRequest(text: unknown): RewrapRequest {
  if (typeof text !== 'string') throw invalid('no requestBody');
  const body = fields(parseJson(text));
  const requests = list(member(body, 'requests'));
  const policies =
    requests.length > 0 ? requests.map((item, i) => parsePolicyRequest(fields(item), i)) : [versionOne(body)];
  const total = policies.reduce((sum, policy) => sum + policy.accesses.length, 0);
  if (total > MAX_ACCESSES) throw invalid(`${total} key accesses`);
  // Each policy costs a decision and an audit entry: none without something to open, and not many at once.
  if (policies.length > MAX_POLICIES || policies.some((policy) => policy.accesses.length === 0)) {
    throw invalid(`${policies.length} policies, each needs a key access`);
  }
  return { clientPublicKey: textOf(member(body, 'clientPublicKey', 'client_public_key')), policies };
}

function parsePolicyRequest(request: Fields, index: number): PolicyRequest {
  const policy = fields(member(request, 'policy'));
  return {
    id: textOf(member(policy, 'id')) || `policy-${index + 1}`,
    policy: textOf(member(policy, 'body')),
    accesses: list(member(request, 'keyAccessObjects', 'key_access_objects')).map((item, i) => {
      const wrapper = fields(item);
      return {
        id: textOf(member(wrapper, 'keyAccessObjectId', 'key_access_object_id')) || `kao-${i}`,
        access: parseAccess(fields(member(wrapper, 'keyAccessObject', 'key_access_object'))),
      };
    }),
  };
}

/** Version 1: one policy, one key access, at the top. */
function versionOne(body: Fields): PolicyRequest {
  const access = parseAccess(fields(member(body, 'keyAccess', 'key_access')));
  return { id: 'policy-1', policy: textOf(member(body, 'policy')), accesses: [{ id: 'kao-0', access }] };
}

function parseAccess(access: Fields): KeyAccess {
  const type = TYPES.find((known) => known === member(access, 'type', 'key_type', 'keyType'));
  if (type === undefined) throw invalid('unsupported key type');
  const binding = member(access, 'policyBinding', 'policy_binding');
  return {
    type,
    url: textOf(member(access, 'url', 'kas_url', 'kasUrl')),
    kid: textOf(member(access, 'kid')),
    splitId: textOf(member(access, 'sid', 'split_id', 'splitId')),
    wrappedKey: textOf(member(access, 'wrappedKey', 'wrapped_key')),
    // The JavaScript SDK drops the algorithm beside the hash; old files have a bare string.
    bindingHash: typeof binding === 'string' ? binding : textOf(member(fields(binding), 'hash')),
    ephemeralPublicKey: textOf(member(access, 'ephemeralPublicKey', 'ephemeral_public_key')),
    encryptedMetadata: '',
  };
}

function member(record: Fields, ...names: readonly string[]): unknown {
  for (const name of names) if (record[name] !== undefined && record[name] !== null) return record[name];
  return undefined;
}

function fields(value: unknown): Fields {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('a member is not an object');
  return value as Fields; // an object that is no array
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalid('a member is not a list');
  return value;
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value !== 'string' || utf8Bytes(value).length > 1024 * 1024) throw invalid('a member is not a text');
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('requestBody is not JSON');
  }
}

function invalid(why: string): FormatError {
  return new FormatError('rewrap-invalid', -1, `Cannot read rewrap request: ${why}`);
}
