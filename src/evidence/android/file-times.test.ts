import { expect, it } from 'vitest';
import { utf8Bytes } from '../../base/index.ts';
import { makeZip } from '../../formats/zip/testing.ts';
import { zipTree } from '../archive-trees.ts';
import { memoryFile } from '../block-file.ts';
import { fileTimes } from './file-times.ts';
import { gatherAndroid } from './gather.ts';
import { readAll } from './testing.ts';

it('file times of a bug report are the phone’s own, in UTC where its zone is told', async () => {
  const files = ['FS/data/anr/a', 'FS/data/tombstones/b', 'other.txt'].map((name) => ({ name, data: utf8Bytes('x') }));
  const zoned = { name: 'getprop.txt', data: utf8Bytes('[persist.sys.timezone]: [Asia/Tokyo]\n') };
  const read = async (more: readonly { name: string; data: Uint8Array }[]) => {
    const tree = await zipTree('z', memoryFile(makeZip([...files, ...more])));
    return readAll(fileTimes, await gatherAndroid(tree, { passwords: [] }));
  };
  const [plain, tokyo] = [await read([]), await read([zoned])];
  expect(plain.records.map(({ path, zoneUnknown }) => [path, zoneUnknown])).toEqual([
    ['FS/data/anr/a', true],
    ['FS/data/tombstones/b', true],
  ]);
  const [first, second] = [plain.records[0]?.modifiedAtMs ?? 0, tokyo.records[0]?.modifiedAtMs ?? 0];
  expect([first - second, tokyo.events[0]?.zoneUnknown]).toEqual([9 * 3_600_000, undefined]);
});
