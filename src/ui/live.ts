import type { QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

const OPEN_AGAIN_MS = 5000;

/**
 * Asks again for what is on the screen whenever the server says that something changed.
 *
 * Events carry ids, never rows. The server sends `resync` at each connect, since nothing is kept for a listener that was away.
 */
export function useLiveUpdates(queries: QueryClient, enabled: boolean): void {
  useEffect(() => {
    if (!enabled) return;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let fresh = true;
    const refetch = (): void => {
      clearTimeout(timer);
      // A change in one place often comes as several events.
      timer = setTimeout(() => void queries.invalidateQueries(), 100);
    };
    const open = (): void => {
      const opened = new EventSource('/api/v1/events');
      source = opened;
      opened.onmessage = refetch;
      // One that is cut comes back by itself; one that is refused may have lost its session: the page asks who is signed in.
      opened.onerror = () => {
        if (opened.readyState !== EventSource.CLOSED) return;
        void queries.invalidateQueries({ queryKey: ['me'] });
        retry = setTimeout(open, OPEN_AGAIN_MS);
      };
      opened.addEventListener('resync', () => {
        if (!fresh) refetch();
        fresh = false;
      });
    };
    open();
    return () => {
      clearTimeout(timer);
      clearTimeout(retry);
      source?.close();
    };
  }, [queries, enabled]);
}
