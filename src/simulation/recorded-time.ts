// Reads the dates and times of a recording: texts in a stated format and time zone become milliseconds since the epoch.
//
// A format is tokens (YYYY YY MM M DD D HH H mm m ss s) and anything else as it stands; or `iso`, `epochSeconds`,
// `epochMs`. A local time that a change to summer time leaves out is read with the offset before the change; of one
// that occurs twice the first is taken.

export interface DateParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export interface ClockParts {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export type TimeParts = DateParts & ClockParts;
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

export function isRealDate(date: DateParts): boolean {
  const back = new Date(Date.UTC(date.year, date.month - 1, date.day));
  return back.getUTCMonth() === date.month - 1 && back.getUTCDate() === date.day;
}

export function dayText(date: DateParts): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(date.year).padStart(4, '0')}-${two(date.month)}-${two(date.day)}`;
}

/** Whether a text is a real day, written YYYY-MM-DD. */
export function isDay(text: string): boolean {
  const parts = timeReader('YYYY-MM-DD')(text);
  return parts !== undefined && isRealDate(parts as DateParts);
}

/** Local times of one zone, both ways. */
export class Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  /** Offsets at the hours asked for: a recording's times fall into few hours, and formatting is slow. */
  readonly #offsets = new Map<number, number>();

  /** Throws a RangeError for a zone that does not exist. */
  constructor(name: string) {
    this.name = name;
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  }

  toEpoch(time: TimeParts): number {
    const asUtc = Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second);
    const guess = asUtc - this.#offsetAt(asUtc - 86_400_000);
    const offset = this.#offsetAt(guess);
    const at = asUtc - offset;
    return this.#offsetAt(at) === offset ? at : guess;
  }

  partsAt(epoch: number): TimeParts {
    const local = new Date(epoch + this.#offsetAt(epoch));
    return {
      year: local.getUTCFullYear(),
      month: local.getUTCMonth() + 1,
      day: local.getUTCDate(),
      hour: local.getUTCHours(),
      minute: local.getUTCMinutes(),
      second: local.getUTCSeconds(),
    };
  }

  dayAt(epoch: number): string {
    return dayText(this.partsAt(epoch));
  }

  /** Of the day that this time belongs to. */
  midnightBefore(epoch: number): number {
    return this.toEpoch({ ...this.partsAt(epoch), hour: 0, minute: 0, second: 0 });
  }

  clockAt(epoch: number): string {
    const { hour, minute, second } = this.partsAt(epoch);
    return [hour, minute, second].map((part) => String(part).padStart(2, '0')).join(':');
  }

  #offsetAt(epoch: number): number {
    // Zones change at quarter hours at the finest.
    const quarter = Math.floor(epoch / 900_000);
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    const read: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(quarter * 900_000)) read[type] = Number(value);
    const local = Date.UTC(read.year!, read.month! - 1, read.day!, read.hour!, read.minute!, read.second!);
    const offset = local - quarter * 900_000;
    if (this.#offsets.size >= offsetsKeptMax) this.#offsets.clear();
    this.#offsets.set(quarter, offset);
    return offset;
  }
}

/** A year of quarter hours. */
const offsetsKeptMax = 35_040;

function within(value: number | undefined, min: number, max: number): boolean {
  return value === undefined || (value >= min && value <= max);
}
