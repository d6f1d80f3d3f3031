// What a role may say in a method that it may call: looked at after the role and the schema, before anything is done.
//
// What is let through is complete: an agent who left out `agentId` where it means itself gets it filled in, so handlers
// need not know who asked to know who is meant.

import type { Caller } from '../engine/egress.ts';
import type { Fault } from './fault.ts';
import { type MethodName, methodSpec } from './methods.ts';
import { platformSubPrefix } from './platforms.ts';
import { type Refusal, refuse } from './refusals.ts';

type Members = Readonly<Record<string, unknown>>;

export type Settled =
  | { readonly params: Members }
  | { readonly refusal: Refusal }
  /** -32602, as what the schema finds. */
  | { readonly fault: Fault };

/** What a platform of somebody else's may do: hand over, and see what there is to call. */
const methodsOfPlatforms: ReadonlySet<MethodName> = new Set<MethodName>([
  'session.open',
  'handover.put',
  'session.ping',
  'rpc.discover',
]);

export function isPlatform({ role, sub }: Pick<Caller, 'role' | 'sub'>): boolean {
  return role === 'app' && sub.startsWith(platformSubPrefix);
}

/** Of a method that its role may call. */
export function mayCall(method: MethodName, caller: Pick<Caller, 'role' | 'sub'>): boolean {
  return !isPlatform(caller) || methodsOfPlatforms.has(method);
}

/** `params` fit the schema of the method already. */
export function settleParams(method: MethodName, params: Members, caller: Caller): Settled {
  const { role, sub } = caller;
  if (!mayCall(method, caller)) return { refusal: refuse('not_allowed_for_role', { role, method, sub }) };
  const { withheld, self } = methodSpec(method);
  if (withheld === undefined && self === undefined) return { params };
  const path = withheld?.[role]?.find((name) => name in params);
  if (path !== undefined) return { refusal: refuse('not_allowed_for_role', { role, method, path: `/${path}` }) };
  if (self === undefined) return { params };
  if (role !== 'agent') {
    if (self in params) return { params };
    return { fault: { path: `/${self}`, message: 'is missing; only an agent may leave it out' } };
  }
  if ((params[self] ?? sub) !== sub) {
    return { refusal: refuse('not_allowed_for_role', { role, method, path: `/${self}` }) };
  }
  return { params: { ...params, [self]: sub } };
}
