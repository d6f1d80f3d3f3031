// What webhooks have not confirmed: a row each from the moment in which it happened, until the address has taken it or has been
// asked too often.
//
// The name of a delivery is made of the tick that caused it, so no two ever have the same, and an address that has been told twice
// can know it. Several are on their way at once, so they may arrive in another order than they happened.

import { firstIndex } from '../../first-index.ts';
import { webhookBackoffMs, webhookDeliveriesMax, webhookInFlightMax, webhookTimeoutMs } from '../../limits.ts';
import type { WebhookEvent } from '../../protocol/webhooks.ts';
import type { Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { deliveriesTable } from './tables.ts';

export interface Delivery {
  readonly tick: number;
  readonly place: number;
  /** Its webhook's number. */
  readonly webhook: number;
  readonly type: WebhookEvent;
  readonly body: string;
  /** Attempts that failed. */
  readonly tries: number;
  readonly dueAt: number;
}

/** An answer that has not come by then is lost: the poster itself gives up sooner. */
const ANSWER_LOST_MS = 2 * webhookTimeoutMs;

interface OfWebhook {
  /** By when they are due. */
  readonly waiting: Delivery[];
  /** By name. */
  readonly asked: Map<string, { readonly delivery: Delivery; readonly lostAt: number }>;
}

export class Deliveries {
  readonly #byWebhook = new Map<number, OfWebhook>();
  #tick = 0;
  #place = 0;

  load(tables: TableReader): void {
    this.#byWebhook.clear();
    this.#tick = 0;
    for (const { row } of everyRow(tables, deliveriesTable)) this.#wait(row as unknown as Delivery);
  }

  countOf(webhook: number): number {
    const of = this.#byWebhook.get(webhook);
    return of === undefined ? 0 : of.waiting.length + of.asked.size;
  }

  /** Of whom there is anything. */
  webhooks(): Iterable<number> {
    return this.#byWebhook.keys();
  }

  /** False: too many wait already. */
  add(
    of: Pick<Delivery, 'webhook' | 'type' | 'body'>,
    at: { readonly tick: number; readonly now: number; readonly tables: TableWriter },
  ): boolean {
    if (this.countOf(of.webhook) >= webhookDeliveriesMax) return false;
    if (this.#tick !== at.tick) this.#place = 0;
    this.#tick = at.tick;
    const delivery: Delivery = { tick: at.tick, place: this.#place++, ...of, tries: 0, dueAt: at.now };
    at.tables.put(deliveriesTable, keyOf(delivery), delivery as unknown as Row);
    this.#wait(delivery);
    return true;
  }

  /** What is to be asked now: they count as on their way from then on. */
  take(webhook: number, now: number): Delivery[] {
    const of = this.#byWebhook.get(webhook);
    if (of === undefined) return [];
    for (const [name, { delivery, lostAt }] of of.asked) {
      if (lostAt > now) continue;
      of.asked.delete(name);
      this.#wait(delivery);
    }
    const taken: Delivery[] = [];
    for (let next = of.waiting[0]; next !== undefined && next.dueAt <= now; next = of.waiting[0]) {
      if (of.asked.size >= webhookInFlightMax) break;
      of.waiting.shift();
      of.asked.set(deliveryName(next), { delivery: next, lostAt: now + ANSWER_LOST_MS });
      taken.push(next);
    }
    return taken;
  }

  /** When there is something to do for it next. */
  nextDue(webhook: number): number | undefined {
    const of = this.#byWebhook.get(webhook);
    if (of === undefined) return undefined;
    let due = of.asked.size < webhookInFlightMax ? (of.waiting[0]?.dueAt ?? Number.POSITIVE_INFINITY) : Infinity;
    for (const { lostAt } of of.asked.values()) due = Math.min(due, lostAt);
    return due === Number.POSITIVE_INFINITY ? undefined : due;
  }

  /** Somebody has answered for it, for the first time: it is not on its way any more. */
  answered(webhook: number, name: string): Delivery | undefined {
    const of = this.#byWebhook.get(webhook);
    const asked = of?.asked.get(name);
    of?.asked.delete(name);
    return asked?.delivery;
  }

  confirmed(delivery: Delivery, tables: TableWriter): void {
    tables.remove(deliveriesTable, keyOf(delivery));
    this.#dropIfEmpty(delivery.webhook);
  }

  /** False: that was the last attempt, and it is gone. */
  failed(delivery: Delivery, now: number, tables: TableWriter): boolean {
    const backoffMs = webhookBackoffMs[delivery.tries];
    if (backoffMs === undefined) {
      this.confirmed(delivery, tables);
      return false;
    }
    const again: Delivery = { ...delivery, tries: delivery.tries + 1, dueAt: now + backoffMs };
    tables.put(deliveriesTable, keyOf(again), again as unknown as Row);
    this.#wait(again);
    return true;
  }

  /** All that wait are due at once. */
  hurry(webhook: number, now: number): void {
    const of = this.#byWebhook.get(webhook);
    if (of === undefined) return;
    of.waiting.forEach((delivery, at) => {
      of.waiting[at] = { ...delivery, dueAt: Math.min(delivery.dueAt, now) };
    });
  }

  /** Its webhook is gone: at most so many of its rows go now. True: there are more. */
  forget(webhook: number, atMost: number, tables: TableWriter): boolean {
    const of = this.#byWebhook.get(webhook);
    if (of === undefined) return false;
    for (const { delivery } of of.asked.values()) tables.remove(deliveriesTable, keyOf(delivery));
    of.asked.clear();
    for (const delivery of of.waiting.splice(0, atMost)) tables.remove(deliveriesTable, keyOf(delivery));
    this.#dropIfEmpty(webhook);
    return of.waiting.length > 0;
  }

  /** Nobody is to be told. */
  erase(delivery: Delivery, tables: TableWriter): void {
    const of = this.#byWebhook.get(delivery.webhook);
    const at = of?.waiting.findIndex(({ tick, place }) => tick === delivery.tick && place === delivery.place) ?? -1;
    if (at >= 0) of?.waiting.splice(at, 1);
    of?.asked.delete(deliveryName(delivery));
    tables.remove(deliveriesTable, keyOf(delivery));
    this.#dropIfEmpty(delivery.webhook);
  }

  #wait(delivery: Delivery): void {
    let of = this.#byWebhook.get(delivery.webhook);
    if (of === undefined) {
      of = { waiting: [], asked: new Map() };
      this.#byWebhook.set(delivery.webhook, of);
    }
    const { waiting } = of;
    const at = firstIndex(waiting.length, (index) => isBefore(delivery, waiting[index] as Delivery));
    waiting.splice(at, 0, delivery);
  }

  #dropIfEmpty(webhook: number): void {
    if (this.countOf(webhook) === 0) this.#byWebhook.delete(webhook);
  }
}

function isBefore(one: Delivery, other: Delivery): boolean {
  return (one.dueAt - other.dueAt || one.tick - other.tick || one.place - other.place) < 0;
}

/** For ever its own: what the address knows it by. */
export function deliveryName({ tick, place }: Pick<Delivery, 'tick' | 'place'>): string {
  return `msg_${tick}_${place}`;
}

function keyOf({ tick, place }: Delivery): [number, number] {
  return [tick, place];
}
