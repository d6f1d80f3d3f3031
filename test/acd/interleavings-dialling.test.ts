// A call that an agent makes, and what else can happen, in each state that it can be in: all orders of one and of two deeds, in one tick and in two, and all
// orders of two behind the switch's going. The agent has two lines and is ready: others ask for it by name, and it calls out on the other line.
//
// What holds whatever the order (docs/lines.md): the call ends only where somebody has hung up or ended it, its agent has left, or its switch, its agent or an
// answer of the switch was away for too long. No line has two contacts, no contact two lines, and no second line of a seat rings. Whoever is in service is together with
// whom it called. In the end each contact was over once and has one record, agents are ready with free lines, and the switch has no leg left.

import { afterAll, describe, expect, test } from 'vitest';
import { virtualCorePool } from '../../src/simulation/virtual-stage.ts';
import { FloorWithTelephones } from './floor-with-telephones.ts';
import { dividedInto, ordersOf } from './interleavings.ts';
import type { Members } from './stage.ts';

const pool = virtualCorePool();
afterAll(() => pool.close());

/** Of a switch and of an agent alike: time that goes on is longer. */
const graceMs = 30_000;
const tenant = { agentLost: { afterMs: graceMs, becomes: 'notReady', contacts: 'queue' } };
const policy = { offerMs: 600_000, wrapUpMs: 0, whenLegLost: 'queue', missedBeforeNotReady: 0, afterBusyMs: 0 };
const number = '+4930111';
const otherNumber = '+4930112';
const lines = [
  { lineId: 'anna.1', channel: 'voice' },
  { lineId: 'anna.2', channel: 'voice' },
];
const bobsLine = 'bob.voice.1';

/** What is so of the world outside of the router. */
interface World {
  switchGoneSinceMs: number | undefined;
  annaGoneSinceMs: number | undefined;
  nowMs: number;
  /** The switch was asked something and says nothing. */
  isSilent: boolean;
  /** By what has happened the call may be over, for these reasons. */
  readonly whys: Set<string>;
  /** The reason that it gave. */
  why: string | undefined;
  /** Whoever is called has hung up. */
  hungUp: boolean;
  /** The router has said that it is ended. */
  isEnded: boolean;
  readonly contacts: Set<string>;
}

type Begin = (floor: FloorWithTelephones) => Promise<void>;

const dials = (floor: FloorWithTelephones) =>
  floor.do('anna', 'contact.dial', { contactId: 'c1', lineId: 'anna.1', to: { number }, waitMs: 600_000 });
const isDialled: Begin = async (floor) => {
  await dials(floor);
};
const isAskedInVain: Begin = (floor) => floor.doesNotAnswer('leg.ring', false, () => dials(floor));
const ownRings: Begin = async (floor) => {
  await dials(floor);
  await floor.telephone('anna.1', 'ringing');
  await floor.settled();
};
const numberIsAsked: Begin = async (floor) => {
  await ownRings(floor);
  await floor.telephone('anna.1', 'answered');
  await floor.settled();
};
const numberIsAskedInVain: Begin = async (floor) => {
  await ownRings(floor);
  await floor.doesNotAnswer('leg.ring', false, () => floor.telephone('anna.1', 'answered'));
};
const numberRings: Begin = async (floor) => {
  await numberIsAsked(floor);
  await floor.telephone(number, 'ringing');
  await floor.settled();
};
const isBeingJoined =
  (isDone: boolean): Begin =>
  async (floor) => {
    await numberRings(floor);
    await floor.doesNotAnswer('leg.connect', isDone, () => floor.telephone(number, 'answered'));
  };
const isInService: Begin = async (floor) => {
  await numberRings(floor);
  await floor.telephone(number, 'answered');
  await floor.settled();
};
const isHeld: Begin = async (floor) => {
  await isInService(floor);
  await floor.do('anna', 'contact.hold', { contactId: 'c1' });
};

const states: readonly (readonly [title: string, state: string, begin: Begin, isSilent?: boolean])[] = [
  ['has been asked of the switch, which says nothing', 'connecting', isAskedInVain, true],
  ['does not ring yet at its agent', 'connecting', isDialled],
  ['rings at its agent', 'connecting', ownRings],
  ['has its agent, and the switch says nothing of the number', 'connecting', numberIsAskedInVain, true],
  ['has its agent, and the number does not ring yet', 'connecting', numberIsAsked],
  ['rings at the number', 'connecting', numberRings],
  ['is being joined', 'connecting', isBeingJoined(false), true],
  ['has been joined, which the switch has not said', 'connecting', isBeingJoined(true), true],
  ['is in service', 'connected', isInService],
  ['is on hold', 'connected', isHeld],
];

/** Given in a turn; what is to be waited for outside of the tick it gives back. */
type Deed = (floor: FloorWithTelephones, world: World) => Promise<unknown> | undefined;

/** `then`: where it is not refused. */
const asks = (method: string, params: Members, then: (world: World) => void = () => {}): Deed => {
  return (floor, world) =>
    floor.isThere('anna')
      ? floor.refusal('anna', method, params).then((refusal) => {
          if (refusal === undefined) then(world);
        })
      : undefined;
};

/** Whoever is at this telephone does not want it, or puts it down. */
function putsDown(floor: FloorWithTelephones, whose: string): Promise<unknown> | undefined {
  const state = floor.telephoneState(whose);
  return state === 'asked' || state === 'ringing' ? floor.refuses(whose) : floor.telephoneEnds(whose, 'hungUp');
}

/** A switch that is back says what it has, and not how the rest has ended. */
function canBeUnsaid(floor: FloorWithTelephones, { whys }: World): void {
  if (!floor.isThere('switch')) whys.add('notJoined');
}

const together: Readonly<Record<string, Deed>> = {
  "anna's telephone is answered": (floor) => floor.telephone('anna.1', 'answered'),
  'the number answers': (floor) => floor.telephone(number, 'answered'),
  'the number hangs up': (floor, world) => {
    if (floor.telephoneState(number) !== undefined) {
      world.hungUp = true;
      // While it rings, in service, and while it waits for bob.
      for (const why of ['notReached', 'byCustomer', 'cancelled']) world.whys.add(why);
      canBeUnsaid(floor, world);
    }
    return putsDown(floor, number);
  },
  'anna hangs up': (floor, world) => {
    if (floor.telephoneState('anna.1') !== undefined) {
      world.whys.add('byAgent');
      canBeUnsaid(floor, world);
    }
    return putsDown(floor, 'anna.1');
  },
  'anna ends it': asks('contact.end', { contactId: 'c1' }, (world) => {
    world.whys.add('byAgent');
    world.isEnded = true;
  }),
  'anna logs out': asks('agent.logout', { when: 'now' }, (world) => {
    world.whys.add('agentUnavailable');
  }),
  'anna logs out when idle': asks('agent.logout', { when: 'idle' }),
  'anna gives the line up': asks('agent.login', { lines: lines.slice(1) }),
  'anna loses her connection': (floor, world) => {
    floor.goes('anna');
    world.annaGoneSinceMs ??= world.nowMs;
    return undefined;
  },
  'anna is back': (floor, world) => {
    world.annaGoneSinceMs = undefined;
    return floor.comes('anna');
  },
  'the switch goes': (floor, world) => {
    floor.goes('switch');
    world.switchGoneSinceMs ??= world.nowMs;
    return undefined;
  },
  'a customer asks for anna': (floor, world) =>
    floor.isThere('switch') && !world.contacts.has('c2')
      ? floor.calling('c2', { agentId: 'anna', direct: { waitMs: 600_000 } }).then((refusal) => {
          if (refusal === undefined) world.contacts.add('c2');
        })
      : undefined,
  'anna calls on the other line': asks(
    'contact.dial',
    { contactId: 'c3', lineId: 'anna.2', to: { number: otherNumber } },
    (world) => world.contacts.add('c3'),
  ),
  "anna sends it to bob's line": asks('contact.transfer', {
    contactId: 'c1',
    to: { lineId: bobsLine },
    waitMs: 600_000,
  }),
};

/** Ticks of their own. */
const alone: Readonly<Record<string, (floor: FloorWithTelephones, world: World) => Promise<void>>> = {
  'the switch is back': async (floor, world) => {
    world.switchGoneSinceMs = undefined;
    await floor.comes('switch');
    await floor.settled();
    await floor.reports();
    await floor.settled();
  },
  'time goes on': async (floor, world) => {
    await floor.pass(graceMs + 5_000);
    world.nowMs += graceMs + 5_000;
    if (isOver(world.switchGoneSinceMs, world)) world.whys.add('switchLost');
    if (isOver(world.annaGoneSinceMs, world)) world.whys.add('agentUnavailable');
    if (world.isSilent) for (const why of ['notJoined', 'notReached']) world.whys.add(why);
  },
  'the router restarts': async (floor, world) => {
    await floor.restart();
    // All that was gone is given its time anew.
    if (world.switchGoneSinceMs !== undefined) world.switchGoneSinceMs = world.nowMs;
    if (world.annaGoneSinceMs !== undefined && !isOver(world.annaGoneSinceMs, world))
      world.annaGoneSinceMs = world.nowMs;
  },
};
const deeds = [...Object.keys(together), ...Object.keys(alone)];
const goes = 'the switch goes';

function isOver(sinceMs: number | undefined, { nowMs }: World): boolean {
  return sinceMs !== undefined && nowMs - sinceMs >= graceMs;
}

async function play(
  [, state, begin, isSilent = false]: (typeof states)[number],
  ticks: readonly (readonly string[])[],
): Promise<string | undefined> {
  const floor = await FloorWithTelephones.open(pool, tenant, policy);
  const world: World = {
    switchGoneSinceMs: undefined,
    annaGoneSinceMs: undefined,
    nowMs: 0,
    isSilent,
    whys: new Set(),
    why: undefined,
    hungUp: false,
    isEnded: false,
    contacts: new Set(['c1']),
  };
  try {
    await floor.do('admin', 'agent.set', { agentId: 'anna', capacity: { voice: 2 } });
    await floor.do('anna', 'agent.login', { lines });
    for (const agentId of ['anna', 'bob']) await floor.do(agentId, 'agent.ready');
    await begin(floor);
    expect((await floor.contact('c1')).state).toBe(state);
    for (const names of ticks) {
      const [first = ''] = names;
      await floor.pass(1_000);
      world.nowMs += 1_000;
      if (alone[first] === undefined) await Promise.all(names.map((name) => together[name]!(floor, world)));
      else await alone[first](floor, world);
      await floor.settled();
      await assertHolds(floor, world);
    }
    await assertNobodyIsLeft(floor, world);
    return world.why;
  } catch (error) {
    const played = ticks.map((names) => names.join(', ')).join(' | ');
    throw new Error(`${played}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    await floor.close();
  }
}

async function assertHolds(floor: FloorWithTelephones, world: World): Promise<void> {
  const { state, why, agentId, heldSince } = await floor.contact('c1');
  const isOverNow = state === 'ended';
  if (isOverNow && !world.whys.has(String(why))) throw new Error(`it is over: ${String(why)}`);
  if (isOverNow) world.why = String(why);
  if (!isOverNow && world.isEnded) throw new Error(`it is ${String(state)}, and anna has ended it`);
  if (!floor.isThere('switch')) return assertLinesAgree(floor);
  // What the switch cannot say yet nobody knows.
  if (!isOverNow && world.hungUp) throw new Error(`it is ${String(state)}, and whoever was called is gone`);
  const isTalking = state === 'connected' && agentId === 'anna' && heldSince === undefined;
  if (isTalking && !floor.areTogether('anna.1', number)) throw new Error('the two are not together');
  return assertLinesAgree(floor);
}

async function assertLinesAgree(floor: FloorWithTelephones): Promise<void> {
  const { contacts } = (await floor.do('admin', 'contact.list', {})) as { contacts: Members[] };
  const at = new Map<string, string>();
  for (const { contactId } of contacts) {
    const { lineId } = await floor.contact(String(contactId));
    if (lineId === undefined) continue;
    if (at.has(String(lineId)))
      throw new Error(`${String(lineId)} has ${at.get(String(lineId))} and ${String(contactId)}`);
    at.set(String(lineId), String(contactId));
  }
  for (const agentId of ['anna', 'bob']) {
    const seat = (await floor.agent(agentId)) as { lines?: { lineId: string; state: string; contactId?: string }[] };
    for (const { lineId, contactId } of seat.lines ?? [])
      if (contactId !== at.get(lineId))
        throw new Error(`${lineId} has ${contactId}, and there ${at.get(lineId) ?? 'nobody'} says to be`);
    for (const { lineId } of seat.lines ?? []) at.delete(lineId);
    const ringing = (seat.lines ?? []).filter((line) => line.state === 'ringing');
    if (ringing.length > 1) throw new Error(`${ringing.map(({ lineId }) => lineId).join(' and ')} ring`);
  }
  if (at.size > 0) throw new Error(`no line has ${[...at.values()].join(', ')}`);
}

/** When everybody is back and takes what rings. */
async function assertNobodyIsLeft(floor: FloorWithTelephones, world: World): Promise<void> {
  await alone['the switch is back']!(floor, world);
  for (const agentId of ['anna', 'bob'] as const) {
    await floor.comes(agentId);
    if ((await floor.agent(agentId)).state === 'loggedOut') await floor.do(agentId, 'agent.login', {});
    await floor.do(agentId, 'agent.ready');
  }
  await floor.pass(60_000);
  const isAllOver = async () => ((await floor.do('admin', 'contact.list', {})).contacts as Members[]).length === 0;
  for (let round = 0; round < 10 && !(await isAllOver()); round++) {
    // A log-out that waited for what was in service comes in the middle.
    for (const agentId of ['anna', 'bob'] as const) {
      if ((await floor.agent(agentId)).state === 'loggedOut') await floor.do(agentId, 'agent.login', {});
      await floor.do(agentId, 'agent.ready');
      await floor.telephone(agentId, 'answered');
      await floor.settled();
    }
    for (const whose of [number, otherNumber]) {
      await floor.telephone(whose, 'answered');
      await floor.settled();
    }
    for (const agentId of ['anna', 'bob'] as const) {
      const seat = (await floor.agent(agentId)) as { lines: { state: string; contactId?: string }[] };
      for (const { state, contactId } of seat.lines)
        if (state === 'connected') await floor.refusal(agentId, 'contact.end', { contactId });
    }
    await floor.pass(60_000);
  }
  if (!(await isAllOver())) throw new Error('a contact is left');
  for (const agentId of ['anna', 'bob'] as const) {
    if ((await floor.agent(agentId)).state === 'loggedOut') await floor.do(agentId, 'agent.login', {});
    await floor.do(agentId, 'agent.ready');
    const seat = (await floor.agent(agentId)) as { state: string; lines: { state: string }[] };
    if (seat.state !== 'ready' || seat.lines.some(({ state }) => state !== 'free'))
      throw new Error(`${agentId} is left ${seat.state} with ${JSON.stringify(seat.lines)}`);
  }
  await floor.reports();
  await floor.settled();
  if (floor.legsLeft.length > 0) throw new Error(`the switch is left with ${floor.legsLeft.join(', ')}`);
  const ended = floor.agentsTold
    .filter(({ event }) => event === 'contact.ended')
    .map(({ who, params }) => `${who} of ${String(params.contactId)}`);
  if (new Set(ended).size !== ended.length) throw new Error(`told to be over twice: ${ended.join(', ')}`);
  const { records } = (await floor.do('admin', 'cdr.query', {})) as { records: Members[] };
  expect(records.map(({ contactId }) => contactId).sort()).toEqual([...world.contacts].sort());
  expect(records.find(({ contactId }) => contactId === 'c1')).toMatchObject({ direction: 'outbound', to: number });
}

function isPlayable(ticks: readonly (readonly string[])[]): boolean {
  return ticks.every((names) => names.length === 1 || names.every((name) => name in together));
}

describe('a call that an agent makes', () => {
  for (const state of states)
    test(`that ${state[0]}`, { timeout: 300_000 }, async () => {
      const seen = new Set<string | undefined>();
      for (const count of [1, 2])
        for (const order of ordersOf(deeds, count))
          for (const ticks of dividedInto(order)) if (isPlayable(ticks)) seen.add(await play(state, ticks));
      const others = deeds.filter((name) => name !== goes);
      for (const order of ordersOf(others, 2)) seen.add(await play(state, [[goes], ...order.map((name) => [name])]));
      // It was over in each of these ways, and in some orders not at all.
      const ways = state[1] === 'connecting' ? ['agentUnavailable'] : ['byCustomer', 'cancelled'];
      expect([...seen]).toEqual(expect.arrayContaining([undefined, 'byAgent', 'switchLost', ...ways]));
    });
});
