// The typed client: one session with the router that outlives its connections.
//
//   connect ─ session.open ─ open ─ calls, notifications ──┐
//      ▲  refused for good: every call is rejected         │ cut, silent, a gap in the numbers
//      └────────────── wait (backoff, full jitter) ◄───────┘
//
// Promises: a call ends with its result, a RefusedError, a time-out, or the client's end, never twice. After a
// reconnect unanswered calls are sent again, the same in every byte: what changes something carries a requestId (made
// here where the caller gave none) or the id of what it creates, so it takes effect once. Notifications come in order
// and without gaps; where some are lost for good the state is taken anew and given to the `state` handlers.
//
// Longer than most files: connecting, receiving and sending share one state, and the drawing is all of it.

import { type Clock, type Randomness, SystemClock, systemRandomness, type Wake } from '../engine/clock.ts';
import {
  clientBackoffFirstMs,
  clientBackoffMs,
  clientCallsMax,
  clientCallTimeoutMs,
  clientInFlightMax,
  openWithinMs,
  overloadedRetryAfterMs,
} from '../limits.ts';
import type { EventName, EventParams } from '../protocol/events.ts';
import { isMethodName, type MethodName, type Params, type Result, takesRequestId } from '../protocol/methods.ts';
import { refusals } from '../protocol/refusals.ts';
import { closeCodes } from '../transport/close-codes.ts';
import {
  encodeError,
  encodeRequest,
  encodeResult,
  invalidParamsCode,
  methodNotFoundCode,
  type RpcId,
} from '../transport/json-rpc.ts';
import { ClientConnection } from './connection.ts';
import { CallTimedOutError, ConnectionClosedError, RefusedError } from './errors.ts';
import { type Call, PendingCalls } from './pending-calls.ts';
import { nodeSockets, type SocketFactory } from './socket.ts';

export { CallTimedOutError, ConnectionClosedError, RefusedError } from './errors.ts';

export type OpenSession = Result<'session.open'>;
export type State = Readonly<Record<string, unknown>>;
export type Token = string | (() => string | Promise<string>);
type Message = Readonly<Record<string, unknown>>;
type Handler = (params: never, seq: number) => void;
export type RequestHandler = (params: Message) => unknown;

export interface ClientOptions {
  /** Such as ws://127.0.0.1:7700/v1/rpc */
  readonly url: string;
  /** A function is asked again for every connection: so that a new token can follow an expired one. */
  readonly token: Token;
  /** The full state: at first, and whenever it had to be taken anew. */
  readonly onState?: (state: State, session: OpenSession) => void;
  /** Each time a connection is lost, with how long the client waits, and each time the session is open again. */
  readonly onConnection?: (
    what: 'open' | 'lost',
    detail: { readonly code?: number; readonly reason?: string; readonly waitMs?: number },
  ) => void;
  /** Once, when it will not come back: it was refused for good, or its token has expired. Not of one that never was open, of which connect() tells, and not after close(). */
  readonly onEnd?: (error: Error) => void;
  readonly reconnect?: boolean;
  /** How long connect() tries. */
  readonly connectTimeoutMs?: number;
  readonly timeoutMs?: number;
  /** Sends of one turn leave together as a JSON-RPC batch. */
  readonly batch?: boolean;
  /** Asks the router to put together what it has to say at one time, which costs both sides less; true by default. */
  readonly batchFrames?: boolean;
  readonly inFlightMax?: number;
  readonly clock?: Clock;
  readonly randomness?: Randomness;
  readonly sockets?: SocketFactory;
  /** Which methods take a requestId; by default as the table of methods says. */
  readonly takesRequestId?: (method: string) => boolean;
  /** What onRequest() takes, for requests that the router makes as soon as the session is open. */
  readonly requests?: Readonly<Record<string, RequestHandler>>;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  /** False: `overloaded`, `not_ready` and `too_many_sessions` are given to the caller instead of tried again. */
  readonly retry?: boolean;
  /** False: rejected with a ConnectionClosedError when its connection is lost, or there is none, instead of sent again. */
  readonly repeat?: boolean;
}

const passing = new Set(['overloaded', 'not_ready', 'too_many_sessions']);
const openId = 0;

export class StrowgerClient {
  readonly #options: ClientOptions;
  readonly #sockets: SocketFactory;
  readonly #clock: Clock;
  readonly #randomness: Randomness;
  readonly #takesRequestId: (method: string) => boolean;
  readonly #calls = new PendingCalls();
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #requestHandlers = new Map<string, RequestHandler>();
  readonly #requestIdPrefix: string;
  #connection: ClientConnection | undefined;
  #session: OpenSession | undefined;
  #isOpen = false;
  #end: Error | undefined;
  #lastSeq = 0;
  /** Asked for until a router says that it has no such parameter. */
  #batchFrames: boolean;
  /** The epoch to resume in; undefined: the state is to be taken anew. */
  #epoch: string | undefined;
  #attempts = 0;
  #lastId = openId;
  #reviewAt = 0;
  #review: Wake | undefined;
  #retry: Wake | undefined;
  #firstOpen: { resolve: () => void; reject: (error: Error) => void } | undefined;

  /** Resolves when the session is open. */
  static async connect(options: ClientOptions): Promise<StrowgerClient> {
    const client = new StrowgerClient(options, options.sockets ?? (await nodeSockets()));
    await client.#connectFirst();
    return client;
  }

  private constructor(options: ClientOptions, sockets: SocketFactory) {
    this.#options = options;
    this.#sockets = sockets;
    this.#clock = options.clock ?? new SystemClock();
    this.#randomness = options.randomness ?? systemRandomness;
    this.#takesRequestId = options.takesRequestId ?? ((method) => isMethodName(method) && takesRequestId(method));
    this.#requestIdPrefix = this.#randomness.uuid();
    this.#batchFrames = options.batchFrames ?? true;
    if (options.onState !== undefined) this.on('state', options.onState);
    for (const [method, handler] of Object.entries(options.requests ?? {})) this.onRequest(method, handler);
  }

  /** What session.open answered last. */
  get session(): OpenSession {
    if (this.#session === undefined) throw new Error('no session was opened');
    return this.#session;
  }
  get isOpen(): boolean {
    return this.#isOpen;
  }
  get lastSeq(): number {
    return this.#lastSeq;
  }
  get unanswered(): number {
    return this.#calls.size;
  }

  call<M extends MethodName>(method: M, params: Params<M>, options?: CallOptions): Promise<Result<M>> {
    return this.request(method, params as Message, options) as Promise<Result<M>>;
  }

  /** A call of any name: for methods that are newer than this client. */
  request(
    method: string,
    params: Message,
    { timeoutMs, retry = true, repeat = true }: CallOptions = {},
  ): Promise<unknown> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    if (!repeat && !this.#isOpen) return Promise.reject(new ConnectionClosedError('there is no connection now'));
    if (this.#calls.size >= clientCallsMax) {
      const data = { refusal: 'overloaded', retryAfterMs: overloadedRetryAfterMs };
      return Promise.reject(
        new RefusedError(refusals.overloaded[0], 'Too many calls of this client are unanswered.', data),
      );
    }
    const waits = timeoutMs ?? this.#options.timeoutMs ?? clientCallTimeoutMs;
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      const id = this.#lastId;
      const deadline = this.#clock.now() + waits;
      const text = encodeRequest(id, method, this.#repeatable(id, method, params));
      const entry = { id, method, text, deadline, timeoutMs: waits, retries: retry };
      this.#calls.add({ ...entry, repeats: repeat, sent: false, restsUntil: 0, resolve, reject });
      this.#reviewBy(deadline);
      this.#sendQueued();
    });
  }

  on(event: 'state', handler: (state: State, session: OpenSession) => void): () => void;
  on<E extends EventName>(event: E, handler: (params: EventParams<E>, seq: number) => void): () => void;
  /** Events that are newer than this client; `*` hears all, with the name in front. */
  on(event: string, handler: (...args: never[]) => void): () => void;
  on(event: string, handler: unknown): () => void {
    const handlers = this.#handlers.get(event) ?? new Set<Handler>();
    this.#handlers.set(event, handlers);
    handlers.add(handler as Handler);
    return () => handlers.delete(handler as Handler);
  }

  /**
   * Answers requests of the router, such as leg.ring. What the handler returns is the result; it may be a promise. A
   * RefusedError that it throws is answered with its code and data.
   */
  onRequest(method: string, handler: RequestHandler): void {
    this.#requestHandlers.set(method, handler);
  }

  /** Unanswered calls are rejected; whether they took effect is not known. */
  close(): void {
    this.#finish(new ConnectionClosedError('the client was closed'), true);
  }

  /** Cuts the connection as a failing network would: for tests of what comes after. */
  cut(): void {
    this.#connection?.drop();
    this.#lost(1006, 'cut');
  }

  // ── Connecting ──

  #connectFirst(): Promise<void> {
    return new Promise((resolve, reject) => {
      const waits = this.#options.connectTimeoutMs ?? clientCallTimeoutMs;
      const late = this.#clock.wakeAt(this.#clock.now() + waits, () => {
        this.#finish(new ConnectionClosedError(`no session with ${this.#options.url} within ${waits} ms`));
      });
      const done = () => {
        late.cancel();
        this.#firstOpen = undefined;
      };
      this.#firstOpen = {
        resolve: () => {
          done();
          resolve();
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      this.#connect();
    });
  }

  #connect(): void {
    const { url, batch = false } = this.#options;
    const options = { url, batch, sockets: this.#sockets, clock: this.#clock, openTimeoutMs: openWithinMs };
    const connection = new ClientConnection(options, {
      opened: () => void this.#openSession(connection),
      message: (message) => this.#received(connection, message),
      ended: (code, reason) => this.#lost(code, reason),
    });
    this.#connection = connection;
  }

  async #openSession(connection: ClientConnection): Promise<void> {
    const { token: source } = this.#options;
    let token: string;
    try {
      token = typeof source === 'string' ? source : await source();
    } catch (cause) {
      this.#finish(new ConnectionClosedError('no token could be had', undefined, { cause }));
      return;
    }
    const resume = this.#epoch === undefined ? {} : { sessionEpoch: this.#epoch, lastSeq: this.#lastSeq };
    const asked = this.#batchFrames ? { batchFrames: true } : {};
    connection.send(encodeRequest(openId, 'session.open', { token, ...resume, ...asked }));
  }

  #opened(connection: ClientConnection, session: OpenSession) {
    if (session.resumed && session.seq !== this.#lastSeq) return this.#openAfresh('resumed at another number');
    this.#session = session;
    this.#epoch = session.sessionEpoch;
    this.#attempts = 0;
    this.#isOpen = true;
    connection.watch(session.pingMs);
    if (!session.resumed) {
      this.#lastSeq = session.seq;
      this.#emit('state', session.state as never, session as never);
    }
    this.#options.onConnection?.('open', {});
    this.#firstOpen?.resolve();
    this.#sendQueued();
  }

  #openRefused(connection: ClientConnection, error: RefusedError) {
    if (this.#batchFrames && error.code === invalidParamsCode && error.data.path === '/batchFrames') {
      this.#batchFrames = false;
      void this.#openSession(connection);
      return;
    }
    const renewable = error.refusal === 'token_expired' && typeof this.#options.token === 'function';
    if (!passing.has(error.refusal ?? '') && !renewable) return this.#finish(error);
    this.#retry = this.#clock.wakeAt(this.#clock.now() + this.#jittered(error), () => {
      if (this.#connection === connection) void this.#openSession(connection);
    });
  }

  #openAfresh(why: string): void {
    this.#epoch = undefined;
    this.#connection?.drop();
    this.#lost(closeCodes.resume_lost[0], why);
  }

  #lost(code: number, reason: string) {
    if (this.#end !== undefined) return;
    this.#connection = undefined;
    this.#isOpen = false;
    this.#retry?.cancel();
    const expired = code === closeCodes.token_expired[0] && typeof this.#options.token === 'string';
    if (expired || this.#options.reconnect === false) {
      return this.#finish(new ConnectionClosedError(`the connection has ended: ${reason || code}`, code));
    }
    if (code === closeCodes.resume_lost[0]) this.#epoch = undefined;
    this.#calls.requeueSent();
    const unrepeated = this.#calls.takeUnrepeated();
    const ceiling = Math.min(clientBackoffMs, clientBackoffFirstMs * 2 ** Math.min(this.#attempts, 20));
    const waitMs = Math.floor(this.#randomness.fraction() * ceiling);
    this.#attempts += 1;
    this.#options.onConnection?.('lost', { code, reason, waitMs });
    this.#retry = this.#clock.wakeAt(this.#clock.now() + waitMs, () => this.#connect());
    for (const call of unrepeated) call.reject(new ConnectionClosedError(`the connection was lost: ${reason}`, code));
  }

  #finish(error: Error, isClosedHere = false): void {
    if (this.#end !== undefined) return;
    const wasOpened = this.#session !== undefined;
    this.#end = error;
    this.#isOpen = false;
    this.#retry?.cancel();
    this.#review?.cancel();
    this.#connection?.drop();
    this.#connection = undefined;
    for (const call of this.#calls.drain()) call.reject(error);
    this.#firstOpen?.reject(error);
    if (wasOpened && !isClosedHere) this.#options.onEnd?.(error);
  }

  // ── Receiving ──

  #received(connection: ClientConnection, message: Message): void {
    if (typeof message.method === 'string') {
      if (message.id === undefined) this.#notified(message.method, (message.params ?? {}) as Message);
      else void this.#asked(connection, message.id as RpcId, message.method, (message.params ?? {}) as Message);
      return;
    }
    const error = message.error as { code: number; message: string; data?: Message } | undefined;
    const refused = error && new RefusedError(error.code, error.message, error.data);
    if (message.id === openId) {
      if (refused !== undefined) this.#openRefused(connection, refused);
      else this.#opened(connection, message.result as OpenSession);
      return;
    }
    const call = this.#calls.take(message.id);
    if (call === undefined) return;
    if (refused === undefined) call.resolve(message.result);
    else this.#refused(call, refused);
    this.#sendQueued();
  }

  #refused(call: Call, error: RefusedError) {
    const again = this.#clock.now() + this.#jittered(error);
    if (!call.retries || !passing.has(error.refusal ?? '') || again >= call.deadline) return call.reject(error);
    this.#calls.rest(call, again);
    this.#reviewBy(again);
  }

  #notified(event: string, { seq, ...params }: Message) {
    if (typeof seq === 'number') {
      if (seq <= this.#lastSeq) return;
      if (seq !== this.#lastSeq + 1) return this.#openAfresh(`notification ${seq} came after ${this.#lastSeq}`);
      this.#lastSeq = seq;
    }
    this.#emit(event, params as never, seq as number);
    this.#emit('*', event as never, params as never);
  }

  async #asked(connection: ClientConnection, id: RpcId, method: string, params: Message): Promise<void> {
    const handler = this.#requestHandlers.get(method);
    if (method === 'session.ping') connection.send(encodeResult(id, {}));
    else if (handler === undefined)
      connection.send(encodeError(id, methodNotFoundCode, `This client has no ${method}.`));
    else {
      try {
        connection.send(encodeResult(id, await handler(params)));
      } catch (error) {
        const { code, data } = error instanceof RefusedError ? error : { code: 1, data: undefined };
        connection.send(encodeError(id, code, error instanceof Error ? error.message : String(error), data));
      }
    }
  }

  #emit(event: string, params: never, second: number): void {
    const handlers = this.#handlers.get(event);
    if (handlers !== undefined) for (const handler of handlers) handler(params, second);
  }

  // ── Sending ──

  #repeatable(id: number, method: string, params: Message): Message {
    if (params.requestId !== undefined || !this.#takesRequestId(method)) return params;
    return { ...params, requestId: `${this.#requestIdPrefix}.${id}` };
  }

  #sendQueued(): void {
    if (!this.#isOpen) return;
    const inFlightMax = this.#options.inFlightMax ?? clientInFlightMax;
    while (this.#isOpen && this.#calls.sent < inFlightMax) {
      const call = this.#calls.next();
      if (call === undefined) return;
      this.#connection!.send(call.text);
    }
  }

  /** `retryAfterMs` and up to as much again, so that those who were refused together do not come back together. */
  #jittered({ data }: RefusedError): number {
    const after = typeof data.retryAfterMs === 'number' ? data.retryAfterMs : overloadedRetryAfterMs;
    return Math.ceil(after * (1 + this.#randomness.fraction()));
  }

  /** One timer looks after all calls: it is set to the earliest time at which one of them needs it. */
  #reviewBy(at: number): void {
    if (this.#review !== undefined && this.#reviewAt <= at) return;
    this.#review?.cancel();
    this.#reviewAt = at;
    this.#review = this.#clock.wakeAt(at, () => {
      this.#review = undefined;
      const { overdue, nextAt } = this.#calls.review(this.#clock.now());
      for (const call of overdue) call.reject(new CallTimedOutError(call.method, call.timeoutMs));
      if (nextAt !== 0) this.#reviewBy(nextAt);
      this.#sendQueued();
    });
  }
}
