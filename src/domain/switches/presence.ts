// Whether a switch is there: connected, gone for a while with its calls kept, or lost.

import type { Switch } from './switch-book.ts';

/** Its grace time is over: its contacts end, and nothing is asked of it. */
export function isLost(
  { connected, since, graceMs }: Pick<Switch, 'connected' | 'since' | 'graceMs'>,
  now: number,
): boolean {
  return !connected && now - since >= graceMs;
}
