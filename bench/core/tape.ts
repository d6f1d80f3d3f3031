// A tape: batches of commands in a file, so that whoever plays it gets the same bytes at the same times. The core plays it
// here, its twin in a process of its own (bench/twin/main.cpp reads the same format).
//
//   "STRWTAPE" · (u32 what, u32 bytes, i64 time, i64 number · commands)…
//
// A batch is set-up or measured; effects of measured batches are kept to be compared. A mark ends a stretch: what was
// measured since the mark before it is one repetition.

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { EFFECT_BYTES } from '../../assembly/layout.ts';
import type { Machine } from './machine.ts';

const MAGIC = Buffer.from('STRWTAPE', 'latin1');
const RECORD_BYTES = 24;
const BATCH = 0;
const MEASURED = 1;
const MARK = 2;
const WRITE_BYTES = 1 << 20;

export class TapeWriter {
  readonly #file: number;
  #parts: Buffer[] = [MAGIC];
  #bytes = 0;
  /** Whether the batches that come are measured. */
  measuring = false;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  batch(now: bigint, number: bigint, commands: Uint8Array): void {
    this.#record(this.measuring ? MEASURED : BATCH, now, number, commands);
  }

  mark(): void {
    this.#record(MARK, 0n, 0n, new Uint8Array());
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #record(what: number, now: bigint, number: bigint, commands: Uint8Array): void {
    const record = Buffer.alloc(RECORD_BYTES + commands.length);
    record.writeUInt32LE(what, 0);
    record.writeUInt32LE(commands.length, 4);
    record.writeBigInt64LE(now, 8);
    record.writeBigInt64LE(number, 16);
    record.set(commands, RECORD_BYTES);
    this.#parts.push(record);
    this.#bytes += record.length;
    if (this.#bytes >= WRITE_BYTES) this.#flush();
  }

  #flush(): void {
    const all = Buffer.concat(this.#parts);
    for (let at = 0; at < all.length; ) at += writeSync(this.#file, all, at);
    this.#parts = [];
    this.#bytes = 0;
  }
}

/** What was measured between two marks. */
export interface Stretch {
  readonly nanoseconds: number;
  /** How many there were. */
  readonly effects: number;
  /** Of all effects since the beginning, measured or not. */
  readonly digest: string;
}

/** The core at a tape, stretch by stretch. */
export class TapePlayer {
  readonly machine: Machine;
  readonly #tape: Buffer;
  #at = MAGIC.length;
  /** Effects of the measured batches of the last stretch. */
  told: Uint8Array[] = [];

  constructor(machine: Machine, path: string) {
    this.machine = machine;
    this.#tape = readFileSync(path);
    if (!this.#tape.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error(`${path} is not a tape`);
  }

  /** Plays up to the next mark; undefined at the end of the tape. */
  playStretch(): Stretch | undefined {
    this.told = [];
    let milliseconds = 0;
    let effects = 0;
    while (this.#at < this.#tape.length) {
      const tape = this.#tape;
      const at = this.#at;
      const what = tape.readUInt32LE(at);
      const bytes = tape.readUInt32LE(at + 4);
      const from = at + RECORD_BYTES;
      this.#at = from + bytes;
      if (what === MARK) {
        return { nanoseconds: milliseconds * 1_000_000, effects, digest: this.machine.effectsDigest };
      }
      this.machine.input.set(tape.subarray(from, from + bytes));
      const took = this.machine.step(bytes, tape.readBigInt64LE(at + 8), tape.readBigInt64LE(at + 16));
      if (what !== MEASURED) continue;
      milliseconds += took;
      const told = this.machine.effects.slice();
      effects += told.length / EFFECT_BYTES;
      this.told.push(told);
    }
    return undefined;
  }
}
