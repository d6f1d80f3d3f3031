// What legs do to contacts, and contacts to legs.
//
//   effects ──▶ ring, connect, release: asked of the switch that brought the contact        (react)
//   answers and reports of the switch ──▶ commands for the core, or the contact's end        (answered, rang, isThere, isGone)
//
// Whatever a switch says may be late, so the commands that follow change an offer that is still open or nothing; and what ends a
// contact is a follow-up, which looks at the contact as it then is. So a report is never refused because of what else happened.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import type { ClientAnswer } from '../../engine/egress.ts';
import { legConnectMs, legRequestTriesMax } from '../../limits.ts';
import { type LegCause, legCauses, type ReleaseReason, routerLegPrefix } from '../../protocol/legs.ts';
import type { Admission, Afterwards, ContactView, Reaction, RoutingView, Row, SendsContacts } from '../module.ts';
import type { ConsultLegs } from './consult-legs.ts';
import { CustomerCalls, type OnCall } from './customer-calls.ts';
import type { Holds } from './holds.ts';
import { APART, type ContactLegs, type Leg, type LegBook, type LegRow, NOBODY } from './leg-book.ts';
import type { LegRequest, LegRequests, OfLeg } from './leg-requests.ts';
import type { Moving } from './moving.ts';
import type { Surveys } from './surveys.ts';
import { isLost, type SwitchBook } from './switch-book.ts';

/** How many requests one firing of the timer looks at. */
const SWEPT_MAX = 1_000;

type EndedWhy = 'byCustomer' | 'byAgent' | 'legLost' | 'notJoined' | 'switchLost' | 'notReached';

const endedCodes: Readonly<Record<EndedWhy, number>> = {
  byCustomer: layout.ENDED_BY_CUSTOMER,
  byAgent: layout.ENDED_BY_AGENT,
  legLost: layout.ENDED_LEG_LOST,
  notJoined: layout.ENDED_LEG_LOST,
  switchLost: layout.ENDED_SWITCH_LOST,
  notReached: layout.ENDED_NOT_REACHED,
};

/** The customer’s leg outlives a contact that ends so. */
const goesOn = new Set([layout.ENDED_TRANSFERRED, layout.ENDED_VOICEMAIL]);

/** `isDone`: the switch has done it; else it would not, or said nothing. */
export type MediaAnswered = (request: LegRequest, contact: ContactView, isDone: boolean, reaction: Reaction) => void;

export interface OtherLegs {
  has(legId: string): boolean;
  answered(request: LegRequest, isDone: boolean, reaction: Reaction): void;
  /** A customer's leg is gone whose contact may be over. Without a reaction: while a tick is being closed. */
  customerGone(legId: string, reaction?: Reaction): void;
}

export class Legs {
  readonly #book: LegBook;
  readonly #requests: LegRequests;
  readonly #switches: SwitchBook;
  readonly #holds: Holds;
  readonly #routing: RoutingView;
  /** Who hears what came of requests about media. */
  media: Readonly<Partial<Record<LegRequest['method'], MediaAnswered>>> = {};
  /** Legs of no offer, that are not in the book. */
  others: OtherLegs | undefined;
  /** Of customers who are asked for a message. */
  messages: { answered(leg: Leg, isDone: boolean, reaction: Reaction): void } | undefined;
  surveys: Pick<Surveys, 'has' | 'begins' | 'answered'> | undefined;
  /** What consultations do to them. */
  consults: ConsultLegs | undefined;
  /** Calls that move to another device. */
  moving: Pick<Moving, 'isJoin' | 'joined'> | undefined;
  /** A leg that had taken the place of another one is in the conversation. */
  joinedAnew: (contact: ContactView, reaction: Reaction) => void = () => {};
  readonly #calls: CustomerCalls;
  readonly #sending: SendsContacts;
  /** Answered in the tick that is being closed, and what comes of it is still to be done. */
  #beingAnswered: LegRequest[] = [];
  /** The timer for requests that are not answered is set, or will be by the next tick. */
  #sweepSet = false;

  constructor(parts: {
    readonly book: LegBook;
    readonly requests: LegRequests;
    readonly switches: SwitchBook;
    readonly holds: Holds;
    readonly routing: RoutingView;
    readonly onCall: OnCall;
    readonly sending: SendsContacts;
  }) {
    this.#book = parts.book;
    this.#requests = parts.requests;
    this.#switches = parts.switches;
    this.#holds = parts.holds;
    this.#routing = parts.routing;
    this.#sending = parts.sending;
    this.#calls = new CustomerCalls({ ...parts, legs: this });
  }

  /** Of customers who are called back. */
  get calls(): CustomerCalls {
    return this.#calls;
  }

  loaded(): void {
    this.#beingAnswered = [];
    this.#sweepSet = this.#requests.nextDeadline !== undefined;
    this.#calls.loaded();
  }

  // ── Contacts to legs ──────────────────────────────────────────────────────────────────────────────────────────
  react(effect: Effect, reaction: Reaction): void {
    const legs = this.#book.ofContact(effect.contact);
    if (legs === undefined || legs.contactNumber % 2 ** 32 !== effect.number) {
      if (effect.kind === layout.EFFECT_DIALLED) return this.#calls.dialled(effect, reaction);
      return effect.kind === layout.EFFECT_OFFERED ? this.#offeredAlone(effect, reaction) : undefined;
    }
    switch (effect.kind) {
      case layout.EFFECT_OFFERED:
        if (legs.customer === undefined) return this.#offeredAlone(effect, reaction);
        return this.ring(legs.customer.switchId, effect, reaction);
      case layout.EFFECT_ACCEPTED:
        return this.#connectIfThere(legs, effect.value, reaction);
      case layout.EFFECT_CONNECTED:
        return this.isJoined([legs.customer, this.#book.ofOffer(legs, effect.value)], reaction);
      case layout.EFFECT_WITHDRAWN: {
        this.#calls.withdrawn(legs, effect, reaction);
        const leg = this.#book.ofOffer(legs, effect.value);
        return leg && this.release(leg, releasedFor(leg, effect.code), reaction);
      }
      case layout.EFFECT_PARTED:
        return this.#parted(legs, effect.value3, reaction);
      case layout.EFFECT_ENDED:
        // The leg of whoever was asked serves the contact that it was about.
        if (effect.code === layout.ENDED_HANDED_OVER) return;
        // With somebody outside, or asked for a message, the customer is there without the contact.
        for (const leg of [...legs.agents]) this.release(leg, 'contactEnded', reaction);
        if (legs.customer === undefined || goesOn.has(effect.code)) return;
        if (!this.surveys?.begins(effect, legs.customer, reaction))
          this.release(legs.customer, 'contactEnded', reaction);
        return;
      case layout.EFFECT_RELEASED:
        this.#book.contactGone(effect.contact);
    }
  }

  /** No leg of its customer is there: to be called back, or gone. */
  #offeredAlone(effect: Effect, reaction: Reaction): void {
    const { contact: slot, number: low } = effect;
    if (!this.#routing.cameWithLeg(slot, low)) return this.#calls.offered(effect, reaction);
    // What was to end it when its customer hung up has been set aside, and no agent is to be rung for nobody until it is tried again.
    reaction.followUp('endContact', { slot, number: this.#routing.contactNumberOf(slot, low), why: 'byCustomer' });
  }

  /** After a restart an offer rings anew, but its leg is the one that it had. */
  ring(switchId: string, effect: Effect, reaction: Reaction): void {
    const contact = this.#routing.contactByHandle(effect.contact, effect.number) as ContactView;
    const { contactId, number: contactNumber } = contact;
    const from = contact.isDialled && contact.calls !== undefined ? contact.calls.number : contact.from;
    const legs = this.#book.ofContact(effect.contact);
    if (legs?.contactNumber === contactNumber && this.#book.ofOffer(legs, effect.value) !== undefined) return;
    const made: Omit<LegRow, 'number'> = {
      legId: `${routerLegPrefix}${contactNumber}.${effect.value}`,
      switchId,
      contactId,
      slot: effect.contact,
      contactNumber,
      of: { offer: effect.value, agent: effect.agent },
      state: 'asked',
      knownAt: reaction.now,
    };
    const leg = this.#book.make(made, reaction.tables);
    const { lineId, number } = this.#routing.lineAt(effect.line);
    this.ask(
      leg,
      'leg.ring',
      {
        contactId,
        legId: leg.legId,
        to: { agentId: this.#routing.agentIdOf(effect.agent), lineId, ...(number !== undefined && { number }) },
        ...(from !== undefined && { from }),
        // Of what the agent dials the rest is for the number.
        ringMs: Math.max(
          1,
          contact.calls !== undefined && contact.isDialled ? contact.policy.offerMs : effect.at - reaction.now,
        ),
      },
      reaction,
    );
  }

  #connectIfThere(legs: ContactLegs, offer: number, reaction: Reaction): void {
    const leg = this.#book.ofOffer(legs, offer);
    if (leg?.state !== 'answered' || leg.releasing) return;
    if (this.#isConnecting(leg)) return;
    // Whoever calls a colleague is joined by that one's acceptance.
    if (this.#calls.isInside(leg)) return this.#calls.accepted(leg, reaction);
    if (legs.customer === undefined) return this.#acceptedAlone(leg, reaction);
    if (legs.customer.state === 'asked' || legs.customer.state === 'ringing') return;
    const { contactId } = leg;
    this.ask(leg, 'leg.connect', { contactId, legs: [legs.customer.legId, leg.legId] }, reaction);
  }

  #isConnecting(leg: Leg): boolean {
    return this.#requests.isAsked(leg, 'leg.connect');
  }

  /** Of whom no customer's leg is there: one who is to be called, or a consultation. */
  #acceptedAlone(leg: Leg, reaction: Reaction): void {
    const { slot, contactNumber } = leg;
    if (this.#routing.aboutOf(slot, contactNumber) === undefined) return this.#calls.accepted(leg, reaction);
    this.consults?.connects(leg, reaction);
  }

  isJoined(legs: readonly (Leg | undefined)[], reaction: Reaction): void {
    for (const leg of legs) {
      if (leg === undefined) continue;
      leg.state = 'connected';
      const wasAlone = leg.alone === true;
      delete leg.alone;
      this.#book.save(leg, reaction.tables);
      const contact = wasAlone ? this.#contactOf(leg) : undefined;
      if (contact !== undefined) this.joinedAnew(contact, reaction);
    }
  }

  /** The customer's leg is where it was before it was joined; holding it is not wanted any more. */
  #parted(legs: ContactLegs, offer: number, reaction: Reaction): void {
    const leg = this.#book.ofOffer(legs, offer);
    if (leg !== undefined) this.release(leg, 'sent', reaction);
    if (legs.customer !== undefined) this.stays(legs.customer, reaction);
  }

  /** It is joined with nobody any more. */
  stays(customer: Leg, reaction: Reaction): void {
    this.forgetAsked(customer, ['leg.hold', 'leg.resume'], reaction);
    customer.state = 'answered';
    this.#book.save(customer, reaction.tables);
  }

  /** What else it was asked for is no longer wanted. Of a switch that is lost nothing is asked: it will be told when it reports. */
  release(leg: Leg, why: ReleaseReason, reaction: Reaction): void {
    if (leg.releasing) return;
    this.#requests.settleOf(leg, reaction.tables);
    const at = this.#switches.find(leg.switchId);
    if (at === undefined || isLost(at, reaction.now)) return this.#book.forget(leg, reaction.tables);
    leg.releasing = true;
    this.#book.save(leg, reaction.tables);
    const { contactId, legId } = leg;
    this.ask(leg, 'leg.release', { contactId, legId, why }, reaction);
  }

  // ── Hold ──────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Asks the switch, where the contact is at one; else it is so at once. */
  hold(contact: ContactView, on: boolean, reaction: Reaction): void {
    const legs = this.#book.ofContact(contact.slot);
    const customer = legs?.contactNumber === contact.number ? legs.customer : undefined;
    if (customer === undefined) return this.#holds.set(contact, on, reaction);
    this.holdLeg(customer, contact, on, reaction);
  }

  /** The customer's, or that of whoever is asked, where the contact is a consultation. */
  holdLeg(leg: OfLeg, contact: ContactView, on: boolean, reaction: Reaction): void {
    const asked = this.askedLast(leg, ['leg.hold', 'leg.resume'])?.method;
    const method = on ? 'leg.hold' : 'leg.resume';
    if (asked === undefined ? this.#holds.isHeld(contact) === on : asked === method) return;
    const customer = on ? undefined : this.customerOf(contact);
    if (customer?.legId === leg.legId && customer.alone) return this.consults?.joins(contact, reaction);
    this.ask(leg, method, { contactId: contact.contactId, legId: leg.legId }, reaction);
  }

  // ── Media ─────────────────────────────────────────────────────────────────────────────────────────────────────
  /** The customer's leg of a contact that has legs. */
  customerOf({ slot, number }: ContactHandle): Leg | undefined {
    const legs = this.#book.ofContact(slot);
    return legs?.contactNumber === number ? legs.customer : undefined;
  }

  /** The switch of the leg is connected. */
  isConnected({ switchId }: Leg): boolean {
    return this.#switches.find(switchId)?.connected === true;
  }

  /** What the leg was asked for last, of these, and has not answered yet. */
  askedLast(leg: OfLeg, methods: readonly LegRequest['method'][]): LegRequest | undefined {
    const isMeant = ({ legId, method }: LegRequest) => legId === leg.legId && methods.includes(method);
    return this.#requests.ofLeg(leg).findLast(isMeant) ?? this.#beingAnswered.findLast(isMeant);
  }

  /** It is not wanted any more, and its answer means nothing. */
  forgetAsked(leg: OfLeg, methods: readonly LegRequest['method'][], { tables }: Reaction): void {
    this.#requests.settleOf(leg, tables, methods);
    this.#beingAnswered = this.#beingAnswered.filter(
      ({ legId, method }) => legId !== leg.legId || !methods.includes(method),
    );
  }

  askOnce(leg: Leg, method: LegRequest['method'], params: Row, reference: string, reaction: Reaction): void {
    this.#requests.askOnce(leg, method, params, reference, reaction);
  }

  #mediaAnswered(request: LegRequest, leg: Leg, isDone: boolean, reaction: Reaction): void {
    const contact = this.#askedFor(request, leg);
    if (contact !== undefined && !leg.releasing) this.media[request.method]?.(request, contact, isDone, reaction);
  }

  #heldBySwitch(leg: Leg, request: LegRequest, reaction: Reaction): void {
    if (leg.releasing || this.#book.find(leg.legId) !== leg) return;
    const contact = this.#askedFor(request, leg);
    const on = request.method === 'leg.hold';
    if (contact?.state !== 'connected') return;
    leg.state = on ? 'held' : 'connected';
    this.#book.save(leg, reaction.tables);
    this.#holds.set(contact, on, reaction);
  }

  // ── Legs to contacts ──────────────────────────────────────────────────────────────────────────────────────────
  rang(leg: Leg, admission: Admission): void {
    if (leg.releasing || leg.state !== 'asked') return;
    if (leg.of !== undefined) admission.core.offerRang(handleOf(leg), leg.of.offer, leg.of.agent);
    this.change(leg, { state: 'ringing' }, admission);
  }

  /** The party is there. Where the agent took the offer before, on the desktop, nothing but this was missing. */
  isThere(leg: Leg, admission: Admission): Afterwards {
    const { of } = leg;
    if (leg.releasing || (leg.state !== 'asked' && leg.state !== 'ringing')) return undefined;
    const connectMs = this.#contactOf(leg)?.connectMs ?? legConnectMs;
    if (of !== undefined) admission.core.offerAccept(handleOf(leg), of.offer, of.agent, { connectMs, ifOpen: true });
    this.change(leg, { state: 'answered' }, admission);
    if (leg.slot === NOBODY) return (reaction) => this.#calls.answered(leg, reaction);
    return (reaction) => {
      const contact = this.#contactOf(leg);
      const legs = this.#book.ofContact(leg.slot);
      if (contact?.state === 'connecting' && (of === undefined || contact.offer === of.offer) && legs !== undefined)
        this.#connectIfThere(legs, contact.offer, reaction);
    };
  }

  /** It failed, or is over. */
  isGone(leg: Leg, cause: LegCause, admission: Admission): Afterwards {
    this.#drop(leg, admission);
    if (leg.releasing) return undefined;
    const { slot, contactNumber } = leg;
    // What was to become of it is looked at as the tick settles.
    if (slot === APART) return undefined;
    if (slot === NOBODY) return (reaction) => this.#calls.failed(leg, cause, reaction);
    if (leg.of === undefined) {
      if (this.#routing.isToBeCalled(slot, contactNumber)) this.#calls.notReached(leg, cause);
      return (reaction) => {
        this.#calls.dialledInVain(leg, cause, reaction);
        this.others?.customerGone(leg.legId, reaction);
        reaction.followUp('endContact', { slot, number: contactNumber, why: 'byCustomer' });
      };
    }
    const { offer } = leg.of;
    this.#offerFailed(leg, cause, admission);
    return (reaction) => {
      const contact = this.#contactOf(leg);
      if (contact?.state !== 'connected' || contact.offer !== offer) return;
      const why: EndedWhy = cause === 'lost' || cause === 'failed' ? 'legLost' : 'byAgent';
      reaction.followUp('agentGone', { slot, number: contactNumber, why, offer });
    };
  }

  #offerFailed(leg: Leg, cause: LegCause, { core }: Admission): void {
    const contact = this.#contactOf(leg);
    if (contact === undefined || leg.of === undefined) return;
    const { afterBusyMs, afterRejectMs } = contact.policy;
    const { offer, agent } = leg.of;
    const failed = (code: number, restMs: number) => core.offerFailed(handleOf(leg), offer, agent, code, restMs);
    // Whoever hangs up its own telephone before the number is there does not call any more.
    if (contact.isDialled && contact.calls !== undefined && (cause === 'hungUp' || cause === 'rejected'))
      failed(layout.WITHDRAWN_REJECTED, 0);
    else if (cause === 'busy') failed(layout.WITHDRAWN_BUSY, afterBusyMs);
    else if (cause === 'noAnswer') failed(layout.WITHDRAWN_TIMED_OUT, 0);
    else if (cause === 'rejected' || (cause === 'hungUp' && leg.state !== 'answered'))
      failed(layout.WITHDRAWN_REJECTED, afterRejectMs);
    else failed(layout.WITHDRAWN_UNREACHABLE, afterBusyMs);
  }

  /** The switch says that it is done, begun, or will not be. */
  answered(reference: string, answer: ClientAnswer, admission: Admission): Afterwards {
    const request = this.#requests.find(reference);
    if (request === undefined) return undefined;
    this.#settle(request, admission);
    const done = 'result' in answer;
    if (this.others?.has(request.legId)) {
      const told = (reaction: Reaction) => this.others?.answered(request, done, reaction);
      const isHolding = request.method === 'leg.hold' || request.method === 'leg.resume';
      return isHolding ? this.#unlessForgotten(request, admission, told) : told;
    }
    const leg = this.#book.find(request.legId);
    if (leg === undefined) return undefined;
    if (this.moving?.isJoin(request))
      return this.#unlessForgotten(request, admission, (reaction) =>
        this.moving?.joined(request, { isDone: done, isSaid: true }, reaction),
      );
    if (request.method === 'leg.gather' && this.surveys?.has(leg.legId))
      return (reaction) => this.surveys?.answered(leg, done, reaction);
    switch (request.method) {
      case 'leg.ring':
        return 'error' in answer ? this.isGone(leg, causeOf(answer.error.data), admission) : undefined;
      case 'leg.connect':
        if (leg.of === undefined) return undefined;
        if (this.#isInService(leg))
          return this.#unlessForgotten(request, admission, (reaction) =>
            this.consults?.answered(request, leg, done, reaction),
          );
        if (done) admission.core.offerConnected(handleOf(leg), leg.of.offer, leg.of.agent);
        else this.#offerFailed(leg, 'failed', admission);
        return undefined;
      case 'leg.hold':
      case 'leg.resume':
        return this.#unlessForgotten(request, admission, (reaction) => {
          if (done) this.#heldBySwitch(leg, request, reaction);
          this.#mediaAnswered(request, leg, done, reaction);
        });
      case 'leg.release':
        this.#drop(leg, admission);
        return undefined;
      case 'leg.record':
        return (reaction) => this.messages?.answered(leg, done, reaction);
      default:
        return (reaction) => this.#mediaAnswered(request, leg, done, reaction);
    }
  }

  /** Whatever else has been asked of the leg since, in this tick, counts more. */
  #unlessForgotten(request: LegRequest, { onUndo }: Admission, run: (reaction: Reaction) => void): Afterwards {
    const forget = (): boolean => {
      const at = this.#beingAnswered.indexOf(request);
      if (at >= 0) this.#beingAnswered.splice(at, 1);
      return at >= 0;
    };
    this.#beingAnswered.push(request);
    onUndo(forget);
    return (reaction) => {
      if (forget()) run(reaction);
    };
  }

  /** It was asked for, and the switch has not said that it has begun: it may never have heard of it. */
  isBeingRung(leg: Leg): boolean {
    return this.#requests.isAsked(leg, 'leg.ring');
  }

  /**
   * The switch does not have it any more, and nobody can say since when: at the beginning of a tick, where nothing else has changed
   * but what other legs that are lost in it have `ended`: a contact, by its number, is ended once.
   */
  isLost(leg: Leg, ended: Set<number>, admission: Admission): void {
    const contact = this.#contactOf(leg);
    this.#drop(leg, admission);
    const { slot, contactNumber: number } = leg;
    if (leg.of === undefined && !leg.releasing) this.others?.customerGone(leg.legId);
    if (contact === undefined || leg.releasing || ended.has(number)) return;
    const isInService = leg.of !== undefined && contact.state === 'connected' && contact.offer === leg.of.offer;
    if (leg.of !== undefined && !isInService) return this.#offerFailed(leg, 'lost', admission);
    ended.add(number);
    if (isInService) this.agentGone({ slot, number, why: 'legLost', offer: contact.offer }, admission);
    else this.endContact({ slot, number, why: 'byCustomer' }, admission);
  }

  /**
   * The leg of the agent who served it is gone, and the customer's is there. One that has left this agent since, or rings at another,
   * has nothing to do with that leg any more.
   */
  agentGone({ slot, number, why, offer }: Row, admission: Admission): void {
    const contact = this.#routing.contactByHandle(slot as number, number as number);
    if (contact?.state !== 'connected' || contact.offer !== offer) return;
    const { whenLegLost, afterBusyMs } = contact.policy;
    if (this.#sending.endConsultation(contact, endedCodes[why as EndedWhy], admission)) return;
    if (why !== 'notJoined' && this.#sending.toConsulted(contact, admission)) return;
    if (this.#sending.endCall(contact, endedCodes[why as EndedWhy], admission)) return;
    if (why === 'notJoined') return this.#sending.notJoined(contact, afterBusyMs, admission);
    if (why === 'legLost' && whenLegLost === 'queue')
      return this.#sending.toQueue(contact, 'legLost', afterBusyMs, admission);
    admission.core.contactEnd(contact, endedCodes[why as EndedWhy], contact.agentHandle);
  }

  /** As the follow-up of a leg that is gone, or of a switch that is lost. */
  endContact({ slot, number, why }: Row, { core }: Admission): void {
    const contact = this.#routing.contactByHandle(slot as number, number as number);
    if (contact === undefined || contact.state === 'wrapUp') return;
    if (contact.state !== 'connected' && why === 'byCustomer') {
      if (contact.calls === undefined) return core.contactCancel(contact);
      return core.contactEnd(contact, endedCodes.notReached);
    }
    core.contactEnd(contact, endedCodes[why as EndedWhy]);
  }

  // ── Requests that are not answered ────────────────────────────────────────────────────────────────────────────
  ask(leg: OfLeg, method: LegRequest['method'], params: Row, reaction: Reaction): void {
    this.#requests.ask(leg, method, params, reaction);
    this.asked(reaction);
  }

  /** Something was. */
  asked(reaction: Reaction): void {
    if (this.#sweepSet) return;
    this.#sweepSet = true;
    reaction.followUp('setSweep', {});
  }

  /** The switch is connected: it may never have heard what it was asked. */
  askAgain(switchId: string, reaction: Reaction): void {
    for (const request of this.#requests.ofSwitch(switchId)) this.#requests.again(request, reaction);
  }

  /** When the timer is due; undefined when it need not be set. */
  sweepDue(): number | undefined {
    const due = this.#requests.nextDeadline;
    this.#sweepSet = due !== undefined;
    return due;
  }

  sweep(reaction: Reaction): void {
    for (const request of this.#requests.due(reaction.now, SWEPT_MAX)) this.#unanswered(request, reaction);
    this.#sweepSet = this.#requests.nextDeadline !== undefined;
    if (this.#sweepSet) reaction.followUp('setSweep', {});
  }

  #unanswered(request: LegRequest, reaction: Reaction): void {
    if (!this.#switches.find(request.switchId)?.connected) return this.#requests.wait(request, reaction);
    if (this.others?.has(request.legId)) {
      if (mayBeAskedAgain(request)) return this.#requests.again(request, reaction);
      this.#requests.settle(request, reaction.tables);
      return this.others.answered(request, false, reaction);
    }
    const leg = this.#book.find(request.legId);
    const isRelease = request.method === 'leg.release';
    if (leg !== undefined && mayBeAskedAgain(request)) return this.#requests.again(request, reaction);
    this.#requests.settle(request, reaction.tables);
    if (leg === undefined) return;
    if (isRelease) this.#book.forget(leg, reaction.tables);
    else if (this.moving?.isJoin(request)) this.moving.joined(request, { isDone: false, isSaid: false }, reaction);
    else if (leg.slot === APART) this.#book.forget(leg, reaction.tables);
    else if (request.method === 'leg.record') this.messages?.answered(leg, false, reaction);
    else if (request.method === 'leg.gather' && this.surveys?.has(leg.legId))
      this.surveys.answered(leg, false, reaction);
    else if (this.media[request.method] !== undefined) this.#mediaAnswered(request, leg, false, reaction);
    else if (leg.of === undefined && request.method === 'leg.ring') this.#calls.unanswered(leg, reaction);
    else if (request.method === 'leg.connect' && this.#isInService(leg))
      this.consults?.answered(request, leg, false, reaction);
    else if (leg.of !== undefined) reaction.followUp('failOffer', { legId: leg.legId });
  }

  failOffer({ legId, slot, number, offer, agent }: Row, admission: Admission): void {
    // No switch is there to ring anybody.
    if (legId === undefined) return this.#cannotRing({ slot, number }, offer as number, agent as number, admission);
    const leg = this.#book.find(legId as string);
    if (leg?.of !== undefined) this.#offerFailed(leg, 'failed', admission);
  }

  #cannotRing({ slot, number }: Row, offer: number, agent: number, { core }: Admission): void {
    const contact = this.#routing.contactByHandle(slot as number, number as number);
    if (contact === undefined) return;
    core.offerFailed(contact, offer, agent, layout.WITHDRAWN_UNREACHABLE, contact.policy.afterBusyMs);
  }

  // ── Changes that can be taken back ────────────────────────────────────────────────────────────────────────────
  change(leg: Leg, change: Partial<Pick<Leg, 'state' | 'knownAt'>>, { tables, onUndo }: Admission): void {
    const before = { state: leg.state, knownAt: leg.knownAt };
    // Of a leg that came in this very tick: where the core refuses its contact no row of it is left.
    if (leg.state === (change.state ?? leg.state) && leg.knownAt === (change.knownAt ?? leg.knownAt)) return;
    Object.assign(leg, change);
    this.#book.save(leg, tables);
    onUndo(() => Object.assign(leg, before));
  }

  #drop(leg: Leg, admission: Admission): void {
    for (const request of this.#requests.ofLeg(leg)) this.#settle(request, admission);
    this.#book.forget(leg, admission.tables);
    admission.onUndo(() => this.#book.add(leg));
  }

  #settle(request: LegRequest, { tables, onUndo }: Admission): void {
    this.#requests.settle(request, tables);
    onUndo(() => this.#requests.restore(request));
  }

  /** The leg of the agent who serves the contact: it was joined before. */
  #isInService(leg: Leg): boolean {
    const contact = this.#contactOf(leg);
    return contact?.state === 'connected' && contact.offer === leg.of?.offer;
  }

  /** The contact for which the leg was asked: of a call between two agents, the one or the other. */
  #askedFor({ params }: LegRequest, leg: Leg): ContactView | undefined {
    const contact = this.#contactOf(leg);
    if (contact?.isInternal !== true || params.contactId === contact.contactId) return contact;
    const of = this.#book.servedBy(leg);
    const other = of && this.#routing.contactByHandle(of.slot, of.number);
    return other?.contactId === params.contactId ? other : undefined;
  }

  #contactOf({ slot, contactNumber }: Leg): ContactView | undefined {
    return this.#routing.contactByHandle(slot, contactNumber);
  }
}

/** An offer is over, and the leg that it had. */
function releasedFor(leg: Leg, withdrawn: number): ReleaseReason {
  if (withdrawn === layout.WITHDRAWN_ANSWERED_ELSEWHERE) return 'answeredElsewhere';
  return leg.state === 'answered' ? 'notConnected' : 'offerOver';
}

function handleOf({ slot, contactNumber }: Leg) {
  return { slot, number: contactNumber };
}

/** As the switch says in `error.data.cause`, if it is a word that is known. */
function causeOf(data: unknown): LegCause {
  const cause = (data as { readonly cause?: unknown } | null | undefined)?.cause;
  return legCauses.find((known) => known === cause) ?? 'failed';
}

/** Nobody else would let the leg go. */
function mayBeAskedAgain({ method, tries }: LegRequest): boolean {
  return method === 'leg.release' && tries < legRequestTriesMax;
}
