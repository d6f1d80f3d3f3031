// Webhooks from a real router to a real HTTP server that is slow, fails, and is away while the router starts again: everything that
// finished arrives at least once, signed, under an id of its own.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JourneyRouter, lastingPort, sleep } from './router-harness.ts';

const key = Buffer.alloc(24, 'a key for webhooks');

interface Heard {
  readonly id: string;
  readonly contactId: string;
}

let server: Server;
let router: JourneyRouter;
let heard: Heard[];
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  heard = [];
  answer = (response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = request.headers;
      const expected = `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
      if (!timingSafeEqual(Buffer.from(String(signature)), Buffer.from(expected)))
        return void response.writeHead(401).end();
      heard.push({ id: String(id), contactId: JSON.parse(body).data.contactId });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  router = await JourneyRouter.start({ webhooksTo: 'any', port: await lastingPort() });
  await admin('queue.set', { queueId: 'sales', channels: ['voice'] });
  await admin('webhook.set', {
    webhookId: 'crm',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    events: ['contact.finished'],
    secret: `whsec_${key.toString('base64')}`,
  });
});

afterEach(async () => {
  await router.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function admin(method: string, params: object): Promise<Record<string, unknown>> {
  const { result, error } = await router.rpc('admin', 'root', method, params);
  if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
  return result as unknown as Record<string, unknown>;
}

async function finish(contactId: string): Promise<void> {
  await router.rpc('app', 'crm', 'contact.create', { contactId, channel: 'voice', queueId: 'sales' });
  await router.rpc('app', 'crm', 'contact.cancel', { contactId });
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await holds()); await sleep(20))
    if (Date.now() > deadline) throw new Error(`it has not come: ${JSON.stringify(heard)}`);
}

const idsOf = (contactId: string) => heard.filter((one) => one.contactId === contactId).map(({ id }) => id);

/** On a connection of its own: one that is kept for further requests would still be the router's that has stopped. */
async function waiting(): Promise<unknown> {
  const party = await router.open('admin', 'looks');
  const { waiting: count } = await party.client.call('webhook.get', { webhookId: 'crm' });
  party.close();
  return count;
}

test('each finished contact arrives once where all is well', async () => {
  for (const contactId of ['one', 'two', 'three']) await finish(contactId);
  await until(async () => (await waiting()) === 0);
  expect(heard.map(({ contactId }) => contactId).sort()).toEqual(['one', 'three', 'two']);
  expect(new Set(heard.map(({ id }) => id)).size).toBe(3);
});

test('an address that fails is asked again under the same id, and others go on meanwhile', {
  timeout: 40_000,
}, async () => {
  let failures = 0;
  answer = (response) => response.writeHead(heard.at(-1)!.contactId === 'one' && failures++ === 0 ? 500 : 200).end();
  await finish('one');
  await until(() => failures === 1);
  await finish('two');
  await until(() => idsOf('two').length === 1);
  await until(() => idsOf('one').length === 2);
  expect(new Set(idsOf('one')).size).toBe(1);
  await until(async () => (await waiting()) === 0);
});

test('what hangs while the router stops is posted again by the one that starts', { timeout: 40_000 }, async () => {
  answer = () => {};
  await finish('one');
  await until(() => idsOf('one').length === 1);
  await router.stop();
  answer = (response) => response.writeHead(200).end();
  await router.startAgain();
  await until(() => idsOf('one').length === 2);
  expect(new Set(idsOf('one')).size).toBe(1);
  await until(async () => (await waiting()) === 0);
});

test('what was answered late, after the router had stopped, is posted again', { timeout: 40_000 }, async () => {
  const late: ServerResponse[] = [];
  answer = (response) => late.push(response);
  await finish('one');
  await until(() => late.length === 1);
  await router.stop();
  late[0]!.writeHead(200).end();
  answer = (response) => response.writeHead(200).end();
  await router.startAgain();
  await until(async () => (await waiting()) === 0);
  expect(idsOf('one')).toEqual([idsOf('one')[0], idsOf('one')[0]]);
});
