// Platforms asked by a real client over real sockets: what counts as an answer, what is tried again, and where it does not go.

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PlatformAsk } from '../../src/platforms/asking.ts';
import { allowedIn, httpAsker } from '../../src/platforms/http-asker.ts';

let server: Server;
let port: number;
let asked: string[];
let answer: (response: ServerResponse, times: number) => void;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${request.headers['webhook-id']} ${body}`);
      answer(response, asked.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const ask = (
  more: Partial<PlatformAsk> = {},
  asksAt: 'public' | 'any' = 'public',
  within = ['127.0.0.0/8', '10.0.0.0/8'],
) =>
  httpAsker(
    asksAt,
    within,
  )({
    url: `http://127.0.0.1:${port}/callers`,
    headers: { 'webhook-id': 'ask_1' },
    body: '{}',
    attemptMs: 5_000,
    timeoutMs: 20_000,
    networks: ['127.0.0.0/8'],
    bytesMax: 1_000,
    ...more,
  });

test('what is answered comes back whole', async () => {
  answer = (response) => {
    response.writeHead(200).write('{"a"');
    setTimeout(() => response.end(':"ü"}'), 20);
  };
  expect(await ask()).toEqual({ status: 200, body: '{"a":"ü"}' });
  expect(asked).toEqual(['POST /callers ask_1 {}']);
});

test('an error of the platform, a lost connection and silence are tried again within the time', async () => {
  answer = (response, times) => {
    if (times === 1) response.writeHead(503).end();
    else if (times === 2) response.destroy();
    else if (times > 3) response.writeHead(200).end('{}');
  };
  expect(await ask({ attemptMs: 100 })).toEqual({ status: 200, body: '{}' });
  expect(asked).toHaveLength(4);
});

test('what it would say again is not asked again', async () => {
  answer = (response) => response.writeHead(404).end('no');
  expect(await ask()).toEqual({ status: 404, body: '' });
  expect(asked).toHaveLength(1);
});

test('a time that is over is over, in the middle of an attempt', async () => {
  answer = () => {};
  await expect(ask({ timeoutMs: 300 })).rejects.toThrow('no answer in time');
  answer = (response) => response.writeHead(500).end();
  expect(await ask({ timeoutMs: 300 })).toEqual({ status: 500, body: '' });
});

test('a redirect is not followed, wherever it leads', async () => {
  answer = (response) => response.writeHead(307, { location: `http://127.0.0.1:${port}/there` }).end();
  expect(await ask()).toEqual({ status: 307, body: '' });
  expect(asked).toHaveLength(1);
});

test('an answer without end, or that breaks off, is none', async () => {
  answer = (response) => response.writeHead(200).end('x'.repeat(2_000));
  expect(await ask()).toEqual({ status: 200, body: '', isTooLong: true });
  expect(asked).toHaveLength(1);
  answer = (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('x');
    setTimeout(() => response.destroy(), 20);
  };
  await expect(ask({ timeoutMs: 300 })).rejects.toThrow();
});

test('private addresses are not connected to, by number, by name or within another one, but where they are listed', async () => {
  answer = (response) => response.writeHead(200).end('{}');
  for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '0x7f.1', '2130706433', '127.1'])
    await expect(ask({ url: `http://${host}:${port}/`, networks: ['10.0.0.0/8'] }), host).rejects.toThrow(
      'is not a public address',
    );
  expect(asked).toEqual([]);
  // A name is looked up once, and what it means is looked at then.
  expect(await ask({ url: `http://localhost:${port}/`, networks: ['127.0.0.0/8'] })).toMatchObject({ status: 200 });
  expect(await ask({ url: `http://[::ffff:127.0.0.1]:${port}/`, networks: ['127.0.0.0/8'] })).toMatchObject({
    status: 200,
  });
  expect(await ask({ networks: [] }, 'any')).toMatchObject({ status: 200 });
});

test('what a tenant lists is not connected to where whoever runs the router does not let it', async () => {
  answer = (response) => response.writeHead(200).end('{}');
  await expect(ask({}, 'public', [])).rejects.toThrow('nor in a network that the platform lists and the setting');
  await expect(ask({}, 'public', ['127.0.0.2/32'])).rejects.toThrow('is not a public address');
  expect(asked).toEqual([]);
  expect(await ask({}, 'public', ['127.0.0.1/32'])).toMatchObject({ status: 200 });
});

test('a network is what is in it', () => {
  const allowed = allowedIn(['10.1.0.0/16', 'fd12::/16', '10.9.0.0/16'], ['10.0.0.0/13', 'fd00::/8']);
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '8.8.8.8'])
    expect(allowed(address), address).toBe(true);
  for (const address of ['10.2.0.1', '10.9.0.1', '169.254.169.254', 'fd13::1', '::1', '::ffff:10.2.0.1'])
    expect(allowed(address), address).toBe(false);
});
