import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { OutlookReply, RequestItem } from '../people/api.ts';
import { api, Button, cx, Field, kit, Loaded, listOf, Problem, useAction } from '../ui/index.ts';
import { text } from './text.ts';

interface AskProps {
  /** Name of the kind, by which the server tells who could agree. */
  readonly kind: string;
  readonly person: { readonly id: string; readonly displayName: string };
  /** Where it is asked for. */
  readonly path: string;
  readonly onDone: () => void;
}

const say = text.requests.ask;

/** Asks for something that takes two people; who could agree, or how long one waits, is shown before. */
export function AskTwoPeople({ kind, person, path, onDone }: AskProps) {
  const query = new URLSearchParams({ kind, personId: person.id });
  const outlook = useQuery({
    queryKey: ['outlook', kind, person.id],
    queryFn: () => api<OutlookReply>(`requests/outlook?${query}`),
  });
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    await api<RequestItem>(path, { body: { reason } });
    await queries.invalidateQueries();
    onDone();
  });
  return (
    <form
      className={kit.stack}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <Loaded query={outlook}>
        {({ others, personMayAgree, aloneDelayHours, recoveryHoldHours }) => (
          <>
            <p>
              {aloneDelayHours === null ? say.second(listOf(others)) : say.alone(aloneDelayHours, person.displayName)}{' '}
              {personMayAgree ? say.person(person.displayName) : null}
            </p>
            {kind === 'people.recovery' ? <p>{say.hold(recoveryHoldHours)}</p> : null}
          </>
        )}
      </Loaded>
      <Field label={say.why} hint={say.whyHint} value={reason} onChange={setReason} lines required />
      <Problem error={error} />
      <div className={cx(kit.row, kit.end)}>
        <Button onPress={onDone}>{text.cancel}</Button>
        <Button kind="primary" submit busy={busy} disabled={reason.trim().length < 3}>
          {say.send}
        </Button>
      </div>
    </form>
  );
}
