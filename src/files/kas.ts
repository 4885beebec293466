import { createHmac, randomUUID } from 'node:crypto';
import type { JWK } from 'jose';
import type { ReasonView } from '../access/api.ts';
import { type Actor, append } from '../audit/index.ts';
import { equalBytes, FormatError, fromBase64, fromHex } from '../base/index.ts';
import {
  type KeyAccess,
  openWrap,
  parsePolicy,
  type TdfPolicy,
  unwrapShare,
  type WrappedShare,
} from '../formats/tdf/index.ts';
import { readActive, sessionIsLive } from '../people/index.ts';
import { transaction } from '../storage/index.ts';
import { deviceOf, readToken } from './access-token.ts';
import { FilesError } from './files-error.ts';
import { refusalsOfFile, refusalsOfPolicy } from './judge.ts';
import type { KasKeys } from './kas-keys.ts';
import { policySha256 } from './policy-hash.ts';
import { checkProof } from './proof.ts';
import { readSigned } from './read-signed.ts';
import { type PolicyRequest, parseRewrapRequest } from './rewrap-request.ts';
import type { FilesServices } from './services.ts';
import { type FileRecord, holdFile, insertOpening, readFileByPolicy } from './store.ts';

export const RENEWAL_MS = 10_000;
// The Go and Java SDKs allow a minute, the JavaScript SDK dates its requests an hour back: the proof beside it bounds the age.
const REQUEST_SKEW_MS = 60_000;
// The text that stock clients read as "tampered with"; it must not tell which check failed.
const TAMPERED = 'invalid_argument: request error\nrpc error: code = InvalidArgument desc = bad request';
const FORBIDDEN = 'permission_denied: request error\nrpc error: code = PermissionDenied desc = forbidden';

/** Who asks, as the token and the proof have shown. */
interface Caller {
  readonly actor: Actor;
  readonly personId: string;
  readonly email: string;
  readonly deviceId: string | null;
}

export interface RewrapReply {
  readonly sessionPublicKey: string;
  readonly responses: readonly { readonly policyId: string; readonly results: readonly object[] }[];
}

type Wrap = (share: Uint8Array) => Promise<WrappedShare>;
type Released = { readonly sessionPublicKey: string; readonly results: readonly object[] };
type Outcome =
  | { readonly allow: true; readonly released: Released }
  | { readonly allow: false; readonly reasons: readonly ReasonView[] };

/**
 * Releases the keys of files to the device that asks, if the decision allows it now.
 *
 * In this order: token, proof of possession, signed request, decision, state of the file, and only then the private key: unwrap, binding,
 * policy; then the state of the file once more, and the decision where unwrapping took long. The audit entry commits before a key leaves.
 * @throws FilesError 401 for token and proof, 403 with `reasons` when every policy was refused; FormatError for malformed requests
 */
export async function rewrap(
  services: FilesServices,
  request: { path: string; authorization: string | undefined; proof: string | undefined; signedRequestToken: string },
): Promise<RewrapReply> {
  const nowMs = services.now();
  const { caller, jwk } = await authenticate(services, request, nowMs);
  const body = await readSignedRequest(request.signedRequestToken, jwk, nowMs);
  const wrap = await openWrap(body.clientPublicKey);
  const responses: { policyId: string; results: readonly object[] }[] = [];
  const refusals: ReasonView[] = [];
  let sessionPublicKey = '';
  let released = false;
  for (const policyRequest of body.policies) {
    const outcome = await decidePolicy(services, caller, policyRequest, wrap, nowMs);
    if (outcome.allow) {
      released = true;
      sessionPublicKey ||= outcome.released.sessionPublicKey;
      responses.push({ policyId: policyRequest.id, results: outcome.released.results });
    } else {
      refusals.push(...outcome.reasons);
      responses.push({
        policyId: policyRequest.id,
        results: policyRequest.accesses.map(({ id }) => failed(id, FORBIDDEN, outcome.reasons)),
      });
    }
  }
  if (!released) throw new FilesError('files-refused', 403, refusals[0]?.text ?? 'Opening is refused', refusals);
  return { sessionPublicKey, responses };
}

async function authenticate(
  services: FilesServices,
  request: { path: string; authorization: string | undefined; proof: string | undefined },
  nowMs: number,
): Promise<{ caller: Caller; jwk: JWK }> {
  const [, accessToken] = /^(?:DPoP|Bearer) ([\w.-]{20,4096})$/i.exec(request.authorization ?? '') ?? [];
  if (accessToken === undefined) throw new FilesError('files-token', 401, 'Send an access token: there is none');
  const { personId, sessionId, thumbprint } = await readToken(
    services.keys,
    services.publicUrl.origin,
    accessToken,
    nowMs,
  );
  if (request.proof === undefined)
    throw new FilesError('files-proof', 401, 'Send a DPoP proof: the token is bound to a key');
  const url = new URL(request.path, services.publicUrl).href;
  const { replay } = services;
  const bound = { method: 'POST', url, personId, token: { accessToken, thumbprint }, replay };
  const proven = await checkProof(request.proof, bound, nowMs);
  const account = await readActive(services.db, personId);
  if (account === undefined) throw new FilesError('files-token', 401, 'Sign in again: the account is not active');
  // The token outlives neither a sign-out nor an ended session.
  if (!(await sessionIsLive(services.db, sessionId, nowMs)))
    throw new FilesError('files-token', 401, 'Sign in again: the session of the token has ended');
  const deviceId = await deviceOf(services, personId, thumbprint);
  const actor: Actor = { kind: 'person', personId, role: account.role, sessionId };
  return { caller: { actor, personId, email: account.email.toLowerCase(), deviceId }, jwk: proven.jwk };
}

async function readSignedRequest(signedRequestToken: string, jwk: JWK, nowMs: number) {
  const expected = { requiredClaims: ['exp'], clockTolerance: REQUEST_SKEW_MS / 1000, currentDate: new Date(nowMs) };
  const { claims } = await readSigned(signedRequestToken, jwk, expected, badRequest);
  const { iat, requestBody } = claims;
  if (iat !== undefined && iat * 1000 - REQUEST_SKEW_MS > nowMs) throw badRequest('the clock of the device is ahead');
  return parseRewrapRequest(requestBody);
}

function badRequest(why: string): FilesError {
  return new FilesError('files-proof', 401, `Sign the request anew with the key of the proof: request refused, ${why}`);
}

async function decidePolicy(
  services: FilesServices,
  caller: Caller,
  request: PolicyRequest,
  wrap: Wrap,
  nowMs: number,
): Promise<Outcome> {
  // Nothing proves this policy yet: until its binding is checked it may only refuse.
  const policy = parsePolicy(request.policy);
  const { personId, deviceId, actor } = caller;
  const asked = { personId, deviceId, action: 'file.open', attributes: policy.attributes, actor };
  // Many accesses take a second to unwrap, in which a trace may be found: then it is decided once more as the key leaves.
  const decide = (continues: string) => services.authorize({ ...asked, continues }, services.now());
  const decision = await services.authorize(asked, nowMs);
  const file = await readFileByPolicy(services.db, policy.uuid, policySha256(request.policy));
  const refuse = (reasons: readonly ReasonView[], decisionId = decision.decisionId) =>
    recordRefusal(services, caller, policy, file, decisionId, reasons, nowMs);
  const reasons = [
    ...(decision.allow ? [] : decision.reasons),
    ...(file === undefined ? [] : refusalsOfFile(file, personId, nowMs)),
  ];
  if (reasons.length > 0 || !decision.allow) return refuse(reasons);

  const shares = await Promise.all(
    request.accesses.map(({ access }) => provenShare(services.keys, request.policy, access)),
  );
  if (shares.every((share) => share === undefined)) {
    return {
      allow: true,
      released: { sessionPublicKey: '', results: request.accesses.map(({ id }) => failed(id, TAMPERED, [])) },
    };
  }
  const late = refusalsOfPolicy(policy, file !== undefined, caller.email, nowMs);
  if (late.length > 0) return refuse(late);
  const latest = request.accesses.length === 1 ? decision : await decide(decision.decisionId);
  if (!latest.allow) return refuse(latest.reasons, latest.decisionId);

  const release = await recordRelease(services, caller, policy, file, latest.decisionId, nowMs);
  if ('reasons' in release) return { allow: false, reasons: release.reasons };
  const { viewId } = release;
  const metadata = {
    'X-Required-Obligations': [],
    pavise: {
      viewId,
      fileId: file?.id ?? null,
      nextRenewalMs: RENEWAL_MS,
      view: policy.view ?? 'download',
      watermark: policy.watermark ?? false,
    },
  };
  return { allow: true, released: await wrapShares(request, shares, wrap, metadata) };
}

/** The share, if one of our keys unwraps it and it binds this very policy; the two failures look alike. */
export async function provenShare(keys: KasKeys, policy: string, access: KeyAccess): Promise<Uint8Array | undefined> {
  // Old files name no key: then every RSA key is tried.
  const candidates = keys.privateKeys.filter(({ kid, key }) =>
    access.kid === '' ? key.algorithm === 'rsa' : kid === access.kid,
  );
  for (const { key } of candidates) {
    const share = await unwrapShare(key, access).catch(notThisKey);
    if (share !== undefined && bindsPolicy(share, policy, access.bindingHash)) return share;
  }
  return undefined;
}

function bindsPolicy(share: Uint8Array, policy: string, bindingHash: string): boolean {
  const expected = createHmac('sha256', share).update(policy).digest();
  try {
    const claimed = fromBase64(bindingHash);
    return equalBytes(expected, claimed.length === 64 ? fromHex(Buffer.from(claimed).toString('latin1')) : claimed);
  } catch (error) {
    return notThisKey(error) ?? false;
  }
}

function notThisKey(error: unknown): undefined {
  if (!(error instanceof FormatError)) throw error;
}

async function wrapShares(
  request: PolicyRequest,
  shares: readonly (Uint8Array | undefined)[],
  wrap: Wrap,
  metadata: object,
): Promise<Released> {
  let sessionPublicKey = '';
  const results: object[] = [];
  for (const [i, { id }] of request.accesses.entries()) {
    const share = shares[i];
    if (share === undefined) {
      results.push(failed(id, TAMPERED, []));
      continue;
    }
    const wrapped = await wrap(share);
    share.fill(0);
    sessionPublicKey = wrapped.ephemeralPublicKey;
    results.push({ keyAccessObjectId: id, status: 'permit', kasWrappedKey: wrapped.wrappedKey, metadata });
  }
  return { sessionPublicKey, results };
}

function failed(id: string, error: string, reasons: readonly ReasonView[]): object {
  return {
    keyAccessObjectId: id,
    status: 'fail',
    error,
    metadata: { 'X-Required-Obligations': [], ...(reasons.length === 0 ? {} : { reasons }) },
  };
}

/** Writes a release down, unless the file was withdrawn or taken from this person since it was read: unwrapping takes its time. */
function recordRelease(
  { db }: FilesServices,
  caller: Caller,
  policy: TdfPolicy,
  file: FileRecord | undefined,
  decisionId: string,
  nowMs: number,
): Promise<{ readonly viewId: string } | { readonly reasons: readonly ReasonView[] }> {
  const id = randomUUID();
  return transaction(db, async (tx) => {
    const now = file === undefined ? undefined : await holdFile(tx, file.id);
    const reasons = now === undefined ? [] : refusalsOfFile(now, caller.personId, nowMs);
    const outcome = reasons.length === 0 ? 'opened' : 'refused';
    const codes = reasons.map((reason) => reason.code);
    await record(tx, caller, policy, file, { id, decisionId, outcome, reasons: codes }, nowMs);
    return reasons.length === 0 ? { viewId: id } : { reasons };
  });
}

async function recordRefusal(
  { db }: FilesServices,
  caller: Caller,
  policy: TdfPolicy,
  file: FileRecord | undefined,
  decisionId: string,
  reasons: readonly ReasonView[],
  nowMs: number,
): Promise<Outcome> {
  const opening = {
    id: randomUUID(),
    decisionId,
    outcome: 'refused',
    reasons: reasons.map((reason) => reason.code),
  } as const;
  await record(db, caller, policy, file, opening, nowMs);
  return { allow: false, reasons };
}

function record(
  db: FilesServices['db'],
  caller: Caller,
  policy: TdfPolicy,
  file: FileRecord | undefined,
  opening: { id: string; decisionId: string; outcome: 'opened' | 'refused'; reasons: readonly string[] },
  nowMs: number,
): Promise<void> {
  const { personId, deviceId } = caller;
  return transaction(db, async (tx) => {
    await insertOpening(tx, {
      ...opening,
      fileId: file?.id ?? null,
      policyUuid: policy.uuid,
      personId,
      deviceId,
      at: new Date(nowMs),
    });
    await append(tx, {
      actor: caller.actor,
      action: opening.outcome === 'opened' ? 'file.key.released' : 'file.key.refused',
      object: { type: 'file', id: file?.id ?? null },
      detail: {
        policyUuid: policy.uuid,
        deviceId,
        decisionId: opening.decisionId,
        viewId: opening.id,
        reasons: opening.reasons,
      },
    });
  });
}
