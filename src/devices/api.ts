import Type, { type Static, type TSchema } from 'typebox';

// The console asks for the same name as the server does.
export { sameName } from './same-name.ts';

/** Wire schemas of devices and enrolments. Browser-safe. Times are milliseconds since 1970. */

const closed = { additionalProperties: false } as const;
const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Id = Type.String({ pattern: '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' });
const Token = Type.String({ minLength: 20, maxLength: 200 });
const Cursor = Type.String({ minLength: 1, maxLength: 600 });
const Limit = Type.Integer({ minimum: 1, maximum: 200 });

export const DeviceParams = Type.Object({ id: Id }, closed);
export const PlatformSchema = Type.Union([Type.Literal('apple'), Type.Literal('android')]);
export const OwnershipSchema = Type.Union([Type.Literal('personal'), Type.Literal('organisation')]);
export const DeviceStateSchema = Type.Union([
  Type.Literal('pending'),
  Type.Literal('enrolled'),
  Type.Literal('checked-out'),
]);

export const DeviceItem = Type.Object({
  id: Id,
  name: Type.String(),
  person: Type.Object({ id: Id, displayName: Type.String() }),
  platform: PlatformSchema,
  ownership: OwnershipSchema,
  state: DeviceStateSchema,
  model: Type.String(),
  osVersion: Type.String(),
  createdAtMs: Type.Integer(),
  enrolledAtMs: Nullable(Type.Integer()),
  checkedOutAtMs: Nullable(Type.Integer()),
  lastSeenAtMs: Nullable(Type.Integer()),
  /** True when a browser's key is bound, so that work files can open on this device. */
  browserBound: Type.Boolean(),
  /** When it was marked as not the phone that it claimed to be. */
  claimFalseAtMs: Nullable(Type.Integer()),
});
export type DeviceItem = Static<typeof DeviceItem>;
export const DeviceList = Type.Object({ items: Type.Array(DeviceItem), next: Type.Optional(Type.String()) });
export type DeviceList = Static<typeof DeviceList>;

export const DevicesQuery = Type.Object(
  {
    query: Type.Optional(Type.String({ maxLength: 120, pattern: '^[^\\u0000]*$' })),
    state: Type.Optional(DeviceStateSchema),
    personId: Type.Optional(Id),
    after: Type.Optional(Cursor),
    limit: Type.Optional(Limit),
  },
  closed,
);

export const FactItem = Type.Object({
  name: Type.String(),
  value: Type.Unknown(),
  observedAtMs: Type.Integer(),
  source: Type.String(),
});
export type FactItem = Static<typeof FactItem>;

/** Messages of a phone that were refused for one reason; `device` is null where nothing proves whose they were. */
export const RefusalItem = Type.Object({
  device: Nullable(Type.Object({ id: Id, name: Type.String() })),
  code: Type.String(),
  /** What the server said of the newest. */
  why: Type.String(),
  /** Where they came from; `gateway`: in a report that the Android Management API gave. */
  place: Type.Union([
    Type.Literal('this-machine'),
    Type.Literal('private-network'),
    Type.Literal('internet'),
    Type.Literal('gateway'),
  ]),
  firstAtMs: Type.Integer(),
  lastAtMs: Type.Integer(),
  count: Type.Integer(),
});
export type RefusalItem = Static<typeof RefusalItem>;
/** GET /api/v1/devices/refusals: the newest reasons first, a hundred at most. */
export const RefusalList = Type.Object({ items: Type.Array(RefusalItem) });
export type RefusalList = Static<typeof RefusalList>;

export const DeviceDetail = Type.Object({
  ...DeviceItem.properties,
  facts: Type.Array(FactItem),
  /** Newest first, ten at most. */
  refusals: Type.Array(RefusalItem),
});
export type DeviceDetail = Static<typeof DeviceDetail>;
/** GET /api/v1/me/devices: the caller's own, with every fact that is held. */
export const OwnDevices = Type.Object({ items: Type.Array(DeviceDetail) });
export type OwnDevices = Static<typeof OwnDevices>;

export const AppItem = Type.Object({
  appId: Type.String(),
  name: Type.String(),
  version: Type.String(),
  managed: Nullable(Type.Boolean()),
});
export const AppList = Type.Object({ items: Type.Array(AppItem) });
export type AppList = Static<typeof AppList>;

export const CommandItem = Type.Object({
  id: Id,
  kind: Type.String(),
  state: Type.Union([
    Type.Literal('queued'),
    Type.Literal('notnow'),
    Type.Literal('acknowledged'),
    Type.Literal('error'),
    Type.Literal('cancelled'),
  ]),
  createdAtMs: Type.Integer(),
  sentAtMs: Nullable(Type.Integer()),
  finishedAtMs: Nullable(Type.Integer()),
  error: Nullable(Type.String()),
});
export type CommandItem = Static<typeof CommandItem>;
export const CommandList = Type.Object({ items: Type.Array(CommandItem), next: Type.Optional(Type.String()) });
export type CommandList = Static<typeof CommandList>;
export const CommandsQuery = Type.Object(
  { after: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$' })), limit: Type.Optional(Limit) },
  closed,
);

export const CommandBody = Type.Object(
  {
    kind: Type.Union([
      Type.Literal('DeviceInformation'),
      Type.Literal('SecurityInfo'),
      Type.Literal('InstalledApplicationList'),
      Type.Literal('InstallProfile'),
      Type.Literal('DeviceLock'),
      Type.Literal('EraseDevice'),
    ]),
    /** DeviceLock and EraseDevice: the device's name, typed by the person who asks. */
    confirmName: Type.Optional(Type.String({ maxLength: 200 })),
  },
  closed,
);
export const CommandParams = Type.Object({ id: Id, commandId: Id }, closed);
/** `ids` is empty when the policies demand no profile. */
export const CommandReply = Type.Object({ ids: Type.Array(Id) });
export type CommandReply = Static<typeof CommandReply>;

/** `claimFalse`: the enrolment was not the phone that it claimed to be; what was found under it follows that phone no more. Of one that has left it is all that can be said. */
export const ReleaseBody = Type.Union([
  Type.Object({ claimFalse: Type.Optional(Type.Boolean()) }, closed),
  Type.Null(),
]);
export const EnrolmentBody = Type.Object(
  {
    personId: Id,
    platform: PlatformSchema,
    ownership: Type.Optional(OwnershipSchema),
    /** Until the phone reports a name of its own, which Android phones do not. */
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 120, pattern: '\\S' })),
  },
  closed,
);
/** The link is shown once. */
/** A link for a browser: its token, once. */
export const BrowserLinkReply = Type.Object({ token: Type.String(), expiresAtMs: Type.Integer() });
export type BrowserLinkReply = Static<typeof BrowserLinkReply>;

export const EnrolmentReply = Type.Object({
  id: Id,
  deviceId: Id,
  url: Type.String(),
  token: Type.String(),
  expiresAtMs: Type.Integer(),
});
export type EnrolmentReply = Static<typeof EnrolmentReply>;

/** POST /api/v1/enrolments/open: what the enrolment page shows, and a fresh one-time challenge for the browser's key. */
export const OpenBody = Type.Object({ token: Token }, closed);
export const OpenReply = Type.Object({
  deviceId: Id,
  platform: PlatformSchema,
  personName: Type.String(),
  expiresAtMs: Type.Integer(),
  /** False once a phone has used the invitation: it enrols none any more, the browser can still be bound. */
  profileWaits: Type.Boolean(),
  profileUrl: Type.String(),
  challenge: Type.String(),
});
export type OpenReply = Static<typeof OpenReply>;

const Coordinate = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });
/** `signature`: ECDSA P-256 with SHA-256, r‖s in base64url, over the UTF-8 text `pavise-bind:` + challenge. */
export const BindBody = Type.Object(
  {
    challenge: Token,
    publicJwk: Type.Object(
      { kty: Type.Literal('EC'), crv: Type.Literal('P-256'), x: Coordinate, y: Coordinate },
      closed,
    ),
    signature: Type.String({ pattern: '^[A-Za-z0-9_-]{86}$' }),
  },
  closed,
);
export const BindReply = Type.Object({ deviceId: Id, thumbprint: Type.String() });
export type BindReply = Static<typeof BindReply>;

/** `GET /api/v1/enrolments/makes`: which makes of phone this server can enrol. */
export const MakesReply = Type.Object({ apple: Type.Boolean(), android: Type.Boolean() });
export type MakesReply = Static<typeof MakesReply>;

/**
 * `POST /api/v1/enrolments/android`, with the token of the invitation: what a phone needs within the hour.
 *
 * `url` is for the phone in use, `qrCode` the text of the code that a fresh phone scans, `token` the same for typing.
 */
export const AndroidEnrolmentReply = Type.Object({
  url: Type.String(),
  qrCode: Type.String(),
  token: Type.String(),
  expiresAtMs: Type.Integer(),
});
export type AndroidEnrolmentReply = Static<typeof AndroidEnrolmentReply>;
