import { createHash, randomBytes } from 'node:crypto';
import { type Actor, append } from '../audit/index.ts';
import { canonicalJson } from '../base/index.ts';
import { requestReassess } from '../jobs/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import { AGREEMENTS, type AgreementText } from './agreements.data.ts';
import type { ChallengeReply, SignatureBody, SignatureReply } from './api.ts';
import { textSha256 } from './read-training-facts.ts';
import { insertChallenge, insertSignature, takeChallenge } from './store.ts';
import { TrainingError } from './training-error.ts';

/** Checks a passkey's assertion with user verification and gives back all that verifies it again; throws when it does not hold. */
export type VerifyPasskey = (expectation: {
  readonly personId: string;
  readonly response: SignatureBody['response'];
  /** base64url */
  readonly expectedChallenge: string;
}) => Promise<{
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly authenticatorData: Uint8Array;
  readonly clientDataJSON: Uint8Array;
  readonly signature: Uint8Array;
}>;

const CHALLENGE_LIFE_MS = 600_000;

/** Makes what a passkey has to sign for a text; valid once, for ten minutes. */
export async function beginSigning(db: Db, personId: string, textId: string, nowMs: number): Promise<ChallengeReply> {
  const text = requireText(textId);
  const nonce = randomBytes(32).toString('base64url');
  const expiresAtMs = nowMs + CHALLENGE_LIFE_MS;
  const { version } = text;
  await transaction(db, (tx) => insertChallenge(tx, { nonce, personId, textId, version, expiresAtMs, nowMs }));
  return {
    textId,
    version,
    sha256: textSha256(text),
    nonce,
    challenge: signingChallenge(text, personId, nonce),
    expiresAtMs,
  };
}

/** Checks and keeps a person's signature under a text. */
export async function signText(
  { db, verifyPasskey }: { db: Db; verifyPasskey: VerifyPasskey },
  actor: Actor,
  personId: string,
  textId: string,
  body: SignatureBody,
  nowMs: number,
): Promise<SignatureReply> {
  const text = requireText(textId);
  const { nonce, response } = body;
  const { version, language } = text;
  // Used up before the check: a challenge that failed is not offered again.
  const fresh = await transaction(db, (tx) => takeChallenge(tx, { nonce, personId, textId, version, nowMs }));
  if (!fresh)
    throw new TrainingError(
      'training-challenge',
      409,
      'Start the signature again: its challenge was used or is too old',
    );
  const proof = await verifyPasskey({ personId, response, expectedChallenge: signingChallenge(text, personId, nonce) });
  const sha256 = textSha256(text);
  await transaction(db, async (tx) => {
    const { credentialId, publicKey, authenticatorData, clientDataJSON, signature } = proof;
    await insertSignature(tx, {
      personId,
      textId,
      version,
      sha256,
      language,
      nonce,
      credentialId,
      publicKey,
      authenticatorData,
      clientDataJSON,
      signature,
      signedAtMs: nowMs,
    });
    await append(tx, {
      actor,
      action: 'training.agreement.signed',
      object: { type: 'agreement', id: textId },
      detail: { version, sha256 },
    });
    await requestReassess(tx, { personId });
    await notify(tx, 'training', { personId });
  });
  return { id: textId, version, signedAtMs: nowMs };
}

/** base64url SHA-256 over the canonical JSON of what is signed: text, person and nonce in one hash. */
function signingChallenge(text: AgreementText, personId: string, nonce: string): string {
  const signed = canonicalJson({ textId: text.id, version: text.version, sha256: textSha256(text), personId, nonce });
  return createHash('sha256').update(signed, 'utf8').digest('base64url');
}

function requireText(id: string): AgreementText {
  const text = AGREEMENTS.find((candidate) => candidate.id === id);
  if (text === undefined)
    throw new TrainingError('training-unknown', 404, 'Choose another text: this one does not exist');
  return text;
}
