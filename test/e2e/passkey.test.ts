/**
 * What a stolen cookie is not enough for: the passkey is asked for in place, over whatever is on the screen, and nothing that was typed
 * is lost; and what a person is told when somebody else comes into her account.
 */
import { sql } from 'kysely';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { withDatabase } from '../../src/cli/database.ts';
import { makePasskey, type PasskeySecret, register } from '../../src/demo/passkey.ts';
import { signIn } from '../../src/demo/practice-member.ts';
import {
  heading,
  rail,
  type ServerProcess,
  shows,
  startBrowser,
  startProcess,
  tab,
  type Visitor,
  visit,
} from './harness.ts';
import { DESK, keepAll } from './people.ts';

let server: ServerProcess;
let browser: Browser;
let owner: Visitor;

beforeAll(async () => {
  [server, browser] = await Promise.all([startProcess(), startBrowser()]);
  owner = await visit(browser, DESK);
  owner.page.setDefaultTimeout(15_000);
  // Here the question is the thing to see.
  await owner.page.removeLocatorHandler(question(owner.page));
  const [, link = ''] = await server.line(/setup link, for one use: (\S+)/);
  await owner.page.goto(link);
  await owner.page.getByLabel('Your name').fill('Ada Owner');
  await owner.page.getByLabel('Your e-mail address').fill('ada.owner@meridian.example');
  await owner.page.getByRole('button', { name: 'Create a passkey and begin' }).click();
  await heading(owner.page, 'Overview');
});
beforeEach(() => {
  onTestFailed(() => owner.shoot('failed-passkey'));
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const question = (page: Page): Locator => page.getByRole('dialog', { name: 'Confirm that it is you' });

/** Lets the last use of every passkey be six minutes old. */
async function sixMinutesPass(): Promise<void> {
  await withDatabase(server.data, ({ db }) =>
    sql`update people_sessions set passkey_at = passkey_at - interval '6 minutes'`.execute(db),
  );
}

/** Adds a passkey that is kept elsewhere to the account of the page's session. */
async function addPasskey(page: Page, passkey: PasskeySecret): Promise<void> {
  const post = (path: string, body: object) =>
    page.evaluate(
      async ([to, sent]) => {
        const headers = { 'content-type': 'application/json' };
        return await (await fetch(to, { method: 'POST', headers, body: sent })).json();
      },
      [`/api/v1/${path}`, JSON.stringify(body)] as const,
    );
  const { ceremonyId, options } = await post('me/passkeys/options', {});
  await post('me/passkeys', {
    ceremonyId,
    response: register(passkey, server.url, options.challenge),
    label: 'Key ring',
  });
}

describe('a passkey that was used too long ago', () => {
  it('is asked for over a form, which keeps what was typed when it is refused and sends it when it is given', async () => {
    const { page } = owner;
    await page.goto(`${server.url}/console/#/settings?section=tokens`);
    await page.getByLabel('Name').fill('nightly checks');
    await sixMinutesPass();
    await page.getByRole('button', { name: 'Make token' }).click();
    await shows(question(page));
    await keepAll(owner, 'console-ask-passkey');
    await page.keyboard.press('Escape');
    await question(page).waitFor({ state: 'detached' });
    await shows(page.getByRole('alert').filter({ hasText: 'Confirm with your passkey' }));
    expect(await page.getByLabel('Name').inputValue()).toBe('nightly checks');
    await page.getByRole('button', { name: 'Make token' }).click();
    await question(page).getByRole('button', { name: 'Use my passkey' }).click();
    await shows(page.locator('code', { hasText: /^pvt_/ }));
    await question(page).waitFor({ state: 'detached' });
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('is asked for over a dialog, which goes on with what it held', async () => {
    const { page } = owner;
    await rail(page, 'People').click();
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Amara Okafor');
    await page.getByLabel('E-mail address').fill('amara@meridian.example');
    await sixMinutesPass();
    await page.getByRole('button', { name: 'Make invitation link' }).press('Enter');
    await shows(question(page));
    await keepAll(owner, 'console-ask-passkey-dialog');
    await question(page).getByRole('button', { name: 'Use my passkey' }).press('Enter');
    const link = page.getByRole('dialog', { name: 'Invite' }).locator('code', { hasText: '/workspace/#/join' });
    await shows(link);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('is asked for in the workspace', async () => {
    const { page } = owner;
    await page.goto(`${server.url}/workspace/#/me`);
    await sixMinutesPass();
    // A virtual authenticator holds one passkey for each account; that it refuses a second comes after the question.
    await page.getByRole('button', { name: 'Add a passkey' }).press('Enter');
    await shows(question(page));
    await keepAll(owner, 'workspace-ask-passkey');
    await question(page).getByRole('button', { name: 'Use my passkey' }).press('Enter');
    await shows(page.getByRole('alert').filter({ hasText: 'This device already has a passkey for this account' }));
  });
});

describe('a person whose account somebody else came into', () => {
  it('is told at once, in console and workspace, until she has seen it, and finds it under Me afterwards', async () => {
    const { page } = owner;
    await page.goto(`${server.url}/console/`);
    await heading(page, 'Overview');
    const told = page.getByRole('region', { name: 'For your attention' });
    expect(await told.count()).toBe(0);
    const passkey = makePasskey();
    await addPasskey(page, passkey);
    expect(await told.count(), 'what this session did itself').toBe(0);
    const url = new URL(server.url);
    await signIn({ baseUrl: url, publicUrl: url }, passkey);
    await shows(told.getByText(/^Somebody signed in to your account from a place that is new for it: /));
    await keepAll(owner, 'console-notice');
    await page.goto(`${server.url}/workspace/`);
    await shows(told);
    await keepAll(owner, 'workspace-notice');
    await told.getByRole('button', { name: /^I have seen this/ }).press('Enter');
    await told.waitFor({ state: 'detached' });
    await tab(page, 'Me').click();
    await heading(page, 'What you were told');
    await shows(page.getByText(/^Somebody signed in to your account/));
    await keepAll(owner, 'workspace-me-notices');
  });
});
