import { dpopProof } from '../formats/tdf/index.ts';
import type { RequestList } from '../people/api.ts';
import { type AnswerRequest, ApiError, answerInSession, api, loadDeviceKey } from '../ui/index.ts';

/**
 * Calls what the browser of a phone may do without a session: the key that was bound to the phone proves it, for this one call.
 *
 * @returns undefined in a browser that never was connected to a phone
 */
async function callByPhone<T>(path: string): Promise<T | undefined> {
  const key = await loadDeviceKey();
  if (key === null) return undefined;
  const url = `${location.origin}/api/v1/${path}`;
  const dpop = await dpopProof(key, { method: 'POST', url, nowMs: Date.now(), random: crypto });
  return await api<T>(path, { method: 'POST', headers: { dpop } });
}

/** What is asked for about the owner of the phone whose browser this is; nothing in any other browser. */
export async function requestsByPhone(): Promise<RequestList['items']> {
  try {
    return (await callByPhone<RequestList>('phone/requests'))?.items ?? [];
  } catch (error) {
    if (error instanceof ApiError && error.code === 'device-key-unknown') return []; // a phone that has left, or got another browser
    throw error;
  }
}

/** Answers as the phone, with nobody signed in. */
export const answerByPhone: AnswerRequest = {
  confirm: (id) => callByPhone(`phone/requests/${id}/confirm`),
  stop: (id) => callByPhone(`phone/requests/${id}/stop`),
};

/** Answers as her who is signed in: by the phone where this browser is its, so that nobody needs a passkey for it, else in the session. */
export const answerAsHer: AnswerRequest = {
  async confirm(id) {
    try {
      if ((await loadDeviceKey()) === null) return await answerInSession.confirm(id);
      return await answerByPhone.confirm(id);
    } catch (error) {
      if (error instanceof ApiError && error.code.startsWith('device-')) return await answerInSession.confirm(id);
      throw error;
    }
  },
  stop: answerInSession.stop,
};
