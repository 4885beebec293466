import type { ArtefactModule } from '../evidence.ts';
import { type AndroidFiles, nameOf, readFiles } from './files.ts';
import { linesOf } from './lines.ts';

/** One setting of the namespaces system, secure, global. */
export interface SettingRecord {
  readonly path: string;
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
}

const FILE = /^settings_(\w{1,40})\.txt$/;
const MAX_SETTINGS = 50_000;

/** `settings_<namespace>.txt` of AndroidQF, "name=value" a line. A row counts its settings. */
export const qfSettings: ArtefactModule<AndroidFiles, SettingRecord> = {
  artefact: 'qf-settings',
  read(source, emit) {
    const files = source.files.filter(({ path }) => FILE.test(nameOf(path)));
    return readFiles('qf-settings', files, 'settings_secure.txt', (open, path) => {
      const namespace = FILE.exec(nameOf(path))?.[1] ?? '';
      let records = 0;
      for (const line of linesOf(open)) {
        const equals = line.indexOf('=');
        if (equals <= 0 || records >= MAX_SETTINGS) continue;
        records++;
        emit.record({ path, namespace, name: line.slice(0, equals).trim(), value: line.slice(equals + 1).trim() });
      }
      return records;
    });
  },
};
