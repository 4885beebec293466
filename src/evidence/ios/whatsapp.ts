import type { SqliteDatabase } from '../../formats/sqlite/index.ts';
import type { ArtefactModule, Emit } from '../evidence.ts';
import { linksIn, linksInMessage } from '../links.ts';
import { appleTimeMs } from '../times.ts';
import { deletedPlace, type IosFiles, keyOf, listed, numberOf, plainText, readDatabases, rowsIfAny } from './files.ts';

export type WhatsappRecord = WhatsappMessage | WhatsappSession | WhatsappLid;

interface WhatsappMessage {
  readonly kind: 'message';
  readonly path: string;
  readonly id: number;
  readonly sessionId: number;
  readonly text: string;
  readonly from: string;
  readonly to: string;
  readonly fromMe: boolean;
  readonly atMs: number | undefined;
  readonly links: readonly string[];
}

interface WhatsappSession {
  readonly kind: 'session';
  readonly path: string;
  readonly id: number;
  readonly contact: string;
  readonly partner: string;
  readonly type: number | undefined;
  readonly archived: boolean;
  readonly removed: boolean;
  readonly counter: number | undefined;
  readonly groupCreatedAtMs: number | undefined;
  readonly lastMessageAtMs: number | undefined;
  readonly firstStoredAtMs: number | undefined;
  readonly lastStoredAtMs: number | undefined;
  readonly storedMessages: number;
  /** The session knows of a later message than those stored: one was deleted. People do that, too. */
  readonly messageDeleted: boolean;
}

/** A hidden identity of WhatsApp and the number that it stands for. */
interface WhatsappLid {
  readonly kind: 'lid';
  readonly path: string;
  readonly lid: string;
  readonly phoneNumber: string;
  readonly atMs: number | undefined;
}

export const WHATSAPP_GROUP = 'AppDomainGroup-group.net.whatsapp.WhatsApp.shared';
const ARTEFACT = 'whatsapp';
const CHATS = 'ChatStorage.sqlite';
const LIDS = 'LID.sqlite';
const LID_TABLE = 'ZWAPHONENUMBERLIDPAIR';
const MESSAGE_COLUMNS = ['ZCHATSESSION', 'ZTEXT', 'ZFROMJID', 'ZTOJID', 'ZISFROMME', 'ZMESSAGEDATE'];
const SESSION_COLUMNS = [
  'ZCONTACTJID',
  'ZPARTNERNAME',
  'ZSESSIONTYPE',
  'ZARCHIVED',
  'ZREMOVED',
  'ZMESSAGECOUNTER',
  'ZLASTMESSAGEDATE',
  'ZGROUPINFO',
];
/** Where WhatsApp keeps everybody's media: such a link says nothing. */
const MEDIA_HOST = /^https?:\/\/mmg(?:-fna)?\.whatsapp\.net(?:[/:?]|$)/i;
/** A session's date and its last message's differ by less when they mean the same. */
const SAME_MOMENT_MS = 1000;

export const whatsapp: ArtefactModule<IosFiles, WhatsappRecord> = {
  artefact: ARTEFACT,
  async read(source, emit) {
    let lids = 0;
    const lidRows = await readDatabases(
      source,
      ARTEFACT,
      listed(source, WHATSAPP_GROUP, LIDS),
      `${WHATSAPP_GROUP}/${LIDS}`,
      (database, path) => {
        lids = readLids(database, path, emit);
        return lids;
      },
    );
    const rows = await readDatabases(
      source,
      ARTEFACT,
      listed(source, WHATSAPP_GROUP, CHATS),
      `${WHATSAPP_GROUP}/${CHATS}`,
      (database, path) => {
        const sessions = new Map<number, Stored>();
        const messages = readMessages(database, path, sessions, emit);
        // Older versions keep the pairs among the chats.
        const own = lids === 0 ? readLids(database, path, emit) : 0;
        return messages + readSessions(database, path, sessions, emit) + own;
      },
    );
    // The pairs are an addition: a phone without them lacks nothing.
    return [...rows, ...lidRows.filter(({ status }) => status !== 'absent')];
  },
};

/** What is stored of a session. */
interface Stored {
  count: number;
  firstMs: number | undefined;
  lastMs: number | undefined;
}

function readMessages(
  database: SqliteDatabase,
  path: string,
  sessions: Map<number, Stored>,
  emit: Emit<WhatsappRecord>,
): number {
  const attached = readAttachedLinks(database);
  let records = 0;
  for (const { rowid: id, values } of database.rows('ZWAMESSAGE', MESSAGE_COLUMNS)) {
    records++;
    const [session, textValue, from, to, fromMe, date] = values;
    const text = plainText(textValue);
    const atMs = appleTimeMs(date);
    const links = [...new Set([...linksInMessage(text), ...(attached.get(id) ?? [])])].filter(
      (link) => !MEDIA_HOST.test(link),
    );
    const sessionId = keyOf(session);
    remember(sessions, sessionId, atMs);
    const message: WhatsappMessage = {
      kind: 'message',
      path,
      id,
      sessionId,
      text,
      from: plainText(from),
      to: plainText(to),
      fromMe: fromMe === 1,
      atMs,
      links,
    };
    emit.record(message);
    const locator = `ZWAMESSAGE Z_PK ${id}`;
    for (const value of links)
      emit.sighting({ kind: 'url', value, evidence: 'received', artefact: ARTEFACT, path, locator, atMs });
    if (atMs !== undefined) {
      const what = message.fromMe ? 'WhatsApp message sent' : 'WhatsApp message received';
      emit.event?.({ atMs, artefact: ARTEFACT, path, what, detail: `${message.from || message.to}: ${text}` });
    }
  }
  for (const row of database.deletedRows('ZWAMESSAGE', MESSAGE_COLUMNS)) {
    if (row.replaced) continue;
    const atMs = appleTimeMs(row.values[5]);
    const locator = deletedPlace('ZWAMESSAGE', 'Z_PK', row);
    for (const value of linksInMessage(plainText(row.values[1]))) {
      if (!MEDIA_HOST.test(value))
        emit.sighting({ kind: 'url', value, evidence: 'received', artefact: ARTEFACT, path, locator, atMs });
    }
  }
  return records;
}

/** Links of previews, media and quoted text, by message. */
function readAttachedLinks(database: SqliteDatabase): ReadonlyMap<number, readonly string[]> {
  const attached = new Map<number, string[]>();
  const tables = [
    ['ZWAMEDIAITEM', ['ZMESSAGE', 'ZMEDIAURL']],
    ['ZWAMESSAGEDATAITEM', ['ZMESSAGE', 'ZCONTENT1', 'ZCONTENT2', 'ZMATCHEDTEXT', 'ZSUMMARY', 'ZTITLE']],
  ] as const;
  for (const [table, columns] of tables) {
    for (const { values } of rowsIfAny(database, table, columns)) {
      const links = values.slice(1).flatMap((value) => linksIn(plainText(value)));
      if (links.length === 0) continue;
      const message = keyOf(values[0]);
      attached.set(message, [...(attached.get(message) ?? []), ...links]);
    }
  }
  return attached;
}

function remember(sessions: Map<number, Stored>, id: number, atMs: number | undefined): void {
  let stored = sessions.get(id);
  if (stored === undefined) {
    stored = { count: 0, firstMs: undefined, lastMs: undefined };
    sessions.set(id, stored);
  }
  stored.count++;
  if (atMs === undefined) return;
  stored.firstMs = Math.min(stored.firstMs ?? atMs, atMs);
  stored.lastMs = Math.max(stored.lastMs ?? atMs, atMs);
}

function readSessions(
  database: SqliteDatabase,
  path: string,
  sessions: ReadonlyMap<number, Stored>,
  emit: Emit<WhatsappRecord>,
): number {
  const groups = new Map<number, number | undefined>();
  for (const { rowid, values } of rowsIfAny(database, 'ZWAGROUPINFO', ['ZCREATIONDATE']))
    groups.set(rowid, appleTimeMs(values[0]));
  let records = 0;
  for (const { rowid: id, values } of rowsIfAny(database, 'ZWACHATSESSION', SESSION_COLUMNS)) {
    records++;
    const [contact, partner, type, archived, removed, counter, last, group] = values;
    const stored = sessions.get(id);
    const lastMessageAtMs = appleTimeMs(last);
    const [lastStoredAtMs, firstStoredAtMs] = [stored?.lastMs, stored?.firstMs];
    const session: WhatsappSession = {
      kind: 'session',
      path,
      id,
      contact: plainText(contact),
      partner: plainText(partner),
      type: numberOf(type),
      archived: archived === 1,
      removed: removed === 1,
      counter: numberOf(counter),
      groupCreatedAtMs: groups.get(keyOf(group)),
      lastMessageAtMs,
      firstStoredAtMs,
      lastStoredAtMs,
      storedMessages: stored?.count ?? 0,
      messageDeleted:
        lastMessageAtMs !== undefined &&
        lastStoredAtMs !== undefined &&
        lastMessageAtMs - lastStoredAtMs > SAME_MOMENT_MS,
    };
    emit.record(session);
    tellSession(session, emit);
  }
  return records;
}

function tellSession(session: WhatsappSession, emit: Emit<WhatsappRecord>): void {
  const { path, groupCreatedAtMs, lastMessageAtMs, messageDeleted } = session;
  const detail = `${session.partner} ${session.contact}`.trim();
  if (groupCreatedAtMs !== undefined)
    emit.event?.({ atMs: groupCreatedAtMs, artefact: ARTEFACT, path, what: 'WhatsApp group created', detail });
  if (lastMessageAtMs === undefined) return;
  const what = messageDeleted ? 'WhatsApp message that is no longer stored' : 'WhatsApp last message';
  emit.event?.({ atMs: lastMessageAtMs, artefact: ARTEFACT, path, what, detail });
}

function readLids(database: SqliteDatabase, path: string, emit: Emit<WhatsappRecord>): number {
  let records = 0;
  for (const { values } of rowsIfAny(database, LID_TABLE, ['ZLID', 'ZPHONENUMBER', 'ZTIMESTAMP'])) {
    records++;
    const [lid, phoneNumber] = values.map(plainText);
    const atMs = appleTimeMs(values[2]);
    emit.record({ kind: 'lid', path, lid: lid ?? '', phoneNumber: phoneNumber ?? '', atMs });
    if (atMs !== undefined)
      emit.event?.({
        atMs,
        artefact: ARTEFACT,
        path,
        what: 'WhatsApp identity learned',
        detail: `${lid} is ${phoneNumber}`,
      });
  }
  return records;
}
