// What a replay sets up at the router before its first call, and how speed changes it: every duration of a queue's
// policy and of a contact is divided by the speed, since the router's clock runs at the speed of this world.
//
//   paced, virtual   a queue's order is by waiting time, with the (scaled) credit
//   stepped         the router's clock has nothing to do with recorded time, so the order is given outright: as a priority
//                   that falls with the recorded time of arrival, less the credit

import { PRIORITY_MAX } from '../../assembly/layout.ts';
import { listPageMax } from '../limits.ts';
import type { Params } from '../protocol/methods.ts';
import type { PlannedAgent, PlannedCall, PlannedShift, ReplayPlan } from './replay-plan.ts';
import type { Ordering } from './simulated-switch.ts';
import type { Party } from './stage.ts';
import type { ServiceLevelRule } from './statistics.ts';

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

/** Simulated agents answer at once: an offer rings this long only where something is wrong or the router was away. */
const offerMs = 10_000;

export function queuePolicy(speed: Speed, serviceLevel: ServiceLevelRule): Omit<Params<'queue.set'>, 'queueId'> {
  const scaled = (ms: number) => routersMsOf(ms, speed);
  return {
    channels: ['voice'],
    ...(speed === 'max' ? { order: 'priority', ageingPerSecond: 0 } : { order: 'firstCome', ageingPerSecond: 1 }),
    select: 'longestIdle',
    offerMs,
    wrapUpMs: 0,
    serviceLevel: { percent: 80, withinMs: Math.max(1, scaled(serviceLevel.withinMs)) },
    shortAbandonMs: scaled(serviceLevel.shortAbandonMs),
    missedBeforeNotReady: 0,
    afterRejectMs: 0,
  };
}

/** How contacts are ordered at this speed. */
export function orderingOf(plan: ReplayPlan, speed: Speed): (call: PlannedCall) => Ordering {
  if (speed !== 'max') return (call) => ({ waitCreditMs: routersMsOf(call.waitCreditMs, speed) });
  const places = plan.calls.map(({ call, waitCreditMs }) => call.arrivedAt - waitCreditMs);
  const first = places.reduce((least, place) => Math.min(least, place), Number.POSITIVE_INFINITY);
  const last = places.reduce((most, place) => Math.max(most, place), Number.NEGATIVE_INFINITY);
  // A second each, where the recording is no longer than three weeks; equal places are in the order of creation.
  const stepMs = Math.max(1_000, Math.ceil((last - first) / (2 * PRIORITY_MAX)));
  return ({ call, waitCreditMs }) => ({
    priority: PRIORITY_MAX - Math.floor((call.arrivedAt - waitCreditMs - first) / stepMs),
  });
}

export function agentSettings({ agentId, name }: PlannedAgent, shift: PlannedShift): Params<'agent.set'> {
  return {
    agentId,
    name,
    skills: Object.fromEntries(shift.skills.map((skill) => [skill, 5])),
    queues: [...shift.queues],
    capacity: { voice: 1 },
    attributes: { simulated: true },
  };
}

/** Sets queues and agents up. What an earlier replay of the same prefix has left behind is cleared away: how much. */
export async function setUp(
  admin: Party,
  clearing: Party,
  plan: ReplayPlan,
  prefix: string,
  policy: Omit<Params<'queue.set'>, 'queueId'>,
): Promise<{ contactsCleared: number; agentsLoggedOut: number }> {
  for (const queueId of plan.queueIds) await admin.call('queue.set', { queueId, ...policy });
  const left = await contactsIn(admin, plan.queueIds);
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

/** Contacts that live in these queues. */
export async function contactsIn(admin: Party, queueIds: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const queueId of queueIds) {
    let cursor: string | undefined;
    do {
      const page = await admin.call('contact.list', { queueId, limit: listPageMax, ...(cursor && { cursor }) });
      found.push(...page.contacts.map((contact) => contact.contactId));
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
