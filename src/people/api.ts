import Type, { type Static, type TSchema } from 'typebox';

export {
  CarryOutReply,
  HeldRequest,
  OutlookQuery,
  OutlookReply,
  Reason,
  ReasonBody,
  RequestItem,
  RequestList,
  RequestStanding,
  RequestsQuery,
  TwoPeopleBody,
  TwoPeopleReply,
} from './api-requests.ts';

/** Wire schemas of people, sign-in and sessions: everything under /api/v1 that this room answers. Browser-safe. */

const closed = { additionalProperties: false } as const;
const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Name = Type.String({ minLength: 1, maxLength: 120, pattern: '\\S' });
const Email = Type.String({ minLength: 3, maxLength: 254, pattern: '^[^\\s@]+@[^\\s@]+$' });
const Id = Type.String({ pattern: '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' });
const Secret = Type.String({ minLength: 20, maxLength: 200 });

export const IdParams = Type.Object({ id: Id }, closed);
export const MemberParams = Type.Object({ id: Id, personId: Id }, closed);

export const RoleSchema = Type.Union([
  Type.Literal('owner'),
  Type.Literal('administrator'),
  Type.Literal('investigator'),
  Type.Literal('auditor'),
  Type.Literal('member'),
]);
export const PersonStateSchema = Type.Union([
  Type.Literal('active'),
  Type.Literal('suspended'),
  Type.Literal('invited'),
]);
export type PersonState = Static<typeof PersonStateSchema>;

const GroupRef = Type.Object({ id: Id, name: Type.String() });

export const PersonItem = Type.Object({
  id: Id,
  displayName: Type.String(),
  email: Type.String(),
  role: RoleSchema,
  state: PersonStateSchema,
  groups: Type.Array(GroupRef),
  joinedAtMs: Nullable(Type.Integer()),
  lastSeenAtMs: Nullable(Type.Integer()),
});
export type PersonItem = Static<typeof PersonItem>;

export const PersonList = Type.Object({ items: Type.Array(PersonItem), next: Type.Optional(Type.String()) });
export type PersonList = Static<typeof PersonList>;

export const PeopleQuery = Type.Object(
  {
    query: Type.Optional(Type.String({ maxLength: 120 })),
    state: Type.Optional(PersonStateSchema),
    after: Type.Optional(Type.String({ maxLength: 400 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  closed,
);

export const PasskeyItem = Type.Object({
  id: Id,
  label: Type.String(),
  /** True when the passkey may be synced to other devices of its owner. */
  synced: Type.Boolean(),
  createdAtMs: Type.Integer(),
  lastUsedAtMs: Nullable(Type.Integer()),
});
export const PasskeyList = Type.Object({ items: Type.Array(PasskeyItem) });
export type PasskeyList = Static<typeof PasskeyList>;

export const SessionItem = Type.Object({
  id: Id,
  current: Type.Boolean(),
  method: Type.Union([Type.Literal('passkey'), Type.Literal('oidc')]),
  userAgent: Type.String(),
  createdAtMs: Type.Integer(),
  lastUsedAtMs: Type.Integer(),
  expiresAtMs: Type.Integer(),
});
export const SessionList = Type.Object({ items: Type.Array(SessionItem) });
export type SessionList = Static<typeof SessionList>;

export const PersonDetail = Type.Object({
  ...PersonItem.properties,
  passkeys: Type.Array(PasskeyItem),
  sessions: Type.Array(SessionItem),
  /** Set while an invitation, or a link for a new passkey, waits. */
  invitationExpiresAtMs: Nullable(Type.Integer()),
});
export type PersonDetail = Static<typeof PersonDetail>;

/** What a person is told about her account, her phones and her files; the words stand in src/ui/notice-words.ts. */
export const NoticeKind = Type.Union([
  Type.Literal('passkey-added'),
  Type.Literal('browser-bound'),
  Type.Literal('browser-link-made'),
  Type.Literal('sign-in-new-place'),
  Type.Literal('recovery-made'),
  Type.Literal('recovered'),
  Type.Literal('access-given'),
  Type.Literal('files-received'),
  Type.Literal('group-grew'),
  Type.Literal('request-made'),
  Type.Literal('trace-again'),
  Type.Literal('keys-exported'),
  Type.Literal('former-trace'),
  Type.Literal('role-given'),
  Type.Literal('token-made'),
]);
export type NoticeKind = Static<typeof NoticeKind>;

export const NoticeItem = Type.Object({
  id: Id,
  kind: NoticeKind,
  by: Type.Object({
    kind: Type.Union([
      Type.Literal('you'),
      Type.Literal('person'),
      Type.Literal('token'),
      Type.Literal('device'),
      Type.Literal('system'),
      Type.Literal('anonymous'),
    ]),
    /** Null of who has left. */
    name: Nullable(Type.String()),
  }),
  /** True when the session that asks did it: another one has to see it. */
  bySession: Type.Boolean(),
  what: Nullable(Type.String()),
  who: Nullable(Type.String()),
  about: Nullable(
    Type.Object({
      type: Type.Union([
        Type.Literal('device'),
        Type.Literal('file'),
        Type.Literal('finding'),
        Type.Literal('request'),
        Type.Literal('group'),
      ]),
      id: Type.String(),
      /** Of a group: who joined it. */
      personId: Type.Optional(Id),
    }),
  ),
  untilMs: Nullable(Type.Integer()),
  createdAtMs: Type.Integer(),
  seenAtMs: Nullable(Type.Integer()),
});
export type NoticeItem = Static<typeof NoticeItem>;
export const NoticeList = Type.Object({ items: Type.Array(NoticeItem) });
export type NoticeList = Static<typeof NoticeList>;

/** GET /api/v1/me answers this for a person; API tokens get 403. */
export const Me = Type.Object({ ...PersonItem.properties, passkeyCount: Type.Integer() });
export type Me = Static<typeof Me>;

export const PersonChange = Type.Object(
  {
    displayName: Type.Optional(Name),
    role: Type.Optional(RoleSchema),
    state: Type.Optional(Type.Union([Type.Literal('active'), Type.Literal('suspended')])),
  },
  { additionalProperties: false, minProperties: 1 },
);

export const InvitationBody = Type.Object(
  { displayName: Name, email: Email, role: RoleSchema, groupIds: Type.Optional(Type.Array(Id, { maxItems: 50 })) },
  closed,
);
/** The link is shown once; it holds the token in its fragment. Inviting the same address again replaces the link and keeps the name. */
export const InvitationReply = Type.Object({
  person: PersonItem,
  link: Type.String(),
  /** True when the person was invited before: the earlier link works no more. */
  replacedLink: Type.Boolean(),
  expiresAtMs: Type.Integer(),
});
export type InvitationReply = Static<typeof InvitationReply>;

/** A new link for a person that is there: an invitation, or, once she has joined, a way to a new passkey in place of the old ones. */
export const PersonLink = Type.Object({
  kind: Type.Union([Type.Literal('invitation'), Type.Literal('passkey')]),
  link: Type.String(),
  expiresAtMs: Type.Integer(),
});
export type PersonLink = Static<typeof PersonLink>;

/** `options` goes to startRegistration/startAuthentication({ optionsJSON }), `ceremonyId` back with the response. */
export const CeremonyReply = Type.Object({
  ceremonyId: Id,
  options: Type.Record(Type.String(), Type.Unknown()),
});
export type CeremonyReply = Static<typeof CeremonyReply>;
export const JoinOptionsReply = Type.Object({
  ...CeremonyReply.properties,
  displayName: Type.String(),
  email: Type.String(),
  /** True when the person has joined already, and the new passkey replaces the others. */
  recovery: Type.Boolean(),
});
export type JoinOptionsReply = Static<typeof JoinOptionsReply>;

const Base64Url = Type.String({ maxLength: 65_536, pattern: '^[A-Za-z0-9_-]*$' });
/** What @simplewebauthn/browser returns; further members that browsers add are tolerated here, nowhere else. */
export const RegistrationResponseSchema = Type.Object({
  id: Base64Url,
  rawId: Base64Url,
  type: Type.Literal('public-key'),
  response: Type.Object({
    clientDataJSON: Base64Url,
    attestationObject: Base64Url,
    transports: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 10 })),
  }),
  clientExtensionResults: Type.Record(Type.String(), Type.Unknown()),
  authenticatorAttachment: Type.Optional(Type.String()),
});
export type RegistrationResponse = Static<typeof RegistrationResponseSchema>;

export const AssertionResponseSchema = Type.Object({
  id: Base64Url,
  rawId: Base64Url,
  type: Type.Literal('public-key'),
  response: Type.Object({
    clientDataJSON: Base64Url,
    authenticatorData: Base64Url,
    signature: Base64Url,
    userHandle: Type.Optional(Base64Url),
  }),
  clientExtensionResults: Type.Record(Type.String(), Type.Unknown()),
  authenticatorAttachment: Type.Optional(Type.String()),
});
export type AssertionResponse = Static<typeof AssertionResponseSchema>;

export const SetupOptionsBody = Type.Object({ token: Secret, displayName: Name, email: Email }, closed);
export const JoinOptionsBody = Type.Object({ token: Secret }, closed);
export const RegistrationVerifyBody = Type.Object(
  {
    ceremonyId: Id,
    response: RegistrationResponseSchema,
    label: Type.Optional(Type.String({ maxLength: 80 })),
  },
  closed,
);
export const AssertionVerifyBody = Type.Object({ ceremonyId: Id, response: AssertionResponseSchema }, closed);

/** GET /api/v1/sign-in/methods: what the sign-in page may offer. */
export const SignInMethods = Type.Object({
  passkey: Type.Literal(true),
  /** Display name of the identity provider, whose button leads to GET /api/v1/sign-in/oidc. */
  oidc: Nullable(Type.Object({ name: Type.String() })),
  setupNeeded: Type.Boolean(),
});
export type SignInMethods = Static<typeof SignInMethods>;

export const OidcCallbackQuery = Type.Object({}, { additionalProperties: Type.String({ maxLength: 8192 }) });
const Issuer = Type.String({ maxLength: 500, pattern: '^https?://' });
export const OidcProviderBody = Type.Object(
  {
    name: Name,
    issuer: Issuer,
    clientId: Type.String({ minLength: 1, maxLength: 300 }),
    /** Left out, the one that is set stays, for the same issuer and client id only. */
    clientSecret: Type.Optional(Type.String({ minLength: 1, maxLength: 2000 })),
  },
  closed,
);
/** The client secret never comes back. */
export const OidcProviderReply = Type.Object({
  provider: Nullable(Type.Object({ name: Type.String(), issuer: Type.String(), clientId: Type.String() })),
  /** Where the provider sends browsers back to; it is registered there. */
  redirectUri: Type.String(),
});
export type OidcProviderReply = Static<typeof OidcProviderReply>;

/** POST /api/v1/people/identity-provider/test: reads the discovery document and keeps nothing. */
export const OidcTestBody = Type.Object({ issuer: Issuer }, closed);
export const OidcTestReply = Type.Object({ issuer: Type.String(), signInHost: Type.String() });
export type OidcTestReply = Static<typeof OidcTestReply>;

export const GroupItem = Type.Object({ id: Id, name: Type.String(), memberCount: Type.Integer() });
export type GroupItem = Static<typeof GroupItem>;
export const GroupList = Type.Object({ items: Type.Array(GroupItem) });
export type GroupList = Static<typeof GroupList>;
export const GroupDetail = Type.Object({
  ...GroupItem.properties,
  members: Type.Array(Type.Object({ id: Id, displayName: Type.String() })),
});
export type GroupDetail = Static<typeof GroupDetail>;
/** `DELETE /api/v1/groups/:id` and of its members: confirms that people may be left without any policy, or `policies-takes-away`. */
export const GroupLossQuery = Type.Object({ leaveWithoutPolicy: Type.Optional(Type.Boolean()) }, closed);
export const GroupBody = Type.Object({ name: Name }, closed);

export const TokenItem = Type.Object({
  id: Id,
  name: Type.String(),
  role: RoleSchema,
  createdAtMs: Type.Integer(),
  expiresAtMs: Type.Integer(),
  lastUsedAtMs: Nullable(Type.Integer()),
});
export type TokenItem = Static<typeof TokenItem>;
export const TokenList = Type.Object({ items: Type.Array(TokenItem) });
export type TokenList = Static<typeof TokenList>;
export const TokenBody = Type.Object(
  { name: Name, role: RoleSchema, expiresInDays: Type.Integer({ minimum: 1, maximum: 365 }) },
  closed,
);
/** `token` is shown once. */
export const TokenReply = Type.Object({ token: Type.String(), item: TokenItem });
export type TokenReply = Static<typeof TokenReply>;
