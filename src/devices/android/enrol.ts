import { createHash } from 'node:crypto';
import { append } from '../../audit/index.ts';
import { canonicalJson, type Json } from '../../base/index.ts';
import { type Db, transaction } from '../../storage/index.ts';
import type { AndroidEnrolmentReply } from '../api.ts';
import type { Ownership } from '../device.ts';
import type { Refusals } from '../refusals.ts';
import type { AndroidGateway } from './gateway-client.ts';
import { putPolicyId } from './store.ts';

/** Traits of a device by which its policy is compiled. */
interface PolicySubject {
  readonly platform: 'android';
  readonly ownership: Ownership;
  readonly supervised: boolean;
  readonly personId: string | null;
}

/** What this folder leans on; `androidPolicyFor` comes from `policies`. */
export interface AndroidServices {
  readonly db: Db;
  readonly gateway: AndroidGateway;
  readonly now: () => number;
  readonly refusals: Refusals;
  readonly androidPolicyFor: (db: Db, device: PolicySubject) => Promise<object>;
}

const TOKEN_SECONDS = 3600;

/**
 * Prepares the enrolment of an invited phone: its policy at the gateway, and a token for one use within an hour.
 *
 * The token carries the device's id, which comes back in the phone's first report and leads to its owner.
 */
export async function enrolAndroid(
  services: AndroidServices,
  invited: { readonly deviceId: string; readonly personId: string; readonly ownership: Ownership },
): Promise<AndroidEnrolmentReply> {
  const { deviceId, personId, ownership } = invited;
  const policyId = await placePolicy(services, personId, ownership);
  const nowMs = services.now();
  await transaction(services.db, async (tx) => {
    await putPolicyId(tx, deviceId, policyId);
    await append(tx, {
      actor: { kind: 'anonymous' }, // whoever holds the invitation
      action: 'device.enrolment.opened',
      object: { type: 'device', id: deviceId },
      detail: { platform: 'android', ownership },
    });
  });
  const token = await services.gateway.createEnrolmentToken({
    policyId,
    additionalData: deviceId,
    durationSeconds: TOKEN_SECONDS,
    personalUsage: ownership === 'personal',
  });
  return {
    url: services.gateway.enrolUrl(token.value),
    qrCode: token.qrCode,
    token: token.value,
    expiresAtMs: nowMs + TOKEN_SECONDS * 1000,
  };
}

/**
 * Puts the policy of a person's phone at the gateway and gives its id.
 *
 * Policies are named by their content: equal phones share one, and a change moves a phone by a single call.
 * @param known policies that are there already
 * @param refused policies that were refused in this round, with the error: they are not asked for again
 */
export async function placePolicy(
  { db, gateway, androidPolicyFor }: AndroidServices,
  personId: string,
  ownership: Ownership,
  known?: ReadonlySet<string>,
  refused = new Map<string, unknown>(),
): Promise<string> {
  const subject = { platform: 'android', ownership, supervised: ownership === 'organisation', personId } as const;
  const policy = await androidPolicyFor(db, subject);
  const text = canonicalJson(JSON.parse(JSON.stringify(policy)) as Json); // a compiled policy is JSON
  const policyId = `p-${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  if (refused.has(policyId)) throw refused.get(policyId);
  if (known?.has(policyId) === true) return policyId;
  await gateway.patchPolicy(policyId, policy).catch((error: unknown) => {
    refused.set(policyId, error);
    throw error;
  });
  return policyId;
}
