// The frames that one session sends at the end of a turn, one behind the other in bytes. A frame is an array of messages,
// bounded in length; a single message is itself.
//
//   ┌ bracket, if there are two ┬ message ┬ comma ┬ message ┬ … ┬ bracket ┐┌ the next frame …
//
// Few sessions send in a turn, and each for a moment, so those that have sent give their bytes to the next.

import { batchFrameBytesMax } from '../limits.ts';
import { type MembersWriter, type Room, roomOf } from '../protocol/byte-writers.ts';
import type { KeptRun } from './kept-texts.ts';
import { COMMA, writeResult } from './rpc-bytes.ts';

const OPENING = 0x5b;
const CLOSING = 0x5d;
const BYTES_MIN = 16_384;
/** What has grown larger is not kept for others. */
const BYTES_KEPT_MAX = 262_144;
const SPARE_MAX = 64;
/** Beside each message: brackets, and a byte by which one may move. */
const AROUND = 4;
/** A result that may be longer is made as a text first. */
const RESULT_ROOM = 4_096;

const spare: TurnFrames[] = [];

export class TurnFrames {
  #room: Room = roomOf(Buffer.allocUnsafeSlow(BYTES_MIN));
  #at = 0;
  /** Where the frame begins that is open; -1: none is. */
  #frame = -1;
  #messages = 0;
  starts: number[] = [];
  ends: number[] = [];

  static take(): TurnFrames {
    return spare.pop() ?? new TurnFrames();
  }

  /** Nobody uses it any more. */
  giveBack(): void {
    this.#at = 0;
    this.#frame = -1;
    this.#messages = 0;
    // New ones: the engine has no quick way to make an array shorter.
    this.starts = [];
    this.ends = [];
    if (this.#room.bytes.length <= BYTES_KEPT_MAX && spare.length < SPARE_MAX) spare.push(this);
  }

  get bytes(): Buffer {
    return this.#room.bytes;
  }

  /** How much there is. */
  get length(): number {
    return this.#at;
  }

  addText(text: string): void {
    const length = Buffer.byteLength(text);
    const at = this.#begin(length, 1);
    this.#room.bytes.write(text, at);
    this.#at = at + length;
  }

  addRun({ bytes, from, ends, first }: KeptRun): void {
    let start = from;
    for (let index = first; index < ends.length; ) {
      // As many as the frame that is open has room for, else as a new one has; one at least.
      const open = this.#frame < 0 ? 0 : this.#at - this.#frame;
      let last = index;
      const fits = (end: number) => open + (end - start) <= batchFrameBytesMax;
      if (open > 0 && !fits(ends[index]!)) {
        this.#close();
        continue;
      }
      while (last + 1 < ends.length && fits(ends[last + 1]!)) last += 1;
      const end = ends[last]!;
      const at = this.#begin(end - start, last + 1 - index);
      // A plain view is made in half of the time of a Buffer.
      this.#room.bytes.set(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start), at);
      this.#at = at + end - start;
      index = last + 1;
      start = end + 1;
    }
  }

  /** Returns its bytes; -1 where it has to be made as a text. */
  addResult(id: number, result: Readonly<Record<string, unknown>>, writeMembers: MembersWriter): number {
    this.#reserve(RESULT_ROOM);
    const at = this.#at + 1;
    const end = writeResult(id, result, writeMembers, this.#room, at);
    if (end < 0 || end + AROUND > this.#room.bytes.length) return -1;
    const length = end - at;
    const place = this.#begin(length, 1);
    // A frame has been closed, and its bracket has taken the place before it.
    if (place !== at) this.#room.bytes.copyWithin(place, at, end);
    this.#at = place + length;
    return length;
  }

  /** All frames are whole. */
  finish(): void {
    if (this.#frame >= 0) this.#close();
  }

  /** Where so many messages of so many bytes in all go: behind the others of a frame, or first in one. */
  #begin(length: number, messages: number): number {
    this.#reserve(length);
    if (this.#frame >= 0 && this.#at - this.#frame + length > batchFrameBytesMax) this.#close();
    if (this.#frame < 0) {
      this.#frame = this.#at;
      this.#messages = 0;
    } else this.#room.bytes[this.#at] = COMMA;
    this.#messages += messages;
    return this.#at + 1;
  }

  #close(): void {
    const { bytes } = this.#room;
    if (this.#messages === 1) {
      this.starts.push(this.#frame + 1);
      this.ends.push(this.#at);
    } else {
      bytes[this.#frame] = OPENING;
      bytes[this.#at] = CLOSING;
      this.#at += 1;
      this.starts.push(this.#frame);
      this.ends.push(this.#at);
    }
    this.#frame = -1;
  }

  #reserve(length: number): void {
    const needed = this.#at + length + AROUND;
    const { bytes } = this.#room;
    if (needed <= bytes.length) return;
    const grown = roomOf(Buffer.allocUnsafeSlow(Math.max(needed, 2 * bytes.length)));
    grown.bytes.set(bytes.subarray(0, this.#at));
    this.#room = grown;
  }
}
