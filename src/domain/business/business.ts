// Business data (docs/customers.md): what customers have begun, on any channel, and go on with on any other.
//
//   business.put ─▶ a row of the customer's ── open: shown with each of the person's contacts, to the agent with the offer
//   contact.create {businessId} ─▶ connected: the business was gone on with there
//
// Writing is done behind the core, so two requests of one tick see each other.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import type { Caller } from '../../engine/egress.ts';
import { businessContactsKept, businessShownMax } from '../../limits.ts';
import type { Params } from '../../protocol/methods.ts';
import { isRefusal, type Refusal, refuse } from '../../protocol/refusals.ts';
import { type Answered, behind } from '../behind.ts';
import { customerIdOf, knownCustomer } from '../customers/customer-book.ts';
import { nothingErased } from '../erased-person.ts';
import type {
  Admission,
  Admitted,
  ContactDraft,
  ContactView,
  DomainModule,
  ErasesCustomers,
  FollowUpHandler,
  Handler,
  LoadContext,
  PersonsView,
  Reaction,
  RoutingView,
  Shapes,
  TableReader,
} from '../module.ts';
import { pageOf } from '../pages.ts';
import { isSeenBy } from '../seen-by-agent.ts';
import type { ExportSource, TimelineAsked, TimelineEntry, TimelineSource } from '../timeline-source.ts';
import { BusinessBook, type BusinessRow } from './business-book.ts';
import { businessesTable, businessIndexTable, businessStepsTable } from './tables.ts';

type OnChanged = (customer: number, reaction: Reaction) => void;

export class Business implements DomainModule {
  readonly name = 'business';
  readonly number = 28;
  readonly reactsTo = [layout.EFFECT_CONNECTED];
  readonly tables = [businessesTable, businessIndexTable, businessStepsTable];
  readonly methods: Readonly<Record<string, Handler>> = {
    'business.put': behind((params, caller, reaction) => this.#put(params, caller, reaction)),
    'business.remove': behind((params, _, reaction) => this.#remove(params, reaction)),
    'business.get': (params, admission) => this.#get(params, admission),
    'business.list': (params, admission) => this.#list(params, admission),
  };
  /** A rule may have found out something by it. */
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = { told: () => {} };
  readonly shapes: Shapes = {
    contactCreate: (draft, admission) => this.#goesOn(draft, admission),
    customerShown: ({ customerNumber }, shown) => {
      if (customerNumber === undefined) return;
      const open = this.#book.openOf(customerNumber, this.#persons);
      if (open.length > 0) shown.business = open.slice(0, businessShownMax);
    },
  };
  readonly erases: ErasesCustomers = {
    /** A customer at a time: each has so many at most. */
    erase: (person, from, { tables }) => {
      const which = (from as number | undefined) ?? 0;
      const customer = person.customers[which];
      if (customer === undefined) return nothingErased;
      const all = this.#book.of([customer], tables);
      for (const business of all) {
        person.noteId(business.businessId);
        this.#book.remove(business, tables);
      }
      return { erased: { business: all.length }, next: which + 1 };
    },
  };
  readonly timeline: readonly TimelineSource[] = [
    { kinds: ['business'], newestFirst: (asked, tables) => this.#steps(asked, tables) },
  ];
  readonly exports: readonly ExportSource[] = [
    {
      part: 'business',
      itemsOf: (customer, behind, { tables }) =>
        this.#book
          .of([customer], tables)
          .filter(({ number }) => number > behind)
          .map((row) => ({ key: row.number, item: shown(row) })),
    },
  ];
  readonly #routing: RoutingView;
  readonly #persons: PersonsView;
  /** Something of it is otherwise than before, or there is one more or less. */
  readonly #onChanged: OnChanged;
  readonly #book = new BusinessBook();

  constructor(routing: RoutingView, persons: PersonsView, onChanged: OnChanged) {
    this.#onChanged = onChanged;
    this.#routing = routing;
    this.#persons = persons;
  }

  load({ tables }: LoadContext): void {
    this.#book.load(tables);
  }

  // ── Contacts ──────────────────────────────────────────────────────────────────────────────────────────────────
  #goesOn({ params, customer, extra }: ContactDraft, { tables }: Admission): Refusal | undefined {
    const businessId = params.businessId as string | undefined;
    if (businessId === undefined) return undefined;
    const business = this.#book.find(businessId, tables);
    if (business === undefined || customer === undefined || !this.#persons.areOne(business.customer, customer.number))
      return refuse('business_not_found', { businessId });
    extra.businessId = businessId;
    return undefined;
  }

  react({ contact: slot, number: low }: Effect, { tables, now }: Reaction): void {
    // What goes on with a business is a customer's.
    if (this.#routing.customerNumberOf(slot, low) === undefined) return;
    const businessId = this.#routing.createdOf(slot, low)?.businessId as string | undefined;
    const business = businessId === undefined ? undefined : this.#book.find(businessId, tables);
    const contact = business && this.#routing.contactByHandle(slot, low);
    if (contact !== undefined && business !== undefined) this.#book.put(goneOn(business, contact, now), tables);
  }

  // ── Requests ──────────────────────────────────────────────────────────────────────────────────────────────────
  #put(params: Params<'business.put'>, caller: Caller, reaction: Reaction): Answered {
    const { tables, now } = reaction;
    const { businessId, type, status, open = true, channel, title, data, contactId } = params;
    const contact = contactId === undefined ? undefined : this.#routing.contactById(contactId);
    if (contactId !== undefined && (contact === undefined || !hasIt(contact, caller)))
      return refuse('contact_not_found', { contactId });
    if (caller.role === 'agent' && contact === undefined) return refuse('not_allowed_for_role', { path: '/contactId' });
    const ofContact = contact?.customerNumber;
    if (caller.role === 'agent' && ofContact === undefined) return refuse('contact_has_no_customer', { contactId });
    const known = this.#book.find(businessId, tables);
    const customer = this.#customerOf(params, contact, tables);
    if (isRefusal(customer)) return customer;
    if (ofContact !== undefined && customer !== undefined && !this.#persons.areOne(ofContact, customer))
      return refuse('contact_of_another_customer', { contactId });
    if (known !== undefined && customer !== undefined && !this.#persons.areOne(known.customer, customer))
      return refuse('business_of_another_customer', { businessId });
    const by = { role: caller.role, sub: caller.sub };
    const begunOn = channel ?? contact?.channel;
    const isNew = known === undefined;
    if (isNew && customer === undefined) return refuse('customer_not_found');
    if ((isNew || !known.open) && open && this.#book.isFull) return refuse('too_many_businesses');
    if (isNew && !this.#book.hasRoom(customer as number, tables)) return refuse('too_many_businesses');
    const now_ = { type, status, open };
    const before: BusinessRow = known ?? {
      ...now_,
      number: 0,
      businessId,
      customer: customer as number,
      ...(begunOn !== undefined && { channel: begunOn }),
      contacts: [],
      history: [],
      createdAt: now,
      updatedAt: now,
    };
    const isStep = isNew || before.status !== status || before.open !== open;
    const changed: BusinessRow = {
      ...before,
      ...now_,
      ...(title !== undefined && { title }),
      ...(data !== undefined && { data }),
      updatedAt: now,
    };
    const gone = contact === undefined ? changed : goneOn(changed, contact, now);
    const kept = isNew ? this.#book.add(gone, tables) : gone;
    const where = {
      ...(begunOn !== undefined && { channel: begunOn }),
      ...(contactId !== undefined && { contactId }),
    };
    const row = isStep ? this.#book.stepped(kept, { status, open, at: now, by }, where, tables) : kept;
    this.#book.put(row, tables);
    this.#onChanged(row.customer, reaction);
    return { result: shown(row) };
  }

  *#steps(asked: TimelineAsked, tables: TableReader): Generator<TimelineEntry> {
    for (const { at, order, business, step } of this.#book.stepsLatest(asked, tables)) {
      const { channel = business.channel, contactId, by, ...how } = step;
      const { businessId, type, title } = business;
      const agentId = by.role === 'agent' ? by.sub : undefined;
      const details = { businessId, type, ...how, by, ...(title !== undefined && { title }) };
      yield { at, order, kind: 'business', channel, contactId, agentId, details };
    }
  }

  /** For rules of who is who: the last ones of this very customer. */
  readonly lastOf = (customer: number, most: number, tables: TableReader): readonly BusinessRow[] =>
    this.#book.lastOf(customer, most, tables);

  #remove({ businessId }: Params<'business.remove'>, reaction: Reaction): Answered {
    const { tables } = reaction;
    const row = this.#book.find(businessId, tables);
    if (row === undefined) return refuse('business_not_found', { businessId });
    this.#book.remove(row, tables);
    this.#onChanged(row.customer, reaction);
    return { result: { businessId } };
  }

  #get({ businessId }: Params<'business.get'>, { caller, tables }: Admission): Admitted {
    const row = this.#book.find(businessId, tables);
    if (row === undefined) return refuse('business_not_found', { businessId });
    return this.#sees(caller, row.customer) ? { result: shown(row) } : refuse('customer_not_served', { businessId });
  }

  #list(params: Params<'business.list'>, { caller, tables }: Admission): Admitted {
    const { type, status, open } = params;
    const customer = this.#customerOf(params, undefined, tables);
    if (isRefusal(customer)) return customer;
    if (customer === undefined && caller?.role === 'agent')
      return refuse('not_allowed_for_role', { path: '/customerId' });
    if (customer !== undefined && !this.#sees(caller, customer)) return refuse('customer_not_served');
    const { items, cursor } = pageOf(
      params,
      (number) =>
        customer === undefined
          ? this.#book.all(tables, number)
          : this.#book.of(this.#persons.membersOf(customer), tables).filter((row) => row.number > number),
      ({ number }) => number,
      (row) =>
        (type === undefined || row.type === type) &&
        (status === undefined || row.status === status) &&
        (open === undefined || row.open === open),
    );
    return { result: { businesses: items.map(shown), ...cursor } };
  }

  /** Whose it is said to be; undefined: nothing is said. */
  #customerOf(
    { customerId, identity }: Pick<Params<'business.list'>, 'customerId' | 'identity'>,
    contact: ContactView | undefined,
    tables: TableReader,
  ): number | undefined | Refusal {
    if (customerId === undefined && identity === undefined) return contact?.customerNumber;
    const number =
      customerId === undefined ? this.#persons.named({ identity }, tables) : knownCustomer(customerId, tables);
    return number ?? refuse('customer_not_found');
  }

  #sees(caller: Caller | undefined, customer: number): boolean {
    return isSeenBy(caller as Caller, customer, this.#routing, this.#persons);
  }
}

/** Agents go on with business in contacts that they have. */
function hasIt(contact: ContactView, { role, sub }: Caller): boolean {
  return role !== 'agent' || contact.agentId === sub;
}

function goneOn(business: BusinessRow, { contactId, channel }: ContactView, now: number): BusinessRow {
  if (business.contacts.some((one) => one.contactId === contactId)) return business;
  const contacts = [...business.contacts, { contactId, channel, at: now }].slice(-businessContactsKept);
  return { ...business, contacts };
}

function shown({ number: _, steps: __, customer, ...business }: BusinessRow) {
  return { ...business, customerId: customerIdOf(customer) };
}
