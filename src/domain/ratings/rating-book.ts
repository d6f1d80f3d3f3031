// The ratings, and what they come to: a row for each rating, and sums for each agent and customer that are kept with every change.
//
// The sums of those who were rated are in memory as well, since agents are compared and offers show them. At every moment they are
// what counting all rows anew comes to.

import { ratingsPerTenantMax } from '../../limits.ts';
import type { Row, RowKey, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { combined, gradeOf, noSums, type Rated, type Sums, sumsOfPair, weighedOfPairMax } from './grades.ts';
import type { Party, Service } from './services.ts';
import { gradesTable, ratingIdsTable, ratingsTable } from './tables.ts';

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
  #sums = new Map<string, Sums>();
  #all: Record<Party, Sums> = { agent: noSums, customer: noSums };

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
    return this.#sums.get(nameOf(party, who)) ?? noSums;
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
    const others = before.filter((one) => one.service !== service);
    const after = [...others, rating].sort((one, other) => other.service - one.service);
    this.#changed(rating, tables, sumsOfPair(before, 0), sumsOfPair(after, isNew ? 1 : 0));
  }

  remove(rating: Rating, tables: TableWriter): void {
    const before = this.#newest(rating, tables);
    tables.remove(ratingsTable, keyOf(rating));
    tables.remove(ratingIdsTable, rating.ratingId);
    this.#changed(rating, tables, sumsOfPair(before, 0), sumsOfPair(this.#newest(rating, tables), -1));
  }

  /** How much a rating weighs depends on those of the same pair: what they came to is taken away, and what they come to added. */
  #changed({ of, agentId, customer }: Pair, tables: TableWriter, before: Sums, after: Sums): void {
    const who = of === 'agent' ? agentId : customer;
    this.#all[of] = combined(combined(this.#all[of], before, -1), after, 1);
    tables.put(gradesTable, ['all', of], this.#all[of] as unknown as Row);
    const own = combined(combined(this.sumsOf(of, who), before, -1), after, 1);
    if (own.ratings === 0) {
      this.#sums.delete(nameOf(of, who));
      tables.remove(gradesTable, [of, who]);
    } else {
      this.#sums.set(nameOf(of, who), own);
      tables.put(gradesTable, [of, who], own as unknown as Row);
    }
  }

  #newest({ of, customer, agentId }: Pair, tables: TableReader): Rating[] {
    return tables
      .range(ratingsTable, { prefix: [of, customer, agentId], limit: weighedOfPairMax, reverse: true })
      .map(({ row }) => row as unknown as Rating);
  }

  /** The agent whom the customer has rated best in the queue; of equals, who was rated last. */
  best(customer: string, queueId: string, tables: TableReader): string | undefined {
    const byAgent = new Map<string, Rating[]>();
    for (const { row } of tables.range(ratingsTable, { prefix: ['agent', customer], limit: likedMax, reverse: true })) {
      const rating = row as unknown as Rating;
      if (rating.queueId !== queueId) continue;
      const known = byAgent.get(rating.agentId);
      if (known === undefined) byAgent.set(rating.agentId, [rating]);
      else known.push(rating);
    }
    let best: { readonly agentId: string; readonly points: number; readonly service: number } | undefined;
    for (const [agentId, newestFirst] of byAgent) {
      const { weight, points } = sumsOfPair(newestFirst, newestFirst.length);
      const one = { agentId, points: Math.floor(points / weight), service: newestFirst[0]!.service };
      if (best === undefined || one.points > best.points || (one.points === best.points && one.service > best.service))
        best = one;
    }
    return best?.agentId;
  }
}

/** Of a rating, of where its id leads, or of a service. */
type KeyOfService = Pick<Rating, 'customer' | 'agentId'> & { readonly service?: number; readonly number?: number };

function keyOf({ of, customer, agentId, service }: Rating): RowKey {
  return [of, customer, agentId, service];
}

function nameOf(party: Party, who: string): string {
  return `${party}\n${who}`;
}
