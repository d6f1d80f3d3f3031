// Reads the dates and times of a recording: texts in a stated format and time zone become milliseconds since the epoch.
//
// A format is tokens (YYYY YY MM M DD D HH H mm m ss s) and anything else as it stands; or `iso`, `epochSeconds`,
// `epochMs`. A local time that a change to summer time leaves out is read with the offset before the change; of one
// that occurs twice the first is taken.

import { type DateParts, isRealDate, type TimeParts } from '../zone.ts';

export type TimeReader = (text: string) => Partial<TimeParts> | undefined;

const tokens: Readonly<Record<string, readonly [keyof TimeParts, string]>> = {
  YYYY: ['year', '(\\d{4})'],
  YY: ['year', '(\\d{2})'],
  MM: ['month', '(\\d{2})'],
  M: ['month', '(\\d{1,2})'],
  DD: ['day', '(\\d{2})'],
  D: ['day', '(\\d{1,2})'],
  HH: ['hour', '(\\d{2})'],
  H: ['hour', '(\\d{1,2})'],
  mm: ['minute', '(\\d{2})'],
  m: ['minute', '(\\d{1,2})'],
  ss: ['second', '(\\d{2})'],
  s: ['second', '(\\d{1,2})'],
};

const ranges: readonly (readonly [keyof TimeParts, number, number])[] = [
  ['month', 1, 12],
  ['day', 1, 31],
  ['hour', 0, 23],
  ['minute', 0, 59],
  ['second', 0, 59],
];

/** A reader of texts in this format, undefined for a text that does not fit. */
export function timeReader(format: string): TimeReader {
  const parts: (keyof TimeParts)[] = [];
  let pattern = '';
  for (const piece of format.match(/YYYY|YY|MM|M|DD|D|HH|H|mm|m|ss|s|./gs) ?? []) {
    const token = tokens[piece];
    if (token === undefined) pattern += piece.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
    else {
      parts.push(token[0]);
      pattern += token[1];
    }
  }
  const expression = new RegExp(`^${pattern}$`);
  const twoDigitYear = !format.includes('YYYY');
  return (text) => {
    const match = expression.exec(text);
    if (match === null) return undefined;
    const read: Partial<Record<keyof TimeParts, number>> = {};
    for (const [index, part] of parts.entries()) read[part] = Number(match[index + 1]);
    if (twoDigitYear && read.year !== undefined) read.year += read.year >= 70 ? 1900 : 2000;
    return ranges.every(([part, min, max]) => within(read[part], min, max)) ? read : undefined;
  };
}

/** The parts of the time of day or of the date that a format names. */
export function partsOfFormat(format: string): ReadonlySet<keyof TimeParts> {
  const found = format.match(/YYYY|YY|MM|M|DD|D|HH|H|mm|m|ss|s/g) ?? [];
  return new Set(found.map((piece) => tokens[piece]![0]));
}

/** Whether a text is a real day, written YYYY-MM-DD. */
export function isDay(text: string): boolean {
  const parts = timeReader('YYYY-MM-DD')(text);
  return parts !== undefined && isRealDate(parts as DateParts);
}

function within(value: number | undefined, min: number, max: number): boolean {
  return value === undefined || (value >= min && value <= max);
}
