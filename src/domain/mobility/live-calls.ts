// Whose calls are live: voice and video contacts that were connected and are not over, by the number of their customer.
//
// There is no row for it. What ties a customer, a device and an agent's line together is known already: the contact's row has the
// customer, the core the agent and the line, the book of legs the device. What is here is the way from a customer to these.

export class LiveCalls {
  /** Numbers of contacts; the one that was connected last is the last. */
  readonly #byCustomer = new Map<number, number[]>();
  /** Of all of them, in the same order: customers may be found to be one. */
  readonly #all = new Set<number>();

  clear(): void {
    this.#byCustomer.clear();
    this.#all.clear();
  }

  get isEmpty(): boolean {
    return this.#byCustomer.size === 0;
  }

  connected(customer: number, contact: number): void {
    const others = (this.#byCustomer.get(customer) ?? []).filter((one) => one !== contact);
    this.#byCustomer.set(customer, [...others, contact]);
    this.#all.delete(contact);
    this.#all.add(contact);
  }

  over(customer: number, contact: number): void {
    const others = this.#byCustomer.get(customer)?.filter((one) => one !== contact);
    this.#all.delete(contact);
    if (others === undefined) return;
    if (others.length > 0) this.#byCustomer.set(customer, others);
    else this.#byCustomer.delete(customer);
  }

  /** Of any of them; the one that was connected last is the first. */
  of(customers: readonly number[]): readonly number[] {
    const found = customers.flatMap((customer) => this.#byCustomer.get(customer) ?? []);
    if (customers.length === 1 || found.length < 2) return found.toReversed();
    const wanted = new Set(found);
    return [...this.#all].filter((contact) => wanted.has(contact)).toReversed();
  }
}
