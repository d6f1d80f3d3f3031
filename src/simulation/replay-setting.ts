// What a plan sets up at the router before its first contact, and how speed changes it: every duration of a queue's
// policy and of a contact is divided by the speed, since the router's clock runs at the speed of this world. How long an
// offer rings stays as it is: the time that the parties take to answer has nothing to do with recorded time.
//
//   paced, virtual   a queue's order is by priority and by waiting time, with the (scaled) credit
//   stepped          the router's clock has nothing to do with recorded time, so the order is given outright: as a
//                    priority that falls with the recorded time of arrival, less the credit; contacts of different
//                    priorities each have a part of the range, so that none of the one comes before one of the other

import { AGEING_MAX, PRIORITY_MAX } from '../../assembly/layout.ts';
import { listPageMax } from '../limits.ts';
import type { Params } from '../protocol/methods.ts';
import { queuesLedTo, withoutExits } from '../protocol/queue-policy.ts';
import type { Plan, PlannedAgent, PlannedContact, PlannedShift } from './plan.ts';
import type { Party } from './stage.ts';

/** `max`: the router's clock has nothing to do with recorded time. `virtual`: the two are one. */
export type Speed = number | 'max' | 'virtual';

/** How much recorded time a duration of the router's clock is; undefined where it says nothing. */
export function recordedMsOf(ms: number, speed: Speed): number | undefined {
  if (speed === 'max') return undefined;
  return speed === 'virtual' ? ms : ms * speed;
}

/** The other way. */
function routersMsOf(ms: number, speed: Speed): number {
  return typeof speed === 'number' ? Math.round(ms / speed) : ms;
}

/** A queue as it is at this speed. */
export function queueAt(queue: Params<'queue.set'>, speed: Speed): Params<'queue.set'> {
  if (speed === 'virtual') return queue;
  const { ageingCap, ageingSteps, ...rest } = queue;
  const { serviceLevel, shortAbandonMs, wrapUpMs, maxWaitMs, steps, exhaustedAfterMs } = rest;
  const { ageingPerSecond = ageingSteps === undefined ? 1 : 0 } = rest;
  const scaled = (ms: number) => routersMsOf(ms, speed);
  return {
    ...rest,
    ...(speed === 'max'
      ? { order: 'priority', ageingPerSecond: 0 }
      : {
          ageingPerSecond: Math.min(AGEING_MAX / 1000, ageingPerSecond * speed),
          ...(ageingCap !== undefined && { ageingCap }),
          ...(ageingSteps !== undefined && { ageingSteps: stepsAt(ageingSteps, scaled) }),
        }),
    ...(wrapUpMs !== undefined && { wrapUpMs: scaled(wrapUpMs) }),
    ...(maxWaitMs !== undefined && { maxWaitMs: Math.max(1, scaled(maxWaitMs)) }),
    ...(steps !== undefined && { steps: stepsAt(steps, scaled) }),
    ...(exhaustedAfterMs !== undefined && { exhaustedAfterMs: scaled(exhaustedAfterMs) }),
    ...(serviceLevel !== undefined && {
      serviceLevel: { ...serviceLevel, withinMs: Math.max(1, scaled(serviceLevel.withinMs)) },
    }),
    ...(shortAbandonMs !== undefined && { shortAbandonMs: scaled(shortAbandonMs) }),
  };
}

/** Each still comes after the one before. */
function stepsAt<S extends { readonly afterMs: number }>(steps: readonly S[], scaled: (ms: number) => number): S[] {
  let before = 0;
  return steps.map((step) => {
    before = Math.max(before + 1, scaled(step.afterMs));
    return { ...step, afterMs: before };
  });
}

/** What a contact is created with at this speed. */
export function wishesAt(plan: Plan, speed: Speed): (contact: PlannedContact) => PlannedContact['wishes'] {
  if (speed === 'virtual') return ({ wishes }) => wishes;
  if (speed !== 'max')
    return ({ wishes: { waitCreditMs = 0, ...wishes } }) => ({
      ...wishes,
      waitCreditMs: routersMsOf(waitCreditMs, speed),
    });
  const placeOf = ({ arrivedAt, wishes }: PlannedContact) => arrivedAt - (wishes.waitCreditMs ?? 0);
  const places = plan.contacts.map(placeOf);
  const first = places.reduce((least, place) => Math.min(least, place), Number.POSITIVE_INFINITY);
  const last = places.reduce((most, place) => Math.max(most, place), Number.NEGATIVE_INFINITY);
  const priorityOf = ({ wishes }: PlannedContact) => wishes.priority ?? 0;
  const falling = [...new Set(plan.contacts.map(priorityOf))].sort((a, b) => b - a);
  const part = Math.floor((2 * PRIORITY_MAX) / falling.length);
  // Some seconds each, where the recording is no longer than three weeks; equal places are in the order of creation.
  const stepMs = Math.max(1_000, Math.ceil((last - first) / (part - 1)));
  return (contact) => {
    const { waitCreditMs: _, ...wishes } = contact.wishes;
    const top = PRIORITY_MAX - part * falling.indexOf(priorityOf(contact));
    return { ...wishes, priority: top - Math.floor((placeOf(contact) - first) / stepMs) };
  };
}

export function agentSettings({ agentId }: PlannedAgent, { settings }: PlannedShift): Params<'agent.set'> {
  return { agentId, ...settings };
}

/** Sets queues and agents up. What an earlier replay of the same prefix has left behind is cleared away: how much. */
export async function setUp(
  admin: Party,
  clearing: Party,
  plan: Plan,
  prefix: string,
  speed: Speed,
): Promise<{ contactsCleared: number; agentsLoggedOut: number }> {
  for (const calendar of plan.calendars ?? []) await admin.call('calendar.set', calendar);
  // A queue may lead to one that is set after it.
  const leading = plan.queues.filter((queue) => queuesLedTo(queue).length > 0);
  for (const queue of plan.queues) await admin.call('queue.set', withoutExits(queueAt(queue, speed)));
  for (const queue of leading) await admin.call('queue.set', queueAt(queue, speed));
  const left = await contactsIn(admin, plan);
  for (const contactId of left) await clearing.call('contact.end', { contactId });
  let agentsLoggedOut = 0;
  for (const { agentId, state } of await agentsOf(admin, prefix)) {
    if (state === 'loggedOut') continue;
    await admin.call('agent.logout', { agentId, when: 'now' });
    agentsLoggedOut++;
  }
  for (const agent of plan.agents) await admin.call('agent.set', agentSettings(agent, agent.shifts[0]!));
  return { contactsCleared: left.length, agentsLoggedOut };
}

/** Contacts of the queues of the plan that are not over for the customer: wrap-up may go on for as long as it likes. */
export async function contactsIn(admin: Party, { queues }: Plan): Promise<string[]> {
  const found: string[] = [];
  for (const { queueId } of queues) {
    let cursor: string | undefined;
    do {
      const page = await admin.call('contact.list', { queueId, limit: listPageMax, ...(cursor && { cursor }) });
      for (const { contactId, state } of page.contacts) if (state !== 'wrapUp') found.push(contactId);
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  return found;
}

async function agentsOf(admin: Party, prefix: string): Promise<{ agentId: string; state: string }[]> {
  const found: { agentId: string; state: string }[] = [];
  let cursor: string | undefined;
  do {
    const page = await admin.call('agent.list', { limit: listPageMax, ...(cursor && { cursor }) });
    found.push(...page.agents.filter((agent) => agent.agentId.startsWith(prefix)));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}
