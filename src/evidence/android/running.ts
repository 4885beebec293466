import type { ArtefactModule, Emit } from '../evidence.ts';
import { PROCESS_TITLES } from './dumpstate.ts';
import { type AndroidFiles, joinRows, readSections } from './files.ts';
import type { ProcessRecord } from './qf-processes.ts';

const ARTEFACT = 'processes';
/** Phones run some hundred, and each is listed twice. */
const MAX_PROCESSES = 20_000;
const MAX_COLUMNS = 64;

/**
 * What was running when a bug report was made: "PROCESSES AND THREADS" (`ps -A -T -Z`) and "CPU INFO" (`top -H`), AOSP dumpstate.
 *
 * Both list threads. A process is its first one, whose number is its own; the kernel cuts that name to 15 characters, `top` tells the whole one.
 */
export const running: ArtefactModule<AndroidFiles, ProcessRecord> = {
  artefact: ARTEFACT,
  async read(source, emit) {
    const seen = new Set<string>();
    const rows = [];
    for (const title of PROCESS_TITLES) {
      rows.push(
        await readSections(source, ARTEFACT, title, (lines, path) => {
          let records = 0;
          for (const record of rowsOf(lines, path)) {
            const key = `${path} ${record.pid} ${record.name}`;
            if (seen.has(key) || seen.size >= MAX_PROCESSES) continue;
            seen.add(key);
            records++;
            see(record, emit);
          }
          return records;
        }),
      );
    }
    return joinRows(...rows);
  },
};

/** The header names the columns, the last of which may hold blanks; before it may stand what `top` counts. */
function* rowsOf(lines: Iterable<string>, path: string): Generator<ProcessRecord> {
  let columns: readonly string[] | undefined;
  for (const line of lines) {
    const text = line.slice(0, 4096).trim();
    // `top` marks the column that it sorts by: "NI[%CPU]S VIRT".
    const tokens = (columns === undefined ? text.replace(/[[\]]/g, ' ') : text).split(/\s+/, MAX_COLUMNS);
    if (columns === undefined) {
      if (tokens.includes('PID') && NAMES.some((name) => tokens.includes(name))) columns = tokens;
      continue;
    }
    const record = recordOf(columns, tokens, path);
    if (record !== undefined) yield record;
  }
}

/** Columns that name a process, the one that tells most first: `argv[0]` of the process, then the name of its thread or program. */
const NAMES = ['NAME', 'CMD', 'COMM', 'COMMAND'];

function recordOf(columns: readonly string[], tokens: readonly string[], path: string): ProcessRecord | undefined {
  // What a column before the name holds may be empty or have blanks, so that names at the end are counted from there.
  const at = (name: string): string => tokens[columns.indexOf(name)] ?? '';
  const pid = Number(at('PID'));
  if (!/^\d{1,10}$/.test(at('PID')) || (columns.includes('TID') && at('TID') !== at('PID'))) return undefined;
  const column = NAMES.find((name) => columns.includes(name)) ?? '';
  const fromEnd = columns.length - columns.indexOf(column);
  const name = (tokens.at(-fromEnd) ?? '').replace(/^\[(.*)\]$/, '$1');
  if (name === '' || tokens.length < columns.length - 1) return undefined;
  const ppid = columns.includes('PPID') ? Number(at('PPID')) : undefined;
  return { path, user: at('USER'), pid, ppid: Number.isNaN(ppid) ? undefined : ppid, name, label: at('LABEL') };
}

function see(record: ProcessRecord, emit: Emit<ProcessRecord>): void {
  emit.record(record);
  const { name, path, pid } = record;
  const common = { evidence: 'executed', artefact: ARTEFACT, path, locator: `pid ${pid}`, atMs: undefined } as const;
  emit.sighting({ kind: 'process', value: name, uncut: true, ...common });
  if (name.startsWith('/')) {
    emit.sighting({ kind: 'path', value: name, ...common });
    return;
  }
  // Apps run under their package name, further processes of theirs under "package:name".
  const [app = ''] = name.split(':');
  if (app.includes('.') && !app.includes('/')) emit.sighting({ kind: 'app', value: app, ...common });
}
