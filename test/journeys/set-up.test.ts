// Setting up, over WebSocket and over HTTP: documents there and back, and what the router says of itself.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { methodNames } from '../../src/protocol/methods.ts';
import { Floor } from './floor.ts';
import { JourneyRouter, tokenFor } from './router-harness.ts';

let router: JourneyRouter;
let floor: Floor;
beforeAll(async () => {
  router = await JourneyRouter.start({ tenants: ['acme', 'empty', 'broken'] });
  floor = await Floor.of(router);
});
afterAll(() => router?.close());

const document = {
  version: 1 as const,
  tenant: { name: 'Acme', linesPerSeatMax: 6 },
  queues: [
    { queueId: 'doc-a', channels: ['voice', 'chat'], wrapUpMs: 1000, serviceLevel: { percent: 90, withinMs: 10_000 } },
    {
      queueId: 'doc-b',
      channels: ['voice'],
      order: 'firstCome' as const,
      direct: { waitMs: 1, orElse: 'end' as const },
    },
  ],
  agents: [
    {
      agentId: 'doc-1',
      name: 'Änn Ö',
      skills: { english: 5 },
      capacity: { voice: 1, chat: 3, total: 3 },
      queues: ['doc-a'],
    },
    { agentId: 'doc-2', capacity: { voice: 1 }, attributes: { desk: [1, { room: 'B' }] } },
  ],
};

describe('a configuration document', () => {
  test('makes everything so, and what is exported makes another tenant the same', async () => {
    const dry = await floor.admin.call('config.apply', { document, dryRun: true });
    expect(dry.created.map(({ id }) => id)).toEqual(['doc-a', 'doc-b', 'doc-1', 'doc-2']);
    expect((await floor.admin.call('queue.list', {})).queues).toEqual([]);
    const applied = await floor.admin.call('config.apply', { document });
    expect(applied).toEqual(dry);
    const exported = await floor.admin.call('config.export', {});
    expect(exported.document).toMatchObject({ ...document, complete: true });
    const again = await floor.admin.call('config.apply', { document: exported.document });
    expect(again).toMatchObject({ created: [], changed: [], removed: [] });

    const empty = await router.open('admin', 'boss', { tenant: 'empty' });
    await empty.call('config.apply', { document: exported.document });
    expect(await empty.call('config.export', {})).toEqual(exported);
  });

  test('names switches, webhooks and alerts, too, and gives no secret away', async () => {
    const crm = { webhookId: 'crm', url: 'https://crm.example/hook', events: ['contact.finished' as const] };
    const secret = `whsec_${Buffer.alloc(32, 's').toString('base64')}`;
    const rest = {
      switches: [{ switchId: 'pbx', graceMs: 5_000 }],
      alerts: [{ alertId: 'long', queueId: 'doc-a', measure: 'longestWaitMs' as const, above: 60_000 }],
    };
    const { admin } = floor;
    const applied = await admin.call('config.apply', {
      document: { version: 1, ...rest, webhooks: [{ ...crm, secret }] },
    });
    expect(applied.created.map(({ kind, id }) => `${kind} ${id}`).sort()).toEqual([
      'alert long',
      'switch pbx',
      'webhook crm',
    ]);
    const { document: exported } = await admin.call('config.export', {});
    // All that a switch is set to is said, what was left at its default, too. The floor's own is there as well: it made itself known.
    const switches = expect.arrayContaining([{ switchId: 'pbx', graceMs: 5_000, weight: 1 }]);
    expect(exported).toMatchObject({ ...document, ...rest, switches, webhooks: [crm] });
    expect(JSON.stringify(exported)).not.toContain('whsec_');
    expect(await admin.call('config.apply', { document: exported })).toMatchObject({ created: [], changed: [] });
    const elsewhere = await router.open('admin', 'boss', { tenant: 'broken' });
    const error = await elsewhere.error('config.apply', { document: exported });
    expect(error).toMatchObject({ refusal: 'webhook_has_no_secret', data: { webhookId: 'crm' } });
  });

  test('changes what is otherwise, and removes only where it is complete', async () => {
    const admin = await router.open('admin', 'boss', { tenant: 'empty' });
    const [first] = document.agents;
    const partial = { version: 1 as const, agents: [{ ...first!, skills: { english: 6 } }] };
    expect(await admin.call('config.apply', { document: partial })).toMatchObject({
      created: [],
      changed: [{ kind: 'agent', id: 'doc-1' }],
      removed: [],
    });
    const complete = { ...document, complete: true, agents: [{ ...first! }] };
    expect(await admin.call('config.apply', { document: complete })).toMatchObject({
      changed: [{ kind: 'agent', id: 'doc-1' }],
      removed: [
        { kind: 'agent', id: 'doc-2' },
        { kind: 'switch', id: 'sw1' },
      ],
      unchanged: 2,
    });
  });

  test('that is refused changes nothing at all', async () => {
    const admin = await router.open('admin', 'boss', { tenant: 'broken' });
    const queues = [{ queueId: 'q', channels: ['voice'] }];
    const agents = [{ agentId: 'a', capacity: { voice: 1 }, queues: ['nowhere'] }];
    const error = await admin.error('config.apply', { document: { version: 1, queues, agents } });
    expect(error).toMatchObject({ refusal: 'queue_not_found', data: { queueId: 'nowhere' } });
    expect((await admin.call('queue.list', {})).queues).toEqual([]);
    const wrong = await admin.error('config.apply', { document: { version: 2, queues } });
    expect(wrong).toMatchObject({ code: -32602, data: { path: '/document/version' } });
    const agentTwice = [
      { agentId: 'a', capacity: { voice: 1 } },
      { agentId: 'a', capacity: { voice: 2 } },
    ];
    expect(await admin.refusal('config.apply', { document: { version: 1, queues, agents: agentTwice } })).toBeDefined();
    expect((await admin.call('config.export', {})).document).toMatchObject({ queues: [], agents: [] });
  });
});

describe('over HTTP', () => {
  test('the router says that it lives, is ready, counts, and describes itself', async () => {
    expect(await (await fetch(`${router.http}/health`)).json()).toEqual({ status: 'alive' });
    const ready = await fetch(`${router.http}/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
    const metrics = await (await fetch(`${router.http}/metrics`)).text();
    expect(metrics).toMatch(/^strowger_\w+/m);
    expect(metrics).toMatch(/^process_cpu_seconds_total/m);
    const openRpc = (await (await fetch(`${router.http}/openrpc.json`)).json()) as {
      openrpc: string;
      methods: { name: string }[];
    };
    expect(openRpc.openrpc).toMatch(/^1\./);
    expect(openRpc.methods.map(({ name }) => name)).toEqual(expect.arrayContaining([...methodNames]));
    expect(await floor.admin.client.request('rpc.discover', {})).toEqual(openRpc);
  });

  test('requests and batches are answered as over a WebSocket, when they are durable', async () => {
    const authorization = `Bearer ${await tokenFor('admin', 'boss')}`;
    const request = (id: number, method: string, params: object) => ({ jsonrpc: '2.0', id, method, params });
    const single = await router.post(JSON.stringify(request(1, 'queue.set', { queueId: 'http', channels: ['chat'] })), {
      authorization,
    });
    expect(await single.json()).toMatchObject({ id: 1, result: { queueId: 'http', channels: ['chat'] } });
    const batch = [request(2, 'queue.get', { queueId: 'http' }), request(3, 'queue.get', { queueId: 'none' })];
    const both = (await (await router.post(JSON.stringify(batch), { authorization })).json()) as { id: number }[];
    expect(both.find(({ id }) => id === 2)).toMatchObject({ result: { queueId: 'http' } });
    expect(both.find(({ id }) => id === 3)).toMatchObject({ error: { data: { refusal: 'queue_not_found' } } });
    const silent = await router.post(
      JSON.stringify({ jsonrpc: '2.0', method: 'queue.remove', params: { queueId: 'http' } }),
      { authorization },
    );
    expect([silent.status, await silent.text()]).toEqual([204, '']);
    expect(await floor.admin.refusal('queue.get', { queueId: 'http' })).toBe('queue_not_found');
  });

  test('without a good token nothing is answered but why', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'queue.list', params: {} });
    for (const [header, refusal] of [
      [{}, 'token_missing'],
      [{ authorization: 'Bearer abc' }, 'token_invalid'],
      [{ authorization: `Bearer ${await tokenFor('admin', 'x', { ttlMs: -1_000 })}` }, 'token_expired'],
      [{ authorization: `Bearer ${await tokenFor('admin', 'x', { tenant: 'nobody' })}` }, 'tenant_not_found'],
    ] as const) {
      const response = await router.post(body, header);
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ error: { data: { refusal } } });
    }
  });
});
