// What a platform may answer, as the tenant says it: a part of JSON Schema, small enough that looking at an answer is sure to end.
//
// Understood are type, properties, required, additionalProperties (true or false), items, minItems, maxItems, enum, minLength, maxLength,
// minimum, maximum and description. Anything else is refused when the platform is set, since what is not understood would be let
// through in silence; patterns are not understood, since some take for ever.

import type { Fault } from './fault.ts';

export type AnswerSchema = Readonly<Record<string, unknown>>;

const types = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];
const counts = ['minItems', 'maxItems', 'minLength', 'maxLength'];
const numbers = ['minimum', 'maximum'];

/** What is wrong with the schema itself. */
export function schemaFault(schema: unknown, path: string): Fault | undefined {
  if (!isObject(schema)) return { path, message: 'expected an object' };
  for (const [keyword, value] of Object.entries(schema)) {
    const at = `${path}/${keyword}`;
    const fault = keywordFault(keyword, value, at);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function keywordFault(keyword: string, value: unknown, path: string): Fault | undefined {
  const expected = (isSo: boolean, what: string): Fault | undefined =>
    isSo ? undefined : { path, message: `expected ${what}` };
  if (keyword === 'description') return expected(typeof value === 'string', 'a text');
  if (keyword === 'type') return expected(types.includes(value as string), `one of ${types.join(', ')}`);
  if (keyword === 'additionalProperties') return expected(typeof value === 'boolean', 'true or false');
  if (keyword === 'required' || keyword === 'enum') {
    const areTexts = keyword === 'enum' || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
    return expected(Array.isArray(value) && areTexts, keyword === 'enum' ? 'an array' : 'an array of names');
  }
  if (counts.includes(keyword)) return expected(Number.isSafeInteger(value) && (value as number) >= 0, 'a count');
  if (numbers.includes(keyword)) return expected(typeof value === 'number', 'a number');
  if (keyword === 'items') return schemaFault(value, path);
  if (keyword !== 'properties') return { path, message: 'is not understood here' };
  if (!isObject(value)) return { path, message: 'expected an object' };
  for (const [name, of] of Object.entries(value)) {
    const fault = schemaFault(of, `${path}/${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** The first thing at which the value does not fit. */
export function misfit(schema: AnswerSchema, value: unknown, path = ''): Fault | undefined {
  const { type, enum: words } = schema as { readonly type?: string; readonly enum?: readonly unknown[] };
  if (type !== undefined && !isOfType(type, value)) return { path, message: `expected ${type}` };
  if (words !== undefined && !words.some((word) => JSON.stringify(word) === JSON.stringify(value)))
    return { path, message: 'is none of the values' };
  if (typeof value === 'string') return outside(schema, 'Length', [...value].length, path);
  if (typeof value === 'number') return outside(schema, 'imum', value, path);
  if (Array.isArray(value)) return outside(schema, 'Items', value.length, path) ?? misfitItem(schema, value, path);
  return isObject(value) ? misfitMember(schema, value, path) : undefined;
}

function outside(schema: AnswerSchema, of: string, value: number, path: string): Fault | undefined {
  const [least, most] = [schema[`min${of}`], schema[`max${of}`]] as (number | undefined)[];
  if (least !== undefined && value < least) return { path, message: `expected ${least} at least` };
  if (most !== undefined && value > most) return { path, message: `expected ${most} at most` };
  return undefined;
}

function misfitItem({ items }: AnswerSchema, value: readonly unknown[], path: string): Fault | undefined {
  if (items === undefined) return undefined;
  for (const [at, item] of value.entries()) {
    const fault = misfit(items as AnswerSchema, item, `${path}/${at}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function misfitMember(schema: AnswerSchema, value: Readonly<Record<string, unknown>>, path: string): Fault | undefined {
  const { required = [], additionalProperties = true } = schema as {
    readonly required?: readonly string[];
    readonly additionalProperties?: boolean;
  };
  const properties = new Map(Object.entries((schema.properties ?? {}) as Record<string, AnswerSchema>));
  for (const name of required)
    if (!Object.hasOwn(value, name)) return { path: `${path}/${name}`, message: 'is missing' };
  for (const [name, member] of Object.entries(value)) {
    const of = properties.get(name);
    if (of === undefined && !additionalProperties) return { path: `${path}/${name}`, message: 'is not known' };
    const fault = of && misfit(of, member, `${path}/${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  if (type === 'integer') return Number.isSafeInteger(value);
  return typeof value === type;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
