// The promises of src/transport/transport.ts, checked alike against every implementation. Each case gets a server of
// its own on a free port and records what its handlers saw.

import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { readTlsPair, TlsError, type TlsPair } from '../../src/transport/tls-pair.ts';
import type {
  Connection,
  HttpRequest,
  HttpResponse,
  Transport,
  TransportFactory,
  TransportHandlers,
} from '../../src/transport/transport.ts';
import { certificate } from '../tls/certificates.ts';

const frameBytesMax = 10_000;
const bodyBytesMax = 20_000;

class RecordingHandlers implements TransportHandlers {
  readonly connections: Connection[] = [];
  readonly texts: string[] = [];
  readonly closes: number[] = [];
  readonly upgrades: Omit<HttpRequest, 'body'>[] = [];
  readonly requests: HttpRequest[] = [];
  onMessage: (connection: Connection, text: string) => void = (connection, text) => connection.send(`echo ${text}`);
  onHttp: (request: HttpRequest) => Promise<HttpResponse> | HttpResponse = (request) => ({
    status: 200,
    headers: { 'content-type': 'text/plain', 'x-seen': request.path },
    body: request.body,
  });

  upgrade(request: Omit<HttpRequest, 'body'>): HttpResponse | undefined {
    this.upgrades.push(request);
    return request.path === '/refused' ? { status: 403, headers: { 'x-why': 'test' }, body: 'no' } : undefined;
  }
  opened(connection: Connection): void {
    this.connections.push(connection);
  }
  message(connection: Connection, frame: Uint8Array): void {
    const text = Buffer.from(frame).toString();
    this.texts.push(text);
    this.onMessage(connection, text);
  }
  closed(_connection: Connection, code: number): void {
    this.closes.push(code);
  }
  http(request: HttpRequest): Promise<HttpResponse> | HttpResponse {
    this.requests.push(request);
    return this.onHttp(request);
  }
}

interface Closed {
  code: number;
  reason: string;
}

export function transportSuite(name: 'uws' | 'ws', factory: TransportFactory): void {
  describe(`transport ${name}`, () => {
    const transports: Transport[] = [];
    const sockets: WebSocket[] = [];

    afterEach(async () => {
      for (const socket of sockets.splice(0)) socket.terminate();
      for (const transport of transports.splice(0)) await transport.close(1001, 'the test is over');
    });

    async function start(pair?: TlsPair) {
      const handlers = new RecordingHandlers();
      const options = { host: '127.0.0.1', port: 0, frameBytesMax, bodyBytesMax, ...(pair && { tls: pair }) };
      const transport = factory(options, handlers);
      transports.push(transport);
      const port = await transport.listen();
      return { handlers, transport, port };
    }

    async function connect(port: number, path = '/v1/rpc', headers: Record<string, string> = {}) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
      sockets.push(socket);
      await once(socket, 'open');
      return socket;
    }

    const closing = (socket: WebSocket) =>
      new Promise<Closed>((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: `${reason}` })));

    function texts(socket: WebSocket, count: number): Promise<string[]> {
      const seen: string[] = [];
      return new Promise((resolve) => {
        socket.on('message', (data) => {
          seen.push(`${data}`);
          if (seen.length === count) resolve(seen);
        });
      });
    }

    it('says its name and the port that it listens on', async () => {
      const { transport, port } = await start();
      expect(transport.name).toBe(name);
      expect(port).toBeGreaterThan(0);
    });

    it('echoes text, also beyond ASCII, and keeps the order of frames', async () => {
      const { port } = await start();
      const socket = await connect(port);
      const received = texts(socket, 3);
      socket.send('one');
      socket.send('zwölf ☎ 中文 😀');
      socket.send('');
      expect(await received).toEqual(['echo one', 'echo zwölf ☎ 中文 😀', 'echo ']);
    });

    it('takes a mark of byte order for a part of the text', async () => {
      const { port, handlers } = await start();
      const socket = await connect(port);
      const received = texts(socket, 1);
      socket.send('\ufeffx');
      await received;
      expect(handlers.texts).toEqual(['\ufeffx']);
    });

    it('sends short and long texts of all characters in order and as they are', async () => {
      const { port, handlers } = await start();
      const socket = await connect(port);
      const lengths = [1, 1_023, 1_024, 3, 4_096, 16_384, 16_385, 2, 70_000];
      const sent = ['x', 'ü', '中', 'z☎'].flatMap((piece) =>
        lengths.map((length) => `${length} ${piece.repeat(length)}`.slice(0, length)),
      );
      const received = texts(socket, sent.length);
      for (const text of sent) handlers.connections[0]!.send(text);
      expect(await received).toEqual(sent);
    });

    it('hands over the path, the query and the headers that matter of an upgrade', async () => {
      const { port, handlers } = await start();
      await connect(port, '/v1/rpc?a=b', { authorization: 'Bearer x', origin: 'https://desk.example', 'x-other': 'y' });
      expect(handlers.upgrades[0]).toMatchObject({ method: 'GET', path: '/v1/rpc', query: 'a=b' });
      expect(handlers.connections[0]!.headers).toEqual({ authorization: 'Bearer x', origin: 'https://desk.example' });
      expect(handlers.connections[0]!.remoteAddress).toBe('127.0.0.1');
    });

    it('refuses an upgrade with the response that the handler gives', async () => {
      const { port, handlers } = await start();
      const socket = new WebSocket(`ws://127.0.0.1:${port}/refused`);
      const [, response] = (await once(socket, 'unexpected-response')) as [unknown, http.IncomingMessage];
      expect(response.statusCode).toBe(403);
      expect(response.headers['x-why']).toBe('test');
      expect(handlers.connections).toHaveLength(0);
      response.destroy();
    });

    it('sends what is queued outside of a handler, for many connections, in order', async () => {
      const { port, handlers } = await start();
      const clients = [await connect(port), await connect(port), await connect(port)];
      const received = clients.map((client) => texts(client, 100));
      await Promise.resolve();
      for (let frame = 0; frame < 100; frame++)
        for (const connection of handlers.connections) connection.send(`${frame}`);
      for (const seen of await Promise.all(received))
        expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
    });

    it('closes a binary frame with 1003, and no handler sees it', async () => {
      const { port, handlers } = await start();
      const socket = await connect(port);
      const closed = closing(socket);
      socket.send(Buffer.from('binary'));
      expect((await closed).code).toBe(1003);
      expect(handlers.texts).toEqual([]);
    });

    it('takes a frame of the largest size and closes a larger one with 1009', async () => {
      const { port, handlers } = await start();
      const socket = await connect(port);
      const received = texts(socket, 1);
      socket.send('x'.repeat(frameBytesMax));
      expect((await received)[0]).toHaveLength(frameBytesMax + 5);
      const closed = closing(socket);
      socket.send('x'.repeat(frameBytesMax + 1));
      expect(await closed).toMatchObject({ code: 1009, reason: 'frame_too_large' });
      expect(handlers.texts).toHaveLength(1);
    });

    it('cuts a frame that is many times too large', async () => {
      const { port, handlers } = await start();
      const socket = await connect(port);
      socket.on('error', () => {});
      const closed = closing(socket);
      socket.send('x'.repeat(frameBytesMax * 50));
      expect([1006, 1009]).toContain((await closed).code);
      expect(handlers.texts).toEqual([]);
    });

    it('closes a frame that is no UTF-8', async () => {
      const { port, handlers } = await start();
      const socket = await connect(port);
      const closed = closing(socket);
      socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
      expect([1006, 1007]).toContain((await closed).code);
      expect(handlers.texts).toEqual([]);
    });

    it('closes with the code and the reason, after what was sent before', async () => {
      const { port, handlers } = await start();
      const socket = await connect(port);
      const received = texts(socket, 1);
      const closed = closing(socket);
      handlers.connections[0]!.send('last words');
      handlers.connections[0]!.close(4001, 'token_expired');
      expect(await received).toEqual(['last words']);
      expect(await closed).toEqual({ code: 4001, reason: 'token_expired' });
      expect(handlers.closes).toEqual([4001]);
    });

    it('does nothing on a closed connection, and reports the close once', async () => {
      const { port, handlers } = await start();
      const socket = await connect(port);
      const connection = handlers.connections[0]!;
      const closed = closing(socket);
      connection.close(4002, 'slow_reader');
      connection.send('too late');
      connection.close(4003, 'again');
      expect(connection.bufferedBytes()).toBe(0);
      expect(await closed).toEqual({ code: 4002, reason: 'slow_reader' });
      connection.send('much too late');
      expect(handlers.closes).toHaveLength(1);
    });

    it('hears nothing more from a connection that it has closed', async () => {
      const { port, handlers } = await start();
      const socket = await connect(port);
      handlers.onMessage = (connection) => connection.close(1008, 'enough');
      const closed = closing(socket);
      for (let frame = 0; frame < 50; frame++) socket.send(`${frame}`);
      await closed;
      expect(handlers.texts).toEqual(['0']);
    });

    it('throws on a close code or a reason that cannot be sent', async () => {
      const { port, handlers } = await start();
      await connect(port);
      const connection = handlers.connections[0]!;
      expect(() => connection.close(1006, 'never on the wire')).toThrow(RangeError);
      expect(() => connection.close(4000, 'x'.repeat(124))).toThrow(RangeError);
    });

    it('reports that the other side closed, with its code', async () => {
      const { port, handlers } = await start();
      const socket = await connect(port);
      const closed = closing(socket);
      socket.close(4999, 'bye');
      await closed;
      await expect.poll(() => handlers.closes).toEqual([4999]);
    });

    it('reports that the other side vanished', async () => {
      const { port, handlers } = await start();
      const socket = await connect(port);
      socket.terminate();
      await expect.poll(() => handlers.closes).toEqual([1006]);
    });

    it('counts what a slow reader has not taken, and can close it', async () => {
      const { port, handlers } = await start();
      const socket = await connect(port);
      socket.pause();
      const connection = handlers.connections[0]!;
      const piece = 'x'.repeat(1_000_000);
      for (let count = 0; count < 20; count++) {
        connection.send(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(connection.bufferedBytes()).toBeGreaterThan(5_000_000);
      connection.close(4002, 'slow_reader');
      expect(connection.bufferedBytes()).toBe(0);
      expect(handlers.closes).toEqual([4002]);
    });

    it('answers HTTP with status, headers and body, also later', async () => {
      const { port, handlers } = await start();
      handlers.onHttp = async (request) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return { status: 201, headers: { 'x-method': request.method }, body: `${Buffer.from(request.body)}!` };
      };
      const response = await fetch(`http://127.0.0.1:${port}/a/b?c=d`, {
        method: 'POST',
        headers: { authorization: 'Bearer t' },
        body: 'grüße',
      });
      expect(response.status).toBe(201);
      expect(response.headers.get('x-method')).toBe('POST');
      expect(await response.text()).toBe('grüße!');
      expect(handlers.requests[0]).toMatchObject({
        method: 'POST',
        path: '/a/b',
        query: 'c=d',
        remoteAddress: '127.0.0.1',
      });
      expect(handlers.requests[0]!.headers.authorization).toBe('Bearer t');
    });

    it('takes a body of the largest size and refuses a larger one with 413', async () => {
      const { port, handlers } = await start();
      const post = (bytes: number) => fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x'.repeat(bytes) });
      expect((await (await post(bodyBytesMax)).text()).length).toBe(bodyBytesMax);
      const refused = await post(bodyBytesMax + 1);
      expect(refused.status).toBe(413);
      expect(await refused.json()).toMatchObject({ error: 'too_large' });
      expect(handlers.requests).toHaveLength(1);
    });

    it('cuts a body without end, chunked as it may be', async () => {
      const { port, handlers } = await start();
      const request = http.request({
        port,
        host: '127.0.0.1',
        method: 'POST',
        headers: { 'transfer-encoding': 'chunked' },
      });
      const over = new Promise<string>((resolve) => {
        request.on('error', () => resolve('cut'));
        request.on('response', (response) => resolve(`${response.statusCode}`));
        request.on('close', () => resolve('cut'));
      });
      const writing = setInterval(() => request.write('x'.repeat(bodyBytesMax)), 1);
      expect(['cut', '413']).toContain(await over);
      clearInterval(writing);
      request.destroy();
      expect(handlers.requests).toHaveLength(0);
    });

    it('survives a client that goes away before its HTTP answer', async () => {
      const { port, handlers } = await start();
      let release = () => {};
      handlers.onHttp = () =>
        new Promise((resolve) => {
          release = () => resolve({ status: 200, headers: {}, body: 'late' });
        });
      const controller = new AbortController();
      const asked = fetch(`http://127.0.0.1:${port}/slow`, { signal: controller.signal });
      await expect.poll(() => handlers.requests.length).toBe(1);
      controller.abort();
      await expect(asked).rejects.toThrow();
      release();
      handlers.onHttp = () => ({ status: 200, headers: {}, body: 'alive' });
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('alive');
    });

    it('survives bytes that are no HTTP', async () => {
      const { port } = await start();
      const raw = net.connect(port, '127.0.0.1');
      raw.on('error', () => {});
      raw.resume();
      raw.write('\x00\x01 nonsense \r\n\r\n\r\n');
      await once(raw, 'close');
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    });

    it('rejects with a clear error when the address is taken', async () => {
      const { port } = await start();
      const second = factory({ host: '127.0.0.1', port, frameBytesMax, bodyBytesMax }, new RecordingHandlers());
      await expect(second.listen()).rejects.toThrow(/cannot listen on 127\.0\.0\.1:\d+: the address is taken/);
    });

    it('takes no new connections after stopListening, and those that are open go on', async () => {
      const { port, transport } = await start();
      const socket = await connect(port);
      transport.stopListening();
      const late = new WebSocket(`ws://127.0.0.1:${port}/v1/rpc`);
      const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).toBe('ECONNREFUSED');
      const received = texts(socket, 1);
      socket.send('still here');
      expect(await received).toEqual(['echo still here']);
    });

    it('ends every connection with the code and the reason, then the server', async () => {
      const { port, transport, handlers } = await start();
      const closes = [closing(await connect(port)), closing(await connect(port))];
      await transport.close(1001, 'router_stopping');
      expect(await Promise.all(closes)).toEqual([
        { code: 1001, reason: 'router_stopping' },
        { code: 1001, reason: 'router_stopping' },
      ]);
      expect(handlers.closes).toEqual([1001, 1001]);
      await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    });

    describe('over TLS', () => {
      const first = readTlsPair(certificate('first'));
      const second = readTlsPair(certificate('second'));

      /** A handshake of its own: whose certificate answers, or the error's code. */
      const handshake = (port: number) =>
        new Promise<string>((resolve) => {
          const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
            resolve(`${socket.getPeerCertificate().subject.CN}`);
            socket.destroy();
          });
          socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        });

      async function connectOverTls(port: number) {
        const socket = new WebSocket(`wss://127.0.0.1:${port}/v1/rpc`, { rejectUnauthorized: false });
        sockets.push(socket);
        await once(socket, 'open');
        return socket;
      }

      it('gives new handshakes the new certificate; connections that are open go on', async () => {
        const { port, transport, handlers } = await start(first);
        const before = await connectOverTls(port);
        expect(await handshake(port)).toBe('router.example');
        await transport.renew(second);
        expect(await handshake(port)).toBe('second.example');
        const after = await connectOverTls(port);
        for (const [socket, text] of [[before, 'old'] as const, [after, 'new'] as const]) {
          const received = texts(socket, 1);
          socket.send(text);
          expect(await received).toEqual([`echo ${text}`]);
        }
        const closes = [closing(before), closing(after)];
        await transport.close(1001, 'router_stopping');
        expect((await Promise.all(closes)).map(({ code }) => code)).toEqual([1001, 1001]);
        expect(handlers.closes).toEqual([1001, 1001]);
      });

      it('goes on with the old certificate when the new one cannot be used', async () => {
        const { port, transport } = await start(first);
        const mixed = { ...second, keyFile: first.keyFile, key: first.key };
        await expect(transport.renew(mixed)).rejects.toThrow(TlsError);
        expect(await handshake(port)).toBe('router.example');
        await transport.renew(second);
        expect(await handshake(port)).toBe('second.example');
      });

      it('answers the handshakes that arrive while certificates are renewed', async () => {
        const { port, transport } = await start(first);
        const seen = new Map<string, number>();
        let isOver = false;
        const asking = Array.from({ length: 4 }, async () => {
          while (!isOver) {
            const outcome = await handshake(port);
            seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
          }
        });
        for (let renewal = 0; renewal < 100; renewal++) {
          await transport.renew(renewal % 2 === 0 ? second : first);
          await handshake(port);
        }
        isOver = true;
        await Promise.all(asking);
        expect(seen.get('router.example')).toBeGreaterThan(0);
        expect(seen.get('second.example')).toBeGreaterThan(0);
        // docs/operations.md says why uws may reset a few that the kernel had not handed over yet; none is refused.
        const allowed = ['router.example', 'second.example', ...(name === 'uws' ? ['ECONNRESET'] : [])];
        expect([...seen.keys()].filter((outcome) => !allowed.includes(outcome))).toEqual([]);
      });

      it('takes no new connections after stopListening, renewed or not', async () => {
        const { port, transport } = await start(first);
        await transport.renew(second);
        transport.stopListening();
        expect(await handshake(port)).toBe('ECONNREFUSED');
        await transport.renew(first);
        expect(await handshake(port)).toBe('ECONNREFUSED');
      });

      it('shares its port with nobody else', async () => {
        const { port } = await start(first);
        const again = factory(
          { host: '127.0.0.1', port, frameBytesMax, bodyBytesMax, tls: second },
          new RecordingHandlers(),
        );
        await expect(again.listen()).rejects.toThrow(/the address is taken/);
        expect(await handshake(port)).toBe('router.example');
      });

      it('has nothing to renew without it', async () => {
        const { transport } = await start();
        await expect(transport.renew(second)).rejects.toThrow('without TLS');
      });
    });
  });
}
