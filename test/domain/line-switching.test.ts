// Agents who go from one line to another: what switches are asked, in which order, and what becomes of it when they will not.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AskedOf, DomainWorld } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

const pbx = 'switch:pbx';
const ada = 'agent:ada';

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice', 'chat'], wrapUpMs: 5_000 });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 2, chat: 1 } });
  await world.ok(ada, 'agent.login');
  await world.ok(ada, 'agent.ready');
  await world.presence(pbx, true);
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const asked = () => world.asked().map(({ method, params: { legId } }) => `${method} ${legId}`);
const heard = () =>
  world
    .told()
    .filter(({ event, to }) => to === ada && /^line.(not)?[sS]witched|^contact.(held|resumed)/.test(event))
    .map(({ event, params: { contactId, why } }) => [event, contactId, why].filter(Boolean).join(' '));
const isHeld = async (contactId: string) => 'heldSince' in (await world.ok('app:crm', 'contact.get', { contactId }));

/** In service at the agent's next line of the channel: with a leg, or without. */
async function served(contactId: string, legId?: string): Promise<void> {
  await world.ok(pbx, 'contact.create', { contactId, channel: 'voice', queueId: 'sales', ...(legId && { legId }) });
  if (legId === undefined) {
    const { offerId } = await world.ok('app:crm', 'contact.get', { contactId });
    await world.ok(ada, 'offer.accept', { offerId });
  } else {
    const ring = world.asked().findLast(({ method }) => method === 'leg.ring') as AskedOf;
    await world.answerTo(ring);
    await world.ok(pbx, 'leg.answered', { legId: ring.params.legId });
    await world.answerTo(world.asked()[0]);
  }
  await world.idle();
  world.told();
}

const go = (lineId: string, more = {}) => world.ok(ada, 'line.switch', { lineId, ...more });

/** The second was accepted last: with the first on hold, the agent is there. */
async function atTheSecond(): Promise<void> {
  await served('one', 'A');
  await served('two', 'B');
  await go('ada.voice.2');
  await world.answerTo(world.asked()[0]);
  expect(heard()).toEqual(['contact.held one', 'line.switched two']);
}

describe('contacts with legs', () => {
  test('the one is held first, and only then the other is taken up', async () => {
    await atTheSecond();
    expect(await go('ada.voice.1')).toEqual({
      agentId: 'ada',
      lineId: 'ada.voice.1',
      contactId: 'one',
      switched: false,
    });
    const [hold, ...others] = world.asked();
    expect(others).toEqual([]);
    expect(hold).toMatchObject({ method: 'leg.hold', params: { legId: 'B' } });
    await world.answerTo(hold);
    const [resume] = world.asked();
    expect(resume).toMatchObject({ method: 'leg.resume', params: { legId: 'A' } });
    expect(heard()).toEqual(['contact.held two']);
    await expectSurvivesLoad(world);
    await world.answerTo(resume);
    expect(heard()).toEqual(['contact.resumed one', 'line.switched one']);
    expect([await isHeld('one'), await isHeld('two')]).toEqual([false, true]);
  });

  test('asked for twice it is done once, and where the agent is already nothing is asked', async () => {
    await atTheSecond();
    await go('ada.voice.1');
    await go('ada.voice.1');
    const [hold, ...others] = world.asked();
    expect(others).toEqual([]);
    await world.answerTo(hold);
    await world.answerTo(world.asked()[0]);
    heard();
    expect(await go('ada.voice.1')).toMatchObject({ switched: true });
    expect(asked()).toEqual([]);
    expect(heard()).toEqual(['line.switched one']);
  });

  test('one that the switch will not hold stays, and nobody else hears what is said to it', async () => {
    await atTheSecond();
    await go('ada.voice.1');
    await world.answerTo(world.asked()[0], { error: { code: 1, message: 'no' } });
    expect(asked()).toEqual([]);
    expect(heard()).toEqual(['line.notSwitched one notHeld']);
    expect([await isHeld('one'), await isHeld('two')]).toEqual([true, false]);
  });

  test('one that cannot be taken up leaves the agent with the other', async () => {
    await atTheSecond();
    await go('ada.voice.1');
    await world.answerTo(world.asked()[0]);
    await world.answerTo(world.asked()[0], { error: { code: 1, message: 'no' } });
    expect(heard()).toEqual(['contact.held two', 'line.notSwitched one notResumed']);
    const [back] = world.asked();
    expect(back).toMatchObject({ method: 'leg.resume', params: { legId: 'B' } });
    await world.answerTo(back);
    expect([await isHeld('one'), await isHeld('two')]).toEqual([true, false]);
  });

  test('a switch that says nothing is one that will not', async () => {
    await atTheSecond();
    await go('ada.voice.1');
    world.asked();
    await world.pass(60_000);
    expect(heard()).toEqual(['line.notSwitched one notHeld']);
    const back = world.asked().filter(({ method }) => method !== 'leg.release');
    expect(back.map(({ method }) => method)).toEqual([]);
  });

  test('the one that is left hangs up: the other is taken up all the same', async () => {
    await atTheSecond();
    await go('ada.voice.1');
    await world.ok(pbx, 'leg.ended', { legId: 'B' });
    await world.idle();
    const resume = world.asked().find(({ method }) => method === 'leg.resume');
    expect(resume).toMatchObject({ params: { legId: 'A' } });
    await world.answerTo(resume);
    expect(heard()).toEqual(['contact.resumed one', 'line.switched one']);
  });

  test('the other hangs up: the one that was left is taken up again', async () => {
    await atTheSecond();
    await go('ada.voice.1');
    await world.answerTo(world.asked()[0]);
    await world.ok(pbx, 'leg.ended', { legId: 'A' });
    await world.idle();
    expect(heard()).toEqual(['contact.held two', 'line.notSwitched one contactOver']);
    const back = world.asked().findLast(({ method }) => method === 'leg.resume');
    expect(back).toMatchObject({ params: { legId: 'B' } });
    await world.answerTo(back);
    expect(await isHeld('two')).toBe(false);
  });

  test('what is said of one of them counts more', async () => {
    await atTheSecond();
    await go('ada.voice.1');
    await world.ok(ada, 'contact.resume', { contactId: 'two' });
    const [hold, resume] = world.asked();
    await world.answerTo(hold);
    await world.answerTo(resume);
    expect(asked()).toEqual([]);
    expect(heard()).toEqual(['line.notSwitched one overruled', 'contact.held two', 'contact.resumed two']);
    expect([await isHeld('one'), await isHeld('two')]).toEqual([true, false]);
  });

  test('back before the switch has answered: the last word is done', async () => {
    await atTheSecond();
    await go('ada.voice.1');
    await go('ada.voice.2');
    const [hold, resume] = world.asked();
    expect(resume).toMatchObject({ method: 'leg.resume', params: { legId: 'B' } });
    await world.answerTo(hold);
    await world.answerTo(resume);
    expect(heard()).toEqual([
      'line.notSwitched one overruled',
      'contact.held two',
      'contact.resumed two',
      'line.switched two',
    ]);
    expect([await isHeld('one'), await isHeld('two')]).toEqual([true, false]);
  });

  test('a restart in the middle: asked again it goes on where it was', async () => {
    await atTheSecond();
    await go('ada.voice.1');
    world.asked();
    await world.reopen();
    await world.presence(pbx, true);
    const hold = world.asked().find(({ method }) => method === 'leg.hold');
    await world.answerTo(hold);
    await world.answerTo(world.asked().find(({ method }) => method === 'leg.resume'));
    expect(heard()).toEqual(['contact.held two', 'contact.resumed one', 'line.switched one']);
  });
});

describe('contacts without legs', () => {
  test('change places at once, and holds count as such', async () => {
    await served('one');
    await served('two');
    expect(await go('ada.voice.2')).toMatchObject({ contactId: 'two', switched: true });
    expect(heard()).toEqual(['contact.held one', 'line.switched two']);
    await world.pass(4_000);
    expect(await go('ada.voice.1')).toMatchObject({ contactId: 'one', switched: true });
    expect(heard()).toEqual(['contact.held two', 'contact.resumed one', 'line.switched one']);
    await world.ok(ada, 'contact.end', { contactId: 'one' });
    await world.ok(ada, 'contact.wrapUpDone', { contactId: 'one' });
    const { records } = await world.ok('app:crm', 'cdr.query', {});
    expect(records).toMatchObject([{ contactId: 'one', holdMs: 4_000, holds: 1 }]);
  });

  test('only the line that is named is left where one is', async () => {
    await served('one');
    await served('two');
    await go('ada.voice.1', { fromLineId: 'ada.chat.1' });
    expect([await isHeld('one'), await isHeld('two')]).toEqual([false, false]);
    await go('ada.voice.1', { fromLineId: 'ada.voice.2' });
    expect([await isHeld('one'), await isHeld('two')]).toEqual([false, true]);
  });

  test('a line of nobody’s, of another seat or with nobody in service is refused', async () => {
    await served('one');
    const outcome = (who: Parameters<DomainWorld['outcome']>[0], params: Record<string, unknown>) =>
      world.outcome(who, 'line.switch', params);
    expect(await outcome(ada, { lineId: 'ben.voice.1' })).toBe('line_not_found');
    expect(await outcome(ada, { lineId: 'ada.voice.1', fromLineId: 'nowhere' })).toBe('line_not_found');
    expect(await outcome(ada, { lineId: 'ada.voice.2' })).toBe('contact_not_connected');
    expect(await outcome('agent:eve', { lineId: 'ada.voice.1' })).toBe('agent_not_found');
    expect(await outcome('supervisor:lead', { agentId: 'ada', lineId: 'ada.voice.1' })).toBe('done');
  });
});
