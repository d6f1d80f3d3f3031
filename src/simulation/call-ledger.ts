// The account of a replay: what became of every contact, by what the router said of it.
//
// Every contact that the router took ends in exactly one of: answered, abandoned, left over (still there when the
// replay was over). Anything that must not be (a contact connected twice, an agent with two contacts, a contact of
// nobody) is kept as an anomaly. The account knows nothing of sockets or clocks: times are recorded times.

import { anomaliesKeptMax } from '../limits.ts';
import type { PlannedCall } from './replay-plan.ts';

export type Fate = 'planned' | 'created' | 'connected' | 'answered' | 'abandoned' | 'leftOver' | 'refused';

export interface Entry {
  readonly planned: PlannedCall;
  fate: Fate;
  /** Until connected, or until the customer hung up. */
  waitMs: number | undefined;
  agentId: string | undefined;
}

export interface Totals {
  readonly planned: number;
  readonly created: number;
  readonly waiting: number;
  readonly inService: number;
  readonly answered: number;
  readonly abandoned: number;
  readonly leftOver: number;
  readonly refused: number;
}

export class CallLedger {
  readonly #entries = new Map<string, Entry>();
  readonly #contactOfAgent = new Map<string, string>();
  readonly #counts: Record<Fate, number>;
  readonly anomalies: string[] = [];
  anomalyCount = 0;

  constructor(calls: readonly PlannedCall[]) {
    for (const planned of calls)
      this.#entries.set(planned.contactId, { planned, fate: 'planned', waitMs: undefined, agentId: undefined });
    if (this.#entries.size !== calls.length) throw new Error('two planned calls have the same contact id');
    this.#counts = {
      planned: calls.length,
      created: 0,
      connected: 0,
      answered: 0,
      abandoned: 0,
      leftOver: 0,
      refused: 0,
    };
  }

  entry(contactId: string): Entry | undefined {
    return this.#entries.get(contactId);
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** The router has taken it. */
  created(contactId: string): void {
    const entry = this.#known(contactId, 'created');
    if (entry?.fate === 'planned') this.#becomes(entry, 'created');
  }

  /** The router will not take it. */
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
    const other = this.#contactOfAgent.get(agentId);
    if (other !== undefined && other !== contactId)
      this.#anomaly(`${agentId} was given ${contactId} while in service with ${other}`);
    this.#contactOfAgent.set(agentId, contactId);
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
      if (this.#contactOfAgent.get(entry.agentId!) === contactId) this.#contactOfAgent.delete(entry.agentId!);
      this.#becomes(entry, 'answered');
    } else if (entry.fate === 'created' || entry.fate === 'planned') {
      entry.waitMs = waitMs;
      this.#becomes(entry, 'abandoned');
    }
  }

  /** The replay is over and it is still waiting: about to be cleared away. */
  leftOver(contactId: string): void {
    const entry = this.#known(contactId, 'left over');
    if (entry?.fate === 'created') this.#becomes(entry, 'leftOver');
  }

  /** After a state taken anew: who has whom is learned again. */
  forgetAgents(): void {
    this.#contactOfAgent.clear();
  }

  totals(): Totals {
    const { planned, created, connected, answered, abandoned, leftOver, refused } = this.#counts;
    return {
      planned: this.#entries.size,
      created: this.#entries.size - planned - refused,
      waiting: created,
      inService: connected,
      answered: answered + connected,
      abandoned,
      leftOver,
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
      (totals.refused > 0 ? `; ${totals.refused} refused` : '') +
      (totals.waiting > 0 ? `; ${totals.waiting} unaccounted for` : '') +
      (totals.inService > 0 ? `; ${totals.inService} of the answered never ended` : '') +
      (this.anomalyCount > 0 ? `; ${this.anomalyCount} anomalies` : '');
    const balanced =
      (stopped || totals.planned === totals.created) &&
      totals.created === ended &&
      totals.inService === 0 &&
      totals.waiting === 0 &&
      this.anomalyCount === 0;
    return { balanced, why };
  }

  #becomes(entry: Entry, fate: Fate): void {
    this.#counts[entry.fate]--;
    this.#counts[fate]++;
    entry.fate = fate;
  }

  #known(contactId: string, what: string): Entry | undefined {
    const entry = this.#entries.get(contactId);
    if (entry === undefined) this.#anomaly(`${contactId}, ${what}, is no contact of this replay`);
    return entry;
  }

  #anomaly(text: string): void {
    this.anomalyCount++;
    if (this.anomalies.length < anomaliesKeptMax) this.anomalies.push(text);
  }
}
