// Customers who are asked for a message, and everything that can come in between: the exit against the end of the ring, against acceptance, against
// hanging up, against the switch's going; what the switch says of the message against all of that, against restarts, and against changes of the
// queues. All orders of one and of two, in one tick and in two, and orders of three of what matters most in each state.
//
// What holds whatever the order: the contact is over once, for a reason that has happened. Whoever has hung up is not asked. A message is there at
// last exactly where the switch was told that it is taken, and once, when its queue takes it. In the end nobody has a leg left.

import { afterAll, describe, expect, test } from 'vitest';
import { virtualCorePool } from '../../src/simulation/virtual-stage.ts';
import { FloorWithTelephones } from './floor-with-telephones.ts';
import { dividedInto, ordersOf, someOf } from './interleavings.ts';
import type { Members } from './stage.ts';

const pool = virtualCorePool();
afterAll(() => pool.close());

const graceMs = 30_000;
/** Longer than a ring, and than two restarts and what else is played. */
const maxWaitMs = 20_000;
const lateMs = 600_000;
const tenant = { agentLost: { afterMs: graceMs, becomes: 'notReady', contacts: 'queue' } };
const ringsLong = { offerMs: 600_000, wrapUpMs: 0, missedBeforeNotReady: 0, afterRejectMs: 600_000 };
const sales = {
  queueId: 'sales',
  channels: ['voice'],
  ...ringsLong,
  maxWaitMs,
  whenTimedOut: 'voicemail',
  whenClosed: 'voicemail',
  closingEmpties: true,
  voicemail: { queueId: 'letters', recordMs: 60_000 },
};
const letters = { queueId: 'letters', channels: ['email'] };

/** What is so of the world outside of the router. */
interface World {
  /** When c1 is to leave. */
  readonly due: number;
  hungUp: boolean;
  /** The router has had a reason to send it away. */
  mayLeave: boolean;
  closed: boolean;
  answered: boolean;
  /** Its switch was gone for so long that the router may have ended its calls. */
  switchLost: boolean;
  switchGoneSince: number | undefined;
  /** It may have left while nobody could be asked for a message: its switch was gone, or the queue asked for none. */
  mayLeaveSo: boolean;
  /** The switch was asked to record it. */
  asked: boolean;
  /** The switch has said what came of it. */
  saidBefore: boolean;
  /** What was said is taken by the router. */
  taken: boolean;
}

type Begin = (floor: FloorWithTelephones) => Promise<void>;

const waits: Begin = async (floor) => {
  await floor.call('c1');
};
const rings: Begin = async (floor) => {
  await floor.do('anna', 'agent.ready');
  await floor.call('c1');
  await floor.telephone('anna', 'ringing');
  await floor.settled();
};
const isAsked: Begin = async (floor) => {
  await waits(floor);
  await floor.pass(maxWaitMs + 1);
};
const isNotLetIn: Begin = async (floor) => {
  await floor.do('lead', 'queue.close', { queueId: 'sales', reason: 'night' });
  const keptOut = { contactId: 'c1', legId: 'c1', channel: 'voice', queueId: 'sales' };
  expect(await floor.callInVain(keptOut)).toBe('queue_closed');
};
const hasHungUp: Begin = async (floor) => {
  await isAsked(floor);
  await floor.hangsUp('c1');
  await floor.settled();
};

type Deed = (floor: FloorWithTelephones, world: World) => Promise<unknown> | undefined;

/** Given in a turn, as one tick. */
const together: Readonly<Record<string, Deed>> = {
  'the queue is closed': (floor, world) => {
    world.closed = true;
    world.mayLeave = true;
    return floor.do('lead', 'queue.close', { queueId: 'sales', reason: 'night' });
  },
  'the queue is opened': (floor, world) => {
    world.closed = false;
    return floor.refusal('lead', 'queue.open', { queueId: 'sales' });
  },
  "anna's telephone is answered": (floor, world) => {
    world.answered ||= floor.isThere('switch');
    return floor.telephone('anna', 'answered');
  },
  "anna's telephone is refused": (floor) => floor.refuses('anna'),
  'the customer hangs up': (floor, world) => {
    world.hungUp = true;
    return floor.hangsUp('c1');
  },
  'the switch goes': (floor, world) => {
    floor.goes('switch');
    world.switchGoneSince ??= floor.now;
    world.mayLeaveSo = true;
    return undefined;
  },
  'the switch has the message': (floor, world) => saysIt(floor, world, 'm17'),
  'nothing was said': (floor, world) => saysIt(floor, world, undefined),
  'sales asks for no messages any more': (floor, world) => {
    world.mayLeaveSo = true;
    return floor.do('admin', 'queue.set', { queueId: 'sales', channels: ['voice'], ...ringsLong });
  },
  'letters takes no messages': (floor) =>
    floor.refusal('admin', 'queue.set', { queueId: 'letters', channels: ['chat'] }),
  'letters is removed': (floor) => floor.refusal('admin', 'queue.remove', { queueId: 'letters' }),
};

async function saysIt(floor: FloorWithTelephones, world: World, recording: string | undefined): Promise<void> {
  if (!floor.isThere('switch') || !floor.recorded.has('c1')) return;
  const refusal = await floor.says('c1', recording);
  // For ten minutes, whatever has become of the leg and of the queues.
  if (refusal !== undefined && !world.saidBefore) throw new Error(`what was said is refused: ${refusal}`);
  world.saidBefore = true;
  if (refusal === undefined && recording !== undefined) world.taken = true;
  // Whoever was told that it is taken need not say it again.
  if (refusal === undefined) floor.recorded.delete('c1');
}

/** Ticks of their own. */
const alone: Readonly<Record<string, (floor: FloorWithTelephones, world: World) => Promise<void>>> = {
  'the switch is back': async (floor, world) => {
    await floor.comes('switch');
    await floor.settled();
    await floor.reports();
    world.switchGoneSince = undefined;
  },
  'time goes on': async (floor, world) => {
    await floor.pass(graceMs + 5_000);
    world.mayLeave = true;
    if (world.switchGoneSince !== undefined && floor.now - world.switchGoneSince >= graceMs) world.switchLost = true;
  },
  'the router restarts': async (floor, world) => {
    await floor.restart();
    if (world.switchGoneSince !== undefined) world.switchGoneSince = floor.now;
  },
};
/** With the deeds of its tick, where its time is not over yet. */
const timeOver = 'its time is over';

async function tick(names: readonly string[], floor: FloorWithTelephones, world: World): Promise<void> {
  const [first = ''] = names;
  if (alone[first] !== undefined) return alone[first](floor, world);
  const answers: (Promise<unknown> | undefined)[] = [];
  const give = () => {
    for (const name of names) answers.push(together[name]?.(floor, world));
  };
  if (names.includes(timeOver)) world.mayLeave = true;
  if (names.includes(timeOver) && floor.now < world.due) await floor.at(world.due, give);
  else give();
  await Promise.all(answers);
}

async function play(begin: Begin, ticks: readonly (readonly string[])[]): Promise<void> {
  const floor = await FloorWithTelephones.open(pool, tenant, ringsLong);
  try {
    for (const who of ['app', 'lead']) await floor.comes(who);
    await floor.do('admin', 'queue.set', letters);
    await floor.do('admin', 'queue.set', sales);
    const due = floor.now + maxWaitMs;
    await begin(floor);
    const world: World = {
      due,
      hungUp: begin === hasHungUp,
      mayLeave: begin !== waits && begin !== rings,
      closed: false,
      answered: false,
      switchLost: false,
      switchGoneSince: undefined,
      mayLeaveSo: false,
      asked: floor.recorded.has('c1'),
      saidBefore: false,
      taken: false,
    };
    for (const names of ticks) {
      await floor.pass(1_000);
      await tick(names, floor, world);
      await floor.settled();
      await assertHolds(floor, world, begin === isNotLetIn);
    }
    await assertNothingIsLeft(floor, world, begin === isNotLetIn);
  } catch (error) {
    const played = ticks.map((names) => names.join(', ')).join(' | ');
    throw new Error(`${played}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    await floor.close();
  }
}

async function messagesOf(floor: FloorWithTelephones): Promise<Members[]> {
  const { contacts } = await floor.do('app', 'contact.list', { limit: 100 });
  return (contacts as Members[]).filter(({ voicemail }) => voicemail !== undefined);
}

async function assertHolds(floor: FloorWithTelephones, world: World, notLetIn: boolean): Promise<void> {
  world.asked ||= floor.recorded.has('c1');
  const messages = await messagesOf(floor);
  if (messages.length > 0 && !world.taken) throw new Error('there is a message that nobody has left');
  if (messages.length > 1) throw new Error(`there are ${messages.length} messages`);
  if (notLetIn) return;
  const { state, why } = await floor.contact('c1');
  const isOver = state === 'ended' || state === 'wrapUp';
  if (world.hungUp && floor.isThere('switch') && !isOver)
    throw new Error(`it is ${String(state)}, and its customer is gone`);
  const mayBe =
    (why === 'voicemail' && world.mayLeave) ||
    ((why === 'timedOut' || why === 'closed') && world.mayLeave && (world.mayLeaveSo || world.hungUp)) ||
    (why === 'switchLost' && world.switchLost) ||
    ((why === 'byCustomer' || why === 'cancelled') && (world.hungUp || world.switchLost));
  if (isOver && !mayBe) throw new Error(`it is over: ${String(why)}`);
  // Nobody is asked for a message who is with an agent.
  if (why === 'voicemail' && floor.told.some(({ event }) => event === 'contact.connected'))
    throw new Error('it was answered, and is asked for a message');
}

/** When the switch is back, all queues are as they were, and what is to be said has been said. */
async function assertNothingIsLeft(floor: FloorWithTelephones, world: World, notLetIn: boolean): Promise<void> {
  await alone['the switch is back']!(floor, world);
  await floor.do('admin', 'queue.set', letters);
  await floor.do('admin', 'queue.set', sales);
  await floor.pass(lateMs + 200_000);
  world.asked ||= floor.recorded.has('c1');
  if (!notLetIn) {
    const { state, why } = await floor.contact('c1');
    if (state === 'waiting' || state === 'ringing')
      throw new Error(`it is ${String(state)}, and its time is long over`);
    if (why === 'voicemail' && !world.asked && !world.hungUp && !world.switchLost)
      throw new Error('its customer is there, and nobody asked for a message');
    if (state === 'connected') await floor.do('anna', 'contact.end', { contactId: 'c1' });
    await floor.pass(1_000);
    const ends = floor.told.filter(
      ({ event, params }) => event === 'contact.ended' && params.contactId === 'c1',
    ).length;
    if (ends !== 1) throw new Error(`it was told to be over ${ends} times`);
  }
  const messages = await messagesOf(floor);
  if (messages.length !== (world.taken ? 1 : 0))
    throw new Error(`${messages.length} messages, and it ${world.taken ? 'was' : 'was not'} taken`);
  for (const { contactId } of messages) await floor.do('app', 'contact.cancel', { contactId });
  const { legs } = await floor.do('admin', 'switch.get', { switchId: 'switch' });
  if (legs !== 0) throw new Error(`the router is left with ${String(legs)} legs`);
  if (floor.legsLeft.length > 0) throw new Error(`the switch is left with ${floor.legsLeft.join(', ')}`);
  const from = floor.now - (floor.now % 86_400_000);
  const asked = { of: 'queues', ids: ['sales'], from, to: from + 86_400_000, intervalMs: 86_400_000 };
  const { queues } = await floor.do('admin', 'statistics.query', asked);
  const [{ messagesAsked = 0, messagesLeft = 0 } = {}] = queues as { messagesAsked?: number; messagesLeft?: number }[];
  if (messagesLeft !== messages.length) throw new Error(`${messagesLeft} messages are counted`);
  if (messagesAsked < messagesLeft || messagesAsked > 1)
    throw new Error(`it is counted to be asked ${messagesAsked} times`);
  const { state: anna } = await floor.agent('anna');
  if (anna !== 'ready' && anna !== 'notReady') throw new Error(`anna is left ${String(anna)}`);
}

function isPlayable(ticks: readonly (readonly string[])[]): boolean {
  return ticks.every((names) => names.length === 1 || names.every((name) => !(name in alone)));
}

const deeds = [...Object.keys(together), ...Object.keys(alone), timeOver];
const switchGoesAndComes = ['the switch goes', 'the switch is back'];

const states: readonly (readonly [title: string, begin: Begin, inThrees: readonly string[]])[] = [
  [
    'waits',
    waits,
    [timeOver, 'the customer hangs up', 'the router restarts', 'the queue is closed', ...switchGoesAndComes],
  ],
  [
    'rings',
    rings,
    [
      timeOver,
      "anna's telephone is answered",
      "anna's telephone is refused",
      'the customer hangs up',
      'the switch goes',
    ],
  ],
  [
    'is asked for a message',
    isAsked,
    [
      'the switch has the message',
      'the customer hangs up',
      'time goes on',
      'the router restarts',
      ...switchGoesAndComes,
    ],
  ],
  [
    'was not let in, and is asked for a message',
    isNotLetIn,
    [
      'the switch has the message',
      'the customer hangs up',
      'time goes on',
      'the router restarts',
      'letters takes no messages',
    ],
  ],
  [
    'has hung up, and what it said is not known yet',
    hasHungUp,
    [
      'the switch has the message',
      'nothing was said',
      'letters takes no messages',
      'sales asks for no messages any more',
      'letters is removed',
      'the router restarts',
    ],
  ],
];

describe('a customer who', () => {
  for (const [title, begin, inThrees] of states)
    test(title, { timeout: 300_000 }, async () => {
      let played = 0;
      for (const count of [1, 2, 3])
        for (const order of count < 3 ? ordersOf(deeds, count) : someOf(ordersOf(inThrees, count)))
          for (const ticks of dividedInto(order)) {
            if (!isPlayable(ticks)) continue;
            await play(begin, ticks);
            played++;
          }
      expect(played).toBeGreaterThan(100);
    });
});
