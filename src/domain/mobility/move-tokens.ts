// Move tokens: whoever has one has the call. Told once; what is kept is a digest, which contact it is of, until when it holds, and
// whether it was used. One that was used or is too old is remembered for a while, to say so.

import {
  moveTokenKeptMs,
  moveTokensForgottenPerTickMax,
  moveTokensPerContactMax,
  moveTokensPerTenantMax,
} from '../../limits.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Admission, Reaction, Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { digestOf } from '../token-digest.ts';
import { moveTokensTable } from './tables.ts';

export interface MoveToken {
  readonly number: number;
  readonly digest: string;
  /** The number of the contact. */
  readonly of: number;
  /** Who served it last, of whom the token knows. */
  readonly agentId: string | undefined;
  readonly expiresAt: number;
  /** The id of the call that came with it. */
  readonly usedBy?: string;
}

const TOKEN_BYTES = 16;

export class MoveTokens {
  #byDigest = new Map<string, MoveToken>();
  /** By the contact: the oldest first. */
  #byContact = new Map<number, MoveToken[]>();
  #next = 1;

  load(tables: TableReader): void {
    this.#byDigest = new Map();
    this.#byContact = new Map();
    this.#next = 1;
    for (const { row } of everyRow(tables, moveTokensTable)) this.#know(row as unknown as MoveToken);
  }

  /** Returns the token, which is told and forgotten. */
  make(of: number, agentId: string | undefined, expiresAt: number, admission: Admission): string {
    const { tables, onUndo } = admission;
    const token = Buffer.from(admission.bytes(TOKEN_BYTES)).toString('hex');
    const ofContact = this.#byContact.get(of) ?? [];
    const [oldest] = this.#byDigest.values();
    // Neither a customer who asks again and again nor a page that does so for all keeps others from theirs.
    const tooMany = ofContact.length >= moveTokensPerContactMax ? ofContact[0] : undefined;
    const dropped = tooMany ?? (this.#byDigest.size >= moveTokensPerTenantMax ? oldest : undefined);
    if (dropped !== undefined) this.#forget(dropped, tables);
    const made: MoveToken = { number: this.#next, digest: digestOf(token), of, agentId, expiresAt };
    this.#know(made);
    tables.put(moveTokensTable, made.number, made as unknown as Row);
    onUndo(() => {
      this.#unknow(made);
      if (dropped !== undefined) this.#know(dropped);
    });
    return token;
  }

  find(digest: string): MoveToken | undefined {
    return this.#byDigest.get(digest);
  }

  /** It is used up from this moment on, for whatever else comes in the same tick as well. */
  use(digest: string, contactId: string, { now, tables, onUndo }: Admission): MoveToken | Refusal {
    const token = this.#byDigest.get(digest);
    if (token === undefined) return refuse('move_token_not_found');
    if (token.usedBy !== undefined) return refuse('move_token_used');
    if (token.expiresAt <= now) return refuse('move_token_expired', { expiredAt: token.expiresAt });
    this.#change(token, { usedBy: contactId }, tables);
    onUndo(() => this.#replace(token));
    return token;
  }

  /** Somebody serves the contact. */
  servedBy(of: number, agentId: string, tables: TableWriter): void {
    for (const token of this.#byContact.get(of) ?? [])
      if (token.agentId !== agentId) this.#change(token, { agentId }, tables);
  }

  get isEmpty(): boolean {
    return this.#byDigest.size === 0;
  }

  /** When the next is to be forgotten. */
  nextDue(): number | undefined {
    let due: number | undefined;
    for (const { expiresAt } of this.#byDigest.values()) due = Math.min(due ?? expiresAt, expiresAt);
    return due === undefined ? undefined : due + moveTokenKeptMs;
  }

  forgetOld({ now, tables }: Pick<Reaction, 'now' | 'tables'>): void {
    let left = moveTokensForgottenPerTickMax;
    for (const token of this.#byDigest.values()) {
      if (token.expiresAt + moveTokenKeptMs > now) continue;
      if (left-- === 0) return;
      this.#forget(token, tables);
    }
  }

  /** Of a contact of which nothing is to be left. */
  erase(number: number, tables: TableWriter): void {
    for (const token of this.#byDigest.values()) if (token.number === number) this.#forget(token, tables);
  }

  #change(token: MoveToken, change: Partial<MoveToken>, tables: TableWriter): void {
    const changed = { ...token, ...change };
    this.#replace(changed);
    tables.put(moveTokensTable, changed.number, changed as unknown as Row);
  }

  #replace(token: MoveToken): void {
    this.#byDigest.set(token.digest, token);
    const ofContact = this.#byContact.get(token.of) ?? [];
    this.#byContact.set(
      token.of,
      ofContact.map((one) => (one.number === token.number ? token : one)),
    );
  }

  #know(token: MoveToken): void {
    this.#byDigest.set(token.digest, token);
    const ofContact = [...(this.#byContact.get(token.of) ?? []), token];
    this.#byContact.set(
      token.of,
      ofContact.sort((a, b) => a.number - b.number),
    );
    this.#next = Math.max(this.#next, token.number + 1);
  }

  #unknow({ digest, of, number }: MoveToken): void {
    this.#byDigest.delete(digest);
    const others = (this.#byContact.get(of) ?? []).filter((one) => one.number !== number);
    if (others.length > 0) this.#byContact.set(of, others);
    else this.#byContact.delete(of);
  }

  #forget(token: MoveToken, tables: TableWriter): void {
    this.#unknow(token);
    tables.remove(moveTokensTable, token.number);
  }
}
