// The policy of a queue: its parameters, and the default of each with the reason for it. queue.set, the configuration
// document and the reference are made from this one table. A parameter is here once its effect is built.

import { type Static, type TSchema, Type } from '@sinclair/typebox';
import * as layout from '../../assembly/layout.ts';
import { contactsLivePerTenantMax, queueGroupsMax, queueStepsMax } from '../limits.ts';
import { affinityDefaults, affinityPolicyProperties } from './affinity.ts';
import { callbackDefaults, callbackPolicyProperties } from './callbacks.ts';
import type { Fault } from './fault.ts';
import { ratingsPolicyProperties } from './ratings.ts';
import { channel, durationMs, flag, id, level, name, oneOf, params, thousandths, whole } from './schemas.ts';
import { idleEvents, orders, orElses, scoreTerms, selections, words } from './states.ts';
import { messageChannel, voicemailDefaults, voicemailPolicyProperties } from './voicemails.ts';

const weightMax = 1_000_000;
const missedMax = 1_000;
/** A batch costs the tick that solves it. */
const batchEveryMsMin = 50;
const batchEveryMsMax = 60_000;
const offersMaxMax = 1_000;
/** A place and a wait take some five seconds to say. */
export const announceEveryMsMin = 5_000;

/** Every default and why it is so. What has none is nothing without being asked for: a bound, a time, an exit. */
export const queuePolicyDefaults = {
  order: { value: 'priority', why: 'Contacts without a priority have 0 and so come in the order of their waiting.' },
  ageingPerSecond: {
    value: 1,
    why: 'Nobody waits for ever behind higher priorities: ten more of priority are worth ten seconds of waiting.',
  },
  weight: { value: 0, why: 'Queues are equal until you say otherwise.' },
  select: { value: 'longestIdle', why: 'It spreads the work evenly and is what agents find fair.' },
  idleRestartsOn: {
    value: ['ready', 'wrappedUp', 'rejected', 'missed', 'failed'],
    why: 'Who has just come back, has just been done with somebody or has just not taken an offer is the last to be asked. Being connected alone does not count, since a chat among several is not yet over.',
  },
  ring: {
    value: { together: 10, everyMs: 5_000 },
    why: 'A small team hears it at once, and nobody else is kept from other contacts; one more ring of a telephone each time.',
  },
  weights: {
    value: { idle: 1, rank: 1 },
    why: 'A score of nothing but idle time is the longest idle, up to an hour: you begin with what you know. Batches serve whoever comes first.',
  },
  offerMs: { value: 20_000, why: 'About four rings of a telephone; somebody at the desk answers within three.' },
  wrapUpMs: { value: 0, why: 'Wrap-up costs capacity, so it is asked for.' },
  wrapUpTakes: {
    value: 'line',
    why: 'An agent with several lines goes on with the others; where wrapping up needs the whole of somebody, say so.',
  },
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
  whenUnanswered: { value: 'end', why: 'Another queue has to be named.' },
  whenClosed: { value: 'end', why: 'Another queue has to be named; the caller hears of it at once.' },
  closingEmpties: { value: false, why: 'Whoever was let in before closing time is served.' },
  exhaustedAfterMs: {
    value: 20_000,
    why: 'As long as an offer rings: whoever the last step let in has had the time to become free.',
  },
  autoAnswer: {
    value: false,
    why: 'Agents expect to be asked; who works with a headset on all day may be spared the click.',
  },
  recording: {
    value: { mode: 'onRequest', consent: 'required' },
    why: 'Recording somebody who has not agreed is against the law in many places, so saying that nobody has to be asked is yours.',
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

/** To another queue, to a flow, to a callback, to a message, or to the end. */
function exit(description: string, value?: string) {
  const schema = Type.Union(
    [
      oneOf(['end', 'callback', 'voicemail'] as const),
      params({ queue: id('Goes on to this queue, with its own age.') }),
      params({
        flow: id(
          'A flow takes it, and gives it back to a queue or ends it. `flow_not_served` while nothing here serves one of this name.',
        ),
      }),
    ],
    {
      description,
      'x-type': '"end", "callback", "voicemail", {queue} or {flow}',
    },
  );
  return value === undefined ? schema : withDefault(schema, value);
}

function scoreWeight(description: string) {
  return whole(-layout.SCORE_WEIGHT_MAX, layout.SCORE_WEIGHT_MAX, `For who is ${description}`);
}

export const queueStepProperties = {
  afterMs: durationMs('When the contact is so old, in this queue or not; waiting it is credited with does not count.', {
    minimum: 1,
  }),
  drop: Type.Optional(
    name('The skill is no longer asked for, nor one of several of which it was one; those who have it are preferred.'),
  ),
  lower: Type.Optional(params({ skill: name('The skill.'), level })),
  group: Type.Optional(
    name(
      'It is offered to this group as well, beside those in `groups`: agents who have a skill of that name, at any level.',
    ),
  ),
  queue: Type.Optional(
    id('It is offered to agents of this queue as well; it stays in its own, and is counted and wrapped up there.'),
  ),
  priority: Type.Optional(whole(1, layout.PRIORITY_MAX, 'So much more priority.')),
};

const steps = Type.Array(params(queueStepProperties), {
  maxItems: queueStepsMax,
  description:
    'What makes a contact that is not answered easier to serve as it gets older, one after the other. Each does one thing or several. A contact that rings has the outcome of that ring first. Absent: nothing.',
});
export type QueueStep = Static<typeof steps>[number];

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
  ageingCap: Type.Optional(
    whole(1, layout.PRIORITY_MAX, 'So much priority is gained by waiting at most. Absent: no end to it.'),
  ),
  ageingSteps: Type.Optional(
    Type.Array(
      params({
        afterMs: durationMs('Waited for so long, with credit, …', { minimum: 1 }),
        priority: whole(1, layout.PRIORITY_MAX, '… so much priority is gained in all.'),
      }),
      {
        minItems: 1,
        maxItems: layout.AGEING_STEPS_MAX,
        description:
          'Priority is gained in steps instead of so much a second; `ageingPerSecond` is 0 then, also where nothing is said. Absent: by `ageingPerSecond`.',
      },
    ),
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
        'Which of several free agents. longestIdle: idle for longest. leastOccupied: with something in progress for the least time lately, see `occupancyWindowMs`. bestSkilled: the highest sum of levels over required and preferred skills; leastSkilled: the lowest. leastContacts: connected with the fewest contacts of this queue since it became ready, when it began with the average of the others. weightedRandom: drawn, as often as that sum, at least 1, says. roundRobin: whose last offer of this queue is longest ago, remembered over restarts. linear: the first in the order in which the agents were set up. score: the highest score by `weights`. Ties by longest idle. ringAll and ringProgressive ring several at once, who has been idle for longest first, and the first who accepts gets the contact: see `ring`.',
      ),
      defaults.select.value,
    ),
  ),
  idleRestartsOn: Type.Optional(
    Type.Array(
      oneOf(
        words(idleEvents),
        'ready: becomes ready. connected: is connected with a contact, also where it may take more. ended: a contact is over for it, before its wrap-up. wrappedUp: its wrap-up is over, or a contact that has none. rejected, missed: an offer that it did not take. failed: an offer that did not ring or was not connected.',
      ),
      {
        maxItems: Object.keys(idleEvents).length,
        uniqueItems: true,
        default: defaults.idleRestartsOn.value,
        description:
          'What begins an agent’s idle time anew where this queue selects, in whatever queue it happened; logging in always does.',
      },
    ),
  ),
  ring: Type.Optional(
    withDefault(
      params({
        together: Type.Optional(
          whole(1, layout.RING_TOGETHER_MAX, 'Agents who ring at once for one contact, at most.', {
            default: defaults.ring.value.together,
          }),
        ),
        everyMs: Type.Optional(
          durationMs('ringProgressive begins with one agent, and rings one more each time that so long has passed.', {
            minimum: 1,
            default: defaults.ring.value.everyMs,
          }),
        ),
      }),
      defaults.ring.value,
    ),
  ),
  weights: Type.Optional(
    withDefault(
      params({
        idle: Type.Optional(scoreWeight('idle: 1000 for an hour or more.')),
        occupancy: Type.Optional(
          scoreWeight('not occupied: 1000 for who was never so lately, 0 for who always was; see `occupancyWindowMs`.'),
        ),
        contacts: Type.Optional(
          scoreWeight(
            'fewer contacts of this queue, counted as by leastContacts: 500 at the average, 50 for each one less.',
          ),
        ),
        required: Type.Optional(
          scoreWeight('levels in the skills that are required: 1000 for level 10 in all that are named.'),
        ),
        preferred: Type.Optional(
          scoreWeight('levels in the skills that are preferred: 1000 for level 10 in all of them.'),
        ),
        rank: Type.Optional(
          whole(
            -layout.SCORE_WEIGHT_MAX,
            layout.SCORE_WEIGHT_MAX,
            'With `batch`: for the contact’s rank by `order` in whole priorities, by default its seconds of waiting; who of a batch is served rests on it. Of one contact it is the same for all agents.',
          ),
        ),
        lastAgent: Type.Optional(
          scoreWeight('known: 1000 for the agent who served this customer last, by the identity of the contact.'),
        ),
      }),
      defaults.weights.value,
    ),
  ),
  offerMs: Type.Optional(durationMs('How long an offer rings.', { minimum: 1, default: defaults.offerMs.value })),
  wrapUpMs: Type.Optional(
    durationMs('Wrap-up after each contact; an agent’s own wins.', { default: defaults.wrapUpMs.value }),
  ),
  wrapUpTakes: Type.Optional(
    withDefault(
      oneOf(
        ['line', 'seat'],
        'What a wrap-up after its contacts takes: the line on which they were, or the whole seat: the agent is offered nothing until it is over, on any line; what rings or is served goes on.',
      ),
      defaults.wrapUpTakes.value,
    ),
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
  offersMax: Type.Optional(
    whole(
      1,
      offersMaxMax,
      'A contact leaves by `whenUnanswered` once so many offers in this queue have come to nothing: those that really rang, or were rejected. What was withdrawn, or never rang, does not count, nor does an agent who was asked for by name; of several agents who ring at once each counts. Absent: no limit.',
    ),
  ),
  whenUnanswered: Type.Optional(
    exit(
      'For contacts that have had `offersMax` offers in vain; the last of them has its outcome first.',
      defaults.whenUnanswered.value,
    ),
  ),
  groups: Type.Optional(
    Type.Array(name('A skill.'), {
      minItems: 1,
      maxItems: queueGroupsMax,
      uniqueItems: true,
      description:
        'Contacts are offered only to agents of these groups, until one of the `steps` adds another: agents who have a skill of that name, at any level. It does not score, and whoever is asked for by name need be in none. Absent: to all.',
    }),
  ),
  callback: Type.Optional({
    ...callbackPolicyProperties,
    description: 'How customers are called back. Absent: nobody is, unless a switch or an agent does so by itself.',
  }),
  voicemail: Type.Optional({
    ...voicemailPolicyProperties,
    description:
      'How customers are asked for a message where an exit says so: a contact without a leg, of whom nothing can be recorded, goes by `end` then. Absent: no exit does.',
  }),
  steps: Type.Optional(steps),
  whenExhausted: Type.Optional(
    exit(
      'For contacts that nobody has answered `exhaustedAfterMs` after the last of the `steps`; one that rings has the outcome of that ring first. Absent: they wait on.',
    ),
  ),
  exhaustedAfterMs: Type.Optional(
    durationMs('How long after the last of the `steps` a contact leaves by `whenExhausted`.', {
      default: defaults.exhaustedAfterMs.value,
    }),
  ),
  resumeWithinMs: Type.Optional(
    durationMs(
      'A customer who goes before anybody answers, and whom a switch or an application brings again for this queue in so long, by the same identity or number, has its place and its time of before. Absent: who comes again is last.',
      { minimum: 1 },
    ),
  ),
  announceEveryMs: Type.Optional(
    durationMs(
      'A customer who waits here with a leg is told its place and the estimated wait: as it begins to wait, and again each time that so long has passed since the last time. Nothing is said while it rings or waits for an agent by name. Absent: the switch says nothing of it.',
      { minimum: announceEveryMsMin },
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
  affinity: Type.Optional({
    ...affinityPolicyProperties,
    description:
      'Contacts of a customer go to the agent whom the customer knows, before all others: where that one is free at once, in service after a wait. Absent: they go to whoever is next.',
  }),
  ratings: Type.Optional({
    ...ratingsPolicyProperties,
    description:
      'What the customer’s grade does for a contact whose customer chose its agent, and what declining costs that one.',
  }),
  autoAnswer: Type.Optional(
    withDefault(
      flag('Offers are accepted for agents who are connected, as soon as they ring, or as the agent connects.'),
      defaults.autoAnswer.value,
    ),
  ),
  recording: Type.Optional(
    withDefault(
      params({
        mode: oneOf(
          ['never', 'onRequest', 'always'],
          'always: from the moment of being connected; agents may pause it, and not end it. onRequest: by contact.recording.',
        ),
        consent: oneOf(
          ['required', 'notRequired'],
          'required: nothing is recorded before `consent` was given, with contact.create or contact.recording.',
        ),
      }),
      defaults.recording.value,
    ),
  ),
  shortAbandonMs: Type.Optional(
    durationMs('Who hangs up sooner than this does not count against the service level.', {
      default: defaults.shortAbandonMs.value,
    }),
  ),
  batch: Type.Optional(
    params({
      everyMs: whole(
        batchEveryMsMin,
        batchEveryMsMax,
        'Contacts that wait and agents that are free are gathered for so long and matched together: as many as can be, then with the highest sum of scores. Only with `select: score`. Absent: a contact is matched at once.',
      ),
    }),
  ),
  occupancyWindowMs: Type.Optional(
    durationMs(
      'With `leastOccupied`, and with `score` where occupancy has a weight: what was a quarter of this ago counts half, what was all of it ago a sixteenth.',
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
  | 'ageingCap'
  | 'ageingSteps'
  | 'batch'
  | 'maxWaiting'
  | 'maxWaitMs'
  | 'offersMax'
  | 'whenNobody'
  | 'whenNobodyReady'
  | 'joinWhenNobody'
  | 'calendarId'
  | 'groups'
  | 'steps'
  | 'whenExhausted'
  | 'resumeWithinMs'
  | 'announceEveryMs'
  | 'affinity'
  | 'callback'
  | 'ratings'
  | 'voicemail';
/** A policy with nothing left open but those. */
export type QueuePolicy = Required<Omit<QueuePolicyParams, Open | 'ring'>> &
  Pick<QueuePolicyParams, Exclude<Open, 'affinity' | 'callback' | 'voicemail'>> & {
    readonly ring: { readonly together: number; readonly everyMs: number };
    readonly affinity?: AffinityPolicy;
    readonly callback?: CallbackPolicy;
    readonly voicemail?: VoicemailPolicy;
  };

type VoicemailParams = NonNullable<QueuePolicyParams['voicemail']>;
export type VoicemailPolicy = VoicemailParams & Required<Pick<VoicemailParams, 'recordMs'>>;

type CallbackParams = NonNullable<QueuePolicyParams['callback']>;
type AffinityParams = NonNullable<QueuePolicyParams['affinity']>;
export type AffinityPolicy = Required<Omit<AffinityParams, 'expiresAfterMs'>> & Pick<AffinityParams, 'expiresAfterMs'>;

export type CallbackPolicy = Required<Omit<CallbackParams, 'offerAfterMs'>> & Pick<CallbackParams, 'offerAfterMs'>;

/** A contact rings at several agents at once. */
export function ringsSeveral({ select }: Pick<QueuePolicy, 'select'>): boolean {
  return select === 'ringAll' || select === 'ringProgressive';
}

const exitNames = [
  'whenFull',
  'whenTimedOut',
  'whenUnanswered',
  'whenNobody',
  'whenNobodyReady',
  'whenClosed',
  'whenExhausted',
] as const;

/** The queues that a policy sends contacts and messages on to, and those whose agents it asks. */
export function queuesLedTo(policy: QueuePolicyParams): string[] {
  const asked = (policy.steps ?? []).flatMap(({ queue }) => (queue === undefined ? [] : [queue]));
  const exits = exitNames.flatMap((name) => {
    const exit = policy[name];
    return exit === undefined || typeof exit === 'string' || 'flow' in exit ? [] : [exit.queue];
  });
  const messages = policy.voicemail?.queueId;
  return [...exits, ...asked, ...(messages === undefined ? [] : [messages])];
}

/** The flows that a policy sends contacts to, and where it says so. */
export function flowsLedTo(policy: QueuePolicyParams): { readonly flow: string; readonly path: string }[] {
  return exitNames.flatMap((name) => {
    const exit = policy[name];
    if (exit === undefined || typeof exit === 'string' || !('flow' in exit)) return [];
    return [{ flow: exit.flow, path: `/${name}/flow` }];
  });
}

/** The groups that it speaks of. */
export function groupsNamed({ groups = [], steps = [] }: QueuePolicyParams): string[] {
  return [...groups, ...steps.flatMap(({ group }) => (group === undefined ? [] : [group]))];
}

/** The same, leading nowhere: for queues that are set before those that they lead to. */
export function withoutExits<P extends QueuePolicyParams>(policy: P): P {
  return Object.fromEntries(
    Object.entries(policy).filter(
      ([name]) => name !== 'steps' && name !== 'voicemail' && !(exitNames as readonly string[]).includes(name),
    ),
  ) as P;
}

type Given = QueuePolicyParams & { readonly queueId: string };

/** What the schema cannot say of a policy. `under` is put before the path. */
export function policyFault(policy: Given, under: string): Fault | undefined {
  return (
    exitFault(policy, under) ??
    voicemailFault(policy, under) ??
    stepsFault(policy, under) ??
    weightsFault(policy, under) ??
    batchFault(policy, under) ??
    ageingFault(policy, under) ??
    affinityFault(policy, under)
  );
}

/** Steps come one after the other and each does something; what follows them follows some. */
function stepsFault({ queueId, groups, steps = [], whenExhausted }: Given, under: string): Fault | undefined {
  for (const [at, { afterMs, ...does }] of steps.entries()) {
    const path = `${under}/steps/${at}`;
    const before = steps[at - 1]?.afterMs ?? 0;
    if (afterMs <= before) return { path: `${path}/afterMs`, message: `expected more than ${before}, the step before` };
    if (Object.keys(does).length === 0) return { path, message: 'expected something that the step does' };
    if (does.queue === queueId) return { path: `${path}/queue`, message: 'expected another queue than its own' };
    if (does.group !== undefined && groups === undefined)
      return {
        path: `${path}/group`,
        message: 'expected `groups` that it is added to: contacts are offered to all agents',
      };
  }
  if (whenExhausted === undefined || steps.length > 0) return undefined;
  return { path: `${under}/whenExhausted`, message: 'expected `steps` that it follows' };
}

/** An exit leads to another queue, or to callbacks where the queue makes them. */
function exitFault(policy: Given, under: string): Fault | undefined {
  for (const name of exitNames) {
    const exit = policy[name];
    if (exit === 'callback' && policy.callback === undefined)
      return {
        path: `${under}/${name}`,
        message: 'expected `callback` in the policy, which says how customers are called back',
      };
    if (exit === 'voicemail' && policy.voicemail === undefined)
      return { path: `${under}/${name}`, message: 'expected `voicemail` in the policy, which says where messages go' };
    if (exit === undefined || typeof exit === 'string' || 'flow' in exit || exit.queue !== policy.queueId) continue;
    return { path: `${under}/${name}/queue`, message: 'expected another queue than the one that it leads out of' };
  }
  return undefined;
}

/** Messages go to a queue that takes them. */
function voicemailFault({ voicemail, channels, queueId }: Given, under: string): Fault | undefined {
  if (voicemail === undefined || (voicemail.queueId ?? queueId) !== queueId || channels.includes(messageChannel))
    return undefined;
  return {
    path: `${under}/voicemail/queueId`,
    message: `expected a queue that takes the channel \`${messageChannel}\`, as this one does not`,
  };
}

/** Steps of ageing come one after the other, each worth more, and are all there is of it. */
function ageingFault(policy: QueuePolicyParams, under: string): Fault | undefined {
  const { ageingPerSecond = 0, ageingCap, ageingSteps } = policy;
  if (ageingSteps === undefined) return undefined;
  if (ageingPerSecond > 0) return { path: `${under}/ageingPerSecond`, message: 'expected 0 beside `ageingSteps`' };
  if (ageingCap !== undefined)
    return { path: `${under}/ageingCap`, message: 'expected none beside `ageingSteps`, the last of which is one' };
  for (const [at, { afterMs, priority }] of ageingSteps.entries()) {
    const before = ageingSteps[at - 1];
    const path = `${under}/ageingSteps/${at}`;
    if (before !== undefined && afterMs <= before.afterMs)
      return { path: `${path}/afterMs`, message: `expected more than ${before.afterMs}, the step before` };
    if (before !== undefined && priority <= before.priority)
      return { path: `${path}/priority`, message: `expected more than ${before.priority}, the step before` };
  }
  return undefined;
}

/** Who waits in the queue already does not end when the agent does not come. */
function affinityFault({ affinity }: QueuePolicyParams, under: string): Fault | undefined {
  if (affinity?.waits !== 'both' || affinity.orElse !== 'end') return undefined;
  return { path: `${under}/affinity/orElse`, message: 'expected `queue` beside waits: both' };
}

/** Weights are of a score. */
function weightsFault(policy: QueuePolicyParams, under: string): Fault | undefined {
  if (policy.weights === undefined || policy.select === 'score') return undefined;
  return { path: `${under}/weights`, message: 'expected only together with select: score' };
}

/** A batch has the highest sum of scores. */
function batchFault(policy: QueuePolicyParams, under: string): Fault | undefined {
  if (policy.batch === undefined || policy.select === 'score') return undefined;
  return { path: `${under}/batch`, message: 'expected only together with select: score' };
}

/** What each term of the score counts, by its number in the core; nothing where the queue does not select by score. */
export function scoreWeightsOf({ select, weights }: QueuePolicy): number[] {
  if (select !== 'score') return [];
  const given: Readonly<Record<string, number | undefined>> = weights;
  return Object.entries({ ...scoreTerms, rank: layout.SCORE_RANK })
    .sort(([, one], [, other]) => one - other)
    .map(([term]) => given[term] ?? 0);
}

/** Whether it counts who served a customer last. */
export function asksForLastAgent({ select, weights }: QueuePolicy): boolean {
  return select === 'score' && (weights.lastAgent ?? 0) !== 0;
}

/** Whether what its agents do is watched, and over which time; 0: it is not. */
export function occupancyWindowOf(policy: QueuePolicy): number {
  const { select, weights, occupancyWindowMs } = policy;
  const isWatched = select === 'leastOccupied' || (select === 'score' && (weights.occupancy ?? 0) !== 0);
  return isWatched ? occupancyWindowMs : 0;
}

type IdleEvent = NonNullable<QueuePolicyParams['idleRestartsOn']>[number];

/** The same events are the same policy, in whatever order they were given. */
function inOrder(events: readonly IdleEvent[]): IdleEvent[] {
  return [...events].sort((one, other) => idleEvents[one] - idleEvents[other]);
}

/** The policy that was asked for, with the default for whatever was not said. */
export function completeQueuePolicy(asked: QueuePolicyParams): QueuePolicy {
  return {
    channels: asked.channels,
    order: asked.order ?? defaults.order.value,
    ageingPerSecond: asked.ageingPerSecond ?? (asked.ageingSteps === undefined ? defaults.ageingPerSecond.value : 0),
    weight: asked.weight ?? defaults.weight.value,
    select: asked.select ?? defaults.select.value,
    idleRestartsOn: inOrder(asked.idleRestartsOn ?? defaults.idleRestartsOn.value),
    ring: { ...defaults.ring.value, ...asked.ring },
    weights: asked.weights ?? defaults.weights.value,
    offerMs: asked.offerMs ?? defaults.offerMs.value,
    wrapUpMs: asked.wrapUpMs ?? defaults.wrapUpMs.value,
    wrapUpTakes: asked.wrapUpTakes ?? defaults.wrapUpTakes.value,
    serviceLevel: asked.serviceLevel ?? defaults.serviceLevel.value,
    missedBeforeNotReady: asked.missedBeforeNotReady ?? defaults.missedBeforeNotReady.value,
    afterRejectMs: asked.afterRejectMs ?? defaults.afterRejectMs.value,
    afterMissMs: asked.afterMissMs ?? defaults.afterMissMs.value,
    afterBusyMs: asked.afterBusyMs ?? defaults.afterBusyMs.value,
    whenLegLost: asked.whenLegLost ?? defaults.whenLegLost.value,
    direct: asked.direct ?? defaults.direct.value,
    autoAnswer: asked.autoAnswer ?? defaults.autoAnswer.value,
    recording: asked.recording ?? defaults.recording.value,
    shortAbandonMs: asked.shortAbandonMs ?? defaults.shortAbandonMs.value,
    whenClosed: asked.whenClosed ?? defaults.whenClosed.value,
    closingEmpties: asked.closingEmpties ?? defaults.closingEmpties.value,
    whenFull: asked.whenFull ?? defaults.whenFull.value,
    whenTimedOut: asked.whenTimedOut ?? defaults.whenTimedOut.value,
    whenUnanswered: asked.whenUnanswered ?? defaults.whenUnanswered.value,
    occupancyWindowMs: asked.occupancyWindowMs ?? defaults.occupancyWindowMs.value,
    exhaustedAfterMs: asked.exhaustedAfterMs ?? defaults.exhaustedAfterMs.value,
    ...(asked.ageingCap !== undefined && { ageingCap: asked.ageingCap }),
    ...(asked.ageingSteps !== undefined && { ageingSteps: asked.ageingSteps }),
    ...(asked.batch !== undefined && { batch: asked.batch }),
    ...(asked.maxWaiting !== undefined && { maxWaiting: asked.maxWaiting }),
    ...(asked.maxWaitMs !== undefined && { maxWaitMs: asked.maxWaitMs }),
    ...(asked.offersMax !== undefined && { offersMax: asked.offersMax }),
    ...(asked.whenNobody !== undefined && { whenNobody: asked.whenNobody }),
    ...(asked.whenNobodyReady !== undefined && { whenNobodyReady: asked.whenNobodyReady }),
    ...(asked.resumeWithinMs !== undefined && { resumeWithinMs: asked.resumeWithinMs }),
    ...(asked.voicemail !== undefined && { voicemail: { ...voicemailDefaults, ...asked.voicemail } }),
    ...(asked.announceEveryMs !== undefined && { announceEveryMs: asked.announceEveryMs }),
    ...(asked.affinity !== undefined && { affinity: { ...affinityDefaults, ...asked.affinity } }),
    ...(asked.ratings !== undefined && { ratings: asked.ratings }),
    ...(asked.callback !== undefined && { callback: { ...callbackDefaults, ...asked.callback } }),
    ...(asked.calendarId !== undefined && { calendarId: asked.calendarId }),
    ...(asked.joinWhenNobody !== undefined && { joinWhenNobody: asked.joinWhenNobody }),
    ...(asked.groups !== undefined && { groups: asked.groups }),
    ...(asked.steps !== undefined && { steps: asked.steps }),
    ...(asked.whenExhausted !== undefined && { whenExhausted: asked.whenExhausted }),
  };
}
