// Measures how long the router takes from contact.create to the offer, for contacts that ring at once, as the switch
// sees it: two journeys over the socket and the router's tick and commit. Multiplied by the speed this is recorded time
// that every call waits only because the replay is fast; the report says so once it is more than a second.

import { latencySamplesMax } from '../limits.ts';
import { mean, percentile } from './statistics.ts';

export interface Latency {
  readonly samples: number;
  readonly meanMs: number | undefined;
  readonly p95Ms: number | undefined;
  readonly maxMs: number | undefined;
}

export class LatencyWatch {
  readonly #sentAt = new Map<string, number>();
  readonly #samples: number[] = [];

  sent(contactId: string, at: number): void {
    this.#sentAt.set(contactId, at);
  }

  /** It does not ring at once: not a measure of the router. */
  drop(contactId: string): void {
    this.#sentAt.delete(contactId);
  }

  offered(contactId: string, at: number): void {
    const sentAt = this.#sentAt.get(contactId);
    if (sentAt === undefined) return;
    this.#sentAt.delete(contactId);
    if (this.#samples.length < latencySamplesMax) this.#samples.push(at - sentAt);
  }

  /** A lost connection is no latency: what is on its way is not measured. */
  dropAll(): void {
    this.#sentAt.clear();
  }

  get samples(): number {
    return this.#samples.length;
  }

  measured(): Latency {
    const sorted = [...this.#samples].sort((a, b) => a - b);
    return { samples: sorted.length, meanMs: mean(sorted), p95Ms: percentile(sorted, 95), maxMs: sorted.at(-1) };
  }
}
