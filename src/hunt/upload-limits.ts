import type { Actor } from '../audit/index.ts';
import { findDeviceIdsOf } from '../devices/index.ts';
import { isMember } from '../findings/index.ts';
import type { Db } from '../storage/index.ts';
import { HuntError } from './hunt-error.ts';
import { readSightingUse, type SightingUse } from './store-sightings.ts';

const HOUR_MS = 3_600_000;

/** More than three of the largest uploads with nothing in common; some 160 MB with its index. */
const MAX_ROWS_PER_PHONE = 2_000_000;
/** The former phones of a person count too. */
const MAX_ROWS_PER_PERSON = 4_000_000;
/** Each upload may write 600,000 rows anew. */
const MAX_UPLOADS_PER_PHONE = 12;
const MAX_UPLOADS_PER_PERSON = 24;
/** For whoever investigates: a phone whose owner has filled the share must not be closed to them. */
const STAFF_FACTOR = 2;

/** Refuses an upload of sightings beyond an hour's share of its phone or person; HuntError `sightings-often` (429). */
export async function mayUploadSightings(
  tx: Db,
  actor: Actor,
  device: { readonly id: string; readonly personId: string },
  now: Date,
): Promise<void> {
  const byMember = isMember(actor);
  const { phone, person } = await useOf(tx, device, now);
  const phoneMay = phone.uploads < MAX_UPLOADS_PER_PHONE * (byMember ? 1 : STAFF_FACTOR);
  if (phoneMay && (!byMember || person.uploads < MAX_UPLOADS_PER_PERSON)) return;
  throw new HuntError(
    'sightings-often',
    429,
    `Wait an hour and send it again: of one phone ${MAX_UPLOADS_PER_PHONE} indexes an hour are taken, of one person ${MAX_UPLOADS_PER_PERSON}`,
  );
}

/** Refuses rows beyond the share of a phone or person, after they were written, so that the transaction takes them back; HuntError `sightings-full` (413). */
export async function mayKeepSightings(
  tx: Db,
  actor: Actor,
  device: { readonly id: string; readonly personId: string },
  freshRows: number,
  now: Date,
): Promise<void> {
  const factor = isMember(actor) ? 1 : STAFF_FACTOR;
  const { phone, person } = await useOf(tx, device, now);
  const over =
    phone.rows + freshRows > MAX_ROWS_PER_PHONE * factor
      ? `this phone has ${phone.rows} of ${MAX_ROWS_PER_PHONE * factor}`
      : person.rows + freshRows > MAX_ROWS_PER_PERSON * factor
        ? `the phones of this person have ${person.rows} of ${MAX_ROWS_PER_PERSON * factor}`
        : undefined;
  if (over === undefined) return;
  const whatNext = isMember(actor)
    ? 'Ask an investigator to check this phone'
    : 'Keep the evidence and search it with pavise check';
  throw new HuntError(
    'sightings-full',
    413,
    `${whatNext}: the index takes no ${freshRows} values more, ${over}, and nothing of this upload was kept`,
  );
}

async function useOf(
  tx: Db,
  device: { readonly id: string; readonly personId: string },
  now: Date,
): Promise<SightingUse> {
  const ofPerson = await findDeviceIdsOf(tx, device.personId);
  return await readSightingUse(tx, { id: device.id, ofPerson }, hourBefore(now));
}

function hourBefore(now: Date): Date {
  return new Date(now.getTime() - HOUR_MS);
}
