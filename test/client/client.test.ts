// The typed client over real sockets: calls and notifications, refusals, and what it promises when connections fail.

import { afterEach, describe, expect, it } from 'vitest';
import {
  CallTimedOutError,
  ConnectionClosedError,
  RefusedError,
  type StrowgerClient,
} from '../../src/client/client.ts';
import type { ClientSocket, SocketFactory } from '../../src/client/socket.ts';
import { ManualClock, seededFraction, seededRandomness } from '../transport/manual-clock.ts';
import { MiniatureRouter } from './client-harness.ts';

const routers: MiniatureRouter[] = [];
const clients: StrowgerClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const router of routers.splice(0)) await router.stop();
});

async function startRouter(options: ConstructorParameters<typeof MiniatureRouter>[0] = {}): Promise<MiniatureRouter> {
  const router = new MiniatureRouter(options);
  await router.start();
  routers.push(router);
  return router;
}

async function connect(router: MiniatureRouter, options: Parameters<MiniatureRouter['client']>[0] = {}) {
  const client = await router.client(options);
  clients.push(client);
  return client;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a client', () => {
  it('opens a session, gives its state, calls, and hears notifications in order', async () => {
    const router = await startRouter();
    const states: unknown[] = [];
    const client = await connect(router, { onState: (state) => states.push(state) });
    expect(states).toEqual([{ total: 0 }]);
    expect(client.session.role).toBe('agent');
    const heard: unknown[] = [];
    const forget = client.on('thing.told', (params: never) => heard.push(params));
    await client.request('thing.tell', { text: 'hello', count: 2 });
    await client.request('session.ping', {});
    expect(heard).toEqual([
      { text: 'hello', nth: 0 },
      { text: 'hello', nth: 1 },
    ]);
    forget();
    await client.request('thing.tell', { text: 'again' });
    await client.request('session.ping', {});
    expect(heard).toHaveLength(2);
    expect(client.lastSeq).toBe(3);
  });

  it('rejects with the refusal, its code and its data', async () => {
    const client = await connect(await startRouter());
    const refused = await client.request('thing.get', { thingId: 'nobody' }).catch((error) => error);
    expect(refused).toBeInstanceOf(RefusedError);
    expect(refused).toMatchObject({ refusal: 'contact_not_found', code: expect.any(Number) });
    await expect(client.request('thing.get', { thingId: 5 })).rejects.toMatchObject({
      code: -32602,
      data: { path: '/thingId' },
    });
    await expect(client.request('thing.none', {})).rejects.toMatchObject({ code: -32601 });
  });

  it('does not connect with a token that is refused', async () => {
    const router = await startRouter();
    await expect(router.client({ token: 'nonsense' })).rejects.toMatchObject({ refusal: 'token_invalid' });
    const foreign = await router.token('anna', 60_000, 'south');
    await expect(router.client({ token: foreign })).rejects.toMatchObject({ refusal: 'tenant_not_found' });
  });

  it('gives up connecting after connectTimeoutMs, or at once without reconnect', async () => {
    const nobody = { url: 'ws://127.0.0.1:1/v1/rpc', token: 'x' };
    const router = new MiniatureRouter();
    await expect(router.client({ ...nobody, reconnect: false })).rejects.toBeInstanceOf(ConnectionClosedError);
    await expect(router.client({ ...nobody, connectTimeoutMs: 50 })).rejects.toThrow('no session with');
  });

  it('asks for batch frames unless it is told not to, and does without where the router is older', async () => {
    const router = await startRouter();
    const asked: unknown[] = [];
    router.openFault = (params) => {
      asked.push((params as { batchFrames?: boolean }).batchFrames);
      return undefined;
    };
    const heard: number[] = [];
    const tell = async (client: StrowgerClient) => {
      client.on('thing.told', (_params: never, seq: number) => heard.push(seq));
      await client.request('thing.tell', { text: 'a', count: 3 });
      await client.request('session.ping', {});
      client.close();
      return heard.splice(0);
    };
    expect(await tell(await connect(router))).toEqual([1, 2, 3]);
    expect(await tell(await connect(router, { batchFrames: false }))).toEqual([4, 5, 6]);
    router.openFault = (params) => {
      asked.push((params as { batchFrames?: boolean }).batchFrames);
      return 'batchFrames' in (params as object)
        ? { path: '/batchFrames', message: 'there is no such parameter' }
        : undefined;
    };
    expect(await tell(await connect(router))).toEqual([7, 8, 9]);
    expect(asked).toEqual([true, undefined, true, undefined]);
  });

  it('lets those who were answered go on before what their request caused is told, also in one frame', async () => {
    const router = await startRouter();
    const client = await connect(router);
    const order: string[] = [];
    client.on('thing.told', (_params: never, seq: number) => order.push(`told ${seq}`));
    const tell = async () => {
      const answer = await client.request('thing.tell', { text: 'a', count: 2 });
      return answer;
    };
    await tell();
    order.push('answered');
    await client.request('session.ping', {});
    expect(order).toEqual(['answered', 'told 1', 'told 2']);
  });

  it('puts the sends of one turn into one batch when asked to', async () => {
    const router = await startRouter();
    const client = await connect(router, { batch: true });
    const results = await Promise.all(Array.from({ length: 2_500 }, () => client.request('thing.add', { by: 1 })));
    expect(results.at(-1)).toEqual({ total: 2_500 });
    expect(router.partition.total).toBe(2_500);
  });

  it('tries again what is refused for the moment, within the time of the call', async () => {
    const router = await startRouter();
    const client = await connect(router);
    let refusals = 3;
    router.partition.overloads = () => refusals-- > 0;
    expect(await client.request('thing.add', { by: 1 })).toEqual({ total: 1 });
    refusals = Number.POSITIVE_INFINITY;
    await expect(client.request('thing.add', { by: 1 }, { retry: false })).rejects.toMatchObject({
      refusal: 'overloaded',
    });
    await expect(client.request('thing.add', { by: 1 }, { timeoutMs: 30 })).rejects.toBeInstanceOf(Error);
    expect(router.partition.total).toBe(1);
  });

  it('rejects a call that nobody answers in time, and ignores the answer that comes later', async () => {
    const router = await startRouter();
    const client = await connect(router);
    router.partition.ticking = true;
    const late = client.request('thing.add', { by: 1 }, { timeoutMs: 20 });
    await expect(late).rejects.toBeInstanceOf(CallTimedOutError);
    router.partition.ticking = false;
    router.partition.tick();
    expect(await client.request('thing.add', { by: 1 })).toEqual({ total: 2 });
    expect(client.unanswered).toBe(0);
  });

  it('keeps no more calls on their way than inFlightMax', async () => {
    const router = await startRouter();
    const client = await connect(router, { inFlightMax: 10 });
    router.partition.ticking = true;
    const calls = Array.from({ length: 25 }, () => client.request('thing.add', { by: 1 }));
    await expect.poll(() => router.partition.waiting).toBe(10);
    await client.request('session.ping', {}, { timeoutMs: 20 }).catch(() => {});
    expect(router.partition.waiting).toBe(10);
    router.partition.ticking = false;
    router.partition.tick();
    expect((await Promise.all(calls)).at(-1)).toEqual({ total: 25 });
  });

  it('answers requests of the router', async () => {
    const router = await startRouter();
    const client = await connect(router);
    client.onRequest('leg.ring', async ({ legId }) => ({ ringing: legId }));
    client.onRequest('leg.hold', () => {
      throw new Error('no such leg');
    });
    const agent = { role: 'agent', sub: 'anna' } as const;
    const ask = (method: string) => router.sessions.ask('north', agent, method, { legId: 'l1' }, 1_000);
    expect(await ask('leg.ring')).toEqual({ result: { ringing: 'l1' } });
    expect(await ask('leg.hold')).toEqual({ error: { code: 1, message: 'no such leg' } });
    expect(await ask('leg.fly')).toMatchObject({ error: { code: -32601 } });
    expect(await ask('session.ping')).toEqual({ result: {} });
  });

  it('answers requests that come with the answer to session.open, and refuses with a code and data', async () => {
    const router = await startRouter();
    const token = await router.token('anna');
    const refused = new RefusedError(3017, 'no such leg', { refusal: 'leg_not_found', cause: 'lost' });
    const requests = {
      'leg.release': () => ({ gone: true }),
      'leg.hold': () => {
        throw refused;
      },
    };
    const asked: Promise<unknown>[] = [];
    const ask = (method: string) =>
      router.sessions.ask('north', { role: 'agent', sub: 'anna' }, method, { legId: 'l1' }, 1_000);
    // As soon as there is a session, long before whoever waits for connect() gets its turn.
    const opened = setInterval(() => {
      if (router.sessions.opened > 0 && asked.length === 0) asked.push(ask('leg.release'), ask('leg.hold'));
    }, 0);
    await connect(router, { token, requests });
    await expect.poll(() => asked.length).toBe(2);
    clearInterval(opened);
    expect(await asked[0]).toEqual({ result: { gone: true } });
    const { code, message, data } = refused;
    expect(await asked[1]).toEqual({ error: { code, message, data } });
  });

  it('does not repeat on another connection what is not to be repeated', async () => {
    const router = await startRouter();
    const client = await connect(router);
    router.partition.ticking = true;
    const once = client.request('thing.add', { by: 1 }, { repeat: false });
    const again = client.request('thing.add', { by: 10 });
    await expect.poll(() => router.partition.waiting).toBe(2);
    client.cut();
    await expect(once).rejects.toBeInstanceOf(ConnectionClosedError);
    await expect(client.request('thing.add', { by: 100 }, { repeat: false })).rejects.toThrow('no connection now');
    router.partition.ticking = false;
    router.partition.tick();
    // Both were heard before the cut, and neither is done a second time.
    expect(await again).toEqual({ total: 11 });
    expect(await client.request('thing.add', { by: 0 })).toEqual({ total: 11 });
  });

  it('rejects what is unanswered when it is closed, and everything after', async () => {
    const router = await startRouter();
    const client = await connect(router);
    router.partition.ticking = true;
    const open = client.request('thing.add', { by: 1 });
    client.close();
    await expect(open).rejects.toBeInstanceOf(ConnectionClosedError);
    await expect(client.request('thing.add', { by: 1 })).rejects.toBeInstanceOf(ConnectionClosedError);
    await expect.poll(() => router.sessions.connections).toBe(0);
  });
});

describe('a client whose connection fails', () => {
  it('comes back with what it missed and takes no new state', async () => {
    const router = await startRouter();
    const states: unknown[] = [];
    const client = await connect(router, { onState: (state) => states.push(state) });
    const heard: number[] = [];
    client.on('thing.told', (_params: never, seq: number) => heard.push(seq));
    await client.request('thing.tell', { text: 'before' });
    client.cut();
    for (let nth = 0; nth < 3; nth++) {
      router.partition.egress.notify({ role: 'agent', sub: 'anna' }, 'thing.told', { text: 'while away', nth });
    }
    router.partition.egress.flush();
    await client.request('thing.tell', { text: 'after' });
    await client.request('session.ping', {});
    expect(heard).toEqual([1, 2, 3, 4, 5]);
    expect(states).toHaveLength(1);
    expect(client.session.resumed).toBe(true);
  });

  it('takes the state anew when the router has restarted, and repeats its calls', async () => {
    const router = await startRouter();
    const states: unknown[] = [];
    const client = await connect(router, { onState: (state) => states.push(state) });
    await client.request('thing.add', { by: 1 });
    router.partition.ticking = true;
    const unanswered = client.request('thing.add', { by: 10 });
    await expect.poll(() => router.partition.waiting).toBe(1);
    await router.stop();
    const meanwhile = client.request('thing.add', { by: 100 });
    await router.start(true);
    expect(await Promise.all([unanswered, meanwhile])).toEqual([{ total: 11 }, { total: 111 }]);
    expect(states).toEqual([{ total: 0 }, { total: 1 }]);
    expect(client.session.sessionEpoch).toBe('epoch-2');
  });

  it('takes the state anew when the ring has lost what it missed', async () => {
    const router = await startRouter({ feedLimits: { eventsMax: 2 } });
    const states: unknown[] = [];
    const client = await connect(router, { onState: (state) => states.push(state) });
    client.cut();
    for (let nth = 0; nth < 3; nth++) {
      router.partition.egress.notify({ role: 'agent', sub: 'anna' }, 'thing.told', { text: 'while away', nth });
    }
    router.partition.egress.flush();
    await client.request('session.ping', {});
    expect(states).toHaveLength(2);
    expect(client.lastSeq).toBe(3);
  });

  it('ends when its token expires, unless it can have another', async () => {
    const router = await startRouter({ pingMs: 200 });
    const fixed = await connect(router, { token: await router.token('anna', 2_000) });
    let asked = 0;
    const renewing = await connect(router, {
      token: () => {
        asked += 1;
        return router.token('ben', asked === 1 ? 2_000 : 60_000);
      },
    });
    await expect
      .poll(() => fixed.request('session.ping', {}).catch((error) => error), { timeout: 10_000 })
      .toMatchObject({
        name: 'ConnectionClosedError',
        code: 4001,
      });
    await expect.poll(() => asked, { timeout: 10_000 }).toBe(2);
    expect(await renewing.request('session.ping', {})).toEqual({});
  });

  it('does every change exactly once over random cuts and refusals, and hears every number once', async () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`client cut at random, seed ${seed}`);
    const fraction = seededFraction(seed);
    const router = await startRouter();
    router.partition.overloads = () => fraction() < 0.02;
    let restarts = 0;
    const heard: number[] = [];
    const client = await connect(router, {
      batch: fraction() < 0.5,
      timeoutMs: 60_000,
      randomness: seededRandomness(seed),
      onState: (_state, session) => {
        restarts += 1;
        heard.length = 0;
        heard.push(session.seq);
      },
    });
    client.on('*', (_event: never) => heard.push(client.lastSeq));
    const calls: Promise<unknown>[] = [];
    let expected = 0;
    let created = 0;
    for (let step = 0; step < 3_000; step++) {
      const by = 1 + Math.floor(fraction() * 5);
      if (fraction() < 0.3) {
        created += 1;
        calls.push(client.request('thing.create', { thingId: `t${step}`, value: by }));
      } else {
        expected += by;
        calls.push(client.request('thing.add', { by }));
      }
      router.partition.ticking = fraction() < 0.5;
      if (fraction() < 0.2) router.partition.tick(Math.floor(fraction() * router.partition.waiting));
      if (fraction() < 0.01) client.cut();
      if (fraction() < 0.2) await pause(0);
    }
    router.partition.ticking = false;
    const ticking = setInterval(() => router.partition.tick(), 1);
    await Promise.all(calls);
    await client.request('session.ping', {});
    clearInterval(ticking);
    expect(router.partition.total).toBe(expected);
    expect(router.partition.things.size).toBe(created);
    // Every number once and in order, from the last state on.
    expect(heard).toEqual(Array.from({ length: heard.length }, (_, index) => heard[0]! + index));
    expect(restarts).toBeGreaterThanOrEqual(1);
  });
});

describe('the pace of coming back', () => {
  /** Sockets that never open: each attempt fails when the test says so. */
  function failingSockets() {
    const sockets: ClientSocket[] = [];
    const factory: SocketFactory = () => {
      const socket: ClientSocket = {
        onopen: null,
        onmessage: null,
        onclose: null,
        onerror: null,
        send() {},
        close() {},
      };
      sockets.push(socket);
      return socket;
    };
    return { sockets, factory };
  }

  it('waits longer and longer, up to a bound, with full jitter', async () => {
    const clock = new ManualClock();
    const { sockets, factory } = failingSockets();
    const waits: number[] = [];
    const router = new MiniatureRouter();
    const connecting = router
      .client({
        url: 'ws://nowhere',
        token: 'x',
        clock,
        sockets: factory,
        connectTimeoutMs: 10_000_000,
        randomness: { ...seededRandomness(1), fraction: () => 0.999 },
        onConnection: (_what, { waitMs }) => waits.push(waitMs!),
      })
      .catch((error) => error);
    await pause(0);
    for (let attempt = 0; attempt < 9; attempt++) {
      sockets.at(-1)!.onclose!({ code: 1006, reason: '' });
      clock.advance(waits.at(-1)!);
    }
    expect(waits).toEqual([199, 399, 799, 1598, 3196, 6393, 9990, 9990, 9990]);
    expect(sockets).toHaveLength(10);
    clock.advance(10_000_000);
    expect(await connecting).toBeInstanceOf(ConnectionClosedError);
  });

  it('opens afresh when a number is missing', async () => {
    const clock = new ManualClock();
    const { sockets, factory } = failingSockets();
    const sent: string[] = [];
    const router = new MiniatureRouter();
    const states: unknown[] = [];
    const connecting = router.client({
      url: 'ws://nowhere',
      token: 'x',
      clock,
      sockets: (url) => {
        const socket = factory(url);
        socket.send = (text) => sent.push(text);
        return socket;
      },
      onState: (state) => states.push(state),
      randomness: seededRandomness(1),
    });
    const open = async (seq: number) => {
      await pause(0);
      sockets.at(-1)!.onopen!();
      await pause(0);
      const session = { sessionEpoch: 'e', seq, resumed: false, state: { seq }, pingMs: 15_000 };
      sockets.at(-1)!.onmessage!({ data: JSON.stringify({ jsonrpc: '2.0', id: 0, result: session }) });
    };
    await open(7);
    const client = await connecting;
    clients.push(client);
    const tell = (seq: number) => {
      const data = JSON.stringify({ jsonrpc: '2.0', method: 'thing.told', params: { seq } });
      sockets.at(-1)!.onmessage!({ data });
    };
    tell(8);
    expect(client.lastSeq).toBe(8);
    tell(10);
    expect(client.isOpen).toBe(false);
    clock.advance(1_000);
    await open(12);
    expect(states).toEqual([{ seq: 7 }, { seq: 12 }]);
    expect(JSON.parse(sent[1]!).params).toEqual({ token: 'x', batchFrames: true });
  });

  it('pings a quiet router and gives a silent one up', async () => {
    const clock = new ManualClock();
    const { sockets, factory } = failingSockets();
    const sent: string[] = [];
    const lost: unknown[] = [];
    const router = new MiniatureRouter();
    const connecting = router.client({
      url: 'ws://nowhere',
      token: 'x',
      clock,
      sockets: (url) => {
        const socket = factory(url);
        socket.send = (text) => sent.push(JSON.parse(text).method);
        return socket;
      },
      randomness: seededRandomness(1),
      onConnection: (what, { reason }) => what === 'lost' && lost.push(reason),
    });
    await pause(0);
    sockets[0]!.onopen!();
    await pause(0);
    const session = { sessionEpoch: 'e', seq: 0, resumed: false, state: {}, pingMs: 1_000 };
    sockets[0]!.onmessage!({ data: JSON.stringify({ jsonrpc: '2.0', id: 0, result: session }) });
    clients.push(await connecting);
    clock.advance(2_000);
    sockets[0]!.onmessage!({ data: '{"jsonrpc":"2.0","id":"ping","result":{}}' });
    clock.advance(3_000);
    expect(lost).toEqual([]);
    clock.advance(1_001);
    expect(lost).toEqual(['silent']);
    expect(sent.filter((method) => method === 'session.ping').length).toBeGreaterThanOrEqual(4);
  });
});
