// Keys of ordered maps: by a time, and by a number among equals.

const DIGITS = 16;

/** `at` in milliseconds; both not below 0. */
export function timeKey(at: number, number: number): string {
  return `${String(at).padStart(DIGITS, '0')}${String(number).padStart(DIGITS, '0')}`;
}
