// What is done with the media of a contact while it lives: recording, and the keys of telephones.

import { Type } from '@sinclair/typebox';
import { digitsMax, gatherMsMax } from '../../limits.ts';
import { digits, gatherEnds, legId, legState, messageEnds, noOrDigits, prompt, recordingStates } from '../legs.ts';
import { changing, durationMs, flag, id, oneOf, result, text, whole } from '../schemas.ts';
import { method } from './method.ts';

const contactId = id('The contact.');
const serving = ['agent', 'supervisor', 'app'] as const;

export const mediaMethods = {
  'contact.recording': method({
    summary:
      'The contact is to be recorded from now on, or not, or the recording is to pause; with or without it, what the customer says to being recorded. `recording` of the queue says what is allowed. With legs the switch is asked, and contact.recording (the event) says when it is so.',
    roles: [...serving, 'switch'],
    params: changing({
      contactId,
      recording: Type.Optional(oneOf(recordingStates)),
      consent: Type.Optional(
        flag(
          'The customer agrees to being recorded, or does not (any more): then a recording ends. At any time until the end.',
        ),
      ),
    }),
    result: result({
      contactId,
      recording: oneOf(recordingStates, 'As it is now.'),
      consent: Type.Optional(flag('What the customer has said to it.')),
    }),
    changes: true,
    withheld: { switch: ['recording'] },
    refusals: [
      'contact_not_found',
      'contact_already_ended',
      'contact_not_connected',
      'recording_not_allowed',
      'recording_without_consent',
    ],
  }),
  'contact.digits': method({
    summary:
      'Sends tones to the customer’s side, as to a menu that was called. Not repeated by the router, and not kept.',
    roles: serving,
    params: changing({ contactId, digits }),
    result: result({ contactId }),
    changes: true,
    refusals: ['contact_not_found', 'contact_not_connected', 'contact_without_legs', 'switch_not_connected'],
  }),
  'contact.gather': method({
    summary:
      'Collects digits from the customer, waiting or in service; contact.gathered brings them to whoever asked, and to nobody else. They are not kept.',
    roles: serving,
    params: changing({
      contactId,
      prompt: Type.Optional(prompt),
      digits: whole(1, digitsMax, 'At most so many; the customer may end with `#` sooner.'),
      timeoutMs: Type.Optional(whole(1, gatherMsMax, 'For all of them.', { default: 20_000 })),
    }),
    result: result({ contactId }),
    changes: true,
    refusals: [
      'contact_not_found',
      'contact_already_ended',
      'contact_without_legs',
      'call_is_internal',
      'gather_under_way',
    ],
  }),
  'leg.digits': method({
    summary:
      'The party has pressed keys: told to the agent in service. With `ends`: what leg.gather was asked for, and whether that came to its end.',
    roles: ['switch'],
    params: changing({
      legId,
      digits: noOrDigits,
      ends: Type.Optional(oneOf(gatherEnds)),
    }),
    result: result({ legId, state: legState, contactId: Type.Optional(contactId) }),
    changes: true,
    refusals: ['leg_not_found'],
  }),
  'leg.recorded': method({
    summary:
      'What leg.record was asked for is over. With `recording` the customer has left a message, which comes to its queue as a contact; without it nothing was said. It may come before the leg is gone, or a while after it.',
    roles: ['switch'],
    params: changing({
      legId,
      ends: oneOf(
        messageEnds,
        'complete: `#` was pressed, or nothing more was said. timedOut: after `recordMs`. hungUp: the customer has. failed: nothing could be recorded, or no more.',
      ),
      recording: Type.Optional(
        text('Where the message is: an address that agents can open, or whatever tells it apart.'),
      ),
      recordedMs: Type.Optional(durationMs('How long it is.')),
    }),
    result: result({ legId, state: legState, contactId: Type.Optional(contactId) }),
    changes: true,
    refusals: ['leg_not_found'],
  }),
};
