import '../../ui/inter.css';
import '../../ui/tokens.css';
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Mark } from '../../ui/index.ts';
import css from './check.module.css';
import { CheckPhone } from './check-phone.tsx';
import { text } from './text.ts';
import workerUrl from './worker.ts?worker&url';

/** The page for people without an account: once loaded it works without a network, and it has nobody to send to. */
function Alone() {
  const [kept, setKept] = useState(false);
  useEffect(() => {
    keepForOffline().then(setKept, () => setKept(false)); // without a service worker the page just needs its server
  }, []);
  return (
    <main className={css.alone}>
      <header>
        <Mark size={32} />
        <h1>{text.title}</h1>
        <p>{text.lead}</p>
      </header>
      <CheckPhone />
      <p className={css.offline}>{kept ? text.offline : text.online}</p>
    </main>
  );
}

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <Alone />
    </StrictMode>,
  );
}
/** Registers the service worker and lets it see everything that the page needs; its scope is this page, since the workspace must always ask the server. */
async function keepForOffline(): Promise<boolean> {
  const workers = navigator.serviceWorker;
  if (workers === undefined) return false;
  await workers.register('/workspace/check-offline.js', { scope: '/workspace/check.html' });
  await workers.ready;
  if (workers.controller === null)
    await new Promise((resolve) => workers.addEventListener('controllerchange', resolve, { once: true }));
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  const own = [location.pathname, workerUrl, ...loaded.filter((name) => name.includes('/workspace/assets/'))];
  const needed = [...new Set(own)];
  const replies = await Promise.all(needed.map((url) => fetch(url)));
  // An answer is no proof that it was kept: the disk may be full.
  const kept = await Promise.all(needed.map((url) => caches.match(url)));
  const all = replies.every(({ ok }) => ok) && kept.every((reply) => reply !== undefined);
  if (all) workers.controller?.postMessage(needed);
  return all;
}
