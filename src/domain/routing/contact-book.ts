// Who is who among contacts: by id, by slot in the core, by owner, in the order in which they came.
//
// Bounded by live contacts and by the ended ones that are remembered.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import type { Caller, Role } from '../../engine/egress.ts';
import { firstIndex } from '../../first-index.ts';
import { contactNamesMax, contactsLivePerTenantMax, contactsRemovedPerTickMax } from '../../limits.ts';
import type { Admission, ContactName, Reaction, Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { isBelow } from '../timeline-source.ts';
import type { Agents } from './agents.ts';
import { Contact, type ContactRow, type Owner, restoreAwaited, restoreRing, restoreState } from './contacts.ts';
import { type EndedContact, EndedContacts } from './ended-contacts.ts';
import { LiveOrder } from './live-order.ts';
import { ParkedContacts } from './parked-contacts.ts';
import type { Profile, Profiles } from './profiles.ts';
import type { Queue, Queues } from './queues.ts';
import { contactsTable, countersTable } from './tables.ts';
import type { WaitingFlows } from './waiting-flows.ts';

export interface Retention {
  readonly contactRetentionMs: number;
  readonly contactsEndedMax: number;
}

export class ContactBook {
  readonly #retention: Retention;
  readonly #profiles: Profiles;
  readonly #flows: WaitingFlows;
  /** Live ones. */
  readonly #byId = new Map<string, Contact>();
  /** By the id of the contact: what agents still wrap up after it. */
  readonly #parts = new Map<string, readonly Contact[]>();
  readonly #bySlot: (Contact | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  /** By role, then by sub. */
  readonly #owners = new Map<Role, Map<string, Owner>>();
  readonly #live = new LiveOrder();
  /** Live ones of customers, in the order in which they came. */
  readonly #byCustomer = new Map<number, Contact[]>();
  readonly parked = new ParkedContacts();
  readonly #ended = new EndedContacts();
  /** The core forgot it last. */
  lastReleased: Contact | undefined;
  #nextNumber = 1;
  /** A retention timer is set, or the follow-up that sets it is on its way. */
  #timerSet = false;

  constructor(retention: Retention, profiles: Profiles, flows: WaitingFlows) {
    this.#retention = retention;
    this.#profiles = profiles;
    this.#flows = flows;
  }

  load(tables: TableReader, live: readonly Effect[], queues: Queues, agents: Agents): void {
    const counters = tables.get(countersTable, 1);
    if (counters !== undefined) this.#nextNumber = counters.nextContact as number;
    const described = new Map<number, Effect>();
    const profileAt = new Map<number, Profile>(this.#profiles.all().map((profile) => [profile.number, profile]));
    for (const effect of live) if (effect.kind === layout.EFFECT_CONTACT_STATE) described.set(effect.contact, effect);
    const ended: EndedContact[] = [];
    for (const { row } of everyRow(tables, contactsTable)) {
      const stored = row as unknown as ContactRow;
      const { number, slot, created, ending } = stored;
      this.#nextNumber = Math.max(this.#nextNumber, number + 1);
      const effect = described.get(slot);
      if (effect === undefined || effect.number !== number >>> 0) {
        if (stored.partOf !== undefined) throw new Error(`part ${number} has a row and is not in the core`);
        if (ending === undefined) throw new Error(`contact ${created.contactId} is neither in the core nor ended`);
        for (const { contactId } of stored.names ?? [])
          ended.push({ contactId, number: -number, endedAt: ending.endedAt });
        ended.push({ contactId: created.contactId, number, endedAt: ending.endedAt });
        continue;
      }
      described.delete(slot);
      const profile = profileAt.get(effect.value);
      if (profile === undefined)
        throw new Error(`contact ${created.contactId} has profile ${effect.value} without a row`);
      const contact = new Contact({
        ...stored,
        queue: queues.at(stored.queue),
        channel: profile.channel,
        visits: stored.visits,
        steps: stored.steps,
        inVain: stored.inVain,
        parts: stored.parts,
        sent: stored.sent,
        handedOver: stored.handedOver,
        parked: stored.parked,
        resumedAt: stored.resumedAt,
        outside: stored.outside,
        dialled: stored.dialled,
        calledBy: stored.calledBy,
        choosing: stored.choosing,
        flow: stored.flow,
        backAt: stored.backAt,
        partOf: stored.partOf,
        about: stored.about,
        consultations: stored.consultations,
        creator: stored.creator,
        names: stored.names,
        joinedAt: stored.joinedAt,
        owner: this.owner(stored.owner),
        customer: stored.customer,
        extra: stored.extra,
        profile,
      });
      contact.ending = ending;
      restoreState(contact, effect, (handle) => agents.at(handle));
      this.add(contact);
      if (contact.parked !== undefined) this.parked.add(contact);
      else if (contact.connectedAt === 0 && contact.partOf === undefined && !contact.isOfNoQueue) {
        contact.queue.unanswered.add(contact);
        this.#flows.waits(contact);
      }
    }
    for (const contact of this.#live.after(0)) {
      this.#asks(contact);
      const caller = contact.calledBy && this.#live.find(contact.calledBy.of);
      if (caller === undefined || contact.ending !== undefined) continue;
      caller.called = contact;
      contact.caller = caller;
    }
    for (const effect of live) {
      const profile = effect.kind === layout.EFFECT_LEAVES ? profileAt.get(effect.value) : undefined;
      if (effect.kind === layout.EFFECT_LEAVES)
        this.leaves(this.at(effect.contact, effect.number), profile, effect.code);
      if (effect.kind === layout.EFFECT_WITHHELD) this.at(effect.contact, effect.number).withheld = true;
      if (effect.kind === layout.EFFECT_WAITING_FOR)
        restoreAwaited(this.at(effect.contact, effect.number), effect, agents.at(effect.agent));
      if (effect.kind === layout.EFFECT_RINGS)
        restoreRing(this.at(effect.contact, effect.number), effect, agents.at(effect.agent));
    }
    if (described.size > 0) throw new Error(`the core has ${described.size} contacts that no row knows`);
    for (let at = 0; at < this.#bySlot.length; at++) if (this.#bySlot[at] === undefined) this.#freeSlots.push(at);
    this.#ended.load(ended);
    this.#timerSet = this.#ended.count > 0;
  }

  /** A consultation is the one of what it is about, unless that has ended or gone on. */
  #asks(consult: Contact): void {
    const contact = consult.about && this.#live.find(consult.about.of);
    const isOpen = consult.ending === undefined && contact?.state === 'connected';
    if (isOpen && contact.agent?.agentId === consult.about?.agentId) contact.consult = consult;
  }

  get isFull(): boolean {
    return this.#live.count >= contactsLivePerTenantMax;
  }

  /** A live contact, the number of one that is over, or nothing. */
  find(contactId: string): Contact | number | undefined {
    return this.#byId.get(contactId) ?? this.#ended.find(contactId);
  }

  byNumber(number: number): Contact | undefined {
    return this.#live.find(number);
  }

  at(slot: number, number: number): Contact {
    const contact = this.#bySlot[slot];
    if (contact === undefined || contact.number >>> 0 !== number)
      throw new Error(`no contact ${number} in slot ${slot}`);
    return contact;
  }

  bySlot(slot: number, number: number): Contact | undefined {
    const contact = this.#bySlot[slot];
    return contact !== undefined && contact.number >>> 0 === number >>> 0 ? contact : undefined;
  }

  nextNumber(): number {
    return this.#nextNumber;
  }

  nextSlot(): number {
    return this.#freeSlots.at(-1) ?? this.#bySlot.length;
  }

  ownerOf(caller: Caller): Owner | undefined {
    return this.#owners.get(caller.role)?.get(caller.sub);
  }

  owner(who: { readonly role: Owner['role']; readonly sub: string }): Owner {
    const { role, sub } = who;
    let ofRole = this.#owners.get(role);
    if (ofRole === undefined) {
      ofRole = new Map();
      this.#owners.set(role, ofRole);
    }
    let owner = ofRole.get(sub);
    if (owner === undefined) {
      owner = { role, sub, live: new LiveOrder() };
      ofRole.set(sub, owner);
    }
    return owner;
  }

  /** In the order in which they came, after a number. */
  liveAfter(number: number): Iterable<Contact> {
    return this.#live.after(number);
  }

  /** The one that came last first: below a time and a number. */
  *liveOf(customer: number, before: readonly number[]): Generator<Contact, void, void> {
    const contacts = this.#byCustomer.get(customer) ?? [];
    const below = firstIndex(contacts.length, (at) => !isBelow(placeOf(contacts[at] as Contact), before));
    for (let at = below - 1; at >= 0; at--) yield contacts[at] as Contact;
  }

  add(contact: Contact): void {
    if (this.#freeSlots.at(-1) === contact.slot) this.#freeSlots.pop();
    while (this.#bySlot.length < contact.slot) this.#bySlot.push(undefined);
    this.#bySlot[contact.slot] = contact;
    this.#nextNumber = Math.max(this.#nextNumber, contact.number + 1);
    this.#live.add(contact);
    if (contact.partOf === undefined) {
      this.#byId.set(contact.contactId, contact);
      for (const { contactId } of contact.names) this.#byId.set(contactId, contact);
      contact.owner.live.add(contact);
      if (contact.customer !== undefined) this.#addOf(contact.customer.number, contact);
    } else this.#parts.set(contact.contactId, [...this.partsOf(contact.contactId), contact]);
    contact.queue.live += 1;
    this.#profiles.use(contact.profile);
  }

  #addOf(customer: number, contact: Contact): void {
    const others = this.#byCustomer.get(customer);
    if (others === undefined) this.#byCustomer.set(customer, [contact]);
    else others.push(contact);
  }

  #leaveOf(customer: number, contact: Contact): void {
    const others = this.#byCustomer.get(customer) as Contact[];
    if (others.length === 1) this.#byCustomer.delete(customer);
    else others.splice(others.indexOf(contact), 1);
  }

  /** It was refused: as if it had never been. */
  takeBack(contact: Contact): void {
    this.#leave(contact);
    if (contact.partOf === undefined) this.#byId.delete(contact.contactId);
  }

  /** A place for what the agent who serves a contact has left to do once it goes on. */
  #makePart(contact: Contact): Contact {
    const { queue, channel, created, owner, arrivedAt, joinedAt, customer, extra, profile, wishes } = contact;
    const part = new Contact({
      number: this.nextNumber(),
      slot: this.nextSlot(),
      ...{ queue, channel, created, owner, arrivedAt, joinedAt, customer, extra, profile, wishes },
      partOf: contact.number,
    });
    this.add(part);
    return part;
  }

  /** For a command that may leave its agent with one. `takeBack`: to be called once it is known whether there is one. */
  partFor(contact: Contact, { onUndo }: Pick<Admission, 'onUndo'>): { readonly part: Contact; takeBack(): void } {
    const part = this.#makePart(contact);
    onUndo(() => this.takeBack(part));
    return {
      part,
      takeBack: () => {
        if (!part.known) this.takeBack(part);
      },
    };
  }

  /** Those of a contact that agents still wrap up. */
  partsOf(contactId: string): readonly Contact[] {
    return this.#parts.get(contactId) ?? [];
  }

  /** The core has forgotten it; its id is remembered for a while. */
  released(contact: Contact, reaction: Reaction): void {
    const { ending } = contact;
    if (ending === undefined) throw new Error(`contact ${contact.contactId} was released before it ended`);
    this.#leave(contact);
    this.lastReleased = contact;
    if (contact.partOf !== undefined) return reaction.tables.remove(contactsTable, contact.number);
    this.#byId.delete(contact.contactId);
    // Its row goes with the last of its names, which is its own.
    for (const { contactId } of contact.names) {
      this.#byId.delete(contactId);
      this.#ended.add(contactId, -contact.number, ending.endedAt);
    }
    this.#ended.add(contact.contactId, contact.number, ending.endedAt);
    while (this.#ended.count > this.#retention.contactsEndedMax) this.#forgetOldest(reaction.tables);
    if (this.#timerSet) return;
    this.#timerSet = true;
    reaction.followUp('setRetentionTimer', {});
  }

  /** They may be remembered for a shorter time than when the timer was set. */
  resumed(reaction: Reaction): void {
    this.#timerSet = this.#ended.count > 0;
    if (this.#timerSet) reaction.followUp('setRetentionTimer', {});
  }

  /** When the oldest of the remembered is to be forgotten. */
  retentionDue(): number | undefined {
    const oldest = this.#ended.oldestEnd;
    return oldest === undefined ? undefined : oldest + this.#retention.contactRetentionMs;
  }

  /** The retention timer fired: a bounded number goes, and the timer is set again for the rest. */
  forgetOld(reaction: Reaction): void {
    const before = reaction.now - this.#retention.contactRetentionMs;
    for (let left = contactsRemovedPerTickMax; left > 0; left--) {
      const oldest = this.#ended.oldestEnd;
      if (oldest === undefined || oldest > before) break;
      this.#forgetOldest(reaction.tables);
    }
    reaction.tables.put(countersTable, 1, { nextContact: this.#nextNumber });
    this.#timerSet = this.#ended.count > 0;
    if (this.#timerSet) reaction.followUp('setRetentionTimer', {});
  }

  #forgetOldest(tables: TableWriter): void {
    const number = this.#ended.takeOldest();
    if (number > 0) tables.remove(contactsTable, number);
  }

  /** It is over, and as if it had never been. */
  erase({ number, created, names = [] }: ContactRow, tables: TableWriter): void {
    for (const { contactId } of [created, ...names]) this.#ended.forget(contactId, number);
    tables.remove(contactsTable, number);
    tables.put(countersTable, 1, { nextContact: this.#nextNumber });
  }

  // ── Calls that go on at another device ────────────────────────────────────────────────────────────────────────
  named(contact: Contact, name: ContactName): void {
    contact.names = [...contact.names, name];
    this.#byId.set(name.contactId, contact);
    if (contact.names.length <= contactNamesMax) return;
    this.#byId.delete(contact.names[0]!.contactId);
    contact.names = contact.names.slice(1);
  }

  nameless(contact: Contact, contactId: string): void {
    contact.names = contact.names.filter((name) => name.contactId !== contactId);
    this.#byId.delete(contactId);
  }

  /** Whoever has its customer now has it. */
  pass(contact: Contact, to: { readonly role: Owner['role']; readonly sub: string }): void {
    const before = contact.owner;
    contact.creator ??= { role: before.role, sub: before.sub };
    before.live.remove(contact.number);
    if (before.live.count === 0) this.#owners.get(before.role)?.delete(before.sub);
    contact.owner = this.owner(to);
    contact.owner.live.insert(contact);
  }

  #leave(contact: Contact): void {
    this.#bySlot[contact.slot] = undefined;
    this.parked.remove(contact);
    this.#freeSlots.push(contact.slot);
    this.#live.remove(contact.number);
    const { owner } = contact;
    if (contact.partOf === undefined) {
      owner.live.remove(contact.number);
      if (owner.live.count === 0) this.#owners.get(owner.role)?.delete(owner.sub);
      if (contact.customer !== undefined) this.#leaveOf(contact.customer.number, contact);
    } else {
      const others = this.partsOf(contact.contactId).filter((part) => part !== contact);
      if (others.length > 0) this.#parts.set(contact.contactId, others);
      else this.#parts.delete(contact.contactId);
    }
    contact.queue.live -= 1;
    this.#profiles.release(contact.profile);
    this.staysAfterAll(contact);
  }

  /** It is in another queue now. */
  moved(contact: Contact, queue: Queue, profile: Profile): void {
    this.staysAfterAll(contact);
    contact.queue.live -= 1;
    queue.live += 1;
    this.#profiles.use(profile);
    this.#profiles.release(contact.profile);
    contact.queue = queue;
    contact.profile = profile;
    contact.inVain = 0;
  }

  /** It rings, and leaves for the queue of this profile (for none: ends) when that comes to nothing. */
  leaves(contact: Contact, profile: Profile | undefined, why: number): void {
    this.staysAfterAll(contact);
    contact.leaves = { profile, why };
    if (profile === undefined) return;
    this.#profiles.use(profile);
    profile.queue.live += 1;
  }

  staysAfterAll(contact: Contact): void {
    const profile = contact.leaves?.profile;
    contact.leaves = undefined;
    if (profile === undefined) return;
    this.#profiles.release(profile);
    profile.queue.live -= 1;
  }
}

function placeOf({ joinedAt, number }: Contact): readonly number[] {
  return [joinedAt, number];
}

export function contactRowAt(tables: TableReader, number: number): ContactRow {
  const row: Row | undefined = tables.get(contactsTable, number);
  if (row === undefined) throw new Error(`contact ${number} is remembered and has no row`);
  return row as unknown as ContactRow;
}
