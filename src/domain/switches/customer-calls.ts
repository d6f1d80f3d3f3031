// Legs of customers who are called back (docs/callbacks.md): made by the router, where all other legs of customers come with a call.
//
//   agent first     offered ─▶ the agent's leg, at a switch chosen by weights ─▶ accepted ─▶ the customer's leg there ─▶ joined
//   customer first  the callback's turn ─▶ the customer's leg, without a contact ─▶ answered ─▶ a contact that has the leg
//
//   dialled         dialled ─▶ the agent's leg, at a switch chosen by weights ─▶ answered ─▶ the customer's leg there ─▶ joined (docs/lines.md)
//
// What is rung in vain ends the contact as notReached, or is told to whoever began the call; when it is rung again is theirs to say.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import { type LegCause, routerLegPrefix } from '../../protocol/legs.ts';
import type { Admission, ContactView, Reaction, RoutingView, Row, SendsContacts } from '../module.ts';
import { type ContactLegs, type Leg, type LegBook, NOBODY } from './leg-book.ts';
import type { Legs } from './legs.ts';
import type { SwitchBook } from './switch-book.ts';

/** Told of calls that were begun for a callback; by follow-ups, since what comes of it is commands for the core. */
export interface OnCall {
  /** Before there is a contact: the customer is there. */
  answered(callback: number, legId: string, admission: Admission): void;
  /** Before there is a contact: the customer is not to be had. */
  failed(callback: number, cause: LegCause, admission: Admission): void;
  /** The contact of this number is about to end, since its customer is not to be had. */
  notReached(contactNumber: number, cause: LegCause): void;
}

export interface CallToBegin {
  readonly callback: number;
  /** The contact that it becomes when the customer is there: never called the same twice. */
  readonly contactId: string;
  readonly number: string;
  readonly from: string | undefined;
  readonly ringMs: number;
}

/** What the module of callbacks may ask for. */
export type CallsView = Pick<CustomerCalls, 'anyMakesCalls' | 'canCall' | 'begin' | 'isAlive' | 'giveUp'>;

export class CustomerCalls {
  readonly #book: LegBook;
  readonly #switches: SwitchBook;
  readonly #routing: RoutingView;
  readonly #legs: Legs;
  readonly #onCall: OnCall;
  readonly #sending: SendsContacts;
  /** What another module wants of switches: asked as this one settles. */
  #wanted: ((reaction: Reaction) => void)[] = [];

  constructor(parts: {
    readonly book: LegBook;
    readonly switches: SwitchBook;
    readonly routing: RoutingView;
    readonly legs: Legs;
    readonly onCall: OnCall;
    readonly sending: SendsContacts;
  }) {
    this.#book = parts.book;
    this.#switches = parts.switches;
    this.#routing = parts.routing;
    this.#legs = parts.legs;
    this.#onCall = parts.onCall;
    this.#sending = parts.sending;
  }

  // ── Customer first ────────────────────────────────────────────────────────────────────────────────────────────
  /** Some switch is known that is to make such calls. */
  get anyMakesCalls(): boolean {
    return this.#switches.anyMakesCalls;
  }

  /** And one of them is there. */
  get canCall(): boolean {
    return this.#switches.choose(0) !== undefined;
  }

  /** Rings the customer. Returns the leg, or undefined where no switch is there. */
  begin({ callback, contactId, number, from, ringMs }: CallToBegin, reaction: Reaction): string | undefined {
    const at = this.#switches.choose(callback);
    if (at === undefined) return undefined;
    const legId = `${routerLegPrefix}${contactId}`;
    const made = {
      legId,
      switchId: at.switchId,
      contactId,
      slot: NOBODY,
      contactNumber: 0,
      callback,
      state: 'asked' as const,
      knownAt: reaction.now,
    };
    const leg = this.#book.make(made, reaction.tables);
    this.#wanted.push((settling) => this.#ask(leg, { number, from, ringMs }, settling));
    return legId;
  }

  isAlive(legId: string): boolean {
    const leg = this.#book.find(legId);
    return leg !== undefined && !leg.releasing;
  }

  /** Nobody wants it any more. */
  giveUp(legId: string): void {
    this.#wanted.push((reaction) => {
      const leg = this.#book.find(legId);
      // It may have been given to a contact that was not let in after all.
      if (leg !== undefined && this.#routing.contactByHandle(leg.slot, leg.contactNumber) === undefined)
        this.#legs.release(leg, 'unknown', reaction);
    });
  }

  settle(reaction: Reaction): void {
    for (const want of this.#wanted.splice(0)) want(reaction);
  }

  loaded(): void {
    this.#wanted = [];
  }

  answered({ callback, legId }: Leg, reaction: Reaction): void {
    reaction.followUp('called', { callback, legId });
  }

  failed({ callback }: Leg, cause: LegCause, reaction: Reaction): void {
    reaction.followUp('called', { callback, cause });
  }

  /** As the follow-up of what the switch has said. */
  called({ callback, legId, cause }: Row, admission: Admission): void {
    if (legId === undefined) this.#onCall.failed(callback as number, cause as LegCause, admission);
    else this.#onCall.answered(callback as number, legId as string, admission);
  }

  // ── Agent first ───────────────────────────────────────────────────────────────────────────────────────────────
  /** Rings at an agent, and its customer is not there: a switch is chosen for both. */
  offered(effect: Effect, reaction: Reaction): void {
    if (!this.#routing.isToBeCalled(effect.contact, effect.number)) return;
    const number = this.#routing.contactNumberOf(effect.contact, effect.number);
    const at = this.#switches.choose(number);
    if (at !== undefined) return this.#legs.ring(at.switchId, effect, reaction);
    const { contact: slot, value: offer, agent } = effect;
    reaction.followUp('failOffer', { slot, number, offer, agent });
  }

  /** An agent calls out: its own telephone rings first. */
  dialled(effect: Effect, reaction: Reaction): void {
    if (!this.#routing.isToBeCalled(effect.contact, effect.number)) return;
    const at = this.#switches.choose(this.#routing.contactNumberOf(effect.contact, effect.number));
    if (at !== undefined) return this.#legs.ring(at.switchId, effect, reaction);
    // It was there a moment ago.
    const { contact: slot, number, value: offer, agent } = effect;
    reaction.followUp('failOffer', { slot, number, offer, agent });
  }

  /** The number that an agent dials is not to be had. */
  dialledInVain({ slot, contactNumber: number }: Leg, cause: LegCause, reaction: Reaction): void {
    if (this.#routing.isToBeCalled(slot, number)) this.#sending.dialledInVain({ slot, number }, cause, reaction);
  }

  /** The agent has taken it and is there. */
  accepted(agentLeg: Leg, reaction: Reaction): void {
    const { slot, contactNumber, contactId, switchId, of } = agentLeg;
    const contact = this.#routing.contactByHandle(slot, contactNumber);
    if (contact?.calls === undefined || of === undefined) return;
    if (contact.calls.isInside) return reaction.followUp('callInside', { slot, number: contactNumber });
    const { number = '', ringMs } = contact.calls;
    const made = {
      legId: legIdOf(contactNumber, of.offer),
      switchId,
      contactId,
      slot,
      contactNumber,
      state: 'asked' as const,
      knownAt: reaction.now,
    };
    const leg = this.#book.make(made, reaction.tables);
    this.#ask(leg, { number, from: calledOf(contact), ringMs }, reaction);
    if (contact.isDialled) this.#rings(contact, number, reaction);
  }

  /** The leg is that of an agent who calls a colleague, and is not with that one yet. */
  isInside({ slot, contactNumber }: Leg): boolean {
    return this.#routing.contactByHandle(slot, contactNumber)?.calls?.isInside === true;
  }

  #rings({ contactId, lineId, agentHandle }: ContactView, number: string, reaction: Reaction): void {
    if (agentHandle === undefined) return;
    const told = { contactId, lineId, number, state: 'number' };
    reaction.notify(this.#routing.agentAudience(agentHandle), 'contact.dialling', told);
  }

  /**
   * The agent has it no more: a customer who is not there yet is not rung for nobody. The time to join the two was over: the switch has
   * said nothing more of the customer, who has been rung for long enough, and the next agent would sit there as long.
   */
  withdrawn(legs: ContactLegs, { value: offer, code }: Effect, reaction: Reaction): void {
    const { customer, contactNumber: number } = legs;
    // Others may have rung beside the one that has taken it.
    if (customer?.legId !== legIdOf(number, offer)) return;
    if (customer.state !== 'asked' && customer.state !== 'ringing') return;
    const { slot } = customer;
    const isAgentThere =
      this.#book.ofOffer(legs, offer) !== undefined && this.#switches.find(customer.switchId)?.connected === true;
    if (code === layout.WITHDRAWN_UNREACHABLE && isAgentThere) {
      this.notReached(customer, 'noAnswer');
      this.dialledInVain(customer, 'noAnswer', reaction);
      reaction.followUp('endContact', { slot, number, why: 'byCustomer' });
      return this.#legs.release(customer, 'offerOver', reaction);
    }
    this.#book.detach(customer);
    // At no switch any more, it does not wait for one to be back: any other may ring the next time.
    reaction.followUp('offerAgain', { slot, number });
    this.#legs.release(customer, 'offerOver', reaction);
  }

  notReached({ slot, contactNumber }: Leg, cause: LegCause): void {
    if (!this.#routing.isOutbound(slot, contactNumber)) this.#onCall.notReached(contactNumber, cause);
  }

  /** The switch has never said anything to it. */
  unanswered(leg: Leg, reaction: Reaction): void {
    const { slot, contactNumber: number } = leg;
    this.#book.forget(leg, reaction.tables);
    if (slot === NOBODY) return this.failed(leg, 'failed', reaction);
    this.notReached(leg, 'failed');
    this.dialledInVain(leg, 'failed', reaction);
    reaction.followUp('endContact', { slot, number, why: 'byCustomer' });
  }

  #ask(leg: Leg, { number, from, ringMs }: Omit<CallToBegin, 'callback' | 'contactId'>, reaction: Reaction): void {
    const { contactId, legId } = leg;
    const params = { contactId, legId, to: { number }, ...(from !== undefined && { from }), ringMs };
    this.#legs.ask(leg, 'leg.ring', params, reaction);
  }
}

/** Of the customer, by the offer for which it is rung. */
function legIdOf(contactNumber: number, offer: number): string {
  return `${routerLegPrefix}${contactNumber}.${offer}.customer`;
}

/** The number of ours that the customer had called, or was called from, which it knows. */
export function calledOf({ created, isDialled }: Pick<ContactView, 'created' | 'isDialled'>): string | undefined {
  return (isDialled ? created.from : created.to) as string | undefined;
}
