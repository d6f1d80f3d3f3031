// Bad input, as tables: each gets a clear error that says what and where, and afterwards everything works as before.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchRequestsMax, frameBytesMax } from '../../src/limits.ts';
import { transports } from '../transport/loadable-transports.ts';
import { Floor } from './floor.ts';
import type { PlainSocket } from './plain-socket.ts';
import { JourneyRouter, tokenFor } from './router-harness.ts';

const routers = new Map<string, JourneyRouter>();
const floors = new Map<string, Floor>();
beforeAll(async () => {
  for (const transport of transports) {
    const router = await JourneyRouter.start({ transport });
    routers.set(transport, router);
    const floor = await Floor.of(router);
    floors.set(transport, floor);
    await floor.queue('sales');
  }
});
afterAll(async () => {
  for (const router of routers.values()) await router.close();
});

type Members = Readonly<Record<string, unknown>>;

const rpc = (more: Members): string => JSON.stringify({ jsonrpc: '2.0', id: 7, ...more });

/** name, frame, id of the answer, code, what its message says */
const frames: [string, string, number | null, number, RegExp][] = [
  ['no JSON', '{"jsonrpc": "2.0", "id": 7,', null, -32700, /no JSON/],
  ['nothing', '', null, -32700, /no JSON/],
  ['a number', '42', null, -32600, /an object/],
  ['null', 'null', null, -32600, /an object/],
  ['an empty batch', '[]', null, -32600, /at least one/],
  ['another version of JSON-RPC', '{"jsonrpc":"1.0","id":7,"method":"queue.list"}', 7, -32600, /"jsonrpc"/],
  ['no method', rpc({}), 7, -32600, /"method"/],
  ['a method that is no text', rpc({ method: 5 }), 7, -32600, /"method"/],
  ['parameters that are no object', rpc({ method: 'queue.list', params: 'all' }), 7, -32600, /"params"/],
  ['parameters by position', rpc({ method: 'queue.list', params: [1] }), 7, -32602, /object/],
  ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"queue.list"}', null, -32600, /id is a string/],
  ['an unknown method', rpc({ method: 'queue.destroy', params: {} }), 7, -32601, /no method queue\.destroy/],
  ['a method of Object', rpc({ method: '__proto__', params: {} }), 7, -32601, /no method/],
  ['another method of Object', rpc({ method: 'constructor', params: {} }), 7, -32601, /no method/],
];

/** name, method, parameters, path of what is wrong */
const wrong: [string, string, Members, string][] = [
  ['an unknown parameter', 'queue.get', { queueId: 'sales', colour: 'red' }, '/colour'],
  ['a missing one', 'queue.get', {}, '/queueId'],
  ['a number for a text', 'queue.get', { queueId: 5 }, '/queueId'],
  ['a text for a number', 'queue.set', { queueId: 'sales', channels: ['voice'], offerMs: '20' }, '/offerMs'],
  ['a number out of bounds', 'queue.set', { queueId: 'sales', channels: ['voice'], offerMs: 0 }, '/offerMs'],
  ['a fraction', 'queue.set', { queueId: 'sales', channels: ['voice'], offerMs: 1.5 }, '/offerMs'],
  ['a word that is none', 'queue.set', { queueId: 'sales', channels: ['voice'], select: 'random' }, '/select'],
  ['no channel', 'queue.set', { queueId: 'sales', channels: [] }, '/channels'],
  ['a channel twice', 'queue.set', { queueId: 'sales', channels: ['voice', 'voice'] }, '/channels'],
  ['a channel called total', 'queue.set', { queueId: 'sales', channels: ['total'] }, '/channels/0'],
  [
    'an unknown member within',
    'queue.set',
    { queueId: 'sales', channels: ['voice'], direct: { waitMs: 1, orElse: 'end', x: 1 } },
    '/direct/x',
  ],
  [
    'a level above ten',
    'agent.set',
    { agentId: 'a', capacity: { voice: 1 }, skills: { english: 11 } },
    '/skills/english',
  ],
  [
    'a skill with a space',
    'agent.set',
    { agentId: 'a', capacity: { voice: 1 }, skills: { 'good english': 1 } },
    '/skills/good english',
  ],
  ['half a character in a name', 'agent.set', { agentId: 'a', capacity: { voice: 1 }, name: '\ud800' }, '/name'],
  ['a control character', 'agent.set', { agentId: 'a', capacity: { voice: 1 }, name: 'a\u0000b' }, '/name'],
  ['too long a text', 'agent.set', { agentId: 'a', capacity: { voice: 1 }, name: 'x'.repeat(257) }, '/name'],
  [
    'attributes that are too large',
    'agent.set',
    { agentId: 'a', capacity: { voice: 1 }, attributes: { x: 'y'.repeat(20_000) } },
    '/attributes',
  ],
  [
    'attributes that are too deep',
    'agent.set',
    { agentId: 'a', capacity: { voice: 1 }, attributes: deep(50) },
    '/attributes',
  ],
  ['neither of two', 'customer.get', {}, '/customerId'],
  ['both of two', 'customer.get', { customerId: 'c1', identity: { scheme: 'tel', value: '1' } }, '/identity'],
  ['a page of nothing', 'queue.list', { limit: 0 }, '/limit'],
  ['a page that is too long', 'queue.list', { limit: 100_000 }, '/limit'],
];

function deep(levels: number): Members {
  return levels === 0 ? {} : { inner: deep(levels - 1) };
}

const strange = ['', ' ', 'a b', 'a/b', '../x', 'ü', '日本', '\u202e', 'a\n', '"', '%', '__proto__/x', 'x'.repeat(129)];
const proper = [
  'a',
  'x'.repeat(128),
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '0',
  '-1',
  '.',
  '..',
  'A:b@c+d-e_f.g',
];

describe.each(transports)('over %s', (transport) => {
  const router = () => routers.get(transport)!;
  const floor = () => floors.get(transport)!;

  /** The session goes on, and nothing has changed. */
  async function stillWorks(socket: PlainSocket): Promise<void> {
    const { result } = await socket.call('queue.list');
    expect(result).toMatchObject({ queues: [{ queueId: 'sales', channels: ['voice'], offerMs: 20_000 }] });
  }

  test.each(frames)('%s', async (_, frame, id, code, says) => {
    const socket = await router().openSocket('admin', 'boss');
    socket.send(frame);
    const answer = (await socket.receive()) as { id: unknown; error: { code: number; message: string } };
    expect([answer.id, answer.error.code]).toEqual([id, code]);
    expect(answer.error.message).toMatch(says);
    await stillWorks(socket);
  });

  test('wrong parameters, each named by its path', async () => {
    const socket = await router().openSocket('admin', 'boss');
    for (const [name, method, params, path] of wrong) {
      const { error } = (await socket.call(method, params)) as {
        error?: { code: number; data: { path: string; why: string } };
      };
      expect([name, error?.code, error?.data.path]).toEqual([name, -32602, path]);
      expect(error?.data.why).toMatch(/\w/);
    }
    await stillWorks(socket);
  });

  test('a batch of all sorts gets an answer for each', async () => {
    const socket = await router().openSocket('admin', 'boss');
    socket.send(
      `[${rpc({ method: 'queue.get', params: { queueId: 'sales' } })}, 5, ${rpc({ id: 8, method: 'nothing' })}, {"jsonrpc":"2.0","method":"queue.list"}]`,
    );
    const answers = (await socket.receive()) as { id: unknown; result?: unknown; error?: { code: number } }[];
    expect(answers).toHaveLength(3);
    expect(answers.find(({ id }) => id === 7)).toMatchObject({ result: { queueId: 'sales' } });
    expect(answers.find(({ id }) => id === null)).toMatchObject({ error: { code: -32600 } });
    expect(answers.find(({ id }) => id === 8)).toMatchObject({ error: { code: -32601 } });
    await stillWorks(socket);
  });

  test('a batch that is too long is refused as a whole', async () => {
    const socket = await router().openSocket('admin', 'boss');
    const many = Array.from({ length: batchRequestsMax + 1 }, (_, id) => ({
      jsonrpc: '2.0',
      id,
      method: 'session.ping',
    }));
    socket.send(JSON.stringify(many));
    expect(await socket.receive()).toMatchObject({ error: { data: { refusal: 'too_large', max: batchRequestsMax } } });
    await stillWorks(socket);
  });

  test('an oversized frame closes its connection with a reason, and no other', async () => {
    const [socket, other] = [await router().openSocket('admin', 'boss'), await router().openSocket('admin', 'boss')];
    socket.send(rpc({ method: 'queue.get', params: { queueId: 'x'.repeat(frameBytesMax) } }));
    expect(await socket.end()).toEqual({ code: 1009, reason: 'frame_too_large' });
    await stillWorks(other);
  });

  test('a binary frame closes its connection with a reason', async () => {
    const socket = await router().openSocket('admin', 'boss');
    socket.send(randomBytes(100));
    expect(await socket.end()).toEqual({ code: 1003, reason: 'binary_frames_are_not_understood' });
  });

  test('anything before session.open is refused, and the session can be opened afterwards', async () => {
    const socket = await router().socket();
    for (const method of ['queue.list', 'contact.create', 'session.ping', 'no.such']) {
      expect(await socket.call(method)).toMatchObject({ error: { data: { refusal: 'session_not_open' } } });
    }
    socket.send('garbage');
    expect(await socket.receive()).toMatchObject({ error: { code: -32700 } });
    expect(await socket.call('session.open', { token: await tokenFor('admin', 'boss') })).toHaveProperty('result');
    await stillWorks(socket);
  });

  test('tokens that are expired, foreign, forged or odd open nothing', async () => {
    const socket = await router().socket();
    const good = await tokenFor('admin', 'boss');
    const [head, body, signature] = good.split('.');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
    for (const [token, refusal] of [
      [undefined, 'token_missing'],
      ['abc', 'token_invalid'],
      [`${head}.${body}.${signature!.slice(0, -4)}AAAA`, 'token_invalid'],
      [unsigned, 'token_invalid'],
      ['x'.repeat(4_096), 'token_invalid'],
      [await tokenFor('admin', 'boss', { ttlMs: -1_000 }), 'token_expired'],
      [await tokenFor('admin', 'boss', { tenant: 'foreign' }), 'tenant_not_found'],
      [await tokenFor('admin', 'boss', { secret: Buffer.alloc(32, 'somebody else ') }), 'token_invalid'],
      [await tokenFor('root' as never, 'boss'), 'token_invalid'],
      [await tokenFor('admin', 'a b'), 'token_invalid'],
      [await tokenFor('admin', 'x'.repeat(129)), 'token_invalid'],
    ] as const) {
      const answer = (await socket.call('session.open', { token })) as { error?: { data: { refusal?: string } } };
      expect([token?.slice(0, 30), answer.error?.data.refusal]).toEqual([token?.slice(0, 30), refusal]);
    }
    expect(await socket.call('session.open', { token: good })).toHaveProperty('result');
  });

  test('a page of a foreign origin may not connect', async () => {
    const evil = { origin: 'https://evil.example' };
    await expect(router().socket(evil)).rejects.toThrow('403');
    expect((await router().post('{}', evil)).status).toBe(403);
    await (await router().socket({ origin: 'http://localhost:3000' })).call('session.ping');
  });

  test('ids that are none are refused, by their path', async () => {
    const socket = await router().openSocket('switch', 'sw-strange');
    for (const contactId of strange) {
      const { error } = (await socket.call('contact.create', { contactId, queueId: 'sales', channel: 'voice' })) as {
        error?: { code: number; data: { path: string } };
      };
      expect([contactId, error?.code, error?.data.path]).toEqual([contactId, -32602, '/contactId']);
    }
    expect((await socket.call('contact.list')).result).toEqual({ contacts: [] });
  });

  test('ids that only look strange are ids like others', async () => {
    const sw = await router().open('switch', 'sw-proper');
    for (const contactId of proper) {
      await sw.call('contact.create', { contactId, queueId: 'sales', channel: 'voice', attributes: { contactId } });
    }
    for (const contactId of proper) {
      expect(await sw.call('contact.get', { contactId })).toMatchObject({ contactId, attributes: { contactId } });
      await sw.call('contact.cancel', { contactId });
    }
    const ended = await sw.call('contact.list', { state: 'ended' });
    expect(ended.contacts.map(({ contactId }) => contactId)).toEqual(proper);
    const { admin } = floor();
    for (const agentId of ['__proto__', 'constructor']) {
      await admin.call('agent.set', {
        agentId,
        capacity: { voice: 1 },
        skills: { constructor: 3, toString: 4 } as never,
      });
      const agent = await router().open('agent', agentId);
      expect((await agent.call('agent.login', {})).lines).toMatchObject([{ lineId: `${agentId}.voice.1` }]);
      expect(await admin.call('agent.get', { agentId })).toMatchObject({ skills: { constructor: 3, toString: 4 } });
      await agent.call('agent.logout', { when: 'now' });
      await admin.call('agent.remove', { agentId });
    }
  });

  test('members called __proto__ reach nothing', async () => {
    const socket = await router().openSocket('admin', 'boss');
    socket.send(
      '{"jsonrpc":"2.0","id":1,"method":"agent.set","params":{"agentId":"p","capacity":{"voice":1},"skills":{"__proto__":5}}}',
    );
    expect(await socket.receive()).toMatchObject({ error: { code: -32602 } });
    socket.send(
      '{"jsonrpc":"2.0","id":2,"method":"agent.set","params":{"agentId":"p","capacity":{"voice":1},"attributes":{"__proto__":{"polluted":1}}}}',
    );
    expect(await socket.receive()).toMatchObject({ error: { code: -32602, data: { path: '/attributes' } } });
    socket.send('{"jsonrpc":"2.0","id":3,"method":"queue.list","params":{"__proto__":{"limit":1}}}');
    expect(await socket.receive()).toMatchObject({ id: 3 });
    expect(({} as Members).polluted).toBeUndefined();
    await stillWorks(socket);
  });

  test('answers to questions that were never asked, and noise, are taken calmly', async () => {
    const socket = await router().openSocket('admin', 'boss');
    socket.send(rpc({ id: 'never-asked', result: {} }));
    socket.send(rpc({ id: 99, error: { code: 1, message: 'x' } }));
    socket.send(rpc({ id: 'ping', result: { strange: [1] } }));
    await stillWorks(socket);
  });
});
