import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

const Body = Type.Object(
  {
    token: Type.Optional(Type.String({ minLength: 20 })),
    email: Type.Optional(Type.String({ pattern: '^[^\\s@]+@[^\\s@]+$' })),
    expiresInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 365 })),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 5 })),
    role: Type.Optional(Type.Union([Type.Literal('owner'), Type.Literal('member')])),
    kind: Type.Optional(Type.Enum(['x', 'y'])),
    recipients: Type.Optional(Type.Array(Type.String(), { maxItems: 1 })),
    watermark: Type.Optional(Type.Boolean()),
    title: Type.String(),
  },
  { additionalProperties: false },
);

describe('a request that does not fit its schema', () => {
  it.each([
    [{ token: 'cut' }, 'This link is incomplete: copy all of it'],
    [{ email: 'nobody' }, 'Correct the address: it has the form name@example.org'],
    [{ expiresInDays: 400 }, 'Correct "expiresInDays": at most 365 days'],
    [{ expiresInDays: 0 }, 'Correct "expiresInDays": at least 1 days'],
    [{ expiresInDays: 'many' }, 'Correct "expiresInDays": a whole number is wanted'],
    [{ name: '' }, 'Correct "name": it is empty'],
    [{ name: 'too long' }, 'Correct "name": at most 5 characters'],
    [{ role: 'queen' }, 'Correct "role": choose owner, member'],
    [{ kind: 'z' }, 'Correct "kind": choose x, y'],
    [{ recipients: ['a', 'b'] }, 'Correct "recipients": at most 1 entries'],
    [{ recipients: [1] }, 'Correct "recipients": a text is wanted'],
    [{ watermark: 'no' }, 'Correct "watermark": true or false is wanted'],
    [{ colour: 'red' }, 'Correct "colour": leave it out, nothing of this name is asked for'],
    [{ title: undefined }, 'Give "title": it is missing'],
  ])('%j is answered in plain words', async (body, detail) => {
    const authenticate = async () => ({ kind: 'anonymous' }) as const;
    const app = await createApp({ config: readConfig([], {}), authenticate }, false);
    app.post('/', { config: { roles: 'public' }, schema: { body: Body } }, async () => ({}));
    const reply = await app.inject({ method: 'POST', url: '/', payload: { title: 't', ...body } });
    expect(reply.json()).toMatchObject({ status: 400, code: 'request-invalid', detail });
    await app.close();
  });
});
