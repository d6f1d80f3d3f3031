// The words for what the core says in numbers: states, reasons, policies. Each vocabulary is listed once, here, beside
// the core's constant; schemas, events and handlers take their words from these tables. A word is never reused.

import * as layout from '../../assembly/layout.ts';

export const contactStates = {
  waiting: layout.CONTACT_WAITING,
  waitingFor: layout.CONTACT_WAITING_FOR,
  ringing: layout.CONTACT_RINGING,
  connected: layout.CONTACT_CONNECTED,
  wrapUp: layout.CONTACT_WRAP_UP,
} as const;

export const lineStates = {
  free: layout.LINE_FREE,
  ringing: layout.LINE_RINGING,
  connected: layout.LINE_CONNECTED,
  wrapUp: layout.LINE_WRAP_UP,
  gone: layout.LINE_GONE,
} as const;

export const agentStates = {
  loggedOut: layout.AGENT_LOGGED_OUT,
  notReady: layout.AGENT_NOT_READY,
  ready: layout.AGENT_READY,
  ringing: layout.AGENT_RINGING,
  inService: layout.AGENT_IN_SERVICE,
  wrapUp: layout.AGENT_WRAP_UP,
} as const;

/** Reasons for not being ready that the core gives; agents may give any other name. */
export const notReadyReasons = {
  loggedIn: layout.REASON_LOGGED_IN,
  missed: layout.REASON_MISSED,
} as const;

export const endedReasons = {
  cancelled: layout.ENDED_CANCELLED,
  byCustomer: layout.ENDED_BY_CUSTOMER,
  byAgent: layout.ENDED_BY_AGENT,
  byApplication: layout.ENDED_BY_APPLICATION,
  agentUnavailable: layout.ENDED_AGENT_UNAVAILABLE,
} as const;

export const withdrawnReasons = {
  cancelled: layout.WITHDRAWN_CANCELLED,
  timedOut: layout.WITHDRAWN_TIMED_OUT,
  rejected: layout.WITHDRAWN_REJECTED,
  notReady: layout.WITHDRAWN_NOT_READY,
  loggedOut: layout.WITHDRAWN_LOGGED_OUT,
  ended: layout.WITHDRAWN_ENDED,
  changed: layout.WITHDRAWN_CHANGED,
} as const;

export const queuedReasons = {
  arrived: layout.QUEUED_ARRIVED,
  notTaken: layout.QUEUED_BACK,
  fellBack: layout.QUEUED_FELL_BACK,
  updated: layout.QUEUED_UPDATED,
} as const;

export const orders = { priority: layout.ORDER_PRIORITY, firstCome: layout.ORDER_FIRST_COME } as const;

export const selections = {
  longestIdle: layout.SELECT_LONGEST_IDLE,
  bestSkilled: layout.SELECT_BEST_SKILLED,
  linear: layout.SELECT_LINEAR,
} as const;

export const orElses = { queue: layout.OR_ELSE_QUEUE, end: layout.OR_ELSE_END } as const;

export const builtInChannels = ['voice', 'video', 'chat', 'callback', 'email'] as const;

/** The words of a vocabulary, in the order of its table. */
export function words<Word extends string>(vocabulary: Readonly<Record<Word, number>>): [Word, ...Word[]] {
  return Object.keys(vocabulary) as [Word, ...Word[]];
}

/** The way back: from the core's number to the word. Throws on a number that is in no table: both sides would disagree. */
export function wordsByCode<Word extends string>(vocabulary: Readonly<Record<Word, number>>): (code: number) => Word {
  const byCode: Word[] = [];
  for (const [word, code] of Object.entries<number>(vocabulary)) byCode[code] = word as Word;
  return (code) => {
    const word = byCode[code];
    if (word === undefined) throw new Error(`no word for the core's ${code} among ${words(vocabulary).join(', ')}`);
    return word;
  };
}
