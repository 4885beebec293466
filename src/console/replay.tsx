import { useState } from 'react';
import type { ReplayReply } from '../access/api.ts';
import { api, Button, Problem, State, useAction } from '../ui/index.ts';
import { text } from './text.ts';

/** Decides again from the facts and rules that were kept, and says whether the answer is the one in the log. */
export function Replay({ decisionId }: { readonly decisionId: string }) {
  const [reply, setReply] = useState<ReplayReply | null>(null);
  const { run, busy, error } = useAction(async () => {
    setReply(await api<ReplayReply>(`decisions/${decisionId}/replay`, { method: 'POST' }));
  });
  return (
    <>
      <p>{text.audit.replayText}</p>
      <Problem error={error} />
      <div>
        <Button onPress={run} busy={busy}>
          {text.audit.replay}
        </Button>
      </div>
      <div role="status">
        {reply === null ? null : (
          <State kind={reply.same ? 'fine' : 'blocked'}>
            {reply.same ? text.audit.same(reply.allow) : text.audit.differs(reply.allow)}
          </State>
        )}
      </div>
    </>
  );
}
