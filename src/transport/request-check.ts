// The way in by the tables of src/protocol: may the role call the method, are the parameters right, may this caller say
// so. In this order; the first that fails is the answer. What is let through is complete.

import type { Caller, Role } from '../engine/egress.ts';
import { resultWriters } from '../protocol/byte-writers.ts';
import { resultEncoders } from '../protocol/encoders.ts';
import { eventNames, events } from '../protocol/events.ts';
import { features } from '../protocol/features.ts';
import { type MethodName, methodNames, methodSpec } from '../protocol/methods.ts';
import { paramsReaders } from '../protocol/readers.ts';
import { refuse } from '../protocol/refusals.ts';
import { isPlatform, mayCall, settleParams } from '../protocol/rights.ts';
import { paramsFault, validateParams } from '../protocol/validation.ts';
import { type Checked, noParams, type Params, type ParamsFault, type RoutedMethod } from './request-router.ts';

/** All methods; `localResults`: the texts of those that are answered without asking a partition. */
export function routedMethods(localResults: Readonly<Partial<Record<MethodName, string>>>): Map<string, RoutedMethod> {
  return new Map(
    methodNames.map((name) => [
      name,
      {
        name,
        ...checksOf(name),
        readParams: paramsReaders.get(name),
        localResult: localResults[name],
        encodeMembers: resultEncoders.get(name),
        writeMembers: resultWriters.get(name),
      },
    ]),
  );
}

function checksOf(method: MethodName): Pick<RoutedMethod, 'check' | 'settle'> {
  const spec = methodSpec(method);
  const isSettled = spec.withheld === undefined && spec.self === undefined;
  const settled = (params: Params, caller: Caller): Checked => {
    if (isSettled && !isPlatform(caller)) return { params };
    const found = settleParams(method, params, caller);
    return 'fault' in found ? { invalid: found.fault } : found;
  };
  const notAllowed = (role: Role): Checked => ({ refusal: refuse('not_allowed_for_role', { role, method }) });
  return {
    check(params, caller) {
      if (!spec.roles.includes(caller.role)) return notAllowed(caller.role);
      const given = params ?? noParams;
      const invalid = paramsFault(spec, given);
      return invalid === undefined ? settled(given as Params, caller) : { invalid };
    },
    settle: (params, caller) => (spec.roles.includes(caller.role) ? settled(params, caller) : notAllowed(caller.role)),
  };
}

export function openFault(params: unknown): ParamsFault | undefined {
  return validateParams('session.open', params);
}

export interface Capabilities {
  readonly methods: readonly MethodName[];
  readonly events: readonly string[];
  readonly features: readonly string[];
}

/** By kind of caller: they are the same for every session of it. */
const capabilitiesMade = new Map<string, Capabilities>();

/** What a session is told in the answer to session.open. */
export function capabilitiesOf(caller: Pick<Caller, 'role' | 'sub'>): Capabilities {
  const kind = isPlatform(caller) ? 'platform' : caller.role;
  const made = capabilitiesMade.get(kind) ?? capabilitiesFor(caller);
  capabilitiesMade.set(kind, made);
  return made;
}

function capabilitiesFor(caller: Pick<Caller, 'role' | 'sub'>): Capabilities {
  const { role } = caller;
  // A platform brings no contacts, so there is nothing that it would be told of.
  const told = isPlatform(caller) ? [] : eventNames;
  return {
    methods: methodNames.filter((name) => methodSpec(name).roles.includes(role) && mayCall(name, caller)),
    events: told.filter((name) => (events[name].to as readonly Role[]).includes(role)),
    features: Object.keys(features),
  };
}
