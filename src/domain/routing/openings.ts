// Whether queues are open: calendars with what was last decided of them, and queues that somebody has closed by hand.
//
// A calendar's row says whether it is open and when that changes next; a timer of the core comes then, and a follow-up decides
// anew and writes the row. Nothing else asks what time it is: between two such moments, after a start and at a replay, what
// the row says holds.

import type { CommandEncoder } from '../../engine/command-encoder.ts';
import { calendarsPerTenantMax } from '../../limits.ts';
import { Zone } from '../../zone.ts';
import { HandlePool } from '../handle-pool.ts';
import type { Admission, Row, TableReader } from '../module.ts';
import { everyRow } from '../rows.ts';
import { calendarTimer, MODULE } from './ages.ts';
import { type CalendarGiven, isOpenAt, nextChange } from './calendar.ts';
import type { Queue } from './queues.ts';
import { calendarsTable, closingsTable } from './tables.ts';

export interface Calendar {
  readonly number: number;
  readonly given: CalendarGiven;
  readonly open: boolean;
  /** When it opens or closes next, or is asked again. */
  readonly changesAt: number;
}

/** A queue that somebody has closed, whatever its calendar says. */
export interface Closing {
  readonly queueId: string;
  readonly reason: string;
  readonly since: number;
  /** Those who wait leave as well. */
  readonly empties: boolean;
}

export type Closed =
  | { readonly closedBy: 'hand'; readonly closedReason: string; readonly closedSince: number }
  | { readonly closedBy: 'calendar'; readonly changesAt: number };

export class Openings {
  readonly #calendars = new Map<string, Calendar>();
  readonly #byNumber = new Map<number, Calendar>();
  readonly #numbers = new HandlePool(calendarsPerTenantMax);
  readonly #closings = new Map<string, Closing>();

  constructor(tables: TableReader) {
    for (const { row } of everyRow(tables, calendarsTable)) this.#put(row as unknown as Calendar);
    this.#numbers.load(this.#byNumber.keys());
    for (const { row } of everyRow(tables, closingsTable))
      this.#closings.set((row as unknown as Closing).queueId, row as unknown as Closing);
  }

  find(calendarId: string): Calendar | undefined {
    return this.#calendars.get(calendarId);
  }

  get room(): number {
    return this.#numbers.room;
  }

  /** In the order of their numbers, after one. */
  after(number: number): Calendar[] {
    const calendars = [...this.#byNumber.values()].filter((calendar) => calendar.number > number);
    return calendars.sort((one, other) => one.number - other.number);
  }

  // ── Calendars ─────────────────────────────────────────────────────────────────────────────────────────────────
  /** Decides as of now and sets the timer for the next time; what has been checked. */
  set(given: CalendarGiven, admission: Admission): Calendar {
    const before = this.#calendars.get(given.calendarId);
    const number = before?.number ?? this.#numbers.take();
    if (before === undefined) admission.onUndo(() => this.#numbers.giveBack(number));
    const zone = new Zone(given.timeZone);
    const { now } = admission;
    const set = { number, given, open: isOpenAt(given, zone, now), changesAt: nextChange(given, zone, now) };
    admission.tables.put(calendarsTable, number, set as unknown as Row);
    admission.core.timerSet(MODULE, calendarTimer(number), set.changesAt);
    this.#put(set);
    admission.onUndo(() => (before === undefined ? this.#drop(set) : this.#put(before)));
    return set;
  }

  /** The moment has come. Undefined where the calendar has gone, or has another moment by now. */
  changed(number: number, admission: Admission): Calendar | undefined {
    const calendar = this.#byNumber.get(number);
    return calendar === undefined || calendar.changesAt > admission.now
      ? undefined
      : this.set(calendar.given, admission);
  }

  remove(calendar: Calendar, admission: Admission): void {
    admission.tables.remove(calendarsTable, calendar.number);
    cancel(admission.core, calendar);
    this.#drop(calendar);
    this.#numbers.giveBack(calendar.number);
    admission.onUndo(() => {
      this.#numbers.takeBack(calendar.number);
      this.#put(calendar);
    });
  }

  // ── By hand ───────────────────────────────────────────────────────────────────────────────────────────────────
  closing(queueId: string): Closing | undefined {
    return this.#closings.get(queueId);
  }

  /** Undefined: it is not closed by hand any more. */
  setClosing({ queueId, handle }: Queue, closing: Closing | undefined, { tables, onUndo }: Admission): void {
    const before = this.#closings.get(queueId);
    if (closing === undefined) tables.remove(closingsTable, handle);
    else tables.put(closingsTable, handle, closing as unknown as Row);
    this.#keep(queueId, closing);
    onUndo(() => this.#keep(queueId, before));
  }

  closed({ queueId, policy }: Queue): Closed | undefined {
    const byHand = this.#closings.get(queueId);
    if (byHand !== undefined) return { closedBy: 'hand', closedReason: byHand.reason, closedSince: byHand.since };
    const calendar = policy.calendarId === undefined ? undefined : this.#calendars.get(policy.calendarId);
    if (calendar === undefined || calendar.open) return undefined;
    return { closedBy: 'calendar', changesAt: calendar.changesAt };
  }

  /** Those who wait have to leave as well. */
  empties(queue: Queue): boolean {
    const byHand = this.#closings.get(queue.queueId);
    if (byHand !== undefined) return byHand.empties;
    return queue.policy.closingEmpties && this.closed(queue) !== undefined;
  }

  #keep(queueId: string, closing: Closing | undefined): void {
    if (closing === undefined) this.#closings.delete(queueId);
    else this.#closings.set(queueId, closing);
  }

  #put(calendar: Calendar): void {
    this.#calendars.set(calendar.given.calendarId, calendar);
    this.#byNumber.set(calendar.number, calendar);
  }

  #drop({ number, given }: Calendar): void {
    this.#calendars.delete(given.calendarId);
    this.#byNumber.delete(number);
  }
}

function cancel(core: CommandEncoder, { number }: Calendar): void {
  core.timerCancel(MODULE, calendarTimer(number));
}

export function calendarViewOf({ given, open, changesAt }: Calendar) {
  return { ...given, open, changesAt };
}
