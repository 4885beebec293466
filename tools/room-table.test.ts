import { describe, expect, it } from 'vitest';
import { arrowsUp, tooLarge } from './room-table.ts';
import { ROOMS } from './rooms.data.ts';

describe('arrowsUp()', () => {
  it('finds none in the table of rooms', () => {
    expect(arrowsUp(ROOMS)).toEqual([]);
  });

  it('tells an arrow that runs up, sideways into itself, or to a room that is not there', () => {
    expect(arrowsUp({ low: ['high'], high: ['low', 'gone'] })).toEqual([
      'arrow-up: low → high in tools/rooms.data.ts',
      'arrow-up: high → gone in tools/rooms.data.ts',
    ]);
  });
});

describe('tooLarge()', () => {
  it('tells a room with more than a quarter of the lines; tests and data do not count', () => {
    const even = ['a', 'b', 'c', 'd'].map((room): [string, number] => [`src/${room}/x.ts`, 100]);
    expect(tooLarge(new Map([...even, ['src/a/x.test.ts', 900], ['src/a/y.data.ts', 900]]))).toEqual([]);
    expect(tooLarge(new Map([...even, ['src/a/y.ts', 1]]))).toEqual([
      'room-too-large: a has 101 of 401 lines, a quarter at most',
    ]);
  });
});
