// Offers as rows have them: one list for all, the members of one behind those of the other, since a busy router writes each twice and
// their names would be most of it. Rows of before have lists of objects.

import type { OfferOutcome } from '../../protocol/contact-record.ts';

export interface OfferNote {
  readonly agentId: string;
  readonly lineId: string;
  readonly at: number;
  readonly rangMs: number;
  readonly outcome: OfferOutcome;
}

const MEMBERS = 5;

export type OffersInRow = readonly (string | number)[] | readonly OfferNote[];

export function offersForRow(offers: readonly OfferNote[]): OffersInRow {
  const flat: (string | number)[] = [];
  for (const { agentId, lineId, at, rangMs, outcome } of offers) flat.push(agentId, lineId, at, rangMs, outcome);
  return flat;
}

export function offersInRow(kept: OffersInRow): readonly OfferNote[] {
  if (typeof kept[0] !== 'string') return kept as readonly OfferNote[];
  const offers: OfferNote[] = [];
  for (let place = 0; place < kept.length; place += MEMBERS) {
    const [agentId, lineId, at, rangMs, outcome] = kept.slice(place) as [string, string, number, number, OfferOutcome];
    offers.push({ agentId, lineId, at, rangMs, outcome });
  }
  return offers;
}
