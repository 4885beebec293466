/**
 * What administrators set up and take back: the identity provider, due dates of groups, groups themselves, orders to phones that
 * were given by mistake. Each screen is kept at desk and phone size, light and dark.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { fromBase64 } from '../../src/base/index.ts';
import type { Book } from '../../src/demo/practice-book.ts';
import { signContent } from '../../src/formats/cms/node.ts';
import { type Certificate, parseCertificate } from '../../src/formats/x509/index.ts';
import {
  fits,
  freePort,
  heading,
  keep,
  rail,
  type ServerProcess,
  shows,
  startBrowser,
  startProcess,
  tab,
  type Visitor,
  visit,
} from './harness.ts';

const DESK = { width: 1280, height: 900 };
const DEVICE = 'Jonas’s iPhone';
const LOCK = 'Lock the screen';
const PHONE = { width: 390, height: 844 };

let server: ServerProcess;
let browser: Browser;
let owner: Visitor;

beforeAll(async () => {
  [server, browser] = await Promise.all([startProcess({ args: ['--demo'] }), startBrowser()]);
  owner = await visit(browser, DESK);
  owner.page.setDefaultTimeout(15_000);
  const [, link = ''] = await server.line(/setup link, for one use: (\S+)/);
  await owner.page.goto(link);
  await owner.page.getByLabel('Your name').fill('Ada Owner');
  await owner.page.getByLabel('Your e-mail address').fill('ada.owner@meridian.example');
  await owner.page.getByRole('button', { name: 'Create a passkey and begin' }).click();
  await heading(owner.page, 'Overview');
});

beforeEach(() => {
  onTestFailed(() => owner.shoot('failed-administration'));
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** At desk and phone size, light and dark; nothing is too wide and axe finds nothing in any of them. */
async function keepAll(visitor: Visitor, name: string, shown?: Locator): Promise<void> {
  const { page } = visitor;
  for (const [size, viewport] of [
    ['desk', DESK],
    ['phone', PHONE],
  ] as const) {
    await page.setViewportSize(viewport);
    await shown?.scrollIntoViewIfNeeded();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await keep(visitor, `${name}-${size}-${colorScheme}`);
    }
    await fits(page);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(DESK);
}

/** Escape closes the dialog, and the keyboard is back on what opened it. */
async function closesByEscape(page: Page, opener: string): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const button = page.getByRole('button', { name: opener, exact: true });
  await expect.poll(() => button.evaluate((element) => element === document.activeElement)).toBe(true);
}

/** Answers discovery alone: nobody signs in here. */
async function startProvider(): Promise<{ issuer: string; provider: Server }> {
  const issuer = `http://localhost:${await freePort()}`;
  const provider = createServer(({ url }, reply) => {
    if (url !== '/.well-known/openid-configuration') return void reply.writeHead(404).end();
    const body = { issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token` };
    reply.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise<void>((done) => provider.listen(Number(new URL(issuer).port), 'localhost', done));
  return { issuer, provider };
}

/** What a practice phone proves itself by. */
function practicePhone(number: number): { certificate: Certificate; key: KeyObject } {
  const book: Book = JSON.parse(readFileSync(join(server.data, 'demo', 'practice.json'), 'utf8'));
  const phone = book.phones[number];
  if (phone === undefined) throw new Error('this phone is not enrolled');
  return { certificate: parseCertificate(fromBase64(phone.certificate)), key: createPrivateKey(phone.privateKeyPem) };
}

describe('administration', () => {
  it('sets, tests and removes the identity provider, and says plainly what is wrong with an issuer', async () => {
    const { page } = owner;
    const { issuer, provider } = await startProvider();
    try {
      await rail(page, 'Settings').click();
      await page.getByRole('link', { name: 'Identity provider' }).press('Enter');
      await shows(page.getByText('None is set: people sign in with passkeys'));
      await shows(page.getByText(`${server.url}/api/v1/sign-in/oidc/callback`));
      await page.getByLabel('Name on the sign-in button').fill('Meridian account');
      await page.getByLabel('Issuer').fill(`${issuer}/wrong`);
      await page.getByRole('button', { name: 'Test the issuer' }).press('Enter');
      await shows(page.getByText(/^Check the path of the issuer: "localhost:\d+" answers/));
      await keepAll(owner, 'console-identity-provider-error', page.getByLabel('Client id'));
      await page.getByLabel('Issuer').fill(issuer);
      await page.getByRole('button', { name: 'Test the issuer' }).press('Enter');
      await shows(page.getByText(`The provider answers. People will sign in at ${new URL(issuer).host}`));
      await page.getByLabel('Client id').fill('pavise');
      await page.getByLabel('Client secret').fill('a-secret-of-this-test');
      await page.getByRole('button', { name: 'Set the provider' }).press('Enter');
      await shows(page.getByText('People can sign in with Meridian account'));
      expect(await page.getByLabel('Client secret').inputValue(), 'the secret never comes back').toBe('');
      await keepAll(owner, 'console-identity-provider');

      const stranger = await visit(browser, PHONE);
      await stranger.page.goto(`${server.url}/workspace/`);
      await shows(stranger.page.getByRole('link', { name: 'Sign in with Meridian account' }));
      await stranger.context.close();

      await page.getByRole('button', { name: 'Remove the provider' }).press('Enter');
      await shows(page.getByRole('dialog', { name: 'Remove Meridian account?' }));
      await closesByEscape(page, 'Remove the provider');
      await page.getByRole('button', { name: 'Remove the provider' }).press('Enter');
      await page.getByRole('dialog').getByRole('button', { name: 'Remove the provider' }).click();
      await shows(page.getByText('None is set: people sign in with passkeys'));
    } finally {
      await new Promise((done) => provider.close(done));
    }
  });

  it('gives a group a due date, of a lesson and of a text to sign, and takes it back', async () => {
    const { page } = owner;
    await rail(page, 'People').click();
    await page.getByRole('table', { name: 'People' }).getByRole('link', { name: 'Ada Owner' }).click();
    await page.getByRole('checkbox', { name: 'Investigations' }).press('Space');
    await expect.poll(() => page.getByRole('checkbox', { name: 'Investigations' }).isChecked()).toBe(true);
    await rail(page, 'Training').click();
    await shows(page.getByText('No group has a due date of its own.'));
    const progress = page.getByRole('table', { name: 'Training' });
    await shows(progress.getByText('not signed'));
    const set = async (what: RegExp): Promise<void> => {
      const title = (await page.getByRole('option', { name: what }).textContent()) ?? '';
      await page.getByLabel('What is due').selectOption({ label: title });
      await page.getByLabel('Group').selectOption({ label: 'Investigations (3)' });
      await page.getByLabel('Until the end of').fill('2099-12-31');
      await shows(page.getByRole('button', { name: 'Set the due date', disabled: false }));
      await page.getByRole('button', { name: 'Set the due date' }).press('Enter');
      await shows(page.getByRole('listitem').filter({ hasText: title.replace(/^[^:]+: /, '') }));
    };
    await set(/^Lesson: /);
    await set(/^Text to sign: /);
    await shows(page.getByText(/^Until that day, work files open to the group without a signature/));
    await shows(progress.getByText(/^to sign by .*2099/));
    await keepAll(owner, 'console-training-groups', page.getByRole('button', { name: 'Set the due date' }));
    await page
      .getByRole('button', { name: /^Remove: .*, Investigations/ })
      .first()
      .press('Enter');
    await expect.poll(() => page.getByRole('button', { name: /^Remove: .*, Investigations/ }).count()).toBe(1);
  });

  it('closes every dialog by Escape, also when its form gave way to a result', async () => {
    const { page } = owner;
    await rail(page, 'People').click();
    await page.getByRole('button', { name: 'Invite' }).press('Enter');
    await closesByEscape(page, 'Invite');
    await page.getByRole('button', { name: 'Invite' }).press('Enter');
    await page.getByLabel('Role').click();
    await page.keyboard.press('Escape'); // closes the open list, as everywhere; the next one is the dialog's
    await closesByEscape(page, 'Invite');
    await page.getByRole('button', { name: 'Invite' }).press('Enter');
    await page.getByLabel('Name', { exact: true }).fill('Ines Moreau');
    await page.getByLabel('E-mail address').fill('ines.moreau@meridian.example');
    await page.getByRole('button', { name: 'Make invitation link' }).press('Enter');
    await shows(page.locator('code', { hasText: '/workspace/#/join' }));
    await keepAll(owner, 'console-invited');
    await closesByEscape(page, 'Invite');
    await page.getByRole('table', { name: 'People' }).getByRole('link', { name: 'Ines Moreau' }).click();
    await page.getByRole('button', { name: 'New invitation' }).press('Enter');
    await page.getByRole('button', { name: 'Make the link' }).press('Enter');
    await shows(page.locator('code', { hasText: '/workspace/#/join' }));
    await keepAll(owner, 'console-person-link');
    await closesByEscape(page, 'New invitation');
    await keepAll(owner, 'console-person-invited');
  });

  it('withdraws a lock that the phone has not fetched', async () => {
    const { page } = owner;
    await rail(page, 'Devices').click();
    await page.getByRole('searchbox').fill(DEVICE);
    await page.getByRole('link', { name: DEVICE }).click();
    await heading(page, DEVICE);
    const withdraw = page.getByRole('button', { name: 'Withdraw the lock' });
    const withdrawn = page.getByText('The lock is withdrawn: the phone never got it');
    // The practice phone asks every twenty seconds: when that falls between, order once more.
    for (let tries = 0; tries < 3 && (await withdrawn.count()) === 0; tries += 1) {
      await page.getByRole('button', { name: LOCK }).press('Enter');
      await page.getByRole('dialog').getByRole('textbox').fill(DEVICE);
      await page.getByRole('dialog').getByRole('button', { name: LOCK }).press('Enter');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await shows(withdraw.or(page.getByText(/too late to withdraw/)));
      await owner.shoot('console-device-lock-waits');
      if ((await withdraw.count()) > 0) await withdraw.press('Enter');
      await shows(withdrawn.or(page.getByText(/^Too late to withdraw/)));
    }
    await shows(withdrawn);
    await withdraw.waitFor({ state: 'detached' });
    await keepAll(owner, 'console-device-withdrawn', withdrawn);
    await page.getByRole('tab', { name: 'Commands' }).click();
    await shows(page.getByRole('table', { name: 'Commands' }).getByRole('row').filter({ hasText: 'Device lock' }));
    await page.getByRole('tab', { name: 'Policy' }).click();
    const passcode = page.getByRole('table', { name: 'Policy' }).getByRole('row').filter({ hasText: 'forcePIN' });
    await shows(passcode.getByText(/^The phone enforces it/));
    await keepAll(owner, 'console-device-policy', passcode);
  });

  it('renames a group and deletes one, saying what that ends', async () => {
    const { page } = owner;
    await rail(page, 'People').click();
    await page.getByRole('main').getByRole('link', { name: 'Groups' }).press('Enter');
    await heading(page, 'Groups');
    await shows(page.getByRole('listitem').filter({ hasText: 'Investigations' }).filter({ hasText: '3 people' }));
    await keepAll(owner, 'console-groups');
    await page.getByRole('button', { name: 'Rename: Office' }).press('Enter');
    const renaming = page.getByRole('dialog', { name: 'Rename Office' });
    await renaming.getByLabel('New name').fill('newsroom');
    await renaming.getByLabel('New name').press('Enter');
    await shows(renaming.getByText('Choose another name: "newsroom" is a group already'));
    await renaming.getByLabel('New name').fill('Back office');
    await renaming.getByLabel('New name').press('Enter');
    await shows(page.getByRole('button', { name: 'Rename: Back office' }));
    await page.getByRole('button', { name: 'Delete: Investigations' }).press('Enter');
    const removing = page.getByRole('dialog', { name: 'Delete Investigations?' });
    await shows(removing.getByText(/^Its 3 people stay, with account and phones/));
    await shows(removing.getByText(/^Its due dates end/));
    await keepAll(owner, 'console-group-delete');
    await closesByEscape(page, 'Delete: Investigations');
    await page.getByRole('button', { name: 'Delete: Investigations' }).press('Enter');
    await removing.getByRole('button', { name: 'Delete the group' }).press('Enter');
    await page.getByRole('button', { name: 'Delete: Investigations' }).waitFor({ state: 'detached' });
    await removing.waitFor({ state: 'detached' });
  });

  it('makes a group, and asks before what carries people’s only policy goes', async () => {
    const { page } = owner;
    await page.getByLabel('New group').fill('Abroad');
    await page.getByLabel('New group').press('Enter');
    await shows(page.getByRole('listitem').filter({ hasText: 'Abroad' }).filter({ hasText: '0 people' }));
    const person = await page.evaluate(async () => {
      const get = async (path: string) => (await (await fetch(`/api/v1/${path}`)).json()).items;
      const put = async (path: string, body?: object) => {
        const headers = { 'content-type': 'application/json' };
        const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
        return (await fetch(`/api/v1/${path}`, { method: 'PUT', ...sent })).status;
      };
      const [{ id: personId, displayName }] = await get('people');
      const group = (await get('groups')).find(({ name }: { name: string }) => name === 'Abroad');
      const assignment = { everyone: false, groups: [group.id], leaveWithoutPolicy: true };
      const done = [await put(`groups/${group.id}/members/${personId}`)];
      for (const { id } of await get('policies')) done.push(await put(`policies/${id}/assignment`, assignment));
      return { personId, displayName, done };
    });
    expect(person.done).toEqual([204, 200]);
    await page.goto(`${server.url}/console/#/people/${person.personId}`);
    // What was seen of the person before is shown until it is read again.
    await expect.poll(() => page.getByRole('checkbox', { name: 'Abroad' }).isChecked()).toBe(true);
    await page.getByRole('checkbox', { name: 'Abroad' }).press('Space');
    const leaving = page.getByRole('dialog', { name: 'Leave people without a policy?' });
    await shows(leaving.getByText(/^Confirm that 1 person loses her only policy/));
    await keepAll(owner, 'console-group-leave', leaving);
    await page.keyboard.press('Escape');
    await leaving.waitFor({ state: 'detached' });
    await expect.poll(() => page.getByRole('checkbox', { name: 'Abroad' }).isChecked()).toBe(true);
    await page.goto(`${server.url}/console/#/people/groups`);
    await page.getByRole('button', { name: 'Delete: Abroad' }).press('Enter');
    const removing = page.getByRole('dialog', { name: 'Delete Abroad?' });
    await removing.getByRole('button', { name: 'Delete the group' }).press('Enter');
    await shows(removing.getByText(/^Confirm that 1 person loses her only policy/));
    await removing.getByRole('button', { name: 'Leave them without' }).press('Enter');
    await page.getByRole('button', { name: 'Delete: Abroad' }).waitFor({ state: 'detached' });
  });

  it('tells the entries of the audit log in words, with the code beside them', async () => {
    const { page } = owner;
    await rail(page, 'Audit').click();
    await page.getByLabel('Action').selectOption({ label: 'Everything about people' });
    const row = page.getByRole('row').filter({ hasText: 'people.group.rename' });
    await keepAll(owner, 'console-audit-words');
    await row.getByRole('button', { name: 'A group was renamed' }).press('Enter');
    const entry = page.getByRole('dialog', { name: 'A group was renamed' });
    await shows(entry.getByRole('definition').filter({ hasText: 'Back office' }));
    await keepAll(owner, 'console-audit-entry-words');
    await page.keyboard.press('Escape');
  });

  it('says why a phone is turned away, on its page and for senders that nobody knows', async () => {
    const { page } = owner;
    const phone = practicePhone(1);
    const body = new TextEncoder().encode('of another day');
    const old = signContent(body, phone, { nowMs: Date.now() - 3 * 86_400_000, detached: true });
    for (const signature of [undefined, Buffer.from(old).toString('base64')]) {
      const headers: HeadersInit = signature === undefined ? {} : { 'mdm-signature': signature };
      const reply = await fetch(`${server.url}/mdm/apple`, { method: 'PUT', body, headers });
      expect([reply.status, reply.headers.get('content-type')]).toEqual([400, expect.stringContaining('text/plain')]);
    }
    await rail(page, 'Devices').click();
    await page.getByText(/^Turned away: \d+ reason/).click();
    await shows(page.getByText('Nobody signed the message.'));
    await keepAll(owner, 'console-turned-away', page.getByText('Nobody signed the message.'));
    await page.getByRole('listitem').filter({ hasText: 'The clock of the phone is off' }).getByRole('link').click();
    await heading(page, 'Turned away');
    await shows(page.getByText('Set date and time to automatic', { exact: false }));
    await keepAll(owner, 'console-device-turned-away', page.getByRole('heading', { name: 'Turned away' }));
  });

  it('has an address for each section of the settings, chosen from a list on a phone', async () => {
    const { page } = owner;
    await page.goto(`${server.url}/console/#/settings?section=tokens`);
    await heading(page, 'API tokens');
    expect(await page.getByRole('heading', { level: 2 }).count(), 'one section at a time').toBe(1);
    await keepAll(owner, 'console-settings-tokens');
    await page.setViewportSize(PHONE);
    expect(await page.getByRole('link', { name: 'API tokens' }).count(), 'the list takes their place').toBe(0);
    await page.getByRole('combobox', { name: 'Section' }).selectOption({ label: 'Your sign-ins' });
    await heading(page, 'Your passkeys');
    expect(new URL(page.url()).hash).toBe('#/settings?section=account');
    await page.goBack();
    await heading(page, 'API tokens');
    await page.setViewportSize(DESK);
    await page.goto(`${server.url}/console/#/settings?section=nowhere`);
    await heading(page, 'Enrolment links');
  });

  it('says of an address that leads nowhere that there is no such page, and leads back', async () => {
    const { page } = owner;
    for (const [app, back, there] of [
      ['console', 'Go to the overview', 'Overview'],
      ['workspace', 'Go to Today', 'This browser is not connected to a device yet'],
    ] as const) {
      await page.goto(`${server.url}/${app}/#/no/such/page`);
      await heading(page, 'There is no such page');
      await keepAll(owner, `${app}-no-such-page`);
      await page.getByRole('link', { name: back }).press('Enter');
      await heading(page, there);
    }
  });

  it('says so when there is no network, and goes on by itself once there is one', async () => {
    const { page, context } = owner;
    await page.goto(`${server.url}/console/`);
    await heading(page, 'Overview');
    await rail(page, 'Training').click();
    await heading(page, 'Training');
    await context.setOffline(true);
    try {
      await rail(page, 'Audit').click();
      await shows(page.getByRole('alert'));
      await keepAll(owner, 'console-offline');
    } finally {
      await context.setOffline(false);
    }
    await shows(page.getByRole('table', { name: 'Audit' }));
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('leads to the check of a phone from every screen of the workspace, on a computer', async () => {
    const { page } = owner;
    await page.goto(`${server.url}/workspace/`);
    await tab(page, 'Check a phone').press('Enter');
    await heading(page, 'Check a phone');
    await keepAll(owner, 'workspace-check-tab');
    await page.setViewportSize(PHONE);
    expect(await tab(page, 'Check a phone').count(), 'five tabs below; Me leads there').toBe(0);
    await page.setViewportSize(DESK);
  });
});
