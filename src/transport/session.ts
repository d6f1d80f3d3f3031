// One WebSocket connection and, once session.open has succeeded, its session. Owns what is on its way out: the order
// of messages, batches that are not complete, and the decision that the other side reads too slowly.
//
// Order: a batch takes its place in the queue with its first response, and what comes after it waits there until it is
// complete, so responses come before the notifications they caused in batches, too.
//
// A client that asks for batch frames gets what a turn sends as arrays, bounded in characters; the responses of a batch are
// an array of their own all the same.

import {
  batchFrameCharactersMax,
  inFlightPerConnectionMax,
  overloadedRetryAfterMs,
  sendBufferBytesMax,
  turnBytesMax,
} from '../limits.ts';
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
  /** The session has something for the end of the turn: sendGathered() is to be called then. */
  gathers(session: Session): void;
  /** The connection is about to be closed by the router. */
  closing(session: Session, why: CloseName): void;
}

/** Behind a batch that is not complete: so many messages, with commas between them. */
interface Waiting {
  readonly text: string;
  readonly messages: number;
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
  /** What a turn sends leaves in as few frames as can be, as session.open has asked. */
  batchFrames = false;
  #held: { message: Message; batch: Batch | undefined }[] = [];
  #waiting: (Waiting | Batch)[] = [];
  #waitingCharacters = 0;
  #turn = -1;
  #turnBytes = 0;
  /** For the end of the turn: messages with commas between them. */
  #gathered = '';
  #gatheredMessages = 0;

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
    this.#deliver(text, 1);
  }

  deliverTogether(together: string, lengths: readonly number[]): void {
    if (this.batchFrames || lengths.length === 1) {
      this.#deliver(together, lengths.length);
      return;
    }
    let at = 0;
    for (const length of lengths) {
      this.#deliver(together.slice(at, at + length), 1);
      at += length + 1;
    }
  }

  deliverInBatch(batch: Batch, text: string): void {
    if (!this.#counted(text) || !this.#mayWait(text)) return;
    batch.responses.push(text);
    if (batch.responses.length === 1) this.#waiting.push(batch);
    if (batch.complete) this.#sendWaiting();
  }

  /** Called at the end of a turn: what it has gathered leaves as one array, a single message as itself. */
  sendGathered(): void {
    if (this.#gatheredMessages === 0) return;
    const text = this.#gatheredMessages === 1 ? this.#gathered : `[${this.#gathered}]`;
    this.#gathered = '';
    this.#gatheredMessages = 0;
    this.connection.send(text);
  }

  close(why: CloseName): void {
    if (this.state === 'closed') return;
    const [code, reason] = closeCodes[why];
    this.sendGathered();
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
    this.#gathered = '';
    this.#gatheredMessages = 0;
    this.outgoing.close();
  }

  #deliver(text: string, messages: number): void {
    if (!this.#counted(text)) return;
    if (this.#waiting.length === 0) this.#send(text, messages);
    else if (this.#mayWait(text)) this.#waiting.push({ text, messages });
  }

  /** So many messages, with commas between them. */
  #send(text: string, messages: number): void {
    if (!this.batchFrames) {
      this.connection.send(text);
      return;
    }
    if (this.#gathered.length + text.length > batchFrameCharactersMax) this.sendGathered();
    if (this.#gatheredMessages === 0) {
      this.#host.gathers(this);
      this.#gathered = text;
    } else this.#gathered += `,${text}`;
    this.#gatheredMessages += messages;
  }

  #sendWaiting(): void {
    let sent = 0;
    for (const next of this.#waiting) {
      if ('text' in next) this.#send(next.text, next.messages);
      else if (next.complete) {
        this.sendGathered();
        this.connection.send(encodeBatch(next.responses));
      } else break;
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
      if (this.connection.bufferedBytes() + this.#gathered.length > bound) return this.#closeSlow();
    }
    this.#turnBytes += text.length;
    return this.#turnBytes <= turnBytesMax || this.#closeSlow();
  }

  #closeSlow(): false {
    this.close('slow_reader');
    return false;
  }
}

function charactersOf(waiting: Waiting | Batch): number {
  if ('text' in waiting) return waiting.text.length;
  return waiting.responses.reduce((sum, { length }) => sum + length, 0);
}
