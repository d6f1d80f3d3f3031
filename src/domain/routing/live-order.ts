// Live contacts in the order of their numbers, which is the order in which they came: found by number, and walked from
// any number on without looking at those before it.
//
// Two lists side by side, searched by halves where it has to be: numbers grow by one as a rule, and then it is known at which
// place one is. What is gone leaves a hole until holes are the larger part.

import { firstIndex } from '../../first-index.ts';
import type { Contact } from './contacts.ts';

const HOLES_MIN = 1_024;

export class LiveOrder {
  #numbers: number[] = [];
  #contacts: (Contact | undefined)[] = [];
  count = 0;

  find(number: number): Contact | undefined {
    const at = this.#firstFrom(number);
    return this.#numbers[at] === number ? this.#contacts[at] : undefined;
  }

  add(contact: Contact): void {
    const last = this.#numbers.at(-1);
    if (last !== undefined && last >= contact.number) throw new Error(`contact ${contact.number} comes after ${last}`);
    this.#numbers.push(contact.number);
    this.#contacts.push(contact);
    this.count += 1;
  }

  /** One that came before others do, and was not here. */
  insert(contact: Contact): void {
    const at = this.#firstFrom(contact.number);
    const isHole = this.#numbers[at] === contact.number;
    if (isHole && this.#contacts[at] !== undefined) throw new Error(`contact ${contact.number} is here already`);
    this.#numbers.splice(at, isHole ? 1 : 0, contact.number);
    this.#contacts.splice(at, isHole ? 1 : 0, contact);
    this.count += 1;
  }

  remove(number: number): void {
    const at = this.#firstFrom(number);
    if (this.#numbers[at] !== number || this.#contacts[at] === undefined) throw new Error(`no contact ${number} lives`);
    this.count -= 1;
    if (at === this.#numbers.length - 1) {
      this.#numbers.pop();
      this.#contacts.pop();
      return;
    }
    this.#contacts[at] = undefined;
    const holes = this.#numbers.length - this.count;
    if (holes >= HOLES_MIN && holes > this.count) this.#closeHoles();
  }

  *after(number: number): Generator<Contact, void, void> {
    for (let at = this.#firstFrom(number + 1); at < this.#numbers.length; at++) {
      const contact = this.#contacts[at];
      if (contact !== undefined) yield contact;
    }
  }

  #closeHoles(): void {
    this.#contacts = this.#contacts.filter((contact) => contact !== undefined);
    this.#numbers = this.#contacts.map((contact) => contact!.number);
  }

  #firstFrom(number: number): number {
    const { length } = this.#numbers;
    if (length === 0) return 0;
    const first = this.#numbers[0] as number;
    const last = this.#numbers[length - 1] as number;
    // No number is there twice: so many can be behind it at most, and so many before it.
    const from = Math.min(length, Math.max(0, length - 1 - (last - number)));
    const to = Math.min(length, Math.max(0, number - first));
    return firstIndex(to, (at) => (this.#numbers[at] as number) >= number, from);
  }
}
