import { createHash } from 'node:crypto';
import { type Actor, append } from '../../audit/index.ts';
import { canonicalJson, type Json } from '../../base/index.ts';
import { type Db, transaction } from '../../storage/index.ts';
import type { Ownership } from '../device.ts';
import { upsertDevice } from '../registry.ts';
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
  readonly androidPolicyFor: (db: Db, device: PolicySubject) => Promise<object>;
}

const TOKEN_SECONDS = 3600;

/** What a person scans with a phone to enrol it. */
interface AndroidEnrolment {
  readonly deviceId: string;
  readonly token: string;
  readonly qrCode: string;
  readonly expiresAtMs: number;
}

/**
 * Prepares a phone's enrolment: a pending device, its policy at the gateway, a token for one use within an hour.
 *
 * The token carries the device's id, which comes back in the phone's first report and leads to its owner.
 */
export async function enrolAndroid(
  services: AndroidServices,
  actor: Actor,
  wanted: { readonly personId: string; readonly ownership: Ownership; readonly name: string },
): Promise<AndroidEnrolment> {
  const policyId = await placePolicy(services, wanted.personId, wanted.ownership);
  const nowMs = services.now();
  const deviceId = await transaction(services.db, async (tx) => {
    const id = await upsertDevice(tx, { ...wanted, platform: 'android' }, nowMs);
    await putPolicyId(tx, id, policyId);
    await append(tx, {
      actor,
      action: 'device.enrolment.created',
      object: { type: 'device', id },
      detail: { platform: 'android', ownership: wanted.ownership },
    });
    return id;
  });
  const token = await services.gateway.createEnrolmentToken({
    policyId,
    additionalData: deviceId,
    durationSeconds: TOKEN_SECONDS,
    personalUsage: wanted.ownership === 'personal',
  });
  return { deviceId, token: token.value, qrCode: token.qrCode, expiresAtMs: nowMs + TOKEN_SECONDS * 1000 };
}

/**
 * Puts the policy of a person's phone at the gateway and gives its id.
 *
 * Policies are named by their content: equal phones share one, and a change moves a phone by a single call.
 */
export async function placePolicy(
  { db, gateway, androidPolicyFor }: AndroidServices,
  personId: string,
  ownership: Ownership,
  known?: ReadonlySet<string>,
): Promise<string> {
  const subject = { platform: 'android', ownership, supervised: ownership === 'organisation', personId } as const;
  const policy = await androidPolicyFor(db, subject);
  const text = canonicalJson(JSON.parse(JSON.stringify(policy)) as Json); // a compiled policy is JSON
  const policyId = `p-${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  if (known?.has(policyId) !== true) await gateway.patchPolicy(policyId, policy);
  return policyId;
}
