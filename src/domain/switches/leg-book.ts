// The legs that are alive, as far as the router knows: by id, by contact, by switch.
//
// A leg is known from the contact that came with it, or from the request to ring it, until the switch says that it is gone
// (an ended leg is forgotten at once). A leg that is to be released is kept until the switch has confirmed it, also when
// its contact is long over and the contact's slot belongs to another.
//
// Of a call between two agents each has a contact, and each contact's customer is the other agent: a leg is the agent's of the one and,
// without a row of its own, the customer's of the other.

import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { LegState } from '../../protocol/legs.ts';
import type { Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { legsTable } from './tables.ts';

/** Whom an agent's leg was made for. */
export interface OfferOfLeg {
  readonly offer: number;
  /** The agent's handle. */
  readonly agent: number;
}

/** The slot of a leg that has no contact yet. */
export const NOBODY = -1;
/** And of one of a call that moves to another device: it belongs to no contact yet, or any more. */
export const APART = -3;
/** And of one whose contact was not let in. */
export const KEPT_OUT = -2;

export interface LegRow {
  readonly number: number;
  readonly legId: string;
  readonly switchId: string;
  readonly contactId: string;
  readonly slot: number;
  readonly contactNumber: number;
  /** Undefined: the customer's. */
  readonly of?: OfferOfLeg;
  /** The customer’s, rung for the callback of this number before there is a contact. */
  readonly callback?: number;
  readonly state: Exclude<LegState, 'ended'>;
  /** The switch is asked to let it go. */
  readonly releasing?: boolean;
  /** It has taken the place of another one, and is joined with nobody yet. */
  readonly alone?: boolean;
  /** When it came, or the switch last named it in a report. */
  readonly knownAt: number;
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };
export type Leg = Writable<LegRow>;

/** The legs of one live contact. */
export interface ContactLegs {
  readonly contactNumber: number;
  /** Undefined once it is gone, for the moment until its contact is over. */
  customer: Leg | undefined;
  /** Of the offer that rings or is in service, and of earlier ones that are not gone yet; the newest last. */
  readonly agents: Leg[];
}

/** One side of a call between two agents: whose customer's leg is the agent's leg of the other. */
interface CallSide extends ContactLegs {
  readonly other: ContactHandle;
}

export class LegBook {
  #byId = new Map<string, Leg>();
  #bySwitch = new Map<string, Set<Leg>>();
  /** By the slot of the contact. */
  #byContact = new Map<number, ContactLegs>();
  /** By the slot of either side of a call between two agents. */
  #sides = new Map<number, CallSide>();
  #next = 1;

  /** `lives`: the contact of this slot and number is in the core. `calls`: the two sides of each call between two agents. */
  load(
    tables: TableReader,
    lives: (slot: number, number: number) => boolean,
    calls: Iterable<readonly [ContactHandle, ContactHandle]>,
  ): void {
    this.#byId = new Map();
    this.#bySwitch = new Map();
    this.#byContact = new Map();
    this.#sides = new Map();
    this.#next = 1;
    for (const [caller, called] of calls) this.pair(caller, called);
    for (const { row } of everyRow(tables, legsTable)) {
      const leg: Leg = { ...(row as unknown as LegRow) };
      this.#know(leg);
      if (lives(leg.slot, leg.contactNumber)) this.#attach(leg);
    }
  }

  /** No contact has legs: what looks at every effect need not look further. */
  get isEmpty(): boolean {
    return this.#byContact.size === 0;
  }

  find(legId: string): Leg | undefined {
    return this.#byId.get(legId);
  }

  ofSwitch(switchId: string): ReadonlySet<Leg> {
    return this.#bySwitch.get(switchId) ?? none;
  }

  inOrder(switchId: string): Leg[] {
    return [...this.ofSwitch(switchId)].sort((a, b) => a.number - b.number);
  }

  ofContact(slot: number): ContactLegs | undefined {
    return this.#byContact.get(slot);
  }

  // ── Calls between two agents ──────────────────────────────────────────────────────────────────────────────────
  /** The customer's leg of each of the two contacts is the agent's leg of the other, from now on. Returns how to take that back. */
  pair(one: ContactHandle, other: ContactHandle): () => void {
    const before = [one, other].map(({ slot }) => this.#byContact.get(slot));
    this.#side(one, other);
    this.#side(other, one);
    return () => {
      [one, other].forEach(({ slot }, at) => {
        this.#sides.delete(slot);
        const legs = before[at];
        if (legs === undefined) this.#byContact.delete(slot);
        else this.#byContact.set(slot, legs);
      });
    };
  }

  #side({ slot, number: contactNumber }: ContactHandle, other: ContactHandle): void {
    const known = this.#byContact.get(slot);
    const agents = known?.contactNumber === contactNumber ? known.agents : [];
    const side: CallSide = { contactNumber, agents, other, customer: undefined };
    Object.defineProperty(side, 'customer', { get: () => this.#agentOf(other), set: () => {} });
    this.#sides.set(slot, side);
    this.#byContact.set(slot, side);
  }

  /** The leg of the agent who serves the contact, or is about to. */
  #agentOf({ slot, number }: ContactHandle): Leg | undefined {
    const side = this.#sides.get(slot);
    if (side?.contactNumber !== number) return undefined;
    return side.agents.findLast(({ state, releasing }) => !releasing && state !== 'asked' && state !== 'ringing');
  }

  /** The contact whose customer's leg it is. */
  servedBy(leg: Leg): ContactHandle | undefined {
    const legs = this.#byContact.get(leg.slot);
    if (legs?.contactNumber !== leg.contactNumber) return undefined;
    if (leg.of === undefined) return legs.customer === leg ? handleOf(leg) : undefined;
    const other = this.#sides.get(leg.slot)?.other;
    return other !== undefined && this.#byContact.get(other.slot)?.customer === leg ? other : undefined;
  }

  /** The leg of an offer, while it is known. */
  ofOffer(legs: ContactLegs, offer: number): Leg | undefined {
    return legs.agents.findLast(({ of }) => of?.offer === offer);
  }

  make(of: Omit<LegRow, 'number'>, tables: TableWriter): Leg {
    const leg: Leg = { number: this.#next, ...of };
    this.add(leg);
    this.save(leg, tables);
    return leg;
  }

  add(leg: Leg): void {
    this.#know(leg);
    this.#attach(leg);
  }

  save(leg: Leg, tables: TableWriter): void {
    tables.put(legsTable, leg.number, { ...leg } as unknown as Row);
  }

  /** The contact that it was rung for is there now. */
  give(leg: Leg, to: Pick<LegRow, 'contactId' | 'slot' | 'contactNumber'>, tables: TableWriter): void {
    Object.assign(leg, to);
    this.#attach(leg);
    this.save(leg, tables);
  }

  /** It serves another contact from now on. */
  pass(leg: Leg, to: Pick<LegRow, 'contactId' | 'slot' | 'contactNumber' | 'of'>, tables: TableWriter): void {
    this.takeBack(leg);
    Object.assign(leg, to);
    this.add(leg);
    this.save(leg, tables);
  }

  /** Its contact has another one in its place. */
  setApart(leg: Leg, tables: TableWriter): void {
    this.takeBack(leg);
    Object.assign(leg, { slot: APART });
    delete leg.of;
    this.add(leg);
    this.save(leg, tables);
  }

  /** Of the customer, who is not there and is rung no more: another one may be made. */
  detach(leg: Leg): void {
    const legs = this.#byContact.get(leg.slot);
    if (legs?.customer === leg) legs.customer = undefined;
  }

  /** It is gone at the switch. */
  forget(leg: Leg, tables: TableWriter): void {
    this.takeBack(leg);
    tables.remove(legsTable, leg.number);
  }

  /** As if it had never been; add() takes it back. */
  takeBack(leg: Leg): void {
    this.#byId.delete(leg.legId);
    const ofSwitch = this.#bySwitch.get(leg.switchId);
    ofSwitch?.delete(leg);
    if (ofSwitch?.size === 0) this.#bySwitch.delete(leg.switchId);
    const legs = this.#byContact.get(leg.slot);
    if (legs === undefined || legs.contactNumber !== leg.contactNumber) return;
    if (legs.customer === leg) legs.customer = undefined;
    const at = legs.agents.indexOf(leg);
    if (at >= 0) legs.agents.splice(at, 1);
    if (legs.customer === undefined && legs.agents.length === 0 && legs !== this.#sides.get(leg.slot))
      this.#byContact.delete(leg.slot);
  }

  /** The contact is over and out of the core: its slot may be another's soon. */
  contactGone(slot: number): void {
    this.#byContact.delete(slot);
    this.#sides.delete(slot);
  }

  #know(leg: Leg): void {
    this.#byId.set(leg.legId, leg);
    let ofSwitch = this.#bySwitch.get(leg.switchId);
    if (ofSwitch === undefined) {
      ofSwitch = new Set();
      this.#bySwitch.set(leg.switchId, ofSwitch);
    }
    ofSwitch.add(leg);
    this.#next = Math.max(this.#next, leg.number + 1);
  }

  #attach(leg: Leg): void {
    const { slot, contactNumber } = leg;
    if (slot === NOBODY || slot === KEPT_OUT || slot === APART) return;
    let legs = this.#byContact.get(slot);
    if (legs?.contactNumber !== contactNumber) {
      legs = { contactNumber, customer: undefined, agents: [] };
      this.#byContact.set(slot, legs);
    }
    if (leg.of === undefined) legs.customer = leg;
    else legs.agents.push(leg);
  }
}

function handleOf({ slot, contactNumber }: Leg): ContactHandle {
  return { slot, number: contactNumber };
}

const none: ReadonlySet<Leg> = new Set();
