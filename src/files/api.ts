/** What the files room says over HTTP: schemas and their types, safe to import in a browser. */
import { type Static, Type } from 'typebox';
import { Reason } from '../people/api.ts';

const closed = { additionalProperties: false } as const;
const Id = Type.String({ pattern: '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' });
const NullableMs = Type.Union([Type.Number(), Type.Null()]);
const Person = Type.Object({ personId: Type.String(), displayName: Type.String(), email: Type.String() });

/** By whose word somebody may open: the owner's, a policy that a token sent in her name, somebody else's, two people's. */
const AddedBy = Type.Object({
  kind: Type.Union([Type.Literal('owner'), Type.Literal('token'), Type.Literal('person'), Type.Literal('request')]),
  /** Null for owner and token, and of who has left. */
  person: Type.Union([Person, Type.Null()]),
});
const Recipient = Type.Object({
  ...Person.properties,
  /** For the owner and administrators; null for others. */
  addedBy: Type.Union([AddedBy, Type.Null()]),
  addedAtMs: NullableMs,
});

const SharedGroup = Type.Object({
  groupId: Type.String(),
  name: Type.String(),
  /** How many of its people may open the file. */
  members: Type.Integer(),
  /** Who joined it after the file was shared with it, and waits for the owner. */
  pending: Type.Array(Person),
});

export const FileParams = Type.Object({ id: Id }, closed);

export const ViewGradeSchema = Type.Union([Type.Literal('download'), Type.Literal('client'), Type.Literal('pixels')]);

export const FileItem = Type.Object({
  id: Type.String(),
  title: Type.String(),
  mediaType: Type.String(),
  /** Of the plaintext. */
  sizeBytes: Type.Number(),
  /** Of the protected file, as `GET …/content` gives it. */
  protectedBytes: Type.Number(),
  /** Hex SHA-256 of the protected file. */
  sha256: Type.String(),
  policyUuid: Type.String(),
  /** Of its policy. None can be judged, so that a file with any opens for its owner alone. */
  labels: Type.Array(Type.String()),
  owner: Person,
  recipients: Type.Array(Recipient),
  /** Groups that it is shared with, for the owner and administrators; empty for others. */
  groups: Type.Array(SharedGroup),
  view: ViewGradeSchema,
  watermark: Type.Boolean(),
  createdAtMs: Type.Number(),
  /** The earlier of the bound policy's end and the one set on the server. */
  expiresAtMs: NullableMs,
  revokedAtMs: NullableMs,
  /** When `DELETE /api/v1/files/:id` took the content away for good; such a file is in no list but `all`. */
  deletedAtMs: NullableMs,
  /** The caller may revoke, take recipients away and set an earlier end. */
  mayManage: Type.Boolean(),
  /** The caller owns it: she alone gives access and more time. */
  mayWiden: Type.Boolean(),
});
export type FileItem = Static<typeof FileItem>;

/** `GET /api/v1/files?scope=`: `mine` and `shared` for anybody, `all` for administrators and auditors. */
export const FilesQuery = Type.Object(
  {
    scope: Type.Optional(Type.Union([Type.Literal('mine'), Type.Literal('shared'), Type.Literal('all')])),
    /** Only files of this person; with scope `all`. */
    ownerId: Type.Optional(Id),
    /** Only files with labels. */
    labelled: Type.Optional(Type.Boolean()),
    after: Type.Optional(Id),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  closed,
);
export const FileList = Type.Object({ items: Type.Array(FileItem), next: Type.Optional(Type.String()) });
export type FileList = Static<typeof FileList>;

export const FileOpening = Type.Object({
  id: Type.String(),
  person: Type.Union([Person, Type.Null()]),
  deviceId: Type.Union([Type.String(), Type.Null()]),
  outcome: Type.Union([Type.Literal('opened'), Type.Literal('refused')]),
  /** Codes of the reasons when refused. */
  reasons: Type.Array(Type.String()),
  decisionId: Type.Union([Type.String(), Type.Null()]),
  atMs: Type.Number(),
  /** When a running view last renewed itself. */
  renewedAtMs: NullableMs,
  /** When the view was refused or closed; null while it runs, and when its viewer fell silent. */
  endedAtMs: NullableMs,
});
export type FileOpening = Static<typeof FileOpening>;

/** `GET /api/v1/files/openings`: of all files, by person or device; whose openings are looked at can see that in her workspace. */
export const OpeningsQuery = Type.Object(
  {
    personId: Type.Optional(Id),
    deviceId: Type.Optional(Id),
    after: Type.Optional(Id),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  closed,
);
/** `title` is null for a file that was never uploaded. */
export const OpeningItem = Type.Object({
  ...FileOpening.properties,
  fileId: Type.Union([Type.String(), Type.Null()]),
  title: Type.Union([Type.String(), Type.Null()]),
});
export type OpeningItem = Static<typeof OpeningItem>;
export const OpeningList = Type.Object({ items: Type.Array(OpeningItem), next: Type.Optional(Type.String()) });
export type OpeningList = Static<typeof OpeningList>;

/** `GET /api/v1/files/:id`; a recipient sees only openings of his own. */
export const FileDetail = Type.Object({ file: FileItem, openings: Type.Array(FileOpening) });
export type FileDetail = Static<typeof FileDetail>;

/** `POST /api/v1/files?title=`: the body is the protected file itself (application/octet-stream). */
export const UploadQuery = Type.Object({ title: Type.String({ minLength: 1, maxLength: 200 }) }, closed);

/** `POST /api/v1/files/:id/recipients`; only the owner adds and confirms. */
export const RecipientsBody = Type.Object(
  {
    add: Type.Optional(Type.Array(Type.String({ minLength: 3, maxLength: 254 }), { maxItems: 200 })),
    /** Person ids. */
    remove: Type.Optional(Type.Array(Id, { maxItems: 200 })),
    addGroups: Type.Optional(Type.Array(Id, { maxItems: 50 })),
    removeGroups: Type.Optional(Type.Array(Id, { maxItems: 50 })),
    /** Who joined a group after the file was shared with it. */
    confirm: Type.Optional(Type.Array(Type.Object({ groupId: Id, personId: Id }, closed), { maxItems: 200 })),
  },
  closed,
);

/** `GET /api/v1/files/waiting`: who joined a group that files of the caller are shared with, and waits for her. */
export const WaitingItem = Type.Object({
  group: Type.Object({ id: Type.String(), name: Type.String() }),
  person: Person,
  joinedAtMs: NullableMs,
  /** The newest of them. */
  files: Type.Array(Type.Object({ id: Type.String(), title: Type.String() })),
  fileCount: Type.Integer(),
});
export type WaitingItem = Static<typeof WaitingItem>;
export const WaitingList = Type.Object({ items: Type.Array(WaitingItem) });
export type WaitingList = Static<typeof WaitingList>;

/** `POST /api/v1/files/waiting/confirm`: lets her open all of them. */
export const ConfirmWaitingBody = Type.Object({ groupId: Id, personId: Id }, closed);
export const ConfirmWaitingReply = Type.Object({ files: Type.Integer() });

const Asked = {
  /** The address of who is to get it. */
  email: Type.String({ minLength: 3, maxLength: 254 }),
  reason: Reason,
};

/** `POST /api/v1/files/:id/access-requests`: access to somebody else's file, which takes two people. */
export const AccessRequestBody = Type.Object(Asked, closed);

/** `POST /api/v1/files/handover-requests`: another owner for the files of somebody who has left, which takes two people. */
export const HandoverBody = Type.Object({ personId: Id, ...Asked }, closed);

/**
 * `POST /api/v1/files/:id/expiry`; null takes the server's end away, the bound policy's stays.
 *
 * NOTE: null stands first, since a validator that coerces would make it 0.
 */
export const ExpiryBody = Type.Object(
  { expiresAtMs: Type.Union([Type.Null(), Type.Integer({ minimum: 1, maximum: 8_640_000_000_000 })]) },
  closed,
);

/** `POST /api/v1/files/:id/views/renew`, whose refusal is a problem with `reasons`, and `…/views/end`, which answers 204. */
export const RenewBody = Type.Object({ viewId: Id }, closed);
export const RenewReply = Type.Object({ nextRenewalMs: Type.Integer() });
export type RenewReply = Static<typeof RenewReply>;

/** `POST /api/v1/files/token`: a session and a DPoP proof by the browser's device key give a token for the key server. */
export const TokenBody = Type.Object({ proof: Type.String({ minLength: 20, maxLength: 8192 }) }, closed);
export const TokenReply = Type.Object({
  accessToken: Type.String(),
  expiresAtMs: Type.Number(),
  /** Null when this browser is bound to no enrolment: the decision will then refuse. */
  deviceId: Type.Union([Type.String(), Type.Null()]),
});
export type TokenReply = Static<typeof TokenReply>;

/** `POST /kas.AccessService/PublicKey`, also `GET /kas/v2/kas_public_key`. */
export const PublicKeyReply = Type.Object({ publicKey: Type.String(), kid: Type.String() });
export type PublicKeyReply = Static<typeof PublicKeyReply>;

export const RewrapBody = Type.Object({
  signedRequestToken: Type.String({ minLength: 20, maxLength: 4 * 1024 * 1024 }),
});

/** In `metadata.pavise` of each permitted result of a rewrap. */
export const OpenedView = Type.Object({
  viewId: Type.String(),
  fileId: Type.Union([Type.String(), Type.Null()]),
  nextRenewalMs: Type.Integer(),
  view: ViewGradeSchema,
  watermark: Type.Boolean(),
});
export type OpenedView = Static<typeof OpenedView>;
