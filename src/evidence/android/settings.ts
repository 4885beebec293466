import type { ArtefactModule } from '../evidence.ts';
import { type AndroidFiles, readSections } from './files.ts';
import type { SettingRecord } from './qf-settings.ts';

/** "GLOBAL SETTINGS (user 0)" (AOSP, SettingsProvider `dumpForUserLocked`). */
const NAMESPACE = /^(CONFIG|GLOBAL|SECURE|SYSTEM) SETTINGS \(user (\d{1,6})\)/;
/** "_id:14 name:package_verifier_enable pkg:android value:1 default:1 defaultSystemSet:true"; a value may hold blanks. */
const ROW = /^_id:\S{1,40} name:(\S{1,400}) (?:pkg:\S{0,400} )?value:(.*)$/;
/** What may stand behind the value. */
const BEHIND = / (?:default|defaultSystemSet|tag|isValuePreservedInRestore):| notPreservedInRestore\b/;
const MAX_SETTINGS = 50_000;

/** Settings of the phone in a bug report, of every user: `DUMP OF SERVICE settings`. */
export const settings: ArtefactModule<AndroidFiles, SettingRecord> = {
  artefact: 'settings',
  read: (source, emit) =>
    readSections(source, 'settings', 'settings', (lines, path) => {
      let [namespace, records] = ['', 0];
      for (const line of lines) {
        const [, kind, user] = NAMESPACE.exec(line) ?? [];
        if (kind !== undefined) namespace = `${kind.toLowerCase()}${user === '0' ? '' : ` of user ${user}`}`;
        const [, name = '', rest = ''] = ROW.exec(line.slice(0, 8192)) ?? [];
        if (name === '' || records >= MAX_SETTINGS) continue;
        records++;
        const end = rest.search(BEHIND);
        emit.record({ path, namespace, name, value: (end < 0 ? rest : rest.slice(0, end)).trim() });
      }
      return records;
    }),
};
