// Ratings, both ways (docs/ratings.md): customers rate the agents who served them, agents rate the customers whom they served.
//
//   served ─ ENDED, PARTED ─▶ services.ts: it took place ─▶ both sides are asked ── rating.give/change/remove ─▶ rating-book.ts
//                                                                                                             └─▶ sums, grades
//   a contact rings ─▶ the customer's grade, in the offer
//
// A tenant whose `ratings` are not set keeps nothing of this. Handlers do their work behind the core, so what they see is what the
// tick has come to, and two of one tick are never at odds.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import type { Caller } from '../../engine/egress.ts';
import { servicesForgottenPerTickMax, servicesLookedAtMax } from '../../limits.ts';
import { canonical, contentOf } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import type { QueuePolicy } from '../../protocol/queue-policy.ts';
import { ratingDefaults } from '../../protocol/ratings.ts';
import { isRefusal, type Refusal, refuse } from '../../protocol/refusals.ts';
import type { TenantProperties } from '../../protocol/tenant-settings.ts';
import { behind } from '../behind.ts';
import { customerOf, keyOfAsked, type PersonKeys, personKeys, shownCustomer } from '../customer-key.ts';
import { type ErasedPerson, type ErasingStep, nothingErased } from '../erased-person.ts';
import type {
  Admission,
  Admitted,
  ContactView,
  DomainModule,
  ErasesCustomers,
  FollowUpHandler,
  Handler,
  LoadContext,
  Pending,
  PersonsView,
  Reaction,
  Regrouped,
  RoutingView,
  Shapes,
  Surveyed,
  Surveying,
  TableReader,
  TableWriter,
} from '../module.ts';
import { pageOf } from '../pages.ts';
import type { TimelineAsked, TimelineEntry, TimelineSource } from '../timeline-source.ts';
import { POINTS_MAX, pointsOf } from './grades.ts';
import { orderOf, type Rating, RatingBook } from './rating-book.ts';
import { isForCustomer, type Party, Services } from './services.ts';
import {
  customerRatingsTable,
  gradesTable,
  ratingIdsTable,
  ratingsTable,
  serviceIndexTable,
  servicesTable,
} from './tables.ts';

const MODULE = 22;
const RETENTION_TIMER = 1;
const DAY_MS = 86_400_000;
const parties = ['agent', 'customer'] as const;

type Settings = NonNullable<TenantProperties['ratings']>;
type Items = Readonly<Record<string, number>>;

interface Erasing {
  readonly party: Party;
  readonly who: string;
  /** Who has the same name later is somebody else. */
  readonly upTo: number;
}

/** Who is told of each rating that is given, changed or removed by whoever gave it. True: somebody is. */
type OnRating = (what: RatingEvent, rating: object, then: Reaction) => boolean;
type RatingEvent = 'rating.given' | 'rating.changed' | 'rating.removed';

export class Ratings implements DomainModule {
  readonly name = 'ratings';
  readonly number = MODULE;
  readonly reactsTo = [layout.EFFECT_ENDED, layout.EFFECT_PARTED];
  readonly tables = [servicesTable, serviceIndexTable, ratingsTable, ratingIdsTable, gradesTable, customerRatingsTable];
  readonly methods: Readonly<Record<string, Handler>> = {
    'rating.give': behind((params, caller, reaction) => this.#give(params, caller, reaction)),
    'rating.change': behind((params, caller, reaction) => this.#change(params, caller, reaction)),
    'rating.remove': behind((params, caller, reaction) => this.#remove(params, caller, reaction)),
    'rating.erase': behind((params, _, reaction) => {
      const who = keyOfAsked(params) as string;
      for (const member of this.#persons.members(who))
        reaction.followUp('erase', { party: 'customer', who: member, upTo: this.#services.last });
      return { result: shownCustomer(who) };
    }),
    'rating.list': (params, admission) => this.#list(params, admission),
    'rating.grade': (params, admission) => this.#grade(params, admission),
    'candidate.list': (params, admission) => this.#candidates(params, admission),
    'candidate.choose': (params, admission) => this.#choose(params, admission),
    'customer.served': (params, admission) => this.#served(params, admission),
  };
  readonly shapes: Shapes = {
    tenantSet: ({ ratings }, { onUndo }) => {
      const before = this.#settings;
      this.#settings = ratings;
      onUndo(() => {
        this.#settings = before;
      });
    },
    customerShown: ({ customerNumber, owner }, shown) => {
      const customer = this.#settings && customerOf({ customerNumber, owner });
      if (customer !== undefined) shown.rating = this.#shownGrade('customer', customer);
    },
    agentRemove: ({ agentId }, { onUndo }) => {
      const erasing: Erasing = { party: 'agent', who: agentId, upTo: this.#services.last };
      this.#toErase.push(erasing);
      onUndo(() => {
        this.#toErase = this.#toErase.filter((one) => one !== erasing);
      });
      return undefined;
    },
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    told: () => {},
    erase: (params, { tables }) => this.#erase(params as unknown as Erasing, tables),
    setRetentionTimer: (_, { core, tables, now }) => {
      const oldest = this.#services.oldest(tables);
      if (oldest !== undefined) core.timerSet(MODULE, RETENTION_TIMER, Math.max(now, oldest + this.#rateWithinMs + 1));
    },
  };
  /** For the telephones and the chats. */
  readonly surveying: Surveying = {
    asks: (by) => this.#asks(by),
    itemsFor: (contact, by) => (this.#asks(by) && customerOf(contact) !== undefined ? this.#itemsAsked('agent') : []),
    questionFor: ({ item, from, to }) =>
      this.#settings?.questions?.[item] ??
      `How would you rate us for ${item}, from ${from} (lowest) to ${to} (highest)? Please answer with the number.`,
    thanks: () => this.#settings?.thanks,
    textAnswerMs: () => this.#settings?.textAnswerMs ?? ratingDefaults.textAnswerMs,
    given: (what, reaction) => this.#surveyed(what, reaction),
  };
  readonly erases: ErasesCustomers = {
    erase: (person, from, { tables }) => this.#eraseStep(person, from, tables),
  };
  readonly timeline: readonly TimelineSource[] = [
    { kinds: ['rating'], newestFirst: (asked, tables) => this.#ratingsOf(asked, tables) },
  ];
  readonly #routing: RoutingView;
  readonly #onRating: OnRating;
  readonly #services = new Services();
  readonly #persons: PersonKeys;
  readonly #book: RatingBook;
  #settings: Settings | undefined;
  /** What is to be erased from the next tick on. */
  #toErase: Erasing[] = [];

  constructor(routing: RoutingView, persons: PersonsView, onRating: OnRating) {
    this.#routing = routing;
    this.#persons = personKeys(persons);
    this.#book = new RatingBook(this.#persons);
    this.#onRating = onRating;
  }

  load({ tables }: LoadContext): void {
    this.#settings = this.#routing.tenantGiven(tables).ratings;
    this.#services.load(tables);
    this.#book.load(tables);
    this.#toErase = [];
  }

  // ── What took place ───────────────────────────────────────────────────────────────────────────────────────────
  react(effect: Effect, reaction: Reaction): void {
    if (this.#settings === undefined || effect.at === 0 || effect.agent === layout.NONE) return;
    const contact = this.#routing.contactByHandle(effect.contact, effect.number);
    const customer = contact && customerOf(contact);
    // A consultation is of two agents.
    if (contact === undefined || customer === undefined || contact.about !== undefined) return;
    this.#tookPlace(contact, customer, effect, reaction);
    if (effect.kind !== layout.EFFECT_ENDED) return;
    const names = contact.names.filter(({ movedAt }) => movedAt !== undefined).map((name) => name.contactId);
    if (names.length > 0) this.#services.named(contact.contactId, contact.number, names, reaction.tables);
    this.#ask(contact, this.#routing.agentIdOf(effect.agent), reaction);
  }

  #tookPlace(contact: ContactView, customer: string, effect: Effect, reaction: Reaction): void {
    const { contactId, number, queueId, channel, owner } = contact;
    const added = this.#services.add(
      {
        contactId,
        contactNumber: number,
        agentId: this.#routing.agentIdOf(effect.agent),
        customer,
        owner: { role: owner.role, sub: owner.sub },
        queueId,
        channel,
        connectedAt: effect.at,
        endedAt: reaction.now,
      },
      reaction.tables,
    );
    if (added?.isFirst) reaction.followUp('setRetentionTimer', {});
  }

  #ask({ contactId, owner }: ContactView, agentId: string, reaction: Reaction): void {
    const { askCustomers, askAgents } = { ...ratingDefaults, ...this.#settings };
    const asked = { contactId, agentId, untilMs: reaction.now + this.#rateWithinMs };
    if (askCustomers)
      reaction.notify(owner, 'rating.requested', { ...asked, by: 'customer', items: this.#itemsAsked('agent') });
    if (askAgents)
      reaction.notify({ role: 'agent', sub: agentId }, 'rating.requested', {
        ...asked,
        by: 'agent',
        items: this.#itemsAsked('customer'),
      });
  }

  timerFired(_key: number, reaction: Reaction): void {
    const { now, tables } = reaction;
    const next = this.#services.sweep(
      now - this.#rateWithinMs,
      (service) => this.#book.isRated(service, tables),
      tables,
    );
    if (next !== undefined) reaction.followUp('setRetentionTimer', {});
  }

  settle(reaction: Reaction): void {
    for (const erasing of this.#toErase.splice(0)) reaction.followUp('erase', { ...erasing });
  }

  // ── Giving ────────────────────────────────────────────────────────────────────────────────────────────────────
  #give(params: Params<'rating.give'>, caller: Caller, reaction: Reaction): ReturnType<Pending> {
    const { now, tables } = reaction;
    const { ratingId, contactId, items, comment } = params;
    const by = caller.role === 'agent' ? 'agent' : 'customer';
    const content = canonical({ ...contentOf(params), by, ...(by === 'agent' && { agentId: caller.sub }) });
    const known = this.#book.find(ratingId, tables);
    if (known !== undefined) {
      // By whoever gave it: somebody else's contact is none of the others' business.
      const isTheSame = known.content === content && this.#givenBy(caller, ratingId, tables) !== undefined;
      if (!isTheSame) return refuse('rating_exists_with_different_content');
      return { result: viewOf(known) };
    }
    if (this.#settings === undefined) return refuse('ratings_not_kept');
    const agentId = by === 'agent' ? caller.sub : params.agentId;
    const service = this.#services
      .ofContact(contactId, agentId, tables)
      .find((one) => by === 'agent' || isForCustomer(one, caller));
    if (service === undefined) return refuse('contact_not_served');
    const until = service.endedAt + this.#rateWithinMs;
    if (now > until) return refuse('rating_time_over', { until });
    const of = by === 'agent' ? 'customer' : 'agent';
    const rated = this.#book.about(of, service, tables);
    if (rated !== undefined) return refuse('contact_rated_already', { ratingId: rated.ratingId });
    const points = this.#points(of, items);
    if (isRefusal(points)) return points;
    if (this.#book.isFull) return refuse('too_many_ratings');
    const rating: Rating = {
      ratingId,
      of,
      customer: service.customer,
      agentId: service.agentId,
      service: service.number,
      contactId: service.contactId,
      queueId: service.queueId,
      items,
      points,
      ...(comment !== undefined && { comment }),
      givenAt: now,
      content,
    };
    return { result: this.#kept('rating.given', rating, reaction) };
  }

  #asks(by: 'digits' | 'text'): boolean {
    return (by === 'digits' ? this.#settings?.askByDigits : this.#settings?.askByText) === true;
  }

  /** What a caller has pressed, or a customer written, who may have rated otherwise by now, or been erased. */
  #surveyed({ contactId, contactNumber, agentId, given: items }: Surveyed, reaction: Reaction): void {
    const { now, tick, tables } = reaction;
    const service = this.#services
      .ofContact(contactId, agentId, tables)
      .find((one) => one.contactNumber === contactNumber);
    if (this.#settings === undefined || service === undefined) return;
    if (this.#book.about('agent', service, tables) !== undefined || this.#book.isFull) return;
    const points = this.#points('agent', items);
    if (isRefusal(points)) return;
    const { customer, number, queueId } = service;
    // Numbers of services are given again when rows are gone; together with the tick it is this rating for ever.
    const ratingId = `survey:${tick}.${number}`;
    const of = { of: 'agent', customer, agentId, service: number, contactId, queueId } as const;
    this.#kept('rating.given', { ratingId, ...of, items, points, givenAt: now, content: '' }, reaction);
  }

  #change(
    { ratingId, items, comment }: Params<'rating.change'>,
    caller: Caller,
    reaction: Reaction,
  ): ReturnType<Pending> {
    const { now, tables } = reaction;
    if (this.#settings === undefined) return refuse('ratings_not_kept');
    const known = this.#givenBy(caller, ratingId, tables);
    if (known === undefined) return refuse('rating_not_found');
    const points = items === undefined ? known.points : this.#points(known.of, items);
    if (isRefusal(points)) return points;
    const changed: Rating = {
      ...known,
      points: points as Items,
      ...(items !== undefined && { items }),
      ...(comment !== undefined && { comment }),
      changedAt: now,
    };
    return { result: this.#kept('rating.changed', changed, reaction) };
  }

  #remove({ ratingId }: Params<'rating.remove'>, caller: Caller, reaction: Reaction): ReturnType<Pending> {
    const { tables } = reaction;
    const known = this.#givenBy(caller, ratingId, tables);
    if (known === undefined) return refuse('rating_not_found');
    this.#book.remove(known, tables);
    this.#tell('rating.removed', viewOf(known), reaction);
    const service = this.#services.at(known.service, tables);
    // It was kept for this rating alone.
    if (service !== undefined && this.#services.isSwept(service) && !this.#book.isRated(service, tables))
      this.#services.forget(service, tables);
    return { result: { ratingId } };
  }

  #kept(what: 'rating.given' | 'rating.changed', rating: Rating, reaction: Reaction): object {
    this.#book.put(rating, reaction.tables);
    const shown = viewOf(rating);
    this.#tell(what, shown, reaction);
    return shown;
  }

  /** Answers are made when the tick has settled, and nothing else may be due: the next one is to come at once. */
  #tell(what: RatingEvent, shown: object, reaction: Reaction): void {
    if (this.#onRating(what, shown, reaction)) reaction.followUp('told', {});
  }

  #givenBy(caller: Caller, ratingId: string, tables: TableReader): Rating | undefined {
    const known = this.#book.find(ratingId, tables);
    if (known?.of === 'customer') return caller.role === 'agent' && caller.sub === known.agentId ? known : undefined;
    const service = known && this.#services.at(known.service, tables);
    return service !== undefined && isForCustomer(service, caller) ? known : undefined;
  }

  /** What is rated, in points of its scale. */
  #points(of: Party, items: Items): Items | Refusal {
    const scales = this.#items(of);
    const points: Record<string, number> = {};
    for (const [item, value] of Object.entries(items)) {
      const scale = Object.hasOwn(scales, item) ? scales[item] : undefined;
      if (scale === undefined) return refuse('rating_item_unknown', { item });
      const { from = 1, to } = scale;
      if (value < from || value > to) return refuse('rating_out_of_scale', { item, from, to });
      points[item] = pointsOf(value, from, to);
    }
    return points;
  }

  #items(of: Party): NonNullable<Settings['agentItems']> {
    const { agentItems, customerItems } = { ...ratingDefaults, ...this.#settings };
    return of === 'agent' ? agentItems : customerItems;
  }

  #itemsAsked(of: Party) {
    return Object.entries(this.#items(of)).map(([item, { from = 1, to }]) => ({ item, from, to }));
  }

  get #rateWithinMs(): number {
    return (this.#settings?.rateWithinDays ?? ratingDefaults.rateWithinDays) * DAY_MS;
  }

  get #prior(): number {
    return this.#settings?.priorRatings ?? ratingDefaults.priorRatings;
  }

  // ── Erasing ───────────────────────────────────────────────────────────────────────────────────────────────────
  #erase(erasing: Erasing, tables: TableWriter): void {
    const { party, who, upTo } = erasing;
    let left = servicesForgottenPerTickMax;
    for (const service of [...first(this.#services.of(party, who, tables), left + 1)]) {
      if (service.number > upTo) return;
      if (left-- === 0) {
        this.#toErase.push(erasing);
        return;
      }
      for (const of of parties) {
        const rating = this.#book.about(of, service, tables);
        if (rating !== undefined) this.#book.remove(rating, tables);
      }
      this.#services.forget(service, tables);
    }
  }

  #eraseStep(person: ErasedPerson, from: unknown, tables: TableWriter): ErasingStep {
    const which = (from as number | undefined) ?? 0;
    const customer = person.keys()[which];
    if (customer === undefined) return nothingErased;
    let services = 0;
    let ratings = 0;
    for (const service of [...first(this.#services.of('customer', customer, tables), servicesForgottenPerTickMax)]) {
      person.noteContact(service.contactNumber, [service.contactId, ...(service.names ?? [])]);
      for (const of of parties) {
        const rating = this.#book.about(of, service, tables);
        if (rating === undefined) continue;
        person.noteId(rating.ratingId);
        this.#book.remove(rating, tables);
        ratings += 1;
      }
      this.#services.forget(service, tables);
      services += 1;
    }
    return { erased: { services, ratings }, next: services === servicesForgottenPerTickMax ? which : which + 1 };
  }

  // ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────
  #list(params: Params<'rating.list'>, { caller, tables }: Admission): Admitted {
    const { role, sub } = caller as Caller;
    const { contactId } = params;
    const customer = keyOfAsked(params);
    const agentId = role === 'agent' && contactId === undefined ? sub : params.agentId;
    const isOwner = role === 'customer' || role === 'switch';
    // They see what belongs to a contact of theirs, and name it.
    if (isOwner && contactId === undefined) return { result: { ratings: [] } };
    const { items, cursor } = pageOf(
      params,
      (number) => {
        const behindIt = number < 0 ? undefined : number;
        if (contactId !== undefined)
          return this.#services
            .ofContact(contactId, role === 'agent' ? sub : undefined, tables)
            .filter((one) => one.number > number)
            .reverse();
        if (agentId !== undefined) return this.#services.of('agent', agentId, tables, behindIt);
        if (customer !== undefined)
          return this.#services.ofAll('customer', this.#persons.members(customer), tables, behindIt);
        return this.#services.all(tables, Math.max(0, number));
      },
      ({ number }) => number,
      (service) => (!isOwner || isForCustomer(service, caller)) && this.#book.isRated(service, tables),
    );
    const seen = isOwner ? (['agent'] as const) : role === 'agent' ? (['customer'] as const) : parties;
    const ratings = items.flatMap((service) => seen.flatMap((of) => this.#book.about(of, service, tables) ?? []));
    return { result: { ratings: ratings.map(viewOf), ...cursor } };
  }

  *#ratingsOf(asked: TimelineAsked, tables: TableReader): Generator<TimelineEntry> {
    for (const rating of this.#book.ofCustomerLatest(asked, tables)) {
      const { givenAt, contactId, agentId } = rating;
      yield { at: givenAt, order: orderOf(rating), kind: 'rating', contactId, agentId, details: viewOf(rating) };
    }
  }

  #grade(params: Params<'rating.grade'>, { caller }: Admission): Admitted {
    if (this.#settings === undefined) return refuse('ratings_not_kept');
    const { agentId } = params;
    if (caller?.role === 'agent' && agentId !== caller.sub) return refuse('not_allowed_for_role');
    const customer = keyOfAsked(params);
    if (agentId !== undefined) return { result: { agentId, ...this.#grades('agent', agentId) } };
    return {
      result: {
        ...shownCustomer(this.#persons.head(customer as string)),
        ...this.#grades('customer', customer as string),
      },
    };
  }

  #served(params: Params<'customer.served'>, { tables }: Admission): Admitted {
    const agentId = params.agentId as string;
    if (this.#routing.agentHandleOf(agentId) === undefined) return refuse('agent_not_found', { agentId });
    const { items, cursor } = pageOf(
      params,
      (number) => this.#services.of('agent', agentId, tables, number < 0 ? undefined : number, true),
      ({ number }) => number,
    );
    const served = items.map((service) => {
      const { contactId, customer, queueId, channel, connectedAt, endedAt } = service;
      const rated = this.#book.about('customer', service, tables)?.ratingId;
      return {
        contactId,
        ...shownCustomer(this.#persons.head(customer)),
        queueId,
        channel,
        connectedAt,
        endedAt,
        rating: this.#shownGrade('customer', customer),
        ...(rated !== undefined && { rated }),
      };
    });
    return { result: { served, ...cursor } };
  }

  // ── Choosing an agent ─────────────────────────────────────────────────────────────────────────────────────────
  #candidates(params: Params<'candidate.list'>, { caller, tables }: Admission): Admitted {
    const { contactId, by = 'overall', servedMe = false, limit = 100 } = params;
    if (this.#settings === undefined) return refuse('ratings_not_kept');
    const contact = this.#contactOf(caller, contactId);
    if (contact === undefined) return refuse('contact_not_found');
    if (by !== 'overall' && !Object.hasOwn(this.#items('agent'), by))
      return refuse('rating_item_unknown', { item: by });
    const served = this.#timesServed(customerOf(contact), tables);
    const candidates = [...this.#routing.candidatesFor(contact)]
      .filter(({ agentId }) => !servedMe || served.has(agentId))
      .map(({ agentId, handle, name, isFree }) => ({ agentId, handle, name, isFree, by: this.#gradeBy(agentId, by) }))
      .sort((one, other) => other.by - one.by || one.handle - other.handle)
      .slice(0, limit)
      .map(({ agentId, name, isFree }) => ({
        agentId,
        ...(name !== undefined && { name }),
        ...this.#grades('agent', agentId),
        free: isFree,
        ...(served.has(agentId) && { servedMe: served.get(agentId) }),
      }));
    return { result: { contactId, candidates } };
  }

  #gradeBy(agentId: string, by: string): number {
    return this.#book.grade('agent', agentId, this.#prior, by === 'overall' ? undefined : by);
  }

  /** By agent, of those services that were the last. */
  #timesServed(customer: string | undefined, tables: TableReader): Map<string, number> {
    const times = new Map<string, number>();
    if (customer === undefined) return times;
    for (const { agentId } of first(
      this.#services.ofAll('customer', this.#persons.members(customer), tables, undefined, true),
      servicesLookedAtMax,
    ))
      times.set(agentId, (times.get(agentId) ?? 0) + 1);
    return times;
  }

  #choose({ contactId, agentId, waitMs }: Params<'candidate.choose'>, admission: Admission): Admitted {
    const contact = this.#contactOf(admission.caller, contactId);
    if (contact === undefined) return refuse('contact_not_found');
    if (!contact.isChoosing) return refuse('contact_not_choosing');
    const grade = this.#book.grade('customer', customerOf(contact) ?? '', this.#prior);
    const queue = this.#queueFor(grade, contact, agentId, admission.now);
    const { creditMs = 0 } = (queue?.policy ?? this.#routing.policyOf(contact.queue)).ratings ?? {};
    const choice = { agentId, queueId: queue?.queueId, creditMs: Math.floor((grade * creditMs) / POINTS_MAX), waitMs };
    return this.#routing.chooseAgent(contact, choice, admission);
  }

  /** Of the agent's queues that are for customers of a grade, the one for the best that this one reaches; else where it is. */
  #queueFor(grade: number, { channel }: ContactView, agentId: string, now: number) {
    let best: { readonly queueId: string; readonly policy: QueuePolicy } | undefined;
    for (const queue of this.#routing.queuesOfAgent(agentId)) {
      const { fromGrade } = queue.policy.ratings ?? {};
      if (fromGrade === undefined || fromGrade > grade || fromGrade <= (best?.policy.ratings?.fromGrade ?? -1))
        continue;
      const there = this.#routing.queueNow(queue.queueId, now);
      if (there?.takes(channel) && !there.isClosed) best = queue;
    }
    return best;
  }

  /** As whoever brought it, or an application. */
  #contactOf(caller: Admission['caller'], contactId: string): ContactView | undefined {
    const contact = this.#routing.contactById(contactId);
    if (contact === undefined || contact.endedAt !== undefined || contact.about !== undefined) return undefined;
    const { role, sub } = contact.owner;
    return caller?.role === 'app' || (caller?.role === role && caller.sub === sub) ? contact : undefined;
  }

  #shownGrade(party: Party, who: string) {
    return { grade: this.#book.grade(party, who, this.#prior), ratings: this.#book.sumsOf(party, who).ratings };
  }

  #grades(party: Party, who: string) {
    const items = Object.keys(this.#items(party));
    return {
      ...this.#shownGrade(party, who),
      items: Object.fromEntries(items.map((item) => [item, this.#book.grade(party, who, this.#prior, item)])),
    };
  }

  /** Customers are one person from now on, or are no more. */
  regrouped(change: Regrouped, tables: TableWriter): void {
    this.#book.regrouped(change, tables);
  }

  /** For affinity: the agent whom the customer of this number has rated best in the queue; undefined where it has rated nobody there. */
  bestRated(customerNumber: number, queueId: string, tables: TableReader): string | undefined {
    return this.#book.best(`c${customerNumber}`, queueId, tables);
  }
}

function* first<T>(of: Iterable<T>, atMost: number): Generator<T> {
  let left = atMost;
  for (const one of of) {
    if (left-- === 0) return;
    yield one;
  }
}

function viewOf({ ratingId, of, customer, agentId, contactId, items, points, comment, givenAt, changedAt }: Rating) {
  return {
    ratingId,
    contactId,
    by: of === 'agent' ? 'customer' : 'agent',
    agentId,
    ...shownCustomer(customer),
    items,
    points,
    ...(comment !== undefined && { comment }),
    givenAt,
    ...(changedAt !== undefined && { changedAt }),
  };
}
