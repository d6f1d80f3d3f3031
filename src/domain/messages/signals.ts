// Signals between the two sides of a contact in service: what browsers tell each other to set up media between them.
//
//   told ─▶ kept, in order ── the other side has `received` it · another agent, another device, the end ─▶ gone
//
// What they mean is the two sides' own. They are for one connection, of one agent with one device of the customer: with another of
// either it is void, so what is left is looked at by whom it was for, and goes with the next signal or with the agent. Numbers go on.

import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import type { Audience } from '../../engine/egress.ts';
import { signalsWaitingMax } from '../../limits.ts';
import type { SignalSide } from '../../protocol/messages.ts';
import type { ContactView, Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { signalsTable } from './tables.ts';

interface Connection extends ContactHandle {
  /** The number of the last signal of the contact. */
  readonly last: number;
  /** Empty: of an agent who has it no longer. */
  readonly agentId: string;
  readonly owner: Pick<Audience, 'role' | 'sub'>;
}

export interface Signal {
  readonly number: number;
  /** Who says it. */
  readonly side: SignalSide;
  readonly sub: string;
  readonly agentId: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: number;
}

interface Known {
  connection: Connection;
  /** Numbers of what the one side has said and the other has not taken. */
  readonly waiting: Record<SignalSide, number[]>;
}

export class Signals {
  #bySlot = new Map<number, Known>();

  load(tables: TableReader): void {
    this.#bySlot = new Map();
    const bySide = new Map<number, Known>();
    for (const { key, row } of everyRow(tables, signalsTable)) {
      const [contact, number] = key as readonly [number, number];
      if (number === 0) {
        const connection = row as unknown as Connection;
        const known: Known = { connection, waiting: { customer: [], agent: [] } };
        this.#bySlot.set(connection.slot, known);
        bySide.set(contact, known);
      } else bySide.get(contact)!.waiting[row.side as SignalSide].push(number);
    }
  }

  get isEmpty(): boolean {
    return this.#bySlot.size === 0;
  }

  waiting(contact: ContactView, side: SignalSide): number {
    return this.#current(contact)?.waiting[side].length ?? 0;
  }

  /** What the side has said, and the other has not taken. */
  *from(contact: ContactView, side: SignalSide, tables: TableReader): Generator<Signal> {
    for (const number of this.#current(contact)?.waiting[side] ?? [])
      yield tables.get(signalsTable, [contact.number, number]) as unknown as Signal;
  }

  isFull(contact: ContactView, side: SignalSide): boolean {
    return this.waiting(contact, side) >= signalsWaitingMax;
  }

  /** Of a contact in service. */
  say(
    contact: ContactView,
    what: Pick<Signal, 'side' | 'sub' | 'data'>,
    { now, tables }: { readonly now: number; readonly tables: TableWriter },
  ): Signal {
    const known = this.#current(contact) ?? this.#begin(contact, tables);
    const { connection, waiting } = known;
    const number = connection.last + 1;
    const signal: Signal = { ...what, number, agentId: connection.agentId, at: now };
    waiting[what.side].push(number);
    known.connection = { ...connection, last: number };
    tables.put(signalsTable, [contact.number, 0], known.connection as unknown as Row);
    tables.put(signalsTable, [contact.number, number], signal as unknown as Row);
    return signal;
  }

  /** What this side has said is with the other, up to a number. */
  taken(contact: ContactView, side: SignalSide, upTo: number, tables: TableWriter): void {
    const known = this.#current(contact);
    if (known === undefined) return;
    for (const number of known.waiting[side].filter((one) => one <= upTo))
      tables.remove(signalsTable, [contact.number, number]);
    known.waiting[side] = known.waiting[side].filter((one) => one > upTo);
  }

  /** The contact has left its agent. */
  parted(effect: Effect, tables: TableWriter): void {
    const known = this.#ofEffect(effect);
    if (known === undefined) return;
    this.#empty(known, tables);
    known.connection = { ...known.connection, agentId: '' };
    tables.put(signalsTable, [known.connection.number, 0], known.connection as unknown as Row);
  }

  ended(effect: Effect, tables: TableWriter): void {
    const known = this.#ofEffect(effect);
    if (known === undefined) return;
    this.#empty(known, tables);
    tables.remove(signalsTable, [known.connection.number, 0]);
    this.#bySlot.delete(effect.contact);
  }

  #begin(contact: ContactView, tables: TableWriter): Known {
    const { slot, number, agentId = '', owner } = contact;
    const before = this.#bySlot.get(slot);
    if (before !== undefined) this.#empty(before, tables);
    const last = before?.connection.number === number ? before.connection.last : 0;
    const connection = { slot, number, last, agentId, owner: { role: owner.role, sub: owner.sub } };
    const known: Known = { connection, waiting: { customer: [], agent: [] } };
    this.#bySlot.set(slot, known);
    return known;
  }

  #empty({ connection: { number }, waiting }: Known, tables: TableWriter): void {
    for (const one of [...waiting.customer, ...waiting.agent]) tables.remove(signalsTable, [number, one]);
    waiting.customer = [];
    waiting.agent = [];
  }

  #current({ slot, number, agentId, owner }: ContactView): Known | undefined {
    const known = this.#bySlot.get(slot);
    if (known?.connection.number !== number || known.connection.agentId !== agentId) return undefined;
    const { role, sub } = known.connection.owner;
    return role === owner.role && sub === owner.sub ? known : undefined;
  }

  /** Effects name a contact by the low half of its number. */
  #ofEffect({ contact: slot, number: low }: Effect): Known | undefined {
    const known = this.#bySlot.get(slot);
    return known !== undefined && known.connection.number >>> 0 === low >>> 0 ? known : undefined;
  }
}
