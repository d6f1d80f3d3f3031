// The one timer of a contact that waits: the next thing that is due at its age.
//
// The end of the time that its queue lets it wait, the next step of its queue, what follows the last of them: whatever comes at an age is
// asked here, so that a contact has one timer of the core at most. It is not cancelled when the contact is answered or over: a timer that finds
// nobody does nothing, and cancelling would cost every contact a command. So a queue with `maxWaitMs` or `steps` has as
// many timers as contacts came in such a time.

import type { CommandEncoder } from '../../engine/command-encoder.ts';
import type { Contact } from './contacts.ts';

/** Of routing: what the core's timers carry. */
export const MODULE = 1;
const AGE = 2;
const CALENDAR = 3;
const KINDS = 4;

/** When it must leave for having waited too long, or undefined. Nobody waits there whose customer is to be called, or about to be with somebody outside. */
export function waitDue({ queue, enteredAt, staysWhateverIsDue }: Contact): number | undefined {
  if (staysWhateverIsDue) return undefined;
  const { maxWaitMs } = queue.policy;
  return maxWaitMs === undefined ? undefined : enteredAt + maxWaitMs;
}

/** Whether as many agents of its queue were rung for it in vain as that lets be, with those at whom it rings. */
export function isUnanswered({ queue, inVain, rings, awaitsCall, isMessage }: Contact): boolean {
  const { offersMax, whenUnanswered } = queue.policy;
  if (offersMax === undefined || awaitsCall || isMessage) return false;
  // Who is called back is promised it, and counted; what a flow is to have is withheld: not before the last has not answered.
  const isAfter = whenUnanswered === 'callback' || (typeof whenUnanswered === 'object' && 'flow' in whenUnanswered);
  return inVain + (isAfter ? 0 : rings.length) >= offersMax;
}

/** When it must leave since nobody was found after all steps, or undefined. In a queue that it comes to so old it has as long as after the last one. */
export function exhaustedDue({ queue, arrivedAt, enteredAt, staysWhateverIsDue }: Contact): number | undefined {
  const { steps = [], whenExhausted, exhaustedAfterMs } = queue.policy;
  const last = steps.at(-1);
  if (last === undefined || whenExhausted === undefined || staysWhateverIsDue) return undefined;
  return Math.max(arrivedAt + last.afterMs, enteredAt) + exhaustedAfterMs;
}

/** When the next step of its queue is to be taken, or undefined. */
function stepDue({ queue, arrivedAt, stepsHere }: Contact): number | undefined {
  const next = queue.policy.steps?.[stepsHere.length];
  return next && arrivedAt + next.afterMs;
}

/** When something is due, or undefined. */
export function nextDue(contact: Contact): number | undefined {
  const never = Number.POSITIVE_INFINITY;
  const due = Math.min(waitDue(contact) ?? never, stepDue(contact) ?? never, exhaustedDue(contact) ?? never);
  return due === never ? undefined : due;
}

/** Timers of contacts that are to be back in time are called by their numbers, above all others. */
const RETURN = 2 ** 51;

/** Of one that was sent to a queue, or that is parked: it is never both. */
export function setReturnTimer(core: CommandEncoder, { number }: Contact, due: number): void {
  core.timerSet(MODULE, RETURN + number, due);
}

/** The number of the contact that is to be back now; undefined where it is none of these. */
export function contactOfReturn(key: number): number | undefined {
  return key >= RETURN ? key - RETURN : undefined;
}

/** The number of the contact whose timer it is; undefined where it is none of these. */
export function contactOfAge(key: number): number | undefined {
  return key % KINDS === AGE ? Math.floor(key / KINDS) : undefined;
}

/** What the timers of calendars carry (openings.ts). */
export function calendarTimer(number: number): number {
  return number * KINDS + CALENDAR;
}

/** The number of the calendar whose timer it is; undefined where it is none of these. */
export function calendarOf(key: number): number | undefined {
  return key % KINDS === CALENDAR ? Math.floor(key / KINDS) : undefined;
}

/** Sets the timer to the next thing that is due, or to `notBefore` where that is past. */
export function setAgeTimer(core: CommandEncoder, contact: Contact, notBefore: number): void {
  const due = nextDue(contact);
  if (due !== undefined) setAgeTimerTo(core, contact, Math.max(due, notBefore));
}

export function setAgeTimerTo(core: CommandEncoder, { number }: Contact, due: number): void {
  core.timerSet(MODULE, number * KINDS + AGE, due);
}

export function cancelAgeTimer(core: CommandEncoder, { number }: Contact): void {
  core.timerCancel(MODULE, number * KINDS + AGE);
}
