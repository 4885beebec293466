/**
 * tdf: protected files in the OpenTDF Trusted Data Format 4.3.0, and reading of its legacy hex form (no `schemaVersion`).
 *
 * A file is a zip of `0.payload` (segments: iv, AES-256-GCM, tag) and `0.manifest.json` (wrapped keys, bound policy, segment tags, root
 * signature). Reading: `readContainer(readAt, size)` → keys → `openTdf(container, keys)`, which checks the policy binding and the root
 * signature before the first segment, and each segment's tag before its bytes leave. Writing: `protectStream` in a browser; `node.ts` has
 * the fast engine for files. Everything here runs on Web Crypto, which supplies the randomness too.
 *
 * How a browser opens a file of this server, all helpers from this face:
 *   1. `dpopProof(deviceKey, { method: 'POST', url, nowMs, random: crypto })` → `POST /api/v1/files/token { proof }` → `accessToken` (5 minutes)
 *   2. `container = await readContainer(readAt, sizeBytes)`; `session = await createRewrapSession(crypto)`
 *   3. `signedRequestToken = await signRewrapRequest(deviceKey, container, session, nowMs)`
 *   4. `POST /kas.AccessService/Rewrap { signedRequestToken }` with `Authorization: DPoP <accessToken>` and
 *      `DPoP: dpopProof(deviceKey, { method, url, accessToken, nowMs, random })`; a refusal is `permission_denied` with `reasons`
 *   5. `keys = await unwrapRewrapped(container, session, reply)`; `reader = await openTdf(container, keys)`; `reader.read(offset, length)`
 * How it protects one: `GET` the key (`POST /kas.AccessService/PublicKey {}`), `encodePolicy`, `protectStream`, `POST /api/v1/files`.
 */
export type { KasKey } from './build.ts';
export { readContainer, type TdfContainer } from './container.ts';
export { joinShares } from './integrity.ts';
export type { KeyAccess } from './manifest.ts';
export { encodePolicy, parsePolicy, type TdfPolicy, type ViewGrade } from './policy.ts';
export { openTdf } from './reader.ts';
export { createRewrapSession, type DeviceKey, dpopProof, signRewrapRequest, unwrapRewrapped } from './rewrap-client.ts';
export { importWrapKey, openWrap, type PrivateWrapKey, unwrapShare, type WrappedShare } from './wrap.ts';
export { protectStream } from './writer.ts';
