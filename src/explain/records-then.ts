// Records of the core, called by their names of then: an agent as it stood, a contact among which one was chosen, whom an
// effect is about.

import * as layout from '../../assembly/layout.ts';
import type { ContactRow } from '../domain/routing/contacts.ts';
import type { Effect } from '../engine/effects.ts';
import type { CandidateContact } from '../protocol/explanation.ts';
import { standings, wordsByCode } from '../protocol/states.ts';
import type { NamesThen } from './names-then.ts';
import type { CandidateThen } from './sentences.ts';
import type { Occupied, StandingThen } from './standing-sentences.ts';

const MILLIONTHS = 1_000_000;
const standingWord = wordsByCode(standings);

/** What the queue of that handle is called, of those that a contact has been in. */
export function queueIdThen({ created, visits = [] }: ContactRow, handle: number): string {
  return visits.find(({ queue }) => queue === handle)?.queueId ?? visits.at(-1)?.to ?? created.queueId;
}

export class RecordsThen {
  readonly #contact: ContactRow;
  readonly #names: NamesThen;

  constructor(contact: ContactRow, names: NamesThen) {
    this.#contact = contact;
    this.#names = names;
  }

  /** The agent and, where it is known still, the line. */
  who({ agent, line }: Effect, at: number): { agentId?: string; lineId?: string } {
    const agentId = this.#names.agent(agent, at);
    if (agentId === undefined) return {};
    const lineId = line === layout.NONE ? undefined : this.#names.line(line, agent);
    return { agentId, ...(lineId !== undefined && { lineId }) };
  }

  candidateOf(part: Effect, at: number): { then: CandidateThen; shown: CandidateContact } {
    const is = (flag: number) => (part.code & flag) !== 0;
    const row = is(layout.CANDIDATE_ASKED) ? this.#contact : this.#names.contact(part.number, this.#contact.number);
    const then: CandidateThen = {
      contact: row?.created.contactId,
      byName: is(layout.CANDIDATE_NAMED),
      ...(is(layout.CANDIDATE_AFFINITY) && { byAffinity: true }),
      rings: is(layout.CANDIDATE_RINGING),
      firstCome: is(layout.CANDIDATE_FIRST_COME),
      weight: part.value,
      rank: part.extra / MILLIONTHS,
      priority: part.value2,
      ageingPerSecond: part.line / 1_000,
      waitedMs: at - part.since,
      creditMs: part.value3,
    };
    const { contact, byName, byAffinity, weight, rank, priority, ageingPerSecond, waitedMs, creditMs } = then;
    const shown = {
      ...(contact !== undefined && { contactId: contact }),
      ...(row !== undefined && { queueId: queueIdThen(row, part.queue) }),
      chosen: is(layout.CANDIDATE_CHOSEN),
      asked: is(layout.CANDIDATE_ASKED),
      byName,
      ...(byAffinity === true && { byAffinity }),
      weight,
      rank,
      priority,
      ageingPerSecond,
      waitedMs,
      creditMs,
    };
    return { then, shown };
  }

  standingOf(record: Effect, at: number): StandingThen {
    const { created } = this.#contact;
    const stands = standingWord(record.code);
    const forMs = record.at === 0 ? undefined : Math.max(0, record.at - at);
    const base = {
      agent: this.#names.agent(record.agent, at),
      stands,
      queue: queueIdThen(this.#contact, record.queue),
      channel: created.channel,
    };
    switch (stands) {
      case 'free':
        return {
          ...base,
          idleMs: at - record.since,
          levels: record.value3,
          occupancy: record.value,
          term: record.extra,
        };
      case 'notReady':
        return { ...base, reason: this.#names.reason(record.value) };
      case 'channelNotChosen':
        return { ...base, chosen: this.#channelsIn(record.value) };
      case 'skillMissing':
      case 'skillTooLow':
        return {
          ...base,
          skill: this.#names.skill(record.value) ?? `number ${record.value}`,
          wanted: record.value2,
          own: record.value3,
        };
      case 'noSkillOfSeveral': {
        const { requires } = this.#contact.wishes ?? created;
        const several = (requires?.any ?? []).map(({ skill, level = 1 }) => (level > 1 ? `${skill} ${level}` : skill));
        return { ...base, several };
      }
      case 'resting':
        return { ...base, forMs };
      case 'ringing':
      case 'seatTaken':
      case 'channelFull':
      case 'totalFull':
        return { ...base, forMs, inProgress: this.#occupied(record) };
      default:
        return base;
    }
  }

  #occupied({ contact, number, value2, value3 }: Effect): Occupied {
    const isOne = contact !== layout.NONE;
    return {
      contact: isOne ? this.#names.contact(number, this.#contact.number)?.created.contactId : undefined,
      ringing: value3 & 255,
      inService: (value3 >> 8) & 255,
      wrapUp: (value3 >> 16) & 255,
      of: value2,
    };
  }

  #channelsIn(mask: number): string[] {
    const channels: string[] = [];
    for (let number = 0; number < layout.CHANNELS_MAX; number++)
      if ((mask >> number) & 1) channels.push(this.#names.channel(number) ?? `channel ${number}`);
    return channels;
  }
}
