import { IndicatorStoreError } from './store-error.ts';

/** What may be asked of whom. */
export interface FeedRequest {
  readonly url: string;
  /** Hosts (with port where it is not the usual one) that may be asked: those that the administrator configured, never one found in evidence. */
  readonly hosts: ReadonlySet<string>;
  readonly etag?: string | undefined;
  readonly accept?: string | undefined;
  readonly authorization?: string | undefined;
  readonly maxBytes?: number | undefined;
  readonly timeoutMs?: number | undefined;
}

export type FeedReply =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'body'; readonly bytes: Uint8Array; readonly headers: Headers };

/** The largest public feed has 5 MB. */
export const MAX_FEED_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
const MAX_REDIRECTS = 3;

/**
 * Fetches a feed over HTTPS (plain HTTP on this machine alone), by its entity tag where one is known.
 *
 * Ends at `maxBytes` after decompression and at `timeoutMs`, headers and body together. A redirect is followed only to a host that is configured.
 * Throws IndicatorStoreError `indicators-url`, `indicators-host`, `indicators-redirect`, `indicators-answer`, `indicators-size`, `indicators-network`.
 */
export async function getFeed(request: FeedRequest): Promise<FeedReply> {
  const signal = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS);
  let url = request.url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    requireAllowed(url, request.hosts, redirects > 0);
    const response = await ask(url, request, signal);
    if (response.status === 304) return { kind: 'unchanged' };
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location !== null && URL.canParse(location, url)) {
      await response.body?.cancel();
      url = new URL(location, url).href;
      continue;
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new IndicatorStoreError('indicators-answer', `Try again later: ${hostOf(url)} answered ${response.status}`);
    }
    return { kind: 'body', bytes: await readBody(response, url, request), headers: response.headers };
  }
  throw new IndicatorStoreError('indicators-redirect', `Check the source: ${hostOf(url)} redirects without end`);
}

/** Host with port of a feed's URL; refuses what is no HTTPS URL (or HTTP on loopback) without credentials. */
export function feedHost(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url !== undefined && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && loopback))) {
    throw new IndicatorStoreError('indicators-url', `Give an https URL: "${text.slice(0, 200)}" is none`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new IndicatorStoreError(
      'indicators-url',
      'Leave user and password out of the URL: give --token-env or --basic-env',
    );
  }
  return url.host;
}

function requireAllowed(url: string, hosts: ReadonlySet<string>, redirected: boolean): void {
  const host = feedHost(url);
  if (hosts.has(host)) return;
  if (redirected) {
    throw new IndicatorStoreError(
      'indicators-redirect',
      `Add --host ${host} if you trust it: the source redirects there`,
    );
  }
  throw new IndicatorStoreError('indicators-host', `Add --host ${host} if you trust it: the source does not name it`);
}

async function ask(url: string, request: FeedRequest, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { 'user-agent': 'pavise' };
  if (request.etag !== undefined) headers['if-none-match'] = request.etag;
  if (request.accept !== undefined) headers['accept'] = request.accept;
  // The credential goes to the host that it was given for, to no other.
  if (request.authorization !== undefined && hostOf(url) === hostOf(request.url)) {
    headers['authorization'] = request.authorization;
  }
  try {
    return await fetch(url, { headers, redirect: 'manual', signal });
  } catch (error) {
    throw networkError(error, url);
  }
}

async function readBody(
  response: Response,
  url: string,
  { maxBytes = MAX_FEED_BYTES }: FeedRequest,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of response.body ?? []) {
      size += part.length;
      if (size > maxBytes) {
        throw new IndicatorStoreError(
          'indicators-size',
          `Check the source: ${hostOf(url)} sent more than ${maxBytes} bytes`,
        );
      }
      parts.push(part);
    }
  } catch (error) {
    throw error instanceof IndicatorStoreError ? error : networkError(error, url);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function networkError(error: unknown, url: string): IndicatorStoreError {
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const why = timedOut ? 'did not answer in time' : 'did not answer, or broke off';
  return new IndicatorStoreError('indicators-network', `Check the network and try again: ${hostOf(url)} ${why}`);
}

function hostOf(url: string): string {
  return new URL(url).host;
}
