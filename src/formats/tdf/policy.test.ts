import { describe, expect, test } from 'vitest';
import { toBase64, utf8Bytes } from '../../base/index.ts';
import { encodePolicy, parsePolicy, type TdfPolicy } from './index.ts';

describe('parsePolicy()', () => {
  const encode = (value: unknown) => toBase64(utf8Bytes(JSON.stringify(value)));
  const body = { dataAttributes: null, dissem: null };

  test('reads what other writers leave out, and lower-cases what is compared', () => {
    const read = parsePolicy(
      encode({
        uuid: 'ABC',
        body: { dataAttributes: [{ attribute: 'https://Example.org/attr/A/value/B' }], dissem: ['A@Example.org'] },
        pavise: { v: 1, owner: 'O@Example.org' },
      }),
    );
    expect(read).toEqual({
      ...{ uuid: 'abc', attributes: ['https://example.org/attr/a/value/b'] },
      ...{ dissem: ['a@example.org'], owner: 'o@example.org' },
    });
    expect(parsePolicy(encode({ uuid: 'u', body, pavise: { v: 1, watermark: true } }))).toMatchObject({
      watermark: true,
    });
    expect(parsePolicy(encode({ uuid: 'u', body, pavise: { v: 1, watermark: 'yes' } }))).toMatchObject({
      watermark: true,
    });
    expect(parsePolicy(encode({ uuid: 'u', body, pavise: { v: 1, watermark: false } }))).toMatchObject({
      watermark: false,
    });
  });

  test.each<[string, object, object]>([
    ['no owner', { owner: '' }, {}],
    [
      'a beginning and an end',
      { notBefore: '2026-01-01T00:00:00Z', notAfter: '2026-01-02T00:00:00Z' },
      {
        notBeforeMs: Date.UTC(2026, 0, 1),
        notAfterMs: Date.UTC(2026, 0, 2),
      },
    ],
    ['a lease of days', { offline: { max: 'P2D' } }, { offlineMs: 172_800_000 }],
    ['a lease of hours, minutes and seconds', { offline: { max: 'PT1H2M3S' } }, { offlineMs: 3_723_000 }],
    ['a lease of a day and a minute', { offline: { max: 'P1DT1M' } }, { offlineMs: 86_460_000 }],
    ['what may be downloaded', { view: 'download' }, { view: 'download' }],
    ['what is shown in the page', { view: 'client' }, { view: 'client' }],
    ['what is shown as pictures', { view: 'pixels' }, { view: 'pixels' }],
  ])('reads %s', (_, pavise, expected) => {
    const read = parsePolicy(encode({ uuid: 'u', body, pavise: { v: 1, ...pavise } }));
    expect(read).toStrictEqual({ uuid: 'u', attributes: [], dissem: [], ...expected });
  });

  test.each<[string, unknown, string]>([
    ['no uuid', { body }, '"uuid" is not a text'],
    ['no body', { uuid: 'u' }, '"body" is not an object'],
    ['a recipient that is no text', { uuid: 'u', body: { ...body, dissem: [1] } }, 'a recipient is not a text'],
    [
      'an attribute that is no text',
      { uuid: 'u', body: { ...body, dataAttributes: [{ attribute: 1 }] } },
      '"attribute" is not a text',
    ],
    [
      'an attribute that is no object',
      { uuid: 'u', body: { ...body, dataAttributes: ['a'] } },
      '"dataAttributes" is not an object',
    ],
    ['recipients that are no list', { uuid: 'u', body: { ...body, dissem: 'a@b' } }, '"dissem" is not a list'],
    ['a restriction of another version', { uuid: 'u', body, pavise: { v: 2 } }, 'restriction not understood ("v")'],
    ['a restriction without a version', { uuid: 'u', body, pavise: {} }, 'restriction not understood ("v")'],
    [
      'a restriction that is not known',
      { uuid: 'u', body, pavise: { v: 1, max: 1 } },
      'restriction not understood ("max")',
    ],
    ['an owner that is no text', { uuid: 'u', body, pavise: { v: 1, owner: 1 } }, '"owner" is not a text'],
    ['an end that is no time', { uuid: 'u', body, pavise: { v: 1, notAfter: 'soon' } }, '"notAfter" is not a time'],
    ['an end that is a number', { uuid: 'u', body, pavise: { v: 1, notAfter: 1 } }, '"notAfter" is not a text'],
    ['an end that is null', { uuid: 'u', body, pavise: { v: 1, notAfter: null } }, '"notAfter" is not a text'],
    ['a beginning that is no time', { uuid: 'u', body, pavise: { v: 1, notBefore: 'x' } }, '"notBefore" is not a time'],
    ['a grade that is not known', { uuid: 'u', body, pavise: { v: 1, view: 'print' } }, '"view" is unknown'],
    ['a grade that is null', { uuid: 'u', body, pavise: { v: 1, view: null } }, '"view" is unknown'],
    [
      'a lease that is no duration',
      { uuid: 'u', body, pavise: { v: 1, offline: { max: '1 day' } } },
      '"offline" is not a duration',
    ],
    ['a lease that is a text', { uuid: 'u', body, pavise: { v: 1, offline: 'P1D' } }, '"offline" is not an object'],
    ['restrictions that are a list', { uuid: 'u', body, pavise: [] }, '"pavise" is not an object'],
    ['restrictions that are null', { uuid: 'u', body, pavise: null }, '"pavise" is not an object'],
    ['a list', [], '"policy" is not an object'],
    ['null', null, '"policy" is not an object'],
  ])('refuses %s', (_, value, why) => {
    expect(() => parsePolicy(encode(value))).toThrow(
      expect.objectContaining({ code: 'tdf-policy', message: `Cannot read TDF policy: ${why}` }),
    );
  });

  test('refuses what is no JSON, and more than 1 MiB', () => {
    for (const text of [toBase64(utf8Bytes('{')), '?'])
      expect(() => parsePolicy(text)).toThrow(expect.objectContaining({ code: 'tdf-policy' }));
    const padded = (bytes: number) => toBase64(utf8Bytes(JSON.stringify({ uuid: 'u', body }).padEnd(bytes)));
    expect(parsePolicy(padded(768 * 1024)).uuid).toBe('u');
    expect(() => parsePolicy(padded(768 * 1024 + 1))).toThrow(
      expect.objectContaining({ message: 'Cannot read TDF policy: over 1 MiB' }),
    );
  });
});

test('encodePolicy() writes nothing beside the standard where nothing is restricted beyond it', () => {
  const json = (policy: Partial<TdfPolicy>) =>
    JSON.parse(
      Buffer.from(encodePolicy({ uuid: 'u', attributes: ['a'], dissem: ['d'], ...policy }), 'base64').toString(),
    );
  const plain = { uuid: 'u', body: { dataAttributes: [{ attribute: 'a' }], dissem: ['d'] } };
  expect(json({})).toStrictEqual(plain);
  expect(json({ offlineMs: 1999 })).toStrictEqual({ ...plain, pavise: { v: 1, offline: { max: 'PT1S' } } });
  expect(json({ watermark: false })).toStrictEqual({ ...plain, pavise: { v: 1, watermark: false } });
});
