// One partition: its inbox, its ticks, its failures. Everything that changes its state goes through here, in order.
//
//   submit ─▶ inbox ─▶ close (admission) ─▶ core ─▶ apply (domain stage) ─▶ append ─▶ durable ─▶ outbox released
//     │ full       │                          │ trap     │ exception           │ nothing written: drop, rebuild
//     ▼            ▼                          └────┬─────┘                     │ outcome unknown: the process stops
//  overloaded   refusals, reads             rebuild without the culprit        ▼
//
// Tick N+1 is closed when N's domain stage is done and N−1 is durable: at most two ticks are not yet durable. Nothing
// is answered before what it depends on is durable. The clock, the store, the pool and the way out are interfaces.
// Long, because the way of a tick and the ways out of it change the same few fields, and their order is what matters.

import * as layout from '../../assembly/layout.ts';
import type { DomainModule, GaugeName } from '../domain/module.ts';
import {
  eraseWithinMs,
  inboxRequestsMax,
  overloadedRetryAfterMs,
  requestIdsMax,
  requestIdsMs,
  tickCommandsMax,
} from '../limits.ts';
import { type Refusal, refuse } from '../protocol/refusals.ts';
import { TableSpace } from '../store/overlay.ts';
import { catchUpTables, followUpsOfLast } from '../store/recovery.ts';
import { type CoreBuild, type JournalEntry, type PartitionStore, StoreError } from '../store/store.ts';
import { Admitter, isExclusive, isNews, isRead } from './admit.ts';
import { Alarms } from './alarms.ts';
import { Applier } from './apply.ts';
import { Blame } from './blame.ts';
import { type Clock, PartitionClock, type Randomness, type Wake } from './clock.ts';
import type { CoreMemory, CorePool } from './core.ts';
import { readHeader } from './core-instance.ts';
import { Effects } from './effects.ts';
import type { Answer, Egress, RequestSink, Role, RoutedRequest } from './egress.ts';
import { Inbox } from './inbox.ts';
import { ModuleWakes } from './module-wakes.ts';
import { Outbox } from './outbox.ts';
import { Purging, withoutOwnAnswers } from './purging.ts';
import { describe, rebuild } from './rebuild.ts';
import { Registry } from './registry.ts';
import { RequestMemory } from './request-memory.ts';
import { SetAside } from './set-aside.ts';
import { StoreRest } from './store-rest.ts';
import { type FollowUp, followUpsOf, type Item, requestsOf, TableAccess, Tick, TickAdmission } from './tick.ts';

export interface PartitionOptions {
  readonly tenant: string;
  readonly modules: readonly DomainModule[];
  readonly store: PartitionStore;
  readonly pool: CorePool;
  readonly build: CoreBuild;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly egress: Egress;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, data?: Record<string, unknown>) => void;
  /** The outcome of a flush is unknown, so what is on disk is not what is in memory: the process must stop. */
  readonly onFatal: (error: unknown) => void;
  /** Told of each durable entry, for shadow and metrics. The input may be kept. */
  readonly onDurable?: (entry: JournalEntry) => void;
  readonly onTick?: (tick: { commands: number; effects: number; requests: number }) => void;
  readonly freezeRows?: boolean;
  readonly requestIdsMs?: number;
  /** How long what was erased may stay on the disk before its files are written anew: several at once, where there are several. */
  readonly purgeAfterMs?: number;
  readonly inboxRequestsMax?: number;
}

/** A machine's clock that is further behind the journal than this is worth an alarm. */
const BEHIND_ALARM_MS = 1_000;

type State = 'running' | 'rebuilding' | 'halted' | 'stopping' | 'stopped';

export class Partition implements RequestSink {
  readonly tables: TableSpace;
  readonly alarms: Alarms;
  #alarmsOfModules: readonly string[] = [];
  readonly #options: PartitionOptions;
  readonly #clock: PartitionClock;
  readonly #waitingMax: number;
  readonly #registry: Registry;
  readonly #memory: RequestMemory;
  readonly #admitter: Admitter;
  readonly #applier: Applier;
  readonly #setAside: SetAside;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #wakes: ModuleWakes;
  readonly #blame: Blame;
  readonly #storeRest: StoreRest;
  readonly #purging: Purging;

  #core!: CoreMemory;
  #state: State = 'rebuilding';
  #lastNumber = 0;
  #durable = 0;
  #lastAt = 0;
  #nextDeadline: number | undefined;
  #deadlineWake: Wake | undefined;
  /** When it comes; undefined: it has come. */
  #watchedDeadline: number | undefined;
  #followUps: FollowUp[] = [];
  /** The next tick is the first one after a start, which tells the core how long nobody was there. */
  #resuming = false;
  /** Closed, applied, not yet durable; oldest first. */
  #inFlight: Tick[] = [];
  /** The tick between its closing and the end of its domain stage. */
  #staged: Tick | undefined;
  #storeFailure: { from: number; error: StoreError } | undefined;
  #trialDueAt: number | undefined;
  #trialWake: Wake | undefined;
  #onTablesBehind: () => void = () => undefined;
  #pumping = false;
  #whenIdle: (() => void)[] = [];

  private constructor(given: PartitionOptions) {
    const options = { ...given, egress: withoutOwnAnswers(given.egress, (gone) => this.#tellGoneLater(gone)) };
    this.#options = options;
    this.#clock = new PartitionClock(options.clock);
    this.#waitingMax = options.inboxRequestsMax ?? inboxRequestsMax;
    this.alarms = new Alarms((level, message, data) =>
      options.log(level, message, { tenant: options.tenant, ...data }),
    );
    this.#registry = new Registry(options.modules);
    this.#memory = new RequestMemory(options.requestIdsMs ?? requestIdsMs, requestIdsMax);
    this.#admitter = new Admitter(this.#registry, this.#memory);
    this.#setAside = new SetAside();
    this.#wakes = new ModuleWakes(
      this.#clock,
      () => this.#pump(),
      (module, error) => options.log('error', 'a module threw when it was woken', { module: module.name, error }),
    );
    this.#applier = new Applier(
      this.#registry,
      this.#memory,
      this.#setAside,
      (module, at) => this.#wakes.wakeAt(module, at),
      (request, now) => this.#read(request, now),
    );
    this.#blame = new Blame(this.#applier.skipped);
    this.#outbox = new Outbox(options.egress);
    this.#inbox = new Inbox();
    this.#storeRest = new StoreRest(this.#clock, () => this.#pump());
    this.#purging = new Purging({
      store: options.store,
      clock: this.#clock,
      afterMs: options.purgeAfterMs ?? eraseWithinMs / 2,
      caughtUp: () => this.tables.caughtUp(),
      onGone: (reference) => this.#tellGone(reference),
      onTrouble: (error) =>
        this.alarms.raise('erasing', `what was erased is on the disk still, and is tried again: ${String(error)}`),
      onTroubleOver: () => this.alarms.clear('erasing'),
    });
    this.tables = new TableSpace(options.store.tables, {
      freezeRows: options.freezeRows ?? false,
      schedule: (callback, delayMs) => void this.#clock.wakeAt(this.#clock.now() + delayMs, callback),
      onTrouble: (error, retrying) => {
        const message = error instanceof Error ? error.message : String(error);
        this.alarms.raise(
          'tables_behind',
          `the tables cannot be brought up to date${retrying ? ', retrying' : ''}: ${message}`,
        );
        this.#onTablesBehind();
      },
      onTroubleOver: () => this.alarms.clear('tables_behind'),
    });
  }

  /** Recovers what is on disk and begins. Rejects with StoreError when recovery is impossible. */
  static async open(options: PartitionOptions): Promise<Partition> {
    await options.store.journal.keepCore(options.build);
    const partition = new Partition(options);
    await partition.#begin();
    return partition;
  }

  /** Running and able to commit. */
  get ready(): boolean {
    return this.#state === 'running' && this.#storeFailure === undefined && !this.#resuming && !this.#storeRest.isOn;
  }

  get state(): State {
    return this.#state;
  }

  /** What modules count, for /metrics: nothing while it is being made anew. */
  gauge(name: GaugeName): number {
    if (!this.ready) return 0;
    const now = this.#options.clock.now();
    return this.#registry.modules.reduce((sum, module) => sum + (module.gauges?.(now)[name] ?? 0), 0);
  }

  /** What modules would have known: raised, and cleared when it is over. */
  lookForAlarms(): void {
    if (!this.ready) return;
    const now = this.#options.clock.now();
    const found = Object.assign({}, ...this.#registry.modules.map((module) => module.alarms?.(now))) as Readonly<
      Record<string, string>
    >;
    for (const [name, text] of Object.entries(found)) this.alarms.raise(name, text);
    for (const name of this.#alarmsOfModules) if (!(name in found)) this.alarms.clear(name);
    this.#alarmsOfModules = Object.keys(found);
  }

  get numbers(): { last: number; durable: number; inbox: number; lag: number } {
    return { last: this.#lastNumber, durable: this.#durable, inbox: this.#inbox.size, lag: this.tables.lag() };
  }

  /** The memory that ticks run on, for tests that compare digests. */
  get core(): CoreMemory {
    return this.#core;
  }

  get watchedRoles(): ReadonlySet<Role> {
    return this.#registry.watchedRoles;
  }

  submit(request: RoutedRequest): void {
    const refusal = this.#refusalNow(request);
    if (refusal !== undefined) {
      this.#options.egress.answer(request, { refusal });
      this.#options.egress.flush();
      return;
    }
    this.#inbox.add(request);
    this.#pump();
  }

  /** Resolves when nothing is waiting, running or on its way to the disk. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
    });
  }

  /**
   * Takes no more, finishes what has been taken, brings the tables up to date; with a store that refuses, what is left
   * to do stays in the journal for the next start. The store stays open: it is the caller's.
   */
  async stop(): Promise<void> {
    this.refuseNew();
    if (this.#state === 'running' || this.#state === 'rebuilding') await this.idle();
    if (this.#state === 'halted') this.#answerReads();
    this.#state = 'stopping';
    this.#deadlineWake?.cancel();
    this.#storeRest.cancel();
    await this.#purging.stop();
    this.#trialWake?.cancel();
    this.#wakes.cancel();
    await this.#options.store.journal.settled();
    await this.#tablesCaughtUp();
    await this.tables.close();
    this.#options.pool.forget(this.#core);
    this.#state = 'stopped';
  }

  /** Or cannot be: the journal has what they miss. */
  async #tablesCaughtUp(): Promise<void> {
    if (this.alarms.raised.has('tables_behind')) return;
    await new Promise<void>((resolve) => {
      this.#onTablesBehind = resolve;
      this.tables.caughtUp().then(resolve, () => resolve());
    });
  }

  /** From now on requests are answered `not_ready`; what has been taken goes on. */
  refuseNew(): void {
    this.#inbox.close();
  }

  #refusalNow(request: RoutedRequest): ReturnType<typeof refuse> | undefined {
    const retryAfterMs = overloadedRetryAfterMs;
    if (this.#state === 'halted' && isRead(request)) return undefined;
    if (this.#state === 'halted') return refuse('not_ready', { retryAfterMs }, `halted: ${this.alarms.text('halted')}`);
    if (this.#state === 'stopping' || this.#state === 'stopped' || this.#inbox.closed)
      return refuse('not_ready', { retryAfterMs });
    // News of the sessions is bounded by the sessions and what they were asked; nobody could send it again.
    if (isNews(request)) return undefined;
    if (this.#storeRest.isOn) return refuse('overloaded', { retryAfterMs: this.#storeRest.leftMs });
    if (this.#inbox.size + this.#outbox.answersWaiting >= this.#waitingMax)
      return refuse('overloaded', { retryAfterMs });
    if (this.tables.full && !isRead(request)) return refuse('overloaded', { retryAfterMs });
    return undefined;
  }

  // ── the loop ──────────────────────────────────────────────────────────────────────────────────────────────────

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    this.#clock.soon(() => {
      this.#pumping = false;
      if (this.#state === 'halted') this.#answerReads();
      else if (this.#mayClose()) this.#close();
      else if (this.#state === 'running' && this.#staged === undefined) this.#watchDeadline();
      if (this.#isIdle()) for (const resolve of this.#whenIdle.splice(0)) resolve();
    });
  }

  #mayClose(): boolean {
    if (this.#state !== 'running' || this.#staged !== undefined || this.#storeFailure !== undefined) return false;
    if (this.#storeRest.isOn) return false;
    if (this.#lastNumber - this.#durable > 1) return false;
    return this.#hasWork();
  }

  #hasWork(): boolean {
    const deadlineDue = this.#nextDeadline !== undefined && this.#nextDeadline <= this.#clock.now();
    const leftToDo = this.#inbox.size > 0 || this.#followUps.length > 0 || this.#setAside.isWaiting;
    if (leftToDo || this.#resuming || deadlineDue || this.#wakesAreDue) return true;
    return this.#setAside.hasTrial || this.#setAside.mayCount(this.#clock);
  }

  /** Modules are woken for notifications alone, which must not pile up behind a disk that hangs. */
  get #wakesAreDue(): boolean {
    return this.#wakes.anyWoken && this.#outbox.notificationsWaiting < this.#waitingMax;
  }

  #isIdle(): boolean {
    if (this.#state === 'halted' || this.#state === 'stopped') return true;
    if (this.#state !== 'running' || this.#staged !== undefined || this.#inFlight.length > 0) return false;
    return !this.#hasWork() || (this.#inbox.closed && this.#storeRest.isOn);
  }

  #close(): void {
    const now = Math.max(this.#lastAt, this.#clock.now());
    if (this.#wakesAreDue) {
      this.#outbox.add({ dependsOn: this.#lastNumber, answers: [], notifications: this.#wakes.run(now) });
      this.#outbox.release(this.#durable);
    }
    const opening = { followUps: this.#followUps, resumes: this.#resuming };
    const tick = new Tick(this.#lastNumber + 1, now, this.#core.memory, this.tables, opening);
    try {
      this.#admit(tick);
    } catch (error) {
      void this.#failed(tick, error, true);
      return;
    }
    const due = this.#nextDeadline !== undefined && this.#nextDeadline <= now;
    const empty = tick.encoder.bytes === 0 && tick.postponed.length === 0 && !this.#setAside.isWaiting;
    if (empty && !due && this.#answersOnly(tick)) {
      this.tables.dropFrom(tick.number);
      this.#outbox.add({ dependsOn: this.#lastNumber, answers: tick.items, notifications: [] });
      this.#outbox.release(this.#durable);
      this.#pump();
      return;
    }
    this.#staged = tick;
    this.#lastNumber = tick.number;
    this.#lastAt = now;
    void this.#execute(tick);
  }

  /** Nothing to journal: no rows, and every answer is there already. */
  #answersOnly(tick: Tick): boolean {
    const isAnswered = ({ request, answer }: Item) =>
      request !== undefined && answer !== undefined && !this.#memory.isExpected(request);
    return tick.writes.isEmpty && tick.items.every(isAnswered);
  }

  #admit(tick: Tick): void {
    for (const timer of this.#blame.timers) tick.encoder.skipped(0, timer);
    if (tick.resumes) {
      // Alone in its tick; what the last tick before the stop left to do is handed on.
      tick.downMs = tick.at - this.#lastAt;
      tick.encoder.resumed(tick.downMs);
      tick.postponed.push(...tick.openedWith);
      return;
    }
    const admission = new TickAdmission(tick, this.#options.randomness, this.#applier.kept);
    tick.trial = tick.openedWith.length === 0 ? this.#setAside.takeTrial() : undefined;
    if (tick.trial !== undefined) {
      // Alone, so that nobody else has to do with it when it fails again.
      this.#admitter.followUp(tick, admission, tick.trial.followUp);
      return;
    }
    this.#setAside.countTry(tick.at);
    for (const [index, followUp] of tick.openedWith.entries()) {
      const isFull = tick.items.length >= this.#blame.itemsMax;
      if (!isFull && this.#admitter.followUp(tick, admission, followUp) === 'admitted') continue;
      tick.postponed.push(...tick.openedWith.slice(index));
      return;
    }
    while (tick.items.length < this.#blame.itemsMax && tick.encoder.count < tickCommandsMax) {
      const request = this.#inbox.peek();
      if (request === undefined) return;
      const alone = isExclusive(request);
      if (alone && tick.items.length > 0) return;
      this.#inbox.take();
      if (this.#admitter.request(tick, admission, request) === 'tick_full') {
        this.#inbox.putBack([request]);
        return;
      }
      if (alone) return;
    }
  }

  async #execute(tick: Tick): Promise<void> {
    try {
      const { pool } = this.#options;
      const { number, at: now, buffer, encoder } = tick;
      await pool.step(this.#core, { number, now, buffer, inputBytes: encoder.bytes, flags: 0 });
      if (this.#isDead) return;
      if (this.#storeFailure !== undefined) {
        await this.#dropAndRebuild();
        return;
      }
      this.#apply(tick);
    } catch (error) {
      await this.#failed(tick, error);
    }
  }

  #apply(tick: Tick): void {
    const header = readHeader(this.#core.memory);
    if (header.number !== tick.number)
      throw new Error(`the core is at ${header.number}, tick ${tick.number} was stepped`);
    const effects = new Effects(this.#core.memory.buffer, tick.buffer, header.effects);
    this.#cutUnconsumed(tick, header.consumed);
    this.#applier.apply(tick, effects);
    const entry = this.#entryOf(tick, header.consumed, header.digest);
    // First of what cannot be taken back: where it throws, the tick failed like any other.
    const appended = this.#options.store.journal.append(entry);
    this.#followUps = [...tick.handsOn];
    this.#resuming = false;
    this.#blame.succeeded();
    this.#nextDeadline = header.nextDeadline;
    this.#staged = undefined;
    this.#inFlight.push(tick);
    this.#options.onTick?.({ commands: tick.encoder.count, effects: effects.count, requests: tick.items.length });
    this.#outbox.add({ dependsOn: tick.number, answers: this.#setAside.takeAnswers(), notifications: [] });
    const { number: dependsOn, items, late, notifications } = tick;
    const answers = late.length === 0 ? items : items.filter((item) => !late.includes(item));
    this.#outbox.add({ dependsOn, answers, notifications, asks: tick.asks });
    this.#outbox.add({ dependsOn, answers: late, notifications: [] });
    this.#watchSetAside();
    if (!this.#hasWork()) this.#watchDeadline();
    appended.then(
      () => this.#becameDurable(tick, entry),
      (error: unknown) => this.#appendFailed(tick, error),
    );
    this.#pump();
  }

  /** The core stopped before the end because its effect buffer ran short: the rest is admitted again, in order. */
  #cutUnconsumed(tick: Tick, consumed: number): void {
    if (consumed === tick.encoder.bytes) return;
    const first = tick.items.findIndex((item) => item.startBytes >= consumed && item.endCommand > item.firstCommand);
    if (first < 0) throw new Error(`the core consumed ${consumed} of ${tick.encoder.bytes} bytes, within an item`);
    const rest = tick.items.splice(first);
    for (const item of [...rest].reverse()) {
      tick.undo(item);
      item.unexpect?.();
    }
    this.#inbox.putBack(requestsOf(rest));
    tick.postponed.unshift(...followUpsOf(rest));
  }

  #entryOf(tick: Tick, inputBytes: number, digest: bigint): JournalEntry {
    const { memory, coreHash } = this.#core;
    const input = new Uint8Array(memory.buffer, layout.INPUT_AT + tick.buffer * layout.INPUT_BYTES, inputBytes);
    return {
      number: tick.number,
      ownerEpoch: this.#options.store.ownerEpoch,
      at: tick.at,
      coreHash,
      digest,
      // A copy: the shadow may read it after the buffer has been used again.
      input: input.slice(),
      redo: tick.writes.encode(tick.handsOn),
    };
  }

  #becameDurable(tick: Tick, entry: JournalEntry): void {
    if (this.#inFlight[0] !== tick) throw new Error(`tick ${tick.number} became durable out of order`);
    this.#inFlight.shift();
    this.#durable = tick.number;
    this.#blame.durable();
    this.#setAside.durable(tick.number);
    this.#storeRest.storeTook();
    this.alarms.clear('store_refuses');
    this.tables.durable(tick.number);
    this.#outbox.release(tick.number);
    this.#options.onDurable?.(entry);
    for (const reference of tick.bytesGo) this.#purging.wants(tick.number, reference);
    this.#pump();
  }

  #tellGone(gone: string): void {
    const caller = { tenant: this.#options.tenant, role: 'admin', sub: '' } as const;
    this.submit({ caller, method: '', params: {}, news: { gone }, origin: undefined });
  }

  /** Refused while the store rests, or by the end: the next start asks for it again. */
  #tellGoneLater(gone: string): void {
    if (this.#inbox.closed || this.#isDead) return;
    this.#clock.wakeAt(this.#clock.now() + overloadedRetryAfterMs, () => this.#tellGone(gone));
  }

  // ── time ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Only where no tick follows: with one behind the other, each would set a timer and take back that of the one before. What is due
   * already waits for something else, which pumps when it is over.
   */
  #watchDeadline(): void {
    const at = this.#nextDeadline;
    if (at === this.#watchedDeadline) return;
    this.#deadlineWake?.cancel();
    this.#watchedDeadline = undefined;
    if (at === undefined || at <= this.#clock.now()) return;
    this.#watchedDeadline = at;
    this.#deadlineWake = this.#clock.wakeAt(at, () => {
      this.#watchedDeadline = undefined;
      this.#pump();
    });
  }

  /** Follow-ups that were set aside wait for their next try, with an alarm while they do. */
  #watchSetAside(): void {
    const { owed, dueAt } = this.#setAside;
    if (dueAt === this.#trialDueAt) return;
    this.#trialDueAt = dueAt;
    this.#trialWake?.cancel();
    this.#trialWake = undefined;
    if (dueAt === undefined) return this.alarms.clear('follow_ups_wait');
    const when = new Date(dueAt).toISOString();
    this.alarms.raise('follow_ups_wait', `${owed} follow-ups were set aside; the next is tried again at ${when}`);
    this.#trialWake = this.#clock.wakeAt(dueAt, () => this.#pump());
  }

  // ── failures ──────────────────────────────────────────────────────────────────────────────────────────────────

  #appendFailed(tick: Tick, error: unknown): void {
    if (this.#isDead) return;
    if (!(error instanceof StoreError) || error.outcome !== 'nothing_written') {
      this.alarms.raise('store_unknown', `tick ${tick.number} may or may not be on disk: ${String(error)}`);
      this.#die(error);
      return;
    }
    if (this.#storeFailure === undefined) this.#storeFailure = { from: tick.number, error };
    if (this.#staged === undefined) void this.#dropAndRebuild();
  }

  /** Nothing leaves any more and nothing begins: whoever runs this process ends it. */
  #die(error: unknown): void {
    this.#state = 'stopped';
    this.#options.onFatal(error);
    this.#pump();
  }

  get #isDead(): boolean {
    return this.#state === 'stopped';
  }

  /** The store refused before it wrote: the ticks from there on never were. */
  async #dropAndRebuild(): Promise<void> {
    if (this.#state === 'rebuilding' || this.#storeFailure === undefined) return;
    const { from, error } = this.#storeFailure;
    this.#state = 'rebuilding';
    this.alarms.raise('store_refuses', error.message);
    await this.#commitsSettled();
    if (this.#isDead) return;
    const first = this.#inFlight.find((tick) => tick.number === from);
    if (first === undefined) throw new Error(`tick ${from} was refused but is not on its way`);
    this.#followUps = [...first.openedWith];
    this.#resuming = first.resumes;
    const staged = this.#staged === undefined ? [] : requestsOf(this.#staged.items);
    const setAside = requestsOf(this.#setAside.takeAnswers());
    const requests = [...this.#outbox.drop(from), ...staged, ...setAside, ...this.#inbox.takeAll()];
    this.#answerAll(requests, refuse('overloaded', { retryAfterMs: this.#storeRest.begin() }));
    this.#storeFailure = undefined;
    await this.#rebuildFrom(from);
  }

  #answerAll(requests: readonly RoutedRequest[], refusal: Refusal): void {
    for (const request of requests) this.#options.egress.answer(request, { refusal });
    this.#options.egress.flush();
  }

  /** A trap or an exception: again without the culprit. The core is sound when it never saw the tick. */
  async #failed(tick: Tick, error: unknown, coreIsSound = false): Promise<void> {
    if (this.#isDead) return;
    this.#state = 'rebuilding';
    this.#staged = tick;
    this.#options.log('error', 'a tick failed; it is tried again without the culprit', { tick: tick.number, error });
    if (!coreIsSound) await this.#commitsSettled();
    if (this.#isDead) return;
    if (this.#storeFailure !== undefined) {
      // The ticks before this one are gone too, so there is nothing to try again on.
      this.#state = 'running';
      await this.#dropAndRebuild();
      return;
    }
    const culprit = this.#blame.of(tick, error);
    if (tick.trial !== undefined) {
      // It waits for its next time, which has been counted; what comes now is without it, so there is no need to halt.
      const { reference, isLast } = tick.trial;
      const when = isLast ? 'for the last time' : 'and is tried again later';
      this.alarms.raise('set_aside', `${reference} failed again ${when}: ${String(error)}`);
      await this.#rebuildFrom(tick.number, coreIsSound);
      return;
    }
    if (culprit === 'unknown') {
      this.alarms.raise('halted', `tick ${tick.number} fails and nobody could be found to blame: ${String(error)}`);
      const refusal = refuse('not_ready', { retryAfterMs: overloadedRetryAfterMs });
      this.#answerAll([...requestsOf(tick.items), ...this.#inbox.takeAll()], refusal);
      await this.#rebuildFrom(tick.number, coreIsSound, 'halted');
      return;
    }
    if (typeof culprit === 'object') {
      this.#inbox.putBack(requestsOf(tick.items.filter((item) => item !== culprit)));
      this.#followUps = tick.openedWith.filter((followUp) => followUp !== culprit.followUp);
      const reference = this.#setAside.add(tick.at, culprit, error);
      const what = culprit.followUp === undefined ? 'a request' : `the follow-up ${culprit.followUp.name}`;
      this.alarms.raise('set_aside', `${what} was set aside as ${reference}`);
    } else this.#inbox.putBack(requestsOf(tick.items));
    await this.#rebuildFrom(tick.number, coreIsSound);
  }

  /** Every commit on its way has come out, one way or the other, and its outcome has been noted here. */
  async #commitsSettled(): Promise<void> {
    await this.#options.store.journal.settled();
    while (this.#inFlight.length > 0 && this.#storeFailure === undefined && this.#state !== 'stopped') {
      await new Promise<void>((resolve) => {
        this.#clock.soon(resolve);
      });
    }
  }

  /** What modules remember is made anew as well, also before a halt: what can be read then is what is durable. */
  async #rebuildFrom(number: number, coreIsSound = false, next: 'running' | 'halted' = 'running'): Promise<void> {
    this.#state = 'rebuilding';
    try {
      this.#staged = undefined;
      this.tables.dropFrom(number);
      this.#setAside.dropFrom(number);
      if (!coreIsSound) {
        this.#inFlight = [];
        this.#options.pool.forget(this.#core);
        await this.#makeCore();
      }
      await this.#loadModules();
    } catch (error) {
      this.alarms.raise(
        'halted',
        `the partition could not be rebuilt: ${error instanceof Error ? error.message : error}`,
      );
      this.#die(error);
      return;
    }
    if (this.#isDead) return;
    this.#state = next;
    if (this.#storeFailure !== undefined) await this.#dropAndRebuild();
    else this.#pump();
  }

  /** A halted partition can still be read; its state is that of the last durable tick as far as modules know. */
  #answerReads(): void {
    const { egress } = this.#options;
    const refusal = refuse('not_ready', { retryAfterMs: overloadedRetryAfterMs });
    for (const { request, answer } of this.#setAside.takeAnswers()) egress.answer(request, answer);
    for (const request of this.#inbox.takeAll())
      egress.answer(request, this.#read(request, this.#lastAt) ?? { refusal });
    egress.flush();
  }

  #read(request: RoutedRequest, now: number): Answer | undefined {
    return this.#admitter.read(request, new TableAccess(this.tables), now);
  }

  // ── beginning ─────────────────────────────────────────────────────────────────────────────────────────────────

  async #begin(): Promise<void> {
    const { store } = this.#options;
    // The journal first: where it is damaged, the start is refused and the tables have stayed as they are.
    await this.#makeCore();
    await catchUpTables(store.journal, store.tables);
    await this.#loadModules();
    this.#followUps = followUpsOfLast(store.journal) as FollowUp[];
    this.#resuming = store.journal.lastNumber > 0;
    const behindMs = this.#clock.notBefore(this.#lastAt);
    if (behindMs > BEHIND_ALARM_MS)
      this.alarms.raise('clock_behind', `the clock is ${behindMs} ms behind the journal; time runs on from there`);
    this.#state = 'running';
    this.#pump();
  }

  /** The core as the last durable tick left it. */
  async #makeCore(): Promise<void> {
    const { store, pool, tenant, build, log } = this.#options;
    const info = (message: string, data?: Record<string, unknown>) => log('info', message, { tenant, ...data });
    this.#core = await rebuild({ store, pool, partition: tenant, build, log: info });
    const header = readHeader(this.#core.memory);
    this.#lastNumber = store.journal.lastNumber;
    this.#durable = this.#lastNumber;
    this.#lastAt = header.at;
    this.#nextDeadline = header.nextDeadline;
  }

  /** The memory of modules, from the tables and from the core's description of itself. */
  async #loadModules(): Promise<void> {
    const live = await describe(this.#options.pool, this.#core);
    const tables = new TableAccess(this.tables);
    this.#memory.load(tables);
    this.#setAside.load(tables);
    this.#watchSetAside();
    for (const module of this.#registry.modules) module.load({ now: this.#lastAt, tables, live });
  }
}
