// The legs that are alive, as far as the router knows: by id, by contact, by switch.
//
// A leg is known from the contact that came with it, or from the request to ring it, until the switch says that it is gone
// (an ended leg is forgotten at once). A leg that is to be released is kept until the switch has confirmed it, also when
// its contact is long over and the contact's slot belongs to another.

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

export class LegBook {
  #byId = new Map<string, Leg>();
  #bySwitch = new Map<string, Set<Leg>>();
  /** By the slot of the contact. */
  #byContact = new Map<number, ContactLegs>();
  #next = 1;

  /** `lives`: the contact of this slot and number is in the core. */
  load(tables: TableReader, lives: (slot: number, number: number) => boolean): void {
    this.#byId = new Map();
    this.#bySwitch = new Map();
    this.#byContact = new Map();
    this.#next = 1;
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
    if (legs.customer === undefined && legs.agents.length === 0) this.#byContact.delete(leg.slot);
  }

  /** The contact is over and out of the core: its slot may be another's soon. */
  contactGone(slot: number): void {
    this.#byContact.delete(slot);
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

const none: ReadonlySet<Leg> = new Set();
