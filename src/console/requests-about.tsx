import { useQuery } from '@tanstack/react-query';
import type { RequestItem, RequestList } from '../people/api.ts';
import { api } from '../ui/index.ts';
import css from './console.module.css';
import { RequestCard } from './request-card.tsx';
import { text } from './text.ts';

/** What is asked for about a person or a phone and still runs; nothing while there is nothing. */
export function RequestsAbout({ personId, aboutId }: { readonly personId: string; readonly aboutId: string }) {
  const requests = useQuery({
    queryKey: ['requests', personId],
    queryFn: () => api<RequestList>(`requests?personId=${personId}`),
  });
  const items = requests.data?.items.filter((item) => item.about.id === aboutId && runs(item)) ?? [];
  if (items.length === 0) return null;
  return (
    <section className={css.section}>
      <h2>{text.requests.title}</h2>
      <ul className={css.rows}>
        {items.map((item) => (
          <RequestCard key={item.id} item={item} />
        ))}
      </ul>
    </section>
  );
}

/** Whether a request waits for somebody. */
export function runs({ standing }: RequestItem): boolean {
  return standing === 'waiting' || standing === 'agreed' || standing === 'alone';
}
