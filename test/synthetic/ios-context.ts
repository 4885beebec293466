import { copyFileSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { BackupWriter } from './ios-files.ts';
import type { Layout } from './layout.ts';
import type { IosLife } from './lives.data.ts';
import type { Plant } from './planted.data.ts';

/** When the generated phone was backed up. */
export const NOW_MS = Date.UTC(2026, 5, 1, 9);
export const YEAR_MS = 365 * 86_400_000;
/** Seconds since 2001, as Apple counts. */
export const apple = (atMs: number): number => atMs / 1000 - 978_307_200;

/** What the parts of a generated phone share. */
export interface Context {
  readonly backup: BackupWriter;
  readonly random: () => number;
  readonly has: (plant: Plant) => boolean;
  readonly time: () => number;
  readonly life: IosLife;
  readonly layout: Layout;
}

export type Row = Record<string, string | number | bigint | Uint8Array | null>;

/** Places a database and fills it, with its log if the layout says that it was open; `fill` may end the transaction itself. */
export function database(
  { backup, layout }: Context,
  domain: string,
  path: string,
  tables: string,
  fill: (insert: (table: string, row: Row) => void, db: DatabaseSync) => void,
): void {
  const file = backup.place(domain, path);
  const db = new DatabaseSync(file);
  const open = layout.open();
  // Nobody needs it after a power cut.
  db.exec('PRAGMA synchronous = OFF');
  if (open) db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
  db.exec(tables);
  if (open) db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.exec('BEGIN');
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  fill((table, row) => {
    const keys = Object.keys(row);
    const key = `${table} ${keys.join()}`;
    const statement =
      statements.get(key) ?? db.prepare(`INSERT INTO ${table} (${keys.join()}) VALUES (${keys.map(() => '?').join()})`);
    statements.set(key, statement);
    statement.run(...Object.values(row));
  }, db);
  if (db.isTransaction) db.exec('COMMIT');
  if (open) {
    // Closing writes the log into the database and removes it.
    copyFileSync(file, `${file}.open`);
    copyFileSync(`${file}-wal`, backup.place(domain, `${path}-wal`));
  }
  db.close();
  if (open) renameSync(`${file}.open`, file);
}

const WORDS =
  'the draft is on my desk and we meet at ten please call me when you can thanks for the photos see you there tomorrow morning it was a long day'.split(
    ' ',
  );

export function sentence(random: () => number): string {
  let text = '';
  for (let i = 4 + Math.floor(random() * 14); i > 0; i--) text += `${WORDS[Math.floor(random() * WORDS.length)]} `;
  return text.trim();
}

export function link(random: () => number): string {
  const n = Math.floor(random() * 4000);
  return `https://${n % 3 === 0 ? 'www.' : ''}site${n}.example.${['com', 'org', 'net'][n % 3]}/a/${Math.floor(random() * 1e9).toString(36)}?id=${n}`;
}

/** A message body as newer systems keep it: text inside a typedstream. */
export function attributedBody(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const length =
    bytes.length < 0x80 ? Buffer.from([bytes.length]) : Buffer.from([0x81, bytes.length & 0xff, bytes.length >> 8]);
  const head = Buffer.from('\x04\x0bstreamtyped', 'latin1');
  const classes = Buffer.from(
    '81e803840140848484124e5341747472696275746564537472696e67008484084e534f626a656374008592848484084e53537472696e67019484012b',
    'hex',
  );
  const tail = Buffer.from(
    '86840269490101928484840c4e5344696374696f6e617279009484016901928496961d5f5f6b494d4d657373616765506172744174',
    'hex',
  );
  return Buffer.concat([head, classes, length, bytes, tail]);
}
