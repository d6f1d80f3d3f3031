// The ratings, and what they come to: a row for each rating, and sums for each agent and customer that are kept with every change.
//
// The sums of those who were rated are in memory as well, since agents are compared and offers show them. At every moment they are
// what counting all rows anew comes to.
//
// A rating stays with the customer by whose name it came; what counts is the person: customers who are one are rated and rate as one, and
// when it turns out who is one with whom, what they came to is taken away and added anew.

import { rangeRowsMax, ratingsPerTenantMax } from '../../limits.ts';
import type { PersonKeys } from '../customer-key.ts';
import { customerIdOf, customerNumberOf } from '../customers/customer-book.ts';
import type { Regrouped, Row, RowKey, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { rowsBelow, type TimelineAsked } from '../timeline-source.ts';
import { combined, gradeOf, noSums, type Rated, type Sums, sumsOfPair, weighedOfPairMax } from './grades.ts';
import type { Party, Service } from './services.ts';
import { customerRatingsTable, gradesTable, ratingIdsTable, ratingsTable } from './tables.ts';

export interface Rating extends Rated {
  readonly ratingId: string;
  /** Who is rated; the other of the two has given it. */
  readonly of: Party;
  readonly customer: string;
  readonly agentId: string;
  readonly service: number;
  readonly contactId: string;
  readonly queueId: string;
  /** As they were given, on the scales of then. */
  readonly items: Readonly<Record<string, number>>;
  readonly comment?: string;
  readonly givenAt: number;
  readonly changedAt?: number;
  /** What it was given as: the same again is the same. */
  readonly content: string;
}

type Pair = Pick<Rating, 'of' | 'customer' | 'agentId'>;

/** Ratings of one customer that are looked at for whom it likes best. */
const likedMax = 1_000;

export class RatingBook {
  readonly #persons: PersonKeys;
  #sums = new Map<string, Sums>();
  #all: Record<Party, Sums> = { agent: noSums, customer: noSums };

  constructor(persons: PersonKeys) {
    this.#persons = persons;
  }

  load(tables: TableReader): void {
    this.#sums = new Map();
    this.#all = { agent: noSums, customer: noSums };
    for (const { key, row } of everyRow(tables, gradesTable)) {
      const [party, who] = key as readonly [string, string];
      if (party === 'agent' || party === 'customer') this.#sums.set(nameOf(party, who), row as unknown as Sums);
      else if (party === 'all') this.#all[who as Party] = row as unknown as Sums;
    }
  }

  get isFull(): boolean {
    return this.#all.agent.ratings + this.#all.customer.ratings >= ratingsPerTenantMax;
  }

  sumsOf(party: Party, who: string): Sums {
    return this.#sums.get(nameOf(party, this.#counted(party, who))) ?? noSums;
  }

  /** Under whose name it is summed up. */
  #counted(party: Party, who: string): string {
    return party === 'customer' ? this.#persons.head(who) : who;
  }

  /** Over all, or in one item. */
  grade(party: Party, who: string, prior: number, item?: string): number {
    const own = this.sumsOf(party, who);
    const all = this.#all[party];
    return item === undefined ? gradeOf(own, all, prior) : gradeOf(own.items[item], all.items[item], prior);
  }

  find(ratingId: string, tables: TableReader): Rating | undefined {
    const at = tables.get(ratingIdsTable, ratingId);
    return at === undefined ? undefined : this.about(at.of as Party, at as unknown as KeyOfService, tables);
  }

  /** What was given about the service. */
  about(
    of: Party,
    { customer, agentId, number, service = number }: KeyOfService,
    tables: TableReader,
  ): Rating | undefined {
    return tables.get(ratingsTable, [of, customer, agentId, service as number]) as unknown as Rating | undefined;
  }

  isRated(service: Service, tables: TableReader): boolean {
    return (this.about('agent', service, tables) ?? this.about('customer', service, tables)) !== undefined;
  }

  put(rating: Rating, tables: TableWriter): void {
    const { of, customer, agentId, service } = rating;
    const isNew = this.about(of, rating, tables) === undefined;
    const before = this.#newest(rating, tables);
    tables.put(ratingsTable, keyOf(rating), rating as unknown as Row);
    if (isNew) tables.put(ratingIdsTable, rating.ratingId, { of, customer, agentId, service });
    const ofCustomer = ofCustomerKey(rating);
    if (isNew && ofCustomer !== undefined) tables.put(customerRatingsTable, ofCustomer, { agentId });
    const others = before.filter((one) => one.service !== service);
    const after = [...others, rating].sort((one, other) => other.service - one.service);
    this.#changed(rating, tables, sumsOfPair(before, 0), sumsOfPair(after, isNew ? 1 : 0));
  }

  remove(rating: Rating, tables: TableWriter): void {
    const before = this.#newest(rating, tables);
    tables.remove(ratingsTable, keyOf(rating));
    tables.remove(ratingIdsTable, rating.ratingId);
    const ofCustomer = ofCustomerKey(rating);
    if (ofCustomer !== undefined) tables.remove(customerRatingsTable, ofCustomer);
    this.#changed(rating, tables, sumsOfPair(before, 0), sumsOfPair(this.#newest(rating, tables), -1));
  }

  /** How much a rating weighs depends on those of the same pair: what they came to is taken away, and what they come to added. */
  #changed({ of, agentId, customer }: Pair, tables: TableWriter, before: Sums, after: Sums): void {
    const who = of === 'agent' ? agentId : this.#persons.head(customer);
    this.#change(of, who, before, after, tables);
  }

  #change(of: Party, who: string, before: Sums, after: Sums, tables: TableWriter): void {
    this.#all[of] = combined(combined(this.#all[of], before, -1), after, 1);
    tables.put(gradesTable, ['all', of], this.#all[of] as unknown as Row);
    const own = combined(combined(this.#sums.get(nameOf(of, who)) ?? noSums, before, -1), after, 1);
    if (own.ratings === 0) {
      this.#sums.delete(nameOf(of, who));
      tables.remove(gradesTable, [of, who]);
    } else {
      this.#sums.set(nameOf(of, who), own);
      tables.put(gradesTable, [of, who], own as unknown as Row);
    }
  }

  /** Given by a customer and of it, the latest first. */
  *ofCustomerLatest(asked: TimelineAsked, tables: TableReader): Generator<Rating> {
    const customer = customerIdOf(asked.customer);
    for (const { key, row } of rowsBelow(customerRatingsTable, asked, tables)) {
      const [, , service, direction] = key as readonly [number, number, number, number];
      const of = directions[direction] as Party;
      const rating = this.about(of, { customer, agentId: row.agentId as string, service }, tables);
      if (rating !== undefined) yield rating;
    }
  }

  /** By all customers of the person. */
  #newest({ of, customer, agentId }: Pair, tables: TableReader): Rating[] {
    const newest = this.#persons
      .members(customer)
      .flatMap((member) =>
        tables.range(ratingsTable, { prefix: [of, member, agentId], limit: weighedOfPairMax, reverse: true }),
      );
    return newestOf(newest.map(({ row }) => row as unknown as Rating));
  }

  // ── Who is one person with whom has changed ───────────────────────────────────────────────────────────────────
  regrouped({ before, after }: Regrouped, tables: TableWriter): void {
    if (this.#all.agent.ratings + this.#all.customer.ratings === 0) return;
    const ratings = new Map(before.flat().map((customer) => [customer, allOf(customerIdOf(customer), tables)]));
    const changes = new Map<string, { readonly of: Party; readonly who: string; before: Sums; after: Sums }>();
    for (const [when, groups] of [['before', before] as const, ['after', after] as const]) {
      for (const members of groups) {
        const given = members.flatMap((customer) => ratings.get(customer) ?? []);
        const head = customerIdOf(Math.min(...members));
        for (const pair of byPair(given)) {
          const { of, agentId } = pair[0]!;
          const who = of === 'agent' ? agentId : head;
          const change = changes.get(nameOf(of, who)) ?? { of, who, before: noSums, after: noSums };
          change[when] = combined(change[when], sumsOfPair(newestOf(pair), pair.length), 1);
          changes.set(nameOf(of, who), change);
        }
      }
    }
    for (const change of changes.values()) this.#change(change.of, change.who, change.before, change.after, tables);
  }

  /** The agent whom the customer has rated best in the queue; of equals, who was rated last. */
  best(customer: string, queueId: string, tables: TableReader): string | undefined {
    const byAgent = new Map<string, Rating[]>();
    for (const member of this.#persons.members(customer)) {
      for (const { row } of tables.range(ratingsTable, { prefix: ['agent', member], limit: likedMax, reverse: true })) {
        const rating = row as unknown as Rating;
        if (rating.queueId !== queueId) continue;
        const known = byAgent.get(rating.agentId);
        if (known === undefined) byAgent.set(rating.agentId, [rating]);
        else known.push(rating);
      }
    }
    let best: { readonly agentId: string; readonly points: number; readonly service: number } | undefined;
    for (const [agentId, given] of byAgent) {
      const newestFirst = newestOf(given, given.length);
      const { weight, points } = sumsOfPair(newestFirst, newestFirst.length);
      const one = { agentId, points: Math.floor(points / weight), service: newestFirst[0]!.service };
      if (best === undefined || one.points > best.points || (one.points === best.points && one.service > best.service))
        best = one;
    }
    return best?.agentId;
  }
}

const directions: readonly Party[] = ['agent', 'customer'];

/** What tells it from others of its customer that were given at the same time. */
export function orderOf({ service, of }: Pick<Rating, 'service' | 'of'>): readonly [number, number] {
  return [service, directions.indexOf(of)];
}

/** Undefined: nobody knows the customer by a number. */
function ofCustomerKey(rating: Rating): RowKey | undefined {
  const known = customerNumberOf(rating.customer);
  return known === undefined ? undefined : [known, rating.givenAt, ...orderOf(rating)];
}

/** Of a rating, of where its id leads, or of a service. */
type KeyOfService = Pick<Rating, 'customer' | 'agentId'> & { readonly service?: number; readonly number?: number };

/** The newest first. */
function newestOf(ratings: readonly Rating[], most = weighedOfPairMax): Rating[] {
  return ratings.toSorted((one, other) => other.service - one.service).slice(0, most);
}

/** In both directions. */
function allOf(customer: string, tables: TableReader): Rating[] {
  const all: Rating[] = [];
  for (const of of ['agent', 'customer'] as const) {
    for (let after: RowKey | undefined; ; ) {
      const rows = tables.range(ratingsTable, {
        prefix: [of, customer],
        limit: rangeRowsMax,
        ...(after !== undefined && { after }),
      });
      all.push(...rows.map(({ row }) => row as unknown as Rating));
      if (rows.length < rangeRowsMax) break;
      after = rows.at(-1)!.key;
    }
  }
  return all;
}

function byPair(ratings: readonly Rating[]): Iterable<Rating[]> {
  const pairs = new Map<string, Rating[]>();
  for (const rating of ratings) {
    const name = nameOf(rating.of, rating.agentId);
    const pair = pairs.get(name);
    if (pair === undefined) pairs.set(name, [rating]);
    else pair.push(rating);
  }
  return pairs.values();
}

function keyOf({ of, customer, agentId, service }: Rating): RowKey {
  return [of, customer, agentId, service];
}

function nameOf(party: Party, who: string): string {
  return `${party}\n${who}`;
}
