import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Actor, EVERYONE, roleOf } from '../audit/index.ts';
import type { Notice } from '../storage/index.ts';

const HEARTBEAT_MS = 20_000;
const MOST_LISTENERS = 2000;
const MOST_PER_CALLER = 20; // tabs of one person
const MOST_WAITING_BYTES = 256 * 1024; // of a page that does not read; it connects again, and is then told to read its state anew

/** Notices after which a caller may be nobody any more. */
const ENDS_CALLERS = new Set(['session', 'person', 'token']);

/** Fans notices out to the pages that may see them. */
export interface EventHub {
  publish(notice: Notice): void;
  /** Tells every page to read its state anew: notices may have been missed. */
  resync(): void;
  close(): void;
}

/**
 * `GET /api/v1/events`: server-sent events of `{ topic, ids }`.
 *
 * Staff roles hear all topics; members hear what names them or is public to all signed-in people.
 * A stream ends with its session: `whoCalls` is asked at each heartbeat, and at once when a session, role or token of its caller changes.
 * Neither the stream nor its heartbeats keep a session alive.
 */
export function eventRoutes(
  app: FastifyInstance,
  whoCalls: (request: FastifyRequest) => Promise<Actor>,
  heartbeatMs = HEARTBEAT_MS,
): EventHub {
  const listeners = new Set<Listener>();
  const config = { roles: EVERYONE, background: true } as const;
  app.get('/api/v1/events', { config, schema: { hide: true } }, (request, reply) => {
    const caller = callerOf(request.actor);
    const own = [...listeners].filter((listener) => callerOf(listener.actor) === caller).length;
    if (listeners.size >= MOST_LISTENERS || own >= MOST_PER_CALLER) {
      reply.code(503).send();
      return;
    }
    reply.hijack();
    const raw = reply.raw;
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    raw.write('retry: 2000\n\nevent: resync\ndata: {}\n\n');
    const write = (text: string): void => {
      if (raw.writableLength > MOST_WAITING_BYTES) raw.destroy();
      else raw.write(text);
    };
    const listener: Listener = {
      actor: request.actor,
      write,
      end: () => void raw.end(),
      check() {
        whoCalls(request).then(
          (actor) => (isSame(actor, listener.actor) ? write(': alive\n\n') : raw.end()),
          () => raw.end(), // cannot tell: the page reconnects and is asked anew
        );
      },
    };
    listeners.add(listener);
    const heartbeat = setInterval(() => listener.check(), heartbeatMs);
    raw.on('close', () => {
      clearInterval(heartbeat);
      listeners.delete(listener);
    });
  });
  return {
    publish(notice) {
      const text = `data: ${JSON.stringify(notice)}\n\n`;
      for (const listener of listeners) {
        if (maySee(listener.actor, notice)) listener.write(text);
        if (ENDS_CALLERS.has(notice.topic) && concerns(notice, listener.actor)) listener.check();
      }
    },
    resync() {
      for (const listener of listeners) listener.write('event: resync\ndata: {}\n\n');
    },
    close() {
      for (const listener of listeners) listener.end();
    },
  };
}

function callerOf(actor: Actor): string {
  if (actor.kind === 'person') return actor.personId;
  return actor.kind === 'token' ? actor.tokenId : actor.kind;
}

interface Listener {
  readonly actor: Actor;
  write(text: string): void;
  end(): void;
  /** Ends it if its caller is not who he was. */
  check(): void;
}

function isSame(now: Actor, then: Actor): boolean {
  if (now.kind === 'person' && then.kind === 'person' && now.sessionId !== then.sessionId) return false;
  return callerOf(now) === callerOf(then) && roleOf(now) === roleOf(then);
}

function concerns({ ids }: Notice, actor: Actor): boolean {
  if (actor.kind === 'person') return ids['personId'] === actor.personId;
  return actor.kind === 'token' && ids['tokenId'] === actor.tokenId;
}

/** A member hears only what names them; ids of others' devices and findings never reach them. */
export function maySee(actor: Actor, notice: Notice): boolean {
  if (actor.kind === 'token') return actor.role !== 'member';
  if (actor.kind !== 'person') return false;
  return actor.role !== 'member' || notice.ids['personId'] === actor.personId;
}
