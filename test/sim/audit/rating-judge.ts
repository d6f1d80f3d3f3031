// Ratings: what was given, changed, taken back and erased, and what it comes to. Made of frames alone, and of the router's own lists.
//
// - one that was asked for by telephone or by text has values that some caller pressed, or some customer wrote;
// - a rating that is there was given, by a command that may be in effect, and says what it was given or changed to;
// - what was acknowledged, and never taken back or erased, is there;
// - nobody is rated for a contact that nobody served;
// - every grade is what counting the listed ratings anew comes to.

import { canonical } from '../../../src/protocol/canonical.ts';
import type { Members } from '../setting.ts';
import type { Command } from './commands.ts';
import type { ErasureJudge } from './erasure-judge.ts';

export interface RatingWorld {
  /** Who may be missing, with all that was theirs. */
  readonly erasures: ErasureJudge;
  breach(sentence: string): void;
  seen(what: string): void;
  /** By which id the person is called. */
  calledNow(customerId: string): string;
}

export interface RatingsShown {
  readonly ratings: readonly Members[];
  /** By who is rated. */
  readonly grades: ReadonlyMap<string, Members>;
  /** How many ratings the mean of all counts for. */
  readonly prior: number;
}

const methods = new Set([
  'leg.digits',
  'contact.send',
  'rating.give',
  'rating.change',
  'rating.remove',
  'rating.erase',
]);

export class RatingJudge {
  readonly #world: RatingWorld;
  readonly #commands: Command[] = [];
  /** Who is removed takes ratings along, also by a complete document. */
  #mayBeRemoved = false;

  constructor(world: RatingWorld) {
    this.#world = world;
  }

  asked(command: Command): void {
    const { method } = command;
    if (methods.has(method)) this.#commands.push(command);
    if (method === 'agent.remove' || method === 'config.apply') this.#mayBeRemoved = true;
  }

  atLast({ ratings, grades, prior }: RatingsShown, views: ReadonlyMap<string, Members | undefined>): void {
    for (const rating of ratings) this.#isTrue(rating, views);
    if (ratings.length > 0) this.#world.seen('a rating');
    const there = new Set(ratings.map(({ ratingId }) => ratingId));
    const erased = this.#mayBeRemoved || this.#of('rating.erase').length > 0;
    const removed = new Set(this.#of('rating.remove').map(({ params }) => params.ratingId));
    for (const { inEffect, params } of this.#of('rating.give'))
      if (
        inEffect === 'yes' &&
        !erased &&
        !removed.has(params.ratingId) &&
        !there.has(params.ratingId) &&
        !this.#world.erasures.mayHave(params.contactId)
      )
        this.#world.breach(`the rating ${params.ratingId} is lost`);
    for (const [who, grade] of grades) {
      const recounted = this.#recounted(this.#world.calledNow(who), ratings, prior);
      if (grade.grade !== recounted.grade || grade.ratings !== recounted.ratings)
        this.#world.breach(
          `${who} has the grade ${grade.grade} of ${grade.ratings} ratings, and ${canonical(recounted)} is what they come to`,
        );
    }
  }

  #isTrue(rating: Members, views: ReadonlyMap<string, Members | undefined>): void {
    const { ratingId, contactId, by, items } = rating;
    if (String(ratingId).startsWith('survey:')) {
      this.#world.seen('a survey');
      const pressed = [
        ...this.#of('leg.digits').map(({ params }) => params.digits),
        ...this.#of('contact.send').map(({ params }) => String((params.message as Members).text).trim()),
      ];
      const isPressed = Object.values(items as Record<string, number>).every((value) =>
        pressed.includes(String(value)),
      );
      const isChanged = this.#of('rating.change').some(({ params }) => params.ratingId === ratingId);
      if (by !== 'customer' || !(isPressed || isChanged))
        this.#world.breach(`nobody pressed the rating ${canonical(rating)}`);
      return;
    }
    const given = this.#of('rating.give').filter(({ params }) => params.ratingId === ratingId);
    const changes = this.#of('rating.change').filter(({ params }) => params.ratingId === ratingId);
    const view = views.get(contactId as string);
    // By any of its names, which nobody knows any more once the contact is forgotten.
    const isIts = (id: unknown) => id === contactId || view === undefined || (view.names as unknown[])?.includes(id);
    const isGiven = given.some(
      ({ params, who }) => isIts(params.contactId) && (who.role === 'agent') === (by === 'agent'),
    );
    const asSaid = [...given, ...changes].some(({ params }) => canonical(params.items) === canonical(items));
    if (!isGiven || !asSaid) this.#world.breach(`nobody gave the rating ${canonical(rating)}`);
    if (view !== undefined && view.connectedAt === undefined && view.servedBefore === undefined)
      this.#world.breach(`${contactId} is rated, and nobody has served it`);
  }

  #of(method: string): Command[] {
    return this.#commands.filter((command) => command.method === method && command.inEffect !== 'no');
  }

  /** `agent:…` or the customer; the newest of a pair counts whole, those before it half of what comes behind them. */
  #recounted(who: string, ratings: readonly Members[], prior: number): { grade: number; ratings: number } {
    const ofAgents = who.startsWith('agent:');
    const times = new Map<string, number>();
    let all = { weight: 0, points: 0 };
    let own = { weight: 0, points: 0 };
    let count = 0;
    for (const rating of ratings.filter(({ by }) => (by === 'customer') === ofAgents).toReversed()) {
      const customer =
        rating.customerId === undefined
          ? `visitor:${rating.visitorId}`
          : this.#world.calledNow(String(rating.customerId));
      const pair = `${customer} ${rating.agentId}`;
      const newer = times.get(pair) ?? 0;
      times.set(pair, newer + 1);
      const values = Object.values(rating.points as Record<string, number>);
      const weight = Math.floor(64 / 2 ** newer);
      const points = weight * Math.floor(values.reduce((sum, one) => sum + one, 0) / values.length);
      all = { weight: all.weight + weight, points: all.points + points };
      if (who !== (ofAgents ? `agent:${rating.agentId}` : customer)) continue;
      own = { weight: own.weight + weight, points: own.points + points };
      count += 1;
    }
    const mean = all.weight === 0 ? 500 : Math.floor(all.points / all.weight);
    const under = prior * 64 + own.weight;
    const grade = under === 0 ? mean : Math.floor((prior * 64 * mean + own.points) / under);
    return { grade, ratings: count };
  }
}
