// Who is really calling: plans, platforms, hand-overs and contacts that come with them, over the real core.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { luhnDigit } from '../../../src/domain/platforms/number-plan.ts';
import { handoverKeptMs, handoverLiveMs } from '../../../src/limits.ts';
import { methodNames, methodSpec } from '../../../src/protocol/methods.ts';
import { settleParams } from '../../../src/protocol/rights.ts';
import { DomainWorld, type Members, nameOf } from '../domain-world.ts';
import { expectSurvivesLoad } from '../survives-load.ts';

let world: DomainWorld;
const admin = 'admin:root';
const pbx = 'switch:pbx';

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok(admin, 'queue.set', { queueId: 'sales', channels: ['voice'] });
  await world.ok(admin, 'agent.set', { agentId: 'ada', capacity: { voice: 3 } });
  await world.ok(admin, 'numberPlan.set', plan('north', '900'));
  await world.ok(admin, 'platform.set', { platformId: 'A', accessId: '90011', name: 'Hotel A' });
  await world.ok(admin, 'platform.set', { platformId: 'B', accessId: '90022' });
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

function plan(planId: string, prefix: string, more: Members = {}): Members {
  return { planId, range: { prefix }, accessIdLength: 5, serialLength: 8, ...more };
}

const handOver = (platformId: string, more: Members = {}) =>
  world.ok(`app:platform:${platformId}`, 'handover.put', { platformId, ...more });

const call = (contactId: string, originalCalled: unknown, more: Members = {}) =>
  world.ok(pbx, 'contact.create', {
    contactId,
    channel: 'voice',
    queueId: 'sales',
    from: '+4930',
    originalCalled,
    ...more,
  });

const callerOf = async (contactId: string) =>
  (await world.ok('app:crm', 'contact.get', { contactId })).caller as Members;
const whyOf = async (contactId: string) => (await callerOf(contactId)).why;

describe('a caller who is handed over', () => {
  it('is seen by the agent with the offer, once', async () => {
    await world.ok('agent:ada', 'agent.login');
    await world.ok('agent:ada', 'agent.ready');
    const { originalCalled, serial, expiresAt } = await handOver('A', { data: { guest: 'Lee', room: 12 } });
    expect(originalCalled).toBe(`90011${serial as string}`);
    expect(expiresAt).toBe(world.clock.now() + handoverLiveMs);
    world.told();
    await call('c1', originalCalled);
    const caller = {
      state: 'identified',
      platformId: 'A',
      platformName: 'Hotel A',
      data: { guest: 'Lee', room: 12 },
      handedOverAt: world.clock.now(),
    };
    const told = world.told();
    expect(told.find(({ event }) => event === 'offer.created')?.params).toMatchObject({ contact: { caller } });
    expect(told.find(({ event }) => event === 'contact.identified')).toEqual({
      to: pbx,
      event: 'contact.identified',
      params: { contactId: 'c1', platformId: 'A' },
    });
    await call('c2', originalCalled);
    expect(await callerOf('c2')).toEqual({
      state: 'unidentified',
      platformId: 'A',
      platformName: 'Hotel A',
      why: 'serialUsed',
    });
    expect(world.told().find(({ event }) => event === 'contact.unidentified')?.params).toEqual({
      contactId: 'c2',
      platformId: 'A',
      why: 'serialUsed',
    });
    const { platforms } = await world.ok(admin, 'platform.list');
    expect(platforms).toMatchObject([{ platformId: 'A', identified: 1, wrongSerials: 1, live: 0 }, { identified: 0 }]);
    await world.ok('app:crm', 'contact.end', { contactId: 'c1' });
    expect(await callerOf('c1')).toMatchObject({ state: 'identified', data: { guest: 'Lee' } });
  });

  it('is one of three at once, and each is the right one', async () => {
    const [one, two, three] = [
      await handOver('A', { data: { who: 'one' } }),
      await handOver('A', { data: { who: 'two' } }),
      await handOver('B', { data: { who: 'three' } }),
    ];
    const create = (contactId: string, { originalCalled }: Members) =>
      [
        pbx,
        'contact.create',
        { contactId, channel: 'voice', queueId: 'sales', from: '+4930', originalCalled },
      ] as const;
    await world.together(create('c2', two), create('c3', three), create('c1', one));
    const callers = await Promise.all(['c1', 'c2', 'c3'].map(callerOf));
    expect(callers.map(({ platformId, data }) => [platformId, data])).toEqual([
      ['A', { who: 'one' }],
      ['A', { who: 'two' }],
      ['B', { who: 'three' }],
    ]);
  });

  it('twice in one tick is one, and the second is nobody', async () => {
    const { originalCalled } = await handOver('A', { data: { who: 'one' } });
    const create = (contactId: string) =>
      [pbx, 'contact.create', { contactId, channel: 'voice', queueId: 'sales', originalCalled }] as const;
    await world.together(create('c1'), create('c2'));
    expect(await callerOf('c1')).toMatchObject({ state: 'identified' });
    expect(await callerOf('c2')).toMatchObject({ state: 'unidentified', why: 'serialUsed' });
  });

  it('in the tick in which the platform says so is known', async () => {
    const serial = '12345678';
    await world.together(
      ['app:platform:A', 'handover.put', { platformId: 'A', serial, data: { who: 'one' } }],
      [
        pbx,
        'contact.create',
        { contactId: 'c1', channel: 'voice', queueId: 'sales', originalCalled: `90011${serial}` },
      ],
    );
    expect(await callerOf('c1')).toMatchObject({ state: 'identified', data: { who: 'one' } });
  });

  it('is still handed over when the queue did not let the contact in', async () => {
    await world.ok(admin, 'queue.set', { queueId: 'full', channels: ['voice'], maxWaiting: 0 });
    const { originalCalled } = await handOver('A', { data: { who: 'one' } });
    const wanted = { contactId: 'c1', channel: 'voice', queueId: 'full', originalCalled };
    expect(await world.outcome(pbx, 'contact.create', wanted)).toBe('queue_full');
    world.told();
    await call('c2', originalCalled);
    expect(await callerOf('c2')).toMatchObject({ state: 'identified', data: { who: 'one' } });
    expect(world.told().map(({ event }) => event)).not.toContain('contact.unidentified');
  });

  it('is the customer whom the platform names, unless the contact does', async () => {
    const identity = { scheme: 'member', value: '17' };
    const { customerId } = await world.ok('app:crm', 'customer.resolve', { identity });
    const first = await handOver('A', { identity });
    await call('c1', first.originalCalled);
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'c1' })).toMatchObject({ customerId });
    expect(world.told().find(({ event }) => event === 'contact.identified')?.params).toMatchObject({ customerId });
    const second = await handOver('A', { identity });
    await call('c2', second.originalCalled, { identity: { scheme: 'member', value: '18' } });
    const { customerId: other } = await world.ok('app:crm', 'contact.get', { contactId: 'c2' });
    expect(other).not.toBe(customerId);
  });

  it('survives a restart, and so does that a serial was used', async () => {
    const [one, two] = [await handOver('A', { data: { who: 'one' } }), await handOver('A', { data: { who: 'two' } })];
    await call('c1', one.originalCalled);
    await world.reopen();
    await call('c2', two.originalCalled);
    await call('c3', one.originalCalled);
    expect(await callerOf('c1')).toMatchObject({ data: { who: 'one' } });
    expect(await callerOf('c2')).toMatchObject({ data: { who: 'two' } });
    expect(await whyOf('c3')).toBe('serialUsed');
  });

  it('is read from SIP, History-Info before Diversion', async () => {
    const [one, two] = [await handOver('A', { data: { who: 'one' } }), await handOver('B', { data: { who: 'two' } })];
    const sip = {
      historyInfo: [
        `<sip:+${one.originalCalled as string}@a;user=phone?Privacy=history>;index=1`,
        '<sip:4000@b>;index=1.1;mp=1',
      ],
      diversion: `<sip:4000@b>, <tel:${two.originalCalled as string}>;privacy=full`,
    };
    await call('c1', undefined, { sip });
    expect(await callerOf('c1')).toMatchObject({ data: { who: 'one' } });
    await call('c2', undefined, { sip: { diversion: sip.diversion } });
    expect(await callerOf('c2')).toMatchObject({ data: { who: 'two' } });
  });

  it('has nothing to do with contacts that come with other numbers, or with none', async () => {
    await call('c1', undefined);
    await call('c2', '4000');
    await call('c3', '900111234567');
    await call('c4', undefined, { sip: { diversion: '<sip:anonymous@anonymous.invalid>' } });
    for (const contactId of ['c1', 'c2', 'c3', 'c4']) expect(await callerOf(contactId)).toBeUndefined();
    expect(world.told().filter(({ event }) => /identified/.test(event))).toEqual([]);
  });

  it('is in the record of the contact', async () => {
    const { originalCalled } = await handOver('A', { data: { who: 'one' } });
    await call('c1', originalCalled);
    await call('c2', originalCalled);
    for (const contactId of ['c1', 'c2']) await world.ok('app:crm', 'contact.end', { contactId });
    await world.idle();
    const { records } = await world.ok('supervisor:boss', 'cdr.query', {});
    expect((records as Members[]).map(({ caller }) => caller)).toEqual([
      { state: 'identified', platformId: 'A' },
      { state: 'unidentified', platformId: 'A', why: 'serialUsed' },
    ]);
  });
});

describe('whoever is not known goes on', () => {
  it('with a reason for each way in which nothing was found', async () => {
    await world.ok(admin, 'numberPlan.set', plan('checked', '800', { checkDigit: 'luhn' }));
    await world.ok(admin, 'platform.set', { platformId: 'C', accessId: '80011' });
    await call('unknown', '9001112345678');
    await call('nobody', '9009912345678');
    await call('mistyped', `8001112345678${(Number(luhnDigit('8001112345678')) + 1) % 10}`);
    await call('unreadable', undefined, { sip: { historyInfo: ['<sip:1@a>;index=1', '<sip:2@b'] } });
    const { originalCalled } = await handOver('C', { expiresAt: world.clock.now() + 1_000 });
    expect(originalCalled).toMatch(/^80011\d{9}$/);
    await world.pass(1_000);
    await call('late', originalCalled);
    expect(await whyOf('unknown')).toBe('serialUnknown');
    expect(await callerOf('nobody')).toEqual({ state: 'unidentified', why: 'platformUnknown' });
    expect(await whyOf('mistyped')).toBe('checkDigitWrong');
    expect(await whyOf('late')).toBe('serialExpired');
    expect(await callerOf('unreadable')).toEqual({
      state: 'unidentified',
      why: 'headerUnreadable',
      unreadable: { path: '/sip/historyInfo/1', at: 8, expected: 'a closing angle bracket' },
    });
    for (const contactId of ['unknown', 'nobody', 'mistyped', 'late', 'unreadable'])
      expect(await world.ok('app:crm', 'contact.get', { contactId })).toMatchObject({ state: 'waiting' });
  });

  it('with a serial of another platform', async () => {
    const { serial } = await handOver('A', { data: { who: 'one' } });
    await call('c1', `90022${serial as string}`);
    expect(await callerOf('c1')).toMatchObject({ platformId: 'B', why: 'serialUnknown' });
    expect((await callerOf('c1')).data).toBeUndefined();
  });
});

describe('guessing', () => {
  const limits = { guesses: { windowMs: 60_000, perPlatform: 4, perSwitch: 6, perCaller: 2 } };
  const guess = async (contactId: string, more: Members = {}, accessId = '90011') => {
    const number = Number(contactId.slice(1));
    await call(contactId, `${accessId}${String(10_000_000 + number)}`, more);
    return whyOf(contactId);
  };

  beforeEach(async () => {
    await world.ok(admin, 'numberPlan.set', plan('north', '900', limits));
    world.told();
  });

  it('is over for a calling number after so many, and not for others', async () => {
    const { originalCalled } = await handOver('A');
    expect([await guess('g1'), await guess('g2'), await guess('g3')]).toEqual([
      'serialUnknown',
      'serialUnknown',
      'guessingLimited',
    ]);
    const told = world.told().filter(({ event }) => event === 'platform.guessed');
    expect(told).toMatchObject([{ to: admin, params: { platformId: 'A', of: 'caller', from: '+4930', wrong: 2 } }]);
    // Also the right one is not looked up, and not used up.
    await call('c1', originalCalled);
    expect(await whyOf('c1')).toBe('guessingLimited');
    await call('c2', originalCalled, { from: '+4931' });
    expect(await callerOf('c2')).toMatchObject({ state: 'identified' });
  });

  it('is over for the platform, and begins anew with the next window', async () => {
    for (const number of [1, 2, 3, 4])
      expect(await guess(`g${number}`, { from: `+493${number}` })).toBe('serialUnknown');
    const { originalCalled } = await handOver('A');
    expect(await guess('g5', { from: '+4935' })).toBe('guessingLimited');
    const limitedUntil = world.clock.now() + 60_000;
    expect((await world.ok(admin, 'platform.list')).platforms).toMatchObject([{ wrongSerials: 4, limitedUntil }, {}]);
    expect(world.told().filter(({ event }) => event === 'platform.guessed')).toMatchObject([
      { params: { of: 'platform', untilMs: limitedUntil } },
    ]);
    // A restart forgives nothing.
    await world.reopen();
    expect(await guess('g6', { from: '+4936' })).toBe('guessingLimited');
    await expectSurvivesLoad(world);
    await world.pass(60_000);
    await call('c1', originalCalled, { from: '+4937' });
    expect(await callerOf('c1')).toMatchObject({ state: 'identified' });
    expect((await world.ok(admin, 'platform.list')).platforms).toMatchObject([{ wrongSerials: 0 }, {}]);
  });

  it('is over for the switch at all platforms, and used serials count as well', async () => {
    for (const number of [1, 2, 3]) await guess(`g${number}`, { from: `+493${number}` });
    const { originalCalled } = await handOver('B');
    await call('c1', originalCalled, { from: '+49' });
    await call('c2', originalCalled, { from: '+49' });
    expect(await whyOf('c2')).toBe('serialUsed');
    expect(await guess('g4', { from: '+4934' }, '90033')).toBe('platformUnknown');
    expect(await guess('g5', { from: '+4935' }, '90022')).toBe('serialUnknown');
    expect(await guess('g6', { from: '+4936' }, '90022')).toBe('guessingLimited');
    const again = await handOver('B');
    await world.ok('app:crm', 'contact.create', {
      ...{ contactId: 'c3', channel: 'voice', queueId: 'sales' },
      originalCalled: again.originalCalled,
    });
    expect(await callerOf('c3')).toMatchObject({ state: 'identified' });
  });

  it('of a contact that was not let in counts nothing', async () => {
    await world.ok(admin, 'queue.set', { queueId: 'full', channels: ['voice'], maxWaiting: 0 });
    for (const number of [1, 2, 3, 4, 5])
      await world.call(pbx, 'contact.create', {
        ...{ contactId: `f${number}`, channel: 'voice', queueId: 'full', from: '+4930' },
        originalCalled: `900111234567${number}`,
      });
    expect((await world.ok(admin, 'platform.list')).platforms).toMatchObject([{ wrongSerials: 0 }, {}]);
  });
});

describe('handing over', () => {
  it('is for the platform itself, and for applications that have its credential', async () => {
    await world.ok(admin, 'platform.set', { platformId: 'B', accessId: '90022', credential: 'a-long-enough-secret' });
    const put = (who: `app:${string}`, more: Members) => world.outcome(who, 'handover.put', more);
    expect(await put('app:platform:B', { platformId: 'B' })).toBe('done');
    expect(await put('app:platform:A', { platformId: 'B' })).toBe('platform_not_found');
    expect(await put('app:platform:A', { platformId: 'B', credential: 'a-long-enough-secret' })).toBe(
      'platform_not_found',
    );
    expect(await put('app:platform:A', { platformId: 'nobody' })).toBe('platform_not_found');
    expect(await put('app:crm', { platformId: 'A' })).toBe('done');
    expect(await put('app:crm', { platformId: 'B' })).toBe('platform_credential_wrong');
    expect(await put('app:crm', { platformId: 'B', credential: 'another-long-secret' })).toBe(
      'platform_credential_wrong',
    );
    expect(await put('app:crm', { platformId: 'B', credential: 'a-long-enough-secret' })).toBe('done');
    const { platforms } = await world.ok(admin, 'platform.list');
    expect(platforms).toMatchObject([{ hasCredential: false }, { hasCredential: true }]);
    expect(JSON.stringify(platforms)).not.toContain('secret');
  });

  it('may be said again, and not otherwise', async () => {
    const given = { serial: '00000001', data: { who: 'one' } };
    const first = await handOver('A', given);
    expect(await handOver('A', given)).toEqual(first);
    expect(await handOver('A', { ...given, expiresAt: first.expiresAt })).toEqual(first);
    const put = (more: Members) => world.outcome('app:platform:A', 'handover.put', { platformId: 'A', ...more });
    expect(await put({ serial: '00000001' })).toBe('serial_exists_with_different_content');
    expect(await put({ ...given, data: { who: 'two' } })).toBe('serial_exists_with_different_content');
    expect(await put({ ...given, expiresAt: (first.expiresAt as number) + 1 })).toBe(
      'serial_exists_with_different_content',
    );
    await call('c1', first.originalCalled);
    expect(await put(given)).toBe('serial_used');
    await world.pass(handoverLiveMs + handoverKeptMs + 1);
    expect(await put(given)).toBe('done');
  });

  it('of a serial that ran out may be said anew', async () => {
    const serial = '00000001';
    const { originalCalled } = await handOver('A', {
      serial,
      expiresAt: world.clock.now() + 1_000,
      data: { who: 'one' },
    });
    await world.pass(2_000);
    await handOver('A', { serial, data: { who: 'two' } });
    await call('c1', originalCalled);
    expect(await callerOf('c1')).toMatchObject({ data: { who: 'two' } });
  });

  it('has to fit the plan and the time', async () => {
    const put = (more: Members) => world.outcome('app:platform:A', 'handover.put', { platformId: 'A', ...more });
    expect(await put({ serial: '1234567' })).toBe('serial_not_of_plan');
    expect(await put({ expiresAt: world.clock.now() })).toBe('handover_already_expired');
    expect(await put({ expiresAt: world.clock.now() + 86_400_001 })).toBe('handover_already_expired');
  });

  it('never takes more than a tenth of the serials, and draws free ones', async () => {
    await world.ok(admin, 'numberPlan.set', {
      planId: 'short',
      range: { prefix: '77' },
      accessIdLength: 3,
      serialLength: 3,
    });
    await world.ok(admin, 'platform.set', { platformId: 'S', accessId: '771' });
    const serials = new Set<unknown>();
    for (let at = 0; at < 100; at++) serials.add((await handOver('S')).serial);
    expect(serials.size).toBe(100);
    expect(await world.outcome('app:platform:S', 'handover.put', { platformId: 'S' })).toBe('too_many_handovers');
    await world.pass(handoverLiveMs + handoverKeptMs);
    expect(await world.outcome('app:platform:S', 'handover.put', { platformId: 'S' })).toBe('done');
  });

  it('of a platform that was removed is nobody’s, also for one of the same name', async () => {
    const { originalCalled } = await handOver('A', { data: { who: 'one' } });
    await world.ok(admin, 'platform.remove', { platformId: 'A' });
    await world.reopen();
    await world.ok(admin, 'platform.set', { platformId: 'A', accessId: '90011' });
    await call('c1', originalCalled);
    expect(await callerOf('c1')).toMatchObject({ why: 'serialUnknown' });
  });
});

describe('setting up', () => {
  it('refuses plans that would both take a number, and platforms without one', async () => {
    const set = (more: Members) => world.outcome(admin, 'numberPlan.set', more);
    expect(await set(plan('other', '9001'))).toBe('number_plans_overlap');
    expect(
      await set({ planId: 'other', range: { from: '89990', to: '90000' }, accessIdLength: 5, serialLength: 8 }),
    ).toBe('number_plans_overlap');
    expect(
      await set({ planId: 'other', range: { from: '89990', to: '89999' }, accessIdLength: 5, serialLength: 8 }),
    ).toBe('done');
    expect(await set(plan('longer', '900', { serialLength: 9 }))).toBe('done');
    expect(await set({ planId: 'split', range: { prefix: '9001' }, accessIdLength: 4, serialLength: 9 })).toBe(
      'number_plans_overlap',
    );
    expect(await world.outcome(admin, 'platform.set', { platformId: 'X', accessId: '123' })).toBe(
      'access_id_in_no_plan',
    );
    expect(await world.outcome(admin, 'platform.set', { platformId: 'X', accessId: '90011' })).toBe('access_id_taken');
    expect(await world.outcome(admin, 'numberPlan.remove', { planId: 'nobody' })).toBe('number_plan_not_found');
    expect(await world.outcome(admin, 'platform.remove', { platformId: 'nobody' })).toBe('platform_not_found');
  });

  it('keeps the plan that platforms need', async () => {
    expect(nameOf(await world.call(admin, 'numberPlan.set', plan('north', '9001')))).toBe('number_plan_in_use');
    expect(await world.outcome(admin, 'numberPlan.remove', { planId: 'north' })).toBe('number_plan_in_use');
    await world.ok(admin, 'platform.remove', { platformId: 'B' });
    await world.ok(admin, 'numberPlan.set', plan('north', '9001'));
    await world.ok(admin, 'platform.remove', { platformId: 'A' });
    await world.ok(admin, 'numberPlan.remove', { planId: 'north' });
    expect(await world.ok(admin, 'numberPlan.list')).toEqual({ numberPlans: [] });
  });

  it('says how hard a serial is to guess', async () => {
    await handOver('A');
    await handOver('A');
    await handOver('B');
    const { guessing, numberLength, platforms } = await world.ok(admin, 'numberPlan.set', plan('north', '900'));
    expect({ numberLength, platforms }).toEqual({ numberLength: 13, platforms: 2 });
    expect(guessing).toEqual({
      serials: 100_000_000,
      bits: 26.58,
      // Two are live at A: (10^8 + 1) / 3, fifty in ten minutes.
      now: { live: 2, share: 2e-8, expectedGuesses: 33_333_334, expectedMs: 666_666 * 600_000 },
      atWorst: { live: 50_000, share: 5e-4, expectedGuesses: 2_000, expectedMs: 40 * 600_000 },
    });
    const none = await world.ok(admin, 'numberPlan.set', plan('empty', '800'));
    expect(none.guessing).toMatchObject({ now: { live: 0, expectedGuesses: null, expectedMs: null } });
  });
});

it('draws serials in which each digit is as frequent as any other', async () => {
  const counts = new Array<number>(10).fill(0);
  for (let at = 0; at < 1_000; at++)
    for (const digit of (await handOver('A')).serial as string) counts[Number(digit)]! += 1;
  // 8,000 digits: 800 each, with a standard deviation of 27. Bytes modulo ten would give 0 to 5 some 4% more than the others, which only chi squared sees.
  const chiSquared = counts.reduce((sum, count) => sum + (count - 800) ** 2 / 800, 0);
  // Beyond 40 it is once in 100,000 for nine degrees of freedom.
  expect(chiSquared).toBeLessThan(40);
});

it('lets a platform’s token hand over and do nothing else, also where no such platform is set', () => {
  const platform = { tenant: 'test', role: 'app', sub: 'platform:gone' } as const;
  const mayCall = methodNames.filter(
    (method) => methodSpec(method).roles.includes('app') && 'params' in settleParams(method, {}, platform),
  );
  expect(mayCall.sort()).toEqual(['handover.put', 'rpc.discover', 'session.open', 'session.ping']);
  const gateway = { ...platform, sub: 'gateway' };
  expect(settleParams('contact.list', {}, gateway)).toEqual({ params: {} });
});
