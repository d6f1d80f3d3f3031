// Contacts of a queue that wait or ring, with the longest wait at hand.
//
// Most join in the order in which they came, which is that of their numbers, so a Map keeps them in both for nothing. Those that
// came, or were created, before the last one that joined (from another queue, or back after a hang-up) are kept apart in an
// ordered tree: few, as a rule.

import { orderedMap } from '../../store/ordered-map.ts';
import { timeKey } from '../time-key.ts';
import type { Contact } from './contacts.ts';

export class Unanswered {
  readonly #inOrder = new Map<number, Contact>();
  readonly #others = orderedMap<Contact>();
  #lastArrival = 0;
  #lastNumber = 0;

  get size(): number {
    return this.#inOrder.size + this.#others.size;
  }

  /** Who has waited longest. */
  get first(): Contact | undefined {
    const [one] = this.#inOrder.values();
    const key = this.#others.minKey();
    const other = key === undefined ? undefined : this.#others.get(key);
    if (one === undefined || other === undefined) return one ?? other;
    return other.arrivedAt < one.arrivedAt ? other : one;
  }

  add(contact: Contact): void {
    if (contact.arrivedAt < this.#lastArrival || contact.number < this.#lastNumber) {
      this.#others.set(timeKey(contact.arrivedAt, contact.number), contact);
      return;
    }
    this.#lastArrival = contact.arrivedAt;
    this.#lastNumber = contact.number;
    this.#inOrder.set(contact.number, contact);
  }

  delete(contact: Contact): void {
    if (this.#inOrder.delete(contact.number)) return;
    this.#others.delete(timeKey(contact.arrivedAt, contact.number));
  }

  /** How many came before then, counted up to a bound. */
  aheadOf(arrivedAt: number, atMost: number): number {
    let ahead = 0;
    for (const contacts of [this.#inOrder.values(), this.#others.values()]) {
      for (const contact of contacts) {
        if (contact.arrivedAt >= arrivedAt || ahead === atMost) break;
        ahead += 1;
      }
    }
    return ahead;
  }

  *all(): Generator<Contact, void, void> {
    yield* this.#inOrder.values();
    yield* this.#others.values();
  }

  /** By their numbers after one, at most so many. */
  after(number: number, limit: number): Contact[] {
    const found = this.#others.valuesArray().filter((contact) => contact.number > number);
    let left = limit;
    for (const contact of this.#inOrder.values()) {
      if (contact.number <= number) continue;
      if (left-- === 0) break;
      found.push(contact);
    }
    return found.sort((one, other) => one.number - other.number).slice(0, limit);
  }
}
