/**
 * The whole story in a real browser: an owner at a desk, a member at her phone's browser, a check that finds a trace, the decision that
 * follows, and the way back. The steps build on each other; each leaves a screenshot.
 */
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { LESSONS } from '../../src/training/lessons.data.ts';
import {
  fits,
  heading,
  keep,
  openMenu,
  rail,
  runCommand,
  type ServerProcess,
  shows,
  startBrowser,
  startProcess,
  tab,
  type Visitor,
  visit,
} from './harness.ts';
import { keepAll } from './people.ts';

const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const FILE = 'Welcome to Meridian';
const DEVICE = 'Amara’s iPhone';
/** What the audit log holds of the story up to the refusal. */
const STORY = [
  'training.lesson.passed',
  'training.agreement.signed',
  'file.key.released',
  'check.reported',
  'finding.trace',
  'access.state.changed',
  'file.key.refused',
];

let server: ServerProcess;
let browser: Browser;
let owner: Visitor;
let member: Visitor;

beforeAll(async () => {
  [server, browser] = await Promise.all([startProcess({ args: ['--demo'] }), startBrowser()]);
  await server.line(/setup link, for one use/);
  owner = await visit(browser, DESK);
  member = await visit(browser, PHONE);
  for (const { page } of [owner, member]) page.setDefaultTimeout(15_000);
});

beforeEach(() => {
  onTestFailed(async () => {
    await owner.shoot('failed-console');
    await member.shoot('failed-workspace');
  });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** What the server printed at its start, by the words before it. */
async function printed(label: string): Promise<string> {
  const [, value = ''] = await server.line(new RegExp(`${label}: (\\S+)`));
  return value;
}

const viewer = (page: Page): FrameLocator => page.frameLocator('iframe[title="Protected content"]');

/** The reason, its repair, and each step of it. */
async function tellsOfTheTrace(page: Page): Promise<void> {
  await heading(page, /^What to do/);
  await shows(page.getByText('A trace of spyware was found on this phone'));
  const remedy = page.getByRole('listitem').filter({
    has: page.getByRole('heading', { name: 'Keep the phone as it is and tell the person responsible for security' }),
  });
  await shows(
    remedy.getByRole('listitem').filter({ hasText: 'Do not reset, update, restart or switch off the phone' }),
  );
}

async function openDevice(page: Page): Promise<void> {
  await rail(page, 'Devices').click();
  await page.getByRole('searchbox').fill(DEVICE);
  await page.getByRole('link', { name: DEVICE }).click();
  await heading(page, DEVICE);
}

describe('the story of one phone, one person and one file', () => {
  it('makes the first owner by the setup link and a passkey, and shows the fleet', async () => {
    const { page } = owner;
    await page.goto(await printed('setup link, for one use'));
    await heading(page, 'Set up Pavise');
    await keep(owner, 'console-setup');
    await page.getByLabel('Your name').fill('Ada Owner');
    await page.getByLabel('Your e-mail address').fill('ada.owner@meridian.example');
    await page.getByRole('button', { name: 'Create a passkey and begin' }).click();
    await heading(page, 'Overview');
    await heading(page, 'Fleet');

    await rail(page, 'Devices').click();
    await shows(page.getByRole('link', { name: DEVICE }));
    await expect
      .poll(async () => await page.getByRole('status').first().textContent(), { timeout: 30_000 })
      .toMatch(/^(19|20)$/);
    // The practice phones enrol one after the other; those that have not yet are called so.
    await page.getByRole('searchbox').fill('New iPhone');
    await page.getByText('No device matches').waitFor({ timeout: 90_000 });
    await page.getByRole('searchbox').fill('');
    await shows(page.getByRole('link', { name: DEVICE }));
    await keep(owner, 'console-devices');
    await rail(page, 'Overview').click();
    await shows(page.getByRole('link', { name: /Leila’s iPhone/ }));
    await keep(owner, 'console-overview');
  });

  it('shows the facts of an iPhone with their age, its policy with coverage, and why it may or may not open files', async () => {
    const { page } = owner;
    await openDevice(page);
    const facts = page.locator('section', { has: page.getByRole('heading', { name: 'Facts' }) });
    await shows(facts.getByText(/(just now|second|minute)/));
    const why = page.locator('section', { has: page.getByRole('heading', { name: 'Why' }) });
    await shows(why.locator('p, strong'));
    await shows(page.getByRole('tab', { name: 'Policy', selected: true }));
    const policy = page.getByRole('table', { name: 'Policy' });
    await shows(policy.getByText('enforced'));
    await shows(policy.getByText('checked'));
    await keep(owner, 'console-device');
  });

  it('lets the member join with a passkey and connect her browser to her phone', async () => {
    const { page } = member;
    await page.goto(await printed('invitation of Amara Okafor'));
    await heading(page, 'Welcome, Amara Okafor');
    await keep(member, 'workspace-join');
    await page.getByRole('button', { name: 'Create a passkey' }).click();
    await heading(page, 'This browser is not connected to a device yet');
    await keep(member, 'workspace-today-unbound');

    await page.goto(await printed(`link that makes a browser part of ${DEVICE}`));
    await heading(page, 'Connect this device');
    await shows(page.getByText('The profile is installed'));
    await page.getByRole('button', { name: 'Connect this browser' }).click();
    await shows(page.getByText('This browser is connected', { exact: true }));
    await keep(member, 'workspace-enrol');
    await page.getByRole('link', { name: 'Go to your workspace' }).click();
    await shows(page.getByText('Hello, Amara Okafor'));
    // The first thing that it says, not what it knew before.
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toMatch(
      /to fix before you can open work files$/,
    );
    await keep(member, 'workspace-today');
  });

  it('tells the member what the organisation holds on her and what it cannot see', async () => {
    const { page } = member;
    await tab(page, 'Privacy').click();
    await heading(page, 'Your organisation can see');
    await heading(page, 'Your organisation cannot see');
    await page.getByRole('heading', { name: DEVICE }).click();
    await shows(page.locator('dl dd').filter({ visible: true }));
    await keep(member, 'workspace-privacy');
  });

  it('lets her phone say whether she asked for a link to her account, with nobody signed in', async () => {
    const { page } = member;
    await tab(page, 'Me').click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await shows(page.getByRole('button', { name: 'Sign in with a passkey' }));
    await rail(owner.page, 'People').click();
    await owner.page.getByRole('searchbox').fill('Amara');
    await owner.page.getByRole('link', { name: 'Amara Okafor' }).click();
    await owner.page.getByRole('button', { name: 'New passkey link' }).press('Enter');
    await owner.page.getByLabel('Why it is needed').fill('She rang me: her passkey is gone');
    await owner.page.getByRole('button', { name: 'Ask for it' }).press('Enter');
    await shows(owner.page.getByText('asks for a link by which', { exact: false }));

    await page.reload(); // else within twenty seconds
    await heading(page, 'This waits for your answer');
    await keepAll(member, 'workspace-phone-asks');
    await page.getByRole('button', { name: /^Yes, I asked for it/ }).click();
    await shows(page.getByText('The phone of Amara Okafor agreed', { exact: false }));
    await shows(owner.page.getByText('The phone of Amara Okafor agreed', { exact: false }));
    await keep(owner, 'console-phone-agreed');
    await page.getByRole('button', { name: /^No, stop it/ }).click();
    await page.getByText('This waits for your answer').waitFor({ state: 'detached' });
    await shows(owner.page.getByText('Stopped by the phone of Amara Okafor', { exact: false }));
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await heading(page, 'Amara Okafor');
    await openDevice(owner.page);
  });

  it('teaches a lesson and grades its quiz', async () => {
    const { page } = member;
    const [lesson] = LESSONS;
    if (lesson === undefined) throw new Error('no lesson');
    await tab(page, 'Learn').click();
    await page.getByRole('link', { name: lesson.title }).click();
    await heading(page, lesson.screens[0]?.title ?? '');
    await keep(member, 'workspace-lesson');
    for (const _ of lesson.screens.slice(1)) await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'To the questions' }).click();
    for (const question of lesson.questions) {
      const group = page.getByRole('group', { name: question.text });
      await group.getByRole('radio').nth(question.right).check();
    }
    await page.getByRole('button', { name: 'Check my answers' }).click();
    await heading(page, 'Done. Well understood.');
    await page.getByRole('heading', { name: 'Done. Well understood.' }).scrollIntoViewIfNeeded();
    await keep(member, 'workspace-quiz');
    await page.getByRole('button', { name: 'Back to lessons' }).click();
    await shows(page.getByText(/^finished /));
  });

  it('lets the member sign the acceptable-use text with her passkey', async () => {
    const { page } = member;
    await page.getByRole('link', { name: 'to sign' }).first().click();
    await shows(page.getByText('Fingerprint of this text (SHA-256)'));
    await page.getByRole('button', { name: 'Sign with my passkey' }).click();
    await shows(page.getByText(/^You signed this text on /));
    await page.getByText(/^You signed this text on /).scrollIntoViewIfNeeded();
    await keep(member, 'workspace-agreement');
    await tab(page, 'Today').click();
    await heading(page, 'You are set for work');
    await keep(member, 'workspace-today-fine');
  });

  it('opens a protected PDF for her in the browser', async () => {
    const { page } = member;
    await tab(page, 'Files').click();
    await shows(page.getByRole('link', { name: FILE }));
    await keep(member, 'workspace-files');
    await page.getByRole('link', { name: FILE }).click();
    await shows(viewer(page).locator('canvas'));
    await keep(member, 'workspace-viewer');
  });

  it('refuses the key, closes the view and says why, at once when her backup has a trace', async () => {
    const { page } = member;
    const backup = await printed('practice backup with a planted trace');
    const indicators = await printed('practice indicators');
    const deviceId = await printed('device of that backup');
    const made = await runCommand(['token', 'create', '--role', 'investigator', '--data', server.data]);
    expect(made, made.err).toMatchObject({ code: 0 });
    const token = made.out.trim();
    const upload = ['--server', server.url, '--token', token, '--device', deviceId];
    const check = await runCommand(['check', backup, '--indicators', indicators, ...upload]);
    expect(check, check.err).toMatchObject({ code: 1 });
    expect(check.out).toMatch(/trace/i);

    const endedAtMs = Date.now();
    await heading(page, 'The file was closed');
    // By the event, within a second on a machine that does nothing else; the view's own renewal would come ten seconds later.
    expect(Date.now() - endedAtMs, 'milliseconds from the report to the closed view').toBeLessThan(5000);
    expect(await page.locator('iframe').count(), 'the content is gone').toBe(0);
    await tellsOfTheTrace(page);
    await keep(member, 'workspace-viewer-closed');

    await page.getByRole('button', { name: 'Try again' }).click();
    await heading(page, 'This file cannot be opened now');
    await tellsOfTheTrace(page);
    await keep(member, 'workspace-viewer-refused');
    await tab(page, 'Today').click();
    await heading(page, /to fix before you can open work files/);
    await tellsOfTheTrace(page);
    await keep(member, 'workspace-today-blocked');
  });

  it('shows the case in the console, and an audit log that verifies', async () => {
    const { page } = owner;
    await heading(page, DEVICE);
    await shows(page.getByRole('heading', { name: DEVICE }).locator('..').getByText('blocked'));
    await keep(owner, 'console-device-blocked');
    await rail(page, 'Findings').click();
    await shows(page.getByRole('row').filter({ hasText: 'trace of spyware' }).filter({ hasText: DEVICE }));
    await keep(owner, 'console-findings');
    await rail(page, 'Audit').click();
    await shows(page.getByText(/^Chain verified · [0-9a-f]{12}$/));
    const rows = page.getByRole('table', { name: 'Audit' }).getByRole('row');
    await shows(rows.filter({ hasText: 'Amara Okafor' }).filter({ hasText: 'file.key.refused' }));
    await keep(owner, 'console-audit');
    for (const action of STORY) {
      await page.getByLabel('Action').selectOption(action);
      await shows(rows.filter({ has: page.getByText(action, { exact: true }) }));
    }
    await page.getByLabel('Action').selectOption({ label: 'A trace of spyware was found' });
    await rows.getByRole('button', { name: 'A trace of spyware was found' }).first().click();
    const entry = page.getByRole('dialog', { name: 'A trace of spyware was found' });
    await shows(entry.getByRole('definition').filter({ hasText: DEVICE }));
    expect(await entry.getByText(/"action": "finding.trace"/).isVisible()).toBe(false);
    await keep(owner, 'console-audit-entry');
    await entry.getByText('Show as recorded').click();
    await shows(entry.getByText(/"action": "finding.trace"/));
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByLabel('Action').selectOption('access.allowed');
    await rows.filter({ hasText: 'access.allowed' }).getByRole('button').first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Decide again' }).click();
    await shows(page.getByText('Same answer: allowed'));
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  });

  it('gives access back once the case is cleared with a reason', async () => {
    const { page } = owner;
    await rail(page, 'Findings').click();
    const trace = page.getByRole('row').filter({ hasText: 'trace of spyware' });
    await trace.getByRole('link').click();
    await heading(page, 'Clear this finding');
    await keep(owner, 'console-case');
    await page.getByLabel('Why it is cleared').fill('A planted trace in a practice backup, seen and understood.');
    await page.getByRole('button', { name: 'Clear this finding' }).click();
    await shows(page.getByText('A planted trace in a practice backup, seen and understood.'));
    await page.getByRole('heading', { name: 'Clear this finding' }).waitFor({ state: 'detached' });
    await keep(owner, 'console-case-cleared');
    await rail(page, 'Findings').click();
    await page.getByLabel('State').selectOption({ label: 'Cleared' });
    await shows(trace.filter({ hasText: 'cleared' }));

    await heading(member.page, 'You are set for work');
    await tab(member.page, 'Files').click();
    await member.page.getByRole('link', { name: FILE }).click();
    await shows(viewer(member.page).locator('canvas'));
    await keep(member, 'workspace-viewer-again');

    await rail(page, 'Audit').click();
    const cleared = page.getByRole('row').filter({ hasText: 'Ada Owner' }).filter({ hasText: 'finding.cleared' });
    await shows(cleared);
    await shows(page.getByText(/^Chain verified · [0-9a-f]{12}$/));
  });

  it('changes a rule of the decision in the settings', async () => {
    const { page } = owner;
    await rail(page, 'Settings').click();
    await page.getByRole('link', { name: 'Rules of the decision' }).click();
    await page.getByLabel('Grace for an old system (hours)').fill('48');
    await page.getByLabel('Grace for an old system (hours)').press('Enter');
    await shows(page.getByText(/^Version 1\./));
    expect(await page.getByLabel('Grace for an old system (hours)').inputValue()).toBe('48');
    await page.getByRole('heading', { name: 'Rules of the decision' }).scrollIntoViewIfNeeded();
    await keep(owner, 'console-rules');
  });

  it('fits a phone and a desk, in the light and in the dark', async () => {
    for (const { page } of [owner, member]) await page.emulateMedia({ colorScheme: 'dark' });
    await owner.page.setViewportSize(PHONE);
    for (const name of [
      'Overview',
      'Devices',
      'People',
      'Policies',
      'Files',
      'Findings',
      'Training',
      'Audit',
      'Settings',
    ]) {
      await openMenu(owner.page);
      await rail(owner.page, name).click();
      await heading(owner.page, name);
      await keep(owner, `console-phone-dark-${name.toLowerCase()}`);
      await fits(owner.page);
    }
    await member.page.setViewportSize(DESK);
    for (const name of ['Today', 'Files', 'Learn', 'Privacy', 'Me']) {
      await tab(member.page, name).click();
      await keep(member, `workspace-desk-dark-${name.toLowerCase()}`);
      await fits(member.page);
    }
  });
});
