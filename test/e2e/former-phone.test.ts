/**
 * A trace that follows its person to her next phone: who invited that is told, it refuses there and says why, nobody confirms anything of an
 * invitation, an investigator confirms that it is a different phone; and a claim that was false is marked, at a release and after the phone
 * has left. Each screen is kept at desk and phone size, light and dark.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { type Iphone, simulateIphone } from '../../src/demo/iphone.ts';
import { heading, rail, type ServerProcess, shows, startBrowser, startProcess, tab, type Visitor } from './harness.ts';
import { call, join, keepAll, setUpAda } from './people.ts';

const OLD = 'Emil’s iPhone';
const NEW = 'Emil’s new iPhone';

let server: ServerProcess;
let browser: Browser;
let owner: Visitor;
let ivo: Visitor;
let emil: Visitor;
let oldId: string;
let newId: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([startProcess(), startBrowser()]);
  owner = await setUpAda(server, browser);
  ivo = await join(browser, owner.page, 'Ivo Investigator', 'investigator');
  emil = await join(browser, owner.page, 'Emil Berg', 'member');
  oldId = await enrol(OLD);
  await reportTrace(oldId);
});
beforeEach(() => {
  onTestFailed(async () => {
    await owner.shoot('failed-former-phone-owner');
    await emil.shoot('failed-former-phone-emil');
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Invites a phone of Emil's as the owner. */
async function invite(): Promise<{ token: string; deviceId: string }> {
  const people = await owner.page.evaluate(async () => await (await fetch('/api/v1/people?query=emil')).json());
  const body = { personId: people.items[0].id, platform: 'apple', ownership: 'organisation' };
  return await call(owner.page, 'enrolments', body);
}

function iphone(name: string): Iphone {
  const is = { modelName: 'iPhone 15', productName: 'iPhone15,4', model: 'MTP03' };
  const runs = { osVersion: '26.6.1', buildVersion: '23G83', passcodeLength: 6, supervised: true };
  return simulateIphone({ make: { name, ...is, ...runs }, seed: name, baseUrl: new URL(server.url), now: Date.now });
}

async function enrol(name: string): Promise<string> {
  const { token, deviceId } = await invite();
  const phone = iphone(name);
  await phone.enrol(token);
  await phone.connect();
  return deviceId;
}

/** Reports as the owner that a program known from Pegasus ran. */
async function reportTrace(deviceId: string): Promise<void> {
  const indicator = { id: 'i', type: 'process:name', value: 'bh', collection: 'Pegasus', source: 'list' };
  const finding = {
    ...{
      id: 'ab'.repeat(16),
      level: 'critical',
      verdict: 'trace',
      kind: 'indicator',
      evidence: 'executed',
      value: 'bh',
    },
    ...{
      indicator,
      artefact: 'data-usage',
      path: 'DataUsage.sqlite',
      locator: 'row 1',
      at: '2026-01-01T00:00:00.000Z',
    },
    explanation: 'A program known from Pegasus ran on this phone.',
  };
  const report = {
    ...{ schema: 'pavise.check/1', tool: { name: 'pavise', version: '0.1.0' }, verdict: 'trace-found', baseline: [] },
    sources: [{ kind: 'ios-backup', encrypted: false, device: { productType: '', osVersion: '' } }],
    examined: [{ artefact: 'data-usage', path: 'x', status: 'examined', records: 1, why: null }],
    ...{ findings: [finding], unsupportedIndicators: [], stats: { cpuMs: 1, maxRssBytes: 1, bytesRead: 1, files: 1 } },
  };
  const { findingIds } = await call<{ findingIds: string[] }>(owner.page, `devices/${deviceId}/checks`, report);
  expect(findingIds).toHaveLength(1);
}

async function openDevice(page: Page, id: string, name: string): Promise<void> {
  await page.goto(`${server.url}/console/#/devices/${id}`);
  await heading(page, name);
  await shows(page.getByRole('heading', { name: 'Open traces of spyware' }));
}

const confirm = (page: Page) => page.getByRole('button', { name: 'This is a different phone' });
const WHERE = `on “${OLD}”, an earlier phone of the same person`;

describe('a trace of a former phone', () => {
  it('is told to who invites the next one, with the way to that phone, of which nobody can confirm anything yet', async () => {
    const { page } = owner;
    newId = (await invite()).deviceId;
    const told = page.getByRole('region', { name: 'For your attention' });
    await shows(told.getByText(`invited for Emil Berg stays blocked: a trace of spyware is open on “${OLD}”`));
    await keepAll(owner, 'console-former-phone-told');
    await told.getByRole('link', { name: 'Open the phone' }).press('Enter');
    await heading(page, 'New iPhone');
    await shows(page.getByText(WHERE, { exact: false }));
    await shows(page.getByText('That can be confirmed here once the phone is enrolled.', { exact: false }));
    expect(await confirm(page).count()).toBe(0);
    await told.getByRole('button', { name: /^I have seen this/ }).press('Enter');
    await told.waitFor({ state: 'detached' });
    await keepAll(owner, 'console-former-phone-invited');
    await call(page, `devices/${newId}/release`, {});
  });

  it('refuses on the next phone, and its owner reads why and what to do', async () => {
    newId = await enrol(NEW);
    const { page } = emil;
    await tab(page, 'Today').click();
    await shows(page.getByRole('heading', { name: 'Show both phones to the person responsible for security' }));
    await shows(page.getByText('A trace of spyware is open on an earlier phone of the same person', { exact: false }));
    await keepAll(emil, 'workspace-former-phone');
  });

  it('is confirmed to be of a different phone by an investigator, with the reason, and stays on the earlier one', async () => {
    const { page } = ivo;
    await openDevice(page, newId, NEW);
    await shows(page.getByText(WHERE, { exact: false }));
    await keepAll(ivo, 'console-former-phone');
    await confirm(page).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'This is a different phone' });
    await shows(dialog.getByText('It cannot be taken back.', { exact: false }));
    const send = dialog.getByRole('button', { name: 'This is a different phone' });
    await dialog.getByLabel('How you know').fill('too short');
    expect(await send.isDisabled()).toBe(true);
    await dialog.getByLabel('How you know').fill('I hold both phones, their serial numbers differ');
    await keepAll(ivo, 'console-former-phone-confirm');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await confirm(page).press('Enter');
    expect(await dialog.getByLabel('How you know').inputValue(), 'a reason that was left').toBe('');
    await dialog.getByLabel('How you know').fill('I hold both phones, their serial numbers differ');
    await send.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await shows(page.getByText(/^Ivo Investigator confirmed .* that this is a different phone/));
    await shows(page.getByText('I hold both phones, their serial numbers differ'));
    await page.getByText('nobody has confirmed that this is a different phone').waitFor({ state: 'detached' });
    expect(await confirm(page).count()).toBe(0);
    await keepAll(ivo, 'console-former-phone-confirmed');
    await openDevice(page, oldId, OLD);
    await shows(page.getByText(/^found on this phone/));
    const said = emil.page.getByText('A trace of spyware is open on an earlier phone', { exact: false });
    await said.waitFor({ state: 'detached' });
  });
});

describe('a claim that was false', () => {
  it('is marked at the release, which its page says from then on', async () => {
    const { page } = owner;
    const deviceId = await enrol('Emil’s tablet');
    await page.goto(`${server.url}/console/#/devices/${deviceId}`);
    await page.getByRole('button', { name: 'Release the device' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Release the device' });
    await dialog.getByLabel('It was never the phone that it claimed to be', { exact: false }).check();
    await keepAll(owner, 'console-claim-release');
    await dialog.getByRole('button', { name: 'Release the device' }).press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await shows(page.getByText(/^Marked .* as not the phone that it claimed to be/));
    expect(await page.getByRole('heading', { name: 'Dangerous actions' }).count(), 'nothing is left to do').toBe(0);
    await keepAll(owner, 'console-claim-marked');
  });

  it('is marked of a phone that left by itself', async () => {
    const { page } = owner;
    const { token, deviceId } = await invite();
    const phone = iphone('Emil’s other');
    await phone.enrol(token);
    await phone.leave();
    await page.goto(`${server.url}/console/#/devices/${deviceId}`);
    await page.getByRole('button', { name: 'Mark the claim as false' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Mark the claim as false' });
    await keepAll(owner, 'console-claim-left');
    await dialog.getByRole('button', { name: 'Mark the claim as false' }).press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await shows(page.getByText(/^Marked .* as not the phone that it claimed to be/));
    await rail(page, 'Audit').click();
    const rows = page.getByRole('table', { name: 'Audit' }).getByRole('row');
    await shows(rows.filter({ hasText: 'A phone that had left was marked as not the one that it claimed to be' }));
    await shows(rows.filter({ hasText: 'A phone was said to be a different one than its owner had before' }));
  });
});
