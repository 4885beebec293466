import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../../base/index.ts';
import { type EvidenceTree, memoryTree } from '../../evidence/index.ts';
import type { IndicatorKey } from '../../formats/stix/index.ts';
import { makeZip } from '../../formats/zip/testing.ts';
import { examine, reportOf } from '../index.ts';
import { compileIndicators } from '../indicators/index.ts';
import { headlineOf } from '../report/index.ts';

const fence = '-'.repeat(79);
const TEXT = `${'='.repeat(56)}\n== dumpstate: 2025-06-01 10:00:00\n${'='.repeat(56)}\n------ PROCESSES AND THREADS (ps -A -T -Z) ------\nLABEL USER PID TID PPID VSZ RSS WCHAN ADDR S PRI NI RTPRIO SCH PCY TIME CMD\nu:r:init:s0 root 7 7 0 1 1 x 0 S 19 0 - 0 fg 00:00:01 exampleagentd\n${fence}\nDUMP OF SERVICE settings:\nGLOBAL SETTINGS (user 0)\n_id:1 name:package_verifier_enable pkg:android value:0 default:1 defaultSystemSet:true\n--------- 0.02s was the duration of dumpsys settings, ending at: 2025-06-01 10:00:01\n`;
const MOUNT = '36 35 254:6 / /system rw,relatime - ext4 /dev/block/dm-6 rw,seclabel\n';

async function told(
  files: Readonly<Record<string, string>>,
  zipped = true,
  ...pairs: readonly (readonly [IndicatorKey, string])[]
) {
  const entries = Object.entries(files).map(([name, text]) => ({ name, data: utf8Bytes(text) }));
  const tree: EvidenceTree = zipped
    ? { ...memoryTree('bugreport.zip', new Map([['bugreport.zip', makeZip(entries)]])), single: true }
    : memoryTree('bugreport', new Map(entries.map(({ name, data }) => [name, data])));
  const indicators = pairs.map(([key, value], i) => ({ id: `${i}`, key, value, collection: 'Family' }));
  const index = compileIndicators([{ source: 's', bundle: { unsupported: [], indicators } }]);
  const result = await examine([tree], index, {
    passwords: [],
    level: 'thorough',
    nowMs: Date.UTC(2025, 5, 2),
    progress: () => undefined,
  });
  if ('unknown' in result) return 'unknown';
  const run = { cpuMs: 0, maxRssBytes: 0, tool: { name: 'x', version: '1' } };
  const report = reportOf(result, index, run, (text) => text.length.toString(16).padStart(32, '0'));
  const unread = report.examined
    .filter(({ status }) => status === 'unreadable')
    .map(({ artefact, path }) => `${artefact} ${path}`);
  return {
    verdict: report.verdict,
    headline: headlineOf(report),
    unread,
    findings: report.findings.map(({ level, verdict, artefact, value }) => `${level} ${verdict} ${artefact} ${value}`),
  };
}

describe('a bug report', () => {
  it('tells a known program that ran, a guard that is off and a system that can be written to', async () => {
    const files = { 'main_entry.txt': 'bugreport-x.txt', 'bugreport-x.txt': TEXT, 'FS/proc/1/mountinfo': MOUNT };
    expect(await told(files, true, ['process:name', 'exampleagentd'])).toMatchObject({
      verdict: 'trace-found',
      unread: [],
      findings: [
        'critical trace processes exampleagentd',
        'high unusual mounts /system',
        'medium weakness settings package_verifier_enable = 0',
      ],
    });
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['is missing', { 'main_entry.txt': 'bugreport-x.txt', 'FS/proc/1/x': 'y' }, 'main-text bugreport-x.txt'],
    ['is empty', { 'main_entry.txt': 'bugreport-x.txt', 'bugreport-x.txt': '' }, 'main-text bugreport-x.txt'],
    [
      'is nothing of the kind',
      { 'main_entry.txt': 'bugreport-x.txt', 'bugreport-x.txt': 'hello', 'dumpstate_board.txt': 'x' },
      'main-text bugreport-x.txt',
    ],
    ['has no name', { 'main_entry.txt': '../../etc', 'FS/x': 'y' }, 'main-text *'],
    [
      'is missing beside crashes',
      { 'b/main_entry.txt': 'bugreport-x.txt', 'b/FS/data/tombstones/tombstone_00': '' },
      'main-text b/bugreport-x.txt',
    ],
  ])('whose main text %s is incomplete, and never without a finding', async (_, files, row) => {
    for (const zipped of [true, false]) {
      const result = await told(files, zipped, ['process:name', 'exampleagentd']);
      expect(result).toMatchObject({ verdict: 'incomplete', unread: [row] });
      expect(result).not.toMatchObject({ headline: expect.stringMatching(/^Nothing was found\./) });
    }
  });
});
