// Contacts of a queue in the order of their numbers, some at a time: whoever sweeps a queue sees each of them.

import { expect, test } from 'vitest';
import type { Contact } from '../../src/domain/routing/contacts.ts';
import { Unanswered } from '../../src/domain/routing/unanswered.ts';
import { Random, seedOfThisRun } from '../core/random.ts';

test('pages by number leave nobody out, whatever places they have', () => {
  const seed = seedOfThisRun();
  console.log(`unanswered: seed ${seed} (SEED repeats it)`);
  const random = new Random(seed);
  for (let round = 0; round < 200; round++) {
    const unanswered = new Unanswered();
    const numbers = Array.from({ length: random.between(1, 20) }, (_, index) => index + 1);
    const joining = numbers.map((number) => ({ number, arrivedAt: random.between(0, 10) }) as Contact);
    joining.sort(() => random.between(-1, 1));
    for (const contact of joining) unanswered.add(contact);
    const gone = joining.splice(0, random.between(0, joining.length - 1));
    for (const contact of gone) unanswered.delete(contact);
    const seen: number[] = [];
    for (let after = 0; ; after = seen.at(-1) as number) {
      const page = unanswered.after(after, 3);
      seen.push(...page.map(({ number }) => number));
      if (page.length < 3) break;
    }
    expect(seen).toEqual(joining.map(({ number }) => number).sort((one, other) => one - other));
    expect(unanswered.first?.arrivedAt).toBe(Math.min(...joining.map(({ arrivedAt }) => arrivedAt)));
  }
});
