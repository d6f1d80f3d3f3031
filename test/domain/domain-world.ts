// The real modules over the real core, in one partition of this thread, with a clock that the test moves. Everything that
// goes in is checked by the schemas as the transport would, and everything that comes out as a client would.
//
// Two things that every module promises are asked for by every test: what it says is as the schemas say, and its memory can
// be made again (expectSurvivesLoad): modules loaded anew from tables and core answer every read as the old ones do.

import { expect } from 'vitest';
import type { DomainModule } from '../../src/domain/module.ts';
import { type ModuleOptions, makeModules } from '../../src/domain/modules.ts';
import { readHeader } from '../../src/engine/core-instance.ts';
import { type Effect, Effects } from '../../src/engine/effects.ts';
import type { Answer, Caller, ClientAnswer, Role, RoutedRequest } from '../../src/engine/egress.ts';
import { InProcessCorePool } from '../../src/engine/in-process-core-pool.ts';
import { readAnswer } from '../../src/engine/read-only.ts';
import { TableAccess } from '../../src/engine/tick.ts';
import { askMethod } from '../../src/platforms/asking.ts';
import { type EventName, events } from '../../src/protocol/events.ts';
import type { MethodName } from '../../src/protocol/methods.ts';
import { settleParams } from '../../src/protocol/rights.ts';
import {
  eventFault,
  faultText,
  resultFault,
  routerRequestFault,
  validateParams,
} from '../../src/protocol/validation.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { CoreBuild, JournalEntry, PartitionStore } from '../../src/store/store.ts';
import { postMethod } from '../../src/webhooks/posting.ts';
import { PartitionHarness, TestClock } from '../engine/partition-harness.ts';

export type Members = Record<string, unknown>;
export type Who = `${Role}:${string}`;
export type Call = readonly [who: Who, method: MethodName, params?: Members];

export interface Told {
  readonly to: Who;
  readonly event: EventName;
  readonly params: Members;
}

export interface AskedOf {
  readonly to: Who;
  readonly method: string;
  readonly params: Members;
  readonly reference: string;
}

export class DomainWorld {
  readonly store = new MemoryStore();
  readonly clock = new TestClock();
  readonly pool = new InProcessCorePool(16_384);
  options: ModuleOptions;
  /** Which build of the core the next start runs; by default the one that was built. */
  build: CoreBuild | undefined;
  onDurable: ((entry: JournalEntry) => void) | undefined;
  harness!: PartitionHarness;
  modules: readonly DomainModule[] = [];
  #told = 0;
  #asked = 0;
  opened!: PartitionStore;

  private constructor(options: ModuleOptions) {
    this.options = options;
  }

  static async start(options: ModuleOptions = {}): Promise<DomainWorld> {
    const world = new DomainWorld(options);
    await world.open();
    return world;
  }

  /** Starts again from what is on the disk, with other settings where they are given. */
  async reopen(options = this.options): Promise<void> {
    this.options = options;
    await this.opened.close();
    await this.open();
    await this.idle();
  }

  async open(): Promise<void> {
    this.opened = await this.store.open('test');
    this.modules = makeModules(this.options);
    this.harness = await PartitionHarness.start({
      store: this.opened,
      modules: this.modules,
      pool: this.pool,
      clock: this.clock,
      ...(this.build && { build: this.build }),
      ...(this.onDurable && { onDurable: this.onDurable }),
    });
    this.#told = 0;
    this.#asked = 0;
  }

  async stop(): Promise<void> {
    await this.harness.partition.stop();
    expect(this.harness.logged.filter((line) => /threw|trap/.test(line))).toEqual([]);
  }

  /** One request in a tick of its own. */
  async call(who: Who, method: MethodName, params: Members = {}): Promise<Answer> {
    const [answer] = await this.together([who, method, params]);
    return answer as Answer;
  }

  /** Several requests that meet in one tick. */
  async together(...calls: Call[]): Promise<Answer[]> {
    const requests = calls.map(([who, method, params = {}]) => this.#request(who, method, params));
    const answers = Promise.all(requests.map((request) => this.harness.egress.answerOf(request)));
    for (const request of requests) this.harness.partition.submit(request);
    const released = await answers;
    released.forEach((answer, at) => {
      checkResult(requests[at] as RoutedRequest, answer);
    });
    return released;
  }

  /** The result, where nothing else is expected. */
  async ok(who: Who, method: MethodName, params: Members = {}): Promise<Members> {
    const answer = await this.call(who, method, params);
    if (!('result' in answer)) throw new Error(`${method}: ${JSON.stringify(answer)}`);
    return answer.result as Members;
  }

  /** The name of the refusal; `done` when there is none. */
  async outcome(who: Who, method: MethodName, params: Members = {}): Promise<string> {
    return nameOf(await this.call(who, method, params));
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.idle();
  }

  async idle(): Promise<void> {
    // Wakes and deadlines come by the turn.
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      await this.harness.partition.idle();
    }
  }

  /** What has been told since the last time this was asked. */
  told(): Told[] {
    const all = this.harness.notifications;
    const news = all.slice(this.#told);
    this.#told = all.length;
    return news.map(({ audience, event, params }) => {
      const fault = eventFault(event as EventName, params);
      if (fault !== undefined) throw new Error(`${event} ${JSON.stringify(params)}: ${faultText(fault)}`);
      expect(events[event as EventName].to).toContain(audience?.role);
      return { to: `${audience!.role}:${audience!.sub}`, event: event as EventName, params: params as Members };
    });
  }

  /** A switch, or another client that the modules watch, has a session more, or none any more. */
  async presence(who: Who, connected: boolean): Promise<void> {
    this.#tell({ caller: callerOf(who), method: '', params: {}, news: { connected }, origin: undefined });
    await this.idle();
  }

  /** What clients have been asked since the last time this was asked. */
  asked(): AskedOf[] {
    const all = this.harness.egress.released.flatMap(({ ask }) => (ask === undefined ? [] : [ask]));
    const news = all.slice(this.#asked).filter(({ method }) => method !== postMethod && method !== askMethod);
    this.#asked = all.length;
    return news.map(({ audience, method, params, reference }) => {
      const fault = routerRequestFault(method as 'leg.ring', params);
      if (fault !== undefined) throw new Error(`${method} ${JSON.stringify(params)}: ${faultText(fault)}`);
      return { to: `${audience.role}:${audience.sub}` as Who, method, params: params as Members, reference };
    });
  }

  /** What has ever been asked to be posted outside. */
  posted(): AskedOf[] {
    return this.harness.egress.released.flatMap(({ ask }) =>
      ask?.method === postMethod
        ? [{ ...ask, to: `app:${ask.audience.sub}` as Who, params: ask.params as Members }]
        : [],
    );
  }

  /** What platforms have ever been asked. */
  askedPlatforms(): AskedOf[] {
    return this.harness.egress.released.flatMap(({ ask }) =>
      ask?.method === askMethod
        ? [{ ...ask, to: `app:${ask.audience.sub}` as Who, params: ask.params as Members }]
        : [],
    );
  }

  /** The client answers what it was asked. */
  async answerTo(asked: AskedOf | undefined, answer: ClientAnswer = { result: {} }): Promise<void> {
    if (asked === undefined) throw new Error('nothing was asked');
    const news = { answeredTo: asked.reference, answer };
    this.#tell({ caller: callerOf(asked.to), method: '', params: {}, news, origin: undefined });
    await this.idle();
  }

  #tell(request: RoutedRequest): void {
    this.harness.partition.submit(request);
  }

  /** As `to event member…`, for reading. */
  toldLines(...members: string[]): string[] {
    return this.told().map(({ to, event, params }) =>
      [to, event, ...members.filter((name) => name in params).map((name) => params[name])].join(' '),
    );
  }

  /** Everything that can be read, by modules that were loaded just now. */
  async readAnew(callers: readonly Who[], reads: readonly Call[]): Promise<unknown> {
    const tables = new TableAccess(this.harness.partition.tables);
    const modules = makeModules(this.options);
    const live = await this.describe();
    for (const module of modules) module.load({ now: this.clock.now(), tables, live });
    return this.readAll(modules, callers, reads);
  }

  readAll(modules: readonly DomainModule[], callers: readonly Who[], reads: readonly Call[]): unknown {
    const tables = new TableAccess(this.harness.partition.tables);
    const now = this.clock.now();
    const states = callers.map((who) => {
      const parts = modules.map((module) => module.state?.(callerOf(who), tables, now) ?? {});
      return [who, Object.assign({}, ...parts)];
    });
    const answers = reads.map(([who, method, params = {}]) => {
      const handler = modules.find(({ methods }) => method in methods)!.methods[method]!;
      return [who, method, params, readAnswer(handler, this.#request(who, method, params), tables, now)];
    });
    return { states, answers };
  }

  async describe(): Promise<Effect[]> {
    const { core } = this.harness.partition;
    const live: Effect[] = [];
    for (let cursor = 0; cursor >= 0; ) {
      await this.pool.describe(core, 3, cursor);
      const header = readHeader(core.memory);
      for (const effect of new Effects(core.memory.buffer, 3, header.effects).all()) live.push(effect);
      cursor = header.describeNext;
    }
    return live;
  }

  #request(who: Who, method: MethodName, given: Members): RoutedRequest {
    const fault = validateParams(method, given);
    if (fault !== undefined) throw new Error(`${method} ${JSON.stringify(given)}: ${faultText(fault)}`);
    const caller = callerOf(who);
    const settled = settleParams(method, given, caller);
    if (!('params' in settled)) throw new Error(`${method} by ${who}: ${JSON.stringify(settled)}`);
    return { caller, method, params: settled.params, origin: undefined };
  }
}

function checkResult({ method, params }: RoutedRequest, answer: Answer): void {
  if ('bug' in answer) throw new Error(`${method} ${JSON.stringify(params)}: ${answer.bug}`);
  // Of what opens a session modules say the state alone.
  if (!('result' in answer) || method === 'session.open') return;
  const fault = resultFault(method as MethodName, answer.result);
  if (fault !== undefined) throw new Error(`${method} → ${JSON.stringify(answer.result)}: ${faultText(fault)}`);
}

export function nameOf(answer: Answer): string {
  return 'refusal' in answer ? answer.refusal.refusal : 'done';
}

export function callerOf(who: Who): Caller {
  const colon = who.indexOf(':');
  return { tenant: 'test', role: who.slice(0, colon) as Role, sub: who.slice(colon + 1) };
}
