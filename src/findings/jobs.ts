import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { JobHandlers } from '../jobs/index.ts';
import type { Db } from '../storage/index.ts';
import { judgeAgain } from './judge-again.ts';
import { tellInviter } from './tell-inviter.ts';

const InvitedJob = Type.Object({ deviceId: Type.String(), inviterId: Type.String() });

/** Jobs of this room. `findings.invited` comes from `devices`, in the transaction of an invitation. */
export function findingsJobs({ db, now }: { readonly db: Db; readonly now: () => number }): JobHandlers {
  return {
    'findings.judge-again': async () => await judgeAgain(db, now()),
    'findings.invited': async (payload) => await tellInviter(db, Value.Parse(InvitedJob, payload), now()),
  };
}
