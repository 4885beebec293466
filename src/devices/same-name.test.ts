import { describe, expect, it } from 'vitest';
import { readableName, sameName } from './same-name.ts';

describe('readableName()', () => {
  it.each([
    ['Ada’s iPhone', 'Ada’s iPhone'],
    ['  Telefon von Jörg ', 'Telefon von Jörg'],
    ['هاتف ليلى', 'هاتف ليلى'],
    ['👩‍👧 phone', '👩‍👧 phone'],
    ['\u202eenohPi\u202c', 'enohPi'],
    ['Ada\u200b\u2060\u0007', 'Ada'],
    ['\u200b\u200d', undefined],
    [' \u00a0\u3000', undefined],
    ['', undefined],
  ])('makes %j %j', (reported, shown) => expect(readableName(reported)).toBe(shown));
});

describe('sameName()', () => {
  it('asks for no character that nobody sees, and for every other', () => {
    expect(sameName("Ada's iPhone", 'A\u200bda’s\u2060 iPhone')).toBe(true);
    expect(sameName('', 'Ada')).toBe(false);
    expect(sameName('ada', 'Ada')).toBe(false);
  });
});
