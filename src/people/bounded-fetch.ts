import type { CustomFetchOptions } from 'openid-client';

/** Discovery documents, key sets and tokens have a few KB; whoever answers for a provider must not fill the server's memory. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** fetch() that ends an answer beyond 1 MiB, which then counts as one that could not be read. */
export async function boundedFetch(url: string, options: CustomFetchOptions): Promise<Response> {
  const response = await fetch(url, options as RequestInit); // openid-client gives it what it would give fetch() itself
  if (response.body === null) return response;
  let total = 0;
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, out) {
        total += chunk.length;
        if (total > MAX_ANSWER_BYTES) out.error(new Error('Cannot read answer: it is over 1 MiB'));
        else out.enqueue(chunk);
      },
    }),
  );
  const { status, statusText, headers } = response;
  return new Response(counted, { status, statusText, headers });
}
