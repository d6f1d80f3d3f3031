// Who is rated or rates as a customer: one that is known by an identity, or else the visitor whose session brought the contact.

import type { Audience } from '../engine/egress.ts';
import { customerIdOf, customerNumberOf } from './customers/customer-book.ts';
import type { PersonsView } from './module.ts';

const VISITOR = 'visitor:';

/** Undefined: nobody knows who it is, so it neither rates nor is rated. */
export function customerOf(of: {
  readonly customerNumber: number | undefined;
  readonly owner: Pick<Audience, 'role' | 'sub'>;
}): string | undefined {
  if (of.customerNumber !== undefined) return `c${of.customerNumber}`;
  return of.owner.role === 'customer' ? VISITOR + of.owner.sub : undefined;
}

export function keyOfAsked(asked: { readonly customerId?: string; readonly visitorId?: string }): string | undefined {
  return asked.visitorId === undefined ? asked.customerId : VISITOR + asked.visitorId;
}

export function shownCustomer(customer: string) {
  return customer.startsWith(VISITOR) ? { visitorId: customer.slice(VISITOR.length) } : { customerId: customer };
}

/** Who is one person with whom: what several customers gave and were given is that of the oldest. */
export interface PersonKeys {
  head(customer: string): string;
  members(customer: string): readonly string[];
}

export function personKeys(persons: PersonsView): PersonKeys {
  return {
    head(customer) {
      const number = customerNumberOf(customer);
      return number === undefined ? customer : customerIdOf(persons.headOf(number));
    },
    members(customer) {
      const number = customerNumberOf(customer);
      return number === undefined ? [customer] : persons.membersOf(number).map(customerIdOf);
    },
  };
}
