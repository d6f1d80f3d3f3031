// A queue's day in counters (UTC's day until tenants have calendars), and how its contacts move on.
//
// One row a queue and day, written once by every tick that counts something, so a crash loses nothing and an old day stays to
// be read for queueDaysKept days.

import { queueDaysKept } from '../../limits.ts';
import type { TableReader, TableWriter } from '../module.ts';
import { Flow, type FlowRow } from './flow.ts';
import { queueDaysTable } from './tables.ts';

const DAY_MS = 86_400_000;
/** Old rows looked at when a day begins: more than one, so that days without contacts leave none behind. */
const OLD_DAYS_A_DAY = 8;

interface QueueDayRow {
  readonly queueId: string;
  readonly day: number;
  readonly arrived: number;
  readonly answered: number;
  readonly answeredWithin: number;
  readonly abandoned: number;
  readonly abandonedShort: number;
  /** Rows of builds before them have neither. */
  readonly timedOut?: number;
  readonly overflowed?: number;
  readonly flow?: FlowRow;
}

export class QueueDay {
  readonly #queueId: string;
  readonly #handle: number;
  #day = -1;
  #arrived = 0;
  #answered = 0;
  #answeredWithin = 0;
  #abandoned = 0;
  #abandonedShort = 0;
  #timedOut = 0;
  #overflowed = 0;
  readonly flow = new Flow();

  constructor(queueId: string, handle: number) {
    this.#queueId = queueId;
    this.#handle = handle;
  }

  load(tables: TableReader, now: number): void {
    const [last] = tables.range(queueDaysTable, { prefix: [this.#handle], limit: 1, reverse: true });
    if (last === undefined) return;
    const row = last.row as unknown as QueueDayRow;
    // The handle may have been another queue's.
    if (row.queueId !== this.#queueId) return;
    // Rows of builds before it have none.
    if (row.flow !== undefined) this.flow.load(row.flow);
    if (row.day !== dayOf(now)) return;
    this.#day = row.day;
    this.#arrived = row.arrived;
    this.#answered = row.answered;
    this.#answeredWithin = row.answeredWithin;
    this.#abandoned = row.abandoned;
    this.#abandonedShort = row.abandonedShort;
    this.#timedOut = row.timedOut ?? 0;
    this.#overflowed = row.overflowed ?? 0;
  }

  countArrived(tables: TableWriter, now: number): void {
    this.#begin(tables, now);
    this.#arrived += 1;
  }

  countAnswered(tables: TableWriter, now: number, within: boolean): void {
    this.#begin(tables, now);
    this.#answered += 1;
    if (within) this.#answeredWithin += 1;
  }

  countAbandoned(tables: TableWriter, now: number, short: boolean): void {
    this.#begin(tables, now);
    this.#abandoned += 1;
    if (short) this.#abandonedShort += 1;
  }

  /** It left unserved because it had waited for as long as it may, or for another reason of the queue's. */
  countLeft(tables: TableWriter, now: number, timedOut: boolean): void {
    this.#begin(tables, now);
    if (timedOut) this.#timedOut += 1;
    else this.#overflowed += 1;
  }

  /** What moves on belongs to the day in which it is written, even where nothing was counted in it yet. */
  write(tables: TableWriter, now: number): void {
    this.#begin(tables, now);
    const row: QueueDayRow = {
      queueId: this.#queueId,
      day: this.#day,
      arrived: this.#arrived,
      answered: this.#answered,
      answeredWithin: this.#answeredWithin,
      abandoned: this.#abandoned,
      abandonedShort: this.#abandonedShort,
      timedOut: this.#timedOut,
      overflowed: this.#overflowed,
      flow: this.flow.row(),
    };
    tables.put(queueDaysTable, [this.#handle, this.#day], row as unknown as Readonly<Record<string, unknown>>);
  }

  /** The numbers of the day that `now` is in. */
  numbers(now: number) {
    const today = this.#day === dayOf(now);
    const answered = today ? this.#answered : 0;
    const answeredWithin = today ? this.#answeredWithin : 0;
    const abandoned = today ? this.#abandoned : 0;
    const abandonedShort = today ? this.#abandonedShort : 0;
    const counting = answered + abandoned - abandonedShort;
    return {
      arrived: today ? this.#arrived : 0,
      answered,
      answeredWithin,
      abandoned,
      abandonedShort,
      timedOut: today ? this.#timedOut : 0,
      overflowed: today ? this.#overflowed : 0,
      serviceLevelPercent: counting === 0 ? null : Math.round((100 * answeredWithin) / counting),
    };
  }

  #begin(tables: TableWriter, now: number): void {
    const day = dayOf(now);
    if (day === this.#day) return;
    this.#day = day;
    this.#arrived = 0;
    this.#answered = 0;
    this.#answeredWithin = 0;
    this.#abandoned = 0;
    this.#abandonedShort = 0;
    this.#timedOut = 0;
    this.#overflowed = 0;
    for (const { key, row } of tables.range(queueDaysTable, { prefix: [this.#handle], limit: OLD_DAYS_A_DAY })) {
      if ((row as unknown as QueueDayRow).day <= day - queueDaysKept) tables.remove(queueDaysTable, key);
    }
  }
}

function dayOf(now: number): number {
  return Math.floor(now / DAY_MS);
}

/** When the next day begins, in milliseconds: what is counted of a day begins anew then. */
export function nextDayAt(now: number): number {
  return (dayOf(now) + 1) * DAY_MS;
}
