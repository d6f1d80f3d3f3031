// Customers are found to be one, or not to be: by somebody's word, or because their names are brought verified together.
//
//   customer.link, customer.merge ─┐                       ┌─▶ a link, one person: modules go on with all that they have (regrouped)
//   names brought together ────────┴─ does it contradict? ─┴─▶ a conflict, until somebody settles it
//
// What somebody asks for contradicts only where both have a name of which a customer has one; what a rule would do, also where
// somebody has taken the two apart. Nothing is guessed. All of it is done behind the core, by what the tick has come to.

import { customersPerPersonMax, linkedCustomersMax, linksPerPersonMax } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { ConflictReason } from '../../protocol/identities.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Answered } from '../behind.ts';
import type { Reaction, Regrouped, TableReader, TableWriter } from '../module.ts';
import { type ConflictRow, type Conflicts, conflictIdOf } from './conflicts.ts';
import { type CustomerBook, customerIdOf, find, identityRow, knownCustomer, read, verify } from './customer-book.ts';
import type { Identities } from './identities.ts';
import { groupsOf, type LinkRow, type Links, type Who } from './links.ts';
import type { Persons } from './persons.ts';
import type { Identity } from './tables.ts';

/** Who has what changes for modules that keep anything by customer. */
export type OnRegrouped = (change: Regrouped, tables: TableWriter) => void;

/** Who is told of what was found. */
export interface HearsOfJoining {
  regrouped(change: Regrouped, at: Pick<Reaction, 'tables'>): void;
  /** It is new, or a name of it is verified. */
  touched(customer: number, reaction: Reaction): void;
  /** Two persons are one by this. */
  linked(link: LinkRow, change: Regrouped, reaction: Reaction): void;
  /** Who was one person is several. */
  split(change: Regrouped, undone: NonNullable<LinkRow['undone']>, reaction: Reaction): void;
  /** It is new. */
  conflict(conflict: ConflictRow, reaction: Reaction): void;
}

type ByRule = Who & { readonly rule: string };

interface Joined {
  readonly linked: boolean;
  readonly conflict?: ConflictRow;
}

interface Asked {
  readonly by: Who & { readonly rule?: string };
  readonly linkId?: string;
  readonly why?: string | undefined;
  readonly content: string;
}

export class Joining {
  readonly #book: CustomerBook;
  readonly #identities: Identities;
  readonly #persons: Persons;
  readonly #links: Links;
  readonly #conflicts: Conflicts;
  readonly #hears: HearsOfJoining;

  constructor(
    book: CustomerBook,
    identities: Identities,
    persons: Persons,
    links: Links,
    conflicts: Conflicts,
    hears: HearsOfJoining,
  ) {
    this.#book = book;
    this.#identities = identities;
    this.#persons = persons;
    this.#links = links;
    this.#conflicts = conflicts;
    this.#hears = hears;
  }

  // ── By somebody's word ────────────────────────────────────────────────────────────────────────────────────────
  /** `onlyNew`: of a name that is another customer's it is reported that somebody says so. */
  link(params: Params<'customer.link'>, caller: Who, reaction: Reaction, onlyNew = false): Answered {
    const { linkId, customerId, verified, why } = params;
    const { tables, now } = reaction;
    const identity = this.#identities.normal(params.identity);
    if (identity.fault !== undefined)
      return refuse('identity_not_valid', { path: '/identity/value', fault: identity.fault });
    const customer = knownCustomer(customerId, tables);
    if (customer === undefined) return refuse('customer_not_found', { customerId });
    const asked = { by: { role: caller.role, sub: caller.sub }, linkId, why, content: canonical(params) };
    const before = this.#repeated(asked, tables);
    if (before !== undefined) return before;
    const { scheme, value } = identity;
    const there = find(identity, tables);
    const refusal = this.#tooMany(customer, there ?? 0, tables);
    if (refusal !== undefined) return refusal;
    if (onlyNew && there !== undefined && !this.#persons.areOne(customer, there)) {
      const { conflict } = this.#report({ because: 'reported', at: now }, customer, there, reaction);
      return this.#answer({ linked: false, conflict }, customer);
    }
    const other = this.#book.numberNow({ scheme, value }, now, tables);
    if (verified === true) verify(identity, caller, now, tables);
    if (there === undefined || verified === true) this.#hears.touched(other, reaction);
    return this.#answer(this.#join(customer, other, asked, reaction), customer);
  }

  merge(params: Params<'customer.merge'>, caller: Who, reaction: Reaction): Answered {
    const { linkId, customerId, otherId, why } = params;
    const { tables } = reaction;
    const customer = knownCustomer(customerId, tables);
    if (customer === undefined) return refuse('customer_not_found', { customerId });
    const other = knownCustomer(otherId, tables);
    if (other === undefined) return refuse('customer_not_found', { customerId: otherId });
    const asked = { by: { role: caller.role, sub: caller.sub }, linkId, why, content: canonical(params) };
    const before = this.#repeated(asked, tables) ?? this.#tooMany(customer, other, tables);
    if (before !== undefined) return before;
    return this.#answer(this.#join(customer, other, asked, reaction), customer);
  }

  split(params: Params<'customer.split'>, caller: Who, reaction: Reaction): Answered {
    const { tables, now } = reaction;
    const { linkId, identity, why } = params;
    let links: LinkRow[];
    let of: number;
    if (linkId !== undefined) {
      const link = this.#links.find(linkId, tables);
      if (link === undefined) return refuse('customer_link_not_found', { linkId });
      [links, of] = [[link], link.a];
    } else {
      const customer = find(this.#identities.normal(identity as Identity), tables);
      if (customer === undefined) return refuse('customer_not_found');
      [links, of] = [this.#links.of(customer, tables), customer];
    }
    const undone = { role: caller.role, sub: caller.sub, at: now, ...(why !== undefined && { why }) };
    const members = this.#persons.membersOf(of);
    for (const link of links) if (link.undone === undefined) this.#links.undo(link, undone, tables);
    const groups = groupsOf(members, this.#links.ofAll(members, tables));
    if (groups.length > 1) {
      this.#hears.split(this.#regroup(groups, reaction), undone, reaction);
    }
    const ends = linkId === undefined ? groups : this.#groupsOfLink(links[0]!);
    return {
      result: {
        customers: ends.map((group) => ({
          customerId: customerIdOf(group[0]!),
          identities: this.identitiesOf(group, tables),
        })),
      },
    };
  }

  settle({ conflictId, as, why }: Params<'customer.settle'>, caller: Who, reaction: Reaction): Answered {
    const { tables, now } = reaction;
    const conflict = this.#conflicts.find(conflictId, tables);
    if (conflict === undefined) return refuse('customer_conflict_not_found', { conflictId });
    const [one, other] = conflict.customers;
    const who = { role: caller.role, sub: caller.sub };
    const content = canonical({ conflictId, as });
    const link = { a: one, b: other, by: who, at: now, content, ...(why !== undefined && { why }) };
    if (as === 'same' && !this.#persons.areOne(one, other)) {
      const refusal = this.#tooMany(one, other, tables);
      if (refusal !== undefined) return refusal;
      this.#one(this.#links.add(link, tables), reaction);
    }
    // A link that is undone from the beginning: somebody has told the two apart.
    if (as === 'different') {
      const settled = conflict.rule === undefined ? {} : { rule: conflict.rule };
      this.#links.add({ ...link, undone: { ...who, at: now }, settled }, tables);
    }
    this.#conflicts.settle(conflict, as, reaction);
    const heads = new Set([this.#persons.headOf(one), this.#persons.headOf(other)]);
    return { result: { customers: [...heads].map(customerIdOf) } };
  }

  // ── By a rule ─────────────────────────────────────────────────────────────────────────────────────────────────
  /** Undefined: they are one, or somebody has said that they are not. */
  ruled(one: number, other: number, by: ByRule, reaction: Reaction): 'linked' | 'reported' | undefined {
    if (this.#persons.areOne(one, other) || this.#isSettled(one, other, by.rule, reaction.tables)) return undefined;
    return this.#join(one, other, { by, content: '' }, reaction).linked ? 'linked' : 'reported';
  }

  /** As ruled(), of a rule that only says so, or that speaks for several. `known`: it waits for somebody already. */
  suspected(
    one: number,
    other: number,
    { rule }: ByRule,
    because: ConflictReason,
    reaction: Reaction,
  ): 'reported' | 'known' | undefined {
    const { tables, now } = reaction;
    if (this.#persons.areOne(one, other) || this.#isSettled(one, other, rule, tables)) return undefined;
    return this.#report({ because, rule, at: now }, one, other, reaction).isNew ? 'reported' : 'known';
  }

  /** Nobody is one with anybody of these any more. */
  apart(customers: readonly number[], at: Pick<Reaction, 'tables'>): void {
    if (customers.length > 1)
      this.#regroup(
        customers.map((customer) => [customer]),
        at,
      );
  }

  // ── Shown ─────────────────────────────────────────────────────────────────────────────────────────────────────
  identitiesOf(customers: readonly number[], tables: TableReader) {
    return customers.flatMap((number) =>
      (read(number, tables)?.identities ?? []).map((identity) => {
        const { scheme, value } = identity;
        const verified = identityRow(identity, tables)?.verified;
        const customerId = customerIdOf(number);
        return { scheme, value, customerId, ...(verified !== undefined && { verifiedAt: verified.at }) };
      }),
    );
  }

  linksOf(customers: readonly number[], tables: TableReader) {
    return this.#links.ofAll(customers, tables).map(shownLink);
  }

  // ── How ───────────────────────────────────────────────────────────────────────────────────────────────────────
  /** The same was asked for before. */
  #repeated({ linkId = '', content }: Asked, tables: TableReader): Answered | undefined {
    const link = this.#links.find(linkId, tables);
    if (link === undefined) return undefined;
    if (link.content !== content) return refuse('customer_link_exists_with_different_content', { linkId });
    const linked = this.#persons.areOne(link.a, link.b);
    return { result: { customerId: customerIdOf(this.#persons.headOf(link.a)), linked } };
  }

  #tooMany(one: number, other: number, tables: TableReader): Refusal | undefined {
    if (this.#persons.areOne(one, other)) return undefined;
    const members = [...this.#persons.membersOf(one), ...this.#persons.membersOf(other)];
    if (members.length > customersPerPersonMax) return refuse('too_many_links', { max: customersPerPersonMax });
    if (this.#persons.isFull) return refuse('too_many_links', { max: linkedCustomersMax });
    const links = [one, other].map((customer) => this.#links.of(customer, tables).length);
    return Math.max(...links) < linksPerPersonMax ? undefined : refuse('too_many_links', { max: linksPerPersonMax });
  }

  #join(one: number, other: number, { by, linkId, why, content }: Asked, reaction: Reaction): Joined {
    const { tables, now } = reaction;
    const isOneAlready = this.#persons.areOne(one, other);
    const against = isOneAlready ? undefined : this.#against(one, other, by.rule !== undefined, tables);
    if (against !== undefined) {
      const { rule } = by;
      const about = { ...against, at: now, ...(rule !== undefined && { rule }) };
      return { linked: false, conflict: this.#report(about, one, other, reaction).conflict };
    }
    const link = { a: one, b: other, by, at: now, content, ...(why !== undefined && { why }) };
    const added = this.#links.add(linkId === undefined ? link : { ...link, linkId }, tables);
    if (!isOneAlready) this.#one(added, reaction);
    return { linked: true };
  }

  #against(
    one: number,
    other: number,
    isRule: boolean,
    tables: TableReader,
  ): { readonly because: ConflictReason; readonly scheme?: string } | undefined {
    const [ones, others] = [this.#persons.membersOf(one), this.#persons.membersOf(other)];
    if (isRule && this.#tooMany(one, other, tables) !== undefined) return { because: 'tooMany' };
    const scheme = this.#contradicts(ones, others, tables);
    if (scheme !== undefined) return { because: 'contradicting', scheme };
    const isApart =
      isRule &&
      this.#links.ofAll(ones, tables).some(({ a, b, undone }) => {
        return undone !== undefined && (others.includes(a) || others.includes(b));
      });
    return isApart ? { because: 'apart' } : undefined;
  }

  /** Somebody was asked what this rule says of the two, and has said that they are not one: it says nothing new. */
  #isSettled(one: number, other: number, rule: string, tables: TableReader): boolean {
    const others = this.#persons.membersOf(other);
    return this.#links.ofAll(this.#persons.membersOf(one), tables).some(({ a, b, settled }) => {
      return settled?.rule === rule && (others.includes(a) || others.includes(b));
    });
  }

  /** Both have a name of the kind of which a customer has one; two that are one customer's by somebody's word are so before. */
  #contradicts(ones: readonly number[], others: readonly number[], tables: TableReader): string | undefined {
    const schemes = (customers: readonly number[]) =>
      customers.flatMap((number) => (read(number, tables)?.identities ?? []).map(({ scheme }) => scheme));
    const there = new Set(schemes(ones));
    return schemes(others).find((scheme) => this.#identities.isOnePerCustomer(scheme) && there.has(scheme));
  }

  #report(
    about: Omit<ConflictRow, 'number' | 'customers'>,
    one: number,
    other: number,
    reaction: Reaction,
  ): { readonly conflict: ConflictRow; readonly isNew: boolean } {
    const reported = this.#conflicts.report(about, one, other, reaction);
    if (reported.isNew) this.#hears.conflict(reported.conflict, reaction);
    return reported;
  }

  #one(link: LinkRow, reaction: Reaction): void {
    const person = [...this.#persons.membersOf(link.a), ...this.#persons.membersOf(link.b)];
    this.#hears.linked(link, this.#regroup([person], reaction), reaction);
  }

  #regroup(groups: readonly (readonly number[])[], at: Pick<Reaction, 'tables'>): Regrouped {
    const change = this.#persons.regroup(groups, at.tables);
    this.#hears.regrouped(change, at);
    return change;
  }

  /** The two ends of a link may be one still, by another one. */
  #groupsOfLink({ a, b }: LinkRow): (readonly number[])[] {
    const ends = [this.#persons.membersOf(a), this.#persons.membersOf(b)];
    return this.#persons.areOne(a, b) ? ends.slice(0, 1) : ends;
  }

  #answer({ linked, conflict }: Joined, customer: number): Answered {
    const customerId = customerIdOf(this.#persons.headOf(customer));
    return { result: { customerId, linked, ...(conflict !== undefined && { conflict: shownConflict(conflict) }) } };
  }
}

export function shownLink({ linkId, a, b, by, why, at, undone }: LinkRow) {
  return {
    linkId,
    customers: [customerIdOf(a), customerIdOf(b)],
    by,
    ...(why !== undefined && { why }),
    at,
    ...(undone !== undefined && { undone }),
  };
}

export function shownConflict({ number, customers, because, scheme, rule, at }: ConflictRow) {
  return {
    conflictId: conflictIdOf(number),
    customers: customers.map(customerIdOf),
    because,
    ...(scheme !== undefined && { scheme }),
    ...(rule !== undefined && { rule }),
    at,
  };
}
