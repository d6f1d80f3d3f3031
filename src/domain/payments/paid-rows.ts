// What is kept of a contact that is paid for, as long as it lives, and while its agent wraps up: at which price, from which account, what is held of it, and what has
// been used. Pure but for the rows: what is done with it is paid-contacts.ts.

import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { RateTerms, Receiver } from '../../protocol/rates.ts';
import { costOf, type Metered, meter } from './meter.ts';
import type { SharesGiven } from './shares.ts';
import { Tariff } from './tariff.ts';

export interface PaidContact extends ContactHandle {
  readonly contactId: string;
  readonly quoteId: string;
  readonly rateId: string;
  readonly receiver: Receiver;
  readonly terms: RateTerms;
  readonly shares: SharesGiven;
  /** Whose money it is. */
  readonly customer: number;
  readonly accountId: string;
  /** The most that may be held, as the customer has said. */
  readonly spendMax?: number;
  /** The hold that is open, the n-th of the contact; 0: none was needed yet. */
  readonly hold: number;
  readonly held: number;
  /** What was used up to `since`. */
  readonly metered: Metered;
  /** It is counted from then on, and who serves it. */
  readonly since?: number;
  readonly agentId?: string;
  /** In which queue it was counted last; rows of builds before have none. */
  readonly queueId?: string;
  /** When it was counted first. */
  readonly startedAt?: number;
  /** What was used while each agent served it, in the order in which they came. */
  readonly parts: readonly PaidPart[];
  /** Both sides were told that the money runs out. */
  readonly isWarned?: true;
  /** It has run out, and goes on until then. */
  readonly graceUntil?: number;
  /** Settled; who served it wraps up, and may hand over what the customer was promised. */
  readonly isOver?: true;
}

export interface PaidPart {
  readonly agentId: string;
  readonly amount: number;
}

/** What it has come to at a moment. */
export function meteredAt(paid: PaidContact, tariff: Tariff, now: number): Metered {
  return paid.since === undefined ? paid.metered : meter(tariff, paid.metered, paid.since, now);
}

/** It is counted no longer, up to that moment: what was used since is its agent's. */
export function stopped(paid: PaidContact, at: number): PaidContact {
  const { since, agentId, ...rest } = paid;
  if (since === undefined || agentId === undefined) return rest;
  const tariff = new Tariff(paid.terms);
  const metered = meter(tariff, paid.metered, since, at);
  const amount = costOf(tariff, metered) - costOf(tariff, paid.metered);
  return { ...rest, metered, parts: withPart(paid.parts, agentId, amount) };
}

/** Each agent has one. */
export function withPart(parts: readonly PaidPart[], agentId: string, amount: number): readonly PaidPart[] {
  if (!parts.some((part) => part.agentId === agentId)) return [...parts, { agentId, amount }];
  return parts.map((part) => (part.agentId === agentId ? { agentId, amount: part.amount + amount } : part));
}

/** Together no more than there is: what was used when the money had run out already is nobody's, the last first. */
export function partsWithin(parts: readonly PaidPart[], most: number): readonly PaidPart[] {
  let left = most;
  return parts.map(({ agentId, amount }) => {
    const part = Math.min(amount, left);
    left -= part;
    return { agentId, amount: part };
  });
}
