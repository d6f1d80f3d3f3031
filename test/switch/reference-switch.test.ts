// The reference switch alone, before a scripted router: what it does while nobody routes, what it says at a return and in
// which order, and that nothing is forgotten.

import { afterEach, describe, expect, test } from 'vitest';
import type { Heard } from '../../src/conformance/switch/scripted-router.ts';
import type { AwayDefault, SwitchEvent } from '../../src/simulation/switch/reference-switch.ts';
import { usualNumbers } from '../../src/simulation/switch/telephones.ts';
import { SwitchUnderTest, wishes } from './switch-harness.ts';

const open: SwitchUnderTest[] = [];
afterEach(async () => {
  for (const under of open.splice(0)) await under.close();
});

async function start(whileAway: AwayDefault = 'wait'): Promise<SwitchUnderTest> {
  const under = await SwitchUnderTest.start(whileAway);
  open.push(under);
  await routed(under);
  return under;
}

async function holds(under: SwitchUnderTest, what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`in vain: ${what}; heard ${said(under.router.heard)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const said = (heard: readonly Heard[]) =>
  heard.map(({ method, params }) => `${method} ${JSON.stringify(params)}`).join('\n');
const routed = (under: SwitchUnderTest) => holds(under, 'a return', () => under.switch.isRouted);
const heardOf = ({ router }: SwitchUnderTest, method: string, session?: number) =>
  router.heard.filter((heard) => heard.method === method && (session === undefined || heard.session === session));

async function goneAway(under: SwitchUnderTest): Promise<void> {
  under.router.away();
  await holds(under, 'a lost connection', () => !under.client.isOpen);
}

async function backAgain(under: SwitchUnderTest): Promise<number> {
  under.router.back();
  await routed(under);
  await under.switch.reports.answered();
  return under.router.sessionsOpened;
}

function happened<What extends SwitchEvent['what']>({ events }: SwitchUnderTest, what: What) {
  return events.filter((event): event is Extract<SwitchEvent, { what: What }> => event.what === what);
}

let asked = 0;
async function ring(under: SwitchUnderTest, number: string, more: object = {}): Promise<string> {
  asked += 1;
  const legId = `leg:${asked}`;
  const { contactId } = under.switch.legs.values().next().value!;
  under.router.legs.set(legId, contactId);
  const to = { agentId: 'ann', lineId: 'ann.voice.1', number };
  const params = { requestId: `q${asked}`, contactId, legId, to, ringMs: 20_000, ...more };
  expect(await under.router.ask('leg.ring', params, 5_000)).toEqual({ result: {} });
  return legId;
}

async function conversation(under: SwitchUnderTest, number: string = usualNumbers.answers) {
  const customer = under.switch.bring(wishes)!;
  await under.switch.reports.answered();
  const agent = await ring(under, number);
  await holds(under, 'an answer', () => heardOf(under, 'leg.answered').length > 0);
  asked += 1;
  const params = { requestId: `q${asked}`, contactId: customer.contactId, legs: [customer.legId, agent] };
  expect(await under.router.ask('leg.connect', params, 5_000)).toEqual({ result: {} });
  return { customer, agent };
}

describe('calls that come while nobody routes', () => {
  test('wait, are reported, and become contacts', async () => {
    const under = await start('wait');
    await goneAway(under);
    const leg = under.switch.bring(wishes)!;
    const session = await backAgain(under);
    const [report] = heardOf(under, 'switch.report', session);
    expect(report!.params).toMatchObject({
      legs: [{ legId: leg.legId, state: 'answered', contactId: leg.contactId }],
      complete: true,
    });
    expect(heardOf(under, 'contact.create', session).map(({ params }) => params)).toEqual([
      { contactId: leg.contactId, legId: leg.legId, ...wishes },
    ]);
  });

  test('are served by the switch and not brought', async () => {
    const under = await start('serve');
    await goneAway(under);
    const leg = under.switch.bring(wishes)!;
    expect(leg.servedBy).toBe('switch');
    const session = await backAgain(under);
    expect(heardOf(under, 'contact.create', session)).toEqual([]);
    under.switch.end(leg.legId, 'hungUp');
    await under.switch.reports.answered();
    expect(heardOf(under, 'leg.ended')).toEqual([]);
  });

  test('are not taken', async () => {
    const under = await start('refuse');
    await goneAway(under);
    expect(under.switch.bring(wishes)).toBeUndefined();
    await backAgain(under);
    expect(under.switch.bring(wishes)).toBeDefined();
  });

  test('and are over before anybody routes: of them nothing is said', async () => {
    const under = await start('wait');
    await goneAway(under);
    under.switch.end(under.switch.bring(wishes)!.legId, 'hungUp');
    const session = await backAgain(under);
    const methods = under.router.heard.filter((heard) => heard.session === session).map(({ method }) => method);
    expect(methods).toEqual(['session.open', 'switch.report']);
  });
});

describe('at a return', () => {
  test('long reports come in pages, the last one complete', async () => {
    const under = await start('wait');
    await goneAway(under);
    for (let nth = 0; nth < 4_500; nth++) under.switch.bring(wishes);
    const session = await backAgain(under);
    const pages = heardOf(under, 'switch.report', session).map(({ params }) => [
      (params.legs as unknown[]).length,
      params.complete,
    ]);
    expect(pages).toEqual([
      [2_000, false],
      [2_000, false],
      [500, true],
    ]);
    expect(heardOf(under, 'contact.create', session)).toHaveLength(4_500);
  });

  test('an end that nobody has heard of is said before the report is complete, with its cause', async () => {
    const under = await start();
    const { customer, agent } = await conversation(under);
    await goneAway(under);
    under.switch.end(agent, 'hungUp');
    const session = await backAgain(under);
    const told = under.router.heard
      .filter((heard) => heard.session === session)
      .map(({ method, params }) => [method, params.complete ?? params.cause]);
    expect(told).toEqual([
      ['session.open', undefined],
      ['switch.report', false],
      ['leg.ended', 'hungUp'],
      ['switch.report', true],
    ]);
    // Whoever was left alone is let go: nobody was there to say what becomes of them.
    expect(under.switch.legs.has(customer.legId)).toBe(false);
  });

  test('a contact whose customer has gone before it was known is not created any more', async () => {
    const under = await start();
    under.router.withheld.add('contact.create');
    const leg = under.switch.bring(wishes)!;
    await holds(under, 'contact.create', () => heardOf(under, 'contact.create').length === 1);
    await goneAway(under);
    under.switch.end(leg.legId, 'hungUp');
    under.router.withheld.clear();
    const session = await backAgain(under);
    expect(heardOf(under, 'contact.create', session)).toEqual([]);
    // The router may have taken it in without having answered.
    expect(heardOf(under, 'leg.ended', session).map(({ params }) => params.legId)).toEqual([leg.legId]);
  });

  test('a contact whose answer was lost is created again, the same', async () => {
    const under = await start();
    under.router.withheld.add('contact.create');
    under.switch.bring(wishes);
    await holds(under, 'contact.create', () => heardOf(under, 'contact.create').length === 1);
    under.router.withheld.clear();
    under.router.cut();
    await holds(under, 'it again', () => heardOf(under, 'contact.create').length === 2);
    const [first, second] = heardOf(under, 'contact.create');
    expect(second!.params).toEqual(first!.params);
    expect(second!.session).toBeGreaterThan(first!.session);
  });

  test('what was said before it is behind the report, never before it, over random cuts', async () => {
    const under = await start();
    const { router } = under;
    for (let nth = 0; nth < 30; nth++) {
      under.switch.bring(wishes);
      if (nth % 3 === 0) router.cut();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await backAgain(under);
    for (let session = 1; session <= router.sessionsOpened; session++) {
      const methods = router.heard.filter((heard) => heard.session === session).map(({ method }) => method);
      expect(methods.slice(0, 2)).toEqual(['session.open', 'switch.report'].slice(0, methods.length));
    }
    await holds(under, 'all contacts', () => router.legs.size === 30);
  });
});

describe('legs', () => {
  test('the reports of one leg come in order, each when the one before was answered', async () => {
    const under = await start();
    under.switch.bring(wishes);
    await under.switch.reports.answered();
    under.router.withheld.add('leg.ringing');
    const legId = await ring(under, usualNumbers.hangsUp);
    await holds(under, 'an answered telephone', () => happened(under, 'answered').length === 1);
    under.switch.end(legId, 'hungUp');
    expect(heardOf(under, 'leg.answered')).toEqual([]);
    under.router.withheld.clear();
    under.router.cut();
    await holds(under, 'the end', () => heardOf(under, 'leg.ended').length === 1);
    const answered = under.router.heard.filter(({ isAnswered, params }) => isAnswered && params.legId === legId);
    expect(answered.map(({ method }) => method)).toEqual(['leg.ringing', 'leg.answered', 'leg.ended']);
  });

  test('a leg is asked for twice and there once, by its id as well as by its requestId', async () => {
    const under = await start();
    const { contactId } = under.switch.bring(wishes)!;
    await under.switch.reports.answered();
    const legId = await ring(under, usualNumbers.answers);
    const to = { agentId: 'ann', lineId: 'ann.voice.1', number: usualNumbers.answers };
    const again = { requestId: 'another', contactId, legId, to, ringMs: 1_000 };
    expect(await under.router.ask('leg.ring', again, 5_000)).toEqual({ result: {} });
    expect(await under.router.ask('leg.ring', { ...again, ringMs: 2_000 }, 5_000)).toMatchObject({
      error: { data: { refusal: 'request_id_reused_with_different_content' } },
    });
    expect(happened(under, 'rung')).toHaveLength(1);
  });

  test('what cannot be joined says why', async () => {
    const under = await start();
    const customer = under.switch.bring(wishes)!;
    await under.switch.reports.answered();
    const agent = await ring(under, usualNumbers.answers);
    await holds(under, 'an answer', () => heardOf(under, 'leg.answered').length > 0);
    under.telephones.notToBeJoined.add(customer.contactId);
    const params = { requestId: 'c', contactId: customer.contactId, legs: [customer.legId, agent] };
    expect(await under.router.ask('leg.connect', params, 5_000)).toMatchObject({
      error: { data: { cause: 'failed' } },
    });
    expect(under.switch.legs.get(agent)?.state).toBe('answered');
  });

  test('two of whom one hangs up: the other stays, and could be joined anew', async () => {
    const under = await start();
    const { customer, agent } = await conversation(under);
    expect(under.switch.legs.get(agent)?.state).toBe('connected');
    under.switch.end(customer.legId, 'hungUp');
    await under.switch.reports.answered();
    expect(under.switch.legs.get(agent)).toMatchObject({ state: 'answered', others: [] });
  });

  test('who is joined leaves whoever it was with, and on hold one stays who is left alone', async () => {
    const under = await start();
    const { customer, agent } = await conversation(under);
    const { contactId } = customer;
    const other = await ring(under, usualNumbers.answers);
    await holds(under, 'both answers', () => heardOf(under, 'leg.answered').length > 1);
    const states = () => [customer.legId, agent, other].map((legId) => under.switch.legs.get(legId)?.state);
    const joins = async (requestId: string, ...legs: string[]) => {
      const joined = await under.router.ask('leg.connect', { requestId, contactId, legs }, 5_000);
      expect(joined).toEqual({ result: {} });
    };
    await under.router.ask('leg.hold', { requestId: 'h', contactId, legId: customer.legId }, 5_000);
    await joins('asks', agent, other);
    expect(states()).toEqual(['held', 'connected', 'connected']);
    expect(customer.others).toEqual([]);
    await joins('all', customer.legId, agent, other);
    expect(states()).toEqual(['connected', 'connected', 'connected']);
    expect(customer.others).toHaveLength(2);
    await joins('back', customer.legId, agent);
    expect(states()).toEqual(['connected', 'connected', 'answered']);
    await joins('passed on', customer.legId, other);
    expect(states()).toEqual(['connected', 'answered', 'connected']);
  });

  test('a telephone that does nothing is left alone after ringMs', async () => {
    const under = await start();
    under.switch.bring(wishes);
    await under.switch.reports.answered();
    await ring(under, usualNumbers.silent, { ringMs: 60 });
    await holds(under, 'a failure', () => heardOf(under, 'leg.failed').length === 1);
    expect(heardOf(under, 'leg.failed')[0]!.params.cause).toBe('noAnswer');
    expect(heardOf(under, 'leg.ringing')).toEqual([]);
  });

  test('a report that the router refuses is not said again', async () => {
    const under = await start();
    under.switch.bring(wishes);
    await under.switch.reports.answered();
    const legId = await ring(under, usualNumbers.busy);
    under.router.legs.delete(legId);
    await holds(under, 'a failure', () => heardOf(under, 'leg.failed').length === 1);
    await under.switch.reports.answered();
    expect(under.switch.reports.repeated).toBe(0);
  });

  test('a contact that the router refuses is over', async () => {
    const under = await start();
    under.router.refusesContacts = 'queue_full';
    const leg = under.switch.bring(wishes)!;
    await under.switch.reports.answered();
    expect(under.switch.legs.size).toBe(0);
    expect(happened(under, 'over')).toMatchObject([
      { leg: { legId: leg.legId }, ending: { by: 'refusal', refusal: 'queue_full' } },
    ]);
  });
});

test('a switch that drains says so, takes no calls, and finishes those it has', async () => {
  const under = await start();
  const { customer, agent } = await conversation(under);
  await under.switch.drain(true);
  expect(heardOf(under, 'switch.drain').map(({ params }) => params.on)).toEqual([true]);
  expect(under.switch.bring(wishes)).toBeUndefined();
  expect(under.switch.legs.get(agent)?.state).toBe('connected');
  under.switch.end(customer.legId, 'hungUp');
  await under.switch.reports.answered();
  expect(heardOf(under, 'leg.ended')).toHaveLength(1);
});
