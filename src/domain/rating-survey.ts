// A customer who is asked to rate when the agent has ended the contact, item after item: the same rules by the keys of a telephone
// (switches/surveys.ts) and by text (messages/text-surveys.ts).
//
//   the agent ends it ─▶ the first item ── a value of its scale ─▶ the next one ─▶ … ─▶ all are given
//                              └ nothing, or no such value: that was all; what was given by then counts

import * as layout from '../../assembly/layout.ts';
import type { Effect } from '../engine/effects.ts';
import type { RoutingView, Surveyed, SurveyedItem, Surveying } from './module.ts';

export interface Progress extends Surveyed {
  /** What is still to be asked for; the first is being asked for. */
  readonly items: readonly SurveyedItem[];
}

/** Of the contact that this effect has ended; undefined where its customer is asked nothing. */
export function surveyAfter(
  { contact: slot, number, code, at, agent }: Effect,
  by: 'digits' | 'text',
  routing: RoutingView,
  surveying: Surveying,
): Progress | undefined {
  if (code !== layout.ENDED_BY_AGENT || at === 0 || agent === layout.NONE) return undefined;
  const contact = routing.contactByHandle(slot, number);
  if (contact === undefined || contact.about !== undefined || contact.consult !== undefined) return undefined;
  // Who calls a colleague is no customer.
  if (contact.isInternal) return undefined;
  const items = surveying.itemsFor(contact, by);
  if (items.length === 0) return undefined;
  const { contactId, number: contactNumber } = contact;
  return { contactId, contactNumber, agentId: routing.agentIdOf(agent), items, given: {} };
}

/** Undefined: no such value, or none: who does not want to be asked is not asked further. */
export function answeredWith<Survey extends Progress>(survey: Survey, answer: string): Survey | undefined {
  const [asked, ...items] = survey.items;
  const value = /^\d+$/.test(answer) ? Number(answer) : Number.NaN;
  if (asked === undefined || !(value >= asked.from && value <= asked.to)) return undefined;
  return { ...survey, items, given: { ...survey.given, [asked.item]: value } };
}
