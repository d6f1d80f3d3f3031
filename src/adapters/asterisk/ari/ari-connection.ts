// One connection of an Asterisk: requests with their answers, events in the order in which they came, and its end, once.
//
// - A request ends with what it was answered, an AriRefusedError, or an AriGoneError: then nobody knows whether it was done.
// - One that is not answered in time ends the connection: whoever comes back then asks what there is (asterisk-switch.ts).
// - Asterisk does not ask whether we are alive, so we ask it, and a connection that is silent is over.
// - Each frame that comes is acknowledged by an empty pong, unless something else is said in that turn. Asterisk leaves TCP to
//   put small segments together, so what it says next would wait for our acknowledgement, which Linux sends 40 ms late.

import type { WebSocket } from 'ws';
import type { Clock, Wake } from '../../../engine/clock.ts';
import { ariPingMs, ariRequestsMax, ariRequestTimeoutMs } from '../../../limits.ts';
import { type AriEvent, type AriMethod, type AriQuery, decodeFrame, encodeRequest } from './frames.ts';

/** Asterisk would not: a status of 400 and above. */
export class AriRefusedError extends Error {
  readonly status: number;

  constructor(what: string, status: number, body: unknown) {
    const { message, error } = (body ?? {}) as { readonly message?: string; readonly error?: string };
    super(`${what}: ${status} ${message ?? error ?? ''}`.trimEnd());
    this.name = 'AriRefusedError';
    this.status = status;
  }
}

/** The connection is over. Whether the request was done is not known. */
export class AriGoneError extends Error {
  constructor(what: string) {
    super(`${what}: the connection with Asterisk is over`);
    this.name = 'AriGoneError';
  }
}

export interface AriListener {
  event(event: AriEvent): void;
  gone(why: string): void;
}

export interface AriRequestOptions {
  readonly query?: AriQuery;
  readonly body?: object;
}

interface Pending {
  readonly what: string;
  readonly late: Wake;
  resolve(body: unknown): void;
  reject(error: Error): void;
}

export class AriConnection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();
  #listener: AriListener | undefined;
  /** Came before anybody listened. */
  #early: AriEvent[] = [];
  #lastId = 0;
  #isOver = false;
  #endedBy: string | undefined;
  #hasSpoken = false;
  #ping: Wake | undefined;

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on('message', (data, isBinary) => this.#received(isBinary ? '' : String(data)));
    socket.on('close', (code, reason) => this.#over(`closed (${String(reason) || code})`));
    // What went wrong is told by the close that follows.
    socket.on('error', () => {});
    this.#pingFrom(clock.now());
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** What has come until now is told at once. */
  listen(listener: AriListener): void {
    this.#listener = listener;
    for (const event of this.#early.splice(0)) listener.event(event);
    if (this.#isOver) listener.gone(this.#endedBy ?? 'closed');
  }

  /** Resolves with the body of a good answer. */
  request(method: AriMethod, uri: string, { query, body }: AriRequestOptions = {}): Promise<unknown> {
    const what = `${method} ${uri}`;
    if (this.#isOver) return Promise.reject(new AriGoneError(what));
    if (this.#pending.size >= ariRequestsMax)
      return Promise.reject(new AriRefusedError(what, 429, { message: 'too many requests wait for Asterisk' }));
    this.#lastId += 1;
    const id = String(this.#lastId);
    return new Promise((resolve, reject) => {
      const late = this.#clock.wakeAt(this.#clock.now() + ariRequestTimeoutMs, () =>
        this.end(`${what} was not answered within ${ariRequestTimeoutMs} ms`),
      );
      this.#pending.set(id, { what, late, resolve, reject });
      this.#hasSpoken = true;
      this.#socket.send(encodeRequest(id, method, uri, query, body));
    });
  }

  /** From here; `why` is told to whoever listens. */
  end(why: string): void {
    if (this.#isOver) return;
    this.#endedBy = why;
    this.#socket.terminate();
    this.#over(why);
  }

  #received(text: string): void {
    if (this.#isOver) return;
    this.#acknowledge();
    const frame = decodeFrame(text);
    if (frame === undefined) return this.end('what came is not of ARI');
    if ('response' in frame) return this.#answered(frame.response);
    if (this.#listener === undefined) this.#early.push(frame.event);
    else this.#listener.event(frame.event);
  }

  #answered({ requestId, status, body }: { requestId: string; status: number; body: unknown }): void {
    const pending = this.#pending.get(requestId);
    if (pending === undefined) return;
    this.#pending.delete(requestId);
    pending.late.cancel();
    if (status < 400) pending.resolve(body);
    else pending.reject(new AriRefusedError(pending.what, status, body));
  }

  #acknowledge(): void {
    this.#hasSpoken = false;
    this.#clock.soon(() => {
      if (this.#hasSpoken || this.#isOver) return;
      this.#hasSpoken = true;
      this.#socket.pong('', false, () => {});
    });
  }

  /** Asked for a sign of life, Asterisk has until the next question to give one. */
  #pingFrom(now: number): void {
    let isAlive = true;
    this.#socket.on('pong', () => {
      isAlive = true;
    });
    const ask = () => {
      if (this.#isOver) return;
      if (!isAlive) return this.end('Asterisk is silent');
      isAlive = false;
      this.#socket.ping('', false, () => {});
      this.#ping = this.#clock.wakeAt(this.#clock.now() + ariPingMs, ask);
    };
    this.#ping = this.#clock.wakeAt(now + ariPingMs, ask);
  }

  #over(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#endedBy ??= why;
    this.#ping?.cancel();
    for (const { what, late, reject } of this.#pending.values()) {
      late.cancel();
      reject(new AriGoneError(what));
    }
    this.#pending.clear();
    this.#listener?.gone(this.#endedBy);
  }
}
