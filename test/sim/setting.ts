// The place of a simulated run: tenants, who is there, how the router is configured. Decided by the seed alone.

import type { Role } from '../../src/engine/egress.ts';
import { ringEventsMax, sendBufferBytesMax } from '../../src/limits.ts';
import { scoreTerms, selections, words } from '../../src/protocol/states.ts';
import { type RouterConfiguration, routerDefaults } from '../../src/router-configuration.ts';
import { secret } from './machine.ts';
import { randomOf, type SimRandom } from './random.ts';

export type Members = Readonly<Record<string, unknown>>;

export interface Who {
  readonly tenant: string;
  readonly role: Role;
  readonly sub: string;
}

export interface AgentSetting {
  readonly agentId: string;
  readonly name?: string;
  readonly capacity: Readonly<Record<string, number>>;
  readonly skills?: Readonly<Record<string, number>>;
  readonly queues?: readonly string[];
  readonly wrapUpMs?: number;
}

export interface QueueSetting extends Members {
  readonly queueId: string;
  readonly channels: readonly string[];
}

export interface Setting {
  readonly seed: number;
  readonly tenants: readonly string[];
  readonly queues: readonly QueueSetting[];
  /** Contacts may leave a queue before anybody answers. */
  readonly queuesHaveExits: boolean;
  /** Somebody is erased now and then, while everything goes on. */
  readonly erases: boolean;
  /** In all queues, always: whom a wrap-up keeps from the rest of the seat is then known from its lines. */
  readonly wrapUpTakes: 'line' | 'seat';
  readonly agents: readonly AgentSetting[];
  readonly people: readonly Who[];
  readonly configuration: RouterConfiguration;
  readonly delayMsMax: number;
  readonly diskMsMax: number;
  /** Tokens last only so long, where they do not last for ever. */
  readonly tokenMs: number | undefined;
  /** What a client may leave unread, bytes, and how many notifications are kept for one that comes back. */
  readonly unreadBytesMax: number;
  readonly keptMax: number;
  /** How long each switch may stay away with its calls kept, ms. */
  readonly graceMs: Readonly<Record<string, number>>;
}

/** In whatever is somebody's name, number or words, so that it can be looked for where it must not be. Too long for chance. */
export const personal = 'zq9person';

const skills = ['english', 'german'] as const;

/** What has no legs may be parked from the beginning. */
export const tenantAtFirst: Members = {
  deferredChannels: ['chat', 'voice'],
  ratings: { chooseWithinMs: 1_000, askByDigits: true, askByText: true, textAnswerMs: 2_000 },
  paidContacts: { holdMs: 10_000, leastMs: 500, warnMs: 2_000 },
};

const payers = [1, 2, 3].map((n) => ({ scheme: 'email', value: `${personal}.${n}@example.org` }));

/** Customers who have money from the beginning; the workload has others. */
export const payersAtFirst = payers.map((identity) => ({ method: 'customer.resolve', params: { identity } }));

export function moneyAtFirst(setting: Setting): { readonly method: string; readonly params: Members }[] {
  const accounts = payers.flatMap((identity, at) => {
    const accountId = `payer${at}`;
    return [
      { method: 'account.open', params: { accountId, owner: 'customer', identity, currency: 'EUR' } },
      {
        method: 'account.deposit',
        params: { paymentId: `first${at}`, accountId, money: { amount: 30 + 400 * at, currency: 'EUR' } },
      },
    ];
  });
  return [...accounts, ...ratesAtFirst(setting).map((params) => ({ method: 'rate.publish', params }))];
}

export function ratesAtFirst({ agents, queues }: Setting): readonly Members[] {
  const price = { amount: 600, currency: 'EUR' };
  return [
    { rateId: 'first1', receiver: { agentId: agents[0]!.agentId }, per: 'minute', price },
    { rateId: 'first2', receiver: { queueId: queues[0]!.queueId }, per: 'minute', price, holdIsFree: true },
  ];
}

export function settingOf(seed: number): Setting {
  const random = randomOf(seed, 'setting');
  const wrapUpTakes = randomOf(seed, 'wrapUpTakes').chance(0.3) ? 'seat' : 'line';
  const queuesHaveExits = randomOf(seed, 'exits').chance(0.5);
  const tenants = random.chance(0.25) ? ['north', 'south'] : ['north'];
  const agents = Array.from({ length: random.whole(2, 5) }, (_, at) => agentSetting(random, at));
  return {
    seed,
    tenants,
    queues: queueSettings(random).map((queue) => ({
      ...queue,
      wrapUpTakes,
      ...(queuesHaveExits && whileWaiting(seed, queue)),
    })),
    queuesHaveExits,
    erases: randomOf(seed, 'erases').chance(0.25),
    wrapUpTakes,
    agents,
    people: tenants.flatMap((tenant) => peopleOf(tenant, agents)),
    configuration: configurationOf(random, tenants),
    delayMsMax: random.pick([0, 2, 5, 20]),
    diskMsMax: random.pick([0, 1, 3, 10]),
    tokenMs: random.chance(0.15) ? 4_000 : undefined,
    // More than the longest answer, which rpc.discover gives: who reads is never closed.
    unreadBytesMax: random.chance(0.7) ? 262_144 : sendBufferBytesMax,
    keptMax: random.pick([1, 4, 20, ringEventsMax]),
    graceMs: { sw1: random.pick([100, 300, 2_000, 30_000]), sw2: random.pick([1_000, 30_000]) },
  };
}

/** What customers hear of their place, and whether they are asked for a message, from the beginning. */
function whileWaiting(seed: number, { queueId }: QueueSetting): Members {
  const random = randomOf(seed, `while waiting ${queueId}`);
  return {
    ...(random.chance(0.5) && { announceEveryMs: 5_000 }),
    ...(random.chance(0.5) && {
      maxWaitMs: random.pick([400, 1_500]),
      whenTimedOut: 'voicemail',
      whenClosed: 'voicemail',
      whenFull: 'voicemail',
      voicemail: { recordMs: random.pick([1_000, 3_000]) },
    }),
  };
}

function agentSetting(random: SimRandom, at: number): AgentSetting {
  return {
    agentId: `a${at}`,
    name: `${personal} agent ${at}`,
    capacity: random.pick([
      { voice: 1 },
      { voice: 1, chat: 2 },
      { voice: 1, email: 1 },
      { voice: 2, chat: 2, total: 3 },
      { chat: 3, total: 2 },
    ]),
    skills: { english: random.whole(1, 9), ...(random.chance(0.5) && { german: random.whole(1, 9) }) },
    ...(random.chance(0.2) && { queues: ['sales'] }),
    ...(random.chance(0.3) && { wrapUpMs: random.pick([0, 200, 1_500]) }),
  };
}

function queueSettings(random: SimRandom): QueueSetting[] {
  const policy = () => ({
    offerMs: random.pick([300, 900, 2_500]),
    wrapUpMs: random.pick([0, 0, 300, 2_000]),
    afterRejectMs: random.pick([0, 200, 1_000]),
    afterMissMs: random.pick([0, 0, 400]),
    afterBusyMs: 300,
    ...selecting(random),
    ring: { together: random.pick([2, 3]), everyMs: random.pick([100, 400]) },
    order: random.pick(['priority', 'firstCome']),
    missedBeforeNotReady: random.pick([0, 1, 2]),
    ...(random.chance(0.2) && { maxWaiting: random.whole(1, 6) }),
    callback: {
      first: random.pick(['agent', 'customer']),
      attempts: random.whole(1, 3),
      spacingMs: random.pick([1_000, 3_000]),
      ringMs: random.pick([1_000, 2_000]),
      ...(random.chance(0.3) && { offerAfterMs: 400 }),
    },
    ...(random.chance(0.4) && {
      affinity: {
        source: 'lastAgent',
        waitMs: random.pick([300, 900]),
        waits: random.pick(['agentOnly', 'both']),
        orElse: 'queue',
      },
    }),
    ...(random.chance(0.3) && { direct: { waitMs: 600, orElse: random.pick(['queue', 'end']) } }),
  });
  return [
    { queueId: 'sales', channels: ['voice', 'chat', 'email'], ...policy() },
    { queueId: 'support', channels: ['voice', 'chat', 'email'], ...policy() },
  ];
}

/** A way to select; of a score the weights of some terms, or the ones that are its default; and some match in batches. */
export function selecting(random: SimRandom): Members {
  const batch = random.chance(0.15) ? { batch: { everyMs: random.pick([50, 200, 1_000]) } } : {};
  const select = 'batch' in batch ? 'score' : random.pick(words(selections));
  if (select !== 'score' || random.chance(0.2)) return { select, ...batch };
  const counting = [...words(scoreTerms), 'rank'].filter(() => random.chance(0.5));
  const weights = Object.fromEntries(counting.map((term) => [term, random.whole(-2, 9)]));
  return { select, weights, ...batch };
}

function peopleOf(tenant: string, agents: readonly AgentSetting[]): Who[] {
  const some: [Role, string][] = [
    ['switch', 'sw1'],
    ['switch', 'sw2'],
    ['app', 'crm'],
    ['customer', 'v1'],
    ['supervisor', 'boss'],
    ['admin', 'root'],
  ];
  const all = [...some, ...agents.map(({ agentId }): [Role, string] => ['agent', agentId])];
  return all.map(([role, sub]) => ({ tenant, role, sub }));
}

/** Longer than anybody asks again for: a contact that is forgotten may be made anew. */
export const shortRetentionMs = 60_000;

/** Small files, many snapshots, short retention: so that every kind of housekeeping comes up within seconds. */
function configurationOf(random: SimRandom, tenants: readonly string[]): RouterConfiguration {
  return {
    ...routerDefaults,
    dataDir: 'nowhere',
    tenants,
    secret,
    snapshotEveryEntries: random.pick([6, 20, 60, 1_000]),
    snapshotEveryMs: random.pick([500, 3_000, 60_000]),
    segmentEntries: random.pick([3, 10, 40]),
    sealEveryMs: random.pick([1_000, 3_000]),
    journalRetentionMs: random.pick([1_000, 4_000, 600_000]),
    contactRetentionMs: random.chance(0.2) ? shortRetentionMs : routerDefaults.contactRetentionMs,
    eraseWithinMs: 4_000,
    sessionsPerSecond: random.chance(0.2) ? 4 : routerDefaults.sessionsPerSecond,
    pingMs: random.pick([400, 1_000, 3_000]),
  };
}

export function nameOf({ tenant, role, sub }: Who): string {
  return `${tenant}/${role}/${sub}`;
}

export const skillNames: readonly string[] = skills;
