// An agent who goes back and forth between the customer and whoever was asked: what the switch is asked, in which order, and what becomes
// of everybody when it will not, or somebody is lost in the middle.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AskedOf, DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

const pbx = 'switch:pbx';
const ada = 'agent:ada';
const policy = { channels: ['voice'], wrapUpMs: 0 };
const refused = { error: { code: 1, message: 'no', data: {} } };

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', ...policy });
  for (const agentId of ['ada', 'ben']) {
    await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: agentId === 'ada' ? 2 : 1 } });
    await world.ok(`agent:${agentId}`, 'agent.login');
  }
  await world.ok(ada, 'agent.ready');
  await world.presence(pbx, true);
  await world.ok(pbx, 'contact.create', { contactId: 'c1', legId: 'A', channel: 'voice', queueId: 'sales' });
  await answered();
  await world.ok('agent:ben', 'agent.ready');
  world.told();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

/** The newest leg rings, is answered and joined. */
async function answered(): Promise<void> {
  const ring = world.asked().findLast(({ method }) => method === 'leg.ring') as AskedOf;
  await world.answerTo(ring);
  await world.ok(pbx, 'leg.answered', { legId: ring.params.legId });
  await world.answerTo(world.asked()[0]);
}

const contact = async (contactId = 'c1') => {
  await world.idle();
  return world.ok('app:crm', 'contact.get', { contactId });
};
/** Who is on hold: the customer, whoever was asked. */
const held = async () => {
  const views = [await contact('c1'), await contact('c1.consult')];
  return views.filter((view) => 'heldSince' in view).map(({ contactId }) => contactId);
};
const agentState = async (agentId: string) => (await world.ok(`agent:${agentId}`, 'agent.get')).state;
const resume = (contactId: string) => world.ok(ada, 'contact.resume', { contactId });
const hold = (contactId: string) => world.ok(ada, 'contact.hold', { contactId });

async function consulting(to: Members = { agentId: 'ben' }): Promise<void> {
  await world.ok(ada, 'contact.consult', { contactId: 'c1', to });
  const [first, second] = world.asked();
  const ring = [first, second].find((one) => one?.method === 'leg.ring') as AskedOf;
  await world.answerTo(first);
  await world.answerTo(second);
  await world.ok(pbx, 'leg.answered', { legId: ring.params.legId });
  await world.answerTo(world.asked()[0]);
  expect(await held()).toEqual(['c1']);
  world.told();
}

/** What the switch is asked next, without its numbers; all of it is done, or what `fails` is not. */
async function askedNext(fails?: string): Promise<unknown[]> {
  await world.idle();
  const asked = world.asked();
  for (const one of asked) await world.answerTo(one, ...(one.method === fails ? [refused] : []));
  return asked.map(({ method, params: { requestId, ringMs, ...params } }) => [method, params]);
}

const heard = () =>
  world
    .told()
    .filter(({ event, to }) => to === ada && /^contact.(held|resumed)|^line/.test(event))
    .map(({ event, params: { contactId } }) => `${event} ${contactId}`);

const holdBen = ['leg.hold', { contactId: 'c1.consult', legId: 'leg:2.1' }];
const holdCustomer = ['leg.hold', { contactId: 'c1', legId: 'A' }];
const withCustomer = ['leg.connect', { contactId: 'c1', legs: ['A', 'leg:1.1'] }];
const withBen = ['leg.connect', { contactId: 'c1.consult', legs: ['leg:1.1', 'leg:2.1'] }];
const benIsFree = ['leg.release', { contactId: 'c1.consult', legId: 'leg:2.1', why: 'contactEnded' }];

async function atTheCustomer(): Promise<void> {
  await consulting();
  await resume('c1');
  expect(await askedNext()).toEqual([holdBen, withCustomer]);
  expect(await held()).toEqual(['c1.consult']);
  heard();
}

describe('back and forth', () => {
  test('holds the one, joins the other with the agent, and back', async () => {
    await consulting();
    await resume('c1');
    expect(await held()).toEqual(['c1']);
    expect(await askedNext()).toEqual([holdBen, withCustomer]);
    expect(heard()).toEqual(['contact.held c1.consult', 'contact.resumed c1']);
    expect(await held()).toEqual(['c1.consult']);
    await resume('c1.consult');
    expect(await askedNext()).toEqual([holdCustomer, withBen]);
    expect(heard()).toEqual(['contact.held c1', 'contact.resumed c1.consult']);
    expect(await held()).toEqual(['c1']);
  });

  test('asks nothing of whoever is with the agent already, or is about to be', async () => {
    await consulting();
    await resume('c1.consult');
    expect(await askedNext()).toEqual([]);
    await resume('c1');
    await resume('c1');
    expect(await askedNext()).toEqual([holdBen, withCustomer]);
    await resume('c1');
    await hold('c1.consult');
    expect(await askedNext()).toEqual([]);
  });

  test('and back again before the switch has answered: the last word is done, and what was said before means nothing', async () => {
    await consulting();
    await resume('c1');
    const before = world.asked();
    await resume('c1.consult');
    for (const one of before) await world.answerTo(one);
    expect(await held()).toEqual(['c1']);
    expect(await askedNext()).toEqual([holdCustomer, withBen]);
    expect(await held()).toEqual(['c1']);
    expect(heard()).toEqual([]);
  });

  test('leaves both on hold where that is asked for, from either side', async () => {
    await consulting();
    await hold('c1.consult');
    expect(await askedNext()).toEqual([holdBen]);
    expect(await held()).toEqual(['c1', 'c1.consult']);
    await resume('c1');
    expect(await askedNext()).toEqual([withCustomer]);
    await hold('c1');
    expect(await askedNext()).toEqual([holdCustomer]);
    expect(await held()).toEqual(['c1', 'c1.consult']);
    await resume('c1.consult');
    expect(await askedNext()).toEqual([withBen]);
    expect(await held()).toEqual(['c1']);
  });

  test('with the hold said before the switch has joined, the customer is on hold', async () => {
    await consulting();
    await resume('c1');
    world.asked();
    await hold('c1');
    expect(await askedNext()).toEqual([holdCustomer]);
    expect(await held()).toContain('c1');
  });

  test('is asked again after a restart in the middle', async () => {
    await consulting();
    await resume('c1');
    world.asked();
    await world.reopen();
    await world.presence(pbx, true);
    expect(await askedNext()).toEqual([holdBen, withCustomer]);
    expect(await held()).toEqual(['c1.consult']);
  });

  test('a switch that comes back and has nobody together is told who should be', async () => {
    await atTheCustomer();
    const apart = { legs: ['A', 'leg:1.1'].map((legId) => ({ legId, state: 'answered' })) };
    const legs = [...apart.legs, { legId: 'leg:2.1', state: 'held' }];
    expect(await world.ok(pbx, 'switch.report', { legs, complete: true })).toMatchObject({
      keep: ['leg:2.1'],
      connect: [['A', 'leg:1.1']],
    });
    await resume('c1.consult');
    await askedNext();
    const others = ['leg:1.1', 'leg:2.1'].map((legId) => ({ legId, state: 'answered' }));
    expect(
      await world.ok(pbx, 'switch.report', { legs: [{ legId: 'A', state: 'held' }, ...others], complete: true }),
    ).toMatchObject({ keep: ['A'], connect: [['leg:1.1', 'leg:2.1']] });
  });
});

describe('a switch that would not', () => {
  test('join the customer leaves the agent with whoever was asked', async () => {
    await consulting();
    await resume('c1');
    expect(await askedNext('leg.connect')).toEqual([holdBen, withCustomer]);
    expect(await askedNext()).toEqual([withBen]);
    expect(await held()).toEqual(['c1']);
    expect(heard()).toEqual(['contact.held c1.consult', 'contact.resumed c1.consult']);
  });

  test('join either any more ends the consultation, and the customer is back', async () => {
    await consulting();
    await resume('c1');
    await askedNext('leg.connect');
    expect(await askedNext('leg.connect')).toEqual([withBen]);
    expect(await contact('c1.consult')).toMatchObject({ state: 'ended', why: 'legLost' });
    // Both were on hold, so the customer is until the agent says otherwise.
    expect(await askedNext()).toEqual([benIsFree, withCustomer, holdCustomer]);
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ada', heldSince: expect.any(Number) });
    await resume('c1');
    expect(await askedNext()).toEqual([['leg.resume', { contactId: 'c1', legId: 'A' }]]);
    expect(await contact()).not.toHaveProperty('heldSince');
  });

  test('even then leaves the customer to the queue', async () => {
    await consulting();
    await resume('c1');
    await askedNext('leg.connect');
    await askedNext('leg.connect');
    await askedNext('leg.connect');
    expect(await contact()).toMatchObject({ servedBefore: [{ agentId: 'ada', why: 'legLost' }] });
  });

  test('play music to the one who is left takes up the other all the same', async () => {
    await consulting();
    await resume('c1');
    expect(await askedNext('leg.hold')).toEqual([holdBen, withCustomer]);
    expect(await held()).toEqual(['c1.consult']);
  });
});

describe('while the agent is with the customer', () => {
  test('whoever was asked hangs up, and the two go on', async () => {
    await atTheCustomer();
    await world.ok(pbx, 'leg.ended', { legId: 'leg:2.1', cause: 'hungUp' });
    expect(await askedNext()).toEqual([withCustomer]);
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ada' });
    expect(await contact()).not.toHaveProperty('heldSince');
    expect(await agentState('ben')).toBe('ready');
  });

  test.each(['hungUp', 'lost'])('the agent is gone (%s), and whoever was asked has the customer', async (cause) => {
    await atTheCustomer();
    await world.ok(pbx, 'leg.ended', { legId: 'leg:1.1', cause });
    expect(await askedNext()).toEqual([['leg.connect', { contactId: 'c1', legs: ['A', 'leg:2.1'] }]]);
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ben' });
    expect(await contact()).not.toHaveProperty('heldSince');
  });

  test('the customer hangs up, and everybody is let go', async () => {
    await atTheCustomer();
    await world.ok(pbx, 'leg.ended', { legId: 'A', cause: 'hungUp' });
    expect(await askedNext()).toEqual([
      ['leg.release', { contactId: 'c1', legId: 'leg:1.1', why: 'contactEnded' }],
      benIsFree,
    ]);
    expect([await agentState('ada'), await agentState('ben')]).toEqual(['ready', 'ready']);
  });

  test('handed over, the customer is with whoever was asked, and what was asked before means nothing', async () => {
    await consulting();
    await resume('c1');
    const before = world.asked();
    await world.ok(ada, 'contact.transfer', { contactId: 'c1', mode: 'attended' });
    await world.idle();
    const next = world.asked();
    for (const one of [...before, ...next]) await world.answerTo(one);
    expect(next.at(-1)).toMatchObject({ method: 'leg.connect', params: { contactId: 'c1', legs: ['A', 'leg:2.1'] } });
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ben' });
    expect(await contact()).not.toHaveProperty('heldSince');
  });

  test('a conference takes all three together, and nobody is on hold', async () => {
    await atTheCustomer();
    await world.ok(ada, 'contact.conference', { contactId: 'c1' });
    expect(await askedNext()).toEqual([['leg.connect', { contactId: 'c1', legs: ['A', 'leg:1.1', 'leg:2.1'] }]]);
    expect(await held()).toEqual([]);
    await hold('c1.consult');
    expect(await askedNext()).toEqual([holdBen]);
    await resume('c1.consult');
    expect(await askedNext()).toEqual([['leg.resume', { contactId: 'c1.consult', legId: 'leg:2.1' }]]);
    expect(await held()).toEqual([]);
  });

  test('a conference that is given up before the switch has answered is said to be none', async () => {
    await consulting();
    await world.ok(ada, 'contact.conference', { contactId: 'c1' });
    const [before] = world.asked();
    await resume('c1');
    await world.answerTo(before);
    expect(await askedNext()).toEqual([holdBen, withCustomer]);
    expect(world.told().filter(({ event }) => event === 'contact.conference')).toMatchObject([
      { params: { on: false, failed: true } },
      { params: { on: false, failed: true } },
      { params: { on: false, failed: true } },
    ]);
    expect(await held()).toEqual(['c1.consult']);
  });

  test('the switch does not come back, and all is over', async () => {
    await atTheCustomer();
    await world.presence(pbx, false);
    await world.pass(31_000);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'switchLost' });
    expect([await agentState('ada'), await agentState('ben')]).toEqual(['ready', 'ready']);
  });
});

test('a customer whom the agent holds before the switch has joined the two again stays on hold', async () => {
  await consulting();
  await world.ok(ada, 'contact.end', { contactId: 'c1.consult' });
  await world.idle();
  const [release, join] = world.asked();
  await hold('c1');
  const [again] = world.asked();
  for (const one of [release, again, join]) await world.answerTo(one);
  expect(again).toMatchObject({ method: 'leg.hold', params: { legId: 'A' } });
  expect(await contact()).toHaveProperty('heldSince');
});

test('somebody asked anew before the switch has joined the two again hears no customer, and the customer music', async () => {
  await consulting();
  await world.ok(ada, 'contact.end', { contactId: 'c1.consult' });
  await world.idle();
  const [release, join] = world.asked();
  await world.answerTo(release);
  await world.ok(ada, 'contact.consult', { contactId: 'c1', to: { agentId: 'ben' } });
  await world.answerTo(join);
  expect((await askedNext()).slice(0, 1)).toEqual([holdCustomer]);
  expect(await contact()).toHaveProperty('heldSince');
});

describe('an agent who goes to another line', () => {
  beforeEach(async () => {
    await consulting();
    await world.ok(pbx, 'contact.create', { contactId: 'c2', legId: 'B', channel: 'voice', queueId: 'sales' });
    await answered();
    heard();
  });

  const go = (line: number) => world.ok(ada, 'line.switch', { lineId: `ada.voice.${line}` });

  test('puts whoever was asked on hold, and comes back to the customer', async () => {
    await go(2);
    expect(await askedNext()).toEqual([holdBen]);
    expect(await held()).toEqual(['c1', 'c1.consult']);
    expect(heard()).toEqual(['contact.held c1.consult', 'line.switched c2']);
    await go(1);
    expect(await askedNext()).toEqual([['leg.hold', { contactId: 'c2', legId: 'B' }]]);
    expect(await askedNext()).toEqual([withCustomer]);
    expect(heard()).toEqual(['contact.held c2', 'contact.resumed c1', 'line.switched c1']);
    expect(await held()).toEqual(['c1.consult']);
  });

  test('takes up whoever was asked again where the other is over', async () => {
    await hold('c2');
    await askedNext();
    await go(2);
    const [first] = world.asked();
    await world.ok(pbx, 'leg.ended', { legId: 'B' });
    await world.answerTo(first);
    const next = await askedNext();
    expect(next).toContainEqual(withBen);
    expect(await held()).toEqual(['c1']);
  });

  test('has the customer on hold when whoever was asked hangs up meanwhile', async () => {
    await go(2);
    await askedNext();
    await world.ok(pbx, 'leg.ended', { legId: 'leg:2.1', cause: 'hungUp' });
    expect(await askedNext()).toEqual([withCustomer, holdCustomer]);
    expect(await contact()).toHaveProperty('heldSince');
    await go(1);
    await askedNext();
    expect(await askedNext()).toEqual([['leg.resume', { contactId: 'c1', legId: 'A' }]]);
    expect(heard().at(-1)).toBe('line.switched c1');
    expect(await contact()).not.toHaveProperty('heldSince');
  });
});

describe('a number outside', () => {
  let legId: string;

  beforeEach(async () => {
    await consulting({ number: '+4930111' });
    const { state } = (await world.ok(pbx, 'session.open')) as { state: { legs: { legId: string }[] } };
    legId = state.legs.at(-1)!.legId;
  });

  const holdNumber = () => ['leg.hold', { contactId: 'c1.consult', legId }];
  const withNumber = () => ['leg.connect', { contactId: 'c1.consult', legs: ['leg:1.1', legId] }];

  test('is put on hold and taken up as an agent is', async () => {
    await resume('c1');
    expect(await askedNext()).toEqual([holdNumber(), withCustomer]);
    expect(await held()).toEqual(['c1.consult']);
    expect(heard()).toEqual(['contact.held c1.consult', 'contact.resumed c1']);
    await resume('c1.consult');
    expect(await askedNext()).toEqual([holdCustomer, withNumber()]);
    expect(heard()).toEqual(['contact.held c1', 'contact.resumed c1.consult']);
    expect(await held()).toEqual(['c1']);
  });

  test('has the customer when it is handed over in the middle, and nobody is on hold', async () => {
    await resume('c1');
    const before = world.asked();
    await world.ok(ada, 'contact.transfer', { contactId: 'c1', mode: 'attended' });
    await world.idle();
    for (const one of before) await world.answerTo(one);
    expect((await askedNext()).at(-1)).toEqual(['leg.connect', { contactId: 'c1', legs: ['A', legId] }]);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'transferredOut' });
  });

  test('that cannot be taken up again is let go, and the customer is back', async () => {
    await resume('c1');
    await askedNext();
    await resume('c1.consult');
    await askedNext('leg.connect');
    expect(await contact('c1.consult')).toMatchObject({ state: 'ended', why: 'legLost' });
    await askedNext();
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ada' });
  });

  test('hangs up on hold, and the customer stays with the agent', async () => {
    await resume('c1');
    await askedNext();
    await world.ok(pbx, 'leg.ended', { legId, cause: 'hungUp' });
    expect(await askedNext()).toEqual([withCustomer]);
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ada' });
  });
});
