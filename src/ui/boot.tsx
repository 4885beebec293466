import './inter.css';
import './tokens.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type AnyRouter, RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { AskPasskey, type AskPasskeyText } from './ask-passkey.tsx';
import { ApiError } from './fetcher.ts';

/** Draws an app in the page's `#root`: its screens, one store of the server's replies, and the question for the passkey above both. */
export function boot(router: AnyRouter, text: { readonly askPasskey: AskPasskeyText }): void {
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // Without a network a screen says so; held back until there is one, it would seem to load for ever.
        networkMode: 'always',
        refetchOnReconnect: true,
        // A refusal stays a refusal; only a server that did not answer is asked again.
        retry: (count, error) =>
          count < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
      },
    },
  });
  const root = document.getElementById('root');
  if (root === null) return;
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
        <AskPasskey text={text.askPasskey} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
