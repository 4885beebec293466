import { describe, expect, it } from 'vitest';
import { fromHex, utf8Bytes } from '../../base/index.ts';
import { attributedBody, attributedBodyText, parseTypedStream } from './index.ts';
import { makeAttributedBody } from './testing.ts';

describe('typedstream', () => {
  it.each(['Hello', '', 'grüße 🛡', 'x'.repeat(127), 'y'.repeat(128), 'z'.repeat(40_000)])(
    'reads the text of an attributedBody',
    (text) => {
      const bytes = makeAttributedBody(text);
      expect(attributedBodyText(bytes)).toBe(text);
      expect(attributedBody(bytes)).toEqual({ text, links: [] });
    },
  );

  it('gives link targets that the text does not show', () => {
    const bytes = makeAttributedBody('tap here', 'https://evil.example.org/x');
    expect(attributedBody(bytes)).toEqual({ text: 'tap here', links: ['https://evil.example.org/x'] });
  });

  it('decodes classes, numbers and references', () => {
    const [root] = parseTypedStream(makeAttributedBody('Hello'));
    expect(root).toEqual({
      classes: ['NSAttributedString', 'NSObject'],
      values: [
        { classes: ['NSString', 'NSObject'], values: [utf8Bytes('Hello')] },
        1,
        5,
        {
          classes: ['NSDictionary', 'NSObject'],
          values: [
            1,
            { classes: ['NSString', 'NSObject'], values: [utf8Bytes('__kIMMessagePartAttributeName')] },
            { classes: ['NSNumber', 'NSValue', 'NSObject'], values: ['i', 0] },
          ],
        },
      ],
    });
  });

  it('gives the text of a cut archive, and nothing of what is none', () => {
    const bytes = makeAttributedBody('still here');
    expect(attributedBody(bytes.subarray(0, bytes.length - 30))).toEqual({ text: 'still here', links: [] });
    expect(attributedBody(utf8Bytes('no archive'))).toBeUndefined();
    expect(() => parseTypedStream(utf8Bytes('no archive'))).toThrow(
      expect.objectContaining({ code: 'typedstream-magic' }),
    );
  });

  it('ends objects that hold themselves, nesting and long arrays', () => {
    const head = `040b${'73747265616d7479706564'}81e803`;
    // Group "@": an object without class, whose content is a reference to itself.
    const self = parseTypedStream(fromHex(`${head}840140${'8485'}9292${'86'}`));
    expect(self).toHaveLength(1);
    expect(() => parseTypedStream(fromHex(`${head}840140${'848592'.repeat(200)}`))).toThrow(
      expect.objectContaining({ code: 'typedstream-limit' }),
    );
    expect(() => parseTypedStream(fromHex(`${head}8409${'5b3939393939395d5d'}`))).toThrow(expect.objectContaining({ code: expect.stringMatching(/^typedstream-/) })); // biome-ignore format: one line reads better
  });
});
