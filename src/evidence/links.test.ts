import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { processorMs, runs } from '../base/testing.ts';
import { linksInMessage } from './links.ts';

describe('linksInMessage()', () => {
  it.each<[string, string[]]>([
    ['see https://a.example/p and HTTP://B.EXAMPLE', ['https://a.example/p', 'HTTP://B.EXAMPLE']],
    ['Your parcel: parcel.example/p/1', ['http://parcel.example/p/1']],
    ['(www.parcel.example)', ['http://www.parcel.example']],
    ['WWW.Parcel.Example', ['http://WWW.Parcel.Example']],
    ['paket.example:8443/x?y=1', ['http://paket.example:8443/x?y=1']],
    ['пакет.пример/а', ['http://пакет.пример/а']],
    ['parcel.example./p', ['http://parcel.example./p']],
  ])('%s', (text, links) => {
    expect(linksInMessage(text)).toEqual(links);
  });

  it.each([
    'parcel.example is a server of spyware',
    'write to me@parcel.example/work',
    'parcel[.]example/p',
    'and/or, 3.5/4, 10/12/2025',
    'src/evidence/links',
    'see https://lookup.example/domain/parcel.example/p',
    '',
  ])('takes no host out of "%s"', (text) => {
    expect(linksInMessage(text).filter((link) => link.includes('parcel.') && !link.includes('lookup'))).toEqual([]);
  });

  it('ends soon on any text', () => {
    for (const piece of ['a', 'a.', 'a-', 'www.', 'a/', 'a.a/', '/', '.', 'é.', '@a.']) {
      const began = processorMs();
      linksInMessage(piece.repeat(20_000));
      expect(processorMs() - began).toBeLessThan(1500);
    }
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '.', '/', 'www.', ' ', ':', '8', '@', 'é') }), (text) => {
        for (const link of linksInMessage(text)) expect(link).toMatch(/^http/i);
      }),
      { numRuns: runs(200) },
    );
  });
});
