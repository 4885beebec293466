import { afterEach, describe, expect, it, vi } from 'vitest';

const ORIGIN = 'https://pavise.example';
const PAGE = `${ORIGIN}/workspace/check.html`;

/** Cache storage of a browser, as far as the worker uses it: addresses and texts. */
function cacheStorage() {
  const stores = new Map<string, Map<string, string>>();
  let full = false;
  const urlOf = (request: string | Request): string => (typeof request === 'string' ? request : request.url);
  const found = (store: Map<string, string>, request: string | Request): Response | undefined => {
    const text = store.get(urlOf(request));
    return text === undefined ? undefined : new Response(text);
  };
  const open = async (name: string) => {
    const store = stores.get(name) ?? new Map<string, string>();
    stores.set(name, store);
    return {
      match: async (request: string | Request) => found(store, request),
      put: async (request: Request, reply: Response) => {
        if (full) throw new DOMException('full', 'QuotaExceededError');
        store.set(request.url, await reply.text());
      },
      keys: async () => [...store.keys()].map((url) => ({ url })),
      delete: async (url: string) => store.delete(url),
    };
  };
  return {
    stores,
    fill: () => {
      full = true;
    },
    caches: {
      open,
      keys: async () => [...stores.keys()],
      delete: async (name: string) => stores.delete(name),
      match: async (request: Request) => [...stores.values()].flatMap((store) => found(store, request) ?? [])[0],
    },
  };
}

type Listener = (event: object) => void;

/** Starts the worker of a version on these caches; `network` answers, or throws where there is none. */
async function startWorker(
  version: string,
  storage: ReturnType<typeof cacheStorage>,
  network: (url: string) => string,
) {
  const listeners = new Map<string, Listener>();
  vi.resetModules();
  vi.stubGlobal('__PAVISE_VERSION__', version);
  vi.stubGlobal('caches', storage.caches);
  vi.stubGlobal('fetch', async (request: Request) => new Response(network(request.url)));
  vi.stubGlobal('self', {
    location: { origin: ORIGIN },
    addEventListener: (type: string, listener: Listener) => listeners.set(type, listener),
  });
  await import('./offline.ts');
  return {
    async ask(url: string): Promise<string | undefined> {
      let answer: Promise<Response> | undefined;
      const respondWith = (reply: Promise<Response>): void => {
        answer = reply;
      };
      listeners.get('fetch')?.({ request: new Request(url), respondWith });
      const reply = await answer;
      return reply === undefined || reply.type === 'error' ? undefined : await reply.text();
    },
    async tell(data: unknown): Promise<void> {
      let done: Promise<void> | undefined;
      const waitUntil = (work: Promise<void>): void => {
        done = work;
      };
      listeners.get('message')?.({ data, waitUntil });
      await done;
    },
  };
}

const offline = (): string => {
  throw new TypeError('no network');
};
const asset = (name: string): string => `${ORIGIN}/workspace/assets/${name}`;
const SETS = `${ORIGIN}/api/v1/indicators/public`;

afterEach(() => vi.unstubAllGlobals());

describe('the service worker of the check page', () => {
  it('forgets files of earlier builds and versions once the page has all of its own', async () => {
    const storage = cacheStorage();
    const first = await startWorker('1', storage, (url) => `1 ${url}`);
    for (const url of [PAGE, asset('a-1.js'), asset('b-1.js')]) await first.ask(url);
    const second = await startWorker('2', storage, (url) => `2 ${url}`);
    for (const url of [PAGE, SETS, asset('a-2.js'), asset('a-3.js')]) await second.ask(url);
    await second.tell([PAGE, '/workspace/assets/a-3.js']);
    expect([...storage.stores].map(([name, store]) => [name, [...store.keys()]])).toEqual([
      ['check-2', [PAGE, SETS, asset('a-3.js')]],
    ]);
  });

  it('goes on with the earlier version offline while an update is not complete', async () => {
    const storage = cacheStorage();
    const first = await startWorker('1', storage, (url) => `1 ${url}`);
    for (const url of [PAGE, asset('a-1.js')]) await first.ask(url);
    const second = await startWorker('2', storage, offline);
    await second.tell([PAGE, asset('a-2.js')]);
    await second.tell('no list');
    expect([await second.ask(PAGE), await second.ask(asset('a-1.js')), await second.ask(asset('a-2.js'))]).toEqual([
      `1 ${PAGE}`,
      `1 ${asset('a-1.js')}`,
      undefined,
    ]);
  });

  it('gives the fresh answer although the disk is full', async () => {
    const storage = cacheStorage();
    const worker = await startWorker('1', storage, () => 'fresh');
    storage.fill();
    expect(await worker.ask(PAGE)).toBe('fresh');
    expect([...storage.stores.values()].flatMap((store) => [...store])).toEqual([]);
  });

  it('leaves everything else to the browser', async () => {
    const worker = await startWorker('1', cacheStorage(), () => 'fresh');
    expect(await worker.ask(`${ORIGIN}/api/v1/me`)).toBeUndefined();
    expect(await worker.ask('https://other.example/workspace/check.html')).toBeUndefined();
  });
});
