// How an agent stood towards a contact, in words: one sentence of every reason, and of several agents with the same one.

import type { scoreTerms, standings } from '../protocol/states.ts';
import { called, calledContact, durationText, list, sentence } from './wording.ts';

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
  /** By leastOccupied: thousandths. */
  readonly occupancy?: number;
  /** What else the queue's `select` looks at: by leastOccupied a number that grows with the load; by leastContacts the contacts counted; by roundRobin a number that grows with each turn, 0 for never. */
  readonly term?: number;
  /** By score. */
  readonly scored?: ScoredThen;
}

/** What an agent scored, with the terms that counted. */
export interface ScoredThen {
  readonly score: number;
  readonly terms: readonly {
    readonly term: keyof typeof scoreTerms;
    readonly value: number;
    readonly weight: number;
  }[];
}

export interface Occupied {
  /** One of them. */
  readonly contact: string | undefined;
  readonly ringing: number;
  readonly inService: number;
  readonly wrapUp: number;
  readonly of: number;
}

export function standingText(then: StandingThen): string {
  return sentence(`${called(then.agent)} ${predicateOf(then)}`);
}

/** What is said of the agent, without its name. */
export function predicateOf(then: StandingThen): string {
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
    case 'excluded':
      return 'may not serve this contact';
    case 'notInGroup':
      return 'is in none of the groups that it is offered to so far';
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
      return `was resting after an offer it did not take${lasting}`;
    case 'ringing':
      return `had ${calledContact(then.inProgress?.contact)} ringing, and only one line of a seat rings at a time${lasting}`;
    case 'seatTaken':
      return `was wrapping up ${calledContact(then.inProgress?.contact)}, and takes nothing on any line until that is over${lasting}`;
    case 'channelFull':
      return occupiedText(then.inProgress!, `on ${channel}`, lasting);
    case 'totalFull':
      return occupiedText(then.inProgress!, 'in all', lasting);
    case 'lineBusy':
      return 'was free, but not on the line that it asked for';
    case 'next':
      return 'was free as well, but comes after everybody else: it had only just become so, or lost this contact';
    case 'unknown':
      return 'was not known';
  }
}

function notReadyText(reason: string | undefined): string {
  if (reason === 'loggedIn') return 'had logged in and not become ready yet';
  if (reason === 'missed') return 'had been made not ready, having missed offers';
  if (reason === 'connectionLost') return 'had been made not ready, having lost its connection';
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

// ── Many of them ──
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
  excluded: ['may not serve it', 'may not serve it'],
  notInGroup: ['is in none of the groups asked so far', 'are in none of the groups asked so far'],
  skillMissing: ['lacks a skill', 'lack a skill'],
  skillTooLow: ['has a skill at too low a level', 'have a skill at too low a level'],
  noSkillOfSeveral: ['has none of several skills', 'have none of several skills'],
  noLine: ['had no line for the channel', 'had no line for the channel'],
  noCapacity: ['may take nothing on the channel', 'may take nothing on the channel'],
  resting: ['was resting after an offer it did not take', 'were resting after an offer they did not take'],
  ringing: ['had something ringing', 'had something ringing'],
  channelFull: ['was busy on the channel', 'were busy on the channel'],
  totalFull: ['was busy in all', 'were busy in all'],
  seatTaken: ['was wrapping up', 'were wrapping up'],
  lineBusy: ['was free, but not on that line', 'were free, but not on that line'],
  next: ['comes after everybody else', 'come after everybody else'],
  unknown: ['was not known', 'were not known'],
};

/** Several agents of one reason: `3 were not logged in (ann, bob and cid)`. */
export function groupText({ stands, agents, named }: StandingCount): string {
  const [one, more] = groupTexts[stands];
  const known = named.filter((agent) => agent !== undefined);
  const who =
    known.length === 0
      ? ''
      : ` (${list([...known, ...(agents > known.length ? [`${agents - known.length} more`] : [])])})`;
  return `${agents} ${agents === 1 ? one : more}${who}`;
}
