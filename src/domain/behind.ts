// Handlers that decide behind the core, by what the tick has come to: two requests of one tick see each other.

import type { Caller } from '../engine/egress.ts';
import type { Handler, Pending, Reaction } from './module.ts';

export type Answered = ReturnType<Pending>;

// biome-ignore lint/suspicious/noExplicitAny: as Handler: each decides by the params of its method
export function behind(decide: (params: any, caller: Caller, reaction: Reaction) => Answered): Handler {
  return (params, { caller }) => ({ pending: (reaction) => decide(params, caller as Caller, reaction) });
}
