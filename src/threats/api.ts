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

/** What later checks of the phone are compared by: no apps, no messages, no addresses. */
const BaselineItem = Type.Object(
  {
    kind: Type.Enum(['network-program', 'running-program', 'profile', 'shutdown', 'adb-key']),
    value: Type.String({ minLength: 1, maxLength: 200 }),
  },
  closed,
);

/** What a report says it was made with. */
const Tool = Type.Object({ name: Short, version: Short }, closed);
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

export const IdParams = Type.Object({ id: Id }, closed);

/** `force`: an investigator keeps a report whose phone differs from the device's facts. */
export const CheckQuery = Type.Object({ force: Type.Optional(Type.Boolean()) }, closed);

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

/** `check`: the id that the report of the same examination got; by its report the phone was compared. */
export const SightingsQuery = Type.Object({ check: Id }, closed);

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
/** Whose word a finding is: of the check that showed it as it stands, or of a look-up of newer indicators on the server. */
const FindingReport = Type.Object({
  by: Type.Enum(['person', 'token', 'look-up']),
  personId: Nullable(Id),
  role: Nullable(Type.String()),
  checkId: Nullable(Id),
  /** Missing where the report named none. */
  tool: Type.Optional(Tool),
});
export type FindingReport = Static<typeof FindingReport>;

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
  /** By one person, not by two who closed its case. */
  clearedAlone: Type.Boolean(),
  /** Null for a weakness, which opens no case. */
  caseId: Nullable(Id),
  /** Null where it was found before this was kept. */
  reported: Nullable(FindingReport),
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

/** `GET` and `PUT /api/v1/clearing`: whether a trace is cleared by two people alone, who close its case. */
export const ClearingBody = Type.Object({ twoPeople: Type.Boolean() }, closed);
export const Clearing = Type.Object({
  twoPeople: Type.Boolean(),
  /** Two people are there who could: an investigator, and another one or an owner. */
  possible: Type.Boolean(),
});
export type Clearing = Static<typeof Clearing>;

/** `POST /api/v1/indicators`: the body is the file itself (application/octet-stream), its name tells what it is. */
export const AddIndicatorsQuery = Type.Object(
  {
    /** Of the set: a set of this name gets a new version. */
    name: Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\p{Cc}]*\\S[^\\p{Cc}]*$' }),
    file: Type.String({ minLength: 1, maxLength: 200 }),
    private: Type.Optional(Type.Boolean()),
  },
  closed,
);
/** One version of a set, and what looking it up in the index of all phones gave. */
export const IndicatorVersion = Type.Object({
  version: Type.Integer(),
  addedAtMs: Type.Integer(),
  /** The person who added it; null for a token or Pavise itself. */
  addedBy: Nullable(Id),
  fileName: Type.String(),
  sha256: Type.String(),
  indicators: Type.Integer(),
  added: Type.Integer(),
  removed: Type.Integer(),
  unsupported: Type.Array(Type.Object({ pattern: Type.String(), why: Type.String() })),
  unsupportedCount: Type.Integer(),
  hunt: Type.Object({
    /** Null while it runs. */
    endedAtMs: Nullable(Type.Integer()),
    found: Type.Integer(),
    devices: Type.Integer(),
    /** Indicators that so many phones hold that they say nothing; no findings were opened for them. */
    common: Type.Array(Type.String()),
  }),
});
export type IndicatorVersion = Static<typeof IndicatorVersion>;
export const IndicatorSet = Type.Object({
  id: Id,
  name: Type.String(),
  isPrivate: Type.Boolean(),
  version: Type.Integer(),
  /** Newest first. */
  versions: Type.Array(IndicatorVersion),
});
export type IndicatorSet = Static<typeof IndicatorSet>;
/** `GET /api/v1/indicators`: with the number of phones whose index is kept. */
export const IndicatorSetList = Type.Object({ items: Type.Array(IndicatorSet), phones: Type.Integer() });
export type IndicatorSetList = Static<typeof IndicatorSetList>;
export const AddIndicatorsReply = Type.Object({ set: IndicatorSet, isNew: Type.Boolean() });
export type AddIndicatorsReply = Static<typeof AddIndicatorsReply>;

export const SetParams = Type.Object({ set: Id }, closed);
export const DiffQuery = Type.Object(
  { from: Type.Optional(Type.Integer({ minimum: 0 })), to: Type.Optional(Type.Integer({ minimum: 0 })) },
  closed,
);
const DiffRow = Type.Object({ type: Type.String(), value: Type.String(), collection: Type.String() });
/** `GET /api/v1/indicators/:set/diff`: without versions, what the last one changed; of each side at most 500 rows. */
export const IndicatorDiff = Type.Object({
  from: Type.Integer(),
  to: Type.Integer(),
  addedCount: Type.Integer(),
  removedCount: Type.Integer(),
  added: Type.Array(DiffRow),
  removed: Type.Array(DiffRow),
});
export type IndicatorDiff = Static<typeof IndicatorDiff>;

/** `GET /api/v1/indicators/public`: what the check page loads without an account. */
export const PublicIndicators = Type.Object({
  sets: Type.Array(Type.Object({ name: Type.String(), version: Type.Integer(), bundle: Type.Unknown() })),
});
export type PublicIndicators = Static<typeof PublicIndicators>;

export const CaseStatus = Type.Enum(['new', 'in-work', 'waiting', 'closed']);
export type CaseStatus = Static<typeof CaseStatus>;
/** One investigation of one phone; `waiting` for a second person where `proposedAtMs` is set. */
export const CaseItem = Type.Object({
  id: Id,
  /** What people call it by. */
  number: Type.Integer(),
  /** The enrolment under which it was opened. */
  deviceId: Id,
  status: CaseStatus,
  openedAtMs: Type.Integer(),
  changedAtMs: Type.Integer(),
  closedAtMs: Nullable(Type.Integer()),
  conclusion: Nullable(Type.String()),
  proposedBy: Nullable(Id),
  proposedAtMs: Nullable(Type.Integer()),
  signedBy: Nullable(Id),
  findings: Type.Integer(),
  openFindings: Type.Integer(),
  traces: Type.Integer(),
  families: Type.Array(Type.String()),
});
export type CaseItem = Static<typeof CaseItem>;
/** `next`: give it as `before` for the page after. */
export const CaseList = Type.Object({ items: Type.Array(CaseItem), next: Type.Optional(Type.Integer()) });
export type CaseList = Static<typeof CaseList>;
export const CasesQuery = Type.Object(
  {
    status: Type.Optional(Type.Union([CaseStatus, Type.Literal('open')])),
    device: Type.Optional(Id),
    before: Type.Optional(Type.Integer({ minimum: 1, maximum: 2147483647 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  closed,
);
export const CaseNote = Type.Object({
  id: Id,
  writtenBy: Nullable(Id),
  writtenAtMs: Type.Integer(),
  text: Type.String(),
  checkId: Nullable(Id),
  packSha256: Nullable(Type.String()),
});
export type CaseNote = Static<typeof CaseNote>;
export const CaseDetail = Type.Object({
  case: CaseItem,
  /** Every enrolment of the phone. */
  deviceIds: Type.Array(Id),
  /** The phone is or was the reader's own: somebody else works on it. */
  ownPhone: Type.Boolean(),
  findings: Type.Array(FindingItem),
  /** What else changed on the phone between checks, newest first: mere notes, of no case. */
  changes: Type.Array(FindingItem),
  /** Other phones here with the same system: with enough of them, what none of them has is told. Null where nothing was compared. */
  fleet: Nullable(Type.Object({ osVersion: Type.String(), phones: Type.Integer(), needed: Type.Integer() })),
  notes: Type.Array(CaseNote),
  /** The phone's last checks, newest first. */
  checks: Type.Array(CheckItem),
});
export type CaseDetail = Static<typeof CaseDetail>;
export const MoveBody = Type.Object({ status: Type.Enum(['in-work', 'waiting']) }, closed);
export const NoteBody = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: 8000, pattern: '\\S' }),
    checkId: Type.Optional(Id),
    packSha256: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  },
  closed,
);
export type NoteBody = Static<typeof NoteBody>;
export const ClosingBody = Type.Object({ conclusion: Type.String({ minLength: 10, maxLength: 4000 }) }, closed);
/** The proposal that was read, so that nobody signs another. */
export const SignOffBody = Type.Object({ proposedAtMs: Type.Integer() }, closed);
