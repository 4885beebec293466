import { describe, expect, it } from 'vitest';
import { makeFilesystem } from '../../test/synthetic/ios-filesystem.ts';
import { makeSysdiagnose, sysdiagnoseName } from '../../test/synthetic/sysdiagnose.ts';
import { concatBytes, utf8Bytes } from '../base/index.ts';
import { processorMs, runs } from '../base/testing.ts';
import { tarPart } from '../formats/tar/testing.ts';
import { mutate, seeded } from '../formats/testing.ts';
import type { Artefact, ArtefactModule } from './evidence.ts';
import * as readers from './index.ts';
import { filesystemAt } from './ios/filesystem.ts';
import { findSysdiagnose, openSysdiagnose } from './sysdiagnose/open.ts';

/** In `npm test`; a hundred times that, a million, in `npm run fuzz`. */
const INPUTS = runs(10_000);
const MAX_CPU_MS = 1000;

type AnyModule<S> = ArtefactModule<S, unknown>;

const SYSDIAGNOSE = [
  readers.associatedDomains,
  readers.boots,
  readers.configurationProfiles,
  readers.crashes,
  readers.datedFacts,
  readers.installs,
  readers.loadedBinaries,
  readers.logStatistics,
  readers.networkExtensions,
  readers.powerLog,
  readers.processes,
  readers.profileEvents,
  readers.securityEvents,
  readers.serviceLogs,
  readers.settingsEvents,
  readers.shutdownLog,
  readers.storeDatabases,
  readers.tcc,
  readers.unifiedLog,
].map((module) => module as AnyModule<readers.Sysdiagnose>); // records are only counted here

const FILESYSTEM = [
  readers.applications,
  readers.cacheFiles,
  readers.calendar,
  readers.calls,
  readers.chromeFavicons,
  readers.chromeHistory,
  readers.configurationProfiles,
  readers.contacts,
  readers.dataUsage,
  readers.filesystemList,
  readers.firefoxFavicons,
  readers.firefoxHistory,
  readers.globalPreferences,
  readers.idsStatusCache,
  readers.interactions,
  readers.iosVersions,
  readers.keychainAnalytics,
  readers.locationClients,
  readers.netUsage,
  readers.networkPrograms,
  readers.osAnalytics,
  readers.profileEvents,
  readers.safariBrowserState,
  readers.safariFavicons,
  readers.safariHistory,
  readers.safariTabs,
  readers.shortcuts,
  readers.shutdownLog,
  readers.sms,
  readers.smsAttachments,
  readers.tcc,
  readers.webkitSessionLog,
  readers.webkitStatistics,
  readers.webkitWebsites,
  readers.whatsapp,
  readers.whatsappContacts,
].map((module) => module as AnyModule<readers.IosFilesystem>);

interface Target {
  readonly name: string;
  readonly files: readonly (readonly [path: string, bytes: Uint8Array])[];
  /** Reads evidence in which one file was changed, and gives its rows and how many things were seen. */
  read(path: string, bytes: Uint8Array): Promise<Read>;
}

interface Read {
  readonly rows: readonly Artefact[];
  readonly seen: number;
}

async function readAll<S>(source: S, modules: readonly AnyModule<S>[]): Promise<Read> {
  const rows: Artefact[] = [];
  let seen = 0;
  const count = (): void => {
    seen++;
  };
  for (const module of modules) rows.push(...(await module.read(source, { record: count, sighting: count, event: count }))); // biome-ignore format: one line reads better
  return { rows, seen };
}

const sysdiagnose = [...makeSysdiagnose({ plants: ['crash', 'process', 'profile', 'log-statistics-text', 'permission'] })]; // biome-ignore format: one line reads better
const tarHead = concatBytes([
  tarPart(`${sysdiagnoseName()}/`, '5'),
  tarPart(`${sysdiagnoseName()}/ps_thread.txt`, '0', utf8Bytes('USER PID TT COMMAND\nroot 1 ?? /sbin/launchd\n')),
  tarPart(`${sysdiagnoseName()}/swcutil_show.txt`, '0', utf8Bytes('App ID: ABCDE12345.org.example\n')),
  new Uint8Array(1024),
]);

const TARGETS: readonly Target[] = [
  {
    name: 'sysdiagnose',
    files: sysdiagnose,
    async read(path, bytes) {
      const tree = readers.memoryTree('evidence', new Map([[path, bytes]]));
      return readAll(await openSysdiagnose(tree, { kind: 'folder', prefix: '' }), SYSDIAGNOSE);
    },
  },
  {
    name: 'packed sysdiagnose',
    files: [['sysdiagnose.tar', tarHead]],
    async read(path, bytes) {
      const tree = { ...readers.memoryTree(path, new Map([[path, bytes]])), single: true };
      const place = await findSysdiagnose(tree);
      if (place === undefined) return { rows: [], seen: 0 };
      const source = await openSysdiagnose(tree, place);
      const read = await readAll(source, SYSDIAGNOSE);
      return { rows: [...source.artefacts, ...read.rows], seen: read.seen };
    },
  },
  {
    name: 'file system',
    files: [...makeFilesystem()].filter(([, bytes]) => bytes.length > 16),
    async read(path, bytes) {
      const tree = readers.memoryTree('evidence', new Map([[path, bytes]]));
      return readAll(await filesystemAt(tree, '', 'private/var/'), FILESYSTEM);
    },
  },
];

describe(`readers of whole sources on ${INPUTS} mutated inputs each`, () => {
  it.each(TARGETS)('$name: every input ends with rows, and none takes a second', async ({ files, read }) => {
    let [told, seen] = [0, 0];
    for (let i = 0; i < INPUTS; i++) {
      const random = seeded(i + 1);
      random(2); // the first answers of near seeds are alike
      const [path, vector] = files[i % files.length] ?? ['', new Uint8Array(0)];
      const bytes = mutate(vector, random);
      const startMs = performance.now();
      const result = await judged(read, path, bytes, i);
      if (performance.now() - startMs > MAX_CPU_MS) await expectQuick(read, path, bytes, i);
      if (result.rows.some(({ status }) => status === 'unreadable')) told++;
      seen += result.seen;
    }
    // Mutations that never harm, or of which nothing is read any more, would prove little.
    expect(told).toBeGreaterThan(INPUTS / 100);
    expect(seen).toBeGreaterThan(INPUTS / 10);
  });
});

async function judged(read: Target['read'], path: string, bytes: Uint8Array, i: number): Promise<Read> {
  const input = (): string => `input ${i} of ${path} (${Buffer.from(bytes).toString('base64').slice(0, 2000)})`;
  try {
    const result = await read(path, bytes);
    for (const { why } of result.rows) if (why?.includes('internal error') === true) throw new Error(why);
    return result;
  } catch (error) {
    throw new Error(input(), { cause: error });
  }
}

/** A busy machine makes any input slow: what counts is its processor time, in a second run. */
async function expectQuick(read: Target['read'], path: string, bytes: Uint8Array, i: number): Promise<void> {
  const before = processorMs();
  await judged(read, path, bytes, i);
  expect(processorMs() - before, `processor time of input ${i}`).toBeLessThan(MAX_CPU_MS);
}
