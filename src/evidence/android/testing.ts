import { memoryTree } from '../archive-trees.ts';
import type { Artefact, ArtefactModule, Sighting, TimelineEvent } from '../evidence.ts';
import type { AndroidFiles } from './files.ts';
import { gatherAndroid } from './gather.ts';

/** Files for tests, by path. */
export function androidFiles(files: Readonly<Record<string, string | Uint8Array>>): Promise<AndroidFiles> {
  const bytes = Object.entries(files).map(
    ([path, content]) => [path, typeof content === 'string' ? new TextEncoder().encode(content) : content] as const,
  );
  return gatherAndroid(memoryTree('test', new Map(bytes)), { passwords: [] });
}

/** Everything that a module emits. */
export async function readAll<R>(
  module: ArtefactModule<AndroidFiles, R>,
  source: AndroidFiles,
): Promise<{ rows: readonly Artefact[]; records: R[]; sightings: Sighting[]; events: TimelineEvent[] }> {
  const [records, sightings, events]: [R[], Sighting[], TimelineEvent[]] = [[], [], []];
  const rows = await module.read(source, {
    record: (record) => records.push(record),
    sighting: (sighting) => sightings.push(sighting),
    event: (event) => events.push(event),
  });
  return { rows, records, sightings, events };
}
