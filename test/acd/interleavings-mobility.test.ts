// A second call of a customer who is served, and what else can happen to either of the two, in every order: in each state that a call can be in all
// orders of the second call and of one thing more, in one tick and in two, also while the switch does not say that the second leg is joined, and
// orders of two things more behind the second call. With the second call at the same switch, and at another one.
//
// What holds whatever the order (docs/mobility.md): the id of a second call is a name of the first contact, or a contact of its own. Nobody
// who has called and not hung up is without a contact, unless an agent has ended the call. When all is done a contact has one leg of its
// customer and no other; and in the end no switch has a leg left, agents are ready with free lines, and each contact was over once.

import { afterAll, describe, expect, test } from 'vitest';
import { virtualCorePool } from '../../src/simulation/virtual-stage.ts';
import { FloorWithTelephones } from './floor-with-telephones.ts';
import { dividedInto, ordersOf, someOf } from './interleavings.ts';
import type { Members } from './stage.ts';

const pool = virtualCorePool();
afterAll(() => pool.close());

const graceMs = 30_000;
const tenant = { agentLost: { afterMs: graceMs, becomes: 'notReady', contacts: 'queue' } };
const policy = { offerMs: 600_000, wrapUpMs: 0, whenLegLost: 'queue', missedBeforeNotReady: 0, afterBusyMs: 0 };
const identity = { identity: { scheme: 'tel', value: '+49301' } };

/** What is so of the world outside of the router. */
interface World {
  /** Where the second device calls. */
  readonly at: string;
  readonly called: Set<string>;
  readonly hungUp: Set<string>;
  /** Calls that whoever brought them has taken back. */
  readonly cancelled: Set<string>;
  /** An agent has ended something, also by the telephone. */
  agentEnded: boolean;
  switchLost: boolean;
  goneSinceMs: Map<string, number>;
  nowMs: number;
}

type Begin = (floor: FloorWithTelephones) => Promise<void>;

const isConnected: Begin = async (floor) => {
  await floor.do('anna', 'agent.ready');
  await floor.call('c1', identity);
  await floor.telephone('anna', 'ringing');
  await floor.telephone('anna', 'answered');
  await floor.settled();
};
const isHeld: Begin = async (floor) => {
  await isConnected(floor);
  await floor.do('anna', 'contact.hold', { contactId: 'c1' });
};
const bobIsRung: Begin = async (floor) => {
  await isConnected(floor);
  await floor.do('bob', 'agent.ready');
  await floor.do('anna', 'contact.consult', { contactId: 'c1', to: { agentId: 'bob' }, waitMs: 600_000 });
};
const bobIsAsked: Begin = async (floor) => {
  await bobIsRung(floor);
  await floor.telephone('bob', 'answered');
  await floor.settled();
};
const bobIsOnHold: Begin = async (floor) => {
  await bobIsAsked(floor);
  await floor.do('anna', 'contact.resume', { contactId: 'c1' });
};
const isInConference: Begin = async (floor) => {
  await bobIsAsked(floor);
  await floor.do('anna', 'contact.conference', { contactId: 'c1' });
};
const isSentOn: Begin = async (floor) => {
  await isConnected(floor);
  await floor.do('bob', 'agent.ready');
  await floor.do('anna', 'contact.transfer', { contactId: 'c1', to: { agentId: 'bob' }, waitMs: 600_000 });
};
const waitsAgain: Begin = async (floor) => {
  await isConnected(floor);
  await floor.do('anna', 'agent.notReady', { reason: 'break' });
  await floor.do('anna', 'contact.transfer', { contactId: 'c1', to: { queueId: 'sales' } });
};
/** The second device has called, and nothing is said of the leg being joined. */
const isBeingMoved: Begin = async (floor) => {
  await isConnected(floor);
  floor.joinsLate = true;
};

const states: readonly (readonly [title: string, state: string, begin: Begin])[] = [
  ['is connected', 'connected', isConnected],
  ['is connected, and its switch joins late', 'connected', isBeingMoved],
  ['is held', 'connected', isHeld],
  ['is held, while bob is rung about it', 'connected', bobIsRung],
  ['is held, while bob is asked about it', 'connected', bobIsAsked],
  ['has been taken up, while bob is asked about it', 'connected', bobIsOnHold],
  ['is a conference with bob', 'connected', isInConference],
  ['was sent on, and rings at bob', 'ringing', isSentOn],
  ['was sent to a queue where it waits', 'waiting', waitsAgain],
];

/** Given in a turn; what is to be waited for outside of the tick it gives back. */
type Deed = (floor: FloorWithTelephones, world: World) => Promise<unknown> | undefined;

const calls = (contactId: string): Deed => {
  return (floor, world) => {
    if (world.called.has(contactId) || !floor.isThere(world.at)) return undefined;
    world.called.add(contactId);
    return floor.calling(contactId, identity, world.at);
  };
};
const hangsUp = (contactId: string): Deed => {
  return (floor, world) => {
    const said = floor.hangsUp(contactId);
    if (said !== undefined || !floor.customers.includes(contactId)) world.hungUp.add(contactId);
    return said;
  };
};
const asks = (who: string, method: string, params: Members): Deed => {
  return (floor) => (floor.isThere(who) ? floor.refusal(who, method, params) : undefined);
};

const together: Readonly<Record<string, Deed>> = {
  'the second device calls': calls('c2'),
  'a third device calls': calls('c3'),
  'the first device hangs up': hangsUp('c1'),
  'the second device hangs up': hangsUp('c2'),
  'the second call is cancelled': (floor, world) => {
    if (!world.called.has('c2') || !floor.isThere(world.at)) return undefined;
    world.cancelled.add('c2');
    return floor.refusal(world.at, 'contact.cancel', { contactId: 'c2' });
  },
  'anna ends it': (floor, world) => {
    world.agentEnded = true;
    return asks('anna', 'contact.end', { contactId: 'c1' })(floor, world);
  },
  "anna's telephone is lost": (floor) => floor.telephoneEnds('anna', 'lost'),
  'anna puts it on hold': asks('anna', 'contact.hold', { contactId: 'c1' }),
  'anna takes it up': asks('anna', 'contact.resume', { contactId: 'c1' }),
  'anna asks bob': asks('anna', 'contact.consult', { contactId: 'c1', to: { agentId: 'bob' } }),
  'anna hands it over': asks('anna', 'contact.transfer', { contactId: 'c1', mode: 'attended' }),
  'anna sends it to bob': asks('anna', 'contact.transfer', {
    contactId: 'c1',
    to: { agentId: 'bob' },
    waitMs: 600_000,
  }),
  "bob's telephone is answered": (floor) => floor.telephone('bob', 'answered'),
  'the switch goes': (floor, world) => {
    floor.goes('switch');
    if (!world.goneSinceMs.has('switch')) world.goneSinceMs.set('switch', world.nowMs);
    return undefined;
  },
  'anna loses her connection': (floor) => {
    floor.goes('anna');
    return undefined;
  },
};

/** Ticks of their own. */
const alone: Readonly<Record<string, (floor: FloorWithTelephones, world: World) => Promise<void>>> = {
  'the switch is back': async (floor, world) => {
    floor.joinsLate = false;
    for (const at of ['switch', 'other']) {
      if (at === 'other' && world.at !== 'other') continue;
      floor.goes(at);
      await floor.settled();
      await floor.comes(at);
      await floor.settled();
      await floor.reports(at);
    }
    world.goneSinceMs.clear();
  },
  'time goes on': async (floor, world) => {
    await floor.pass(graceMs + 5_000);
    world.nowMs += graceMs + 5_000;
    for (const since of world.goneSinceMs.values()) if (world.nowMs - since >= graceMs) world.switchLost = true;
  },
  'the router restarts': async (floor, world) => {
    await floor.restart();
    for (const at of world.goneSinceMs.keys()) world.goneSinceMs.set(at, world.nowMs);
  },
};
const second = 'the second device calls';
const others = [...Object.keys(together), ...Object.keys(alone)].filter((name) => name !== second);
/** Of which orders of two are played behind the second call. */
const inPairs = [
  'a third device calls',
  'the first device hangs up',
  'the second device hangs up',
  'anna ends it',
  'anna puts it on hold',
  'anna takes it up',
  'anna hands it over',
  "bob's telephone is answered",
  'the switch is back',
  'the router restarts',
];

async function play(begin: Begin, state: string, at: string, ticks: readonly (readonly string[])[]): Promise<void> {
  const floor = await FloorWithTelephones.open(pool, tenant, policy);
  const world: World = {
    at,
    called: new Set(['c1']),
    hungUp: new Set(),
    cancelled: new Set(),
    agentEnded: false,
    switchLost: false,
    goneSinceMs: new Map(),
    nowMs: 0,
  };
  try {
    if (at === 'other') await floor.comes('other');
    await begin(floor);
    expect((await floor.contact('c1')).state).toBe(state);
    for (const names of ticks) {
      const [first = ''] = names;
      await floor.pass(1_000);
      world.nowMs += 1_000;
      if (alone[first] === undefined) await Promise.all(names.map((name) => together[name]!(floor, world)));
      else await alone[first](floor, world);
      await floor.settled();
    }
    await assertHolds(floor, world);
    await assertNobodyIsLeft(floor, world);
  } catch (error) {
    const played = ticks.map((names) => names.join(', ')).join(' | ');
    throw new Error(`${played}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    await floor.close();
  }
}

const isOver = ({ state }: Members) => state === 'ended' || state === 'wrapUp';

/** When everything has been answered. */
async function assertHolds(floor: FloorWithTelephones, world: World): Promise<void> {
  await alone['the switch is back']!(floor, world);
  // The agent's telephone at the other switch is answered, or has rung for as long as it may.
  await floor.telephone('anna', 'answered');
  await floor.settled();
  await floor.pass(40_000);
  const contacts = new Map<string, Members>();
  for (const contactId of world.called) {
    const contact = await floor.contact(contactId).catch(() => undefined);
    if (contact === undefined) {
      // Its customer hung up in the moment in which it was to be a contact of its own.
      if (!world.hungUp.has(contactId) && !world.cancelled.has(contactId) && !world.switchLost)
        throw new Error(`${contactId} is not there`);
      continue;
    }
    if (contact.contactId !== contactId && contact.contactId !== 'c1')
      throw new Error(`${contactId} is ${String(contact.contactId)}`);
    contacts.set(contact.contactId as string, contact);
  }
  const legs = new Set<string>();
  for (const contact of contacts.values()) {
    if (isOver(contact)) continue;
    const { legId, moving } = (contact.liveCall ?? { legId: contact.contactId }) as { legId: string; moving?: string };
    legs.add(legId);
    // Those that come behind wait for theirs.
    if (moving !== undefined && world.at === 'other') for (const name of contact.names as string[]) legs.add(name);
    if (!floor.customers.includes(legId))
      throw new Error(`${String(contact.contactId)} is ${String(contact.state)} with the leg ${legId}, which is gone`);
  }
  for (const legId of floor.customers)
    if (!legs.has(legId)) throw new Error(`the leg ${legId} is nobody's: ${JSON.stringify([...contacts.values()])}`);
  const isForAll = world.agentEnded || world.switchLost;
  const there = [...world.called].filter(
    (contactId) => !world.hungUp.has(contactId) && !world.cancelled.has(contactId),
  );
  // Who has put down no receiver is served, or waits: at the device that called last, unless that was hung up.
  if (there.length > 0 && legs.size === 0 && !isForAll && !couldHangUpOwn(world))
    throw new Error(`${there.join(', ')} called and has no contact`);
  const c1 = contacts.get('c1');
  if (c1 !== undefined && c1.state === 'connected' && c1.heldSince === undefined && c1.consultId === undefined) {
    const { legId } = c1.liveCall as { legId: string };
    if ((floor.together.get(legId) ?? []).length === 0) throw new Error(`c1 is connected, and ${legId} is alone`);
  }
}

/** The device at which the customer was has been hung up: those before it were let go when it took their place. */
function couldHangUpOwn({ hungUp, cancelled }: World): boolean {
  return hungUp.size > 0 || cancelled.size > 0;
}

/** When everybody is back and takes what rings. */
async function assertNobodyIsLeft(floor: FloorWithTelephones, world: World): Promise<void> {
  for (const agentId of ['anna', 'bob'] as const) {
    await floor.comes(agentId);
    await floor.do(agentId, 'agent.ready');
  }
  const isAllOver = async () => {
    const { contacts } = (await floor.do('admin', 'contact.list', {})) as { contacts: Members[] };
    return contacts.length === 0;
  };
  for (let round = 0; round < 8 && !(await isAllOver()); round++) {
    for (const agentId of ['anna', 'bob'] as const) {
      await floor.telephone(agentId, 'answered');
      await floor.settled();
      const { lines } = (await floor.agent(agentId)) as { lines: { state: string; contactId?: string }[] };
      for (const { state, contactId } of lines)
        if (state === 'connected') await floor.refusal(agentId, 'contact.end', { contactId });
    }
    await floor.pass(60_000);
  }
  if (!(await isAllOver())) throw new Error('a contact is left');
  const ended = floor.told
    .filter(({ event }) => event === 'contact.ended')
    .map(({ params }) => String(params.contactId));
  if (new Set(ended).size !== ended.length) throw new Error(`was told to be over twice: ${ended.join(', ')}`);
  for (const agentId of ['anna', 'bob'] as const) {
    const { state: now, lines } = (await floor.agent(agentId)) as { state: string; lines: { state: string }[] };
    if (now !== 'ready' || lines.some((line) => line.state !== 'free'))
      throw new Error(`${agentId} is left ${now} with ${JSON.stringify(lines)}`);
  }
  for (const at of ['switch', 'other']) await floor.reports(at);
  await floor.settled();
  if (floor.legsLeft.length > 0) throw new Error(`a switch is left with ${floor.legsLeft.join(', ')}`);
  expect(world.called.size).toBeGreaterThan(0);
}

function isPlayable(ticks: readonly (readonly string[])[]): boolean {
  return ticks.every((names) => names.length === 1 || names.every((name) => name in together));
}

for (const at of ['switch', 'other'])
  describe(at === 'switch' ? 'a second call' : 'a second call at another switch', () => {
    for (const [title, state, begin] of states)
      test(`of one that ${title}`, { timeout: 300_000 }, async () => {
        await play(begin, state, at, [[second]]);
        for (const other of others)
          for (const order of ordersOf([second, other], 2))
            for (const ticks of dividedInto(order)) if (isPlayable(ticks)) await play(begin, state, at, ticks);
        for (const order of someOf(ordersOf(inPairs, 2)))
          for (const ticks of dividedInto(order))
            if (isPlayable(ticks)) await play(begin, state, at, [[second], ...ticks]);
      });
  });
