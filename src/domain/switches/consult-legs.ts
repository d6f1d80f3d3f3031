// What consultations and conferences do to legs (docs/switches.md). The customer's side of a consultation is the leg of the
// agent who asks, which stays the leg of the contact that it is about: it is lent.
//
//   asked for ─▶ the customer is held ─▶ taken: the two agents are joined ─▶ over: customer and agent are joined again
//                                          ├ back and forth: the customer is joined with the agent, and the other one held (brokering.ts)
//                                          ├ conference: customer and both agents are joined
//                                          └ taken over: the customer is joined with the agent who was asked
//
// A leg that is joined leaves whatever it was in, so one request says all of it; what was asked before of the same leg is forgotten.
// Without legs all of it is so at once. Who is in a conference is a row: the core knows of two contacts in service.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import type { Params } from '../../protocol/methods.ts';
import { refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted, ContactView, Reaction, RoutingView, SendsContacts, TableReader } from '../module.ts';
import { everyRow } from '../rows.ts';
import type { Brokering } from './brokering.ts';
import type { Holds } from './holds.ts';
import type { Leg, LegBook } from './leg-book.ts';
import type { LegRequest } from './leg-requests.ts';
import type { Legs } from './legs.ts';
import { conferencesTable } from './tables.ts';

/** By the slot of the consultation. */
interface Conference {
  readonly slot: number;
  readonly number: number;
  readonly since: number;
}

type Handle = { readonly slot: number; readonly number: number };

export class ConsultLegs {
  readonly #book: LegBook;
  readonly #holds: Holds;
  readonly #routing: RoutingView;
  readonly #legs: Legs;
  /** Whoever was changing lines is not to have this contact changed any more. */
  readonly #overrules: (contact: ContactView, reaction: Reaction) => void;
  readonly #brokering: Brokering;
  readonly #sending: SendsContacts;
  #conferences = new Map<number, Conference>();
  /** Of a consultation whose line serves the contact that it was about: told of next. */
  #goesOver: { readonly isAtSwitch: boolean; readonly leg: Leg | undefined } | undefined;

  constructor(parts: {
    readonly book: LegBook;
    readonly holds: Holds;
    readonly routing: RoutingView;
    readonly legs: Legs;
    readonly brokering: Brokering;
    readonly sending: SendsContacts;
    readonly overrules: (contact: ContactView, reaction: Reaction) => void;
  }) {
    this.#book = parts.book;
    this.#holds = parts.holds;
    this.#routing = parts.routing;
    this.#legs = parts.legs;
    this.#brokering = parts.brokering;
    this.#sending = parts.sending;
    this.#overrules = parts.overrules;
  }

  load(tables: TableReader): void {
    this.#goesOver = undefined;
    this.#conferences = new Map();
    for (const { row } of everyRow(tables, conferencesTable)) {
      const conference = row as unknown as Conference;
      this.#conferences.set(conference.slot, conference);
    }
  }

  // ── What agents ask for ───────────────────────────────────────────────────────────────────────────────────────
  conference({ contactId }: Params<'contact.conference'>, { caller }: Admission): Admitted {
    const contact = this.#routing.contactById(contactId);
    if (contact === undefined || (caller?.role === 'agent' && contact.agentId !== caller.sub))
      return refuse('contact_not_found');
    if (contact.state !== 'connected') return refuse('contact_not_connected');
    if (contact.consult === undefined) return refuse('no_consultation');
    return {
      pending: (reaction) => {
        // Either may have ended in the same tick, or somebody taken it.
        const now = this.#routing.contactByHandle(contact.slot, contact.number);
        if (now?.state !== 'connected' || now.agentHandle !== contact.agentHandle)
          return refuse('contact_not_connected');
        if (now.consult === undefined) return refuse('no_consultation');
        if (!now.consult.isConnected) return refuse('consultation_not_connected');
        this.#begin(now, reaction);
        return { result: this.#routing.briefOf(now, reaction.now) };
      },
    };
  }

  #begin(contact: ContactView, reaction: Reaction): void {
    const consult = contact.consult!;
    if (this.isConference(consult)) return;
    const legs = this.#brokering.legsOf(contact);
    if (legs === undefined) return this.#isOn(contact, reaction);
    const consulted = this.#brokering.askedLeg(consult);
    if (consulted === undefined) return;
    for (const leg of [legs.customer, consulted]) this.#legs.forgetAsked(leg, ['leg.hold', 'leg.resume'], reaction);
    this.#join(contact, legs.agent, [legs.customer.legId, legs.agent.legId, consulted.legId], reaction);
  }

  /** Its customer's leg has taken the place of another one, and is to be in the conversation. */
  joins(contact: ContactView, reaction: Reaction): void {
    const legs = this.#brokering.legsOf(contact);
    if (legs === undefined) return;
    const isConference = contact.consult !== undefined && this.isConference(contact.consult);
    const consulted = isConference ? this.#brokering.askedLeg(contact.consult!) : undefined;
    const all = [legs.customer, legs.agent, ...(consulted === undefined ? [] : [consulted])];
    this.#join(
      contact,
      legs.agent,
      all.map(({ legId }) => legId),
      reaction,
    );
  }

  #isOn(contact: ContactView, reaction: Reaction): void {
    const { slot, number } = contact.consult!;
    const isAlready = this.isConference({ slot, number });
    if (isAlready) {
      for (const one of [contact, ...this.#brokering.takenAbout(contact)]) this.#holds.set(one, false, reaction);
      return;
    }
    const conference: Conference = { slot, number, since: reaction.now };
    this.#conferences.set(slot, conference);
    reaction.tables.put(conferencesTable, number, { ...conference });
    for (const one of [contact, ...this.#brokering.takenAbout(contact)]) this.#holds.set(one, false, reaction);
    this.#tell(contact, { on: true }, reaction);
  }

  /** It was to be on, and something else was asked for before the switch had said so. */
  isNone(contact: ContactView, reaction: Reaction): void {
    this.#tell(contact, { on: false, failed: true }, reaction);
  }

  #tell(contact: ContactView, how: { readonly on: boolean; readonly failed?: true }, reaction: Reaction): void {
    const { contactId, consult, owner, agentHandle } = contact;
    if (consult === undefined) return;
    const told = { contactId, consultId: consult.contactId, ...how };
    const asked = this.#routing.contactByHandle(consult.slot, consult.number)?.agentHandle;
    const agents = [agentHandle, asked].filter((handle) => handle !== undefined);
    for (const audience of [owner, ...agents.map((handle) => this.#routing.agentAudience(handle))])
      reaction.notify(audience, 'contact.conference', told);
  }

  /** In what is shown of the contact and of the consultation. */
  shown({ slot, number }: Handle, shown: Record<string, unknown>): void {
    if (this.#conferences.size === 0) return;
    const of = this.#routing.contactByHandle(slot, number)?.consult ?? { slot, number };
    const conference = this.#conferences.get(of.slot);
    if (conference?.number === of.number) shown.conferenceSince = conference.since;
  }

  // ── Effects ───────────────────────────────────────────────────────────────────────────────────────────────────
  react(effect: Effect, reaction: Reaction): void {
    switch (effect.kind) {
      case layout.EFFECT_QUEUED:
      case layout.EFFECT_WAITING_FOR:
      case layout.EFFECT_OFFERED:
        return this.#begins(effect, reaction);
      case layout.EFFECT_ENDED:
        return this.#ended(effect, reaction);
      case layout.EFFECT_CONNECTED: {
        const called = this.#routing.isInternal(effect.contact, effect.number)
          ? this.#routing.contactByHandle(effect.contact, effect.number)
          : undefined;
        return called && this.callerIsWith(called, reaction);
      }
      case layout.EFFECT_HANDED_OVER:
        return this.#handedOver(effect, reaction);
    }
  }

  #begins(effect: Effect, reaction: Reaction): void {
    const contact = this.#aboutOf(effect.contact, effect.number);
    if (contact?.state !== 'connected') return;
    this.#overrules(contact, reaction);
    this.#brokering.holdsAnew(contact, reaction);
    const customer = this.#legs.customerOf(contact);
    if (effect.kind !== layout.EFFECT_OFFERED || customer === undefined) return;
    this.#legs.ring(customer.switchId, effect, reaction);
  }

  /** The agent's leg of this offer is there, and so is that of the agent who asks. */
  connects(leg: Leg, reaction: Reaction): void {
    const contact = this.#aboutOf(leg.slot, leg.contactNumber >>> 0);
    const legs = contact && this.#brokering.legsOf(contact);
    if (contact?.state !== 'connected' || legs === undefined) return;
    const { contactId, legId } = leg;
    this.#legs.ask(leg, 'leg.connect', { contactId, legs: [legs.agent.legId, legId] }, reaction);
  }

  #ended({ contact: slot, number, code }: Effect, reaction: Reaction): void {
    const about = this.#routing.aboutOf(slot, number);
    if (about === undefined) return;
    this.#forget(slot, reaction);
    const contact = this.#routing.contactByNumber(about.of);
    if (code === layout.ENDED_HANDED_OVER) {
      // Whoever is outside is joined with the customer there (outside-calls.ts).
      if (this.#routing.contactByHandle(slot, number)?.isOutside) return;
      const isAtSwitch = contact !== undefined && this.#legs.customerOf(contact) !== undefined;
      this.#goesOver = { isAtSwitch, leg: this.#brokering.answeredLeg(slot, number) };
      return;
    }
    if (contact?.state !== 'connected' || contact.agentId !== about.agentId) return;
    const wasHeld = this.#holds.isHeldOfEffect(slot, number);
    this.#giveBack(contact, wasHeld, reaction);
  }

  /** The customer and the agent who asked are together again; where both were on hold the agent is elsewhere, and takes the customer up later. */
  #giveBack(contact: ContactView, wasHeld: boolean, reaction: Reaction): void {
    const staysHeld = wasHeld && this.#holds.isHeld(contact);
    this.#overrules(contact, reaction);
    const legs = this.#brokering.legsOf(contact);
    if (legs === undefined) return staysHeld ? undefined : this.#holds.set(contact, false, reaction);
    const { customer, agent } = legs;
    this.#legs.forgetAsked(customer, ['leg.hold', 'leg.resume'], reaction);
    // Held it is again once the switch says so, which may be before it says that the two are joined.
    customer.state = 'answered';
    this.#book.save(customer, reaction.tables);
    this.#join(contact, agent, [customer.legId, agent.legId], reaction);
    const { contactId } = contact;
    if (staysHeld) this.#legs.ask(customer, 'leg.hold', { contactId, legId: customer.legId }, reaction);
  }

  #handedOver({ contact: slot, number: low, value: offer, agent }: Effect, reaction: Reaction): void {
    const { isAtSwitch = false, leg } = this.#goesOver ?? {};
    this.#goesOver = undefined;
    const contact = this.#routing.contactByHandle(slot, low);
    // Its customer has gone in the same tick: nobody else would let go the leg of whoever was asked.
    if (!isAtSwitch && leg !== undefined) this.#legs.release(leg, 'contactEnded', reaction);
    if (!isAtSwitch || contact === undefined) return;
    const { contactId, number } = contact;
    const customer = this.#legs.customerOf(contact);
    if (leg === undefined || customer === undefined)
      return reaction.followUp('agentGone', { slot, number, why: 'notJoined', offer });
    this.#legs.forgetAsked(leg, ['leg.hold', 'leg.resume'], reaction);
    this.#book.pass(leg, { contactId, slot, contactNumber: number, of: { offer, agent } }, reaction.tables);
    this.#join(contact, leg, [customer.legId, leg.legId], reaction);
  }

  #forget(slot: number, { tables }: Reaction): void {
    const conference = this.#conferences.get(slot);
    if (conference === undefined) return;
    this.#conferences.delete(slot);
    tables.remove(conferencesTable, conference.number);
  }

  // ── Joining again ─────────────────────────────────────────────────────────────────────────────────────────────
  /** Asked of the leg of the contact's agent: what comes of it comes to answered(). */
  #join({ contactId }: ContactView, leg: Leg, legs: readonly string[], reaction: Reaction): void {
    this.#legs.forgetAsked(leg, ['leg.connect'], reaction);
    this.#legs.ask(leg, 'leg.connect', { contactId, legs }, reaction);
  }

  /** Of a contact in service: those who are to be together are, or the switch would not. */
  answered(request: LegRequest, leg: Leg, isDone: boolean, reaction: Reaction): void {
    const contact = this.#routing.contactByHandle(leg.slot, leg.contactNumber);
    if (leg.releasing || contact?.state !== 'connected' || contact.offer !== leg.of?.offer) return;
    const isConference = (request.params.legs as readonly string[]).length > 2;
    if (isConference && contact.consult === undefined) return;
    if (!isDone && isConference) return this.isNone(contact, reaction);
    if (!isConference && contact.consult?.isConnected)
      return this.#brokering.answered(contact, request, leg, isDone, reaction);
    const { slot, number } = contact;
    // A customer who hears nobody is no use: as with a leg that is lost, but never ended for it.
    if (!isDone) return reaction.followUp('agentGone', { slot, number, why: 'notJoined', offer: contact.offer });
    const customer = this.#legs.customerOf(contact);
    // It has been put on hold since.
    const isHeld = !isConference && customer !== undefined && this.#isHeldSince(customer);
    this.#legs.isJoined([isHeld ? undefined : customer, leg], reaction);
    if (isConference) return this.#isOn(contact, reaction);
    this.#sending.isJoined(contact, reaction);
    if (contact.consult === undefined && !isHeld) this.#holds.set(contact, false, reaction);
    this.callerIsWith(contact, reaction);
    this.#brokering.isChanged(contact, reaction);
  }

  #isHeldSince(customer: Leg): boolean {
    return (
      customer.state === 'held' || this.#legs.askedLast(customer, ['leg.hold', 'leg.resume'])?.method === 'leg.hold'
    );
  }

  /** A colleague who calls is joined anew with whoever serves the contact: nobody is on hold for that one any more. */
  callerIsWith({ caller }: Pick<ContactView, 'caller'>, reaction: Reaction): void {
    const contact = caller && this.#routing.contactByHandle(caller.slot, caller.number);
    if (contact?.state === 'connected') this.#holds.set(contact, false, reaction);
  }

  // ── Who is where ──────────────────────────────────────────────────────────────────────────────────────────────
  #aboutOf(slot: number, low: number): ContactView | undefined {
    const about = this.#routing.aboutOf(slot, low);
    return about && this.#routing.contactByNumber(about.of);
  }

  isConference({ slot, number }: Handle): boolean {
    return this.#conferences.get(slot)?.number === number;
  }
}
