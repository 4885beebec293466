import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../audit/index.ts';
import { FormatError, failureOf } from '../../base/index.ts';
import { parsePlist } from '../../formats/plist/index.ts';
import { loggable } from '../../storage/index.ts';
import { DeviceError } from '../device-error.ts';
import { type EnrolmentLimits, enrolmentLimits } from '../enrolment-limits.ts';
import { newToken, readInvitation } from '../enrolments.ts';
import type { Refusals } from '../refusals.ts';
import { setScepChallenge } from '../store-enrolments.ts';
import { checkIn } from './check-in.ts';
import { enrolmentProfile, signProfile } from './enrolment-profile.ts';
import { type Announced, announce, proveBody } from './identify.ts';
import { dictOf, refuseMessage, textIn } from './message.ts';
import { takeResult } from './results.ts';
import { answerPkiOperation, CAPABILITIES, messageOfQuery, type PkiAnswer } from './scep.ts';
import type { AppleServices } from './services.ts';

const BODY_LIMIT_BYTES = 8 * 1024 * 1024; // a long InstalledApplicationList is some 2 MB
const SCEP_LIMIT_BYTES = 64 * 1024; // a request is some 4 KB
/** A body that is refused unread and larger than this is not waited for: the connection ends. */
const UNREAD_LIMIT_BYTES = 64 * 1024;
const config = { roles: 'public' } as const; // phones prove themselves by Mdm-Signature and one-time challenges
/** Of one address, as of the API: what it costs to answer. What a phone may do is limited by its invitation. */
const CALLS = { max: 6000, timeWindow: 60_000 };

/** What phones call: the enrolment profile, SCEP, check-in and commands. */
export async function appleRoutes(app: FastifyInstance, services: AppleServices): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Results come without a content type from some clients: everything is bytes here.
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES }, (_request, body, done) =>
      done(null, body),
    );
    const { refusals } = services;
    scope.setErrorHandler((error, request, reply) => answerError(refusals, error, request, reply));
    const limits = enrolmentLimits(services.now);
    const options = { config: { ...config, rateLimit: CALLS }, bodyLimit: SCEP_LIMIT_BYTES };
    scope.get('/enroll/apple', options, (request, reply) => sendProfile(services, limits, request, reply));
    const answerScep = (request: FastifyRequest, reply: FastifyReply): Promise<void> =>
      scep(services, limits, request, reply);
    scope.get('/scep', options, answerScep);
    scope.post('/scep', options, answerScep);
    mdmRoute(scope, services);
  });
}

/** What phones are told of our refusals; to every other they are 400. A phone unenrols at 401, and tries again at 500 and above. */
const TOLD: ReadonlySet<number> = new Set([404, 409, 413, 429]);

/** An error as a phone gets it: its code alone. Why a phone was refused is kept, and goes to the log, for whoever runs the server. */
function answerError(refusals: Refusals, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { code, status, sentence, retryAfterSeconds } = failureOf(error);
  if (status >= 500) request.log.error({ code, ...loggable(error) }, 'device request failed');
  else refusals.tell(request, { code, sentence });
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  if (leavesMuchUnread(request)) reply.header('connection', 'close');
  void reply
    .code(status >= 500 || TOLD.has(status) ? status : 400)
    .type('text/plain')
    .send(`${code}\n`);
}

function leavesMuchUnread({ raw }: FastifyRequest): boolean {
  if (raw.complete) return false;
  return (
    raw.headers['transfer-encoding'] !== undefined || Number(raw.headers['content-length'] ?? 0) > UNREAD_LIMIT_BYTES
  );
}

function queryOf({ url }: FastifyRequest, name: string): string | undefined {
  return new URLSearchParams(url.replace(/^[^?]*/, '')).get(name) ?? undefined;
}

function bytesOf(request: FastifyRequest): Uint8Array {
  return request.body instanceof Uint8Array ? request.body : new Uint8Array();
}

async function sendProfile(
  services: AppleServices,
  limits: EnrolmentLimits,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const token = queryOf(request, 'token') ?? '';
  const enrolment = await limits.step(request.ip, () => readInvitation(services, token, 'apple'));
  const { token: challenge, hash } = newToken();
  await setScepChallenge(services.db, enrolment.id, hash);
  const profile = enrolmentProfile(services.publicUrl, challenge, services.organisation);
  const sent =
    queryOf(request, 'unsigned') === '1' ? profile : signProfile(profile, services.authority, services.now());
  reply.header('cache-control', 'no-store').header('content-disposition', 'attachment; filename="pavise.mobileconfig"');
  await reply.type('application/x-apple-aspen-config').send(Buffer.from(sent));
}

async function scep(
  services: AppleServices,
  limits: EnrolmentLimits,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  switch (queryOf(request, 'operation')) {
    case 'GetCACaps':
      return void (await reply.header('content-type', 'text/plain').send(Buffer.from(CAPABILITIES)));
    case 'GetCACert':
      // Some clients compare the content type by equality: no charset.
      return void (await reply
        .header('content-type', 'application/x-x509-ca-cert')
        .send(Buffer.from(services.authority.certificate.raw)));
    case 'PKIOperation': {
      limits.admit(request.ip);
      const answer = await answerPki(services, request).catch((error: unknown) => {
        if (error instanceof FormatError) limits.failed(request.ip);
        throw error;
      });
      if (answer.refusal !== undefined) {
        limits.failed(request.ip);
        services.refusals.tell(request, failureOf(answer.refusal));
      }
      return void (await reply.header('content-type', 'application/x-pki-message').send(Buffer.from(answer.reply)));
    }
    default:
      throw new DeviceError('device-scep-operation', 400, 'Cannot answer SCEP: the operation is unknown');
  }
}

async function answerPki(services: AppleServices, request: FastifyRequest): Promise<PkiAnswer> {
  const message = request.method === 'POST' ? bytesOf(request) : messageOfQuery(queryOf(request, 'message') ?? '');
  return await answerPkiOperation(services, message);
}

/** Check-in and commands: who sends is found out by the header, before the body is read, and the body counts for that phone. */
function mdmRoute(scope: FastifyInstance, services: AppleServices): void {
  const announcements = new WeakMap<FastifyRequest, Announced>();
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    const prove = (deviceId: string): void => services.refusals.provenBy(request, deviceId);
    const announced = await announce(services, request.headers['mdm-signature']?.toString(), prove);
    const actor: Actor = { kind: 'device', deviceId: announced.pin.deviceId };
    if (announced.proven) Object.defineProperty(request, 'actor', { value: actor });
    announcements.set(request, announced);
  };
  scope.put('/mdm/apple', { config, bodyLimit: BODY_LIMIT_BYTES, onRequest }, async (request, reply) => {
    const announced = announcements.get(request);
    if (announced === undefined) throw new Error('the hook has not run');
    const body = bytesOf(request);
    proveBody(announced, body);
    services.refusals.provenBy(request, announced.pin.deviceId);
    await answerMessage(services, announced, body, reply);
  });
}

async function answerMessage(
  services: AppleServices,
  announced: Announced,
  body: Uint8Array,
  reply: FastifyReply,
): Promise<void> {
  const message = dictOf(parsePlist(body));
  if (textIn(message, 'MessageType') === 'UserAuthenticate') return void (await reply.code(410).send());
  if (textIn(message, 'MessageType') !== undefined) {
    if (services.now() > announced.pin.expiresAt.getTime())
      throw refuseMessage('device-certificate-expired', 'the certificate has run out');
    return await sendPlist(reply, await checkIn(services, announced, message, body));
  }
  await sendPlist(reply, await takeResult(services, announced.pin, message, body));
}

async function sendPlist(reply: FastifyReply, plist: Uint8Array | undefined): Promise<void> {
  if (plist === undefined) return void (await reply.send());
  await reply.type('application/xml').send(Buffer.from(plist));
}
