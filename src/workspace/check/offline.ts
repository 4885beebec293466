/// <reference lib="webworker" />
/** Service worker of check.html: keeps what the page loaded, asks the network first, and answers from what it kept when there is none. */
declare const self: ServiceWorkerGlobalScope;

const CACHE = 'check-1';

self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const ours = url.pathname.startsWith('/workspace/') || url.pathname === '/api/v1/indicators/public';
  if (request.method !== 'GET' || url.origin !== self.location.origin || !ours) return;
  event.respondWith(freshOrKept(request));
});

async function freshOrKept(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  try {
    const reply = await fetch(request);
    if (reply.ok) await cache.put(request, reply.clone());
    return reply;
  } catch {
    return (await cache.match(request)) ?? Response.error();
  }
}
