import { FormatError } from '../../base/index.ts';

/** A stream of parts that can leave out what nobody wants, as a file can. */
export interface TarSource extends AsyncIterable<Uint8Array> {
  /** Leaves out the next bytes; answers how many there were, fewer only at the end. */
  skip?(bytes: number): number;
}

/** Takes exact lengths from a stream of parts. */
export class ByteQueue {
  /** Bytes taken so far. */
  offset = 0;
  readonly #source: TarSource;
  readonly #parts: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(source: TarSource) {
    this.#source = source;
    this.#parts = source[Symbol.asyncIterator]();
  }

  /** Takes `length` bytes; undefined at the very end of the stream. Throws FormatError `tar-truncated` inside the block. */
  async block(length: number): Promise<Uint8Array | undefined> {
    const first = await this.#next(length);
    if (first === undefined) return undefined;
    if (first.length === length) return first;
    const block = new Uint8Array(length);
    block.set(first);
    for (let filled = first.length; filled < length; ) {
      const part = await this.#next(length - filled);
      if (part === undefined) throw truncated(this.offset);
      block.set(part, filled);
      filled += part.length;
    }
    return block;
  }

  /** Yields the next `length` bytes in parts as they come. */
  async *stream(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      const part = await this.#next(left);
      if (part === undefined) throw truncated(this.offset);
      left -= part.length;
      yield part;
    }
  }

  async skip(length: number): Promise<void> {
    const held = Math.min(length, this.#rest.length);
    this.#rest = this.#rest.subarray(held);
    this.offset += held;
    const left = length - held;
    const skipped = left > 0 ? (this.#source.skip?.(left) ?? 0) : 0;
    this.offset += skipped;
    for await (const _ of this.stream(left - skipped));
  }

  async close(): Promise<void> {
    await this.#parts.return?.();
  }

  /** At most `length` bytes; undefined at the end. */
  async #next(length: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0 && !this.#ended) {
      const { done, value } = await this.#parts.next();
      if (done === true) this.#ended = true;
      else this.#rest = value;
    }
    if (this.#rest.length === 0) return undefined;
    const part = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(part.length);
    this.offset += part.length;
    return part;
  }
}

function truncated(offset: number): FormatError {
  return new FormatError('tar-truncated', offset, `Cannot read tar: it ends at byte ${offset}, inside a member`);
}
