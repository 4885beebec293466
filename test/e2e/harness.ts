import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { expect } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
export const screenshots = join(root, 'test', 'screenshots');

/** A server as a process of its own, with what it printed. */
export interface ServerProcess {
  readonly url: string;
  readonly data: string;
  readonly child: ChildProcess;
  printed(): string;
  /** Waits for a line that matches and returns the match: of what it printed, or of the links that it keeps from its output. */
  line(pattern: RegExp, limitMs?: number): Promise<RegExpExecArray>;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts `pavise serve` on a folder of its own and waits until it is ready. */
export async function startProcess(
  options: { args?: string[]; data?: string; port?: number } = {},
): Promise<ServerProcess> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'pavise-e2e-'));
  const port = options.port ?? (await freePort());
  const main = join(root, 'src', 'cli', 'main.ts');
  const child = spawn(process.execPath, [main, 'serve', '--data', data, '--port', `${port}`, ...(options.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
  }
  const firstLinks = (): string => {
    const file = join(data, 'secrets', 'first-links');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const url = `http://localhost:${port}`;
  const server: ServerProcess = {
    url,
    data,
    child,
    printed: () => text,
    async line(pattern, limitMs = 60_000) {
      const endAt = Date.now() + limitMs;
      for (;;) {
        const match = pattern.exec(text) ?? pattern.exec(firstLinks());
        if (match !== null) return match;
        if (Date.now() > endAt || child.exitCode !== null) throw new Error(`no line ${pattern} in:\n${text}`);
        await sleep(50);
      }
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGINT');
        await new Promise((done) => child.once('close', done));
      }
      if (options.data === undefined) rmSync(data, { recursive: true, force: true });
    },
  };
  const endAt = Date.now() + 90_000;
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (reply) => reply.ok,
      () => false, // not listening yet
    );
    if (ready) return server;
    if (child.exitCode !== null || Date.now() > endAt) throw new Error(`the server did not start:\n${text}`);
    await sleep(50);
  }
}

/** A person at a browser of their own, with a passkey authenticator. */
export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page's content security policy refused so far, in the browser's words. */
  readonly refusedByPolicy: readonly string[];
  shoot(name: string): Promise<void>;
}

export async function startBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-background-networking'],
  });
}

export async function visit(browser: Browser, size: { width: number; height: number }): Promise<Visitor> {
  const context = await browser.newContext({ viewport: size, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const refusedByPolicy: string[] = [];
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) refusedByPolicy.push(message.text());
  });
  const devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  // On a slow machine the five minutes of a sign-in run out in the middle of a test.
  const question = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await page.addLocatorHandler(question, () => question.getByRole('button', { name: 'Use my passkey' }).click());
  mkdirSync(screenshots, { recursive: true });
  return {
    page,
    context,
    refusedByPolicy,
    async shoot(name) {
      await page.screenshot({ path: join(screenshots, `${name}.png`) });
    },
  };
}

/** The violations that axe finds on what the page shows now, one line each; frames of other origins are left out. */
async function axeViolations(page: Page): Promise<string[]> {
  // Evaluated by the debugger, because the page's policy refuses scripts that are not its own.
  await page.evaluate(readFileSync(join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8'));
  const found = await page.evaluate<{ id: string; nodes: { target: unknown; failureSummary?: string }[] }[]>(
    'axe.run(document, { iframes: false }).then((result) => result.violations)',
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${String(target)} ${failureSummary ?? ''}`),
  );
}

export async function shows(locator: Locator): Promise<void> {
  await locator.first().waitFor({ state: 'visible' });
}

export async function heading(page: Page, name: string | RegExp): Promise<void> {
  await shows(page.getByRole('heading', { name }));
}

/** Names the screen in the picture's name; finds nothing that keeps anybody out, and nothing that the page's policy refused. */
export async function keep(visitor: Visitor, name: string): Promise<void> {
  await shows(visitor.page.getByRole('heading', { level: 1 }));
  await visitor.page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
  await visitor.shoot(name);
  expect(await axeViolations(visitor.page), name).toEqual([]);
  expect(visitor.refusedByPolicy, name).toEqual([]);
}

export const rail = (page: Page, name: string): Locator =>
  page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name, exact: true });
export const tab = (page: Page, name: string): Locator =>
  page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name, exact: true });
/** On a phone the console's sections are behind a button. */
export async function openMenu(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Menu', expanded: false }).click();
}
/** Nothing reaches past the right edge. */
export async function fits(page: Page): Promise<void> {
  const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  expect(over, `${page.url()} is too wide by so many pixels`).toBeLessThanOrEqual(0);
}

/** How a command of `pavise` ended. */
interface CommandResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `pavise …` as a process of its own, to its end. */
export async function runCommand(args: string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [join(root, 'src', 'cli', 'main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString('utf8');
  });
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, out, err };
}

/** Drops a file or folder as the system would: with its path, which only the browser itself reads. */
export async function drop(page: Page, path: string): Promise<void> {
  const box = await page.getByText('Drop the backup or the archive here').boundingBox();
  if (box === null) throw new Error('no place to drop');
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', { type, x: box.x + 5, y: box.y + 5, data });
  }
  await devtools.detach();
}
