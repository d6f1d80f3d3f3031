// The transport on uWebSockets.js: the fast one, where its native binary loads (choose-transport.ts).
//
// Invariants, each against a trap of that library:
// - a message's ArrayBuffer is gone when the handler returns, so text is decoded before anything else;
// - a closed socket throws whatever is called on it, so `socket` is undefined from the close on;
// - its listen socket shares the port unless it is asked not to, so it is asked: a taken port is an error;
// - it cuts a frame over `maxPayloadLength` without a close frame, so that bound is set higher than ours, and the
//   frames in between are closed properly with 1009; only absurd ones are cut;
// - it has no way to change the certificate of an app, so a new certificate is a new app, which listens on the port
//   beside the old one before that closes its listen socket; connections that are open stay with the app that took
//   them. Only for that is the port shared (with TLS), once it has been found free;
// - outside a handler every send is a system call, so the frames of a turn wait for its end and leave corked.

import type {
  App as AppOf,
  HttpRequest as NativeRequest,
  HttpResponse as NativeResponse,
  TemplatedApp,
  us_listen_socket,
  WebSocket,
} from 'uWebSockets.js';
import { connectionIdleSeconds, oversizeTolerance } from '../limits.ts';
import { assertClose, closeCodes } from './close-codes.ts';
import { type BodyCollector, bodyTooLarge, collectBody, keptHeaders, statusLine } from './http-message.ts';
import { isStillOnDisk, TlsError, type TlsPair } from './tls-pair.ts';
import {
  type Connection,
  type HttpResponse,
  ListenError,
  type Transport,
  type TransportHandlers,
  type TransportOptions,
} from './transport.ts';

export interface NativeLibrary {
  App: typeof AppOf;
  SSLApp: typeof AppOf;
  closeSocket(socket: us_listen_socket): void;
  getSocketPort(socket: us_listen_socket): number;
  LIBUS_LISTEN_EXCLUSIVE_PORT: number;
}

/** The opposite of LIBUS_LISTEN_EXCLUSIVE_PORT, which has no name there. */
const SHARED_PORT = 0;

interface SocketData {
  connection: UwsConnection | undefined;
  remoteAddress: string;
  headers: Readonly<Record<string, string>>;
}

type Socket = WebSocket<SocketData>;

/** The library takes a text apart twice, once to measure it: a longer one is bytes sooner than a view of bytes is made. */
const BYTES_FROM = 1_024;
const BYTES_TO = 16_384;
const BYTES_PER_UNIT = 3;
const longText = Buffer.allocUnsafeSlow(BYTES_TO * BYTES_PER_UNIT);

/** Good until the next call: what is sent has been copied by then. */
function sendable(text: string): string | Uint8Array {
  if (text.length < BYTES_FROM || text.length > BYTES_TO) return text;
  return longText.subarray(0, longText.write(text));
}

class UwsConnection implements Connection {
  readonly id: number;
  readonly remoteAddress: string;
  readonly headers: Readonly<Record<string, string>>;
  #socket: Socket | undefined;
  readonly #queue: (connection: UwsConnection) => void;
  #pending: string[] = [];
  #pendingBytes = 0;
  #queued = false;

  constructor(id: number, socket: Socket, queue: (connection: UwsConnection) => void) {
    const data = socket.getUserData();
    this.id = id;
    this.remoteAddress = data.remoteAddress;
    this.headers = data.headers;
    this.#socket = socket;
    this.#queue = queue;
  }

  send(text: string): void {
    if (this.#socket === undefined) return;
    this.#pending.push(text);
    this.#pendingBytes += text.length;
    if (this.#queued) return;
    this.#queued = true;
    this.#queue(this);
  }

  sendFrames(bytes: Buffer, starts: readonly number[], ends: readonly number[]): void {
    if (this.#socket === undefined) return;
    this.#socket.cork(() => {
      this.#writePending();
      for (let index = 0; index < starts.length; index++) {
        const start = starts[index]!;
        const frame = new Uint8Array(bytes.buffer, bytes.byteOffset + start, ends[index]! - start);
        this.#socket?.send(frame, false, false);
      }
    });
    // What waits for the end of the turn has left with them.
    this.#pending.length = 0;
    this.#pendingBytes = 0;
  }

  bufferedBytes(): number {
    return this.#socket === undefined ? 0 : this.#pendingBytes + this.#socket.getBufferedAmount();
  }

  close(code: number, reason: string): void {
    assertClose(code, reason);
    this.write();
    // Calls the close handler before it returns, which calls gone().
    this.#socket?.end(code, reason);
  }

  /** Writes what the turn has queued, in one cork. */
  write(): void {
    this.#queued = false;
    if (this.#pending.length > 0) this.#socket?.cork(this.#writePending);
    this.#pending.length = 0;
    this.#pendingBytes = 0;
  }

  gone(): void {
    this.#socket = undefined;
  }

  readonly #writePending = (): void => {
    for (const text of this.#pending) this.#socket?.send(sendable(text), false, false);
  };
}

export function createUwsTransport(
  native: NativeLibrary,
  options: TransportOptions,
  handlers: TransportHandlers,
): Transport {
  const connections = new Set<UwsConnection>();
  const exchanges = new Set<NativeResponse>();
  let written: UwsConnection[] = [];
  let lastId = 0;
  /** One; two for a moment while a certificate is renewed. */
  const listenSockets = new Set<us_listen_socket>();
  let port = options.port;

  function writeAll(): void {
    const turn = written;
    written = [];
    for (const connection of turn) connection.write();
  }
  function queue(connection: UwsConnection): void {
    if (written.length === 0) queueMicrotask(writeAll);
    written.push(connection);
  }

  const app = createApp(options.tls);

  function createApp(tls: TlsPair | undefined): TemplatedApp {
    const created = tls === undefined ? native.App() : createTlsApp(native, tls);
    addRoutes(created);
    return created;
  }

  function addRoutes(to: TemplatedApp): void {
    to.ws<SocketData>('/*', {
      maxPayloadLength: options.frameBytesMax * oversizeTolerance,
      maxBackpressure: 0,
      idleTimeout: connectionIdleSeconds,
      sendPingsAutomatically: true,
      compression: 0,

      upgrade(response, request, context) {
        const asked = requestOf(request, response);
        const refused = handlers.upgrade(asked);
        if (refused !== undefined) {
          respond(response, refused);
          return;
        }
        response.upgrade<SocketData>(
          { connection: undefined, remoteAddress: asked.remoteAddress, headers: keptHeaders(asked.headers) },
          request.getHeader('sec-websocket-key'),
          request.getHeader('sec-websocket-protocol'),
          request.getHeader('sec-websocket-extensions'),
          context,
        );
      },
      open(socket) {
        lastId += 1;
        const connection = new UwsConnection(lastId, socket, queue);
        socket.getUserData().connection = connection;
        connections.add(connection);
        handlers.opened(connection);
      },
      message(socket, message, isBinary) {
        const connection = socket.getUserData().connection!;
        if (isBinary) connection.close(closeCodes.binary_frame[0], closeCodes.binary_frame[1]);
        else if (message.byteLength > options.frameBytesMax) {
          connection.close(closeCodes.frame_too_large[0], closeCodes.frame_too_large[1]);
        } else handlers.message(connection, new Uint8Array(message));
      },
      close(socket, code) {
        const connection = socket.getUserData().connection!;
        connection.gone();
        connections.delete(connection);
        handlers.closed(connection, code);
      },
    });

    to.any('/*', (response, request) => {
      const asked = requestOf(request, response);
      exchanges.add(response);
      response.onAborted(() => {
        exchanges.delete(response);
      });
      const collector: BodyCollector = collectBody(options.bodyBytesMax);
      response.onData((chunk, isLast) => {
        if (!exchanges.has(response)) return;
        const fits = collector.add(new Uint8Array(chunk));
        if (!fits) finish(response, bodyTooLarge(options.bodyBytesMax), true);
        else if (isLast) void answer(response, asked, collector.body());
      });
    });
  }

  async function answer(
    response: NativeResponse,
    asked: ReturnType<typeof requestOf>,
    body: Uint8Array | undefined,
  ): Promise<void> {
    finish(
      response,
      body === undefined ? bodyTooLarge(options.bodyBytesMax) : await handlers.http({ ...asked, body }),
      false,
    );
  }

  function finish(response: NativeResponse, answered: HttpResponse, closes: boolean): void {
    // An aborted exchange has left the set: its response may not be touched.
    if (exchanges.delete(response)) respond(response, answered, closes);
  }

  function listenOn(listener: TemplatedApp, shares: number): Promise<us_listen_socket> {
    return new Promise((resolve, reject) => {
      // The declarations leave out that host, port and options may be given together.
      const listen = listener.listen.bind(listener) as unknown as (
        host: string,
        port: number,
        options: number,
        done: (socket: us_listen_socket | false) => void,
      ) => void;
      listen(options.host, port, shares, (socket) => {
        if (socket !== false) return resolve(socket);
        const why = 'the address is taken or not of this machine';
        reject(new ListenError(`cannot listen on ${options.host}:${port}: ${why}`));
      });
    });
  }

  /** The pair is good then, but cannot be served with: the old one goes on. */
  async function listenBeside(listener: TemplatedApp): Promise<us_listen_socket> {
    try {
      return await listenOn(listener, SHARED_PORT);
    } catch (cause) {
      throw new TlsError((cause as Error).message, { cause });
    }
  }

  function stopListeningOn(socket: us_listen_socket): void {
    // Closing one twice ends the process.
    if (listenSockets.delete(socket)) native.closeSocket(socket);
  }

  return {
    name: 'uws',
    async listen() {
      let socket = await listenOn(app, native.LIBUS_LISTEN_EXCLUSIVE_PORT);
      port = native.getSocketPort(socket);
      if (options.tls !== undefined) {
        native.closeSocket(socket);
        socket = await listenOn(app, SHARED_PORT);
      }
      listenSockets.add(socket);
      return port;
    },
    async renew(pair) {
      if (options.tls === undefined) throw new Error('a transport without TLS has no certificate to renew');
      const before = [...listenSockets];
      if (before.length === 0) return;
      listenSockets.add(await listenBeside(createApp(pair)));
      // Right after the loop has taken what waited at the old one.
      await new Promise((resolve) => setImmediate(resolve));
      before.forEach(stopListeningOn);
    },
    stopListening() {
      [...listenSockets].forEach(stopListeningOn);
    },
    async close(code, reason) {
      this.stopListening();
      for (const connection of [...connections]) connection.close(code, reason);
      for (const response of [...exchanges]) response.close();
      // The last frames leave with the loop's next round.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** The library reads the files itself: what it has read is the pair if they still hold it afterwards. */
function createTlsApp(native: NativeLibrary, pair: TlsPair): TemplatedApp {
  let created: TemplatedApp;
  try {
    created = native.SSLApp({ cert_file_name: pair.certFile, key_file_name: pair.keyFile });
  } catch (cause) {
    throw new TlsError(`${pair.certFile}: uWebSockets.js does not take it: ${(cause as Error).message}`, { cause });
  }
  if (!isStillOnDisk(pair)) throw new TlsError(`${pair.certFile}: was replaced while it was read`);
  return created;
}

function requestOf(request: NativeRequest, response: NativeResponse) {
  const headers: Record<string, string> = {};
  request.forEachHeader((name, value) => {
    headers[name] = value;
  });
  return {
    method: request.getMethod().toUpperCase(),
    path: request.getUrl(),
    query: request.getQuery() ?? '',
    headers,
    remoteAddress: Buffer.from(response.getRemoteAddressAsText()).toString(),
  };
}

function respond(response: NativeResponse, { status, headers, body }: HttpResponse, closes = false): void {
  response.cork(() => {
    response.writeStatus(statusLine(status));
    for (const [name, value] of Object.entries(headers)) response.writeHeader(name, value);
    response.end(body, closes);
  });
}
