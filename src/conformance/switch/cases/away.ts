// The router goes and comes back: what a switch keeps, says again, and does at its return.

import type { Chapter } from '../../case.ts';
import {
  aCallComes,
  afterReturnNothingSpecial,
  atReturn,
  atReturnConnect,
  connectionIsCut,
  contactIsCreated,
  itDidNotReport,
  itReported,
  nothingMoreOf,
  reportedAgainOrByState,
  routerAsks,
  routerAsksAgain,
  routerGoesAway,
  routerIsBack,
  routerLeavesUnanswered,
  routerReleases,
  routerRestarts,
  routerRings,
  type SwitchStep,
  switchReports,
  switchReturns,
  theCustomerHangsUp,
} from '../steps.ts';
import type { SwitchWorld } from '../world.ts';
import { inConversation, theCase } from './beginnings.ts';

/** Behind the last page or before it: both are right. */
function endIsKnown(): SwitchStep {
  return switchReports('leg.failed', 'agent', 'busy');
}

/** Nobody can tell from outside when a person has hung up, or when media have been brought together: given time. */
function timePasses(): SwitchStep {
  return {
    text: 'Some time passes.',
    play: async ({ router, setting }) => {
      await router.until(() => false, setting.quietMs);
    },
  };
}

export const away: Chapter<SwitchWorld> = {
  title: 'When the router goes and comes back',
  cases: [
    theCase(
      'returns',
      'After every lost connection the switch says what it has, before anything else.',
      [],
      [aCallComes, connectionIsCut, switchReturns, itReported('customer', 'answered')],
    ),
    theCase(
      'returns-to-another-process',
      'A router that was restarted is told the same.',
      [],
      [aCallComes, routerRestarts, switchReturns, itReported('customer', 'answered')],
    ),
    theCase(
      'conversation-goes-on',
      'A conversation goes on while the router is away.',
      ['answers'],
      [
        ...inConversation,
        routerGoesAway,
        routerIsBack,
        switchReturns,
        itReported('customer', 'connected'),
        itReported('agent', 'connected'),
      ],
    ),
    theCase(
      'hold-goes-on',
      'Who was on hold is reported as held.',
      ['answers'],
      [
        ...inConversation,
        routerAsks('leg.hold', 'customer'),
        connectionIsCut,
        switchReturns,
        itReported('customer', 'held'),
      ],
    ),
    theCase(
      'ringing-goes-on',
      'A leg that was begun is reported as asked as long as it does not ring, and as ringing when it does.',
      ['silent', 'rings'],
      [
        aCallComes,
        routerRings('silent'),
        connectionIsCut,
        switchReturns,
        itReported('agent', 'asked'),
        routerReleases('agent', 'offerOver'),
        routerRings('rings'),
        switchReports('leg.ringing', 'agent'),
        connectionIsCut,
        switchReturns,
        itReported('agent', 'ringing'),
      ],
    ),
    theCase(
      'report-is-repeated',
      'A report without an answer is not forgotten with its connection.',
      ['answers'],
      [
        aCallComes,
        routerLeavesUnanswered('leg.answered'),
        routerRings('answers'),
        switchReports('leg.answered', 'agent'),
        connectionIsCut,
        switchReturns,
        reportedAgainOrByState('leg.answered', 'agent', 'answered'),
      ],
    ),
    theCase(
      'end-is-repeated',
      'An end without an answer is reported again after the return, with its own cause.',
      ['busy'],
      [
        aCallComes,
        routerLeavesUnanswered('leg.failed'),
        routerRings('busy'),
        switchReports('leg.failed', 'agent', 'busy'),
        connectionIsCut,
        switchReturns,
        itDidNotReport('agent'),
        endIsKnown(),
      ],
    ),
    theCase(
      'request-again-after-return',
      'A request that was done before the connection was lost is not done again after it.',
      ['answers'],
      [
        aCallComes,
        routerRings('answers'),
        connectionIsCut,
        switchReturns,
        routerAsksAgain('leg.ring'),
        reportedAgainOrByState('leg.answered', 'agent', 'answered'),
        nothingMoreOf('agent'),
      ],
    ),
    theCase(
      'hangs-up-while-away',
      'A customer who hangs up while the router is away is not reported as being there.',
      [],
      [
        aCallComes,
        routerGoesAway,
        theCustomerHangsUp,
        timePasses(),
        routerIsBack,
        switchReturns,
        itDidNotReport('customer'),
      ],
    ),
    theCase(
      'released-at-return',
      'A leg that the answer to switch.report says to release is let go.',
      [],
      [
        aCallComes,
        atReturn('release', 'customer'),
        connectionIsCut,
        switchReturns,
        afterReturnNothingSpecial,
        connectionIsCut,
        switchReturns,
        itDidNotReport('customer'),
      ],
    ),
    theCase(
      'unknown-at-return',
      'A customer of whom the router has never heard is brought as a contact.',
      [],
      [aCallComes, atReturn('unknown', 'customer'), connectionIsCut, switchReturns, contactIsCreated],
    ),
    theCase(
      'connected-at-return',
      'Two legs that the answer to switch.report says to connect are joined.',
      ['answers'],
      [
        aCallComes,
        routerRings('answers'),
        switchReports('leg.answered', 'agent'),
        atReturnConnect,
        connectionIsCut,
        switchReturns,
        timePasses(),
        afterReturnNothingSpecial,
        connectionIsCut,
        switchReturns,
        itReported('customer', 'connected'),
        itReported('agent', 'connected'),
      ],
    ),
  ],
};
