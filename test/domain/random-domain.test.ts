// Random requests of a small tenant, several to a tick, time passing in between. After each stretch: modules loaded anew
// answer as those that lived through it; what sessions are given when they open is what notifications have told; nobody is
// above capacity. Each answer and each notification is as the schemas say.

import { expect, test } from 'vitest';
import type { MethodName } from '../../src/protocol/methods.ts';
import { selections, words } from '../../src/protocol/states.ts';
import { Random, seedOfThisRun } from '../core/random.ts';
import { type Call, DomainWorld, type Members, nameOf, type Who } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';
import { ToldWorld } from './told-world.ts';

const STRETCHES = 20;
const TICKS_A_STRETCH = 80;
const agents = ['ada', 'bob', 'cid', 'dan', 'eve'];
const queues = ['sales', 'help', 'rare'];
const owners: Who[] = ['switch:pbx', 'switch:other', 'customer:anna'];
const skills = ['german', 'welsh', 'loans'];

test('random requests keep every promise', { timeout: 60_000 }, async () => {
  const seed = seedOfThisRun();
  console.log(`domain: seed ${seed} (SEED repeats it)`);
  const random = new Random(seed);
  const world = await DomainWorld.start({ contactRetentionMs: 60_000, contactsEndedMax: 40 });
  const picture = new ToldWorld();
  const outcomes = new Map<string, number>();
  let made = 0;

  const contactId = () => `c${random.between(Math.max(1, made - 30), Math.max(1, made))}`;
  const create = (): Members => {
    if (random.chance(85)) made += 1;
    const id = made === 0 ? 'c0' : `c${made}`;
    const seeded = new Random(seed ^ (made * 2654435761));
    return {
      contactId: id,
      channel: seeded.pick(['voice', 'chat', 'voice', 'fax']),
      queueId: seeded.pick(queues),
      ...(seeded.chance(40) && { requires: { all: seeded.some(skills, 2).map((skill) => ({ skill })) } }),
      ...(seeded.chance(20) && { prefers: [{ skill: 'loans' }] }),
      ...(seeded.chance(30) && { priority: seeded.between(-5, 5) }),
      ...(seeded.chance(60) && { identity: { scheme: 'tel', value: `+49${seeded.between(1, 5)}` } }),
      ...(seeded.chance(20) && { agentId: seeded.pick(agents), direct: { waitMs: seeded.between(0, 5_000) } }),
    };
  };
  const byOwner = (method: MethodName, params: Members): Call => [random.pick(owners), method, params];
  /** A customer is who its token says. */
  const createdBy = (who: Who): Call => {
    const { identity, ...params } = create();
    return [
      who,
      'contact.create',
      who.startsWith('customer:') ? params : { ...params, ...(identity !== undefined && { identity }) },
    ];
  };
  const byAgent = (method: MethodName, params: Members = {}): Call => [`agent:${random.pick(agents)}`, method, params];
  /** About a contact of the owner's that is in this state, where there is one. */
  const ofOwner = (method: MethodName, state: string): Call => {
    const who = random.pick(owners);
    const fitting = [...(picture.contacts.get(who) ?? [])].filter(([, contact]) => contact.state === state);
    return [who, method, { contactId: fitting.length === 0 ? contactId() : random.pick(fitting)[0] }];
  };
  const wrapUpDone = (): Call => {
    const agentId = random.pick(agents);
    const wrapping = [...picture.agent(agentId).lines.values()].find(({ state }) => state === 'wrapUp');
    const disposition = random.chance(50) && { disposition: 'ok', notes: 'Said so.' };
    const id = wrapping?.contactId ?? contactId();
    return [`agent:${agentId}`, 'contact.wrapUpDone', { contactId: id, ...disposition }];
  };
  const wrapUpExtend = (): Call => {
    const [who, , params] = wrapUpDone();
    return [who, 'contact.wrapUpExtend', { contactId: params?.contactId, byMs: random.pick([1, 700, 3_000]) }];
  };
  const agent = (): Members => ({
    agentId: random.pick(agents),
    capacity: { voice: random.between(1, 2), chat: random.between(0, 2), total: random.between(1, 3) },
    skills: Object.fromEntries(random.some(skills, 3).map((skill) => [skill, random.between(1, 10)])),
    ...(random.chance(30) && { queues: random.some(queues, 2) }),
    ...(random.chance(50) && { wrapUpMs: random.between(0, 4_000) }),
  });
  const queue = (): Members => ({
    queueId: random.pick(queues),
    channels: random.pick([['voice', 'chat'], ['voice']]),
    order: random.pick(['priority', 'firstCome']),
    select: random.pick(words(selections)),
    ring: { together: random.between(1, 4), everyMs: random.pick([100, 1_000]) },
    offerMs: random.between(500, 5_000),
    afterRejectMs: random.pick([0, 1_000]),
    afterMissMs: random.pick([0, 0, 800]),
    missedBeforeNotReady: random.between(0, 3),
    ...(random.chance(20) && { maxWaiting: random.between(0, 4) }),
    ...(random.chance(50) && {
      affinity: {
        waits: random.pick(['agentOnly', 'both']),
        waitMs: random.pick([0, 500, 4_000]),
        source: random.pick(['lastAgent', 'lastAgent', 'set']),
        ...(random.chance(30) && { expiresAfterMs: random.between(1, 20_000) }),
      },
    }),
  });
  const affinity = (): Members => ({
    customerId: `c${random.between(1, 6)}`,
    agentId: random.pick(agents),
    ...(random.chance(50) && { queueId: random.pick(queues) }),
    ...(random.chance(30) && { expiresAt: world.clock.now() + random.between(0, 20_000) }),
  });
  const lines = () =>
    random
      .some(['one', 'two', 'three', 'four'], 3)
      .map((lineId) => ({ lineId, channel: random.pick(['voice', 'chat']) }));
  const kinds: [weight: number, make: () => Call][] = [
    [30, () => createdBy(random.pick(owners))],
    [2, () => byOwner('contact.cancel', { contactId: contactId() })],
    [2, () => byOwner('contact.end', { contactId: contactId() })],
    [8, () => ofOwner('contact.cancel', 'waiting')],
    [16, () => ofOwner('contact.end', 'connected')],
    [4, () => byAgent('contact.end', { contactId: contactId() })],
    [8, wrapUpDone],
    [2, wrapUpExtend],
    [4, () => ['app:crm', 'contact.update', { contactId: contactId(), priority: random.between(-9, 9) }]],
    [
      3,
      () => [
        'app:crm',
        'contact.update',
        { contactId: contactId(), requires: { any: [{ skill: random.pick(skills) }] } },
      ],
    ],
    [3, () => ['app:crm', 'contact.update', { contactId: contactId(), attributes: { at: random.between(0, 9) } }]],
    [4, () => byAgent('agent.login')],
    [2, () => byAgent('agent.login', { lines: [{ lineId: 'five', channel: 'voice' }, ...lines()] })],
    [12, () => byAgent('agent.ready', random.chance(20) ? { channels: ['voice'] } : {})],
    [3, () => byAgent('agent.notReady', { reason: random.pick(['lunch', 'desk']) })],
    [3, () => byAgent('agent.logout', { when: random.pick(['now', 'idle']) })],
    [2, () => byAgent('agent.setOneRinging', { on: random.chance(50) })],
    [3, () => ['admin:root', 'agent.set', agent()]],
    [2, () => ['admin:root', 'queue.set', queue()]],
    [1, () => ['admin:root', 'agent.remove', { agentId: random.pick(agents) }]],
    [1, () => ['admin:root', 'queue.remove', { queueId: random.pick(queues) }]],
    [1, () => ['supervisor:boss', 'supervisor.watch', {}]],
    [2, () => ['app:crm', 'affinity.set', affinity()]],
    [1, () => ['app:crm', 'affinity.remove', { customerId: `c${random.between(1, 6)}` }]],
  ];
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
  const answerOffer = (agentId: string, offerId: string): Call => {
    const by: Who = `agent:${random.chance(5) ? random.pick(agents) : agentId}`;
    if (random.chance(75)) return [by, 'offer.accept', { offerId }];
    return [by, 'offer.reject', { offerId, reason: 'busy' }];
  };
  const next = (): Call => {
    if (random.chance(40)) {
      const open = agents.flatMap((agentId) =>
        [...picture.agent(agentId).offers.keys()].map((id) => [agentId, id] as const),
      );
      if (open.length > 0) return answerOffer(...random.pick(open));
    }
    let at = random.between(1, total);
    for (const [weight, make] of kinds) {
      at -= weight;
      if (at <= 0) return make();
    }
    throw new Error('unreachable');
  };
  const listen = () => {
    for (const told of world.told()) {
      if (!told.to.startsWith('supervisor:')) picture.hear(told);
    }
  };

  for (const queueId of queues) await world.ok('admin:root', 'queue.set', { queueId, channels: ['voice', 'chat'] });
  for (let stretch = 0; stretch < STRETCHES; stretch++) {
    for (let tick = 0; tick < TICKS_A_STRETCH; tick++) {
      const calls = Array.from({ length: random.between(1, 8) }, next).filter(fitsRoles);
      const answers = calls.length === 0 ? [] : await world.together(...calls);
      answers.forEach((answer, at) => {
        const key = `${calls[at]?.[1]} ${nameOf(answer)}`;
        outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
      });
      listen();
      if (random.chance(60)) await world.pass(random.between(1, 2_000));
      listen();
    }
    await expectSurvivesLoad(world);
    listen();
    expectSameState(world, picture);
    await expectWithinCapacity(world);
  }
  // Not a run in which everything was refused.
  for (const method of ['contact.create', 'offer.accept', 'offer.reject', 'contact.end', 'contact.wrapUpDone']) {
    expect(outcomes.get(`${method} done`) ?? 0, method).toBeGreaterThan(5);
  }
  await world.stop();
});

/** Customers may not give a priority. */
function fitsRoles([who, method, params]: Call): boolean {
  return !(who.startsWith('customer:') && method === 'contact.create' && params !== undefined && 'priority' in params);
}

function expectSameState(world: DomainWorld, picture: ToldWorld): void {
  const callers: Who[] = [...owners, ...agents.map((agentId): Who => `agent:${agentId}`)];
  const { states } = world.readAll(world.modules, callers, []) as { states: [Who, Record<string, Members[]>][] };
  for (const [who, state] of states) {
    if (who.startsWith('agent:')) {
      if (state.agent === undefined) continue;
      const told = picture.agent(who.slice('agent:'.length));
      expect(state.agent, who).toMatchObject({ state: told.state, ready: told.ready });
      const lines = state.lines?.map(({ lineId, channel, state, contactId }) => [
        lineId,
        { channel, state, contactId },
      ]);
      expect(new Map(lines as [string, never][]), who).toEqual(told.lines);
      const offers = state.offers?.map(({ offerId, contactId, lineId, expiresAt }) => [
        offerId,
        { contactId, lineId, expiresAt },
      ]);
      expect(new Map(offers as [string, never][]), who).toEqual(told.offers);
      continue;
    }
    const live = state.contacts?.filter(({ state }) => state !== 'wrapUp');
    const shown = live?.map(({ contactId, state, agentId }) => [contactId, { state, agentId }]);
    expect(new Map(shown as [string, never][]), who).toEqual(picture.contacts.get(who) ?? new Map());
  }
}

async function expectWithinCapacity(world: DomainWorld): Promise<void> {
  const { agents } = (await world.ok('admin:root', 'agent.list')) as unknown as {
    agents: { agentId: string; lines: { channel: string; state: string; contactId?: string }[] }[];
  };
  const { contacts } = (await world.ok('app:crm', 'contact.list', { limit: 1000 })) as unknown as {
    contacts: {
      contactId: string;
      state: string;
      agentId?: string;
      lineId?: string;
      offers?: { agentId: string }[];
    }[];
  };
  const taken = agents.flatMap(({ agentId, lines }) =>
    lines.flatMap(({ contactId }) => (contactId ? [`${contactId} ${agentId}`] : [])),
  );
  const atAgents = contacts
    .filter(({ lineId }) => lineId !== undefined)
    .flatMap(({ contactId, agentId, offers }) => (offers ?? [{ agentId }]).map((at) => `${contactId} ${at.agentId}`));
  expect(taken.sort()).toEqual(atAgents.sort());
  expect(new Set(atAgents).size).toBe(atAgents.length);
  const answered = contacts.filter(({ state, offers }) => state !== 'ringing' && offers !== undefined);
  expect(answered).toEqual([]);
}
