// The transport on ws over node:http or node:https: runs wherever Node runs, behind the same interface as
// uws-transport.ts and under the same shared suite.
//
// Like there, `closed` is called once, from within close() or when the other side goes, and nothing is sent after it.
// A peer that does not answer the close frame, or does not read, is cut a moment later.

import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { closeHandshakeMs, oversizeTolerance, requestTimeoutMs } from '../limits.ts';
import { assertClose, closeCodes } from './close-codes.ts';
import { bodyTooLarge, collectBody, keptHeaders, statusLine } from './http-message.ts';
import { TlsError } from './tls-pair.ts';
import {
  type Connection,
  type HttpRequest,
  type HttpResponse,
  ListenError,
  type Transport,
  type TransportHandlers,
  type TransportOptions,
} from './transport.ts';

class WsConnection implements Connection {
  readonly id: number;
  readonly remoteAddress: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #queue: (connection: WsConnection) => void;
  readonly #closed: (connection: WsConnection, code: number) => void;
  #open = true;
  #pending: string[] = [];
  #pendingBytes = 0;
  #queued = false;

  constructor(
    id: number,
    request: http.IncomingMessage,
    socket: WebSocket,
    stream: Duplex,
    queue: (connection: WsConnection) => void,
    closed: (connection: WsConnection, code: number) => void,
  ) {
    this.id = id;
    this.remoteAddress = request.socket.remoteAddress ?? '';
    this.headers = keptHeaders(headersOf(request));
    this.#socket = socket;
    this.#stream = stream;
    this.#queue = queue;
    this.#closed = closed;
  }

  get open(): boolean {
    return this.#open;
  }

  send(text: string): void {
    if (!this.#open) return;
    this.#pending.push(text);
    this.#pendingBytes += text.length;
    if (this.#queued) return;
    this.#queued = true;
    this.#queue(this);
  }

  /** That library keeps what it is given until the kernel has taken it, so it is given a copy. */
  sendFrames(bytes: Buffer, starts: readonly number[], ends: readonly number[]): void {
    this.write();
    if (!this.#open || this.#socket.readyState !== WebSocket.OPEN) return;
    this.#stream.cork();
    for (let index = 0; index < starts.length; index++)
      this.#socket.send(Buffer.from(bytes.subarray(starts[index], ends[index])), { binary: false });
    this.#stream.uncork();
  }

  bufferedBytes(): number {
    return this.#open ? this.#pendingBytes + this.#socket.bufferedAmount : 0;
  }

  close(code: number, reason: string): void {
    assertClose(code, reason);
    if (!this.#open) return;
    this.write();
    this.#socket.close(code, reason);
    this.gone(code);
  }

  /** Writes what the turn has queued, in one cork. */
  write(): void {
    this.#queued = false;
    if (this.#pending.length > 0 && this.#open && this.#socket.readyState === WebSocket.OPEN) {
      this.#stream.cork();
      for (const text of this.#pending) this.#socket.send(text);
      this.#stream.uncork();
    }
    this.#pending.length = 0;
    this.#pendingBytes = 0;
  }

  gone(code: number): void {
    if (!this.#open) return;
    this.#open = false;
    this.#closed(this, code);
  }

  cut(): void {
    this.#socket.terminate();
  }
}

export function createWsTransport(options: TransportOptions, handlers: TransportHandlers): Transport {
  const connections = new Set<WsConnection>();
  let written: WsConnection[] = [];
  let lastId = 0;

  function writeAll(): void {
    const turn = written;
    written = [];
    for (const connection of turn) connection.write();
  }
  function queue(connection: WsConnection): void {
    if (written.length === 0) queueMicrotask(writeAll);
    written.push(connection);
  }
  function closed(connection: WsConnection, code: number): void {
    connections.delete(connection);
    handlers.closed(connection, code);
  }

  const server: http.Server | https.Server =
    options.tls === undefined
      ? http.createServer({ requestTimeout: requestTimeoutMs })
      : https.createServer({ requestTimeout: requestTimeoutMs, cert: options.tls.cert, key: options.tls.key });
  const settings = {
    noServer: true,
    // ws closes without a reason, so what is only a little too large is read and closed here.
    maxPayload: options.frameBytesMax * oversizeTolerance,
    perMessageDeflate: false,
    clientTracking: false,
    closeTimeout: closeHandshakeMs,
  };
  const sockets = new WebSocketServer(settings);

  server.on('upgrade', (request: http.IncomingMessage, stream: Duplex, head: Buffer) => {
    const refused = handlers.upgrade(requestOf(request));
    if (refused !== undefined) {
      refuseUpgrade(stream, refused);
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      lastId += 1;
      const connection = new WsConnection(lastId, request, socket, stream, queue, closed);
      connections.add(connection);
      socket.on('message', (data: Buffer, isBinary: boolean) => {
        if (!connection.open) return;
        if (isBinary) connection.close(closeCodes.binary_frame[0], closeCodes.binary_frame[1]);
        else if (data.byteLength > options.frameBytesMax) {
          connection.close(closeCodes.frame_too_large[0], closeCodes.frame_too_large[1]);
        } else handlers.message(connection, data);
      });
      // A frame that breaks the protocol: ws closes with the right code (1009 when too large) and tells us at 'close'.
      socket.on('error', () => {});
      socket.on('close', (code: number) => connection.gone(code));
      handlers.opened(connection);
    });
  });

  server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
    const collector = collectBody(options.bodyBytesMax);
    request.on('data', (chunk: Buffer) => {
      if (collector.add(chunk)) return;
      request.removeAllListeners('data');
      request.removeAllListeners('end');
      response.setHeader('connection', 'close');
      respond(response, bodyTooLarge(options.bodyBytesMax));
      request.destroy();
    });
    request.on('end', async () => {
      const body = collector.body();
      const answered =
        body === undefined ? bodyTooLarge(options.bodyBytesMax) : await handlers.http({ ...requestOf(request), body });
      if (!response.destroyed) respond(response, answered);
    });
    request.on('error', () => {});
  });

  return {
    name: 'ws',
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => {
          const why = error.code === 'EADDRINUSE' ? 'the address is taken' : error.message;
          reject(new ListenError(`cannot listen on ${options.host}:${options.port}: ${why}`, { cause: error }));
        });
        server.listen(options.port, options.host, () => resolve((server.address() as AddressInfo).port));
      }),
    async renew({ cert, key }) {
      if (!(server instanceof https.Server)) throw new Error('a transport without TLS has no certificate to renew');
      try {
        server.setSecureContext({ cert, key });
      } catch (cause) {
        throw new TlsError(`the TLS library does not take it: ${(cause as Error).message}`, { cause });
      }
    },
    stopListening() {
      if (server.listening) server.close();
    },
    async close(code, reason) {
      this.stopListening();
      const open = [...connections];
      for (const connection of open) connection.close(code, reason);
      server.closeIdleConnections();
      await new Promise((resolve) => setImmediate(resolve));
      const cut = setTimeout(() => {
        for (const connection of open) connection.cut();
        server.closeAllConnections();
      }, closeHandshakeMs);
      cut.unref();
    },
  };
}

function headersOf(request: http.IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function requestOf(request: http.IncomingMessage): Omit<HttpRequest, 'body'> {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    headers: headersOf(request),
    remoteAddress: request.socket.remoteAddress ?? '',
  };
}

function respond(response: http.ServerResponse, { status, headers, body }: HttpResponse): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function refuseUpgrade(stream: Duplex, { status, headers, body }: HttpResponse): void {
  const lines = [`HTTP/1.1 ${statusLine(status)}`, 'connection: close', `content-length: ${Buffer.byteLength(body)}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  stream.on('error', () => {});
  stream.write(`${lines.join('\r\n')}\r\n\r\n`);
  (stream as Socket).end(body);
}
