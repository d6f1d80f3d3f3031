// Ids of contacts that come, end and are forgotten, beside a plain map.

import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContactIds } from '../../src/domain/routing/contact-ids.ts';
import type { Contact } from '../../src/domain/routing/contacts.ts';

const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
console.log(`contact ids: seed ${seed} (SEED repeats it)`);

const contact = (contactId: string) => ({ contactId }) as Contact;

describe('ids of contacts', () => {
  it('are those of a plain map, whatever comes, ends, is taken back and is forgotten', () => {
    const id = fc.oneof(fc.nat(30).map(String), fc.string({ maxLength: 40 }));
    const what = fc.constantFrom('add', 'takeBack', 'isOver', 'forget');
    fc.assert(
      fc.property(fc.array(fc.tuple(what, id), { maxLength: 300 }), (steps) => {
        const ids = new ContactIds();
        const plain = new Map<string, Contact | number>();
        for (const [at, [step, contactId]] of steps.entries()) {
          const known = plain.get(contactId);
          if (step === 'add' && known === undefined) {
            const added = contact(contactId);
            ids.add(added);
            plain.set(contactId, added);
          } else if (step === 'takeBack' && typeof known === 'object') {
            ids.takeBack(contactId);
            plain.delete(contactId);
          } else if (step === 'isOver' && typeof known === 'object') {
            ids.isOver(contactId, at);
            plain.set(contactId, at);
          } else if (step === 'forget' && typeof known === 'number') {
            ids.forget(contactId);
            plain.delete(contactId);
          }
          expect(ids.find(contactId)).toBe(plain.get(contactId));
        }
        for (const [, contactId] of steps) expect(ids.find(contactId)).toBe(plain.get(contactId));
      }),
      { seed, numRuns: 500 },
    );
  });

  it('are found among very many, and not once they are forgotten', () => {
    const ids = new ContactIds();
    const all = Array.from({ length: 20_000 }, (_, number) => `${'c'.repeat(number % 7)}${number}`);
    all.forEach((contactId, number) => {
      ids.add(contact(contactId));
      ids.isOver(contactId, number);
    });
    for (const [number, contactId] of all.entries()) expect(ids.find(contactId)).toBe(number);
    for (const contactId of all) ids.forget(contactId);
    for (const contactId of all) expect(ids.find(contactId)).toBeUndefined();
  });
});
