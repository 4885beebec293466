import type { ArtefactModule } from '../evidence.ts';
import { appleTimeMs } from '../times.ts';
import { type IosFiles, keyOf, listed, numberOf, plainText, readDatabases, rowsIfAny } from './files.ts';
import { readHandles } from './sms.ts';

export interface SmsAttachmentRecord {
  readonly path: string;
  readonly attachmentId: number;
  readonly messageId: number | undefined;
  readonly filename: string;
  readonly transferName: string;
  readonly mimeType: string;
  readonly createdAtMs: number | undefined;
  readonly startedAtMs: number | undefined;
  readonly sizeBytes: number | undefined;
  readonly outgoing: boolean;
  readonly sticker: boolean;
  readonly service: string;
  readonly sender: string;
}

const ARTEFACT = 'sms-attachments';
const PATH = 'Library/SMS/sms.db';
const COLUMNS = [
  'filename',
  'transfer_name',
  'mime_type',
  'created_date',
  'start_date',
  'total_bytes',
  'is_outgoing',
  'is_sticker',
];

/** Attachments of messages, also those whose message is gone. */
export const smsAttachments: ArtefactModule<IosFiles, SmsAttachmentRecord> = {
  artefact: ARTEFACT,
  read: (source, emit) =>
    readDatabases(source, ARTEFACT, listed(source, 'HomeDomain', PATH), `HomeDomain/${PATH}`, (database, path) => {
      const owner = new Map<number, number>();
      for (const { values } of rowsIfAny(database, 'message_attachment_join', ['attachment_id', 'message_id'])) {
        owner.set(keyOf(values[0]), keyOf(values[1]));
      }
      const messages = readMessages(database, new Set(owner.values()));
      const handles = readHandles(database);
      let records = 0;
      for (const { rowid, values } of rowsIfAny(database, 'attachment', COLUMNS)) {
        records++;
        const messageId = owner.get(rowid);
        const message = messages.get(messageId ?? -1);
        const [filename, transferName, mimeType, created, started, size, outgoing, sticker] = values;
        const record: SmsAttachmentRecord = {
          path,
          attachmentId: rowid,
          messageId,
          filename: plainText(filename),
          transferName: plainText(transferName),
          mimeType: plainText(mimeType),
          createdAtMs: appleTimeMs(created),
          startedAtMs: appleTimeMs(started),
          sizeBytes: numberOf(size),
          outgoing: outgoing === 1,
          sticker: sticker === 1,
          service: message?.service ?? '',
          sender: handles.get(message?.handle ?? -1) ?? '',
        };
        emit.record(record);
        const atMs = record.createdAtMs ?? record.startedAtMs;
        if (record.filename !== '') {
          const value = record.filename.replace(/^~\//, '/private/var/mobile/');
          const relativePath = record.filename.replace(/^~\//, '');
          const locator = `attachment ROWID ${rowid}`;
          emit.sighting({
            kind: 'path',
            value,
            relativePath,
            evidence: 'received',
            artefact: ARTEFACT,
            path,
            locator,
            atMs,
          });
        }
        if (atMs !== undefined) {
          const what = record.outgoing ? 'attachment sent' : 'attachment received';
          emit.event?.({ atMs, artefact: ARTEFACT, path, what, detail: `${record.sender}: ${record.filename}` });
        }
      }
      return records;
    }),
};

/** Service and handle of the messages that have attachments. */
function readMessages(
  database: Parameters<typeof readHandles>[0],
  wanted: ReadonlySet<number>,
): ReadonlyMap<number, { readonly service: string; readonly handle: number }> {
  const messages = new Map<number, { service: string; handle: number }>();
  if (wanted.size === 0) return messages;
  for (const { rowid, values } of rowsIfAny(database, 'message', ['service', 'handle_id'])) {
    if (wanted.has(rowid)) messages.set(rowid, { service: plainText(values[0]), handle: keyOf(values[1]) });
  }
  return messages;
}
