// A switch is connected, for the first time or again: it says what it has, before anything else, and does what the
// router says to it.
//
//   switch.report {legs, complete: false} …   pages of what is alive
//   leg.ended, leg.failed …                   what else nobody had answered before the connection was lost
//   switch.report {legs, complete: true}      what has come meanwhile; from here on life goes on as usual
//
// The last page comes behind the reports that were left: else a party that hung up while the router was away would be
// taken as lost. Where no end was left, the last page of the first row is complete itself.

import { CallTimedOutError, ConnectionClosedError, RefusedError } from '../../client/client.ts';
import { legsPerReportMax } from '../../limits.ts';
import type { LegCause, ReportedLegState } from '../../protocol/legs.ts';
import type { Result } from '../../protocol/methods.ts';
import type { Params, Report, Reports } from './reports.ts';

/** What a return looks at in a leg. */
export interface ReturningLeg {
  readonly legId: string;
  readonly contactId: string;
  readonly party: 'customer' | 'agent' | 'called';
  readonly state: ReportedLegState;
  /** Of a customer: the router has said that it knows the contact. */
  readonly isKnown?: boolean;
  /** Of a customer: absent, or `router`, unless the switch serves it by itself. */
  readonly servedBy?: 'router' | 'switch';
  /** The return to the router in which it was reported last (0: none). */
  reportedAtReturn: number;
}

/** A switch that returns: its legs that are alive, what it still has to say, and what it can do with both. */
export interface ReturningSwitch<Leg extends ReturningLeg> {
  readonly legs: ReadonlyMap<string, Leg>;
  readonly reports: Reports;
  request(method: string, params: Params): Promise<unknown>;
  newId(of: string): string;
  /** Tells the router of a customer's call that it does not know. */
  create(leg: Leg): void;
  known(leg: Leg): void;
  /** False, now or later: these could not be brought together. */
  join(contactId: string, legIds: readonly string[]): boolean | Promise<boolean>;
  /** The party of this leg is gone, and the router is to know. */
  end(legId: string, cause: LegCause): void;
  letGo(leg: Leg, ending: { readonly by: 'router' | 'switch'; readonly why: string }): void;
  tell(
    event: { readonly what: 'returned'; readonly legs: number } | { readonly what: 'failed'; readonly why: string },
  ): void;
}

type Answer = Result<'switch.report'>;

const saysAnEnd = ({ method }: Report) => method === 'leg.ended' || method === 'leg.failed';

export class Return<Leg extends ReturningLeg> {
  readonly #of: ReturningSwitch<Leg>;
  readonly #number: number;
  #isStopped = false;
  isOver = false;

  /** `number`: the how-manieth return it is; legs remember it. */
  constructor(of: ReturningSwitch<Leg>, number: number) {
    this.#of = of;
    this.#number = number;
  }

  /** The connection is lost; another return follows. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves when it is over or stopped. */
  async run(): Promise<void> {
    try {
      await this.#say();
    } catch (error) {
      if (error instanceof ConnectionClosedError || this.#isStopped) return;
      this.#of.tell({ what: 'failed', why: `switch.report: ${(error as Error).message}` });
    }
    if (!this.#isStopped) this.#finish();
  }

  async #say(): Promise<void> {
    const { reports } = this.#of;
    this.#leaveOutWhatLegsShow();
    for (let hasSaidTheRest = false; !this.#isStopped; ) {
      const unreported = [...this.#of.legs.values()].filter((leg) => leg.reportedAtReturn !== this.#number);
      const page = unreported.slice(0, legsPerReportMax);
      const isLast = page.length === unreported.length;
      const complete = isLast && (hasSaidTheRest || !reports.some(saysAnEnd));
      await this.#report(page, complete);
      if (complete) return;
      if (!isLast) continue;
      reports.open();
      await reports.answered();
      hasSaidTheRest = true;
    }
  }

  /** The state of a living leg says what its reports would; a call that is over need not be created any more. */
  #leaveOutWhatLegsShow(): void {
    const { reports, legs } = this.#of;
    for (const about of reports.abouts()) {
      const isAlive = legs.has(about);
      reports.drop(about, ({ method }) =>
        isAlive ? method === 'leg.ringing' || method === 'leg.answered' : method === 'contact.create',
      );
    }
  }

  async #report(page: readonly Leg[], complete: boolean): Promise<void> {
    for (const leg of page) leg.reportedAtReturn = this.#number;
    const legs = page.map(({ legId, state, contactId }) => ({ legId, state, contactId }));
    const params = { legs, complete, requestId: this.#of.newId('return') };
    for (;;) {
      try {
        return this.#obey((await this.#of.request('switch.report', params)) as Answer);
      } catch (error) {
        const passes =
          error instanceof CallTimedOutError ||
          (error instanceof RefusedError && ['overloaded', 'not_ready'].includes(error.refusal ?? ''));
        if (!passes || this.#isStopped) throw error;
      }
    }
  }

  #obey({ keep, connect, release, unknown }: Answer): void {
    if (this.#isStopped) return;
    const { legs } = this.#of;
    for (const legId of keep) this.#isKnown(legs.get(legId));
    for (const pair of connect) this.#join(pair);
    for (const legId of release) {
      const leg = legs.get(legId);
      if (leg !== undefined) this.#of.letGo(leg, { by: 'router', why: 'released at return' });
    }
    for (const legId of unknown) this.#unknown(legs.get(legId));
  }

  #isKnown(leg: Leg | undefined): void {
    if (leg?.party === 'customer') this.#of.known(leg);
  }

  #join(pair: readonly string[]): void {
    const legs = pair.map((legId) => this.#of.legs.get(legId));
    for (const leg of legs) this.#isKnown(leg);
    // One that has ended meanwhile says so itself.
    if (legs.includes(undefined)) return;
    const over = (isJoined: boolean) => {
      const agent = legs.find((leg) => leg?.party === 'agent');
      if (!isJoined && agent !== undefined) this.#of.end(agent.legId, 'failed');
    };
    const isJoined = this.#of.join(legs[0]!.contactId, pair);
    if (typeof isJoined === 'boolean') over(isJoined);
    else isJoined.then(over, () => {});
  }

  /** A call that came while nobody routed is brought now; a leg that the router does not know is of no use to anybody. */
  #unknown(leg: Leg | undefined): void {
    if (leg === undefined) return;
    if (leg.party !== 'customer') this.#of.letGo(leg, { by: 'switch', why: 'unknown to the router' });
    else this.#bring(leg);
  }

  /** Unless something is on its way about it. What its customer has keyed in meanwhile nobody had asked for. */
  #bring(leg: Leg): void {
    const { reports } = this.#of;
    if (leg.servedBy === 'switch') return;
    reports.drop(leg.legId, ({ method }) => method === 'leg.digits');
    if (!reports.has(leg.legId)) this.#of.create(leg);
  }

  #finish(): void {
    this.isOver = true;
    const { legs, reports } = this.#of;
    reports.open();
    // Calls that came while the last page was on its way.
    for (const leg of legs.values()) if (leg.party === 'customer' && !leg.isKnown) this.#bring(leg);
    this.#of.tell({ what: 'returned', legs: legs.size });
  }
}
