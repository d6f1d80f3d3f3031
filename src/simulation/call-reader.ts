// One row of a recording becomes a recorded call, by the mapping; or a reason why it is damaged; or why it is no
// contact. Pure: the same row and mapping always give the same.
//
// Two durations of one call are never taken from different clocks: how long it waited and was served is read as the
// mapping says, and a row whose columns contradict each other is damaged rather than mended.

import { type ClockParts, type DateParts, dayText, isRealDate, Zone } from '../zone.ts';
import { list, type Mapping } from './mapping.ts';
import type { RecordedCall } from './recorded-call.ts';
import { type TimeReader, timeReader } from './recorded-time.ts';

export type RowReading = { readonly call: RecordedCall } | { readonly skipped: string } | { readonly damaged: string };

const halfDayMs = 43_200_000;
const dayMs = 86_400_000;

/** Thrown inside the reader only, and turned into `{damaged}` where a row's reading begins. */
class Damage extends Error {}

export class CallReader {
  readonly zone: Zone;
  readonly #mapping: Mapping;
  readonly #index: ReadonlyMap<string, number>;
  readonly #width: number;
  readonly #absentTimes: ReadonlySet<string>;
  readonly #readTime: TimeReader;
  readonly #readDate: TimeReader | undefined;

  constructor(mapping: Mapping, header: readonly string[]) {
    this.zone = new Zone(mapping.time.zone);
    this.#mapping = mapping;
    this.#index = new Map(header.map((name, index) => [name.trim(), index]));
    this.#width = header.length;
    this.#absentTimes = new Set(mapping.time.absent ?? ['']);
    this.#readTime = timeReader(mapping.time.format);
    this.#readDate = mapping.time.date && timeReader(mapping.time.date.format);
  }

  read(fields: readonly string[], line: number): RowReading {
    if (fields.length !== this.#width)
      return { damaged: `it has ${fields.length} fields where the header has ${this.#width}` };
    try {
      return this.#read(fields, line);
    } catch (error) {
      if (error instanceof Damage) return { damaged: error.message };
      throw error;
    }
  }

  #read(fields: readonly string[], line: number): RowReading {
    const { call, outcome } = this.#mapping;
    const what = this.#text(fields, outcome.column);
    const served = outcome.served.includes(what);
    const hungUp = outcome.hungUp.includes(what);
    if (!served && !hungUp) {
      if (outcome.skipped?.includes(what)) return { skipped: `${outcome.column} is ${what}` };
      throw new Damage(`${outcome.column} is ${quoted(what)}, an outcome that the mapping does not name`);
    }
    const row = this.#row(fields);
    if (hungUp && outcome.hungUpNeeds !== undefined && row.time(outcome.hungUpNeeds) === undefined)
      return { skipped: `hung up before the queue (no ${outcome.hungUpNeeds})` };

    const arrivedAt = row.first(list(call.arrival));
    if (arrivedAt === undefined) throw new Damage(`no time of arrival in ${list(call.arrival).join(', ')}`);
    const waitMs = row.duration(call.wait, arrivedAt) ?? 0;
    const serviceStartAt = served ? (row.first(list(call.serviceStart ?? [])) ?? arrivedAt + waitMs) : undefined;
    const serviceMs = serviceStartAt === undefined ? undefined : (row.duration(call.service, serviceStartAt) ?? 0);
    const agent = served ? this.#name(fields, call.agent) : undefined;
    return {
      call: {
        id: list(call.id)
          .map((name) => this.#needed(fields, name))
          .join('/'),
        line,
        day: row.day ?? this.zone.dayAt(arrivedAt),
        arrivedAt,
        waitMs,
        outcome: served ? 'served' : 'hungUp',
        serviceStartAt,
        serviceMs,
        agent,
        type: call.type === undefined ? 'call' : this.#needed(fields, call.type),
        priority: call.priority === undefined ? '' : this.#text(fields, call.priority),
        customer: call.customer === undefined ? undefined : this.#name(fields, call.customer),
      },
    };
  }

  /** What the times of one row are read against. */
  #row(fields: readonly string[]) {
    const { time } = this.#mapping;
    const date = this.#date(fields);
    const begins =
      date === undefined || time.begins === undefined ? undefined : this.#clock(fields, time.begins, date, undefined);
    const timeOf = (name: string): number | undefined =>
      this.#absentTimes.has(this.#text(fields, name))
        ? undefined
        : date === undefined
          ? this.#instant(fields, name)
          : this.#clock(fields, name, date, begins);
    const first = (names: readonly string[]): number | undefined => {
      for (const name of names) {
        const at = timeOf(name);
        if (at !== undefined) return at;
      }
      return undefined;
    };
    const duration = (from: Mapping['call']['wait'], start: number): number | undefined => {
      if ('seconds' in from) return this.#number(fields, from.seconds, 1000);
      if ('milliseconds' in from) return this.#number(fields, from.milliseconds, 1);
      const end = first(list(from.until));
      if (end === undefined) return undefined;
      if (end < start) throw new Damage(`${list(from.until).join(', ')} lies before what it ends`);
      return end - start;
    };
    return { time: timeOf, first, duration, day: date && dayText(date) };
  }

  #date(fields: readonly string[]): DateParts | undefined {
    const { date } = this.#mapping.time;
    if (date === undefined || this.#readDate === undefined) return undefined;
    const text = this.#text(fields, date.column);
    const parts = this.#readDate(text);
    if (parts === undefined) throw new Damage(`${date.column} is ${quoted(text)}, not a date written ${date.format}`);
    if (!isRealDate(parts as DateParts))
      throw new Damage(`${date.column} is ${quoted(text)}, a day that does not exist`);
    return parts as DateParts;
  }

  /** A time of day on this date, or on the next where it lies more than half a day before the beginning of the call. */
  #clock(fields: readonly string[], name: string, date: DateParts, begins: number | undefined): number {
    const { format } = this.#mapping.time;
    const text = this.#text(fields, name);
    const parts = this.#readTime(text);
    if (parts === undefined) throw new Damage(`${name} is ${quoted(text)}, not a time written ${format}`);
    const at = this.zone.toEpoch({ ...date, ...withSeconds(parts) });
    return begins !== undefined && at < begins - halfDayMs ? at + dayMs : at;
  }

  #instant(fields: readonly string[], name: string): number {
    const { format } = this.#mapping.time;
    const text = this.#text(fields, name);
    if (format === 'epochMs' || format === 'epochSeconds') {
      if (!/^\d{1,15}(\.\d+)?$/.test(text)) throw new Damage(`${name} is ${quoted(text)}, not a number`);
      return Math.round(Number(text) * (format === 'epochMs' ? 1 : 1000));
    }
    if (format === 'iso') {
      const at = /[zZ]$|[+-]\d\d:?\d\d$/.test(text) ? Date.parse(text) : this.#localIso(text);
      if (!Number.isFinite(at)) throw new Damage(`${name} is ${quoted(text)}, not an ISO 8601 time`);
      return at;
    }
    const parts = this.#readTime(text);
    if (parts === undefined || !isRealDate(parts as DateParts))
      throw new Damage(`${name} is ${quoted(text)}, not a time written ${format}`);
    return this.zone.toEpoch({ ...(parts as DateParts), ...withSeconds(parts) });
  }

  /** An ISO time without an offset is of the mapping's zone. */
  #localIso(text: string): number {
    const match = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?$/.exec(text);
    if (match === null) return Number.NaN;
    const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0));
    const parts = { year: year!, month: month!, day: day!, hour: hour!, minute: minute!, second: second! };
    return isRealDate(parts) ? this.zone.toEpoch(parts) : Number.NaN;
  }

  #number(fields: readonly string[], name: string, unitMs: number): number | undefined {
    const text = this.#text(fields, name);
    if (text === '') return undefined;
    if (!/^\d{1,9}(\.\d+)?$/.test(text)) throw new Damage(`${name} is ${quoted(text)}, not a duration`);
    return Math.round(Number(text) * unitMs);
  }

  #name(fields: readonly string[], from: Mapping['call']['agent']): string | undefined {
    const { column, absent } = typeof from === 'string' ? { column: from, absent: [''] } : from;
    const text = this.#text(fields, column);
    return absent.includes(text) || text === '' ? undefined : text;
  }

  #needed(fields: readonly string[], name: string): string {
    const text = this.#text(fields, name);
    if (text === '') throw new Damage(`${name} is empty`);
    return text;
  }

  #text(fields: readonly string[], name: string): string {
    const index = this.#index.get(name);
    if (index === undefined) throw new Error(`the header was not checked for ${name}`);
    return fields[index]!.trim();
  }
}

function quoted(text: string): string {
  return text.length > 40 ? `"${text.slice(0, 40)}…"` : `"${text}"`;
}

/** A format without seconds means whole minutes. */
function withSeconds(parts: Partial<ClockParts>): ClockParts {
  return { hour: parts.hour!, minute: parts.minute!, second: parts.second ?? 0 };
}
