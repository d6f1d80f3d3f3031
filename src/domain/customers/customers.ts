// Customers: persons, found by any of the names they have (docs/customers.md).
//
//   contact.create, customer.resolve ─ names, written the same way ─▶ customer-book.ts: who is known by it
//                                           └ several, verified ─▶ joining.ts: they are one ─▶ persons.ts ─▶ modules go on with all

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import { type Effect, effectsOfContactsAndAgents } from '../../engine/effects.ts';
import type { Caller } from '../../engine/egress.ts';
import { erasingAgainMs } from '../../limits.ts';
import { builtInRule } from '../../protocol/identity-rules.ts';
import type { Params } from '../../protocol/methods.ts';
import { refuse } from '../../protocol/refusals.ts';
import { behind } from '../behind.ts';
import type {
  Admission,
  Admitted,
  Afterwards,
  ContactDraft,
  DomainModule,
  ErasesCustomers,
  FollowUpHandler,
  Handler,
  LoadContext,
  Pending,
  PersonsView,
  Reaction,
  RoutingView,
  Row,
  Shapes,
  TableReader,
} from '../module.ts';
import { pageOf } from '../pages.ts';
import type { OnNoted } from '../timeline/notes.ts';
import type { ExportSource, NamedPerson, TimelineAsked, TimelineEntry, TimelineSource } from '../timeline-source.ts';
import { AgentsWord } from './agents-word.ts';
import { Attributes, type CustomerAttributes } from './attributes.ts';
import { Conflicts } from './conflicts.ts';
import {
  CustomerBook,
  customerIdOf,
  customerNumberOf,
  find,
  identityRow,
  knownCustomer,
  read,
  verify,
} from './customer-book.ts';
import { Erasing, type ErasingMeans } from './erasing.ts';
import { Identities } from './identities.ts';
import { Joining, type OnRegrouped, shownConflict, shownLink } from './joining.ts';
import { Links, type Who } from './links.ts';
import { LiveContacts } from './live-contacts.ts';
import { CustomerNews, type TellWebhooks } from './news.ts';
import { erasesNames } from './own-erasing.ts';
import { Persons } from './persons.ts';
import {
  type CustomerRow,
  conflictIndexTable,
  conflictsTable,
  customerAttributesTable,
  customersTable,
  erasedNamesTable,
  erasuresTable,
  type Identity,
  identitiesTable,
  linkIndexTable,
  linksTable,
  linkTimesTable,
  personsTable,
} from './tables.ts';

const MODULE = 3;
/** The module's only timer: something of who is erased may have come to its end. */
const ERASING_TIMER = 1;

function setErasingTimer({ core, now }: Admission): void {
  core.timerSet(MODULE, ERASING_TIMER, now + erasingAgainMs);
}

/** What names a customer, of contact.create and customer.resolve. */
interface Named {
  readonly identity?: Identity;
  readonly verifiedIdentities?: readonly Identity[];
}

/** Names of this tick that are known to be the customer's, and are to be noted once a request that brought them counts. */
interface Brought {
  readonly names: readonly Identity[];
  readonly by: Who;
}

/** Modules that keep something by customer, or look at what one has. */
export interface HearsOfCustomers {
  readonly regrouped: OnRegrouped;
  /** It is new, or something of it is otherwise than before. */
  readonly touched: (customer: number, reaction: Reaction) => void;
  /** What took place and is kept nowhere else. */
  readonly noted: OnNoted;
  /** Of what webhooks may want to know: whoever asks has a follow-up `told`. */
  readonly told: TellWebhooks;
}

/** By which rules bring customers together. */
export interface JoinsByRule {
  headOf(customer: number): number;
  /** What came of it: undefined where they are one, or somebody has said that they are not. */
  join: Joining['ruled'];
  report: Joining['suspected'];
  /** What is found meanwhile is not told to every screen. */
  quietly(does: () => void): void;
  /** Those that were noted of this very customer. */
  attributesOf(customer: number, tables: TableReader): CustomerAttributes;
}

export class Customers implements DomainModule {
  readonly name = 'customers';
  readonly number = MODULE;
  readonly reactsTo = effectsOfContactsAndAgents;
  readonly tables = [
    customersTable,
    identitiesTable,
    personsTable,
    linksTable,
    linkIndexTable,
    conflictsTable,
    conflictIndexTable,
    customerAttributesTable,
    erasuresTable,
    erasedNamesTable,
    linkTimesTable,
  ];
  readonly methods: Readonly<Record<string, Handler>> = {
    'customer.resolve': (params, admission) => this.#resolve(params, admission),
    'customer.get': (params, admission) => this.#get(params, admission),
    'customer.conflicts': (params, admission) => this.#list(params, admission),
    'customer.update': behind((params, caller, reaction) => this.#update(params, caller, reaction)),
    'customer.link': behind((params, caller, reaction) => {
      const refusal = this.#agents.refuseLink(params, caller, reaction.tables);
      return refusal ?? this.#joining.link(params, caller, reaction, this.#agents.linksOnlyNew(caller));
    }),
    'customer.merge': behind((params, caller, reaction) => this.#joining.merge(params, caller, reaction)),
    'customer.split': behind((params, caller, reaction) => this.#joining.split(params, caller, reaction)),
    'customer.settle': behind((params, caller, reaction) => {
      const { customers = [] } = this.#conflicts.find(params.conflictId, reaction.tables) ?? {};
      const refusal = this.#agents.refuseSettling(customers, caller);
      return refusal ?? this.#joining.settle(params, caller, reaction);
    }),
    'customer.erase': behind((params, caller, reaction) => this.#erasing.erase(params, caller, reaction)),
    'customer.erasure': (params, { tables }) => this.#erasing.erasure(params, tables),
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    told: () => {},
    erase: (params, admission) => {
      if (this.#erasing.step(params, admission)) setErasingTimer(admission);
    },
    lookAgain: (_, admission) => setErasingTimer(admission),
  };
  readonly shapes: Shapes = {
    contactCreate: (draft, admission) => this.#nameCustomer(draft, admission),
    customerShown: ({ customerNumber }, shown) => {
      const known = customerNumber === undefined ? undefined : this.#live.attributesOf(customerNumber);
      if (known !== undefined) shown.customerAttributes = known;
    },
    customerIdOf: (number) => customerIdOf(this.#persons.headOf(number)),
    tenantSet: ({ identities }, { onUndo }) => {
      const before = this.#identities.settings;
      this.#identities.set(identities ?? {});
      onUndo(() => this.#identities.set(before));
    },
  };
  readonly timeline: readonly TimelineSource[] = [
    { kinds: ['link', 'split'], newestFirst: (asked, tables) => this.#linked(asked, tables) },
  ];
  readonly exports: readonly ExportSource[] = [
    { part: 'customer', itemsOf: (customer, behind, { tables }) => (behind > 0 ? [] : this.#kept(customer, tables)) },
  ];
  readonly #routing: RoutingView;
  readonly #book = new CustomerBook();
  readonly #identities = new Identities();
  readonly #persons = new Persons();
  readonly #links = new Links();
  readonly #attributes = new Attributes();
  readonly #live = new LiveContacts();
  readonly #agents: AgentsWord;
  readonly #news: CustomerNews;
  readonly #touched: HearsOfCustomers['touched'];
  readonly #conflicts: Conflicts;
  readonly #joining: Joining;
  readonly erases: ErasesCustomers;
  readonly #erasing: Erasing;
  /** By customer; taken up with the first effect of a contact, or with the answer, of this tick. */
  readonly #brought = new Map<number, Brought[]>();

  constructor(routing: RoutingView, hears: HearsOfCustomers, erasing: Pick<ErasingMeans, 'withinMs' | 'modules'>) {
    this.#touched = hears.touched;
    this.#routing = routing;
    this.#conflicts = new Conflicts((conflict, settledAs, at) => {
      const state = settledAs === undefined ? 'reported' : 'settled';
      const details = { state, ...shownConflict(conflict), ...(settledAs !== undefined && { as: settledAs }) };
      hears.noted({ kind: 'conflict', customers: conflict.customers, details }, at);
    });
    this.#news = new CustomerNews(routing, this.#persons, this.#live, hears.told);
    this.#agents = new AgentsWord(routing, this.#persons, this.#identities);
    this.#joining = new Joining(this.#book, this.#identities, this.#persons, this.#links, this.#conflicts, {
      regrouped: (change, reaction) => {
        this.#showAnew(change.before.flat(), reaction.tables);
        hears.regrouped(change, reaction.tables);
      },
      touched: hears.touched,
      linked: (...what) => this.#news.linked(...what),
      split: (...what) => this.#news.split(...what),
      conflict: (...what) => this.#news.conflict(...what),
    });
    this.erases = erasesNames({ joining: this.#joining, links: this.#links, conflicts: this.#conflicts });
    this.#erasing = new Erasing({
      ...erasing,
      membersOf: (customer) => this.#persons.membersOf(customer),
      find: (identity, tables) => this.#find(identity, tables),
      written: (identity) => this.#written(identity),
    });
  }

  /** For modules that keep something of customers. */
  readonly persons: PersonsView = {
    headOf: (customer) => this.#persons.headOf(customer),
    membersOf: (customer) => this.#persons.membersOf(customer),
    areOne: (one, other) => this.#persons.areOne(one, other),
    named: (params, tables) => {
      const given = givenBy(params as Named);
      return given === undefined ? undefined : this.#find(given, tables);
    },
  };

  /** By all its names, as whoever looks for what names a person has to know it. */
  asNamed(customers: readonly number[], tables: TableReader): NamedPerson {
    return this.#erasing.asNamed(customers, tables);
  }

  /** For rules of the tenant's own. */
  readonly joins: JoinsByRule = {
    headOf: (customer) => this.#persons.headOf(customer),
    join: (...asked) => this.#joining.ruled(...asked),
    report: (...asked) => this.#joining.suspected(...asked),
    quietly: (does) => this.#news.quietly(does),
    attributesOf: (customer, tables) => this.#attributes.ownOf(customer, tables),
  };

  load({ tables, live }: LoadContext): void {
    this.#identities.set(this.#routing.tenantGiven(tables).identities ?? {});
    this.#book.load(tables);
    this.#persons.load(tables);
    this.#links.load(tables);
    this.#conflicts.load(tables);
    this.#attributes.load(tables);
    this.#brought.clear();
    this.#live.clear();
    for (const { kind, contact, number } of live) {
      if (kind !== layout.EFFECT_CONTACT_STATE) continue;
      const customer = this.#routing.customerNumberOf(contact, number);
      if (customer !== undefined) {
        const slot = contact;
        this.#lives(customer, { slot, number: this.#routing.contactNumberOf(slot, number) }, tables);
      }
    }
    this.#erasing.load(tables);
  }

  settle(reaction: Reaction): void {
    this.#erasing.settle(reaction);
  }

  timerFired(_key: number, reaction: Reaction): void {
    this.#erasing.again(reaction);
  }

  resumed(reaction: Reaction): void {
    this.#erasing.resumed(reaction);
  }

  gone(reference: string): Afterwards {
    return (reaction) => this.#erasing.gone(reference, reaction);
  }

  react(effect: Effect, reaction: Reaction): void {
    if (effect.contact === layout.NONE) return;
    if (effect.kind === layout.EFFECT_RELEASED) this.#live.over(effect.contact);
    const isConnected = effect.kind === layout.EFFECT_CONNECTED || effect.kind === layout.EFFECT_HANDED_OVER;
    if (!this.#book.hasUnsaved && this.#brought.size === 0 && !isConnected) return;
    const customer = this.#routing.customerNumberOf(effect.contact, effect.number);
    if (customer === undefined) return;
    this.#counts(customer, reaction);
    if (isConnected) served(customer, this.#routing.agentIdOf(effect.agent), reaction);
  }

  // ── On the way in ─────────────────────────────────────────────────────────────────────────────────────────────
  #nameCustomer(draft: ContactDraft, admission: Admission): undefined {
    const named = draft.params as Named;
    // What a platform says of a caller whom it hands over counts where the caller says nothing.
    const names = givenBy(named) === undefined && draft.identity !== undefined ? { identity: draft.identity } : named;
    const number = this.#numberFor(names, admission)?.number ?? this.#visitor(draft, admission);
    if (number === undefined) return undefined;
    draft.customer = { customerId: customerIdOf(number), number };
    this.#lives(number, draft, admission.tables);
    admission.onUndo(() => this.#live.over(draft.slot));
    if (this.#routing.asksForLastAgent) draft.lastAgentId = this.#lastServed(number, admission.tables)?.lastAgentId;
    return undefined;
  }

  #numberFor(named: Named, admission: Admission) {
    const given = givenBy(named);
    if (given === undefined) return undefined;
    const known = this.#find(given, admission.tables);
    const wanted =
      known === undefined ? this.#book.wanted(this.#written(given), admission) : { number: known, told: true };
    if (named.verifiedIdentities !== undefined) this.#bring(wanted.number, named.verifiedIdentities, admission);
    return wanted;
  }

  #written(given: Identity): Identity {
    const { scheme, value } = this.#identities.normal(given);
    return { scheme, value };
  }

  /** One that was noted before names were written the same way is found as it was noted. */
  #find(given: Identity, tables: TableReader): number | undefined {
    const identity = this.#written(given);
    const number = find(identity, tables);
    return number !== undefined || identity.value === given.value ? number : find(given, tables);
  }

  /** A page's visitor is known by its token; one that nobody has tied to anything is not kept. */
  #visitor({ isBrought, isDialled, about }: ContactDraft, { caller, tables }: Admission): number | undefined {
    if (caller?.role !== 'customer' || isBrought || isDialled || about !== undefined) return undefined;
    return find({ scheme: 'visitor', value: caller.sub }, tables);
  }

  #bring(customer: number, verified: readonly Identity[], { caller, tables, onUndo }: Admission): void {
    if (caller === undefined) return;
    const names = verified.map((given) => this.#identities.normal(given));
    const isNews = names.some((name) => {
      const row = identityRow(name, tables);
      return row?.verified === undefined || this.#persons.headOf(row.number) !== this.#persons.headOf(customer);
    });
    if (!isNews) return;
    const one = { names, by: { role: caller.role, sub: caller.sub } };
    this.#brought.set(customer, [...(this.#brought.get(customer) ?? []), one]);
    onUndo(() => {
      const others = (this.#brought.get(customer) ?? []).filter((other) => other !== one);
      if (others.length > 0) this.#brought.set(customer, others);
      else this.#brought.delete(customer);
    });
  }

  /** A request that has named the customer is real. */
  #counts(customer: number, reaction: Reaction): void {
    const { tables, now } = reaction;
    if (this.#book.save(customer, tables)) this.#touched(customer, reaction);
    const brought = this.#brought.get(customer);
    if (brought === undefined) return;
    this.#brought.delete(customer);
    const follows = this.#identities.settings.verifiedTogether ?? 'link';
    for (const { names, by } of brought) {
      for (const { scheme, value } of names) {
        const other = this.#book.numberNow({ scheme, value }, now, tables);
        verify({ scheme, value }, by, now, tables);
        this.#touched(other, reaction);
        const rule = { ...by, rule: builtInRule };
        if (follows === 'link') this.#joining.ruled(customer, other, rule, reaction);
        if (follows === 'report') this.#joining.suspected(customer, other, rule, 'reported', reaction);
      }
    }
  }

  #lives(customer: number, { slot, number }: ContactHandle, tables: TableReader): void {
    this.#live.add(customer, { slot, number });
    this.#showAnew([customer], tables);
  }

  #showAnew(customers: readonly number[], tables: TableReader): void {
    for (const customer of customers)
      if (this.#live.has(customer))
        this.#live.knows(customer, this.#attributes.of(this.#persons.membersOf(customer), tables));
  }

  // ── Requests ──────────────────────────────────────────────────────────────────────────────────────────────────
  #resolve(params: Params<'customer.resolve'>, admission: Admission): Admitted {
    const wanted = this.#numberFor(params, admission)!;
    const { number } = wanted;
    if (wanted.told && !this.#brought.has(number)) {
      return { result: this.#resolved(number, false, admission.tables) };
    }
    return {
      pending: (reaction) => {
        this.#counts(number, reaction);
        const created = !wanted.told;
        wanted.told = true;
        return { result: this.#resolved(number, created, reaction.tables) };
      },
    };
  }

  #resolved(number: number, created: boolean, tables: TableReader) {
    const lastAgentId = this.#lastServed(number, tables)?.lastAgentId;
    const customerId = customerIdOf(this.#persons.headOf(number));
    return { customerId, created, ...(lastAgentId !== undefined && { lastAgentId }) };
  }

  #get({ customerId, identity }: Params<'customer.get'>, { tables }: Admission): Admitted {
    const number = identity === undefined ? customerNumberOf(customerId ?? '') : this.#find(identity, tables);
    const row = number === undefined ? undefined : read(number, tables);
    if (row === undefined) return refuse('customer_not_found');
    const members = this.#persons.membersOf(row.number);
    const joined = members.slice(1).map(customerIdOf);
    const links = this.#joining.linksOf(members, tables);
    const { lastAgentId, lastServedAt } = this.#lastServed(row.number, tables) ?? {};
    const attributes = this.#attributes.of(members, tables);
    const since = members.map((member) => read(member, tables)?.createdAt ?? row.createdAt);
    return {
      result: {
        customerId: customerIdOf(members[0]!),
        ...(joined.length > 0 && { joined }),
        identities: this.#joining.identitiesOf(members, tables),
        ...(links.length > 0 && { links }),
        ...(Object.keys(attributes).length > 0 && { attributes }),
        createdAt: Math.min(...since),
        ...(lastAgentId !== undefined && { lastAgentId }),
        ...(lastServedAt !== undefined && { lastServedAt }),
      },
    };
  }

  #update(
    { customerId, attributes }: Params<'customer.update'>,
    caller: Caller,
    reaction: Reaction,
  ): ReturnType<Pending> {
    const { tables, now } = reaction;
    const customer = knownCustomer(customerId, tables);
    if (customer === undefined) return refuse('customer_not_found', { customerId });
    const notTheirs = this.#agents.refuseOf(customerId, caller, tables);
    if (notTheirs !== undefined) return notTheirs;
    const person = this.#persons.membersOf(customer);
    const refusal = this.#attributes.change(customer, { given: attributes, person, now }, tables);
    if (refusal !== undefined) return refusal;
    this.#showAnew(person, tables);
    this.#touched(customer, reaction);
    const [head = customer, ...others] = this.#persons.membersOf(customer);
    return { result: { customerId: customerIdOf(head), attributes: this.#attributes.of([head, ...others], tables) } };
  }

  #list(params: Params<'customer.conflicts'>, { tables, caller }: Admission): Admitted {
    const { customerId } = params;
    const notTheirs = this.#agents.refuseOf(customerId, caller as Caller, tables);
    if (notTheirs !== undefined) return notTheirs;
    const customer = customerId === undefined ? undefined : knownCustomer(customerId, tables);
    if (customerId !== undefined && customer === undefined) return refuse('customer_not_found');
    const members = customer === undefined ? undefined : this.#persons.membersOf(customer);
    const { items, cursor } = pageOf(
      params,
      (number) => this.#conflicts.all(tables, Math.max(0, number)),
      ({ number }) => number,
      ({ customers }) => members === undefined || customers.some((one) => members.includes(one)),
    );
    return { result: { conflicts: items.map(shownConflict), ...cursor } };
  }

  // ── Of one customer ───────────────────────────────────────────────────────────────────────────────────────────
  /** Of two of one person it is told once. */
  *#linked(asked: TimelineAsked, tables: TableReader): Generator<TimelineEntry> {
    for (const { at, order, link, isUndone } of this.#links.latestOf(asked, tables)) {
      const first = asked.person.find((member) => member === link.a || member === link.b);
      if (first !== asked.customer) continue;
      const { undone, ...made } = shownLink(link);
      yield { at, order, kind: isUndone ? 'split' : 'link', details: isUndone ? { ...made, undone } : made };
    }
  }

  #kept(customer: number, tables: TableReader) {
    const { createdAt, lastAgentId, lastServedAt } = read(customer, tables) as CustomerRow;
    const identities = this.#joining.identitiesOf([customer], tables);
    const links = this.#joining.linksOf([customer], tables);
    const attributes = this.#attributes.of([customer], tables);
    const item = {
      customerId: customerIdOf(customer),
      createdAt,
      identities,
      links,
      attributes,
      lastAgentId,
      lastServedAt,
    };
    return [{ key: 1, item }];
  }

  /** The customer of the person who was served last. */
  #lastServed(number: number, tables: TableReader): CustomerRow | undefined {
    let last: CustomerRow | undefined;
    for (const member of this.#persons.membersOf(number)) {
      const row = read(member, tables);
      if (row?.lastServedAt !== undefined && row.lastServedAt > (last?.lastServedAt ?? -1)) last = row;
    }
    return last;
  }
}

/** What is known to be the customer's counts more than what a caller says. */
function givenBy({ identity, verifiedIdentities }: Named): Identity | undefined {
  return verifiedIdentities?.[0] ?? identity;
}

function served(number: number, lastAgentId: string, { tables, now }: Reaction): void {
  const before = read(number, tables);
  if (before === undefined) throw new Error(`customer ${number} has no row`);
  const row: CustomerRow = { ...before, lastAgentId, lastServedAt: now };
  tables.put(customersTable, number, row as unknown as Row);
}
