// How a race is played: deeds in every order, divided into ticks, against an oracle of the test's own.

import { afterAll, expect, test } from 'vitest';
import { virtualCorePool } from '../../src/simulation/virtual-stage.ts';
import { type Deed, dividedInto, ordersOf, RacingFloor, someOf } from './interleavings.ts';
import type { Members } from './stage.ts';

const pool = virtualCorePool();
afterAll(() => pool.close());

export const english = { all: [{ skill: 'english', level: 1 }] };

/** What is so after some deeds, as the rules have it. */
export interface Expected {
  state: string;
  agentId: string | undefined;
}

export interface Situation<State extends Expected> {
  /** Time is over when the offer is, and that rings anew after a restart: that of this agent, or whatever rings. */
  readonly ringsAnew?: 'anna' | 'all';
  /** anna and bob where nothing is said. */
  readonly agents?: readonly string[];
  readonly deeds: Readonly<Record<string, Deed>>;
  /** Makes it, and says when time is over in it. */
  begin(floor: RacingFloor): Promise<{ readonly state: State; readonly due: number }>;
  /** Changes the state as the rules have it, and says whether the deed is refused; undefined: in one tick it may be otherwise than in two. */
  decide(state: State, deed: string): boolean | undefined;
  /** What else must hold when all is done. */
  holds?(floor: RacingFloor, state: State): Promise<void>;
}

async function floorWith(policy: Members, agents: readonly string[] = ['anna', 'bob']): Promise<RacingFloor> {
  const floor = await RacingFloor.open(pool, agents);
  await floor.together([
    ['admin', 'queue.set', { queueId: 'sales', channels: ['voice'], ...policy }],
    ...floor.agents.flatMap((agentId) => [
      ['admin', 'agent.set', { agentId, capacity: { voice: 1 }, skills: { english: 5 } }] as const,
      [agentId, 'agent.login'] as const,
    ]),
  ]);
  return floor;
}

async function race<State extends Expected>(
  { deeds, begin, decide, ringsAnew, agents, holds }: Situation<State>,
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
      const decided = new Map<string, boolean | undefined>();
      for (const name of names) if (deeds[name] !== 'timeOver') decided.set(name, decide(state, name));
      for (const name of names) if (deeds[name] === 'timeOver') decide(state, name);
      decide(state, 'the tick is over');
      names.forEach((name, at) => {
        const was = refused[at] === undefined ? 'done' : 'refused';
        if (deeds[name] !== 'timeOver' && decided.get(name) !== undefined)
          expect(was, `${name} (${refused[at] ?? 'not refused'})`).toBe(decided.get(name) ? 'refused' : 'done');
      });
    }
    const { state: now, agentId } = await floor.contact('c1');
    expect({ state: now, ...(now !== 'ended' && { agentId }) }).toEqual({
      state: state.state,
      ...(state.state !== 'ended' && { agentId: state.agentId }),
    });
    await holds?.(floor, state);
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

/** `inThrees`: those of which orders of three are played, where all would take too long. */
export function suite<State extends Expected>(
  situation: Situation<State>,
  policy: Members,
  inThrees = Object.keys(situation.deeds),
): void {
  for (const count of [1, 2, 3]) {
    test(`all orders of ${count}`, { timeout: 300_000 }, async () => {
      let played = 0;
      for (const order of count < 3 ? ordersOf(Object.keys(situation.deeds), count) : someOf(ordersOf(inThrees, count)))
        for (const ticks of dividedInto(order)) {
          if (!isPlayable(situation.deeds, ticks)) continue;
          await race(situation, policy, ticks);
          played++;
        }
      expect(played).toBeGreaterThan(0);
    });
  }
}

export const hangsUp: Deed = { who: 'switch', method: 'contact.end', params: { contactId: 'c1' } };
