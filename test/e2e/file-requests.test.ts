/**
 * Whose word opens a file: its owner shares it with a group and confirms who joins later; in an emergency two people give access, whom it
 * concerns reads that at once; the files of somebody who has left get another owner. Each screen is kept at desk and phone size, light and dark.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, it, onTestFailed } from 'vitest';
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
} from './harness.ts';
import { call, join, keepAll, setUpAda } from './people.ts';

const FILE = 'Sources.txt';
const ACCESS = `access to the file “${FILE}”`;

let server: ServerProcess;
let browser: Browser;
let ada: Visitor;
let bea: Visitor;
let emil: Visitor;
let nora: Visitor;

beforeAll(async () => {
  [server, browser] = await Promise.all([startProcess(), startBrowser()]);
  ada = await setUpAda(server, browser);
  bea = await join(browser, ada.page, 'Bea Lind', 'administrator');
  emil = await join(browser, ada.page, 'Emil Berg', 'member');
  nora = await join(browser, ada.page, 'Nora Falk', 'member');
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
  it('are shared with a group; who joins it later waits until their owner has let her', async () => {
    const { id } = await call<{ id: string }>(ada.page, 'groups', { name: 'Desk' });
    const people = await call<{ items: { id: string; displayName: string }[] }>(ada.page, 'people', undefined, 'GET');
    const put = async (name: string): Promise<void> => {
      const personId = people.items.find(({ displayName }) => displayName === name)?.id;
      await call(ada.page, `groups/${id}/members/${personId}`, undefined, 'PUT');
    };
    await put('Emil Berg');
    const { page } = emil;
    await protect(emil, FILE);
    await page.getByRole('button', { name: `Who may open: ${FILE}` }).click();
    await page.getByLabel('Add a group of yours').selectOption('Desk');
    await page.getByRole('button', { name: 'Share with the group' }).click();
    await shows(page.getByText('1 person may open it'));
    await page.getByRole('button', { name: 'Close' }).click();
    await tab(page, 'Today').click();
    await nora.page.goto(`${server.url}/workspace/#/files`);
    await put('Nora Falk');
    await shows(page.getByText('Nora Falk joined the group “Desk”'));
    await keepAll(emil, 'workspace-group-grew');
    await tab(page, 'Files').click();
    await page.getByRole('tab', { name: 'Mine' }).click();
    await shows(page.getByText('one person waits for you'));
    await shows(nora.page.getByText('No files yet'));
    await nora.page.reload();
    await shows(nora.page.getByText('No files yet'));

    await tab(page, 'Today').click();
    await page.getByRole('button', { name: 'Let Nora Falk open: Desk' }).click();
    await page.getByText('Nora Falk joined the group', { exact: false }).waitFor({ state: 'detached' });
    await shows(nora.page.getByText(FILE));
    await keep(nora, 'workspace-group-let-in');
  });

  it('are given by two people in an emergency; the owner reads it at once', async () => {
    const { page } = ada;
    await rail(page, 'Files').click();
    await page.getByRole('button', { name: FILE }).click();
    await page.getByRole('button', { name: 'Ask for access in an emergency' }).press('Enter');
    await shows(page.getByText('Bea Lind has to agree. Or Emil Berg agrees', { exact: false }));
    await page.getByLabel('Who shall be able to open it').fill('bea@meridian.example');
    await shows(page.getByText('Nobody else here can agree. You wait 24 hours', { exact: false }));
    await keep(ada, 'console-emergency-alone');
    await page.getByLabel('Who shall be able to open it').fill('ada@meridian.example');
    await page.getByLabel('Why it is needed').fill('Emil is in hospital, the print run is tonight');
    await shows(page.getByText('Then you can open it', { exact: false }));
    await keepAll(ada, 'console-emergency-ask');
    await page.getByRole('button', { name: 'Ask for it' }).press('Enter');
    await shows(page.getByText(`Ada Owner asks for ${ACCESS}`));
    await keep(ada, 'console-emergency-asked');

    await shows(emil.page.getByText(`Ada Owner asks for ${ACCESS}`));
    await shows(emil.page.getByRole('button', { name: `Stop it: ${ACCESS}` }));
    await keepAll(emil, 'workspace-emergency-asked');
    await tab(emil.page, 'Files').click();
    await emil.page.getByRole('tab', { name: 'Mine' }).click();
    await shows(emil.page.getByText('access is asked for'));
    await emil.page.getByRole('button', { name: `Who may open: ${FILE}` }).click();
    await shows(emil.page.getByRole('dialog').getByRole('button', { name: `Stop it: ${ACCESS}` }));
    await keep(emil, 'workspace-emergency-file');
    await emil.page.getByRole('button', { name: 'Close' }).click();
    await tab(emil.page, 'Today').click();

    await bea.page.goto(`${server.url}/console/#/`);
    await bea.page.getByRole('link', { name: `asks for ${ACCESS}. You can agree.` }).click();
    await keep(bea, 'console-emergency-agree');
    await bea.page.getByRole('button', { name: `Agree: ${ACCESS}` }).click();
    await shows(emil.page.getByText(`Bea Lind gave Ada Owner access to “${FILE}”`));
    await keep(emil, 'workspace-emergency-given');
    await emil.page.getByRole('link', { name: 'See who may open it' }).click();
    await shows(emil.page.getByText('By two people’s agreement; Ada Owner had asked', { exact: false }));
    await keepAll(emil, 'workspace-emergency-by-whom');
    await emil.page.getByRole('button', { name: 'Close' }).click();
    await tab(emil.page, 'Privacy').click();
    await heading(emil.page, 'Asked about you');
    await emil.page.getByText(`Ada Owner asked for ${ACCESS}`).scrollIntoViewIfNeeded();
    await keep(emil, 'workspace-privacy-requests');
    await page.getByRole('dialog').getByText('Bea Lind agreed', { exact: false }).waitFor();
    await keep(ada, 'console-emergency-given');
  });

  it('get another owner once theirs has left', async () => {
    const { page } = ada;
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).press('Enter');
    await rail(page, 'People').click();
    await page.getByRole('table', { name: 'People' }).getByRole('link', { name: 'Emil Berg' }).click();
    await shows(page.getByText('suspend the account below', { exact: false }));
    await keep(ada, 'console-person-files');
    await page.getByRole('button', { name: 'Suspend' }).press('Enter');
    await page.getByRole('button', { name: 'Hand the files over' }).press('Enter');
    await page.getByLabel('Who shall own them').fill('ada@meridian.example');
    await page.getByLabel('Why it is needed').fill('Emil left on Friday');
    await shows(page.getByText('Then every file of Emil Berg is yours', { exact: false }));
    await keepAll(ada, 'console-handover-ask');
    await page.getByRole('button', { name: 'Ask for it' }).press('Enter');
    await shows(page.getByText('Ada Owner asks for another owner for the file of Emil Berg', { exact: false }));
    await keep(ada, 'console-handover-asked');
    await bea.page.getByRole('button', { name: /^Agree: another owner/ }).click();
    await heading(page, 'Two people');
    await page.getByText('Ada Owner asked for another owner', { exact: false }).waitFor();
    await shows(page.getByText('Owns no protected file.'));
    await keep(ada, 'console-handover-done');
  });
});
