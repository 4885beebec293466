import { describe, expect, it } from 'vitest';
import { CodedError } from './coded-error.ts';
import { failureOf, terminalSentence } from './failure-of.ts';
import { FormatError } from './format-error.ts';

class RoomError extends CodedError {
  readonly reasons = ['because'];
}

const secret = (members: object): Error =>
  Object.assign(new Error('secret inside'), { detail: 'secret inside' }, members);
const seen = (error: unknown): [string, number] => {
  const { code, status } = failureOf(error);
  return [code, status];
};

describe('failureOf()', () => {
  it('takes the word of our own errors', () => {
    expect(failureOf(new RoomError('room-code', 409, 'Do this: because of that'))).toEqual({
      code: 'room-code',
      status: 409,
      sentence: 'Do this: because of that',
      reasons: ['because'],
    });
    expect(failureOf(new FormatError('tdf-binding', 7, 'Cannot trust: it differs'))).toMatchObject({
      code: 'tdf-binding',
      status: 400,
    });
  });

  it.each([
    ['22021', 'request-invalid', 400],
    ['22P05', 'request-invalid', 400],
    ['53100', 'disk-full', 507],
    ['ENOSPC', 'disk-full', 507],
    ['EDQUOT', 'disk-full', 507],
    ['08006', 'database-unavailable', 503],
    ['57P01', 'database-unavailable', 503],
    ['ECONNREFUSED', 'internal', 500],
    ['ECONNRESET', 'internal', 500],
    ['EPIPE', 'internal', 500],
    ['ENOENT', 'internal', 500],
    ['28P01', 'database-unavailable', 503],
    ['25006', 'database-unavailable', 503],
    ['53200', 'database-busy', 503],
    ['53300', 'database-busy', 503],
    ['57014', 'database-busy', 503],
    ['40P01', 'database-busy', 503],
    ['23505', 'internal', 500],
    ['EACCES', 'internal', 500],
    ['constructor', 'internal', 500],
  ])('%s is %s, %i, and tells nothing of the inside', (code, failure, status) => {
    expect(seen(secret({ code }))).toEqual([failure, status]);
    expect(JSON.stringify(failureOf(secret({ code })))).not.toContain('secret');
  });

  it.each([
    [413, 'FST_ERR_CTP_BODY_TOO_LARGE', 'too-large', 413],
    [429, undefined, 'rate-limited', 429],
    [415, 'FST_ERR_CTP_INVALID_MEDIA_TYPE', 'request-invalid', 415],
    [400, 'FST_ERR_BAD_URL', 'request-invalid', 400],
    [500, 'FST_ERR_REP_INVALID_PAYLOAD_TYPE', 'internal', 500],
    ['400', undefined, 'internal', 500],
  ])('what the HTTP server refuses itself with %s (%s) is %s, %i', (statusCode, code, failure, status) => {
    expect(seen(secret({ statusCode, ...(code === undefined ? {} : { code }) }))).toEqual([failure, status]);
  });

  it('names the field of a request that differs from its schema', () => {
    const validation = [{ keyword: 'minLength', instancePath: '/name', params: { limit: 1 } }];
    expect(failureOf(secret({ statusCode: 400, validation, validationContext: 'body' }))).toEqual({
      code: 'request-invalid',
      status: 400,
      sentence: 'Correct "name": it is empty',
    });
  });

  it.each([[undefined], ['text'], [null], [{ code: '22021' }], [secret({ code: 22021 })]])(
    'takes %j for a failure of the server',
    (thrown) => {
      expect(seen(thrown)).toEqual(['internal', 500]);
    },
  );
});

describe('terminalSentence()', () => {
  it.each([
    [{ code: 'ENOENT', path: 'a' }, 'Name a file or folder that is there: "a" is not'],
    [{ code: 'EPERM', path: 'a' }, 'Run this as the user who may read and write it: "a" is closed to you'],
    [{ code: 'EISDIR', path: 'a' }, 'Name a file, not a folder: "a"'],
    [{ code: 'ENOTDIR', path: 'a' }, 'Name a folder, not a file, on the way to "a"'],
    [{ code: 'EROFS' }, 'Name another place: nothing can be written there'],
    [{ code: 'ENOSPC' }, 'Make room first: the disk is full'],
    [{ cause: { code: 'ECONNREFUSED' } }, 'Check --server: nothing answers there (ECONNREFUSED)'],
    [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, 'Check --server: nothing answers there (UND_ERR_CONNECT_TIMEOUT)'],
    [{ code: '22021' }, undefined],
    [{}, undefined],
  ])('says what %j means', (members, sentence) => {
    expect(terminalSentence(secret(members))).toBe(sentence);
  });

  it('takes the path that the command names where the error has none', () => {
    expect(terminalSentence(secret({ code: 'ENOENT' }), 'b')).toBe('Name a file or folder that is there: "b" is not');
    expect(terminalSentence('ENOENT')).toBeUndefined();
  });
});
