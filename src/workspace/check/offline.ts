/// <reference lib="webworker" />
/** Service worker of check.html: keeps what the page loaded, asks the network first, and answers from what it kept when there is none. */
declare const self: ServiceWorkerGlobalScope;

const KEPT = 'check-';
const CACHE = `${KEPT}${__PAVISE_VERSION__}`;
const PUBLIC_INDICATORS = '/api/v1/indicators/public';

self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('message', (event) => event.waitUntil(forgetOthers(event.data)));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const ours = url.pathname.startsWith('/workspace/') || url.pathname === PUBLIC_INDICATORS;
  if (request.method !== 'GET' || url.origin !== self.location.origin || !ours) return;
  event.respondWith(freshOrKept(request));
});

async function freshOrKept(request: Request): Promise<Response> {
  let reply: Response;
  try {
    reply = await fetch(request);
  } catch {
    // Of an earlier version too: it stays until the page has all of this one.
    return (await (await caches.open(CACHE)).match(request)) ?? (await caches.match(request)) ?? Response.error();
  }
  if (reply.ok) await keep(request, reply.clone());
  return reply;
}

/** A full disk must not cost the answer; the page asks itself whether all is kept. */
async function keep(request: Request, reply: Response): Promise<void> {
  try {
    await (await caches.open(CACHE)).put(request, reply);
  } catch {
    // the answer stands without it
  }
}

/**
 * Forgets what the page needs no more: files of earlier builds and caches of earlier versions. Only once all that it needs is kept, so that
 * an update that breaks off leaves the page as it works now.
 *
 * @param message the addresses that the page has loaded
 */
async function forgetOthers(message: unknown): Promise<void> {
  if (!Array.isArray(message)) return;
  const needed = new Set(message.map((address) => new URL(String(address), self.location.origin).href));
  const cache = await caches.open(CACHE);
  for (const url of needed) if ((await cache.match(url)) === undefined) return;
  for (const { url } of await cache.keys())
    if (!needed.has(url) && new URL(url).pathname !== PUBLIC_INDICATORS) await cache.delete(url);
  for (const name of await caches.keys()) if (name.startsWith(KEPT) && name !== CACHE) await caches.delete(name);
}
