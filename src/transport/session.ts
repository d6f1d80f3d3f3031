// One WebSocket connection and, once session.open has succeeded, its session. Owns what is on its way out: the order
// of messages, batches that are not complete, and the decision that the other side reads too slowly.
//
// Order: a batch takes its place in the queue with its first response, and what comes after it waits there until it is
// complete, so responses come before the notifications they caused in batches, too.

import { inFlightPerConnectionMax, overloadedRetryAfterMs, sendBufferBytesMax, turnBytesMax } from '../limits.ts';
import { refuse } from '../protocol/refusals.ts';
import type { Identity } from './authentication.ts';
import { type CloseName, closeCodes } from './close-codes.ts';
import { encodeBatch, type Message } from './json-rpc.ts';
import { OutgoingRequests } from './outgoing-requests.ts';
import { type Batch, Peer, type RequestMessage, type ResponseMessage } from './request-router.ts';
import type { Connection } from './transport.ts';

/** What a session needs of src/transport/sessions.ts. */
export interface SessionHost {
  /** Grows with every turn: what one turn sends is counted by it. */
  readonly turn: number;
  readonly sendBufferBytesMax?: number;
  open(session: Session, message: RequestMessage, batch: Batch | undefined): void;
  /** The connection is about to be closed by the router. */
  closing(session: Session, why: CloseName): void;
}

export type SessionState = 'new' | 'opening' | 'open' | 'closed';

export class Session extends Peer {
  readonly connection: Connection;
  readonly connectedAt: number;
  readonly outgoing = new OutgoingRequests();
  readonly #host: SessionHost;
  state: SessionState = 'new';
  identity: Identity | undefined;
  /** By the clock of the last sweep: a second's accuracy is enough to notice silence. */
  heardAt: number;
  pingedAt: number;
  #held: { message: Message; batch: Batch | undefined }[] = [];
  #waiting: (string | Batch)[] = [];
  #waitingCharacters = 0;
  #turn = -1;
  #turnBytes = 0;

  constructor(connection: Connection, host: SessionHost, now: number) {
    super();
    this.connection = connection;
    this.#host = host;
    this.connectedAt = now;
    this.heardAt = now;
    this.pingedAt = now;
  }

  open(message: RequestMessage, batch: Batch | undefined): void {
    this.#host.open(this, message, batch);
  }

  answered(message: ResponseMessage): void {
    this.outgoing.answered(message);
  }

  /** While the session opens, whatever follows waits, bounded. */
  holds(message: Message, batch: Batch | undefined): boolean {
    if (this.state === 'closed') return true;
    if (this.state !== 'opening') return false;
    if (message.kind === 'request' && message.method === 'session.open') return false;
    if (this.#held.length < inFlightPerConnectionMax) this.#held.push({ message, batch });
    else if (message.kind === 'request') {
      this.refuse(message, batch, refuse('overloaded', { retryAfterMs: overloadedRetryAfterMs }));
    }
    return true;
  }

  takeHeld(): { message: Message; batch: Batch | undefined }[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }

  deliver(text: string): void {
    if (!this.#counted(text)) return;
    if (this.#waiting.length === 0) this.connection.send(text);
    else if (this.#mayWait(text)) this.#waiting.push(text);
  }

  deliverInBatch(batch: Batch, text: string): void {
    if (!this.#counted(text) || !this.#mayWait(text)) return;
    batch.responses.push(text);
    if (batch.responses.length === 1) this.#waiting.push(batch);
    if (batch.complete) this.#sendWaiting();
  }

  close(why: CloseName): void {
    if (this.state === 'closed') return;
    const [code, reason] = closeCodes[why];
    this.#host.closing(this, why);
    this.connection.close(code, reason);
  }

  /** The connection is no more: nothing is sent or answered from here on. */
  gone(): void {
    this.state = 'closed';
    this.caller = undefined;
    this.sink = undefined;
    this.#held = [];
    this.#waiting = [];
    this.outgoing.close();
  }

  #sendWaiting(): void {
    let sent = 0;
    for (const next of this.#waiting) {
      if (typeof next !== 'string' && !next.complete) break;
      const text = typeof next === 'string' ? next : encodeBatch(next.responses);
      this.connection.send(text);
      sent += 1;
    }
    for (const gone of this.#waiting.splice(0, sent)) this.#waitingCharacters -= charactersOf(gone);
  }

  /** What waits behind a batch is bounded as what one turn may send. */
  #mayWait(text: string): boolean {
    this.#waitingCharacters += text.length;
    return this.#waitingCharacters <= turnBytesMax || this.#closeSlow();
  }

  /** Closes a slow reader: what earlier turns left unread is over the bound, or one turn sends more than any may. */
  #counted(text: string): boolean {
    if (this.state === 'closed') return false;
    if (this.#turn !== this.#host.turn) {
      this.#turn = this.#host.turn;
      this.#turnBytes = 0;
      const bound = this.#host.sendBufferBytesMax ?? sendBufferBytesMax;
      if (this.connection.bufferedBytes() > bound) return this.#closeSlow();
    }
    this.#turnBytes += text.length;
    return this.#turnBytes <= turnBytesMax || this.#closeSlow();
  }

  #closeSlow(): false {
    this.close('slow_reader');
    return false;
  }
}

function charactersOf(waiting: string | Batch): number {
  if (typeof waiting === 'string') return waiting.length;
  return waiting.responses.reduce((sum, { length }) => sum + length, 0);
}
