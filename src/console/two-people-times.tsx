import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { TwoPeopleReply } from '../people/api.ts';
import { api, Button, cx, Field, kit, Loaded, Problem, useAction, useMe } from '../ui/index.ts';
import css from './console.module.css';
import { text } from './text.ts';

const say = text.requests.times;

/** How long who is alone waits, and for how long no new browser binds after a recovery; owners set it. */
export function TwoPeopleTimes() {
  const times = useQuery({ queryKey: ['two-people'], queryFn: () => api<TwoPeopleReply>('two-people') });
  return (
    <section className={css.section}>
      <h2>{say.title}</h2>
      <p className={css.lead}>{say.text}</p>
      <Loaded query={times}>{(reply) => <Form key={JSON.stringify(reply)} reply={reply} />}</Loaded>
    </section>
  );
}

function Form({ reply }: { readonly reply: TwoPeopleReply }) {
  const me = useMe();
  const [alone, setAlone] = useState(String(reply.aloneDelayHours));
  const [hold, setHold] = useState(String(reply.recoveryHoldHours));
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    const body = { aloneDelayHours: Number(alone), recoveryHoldHours: Number(hold) };
    await api<TwoPeopleReply>('two-people', { method: 'PUT', body });
    await queries.invalidateQueries();
  });
  const stillCounts = (hours: number, now: number): string => (hours === now ? '' : ` ${say.now(now)}`);
  if (me.data?.role !== 'owner') {
    return (
      <>
        <p>
          {say.alone}: {reply.aloneDelayHours}.{stillCounts(reply.aloneDelayHours, reply.aloneDelayNowHours)}
        </p>
        <p>
          {say.hold}: {reply.recoveryHoldHours}.{stillCounts(reply.recoveryHoldHours, reply.recoveryHoldNowHours)}
        </p>
        <p className={css.small}>{say.onlyOwner}</p>
      </>
    );
  }
  return (
    <form
      className={cx(kit.stack, css.narrow)}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <Field
        label={say.alone}
        hint={`${say.hint}${stillCounts(reply.aloneDelayHours, reply.aloneDelayNowHours)}`}
        type="number"
        value={alone}
        onChange={setAlone}
        required
      />
      <Field
        label={say.hold}
        hint={`${say.hint}${stillCounts(reply.recoveryHoldHours, reply.recoveryHoldNowHours)}`}
        type="number"
        value={hold}
        onChange={setHold}
        required
      />
      <Problem error={error} />
      <div>
        <Button submit busy={busy}>
          {say.save}
        </Button>
      </div>
    </form>
  );
}
