import { writeBinaryPlist } from './binary-plist.ts';
import { disguised } from './disguise.ts';
import { apple, attributedBody, type Context, database, link, NOW_MS, type Row, sentence } from './ios-context.ts';
import { IOS_TABLES } from './ios-tables.data.ts';
import { APPLE_NOTIFIES, HEALTHY, PLANTED, READER } from './planted.data.ts';

/** Messages of iMessage, SMS and WhatsApp. */
export function writeMessages(context: Context, size: { readonly messages: number; readonly whatsapp: number }): void {
  messages(context, size.messages);
  whatsapp(context, size.whatsapp);
}

/** Before iOS 16 nothing is kept of what was deleted. */
const WITHOUT_BIN = 'DROP TABLE chat_recoverable_message_join; DROP TABLE recoverable_message_part;';

const nanoseconds = (atMs: number): bigint => BigInt(Math.floor(apple(atMs) * 1000)) * 1_000_000n;

function messages(context: Context, count: number): void {
  const { random, has, time, layout, life } = context;
  const binned = layout.since(16);
  const tables = binned ? IOS_TABLES.sms : `${IOS_TABLES.sms} ${WITHOUT_BIN}`;
  database(context, 'HomeDomain', 'Library/SMS/sms.db', tables, (insert, db) => {
    for (let i = 0; i < 400; i++) {
      insert('handle', { id: i % 5 === 0 ? `person${i}@example.org` : `+1415555${1000 + i}`, service: 'iMessage' });
    }
    insert('handle', { id: has('sms-sender') ? PLANTED['sms-sender'] : HEALTHY.sender, service: 'iMessage' });
    insert('handle', { id: has('threat-notification') ? APPLE_NOTIFIES : HEALTHY.appleSender, service: 'iMessage' });
    let id = 0;
    const add = (text: string, handle: number, inBody: boolean, more: Row = {}): void => {
      const date = nanoseconds(time());
      insert('message', {
        guid: `G-${++id}`,
        text: inBody ? null : text,
        attributedBody: layout.since(14) ? attributedBody(text) : null,
        handle_id: handle,
        service: 'iMessage',
        date,
        date_read: date,
        is_from_me: id % 3 === 0 ? 1 : 0,
        ...more,
      });
    };
    for (let i = 0; i < count; i++) {
      const text = random() < 0.3 ? `${sentence(random)} ${link(random)}` : sentence(random);
      // Systems from 16 on leave out the plain text of some messages, and some have no handle.
      add(text, i % 23 === 0 ? 0 : 1 + Math.floor(random() * 400), binned && i % 5 === 0);
    }
    for (const text of HEALTHY.messages) add(text, 7, false);
    if (life === 'reader') for (const text of READER.messages) add(text, 11, false, { is_from_me: 0 });
    if (has('sms-sender')) add('hello', 401, false);
    if (has('sms-link')) add(`Your parcel waits: ${disguised(PLANTED['sms-link'], random)}`, 3, false);
    if (has('sms-body-link')) add(`Read this ${disguised(PLANTED['sms-body-link'], random)}`, 3, true);
    if (has('sms-no-handle')) add(`https://cdn.${PLANTED['sms-no-handle']}/i`, 0, false);
    const host = (plant: Parameters<typeof has>[0]): string => (has(plant) ? PLANTED[plant] : HEALTHY.host);
    add('A security notice', 402, false, { is_from_me: 0 });
    if (binned)
      add('corrected', 5, false, {
        message_summary_info: edited(`see https://${host('sms-edited')}/before`, 'corrected'),
      });
    add('look', 5, false, { payload_data: preview(`https://${host('sms-preview')}/page`) });
    add(`bin https://${host('sms-recently-deleted')}/r`, 5, false);
    if (binned)
      insert('chat_recoverable_message_join', { chat_id: 1, message_id: id, delete_date: nanoseconds(NOW_MS) });
    const part_text = attributedBody(`part https://${host('sms-deleted-part')}/part`);
    const part = { chat_id: 1, message_id: id, part_index: 0, part_text, ck_sync_state: 0 };
    if (binned) insert('recoverable_message_part', { ...part, delete_date: nanoseconds(NOW_MS) });
    attachments(context, insert);
    // A freed row stays in the file as long as its page keeps others and is not balanced with its neighbour: enough follow to keep it full.
    db.exec('COMMIT; PRAGMA secure_delete = 0');
    const gone = id;
    if (has('sms-deleted')) add(`gone https://${PLANTED['sms-deleted']}/gone `.repeat(3), 3, false);
    if (has('sms-run-deleted'))
      for (let i = 0; i < 5; i++) add(`gone https://${PLANTED['sms-run-deleted']}/${i} and more words`, 3, false);
    const kept = id;
    for (let i = 0; i < 40; i++) add(`later ${sentence(random)} ${sentence(random)}`, 9, false);
    db.exec(`DELETE FROM message WHERE ROWID > ${gone} AND ROWID <= ${kept}`);
  });
}

/** `message_summary_info` of an edited message: its texts, oldest first. */
function edited(before: string, after: string): Uint8Array {
  const texts = [before, after].map((text, i) => ({ t: attributedBody(text), d: apple(NOW_MS) - 60 + i }));
  return writeBinaryPlist({ ams: 1, ec: { '0': texts } });
}

/** `payload_data` of a message whose link is shown with a picture. */
function preview(url: string): Uint8Array {
  return writeBinaryPlist({ $version: 100_000, $archiver: 'NSKeyedArchiver', $objects: ['$null', 'A page', url] });
}

function attachments({ has }: Context, insert: (table: string, row: Row) => void): void {
  const add = (rowid: number, filename: string, outgoing = 0): void => {
    const date = nanoseconds(NOW_MS - rowid * 3_600_000);
    const row = { ROWID: rowid, guid: `A-${rowid}`, filename, created_date: date, is_outgoing: outgoing };
    insert('attachment', { ...row, mime_type: 'image/jpeg', transfer_name: 'a.jpg', total_bytes: 100 });
    insert('message_attachment_join', { message_id: rowid, attachment_id: rowid });
  };
  add(1, '~/Library/SMS/Attachments/a1/01/A/picture.jpg');
  add(2, '/var/tmp/com.apple.messages/sent-1', 1);
  add(3, '~/Library/SMS/Attachments/a1/01/B/holiday-1');
  if (has('attachment-tmp')) add(4, '/private/var/tmp/com.apple.messages/0A1B-1');
  if (has('attachment-path')) add(5, `~/${PLANTED['attachment-path']}`);
}

function whatsapp(context: Context, count: number): void {
  const { random, has, time } = context;
  const domain = 'AppDomainGroup-group.net.whatsapp.WhatsApp.shared';
  database(context, domain, 'ChatStorage.sqlite', IOS_TABLES.whatsapp, (insert, db) => {
    insert('ZWACHATSESSION', { Z_PK: 1, ZCONTACTJID: '14155550100@s.whatsapp.net', ZLASTMESSAGEDATE: apple(NOW_MS) });
    for (let i = 1; i <= count; i++) {
      const text = random() < 0.2 ? `${sentence(random)} ${link(random)}` : sentence(random);
      insert('ZWAMESSAGE', { Z_PK: i, ZISFROMME: i % 2, ZCHATSESSION: 1, ZMESSAGEDATE: apple(time()), ZTEXT: text });
    }
    const row = { ZISFROMME: 0, ZCHATSESSION: 1, ZMESSAGEDATE: apple(NOW_MS) };
    const host = (plant: Parameters<typeof has>[0]): string => (has(plant) ? PLANTED[plant] : HEALTHY.host);
    insert('ZWAMESSAGE', { Z_PK: count + 1, ...row, ZTEXT: `look ${disguised(host('whatsapp-link'), random)}` });
    insert('ZWAMESSAGE', { Z_PK: count + 2, ...row, ZTEXT: null });
    insert('ZWAMEDIAITEM', { Z_PK: 1, ZMESSAGE: count + 2, ZMEDIAURL: `https://${host('whatsapp-media')}/m.enc` });
    insert('ZWAMEDIAITEM', { Z_PK: 2, ZMESSAGE: count + 1, ZMEDIAURL: 'https://mmg.whatsapp.net/d/f/x.enc' });
    insert('ZWAMESSAGEDATAITEM', {
      Z_PK: 1,
      ZMESSAGE: count + 2,
      ZCONTENT1: `https://${host('whatsapp-preview')}/page`,
      ZTITLE: 'A page',
    });
    db.exec('COMMIT; PRAGMA secure_delete = 0');
    const gone = has('whatsapp-deleted') ? PLANTED['whatsapp-deleted'] : HEALTHY.host;
    const text = `gone https://${gone}/gone `.repeat(3);
    for (let i = 3; i < 30; i++)
      insert('ZWAMESSAGE', { Z_PK: count + i, ...row, ZTEXT: i === 3 ? text : sentence(random).repeat(2) });
    db.exec(`DELETE FROM ZWAMESSAGE WHERE Z_PK = ${count + 3}`);
  });
}
