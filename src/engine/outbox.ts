// What has been decided but may not leave yet: answers and notifications, in order, each behind the tick it depends on.
//
// First in, first out: an answer that only reads depends on the ticks whose effects it has seen. Answers of a tick
// go before its notifications.

import type { Answer, Audience, Egress, RoutedRequest } from './egress.ts';

export interface Notification {
  readonly audience: Audience;
  readonly event: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface Parcel {
  /** Nothing of this leaves before this tick is durable. */
  readonly dependsOn: number;
  readonly answers: readonly (readonly [RoutedRequest, Answer])[];
  readonly notifications: readonly Notification[];
}

export class Outbox {
  readonly #egress: Egress;
  #parcels: Parcel[] = [];

  constructor(egress: Egress) {
    this.#egress = egress;
  }

  add(parcel: Parcel): void {
    const last = this.#parcels.at(-1);
    if (last !== undefined && last.dependsOn > parcel.dependsOn) throw new Error('parcels must be added in order');
    if (parcel.answers.length > 0 || parcel.notifications.length > 0) this.#parcels.push(parcel);
  }

  release(durable: number): void {
    let released = 0;
    for (const parcel of this.#parcels) {
      if (parcel.dependsOn > durable) break;
      released += 1;
      for (const [request, answer] of parcel.answers) this.#egress.answer(request, answer);
      for (const { audience, event, params } of parcel.notifications) this.#egress.notify(audience, event, params);
    }
    if (released === 0) return;
    this.#parcels = this.#parcels.slice(released);
    this.#egress.flush();
  }

  /** Forgets what depends on ticks that will not be: returns the requests whose answers are lost with them. */
  drop(from: number): RoutedRequest[] {
    const dropped = this.#parcels.filter((parcel) => parcel.dependsOn >= from);
    this.#parcels = this.#parcels.filter((parcel) => parcel.dependsOn < from);
    return dropped.flatMap((parcel) => parcel.answers.map(([request]) => request));
  }
}
