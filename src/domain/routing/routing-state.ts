// The memory of routing: made anew by every load from tables and from what the core says of itself.

import type { QueueStep } from '../../protocol/queue-policy.ts';
import type { ConfigPart, LinesView, LoadContext, Reaction, Shapes } from '../module.ts';
import { Agents } from './agents.ts';
import { ContactBook, type Retention } from './contact-book.ts';
import type { Contact, InFlow } from './contacts.ts';
import { Entries } from './entries.ts';
import { countStaffOf, type Sweep } from './exits.ts';
import { Names } from './names.ts';
import { Openings } from './openings.ts';
import { Places } from './places.ts';
import { type Profile, Profiles } from './profiles.ts';
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
  readonly openings: Openings;
  readonly entries: Entries;
  readonly places: Places;
  readonly lines: LinesView;
  /** What other modules add to our commands, in their order. */
  readonly shapes: readonly Shapes[];
  /** Of those who have such a thing: asked for each contact, and each module's is of another shape, in which it had to be looked for. */
  readonly contactCreate: readonly NonNullable<Shapes['contactCreate']>[];
  readonly callMoves: readonly NonNullable<Shapes['callMoves']>[];
  readonly moveGivenUp: readonly NonNullable<Shapes['moveGivenUp']>[];
  readonly contactShown: readonly NonNullable<Shapes['contactShown']>[];
  /** What those add of a customer that agents see. */
  readonly customerShown: readonly NonNullable<Shapes['customerShown']>[];
  /** And of any contact. */
  readonly anyContactShown: readonly NonNullable<Shapes['anyContactShown']>[];
  /** How the customer of a number is called now. */
  readonly customerIdOf: (number: number) => string;
  /** What they set up. */
  readonly configParts: readonly ConfigPart[];
  /** Profiles that a command of this tick names and that nobody has yet: what comes of it takes its own share. */
  readonly #heldProfiles: Profile[] = [];
  /** Contacts for whom a command of this tick takes steps of their queues. */
  readonly #stepping = new Set<Contact>();
  /** Queues whose contacts are to be looked at for what makes them leave, by number after one. */
  readonly #sweeps = new Map<number, Required<Omit<Sweep, 'queue'>>>();
  /** Queues that have counted something in this tick. */
  readonly #counted = new Set<Queue>();

  /** Sent to a number outside, or away from one, by a request of this tick that the core has refused. */
  readonly outsideUndone = new Set<Contact>();
  /** Contacts of this tick whose flow has changed, or may, with what it was before (flow-exits.ts). */
  readonly flowsChanged = new Map<Contact, InFlow | undefined>();

  constructor(context: LoadContext, lines: LinesView, shapes: readonly Shapes[], retention: Retention) {
    const { tables, live, now } = context;
    this.lines = lines;
    this.shapes = shapes;
    this.contactCreate = shapes.flatMap((one) => one.contactCreate?.bind(one) ?? []);
    this.callMoves = shapes.flatMap((one) => one.callMoves?.bind(one) ?? []);
    this.moveGivenUp = shapes.flatMap((one) => one.moveGivenUp?.bind(one) ?? []);
    this.contactShown = shapes.flatMap((one) => one.contactShown?.bind(one) ?? []);
    this.customerShown = shapes.flatMap(({ customerShown = [] }) => customerShown);
    this.anyContactShown = shapes.flatMap(({ anyContactShown = [] }) => anyContactShown);
    this.customerIdOf =
      shapes.find(({ customerIdOf }) => customerIdOf !== undefined)?.customerIdOf ?? ((number) => `c${number}`);
    this.configParts = shapes.flatMap(({ config = [] }) => config);
    this.names = new Names(tables);
    this.queues = new Queues(tables, this.names, now);
    this.openings = new Openings(tables);
    this.entries = new Entries(tables);
    this.places = new Places(tables);
    this.agents = new Agents(tables, live, this.names, this.queues);
    const { staffing } = this.agents;
    this.profiles = new Profiles(tables, live, this.queues, (profile) => staffing.forget(profile));
    this.contacts = new ContactBook(retention, this.profiles, this.flows);
    this.contacts.load(tables, live, this.queues, this.agents);
    for (const queue of this.queues.from(0)) countStaffOf(this, queue);
    this.watches = new Watches(tables);
  }

  /** Its switch is there, and nobody is choosing; one that is not says so when it is back. */
  isOfferable(contact: Contact): boolean {
    return contact.choosing === undefined && this.shapes.every((shapes) => shapes.isOfferable?.(contact) !== false);
  }

  /** The queue's day has another number. */
  counted(queue: Queue, reaction: Reaction): void {
    this.#counted.add(queue);
    this.watches.mark(queue, reaction);
  }

  /** Until the end of the tick it is not dropped. Returns how to take that back. */
  holdProfile(profile: Profile): () => void {
    this.profiles.use(profile);
    this.#heldProfiles.push(profile);
    return () => {
      this.#heldProfiles.splice(this.#heldProfiles.indexOf(profile), 1);
      this.profiles.release(profile);
    };
  }

  /** Until the end of the tick: by then the core has taken it, or it was too late. Returns how to take that back. */
  takes(contact: Contact, steps: readonly QueueStep[]): () => void {
    const before = contact.stepping;
    contact.stepping = steps;
    this.#stepping.add(contact);
    return () => {
      contact.stepping = before;
    };
  }

  /** By follow-ups, from the next tick on, a bounded number at a time. */
  sweep({ handle }: Queue, { after = 0, lastLeft = false }: Partial<Sweep> = {}): void {
    const known = this.#sweeps.get(handle);
    this.#sweeps.set(handle, {
      after: Math.min(after, known?.after ?? after),
      lastLeft: lastLeft || known?.lastLeft === true,
    });
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
    for (const profile of this.#heldProfiles.splice(0)) this.profiles.release(profile);
    for (const contact of this.#stepping) contact.stepping = undefined;
    this.#stepping.clear();
    for (const { queue } of this.agents.staffing.takeEmptied())
      if (queue.policy.whenNobody !== undefined) this.sweep(queue, { lastLeft: true });
    for (const [handle, sweep] of this.#sweeps) {
      const queue = this.queues.known(handle);
      if (queue === undefined) continue;
      this.watches.mark(queue, reaction);
      if (queue.unanswered.size > 0) reaction.followUp('sweepQueue', { queue: handle, ...sweep });
    }
    this.#sweeps.clear();
  }
}
