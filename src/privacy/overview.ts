import { countDays, countStates, findDeviceStates } from '../access/index.ts';
import { countInvited, findLateRenewals } from '../devices/index.ts';
import type { Db } from '../storage/index.ts';
import type { OverviewReply } from './api.ts';

/** What an administrator has to see first. */
export async function overview(db: Db, nowMs: number): Promise<OverviewReply> {
  const states = (await findDeviceStates(db, { notFine: true, limit: 50 })).flatMap((state) => {
    const worst = state.reasons[0];
    if (worst === undefined) return [];
    return {
      code: worst.code,
      text: worst.text,
      deviceId: state.deviceId,
      personId: state.personId,
      sinceMs: state.sinceMs,
    };
  });
  const needsYou = [...states, ...(await lateRenewals(db, nowMs))];
  return { states: await countStates(db), invited: await countInvited(db), needsYou, days: await countDays(db, nowMs) };
}

const DAY_MS = 86_400_000;
/** Phones are asked half a year before the end of their certificate: three months later somebody has to look. */
const RENEWAL_LATE_MS = 90 * DAY_MS;

async function lateRenewals(db: Db, nowMs: number): Promise<OverviewReply['needsYou']> {
  const late = await findLateRenewals(db, new Date(nowMs + RENEWAL_LATE_MS));
  return late.map(({ deviceId, personId, expiresAt }) => {
    const days = Math.floor((expiresAt.getTime() - nowMs) / DAY_MS);
    const left = days < 0 ? 'has run out' : days === 1 ? 'runs out in 1 day' : `runs out in ${days} days`;
    return {
      code: 'device.renewal',
      text: `Its certificate ${left} and it keeps putting off the renewal: ask its owner to unlock it while it is online`,
      deviceId,
      personId,
      sinceMs: expiresAt.getTime() - 2 * RENEWAL_LATE_MS,
    };
  });
}
