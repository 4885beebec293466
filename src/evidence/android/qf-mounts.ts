import type { ArtefactModule } from '../evidence.ts';
import { type AndroidFiles, filesAt, jsonOf, readFiles } from './files.ts';

/** A mounted file system. */
export interface MountRecord {
  readonly path: string;
  readonly device: string;
  readonly mountPoint: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** "/dev/block/dm-12 on / type ext4 (ro,seclabel)" as `mount` writes it. */
const MOUNT = /^(\S+) on (\S+) type (\S+)(?: \((.*)\))?$/;
/** "/dev/block/dm-12 / ext4 ro,seclabel 0 0" as in `/proc/mounts`. */
const PROC_MOUNT = /^(\S+) (\/\S*) (\S+) (\S+) \d+ \d+$/;
const MAX_MOUNTS = 100_000;

/** `mounts.json` of AndroidQF: a list of lines, in one of two spellings. */
export const qfMounts: ArtefactModule<AndroidFiles, MountRecord> = {
  artefact: 'qf-mounts',
  read: (source, emit) =>
    readFiles('qf-mounts', filesAt(source, 'mounts.json'), 'mounts.json', (open, path) => {
      const list = jsonOf(open);
      let records = 0;
      for (const line of (Array.isArray(list) ? list : []).slice(0, MAX_MOUNTS)) {
        const match = typeof line === 'string' ? (MOUNT.exec(line.trim()) ?? PROC_MOUNT.exec(line.trim())) : null;
        if (match === null) continue;
        const [, device = '', mountPoint = '', type = '', options = ''] = match;
        records++;
        emit.record({ path, device, mountPoint, type, options: options.split(',').filter((option) => option !== '') });
        const locator = `${device} on ${mountPoint}`;
        const common = { evidence: 'present', artefact: 'qf-mounts', path, locator, atMs: undefined } as const;
        emit.sighting({ kind: 'path', value: mountPoint, ...common });
        if (device.startsWith('/')) emit.sighting({ kind: 'path', value: device, ...common });
      }
      return records;
    }),
};
