import { useQuery } from '@tanstack/react-query';
import type { RequestItem, RequestList } from '../people/api.ts';
import { api } from '../ui/index.ts';
import { RequestCards } from './request-card.tsx';
import { text } from './text.ts';

const LATELY_MS = 7 * 86_400_000;

interface AboutProps {
  readonly personId: string;
  readonly aboutId: string;
  /** `h3` in a dialog, whose title is an `h2`. */
  readonly heading?: 'h2' | 'h3';
}

/** What is asked for about a person, a phone or a file and still runs, and how the rest of a week ended; nothing while there is nothing. */
export function RequestsAbout({ personId, aboutId, heading = 'h2' }: AboutProps) {
  const requests = useQuery({
    queryKey: ['requests', personId],
    queryFn: () => api<RequestList>(`requests?personId=${personId}`),
  });
  const shown = requests.data?.items.filter((item) => item.about.id === aboutId && isOfLate(item)) ?? [];
  return <RequestCards items={shown} title={text.requests.title} heading={heading} />;
}

/** Whether a request waits for somebody, or ended a short time ago. */
function isOfLate({ standing, ended, expiresAtMs }: RequestItem): boolean {
  if (standing === 'waiting' || standing === 'agreed' || standing === 'alone') return true;
  return Math.min(ended?.atMs ?? expiresAtMs, expiresAtMs) > Date.now() - LATELY_MS;
}
