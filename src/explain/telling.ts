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
import type { AgentStanding, Explanation } from '../protocol/explanation.ts';
import type { QueueStep } from '../protocol/queue-policy.ts';
import {
  choices,
  endedReasons,
  fellBackReasons,
  movedReasons,
  queuedReasons,
  scoreTerms,
  selections,
  sentReasons,
  standings,
  withdrawnReasons,
  words,
  wordsByCode,
} from '../protocol/states.ts';
import type { NamesThen } from './names-then.ts';
import { queueIdThen, RecordsThen } from './records-then.ts';
import type { Moment, Retraced } from './retrace.ts';
import * as say from './sentences.ts';
import { type ScoredThen, type StandingCount, type StandingThen, standingText } from './standing-sentences.ts';
import { StepList } from './step-list.ts';

export interface ExplainOptions {
  /** Agents listed in one step; all are counted. */
  readonly agentsMax?: number;
  readonly stepsMax?: number;
  /** The agent asked about as well: it is always listed, and each change of how it stands is a step. */
  readonly agent?: { readonly handle: number; readonly agentId: string };
}

const choiceWord = wordsByCode(choices);
const endedWord = wordsByCode(endedReasons);
const leavesWord = wordsByCode(movedReasons);
const sentWord = wordsByCode(sentReasons);
const movedWord = wordsByCode({ ...movedReasons, ...sentReasons });
const fellBackWord = wordsByCode(fellBackReasons);
const queuedWord = wordsByCode(queuedReasons);
const selectionWord = wordsByCode(selections);
const standingWord = wordsByCode(standings);
const withdrawnWord = wordsByCode(withdrawnReasons);

/** Of each reason so many agents are named in the sentence. */
const NAMED_IN_SENTENCE = 3;

/** Records put back together: a search or a choice with those that follow it. */
interface Group {
  readonly head: Effect;
  readonly parts: Effect[];
  /** Of a search by score: what each term counts, and the terms of those who were free, by agent. */
  weights?: Effect;
  readonly terms: Map<number, Effect>;
}

/** Hears one moment after the other, and then how it came out. */
export class Telling {
  readonly #contact: ContactRow;
  readonly #names: NamesThen;
  readonly #then: RecordsThen;
  readonly #options: ExplainOptions;
  readonly #steps: StepList;
  #taken: { agentId?: string; lineId?: string } = {};
  /** Since when it has been in its queue, and since when it has waited: anew where it was served before. */
  #enteredAt: number;
  #waitsFrom: number;
  #standing: string | undefined;
  /** The steps of its queue that have been taken for it. */
  #eased: (QueueStep & { readonly ageMs: number })[] = [];
  /** Its agent calls out, or has. */
  #dialling = false;
  #state: 'waiting' | 'waitingFor' | 'ringing' | 'connecting' = 'waiting';

  constructor(contact: ContactRow, names: NamesThen, options: ExplainOptions = {}) {
    this.#contact = contact;
    this.#names = names;
    this.#then = new RecordsThen(contact, names);
    this.#options = options;
    this.#enteredAt = contact.joinedAt ?? contact.arrivedAt;
    this.#waitsFrom = contact.arrivedAt;
    this.#steps = new StepList(options.stepsMax ?? explainedStepsMax);
    this.#arrived();
  }

  explanation({ toldBy, until, goesOn }: Retraced): Explanation {
    const { created, arrivedAt } = this.#contact;
    if (goesOn)
      this.#steps.push({ at: until, kind: 'waits', text: say.stillText(this.#state, until - this.#waitsFrom) });
    return {
      contactId: created.contactId,
      queueId: created.queueId,
      channel: created.channel,
      arrivedAt,
      waitedMs: until - this.#waitsFrom,
      ...this.#taken,
      toldBy,
      ...this.#steps.all(),
    };
  }

  #arrived(): void {
    const { created, arrivedAt, joinedAt = arrivedAt } = this.#contact;
    const { dialled } = this.#contact;
    if (dialled !== undefined) {
      const text = say.calledOutText(created.contactId, dialled.agentId, created.channel, created.queueId);
      return this.#steps.push({ at: joinedAt, kind: 'arrived', text });
    }
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
      knows: this.#contact.extra?.affinity as Parameters<typeof say.arrivedText>[0]['knows'],
      ...(joinedAt > arrivedAt && { placeOfMs: joinedAt - arrivedAt }),
    });
    this.#steps.push({ at: joinedAt, kind: 'arrived', text });
  }

  /** Cause by cause; within one, the order of docs/matching.md with the decisions before what came of them. */
  hear(moment: Moment): void {
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
    const who = effect.agent === layout.NONE ? {} : this.#then.who(effect, at);
    const { agentId, lineId } = who;
    const { arrivedAt } = this.#contact;
    switch (effect.kind) {
      case layout.EFFECT_QUEUED: {
        const why = queuedWord(effect.value2);
        this.#state = 'waiting';
        this.#steps.push({ at, kind: 'queued', text: say.queuedText(why, effect.value), why, ahead: effect.value });
        return;
      }
      case layout.EFFECT_PLACE:
        this.#steps.push({ at, kind: 'announced', text: say.announcedText(effect.value), ahead: effect.value });
        return;
      case layout.EFFECT_MOVED: {
        const why = movedWord(effect.code);
        const from = queueIdThen(this.#contact, effect.value2);
        const to = queueIdThen(this.#contact, effect.queue);
        const there = effect.value3;
        const text = isSent(why)
          ? say.sentText(why, to)
          : say.movedText(why, { from, to, waitedMs: at - this.#enteredAt, there });
        this.#enteredAt = at;
        this.#eased = [];
        this.#state = 'waiting';
        this.#steps.push({ at, kind: 'moved', text, queueId: to, why });
        return;
      }
      case layout.EFFECT_STEPPED: {
        const queue = queueIdThen(this.#contact, effect.queue);
        const here = (this.#contact.steps ?? []).filter(({ queueId }) => queueId === queue);
        const taken = here.filter((step) => step.at === at).map(({ step }) => step);
        this.#eased = here
          .filter((step) => step.at <= at)
          .map((step) => ({ ...step.step, ageMs: step.at - arrivedAt }));
        const hasJustCome = taken.length === 0 && at === this.#enteredAt;
        const text = hasJustCome ? say.leftStepsText(queue) : say.steppedText(queue, taken, at - arrivedAt);
        this.#steps.push({ at, kind: 'eased', text, queueId: queue });
        return;
      }
      case layout.EFFECT_LEAVES: {
        if (effect.code === 0) {
          this.#steps.push({
            at,
            kind: 'leaves',
            text: say.staysText(queueIdThen(this.#contact, effect.queue)),
            ...who,
          });
          return;
        }
        const why = leavesWord(effect.code);
        const text = say.leavesText(why, queueIdThen(this.#contact, effect.queue), at - this.#enteredAt);
        this.#steps.push({ at, kind: 'leaves', text, ...who, why });
        return;
      }
      case layout.EFFECT_WITHHELD: {
        if (effect.code === layout.WITHHELD_PARKED || effect.code === layout.WITHHELD_RESUMED)
          return this.#parks(effect, at);
        const withheld = effect.code === layout.WITHHELD_BEGINS;
        this.#steps.push({ at, kind: withheld ? 'withheld' : 'withheldNoMore', text: say.withheldText(withheld) });
        return;
      }
      case layout.EFFECT_WAITING_FOR:
        if (effect.value !== 1) this.#state = 'waitingFor';
        this.#steps.push({
          at,
          kind: 'waitsFor',
          text: say.waitsForText(agentId, effect.at - at, effect.value === 1),
          ...who,
          untilMs: effect.at,
        });
        return;
      case layout.EFFECT_FELL_BACK: {
        const why = fellBackWord(effect.code);
        this.#state = 'waiting';
        this.#steps.push({
          at,
          kind: 'fellBack',
          text: say.fellBackText(agentId, why, effect.value === 1),
          ...who,
          why,
        });
        return;
      }
      case layout.EFFECT_DIALLED: {
        const text = say.dialledText(agentId, lineId, effect.value2 === 1 ? effect.at - at : 0);
        this.#state = 'connecting';
        this.#dialling = true;
        this.#steps.push({ at, kind: 'dialled', text, ...who, ...(effect.at > 0 && { untilMs: effect.at }) });
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
        const text = say.withdrawnText(agentId, why, this.#state === 'connecting');
        this.#steps.push({ at, kind: 'withdrawn', text, ...who, why });
        return;
      }
      case layout.EFFECT_ACCEPTED:
        this.#state = 'connecting';
        this.#steps.push({
          at,
          kind: 'accepted',
          text: say.acceptedText(agentId, effect.at - at),
          ...who,
          untilMs: effect.at,
        });
        return;
      case layout.EFFECT_CONNECTED:
        this.#taken = who;
        this.#steps.push({
          at,
          kind: 'connected',
          text: this.#dialling
            ? say.reachedText(lineId, at - this.#waitsFrom)
            : say.connectedText(agentId, lineId, at - this.#waitsFrom),
          ...who,
        });
        return;
      case layout.EFFECT_PARTED: {
        const why = sentWord(effect.code);
        this.#state = 'waiting';
        this.#dialling = false;
        this.#waitsFrom = at;
        this.#enteredAt = at;
        this.#taken = {};
        this.#steps.push({ at, kind: 'parted', text: say.partedText(agentId, why, effect.extra), ...who, why });
        return;
      }
      case layout.EFFECT_HANDED_OVER:
        this.#taken = who;
        this.#steps.push({ at, kind: 'handedOver', text: say.handedOverText(agentId, lineId), ...who });
        return;
      case layout.EFFECT_ENDED: {
        const why = endedWord(effect.code);
        this.#steps.push({ at, kind: 'ended', text: say.endedText(why, at - this.#waitsFrom), ...who, why });
        return;
      }
    }
  }

  /** Put aside it waits nowhere; it waits anew from when it goes on. */
  #parks({ code }: Effect, at: number): void {
    const parked = code === layout.WITHHELD_PARKED;
    const text = say.parkedText(parked, at - this.#waitsFrom);
    this.#steps.push({ at, kind: parked ? 'parked' : 'unparked', text });
    this.#waitsFrom = at;
    this.#enteredAt = at;
  }

  // ── Decisions ─────────────────────────────────────────────────────────────────────────────────────────────────
  #decision(group: Group, at: number): void {
    if (group.head.kind === layout.EXPLAINED_SEARCH) this.#search(group, at);
    else if (group.head.kind === layout.EXPLAINED_CHOICE) this.#choice(group, at);
    else if (group.head.kind === layout.EXPLAINED_BATCH) this.#matched(group.head, at);
  }

  #namedSearch({ parts }: Group, at: number): void {
    const then = this.#then.standingOf(parts[0]!, at);
    const agentId = this.#names.agent(parts[0]!.agent, at);
    const standing = this.#shown(then);
    const text = say.namedSearchText(then);
    this.#steps.push({ at, kind: 'searched', text, ...(agentId !== undefined && { agentId }), agents: [standing] });
    this.#note(parts[0]!, standing);
  }

  #search({ head, parts, weights, terms }: Group, at: number): void {
    const select = selectionWord(head.value);
    const free = parts.filter(({ code }) => code === layout.STANDS_FREE);
    if (select === 'weightedRandom') drawnFirst(free, head.extra);
    else free.sort(chosenFirst(select));
    const others = parts.filter(({ code }) => code !== layout.STANDS_FREE).sort((a, b) => a.code - b.code);
    if (parts.length < head.value2) {
      this.#steps.push({ at, kind: 'searched', text: say.untoldText(head.value2) });
      return;
    }
    const isBatch = head.code === layout.SEARCHED_BATCH;
    if (!isBatch && (free[0]?.agent ?? layout.NONE) !== head.agent)
      throw new Error(`agent ${head.agent} was chosen, and by what was told it is ${free[0]?.agent}`);
    const freeThen = free.map((part) => {
      const then = this.#then.standingOf(part, at);
      return select === 'score' ? { ...then, scored: scoreOf(part, terms.get(part.agent)!, weights!) } : then;
    });
    const counts = this.#countsOf([...free, ...others], at);
    const agentId = head.agent === layout.NONE ? undefined : this.#names.agent(head.agent, at);
    const ringing = { rung: Math.max(1, head.line), already: head.since };
    const eased = head.agent === layout.NONE ? '' : say.easedText(this.#eased);
    this.#steps.push({
      at,
      kind: 'searched',
      text: `${isBatch ? say.batchedText(freeThen, counts) : say.searchText(freeThen, counts, select, ringing)}${eased}`,
      ...(agentId !== undefined && { agentId }),
      select,
      byStanding: counts.map(({ stands, agents }) => ({ stands, agents })),
      agents: this.#listed(free, freeThen, others, at),
    });
    const asked = parts.find(({ agent }) => agent === this.#options.agent?.handle);
    if (asked !== undefined) this.#stood(asked, at);
  }

  /** How the batch that it was in came out for it. */
  #matched(head: Effect, at: number): void {
    const called = (handle: number) => (handle === layout.NONE ? undefined : this.#names.agent(handle, at));
    const agentId = called(head.agent);
    const batch = {
      contacts: head.value,
      agents: head.value2,
      matches: head.value3,
      total: head.at,
      ...(head.agent !== layout.NONE && { score: head.since }),
    };
    const best = head.line === layout.NONE ? undefined : { agent: called(head.line), score: head.extra };
    const got = head.agent === layout.NONE ? undefined : { agent: agentId, isBest: head.line === head.agent };
    const text = say.matchedText(batch, got, best, head.code === 1);
    this.#steps.push({ at, kind: 'matched', text, ...(agentId !== undefined && { agentId }), batch });
  }

  #countsOf(parts: readonly Effect[], at: number): StandingCount[] {
    return [...groupBy(parts, ({ code }) => code)].map(([code, group]) => ({
      stands: standingWord(code),
      agents: group.length,
      named: group.slice(0, NAMED_IN_SENTENCE).map(({ agent }) => this.#names.agent(agent, at)),
    }));
  }

  /** Free ones first, then by reason; the agent asked about is among them whatever the bound. */
  #listed(free: Effect[], freeThen: StandingThen[], others: Effect[], at: number): AgentStanding[] {
    const max = this.#options.agentsMax ?? explainedAgentsMax;
    const listed: AgentStanding[] = freeThen
      .slice(0, max)
      .map((then, place) => ({ ...this.#shown(then), place: place + 1 }));
    for (const other of others.slice(0, max - listed.length))
      listed.push(this.#shown(this.#then.standingOf(other, at)));
    const { agent } = this.#options;
    if (agent === undefined || listed.some(({ agentId }) => agentId === agent.agentId)) return listed;
    const place = free.findIndex((part) => part.agent === agent.handle);
    if (place >= 0) return [...listed, { ...this.#shown(freeThen[place]!), place: place + 1 }];
    const part = others.find((other) => other.agent === agent.handle);
    return part === undefined ? listed : [...listed, this.#shown(this.#then.standingOf(part, at))];
  }

  #choice({ head, parts }: Group, at: number): void {
    const agentId = this.#names.agent(head.agent, at);
    const how = choiceWord(head.code);
    const told = parts.map((part) => this.#then.candidateOf(part, at));
    const candidates = told.map(({ then }) => then);
    const taken = told.find(({ shown }) => shown.chosen)!.then;
    const asked = told.find(({ shown }) => shown.asked)!.then;
    this.#steps.push({
      at,
      kind: 'chose',
      text: `${say.choiceText(agentId, how, taken, asked, candidates)}${taken === asked ? say.easedText(this.#eased) : ''}`,
      ...(agentId !== undefined && { agentId }),
      choice: how,
      candidates: told.map(({ shown }) => shown),
    });
  }

  // ── How an agent stood ────────────────────────────────────────────────────────────────────────────────────────
  /** Each change of the agent asked about is a step. */
  #stood(record: Effect, at: number): void {
    if (record.agent !== this.#options.agent?.handle) return;
    const then = this.#then.standingOf(record, at);
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

  #shown(then: StandingThen): AgentStanding {
    const { agent, stands, idleMs, levels, scored } = then;
    return {
      ...(agent !== undefined && { agentId: agent }),
      stands,
      text: standingText(then),
      ...(idleMs !== undefined && { idleMs }),
      ...(levels !== undefined && { levels }),
      ...(scored !== undefined && { score: scored.score, terms: [...scored.terms] }),
    };
  }
}

function isSent(why: keyof typeof movedReasons | keyof typeof sentReasons): why is keyof typeof sentReasons {
  return why in sentReasons;
}

/** By the terms that were told. */
function chosenFirst(select: keyof typeof selections): (one: Effect, other: Effect) => number {
  const byScore = select === 'score' ? -1 : 1;
  const byLevels = { bestSkilled: -1, leastSkilled: 1 }[select as string] ?? 0;
  const byIdle = select === 'linear' || select === 'roundRobin' ? 0 : 1;
  return (one, other) =>
    byLevels * (one.value3 - other.value3) ||
    byScore * (one.extra - other.extra) ||
    (select === 'leastOccupied' && one.extra > 0 ? 0 : byIdle * (one.since - other.since)) ||
    one.agent - other.agent;
}

/** What an agent scored, of the terms that count. */
function scoreOf({ extra }: Effect, terms: Effect, weights: Effect): ScoredThen {
  const counting = words(scoreTerms)
    .map((term) => ({ term, value: termIn(terms, term), weight: termIn(weights, term) }))
    .filter(({ weight }) => weight !== 0);
  return { score: extra, terms: counting };
}

function termIn({ value, value2, value3, at, since, extra }: Effect, term: keyof typeof scoreTerms): number {
  return [value, value2, value3, at, since, extra][scoreTerms[term]]!;
}

/** The one at whom the weights, in the order of the agents, come to more than the number drawn; then by weight. */
function drawnFirst(free: Effect[], number: number): void {
  let left = number;
  const drawn = free.find(({ value3: levels }) => {
    left -= say.weightOf(levels);
    return left < 0;
  });
  free.sort((one, other) => {
    const byDraw = Number(other === drawn) - Number(one === drawn);
    return byDraw || other.value3 - one.value3 || one.agent - other.agent;
  });
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
    else if (record.kind === layout.EXPLAINED_TERMS) groups.at(-1)!.terms.set(record.agent, record);
    else if (record.kind === layout.EXPLAINED_WEIGHTS) groups.at(-1)!.weights = record;
    else groups.push({ head: record, parts: [], terms: new Map() });
  }
  return groups;
}
