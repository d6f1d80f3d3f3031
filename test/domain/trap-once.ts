// A core that traps once, at the first command of a tick: the follow-up that asked for it is set aside and comes again later.

import * as layout from '../../assembly/layout.ts';
import { CoreTrapError } from '../../src/engine/core.ts';
import type { DomainWorld } from './domain-world.ts';

/** Where it sets a timer of this module: other modules have timers, too. */
export function trapOnceAtTimer(world: DomainWorld, module: number): { readonly trapped: boolean } {
  const isOurs = (input: DataView) => input.getInt32(layout.TIMER_MODULE, true) === module;
  return trapOnceAt(world, layout.COMMAND_TIMER_SET, isOurs);
}

export function trapOnceAt(
  { pool }: DomainWorld,
  kind: number,
  isMeant: (input: DataView) => boolean = () => true,
): { readonly trapped: boolean } {
  const outcome = { trapped: false };
  const step = pool.step.bind(pool);
  pool.step = async (core, request) => {
    const input = new DataView(core.memory.buffer, layout.INPUT_AT + request.buffer * layout.INPUT_BYTES);
    const isFirst = request.inputBytes > 0 && input.getUint16(0, true) === kind;
    if (isFirst && isMeant(input) && !outcome.trapped) {
      outcome.trapped = true;
      throw new CoreTrapError('on purpose', { command: 0 });
    }
    await step(core, request);
  };
  return outcome;
}
