import { describe, expect, it } from 'vitest';
import type { PlistDict } from '../../formats/plist/index.ts';
import { PlistUid } from '../../formats/plist/index.ts';
import { sms } from './sms.ts';
import { smsAttachments } from './sms-attachments.ts';
import {
  appleNanoseconds,
  appleSeconds,
  attributedBody,
  backupTree,
  binaryPlist,
  collect,
  databaseBytes,
} from './testing.ts';

type Fill = Parameters<typeof databaseBytes>[0];
const SENT = '2026-03-01T10:00:00Z';
const LATER = '2026-03-01T10:05:00Z';

const SCHEMA = `
  CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, service TEXT NOT NULL);
  CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT, text TEXT, handle_id INTEGER DEFAULT 0, subject TEXT,
    attributedBody BLOB, service TEXT, date INTEGER, date_read INTEGER, is_from_me INTEGER DEFAULT 0, payload_data BLOB,
    message_summary_info BLOB);
  CREATE TABLE chat_recoverable_message_join (chat_id INTEGER, message_id INTEGER, delete_date INTEGER, ck_sync_state INTEGER);
  CREATE TABLE recoverable_message_part (chat_id INTEGER, message_id INTEGER, part_index INTEGER, delete_date INTEGER, part_text BLOB);
  CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY, filename TEXT, transfer_name TEXT, mime_type TEXT, created_date INTEGER,
    start_date INTEGER, total_bytes INTEGER, is_outgoing INTEGER, is_sticker INTEGER);
  CREATE TABLE message_attachment_join (message_id INTEGER, attachment_id INTEGER);
  INSERT INTO handle (id, service) VALUES ('+14155550100', 'SMS'), ('sender@example.org', 'iMessage')`;

function smsTree(fill: Fill, schema = SCHEMA) {
  const bytes = databaseBytes((database) => {
    database.exec(schema);
    fill(database);
  });
  return backupTree([{ domain: 'HomeDomain', path: 'Library/SMS/sms.db', bytes }]);
}

/** `message_summary_info` of an edited message (imessage-database describes its keys). */
function summary(texts: readonly string[], extra: PlistDict = {}): Uint8Array {
  const history = texts.map((text, i) => ({ d: appleSeconds(i === 0 ? SENT : LATER), t: attributedBody(text) }));
  return binaryPlist({ ...extra, ec: { 0: history }, ust: true });
}

describe('sms', () => {
  it('reads messages without a handle, and texts and links of attributedBody', async () => {
    const tree = smsTree((database) => {
      const insert = database.prepare(
        'INSERT INTO message (text, attributedBody, handle_id, date, date_read, is_from_me, service) VALUES (?, ?, ?, ?, ?, ?, ?)',
      );
      const at = appleNanoseconds(SENT);
      insert.run('See https://one.example.org/a).', null, 0, at, appleNanoseconds(LATER), 0, 'SMS');
      insert.run(
        '\ufffc',
        attributedBody('Zwei https://two.example.org/ü', 'https://hidden.example.org/x'),
        2,
        at,
        0,
        0,
        'iMessage',
      );
      insert.run(null, attributedBody('x'.repeat(300)), 1, 500_000_000, 0, 1, 'SMS');
    });
    const { records, sightings, events, rows } = await collect(sms, tree);
    expect(records.map(({ sender, text, links, fromMe }) => [sender, text.slice(0, 4), links, fromMe])).toEqual([
      ['', 'See ', ['https://one.example.org/a).'], false],
      ['sender@example.org', 'Zwei', ['https://two.example.org/ü', 'https://hidden.example.org/x'], false],
      ['+14155550100', 'xxxx', [], true],
    ]);
    expect(records.map(({ atMs }) => atMs)).toEqual([
      Date.parse(SENT),
      Date.parse(SENT),
      500_000_000_000 + 978_307_200_000,
    ]);
    expect(sightings.filter(({ kind }) => kind === 'email').map(({ value }) => value)).toEqual(['sender@example.org']);
    expect(events.map(({ what }) => what)).toEqual([
      'message received',
      'message read',
      'message received',
      'message sent',
    ]);
    expect(rows).toEqual([
      { artefact: 'sms', path: 'HomeDomain/Library/SMS/sms.db', records: 3, status: 'examined', why: null },
    ]);
  });

  it('reads what stood in edited messages, and tells parts that were taken back', async () => {
    const tree = smsTree((database) => {
      const insert = database.prepare('INSERT INTO message (text, date, message_summary_info) VALUES (?, ?, ?)');
      insert.run(null, appleNanoseconds(SENT), summary(['Look https://first.example.org/', 'Never mind']));
      insert.run(null, appleNanoseconds(SENT), binaryPlist({ rp: [0], otr: {} }));
      insert.run('Plain', appleNanoseconds(SENT), binaryPlist({ ust: true, amc: 0 }));
      insert.run('Damaged', appleNanoseconds(SENT), summary(['x']).subarray(0, 60));
    });
    const { records, sightings, events } = await collect(sms, tree);
    expect(records.map(({ edits }) => edits)).toEqual([
      {
        formerTexts: [
          { part: 0, text: 'Look https://first.example.org/', atMs: Date.parse(SENT) },
          { part: 0, text: 'Never mind', atMs: Date.parse(LATER) },
        ],
        retractedParts: [],
      },
      { formerTexts: [], retractedParts: [0] },
      undefined,
      undefined,
    ]);
    expect(sightings.map(({ value }) => value)).toEqual(['https://first.example.org/']);
    expect(events.filter(({ what }) => what === 'message edited').map(({ atMs }) => atMs)).toEqual([Date.parse(LATER)]);
  });

  it('tells recently deleted messages, and links of parts that were deleted', async () => {
    const tree = smsTree((database) => {
      database.exec(
        `INSERT INTO message (text, date) VALUES ('kept', 1), ('https://gone.example.org/', ${appleNanoseconds(SENT)})`,
      );
      database.prepare('INSERT INTO chat_recoverable_message_join VALUES (1, 2, ?, 0)').run(appleNanoseconds(LATER));
      database
        .prepare('INSERT INTO recoverable_message_part VALUES (1, 9, 0, ?, ?)')
        .run(appleNanoseconds(LATER), attributedBody('https://part.example.org/p'));
    });
    const { records, sightings } = await collect(sms, tree);
    expect(records.map(({ deletedAtMs }) => deletedAtMs)).toEqual([undefined, Date.parse(LATER)]);
    expect(sightings.map(({ value, locator }) => [value, locator])).toEqual([
      ['https://gone.example.org/', 'message ROWID 2'],
      ['https://part.example.org/p', 'recoverable_message_part ROWID 1, message ROWID 9'],
    ]);
  });

  it('reads the addresses of a link preview from its keyed archive', async () => {
    const preview = binaryPlist({
      $archiver: 'NSKeyedArchiver',
      $top: { root: new PlistUid(1) },
      $objects: [
        '$null',
        { URL: new PlistUid(2) },
        'https://short.example.org',
        'Títle https://long.example.org/ä',
        '_x://',
      ],
    });
    const tree = smsTree((database) => {
      database.prepare("INSERT INTO message (text, date, payload_data) VALUES ('', 1, ?)").run(preview);
    });
    const { records } = await collect(sms, tree);
    expect(records[0]?.links).toEqual(['https://short.example.org', 'https://long.example.org/ä']);
  });

  it('carves messages that were deleted for good, and marks them', async () => {
    const tree = smsTree((database) => {
      database.exec('PRAGMA secure_delete = OFF');
      const insert = database.prepare('INSERT INTO message (guid, text, date, handle_id) VALUES (?, ?, ?, 2)');
      for (let i = 1; i < 12; i++)
        insert.run(`guid-${i}`, `Number ${i} https://n${i}.example.org/`, appleNanoseconds(SENT));
      database.exec('DELETE FROM message WHERE ROWID = 5');
    });
    const { records, sightings, rows } = await collect(sms, tree);
    expect(rows[0]?.records).toBe(10);
    expect(records.filter(({ carved }) => carved).map(({ text, links }) => [text, links])).toEqual([
      ['Number 5 https://n5.example.org/', ['https://n5.example.org/']],
    ]);
    expect(sightings.find(({ value }) => value === 'https://n5.example.org/')?.locator).toMatch(/^deleted message row/);
  });

  it('reads a database of iOS 12, and survives rows of the wrong kind', async () => {
    const tree = smsTree((database) => {
      database.exec("INSERT INTO handle VALUES (1, 'x@example.org')");
      database.exec(
        "INSERT INTO message (ROWID, text, date, handle_id) VALUES (1, x'68747470733a2f2f612e6578616d706c652e6f7267', 1e300, 1)",
      );
      database.exec(
        "INSERT INTO message (ROWID, text, date, handle_id) VALUES (2, 'a' || char(0) || 'b', 'never', 'one')",
      );
      database.exec('INSERT INTO message (ROWID, text, date, handle_id) VALUES (3, 17, -1, 9223372036854775807)');
    }, 'CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT); CREATE TABLE message (ROWID INTEGER PRIMARY KEY, text, date, handle_id)');
    const { records, rows } = await collect(sms, tree);
    expect(records.map(({ text, atMs, sender }) => [text, atMs, sender])).toEqual([
      ['https://a.example.org', undefined, 'x@example.org'],
      ['a\0b', undefined, ''],
      ['', undefined, ''],
    ]);
    expect(rows[0]?.status).toBe('examined');
  });

  it('is absent where there is none, unreadable where it is no database or has no messages', async () => {
    const place = { domain: 'HomeDomain', path: 'Library/SMS/sms.db' };
    const status = async (tree: ReturnType<typeof backupTree>) =>
      (await collect(sms, tree)).rows.map((row) => [row.status, row.why]);
    expect(await status(backupTree([]))).toEqual([['absent', null]]);
    expect(await status(backupTree([place]))).toEqual([['unreadable', 'listed, content missing']]);
    expect((await status(backupTree([{ ...place, bytes: new Uint8Array(5000) }])))[0]?.[0]).toBe('unreadable');
    const empty = databaseBytes((database) => database.exec('CREATE TABLE other (a)'));
    expect((await status(backupTree([{ ...place, bytes: empty }])))[0]?.[1]).toMatch(/no "message"/);
  });

  it('reads a database that the list lacks, and a log beside it', async () => {
    const bytes = databaseBytes((database) => {
      database.exec(SCHEMA);
      database.exec("INSERT INTO message (text, date) VALUES ('one', 1)");
    });
    const { records } = await collect(
      sms,
      backupTree([{ domain: 'HomeDomain', path: 'Library/SMS/sms.db', bytes, unlisted: true }]),
    );
    expect(records.map(({ text }) => text)).toEqual(['one']);
  });
});

describe('sms-attachments', () => {
  it('reads attachments with their sender, also those whose message is gone', async () => {
    const tree = smsTree((database) => {
      database.exec("INSERT INTO message (text, date, handle_id, service) VALUES ('', 1, 2, 'iMessage')");
      const insert = database.prepare('INSERT INTO attachment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
      insert.run(
        1,
        '~/Library/SMS/Attachments/0f/15/A/x.heic',
        'x.heic',
        'image/heic',
        appleSeconds(SENT),
        0,
        10,
        0,
        0,
      );
      insert.run(2, '/var/tmp/com.apple.messages/y-1', null, null, appleSeconds(SENT), 0, null, 1, 1);
      database.exec('INSERT INTO message_attachment_join VALUES (1, 1)');
    });
    const { records, sightings } = await collect(smsAttachments, tree);
    expect(
      records.map(({ sender, service, messageId, outgoing, sticker }) => [
        sender,
        service,
        messageId,
        outgoing,
        sticker,
      ]),
    ).toEqual([
      ['sender@example.org', 'iMessage', 1, false, false],
      ['', '', undefined, true, true],
    ]);
    expect(sightings.map(({ value, relativePath }) => [value, relativePath])).toEqual([
      ['/private/var/mobile/Library/SMS/Attachments/0f/15/A/x.heic', 'Library/SMS/Attachments/0f/15/A/x.heic'],
      ['/var/tmp/com.apple.messages/y-1', '/var/tmp/com.apple.messages/y-1'],
    ]);
  });
});
