import type { Browser, Page } from 'playwright-core';
import { fits, heading, keep, type ServerProcess, tab, type Visitor, visit } from './harness.ts';

export const DESK = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** Calls the API in the session of a page; undefined where nothing is answered. */
export async function call<T>(page: Page, path: string, body?: object, method = 'POST'): Promise<T> {
  return await page.evaluate(
    async ([to, sent, by]) => {
      const headers = { 'content-type': 'application/json' };
      const reply = await fetch(to, { method: by, ...(sent === undefined ? {} : { headers, body: sent }) });
      if (!reply.ok) throw new Error(`${by} ${to}: ${reply.status} ${await reply.text()}`);
      return reply.status === 204 ? undefined : await reply.json();
    },
    [`/api/v1/${path}`, body && JSON.stringify(body), method] as const,
  );
}

/** Ada, who sets the server up and owns it. */
export async function setUpAda(server: ServerProcess, browser: Browser): Promise<Visitor> {
  const ada = await visit(browser, DESK);
  const [, link = ''] = await server.line(/setup link, for one use: (\S+)/);
  await ada.page.goto(link);
  await ada.page.getByLabel('Your name').fill('Ada Owner');
  await ada.page.getByLabel('Your e-mail address').fill('ada@meridian.example');
  await ada.page.getByRole('button', { name: 'Create a passkey and begin' }).click();
  await heading(ada.page, 'Overview');
  return ada;
}

/** Invites somebody by the page of an owner and joins as her: members on a phone, all others at a desk. */
export async function join(browser: Browser, owner: Page, displayName: string, role: string): Promise<Visitor> {
  const email = `${displayName.split(' ')[0]?.toLowerCase()}@meridian.example`;
  const { link } = await call<{ link: string }>(owner, 'people/invitations', { displayName, email, role });
  const visitor = await visit(browser, role === 'member' ? PHONE : DESK);
  visitor.page.setDefaultTimeout(15_000);
  await visitor.page.goto(link);
  await visitor.page.getByRole('button', { name: 'Create a passkey' }).click();
  await visitor.page
    .getByRole('link', { name: 'Go to your workspace' })
    .or(tab(visitor.page, 'Today'))
    .first()
    .waitFor();
  return visitor;
}

/** At desk and phone size, light and dark; nothing is too wide and axe finds nothing in any of them. */
export async function keepAll(visitor: Visitor, name: string): Promise<void> {
  const { page } = visitor;
  const before = page.viewportSize() ?? DESK;
  for (const [size, viewport] of [
    ['desk', DESK],
    ['phone', PHONE],
  ] as const) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await keep(visitor, `${name}-${size}-${colorScheme}`);
    }
    await fits(page);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(before);
}
