// Every race that a contact can get into while its agent sends it to another one: the same as in interleavings.test.ts.

import { describe } from 'vitest';
import type { Deed, RacingFloor } from './interleavings.ts';
import { type Expected, hangsUp, suite } from './races.ts';

interface Going extends Expected {
  annaReady: boolean;
  /** How often it has rung. */
  rang: number;
  bobRests: boolean;
}

const deeds: Readonly<Record<string, Deed>> = {
  'anna transfers it to bob': {
    who: 'anna',
    method: 'contact.transfer',
    params: { contactId: 'c1', to: { agentId: 'bob' }, waitMs: 20_000 },
  },
  'bob accepts it': { who: 'bob', method: 'offer.accept', params: { offerId: 'o1.2' } },
  'bob rejects it': { who: 'bob', method: 'offer.reject', params: { offerId: 'o1.2' } },
  'the customer hangs up': hangsUp,
  'anna ends it': { who: 'anna', method: 'contact.end', params: { contactId: 'c1' } },
  'anna is not ready': { who: 'anna', method: 'agent.notReady', params: { reason: 'lunch' } },
  'the application takes it back to the queue': {
    who: 'app',
    method: 'supervisor.move',
    params: { contactId: 'c1', to: { queueId: 'sales' } },
  },
  'the router restarts': 'restart',
};

async function servedByAnna(floor: RacingFloor): Promise<Going> {
  await floor.do('anna', 'agent.ready');
  await floor.do('switch', 'contact.create', { contactId: 'c1', channel: 'voice', queueId: 'sales' });
  await floor.do('anna', 'offer.accept', { offerId: 'o1.1' });
  await floor.do('bob', 'agent.ready');
  return { state: 'connected', agentId: 'anna', annaReady: true, rang: 1, bobRests: false };
}

/** To whoever is free: the agent whom it is taken from comes last, and bob not at all for a while after he has rejected it. */
function intoTheQueue(state: Going): void {
  const order = state.agentId === 'bob' ? ['anna', 'bob'] : ['bob', 'anna'];
  const free = order.find((agentId) => (agentId === 'bob' ? !state.bobRests : state.annaReady));
  if (free === undefined) wait(state);
  else ring(state, free);
}

function ring(state: Going, agentId: string): void {
  state.state = 'ringing';
  state.agentId = agentId;
  state.rang += 1;
}

function wait(state: Going): void {
  state.state = 'waiting';
  state.agentId = undefined;
}

function decide(state: Going, deed: string): boolean {
  const isWith = (agentId: string) => state.state === 'connected' && state.agentId === agentId;
  const isBobs = state.state === 'ringing' && state.agentId === 'bob' && state.rang === 2;
  switch (deed) {
    case 'anna transfers it to bob':
      if (!isWith('anna')) return true;
      ring(state, 'bob');
      return false;
    case 'bob accepts it':
      // Taken, it may be taken once more by the same offer.
      if (isWith('bob') && state.rang === 2) return false;
      if (!isBobs) return true;
      state.state = 'connected';
      return false;
    case 'bob rejects it':
      if (!isBobs) return true;
      state.bobRests = true;
      intoTheQueue(state);
      return false;
    case 'the customer hangs up':
      if (state.state === 'ended') return true;
      state.state = 'ended';
      return false;
    case 'anna ends it':
      if (!isWith('anna')) return true;
      state.state = 'ended';
      return false;
    case 'anna is not ready':
      state.annaReady = false;
      if (state.state === 'ringing' && state.agentId === 'anna') intoTheQueue(state);
      return false;
    case 'the application takes it back to the queue':
      if (state.state === 'ended') return true;
      intoTheQueue(state);
      return false;
    default:
      return false;
  }
}

describe('a contact that anna serves and may send to bob', () => {
  suite<Going>(
    { deeds, begin: async (floor) => ({ state: await servedByAnna(floor), due: 0 }), decide },
    { offerMs: 600_000, afterRejectMs: 300_000 },
  );
});
