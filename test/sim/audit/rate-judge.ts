// Rates and quotes, made of frames alone and of the router's own list.
//
// - a rate that is listed was published so, by a command that may be in effect;
// - one that was acknowledged, never withdrawn, and whose receiver nobody may have removed is there;
// - what was quoted is what a rate of that id said that may have been published, and the same again is the same.

import { canonical } from '../../../src/protocol/canonical.ts';
import type { Members } from '../setting.ts';
import type { Command } from './commands.ts';
import type { RatingWorld } from './rating-judge.ts';

const methods = new Set(['rate.publish', 'rate.withdraw', 'quote.request']);
/** They take rates along. */
const removing = new Set(['agent.remove', 'queue.remove', 'config.apply']);
const termsOf = ({ per, price, timeZone, hours, minimum, freeMs, holdIsFree, receiver }: Members) =>
  canonical({ per, price, timeZone, hours, minimum, freeMs, holdIsFree, receiver });

export class RateJudge {
  readonly #world: Pick<RatingWorld, 'breach' | 'seen'>;
  readonly #commands: Command[] = [];
  #mayBeRemoved = false;

  constructor(world: Pick<RatingWorld, 'breach' | 'seen'>) {
    this.#world = world;
  }

  get #published(): readonly Members[] {
    return this.#of('rate.publish').map(({ params }) => params);
  }

  asked(command: Command): void {
    if (methods.has(command.method)) this.#commands.push(command);
    if (removing.has(command.method)) this.#mayBeRemoved = true;
  }

  atLast(rates: readonly Members[]): void {
    for (const { publishedAt: _, ...rate } of rates)
      if (!this.#published.some((params) => canonical(params) === canonical(rate)))
        this.#world.breach(`nobody published the rate ${canonical(rate)}`);
    const there = new Set(rates.map(({ rateId }) => rateId));
    const withdrawn = new Set(this.#of('rate.withdraw').map(({ params }) => params.rateId));
    for (const { inEffect, params } of this.#of('rate.publish'))
      if (inEffect === 'yes' && !this.#mayBeRemoved && !withdrawn.has(params.rateId) && !there.has(params.rateId))
        this.#world.breach(`the rate ${params.rateId} is lost`);
    this.#quotesAtLast();
  }

  #quotesAtLast(): void {
    const told = new Map<string, string>();
    for (const { result, who } of this.#of('quote.request')) {
      for (const quote of (result?.quotes ?? []) as Members[]) {
        this.#world.seen('a quote');
        const isOfRate = this.#published.some(
          (params) => params.rateId === quote.rateId && termsOf(params) === termsOf(quote),
        );
        if (!isOfRate) this.#world.breach(`no rate says what was quoted: ${canonical(quote)}`);
        const key = `${who.role} ${who.sub} ${quote.quoteId} ${quote.expiresAt}`;
        const before = told.get(key);
        if (before !== undefined && before !== canonical(quote))
          this.#world.breach(`${quote.quoteId} was ${before} and is ${canonical(quote)}`);
        told.set(key, canonical(quote));
      }
    }
  }

  #of(method: string): Command[] {
    return this.#commands.filter((command) => command.method === method && command.inEffect !== 'no');
  }
}
