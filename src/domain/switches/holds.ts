// Who is on hold, since when, and how long it was before. The core knows nothing of it: the line is taken and the contact in
// service.

import type { ContactView, Reaction, RoutingView, Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { holdsTable } from './tables.ts';

interface Hold {
  readonly slot: number;
  readonly number: number;
  /** Undefined: not now. */
  readonly since?: number;
  /** Of the holds that are over, and how many there were; rows of before have none. */
  readonly heldMs?: number;
  readonly holds?: number;
}

export interface HeldSoFar {
  readonly heldMs: number;
  /** How often. */
  readonly holds: number;
}

const never: HeldSoFar = { heldMs: 0, holds: 0 };

/** As other modules may see it, until the contact is over. */
export type HoldsView = Pick<Holds, 'heldMsOf'>;

export class Holds {
  readonly #routing: RoutingView;
  #bySlot = new Map<number, Hold>();

  constructor(routing: RoutingView) {
    this.#routing = routing;
  }

  load(tables: TableReader): void {
    this.#bySlot = new Map();
    for (const { row } of everyRow(tables, holdsTable)) {
      const hold = row as unknown as Hold;
      this.#bySlot.set(hold.slot, hold);
    }
  }

  isHeld({ slot, number }: { readonly slot: number; readonly number: number }): boolean {
    const hold = this.#bySlot.get(slot);
    return hold?.number === number && hold.since !== undefined;
  }

  heldMsOf({ slot, number }: { readonly slot: number; readonly number: number }, now: number): HeldSoFar {
    const hold = this.#bySlot.get(slot);
    // Effects name a contact by the low half of its number.
    if (hold === undefined || hold.number >>> 0 !== number >>> 0) return never;
    const { since, heldMs = 0, holds = 1 } = hold;
    return { heldMs: heldMs + (since === undefined ? 0 : now - since), holds };
  }

  shown({ slot, number }: { readonly slot: number; readonly number: number }, shown: Record<string, unknown>): void {
    const hold = this.#bySlot.get(slot);
    if (hold?.number === number && hold.since !== undefined) shown.heldSince = hold.since;
  }

  set(contact: ContactView, on: boolean, reaction: Reaction): void {
    const { slot, number, contactId, owner, agentHandle } = contact;
    const { now, tables } = reaction;
    if (this.isHeld({ slot, number }) === on) return;
    const before = this.#bySlot.get(slot);
    const { since, heldMs = 0, holds = before === undefined ? 0 : 1 } = before ?? {};
    const thisTimeMs = since === undefined ? 0 : now - since;
    const hold: Hold = on
      ? { slot, number, since: now, heldMs, holds: holds + 1 }
      : { slot, number, heldMs: heldMs + thisTimeMs, holds };
    this.#bySlot.set(slot, hold);
    tables.put(holdsTable, number, hold as unknown as Row);
    const told = on ? { contactId, since: now } : { contactId, heldMs: thisTimeMs };
    for (const audience of [owner, this.#routing.agentAudience(agentHandle as number)])
      reaction.notify(audience, on ? 'contact.held' : 'contact.resumed', told);
  }

  /** The contact is over for the customer, or has left its agent. */
  ended(slot: number, tables: TableWriter): void {
    const hold = this.#bySlot.get(slot);
    if (hold !== undefined) this.#forget(hold, tables);
  }

  #forget(hold: Hold, tables: TableWriter): void {
    this.#bySlot.delete(hold.slot);
    tables.remove(holdsTable, hold.number);
  }
}
