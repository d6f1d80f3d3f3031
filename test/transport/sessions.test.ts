// The life of sessions against a fake partition, without sockets: what is refused and how, in which order things
// leave, and how a client comes back.

import { describe, expect, it } from 'vitest';
import { batchFrameBytesMax, outgoingRequestsMax } from '../../src/limits.ts';
import { refusals } from '../../src/protocol/refusals.ts';
import { createHarness, type FakeConnection, type Received, request, settle } from './sessions-harness.ts';

const errorOf = (received: unknown) => (received as { error?: { code: number; data?: Record<string, unknown> } }).error;

describe('opening a session', () => {
  it('answers with the state, the numbers to go on from, and what the router can do', async () => {
    const { opened, clock } = createHarness();
    const { answer } = await opened();
    expect(answer.result).toEqual({
      sessionId: expect.any(String),
      tenant: 'north',
      role: 'agent',
      sub: 'anna',
      sessionEpoch: 'epoch-1',
      seq: 0,
      resumed: false,
      state: { total: 0 },
      capabilities: { of: 'agent' },
      pingMs: 15_000,
      now: clock.now(),
    });
  });

  it('takes the token from the Authorization header', async () => {
    const { connect, send, token } = createHarness();
    const connection = connect({ authorization: `Bearer ${await token({ role: 'admin', sub: 'root' })}` });
    send(connection, request(1, 'session.open'));
    await settle();
    expect(connection.take()[0]!.result.role).toBe('admin');
  });

  it('refuses each kind of bad token with its own refusal and lets the client try again', async () => {
    const harness = createHarness();
    const { connect, send, token, clock } = harness;
    const good = await token();
    const expiring = await token({}, 10_000);
    const cases: [string, string | undefined, string][] = [
      ['no token', undefined, 'token_missing'],
      ['no JWT', 'nonsense', 'token_invalid'],
      ['an overlong token', 'x'.repeat(5_000), 'token_invalid'],
      ['a changed signature', `${good.slice(0, -4)}AAAA`, 'token_invalid'],
      [
        'an unsigned token',
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`,
        'token_invalid',
      ],
      ['a foreign tenant', await token({ tenant: 'west' }), 'tenant_not_found'],
      ['an unknown role', await token({ role: 'king' as never }), 'token_invalid'],
      ['a strange sub', await token({ sub: 'an na' }), 'token_invalid'],
      ['an expired token', expiring, 'token_expired'],
    ];
    clock.advance(10_000);
    const connection = connect();
    for (const [name, given, refusal] of cases) {
      send(connection, request(name, 'session.open', given === undefined ? {} : { token: given }));
      await settle();
      const [answer] = connection.take();
      expect(answer!.id).toBe(name);
      expect(answer!.error, name).toMatchObject({
        code: refusals[refusal as keyof typeof refusals][0],
        data: { refusal },
      });
    }
    send(connection, request('again', 'session.open', { token: good }));
    await settle();
    expect(connection.take()[0]!.result.role).toBe('agent');
  });

  it('says when an expired token was good until, also for one that was verified before', async () => {
    const { connect, send, token, clock } = createHarness();
    const short = await token({}, 60_000);
    const expiredAt = clock.now() + 60_000;
    const open = async () => {
      const connection = connect();
      send(connection, request(1, 'session.open', { token: short }));
      await settle();
      return connection.take()[0]!;
    };
    expect((await open()).result.role).toBe('agent');
    clock.advance(60_000);
    expect((await open()).error!.data).toEqual({ refusal: 'token_expired', expiredAt });
  });

  it('refuses what comes before session.open, a second session.open, and unknown parameters of it', async () => {
    const { connect, send, opened, token } = createHarness();
    const fresh = connect();
    send(fresh, request(1, 'thing.get', { thingId: 'x' }));
    send(fresh, request(2, 'session.open', { token: await token(), colour: 'red' }));
    send(fresh, request(3, 'session.open', { token: 5 }));
    const [first, second, third] = fresh.take();
    expect(first!.error!.data.refusal).toBe('session_not_open');
    expect(second!.error).toMatchObject({ code: -32602, data: { path: '/colour' } });
    expect(third!.error).toMatchObject({ code: -32602, data: { path: '/token' } });
    const { connection } = await opened();
    send(connection, request(4, 'session.open', { token: await token() }));
    expect(connection.take()[0]!.error!.data.refusal).toBe('session_already_open');
  });

  it('holds requests that follow session.open in the same breath until it is answered, in order', async () => {
    const { connect, send, token, partitions } = createHarness();
    partitions.north!.ticking = true;
    const connection = connect();
    send(connection, [request(1, 'session.open', { token: await token() }), request(2, 'thing.add', { by: 1 })]);
    send(connection, request(3, 'thing.add', { by: 1 }));
    await settle();
    expect(partitions.north!.taken.map(({ method }) => method)).toEqual(['session.open']);
    partitions.north!.tick();
    partitions.north!.tick();
    const frames = connection.frames.map((frame) => JSON.parse(frame));
    expect(frames[0].map(({ id }: { id: number }) => id)).toEqual([1, 2]);
    expect(frames[1].params).toMatchObject({ seq: 1, total: 1 });
    expect(frames[2].id).toBe(3);
  });

  it('refuses the held requests when session.open is refused', async () => {
    const { connect, send } = createHarness();
    const connection = connect();
    send(connection, request(1, 'session.open', { token: 'nonsense' }));
    send(connection, request(2, 'thing.add', { by: 1 }));
    await settle();
    expect(connection.take().map((answer) => errorOf(answer)!.data!.refusal)).toEqual([
      'token_invalid',
      'session_not_open',
    ]);
  });

  it('admits so many sessions a second per tenant, and says when to come again', async () => {
    const { opened, clock } = createHarness({ sessionsPerSecond: 3 });
    for (let session = 0; session < 3; session++) expect((await opened()).answer.error).toBeUndefined();
    expect((await opened()).answer.error!.data).toEqual({ refusal: 'too_many_sessions', retryAfterMs: 1_000 });
    expect((await opened({ tenant: 'south' })).answer.error).toBeUndefined();
    clock.advance(1_000);
    expect((await opened()).answer.error).toBeUndefined();
  });

  it('passes on that the partition cannot open the session, and lets the client try again', async () => {
    const { connect, send, token, partitions } = createHarness();
    let refusing = true;
    partitions.north!.overloads = () => refusing;
    const connection = connect();
    send(connection, request(1, 'session.open', { token: await token() }));
    await settle();
    expect(connection.take()[0]!.error!.data).toEqual({ refusal: 'overloaded', retryAfterMs: 1 });
    refusing = false;
    send(connection, request(2, 'session.open', { token: await token() }));
    await settle();
    expect(connection.take()[0]!.result.state).toEqual({ total: 0 });
  });
});

describe('requests', () => {
  it('refuses bad messages as the standard says and goes on', async () => {
    const { opened, send } = createHarness();
    const { connection } = await opened();
    const cases: [unknown, number, unknown][] = [
      ['{"jsonrpc":"2.0","id":1,', -32700, null],
      ['', -32700, null],
      ['[]', -32600, null],
      ['17', -32600, null],
      ['null', -32600, null],
      ['"text"', -32600, null],
      [{ id: 5, method: 'thing.get' }, -32600, 5],
      [{ jsonrpc: '1.0', id: 6, method: 'thing.get' }, -32600, 6],
      [{ jsonrpc: '2.0', id: 7 }, -32600, 7],
      [{ jsonrpc: '2.0', id: 8, method: 5 }, -32600, 8],
      [{ jsonrpc: '2.0', id: 9, method: 'thing.get', params: 'text' }, -32600, 9],
      [{ jsonrpc: '2.0', id: { a: 1 }, method: 'thing.get' }, -32600, null],
      [{ jsonrpc: '2.0', id: ['a'], method: 'thing.get' }, -32600, null],
      [{ jsonrpc: '2.0', id: true, method: 'thing.get' }, -32600, null],
      [{ jsonrpc: '2.0', id: 'x'.repeat(129), method: 'thing.get' }, -32600, null],
      [request(10, 'thing.unknown'), -32601, 10],
      [request(11, '__proto__'), -32601, 11],
      [request(12, 'constructor'), -32601, 12],
      [request(13, 'thing.get', ['x']), -32602, 13],
      [request(14, 'thing.get', {}), -32602, 14],
      [request(15, 'thing.get', { thingId: 5 }), -32602, 15],
      [request(16, 'thing.get', { thingId: 'a', colour: 'red' }), -32602, 16],
      ['{"jsonrpc":"2.0","id":17,"method":"thing.get","params":{"thingId":"a","__proto__":{"b":1}}}', -32602, 17],
    ];
    for (const [given, code, id] of cases) {
      send(connection, given);
      const answers = connection.take();
      expect(answers, JSON.stringify(given)).toHaveLength(1);
      expect({ code: answers[0]!.error!.code, id: answers[0]!.id }, JSON.stringify(given)).toEqual({ code, id });
    }
    send(connection, request(18, 'thing.get', { thingId: 5 }));
    expect(connection.take()[0]!.error!.data).toMatchObject({ path: '/thingId' });
    send(connection, request(19, 'thing.add', { by: 1 }));
    expect(connection.take()[0]!.result).toEqual({ total: 1 });
  });

  it('gives every proper id back as it came', async () => {
    const { opened, send } = createHarness();
    const { connection } = await opened();
    const ids = [0, -1, 1.5, 9_007_199_254_740_991, '', '1', 'ü"\\\n\u2028😀', null, 'x'.repeat(128)];
    for (const id of ids) {
      send(connection, request(id, 'session.ping'));
      expect(connection.take()).toEqual([{ jsonrpc: '2.0', id, result: {} }]);
    }
  });

  it('answers neither notifications nor responses that nobody waits for', async () => {
    const { opened, send, partitions } = createHarness();
    const { connection } = await opened();
    send(connection, request(undefined, 'thing.add', { by: 2 }));
    send(connection, request(undefined, 'thing.unknown'));
    send(connection, { jsonrpc: '2.0', id: 'r99', result: {} });
    send(connection, [request(undefined, 'thing.add', { by: 3 })]);
    expect(connection.take().map(({ method }) => method)).toEqual(['thing.added', 'thing.added']);
    expect(partitions.north!.total).toBe(5);
  });

  it('answers a bug of ours with -32603 and a reference', async () => {
    const { opened, send } = createHarness();
    const { connection } = await opened();
    send(connection, request(1, 'thing.break'));
    expect(connection.take()[0]!.error).toMatchObject({ code: -32603, data: { reference: 'bug-1' } });
  });

  it('refuses what the role may not call', async () => {
    const { opened, send } = createHarness();
    const agent = await opened();
    send(agent.connection, request(1, 'thing.secret'));
    expect(agent.connection.take()[0]!.error!.data).toEqual({
      refusal: 'not_allowed_for_role',
      method: 'thing.secret',
      role: 'agent',
    });
    const admin = await opened({ role: 'admin', sub: 'root' });
    send(admin.connection, request(1, 'thing.secret'));
    expect(admin.connection.take()[0]!.result).toEqual({ did: 'thing.secret' });
  });

  it('answers pings and rpc.discover without the partition', async () => {
    const { opened, send, partitions } = createHarness();
    const { connection } = await opened();
    const before = partitions.north!.taken.length;
    send(connection, request(1, 'session.ping'));
    send(connection, request(2, 'rpc.discover'));
    expect(connection.take().map(({ result }) => result)).toEqual([{}, { openrpc: '1.3.2' }]);
    expect(partitions.north!.taken).toHaveLength(before);
  });

  it('keeps tenants apart', async () => {
    const { opened, send, partitions } = createHarness();
    const north = await opened();
    const south = await opened({ tenant: 'south' });
    send(north.connection, request(1, 'thing.tell', { text: 'only north' }));
    expect(north.connection.take()).toHaveLength(2);
    expect(south.connection.take()).toHaveLength(0);
    expect(partitions.south!.taken.map(({ method }) => method)).toEqual(['session.open']);
  });

  it('bounds the requests of one connection that are on their way', async () => {
    const { opened, send, partitions } = createHarness();
    const { connection } = await opened();
    partitions.north!.ticking = true;
    for (let id = 1; id <= 4_097; id++) send(connection, request(id, 'thing.add', { by: 1 }));
    const [refused, ...others] = connection.take();
    expect(others).toHaveLength(0);
    expect(refused).toMatchObject({ id: 4_097, error: { data: { refusal: 'overloaded', retryAfterMs: 250 } } });
    partitions.north!.tick();
    expect(partitions.north!.total).toBe(4_096);
    send(connection, request(5_000, 'thing.get', { thingId: 'a' }));
    expect(partitions.north!.waiting).toBe(1);
  });

  it('refuses everything as not_ready once it stops', async () => {
    const { opened, send, router, connect } = createHarness();
    const { connection } = await opened();
    router.stop();
    send(connection, request(1, 'thing.add', { by: 1 }));
    const late = connect();
    send(late, request(2, 'session.open', {}));
    for (const answer of [...connection.take(), ...late.take()]) expect(answer.error!.data.refusal).toBe('not_ready');
  });

  it('throws when a request is answered twice: that is a bug', async () => {
    const { opened, send, partitions } = createHarness();
    const { connection } = await opened();
    partitions.north!.ticking = true;
    send(connection, request(1, 'thing.add', { by: 1 }));
    const [, taken] = partitions.north!.taken;
    partitions.north!.tick();
    expect(() => partitions.north!.egress.answer(taken!, { result: {} })).toThrow('answered twice');
  });
});

describe('batches', () => {
  it('answers a batch of 1,000 with one array and refuses one of 1,001', async () => {
    const { opened, send } = createHarness();
    const { connection } = await opened();
    const batch = Array.from({ length: 1_000 }, (_, id) => request(id, 'session.ping'));
    send(connection, batch);
    const [answers] = connection.take() as unknown as { id: number }[][];
    expect(answers!.map(({ id }) => id)).toEqual(batch.map(({ id }) => id));
    send(connection, [...batch, request(1_000, 'session.ping')]);
    const [refused] = connection.take();
    expect(refused).toMatchObject({ id: null, error: { data: { refusal: 'too_large', path: 'batch', max: 1_000 } } });
  });

  it('answers each message of a mixed batch and leaves notifications out', async () => {
    const { opened, send } = createHarness();
    const { connection } = await opened();
    send(connection, [
      request('a', 'session.ping'),
      request(undefined, 'thing.create', { thingId: 't', value: 1 }),
      { jsonrpc: '2.0', id: 'b' },
      request('c', 'thing.get', { thingId: 't' }),
      7,
      { jsonrpc: '2.0', id: 'r5', result: 1 },
    ]);
    const [answers] = connection.take() as unknown as { id: unknown; error?: { code: number } }[][];
    expect(answers!.map(({ id, error }) => [id, error?.code])).toEqual([
      ['a', undefined],
      ['b', -32600],
      ['c', undefined],
      [null, -32600],
    ]);
  });

  it('holds notifications back behind a batch that is not complete, and no longer', async () => {
    const { opened, send, partitions } = createHarness();
    const { connection } = await opened();
    partitions.north!.ticking = true;
    send(connection, [request(1, 'thing.add', { by: 1 }), request(2, 'thing.add', { by: 1 })]);
    send(connection, [request(3, 'thing.add', { by: 1 }), request(4, 'thing.add', { by: 1 })]);
    partitions.north!.tick(1);
    expect(connection.take()).toEqual([]);
    partitions.north!.tick(2);
    // The first batch is complete and its notifications follow; the second has begun and holds back its own.
    const [array, ...events] = connection.take();
    expect((array as unknown as unknown[]).length).toBe(2);
    expect(events.map(({ params }) => params!.seq)).toEqual([1, 2]);
    partitions.north!.tick(1);
    const [second, ...rest] = connection.take();
    expect((second as unknown as { id: number }[]).map(({ id }) => id)).toEqual([3, 4]);
    expect(rest.map(({ params }) => params!.seq)).toEqual([3, 4]);
  });
});

describe('notifications', () => {
  it('come after the response of the request that caused them, numbered alike for every session of the audience', async () => {
    const { opened, send } = createHarness();
    const one = await opened();
    const two = await opened();
    send(one.connection, request(1, 'thing.tell', { text: 'hello', count: 2 }));
    const [answer, ...events] = one.connection.take();
    expect(answer!.id).toBe(1);
    expect(events.map(({ params }) => params)).toEqual([
      { seq: 1, text: 'hello', nth: 0 },
      { seq: 2, text: 'hello', nth: 1 },
    ]);
    expect(two.connection.take()).toEqual(events);
    expect((await opened()).answer.result.seq).toBe(2);
  });

  it('do not reach another sub or another role of the same name', async () => {
    const { opened, send } = createHarness();
    const anna = await opened();
    const ben = await opened({ sub: 'ben' });
    const supervisor = await opened({ role: 'supervisor' });
    send(anna.connection, request(1, 'thing.tell', { text: 'hello' }));
    expect(ben.connection.take()).toEqual([]);
    expect(supervisor.connection.take()).toEqual([]);
  });

  it('throw when the event is in no table: that is a bug', () => {
    const { partitions } = createHarness();
    expect(() => partitions.north!.egress.notify({ role: 'agent', sub: 'anna' }, 'thing.unheard', {})).toThrow('lacks');
  });
});

describe('batch frames', () => {
  const told = (nth: number) => ({ text: `the ${nth}th`, nth });
  const audience = { role: 'agent', sub: 'anna' } as const;
  const seqs = (frame: Received | Received[]) => [frame].flat().map(({ params }) => params!.seq);
  const frames = (connection: FakeConnection) => connection.take() as (Received | Received[])[];

  it('hold what a turn sends, the response before the notifications it caused, a single message as itself', async () => {
    const { opened, send } = createHarness();
    const { connection, answer } = await opened({}, { batchFrames: true });
    expect(answer.result.role).toBe('agent');
    send(connection, request(1, 'thing.tell', { text: 'a', count: 3 }));
    await settle();
    const [together, ...others] = frames(connection);
    expect(others).toEqual([]);
    const [response, ...events] = together as Received[];
    expect(response!.id).toBe(1);
    expect(seqs(events)).toEqual([1, 2, 3]);
    send(connection, request(2, 'session.ping'));
    await settle();
    expect(frames(connection)).toEqual([{ jsonrpc: '2.0', id: 2, result: {} }]);
  });

  it('are one frame each message for a session of the same audience that has not asked', async () => {
    const { opened, partitions } = createHarness();
    const { connection: asked } = await opened({}, { batchFrames: true });
    const { connection: plain } = await opened({}, { batchFrames: false });
    const { egress } = partitions.north!;
    for (let nth = 0; nth < 3; nth++) egress.notify(audience, 'thing.told', { text: 'ß€𝄞,{"', nth });
    egress.flush();
    await settle();
    const [together] = frames(asked);
    expect(together).toHaveLength(3);
    expect(frames(plain)).toEqual(together);
  });

  it('are no longer than their bound, unless one message is', async () => {
    const { opened, partitions } = createHarness();
    const { connection } = await opened({}, { batchFrames: true });
    const { egress } = partitions.north!;
    for (let nth = 0; nth < 200; nth++) egress.notify(audience, 'thing.told', { text: 'x'.repeat(nth * 10), nth });
    egress.notify(audience, 'thing.told', { text: 'x'.repeat(100_000), nth: 200 });
    egress.flush();
    await settle();
    const texts = connection.frames.splice(0);
    expect(texts.length).toBeGreaterThan(10);
    for (const text of texts.slice(0, -1)) expect(text.length).toBeLessThanOrEqual(batchFrameBytesMax + 2);
    const all = texts.flatMap((text) => seqs(JSON.parse(text)));
    expect(all).toEqual(Array.from({ length: 201 }, (_, index) => index + 1));
    expect(JSON.parse(texts.at(-1)!)).not.toBeInstanceOf(Array);
  });

  it('bring what was missed as well, behind the answer', async () => {
    const harness = createHarness();
    const first = await harness.opened({}, { batchFrames: true });
    harness.send(first.connection, request(1, 'thing.tell', { text: 'one', count: 5 }));
    harness.sessions.disconnected(first.connection);
    const connection = harness.connect();
    const resume = { sessionEpoch: 'epoch-1', lastSeq: 2, batchFrames: true };
    harness.send(connection, request(7, 'session.open', { token: await harness.token(), ...resume }));
    await settle();
    const [together, ...others] = frames(connection);
    expect(others).toEqual([]);
    const [answer, ...missed] = together as Received[];
    expect(answer).toMatchObject({ id: 7, result: { seq: 2, resumed: true } });
    expect(seqs(missed)).toEqual([3, 4, 5]);
  });

  it('leave the responses of a batch an array of their own, and what waits behind it in its place', async () => {
    const { opened, send, partitions } = createHarness();
    const { connection } = await opened({}, { batchFrames: true });
    partitions.north!.ticking = true;
    send(connection, [
      request(1, 'thing.tell', { text: 'a', count: 2 }),
      request(2, 'thing.tell', { text: 'b', count: 2 }),
    ]);
    partitions.north!.tick(1);
    partitions.north!.tick(1);
    await settle();
    const [responses, events, ...others] = frames(connection);
    expect(others).toEqual([]);
    expect((responses as Received[]).map(({ id }) => id)).toEqual([1, 2]);
    expect(seqs(events!)).toEqual([1, 2, 3, 4]);
  });

  it('leave before the connection is closed', async () => {
    const { opened, partitions } = createHarness();
    const { connection } = await opened({}, { batchFrames: true });
    const { egress } = partitions.north!;
    egress.notify(audience, 'thing.told', told(1));
    egress.notify(audience, 'thing.told', told(2));
    for (let nth = 0; nth < 20; nth++) egress.notify(audience, 'thing.told', { text: 'x'.repeat(1_000_000), nth });
    egress.flush();
    expect(connection.closed).toEqual({ code: 4002, reason: 'slow_reader' });
    const all = frames(connection).flatMap(seqs);
    expect(all).toEqual(Array.from({ length: all.length }, (_, index) => index + 1));
    expect(all).toHaveLength(18);
  });
});

describe('coming back', () => {
  async function withHistory(options = {}) {
    const harness = createHarness(options);
    const first = await harness.opened();
    harness.send(first.connection, request(1, 'thing.tell', { text: 'one', count: 3 }));
    harness.sessions.disconnected(first.connection);
    return harness;
  }
  const tell = (harness: Awaited<ReturnType<typeof withHistory>>, count: number, text = 'later') => {
    const audience = { role: 'agent', sub: 'anna' } as const;
    const { egress } = harness.partitions.north!;
    for (let nth = 0; nth < count; nth++) egress.notify(audience, 'thing.told', { text, nth });
    egress.flush();
  };

  it('gives what was missed instead of the state', async () => {
    const harness = await withHistory();
    tell(harness, 2);
    const { connection, answer } = await harness.opened({}, { sessionEpoch: 'epoch-1', lastSeq: 2 });
    expect(answer.result).toMatchObject({ seq: 2, resumed: true, sessionEpoch: 'epoch-1' });
    expect(answer.result).not.toHaveProperty('state');
    expect(connection.take().map(({ params }) => params!.seq)).toEqual([3, 4, 5]);
    expect(harness.partitions.north!.taken.at(-1)!.resumes).toBe(true);
  });

  it('gives the full state to another epoch, a number from the future, or one without a number', async () => {
    const harness = await withHistory();
    const strangers = [
      { sessionEpoch: 'epoch-0', lastSeq: 2 },
      { sessionEpoch: 'epoch-1', lastSeq: 4 },
      { sessionEpoch: 'epoch-1' },
    ];
    for (const params of strangers) {
      const { answer, connection } = await harness.opened({}, params);
      expect(answer.result).toMatchObject({ seq: 3, state: { total: 0 } });
      expect(connection.take()).toEqual([]);
    }
  });

  it('gives the full state when the ring has lost events, by number or by size', async () => {
    const byNumber = await withHistory({ feedLimits: { eventsMax: 2 } });
    expect((await byNumber.opened({}, { sessionEpoch: 'epoch-1', lastSeq: 0 })).answer.result.state).toBeDefined();
    expect((await byNumber.opened({}, { sessionEpoch: 'epoch-1', lastSeq: 1 })).answer.result.state).toBeUndefined();
    const bySize = await withHistory({ feedLimits: { bytesMax: 2_000 } });
    tell(bySize, 1, 'x'.repeat(1_900));
    expect((await bySize.opened({}, { sessionEpoch: 'epoch-1', lastSeq: 2 })).answer.result.state).toBeDefined();
    expect((await bySize.opened({}, { sessionEpoch: 'epoch-1', lastSeq: 3 })).answer.result.state).toBeUndefined();
  });

  it('closes with resume_lost when the ring loses the events while the answer is on its way', async () => {
    const harness = await withHistory({ feedLimits: { eventsMax: 3 } });
    harness.partitions.north!.ticking = true;
    const connection = harness.connect();
    harness.send(
      connection,
      request(1, 'session.open', { token: await harness.token(), sessionEpoch: 'epoch-1', lastSeq: 0 }),
    );
    await settle();
    tell(harness, 1);
    harness.partitions.north!.tick();
    expect(connection.take()).toEqual([]);
    expect(connection.closed).toEqual({ code: 4003, reason: 'resume_lost' });
  });

  it('numbers what happens while a session opens exactly once', async () => {
    const harness = await withHistory();
    harness.partitions.north!.ticking = true;
    const connection = harness.connect();
    harness.send(
      connection,
      request(1, 'session.open', { token: await harness.token(), sessionEpoch: 'epoch-1', lastSeq: 3 }),
    );
    await settle();
    tell(harness, 2);
    harness.partitions.north!.tick();
    tell(harness, 1);
    const [answer, ...events] = connection.take();
    expect(answer!.result.seq).toBe(3);
    expect(events.map(({ params }) => params!.seq)).toEqual([4, 5, 6]);
  });

  it('forgets a ring that was idle too long, or the idlest where there are too many', async () => {
    const old = await withHistory({ feedLimits: { idleMs: 60_000 } });
    old.clock.advance(61_000);
    expect((await old.opened({}, { sessionEpoch: 'epoch-1', lastSeq: 3 })).answer.result).toMatchObject({
      seq: 0,
      state: {},
    });
    const many = await withHistory({ feedLimits: { idleMax: 1 } });
    const { connection } = await many.opened({ sub: 'ben' });
    many.sessions.disconnected(connection);
    expect(many.sessions.feeds.idle).toBe(1);
    expect((await many.opened({}, { sessionEpoch: 'epoch-1', lastSeq: 3 })).answer.result).toMatchObject({
      seq: 0,
      state: {},
    });
  });

  it('keeps all rings together within their bound: the idle go first, then the oldest of the one that grows', async () => {
    const harness = await withHistory({ feedLimits: { allBytesMax: 3_000 } });
    const { connection } = await harness.opened({ sub: 'ben' });
    const audience = { role: 'agent', sub: 'ben' } as const;
    const { egress } = harness.partitions.north!;
    for (let nth = 0; nth < 10; nth++) egress.notify(audience, 'thing.told', { text: 'x'.repeat(900), nth });
    egress.flush();
    expect(harness.sessions.feeds.idle).toBe(0);
    expect(harness.sessions.feeds.bytes).toBeLessThanOrEqual(3_000);
    expect(connection.take()).toHaveLength(10);
    const feed = harness.sessions.feeds.find('north', audience)!;
    expect([feed.lastSeq, feed.kept]).toEqual([10, 3]);
    expect(feed.after(7)).toHaveLength(3);
    expect(() => feed.after(6)).toThrow(RangeError);
  });
});

describe('closing', () => {
  it('closes a slow reader, whether a notification or a response is due', async () => {
    const { opened, send, sessions } = createHarness({ sendBufferBytesMax: 1_000 });
    for (const method of ['thing.tell', 'session.ping']) {
      const { connection } = await opened();
      connection.unread = 1_001;
      send(connection, request(1, method, method === 'thing.tell' ? { text: 'a' } : {}));
      expect(connection.closed).toEqual({ code: 4002, reason: 'slow_reader' });
      expect(connection.take()).toEqual([]);
    }
    expect(sessions.connections).toBe(0);
    expect(sessions.closes.get('slow_reader')).toBe(2);
  });

  it('closes a reader that would be sent too much in one turn', async () => {
    const { opened, partitions } = createHarness();
    const { connection } = await opened();
    const audience = { role: 'agent', sub: 'anna' } as const;
    const text = 'x'.repeat(1_000_000);
    for (let nth = 0; nth < 20; nth++) partitions.north!.egress.notify(audience, 'thing.told', { text, nth });
    partitions.north!.egress.flush();
    expect(connection.closed).toEqual({ code: 4002, reason: 'slow_reader' });
    expect(connection.frames).toHaveLength(16);
  });

  it('closes a reader for whom too much waits behind a batch that is not complete', async () => {
    const { opened, send, partitions } = createHarness();
    const { connection } = await opened();
    partitions.north!.ticking = true;
    send(connection, [request(1, 'thing.add', { by: 1 }), request(2, 'thing.add', { by: 1 })]);
    partitions.north!.tick(1);
    const audience = { role: 'agent', sub: 'anna' } as const;
    for (let nth = 0; nth < 20; nth++) {
      partitions.north!.egress.notify(audience, 'thing.told', { text: 'x'.repeat(1_000_000), nth });
      partitions.north!.egress.flush();
    }
    expect(connection.closed).toEqual({ code: 4002, reason: 'slow_reader' });
    expect(connection.frames).toHaveLength(0);
  });

  it('closes a connection that opens no session in time, and one whose token expires', async () => {
    const { opened, connect, clock, token, send } = createHarness();
    const idle = connect();
    const { connection: long } = await opened();
    const short = connect();
    send(short, request(1, 'session.open', { token: await token({}, 20_000) }));
    await settle();
    clock.advance(11_000);
    expect(idle.closed).toEqual({ code: 4005, reason: 'session_not_opened_in_time' });
    expect(short.closed).toBeUndefined();
    clock.advance(10_000);
    expect(short.closed).toEqual({ code: 4001, reason: 'token_expired' });
    expect(long.closed).toBeUndefined();
  });

  it('pings a quiet client, and closes one that stays silent for three times pingMs', async () => {
    const { opened, clock, send } = createHarness();
    const { connection: talking } = await opened();
    const { connection: silent } = await opened();
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000);
      for (const { id, method } of talking.take())
        if (method === 'session.ping') send(talking, { jsonrpc: '2.0', id, result: {} });
    }
    expect(silent.take().map(({ method }) => method)).toEqual(['session.ping', 'session.ping', 'session.ping']);
    expect(silent.closed).toEqual({ code: 4004, reason: 'silent' });
    expect(talking.closed).toBeUndefined();
  });

  it('drops answers of a connection that is gone', async () => {
    const { opened, send, partitions, sessions } = createHarness();
    const { connection } = await opened();
    partitions.north!.ticking = true;
    send(connection, request(1, 'thing.add', { by: 1 }));
    sessions.disconnected(connection);
    partitions.north!.tick();
    expect(connection.take()).toEqual([]);
    expect(partitions.north!.total).toBe(1);
    expect([sessions.connections, sessions.opened]).toEqual([0, 0]);
  });

  it('survives a connection that goes while its session opens', async () => {
    const { connect, send, token, sessions, partitions } = createHarness();
    const early = connect();
    send(early, request(1, 'session.open', { token: await token() }));
    sessions.disconnected(early);
    await settle();
    partitions.north!.ticking = true;
    const late = connect();
    send(late, request(1, 'session.open', { token: await token() }));
    await settle();
    sessions.disconnected(late);
    partitions.north!.tick();
    expect([...early.take(), ...late.take()]).toEqual([]);
    expect(sessions.opened).toBe(0);
  });
});

describe('requests of the router to a client', () => {
  const agent = { role: 'agent', sub: 'anna' } as const;

  it('go to the newest session and bring its answer back, result or error', async () => {
    const { opened, sessions, send } = createHarness();
    await opened();
    const { connection } = await opened();
    const ringing = sessions.ask('north', agent, 'leg.ring', { legId: 'l1' }, 5_000);
    const refused = sessions.ask('north', agent, 'leg.ring', { legId: 'l2' }, 5_000);
    const [first, second] = connection.take();
    expect(first).toMatchObject({ method: 'leg.ring', params: { legId: 'l1' } });
    send(connection, { jsonrpc: '2.0', id: second!.id, error: { code: 17, message: 'no such leg' } });
    send(connection, { jsonrpc: '2.0', id: first!.id, result: { rings: true } });
    expect(await ringing).toEqual({ result: { rings: true } });
    expect(await refused).toEqual({ error: { code: 17, message: 'no such leg' } });
  });

  it('end when nobody answers in time, when the connection goes, and when there is none', async () => {
    const { opened, sessions, clock } = createHarness();
    const { connection } = await opened();
    const late = sessions.ask('north', agent, 'leg.ring', {}, 5_000);
    clock.advance(6_000);
    expect(await late).toEqual({ lost: 'timed_out' });
    const cut = sessions.ask('north', agent, 'leg.ring', {}, 5_000);
    sessions.disconnected(connection);
    expect(await cut).toEqual({ lost: 'connection_closed' });
    expect(await sessions.ask('north', agent, 'leg.ring', {}, 5_000)).toEqual({ lost: 'connection_closed' });
  });

  it('are bounded in number', async () => {
    const { opened, sessions } = createHarness();
    await opened();
    for (let count = 0; count < outgoingRequestsMax; count++) void sessions.ask('north', agent, 'leg.ring', {}, 5_000);
    expect(await sessions.ask('north', agent, 'leg.ring', {}, 5_000)).toEqual({ lost: 'too_many_requests' });
  });
});

describe('what the sessions tell a partition', () => {
  const pbx = { role: 'switch', sub: 'pbx' } as const;
  const watching = () => {
    const harness = createHarness();
    const partition = harness.partitions.north!;
    partition.watchedRoles = new Set(['switch']);
    const told = () => partition.news.splice(0).map(({ who, news }) => [who, news]);
    return { ...harness, partition, told };
  };

  it('is who of the watched roles comes and goes: each session that opens, and the last that closes', async () => {
    const { opened, sessions, told } = watching();
    const { connection: first } = await opened(pbx);
    const { connection: second } = await opened(pbx);
    await opened({ role: 'agent', sub: 'anna' });
    expect(told()).toEqual([
      ['switch:pbx', { connected: true }],
      ['switch:pbx', { connected: true }],
    ]);
    sessions.disconnected(first);
    expect(told()).toEqual([]);
    sessions.disconnected(second);
    expect(told()).toEqual([['switch:pbx', { connected: false }]]);
  });

  it('is what a client answers to what it was asked, result or error, and nothing when it does not answer', async () => {
    const { opened, partition, send, sessions, told, clock } = watching();
    const { connection } = await opened(pbx);
    const ask = { audience: pbx, method: 'leg.ring', params: { legId: 'l1' }, timeoutMs: 5_000 };
    for (const reference of ['legs/1', 'legs/2', 'legs/3', 'legs/4']) partition.egress.ask({ ...ask, reference });
    const [first, second, third] = connection.take();
    send(connection, { jsonrpc: '2.0', id: first!.id, result: {} });
    send(connection, { jsonrpc: '2.0', id: second!.id, error: { code: 486, message: 'busy' } });
    await settle();
    expect(told().slice(1)).toEqual([
      ['switch:pbx', { answeredTo: 'legs/1', answer: { result: {} } }],
      ['switch:pbx', { answeredTo: 'legs/2', answer: { error: { code: 486, message: 'busy' } } }],
    ]);
    clock.advance(6_000);
    send(connection, { jsonrpc: '2.0', id: third!.id, result: {} });
    await settle();
    expect(told()).toEqual([]);
    sessions.disconnected(connection);
    partition.egress.ask({ ...ask, reference: 'legs/5' });
    await settle();
    expect(told()).toEqual([['switch:pbx', { connected: false }]]);
  });

  it('is told again until it is taken; who is connected as it is by then', async () => {
    const { opened, partition, sessions, told, clock } = watching();
    const { connection } = await opened(pbx);
    told();
    partition.overloads = () => true;
    sessions.disconnected(connection);
    clock.advance(1_000);
    expect(told()).toEqual([]);
    partition.overloads = () => false;
    clock.advance(1_000);
    expect(told()).toEqual([['switch:pbx', { connected: false }]]);
  });

  it('is told again where the partition broke at it, more and more seldom: else a switch that is there would be gone', async () => {
    const { opened, partition, told, clock } = watching();
    let breaks = 0;
    partition.breaks = () => ++breaks <= 3;
    await opened(pbx);
    for (const [waitMs, times] of [
      [500, 2],
      [999, 2],
      [1, 3],
      [1_999, 3],
    ]) {
      clock.advance(waitMs!);
      expect(breaks).toBe(times);
    }
    expect(told()).toEqual([]);
    clock.advance(1);
    expect(told()).toEqual([['switch:pbx', { connected: true }]]);
  });

  it('is told no more when the sessions have stopped: nothing waits for a partition that is gone', async () => {
    const { opened, partition, sessions, clock } = watching();
    const { connection } = await opened(pbx);
    partition.overloads = () => true;
    sessions.stop();
    sessions.disconnected(connection);
    expect(clock.waiting).toBe(0);
  });
});
