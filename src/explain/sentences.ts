// The sentences of an explanation: what a supervisor reads. Pure: from names and numbers to words; test/explain/sentences.txt
// has one of each, and a test compares.
//
// Times of day are not in them: every step has its own, and whoever shows it knows the reader's zone.

import type { ContactAffinityOrigin } from '../protocol/affinity.ts';
import type { QueueStep } from '../protocol/queue-policy.ts';
import type {
  choices,
  fellBackReasons,
  movedReasons,
  scoreTerms,
  selections,
  sentReasons,
} from '../protocol/states.ts';
import { groupText, predicateOf, type StandingCount, type StandingThen } from './standing-sentences.ts';
import { called, calledContact, durationText, list, many, number, sentence } from './wording.ts';

/** A contact among which an agent chose. */
export interface CandidateThen {
  readonly contact: string | undefined;
  readonly byName: boolean;
  /** It waits for that agent since its customer knows it. */
  readonly byAffinity?: boolean;
  /** At others already, as several ring at once. */
  readonly rings: boolean;
  readonly firstCome: boolean;
  readonly weight: number;
  readonly rank: number;
  readonly priority: number;
  readonly ageingPerSecond: number;
  readonly waitedMs: number;
  readonly creditMs: number;
}

// ── A search ────────────────────────────────────────────────────────────────────────────────────────────────────
/** `free`: those who could have had it, in the order in which they would have been chosen; the first got it. */
export function searchText(
  free: readonly StandingThen[],
  counts: readonly StandingCount[],
  select: keyof typeof selections,
  { rung, already }: Ringing = alone,
): string {
  const others = counts.filter(({ stands }) => stands !== 'free');
  const rest = list(others.map(groupText));
  if (free.length === 0 && already > 0) return `Nobody else was free to be rung: ${rest}.`;
  if (free.length === 0) {
    return others.length === 0 ? 'There were no agents.' : `Nobody was free: ${rest}.`;
  }
  if (rung > 1 || already > 0) return rungText(free, rung, already, rest);
  const winner = called(free[0]!.agent);
  if (free.length === 1) {
    const alone = rest === '' ? '' : `; ${rest}`;
    return sentence(`${winner} was the only one free and was chosen${alone}`);
  }
  const why = select === 'weightedRandom' ? drawnText(free) : whyFirst(free[0]!, free[1]!, select);
  return sentence(`${winner} was chosen of ${free.length} who were free: ${why}${rest === '' ? '' : `; ${rest}`}`);
}

/** Where several ring at once. */
interface Ringing {
  /** At most so many of those who are free are rung. */
  readonly rung: number;
  /** So many were before. */
  readonly already: number;
}

const alone: Ringing = { rung: 1, already: 0 };
const NAMED_RUNG = 5;

function rungText(free: readonly StandingThen[], rung: number, already: number, rest: string): string {
  const those = free.slice(0, rung);
  const named = those.slice(0, NAMED_RUNG).map(({ agent }) => called(agent));
  const more = those.length > named.length ? [`${those.length - named.length} more`] : [];
  const how = already > 0 ? ' as well' : those.length > 1 ? ' together' : '';
  const of = free.length > those.length ? `, of ${free.length} who were free those who had been idle for longest` : '';
  const were = those.length > 1 ? 'were' : 'was';
  const others = rest === '' ? '' : `; ${rest}`;
  return sentence(`${list([...named, ...more])} ${were} rung${how}${of}${others}`);
}

/** The first was drawn of all of them. */
function drawnText(free: readonly StandingThen[]): string {
  const total = free.reduce((sum, { levels }) => sum + weightOf(levels), 0);
  return `drawn at random, with ${weightOf(free[0]!.levels)} chances of ${total}`;
}

/** Where one is drawn at random: the levels in the skills asked for; nobody weighs nothing. */
export function weightOf(levels = 0): number {
  return Math.max(1, levels);
}

/** What put the first before the second, by the queue's `select`. */
function whyFirst(
  first: StandingThen,
  second: StandingThen,
  select: Exclude<keyof typeof selections, 'weightedRandom'>,
): string {
  const next = called(second.agent);
  const [idle, nextIdle] = [first.idleMs ?? 0, second.idleMs ?? 0];
  const idleText = `idle for ${durationText(idle)}, longer than the next, ${next}, with ${durationText(nextIdle)}`;
  const madeText = `idle for ${durationText(idle)}, as long as ${next}, but set up earlier`;
  const byIdle = idle === nextIdle ? madeText : idleText;
  switch (select) {
    case 'longestIdle':
    case 'ringAll':
    case 'ringProgressive':
      return byIdle;
    case 'linear':
      return `first in the order in which agents were set up, before ${next}`;
    case 'bestSkilled':
    case 'leastSkilled': {
      const [levels, nextLevels] = [first.levels ?? 0, second.levels ?? 0];
      const more = select === 'bestSkilled' ? 'more' : 'less';
      if (levels !== nextLevels)
        return `its levels in the skills asked for come to ${levels}, ${more} than those of the next, ${next}, with ${nextLevels}`;
      return `its levels in the skills asked for come to ${levels}, as those of ${next}, and it was ${byIdle}`;
    }
    case 'leastOccupied': {
      const occupied = `it had been occupied for ${percent(first.occupancy)} of the time that counts`;
      if (first.occupancy !== second.occupancy)
        return `${occupied}, less than the next, ${next}, with ${percent(second.occupancy)}`;
      if (first.term !== second.term) return `${occupied}, a little less than the next, ${next}`;
      return `${occupied}, as much as ${next}, and ${first.term === 0 ? `it was ${byIdle}` : 'it was set up earlier'}`;
    }
    case 'leastContacts': {
      const [contacts, nextContacts] = [first.term ?? 0, second.term ?? 0];
      const counted = `it counted ${many(contacts, 'contact')} in this queue`;
      if (contacts !== nextContacts) return `${counted}, fewer than the next, ${next}, with ${nextContacts}`;
      return `${counted}, as many as ${next}, and it was ${byIdle}`;
    }
    case 'roundRobin':
      return turnText(first, second, next);
    case 'score': {
      const scored = `it scored ${scoreText(first)}`;
      if (first.scored?.score !== second.scored?.score)
        return `${scored}, more than the next, ${next}, with ${scoreText(second)}`;
      return `${scored}, as much as ${next}, and it was ${byIdle}`;
    }
  }
}

const termTexts: Readonly<Record<keyof typeof scoreTerms, string>> = {
  idle: 'idle',
  occupancy: 'not occupied',
  contacts: 'fewer contacts',
  required: 'skills asked for',
  preferred: 'skills preferred',
  lastAgent: 'served this customer last',
};

/** `2600 (idle 600 × 1, skills preferred 500 × 4)` */
function scoreText({ scored }: StandingThen): string {
  const { score, terms } = scored ?? { score: 0, terms: [] };
  const counted = terms.map(({ term, value, weight }) => `${termTexts[term]} ${value} × ${weight}`);
  return counted.length === 0 ? number(score) : `${number(score)} (${counted.join(', ')})`;
}

function percent(thousandths = 0): string {
  return `${number(thousandths / 10)}%`;
}

/** Whose turn it was. */
function turnText({ term: turn }: StandingThen, { term: nextTurn }: StandingThen, next: string): string {
  if (nextTurn === 0)
    return `neither it nor the next, ${next}, had had a turn in this queue, and it was set up earlier`;
  if (turn === 0) return 'it had not had a turn in this queue yet';
  return `its last turn in this queue was before that of the next, ${next}`;
}

/** It was put into a batch; `free` are those who could have it, in the order of their scores. */
export function batchedText(free: readonly StandingThen[], counts: readonly StandingCount[]): string {
  const others = counts.filter(({ stands }) => stands !== 'free');
  const rest = others.length === 0 ? '' : `; ${list(others.map(groupText))}`;
  const put = 'It was put into a batch, to be matched together with others';
  const [best] = free;
  if (best === undefined) return sentence(`${put}${rest}`);
  const who =
    free.length === 1
      ? `${called(best.agent)} alone was free and scored`
      : `of ${free.length} who were free ${called(best.agent)} scored most for it,`;
  return sentence(`${put}: ${who} ${scoreText(best)}${rest}`);
}

/** How a batch came out for a contact of it: who got it, and with whom it would have scored most. */
export function matchedText(
  batch: { contacts: number; agents: number; matches: number; total: number; score?: number },
  got: { agent: string | undefined; isBest: boolean } | undefined,
  best: { agent: string | undefined; score: number } | undefined,
  hasLapsed: boolean,
): string {
  const of = `a batch of ${many(batch.contacts, 'contact')} and ${many(batch.agents, 'agent')}`;
  const sum = `of all ways to make ${many(batch.matches, 'match', 'matches')} the scores come to the most, ${batch.total}`;
  if (hasLapsed)
    return sentence(`The agent it was matched with in ${of} was not free any more; it waits for the next batch`);
  const other = best === undefined ? '' : `, though it scored ${best.score} with ${called(best.agent)}`;
  if (got === undefined) return sentence(`It was left over in ${of}: ${sum}, when others are matched${other}`);
  const scored = `it scored ${batch.score ?? 0} with its rank${got.isBest ? ', the most for it' : other}`;
  return sentence(`${called(got.agent)} was matched with it in ${of}: ${scored}; ${sum}`);
}

/** There was no room for what is to be said of each of them. */
export function untoldText(agents: number): string {
  return `It looked for somebody among ${agents} agents, more than can be told of at once.`;
}

/** It asked for one agent by name. */
export function namedSearchText(then: StandingThen): string {
  if (then.stands === 'free') return `It asked for ${called(then.agent)}, who was free.`;
  return `It asked for ${called(then.agent)}, who ${predicateOf(then)}.`;
}

// ── A choice ────────────────────────────────────────────────────────────────────────────────────────────────────
/** An agent took one of several contacts; `asked` is the one that is explained, and not always the one it took. */
export function choiceText(
  agent: string | undefined,
  how: keyof typeof choices,
  taken: CandidateThen,
  asked: CandidateThen,
  candidates: readonly CandidateThen[],
): string {
  const who = called(agent);
  if (taken === asked) return sentence(wonText(who, how, asked, candidates));
  const other = calledContact(taken.contact);
  if (how === 'byName' && !asked.byName)
    return sentence(`${who} became free and took ${other}, which was waiting for ${who} by name`);
  if (how === 'byAffinity' && asked.byAffinity !== true)
    return sentence(`${who} became free and took ${other}, which was waiting for ${who}, whom its customer knows`);
  const before = beforeText(taken, other, asked, 'this one', how !== 'byName' && how !== 'byAffinity');
  if (how === 'earlier')
    return sentence(`${who} was free and took ${other}, which was placed at the same moment: ${before}`);
  return sentence(`${who} became free and took ${other} rather than this one: ${before}`);
}

function wonText(
  who: string,
  how: keyof typeof choices,
  asked: CandidateThen,
  candidates: readonly CandidateThen[],
): string {
  if (how === 'byName') return `${who} became free and took it, since it was waiting for ${who} by name`;
  if (how === 'byAffinity')
    return `${who} became free and took it, since it was waiting for ${who}, whom its customer knows`;
  const others = candidates.filter((candidate) => candidate !== asked);
  const took = asked.rings ? 'was rung as well' : 'took it';
  if (others.length === 0) return `${who} became free and ${took}, the first of all that ${who} could serve`;
  const next = others.reduce((best, other) => (comesBefore(other, best) ? other : best));
  const before = beforeText(asked, 'this one', next, calledContact(next.contact), true);
  return `${who} became free and ${took}: ${before}`;
}

function comesBefore(one: CandidateThen, other: CandidateThen): boolean {
  if (one.weight !== other.weight) return one.weight > other.weight;
  if (one.rank !== other.rank) return one.rank > other.rank;
  return one.waitedMs + one.creditMs > other.waitedMs + other.creditMs;
}

/** Why one contact came before another. */
function beforeText(
  one: CandidateThen,
  oneName: string,
  other: CandidateThen,
  otherName: string,
  weighs: boolean,
): string {
  if (weighs && one.weight !== other.weight)
    return `the queue of ${oneName} weighs ${one.weight}, that of ${otherName} ${other.weight}`;
  if (one.rank !== other.rank) return `${oneName} ranked ${rankText(one)}, ${otherName} ${rankText(other)}`;
  const [waited, otherWaited] = [one.waitedMs + one.creditMs, other.waitedMs + other.creditMs];
  if (waited !== otherWaited)
    return `both ranked ${number(one.rank)}, and ${oneName} had waited ${durationText(waited)}, ${otherName} ${durationText(otherWaited)}`;
  return `both ranked ${number(one.rank)} and had waited as long, but ${oneName} was created before ${otherName}`;
}

/** `12.5 (priority 2, and 0.1 a second for 1 min 45 s, 30 s of them credited)` */
function rankText({ rank, priority, firstCome, ageingPerSecond, waitedMs, creditMs }: CandidateThen): string {
  const parts = firstCome ? [] : [`priority ${priority}`];
  const credited = creditMs > 0 ? `, ${durationText(creditMs)} of them credited` : '';
  const waited = `${durationText(waitedMs + creditMs)}${credited}`;
  const gained = rank - (firstCome ? 0 : priority);
  const isCapped = Math.round(gained * 1e6) < Math.round(ageingPerSecond * (waitedMs + creditMs) * 1e3);
  if (isCapped) parts.push(`${number(gained)} for ${waited}, the most that waiting is worth`);
  else if (ageingPerSecond > 0) parts.push(`${number(ageingPerSecond)} a second for ${waited}`);
  else if (gained > 0) parts.push(`${number(gained)} for ${waited}`);
  return parts.length === 0 ? number(rank) : `${number(rank)} (${parts.join(', and ')})`;
}

// ── What happened ───────────────────────────────────────────────────────────────────────────────────────────────
export function arrivedText(contact: {
  readonly contact: string;
  readonly queue: string;
  readonly channel: string;
  readonly priority: number;
  readonly creditMs: number;
  readonly requires: readonly string[];
  readonly any: readonly string[];
  readonly prefers: readonly string[];
  readonly askedFor: string | undefined;
  /** Its customer’s agent, where the queue leads it to that one. */
  readonly knows?: { readonly agentId: string; readonly source: ContactAffinityOrigin } | undefined;
  /** Its customer was here before: how long ago that was. */
  readonly placeOfMs?: number;
}): string {
  const { placeOfMs, requires, any, prefers, askedFor, priority, creditMs } = contact;
  const wishes = [
    ...(requires.length > 0 ? [`requires ${list(requires)}`] : []),
    ...(any.length > 0 ? [`requires ${list(any, 'or')}`] : []),
    ...(prefers.length > 0 ? [`prefers ${list(prefers)}`] : []),
    ...(askedFor !== undefined ? [`asks for ${askedFor} by name`] : []),
    ...(priority !== 0 ? [`has priority ${priority}`] : []),
    ...(creditMs > 0 ? [`is credited with ${durationText(creditMs)} of waiting`] : []),
  ];
  const back =
    placeOfMs === undefined
      ? ''
      : ` Its customer had waited before: it has the place of ${durationText(placeOfMs)} before.`;
  const came = `${contact.contact} came on ${contact.channel} for the queue ${contact.queue}.${back}`;
  const known = contact.knows === undefined ? came : `${came} ${knownText(contact.knows)}`;
  return wishes.length === 0 ? known : `${known} It ${list(wishes)}.`;
}

/** A call that an agent makes. */
export function calledOutText(contact: string, agent: string, channel: string, queue: string): string {
  return `${contact} is a call that ${agent} made on ${channel}, by the rules of the queue ${queue}.`;
}

export function dialledText(agent: string | undefined, line: string | undefined, connectMs: number): string {
  const where = `It was at ${called(agent)}${line === undefined ? '' : `, on the line ${line}`}, from the beginning`;
  return connectMs > 0 ? `${where}, and had ${durationText(connectMs)} to be put through.` : `${where}.`;
}

export function reachedText(line: string | undefined, afterMs: number): string {
  return `It was put through${line === undefined ? '' : ` on the line ${line}`}, after ${durationText(afterMs)}.`;
}

const knownTexts: Readonly<Record<ContactAffinityOrigin, string>> = {
  set: 'as was set',
  lastAgent: 'who served it last there',
  bestRating: 'whom it has rated best there',
  liveCall: 'with whom it has, or had, a call',
};

function knownText({ agentId, source }: { readonly agentId: string; readonly source: ContactAffinityOrigin }): string {
  return `Its customer’s agent is ${agentId}, ${knownTexts[source]}.`;
}

const queuedTexts = {
  arrived: 'It joined the queue',
  notTaken: 'It went back to its place in the queue',
  fellBack: 'It joined the queue at its original place',
  updated: 'What it asks for was changed, and it took its new place in the queue',
  moved: 'It joined that queue',
  offeredAgain: 'It took its old place in the queue',
  step: 'It took its new place in the queue',
  sent: 'It was put into its queue at its own place',
} as const;

export function queuedText(why: keyof typeof queuedTexts, ahead: number): string {
  return `${queuedTexts[why]}, ${placeText(ahead)}.`;
}

/** Whether it was heard is the switch's to know. */
export function announcedText(ahead: number): string {
  return `Its place was to be announced to it: ${placeText(ahead)}.`;
}

function placeText(ahead: number): string {
  return ahead === 0 ? 'as the first' : `behind ${many(ahead, 'other')}`;
}

export function waitsForText(agent: string | undefined, forMs: number, inQueue = false): string {
  return `It waited for ${called(agent)}${inQueue ? ' as well' : ''}, for ${durationText(forMs)} at most.`;
}

const fellBackTexts: Readonly<Record<keyof typeof fellBackReasons, string>> = {
  timedOut: 'was not to be had in time, or did not take it',
  loggedOut: 'was not logged in, or logged out',
  notReady: 'was not ready',
  notEligible: 'cannot serve it',
  tooMany: 'was waited for by as many as may',
};

export function fellBackText(agent: string | undefined, why: keyof typeof fellBackReasons, inQueue = false): string {
  if (inQueue)
    return sentence(
      `It waited in the queue alone from then on, and not for ${called(agent)}, who ${fellBackTexts[why]}`,
    );
  return sentence(`It no longer asked for ${called(agent)}, who ${fellBackTexts[why]}`);
}

export function offeredText(
  agent: string | undefined,
  line: string | undefined,
  offer: number,
  again: boolean,
): string {
  const where = `${called(agent)}${line === undefined ? '' : `, on the line ${line}`}`;
  if (again) return `It rang anew at ${where}: the router had been away.`;
  return offer === 1 ? `It rang at ${where}.` : `It rang at ${where}: its ${ordinal(offer)} offer.`;
}

function ordinal(value: number): string {
  const tens = value % 100;
  const suffix = tens > 10 && tens < 20 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
  return `${value}${suffix}`;
}

const withdrawnTexts = {
  cancelled: 'the customer gave up',
  timedOut: 'it was not answered in time',
  rejected: 'it was declined',
  notReady: 'the agent became not ready',
  loggedOut: 'the agent logged out',
  ended: 'the contact was ended',
  changed: 'the agent was changed and can no longer serve it',
  busy: 'the telephone was engaged',
  unreachable: 'no telephone could be reached, or the call was not put through in time',
  answeredElsewhere: 'another agent took it',
  sent: 'it was sent elsewhere',
} as const;

export function withdrawnText(agent: string | undefined, why: keyof typeof withdrawnTexts, accepted: boolean): string {
  const what = accepted ? 'It was not put through to' : 'It stopped ringing at';
  return `${what} ${called(agent)}: ${withdrawnTexts[why]}.`;
}

export function acceptedText(agent: string | undefined, connectMs: number): string {
  return sentence(`${called(agent)} accepted it, and it had ${durationText(connectMs)} to be put through`);
}

export function connectedText(agent: string | undefined, line: string | undefined, waitedMs: number): string {
  const where = line === undefined ? '' : ` on the line ${line}`;
  return sentence(`${called(agent)} took it${where}; it had waited ${durationText(waitedMs)} in all`);
}

const endedTexts = {
  cancelled: 'The customer gave up',
  byCustomer: 'The customer ended it',
  byAgent: 'An agent ended it',
  byApplication: 'It was ended by the application',
  agentUnavailable: 'It ended, since the agent it asked for was not to be had and it wanted nobody else',
  switchLost: 'It ended, since its switch was lost',
  legLost: 'It ended, since its switch no longer had the call',
  timedOut: 'It ended, having waited as long as its queue lets anybody wait',
  closed: 'It ended, since its queue closed',
  nobody: 'It ended, since nobody who could serve it was logged in any more',
  exhausted: 'It ended, since its queue had taken all its steps for it and nobody had answered',
  callback: 'It ended, since its customer is to be called back',
  notReached: 'It ended, since its customer was called back and was not reached',
  calledIn: 'It ended, since its customer, who was to be called back, has called meanwhile',
  handedOver: 'The consultation ended, since whoever was asked took the contact that it was about',
  transferredOut: 'It ended here, since its customer is with somebody outside',
  unanswered: 'It ended, since its queue had made as many offers of it as it makes and none was taken',
  voicemail: 'It ended, since its customer is asked for a message instead',
  agentNotReached: 'It ended, since the agent’s own telephone was not answered',
  notJoined: 'It ended, since it was not put through',
  fundsExhausted: 'It ended, since the money that was to pay for it had run out',
  consultationOver: 'The consultation ended, since the contact that it was about had ended or left the agent who asked',
} as const;

export function endedText(why: keyof typeof endedTexts, waitedMs: number): string {
  return `${endedTexts[why]}, after ${durationText(waitedMs)}.`;
}

const sentTexts: Readonly<Record<keyof typeof sentReasons, string>> = {
  transferred: 'its agent had transferred it',
  bySupervisor: 'it was moved by hand',
  legLost: 'the connection to its agent was lost',
  agentLost: 'its agent was gone',
  returned: 'nobody had taken it where it had been sent',
  attended: 'its agent had handed it over to whom it had asked',
  parked: 'it was put aside',
  chosen: 'its customer had chosen an agent there',
};

/** It leaves the agent who served it. */
export function partedText(agent: string | undefined, why: keyof typeof sentReasons, servedMs: number): string {
  return sentence(`${called(agent)} served it no longer, after ${durationText(servedMs)}: ${sentTexts[why]}`);
}

export function handedOverText(agent: string | undefined, line: string | undefined): string {
  return sentence(`${called(agent)} had it from then on${line === undefined ? '' : `, on the line ${line}`}`);
}

/** Sent to another queue. */
export function sentText(why: keyof typeof sentReasons, to: string): string {
  return `It went to the queue ${to}, because ${sentTexts[why]}.`;
}

/** Of one queue that it leaves for another, or that it does not get into. */
export function movedText(
  why: keyof typeof movedReasons,
  { from, to, waitedMs, there }: { from: string; to: string; waitedMs: number; there: number },
): string {
  const because = {
    full: `${from} was full: ${many(there, 'contact')} waited there already`,
    timedOut: `it had waited ${durationText(waitedMs)} in ${from}`,
    closed: `${from} was closed`,
    nobody: `nobody who could serve it in ${from} was logged in`,
    nobodyReady: `nobody who could serve it in ${from} was ready`,
    exhausted: `${from} had taken all its steps for it and nobody had answered`,
    callback: `its customer is to be called back`,
    voicemail: `its customer is asked for a message`,
    unanswered: `${from} had made as many offers of it as it makes and none was taken`,
  }[why];
  return `It moved to the queue ${to}, because ${because}.`;
}

/** While it rings. */
export function leavesText(why: keyof typeof movedReasons, queue: string, waitedMs: number): string {
  const because = {
    full: `${queue} is full`,
    timedOut: `It had waited ${durationText(waitedMs)} in ${queue}`,
    closed: `${queue} closed`,
    nobody: `Nobody else who could serve it in ${queue} was logged in`,
    nobodyReady: `Nobody else who could serve it in ${queue} was ready`,
    exhausted: `${queue} had taken all its steps for it`,
    callback: `Its customer is to be called back`,
    voicemail: `Its customer is to be asked for a message`,
    unanswered: `${queue} makes no further offer of it`,
  }[why];
  return `${because}: should it not be answered now, it leaves the queue instead of going back.`;
}

/** It rings, and was to leave. */
export function staysText(queue: string): string {
  return `That holds no longer: should it not be answered now, it goes back to its place in ${queue} after all.`;
}

export function withheldText(withheld: boolean): string {
  return withheld
    ? 'It kept its place and was not to be offered: its switch was gone, a number outside was rung for it, its customer was choosing an agent, or a flow had it.'
    : 'That was over: it could be offered again.';
}

export function parkedText(parked: boolean, parkedMs: number): string {
  return parked
    ? 'It was parked: nobody was to be offered it before it was resumed or due.'
    : `It was parked no longer, after ${durationText(parkedMs)}.`;
}

/** What a step of its queue does, after `it`. */
export function stepPhrases({ drop, lower, group, queue, priority }: QueueStep): string[] {
  return [
    ...(drop === undefined ? [] : [`does without the skill ${drop}`]),
    ...(lower === undefined ? [] : [`will do with ${lower.skill} at level ${lower.level}`]),
    ...(group === undefined ? [] : [`is offered to the group ${group} as well`]),
    ...(queue === undefined ? [] : [`is offered to agents of the queue ${queue} as well`]),
    ...(priority === undefined ? [] : [`has ${priority} more priority`]),
  ];
}

/** `steps`: those that are known still; whatever a later policy took back is not. */
export function steppedText(queue: string, steps: readonly QueueStep[], waitedMs: number): string {
  const phrases = steps.flatMap(stepPhrases);
  if (phrases.length === 0) return `After ${durationText(waitedMs)} the steps of ${queue} changed what it needs.`;
  return `After ${durationText(waitedMs)}, by the steps of ${queue}, it ${list(phrases)}.`;
}

/** It has come to another queue, which took no steps for it. */
export function leftStepsText(queue: string): string {
  return `It needs all that it asked for again: the steps of the queue before do not count in ${queue}.`;
}

/** What holds still of such steps, when somebody is looked for. */
export function easedText(steps: readonly (QueueStep & { readonly ageMs: number })[]): string {
  const parts = steps.map((step) => `since it was ${durationText(step.ageMs)} old it ${list(stepPhrases(step))}`);
  return parts.length === 0 ? '' : ` By steps of its queue, ${list(parts)}.`;
}

export function resumedText(downMs: number): string {
  return `The router started again after ${durationText(downMs)}.`;
}

/** Of a contact that has not been connected yet, by its state. */
export const stillTexts = {
  waiting: 'It still waits',
  waitingFor: 'It still waits for the agent',
  ringing: 'It still rings',
  connecting: 'It is still being put through',
} as const;

export function stillText(state: keyof typeof stillTexts, waitedMs: number): string {
  return `${stillTexts[state]}, after ${durationText(waitedMs)}.`;
}
