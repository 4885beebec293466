/**
 * Wire schemas of threats: the report of `pavise check` (schema pavise.check/1) and the findings kept of it. Browser-safe.
 */
import { type Static, type TSchema, Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Id = Type.String({ pattern: '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' });
const Short = Type.String({ maxLength: 200 });
const Path = Type.String({ maxLength: 2048 });
const Text = Type.String({ maxLength: 8192 });

const Level = Type.Enum(['critical', 'high', 'medium', 'low', 'info']);
const FindingVerdict = Type.Enum(['trace', 'unusual', 'weakness']);
const Evidence = Type.Enum(['received', 'visited', 'connected', 'present', 'executed', 'permitted', 'structure']);
export const CheckVerdict = Type.Enum(['trace-found', 'unusual', 'weakness', 'nothing-found', 'incomplete']);
export type CheckVerdict = Static<typeof CheckVerdict>;

const SourceKind = Type.Enum([
  'ios-backup',
  'ios-filesystem',
  'ios-sysdiagnose',
  'android-bugreport',
  'androidqf',
  'android-backup',
  'android-logs',
  'files',
]);

export const ReportFinding = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9a-f]{16,64}$' }),
    level: Level,
    verdict: FindingVerdict,
    kind: Type.Enum(['indicator', 'heuristic']),
    evidence: Evidence,
    value: Text,
    indicator: Nullable(Type.Object({ id: Short, type: Short, value: Text, collection: Short, source: Path }, closed)),
    artefact: Short,
    path: Path,
    locator: Type.String({ maxLength: 500 }),
    at: Nullable(Type.String({ maxLength: 40, pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?Z$' })),
    explanation: Type.String({ maxLength: 2000 }),
  },
  closed,
);
export type ReportFinding = Static<typeof ReportFinding>;

export const CheckReport = Type.Object(
  {
    schema: Type.Literal('pavise.check/1'),
    sources: Type.Array(
      Type.Object(
        {
          kind: SourceKind,
          encrypted: Type.Boolean(),
          device: Type.Object({ productType: Short, osVersion: Short }, closed),
        },
        closed,
      ),
      { maxItems: 20 },
    ),
    examined: Type.Array(
      Type.Object(
        {
          artefact: Short,
          path: Path,
          status: Type.Enum(['examined', 'absent', 'unreadable']),
          records: Type.Integer({ minimum: 0 }),
          why: Nullable(Type.String({ maxLength: 2000 })),
        },
        closed,
      ),
      { maxItems: 2000 },
    ),
    findings: Type.Array(ReportFinding, { maxItems: 1000 }),
    unsupportedIndicators: Type.Array(Type.Object({ source: Path, pattern: Text, why: Short }, closed), {
      maxItems: 1000,
    }),
    verdict: CheckVerdict,
    stats: Type.Object(
      {
        cpuMs: Type.Integer({ minimum: 0 }),
        maxRssBytes: Type.Integer({ minimum: 0 }),
        bytesRead: Type.Integer({ minimum: 0 }),
        files: Type.Integer({ minimum: 0 }),
      },
      closed,
    ),
  },
  closed,
);
export type CheckReport = Static<typeof CheckReport>;

export const IdParams = Type.Object({ id: Id }, closed);

/** One check of a device, without its findings. */
export const CheckItem = Type.Object({
  id: Id,
  deviceId: Id,
  verdict: CheckVerdict,
  checkedAtMs: Type.Integer(),
  findings: Type.Integer(),
  examined: Type.Integer(),
  unreadable: Type.Integer(),
});
export type CheckItem = Static<typeof CheckItem>;
export const CheckList = Type.Object({ items: Type.Array(CheckItem) });
export type CheckList = Static<typeof CheckList>;
export const CheckReply = Type.Object({ id: Id, findingIds: Type.Array(Id) });
export type CheckReply = Static<typeof CheckReply>;

/** `PUT /api/v1/devices/:id/sightings`, the body being pavise.sightings/1: what the index holds now. */
export const SightingsReply = Type.Object({
  /** The same was sent before: nothing was written. */
  same: Type.Boolean(),
  values: Type.Integer(),
  /** New values by kind since the upload before; null at the first one and at an unchanged one. */
  fresh: Nullable(Type.Record(Type.String(), Type.Integer())),
});
export type SightingsReply = Static<typeof SightingsReply>;

export const FindingState = Type.Enum(['open', 'cleared']);
/** A finding as it is kept: one row, however often the same thing is found again. */
export const FindingItem = Type.Object({
  id: Id,
  deviceId: Id,
  state: FindingState,
  level: Level,
  verdict: FindingVerdict,
  kind: Type.String(),
  evidence: Evidence,
  title: Type.String(),
  value: Type.String(),
  collection: Nullable(Type.String()),
  indicator: Nullable(
    Type.Object({ id: Type.String(), type: Type.String(), value: Type.String(), source: Type.String() }),
  ),
  artefact: Type.String(),
  path: Type.String(),
  locator: Type.String(),
  explanation: Type.String(),
  /** When it happened on the phone, where the evidence says. */
  happenedAtMs: Nullable(Type.Integer()),
  foundAtMs: Type.Integer(),
  lastSeenAtMs: Type.Integer(),
  clearedBy: Nullable(Id),
  clearedAtMs: Nullable(Type.Integer()),
  reason: Nullable(Type.String()),
});
export type FindingItem = Static<typeof FindingItem>;
export const FindingList = Type.Object({ items: Type.Array(FindingItem) });
export type FindingList = Static<typeof FindingList>;
export const FindingsQuery = Type.Object(
  {
    device: Type.Optional(Id),
    state: Type.Optional(FindingState),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  },
  closed,
);
export const ClearBody = Type.Object(
  { reason: Type.String({ minLength: 10, maxLength: 2000, pattern: '\\S' }) },
  closed,
);
