import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Db } from '../storage/index.ts';
import type { FindingList, FindingsQuery } from './api.ts';
import { FindingsError } from './findings-error.ts';
import { type FindingPlace, findFindings } from './store.ts';

const PAGE = 100;
const Place = Type.Tuple([
  Type.Integer({ minimum: 0, maximum: 100 }),
  Type.Integer(),
  Type.String({ pattern: '^[0-9a-f-]{36}$' }),
]);

/** Lists findings, worst first, by page. Throws FindingsError `findings-cursor` (400) for a cursor that no page gave. */
export async function listFindings(
  db: Db,
  { device, state, verdict, level, source, case: caseId, cursor, limit = PAGE }: Static<typeof FindingsQuery>,
): Promise<FindingList> {
  const deviceIds = device === undefined ? undefined : [device];
  const after = cursor === undefined ? undefined : placeOf(cursor);
  const found = await findFindings(db, { deviceIds, state, verdict, level, source, caseId, after }, limit);
  const last = found.at(-1)?.place;
  return {
    items: found,
    ...(found.length === limit && last !== undefined ? { next: cursorOf(last) } : {}),
  };
}

function cursorOf({ weight, foundAtUs, id }: FindingPlace): string {
  return Buffer.from(JSON.stringify([weight, foundAtUs, id])).toString('base64url');
}

function placeOf(cursor: string): FindingPlace {
  const wrong = new FindingsError('findings-cursor', 400, 'Give the cursor that the page before named as next');
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Value.Check(Place, value)) throw wrong;
    const [weight, foundAtUs, id] = value;
    return { weight, foundAtUs, id };
  } catch {
    throw wrong; // no JSON
  }
}
