import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../base/index.ts';
import { runs } from '../base/testing.ts';
import { parseRewrapRequest } from './rewrap-request.ts';

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
