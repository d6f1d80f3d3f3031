// The switch goes and comes back: what is asked again, what is kept, and what the answer to switch.report says.

import { type Chapter, NotAsExpected, shown } from '../../case.ts';
import {
  agentEnds,
  agentIsTold,
  brings,
  contactIs,
  isToldAtReturn,
  isToldToConnect,
  leaves,
  passes,
  reports,
  returns,
  routerAsks,
  routerAsksAgain,
  routerConnects,
  routerRings,
  sayingAtReturn,
  step,
  switchIsTold,
} from '../steps.ts';
import type { RouterWorld } from '../world.ts';
import { caseOfOwn, connecting, inService, ringing, theCase } from './beginnings.ts';

const ownUnknown = step('It reports a leg of its own of which the router has never heard: unknown.', async (world) => {
  const legId = world.newId('stranger');
  const { unknown } = (await world.puppet.report([{ legId, state: 'answered' }], true)) as { unknown: string[] };
  if (!unknown.includes(legId)) throw new NotAsExpected(`${legId} in unknown`, shown(unknown));
});

const routersUnknown = step(
  'It reports a leg leg:… of which the router has never heard: to be released, or unknown.',
  async (world) => {
    const legId = `leg:${world.newId('stranger')}`;
    const answer = (await world.puppet.report([{ legId, state: 'answered' }], true)) as Record<string, string[]>;
    if (![...answer.release!, ...answer.unknown!].includes(legId))
      throw new NotAsExpected(`${legId} in release or unknown`, shown(answer));
  },
);

const stateOnOpen = step('The answer to session.open names the customer’s leg.', (world) => {
  const legs = (world.puppet.state.legs ?? []) as { legId: string }[];
  const { legId } = world.contact();
  if (!legs.some((leg) => leg.legId === legId)) throw new NotAsExpected(`${legId} in state.legs`, shown(legs));
});

const setGrace = (graceMs: number) =>
  step(`The switch is given ${graceMs} ms of grace.`, (world) => world.setting.own!.setGrace(graceMs));

const stillWaits = (state: string) =>
  step(`Meanwhile the contact is ${state}, as the agent’s side sees it.`, async (world) => {
    const found = (await world.desk.client.request('contact.get', { contactId: world.contact().contactId })) as {
      state: string;
    };
    if (found.state !== state) throw new NotAsExpected(state, found.state);
  });

const drains = (on: boolean) =>
  step(
    `The switch says switch.drain {on: ${on}}: it is shown ${on ? 'as' : 'no longer as'} draining.`,
    async (world) => {
      const { client } = world.puppet;
      await client.request('switch.drain', { on });
      const switchId = client.session.sub;
      const { draining } = (await client.request('switch.get', { switchId })) as { draining: boolean };
      if (draining !== on) throw new NotAsExpected(`draining: ${on}`, String(draining));
    },
  );

export const askedAgain: Chapter<RouterWorld> = {
  title: 'What was not answered is asked again',
  cases: [
    theCase('ring-again', 'leg.ring without an answer is asked again when the switch is back.', [
      brings(),
      routerRings('nothing'),
      leaves,
      returns,
      routerAsksAgain('leg.ring'),
      sayingAtReturn({ customer: 'answered', agent: 'ringing' }, true),
      reports('leg.answered', 'agent'),
      routerConnects(),
      contactIs('connected'),
    ]),
    theCase(
      'unanswered-ring-is-not-lost',
      'A leg that may never have been asked for is not taken as lost when it is in no report.',
      [
        brings(),
        routerRings('nothing'),
        leaves,
        returns,
        sayingAtReturn({ customer: 'answered' }, true),
        routerAsksAgain('leg.ring'),
        reports('leg.answered', 'agent'),
        routerConnects(),
        contactIs('connected'),
      ],
    ),
    theCase('connect-again', 'leg.connect without an answer is asked again, and done when it is answered.', [
      ...connecting,
      leaves,
      returns,
      routerAsksAgain('leg.connect'),
      contactIs('connected'),
    ]),
    theCase('release-again', 'leg.release without an answer is asked again.', [
      ...inService,
      reports('leg.ended', 'customer', 'hungUp'),
      routerAsks('leg.release', 'agent', 'nothing'),
      leaves,
      returns,
      routerAsksAgain('leg.release'),
    ]),
  ],
};

export const away: Chapter<RouterWorld> = {
  title: 'A switch goes and comes back',
  cases: [
    theCase('state-on-open', 'session.open tells a switch which legs it has.', [
      brings(),
      leaves,
      returns,
      stateOnOpen,
    ]),
    theCase('kept-in-service', 'A contact in service stays in service while the switch is away.', [
      ...inService,
      leaves,
      stillWaits('connected'),
      returns,
      sayingAtReturn({ customer: 'connected', agent: 'connected' }, true),
      isToldAtReturn('keep', 'customer'),
      isToldAtReturn('keep', 'agent'),
      contactIs('connected'),
    ]),
    theCase(
      'answered-by-report',
      'What switch.report says is taken as if it were reported: answered takes the offer.',
      [
        ...ringing,
        leaves,
        returns,
        sayingAtReturn({ customer: 'answered', agent: 'answered' }, true),
        routerConnects(),
        contactIs('connected'),
      ],
    ),
    caseOfOwn('asked-did-not-ring', 'A leg that is reported as asked has not rung: noAnswer after it is no miss.', [
      brings(),
      routerRings(),
      leaves,
      returns,
      sayingAtReturn({ customer: 'answered', agent: 'asked' }, true),
      isToldAtReturn('keep', 'agent'),
      reports('leg.failed', 'agent', 'noAnswer'),
      routerRings(),
    ]),
    theCase('connect-at-return', 'Two that should be joined and are not are told to be connected.', [
      ...inService,
      leaves,
      returns,
      sayingAtReturn({ customer: 'answered', agent: 'answered' }, true),
      isToldToConnect,
      contactIs('connected'),
    ]),
    theCase('release-at-return', 'Legs of a contact that has ended meanwhile are to be released.', [
      ...inService,
      leaves,
      agentEnds,
      returns,
      sayingAtReturn({ customer: 'connected', agent: 'connected' }, true),
      isToldAtReturn('release', 'customer'),
      isToldAtReturn('release', 'agent'),
    ]),
    theCase('unknown-at-return', 'A call of which the router has never heard is unknown, and may be brought.', [
      leaves,
      returns,
      ownUnknown,
      routersUnknown,
      brings(),
      routerRings(),
    ]),
    theCase('missing-customer', 'A customer’s leg that a complete report does not name is gone.', [
      ...inService,
      leaves,
      returns,
      sayingAtReturn({ agent: 'answered' }, true),
      switchIsTold('contact.ended', { why: 'byCustomer' }),
      routerAsks('leg.release', 'agent'),
    ]),
    theCase('missing-agent', 'An agent’s leg that a complete report does not name is lost.', [
      ...inService,
      leaves,
      returns,
      sayingAtReturn({ customer: 'answered' }, true),
      switchIsTold('contact.ended', { why: 'legLost' }),
      routerAsks('leg.release', 'customer'),
    ]),
    theCase('incomplete-report', 'As long as a report is not complete, nobody is missing.', [
      ...inService,
      leaves,
      returns,
      sayingAtReturn({ customer: 'connected' }, false),
      sayingAtReturn({ agent: 'connected' }, true),
      isToldAtReturn('keep', 'agent'),
      contactIs('connected'),
    ]),
    theCase(
      'ended-between-pages',
      'A hang-up while the switch was away keeps its cause when it is reported before the last page.',
      [
        ...inService,
        leaves,
        returns,
        sayingAtReturn({ customer: 'answered' }, false),
        reports('leg.ended', 'agent', 'hungUp'),
        switchIsTold('contact.ended', { why: 'byAgent' }),
        sayingAtReturn({}, true),
      ],
    ),
    caseOfOwn('grace', 'Within its grace time a switch that comes back finds its contacts as they were.', [
      setGrace(20_000),
      ...inService,
      leaves,
      passes(600, 'Some time passes, less than that.'),
      stillWaits('connected'),
      returns,
      sayingAtReturn({ customer: 'connected', agent: 'connected' }, true),
      isToldAtReturn('keep', 'customer'),
    ]),
    caseOfOwn(
      'grace-is-over',
      'When it is not back in time its contacts end with switchLost, and what it still has of them is released.',
      [
        setGrace(300),
        ...inService,
        leaves,
        agentIsTold('contact.ended', { why: 'switchLost' }),
        returns,
        sayingAtReturn({ customer: 'connected', agent: 'connected' }, true),
        isToldAtReturn('release', 'customer'),
        isToldAtReturn('release', 'agent'),
      ],
    ),
    theCase('drain', 'A switch that wants to go is shown so, and what it has is finished there.', [
      ...inService,
      drains(true),
      contactIs('connected'),
      reports('leg.ended', 'customer', 'hungUp'),
      routerAsks('leg.release', 'agent'),
      drains(false),
    ]),
  ],
};
