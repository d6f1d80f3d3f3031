// The vocabulary of legs: what a switch says of them, and what the router asks of a switch (docs/switches.md).

import { Type } from '@sinclair/typebox';
import { id, oneOf, params, result, shape, text, whole } from './schemas.ts';

/** A leg as it is known here; `asked`: the switch has been asked to make it and has not said anything yet. */
export const legStates = ['asked', 'ringing', 'answered', 'connected', 'held', 'ended'] as const;
export type LegState = (typeof legStates)[number];

/** What a switch may report a living leg to be; `asked`: begun, and it does not ring yet. */
export const reportedLegStates = ['asked', 'ringing', 'answered', 'connected', 'held'] as const;
export type ReportedLegState = (typeof reportedLegStates)[number];

/** Why a leg failed or ended. */
export const legCauses = ['hungUp', 'rejected', 'busy', 'noAnswer', 'unreachable', 'lost', 'failed'] as const;
export type LegCause = (typeof legCauses)[number];

/** Why the router lets a leg go. */
export const releaseReasons = ['contactEnded', 'offerOver', 'notConnected', 'unknown', 'sent'] as const;
export type ReleaseReason = (typeof releaseReasons)[number];

/** Legs that the router asks for are called so, and no others. */
export const routerLegPrefix = 'leg:';

export const legId = id('The leg.');
export const legState = oneOf(legStates);
export const legCause = oneOf(
  legCauses,
  'hungUp: the party did. unreachable: no such number, or not registered. lost: signalling or media were. failed: anything else.',
);

const contactId = id('The contact.');
const requestId = id('The same when it is asked again.');
const none = result({});

/** What the router asks of a switch. */
export const legRequests = {
  'leg.ring': {
    summary:
      'Make a leg of this id, ring it there, and report leg.ringing, leg.answered or leg.failed. The result says that it is begun.',
    to: ['switch'],
    params: params({
      requestId,
      contactId,
      legId,
      to: shape(
        'LegTarget',
        params({
          agentId: id('The agent.'),
          lineId: id('The line.'),
          number: Type.Optional(text('The telephone number of the line, where it has one.')),
        }),
      ),
      from: Type.Optional(text('Who calls, as the contact says.')),
      ringMs: whole(1, 2_147_483_647, 'Stop ringing by yourself after this: only needed when the router is lost.'),
    }),
    result: none,
  },
  'leg.connect': {
    summary: 'Join these two legs. The result says that they are joined.',
    to: ['switch'],
    params: params({
      requestId,
      contactId,
      legs: Type.Array(legId, { minItems: 2, maxItems: 2, description: 'The customer’s and the agent’s.' }),
    }),
    result: none,
  },
  'leg.hold': {
    summary: 'Take the leg out of the conversation and play music to it.',
    to: ['switch'],
    params: params({ requestId, contactId, legId }),
    result: none,
  },
  'leg.resume': {
    summary: 'Put a leg on hold back into the conversation.',
    to: ['switch'],
    params: params({ requestId, contactId, legId }),
    result: none,
  },
  'leg.release': {
    summary: 'Let the leg go. One that is not there is gone already: that is no error.',
    to: ['switch'],
    params: params({
      requestId,
      contactId,
      legId,
      why: oneOf(
        releaseReasons,
        'contactEnded: the contact is over. offerOver: the offer no longer rings. notConnected: the two could not be joined. unknown: nobody needs it. sent: the contact is served by somebody else now, or waits again; the customer’s leg stays.',
      ),
    }),
    result: none,
  },
} as const;
export type LegRequestName = keyof typeof legRequests;
