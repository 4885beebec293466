import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { afterAll, describe, expect, it } from 'vitest';
import { runs } from '../base/testing.ts';
import { writePracticeBackup } from '../demo/backup.ts';
import { CheckReport } from '../detection/api.ts';
import { check } from './check.ts';

const MVT = '../shared/data/mvt-artifacts/ios_backup';
const FEEDS = 'test/vectors/public/indicators';
const folder = mkdtempSync(join(tmpdir(), 'pavise-check-'));
afterAll(() => rmSync(folder, { recursive: true }));
const device = { productType: 'iPhone15,2', osVersion: '26.6.1', udid: '00008120-000000000000001E', name: 'Practice' };

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await check(args, { out: (text) => (out += text), err: (text) => (err += text) });
  return { code, out, err };
}

async function report(...args: string[]): Promise<{ code: number; report: CheckReport }> {
  const { code, out } = await run(...args, '--json', '-');
  const parsed: unknown = JSON.parse(out);
  if (!Value.Check(CheckReport, parsed))
    throw new Error(JSON.stringify([...Value.Errors(CheckReport, parsed)].slice(0, 3)));
  return { code, report: parsed };
}

function stix(name: string, pairs: readonly (readonly [string, string])[]): string {
  const path = join(folder, name);
  const objects = pairs.map(([key, value], i) => ({
    type: 'indicator',
    id: `indicator--${i}`,
    pattern: `[${key}='${value}']`,
  }));
  writeFileSync(path, JSON.stringify({ type: 'bundle', objects }));
  return path;
}

function treeHash(root: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    const stat = statSync(join(root, name));
    hash.update(`${name} ${stat.mtimeMs} `);
    if (stat.isFile()) hash.update(readFileSync(join(root, name)));
  }
  return hash.digest('hex');
}

describe('check() on practice backups', () => {
  const traced = writePracticeBackup(join(folder, 'traced'), { withTrace: true, device });
  const clean = writePracticeBackup(join(folder, 'clean'), { withTrace: false, device });

  it('finds the process as a trace and the link as unusual, and leaves the evidence as it was', async () => {
    const before = treeHash(traced.backup);
    const result = await report(traced.backup, '--indicators', traced.indicators);
    expect(treeHash(traced.backup)).toBe(before);
    expect(result.code).toBe(1);
    expect(result.report.verdict).toBe('trace-found');
    expect(
      result.report.findings.map(({ verdict, evidence, artefact, value }) => [verdict, evidence, artefact, value]),
    ).toEqual([
      ['trace', 'executed', 'data-usage', 'bh'],
      ['unusual', 'received', 'sms', 'https://www.free-updates.example.net/p?id=7'],
    ]);
    expect(result.report.sources).toEqual([
      {
        kind: 'ios-backup',
        encrypted: false,
        device: {
          productType: 'iPhone15,2',
          osVersion: '26.6.1',
          udidHash: createHash('sha256').update(device.udid).digest('hex'),
        },
      },
    ]);
  });

  it('stays silent on look-alikes and never says that the phone is clean', async () => {
    const { code, out } = await run(clean.backup, '--indicators', clean.indicators);
    expect(code).toBe(0);
    expect(out).toMatch(/^Nothing was found. This does not prove that the phone is clean/);
  });

  it('is incomplete without indicators', async () => {
    const { code, out, err } = await run(clean.backup);
    expect([code, err]).toEqual([3, expect.stringMatching(/^No indicators loaded/)]);
    expect(out).toMatch(/not everything could be/);
  });

  it('tells an encrypted backup and a damaged database apart from absence', async () => {
    const { backup, indicators } = writePracticeBackup(join(folder, 'broken'), { withTrace: false, device });
    const id = createHash('sha1').update('HomeDomain-Library/SMS/sms.db').digest('hex');
    writeFileSync(join(backup, id.slice(0, 2), id), 'no database');
    const damaged = await report(backup, '--indicators', indicators);
    expect([damaged.code, damaged.report.verdict]).toEqual([3, 'incomplete']);
    expect(damaged.report.examined.find(({ artefact }) => artefact === 'sms')).toMatchObject({ status: 'unreadable' });
    writeFileSync(join(backup, 'Manifest.db'), Buffer.alloc(4096, 7));
    const plist = readFileSync(join(backup, 'Manifest.plist'), 'utf8').replace('<false/>', '<true/>');
    writeFileSync(join(backup, 'Manifest.plist'), plist);
    const encrypted = await report(backup, '--indicators', indicators);
    expect([encrypted.code, encrypted.report.verdict, encrypted.report.sources[0]?.encrypted]).toEqual([
      3,
      'incomplete',
      true,
    ]);
    expect(encrypted.report.examined.find(({ artefact }) => artefact === 'manifest')?.why).toMatch(/encrypted/);
  });

  it('finds deleted text by the byte scan', async () => {
    const { backup, indicators } = writePracticeBackup(join(folder, 'deleted'), { withTrace: false, device });
    const content = Buffer.concat([
      Buffer.alloc(9_000_000),
      Buffer.from('\0http://x.free-updates.example.net:80/'),
      Buffer.alloc(10),
    ]);
    writeFileSync(join(backup, 'stray.bin'), content);
    const { code, report: found } = await report(backup, '--indicators', indicators);
    expect([code, found.verdict]).toEqual([1, 'unusual']);
    expect(found.findings.map(({ path, locator, value }) => [path, locator, value])).toEqual([
      ['stray.bin', 'byte 9000008', 'x.free-updates.example.net'],
    ]);
  });

  it('refuses bad input with a sentence', async () => {
    await expect(run()).rejects.toMatchObject({ code: 'usage' });
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    await expect(run(empty)).rejects.toMatchObject({ code: 'check-source' });
    await expect(run(join(folder, 'none'))).rejects.toMatchObject({ code: 'check-input' });
    await expect(run('/dev/null')).rejects.toMatchObject({ code: 'check-input' });
    await expect(run(clean.backup, '--json', join(clean.backup, 'out.json'))).rejects.toMatchObject({
      code: 'check-output',
    });
    await expect(run(clean.backup, '--indicators', join(clean.backup, 'Info.plist'))).rejects.toMatchObject({
      code: 'indicators-input',
    });
  });

  it('ends with a report on any mutated file', async () => {
    const { backup, indicators } = writePracticeBackup(join(folder, 'fuzz'), {
      withTrace: true,
      device,
      size: { messages: 8, visits: 4, files: 1 },
    });
    const files = readdirSync(backup, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(backup, name)).isFile(),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { minLength: 1, maxLength: 20 }),
        async (name, changes) => {
          const path = join(backup, name);
          const original = readFileSync(path);
          const bytes = Buffer.from(original);
          for (const [where, value] of changes) bytes[Math.floor(where * where * (bytes.length - 1))] = value;
          writeFileSync(path, bytes);
          try {
            expect((await report(backup, '--indicators', indicators)).code).toBeLessThanOrEqual(3);
          } finally {
            writeFileSync(path, original);
          }
        },
      ),
      { numRuns: runs(100) },
    );
  });
});

describe.skipIf(!existsSync(MVT))('check() on the published iOS backup', () => {
  it('reads the published numbers of records', async () => {
    const { code, report: found } = await report(MVT);
    const records = Object.fromEntries(
      found.examined.map(({ artefact, status, records: n }) => [artefact, [status, n]]),
    );
    expect(code).toBe(3);
    expect(records).toMatchObject({
      'backup-info': ['examined', 1],
      'backup-status': ['absent', 0],
      'backup-manifest': ['absent', 0],
      manifest: ['examined', 3721],
      sms: ['examined', 1],
      'safari-history': ['unreadable', 0],
      'data-usage': ['examined', 41],
      permissions: ['examined', 11],
      'configuration-profiles': ['absent', 0],
      calendar: ['examined', 1],
      'global-preferences': ['examined', 16],
      interactions: ['examined', 3],
      'safari-browser-state': ['examined', 1],
      'whatsapp-contacts': ['examined', 2],
      files: ['unreadable', 12],
    });
    expect(found.findings.map(({ level, value }) => [level, value])).toEqual([
      ['medium', '14.3'],
      ['low', '5'],
    ]);
  });

  const cases: readonly (readonly [string, string, readonly (readonly [string, string, string])[]])[] = [
    ['file:name', 'com.apple.CoreBrightness.plist', [['high', 'manifest', 'present']]],
    ['domain-name:value', 'badbadbad.example.org', [['high', 'sms', 'received']]],
    [
      'process:name',
      'CumulativeUsageTracker',
      [
        ['critical', 'data-usage', 'executed'],
        ['critical', 'data-usage', 'executed'],
      ],
    ],
    ['process:name', 'Launch', [['critical', 'permissions', 'permitted']]],
    ['domain-name:value', 'en.wikipedia.org', [['high', 'safari-browser-state', 'visited']]],
  ];
  for (const [key, value, expected] of cases) {
    it(`finds ${key} ${value}`, async () => {
      const { report: found } = await report(MVT, '--indicators', stix('one.stix2', [[key, value]]));
      const told = found.findings.filter(({ kind }) => kind === 'indicator');
      expect(told.map(({ level, artefact, evidence }) => [level, artefact, evidence])).toEqual(expected);
    });
  }

  it.skipIf(!existsSync(FEEDS))('raises no alarm from the public feeds', async () => {
    const { report: found } = await report(MVT, '--indicators', FEEDS);
    expect(found.findings.filter(({ kind }) => kind === 'indicator')).toEqual([]);
    // The list of stalkerware names some parties by what stands in their certificates, which no evidence holds: told, never guessed.
    expect(found.unsupportedIndicators.filter(({ source }) => source !== 'ioc.yaml')).toEqual([]);
  });
});
