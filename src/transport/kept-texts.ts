// The newest texts of a feed, oldest first, as bytes outside of the JavaScript heap.
//
// A busy feed keeps each text for about a second. As strings they would outlive the young generation, and copying them
// through the garbage collector costs more than making them; so they are written into chunks, and a chunk whose texts
// have all been dropped is filled again. Chunks grow from small to CHUNK_BYTES_MAX, so that what a feed takes beyond its
// texts is bounded by two chunks and by as much again as it keeps. Texts that come together are written by one call, a byte
// for the comma between each two of them.

const CHUNK_BYTES_MIN = 1_024;
const CHUNK_BYTES_MAX = 32_768;
/** Bytes that one unit of a string can take in UTF-8. */
const BYTES_PER_UNIT = 3;

interface Chunk {
  readonly buffer: Buffer;
  /** Where each text ends; the first begins at 0, the others a byte behind the one before. */
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

  /** `together`: texts with a comma between each two; `lengths`: how long each is. Returns how many bytes they take. */
  push(together: string, lengths: readonly number[]): number {
    let chunk = this.#chunks.at(-1);
    const needed = together.length * BYTES_PER_UNIT;
    if (chunk === undefined || freeFrom(chunk) + needed > chunk.buffer.length) chunk = this.#nextChunk(chunk, needed);
    const from = freeFrom(chunk);
    const written = chunk.buffer.write(together, from);
    const isAscii = written === together.length;
    let at = 0;
    let end = from - 1;
    for (const length of lengths) {
      end += 1 + (isAscii ? length : Buffer.byteLength(together.slice(at, at + length)));
      at += length + 1;
      chunk.ends.push(end);
    }
    if (end !== from + written) throw new Error('texts that are kept together have other lengths');
    const bytes = written - (lengths.length - 1);
    this.count += lengths.length;
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
  return at === 0 ? 0 : chunk.ends[at - 1]! + 1;
}

function freeFrom(chunk: Chunk): number {
  return startOf(chunk, chunk.ends.length);
}
