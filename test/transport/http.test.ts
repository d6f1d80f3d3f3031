// What is asked over HTTP, who may upgrade, and bad input over real sockets, against the whole way in on both transports.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type http from 'node:http';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { chooseTransport, loadNative } from '../../src/transport/choose-transport.ts';
import { closeCodes } from '../../src/transport/close-codes.ts';
import { originCheck } from '../../src/transport/http.ts';
import { registerSessionMetrics } from '../../src/transport/session-metrics.ts';
import { MiniatureRouter } from '../client/client-harness.ts';

const native = loadNative();
const names = 'library' in native ? ['uws', 'ws'] : ['ws'];
if ('why' in native) console.warn(`the way in over uws is not tested: ${native.why}`);

describe.each(names)('the way in over %s', (name) => {
  const routers: MiniatureRouter[] = [];
  const sockets: WebSocket[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.terminate();
    for (const router of routers.splice(0)) await router.stop();
  });

  async function start() {
    const router = new MiniatureRouter({}, await chooseTransport(name, { info: () => {} }));
    await router.start();
    routers.push(router);
    const base = `http://127.0.0.1:${router.port}`;
    const rpc = async (body: string, headers: Record<string, string> = {}) => {
      const authorization = `Bearer ${await router.token()}`;
      return fetch(`${base}/v1/rpc`, { method: 'POST', headers: { authorization, ...headers }, body });
    };
    const socket = () => {
      const opened = new WebSocket(router.url);
      sockets.push(opened);
      return opened;
    };
    return { router, base, rpc, socket };
  }
  const call = (id: number, method: string, params: unknown = {}) => ({ jsonrpc: '2.0', id, method, params });

  it('says that it lives, whether it is ready and why not, its metrics and its interface', async () => {
    const { router, base } = await start();
    expect(await (await fetch(`${base}/health`)).json()).toEqual({ status: 'alive' });
    expect((await fetch(`${base}/ready`)).status).toBe(200);
    router.ready = 'tenant north recovers';
    const notReady = await fetch(`${base}/ready`);
    expect([notReady.status, await notReady.json()]).toEqual([
      503,
      { status: 'not_ready', because: 'tenant north recovers' },
    ]);
    expect(await (await fetch(`${base}/metrics`)).text()).toBe('strowger_up 1\n');
    expect(await (await fetch(`${base}/openrpc.json`)).json()).toEqual({ openrpc: '1.3.2' });
  });

  it('answers unknown paths with 404 and wrong methods with 405, in JSON', async () => {
    const { base } = await start();
    for (const path of ['/', '/nowhere', '/__proto__', '/constructor', '/health/']) {
      const response = await fetch(base + path);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.json()).toMatchObject({ error: 'not_found' });
    }
    const posted = await fetch(`${base}/health`, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET']);
    expect((await fetch(`${base}/v1/rpc`)).status).toBe(405);
    const elsewhere = new WebSocket(`${base.replace('http', 'ws')}/elsewhere`);
    const [, response] = (await once(elsewhere, 'unexpected-response')) as [unknown, http.IncomingMessage];
    expect(response.statusCode).toBe(404);
    response.destroy();
  });

  it('takes requests by POST: one, a batch, a notification', async () => {
    const { router, rpc } = await start();
    const one = await rpc(JSON.stringify(call(1, 'thing.add', { by: 2 })));
    expect([one.status, one.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await one.json()).toEqual({ jsonrpc: '2.0', id: 1, result: { total: 2 } });
    const batch = await rpc(
      JSON.stringify([call(1, 'thing.add', { by: 1 }), call(2, 'thing.none'), call(3, 'session.open')]),
    );
    const answers = (await batch.json()) as { error?: { code: number } }[];
    expect(answers.map(({ error }) => error?.code)).toEqual([undefined, -32601, -32600]);
    const silent = await rpc(JSON.stringify({ jsonrpc: '2.0', method: 'thing.add', params: { by: 1 } }));
    expect([silent.status, await silent.text()]).toEqual([204, '']);
    expect(router.partition.total).toBe(4);
    expect(((await (await rpc('{"jsonrpc"')).json()) as { error: { code: number } }).error.code).toBe(-32700);
  });

  it('answers a POST when the partition does, not before', async () => {
    const { router, rpc } = await start();
    router.partition.ticking = true;
    let isAnswered = false;
    const asked = rpc(JSON.stringify(call(1, 'thing.add', { by: 2 }))).finally(() => {
      isAnswered = true;
    });
    await expect.poll(() => router.partition.waiting).toBe(1);
    expect(isAnswered).toBe(false);
    router.partition.tick();
    expect(await (await asked).json()).toMatchObject({ result: { total: 2 } });
  });

  it('refuses a POST without a good token with 401 and the refusal', async () => {
    const { router, rpc } = await start();
    const tokens: [string, string][] = [
      ['', 'token_missing'],
      ['Basic YTpi', 'token_missing'],
      ['Bearer nonsense', 'token_invalid'],
      [`Bearer ${await router.token('anna', -10_000)}`, 'token_expired'],
      [`Bearer ${await router.token('anna', 60_000, 'south')}`, 'tenant_not_found'],
    ];
    for (const [authorization, refusal] of tokens) {
      const response = await rpc(JSON.stringify(call(1, 'thing.add', { by: 2 })), { authorization });
      expect([refusal, response.status]).toEqual([refusal, 401]);
      expect(await response.json()).toMatchObject({ id: null, error: { data: { refusal } } });
      expect(response.headers.get('www-authenticate')).toContain('Bearer');
    }
    expect(router.partition.taken).toHaveLength(0);
  });

  it('refuses pages of foreign origins, for upgrades and for POSTs, and says so', async () => {
    const { router, base, rpc } = await start();
    const upgrade = async (origin: string) => {
      const socket = new WebSocket(router.url, { headers: { origin } });
      sockets.push(socket);
      return Promise.race([
        once(socket, 'open').then(() => 101),
        once(socket, 'unexpected-response').then(([, response]) => {
          (response as http.IncomingMessage).destroy();
          return (response as http.IncomingMessage).statusCode;
        }),
      ]);
    };
    const body = JSON.stringify(call(1, 'session.ping'));
    for (const origin of ['https://evil.example', 'null', 'nonsense', 'https://desk.example.evil.example']) {
      expect([origin, await upgrade(origin)]).toEqual([origin, 403]);
      const refused = await rpc(body, { origin });
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({ error: 'origin_not_allowed', origin });
    }
    for (const origin of ['https://desk.example', 'http://localhost:5173', base]) {
      expect([origin, await upgrade(origin)]).toEqual([origin, 101]);
      expect((await rpc(body, { origin })).status).toBe(200);
    }
  });

  it('survives malformed frames before and after session.open and closes an oversized one with 1009', async () => {
    const { router, socket } = await start();
    const talking = socket();
    await once(talking, 'open');
    const ask = async (text: string) => {
      talking.send(text);
      const [data] = await once(talking, 'message');
      return JSON.parse(`${data}`);
    };
    expect((await ask('{')).error.code).toBe(-32700);
    expect((await ask(JSON.stringify(call(1, 'thing.get', { thingId: 'a' })))).error.data.refusal).toBe(
      'session_not_open',
    );
    const opened = await ask(JSON.stringify(call(2, 'session.open', { token: await router.token() })));
    expect(opened.result.tenant).toBe('north');
    expect((await ask('[[[[')).error.code).toBe(-32700);
    const long = await ask(JSON.stringify(call(3, 'thing.get', { thingId: 'x'.repeat(1_000_000) })));
    expect(long.error.data.refusal).toBe('contact_not_found');
    talking.send('x'.repeat(1_048_577));
    const [code, reason] = await once(talking, 'close');
    expect([code, `${reason}`]).toEqual([1009, 'frame_too_large']);
    await expect.poll(() => router.sessions.connections).toBe(0);
  });
});

describe('the origin check', () => {
  it('lets programs, the same host, localhost and what is configured through, and nobody else', () => {
    const table: [string | undefined, string, boolean][] = [
      [undefined, 'router.example', true],
      ['', 'router.example', true],
      ['https://router.example', 'router.example', true],
      ['https://router.example:8443', 'router.example', false],
      ['http://localhost:1234', 'router.example', true],
      ['http://[::1]:1234', 'router.example', true],
      ['http://localhost.evil.example', 'router.example', false],
      ['https://desk.example', 'router.example', true],
      ['http://desk.example', 'router.example', false],
      ['null', 'router.example', false],
    ];
    const allows = originCheck(['https://desk.example']);
    for (const [origin, host, expected] of table) {
      expect([origin, allows({ host, ...(origin !== undefined && { origin }) })]).toEqual([origin, expected]);
    }
    expect(originCheck(['*'])({ host: 'router.example', origin: 'https://anywhere.example' })).toBe(true);
  });
});

describe('what is written about the transport', () => {
  it('lists every close code with its reason, as the table has them', () => {
    const page = readFileSync(new URL('../../docs/transport.md', import.meta.url), 'utf8');
    const written = [...page.matchAll(/^\| (\d{4}) \| `(\w+)` \| (.+) \|$/gm)].map(([, code, reason, then]) => [
      Number(code),
      reason,
      then,
    ]);
    expect(written).toEqual(Object.values(closeCodes).map((row) => [...row]));
  });

  it('counts sessions, requests and closes for /metrics', async () => {
    const router = new MiniatureRouter();
    await router.start();
    const registry = new Registry();
    registerSessionMetrics(registry, router.sessions, router.router);
    const client = await router.client();
    await client.request('thing.add', { by: 1 });
    const text = await registry.metrics();
    expect(text).toContain('strowger_sessions 1');
    expect(text).toContain('strowger_requests_total 2');
    expect(text).toContain('strowger_notifications_total 1');
    expect(text).toContain('strowger_session_closes_total{reason="slow_reader"} 0');
    client.close();
    await router.stop();
  });
});
