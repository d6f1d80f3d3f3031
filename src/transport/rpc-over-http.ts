// Requests over HTTP: POST /v1/rpc with a bearer token, one message or a batch, no session and no notifications. The
// same ladder and the same partitions as over WebSocket; the response is written when everything in it is durable.
//
// Faults of the token are 401 with the JSON-RPC error as the body (503 where nobody can say whether it is good, since the
// keys that check it cannot be had); whatever JSON-RPC itself answers is 200, as usual.

import type { Clock } from '../engine/clock.ts';
import { httpInFlightMax, overloadedRetryAfterMs } from '../limits.ts';
import { isRefusal, type Refusal, refuse } from '../protocol/refusals.ts';
import { type Authentication, bearerToken } from './authentication.ts';
import { encodeBatch, encodeError, encodeRefusal, invalidRequestCode, type Message } from './json-rpc.ts';
import { type Batch, notReady, Peer, type RequestMessage, type RequestRouter } from './request-router.ts';
import type { Sessions } from './sessions.ts';
import type { HttpRequest, HttpResponse } from './transport.ts';

export interface RpcOverHttpOptions {
  readonly router: RequestRouter;
  readonly sessions: Sessions;
  readonly authentication: Authentication;
  readonly clock: Clock;
}

class HttpPeer extends Peer {
  readonly #done: (text: string) => void;

  constructor(done: (text: string) => void) {
    super();
    this.#done = done;
  }

  /** A frame has one response or one batch of them, so the first that is delivered is all. */
  deliver(text: string): void {
    this.#done(text);
  }
  deliverInBatch(batch: Batch, text: string): void {
    batch.responses.push(text);
    if (batch.complete) this.#done(encodeBatch(batch.responses));
  }
  open(message: RequestMessage, batch: Batch | undefined): void {
    const why = 'A session needs a WebSocket; over HTTP the token goes into the Authorization header.';
    this.respond(message.id, batch, encodeError(message.id, invalidRequestCode, why));
  }
  /** Nothing is asked over HTTP, so nothing is answered. */
  answered(): void {}
  holds(_message: Message): boolean {
    return false;
  }
}

export class RpcOverHttp {
  readonly #options: RpcOverHttpOptions;
  #inFlight = 0;

  constructor(options: RpcOverHttpOptions) {
    this.#options = options;
  }

  async handle(request: HttpRequest): Promise<HttpResponse> {
    const { authentication, clock, sessions, router } = this.#options;
    if (this.#inFlight >= httpInFlightMax) {
      return rpcResponse(503, encodeRefusal(null, refuse('overloaded', { retryAfterMs: overloadedRetryAfterMs })));
    }
    const identity = await authentication.identify(bearerToken(request.headers.authorization), clock.now());
    if (isRefusal(identity)) return tokenRefused(identity);
    const sink = sessions.sinkOf(identity.caller.tenant);
    if (sink === undefined) return rpcResponse(503, encodeRefusal(null, notReady()));
    this.#inFlight += 1;
    try {
      return await new Promise<HttpResponse>((resolve) => {
        const peer = new HttpPeer((text) => resolve(rpcResponse(200, text)));
        peer.caller = identity.caller;
        peer.sink = sink;
        const expected = router.receive(peer, request.body);
        if (expected === 0) resolve({ status: 204, headers: {}, body: '' });
      });
    } finally {
      this.#inFlight -= 1;
    }
  }
}

function tokenRefused(refusal: Refusal): HttpResponse {
  if (refusal.refusal === 'not_ready') return rpcResponse(503, encodeRefusal(null, refusal));
  const response = rpcResponse(401, encodeRefusal(null, refusal));
  return { ...response, headers: { ...response.headers, 'www-authenticate': `Bearer error="${refusal.refusal}"` } };
}

function rpcResponse(status: number, body: string): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, body };
}
