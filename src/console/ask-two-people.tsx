import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import type { OutlookReply, RequestItem } from '../people/api.ts';
import { api, Button, cx, Field, kit, Loaded, listOf, moment, Problem, useAction, useMe } from '../ui/index.ts';
import { text } from './text.ts';

interface AskProps {
  /** Name of the kind, by which the server tells who could agree. */
  readonly kind: string;
  readonly person: { readonly id: string; readonly displayName: string };
  /** Where it is asked for. */
  readonly path: string;
  /** What is sent beside the reason and the address of who gains by it. */
  readonly body?: object;
  /** Asked for where somebody gains by it, who then cannot agree. */
  readonly gainer?: { readonly label: string; readonly hint: string; readonly first: string };
  /** What comes of it once somebody agreed, a sentence each. */
  readonly after: (outlook: OutlookReply) => readonly string[];
  readonly onDone: () => void;
}

const say = text.requests.ask;
const HOUR_MS = 3_600_000;

/** Asks for something that takes two people; what will happen, who must agree and how long one waits else is shown before. */
export function AskTwoPeople({ kind, person, path, body, gainer, after, onDone }: AskProps) {
  const [email, setEmail] = useState(gainer?.first ?? '');
  const [reason, setReason] = useState('');
  const address = useDeferredValue(email.trim());
  const outlook = useOutlook(kind, person.id, /^\S+@\S+$/.test(address) ? address : '');
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    const sent = { ...body, ...(gainer === undefined ? {} : { email: email.trim() }), reason };
    await api<RequestItem>(path, { body: sent });
    await queries.invalidateQueries();
    onDone();
  });
  const known = gainer === undefined || (address === email.trim() && outlook.data?.gainer != null);
  return (
    <form
      className={kit.stack}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      {gainer === undefined ? null : (
        <Field
          label={gainer.label}
          hint={outlook.data?.gainer?.displayName ?? (address === '' ? gainer.hint : say.nobody(address))}
          type="email"
          value={email}
          onChange={setEmail}
          required
        />
      )}
      <Field label={say.why} hint={say.whyHint} value={reason} onChange={setReason} lines required />
      <Loaded query={outlook}>{(data) => <Steps person={person} outlook={data} after={after(data)} />}</Loaded>
      <Problem error={error} />
      <div className={cx(kit.row, kit.end)}>
        <Button onPress={onDone}>{text.cancel}</Button>
        <Button kind="primary" submit busy={busy} disabled={reason.trim().length < 3 || !known}>
          {say.send}
        </Button>
      </div>
    </form>
  );
}

function useOutlook(kind: string, personId: string, email: string) {
  const query = new URLSearchParams({ kind, personId, ...(email === '' ? {} : { email }) });
  return useQuery({
    queryKey: ['outlook', kind, personId, email],
    queryFn: () => api<OutlookReply>(`requests/outlook?${query}`),
    placeholderData: keepPreviousData, // the list stays while an address is typed
  });
}

interface StepsProps {
  readonly person: AskProps['person'];
  readonly outlook: OutlookReply;
  readonly after: readonly string[];
}

/** One thing after the other, in the order in which it happens. */
function Steps({ person: { displayName: name }, outlook, after }: StepsProps) {
  const { others, personActive, personMayAgree, aloneDelayHours, gainer } = outlook;
  const me = useMe();
  const agree =
    aloneDelayHours === null
      ? say.second(listOf(others))
      : say.alone(aloneDelayHours, moment(Date.now() + aloneDelayHours * HOUR_MS));
  const gains = gainer === null || gainer.id === me.data?.id ? '' : say.gains(gainer.displayName);
  return (
    <section className={kit.secret}>
      <h3>{say.happens}</h3>
      <ol className={kit.steps}>
        <li>{(personActive ? say.told : say.toldLater)(name)}</li>
        <li>{[gains, agree, personMayAgree ? say.person(name) : ''].filter((part) => part !== '').join(' ')}</li>
        {after.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
        <li>{say.ends}</li>
      </ol>
    </section>
  );
}
