// What is asked of the router: for each method of the registry the parameters that somebody might send, as things stand and
// by the chance of the step. A method without an entry does not compile; one that never gets through fails a test.

import { callbackStates } from '../../src/protocol/callbacks.ts';
import { gatherEnds, legCauses, messageEnds, recordingStates, reportedLegStates } from '../../src/protocol/legs.ts';
import type { MethodName } from '../../src/protocol/methods.ts';
import { ratePers } from '../../src/protocol/rates.ts';
import { idleEvents } from '../../src/protocol/states.ts';
import { timelineKinds } from '../../src/protocol/timeline.ts';
import { moneyAsks } from './money-asks.ts';
import { randomOf, type SimRandom } from './random.ts';
import { type Members, personal, type Setting, selecting, skillNames, type Who } from './setting.ts';
import { startsAt } from './sim-time.ts';

/** What a party knows that decides what it can sensibly ask. */
export interface Knowing {
  readonly who: Who;
  readonly setting: Setting;
  /** Of the step that asks: what is made is named by it. */
  readonly stepId: number;
  /** As the clock on its wall says. */
  readonly now: number;
  /** All contacts that anybody of the tenant has made. */
  readonly contactIds: readonly string[];
  /** Of these, what the party believes to be its own and live, by state. */
  mine(...states: readonly string[]): readonly string[];
  /** Told to anybody of the tenant lately. */
  readonly moveTokens: readonly string[];
  /** Numbers under which platforms have lately handed callers over, or were about to. */
  readonly handedOver: readonly string[];
  /** Told to anybody of the tenant lately, with the channel that they are for. */
  readonly quotes: readonly Members[];
  /** Documents that the party was offered lately. */
  readonly offeredDocuments: readonly string[];
  /** What is counted of a contact that the agent was offered and that is paid for; undefined: it is not. */
  paidPer(contactId: string): string | undefined;
  readonly offerIds: readonly string[];
  /** Consultations that somebody has taken, each with what it is about. */
  readonly asking: readonly (readonly [consultId: string, contactId: string])[];
  /** Legs of the tenant that are there, or were lately. */
  readonly legIds: readonly string[];
  /** Whether the agent is logged in, as far as it knows. */
  readonly isReady: boolean | undefined;
}

/** Undefined: there is nothing to ask for. */
export type Ask = (knowing: Knowing, random: SimRandom) => Members | undefined;

const anyContact: Ask = ({ contactIds }, random) =>
  contactIds.length === 0 ? undefined : { contactId: random.pick(contactIds.slice(-12)) };

function mineOrAny(...states: readonly string[]): Ask {
  return (knowing, random) => {
    const mine = knowing.mine(...states);
    return mine.length > 0 && random.chance(0.9) ? { contactId: random.pick(mine) } : anyContact(knowing, random);
  };
}

/** By a name, by an id, by a contact of theirs, or by both. */
function whoseTimeline(knowing: Knowing, random: SimRandom): Members | undefined {
  const contact = mineOrAny('connected', 'ringing')(knowing, random);
  if (contact !== undefined && random.chance(0.5)) return contact;
  const named = random.chance(0.5) ? { identity: anyName(random) } : { customerId: `c${random.whole(1, 5)}` };
  return random.chance(0.2) ? { ...named, ...contact } : named;
}

/** One in service, or whoever was asked about it. */
const ofEither: Ask = (knowing, random) => {
  if (knowing.asking.length > 0 && random.chance(0.7)) return { contactId: random.pick(random.pick(knowing.asking)) };
  const of = mineOrAny('connected')(knowing, random);
  return of && { contactId: `${String(of.contactId)}${random.pick(['', '', '.consult', '.consult2'])}` };
};

/** Only calls that a switch holds with a leg can be listened to; the newest are the likeliest to be connected. */
const supervised: Ask = (knowing, random) => {
  const calls = knowing.contactIds.filter((contactId) => contactId.includes('.call')).slice(-3);
  return calls.length > 0 && random.chance(0.9) ? { contactId: random.pick(calls) } : anyContact(knowing, random);
};

/** Agents may leave out who they are; all others may not. */
const ofAgent: Ask = ({ who, setting }, random) => {
  if (who.role === 'agent') return random.chance(0.5) ? {} : { agentId: who.sub };
  return { agentId: random.pick(setting.agents).agentId };
};

function withAgent(more: (random: SimRandom) => Members): Ask {
  return (knowing, random) => ({ ...ofAgent(knowing, random), ...more(random) });
}

const queueId = ({ setting }: Knowing, random: SimRandom) => random.pick(setting.queues).queueId;

function wishes(random: SimRandom): Members {
  return {
    ...(random.chance(0.3) && { requires: { all: [{ skill: random.pick(skillNames), level: random.whole(1, 6) }] } }),
    ...(random.chance(0.15) && { prefers: [{ skill: random.pick(skillNames) }] }),
    ...(random.chance(0.3) && { attributes: { note: `${personal} ${random.whole(1, 1e6)};` } }),
  };
}

function rank(random: SimRandom): Members {
  return {
    ...(random.chance(0.3) && { priority: random.whole(-5, 9) }),
    ...(random.chance(0.1) && { waitCreditMs: random.whole(0, 5_000) }),
  };
}

const identity = (random: SimRandom) => ({ scheme: 'email', value: `${personal}.${random.whole(1, 6)}@example.org` });

/** Of another kind, so that one person comes by several names. */
const otherName = (random: SimRandom) => ({ scheme: 'tel', value: `+49301${random.whole(100_000, 100_003)}` });
/** Of which a customer has one: two who have another each are not taken for one. */
const ownNumber = (random: SimRandom) => ({ scheme: 'customerNumber', value: String(random.whole(1, 3)) });
const anyName = (random: SimRandom) => random.pick([identity, identity, otherName, otherName, ownNumber])(random);
const verified = (random: SimRandom) => ({ verifiedIdentities: [identity(random), otherName(random)] });

const created: Ask = (knowing, random) => (random.chance(0.05) ? callOfLine(knowing, random) : call(knowing, random));

/** At the number of a line: most have none, or nobody who is logged in. */
function callOfLine(knowing: Knowing, random: SimRandom): Members {
  return {
    contactId: `${knowing.who.tenant}-c${knowing.stepId}`,
    entry: numberOfLeft(random.pick(knowing.setting.agents).agentId),
    channel: 'voice',
    from: `${personal} +49${random.whole(1e6, 9e6)}`,
    ...(random.chance(0.8) && {
      direct: { waitMs: random.pick([200, 900, 3_000]), orElse: random.pick(['queue', 'end', 'end']) },
    }),
  };
}

const call: Ask = (knowing, random) => ({
  contactId: `${knowing.who.tenant}-c${knowing.stepId}`,
  ...(knowing.setting.queuesHaveExits && random.chance(0.15)
    ? { entry: entry(random) }
    : { queueId: queueId(knowing, random) }),
  channel: random.pick(['voice', 'voice', 'chat']),
  from: random.chance(0.3) ? `+4930${random.whole(10_000, 10_009)}` : `${personal} +49${random.whole(1e6, 9e6)}`,
  ...wishes(random),
  ...(knowing.who.role !== 'customer' && {
    ...rank(random),
    ...(random.chance(0.4) && { identity: random.chance(0.85) ? identity(random) : otherName(random) }),
    ...(random.chance(0.03) && verified(random)),
    ...(random.chance(0.05) && { businessId: `b${random.whole(1, 3)}` }),
  }),
  ...(random.chance(0.3) && { recordingConsent: random.chance(0.8) }),
  ...(knowing.moveTokens.length > 0 && random.chance(0.3) && { moveToken: random.pick(knowing.moveTokens) }),
  ...(knowing.who.role !== 'customer' && random.chance(0.4) && calledAs(knowing, random)),
  ...(random.chance(0.15)
    ? {
        agentId: random.pick(knowing.setting.agents).agentId,
        ...(random.chance(0.5) && {
          direct: { waitMs: random.pick([0, 200, 900]), orElse: random.pick(['queue', 'end']) },
        }),
      }
    : random.chance(0.15)
      ? { excludes: [random.pick(knowing.setting.agents).agentId] }
      : random.chance(0.15) && { choose: true }),
});

/** Whose contacts come in a dozen steps, and who do not come again: those are over when somebody is to erase them. */
const leaver = (stepId: number) => ({
  scheme: 'email',
  value: `${personal}.leaves${Math.floor(stepId / 10)}@example.org`,
});

const erase: Ask = ({ setting, stepId, contactIds }, random) => {
  const brought = contactIds.flatMap((contactId) => /-c(\d+)$/.exec(contactId)?.[1] ?? []);
  // Mostly of those who came first: theirs may be over.
  const older = brought.slice(0, Math.ceil(brought.length / 2));
  const left = () => leaver(older.length > 0 ? Number(random.pick(older)) : Math.max(0, stepId - 10));
  const which = setting.erases
    ? random.pick([{ identity: left() }, { identity: left() }, { identity: anyName(random) }, customerId(random)])
    : { customerId: `c${random.whole(90_000, 90_003)}` };
  return { ...which, ...(random.chance(0.7) && { leaveBalance: true }) };
};

/** Who asks for an agent excludes nobody and chooses nobody, and who names a queue has come by no entry. */
export const create: Ask = (knowing, random) => {
  const asked = { ...(created(knowing, random) as Members), ...leaving(knowing) };
  const price = paid(knowing);
  if (price.quoteId === undefined) return asked;
  const { entry: _, excludes: __, choose: ___, agentId: ____, direct, ...common } = asked;
  return { queueId: queueId(knowing, random), ...common, ...(price.agentId !== undefined && { direct }), ...price };
};

/** By a stream of its own, where somebody is erased. */
export function leaving({ setting, stepId, who }: Knowing): Members {
  const random = randomOf(setting.seed, `leaves ${stepId}`);
  if (!setting.erases || who.role === 'customer' || random.chance(0.4)) return {};
  return random.chance(0.1) ? { from: otherName(random).value } : { identity: leaver(stepId) };
}

/** With a number that was handed over, or with a guess: as the contact says, or as SIP does. */
function calledAs({ handedOver }: Knowing, random: SimRandom): Members {
  const guess = `900${random.whole(1, 3)}${String(random.whole(0, 999)).padStart(3, '0')}`;
  const number = handedOver.length > 0 && random.chance(0.85) ? random.pick(handedOver) : guess;
  if (random.chance(0.5)) return { originalCalled: number };
  if (random.chance(0.5)) return { sip: { diversion: [`<sip:4000@b>;privacy=full`, `<tel:+${number}>`] } };
  return {
    sip: { historyInfo: `<sip:4000@b>;index=1.1;mp=1, <sip:${number}@a${random.chance(0.1) ? '' : '>'};index=1` },
  };
}

const platformIds = ['p1', 'p2', 'p3'];

function platformSet(random: SimRandom): Members {
  const platformId = random.pick(platformIds);
  return {
    platformId,
    accessId: `900${platformId[1]}`,
    ...(random.chance(0.3) && { name: `${personal} hotel` }),
    ...(random.chance(0.5) && { handoverMs: random.pick([1_000, 5_000, 60_000]) }),
    ...(random.chance(0.6) && {
      fetch: {
        url: 'https://platform.example/caller',
        secret: `whsec_${Buffer.alloc(24).toString('base64')}`,
        timeoutMs: random.pick([100, 1_000]),
        lateMs: random.pick([0, 2_000]),
        attributes: [{ name: 'asked', from: '/asked' }],
      },
    }),
  };
}

/** Another policy or capacity for what is there, now and then something new. */
function queueSet(knowing: Knowing, random: SimRandom): Members {
  const { queueId: known, channels } = random.pick(knowing.setting.queues);
  const callsBack = random.chance(0.7);
  const takesMessages = random.chance(0.5);
  return {
    queueId: random.chance(0.8) ? known : 'extra',
    channels: random.chance(0.9) ? channels : ['voice', 'email'],
    offerMs: random.pick([250, 800, 2_000]),
    wrapUpMs: random.pick([0, 0, 400, 1_500]),
    wrapUpTakes: knowing.setting.wrapUpTakes,
    afterRejectMs: random.pick([0, 300]),
    afterMissMs: random.pick([0, 0, 300]),
    afterBusyMs: 300,
    ...(random.chance(0.15) && { autoAnswer: true }),
    ...(random.chance(0.4) && { whenLegLost: 'queue' }),
    ...selecting(random),
    ...idleRestarts(knowing),
    ring: { together: random.pick([2, 3]), everyMs: random.pick([50, 300]) },
    order: random.pick(['priority', 'firstCome']),
    ageingPerSecond: random.pick([0, 1, 2.5]),
    ...(random.chance(0.1) && { maxWaiting: random.whole(0, 3) }),
    ...(random.chance(0.4) && { affinity: affinityPolicy(random) }),
    ...(random.chance(0.4) && {
      ratings: {
        ...(random.chance(0.5) && { fromGrade: random.pick([0, 400, 600]) }),
        creditMs: random.pick([0, 10_000]),
        declines: random.pick(['rest', 'goOn']),
      },
    }),
    ...(callsBack && { callback: callbackPolicy(random) }),
    ...(takesMessages && { voicemail: voicemailPolicy(random) }),
    ...limits(knowing, random, known, { callsBack, takesMessages }),
  };
}

/** From a stream of its own, so that the other draws of a seed stay what they were. */
function idleRestarts({ setting, stepId }: Knowing): Members {
  const random = randomOf(setting.seed, `idle ${stepId}`);
  if (random.chance(0.5)) return {};
  return { idleRestartsOn: Object.keys(idleEvents).filter(() => random.chance(0.5)) };
}

/** Whom it knows, waits for, and for how long. */
export const affinityPolicy = (random: SimRandom): Members => ({
  source: random.pick(['lastAgent', 'lastAgent', 'bestRating', 'set']),
  waitMs: random.pick([0, 300, 1_500]),
  ...random.pick([
    { waits: 'agentOnly', orElse: 'queue' },
    { waits: 'both', orElse: 'queue' },
    { waits: 'agentOnly', orElse: 'end' },
  ]),
  ...(random.chance(0.3) && { expiresAfterMs: random.pick([500, 5_000]) }),
});

const customerId = (random: SimRandom) => ({ customerId: `c${random.whole(1, 5)}` });

const voicemailPolicy = (random: SimRandom): Members => ({
  recordMs: random.pick([1_000, 3_000]),
  ...(random.chance(0.3) && { prompt: 'sorry' }),
  ...(random.chance(0.3) && { queueId: random.pick(['sales', 'support']) }),
});

const callbackPolicy = (random: SimRandom): Members => ({
  first: random.pick(['agent', 'agent', 'customer']),
  attempts: random.whole(1, 3),
  spacingMs: random.pick([1_000, 3_000]),
  ringMs: random.pick([1_000, 2_000]),
  ...(random.chance(0.3) && { offerAfterMs: random.pick([0, 500]) }),
});

/** When contacts leave the queue, and for where: to another one, in circles too, or to their end. */
function limits(
  { setting }: Knowing,
  random: SimRandom,
  own: string,
  { callsBack, takesMessages }: { readonly callsBack: boolean; readonly takesMessages: boolean },
): Members {
  if (!setting.queuesHaveExits) return {};
  const exit = () => {
    const others = setting.queues.filter(({ queueId }) => queueId !== own);
    // Where the policy says how customers are called back.
    if (callsBack && random.chance(0.3)) return 'callback';
    if (takesMessages && random.chance(0.4)) return 'voicemail';
    if (random.chance(0.15)) return { flow: random.pick(['back', 'back', `to.${random.pick(others).queueId}`]) };
    return random.chance(0.6) ? { queue: random.pick(others).queueId } : 'end';
  };
  return {
    ...steps(random, exit, () => random.pick(setting.queues.filter(({ queueId }) => queueId !== own)).queueId),
    ...(random.chance(0.3) && { maxWaitMs: random.pick([300, 1_500, 6_000]) }),
    ...(random.chance(0.5) && { whenTimedOut: exit() }),
    ...(random.chance(0.2) && ageing(random)),
    ...(random.chance(0.25) && { offersMax: random.pick([1, 2, 4]) }),
    ...(random.chance(0.3) && { whenUnanswered: exit() }),
    ...(random.chance(0.5) && { whenFull: exit() }),
    ...(random.chance(0.2) && { whenNobody: exit() }),
    ...(random.chance(0.1) && { joinWhenNobody: random.chance(0.5) }),
    ...(random.chance(0.1) && { whenNobodyReady: exit() }),
    // Nothing serves this flow.
    ...(random.chance(0.2) && { whenClosed: random.chance(0.1) ? { flow: 'menu' } : exit() }),
    ...(random.chance(0.2) && { closingEmpties: true }),
    ...(random.chance(0.15) && { calendarId: 'hours' }),
    ...(random.chance(0.3) && { resumeWithinMs: random.pick([500, 5_000]) }),
    ...(random.chance(0.4) && { announceEveryMs: random.pick([5_000, 6_000]) }),
  };
}

/** Ageing that ends, or goes in steps. */
function ageing(random: SimRandom): Members {
  if (random.chance(0.5)) return { ageingPerSecond: 1, ageingCap: random.pick([1, 5]) };
  const ages = random.pick([[400], [200, 900], [300, 301, 2_000]]);
  return { ageingPerSecond: 0, ageingSteps: ages.map((afterMs, at) => ({ afterMs, priority: 2 * at + 1 })) };
}

/** What makes contacts easier to serve as they get older, and what follows. */
function steps(random: SimRandom, exit: () => unknown, queue: () => string): Members {
  if (random.chance(0.6)) return {};
  const ages = random.pick([[400], [200, 900], [300, 301, 2_000]]);
  const groups = random.chance(0.2) ? ['english'] : undefined;
  return {
    ...(groups !== undefined && { groups }),
    steps: ages.map((afterMs) => ({
      afterMs,
      ...random.pick([
        { drop: random.pick(skillNames) },
        { lower: { skill: random.pick(skillNames), level: random.whole(1, 4) } },
        { priority: random.whole(1, 20) },
        { drop: random.pick(skillNames), priority: 3 },
        { queue: queue() },
        ...(groups === undefined ? [] : [{ group: 'german' }]),
      ]),
    })),
    ...(random.chance(0.5) && { whenExhausted: exit(), exhaustedAfterMs: random.pick([0, 700]) }),
  };
}

function hoursOfDay(random: SimRandom): { from: string; to: string } {
  const clock = (hour: number) => `${String(hour).padStart(2, '0')}:00`;
  const from = random.whole(0, 20);
  return { from: clock(from), to: clock(random.whole(from + 1, 24)) };
}

function agentSet(knowing: Knowing, random: SimRandom): Members {
  const { agentId } = random.pick(knowing.setting.agents);
  return {
    agentId: random.chance(0.8) ? agentId : 'temp',
    name: `${personal} agent`,
    capacity: random.pick([
      { voice: 1 },
      { voice: 1, chat: 1 },
      { voice: 2, chat: 3, total: 4 },
      { voice: 1, chat: 2 },
    ]),
    skills: { english: random.whole(1, 9), ...(random.chance(0.5) && { german: random.whole(1, 9) }) },
    ...(random.chance(0.2) && { wrapUpMs: random.pick([0, 500]) }),
  };
}

/** What other modules set up: often left out, which a complete document means, too. */
function others(knowing: Knowing, random: SimRandom): Members {
  return {
    ...(random.chance(0.4) && { switches: [{ switchId: switchId(random), graceMs: random.pick([300, 30_000]) }] }),
    ...(random.chance(0.4) && { webhooks: [webhook(random, random.chance(0.7))] }),
    ...(random.chance(0.4) && { alerts: [alert(knowing, random)] }),
    // An administrator's alone; mostly there, so that callers are handed over all the while.
    ...(knowing.who.role === 'admin' && random.chance(0.8) && platformsInDocument(random)),
  };
}

/** With secrets or without. */
function platformsInDocument(random: SimRandom): Members {
  const { fetch, ...platform } = platformSet(random);
  const { secret: _, ...unsigned } = (fetch ?? {}) as Members;
  const given = fetch === undefined ? {} : { fetch: random.chance(0.6) ? fetch : unsigned };
  return {
    numberPlans: [{ planId: 'north', range: { prefix: '900' }, accessIdLength: 4, serialLength: 3 }],
    platforms: [{ ...platform, ...given }],
  };
}

/** A document may leave the secret out. */
const webhook = (random: SimRandom, withSecret: boolean): Members => ({
  webhookId: random.pick(['crm', 'spare']),
  url: 'https://crm.example/hook',
  events: random.pick([
    ['contact.finished'],
    [
      'rating.given',
      'alert.raised',
      'alert.cleared',
      'contact.finished',
      'customer.linked',
      'customer.split',
      'customer.conflict',
    ],
  ]),
  ...(withSecret && { secret: `whsec_${Buffer.from(personal.padEnd(24, 'x')).toString('base64')}` }),
});

const alert = (knowing: Knowing, random: SimRandom): Members => ({
  alertId: random.pick(['long', 'spare']),
  ...(random.chance(0.8)
    ? {
        queueId: queueId(knowing, random),
        ...random.pick([
          { measure: 'longestWaitMs', above: 500, clearAt: 200 },
          { measure: 'waiting', above: 2, forMs: 300 },
          { measure: 'agentsReady', below: 1 },
        ]),
      }
    : { measure: random.pick(['platformsLeftAlone', 'guessersLimited']), above: 0 }),
});

/** A line of an agent whose line is called `left` may have this number: it is called, dialled and sent to. */
export const numberOfLeft = (agentId: string) => `${lineNumbers}${agentId.slice(1)}`;
export const lineNumbers = '+4930700';

const entry = (random: SimRandom) => `+4930${random.whole(1, 3)}`;

function blockable(random: SimRandom): Members {
  return random.chance(0.5) ? { identity: identity(random) } : { prefix: `${personal} +49${random.whole(1, 4)}` };
}

function tenantSet(random: SimRandom): Members {
  return {
    name: `${personal} ltd`,
    linesPerSeatMax: random.pick([4, 16, 64]),
    ...(random.chance(0.5) && {
      agentLost: {
        afterMs: random.pick([1_000, 5_000]),
        becomes: random.pick(['notReady', 'loggedOut', 'unchanged']),
        ...(random.chance(0.4) && { contacts: random.pick(['stay', 'queue']) }),
      },
    }),
    ...(random.chance(0.8) && { deferredChannels: random.pick([['chat'], ['chat'], ['chat', 'voice'], ['email']]) }),
    ...(random.chance(0.95) && {
      ratings: {
        priorRatings: random.pick([0, 5, 20]),
        chooseWithinMs: random.pick([1_000, 3_000]),
        askByDigits: random.chance(0.6),
        askByText: true,
        textAnswerMs: 2_000,
        ...(random.chance(0.3) && { agentItems: { attitude: { from: 0, to: 9 }, expertise: { to: 5 } } }),
      },
    }),
    ...(random.chance(0.3) && { mobility: { sameCustomer: random.chance(0.7), tokenMs: random.pick([1_000, 5_000]) } }),
    paidContacts: {
      ...(random.chance(0.2) && { quoteMs: 2_000 }),
      ...(random.chance(0.5) && { commissionBasisPoints: 1_500, taxBasisPoints: 1_900 }),
      holdMs: 10_000,
      leastMs: random.pick([0, 1_000]),
      warnMs: random.pick([0, 2_000]),
      graceMs: random.pick([0, 500]),
    },
    ...(random.chance(0.4) && {
      identities: {
        verifiedTogether: random.pick(['report', 'report', 'nothing']),
        ...(random.chance(0.5) && {
          agents: { link: random.pick(['newNames', 'anyName', 'nothing']), verify: random.chance(0.5), settle: true },
        }),
      },
    }),
    attributes: { n: random.whole(1, 1e6) },
  };
}

const login: Ask = (knowing, random) => {
  if (random.chance(0.7)) return ofAgent(knowing, random);
  const agentId = knowing.who.role === 'agent' ? knowing.who.sub : random.pick(knowing.setting.agents).agentId;
  const lines = random.shuffled([
    { lineId: `${agentId}.left`, channel: 'voice', ...(random.chance(0.8) && { number: numberOfLeft(agentId) }) },
    { lineId: random.chance(0.9) ? `${agentId}.right` : 'shared', channel: random.pick(['voice', 'chat']) },
  ]);
  return { ...ofAgent({ ...knowing, who: { ...knowing.who, sub: agentId } }, random), agentId, lines };
};

/** Of the day around when simulated time begins. */
const statistics: Ask = (_, random) => {
  const from = startsAt - (startsAt % 300_000) - 300_000 * random.whole(0, 3);
  return {
    of: random.pick(['queues', 'agents']),
    by: random.pick(['each', 'all']),
    from,
    to: from + 86_400_000,
    intervalMs: random.pick([300_000, 1_800_000, 86_400_000]),
    limit: random.pick([2, 100]),
  };
};

/** Around when simulated time begins: shifts with breaks, and now and then nothing. */
const schedule: Ask = (_, random) => {
  const from = startsAt + random.whole(-60_000, 60_000);
  const to = from + random.whole(1_000, 3_600_000);
  const middle = from + Math.floor((to - from) / 2);
  const activities = [
    { from, to: middle, state: 'working' },
    { from: middle, to, state: 'notReady', ...(random.chance(0.5) && { reason: random.pick(['break', 'desk']) }) },
  ];
  return { agentId: `a${random.whole(0, 5)}`, from, to, activities: activities.slice(0, random.whole(0, 2)) };
};

/** One of each side for each contact, so that there is something to change; an application speaks for every customer. */
const ratingOf = ({ who }: Knowing, contactId: unknown) => `r.${who.role === 'agent' ? who.sub : 'c'}.${contactId}`;
const rating: Ask = (knowing, random) => {
  const which = mineOrAny('wrapUp')(knowing, random);
  return which && { ratingId: ratingOf(knowing, which.contactId) };
};
const ofCustomer = (random: SimRandom) =>
  random.chance(0.7) ? { customerId: `c${random.whole(1, 5)}` } : { visitorId: 'web1' };
/** Now and then outside of the scale, or in what nobody is rated in. */
const rated = ({ who }: Knowing, random: SimRandom): Members => ({
  attitude: random.whole(random.chance(0.95) ? 1 : 0, 5),
  ...(random.chance(0.4) && { [who.role === 'agent' ? 'preparation' : 'expertise']: random.whole(1, 5) }),
  ...(random.chance(0.05) && { shoes: 3 }),
});

/** Who asks for money: an agent mostly for itself. */
const receiver = ({ who, setting }: Knowing, random: SimRandom): Members => {
  if (who.role === 'agent' && random.chance(0.9)) return { agentId: who.sub };
  return random.chance(0.5)
    ? { agentId: random.pick(setting.agents).agentId }
    : { queueId: random.pick(setting.queues).queueId };
};

/** Of rates and quotes by their number, so that contacts ask for whom they are of. */
const receiverOf = ({ setting }: Knowing, which: number): Members =>
  which % 2 === 0
    ? { queueId: setting.queues[which % setting.queues.length]!.queueId }
    : { agentId: setting.agents[which % setting.agents.length]!.agentId };

const documentId = (random: SimRandom) => `doc${random.whole(1, 12)}`;

/** Messages and documents now and then, by a stream of its own. */
function perOf({ setting, stepId }: Knowing): (typeof ratePers)[number] | undefined {
  const random = randomOf(setting.seed, `per ${stepId}`);
  return random.chance(0.6) ? random.pick(['message', 'message', 'message', 'document', ...ratePers]) : undefined;
}

/** At a price that was quoted, from a stream of its own. */
function paid(knowing: Knowing): Members {
  const random = randomOf(knowing.setting.seed, `paid ${knowing.stepId}`);
  if (knowing.who.role === 'customer' || knowing.quotes.length === 0 || random.chance(0.6)) return {};
  // What is written on: messages and documents need more of what comes after than time does.
  const written = knowing.quotes.filter(
    ({ per, channel }) => channel === 'chat' && (per === 'message' || per === 'document'),
  );
  const some = written.length > 0 && random.chance(0.8) ? written : knowing.quotes;
  const { quoteId, receiver: of, channel } = random.pick(some);
  const identity = { scheme: 'email', value: `${personal}.${random.whole(1, 4)}@example.org` };
  const spendMax = random.chance(0.2) && { spendMax: random.pick([50, 300, 2_000]) };
  return { quoteId, channel, identity, ...(of as Members), ...spendMax };
}

const callbackId = (random: SimRandom) => ({ callbackId: `back${random.whole(0, 23)}` });

/** In place of a contact that waits, or without one; now and then under an id that has been used. */
const callback: Ask = (knowing, random) => {
  const { who, stepId } = knowing;
  const instead = random.chance(0.7) ? mineOrAny('waiting', 'ringing', 'waitingFor')(knowing, random) : undefined;
  const isCustomer = who.role === 'customer';
  if (isCustomer && instead === undefined) return undefined;
  return {
    callbackId: random.chance(0.9) ? `back${stepId % 24}` : callbackId(random).callbackId,
    ...(instead ?? { queueId: queueId(knowing, random) }),
    ...(!isCustomer && { number: `+4930${random.whole(10_000, 99_999)}` }),
    ...(!isCustomer && random.chance(0.3) && { identity: identity(random) }),
    ...(random.chance(0.3) && { at: startsAt + random.whole(0, 20_000) }),
    ...(!isCustomer && wishes(random)),
  };
};

const switchId = (random: SimRandom) => random.pick(['sw1', 'sw2', 'spare']);
/** One's own or another's, alive, over or never there. */
const legId = ({ legIds }: Knowing, random: SimRandom) =>
  legIds.length > 0 && random.chance(0.8) ? random.pick(legIds) : `leg:${random.whole(1, 40)}.1`;

function target(knowing: Knowing, random: SimRandom): Members {
  return random.chance(0.25) ? { number: numberToDial(knowing, random) } : inside(knowing, random);
}

function numberToDial({ setting }: Knowing, random: SimRandom): string {
  return random.chance(0.1) ? numberOfLeft(random.pick(setting.agents).agentId) : `+4930${random.whole(1, 3)}00`;
}

/** Somebody here. */
function inside(knowing: Knowing, random: SimRandom): Members {
  if (random.chance(0.5)) return { queueId: queueId(knowing, random) };
  const { agentId } = random.pick(knowing.setting.agents);
  return random.chance(0.9) ? { agentId } : { lineId: `${agentId}.voice.1` };
}

export const workload: Readonly<Record<MethodName, Ask>> = {
  // A second one on an open session, which is refused; the first of each session is the client's.
  'session.open': () => ({}),
  'session.ping': () => ({}),
  'rpc.discover': () => ({}),
  'tenant.set': (_, random) => tenantSet(random),
  'tenant.get': () => ({}),
  'config.apply': (knowing, random) => {
    const { setting } = knowing;
    const queue = queueSet(knowing, random);
    const agent = agentSet(knowing, random);
    // A complete one names who is there from the beginning: else nobody would be left to work. What somebody added goes.
    const complete = random.chance(0.4);
    const queues = complete ? setting.queues.filter(({ queueId }) => queueId !== queue.queueId) : [];
    const agents = complete ? setting.agents.filter(({ agentId }) => agentId !== agent.agentId) : [];
    return {
      document: {
        version: 1,
        ...(complete && { complete }),
        ...(random.chance(0.3) && { tenant: tenantSet(random) }),
        queues: [...queues, queue],
        agents: [...agents, agent],
        ...others(knowing, random),
      },
      ...(random.chance(0.2) && { dryRun: true }),
    };
  },
  'config.export': () => ({}),
  'queue.set': queueSet,
  'queue.get': (knowing, random) => ({ queueId: queueId(knowing, random) }),
  'queue.list': (_, random) => ({ limit: random.pick([1, 100]) }),
  'queue.remove': () => ({ queueId: 'extra' }),
  'queue.estimate': (knowing, random) => ({
    queueId: queueId(knowing, random),
    ...(random.chance(0.5) && { requires: { all: [{ skill: 'german', level: 3 }] } }),
  }),
  'queue.open': (knowing, random) => ({ queueId: queueId(knowing, random) }),
  'queue.close': (knowing, random) => ({
    queueId: random.chance(0.6) ? queueId(knowing, random) : 'extra',
    reason: `${personal} says so`,
    ...(knowing.setting.queuesHaveExits && random.chance(0.5) && { waiting: random.pick(['stay', 'leave']) }),
  }),
  'calendar.set': (_, random) => ({
    calendarId: 'hours',
    timeZone: random.pick(['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu']),
    weekly: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], ...hoursOfDay(random) }],
    ...(random.chance(0.3) && { holidays: [{ date: '2026-01-06', hours: [hoursOfDay(random)] }] }),
  }),
  'calendar.get': () => ({ calendarId: 'hours' }),
  'calendar.list': (_, random) => ({ limit: random.pick([1, 100]) }),
  'calendar.remove': () => ({ calendarId: 'hours' }),
  'entry.set': (knowing, random) => ({ entry: entry(random), queueId: queueId(knowing, random) }),
  'entry.get': (_, random) => ({ entry: entry(random) }),
  'entry.list': (_, random) => ({ limit: random.pick([1, 100]) }),
  'entry.remove': (_, random) => ({ entry: entry(random) }),
  'caller.block': (_, random) => ({
    ...blockable(random),
    ...(random.chance(0.5) && { reason: `${personal} was rude` }),
    ...(random.chance(0.7) && { expiresAt: random.whole(1, 4_000_000_000_000) }),
  }),
  'caller.unblock': (_, random) => blockable(random),
  'caller.list': (_, random) => ({ limit: random.pick([1, 100]) }),
  'agent.set': agentSet,
  'agent.get': ofAgent,
  'agent.list': (_, random) => ({ limit: random.pick([2, 100]) }),
  'agent.remove': () => ({ agentId: 'temp' }),
  'agent.login': login,
  'agent.logout': withAgent((random) => ({ when: random.pick(['now', 'idle']) })),
  'agent.ready': withAgent((random) => (random.chance(0.1) ? { channels: ['voice'] } : {})),
  'agent.notReady': withAgent((random) => ({ reason: random.pick(['break', 'desk']) })),
  'agent.schedule': schedule,
  'agent.planned': (knowing, random) => ({ ...ofAgent(knowing, random), from: startsAt - 60_000 }),
  'agent.adherence': (_, random) => ({ limit: random.pick([1, 100]) }),
  'agent.force': (_, random) => ({
    agentId: `a${random.whole(0, 5)}`,
    state: random.pick(['ready', 'notReady', 'loggedOut']),
    ...(random.chance(0.3) && { reason: 'meeting' }),
  }),
  'contact.dial': (knowing, random) => {
    const { who, setting, stepId } = knowing;
    const agentId = who.role === 'agent' && random.chance(0.95) ? who.sub : random.pick(setting.agents).agentId;
    const lines = ['voice.1', 'voice.1', 'voice.2', 'chat.1', 'chat.2', 'left', 'right'];
    return {
      contactId: `${who.tenant}-c${stepId}`,
      lineId: `${agentId}.${random.pick(lines)}`,
      to: random.chance(0.6) ? { number: numberToDial(knowing, random) } : inside(knowing, random),
      ...(random.chance(0.3) && { queueId: queueId(knowing, random) }),
      ...(random.chance(0.5) && { waitMs: random.pick([1, 300, 2_000]) }),
      ...(random.chance(0.3) && { identity: identity(random) }),
    };
  },
  'contact.consult': (knowing, random) => {
    const of = mineOrAny('connected')(knowing, random);
    return (
      of && {
        ...of,
        to: random.chance(0.2) ? { number: numberToDial(knowing, random) } : target(knowing, random),
        ...(random.chance(0.5) && { waitMs: random.pick([0, 300, 2_000]) }),
      }
    );
  },
  'contact.conference': mineOrAny('connected'),
  'contact.transfer': (knowing, random) => {
    const [asking] = knowing.asking;
    if (asking !== undefined && random.chance(0.5)) return { contactId: asking[1], mode: 'attended' };
    const of = mineOrAny('connected')(knowing, random);
    if (random.chance(0.4)) return of && { ...of, mode: 'attended' };
    return (
      of && {
        ...of,
        to: target(knowing, random),
        ...(random.chance(0.5) && { waitMs: random.pick([0, 300, 2_000]) }),
        ...(random.chance(0.4) && { backMs: random.pick([0, 500]) }),
      }
    );
  },
  'contact.park': (knowing, random) => {
    const of = mineOrAny('connected', 'connected', 'parked')(knowing, random);
    return (
      of && {
        ...of,
        ...(random.chance(0.8) && { dueAt: knowing.now + random.pick([-1_000, 300, 2_000, 10_000]) }),
        ...(random.chance(0.5) && { waitMs: random.pick([0, 300]) }),
      }
    );
  },
  'contact.unpark': (knowing, random) => {
    const of = mineOrAny('parked')(knowing, random);
    const goesOn = random.chance(0.4) && { to: target(knowing, random) };
    return of && { ...of, ...goesOn, ...(random.chance(0.3) && { waitMs: random.pick([0, 500]) }) };
  },
  'contact.takeOver': (knowing, random) => {
    const of = anyContact(knowing, random);
    return of && { ...of, agentId: random.pick(knowing.setting.agents).agentId };
  },
  'supervisor.move': (knowing, random) => {
    const of = anyContact(knowing, random);
    return of && { ...of, to: target(knowing, random), ...(random.chance(0.3) && { waitMs: random.pick([0, 500]) }) };
  },
  'agent.setOneRinging': withAgent((random) => ({ on: random.chance(0.5) })),
  'line.list': ofAgent,
  'line.switch': (knowing, random) => {
    const { agentId } =
      knowing.who.role === 'agent' ? { agentId: knowing.who.sub } : random.pick(knowing.setting.agents);
    const line = () =>
      `${agentId}.${random.pick(['voice.1', 'voice.1', 'voice.2', 'chat.1', 'chat.1', 'left', 'right'])}`;
    return { agentId, lineId: line(), ...(random.chance(0.1) && { fromLineId: line() }) };
  },
  'contact.create': create,
  'contact.moveToken': mineOrAny('connected'),
  'contact.send': (knowing, random) => {
    const which = mineOrAny('waiting', 'connected', 'connected', 'wrapUp')(knowing, random);
    const text = random.chance(0.5) ? ` ${random.whole(1, 5)} ` : `${personal} text\n${knowing.stepId};`;
    // Now and then under an id that has been used.
    const messageId = `m${knowing.who.sub}.${knowing.stepId - (random.chance(0.05) ? random.whole(0, 20) : 0)}`;
    const aside = knowing.who.role === 'supervisor' && random.chance(0.5);
    return which && { ...which, messageId, message: { text }, ...(aside && { toAgent: true }) };
  },
  'contact.messages': (knowing, random) => {
    const which = mineOrAny('waiting', 'connected')(knowing, random);
    return (
      which && { ...which, ...(random.chance(0.3) && { after: random.whole(0, 5), limit: random.pick([1, 200]) }) }
    );
  },
  'contact.signal': (knowing, random) => {
    const which = mineOrAny('connected')(knowing, random);
    const data = random.chance(0.8) && { data: { candidate: `${personal} candidate ${knowing.stepId};` } };
    const received = (data === false || random.chance(0.5)) && { received: random.whole(0, 10) };
    return which && { ...which, ...data, ...received };
  },
  'contact.signals': mineOrAny('connected'),
  'message.erase': (knowing, random) =>
    random.chance(0.5) ? ofCustomer(random) : mineOrAny('connected', 'wrapUp')(knowing, random),
  'contact.update': (knowing, random) => {
    const which = mineOrAny('waiting', 'ringing', 'waitingFor')(knowing, random);
    return which && { ...which, ...wishes(random), ...rank(random) };
  },
  'contact.cancel': mineOrAny('waiting', 'ringing', 'waitingFor'),
  'contact.end': (knowing, random) => {
    const which = mineOrAny('connected')(knowing, random);
    const says = knowing.who.role !== 'agent' && knowing.who.role !== 'customer' && random.chance(0.3);
    return which && { ...which, ...(says && { by: random.pick(['customer', 'agent', 'application']) }) };
  },
  'contact.hold': ofEither,
  'contact.resume': ofEither,
  'contact.recording': (knowing, random) => {
    const which = mineOrAny('connected')(knowing, random);
    const says = random.chance(0.5) && { consent: random.chance(0.8) };
    const recording = knowing.who.role !== 'switch' && { recording: random.pick(recordingStates) };
    return which && { ...which, ...recording, ...says };
  },
  'supervisor.listen': supervised,
  'supervisor.whisper': supervised,
  'supervisor.barge': supervised,
  'supervisor.stop': supervised,
  'contact.digits': (knowing, random) => {
    const which = mineOrAny('connected')(knowing, random);
    return which && { ...which, digits: random.pick(['1', '*23#', '4711']) };
  },
  'contact.gather': (knowing, random) => {
    const which = mineOrAny('waiting', 'connected')(knowing, random);
    return which && { ...which, digits: random.whole(1, 6), timeoutMs: random.pick([200, 2_000]) };
  },
  'leg.digits': (knowing, random) => ({
    legId: legId(knowing, random),
    digits: random.pick(['1', '99#']),
    ...(random.chance(0.3) && { ends: random.pick(gatherEnds) }),
  }),
  'leg.recorded': (knowing, random) => ({
    legId: legId(knowing, random),
    ends: random.pick(messageEnds),
    ...(random.chance(0.7) && { recording: `${personal} message`, recordedMs: random.whole(0, 5_000) }),
  }),
  'contact.wrapUpDone': (knowing, random) => {
    const which = mineOrAny('wrapUp')(knowing, random);
    const said = { disposition: `d${knowing.stepId}`, notes: `${personal} notes ${knowing.stepId};` };
    return which && { ...which, ...(random.chance(0.6) && said) };
  },
  'contact.wrapUpExtend': (knowing, random) => {
    const which = mineOrAny('wrapUp')(knowing, random);
    return which && { ...which, byMs: random.pick([200, 1_000, 604_800_000]) };
  },
  'contact.get': mineOrAny('waiting', 'connected'),
  'contact.explain': mineOrAny('waiting', 'connected'),
  'contact.list': (_, random) => ({
    ...(random.chance(0.3) && { state: random.pick(['waiting', 'ringing', 'connected', 'parked', 'ended']) }),
    limit: random.pick([2, 100]),
  }),
  'callback.request': callback,
  'callback.get': (_, random) => callbackId(random),
  'callback.list': (knowing, random) => ({
    ...(random.chance(0.3) && { queueId: queueId(knowing, random) }),
    ...(random.chance(0.3) && { state: random.pick(callbackStates) }),
    limit: random.pick([2, 100]),
  }),
  'callback.cancel': (_, random) => callbackId(random),
  'switch.set': (_, random) => ({
    switchId: switchId(random),
    graceMs: random.pick([300, 1_000, 30_000]),
    ...(random.chance(0.5) && { weight: random.pick([0, 1, 5]) }),
  }),
  'switch.get': (_, random) => ({ switchId: switchId(random) }),
  'switch.list': (_, random) => ({ limit: random.pick([1, 100]) }),
  'switch.remove': () => ({ switchId: 'spare' }),
  'switch.drain': (knowing, random) => ({
    on: random.chance(0.5),
    ...(knowing.who.role !== 'switch' && { switchId: switchId(random) }),
  }),
  'switch.report': (knowing, random) => ({
    legs: [{ legId: legId(knowing, random), state: random.pick(reportedLegStates) }],
    complete: random.chance(0.5),
  }),
  'leg.ringing': (knowing, random) => ({ legId: legId(knowing, random) }),
  'leg.answered': (knowing, random) => ({ legId: legId(knowing, random) }),
  'leg.failed': (knowing, random) => ({ legId: legId(knowing, random), cause: random.pick(legCauses) }),
  'leg.ended': (knowing, random) => ({ legId: legId(knowing, random) }),
  'offer.accept': ({ offerIds }, random) => (offerIds.length === 0 ? undefined : { offerId: random.pick(offerIds) }),
  'offer.reject': ({ offerIds }, random) =>
    offerIds.length === 0 ? undefined : { offerId: random.pick(offerIds), reason: 'busy' },
  'customer.resolve': (_, random) => ({
    identity: identity(random),
    ...(random.chance(0.2) && verified(random)),
  }),
  'customer.link': (knowing, random) => ({
    linkId: `l${knowing.stepId}`,
    ...customerId(random),
    identity: anyName(random),
    ...(random.chance(0.5) && { verified: true }),
    ...(random.chance(0.5) && { why: `${personal} says so` }),
  }),
  'customer.merge': (knowing, random) => ({
    linkId: `l${knowing.stepId}`,
    ...customerId(random),
    otherId: customerId(random).customerId,
  }),
  'customer.update': (_, random) => ({
    ...customerId(random),
    attributes: {
      [random.pick(['language', 'language', 'note'])]: random.pick([null, 'de', 'en', personal, personal.repeat(100)]),
    },
  }),
  'customer.erase': erase,
  'customer.erasure': (_, random) => ({ erasureId: `erasure-${random.whole(1, 3)}` }),
  'customer.split': (_, random) => ({ identity: anyName(random) }),
  'customer.conflicts': (_, random) => ({
    limit: random.pick([1, 100]),
    ...(random.chance(0.3) && customerId(random)),
  }),
  'customer.settle': (_, random) => ({
    conflictId: `conflict-${random.whole(1, 3)}`,
    as: random.pick(['same', 'different']),
    why: 'settled',
  }),
  'identityRule.set': (_, random) => ({
    ruleId: random.pick(['r1', 'r2']),
    expression: random.pick([
      'name.verified ? "verified" : ""',
      'attributes.?language.orValue("")',
      'attributes.language',
      'business.exists(b, b.open && b.type == "order") ? "orders" : ""',
      'name.value.size() > 3 ? name.value.substring(0, 4) : ""',
      'name.value.substring(0, 4)',
      'name.nothing',
    ]),
    follows: random.pick(['link', 'link', 'report']),
    ...(random.chance(0.2) && { why: 'so it is' }),
    ...(random.chance(0.1) && { dryRun: true }),
  }),
  'identityRule.list': (_, random) => ({ limit: random.pick([1, 100]) }),
  'identityRule.remove': (_, random) => ({ ruleId: random.pick(['r1', 'r2']) }),
  'business.put': (knowing, random) => {
    const inContact = mineOrAny('connected')(knowing, random);
    const isAgents = knowing.who.role === 'agent';
    if (isAgents && inContact === undefined) return undefined;
    return {
      businessId: `b${random.whole(1, 3)}`,
      ...(isAgents || random.chance(0.2) ? inContact : random.chance(0.8) ? customerId(random) : {}),
      type: random.pick(['order', 'claim']),
      status: random.pick(['new', 'waiting', 'done']),
      ...(random.chance(0.3) && { open: false }),
      ...(random.chance(0.3) && { title: `${personal} wants it` }),
      ...(random.chance(0.3) && { data: { note: personal } }),
    };
  },
  'business.get': (_, random) => ({ businessId: `b${random.whole(1, 3)}` }),
  'business.list': (_, random) => ({
    ...(random.chance(0.5) && customerId(random)),
    ...(random.chance(0.3) && { open: true }),
    limit: random.pick([1, 2, 100]),
  }),
  'business.remove': (_, random) => ({ businessId: `b${random.whole(1, 3)}` }),
  'customer.timeline': (knowing, random) => ({
    ...whoseTimeline(knowing, random),
    limit: random.pick([1, 5, 100]),
    ...(random.chance(0.3) && {
      kinds: random.chance(0.5) ? ['contact', 'voicemail'] : [random.pick(Object.keys(timelineKinds))],
    }),
    ...(random.chance(0.2) && { channels: [random.pick(['voice', 'chat', 'email'])] }),
    ...(random.chance(0.2) && { from: startsAt + random.whole(0, 30_000) }),
    ...(random.chance(0.2) && { to: startsAt + random.whole(0, 60_000) }),
    ...(random.chance(0.1) && { cursor: 'contact.1.1.1' }),
  }),
  'customer.export': (_, random) => ({
    ...random.pick([{ identity: anyName(random) }, { customerId: `c${random.whole(1, 5)}` }]),
    limit: random.pick([1, 100]),
  }),
  'customer.get': (_, random) =>
    random.chance(0.5) ? { identity: anyName(random) } : { customerId: `c${random.whole(1, 5)}` },
  'affinity.set': (knowing, random) => ({
    ...customerId(random),
    agentId: random.pick(knowing.setting.agents).agentId,
    ...(random.chance(0.5) && { queueId: queueId(knowing, random) }),
    ...(random.chance(0.4) && { expiresAt: startsAt + random.whole(0, 30_000) }),
  }),
  'affinity.get': (knowing, random) => ({
    ...customerId(random),
    ...(random.chance(0.7) && { queueId: queueId(knowing, random) }),
  }),
  'affinity.list': (knowing, random) => ({
    ...(random.chance(0.3) && customerId(random)),
    ...(random.chance(0.3) && { agentId: random.pick(knowing.setting.agents).agentId }),
    limit: random.pick([1, 2, 100]),
  }),
  'affinity.remove': (knowing, random) => ({
    ...customerId(random),
    ...(random.chance(0.5) && { queueId: queueId(knowing, random) }),
  }),
  'statistics.query': statistics,
  'statistics.export': statistics,
  'cdr.query': (knowing, random) => ({
    ...(random.chance(0.3) && { queueId: queueId(knowing, random) }),
    limit: random.pick([1, 100]),
  }),
  'cdr.export': (_, random) => ({ format: random.pick(['csv', 'jsonLines']), limit: random.pick([1, 100]) }),
  'webhook.set': (_, random) => webhook(random, true),
  'webhook.get': () => ({ webhookId: 'crm' }),
  'webhook.list': (_, random) => ({ limit: random.pick([1, 100]) }),
  'webhook.remove': () => ({ webhookId: 'spare' }),
  'alert.set': alert,
  'alert.get': () => ({ alertId: 'long' }),
  'alert.list': (_, random) => ({ limit: random.pick([1, 100]) }),
  'alert.remove': () => ({ alertId: 'spare' }),
  'rating.give': (knowing, random) => {
    const which = mineOrAny('wrapUp')(knowing, random);
    return which && { ...which, ratingId: ratingOf(knowing, which.contactId), items: rated(knowing, random) };
  },
  'rating.change': (knowing, random) => {
    const which = rating(knowing, random);
    return which && { ...which, items: rated(knowing, random) };
  },
  'rating.remove': rating,
  'rating.list': (knowing, random) => ({
    ...(knowing.who.role === 'app' && random.chance(0.3) && ofCustomer(random)),
    limit: random.pick([2, 100]),
  }),
  'rating.grade': (knowing, random) =>
    knowing.who.role === 'agent' || random.chance(0.5)
      ? { agentId: knowing.who.role === 'agent' ? knowing.who.sub : random.pick(knowing.setting.agents).agentId }
      : ofCustomer(random),
  'rating.erase': (_, random) => ofCustomer(random),
  'candidate.list': (knowing, random) => {
    const which = mineOrAny('waiting')(knowing, random);
    return (
      which && {
        ...which,
        ...(random.chance(0.3) && { by: random.pick(['overall', 'expertise']) }),
        ...(random.chance(0.3) && { servedMe: true }),
      }
    );
  },
  'candidate.choose': (knowing, random) => {
    const which = mineOrAny('waiting')(knowing, random);
    const agentId = random.pick(knowing.setting.agents).agentId;
    return which && { ...which, agentId, ...(random.chance(0.5) && { waitMs: random.pick([0, 300, 2_000]) }) };
  },
  'rate.publish': (knowing, random) => {
    const which = random.whole(1, 8);
    return {
      rateId: `rate${which}`,
      receiver: random.chance(0.95) ? receiverOf(knowing, which) : receiver(knowing, random),
      per: perOf(knowing) ?? random.pick(['minute', 'minute', 'startedMinute', 'session']),
      price: { amount: random.pick([0, 99, 600]), currency: random.pick(['EUR', 'EUR', 'EUR', 'JPY']) },
      ...(random.chance(0.2) && { minimum: 20 }),
    };
  },
  'rate.withdraw': (_, random) => ({ rateId: `rate${random.whole(1, 8)}` }),
  'rate.list': (knowing, random) => ({
    ...(random.chance(0.3) && { receiver: receiver(knowing, random) }),
    limit: random.pick([1, 2, 100]),
  }),
  'document.hand': (knowing, random) => {
    const sold = knowing.mine('connected', 'wrapUp').filter((contactId) => knowing.paidPer(contactId) !== undefined);
    const which = sold.length > 0 ? { contactId: random.pick(sold) } : mineOrAny('connected')(knowing, random);
    const inline = random.chance(0.7);
    return (
      which && {
        ...which,
        documentId: documentId(random),
        title: `${personal} ${random.whole(1, 3)}`,
        mediaType: 'text/plain',
        ...(inline && { content: Buffer.from(`${personal} ${knowing.stepId};`).toString('base64') }),
        ...(!inline && { reference: `https://files.example/${knowing.stepId}` }),
        ...(random.chance(0.5) && { price: { amount: random.pick([0, 40, 99]), currency: 'EUR' } }),
        ...(random.chance(0.3) && { validMs: random.pick([1_000, 5_000]) }),
      }
    );
  },
  'document.collect': ({ offeredDocuments }, random) => ({
    documentId: offeredDocuments.length > 0 && random.chance(0.8) ? random.pick(offeredDocuments) : documentId(random),
  }),
  'document.withdraw': (_, random) => ({ documentId: documentId(random) }),
  'document.list': (_, random) => ({
    ...(random.chance(0.2) && { state: random.pick(['offered', 'collected', 'expired']) }),
    limit: random.pick([1, 100]),
  }),
  'receipt.list': (knowing, random) => ({
    ...(knowing.who.role === 'app' && random.chance(0.3) && { agentId: random.pick(knowing.setting.agents).agentId }),
    limit: random.pick([1, 100]),
  }),
  'quote.request': (knowing, random) => {
    const which = random.whole(1, 8);
    const isOwn = knowing.who.role === 'agent' && random.chance(0.9);
    const isAnybodys = knowing.who.role !== 'agent' && random.chance(0.6);
    return {
      quoteId: `quote${which}`,
      ...(!isAnybodys && { receiver: isOwn ? { agentId: knowing.who.sub } : receiverOf(knowing, which) }),
      channel: randomOf(knowing.setting.seed, `quoted ${knowing.stepId}`).pick(['voice', 'chat']),
    };
  },
  'customer.served': (knowing, random) => ({ ...ofAgent(knowing, random), limit: random.pick([2, 100]) }),
  'numberPlan.set': (_, random) => ({
    planId: random.chance(0.9) ? 'north' : 'south',
    range: random.chance(0.9) ? { prefix: '900' } : { from: '9001', to: '9002' },
    accessIdLength: 4,
    serialLength: 3,
    ...(random.chance(0.3) && {
      guesses: {
        windowMs: random.pick([1_000, 20_000]),
        perCaller: random.pick([1, 5]),
        perSwitch: random.pick([3, 100]),
      },
    }),
  }),
  'numberPlan.list': () => ({}),
  'numberPlan.remove': (_, random) => ({ planId: random.pick(['north', 'south', 'south']) }),
  'platform.set': (_, random) => platformSet(random),
  'platform.list': () => ({}),
  'platform.remove': (_, random) => ({ platformId: random.pick(platformIds) }),
  'handover.put': ({ stepId }, random) => ({
    platformId: random.pick(platformIds),
    ...(random.chance(0.7) && { serial: String(random.whole(0, 999)).padStart(3, '0') }),
    data: { handedOver: stepId, ...(random.chance(0.5) && { note: `${personal} ${stepId}` }) },
  }),
  ...moneyAsks,
  'supervisor.watch': (knowing, random) => (random.chance(0.6) ? {} : { queues: [queueId(knowing, random)] }),
};

/** What somebody of this role would do next. */
export function natural(knowing: Knowing, random: SimRandom): { method: MethodName; params: Members } | undefined {
  const asked = (method: MethodName) => {
    const params = workload[method](knowing, random);
    return params && { method, params };
  };
  const { role } = knowing.who;
  if (role !== 'admin' && speaks(knowing)) {
    const said = asked(random.pick(speakingMethods.filter((name) => role !== 'supervisor' || name === 'contact.send')));
    if (said !== undefined) return said;
  }
  const sold = sells(knowing);
  const sale = sold && asked(sold);
  if (sale !== undefined) return sale;
  if (role === 'agent') return naturalOfAgent(knowing, random, asked);
  if (role === 'admin') return asked(random.pick(adminMethods));
  if (role === 'supervisor') return asked(random.pick(supervisorMethods));
  if (knowing.mine('waiting').length > 0 && random.chance(0.1)) return asked('candidate.choose');
  if (role !== 'customer' && knowing.quotes.length < 3 && random.chance(0.3)) return asked('quote.request');
  if (role === 'app' && random.chance(0.1)) return asked(random.pick(payingMethods));
  const live = knowing.mine('waiting', 'ringing', 'waitingFor', 'connected').length;
  if (live < 6 && random.chance(live < 2 ? 0.9 : 0.5)) return asked('contact.create');
  if (knowing.mine('connected').length > 0 && random.chance(0.25)) return asked('contact.moveToken');
  if (knowing.mine('connected').length > 0 && random.chance(0.6)) return asked('contact.end');
  if (random.chance(0.05)) return asked(random.pick(ratingMethods));
  if (role === 'app' && random.chance(0.3)) return asked('handover.put');
  if (role !== 'customer' && random.chance(0.3)) return asked('contact.update');
  if (role !== 'customer' && random.chance(0.2)) return asked('callback.request');
  return asked(random.chance(0.6) ? 'contact.cancel' : 'contact.get');
}

const speakingMethods = ['contact.send', 'contact.send', 'contact.send', 'contact.signal', 'contact.signal'] as const;

/** Documents are handed over in what is paid for, and bought, now and then: by a stream of its own as well. */
function sells({ setting, stepId, who, mine, paidPer, offeredDocuments }: Knowing): MethodName | undefined {
  const random = randomOf(setting.seed, `sells ${stepId}`);
  if (who.role === 'agent') {
    if (!mine('connected', 'wrapUp').some((contactId) => paidPer(contactId) !== undefined) || !random.chance(0.5))
      return undefined;
    return random.chance(0.85) ? 'document.hand' : 'document.withdraw';
  }
  return random.chance(offeredDocuments.length > 0 ? 0.4 : 0.01) ? 'document.collect' : undefined;
}

/** Whoever has somebody to speak to, now and then. By a stream of its own, so that the other draws of a seed stay what they were. */
function speaks({ setting, stepId, who, mine, paidPer }: Knowing): boolean {
  if (who.role === 'agent' && mine('connected').some((contactId) => paidPer(contactId) === 'message'))
    return randomOf(setting.seed, `speaks ${stepId}`).chance(0.8);
  if (who.role !== 'supervisor' && mine('waiting', 'connected', 'wrapUp').length === 0) return false;
  // Where somebody is erased there is something to be looked for.
  const often = setting.erases ? 0.3 : 0.08;
  return randomOf(setting.seed, `speaks ${stepId}`).chance(who.role === 'supervisor' ? 0.04 : often);
}
const adminMethods = [
  ...(['agent.list', 'queue.list', 'config.export', 'numberPlan.set', 'platform.set', 'platform.set'] as const),
  ...(['account.open', 'account.open', 'account.deposit', 'account.deposit', 'account.book', 'account.book'] as const),
  ...(['paymentProvider.set', 'payment.confirm', 'payment.confirm', 'payment.confirm'] as const),
  ...(['account.book', 'account.withdraw', 'payment.refund', 'payment.dispute', 'payment.resolve'] as const),
];

const supervisorMethods = [
  ...(['supervisor.watch', 'agent.list', 'queue.estimate', 'queue.open'] as const),
  ...(['supervisor.move', 'contact.takeOver'] as const),
  ...(['supervisor.listen', 'supervisor.whisper', 'supervisor.barge', 'supervisor.stop'] as const),
];

const serviceMethods = [
  ...(['contact.hold', 'contact.hold', 'contact.resume', 'contact.digits', 'contact.gather'] as const),
  ...(['contact.recording', 'contact.recording', 'line.switch', 'line.switch', 'contact.moveToken'] as const),
  // Changing lines twice is overruling the first.
  ...(['line.switch', 'line.switch', 'line.switch'] as const),
];

const payingMethods = ['quote.request', 'quote.request', 'rate.publish', 'account.deposit'] as const;

const ratingMethods = ['rating.give', 'rating.give', 'rating.change', 'rating.remove'] as const;

const askingMethods = [
  ...(['contact.resume', 'contact.resume', 'contact.resume', 'contact.hold'] as const),
  ...(['contact.conference', 'contact.transfer'] as const),
];

const consultingMethods = [
  ...(['contact.consult', 'contact.consult', 'contact.conference', 'contact.transfer'] as const),
  ...(['contact.resume', 'contact.resume'] as const),
];

function naturalOfAgent(
  knowing: Knowing,
  random: SimRandom,
  asked: (method: MethodName) => { method: MethodName; params: Members } | undefined,
) {
  if (knowing.isReady === undefined) return { method: 'agent.login' as const, params: {} };
  if (knowing.offerIds.length > 0 && random.chance(0.85))
    return asked(random.chance(0.85) ? 'offer.accept' : 'offer.reject');
  if (knowing.mine('wrapUp').length > 0 && random.chance(0.3)) return asked(random.pick(ratingMethods));
  if (knowing.mine('wrapUp').length > 0 && random.chance(0.6)) return asked('contact.wrapUpDone');
  if (knowing.asking.length > 0 && random.chance(0.6)) return asked(random.pick(askingMethods));
  if (knowing.mine('connected').length > 0) {
    if (random.chance(0.4)) return asked(random.pick(serviceMethods));
    if (random.chance(0.3)) return asked(random.pick(consultingMethods));
    if (random.chance(0.2)) return asked('contact.transfer');
    if (random.chance(0.2)) return asked('contact.park');
    if (random.chance(0.6)) return asked('contact.end');
  }
  if (random.chance(0.12)) return asked('contact.dial');
  if (!knowing.isReady) return { method: 'agent.ready' as const, params: {} };
  if (knowing.mine('parked').length > 0 && random.chance(0.4))
    return asked(random.chance(0.8) ? 'contact.unpark' : 'contact.park');
  if (random.chance(0.15)) return asked(random.pick(['agent.notReady', 'agent.logout', 'agent.setOneRinging']));
  return asked(random.pick(['agent.get', 'line.list', 'contact.list']));
}
