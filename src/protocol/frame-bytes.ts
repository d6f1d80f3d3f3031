// Bytes of a frame, for whoever reads it without making a text of it: whole numbers, and what a name is found by.

const ZERO = 48;
/** All numbers of so many digits are exact. */
const DIGITS_MAX = 15;

/** Where the whole number ends that begins here; -1 where there is none. Numbers below nothing are none that are plain. */
export function endOfDigits(frame: Uint8Array, from: number): number {
  const limit = Math.min(frame.length, from + DIGITS_MAX + 1);
  let end = from;
  while (end < limit && frame[end]! >= ZERO && frame[end]! < ZERO + 10) end += 1;
  const digits = end - from;
  return digits === 0 || digits > DIGITS_MAX || (digits > 1 && frame[from] === ZERO) ? -1 : end;
}

export function wholeOf(frame: Uint8Array, from: number, end: number): number {
  let whole = 0;
  for (let at = from; at < end; at++) whole = whole * 10 + frame[at]! - ZERO;
  return whole;
}

/** Below 2^32. */
export function hashOf(bytes: Uint8Array, from: number, end: number): number {
  let hash = 0;
  for (let at = from; at < end; at++) hash = (hash * 31 + bytes[at]!) | 0;
  return hash >>> 0;
}
