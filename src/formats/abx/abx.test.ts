import { describe, expect, it } from 'vitest';
import { fromHex, utf8Bytes } from '../../base/index.ts';
import { isAbx, parseAbx } from './index.ts';
import { makeAbx } from './testing.ts';

const coded = (code: string) => expect.objectContaining({ code });

describe('parseAbx()', () => {
  const bytes = makeAbx({
    name: 'keyStore',
    attributes: { version: 1, on: true, off: false, raw: Uint8Array.of(0xab, 0xcd) },
    children: [
      { name: 'adbKey', attributes: { key: 'QAAAA== user@linux', lastConnection: 1628501829898n } },
      { name: 'adbKey', text: 'größe' },
    ],
  });

  it('gives elements, attributes and text', () => {
    expect(isAbx(bytes)).toBe(true);
    expect(parseAbx(bytes)).toEqual({
      name: 'keyStore',
      attributes: new Map([['version', '1'], ['on', 'true'], ['off', 'false'], ['raw', 'abcd']]), // biome-ignore format: one line reads better
      text: '',
      children: [
        { name: 'adbKey', attributes: new Map([['key', 'QAAAA== user@linux'], ['lastConnection', '1628501829898']]), text: '', children: [] }, // biome-ignore format: one line reads better
        { name: 'adbKey', attributes: new Map(), text: 'größe', children: [] },
      ],
    });
  });

  it('refuses what is cut, nested too deep or refers to nothing', () => {
    expect(() => parseAbx(utf8Bytes('<xml/>'))).toThrow(coded('abx-magic'));
    for (let length = 4; length < bytes.length - 1; length++) {
      expect(() => parseAbx(bytes.subarray(0, length))).toThrow(expect.objectContaining({ name: 'FormatError' }));
    }
    expect(() => parseAbx(fromHex(`41425800${'320007'}`))).toThrow(coded('abx-token'));
    expect(() => parseAbx(fromHex(`41425800${'32ffff000161'}${'320000'.repeat(300)}`))).toThrow(coded('abx-depth'));
  });
});
