/**
 * Wire schemas of a check: the report of `pavise check` (schema pavise.check/1). Browser-safe.
 */
import { type Static, type TSchema, Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Short = Type.String({ maxLength: 200 });
const Path = Type.String({ maxLength: 2048 });
const Text = Type.String({ maxLength: 8192 });

export const Level = Type.Enum(['critical', 'high', 'medium', 'low', 'info']);
export const FindingVerdict = Type.Enum(['trace', 'unusual', 'weakness']);
export const Evidence = Type.Enum([
  'received',
  'visited',
  'connected',
  'present',
  'executed',
  'permitted',
  'structure',
]);
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

/** What later checks of the phone are compared by: no apps, no messages, no addresses. */
const BaselineItem = Type.Object(
  {
    kind: Type.Enum(['network-program', 'running-program', 'profile', 'shutdown', 'adb-key']),
    value: Type.String({ minLength: 1, maxLength: 200 }),
  },
  closed,
);

/** What a report says it was made with. */
export const Tool = Type.Object({ name: Short, version: Short }, closed);
export type Tool = Static<typeof Tool>;

export const CheckReport = Type.Object(
  {
    schema: Type.Literal('pavise.check/1'),
    tool: Type.Optional(Tool),
    sources: Type.Array(
      Type.Object(
        {
          kind: SourceKind,
          encrypted: Type.Boolean(),
          /** False where nothing of it could be read, as with a wrong password; left out for all others. */
          opened: Type.Optional(Type.Boolean()),
          device: Type.Object(
            {
              productType: Short,
              osVersion: Short,
              /** SHA-256 of the UDID in capitals, hex: tells whether it is the device's phone without naming the phone. */
              udidHash: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
            },
            closed,
          ),
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
    /** Findings that are not listed, because many others of the same indicator or rule stand in the same artefact; `value` is of the first. */
    more: Type.Optional(
      Type.Array(
        Type.Object(
          {
            count: Type.Integer({ minimum: 1 }),
            level: Level,
            verdict: FindingVerdict,
            artefact: Short,
            value: Short,
            indicator: Nullable(Type.Object({ type: Short, value: Short, collection: Short }, closed)),
            /** The allow-list names them. */
            allowed: Type.Boolean(),
          },
          closed,
        ),
        { maxItems: 2000 },
      ),
    ),
    /** Findings that the allow-list names: told, with whoever judged them harmless, and part of no verdict. */
    allowed: Type.Optional(
      Type.Array(
        Type.Object(
          {
            finding: ReportFinding,
            reason: Type.String({ maxLength: 2000 }),
            author: Short,
            until: Nullable(Type.String({ maxLength: 40 })),
          },
          closed,
        ),
        { maxItems: 1000 },
      ),
    ),
    unsupportedIndicators: Type.Array(Type.Object({ source: Path, pattern: Text, why: Short }, closed), {
      maxItems: 1000,
    }),
    verdict: CheckVerdict,
    baseline: Type.Optional(Type.Array(BaselineItem, { maxItems: 4000 })),
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
