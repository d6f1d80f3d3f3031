// The memory of routing: made anew by every load from tables and from what the core says of itself.

import type { LinesView, LoadContext, Reaction, Shapes } from '../module.ts';
import { Agents } from './agents.ts';
import { ContactBook, type Retention } from './contact-book.ts';
import { Names } from './names.ts';
import { Profiles } from './profiles.ts';
import { type Queue, Queues } from './queues.ts';
import { WaitingFlows } from './waiting-flows.ts';
import { Watches } from './watches.ts';

export class RoutingState {
  readonly names: Names;
  readonly queues: Queues;
  readonly agents: Agents;
  readonly profiles: Profiles;
  readonly contacts: ContactBook;
  readonly flows = new WaitingFlows();
  readonly watches: Watches;
  readonly lines: LinesView;
  /** What other modules add to our commands, in their order. */
  readonly shapes: readonly Shapes[];
  /** Queues that have counted something in this tick. */
  readonly #counted = new Set<Queue>();

  constructor(context: LoadContext, lines: LinesView, shapes: readonly Shapes[], retention: Retention) {
    const { tables, live, now } = context;
    this.lines = lines;
    this.shapes = shapes;
    this.names = new Names(tables);
    this.queues = new Queues(tables, this.names, now);
    this.agents = new Agents(tables, live, this.names, this.queues);
    this.profiles = new Profiles(tables, live, this.queues);
    this.contacts = new ContactBook(retention, this.profiles, this.flows);
    this.contacts.load(tables, live, this.queues, this.agents);
    this.watches = new Watches(tables);
  }

  /** The queue's day has another number. */
  counted(queue: Queue, reaction: Reaction): void {
    this.#counted.add(queue);
    this.watches.mark(queue, reaction);
  }

  /** What admission numbered is written here: its rows belong to this tick and must not go with a refused request. */
  settle(reaction: Reaction): void {
    const { tables } = reaction;
    this.names.write(tables);
    this.profiles.write(tables);
    if (this.profiles.wantsDropping()) reaction.followUp('dropProfiles', {});
    for (const { day } of this.#counted) day.write(tables, reaction.now);
    this.flows.write(tables);
    this.#counted.clear();
  }
}
