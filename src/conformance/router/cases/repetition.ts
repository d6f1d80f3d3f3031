// What is said twice, and what is refused.

import { StrowgerClient } from '../../../client/client.ts';
import type { Chapter } from '../../case.ts';
import { assertFits } from '../../case.ts';
import {
  brings,
  contactIs,
  isRefused,
  reports,
  reportsInVain,
  routerAsks,
  routerConnects,
  routerDoesNotAsk,
  routerRings,
  step,
  switchIsTold,
  wishesOf,
} from '../steps.ts';
import type { RouterWorld } from '../world.ts';
import { caseOfOwn, inService, ringing, theCase } from './beginnings.ts';

const answeredTwiceUnderOneId = step(
  'The switch reports leg.answered twice under the same requestId, and gets the same answer.',
  async (world) => {
    const params = { legId: world.agentLeg, requestId: world.newId('report') };
    const first = await world.puppet.client.request('leg.answered', params);
    assertFits('the same answer', await world.puppet.client.request('leg.answered', params), first);
  },
);

const broughtAgain = step('The switch brings the same contact with the same leg again.', async (world) => {
  const contact = world.contact();
  const again = await world.puppet.client.request('contact.create', { ...wishesOf(world), ...contact });
  assertFits('the contact', again, { contactId: contact.contactId });
});

export const repetition: Chapter<RouterWorld> = {
  title: 'What is said twice counts once',
  cases: [
    theCase('reports-twice', 'A report of what is known already changes nothing.', [
      ...ringing,
      reports('leg.ringing', 'agent'),
      reports('leg.answered', 'agent'),
      reports('leg.answered', 'agent'),
      routerConnects(),
      contactIs('connected'),
      reports('leg.answered', 'agent'),
      reports('leg.ringing', 'agent'),
      routerDoesNotAsk('leg.connect'),
      contactIs('connected'),
    ]),
    theCase('same-request-id', 'The same report under the same requestId gets the first answer.', [
      ...ringing,
      answeredTwiceUnderOneId,
      routerConnects(),
    ]),
    theCase('ended-twice', 'An end that is reported twice is one.', [
      ...inService,
      reports('leg.ended', 'customer', 'hungUp'),
      reportsInVain('leg.ended', 'customer', 'hungUp'),
      routerAsks('leg.release', 'agent'),
      switchIsTold('contact.ended', { why: 'byCustomer' }),
    ]),
    theCase('created-twice', 'The same contact with the same leg may be brought again; it rings once.', [
      brings(),
      routerRings(),
      broughtAgain,
      routerDoesNotAsk('leg.ring'),
    ]),
  ],
};

const reportedByAnother = step(
  'Another switch reports leg.ended of the customer’s leg: leg_not_found.',
  async (world) => {
    const { own, url, clock, waitMs } = world.setting;
    const token = own!.otherSwitchToken;
    const other = await StrowgerClient.connect({ url, token, clock, connectTimeoutMs: waitMs, timeoutMs: waitMs });
    try {
      const { legId } = world.contact();
      const refusal = await other.request('leg.ended', { legId }).then(
        () => 'none',
        (error: { refusal?: string }) => error.refusal,
      );
      assertFits('the refusal', refusal, 'leg_not_found');
    } finally {
      other.close();
    }
  },
);

const legId = (world: RouterWorld) => ({ legId: world.contact().legId });

export const refusals: Chapter<RouterWorld> = {
  title: 'What is refused',
  cases: [
    theCase('leg-prefix', 'Only the router names legs leg:….', [
      isRefused('The switch brings a contact with such a leg', 'switch', 'leg_id_taken', (world) => [
        'contact.create',
        { ...wishesOf(world), contactId: world.newId('call'), legId: `leg:${world.newId('leg')}` },
      ]),
    ]),
    theCase('leg-taken', 'A leg belongs to one contact.', [
      brings(),
      isRefused('The switch brings another contact with the same leg', 'switch', 'leg_id_taken', (world) => [
        'contact.create',
        { ...wishesOf(world), contactId: world.newId('call'), ...legId(world) },
      ]),
    ]),
    theCase('other-leg', 'A contact belongs to one leg.', [
      brings(),
      isRefused(
        'The switch brings the same contact with another leg',
        'switch',
        'contact_exists_with_different_content',
        (world) => [
          'contact.create',
          { ...wishesOf(world), contactId: world.contact().contactId, legId: world.newId('leg') },
        ],
      ),
    ]),
    theCase('unknown-leg', 'Of a leg that the router does not know nothing can be reported.', [
      ...(['leg.ringing', 'leg.answered', 'leg.failed', 'leg.ended'] as const).map((method) =>
        isRefused(`The switch reports ${method} of such a leg`, 'switch', 'leg_not_found', (world) => [
          method,
          { legId: world.newId('nobody'), ...(method === 'leg.failed' && { cause: 'busy' }) },
        ]),
      ),
    ]),
    caseOfOwn('other-switch', 'A switch reports its own legs only.', [brings(), reportedByAnother, routerRings()]),
    theCase('not-for-agents', 'Reports are a switch’s.', [
      brings(),
      isRefused('The agent reports leg.ended of the customer’s leg', 'agent', 'not_allowed_for_role', (world) => [
        'leg.ended',
        legId(world),
      ]),
      isRefused('The switch sets its own grace time', 'switch', 'not_allowed_for_role', () => [
        'switch.set',
        { switchId: 'any', graceMs: 1 },
      ]),
    ]),
    theCase('wrong-parameters', 'Wrong parameters are refused and change nothing.', [
      ...ringing,
      isRefused('The switch reports leg.failed with a cause that is none', 'switch', -32602, ({ agentLeg }) => [
        'leg.failed',
        { legId: agentLeg, cause: 'tired' },
      ]),
      isRefused('The switch reports leg.failed without a cause', 'switch', -32602, ({ agentLeg }) => [
        'leg.failed',
        { legId: agentLeg },
      ]),
      contactIs('ringing'),
    ]),
  ],
};
