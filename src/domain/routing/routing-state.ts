// The memory of routing: made anew by every load from tables and from what the core says of itself.

import type { LinesView, LoadContext, Reaction, Shapes, TableWriter } from '../module.ts';
import { Agents } from './agents.ts';
import { ContactBook, type Retention } from './contact-book.ts';
import { Names } from './names.ts';
import { Profiles } from './profiles.ts';
import { Queues } from './queues.ts';
import { Watches } from './watches.ts';

export class RoutingState {
  readonly names: Names;
  readonly queues: Queues;
  readonly agents: Agents;
  readonly profiles: Profiles;
  readonly contacts: ContactBook;
  readonly watches: Watches;
  readonly lines: LinesView;
  /** What other modules add to our commands, in their order. */
  readonly shapes: readonly Shapes[];

  constructor(context: LoadContext, lines: LinesView, shapes: readonly Shapes[], retention: Retention) {
    const { tables, live, now } = context;
    this.lines = lines;
    this.shapes = shapes;
    this.names = new Names(tables);
    this.queues = new Queues(tables, this.names, now);
    this.agents = new Agents(tables, live, this.names, this.queues);
    this.profiles = new Profiles(tables, live, this.queues);
    this.contacts = new ContactBook(retention, this.profiles);
    this.contacts.load(tables, live, this.queues, this.agents);
    this.watches = new Watches(tables);
  }

  /** What admission numbered: its rows belong to this tick and must not go with a refused request. */
  writeNumbered(tables: TableWriter): void {
    this.names.write(tables);
    this.profiles.write(tables);
  }

  askForDropping(reaction: Reaction): void {
    if (this.profiles.wantsDropping()) reaction.followUp('dropProfiles', {});
  }
}
