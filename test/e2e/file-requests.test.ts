/**
 * Whose word opens a file: its owner shares it with a group and confirms who joins later; in an emergency two people give access, whom it
 * concerns reads that at once; the files of somebody who has left get another owner. Each screen is kept at desk and phone size, light and dark.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, it, onTestFailed } from 'vitest';
import { heading, rail, type ServerProcess, shows, startBrowser, startProcess, tab, type Visitor } from './harness.ts';
import { join, keepAll, setUpAda } from './people.ts';

const FILE = 'Sources.txt';
const ACCESS = `access to the file “${FILE}”`;

let server: ServerProcess;
let browser: Browser;
let ada: Visitor;
let bea: Visitor;
let emil: Visitor;

beforeAll(async () => {
  [server, browser] = await Promise.all([startProcess(), startBrowser()]);
  ada = await setUpAda(server, browser);
  bea = await join(browser, ada.page, 'Bea Lind', 'administrator');
  emil = await join(browser, ada.page, 'Emil Berg', 'member');
});
beforeEach(() => {
  onTestFailed(async () => {
    await ada.shoot('failed-file-requests-ada');
    await emil.shoot('failed-file-requests-emil');
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function protect({ page }: Visitor, name: string): Promise<void> {
  await page.goto(`${server.url}/workspace/#/files`);
  await page.getByRole('button', { name: 'Protect a file' }).click();
  const buffer = Buffer.from('The source is at the port on Friday.');
  await page.getByLabel('File', { exact: true }).setInputFiles({ name, mimeType: 'text/plain', buffer });
  await page.getByRole('button', { name: 'Encrypt and send' }).click();
  await shows(page.getByText(`“${name}” is protected and sent`));
}

describe('files of somebody else', () => {
  it('are given by two people in an emergency; the owner reads it at once', async () => {
    await protect(emil, FILE);
    await tab(emil.page, 'Today').click();
    const { page } = ada;
    await rail(page, 'Files').click();
    await page.getByRole('button', { name: FILE }).click();
    await page.getByRole('button', { name: 'Ask for access in an emergency' }).press('Enter');
    await shows(page.getByText('Bea Lind has to agree. Or Emil Berg agrees', { exact: false }));
    await page.getByLabel('Who shall be able to open it').fill('bea@meridian.example');
    await shows(page.getByText('Nobody else here can agree. You wait 24 hours', { exact: false }));
    await keepAll(ada, 'console-emergency-alone');
    await page.getByLabel('Who shall be able to open it').fill('ada@meridian.example');
    await page.getByLabel('Why it is needed').fill('Emil is in hospital, the print run is tonight');
    await shows(page.getByText('Then you can open it', { exact: false }));
    await keepAll(ada, 'console-emergency-ask');
    await page.getByRole('button', { name: 'Ask for it' }).press('Enter');
    await shows(page.getByText(`Ada Owner asks for ${ACCESS}`));
    await keepAll(ada, 'console-emergency-asked');

    await shows(emil.page.getByText(`Ada Owner asks for ${ACCESS}`));
    await shows(emil.page.getByRole('button', { name: `Stop it: ${ACCESS}` }));
    await keepAll(emil, 'workspace-emergency-asked');

    await bea.page.goto(`${server.url}/console/#/`);
    await bea.page.getByRole('link', { name: `asks for ${ACCESS}. You can agree.` }).click();
    await keepAll(bea, 'console-emergency-agree');
    await bea.page.getByRole('button', { name: `Agree: ${ACCESS}` }).click();
    await shows(emil.page.getByText(`Bea Lind gave Ada Owner access to “${FILE}”`));
    await keepAll(emil, 'workspace-emergency-given');
    await page.getByRole('dialog').getByText('Bea Lind agreed', { exact: false }).waitFor();
    await keepAll(ada, 'console-emergency-given');
  });

  it('get another owner once theirs has left', async () => {
    const { page } = ada;
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).press('Enter');
    await rail(page, 'People').click();
    await page.getByRole('table', { name: 'People' }).getByRole('link', { name: 'Emil Berg' }).click();
    await shows(page.getByText('suspend the account below', { exact: false }));
    await keepAll(ada, 'console-person-files');
    await page.getByRole('button', { name: 'Suspend' }).press('Enter');
    await page.getByRole('button', { name: 'Hand the files over' }).press('Enter');
    await page.getByLabel('Who shall own them').fill('ada@meridian.example');
    await page.getByLabel('Why it is needed').fill('Emil left on Friday');
    await shows(page.getByText('Then every file of Emil Berg is yours', { exact: false }));
    await keepAll(ada, 'console-handover-ask');
    await page.getByRole('button', { name: 'Ask for it' }).press('Enter');
    await shows(page.getByText('Ada Owner asks for another owner for the file of Emil Berg', { exact: false }));
    await keepAll(ada, 'console-handover-asked');
    await bea.page.getByRole('button', { name: /^Agree: another owner/ }).click();
    await heading(page, 'Two people');
    await page.getByText('Ada Owner asked for another owner', { exact: false }).waitFor();
    await shows(page.getByText('Owns no protected file.'));
    await keepAll(ada, 'console-handover-done');
  });
});
