import fc from 'fast-check';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { FormatError } from '../base/index.ts';
import { runs } from '../base/testing.ts';
import { parseRewrapRequest, readRewrapRequest } from './rewrap-request.ts';

const access = {
  type: 'wrapped',
  url: 'http://localhost:8080/kas',
  kid: 'r1',
  splitId: '',
  wrappedKey: 'AA==',
  bindingHash: 'BB==',
  ephemeralPublicKey: '',
  encryptedMetadata: '',
};

describe('parseRewrapRequest()', () => {
  test('reads camelCase, snake_case and version 1 alike', () => {
    const parsed = {
      clientPublicKey: 'PEM',
      policies: [{ id: 'policy', policy: 'cA==', accesses: [{ id: 'kao-0', access }] }],
    };
    const camel = {
      clientPublicKey: 'PEM',
      requests: [
        {
          policy: { id: 'policy', body: 'cA==' },
          keyAccessObjects: [
            {
              keyAccessObjectId: 'kao-0',
              keyAccessObject: {
                type: 'wrapped',
                url: access.url,
                kid: 'r1',
                wrappedKey: 'AA==',
                policyBinding: { hash: 'BB==' },
              },
            },
          ],
        },
      ],
    };
    const snake = {
      client_public_key: 'PEM',
      requests: [
        {
          policy: { id: 'policy', body: 'cA==' },
          key_access_objects: [
            {
              key_access_object_id: 'kao-0',
              key_access_object: {
                key_type: 'wrapped',
                kas_url: access.url,
                kid: 'r1',
                wrapped_key: 'AA==',
                policy_binding: 'BB==',
              },
            },
          ],
        },
      ],
    };
    const versionOne = {
      clientPublicKey: 'PEM',
      policy: 'cA==',
      keyAccess: camel.requests[0]?.keyAccessObjects[0]?.keyAccessObject,
    };
    expect(parseRewrapRequest(JSON.stringify(camel))).toEqual(parsed);
    expect(parseRewrapRequest(JSON.stringify(snake))).toEqual(parsed);
    expect(parseRewrapRequest(JSON.stringify(versionOne))).toEqual({
      ...parsed,
      policies: [{ ...parsed.policies[0], id: 'policy-1' }],
    });
  });

  test('refuses a policy without accesses, and policies by the dozen: each costs a decision', () => {
    const keyAccess = { keyAccessObject: { type: 'wrapped', wrappedKey: 'AA==' } };
    const request = (accesses: number) => ({
      policy: { body: 'cA==' },
      keyAccessObjects: Array.from({ length: accesses }, () => keyAccess),
    });
    const parse = (...accesses: number[]) => parseRewrapRequest(JSON.stringify({ requests: accesses.map(request) }));
    expect(parse(...Array<number>(20).fill(1)).policies.length).toBe(20);
    for (const accesses of [[0], [1, 0], Array<number>(21).fill(1), [1001]])
      expect(() => parse(...accesses)).toThrow(FormatError);
  });

  const object = { keyAccessObject: { type: 'wrapped', wrappedKey: 'AA==' } };
  const body = (change: object = {}, inRequest: object = {}, inAccess: object = {}) => ({
    clientPublicKey: 'PEM',
    requests: [
      {
        policy: { body: 'cA==' },
        keyAccessObjects: [{ keyAccessObject: { ...object.keyAccessObject, ...inAccess } }],
        ...inRequest,
      },
    ],
    ...change,
  });

  test('counts what has no name, and skips what is null', () => {
    const [policy] = parseRewrapRequest(JSON.stringify(body())).policies;
    expect([policy?.id, policy?.accesses.map(({ id }) => id)]).toEqual(['policy-1', ['kao-0']]);
    const named = {
      policy: { id: 'p', body: 'cA==' },
      keyAccessObjects: [object, { ...object, keyAccessObjectId: 'k' }],
    };
    const [second] = parseRewrapRequest(JSON.stringify(body({}, named))).policies;
    expect([second?.id, second?.accesses.map(({ id }) => id)]).toEqual(['p', ['kao-0', 'k']]);
    const nulls = { clientPublicKey: null, client_public_key: 'PEM' };
    expect(parseRewrapRequest(JSON.stringify(body(nulls))).clientPublicKey).toBe('PEM');
  });

  test('reads a thousand key accesses, and a text of 1 MiB', () => {
    const many = { keyAccessObjects: Array.from({ length: 1000 }, () => object) };
    expect(parseRewrapRequest(JSON.stringify(body({}, many))).policies[0]?.accesses).toHaveLength(1000);
    const wrappedKey = 'é'.repeat(512 * 1024);
    expect(parseRewrapRequest(JSON.stringify(body({}, {}, { wrappedKey }))).policies[0]?.accesses[0]?.access).toEqual(
      expect.objectContaining({ wrappedKey }),
    );
  });

  test.each<[string, unknown, string]>([
    ['no text', JSON.parse, 'no requestBody'],
    ['a list that holds the text', [JSON.stringify(body())], 'no requestBody'],
    ['no JSON', '{', 'not JSON'],
    ['a list', '[]', 'not an object'],
    ['a text', '"a"', 'not an object'],
    ['null', 'null', 'not an object'],
    ['a policy that is a text', JSON.stringify(body({}, { policy: 'cA==' })), 'not an object'],
    ['a policy that is a list', JSON.stringify(body({}, { policy: ['cA=='] })), 'not an object'],
    ['requests that are no list', JSON.stringify(body({ requests: {} })), 'not a list'],
    ['accesses that are no list', JSON.stringify(body({}, { keyAccessObjects: object })), 'not a list'],
    ['an access of an unknown type', JSON.stringify(body({}, {}, { type: 'remote' })), 'unsupported key type'],
    ['an access of no type', JSON.stringify(body({}, {}, { type: undefined })), 'unsupported key type'],
    ['a wrapped key that is no text', JSON.stringify(body({}, {}, { wrappedKey: 1 })), 'not a text'],
    ['a text of over 1 MiB', JSON.stringify(body({}, {}, { wrappedKey: 'é'.repeat(512 * 1024 + 1) })), 'not a text'],
  ])('refuses %s', (_, text, why) => {
    expect(() => parseRewrapRequest(text)).toThrow(
      expect.objectContaining({ code: 'rewrap-invalid', message: expect.stringContaining(why) as string }),
    );
  });

  test('throws nothing but FormatError on random JSON and text', () => {
    const keys = [
      'requests',
      'policy',
      'keyAccess',
      'keyAccessObjects',
      'keyAccessObject',
      'clientPublicKey',
      'type',
      'policyBinding',
      '__proto__',
    ];
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue({ maxDepth: 1 }),
        fc.dictionary(fc.constantFrom(...keys), tie('tree')),
        fc.array(tie('tree')),
      ),
    }));
    const only = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    };
    fc.assert(
      fc.property(tree, fc.string(), (value, text) => {
        only(() => parseRewrapRequest(JSON.stringify(value)));
        only(() => parseRewrapRequest(text));
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('readRewrapRequest()', () => {
  const nowMs = Date.UTC(2026, 0, 1);
  const nowSeconds = nowMs / 1000;
  const keyAccess = { type: 'wrapped', wrappedKey: 'AA==' };
  const requestBody = JSON.stringify({ clientPublicKey: 'PEM', policy: 'cA==', keyAccess });
  let own: { privateKey: CryptoKey; jwk: JWK };
  let other: CryptoKey;
  beforeAll(async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    own = { privateKey, jwk: await exportJWK(publicKey) };
    other = (await generateKeyPair('ES256')).privateKey;
  });

  const read = async (claims: JWTPayload, signedBy = own.privateKey) =>
    readRewrapRequest(await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(signedBy), own.jwk, nowMs);

  test.each<[string, JWTPayload]>([
    ['what a browser signs', { iat: nowSeconds, exp: nowSeconds + 60 }],
    ['what the JavaScript SDK dates an hour back', { iat: nowSeconds - 3600, exp: nowSeconds + 60 }],
    ['a minute of a clock that is behind', { exp: nowSeconds - 59 }],
    ['a minute of a clock that is ahead', { iat: nowSeconds + 60, exp: nowSeconds + 120 }],
  ])('takes %s', async (_, claims) => {
    expect((await read({ requestBody, ...claims })).clientPublicKey).toBe('PEM');
  });

  test.each<[string, JWTPayload, string]>([
    ['an end that has come', { exp: nowSeconds - 60 }, 'files-proof'],
    ['no end', {}, 'files-proof'],
    ['an end that is no number', { exp: 'soon' as unknown as number }, 'files-proof'],
    ['a time that is yet to come', { iat: nowSeconds + 61, exp: nowSeconds + 120 }, 'files-proof'],
    ['a beginning that has not come', { nbf: nowSeconds + 61, exp: nowSeconds + 120 }, 'files-proof'],
    ['no request', { requestBody: undefined, exp: nowSeconds + 60 }, 'rewrap-invalid'],
    ['a request that is no text', { requestBody: { policy: 'cA==' }, exp: nowSeconds + 60 }, 'rewrap-invalid'],
  ])('refuses %s', async (_, claims, code) => {
    await expect(read({ requestBody, ...claims })).rejects.toMatchObject({ code });
  });

  test('refuses what another key than that of the proof has signed', async () => {
    await expect(read({ requestBody, exp: nowSeconds + 60 }, other)).rejects.toMatchObject({
      code: 'files-proof',
      status: 401,
    });
  });

  test('refuses what was changed after it was signed', async () => {
    const claims = { requestBody, exp: nowSeconds + 60 };
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(own.privateKey);
    const [header, , signature] = token.split('.');
    const changed = Buffer.from(JSON.stringify({ ...claims, exp: nowSeconds + 61 })).toString('base64url');
    await expect(readRewrapRequest(`${header}.${changed}.${signature}`, own.jwk, nowMs)).rejects.toMatchObject({
      code: 'files-proof',
    });
  });
});
