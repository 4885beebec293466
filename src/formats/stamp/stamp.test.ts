import { describe, expect, it } from 'vitest';
import { parseStamp } from './index.ts';

describe('parseStamp()', () => {
  it.each([
    ['2023-04-12 12:32:40.518290770+0200', '2023-04-12T10:32:40.518Z', true],
    ['2021-09-29 17:43:49-0400', '2021-09-29T21:43:49.000Z', true],
    ['2024-02-29 23:59:59.99 +0530', '2024-02-29T18:29:59.990Z', true],
    ['2024-05-01T10:00:00Z', '2024-05-01T10:00:00.000Z', true],
    ['2024-05-01 10:00:00', '2024-05-01T10:00:00.000Z', false],
  ])('reads %s', (text, iso, zoneKnown) => {
    expect(parseStamp(text)).toEqual({ original: text, atMs: Date.parse(iso), zoneKnown });
  });

  it.each([
    '',
    'yesterday',
    '2023-02-29 10:00:00',
    '2023-13-01 10:00:00',
    '2023-01-01 25:00:00',
    '2023-01-01',
    '2023-01-01 10:00:00 later',
  ])('refuses %j', (text) => {
    expect(parseStamp(text)).toBeUndefined();
  });
});
