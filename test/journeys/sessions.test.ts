// What a client may rely on when it asks twice, comes back, or is there twice.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accept, Floor } from './floor.ts';
import { JourneyRouter, tokenFor } from './router-harness.ts';

let router: JourneyRouter;
let floor: Floor;
beforeAll(async () => {
  router = await JourneyRouter.start();
  floor = await Floor.of(router);
});
afterAll(() => router?.close());

type Members = Readonly<Record<string, unknown>>;

function refusalOf(answer: Members): unknown {
  return (answer.error as { data?: { refusal?: string } } | undefined)?.data?.refusal;
}

describe.concurrent('a contact that is created again', () => {
  test('with the same content succeeds, with the state of now, and changes nothing', async () => {
    await floor.queue('twice');
    const wish = { from: '+49301', requires: { all: [{ skill: 'english', level: 3 }] }, attributes: { a: 1, b: [2] } };
    const first = await floor.call('tw1', 'twice', wish);
    // The order of members says nothing.
    const again = await floor.call('tw1', 'twice', {
      attributes: { b: [2], a: 1 },
      requires: wish.requires,
      from: '+49301',
    });
    expect(again).toMatchObject({ contactId: 'tw1', state: 'waiting', arrivedAt: first.arrivedAt });
    expect(await floor.sw.call('queue.estimate', { queueId: 'twice' })).toMatchObject({ waiting: 1 });
    await floor.sw.call('contact.cancel', { contactId: 'tw1' });
    expect(await floor.call('tw1', 'twice', wish)).toMatchObject({ state: 'ended', arrivedAt: first.arrivedAt });
    expect(await floor.sw.call('queue.estimate', { queueId: 'twice' })).toMatchObject({ waiting: 0 });
  });

  test('with other content is refused, also when it is over', async () => {
    await floor.queue('other');
    await floor.call('ot1', 'other', { from: '+49301' });
    const wish = { contactId: 'ot1', queueId: 'other', channel: 'voice', from: '+49302' };
    expect(await floor.sw.refusal('contact.create', wish)).toBe('contact_exists_with_different_content');
    await floor.sw.call('contact.cancel', { contactId: 'ot1' });
    expect(await floor.sw.refusal('contact.create', wish)).toBe('contact_exists_with_different_content');
  });

  test('twice in one frame is one contact, and twice with other content is one and a refusal', async () => {
    await floor.queue('batched', { maxWaiting: 1 });
    const socket = await router.openSocket('switch', 'sw-batch');
    const create = (id: number, contactId: string, more: Members = {}) => {
      const params = { contactId, queueId: 'batched', channel: 'voice', ...more };
      return { jsonrpc: '2.0', id, method: 'contact.create', params };
    };
    socket.send(
      JSON.stringify([create(11, 'ba1'), create(12, 'ba1'), create(13, 'ba1', { from: 'x' }), create(14, 'ba2')]),
    );
    const answers = (await socket.receive()) as Members[];
    const byId = new Map(answers.map((answer) => [answer.id, answer]));
    expect(byId.get(11)).toMatchObject({ result: { contactId: 'ba1', state: 'waiting' } });
    expect(byId.get(12)).toMatchObject({ result: { contactId: 'ba1', state: 'waiting' } });
    expect(refusalOf(byId.get(13)!)).toBe('contact_exists_with_different_content');
    expect(refusalOf(byId.get(14)!)).toBe('queue_full');
    // Two whom the core refuses in one tick are refused alike.
    socket.send(JSON.stringify([create(21, 'ba3'), create(22, 'ba3')]));
    const refused = (await socket.receive(5_000)) as Members[];
    // What was told of ba1 may come first.
    const pair = Array.isArray(refused) ? refused : ((await socket.receive()) as Members[]);
    expect(pair.map(refusalOf)).toEqual(['queue_full', 'queue_full']);
    expect(await floor.sw.call('queue.estimate', { queueId: 'batched' })).toMatchObject({ waiting: 1 });
  });
});

describe.concurrent('a requestId', () => {
  test('gets the first answer again, also a refusal, and never acts twice', async () => {
    await floor.queue('repeated');
    await floor.call('re1', 'repeated', { attributes: { n: 0 } });
    const socket = await router.openSocket('switch', 'sw1');
    const change = { contactId: 're1', attributes: { n: 1 }, requestId: 'r-1' };
    const first = await socket.call('contact.update', change);
    await floor.sw.call('contact.update', { contactId: 're1', attributes: { n: 2 } });
    const again = await socket.call('contact.update', change);
    expect(again.result).toEqual(first.result);
    expect(await floor.sw.call('contact.get', { contactId: 're1' })).toMatchObject({ attributes: { n: 2 } });

    const cancel = { contactId: 'not-yet', requestId: 'r-2' };
    expect(refusalOf(await socket.call('contact.cancel', cancel))).toBe('contact_not_found');
    await floor.call('not-yet', 'repeated');
    expect(refusalOf(await socket.call('contact.cancel', cancel))).toBe('contact_not_found');
    expect(await floor.sw.call('contact.get', { contactId: 'not-yet' })).toMatchObject({ state: 'waiting' });
  });

  test('with other content, or for another method, is refused', async () => {
    await floor.queue('reused');
    await floor.call('ru1', 'reused');
    const socket = await router.openSocket('switch', 'sw1');
    await socket.call('contact.update', { contactId: 'ru1', priority: 1, requestId: 'u-1' });
    for (const [method, params] of [
      ['contact.update', { contactId: 'ru1', priority: 2 }],
      ['contact.cancel', { contactId: 'ru1' }],
    ] as const) {
      const answer = await socket.call(method, { ...params, requestId: 'u-1' });
      expect(refusalOf(answer)).toBe('request_id_reused_with_different_content');
    }
    expect(await floor.sw.call('contact.get', { contactId: 'ru1' })).toMatchObject({ state: 'waiting', priority: 1 });
  });

  test('is each party’s own', async () => {
    await floor.queue('apart');
    await floor.call('ap1', 'apart');
    const requestId = 'same-for-both';
    const [one, two] = [await router.openSocket('app', 'one'), await router.openSocket('app', 'two')];
    expect(await one.call('contact.update', { contactId: 'ap1', priority: 1, requestId })).toHaveProperty('result');
    expect(await two.call('contact.update', { contactId: 'ap1', priority: 2, requestId })).toHaveProperty('result');
    expect(await floor.sw.call('contact.get', { contactId: 'ap1' })).toMatchObject({ priority: 2 });
  });

  test('twice in one frame acts once, and a repetition on another connection gets the same answer', async () => {
    await floor.queue('framed');
    await floor.call('fr1', 'framed');
    const socket = await router.openSocket('switch', 'sw1');
    const cancel = (id: number) => ({
      jsonrpc: '2.0',
      id,
      method: 'contact.cancel',
      params: { contactId: 'fr1', requestId: 'f-1' },
    });
    socket.send(JSON.stringify([cancel(1), cancel(2)]));
    let answers = await socket.receive();
    while (!Array.isArray(answers)) answers = await socket.receive();
    const [first, second] = answers as Members[];
    expect(second!.result).toEqual(first!.result);
    expect(first!.result).toMatchObject({ state: 'ended' });
    socket.close();
    const back = await router.openSocket('switch', 'sw1');
    expect((await back.call('contact.cancel', { contactId: 'fr1', requestId: 'f-1' })).result).toEqual(first!.result);
  });
});

describe.concurrent('a session', () => {
  test('that comes back with its last number gets exactly what it missed', async () => {
    await floor.queue('missed');
    const away = await router.openSocket('switch', 'sw-away');
    const opened = (await (async () => {
      const socket = await router.socket();
      const answer = await socket.call('session.open', { token: await tokenFor('switch', 'sw-away') });
      socket.close();
      return answer.result;
    })()) as { sessionEpoch: string; seq: number };
    const create = (contactId: string) =>
      away.call('contact.create', { contactId, queueId: 'missed', channel: 'voice' });
    for (const contactId of ['mi1', 'mi2', 'mi3']) await create(contactId);
    await floor.admin.call('queue.get', { queueId: 'missed' });
    const told = away.frames.filter((frame) => 'method' in frame) as unknown as { params: { seq: number } }[];
    expect(told.map(({ params }) => params.seq)).toEqual([1, 2, 3]);

    const back = await router.socket();
    const { sessionEpoch } = opened;
    const resumed = await back.call('session.open', {
      token: await tokenFor('switch', 'sw-away'),
      sessionEpoch,
      lastSeq: 1,
    });
    expect(resumed.result).toMatchObject({ resumed: true, seq: 1, sessionEpoch });
    expect(resumed.result).not.toHaveProperty('state');
    expect([await back.receive(), await back.receive()]).toEqual(told.slice(1));
    // Both sessions go on with the same numbers.
    await create('mi4');
    const next = await back.receive();
    expect(next).toMatchObject({ method: 'contact.queued', params: { seq: 4, contactId: 'mi4' } });
    expect(away.frames).toContainEqual(next);
  });

  test('that comes back with a number or an epoch that is not known gets the full state', async () => {
    await floor.queue('unknown');
    const first = await router.openSocket('switch', 'sw-unknown');
    await first.call('contact.create', { contactId: 'un1', queueId: 'unknown', channel: 'voice' });
    const token = await tokenFor('switch', 'sw-unknown');
    const epoch = (await (await router.socket()).call('session.open', { token })).result as { sessionEpoch: string };
    for (const wish of [
      { sessionEpoch: epoch.sessionEpoch, lastSeq: 999 },
      { sessionEpoch: 'another-one', lastSeq: 0 },
    ]) {
      const opened = await (await router.socket()).call('session.open', { token, ...wish });
      expect(opened.result).toMatchObject({ resumed: false, seq: 1, state: { contacts: [{ contactId: 'un1' }] } });
    }
  });

  test('of one agent beside another sees the same numbers, and either may act', async () => {
    await floor.queue('double');
    const left = await floor.seated('dora', { queues: ['double'] });
    const right = await router.open('agent', 'dora');
    await left.call('agent.ready', {});
    await floor.call('do1', 'double');
    const { offerId } = await left.next('offer.created');
    expect((await right.next('offer.created')).offerId).toBe(offerId);
    await right.call('offer.accept', { offerId });
    // Accepting twice is accepting.
    expect(await left.call('offer.accept', { offerId })).toMatchObject({ state: 'connected', agentId: 'dora' });
    await floor.hangUp('do1');
    await Promise.all([left, right].map((side) => side.next('contact.ended')));
    const numbered = ({ told }: typeof left) => new Map(told.map(({ seq, event }) => [seq, event]));
    const [ofLeft, ofRight] = [numbered(left), numbered(right)];
    expect(ofRight.size).toBeGreaterThan(4);
    for (const [seq, event] of ofRight) expect(ofLeft.get(seq)).toBe(event);
  });

  test('says what it is, what it may do and how to stay', async () => {
    const socket = await router.socket();
    const { result } = await socket.call('session.open', { token: await tokenFor('customer', 'visitor-1') });
    expect(result).toMatchObject({
      role: 'customer',
      sub: 'visitor-1',
      tenant: 'acme',
      resumed: false,
      state: { contacts: [] },
      pingMs: 15_000,
    });
    const { capabilities } = result as { capabilities: { methods: string[]; events: string[] } };
    expect(capabilities.methods).toContain('contact.create');
    expect(capabilities.methods).not.toContain('queue.set');
    expect(capabilities.events).not.toContain('offer.created');
    expect((await socket.call('session.ping')).result).toEqual({});
    expect(refusalOf(await socket.call('session.open', { token: await tokenFor('admin', 'x') }))).toBe(
      'session_already_open',
    );
  });
});

describe.concurrent('lists', () => {
  test('of contacts come in pages, live and ended, of one queue and one state', async () => {
    await floor.queue('paged');
    const agent = await floor.seated('paul', { queues: ['paged'] });
    const ids = Array.from({ length: 7 }, (_, at) => `pg${at}`);
    for (const contactId of ids) await floor.call(contactId, 'paged');
    const pages = async (params: Members) => {
      const found: string[][] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await floor.sw.call('contact.list', {
          queueId: 'paged',
          limit: 3,
          ...params,
          ...(cursor && { cursor }),
        });
        found.push(page.contacts.map(({ contactId }) => contactId));
        cursor = page.cursor;
        if (cursor === undefined) return found;
      }
    };
    expect(await pages({})).toEqual([['pg0', 'pg1', 'pg2'], ['pg3', 'pg4', 'pg5'], ['pg6']]);
    await agent.call('agent.ready', {});
    await accept(agent, 'pg0');
    for (const contactId of ['pg2', 'pg4']) await floor.sw.call('contact.cancel', { contactId });
    expect((await pages({ state: 'connected' })).flat()).toEqual(['pg0']);
    expect((await pages({ state: 'waiting' })).flat()).toEqual(['pg1', 'pg3', 'pg5', 'pg6']);
    expect((await pages({ state: 'ended' })).flat()).toEqual(['pg2', 'pg4']);
    expect(await agent.call('contact.list', {})).toMatchObject({ contacts: [{ contactId: 'pg0' }] });
    expect(await floor.sw.refusal('contact.list', { queueId: 'nowhere' })).toBe('queue_not_found');
  });
});
