// The poster against a real HTTP server: what counts as an answer, and where it does not go.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { httpPoster, isPublic } from '../../src/webhooks/http-poster.ts';

let server: Server;
let port: number;
let paths: string[];

beforeEach(async () => {
  paths = [];
  server = createServer((request, response) => {
    paths.push(request.url ?? '');
    if (request.url === '/hangs') return;
    if (request.url === '/breaks') return void request.socket.destroy();
    if (request.url === '/moved')
      return void response.writeHead(302, { location: `http://127.0.0.1:${port}/there` }).end();
    if (request.url === '/endless') {
      response.writeHead(200).write('x');
      return;
    }
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () =>
      response.writeHead(body === 'hello' && request.headers['webhook-id'] === 'm' ? 200 : 400).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const post = (path: string, timeoutMs = 5_000) =>
  httpPoster('any')({
    url: `http://127.0.0.1:${port}${path}`,
    headers: { 'webhook-id': 'm' },
    body: 'hello',
    timeoutMs,
  });

test('the status is the answer, whatever else is sent', async () => {
  expect(await post('/ok')).toEqual({ status: 200 });
  expect(await post('/endless')).toEqual({ status: 200 });
});

test('a redirect is an answer and not followed', async () => {
  expect(await post('/moved')).toEqual({ status: 302 });
  expect(paths).toEqual(['/moved']);
});

test('no answer in time, a broken connection and nobody there are told as what they are', async () => {
  await expect(post('/hangs', 100)).rejects.toThrow('no answer within 0.1 s');
  await expect(post('/breaks')).rejects.toThrow('socket hang up');
  const nobody = httpPoster('any')({ url: 'http://127.0.0.1:1/', headers: {}, body: '', timeoutMs: 5_000 });
  await expect(nobody).rejects.toThrow('ECONNREFUSED');
});

test('addresses that are not public are not connected to, by number or by name', async () => {
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0x7f.1', '10.0.0.8'])
    await expect(
      httpPoster('public')({ url: `http://${host}:${port}/ok`, headers: {}, body: '', timeoutMs: 5_000 }),
      host,
    ).rejects.toThrow('is not a public address');
  expect(paths).toEqual([]);
  for (const address of [
    ...['192.168.1.1', '172.31.0.1', '169.254.169.254', '100.64.0.1', 'fd00::1', 'fe80::1', '::'],
    // An address of version 4 within one of version 6, however it is written.
    ...['::127.0.0.1', '::ffff:127.0.0.1', '::ffff:0:127.0.0.1', '64:ff9b::10.0.0.1', '64:ff9b:1::10.0.0.1'],
    ...['2002:7f00:1::', '2001::1', 'fec0::1', 'fe80::1%lo', '3fff::1', '4000::1'],
  ])
    expect(isPublic(address), address).toBe(false);
  for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])
    expect(isPublic(address), address).toBe(true);
});
