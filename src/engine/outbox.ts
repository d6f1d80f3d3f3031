// What has been decided but may not leave yet: answers and notifications, in order, each behind the tick it depends on.
//
// First in, first out: an answer that only reads depends on the ticks whose effects it has seen. Answers of a tick
// go before its notifications, and what is asked of clients behind these.

import type { Answer, Ask, Audience, Egress, RoutedRequest } from './egress.ts';

export interface Notification {
  readonly audience: Audience;
  readonly event: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What was asked and what it is answered; without either there is nothing to send (a follow-up). */
export interface Answerable {
  readonly request: RoutedRequest | undefined;
  readonly answer: Answer | undefined;
}

export interface Parcel {
  /** Nothing of this leaves before this tick is durable. */
  readonly dependsOn: number;
  readonly answers: readonly Answerable[];
  readonly notifications: readonly Notification[];
  readonly asks?: readonly Ask[];
}

export class Outbox {
  readonly #egress: Egress;
  #parcels: Parcel[] = [];
  #answers = 0;
  #notifications = 0;

  constructor(egress: Egress) {
    this.#egress = egress;
  }

  /** What waits, since a disk that hangs must not let it pile up. */
  get answersWaiting(): number {
    return this.#answers;
  }

  get notificationsWaiting(): number {
    return this.#notifications;
  }

  add(parcel: Parcel): void {
    const last = this.#parcels.at(-1);
    if (last !== undefined && last.dependsOn > parcel.dependsOn) throw new Error('parcels must be added in order');
    const asks = parcel.asks?.length ?? 0;
    if (parcel.answers.length === 0 && parcel.notifications.length === 0 && asks === 0) return;
    this.#parcels.push(parcel);
    this.#count(parcel, 1);
  }

  release(durable: number): void {
    let released = 0;
    for (const parcel of this.#parcels) {
      if (parcel.dependsOn > durable) break;
      released += 1;
      this.#count(parcel, -1);
      for (const { request, answer } of parcel.answers) {
        if (request !== undefined && answer !== undefined) this.#egress.answer(request, answer);
      }
      for (const { audience, event, params } of parcel.notifications) this.#egress.notify(audience, event, params);
      for (const ask of parcel.asks ?? []) this.#egress.ask(ask);
    }
    if (released === 0) return;
    this.#parcels = this.#parcels.slice(released);
    this.#egress.flush();
  }

  /** Forgets what depends on ticks that will not be: returns the requests whose answers are lost with them. */
  drop(from: number): RoutedRequest[] {
    const dropped = this.#parcels.filter((parcel) => parcel.dependsOn >= from);
    this.#parcels = this.#parcels.filter((parcel) => parcel.dependsOn < from);
    for (const parcel of dropped) this.#count(parcel, -1);
    return dropped.flatMap((parcel) =>
      parcel.answers.flatMap(({ request }) => (request === undefined ? [] : [request])),
    );
  }

  #count({ answers, notifications }: Parcel, by: 1 | -1): void {
    this.#answers += by * answers.length;
    this.#notifications += by * notifications.length;
  }
}
