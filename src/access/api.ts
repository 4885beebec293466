/** What the access room says over HTTP: schemas and their types, safe to import in a browser. */
import { type Static, Type } from 'typebox';

const NullableMs = Type.Union([Type.Number(), Type.Null()]);

export const AccessState = Type.Union([
  Type.Literal('fine'),
  Type.Literal('grace'),
  Type.Literal('blocked'),
  Type.Literal('unknown'),
]);
export type AccessState = Static<typeof AccessState>;

export const ReasonView = Type.Object({
  /** Stable, e.g. 'os.too-old', 'passcode.missing', 'threat.trace', 'training.overdue', 'agreement.unsigned', 'device.unknown'. */
  code: Type.String(),
  /** `block` refuses and is certain, `unknown` refuses for lack of evidence, `grace` and `notice` do not refuse. */
  severity: Type.Union([Type.Literal('block'), Type.Literal('unknown'), Type.Literal('grace'), Type.Literal('notice')]),
  factName: Type.String(),
  text: Type.String(),
  remedy: Type.Object({ title: Type.String(), steps: Type.Array(Type.String()) }),
  sinceMs: Type.Optional(Type.Number()),
  /** For `grace` and `notice`: when it starts to refuse. */
  untilMs: Type.Optional(Type.Number()),
});
export type ReasonView = Static<typeof ReasonView>;

export const DeviceAccess = Type.Object({
  deviceId: Type.Union([Type.String(), Type.Null()]),
  personId: Type.Union([Type.String(), Type.Null()]),
  state: AccessState,
  allow: Type.Boolean(),
  sinceMs: NullableMs,
  reasons: Type.Array(ReasonView),
});
export type DeviceAccess = Static<typeof DeviceAccess>;

const PolicyRow = Type.Object({
  controlId: Type.String(),
  topic: Type.String(),
  title: Type.String(),
  wanted: Type.Union([Type.Boolean(), Type.Number(), Type.String()]),
  from: Type.Array(Type.Object({ policyId: Type.String(), name: Type.String(), version: Type.Integer() })),
  reported: Type.Union([
    Type.Null(),
    Type.Object({ name: Type.String(), value: Type.Unknown(), observedAtMs: Type.Number(), source: Type.String() }),
  ]),
  /** Whether the control is met now; null when nobody knows. */
  met: Type.Union([Type.Boolean(), Type.Null()]),
  coverage: Type.Union([
    Type.Literal('enforced'),
    Type.Literal('checked'),
    Type.Literal('attested'),
    Type.Literal('impossible'),
  ]),
  why: Type.String(),
  /** What the setting is called in the profile or policy that enforces it. */
  key: Type.Union([Type.String(), Type.Null()]),
});

/** `GET /api/v1/devices/:id/policy` */
export const DevicePolicyReply = Type.Object({ deviceId: Type.String(), controls: Type.Array(PolicyRow) });
export type DevicePolicyReply = Static<typeof DevicePolicyReply>;

const Duration = Type.Integer({ minimum: 0, maximum: 400 * 86_400_000 });

/** The organisation's rule document; `GET` and `PUT /api/v1/access/rules`. */
export const RulesBody = Type.Object(
  {
    /** Facts older than this count as unknown, and unknown refuses. */
    maxFactAgeMs: Type.Integer({ minimum: 60_000, maximum: 90 * 86_400_000 }),
    /** How long a device may be silent. */
    maxSilenceMs: Type.Integer({ minimum: 60_000, maximum: 90 * 86_400_000 }),
    /** How long a failed operating system version, passcode or policy value is only warned about. */
    graceMs: Type.Object(
      { osVersion: Duration, passcode: Duration, encryption: Duration },
      { additionalProperties: false },
    ),
    requireTraining: Type.Boolean(),
    requireAgreement: Type.Boolean(),
    /** Refuse when the last spyware check is older; null asks for none. */
    maxCheckAgeMs: Type.Union([Type.Null(), Type.Integer({ minimum: 86_400_000, maximum: 400 * 86_400_000 })]),
  },
  { additionalProperties: false },
);
export type Rules = Static<typeof RulesBody>;

export const RulesReply = Type.Object({ version: Type.Integer(), rules: RulesBody });
export type RulesReply = Static<typeof RulesReply>;

/** `GET /api/v1/decisions/:id` */
export const DecisionReply = Type.Object({
  id: Type.String(),
  atMs: Type.Number(),
  personId: Type.Union([Type.String(), Type.Null()]),
  deviceId: Type.Union([Type.String(), Type.Null()]),
  action: Type.String(),
  allow: Type.Boolean(),
  state: AccessState,
  reasons: Type.Array(ReasonView),
  postureSha256: Type.String(),
  rulesSha256: Type.String(),
  /** The decision that opened the view, when this one let it go on or ended it. */
  continues: Type.Union([Type.String(), Type.Null()]),
  posture: Type.Unknown(),
});
export type DecisionReply = Static<typeof DecisionReply>;

/** `POST /api/v1/decisions/:id/replay` */
export const ReplayReply = Type.Object({
  same: Type.Boolean(),
  allow: Type.Boolean(),
  reasons: Type.Array(ReasonView),
});
export type ReplayReply = Static<typeof ReplayReply>;

/** `POST /api/v1/access/policy-preview`: what a change of a policy would do to people and phones. */
export const PolicyPreview = Type.Object({
  /** People of whose phones something else would be asked. */
  people: Type.Integer(),
  devices: Type.Integer(),
  /** Phones that open files now and would be refused, the first of them by name. */
  refusedCount: Type.Integer(),
  refused: Type.Array(
    Type.Object({
      deviceId: Type.String(),
      deviceName: Type.String(),
      personName: Type.String(),
      why: Type.String(),
    }),
  ),
  warnedCount: Type.Integer(),
  allowedCount: Type.Integer(),
  /** Phones beyond those that were decided. */
  undecided: Type.Integer(),
});
export type PolicyPreview = Static<typeof PolicyPreview>;

/** Where each device stands, as the fleet list shows it. */
export const FleetStates = Type.Object({
  items: Type.Array(Type.Object({ deviceId: Type.String(), state: AccessState })),
});
