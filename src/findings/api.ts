/**
 * Wire schemas of findings: checks as they are kept, findings and cases. Browser-safe.
 */
import { type Static, type TSchema, Type } from 'typebox';
import { CheckVerdict, Evidence, FindingVerdict, Level, Tool } from '../detection/api.ts';

const closed = { additionalProperties: false } as const;
const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Id = Type.String({ pattern: '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' });

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
  /** Findings of a member's report beyond those that are kept of one. */
  leftOut: Type.Integer(),
});
export type CheckItem = Static<typeof CheckItem>;
export const CheckList = Type.Object({ items: Type.Array(CheckItem) });
export type CheckList = Static<typeof CheckList>;
export const CheckReply = Type.Object({
  id: Id,
  findingIds: Type.Array(Id),
  /** The least of the report, beyond what is kept of a member's: an investigator sends all of it. */
  leftOut: Type.Integer(),
});
export type CheckReply = Static<typeof CheckReply>;

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
/** Whose word: of a phone's own owner, of staff, or of a look-up of newer indicators. */
export const FindingSource = Type.Enum(['member', 'staff', 'look-up']);
export type FindingSource = Static<typeof FindingSource>;

/** A finding as it is kept: one row, however often the same thing is found again. */
export const FindingItem = Type.Object({
  id: Id,
  /** SHA-256 of what there is to read of it: who clears it says by this what was read. */
  hash: Type.String(),
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
  source: Nullable(FindingSource),
  /** A trace that today's rules would judge less (`evidence`), or let go of another person's phone (`owner`): it refuses until somebody clears it. */
  review: Nullable(Type.Enum(['evidence', 'owner'])),
});
export type FindingItem = Static<typeof FindingItem>;
/** Worst first. `next`: give it as `cursor` for the page after. */
export const FindingList = Type.Object({ items: Type.Array(FindingItem), next: Type.Optional(Type.String()) });
export type FindingList = Static<typeof FindingList>;
export const FindingsQuery = Type.Object(
  {
    device: Type.Optional(Id),
    state: Type.Optional(FindingState),
    verdict: Type.Optional(FindingVerdict),
    level: Type.Optional(Level),
    source: Type.Optional(FindingSource),
    case: Type.Optional(Id),
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  },
  closed,
);
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });
/** `hash`: of the finding as it was read; a trace is cleared with it alone. */
export const ClearBody = Type.Object(
  { reason: Type.String({ minLength: 10, maxLength: 2000, pattern: '\\S' }), hash: Type.Optional(Hash) },
  closed,
);

/** `POST /api/v1/findings/:id/reopen` */
export const ReopenBody = Type.Object(
  { reason: Type.String({ minLength: 10, maxLength: 2000, pattern: '\\S' }) },
  closed,
);

/** An open trace that refuses on a device: found on this very phone (`phone`), or on one that its person had before (`person`). */
export const BindingTrace = Type.Object({
  findingId: Id,
  /** The enrolment under which it was found. */
  deviceId: Id,
  deviceName: Type.String(),
  binds: Type.Enum(['phone', 'person']),
  level: Level,
  title: Type.String(),
  foundAtMs: Type.Integer(),
});
export type BindingTrace = Static<typeof BindingTrace>;
/** `GET /api/v1/devices/:id/traces` */
export const DeviceTraces = Type.Object({
  items: Type.Array(BindingTrace),
  /** Staff said that this is another phone than its person had before. */
  anotherPhone: Nullable(Type.Object({ saidBy: Nullable(Id), saidAtMs: Type.Integer(), reason: Type.String() })),
});
export type DeviceTraces = Static<typeof DeviceTraces>;
/** `POST /api/v1/devices/:id/another-phone` */
export const AnotherPhoneBody = Type.Object(
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
/** The proposal that was read, so that nobody signs another, and every trace that closing the case clears, as it was read. */
export const SignOffBody = Type.Object(
  {
    proposedAtMs: Type.Integer(),
    traces: Type.Array(Type.Object({ id: Id, hash: Hash }, closed), { maxItems: 5000 }),
  },
  closed,
);
export type SignOffBody = Static<typeof SignOffBody>;
