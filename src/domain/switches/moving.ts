// Calls that go on at another device of their customer: what becomes of legs (docs/mobility.md has the table of all races).
//
//   the second leg is there ─┬─ the customer is with the agent ─▶ leg.connect {second, agent} ─▶ done ─▶ it is the customer's, the first is let go
//                            │                                        └ refused, or it has ended: the second is let go, the first stays
//                            ├─ the customer waits, or is on hold ─▶ at once: joined when it is taken up
//                            └─ it is at another switch ─▶ leg.ring: the agent's line, there ─▶ leg.connect ─▶ both are let go here
//   the first call is over before ─▶ the second is a contact of its own (ownWay)
//
// Until then the second leg belongs to nobody (APART), so whatever becomes of the call becomes of the first one, by the rules that hold for
// any. What is to be done is not remembered but looked at, as each tick settles: how the call is now says what comes next, and what
// somebody else wants of it meanwhile comes first. So no order of things needs a rule of its own.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import { moveRingMs } from '../../limits.ts';
import { routerLegPrefix } from '../../protocol/legs.ts';
import type { Refusal } from '../../protocol/refusals.ts';
import type {
  Admission,
  ContactView,
  MovesCalls,
  NamedCall,
  NotMovedWhy,
  OwnWay,
  Reaction,
  RoutingView,
  Row,
  SecondCall,
  SendsContacts,
  TableReader,
} from '../module.ts';
import { everyRow } from '../rows.ts';
import type { Brokering } from './brokering.ts';
import type { ConsultLegs } from './consult-legs.ts';
import type { Holds } from './holds.ts';
import { APART, type ContactLegs, type Leg, type LegBook } from './leg-book.ts';
import type { LegRequest } from './leg-requests.ts';
import type { Legs } from './legs.ts';
import type { SwitchBook } from './switch-book.ts';
import { movesTable } from './tables.ts';

/** A second call that is being set up. */
interface Move {
  readonly number: number;
  /** The call that it is. */
  readonly slot: number;
  readonly contactNumber: number;
  /** Under which it came. */
  readonly contactId: string;
  /** Absent: neither of the two has any. */
  readonly legId?: string;
  /** Once its leg is joined, the customer is to be on hold: the agent has asked for it meanwhile. */
  readonly thenHeld?: boolean;
  /** The agent's leg at its switch, for which offer it is, and until when it is rung. */
  readonly agentLegId?: string;
  readonly offer?: number;
  readonly dueAt?: number;
}

/** Whoever ended the call has ended it for the second device, too. */
const endedForGood = new Set([layout.ENDED_BY_AGENT, layout.ENDED_BY_APPLICATION]);
const holding = ['leg.hold', 'leg.resume'] as const;

interface Parts {
  readonly routing: RoutingView;
  readonly book: LegBook;
  readonly switches: SwitchBook;
  readonly holds: Holds;
  readonly legs: Legs;
  readonly brokering: Brokering;
  readonly consults: Pick<ConsultLegs, 'isConference'>;
  readonly sending: SendsContacts;
  /** Makes the leg known that comes with a second call. */
  readonly comes: (second: SecondCall, legId: string, admission: Admission) => Leg | Refusal;
}

export class Moving implements MovesCalls {
  readonly #routing: RoutingView;
  readonly #book: LegBook;
  readonly #switches: SwitchBook;
  readonly #holds: Holds;
  readonly #legs: Legs;
  readonly #brokering: Brokering;
  readonly #consults: Pick<ConsultLegs, 'isConference'>;
  readonly #sending: SendsContacts;
  readonly #comes: Parts['comes'];
  /** In the order in which they came. */
  #moves = new Map<number, Move>();
  #next = 1;
  /** Why what is found to be at an end came to it, in this tick. */
  #why = new Map<number, NotMovedWhy>();
  /** Legs of calls that were to go their own way, in this tick. */
  #ownLegs: string[] = [];

  constructor(parts: Parts) {
    this.#routing = parts.routing;
    this.#book = parts.book;
    this.#switches = parts.switches;
    this.#holds = parts.holds;
    this.#legs = parts.legs;
    this.#brokering = parts.brokering;
    this.#consults = parts.consults;
    this.#sending = parts.sending;
    this.#comes = parts.comes;
  }

  load(tables: TableReader): void {
    this.#moves = new Map();
    this.#next = 1;
    this.#why = new Map();
    this.#ownLegs = [];
    for (const { row } of everyRow(tables, movesTable)) this.#know(row as unknown as Move);
  }

  // ── What is asked for ─────────────────────────────────────────────────────────────────────────────────────────
  hasLeg(contact: ContactHandle): boolean {
    return this.#legs.customerOf(contact) !== undefined;
  }

  legOf(contact: ContactHandle): Leg | undefined {
    return this.#legs.customerOf(contact);
  }

  movingTo(contact: ContactHandle): string | undefined {
    return this.#first(contact)?.contactId;
  }

  begin(second: SecondCall, { slot, number: contactNumber }: ContactView, admission: Admission): Refusal | undefined {
    const { contactId } = second;
    const legId = second.params.legId as string | undefined;
    if (legId !== undefined) {
      const leg = this.#comes(second, legId, admission);
      if ('refusal' in leg) return leg;
    }
    const move: Move = {
      number: this.#next,
      slot,
      contactNumber,
      contactId,
      ...(legId !== undefined && { legId }),
    };
    this.#keep(move, admission);
    admission.onUndo(() => this.#moves.delete(move.number));
    return undefined;
  }

  giveUp(contactId: string, { onUndo }: Admission): boolean {
    for (const { number, contactId: its } of this.#moves.values()) {
      if (its !== contactId) continue;
      const before = this.#why.get(number);
      this.#why.set(number, 'givenUp');
      onUndo(() => (before === undefined ? this.#why.delete(number) : this.#why.set(number, before)));
      return true;
    }
    return false;
  }

  // ── What becomes of the call ──────────────────────────────────────────────────────────────────────────────────
  react({ kind, code, contact: slot, number }: Effect, reaction: Reaction): void {
    if (this.#moves.size === 0 || kind !== layout.EFFECT_ENDED) return;
    for (const move of this.#of(slot, number))
      if (endedForGood.has(code) || this.#isGone(move)) this.#isOverToo(move, reaction);
      else this.#goesOwnWay(move, reaction);
  }

  /** Its customer has hung up, its switch is lost, or it was given up, in this tick. */
  #isGone({ number, legId }: Move): boolean {
    const why = this.#why.get(number);
    return why === 'givenUp' || why === 'switchLost' || (legId !== undefined && this.#book.find(legId) === undefined);
  }

  /** The id stays a name of the contact, which is over. */
  #isOverToo(move: Move, reaction: Reaction): void {
    this.#drop(move, reaction);
    for (const leg of this.#legsOf(move)) this.#legs.release(leg, 'contactEnded', reaction);
  }

  #goesOwnWay(move: Move, reaction: Reaction): void {
    this.#drop(move, reaction);
    const { slot, contactNumber: number, contactId, legId } = move;
    const agentLeg = this.#agentLegOf(move);
    if (agentLeg !== undefined) this.#legs.release(agentLeg, 'notWanted', reaction);
    const agentId = this.#routing.contactByHandle(slot, number)?.lastServedBy;
    const named = this.#sending.takeName({ slot, number }, contactId, reaction);
    if (named === undefined) return;
    const ownWay: OwnWay = {
      ...(legId !== undefined && { legId }),
      ...(agentId !== undefined && { agentId }),
    };
    reaction.followUp('ownWay', { named, ownWay } as unknown as Row);
  }

  /** As a follow-up. It was let in when it came, so no queue is too full for it. */
  ownWay({ named, ownWay }: Row, admission: Admission): void {
    const { params, owner } = named as unknown as NamedCall;
    const { legId } = ownWay as OwnWay;
    // Its customer may have hung up since.
    if (legId !== undefined && this.#book.find(legId) === undefined) return;
    this.#routing.bringContact({ params, owner, place: undefined, extra: { ownWay }, hasCome: true }, admission);
    if (legId !== undefined) this.#ownLegs.push(legId);
  }

  /** It is not back in time. */
  switchLost(switchId: string, { tables }: Pick<Admission, 'tables'>): void {
    for (const move of this.#moves.values())
      for (const leg of this.#legsOf(move)) {
        if (leg.switchId !== switchId) continue;
        this.#book.forget(leg, tables);
        this.#why.set(move.number, 'switchLost');
      }
  }

  timeOver(number: number, { now }: Reaction): void {
    const move = this.#moves.get(number);
    const agentLeg = move && this.#agentLegOf(move);
    if (move?.dueAt === undefined || move.dueAt > now || agentLeg === undefined) return;
    if (isRung(agentLeg)) this.#why.set(number, 'notAnswered');
  }

  // ── What the switch says ──────────────────────────────────────────────────────────────────────────────────────
  /** It is to bring a second leg together with an agent's. */
  isJoin({ method, params }: LegRequest): boolean {
    return this.#moves.size > 0 && method === 'leg.connect' && this.#byJoin(params) !== undefined;
  }

  #byJoin({ legs }: LegRequest['params']): Move | undefined {
    const joined = legs as readonly string[];
    for (const move of this.#moves.values()) if (move.legId !== undefined && joined.includes(move.legId)) return move;
    return undefined;
  }

  /** `isSaid`: it has answered; else nobody knows what it has done. */
  joined(request: LegRequest, how: { readonly isDone: boolean; readonly isSaid: boolean }, reaction: Reaction): void {
    const move = this.#byJoin(request.params);
    const contact = move && this.#routing.contactByHandle(move.slot, move.contactNumber);
    const legs = contact && this.#book.ofContact(contact.slot);
    const leg = move?.legId === undefined ? undefined : this.#book.find(move.legId);
    const agentLeg = this.#book.find(request.legId);
    if (move === undefined || leg === undefined || agentLeg === undefined || contact?.state !== 'connected') return;
    if (!how.isDone) {
      this.#why.set(move.number, 'notJoined');
      return how.isSaid ? undefined : this.#joinAgain(contact, reaction);
    }
    const first = legs?.customer;
    if (legs === undefined || first === undefined) return;
    const wantsHold =
      move.thenHeld ?? (this.#holds.isHeld(contact) || this.#legs.askedLast(first, holding)?.method === 'leg.hold');
    this.#isAtAgent(move, contact, agentLeg, legs, reaction);
    this.#takesPlace(move, contact, { first, leg }, reaction);
    this.#legs.isJoined([leg, agentLeg], reaction);
    const { contactId } = contact;
    if (wantsHold) this.#legs.ask(leg, 'leg.hold', { contactId, legId: leg.legId }, reaction);
  }

  /** What was asked for and never answered may have been done: they are to be together in any case. */
  #joinAgain(contact: ContactView, reaction: Reaction): void {
    const legs = this.#brokering.legsOf(contact);
    if (legs === undefined || this.#holds.isHeld(contact) || contact.consult !== undefined) return;
    const { contactId } = contact;
    this.#legs.ask(legs.agent, 'leg.connect', { contactId, legs: [legs.customer.legId, legs.agent.legId] }, reaction);
  }

  /** The agent is at the leg of the other switch now. */
  #isAtAgent(move: Move, contact: ContactView, agentLeg: Leg, legs: ContactLegs, reaction: Reaction): void {
    if (agentLeg.legId !== move.agentLegId) return;
    const before = this.#book.ofOffer(legs, contact.offer);
    const { contactId, slot, number: contactNumber, offer, agentHandle: agent } = contact;
    if (before !== undefined) {
      this.#book.setApart(before, reaction.tables);
      this.#legs.release(before, 'moved', reaction);
    }
    const of = { offer, agent: agent as number };
    this.#book.pass(agentLeg, { contactId, slot, contactNumber, of }, reaction.tables);
  }

  /** Nothing is being set up: what looks at each answer need not look further. */
  get isEmpty(): boolean {
    return this.#moves.size === 0;
  }

  // ── What comes next ───────────────────────────────────────────────────────────────────────────────────────────
  /** As the tick settles, and behind what switches answer, which is heard of behind that. */
  settle(reaction: Reaction): void {
    for (const legId of this.#ownLegs.splice(0)) this.#releaseIfNobodys(legId, reaction);
    if (this.#moves.size === 0) return;
    const waits = new Set<number>();
    for (const move of this.#moves.values()) {
      const why = this.#whyNot(move);
      if (why !== undefined) this.#fail(move, why, reaction);
      // One device after the other.
      else if (!waits.has(move.contactNumber) && !this.#goOn(move, reaction)) waits.add(move.contactNumber);
    }
    this.#why.clear();
  }

  /** Its contact was not let in after all. */
  #releaseIfNobodys(legId: string, reaction: Reaction): void {
    const leg = this.#book.find(legId);
    if (leg?.slot === APART) this.#legs.release(leg, 'unknown', reaction);
  }

  #whyNot(move: Move): NotMovedWhy | undefined {
    const known = this.#why.get(move.number);
    if (known !== undefined || move.legId === undefined) return known;
    if (this.#book.find(move.legId) === undefined) return 'legGone';
    return move.agentLegId !== undefined && this.#agentLegOf(move) === undefined ? 'notAnswered' : undefined;
  }

  #fail(move: Move, why: NotMovedWhy, reaction: Reaction): void {
    this.#drop(move, reaction);
    const { slot, contactNumber: number, contactId, thenHeld } = move;
    for (const leg of this.#legsOf(move))
      this.#legs.release(leg, why === 'notJoined' ? 'notConnected' : 'notWanted', reaction);
    this.#sending.notMoved({ slot, number }, contactId, why, reaction);
    const contact = this.#routing.contactByHandle(slot, number);
    if (contact?.state === 'connected' && thenHeld !== undefined) this.#legs.hold(contact, thenHeld, reaction);
  }

  /** True where it is done. */
  #goOn(move: Move, reaction: Reaction): boolean {
    const contact = this.#routing.contactByHandle(move.slot, move.contactNumber);
    if (contact === undefined || contact.endedAt !== undefined) return false;
    if (move.legId === undefined) return this.#isThere(move, contact, {}, reaction);
    const leg = this.#book.find(move.legId) as Leg;
    const legs = this.#book.ofContact(contact.slot);
    const first = legs?.customer;
    // Its end is on its way; or it is joined with somebody outside, or about to be.
    if (legs === undefined || first === undefined || contact.isOutside) return false;
    switch (contact.state) {
      case 'ringing':
        // The agent's telephone rings at the other switch: what comes of that says how to go on.
        return leg.switchId === first.switchId && this.#takesPlace(move, contact, { first, leg }, reaction);
      case 'waiting':
      case 'waitingFor':
        return this.#takesPlace(move, contact, { first, leg }, reaction);
      case 'connected':
        return this.#whileConnected(move, contact, { first, leg, legs }, reaction);
      default:
        return false;
    }
  }

  #whileConnected(
    move: Move,
    contact: ContactView,
    { first, leg, legs }: { readonly first: Leg; readonly leg: Leg; readonly legs: ContactLegs },
    reaction: Reaction,
  ): boolean {
    const agent = this.#book.ofOffer(legs, contact.offer);
    if (agent === undefined || agent.releasing) return false;
    if (agent.switchId !== leg.switchId) return this.#across(move, contact, leg, reaction);
    if (this.#brokering.isBeingChanged(contact) || this.#isAsked(agent)) return false;
    if (this.#holds.isHeld(contact)) return this.#takesPlace(move, contact, { first, leg }, reaction);
    const asked = this.#isConference(contact) ? this.#brokering.askedLeg(contact.consult!) : undefined;
    this.#join(contact, [leg, agent, ...(asked === undefined ? [] : [asked])], agent, reaction);
    return false;
  }

  #isConference({ consult }: ContactView): boolean {
    return consult !== undefined && this.#consults.isConference(consult);
  }

  #isAsked(agentLeg: Leg): boolean {
    return this.#legs.askedLast(agentLeg, ['leg.connect']) !== undefined;
  }

  #join({ contactId }: ContactView, legs: readonly { readonly legId: string }[], of: Leg, reaction: Reaction): void {
    this.#legs.ask(of, 'leg.connect', { contactId, legs: legs.map(({ legId }) => legId) }, reaction);
  }

  /** A customer who is on hold, or while somebody is asked, is moved once the agent is back. */
  #across(move: Move, contact: ContactView, leg: Leg, reaction: Reaction): boolean {
    const agentLeg = this.#agentLegOf(move);
    if (agentLeg !== undefined && move.offer !== contact.offer) {
      // Somebody else serves it by now.
      this.#legs.release(agentLeg, 'notWanted', reaction);
      const { agentLegId: _, offer: __, dueAt: ___, ...anew } = move;
      this.#keep(anew, reaction);
      return this.#across(anew, contact, leg, reaction);
    }
    if (this.#brokering.isBeingChanged(contact) || this.#holds.isHeld(contact) || contact.consult !== undefined)
      return false;
    if (agentLeg === undefined) this.#ringAgent(move, contact, leg, reaction);
    else if (!isRung(agentLeg) && !this.#isAsked(agentLeg)) this.#join(contact, [leg, agentLeg], agentLeg, reaction);
    return false;
  }

  /** At the line where it is served. */
  #ringAgent(move: Move, contact: ContactView, { switchId }: Leg, reaction: Reaction): void {
    if (this.#switches.find(switchId)?.connected !== true) return;
    const { contactId, number: contactNumber, offer, from, agentId = '', lineId = '' } = contact;
    const agentLegId = `${routerLegPrefix}m${reaction.tick}.${move.number}`;
    const dueAt = reaction.now + moveRingMs;
    const made = { legId: agentLegId, switchId, contactId, slot: APART, contactNumber, knownAt: reaction.now };
    const leg = this.#book.make({ ...made, state: 'asked' }, reaction.tables);
    this.#keep({ ...move, agentLegId, offer, dueAt }, reaction);
    reaction.followUp('setMoveTimer', { number: move.number, dueAt });
    const line = this.#routing.linesOf(agentId).find((one) => one.lineId === lineId);
    const number = line?.number;
    const to = { agentId, lineId, ...(number !== undefined && { number }) };
    const ring = { contactId, legId: agentLegId, to, ...(from !== undefined && { from }), ringMs: moveRingMs };
    this.#legs.ask(leg, 'leg.ring', ring, reaction);
  }

  #takesPlace(
    move: Move,
    contact: ContactView,
    { first, leg }: { readonly first: Leg; readonly leg: Leg },
    reaction: Reaction,
  ): true {
    const { contactId, slot, number: contactNumber } = contact;
    const agentLeg = this.#agentLegOf(move);
    if (agentLeg?.slot === APART) this.#legs.release(agentLeg, 'notWanted', reaction);
    this.#book.setApart(first, reaction.tables);
    leg.alone = true;
    this.#book.pass(leg, { contactId, slot, contactNumber }, reaction.tables);
    this.#legs.release(first, 'moved', reaction);
    const at = this.#switches.find(leg.switchId);
    // Whether it may be offered is the matter of another switch now.
    if (at !== undefined && first.switchId !== leg.switchId) reaction.followUp('withhold', { number: at.number });
    return this.#isThere(move, contact, { fromLeg: first.legId, toLeg: leg.legId }, reaction);
  }

  #isThere(
    move: Move,
    contact: ContactView,
    legs: { readonly fromLeg?: string; readonly toLeg?: string },
    reaction: Reaction,
  ): true {
    this.#drop(move, reaction);
    this.#sending.moved(contact, move.contactId, legs, reaction);
    return true;
  }

  // ── What others want of the call meanwhile ────────────────────────────────────────────────────────────────────
  /** The switch has been asked to join its second leg with its agent. */
  isBeingJoined(contact: ContactHandle): boolean {
    return this.#beingJoined(contact) !== undefined;
  }

  #beingJoined(contact: ContactHandle): Move | undefined {
    if (this.#moves.size === 0) return undefined;
    const move = this.#first(contact);
    const view = move && this.#routing.contactByHandle(contact.slot, contact.number);
    const agent = view && this.#brokering.legsOf(view)?.agent;
    const joining = agent && this.#legs.askedLast(agent, ['leg.connect']);
    return joining !== undefined && this.isJoin(joining) ? move : undefined;
  }

  /** Put on hold or taken up while the second leg is being joined: as soon as it is. False: it is not being. */
  takesHold(contact: ContactHandle, on: boolean, reaction: Reaction): boolean {
    const move = this.#beingJoined(contact);
    if (move === undefined) return false;
    this.#keep({ ...move, thenHeld: on }, reaction);
    return true;
  }

  // ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────
  #first({ slot, number }: ContactHandle): Move | undefined {
    return this.#of(slot, number)[0];
  }

  #of(slot: number, low: number): Move[] {
    return [...this.#moves.values()].filter((one) => one.slot === slot && one.contactNumber >>> 0 === low >>> 0);
  }

  #agentLegOf({ agentLegId }: Move): Leg | undefined {
    return agentLegId === undefined ? undefined : this.#book.find(agentLegId);
  }

  /** Those that are not the contact's yet. */
  #legsOf(move: Move): Leg[] {
    const leg = move.legId === undefined ? undefined : this.#book.find(move.legId);
    return [leg, this.#agentLegOf(move)].filter((one) => one !== undefined && one.slot === APART) as Leg[];
  }

  #know(move: Move): void {
    this.#moves.set(move.number, move);
    this.#next = Math.max(this.#next, move.number + 1);
  }

  #keep(move: Move, { tables }: Pick<Reaction | Admission, 'tables'>): void {
    this.#know(move);
    tables.put(movesTable, move.number, move as unknown as Row);
  }

  #drop({ number }: Move, { tables }: Pick<Reaction, 'tables'>): void {
    this.#moves.delete(number);
    tables.remove(movesTable, number);
  }
}

function isRung({ state }: Leg): boolean {
  return state === 'asked' || state === 'ringing';
}
