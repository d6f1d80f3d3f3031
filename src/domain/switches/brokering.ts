// An agent who has asked somebody about a contact goes back and forth between the two: with the customer, with whoever was asked, with
// neither, or, in a conference (consult-legs.ts), with both.
//
//   taken up ─▶ the other one is put on hold ─▶ leg.connect {the one, the agent} ─▶ so
//                                                   │ the switch will not: the one who was asked is taken up again, and where that
//                                                   ▼ cannot be either the consultation is over
//
// Joining takes the agent's leg out of whatever it was in, so nobody hears what is said to the other one, whichever request is late; holding
// is for the music. Who is on hold is known when the switch has joined the two, so what is asked for meanwhile counts more: what was asked
// of it before is forgotten, and the two requests that follow say all of it. Without legs all of it is so at once.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Admission, ConsultView, ContactView, Reaction, RoutingView, SendsContacts } from '../module.ts';
import type { Holds } from './holds.ts';
import type { Leg, LegBook } from './leg-book.ts';
import type { LegRequest, OfLeg } from './leg-requests.ts';
import type { Legs } from './legs.ts';
import type { Moving } from './moving.ts';
import type { OutsideCalls } from './outside-calls.ts';

/** The customer's, or that of whoever was asked. */
interface Side {
  readonly contact: ContactView;
  readonly leg: OfLeg | undefined;
}

interface Sides {
  /** Whose agent asks. */
  readonly asking: ContactView;
  readonly own: Side;
  readonly other: Side;
  readonly agentLeg: Leg | undefined;
}

const holding = ['leg.hold', 'leg.resume'] as const;

export class Brokering {
  readonly #book: LegBook;
  readonly #holds: Holds;
  readonly #routing: RoutingView;
  readonly #legs: Legs;
  readonly #sending: SendsContacts;
  readonly #isConference: (consultation: ContactHandle) => boolean;
  /** It was to be one, and something else was asked for before the switch had said so. */
  readonly #noConference: (contact: ContactView, reaction: Reaction) => void;
  /** A switch has done what was asked of it about the contact, or would not. */
  readonly #changed: (contact: ContactView, reaction: Reaction) => void;
  /** Numbers that are asked. */
  outside: Pick<OutsideCalls, 'askedBy'> | undefined;
  /** Calls that move to another device. */
  moving: Pick<Moving, 'isBeingJoined' | 'takesHold'> | undefined;

  constructor(parts: {
    readonly book: LegBook;
    readonly holds: Holds;
    readonly routing: RoutingView;
    readonly legs: Legs;
    readonly sending: SendsContacts;
    readonly isConference: (consultation: ContactHandle) => boolean;
    readonly noConference: (contact: ContactView, reaction: Reaction) => void;
    readonly changed: (contact: ContactView, reaction: Reaction) => void;
  }) {
    this.#book = parts.book;
    this.#holds = parts.holds;
    this.#routing = parts.routing;
    this.#legs = parts.legs;
    this.#sending = parts.sending;
    this.#isConference = parts.isConference;
    this.#noConference = parts.noConference;
    this.#changed = parts.changed;
  }

  // ── What may be asked for ─────────────────────────────────────────────────────────────────────────────────────
  /** Until somebody has taken the consultation, the customer stays on hold. */
  mayBeHeld(contact: ContactView): Refusal | undefined {
    if (contact.about !== undefined) return this.isTaken(contact) ? undefined : refuse('consultation_not_connected');
    if (contact.state !== 'connected') return refuse('contact_not_connected');
    // Whoever was called by a colleague asks somebody else: with whom that one is then is not the caller's to say.
    if (contact.called?.consult !== undefined) return refuse('consultation_open');
    return contact.consult?.isConnected === false ? refuse('consultation_not_connected') : undefined;
  }

  /** Of a consultation: whoever was asked is there still, and the agent who asks has the contact. */
  isTaken(consultation: ContactView): boolean {
    return this.#askingOf(consultation) !== undefined;
  }

  /** The consultation that is about the contact, once it is taken. */
  takenAbout(contact: ContactView): ContactView[] {
    const { consult } = this.#askingOf(contact) ?? {};
    const consultation = consult && this.#routing.contactByHandle(consult.slot, consult.number);
    return consultation === undefined ? [] : [consultation];
  }

  #askingOf(contact: ContactView): ContactView | undefined {
    const asking = contact.about === undefined ? contact : this.#routing.contactByNumber(contact.about.of);
    const consult = asking?.consult;
    if (asking?.state !== 'connected' || consult?.isConnected !== true) return undefined;
    return contact.about === undefined || consult.number === contact.number ? asking : undefined;
  }

  // ── Held and taken up ─────────────────────────────────────────────────────────────────────────────────────────
  /** A contact in service, or a consultation that is taken: put on hold, or with its agent from now on, and the other one is not. */
  hold(contact: ContactView, on: boolean, reaction: Reaction): void {
    if (contact.called?.consult !== undefined) return this.#holds.set(contact, on, reaction);
    const sides = this.#sidesOf(contact);
    if (sides === undefined) return this.#holdAlone(contact, on, reaction);
    const { asking, own, other, agentLeg } = sides;
    const isConference = this.#isOn(asking);
    if (this.#legs.customerOf(asking) === undefined) {
      if (!on && !isConference) this.#holds.set(other.contact, true, reaction);
      return this.#holds.set(contact, on, reaction);
    }
    // One of them has just gone: what becomes of that says what follows.
    if (own.leg === undefined || other.leg === undefined || agentLeg === undefined) return;
    if (on) return this.#putOnHold(asking, own.leg, contact, agentLeg, reaction);
    if (isConference) return this.#legs.holdLeg(own.leg, contact, false, reaction);
    this.#takeUp(asking, { contact, leg: own.leg }, { contact: other.contact, leg: other.leg }, agentLeg, reaction);
  }

  /** By an agent who comes from another line: of a conference all of it. */
  takeUp(contact: ContactView, reaction: Reaction): void {
    this.hold(contact, false, reaction);
    const asking = this.#askingOf(contact);
    if (asking === undefined || !this.#isOn(asking)) return;
    for (const consultation of this.takenAbout(contact)) this.hold(consultation, false, reaction);
  }

  /** Nobody is asked about it. Its customer may be about to be joined with the agent again. */
  #holdAlone(contact: ContactView, on: boolean, reaction: Reaction): void {
    if (this.moving?.takesHold(contact, on, reaction)) return;
    const legs = this.legsOf(contact);
    if (!on || legs === undefined || this.#joining(legs.agent) === undefined)
      return this.#legs.hold(contact, on, reaction);
    this.#askToHold(legs.customer, contact, reaction);
  }

  #putOnHold(asking: ContactView, leg: OfLeg, contact: ContactView, agentLeg: Leg, reaction: Reaction): void {
    const isToBeJoined = legIdsOf(this.#joining(agentLeg)).includes(leg.legId);
    if (!isToBeJoined) return this.#legs.holdLeg(leg, contact, true, reaction);
    this.#joinNoMore(asking, agentLeg, reaction);
    this.#askToHold(leg, contact, reaction);
  }

  #takeUp(
    asking: ContactView,
    own: Side & { leg: OfLeg },
    other: Side & { leg: OfLeg },
    agentLeg: Leg,
    reaction: Reaction,
  ): void {
    const joining = this.#joining(agentLeg);
    const isAsked = joining !== undefined || this.#isAsked(own.leg) || this.#isAsked(other.leg);
    const isToBe = joining !== undefined && isPairWith(own.leg, joining);
    const isSo = !isAsked && !this.#holds.isHeld(own.contact) && this.#holds.isHeld(other.contact);
    if (isToBe || isSo) return;
    this.#joinNoMore(asking, agentLeg, reaction);
    this.#legs.forgetAsked(own.leg, holding, reaction);
    if (isAsked || !this.#holds.isHeld(other.contact)) this.#askToHold(other.leg, other.contact, reaction);
    const isCustomers = own.contact === asking;
    const legs = isCustomers ? [own.leg.legId, agentLeg.legId] : [agentLeg.legId, own.leg.legId];
    this.#legs.ask(agentLeg, 'leg.connect', { contactId: own.contact.contactId, legs }, reaction);
  }

  /** Whatever it was asked before. */
  #askToHold(leg: OfLeg, { contactId }: ContactView, reaction: Reaction): void {
    this.#legs.forgetAsked(leg, holding, reaction);
    this.#legs.ask(leg, 'leg.hold', { contactId, legId: leg.legId }, reaction);
  }

  #joinNoMore(asking: ContactView, agentLeg: Leg, reaction: Reaction): void {
    const wasConference = legIdsOf(this.#joining(agentLeg)).length > 2;
    this.#legs.forgetAsked(agentLeg, ['leg.connect'], reaction);
    if (wasConference) this.#noConference(asking, reaction);
  }

  /** Somebody is asked about it, from now on. */
  holdsAnew(contact: ContactView, reaction: Reaction): void {
    if (this.moving?.takesHold(contact, true, reaction)) return;
    const legs = this.legsOf(contact);
    if (legs === undefined || this.#joining(legs.agent) === undefined) return this.#legs.hold(contact, true, reaction);
    // It was to be with the agent again.
    this.#legs.forgetAsked(legs.agent, ['leg.connect'], reaction);
    this.#askToHold(legs.customer, contact, reaction);
  }

  // ── What the switch answers ───────────────────────────────────────────────────────────────────────────────────
  /** Of a contact about which somebody is asked: one of the two is with its agent, or the switch would not join them. */
  answered(contact: ContactView, request: LegRequest, agentLeg: Leg, isDone: boolean, reaction: Reaction): void {
    const sides = this.#sidesOf(contact);
    if (sides === undefined) return;
    const { own: customer, other: asked } = sides;
    const isCustomers = customer.leg !== undefined && legIdsOf(request).includes(customer.leg.legId);
    const [one, other] = isCustomers ? [customer, asked] : [asked, customer];
    if (isDone) {
      this.#legs.isJoined([agentLeg, one.leg && this.#book.find(one.leg.legId)], reaction);
      this.#holds.set(other.contact, true, reaction);
      this.#holds.set(one.contact, false, reaction);
    } else if (isCustomers) this.hold(asked.contact, false, reaction);
    else reaction.followUp('consultNotJoined', { slot: asked.contact.slot, number: asked.contact.number });
    this.#changed(contact, reaction);
  }

  /** As a follow-up: the agent who asks and whoever was asked cannot be brought together again. */
  notJoined(consultation: ContactHandle, admission: Admission): void {
    this.#sending.endConsultation(consultation, layout.ENDED_LEG_LOST, admission);
  }

  /** Its customer and its agent are together, by whatever way. */
  isChanged(contact: ContactView, reaction: Reaction): void {
    this.#changed(contact, reaction);
  }

  outsideHeld({ slot, number }: ContactHandle, on: boolean, isDone: boolean, reaction: Reaction): void {
    const consultation = this.#routing.contactByHandle(slot, number);
    if (consultation === undefined || !this.isTaken(consultation)) return;
    if (isDone) this.#holds.set(consultation, on, reaction);
    this.#changed(consultation, reaction);
  }

  // ── How it is ─────────────────────────────────────────────────────────────────────────────────────────────────
  /** The switch has been asked for something about who is with the agent, and has not answered. */
  isBeingChanged(contact: ContactView): boolean {
    const customer = this.#legs.customerOf(contact);
    if (customer !== undefined && this.#isAsked(customer)) return true;
    if (this.moving?.isBeingJoined(contact)) return true;
    const { own, other, agentLeg } = this.#sidesOf(contact) ?? {};
    if (agentLeg !== undefined && this.#joining(agentLeg) !== undefined) return true;
    return [own?.leg, other?.leg].some((leg) => leg !== undefined && this.#isAsked(leg));
  }

  /** The two that this leg should be one of, as far as the router knows, where it is to be with anybody. */
  together(contact: ContactView, legId: string): string[] | undefined {
    const legs = this.legsOf(contact);
    if (contact.state !== 'connected' || legs === undefined) return undefined;
    const pair = [legs.customer.legId, legs.agent.legId];
    // One that has just taken the place of another is with nobody yet; and what is asked for is said again.
    if (legs.customer.alone || this.moving?.isBeingJoined(contact)) return undefined;
    if (contact.consult === undefined) return pair;
    const asked = this.askedLeg(contact.consult);
    // What is asked for says it, and says it again.
    if (asked === undefined || this.isBeingChanged(contact) || this.#isOn(contact)) return undefined;
    const [isHeld, isAskedHeld] = [this.#holds.isHeld(contact), this.#holds.isHeld(contact.consult)];
    if (isHeld === isAskedHeld) return undefined;
    const two = isHeld ? [legs.agent.legId, asked.legId] : pair;
    return two.includes(legId) ? two : undefined;
  }

  /** The customer's and the agent's, in service. */
  legsOf({ slot, number, offer }: ContactView): { readonly customer: Leg; readonly agent: Leg } | undefined {
    const legs = this.#book.ofContact(slot);
    if (legs?.contactNumber !== number || legs.customer === undefined) return undefined;
    const agent = this.#book.ofOffer(legs, offer);
    return agent && { customer: legs.customer, agent };
  }

  /** Of whoever has taken the consultation. */
  askedLeg({ slot, number }: Pick<ConsultView, 'slot' | 'number'>): OfLeg | undefined {
    return this.outside?.askedBy({ slot, number }) ?? this.answeredLeg(slot, number);
  }

  /** Of the agent who has taken the consultation. */
  answeredLeg(slot: number, low: number): Leg | undefined {
    const legs = this.#book.ofContact(slot);
    if (legs === undefined || legs.contactNumber >>> 0 !== low >>> 0) return undefined;
    return legs.agents.findLast(({ state, releasing }) => (state === 'connected' || state === 'held') && !releasing);
  }

  #sidesOf(contact: ContactView): Sides | undefined {
    const asking = this.#askingOf(contact);
    const consultation = asking && this.takenAbout(asking)[0];
    if (asking === undefined || consultation === undefined) return undefined;
    const legs = this.legsOf(asking);
    const customer = { contact: asking, leg: legs?.customer };
    const asked = { contact: consultation, leg: legs && this.askedLeg(consultation) };
    const isCustomers = contact.about === undefined;
    const [own, other] = isCustomers ? [customer, asked] : [asked, customer];
    return { asking, own, other, agentLeg: legs?.agent };
  }

  #isOn({ consult }: ContactView): boolean {
    return consult !== undefined && this.#isConference(consult);
  }

  #joining(agentLeg: Leg): LegRequest | undefined {
    return this.#legs.askedLast(agentLeg, ['leg.connect']);
  }

  #isAsked(leg: OfLeg): boolean {
    return this.#legs.askedLast(leg, holding) !== undefined;
  }
}

function legIdsOf(request: LegRequest | undefined): readonly string[] {
  return (request?.params.legs as readonly string[] | undefined) ?? [];
}

function isPairWith({ legId }: OfLeg, request: LegRequest): boolean {
  const legs = legIdsOf(request);
  return legs.length === 2 && legs.includes(legId);
}
