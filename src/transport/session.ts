// One WebSocket connection and, once session.open has succeeded, its session. Owns what is on its way out: the order
// of messages, batches that are not complete, and the decision that the other side reads too slowly.
//
// Order: a batch takes its place in the queue with its first response, and what comes after it waits there until it is
// complete, so responses come before the notifications they caused in batches, too.
//
// A client that asks for batch frames gets what a turn sends as arrays, bounded in length; the responses of a batch are
// an array of their own all the same.

import type { Answer } from '../engine/egress.ts';
import { inFlightPerConnectionMax, overloadedRetryAfterMs, sendBufferBytesMax, turnBytesMax } from '../limits.ts';
import { refuse } from '../protocol/refusals.ts';
import type { Identity } from './authentication.ts';
import { type CloseName, closeCodes } from './close-codes.ts';
import { encodeBatch, type Message } from './json-rpc.ts';
import type { KeptRun } from './kept-texts.ts';
import { OutgoingRequests } from './outgoing-requests.ts';
import {
  type Batch,
  type Params,
  Peer,
  type RequestMessage,
  type ResponseMessage,
  type RoutedCall,
} from './request-router.ts';
import type { Connection } from './transport.ts';
import { TurnFrames } from './turn-frames.ts';

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
  /** Behind a batch that is not complete. */
  #waiting: (string | Batch)[] = [];
  #waitingCharacters = 0;
  #turn = -1;
  #turnBytes = 0;
  /** For the end of the turn. */
  #gathered: TurnFrames | undefined;

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
    if (!this.#counted(text.length)) return;
    if (this.#waiting.length === 0) this.#send(text);
    else if (this.#mayWait(text)) this.#waiting.push(text);
  }

  deliverKept(run: KeptRun): void {
    const { bytes, from, ends, first } = run;
    if (this.batchFrames && this.#waiting.length === 0) {
      if (this.#counted(ends.at(-1)! - from)) this.#frames().addRun(run);
      return;
    }
    let start = from;
    for (let index = first; index < ends.length; index++) {
      this.deliver(bytes.toString('utf8', start, ends[index]));
      start = ends[index]! + 1;
    }
  }

  override answer(call: RoutedCall, answer: Answer): void {
    const { id, batch, writeMembers } = call;
    const isPlain = batch === undefined && typeof id === 'number' && 'result' in answer && writeMembers !== undefined;
    if (isPlain && this.batchFrames && this.#waiting.length === 0) {
      if (!this.#counted(0)) return;
      const bytes = this.#frames().addResult(id, answer.result as Params, writeMembers);
      if (bytes >= 0) return void this.#counted(bytes);
    }
    super.answer(call, answer);
  }

  deliverInBatch(batch: Batch, text: string): void {
    if (!this.#counted(text.length) || !this.#mayWait(text)) return;
    batch.responses.push(text);
    if (batch.responses.length === 1) this.#waiting.push(batch);
    if (batch.complete) this.#sendWaiting();
  }

  /** Called at the end of a turn: what it has gathered leaves as arrays, a single message as itself. */
  sendGathered(): void {
    const frames = this.#gathered;
    if (frames === undefined) return;
    this.#gathered = undefined;
    frames.finish();
    this.connection.sendFrames(frames.bytes, frames.starts, frames.ends);
    frames.giveBack();
  }

  #frames(): TurnFrames {
    if (this.#gathered === undefined) {
      this.#gathered = TurnFrames.take();
      this.#host.gathers(this);
    }
    return this.#gathered;
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
    this.#gathered?.giveBack();
    this.#gathered = undefined;
    this.outgoing.close();
  }

  #send(text: string): void {
    if (this.batchFrames) this.#frames().addText(text);
    else this.connection.send(text);
  }

  #sendWaiting(): void {
    let sent = 0;
    for (const next of this.#waiting) {
      if (typeof next === 'string') this.#send(next);
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
  #counted(length: number): boolean {
    if (this.state === 'closed') return false;
    if (this.#turn !== this.#host.turn) {
      this.#turn = this.#host.turn;
      this.#turnBytes = 0;
      const bound = this.#host.sendBufferBytesMax ?? sendBufferBytesMax;
      if (this.connection.bufferedBytes() + (this.#gathered?.length ?? 0) > bound) return this.#closeSlow();
    }
    this.#turnBytes += length;
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
