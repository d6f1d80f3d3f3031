// Writes effect records into the buffer of the call and rolls each into the digest of all effects since format().
//
// The digest covers every byte of every record, in order, so a replay that decides anything else, or the same in another
// order, is noticed at once. What describe() writes is a view of the state and not an effect: it leaves the digest alone.

import { count, state } from './header.ts';
import {
  CAUSE_DESCRIBE,
  EFFECT_AGENT,
  EFFECT_AT,
  EFFECT_BYTES,
  EFFECT_CAUSE,
  EFFECT_CODE,
  EFFECT_CONTACT,
  EFFECT_EXTRA,
  EFFECT_LINE,
  EFFECT_NUMBER,
  EFFECT_QUEUE,
  EFFECT_REFUSED,
  EFFECT_SINCE,
  EFFECT_VALUE,
  EFFECT_VALUE2,
  EFFECT_VALUE3,
  EFFECTS_BYTES,
  HEADER_DIGEST,
  HEADER_EFFECT_COUNT,
  NONE,
} from './layout.ts';

/** An odd multiplier that spreads low bits; in two halves, since a JavaScript number cannot hold it. */
const DIGEST_MULTIPLIER: i64 = ((<i64>0x2545f491) << 32) | 0x4f6cdd1d;

/** Rolls 8 bytes into a digest. */
export function roll(digest: i64, word: i64): i64 {
  const mixed = (digest ^ word) * DIGEST_MULTIPLIER;
  return mixed ^ <i64>(<u64>mixed >> 29);
}

/** Effects that still fit in the buffer. */
export function room(): i32 {
  return EFFECTS_BYTES / EFFECT_BYTES - load<i32>(0, HEADER_EFFECT_COUNT);
}

/** Begins an effect of no contact, agent, line or queue and returns its address; the caller fills in and calls finish(). */
export function begin(kind: i32, code: i32): usize {
  // Outside of a call that has a buffer, an effect would overwrite the header.
  assert(state().effects !== 0 && room() > 0);
  const effect = state().effects + <usize>load<i32>(0, HEADER_EFFECT_COUNT) * EFFECT_BYTES;
  memory.fill(effect, 0, EFFECT_BYTES);
  assert(<u32>code <= 0xffff);
  store<u16>(effect, <u16>kind);
  store<u16>(effect, <u16>code, EFFECT_CODE);
  store<i32>(effect, state().cause, EFFECT_CAUSE);
  store<i32>(effect, NONE, EFFECT_CONTACT);
  store<i32>(effect, NONE, EFFECT_AGENT);
  store<i32>(effect, NONE, EFFECT_LINE);
  store<i32>(effect, NONE, EFFECT_QUEUE);
  return effect;
}

export function about(effect: usize, contact: i32, number: u32, agent: i32, line: i32, queue: i32): void {
  store<i32>(effect, contact, EFFECT_CONTACT);
  store<u32>(effect, number, EFFECT_NUMBER);
  store<i32>(effect, agent, EFFECT_AGENT);
  store<i32>(effect, line, EFFECT_LINE);
  store<i32>(effect, queue, EFFECT_QUEUE);
}

export function values(effect: usize, value: i32, value2: i32, value3: i32): void {
  store<i32>(effect, value, EFFECT_VALUE);
  store<i32>(effect, value2, EFFECT_VALUE2);
  store<i32>(effect, value3, EFFECT_VALUE3);
}

export function times(effect: usize, at: i64, since: i64, extra: i64): void {
  store<i64>(effect, at, EFFECT_AT);
  store<i64>(effect, since, EFFECT_SINCE);
  store<i64>(effect, extra, EFFECT_EXTRA);
}

export function finish(effect: usize): void {
  if (state().cause !== CAUSE_DESCRIBE) {
    let digest = load<i64>(0, HEADER_DIGEST);
    for (let offset: usize = 0; offset < <usize>EFFECT_BYTES; offset += 8)
      digest = roll(digest, load<i64>(effect + offset));
    store<i64>(0, digest, HEADER_DIGEST);
  }
  count(HEADER_EFFECT_COUNT, 1);
}

/** The command changed nothing, for this reason; contact, agent and queue are the ones it named. */
export function refuse(code: i32, contact: i32, number: u32, agent: i32, queue: i32): void {
  const effect = begin(EFFECT_REFUSED, code);
  about(effect, contact, number, agent, NONE, queue);
  finish(effect);
}
