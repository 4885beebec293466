import { useState } from 'react';
import { ApiError, Button, cx, Dialog, kit, Problem, useAction } from '../ui/index.ts';
import { text } from './text.ts';

interface PolicyChange {
  readonly run: () => void;
  readonly busy: boolean;
  readonly error: unknown;
  /** The question, while it is open. */
  readonly question: React.ReactNode;
}

/** A change of policies: where it would leave people without any, the server says how many, and it is made only when that is confirmed. */
export function usePolicyChange(send: (confirmed: { leaveWithoutPolicy?: true }) => Promise<void>): PolicyChange {
  const [asked, setAsked] = useState<ApiError | null>(null);
  const first = useAction(async () => {
    try {
      await send({});
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'policies-takes-away') throw error;
      setAsked(error);
    }
  });
  const confirmed = useAction(async () => {
    await send({ leaveWithoutPolicy: true });
    setAsked(null);
  });
  const question = (
    <Dialog title={text.policies.takesAway} open={asked !== null} onClose={() => setAsked(null)}>
      <p>{asked?.message}</p>
      <Problem error={confirmed.error} />
      <div className={cx(kit.row, kit.end)}>
        <Button onPress={() => setAsked(null)}>{text.cancel}</Button>
        <Button kind="danger" onPress={confirmed.run} busy={confirmed.busy}>
          {text.policies.takeAway}
        </Button>
      </div>
    </Dialog>
  );
  return { run: first.run, busy: first.busy, error: first.error, question };
}
