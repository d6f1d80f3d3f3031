// Contacts of a person who is erased: those that are over go, and what is kept for somebody who may be back.

import type { ErasedPerson, StillServed } from '../erased-person.ts';
import { lookingThrough } from '../looking-through.ts';
import type { ErasesCustomers, Row } from '../module.ts';
import type { Contact, ContactRow } from './contacts.ts';
import type { RoutingState } from './routing-state.ts';
import { contactsTable, placesTable } from './tables.ts';

export function erasesContacts(state: () => RoutingState): ErasesCustomers {
  return {
    stillServed: (person) => liveOf(person, state()),
    erase: lookingThrough([
      {
        table: contactsTable,
        kind: 'contacts',
        isOf: (person, row) =>
          person.isCustomer((row as unknown as ContactRow).customer?.number) || person.isNamedIn(row),
        erase: (row, _, person, tables) => {
          const ended = row as unknown as ContactRow;
          // Somebody else's, who has named the person: it goes with its own customer, or with its time.
          if (state().contacts.byNumber(ended.number) !== undefined) return 0;
          person.noteContact(ended.number, [
            ended.created.contactId,
            ...(ended.names ?? []).map((name) => name.contactId),
          ]);
          state().contacts.erase(ended, tables);
          return 1;
        },
      },
      {
        table: placesTable,
        kind: 'places',
        isOf: (person, { number, keys }) =>
          person.hasContact(number as number) || (keys as readonly string[]).some((key) => isNamedInKey(person, key)),
        erase: ({ number }, _, __, tables) => state().places.erase(number as number, tables),
      },
    ]),
  };
}

/** In service, waiting, parked, or wrapped up after. */
function liveOf(person: ErasedPerson, { contacts }: RoutingState): StillServed | undefined {
  for (const contact of contacts.liveAfter(0)) if (isOf(person, contact)) return { contactId: contact.contactId };
  return undefined;
}

/**
 * Whoever's it is: what names the person goes when the contact is over (`erase`), and would stay in one that goes on. A call to a colleague
 * has no customer, and what was asked for says whom its agent has named.
 */
function isOf(person: ErasedPerson, { customer, created, wishes, owner, dialled }: Contact): boolean {
  if (person.isCustomer(customer?.number)) return true;
  const { from, to, identity, attributes } = created;
  return person.isNamedIn({
    from,
    to,
    identity,
    // As it was created, and as it was changed: both are kept.
    attributes: wishes.attributes === attributes ? attributes : [attributes, wishes.attributes],
    owner: { role: owner.role, sub: owner.sub },
    given: dialled?.to === undefined ? undefined : dialled.given,
  } as Row);
}

/** queue, channel, and an identity or the number that has called: places.ts. */
function isNamedInKey(person: ErasedPerson, key: string): boolean {
  const [, , scheme, ...value] = key.split('\n');
  const name = value.join('\n');
  return person.isNamedIn(name) || person.isNamedIn({ scheme, value: name });
}
