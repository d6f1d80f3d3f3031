// A call that an agent makes, to a number outside or to a colleague, with telephones and without, and what else can happen, in each state that it can be in: all
// orders of one and of two deeds, in one tick and in two, and in some states all orders of two behind the switch's going. Where nothing rings yet one deed is played
// alone: more is, once it rings. The agent has two lines and is ready: others ask for it by name, and it calls out on the other line.
//
// What holds whatever the order (docs/lines.md): the call ends only where somebody has hung up or ended it, its agent has left, or its switch, its agent or an
// answer of the switch was away for too long. No line has two contacts, no contact two lines, and no second line of a seat rings. Whoever is in service is together with
// whom it called. In the end each contact was over once and has one record, agents are ready with free lines, and the switch has no leg left.

import { afterAll, describe, expect, test } from 'vitest';
import { virtualCorePool } from '../../src/simulation/virtual-stage.ts';
import { FloorWithTelephones } from './floor-with-telephones.ts';
import { dividedInto, ordersOf, someOf } from './interleavings.ts';
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
  /** Whose telephone is called: a number, or a colleague. */
  readonly called: string;
  readonly isInside: boolean;
  readonly hasTelephones: boolean;
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

/** A colleague. */
const callsBob = (floor: FloorWithTelephones) =>
  floor.do('anna', 'contact.dial', { contactId: 'c1', lineId: 'anna.1', to: { agentId: 'bob' }, waitMs: 600_000 });
const ringsAtAnna: Begin = async (floor) => {
  await callsBob(floor);
  await floor.telephone('anna.1', 'ringing');
  await floor.settled();
};
const ringsAtBob: Begin = async (floor) => {
  await ringsAtAnna(floor);
  await floor.telephone('anna.1', 'answered');
  await floor.settled();
  await floor.telephone('bob', 'ringing');
  await floor.settled();
};
const isWithBob: Begin = async (floor) => {
  await ringsAtBob(floor);
  await floor.telephone('bob', 'answered');
  await floor.settled();
};

/** No switch makes calls. */
const without =
  (begin: (floor: FloorWithTelephones) => Promise<unknown>): Begin =>
  async (floor) => {
    await floor.do('admin', 'switch.set', { switchId: 'switch', graceMs, weight: 0 });
    await begin(floor);
    await floor.settled();
  };
const isTakenByBob = async (floor: FloorWithTelephones) => {
  await callsBob(floor);
  await floor.settled();
  await floor.accepts('bob');
};

interface State {
  readonly that: string;
  readonly state: 'connecting' | 'connected';
  readonly begin: Begin;
  /** The switch was asked something and says nothing. */
  readonly isSilent?: true;
  /** A colleague is called. */
  readonly isInside?: true;
  readonly isWithoutTelephones?: true;
  /** How many deeds, and whether two are played behind the switch's going as well. */
  readonly counts: readonly number[];
  readonly isBehindSwitch?: true;
}

const one = { counts: [1] } as const;
const two = { counts: [1, 2] } as const;
const all = { counts: [1, 2], isBehindSwitch: true } as const;
const states: readonly State[] = [
  {
    that: 'has been asked of the switch, which says nothing',
    state: 'connecting',
    begin: isAskedInVain,
    isSilent: true,
    ...two,
  },
  { that: 'does not ring yet at its agent', state: 'connecting', begin: isDialled, ...one },
  { that: 'rings at its agent', state: 'connecting', begin: ownRings, ...all },
  {
    that: 'has its agent, and the switch says nothing of the number',
    state: 'connecting',
    begin: numberIsAskedInVain,
    isSilent: true,
    ...two,
  },
  { that: 'has its agent, and the number does not ring yet', state: 'connecting', begin: numberIsAsked, ...one },
  { that: 'rings at the number', state: 'connecting', begin: numberRings, ...all },
  { that: 'is being joined', state: 'connecting', begin: isBeingJoined(false), isSilent: true, ...two },
  {
    that: 'has been joined, which the switch has not said',
    state: 'connecting',
    begin: isBeingJoined(true),
    isSilent: true,
    ...two,
  },
  { that: 'is in service', state: 'connected', begin: isInService, ...all },
  { that: 'is on hold', state: 'connected', begin: isHeld, ...one },
  {
    that: 'is in service without telephones',
    state: 'connected',
    begin: without(dials),
    isWithoutTelephones: true,
    ...two,
  },
  { that: 'rings at its agent, for a colleague', state: 'connecting', begin: ringsAtAnna, isInside: true, ...one },
  { that: 'rings at a colleague', state: 'connecting', begin: ringsAtBob, isInside: true, ...two },
  { that: 'is in service with a colleague', state: 'connected', begin: isWithBob, isInside: true, ...two },
  {
    that: 'is offered to a colleague without telephones',
    state: 'connecting',
    begin: without(callsBob),
    isInside: true,
    isWithoutTelephones: true,
    ...two,
  },
  {
    that: 'is in service with a colleague without telephones',
    state: 'connected',
    begin: without(isTakenByBob),
    isInside: true,
    isWithoutTelephones: true,
    ...one,
  },
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
  'the other one answers': (floor, { called, isInside, hasTelephones }) =>
    hasTelephones || !isInside ? floor.telephone(called, 'answered') : floor.accepting('bob'),
  'the other one hangs up': (floor, world) => {
    const { called, isInside } = world;
    if (floor.telephoneState(called) !== undefined) {
      world.hungUp = !isInside;
      // While it rings, in service, and while it waits for bob.
      for (const why of ['notReached', 'byCustomer', 'cancelled']) world.whys.add(why);
      canBeUnsaid(floor, world);
    }
    return putsDown(floor, called);
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
  'bob ends it': (floor, world) => {
    if (!world.isInside || !floor.isThere('bob')) return undefined;
    return floor.refusal('bob', 'contact.end', { contactId: 'c1.called' }).then((refusal) => {
      if (refusal === undefined) for (const why of ['byCustomer', 'notReached']) world.whys.add(why);
    });
  },
  'bob logs out': (floor, world) => {
    if (!world.isInside || !floor.isThere('bob')) return undefined;
    return floor.refusal('bob', 'agent.logout', { when: 'now' }).then((refusal) => {
      if (refusal === undefined) for (const why of ['byCustomer', 'notReached']) world.whys.add(why);
    });
  },
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
/** What happens to telephones. */
const ofTelephones = ["anna's telephone is answered", 'the other one hangs up', 'anna hangs up'];
const ofBob = ['bob ends it', 'bob logs out'];
/** Refused of a call to a colleague, or played with numbers. */
const ofNumbers = ["anna sends it to bob's line", 'anna gives the line up', 'anna calls on the other line'];

function deedsOf({ isInside, isWithoutTelephones }: State): string[] {
  const without = [
    ...(isInside ? ofNumbers : ofBob),
    ...(isWithoutTelephones ? ofTelephones : []),
    ...(isWithoutTelephones && !isInside ? ['the other one answers'] : []),
  ];
  return deeds.filter((name) => !without.includes(name));
}
const goes = 'the switch goes';

function isOver(sinceMs: number | undefined, { nowMs }: World): boolean {
  return sinceMs !== undefined && nowMs - sinceMs >= graceMs;
}

async function play(of: State, ticks: readonly (readonly string[])[]): Promise<string | undefined> {
  const { state, begin, isInside = false, isWithoutTelephones = false } = of;
  const floor = await FloorWithTelephones.open(pool, tenant, policy);
  const world: World = {
    called: isInside ? 'bob' : number,
    isInside,
    hasTelephones: !isWithoutTelephones,
    switchGoneSinceMs: undefined,
    annaGoneSinceMs: undefined,
    nowMs: 0,
    isSilent: of.isSilent === true,
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
  if (isTalking && world.hasTelephones && !floor.areTogether('anna.1', world.called))
    throw new Error('the two are not together');
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
      await floor.accepts(agentId);
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
  const record = world.isInside ? { direction: 'internal' } : { direction: 'outbound', to: number };
  expect(records.find(({ contactId }) => contactId === 'c1')).toMatchObject(record);
}

function isPlayable(ticks: readonly (readonly string[])[]): boolean {
  return ticks.every((names) => names.length === 1 || names.every((name) => name in together));
}

describe('a call that an agent makes', () => {
  for (const state of states)
    test(`that ${state.that}`, { timeout: 300_000 }, async () => {
      const seen = new Set<string | undefined>();
      const those = deedsOf(state);
      for (const count of state.counts)
        for (const order of ordersOf(those, count))
          for (const ticks of dividedInto(order)) if (isPlayable(ticks)) seen.add(await play(state, ticks));
      const others = those.filter((name) => name !== goes);
      for (const order of state.isBehindSwitch ? someOf(ordersOf(others, 2)) : [])
        seen.add(await play(state, [[goes], ...order.map((name) => [name])]));
      // It was over in each of these ways, and in some orders not at all.
      const ways = waysOf(state);
      expect([...seen]).toEqual(expect.arrayContaining([undefined, 'byAgent', ...ways]));
    });
});

function waysOf({ state, counts, isInside, isWithoutTelephones }: State): string[] {
  // Of one deed alone not all of them come.
  if (!counts.includes(2)) return [];
  const ofSwitch = isWithoutTelephones ? [] : ['switchLost'];
  if (isInside) return [...ofSwitch, state === 'connecting' ? 'notReached' : 'byCustomer'];
  if (state === 'connecting') return [...ofSwitch, 'agentUnavailable'];
  return isWithoutTelephones ? [] : [...ofSwitch, 'byCustomer', 'cancelled'];
}
