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

/** How whom it concerns answers a request. */
export interface AnswerRequest {
  readonly confirm: (id: string) => Promise<void>;
  readonly stop: (id: string) => Promise<void>;
}

/** As who is signed in. */
export const answerInSession: AnswerRequest = {
  confirm: (id) => api(`requests/${id}/confirm`, { method: 'POST' }),
  stop: (id) => api(`requests/${id}/end`, { method: 'POST' }),
};

interface MyRequestProps {
  readonly item: RequestItem;
  readonly answer?: AnswerRequest;
}

/** One request that concerns her, with what she can do about it. */
export function MyRequest({ item, answer = answerInSession }: MyRequestProps) {
  const queries = useQueryClient();
  const say = MY_REQUEST[item.kind.startsWith('files.') ? 'files' : 'account'];
  const step = (name: keyof AnswerRequest) => async (): Promise<void> => {
    await answer[name](item.id);
    await queries.invalidateQueries();
  };
  const stop = useAction(step('stop'));
  const confirm = useAction(step('confirm'));
  return (
    <li>
      <UsersRound size={20} aria-hidden="true" />
      <span className={css.entryText}>
        {item.may.confirm ? <span className={css.hint}>{say.ask}</span> : null}
        <strong>{requestWords(item)}</strong>
        <span>{MY_REQUEST.why(item.reason)}</span>
        <span>{standingWords(item)}</span>
        {item.may.confirm ? <span className={css.hint}>{say.hint}</span> : null}
        <Problem error={stop.error ?? confirm.error} />
      </span>
      <div className={css.row}>
        {item.may.confirm ? (
          <Button onPress={confirm.run} busy={confirm.busy} label={`${say.agree}: ${item.title}`}>
            {say.agree}
          </Button>
        ) : null}
        <Button kind="danger" onPress={stop.run} busy={stop.busy} label={`${say.stop}: ${item.title}`}>
          {say.stop}
        </Button>
      </div>
    </li>
  );
}
