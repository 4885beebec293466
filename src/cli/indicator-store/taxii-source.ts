import { FormatError, utf8Bytes } from '../../base/index.ts';
import { isTaxiiTime, parseTaxiiEnvelope, TAXII_MEDIA_TYPE, taxiiPageUrl } from '../../formats/taxii/index.ts';
import { type FeedRequest, getFeed, MAX_FEED_BYTES } from './get-feed.ts';
import { IndicatorStoreError } from './store-error.ts';

const PAGE_OBJECTS = 1000;
const MAX_PAGES = 1000;
const MAX_OBJECTS = 500_000;

/**
 * Fetches what a TAXII 2.1 collection got since the last visit, page by page.
 *
 * @param request.url URL of the collection
 * @returns the new objects, and the time after which the next visit asks
 */
export async function getTaxiiObjects(
  request: FeedRequest,
  addedAfter: string | undefined,
): Promise<{ objects: unknown[]; addedAfter: string | undefined }> {
  const objects: unknown[] = [];
  const seen = new Set<string>();
  let bytesLeft = MAX_FEED_BYTES;
  let lastAdded = addedAfter;
  let after = addedAfter;
  let next: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const url = taxiiPageUrl(request.url, { addedAfter: after, next, limit: PAGE_OBJECTS });
    const reply = await getFeed({ ...request, url, accept: TAXII_MEDIA_TYPE, maxBytes: bytesLeft });
    if (reply.kind === 'unchanged') break;
    const mediaType = reply.headers.get('content-type') ?? '';
    if (!/^application\/(taxii\+)?json\b/i.test(mediaType)) {
      throw new IndicatorStoreError(
        'indicators-taxii',
        `Give the URL of a TAXII 2.1 collection: the answer is "${mediaType.slice(0, 80)}"`,
      );
    }
    bytesLeft -= reply.bytes.length;
    const envelope = parseTaxiiEnvelope(reply.bytes);
    for (const object of envelope.objects) objects.push(object);
    if (objects.length > MAX_OBJECTS)
      throw new IndicatorStoreError('indicators-size', 'Check the source: over 500,000 objects');
    const added = reply.headers.get('x-taxii-date-added-last');
    if (added !== null && isTaxiiTime(added)) lastAdded = added;
    if (!envelope.more) return { objects, addedAfter: lastAdded };
    next = envelope.next;
    // A server without "next" pages by the time of the last object (section 3.4).
    if (next === undefined) after = lastAdded;
    const place = `${after} ${next}`;
    if (seen.has(place) || (next === undefined && lastAdded === undefined)) throw endless();
    seen.add(place);
  }
  throw endless();
}

/** Puts new objects over the stored ones: the same object (type, id, modified) stands once. */
export function mergeObjects(stored: Uint8Array | undefined, added: readonly unknown[]): Uint8Array {
  const merged = new Map<string, unknown>();
  const known: unknown =
    stored === undefined ? [] : (JSON.parse(Buffer.from(stored).toString('utf8')) as { objects: unknown }).objects;
  for (const object of [...(Array.isArray(known) ? known : []), ...added]) {
    if (typeof object !== 'object' || object === null) continue;
    const { type, id, modified } = object as { type?: unknown; id?: unknown; modified?: unknown };
    merged.set(typeof id === 'string' ? `${String(type)} ${id} ${String(modified)}` : `#${merged.size}`, object);
  }
  if (merged.size > MAX_OBJECTS) throw new FormatError('stix-size', -1, 'Cannot keep collection: over 500,000 objects');
  return utf8Bytes(JSON.stringify({ type: 'bundle', id: 'bundle--collection', objects: [...merged.values()] }));
}

function endless(): IndicatorStoreError {
  return new IndicatorStoreError('indicators-taxii', 'Check the source: its pages do not end');
}
