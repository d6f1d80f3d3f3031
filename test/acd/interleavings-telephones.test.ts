// A switch and an agent that lose their connections, in each state that a call can be in: all orders of one and of two of what can happen then, in one
// tick and in two, and all orders of three behind the switch's going.
//
// What holds whatever the order: a call ends only where its customer has hung up, or its switch was gone for longer than its grace time. An agent who is
// gone for longer than that of the tenant is not ready, and nothing rings there. In the end, when everybody is back, each call
// is served and over once, agents are ready with free lines, and the switch has no leg left.

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
const policy = { offerMs: 600_000, wrapUpMs: 300_000, whenLegLost: 'queue', missedBeforeNotReady: 0 };

/** What is so of the world outside of the router. */
interface World {
  switchGoneSinceMs: number | undefined;
  annaGoneSinceMs: number | undefined;
  nowMs: number;
  hungUp: boolean;
  /** The switch was gone for so long that the router may have ended its calls. */
  switchLost: boolean;
}

type Begin = (floor: FloorWithTelephones) => Promise<void>;

const waits: Begin = async (floor) => {
  await floor.call('c1');
};
const rings: Begin = async (floor) => {
  await floor.do('anna', 'agent.ready');
  await floor.call('c1');
};
const ringsAtTheTelephone: Begin = async (floor) => {
  await rings(floor);
  await floor.telephone('anna', 'ringing');
};
const isAcceptedAtTheDesk: Begin = async (floor) => {
  await ringsAtTheTelephone(floor);
  const { offerId } = await floor.contact('c1');
  await floor.do('anna', 'offer.accept', { offerId });
};
const isConnected: Begin = async (floor) => {
  await ringsAtTheTelephone(floor);
  await floor.telephone('anna', 'answered');
  await floor.settled();
};
/** The telephone was answered, and the switch has not said that the two are joined: they are not, or they are. */
const isBeingJoined =
  (isDone: boolean): Begin =>
  async (floor) => {
    await ringsAtTheTelephone(floor);
    await floor.doesNotAnswer('leg.connect', isDone, () => floor.telephone('anna', 'answered'));
  };
const isHeld: Begin = async (floor) => {
  await isConnected(floor);
  await floor.do('anna', 'contact.hold', { contactId: 'c1' });
};
const bobIsAsked: Begin = async (floor) => {
  await isConnected(floor);
  await floor.do('bob', 'agent.ready');
  await floor.do('anna', 'contact.consult', { contactId: 'c1', to: { agentId: 'bob' } });
  await floor.telephone('bob', 'answered');
  await floor.settled();
};
const bobIsOnHold: Begin = async (floor) => {
  await bobIsAsked(floor);
  await floor.do('anna', 'contact.resume', { contactId: 'c1' });
};
const isWrappedUp: Begin = async (floor) => {
  await isConnected(floor);
  await floor.do('anna', 'contact.end', { contactId: 'c1' });
};
const isSentOn: Begin = async (floor) => {
  await isConnected(floor);
  await floor.do('bob', 'agent.ready');
  await floor.do('anna', 'contact.transfer', { contactId: 'c1', to: { agentId: 'bob' }, waitMs: 600_000 });
};

const bobIsRung: Begin = async (floor) => {
  await isConnected(floor);
  await floor.do('bob', 'agent.ready');
  await floor.do('anna', 'contact.consult', { contactId: 'c1', to: { agentId: 'bob' }, waitMs: 600_000 });
  await floor.telephone('bob', 'ringing');
  await floor.settled();
};
const isInConference: Begin = async (floor) => {
  await bobIsAsked(floor);
  await floor.do('anna', 'contact.conference', { contactId: 'c1' });
};

/** The same of a hold, and of the customer's being joined with bob, to whom anna hands over. */
const isBeingHeld =
  (isDone: boolean): Begin =>
  async (floor) => {
    await isConnected(floor);
    await floor.doesNotAnswer('leg.hold', isDone, () => floor.do('anna', 'contact.hold', { contactId: 'c1' }));
  };
const isBeingHandedOver =
  (isDone: boolean): Begin =>
  async (floor) => {
    await bobIsAsked(floor);
    const handsOver = () => floor.do('anna', 'contact.transfer', { contactId: 'c1', mode: 'attended' });
    await floor.doesNotAnswer('leg.connect', isDone, handsOver);
  };

const states: readonly (readonly [title: string, state: string, begin: Begin])[] = [
  ['waits', 'waiting', waits],
  ['is offered, and the telephone does not ring yet', 'ringing', rings],
  ['rings at the telephone', 'ringing', ringsAtTheTelephone],
  ['has been accepted, and the telephone still rings', 'connecting', isAcceptedAtTheDesk],
  ['is being joined', 'connecting', isBeingJoined(false)],
  ['has been joined, which the switch has not said', 'connecting', isBeingJoined(true)],
  ['is connected', 'connected', isConnected],
  ['is held', 'connected', isHeld],
  ['is being held', 'connected', isBeingHeld(false)],
  ['has been held, which the switch has not said', 'connected', isBeingHeld(true)],
  ['is held, while bob is rung about it', 'connected', bobIsRung],
  ['is held, while bob is asked about it', 'connected', bobIsAsked],
  ['has been taken up, while bob is asked about it', 'connected', bobIsOnHold],
  ['is a conference with bob', 'connected', isInConference],
  ['is being handed over to bob', 'connected', isBeingHandedOver(false)],
  ['has been handed over to bob, which the switch has not said', 'connected', isBeingHandedOver(true)],
  ['is wrapped up', 'wrapUp', isWrappedUp],
  ['was sent on, and rings at another telephone', 'ringing', isSentOn],
];

/** Given in a turn; what is to be waited for outside of the tick it gives back. */
type Deed = (floor: FloorWithTelephones, world: World) => Promise<unknown> | undefined;

const together: Readonly<Record<string, Deed>> = {
  'the switch goes': (floor, world) => {
    floor.goes('switch');
    world.switchGoneSinceMs ??= world.nowMs;
    return undefined;
  },
  'anna loses her connection': (floor, world) => {
    floor.goes('anna');
    world.annaGoneSinceMs ??= world.nowMs;
    return undefined;
  },
  'anna is back': (floor, world) => {
    world.annaGoneSinceMs = undefined;
    return floor.comes('anna');
  },
  'the customer hangs up': (floor, world) => {
    world.hungUp = true;
    return floor.hangsUp('c1');
  },
  "anna's telephone is answered": (floor) => floor.telephone('anna', 'answered'),
  'anna sends it to bob': (floor) =>
    floor.isThere('anna')
      ? floor.refusal('anna', 'contact.transfer', { contactId: 'c1', to: { agentId: 'bob' }, waitMs: 600_000 })
      : undefined,
};

/** Ticks of their own. */
const alone: Readonly<Record<string, (floor: FloorWithTelephones, world: World) => Promise<void>>> = {
  'the switch is back': async (floor, world) => {
    world.switchGoneSinceMs = undefined;
    await floor.comes('switch');
    await floor.settled();
    await floor.reports();
  },
  'time goes on': async (floor, world) => {
    await floor.pass(graceMs + 5_000);
    world.nowMs += graceMs + 5_000;
    if (isOver(world.switchGoneSinceMs, world)) world.switchLost = true;
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

function isOver(sinceMs: number | undefined, { nowMs }: World): boolean {
  return sinceMs !== undefined && nowMs - sinceMs >= graceMs;
}

async function play(begin: Begin, state: string, ticks: readonly (readonly string[])[]): Promise<void> {
  const floor = await FloorWithTelephones.open(pool, tenant, policy);
  const world: World = {
    switchGoneSinceMs: undefined,
    annaGoneSinceMs: undefined,
    nowMs: 0,
    hungUp: false,
    switchLost: false,
  };
  try {
    await begin(floor);
    expect((await floor.contact('c1')).state).toBe(state);
    for (const names of ticks) {
      const [first = ''] = names;
      await floor.pass(1_000);
      world.nowMs += 1_000;
      if (alone[first] === undefined) await Promise.all(names.map((name) => together[name]!(floor, world)));
      else await alone[first](floor, world);
      await floor.settled();
      await assertHolds(floor, world, state === 'wrapUp');
    }
    await assertNobodyIsLeft(floor, world);
  } catch (error) {
    const played = ticks.map((names) => names.join(', ')).join(' | ');
    throw new Error(`${played}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    await floor.close();
  }
}

async function assertHolds(floor: FloorWithTelephones, world: World, hadEnded: boolean): Promise<void> {
  const { state, agentId, why } = await floor.contact('c1');
  const isOverNow = state === 'ended' || state === 'wrapUp';
  if (isOverNow && !hadEnded && !world.hungUp && !world.switchLost) throw new Error(`it is over: ${String(why)}`);
  // What the switch cannot say yet nobody knows.
  if (world.hungUp && floor.isThere('switch') && !isOverNow)
    throw new Error(`it is ${String(state)}, and its customer is gone`);
  if (isOver(world.switchGoneSinceMs, world) && !isOverNow)
    throw new Error(`it is ${String(state)}, and its switch is lost`);
  if (!isOver(world.annaGoneSinceMs, world)) return;
  const { state: anna } = await floor.agent('anna');
  if (anna === 'ready' || anna === 'ringing') throw new Error(`anna is ${anna}, and has been gone for too long`);
  if (agentId === 'anna' && !isOverNow)
    throw new Error(`it is ${String(state)} at anna, who has been gone for too long`);
}

/** When everybody is back and takes what rings. */
async function assertNobodyIsLeft(floor: FloorWithTelephones, world: World): Promise<void> {
  await alone['the switch is back']!(floor, world);
  for (const agentId of ['anna', 'bob'] as const) {
    await floor.comes(agentId);
    await floor.do(agentId, 'agent.ready');
  }
  await floor.pass(60_000);
  for (let round = 0; round < 4; round++) {
    for (const agentId of ['anna', 'bob'] as const) {
      await floor.telephone(agentId, 'answered');
      await floor.settled();
      const { lines } = (await floor.agent(agentId)) as { lines: { state: string; contactId?: string }[] };
      for (const { state, contactId } of lines) {
        if (state === 'connected') await floor.do(agentId, 'contact.end', { contactId });
        if (state === 'wrapUp' || state === 'connected') await floor.do(agentId, 'contact.wrapUpDone', { contactId });
      }
    }
    await floor.pass(60_000);
    if ((await floor.contact('c1')).state === 'ended') break;
  }
  const { state, servedBefore = [] } = await floor.contact('c1');
  if (state !== 'ended') throw new Error(`it is left ${String(state)}`);
  const ends = floor.told.filter(({ event }) => event === 'contact.ended').length;
  if (ends !== 1) throw new Error(`it was told to be over ${ends} times`);
  const answers = floor.told.filter(({ event }) => event === 'contact.connected').length;
  if (answers > 1 + (servedBefore as Members[]).length) throw new Error(`it was answered ${answers} times`);
  for (const agentId of ['anna', 'bob'] as const) {
    const { state: now, lines } = (await floor.agent(agentId)) as { state: string; lines: { state: string }[] };
    if (now !== 'ready' || lines.some((line) => line.state !== 'free'))
      throw new Error(`${agentId} is left ${now} with ${JSON.stringify(lines)}`);
  }
  if (floor.legsLeft.length > 0) throw new Error(`the switch is left with ${floor.legsLeft.join(', ')}`);
}

function isPlayable(ticks: readonly (readonly string[])[]): boolean {
  return ticks.every((names) => names.length === 1 || names.every((name) => name in together));
}

describe('a call', () => {
  for (const [title, state, begin] of states)
    test(`that ${title}`, { timeout: 300_000 }, async () => {
      for (const count of [1, 2])
        for (const order of ordersOf(deeds, count))
          for (const ticks of dividedInto(order)) if (isPlayable(ticks)) await play(begin, state, ticks);
      const [goes = '', ...others] = deeds;
      for (const order of someOf(ordersOf(others, 2)))
        await play(begin, state, [[goes], ...order.map((name) => [name])]);
    });
});
