import type { SqliteDatabase, SqliteValue } from '../../formats/sqlite/index.ts';
import { attributedBodyText } from '../../formats/typedstream/index.ts';
import type { ArtefactModule, Emit } from '../evidence.ts';
import { linksIn, linksInBytes, linksInMessage } from '../links.ts';
import { plistLinkStrings } from '../plist-strings.ts';
import { appleTimeMs } from '../times.ts';
import {
  deletedIfAny,
  deletedPlace,
  type IosFiles,
  keyOf,
  listed,
  plainText,
  readDatabases,
  rowsIfAny,
} from './files.ts';
import { type MessageEdits, readMessageEdits } from './message-edits.ts';

/** A message of iMessage or SMS. Texts stay on the machine that reads them. */
export interface SmsRecord {
  /** -1 for a carved row whose number is lost. */
  readonly rowid: number;
  readonly path: string;
  /** Text and subject as they stand now. */
  readonly text: string;
  /** Phone number or address of the other side; empty where the message belongs to no handle. */
  readonly sender: string;
  readonly service: string;
  readonly fromMe: boolean;
  readonly atMs: number | undefined;
  readonly readAtMs: number | undefined;
  /** Links of the text, of what stood there before edits, and of the preview. */
  readonly links: readonly string[];
  /** Undefined for a message that was neither edited nor taken back. */
  readonly edits: MessageEdits | undefined;
  /** No longer in the table: found in freed space of the file. */
  readonly carved: boolean;
  /** When the owner deleted it, for a message that still waits among the recently deleted. */
  readonly deletedAtMs: number | undefined;
}

const PATH = 'Library/SMS/sms.db';
const COLUMNS = [
  'text',
  'attributedBody',
  'date',
  'handle_id',
  'subject',
  'is_from_me',
  'service',
  'date_read',
  'payload_data',
  'message_summary_info',
];

/**
 * Messages: those without a handle too, texts in `attributedBody`, link previews, former texts of edited messages, and the recently deleted,
 * whose rows stay for thirty days (iOS 16).
 */
export const sms: ArtefactModule<IosFiles, SmsRecord> = {
  artefact: 'sms',
  read: (source, emit) =>
    readDatabases(source, 'sms', listed(source, 'HomeDomain', PATH), `HomeDomain/${PATH}`, (database, path) => {
      const handles = readHandles(database);
      const deleted = readDeleted(database);
      let records = 0;
      for (const { rowid, values } of database.rows('message', COLUMNS)) {
        records++;
        const record = recordOf(path, rowid, values, handles, deleted);
        emitSightings(record, `message ROWID ${rowid}`, emit);
        emit.record(record);
        if (emit.event !== undefined) emitEvents(record, emit);
      }
      readDeletedParts(database, path, emit);
      readCarved(database, path, handles, emit);
      return records;
    }),
};

/** Texts of message handles by their row. */
export function readHandles(database: SqliteDatabase): ReadonlyMap<number, string> {
  const handles = new Map<number, string>();
  for (const { rowid, values } of rowsIfAny(database, 'handle', ['id'])) {
    if (typeof values[0] === 'string') handles.set(rowid, values[0]);
  }
  return handles;
}

/** When the recently deleted messages were deleted. */
function readDeleted(database: SqliteDatabase): ReadonlyMap<number, number | undefined> {
  const deleted = new Map<number, number | undefined>();
  for (const { values } of rowsIfAny(database, 'chat_recoverable_message_join', ['message_id', 'delete_date'])) {
    deleted.set(keyOf(values[0]), appleTimeMs(values[1]));
  }
  return deleted;
}

function recordOf(
  path: string,
  rowid: number,
  values: readonly SqliteValue[],
  handles: ReadonlyMap<number, string>,
  deleted: ReadonlyMap<number, number | undefined>,
): SmsRecord {
  const [text, body, date, handle, subject, fromMe, service, read, preview, summary] = values;
  const plain = messageText(text, body);
  const title = plainText(subject);
  const edits = summary instanceof Uint8Array ? readMessageEdits(summary) : undefined;
  const atMs = appleTimeMs(date);
  return {
    rowid,
    path,
    text: title === '' ? plain : `${title}\n${plain}`,
    sender: handles.get(keyOf(handle)) ?? '',
    service: plainText(service),
    fromMe: fromMe === 1,
    atMs,
    readAtMs: appleTimeMs(read),
    links: linksOf(plain, title, body, preview, edits),
    edits,
    carved: false,
    // A deletion without a date is told by the message's own.
    deletedAtMs: deleted.size > 0 && deleted.has(rowid) ? (deleted.get(rowid) ?? atMs) : undefined,
  };
}

/** Newer systems leave `text` empty, or with nothing but the mark of an attachment, and keep the text in `attributedBody`. */
function messageText(text: SqliteValue | undefined, body: SqliteValue | undefined): string {
  const plain = plainText(text);
  if (/[^\s\ufffc\ufffd]/.test(plain)) return plain;
  return (body instanceof Uint8Array ? attributedBodyText(body) : undefined) ?? plain;
}

const NO_LINKS: readonly string[] = [];

function linksOf(
  text: string,
  title: string,
  body: SqliteValue | undefined,
  preview: SqliteValue | undefined,
  edits: MessageEdits | undefined,
): readonly string[] {
  const inText = linksIn(text);
  const inMessage = linksInMessage(text);
  const inBody = body instanceof Uint8Array ? linksInBytes(body, inText.length) : NO_LINKS;
  if (inMessage.length === 0 && inBody.length === 0 && title === '' && preview === null && edits === undefined)
    return NO_LINKS;
  const links = new Set([...inMessage, ...linksInMessage(title)]);
  // A link beyond ASCII stands in the body's bytes as its beginning only.
  for (const link of inBody) if (!inText.some((whole) => whole.startsWith(link))) links.add(link);
  const add = (found: string): void => {
    for (const link of linksIn(found)) links.add(link);
  };
  if (preview instanceof Uint8Array) plistLinkStrings(preview, add);
  for (const former of edits?.formerTexts ?? []) for (const link of linksInMessage(former.text)) links.add(link);
  return [...links];
}

function emitSightings({ links, sender, path, atMs }: SmsRecord, locator: string, emit: Emit<SmsRecord>): void {
  if (links.length === 0 && !sender.includes('@')) return;
  const common = { evidence: 'received', artefact: 'sms', path, locator, atMs } as const;
  for (const value of links) emit.sighting({ kind: 'url', value, ...common });
  if (sender.includes('@')) emit.sighting({ kind: 'email', value: sender, ...common });
}

function emitEvents(record: SmsRecord, emit: Emit<SmsRecord>): void {
  const { path, atMs, readAtMs, deletedAtMs, edits } = record;
  const detail = `${record.sender}: ${record.text}`;
  const tell = (what: string, at: number | undefined): void => {
    if (at !== undefined) emit.event?.({ atMs: at, artefact: 'sms', path, what, detail });
  };
  tell(record.fromMe ? 'message sent' : 'message received', atMs);
  tell('message read', readAtMs);
  for (const former of edits?.formerTexts.slice(1) ?? []) tell('message edited', former.atMs);
  tell('message deleted', deletedAtMs);
}

/**
 * Messages that are no longer in the table. An older version of a message that is still there tells only what the present one does not: a
 * text that was taken back.
 */
function readCarved(
  database: SqliteDatabase,
  path: string,
  handles: ReadonlyMap<number, string>,
  emit: Emit<SmsRecord>,
): void {
  for (const row of deletedIfAny(database, 'message', COLUMNS)) {
    const record: SmsRecord = {
      ...recordOf(path, row.rowid ?? -1, row.values, handles, NOTHING_DELETED),
      carved: true,
    };
    if (row.replaced && record.links.length === 0) continue;
    emitSightings(record, deletedPlace('message', 'ROWID', row), emit);
    emit.record(record);
    if (emit.event !== undefined && !row.replaced) emitEvents(record, emit);
  }
}

const NOTHING_DELETED: ReadonlyMap<number, undefined> = new Map();

/** Parts of messages that were deleted one by one: their text stands in a table of its own (iOS 16). */
function readDeletedParts(database: SqliteDatabase, path: string, emit: Emit<SmsRecord>): void {
  const columns = ['message_id', 'part_text', 'delete_date'];
  for (const { rowid, values } of rowsIfAny(database, 'recoverable_message_part', columns)) {
    const [message, text, deleted] = values;
    const common = {
      evidence: 'received',
      artefact: 'sms',
      path,
      locator: `recoverable_message_part ROWID ${rowid}, message ROWID ${keyOf(message)}`,
      atMs: appleTimeMs(deleted),
    } as const;
    const links = text instanceof Uint8Array ? linksInBytes(text) : linksIn(plainText(text));
    for (const value of new Set(links)) emit.sighting({ kind: 'url', value, ...common });
  }
}
