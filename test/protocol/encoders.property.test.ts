// What the compiled encoders write means what JSON.stringify would have written, for values that fit the schemas and for
// values that do not.

import { randomInt } from 'node:crypto';
import { Kind, OptionalKind, type TObject, type TSchema } from '@sinclair/typebox';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventEncoders, type MembersEncoder, resultEncoders } from '../../src/protocol/encoders.ts';
import { events } from '../../src/protocol/events.ts';
import { methods } from '../../src/protocol/methods.ts';
import { fitting } from './schema-arbitrary.ts';

const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
console.log(`encoders: seed ${seed} (SEED repeats it)`);

type Value = Record<string, unknown>;
const all: [string, TSchema, MembersEncoder][] = [
  ...Object.entries(events).map(([name, { params }]) => row(name, params, eventEncoders)),
  ...Object.entries(methods).map(([name, { result }]) => row(name, result, resultEncoders)),
];

function row(name: string, schema: TSchema, encoders: ReadonlyMap<string, MembersEncoder>) {
  return [name, schema, encoders.get(name)!] as [string, TSchema, MembersEncoder];
}

function encoded(encode: MembersEncoder, value: Value): unknown {
  return JSON.parse(`{${encode(value)}}`);
}

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function backwards(value: Value): Value {
  return Object.fromEntries(Object.entries(value).reverse());
}

/** Members that are no member, no number, of another type, text that must be escaped, and one more than is declared. */
const odd = [undefined, Number.NaN, Number.POSITIVE_INFINITY, -0, 1e21, null, 7, true, 'a "b" \\ \u2028', [], {}];

describe('an encoder made from a schema', () => {
  it.each(all)('%s: says what JSON.stringify says', (_, schema, encode) => {
    fc.assert(
      fc.property(
        fitting(schema) as fc.Arbitrary<Value>,
        fc.nat(),
        fc.constantFrom(...odd),
        (value, choice, strange) => {
          expect(encoded(encode, value)).toEqual(asJson(value));
          const names = Object.keys(value);
          const name = names[choice % names.length] ?? 'further';
          const plain = typeof value[name] === 'string' && typeof strange === 'string';
          if (!plain)
            expect(encoded(encode, { ...value, [name]: strange })).toEqual(asJson({ ...value, [name]: strange }));
          expect(encoded(encode, { ...value, further: strange })).toEqual(asJson({ ...value, further: strange }));
        },
      ),
      { seed, numRuns: 60 },
    );
  });

  it.each(all)('%s: is the fast one for what fits', (_, schema, encode) => {
    const members: [string, TSchema][] =
      schema[Kind] === 'Object' ? Object.entries((schema as TObject).properties) : [];
    const first = members.find(([, member]) => !(OptionalKind in member))?.[0];
    if (first === undefined) return;
    fc.assert(
      fc.property(fitting(schema) as fc.Arbitrary<Value>, (value) => {
        // JSON.stringify would keep the order of the value.
        expect(Object.keys(encoded(encode, backwards(value)) as object)[0]).toBe(first);
      }),
      { seed, numRuns: 10 },
    );
  });

  it('writes each of many large numbers as itself, again and again', () => {
    const encode = eventEncoders.get('contact.wrapUp')!;
    fc.assert(
      // Differences of powers of two: numbers that would share a place wherever texts of numbers are remembered.
      fc.property(fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 40 })), { maxLength: 50 }), (chosen) => {
        for (const [small, power] of chosen) {
          const untilMs = 1_700_000_000_000 + small + 2 ** power;
          const value = { contactId: 'c1', lineId: 'l1', untilMs };
          expect(encoded(encode, value)).toEqual(value);
        }
      }),
      { seed, numRuns: 20 },
    );
  });
});
