// The life of legs: from the call to its end, the ordinary ways.

import { type Chapter, fits, NotAsExpected, shown } from '../../case.ts';
import {
  agentAccepts,
  agentEnds,
  agentGathers,
  agentHolds,
  agentIs,
  agentIsOffered,
  agentIsReady,
  agentIsTold,
  agentPauses,
  agentRecords,
  agentResumes,
  agentSendsDigits,
  brings,
  contactIs,
  isNotLetIn,
  messageIsContact,
  messageIsLeft,
  reports,
  reportsDigits,
  routerAnnounces,
  routerAsks,
  routerAsksForMessage,
  routerConnects,
  routerDoesNotAsk,
  routerLetsTheSupervisorGo,
  routerRings,
  step,
  supervisorChangesTo,
  supervisorHangsUp,
  supervisorTakesPart,
  switchIsNotTold,
  switchIsTold,
  wishesOf,
} from '../steps.ts';
import type { RouterWorld } from '../world.ts';
import { caseOfOwn, connecting, inService, ringing, theCase } from './beginnings.ts';

const bringsWithoutLeg = step('The switch brings a contact without a leg.', async (world) => {
  const contact = { contactId: world.newId('call'), legId: '' };
  world.contacts.push(contact);
  await world.puppet.client.request('contact.create', { ...wishesOf(world), contactId: contact.contactId });
});

const ringsWhere = step(
  'The router asks leg.ring of the agent’s line and its number, says who calls and how long; the switch answers {}.',
  async (world) => {
    const { own } = world.setting;
    const asked = await world.puppet.asked.next('leg.ring', ({ method }) => method === 'leg.ring');
    world.agentLeg = asked.params.legId as string;
    asked.answer('done');
    const wanted = { from: '+12025550199', to: { lineId: own!.lineId, number: own!.number } };
    if (!fits(asked.params, wanted)) throw new NotAsExpected(shown(wanted), shown(asked.params));
    if (!((asked.params.ringMs as number) > 0)) throw new NotAsExpected('ringMs of at least 1', shown(asked.params));
  },
);

export const life: Chapter<RouterWorld> = {
  title: 'The life of legs',
  cases: [
    theCase(
      'answered-takes-the-offer',
      'An agent’s telephone that is answered takes the offer; the contact is connected when the switch has joined the two, not before.',
      [
        ...ringing,
        contactIs('ringing'),
        reports('leg.answered', 'agent'),
        routerConnects('nothing'),
        contactIs('connecting'),
        switchIsNotTold('contact.connected'),
      ],
    ),
    theCase('joined-connects', 'Joined by the switch, the contact is in service, and both sides are told.', [
      ...ringing,
      reports('leg.answered', 'agent'),
      routerConnects(),
      switchIsTold('contact.connected'),
      agentIsTold('contact.connected'),
      contactIs('connected'),
    ]),
    caseOfOwn('ring-says-where', 'leg.ring says which line and number to ring, who calls, and for how long.', [
      brings('first', { from: '+12025550199' }, ', from +12025550199'),
      ringsWhere,
    ]),
    theCase(
      'accepted-at-the-desk',
      'An offer that is accepted at the desk waits for the telephone all the same; it is rung once.',
      [
        brings(),
        routerRings(),
        agentIsOffered,
        agentAccepts,
        contactIs('connecting'),
        routerDoesNotAsk('leg.ring'),
        reports('leg.answered', 'agent'),
        routerConnects(),
        contactIs('connected'),
      ],
    ),
    theCase('hold-and-resume', 'Held is who the switch has put on hold, and back who it has put back.', [
      ...inService,
      agentHolds,
      routerAsks('leg.hold', 'customer'),
      switchIsTold('contact.held'),
      agentIsTold('contact.held'),
      agentResumes,
      routerAsks('leg.resume', 'customer'),
      switchIsTold('contact.resumed'),
      contactIs('connected'),
    ]),
    theCase('recording', 'Recorded is what the switch says that it records.', [
      ...inService,
      agentRecords,
      routerAsks('leg.recording', 'customer'),
      switchIsTold('contact.recording', { recording: 'on' }),
      agentIsTold('contact.recording', { recording: 'on' }),
    ]),
    theCase('recording-refused', 'A recording that the switch does not begin is none, and both sides are told.', [
      ...inService,
      agentRecords,
      routerAsks('leg.recording', 'customer', { cause: 'failed' }),
      switchIsTold('contact.recording', { recording: 'off', failed: true }),
      agentIsTold('contact.recording', { recording: 'off', failed: true }),
      contactIs('connected'),
    ]),
    theCase('digits', 'Keys go both ways: what the agent sends to the leg, what the customer presses to the agent.', [
      ...inService,
      agentSendsDigits,
      routerAsks('leg.sendDigits', 'customer'),
      reportsDigits('5'),
      agentIsTold('contact.digits', { digits: '5' }),
    ]),
    theCase('gather', 'Digits that are collected come to whoever asked.', [
      ...inService,
      agentGathers,
      routerAsks('leg.gather', 'customer'),
      reportsDigits('4711', 'complete'),
      agentIsTold('contact.gathered', { digits: '4711', ends: 'complete' }),
    ]),
    theCase('gather-refused', 'A switch that does not collect is said to have failed; the conversation goes on.', [
      ...inService,
      agentGathers,
      routerAsks('leg.gather', 'customer', { cause: 'failed' }),
      agentIsTold('contact.gathered', { digits: '', ends: 'failed' }),
      contactIs('connected'),
    ]),
    caseOfOwn('announcement', 'A customer who waits is told its place; whatever the switch answers, it is served.', [
      agentPauses,
      brings(),
      routerAnnounces(1),
      agentIsReady,
      routerRings(),
    ]),
    caseOfOwn(
      'message',
      'Who is not let in is asked for a message where the queue says so, and the message is a contact.',
      [
        isNotLetIn,
        routerAsksForMessage,
        messageIsLeft,
        routerAsks('leg.release', 'customer', 'done', ['contactEnded']),
        messageIsContact,
      ],
    ),
    caseOfOwn('supervision', 'A supervisor’s telephone is rung and takes part, and is let go with the contact.', [
      ...inService,
      supervisorTakesPart('listen'),
      agentIsTold('supervision.changed', { mode: 'listen', state: 'on' }),
      supervisorChangesTo('barge'),
      agentEnds,
      routerLetsTheSupervisorGo,
    ]),
    caseOfOwn('supervisor-hangs-up', 'A supervisor who hangs up ends no conversation.', [
      ...inService,
      supervisorTakesPart('whisper'),
      supervisorHangsUp,
      agentIsTold('supervision.changed', { state: 'over' }),
      contactIs('connected'),
    ]),
    theCase('customer-hangs-up', 'A customer in service who hangs up ends the contact; the agent’s leg is released.', [
      ...inService,
      reports('leg.ended', 'customer', 'hungUp'),
      routerAsks('leg.release', 'agent', 'done', ['contactEnded']),
      switchIsTold('contact.ended', { why: 'byCustomer' }),
      agentIsTold('contact.ended', { why: 'byCustomer' }),
    ]),
    theCase('agent-hangs-up', 'An agent’s telephone that hangs up ends the contact; the customer’s leg is released.', [
      ...inService,
      reports('leg.ended', 'agent', 'hungUp'),
      routerAsks('leg.release', 'customer', 'done', ['contactEnded']),
      switchIsTold('contact.ended', { why: 'byAgent' }),
    ]),
    ...(['lost', 'failed'] as const).map((cause) =>
      theCase(`agent-leg-${cause}`, `An agent’s leg in service that ends by ${cause} ends the contact with legLost.`, [
        ...inService,
        reports('leg.ended', 'agent', cause),
        routerAsks('leg.release', 'customer', 'done', ['contactEnded']),
        switchIsTold('contact.ended', { why: 'legLost' }),
      ]),
    ),
    theCase('agent-ends-at-the-desk', 'A contact that is ended at the desk has both its legs released.', [
      ...inService,
      agentEnds,
      routerAsks('leg.release', 'customer', 'done', ['contactEnded']),
      routerAsks('leg.release', 'agent', 'done', ['contactEnded']),
      switchIsTold('contact.ended', { why: 'byAgent' }),
    ]),
    theCase('without-legs', 'Of a contact without a leg the switch is asked nothing: accepting connects it.', [
      bringsWithoutLeg,
      agentIsOffered,
      routerDoesNotAsk('leg.ring'),
      agentAccepts,
      contactIs('connected'),
    ]),
  ],
};

export const customersHangUp: Chapter<RouterWorld> = {
  title: 'The customer hangs up',
  cases: [
    theCase('hangs-up-waiting', 'While waiting: the contact is cancelled.', [
      agentPauses,
      brings(),
      contactIs('waiting'),
      reports('leg.ended', 'customer', 'hungUp'),
      switchIsTold('contact.ended', { why: 'cancelled' }),
      agentIsReady,
    ]),
    theCase('hangs-up-ringing', 'While it rings: the contact is cancelled, and the agent’s leg is released.', [
      ...ringing,
      reports('leg.ended', 'customer', 'hungUp'),
      routerAsks('leg.release', 'agent'),
      switchIsTold('contact.ended', { why: 'cancelled' }),
      agentIsTold('offer.withdrawn', { why: 'cancelled' }),
    ]),
    theCase('hangs-up-connecting', 'While the two are being joined: the same, whatever comes of the joining.', [
      ...connecting,
      reports('leg.ended', 'customer', 'hungUp'),
      switchIsTold('contact.ended', { why: 'cancelled' }),
      routerAsks('leg.release', 'agent'),
      agentIs('ready'),
    ]),
    theCase('hangs-up-held', 'While on hold: as in service.', [
      ...inService,
      agentHolds,
      routerAsks('leg.hold', 'customer'),
      switchIsTold('contact.held'),
      reports('leg.ended', 'customer', 'hungUp'),
      routerAsks('leg.release', 'agent', 'done', ['contactEnded']),
      switchIsTold('contact.ended', { why: 'byCustomer' }),
    ]),
    theCase('customer-is-lost', 'A customer’s leg that is lost is a customer who is gone.', [
      ...inService,
      reports('leg.ended', 'customer', 'lost'),
      routerAsks('leg.release', 'agent', 'done', ['contactEnded']),
      switchIsTold('contact.ended', { why: 'byCustomer' }),
    ]),
  ],
};
