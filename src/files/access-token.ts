import { SignJWT } from 'jose';
import { checkProof, findDeviceByKeyThumbprint, readSigned } from '../devices/index.ts';
import type { Db } from '../storage/index.ts';
import { FilesError } from './files-error.ts';
import type { KasKeys } from './kas-keys.ts';
import type { FilesServices } from './services.ts';

const LIFETIME_MS = 5 * 60_000;
const AUDIENCE = 'kas';
const TYPE = 'at+jwt'; // RFC 9068 section 2.1
const ALGORITHM = 'ES256';

/** Gives a signed-in person a token for the key server, bound to the key that her browser has just proven. */
export async function issueToken(
  services: Pick<FilesServices, 'db' | 'keys' | 'replay' | 'publicUrl'>,
  person: { personId: string; sessionId: string },
  proof: string,
  nowMs: number,
): Promise<{ accessToken: string; expiresAtMs: number; deviceId: string | null }> {
  const url = new URL('/api/v1/files/token', services.publicUrl).href;
  const { personId } = person;
  const { thumbprint } = await checkProof(proof, { method: 'POST', url, personId, replay: services.replay }, nowMs);
  const iat = Math.floor(nowMs / 1000);
  const exp = iat + LIFETIME_MS / 1000;
  const { kid, privateKey } = services.keys.token;
  const claims = {
    iss: services.publicUrl.origin,
    aud: AUDIENCE,
    sub: personId,
    sid: person.sessionId,
    iat,
    exp,
    cnf: { jkt: thumbprint },
  };
  const deviceId = await deviceOf(services.db, personId, thumbprint);
  const token = new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid });
  return { accessToken: await token.sign(privateKey), expiresAtMs: exp * 1000, deviceId };
}

/** Checks an access token of our own; throws FilesError `files-token` (401). */
export async function readToken(
  keys: KasKeys,
  issuer: string,
  accessToken: string,
  nowMs: number,
): Promise<{ personId: string; sessionId: string; thumbprint: string }> {
  const { claims } = await readSigned(
    accessToken,
    () => keys.token.publicJwk,
    {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer,
      audience: AUDIENCE,
      requiredClaims: ['exp'],
      currentDate: new Date(nowMs),
    },
    badToken,
  );
  const { sub, sid, cnf } = claims;
  const { jkt } = Object(cnf) as { readonly jkt?: unknown }; // whatever it is: it has such a member or none
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof jkt !== 'string')
    throw badToken('it is bound to no key');
  return { personId: sub, sessionId: sid, thumbprint: jkt };
}

/** The enrolled device behind a key, if it is this person's; anything else is the unknown device, which the decision refuses. */
export async function deviceOf(db: Db, personId: string, thumbprint: string): Promise<string | null> {
  const device = await findDeviceByKeyThumbprint(db, thumbprint);
  return device !== undefined && device.personId === personId ? device.id : null;
}

function badToken(why: string): FilesError {
  return new FilesError('files-token', 401, `Ask for a new token at /api/v1/files/token: token refused, ${why}`);
}
