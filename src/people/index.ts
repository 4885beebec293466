/**
 * people: who may come in, as whom, and until when.
 *
 * There are no passwords. While nobody owns the installation, `setupLink` gives a one-time link; everybody else joins by an invitation
 * (`createPerson`) or, when invited, through the organisation's identity provider (OpenID Connect: code, PKCE, state, nonce). Passkeys
 * follow WebAuthn Level 3: discoverable, user verification required, challenges kept on the server for one use within five minutes.
 * Sessions are 256 random bits in an httpOnly SameSite=Strict cookie, stored as SHA-256, 12 h idle and 7 days in all; API tokens
 * (`pvt_…`) carry a role. `authenticate` turns a request into an `Actor`; what the actor may call, each route says and `server` checks.
 *
 * Every role above member is given and changed by owners alone, and the last active owner stays. Every change is audited in its
 * transaction and enqueues `access.reassess`; suspending ends every session. `verifyPasskeyAssertion` also serves `training`, which
 * has people sign texts with their passkeys.
 *
 * What one person may not do to another alone is a request (`request-kind.ts`): somebody asks, a second person agrees. A room with something
 * of the sort exports a `RequestKind` and calls `makeRequest` in its own route; who may do what is judged here, and `run` does it.
 */
export { authenticate } from './authenticate.ts';
export { requireProof } from './fresh-passkey.ts';
export { addMember, createGroup, readGroup, removeMember } from './groups.ts';
export { heldRequests } from './held-requests.ts';
export { createPerson } from './invitations.ts';
export { tellPerson } from './notices.ts';
export { peoplePage } from './page.ts';
export { type PasskeyProof, verifyPasskeyAssertion } from './passkeys.ts';
export { personLink } from './person-link.ts';
export { recoveryRequest } from './recovery-request.ts';
export type { AgreedRequest, RequestKind, RequestResult } from './request-kind.ts';
export { requestItem, requestsByPhone } from './request-wire.ts';
export { confirmByPhone, makeRequest, type Phone, type RequestServices, stopByPhone } from './requests.ts';
export { peopleRoutes } from './routes.ts';
export type { PeopleServices } from './services.ts';
export { sessionIsLive } from './sessions.ts';
export { setupLink } from './setup.ts';
export {
  findGroupNames,
  findIdsByName,
  findMemberByEmail,
  findNames,
  findPersonByEmail,
  holdPerson,
  listPeople,
  type Membership,
  membershipsOf,
  membersOf,
  type Person,
  type PersonName,
  readActive,
  readPerson,
} from './store.ts';
export { wasTold } from './store-notices.ts';
export { countPlaces } from './store-places.ts';
export { listTokens } from './store-sessions.ts';
export { createToken, revokeToken } from './tokens.ts';
export { heldUntil } from './two-people.ts';
