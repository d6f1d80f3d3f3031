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
  /** Not a request of the caller's, but news of it: it has no method and never meets a full inbox. */
  readonly news?: FromSessions;
  /** The sender's own handle for the answer: opaque to the partition. */
  readonly origin: unknown;
}

/** What a module wants of a client. Nothing is remembered of it here: what must happen is a row of the module's. */
export interface Ask {
  readonly audience: Audience;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Whose it is: module/reference. Comes back with the answer. */
  readonly reference: string;
  readonly timeoutMs: number;
}

/** What a client answered. That it did not answer is not told: it may have done it or not. */
export type ClientAnswer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } };

/** What nobody asks for from outside: it comes from the sessions themselves. */
export type FromSessions =
  /** The audience has a session more, or its last one has gone. */
  | { readonly connected: boolean }
  | { readonly answeredTo: string; readonly answer: ClientAnswer }
  /** Or from the partition: what a module wanted gone from the disk is gone. Whose it is, and the module's own name for it. */
  | { readonly gone: string };

export interface Egress {
  answer(request: RoutedRequest, answer: Answer): void;
  notify(audience: Audience, event: string, params: Readonly<Record<string, unknown>>): void;
  /** To one session of the audience, the newest. Without a session it is dropped. */
  ask(ask: Ask): void;
  /** Everything released in this turn has been handed over: write the sockets. */
  flush(): void;
}

/** What sessions see of a partition. */
export interface RequestSink {
  /** Never throws. Answers come back through Egress, `overloaded` and `not_ready` at once. */
  submit(request: RoutedRequest): void;
  /** Of whom it wants to know when they connect and go. */
  readonly watchedRoles: ReadonlySet<Role>;
}
