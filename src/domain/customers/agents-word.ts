// What agents may say of customers: of those whom they serve at that moment, and as far as the tenant lets them.

import type { Caller } from '../../engine/egress.ts';
import { linesPerSeatMax } from '../../limits.ts';
import { agentsWordDefaults } from '../../protocol/identities.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { PersonsView, RoutingView, TableReader } from '../module.ts';
import { knownCustomer } from './customer-book.ts';
import type { Identities } from './identities.ts';

const served: ReadonlySet<string> = new Set(['connecting', 'connected', 'wrapUp']);

export class AgentsWord {
  readonly #routing: RoutingView;
  readonly #persons: Pick<PersonsView, 'headOf'>;
  readonly #identities: Identities;

  constructor(routing: RoutingView, persons: Pick<PersonsView, 'headOf'>, identities: Identities) {
    this.#routing = routing;
    this.#persons = persons;
    this.#identities = identities;
  }

  get #may() {
    return { ...agentsWordDefaults, ...this.#identities.settings.agents };
  }

  /** A name that is another customer's is for somebody else to decide on. */
  linksOnlyNew({ role }: Caller): boolean {
    return role === 'agent' && this.#may.link === 'newNames';
  }

  refuseLink({ customerId, verified }: Params<'customer.link'>, caller: Caller, tables: TableReader) {
    if (caller.role !== 'agent') return undefined;
    if (this.#may.link === 'nothing') return refuse('not_allowed_for_role', { role: caller.role });
    if (verified === true && !this.#may.verify) return refuse('not_allowed_for_role', { path: '/verified' });
    return this.refuseOf(customerId, caller, tables);
  }

  refuseSettling(customers: readonly number[], caller: Caller): Refusal | undefined {
    if (caller.role !== 'agent') return undefined;
    if (!this.#may.settle) return refuse('not_allowed_for_role', { role: caller.role });
    return customers.some((customer) => this.#serves(customer, caller)) ? undefined : refuse('customer_not_served');
  }

  /** Undefined where nobody is known by that id: that is said by whoever looks for it. */
  refuseOf(customerId: string | undefined, caller: Caller, tables: TableReader): Refusal | undefined {
    if (caller.role !== 'agent') return undefined;
    if (customerId === undefined) return refuse('not_allowed_for_role', { path: '/customerId' });
    const customer = knownCustomer(customerId, tables);
    if (customer === undefined || this.#serves(customer, caller)) return undefined;
    return refuse('customer_not_served', { customerId });
  }

  #serves(customer: number, agent: Caller): boolean {
    const head = this.#persons.headOf(customer);
    for (const { state, agentId, customerNumber } of this.#routing.contactsOf(agent, linesPerSeatMax))
      if (agentId === agent.sub && served.has(state) && customerNumber !== undefined)
        if (this.#persons.headOf(customerNumber) === head) return true;
    return false;
  }
}
