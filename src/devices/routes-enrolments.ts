import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { EVERYONE, type Role } from '../audit/index.ts';
import { androidUnset } from './android/routes.ts';
import { BindBody, BindReply, EnrolmentBody, EnrolmentReply, OpenBody, OpenReply } from './api.ts';
import { bindEnrolment } from './bind.ts';
import { enrolmentLimits } from './enrolment-limits.ts';
import { inviteDevice, openEnrolment } from './enrolments.ts';
import type { DevicesServices } from './services.ts';

const ADMINISTRATORS: readonly Role[] = ['owner', 'administrator'];
const OPEN = { roles: 'public', rateLimit: { max: 300, timeWindow: 60_000 } } as const; // an office shares an address

/** Invitations of phones, and the page that opens one. */
export function enrolmentRoutes(plain: FastifyInstance, services: DevicesServices): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const limits = enrolmentLimits(services.now);
  const profileUrl = (token: string): string => new URL(`/enroll/apple?token=${token}`, services.publicUrl).href;

  app.post(
    '/api/v1/enrolments',
    {
      config: { roles: ADMINISTRATORS, proof: 'passkey-or-token' },
      schema: { body: EnrolmentBody, response: { 200: EnrolmentReply } },
    },
    async ({ body, actor }) => {
      if (body.platform === 'android' && !services.androidReady) throw androidUnset();
      const invitation = await inviteDevice(services, actor, { ...body, ownership: body.ownership ?? 'personal' });
      const { enrolmentId, deviceId, token, expiresAtMs } = invitation;
      return { id: enrolmentId, deviceId, url: profileUrl(token), token, expiresAtMs };
    },
  );

  app.post(
    '/api/v1/enrolments/open',
    { config: { roles: 'public' }, schema: { body: OpenBody, response: { 200: OpenReply } } },
    async ({ body, ip }) => {
      const opened = await limits.step(ip, () => openEnrolment(services, body.token));
      const { deviceId, platform, personName, expiresAt, used, challenge } = opened;
      const reply = {
        deviceId,
        platform,
        personName,
        expiresAtMs: expiresAt.getTime(),
        profileWaits: !used,
        challenge,
      };
      return { ...reply, profileUrl: profileUrl(body.token) };
    },
  );

  app.post(
    '/api/v1/enrolments/bind',
    {
      config: { ...OPEN, roles: EVERYONE, proof: 'sign-in' },
      schema: { body: BindBody, response: { 200: BindReply } },
    },
    async ({ body, actor }) => await bindEnrolment(services, actor, body),
  );
}
