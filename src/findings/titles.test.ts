import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ReportFinding } from '../detection/api.ts';
import { type FindingsBench, findingsBench, personOf, reportOf, TRACE } from './testing.ts';

let bench: FindingsBench;
beforeAll(async () => {
  bench = await findingsBench();
});
afterAll(() => bench.close());

it('findings are titled by what they are of, and without an indicator by the first sentence of their explanation', async () => {
  const ivo = personOf(await bench.person('ivo'), 'investigator');
  const phone = await bench.phone(await bench.person('mara'));
  const of = (type: string, i: number): ReportFinding => ({
    ...TRACE,
    id: `${i}`.repeat(32),
    value: type,
    indicator: { id: `indicator--${i}`, type, value: type, collection: 'Family', source: 'x' },
  });
  const old: ReportFinding = {
    ...TRACE,
    id: '9'.repeat(32),
    kind: 'heuristic',
    verdict: 'weakness',
    indicator: null,
    explanation: 'The phone runs iOS 16.3, with known security holes. Update it, after the evidence is secured.',
  };
  const types = ['app:id', 'app:cert', 'file:hash', 'android-property:name', 'configuration-profile:id', 'domain-name'];
  const report = reportOf(...types.map(of), old, { ...old, id: '8'.repeat(32), value: 'no word', explanation: '' });
  const { body } = await bench.call(ivo, 'POST', `devices/${phone}/checks`, report);
  const titles: string[] = [];
  for (const id of body.findingIds) titles.push((await bench.call(ivo, 'GET', `findings/${id}`)).body.title);
  expect(titles).toEqual([
    'Family: app ran',
    "Family: certificate of an app's maker ran",
    'Family: file ran',
    'Family: system setting ran',
    'Family: profile ran',
    'Family: address ran',
    'The phone runs iOS 16.3, with known security holes',
    'Unusual: Programs that used the network',
  ]);
});
