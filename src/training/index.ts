/**
 * training: what people have to know and to agree to before work opens.
 *
 * Lessons and the acceptable-use text are data in this folder, each with a version. A quiz is graded on the server, which alone knows
 * the right answers, and limits attempts. A text is signed by a passkey whose challenge is the hash over text, person and nonce;
 * everything that verifies the signature again is kept, since a passkey may be deleted later.
 *
 * `readTrainingFacts` is what the decision reads: due and completed lessons, signed texts, for the versions that hold now. Each change
 * enqueues `access.reassess` for its person. Whether a passkey's proof holds is for people to say (`VerifyPasskey`, handed in).
 */
export { readTrainingFacts } from './read-training-facts.ts';
export { trainingRoutes } from './routes.ts';
