// Of contacts that are paid for by the message, or the document: what one more costs, and what is held for those to come. Pure.
//
//   held ├── used so far ──┼── the next one ──┼── … ──┤     a few are held at once, so that not each of them is a hold of its own
//
// A message is delivered in the step in which its price is within what is held; until the contact is over that can only be posted.

import { paidMessagesHeld } from '../../limits.ts';
import type { RateTerms } from '../../protocol/rates.ts';
import { costOf, counted, nothingMetered } from './meter.ts';
import { type PaidContact, withPart } from './paid-rows.ts';
import { Tariff } from './tariff.ts';

export function countsTime({ per }: RateTerms): boolean {
  return per !== 'message' && per !== 'document';
}

/** What has to be there for the first, and what is held then; undefined: the rate counts time. */
export function unitsAtFirst(
  tariff: Tariff,
  now: number,
): { readonly needed: number; readonly wanted: number } | undefined {
  const { per } = tariff.terms;
  if (countsTime(tariff.terms)) return undefined;
  const needed = costOf(tariff, counted(tariff, nothingMetered, now));
  // Each document is sold by itself, and only the first is sure to be.
  return { needed, wanted: per === 'document' ? needed : costOf(tariff, further(tariff, nothingMetered, now)) };
}

export interface Unit {
  readonly price: number;
  /** What of that is neither held nor to be had. */
  readonly missing: number;
  /** What is to be held for it, with some more where there is money for them. */
  readonly held: number;
}

export function unitOf({ terms, metered, held }: PaidContact, now: number, available: number): Unit {
  const tariff = new Tariff(terms);
  const used = costOf(tariff, metered);
  const upTo = costOf(tariff, counted(tariff, metered, now));
  const most = held + Math.max(0, available);
  const wanted = upTo <= held ? held : costOf(tariff, further(tariff, metered, now));
  return { price: upTo - used, missing: Math.max(0, upTo - most), held: Math.min(most, wanted) };
}

/** It has been delivered, and is its agent's. */
export function unitCounted(
  paid: PaidContact,
  agentId: string,
  now: number,
): { readonly row: PaidContact; readonly used: number; readonly held: number } {
  const tariff = new Tariff(paid.terms);
  const metered = counted(tariff, paid.metered, now);
  const used = costOf(tariff, metered);
  const parts = withPart(paid.parts, agentId, used - costOf(tariff, paid.metered));
  return { row: { ...paid, metered, parts, startedAt: paid.startedAt ?? now }, used, held: paid.held };
}

/** What customers and receivers are told of money that is missing. */
export function neededFor(contactId: string, { terms }: PaidContact, { price, missing }: Unit) {
  const { currency } = terms.price;
  return { contactId, needed: { amount: price, currency }, missing: { amount: missing, currency } };
}

function further(tariff: Tariff, before: PaidContact['metered'], now: number): PaidContact['metered'] {
  let metered = before;
  for (let more = 0; more < paidMessagesHeld; more++) metered = counted(tariff, metered, now);
  return metered;
}
