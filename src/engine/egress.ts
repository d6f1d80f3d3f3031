// The seam between a partition and its clients: what may leave, in the order in which it leaves.
//
// A partition calls these only for ticks that are durable (or for what depends on durable ticks alone), responses
// before the notifications they caused. Sessions (src/transport/sessions.ts) number, encode and send.

import type { Refusal } from '../protocol/refusals.ts';

export type Role = 'admin' | 'app' | 'switch' | 'agent' | 'customer' | 'supervisor';

export interface Caller {
  readonly tenant: string;
  readonly role: Role;
  /** Agent id, switch id, visitor id, …: unique within tenant and role. */
  readonly sub: string;
}

/** Whose notifications: every session of this role and sub sees the same numbers. */
export interface Audience {
  readonly role: Role;
  readonly sub: string;
}

export type Answer =
  | { readonly result: unknown }
  | { readonly refusal: Refusal }
  /** A bug of ours, already logged: -32603 with a reference to find it by. */
  | { readonly bug: string };

/** A validated and authorised request on its way through a partition. */
export interface RoutedRequest {
  readonly caller: Caller;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** session.open only: the client's last number is still in the ring, so no state is needed. */
  readonly resumes?: boolean;
  /** The sender's own handle for the answer: opaque to the partition. */
  readonly origin: unknown;
}

export interface Egress {
  answer(request: RoutedRequest, answer: Answer): void;
  notify(audience: Audience, event: string, params: Readonly<Record<string, unknown>>): void;
  /** Everything released in this turn has been handed over: write the sockets. */
  flush(): void;
}

/** What sessions see of a partition. */
export interface RequestSink {
  /** Never throws. Answers come back through Egress, `overloaded` and `not_ready` at once. */
  submit(request: RoutedRequest): void;
}
