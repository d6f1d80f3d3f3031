// What goes wrong with an agent's telephone: the contact is back at its place, and nobody is lost.

import type { Chapter } from '../../case.ts';
import {
  agentIs,
  agentIsOffered,
  agentIsReady,
  agentIsTold,
  agentPauses,
  agentRejects,
  brings,
  contactIs,
  reports,
  reportsInVain,
  routerAsks,
  routerConnects,
  routerDoesNotAsk,
  routerRings,
  switchIsTold,
} from '../steps.ts';
import type { RouterWorld } from '../world.ts';
import { caseOfOwn, connecting, ringing, theCase } from './beginnings.ts';

export const telephones: Chapter<RouterWorld> = {
  title: 'An agent’s telephone that cannot be had',
  cases: [
    ...(['busy', 'rejected', 'unreachable'] as const).map((cause) =>
      theCase(
        `telephone-${cause}`,
        `${cause}: the offer is over, the contact is back at its place, and rings again after the agent’s rest.`,
        [
          brings(),
          routerRings(),
          reports('leg.failed', 'agent', cause),
          agentIsTold('offer.withdrawn', { why: cause }),
          switchIsTold('contact.queued', { why: 'notTaken' }),
          routerRings(),
        ],
      ),
    ),
    caseOfOwn('no-answer-is-a-miss', 'noAnswer of a telephone that really rang is a miss.', [
      ...ringing,
      reports('leg.failed', 'agent', 'noAnswer'),
      agentIsTold('offer.withdrawn', { why: 'timedOut' }),
      agentIs('notReady', { reason: 'missed' }),
      contactIs('waiting'),
    ]),
    caseOfOwn(
      'never-rang-is-no-miss',
      'noAnswer of a telephone that never rang is nobody’s fault: the agent stays ready, and is asked again.',
      [brings(), routerRings(), reports('leg.failed', 'agent', 'noAnswer'), routerRings()],
    ),
    theCase('ends-while-ringing', 'An agent’s leg that ends while it rings is a reject.', [
      ...ringing,
      reports('leg.ended', 'agent', 'hungUp'),
      agentIsTold('offer.withdrawn', { why: 'rejected' }),
      routerRings(),
    ]),
    theCase(
      'ends-while-connecting',
      'An agent’s leg that ends before the two are joined: the contact is back, and rings again.',
      [
        ...connecting,
        reports('leg.ended', 'agent', 'hungUp'),
        agentIsTold('offer.withdrawn', { why: 'unreachable' }),
        routerRings(),
      ],
    ),
    theCase(
      'ring-refused',
      'A switch that cannot ring at all says so with an error: the contact is back, and rings again.',
      [
        brings(),
        routerRings({ cause: 'unreachable' }),
        agentIsTold('offer.withdrawn', { why: 'unreachable' }),
        routerRings(),
      ],
    ),
    theCase(
      'join-refused',
      'Two that cannot be joined: the contact is back at its place, the agent’s leg is released, and it rings again.',
      [
        ...ringing,
        reports('leg.answered', 'agent'),
        routerConnects({ cause: 'failed' }),
        routerAsks('leg.release', 'agent', 'done', ['notConnected', 'offerOver']),
        agentIsTold('offer.withdrawn', { why: 'unreachable' }),
        routerRings(),
      ],
    ),
    theCase('place-is-kept', 'Back at its place is before whoever has come since.', [
      brings(),
      routerRings(),
      brings('second'),
      reports('leg.failed', 'agent', 'busy'),
      routerRings(),
      contactIs('waiting', {}, 'second'),
    ]),
  ],
};

export const races: Chapter<RouterWorld> = {
  title: 'Races',
  cases: [
    theCase(
      'answered-too-late',
      'A telephone that is answered when its offer is gone does not get the contact: its leg is released.',
      [
        ...ringing,
        agentRejects,
        reportsInVain('leg.answered', 'agent'),
        routerAsks('leg.release', 'agent', 'done', ['offerOver']),
        routerDoesNotAsk('leg.connect'),
      ],
    ),
    theCase('answered-after-hang-up', 'The same when the customer has hung up.', [
      ...ringing,
      reports('leg.ended', 'customer', 'hungUp'),
      reportsInVain('leg.answered', 'agent'),
      routerAsks('leg.release', 'agent'),
      routerDoesNotAsk('leg.connect'),
      switchIsTold('contact.ended', { why: 'cancelled' }),
    ]),
    theCase('answered-when-not-ready', 'The same when the agent is not ready any more: the contact waits on.', [
      ...ringing,
      agentPauses,
      reportsInVain('leg.answered', 'agent'),
      routerAsks('leg.release', 'agent', 'done', ['offerOver']),
      contactIs('waiting'),
      agentIsReady,
      routerRings(),
    ]),
    theCase(
      'hang-up-and-joining',
      'A customer who hangs up while the switch fails to join the two is gone, not back in the queue.',
      [
        brings(),
        routerRings(),
        agentIsOffered,
        reports('leg.answered', 'agent'),
        reports('leg.ended', 'customer', 'hungUp'),
        routerConnects({ cause: 'hungUp' }),
        switchIsTold('contact.ended', { why: 'cancelled' }),
        contactIs('ended'),
      ],
    ),
  ],
};
