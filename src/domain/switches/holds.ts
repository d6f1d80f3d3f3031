// Who is on hold, and since when. The core knows nothing of it: the line is taken and the contact in service.

import type { ContactView, Reaction, RoutingView, Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { holdsTable } from './tables.ts';

interface Hold {
  readonly slot: number;
  readonly number: number;
  readonly since: number;
}

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
    return this.#bySlot.get(slot)?.number === number;
  }

  shown({ slot, number }: { readonly slot: number; readonly number: number }, shown: Record<string, unknown>): void {
    const hold = this.#bySlot.get(slot);
    if (hold?.number === number) shown.heldSince = hold.since;
  }

  set(contact: ContactView, on: boolean, reaction: Reaction): void {
    const { slot, number, contactId, owner, agentHandle } = contact;
    const { now, tables } = reaction;
    const held = this.#bySlot.get(slot);
    if ((held?.number === number) === on) return;
    const told = on ? { contactId, since: now } : { contactId, heldMs: now - (held as Hold).since };
    if (on) {
      const hold: Hold = { slot, number, since: now };
      this.#bySlot.set(slot, hold);
      tables.put(holdsTable, number, hold as unknown as Row);
    } else this.#forget(held as Hold, tables);
    for (const audience of [owner, this.#routing.agentAudience(agentHandle as number)])
      reaction.notify(audience, on ? 'contact.held' : 'contact.resumed', told);
  }

  /** The contact is over for the customer. */
  ended(slot: number, tables: TableWriter): void {
    const hold = this.#bySlot.get(slot);
    if (hold !== undefined) this.#forget(hold, tables);
  }

  #forget(hold: Hold, tables: TableWriter): void {
    this.#bySlot.delete(hold.slot);
    tables.remove(holdsTable, hold.number);
  }
}
