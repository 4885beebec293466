/**
 * What somebody who is no specialist reads on her own pages: her phone with what is the matter and why the server refused it, everything
 * that is held of her, and a file that a label keeps to herself. Each screen is kept at desk and phone size, light and dark.
 */
import { sql } from 'kysely';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { withDatabase } from '../../src/cli/database.ts';
import { type Iphone, simulateIphone } from '../../src/demo/iphone.ts';
import { heading, type ServerProcess, shows, startBrowser, startProcess, tab, type Visitor } from './harness.ts';
import { call, join, keepAll, setUpAda } from './people.ts';

const NAME = 'Emil’s iPhone';
const DAY_MS = 86_400_000;
const LABEL = 'https://meridian.example/attr/desk/value/sources';

let server: ServerProcess;
let browser: Browser;
let owner: Visitor;
let emil: Visitor;

beforeAll(async () => {
  [server, browser] = await Promise.all([startProcess(), startBrowser()]);
  owner = await setUpAda(server, browser);
  emil = await join(browser, owner.page, 'Emil Berg', 'member');
  const people = await owner.page.evaluate(async () => await (await fetch('/api/v1/people?query=emil')).json());
  const invitation = { personId: people.items[0].id, platform: 'apple', ownership: 'personal' };
  const { token, deviceId } = await call<{ token: string; deviceId: string }>(owner.page, 'enrolments', invitation);
  const phone = iphone(Date.now);
  await phone.enrol(token);
  await phone.connect();
  // Its clock is set two days ahead: the server takes nothing that is signed then.
  await expect(iphone(() => Date.now() + 2 * DAY_MS, phone).connect()).rejects.toThrow('it answered 400');
  await owner.page.goto(`${server.url}/console/#/devices/${deviceId}`);
  await heading(owner.page, NAME);
});
beforeEach(() => {
  onTestFailed(async () => {
    await owner.shoot('failed-own-pages-owner');
    await emil.shoot('failed-own-pages-emil');
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

function iphone(now: () => number, before?: Iphone): Iphone {
  const make = { name: NAME, modelName: 'iPhone 15', productName: 'iPhone15,4', model: 'MTP03' };
  const runs = { osVersion: '26.6.1', buildVersion: '23G83', passcodeLength: 6, supervised: false };
  const memory = before?.memory;
  return simulateIphone({ make: { ...make, ...runs }, seed: NAME, baseUrl: new URL(server.url), now, memory });
}

describe('a person’s own pages', () => {
  it('say under Me who she is here, what is the matter with her phone, and what she can do about its refused messages', async () => {
    const { page } = emil;
    await tab(page, 'Me').click();
    await shows(page.getByText('emil@meridian.example · member'));
    const row = page.getByRole('listitem').filter({ hasText: NAME });
    await shows(row.getByText('The acceptable-use text is not signed, and 1 more'));
    await shows(row.getByText('turn on “Set Automatically”', { exact: false }));
    await shows(page.getByText(/^this browser · signed in /));
    await keepAll(emil, 'workspace-own-me');
    await row.getByRole('link', { name: 'What to do' }).click();
    await heading(page, 'This browser is not connected to a device yet');
  });

  it('say under Privacy all that is held of her, what is not seen, and who looked', async () => {
    const { page } = emil;
    await tab(page, 'Privacy').click();
    await heading(page, 'Your organisation can see');
    await shows(page.getByText('Told by the phone just now.'));
    await shows(page.getByText('iPhone 15 (iPhone15,4)'));
    await shows(page.getByText('the whole phone'));
    expect(await page.getByText('23G83').isVisible(), 'for specialists').toBe(false);
    await page.getByText('5 technical details').focus();
    await page.keyboard.press('Enter');
    await shows(page.getByText('23G83'));
    await page.getByText('Also kept of this phone').press('Enter');
    await shows(page.getByText('Reasons for which the server did not take what the phone sent: 1'));
    await shows(page.getByText(/^Places that you signed in from within half a year.*: 1\. /));
    await shows(page.getByRole('listitem').filter({ hasText: 'Ada Owner' }).filter({ hasText: 'state and reasons' }));
    await keepAll(emil, 'workspace-own-privacy');
  });

  it('say of a file with a label why only she can open it, and what to do; the console lists it', async () => {
    const { page } = emil;
    await tab(page, 'Files').click();
    await page.getByRole('button', { name: 'Protect a file' }).click();
    const file = { name: 'Sources of the year.txt', mimeType: 'text/plain', buffer: Buffer.from('names') };
    await page.getByLabel('File', { exact: true }).setInputFiles(file);
    await page.getByLabel('Who may open it').fill('ada@meridian.example');
    await page.getByRole('button', { name: 'Encrypt and send' }).press('Enter');
    await shows(page.getByText('is protected and sent', { exact: false }));
    // As the start of a server reads them out of what an earlier version kept.
    await withDatabase(server.data, ({ db }) =>
      sql`update files set labels = ${JSON.stringify([LABEL])}::jsonb`.execute(db),
    );
    await page.reload();
    await page.getByRole('tab', { name: 'Mine' }).click();
    await shows(page.getByText('opens for its owner alone'));
    await keepAll(emil, 'workspace-own-file-labelled');
    await page.getByRole('button', { name: /^Who may open: Sources/ }).press('Enter');
    const dialog = page.getByRole('dialog');
    await shows(dialog.getByText('Only you can open this file.', { exact: false }));
    await shows(dialog.getByText(LABEL));
    await keepAll(emil, 'workspace-own-file-labelled-shared');

    await owner.page.goto(`${server.url}/console/#/files`);
    await heading(owner.page, 'One file opens for its owner alone');
    await keepAll(owner, 'console-files-labelled');
    await owner.page.getByRole('button', { name: file.name }).first().press('Enter');
    await shows(owner.page.getByRole('dialog').getByText('Nobody but its owner can open this file', { exact: false }));
    await keepAll(owner, 'console-file-labelled');
  });
});
