// The modules of a partition, in their fixed order: the order in which they shape, react and take up follow-ups. Made
// anew for each partition; numbers and table ids are for ever (docs/on-disk-format.md has them all).

import { eraseWithinMs, recordRetentionMs } from '../limits.ts';
import { Affinity } from './affinity/affinity.ts';
import { Attendance } from './attendance/attendance.ts';
import { Business } from './business/business.ts';
import { Callbacks } from './callbacks/callbacks.ts';
import { BlockedCallers } from './callers/blocked-callers.ts';
import { Customers } from './customers/customers.ts';
import { Documents } from './documents/documents.ts';
import { IdentityRules } from './identity-rules/identity-rules.ts';
import type { Book } from './ledger/book.ts';
import { Ledger } from './ledger/ledger.ts';
import { Messages } from './messages/messages.ts';
import { Mobility } from './mobility/mobility.ts';
import type { DomainModule, PersonsView, RoutingView, SendsContacts } from './module.ts';
import { Payments, type Refunded } from './payments/payments.ts';
import { Platforms } from './platforms/platforms.ts';
import { Ratings } from './ratings/ratings.ts';
import { Records } from './records/records.ts';
import type { Retention } from './routing/contact-book.ts';
import { Routing } from './routing/routing.ts';
import { Schedules } from './schedules/schedules.ts';
import { SeatLines } from './seats/seat-lines.ts';
import { Seats } from './seats/seats.ts';
import { Statistics } from './statistics/statistics.ts';
import { Switches } from './switches/switches.ts';
import { Timeline } from './timeline/timeline.ts';
import { Webhooks } from './webhooks/webhooks.ts';

/** What a deployment may set; each has its default in src/limits.ts. */
export interface ModuleOptions extends Partial<Retention> {
  /** Whether statistics and records are kept, as they are unless nobody will ask: nothing is decided by them. */
  readonly counts?: boolean;
  /** How long records, notes of timelines and what a disabled webhook has not taken are kept. */
  readonly recordRetentionMs?: number;
  /** Ticks that have rows of what was counted in them before these are summed. */
  readonly countedTicks?: number;
  /** Private networks in which platforms may be; absent: any. */
  readonly platformNetworks?: readonly string[];
  /** Until what was erased has left the disk. */
  readonly eraseWithinMs?: number;
  /** Modules beside these, which react behind them: what serves flows, or takes money, for instance. */
  readonly more?: (view: RoutingView, sending: SendsContacts, book: Book) => readonly DomainModule[];
}

export function makeModules(options: ModuleOptions = {}): readonly DomainModule[] {
  const recordsFor = options.recordRetentionMs ?? recordRetentionMs;
  const lines = new SeatLines();
  const routing: Routing = new Routing(lines, options, (...noted) => timeline.note(...noted));
  const { view } = routing;
  const blocked = new BlockedCallers();
  // Each asks something of the other: what switches say of calls is heard by callbacks, which have them made.
  const callbacks: Callbacks = new Callbacks(
    view,
    () => switches.calls,
    (...counted) => options.counts !== false && statistics.callbackCounted(...counted),
    (...who) => blocked.isBlocked(...who),
    (named, tables) => persons.named(named, tables),
    (...noted) => timeline.note(...noted),
  );
  const timeline: Timeline = new Timeline(
    view,
    () => persons,
    (...of) => customers.asNamed(...of),
    () => modules,
    recordsFor,
  );
  // What was rated goes with who is one with whom.
  const customers: Customers = new Customers(
    view,
    {
      regrouped: (...change) => ratings.regrouped(...change),
      touched: (...whom) => rules.touched(...whom),
      noted: timeline.note,
      told: (...told) => webhooks.tell(...told),
    },
    {
      withinMs: options.eraseWithinMs ?? eraseWithinMs,
      modules: () => modules,
    },
  );
  const persons: PersonsView = customers.persons;
  const business = new Business(view, persons, (...whom) => rules.touched(...whom));
  const rules: IdentityRules = new IdentityRules(customers.joins, business.lastOf);
  const ratings: Ratings = new Ratings(view, persons, (...told) => webhooks.tell(...told));
  const switches: Switches = new Switches(
    view,
    routing.sending,
    callbacks.onCall,
    (...counted) => options.counts !== false && statistics.messageCounted(...counted),
    ratings.surveying,
  );
  // What counts comes before the switches: it asks how long a contact was on hold, which they forget when it is over.
  const webhooks: Webhooks = new Webhooks(recordsFor);
  const schedules = new Schedules(view);
  const messages = new Messages(view, persons, ratings.surveying, (...written) => payments.written(...written));
  const platforms = new Platforms(view, options.platformNetworks);
  const statistics = new Statistics(
    view,
    switches.holds,
    schedules.plans,
    (...told) => webhooks.tell(...told),
    platforms.troubles,
    options.countedTicks,
  );
  const records = new Records(
    view,
    switches.holds,
    switches.recordings,
    messages,
    {
      chargedIn: (...contact) => payments.chargedIn(...contact),
    },
    (record, then) => webhooks.tell('contact.finished', record, then),
    recordsFor,
  );
  const ledger = new Ledger(view, persons, (what, payment, then) => {
    const isTold = webhooks.tell(what, payment, then);
    const isCounted = what === 'payment.done' && payments.givenBack(payment as Refunded, then);
    return isTold || isCounted;
  });
  const counts = options.counts !== false;
  const payments: Payments = new Payments(view, persons, ledger, switches.holds, {
    receipt: (receipt, then) => webhooks.tell('payment.receipt', receipt, then),
    counted: (...of) => counts && statistics.paid(...of),
    givenBack: (...of) => counts && statistics.givenBack(...of),
  });
  const documents = new Documents(view, persons, payments.sales);
  switches.holds.onChanged(payments.holdChanged, payments.holdHasChanged);
  const modules: readonly DomainModule[] = [
    routing,
    new Seats(lines, view),
    // Before the customers: whoever hands a caller over may say which customer that is.
    platforms,
    customers,
    business,
    rules,
    // Behind the customers: a contact is led to whom its customer knows.
    new Affinity(view, persons, (...whom) => ratings.bestRated(...whom), timeline.note),
    // Behind affinity: whom a live call is with comes first. Before the switches, which make of a second call what it is.
    new Mobility(view, persons, () => switches.moves),
    callbacks,
    // Before what compares with it.
    schedules,
    // Before what counts and records what was paid, as a tick settles.
    payments,
    ...(counts ? [statistics, records] : []),
    switches,
    webhooks,
    ratings,
    documents,
    // Behind the records, which ask how much was written in what is over.
    messages,
    new Attendance(view, routing.sending),
    blocked,
    ...(options.more?.(view, routing.sending, ledger.book) ?? []),
    // Behind whoever notes something as the tick settles.
    timeline,
    // Behind whoever books on it, so that it settles last.
    ledger,
  ];
  routing.shapedBy(modules);
  return modules;
}
