// Keys of ordered maps: by a number, or by a time and by a number among equals.

const DIGITS = 16;

/** Not below 0. */
export function numberKey(number: number): string {
  return String(number).padStart(DIGITS, '0');
}

/** `at` in milliseconds; both not below 0. */
export function timeKey(at: number, number: number): string {
  return numberKey(at) + numberKey(number);
}

export function timeOfKey(key: string): number {
  return Number(key.slice(0, DIGITS));
}
