// Contacts that end, are found and are forgotten, oldest end first, beside a plain map.

import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EndedContacts, hashOf } from '../../src/domain/routing/ended-contacts.ts';

const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
console.log(`ended contacts: seed ${seed} (SEED repeats it)`);

/** Adds, takes and looks for by turns, as in a map that remembers in which order it was filled. */
function compare(ended: EndedContacts, steps: readonly (string | undefined)[], plain = new Map<string, number>()) {
  for (const [at, contactId] of steps.entries()) {
    if (contactId === undefined) {
      const [oldest] = plain;
      if (oldest === undefined) expect(() => ended.takeOldest()).toThrow('no contact is remembered');
      else {
        expect(ended.oldestEnd).toBe(oldest[1] + 0.5);
        expect(ended.takeOldest()).toBe(oldest[1]);
        plain.delete(oldest[0]);
        expect(ended.find(oldest[0])).toBeUndefined();
      }
    } else if (!plain.has(contactId)) {
      expect(ended.find(contactId)).toBeUndefined();
      ended.add(contactId, at, at + 0.5);
      plain.set(contactId, at);
      expect(ended.find(contactId)).toBe(at);
    }
    expect(ended.count).toBe(plain.size);
  }
  for (const [contactId, number] of plain) expect(ended.find(contactId)).toBe(number);
}

describe('contacts that are over', () => {
  it('are found until they are forgotten, in the order in which they ended', () => {
    const id = fc.oneof(fc.nat(30).map(String), fc.string({ maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(fc.option(id, { nil: undefined, freq: 2 }), { maxLength: 300 }), (steps) => {
        compare(new EndedContacts(), steps);
      }),
      { seed, numRuns: 500 },
    );
  });

  it('are found among very many, while they become more and fewer', () => {
    const ended = new EndedContacts();
    const plain = new Map<string, number>();
    const coming = (from: number, count: number) => Array.from({ length: count }, (_, index) => `c${from + index}`);
    const going = (count: number) => new Array<undefined>(count).fill(undefined);
    compare(ended, [...coming(0, 900), ...going(600), ...coming(900, 5_000), ...going(5_299)], plain);
    compare(ended, [...coming(5_900, 20_000), ...going(20_001), ...coming(25_900, 100)], plain);
  });

  it('are found also where all have the same hash', () => {
    const alike = ofOneHash(6);
    expect(new Set(alike).size).toBe(64);
    expect(new Set(alike.map(hashOf)).size).toBe(1);
    compare(new EndedContacts(), [...alike, ...new Array<undefined>(40).fill(undefined), ...alike, undefined]);
  });
});

/**
 * 2^blocks texts: at each of so many places stands one of two blocks of two characters, which lead from the hash of what is before
 * them to the same one. The first characters of such blocks are those after which the upper halves are equal, since the second
 * can make up for the lower.
 */
function ofOneHash(blocks: number): string[] {
  const spread = 0x9e3779b1;
  let hash = 2 * blocks;
  let texts = [''];
  for (let block = 0; block < blocks; block++) {
    const byUpperHalf = new Map<number, number>();
    for (let first = 0; ; first++) {
      const mixed = Math.imul(hash ^ first, spread);
      const other = byUpperHalf.get(mixed >>> 16);
      if (other === undefined) {
        byUpperHalf.set(mixed >>> 16, first);
        continue;
      }
      const second = (mixed ^ Math.imul(hash ^ other, spread)) & 0xffff;
      const pair = [String.fromCharCode(first, second), String.fromCharCode(other, 0)];
      texts = texts.flatMap((text) => pair.map((two) => text + two));
      hash = Math.imul(Math.imul(hash ^ other, spread), spread);
      break;
    }
  }
  return texts;
}
