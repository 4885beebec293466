import { expect, it } from 'vitest';
import { reportOf, TRACE } from '../findings/testing.ts';
import { reportText } from './check-report.ts';

it('reportText() lets no name of a program in an explanation steer the terminal', () => {
  const explanation = 'The program "\u001b[2J\n\nAll is well" had run';
  const text = reportText(reportOf({ ...TRACE, explanation }), 1);
  expect(text).not.toMatch(/\u001b|^All is well/m);
  expect(text).toContain('All is well" had run');
});

it('reportText() tells how many more there are of what it does not list', () => {
  const value = 'bh\u001b[2J';
  const { level, verdict, artefact } = TRACE;
  const row = { count: 1974, level, verdict, artefact, value, indicator: null, allowed: false };
  const text = reportText({ ...reportOf(TRACE), more: [row] }, 1);
  expect(text).toContain('  and 1,974 more in data-usage (trace, critical) like “bh\ufffd[2J”\n');
});

it('reportText() tells first what could not be read, and why', () => {
  const read = { artefact: 'sms', path: 'sms.db', status: 'examined', records: 1, why: null } as const;
  const locked = { artefact: 'manifest', path: 'Manifest.db', status: 'unreadable', records: 0 } as const;
  const examined = [read, { ...locked, why: 'Cannot open backup: the password is wrong' }];
  const text = reportText({ ...reportOf(TRACE), verdict: 'incomplete', examined }, 1);
  expect(text).toMatch(
    /Could not be read\n {2}\S+ +Cannot open backup: the password is wrong {2}\(Manifest\.db\)\n\nExamined\n {2}\S+ +1 record {2}\(sms\.db\)\n/,
  );
});
