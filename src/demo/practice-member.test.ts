import { afterAll, beforeAll, expect, test } from 'vitest';
import { InvitationReply, Me } from '../people/api.ts';
import { openPeopleBench, type PeopleBench } from '../people/testing.ts';
import { makePasskey } from './passkey.ts';
import { join, signIn } from './practice-member.ts';

let bench: PeopleBench;
beforeAll(async () => {
  bench = await openPeopleBench();
});
afterAll(() => bench?.[Symbol.asyncDispose]());

test('a practice person confirms with her passkey where her last use of it is too old, and goes on in the same session', async () => {
  const owner = await bench.setUp();
  const { cookie } = owner;
  const wanted = { displayName: 'Berta', email: 'berta@example.org', role: 'administrator' };
  const invited = await bench.call('POST', '/api/v1/people/invitations', wanted, { cookie });
  const addresses = {
    baseUrl: new URL(await bench.app.listen({ host: '127.0.0.1', port: 0 })),
    publicUrl: bench.services.publicUrl,
  };
  const passkey = makePasskey();
  const invite = (name: string) => ({ displayName: name, email: `${name}@example.org`, role: 'member' });
  for (const member of [
    await join(addresses, String(invited.body['link']), passkey),
    await signIn(addresses, passkey),
  ]) {
    for (const name of ['emil', 'fee']) {
      bench.clock.nowMs += 6 * 60_000;
      await member.call('POST', '/api/v1/people/invitations', InvitationReply, invite(name));
    }
    expect(await member.call('GET', '/api/v1/me', Me)).toMatchObject({ displayName: 'Berta' });
  }
});
