import type { Db } from '../storage/index.ts';
import { currentRules } from './authorize.ts';
import { decide } from './decide.ts';
import { gatherPosture } from './posture.ts';

/**
 * What keeps a phone from being trusted to speak for its owner, in a sentence: what closes files on it, but for what she has still to learn
 * or to sign, which says nothing about the phone. Undefined where nothing does.
 */
export async function phoneTrouble(
  db: Db,
  { personId, deviceId }: { readonly personId: string; readonly deviceId: string },
  nowMs: number,
): Promise<string | undefined> {
  const { reasons } = decide(await gatherPosture(db, personId, deviceId), (await currentRules(db)).rules, nowMs);
  return reasons.find(
    ({ code, severity }) => (severity === 'block' || severity === 'unknown') && !/^(training|agreement)\./.test(code),
  )?.text;
}
