import { describe, expect, test } from 'vitest';
import { FormatError, toBase64, utf8Bytes } from '../../base/index.ts';
import { parsePolicy } from './index.ts';

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'ok';
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return error.code;
  }
}

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

  test.each<[string, unknown]>([
    ['no uuid', { body }],
    ['no body', { uuid: 'u' }],
    ['a recipient that is no text', { uuid: 'u', body: { ...body, dissem: [1] } }],
    ['an attribute that is no text', { uuid: 'u', body: { ...body, dataAttributes: [{ attribute: 1 }] } }],
    ['recipients that are no list', { uuid: 'u', body: { ...body, dissem: 'a@example.org' } }],
    ['a restriction of another version', { uuid: 'u', body, pavise: { v: 2 } }],
    ['a restriction without a version', { uuid: 'u', body, pavise: {} }],
    ['a restriction that is not known', { uuid: 'u', body, pavise: { v: 1, maxOpens: 1 } }],
    ['an end that is no time', { uuid: 'u', body, pavise: { v: 1, notAfter: 'soon' } }],
    ['an end that is a number', { uuid: 'u', body, pavise: { v: 1, notAfter: 1 } }],
    ['a beginning that is no time', { uuid: 'u', body, pavise: { v: 1, notBefore: 'now' } }],
    ['a grade that is not known', { uuid: 'u', body, pavise: { v: 1, view: 'print' } }],
    ['a lease that is no duration', { uuid: 'u', body, pavise: { v: 1, offline: { max: '1 day' } } }],
    ['restrictions that are a list', { uuid: 'u', body, pavise: [] }],
    ['a list', []],
  ])('refuses %s', (_, value) => {
    expect(codeOf(() => parsePolicy(encode(value)))).toBe('tdf-policy');
  });

  test('refuses what is no JSON, and more than 1 MiB', () => {
    expect(codeOf(() => parsePolicy(toBase64(utf8Bytes('{'))))).toBe('tdf-policy');
    const long = encode({ uuid: 'u', body, x: 'x'.repeat(800_000) });
    expect(codeOf(() => parsePolicy(long))).toBe('tdf-policy');
  });
});
