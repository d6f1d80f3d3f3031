// Calls that go on at another device: what of it needs two switches, two requests in one tick, or a look at rows. What a case can say is in
// test/acd/cases/mobility*.txt.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { TableAccess } from '../../src/engine/tick.ts';
import { contactNamesMax, moveRingMs, moveTokensPerContactMax } from '../../src/limits.ts';
import { type AskedOf, DomainWorld, type Members, nameOf, type Who } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const identity = { scheme: 'tel', value: '+49301' };
const pbx: Who = 'switch:pbx';
const other: Who = 'switch:other';

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice', 'video', 'chat'] });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1, chat: 1 } });
  await world.ok('agent:ada', 'agent.login', { lines: [{ lineId: 'l1', channel: 'voice', number: '+4930700' }] });
  await world.ok('agent:ada', 'agent.ready');
  await world.presence(pbx, true);
  await world.presence(other, true);
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const call = (who: Who, contactId: string, legId: string, more: Members = {}) =>
  [who, 'contact.create', { contactId, legId, channel: 'voice', queueId: 'sales', identity, ...more }] as const;

/** What was asked for is done, but for what is kept back. */
async function does(asked = world.asked()): Promise<AskedOf[]> {
  for (const one of asked) await world.answerTo(one);
  return asked;
}

async function connected(): Promise<void> {
  await world.ok(...call(pbx, 'one', 'A'));
  const [ring] = await does();
  await world.ok(pbx, 'leg.answered', { legId: String(ring!.params.legId) });
  await does();
  expect(await world.ok('app:crm', 'contact.get', { contactId: 'one' })).toMatchObject({ state: 'connected' });
  world.told();
}

const asks = (asked: readonly AskedOf[]) =>
  asked.map(({ to, method, params }) => `${to} ${method} ${String(params.legs ?? params.legId)}`);
const get = (contactId: string, who: Who = 'app:crm') => world.ok(who, 'contact.get', { contactId });
const rows = (table: number) =>
  new TableAccess(world.harness.partition.tables).range({ name: '', id: table, personal: true }, { limit: 100 });

// ── Two switches ──────────────────────────────────────────────────────────────────────────────────────────────────
test('at another switch the agent is rung there, and then the legs of the first are let go', async () => {
  await connected();
  expect(await world.ok(...call(other, 'two', 'B'))).toMatchObject({ contactId: 'one', state: 'connected' });
  const [ring] = await does();
  expect(ring).toMatchObject({
    to: other,
    method: 'leg.ring',
    params: { contactId: 'one', to: { agentId: 'ada', lineId: 'l1', number: '+4930700' }, ringMs: moveRingMs },
  });
  const legId = String(ring!.params.legId);
  await world.ok(other, 'leg.ringing', { legId });
  await world.ok(other, 'leg.answered', { legId });
  const [join] = await does();
  expect(asks([join!])).toEqual([`${other} leg.connect B,${legId}`]);
  expect(asks(await does())).toEqual([`${pbx} leg.release leg:1.1`, `${pbx} leg.release A`]);
  expect(world.told()).toMatchObject([
    { to: 'agent:ada', event: 'contact.moving', params: { contactId: 'one', name: 'two', lineId: 'l1' } },
    {
      to: pbx,
      event: 'contact.moved',
      params: { contactId: 'one', name: 'two', fromLeg: 'A', toLeg: 'B', left: true },
    },
    { to: other, event: 'contact.moved', params: { contactId: 'one', name: 'two', moves: 1, agentId: 'ada' } },
    { to: 'agent:ada', event: 'contact.moved', params: { contactId: 'one' } },
  ]);
  expect(await get('two')).toMatchObject({ contactId: 'one', liveCall: { legId: 'B', switchId: 'other', moves: 1 } });
  // The first switch sees what has become of its call, and does nothing to it.
  expect(await get('one', pbx)).toMatchObject({ state: 'connected' });
  expect(await world.outcome(pbx, 'contact.end', { contactId: 'one' })).toBe('contact_not_found');
  expect(await world.outcome(pbx, 'contact.update', { contactId: 'one', attributes: {} })).toBe('contact_not_found');
  expect(await world.ok(pbx, 'contact.list')).toMatchObject({ contacts: [] });
  expect(await world.ok(other, 'contact.list')).toMatchObject({ contacts: [{ contactId: 'one' }] });
  // What is asked from here on is asked of the other one, and the agent's leg there is that of the line.
  await world.ok('agent:ada', 'contact.hold', { contactId: 'one' });
  expect(asks(await does())).toEqual([`${other} leg.hold B`]);
  await world.ok('agent:ada', 'contact.resume', { contactId: 'one' });
  expect(asks(await does())).toEqual([`${other} leg.resume B`]);
  await world.ok(other, 'leg.ended', { legId });
  await world.idle();
  expect(await get('one')).toMatchObject({ why: 'byAgent' });
  expect(world.told().filter(({ event }) => event === 'contact.ended')).toMatchObject([
    { to: other },
    { to: 'agent:ada' },
  ]);
  // The id and its content are those of whoever brought it.
  expect(await world.outcome(...call(pbx, 'one', 'A'))).toBe('done');
  expect(await world.outcome(...call(other, 'one', 'A'))).toBe('contact_exists_with_different_content');
  expect(await world.outcome(...call(other, 'two', 'B'))).toBe('done');
});

test('a leg that its switch has not let go behind a move is let go when the switch reports it again', async () => {
  await connected();
  await world.ok(...call(other, 'two', 'B'));
  const [ring] = await does();
  await world.ok(other, 'leg.answered', { legId: String(ring!.params.legId) });
  await does();
  const releases = world.asked();
  expect(asks(releases)).toEqual([`${pbx} leg.release leg:1.1`, `${pbx} leg.release A`]);
  for (const one of releases) await world.answerTo(one, { error: { code: 480, message: 'not today' } });
  await world.presence(pbx, false);
  await world.presence(pbx, true);
  const legs = [{ legId: 'A', state: 'answered', contactId: 'one' }];
  expect(await world.ok(pbx, 'switch.report', { legs, complete: true })).toMatchObject({ release: ['A'], unknown: [] });
  expect(await get('one')).toMatchObject({ state: 'connected', liveCall: { legId: 'B' } });
});

test('digits are asked for of the leg that it has now, in the name of the contact, whichever name it was called by', async () => {
  await connected();
  await world.ok(...call(pbx, 'two', 'B'));
  await does();
  await world.ok('agent:ada', 'contact.digits', { contactId: 'two', digits: '1' });
  await world.ok('agent:ada', 'contact.gather', { contactId: 'two', digits: 1 });
  const asked = await does();
  for (const method of ['leg.sendDigits', 'leg.gather'])
    expect(asked.find((one) => one.method === method)).toMatchObject({
      to: pbx,
      params: { contactId: 'one', legId: 'B' },
    });
});

test('a supervisor who listens is rung at the other switch, and takes part there as before', async () => {
  await connected();
  const boss: Who = 'supervisor:boss';
  await world.ok(boss, 'supervisor.whisper', { contactId: 'one', lineId: 'b1', number: '+4930800' });
  const [first] = await does();
  await world.ok(pbx, 'leg.answered', { legId: String(first!.params.legId) });
  await does();
  const supervised = () =>
    world
      .told()
      .filter(({ event }) => event === 'supervision.changed')
      .map(({ to, params: { mode, state, why } }) => [to, mode, state, why].filter(Boolean).join(' '));
  expect(supervised()).toEqual([`${boss} whisper on`, 'agent:ada whisper on']);
  await world.ok(...call(other, 'two', 'B'));
  const [ring] = await does();
  const legId = String(ring!.params.legId);
  await world.ok(other, 'leg.answered', { legId });
  await does();
  const behind = await does();
  const rung = behind.find(({ method }) => method === 'leg.ring');
  expect(asks(behind)).toContain(`${pbx} leg.release ${String(first!.params.legId)}`);
  expect(rung).toMatchObject({ to: other, params: { to: { agentId: 'boss', lineId: 'b1', number: '+4930800' } } });
  expect(supervised()).toEqual([`${boss} whisper ringing`, 'agent:ada whisper ringing']);
  await world.reopen();
  await does();
  await world.ok(other, 'leg.answered', { legId: String(rung!.params.legId) });
  const [listen] = await does();
  expect(listen).toMatchObject({ to: other, method: 'leg.listen', params: { mode: 'whisper', legs: ['B', legId] } });
  expect(supervised()).toEqual([`${boss} whisper on`, 'agent:ada whisper on']);
});

test('a supervisor who does not answer there takes part no longer, which the agent hears', async () => {
  await connected();
  const boss: Who = 'supervisor:boss';
  await world.ok(boss, 'supervisor.listen', { contactId: 'one' });
  const [first] = await does();
  await world.ok(pbx, 'leg.answered', { legId: String(first!.params.legId) });
  await does();
  await world.ok(...call(other, 'two', 'B'));
  const [ring] = await does();
  await world.ok(other, 'leg.answered', { legId: String(ring!.params.legId) });
  await does();
  const rung = (await does()).find(({ method }) => method === 'leg.ring');
  world.told();
  await world.ok(other, 'leg.failed', { legId: String(rung!.params.legId), cause: 'noAnswer' });
  await world.idle();
  expect(world.told()).toMatchObject([
    { to: boss, event: 'supervision.changed', params: { state: 'over', why: 'notAnswered' } },
    { to: 'agent:ada', event: 'supervision.changed', params: { state: 'over', why: 'notAnswered' } },
  ]);
});

test('where the agent’s telephone is not answered there, the call stays where it was', async () => {
  await connected();
  await world.ok(...call(other, 'two', 'B'));
  const [ring] = await does();
  await world.ok(other, 'leg.failed', { legId: String(ring!.params.legId), cause: 'noAnswer' });
  expect(asks(await does())).toEqual([`${other} leg.release B`]);
  expect(world.toldLines('name', 'why')).toEqual([
    'agent:ada contact.moving two',
    `${pbx} contact.notMoved two notAnswered`,
    `${other} contact.notMoved two notAnswered`,
    'agent:ada contact.notMoved two notAnswered',
  ]);
  expect(await get('one')).toMatchObject({ state: 'connected', liveCall: { legId: 'A', switchId: 'pbx', moves: 0 } });
});

test('a switch that says nothing of the telephone is waited for no longer than it rings', async () => {
  await connected();
  await world.ok(...call(other, 'two', 'B'));
  await does();
  await world.pass(moveRingMs + 1);
  await world.idle();
  expect(world.toldLines('why')).toContain(`${other} contact.notMoved notAnswered`);
  expect(asks(await does()).filter((line) => line.includes('release'))).toHaveLength(2);
});

test('the customer hangs up the second device while the agent is rung there', async () => {
  await connected();
  await world.ok(...call(other, 'two', 'B'));
  const [ring] = await does();
  await world.ok(other, 'leg.ended', { legId: 'B' });
  expect(asks(await does())).toEqual([`${other} leg.release ${String(ring!.params.legId)}`]);
  expect(world.toldLines('why')).toContain(`${pbx} contact.notMoved legGone`);
  expect(await get('one')).toMatchObject({ state: 'connected' });
});

test('the first call ends while the agent is rung at the other switch: the second is a call of its own there', async () => {
  await connected();
  await world.ok(...call(other, 'two', 'B'));
  const [ring] = await does();
  await world.ok(pbx, 'leg.ended', { legId: 'A' });
  await world.idle();
  expect(asks(await does())).toContain(`${other} leg.release ${String(ring!.params.legId)}`);
  expect(await get('one')).toMatchObject({ why: 'byCustomer' });
  expect(await get('two', other)).toMatchObject({ contactId: 'two', affinity: { agentId: 'ada', source: 'liveCall' } });
  expect(await world.ok(...call(other, 'two', 'B'))).toMatchObject({ contactId: 'two' });
});

test('on hold a call is moved to another switch once the agent takes it up', async () => {
  await connected();
  await world.ok('agent:ada', 'contact.hold', { contactId: 'one' });
  await does();
  await world.ok(...call(other, 'two', 'B'));
  expect(world.asked()).toEqual([]);
  await world.ok('agent:ada', 'contact.resume', { contactId: 'one' });
  expect(asks(await does())).toEqual([`${pbx} leg.resume A`]);
  expect(asks(world.asked())[0]).toMatch(/^switch:other leg.ring/);
});

test('a call that waits is at once at the other switch, and its agent is rung there', async () => {
  await connected();
  await world.ok('admin:root', 'queue.set', { queueId: 'help', channels: ['voice'] });
  await world.ok('agent:ada', 'agent.notReady', { reason: 'break' });
  await world.ok('agent:ada', 'contact.transfer', { contactId: 'one', to: { queueId: 'help' } });
  await does();
  await world.ok(...call(other, 'two', 'B'));
  expect(asks(await does())).toEqual([`${pbx} leg.release A`]);
  await world.ok('agent:ada', 'agent.ready');
  await world.idle();
  const [ring] = await does();
  expect(ring).toMatchObject({ to: other, method: 'leg.ring' });
  await world.ok(other, 'leg.answered', { legId: String(ring!.params.legId) });
  expect(asks(await does())[0]).toMatch(/^switch:other leg.connect B,/);
  expect(await get('one')).toMatchObject({ state: 'connected' });
});

test('the switch of the first call is lost: the second is a call of its own', async () => {
  await world.ok('admin:root', 'switch.set', { switchId: 'pbx', graceMs: 5_000 });
  await connected();
  await world.ok(...call(other, 'two', 'B'));
  await does();
  await world.presence(pbx, false);
  await world.pass(5_001);
  await world.idle();
  expect(await get('one')).toMatchObject({ why: 'switchLost' });
  expect(await get('two')).toMatchObject({ contactId: 'two' });
});

test('the switch of the second call is lost: the first goes on', async () => {
  await world.ok('admin:root', 'switch.set', { switchId: 'other', graceMs: 5_000 });
  await connected();
  await world.ok(...call(other, 'two', 'B'));
  await world.presence(other, false);
  await world.pass(5_001);
  await world.idle();
  expect(world.toldLines('why')).toContain(`${pbx} contact.notMoved switchLost`);
  expect(await get('one')).toMatchObject({ state: 'connected', liveCall: { legId: 'A' } });
});

// ── In one tick ───────────────────────────────────────────────────────────────────────────────────────────────────
test('a token that comes twice in one tick moves the call once', async () => {
  await connected();
  const { moveToken } = await world.ok(pbx, 'contact.moveToken', { contactId: 'one' });
  const answers = await world.together(
    call(pbx, 'two', 'B', { moveToken, identity: { scheme: 'tel', value: '+492' } }),
    call(pbx, 'three', 'C', { moveToken, identity: { scheme: 'tel', value: '+493' } }),
    call(pbx, 'two', 'B', { moveToken, identity: { scheme: 'tel', value: '+492' } }),
  );
  expect(answers.map(nameOf)).toEqual(['done', 'move_token_used', 'done']);
  await does();
  expect(await get('one')).toMatchObject({ names: ['two'], liveCall: { moves: 1, legId: 'B' } });
});

test('what refuses the second call leaves the token as it was', async () => {
  await connected();
  const { moveToken } = await world.ok(pbx, 'contact.moveToken', { contactId: 'one' });
  expect(await world.outcome(...call(pbx, 'two', 'A', { moveToken }))).toBe('leg_id_taken');
  expect(await world.outcome(...call(pbx, 'two', 'B', { moveToken }))).toBe('done');
});

test('the call that a token is of is over in the same tick: the second is a call of its own', async () => {
  await connected();
  const { moveToken } = await world.ok(pbx, 'contact.moveToken', { contactId: 'one' });
  await world.together([pbx, 'contact.end', { contactId: 'one' }], call(pbx, 'two', 'B', { moveToken }));
  await world.idle();
  expect(await get('two')).toMatchObject({ contactId: 'two', affinity: { agentId: 'ada', source: 'liveCall' } });
});

test('two devices in one tick: one after the other', async () => {
  await connected();
  const answers = await world.together(call(pbx, 'two', 'B'), call(pbx, 'three', 'C'));
  expect(answers.map(nameOf)).toEqual(['done', 'done']);
  expect(asks(await does())).toEqual([`${pbx} leg.connect B,leg:1.1`]);
  expect(asks(await does())).toEqual([`${pbx} leg.release A`, `${pbx} leg.connect C,leg:1.1`]);
  expect(asks(await does())).toEqual([`${pbx} leg.release B`]);
  expect(await get('one')).toMatchObject({ names: ['two', 'three'], liveCall: { moves: 2, legId: 'C' } });
});

test('the second is cancelled in the tick in which it comes', async () => {
  await connected();
  const answers = await world.together(call(pbx, 'two', 'B'), [pbx, 'contact.cancel', { contactId: 'two' }]);
  expect(answers.map(nameOf)).toEqual(['done', 'done']);
  expect(asks(await does())).toEqual([`${pbx} leg.release B`]);
  expect(await get('one')).toMatchObject({ state: 'connected', liveCall: { legId: 'A', moves: 0 } });
});

test('the second hangs up, and the first, in one tick: the call is over, and there is no other', async () => {
  await connected();
  await world.ok(...call(pbx, 'two', 'B'));
  await world.together([pbx, 'leg.ended', { legId: 'B' }], [pbx, 'leg.ended', { legId: 'A' }]);
  await world.idle();
  expect(await get('two')).toMatchObject({ contactId: 'one', why: 'byCustomer' });
});

// ── What a switch never answered ──────────────────────────────────────────────────────────────────────────────────
test('a join that is never answered may have been done: the first leg is joined again', async () => {
  await connected();
  await world.ok(...call(pbx, 'two', 'B'));
  world.asked();
  await world.pass(10_001);
  await world.idle();
  expect(asks(world.asked())).toEqual([`${pbx} leg.connect A,leg:1.1`, `${pbx} leg.release B`]);
  expect(world.toldLines('why')).toContain(`${pbx} contact.notMoved notJoined`);
});

// ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────
test('of a token nothing but a digest is kept, and tokens of a contact are few', async () => {
  await connected();
  const tokens: string[] = [];
  for (let at = 0; at <= moveTokensPerContactMax; at++)
    tokens.push((await world.ok(pbx, 'contact.moveToken', { contactId: 'one' })).moveToken as string);
  expect(new Set(tokens).size).toBe(tokens.length);
  for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{32}$/);
  expect(rows(218)).toHaveLength(moveTokensPerContactMax);
  expect(await world.outcome(...call(pbx, 'two', 'B', { moveToken: tokens[0] }))).toBe('move_token_not_found');
  expect(await world.outcome(...call(pbx, 'two', 'B', { moveToken: tokens[1] }))).toBe('done');
  for (const table of [218, 221, 16, 17, 18, 64, 65, 66])
    for (const { row } of rows(table)) for (const token of tokens) expect(JSON.stringify(row)).not.toContain(token);
});

test('what was told of tokens is forgotten in time', async () => {
  await connected();
  await world.ok(pbx, 'contact.moveToken', { contactId: 'one' });
  await world.pass(300_000 + 600_001);
  await world.idle();
  expect(rows(218)).toEqual([]);
});

test('names go with the contact, and the oldest first where there are too many', async () => {
  await world.stop();
  world = await DomainWorld.start({ contactRetentionMs: 60_000, contactsEndedMax: 100 });
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'] });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1 } });
  await world.ok('agent:ada', 'agent.login', {});
  await world.ok('agent:ada', 'agent.ready');
  await world.presence(pbx, true);
  await connected();
  for (let at = 0; at <= contactNamesMax; at++) {
    await world.ok(...call(pbx, `n${at}`, `L${at}`));
    await does();
    await does();
  }
  expect(((await get('one')).names as string[]).length).toBe(contactNamesMax);
  expect(await world.outcome('app:crm', 'contact.get', { contactId: 'n0' })).toBe('contact_not_found');
  await expectSurvivesLoad(world);
  await world.ok(pbx, 'contact.end', { contactId: 'n5' });
  await world.pass(20_000);
  expect(await get('n7')).toMatchObject({ contactId: 'one', state: 'ended' });
  await expectSurvivesLoad(world);
  await world.pass(120_000);
  await world.idle();
  expect(await world.outcome('app:crm', 'contact.get', { contactId: 'n7' })).toBe('contact_not_found');
  expect(await world.outcome('app:crm', 'contact.get', { contactId: 'one' })).toBe('contact_not_found');
});

test('what is being set up is there after a start', async () => {
  await connected();
  await world.ok(...call(other, 'two', 'B'));
  await world.ok(...call(pbx, 'three', 'C'));
  await world.reopen();
  await world.presence(pbx, true);
  await world.presence(other, true);
  const [ring] = await does();
  expect(ring).toMatchObject({ to: other, method: 'leg.ring' });
  await world.ok(other, 'leg.answered', { legId: String(ring!.params.legId) });
  await does();
  expect(await get('one')).toMatchObject({
    names: ['two', 'three'],
    liveCall: { legId: 'B', moves: 1, moving: 'three' },
  });
});

test('whoever has newer contacts may be given an older one, and it may go back', async () => {
  await connected();
  const bring = (who: Who, contactId: string) =>
    world.ok(who, 'contact.create', { contactId, channel: 'chat', queueId: 'sales' });
  await bring(other, 'newer');
  await bring(pbx, 'newest');
  const listed = async (who: Who) =>
    ((await world.ok(who, 'contact.list')).contacts as Members[]).map(({ contactId }) => contactId);
  const goesTo = async (who: Who, contactId: string, legId: string) => {
    await world.ok(...call(who, contactId, legId));
    const [ring] = await does();
    await world.ok(who, 'leg.answered', { legId: String(ring!.params.legId) });
    await does();
    await does();
  };
  await goesTo(other, 'two', 'B');
  expect(await listed(other)).toEqual(['one', 'newer']);
  expect(await listed(pbx)).toEqual(['newest']);
  await expectSurvivesLoad(world);
  await goesTo(pbx, 'three', 'C');
  expect(await listed(pbx)).toEqual(['one', 'newest']);
  expect(await listed(other)).toEqual(['newer']);
  await goesTo(other, 'four', 'D');
  expect(await listed(other)).toEqual(['one', 'newer']);
});
