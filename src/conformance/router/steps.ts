// The vocabulary of cases against a router: each step a sentence, and what the switch or the agent does or waits for.

import { RefusedError } from '../../client/errors.ts';
import {
  type LegCause,
  type LegRequestName,
  type ReleaseReason,
  type ReportedLegState,
  routerLegPrefix,
} from '../../protocol/legs.ts';
import { assertFits, fits, NotAsExpected, type Step, shown } from '../case.ts';
import { watched } from './listening.ts';
import type { Asked, Params, SwitchAnswer } from './puppet-switch.ts';
import type { RouterWorld } from './world.ts';

export type RouterStep = Step<RouterWorld>;
export type Party = 'customer' | 'agent';
type Which = 'first' | 'second';

export const whose = { customer: 'the customer’s leg', agent: 'the agent’s leg' } as const;

export function step(text: string, play: RouterStep['play']): RouterStep {
  return { text, play };
}

export const legOf = (world: RouterWorld, party: Party): string =>
  party === 'customer' ? world.contact().legId : world.agentLeg;

// ── Contacts ──

export const brings = (which: Which = 'first', more: Params = {}, how = ''): RouterStep =>
  step(`The switch brings ${which === 'first' ? 'a contact' : 'another contact'} with a leg${how}.`, async (world) => {
    const contact = { contactId: world.newId('call'), legId: world.newId('leg') };
    world.contacts.push(contact);
    await world.puppet.client.request('contact.create', { ...wishesOf(world), ...contact, ...more });
  });

export const wishesOf = ({ setting }: RouterWorld): Params => ({
  channel: setting.channel,
  queueId: setting.queueId,
});

export const contactIs = (state: string, more: Params = {}, which: Which = 'first'): RouterStep =>
  step(`The ${which === 'first' ? '' : 'other '}contact is ${state}${withMembers(more)}.`, async (world) => {
    const { contactId } = world.contact(which);
    const wanted = { state, ...more };
    const look = () => world.contactNow(contactId);
    const found = await watched(world.setting, world.setting.waitMs, look, (contact) => fits(contact, wanted));
    const { state: was, agentId, why, heldSince } = found;
    if (!fits(found, wanted))
      throw new NotAsExpected(`a contact ${shown(wanted)}`, shown({ state: was, agentId, why, heldSince }));
  });

function withMembers(members: Params): string {
  const texts = Object.entries(members).map(([name, value]) => `${name}: ${String(value)}`);
  return texts.length === 0 ? '' : ` {${texts.join(', ')}}`;
}

// ── What the router asks ──

export const routerRings = (answer: SwitchAnswer | 'nothing' = 'done', which: Which = 'first'): RouterStep =>
  step(
    `The router asks leg.ring${which === 'first' ? '' : ' for the other contact'}, of a leg ${routerLegPrefix}… that it has named${answered(answer)}.`,
    async (world) => {
      const { contactId } = world.contact(which);
      const asked = await askedFor(world, 'leg.ring', ({ params }) => params.contactId === contactId);
      const { legId } = asked.params;
      if (!String(legId).startsWith(routerLegPrefix))
        throw new NotAsExpected(`a leg ${routerLegPrefix}…`, shown(legId));
      if (legId === world.agentLeg) throw new NotAsExpected('a leg of its own for every ring', `${legId} again`);
      world.agentLeg = legId as string;
      settle(world, asked, answer);
    },
  );

export const routerConnects = (answer: SwitchAnswer | 'nothing' = 'done'): RouterStep =>
  step(`The router asks leg.connect of the customer’s leg and the agent’s${answered(answer)}.`, async (world) => {
    const asked = await askedFor(world, 'leg.connect', ({ params }) => params.contactId === world.contact().contactId);
    assertFits('the legs', asked.params.legs, [world.contact().legId, world.agentLeg]);
    settle(world, asked, answer);
  });

export const routerAsks = (
  method: 'leg.hold' | 'leg.resume' | 'leg.release' | 'leg.recording' | 'leg.sendDigits' | 'leg.gather',
  party: Party,
  answer: SwitchAnswer | 'nothing' = 'done',
  why?: readonly ReleaseReason[],
): RouterStep =>
  step(
    `The router asks ${method} of ${whose[party]}${why === undefined ? '' : ` {why: ${why.join(' or ')}}`}${answered(answer)}.`,
    async (world) => {
      const legId = legOf(world, party);
      const asked = await askedFor(world, method, ({ params }) => params.legId === legId);
      if (why !== undefined && !why.includes(asked.params.why as ReleaseReason))
        throw new NotAsExpected(`why: ${why.join(' or ')}`, shown(asked.params.why));
      settle(world, asked, answer);
    },
  );

/** Asked once: what is answered means nothing. */
export const routerAnnounces = (position: number): RouterStep =>
  step(
    `The router asks leg.play {prompt: {kind: place, position: ${position}}} of ${whose.customer}; the switch answers with an error {cause: failed}.`,
    async (world) => {
      const { legId } = world.contact();
      const asked = await askedFor(world, 'leg.play', ({ params }) => params.legId === legId);
      assertFits('the prompt', asked.params.prompt as Params, { kind: 'place', position });
      settle(world, asked, { cause: 'failed' });
    },
  );

/** In a queue that is full. */
export const isNotLetIn = step(
  'The switch brings a contact with a leg; it is refused as queue_full {voicemail: true}.',
  async (world) => {
    const contact = { contactId: world.newId('call'), legId: world.newId('leg') };
    world.contacts.push(contact);
    const queueId = world.setting.own!.fullQueueId;
    try {
      await world.puppet.client.request('contact.create', { ...wishesOf(world), queueId, ...contact });
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return assertFits('the refusal', error.data, { refusal: 'queue_full', voicemail: true });
    }
    throw new NotAsExpected('a refusal', 'a result');
  },
);

export const routerAsksForMessage = step(
  'The router asks leg.record of the customer’s leg; the switch answers {}.',
  async (world) => {
    const { legId } = world.contact();
    settle(world, await askedFor(world, 'leg.record', ({ params }) => params.legId === legId), 'done');
  },
);

export const messageIsLeft = step(
  'The switch reports leg.recorded {recording} of the customer’s leg.',
  async (world) => {
    const { legId } = world.contact();
    const message = { legId, ends: 'complete', recording: `conformance of ${legId}`, recordedMs: 1_000 };
    const result = await world.puppet.client.request('leg.recorded', message);
    assertFits('the result', result as Params, { legId });
  },
);

/** Whoever brought the one has the other, too. */
export const messageIsContact = step(
  'The message is a contact that waits: the switch is told so, and ends it.',
  async (world) => {
    const { params } = await world.puppet.told.next(
      'contact.queued of the message',
      (told) => told.event === 'contact.queued' && told.params.contactId !== world.contact().contactId,
    );
    const { contactId } = params;
    const { voicemail } = (await world.puppet.client.request('contact.get', { contactId })) as Params;
    assertFits('the message', voicemail as Params, { fromContactId: world.contact().contactId });
    await world.puppet.client.request('contact.cancel', { contactId });
  },
);

/** A supervisor’s leg is rung as an agent’s is, and joined to two; the agent’s stays what it is. */
export const supervisorTakesPart = (mode: 'listen' | 'whisper' | 'barge'): RouterStep =>
  step(
    `A supervisor asks to ${mode}: the router asks leg.ring of another leg, and leg.listen {mode: ${mode}} of it once it is answered.`,
    async (world) => {
      const agent = world.agentLeg;
      const { contactId, legId: customer } = world.contact();
      await world.setting.own!.supervise(`supervisor.${mode}`, { contactId });
      await routerRings().play(world);
      world.supervisorLeg = world.agentLeg;
      world.agentLeg = agent;
      await report(world, 'leg.answered', world.supervisorLeg);
      const asked = await askedFor(world, 'leg.listen', ({ params }) => params.legId === world.supervisorLeg);
      assertFits('the request', asked.params, { mode, legs: [customer, agent] });
      settle(world, asked, 'done');
    },
  );

export const supervisorChangesTo = (mode: 'listen' | 'whisper' | 'barge'): RouterStep =>
  step(
    `The supervisor asks to ${mode} instead: the router asks leg.listen {mode: ${mode}}, and rings nobody.`,
    async (world) => {
      await world.setting.own!.supervise(`supervisor.${mode}`, { contactId: world.contact().contactId });
      const asked = await askedFor(world, 'leg.listen', ({ params }) => params.legId === world.supervisorLeg);
      assertFits('the request', asked.params, { mode });
      settle(world, asked, 'done');
    },
  );

export const routerLetsTheSupervisorGo = step('The router asks leg.release of the supervisor’s leg.', async (world) => {
  settle(world, await askedFor(world, 'leg.release', ({ params }) => params.legId === world.supervisorLeg), 'done');
});

export const supervisorHangsUp = step('The switch reports leg.ended of the supervisor’s leg.', (world) =>
  report(world, 'leg.ended', world.supervisorLeg, 'hungUp'),
);

/** The same request in another session. */
export const routerAsksAgain = (method: LegRequestName): RouterStep =>
  step(`The router asks the same ${method} again, under the same requestId; the switch answers {}.`, async (world) => {
    const { requestId } = world;
    const asked = await askedFor(world, method, () => true);
    assertFits('the requestId', asked.params.requestId, requestId);
    if (asked.session !== world.puppet.session) throw new NotAsExpected('it in the new session', 'it in the old one');
    settle(world, asked, 'done');
  });

export const routerDoesNotAsk = (method: LegRequestName): RouterStep =>
  step(`The router does not ask ${method}.`, (world) =>
    world.puppet.asked.none(method, (asked) => asked.method === method),
  );

function answered(answer: SwitchAnswer | 'nothing'): string {
  if (answer === 'done') return '; the switch answers {}';
  if (answer === 'nothing') return '; the switch does not answer yet';
  return `; the switch answers with an error {cause: ${answer.cause}}`;
}

function askedFor(world: RouterWorld, method: LegRequestName, fitsToo: (asked: Asked) => boolean): Promise<Asked> {
  return world.puppet.asked.next(method, (asked) => asked.method === method && fitsToo(asked));
}

function settle(world: RouterWorld, asked: Asked, answer: SwitchAnswer | 'nothing'): void {
  world.requestId = asked.params.requestId as string;
  if (answer !== 'nothing') asked.answer(answer);
}

// ── What the switch reports ──

type ReportMethod = 'leg.ringing' | 'leg.answered' | 'leg.failed' | 'leg.ended';

export const reports = (method: ReportMethod, party: Party, cause?: LegCause): RouterStep =>
  step(`The switch reports ${method} of ${whose[party]}${cause === undefined ? '' : ` {cause: ${cause}}`}.`, (world) =>
    report(world, method, legOf(world, party), cause),
  );

/** Keys that the customer has pressed; with `ends` as the outcome of leg.gather. */
export const reportsDigits = (digits: string, ends?: 'complete' | 'timedOut'): RouterStep =>
  step(
    `The switch reports leg.digits {digits: ${digits}${ends === undefined ? '' : `, ends: ${ends}`}} of ${whose.customer}.`,
    async (world) => {
      const { legId } = world.contact();
      const result = await world.puppet.client.request('leg.digits', { legId, digits, ...(ends && { ends }) });
      assertFits('the result', result as Params, { legId });
    },
  );

/** What comes twice, or too late: the router may know the leg no more. */
export const reportsInVain = (method: ReportMethod, party: Party, cause?: LegCause): RouterStep =>
  step(
    `The switch reports ${method} of ${whose[party]}${cause === undefined ? '' : ` {cause: ${cause}}`}: done, or leg_not_found.`,
    async (world) => {
      try {
        await report(world, method, legOf(world, party), cause);
      } catch (error) {
        if (!(error instanceof RefusedError && error.refusal === 'leg_not_found')) throw error;
      }
    },
  );

async function report(world: RouterWorld, method: ReportMethod, legId: string, cause?: LegCause): Promise<void> {
  const params = cause === undefined ? { legId } : { legId, cause };
  const result = (await world.puppet.client.request(method, params)) as Params;
  assertFits('the result', result, { legId });
}

// ── What is told ──

export const switchIsTold = (event: string, wanted: Params = {}): RouterStep =>
  step(`The switch is told ${event}${withMembers(wanted)}.`, async (world) => {
    const expected = { contactId: world.contact().contactId, ...wanted };
    const what = `${event} ${shown(expected)}`;
    await world.puppet.told.next(what, (told) => told.event === event && fits(told.params, expected));
  });

export const agentIsTold = (event: string, wanted: Params = {}): RouterStep =>
  step(`The agent is told ${event}${withMembers(wanted)}.`, async (world) => {
    const expected = { contactId: world.contact().contactId, ...wanted };
    const what = `${event} ${shown(expected)}`;
    const { params } = await world.desk.told.next(what, (told) => told.event === event && fits(told.params, expected));
    if (event === 'offer.created') world.offerId = params.offerId as string;
  });

export const switchIsNotTold = (event: string): RouterStep =>
  step(`The switch is not told ${event}.`, (world) =>
    world.puppet.told.none(
      event,
      (told) => told.event === event && told.params.contactId === world.contact().contactId,
    ),
  );

// ── The agent ──

export const agentIsOffered = agentIsTold('offer.created');

export const agentDoes = (text: string, method: string, paramsOf: (world: RouterWorld) => Params): RouterStep =>
  step(text, async (world) => {
    await world.desk.client.request(method, paramsOf(world));
  });

const offer = ({ offerId }: RouterWorld) => ({ offerId });
const contact = (world: RouterWorld) => ({ contactId: world.contact().contactId });
export const agentAccepts = agentDoes('The agent accepts at the desk.', 'offer.accept', offer);
export const agentRejects = agentDoes('The agent rejects at the desk.', 'offer.reject', offer);
export const agentRecords = agentDoes(
  'The agent wants it recorded, and says that the customer agrees.',
  'contact.recording',
  (world) => ({ ...contact(world), recording: 'on', consent: true }),
);
export const agentSendsDigits = agentDoes('The agent sends digits.', 'contact.digits', (world) => ({
  ...contact(world),
  digits: '12#',
}));
export const agentGathers = agentDoes('The agent wants four digits of the customer.', 'contact.gather', (world) => ({
  ...contact(world),
  digits: 4,
}));
export const agentHolds = agentDoes('The agent puts the contact on hold.', 'contact.hold', contact);
export const agentResumes = agentDoes('The agent takes the contact back.', 'contact.resume', contact);
export const agentEnds = agentDoes('The agent ends the contact at the desk.', 'contact.end', contact);
export const agentPauses = agentDoes('The agent is not ready.', 'agent.notReady', () => ({ reason: 'pause' }));
export const agentIsReady = agentDoes('The agent is ready again.', 'agent.ready', () => ({}));

export const agentIs = (state: string, more: Params = {}): RouterStep =>
  step(`The agent is ${state}${withMembers(more)}.`, async (world) => {
    const wanted = { state, ...more };
    const found = await watched(
      world.setting,
      world.setting.waitMs,
      () => world.desk.is(),
      (agent) => fits(agent, wanted),
    );
    const { state: was, reason } = found;
    if (!fits(found, wanted)) throw new NotAsExpected(`an agent ${shown(wanted)}`, shown({ state: was, reason }));
  });

// ── The switch goes and comes back ──

export const leaves = step('The switch loses its connection.', (world) => world.puppet.leave());

export const returns = step('The switch opens a session again.', (world) => world.puppet.connect());

export const sayingAtReturn = (
  legs: Readonly<Partial<Record<Party, ReportedLegState>>>,
  complete: boolean,
): RouterStep => {
  const texts = Object.entries(legs).map(([party, state]) => `${whose[party as Party]} is ${state}`);
  const said = texts.length === 0 ? 'that it has nothing' : texts.join(', ');
  return step(`It reports: ${said}${complete ? ', and that is all' : ', and that is not all'}.`, async (world) => {
    const reported = Object.entries(legs).map(([party, state]) => ({
      legId: legOf(world, party as Party),
      state,
      contactId: world.contact().contactId,
    }));
    world.lastReport = await world.puppet.report(reported, complete);
  });
};

export const isToldAtReturn = (verdict: 'keep' | 'release', party: Party): RouterStep =>
  step(`The answer says: ${verdict} ${whose[party]}.`, (world) => {
    const legId = legOf(world, party);
    if (!(world.lastReport[verdict] as string[]).includes(legId))
      throw new NotAsExpected(`${legId} in ${verdict}`, shown(world.lastReport));
  });

export const isToldToConnect = step('The answer says: connect the two.', (world) => {
  const pair = [world.contact().legId, world.agentLeg].sort();
  const pairs = (world.lastReport.connect as string[][]).map((legs) => [...legs].sort());
  if (!pairs.some((legs) => fits(legs, pair)))
    throw new NotAsExpected(`connect ${shown(pair)}`, shown(world.lastReport));
});

/** Some time in which nothing is done. */
export const passes = (ms: number, text: string): RouterStep =>
  step(text, async ({ setting }) => {
    await watched(setting, ms, () => false, Boolean);
  });

// ── Refusals ──

export const isRefused = (
  text: string,
  by: 'switch' | 'agent',
  refusal: string | number,
  request: (world: RouterWorld) => readonly [method: string, params: Params],
): RouterStep =>
  step(`${text}: ${refusal}.`, async (world) => {
    const [method, params] = request(world);
    const client = by === 'switch' ? world.puppet.client : world.desk.client;
    let result: unknown;
    try {
      result = await client.request(method, params, { retry: false });
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if ((error.refusal ?? error.code) === refusal) return;
      throw new NotAsExpected(`the refusal ${refusal}`, `${error.refusal ?? error.code}: ${error.message}`);
    }
    throw new NotAsExpected(`the refusal ${refusal}`, `the result ${shown(result)}`);
  });
