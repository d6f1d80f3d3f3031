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
  const error = check.Errors(value).First();
  if (error === undefined) throw new Error(`a value fails its schema without an error: ${JSON.stringify(value)}`);
  return { path: `${under}${error.path}`, message: describe(error) };
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
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= shownCharactersMax ? text : `${text.slice(0, shownCharactersMax)}…`;
}
