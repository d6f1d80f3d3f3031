// Business of customers, made of frames alone and of the router's own list.
//
// - what is listed was put so, by a command that may be in effect; of whoever it was begun for, or was one person with;
// - what was acknowledged and never removed is there;
// - a contact that a business was gone on with names it, or its agent did, by whatever name of the contact.

import { canonical } from '../../../src/protocol/canonical.ts';
import type { Members } from '../setting.ts';
import type { Command } from './commands.ts';
import type { RatingWorld } from './rating-judge.ts';

const methods = new Set(['business.put', 'business.remove', 'contact.create']);

export interface BusinessWorld extends Pick<RatingWorld, 'breach' | 'seen' | 'erasures'> {
  /** Other names of a contact: second calls that are one with it. */
  namesOf(contactId: string): Iterable<string>;
}

export class BusinessJudge {
  readonly #world: BusinessWorld;
  readonly #commands: Command[] = [];

  constructor(world: BusinessWorld) {
    this.#world = world;
  }

  asked(command: Command): void {
    if (!methods.has(command.method)) return;
    if (command.method !== 'contact.create' || command.params.businessId !== undefined) this.#commands.push(command);
  }

  atLast(businesses: readonly Members[]): void {
    const put = this.#of('business.put');
    for (const business of businesses) {
      const { businessId, contacts } = business;
      this.#world.seen('a business');
      const saying = put.filter(({ params }) => params.businessId === businessId);
      const isSaid = saying.some(
        ({ params }) =>
          params.type === business.type && params.status === business.status && (params.open ?? true) === business.open,
      );
      if (!isSaid) this.#world.breach(`nobody has put the business ${canonical(business)}`);
      const going = [...saying, ...this.#of('contact.create').filter(({ params }) => params.businessId === businessId)];
      for (const { contactId } of contacts as { readonly contactId: string }[]) {
        const names = new Set([contactId, ...this.#world.namesOf(contactId)]);
        if (!going.some(({ params }) => names.has(params.contactId as string)))
          this.#world.breach(`${String(businessId)} was not gone on with in ${contactId}`);
      }
    }
    const there = new Set(businesses.map(({ businessId }) => businessId));
    const removed = new Set(this.#of('business.remove').map(({ params }) => params.businessId));
    const { erasures } = this.#world;
    const erased = new Set(
      put.flatMap(({ params }) =>
        erasures.isErased(params.customerId) || erasures.mayHave(params.contactId) ? [params.businessId] : [],
      ),
    );
    for (const { inEffect, params } of put)
      if (
        inEffect === 'yes' &&
        !removed.has(params.businessId) &&
        !erased.has(params.businessId) &&
        !there.has(params.businessId)
      )
        this.#world.breach(`the business ${String(params.businessId)} is lost`);
  }

  #of(method: string): Command[] {
    return this.#commands.filter((command) => command.method === method && command.inEffect !== 'no');
  }
}
