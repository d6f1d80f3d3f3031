// What a platform is asked when one of its callers comes, what becomes of its answer, and of none.

import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { platformFailuresMax, platformOpenMs, questionsPerPlatformMax } from '../../../src/limits.ts';
import { type AskedOf, DomainWorld, type Members } from '../domain-world.ts';
import { expectSurvivesLoad } from '../survives-load.ts';

let world: DomainWorld;
let seen = 0;
const admin = 'admin:root';
const pbx = 'switch:pbx';
const key = Buffer.alloc(24, 'of a platform');

const fetch = {
  url: 'https://a.example/callers',
  secret: `whsec_${key.toString('base64')}`,
  timeoutMs: 1_000,
  lateMs: 5_000,
  schema: {
    type: 'object',
    properties: { guest: { type: 'string', maxLength: 20 }, vip: { type: 'boolean' } },
    additionalProperties: false,
  },
  attributes: [
    { name: 'guest', from: '/guest' },
    { name: 'nothing', from: '/no/such' },
  ],
};

beforeEach(async () => {
  seen = 0;
  world = await DomainWorld.start();
  await world.ok(admin, 'queue.set', { queueId: 'sales', channels: ['voice'] });
  await world.ok(admin, 'agent.set', { agentId: 'ada', capacity: { voice: 3 } });
  await world.ok('agent:ada', 'agent.login');
  await world.ok('agent:ada', 'agent.ready');
  await world.ok(admin, 'numberPlan.set', {
    planId: 'n',
    range: { prefix: '900' },
    accessIdLength: 5,
    serialLength: 8,
  });
  await setPlatform();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const setPlatform = (more: Members = {}) =>
  world.ok(admin, 'platform.set', { platformId: 'A', accessId: '90011', fetch: { ...fetch, ...more } });

/** Since the last time. */
function questions(): AskedOf[] {
  const all = world.askedPlatforms();
  const news = all.slice(seen);
  seen = all.length;
  return news;
}

async function comes(contactId: string, data: Members = { room: 12 }): Promise<AskedOf> {
  const { originalCalled } = await world.ok('app:platform:A', 'handover.put', { platformId: 'A', data });
  const wanted = { contactId, channel: 'voice', queueId: 'sales', originalCalled, attributes: { own: 1 } };
  await world.ok(pbx, 'contact.create', wanted);
  return questions().at(-1) as AskedOf;
}

const serialOf = ({ params }: AskedOf) => (JSON.parse(params.body as string) as Members).serial as string;
const answers = (asked: AskedOf, data: unknown, serial = serialOf(asked)) =>
  world.answerTo(asked, { result: { status: 200, body: JSON.stringify({ serial, data }) } });
const fails = (asked: AskedOf, message = 'no answer in time') =>
  world.answerTo(asked, { error: { code: -32_000, message } });
const contactOf = (contactId: string) => world.ok('app:crm', 'contact.get', { contactId });
const callerOf = async (contactId: string) => (await contactOf(contactId)).caller as Members;
const platform = async () => ((await world.ok(admin, 'platform.list')).platforms as Members[])[0] as Members;
const tellsOf = (event: string) => world.told().filter((told) => told.event === event);

describe('a platform that answers', () => {
  it('is asked once the contact is there, signed, and the contact is offered meanwhile', async () => {
    const { params, to } = await comes('c1');
    expect(to).toBe('app:A');
    expect(params).toMatchObject({ url: fetch.url, attemptMs: 500, timeoutMs: 6_000, networks: [] });
    const headers = params.headers as Record<string, string>;
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${params.body as string}`;
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    expect(await contactOf('c1')).toMatchObject({ state: 'ringing', caller: { state: 'asking', data: { room: 12 } } });
    expect(await platform()).toMatchObject({ asked: 1, identified: 1 });
    expect(JSON.stringify(await platform())).not.toContain('whsec');
    await answers((await comesAgain()) as AskedOf, {});
  });

  async function comesAgain(): Promise<AskedOf> {
    return world.askedPlatforms().at(-1) as AskedOf;
  }

  it('brings the screen of the agent up to date, and the attributes', async () => {
    const asked = await comes('c1');
    world.told();
    await answers(asked, { guest: 'Lee', vip: true });
    const told = world.told();
    const data = { room: 12, guest: 'Lee', vip: true };
    expect(told.find(({ event }) => event === 'contact.changed')).toMatchObject({
      to: 'agent:ada',
      params: { contactId: 'c1', caller: { state: 'identified', data }, attributes: { own: 1, guest: 'Lee' } },
    });
    expect(told.find(({ event }) => event === 'contact.identified')).toMatchObject({
      to: pbx,
      params: { platformId: 'A' },
    });
    expect(await contactOf('c1')).toMatchObject({
      caller: { state: 'identified', data },
      attributes: { own: 1, guest: 'Lee' },
    });
    expect(await platform()).toMatchObject({ asked: 0 });
    await world.reopen();
    expect(await contactOf('c1')).toMatchObject({
      caller: { state: 'identified', data },
      attributes: { guest: 'Lee' },
    });
  });

  it('late, has left its caller unidentified, and identifies it after all', async () => {
    const asked = await comes('c1');
    world.told();
    await world.pass(1_000);
    expect(await callerOf('c1')).toMatchObject({ state: 'unidentified', why: 'platformTimedOut', data: { room: 12 } });
    expect(tellsOf('contact.unidentified')).toMatchObject([{ params: { contactId: 'c1', why: 'platformTimedOut' } }]);
    await answers(asked, { guest: 'Lee' });
    const caller = await callerOf('c1');
    expect(caller).toMatchObject({ state: 'identified', data: { guest: 'Lee' } });
    expect(caller.why).toBeUndefined();
    expect(tellsOf('contact.identified')).toHaveLength(1);
  });

  it('too late, changes nothing any more', async () => {
    const asked = await comes('c1');
    await world.pass(6_000);
    await answers(asked, { guest: 'Lee' });
    expect(await callerOf('c1')).toMatchObject({ state: 'unidentified', why: 'platformTimedOut' });
  });

  it('when the contact is over, changes nothing of another one in its place', async () => {
    const asked = await comes('c1');
    await world.ok(pbx, 'contact.cancel', { contactId: 'c1' });
    await world.ok(pbx, 'contact.create', { contactId: 'c2', channel: 'voice', queueId: 'sales' });
    await answers(asked, { guest: 'Lee' });
    expect(await callerOf('c2')).toBeUndefined();
    expect(await platform()).toMatchObject({ asked: 0 });
  });

  it('is asked again after a restart, under the same id, and once is enough', async () => {
    const asked = await comes('c1');
    await world.reopen();
    seen = 0;
    const [again] = questions();
    expect((again as AskedOf).params.headers).toEqual(asked.params.headers);
    await answers(again as AskedOf, { guest: 'Lee' });
    await answers(again as AskedOf, { guest: 'Ray' });
    expect(await callerOf('c1')).toMatchObject({ state: 'identified', data: { guest: 'Lee' } });
    await world.reopen();
    seen = 0;
    expect(questions()).toEqual([]);
  });

  it('beside others is not mixed up with them: each answer is of one caller', async () => {
    const [one, two] = [await comes('c1', { who: 1 }), await comes('c2', { who: 2 })];
    await answers(two, { guest: 'Two' });
    await answers(one, { guest: 'One' });
    expect(await callerOf('c1')).toMatchObject({ data: { who: 1, guest: 'One' } });
    expect(await callerOf('c2')).toMatchObject({ data: { who: 2, guest: 'Two' } });
  });
});

describe('a platform that lies', () => {
  const wrong = [
    [
      'of another serial',
      (asked: AskedOf) => answers(asked, { guest: 'Ray' }, '00000000'),
      'answered for another serial',
    ],
    ['against the schema', (asked: AskedOf) => answers(asked, { guest: 7 }), 'answered data /guest: expected string'],
    [
      'with more than is known',
      (asked: AskedOf) => answers(asked, { admin: true }),
      'answered data /admin: is not known',
    ],
    ['with no object', (asked: AskedOf) => answers(asked, 'Ray'), 'answered with data that is no object, or too large'],
    [
      'with what is no JSON',
      (asked: AskedOf) => world.answerTo(asked, { result: { status: 200, body: '<html>' } }),
      'answered no JSON object',
    ],
    [
      'without end',
      (asked: AskedOf) => world.answerTo(asked, { result: { status: 200, body: '', isTooLong: true } }),
      'answered more than is read',
    ],
    [
      'by leading elsewhere',
      (asked: AskedOf) => world.answerTo(asked, { result: { status: 302, body: '' } }),
      'answered 302',
    ],
  ] as const;
  it.each(wrong)('%s is not believed', async (_, says, why) => {
    await says(await comes('c1'));
    expect(await callerOf('c1')).toEqual({
      ...{ state: 'unidentified', platformId: 'A', why: 'platformAnsweredWrong', data: { room: 12 } },
      handedOverAt: world.clock.now(),
    });
    expect(await platform()).toMatchObject({ lastFailure: { why } });
    expect((await platform()).leftAloneUntil).toBeUndefined();
  });
});

describe('a platform that is down', () => {
  const failsOften = async () => {
    for (let at = 0; at < platformFailuresMax; at++) await fails(await comes(`f${at}`));
  };

  it('is left alone after some failures in a row, also behind a restart, then tried with one caller', async () => {
    await failsOften();
    expect(await callerOf('f0')).toMatchObject({ state: 'unidentified', why: 'platformFailed', data: { room: 12 } });
    const leftAloneUntil = world.clock.now() + platformOpenMs;
    expect(await platform()).toMatchObject({ leftAloneUntil, lastFailure: { why: 'no answer in time' } });
    await world.reopen();
    seen = world.askedPlatforms().length;
    await comes('c1');
    expect(seen).toBe(world.askedPlatforms().length);
    expect(await callerOf('c1')).toMatchObject({ state: 'unidentified', why: 'platformDown' });
    await world.pass(platformOpenMs);
    const trial = await comes('c2');
    await comes('c3');
    expect(await callerOf('c3')).toMatchObject({ why: 'platformDown' });
    await answers(trial, { guest: 'Lee' });
    expect(await callerOf('c2')).toMatchObject({ state: 'identified' });
    await comes('c4');
    expect(await callerOf('c4')).toMatchObject({ state: 'asking' });
  });

  it('is left alone anew when the trial fails, and by silence as well', async () => {
    for (let at = 0; at < platformFailuresMax; at++) await comes(`f${at}`);
    await world.pass(1_000);
    expect(await platform()).toMatchObject({ leftAloneUntil: world.clock.now() + platformOpenMs });
    await world.pass(platformOpenMs);
    await fails(await comes('c1'));
    expect(await platform()).toMatchObject({ leftAloneUntil: world.clock.now() + platformOpenMs });
  });

  it('is asked about so many callers at once and no more', async () => {
    for (let at = 0; at < questionsPerPlatformMax; at++) await comes(`q${at}`);
    await comes('c1');
    expect(await callerOf('c1')).toMatchObject({ state: 'unidentified', why: 'platformBusy', data: { room: 12 } });
  });
});

describe('setting up', () => {
  it('finds what is wrong with schema, networks and secret, and where', async () => {
    const set = (more: Members) => setPlatform(more).catch((error: Error) => error.message);
    expect(await set({ schema: { properties: { a: { pattern: '(a+)+' } } } })).toContain(
      '/fetch/schema/properties/a/pattern: is not understood here',
    );
    expect(await set({ schema: { type: 'text' } })).toContain('/fetch/schema/type: expected one of');
    expect(await set({ networks: ['10.0.0.0/33'] })).toContain('/fetch/networks/0: is no network');
    expect(await set({ networks: ['10.0.0.0/8', 'fd00::/8'] })).toMatchObject({
      fetch: { networks: ['10.0.0.0/8', 'fd00::/8'] },
    });
  });
});
