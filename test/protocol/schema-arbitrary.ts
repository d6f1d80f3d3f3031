// Makes values that fit a schema, and values that just do not, from the schema itself: for the property test.

import type { TSchema } from '@sinclair/typebox';
import fc from 'fast-check';

const idCharacters = [...'ABCxyz019._:@+-'];

/** Values that fit. Texts, numbers and lists stay short: their bounds are tested apart, by `breaks`. */
export function fitting(schema: TSchema): fc.Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...(schema.anyOf as TSchema[]).map(fitting));
  // What no pattern can say is said by examples.
  if (schema.examples) return fc.constantFrom(...(schema.examples as string[]));
  if (schema.enum) return fc.constantFrom(...(schema.enum as string[]));
  if (schema.const !== undefined) return fc.constant(schema.const);
  switch (schema.type) {
    case 'integer':
      if (schema.multipleOf !== undefined)
        return fc.integer({ min: 0, max: 1_000 }).map((times) => times * (schema.multipleOf as number));
      return fc.integer({ min: schema.minimum, max: Math.min(schema.maximum ?? 1e9, 2 ** 31 - 1) });
    case 'number':
      return fc
        .integer({ min: (schema.minimum ?? -1e6) * 1000, max: (schema.maximum ?? 1e6) * 1000 })
        .map((n) => n / 1000);
    case 'string':
      return fittingText(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fittingArray(schema);
    case 'object':
      return fittingObject(schema);
    case undefined:
      return fc.jsonValue({ maxDepth: 2 });
    default:
      throw new Error(`no values are made for ${JSON.stringify(schema)}`);
  }
}

function fittingText(schema: TSchema): fc.Arbitrary<string> {
  // Where a pattern says more than which characters there may be.
  if (schema.examples) return fc.constantFrom(...(schema.examples as string[]));
  if (schema.pattern) return fc.string({ unit: fc.constantFrom(...idCharacters), minLength: 1, maxLength: 64 });
  return fc
    .string({ unit: 'binary', minLength: 1, maxLength: 20 })
    .map((text) => text.replace(/[\p{Cc}\p{Cs}]/gu, 'x'))
    .filter((text) => text.length <= (schema.maxLength ?? 256));
}

function fittingArray(schema: TSchema): fc.Arbitrary<unknown[]> {
  const bounds = { minLength: schema.minItems ?? 0, maxLength: Math.max(schema.minItems ?? 0, 3) };
  const item = fitting(schema.items);
  return schema.uniqueItems ? fc.uniqueArray(item, bounds) : fc.array(item, bounds);
}

function fittingObject(schema: TSchema): fc.Arbitrary<object> {
  if (schema.patternProperties) {
    const [member] = Object.values<TSchema>(schema.patternProperties);
    const key = fittingText({ pattern: 'a name' } as unknown as TSchema).filter((name) => name !== 'total');
    return fc.dictionary(key, fitting(member!), {
      minKeys: schema.minProperties ?? 0,
      maxKeys: 3,
      noNullPrototype: true,
    });
  }
  // Attributes, and what is anything of the router's.
  if (!schema.properties)
    return (
      fc
        .dictionary(fc.constantFrom('a', 'b', 'ü'), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 })
        // Refused by intent, and tested by name in validation.test.ts.
        .filter((attributes) => !JSON.stringify(attributes).includes('"__proto__":'))
    );
  const members = Object.entries<TSchema>(schema.properties).map(([name, property]) => [name, fitting(property)]);
  return fc.record(Object.fromEntries(members), { requiredKeys: schema.required ?? [], noNullPrototype: true });
}

export interface Break {
  /** JSON Pointer of what was broken. */
  readonly path: string;
  readonly what: string;
  readonly apply: () => void;
}

/** Every way we know to break a fitting value, in place, at each of its members. */
export function breaks(schema: TSchema, value: unknown, path = '', set: (wrong: unknown) => void = () => {}): Break[] {
  const found: Break[] = [];
  const wrong = (what: string, bad: unknown) => found.push({ path, what, apply: () => set(bad) });
  if (path !== '') {
    wrong('of another type', schema.type === 'boolean' ? 'x' : false);
    if (schema.minimum !== undefined) wrong('too small', schema.minimum - 1);
    if (schema.maximum !== undefined) wrong('too large', schema.maximum + 1);
    if (schema.type === 'integer') wrong('no integer', 1.5);
    if (schema.multipleOf) wrong('too fine', 0.0001);
    if (schema.enum) wrong('none of the words', 'no such word');
    if (schema.pattern) wrong('with a forbidden character', 'a b');
    if (schema.pattern || schema.maxLength) wrong('too long', 'x'.repeat((schema.maxLength ?? 5_000) + 1));
    if (schema.minItems) wrong('too short', []);
    if (schema.uniqueItems && Array.isArray(value) && value.length > 0)
      wrong('with an item twice', [value[0], value[0]]);
  }
  if (Array.isArray(value) && schema.items) {
    for (const [index, item] of value.entries()) {
      found.push(...breaks(schema.items, item, `${path}/${index}`, (bad) => (value[index] = bad)));
    }
  } else if (typeof value === 'object' && value !== null && schema.additionalProperties === false) {
    found.push(...memberBreaks(schema, value as Record<string, unknown>, path));
  }
  return found;
}

function memberBreaks(schema: TSchema, object: Record<string, unknown>, path: string): Break[] {
  const found: Break[] = [
    { path: `${path}/a b`, what: 'a member that is not known', apply: () => (object['a b'] = 1) },
    ...((schema.required ?? []) as string[]).map((name) => ({
      path: `${path}/${name}`,
      what: 'a member that is missing',
      apply: () => delete object[name],
    })),
  ];
  for (const [name, member] of Object.entries(object)) {
    const property: TSchema | undefined = schema.properties?.[name] ?? Object.values(schema.patternProperties ?? {})[0];
    if (property === undefined) throw new Error(`a fitting value has a member ${name} that its schema has not`);
    found.push(...breaks(property, member, `${path}/${name}`, (bad) => (object[name] = bad)));
  }
  return found;
}
