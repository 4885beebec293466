import type { ArtefactModule } from '../evidence.ts';
import { type AndroidFiles, readFiles } from './files.ts';
import { linesOf } from './lines.ts';
import type { MountRecord } from './qf-mounts.ts';

/** One for each group of processes that see the same file systems (AOSP dumpstate, `do_mountinfo`). */
const FILE = /(?:^|\/)proc\/\d{1,10}\/mountinfo$/;
/** "36 35 98:0 / /vendor ro,noatime master:1 - ext4 /dev/block/dm-1 ro,seclabel" (proc(5), `/proc/pid/mountinfo`). */
const ROW = /^\d+ \d+ \d+:\d+ \S+ (\S+) (\S+)(?: \S+)*? - (\S+) (\S+) (\S+)$/;
const MAX_MOUNTS = 100_000;

/** What was mounted when a bug report was made; the same mount in several files is told once. */
export const mounts: ArtefactModule<AndroidFiles, MountRecord> = {
  artefact: 'mounts',
  read(source, emit) {
    const seen = new Set<string>();
    const files = source.files.filter(({ path }) => FILE.test(path));
    return readFiles('mounts', files, 'FS/proc/1/mountinfo', (open, path) => {
      let records = 0;
      for (const line of linesOf(open)) {
        const match = ROW.exec(line.slice(0, 4096).trim());
        if (match === null) continue;
        const [mountPoint = '', own = '', type = '', device = '', whole = ''] = match.slice(1).map(unescaped);
        const options = optionsOf(own, whole);
        const key = `${device} ${mountPoint} ${options}`;
        if (seen.has(key) || seen.size >= MAX_MOUNTS) continue;
        seen.add(key);
        records++;
        emit.record({ path, device, mountPoint, type, options });
        const locator = `${device} on ${mountPoint}`;
        const common = { evidence: 'present', artefact: 'mounts', path, locator, atMs: undefined } as const;
        emit.sighting({ kind: 'path', value: mountPoint, ...common });
        if (device.startsWith('/')) emit.sighting({ kind: 'path', value: device, ...common });
      }
      return records;
    });
  },
};

/** Writable is what both the mount and the file system allow to be written. */
function optionsOf(own: string, whole: string): readonly string[] {
  const [mount, system] = [own.split(','), whole.split(',')];
  const options = new Set([...mount, ...system]);
  if (!mount.includes('rw') || !system.includes('rw')) options.delete('rw');
  return [...options];
}

/** The kernel writes blanks and backslashes of paths in octal. */
function unescaped(text: string): string {
  return text.replace(/\\(040|011|012|134)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
