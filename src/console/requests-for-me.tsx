import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import type { RequestList } from '../people/api.ts';
import { age, api } from '../ui/index.ts';
import css from './console.module.css';
import { text } from './text.ts';

/** The requests that wait for the reader, as lines of what needs her. */
export function useRequestsForMe() {
  const requests = useQuery({ queryKey: ['requests', 'open'], queryFn: () => api<RequestList>('requests?open=true') });
  return requests.data?.items.filter(({ may }) => may.agree || may.carryOut) ?? [];
}

/** One of them. */
export function RequestForMe({ item }: { readonly item: ReturnType<typeof useRequestsForMe>[number] }) {
  const { needsYou, toFetch } = text.requests;
  return (
    <li>
      <Link to="/people/requests" className={css.needs}>
        <span>
          <strong>{item.maker.displayName}</strong> · {(item.may.carryOut ? toFetch : needsYou)(item.title)}
        </span>
        <span className={css.small}>{age(item.madeAtMs)}</span>
        <ChevronRight size={16} aria-hidden="true" />
      </Link>
    </li>
  );
}
