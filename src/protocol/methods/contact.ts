// Contacts and the offers that they make: from arrival to the end of wrap-up.

import { Type } from '@sinclair/typebox';
import {
  customerAttributesShownBytesMax,
  excludedAgentsMax,
  explainedAgentsAskedMax,
  explainedAgentsMax,
  parkedWaitMs,
  transferBackMs,
  transferWaitMs,
} from '../../limits.ts';
import { affinityShown } from '../affinity.ts';
import { openBusiness } from '../business.ts';
import { callableNumber } from '../callbacks.ts';
import { calledProperties, callerShown } from '../caller.ts';
import { consultation, consultations } from '../consultations.ts';
import { dialledInside } from '../dialled-inside.ts';
import { explanation } from '../explanation.ts';
import { exactlyOneFault, type Fault, faultUnder } from '../fault.ts';
import { leftQueues } from '../left-queues.ts';
import { legCause, recordingStates } from '../legs.ts';
import { contactNames, liveCall } from '../mobility.ts';
import { amount } from '../money.ts';
import { paymentShown } from '../rates.ts';
import { gradeShown } from '../ratings.ts';
import {
  anyObject,
  attributes,
  changing,
  channel,
  contactState,
  count,
  cursor,
  direct,
  durationMs,
  flag,
  id,
  identity,
  limit,
  name,
  nextCursor,
  oneOf,
  params,
  preferences,
  priority,
  requirement,
  result,
  shape,
  text,
  timeMs,
  verifiedIdentities,
  waitCreditMs,
  whole,
} from '../schemas.ts';
import { servedBefore } from '../served-parts.ts';
import { endedReasons, movedReasons, sentReasons, words } from '../states.ts';
import { stepsTaken } from '../steps-taken.ts';
import { voicemailShown } from '../voicemails.ts';
import { bringing, everyone, method, watching } from './method.ts';

const contactId = id('The contact.');

const wishes = {
  requires: Type.Optional(requirement),
  prefers: Type.Optional(preferences),
  excludes: Type.Optional(
    Type.Array(id('An agent.'), {
      maxItems: excludedAgentsMax,
      uniqueItems: true,
      description: 'Agents that it is never offered to.',
    }),
  ),
  priority: Type.Optional(priority),
  waitCreditMs: Type.Optional(waitCreditMs),
  attributes: Type.Optional(attributes),
};

const identifying = {
  channel,
  queueId: id('The queue.'),
  from: Type.Optional(text('Where it comes from: a telephone number in E.164, or another address.')),
  to: Type.Optional(text('What was called or written to.')),
  identity: Type.Optional(identity),
  verifiedIdentities: Type.Optional(verifiedIdentities),
};

const inFlow = Type.Optional(
  result({
    name: id('The flow that has it, by an exit of its queue: it is offered to nobody.'),
    since: timeMs('Since when.'),
    why: oneOf(words(movedReasons), 'Why it left its queue, or was not let in.'),
  }),
);

const dialled = Type.Optional(
  result({
    agentId: id('Who has called.'),
    number: Type.Optional(callableNumber('Whom.')),
    to: Type.Optional(dialledInside),
    state: Type.Optional({ ...contactState, description: 'Of a call to a colleague: how far that one is.' }),
    calledAgentId: Type.Optional(id('The colleague who has taken it, is rung or is waited for.')),
    cause: Type.Optional(legCause),
  }),
);

const calledBy = Type.Optional(
  result({
    contactId: id('What the caller has of the call.'),
    agentId: id('The colleague who calls.'),
    lineId: id('On which line.'),
  }),
);

const direction = Type.Optional(
  oneOf(['outbound', 'internal'], 'outbound: an agent has called out. internal: a colleague. Absent: it came.'),
);

const parked = Type.Optional(
  result({
    agentId: id('Who has parked it.'),
    since: timeMs('Since when.'),
    dueAt: Type.Optional(timeMs('When it comes back by itself; absent: it stays until somebody resumes it.')),
  }),
);

const choosing = Type.Optional(
  result({
    untilMs: timeMs('Until when its customer may choose an agent: it keeps its place and is not offered before.'),
  }),
);

const waitingFor = Type.Optional(
  result({
    agentId: id('Whom its customer knows, for whom it waits in the queue as well.'),
    untilMs: timeMs('Until when.'),
  }),
);

const resumedAt = Type.Optional(timeMs('When it was parked no longer, the last time: it waits anew from then on.'));

const withheld = Type.Optional(flag('Its switch is gone: it keeps its place and is not offered before that is back.'));

/** What legLost is of both says the same. */
const endedOrSent = [...new Set([...words(endedReasons), ...words(sentReasons)])] as ReturnType<
  typeof words<keyof typeof endedReasons | keyof typeof sentReasons>
>;

export const contactView = shape(
  'Contact',
  result({
    contactId,
    state: contactState,
    ...identifying,
    ...wishes,
    customerId: Type.Optional(id('The customer.')),
    arrivedAt: timeMs('When it came.'),
    waitedMs: durationMs('How long it has waited so far, or waited in all.'),
    leftQueues,
    withheld,
    choosing,
    parked,
    resumedAt,
    steps: Type.Optional(stepsTaken),
    servedBefore,
    consultation,
    consultId: Type.Optional(id('The consultation about it that is open.')),
    consultations,
    names: contactNames,
    liveCall,
    affinity: Type.Optional(affinityShown),
    waitingFor,
    voicemail: Type.Optional(voicemailShown),
    rating: Type.Optional(gradeShown),
    customerAttributes: Type.Optional(
      anyObject(
        customerAttributesShownBytesMax,
        'To its agent: the attributes of its customer, of customer.update. More than that is in customer.get alone',
      ),
    ),
    business: Type.Optional(
      Type.Array(openBusiness, {
        description: 'To its agent: what its customer has open, what was changed last first; ten at most.',
      }),
    ),
    caller: Type.Optional(callerShown),
    payment: Type.Optional(paymentShown),
    flow: inFlow,
    outside: Type.Optional(
      result({
        number: callableNumber('Who is rung for it; once it has ended as `transferredOut`, whom its customer is with.'),
        since: timeMs('When it was sent there, or that one asked.'),
        connectedAt: Type.Optional(timeMs('Of a consultation: since when the agent who asks has been with that one.')),
        cause: Type.Optional(legCause),
      }),
    ),
    direction,
    calledBy,
    dialled,
    agentId: Type.Optional(id('Who serves it, is offered it, or is waited for.')),
    lineId: Type.Optional(id('Where it rings or is in service.')),
    offerId: Type.Optional(id('The offer that rings; of several, the one that was made first.')),
    offers: Type.Optional(
      Type.Array(
        result({
          offerId: id('The offer.'),
          agentId: id('At whom it rings.'),
          lineId: id('At which line.'),
          expiresAt: timeMs('When it stops ringing.'),
        }),
        { description: 'Where it rings at several agents at once: all of them, in the order in which they were rung.' },
      ),
    ),
    untilMs: Type.Optional(timeMs('Until when it rings, waits for the agent, or wraps up.')),
    connectedAt: Type.Optional(timeMs('When it was connected.')),
    heldSince: Type.Optional(timeMs('Since when the customer is on hold.')),
    heldBySince: Type.Optional(
      timeMs('Of a call between two agents: since when the other one has put whoever has this contact on hold.'),
    ),
    messages: Type.Optional(
      count('How many texts have been written in it: contact.messages shows them. Absent: none.'),
    ),
    conferenceSince: Type.Optional(timeMs('Since when its customer and both agents have been together.')),
    recording: Type.Optional(oneOf(recordingStates, 'Whether it is recorded; absent: it never was.')),
    recordingConsent: Type.Optional(flag('What the customer has said to being recorded.')),
    servedMs: Type.Optional(count('How long it was in service, once it is over.')),
    endedAt: Type.Optional(timeMs('When it was over for the customer, or left this agent.')),
    why: Type.Optional(oneOf(endedOrSent, 'Why it ended; in wrap-up after a contact that has gone on, why it has.')),
  }),
);

export const contactBrief = shape(
  'ContactBrief',
  result({
    contactId,
    state: contactState,
    queueId: id('The queue.'),
    customerId: Type.Optional(id('The customer, where it has an identity.')),
    consultation,
    direction,
    dialled,
    calledBy,
    agentId: Type.Optional(id('Who serves it, is offered it, or is waited for.')),
    lineId: Type.Optional(id('Where it rings or is in service.')),
    arrivedAt: timeMs('When it came.'),
    waitedMs: durationMs('How long it has waited so far, or waited in all.'),
    leftQueues,
    withheld,
    choosing,
    parked,
    flow: inFlow,
    resumedAt,
    steps: Type.Optional(stepsTaken),
    waitingFor,
    names: contactNames,
  }),
);

/** Whoever is asked for by name is not excluded. */
function excludedFault(params: object): Fault | undefined {
  const { agentId, excludes = [] } = params as { agentId?: string; excludes?: readonly string[] };
  if (agentId === undefined || !excludes.includes(agentId)) return undefined;
  return { path: '/excludes', message: `expected others than ${agentId}, who is asked for by name` };
}

/** Who names an agent has chosen. */
function choosingFault(params: object): Fault | undefined {
  const { agentId, choose } = params as { agentId?: string; choose?: boolean };
  return agentId === undefined || choose !== true
    ? undefined
    : { path: '/choose', message: 'is not given with `agentId`, who is chosen then' };
}

const sendTarget = params({
  agentId: Type.Optional(id('The agent, whatever queues and skills that one has.')),
  queueId: Type.Optional(id('The queue; its own, too.')),
  lineId: Type.Optional(id('One line of an agent, at which alone it rings; while that is busy it is waited for.')),
  number: Type.Optional(
    callableNumber(
      'Somebody outside, who is rung by the switch of the contact; the contact ends once they are joined. The number of a line of an agent who is logged in is that line.',
    ),
  ),
});

/** Exactly one of them. */
function targetFault(params: object): Fault | undefined {
  const { to } = params as { readonly to: object };
  return faultUnder('/to', exactlyOneFault(['agentId', 'queueId', 'lineId', 'number'], to));
}

const dialTarget = params({
  number: Type.Optional(
    callableNumber('Whom to call. The number of a line of an agent who is logged in is that line.'),
  ),
  agentId: Type.Optional(id('A colleague, who has to be ready, whatever queues and skills that one has.')),
  queueId: Type.Optional(id('Whoever of this queue is free.')),
  lineId: Type.Optional(id('One line of a colleague, at which alone it rings; while that is busy it is waited for.')),
});

const consultTarget = params({
  agentId: Type.Optional(id('The agent, whatever queues and skills that one has.')),
  queueId: Type.Optional(id('The queue; its own, too.')),
  lineId: Type.Optional(id('One line of an agent, at which alone it rings; while that is busy it is waited for.')),
  number: Type.Optional(
    callableNumber(
      'Somebody outside, who is rung by the switch of the contact. The number of a line of an agent who is logged in is that line.',
    ),
  ),
});

/** Attended, it can only go to whoever was asked. */
function transferFault(params: object): Fault | undefined {
  const { to, mode } = params as { readonly to?: object; readonly mode?: string };
  if (mode !== 'attended') {
    if (to === undefined) return { path: '/to', message: 'is required' };
    return targetFault(params);
  }
  const only = Object.keys(to ?? { agentId: '' });
  if (only.length === 1 && (only[0] === 'agentId' || only[0] === 'number')) return undefined;
  return { path: '/to', message: 'may only be whoever was asked: `agentId` or `number`' };
}

const sendRefusals = [
  'contact_is_consultation',
  'call_is_internal',
  'contact_not_with_agent',
  'contact_already_connected',
  'agent_waited_for_by_too_many',
  'agent_not_found',
  'agent_not_logged_in',
  'agent_not_ready',
  'agent_serves_it_already',
  'line_not_found',
  'queue_not_found',
  'channel_not_in_queue',
  'queue_closed',
  'nobody_logged_in',
  'nobody_ready',
  'too_many_names',
  'contact_without_legs',
  'switch_not_connected',
] as const;

export const contactMethods = {
  'contact.create': method({
    summary:
      'A contact arrives and joins its queue. The same id with the same content succeeds again, with the state of now, for as long as the contact is remembered.',
    roles: bringing,
    params: params({
      contactId: id('Of your making.'),
      legId: Type.Optional(id('The customer’s leg at the switch: the router asks the switch to ring and to connect.')),
      ...identifying,
      queueId: Type.Optional(identifying.queueId),
      entry: Type.Optional(text('The number or address of yours by which it came: it leads to a queue.')),
      ...wishes,
      agentId: Type.Optional(id('The agent asked for by name.')),
      direct: Type.Optional(direct),
      choose: Type.Optional(
        flag(
          'Its customer chooses an agent, by candidate.choose: until then, or until the tenant’s `chooseWithinMs` are over, nobody is offered it.',
        ),
      ),
      recordingConsent: Type.Optional(flag('The customer has agreed to being recorded, or has not.')),
      ...calledProperties,
      businessId: Type.Optional(id('Which business of the customer it goes on with.')),
      moveToken: Type.Optional(
        id('Of contact.moveToken: it is that call at another device, and goes past every queue. See docs/mobility.md.'),
      ),
      quoteId: Type.Optional(
        id(
          'Of quote.request: its customer pays for the contact at that price, and funds are held for it. See docs/paid-contacts.md.',
        ),
      ),
      accountId: Type.Optional(
        id('With `quoteId`: from which account of the customer. Default: the oldest that it has in the currency.'),
      ),
      spendMax: Type.Optional(
        amount(
          'With `quoteId`: the most that the contact may cost, in minor units of the quote’s currency. No more is held for it, however much there is. Documents are bought one by one, beside it.',
        ),
      ),
    }),
    result: contactBrief,
    changes: true,
    creates: 'contactId',
    exactlyOne: ['queueId', 'entry'],
    furtherFault: (given) => excludedFault(given) ?? choosingFault(given) ?? payingFault(given),
    withheld: {
      app: ['legId'],
      customer: ['legId', 'identity', 'verifiedIdentities', 'priority', 'waitCreditMs', 'originalCalled', 'sip'],
    },
    refusals: [
      'contact_exists_with_different_content',
      'queue_not_found',
      'entry_not_found',
      'caller_blocked',
      'channel_not_in_queue',
      'agent_not_found',
      'too_many_contacts',
      'too_many_names',
      'queue_full',
      'queue_closed',
      'nobody_logged_in',
      'nobody_ready',
      'agent_waited_for_by_too_many',
      'leg_id_taken',
      'too_many_switches',
      'move_token_not_found',
      'move_token_used',
      'move_token_expired',
      'business_not_found',
      'quote_not_found',
      'quote_expired',
      'quote_not_for_time',
      'quote_for_another_contact',
      'payer_has_no_account',
      'account_not_found',
      'currencies_differ',
      'spend_max_too_low',
      'funds_insufficient',
    ],
  }),
  'contact.moveToken': method({
    summary:
      'A token with which the call goes on at another device, by contact.create. It is told once, moves the call once, and asked for again it is another one.',
    roles: [...bringing, 'agent'],
    params: params({ contactId }),
    result: result({
      contactId,
      moveToken: id('Whoever has it has the call: it goes to the customer alone.'),
      expiresAt: timeMs('Until when it holds.'),
    }),
    changes: true,
    refusals: ['contact_not_found', 'contact_already_ended', 'contact_not_movable', 'contact_not_connected'],
  }),
  'contact.update': method({
    summary:
      'Changes what is given, of a contact that is waiting or ringing (attributes: at any time until it ends). An offer that rings goes on.',
    roles: ['app', 'switch'],
    params: changing({ contactId, ...wishes }),
    result: contactBrief,
    changes: true,
    refusals: [
      'contact_not_found',
      'contact_already_connected',
      'contact_already_ended',
      'agent_not_found',
      'contact_in_another_queue',
      'too_many_names',
    ],
  }),
  'contact.cancel': method({
    summary: 'The customer gave up while waiting or ringing.',
    roles: bringing,
    params: changing({ contactId }),
    result: contactBrief,
    changes: true,
    refusals: ['contact_not_found', 'contact_already_connected', 'contact_already_ended'],
  }),
  'contact.end': method({
    summary:
      'Ends a contact whatever it is doing. Ended by an agent it counts as `byAgent`, by a customer as `byCustomer`; the others say who it was.',
    roles: [...bringing, 'agent', 'supervisor'],
    params: changing({
      contactId,
      by: Type.Optional(
        oneOf(
          ['customer', 'agent', 'application'],
          'Who ended it. Default: a switch the customer, others the application.',
        ),
      ),
    }),
    result: contactBrief,
    changes: true,
    withheld: { agent: ['by'], customer: ['by'] },
    refusals: ['contact_not_found', 'contact_already_ended', 'contact_not_with_agent'],
  }),
  'contact.hold': method({
    summary:
      'The customer is to hear music. With legs the switch is asked, and contact.held says when it is so; held already, or asked already, is no error. Of a consultation that is taken: whoever was asked is, by the agent who asks.',
    roles: ['agent', 'supervisor', 'app'],
    params: changing({ contactId }),
    result: contactBrief,
    changes: true,
    refusals: [
      'contact_not_found',
      'contact_not_connected',
      'contact_is_consultation',
      'consultation_not_connected',
      'consultation_open',
    ],
  }),
  'contact.resume': method({
    summary:
      'The customer is to be back in the conversation; contact.resumed says when it is so. While somebody is asked about the contact, and has taken that, this one of the two is with the agent and the other one is put on hold: the customer by `contactId`, whoever was asked by that of the consultation. See docs/service.md.',
    roles: ['agent', 'supervisor', 'app'],
    params: changing({ contactId }),
    result: contactBrief,
    changes: true,
    refusals: [
      'contact_not_found',
      'contact_not_connected',
      'contact_is_consultation',
      'consultation_not_connected',
      'consultation_open',
    ],
  }),
  'contact.dial': method({
    summary:
      'An agent calls out on a free line of its own, ready or not: a contact that is at that line at once. Its own telephone rings first, then the number, at the same switch, and once the two are joined it is in service as any other. Without a switch that makes calls, and on channels other than voice and video, it is in service at once. A colleague, a line or a queue is offered it as a contact of their own. contact.dialling says how far it is; contact.end ends it. See docs/lines.md.',
    roles: ['agent', 'supervisor', 'app'],
    params: params({
      contactId,
      lineId: id('The line; it says which agent, and which channel.'),
      to: dialTarget,
      queueId: Type.Optional(
        id('The queue whose policy holds for it. Default: the first of the agent’s that takes the channel.'),
      ),
      waitMs: Type.Optional(
        durationMs('How long the number is rung, or the colleague or the queue waited for.', {
          default: transferWaitMs,
          minimum: 1,
        }),
      ),
      identity: Type.Optional(identity),
      attributes: Type.Optional(attributes),
    }),
    result: contactBrief,
    changes: true,
    creates: 'contactId',
    refusals: [
      'contact_exists_with_different_content',
      'line_not_found',
      'not_to_be_dialled',
      'agent_not_ready',
      'queue_closed',
      'nobody_logged_in',
      'nobody_ready',
      'queue_not_found',
      'channel_not_in_queue',
      'too_many_contacts',
      'switch_not_connected',
      'too_many_names',
      'agent_not_found',
      'agent_not_logged_in',
      'line_not_in_seat',
      'line_already_busy',
      'agent_at_capacity',
      'another_line_rings',
    ],
    furtherFault: targetFault,
  }),
  'contact.consult': method({
    summary:
      'The agent who serves the contact asks another one, whoever of a queue is free, or somebody outside, about it, while the customer is on hold. The consultation is a contact of its own, which the result shows: its events come to the agent who asks, contact.end ends it, and with it the hold. See docs/service.md.',
    roles: ['agent', 'supervisor', 'app'],
    params: changing({
      contactId,
      to: consultTarget,
      waitMs: Type.Optional(
        durationMs(
          'How long the agent is waited for, or the queue; what rings by then rings to its end. How long a number is rung.',
          {
            default: transferWaitMs,
          },
        ),
      ),
    }),
    result: contactBrief,
    changes: true,
    furtherFault: targetFault,
    refusals: [
      'contact_not_found',
      'contact_already_ended',
      'contact_not_connected',
      'consultation_open',
      'too_many_contacts',
      'caller_blocked',
      ...sendRefusals,
    ],
  }),
  'contact.conference': method({
    summary:
      'Customer, agent and whoever was asked with contact.consult, and has taken it, are together; contact.conference says when it is so. The agent leaves it with contact.transfer {mode: attended}; contact.end ends it for all.',
    roles: ['agent', 'supervisor', 'app'],
    params: changing({ contactId }),
    result: contactBrief,
    changes: true,
    refusals: ['contact_not_found', 'contact_not_connected', 'no_consultation', 'consultation_not_connected'],
  }),
  'contact.transfer': method({
    summary:
      'The contact goes to another agent, to a queue or to a number outside, and its agent wraps up at once. What cannot work is refused while the agent still has it; an agent who does not take it in `waitMs` leaves it to the agent who sent it for `backMs`, and then to its queue. See docs/service.md.',
    roles: ['agent', 'supervisor', 'app'],
    params: changing({
      contactId,
      to: Type.Optional(sendTarget),
      mode: Type.Optional(
        oneOf(
          ['blind', 'attended'],
          'blind (the default): without asking first, to `to`. attended: whoever was asked with contact.consult, and has taken that, has the contact at once; before that is taken the contact is sent there as if blind. `to` may be left out.',
        ),
      ),
      waitMs: Type.Optional(
        durationMs(
          `How long it waits for the agent (default ${transferWaitMs}); for a queue: how long until it comes back (absent: it stays there); for a number: how long that is rung (the same default).`,
        ),
      ),
      backMs: Type.Optional(
        durationMs('How long it then waits for the agent who sent it; 0: only where that one is free at once.', {
          default: transferBackMs,
        }),
      ),
    }),
    result: contactBrief,
    changes: true,
    furtherFault: transferFault,
    refusals: [
      'contact_not_found',
      'contact_already_ended',
      'contact_not_connected',
      'no_consultation',
      'not_consulted',
      'consultation_not_connected',
      ...sendRefusals,
    ],
  }),
  'contact.takeOver': method({
    summary:
      'The contact, whatever it is doing, rings at you: at the seat of the agent who has your name, or at that agent’s. One in service goes back to its agent, and then to its queue, where it is not taken.',
    roles: ['supervisor', 'app'],
    params: changing({
      contactId,
      agentId: Type.Optional(id('The agent. Default: who has the name of your session.')),
      waitMs: Type.Optional(durationMs('How long it waits for the agent.', { default: transferWaitMs })),
    }),
    result: contactBrief,
    changes: true,
    refusals: ['contact_not_found', 'contact_already_ended', 'contact_not_connected', ...sendRefusals],
  }),
  'supervisor.move': method({
    summary:
      'The contact, waiting, ringing or in service, goes to another agent or queue, with its own age. An agent who does not take it in `waitMs` leaves it to the queue in which it is.',
    roles: ['supervisor', 'app'],
    params: changing({
      contactId,
      to: sendTarget,
      waitMs: Type.Optional(durationMs('How long it waits for the agent.', { default: transferWaitMs })),
    }),
    result: contactBrief,
    changes: true,
    furtherFault: targetFault,
    refusals: ['contact_not_found', 'contact_already_ended', 'contact_not_connected', ...sendRefusals],
  }),
  'contact.park': method({
    summary:
      'A contact of a deferred channel is put aside: its agent is free at once, without a wrap-up, and nobody is offered it until it is resumed or due. Then it goes to the agent who parked it, and after `waitMs` to its queue, at its old place. Of one that is parked already: sets anew when it is due. See docs/deferred.md.',
    roles: ['agent', 'supervisor', 'app'],
    params: changing({
      contactId,
      dueAt: Type.Optional(timeMs('When it comes back by itself. Absent: when somebody resumes it.')),
      waitMs: Type.Optional(durationMs('How long it then waits for the agent.', { default: parkedWaitMs })),
    }),
    result: contactBrief,
    changes: true,
    refusals: [
      'contact_not_found',
      'contact_already_ended',
      'contact_not_connected',
      'contact_is_consultation',
      'call_is_internal',
      'contact_not_with_agent',
      'contact_with_legs',
      'channel_not_deferred',
      'too_many_parked',
      'too_large',
    ],
  }),
  'contact.unpark': method({
    summary:
      'A parked contact goes on. Resumed by an agent, who has parked it or works in its queue, it is in service there at once; sent elsewhere it waits for the agent, or in the queue, at its old place.',
    roles: ['agent', 'supervisor', 'app'],
    params: changing({
      contactId,
      to: Type.Optional(sendTarget),
      waitMs: Type.Optional(durationMs('How long it waits for the agent.', { default: transferWaitMs })),
    }),
    result: contactBrief,
    changes: true,
    furtherFault: (params) => ((params as { readonly to?: object }).to === undefined ? undefined : targetFault(params)),
    refusals: [
      'contact_not_found',
      'contact_already_ended',
      'contact_not_parked',
      'agent_has_no_free_line',
      ...sendRefusals,
    ],
  }),
  'contact.wrapUpDone': method({
    summary: 'Wrap-up is over: the line is free again.',
    roles: ['agent', 'supervisor', 'app'],
    params: changing({
      contactId,
      disposition: Type.Optional(name('What came of it, in a word of yours.')),
      notes: Type.Optional(text('What is to be remembered.')),
    }),
    result: contactBrief,
    changes: true,
    refusals: ['contact_not_found', 'contact_not_in_wrap_up'],
  }),
  'contact.wrapUpExtend': method({
    summary: 'More time for the wrap-up, from when it would have ended; contact.wrapUp says until when.',
    roles: ['agent', 'supervisor', 'app'],
    params: changing({ contactId, byMs: durationMs('By so much longer.', { minimum: 1 }) }),
    result: result({
      contactId,
      state: contactState,
      untilMs: Type.Optional(timeMs('When the wrap-up ends now, unless it was ended in the same moment.')),
    }),
    changes: true,
    refusals: ['contact_not_found', 'contact_not_in_wrap_up', 'wrap_up_too_long'],
  }),
  'contact.get': method({
    summary: 'A contact, for as long as it is remembered.',
    roles: everyone,
    params: params({ contactId }),
    result: contactView,
    changes: false,
    refusals: ['contact_not_found'],
  }),
  'contact.list': method({
    summary:
      'Live contacts in the order in which they came; with `state: ended` those that are over. A switch, an agent and a customer see their own.',
    roles: everyone,
    params: params({
      state: Type.Optional(contactState),
      queueId: Type.Optional(id('Only of this queue.')),
      limit,
      cursor,
    }),
    result: result({ contacts: Type.Array(contactView), cursor: nextCursor }),
    changes: false,
    refusals: ['queue_not_found'],
  }),
  'contact.explain': method({
    summary:
      'Why the contact waited, who was asked and why it went to whom: every decision about it until it was connected or over, told again from the journal, in a process apart. A switch sees its own.',
    roles: [...watching, 'switch'],
    params: params({
      contactId,
      agentId: Type.Optional(id('Also tell how this agent stood, whenever that changed.')),
      agentsMax: Type.Optional(
        whole(1, explainedAgentsAskedMax, 'Agents listed in one step; all are counted.', {
          default: explainedAgentsMax,
        }),
      ),
    }),
    result: explanation,
    changes: false,
    refusals: [
      'contact_not_found',
      'agent_not_found',
      'explanation_trimmed',
      'too_many_explanations',
      'explanation_took_too_long',
    ],
  }),
  'offer.accept': method({
    summary: 'Takes the contact: it is connected at the line that rings.',
    roles: ['agent'],
    params: changing({ offerId: id('The offer.') }),
    result: contactBrief,
    changes: true,
    refusals: ['offer_no_longer_open', 'offer_not_yours'],
  }),
  'offer.reject': method({
    summary: 'Declines: the contact goes back to its place, and the agent rests for the queue’s `afterRejectMs`.',
    roles: ['agent'],
    params: changing({ offerId: id('The offer.'), reason: Type.Optional(name('Why.')) }),
    result: result({ offerId: id('The offer.'), contactId, restsUntil: Type.Optional(count('No offers until then.')) }),
    changes: true,
    refusals: ['offer_no_longer_open', 'offer_not_yours'],
  }),
};

/** An account is paid from where there is something to pay. */
function payingFault(given: object): Fault | undefined {
  const { quoteId, accountId, spendMax } = given as { quoteId?: string; accountId?: string; spendMax?: number };
  if (quoteId !== undefined || (accountId === undefined && spendMax === undefined)) return undefined;
  return { path: accountId === undefined ? '/spendMax' : '/accountId', message: 'is given with a quoteId alone' };
}
