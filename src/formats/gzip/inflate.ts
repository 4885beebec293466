import { FormatError } from '../../base/index.ts';

export interface InflateLimits {
  /** Most bytes that may come out. */
  readonly maxBytes?: number;
  /** Most bytes that may come out for one that went in, once 16 MiB have come out. */
  readonly maxRatio?: number;
}

/** A sysdiagnose has up to some GB. */
const MAX_BYTES = 64 * 1024 ** 3;
/** Logs shrink by ten to thirty; deflate itself ends at 1,032. */
const MAX_RATIO = 250;
const RATIO_FREE_BYTES = 16 * 1024 * 1024;
/** What goes in at once: browsers hold all that comes out of one write. */
const WRITE_BYTES = 16 * 1024;

/** Decompresses gzip, see `inflateStream`. */
export function gunzip(source: AsyncIterable<Uint8Array>, limits: InflateLimits = {}): AsyncGenerator<Uint8Array> {
  return inflateStream(source, 'gzip', limits);
}

/**
 * Decompresses a stream; memory stays flat.
 *
 * What was readable of a truncated stream is yielded before the error, but for its last parts. Errors of the source go through as they are.
 * @throws FormatError `gzip-damaged` (also when it ends early), `gzip-limit`
 */
export async function* inflateStream(
  source: AsyncIterable<Uint8Array>,
  format: 'gzip' | 'deflate' | 'deflate-raw',
  { maxBytes = MAX_BYTES, maxRatio = MAX_RATIO }: InflateLimits = {},
): AsyncGenerator<Uint8Array> {
  const stream = new DecompressionStream(format);
  const reader = stream.readable.getReader();
  const input = feed(source, stream.writable.getWriter());
  let produced = 0;
  try {
    for (;;) {
      const { done, value } = await next(reader, input);
      if (done) break;
      produced += value.length;
      if (produced > maxBytes)
        throw new FormatError('gzip-limit', produced, `Cannot decompress: over ${maxBytes} bytes`);
      if (produced > RATIO_FREE_BYTES && produced > input.bytes * maxRatio) {
        throw new FormatError('gzip-limit', produced, `Cannot decompress: ${maxRatio} times its size is exceeded`);
      }
      yield value;
    }
  } finally {
    input.stopped = true;
    await reader.cancel().catch(() => undefined); // the stream may have failed already, which was reported
    await input.done;
  }
}

interface Input {
  bytes: number;
  stopped: boolean;
  /** The source's own failure. */
  failure: { readonly error: unknown } | undefined;
  /** Never rejects. */
  done: Promise<void>;
}

function feed(source: AsyncIterable<Uint8Array>, writer: WritableStreamDefaultWriter<BufferSource>): Input {
  const input: Input = { bytes: 0, stopped: false, failure: undefined, done: Promise.resolve() };
  writer.closed.catch(() => undefined); // the reading side reports it
  input.done = pump(source, writer, input).catch(() => undefined); // likewise
  return input;
}

async function pump(
  source: AsyncIterable<Uint8Array>,
  writer: WritableStreamDefaultWriter<BufferSource>,
  input: Input,
): Promise<void> {
  const write = async (part: Uint8Array): Promise<void> => {
    for (let at = 0; at < part.length && !input.stopped; at += WRITE_BYTES) {
      // A copy: the source may reuse its buffer, and the stream takes no shared memory.
      const piece = part.slice(at, at + WRITE_BYTES) as Uint8Array<ArrayBuffer>;
      input.bytes += piece.length;
      await writer.write(piece);
    }
  };
  const parts = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const result = await parts.next().catch((error: unknown) => {
        input.failure = { error };
        throw error;
      });
      if (result.done || input.stopped) break;
      await write(result.value);
    }
    if (!input.stopped) await writer.close();
  } catch (error) {
    await writer.abort(error);
  } finally {
    await parts.return?.();
  }
}

async function next(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  input: Input,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch {
    await input.done;
    if (input.failure !== undefined) throw input.failure.error;
    throw new FormatError('gzip-damaged', input.bytes, 'Cannot decompress: the data ends early or is damaged');
  }
}
