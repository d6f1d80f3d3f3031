// Customers of a simulated switch: they call at random at a rate (a Poisson process), wait as long as their patience is,
// and hang up after they have talked, unless the agent's side does first. The n-th customer of a seed is always the same.

import type { Clock, Wake } from '../../engine/clock.ts';
import { RandomStream } from '../random.ts';
import type { Wishes } from './leg.ts';
import type { ReferenceSwitch, SwitchEvent } from './reference-switch.ts';

export interface TrafficPolicy {
  readonly callsPerMinute: number;
  /** No more after so many. */
  readonly callsMax: number;
  /** Means of exponential distributions. */
  readonly patienceMs: number;
  readonly talkMs: number;
}

export interface TrafficOptions {
  readonly policy: TrafficPolicy;
  readonly seed: number;
  readonly clock: Clock;
  readonly wishes: (nth: number) => Wishes;
  /** One whom the switch did not take. */
  readonly onNotTaken: () => void;
}

export class Traffic {
  readonly #options: TrafficOptions;
  readonly #arrivals: RandomStream;
  /** What each customer will do next, by leg. */
  readonly #wakes = new Map<string, Wake>();
  readonly #talkMs = new Map<string, number>();
  #next: Wake | undefined;
  #switch: ReferenceSwitch | undefined;
  #calls = 0;
  #asked = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#arrivals = new RandomStream(options.seed, 'arrivals');
  }

  get calls(): number {
    return this.#calls;
  }

  start(at: ReferenceSwitch): void {
    this.#switch = at;
    this.#planNext();
  }

  /** Nobody calls any more. */
  stop(): void {
    this.#next?.cancel();
    this.#next = undefined;
  }

  /** Everybody who is there hangs up. */
  hangUpAll(): void {
    for (const leg of [...(this.#switch?.legs.values() ?? [])])
      if (leg.party === 'customer') this.#switch!.end(leg.legId, 'hungUp');
  }

  hear(event: SwitchEvent): void {
    if (event.what === 'gathering') this.#pressesSoon(event.leg.legId, event.digits);
    if (event.what === 'asksForMessage') this.#leavesMessage(event.leg.legId);
    const talkMs = event.what === 'joined' ? this.#talkMs.get(event.customer.legId) : undefined;
    // Those who are none of its customers hang up when somebody else says so.
    if (event.what === 'joined' && talkMs !== undefined) this.#hangsUpAfter(event.customer.legId, talkMs);
    if (event.what !== 'over' || event.leg.party !== 'customer') return;
    const { legId } = event.leg;
    this.#wakes.get(legId)?.cancel();
    this.#wakes.delete(legId);
    this.#talkMs.delete(legId);
  }

  /** Of ten customers nine press what they are asked to. */
  #pressesSoon(legId: string, digits: number): void {
    const { clock, seed } = this.#options;
    this.#asked += 1;
    const random = new RandomStream(seed, 'keys', this.#asked);
    const keys = Array.from({ length: digits }, () => Math.floor(10 * random.fraction())).join('');
    if (random.fraction() < 0.1) return;
    clock.wakeAt(clock.now() + Math.ceil(500 + 2_500 * random.fraction()), () => this.#switch?.press(legId, keys));
  }

  /** Of ten customers seven say something, and hang up after it; the others hang up before. */
  #leavesMessage(legId: string): void {
    const { clock, seed } = this.#options;
    this.#asked += 1;
    const random = new RandomStream(seed, 'message', this.#asked);
    const soonMs = Math.ceil(1_000 + 4_000 * random.fraction());
    const speaksMs = Math.ceil(2_000 + 8_000 * random.fraction());
    const at = this.#switch;
    if (random.fraction() < 0.7) {
      clock.wakeAt(clock.now() + soonMs, () => at?.speak(legId, speaksMs + 1_000));
      clock.wakeAt(clock.now() + soonMs + speaksMs, () => at?.end(legId, 'hungUp'));
    } else clock.wakeAt(clock.now() + soonMs, () => at?.end(legId, 'hungUp'));
  }

  #planNext(): void {
    const { policy, clock } = this.#options;
    if (this.#calls >= policy.callsMax) return;
    const inMs = this.#arrivals.exponential(60_000 / policy.callsPerMinute);
    this.#next = clock.wakeAt(clock.now() + Math.ceil(inMs), () => {
      this.#call();
      this.#planNext();
    });
  }

  #call(): void {
    this.#calls += 1;
    const { policy, seed, wishes, onNotTaken } = this.#options;
    const random = new RandomStream(seed, 'customer', this.#calls);
    const patienceMs = Math.ceil(random.exponential(policy.patienceMs));
    const talkMs = Math.ceil(random.exponential(policy.talkMs));
    const leg = this.#switch!.bring(wishes(this.#calls));
    if (leg === undefined) return onNotTaken();
    this.#talkMs.set(leg.legId, talkMs);
    this.#hangsUpAfter(leg.legId, leg.servedBy === 'switch' ? talkMs : patienceMs);
  }

  #hangsUpAfter(legId: string, ms: number): void {
    const { clock } = this.#options;
    this.#wakes.get(legId)?.cancel();
    this.#wakes.set(
      legId,
      clock.wakeAt(clock.now() + ms, () => this.#switch!.end(legId, 'hungUp')),
    );
  }
}
