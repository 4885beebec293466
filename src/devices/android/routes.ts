import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { readPerson } from '../../people/index.ts';
import { DeviceError } from '../device-error.ts';
import { AndroidEnrolmentBody, AndroidEnrolmentReply } from './api.ts';
import { type AndroidServices, enrolAndroid } from './enrol.ts';

/** Enrolment of Android phones, for administrators. */
export async function androidRoutes(plain: FastifyInstance, services: AndroidServices): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  app.post(
    '/api/v1/devices/android/enrolments',
    {
      config: { roles: ['owner', 'administrator'], rateLimit: { max: 60, timeWindow: 60_000 } },
      schema: { body: AndroidEnrolmentBody, response: { 201: AndroidEnrolmentReply } },
    },
    async ({ body, actor }, reply) => {
      if ((await readPerson(services.db, body.personId)) === undefined) {
        throw new DeviceError('device-person-unknown', 404, 'Choose another person: nobody has this id');
      }
      return await reply.code(201).send(await enrolAndroid(services, actor, body));
    },
  );
}
