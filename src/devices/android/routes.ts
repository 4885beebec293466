import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Db } from '../../storage/index.ts';
import { AndroidEnrolmentReply, MakesReply, OpenBody } from '../api.ts';
import { DeviceError } from '../device-error.ts';
import { enrolmentLimits } from '../enrolment-limits.ts';
import { readInvitation } from '../enrolments.ts';
import { type AndroidServices, enrolAndroid } from './enrol.ts';

/** The enrolment page's step for Android phones; `android` is undefined where no gateway is set up, and then says what to do. */
export async function androidRoutes(
  plain: FastifyInstance,
  services: { readonly db: Db; readonly now: () => number; readonly android: AndroidServices | undefined },
): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { android } = services;

  app.get(
    '/api/v1/enrolments/makes',
    {
      config: { roles: ['owner', 'administrator', 'investigator', 'auditor'] },
      schema: { response: { 200: MakesReply } },
    },
    async () => ({ apple: true, android: android !== undefined }),
  );

  // Whoever holds the invitation may ask, as for Apple's profile; each call costs two at Google's.
  const limits = enrolmentLimits(services.now);
  app.post(
    '/api/v1/enrolments/android',
    { config: { roles: 'public' }, schema: { body: OpenBody, response: { 200: AndroidEnrolmentReply } } },
    async ({ body, ip }) => {
      const enrolment = await limits.step(ip, () => readInvitation(services, body.token, 'android'));
      if (android === undefined) throw androidUnset();
      return await enrolAndroid(android, enrolment);
    },
  );
}

/** What is said where Android phones cannot be enrolled. */
export function androidUnset(): DeviceError {
  return new DeviceError(
    'device-android-unset',
    409,
    'Start the server with --android-url and --android-enterprise: Android phones are not set up',
  );
}
