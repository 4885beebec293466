import { binaryPath, type LogProcess, type LogProcesses, logProcesses } from '../../formats/tracev3/index.ts';
import { type Artefact, type ArtefactModule, absent, examined, type OpenFile, unreadable } from '../evidence.ts';
import { type IosFiles, readEach } from '../ios/files.ts';
import { filesLike, type Sysdiagnose } from './files.ts';
import { emitProgram } from './sightings.ts';

/** A process that wrote to the unified log. */
export interface LogWriterRecord extends LogProcess {
  readonly path: string;
  /** Where its binary lies; undefined where the archive does not hold the texts of that binary. */
  readonly program: string | undefined;
}

const LOG = 'unified-log';
const USUAL = 'system_logs.logarchive/Persist/*.tracev3';
/** Distinct processes of all files: some ten thousand in a week of a phone. */
const MAX_PROCESSES = 500_000;

/**
 * Programs that wrote to the unified log, by the catalogs of its files: their binaries' identifiers, and their paths from the uuidtext files
 * beside them. The messages themselves are not read, and a row says so.
 */
export const unifiedLog: ArtefactModule<Sysdiagnose, LogWriterRecord> = {
  artefact: LOG,
  async read(source, emit) {
    const files = filesLike(source, /^system_logs\.logarchive\/(?:[^/]+\/)?[^/]+\.tracev3$/);
    const programs = new Map<string, string | undefined>();
    const told = new Set<string>();
    const rows = await readEach(LOG, files, USUAL, async (file, path) => {
      const open = await source.open(file);
      if (open === undefined) return unreadable(LOG, path, 0, 'listed, content missing');
      const { processes, damage } = processesOf(open);
      for (const process of processes) {
        const { uuid, pid } = process;
        const program = await programOf(source, uuid, programs);
        emit.record({ ...process, path, program });
        const key = `${uuid} ${pid}`;
        if (program === undefined || told.has(key) || told.size >= MAX_PROCESSES) continue;
        told.add(key);
        // The name itself stands in the file of texts, where the scan of bytes finds it too.
        const seenAt = { artefact: LOG, path: textsPath(uuid), locator: `pid ${pid} in ${path}`, atMs: undefined };
        emitProgram(program, seenAt, emit);
      }
      return damage === undefined
        ? examined(LOG, path, processes.length)
        : unreadable(LOG, path, processes.length, damage);
    });
    return files.length === 0 ? rows : [...rows, ...limitRows(programs)];
  },
};

function processesOf(open: OpenFile): LogProcesses {
  try {
    return logProcesses(open);
  } finally {
    open.close();
  }
}

/** The path of a binary, from its texts. */
async function programOf(
  source: IosFiles,
  uuid: string,
  programs: Map<string, string | undefined>,
): Promise<string | undefined> {
  if (programs.has(uuid)) return programs.get(uuid);
  const file = source.find('', textsPath(uuid));
  const open = file === undefined ? undefined : await source.open(file);
  try {
    const program = open === undefined ? undefined : binaryPath(open);
    programs.set(uuid, program);
    return program;
  } finally {
    open?.close();
  }
}

/** The file that is named by a binary's identifier, two digits of which are the folder. */
function textsPath(uuid: string): string {
  return `system_logs.logarchive/${uuid.slice(0, 2)}/${uuid.slice(2)}`;
}

/** What this does not show, so that nobody takes its silence for an answer. */
function limitRows(programs: ReadonlyMap<string, string | undefined>): Artefact[] {
  const rows = [absent(LOG, 'not read: the messages of the unified log; only which programs wrote to it')];
  const nameless = [...programs.values()].filter((program) => program === undefined).length;
  if (nameless > 0)
    rows.push(absent(LOG, `not known: the paths of ${nameless} binaries that wrote to it, which the archive lacks`));
  return rows;
}
