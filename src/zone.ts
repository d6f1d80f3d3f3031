// Times of day and days of one time zone (IANA), by the data that the running Node brings.
//
// A local time that a change to summer time leaves out is read with the offset before the change; of one that occurs twice
// the first is taken.

/** A year of quarter hours. */
const offsetsKeptMax = 35_040;

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
export function isRealDate(date: DateParts): boolean {
  const back = new Date(Date.UTC(date.year, date.month - 1, date.day));
  return back.getUTCMonth() === date.month - 1 && back.getUTCDate() === date.day;
}

export function dayText(date: DateParts): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(date.year).padStart(4, '0')}-${two(date.month)}-${two(date.day)}`;
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
    const guess = asUtc - this.offsetAt(asUtc - 86_400_000);
    const offset = this.offsetAt(guess);
    const at = asUtc - offset;
    return this.offsetAt(at) === offset ? at : guess;
  }

  partsAt(epoch: number): TimeParts {
    const local = new Date(epoch + this.offsetAt(epoch));
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

  /** What is to be added to UTC for the time on the wall, ms. */
  offsetAt(epoch: number): number {
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
