/**
 * taxii: envelopes of TAXII 2.1 (https://docs.oasis-open.org/cti/taxii/v2.1/), the protocol by which feeds hand out STIX objects in pages.
 *
 * A page is `{more, next, objects}`; the next one is asked for with the opaque `next`, and a later visit with `added_after`, the time that the
 * server gave in the header `X-TAXII-Date-Added-Last`.
 */
import { FormatError, utf8TextLoose } from '../../base/index.ts';

export const TAXII_MEDIA_TYPE = 'application/taxii+json;version=2.1';

export interface TaxiiEnvelope {
  readonly more: boolean;
  readonly next: string | undefined;
  readonly objects: readonly unknown[];
}

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_NEXT_CHARS = 4096;
/** RFC 3339 with microseconds, as the protocol writes times (section 3.3). */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

/** Reads one page; throws FormatError `taxii-size`, `taxii-json`, `taxii-envelope`. */
export function parseTaxiiEnvelope(bytes: Uint8Array): TaxiiEnvelope {
  if (bytes.length > MAX_BYTES) throw new FormatError('taxii-size', -1, 'Cannot read TAXII page: it is over 64 MiB');
  let parsed: unknown;
  try {
    parsed = JSON.parse(utf8TextLoose(bytes));
  } catch {
    throw new FormatError('taxii-json', -1, 'Cannot read TAXII page: not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw badEnvelope('not an object');
  const { more = false, next, objects = [] } = parsed as { more?: unknown; next?: unknown; objects?: unknown };
  if (typeof more !== 'boolean') throw badEnvelope('"more" is no boolean');
  if (next !== undefined && (typeof next !== 'string' || next.length > MAX_NEXT_CHARS)) throw badEnvelope('bad "next"');
  if (!Array.isArray(objects)) throw badEnvelope('"objects" is no list');
  return { more, next, objects };
}

/** URL of a page of a collection, e.g. `https://x.example/api1/collections/ID/`. */
export function taxiiPageUrl(
  collection: string,
  page: { readonly addedAfter?: string | undefined; readonly next?: string | undefined; readonly limit: number },
): string {
  const url = new URL('objects/', collection.endsWith('/') ? collection : `${collection}/`);
  url.searchParams.set('limit', `${page.limit}`);
  if (page.addedAfter !== undefined) url.searchParams.set('added_after', page.addedAfter);
  if (page.next !== undefined) url.searchParams.set('next', page.next);
  return url.href;
}

/** Whether a text is a time as the protocol writes it. */
export function isTaxiiTime(text: string): boolean {
  return TIMESTAMP.test(text) && !Number.isNaN(Date.parse(text));
}

function badEnvelope(why: string): FormatError {
  return new FormatError('taxii-envelope', -1, `Cannot read TAXII page: ${why}`);
}
