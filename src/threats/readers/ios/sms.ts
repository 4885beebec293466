import { attributedBodyText } from '../attributed-body.ts';
import type { ArtefactModule } from '../evidence.ts';
import { linksIn } from '../links.ts';
import { appleTimeMs } from '../times.ts';
import { type IosFiles, listed, plainText, readDatabases } from './files.ts';

/** A message of iMessage or SMS. Texts stay on the machine that reads them. */
export interface SmsRecord {
  readonly rowid: number;
  readonly path: string;
  readonly text: string;
  readonly sender: string;
  readonly fromMe: boolean;
  readonly atMs: number | undefined;
}

const PATH = 'Library/SMS/sms.db';

export const sms: ArtefactModule<IosFiles, SmsRecord> = {
  artefact: 'sms',
  read: (source, emit) =>
    readDatabases(source, 'sms', listed(source, 'HomeDomain', PATH), `HomeDomain/${PATH}`, (database, path) => {
      const senders = new Map<number, string>();
      for (const { rowid, values } of database.rows('handle', ['id'])) {
        if (typeof values[0] === 'string') senders.set(rowid, values[0]);
      }
      let records = 0;
      const columns = ['text', 'attributedBody', 'date', 'handle_id', 'subject', 'is_from_me'];
      for (const { rowid, values } of database.rows('message', columns)) {
        records++;
        const [text, body, date, handle, subject, fromMe] = values;
        const atMs = appleTimeMs(date);
        const common = {
          evidence: 'received',
          artefact: 'sms',
          path,
          locator: `message ROWID ${rowid}`,
          atMs,
        } as const;
        const parts = new Set([
          plainText(text),
          body instanceof Uint8Array ? (attributedBodyText(body) ?? '') : '',
          plainText(subject),
        ]);
        for (const part of parts)
          for (const url of linksIn(part)) emit.sighting({ kind: 'url', value: url, ...common });
        const sender = (typeof handle === 'number' ? senders.get(handle) : undefined) ?? '';
        if (sender.includes('@')) emit.sighting({ kind: 'email', value: sender, ...common });
        emit.record({ rowid, path, text: [...parts].join('\n').trim(), sender, fromMe: fromMe === 1, atMs });
      }
      return records;
    }),
};
