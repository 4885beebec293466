import { type ArtefactModule, examined } from '../evidence.ts';
import { dataUsage } from './data-usage.ts';
import type { IosFiles } from './files.ts';
import type { IosFilesystem } from './filesystem.ts';

/** A file or folder of the phone. */
export interface FileSystemRecord {
  readonly kind: 'file' | 'folder';
  readonly absolutePath: string;
  readonly modifiedAtMs: number | undefined;
}

const ARTEFACT = 'filesystem';

/** Every file and folder by its path; a part of a path may be the name of a known process. */
export const filesystemList: ArtefactModule<IosFilesystem, FileSystemRecord> = {
  artefact: ARTEFACT,
  read(source, emit) {
    const folders = new Set<string>();
    let records = 0;
    for (const file of source.files) {
      const { id, absolutePath = '', relativePath } = file;
      for (let end = id.lastIndexOf('/'); end > 0; end = id.lastIndexOf('/', end - 1)) {
        const folder = id.slice(0, end);
        if (folders.has(folder)) break;
        folders.add(folder);
        records++;
        emit.record({ kind: 'folder', absolutePath: folder, modifiedAtMs: undefined });
      }
      records++;
      const modifiedAtMs = emit.event === undefined ? undefined : source.modifiedAtMs(file);
      emit.record({ kind: 'file', absolutePath, modifiedAtMs });
      const common = { artefact: ARTEFACT, path: id, locator: 'file', atMs: undefined } as const;
      emit.sighting({
        kind: 'path',
        value: absolutePath,
        relativePath,
        processParts: 'all',
        evidence: 'present',
        ...common,
      });
      if (modifiedAtMs !== undefined) {
        const detail = absolutePath;
        emit.event?.({ atMs: modifiedAtMs, artefact: ARTEFACT, path: id, what: 'file modified', detail });
      }
    }
    return Promise.resolve([examined(ARTEFACT, '*', records)]);
  },
};

/** A program that used the network, and whether a file of its name is on the phone. */
export interface NetworkProgramRecord {
  readonly path: string;
  readonly process: string;
  readonly bundleId: string;
  readonly onDisk: boolean;
  readonly firstAtMs: number | undefined;
}

/** Programs that used the network beside the files of the phone. Gives no row: `data-usage` tells whether its table could be read. */
export const networkPrograms: ArtefactModule<IosFilesystem, NetworkProgramRecord> = {
  artefact: 'network-programs',
  async read(source, emit) {
    // Without the system's own files every daemon would seem to have none.
    if (!source.hasSystem) return [];
    const seen = new Set<string>();
    const ignore = (): void => undefined;
    await dataUsage.read(source, {
      record(record) {
        if (record.kind !== 'usage' || record.process === '' || seen.has(record.process)) return;
        seen.add(record.process);
        const { path, process, bundleId, firstAtMs } = record;
        // "daemon/bundle": the daemon worked for the bundle.
        const name = process.split('/')[0] ?? process;
        emit.record({ path, process, bundleId, onDisk: isOnDisk(source, name), firstAtMs });
      },
      sighting: ignore,
      event: undefined,
    });
    return [];
  },
};

/** The kernel cuts names to this length: what such a name begins may be there under its whole one. */
const CUT_CHARS = 15;

function isOnDisk(source: IosFiles, name: string): boolean {
  return name.length >= CUT_CHARS || source.named(name).length > 0;
}
