// Validates parameters by the schemas and says what is wrong so that a stranger can mend it: at `/capacity/voice`,
// `expected an integer from 0 to 255, got "x"`. One fault is reported, the first in the order of the
// schema. Validators are compiled at their first use.

import type { TSchema } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler, type ValueError, ValueErrorType } from '@sinclair/typebox/compiler';
import { type EventName, events, routerRequests } from './events.ts';
import { expectation } from './expectation.ts';
import { exactlyOneFault, type Fault } from './fault.ts';
import { type MethodName, type MethodSpec, methodSpec, methods } from './methods.ts';

export { type Fault, faultText } from './fault.ts';

const shownCharactersMax = 60;
const checks = new Map<TSchema, TypeCheck<TSchema>>();

function compiled(schema: TSchema): TypeCheck<TSchema> {
  let check = checks.get(schema);
  if (check === undefined) {
    check = TypeCompiler.Compile(schema);
    checks.set(schema, check);
  }
  return check;
}

/** What is wrong with a value, or undefined. `under` is put before each path. */
export function faultOf(schema: TSchema, value: unknown, under = ''): Fault | undefined {
  const check = compiled(schema);
  if (check.Check(value)) return undefined;
  const first = check.Errors(value).First();
  const error = first && within(first);
  if (error === undefined) throw new Error(`a value fails its schema without an error: ${JSON.stringify(value)}`);
  return { path: `${under}${error.path}`, message: describe(error) };
}

/**
 * Of what may be one of several, the fault within the one that is meant: what is said of all of them at once helps nobody. Meant is the
 * one that a member with a fixed text names, the only one of the value's kind, or the one that knows most of the value's members.
 */
function within(error: ValueError): ValueError {
  const { type, schema, value, path } = error;
  if (type !== ValueErrorType.Union || typeof value !== 'object' || value === null) return error;
  const kind = Array.isArray(value) ? 'array' : 'object';
  const variants = (schema.anyOf as TSchema[])
    .map((variant, at) => ({ variant, first: () => error.errors[at]?.First() }))
    .filter(({ variant }) => variant.type === kind);
  const { tag, texts } = tagOf(variants.map(({ variant }) => variant));
  if (tag !== undefined) {
    const given = (value as Record<string, unknown>)[tag];
    const at = texts.indexOf(given);
    if (at >= 0) return withinFirst(variants[at]?.first(), error);
    const tagSchema = { enum: texts } as unknown as TSchema;
    const missing = given === undefined ? ValueErrorType.ObjectRequiredProperty : ValueErrorType.StringPattern;
    return { ...error, type: missing, schema: tagSchema, path: `${path}/${tag}`, value: given };
  }
  const known = variants.map(({ variant }) => Object.keys(value).filter((name) => name in (variant.properties ?? {})));
  const most = Math.max(...known.map(({ length }) => length));
  const meant = variants.length === 1 ? variants : variants.filter((_, at) => most > 0 && known[at]?.length === most);
  return meant.length === 1 ? withinFirst(meant[0]?.first(), error) : error;
}

function withinFirst(first: ValueError | undefined, otherwise: ValueError): ValueError {
  return first === undefined ? otherwise : within(first);
}

/** The member by whose text objects of these kinds are told from each other. */
function tagOf(variants: readonly TSchema[]): { readonly tag?: string; readonly texts: readonly unknown[] } {
  const [first] = variants;
  if (variants.length < 2 || first === undefined) return { texts: [] };
  const constOf = (schema: TSchema, name: string): unknown => schema.properties?.[name]?.const;
  const tag = Object.keys(first.properties ?? {}).find((name) =>
    variants.every((one) => constOf(one, name) !== undefined),
  );
  return tag === undefined ? { texts: [] } : { tag, texts: variants.map((one) => constOf(one, tag)) };
}

export function validateParams(method: MethodName, params: unknown): Fault | undefined {
  return paramsFault(methodSpec(method), params);
}

export function paramsFault(spec: MethodSpec, params: unknown): Fault | undefined {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    return { path: '', message: 'parameters are given by name, as the members of an object' };
  }
  const { exactlyOne } = spec;
  return (
    faultOf(spec.params, params) ?? (exactlyOne && exactlyOneFault(exactlyOne, params)) ?? spec.furtherFault?.(params)
  );
}

/** For our own side of the boundary: what the router says must fit its own schemas. */
export function resultFault(method: MethodName, result: unknown): Fault | undefined {
  return faultOf(methods[method].result, result);
}

export function eventFault(event: EventName, params: unknown): Fault | undefined {
  return faultOf(events[event].params, params);
}

export function routerRequestFault(request: keyof typeof routerRequests, params: unknown): Fault | undefined {
  return faultOf(routerRequests[request].params, params);
}

function describe({ type, schema, value }: ValueError): string {
  switch (type) {
    case ValueErrorType.ObjectAdditionalProperties:
      return schema.patternProperties === undefined
        ? 'there is no such parameter'
        : 'this is no name that can be used here';
    case ValueErrorType.ObjectRequiredProperty:
      return `is missing; expected ${expectation(schema)}`;
    case ValueErrorType.ArrayUniqueItems:
      return 'expected no item twice';
    case ValueErrorType.Kind:
      if (schema.type === 'object' && isPlainObject(value)) {
        return `too long, nested too deeply, or with a member that may not be: ${schema.description}`;
      }
      break;
  }
  return `expected ${expectation(schema)}, got ${shown(value)}`;
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as JSON, cut short. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length} items`;
  if (typeof value === 'object' && value !== null) return 'an object';
  // JSON has 1e400, and no word for what becomes of it.
  if (value === Infinity || value === -Infinity) return 'a number that is too large';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= shownCharactersMax ? text : `${text.slice(0, shownCharactersMax)}…`;
}
