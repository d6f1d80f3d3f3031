// The newest texts of a feed, oldest first, as bytes outside of the JavaScript heap.
//
// A busy feed keeps each text for about a second. As strings they would outlive the young generation, and copying them
// through the garbage collector costs more than making them; so they are written into chunks, and a chunk whose texts
// have all been dropped is filled again. Chunks grow from small to CHUNK_BYTES_MAX, so that what a feed takes beyond its
// texts is bounded by two chunks and by as much again as it keeps.

const CHUNK_BYTES_MIN = 1_024;
const CHUNK_BYTES_MAX = 32_768;
/** Bytes that one unit of a string can take in UTF-8. */
const BYTES_PER_UNIT = 3;

interface Chunk {
  readonly buffer: Buffer;
  /** Where each text ends; the first begins at 0. */
  readonly ends: number[];
  /** Texts dropped from its beginning. */
  dropped: number;
}

export class KeptTexts {
  #chunks: Chunk[] = [];
  #spare: Chunk | undefined;
  count = 0;
  /** Of the texts that are kept. */
  bytes = 0;

  /** Returns how many bytes it takes. */
  push(text: string): number {
    let chunk = this.#chunks.at(-1);
    const needed = text.length * BYTES_PER_UNIT;
    if (chunk === undefined || endOf(chunk) + needed > chunk.buffer.length) chunk = this.#nextChunk(chunk, needed);
    const from = endOf(chunk);
    const bytes = chunk.buffer.write(text, from);
    chunk.ends.push(from + bytes);
    this.count += 1;
    this.bytes += bytes;
    return bytes;
  }

  /** Returns how many bytes it took. */
  dropOldest(): number {
    const chunk = this.#chunks[0];
    if (chunk === undefined) throw new RangeError('nothing is kept');
    const bytes = chunk.ends[chunk.dropped]! - startOf(chunk, chunk.dropped);
    chunk.dropped += 1;
    if (chunk.dropped === chunk.ends.length) {
      this.#chunks.shift();
      this.#spare = chunk;
    }
    this.count -= 1;
    this.bytes -= bytes;
    return bytes;
  }

  /** So many, oldest first. */
  newest(count: number): string[] {
    if (count > this.count) throw new RangeError(`${count} texts are asked for, ${this.count} are kept`);
    const texts: string[] = [];
    for (const chunk of this.#chunks) {
      for (let at = chunk.dropped; at < chunk.ends.length; at++) {
        texts.push(chunk.buffer.toString('utf8', startOf(chunk, at), chunk.ends[at]));
      }
    }
    return texts.slice(texts.length - count);
  }

  #nextChunk(before: Chunk | undefined, needed: number): Chunk {
    const spare = this.#spare;
    this.#spare = undefined;
    const wanted = Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, 2 * (before?.buffer.length ?? 0)));
    let chunk: Chunk;
    if (spare !== undefined && spare.buffer.length >= Math.max(wanted, needed)) {
      spare.ends.length = 0;
      spare.dropped = 0;
      chunk = spare;
    } else chunk = { buffer: Buffer.allocUnsafeSlow(Math.max(wanted, needed)), ends: [], dropped: 0 };
    this.#chunks.push(chunk);
    return chunk;
  }
}

function startOf(chunk: Chunk, at: number): number {
  return at === 0 ? 0 : chunk.ends[at - 1]!;
}

function endOf({ ends }: Chunk): number {
  return ends.length === 0 ? 0 : ends[ends.length - 1]!;
}
