// Every race that a contact can get into while its agent asks another one about it: the same as in interleavings.test.ts. Nobody
// may be without the customer who should have it, and the customer never without anybody.

import { describe } from 'vitest';
import type { Deed, RacingFloor } from './interleavings.ts';
import { type Expected, hangsUp, suite } from './races.ts';

interface Asking extends Expected {
  /** What has become of the consultation that was there at first; over: the contact has been left, or it was rejected or ended. */
  consult: 'ringing' | 'taken' | 'over';
  bobRests: boolean;
}

const deeds: Readonly<Record<string, Deed>> = {
  'bob accepts': { who: 'bob', method: 'offer.accept', params: { offerId: 'o2.1' } },
  'bob rejects': { who: 'bob', method: 'offer.reject', params: { offerId: 'o2.1' } },
  'anna ends it': { who: 'anna', method: 'contact.end', params: { contactId: 'c1.consult' } },
  'anna hands over': { who: 'anna', method: 'contact.transfer', params: { contactId: 'c1', mode: 'attended' } },
  'the application takes it back to the queue': {
    who: 'app',
    method: 'supervisor.move',
    params: { contactId: 'c1', to: { queueId: 'sales' } },
  },
  'anna takes up the customer': { who: 'anna', method: 'contact.resume', params: { contactId: 'c1' } },
  'anna takes up bob': { who: 'anna', method: 'contact.resume', params: { contactId: 'c1.consult' } },
  'anna ends the contact': { who: 'anna', method: 'contact.end', params: { contactId: 'c1' } },
  'the customer hangs up': hangsUp,
  'the router restarts': 'restart',
};

async function annaAsksBob(floor: RacingFloor): Promise<Asking> {
  await floor.do('anna', 'agent.ready');
  await floor.do('switch', 'contact.create', { contactId: 'c1', channel: 'voice', queueId: 'sales' });
  await floor.do('anna', 'offer.accept', { offerId: 'o1.1' });
  await floor.do('bob', 'agent.ready');
  await floor.do('anna', 'contact.consult', { contactId: 'c1', to: { agentId: 'bob' } });
  return { state: 'connected', agentId: 'anna', consult: 'ringing', bobRests: false };
}

function isAnnas(state: Asking): boolean {
  return state.state === 'connected' && state.agentId === 'anna';
}

/** Who waits for him rings there as soon as he is free. */
function ringsAtBob(state: Asking): void {
  if (state.state === 'waitingFor' && state.consult === 'over' && !state.bobRests) state.state = 'ringing';
}

/** Whoever is not with the agent is on hold, and nobody else is. */
async function oneIsHeld(floor: RacingFloor): Promise<void> {
  const { state, heldSince, consultId } = await floor.contact('c1');
  const consult = consultId === undefined ? undefined : await floor.contact(String(consultId));
  const held = [heldSince, consult?.heldSince].filter((since) => since !== undefined).length;
  const wanted = state === 'connected' && consult !== undefined ? 1 : 0;
  if (held !== wanted) throw new Error(`${held} are on hold, and not ${wanted}`);
  if (consult !== undefined && consult.state !== 'connected' && heldSince === undefined)
    throw new Error('nobody has taken it, and the customer is not on hold');
}

function decide(state: Asking, deed: string): boolean | undefined {
  switch (deed) {
    case 'anna takes up the customer':
    case 'anna takes up bob':
      return undefined;
    case 'bob accepts':
      // Taken, it may be taken once more by the same offer.
      if (state.consult === 'over') return true;
      state.consult = 'taken';
      return false;
    case 'bob rejects':
      if (state.consult !== 'ringing') return true;
      state.consult = 'over';
      state.bobRests = true;
      return false;
    case 'anna ends it':
      if (state.consult === 'over') return true;
      state.consult = 'over';
      ringsAtBob(state);
      return false;
    case 'anna hands over':
      if (!isAnnas(state) || state.consult === 'over') return true;
      state.agentId = 'bob';
      // Before it is taken: bob is busy with it until the tick is over.
      if (state.consult === 'ringing') state.state = 'waitingFor';
      else state.consult = 'over';
      return false;
    case 'the application takes it back to the queue':
      if (state.state === 'ended') return true;
      // Whom it is taken from comes last of those who are free, and whoever is asked is not free yet.
      state.agentId = state.agentId === 'anna' && state.consult === 'over' && !state.bobRests ? 'bob' : 'anna';
      state.state = 'ringing';
      return false;
    case 'anna ends the contact':
      if (!isAnnas(state)) return true;
      state.state = 'ended';
      return false;
    case 'the customer hangs up':
      if (state.state === 'ended') return true;
      state.state = 'ended';
      return false;
    case 'the tick is over':
      if (!isAnnas(state)) state.consult = 'over';
      ringsAtBob(state);
      return false;
    default:
      return false;
  }
}

describe('a contact that anna asks bob about', () => {
  suite<Asking>(
    { deeds, begin: async (floor) => ({ state: await annaAsksBob(floor), due: 0 }), decide, holds: oneIsHeld },
    { offerMs: 600_000, afterRejectMs: 300_000 },
    ['bob accepts', 'anna hands over', 'anna ends it', 'the customer hangs up', 'the router restarts'],
  );
});

describe('a contact that anna has asked bob about, and has taken up again', () => {
  const begin = async (floor: RacingFloor) => {
    const state = await annaAsksBob(floor);
    await floor.do('bob', 'offer.accept', { offerId: 'o2.1' });
    await floor.do('anna', 'contact.resume', { contactId: 'c1' });
    return { state: { ...state, consult: 'taken' as const }, due: 0 };
  };
  const { 'bob accepts': _, 'bob rejects': __, ...others } = deeds;
  suite<Asking>({ deeds: others, begin, decide, holds: oneIsHeld }, { offerMs: 600_000, afterRejectMs: 300_000 }, [
    'anna takes up bob',
    'anna hands over',
    'anna ends it',
    'the customer hangs up',
    'the router restarts',
  ]);
});
