// The way in, after a frame has been read and before anything is done: is there such a method, are the parameters
// right, may this role call it so. In this order, and the first that fails is the answer.
//
// What is let through is complete: an agent who left out `agentId` where it means themselves gets it filled in, so
// handlers need not know who asked to know who is meant.

import type { Caller } from '../engine/egress.ts';
import { isMethodName, type MethodName, type MethodSpec, methodSpec } from './methods.ts';
import { type Refusal, refuse } from './refusals.ts';
import { type Fault, validateParams } from './validation.ts';

export type Checked =
  | { readonly method: MethodName; readonly params: Readonly<Record<string, unknown>> }
  | { readonly unknownMethod: string }
  | { readonly invalid: Fault }
  | { readonly refusal: Refusal };

/** `params` as they came: undefined where a request has none. */
export function checkRequest(method: string, params: unknown, caller: Caller): Checked {
  if (!isMethodName(method)) return { unknownMethod: method };
  const given = params ?? {};
  const invalid = validateParams(method, given);
  if (invalid !== undefined) return { invalid };
  const spec = methodSpec(method);
  const members = given as Readonly<Record<string, unknown>>;
  const refusal = roleRefusal(method, spec, members, caller);
  if (refusal !== undefined) return { refusal };
  return completed(method, spec, members, caller);
}

function roleRefusal(
  method: MethodName,
  { roles, withheld, self }: MethodSpec,
  params: Readonly<Record<string, unknown>>,
  { role, sub }: Caller,
): Refusal | undefined {
  if (!roles.includes(role)) return refuse('not_allowed_for_role', { role, method, roles });
  const path = withheld?.[role]?.find((name) => name in params);
  if (path !== undefined) return refuse('not_allowed_for_role', { role, path: `/${path}` });
  if (self !== undefined && role === 'agent' && (params[self] ?? sub) !== sub) {
    return refuse('not_allowed_for_role', { role, path: `/${self}` });
  }
  return undefined;
}

function completed(
  method: MethodName,
  { self }: MethodSpec,
  params: Readonly<Record<string, unknown>>,
  { role, sub }: Caller,
): Checked {
  if (self === undefined || self in params) return { method, params };
  if (role === 'agent') return { method, params: { ...params, [self]: sub } };
  return { invalid: { path: `/${self}`, message: `/${self}: is missing; only an agent may leave it out` } };
}
