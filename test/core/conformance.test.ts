// What the core promises, case by case in plain words: test/core/cases/*.txt. Every effect of a `when` line is listed.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { casesOf } from '../plain-cases.ts';
import { playCase } from './scenario.ts';

const folder = fileURLToPath(new URL('./cases/', import.meta.url));

for (const file of readdirSync(folder).sort()) {
  describe(`the core, ${file.replace('.txt', '').replaceAll('-', ' ')}`, () => {
    const cases = casesOf(readFileSync(`${folder}${file}`, 'utf8'));
    test('there are cases', () => expect(cases.length).toBeGreaterThan(0));
    for (const { title, lines } of cases) {
      test(title, () => {
        const { expected, said } = playCase(lines);
        expect(said.join('\n')).toBe(expected.join('\n'));
      });
    }
  });
}
