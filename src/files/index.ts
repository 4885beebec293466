/**
 * files: protected files and the key access server, where every opening is decided anew.
 *
 * A file is protected where it is written, in the page or by `pavise protect`; the server keeps the ciphertext (a blob), who may open it,
 * and the private key that unwraps the file's key. To open, a signed-in browser proves possession of its enrolled device's key, gets a
 * token of five minutes, and asks `POST /kas.AccessService/Rewrap` with a request signed by that key (`rewrap.ts`): token, proof, signature,
 * decision of the access room, state of the file (revoked, over, not a recipient), and only then unwrap, binding, policy. The audit entry
 * commits before a key leaves, `file.key.released` or `file.key.refused`. A running view renews itself every ten seconds (`views.ts`).
 *
 * Only its owner widens who may open a file (`may-manage.ts`); administrators narrow, and what an organisation needs beyond that takes two
 * people (`access-request.ts`, `handover-request.ts`). Who joins a group later waits for the owner (`part-of.ts`).
 *
 * A file wrapped to our key but never uploaded opens by its bound policy alone: owner and recipients named in it. No private key here may
 * be shared with another key server: others do not know the restrictions under `pavise` in the policy.
 */
export { filesJobs } from './jobs.ts';
export { exportKasKeys, openKasKeys } from './kas-keys.ts';
export { startReadingLabels } from './read-labels.ts';
export { filesRoutes } from './routes.ts';
export { filesRequests } from './routes-requests.ts';
