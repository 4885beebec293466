import { useQuery, useQueryClient } from '@tanstack/react-query';
import { UsersRound } from 'lucide-react';
import type { RequestItem, RequestList } from '../people/api.ts';
import { Button, Problem } from './controls.tsx';
import { api } from './fetcher.ts';
import { useAction } from './gate.tsx';
import css from './kit.module.css';
import { MY_REQUEST, requestWords, standingWords } from './request-words.ts';

/** What somebody asked for that concerns the signed-in person, what runs first. */
export function useMyRequests(): readonly RequestItem[] {
  const reply = useQuery({ queryKey: ['my-requests'], queryFn: () => api<RequestList>('me/requests') });
  return reply.data?.items ?? [];
}

/** Whether she can still stop it. */
export function mayStop({ may }: RequestItem): boolean {
  return may.end === 'stop';
}

/** One request that concerns her, with what she can do about it. */
export function MyRequest({ item }: { readonly item: RequestItem }) {
  const queries = useQueryClient();
  const step = (name: string) => async (): Promise<void> => {
    await api(`requests/${item.id}/${name}`, { method: 'POST' });
    await queries.invalidateQueries();
  };
  const stop = useAction(step('end'));
  const confirm = useAction(step('confirm'));
  return (
    <li>
      <UsersRound size={20} aria-hidden="true" />
      <span className={css.entryText}>
        <strong>{requestWords(item)}</strong>
        <span>{MY_REQUEST.why(item.reason)}</span>
        <span>{standingWords(item)}</span>
        {item.may.confirm ? (
          <span className={css.hint}>{MY_REQUEST.agreeText[item.kind.startsWith('files.') ? 'files' : 'account']}</span>
        ) : null}
        <Problem error={stop.error ?? confirm.error} />
      </span>
      <div className={css.row}>
        {item.may.confirm ? (
          <Button onPress={confirm.run} busy={confirm.busy} label={`${MY_REQUEST.agree}: ${item.title}`}>
            {MY_REQUEST.agree}
          </Button>
        ) : null}
        <Button kind="danger" onPress={stop.run} busy={stop.busy} label={`${MY_REQUEST.stop}: ${item.title}`}>
          {MY_REQUEST.stop}
        </Button>
      </div>
    </li>
  );
}
