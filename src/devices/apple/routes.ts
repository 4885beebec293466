import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FormatError } from '../../base/index.ts';
import { parsePlist } from '../../formats/plist/index.ts';
import { isDataRefused, isDiskFull, loggable } from '../../storage/index.ts';
import { DeviceError } from '../device-error.ts';
import { newToken, readEnrolment } from '../enrolments.ts';
import { setScepChallenge } from '../store-enrolments.ts';
import { checkIn } from './check-in.ts';
import { enrolmentProfile, signProfile } from './enrolment-profile.ts';
import { announce, proveBody } from './identify.ts';
import { dictOf, refuseMessage, textIn } from './message.ts';
import { takeResult } from './results.ts';
import { answerPkiOperation, CAPABILITIES, messageOfQuery } from './scep.ts';
import type { AppleServices } from './services.ts';

const BODY_LIMIT_BYTES = 8 * 1024 * 1024; // a long InstalledApplicationList is some 2 MB
const config = { roles: 'public' } as const; // phones prove themselves by Mdm-Signature and one-time challenges
const ENROLMENT_LIMIT = { max: 300, timeWindow: 60_000 }; // phones of an office share an address

/** What phones call: the enrolment profile, SCEP, check-in and commands. */
export async function appleRoutes(app: FastifyInstance, services: AppleServices): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Results come without a content type from some clients: everything is bytes here.
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES }, (_request, body, done) =>
      done(null, body),
    );
    scope.setErrorHandler(answerError);
    const options = { config, bodyLimit: BODY_LIMIT_BYTES };
    const limited = { ...options, config: { ...config, rateLimit: ENROLMENT_LIMIT } };
    scope.get('/enroll/apple', limited, (request, reply) => sendProfile(services, request, reply));
    scope.get('/scep', limited, (request, reply) => scep(services, request, reply));
    scope.post('/scep', limited, (request, reply) => scep(services, request, reply));
    scope.put('/mdm/apple', options, (request, reply) => mdm(services, request, reply));
  });
}

/** A phone unenrols at 401, so that refusals are 400 and our own failures 500, which it tries again. */
function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const status = statusOf(error);
  const code =
    error instanceof FormatError || error instanceof DeviceError
      ? error.code
      : isDiskFull(error)
        ? 'disk-full'
        : 'failure';
  if (status >= 500) request.log.error(loggable(error), 'device request failed');
  void reply.code(status).type('text/plain').send(`${code}\n`);
}

function statusOf(error: unknown): number {
  if (error instanceof FormatError) return 400;
  if (error instanceof DeviceError) return error.status;
  if (isDataRefused(error)) return 400;
  if (isDiskFull(error)) return 507; // no less a reason to try again than 500, and says to whoever looks what is the matter
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (typeof status !== 'number') return 500;
  return status === 413 || status === 429 ? status : status < 500 ? 400 : 500;
}

function queryOf(request: FastifyRequest, name: string): string | undefined {
  const { query } = request;
  const value: unknown =
    typeof query === 'object' && query !== null ? Object.entries(query).find(([key]) => key === name)?.[1] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function bytesOf(request: FastifyRequest): Uint8Array {
  return request.body instanceof Uint8Array ? request.body : new Uint8Array();
}

async function sendProfile(services: AppleServices, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const enrolment = await readEnrolment(services, queryOf(request, 'token') ?? '');
  if (enrolment.used || enrolment.platform !== 'apple') {
    throw new DeviceError(
      'device-invitation',
      404,
      'Ask for a new link: this one is used or for another make of phone',
    );
  }
  const { token: challenge, hash } = newToken();
  await setScepChallenge(services.db, enrolment.id, hash);
  const profile = enrolmentProfile(services.publicUrl, challenge, services.organisation);
  const sent =
    queryOf(request, 'unsigned') === '1' ? profile : signProfile(profile, services.authority, services.now());
  reply.header('cache-control', 'no-store').header('content-disposition', 'attachment; filename="pavise.mobileconfig"');
  await reply.type('application/x-apple-aspen-config').send(Buffer.from(sent));
}

async function scep(services: AppleServices, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  switch (queryOf(request, 'operation')) {
    case 'GetCACaps':
      return void (await reply.header('content-type', 'text/plain').send(Buffer.from(CAPABILITIES)));
    case 'GetCACert':
      // Some clients compare the content type by equality: no charset.
      return void (await reply
        .header('content-type', 'application/x-x509-ca-cert')
        .send(Buffer.from(services.authority.certificate.raw)));
    case 'PKIOperation': {
      const message = request.method === 'POST' ? bytesOf(request) : messageOfQuery(queryOf(request, 'message') ?? '');
      const answer = await answerPkiOperation(services, message);
      return void (await reply.header('content-type', 'application/x-pki-message').send(Buffer.from(answer)));
    }
    default:
      throw new DeviceError('device-scep-operation', 400, 'Cannot answer SCEP: the operation is unknown');
  }
}

async function mdm(services: AppleServices, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const body = bytesOf(request);
  const header = request.headers['mdm-signature'];
  const announced = await announce(services, typeof header === 'string' ? header : undefined);
  proveBody(announced, body);
  const { pin } = announced;
  const message = dictOf(parsePlist(body));
  if (textIn(message, 'MessageType') === 'UserAuthenticate') return void (await reply.code(410).send());
  if (textIn(message, 'MessageType') !== undefined) {
    if (services.now() > pin.expiresAt.getTime())
      throw refuseMessage('device-certificate-expired', 'the certificate has run out');
    return await sendPlist(reply, await checkIn(services, announced, message, body));
  }
  await sendPlist(reply, await takeResult(services, pin, message, body));
}

async function sendPlist(reply: FastifyReply, plist: Uint8Array | undefined): Promise<void> {
  if (plist === undefined) return void (await reply.send());
  await reply.type('application/xml').send(Buffer.from(plist));
}
