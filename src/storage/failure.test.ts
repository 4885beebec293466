import { describe, expect, it } from 'vitest';
import { isDataRefused, isDiskFull, loggable } from './failure.ts';

const failure = (code: unknown) =>
  Object.assign(new Error('secret\n    at secret'), { code, detail: 'secret', where: 'secret' });

describe('isDataRefused()', () => {
  it('knows PostgreSQL’s data exceptions from every other error', () => {
    expect(['22021', '22P05', '22003'].map((code) => isDataRefused(failure(code)))).toEqual([true, true, true]);
    for (const other of [failure('23505'), failure('2202'), failure(22021), { code: '22021' }, undefined, 'x'])
      expect(isDataRefused(other)).toBe(false);
  });
});

describe('isDiskFull()', () => {
  it('knows a full disk, of the database and of files, from other failures', () => {
    expect(['53100', 'ENOSPC', 'EDQUOT', '53200', 'EIO'].map((code) => isDiskFull(failure(code)))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('loggable()', () => {
  it('gives name, code and stack, and nothing that a database may have copied from the input', () => {
    const given = loggable(failure('23514'));
    expect(given).toEqual({ name: 'Error', errorCode: '23514', stack: expect.stringMatching(/^ {4}at /) });
    expect(JSON.stringify(given)).not.toContain('secret');
    expect(loggable('secret')).toEqual({ name: 'string' });
  });
});
