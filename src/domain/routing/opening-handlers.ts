// calendar.set, get, list and remove; queue.open and close.

import { canonical, contentOf } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted } from '../module.ts';
import { pageOf } from '../pages.ts';
import type { CalendarGiven } from './calendar.ts';
import { type Calendar, calendarViewOf } from './openings.ts';
import { queueViewOf } from './queue-view.ts';
import type { RoutingState } from './routing-state.ts';

export function setCalendar(state: RoutingState, params: Params<'calendar.set'>, admission: Admission): Admitted {
  const given: CalendarGiven = contentOf(params);
  const known = state.openings.find(given.calendarId);
  if (known !== undefined && canonical(known.given) === canonical(given)) return { result: calendarViewOf(known) };
  if (known === undefined && state.openings.room === 0) return refuse('too_many_calendars');
  return { result: calendarViewOf(writeCalendar(state, given, admission)) };
}

/** What has been checked; queues that close by it are looked at. */
export function writeCalendar(state: RoutingState, given: CalendarGiven, admission: Admission): Calendar {
  const calendar = state.openings.set(given, admission);
  sweepQueuesOf(state, given.calendarId);
  return calendar;
}

/** The moment has come at which it opens or closes. */
export function calendarDue(state: RoutingState, number: number, admission: Admission): void {
  const changed = state.openings.changed(number, admission);
  if (changed !== undefined) sweepQueuesOf(state, changed.given.calendarId);
}

function sweepQueuesOf(state: RoutingState, calendarId: string): void {
  for (const queue of state.queues.from(0)) if (queue.policy.calendarId === calendarId) state.sweep(queue);
}

export function getCalendar(state: RoutingState, params: Params<'calendar.get'>): Admitted {
  const calendar = state.openings.find(params.calendarId);
  return calendar === undefined ? refuse('calendar_not_found') : { result: calendarViewOf(calendar) };
}

export function listCalendars(state: RoutingState, params: Params<'calendar.list'>): Admitted {
  const { items, cursor } = pageOf(
    params,
    (number) => state.openings.after(number),
    ({ number }) => number,
  );
  return { result: { calendars: items.map(calendarViewOf), ...cursor } };
}

export function removeCalendar(state: RoutingState, params: Params<'calendar.remove'>, admission: Admission): Admitted {
  const calendar = state.openings.find(params.calendarId);
  if (calendar === undefined) return refuse('calendar_not_found');
  const queues = state.queues.keptBy(params.calendarId);
  if (queues.length > 0) return refuse('calendar_in_use', { queues });
  state.openings.remove(calendar, admission);
  return { result: { calendarId: params.calendarId } };
}

export function closeQueue(state: RoutingState, params: Params<'queue.close'>, admission: Admission): Admitted {
  const { queueId, reason, waiting } = params;
  const queue = state.queues.find(queueId);
  if (queue === undefined) return refuse('queue_not_found');
  const empties = waiting === undefined ? queue.policy.closingEmpties : waiting === 'leave';
  const before = state.openings.closing(queueId);
  if (before === undefined || before.reason !== reason || before.empties !== empties) {
    const since = before?.since ?? admission.now;
    state.openings.setClosing(queue, { queueId, reason, since, empties }, admission);
    state.sweep(queue);
  }
  return { result: queueViewOf(queue, state.openings) };
}

export function openQueue(state: RoutingState, params: Params<'queue.open'>, admission: Admission): Admitted {
  const queue = state.queues.find(params.queueId);
  if (queue === undefined) return refuse('queue_not_found');
  if (state.openings.closing(queue.queueId) !== undefined) {
    state.openings.setClosing(queue, undefined, admission);
    state.sweep(queue);
  }
  return { result: queueViewOf(queue, state.openings) };
}
