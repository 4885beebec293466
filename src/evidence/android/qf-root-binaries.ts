import type { ArtefactModule } from '../evidence.ts';
import { type AndroidFiles, filesAt, isObject, jsonOf, readFiles, textOf } from './files.ts';

/** A program for root access that lies on the phone. */
export interface RootBinaryRecord {
  readonly path: string;
  readonly file: string;
}

const MAX_FILES = 10_000;

/** `root_binaries.json` of AndroidQF: a list of paths. */
export const qfRootBinaries: ArtefactModule<AndroidFiles, RootBinaryRecord> = {
  artefact: 'qf-root-binaries',
  read: (source, emit) =>
    readFiles('qf-root-binaries', filesAt(source, 'root_binaries.json'), 'root_binaries.json', (open, path) => {
      const list = jsonOf(open);
      const files = (Array.isArray(list) ? list : [])
        .map((item) => (isObject(item) ? textOf(item.path) : textOf(item)))
        .filter((file) => file !== '')
        .slice(0, MAX_FILES);
      for (const file of files) {
        emit.record({ path, file });
        emit.sighting({
          kind: 'path',
          value: file,
          evidence: 'present',
          artefact: 'qf-root-binaries',
          path,
          locator: file,
          atMs: undefined,
        });
      }
      return files.length;
    }),
};
