// The policy of a queue: its parameters, and the default of each with the reason for it. queue.set, the configuration
// document and the reference are made from this one table. A parameter is here once its effect is built.

import { type Static, type TSchema, Type } from '@sinclair/typebox';
import * as layout from '../../assembly/layout.ts';
import { contactsLivePerTenantMax } from '../limits.ts';
import type { Fault } from './fault.ts';
import { channel, durationMs, flag, id, oneOf, params, thousandths, whole } from './schemas.ts';
import { orders, orElses, selections, words } from './states.ts';

const weightMax = 1_000_000;
const missedMax = 1_000;

/** Every default and why it is so. What has none is nothing without being asked for: a bound, a time, an exit. */
export const queuePolicyDefaults = {
  order: { value: 'priority', why: 'Contacts without a priority have 0 and so come in the order of their waiting.' },
  ageingPerSecond: {
    value: 1,
    why: 'Nobody waits for ever behind higher priorities: ten more of priority are worth ten seconds of waiting.',
  },
  weight: { value: 0, why: 'Queues are equal until you say otherwise.' },
  select: { value: 'longestIdle', why: 'It spreads the work evenly and is what agents find fair.' },
  offerMs: { value: 20_000, why: 'About four rings of a telephone; somebody at the desk answers within three.' },
  wrapUpMs: { value: 0, why: 'Wrap-up costs capacity, so it is asked for.' },
  serviceLevel: { value: { percent: 80, withinMs: 20_000 }, why: 'The usual target: four of five within 20 seconds.' },
  missedBeforeNotReady: {
    value: 1,
    why: 'Who misses an offer has left the desk: the next caller must not ring there too.',
  },
  afterRejectMs: {
    value: 10_000,
    why: 'The contact should reach somebody else before it comes back to who rejected it.',
  },
  afterMissMs: {
    value: 0,
    why: 'Whoever misses is not ready anyway; where you let misses pass, the agent is the last to be asked again, not out of the running.',
  },
  afterBusyMs: {
    value: 10_000,
    why: 'A telephone that is busy or not to be reached now will be so for a while; other agents are asked meanwhile.',
  },
  whenLegLost: {
    value: 'end',
    why: 'A call whose agent is cut off ends as others do; whoever would rather have the customer served again says so.',
  },
  direct: {
    value: { waitMs: 20_000, orElse: 'queue' },
    why: 'As long as an offer rings: a caller who asked for one agent would rather be served than wait on.',
  },
  whenFull: { value: 'end', why: 'Another queue has to be named; the caller hears of it at once.' },
  whenTimedOut: { value: 'end', why: 'Another queue has to be named.' },
  whenClosed: { value: 'end', why: 'Another queue has to be named; the caller hears of it at once.' },
  closingEmpties: { value: false, why: 'Whoever was let in before closing time is served.' },
  autoAnswer: {
    value: false,
    why: 'Agents expect to be asked; who works with a headset on all day may be spared the click.',
  },
  shortAbandonMs: {
    value: 0,
    why: 'Every hang-up counts against the service level unless you decide that some do not.',
  },
  occupancyWindowMs: {
    value: 3_600_000,
    why: 'An hour is long enough for a few contacts of everybody, and short enough to forget the morning.',
  },
} as const satisfies Record<string, { readonly value: unknown; readonly why: string }>;

const defaults = queuePolicyDefaults;

function withDefault<S extends TSchema>(schema: S, value: unknown): S {
  return { ...schema, default: value };
}

/** To another queue, or to the end. */
function exit(description: string, value?: string) {
  const schema = Type.Union(
    [oneOf(['end'] as const), params({ queue: id('Goes on to this queue, with its own age.') })],
    {
      description,
      'x-type': '"end" or {queue}',
    },
  );
  return value === undefined ? schema : withDefault(schema, value);
}

export const queuePolicyProperties = {
  channels: Type.Array(channel, {
    minItems: 1,
    maxItems: layout.CHANNELS_MAX,
    uniqueItems: true,
    description: 'The channels that the queue takes.',
  }),
  order: Type.Optional(
    withDefault(
      oneOf(
        words(orders),
        'priority: rank = priority + ageingPerSecond × seconds waited (with credit); firstCome: leaves the priority out.',
      ),
      defaults.order.value,
    ),
  ),
  ageingPerSecond: Type.Optional(
    thousandths(0, layout.AGEING_MAX / 1000, 'Priority gained in a second of waiting, up to three decimals.', {
      default: defaults.ageingPerSecond.value,
    }),
  ),
  weight: Type.Optional(
    whole(-weightMax, weightMax, 'Across queues: an agent serves the queue of the highest weight first.', {
      default: defaults.weight.value,
    }),
  ),
  select: Type.Optional(
    withDefault(
      oneOf(
        words(selections),
        'Which of several free agents. longestIdle: idle for longest. leastOccupied: with something in progress for the least time lately, see `occupancyWindowMs`. bestSkilled: the highest sum of levels over required and preferred skills; leastSkilled: the lowest. leastContacts: connected with the fewest contacts of this queue since it became ready, when it began with the average of the others. weightedRandom: drawn, as often as that sum, at least 1, says. roundRobin: whose last offer of this queue is longest ago, remembered over restarts. linear: the first in the order in which the agents were set up. Ties by longest idle.',
      ),
      defaults.select.value,
    ),
  ),
  offerMs: Type.Optional(durationMs('How long an offer rings.', { minimum: 1, default: defaults.offerMs.value })),
  wrapUpMs: Type.Optional(
    durationMs('Wrap-up after each contact; an agent’s own wins.', { default: defaults.wrapUpMs.value }),
  ),
  serviceLevel: Type.Optional(
    withDefault(
      params({
        percent: whole(1, 100, 'So many of a hundred …'),
        withinMs: durationMs('… are to be answered within this.', { minimum: 1 }),
      }),
      defaults.serviceLevel.value,
    ),
  ),
  maxWaiting: Type.Optional(
    whole(0, contactsLivePerTenantMax, 'New contacts beyond so many go by `whenFull`. Absent: no bound.'),
  ),
  whenFull: Type.Optional(
    exit('For new contacts where `maxWaiting` wait. end: refused as queue_full.', defaults.whenFull.value),
  ),
  maxWaitMs: Type.Optional(
    durationMs('A contact leaves by `whenTimedOut` after so long in this queue. Absent: it waits on.', { minimum: 1 }),
  ),
  whenTimedOut: Type.Optional(
    exit(
      'For contacts that have waited for `maxWaitMs`; one that rings has the outcome of that ring first.',
      defaults.whenTimedOut.value,
    ),
  ),
  resumeWithinMs: Type.Optional(
    durationMs(
      'A customer who goes before anybody answers, and whom a switch or an application brings again for this queue in so long, by the same identity or number, has its place and its time of before. Absent: who comes again is last.',
      { minimum: 1 },
    ),
  ),
  calendarId: Type.Optional(id('The opening hours of the queue. Absent: it is always open.')),
  whenClosed: Type.Optional(
    exit('For new contacts while the queue is closed. end: refused as queue_closed.', defaults.whenClosed.value),
  ),
  closingEmpties: Type.Optional(
    withDefault(
      flag('Those who wait when the queue closes leave by `whenClosed` as well (end: ended as closed).'),
      defaults.closingEmpties.value,
    ),
  ),
  whenNobody: Type.Optional(
    exit(
      'For contacts that nobody who is logged in could serve: new ones (end: refused as nobody_logged_in), and those that wait when the last such agent logs out. Absent: they wait.',
    ),
  ),
  joinWhenNobody: Type.Optional(
    flag(
      'New contacts join though nobody who could serve them is logged in; `whenNobody` is then for the moment in which the last one logs out. Default: true without `whenNobody`, else false.',
    ),
  ),
  whenNobodyReady: Type.Optional(
    exit(
      'For new contacts that nobody who is ready, or busy and ready, could serve. end: refused as nobody_ready. Absent: they wait.',
    ),
  ),
  missedBeforeNotReady: Type.Optional(
    whole(0, missedMax, 'Offers missed in a row that make an agent not ready; 0: never.', {
      default: defaults.missedBeforeNotReady.value,
    }),
  ),
  afterRejectMs: Type.Optional(
    durationMs('How long an agent gets no offers after rejecting one.', { default: defaults.afterRejectMs.value }),
  ),
  afterMissMs: Type.Optional(
    durationMs(
      'How long an agent gets no offers after missing one that really rang, where that does not make it not ready.',
      { default: defaults.afterMissMs.value },
    ),
  ),
  afterBusyMs: Type.Optional(
    durationMs('How long an agent gets no offers after its telephone was busy or could not be reached.', {
      default: defaults.afterBusyMs.value,
    }),
  ),
  whenLegLost: Type.Optional(
    withDefault(
      oneOf(
        ['end', 'queue'],
        'The agent’s leg is lost in service, and the customer’s is there: the contact ends as legLost, or is back in the queue with its own age, and the agent wraps up and gets no offers for `afterBusyMs`.',
      ),
      defaults.whenLegLost.value,
    ),
  ),
  direct: Type.Optional(
    withDefault(
      params({
        waitMs: durationMs('How long a contact that names an agent waits for that agent.'),
        orElse: oneOf(words(orElses), 'Then it joins the queue at its original place, or ends.'),
      }),
      defaults.direct.value,
    ),
  ),
  autoAnswer: Type.Optional(
    withDefault(
      flag('Offers are accepted for agents who are connected, as soon as they ring, or as the agent connects.'),
      defaults.autoAnswer.value,
    ),
  ),
  shortAbandonMs: Type.Optional(
    durationMs('Who hangs up sooner than this does not count against the service level.', {
      default: defaults.shortAbandonMs.value,
    }),
  ),
  occupancyWindowMs: Type.Optional(
    durationMs(
      'With `leastOccupied`: what was a quarter of this ago counts half, what was all of it ago a sixteenth.',
      {
        minimum: layout.OCCUPANCY_WINDOW_MIN_MS,
        default: defaults.occupancyWindowMs.value,
      },
    ),
  ),
};

const queuePolicySchema = params(queuePolicyProperties);
export type QueuePolicyParams = Static<typeof queuePolicySchema>;

export type Exit = NonNullable<QueuePolicyParams['whenFull']>;

/** What has no default: without it nothing of the kind happens. */
type Open =
  | 'maxWaiting'
  | 'maxWaitMs'
  | 'whenNobody'
  | 'whenNobodyReady'
  | 'joinWhenNobody'
  | 'calendarId'
  | 'resumeWithinMs';
/** A policy with nothing left open but those. */
export type QueuePolicy = Required<Omit<QueuePolicyParams, Open>> & Pick<QueuePolicyParams, Open>;

const exitNames = ['whenFull', 'whenTimedOut', 'whenNobody', 'whenNobodyReady', 'whenClosed'] as const;

/** The queues that a policy sends contacts on to. */
export function queuesLedTo(policy: QueuePolicyParams): string[] {
  return exitNames.flatMap((name) => {
    const exit = policy[name];
    return exit === undefined || exit === 'end' ? [] : [exit.queue];
  });
}

/** The same, leading nowhere: for queues that are set before those that they lead to. */
export function withoutExits<P extends QueuePolicyParams>(policy: P): P {
  return Object.fromEntries(
    Object.entries(policy).filter(([name]) => !(exitNames as readonly string[]).includes(name)),
  ) as P;
}

/** What the schema cannot say: an exit leads to another queue. `under` is put before the path. */
export function exitFault(policy: QueuePolicyParams & { readonly queueId: string }, under: string): Fault | undefined {
  for (const name of exitNames) {
    const exit = policy[name];
    if (exit === undefined || exit === 'end' || exit.queue !== policy.queueId) continue;
    return { path: `${under}/${name}/queue`, message: 'expected another queue than the one that it leads out of' };
  }
  return undefined;
}

/** The policy that was asked for, with the default for whatever was not said. */
export function completeQueuePolicy(asked: QueuePolicyParams): QueuePolicy {
  return {
    channels: asked.channels,
    order: asked.order ?? defaults.order.value,
    ageingPerSecond: asked.ageingPerSecond ?? defaults.ageingPerSecond.value,
    weight: asked.weight ?? defaults.weight.value,
    select: asked.select ?? defaults.select.value,
    offerMs: asked.offerMs ?? defaults.offerMs.value,
    wrapUpMs: asked.wrapUpMs ?? defaults.wrapUpMs.value,
    serviceLevel: asked.serviceLevel ?? defaults.serviceLevel.value,
    missedBeforeNotReady: asked.missedBeforeNotReady ?? defaults.missedBeforeNotReady.value,
    afterRejectMs: asked.afterRejectMs ?? defaults.afterRejectMs.value,
    afterMissMs: asked.afterMissMs ?? defaults.afterMissMs.value,
    afterBusyMs: asked.afterBusyMs ?? defaults.afterBusyMs.value,
    whenLegLost: asked.whenLegLost ?? defaults.whenLegLost.value,
    direct: asked.direct ?? defaults.direct.value,
    autoAnswer: asked.autoAnswer ?? defaults.autoAnswer.value,
    shortAbandonMs: asked.shortAbandonMs ?? defaults.shortAbandonMs.value,
    whenClosed: asked.whenClosed ?? defaults.whenClosed.value,
    closingEmpties: asked.closingEmpties ?? defaults.closingEmpties.value,
    whenFull: asked.whenFull ?? defaults.whenFull.value,
    whenTimedOut: asked.whenTimedOut ?? defaults.whenTimedOut.value,
    occupancyWindowMs: asked.occupancyWindowMs ?? defaults.occupancyWindowMs.value,
    ...(asked.maxWaiting !== undefined && { maxWaiting: asked.maxWaiting }),
    ...(asked.maxWaitMs !== undefined && { maxWaitMs: asked.maxWaitMs }),
    ...(asked.whenNobody !== undefined && { whenNobody: asked.whenNobody }),
    ...(asked.whenNobodyReady !== undefined && { whenNobodyReady: asked.whenNobodyReady }),
    ...(asked.resumeWithinMs !== undefined && { resumeWithinMs: asked.resumeWithinMs }),
    ...(asked.calendarId !== undefined && { calendarId: asked.calendarId }),
    ...(asked.joinWhenNobody !== undefined && { joinWhenNobody: asked.joinWhenNobody }),
  };
}
