import type { QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

/**
 * Asks again for what is on the screen whenever the server says that something changed.
 *
 * Events carry ids, never rows. The server sends `resync` at each connect, since nothing is kept for a listener that was away.
 */
export function useLiveUpdates(queries: QueryClient, enabled: boolean): void {
  useEffect(() => {
    if (!enabled) return;
    const source = new EventSource('/api/v1/events');
    let timer: ReturnType<typeof setTimeout> | undefined;
    let fresh = true;
    const refetch = (): void => {
      clearTimeout(timer);
      // A change in one place often comes as several events.
      timer = setTimeout(() => void queries.invalidateQueries(), 100);
    };
    source.onmessage = refetch;
    source.addEventListener('resync', () => {
      if (!fresh) refetch();
      fresh = false;
    });
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [queries, enabled]);
}
