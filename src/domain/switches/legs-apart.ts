// Legs of no offer and no agent, each kind in a book of its own: of supervisors (supervision.ts), of numbers outside
// (outside-calls.ts). Nothing that becomes of one is an effect of the core. What they have in common with all legs is here: a row
// until the switch has confirmed that it is gone, and requests that are asked again.

import { type ReleaseReason, routerLegPrefix } from '../../protocol/legs.ts';
import type { Reaction, Row, TableDeclaration, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import type { LegRequest, LegRequests } from './leg-requests.ts';
import { isLost, type Switch, type SwitchBook } from './switch-book.ts';

export interface LegApart {
  readonly number: number;
  readonly legId: string;
  readonly switchId: string;
  contactId: string;
  /** The switch is asked to let it go. */
  releasing?: boolean;
  knownAt: number;
}

/** What its kind knows of a leg when it is made. */
type Made<One extends LegApart> = Omit<One, 'number' | 'legId' | 'knownAt'>;

export class LegsApart<One extends LegApart> {
  readonly #table: TableDeclaration;
  /** In the ids of these legs. */
  readonly #letter: string;
  readonly #requests: LegRequests;
  readonly #switches: SwitchBook;
  /** A request was made: that its time is over has to be looked at. */
  readonly #asks: (reaction: Reaction) => void;
  readonly #forgotten: (one: One) => void;
  #byId = new Map<string, One>();
  #next = 1;

  constructor(parts: {
    readonly table: TableDeclaration;
    readonly letter: string;
    readonly requests: LegRequests;
    readonly switches: SwitchBook;
    readonly asks: (reaction: Reaction) => void;
    readonly forgotten?: (one: One) => void;
  }) {
    this.#table = parts.table;
    this.#letter = parts.letter;
    this.#requests = parts.requests;
    this.#switches = parts.switches;
    this.#asks = parts.asks;
    this.#forgotten = parts.forgotten ?? (() => {});
  }

  load(tables: TableReader): void {
    this.#byId = new Map();
    this.#next = 1;
    for (const { row } of everyRow(tables, this.#table)) {
      const one = { ...row } as unknown as One;
      this.#byId.set(one.legId, one);
      this.#next = Math.max(this.#next, one.number + 1);
    }
  }

  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  all(): Iterable<One> {
    return this.#byId.values();
  }

  find(legId: string): One | undefined {
    return this.#byId.get(legId);
  }

  *at(switchId: string): Generator<One, void, void> {
    for (const one of this.#byId.values()) if (one.switchId === switchId) yield one;
  }

  make(made: Made<One>, reaction: Reaction): One {
    const number = this.#next++;
    // Numbers are given again when rows are gone; together with the tick it is this leg for ever.
    const legId = `${routerLegPrefix}${this.#letter}${reaction.tick}.${number}`;
    const one = { number, legId, ...made, knownAt: reaction.now } as unknown as One;
    this.#byId.set(legId, one);
    this.save(one, reaction);
    return one;
  }

  save(one: One, { tables }: Pick<Reaction, 'tables'>): void {
    tables.put(this.#table, one.number, { ...one } as unknown as Row);
  }

  /** It is gone at the switch. */
  forget(one: One, tables: TableWriter): void {
    this.#byId.delete(one.legId);
    tables.remove(this.#table, one.number);
    this.#forgotten(one);
  }

  // ── The switch ────────────────────────────────────────────────────────────────────────────────────────────────
  ask(one: One, method: LegRequest['method'], params: Row, reaction: Reaction): void {
    const { contactId, legId } = one;
    const of = method === 'leg.connect' ? { contactId } : { contactId, legId };
    this.#requests.ask(one, method, { ...of, ...params }, reaction);
    this.#asks(reaction);
  }

  /** What it was asked for is no longer wanted: all of it, or only by some methods. */
  settle(one: One, { tables }: Pick<Reaction, 'tables'>, methods?: readonly LegRequest['method'][]): void {
    this.#requests.settleOf(one, tables, methods);
  }

  /** A switch that is lost is asked nothing. */
  letGo(one: One, why: ReleaseReason, reaction: Reaction): void {
    if (one.releasing) return;
    this.settle(one, reaction);
    const at = this.#switches.find(one.switchId);
    if (at === undefined || isLost(at, reaction.now)) return this.forget(one, reaction.tables);
    one.releasing = true;
    this.save(one, reaction);
    this.ask(one, 'leg.release', { why }, reaction);
  }

  /** The switch, which is back, has it. */
  reported(one: One, reaction: Reaction): void {
    one.knownAt = reaction.now;
    this.save(one, reaction);
  }

  /** Those of which a switch has said nothing that has named all it has; one that it was asked to ring it may never have heard of. */
  unreported({ switchId, openedAt }: Switch): One[] {
    return [...this.at(switchId)].filter((one) => one.knownAt < openedAt && !this.#requests.isAsked(one, 'leg.ring'));
  }
}
