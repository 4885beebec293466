import { expect, it } from 'vitest';
import { applyAllowList } from './index.ts';

const entry = (value: string, untilMs = 2000) => ({ value, reason: 'own test', author: 'a', createdAtMs: 0, untilMs });
const finding = (value: string, indicator: { id: string; value: string } | null) => ({ value, indicator });

it('applyAllowList() sets allowed findings aside until the entry ends, and drops none', () => {
  const byId = finding('https://x.bad.example/', { id: 'indicator--1', value: 'bad.example' });
  const byValue = finding('https://y.shop.example/', { id: 'indicator--2', value: 'shop.example' });
  const byFound = finding('Exact Text', null);
  const others = [finding('exact text', null), finding('other', { id: 'indicator--3', value: 'late.example' })];
  const list = [entry('INDICATOR--1'), entry('Shop.example'), entry('Exact Text'), entry('late.example', 1000)];
  expect(applyAllowList([byId, byValue, byFound, ...others], list, 1000)).toEqual({
    findings: others,
    allowed: [
      { finding: byId, entry: list[0] },
      { finding: byValue, entry: list[1] },
      { finding: byFound, entry: list[2] },
    ],
  });
});
