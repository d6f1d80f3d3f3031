// A core that traps once, where the first command of a tick sets a timer of this module: the follow-up that asked for it is set
// aside and comes again later.

import * as layout from '../../assembly/layout.ts';
import { CoreTrapError } from '../../src/engine/core.ts';
import type { DomainWorld } from './domain-world.ts';

export function trapOnceAtTimer({ pool }: DomainWorld, module: number): { readonly trapped: boolean } {
  const outcome = { trapped: false };
  const step = pool.step.bind(pool);
  pool.step = async (core, request) => {
    const input = new DataView(core.memory.buffer, layout.INPUT_AT + request.buffer * layout.INPUT_BYTES);
    const isTimer = request.inputBytes > 0 && input.getUint16(0, true) === layout.COMMAND_TIMER_SET;
    // Other modules have timers, too.
    if (isTimer && input.getInt32(layout.TIMER_MODULE, true) === module && !outcome.trapped) {
      outcome.trapped = true;
      throw new CoreTrapError('on purpose', { command: 0 });
    }
    await step(core, request);
  };
  return outcome;
}
