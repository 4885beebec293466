import { useState } from 'react';
import type { PolicyPreview } from '../access/api.ts';
import type { PolicyDraft } from '../policies/api.ts';
import { ApiError, api, Button, cx, Dialog, kit, Problem, State, useAction } from '../ui/index.ts';
import css from './console.module.css';
import { text } from './text.ts';

/** The query of a change of groups that is confirmed to leave people without any policy. */
export const LEAVE = '?leaveWithoutPolicy=true';

interface PolicyChange {
  readonly run: () => void;
  readonly busy: boolean;
  readonly error: unknown;
  /** The question, while it is open. */
  readonly question: React.ReactNode;
}

/** Whether the server refused a change since it would leave people without any policy. */
export function isLoss(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'policies-takes-away';
}

interface LossyChange {
  readonly run: () => void;
  readonly busy: boolean;
  readonly error: unknown;
  /** How many people would lose their only policy, in the server's words; then `run` goes on all the same. */
  readonly loss: string | null;
  /** Asks nothing any more. */
  readonly forget: () => void;
}

/** A change that the server refuses once where it would leave people without any policy, until that is confirmed. */
export function useLossyChange(send: (confirmed: boolean) => Promise<void>): LossyChange {
  const [loss, setLoss] = useState<string | null>(null);
  const { run, busy, error } = useAction(async () => {
    try {
      await send(loss !== null);
      setLoss(null);
    } catch (reason) {
      if (!isLoss(reason)) throw reason;
      setLoss(reason.message);
    }
  });
  return { run, busy, error, loss, forget: () => setLoss(null) };
}

/**
 * A change of a policy: first what it would do to people and phones, then, when that is confirmed, the change.
 *
 * Where it would leave people without any policy the server refuses once more and says how many.
 */
export function usePolicyChange(
  draft: PolicyDraft,
  send: (confirmed: { leaveWithoutPolicy?: true }) => Promise<void>,
): PolicyChange {
  const [preview, setPreview] = useState<PolicyPreview | null>(null);
  const ask = useAction(async () => setPreview(await api<PolicyPreview>('access/policy-preview', { body: draft })));
  const make = useLossyChange(async (confirmed) => {
    await send(confirmed ? { leaveWithoutPolicy: true } : {});
    setPreview(null);
  });
  const { loss } = make;
  const close = (): void => {
    setPreview(null);
    make.forget();
  };
  const dangerous = loss !== null || (preview !== null && preview.refusedCount > 0);
  const question = (
    <Dialog
      title={loss === null ? text.policies.change.title : text.policies.takesAway}
      open={preview !== null}
      onClose={close}
    >
      {loss === null ? preview === null ? null : <Effect preview={preview} /> : <p role="alert">{loss}</p>}
      <Problem error={make.error} />
      <div className={cx(kit.row, kit.end)}>
        <Button onPress={close}>{text.cancel}</Button>
        <Button kind={dangerous ? 'danger' : 'primary'} onPress={make.run} busy={make.busy}>
          {loss === null ? text.policies.change.make : text.policies.takeAway}
        </Button>
      </div>
    </Dialog>
  );
  return { run: ask.run, busy: ask.busy, error: ask.error, question };
}

const NAMED = 5;

function Effect({ preview }: { readonly preview: PolicyPreview }) {
  const { people, devices, refused, refusedCount, warnedCount, allowedCount, undecided } = preview;
  const say = text.policies.change;
  const more = refusedCount - Math.min(NAMED, refused.length);
  return (
    <div className={kit.stack}>
      <p>{people === 0 ? say.nobody : say.touched(people, devices)}</p>
      {refusedCount > 0 ? (
        <>
          <State kind="blocked">{say.refused(refusedCount)}</State>
          <ul className={css.rows}>
            {refused.slice(0, NAMED).map(({ deviceId, deviceName, personName, why }) => (
              <li key={deviceId}>
                <span>
                  {deviceName} <span className={css.small}>{personName}</span>
                </span>
                <span className={css.small}>{why}</span>
              </li>
            ))}
          </ul>
          {more > 0 ? <p className={css.small}>{say.more(more)}</p> : null}
        </>
      ) : people > 0 ? (
        <State kind="fine">{say.nobodyRefused}</State>
      ) : null}
      {warnedCount > 0 ? <p>{say.warned(warnedCount)}</p> : null}
      {allowedCount > 0 ? <p>{say.allowed(allowedCount)}</p> : null}
      {undecided > 0 ? <p>{say.undecided(undecided)}</p> : null}
    </div>
  );
}
