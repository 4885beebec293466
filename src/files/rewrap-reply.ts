import type { ReasonView } from '../access/api.ts';
import type { WrappedShare } from '../formats/tdf/index.ts';
import type { OpenedView } from './api.ts';
import { FilesError } from './files-error.ts';
import type { PolicyRequest } from './rewrap-request.ts';

// The texts that stock clients read; TAMPERED must not tell which check failed.
const TAMPERED = 'invalid_argument: request error\nrpc error: code = InvalidArgument desc = bad request';
const FORBIDDEN = 'permission_denied: request error\nrpc error: code = PermissionDenied desc = forbidden';

/** What became of the request for one file's key. */
export type Outcome =
  /** In the order of the accesses; undefined for one that none of our keys unwraps to a share that binds the policy. */
  | { readonly kind: 'released'; readonly shares: readonly (WrappedShare | undefined)[]; readonly view: OpenedView }
  | { readonly kind: 'refused'; readonly reasons: readonly ReasonView[] }
  /** No access holds a share that binds the policy: changed, damaged, or wrapped to a key that is not ours. */
  | { readonly kind: 'tampered' };

/** One policy of the request with what became of it. */
export interface Answer {
  readonly request: PolicyRequest;
  readonly outcome: Outcome;
}

/** The reply as OpenTDF's clients read it (kas.RewrapResponse in protojson). */
export interface RewrapReply {
  readonly sessionPublicKey: string;
  readonly responses: readonly { readonly policyId: string; readonly results: readonly object[] }[];
}

/** Puts the reply together; throws FilesError `files-refused` (403) with the reasons when every policy was refused. */
export function replyOf(answers: readonly Answer[]): RewrapReply {
  const refusals = answers.flatMap(({ outcome }) => (outcome.kind === 'refused' ? [outcome.reasons] : []));
  if (refusals.length === answers.length) {
    const reasons = refusals.flat();
    throw new FilesError('files-refused', 403, reasons[0]?.text ?? 'Opening is refused', reasons);
  }
  const wrapped = answers.flatMap(({ outcome }) => (outcome.kind === 'released' ? outcome.shares : []));
  return {
    sessionPublicKey: wrapped.find((share) => share !== undefined)?.ephemeralPublicKey ?? '',
    responses: answers.map(({ request, outcome }) => ({
      policyId: request.id,
      results: request.accesses.map(({ id }, i) => ({ keyAccessObjectId: id, ...resultOf(outcome, i) })),
    })),
  };
}

function resultOf(outcome: Outcome, i: number): object {
  switch (outcome.kind) {
    case 'refused':
      return failed(FORBIDDEN, { reasons: outcome.reasons });
    case 'tampered':
      return failed(TAMPERED);
    case 'released': {
      const share = outcome.shares[i];
      if (share === undefined) return failed(TAMPERED);
      const metadata = { 'X-Required-Obligations': [], pavise: outcome.view };
      return { status: 'permit', kasWrappedKey: share.wrappedKey, metadata };
    }
  }
}

function failed(error: string, more: object = {}): object {
  return { status: 'fail', error, metadata: { 'X-Required-Obligations': [], ...more } };
}
