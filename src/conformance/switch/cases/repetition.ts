// What a switch is asked twice.

import type { Chapter } from '../../case.ts';
import {
  aCallComes,
  nothingMoreOf,
  routerAsks,
  routerAsksAgain,
  routerConnects,
  routerConnectsWithNobody,
  routerReleases,
  routerReleasesNobody,
  routerRings,
  switchReports,
} from '../steps.ts';
import type { SwitchWorld } from '../world.ts';
import { inConversation, theCase } from './beginnings.ts';

export const once: Chapter<SwitchWorld> = {
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
