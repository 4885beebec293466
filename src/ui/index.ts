/**
 * ui: what both web apps are made of. Browser only.
 *
 * `tokens.css` holds every colour, spacing and radius, in a light and a dark set of the same names; nothing else names a colour.
 * `controls.tsx`, `overlay.tsx` and `gate.tsx` wrap React Aria so that keyboard and screen readers work everywhere alike.
 * `boot.tsx` starts an app; `my-sign-ins.tsx` is a person's own passkeys and sessions, the same in both.
 * `fetcher.ts` calls the server and turns problem+json into `ApiError`, whose message may be shown as it is; replies are typed by
 * the rooms' `api.ts`. `live.ts` listens to `GET /api/v1/events` and asks again for what is on the screen. `account.ts` and
 * `passkey.ts` run the WebAuthn ceremonies. `device-key.ts` keeps the key that tells the server which device this browser is:
 * P-256, not extractable, in IndexedDB.
 *
 * A state is one of fine, attention, blocked, unknown, always icon, word and colour together.
 */
export { deviceLabel, finishJoin, readInvitation, setUp, signOut, useMe } from './account.ts';
export { boot } from './boot.tsx';
export { Button, Checks, Choice, Empty, Field, Loaded, Problem, Skeleton, State, type StateKind } from './controls.tsx';
export { cx } from './cx.ts';
export { createDeviceKey, type DeviceKey, loadDeviceKey, saveDeviceKey } from './device-key.ts';
export { factLabel, factValue, isTechnical, modelName, sortFacts, systemName } from './fact-words.ts';
export { ApiError, api, apiBytes, sentenceOf } from './fetcher.ts';
export { FileSharing } from './file-sharing.tsx';
export { type FoldedReason, foldReasons } from './fold-reasons.ts';
export { age, bytes, day, instant, moment, plain, words } from './format.ts';
export { Gate, SignIn, useAction, WaysToSignIn } from './gate.tsx';
export { parseSearch, stringifySearch } from './hash-search.ts';
export { default as kit } from './kit.module.css';
export { useLiveUpdates } from './live.ts';
export { Mark } from './mark.tsx';
export { type AnswerRequest, answerInSession, MyRequest, mayStop, useMyRequests } from './my-requests.tsx';
export { MyPasskeys, MySessions, Remove } from './my-sign-ins.tsx';
export { NotFound } from './not-found.tsx';
export { AllNotices, NewNotices } from './notices.tsx';
export { Dialog, Tabs } from './overlay.tsx';
export { usePasskeyOnce } from './passkey.ts';
export { PrivacyView } from './privacy-view.tsx';
export { ownRefusalWords, placeWords, refusalWords } from './refusal-words.ts';
export { listOf, requestWords, standingWords } from './request-words.ts';
