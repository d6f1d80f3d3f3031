// What a switch must do (docs/switches.md), case by case. `strowger conformance switch --list` prints this table as a
// specification; without --list it is played with the switch that connects.

import type { ConductName } from '../../simulation/switch/telephones.ts';
import type { Case, Chapter } from '../case.ts';
import {
  aCallComes,
  afterReturnNothingSpecial,
  atReturn,
  atReturnConnect,
  connectionIsCut,
  contactIsCreated,
  contactIsNotCreatedAgain,
  itDidNotReport,
  itReported,
  nothingMoreOf,
  notReported,
  reportedAgainOrByState,
  routerAsks,
  routerAsksAgain,
  routerConnects,
  routerConnectsWithNobody,
  routerGoesAway,
  routerIsBack,
  routerLeavesUnanswered,
  routerRefusesContacts,
  routerReleases,
  routerReleasesNobody,
  routerRestarts,
  routerRings,
  type SwitchStep,
  switchReports,
  switchReturns,
  theCustomerHangsUp,
} from './steps.ts';
import type { SwitchWorld } from './world.ts';

const needing =
  (...conducts: readonly ConductName[]) =>
  ({ setting }: SwitchWorld): string | undefined => {
    const lacking = conducts.filter((conduct) => setting.numbers[conduct] === undefined);
    return lacking.length === 0 ? undefined : `no number was given for: ${lacking.join(', ')} (--telephone)`;
  };

function theCase(
  name: string,
  rule: string,
  conducts: readonly ConductName[],
  steps: readonly SwitchStep[],
): Case<SwitchWorld> {
  return { name, rule, steps, needs: needing(...conducts) };
}

/** A call that is in a conversation: what many cases begin with. */
const inConversation: readonly SwitchStep[] = [
  aCallComes,
  routerRings('answers'),
  switchReports('leg.answered', 'agent'),
  routerConnects,
];

const life: Chapter<SwitchWorld> = {
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
      'refused',
      'A contact that the router refuses is not brought again and again.',
      [],
      [routerRefusesContacts, aCallComes, contactIsNotCreatedAgain],
    ),
  ],
};

const once: Chapter<SwitchWorld> = {
  title: 'What is asked again is done once',
  cases: [
    theCase(
      'ring-again',
      'leg.ring under the same requestId rings no second time.',
      ['answers'],
      [
        aCallComes,
        routerRings('answers'),
        routerAsksAgain('leg.ring'),
        switchReports('leg.ringing', 'agent'),
        switchReports('leg.answered', 'agent'),
        nothingMoreOf('agent'),
      ],
    ),
    theCase(
      'ring-again-after-failure',
      'leg.ring under the same requestId rings no second time, also when the first has failed.',
      ['busy'],
      [
        aCallComes,
        routerRings('busy'),
        switchReports('leg.failed', 'agent', 'busy'),
        routerAsksAgain('leg.ring'),
        nothingMoreOf('agent'),
      ],
    ),
    theCase(
      'connect-again',
      'leg.connect under the same requestId, and of two that are joined already, is answered as done.',
      ['answers'],
      [...inConversation, routerAsksAgain('leg.connect'), routerConnects, nothingMoreOf('agent')],
    ),
    theCase(
      'hold-again',
      'Who is on hold already can be put on hold, who is not can be resumed: {}.',
      ['answers'],
      [
        ...inConversation,
        routerAsks('leg.hold', 'customer'),
        routerAsksAgain('leg.hold'),
        routerAsks('leg.hold', 'customer'),
        routerAsks('leg.resume', 'customer'),
        routerAsksAgain('leg.resume'),
        routerAsks('leg.resume', 'customer'),
      ],
    ),
    theCase(
      'release-again',
      'A leg that is gone is released without an error, also one that never was.',
      ['answers'],
      [...inConversation, routerReleases('agent'), routerAsksAgain('leg.release'), routerReleasesNobody],
    ),
    theCase(
      'connect-with-nobody',
      'leg.connect with a leg that is not there is an error, and the other leg stays.',
      [],
      [aCallComes, routerConnectsWithNobody, nothingMoreOf('customer'), routerReleases('customer')],
    ),
  ],
};

const away: Chapter<SwitchWorld> = {
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
        customerIsGone(),
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
        afterReturnNothingSpecial,
        connectionIsCut,
        switchReturns,
        itReported('customer', 'connected'),
        itReported('agent', 'connected'),
      ],
    ),
  ],
};

/** Behind the last page or before it: both are right. */
function endIsKnown(): SwitchStep {
  return switchReports('leg.failed', 'agent', 'busy');
}

/** Nobody can tell from outside when a person has hung up: given time. */
function customerIsGone(): SwitchStep {
  return {
    text: 'Some time passes.',
    play: async ({ router, setting }) => {
      await router.until(() => false, setting.quietMs);
    },
  };
}

export const switchChapters: readonly Chapter<SwitchWorld>[] = [life, once, away];
