// How many cases begin, and what they have in common.

import type { Case } from '../../case.ts';
import { agentIsOffered, brings, contactIs, type RouterStep, reports, routerConnects, routerRings } from '../steps.ts';
import type { RouterWorld } from '../world.ts';

export function theCase(name: string, rule: string, steps: readonly RouterStep[]): Case<RouterWorld> {
  return { name, rule, steps };
}

/** One that needs a queue, an agent and switches made for the purpose. */
export function caseOfOwn(name: string, rule: string, steps: readonly RouterStep[]): Case<RouterWorld> {
  const needs = ({ setting }: RouterWorld) =>
    setting.own === undefined
      ? 'it needs a queue, an agent and switches of its own: give the router’s secret instead of tokens'
      : undefined;
  return { name, rule, steps, needs };
}

/** A contact rings at the agent’s telephone. */
export const ringing: readonly RouterStep[] = [
  brings(),
  routerRings(),
  agentIsOffered,
  reports('leg.ringing', 'agent'),
];

/** The telephone was answered, and the switch has not joined the two yet. */
export const connecting: readonly RouterStep[] = [
  ...ringing,
  reports('leg.answered', 'agent'),
  routerConnects('nothing'),
  contactIs('connecting'),
];

export const inService: readonly RouterStep[] = [
  ...ringing,
  reports('leg.answered', 'agent'),
  routerConnects(),
  contactIs('connected'),
];
