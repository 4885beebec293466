import decodeQR from 'qr/decode.js';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { QrCode } from './qr-code.tsx';

const SCALE = 4;

/** What a camera sees of the drawing: RGBA, each module four pixels wide. */
function pixelsOf(svg: string): { width: number; height: number; data: Uint8Array } {
  const size = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1]) * SCALE;
  const data = new Uint8Array(size * size * 4).fill(255);
  for (const [, x, y] of svg.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let row = Number(y) * SCALE; row < (Number(y) + 1) * SCALE; row++) {
      for (let column = Number(x) * SCALE; column < (Number(x) + 1) * SCALE; column++) {
        const at = (row * size + column) * 4;
        data.fill(0, at, at + 3);
      }
    }
  }
  return { width: size, height: size, data };
}

it.each([
  'https://pavise.example.org/workspace/#/enrol?token=Zm9v',
  `https://pavise.example.org/${'long/'.repeat(200)}`,
])('QrCode draws %s so that it is read again', (text) => {
  const svg = renderToStaticMarkup(createElement(QrCode, { text, label: 'link' }));
  expect(decodeQR(pixelsOf(svg))).toBe(text);
});
