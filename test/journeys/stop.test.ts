// SIGTERM to a router in a process of its own: it takes no more, finishes what it has taken, says goodbye and ends.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { lastingPort, RouterProcess, temporaryFolder } from './router-harness.ts';

let router: RouterProcess;
beforeAll(async () => {
  router = await new RouterProcess({ folder: temporaryFolder(), port: await lastingPort() }).listening();
});
afterAll(() => router?.close());

test('every request that was taken is answered, then sessions are closed with a reason, and all of it is there again', async () => {
  await router.rpc('admin', 'boss', 'queue.set', { queueId: 'sales', channels: ['voice'] });
  const socket = await router.openSocket('switch', 'sw1');
  const idle = await router.openSocket('agent', 'ann');
  // Apart from the ids that the socket gave itself.
  for (let id = 1_001; id <= 1_400; id++) {
    const params = { contactId: `c${id}`, queueId: 'sales', channel: 'voice' };
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'contact.create', params }));
  }
  // What has been answered shows that the rest is on its way.
  await socket.receive();
  const exit = router.kill('SIGTERM');
  expect(await socket.end()).toEqual({ code: 1001, reason: 'router_stopping' });
  expect(await idle.end()).toEqual({ code: 1001, reason: 'router_stopping' });
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(router.stderr).toBe('');
  await expect(router.socket()).rejects.toThrow('ECONNREFUSED');

  const answers = socket.frames.filter((frame) => 'id' in frame && !('method' in frame)) as {
    id: number;
    result?: object;
    error?: { data: object };
  }[];
  const taken = answers.filter(({ id, result }) => id > 1_000 && result !== undefined).map(({ id }) => `c${id}`);
  const turnedAway = answers.filter(({ error }) => error !== undefined);
  for (const { error } of turnedAway) expect(error?.data).toMatchObject({ refusal: 'not_ready' });
  expect(taken.length).toBeGreaterThan(0);

  router = await new RouterProcess(router.settings).listening();
  const back = await router.open('switch', 'sw1');
  const listed = (await back.call('contact.list', { limit: 1_000 })).contacts.map(({ contactId }) => contactId);
  expect(listed).toEqual(taken);
});

test('nobody listens any more when sessions are closed, so that who comes back is not refused there', async () => {
  const socket = await router.openSocket('switch', 'sw2');
  const exit = router.kill('SIGTERM');
  await socket.end();
  await expect(fetch(`${router.http}/health`)).rejects.toThrow();
  expect((await exit).code).toBe(0);
  router = await new RouterProcess(router.settings).listening();
  await expect.poll(async () => (await fetch(`${router.http}/ready`)).status).toBe(200);
});
