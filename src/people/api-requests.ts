import Type, { type Static, type TSchema } from 'typebox';

/** Wire schemas of what takes two people; web apps read them through `api.ts`. Browser-safe. */

const closed = { additionalProperties: false } as const;
const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Id = Type.String({ pattern: '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' });

export const Reason = Type.String({ minLength: 3, maxLength: 500, pattern: '\\S' });
/** Why something that takes two people is asked for: whom it concerns and who agrees read it. */
export const ReasonBody = Type.Object({ reason: Reason }, closed);

/**
 * How a request stands: `waiting` for somebody to agree; `agreed` or, for who is the only one, `alone`: its maker may carry it out;
 * all else has ended.
 */
export const RequestStanding = Type.Union([
  Type.Literal('waiting'),
  Type.Literal('agreed'),
  Type.Literal('alone'),
  Type.Literal('done'),
  Type.Literal('stopped'),
  Type.Literal('refused'),
  Type.Literal('withdrawn'),
  Type.Literal('lapsed'),
  Type.Literal('expired'),
]);
export type RequestStanding = Static<typeof RequestStanding>;

const Somebody = Type.Object({ id: Id, displayName: Type.String() });

/** Something that takes two people, as the caller may see it. */
export const RequestItem = Type.Object({
  id: Id,
  /** What the routes of a room ask for, e.g. `people.recovery`. */
  kind: Type.String(),
  /** The end of "Ada asks for …". */
  title: Type.String(),
  reason: Type.String(),
  person: Somebody,
  maker: Somebody,
  about: Type.Object({
    type: Type.Union([Type.Literal('person'), Type.Literal('device'), Type.Literal('file'), Type.Literal('key')]),
    id: Type.String(),
  }),
  standing: RequestStanding,
  madeAtMs: Type.Integer(),
  expiresAtMs: Type.Integer(),
  /** From when its maker acts alone; null where somebody else can agree. */
  aloneFromMs: Nullable(Type.Integer()),
  /** Who could agree, while it waits. */
  others: Type.Array(Type.String()),
  agreed: Nullable(
    Type.Object({
      as: Type.Union([Type.Literal('second'), Type.Literal('person'), Type.Literal('phone')]),
      by: Type.String(),
      atMs: Type.Integer(),
    }),
  ),
  ended: Nullable(Type.Object({ by: Nullable(Type.String()), atMs: Type.Integer(), alone: Type.Boolean() })),
  /** What the caller may do with it now. */
  may: Type.Object({
    agree: Type.Boolean(),
    confirm: Type.Boolean(),
    carryOut: Type.Boolean(),
    end: Nullable(Type.Union([Type.Literal('stop'), Type.Literal('withdraw'), Type.Literal('refuse')])),
  }),
});
export type RequestItem = Static<typeof RequestItem>;
/** A request as it is kept, for whom it concerns to read on her privacy page. */
export const HeldRequest = Type.Pick(RequestItem, [
  'id',
  'title',
  'reason',
  'person',
  'maker',
  'standing',
  'madeAtMs',
  'expiresAtMs',
  'aloneFromMs',
  'agreed',
  'ended',
]);
export type HeldRequest = Static<typeof HeldRequest>;

export const RequestList = Type.Object({ items: Type.Array(RequestItem) });
export type RequestList = Static<typeof RequestList>;
export const RequestsQuery = Type.Object({ open: Type.Optional(Type.Boolean()), personId: Type.Optional(Id) }, closed);

/** What a request would need, shown before it is made. */
export const OutlookQuery = Type.Object(
  {
    kind: Type.String({ maxLength: 60 }),
    personId: Id,
    /** The address of who would gain by it, and therefore cannot agree. */
    email: Type.Optional(Type.String({ minLength: 3, maxLength: 254 })),
  },
  closed,
);
export const OutlookReply = Type.Object({
  /** Who has the address that was asked with; null where nobody here does, or none was given. */
  gainer: Nullable(Somebody),
  /** Who could agree. */
  others: Type.Array(Type.String()),
  /** Whether whom it concerns can sign in: else she reads of it later, and cannot stop it. */
  personActive: Type.Boolean(),
  personMayAgree: Type.Boolean(),
  /** How long its maker waits where nobody could; null where somebody can. */
  aloneDelayHours: Nullable(Type.Integer()),
  recoveryHoldHours: Type.Integer(),
});
export type OutlookReply = Static<typeof OutlookReply>;

/** What its maker is shown once; null where there is nothing to show. */
export const CarryOutReply = Type.Object({ result: Nullable(Type.Record(Type.String(), Type.Unknown())) });
export type CarryOutReply = Static<typeof CarryOutReply>;

/** How long who is the only one waits, and for how long no new browser binds after a recovery; `now` is what counts of it today. */
const Hours = Type.Integer({ minimum: 1, maximum: 144 });
export const TwoPeopleBody = Type.Object({ aloneDelayHours: Hours, recoveryHoldHours: Hours }, closed);
export const TwoPeopleReply = Type.Object({
  aloneDelayHours: Type.Integer(),
  aloneDelayNowHours: Type.Integer(),
  recoveryHoldHours: Type.Integer(),
  recoveryHoldNowHours: Type.Integer(),
});
export type TwoPeopleReply = Static<typeof TwoPeopleReply>;
