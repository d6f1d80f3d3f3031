// The vocabulary of mobility (docs/mobility.md): calls that go on at another device of their customer.

import { Type } from '@sinclair/typebox';
import { moveTokenMs, moveTokenMsMax } from '../limits.ts';
import { count, durationMs, flag, id, params, result, timeMs } from './schemas.ts';

/** Channels whose contacts are calls: they move, and others are contacts beside them. */
export const callChannels: readonly string[] = ['voice', 'video'];

export const mobilityDefaults = {
  // Who calls again while being served has changed the device: nobody is served twice at once.
  sameCustomer: true,
  tokenMs: moveTokenMs,
} as const;

export const tenantMobility = Type.Optional({
  ...params({
    sameCustomer: Type.Optional(
      flag(
        'A second call with a leg, of a customer whose call is live, is that call at another device (the default). false: with a move token alone.',
      ),
    ),
    tokenMs: Type.Optional(
      durationMs('How long a move token holds.', {
        minimum: 1_000,
        maximum: moveTokenMsMax,
        default: mobilityDefaults.tokenMs,
      }),
    ),
  }),
  description: 'Calls that go on at another device of their customer.',
});

/** Why nothing came of a move: the call goes on where it was. */
export const notMovedReasons = ['legGone', 'notJoined', 'notAnswered', 'givenUp', 'switchLost'] as const;

/** Of a contact that is a call and was connected: what ties its customer, the device and the agent's line together. */
export const liveCall = Type.Optional(
  result({
    since: timeMs('When it was connected first.'),
    legId: Type.Optional(id('The leg at which its customer is.')),
    switchId: Type.Optional(id('The switch of that leg.')),
    moves: count('How often its customer has changed the device.'),
    movedAt: Type.Optional(timeMs('When its customer did so last.')),
    moving: Type.Optional(id('The name under which a second call of its customer is being set up.')),
  }),
);

export const contactNames = Type.Optional(
  Type.Array(id('Another name of the contact.'), {
    description: 'Ids of calls that were this one at another device: other names of the contact, as good as its own.',
  }),
);
