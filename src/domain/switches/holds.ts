// Who is on hold, since when, and how long it was before. The core knows nothing of it: the line is taken and the contact in
// service. Of a consultation it is whoever is asked who is on hold, by the agent who asks.

import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import { ContactRows } from '../contact-rows.ts';
import type { ContactView, Reaction, RoutingView, TableReader, TableWriter } from '../module.ts';
import { holdsTable } from './tables.ts';

interface Hold extends ContactHandle {
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
export type HoldsView = Pick<Holds, 'heldMsOf' | 'isHeld' | 'onChanged'>;

export class Holds {
  readonly #routing: RoutingView;
  readonly #rows = new ContactRows<Hold>(holdsTable);
  #told: (contact: ContactHandle, reaction: Reaction) => boolean = () => false;
  #later: (contact: ContactHandle) => void = () => {};

  constructor(routing: RoutingView) {
    this.#routing = routing;
  }

  /** Told as it happens; where it says so, `later` is told once more, in the next tick. */
  onChanged(
    told: (contact: ContactHandle, reaction: Reaction) => boolean,
    later: (contact: ContactHandle) => void,
  ): void {
    this.#told = told;
    this.#later = later;
  }

  /** The next tick has come. */
  changed(contact: ContactHandle): void {
    this.#later(contact);
  }

  load(tables: TableReader): void {
    this.#rows.load(tables);
  }

  isHeld(contact: ContactHandle): boolean {
    return this.#rows.of(contact)?.since !== undefined;
  }

  isHeldOfEffect(slot: number, low: number): boolean {
    return this.#rows.ofEffect(slot, low)?.since !== undefined;
  }

  heldMsOf({ slot, number }: ContactHandle, now: number): HeldSoFar {
    const hold = this.#rows.ofEffect(slot, number);
    if (hold === undefined) return never;
    const { since, heldMs = 0, holds = 1 } = hold;
    return { heldMs: heldMs + (since === undefined ? 0 : now - since), holds };
  }

  shown(contact: ContactHandle, shown: Record<string, unknown>): void {
    const since = this.#rows.of(contact)?.since;
    if (since !== undefined) shown.heldSince = since;
    const other = this.#routing.otherSideOf(contact.slot, contact.number);
    const otherSince = other && this.#rows.of(other)?.since;
    if (otherSince !== undefined) shown.heldBySince = otherSince;
  }

  set(contact: ContactView, on: boolean, reaction: Reaction): void {
    const { slot, number, contactId, owner, agentHandle } = contact;
    const { now, tables } = reaction;
    if (this.isHeld(contact) === on) return;
    const before = this.#rows.of(contact);
    const { since, heldMs = 0, holds = before === undefined ? 0 : 1 } = before ?? {};
    const thisTimeMs = since === undefined ? 0 : now - since;
    const hold: Hold = on
      ? { slot, number, since: now, heldMs, holds: holds + 1 }
      : { slot, number, heldMs: heldMs + thisTimeMs, holds };
    this.#rows.keep(hold, tables);
    if (this.#told({ slot, number }, reaction)) reaction.followUp('holdChanged', { slot, number });
    const told = on ? { contactId, since: now } : { contactId, heldMs: thisTimeMs };
    // Nobody serves a consultation of a number outside.
    const agent = agentHandle === undefined ? [] : [this.#routing.agentAudience(agentHandle)];
    for (const audience of [owner, ...agent]) reaction.notify(audience, on ? 'contact.held' : 'contact.resumed', told);
    this.#tellColleague(contact, on, told, reaction);
  }

  /** Of a call between two agents the customer of the one is the other. */
  #tellColleague({ slot, number, agentId }: ContactView, on: boolean, told: object, reaction: Reaction): void {
    const other = this.#routing.otherSideOf(slot, number);
    if (other?.agentHandle === undefined || agentId === undefined) return;
    const params = { ...told, contactId: other.contactId, agentId };
    const audience = this.#routing.agentAudience(other.agentHandle);
    reaction.notify(audience, on ? 'contact.heldBy' : 'contact.resumedBy', params);
  }

  /** The contact is over for the customer, or has left its agent. */
  ended({ contact: slot, number }: Effect, tables: TableWriter): void {
    const hold = this.#rows.ofEffect(slot, number);
    if (hold !== undefined) this.#rows.drop(hold, tables);
  }
}
