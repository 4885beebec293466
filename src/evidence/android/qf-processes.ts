import type { ArtefactModule, Emit } from '../evidence.ts';
import { type AndroidFiles, filesAt, isObject, joinRows, jsonOf, numberOf, readFiles, textOf } from './files.ts';
import { linesOf } from './lines.ts';

/** A process that ran when the evidence was collected. */
export interface ProcessRecord {
  readonly path: string;
  readonly user: string;
  readonly pid: number;
  readonly ppid: number | undefined;
  readonly name: string;
  /** SELinux label, where the list has one. */
  readonly label: string;
}

/** The wait channel may be empty, which leaves one column less; the state letter before the name holds the order. */
const ROW = /^(?:(u:r\S*)\s+)?(\S+)\s+(\d{1,10})\s+(\d{1,10})\s.*?\s([RSDTtXZIWKPNLs<+]{1,4})\s+(\S.*)$/;
const HEADER = /^(?:LABEL\s+)?USER\s+PID\s/;
const MAX_PROCESSES = 100_000;

/** `ps.txt` or `processes.txt` (`ps -A`), and `processes.json` of AndroidQF's collector. */
export const qfProcesses: ArtefactModule<AndroidFiles, ProcessRecord> = {
  artefact: 'qf-processes',
  async read(source, emit) {
    const texts = filesAt(source, 'ps.txt', 'processes.txt');
    const text = await readFiles('qf-processes', texts, 'processes.txt', (open, path) => {
      let records = 0;
      for (const line of linesOf(open)) {
        const record = HEADER.test(line) ? undefined : rowOf(line.trim(), path);
        if (record === undefined || records >= MAX_PROCESSES) continue;
        records++;
        see(record, record.name, emit);
      }
      return records;
    });
    const lists = filesAt(source, 'processes.json');
    const json = await readFiles('qf-processes', lists, 'processes.json', (open, path) => {
      const list = jsonOf(open);
      const items = (Array.isArray(list) ? list : []).filter(isObject).slice(0, MAX_PROCESSES);
      for (const item of items) {
        const program = textOf(item.path);
        const name = textOf(item.filename) || program || textOf(item.command_line);
        const user = textOf(item.uid) || String(numberOf(item.uid) ?? '');
        const [pid, ppid] = [numberOf(item.pid) ?? -1, numberOf(item.ppid)];
        see({ path, user, pid, ppid, name, label: textOf(item.context) }, name, emit);
        if (!program.startsWith('/')) continue;
        const locator = `pid ${pid}`;
        const common = { evidence: 'executed', artefact: 'qf-processes', path, locator, atMs: undefined } as const;
        emit.sighting({ kind: 'path', value: program, ...common });
      }
      return items.length;
    });
    return joinRows(text, json);
  },
};

function rowOf(line: string, path: string): ProcessRecord | undefined {
  const match = ROW.exec(line.slice(0, 4096));
  if (match === null) return undefined;
  const [, label = '', user = '', pid, ppid, , name = ''] = match;
  return { path, label, user, pid: Number(pid), ppid: Number(ppid), name: name.replace(/^\[(.*)\]$/, '$1') };
}

function see(record: ProcessRecord, name: string, emit: Emit<ProcessRecord>): void {
  emit.record(record);
  if (name === '') return;
  const common = {
    evidence: 'executed',
    artefact: 'qf-processes',
    path: record.path,
    locator: `pid ${record.pid}`,
    atMs: undefined,
  } as const;
  emit.sighting({ kind: 'process', value: name, uncut: true, ...common });
  // Apps run under their package name, further processes of theirs under "package:name".
  const [app = ''] = name.split(':');
  if (app.includes('.') && !app.includes('/')) emit.sighting({ kind: 'app', value: app, ...common });
}
