// One partition in this thread, over any store, with a clock that the test moves and an egress that it reads.

import type { DomainModule } from '../../src/domain/module.ts';
import type { Clock, Randomness, Wake } from '../../src/engine/clock.ts';
import type { CorePool } from '../../src/engine/core.ts';
import { loadCoreBuild } from '../../src/engine/core-build.ts';
import type { Answer, Ask, Audience, Egress, FromSessions, RoutedRequest } from '../../src/engine/egress.ts';
import { InProcessCorePool } from '../../src/engine/in-process-core-pool.ts';
import { Partition } from '../../src/engine/partition.ts';
import type { CoreBuild, JournalEntry, PartitionStore } from '../../src/store/store.ts';
import { SeededRandom } from '../crash/random.ts';

/** Time stands still until the test moves it; turns are real. */
export class TestClock implements Clock {
  #now: number;
  #wakes: { at: number; callback: () => void }[] = [];

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  skewMs(): number {
    return 0;
  }

  wakeAt(at: number, callback: () => void): Wake {
    const entry = { at, callback };
    this.#wakes.push(entry);
    return {
      cancel: () => {
        this.#wakes = this.#wakes.filter((other) => other !== entry);
      },
    };
  }

  soon(callback: () => void): void {
    setImmediate(callback);
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#wakes.filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at);
    this.#wakes = this.#wakes.filter((entry) => !due.includes(entry));
    for (const { callback } of due) callback();
  }
}

export interface Released {
  readonly kind: 'answer' | 'notification' | 'ask';
  readonly request?: RoutedRequest;
  readonly answer?: Answer;
  readonly audience?: Audience;
  readonly event?: string;
  readonly ask?: Ask;
  readonly params?: Readonly<Record<string, unknown>>;
}

export class CollectingEgress implements Egress {
  readonly released: Released[] = [];
  readonly #waiting = new Map<RoutedRequest, (answer: Answer) => void>();

  answer(request: RoutedRequest, answer: Answer): void {
    this.released.push({ kind: 'answer', request, answer });
    this.#waiting.get(request)?.(answer);
  }

  notify(audience: Audience, event: string, params: Readonly<Record<string, unknown>>): void {
    this.released.push({ kind: 'notification', audience, event, params });
  }

  ask(ask: Ask): void {
    this.released.push({ kind: 'ask', ask });
  }

  flush(): void {}

  answerOf(request: RoutedRequest): Promise<Answer> {
    return new Promise((resolve) => {
      this.#waiting.set(request, resolve);
    });
  }
}

export interface HarnessOptions {
  readonly store: PartitionStore;
  readonly modules: readonly DomainModule[];
  readonly pool?: CorePool;
  /** The one that writes; by default the one that was built. */
  readonly build?: CoreBuild;
  readonly clock?: TestClock;
  readonly onDurable?: (entry: JournalEntry) => void;
  readonly onFatal?: (error: unknown) => void;
  readonly inboxRequestsMax?: number;
}

export class PartitionHarness {
  readonly clock: TestClock;
  readonly egress = new CollectingEgress();
  readonly fatal: unknown[] = [];
  readonly logged: string[] = [];
  partition!: Partition;

  private constructor(clock: TestClock) {
    this.clock = clock;
  }

  static async start(options: HarnessOptions): Promise<PartitionHarness> {
    const harness = new PartitionHarness(options.clock ?? new TestClock());
    const build = options.build ?? loadCoreBuild();
    const pool = options.pool ?? new InProcessCorePool(16_384);
    await pool.addBuild(build.hash, build.wasm);
    harness.partition = await Partition.open({
      tenant: 'test',
      modules: options.modules,
      store: options.store,
      pool,
      build,
      clock: harness.clock,
      randomness: countingRandomness(),
      egress: harness.egress,
      log: (_level, message, data) => harness.logged.push(`${message} ${JSON.stringify(data ?? {})}`),
      onFatal: (error) => {
        harness.fatal.push(error);
        options.onFatal?.(error);
      },
      freezeRows: true,
      ...(options.onDurable && { onDurable: options.onDurable }),
      ...(options.inboxRequestsMax !== undefined && { inboxRequestsMax: options.inboxRequestsMax }),
    });
    return harness;
  }

  request(method: string, params: Record<string, unknown> = {}, sub = 'tester'): RoutedRequest {
    return { caller: { tenant: 'test', role: 'app', sub }, method, params, origin: undefined };
  }

  /** What the sessions tell of a switch. */
  tell(sub: string, news: FromSessions): void {
    this.partition.submit({ caller: { tenant: 'test', role: 'switch', sub }, method: '', params: {}, news, origin: 0 });
  }

  /** The answer, once it has been released. */
  call(method: string, params: Record<string, unknown> = {}, sub?: string): Promise<Answer> {
    const request = this.request(method, params, sub);
    const answer = this.egress.answerOf(request);
    this.partition.submit(request);
    return answer;
  }

  /** Several requests submitted in one turn: they meet in one tick. */
  together(...calls: readonly [method: string, params?: Record<string, unknown>][]): Promise<Answer[]> {
    return Promise.all(calls.map(([method, params]) => this.call(method, params)));
  }

  get notifications(): Released[] {
    return this.egress.released.filter(({ kind }) => kind === 'notification');
  }
}

export function countingRandomness(): Randomness {
  let made = 0;
  const random = new SeededRandom(1);
  return {
    uuid: () => `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`,
    bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(random.fraction() * 256)),
    fraction: () => 0.5,
  };
}
