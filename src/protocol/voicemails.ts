// The vocabulary of voicemail (docs/voicemail.md): what a queue asks a customer for who leaves it so, and what becomes of a message.

import { Type } from '@sinclair/typebox';
import { messageMsMax } from '../limits.ts';
import { prompt } from './legs.ts';
import { durationMs, id, params, result, text, timeMs, whole } from './schemas.ts';

/** The channel on which messages come: deferred unless the tenant says otherwise. */
export const messageChannel = 'email';

/** Two minutes: who has more to say calls again. */
export const voicemailDefaults = { recordMs: 120_000 } as const;

export const voicemailPolicyProperties = params({
  queueId: Type.Optional(
    id(`The queue that messages go to, which takes the channel \`${messageChannel}\`. Absent: this one.`),
  ),
  prompt: Type.Optional(prompt),
  recordMs: Type.Optional(
    whole(1_000, messageMsMax, 'How long a message may be.', { default: voicemailDefaults.recordMs }),
  ),
});

/** Of a contact that is a message: what it is. */
export const voicemailShown = result({
  fromContactId: id('The contact whose customer has left it.'),
  queueId: id('The queue in which that was, or to which it was not let.'),
  recording: text('Where the message is, as the switch says.'),
  recordedMs: durationMs('How long it is.'),
  leftAt: timeMs('When it was left.'),
});
