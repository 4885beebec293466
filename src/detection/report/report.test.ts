import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../base/testing.ts';
import type { CheckReport } from '../api.ts';
import { makeTimeline, reportHtml, timelineCsv, timelineHtml } from './index.ts';

const page = { madeAtMs: 0, indicatorCount: 3, indicatorSets: ['<b>'], toolVersion: '1' };

function reportOf(text: string): CheckReport {
  return {
    schema: 'pavise.check/1',
    sources: [{ kind: 'ios-backup', encrypted: false, device: { productType: text, osVersion: text } }],
    examined: [{ artefact: 'sms', path: text, status: 'unreadable', records: 0, why: text }],
    findings: [
      {
        id: '0'.repeat(32),
        level: 'high',
        verdict: 'unusual',
        kind: 'indicator',
        evidence: 'received',
        value: text,
        indicator: { id: 'i', type: 'domain-name', value: text, collection: text, source: text },
        artefact: 'sms',
        path: text,
        locator: text,
        at: null,
        explanation: text,
      },
    ],
    more: [
      {
        count: 1974,
        level: 'high',
        verdict: 'unusual',
        artefact: 'sms',
        value: text,
        indicator: { type: 'domain-name', value: text, collection: text },
        allowed: false,
      },
    ],
    unsupportedIndicators: [],
    verdict: 'unusual',
    stats: { cpuMs: 0, maxRssBytes: 0, bytesRead: 0, files: 0 },
  };
}

describe('reportHtml()', () => {
  it('makes only its own elements, whatever the evidence holds', () => {
    const plain = reportHtml(reportOf('x'), page).match(/<[a-z!/][^>]*>/gi)?.length;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom('<script>', '"><img src=x onerror=1>', "'&<!--", '</style>'),
        ),
        (text) => {
          expect(reportHtml(reportOf(text), page).match(/<[a-z!/][^>]*>/gi)?.length).toBe(plain);
        },
      ),
      { numRuns: runs(100) },
    );
    expect(reportHtml(reportOf('\u202eexe.gpj'), page)).not.toContain('\u202e');
  });
});

it('reportHtml() counts what it does not list', () => {
  expect(reportHtml(reportOf('x'), page)).toMatch(
    /What was found \(1,975\).*1,974 more in sms \(unusual, high, known from x\) like “x”/s,
  );
});

describe('timeline', () => {
  const event = (atMs: number, detail: string) => ({
    atMs,
    artefact: 'sms',
    path: 'p',
    what: 'message received',
    detail,
  });

  it('gives moments oldest first, with cells that no spreadsheet runs', () => {
    const timeline = makeTimeline(3);
    for (const [at, text] of [
      [2e12, '=1+1;=2+2;a'],
      [1e12, 'a,"b"\r\nc'],
      [1.5e12, 'x'],
      [1.6e12, 'beyond the limit'],
      [Number.NaN, 'no time'],
    ] as const)
      timeline.add(event(at, text));
    expect([timeline.count, timeline.dropped]).toEqual([3, 1]);
    expect([...timelineCsv(timeline)].join('').split('\r\n')).toEqual([
      'time,zone,artefact,what,detail,file',
      '2001-09-09T01:46:40.000Z,UTC,sms,message received,"a,""b"" c",p',
      '2017-07-14T02:40:00.000Z,UTC,sms,message received,x,p',
      "2033-05-18T03:33:20.000Z,UTC,sms,message received,'=1+1;'=2+2;a,p",
      '',
    ]);
  });

  it('gives every moment its own file and label, also where each has others', () => {
    const timeline = makeTimeline();
    const moments = Array.from({ length: 20_500 }, (_, i) => ({
      ...event(1e12 + i, `d${i}`),
      path: `p${i}`,
      what: `w${i}`,
    }));
    for (const moment of moments) timeline.add(moment);
    expect([...timeline.lines()]).toEqual(
      moments.map(({ atMs, what, detail, path }) =>
        [new Date(atMs).toISOString(), 'UTC', 'sms', what, detail, path].join(),
      ),
    );
  });

  it('shows control and direction characters as marks, and says how many moments are left out', () => {
    const timeline = makeTimeline(1);
    timeline.add(event(1e12, '\u001b[2J\u009b8m\u202eexe.gpj'));
    timeline.add(event(1e12, 'one too many'));
    const [csv, page] = [[...timelineCsv(timeline)].join(''), [...timelineHtml(timeline)].join('')];
    expect(csv).toContain(',\ufffd[2J\ufffd8m\ufffdexe.gpj,p');
    expect(page).toContain('1 more moments are left out');
  });

  it('keeps evidence from ending the script that holds it', () => {
    const timeline = makeTimeline();
    timeline.add(event(1e12, '</script><script>alert(1)</script><!--'));
    expect([...timelineHtml(timeline)].join('').match(/<script/g)).toHaveLength(2);
  });
});
