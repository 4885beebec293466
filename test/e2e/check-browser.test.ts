import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { makeTimeline, timelineHtml } from '../../src/detection/report/index.ts';
import { SMALL, writeBackup, writeIndicators } from '../synthetic/ios-backup.ts';
import { PLANTED, type Plant } from '../synthetic/planted.data.ts';
import { drop, keep, type ServerProcess, startBrowser, startProcess, type Visitor, visit } from './harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'pavise-drop-'));
/** Few enough that the page shows each. */
const SHOWN: readonly Plant[] = ['sms-link', 'utf16-host', 'process'];
let server: ServerProcess;
let browser: Browser;
let visitor: Visitor;
/** Every request that the browser made since the page was loaded. */
const requests: string[] = [];

beforeAll(async () => {
  server = await startProcess();
  browser = await startBrowser();
  visitor = await visit(browser, { width: 1280, height: 900 });
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

function backup(name: string, files: number, fileBytes: number, plants: readonly Plant[] = SHOWN): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeBackup(path, { size: { ...SMALL, messages: 20_000, visits: 10_000, files, fileBytes }, seed: 5, plants });
  return path;
}

describe('the check page in Chromium', () => {
  it('examines a dropped backup of 2 GB, cancels, examines it again, and sends nothing', {
    timeout: 900_000,
  }, async () => {
    const large = backup('large', 12_000, 170_000);
    const { page } = visitor;
    await page.goto(`${server.url}/workspace/check.html`);
    await page.getByRole('heading', { name: 'Check a phone' }).waitFor();
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Add a file' }).click(),
    ]);
    await chooser.setFiles(writeIndicators(folder));
    await page.getByText(/[1-9]\d* signs of known spyware/).waitFor();
    await page.getByText('you may disconnect').waitFor({ timeout: 30_000 });
    await keep(visitor, 'check-idle');
    page.context().on('request', (request) => requests.push(`${request.method()} ${request.url()}`));
    await drop(page, large);
    await page.getByText(/of 12,\d+ files/).waitFor({ timeout: 120_000 });
    await visitor.shoot('check-running');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('The check was cancelled').waitFor();
    await drop(page, large);
    await page.getByText('A trace of known spyware was found.').waitFor({ timeout: 600_000 });
    await keep(visitor, 'check-result');
    for (const value of SHOWN.map((plant) => PLANTED[plant])) {
      await page.locator('li', { hasText: value }).first().waitFor();
    }
    expect(requests.filter((line) => !/GET .*\/workspace\/assets\/[\w.-]+$/.test(line))).toEqual([]);
  });

  it('works without a network from its first visit on', { timeout: 120_000 }, async () => {
    // No indicators are loaded here: what betrays itself is a name that an implant took.
    const small = backup('small', 60, 3000, ['implant-process']);
    const owner = await visit(browser, { width: 390, height: 844 });
    const { page, context } = owner;
    await page.goto(`${server.url}/workspace/check.html`);
    await page.getByText('you may disconnect').waitFor({ timeout: 30_000 });
    await context.setOffline(true);
    await page.reload();
    await drop(page, small);
    await page.getByText('A trace of known spyware was found.').waitFor({ timeout: 60_000 });
    await keep(owner, 'check-phone-size');
  });
});

describe('the check in the workspace', () => {
  it('sends what the person saw and agreed to, and nothing before', { timeout: 180_000 }, async () => {
    const demo = await startProcess({ args: ['--demo'] });
    try {
      const printed = async (label: string): Promise<string> =>
        (await demo.line(new RegExp(`${label}: (\\S+)`)))[1] ?? '';
      const member = await visit(browser, { width: 1280, height: 900 });
      const { page } = member;
      // Listed last, the phone of the backup’s model is chosen for what it is, and not for where it stands.
      await page.route('**/api/v1/me/devices', async (route) => {
        const response = await route.fetch();
        const { items } = await response.json();
        items.sort((a: { model: string }, b: { model: string }) => a.model.localeCompare(b.model));
        await route.fulfill({ response, json: { items } });
      });
      await page.goto(await printed('invitation of Amara Okafor'));
      await page.getByRole('button', { name: 'Create a passkey' }).click();
      await page.getByRole('heading', { name: 'This browser is not connected to a device yet' }).waitFor();
      await page.goto(`${demo.url}/workspace/#/check`);
      await page.getByText('Drop the backup or the archive here').waitFor();
      const sent: { method: string; url: string; body: Buffer | null }[] = [];
      page.on('request', (request) => {
        if (request.method() !== 'GET')
          sent.push({ method: request.method(), url: request.url(), body: request.postDataBuffer() });
      });
      // The server refuses a report of another phone than the one that it is sent for.
      await drop(page, await printed('practice backup with a planted trace'));
      await page.getByRole('heading', { name: 'Send the result' }).waitFor({ timeout: 60_000 });
      const phones = page.getByLabel('Phone that was checked').locator('option');
      expect(await phones.count(), 'she has another one').toBeGreaterThan(1);
      for (const which of [phones.last(), phones.and(page.locator(':checked'))]) {
        expect(await which.textContent()).toBe('Amara’s iPhone (iPhone 16 Pro)');
      }
      await page.getByText('Show exactly what is sent').click();
      const shown = await page.locator('pre').innerText();
      const wide = () =>
        page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(await wide(), 'pixels beyond the page').toBe(0);
      await keep(member, 'check-send');
      expect(sent).toEqual([]);
      await page.getByText('Has Apple or Google warned you?').click();
      await page.getByText('The owner says that Apple has warned').waitFor();
      await page.getByRole('button', { name: 'Tell my security team' }).scrollIntoViewIfNeeded();
      await keep(member, 'check-warned');
      await page.getByRole('button', { name: 'Tell my security team' }).click();
      await page.getByText('keep the warning').waitFor();
      const warning = JSON.parse(sent.splice(0)[0]?.body?.toString() ?? '');
      expect(warning.findings).toMatchObject([{ artefact: 'told-by-owner', value: 'Apple', verdict: 'unusual' }]);
      await page.getByRole('button', { name: 'Send it' }).click();
      await page.getByText('Your security team sees it now').waitFor();
      expect(sent.map(({ method, url }) => `${method} ${new URL(url).pathname.split('/').at(-1)}`)).toEqual([
        'POST checks',
        'PUT sightings',
      ]);
      expect(JSON.parse(sent[0]?.body?.toString() ?? '')).toEqual(JSON.parse(shown));
      // The page asks again and again: nothing of it may be under way when its server ends.
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await member.context.close();
    } finally {
      await demo.stop();
    }
  });
});

describe('what a check writes', () => {
  it('shows evidence in its timeline as it is, on a desk and on a phone, and finds in it', {
    timeout: 60_000,
  }, async () => {
    const timeline = makeTimeline();
    const detail = '+1 555: <b>a;=b</b>';
    for (const [i, text] of [detail, 'something else'].entries()) {
      const atMs = Date.UTC(2026, 0, 1 + i);
      timeline.add({ atMs, artefact: 'sms', path: 'p', what: 'message received', detail: text });
    }
    const path = join(folder, 'timeline.html');
    writeFileSync(path, [...timelineHtml(timeline)].join(''));
    for (const [name, width] of [
      ['desk', 1280],
      ['phone', 390],
    ] as const) {
      const reader = await visit(browser, { width, height: 844 });
      const { page } = reader;
      await page.goto(`file://${path}`);
      const shown = page.locator('#rows .row');
      expect(await shown.count()).toBe(2);
      const [time, , , told] = await shown.first().locator('span').all();
      expect(await told?.textContent()).toBe(detail);
      expect(await told?.isVisible()).toBe(true);
      const cut = await time?.evaluate((cell) => cell.scrollWidth - cell.clientWidth);
      expect(cut, 'pixels of the time that are cut off').toBe(0);
      await page.getByLabel('Show rows with').fill('<B>A');
      await page.getByText('1 of 2 moments').waitFor();
      await keep(reader, `check-timeline-${name}`);
      await page.context().close();
    }
  });

  it('comes with a report that anybody can read', { timeout: 60_000 }, async () => {
    const [small, out] = [backup('reported', 60, 3000), join(folder, 'results')];
    const given = [small, '--indicators', writeIndicators(folder), '--only-given', '--out', out];
    await check(given, { out: () => {}, err: () => {} });
    for (const [name, width] of [
      ['desk', 1280],
      ['phone', 390],
    ] as const) {
      const reader = await visit(browser, { width, height: 844 });
      await reader.page.goto(`file://${join(out, 'report.html')}`);
      await reader.page.getByRole('heading', { name: 'A trace of known spyware was found.' }).waitFor();
      await keep(reader, `check-report-${name}`);
      await reader.page.context().close();
    }
  });
});
