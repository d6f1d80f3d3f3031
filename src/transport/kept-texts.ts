// The newest texts of a feed, oldest first, as bytes outside of the JavaScript heap.
//
// A busy feed keeps each text for about a second. As strings they would outlive the young generation, and copying them
// through the garbage collector costs more than making them; so they are written into chunks, and a chunk whose texts
// have all been dropped is filled again. Chunks grow from small to CHUNK_BYTES_MAX, so that what a feed takes beyond its
// texts is bounded by two chunks and by as much again as it keeps. Between each two texts is a comma, so that those that
// came together can be told together.

import { type Room, roomOf, writeNumber } from '../protocol/byte-writers.ts';
import { COMMA, type NotificationWriter } from './rpc-bytes.ts';

const CHUNK_BYTES_MIN = 1_024;
const CHUNK_BYTES_MAX = 32_768;
/** More than any number of a text takes. */
const NUMBER_ROOM = 32;
const isUntaken = 'texts that nobody was told are in a chunk that is full';

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

  /** The newest text of others again, with another number at `numberAt`. Returns what write() does. */
  writeAgain(others: KeptTexts, numberAt: number, seq: number): number {
    const chunk = this.#chunks.at(-1);
    const source = others.#chunks.at(-1);
    if (chunk === undefined || source === undefined) return -1;
    const { room, ends } = source;
    const begin = startOf(source, ends.length - 1);
    const end = ends.at(-1)!;
    const from = freeFrom(chunk);
    if (from + (end - begin) + NUMBER_ROOM > chunk.room.bytes.length) return -1;
    let behind = begin + numberAt;
    while (isDigit(room.bytes[behind]!)) behind += 1;
    copyBytes(room, begin, begin + numberAt, chunk.room, from);
    const at = writeNumber(chunk.room, from + numberAt, seq);
    copyBytes(room, behind, end, chunk.room, at);
    return this.#took(chunk, from, at + end - behind);
  }

  /** So little is left of the newest chunk that it may be why something could not be written. */
  get isNearlyFull(): boolean {
    const chunk = this.#chunks.at(-1);
    return chunk !== undefined && chunk.room.bytes.length - freeFrom(chunk) < chunk.room.bytes.length / 8;
  }

  /** What comes next goes into a new chunk. */
  beginChunk(): void {
    if (this.hasUntaken) throw new Error(isUntaken);
    this.#nextChunk(this.#chunks.at(-1), 0);
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
      if (this.hasUntaken) throw new Error(isUntaken);
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
    // It was begun for what turned out to be too long for it: one that is empty would never be dropped.
    if (before?.ends.length === 0) this.#chunks.pop();
    const spare = this.#spare;
    this.#spare = undefined;
    this.#untaken = 0;
    const grown = 2 * (before?.room.bytes.length ?? 0);
    const wanted = Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, grown));
    const length = Math.max(wanted, needed);
    const fits = spare !== undefined && spare.room.bytes.length >= length;
    const chunk = { room: fits ? spare.room : roomOf(Buffer.allocUnsafeSlow(length)), ends: [], dropped: 0 };
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

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** A loop: for the length of one message a call costs more. */
function copyBytes(source: Room, from: number, to: number, target: Room, at: number): void {
  const length = to - from;
  let offset = 0;
  for (; offset + 4 <= length; offset += 4) {
    target.view.setInt32(at + offset, source.view.getInt32(from + offset, true), true);
  }
  for (; offset < length; offset++) target.bytes[at + offset] = source.bytes[from + offset]!;
}
