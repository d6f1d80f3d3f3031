// What is played against a router, worked out before it starts: which contacts come when and with what, and who is there
// to serve them. Made from a recording (replay-plan.ts) or from a scenario (scenario-plan.ts); all durations are those of
// life, whatever speed it is played at (replay-setting.ts).

import type { Params } from '../protocol/methods.ts';

export interface Interval {
  readonly from: number;
  readonly to: number;
}

export interface PlannedContact {
  readonly contactId: string;
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number;
  /** What it is counted as in reports. */
  readonly type: string;
  readonly wishes: Readonly<Omit<Params<'contact.create'>, 'contactId'>>;
  readonly serviceMs: number;
  /** Who has not been served after so long hangs up; undefined: never. */
  readonly patienceMs: number | undefined;
}

export interface PlannedShift extends Interval {
  readonly settings: Readonly<Omit<Params<'agent.set'>, 'agentId'>>;
  readonly breaks: readonly Interval[];
  /** After the first contact, the second and so on. */
  readonly pausesMs: readonly number[];
}

export interface PlannedAgent {
  readonly agentId: string;
  /** Of agents who can stand in for one another. */
  readonly group: string;
  /** At least one; in order, apart from each other. */
  readonly shifts: readonly PlannedShift[];
}

export interface Plan<Contact extends PlannedContact = PlannedContact> {
  /** In order of arrival. */
  readonly contacts: readonly Contact[];
  readonly agents: readonly PlannedAgent[];
  readonly queues: readonly Params<'queue.set'>[];
  /** The opening hours that its queues keep. */
  readonly calendars?: readonly Params<'calendar.set'>[];
  /** The first and the last time at which anything happens. */
  readonly startsAt: number;
  readonly endsAt: number;
}

/** Contacts that an agent can have at once. */
export function atOnce({ shifts }: PlannedAgent): number {
  return Math.max(...shifts.map(({ settings }) => totalOf(settings.capacity)));
}

function totalOf(capacity: Readonly<Record<string, number>>): number {
  const { total, ...channels } = capacity;
  const sum = Object.values(channels).reduce((all, of) => all + of, 0);
  return Math.min(total ?? sum, sum);
}
