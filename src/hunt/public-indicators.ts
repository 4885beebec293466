import { createHash } from 'node:crypto';
import type { StixIndicator } from '../formats/stix/index.ts';
import type { Db } from '../storage/index.ts';
import { stixBundleOf } from './stix-bundle.ts';
import { findCurrent, findSets, findVersions } from './store-indicators.ts';

const PAGE_ROWS = 10_000;
/** Traffic lights under which indicators may be shown to anybody (TLP 2.0). */
const OPEN_LIGHTS: readonly (string | undefined)[] = [undefined, 'clear', 'green'];

/** The reply as text with its entity tag: megabytes that change once a day are written once. */
export interface PublicPage {
  readonly etag: string;
  readonly body: string;
}

/**
 * Keeps the page of indicators that anybody may load: sets that are not private, without what its publisher restricts (TLP amber and red).
 *
 * The page is made anew when a set or its version changes.
 */
export function publicIndicators(db: Db): () => Promise<PublicPage> {
  let kept: { readonly etag: string; readonly page: Promise<PublicPage> } | undefined;
  return async () => {
    const sets = (await findSets(db)).filter(({ isPrivate, version }) => !isPrivate && version > 0);
    const state = sets.map(({ id, name, version }) => [id, name, version]);
    const etag = `"${createHash('sha256').update(JSON.stringify(state)).digest('hex').slice(0, 32)}"`;
    if (kept?.etag !== etag) {
      const page = makePage(db, etag, sets);
      kept = { etag, page };
      page.catch(() => {
        kept = undefined; // tried anew by the next caller; this one is told
      });
    }
    return await kept.page;
  };
}

async function makePage(
  db: Db,
  etag: string,
  sets: readonly { readonly id: string; readonly name: string; readonly version: number }[],
): Promise<PublicPage> {
  const times = new Map((await findVersions(db, 1)).map(({ setId, addedAt }) => [setId, addedAt.toISOString()]));
  const parts: string[] = [];
  for (const { id, name, version } of sets) {
    const indicators = await readAll(db, id);
    const bundle = stixBundleOf(name, indicators, times.get(id) ?? new Date(0).toISOString());
    parts.push(JSON.stringify({ name, version, bundle }));
  }
  return { etag, body: `{"sets":[${parts.join(',')}]}` };
}

async function readAll(db: Db, setId: string): Promise<StixIndicator[]> {
  const indicators: StixIndicator[] = [];
  for (let after = 0; ; ) {
    const rows = await findCurrent(db, { setId, after, limit: PAGE_ROWS });
    for (const { detail } of rows) if (OPEN_LIGHTS.includes(detail.tlp)) indicators.push(detail);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return indicators;
    after = last.id;
  }
}
