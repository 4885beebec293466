/**
 * What takes two people, as they see it: somebody asks for a link to another’s account, whom it concerns reads that at once and stops it,
 * a second person agrees, and the link is shown to who asked, once. Each screen is kept at desk and phone size, light and dark.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import {
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
import { join, keepAll, PHONE, setUpAda } from './people.ts';

const WANTED = 'a link by which a new passkey opens the account of Emil Berg';

let server: ServerProcess;
let browser: Browser;
let owner: Visitor;
let bea: Visitor;
let emil: Visitor;

beforeAll(async () => {
  [server, browser] = await Promise.all([startProcess(), startBrowser()]);
  owner = await setUpAda(server, browser);
  bea = await join(browser, owner.page, 'Bea Lind', 'administrator');
  emil = await join(browser, owner.page, 'Emil Berg', 'member');
});
beforeEach(() => {
  onTestFailed(async () => {
    await owner.shoot('failed-two-people-owner');
    await emil.shoot('failed-two-people-emil');
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function ask(page: Page, reason: string): Promise<void> {
  await page.getByRole('button', { name: 'New passkey link' }).press('Enter');
  await page.getByLabel('Why it is needed').fill(reason);
  await page.getByRole('button', { name: 'Ask for it' }).press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await shows(page.getByText(`Ada Owner asks for ${WANTED}`));
}

async function openEmil(page: Page): Promise<void> {
  await rail(page, 'People').click();
  await page.getByRole('table', { name: 'People' }).getByRole('link', { name: 'Emil Berg' }).click();
  await heading(page, 'Emil Berg');
}

describe('two people', () => {
  it('says before who has to agree, and tells whom it concerns at once, who stops it', async () => {
    const { page } = owner;
    await emil.page.goto(`${server.url}/workspace/#/`);
    await heading(emil.page, /./);
    await openEmil(page);
    await page.getByRole('button', { name: 'New passkey link' }).press('Enter');
    await shows(page.getByText('Bea Lind has to agree. Or Emil Berg agrees', { exact: false }));
    await shows(page.getByText('For 24 hours after the link was used, no new browser is connected', { exact: false }));
    await page.getByLabel('Why it is needed').fill('Emil lost his phone on the train');
    await keepAll(owner, 'console-two-people-ask');
    await page.getByRole('button', { name: 'Ask for it' }).press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await shows(page.getByText('Bea Lind to agree', { exact: false }));
    await keepAll(owner, 'console-two-people-asked');

    await shows(emil.page.getByText(`Ada Owner asks for ${WANTED}`));
    await shows(emil.page.getByText('“Emil lost his phone on the train”', { exact: false }));
    await keepAll(emil, 'workspace-two-people');
    await emil.page.getByRole('button', { name: `Stop it: ${WANTED}` }).click();
    await emil.page.getByRole('button', { name: `Stop it: ${WANTED}` }).waitFor({ state: 'detached' });
    await page.getByText(`Ada Owner asks for ${WANTED}`).waitFor({ state: 'detached' });
  });

  it('shows a second person what needs her, and gives the link to who asked', async () => {
    const { page } = owner;
    await ask(page, 'Emil rang me, his phone is gone');
    await bea.page.goto(`${server.url}/console/#/`);
    await bea.page.getByRole('link', { name: `asks for ${WANTED}. You can agree.` }).click();
    await heading(bea.page, 'Two people');
    await shows(bea.page.getByText('Stopped by Emil Berg', { exact: false }));
    await keepAll(bea, 'console-two-people-list');
    await bea.page.getByRole('button', { name: `Agree: ${WANTED}` }).click();
    await shows(bea.page.getByText('Bea Lind agreed', { exact: false }));

    await page.getByRole('button', { name: `Carry it out: ${WANTED}` }).click();
    const code = page.locator('code', { hasText: '/workspace/#/join' });
    await shows(code);
    const link = (await code.textContent()) ?? ''; // shown once
    await keep(owner, 'console-two-people-done');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).press('Enter');

    const found = await visit(browser, PHONE);
    await found.page.goto(link);
    await found.page.getByRole('button', { name: /passkey/ }).click();
    await tab(found.page, 'Me').click();
    await shows(found.page.getByRole('heading', { name: 'Emil Berg' }));
    await found.context.close();
  });

  it('lets a link that nobody used be stopped, and says what who is alone waits for', async () => {
    const { page } = owner;
    await rail(page, 'Settings').click();
    await page.getByRole('link', { name: 'Two people' }).click();
    await page.getByLabel('Hours that who is alone waits').fill('12');
    await page.getByRole('button', { name: 'Save' }).press('Enter');
    await shows(page.getByText('Until then 24 hours count.', { exact: false }));
    await keepAll(owner, 'console-two-people-times');
    await rail(page, 'People').click();
    await page.getByRole('table', { name: 'People' }).getByRole('link', { name: 'Bea Lind' }).click();
    await page.getByRole('button', { name: 'Suspend' }).press('Enter');
    await shows(page.getByText('suspended').first());
    await openEmil(page);
    await page.getByRole('button', { name: 'New passkey link' }).press('Enter');
    // Not a day: she has just made herself the only one.
    await shows(page.getByText('You wait 72 hours, and then do it alone.', { exact: false }));
    await keepAll(owner, 'console-two-people-alone');
    await page.getByLabel('Why it is needed').fill('Nobody else is here');
    await page.getByRole('button', { name: 'Ask for it' }).press('Enter');
    await shows(page.getByText('Nobody else can agree. From', { exact: false }));
    // The first is the one that waits: the link that was made before could be taken back, too.
    await page
      .getByRole('button', { name: `Withdraw: ${WANTED}` })
      .first()
      .click(); // waits until the row stands still
    await shows(page.getByText('Withdrawn', { exact: false }));
    expect(await page.getByRole('button', { name: 'New passkey link' }).count()).toBe(1);
  });
});
