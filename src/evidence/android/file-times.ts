import type { ArtefactModule } from '../evidence.ts';
import { examined } from '../evidence.ts';
import type { AndroidFiles } from './files.ts';

/** When a file of the phone was last written, by the archive that holds it. */
export interface FileTimeRecord {
  readonly path: string;
  readonly modifiedAtMs: number;
  readonly zoneUnknown: boolean;
}

const OF_THE_PHONE = /(?:^|\/)(?:FS|logs)\//;

/** Times of the files that bug reports copy below `FS/` and AndroidQF below `logs/`. */
export const fileTimes: ArtefactModule<AndroidFiles, FileTimeRecord> = {
  artefact: 'file-times',
  read(source, emit) {
    let records = 0;
    for (const { path, modifiedAtMs } of source.files) {
      if (modifiedAtMs === undefined || !OF_THE_PHONE.test(path)) continue;
      // Zips hold the time of the phone's own clock.
      const time = source.clock(new Date(modifiedAtMs).toISOString().slice(0, 19).replace('T', ' '));
      if (time === undefined) continue;
      records++;
      emit.record({ path, modifiedAtMs: time.ms, zoneUnknown: time.zoneUnknown });
      emit.event?.({
        atMs: time.ms,
        artefact: 'file-times',
        path,
        what: 'file modified',
        detail: path,
        ...(time.zoneUnknown ? { zoneUnknown: true } : {}),
      });
    }
    return Promise.resolve(records === 0 ? [] : [examined('file-times', 'FS, logs', records)]);
  },
};
