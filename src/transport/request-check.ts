// The way in by the tables of src/protocol: may the role call the method, are the parameters right, may this caller say
// so. In this order; the first that fails is the answer. What is let through is complete.

import type { Caller, Role } from '../engine/egress.ts';
import { resultEncoders } from '../protocol/encoders.ts';
import { eventNames, events } from '../protocol/events.ts';
import { features } from '../protocol/features.ts';
import { type MethodName, methodNames, methodSpec } from '../protocol/methods.ts';
import { refuse } from '../protocol/refusals.ts';
import { settleParams } from '../protocol/rights.ts';
import { paramsFault, validateParams } from '../protocol/validation.ts';
import { type Checked, noParams, type Params, type ParamsFault, type RoutedMethod } from './request-router.ts';

/** All methods; `localResults`: the texts of those that are answered without asking a partition. */
export function routedMethods(localResults: Readonly<Partial<Record<MethodName, string>>>): Map<string, RoutedMethod> {
  return new Map(
    methodNames.map((name) => [
      name,
      {
        name,
        check: checkOf(name),
        localResult: localResults[name],
        encodeMembers: resultEncoders.get(name),
      },
    ]),
  );
}

function checkOf(method: MethodName): RoutedMethod['check'] {
  const spec = methodSpec(method);
  return (params: unknown, caller: Caller): Checked => {
    const { role } = caller;
    if (!spec.roles.includes(role)) return { refusal: refuse('not_allowed_for_role', { role, method }) };
    const given = params ?? noParams;
    const invalid = paramsFault(spec, given);
    if (invalid !== undefined) return { invalid };
    const settled = settleParams(method, given as Params, caller);
    return 'fault' in settled ? { invalid: settled.fault } : settled;
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

/** What a session of the role is told in the answer to session.open. */
export function capabilitiesOf(role: Role): Capabilities {
  return {
    methods: methodNames.filter((name) => methodSpec(name).roles.includes(role)),
    events: eventNames.filter((name) => (events[name].to as readonly Role[]).includes(role)),
    features: Object.keys(features),
  };
}
