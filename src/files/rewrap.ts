import { authorize } from '../access/index.ts';
import { openWrap, parsePolicy, type WrappedShare } from '../formats/tdf/index.ts';
import { authenticate, type Caller, requireStanding } from './authenticate.ts';
import { refusalsOfFile, refusalsOfPolicy } from './judge.ts';
import { partByPolicy, partOf } from './part-of.ts';
import { policySha256 } from './policy-hash.ts';
import { provenShare } from './proven-share.ts';
import { type Asked, recordRefusal, recordRelease, recordTampering } from './record-opening.ts';
import { type Answer, type Outcome, type RewrapReply, replyOf } from './rewrap-reply.ts';
import { type PolicyRequest, readRewrapRequest } from './rewrap-request.ts';
import type { FilesServices } from './services.ts';
import { readFileByPolicy } from './store.ts';
import { RENEWAL_MS } from './views.ts';

type Wrap = (share: Uint8Array) => Promise<WrappedShare>;
type Shares = readonly (Uint8Array | undefined)[];
type Judgement = Awaited<ReturnType<typeof authorize>>;

/**
 * Releases the keys of files to the device that asks, each if the decision allows it now.
 *
 * Nothing leaves before the last of them is decided, and then only to a caller whose session, account, phone and browser still stand.
 * @throws FilesError 401 for token, proof and signature, 403 with `reasons` when every policy was refused; FormatError for malformed requests
 */
export async function rewrap(
  services: FilesServices,
  request: { path: string; authorization: string | undefined; proof: string | undefined; signedRequestToken: string },
): Promise<RewrapReply> {
  const nowMs = services.now();
  const caller = await authenticate(services, request, nowMs);
  const { policies, clientPublicKey } = await readRewrapRequest(request.signedRequestToken, caller.jwk, nowMs);
  const wrap = await openWrap(clientPublicKey, crypto);
  const answers: Answer[] = [];
  for (const policy of policies) {
    answers.push({ request: policy, outcome: await release(services, caller, policy, wrap, nowMs) });
    await requireStanding(services.db, caller, services.now());
  }
  return replyOf(answers);
}

/** Read → decide → prove → decide on what is proven → record → wrap: no key before its decision, none before its entry is committed. */
async function release(
  services: FilesServices,
  caller: Caller,
  request: PolicyRequest,
  wrap: Wrap,
  nowMs: number,
): Promise<Outcome> {
  const { db } = services;
  const asked = await read(services, caller, request, nowMs);
  const decision = await decide(services, asked, nowMs);
  if (!decision.allow) return recordRefusal(db, asked, decision.decisionId, decision.reasons);
  const shares = await prove(services, request);
  if (shares.every((share) => share === undefined)) return recordTampering(db, asked, decision.decisionId);
  const last = await decideOnProven(services, asked, decision, shares);
  if (!last.allow) return recordRefusal(db, asked, last.decisionId, last.reasons);
  const recorded = await recordRelease(db, asked, last.decisionId, services.now());
  if (recorded.kind === 'refused') return recorded;
  return { kind: 'released', shares: await wrapAll(wrap, shares), view: viewOf(asked, recorded.viewId) };
}

async function read({ db }: FilesServices, caller: Caller, request: PolicyRequest, atMs: number): Promise<Asked> {
  const policy = parsePolicy(request.policy);
  return { caller, policy, file: await readFileByPolicy(db, policy.uuid, policySha256(request.policy)), atMs };
}

/** The one decision, and what the file's own state says. */
async function decide(
  { db }: FilesServices,
  { caller, policy, file }: Asked,
  nowMs: number,
  continues?: string,
): Promise<Judgement> {
  const { personId, deviceId, actor } = caller;
  const asked = { personId, deviceId, action: 'file.open', attributes: policy.attributes, actor };
  const decision = await authorize({ db }, continues === undefined ? asked : { ...asked, continues }, nowMs);
  const ofFile = file === undefined ? [] : refusalsOfFile(file, await partOf(db, file, personId), nowMs);
  if (decision.allow && ofFile.length === 0) return decision;
  const reasons = [...(decision.allow ? [] : decision.reasons), ...ofFile];
  return { allow: false, decisionId: decision.decisionId, reasons };
}

/** Only here do private keys come into play: which accesses hold a share that binds this very policy. */
function prove({ keys }: FilesServices, { policy, accesses }: PolicyRequest): Promise<Shares> {
  return Promise.all(accesses.map(({ access }) => provenShare(keys, policy, access)));
}

/**
 * What the policy restricts, now that its binding is proven; and the decision once more where there was more than one share: many take
 * a second to unwrap, in which a trace may be found.
 */
async function decideOnProven(
  services: FilesServices,
  asked: Asked,
  decision: Judgement,
  shares: Shares,
): Promise<Judgement> {
  const { policy, file, caller, atMs } = asked;
  const part =
    file === undefined ? partByPolicy(policy, caller.email) : await partOf(services.db, file, caller.personId);
  const reasons = refusalsOfPolicy(policy, part, atMs);
  if (reasons.length > 0) return { allow: false, decisionId: decision.decisionId, reasons };
  return shares.length === 1 ? decision : decide(services, asked, services.now(), decision.decisionId);
}

async function wrapAll(wrap: Wrap, shares: Shares): Promise<(WrappedShare | undefined)[]> {
  const wrapped: (WrappedShare | undefined)[] = [];
  for (const share of shares) {
    wrapped.push(share && (await wrap(share)));
    share?.fill(0);
  }
  return wrapped;
}

function viewOf({ policy, file }: Asked, viewId: string) {
  const { view = 'download', watermark = false } = policy;
  return { viewId, fileId: file?.id ?? null, nextRenewalMs: RENEWAL_MS, view, watermark };
}
