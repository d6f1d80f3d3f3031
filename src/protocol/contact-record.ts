// The record of a finished contact (CDR): as cdr.query shows it, as cdr.export writes it, and as webhooks are told of it.

import { type Static, Type } from '@sinclair/typebox';
import { recordedOffersMax, servedPartsMax } from '../limits.ts';
import { callerRecorded } from './caller.ts';
import { consultations } from './consultations.ts';
import { dialledInside } from './dialled-inside.ts';
import { leftQueues } from './left-queues.ts';
import { legCause } from './legs.ts';
import { contactNames } from './mobility.ts';
import { anyMoney, ratePers } from './rates.ts';
import { channel, count, flag, id, identity, name, oneOf, result, shape, text, timeMs } from './schemas.ts';
import { servedPart } from './served-parts.ts';
import { endedReasons, withdrawnReasons, words } from './states.ts';
import { voicemailShown } from './voicemails.ts';

const offerOutcomes = ['taken', ...words(withdrawnReasons)] as const;
export type OfferOutcome = (typeof offerOutcomes)[number];

export const contactRecord = shape(
  'ContactRecord',
  result({
    contactId: id('The contact.'),
    queueId: id('Its queue; the last, where it went on to others.'),
    leftQueues,
    channel,
    from: Type.Optional(text('Who called.')),
    to: Type.Optional(text('Who was called.')),
    identity: Type.Optional(identity),
    customerId: Type.Optional(id('The customer.')),
    broughtBy: Type.Object(
      { role: oneOf(['app', 'switch', 'customer', 'agent']), sub: id('Its name.') },
      { description: 'Who brought it; an agent has dialled it.' },
    ),
    arrivedAt: timeMs('When it came.'),
    connectedAt: Type.Optional(timeMs('When it was connected; absent if it never was.')),
    endedAt: timeMs('When it was over for the customer.'),
    finishedAt: timeMs('When its wrap-up was over, too: by this time records are in order.'),
    why: oneOf(words(endedReasons), 'Why it ended.'),
    outsideNumber: Type.Optional(
      text('The number outside that its customer is with, or that was being rung at the end.'),
    ),
    caller: callerRecorded,
    voicemail: Type.Optional(voicemailShown),
    agentId: Type.Optional(id('Who served it.')),
    lineId: Type.Optional(id('On which line.')),
    waitedMs: count('Until it was connected, or over; of one that was served before, the last time that it waited.'),
    talkMs: count('In service without holds, with all agents.'),
    holdMs: count('On hold.'),
    holds: count('How often.'),
    recordedMs: Type.Optional(count('How long it was recorded; absent: it was not.')),
    recordingConsent: Type.Optional(flag('What the customer has said to being recorded.')),
    wrapUpMs: count('From the end until it was finished.'),
    servedBefore: Type.Optional(
      Type.Array(
        result({
          ...servedPart.properties,
          talkMs: count('In service there without holds.'),
          holdMs: count('On hold there.'),
        }),
        { description: `Who served it before it was sent on, the last ${servedPartsMax}, in order.` },
      ),
    ),
    consultations,
    names: contactNames,
    moves: Type.Optional(count('How often its customer changed the device; absent: never.')),
    direction: Type.Optional(
      oneOf(['outbound', 'internal'], 'outbound: an agent has called out. internal: a colleague. Absent: it came.'),
    ),
    dialledTo: Type.Optional(dialledInside),
    calledAgentId: Type.Optional(id('The colleague who has taken it; absent: nobody has.')),
    cause: Type.Optional(legCause),
    messages: Type.Optional(count('How many texts were written in it until it was over; absent: none.')),
    offered: count('How often it rang at an agent.'),
    offers: Type.Array(
      result({
        agentId: id('The agent.'),
        lineId: id('The line.'),
        at: timeMs('Since when it rang; after a restart it rang anew.'),
        rangMs: count('Until it was taken or withdrawn; with legs, until they were joined.'),
        outcome: oneOf(offerOutcomes, 'What became of it.'),
      }),
      { description: `These rings, the newest ${recordedOffersMax}, in their order.` },
    ),
    payment: Type.Optional(
      Type.Object(
        {
          rateId: id('The rate of its quote.'),
          per: oneOf(ratePers, 'What that counts.'),
          charged: anyMoney(
            'What its customer was charged until it was finished, for documents that were bought by then as well. What is bought or given back later is not in it.',
          ),
          tax: count('Of that the tax, …'),
          commission: count('… and the tenant’s commission.'),
          documents: Type.Optional(count('How many documents are in it; absent: none.')),
          receiptId: Type.Optional(id('The receipt of the contact; absent: it was never counted.')),
        },
        { description: 'It was paid for; absent: it was not.' },
      ),
    ),
    disposition: Type.Optional(name('As given with contact.wrapUpDone.')),
    notes: Type.Optional(Type.String({ description: 'The same.' })),
  }),
);

export type ContactRecord = Static<typeof contactRecord>;
