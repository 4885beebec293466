/**
 * Wire schemas of hunt: sets of indicators, and the index of what stood on phones. Browser-safe.
 */
import { type Static, type TSchema, Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Id = Type.String({ pattern: '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' });

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
