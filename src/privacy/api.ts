/** What the privacy room says over HTTP: schemas and their types, safe to import in a browser. */
import { type Static, Type } from 'typebox';
import { DeviceAccess } from '../access/api.ts';
import { HeldRequest } from '../people/api.ts';

/** `GET /api/v1/me/access` */
export const MyAccessReply = Type.Object({
  thisBrowser: DeviceAccess,
  devices: Type.Array(DeviceAccess),
  notices: Type.Array(
    Type.Object({
      id: Type.String(),
      text: Type.String(),
      /** The device that it is about, by its name of today. */
      deviceName: Type.String(),
      createdAtMs: Type.Number(),
    }),
  ),
});
export type MyAccessReply = Static<typeof MyAccessReply>;

/** `GET /api/v1/overview` */
export const OverviewReply = Type.Object({
  states: Type.Object({
    fine: Type.Integer(),
    grace: Type.Integer(),
    blocked: Type.Integer(),
    unknown: Type.Integer(),
  }),
  /** Phones that are invited and have not enrolled yet: nothing is decided about them, and they are in none of the states. */
  invited: Type.Integer(),
  needsYou: Type.Array(
    Type.Object({
      code: Type.String(),
      text: Type.String(),
      deviceId: Type.String(),
      personId: Type.Union([Type.String(), Type.Null()]),
      sinceMs: Type.Number(),
    }),
  ),
  /** Thirty days, oldest first; `day` is YYYY-MM-DD in UTC. */
  days: Type.Array(
    Type.Object({
      day: Type.String(),
      allowed: Type.Integer(),
      refused: Type.Integer(),
      changedToBlocked: Type.Integer(),
    }),
  ),
});
export type OverviewReply = Static<typeof OverviewReply>;

/** `GET /api/v1/me/privacy` */
export const PrivacyReply = Type.Object({
  devices: Type.Array(
    Type.Object({
      deviceId: Type.String(),
      /** It belongs to the organisation no more; what it told is kept. */
      left: Type.Boolean(),
      facts: Type.Array(
        Type.Object({ name: Type.String(), value: Type.Unknown(), observedAtMs: Type.Number(), source: Type.String() }),
      ),
      /** Every app that the organisation has on its list. */
      apps: Type.Array(Type.Object({ appId: Type.String(), name: Type.String(), version: Type.String() })),
      /** What checks for spyware left here. */
      checks: Type.Object({
        checks: Type.Integer(),
        lastCheckAtMs: Type.Union([Type.Number(), Type.Null()]),
        hashes: Type.Integer(),
        cases: Type.Integer(),
        notes: Type.Integer(),
        /** When somebody confirmed that it is a different phone than its owner had before. */
        differentPhoneAtMs: Type.Union([Type.Number(), Type.Null()]),
        findings: Type.Array(
          Type.Object({
            value: Type.String(),
            artefact: Type.String(),
            foundAtMs: Type.Number(),
            state: Type.String(),
          }),
        ),
        baseline: Type.Array(Type.Object({ kind: Type.String(), values: Type.Array(Type.String()) })),
      }),
      /** Raw check-ins as the phone sent them, and commands that it was given. */
      records: Type.Object({
        reports: Type.Integer(),
        commands: Type.Integer(),
        /** Reasons for which its messages were refused. */
        refusals: Type.Integer(),
        /** By which the phone is reached or unlocked. */
        tokens: Type.Integer(),
        /** It was marked as not the phone that it claimed to be. */
        claimFalse: Type.Boolean(),
      }),
    }),
  ),
  cannotSee: Type.Array(Type.String()),
  /**
   * What is kept of the person beside her devices: her groups by name, decisions about her openings, entries of the audit log about her,
   * hashes of the places that she signed in from, requests about others in which she had a part.
   */
  account: Type.Object({
    groups: Type.Array(Type.String()),
    decisions: Type.Integer(),
    entries: Type.Integer(),
    places: Type.Integer(),
    ownRequests: Type.Integer(),
  }),
  /** What takes two people and was asked for about her, within a year. */
  requests: Type.Array(HeldRequest),
  views: Type.Array(
    Type.Object({ deviceId: Type.String(), viewer: Type.String(), what: Type.String(), atMs: Type.Number() }),
  ),
});
export type PrivacyReply = Static<typeof PrivacyReply>;
