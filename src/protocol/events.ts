// Every notification, once: what it says and to whom. Sessions add `seq` to the parameters, so none has one of its own.
// Also the requests that the router makes of its clients.

import { type Static, type TSchema, Type } from '@sinclair/typebox';
import type { Role } from '../engine/egress.ts';
import { alertParams } from './alerts.ts';
import { callableNumber, callbackEnds } from './callbacks.ts';
import { callerShown, unidentifiedWhy, unreadable } from './caller.ts';
import { consultationStates } from './consultations.ts';
import { dialledInside } from './dialled-inside.ts';
import { documentView } from './documents.ts';
import { customerConflict, customerLinked, customerSplit } from './identities.ts';
import {
  digits,
  gatherEnds,
  legCause,
  legRequests,
  notSwitchedReasons,
  recordingStates,
  supervisionEnds,
  supervisionModes,
} from './legs.ts';
import { messageView, signalView } from './messages.ts';
import { restsUntil } from './methods/agent.ts';
import { contactView } from './methods/contact.ts';
import { erasureView } from './methods/customer.ts';
import { notMovedReasons } from './mobility.ts';
import { paymentView } from './money.ts';
import { queueStatistics } from './queue-statistics.ts';
import { anyMoney, receiptView } from './rates.ts';
import { itemsAsked } from './ratings.ts';
import {
  agentState,
  attributes,
  channel,
  contactState,
  count,
  flag,
  id,
  lineState,
  name,
  nullable,
  oneOf,
  params,
  result,
  text,
  timeMs,
} from './schemas.ts';
import { endedReasons, movedReasons, queuedReasons, sentReasons, withdrawnReasons, words } from './states.ts';
import { stepsTaken } from './steps-taken.ts';

export interface EventSpec<P extends TSchema = TSchema> {
  readonly summary: string;
  readonly to: readonly Role[];
  readonly params: P;
}

function event<P extends TSchema>(spec: EventSpec<P>): EventSpec<P> {
  return spec;
}

/** Whoever brought the contact. */
const owner = ['app', 'switch', 'customer'] as const satisfies readonly Role[];

const contactId = id('The contact.');
const agentId = id('The agent.');
const lineId = id('The line.');

export const events = {
  'offer.created': event({
    summary:
      'A contact rings at a line of yours. Sent again, with another `expiresAt`, when it rings anew after a restart.',
    to: ['agent'],
    params: result({
      offerId: id('The offer.'),
      contactId,
      lineId,
      expiresAt: timeMs('When it stops ringing.'),
      contact: contactView,
    }),
  }),
  'offer.withdrawn': event({
    summary: 'The offer no longer rings.',
    to: ['agent'],
    params: result({
      offerId: id('The offer.'),
      contactId,
      lineId,
      why: oneOf(words(withdrawnReasons)),
      reason: Type.Optional(name('As given with offer.reject.')),
    }),
  }),
  'line.changed': event({
    summary: 'A line of the seat has another state.',
    to: ['agent'],
    params: result({ lineId, channel, state: lineState, contactId: Type.Optional(contactId) }),
  }),
  'line.switched': event({
    summary: 'You are at this line: its contact is not on hold, and those that you have left are. After line.switch.',
    to: ['agent'],
    params: result({ lineId, contactId }),
  }),
  'line.notSwitched': event({
    summary: 'Nothing came of line.switch.',
    to: ['agent'],
    params: result({
      lineId,
      contactId,
      why: oneOf(
        notSwitchedReasons,
        'notHeld, notResumed: the switch would not, or said nothing. contactOver: the contact at that line has left you. Whoever was put on hold for it is taken up again. overruled: by another line.switch, or by contact.hold or contact.resume for one of them.',
      ),
    }),
  }),
  'agent.changed': event({
    summary: 'The agent’s state is another, or it begins or ends to rest.',
    to: ['agent', 'supervisor'],
    params: result({
      agentId,
      state: agentState,
      reason: Type.Optional(name('Why not ready.')),
      since: timeMs('Since when.'),
      restsUntil,
      ready: flag('Chose to be ready, whatever is in progress.'),
    }),
  }),
  'agent.waitedFor': event({
    summary: 'A contact waits for you: it asks for you by name, or its customer knows you.',
    to: ['agent'],
    params: result({ contactId, untilMs: timeMs('Until when it waits for you.') }),
  }),
  'agent.notWaitedFor': event({
    summary: 'A contact does not wait for you any more; offer.created follows where it rings at you.',
    to: ['agent'],
    params: result({ contactId }),
  }),
  'callback.offered': event({
    summary:
      'The contact has waited for `offerAfterMs` of its queue: its customer may be asked whether to be called back.',
    to: owner,
    params: result({ contactId, queueId: id('The queue.'), waitedMs: count('How long it has waited.') }),
  }),
  'callback.due': event({
    summary: 'Its time has come: the callback is in its queue, or the customer is rung.',
    to: owner,
    params: result({
      callbackId: id('The callback.'),
      queueId: id('The queue.'),
      number: callableNumber('Where the customer is rung.'),
      contactId: Type.Optional(id('Its contact, where an agent is asked first.')),
      attempt: count('Which attempt it is: 1 is the first.'),
    }),
  }),
  'callback.failed': event({
    summary: 'The customer was rung in vain; the next attempt is at `nextAt`.',
    to: owner,
    params: result({
      callbackId: id('The callback.'),
      cause: legCause,
      attempts: count('How often it was rung so far.'),
      nextAt: timeMs('When it goes on.'),
    }),
  }),
  'callback.ended': event({
    summary: 'The callback is over.',
    to: owner,
    params: result({
      callbackId: id('The callback.'),
      why: oneOf(callbackEnds),
      contactId: Type.Optional(id('Its contact, where it has one.')),
      attempts: count('How often the customer was rung in vain.'),
    }),
  }),
  'contact.queued': event({
    summary: 'The contact waits in its queue: it has just come, or is back there.',
    to: owner,
    params: result({
      contactId,
      queueId: id('The queue.'),
      position: count('Its place, exact however many wait: 1 is next.'),
      estimatedMs: nullable(
        count('How long it will wait, about.'),
        'null where nothing is known yet, or nobody of the queue is logged in.',
      ),
      why: oneOf(words(queuedReasons)),
    }),
  }),
  'contact.leftQueue': event({
    summary: 'The contact is in another queue, with its own age; contact.queued, waitingFor or offered follows.',
    to: owner,
    params: result({
      contactId,
      fromQueueId: id('The queue that it left, or did not get into.'),
      queueId: id('Where it is now.'),
      why: oneOf([...words(movedReasons), ...words(sentReasons)]),
    }),
  }),
  'contact.flow': event({
    summary: 'A flow has the contact, by an exit of its queue, and offers it to nobody; or has it no longer.',
    to: owner,
    params: result({
      contactId,
      queueId: id('The queue that it left for the flow; the one where it is now.'),
      flow: id('The flow.'),
      state: oneOf(
        ['taken', 'left'],
        'left: given back, or moved by somebody. Of one that is over contact.ended says so.',
      ),
      why: oneOf(words(movedReasons), 'Why it went there.'),
    }),
  }),
  'contact.changed': event({
    summary:
      'Its queue has taken a step for the contact, or another policy has taken steps back: contact.queued or offered follows where that is anything new for one that waits. To an agent who is offered it or serves it: what its platform says has come, `caller` and perhaps `attributes`; its customer was found to be somebody, or not to be, `customerId`.',
    to: [...owner, 'agent'],
    params: result({
      contactId,
      queueId: id('The queue.'),
      steps: Type.Optional(stepsTaken),
      caller: Type.Optional(callerShown),
      attributes: Type.Optional(attributes),
      customerId: Type.Optional(id('By which its customer is called from now on.')),
    }),
  }),
  'contact.identified': event({
    summary:
      'It is known who is really calling: the contact came with a serial under which a platform has handed its caller over. What the platform says of the caller is in `caller` of the contact, and in the offer.',
    to: owner,
    params: result({ contactId, platformId: id('The platform.'), customerId: Type.Optional(id('The customer.')) }),
  }),
  'contact.unidentified': event({
    summary: 'The contact came with a number of a plan, and it is not known who is really calling. It goes on.',
    to: owner,
    params: result({ contactId, platformId: Type.Optional(id('The platform.')), why: unidentifiedWhy, unreadable }),
  }),
  'platform.guessed': event({
    summary:
      'So many serials were wrong that none is looked up for a while, of the platform, from the switch or of the caller. It comes to whoever set the platform.',
    to: ['admin'],
    params: result({
      platformId: id('The platform at which the last one was tried.'),
      of: oneOf(['platform', 'switch', 'caller'], 'Whose are not looked up.'),
      switchId: Type.Optional(id('The switch or application that brought them.')),
      from: Type.Optional(text('The calling number.')),
      wrong: count('How many were wrong.'),
      untilMs: timeMs('Until when.'),
    }),
  }),
  'contact.waitingFor': event({
    summary: 'The contact waits for one agent.',
    to: owner,
    params: result({
      contactId,
      agentId,
      untilMs: timeMs('Until when.'),
      inQueue: Type.Optional(flag('It waits in its queue as well: contact.queued came before, and it is `waiting`.')),
    }),
  }),
  'contact.offered': event({
    summary: 'The contact rings at an agent.',
    to: owner,
    params: result({
      contactId,
      agentId,
      lineId,
      expiresAt: timeMs('When it stops ringing.'),
      others: Type.Optional(count('At how many other agents it rings at the same time; absent: at none any more.')),
    }),
  }),
  'contact.offerOver': event({
    summary: 'Of several agents at whom the contact rings, it no longer rings at this one, and rings on at the others.',
    to: owner,
    params: result({ contactId, agentId, lineId, why: oneOf(words(withdrawnReasons)) }),
  }),
  'contact.connected': event({
    summary: 'The contact is in service.',
    to: [...owner, 'agent'],
    params: result({ contactId, agentId, lineId, waitedMs: count('How long it waited.') }),
  }),
  'contact.parted': event({
    summary:
      'The contact has left the agent who served it; contact.parked, queued, waitingFor, offered or connected follows. The agent may have a contact.wrapUp for it.',
    to: [...owner, 'agent'],
    params: result({
      contactId,
      agentId,
      why: oneOf(words(sentReasons)),
      servedMs: count('How long it was in service there.'),
    }),
  }),
  'contact.parked': event({
    summary: 'The contact is put aside; or, if it was already, is due at another time.',
    to: [...owner, 'agent'],
    params: result({
      contactId,
      agentId,
      dueAt: Type.Optional(timeMs('When it comes back by itself; absent: when somebody resumes it.')),
    }),
  }),
  'contact.unparked': event({
    summary:
      'The contact is put aside no longer; contact.queued, waitingFor or offered follows. Told to the agent who had parked it, too.',
    to: [...owner, 'agent'],
    params: result({ contactId, agentId, parkedMs: count('How long it was parked this time.') }),
  }),
  'contact.outside': event({
    summary:
      'The contact was sent to a number outside, and that is rung; or they are connected, and contact.ended says `transferredOut`; or it is not to be had, and the contact is back. Also to the agent who sent it.',
    to: [...owner, 'agent'],
    params: result({
      contactId,
      number: callableNumber('The number.'),
      state: oneOf(['ringing', 'connected', 'failed']),
      cause: Type.Optional(legCause),
    }),
  }),
  'contact.held': event({
    summary: 'The customer is on hold; of a consultation whoever was asked is.',
    to: [...owner, 'agent'],
    params: result({ contactId, since: timeMs('Since when.') }),
  }),
  'contact.resumed': event({
    summary: 'The customer, or whoever was asked, is back in the conversation.',
    to: [...owner, 'agent'],
    params: result({ contactId, heldMs: count('How long it was on hold this time.') }),
  }),
  'contact.heldBy': event({
    summary: 'Of a call between two agents: the other one has put you on hold.',
    to: ['agent'],
    params: result({ contactId, agentId: id('The other one.'), since: timeMs('Since when.') }),
  }),
  'contact.resumedBy': event({
    summary: 'Of a call between two agents: the other one is back in the conversation.',
    to: ['agent'],
    params: result({ contactId, agentId: id('The other one.'), heldMs: count('How long you were on hold this time.') }),
  }),
  'contact.dialling': event({
    summary: 'A call that is made on one of your lines, by contact.dial.',
    to: ['agent'],
    params: result({
      contactId,
      lineId,
      number: Type.Optional(callableNumber('The number.')),
      to: Type.Optional(dialledInside),
      state: oneOf(
        ['agent', 'number', 'yours', 'waiting', 'waitingFor', 'ringing', 'connected'],
        'agent: your own telephone rings. number: you are there, and the number is rung. yours: no switch makes the call, your application does. Of a colleague: waiting: you are there, and the queue is waited in, or the colleague is about to be rung. waitingFor: who is called is busy and waited for. ringing: it rings there. connected: that one has taken it.',
      ),
      agentId: Type.Optional(id('The colleague.')),
    }),
  }),
  'contact.consulting': event({
    summary:
      'What becomes of the consultation that you have asked for with contact.consult. Whoever is asked hears of it as of any other contact.',
    to: ['agent'],
    params: result({
      contactId,
      consultId: id('The consultation.'),
      state: oneOf(consultationStates, 'waiting: in the queue that is asked. waitingFor: for an agent who is busy.'),
      agentId: Type.Optional(id('Who is waited for, is rung or has taken it.')),
      number: Type.Optional(callableNumber('The number outside that is asked.')),
      why: Type.Optional(oneOf(words(endedReasons), 'Why it is over.')),
      cause: Type.Optional(legCause),
    }),
  }),
  'contact.conference': event({
    summary: 'Customer, agent and whoever was asked are together, or could not be brought together.',
    to: [...owner, 'agent'],
    params: result({
      contactId,
      consultId: id('The consultation.'),
      on: flag('They are together.'),
      failed: Type.Optional(flag('The switch would not do what it was asked for.')),
    }),
  }),
  'contact.recording': event({
    summary:
      'The contact is recorded from now on, or not any more, or the recording pauses; or it could not be changed.',
    to: [...owner, 'agent'],
    params: result({
      contactId,
      recording: oneOf(recordingStates, 'As it is.'),
      failed: Type.Optional(flag('The switch would not do what it was asked for.')),
    }),
  }),
  'contact.digits': event({
    summary: 'Keys that the customer has pressed. Kept nowhere.',
    to: ['agent'],
    params: result({ contactId, digits }),
  }),
  'contact.digitsNotSent': event({
    summary: 'The switch would not send the digits of contact.digits; to whoever asked.',
    to: ['agent', 'supervisor', 'app'],
    params: result({ contactId }),
  }),
  'contact.gathered': event({
    summary: 'What contact.gather has collected, to whoever asked. Kept nowhere.',
    to: ['agent', 'supervisor', 'app'],
    params: result({
      contactId,
      digits: Type.String({ description: 'What was pressed, without the `#` that ended it.' }),
      ends: oneOf(
        [...gatherEnds, 'failed', 'contactEnded'],
        'complete: all digits, or `#`. failed: the switch would not, or said nothing in time.',
      ),
    }),
  }),
  'supervision.changed': event({
    summary:
      'A supervisor takes part in a conversation, otherwise than before, or no longer: to that supervisor, and to the agent unless the tenant keeps it from agents.',
    to: ['supervisor', 'agent'],
    params: result({
      contactId,
      mode: oneOf(supervisionModes),
      state: oneOf(['ringing', 'on', 'over']),
      why: Type.Optional(
        oneOf(
          supervisionEnds,
          'stopped: by the supervisor. notAnswered: the telephone was not, or could not be rung. failed: the switch would not let it take part.',
        ),
      ),
    }),
  }),
  'contact.moved': event({
    summary:
      'The call goes on at another device of its customer: to its agent, to whoever had it and to whoever has it now.',
    to: [...owner, 'agent'],
    params: result({
      contactId,
      name: id('The id under which the second call came: another name of the contact.'),
      state: contactState,
      agentId: Type.Optional(agentId),
      lineId: Type.Optional(lineId),
      fromLeg: Type.Optional(id('The leg at which the customer was: it is let go.')),
      toLeg: Type.Optional(id('The leg at which the customer is.')),
      moves: count('How often its customer has changed the device.'),
      left: Type.Optional(flag('It is yours no longer: whoever brought the second call is told of it from now on.')),
      contact: Type.Optional(contactView),
    }),
  }),
  'contact.moving': event({
    summary:
      'The customer calls from another device, whose leg is being brought to you: contact.moved or contact.notMoved follows, or the contact is over.',
    to: ['agent'],
    params: result({ contactId, name: id('The id under which the second call came.'), lineId: id('Your line.') }),
  }),
  'contact.notMoved': event({
    summary:
      'Nothing came of a second call that was to be the first one at another device: the call goes on where it was. To its agent, to whoever has it and to whoever brought the second call.',
    to: [...owner, 'agent'],
    params: result({
      contactId,
      name: id('The id under which the second call came.'),
      why: oneOf(
        notMovedReasons,
        'legGone: the second leg ended. notJoined: the switch would not bring it together with the agent. notAnswered: the agent’s telephone was not, at the switch of the second leg. givenUp: by whoever brought it. switchLost: its switch was gone for too long.',
      ),
    }),
  }),
  'contact.message': event({
    summary:
      'Somebody has written in the contact: to the customer’s side and to the agent who serves it, or has parked it, also to the side that wrote it. Of what a supervisor says to the agent alone the customer’s side hears nothing.',
    to: [...owner, 'agent'],
    params: messageView,
  }),
  'contact.signal': event({
    summary:
      'What the other side of the contact says for setting up the media between the two: an offer, an answer, a candidate.',
    to: [...owner, 'agent'],
    params: signalView,
  }),
  'contact.wrapUp': event({
    summary:
      'The contact is over for the customer; the line is taken until then, or until contact.wrapUpDone. Again when the wrap-up is extended.',
    to: ['agent'],
    params: result({ contactId, lineId, untilMs: timeMs('Until when.') }),
  }),
  'contact.ended': event({
    summary: 'The contact is over for the customer.',
    to: [...owner, 'agent'],
    params: result({
      contactId,
      why: oneOf(words(endedReasons)),
      cause: Type.Optional(legCause),
      agentId: Type.Optional(agentId),
      waitedMs: count('How long it waited.'),
      servedMs: count('How long it was in service; 0 if never connected.'),
    }),
  }),
  'candidate.timedOut': event({
    summary: 'Its customer has chosen no agent in time: the contact goes to whoever is free.',
    to: owner,
    params: result({ contactId }),
  }),
  'rating.requested': event({
    summary:
      'The contact is over, and you are asked to rate the other side: with rating.give. To the agent who served it last, and to whoever brought it, for the customer.',
    to: [...owner, 'agent'],
    params: result({
      contactId,
      agentId,
      by: oneOf(['customer', 'agent'], 'Who is asked.'),
      items: itemsAsked,
      untilMs: timeMs('Until when it can be rated.'),
    }),
  }),
  'payment.changed': event({
    summary: 'A payment that you have asked for was pending, and has been decided.',
    to: ['admin', 'app', 'customer'],
    params: paymentView,
  }),
  'payment.warning': event({
    summary: 'The money that pays for the contact runs out, and no more is to be had. To both sides.',
    to: [...owner, 'agent'],
    params: result({
      contactId,
      remainingMs: count('For so long it pays yet.'),
      graceMs: count('So long the contact goes on behind that.'),
    }),
  }),
  'payment.needed': event({
    summary:
      'The next message of a contact that is paid for by the message is not delivered until there is more money: the one that was just written, or the one to come. To both sides.',
    to: [...owner, 'agent'],
    params: result({
      contactId,
      needed: anyMoney('What it costs.'),
      missing: anyMoney('What of that is missing.'),
    }),
  }),
  'document.offered': event({
    summary: 'A document was handed over for you: document.collect buys it.',
    to: owner,
    params: documentView,
  }),
  'document.collected': event({
    summary: 'A document was bought. To whoever had the contact in which it was handed over, and to the agent who did.',
    to: [...owner, 'agent'],
    params: documentView,
  }),
  'document.withdrawn': event({
    summary: 'The offer of a document was taken back.',
    to: owner,
    params: documentView,
  }),
  'payment.receipt': event({
    summary: 'A paid contact is over, and what was charged. To whoever had it, and to the agents who served it.',
    to: [...owner, 'agent'],
    params: receiptView,
  }),
  'customer.erased': event({
    summary: 'Whom you have erased is gone from the disk as well.',
    to: ['admin', 'app'],
    params: erasureView,
  }),
  'customer.linked': event({
    summary: 'Two customers were found to be one. To supervisors who watch anything.',
    to: ['supervisor'],
    params: customerLinked,
  }),
  'customer.split': event({
    summary: 'Who was one customer is several. To supervisors who watch anything.',
    to: ['supervisor'],
    params: customerSplit,
  }),
  'customer.conflict': event({
    summary:
      'Two customers may be one, and somebody has to say so: customer.settle. To supervisors who watch anything, but for what a rule finds while it goes through the customers whom the tenant has.',
    to: ['supervisor'],
    params: customerConflict,
  }),
  'queue.stats': event({
    summary: 'The numbers of a queue that you watch have changed; at most once a second each.',
    to: ['supervisor'],
    params: queueStatistics,
  }),
  'alert.raised': event({
    summary: 'A number of a queue that you watch has crossed the threshold of an alert.',
    to: ['supervisor'],
    params: alertParams,
  }),
  'alert.cleared': event({
    summary: 'It is back, or the alert was removed.',
    to: ['supervisor'],
    params: alertParams,
  }),
  'webhook.disabled': event({
    summary: 'A webhook that you have set is not asked any more: webhook.set takes it up again.',
    to: ['admin', 'app'],
    params: result({
      webhookId: id('The webhook.'),
      why: text('How the last attempt failed.'),
      failingSince: timeMs('It has taken nothing since then.'),
    }),
  }),
} as const satisfies Readonly<Record<string, EventSpec>>;

export type EventName = keyof typeof events;
export type EventParams<E extends EventName> = Static<(typeof events)[E]['params']>;

export const eventNames = Object.keys(events) as EventName[];

/** Requests of the router to its clients. */
export const routerRequests = {
  'session.ping': {
    summary: 'Are you there? Any answer will do.',
    to: ['admin', 'app', 'switch', 'agent', 'customer', 'supervisor'],
    params: params({}),
    result: result({}),
  },
  ...legRequests,
} as const;
