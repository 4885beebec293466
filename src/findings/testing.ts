import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Actor, Role } from '../audit/index.ts';
import { FormatError } from '../base/index.ts';
import type { CheckReport, ReportFinding } from '../detection/api.ts';
import { type Db, type Secrets, secretsOf } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { findingsRoutes } from './routes.ts';
import type { FindingsServices } from './services.ts';

/** A database, the room's routes and some people, for one test file. */
export interface FindingsBench {
  readonly test: TestDatabase;
  readonly app: FastifyInstance;
  readonly secrets: Secrets;
  /** What was written down for owners of phones. */
  readonly looks: { by: Actor; deviceId: string; what: string }[];
  person(name: string): Promise<string>;
  phone(personId: string, more?: { readonly nativeId?: string; readonly osVersion?: string }): Promise<string>;
  call(as: Actor, method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: object): Promise<BenchReply>;
  /** What signing off a case names: its open traces as they are now. */
  tracesOf(as: Actor, caseId: string): Promise<{ id: string; hash: string }[]>;
  actions(): Promise<string[]>;
  close(): Promise<void>;
}

export interface BenchReply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what it is
  readonly body: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** @param more registers the routes of a room above */
export async function findingsBench(
  more: (
    app: FastifyInstance,
    services: { readonly db: Db; readonly secrets: Secrets; readonly now: () => number },
  ) => Promise<void> = async () => {},
): Promise<FindingsBench> {
  const test = await testDatabase();
  const app = Fastify();
  const secrets = secretsOf(new Uint8Array(32));
  let actor: Actor = { kind: 'system' };
  app.setValidatorCompiler(TypeBoxValidatorCompiler); // as the server does: Fastify's own drops unknown fields
  app.decorateRequest('actor', { getter: () => actor });
  app.setErrorHandler((error, _, reply) => {
    const { code, message, statusCode, status } = error as {
      code: string;
      message: string;
      statusCode?: number;
      status?: number;
    };
    return reply.code(status ?? statusCode ?? (error instanceof FormatError ? 400 : 500)).send({ code, message });
  });
  const looks: FindingsBench['looks'] = [];
  const recordLook: FindingsServices['recordLook'] = async (by, deviceId, what) => {
    looks.push({ by, deviceId, what });
  };
  await findingsRoutes(app, { db: test.db, now: Date.now, recordLook });
  await more(app, { db: test.db, secrets, now: Date.now });
  const bench: FindingsBench = {
    test,
    app,
    secrets,
    looks,
    async person(name) {
      const { rows } = await test.pool.query(
        `insert into people (display_name, email, role, state, created_at) values ($1, $2, 'member', 'active', now()) returning id`,
        [name, `${name}@example.org`],
      );
      return rows[0].id;
    },
    async phone(personId, { nativeId, osVersion = '' } = {}) {
      const { rows } = await test.pool.query(
        `insert into devices (person_id, platform, ownership, state, name, native_id, os_version, created_at)
         values ($1, 'apple', 'personal', $2, 'x', $3, $4, now()) returning id`,
        [personId, 'checked-out', nativeId ?? null, osVersion],
      );
      return rows[0].id;
    },
    async call(as, method, url, body) {
      actor = as;
      const isBytes = body instanceof Uint8Array;
      const reply = await app.inject({
        method,
        url: `/api/v1/${url}`,
        ...(body === undefined ? {} : { payload: isBytes ? Buffer.from(body) : body }),
        ...(isBytes ? { headers: { 'content-type': 'application/octet-stream' } } : {}),
      });
      const json = /json/.test(String(reply.headers['content-type']));
      return { status: reply.statusCode, body: json ? reply.json() : reply.body, headers: reply.headers };
    },
    async tracesOf(as, caseId) {
      const { body } = await bench.call(as, 'GET', `findings?case=${caseId}&state=open&verdict=trace&limit=500`);
      return body.items.map(({ id, hash }: { id: string; hash: string }) => ({ id, hash }));
    },
    async actions() {
      const { rows } = await test.pool.query<{ action: string }>('select action from audit_entries order by id');
      return rows.map(({ action }) => action);
    },
    async close() {
      await app.close();
      await test.close();
    },
  };
  return bench;
}

export function personOf(personId: string, role: Role): Actor {
  return { kind: 'person', personId, role, sessionId: personId };
}

/** A report of one examined artefact and the given findings. */
export function reportOf(...findings: readonly ReportFinding[]): CheckReport {
  return {
    schema: 'pavise.check/1',
    sources: [],
    examined: [{ artefact: 'sms', path: 'x', status: 'examined', records: 1, why: null }],
    findings: [...findings],
    unsupportedIndicators: [],
    verdict: 'nothing-found',
    stats: { cpuMs: 1, maxRssBytes: 1, bytesRead: 1, files: 1 },
  };
}

export const TRACE: ReportFinding = {
  id: 'ab'.repeat(16),
  level: 'critical',
  verdict: 'trace',
  kind: 'indicator',
  evidence: 'executed',
  value: 'bh',
  indicator: { id: 'indicator--1', type: 'process:name', value: 'bh', collection: 'Pegasus', source: 'x.stix2' },
  artefact: 'data-usage',
  path: 'WirelessDomain/Library/Databases/DataUsage.sqlite',
  locator: 'ZPROCESS Z_PK 1',
  at: '2026-01-01T00:00:00.000Z',
  explanation: 'It ran.',
};
