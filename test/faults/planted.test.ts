// Each planted fault still has its place in the source; what finds it is run by `npm run test:planted`.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { mutantsOf, withMutant } from './mutants.ts';
import { plantedFaults } from './planted.ts';
import { withFault } from './planted-copy.ts';

const root = new URL('../../', import.meta.url);

test.each(plantedFaults)('$name: can be planted', (fault) => {
  const source = readFileSync(fileURLToPath(new URL(fault.file, root)), 'utf8');
  expect(withFault(source, fault)).not.toBe(source);
  if ('suite' in fault.caughtBy) expect(existsSync(fileURLToPath(new URL(fault.caughtBy.suite, root)))).toBe(true);
});

test('a fault whose text is gone is not passed over', () => {
  expect(() => withFault('nothing of it', plantedFaults[0]!)).toThrow(/cannot be planted/);
});

test('a mutant is one change of one line', () => {
  const source = 'const a = 1;\n  if (a <= 2) return true;\n  this.#done(a);\n  // a <= 2\n';
  const mutants = mutantsOf('x.ts', source);
  expect(mutants.map(({ line, after }) => `${line} ${after.trim()}`)).toEqual([
    '2 if (a < 2) return true;',
    '2 if (a <= 2) return false;',
    '2 if (false && a <= 2) return true;',
    '3 ;',
  ]);
  expect(withMutant(source, mutants[3]!)).toBe('const a = 1;\n  if (a <= 2) return true;\n;\n  // a <= 2\n');
});
