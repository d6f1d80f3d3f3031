// The queue and the profile of a test that is about something else.

import * as layout from '../../assembly/layout.ts';
import type { Command } from './commands.ts';

type QueueSet = Extract<Command, { kind: 'queueSet' }>;

/** First come, first served; nothing but an offer takes time. */
export function plainQueue(change: Partial<QueueSet> = {}): QueueSet {
  return {
    kind: 'queueSet',
    queue: 0,
    channels: 1,
    order: layout.ORDER_PRIORITY,
    select: layout.SELECT_LONGEST_IDLE,
    weight: 0,
    ageing: 0,
    offerMs: 5_000,
    wrapUpMs: 0,
    maxWaiting: -1,
    missedMax: 0,
    afterRejectMs: 0,
    ...change,
  };
}

/** Asks for nothing. */
export const plainProfile: Command = {
  kind: 'profileSet',
  profile: 0,
  queue: 0,
  channel: 0,
  all: [],
  any: [],
  prefers: [],
};
