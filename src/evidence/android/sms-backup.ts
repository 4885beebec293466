import { FormatError } from '../../base/index.ts';
import { chunksOf, readStream } from '../../formats/archive/index.ts';
import { inflateStream } from '../../formats/gzip/index.ts';
import { type ArtefactModule, type Emit, readWhole } from '../evidence.ts';
import { linksInMessage } from '../links.ts';
import { type AndroidFiles, isObject, nameOf, numberOf, readFiles, textOf } from './files.ts';
import { cappedSightings } from './sightings.ts';

/** A message from the telephony provider's backup. */
export interface SmsBackupRecord {
  readonly path: string;
  readonly index: number;
  readonly kind: 'sms' | 'mms';
  readonly text: string;
  /** Of an SMS the other side; of an MMS its sender. */
  readonly address: string;
  readonly direction: 'received' | 'sent' | 'other';
  readonly atMs: number | undefined;
}

const FILE = /(?:^|_)(sms|mms)_backup$/;
const MAX_PACKED_BYTES = 64 * 1024 * 1024;
const MAX_JSON_BYTES = 256 * 1024 * 1024;
/** PduHeaders.FROM, the type of an MMS address that sent. */
const FROM = 137;

/**
 * `apps/com.android.providers.telephony/d_f/*_sms_backup` and `*_mms_backup`: lists in JSON, packed by zlib.
 *
 * The direction is that of `type` and `msg_box`: received messages carry `date_sent` too, which MVT takes for a sign that they were sent. Dates
 * of SMS are milliseconds, of MMS seconds, which MVT divides as well.
 */
export const smsBackup: ArtefactModule<AndroidFiles, SmsBackupRecord> = {
  artefact: 'sms-backup',
  read(source, emit) {
    const files = source.files.filter(({ path }) => FILE.test(nameOf(path)));
    return readFiles('sms-backup', files, 'com.android.providers.telephony/d_f/*_sms_backup', async (open, path) => {
      const packed = readWhole(open, MAX_PACKED_BYTES);
      if (packed === undefined) throw new FormatError('evidence-size', -1, `is larger than ${MAX_PACKED_BYTES} bytes`);
      const kind = path.endsWith('mms_backup') ? 'mms' : 'sms';
      const list = await messagesIn(packed);
      const sight = cappedSightings(emit, 'sms-backup', path);
      for (const [index, item] of list.entries()) take(item, { path, index, kind }, emit, sight);
      return list.length;
    });
  },
};

async function messagesIn(packed: Uint8Array): Promise<readonly { readonly [key: string]: unknown }[]> {
  const bytes = await readStream(inflateStream(chunksOf(packed), 'deflate'), MAX_JSON_BYTES, 'evidence-size');
  let list: unknown;
  try {
    list = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new FormatError('evidence-json', -1, 'is not JSON');
  }
  if (!Array.isArray(list)) throw new FormatError('evidence-json', -1, 'holds no list of messages');
  return list.filter(isObject);
}

function take(
  item: { readonly [key: string]: unknown },
  place: Pick<SmsBackupRecord, 'path' | 'index' | 'kind'>,
  emit: Emit<SmsBackupRecord>,
  sight: ReturnType<typeof cappedSightings>,
): void {
  const isMms = place.kind === 'mms';
  const text = textOf(isMms ? item.mms_body : item.body);
  const box = numberOf(isMms ? item.msg_box : item.type);
  const time = numberOf(item.date);
  const atMs = time === undefined || !(time > 0) ? undefined : time * (isMms ? 1000 : 1);
  const address = isMms ? senderOf(item.mms_addresses) : textOf(item.address);
  const direction = box === 1 ? 'received' : box === 2 ? 'sent' : 'other';
  emit.record({ ...place, text, address, direction, atMs });
  const locator = `message ${place.index + 1}`;
  for (const url of linksInMessage(text)) sight('url', url, { evidence: 'received', locator, atMs });
  if (address.includes('@')) sight('email', address, { evidence: 'received', locator, atMs });
  if (atMs === undefined) return;
  const what = direction === 'sent' ? 'message sent' : direction === 'received' ? 'message received' : 'message';
  emit.event?.({ atMs, artefact: 'sms-backup', path: place.path, what, detail: `${address} ${text}` });
}

function senderOf(addresses: unknown): string {
  const list = (Array.isArray(addresses) ? addresses : []).filter(isObject);
  const sender = list.find(({ type }) => numberOf(type) === FROM) ?? list[0];
  return textOf(sender?.address);
}
