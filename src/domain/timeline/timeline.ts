// The timeline of a person, and the export of all that is kept of one (docs/customers.md).
//
//   modules declare what they keep of customers (timeline-source.ts) ─┬─▶ customer.timeline: one list, the latest first   pages.ts
//   what is rare, and kept nowhere by customer ─▶ notes.ts ───────────┘└▶ customer.export: everything, page by page      export-pages.ts

import type { Caller } from '../../engine/egress.ts';
import type { Params } from '../../protocol/methods.ts';
import { isRefusal, type Refusal, refuse } from '../../protocol/refusals.ts';
import { timelineKinds } from '../../protocol/timeline.ts';
import { customerIdOf, knownCustomer, read } from '../customers/customer-book.ts';
import { lookingThrough } from '../looking-through.ts';
import type {
  Admission,
  Admitted,
  DomainModule,
  ErasesCustomers,
  FollowUpHandler,
  Handler,
  LoadContext,
  PersonsView,
  Reaction,
  RoutingView,
  TableReader,
} from '../module.ts';
import { RetentionTimer } from '../retention-timer.ts';
import { isSeenBy } from '../seen-by-agent.ts';
import type { NamedPerson, TimelineAsked, TimelineEntry, TimelineSource } from '../timeline-source.ts';
import { exportPage } from './export-pages.ts';
import { eraseNote, Notes, type OnNoted } from './notes.ts';
import { pageOfTimeline, type Wanted } from './pages.ts';
import { customerNotesTable, notesTable } from './tables.ts';

const MODULE = 32;
/** The module's only timer: the oldest note is to go. */
const RETENTION_TIMER = 1;
const LIMIT_DEFAULT = 100;

type Of = Omit<TimelineAsked, 'customer' | 'before'>;

export class Timeline implements DomainModule {
  readonly name = 'timeline';
  readonly number = MODULE;
  readonly reactsTo = [];
  readonly tables = [notesTable, customerNotesTable];
  readonly methods: Readonly<Record<string, Handler>> = {
    'customer.timeline': (params, admission) => this.#page(params, admission),
    'customer.export': (params, admission) => this.#export(params, admission),
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>>;
  readonly erases: ErasesCustomers = {
    erase: lookingThrough([
      {
        table: notesTable,
        kind: 'notes',
        isOf: (person, row) =>
          (row.customers as readonly number[]).some((customer) => person.isCustomer(customer)) || person.isNamedIn(row),
        erase: (row, key, _, tables) => eraseNote(row, key, tables),
      },
    ]),
  };
  readonly timeline: readonly TimelineSource[] = [
    {
      kinds: ['move', 'callback', 'affinity', 'conflict'],
      newestFirst: (asked, tables) => this.#notes.latestOf(asked, tables),
    },
  ];
  readonly #routing: RoutingView;
  readonly #persons: () => PersonsView;
  readonly #asNamed: (customers: readonly number[], tables: TableReader) => NamedPerson;
  readonly #modules: () => readonly DomainModule[];
  readonly #notes: Notes;
  readonly #timer = new RetentionTimer({
    module: MODULE,
    key: RETENTION_TIMER,
    due: (tables) => this.#notes.retentionDue(tables),
  });

  /** All are asked for later: they are made with what this one hears of them. `asNamed`: what a person is called. */
  constructor(
    routing: RoutingView,
    persons: () => PersonsView,
    asNamed: (customers: readonly number[], tables: TableReader) => NamedPerson,
    modules: () => readonly DomainModule[],
    retentionMs: number,
  ) {
    this.#routing = routing;
    this.#persons = persons;
    this.#asNamed = asNamed;
    this.#modules = modules;
    this.#notes = new Notes(retentionMs);
    this.followUps = this.#timer.followUps;
  }

  /** For modules that have something to tell. */
  readonly note: OnNoted = (note, at) => {
    if (note.customers.length === 0) return;
    this.#notes.add(note, at);
    this.#timer.added();
  };

  load({ tables }: LoadContext): void {
    this.#notes.load(tables);
    this.#timer.load(tables);
  }

  settle(reaction: Reaction): void {
    this.#timer.settle(reaction);
  }

  timerFired(_key: number, reaction: Reaction): void {
    this.#notes.forgetOld(reaction.now, reaction.tables);
    this.#timer.setAnew(reaction);
  }

  /** Notes may be kept for a shorter time than when the timer was set. */
  resumed(reaction: Reaction): void {
    this.#timer.setAnew(reaction);
  }

  // ── Requests ──────────────────────────────────────────────────────────────────────────────────────────────────
  #page(params: Params<'customer.timeline'>, { caller, tables, now }: Admission): Admitted {
    const customer = this.#customerOf(params, caller as Caller, tables);
    if (isRefusal(customer)) return customer;
    const { limit = LIMIT_DEFAULT, kinds, channels, from, to, cursor } = params;
    const person = this.#persons().membersOf(customer);
    const wanted: Wanted = { kinds, channels, from, to, cursor, limit };
    const of: Of = { person, role: (caller as Caller).role, whole: false, now };
    const page = pageOfTimeline(this.#sources, of, wanted, tables, shownBy(tables));
    return { result: { customerId: customerIdOf(person[0]!), entries: page.entries, ...page.cursor } };
  }

  #export(params: Params<'customer.export'>, { caller, tables, now }: Admission): Admitted {
    const customer = this.#named(params, tables);
    if (customer === undefined) return refuse('customer_not_found');
    const person = this.#persons().membersOf(customer);
    const of: Of = { person, role: (caller as Caller).role, whole: true, now };
    const parts = this.#modules().flatMap(({ exports = [] }) => exports);
    const limit = params.limit ?? LIMIT_DEFAULT;
    const whose = { customers: person, named: this.#asNamed(person, tables) };
    const page = exportPage(parts, whose, { cursor: params.cursor, limit }, { tables, now }, (wanted) =>
      pageOfTimeline(this.#sources, of, wanted, tables, shownBy(tables)),
    );
    return { result: { customerId: customerIdOf(person[0]!), customers: person.map(customerIdOf), ...page } };
  }

  /** Of one time a contact comes before what was in it, so it is further down. */
  get #sources(): readonly TimelineSource[] {
    return this.#modules()
      .flatMap(({ timeline = [] }) => timeline)
      .sort((one, other) => rankOf(other) - rankOf(one));
  }

  // ── Whose ─────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Whose timeline is asked for, where the caller may see it. */
  #customerOf(params: Params<'customer.timeline'>, caller: Caller, tables: TableReader): number | Refusal {
    const { contactId } = params;
    const ofContact = contactId === undefined ? undefined : this.#ofContact(contactId, caller, tables);
    if (isRefusal(ofContact)) return ofContact;
    const isNamed = params.customerId !== undefined || params.identity !== undefined;
    const customer = isNamed ? this.#named(params, tables) : ofContact;
    if (customer === undefined) return refuse('customer_not_found');
    if (ofContact !== undefined && !this.#persons().areOne(ofContact, customer))
      return refuse('contact_of_another_customer', { contactId });
    const isTheirs = ofContact !== undefined || isSeenBy(caller, customer, this.#routing, this.#persons());
    return isTheirs ? customer : refuse('customer_not_served');
  }

  #named({ customerId, identity }: Pick<Params<'customer.timeline'>, 'customerId' | 'identity'>, tables: TableReader) {
    return customerId === undefined ? this.#persons().named({ identity }, tables) : knownCustomer(customerId, tables);
  }

  /** Of one that an agent serves, is offered, may take up or is asked about, and that is not finished; for others of any that is remembered. */
  #ofContact(contactId: string, caller: Caller, tables: TableReader): number | Refusal {
    const seen = this.#routing.customerOfContact(contactId, caller, tables);
    const isOpen = caller.role !== 'agent' || this.#routing.contactById(contactId) !== undefined;
    if (seen === undefined || !isOpen) return refuse('contact_not_found', { contactId });
    return seen.customer ?? refuse('contact_has_no_customer', { contactId });
  }
}

const kindsInOrder = Object.keys(timelineKinds);

function rankOf({ kinds }: TimelineSource): number {
  return kindsInOrder.indexOf(kinds[0]);
}

/** As clients see it: by which customer and which of its names it came. */
function shownBy(tables: TableReader) {
  return ({ at, kind, channel, contactId, agentId, details }: TimelineEntry, customer: number) => {
    const identity = read(customer, tables)?.identities[0];
    return {
      at,
      kind,
      customerId: customerIdOf(customer),
      ...(identity !== undefined && { identity }),
      ...(channel !== undefined && { channel }),
      ...(contactId !== undefined && { contactId }),
      ...(agentId !== undefined && { agentId }),
      details,
    };
  };
}
