import { type Static, Type } from 'typebox';
import { ALARMS } from './alarm.ts';

/** A sealed entry of the audit log. */
export const AuditEntry = Type.Object({
  seq: Type.Integer(),
  id: Type.String(),
  at: Type.String(),
  actor: Type.Record(Type.String(), Type.Unknown()),
  action: Type.String(),
  object: Type.Object({ type: Type.String(), id: Type.Union([Type.String(), Type.Null()]) }),
  detail: Type.Record(Type.String(), Type.Unknown()),
  hash: Type.String(),
});
export type AuditEntry = Static<typeof AuditEntry>;

/** The chain's state: verified now, with the last signed head. */
export const AuditHead = Type.Object({
  verified: Type.Boolean(),
  why: Type.Union([Type.String(), Type.Null()]),
  /** What is wrong, by a word that stays put; null while nothing is. */
  alarm: Type.Union([Type.Enum([...ALARMS]), Type.Null()]),
  /** Whether the server's own role in the database could rewrite the log: then heads that are kept elsewhere are all that shows it. */
  rewriting: Type.Union([Type.Literal('closed'), Type.Literal('open')]),
  entries: Type.Integer(),
  hash: Type.String(),
  publicKey: Type.String(),
  head: Type.Union([
    Type.Object({ seq: Type.Integer(), hash: Type.String(), signedAt: Type.String(), signature: Type.String() }),
    Type.Null(),
  ]),
});
export type AuditHead = Static<typeof AuditHead>;

export const AuditQuery = Type.Object(
  {
    actor: Type.Optional(Type.String({ maxLength: 100 })),
    object: Type.Optional(Type.String({ maxLength: 200 })),
    action: Type.Optional(Type.String({ maxLength: 100 })),
    before: Type.Optional(Type.Integer({ minimum: 1 })),
    after: Type.Optional(Type.Integer({ minimum: 0 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  },
  { additionalProperties: false },
);

export const AuditList = Type.Object({ items: Type.Array(AuditEntry), next: Type.Optional(Type.Integer()) });
export type AuditList = Static<typeof AuditList>;
