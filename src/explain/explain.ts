// Puts an explanation together: what the core said of a contact (retrace.ts), called by its names of then (names-then.ts),
// in sentences (sentences.ts).
//
//   moment ─▶ by cause: what was done to it ─ how it was decided ─ where it went ─▶ steps
//
// Steps are bounded: of a long wait the beginning and the end are kept and what lies between is counted. Agents are listed up
// to a bound as well, after all of them have been counted.

import * as layout from '../../assembly/layout.ts';
import type { ContactRow } from '../domain/routing/contacts.ts';
import type { Effect } from '../engine/effects.ts';
import { groupBy } from '../group-by.ts';
import { explainedAgentsMax, explainedStepsMax } from '../limits.ts';
import type { AgentStanding, CandidateContact, Explanation, ExplanationStep } from '../protocol/explanation.ts';
import {
  choices,
  endedReasons,
  fellBackReasons,
  queuedReasons,
  selections,
  standings,
  withdrawnReasons,
  wordsByCode,
} from '../protocol/states.ts';
import type { NamesThen } from './names-then.ts';
import type { Moment, Retraced } from './retrace.ts';
import * as say from './sentences.ts';

export interface ExplainOptions {
  /** Agents listed in one step; all are counted. */
  readonly agentsMax?: number;
  readonly stepsMax?: number;
  /** The agent asked about as well: it is always listed, and each change of how it stands is a step. */
  readonly agent?: { readonly handle: number; readonly agentId: string };
}

const choiceWord = wordsByCode(choices);
const endedWord = wordsByCode(endedReasons);
const fellBackWord = wordsByCode(fellBackReasons);
const queuedWord = wordsByCode(queuedReasons);
const selectionWord = wordsByCode(selections);
const standingWord = wordsByCode(standings);
const withdrawnWord = wordsByCode(withdrawnReasons);

const MILLIONTHS = 1_000_000;
/** Of each reason so many agents are named in the sentence. */
const NAMED_IN_SENTENCE = 3;

export function explain(
  contact: ContactRow,
  retraced: Retraced,
  names: NamesThen,
  options: ExplainOptions = {},
): Explanation {
  return new Telling(contact, names, options).tell(retraced);
}

/** Records put back together: a search or a choice with those that follow it. */
interface Group {
  readonly head: Effect;
  readonly parts: Effect[];
}

class Telling {
  readonly #contact: ContactRow;
  readonly #names: NamesThen;
  readonly #options: ExplainOptions;
  readonly #steps: ExplanationStep[] = [];
  #standing: string | undefined;
  #state: 'waiting' | 'waitingFor' | 'ringing' = 'waiting';

  constructor(contact: ContactRow, names: NamesThen, options: ExplainOptions) {
    this.#contact = contact;
    this.#names = names;
    this.#options = options;
  }

  tell({ moments, toldBy, until, goesOn }: Retraced): Explanation {
    const { created, arrivedAt } = this.#contact;
    this.#arrived();
    for (const moment of moments) this.#moment(moment);
    const connected = moments.at(-1)?.effects.find(({ kind }) => kind === layout.EFFECT_CONNECTED);
    if (goesOn) this.#steps.push({ at: until, kind: 'waits', text: say.stillText(this.#state, until - arrivedAt) });
    const taken = connected && this.#who(connected, until);
    const stepsMax = this.#options.stepsMax ?? explainedStepsMax;
    const leftOut = Math.max(0, this.#steps.length - stepsMax);
    if (leftOut > 0) this.#steps.splice(Math.ceil(stepsMax / 2), leftOut);
    return {
      contactId: created.contactId,
      queueId: created.queueId,
      channel: created.channel,
      arrivedAt,
      waitedMs: until - arrivedAt,
      ...taken,
      toldBy,
      steps: this.#steps,
      stepsLeftOut: leftOut,
    };
  }

  #arrived(): void {
    const { created, arrivedAt } = this.#contact;
    const { requires, prefers, agentId } = created;
    const levels = (skills: readonly { readonly skill: string; readonly level?: number }[] | undefined) =>
      (skills ?? []).map(({ skill, level = 1 }) => (level > 1 ? `${skill} ${level}` : skill));
    const text = say.arrivedText({
      contact: created.contactId,
      queue: created.queueId,
      channel: created.channel,
      priority: created.priority ?? 0,
      creditMs: created.waitCreditMs ?? 0,
      requires: levels(requires?.all),
      any: levels(requires?.any),
      prefers: levels(prefers),
      askedFor: agentId,
    });
    this.#steps.push({ at: arrivedAt, kind: 'arrived', text });
  }

  /** Cause by cause; within one, the order of docs/matching.md with the decisions before what came of them. */
  #moment(moment: Moment): void {
    if (moment.downMs !== undefined)
      this.#steps.push({ at: moment.at, kind: 'resumed', text: say.resumedText(moment.downMs) });
    const effects = groupBy(moment.effects, ({ cause }) => cause);
    const records = groupBy(moment.records, ({ cause }) => cause);
    for (const cause of causesOf(moment)) {
      const groups = groupsOf(records.get(cause) ?? []);
      const own = effects.get(cause) ?? [];
      for (const group of groups.filter(isNamedSearch)) this.#namedSearch(group, moment.at);
      for (const effect of own.filter((effect) => !isPlacing(effect))) this.#effect(effect, moment.at);
      for (const group of groups.filter((group) => !isNamedSearch(group))) this.#decision(group, moment.at);
      for (const effect of own.filter(isPlacing)) this.#effect(effect, moment.at);
      for (const { head } of groups.filter(({ head }) => head.kind === layout.EXPLAINED_STANDING))
        this.#stood(head, moment.at);
    }
  }

  // ── Effects ───────────────────────────────────────────────────────────────────────────────────────────────────
  #effect(effect: Effect, at: number): void {
    const who = effect.agent === layout.NONE ? {} : this.#who(effect, at);
    const { agentId, lineId } = who;
    const { arrivedAt } = this.#contact;
    switch (effect.kind) {
      case layout.EFFECT_QUEUED: {
        const why = queuedWord(effect.value2);
        this.#state = 'waiting';
        this.#steps.push({ at, kind: 'queued', text: say.queuedText(why, effect.value), why, ahead: effect.value });
        return;
      }
      case layout.EFFECT_WAITING_FOR:
        this.#state = 'waitingFor';
        this.#steps.push({
          at,
          kind: 'waitsFor',
          text: say.waitsForText(agentId, effect.at - at),
          ...who,
          untilMs: effect.at,
        });
        return;
      case layout.EFFECT_FELL_BACK: {
        const why = fellBackWord(effect.code);
        this.#state = 'waiting';
        this.#steps.push({ at, kind: 'fellBack', text: say.fellBackText(agentId, why), ...who, why });
        return;
      }
      case layout.EFFECT_OFFERED: {
        const text = say.offeredText(agentId, lineId, effect.value, effect.value2 === 1);
        this.#state = 'ringing';
        this.#steps.push({ at, kind: 'offered', text, ...who, untilMs: effect.at });
        return;
      }
      case layout.EFFECT_WITHDRAWN: {
        const why = withdrawnWord(effect.code);
        this.#steps.push({ at, kind: 'withdrawn', text: say.withdrawnText(agentId, why), ...who, why });
        return;
      }
      case layout.EFFECT_CONNECTED:
        this.#steps.push({ at, kind: 'connected', text: say.connectedText(agentId, lineId, at - arrivedAt), ...who });
        return;
      case layout.EFFECT_ENDED: {
        const why = endedWord(effect.code);
        this.#steps.push({ at, kind: 'ended', text: say.endedText(why, at - arrivedAt), ...who, why });
        return;
      }
    }
  }

  #who({ agent, line }: Effect, at: number): { agentId?: string; lineId?: string } {
    const agentId = this.#names.agent(agent, at);
    if (agentId === undefined) return {};
    const lineId = line === layout.NONE ? undefined : this.#names.line(line, agent);
    return { agentId, ...(lineId !== undefined && { lineId }) };
  }

  // ── Decisions ─────────────────────────────────────────────────────────────────────────────────────────────────
  #decision(group: Group, at: number): void {
    if (group.head.kind === layout.EXPLAINED_SEARCH) this.#search(group, at);
    else if (group.head.kind === layout.EXPLAINED_CHOICE) this.#choice(group, at);
  }

  #namedSearch({ parts }: Group, at: number): void {
    const then = this.#standingOf(parts[0]!, at);
    const agentId = this.#names.agent(parts[0]!.agent, at);
    const standing = this.#shown(then);
    const text = say.namedSearchText(then);
    this.#steps.push({ at, kind: 'searched', text, ...(agentId !== undefined && { agentId }), agents: [standing] });
    this.#note(parts[0]!, standing);
  }

  #search({ head, parts }: Group, at: number): void {
    const select = selectionWord(head.value);
    const free = parts.filter(({ code }) => code === layout.STANDS_FREE).sort(chosenFirst(select));
    const others = parts.filter(({ code }) => code !== layout.STANDS_FREE).sort((a, b) => a.code - b.code);
    if ((free[0]?.agent ?? layout.NONE) !== head.agent)
      throw new Error(`agent ${head.agent} was chosen, and by what was told it is ${free[0]?.agent}`);
    const freeThen = free.map((part) => this.#standingOf(part, at));
    const counts = this.#countsOf([...free, ...others], at);
    const agentId = head.agent === layout.NONE ? undefined : this.#names.agent(head.agent, at);
    this.#steps.push({
      at,
      kind: 'searched',
      text: say.searchText(freeThen, counts, select),
      ...(agentId !== undefined && { agentId }),
      select,
      byStanding: counts.map(({ stands, agents }) => ({ stands, agents })),
      agents: this.#listed(free, freeThen, others, at),
    });
    const asked = parts.find(({ agent }) => agent === this.#options.agent?.handle);
    if (asked !== undefined) this.#stood(asked, at);
  }

  #countsOf(parts: readonly Effect[], at: number): say.StandingCount[] {
    return [...groupBy(parts, ({ code }) => code)].map(([code, group]) => ({
      stands: standingWord(code),
      agents: group.length,
      named: group.slice(0, NAMED_IN_SENTENCE).map(({ agent }) => this.#names.agent(agent, at)),
    }));
  }

  /** Free ones first, then by reason; the agent asked about is among them whatever the bound. */
  #listed(free: Effect[], freeThen: say.StandingThen[], others: Effect[], at: number): AgentStanding[] {
    const max = this.#options.agentsMax ?? explainedAgentsMax;
    const listed = freeThen.slice(0, max).map((then, place) => ({ ...this.#shown(then), place: place + 1 }));
    for (const other of others.slice(0, max - listed.length))
      listed.push(this.#shown(this.#standingOf(other, at)) as never);
    const { agent } = this.#options;
    if (agent === undefined || listed.some(({ agentId }) => agentId === agent.agentId)) return listed;
    const place = free.findIndex((part) => part.agent === agent.handle);
    const part = free[place] ?? others.find((other) => other.agent === agent.handle);
    if (part === undefined) return listed;
    return [...listed, { ...this.#shown(this.#standingOf(part, at)), ...(place >= 0 && { place: place + 1 }) }];
  }

  #choice({ head, parts }: Group, at: number): void {
    const agentId = this.#names.agent(head.agent, at);
    const how = choiceWord(head.code);
    const told = parts.map((part) => this.#candidateOf(part, at));
    const candidates = told.map(({ then }) => then);
    const taken = told.find(({ shown }) => shown.chosen)!.then;
    const asked = told.find(({ shown }) => shown.asked)!.then;
    this.#steps.push({
      at,
      kind: 'chose',
      text: say.choiceText(agentId, how, taken, asked, candidates),
      ...(agentId !== undefined && { agentId }),
      choice: how,
      candidates: told.map(({ shown }) => shown),
    });
  }

  #candidateOf(part: Effect, at: number): { then: say.CandidateThen; shown: CandidateContact } {
    const is = (flag: number) => (part.code & flag) !== 0;
    const row = is(layout.CANDIDATE_ASKED) ? this.#contact : this.#names.contact(part.number, this.#contact.number);
    const then: say.CandidateThen = {
      contact: row?.created.contactId,
      byName: is(layout.CANDIDATE_NAMED),
      firstCome: is(layout.CANDIDATE_FIRST_COME),
      weight: part.value,
      rank: part.extra / MILLIONTHS,
      priority: part.value2,
      ageingPerSecond: part.line / 1_000,
      waitedMs: at - part.since,
      creditMs: part.value3,
    };
    const { contact, byName, weight, rank, priority, ageingPerSecond, waitedMs, creditMs } = then;
    const shown = {
      ...(contact !== undefined && { contactId: contact }),
      ...(row !== undefined && { queueId: row.created.queueId }),
      chosen: is(layout.CANDIDATE_CHOSEN),
      asked: is(layout.CANDIDATE_ASKED),
      byName,
      weight,
      rank,
      priority,
      ageingPerSecond,
      waitedMs,
      creditMs,
    };
    return { then, shown };
  }

  // ── How an agent stood ────────────────────────────────────────────────────────────────────────────────────────
  /** Each change of the agent asked about is a step. */
  #stood(record: Effect, at: number): void {
    if (record.agent !== this.#options.agent?.handle) return;
    const then = this.#standingOf(record, at);
    const standing = this.#shown(then);
    if (!this.#note(record, standing)) return;
    const agentId = this.#names.agent(record.agent, at);
    this.#steps.push({
      at,
      kind: 'stood',
      text: standing.text,
      ...(agentId !== undefined && { agentId }),
      standing,
    });
  }

  /** False when it stands as it stood. */
  #note(record: Effect, { text }: AgentStanding): boolean {
    if (record.agent !== this.#options.agent?.handle || text === this.#standing) return false;
    this.#standing = text;
    return true;
  }

  #shown(then: say.StandingThen): AgentStanding {
    const { agent, stands, idleMs, levels } = then;
    return {
      ...(agent !== undefined && { agentId: agent }),
      stands,
      text: say.standingText(then),
      ...(idleMs !== undefined && { idleMs }),
      ...(levels !== undefined && { levels }),
    };
  }

  #standingOf(record: Effect, at: number): say.StandingThen {
    const { created } = this.#contact;
    const stands = standingWord(record.code);
    const forMs = record.at === 0 ? undefined : Math.max(0, record.at - at);
    const base = {
      agent: this.#names.agent(record.agent, at),
      stands,
      queue: created.queueId,
      channel: created.channel,
    };
    switch (stands) {
      case 'free':
        return { ...base, idleMs: at - record.since, levels: record.value3 };
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
      case 'channelFull':
      case 'totalFull':
        return { ...base, forMs, inProgress: this.#occupied(record) };
      default:
        return base;
    }
  }

  #occupied({ contact, number, value2, value3 }: Effect): say.Occupied {
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

/** By the terms that were told. */
function chosenFirst(select: keyof typeof selections): (one: Effect, other: Effect) => number {
  return (one, other) => {
    const byLevels = select === 'bestSkilled' ? other.value3 - one.value3 : 0;
    const byIdle = select === 'linear' ? 0 : one.since - other.since;
    return byLevels || byIdle || one.agent - other.agent;
  };
}

function isPlacing({ kind }: Effect): boolean {
  return kind === layout.EFFECT_OFFERED || kind === layout.EFFECT_QUEUED;
}

function isNamedSearch({ head }: Group): boolean {
  return head.kind === layout.EXPLAINED_SEARCH && head.code === layout.SEARCHED_NAMED;
}

/** Commands in their order, timers last. */
function causesOf({ effects, records }: Moment): number[] {
  const causes = new Set([...effects, ...records].map(({ cause }) => cause));
  const place = (cause: number) => (cause === layout.CAUSE_TIMER ? Number.MAX_SAFE_INTEGER : cause);
  return [...causes].sort((a, b) => place(a) - place(b));
}

function groupsOf(records: readonly Effect[]): Group[] {
  const groups: Group[] = [];
  for (const record of records) {
    if (record.kind === layout.EXPLAINED_AGENT || record.kind === layout.EXPLAINED_CONTACT)
      groups.at(-1)!.parts.push(record);
    else groups.push({ head: record, parts: [] });
  }
  return groups;
}
