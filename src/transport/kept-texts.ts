// The newest texts of a feed, oldest first, as bytes outside of the JavaScript heap.
//
// A busy feed keeps each text for about a second. As strings they would outlive the young generation, and copying them
// through the garbage collector costs more than making them; so they are written into chunks, and a chunk whose texts
// have all been dropped is filled again. Chunks grow from small to CHUNK_BYTES_MAX, so that what a feed takes beyond its
// texts is bounded by two chunks and by as much again as it keeps. Between each two texts is a comma, so that those that
// came together can be told together.

import { type Room, roomOf } from '../protocol/byte-writers.ts';
import { COMMA, type NotificationWriter } from './rpc-bytes.ts';

const CHUNK_BYTES_MIN = 1_024;
const CHUNK_BYTES_MAX = 32_768;

interface Chunk {
  readonly room: Room;
  /** Where each text ends; the first begins at 0, the others a byte behind the one before. */
  readonly ends: number[];
  /** Texts dropped from its beginning. */
  dropped: number;
}

/** Some texts, one behind the other with a comma between each two: those from `first` to the last of `ends`. */
export interface KeptRun {
  readonly bytes: Buffer;
  /** Where the first begins. */
  readonly from: number;
  readonly ends: readonly number[];
  readonly first: number;
}

export class KeptTexts {
  #chunks: Chunk[] = [];
  #spare: Chunk | undefined;
  /** Of the newest chunk, the first text that has not been taken. */
  #untaken = 0;
  count = 0;
  /** Of the texts that are kept. */
  bytes = 0;

  /** Returns how many bytes it took; -1 where the writer cannot write it, or not where there is room. */
  write(notification: NotificationWriter, seq: number, params: Readonly<Record<string, unknown>>): number {
    const chunk = this.#chunks.at(-1);
    if (chunk === undefined) return -1;
    const from = freeFrom(chunk);
    const end = notification(seq, params, chunk.room, from);
    return end < 0 ? -1 : this.#took(chunk, from, end);
  }

  /** False: it will be in another chunk than what has not been taken yet. */
  hasRoomFor(text: string): boolean {
    const chunk = this.#chunks.at(-1);
    return chunk !== undefined && freeFrom(chunk) + Buffer.byteLength(text) <= chunk.room.bytes.length;
  }

  /** What has not been taken must be, before another chunk is begun. Returns how many bytes it took. */
  push(text: string): number {
    const needed = Buffer.byteLength(text);
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || freeFrom(chunk) + needed > chunk.room.bytes.length) {
      if (this.hasUntaken) throw new Error('texts that nobody was told are in a chunk that is full');
      chunk = this.#nextChunk(chunk, needed);
    }
    const from = freeFrom(chunk);
    chunk.room.bytes.write(text, from);
    return this.#took(chunk, from, from + needed);
  }

  #took({ room, ends }: Chunk, from: number, end: number): number {
    if (from > 0) room.bytes[from - 1] = COMMA;
    ends.push(end);
    this.count += 1;
    this.bytes += end - from;
    return end - from;
  }

  get hasUntaken(): boolean {
    const chunk = this.#chunks.at(-1);
    return chunk !== undefined && chunk.ends.length > this.#untaken;
  }

  /** What has come since the last time. Good until the next one comes, or is dropped. */
  take(): KeptRun {
    const chunk = this.#chunks.at(-1)!;
    const first = this.#untaken;
    this.#untaken = chunk.ends.length;
    return { bytes: chunk.room.bytes, from: startOf(chunk, first), ends: chunk.ends, first };
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
      if (this.#chunks.length === 0) this.#untaken = 0;
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
        texts.push(chunk.room.bytes.toString('utf8', startOf(chunk, at), chunk.ends[at]));
      }
    }
    return texts.slice(texts.length - count);
  }

  #nextChunk(before: Chunk | undefined, needed: number): Chunk {
    const spare = this.#spare;
    this.#spare = undefined;
    this.#untaken = 0;
    const grown = 2 * (before?.room.bytes.length ?? 0);
    const wanted = Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, grown));
    let chunk: Chunk;
    if (spare !== undefined && spare.room.bytes.length >= Math.max(wanted, needed)) {
      spare.ends.length = 0;
      spare.dropped = 0;
      chunk = spare;
    } else chunk = { room: roomOf(Buffer.allocUnsafeSlow(Math.max(wanted, needed))), ends: [], dropped: 0 };
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
