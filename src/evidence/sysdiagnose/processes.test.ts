import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../../base/index.ts';
import { memoryTree, type Sighting } from '../index.ts';
import { openSysdiagnose } from './open.ts';
import { processes, type RunningProcess } from './processes.ts';

const SPINDUMP = `Date/Time:        2025-11-22 19:36:24.011 -0500
End time:         2025-11-22 19:36:26.009 -0500
OS Version:       iPhone OS 26.1 (Build 23B85)
Architecture:     arm64e

Hardware model:   iPhone16,1

${'-'.repeat(60)}

Process:          Messages [290] (suspended)
Path:             /Applications/MobileSMS.app/MobileSMS
Parent:           launchd [1]
UID:              501
Time Since Fork:  392s

Process:          MobileMail (Mail) [291]
UID:              501

Process:          Helper (Renderer) [292]
Path:             /private/var/containers/Bundle/Application/X/A.app/Helper (Renderer)

Process:          zombied [293] (zombie)
`;

async function read(text: string) {
  const tree = memoryTree('s', new Map([['spindump-nosymbols.txt', utf8Bytes(text)]]));
  const source = await openSysdiagnose(tree, { kind: 'folder', prefix: '' });
  const records: RunningProcess[] = [];
  const sightings: Sighting[] = [];
  await processes.read(source, {
    record: (record) => record.kind === 'process' && records.push(record),
    sighting: (sighting) => sightings.push(sighting),
    event: undefined,
  });
  return { source, records, sightings };
}

describe('spindump', () => {
  it('names a process after its program, and keeps the name that people see', async () => {
    const { records } = await read(SPINDUMP);
    expect(records.map(({ pid, name, displayName, zombie }) => [pid, name, displayName, zombie])).toEqual([
      [290, 'MobileSMS', 'Messages', false],
      [291, 'MobileMail', 'Mail', false],
      [292, 'Helper (Renderer)', undefined, false],
      [293, 'zombied', undefined, true],
    ]);
  });

  it('looks for the program and for the name that is shown', async () => {
    const { sightings } = await read(SPINDUMP);
    const names = sightings.filter(({ kind }) => kind === 'process').map(({ value }) => value);
    expect(names).toEqual(expect.arrayContaining(['MobileSMS', 'Messages', 'MobileMail', 'Mail']));
  });

  it('tells the model and the version of the system where nothing else does', async () => {
    const { source } = await read(SPINDUMP);
    expect(source.device).toMatchObject({ productType: 'iPhone16,1', osVersion: '26.1', buildVersion: '23B85' });
  });
});
