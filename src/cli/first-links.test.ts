import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handOverLinks } from './first-links.ts';

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'pavise-links-'));
});
afterAll(() => rm(data, { recursive: true, force: true }));

const links = [
  { label: 'setup link, for one use', link: 'https://a.example/console/#/setup?token=s3cret' },
  { label: 'invitation of Ana', link: 'https://a.example/workspace/#/join?token=hush' },
];
const file = (): string => join(data, 'secrets', 'first-links');

describe('handOverLinks()', () => {
  it('prints the links on a terminal, and elsewhere nothing but the file of mode 0600 that holds them', async () => {
    const lines = links.map(({ label, link }) => `${label}: ${link}`);
    expect(await handOverLinks(data, links, true)).toEqual(lines);
    expect([readFileSync(file(), 'utf8'), statSync(file()).mode & 0o777]).toEqual([`${lines.join('\n')}\n`, 0o600]);
    const printed = await handOverLinks(data, links.slice(0, 1), false);
    expect(printed).toEqual([`links for one use, to read on this machine: ${file()}`]);
    expect(readFileSync(file(), 'utf8')).toBe(`${lines[0]}\n`);
  });

  it('lets nobody else read a file that somebody has put there before, and removes it when there is no link', async () => {
    await writeFile(file(), 'old', { mode: 0o644 });
    await handOverLinks(data, links, false);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(await handOverLinks(data, [], true)).toEqual([]);
    expect(existsSync(file())).toBe(false);
  });
});
