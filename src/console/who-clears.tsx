import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Clearing } from '../findings/api.ts';
import { api, Button, Choice, Loaded, Problem, useAction, useMe } from '../ui/index.ts';
import css from './console.module.css';
import { text } from './text.ts';

const say = text.settings.clearing;

/** Whether one person clears a trace, or two; owners choose. */
export function WhoClears() {
  const clearing = useQuery({ queryKey: ['clearing'], queryFn: () => api<Clearing>('clearing') });
  return (
    <section className={css.section}>
      <h2>{say.title}</h2>
      <p className={css.lead}>{say.text}</p>
      <Loaded query={clearing}>{(reply) => <Form key={String(reply.twoPeople)} reply={reply} />}</Loaded>
    </section>
  );
}

function Form({ reply: { twoPeople, possible } }: { readonly reply: Clearing }) {
  const me = useMe();
  const [chosen, setChosen] = useState(twoPeople ? 'two' : 'alone');
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    await api<Clearing>('clearing', { method: 'PUT', body: { twoPeople: chosen === 'two' } });
    await queries.invalidateQueries();
  });
  if (me.data?.role !== 'owner') {
    return (
      <>
        <p>
          {say.label}: {twoPeople ? say.options.two : say.options.alone}
        </p>
        <p className={css.small}>{say.onlyOwner}</p>
      </>
    );
  }
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <Choice
        label={say.label}
        value={chosen}
        onChange={setChosen}
        options={[
          ['alone', say.options.alone],
          ['two', say.options.two],
        ]}
      />
      {possible ? null : <p className={css.small}>{say.tooFew}</p>}
      <Problem error={error} />
      <Button submit busy={busy} disabled={(chosen === 'two') === twoPeople}>
        {say.save}
      </Button>
    </form>
  );
}
