// What has become of every call of a simulated switch, and of its telephones and legs: counted from what the switch tells
// of itself, so that none can get lost unnoticed.

import type { Clock } from '../../engine/clock.ts';
import type { LegCause } from '../../protocol/legs.ts';
import { type CustomerLeg, type Ending, isBeingRung } from './leg.ts';
import type { ReferenceSwitch, SwitchEvent } from './reference-switch.ts';

export interface SwitchNumbers {
  /** Customers who called; each is in exactly one of the next eight. */
  readonly calls: number;
  readonly waiting: number;
  readonly talking: number;
  /** Were in a conversation, and it is over. */
  readonly served: number;
  readonly hungUpWaiting: number;
  /** By the router, before anybody was reached. */
  readonly ended: number;
  readonly refused: number;
  /** By the switch itself, while nobody routed. */
  readonly servedHere: number;
  readonly notTaken: number;
  readonly cameWhileAway: number;
  /** From the call to the conversation, of those who got there. */
  readonly meanWaitMs: number | undefined;
  readonly rings: number;
  readonly rang: number;
  readonly answered: number;
  readonly failed: Readonly<Partial<Record<LegCause, number>>>;
  readonly joined: number;
  readonly notJoined: number;
  readonly holds: number;
  /** Begun, or gone on with. */
  readonly recordings: number;
  /** How often somebody who waited was told something. */
  readonly announcements: number;
  /** How often a customer was asked for a message, and left one. */
  readonly messagesAsked: number;
  readonly messages: number;
  /** How often digits were collected. */
  readonly gathers: number;
  /** How often a supervisor began to listen, or went on in another mode. */
  readonly listening: number;
  readonly legs: number;
  readonly reportsSent: number;
  readonly reportsRepeated: number;
  readonly reportsUnanswered: number;
  readonly requestsHeard: number;
  readonly requestsRepeated: number;
  readonly returns: number;
  readonly troubles: readonly string[];
}

const troublesKeptMax = 20;

export class SwitchAccount {
  readonly #clock: Clock;
  readonly #cameAt = new Map<string, number>();
  /** Of those who are there: who is or was in a conversation. */
  readonly #talked = new Set<string>();
  readonly #counts = {
    calls: 0,
    served: 0,
    hungUpWaiting: 0,
    ended: 0,
    refused: 0,
    servedHere: 0,
    notTaken: 0,
    cameWhileAway: 0,
    rings: 0,
    rang: 0,
    answered: 0,
    joined: 0,
    notJoined: 0,
    holds: 0,
    recordings: 0,
    announcements: 0,
    messagesAsked: 0,
    messages: 0,
    gathers: 0,
    listening: 0,
    returns: 0,
  };
  readonly #failed: Partial<Record<LegCause, number>> = {};
  readonly #troubles: string[] = [];
  #conversations = 0;
  #waitedMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A customer whom the switch did not take. */
  notTaken(): void {
    this.#counts.calls += 1;
    this.#counts.notTaken += 1;
  }

  hear(event: SwitchEvent): void {
    const counts = this.#counts;
    switch (event.what) {
      case 'brought':
        counts.calls += 1;
        if (event.whileAway) counts.cameWhileAway += 1;
        this.#cameAt.set(event.leg.legId, this.#clock.now());
        break;
      case 'rung':
        counts.rings += 1;
        break;
      case 'ringing':
        counts.rang += 1;
        break;
      case 'answered':
        counts.answered += 1;
        break;
      case 'joined':
        counts.joined += 1;
        if (event.customer.party === 'customer') this.#joined(event.customer);
        break;
      case 'notJoined':
        counts.notJoined += 1;
        break;
      case 'held':
        counts.holds += 1;
        break;
      case 'recording':
        if (event.recording === 'on') counts.recordings += 1;
        break;
      case 'playing':
        counts.announcements += 1;
        break;
      case 'asksForMessage':
        counts.messagesAsked += 1;
        break;
      case 'message':
        counts.messages += 1;
        break;
      case 'gathering':
        counts.gathers += 1;
        break;
      case 'listening':
        counts.listening += 1;
        break;
      case 'returned':
        counts.returns += 1;
        break;
      case 'over':
        if (event.leg.party === 'customer') this.#customerIsGone(event.leg, event.ending);
        else if (event.ending.by === 'party' && isBeingRung(event.leg)) this.#telephoneFailed(event.ending.cause);
        break;
      case 'failed':
        if (this.#troubles.length < troublesKeptMax) this.#troubles.push(event.why);
        break;
    }
  }

  numbersOf(of: ReferenceSwitch): SwitchNumbers {
    const customers = [...of.legs.values()].filter((leg) => leg.party === 'customer');
    const talking = customers.filter((leg) => leg.others.length > 0 || leg.servedBy === 'switch').length;
    const conversations = this.#conversations;
    return {
      ...this.#counts,
      waiting: customers.length - talking,
      talking,
      meanWaitMs: conversations === 0 ? undefined : Math.round(this.#waitedMs / conversations),
      failed: { ...this.#failed },
      legs: of.legs.size,
      reportsSent: of.reports.sent,
      reportsRepeated: of.reports.repeated,
      reportsUnanswered: of.reports.unanswered,
      requestsHeard: of.requestsHeard,
      requestsRepeated: of.repetitionsHeard,
      troubles: [...this.#troubles],
    };
  }

  #joined({ legId }: CustomerLeg): void {
    if (this.#talked.has(legId)) return;
    this.#talked.add(legId);
    this.#conversations += 1;
    this.#waitedMs += this.#clock.now() - this.#cameAt.get(legId)!;
  }

  #customerIsGone({ legId, servedBy }: CustomerLeg, ending: Ending): void {
    this.#cameAt.delete(legId);
    const counts = this.#counts;
    if (servedBy === 'switch') counts.servedHere += 1;
    else if (this.#talked.has(legId)) counts.served += 1;
    else if (ending.by === 'party') counts.hungUpWaiting += 1;
    else if (ending.by === 'refusal') counts.refused += 1;
    else counts.ended += 1;
    this.#talked.delete(legId);
  }

  #telephoneFailed(cause: LegCause): void {
    this.#failed[cause] = (this.#failed[cause] ?? 0) + 1;
  }
}

/** What does not add up, or undefined. */
export function imbalanceOf(numbers: SwitchNumbers): string | undefined {
  const { calls, waiting, talking, served, hungUpWaiting, ended, refused, servedHere, notTaken } = numbers;
  const known = waiting + talking + served + hungUpWaiting + ended + refused + servedHere + notTaken;
  return known === calls ? undefined : `${calls} calls came, and what became of ${known} is known`;
}
