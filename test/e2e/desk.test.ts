/**
 * What people do at their desks beside the story: share and end files, show pictures, look at what was opened, assign policies to
 * groups, enrol an Android phone, take the audit log away. The steps build on each other; each leaves a screenshot.
 */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import {
  fits,
  heading,
  keep,
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
import { png } from './png.ts';

const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const DEVICE = 'Amara’s iPhone';
const PICTURE = 'courtyard.png';
const RED = [200, 30, 40] as const;

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
    await owner.shoot('failed-desk-console');
    await member.shoot('failed-desk-workspace');
  });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function printed(label: string): Promise<string> {
  const [, value = ''] = await server.line(new RegExp(`${label}: (\\S+)`));
  return value;
}

/** At desk and at phone size. */
async function keepBoth(visitor: Visitor, name: string): Promise<void> {
  for (const [size, viewport] of [
    ['desk', DESK],
    ['phone', PHONE],
  ] as const) {
    await visitor.page.setViewportSize(viewport);
    await keep(visitor, `${name}-${size}`);
    await fits(visitor.page);
  }
  await visitor.page.setViewportSize(visitor === owner ? DESK : PHONE);
}

async function openDevice(page: Page): Promise<void> {
  await rail(page, 'Devices').click();
  await page.getByRole('searchbox').fill(DEVICE);
  await page.getByRole('link', { name: DEVICE }).click();
  await heading(page, DEVICE);
}

describe('a day at the desk', () => {
  it('lets the owner in, and the member with her phone', async () => {
    await owner.page.goto(await printed('setup link, for one use'));
    await owner.page.getByLabel('Your name').fill('Ada Owner');
    await owner.page.getByLabel('Your e-mail address').fill('ada.owner@meridian.example');
    await owner.page.getByRole('button', { name: 'Create a passkey and begin' }).click();
    await heading(owner.page, 'Overview');

    const { page } = member;
    await page.goto(await printed('invitation of Amara Okafor'));
    await page.getByRole('button', { name: 'Create a passkey' }).click();
    await heading(page, 'This browser is not connected to a device yet');
    expect(await page.getByRole('heading', { name: 'Messages' }).count(), 'nothing is said of before she joined').toBe(
      0,
    );
    await page.goto(await printed(`link that makes a browser part of ${DEVICE}`));
    await page.reload();
    await page.getByRole('button', { name: 'Connect this browser' }).click();
    await page.getByRole('link', { name: 'Go to your workspace' }).click();
    await page.getByRole('link', { name: /^Read and sign/ }).click();
    await page.getByRole('button', { name: 'Sign with my passkey' }).click();
    await shows(page.getByText(/^You signed this text on /));
    await tab(page, 'Today').click();
    await heading(page, 'You are set for work');
    const messages = page.locator('section', { has: page.getByRole('heading', { name: 'Messages' }) });
    await shows(messages.getByText(DEVICE));
    await keepBoth(member, 'workspace-today-messages');
    await tab(page, 'Me').click();
    const box = await page.getByRole('link', { name: 'What to do' }).first().boundingBox();
    expect(box?.height, 'pixels to touch').toBeGreaterThanOrEqual(44);
    await keepBoth(member, 'workspace-me');
  });

  it('shows a picture that was protected in the browser, with the watermark over it', async () => {
    const { page } = member;
    await tab(page, 'Files').click();
    await page.getByRole('button', { name: 'Protect a file' }).click();
    const buffer = png(320, 200, RED);
    await page.getByLabel('File', { exact: true }).setInputFiles({ name: PICTURE, mimeType: 'image/png', buffer });
    await page.getByRole('button', { name: 'Encrypt and send' }).click();
    await shows(page.getByText(`“${PICTURE}” is protected and sent`));
    await shows(page.getByRole('tab', { name: 'Mine', selected: true }));
    // Overheard in the frame itself: what is drawn cannot be read back.
    await page.addInitScript(() =>
      addEventListener('message', ({ data }) => Object.assign(globalThis, { overheard: data?.marks })),
    );
    await page.reload();
    await page.getByRole('tab', { name: 'Mine' }).click();
    await page.getByRole('link', { name: PICTURE }).click();
    const frame = page.frameLocator('iframe[title="Protected content"]');
    await shows(frame.getByRole('img', { name: PICTURE }));
    const pixels = await frame.locator('canvas').evaluate((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) return undefined;
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
      const colours = new Set<string>();
      for (let at = 0; at < data.length; at += 4) colours.add(data.slice(at, at + 3).join());
      return { size: [canvas.width, canvas.height], first: [...data.slice(0, 3)], colours: colours.size };
    });
    expect(pixels).toMatchObject({ size: [320, 200], first: [...RED] });
    expect(pixels?.colours, 'a watermark is drawn over one colour').toBeGreaterThan(1);
    const marks = await frame.locator('body').evaluate(() => Reflect.get(globalThis, 'overheard'));
    expect(marks).toEqual(expect.arrayContaining(['Amara Okafor', 'amara.okafor@meridian.example', DEVICE]));
    await keepBoth(member, 'workspace-viewer-image');
  });

  it('saves a copy where that is granted, and asks for no key of what it cannot show', async () => {
    const { page } = member;
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const protect = async (name: string, grade: string): Promise<void> => {
      await tab(page, 'Files').click();
      await page.getByRole('button', { name: 'Protect a file' }).click();
      const file = { name, mimeType: 'application/zip', buffer: Buffer.from('a small archive') };
      await page.getByLabel('File', { exact: true }).setInputFiles(file);
      await page.getByLabel('How it may be used').selectOption({ label: grade });
      await page.getByRole('button', { name: 'Encrypt and send' }).click();
      await page.getByRole('link', { name }).click();
    };
    await protect('looked-at.zip', 'View here, do not save');
    await shows(page.getByText(/^This kind of file cannot be shown here. It was not opened/));
    expect(asked.filter((path) => path.includes('Rewrap'))).toEqual([]);
    await keepBoth(member, 'workspace-viewer-unsupported');
    await protect('kept.zip', 'View and save');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save a copy' }).press('Enter'),
    ]);
    expect(download.suggestedFilename()).toBe('kept.zip');
    expect(readFileSync(await download.path(), 'utf8')).toBe('a small archive');
    expect(asked.filter((path) => path.includes('Rewrap'))).toHaveLength(1);
    await keepBoth(member, 'workspace-viewer-save');
  });

  it('changes who may open a file and until when, in the workspace and in the console', async () => {
    const { page } = member;
    await tab(page, 'Files').click();
    await page.getByRole('tab', { name: 'Mine' }).click();
    await page.getByRole('button', { name: `Who may open: ${PICTURE}` }).press('Enter');
    const dialog = page.getByRole('dialog', { name: PICTURE });
    await shows(dialog.getByText('Nobody but its owner.'));
    await dialog.getByLabel('Add people').fill('nobody@meridian.example');
    await dialog.getByLabel('Add people').press('Enter');
    await shows(dialog.getByText('Invite the recipient first'));
    await dialog.getByLabel('Add people').fill('leila.haddad@meridian.example, mateo.quispe@meridian.example');
    await dialog.getByLabel('Add people').press('Enter');
    await shows(dialog.getByRole('listitem').filter({ hasText: 'Leila Haddad' }));
    await dialog.getByLabel('Until').fill('2099-12-31');
    await dialog.getByRole('button', { name: 'Set the end' }).click();
    await shows(page.getByText(/until .*2099/));
    await keepBoth(member, 'workspace-file-sharing');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });

    await rail(owner.page, 'Files').click();
    await owner.page.getByRole('button', { name: PICTURE }).click();
    const detail = owner.page.getByRole('dialog', { name: PICTURE });
    await detail.getByRole('button', { name: 'Remove: Mateo Quispe' }).click();
    await detail.getByText('mateo.quispe@meridian.example').waitFor({ state: 'detached' });
    await shows(detail.getByText('Only the owner of the file gives access to it.'));
    expect(await detail.getByLabel('Add people').count()).toBe(0);
    await detail.getByLabel('Until').fill('2098-12-31');
    await detail.getByRole('button', { name: 'Set the end' }).click();
    await shows(detail.getByText(/until .*2098/));
    await keepBoth(owner, 'console-file-sharing');
    await owner.page.keyboard.press('Escape');
    await shows(page.getByText(/until .*2098/));
  });

  it('stops access to a file and deletes it for good, asking twice', async () => {
    const { page } = member;
    await page.getByRole('button', { name: 'Who may open: kept.zip' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'kept.zip' });
    await dialog.getByRole('button', { name: 'Stop access' }).press('Enter');
    await shows(dialog.getByText(/^Nobody can open this file any more. Its content still takes .+ of your share/));
    await keepBoth(member, 'workspace-file-delete');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Delete: kept.zip' }).press('Enter');
    await dialog.getByRole('button', { name: 'Delete the file' }).press('Enter');
    await dialog.getByRole('button', { name: 'Delete it for good' }).press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'kept.zip' }).waitFor({ state: 'detached' });
    await shows(page.getByRole('link', { name: 'looked-at.zip' }));
    await rail(owner.page, 'Files').click();
    await shows(owner.page.getByRole('row').filter({ hasText: 'kept.zip' }).filter({ hasText: 'deleted' }));
  });

  it('shows what a phone and a person opened, and what the phone’s owner reads', async () => {
    const { page } = owner;
    await openDevice(page);
    await page.getByRole('tab', { name: 'Files opened' }).click();
    const opened = page.getByRole('table', { name: 'Files opened' }).getByRole('row').filter({ hasText: PICTURE });
    await shows(opened.filter({ hasText: 'opened' }));
    await keepBoth(owner, 'console-device-openings');
    await page.getByRole('link', { name: 'What its owner sees' }).click();
    await heading(page, 'What its owner sees');
    await heading(page, 'Your organisation cannot see');
    await shows(page.getByRole('listitem').filter({ hasText: 'Ada Owner' }).filter({ hasText: 'files opened' }));
    await keepBoth(owner, 'console-owner-sees');

    await rail(page, 'People').click();
    await page.getByRole('link', { name: 'Amara Okafor' }).click();
    await heading(page, 'Amara Okafor');
    await shows(opened.filter({ hasText: DEVICE }));
    await tab(member.page, 'Privacy').click();
    await shows(member.page.getByRole('listitem').filter({ hasText: 'Ada Owner' }).filter({ hasText: 'files opened' }));
  });

  it('reaches every section of the console on a phone, by touch and by keyboard', async () => {
    const { page } = owner;
    await page.setViewportSize(PHONE);
    const menu = page.getByRole('button', { name: 'Menu' });
    expect(await rail(page, 'Settings').count(), 'closed, it hides from screen readers too').toBe(0);
    await menu.press('Enter');
    expect(await menu.getAttribute('aria-expanded')).toBe('true');
    const links = page.getByRole('navigation', { name: 'Console' }).getByRole('link');
    for (const link of await links.all()) {
      const box = await link.boundingBox();
      expect(box && box.x >= 0 && box.x + box.width <= PHONE.width && box.y + box.height <= PHONE.height).toBe(true);
    }
    expect(await links.count()).toBeGreaterThanOrEqual(10);
    await keep(owner, 'console-menu-phone');
    await page.keyboard.press('Escape');
    expect(await menu.getAttribute('aria-expanded')).toBe('false');
    expect(await menu.evaluate((button) => button === document.activeElement)).toBe(true);
    await menu.press('Enter');
    await rail(page, 'Devices').press('Enter');
    await heading(page, 'Devices');
    expect(await menu.getAttribute('aria-expanded')).toBe('false');
    await page.setViewportSize(DESK);
    expect(await menu.count()).toBe(0);
    await rail(page, 'People').click();
    await page.getByRole('link', { name: 'Amara Okafor' }).click();
    await heading(page, 'Amara Okafor');
  });

  it('makes a group of people and applies a policy to it', async () => {
    const { page } = owner;
    await page.getByLabel('New group').fill('Travelling');
    await page.getByLabel('New group').press('Enter');
    await expect.poll(() => page.getByRole('checkbox', { name: 'Travelling' }).isChecked()).toBe(true);
    await page.getByRole('checkbox', { name: 'Investigations' }).press('Space');
    await expect.poll(() => page.getByRole('checkbox', { name: 'Investigations' }).isChecked()).toBe(false);
    await page.getByRole('heading', { name: 'Groups' }).scrollIntoViewIfNeeded();
    await keepBoth(owner, 'console-person');

    await rail(page, 'Policies').click();
    await page.getByRole('table', { name: 'Policies' }).getByRole('link').first().click();
    await page.getByRole('checkbox', { name: 'Travelling (1)' }).press('Space');
    await page.getByRole('checkbox', { name: 'Everyone' }).press('Space');
    await page.getByRole('button', { name: 'Save who it applies to' }).click();
    const effect = page.getByRole('dialog', { name: 'What this change does' });
    await shows(effect.getByText(/^Something else is asked of \d+ people with \d+ enrolled phones/));
    await shows(effect.getByText(/ that opens? files now will be refused$/));
    await keepBoth(owner, 'console-policy-effect');
    await effect.getByRole('button', { name: 'Make this change' }).click();
    const loss = page.getByRole('dialog', { name: 'Leave people without a policy?' });
    await shows(loss.getByText(/lose their only policy/));
    await page.keyboard.press('Escape');
    await page.getByRole('checkbox', { name: 'Everyone' }).press('Space');
    await page.getByRole('button', { name: 'Save who it applies to' }).click();
    await shows(effect.getByText(/^Nothing else is asked of anybody/));
    await effect.getByRole('button', { name: 'Make this change' }).click();
    await shows(page.getByRole('button', { name: 'Save who it applies to', disabled: true }));
    await page.reload();
    await heading(page, /./);
    await expect.poll(() => page.getByRole('checkbox', { name: 'Travelling (1)' }).isChecked()).toBe(true);
    await keepBoth(owner, 'console-policy');
  });

  it('enrols an Android phone by a link from the settings', async () => {
    const { page } = owner;
    await rail(page, 'People').click();
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Ines Moreau');
    await page.getByLabel('E-mail address').fill('ines.moreau@meridian.example');
    await page.getByRole('button', { name: 'Make invitation link' }).click();
    const invitation = await page.locator('code', { hasText: '/workspace/#/join' }).textContent();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await rail(page, 'Settings').click();
    await page.getByLabel('Whose phone').selectOption({ label: 'Ines Moreau' });
    await page.getByLabel('Make').selectOption('android');
    await page.getByLabel('Name, if not its model').fill('Ines’s Pixel');
    await page.getByRole('button', { name: 'Make enrolment link' }).press('Enter');
    const link = await page.locator('code', { hasText: '/workspace/#/enrol' }).textContent();
    await keepBoth(owner, 'console-settings-android');

    const phone = await visit(browser, PHONE);
    await phone.page.goto(link ?? '');
    await heading(phone.page, '1. Set up the work profile');
    await shows(phone.page.getByText('Comes by itself when the first step is done'));
    expect(await phone.page.getByRole('button', { name: 'Connect this browser' }).count()).toBe(0);
    await phone.page.getByRole('button', { name: 'Get the code' }).press('Enter');
    await shows(phone.page.getByRole('img', { name: 'Code for the phone' }));
    await phone.page.getByRole('img', { name: 'Code for the phone' }).scrollIntoViewIfNeeded();
    await keepBoth(phone, 'workspace-enrol-android');
    const [google] = await Promise.all([
      phone.context.waitForEvent('page'),
      phone.page.getByRole('link', { name: 'Set up on this phone' }).click(),
    ]);
    await google.getByRole('button', { name: 'Enrol a practice phone' }).click();
    await shows(google.getByText('A practice phone is enrolled'));
    await google.close();
    await phone.page.getByText('The phone is enrolled', { exact: true }).waitFor({ timeout: 90_000 });
    await shows(phone.page.getByText(/^Sign in as Ines Moreau/));
    expect(await phone.page.getByRole('button', { name: 'Connect this browser' }).count()).toBe(0);
    await keepBoth(phone, 'workspace-enrol-sign-in');
    await phone.page.goto(invitation ?? '');
    await phone.page.getByRole('button', { name: 'Create a passkey' }).click();
    await heading(phone.page, 'This browser is not connected to a device yet');
    await phone.page.goto(link ?? '');
    await phone.page.getByRole('button', { name: 'Connect this browser' }).click();
    await shows(phone.page.getByText('This browser is connected', { exact: true }));
    await phone.context.close();
    await rail(page, 'Devices').click();
    await page.getByRole('searchbox').fill('Ines’s Pixel');
    await shows(page.getByRole('link', { name: /Ines’s Pixel/ }).filter({ hasText: 'blocked' }));
  });

  it('filters the audit log by who did it, and exports what the command verifies', async () => {
    const { page } = owner;
    await rail(page, 'Audit').click();
    await page.getByRole('combobox', { name: 'Who', exact: true }).selectOption({ label: 'Amara Okafor' });
    const rows = page.getByRole('table', { name: 'Audit' }).getByRole('row');
    await shows(rows.filter({ hasText: 'file.recipients.changed' }));
    await rows.filter({ hasText: 'Ada Owner' }).first().waitFor({ state: 'detached' });
    await keepBoth(owner, 'console-audit-actor');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export as JSON lines' }).press('Enter'),
    ]);
    expect(download.suggestedFilename()).toBe('pavise-audit.jsonl');
    const file = await download.path();
    expect(readFileSync(file, 'utf8').split('\n').length).toBeGreaterThan(50);
    expect(await runCommand(['audit', 'verify', file])).toMatchObject({ code: 0, err: '' });
  });

  it('says what to do where Android phones cannot be enrolled', async () => {
    const bare = await startProcess();
    const newcomer = await visit(browser, DESK);
    try {
      const { page } = newcomer;
      const [, link = ''] = await bare.line(/setup link, for one use: (\S+)/);
      await page.goto(link);
      await page.getByLabel('Your name').fill('Ada Owner');
      await page.getByLabel('Your e-mail address').fill('ada.owner@meridian.example');
      await page.getByRole('button', { name: 'Create a passkey and begin' }).click();
      await rail(page, 'Settings').click();
      await page.getByLabel('Whose phone').selectOption({ label: 'Ada Owner' });
      await page.getByLabel('Make').selectOption('android');
      await shows(page.getByText('Android phones are not set up on this server'));
      await shows(page.getByText(/^Start the server with --android-url/));
      expect(await page.getByRole('button', { name: 'Make enrolment link' }).isDisabled()).toBe(true);
      await keepBoth(newcomer, 'console-settings-android-unset');
    } finally {
      await newcomer.context.close();
      await bare.stop();
    }
  });
});
