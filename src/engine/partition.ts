// One partition: its inbox, its ticks, its failures. Everything that changes its state goes through here, in order.
//
//   submit ─▶ inbox ─▶ close (admission) ─▶ core ─▶ apply (domain stage) ─▶ append ─▶ durable ─▶ outbox released
//     │ full       │                          │ trap     │ exception           │ nothing written: drop, rebuild
//     ▼            ▼                          └────┬─────┘                     │ outcome unknown: the process stops
//  overloaded   refusals, reads             rebuild without the culprit        ▼
//
// Tick N+1 is closed when N's domain stage is done and N−1 is durable: at most two ticks are not yet durable. Nothing
// is answered before what it depends on is durable. The clock, the store, the pool and the way out are interfaces.

import * as layout from '../../assembly/layout.ts';
import type { DomainModule } from '../domain/module.ts';
import { inboxRequestsMax, overloadedRetryAfterMs, requestIdsMax, requestIdsMs, tickCommandsMax } from '../limits.ts';
import { methods } from '../protocol/methods.ts';
import { refuse } from '../protocol/refusals.ts';
import { TableSpace } from '../store/overlay.ts';
import { catchUpTables, followUpsOfLast } from '../store/recovery.ts';
import { type CoreBuild, type JournalEntry, type PartitionStore, StoreError } from '../store/store.ts';
import { Admitter } from './admit.ts';
import { Alarms } from './alarms.ts';
import { Applier } from './apply.ts';
import { Blame } from './blame.ts';
import type { Clock, Randomness, Wake } from './clock.ts';
import type { CoreMemory, CorePool } from './core.ts';
import { readHeader } from './core-instance.ts';
import { decodeEffects } from './effect-decoder.ts';
import type { Egress, RequestSink, RoutedRequest } from './egress.ts';
import { Inbox } from './inbox.ts';
import { ModuleWakes } from './module-wakes.ts';
import { Outbox } from './outbox.ts';
import { readAnswer } from './read-only.ts';
import { describe, rebuild } from './rebuild.ts';
import { Registry } from './registry.ts';
import { RequestMemory } from './request-memory.ts';
import { SetAside } from './set-aside.ts';
import {
  answersOf,
  type FollowUp,
  followUpsOf,
  type Item,
  requestsOf,
  TableAccess,
  Tick,
  TickAdmission,
} from './tick.ts';

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
  readonly inboxRequestsMax?: number;
}

/** How long a store that refused is left alone. */
const STORE_REST_MS = 1_000;

type State = 'running' | 'rebuilding' | 'halted' | 'stopping' | 'stopped';

export class Partition implements RequestSink {
  readonly tables: TableSpace;
  readonly alarms: Alarms;
  readonly #options: PartitionOptions;
  readonly #registry: Registry;
  readonly #memory: RequestMemory;
  readonly #admitter: Admitter;
  readonly #applier: Applier;
  readonly #setAside: SetAside;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #wakes: ModuleWakes;
  readonly #blame: Blame;

  #core!: CoreMemory;
  #state: State = 'rebuilding';
  #lastNumber = 0;
  #durable = 0;
  #lastAt = 0;
  #nextDeadline: number | undefined;
  #deadlineWake: Wake | undefined;
  #followUps: FollowUp[] = [];
  /** The next tick is the first one after a start, which tells the core how long nobody was there. */
  #resuming = false;
  /** Closed, applied, not yet durable; oldest first. */
  #inFlight: Tick[] = [];
  /** The tick between its closing and the end of its domain stage. */
  #staged: Tick | undefined;
  #storeFailure: { from: number; error: StoreError } | undefined;
  #storeRestsUntil = 0;
  #pumping = false;
  #whenIdle: (() => void)[] = [];

  private constructor(options: PartitionOptions) {
    this.#options = options;
    this.alarms = new Alarms((level, message, data) =>
      options.log(level, message, { tenant: options.tenant, ...data }),
    );
    this.#registry = new Registry(options.modules);
    this.#memory = new RequestMemory(options.requestIdsMs ?? requestIdsMs, requestIdsMax);
    this.#admitter = new Admitter(this.#registry, this.#memory);
    this.#setAside = new SetAside();
    this.#wakes = new ModuleWakes(options.clock, () => this.#pump());
    this.#applier = new Applier(this.#registry, this.#memory, this.#setAside, (module, at) =>
      this.#wakes.wakeAt(module, at),
    );
    this.#blame = new Blame(this.#applier.skipped);
    this.#outbox = new Outbox(options.egress);
    this.#inbox = new Inbox(options.inboxRequestsMax ?? inboxRequestsMax);
    this.tables = new TableSpace(options.store.tables, {
      freezeRows: options.freezeRows ?? false,
      onTrouble: (error, retrying) => {
        const message = error instanceof Error ? error.message : String(error);
        this.alarms.raise(
          'tables_behind',
          `the tables cannot be brought up to date${retrying ? ', retrying' : ''}: ${message}`,
        );
      },
    });
  }

  /** Recovers what is on disk and begins. Rejects with StoreError when recovery is impossible. */
  static async open(options: PartitionOptions): Promise<Partition> {
    await options.store.journal.keepCore(options.build);
    await catchUpTables(options.store.journal, options.store.tables);
    const partition = new Partition(options);
    await partition.#begin();
    return partition;
  }

  /** Running and able to commit. */
  get ready(): boolean {
    return this.#state === 'running' && this.#storeFailure === undefined && !this.#resuming;
  }

  get state(): State {
    return this.#state;
  }

  get numbers(): { last: number; durable: number; inbox: number; lag: number } {
    return { last: this.#lastNumber, durable: this.#durable, inbox: this.#inbox.size, lag: this.tables.lag() };
  }

  /** The memory that ticks run on, for tests that compare digests. */
  get core(): CoreMemory {
    return this.#core;
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

  /** Takes no more, finishes what has been taken, brings the tables up to date. The store stays open: it is the caller's. */
  async stop(): Promise<void> {
    if (this.#state === 'running' || this.#state === 'rebuilding') await this.idle();
    this.#state = 'stopping';
    this.#deadlineWake?.cancel();
    this.#wakes.cancel();
    await this.#options.store.journal.settled();
    if (!this.alarms.raised.has('tables_behind')) await this.tables.caughtUp();
    await this.tables.close();
    this.#options.pool.forget(this.#core);
    this.#state = 'stopped';
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
    if (this.#inbox.full || this.#options.clock.now() < this.#storeRestsUntil)
      return refuse('overloaded', { retryAfterMs });
    if (this.tables.full && !isRead(request)) return refuse('overloaded', { retryAfterMs });
    return undefined;
  }

  // ── the loop ──────────────────────────────────────────────────────────────────────────────────────────────────

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    this.#options.clock.soon(() => {
      this.#pumping = false;
      if (this.#state === 'halted') this.#answerReads();
      else if (this.#mayClose()) this.#close();
      if (this.#isIdle()) for (const resolve of this.#whenIdle.splice(0)) resolve();
    });
  }

  #mayClose(): boolean {
    if (this.#state !== 'running' || this.#staged !== undefined || this.#storeFailure !== undefined) return false;
    if (this.#lastNumber - this.#durable > 1) return false;
    return this.#hasWork();
  }

  #hasWork(): boolean {
    const deadlineDue = this.#nextDeadline !== undefined && this.#nextDeadline <= this.#options.clock.now();
    return this.#inbox.size > 0 || this.#followUps.length > 0 || this.#resuming || deadlineDue || this.#wakes.anyWoken;
  }

  #isIdle(): boolean {
    if (this.#state === 'halted' || this.#state === 'stopped') return true;
    return this.#state === 'running' && this.#staged === undefined && this.#inFlight.length === 0 && !this.#hasWork();
  }

  #close(): void {
    const now = Math.max(this.#lastAt, this.#options.clock.now());
    if (this.#wakes.anyWoken) {
      this.#outbox.add({ dependsOn: this.#lastNumber, answers: [], notifications: this.#wakes.run(now) });
      this.#outbox.release(this.#durable);
    }
    const tick = new Tick(this.#lastNumber + 1, now, this.#core.memory, this.tables);
    try {
      this.#admit(tick);
    } catch (error) {
      void this.#failed(tick, error, true);
      return;
    }
    const due = this.#nextDeadline !== undefined && this.#nextDeadline <= now;
    const empty = tick.encoder.bytes === 0 && tick.followUps.length === 0 && !this.#setAside.isWaiting;
    if (empty && !due && this.#answersOnly(tick)) {
      this.tables.dropFrom(tick.number);
      this.#outbox.add({ dependsOn: this.#lastNumber, answers: answersOf(tick.items), notifications: [] });
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
    if (this.#resuming) {
      // Alone in its tick; what the last tick before the stop left to do is handed on.
      tick.encoder.resumed(tick.at - this.#lastAt);
      tick.followUps.push(...this.#followUps);
      return;
    }
    for (const timer of this.#blame.timers) tick.encoder.skipped(0, timer);
    const admission = new TickAdmission(tick, () => this.#options.randomness.uuid());
    for (const followUp of this.#followUps) this.#admitter.followUp(tick, admission, followUp);
    while (tick.items.length < this.#blame.itemsMax && tick.encoder.count < tickCommandsMax) {
      const request = this.#inbox.peek();
      if (request === undefined) return;
      const alone = methods[request.method as keyof typeof methods]?.exclusive === true;
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
    const effects = decodeEffects(this.#core.memory.buffer, tick.buffer, header.effects);
    const again = this.#cutUnconsumed(tick, header.consumed);
    this.#applier.apply(tick, effects);
    const entry = this.#entryOf(tick, header.consumed, header.digest);
    this.#followUps = [...tick.followUps, ...again];
    this.#resuming = false;
    this.#blame.succeeded();
    this.#nextDeadline = header.nextDeadline;
    this.#watchDeadline();
    this.#staged = undefined;
    this.#inFlight.push(tick);
    this.#options.onTick?.({ commands: tick.encoder.count, effects: effects.length, requests: tick.items.length });
    this.#outbox.add({
      dependsOn: tick.number,
      answers: answersOf(tick.items),
      notifications: tick.notifications,
    });
    this.#append(tick, entry);
    this.#pump();
  }

  /** The core stopped before the end because its effect buffer ran short: the rest is admitted again, in order. */
  #cutUnconsumed(tick: Tick, consumed: number): FollowUp[] {
    if (consumed === tick.encoder.bytes) return [];
    const first = tick.items.findIndex((item) => item.startBytes >= consumed && item.endCommand > item.firstCommand);
    if (first < 0) throw new Error(`the core consumed ${consumed} of ${tick.encoder.bytes} bytes, within an item`);
    const rest = tick.items.splice(first);
    for (const item of [...rest].reverse()) {
      tick.undo(item);
      item.unexpect?.();
    }
    this.#inbox.putBack(requestsOf(rest));
    return followUpsOf(rest);
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
      redo: tick.writes.encode(tick.followUps),
    };
  }

  #append(tick: Tick, entry: JournalEntry): void {
    this.#options.store.journal.append(entry).then(
      () => this.#becameDurable(tick, entry),
      (error: unknown) => this.#appendFailed(tick, error),
    );
  }

  #becameDurable(tick: Tick, entry: JournalEntry): void {
    if (this.#inFlight[0] !== tick) throw new Error(`tick ${tick.number} became durable out of order`);
    this.#inFlight.shift();
    this.#durable = tick.number;
    this.#blame.durable();
    this.alarms.clear('store_refuses');
    this.tables.durable(tick.number);
    this.#outbox.release(tick.number);
    this.#options.onDurable?.(entry);
    this.#pump();
  }

  // ── time ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #watchDeadline(): void {
    this.#deadlineWake?.cancel();
    this.#deadlineWake = undefined;
    if (this.#nextDeadline === undefined) return;
    this.#deadlineWake = this.#options.clock.wakeAt(this.#nextDeadline, () => this.#pump());
  }

  // ── failures ──────────────────────────────────────────────────────────────────────────────────────────────────

  #appendFailed(tick: Tick, error: unknown): void {
    if (!(error instanceof StoreError) || error.outcome !== 'nothing_written') {
      this.#state = 'stopped';
      this.alarms.raise('store_unknown', `tick ${tick.number} may or may not be on disk: ${String(error)}`);
      this.#options.onFatal(error);
      return;
    }
    if (this.#storeFailure === undefined) this.#storeFailure = { from: tick.number, error };
    if (this.#staged === undefined) void this.#dropAndRebuild();
  }

  /** The store refused before it wrote: the ticks from there on never were. */
  async #dropAndRebuild(): Promise<void> {
    if (this.#state === 'rebuilding' || this.#storeFailure === undefined) return;
    const { from, error } = this.#storeFailure;
    this.#state = 'rebuilding';
    this.alarms.raise('store_refuses', error.message);
    await this.#commitsSettled();
    const dropped = [...this.#inFlight, ...(this.#staged === undefined ? [] : [this.#staged])];
    const opened = dropped.find((tick) => tick.number === from);
    const staged = this.#staged === undefined ? [] : requestsOf(this.#staged.items);
    const requests = [...this.#outbox.drop(from), ...staged];
    this.#followUps = opened === undefined ? [] : followUpsOf(opened.items);
    this.#storeRestsUntil = this.#options.clock.now() + STORE_REST_MS;
    const refusal = refuse('overloaded', { retryAfterMs: STORE_REST_MS });
    for (const request of requests) this.#options.egress.answer(request, { refusal });
    this.#options.egress.flush();
    this.#storeFailure = undefined;
    await this.#rebuildFrom(from);
  }

  /** A trap or an exception: again without the culprit. The core is sound when it never saw the tick. */
  async #failed(tick: Tick, error: unknown, coreIsSound = false): Promise<void> {
    this.#state = 'rebuilding';
    this.#staged = tick;
    this.#options.log('error', 'a tick failed; it is tried again without the culprit', { tick: tick.number, error });
    if (!coreIsSound) await this.#commitsSettled();
    if (this.#storeFailure !== undefined) {
      // The ticks before this one are gone too, so there is nothing to try again on.
      this.#state = 'running';
      await this.#dropAndRebuild();
      return;
    }
    const culprit = this.#resuming ? 'unknown' : this.#blame.of(tick, error);
    if (culprit === 'unknown') {
      this.#halt(tick, error);
      return;
    }
    const left = tick.items.filter((item) => item !== culprit);
    this.#followUps = followUpsOf(left);
    this.#inbox.putBack(requestsOf(left));
    if (typeof culprit === 'object') this.#putAside(tick, culprit, error);
    await this.#rebuildFrom(tick.number, coreIsSound);
  }

  /** Every commit on its way has come out, one way or the other, and its outcome has been noted here. */
  async #commitsSettled(): Promise<void> {
    await this.#options.store.journal.settled();
    while (this.#inFlight.length > 0 && this.#storeFailure === undefined && this.#state !== 'stopped') {
      await new Promise<void>((resolve) => {
        this.#options.clock.soon(resolve);
      });
    }
  }

  #putAside(tick: Tick, item: Item, error: unknown): void {
    const reference = this.#setAside.add(tick.at, item, error);
    this.alarms.raise('set_aside', `a request was set aside as ${reference}`);
    if (item.request === undefined) return;
    this.#options.egress.answer(item.request, { bug: reference });
    this.#options.egress.flush();
  }

  async #rebuildFrom(number: number, coreIsSound = false): Promise<void> {
    this.#state = 'rebuilding';
    try {
      this.#staged = undefined;
      this.tables.dropFrom(number);
      if (!coreIsSound) {
        this.#inFlight = [];
        this.#options.pool.forget(this.#core);
        await this.#makeCore();
      }
      await this.#loadModules();
      this.#state = 'running';
      if (this.#storeFailure !== undefined) await this.#dropAndRebuild();
      else this.#pump();
    } catch (error) {
      this.alarms.raise(
        'halted',
        `the partition could not be rebuilt: ${error instanceof Error ? error.message : error}`,
      );
      this.#options.onFatal(error);
    }
  }

  #halt(tick: Tick, error: unknown): void {
    this.alarms.raise('halted', `tick ${tick.number} fails and nobody could be found to blame: ${String(error)}`);
    this.tables.dropFrom(tick.number);
    this.#staged = undefined;
    this.#state = 'halted';
    const refusal = refuse('not_ready', { retryAfterMs: overloadedRetryAfterMs });
    for (const request of [...requestsOf(tick.items), ...this.#inbox.takeAll()]) {
      this.#options.egress.answer(request, { refusal });
    }
    this.#options.egress.flush();
    this.#pump();
  }

  /** A halted partition can still be read; its state is that of the last durable tick as far as modules know. */
  #answerReads(): void {
    const tables = new TableAccess(this.tables);
    for (const request of this.#inbox.takeAll()) {
      const refusal = refuse('not_ready', { retryAfterMs: overloadedRetryAfterMs });
      const handler = this.#registry.handlers.get(request.method);
      if (request.method === 'session.open') {
        this.#options.egress.answer(request, {
          result: { state: this.#admitter.state(request.caller, tables, this.#lastAt) },
        });
      } else if (handler === undefined) this.#options.egress.answer(request, { refusal });
      else this.#options.egress.answer(request, readAnswer(handler, request, tables, this.#lastAt) ?? { refusal });
    }
    this.#options.egress.flush();
  }

  // ── beginning ─────────────────────────────────────────────────────────────────────────────────────────────────

  async #begin(): Promise<void> {
    const { store } = this.#options;
    await this.#makeCore();
    await this.#loadModules();
    this.#followUps = followUpsOfLast(store.journal) as FollowUp[];
    this.#resuming = store.journal.lastNumber > 0;
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
    this.#watchDeadline();
  }

  /** The memory of modules, from the tables and from the core's description of itself. */
  async #loadModules(): Promise<void> {
    const live = await describe(this.#options.pool, this.#core);
    const tables = new TableAccess(this.tables);
    this.#memory.load(tables);
    this.#setAside.load(tables);
    for (const module of this.#registry.modules) module.load({ now: this.#lastAt, tables, live });
  }
}

function isRead(request: RoutedRequest): boolean {
  return methods[request.method as keyof typeof methods]?.changes !== true;
}
