// For every method: parameters made from its schema are let through, and the same parameters with one thing broken,
// anywhere, are refused with the path of what was broken.

import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MethodSpec, methodNames, methodSpec } from '../../src/protocol/methods.ts';
import { validateParams } from '../../src/protocol/validation.ts';
import { breaks, fitting } from './schema-arbitrary.ts';

const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
console.log(`validation: seed ${seed} (SEED repeats it)`);

/** Of some parameters exactly one is wanted, which no schema can say. */
function keepOne({ exactlyOne, params: schema }: MethodSpec, params: Record<string, unknown>): Record<string, unknown> {
  if (exactlyOne === undefined) return params;
  const [kept = exactlyOne[0]!] = exactlyOne.filter((name) => name in params);
  const others = Object.entries(params).filter(([name]) => !exactlyOne.includes(name));
  const value = params[kept] ?? (schema.properties[kept]!.type === 'integer' ? 1 : 'x');
  return { ...Object.fromEntries(others), [kept]: value };
}

describe('validation by schema', () => {
  it.each(methodNames)('lets fitting parameters of %s through, and finds what is broken', (method) => {
    const spec = methodSpec(method);
    const { params: schema, furtherFault } = spec;
    const whole = fitting(schema) as fc.Arbitrary<Record<string, unknown>>;
    const made = whole.map((params) => keepOne(spec, params));
    fc.assert(
      fc.property(made, fc.nat(), (generated, choice) => {
        // Broken in place below; what was generated is tried again when a failure is made smaller.
        const params = structuredClone(generated);
        fc.pre(furtherFault?.(params) === undefined);
        expect(validateParams(method, params)).toBeUndefined();
        const ways = breaks(schema, params);
        const way = ways[choice % ways.length]!;
        way.apply();
        const fault = validateParams(method, params);
        expect(fault, `${way.path} is ${way.what}: ${JSON.stringify(params)}`).toBeDefined();
        expect(
          fault!.path === way.path || way.path.startsWith(`${fault!.path}/`),
          `${fault!.path} for ${way.path}`,
        ).toBe(true);
        expect(fault!.message).not.toBe('');
      }),
      // Of the policy of a queue few that are generated mean anything.
      { seed, numRuns: 30, maxSkipsPerRun: 2_000 },
    );
  });
});
