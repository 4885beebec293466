/** docs/walks.md against a real server: each walk is taken, and every call that its diagram shows must be made, in this order. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { writePracticeBackup } from '../../src/demo/backup.ts';
import { makePasskey } from '../../src/demo/passkey.ts';
import { type PracticeMember, signIn } from '../../src/demo/practice-member.ts';
import { EnrolmentReply } from '../../src/devices/api.ts';
import { Me } from '../../src/people/api.ts';
import { createToken } from '../../src/people/index.ts';
import { OverviewReply } from '../../src/privacy/api.ts';
import { readConfig } from '../../src/server/config.ts';
import { type RunningServer, startServer } from '../../src/server/main.ts';
import { freePort } from './harness.ts';
import { openOnce, protectOne, setUpOwner, simulatedPhone } from './opener.ts';
import { missingStep, readWalks, type Step, type Walk } from './read-walks.ts';
import { type Flow, listen } from './trace-calls.ts';

const root = join(import.meta.dirname, '..', '..');
const walks = readWalks(readFileSync(join(root, 'docs', 'walks.md'), 'utf8'));
const data = mkdtempSync(join(tmpdir(), 'pavise-walks-'));

let server: RunningServer;
let baseUrl: URL;
let desk: PracticeMember;
beforeAll(async () => {
  const port = await freePort();
  server = await startServer(readConfig(['--data', data, '--port', `${port}`], {}), () => {});
  baseUrl = new URL(`http://localhost:${port}`);
  const owner = makePasskey();
  await setUpOwner(baseUrl, server.firstLinks[0]?.link ?? '', owner);
  desk = await signIn({ baseUrl, publicUrl: baseUrl }, owner);
});
afterAll(async () => {
  await server.stop();
  rmSync(data, { recursive: true, force: true });
});

/** Takes a walk, and says of each flow of its diagrams which step no flow of calls has in its place. */
async function take(title: string, walk: () => Promise<void>): Promise<string[]> {
  const trace = listen();
  await walk();
  const flows = trace.stop();
  const shown = walks.filter((one) => one.title === title);
  expect(shown.length, title).toBeGreaterThan(0);
  return shown.flatMap((one) => one.flows.flatMap((steps) => wrongIn(steps, flows)));
}

function wrongIn(steps: readonly Step[], flows: readonly Flow[]): string[] {
  // Of the flow that comes farthest.
  const missing = flows.map((calls) => missingStep(steps, calls));
  if (missing.includes(undefined)) return [];
  const farthest = Math.max(...missing.map((step) => (step === undefined ? -1 : steps.indexOf(step))));
  const step = steps[farthest];
  return step === undefined ? ['no call at all'] : [`${step.from} → ${step.to} ${step.name}()`];
}

async function newPhone(seed: string): Promise<{ deviceId: string; connect(): Promise<number> }> {
  const { id: personId } = await desk.call('GET', '/api/v1/me', Me);
  const body = { personId, platform: 'apple', ownership: 'organisation' };
  const { token, deviceId } = await desk.call('POST', '/api/v1/enrolments', EnrolmentReply, body);
  const iphone = simulatedPhone(seed, baseUrl);
  await iphone.enrol(token);
  return { deviceId, connect: () => iphone.connect() };
}

describe('docs/walks.md', () => {
  it('shows the three walks, in files and by functions that are there, each called by whom it says', () => {
    expect([...new Set(walks.map(({ title }) => title))]).toEqual([
      'Check-in → command',
      'File key → decision',
      'Scan → finding → access',
    ]);
    const wrong = walks
      .flatMap(({ flows }: Walk) => flows.flat())
      .filter(({ from, to, name }) => {
        const paths = [from, to].map((file) => join(root, 'src', file));
        if (!paths.every((path) => existsSync(path))) return true;
        const [sender = '', receiver = ''] = paths.map((path) => readFileSync(path, 'utf8'));
        return !sender.includes(`${name}(`) || !new RegExp(`function\\*? ${name}\\b`).test(receiver);
      });
    expect(wrong).toEqual([]);
  });

  it('check-in → command', async () => {
    const wrong = await take('Check-in → command', async () => {
      const phone = await newPhone('walks');
      expect(await phone.connect(), 'it answers commands').toBeGreaterThan(0);
    });
    expect(wrong).toEqual([]);
  });

  it('file key → decision', async () => {
    const opener = await protectOne(desk, baseUrl, 'the name of the source');
    const wrong = await take('File key → decision', async () => {
      expect(await openOnce(desk, baseUrl, opener)).toBe('the name of the source');
    });
    expect(wrong).toEqual([]);
  });

  it('scan → finding → access', async () => {
    const { deviceId } = await newPhone('walks');
    const device = { productType: 'iPhone15,4', osVersion: '26.1', udid: '0'.repeat(40), name: 'Phone' };
    const { backup, indicators } = writePracticeBackup(join(data, 'backup'), { withTrace: true, device });
    const { token } = await createToken(
      server.services,
      { kind: 'system' },
      { name: 'checks', role: 'investigator', expiresInDays: 1 },
    );
    // What the job has kept, not what a question would be answered now.
    const kept = async () =>
      (await desk.call('GET', '/api/v1/overview', OverviewReply)).needsYou.find((item) => item.deviceId === deviceId)
        ?.code;
    const wrong = await take('Scan → finding → access', async () => {
      const args = [backup, '--only-given', '--indicators', indicators, '--server', baseUrl.href, '--token', token];
      const code = await check([...args, '--device', deviceId, '--force'], { out: () => {}, err: () => {} });
      expect(code, 'a trace was found').toBe(1);
      for (const endAt = Date.now() + 20_000; (await kept()) !== 'threat.trace' && Date.now() < endAt; )
        await sleep(50);
    });
    expect(await kept()).toBe('threat.trace');
    expect(wrong).toEqual([]);
  });
});

describe('missingStep()', () => {
  const steps = ['one', 'two'].map((name): Step => ({ from: 'a.ts', to: 'b.ts', name }));

  it('finds a step that is missing, out of order, or in another file', () => {
    expect(missingStep(steps, ['b.ts one', 'c.ts x', 'b.ts two'])).toBeUndefined();
    expect(missingStep(steps, ['b.ts one'])?.name).toBe('two');
    expect(missingStep(steps, ['b.ts two', 'b.ts one'])?.name).toBe('two');
    expect(missingStep(steps, ['b.ts one', 'c.ts two'])?.name).toBe('two');
  });
});
