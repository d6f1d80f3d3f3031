// The way in by the tables of src/protocol: is there such a method, may the role call it, are the parameters right, may
// this caller say so. In this order; the first that fails is the answer. What is let through is complete.

import type { Caller, Role } from '../engine/egress.ts';
import { eventNames, events } from '../protocol/events.ts';
import { features } from '../protocol/features.ts';
import { isMethodName, type MethodName, methodNames, methodSpec } from '../protocol/methods.ts';
import { refuse } from '../protocol/refusals.ts';
import { settleParams } from '../protocol/rights.ts';
import { validateParams } from '../protocol/validation.ts';
import { type Checked, noParams, type Params, type ParamsFault } from './request-router.ts';

/** `params` as they came: undefined where a request has none. */
export function checkRequest(method: string, params: unknown, caller: Caller): Checked {
  if (!isMethodName(method)) return { unknownMethod: method };
  const { role } = caller;
  if (!methodSpec(method).roles.includes(role)) return { refusal: refuse('not_allowed_for_role', { role, method }) };
  const given = params ?? noParams;
  const invalid = validateParams(method, given);
  if (invalid !== undefined) return { invalid };
  const settled = settleParams(method, given as Params, caller);
  return 'fault' in settled ? { invalid: settled.fault } : settled;
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
