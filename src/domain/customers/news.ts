// Who is told that customers were found to be one, taken apart, or that somebody has to decide: supervisors who watch, webhooks, and agents
// who have a contact of theirs.
//
// What a rule finds while it goes through the customers whom the tenant has is told to webhooks alone: it may be a hundred thousand at once, and
// a supervisor's screen has no use for each.

import type { WebhookEvent } from '../../protocol/webhooks.ts';
import type { Reaction, Regrouped, RoutingView } from '../module.ts';
import type { ConflictRow } from './conflicts.ts';
import { customerIdOf } from './customer-book.ts';
import { type HearsOfJoining, shownConflict, shownLink } from './joining.ts';
import type { LinkRow } from './links.ts';
import type { LiveContacts } from './live-contacts.ts';
import type { Persons } from './persons.ts';

/** True: somebody is told, as soon as a tick settles. */
export type TellWebhooks = (what: WebhookEvent, data: object, then: Reaction) => boolean;
type News = 'customer.linked' | 'customer.split' | 'customer.conflict';

export class CustomerNews implements Pick<HearsOfJoining, 'linked' | 'split' | 'conflict'> {
  readonly #routing: RoutingView;
  readonly #persons: Persons;
  readonly #live: LiveContacts;
  readonly #tell: TellWebhooks;
  #isQuiet = false;

  constructor(routing: RoutingView, persons: Persons, live: LiveContacts, tell: TellWebhooks) {
    this.#routing = routing;
    this.#persons = persons;
    this.#live = live;
    this.#tell = tell;
  }

  quietly(does: () => void): void {
    this.#isQuiet = true;
    try {
      does();
    } finally {
      this.#isQuiet = false;
    }
  }

  linked(link: LinkRow, change: Regrouped, reaction: Reaction): void {
    this.#tellAgents(change, reaction);
    const customerId = customerIdOf(this.#persons.headOf(link.a));
    this.#say('customer.linked', { customerId, link: shownLink(link) }, reaction);
  }

  split(change: Regrouped, undone: NonNullable<LinkRow['undone']>, reaction: Reaction): void {
    this.#tellAgents(change, reaction);
    const customers = change.after.map((members) => customerIdOf(members[0] as number));
    this.#say('customer.split', { customers, ...undone }, reaction);
  }

  conflict(conflict: ConflictRow, reaction: Reaction): void {
    this.#say('customer.conflict', shownConflict(conflict), reaction);
  }

  /** Agents see the id by which the customer of their contact is called. */
  #tellAgents({ before }: Regrouped, reaction: Reaction): void {
    for (const members of before) {
      const wasCalled = Math.min(...members);
      for (const customer of members) {
        const head = this.#persons.headOf(customer);
        if (head === wasCalled) continue;
        for (const contact of this.#live.contactsOf(customer))
          this.#routing.tellAgents(contact, { customerId: customerIdOf(head) }, reaction);
      }
    }
  }

  #say(event: News, params: Readonly<Record<string, unknown>>, reaction: Reaction): void {
    // Answers are made when the tick has settled, and nothing else may be due: the next one is to come at once.
    if (this.#tell(event, params, reaction)) reaction.followUp('told', {});
    if (this.#isQuiet) return;
    for (const watcher of this.#routing.watchersOf(undefined)) reaction.notify(watcher, event, params);
  }
}
