import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { CarryOutReply, RequestItem } from '../people/api.ts';
import {
  age,
  api,
  Button,
  cx,
  Dialog,
  kit,
  moment,
  Problem,
  requestWords,
  State,
  standingWords,
  useAction,
} from '../ui/index.ts';
import css from './console.module.css';
import { Secret } from './secret.tsx';
import { text } from './text.ts';

const say = text.requests;
const KIND = {
  waiting: 'waiting',
  agreed: 'attention',
  alone: 'attention',
  done: 'fine',
  stopped: 'unknown',
  refused: 'unknown',
  withdrawn: 'unknown',
  lapsed: 'unknown',
  expired: 'unknown',
} as const;

interface CardsProps {
  readonly items: readonly RequestItem[];
  readonly title?: string;
  readonly heading?: 'h2' | 'h3';
}

/** Requests one below the other, and what carrying one out gives: that stays, also when the request leaves the list by it. */
export function RequestCards({ items, title, heading: Heading = 'h2' }: CardsProps) {
  const [result, setResult] = useState<CarryOutReply['result']>(null);
  return (
    <>
      {items.length === 0 ? null : (
        <section className={css.section}>
          {title === undefined ? null : <Heading>{title}</Heading>}
          <ul className={css.rows}>
            {items.map((item) => (
              <RequestCard key={item.id} item={item} onResult={setResult} />
            ))}
          </ul>
        </section>
      )}
      <Dialog title={say.carriedOut} open={result !== null} onClose={() => setResult(null)}>
        <Result result={result} />
        <div className={cx(kit.row, kit.end)}>
          <Button kind="primary" onPress={() => setResult(null)}>
            {text.close}
          </Button>
        </div>
      </Dialog>
    </>
  );
}

interface CardProps {
  readonly item: RequestItem;
  readonly onResult: (result: CarryOutReply['result']) => void;
}

/** One request: who asks for what about whom and why, how it stands, and what the reader may do. */
function RequestCard({ item, onResult }: CardProps) {
  const { id, may } = item;
  const queries = useQueryClient();
  const step = (name: string) => async (): Promise<void> => {
    await api(`requests/${id}/${name}`, { method: 'POST' });
    await queries.invalidateQueries();
  };
  const agree = useAction(step('agree'));
  const end = useAction(step('end'));
  const carryOut = useAction(async () => {
    const reply = await api<CarryOutReply>(`requests/${id}/carry-out`, { method: 'POST' });
    onResult(reply.result);
    await queries.invalidateQueries();
  });
  return (
    <li>
      <div className={css.section}>
        <strong>{requestWords(item)}</strong>
        <p>
          <State kind={KIND[item.standing]}>{say.standing[item.standing]}</State> {standingWords(item)}
        </p>
        <p>
          <Concerned item={item} /> {say.reason(item.reason)} <span className={css.small}>{age(item.madeAtMs)}</span>
        </p>
        {may.agree ? (
          <p className={css.small}>{say.agreeText[item.kind.startsWith('files.') ? 'files' : 'account']}</p>
        ) : null}
        <Problem error={agree.error ?? end.error ?? carryOut.error} />
        <div className={kit.row}>
          {may.agree ? (
            <Button kind="primary" onPress={agree.run} busy={agree.busy} label={`${say.agree}: ${item.title}`}>
              {say.agree}
            </Button>
          ) : null}
          {may.carryOut ? (
            <Button kind="primary" onPress={carryOut.run} busy={carryOut.busy} label={`${say.carryOut}: ${item.title}`}>
              {say.carryOut}
            </Button>
          ) : null}
          {may.end === null ? null : (
            <Button onPress={end.run} busy={end.busy} label={`${say[may.end]}: ${item.title}`}>
              {say[may.end]}
            </Button>
          )}
        </div>
      </div>
    </li>
  );
}

function Concerned({ item: { about, person } }: { readonly item: RequestItem }) {
  const words = say.about(person.displayName);
  if (about.type === 'device')
    return (
      <Link to="/devices/$id" params={{ id: about.id }}>
        {words}
      </Link>
    );
  if (about.type === 'file')
    return (
      <Link to="/files" search={{ file: about.id }}>
        {words}
      </Link>
    );
  return (
    <Link to="/people/$id" params={{ id: person.id }}>
      {words}
    </Link>
  );
}

/** The link that was made, shown once: for an account as it comes, for a browser as the address of the page that connects it. */
function Result({ result }: { readonly result: CarryOutReply['result'] }) {
  const { link, token, expiresAtMs } = result ?? {};
  const value = typeof link === 'string' ? link : `${location.origin}/workspace/#/enrol?token=${String(token)}`;
  const lead = typeof link === 'string' ? text.people.linkReady : text.device.browserLinkReady;
  return (
    <>
      <Secret lead={lead} value={value} />
      {typeof expiresAtMs === 'number' ? (
        <p className={css.small}>{text.people.linkUntil(moment(expiresAtMs))}</p>
      ) : null}
    </>
  );
}
