import { describe, expect, it } from 'vitest';
import { loggable } from './failure.ts';

const failure = (code: unknown) =>
  Object.assign(new Error('secret\n    at secret'), { code, detail: 'secret', where: 'secret' });

describe('loggable()', () => {
  it('gives name, code and stack, and nothing that a database may have copied from the input', () => {
    const given = loggable(failure('23514'));
    expect(given).toEqual({ name: 'Error', errorCode: '23514', stack: expect.stringMatching(/^ {4}at /) });
    expect(JSON.stringify(given)).not.toContain('secret');
    expect(loggable('secret')).toEqual({ name: 'string' });
  });
});
