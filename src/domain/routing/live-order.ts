// Live contacts in the order of their numbers, which is the order in which they came: found by number, and walked from
// any number on without looking at those before it.
//
// Numbers are appended; what is gone leaves a hole until holes are the larger part.

import type { Contact } from './contacts.ts';

const HOLES_MIN = 1_024;

export class LiveOrder {
  readonly #byNumber = new Map<number, Contact>();
  #numbers: number[] = [];

  get count(): number {
    return this.#byNumber.size;
  }

  find(number: number): Contact | undefined {
    return this.#byNumber.get(number);
  }

  add(contact: Contact): void {
    const last = this.#numbers.at(-1);
    if (last !== undefined && last >= contact.number) throw new Error(`contact ${contact.number} comes after ${last}`);
    this.#numbers.push(contact.number);
    this.#byNumber.set(contact.number, contact);
  }

  remove(number: number): void {
    this.#byNumber.delete(number);
    if (this.#numbers.at(-1) === number) this.#numbers.pop();
    const holes = this.#numbers.length - this.#byNumber.size;
    if (holes >= HOLES_MIN && holes > this.#byNumber.size) {
      this.#numbers = this.#numbers.filter((kept) => this.#byNumber.has(kept));
    }
  }

  *after(number: number): Generator<Contact, void, void> {
    for (let at = this.#firstAfter(number); at < this.#numbers.length; at++) {
      const contact = this.#byNumber.get(this.#numbers[at] as number);
      if (contact !== undefined) yield contact;
    }
  }

  #firstAfter(number: number): number {
    let low = 0;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#numbers[middle] as number) <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
