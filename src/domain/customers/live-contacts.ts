// Customers who have contacts that live, and what agents are shown of them: no row is read for an offer.
//
// By the slots of contacts, from the moment in which they are let in until they are released.

import type { ContactHandle } from '../../engine/command-encoder.ts';
import { customerAttributesShownBytesMax } from '../../limits.ts';
import type { CustomerAttributes } from './attributes.ts';

interface Live {
  /** By slot. */
  readonly contacts: Map<number, ContactHandle>;
  /** As far as they are small. */
  attributes: CustomerAttributes | undefined;
}

export class LiveContacts {
  readonly #bySlot = new Map<number, number>();
  readonly #byCustomer = new Map<number, Live>();

  clear(): void {
    this.#bySlot.clear();
    this.#byCustomer.clear();
  }

  add(customer: number, contact: ContactHandle): void {
    const { slot } = contact;
    this.#bySlot.set(slot, customer);
    const live = this.#byCustomer.get(customer);
    if (live === undefined)
      this.#byCustomer.set(customer, { contacts: new Map([[slot, contact]]), attributes: undefined });
    else live.contacts.set(slot, contact);
  }

  over(slot: number): void {
    const customer = this.#bySlot.get(slot);
    if (customer === undefined) return;
    this.#bySlot.delete(slot);
    const live = this.#byCustomer.get(customer);
    live?.contacts.delete(slot);
    if (live?.contacts.size === 0) this.#byCustomer.delete(customer);
  }

  has(customer: number): boolean {
    return this.#byCustomer.has(customer);
  }

  /** What an offer has to be short for is left to customer.get. */
  knows(customer: number, attributes: CustomerAttributes): void {
    const live = this.#byCustomer.get(customer);
    if (live === undefined) return;
    const text = JSON.stringify(attributes);
    live.attributes = text !== '{}' && text.length <= customerAttributesShownBytesMax ? attributes : undefined;
  }

  attributesOf(customer: number): CustomerAttributes | undefined {
    return this.#byCustomer.get(customer)?.attributes;
  }

  contactsOf(customer: number): Iterable<ContactHandle> {
    return this.#byCustomer.get(customer)?.contacts.values() ?? [];
  }
}
