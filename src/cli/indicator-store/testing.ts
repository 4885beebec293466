/** Servers for tests: feeds over HTTP, and a TAXII 2.1 collection that speaks the protocol (paging, added_after, media type, credentials). */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TAXII_MEDIA_TYPE } from '../../formats/taxii/index.ts';

export interface FeedServer extends AsyncDisposable {
  readonly url: string;
  /** Requests so far, as "METHOD path status". */
  readonly log: string[];
  /** What is answered below a path: bytes, or a function that answers itself. */
  readonly routes: Map<string, string | Uint8Array | ((request: IncomingMessage, response: ServerResponse) => void)>;
}

/** Starts a server on a free port of this machine; bodies get an entity tag and honour If-None-Match. */
export async function startFeedServer(): Promise<FeedServer> {
  const log: string[] = [];
  const routes: FeedServer['routes'] = new Map();
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    response.once('close', () => log.push(`${request.method} ${request.url} ${response.statusCode}`));
    const route = routes.get(path);
    if (typeof route === 'function') return route(request, response);
    if (route === undefined) return void response.writeHead(404).end();
    const etag = `"${createHash('sha256').update(route).digest('base64url')}"`;
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
    response.writeHead(200, { etag, 'content-type': 'application/octet-stream' }).end(route);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    routes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface TaxiiCollection {
  /** Objects with the time at which the server got them, oldest first. */
  readonly objects: { readonly addedAt: string; readonly object: object }[];
  readonly token: string;
  /** Objects per page at most, whatever the client asks for. */
  readonly pageSize: number;
  /** Whether pages name their successor, or leave it to added_after. */
  readonly namesNext: boolean;
}

/** Answers `objects/` of a collection as TAXII 2.1 section 5.4 says. */
export function taxiiRoute(collection: TaxiiCollection): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const refuse = (status: number): void =>
      void response
        .writeHead(status, { 'content-type': TAXII_MEDIA_TYPE })
        .end(JSON.stringify({ title: `status ${status}`, http_status: `${status}` }));
    if (request.headers.authorization !== `Bearer ${collection.token}`) return refuse(401);
    if (request.headers.accept !== TAXII_MEDIA_TYPE) return refuse(406);
    const query = new URL(request.url ?? '/', 'http://x').searchParams;
    const after = query.get('added_after') ?? '';
    const matching = collection.objects.filter(({ addedAt }) => addedAt > after);
    const start = Number(Buffer.from(query.get('next') ?? '', 'base64url').toString() || 0);
    if (!Number.isInteger(start)) return refuse(400);
    const limit = Math.min(Number(query.get('limit') ?? collection.pageSize), collection.pageSize);
    const page = matching.slice(start, start + limit);
    const more = start + limit < matching.length;
    const envelope = {
      ...(more ? { more } : {}),
      ...(more && collection.namesNext ? { next: Buffer.from(`${start + limit}`).toString('base64url') } : {}),
      ...(page.length > 0 ? { objects: page.map(({ object }) => object) } : {}),
    };
    response.writeHead(200, {
      'content-type': TAXII_MEDIA_TYPE,
      ...(page.length > 0
        ? { 'x-taxii-date-added-first': page[0]?.addedAt, 'x-taxii-date-added-last': page.at(-1)?.addedAt }
        : {}),
    });
    response.end(JSON.stringify(envelope));
  };
}

/** A STIX bundle with one indicator per pattern. */
export function stixOf(...patterns: readonly string[]): string {
  const objects = patterns.map((pattern, i) => ({
    type: 'indicator',
    id: `indicator--${i}`,
    pattern,
    pattern_type: 'stix',
  }));
  return JSON.stringify({ type: 'bundle', id: 'bundle--1', objects });
}
