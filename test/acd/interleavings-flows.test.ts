// Every race that a contact can get into whose time in its queue is over, and which then goes to a flow: the same as in interleavings.test.ts. It is
// the flow's or an agent's, never both and never nobody's.

import { describe } from 'vitest';
import type { Deed, RacingFloor } from './interleavings.ts';
import { type Expected, hangsUp, suite } from './races.ts';

interface Leaving extends Expected {
  /** marked: it goes once it rings no longer. */
  flow: 'no' | 'marked' | 'taken';
  bobIsReady: boolean;
}

const maxWaitMs = 300_000;

const deeds: Readonly<Record<string, Deed>> = {
  'time is over': 'timeOver',
  'anna accepts': { who: 'anna', method: 'offer.accept', params: { offerId: 'o1.1' } },
  'anna rejects': { who: 'anna', method: 'offer.reject', params: { offerId: 'o1.1' } },
  'the application sends it to bob': {
    who: 'app',
    method: 'supervisor.move',
    params: { contactId: 'c1', to: { agentId: 'bob' }, waitMs: 600_000 },
  },
  'the customer hangs up': hangsUp,
  'the router restarts': 'restart',
};

async function ringsAtAnna(floor: RacingFloor, bobIsReady: boolean): Promise<{ state: Leaving; due: number }> {
  await floor.do('anna', 'agent.ready');
  await floor.do('switch', 'contact.create', { contactId: 'c1', channel: 'voice', queueId: 'sales' });
  if (bobIsReady) await floor.do('bob', 'agent.ready');
  const { arrivedAt } = await floor.contact('c1');
  return { state: { state: 'ringing', agentId: 'anna', flow: 'no', bobIsReady }, due: Number(arrivedAt) + maxWaitMs };
}

/** As in interleavings.test.ts what is asked is judged one after the other, and what time brings about behind it. */
function decide(state: Leaving, deed: string): boolean | undefined {
  const ringsAt = (agentId: string) => state.state === 'ringing' && state.agentId === agentId;
  switch (deed) {
    case 'anna accepts':
      // Taken, it may be taken once more by the same offer.
      if (state.state === 'connected' && state.agentId === 'anna') return false;
      if (!ringsAt('anna')) return true;
      Object.assign(state, { state: 'connected', flow: 'no' });
      return false;
    case 'anna rejects':
      if (!ringsAt('anna')) return true;
      Object.assign(state, { state: 'waiting', agentId: undefined });
      if (state.flow === 'marked') state.flow = 'taken';
      else if (state.bobIsReady) Object.assign(state, { state: 'ringing', agentId: 'bob' });
      return false;
    case 'the application sends it to bob':
      if (state.state === 'ended' || !state.bobIsReady) return true;
      Object.assign(state, { state: 'ringing', agentId: 'bob', flow: 'no' });
      return false;
    case 'the customer hangs up':
      if (state.state === 'ended') return true;
      Object.assign(state, { state: 'ended', flow: 'no' });
      return false;
    case 'time is over':
      if (state.state === 'ringing') state.flow = 'marked';
      if (state.state === 'waiting') state.flow = 'taken';
      return false;
    default:
      return false;
  }
}

async function isTheFlowsOrNot(floor: RacingFloor, { flow: wanted }: Leaving): Promise<void> {
  const { flow } = await floor.contact('c1');
  if ((flow !== undefined) !== (wanted === 'taken'))
    throw new Error(`it is ${JSON.stringify(flow)}, and not ${wanted}`);
}

const policy = { offerMs: 600_000, afterRejectMs: 500_000, maxWaitMs, whenTimedOut: { flow: 'back' } };
const inThrees = ['time is over', 'anna accepts', 'anna rejects', 'the customer hangs up', 'the router restarts'];

describe('a contact whose queue sends it to a flow', () => {
  suite<Leaving>({ deeds, begin: (floor) => ringsAtAnna(floor, true), decide, holds: isTheFlowsOrNot }, policy, [
    ...inThrees,
    'the application sends it to bob',
  ]);
});

describe('a contact whose queue sends it to a flow, and whom nobody else could serve', () => {
  suite<Leaving>(
    { deeds, begin: (floor) => ringsAtAnna(floor, false), decide, holds: isTheFlowsOrNot },
    policy,
    inThrees,
  );
});
