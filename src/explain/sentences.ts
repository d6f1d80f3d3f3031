// The sentences of an explanation: what a supervisor reads. Pure: from names and numbers to words; test/explain/sentences.txt
// has one of each, and a test compares.
//
// Times of day are not in them: every step has its own, and whoever shows it knows the reader's zone.

import type { choices, fellBackReasons, selections, standings } from '../protocol/states.ts';

/** An agent as it stood towards the contact, with everything called by its name. */
export interface StandingThen {
  /** Undefined: removed since. */
  readonly agent: string | undefined;
  readonly stands: keyof typeof standings;
  readonly queue: string;
  readonly channel: string;
  /** Of notReady. */
  readonly reason?: string | undefined;
  /** Of channelNotChosen: those it had chosen. */
  readonly chosen?: readonly string[];
  /** Of skillMissing and skillTooLow. */
  readonly skill?: string;
  readonly wanted?: number;
  readonly own?: number;
  /** Of noSkillOfSeveral, as `german 5`. */
  readonly several?: readonly string[];
  /** What occupied it. */
  readonly inProgress?: Occupied;
  /** How long it would last at most; undefined where it has no end of its own. */
  readonly forMs?: number | undefined;
  readonly idleMs?: number;
  readonly levels?: number;
}

export interface Occupied {
  /** One of them. */
  readonly contact: string | undefined;
  readonly ringing: number;
  readonly inService: number;
  readonly wrapUp: number;
  readonly of: number;
}

/** A contact among which an agent chose. */
export interface CandidateThen {
  readonly contact: string | undefined;
  readonly byName: boolean;
  readonly firstCome: boolean;
  readonly weight: number;
  readonly rank: number;
  readonly priority: number;
  readonly ageingPerSecond: number;
  readonly waitedMs: number;
  readonly creditMs: number;
}

export function durationText(ms: number): string {
  if (ms < 0) return `−${durationText(-ms)}`;
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${number(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (hours > 0) return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

/** At most three places behind the point, none that say nothing. */
export function number(value: number): string {
  return String(Math.round(value * 1_000) / 1_000);
}

const removed = 'an agent who has been removed since';

function called(agent: string | undefined): string {
  return agent ?? removed;
}

function calledContact(contact: string | undefined): string {
  return contact ?? 'another contact';
}

/** Ids stay as they are, also at the beginning. */
function sentence(text: string): string {
  return text.startsWith(removed) ? `A${text.slice(1)}.` : `${text}.`;
}

function list(parts: readonly string[], last = 'and'): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} ${last} ${parts.at(-1)}`;
}

function many(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}

// ── How an agent stood ──────────────────────────────────────────────────────────────────────────────────────────
export function standingText(then: StandingThen): string {
  return sentence(`${called(then.agent)} ${predicateOf(then)}`);
}

function predicateOf(then: StandingThen): string {
  const { queue, channel, forMs } = then;
  const lasting = forMs === undefined ? '' : `, for another ${durationText(forMs)} at most`;
  switch (then.stands) {
    case 'free':
      return 'was free';
    case 'loggedOut':
      return 'was not logged in';
    case 'loggingOut':
      return 'was about to log out and took nothing more';
    case 'notReady':
      return notReadyText(then.reason);
    case 'channelNotChosen':
      return `was ready for ${list(then.chosen ?? [])} only, not for ${channel}`;
    case 'notInQueue':
      return `does not work in the queue ${queue}`;
    case 'skillMissing':
      return `lacks the skill ${then.skill}${then.wanted! > 1 ? `, which was asked for at level ${then.wanted}` : ''}`;
    case 'skillTooLow':
      return `has ${then.skill} at level ${then.own}, and level ${then.wanted} was asked for`;
    case 'noSkillOfSeveral':
      return `has none of the skills of which one was asked for (${list(then.several ?? [], 'or')})`;
    case 'noLine':
      return `had no line for ${channel}`;
    case 'noCapacity':
      return `may not take anything on ${channel}`;
    case 'resting':
      return `was resting after declining an offer${lasting}`;
    case 'ringing':
      return `had ${calledContact(then.inProgress?.contact)} ringing, and only one line of a seat rings at a time${lasting}`;
    case 'channelFull':
      return occupiedText(then.inProgress!, `on ${channel}`, lasting);
    case 'totalFull':
      return occupiedText(then.inProgress!, 'in all', lasting);
    case 'next':
      return 'was free as well, but comes after everybody else: it had only just become so, or lost this contact';
    case 'unknown':
      return 'was not known';
  }
}

function notReadyText(reason: string | undefined): string {
  if (reason === 'loggedIn') return 'had logged in and not become ready yet';
  if (reason === 'missed') return 'had been made not ready, having missed offers';
  return reason === undefined ? 'was not ready' : `was not ready (${reason})`;
}

function occupiedText({ contact, ringing, inService, wrapUp, of }: Occupied, where: string, lasting: string): string {
  const all = ringing + inService + wrapUp;
  if (all === 1 && of === 1) {
    if (inService === 1) return `was serving ${calledContact(contact)}`;
    if (wrapUp === 1) return `was wrapping up ${calledContact(contact)}${lasting}`;
    return `had ${calledContact(contact)} ringing`;
  }
  const parts = [
    ...(ringing > 0 ? [`${ringing} ringing`] : []),
    ...(inService > 0 ? [`${inService} in service`] : []),
    ...(wrapUp > 0 ? [`${wrapUp} in wrap-up`] : []),
  ];
  return `had ${all} of ${of} contacts ${where}: ${list(parts)}`;
}

// ── A search ────────────────────────────────────────────────────────────────────────────────────────────────────
/** How many stood how, in the order of the reasons; `named` are some of them. */
export interface StandingCount {
  readonly stands: keyof typeof standings;
  readonly agents: number;
  readonly named: readonly (string | undefined)[];
}

const groupTexts: Readonly<Record<keyof typeof standings, readonly [one: string, more: string]>> = {
  free: ['was free', 'were free'],
  loggedOut: ['was not logged in', 'were not logged in'],
  loggingOut: ['was about to log out', 'were about to log out'],
  notReady: ['was not ready', 'were not ready'],
  channelNotChosen: ['was ready for other channels only', 'were ready for other channels only'],
  notInQueue: ['does not work in this queue', 'do not work in this queue'],
  skillMissing: ['lacks a skill', 'lack a skill'],
  skillTooLow: ['has a skill at too low a level', 'have a skill at too low a level'],
  noSkillOfSeveral: ['has none of several skills', 'have none of several skills'],
  noLine: ['had no line for the channel', 'had no line for the channel'],
  noCapacity: ['may take nothing on the channel', 'may take nothing on the channel'],
  resting: ['was resting after declining an offer', 'were resting after declining an offer'],
  ringing: ['had something ringing', 'had something ringing'],
  channelFull: ['was busy on the channel', 'were busy on the channel'],
  totalFull: ['was busy in all', 'were busy in all'],
  next: ['comes after everybody else', 'come after everybody else'],
  unknown: ['was not known', 'were not known'],
};

/** `free`: those who could have had it, in the order in which they would have been chosen; the first got it. */
export function searchText(
  free: readonly StandingThen[],
  counts: readonly StandingCount[],
  select: keyof typeof selections,
): string {
  const others = counts.filter(({ stands }) => stands !== 'free');
  const rest = list(others.map(groupText));
  if (free.length === 0) {
    return others.length === 0 ? 'There were no agents.' : `Nobody was free: ${rest}.`;
  }
  const winner = called(free[0]!.agent);
  if (free.length === 1) {
    const alone = rest === '' ? '' : `; ${rest}`;
    return sentence(`${winner} was the only one free and was chosen${alone}`);
  }
  const why = whyFirst(free[0]!, free[1]!, select);
  return sentence(`${winner} was chosen of ${free.length} who were free: ${why}${rest === '' ? '' : `; ${rest}`}`);
}

function groupText({ stands, agents, named }: StandingCount): string {
  const [one, more] = groupTexts[stands];
  const known = named.filter((agent) => agent !== undefined);
  const who =
    known.length === 0
      ? ''
      : ` (${list([...known, ...(agents > known.length ? [`${agents - known.length} more`] : [])])})`;
  return `${agents} ${agents === 1 ? one : more}${who}`;
}

/** What put the first before the second, by the queue's `select`. */
function whyFirst(first: StandingThen, second: StandingThen, select: keyof typeof selections): string {
  const next = called(second.agent);
  const [idle, nextIdle] = [first.idleMs ?? 0, second.idleMs ?? 0];
  const idleText = `idle for ${durationText(idle)}, longer than the next, ${next}, with ${durationText(nextIdle)}`;
  const madeText = `idle for ${durationText(idle)}, as long as ${next}, but set up earlier`;
  if (select === 'linear') return `first in the order in which agents were set up, before ${next}`;
  if (select === 'bestSkilled') {
    const [levels, nextLevels] = [first.levels ?? 0, second.levels ?? 0];
    if (levels !== nextLevels)
      return `its levels in the skills asked for come to ${levels}, more than those of the next, ${next}, with ${nextLevels}`;
    const same = `its levels in the skills asked for come to ${levels}, as those of ${next}`;
    return `${same}, and it was ${idle === nextIdle ? madeText : idleText}`;
  }
  return idle === nextIdle ? madeText : idleText;
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
  const before = beforeText(taken, other, asked, 'this one', how !== 'byName');
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
  const others = candidates.filter((candidate) => candidate !== asked);
  if (others.length === 0) return `${who} became free and took it, the first of all that ${who} could serve`;
  const next = others.reduce((best, other) => (comesBefore(other, best) ? other : best));
  const before = beforeText(asked, 'this one', next, calledContact(next.contact), true);
  return `${who} became free and took it: ${before}`;
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
  if (ageingPerSecond > 0) {
    const credited = creditMs > 0 ? `, ${durationText(creditMs)} of them credited` : '';
    parts.push(`${number(ageingPerSecond)} a second for ${durationText(waitedMs + creditMs)}${credited}`);
  }
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
}): string {
  const { requires, any, prefers, askedFor, priority, creditMs } = contact;
  const wishes = [
    ...(requires.length > 0 ? [`requires ${list(requires)}`] : []),
    ...(any.length > 0 ? [`requires ${list(any, 'or')}`] : []),
    ...(prefers.length > 0 ? [`prefers ${list(prefers)}`] : []),
    ...(askedFor !== undefined ? [`asks for ${askedFor} by name`] : []),
    ...(priority !== 0 ? [`has priority ${priority}`] : []),
    ...(creditMs > 0 ? [`is credited with ${durationText(creditMs)} of waiting`] : []),
  ];
  const came = `${contact.contact} came on ${contact.channel} for the queue ${contact.queue}.`;
  return wishes.length === 0 ? came : `${came} It ${list(wishes)}.`;
}

const queuedTexts = {
  arrived: 'It joined the queue',
  notTaken: 'It went back to its place in the queue',
  fellBack: 'It joined the queue at its original place',
  updated: 'What it asks for was changed, and it took its new place in the queue',
} as const;

export function queuedText(why: keyof typeof queuedTexts, ahead: number): string {
  const place = ahead === 0 ? 'as the first' : `behind ${many(ahead, 'other')}`;
  return `${queuedTexts[why]}, ${place}.`;
}

export function waitsForText(agent: string | undefined, forMs: number): string {
  return `It waited for ${called(agent)}, for ${durationText(forMs)} at most.`;
}

const fellBackTexts: Readonly<Record<keyof typeof fellBackReasons, string>> = {
  timedOut: 'was not to be had in time',
  loggedOut: 'was not logged in, or logged out',
  notReady: 'was not ready',
  notEligible: 'cannot serve it',
};

export function fellBackText(agent: string | undefined, why: keyof typeof fellBackReasons): string {
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
} as const;

export function withdrawnText(agent: string | undefined, why: keyof typeof withdrawnTexts): string {
  return `It stopped ringing at ${called(agent)}: ${withdrawnTexts[why]}.`;
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
} as const;

export function endedText(why: keyof typeof endedTexts, waitedMs: number): string {
  return `${endedTexts[why]}, after ${durationText(waitedMs)}.`;
}

export function resumedText(downMs: number): string {
  return `The router started again after ${durationText(downMs)}.`;
}

export function stillText(state: 'waiting' | 'waitingFor' | 'ringing', waitedMs: number): string {
  const doing = { waiting: 'waits', waitingFor: 'waits for the agent', ringing: 'rings' }[state];
  return `It still ${doing}, after ${durationText(waitedMs)}.`;
}
