// Numbers outside to which customers are sent, or which their agents ask first (docs/service.md): a leg each, at the switch of the
// customer's, joined with that one, or with the agent's.
//
//   asked ── ringing ── answered ── leg.connect ──▶ joined ── the contact ends as transferredOut ──▶ on ── one hangs up ──▶ both are gone
//     └──────── failed, not answered in time, not joined ────────▶ the contact goes back to who sent it
//
//   asked about a contact: … answered ── leg.connect ──▶ joined with the agent ── handed over ──▶ leg.connect with the customer, as above
//     └──────── failed, hung up ────────▶ the consultation is over: the customer is back with the agent (consult-legs.ts)
//
// While it rings the contact lives, and what becomes of it decides: over or sent elsewhere, the number is let go. Once the two are
// joined the contact is over and the conversation is nobody's: all that is left to do is to let the one go when the other has. These legs are in
// a book of their own, since no offer and no agent hangs on them; the customer's leg stays in the one of all legs.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import type { LegCause } from '../../protocol/legs.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type {
  Admission,
  ContactView,
  OutsideCall,
  Reaction,
  RoutingView,
  SendsContacts,
  TableReader,
} from '../module.ts';
import { calledOf } from './customer-calls.ts';
import type { Leg, LegBook } from './leg-book.ts';
import type { LegRequest, LegRequests } from './leg-requests.ts';
import type { Legs } from './legs.ts';
import { LegsApart } from './legs-apart.ts';
import type { Switch, SwitchBook } from './switch-book.ts';
import { outsideCallsTable } from './tables.ts';

interface CallRow {
  readonly number: number;
  readonly legId: string;
  readonly switchId: string;
  readonly contactId: string;
  readonly slot: number;
  readonly contactNumber: number;
  /** Of a consultation: the number of the contact that it is about. */
  readonly about?: number;
  /** It was asked, and rings still, for a consultation of this number: its time is that one's. */
  readonly askedAs?: number;
  /** Whom it is to be joined with: in a consultation the agent who asks. */
  readonly customerLegId: string;
  /** The number that is rung. */
  readonly to: string;
  readonly state: 'asked' | 'ringing' | 'answered' | 'joined' | 'on';
  readonly releasing?: boolean;
  readonly knownAt: number;
}
export type OutsideLeg = { -readonly [Name in keyof CallRow]: CallRow[Name] };

export class OutsideCalls {
  readonly #routing: RoutingView;
  readonly #book: LegBook;
  readonly #legs: Legs;
  readonly #sending: SendsContacts;
  readonly #apart: LegsApart<OutsideLeg>;
  /** By the slot of a contact that waits for its number still; and by the customer's leg. The newest each. */
  #bySlot = new Map<number, OutsideLeg>();
  #byCustomer = new Map<string, OutsideLeg>();
  /** Asked for in this tick: a switch is asked as it settles, in the name of this module. */
  #begun: ((reaction: Reaction) => void)[] = [];
  /** Customers' legs that were found to be gone in this tick, to be seen to as it settles. */
  #gone: string[] = [];
  /** Of a consultation: the number is on hold, or not any more, or the switch would not. */
  held: (consultation: ContactHandle, on: boolean, isDone: boolean, reaction: Reaction) => void = () => {};
  /** Contacts that were handed over to whoever was asked outside in this tick, to be seen to as it settles. */
  #handedOver: ContactHandle[] = [];

  constructor(parts: {
    readonly routing: RoutingView;
    readonly book: LegBook;
    readonly requests: LegRequests;
    readonly switches: SwitchBook;
    readonly legs: Legs;
    readonly sending: SendsContacts;
  }) {
    this.#routing = parts.routing;
    this.#book = parts.book;
    this.#legs = parts.legs;
    this.#sending = parts.sending;
    this.#apart = new LegsApart({
      ...parts,
      table: outsideCallsTable,
      letter: 'n',
      asks: (reaction) => this.#legs.asked(reaction),
      forgotten: (one) => this.#forgetWhere(one),
    });
  }

  load(tables: TableReader): void {
    this.#bySlot = new Map();
    this.#byCustomer = new Map();
    this.#begun = [];
    this.#gone = [];
    this.#handedOver = [];
    this.#apart.load(tables);
    for (const one of this.#apart.all()) this.#know(one);
  }

  find(legId: string): OutsideLeg | undefined {
    return this.#apart.find(legId);
  }

  at(switchId: string): Iterable<OutsideLeg> {
    return this.#apart.at(switchId);
  }

  /** Two that are joined as far as the router knows, by either of them. */
  pairOf(legId: string): string[] | undefined {
    const one = this.#apart.find(legId) ?? this.#byCustomer.get(legId);
    return one?.state === 'on' && !one.releasing ? [one.customerLegId, one.legId] : undefined;
  }

  // ── Sent there ────────────────────────────────────────────────────────────────────────────────────────────────
  /** `setTimer`: by the number of the contact. */
  begin(
    { contact, number, ringMs, asks }: OutsideCall,
    { now, onUndo }: Admission,
    setTimer: (contactNumber: number, dueAt: number) => void,
  ): Refusal | 'begins' {
    const customer = asks === undefined ? this.#legs.customerOf(contact) : this.#agentLegOf(asks);
    if (customer === undefined || customer.releasing || customer.state === 'asked' || customer.state === 'ringing')
      return refuse('contact_without_legs');
    if (!this.#legs.isConnected(customer)) return refuse('switch_not_connected');
    setTimer(contact.number, now + ringMs);
    const begins = (reaction: Reaction) => {
      const before = this.#openOf(contact);
      if (before !== undefined) this.#apart.letGo(before, 'notWanted', reaction);
      // Its customer may have hung up, or it may be on its way elsewhere, since this tick.
      const waits = this.#waiting(contact);
      if (waits === undefined) return;
      if (this.#book.find(customer.legId) === customer) this.#ring(waits, customer, number, { ringMs, asks }, reaction);
      else if (asks !== undefined) this.#isOver(contact, layout.ENDED_NOT_REACHED, reaction);
    };
    this.#begun.push(begins);
    onUndo(() => this.#begun.splice(this.#begun.indexOf(begins), 1));
    return 'begins';
  }

  /** In service, and so joined with the customer's. */
  #agentLegOf({ slot, number, offer }: ContactView): Leg | undefined {
    const legs = this.#book.ofContact(slot);
    return legs?.contactNumber === number && legs.customer !== undefined ? this.#book.ofOffer(legs, offer) : undefined;
  }

  #ring(
    contact: ContactView,
    customer: Leg,
    to: string,
    { ringMs, asks }: Pick<OutsideCall, 'ringMs' | 'asks'>,
    reaction: Reaction,
  ): void {
    const { contactId, slot, number: contactNumber } = contact;
    const { switchId, legId: customerLegId } = customer;
    const about = asks && { about: asks.number };
    const made = { switchId, contactId, slot, contactNumber, ...about, customerLegId, to, state: 'asked' as const };
    const one = this.#apart.make(made, reaction);
    this.#know(one);
    const from = calledOf(asks ?? contact);
    this.#apart.ask(one, 'leg.ring', { to: { number: to }, ...(from !== undefined && { from }), ringMs }, reaction);
    this.#tell(one, { state: 'ringing' }, reaction);
  }

  /** It rings for as long as it may: what is answered by then has its time to be joined. */
  timeOver(contactNumber: number, reaction: Reaction): void {
    const contact = this.#routing.contactByNumber(contactNumber);
    const one = (contact && this.#openOf(contact)) ?? this.#askedAs(contactNumber);
    if (one === undefined || one.releasing || !isRung(one)) return;
    this.#apart.letGo(one, 'offerOver', reaction);
    this.#inVain(one, 'noAnswer', reaction);
  }

  #askedAs(contactNumber: number): OutsideLeg | undefined {
    for (const one of this.#bySlot.values()) if (one.askedAs === contactNumber) return one;
    return undefined;
  }

  // ── What the switch says ──────────────────────────────────────────────────────────────────────────────────────
  rings(one: OutsideLeg, reaction: Reaction): void {
    if (one.releasing || one.state !== 'asked') return;
    one.state = 'ringing';
    this.#apart.save(one, reaction);
  }

  isThere(one: OutsideLeg, reaction: Reaction): void {
    if (one.releasing || !isRung(one)) return;
    // It has heard of it, whether it has said so or not: that is not asked again when the contact is long over.
    this.#apart.settle(one, reaction, ['leg.ring']);
    if (this.#waiting(one) === undefined) return this.#apart.letGo(one, 'notWanted', reaction);
    one.state = 'answered';
    this.#apart.save(one, reaction);
    this.#apart.ask(one, 'leg.connect', { legs: [one.customerLegId, one.legId] }, reaction);
  }

  /** It failed, or is over. */
  isGone(one: OutsideLeg, cause: LegCause, reaction: Reaction): void {
    this.#apart.settle(one, reaction);
    this.#apart.forget(one, reaction.tables);
    if (one.releasing) return;
    if (one.state === 'on') return this.#releaseCustomer(one, reaction);
    this.#inVain(one, cause, reaction);
  }

  answered({ method }: LegRequest, one: OutsideLeg, isDone: boolean, reaction: Reaction): void {
    if (method === 'leg.release') return this.#apart.forget(one, reaction.tables);
    if (one.releasing) return;
    if (method === 'leg.ring') return isDone ? undefined : this.isGone(one, 'failed', reaction);
    if (method === 'leg.hold' || method === 'leg.resume')
      return this.held(handleOf(one), method === 'leg.hold', isDone, reaction);
    if (isDone && one.about !== undefined) return this.#isAsked(one, reaction);
    if (!isDone) {
      this.#apart.letGo(one, 'notConnected', reaction);
      return this.#inVain(one, 'failed', reaction);
    }
    one.state = 'joined';
    this.#apart.save(one, reaction);
    reaction.followUp('outsideJoined', { legId: one.legId });
  }

  /** It is with the agent who asks. */
  #isAsked(one: OutsideLeg, reaction: Reaction): void {
    if (this.#waiting(one) === undefined) return this.#apart.letGo(one, 'notWanted', reaction);
    one.state = 'joined';
    this.#apart.save(one, reaction);
    this.#sending.outsideIs(handleOf(one), { connectedAt: reaction.now }, reaction);
    this.#tell(one, { state: 'connected' }, reaction);
  }

  /** Of a consultation, while the number is with the agent who asks. */
  askedBy({ slot, number }: ContactHandle): OutsideLeg | undefined {
    const one = this.#openOf({ slot, number });
    return one?.about !== undefined && one.state === 'joined' ? one : undefined;
  }

  named(one: OutsideLeg, state: string, reaction: Reaction): void {
    this.#apart.reported(one, reaction);
    if (state === 'ringing') this.rings(one, reaction);
    else if (state !== 'asked') this.isThere(one, reaction);
  }

  dropUnreported(at: Switch, reaction: Reaction): void {
    for (const one of this.#apart.unreported(at)) this.isGone(one, 'lost', reaction);
  }

  // ── What comes of it, as follow-ups ───────────────────────────────────────────────────────────────────────────
  /** The two are joined: the contact is over. */
  joined(legId: string, { core }: Admission): void {
    const one = this.#apart.find(legId);
    const contact = one && !one.releasing ? this.#waiting(one) : undefined;
    if (contact !== undefined) core.contactEnd(contact, layout.ENDED_TRANSFERRED);
  }

  /** `why` a consultation ends by it. */
  failed(contact: ContactHandle, why: number, admission: Admission): void {
    // Another number may have been begun to ring since.
    if (this.#openOf(contact) !== undefined) return;
    if (!this.#sending.endConsultation(contact, why, admission)) this.#sending.backFromOutside(contact, admission);
  }

  #inVain(one: OutsideLeg, cause: LegCause, reaction: Reaction): void {
    if (one.about === undefined) {
      this.#tell(one, { state: 'failed', cause }, reaction);
      return this.#isOver(handleOf(one), layout.ENDED_NOT_REACHED, reaction);
    }
    this.#sending.outsideIs(handleOf(one), { cause }, reaction);
    const isLost = cause === 'lost' || cause === 'failed';
    const left = isLost ? layout.ENDED_LEG_LOST : layout.ENDED_BY_AGENT;
    this.#isOver(handleOf(one), one.state === 'joined' ? left : layout.ENDED_NOT_REACHED, reaction);
  }

  #isOver({ slot, number }: ContactHandle, why: number, reaction: Reaction): void {
    reaction.followUp('outsideFailed', { slot, number, why });
  }

  // ── The contact ───────────────────────────────────────────────────────────────────────────────────────────────
  react({ kind, code, contact: slot, number }: Effect, reaction: Reaction): void {
    const one = this.#bySlot.get(slot);
    if (kind === layout.EFFECT_ENDED && code === layout.ENDED_HANDED_OVER)
      return this.#handsOver(slot, number, one, reaction);
    if (one === undefined || one.releasing || one.contactNumber >>> 0 !== number >>> 0) return;
    const isOver = kind === layout.EFFECT_ENDED;
    const isSentElsewhere = kind === layout.EFFECT_WITHHELD && code === layout.WITHHELD_ENDS;
    if (!isOver && !isSentElsewhere) return;
    const isJoined = isOver && code === layout.ENDED_TRANSFERRED && one.state === 'joined';
    // The customer may have hung up since.
    if (!isJoined || this.#book.find(one.customerLegId) === undefined)
      return this.#apart.letGo(one, isOver ? 'contactEnded' : 'notWanted', reaction);
    one.state = 'on';
    this.#bySlot.delete(slot);
    this.#apart.save(one, reaction);
    this.#tell(one, { state: 'connected' }, reaction);
  }

  /** The contact that the consultation is about goes to whoever was asked, who may have hung up since, or rings on. */
  #handsOver(slot: number, low: number, one: OutsideLeg | undefined, reaction: Reaction): void {
    const consultation = this.#routing.contactByHandle(slot, low);
    const contact = this.#routing.contactByNumber(consultation?.about?.of ?? 0);
    if (consultation?.isOutside !== true || contact === undefined) return;
    this.#handedOver.push({ slot: contact.slot, number: contact.number });
    if (one === undefined || one.releasing || one.contactNumber !== consultation.number) return;
    this.#forgetWhere(one);
    const { contactId, slot: atSlot, number: contactNumber } = contact;
    const customerLegId = this.#legs.customerOf(contact)?.legId ?? '';
    if (isRung(one)) one.askedAs = one.contactNumber;
    else one.state = 'answered';
    Object.assign(one, { contactId, slot: atSlot, contactNumber, customerLegId });
    delete one.about;
    this.#apart.settle(one, reaction, ['leg.connect', 'leg.hold', 'leg.resume']);
    this.#apart.save(one, reaction);
    this.#know(one);
  }

  #joinWithCustomer(contact: ContactHandle, reaction: Reaction): void {
    const one = this.#openOf(contact);
    const isWanted = this.#waiting(contact) !== undefined;
    if (one === undefined) return isWanted ? this.#isOver(contact, layout.ENDED_NOT_REACHED, reaction) : undefined;
    const customer = this.#book.find(one.customerLegId);
    if (!isWanted || customer === undefined || customer.releasing) return this.#apart.letGo(one, 'notWanted', reaction);
    if (isRung(one)) return this.#tell(one, { state: 'ringing' }, reaction);
    this.#apart.ask(one, 'leg.connect', { legs: [one.customerLegId, one.legId] }, reaction);
  }

  /** The customer's leg is gone at the switch. */
  customerGone(legId: string): void {
    this.#gone.push(legId);
  }

  settle(reaction: Reaction): void {
    for (const begins of this.#begun.splice(0)) begins(reaction);
    for (const contact of this.#handedOver.splice(0)) this.#joinWithCustomer(contact, reaction);
    for (const legId of this.#gone.splice(0)) this.customerLeft(legId, reaction);
  }

  customerLeft(legId: string, reaction: Reaction): void {
    const one = this.#byCustomer.get(legId);
    if (one?.state === 'on') this.#apart.letGo(one, 'contactEnded', reaction);
  }

  /** It is not back in time: nobody knows what has become of those who were connected there. */
  switchLost(switchId: string, { tables }: Pick<Admission, 'tables'>): void {
    for (const one of [...this.at(switchId)]) {
      if (one.state !== 'on') continue;
      const customer = this.#book.find(one.customerLegId);
      if (customer !== undefined) this.#book.forget(customer, tables);
      this.#apart.forget(one, tables);
    }
  }

  #releaseCustomer({ customerLegId }: OutsideLeg, reaction: Reaction): void {
    const customer = this.#book.find(customerLegId);
    if (customer !== undefined) this.#legs.release(customer, 'contactEnded', reaction);
  }

  /** To whoever brought the contact, and to the agent who sent it, or who asks. */
  #tell(one: OutsideLeg, how: { readonly state: string; readonly cause?: LegCause }, reaction: Reaction): void {
    const { contactId, to: number } = one;
    const contact = this.#routing.contactByHandle(one.slot, one.contactNumber);
    if (contact === undefined) return;
    if (contact.about !== undefined) {
      const asked = { contactId: contact.about.contactId, consultId: contactId, number };
      return reaction.notify(contact.owner, 'contact.consulting', { ...asked, ...how });
    }
    const told = { contactId, number, ...how };
    reaction.notify(contact.owner, 'contact.outside', told);
    const sender = contact.sentOutsideBy;
    if (sender !== undefined) reaction.notify(this.#routing.agentAudience(sender), 'contact.outside', told);
  }

  // ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────
  /** It waits for the number still. */
  #waiting(of: ContactHandle | OutsideLeg): ContactView | undefined {
    const number = 'contactNumber' in of ? of.contactNumber : of.number;
    const contact = this.#routing.contactByHandle(of.slot, number);
    const isWaiting = contact?.state === 'waiting' && contact.endedAt === undefined;
    return isWaiting && contact.isOutside ? contact : undefined;
  }

  #openOf({ slot, number }: ContactHandle): OutsideLeg | undefined {
    const one = this.#bySlot.get(slot);
    return one?.contactNumber === number && !one.releasing ? one : undefined;
  }

  #forgetWhere(one: OutsideLeg): void {
    if (this.#bySlot.get(one.slot) === one) this.#bySlot.delete(one.slot);
    if (this.#byCustomer.get(one.customerLegId) === one) this.#byCustomer.delete(one.customerLegId);
  }

  #know(one: OutsideLeg): void {
    this.#byCustomer.set(one.customerLegId, one);
    if (one.state !== 'on' && !one.releasing) this.#bySlot.set(one.slot, one);
  }
}

function handleOf({ slot, contactNumber: number }: OutsideLeg): ContactHandle {
  return { slot, number };
}

function isRung({ state }: OutsideLeg): boolean {
  return state === 'asked' || state === 'ringing';
}
