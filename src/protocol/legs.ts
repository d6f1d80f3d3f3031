// The vocabulary of legs: what a switch says of them, and what the router asks of a switch (docs/switches.md).

import { type Static, Type } from '@sinclair/typebox';
import { digitsMax, gatherMsMax, messageMsMax } from '../limits.ts';
import { durationMs, id, oneOf, params, result, shape, text, whole } from './schemas.ts';

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
export const releaseReasons = [
  'contactEnded',
  'offerOver',
  'answeredElsewhere',
  'notConnected',
  'unknown',
  'sent',
  'notWanted',
  'moved',
] as const;
export type ReleaseReason = (typeof releaseReasons)[number];

/** Legs that the router asks for are called so, and no others. */
export const routerLegPrefix = 'leg:';

export const legId = id('The leg.');
export const legState = oneOf(legStates);
export const legCause = oneOf(
  legCauses,
  'hungUp: the party did. unreachable: no such number, or not registered. lost: signalling or media were. failed: anything else.',
);

/** Whether a conversation is recorded. */
export const recordingStates = ['on', 'pause', 'off'] as const;
export type RecordingState = (typeof recordingStates)[number];

/** Why an agent has not changed to another line. */
export const notSwitchedReasons = ['notHeld', 'notResumed', 'contactOver', 'overruled'] as const;

/** How a supervisor takes part in a conversation. */
export const supervisionModes = ['listen', 'whisper', 'barge'] as const;
/** Why one takes part no longer. */
export const supervisionEnds = ['stopped', 'contactEnded', 'notAnswered', 'failed', 'lost'] as const;
export type SupervisionMode = (typeof supervisionModes)[number];

/** As keys of a telephone: digits, `*`, `#` and A to D. */
export const digits = keys(1);
/** Perhaps none. */
export const noOrDigits = keys(0);

function keys(min: number) {
  return Type.String({
    pattern: `^[0-9A-D*#]{${min},${digitsMax}}$`,
    description: 'Keys of a telephone: digits, `*`, `#`, A to D.',
    examples: ['1', '*23#', '4711'],
    'x-rule': `${min === 0 ? 'at most' : 'from 1 to'} ${digitsMax} of 0-9, A-D, * and #`,
  });
}

/** Why a message is over. */
export const messageEnds = ['complete', 'timedOut', 'hungUp', 'failed'] as const;

/** Why there are no more digits to come. */
export const gatherEnds = ['complete', 'timedOut'] as const;

export const prompt = text('The name of the announcement, as the switch knows it.');

/** What a customer who waits is told. A kind that a switch does not know it refuses, or passes over. */
export const placePrompt = shape(
  'PlacePrompt',
  params({
    kind: oneOf(['place'] as const, 'place: where the customer is in the queue.'),
    position: whole(1, 2_147_483_647, 'The place in the queue: 1 is next.'),
    estimatedMs: Type.Optional(durationMs('How long it will take, about. Absent: not known.')),
  }),
);
export type PlacePrompt = Static<typeof placePrompt>;

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
          agentId: Type.Optional(
            id(
              'The agent. Absent: the leg is the customer’s, who is called back at `number`, or that of somebody outside to whom the customer is sent.',
            ),
          ),
          lineId: Type.Optional(id('The line of the agent.')),
          number: Type.Optional(
            text('The telephone number of the line, where it has one, the customer’s, or that outside.'),
          ),
        }),
      ),
      from: Type.Optional(text('Who calls, as the contact says.')),
      ringMs: whole(1, 2_147_483_647, 'Stop ringing by yourself after this: only needed when the router is lost.'),
    }),
    result: none,
  },
  'leg.connect': {
    summary:
      'Bring these legs together, and nobody else: two, or the three of a conference. Each leaves whatever it was in, and is on hold no longer. The result says that it is so; those that are together already are no error.',
    to: ['switch'],
    params: params({
      requestId,
      contactId,
      legs: Type.Array(legId, {
        minItems: 2,
        maxItems: 3,
        description:
          'The customer’s, and the agent’s or that of somebody outside; in a consultation those of both agents, who asks and who is asked; in a conference all three.',
      }),
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
  'leg.recording': {
    summary:
      'Record the conversation of this leg, pause the recording, or end it; on again after a pause, the same recording goes on. The result says that it is so.',
    to: ['switch'],
    params: params({ requestId, contactId, legId, recording: oneOf(recordingStates) }),
    result: none,
  },
  'leg.sendDigits': {
    summary:
      'Send these tones to the leg. Asked once: not again after a lost connection. The result says that they are sent.',
    to: ['switch'],
    params: params({ requestId, contactId, legId, digits }),
    result: none,
  },
  'leg.play': {
    summary:
      'Play this to the leg of a customer who waits, who hears it and then whatever is heard while waiting. Asked once: not again after a lost connection. Another one takes the place of what still plays; leg.connect, leg.gather and leg.release end it. The result says that it is begun.',
    to: ['switch'],
    params: params({ requestId, contactId, legId, prompt: placePrompt }),
    result: none,
  },
  'leg.record': {
    summary:
      'The customer’s contact is over, and the customer is asked for a message: play the greeting, record what is said for at most so long, until `#` is pressed or the customer hangs up; then report leg.recorded. The result says that it is begun.',
    to: ['switch'],
    params: params({
      requestId,
      contactId,
      legId,
      prompt: Type.Optional(prompt),
      recordMs: whole(1, messageMsMax, 'How long the message may be, from the end of the greeting.'),
    }),
    result: none,
  },
  'leg.gather': {
    summary:
      'Play the prompt, if there is one, and collect digits from the leg until there are so many, `#` is pressed or the time is over; then report leg.digits with `ends`. The result says that it is begun.',
    to: ['switch'],
    params: params({
      requestId,
      contactId,
      legId,
      prompt: Type.Optional(prompt),
      digits: whole(1, digitsMax, 'At most so many.'),
      timeoutMs: whole(1, gatherMsMax, 'For all of them, from the end of the prompt.'),
    }),
    result: none,
  },
  'leg.listen': {
    summary:
      'Let this leg, a supervisor’s, take part in the conversation of these two: listen hears both; whisper is heard by the second as well, the agent’s; barge by both. Another mode, or another agent’s leg, replaces what was. The result says that it is so.',
    to: ['switch'],
    params: params({
      requestId,
      contactId,
      legId,
      mode: oneOf(supervisionModes),
      legs: Type.Array(legId, { minItems: 2, maxItems: 2, description: 'The customer’s and the agent’s.' }),
    }),
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
        'contactEnded: the contact is over. offerOver: the offer no longer rings. answeredElsewhere: it rang at others as well, and another took it: no missed call. notConnected: the two could not be joined. unknown: nobody needs it. sent: the contact is served by somebody else now, or waits again; the customer’s leg stays. notWanted: the supervisor listens no longer. moved: its party goes on at another leg.',
      ),
    }),
    result: none,
  },
} as const;
export type LegRequestName = keyof typeof legRequests;
