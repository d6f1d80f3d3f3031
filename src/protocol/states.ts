// The words for what the core says in numbers: states, reasons, policies. Each vocabulary is listed once, here, beside
// the core's constant; schemas, events and handlers take their words from these tables. A word is never reused.

import * as layout from '../../assembly/layout.ts';

export const contactStates = {
  waiting: layout.CONTACT_WAITING,
  waitingFor: layout.CONTACT_WAITING_FOR,
  ringing: layout.CONTACT_RINGING,
  connecting: layout.CONTACT_CONNECTING,
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
  connectionLost: layout.REASON_CONNECTION_LOST,
} as const;

export const endedReasons = {
  cancelled: layout.ENDED_CANCELLED,
  byCustomer: layout.ENDED_BY_CUSTOMER,
  byAgent: layout.ENDED_BY_AGENT,
  byApplication: layout.ENDED_BY_APPLICATION,
  agentUnavailable: layout.ENDED_AGENT_UNAVAILABLE,
  switchLost: layout.ENDED_SWITCH_LOST,
  legLost: layout.ENDED_LEG_LOST,
  timedOut: layout.ENDED_TIMED_OUT,
  closed: layout.ENDED_CLOSED,
  nobody: layout.ENDED_NOBODY,
  exhausted: layout.ENDED_EXHAUSTED,
  callback: layout.ENDED_CALLBACK,
  notReached: layout.ENDED_NOT_REACHED,
  calledIn: layout.ENDED_CALLED_IN,
  handedOver: layout.ENDED_HANDED_OVER,
  transferredOut: layout.ENDED_TRANSFERRED,
  unanswered: layout.ENDED_UNANSWERED,
  consultationOver: layout.ENDED_CONSULTATION_OVER,
  voicemail: layout.ENDED_VOICEMAIL,
  agentNotReached: layout.ENDED_AGENT_NOT_REACHED,
  notJoined: layout.ENDED_NOT_JOINED,
  fundsExhausted: layout.ENDED_FUNDS_EXHAUSTED,
} as const;

export const withdrawnReasons = {
  cancelled: layout.WITHDRAWN_CANCELLED,
  timedOut: layout.WITHDRAWN_TIMED_OUT,
  rejected: layout.WITHDRAWN_REJECTED,
  notReady: layout.WITHDRAWN_NOT_READY,
  loggedOut: layout.WITHDRAWN_LOGGED_OUT,
  ended: layout.WITHDRAWN_ENDED,
  changed: layout.WITHDRAWN_CHANGED,
  busy: layout.WITHDRAWN_BUSY,
  unreachable: layout.WITHDRAWN_UNREACHABLE,
  answeredElsewhere: layout.WITHDRAWN_ANSWERED_ELSEWHERE,
  sent: layout.WITHDRAWN_SENT,
} as const;

export const queuedReasons = {
  arrived: layout.QUEUED_ARRIVED,
  notTaken: layout.QUEUED_BACK,
  fellBack: layout.QUEUED_FELL_BACK,
  updated: layout.QUEUED_UPDATED,
  moved: layout.QUEUED_MOVED,
  offeredAgain: layout.QUEUED_WITHHELD_NO_MORE,
  step: layout.QUEUED_STEP,
  sent: layout.QUEUED_SENT,
} as const;

/** Whether a contact may be offered. */
export const withholdings = {
  begins: layout.WITHHELD_BEGINS,
  ends: layout.WITHHELD_ENDS,
  parked: layout.WITHHELD_PARKED,
  resumed: layout.WITHHELD_RESUMED,
} as const;

/** Why a contact left its queue for another one, or is to. */
export const movedReasons = {
  full: layout.MOVED_FULL,
  timedOut: layout.MOVED_TIMED_OUT,
  closed: layout.MOVED_CLOSED,
  nobody: layout.MOVED_NOBODY,
  nobodyReady: layout.MOVED_NOBODY_READY,
  exhausted: layout.MOVED_EXHAUSTED,
  callback: layout.MOVED_CALLBACK,
  unanswered: layout.MOVED_UNANSWERED,
  voicemail: layout.MOVED_VOICEMAIL,
} as const;

/** Why a contact was sent on, whatever it was doing. */
export const sentReasons = {
  transferred: layout.MOVED_TRANSFERRED,
  bySupervisor: layout.MOVED_BY_SUPERVISOR,
  legLost: layout.MOVED_LEG_LOST,
  agentLost: layout.MOVED_AGENT_LOST,
  returned: layout.MOVED_RETURNED,
  attended: layout.MOVED_HANDED_OVER,
  parked: layout.MOVED_PARKED,
  chosen: layout.MOVED_CHOSEN,
} as const;

export const orders = { priority: layout.ORDER_PRIORITY, firstCome: layout.ORDER_FIRST_COME } as const;

export const selections = {
  longestIdle: layout.SELECT_LONGEST_IDLE,
  bestSkilled: layout.SELECT_BEST_SKILLED,
  linear: layout.SELECT_LINEAR,
  leastOccupied: layout.SELECT_LEAST_OCCUPIED,
  leastContacts: layout.SELECT_LEAST_CONTACTS,
  leastSkilled: layout.SELECT_LEAST_SKILLED,
  roundRobin: layout.SELECT_ROUND_ROBIN,
  weightedRandom: layout.SELECT_WEIGHTED_RANDOM,
  ringAll: layout.SELECT_RING_ALL,
  ringProgressive: layout.SELECT_RING_PROGRESSIVE,
  score: layout.SELECT_SCORE,
} as const;

/** What may begin an agent's idle time anew. Every queue counts a log-in. */
export const idleEvents = {
  ready: layout.IDLE_READY,
  connected: layout.IDLE_CONNECTED,
  ended: layout.IDLE_ENDED,
  wrappedUp: layout.IDLE_WRAPPED_UP,
  rejected: layout.IDLE_REJECTED,
  missed: layout.IDLE_MISSED,
  failed: layout.IDLE_FAILED,
} as const;

/** The terms of a score, by their numbers. */
export const scoreTerms = {
  idle: layout.SCORE_IDLE,
  occupancy: layout.SCORE_OCCUPANCY,
  contacts: layout.SCORE_CONTACTS,
  required: layout.SCORE_REQUIRED,
  preferred: layout.SCORE_PREFERRED,
  lastAgent: layout.SCORE_LAST_AGENT,
} as const;

export const orElses = { queue: layout.OR_ELSE_QUEUE, end: layout.OR_ELSE_END } as const;

export const fellBackReasons = {
  timedOut: layout.FELL_BACK_TIMED_OUT,
  loggedOut: layout.FELL_BACK_LOGGED_OUT,
  notReady: layout.FELL_BACK_NOT_READY,
  notEligible: layout.FELL_BACK_NOT_ELIGIBLE,
  tooMany: layout.FELL_BACK_TOO_MANY,
} as const;

/** How an agent stood towards a contact, the first that held, in this order. */
export const standings = {
  free: layout.STANDS_FREE,
  loggedOut: layout.STANDS_LOGGED_OUT,
  loggingOut: layout.STANDS_LOGGING_OUT,
  notReady: layout.STANDS_NOT_READY,
  channelNotChosen: layout.STANDS_CHANNEL_NOT_CHOSEN,
  notInQueue: layout.STANDS_NOT_IN_QUEUE,
  excluded: layout.STANDS_EXCLUDED,
  notInGroup: layout.STANDS_NOT_IN_GROUP,
  skillMissing: layout.STANDS_SKILL_MISSING,
  skillTooLow: layout.STANDS_SKILL_TOO_LOW,
  noSkillOfSeveral: layout.STANDS_NO_SKILL_OF_SEVERAL,
  noLine: layout.STANDS_NO_LINE,
  noCapacity: layout.STANDS_NO_CAPACITY,
  resting: layout.STANDS_RESTING,
  ringing: layout.STANDS_RINGING,
  channelFull: layout.STANDS_CHANNEL_FULL,
  totalFull: layout.STANDS_TOTAL_FULL,
  seatTaken: layout.STANDS_SEAT_TAKEN,
  lineBusy: layout.STANDS_LINE_BUSY,
  next: layout.STANDS_NEXT,
  unknown: layout.STANDS_UNKNOWN,
} as const;

/** How an agent came to take one of several contacts. */
export const choices = {
  first: layout.CHOSE_HEAD,
  byName: layout.CHOSE_NAMED,
  earlier: layout.CHOSE_EARLIER,
  byAffinity: layout.CHOSE_AFFINITY,
} as const;

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
