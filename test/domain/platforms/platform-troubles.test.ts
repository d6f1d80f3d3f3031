// Platforms that are left alone, and whoever guesses: alerts, alarms and numbers begin with them and end with them.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { platformFailuresMax, platformOpenMs } from '../../../src/limits.ts';
import { DomainWorld, type Members } from '../domain-world.ts';
import { expectSurvivesLoad } from '../survives-load.ts';

let world: DomainWorld;
let calls: number;
const admin = 'admin:root';

beforeEach(async () => {
  calls = 0;
  world = await DomainWorld.start();
  await world.ok(admin, 'queue.set', { queueId: 'sales', channels: ['voice'] });
  const guesses = { windowMs: 60_000, perCaller: 2, perSwitch: 4 };
  const plan = { planId: 'n', range: { prefix: '900' }, accessIdLength: 5, serialLength: 8, guesses };
  await world.ok(admin, 'numberPlan.set', plan);
  const fetch = { url: 'https://a.example/', secret: `whsec_${Buffer.alloc(24, 'a').toString('base64')}` };
  await world.ok(admin, 'platform.set', { platformId: 'A', accessId: '90011', fetch });
  await world.ok(admin, 'platform.set', { platformId: 'B', accessId: '90022' });
  await world.ok('supervisor:boss', 'supervisor.watch', { queues: ['sales'], agents: [] });
  const url = 'https://crm.example/hook';
  const secret = `whsec_${Buffer.alloc(24, 'w').toString('base64')}`;
  await world.ok(admin, 'webhook.set', { webhookId: 'crm', url, secret, events: ['alert.raised', 'alert.cleared'] });
  for (const measure of ['platformsLeftAlone', 'guessersLimited'])
    await world.ok('supervisor:boss', 'alert.set', { alertId: measure, measure, above: 0 });
  await told();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

async function told(ms = 1_000): Promise<string[]> {
  await world.pass(ms);
  return world
    .told()
    .filter(({ event }) => event.startsWith('alert.'))
    .map(
      ({ to, event, params: { alertId, value, platformIds } }) => `${to} ${event} ${alertId} ${value} ${platformIds}`,
    );
}

const call = (originalCalled: string, from: string, by: 'switch:pbx' | 'switch:other' = 'switch:pbx') =>
  world.ok(by, 'contact.create', {
    contactId: `c${++calls}`,
    channel: 'voice',
    queueId: 'sales',
    from,
    originalCalled,
  });

async function calledAndFailed(): Promise<void> {
  const { originalCalled } = await world.ok('app:platform:A', 'handover.put', { platformId: 'A' });
  await call(originalCalled as string, '+8610');
  await world.answerTo(world.askedPlatforms().at(-1), { error: { code: -32_000, message: 'no answer' } });
}

async function restart(): Promise<void> {
  await world.stop();
  await world.reopen();
}

const gauges = () => {
  const { partition } = world.harness;
  partition.lookForAlarms();
  return {
    alone: partition.gauge('platformsLeftAlone'),
    limited: partition.gauge('guessersLimited'),
    alarms: Object.fromEntries(partition.alarms.raised),
  };
};
const quiet = { alone: 0, limited: 0, alarms: {} };

describe('a platform that is left alone', () => {
  const alarms = { platforms_left_alone: 'platforms that do not answer are left alone: A' };

  it('raises an alert and an alarm, until it has answered again', async () => {
    for (let at = 1; at < platformFailuresMax; at++) await calledAndFailed();
    expect(await told()).toEqual([]);
    expect(gauges()).toEqual(quiet);
    await calledAndFailed();
    expect(await told()).toEqual(['supervisor:boss alert.raised platformsLeftAlone 1 A']);
    expect(gauges()).toEqual({ ...quiet, alone: 1, alarms });
    const posted = world.posted().map(({ params }) => JSON.parse(params.body as string) as Members);
    expect(posted).toMatchObject([
      { type: 'alert.raised', data: { measure: 'platformsLeftAlone', platformIds: ['A'] } },
    ]);
    // That nobody has called it meanwhile says nothing of it.
    expect(await told(platformOpenMs)).toEqual([]);
    await restart();
    expect(await told()).toEqual([]);
    expect(gauges()).toEqual({ ...quiet, alone: 1, alarms });
    const { originalCalled } = await world.ok('app:platform:A', 'handover.put', { platformId: 'A' });
    await call(originalCalled as string, '+8610');
    const asked = world.askedPlatforms().at(-1)!;
    const { serial } = JSON.parse(asked.params.body as string) as Members;
    await world.answerTo(asked, { result: { status: 200, body: JSON.stringify({ serial }) } });
    expect(await told()).toEqual(['supervisor:boss alert.cleared platformsLeftAlone 0 ']);
    expect(gauges()).toEqual(quiet);
  });

  it('is no trouble any more when it is set otherwise, or removed', async () => {
    for (let at = 0; at < platformFailuresMax; at++) await calledAndFailed();
    expect(await told()).toHaveLength(1);
    await world.ok(admin, 'platform.remove', { platformId: 'A' });
    expect(await told()).toEqual(['supervisor:boss alert.cleared platformsLeftAlone 0 ']);
    expect(gauges()).toEqual(quiet);
  });
});

describe('whoever guesses', () => {
  it('raises an alert and an alarm for as long as nothing is looked up, and no calling number is in them', async () => {
    await call('9002200000001', '+8610');
    expect(await told()).toEqual([]);
    await call('9002200000002', '+8610');
    expect(await told()).toEqual(['supervisor:boss alert.raised guessersLimited 1 B']);
    await call('9001100000001', '+8620');
    await call('9001100000002', '+8630');
    // The calling number at B, and now the switch, whose serials may be of any platform.
    expect(await told()).toEqual([]);
    const alarm = 'too many wrong serials, and none are looked up for a while: B';
    expect(gauges()).toEqual({ ...quiet, limited: 2, alarms: { serials_guessed: alarm } });
    await restart();
    expect(gauges()).toMatchObject({ limited: 2 });
    expect(await told(57_000)).toEqual([]);
    expect(await told(3_000)).toEqual(['supervisor:boss alert.cleared guessersLimited 0 ']);
    expect(gauges()).toEqual(quiet);
  });

  it('at access ids of nobody raises it as well', async () => {
    for (let at = 0; at < 4; at++) await call(`900990000000${at}`, '+8610');
    expect(await told()).toEqual(['supervisor:boss alert.raised guessersLimited 1 ']);
    expect(gauges().alarms).toEqual({
      serials_guessed: 'too many wrong serials, and none are looked up for a while: of platforms that nobody has set',
    });
  });

  it('is seen at once when a plan lets less be guessed', async () => {
    await call('9002200000001', '+8610');
    const plan = { planId: 'n', range: { prefix: '900' }, accessIdLength: 5, serialLength: 8 };
    await world.ok(admin, 'numberPlan.set', { ...plan, guesses: { perCaller: 1 } });
    expect(await told()).toEqual(['supervisor:boss alert.raised guessersLimited 1 B']);
  });
});

it('an alert of platforms is of no queue, and one of a queue is of one', async () => {
  const set = (given: Members) =>
    world.ok(admin, 'alert.set', { alertId: 'x', above: 0, ...given }).then(
      () => 'done',
      (error: Error) => error.message,
    );
  expect(await set({ measure: 'waiting' })).toContain('/queueId: is missing: whose waiting');
  expect(await set({ measure: 'guessersLimited', queueId: 'sales' })).toContain('/queueId: guessersLimited is of no');
  expect(await set({ measure: 'guessersLimited' })).toBe('done');
  expect(await set({ measure: 'waiting', queueId: 'sales' })).toBe('done');
  const { document } = await world.ok(admin, 'config.export');
  expect(await world.ok(admin, 'config.apply', { document })).toMatchObject({ created: [], changed: [], removed: [] });
});
