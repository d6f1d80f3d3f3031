// The vocabulary of cases against a switch: each step a sentence, and what the router does or waits for.

import type {
  LegCause,
  LegRequestName,
  ReleaseReason,
  ReportedLegState,
  SupervisionMode,
} from '../../protocol/legs.ts';
import { routerLegPrefix } from '../../protocol/legs.ts';
import type { ConductName } from '../../simulation/switch/telephones.ts';
import type { Outcome } from '../../transport/outgoing-requests.ts';
import { NotAsExpected, type Step, shown } from '../case.ts';
import type { Heard, Params } from './scripted-router.ts';
import type { SwitchWorld } from './world.ts';

export type SwitchStep = Step<SwitchWorld>;
type Party = 'customer' | 'agent';

const whose = { customer: 'the customer’s leg', agent: 'the agent’s leg' } as const;
const legOf = (world: SwitchWorld, party: Party) => (party === 'customer' ? world.customerLeg : world.agentLeg);

function step(text: string, play: SwitchStep['play']): SwitchStep {
  return { text, play };
}

// ── Calls ──

export const aCallComes = step('A customer calls: the switch creates a contact with a leg.', async (world) => {
  world.setting.operator.call();
  const { params } = await world.next('contact.create with a legId', isNewCall, world.setting.operatorWaitMs);
  remember(world, params);
});

export const theCustomerHangsUp = step('The customer hangs up.', (world) =>
  world.setting.operator.hangUp(world.customerLeg),
);

function isNewCall({ method, params }: Heard): boolean {
  return method === 'contact.create' && typeof params.legId === 'string';
}

function remember(world: SwitchWorld, { legId, contactId }: Params): void {
  if ((legId as string).startsWith(routerLegPrefix))
    throw new NotAsExpected(`a leg that does not begin with ${routerLegPrefix}`, shown(legId));
  world.customer = { legId: legId as string, contactId: contactId as string };
}

// ── Asking ──

const anAgent = { agentId: 'ann', lineId: 'ann.voice.1' } as const;

/** `who` is rung, at a number: an agent, or nobody whom the switch has to know. */
function rings(conduct: ConductName, text: string, ringMs = 20_000, who: Params = anAgent): SwitchStep {
  return step(text, async (world) => {
    const legId = world.newId(routerLegPrefix);
    world.agent = legId;
    const { contactId } = world.customer!;
    world.router.legs.set(legId, contactId);
    const to = { ...who, number: world.setting.numbers[conduct]! };
    const params = { requestId: world.newId('ring.'), contactId, legId, to, from: '+12025550199', ringMs };
    assertDone('leg.ring', await world.ask('leg.ring', params));
  });
}

export const routerRings = (conduct: ConductName, ringMs?: number): SwitchStep =>
  rings(
    conduct,
    `The router asks leg.ring to a telephone that ${conductTexts[conduct]}${ringMs === undefined ? '' : `, for ${ringMs} ms`}: {}.`,
    ringMs,
  );

/** Its leg is where the agent's was: what is said of that one is said of it. */
export const routerRingsOutside = (conduct: ConductName): SwitchStep =>
  rings(
    conduct,
    `The router asks leg.ring of a number outside that ${conductTexts[conduct]}, in place of the agent: {}.`,
    undefined,
    {},
  );

/** The customer's leg is the router's, too: of a contact that the switch has never heard of. */
export const routerCalls = (conduct: ConductName): SwitchStep =>
  step(
    `The router asks leg.ring of a customer who is called back, at a telephone that ${conductTexts[conduct]}: {}.`,
    async (world) => {
      const legId = world.newId(routerLegPrefix);
      const contactId = world.newId('callback');
      world.customer = { legId, contactId };
      world.router.legs.set(legId, contactId);
      const to = { number: world.setting.numbers[conduct]! };
      const params = { requestId: world.newId('ring.'), contactId, legId, to, from: '+12025550199', ringMs: 20_000 };
      assertDone('leg.ring', await world.ask('leg.ring', params));
    },
  );

const conductTexts: Readonly<Record<ConductName, string>> = {
  answers: 'answers',
  rings: 'rings and is not answered',
  silent: 'neither rings nor answers',
  busy: 'is busy',
  rejects: 'rejects',
  noAnswer: 'rings and gives up',
  unreachable: 'cannot be reached',
  hangsUp: 'answers and hangs up as soon as it is in a conversation',
  isLost: 'answers and is lost as soon as it is in a conversation',
};

export const routerConnects = step('The router asks leg.connect of both: {}.', async (world) => {
  const { contactId, legId } = world.customer!;
  const params = { requestId: world.newId('connect.'), contactId, legs: [legId, world.agentLeg] };
  assertDone('leg.connect', await world.ask('leg.connect', params));
});

export const routerConnectsWithNobody = step(
  'The router asks leg.connect with a leg that the switch never had: an error.',
  async (world) => {
    const { contactId, legId } = world.customer!;
    const legs = [legId, world.newId(routerLegPrefix)];
    const outcome = await world.ask('leg.connect', { requestId: world.newId('connect.'), contactId, legs });
    if (!('error' in outcome)) throw new NotAsExpected('an error', outcomeText(outcome));
  },
);

export const routerAsks = (method: 'leg.hold' | 'leg.resume', party: Party): SwitchStep =>
  step(`The router asks ${method} of ${whose[party]}: {}.`, async (world) => {
    const { contactId } = world.customer!;
    const params = { requestId: world.newId(`${method}.`), contactId, legId: legOf(world, party) };
    assertDone(method, await world.ask(method, params));
  });

export const routerAsksMore = (method: LegRequestName, more: Params): SwitchStep =>
  step(`The router asks ${method} ${textOf(more)} of ${whose.customer}: {}.`, async (world) => {
    const { contactId } = world.customer!;
    const params = { requestId: world.newId(`${method}.`), contactId, legId: world.customerLeg, ...more };
    assertDone(method, await world.ask(method, params));
  });

/** The agent's leg is the one that was joined; the supervisor's is rung beside it. */
export const supervisorTakesPart = (modes: readonly SupervisionMode[]): SwitchStep =>
  step(
    `A supervisor’s telephone is rung and answers; the router asks leg.listen of it {mode: ${modes.join(', then ')}}: {}.`,
    async (world) => {
      const { contactId, legId: customer } = world.customer!;
      const agent = world.agentLeg;
      await rings('answers', '').play(world);
      const legId = world.agentLeg;
      await switchReports('leg.answered', 'agent').play(world);
      for (const mode of modes) {
        const params = { requestId: world.newId('listen.'), contactId, legId, mode, legs: [customer, agent] };
        assertDone('leg.listen', await world.ask('leg.listen', params));
      }
    },
  );

/** The agent's leg is the one that was joined; another agent's is rung beside it. */
export const anotherIsAsked = step(
  'Another telephone is rung and answers; the router asks leg.connect of the two agents, of all three, and of the customer and the first agent again: {} each time.',
  async (world) => {
    const { contactId, legId: customer } = world.customer!;
    const agent = world.agentLeg;
    await rings('answers', '').play(world);
    const other = world.agentLeg;
    await switchReports('leg.answered', 'agent').play(world);
    for (const legs of [
      [agent, other],
      [customer, agent, other],
      [customer, agent],
    ]) {
      const params = { requestId: world.newId('connect.'), contactId, legs };
      assertDone('leg.connect', await world.ask('leg.connect', params));
    }
  },
);

export const routerAsksInVain = (method: LegRequestName, more: Params): SwitchStep =>
  step(`The router asks ${method} of a leg that the switch never had: an error.`, async (world) => {
    const { contactId } = world.customer!;
    const params = { requestId: world.newId(`${method}.`), contactId, legId: world.newId(routerLegPrefix), ...more };
    const outcome = await world.ask(method, params);
    if (!('error' in outcome)) throw new NotAsExpected('an error', outcomeText(outcome));
  });

function textOf(members: Params): string {
  const texts = Object.entries(members).map(
    ([name, value]) => `${name}: ${typeof value === 'object' ? shown(value) : String(value)}`,
  );
  return `{${texts.join(', ')}}`;
}

export const routerReleases = (party: Party, why: ReleaseReason = 'contactEnded'): SwitchStep =>
  step(`The router asks leg.release of ${whose[party]}: {}.`, async (world) => {
    const legId = legOf(world, party);
    world.router.legs.delete(legId);
    const { contactId } = world.customer!;
    const params = { requestId: world.newId('release.'), contactId, legId, why };
    assertDone('leg.release', await world.ask('leg.release', params));
    // It may have been faster than the request.
    world.forgetReportsOf(legId);
  });

export const routerReleasesNobody = step(
  'The router asks leg.release of a leg that the switch never had: {}.',
  async (world) => {
    const legId = world.newId(routerLegPrefix);
    const params = { requestId: world.newId('release.'), contactId: 'nobody', legId, why: 'unknown' };
    assertDone('leg.release', await world.ask('leg.release', params));
  },
);

export const routerAsksAgain = (method: LegRequestName): SwitchStep =>
  step(`The router asks the same ${method} again, under the same requestId: {}.`, async (world) => {
    const { lastAsked } = world;
    if (lastAsked?.method !== method) throw new Error(`the step before did not ask ${method}`);
    assertDone(method, await world.ask(method, lastAsked.params));
  });

function assertDone(method: string, outcome: Outcome): void {
  if (!('result' in outcome) || typeof outcome.result !== 'object')
    throw new NotAsExpected(`the result {} of ${method}`, outcomeText(outcome));
}

function outcomeText(outcome: Outcome): string {
  if ('lost' in outcome) return outcome.lost === 'timed_out' ? 'no answer in time' : `no answer: ${outcome.lost}`;
  return shown(outcome);
}

// ── Reports ──

const isReport =
  (method: string, legId: string, cause?: LegCause) =>
  (heard: Heard): boolean =>
    heard.method === method &&
    heard.params.legId === legId &&
    // hungUp is what it is when nothing is said.
    (cause === undefined || (heard.params.cause ?? 'hungUp') === cause);

export const switchReports = (
  method: 'leg.ringing' | 'leg.answered' | 'leg.failed' | 'leg.ended',
  party: Party,
  cause?: LegCause,
): SwitchStep =>
  step(
    `The switch reports ${method}${cause === undefined ? '' : ` {cause: ${cause}}`} of ${whose[party]}.`,
    async (world) => {
      const legId = legOf(world, party);
      const what = `${method} of ${legId}${cause === undefined ? '' : ` with the cause ${cause}`}`;
      const isOfThePerson = party === 'customer';
      const withinMs = isOfThePerson ? world.setting.operatorWaitMs : world.setting.waitMs;
      const heard = await world.next(what, isReport(method, legId, cause), withinMs);
      // Whether it rang before is said in cases of its own.
      world.skipBefore(heard, isReport('leg.ringing', legId));
    },
  );

export const digitsTimeOut = step(
  'Nobody presses anything: the switch reports leg.digits {digits: "", ends: timedOut}.',
  async (world) => {
    const legId = world.customerLeg;
    const isIt = ({ method, params }: Heard) =>
      method === 'leg.digits' && params.legId === legId && params.ends === 'timedOut' && params.digits === '';
    await world.next(`leg.digits of ${legId} with ends: timedOut`, isIt);
  },
);

export const noMessageIsLeft = step(
  'Nobody says anything: the switch reports leg.recorded, with no recording.',
  async (world) => {
    const legId = world.customerLeg;
    const heard = await world.next(
      `leg.recorded of ${legId}`,
      ({ method, params }: Heard) => method === 'leg.recorded' && params.legId === legId,
    );
    if (heard.params.recording !== undefined) throw new NotAsExpected('no recording', shown(heard.params));
  },
);

export const nothingMoreOf = (party: Party): SwitchStep =>
  step(`Nothing more is reported of ${whose[party]}.`, async (world) => {
    const legId = legOf(world, party);
    await world.none(
      `further report of ${legId}`,
      ({ method, params }) => method.startsWith('leg.') && params.legId === legId,
    );
  });

export const notReported = (method: string, party: Party): SwitchStep =>
  step(`${method} of ${whose[party]} is not reported.`, (world) =>
    world.none(method, isReport(method, legOf(world, party))),
  );

export const contactIsNotCreatedAgain = step('The contact is not created again and again.', (world) =>
  world.none(
    `contact.create of ${world.customer!.contactId}`,
    ({ method, params }) => method === 'contact.create' && params.contactId === world.customer!.contactId,
  ),
);

export const contactIsCreated = step('The switch creates a contact with this leg.', async (world) => {
  const legId = world.customerLeg;
  const isIt = ({ method, params }: Heard) => method === 'contact.create' && params.legId === legId;
  const { params } = await world.next(`contact.create with the leg ${legId}`, isIt);
  remember(world, params);
});

// ── The router goes and comes back ──

export const routerLeavesUnanswered = (method: string): SwitchStep =>
  step(`From now on the router does not answer ${method}.`, (world) => {
    world.router.withheld.add(method);
  });

export const routerRefusesContacts = step('The router refuses contacts: queue_full.', (world) => {
  world.router.refusesContacts = 'queue_full';
});

export const connectionIsCut = step('The connection is cut; from now on the router answers again.', (world) => {
  world.forget();
  world.router.withheld.clear();
  world.router.cut();
});

export const routerGoesAway = step('The router is gone: the connection is cut, and nobody gets in.', (world) => {
  world.forget();
  world.router.away();
});

export const routerIsBack = step('The router is back.', (world) => {
  world.router.withheld.clear();
  world.router.back();
});

export const routerRestarts = step('The router restarts: another process with what the old one knew.', (world) => {
  world.forget();
  world.router.restart();
});

/** Takes all pages of one return. */
export const switchReturns = step(
  'The switch opens a session and reports, before anything else, what it has, to a last page with `complete: true`.',
  async (world) => {
    const isOfReturn = ({ method }: Heard) => method === 'switch.report';
    const withinMs = 3 * world.setting.waitMs;
    const pages: Heard[] = [];
    do {
      pages.push(await world.next('switch.report', isOfReturn, withinMs));
    } while (pages.at(-1)!.params.complete !== true);
    const { session } = pages[0]!;
    const first = world.router.heard.find((heard) => heard.session === session && heard.method !== 'session.open');
    if (first !== pages[0])
      throw new NotAsExpected('switch.report as the first request of the session', `${first?.method} came before it`);
    world.lastReports = pages;
  },
);

export const itReported = (party: Party, state: ReportedLegState): SwitchStep =>
  step(`It reported ${whose[party]} as ${state}.`, (world) => {
    const legId = legOf(world, party);
    const found = reportedLegs(world).find((leg) => leg.legId === legId);
    if (found?.state !== state) throw new NotAsExpected(`${legId} ${state}`, found ? found.state : 'not in any page');
  });

export const itDidNotReport = (party: Party): SwitchStep =>
  step(`It reported nothing of ${whose[party]}.`, (world) => {
    const legId = legOf(world, party);
    const found = reportedLegs(world).find((leg) => leg.legId === legId);
    if (found !== undefined) throw new NotAsExpected(`nothing of ${legId}`, found.state);
  });

function reportedLegs({ lastReports }: SwitchWorld): { legId: string; state: string }[] {
  return lastReports.flatMap(({ params }) => params.legs as { legId: string; state: string }[]);
}

export const atReturn = (verdict: 'release' | 'unknown', party: Party): SwitchStep =>
  step(`When it comes back it will be told: ${verdict} ${whose[party]}.`, (world) => {
    const legId = legOf(world, party);
    world.router.verdicts.set(legId, verdict);
    world.router.legs.delete(legId);
  });

export const atReturnConnect = step('When it comes back it will be told: connect the two.', (world) => {
  world.router.toBeJoined = [[world.customerLeg, world.agentLeg]];
});

export const afterReturnNothingSpecial = step(
  'From now on the router has nothing special to say at a return.',
  (world) => {
    world.router.verdicts.clear();
    world.router.toBeJoined = [];
  },
);

/** An answer to a report left unanswered reaches the router after all: by itself, or by the state in switch.report. */
export const reportedAgainOrByState = (method: 'leg.answered', party: Party, state: ReportedLegState): SwitchStep =>
  step(
    `${method} of ${whose[party]} is known by then: from a page that says ${state}, or reported again.`,
    async (world) => {
      const legId = legOf(world, party);
      if (reportedLegs(world).some((leg) => leg.legId === legId && leg.state === state)) return;
      const heard = await world.next(`${method} of ${legId} again`, isReport(method, legId));
      world.skipBefore(heard, isReport('leg.ringing', legId));
    },
  );
