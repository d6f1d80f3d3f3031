// How many cases begin, and what they have in common.

import type { ConductName } from '../../../simulation/switch/telephones.ts';
import type { Case } from '../../case.ts';
import { aCallComes, routerConnects, routerRings, type SwitchStep, switchReports } from '../steps.ts';
import type { SwitchWorld } from '../world.ts';

const needing =
  (...conducts: readonly ConductName[]) =>
  ({ setting }: SwitchWorld): string | undefined => {
    const lacking = conducts.filter((conduct) => setting.numbers[conduct] === undefined);
    return lacking.length === 0 ? undefined : `no number was given for: ${lacking.join(', ')} (--telephone)`;
  };

export function theCase(
  name: string,
  rule: string,
  conducts: readonly ConductName[],
  steps: readonly SwitchStep[],
): Case<SwitchWorld> {
  return { name, rule, steps, needs: needing(...conducts) };
}

/** A call that is in a conversation: what many cases begin with. */
export const inConversation: readonly SwitchStep[] = [
  aCallComes,
  routerRings('answers'),
  switchReports('leg.answered', 'agent'),
  routerConnects,
];
