/**
 * A case in the browser: indicators are added and looked up, a check opens a case, an owner writes it up and proposes to close it, an
 * investigator signs it off. At desk and at phone size, in the light and in the dark.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import type { CheckReport, ReportFinding } from '../../src/detection/api.ts';
import {
  heading,
  rail,
  type ServerProcess,
  shows,
  startBrowser,
  startProcess,
  type Visitor,
  visit,
} from './harness.ts';
import { DESK, join, keepAll } from './people.ts';

const DEVICE = 'Amara’s iPhone';

let server: ServerProcess;
let browser: Browser;
let owner: Visitor;
let second: Visitor;
let report: CheckReport;
let device: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([startProcess({ args: ['--demo'] }), startBrowser()]);
  owner = await visit(browser, DESK);
  second = await visit(browser, DESK);
  for (const { page } of [owner, second]) page.setDefaultTimeout(15_000);
});
beforeEach(() => {
  onTestFailed(async () => {
    await owner.shoot('failed-cases-owner');
    await second.shoot('failed-cases-second');
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Calls the API as the person who is signed in on the page. */
async function call(visitor: Visitor, path: string, body?: object): Promise<unknown> {
  return await visitor.page.evaluate(
    async ([url, json]) => {
      const init =
        json === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: json };
      const reply = await fetch(`/api/v1/${url}`, init);
      if (!reply.ok) throw new Error(`${url}: ${reply.status} ${await reply.text()}`);
      return await reply.json();
    },
    [path, body === undefined ? undefined : JSON.stringify(body)] as const,
  );
}

const section = (visitor: Visitor, name: string) =>
  visitor.page
    .getByRole('navigation', { name: 'Findings, cases and indicators' })
    .getByRole('link', { name, exact: true });

function finding(id: string, more: Partial<ReportFinding>): ReportFinding {
  return {
    id: id.repeat(16),
    level: 'critical',
    verdict: 'trace',
    kind: 'indicator',
    evidence: 'executed',
    value: 'bh',
    indicator: { id: 'i', type: 'process:name', value: 'bh', collection: 'Pegasus', source: 'list' },
    artefact: 'data-usage',
    path: 'DataUsage.sqlite',
    locator: 'row 1',
    at: '2026-01-01T00:00:00.000Z',
    explanation: 'A program known from Pegasus ran on this phone.',
    ...more,
  };
}

describe('a case', () => {
  it('begins with nothing, and says what to do', async () => {
    const link = (await server.line(/setup link, for one use: (\S+)/))[1] ?? '';
    await owner.page.goto(link);
    await owner.page.getByLabel('Your name').fill('Ada Owner');
    await owner.page.getByLabel('Your e-mail address').fill('ada.owner@meridian.example');
    await owner.page.getByRole('button', { name: 'Create a passkey and begin' }).click();
    await heading(owner.page, 'Overview');
    await rail(owner.page, 'Findings').click();
    await section(owner, 'Cases').click();
    await heading(owner.page, 'Cases');
    await shows(owner.page.getByText('No cases'));
    await keepAll(owner, 'console-cases-empty');
    await section(owner, 'Indicators').click();
    await shows(owner.page.getByText('No indicators on this server'));
    await keepAll(owner, 'console-indicators-empty');
  });

  it('takes indicators from a file, looks them up, and shows what a version changed', async () => {
    const { page } = owner;
    const send = async (lines: string): Promise<void> => {
      const buffer = Buffer.from(lines);
      await page
        .getByLabel('File', { exact: false })
        .first()
        .setInputFiles({ name: 'own.txt', mimeType: 'text/plain', buffer });
      await page.getByLabel('Name of the set').fill('own');
      await page.getByRole('button', { name: 'Add and look up' }).click();
    };
    await send('evil.example.org\nprocess:name bh\nthis is none\n');
    await shows(page.getByText('own has version 1.', { exact: false }));
    await shows(page.getByText('nothing found; this does not prove that the phones are clean'));
    await send('process:name bh\nother.example.org\n');
    await shows(page.getByText('own has version 2.', { exact: false }));
    await page.getByRole('row').filter({ hasText: '1 new, 1 gone' }).getByRole('button').click();
    await shows(page.getByRole('dialog').getByText('evil.example.org'));
    await keepAll(owner, 'console-indicators-diff');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await keepAll(owner, 'console-indicators');
  });

  it('opens by a check while the list is on the screen, and tells ran, opened and received apart', async () => {
    const { page } = owner;
    await section(owner, 'Cases').click();
    await heading(page, 'Cases');
    const { items } = (await call(owner, 'devices?limit=200')) as { items: { id: string; name: string }[] };
    device = items.find(({ name }) => name === DEVICE)?.id ?? '';
    report = {
      schema: 'pavise.check/1',
      tool: { name: 'pavise', version: '0.1.0' },
      sources: [{ kind: 'ios-backup', encrypted: false, device: { productType: '', osVersion: '14.1' } }],
      examined: ['sms', 'data-usage'].map((artefact) => ({
        artefact,
        path: 'x',
        status: 'examined',
        records: 1,
        why: null,
      })),
      baseline: ['apsd', 'trustd', 'newd'].map((value) => ({ kind: 'network-program', value })),
      findings: [
        finding('ab', {}),
        finding('cd', { verdict: 'unusual', level: 'high', evidence: 'visited', value: 'evil.example.org' }),
        finding('ef', { verdict: 'unusual', level: 'high', evidence: 'received', value: 'evil.example.org' }),
      ],
      unsupportedIndicators: [],
      verdict: 'trace-found',
      stats: { cpuMs: 1, maxRssBytes: 1, bytesRead: 1, files: 1 },
    };
    const before = ['apsd', 'trustd', 'goned'].map((value) => ({ kind: 'network-program', value }) as const);
    await call(owner, `devices/${device}/checks`, { ...report, findings: [], baseline: before });
    await call(owner, `devices/${device}/checks`, report);
    const row = page.getByRole('row').filter({ hasText: 'Pegasus' }).filter({ hasText: DEVICE });
    await shows(row);
    await keepAll(owner, 'console-cases');
    await row.getByRole('link').click();
    await heading(page, `Case 1: ${DEVICE}`);
    for (const name of ['Ran or is installed', 'Was opened or reached', 'Was received']) await heading(page, name);
    await heading(page, 'Changed since an earlier check, or on this phone alone');
    await shows(page.getByText('Too few phones to compare: no other phone here with system 14.1', { exact: false }));
    await heading(page, 'What else changed between checks');
    await shows(page.getByRole('listitem').filter({ hasText: 'newd' }));
    await shows(page.getByRole('listitem').filter({ hasText: 'goned' }));
    await keepAll(owner, 'console-case-new');
    const caseUrl = page.url();
    await page.getByRole('main').getByRole('listitem').getByRole('link').first().click();
    await shows(page.getByText(/^Ada Owner, Owner$/));
    await shows(page.getByText('pavise 0.1.0, as the report says'));
    await keepAll(owner, 'console-finding-reported');
    await page.goto(caseUrl);
    await heading(page, /^Case/);
  });

  it('is written up, proposed for closing, and signed off by a second person', async () => {
    const { page } = owner;
    await page.getByLabel('A note').fill('The phone was examined; the backup is practice data.');
    await page.getByRole('button', { name: 'Add note' }).click();
    await shows(page.locator('li').filter({ hasText: 'Ada Owner' }).filter({ hasText: 'practice data' }));
    await page.getByLabel('What you conclude').fill('A planted trace in practice data, nothing else.');
    await page.getByRole('button', { name: 'Propose to close' }).click();
    await shows(page.getByText('Another person has to sign this off.', { exact: false }));
    expect(await page.getByRole('button', { name: 'Sign off and close' }).count()).toBe(0);
    await keepAll(owner, 'console-case-proposed');

    const invited = (await call(owner, 'people/invitations', {
      email: 'ivo@meridian.example',
      displayName: 'Ivo Investigator',
      role: 'investigator',
    })) as { link: string };
    await second.page.goto(invited.link);
    await second.page.getByRole('button', { name: 'Create a passkey' }).click();
    await heading(second.page, 'This browser is not connected to a device yet');
    await second.page.goto(page.url());
    await heading(second.page, `Case 1: ${DEVICE}`);
    await shows(second.page.getByText('A planted trace in practice data, nothing else.'));
    await shows(second.page.getByText('This trace is cleared by closing the case:'));
    await shows(second.page.getByText(/^With it, \d+ findings that are no trace are cleared\.$/));
    await shows(second.page.getByRole('button', { name: 'Do not sign: take it up again' }));
    await keepAll(second, 'console-case-to-sign');
    const sign = second.page.getByRole('button', { name: 'Sign off and close' });
    await sign.focus();
    await second.page.keyboard.press('Enter');
    await shows(second.page.getByText('Closed by Ada Owner and Ivo Investigator.'));
    await keepAll(second, 'console-case-closed');
    await shows(page.getByText('Closed by Ada Owner and Ivo Investigator.'));
    await rail(second.page, 'Findings').click();
    const rows = second.page.getByRole('row').filter({ hasText: DEVICE });
    await second.page.getByLabel('State').selectOption({ label: 'Cleared' });
    await shows(rows.filter({ hasText: 'trace of spyware' }));
    // What is no more than a weakness has no case, and stays open.
    await second.page.getByLabel('State').selectOption({ label: 'Open' });
    await rows.filter({ hasText: 'trace of spyware' }).first().waitFor({ state: 'detached' });
    expect(await rows.filter({ hasText: 'unusual' }).count()).toBe(0);
  });

  it('is told to who cleared its trace when that is reported again, who opens it again with a reason', async () => {
    const { page } = second;
    await rail(page, 'Findings').click();
    await page.getByLabel('State').selectOption({ label: 'Cleared' });
    const row = page.getByRole('row').filter({ hasText: 'trace of spyware' });
    await row.getByRole('link').first().click();
    await shows(page.getByText('Cleared by Ivo Investigator'));
    await page.goBack();
    await shows(row);
    expect(await page.getByLabel('State').inputValue(), 'the way back keeps the filter').toBe('cleared');
    await keepAll(second, 'console-findings-cleared');

    await call(owner, `devices/${device}/checks`, report);
    const told = page.getByRole('region', { name: 'For your attention' });
    await shows(told.getByText(`The trace that you cleared on “${DEVICE}” was reported again`));
    await told.getByRole('link', { name: 'Open the finding' }).first().press('Enter');
    await heading(page, 'Pegasus: process ran');
    await shows(page.getByText('reported again since it was cleared'));
    await keepAll(second, 'console-finding-again');
    await page.getByLabel('Why it is opened again').fill('The phone was no practice phone after all');
    await page.getByRole('button', { name: 'Open it again' }).press('Enter');
    await heading(page, 'Clear this finding');
    await page.getByRole('link', { name: 'Its case' }).click();
    await heading(page, `Case 2: ${DEVICE}`);
  });

  it('shows who may only read what others decide', async () => {
    const auditor = await join(browser, owner.page, 'Uma Auditor', 'auditor');
    const { items } = (await call(owner, 'findings?verdict=trace')) as { items: { id: string }[] };
    await auditor.page.goto(`${server.url}/console/#/findings/${items[0]?.id}`);
    await shows(auditor.page.getByText('Owners and investigators clear findings; you can read this one.'));
    expect(await auditor.page.getByRole('button', { name: 'Clear this finding' }).count()).toBe(0);
    await keepAll(auditor, 'console-finding-auditor');
  });
});
