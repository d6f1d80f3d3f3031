// Every race that an offer, a contact in service, a wrap-up and a wait for one agent can get into: all orders of two and of three deeds, in one tick, in
// two and in three. The oracles below say what was decided: whoever comes first decides, and a timer that is due in a tick comes
// behind what that tick was asked.

import { afterAll, describe, expect, test } from 'vitest';
import { virtualCorePool } from '../../src/simulation/virtual-stage.ts';
import { type Deed, dividedInto, ordersOf, RacingFloor } from './interleavings.ts';
import type { Members } from './stage.ts';

const pool = virtualCorePool();
afterAll(() => pool.close());

const english = { all: [{ skill: 'english', level: 1 }] };

/** What is so after some deeds, as the rules have it. */
interface Expected {
  state: string;
  agentId: string | undefined;
}

interface Situation<State extends Expected> {
  /** Time is over when the offer is, and that rings anew after a restart: that of this agent, or whatever rings. */
  readonly ringsAnew?: 'anna' | 'all';
  /** anna and bob where nothing is said. */
  readonly agents?: readonly string[];
  readonly deeds: Readonly<Record<string, Deed>>;
  /** Makes it, and says when time is over in it. */
  begin(floor: RacingFloor): Promise<{ readonly state: State; readonly due: number }>;
  /** Changes the state as the rules have it, and says whether the deed is refused. */
  decide(state: State, deed: string): boolean;
}

async function floorWith(policy: Members, agents: readonly string[] = ['anna', 'bob']): Promise<RacingFloor> {
  const floor = await RacingFloor.open(pool, agents);
  await floor.do('admin', 'queue.set', { queueId: 'sales', channels: ['voice'], ...policy });
  for (const agentId of floor.agents) {
    await floor.do('admin', 'agent.set', { agentId, capacity: { voice: 1 }, skills: { english: 5 } });
    await floor.do(agentId, 'agent.login');
  }
  return floor;
}

async function race<State extends Expected>(
  { deeds, begin, decide, ringsAnew, agents }: Situation<State>,
  policy: Members,
  ticks: readonly (readonly string[])[],
): Promise<void> {
  const floor = await floorWith(policy, agents);
  try {
    const { state, ...begun } = await begin(floor);
    let { due } = begun;
    // Whatever begins from here on is not over when what began before is.
    await floor.pass(1_000);
    for (const names of ticks) {
      await floor.pass(100);
      const refused = await floor.tick(
        names.map((name) => deeds[name]!),
        due,
      );
      if (ringsAnew && names.includes('the router restarts')) {
        const { state: is, agentId, untilMs } = await floor.contact('c1');
        if (is === 'ringing' && (ringsAnew === 'all' || agentId === ringsAnew)) due = Number(untilMs);
      }
      // What time brings about comes behind what its tick was asked.
      const decided = new Map<string, boolean>();
      for (const name of names) if (deeds[name] !== 'timeOver') decided.set(name, decide(state, name));
      for (const name of names) if (deeds[name] === 'timeOver') decide(state, name);
      names.forEach((name, at) => {
        const was = refused[at] === undefined ? 'done' : 'refused';
        if (deeds[name] !== 'timeOver')
          expect(was, `${name} (${refused[at] ?? 'not refused'})`).toBe(decided.get(name) ? 'refused' : 'done');
      });
    }
    const { state: now, agentId } = await floor.contact('c1');
    expect({ state: now, ...(now !== 'ended' && { agentId }) }).toEqual({
      state: state.state,
      ...(state.state !== 'ended' && { agentId: state.agentId }),
    });
    const contacts = new Set(floor.told.map(({ params }) => String(params.contactId)));
    await floor.assertNobodyIsLeft([...contacts]);
  } catch (error) {
    const played = ticks.map((names) => names.join(', ')).join(' | ');
    throw new Error(`${played}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    await floor.close();
  }
}

/** A restart is between ticks. */
function isPlayable(deeds: Readonly<Record<string, Deed>>, ticks: readonly (readonly string[])[]): boolean {
  return ticks.every((names) => names.length === 1 || names.every((name) => deeds[name] !== 'restart'));
}

function suite<State extends Expected>(situation: Situation<State>, policy: Members): void {
  for (const count of [1, 2, 3]) {
    test(`all orders of ${count}`, { timeout: 300_000 }, async () => {
      let played = 0;
      for (const order of ordersOf(Object.keys(situation.deeds), count))
        for (const ticks of dividedInto(order)) {
          if (!isPlayable(situation.deeds, ticks)) continue;
          await race(situation, policy, ticks);
          played++;
        }
      expect(played).toBeGreaterThan(0);
    });
  }
}

const hangsUp: Deed = { who: 'switch', method: 'contact.end', params: { contactId: 'c1' } };
const isNotReady: Deed = { who: 'anna', method: 'agent.notReady', params: { reason: 'lunch' } };
const logsOut: Deed = { who: 'anna', method: 'agent.logout', params: { when: 'now' } };
const logsOutWhenIdle: Deed = { who: 'anna', method: 'agent.logout', params: { when: 'idle' } };
const losesTheSkill: Deed = {
  who: 'admin',
  method: 'agent.set',
  params: { agentId: 'anna', capacity: { voice: 1 }, skills: {} },
};

function arrives(floor: RacingFloor, contactId: string, more: Members = {}): Promise<Members> {
  return floor.do('switch', 'contact.create', { contactId, channel: 'voice', queueId: 'sales', ...more });
}

interface RingingTogether extends Expected {
  rings: string[];
}

describe('a contact that rings at anna, bob and cid together', () => {
  suite<RingingTogether>(
    {
      ringsAnew: 'all',
      agents: ['anna', 'bob', 'cid'],
      deeds: {
        'anna accepts': { who: 'anna', method: 'offer.accept', params: { offerId: 'o1.1' } },
        'bob accepts': { who: 'bob', method: 'offer.accept', params: { offerId: 'o1.2' } },
        'anna rejects': { who: 'anna', method: 'offer.reject', params: { offerId: 'o1.1' } },
        'bob is not ready': { who: 'bob', method: 'agent.notReady', params: { reason: 'lunch' } },
        'the customer hangs up': hangsUp,
        'the offers run out': 'timeOver',
        'the router restarts': 'restart',
      },
      async begin(floor) {
        for (const agentId of floor.agents) {
          await floor.do(agentId, 'agent.ready');
          await floor.pass(1_000);
        }
        await arrives(floor, 'c1');
        const { untilMs } = await floor.contact('c1');
        return { state: { state: 'ringing', agentId: 'anna', rings: [...floor.agents] }, due: Number(untilMs) };
      },
      decide(state, deed) {
        const [who = '', does] = deed.split(' ');
        const rings = state.state === 'ringing' && state.rings.includes(who);
        const over = (agents: readonly string[]) => {
          if (state.state !== 'ringing') return;
          state.rings = state.rings.filter((agentId) => !agents.includes(agentId));
          if (state.rings.length === 0) state.state = 'waiting';
          state.agentId = state.rings[0];
        };
        if (deed === 'the offers run out') over([...state.rings]);
        if (deed === 'the customer hangs up') {
          const isOver = state.state === 'ended';
          Object.assign(state, { state: 'ended', agentId: undefined, rings: [] });
          return isOver;
        }
        if (does === 'accepts' && rings) Object.assign(state, { state: 'connected', agentId: who, rings: [] });
        if (does === 'rejects' || does === 'is') over([who]);
        return (does === 'accepts' || does === 'rejects') && !rings;
      },
    },
    { select: 'ringAll', afterRejectMs: 60_000 },
  );
});

interface Ringing extends Expected {
  annaIn: boolean;
  annaFits: boolean;
}

describe('a contact that rings at anna, while bob is free', () => {
  suite<Ringing>(
    {
      ringsAnew: 'anna',
      deeds: {
        'anna accepts': { who: 'anna', method: 'offer.accept', params: { offerId: 'o1.1' } },
        'anna rejects': { who: 'anna', method: 'offer.reject', params: { offerId: 'o1.1' } },
        'bob accepts what rings at anna': { who: 'bob', method: 'offer.accept', params: { offerId: 'o1.1' } },
        'the customer hangs up': hangsUp,
        'anna is not ready': isNotReady,
        'anna logs out': logsOut,
        'anna loses the skill': losesTheSkill,
        'the offer runs out': 'timeOver',
        'the router restarts': 'restart',
      },
      async begin(floor) {
        await floor.do('anna', 'agent.ready');
        await arrives(floor, 'c1', { requires: english });
        await floor.do('bob', 'agent.ready');
        const { untilMs } = await floor.contact('c1');
        return { state: { state: 'ringing', agentId: 'anna', annaIn: true, annaFits: true }, due: Number(untilMs) };
      },
      decide(state, deed) {
        const isOver = state.state === 'ended';
        const ringsAtAnna = state.state === 'ringing' && state.agentId === 'anna';
        const loses = () => {
          if (ringsAtAnna) state.agentId = 'bob';
        };
        switch (deed) {
          case 'anna accepts':
            // Said again by whoever has it, an acceptance is true still.
            if (state.state === 'connected') return false;
            if (ringsAtAnna) state.state = 'connected';
            return !ringsAtAnna;
          case 'anna rejects':
            loses();
            return !ringsAtAnna;
          case 'bob accepts what rings at anna':
            return true;
          case 'the customer hangs up':
            state.state = 'ended';
            return isOver;
          case 'anna is not ready':
            if (!state.annaIn) return true;
            loses();
            return false;
          case 'anna logs out':
            if (!state.annaIn) return false;
            if (state.state === 'connected') return true;
            loses();
            state.annaIn = false;
            return false;
          case 'anna loses the skill':
            loses();
            return false;
          case 'the offer runs out':
            loses();
            return false;
          default:
            return false;
        }
      },
    },
    { offerMs: 20_000 },
  );
});

interface InService extends Expected {
  annaIn: boolean;
  leaves: boolean;
}

const inServiceDeeds: Readonly<Record<string, Deed>> = {
  'the customer hangs up': hangsUp,
  'anna ends it': { who: 'anna', method: 'contact.end', params: { contactId: 'c1' } },
  'anna has wrapped up': { who: 'anna', method: 'contact.wrapUpDone', params: { contactId: 'c1' } },
  'anna is not ready': isNotReady,
  'anna logs out': logsOut,
  'anna logs out when idle': logsOutWhenIdle,
  'anna is ready': { who: 'anna', method: 'agent.ready', params: {} },
  'anna loses the skill': losesTheSkill,
  'the router restarts': 'restart',
};

async function served(floor: RacingFloor): Promise<InService> {
  await floor.do('anna', 'agent.ready');
  await arrives(floor, 'c1', { requires: english });
  await floor.do('anna', 'offer.accept', { offerId: 'o1.1' });
  return { state: 'connected', agentId: 'anna', annaIn: true, leaves: false };
}

function decideInService(state: InService, deed: string): boolean {
  const wrappedUp = () => {
    if (state.state !== 'wrapUp') return true;
    state.state = 'ended';
    if (state.leaves) state.annaIn = false;
    return false;
  };
  switch (deed) {
    case 'the customer hangs up':
    case 'anna ends it':
      if (state.state !== 'connected') return true;
      state.state = 'wrapUp';
      return false;
    case 'anna has wrapped up':
    case 'wrap-up runs out':
      return wrappedUp();
    case 'anna logs out':
      if (state.state === 'connected') return true;
      state.state = 'ended';
      state.annaIn = false;
      return false;
    case 'anna logs out when idle':
      if (state.state === 'ended') state.annaIn = false;
      state.leaves = true;
      return false;
    case 'anna is ready':
      if (state.annaIn) state.leaves = false;
      return !state.annaIn;
    case 'anna is not ready':
      return !state.annaIn;
    default:
      return false;
  }
}

describe('a contact in service at anna', () => {
  suite<InService>(
    {
      deeds: inServiceDeeds,
      begin: async (floor) => ({ state: await served(floor), due: 0 }),
      decide: decideInService,
    },
    { wrapUpMs: 30_000 },
  );
});

describe('a contact that anna wraps up', () => {
  suite<InService>(
    {
      deeds: { ...inServiceDeeds, 'wrap-up runs out': 'timeOver' },
      async begin(floor) {
        const state = await served(floor);
        await floor.do('anna', 'contact.end', { contactId: 'c1' });
        const { untilMs } = await floor.contact('c1');
        return { state: { ...state, state: 'wrapUp' }, due: Number(untilMs) };
      },
      decide: decideInService,
    },
    { wrapUpMs: 30_000 },
  );
});

describe('a contact that waits for anna by name, while bob is free', () => {
  suite<InService & { busy: boolean }>(
    {
      deeds: {
        'anna is done with the one before': { who: 'anna', method: 'contact.end', params: { contactId: 'c0' } },
        'the customer hangs up': hangsUp,
        'anna is not ready': isNotReady,
        'anna logs out when idle': logsOutWhenIdle,
        'anna loses the skill': losesTheSkill,
        'the wait runs out': 'timeOver',
        'the router restarts': 'restart',
      },
      async begin(floor) {
        await floor.do('anna', 'agent.ready');
        await arrives(floor, 'c0');
        await floor.do('anna', 'offer.accept', { offerId: 'o1.1' });
        await floor.do('bob', 'agent.ready');
        await arrives(floor, 'c1', { requires: english, agentId: 'anna', direct: { waitMs: 20_000 } });
        const { untilMs } = await floor.contact('c1');
        return {
          state: { state: 'waitingFor', agentId: 'anna', busy: true, annaIn: true, leaves: false },
          due: Number(untilMs),
        };
      },
      decide(state, deed) {
        const fallsBack = () => {
          if (state.state !== 'waitingFor' && !(state.state === 'ringing' && state.agentId === 'anna')) return;
          state.state = 'ringing';
          state.agentId = 'bob';
        };
        switch (deed) {
          case 'anna is done with the one before':
            if (!state.busy) return true;
            state.busy = false;
            if (state.leaves) state.annaIn = false;
            if (state.state === 'waitingFor') state.state = 'ringing';
            return false;
          case 'the customer hangs up': {
            const isOver = state.state === 'ended';
            state.state = 'ended';
            return isOver;
          }
          case 'the wait runs out':
            if (state.state === 'waitingFor') fallsBack();
            return false;
          case 'anna is not ready':
            if (!state.annaIn) return true;
            fallsBack();
            return false;
          case 'anna logs out when idle':
            if (!state.busy) state.annaIn = false;
            else state.leaves = true;
            fallsBack();
            return false;
          case 'anna loses the skill':
            fallsBack();
            return false;
          default:
            return false;
        }
      },
    },
    { offerMs: 60_000 },
  );
});
