import { useQuery } from '@tanstack/react-query';
import type { RequestItem, RequestList } from '../people/api.ts';
import { api } from '../ui/index.ts';
import { RequestCards } from './request-card.tsx';
import { text } from './text.ts';

/** What is asked for about a person or a phone and still runs; nothing while there is nothing. */
export function RequestsAbout({ personId, aboutId }: { readonly personId: string; readonly aboutId: string }) {
  const requests = useQuery({
    queryKey: ['requests', personId],
    queryFn: () => api<RequestList>(`requests?personId=${personId}`),
  });
  const shown = requests.data?.items.filter((item) => item.about.id === aboutId && runs(item)) ?? [];
  return <RequestCards items={shown} title={text.requests.title} />;
}

/** Whether a request waits for somebody. */
function runs({ standing }: RequestItem): boolean {
  return standing === 'waiting' || standing === 'agreed' || standing === 'alone';
}
