/**
 * What the policies room says over HTTP: schemas and their types, safe to import in a browser.
 *
 * Every boolean control reads "true = the protection is on", whatever the polarity of the platform's own key.
 */
import { type Static, Type } from 'typebox';

// The decision runs in browsers too, where the room's face (database, routes) may not go.
export { asksBeyondFixedRule, asksForPasscode, asksForPasscodeQuality, standingToFixedRule } from './user-enrolment.ts';
export { patchAtLeast, versionAtLeast } from './version.ts';

export const SettingValue = Type.Union([Type.Boolean(), Type.Number(), Type.String({ maxLength: 64 })]);
export type SettingValue = Static<typeof SettingValue>;

export const Settings = Type.Record(Type.String({ maxLength: 64 }), SettingValue);
export type Settings = Static<typeof Settings>;

export const CoverageLabel = Type.Union([
  Type.Literal('enforced'),
  Type.Literal('checked'),
  Type.Literal('attested'),
  Type.Literal('impossible'),
]);
export type CoverageLabel = Static<typeof CoverageLabel>;

export const ControlView = Type.Object({
  id: Type.String(),
  topic: Type.String(),
  title: Type.String(),
  what: Type.String(),
  kind: Type.Union([Type.Literal('boolean'), Type.Literal('number'), Type.Literal('version'), Type.Literal('date')]),
  /** Which way is stricter when two policies differ. */
  safer: Type.Union([Type.Literal('true'), Type.Literal('max'), Type.Literal('min')]),
  unit: Type.Optional(Type.String()),
  min: Type.Optional(Type.Number()),
  max: Type.Optional(Type.Number()),
  warning: Type.Optional(Type.String()),
});
export type ControlView = Static<typeof ControlView>;

export const BaselineView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  settings: Settings,
});

export const ControlsReply = Type.Object({ items: Type.Array(ControlView), baselines: Type.Array(BaselineView) });
export type ControlsReply = Static<typeof ControlsReply>;

export const Assignment = Type.Object(
  { everyone: Type.Boolean(), groups: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 200 }) },
  { additionalProperties: false },
);
export type Assignment = Static<typeof Assignment>;

/** Confirms that people may be left without any policy, which otherwise is refused with `policies-takes-away`. */
const Confirmation = Type.Optional(Type.Boolean());

/** `PUT /api/v1/policies/:id/assignment` */
export const PutAssignmentBody = Type.Object(
  { ...Assignment.properties, leaveWithoutPolicy: Confirmation },
  { additionalProperties: false },
);
export type PutAssignmentBody = Static<typeof PutAssignmentBody>;

export const PolicyView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  version: Type.Integer(),
  settings: Settings,
  assignment: Assignment,
  updatedAtMs: Type.Number(),
});
export type PolicyView = Static<typeof PolicyView>;

export const PolicyVersionView = Type.Object({
  version: Type.Integer(),
  name: Type.String(),
  settings: Settings,
  createdAtMs: Type.Number(),
});

export const PoliciesReply = Type.Object({ items: Type.Array(PolicyView) });
export type PoliciesReply = Static<typeof PoliciesReply>;

export const PolicyReply = Type.Intersect([PolicyView, Type.Object({ versions: Type.Array(PolicyVersionView) })]);
export type PolicyReply = Static<typeof PolicyReply>;

/** `PUT /api/v1/policies/:id`: a new id creates version 1, a known one adds a version. */
export const PutPolicyBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    description: Type.String({ maxLength: 2000 }),
    settings: Settings,
    /** The version that the editor started from; absent for a new policy. */
    basedOnVersion: Type.Optional(Type.Integer({ minimum: 1 })),
    leaveWithoutPolicy: Confirmation,
  },
  { additionalProperties: false },
);
export type PutPolicyBody = Static<typeof PutPolicyBody>;

/** A change of one policy that is only asked about: what is left out stays as it is. */
export const PolicyDraft = Type.Object(
  {
    policyId: Type.String({ format: 'uuid' }),
    settings: Type.Optional(Settings),
    assignment: Type.Optional(Assignment),
  },
  { additionalProperties: false },
);
export type PolicyDraft = Static<typeof PolicyDraft>;

export const CompiledReply = Type.Object({ apple: Type.Unknown(), android: Type.Unknown() });
export type CompiledReply = Static<typeof CompiledReply>;
