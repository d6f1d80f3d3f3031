// What customers hear of their place while they wait (`announceEveryMs`).
//
//   queued · may be offered again · its queue was changed ──▶ follow-up ── due? ──▶ CONTACT_PLACE ─▶ PLACE ─▶ leg.play
//                                                      ▲          └ not yet: a timer of the core        │
//                                                      └────────────────── an interval later ◀──────────┘
//
// A place that was told a while ago is another one by now, so the core is asked for it in the tick in which it is told, and the switch is
// asked once: an announcement that comes late says what is not so any more. Nothing depends on whether it is heard. Who rings, waits for
// one agent, is withheld or has gone from the queue hears nothing; the time goes on, and who waits again is told as soon as it is due.

import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import type { PlacePrompt } from '../../protocol/legs.ts';
import { ContactRows } from '../contact-rows.ts';
import type { Admission, ContactView, Reaction, RoutingView, TableReader } from '../module.ts';
import type { Leg } from './leg-book.ts';
import type { Legs } from './legs.ts';
import { announcementsTable } from './tables.ts';

/** When the customer was told last. */
interface Announced extends ContactHandle {
  readonly at: number;
}

/** What becomes of one nobody waits for. */
const reference = 'announcement';

export class Announcements {
  readonly #routing: RoutingView;
  readonly #legs: Legs;
  /** Digits are collected from it: whoever is to press keys is not talked to. */
  readonly #isAskedForDigits: (contact: ContactHandle) => boolean;
  readonly #rows = new ContactRows<Announced>(announcementsTable);
  /** Contacts ahead of those whose place was asked for in this tick, by slot. */
  readonly #ahead = new Map<number, ContactHandle & { readonly ahead: number }>();

  constructor(routing: RoutingView, legs: Legs, isAskedForDigits: (contact: ContactHandle) => boolean) {
    this.#routing = routing;
    this.#legs = legs;
    this.#isAskedForDigits = isAskedForDigits;
  }

  load(tables: TableReader): void {
    this.#rows.load(tables);
    this.#ahead.clear();
  }

  /** It waits, for the first time or again. */
  queued({ contact: slot, number: low, queue }: Effect, reaction: Reaction): void {
    if (this.#routing.policyOf(queue).announceEveryMs === undefined) return;
    // A colleague who calls sees how far it is.
    if (this.#routing.isInternal(slot, low)) return;
    const number = this.#routing.contactNumberOf(slot, low);
    if (this.#legs.customerOf({ slot, number }) !== undefined) this.look({ slot, number }, reaction);
  }

  look({ slot, number }: ContactHandle, reaction: Reaction): void {
    reaction.followUp('announce', { slot, number });
  }

  lookAt(number: number, reaction: Reaction): void {
    const contact = this.#routing.contactByNumber(number);
    if (contact !== undefined) this.look(contact, reaction);
  }

  /** `setTimer`: by the number of the contact. */
  announce(
    { slot, number }: ContactHandle,
    { core, now }: Admission,
    setTimer: (number: number, dueAt: number) => void,
  ): void {
    const contact = this.#routing.contactByHandle(slot, number);
    const everyMs = contact && this.#routing.policyOf(contact.queue).announceEveryMs;
    if (contact === undefined || everyMs === undefined || this.#legOf(contact) === undefined) return;
    if (contact.isInternal) return;
    const toldAt = this.#rows.of(contact)?.at;
    if (toldAt !== undefined && now < toldAt + everyMs) setTimer(number, toldAt + everyMs);
    else core.contactPlace(contact);
  }

  /** What it was told of its place holds at the end of the tick, unless it is somewhere else by then. */
  placeIs({ contact: slot, number: low, value: ahead }: Effect): void {
    const number = this.#routing.contactNumberOf(slot, low);
    this.#ahead.set(slot, { slot, number, ahead });
  }

  settle(reaction: Reaction): void {
    if (this.#ahead.size === 0) return;
    for (const { slot, number, ahead } of this.#ahead.values()) {
      const contact = this.#routing.contactByHandle(slot, number);
      if (contact !== undefined) this.#tell(contact, ahead + 1, reaction);
    }
    this.#ahead.clear();
  }

  #tell(contact: ContactView, position: number, reaction: Reaction): void {
    const leg = this.#legOf(contact);
    if (leg === undefined) return;
    const { slot, number, contactId } = contact;
    this.#rows.keep({ slot, number, at: reaction.now }, reaction.tables);
    this.look(contact, reaction);
    if (!this.#legs.isConnected(leg) || this.#isAskedForDigits(contact)) return;
    const estimatedMs = this.#routing.estimatedMs(contact, position, reaction.now);
    const prompt: PlacePrompt = { kind: 'place', position, ...(estimatedMs !== null && { estimatedMs }) };
    this.#legs.askOnce(leg, 'leg.play', { contactId, legId: leg.legId, prompt }, reference, reaction);
  }

  /** The leg of a customer who waits for whoever is free; undefined where there is nobody to be told anything. */
  #legOf(contact: ContactView): Leg | undefined {
    const { state, withheld, about } = contact;
    if (state !== 'waiting' || withheld || about !== undefined) return undefined;
    const leg = this.#legs.customerOf(contact);
    return leg?.state === 'answered' && !leg.releasing ? leg : undefined;
  }

  released({ contact: slot, number }: Effect, { tables }: Reaction): void {
    const announced = this.#rows.ofEffect(slot, number);
    if (announced !== undefined) this.#rows.drop(announced, tables);
  }
}
