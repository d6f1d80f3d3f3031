// Requests from this side to the other of one connection, waiting for their answers: bounded in number and in time.
// Used both ways: by the router to ask a switch, and by whoever else speaks JSON-RPC over one connection.

import { outgoingRequestsMax } from '../limits.ts';
import { encodeRequest, type Message, type RpcError } from './json-rpc.ts';

export type Outcome =
  | { readonly result: unknown }
  | { readonly error: RpcError }
  /** No answer: unknown whether it was done. */
  | { readonly lost: 'timed_out' | 'connection_closed' | 'too_many_requests' };

interface Waiting {
  readonly deadline: number;
  readonly settle: (outcome: Outcome) => void;
}

export class OutgoingRequests {
  readonly #waiting = new Map<string, Waiting>();
  #lastId = 0;
  #closed = false;

  /** Never rejects. `send` gets the frame at once, unless too many are waiting. */
  request(
    send: (text: string) => void,
    method: string,
    params: Readonly<Record<string, unknown>>,
    deadline: number,
  ): Promise<Outcome> {
    if (this.#closed) return Promise.resolve({ lost: 'connection_closed' });
    if (this.#waiting.size >= outgoingRequestsMax) return Promise.resolve({ lost: 'too_many_requests' });
    this.#lastId += 1;
    // Text, so that they cannot be mixed up with the other side's ids in a trace.
    const id = `r${this.#lastId}`;
    return new Promise((settle) => {
      this.#waiting.set(id, { deadline, settle });
      send(encodeRequest(id, method, params));
    });
  }

  /** False: nobody waits for it (any more). */
  answered(message: Extract<Message, { kind: 'response' }>): boolean {
    const waiting = typeof message.id === 'string' ? this.#waiting.get(message.id) : undefined;
    if (waiting === undefined) return false;
    this.#waiting.delete(message.id as string);
    waiting.settle(message.error === undefined ? { result: message.result } : { error: message.error });
    return true;
  }

  /** Called now and then: settles what has waited too long. */
  expire(now: number): void {
    for (const [id, { deadline, settle }] of this.#waiting) {
      if (deadline > now) continue;
      this.#waiting.delete(id);
      settle({ lost: 'timed_out' });
    }
  }

  close(): void {
    this.#closed = true;
    for (const { settle } of this.#waiting.values()) settle({ lost: 'connection_closed' });
    this.#waiting.clear();
  }
}
