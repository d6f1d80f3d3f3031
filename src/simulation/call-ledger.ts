// The account of a replay: what became of every contact, by what the router said of it.
//
// Every contact that the router took ends in exactly one of: answered, abandoned, left over (still there when the
// replay was over); others were turned away: by a full, closed or deserted queue, or by one that kept them no longer. Anything that must not be (a contact connected twice, an
// agent with more contacts than they can have, a contact of nobody) is kept as an anomaly. The account knows nothing of
// sockets or clocks: times are those of the plan.

import { anomaliesKeptMax } from '../limits.ts';
import { atOnce, type Plan, type PlannedContact } from './plan.ts';

export type Fate =
  | 'planned'
  | 'created'
  | 'connected'
  | 'answered'
  | 'abandoned'
  | 'leftOver'
  | 'turnedAway'
  | 'refused';

export interface Entry<Contact extends PlannedContact = PlannedContact> {
  readonly planned: Contact;
  fate: Fate;
  /** Until connected, or until the customer hung up. */
  waitMs: number | undefined;
  agentId: string | undefined;
  /** What it was told when it joined the queue; undefined where it did not wait, or nothing was known. */
  estimatedMs: number | undefined;
}

export interface Totals {
  readonly planned: number;
  readonly created: number;
  readonly waiting: number;
  readonly inService: number;
  readonly answered: number;
  readonly abandoned: number;
  readonly leftOver: number;
  readonly turnedAway: number;
  readonly refused: number;
}

export class CallLedger<Contact extends PlannedContact = PlannedContact> {
  readonly #entries = new Map<string, Entry<Contact>>();
  readonly #contactsOfAgent = new Map<string, Set<string>>();
  readonly #atOnce: ReadonlyMap<string, number>;
  readonly #counts: Record<Fate, number>;
  readonly anomalies: string[] = [];
  anomalyCount = 0;

  constructor({ contacts, agents }: Pick<Plan<Contact>, 'contacts' | 'agents'>) {
    for (const planned of contacts)
      this.#entries.set(planned.contactId, {
        planned,
        fate: 'planned',
        waitMs: undefined,
        agentId: undefined,
        estimatedMs: undefined,
      });
    if (this.#entries.size !== contacts.length) throw new Error('two planned contacts have the same id');
    this.#atOnce = new Map(agents.map((agent) => [agent.agentId, atOnce(agent)]));
    this.#counts = {
      planned: contacts.length,
      created: 0,
      connected: 0,
      answered: 0,
      abandoned: 0,
      leftOver: 0,
      turnedAway: 0,
      refused: 0,
    };
  }

  entry(contactId: string): Entry<Contact> | undefined {
    return this.#entries.get(contactId);
  }

  entries(): IterableIterator<Entry<Contact>> {
    return this.#entries.values();
  }

  /** The router has taken it. */
  created(contactId: string): void {
    const entry = this.#known(contactId, 'created');
    if (entry?.fate === 'planned') this.#becomes(entry, 'created');
  }

  /** It waits, for about so long; later estimates are not kept. */
  told(contactId: string, estimatedMs: number): void {
    const entry = this.#known(contactId, 'told of its wait');
    if (entry !== undefined) entry.estimatedMs ??= estimatedMs;
  }

  /** The queue took nobody. */
  turnedAway(contactId: string): void {
    const entry = this.#known(contactId, 'turned away');
    if (entry?.fate === 'planned') this.#becomes(entry, 'turnedAway');
  }

  /** The router will not take it, for a reason that a plan should not give it. */
  refused(contactId: string, why: string): void {
    const entry = this.#known(contactId, 'refused');
    if (entry === undefined) return;
    this.#anomaly(`${contactId} was refused: ${why}`);
    if (entry.fate === 'planned') this.#becomes(entry, 'refused');
  }

  /** True when this is news. */
  connected(contactId: string, agentId: string, waitMs: number): boolean {
    const entry = this.#known(contactId, 'connected');
    if (entry === undefined) return false;
    if ((entry.fate === 'connected' || entry.fate === 'answered') && entry.agentId === agentId) return false;
    if (entry.fate !== 'created' && entry.fate !== 'planned') {
      this.#anomaly(
        `${contactId} was connected to ${agentId} after it was ${entry.fate} (${entry.agentId ?? 'nobody'})`,
      );
      return false;
    }
    const others = this.#contactsOfAgent.get(agentId) ?? new Set();
    this.#contactsOfAgent.set(agentId, others);
    if (others.size >= (this.#atOnce.get(agentId) ?? 1))
      this.#anomaly(`${agentId} was given ${contactId} while in service with ${[...others].join(', ')}`);
    others.add(contactId);
    entry.agentId = agentId;
    entry.waitMs = waitMs;
    this.#becomes(entry, 'connected');
    return true;
  }

  /** Over for the customer: after service, or without it. Hearing of it again changes nothing. */
  ended(contactId: string, waitMs: number): void {
    const entry = this.#known(contactId, 'ended');
    if (entry === undefined) return;
    if (entry.fate === 'connected') {
      this.#contactsOfAgent.get(entry.agentId!)?.delete(contactId);
      this.#becomes(entry, 'answered');
    } else if (entry.fate === 'created' || entry.fate === 'planned') {
      entry.waitMs = waitMs;
      this.#becomes(entry, 'abandoned');
    }
  }

  /** Its queue let it wait no longer. */
  sentAway(contactId: string, waitMs: number): void {
    const entry = this.#known(contactId, 'sent away');
    if (entry?.fate !== 'created' && entry?.fate !== 'planned') return;
    entry.waitMs = waitMs;
    this.#becomes(entry, 'turnedAway');
  }

  /** The replay is over and it is still waiting: about to be cleared away. */
  leftOver(contactId: string): void {
    const entry = this.#known(contactId, 'left over');
    if (entry?.fate === 'created') this.#becomes(entry, 'leftOver');
  }

  /** After a state taken anew: who has whom is learned again. */
  forgetAgents(): void {
    this.#contactsOfAgent.clear();
  }

  totals(): Totals {
    const { planned, created, connected, answered, abandoned, leftOver, turnedAway, refused } = this.#counts;
    return {
      planned: this.#entries.size,
      created: this.#entries.size - planned - turnedAway - refused,
      waiting: created,
      inService: connected,
      answered: answered + connected,
      abandoned,
      leftOver,
      turnedAway,
      refused,
    };
  }

  /** Whether every call was taken and has come to exactly one end; of a run that was stopped, every call it created. */
  balance(stopped = false): { readonly balanced: boolean; readonly why: string } {
    const totals = this.totals();
    const ended = totals.answered + totals.abandoned + totals.leftOver;
    const why =
      `${totals.planned} planned, ${totals.created} created = ${totals.answered} answered + ` +
      `${totals.abandoned} abandoned + ${totals.leftOver} left over` +
      (totals.turnedAway > 0 ? `; ${totals.turnedAway} turned away` : '') +
      (totals.refused > 0 ? `; ${totals.refused} refused` : '') +
      (totals.waiting > 0 ? `; ${totals.waiting} unaccounted for` : '') +
      (totals.inService > 0 ? `; ${totals.inService} of the answered never ended` : '') +
      (this.anomalyCount > 0 ? `; ${this.anomalyCount} anomalies` : '');
    const balanced =
      (stopped || totals.planned === totals.created + totals.turnedAway) &&
      totals.created === ended &&
      totals.inService === 0 &&
      totals.waiting === 0 &&
      this.anomalyCount === 0;
    return { balanced, why };
  }

  #becomes(entry: Entry<Contact>, fate: Fate): void {
    this.#counts[entry.fate]--;
    this.#counts[fate]++;
    entry.fate = fate;
  }

  #known(contactId: string, what: string): Entry<Contact> | undefined {
    const entry = this.#entries.get(contactId);
    if (entry === undefined) this.#anomaly(`${contactId}, ${what}, is no contact of this replay`);
    return entry;
  }

  #anomaly(text: string): void {
    this.anomalyCount++;
    if (this.anomalies.length < anomaliesKeptMax) this.anomalies.push(text);
  }
}
