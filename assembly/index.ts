// The core of a partition: a deterministic state machine over one memory. What goes in and out is in layout.ts, what
// happens in a tick in step.ts, who serves whom in match.ts. No I/O, no clock, no randomness, no floating point, no globals.

import { describeFrom } from './describe.ts';
import { roll } from './effects.ts';
import { exportFrom } from './export.ts';
import { PRIVATE_END } from './header.ts';
import { importPage } from './import.ts';
import {
  ARENA_AT,
  HEADER_ARENA_TOP,
  HEADER_CONSUMED,
  HEADER_DOING,
  HEADER_LAYOUT_VERSION,
  HEADER_MAGIC,
  HEADER_NEXT_DEADLINE,
  HEADER_PRIVATE,
  HEADER_WAITING,
  LAYOUT_VERSION,
  MAGIC,
  NO_DEADLINE,
} from './layout.ts';
import { runTick } from './step.ts';

/** Makes a fresh (zero) memory an empty partition. */
export function format(): void {
  assert(load<i64>(0, HEADER_MAGIC) === 0);
  store<i64>(0, MAGIC, HEADER_MAGIC);
  store<i32>(0, LAYOUT_VERSION, HEADER_LAYOUT_VERSION);
  store<u32>(0, ARENA_AT, HEADER_ARENA_TOP);
  store<i64>(0, NO_DEADLINE, HEADER_NEXT_DEADLINE);
}

export function step(buffer: i32, inputBytes: i32, now: i64, number: i64, flags: i32): void {
  runTick(buffer, inputBytes, now, number, flags);
}

export function describe(buffer: i32, cursor: i32): void {
  describeFrom(buffer, cursor);
}

/** Writes state records from `cursor` on, at most a page; the header says how many bytes and where to go on. */
export function exportState(buffer: i32, cursor: i32): void {
  exportFrom(buffer, cursor);
}

/** Takes a page of state records into a memory that is formatted and has been used for nothing else. */
export function importState(buffer: i32, bytes: i32): void {
  importPage(buffer, bytes);
}

/** Digest of header and arena, without the fields that only speak about the last call. */
export function digest(): i64 {
  assert(load<i64>(0, HEADER_MAGIC) === MAGIC);
  let digest = rollRange(0, 0, HEADER_DOING);
  digest = rollRange(digest, HEADER_WAITING + 4, HEADER_CONSUMED);
  digest = roll(digest, load<i32>(0, HEADER_WAITING));
  digest = rollRange(digest, HEADER_PRIVATE, PRIVATE_END);
  return rollRange(digest, ARENA_AT, load<u32>(0, HEADER_ARENA_TOP));
}

function rollRange(digest: i64, from: usize, to: usize): i64 {
  let rolled = digest;
  for (let at = from; at < to; at += 8) rolled = roll(rolled, load<i64>(at));
  return rolled;
}
