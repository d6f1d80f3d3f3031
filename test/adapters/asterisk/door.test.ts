// The door for Asterisk and a connection behind it, over real sockets: who is let in, and how requests end.

import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  type AriConnection,
  AriGoneError,
  AriRefusedError,
} from '../../../src/adapters/asterisk/ari/ari-connection.ts';
import { AriDoor } from '../../../src/adapters/asterisk/ari/ari-door.ts';
import { SystemClock } from '../../../src/engine/clock.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open() {
  const why: string[] = [];
  const connections: AriConnection[] = [];
  const door = await AriDoor.open({
    host: '127.0.0.1',
    port: 0,
    path: '/asterisk',
    user: 'asterisk',
    password: 'secret',
    clock: new SystemClock(),
    connected: (connection) => connections.push(connection),
    turnedAway: (text) => why.push(text),
  });
  cleanUps.push(() => door.close());
  return { door, why, connections };
}

interface Knock {
  readonly path?: string;
  readonly credentials?: string;
  readonly protocol?: string;
}

/** The status with which it is turned away, or the socket. */
function knock(
  port: number,
  { path = '/asterisk', credentials, protocol = 'ari' }: Knock,
): Promise<number | WebSocket> {
  const authorization = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol === '' ? [] : [protocol], {
    perMessageDeflate: false,
    headers: authorization === undefined ? {} : { authorization },
  });
  cleanUps.push(() => socket.terminate());
  return new Promise((resolve) => {
    socket.on('error', () => {});
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.once('open', () => resolve(socket));
  });
}

describe('the door', () => {
  test.each([
    [{ credentials: 'asterisk:secret', path: '/other' }, 404, 'the path /other; the settings say /asterisk'],
    [{}, 401, 'no username and password'],
    [{ credentials: 'asterisk:wrong' }, 401, 'another username or password'],
    [{ credentials: 'asterisk:secret', protocol: 'media' }, 400, 'did not ask for the protocol ari'],
  ])('%j is answered %i: %s', async (as, status, reason) => {
    const { door, why, connections } = await open();
    expect(await knock(door.port, as)).toBe(status);
    expect(await knock(door.port, as)).toBe(status);
    expect(why).toEqual([expect.stringContaining(reason)]);
    expect(connections).toEqual([]);
  });

  test('lets in who has the password, and lets nobody stay when it closes', async () => {
    const { door, why, connections } = await open();
    const socket = (await knock(door.port, { credentials: 'asterisk:secret' })) as WebSocket;
    expect(socket.protocol).toBe('ari');
    expect([why.length, connections.length]).toEqual([0, 1]);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await door.close();
    await closed;
    expect(connections[0]?.isOver).toBe(true);
  });
});

describe('a connection', () => {
  async function connected() {
    const { door, connections } = await open();
    const asterisk = (await knock(door.port, { credentials: 'asterisk:secret' })) as WebSocket;
    const [ari] = connections as [AriConnection];
    return { asterisk, ari };
  }

  test('tells events in order, also those from before anybody listened, and acknowledges them', async () => {
    const { asterisk, ari } = await connected();
    const acknowledged = new Promise((resolve) => asterisk.once('pong', resolve));
    asterisk.send('{"type":"ApplicationRegistered"}');
    await acknowledged;
    const heard: string[] = [];
    ari.listen({ event: ({ type }) => heard.push(type), gone: (why) => heard.push(why) });
    asterisk.send('{"type":"StasisStart"}');
    asterisk.send('{"type":"StasisEnd"}');
    await expect.poll(() => heard).toEqual(['ApplicationRegistered', 'StasisStart', 'StasisEnd']);
  });

  test('ends each request with its own answer, a refusal of Asterisk, or the end of the connection', async () => {
    const { asterisk, ari } = await connected();
    const asked: { request_id: string; uri: string }[] = [];
    asterisk.on('message', (text) => asked.push(JSON.parse(String(text))));
    const [channels, none, never] = [
      ari.request('GET', 'channels'),
      ari.request('GET', 'channels/none'),
      ari.request('GET', 'bridges'),
    ];
    await expect.poll(() => asked.length).toBe(3);
    const answer = (uri: string, status_code: number, message_body: string) => {
      const { request_id } = asked.find((one) => one.uri === uri)!;
      asterisk.send(JSON.stringify({ type: 'RESTResponse', request_id, status_code, message_body }));
    };
    answer('channels/none', 404, '{"message":"Channel not found"}');
    answer('channels', 200, '[]');
    expect(await channels).toEqual([]);
    await expect(none).rejects.toThrow(AriRefusedError);
    await expect(none).rejects.toThrow('GET channels/none: 404 Channel not found');
    asterisk.terminate();
    await expect(never).rejects.toThrow(AriGoneError);
    await expect(ari.request('GET', 'channels')).rejects.toThrow(AriGoneError);
  });

  test('is over when what comes is not of ARI', async () => {
    const { asterisk, ari } = await connected();
    const why: string[] = [];
    ari.listen({ event: () => {}, gone: (reason) => why.push(reason) });
    asterisk.send('hello');
    await expect.poll(() => why).toEqual(['what came is not of ARI']);
  });
});
