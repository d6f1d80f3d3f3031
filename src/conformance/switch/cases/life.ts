// The life of legs at a switch, the ordinary ways and those that fail.

import type { Chapter } from '../../case.ts';
import {
  aCallComes,
  contactIsNotCreatedAgain,
  digitsTimeOut,
  nothingMoreOf,
  notReported,
  routerAsks,
  routerAsksAgain,
  routerAsksInVain,
  routerAsksMore,
  routerCalls,
  routerConnects,
  routerRefusesContacts,
  routerReleases,
  routerRings,
  switchReports,
  theCustomerHangsUp,
} from '../steps.ts';
import type { SwitchWorld } from '../world.ts';
import { inConversation, theCase } from './beginnings.ts';

export const life: Chapter<SwitchWorld> = {
  title: 'The life of legs',
  cases: [
    theCase('call', 'A call becomes a contact with a leg that the switch has named itself.', [], [aCallComes]),
    theCase(
      'conversation',
      'A leg that the router asks for rings, is answered, is joined, and released.',
      ['answers'],
      [
        aCallComes,
        routerRings('answers'),
        switchReports('leg.ringing', 'agent'),
        switchReports('leg.answered', 'agent'),
        routerConnects,
        routerReleases('agent'),
        routerReleases('customer'),
        nothingMoreOf('agent'),
        nothingMoreOf('customer'),
      ],
    ),
    theCase(
      'hold',
      'A customer on hold can be put back into the conversation.',
      ['answers'],
      [...inConversation, routerAsks('leg.hold', 'customer'), routerAsks('leg.resume', 'customer')],
    ),
    theCase(
      'recording',
      'A conversation is recorded, the recording pauses, goes on and ends; asked for again it is so already.',
      ['answers'],
      [
        ...inConversation,
        routerAsksMore('leg.recording', { recording: 'on' }),
        routerAsksAgain('leg.recording'),
        routerAsksMore('leg.recording', { recording: 'on' }),
        routerAsksMore('leg.recording', { recording: 'pause' }),
        routerAsksMore('leg.recording', { recording: 'on' }),
        routerAsksMore('leg.recording', { recording: 'off' }),
        routerAsksInVain('leg.recording', { recording: 'on' }),
      ],
    ),
    theCase(
      'digits',
      'Digits are sent to a leg.',
      ['answers'],
      [
        ...inConversation,
        routerAsksMore('leg.sendDigits', { digits: '12#' }),
        routerAsksAgain('leg.sendDigits'),
        routerAsksInVain('leg.sendDigits', { digits: '1' }),
      ],
    ),
    theCase(
      'gather-times-out',
      'Digits that nobody presses are reported to be none when their time is over.',
      [],
      [
        aCallComes,
        routerAsksMore('leg.gather', { digits: 4, timeoutMs: 300 }),
        digitsTimeOut,
        nothingMoreOf('customer'),
      ],
    ),
    ...(['busy', 'rejects', 'noAnswer', 'unreachable'] as const).map((conduct) => {
      const cause = conduct === 'rejects' ? 'rejected' : conduct;
      return theCase(
        `fails-${cause}`,
        `A telephone that cannot be had is reported once, with the cause ${cause}.`,
        [conduct],
        [aCallComes, routerRings(conduct), switchReports('leg.failed', 'agent', cause), nothingMoreOf('agent')],
      );
    }),
    theCase(
      'rings-no-longer',
      'After ringMs the switch stops ringing by itself, for the case that it has lost the router.',
      ['rings'],
      [
        aCallComes,
        routerRings('rings', 700),
        switchReports('leg.ringing', 'agent'),
        switchReports('leg.failed', 'agent', 'noAnswer'),
        nothingMoreOf('agent'),
      ],
    ),
    theCase(
      'released-while-ringing',
      'A leg that is released while it rings is not answered any more.',
      ['answers'],
      [aCallComes, routerRings('answers'), routerReleases('agent', 'offerOver'), notReported('leg.answered', 'agent')],
    ),
    theCase(
      'customer-hangs-up-waiting',
      'A customer who hangs up while waiting is reported once.',
      [],
      [aCallComes, theCustomerHangsUp, switchReports('leg.ended', 'customer', 'hungUp'), nothingMoreOf('customer')],
    ),
    theCase(
      'customer-hangs-up',
      'A customer who hangs up in a conversation is reported; the agent’s leg stays until it is released.',
      ['answers'],
      [
        ...inConversation,
        theCustomerHangsUp,
        switchReports('leg.ended', 'customer', 'hungUp'),
        nothingMoreOf('agent'),
        routerReleases('agent'),
      ],
    ),
    theCase(
      'agent-hangs-up',
      'An agent’s telephone that hangs up is reported; the customer’s leg stays until it is released.',
      ['hangsUp'],
      [
        aCallComes,
        routerRings('hangsUp'),
        switchReports('leg.answered', 'agent'),
        routerConnects,
        switchReports('leg.ended', 'agent', 'hungUp'),
        nothingMoreOf('customer'),
        routerReleases('customer'),
      ],
    ),
    theCase(
      'agent-is-lost',
      'An agent’s telephone that is lost is reported as lost, not as hung up.',
      ['isLost'],
      [
        aCallComes,
        routerRings('isLost'),
        switchReports('leg.answered', 'agent'),
        routerConnects,
        switchReports('leg.ended', 'agent', 'lost'),
      ],
    ),
    theCase(
      'called-back',
      'A customer who is called back is rung as an agent is, and then joined with one.',
      ['answers'],
      [
        routerCalls('answers'),
        switchReports('leg.ringing', 'customer'),
        switchReports('leg.answered', 'customer'),
        contactIsNotCreatedAgain,
        routerRings('answers'),
        switchReports('leg.answered', 'agent'),
        routerConnects,
        routerReleases('agent'),
        routerReleases('customer'),
        nothingMoreOf('customer'),
      ],
    ),
    theCase(
      'called-back-in-vain',
      'A customer who is called back and is busy is reported once.',
      ['busy'],
      [routerCalls('busy'), switchReports('leg.failed', 'customer', 'busy'), nothingMoreOf('customer')],
    ),
    theCase(
      'refused',
      'A contact that the router refuses is not brought again and again.',
      [],
      [routerRefusesContacts, aCallComes, contactIsNotCreatedAgain],
    ),
  ],
};
