// Ratings by the keys of a telephone, when the agent has hung up (docs/ratings.md).
//
//   the agent ends the contact ─▶ its leg is let go, the customer's stays ─▶ leg.gather, an item after the other ─▶ the leg is let go
//                                                                              └ hung up, nothing pressed, no such value: that was all
//
// The contact is over before anything is asked, so no agent and no time limit hangs on what the customer does, as with messages
// (voicemails.ts). What was pressed by then is given in any case. Each survey has one timer of the core.

import type { Effect } from '../../engine/effects.ts';
import { legRequestMs, promptMsMax, surveyGatherMs } from '../../limits.ts';
import type { Params } from '../../protocol/methods.ts';
import type { Admission, Afterwards, Reaction, RoutingView, Row, Surveying, TableReader } from '../module.ts';
import { answeredWith, type Progress, surveyAfter } from '../rating-survey.ts';
import { everyRow } from '../rows.ts';
import type { Leg, LegBook } from './leg-book.ts';
import type { Legs } from './legs.ts';
import { surveysTable } from './tables.ts';

interface Survey extends Progress {
  /** That of the leg. */
  readonly number: number;
  readonly legId: string;
  readonly switchId: string;
  /** The switch should have said something by then. */
  readonly dueAt: number;
}

export class Surveys {
  readonly #routing: RoutingView;
  readonly #book: LegBook;
  readonly #legs: Legs;
  readonly #surveying: Surveying;
  #byLeg = new Map<string, Survey>();
  /** What admission cannot do, to be done as the tick settles. */
  #afterwards: ((reaction: Reaction) => void)[] = [];

  constructor(routing: RoutingView, book: LegBook, legs: Legs, surveying: Surveying) {
    this.#routing = routing;
    this.#book = book;
    this.#legs = legs;
    this.#surveying = surveying;
  }

  load(tables: TableReader): void {
    this.#byLeg = new Map();
    this.#afterwards = [];
    for (const { row } of everyRow(tables, surveysTable)) {
      const one = row as unknown as Survey;
      this.#byLeg.set(one.legId, one);
    }
  }

  has(legId: string): boolean {
    return this.#byLeg.has(legId);
  }

  /** The contact is over: whether its customer's leg stays, since the customer is asked. */
  begins(effect: Effect, leg: Leg, reaction: Reaction): boolean {
    if (leg.releasing || !this.#legs.isConnected(leg)) return false;
    const progress = surveyAfter(effect, 'digits', this.#routing, this.#surveying);
    if (progress === undefined) return false;
    this.#legs.stays(leg, reaction);
    const { legId, switchId, number } = leg;
    this.#askFor(leg, { ...progress, number, legId, switchId, dueAt: 0 }, reaction);
    return true;
  }

  #askFor(leg: Leg, survey: Survey, reaction: Reaction): void {
    const { item, to } = survey.items[0]!;
    // The prompt has its time as well.
    const dueAt = reaction.now + surveyGatherMs + promptMsMax + legRequestMs;
    const asked: Survey = { ...survey, dueAt };
    this.#byLeg.set(survey.legId, asked);
    reaction.tables.put(surveysTable, survey.number, asked as unknown as Row);
    reaction.followUp('setSurveyTimer', { number: survey.number, dueAt });
    const { contactId, legId } = survey;
    const digits = String(to).length;
    const params = { contactId, legId, prompt: `rating.${item}`, digits, timeoutMs: surveyGatherMs };
    this.#legs.ask(leg, 'leg.gather', params, reaction);
  }

  /** Begun, or it will not be. */
  answered({ legId }: Leg, isDone: boolean, reaction: Reaction): void {
    const survey = this.#byLeg.get(legId);
    if (survey !== undefined && !isDone) this.#over(survey, reaction);
  }

  pressed({ legId }: Leg, { digits, ends }: Params<'leg.digits'>): Afterwards {
    return (reaction) => {
      const survey = this.#byLeg.get(legId);
      const leg = this.#book.find(legId);
      if (survey === undefined || leg === undefined || ends === undefined) return;
      const next = answeredWith(survey, digits);
      if (next === undefined) return this.#over(survey, reaction);
      if (next.items.length === 0) this.#over(next, reaction);
      else this.#askFor(leg, next, reaction);
    };
  }

  /** Its leg is gone at the switch. Without a reaction: while a tick is being closed. */
  customerGone(legId: string, reaction?: Reaction): void {
    const gone = (now: Reaction) => {
      const survey = this.#byLeg.get(legId);
      if (survey !== undefined) this.#over(survey, now);
    };
    if (reaction === undefined) this.#afterwards.push(gone);
    else gone(reaction);
  }

  /** It is not back in time: nobody presses anything there any more. */
  switchLost(switchId: string, { tables }: Pick<Admission, 'tables'>): void {
    for (const { legId, switchId: at } of this.#byLeg.values()) {
      if (at !== switchId) continue;
      const leg = this.#book.find(legId);
      if (leg !== undefined) this.#book.forget(leg, tables);
      this.customerGone(legId);
    }
  }

  settle(reaction: Reaction): void {
    for (const run of this.#afterwards.splice(0)) run(reaction);
  }

  timeOver(number: number, reaction: Reaction): void {
    for (const survey of this.#byLeg.values())
      if (survey.number === number && survey.dueAt <= reaction.now) return this.#over(survey, reaction);
  }

  #over(survey: Survey, reaction: Reaction): void {
    const { number, legId, given } = survey;
    this.#byLeg.delete(legId);
    reaction.tables.remove(surveysTable, number);
    const leg = this.#book.find(legId);
    if (leg !== undefined) this.#legs.release(leg, 'contactEnded', reaction);
    if (Object.keys(given).length > 0) this.#surveying.given(survey, reaction);
  }
}
