// How the contacts that wait move on, in the last half hour: answers and hang-ups while anybody waited, in intervals. From
// it, how long a contact at a place would wait.
//
//   μ   answers a millisecond, of contacts that had to wait, while somebody waited
//   θ   hang-ups a millisecond of waiting
//
// In a line of n the first is answered or anybody hangs up: it becomes shorter at the rate μ + (n − 1)θ. So a contact at
// place n waits for Σ 1/(μ + iθ), i from 0 to n − 1, as in a queue of Markov with impatient customers (Whitt, "Predicting
// queueing delays", Management Science 45, 1999); here as an integral, since a line may be long. Times in which nobody
// waited say nothing of how fast a line moves, and are left out.
//
// Everything in it is written to a row, so that it is the same after a restart.

import { flowIntervalMs, flowIntervalsKept } from '../../limits.ts';

interface Interval {
  /** Since the epoch, in intervals. */
  readonly number: number;
  answered: number;
  abandoned: number;
  /** In which anybody waited. */
  busyMs: number;
  /** Of all who waited, together. */
  waitedMs: number;
}

/** [number, answered, abandoned, busyMs, waitedMs] of each interval, oldest first. */
export interface FlowRow {
  readonly since: number;
  readonly intervals: readonly (readonly number[])[];
}

/** Fewer answers say nothing of a rate. */
const answersMin = 2;

export class Flow {
  #waiting = 0;
  /** Up to when waiting is accounted for. */
  #since = 0;
  #intervals: Interval[] = [];

  get waiting(): number {
    return this.#waiting;
  }

  load({ since, intervals }: FlowRow): void {
    this.#since = since;
    this.#intervals = intervals.map((values) => {
      const [number, answered, abandoned, busyMs, waitedMs] = values as [number, number, number, number, number];
      return { number, answered, abandoned, busyMs, waitedMs };
    });
  }

  row(): FlowRow {
    return {
      since: this.#since,
      intervals: this.#intervals.map(({ number, answered, abandoned, busyMs, waitedMs }) => [
        number,
        answered,
        abandoned,
        busyMs,
        waitedMs,
      ]),
    };
  }

  /** One that waits already: after a load. */
  waits(): void {
    this.#waiting += 1;
  }

  joined(now: number): void {
    this.#account(now);
    this.#waiting += 1;
  }

  answered(now: number, hadToWait: boolean): void {
    this.#account(now);
    this.#waiting -= 1;
    if (hadToWait) this.#interval(now).answered += 1;
  }

  abandoned(now: number): void {
    this.#account(now);
    this.#waiting -= 1;
    this.#interval(now).abandoned += 1;
  }

  /** Ended by somebody else: not for want of patience. */
  left(now: number): void {
    this.#account(now);
    this.#waiting -= 1;
  }

  /** How long a contact at this place (1 is next) would wait, about; undefined where too little is known. */
  expectedMs(place: number, now: number): number | undefined {
    const oldest = intervalOf(now) - flowIntervalsKept + 1;
    let answered = 0;
    let abandoned = 0;
    // What has been waited since the last change is not accounted for yet.
    let busyMs = this.#waiting === 0 ? 0 : now - Math.max(this.#since, oldest * flowIntervalMs);
    let waitedMs = busyMs * this.#waiting;
    for (const interval of this.#intervals) {
      if (interval.number < oldest) continue;
      answered += interval.answered;
      abandoned += interval.abandoned;
      busyMs += interval.busyMs;
      waitedMs += interval.waitedMs;
    }
    if (answered < answersMin || busyMs === 0) return undefined;
    const answers = answered / busyMs;
    const hangUps = waitedMs === 0 ? 0 : abandoned / waitedMs;
    return hangUps === 0 ? place / answers : Math.log1p((place * hangUps) / answers) / hangUps;
  }

  #account(now: number): void {
    // Most of a tick's contacts join and leave at the same time.
    if (now === this.#since) return;
    if (this.#waiting > 0) {
      const oldest = (intervalOf(now) - flowIntervalsKept + 1) * flowIntervalMs;
      for (let at = Math.max(this.#since, oldest); at < now; ) {
        const to = Math.min(now, (intervalOf(at) + 1) * flowIntervalMs);
        const interval = this.#interval(at);
        interval.busyMs += to - at;
        interval.waitedMs += (to - at) * this.#waiting;
        at = to;
      }
    }
    this.#since = now;
  }

  #interval(at: number): Interval {
    const number = intervalOf(at);
    const last = this.#intervals.at(-1);
    if (last?.number === number) return last;
    const interval = { number, answered: 0, abandoned: 0, busyMs: 0, waitedMs: 0 };
    this.#intervals.push(interval);
    while (this.#intervals[0]!.number <= number - flowIntervalsKept) this.#intervals.shift();
    return interval;
  }
}

function intervalOf(at: number): number {
  return Math.floor(at / flowIntervalMs);
}
