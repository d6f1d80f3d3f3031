// The way of a request from a frame to a partition and of its answer back, for WebSocket sessions and HTTP alike:
//
//   frame ─ parse ─ read each message ─ ladder of refusals ─ partition's inbox
//     │  │    └ -32700   └ -32600          │ one line each, in the order of route()
//     │  └ a plain request ────────────────┘
//     └ answers: one message each; those of a batch wait for each other and leave as one array
//
// A Peer is the other side of one connection (or of one HTTP request). A request holds its place in the peer's
// in-flight count from the inbox to its answer; an answer that comes twice is a bug and throws.

import type { Answer, Caller, RequestSink, RoutedRequest } from '../engine/egress.ts';
import { batchRequestsMax, inFlightPerConnectionMax, overloadedRetryAfterMs } from '../limits.ts';
import type { MembersWriter } from '../protocol/byte-writers.ts';
import type { MembersEncoder } from '../protocol/encoders.ts';
import { faultText } from '../protocol/fault.ts';
import type { ParamsReader } from '../protocol/readers.ts';
import { type Refusal, refuse } from '../protocol/refusals.ts';
import {
  encodeError,
  encodeRefusal,
  encodeResult,
  encodeResultMembers,
  encodeResultText,
  internalErrorCode,
  invalidParamsCode,
  invalidRequestCode,
  type Message,
  methodNotFoundCode,
  parseErrorCode,
  parseFrame,
  type RpcId,
  readMessage,
} from './json-rpc.ts';
import { PlainRequests } from './plain-requests.ts';
import { textOf } from './utf8.ts';

export type RequestMessage = Extract<Message, { kind: 'request' }>;
export type ResponseMessage = Extract<Message, { kind: 'response' }>;
export type Params = Readonly<Record<string, unknown>>;

export interface ParamsFault {
  /** JSON Pointer into the parameters; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** As request-check.ts gives it: the parameters may have been completed. */
export type Checked = { readonly params: Params } | { readonly invalid: ParamsFault } | { readonly refusal: Refusal };

/** What there is to know of a method on the way in and back: looked up once a request. */
export interface RoutedMethod {
  readonly name: string;
  /** May this caller call it so, are the parameters right; `params` are undefined where a request has none. */
  readonly check: (params: unknown, caller: Caller) => Checked;
  /** The same for parameters that fit the schema already. */
  readonly settle: (params: Params, caller: Caller) => Checked;
  /** Reads plain parameters from the bytes of a frame (src/protocol/readers.ts). */
  readonly readParams: ParamsReader | undefined;
  /** The text of its result, where it is answered here. */
  readonly localResult: string | undefined;
  /** How its results are written; without one as JSON.stringify does. */
  readonly encodeMembers: MembersEncoder | undefined;
  /** The same straight into bytes. */
  readonly writeMembers: MembersWriter | undefined;
}

export interface RouterOptions {
  /** By name; what is not here is no method. */
  readonly methods: ReadonlyMap<string, RoutedMethod>;
  /** For session.open, whose caller is not known yet. */
  readonly openFault: (params: unknown) => ParamsFault | undefined;
}

/** The responses of one batch array, until all of them are there. */
export class Batch {
  readonly expected: number;
  readonly responses: string[] = [];

  constructor(expected: number) {
    this.expected = expected;
  }
  get complete(): boolean {
    return this.responses.length === this.expected;
  }
}

export abstract class Peer {
  /** Set as long as requests are taken. */
  caller: Caller | undefined;
  sink: RequestSink | undefined;
  inFlight = 0;

  /** Sends one message, after everything that was delivered before. */
  abstract deliver(text: string): void;
  /** Adds one response to a batch, and sends the batch when it is complete. */
  abstract deliverInBatch(batch: Batch, text: string): void;
  /** Takes session.open. */
  abstract open(message: RequestMessage, batch: Batch | undefined): void;
  /** An answer to a request of ours. */
  abstract answered(message: ResponseMessage): void;
  /** True: the message waits for the session to open, and is routed again then. */
  abstract holds(message: Message, batch: Batch | undefined): boolean;

  respond(id: RpcId, batch: Batch | undefined, text: string): void {
    if (id === undefined) return;
    if (batch === undefined) this.deliver(text);
    else this.deliverInBatch(batch, text);
  }

  answer({ id, batch, encodeMembers }: RoutedCall, answer: Answer): void {
    this.respond(id, batch, encodeAnswer(id, answer, encodeMembers));
  }

  refuse({ id }: RequestMessage, batch: Batch | undefined, refusal: Refusal): void {
    this.respond(id, batch, encodeRefusal(id, refusal));
  }
}

/** A request in a partition, with what is needed to answer it. */
export class RoutedCall implements RoutedRequest {
  readonly caller: Caller;
  readonly method: string;
  readonly params: Params;
  readonly resumes: boolean;
  readonly origin: unknown;
  readonly peer: Peer;
  readonly id: RpcId;
  readonly batch: Batch | undefined;
  readonly encodeMembers: MembersEncoder | undefined;
  readonly writeMembers: MembersWriter | undefined;
  #isAnswered = false;

  constructor(
    peer: Peer,
    caller: Caller,
    { name, encodeMembers, writeMembers }: Pick<RoutedMethod, 'name' | 'encodeMembers' | 'writeMembers'>,
    id: RpcId,
    params: Params,
    batch: Batch | undefined,
    resumes = false,
  ) {
    this.caller = caller;
    // The table's own text, not the frame's: looked up by it again and again, and equal at a glance.
    this.method = name;
    this.encodeMembers = encodeMembers;
    this.writeMembers = writeMembers;
    this.params = params;
    this.resumes = resumes;
    this.origin = this;
    this.peer = peer;
    this.id = id;
    this.batch = batch;
  }

  markAnswered(): void {
    if (this.#isAnswered) throw new Error(`${this.method} was answered twice`);
    this.#isAnswered = true;
    this.peer.inFlight -= 1;
  }
}

export const noParams: Params = Object.freeze({});

export class RequestRouter {
  readonly #options: RouterOptions;
  readonly #plain: PlainRequests;
  #stopping = false;
  requests = 0;
  answers = 0;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#plain = new PlainRequests(options.methods);
  }

  /** From now on every request is refused as not_ready. */
  stop(): void {
    this.#stopping = true;
  }

  /** A frame in UTF-8, good during the call. Returns how many responses it will have, a whole batch counted as many. */
  receive(peer: Peer, frame: Uint8Array): number {
    const plain = this.#plain.read(frame);
    if (plain !== undefined) {
      this.route(peer, plain, undefined);
      return 1;
    }
    const value = parseFrame(textOf(frame));
    if (value === undefined) return this.#answerNow(peer, encodeError(null, parseErrorCode, 'The frame is no JSON.'));
    if (Array.isArray(value)) return this.#receiveBatch(peer, value);
    const message = readMessage(value);
    this.route(peer, message, undefined);
    return hasResponse(message) ? 1 : 0;
  }

  #answerNow(peer: Peer, text: string): number {
    peer.deliver(text);
    return 1;
  }

  #receiveBatch(peer: Peer, values: readonly unknown[]): number {
    if (values.length === 0) {
      return this.#answerNow(peer, encodeError(null, invalidRequestCode, 'A batch holds at least one message.'));
    }
    if (values.length > batchRequestsMax) {
      const bound = { path: 'batch', max: batchRequestsMax, given: values.length };
      return this.#answerNow(peer, encodeRefusal(null, refuse('too_large', bound)));
    }
    const messages = values.map(readMessage);
    const expected = messages.filter(hasResponse).length;
    const batch = expected === 0 ? undefined : new Batch(expected);
    for (const message of messages) this.route(peer, message, batch);
    return expected;
  }

  route(peer: Peer, message: Message, batch: Batch | undefined) {
    if (message.kind === 'response') return peer.answered(message);
    if (peer.holds(message, batch)) return;
    const { id } = message;
    if (message.kind === 'invalid') return peer.respond(id, batch, encodeError(id, invalidRequestCode, message.why));
    const { method } = message;
    this.requests += 1;
    if (this.#stopping) return peer.refuse(message, batch, notReady());
    if (method === 'session.open') return peer.open(message, batch);
    const { caller, sink } = peer;
    if (caller === undefined || sink === undefined) return peer.refuse(message, batch, refuse('session_not_open'));
    const known = this.#options.methods.get(method);
    if (known === undefined) return peer.respond(id, batch, encodeUnknown(id, method));
    const { params, fits } = message;
    const checked = fits === true ? known.settle(params as Params, caller) : known.check(params, caller);
    if (!('params' in checked)) return peer.respond(id, batch, encodeFault(id, checked));
    const { localResult } = known;
    if (localResult !== undefined) return peer.respond(id, batch, encodeResultText(id, localResult));
    if (peer.inFlight >= inFlightPerConnectionMax) {
      const bound = { retryAfterMs: overloadedRetryAfterMs, inFlightMax: inFlightPerConnectionMax };
      return peer.refuse(message, batch, refuse('overloaded', bound));
    }
    peer.inFlight += 1;
    sink.submit(new RoutedCall(peer, caller, known, id, checked.params, batch));
  }

  /** What is wrong with a session.open, as the text of its answer. */
  openFault({ id, params }: RequestMessage): string | undefined {
    const invalid = this.#options.openFault(params ?? noParams);
    return invalid && encodeFault(id, { invalid });
  }

  /** The answer of a partition, for everything but session.open. */
  answer(call: RoutedCall, answer: Answer): void {
    call.markAnswered();
    this.answers += 1;
    if (call.id === undefined) return;
    call.peer.answer(call, answer);
  }
}

export function encodeAnswer(id: RpcId, answer: Answer, encodeMembers: MembersEncoder | undefined): string {
  if ('result' in answer) {
    if (encodeMembers === undefined) return encodeResult(id, answer.result);
    return encodeResultMembers(id, encodeMembers(answer.result as Params));
  }
  if ('refusal' in answer) return encodeRefusal(id, answer.refusal);
  return encodeError(id, internalErrorCode, 'An error of the router; it is in its log.', { reference: answer.bug });
}

/** Notifications and responses get none. */
function hasResponse({ kind, id }: Message): boolean {
  return kind === 'invalid' || (kind === 'request' && id !== undefined);
}

function encodeFault(id: RpcId, fault: Exclude<Checked, { params: Params }>): string {
  if ('refusal' in fault) return encodeRefusal(id, fault.refusal);
  const { path, message: why } = fault.invalid;
  return encodeError(id, invalidParamsCode, faultText(fault.invalid), { path, why });
}

function encodeUnknown(id: RpcId, method: string): string {
  return encodeError(id, methodNotFoundCode, `There is no method ${method.slice(0, 100)}.`);
}

export function notReady(): Refusal {
  return refuse('not_ready', { retryAfterMs: overloadedRetryAfterMs });
}
