// A router of its own inside this process, for a replay in virtual time: the same partition, modules and core as in
// production, over a store in memory, a core in this thread, and a clock that the day itself moves.
//
//   party ─ checked by the tables of src/protocol ─▶ Partition ─▶ answers and events ─▶ party
//
// Nothing is encoded and nobody has to wait, so a month of calls takes seconds; what is decided is what a running router
// would have decided at those times, had every request arrived the moment it was made. Of its journal only the newest part
// is kept: nobody will ever start again from it.

import { ConnectionClosedError, RefusedError } from '../client/errors.ts';
import { type ModuleOptions, makeModules } from '../domain/modules.ts';
import type { Clock, Randomness } from '../engine/clock.ts';
import type { CorePool } from '../engine/core.ts';
import { loadCoreBuild } from '../engine/core-build.ts';
import type { Answer, Ask, Audience, Caller, ClientAnswer, Egress, Role, RoutedRequest } from '../engine/egress.ts';
import { InProcessCorePool } from '../engine/in-process-core-pool.ts';
import { Partition } from '../engine/partition.ts';
import type { AskPlatform } from '../platforms/asking.ts';
import { askingEgress } from '../platforms/asking-egress.ts';
import { faultText } from '../protocol/fault.ts';
import type { Refusal } from '../protocol/refusals.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { PartitionStore } from '../store/store.ts';
import { invalidParamsCode, methodNotFoundCode } from '../transport/json-rpc.ts';
import { routedMethods } from '../transport/request-check.ts';
import type { Party, Stage } from './stage.ts';
import { VirtualTimeline } from './virtual-timeline.ts';

const tenant = 'virtual';
type Members = Readonly<Record<string, unknown>>;
type Handler = (params: Members, seq: number) => void;

export interface VirtualStageOptions {
  /** Of whoever waits for the outcome. */
  readonly clock: Clock;
  /** For ids that must be unguessable; here they are only to be different. */
  readonly randomness: Randomness;
  /** Where cores run, when several stages follow one another: the caller's to close. */
  readonly pool?: CorePool;
  /** Hears everything that anybody is told, at its virtual time. */
  readonly onEvent?: (audience: Audience, event: string, params: Members, at: number) => void;
  /** Whether switches are among the parties: hears what one that is connected is asked, and answers, if it does. */
  readonly onAsk?: (audience: Audience, method: string, params: Members) => ClientAnswer | undefined;
  /** What platforms are asked for more of their callers; without it whoever has them asked ends the stage. */
  readonly askPlatform?: AskPlatform;
  /** How long a contact that is over is kept; by default as a router does. */
  readonly contactRetentionMs?: number;
  /** Whether statistics and records are kept, as a router does: years in which little happens have many intervals. */
  readonly counts?: boolean;
  /** Modules beside the router’s own. */
  readonly more?: ModuleOptions['more'];
  /** The whole journal is kept, to be read when all is over; by default only its newest part. */
  readonly keepsJournal?: boolean;
}

/** What a core may grow to: 1 GiB. */
const memoryPagesMax = 16_384;
/** Small segments, so that the oldest can be let go of soon. */
const journal = { segmentBytes: 8 << 20 };
const journalBytesMax = 32 << 20;

export function virtualCorePool(): CorePool {
  return new InProcessCorePool(memoryPagesMax);
}

export class VirtualStage implements Stage {
  readonly speed = 'virtual';
  readonly clock: Clock;
  readonly #options: VirtualStageOptions;
  readonly #parties = new Map<string, Set<VirtualParty>>();
  readonly #unanswered = new Set<VirtualCall>();
  readonly #pool: CorePool;
  #time: VirtualTimeline | undefined;
  readonly #store = new MemoryStore({ journal });
  #partition: Promise<Partition> | undefined;
  #running: Partition | undefined;
  #stored: PartitionStore | undefined;
  #fatal: unknown;

  constructor(options: VirtualStageOptions) {
    this.clock = options.clock;
    this.#options = options;
    this.#pool = options.pool ?? virtualCorePool();
  }

  /** What the router inside has stored; it stays when the stage is closed. */
  get stored(): PartitionStore {
    if (this.#stored === undefined) throw new Error('nobody has connected to the stage');
    return this.#stored;
  }

  timeline(startsAt: number, settled: () => Promise<void>): VirtualTimeline {
    this.#time = new VirtualTimeline(startsAt, settled);
    return this.#time;
  }

  async connect(role: Role, sub: string): Promise<Party> {
    this.#partition ??= this.#open();
    await this.#partition;
    const caller = { tenant, role, sub };
    const sessions = this.#parties.get(`${role}/${sub}`) ?? new Set<VirtualParty>();
    this.#parties.set(`${role}/${sub}`, sessions);
    const party = new VirtualParty(
      caller,
      (call) => this.#submit(call),
      () => {
        sessions.delete(party);
        this.#tellPresence(caller, sessions.size > 0);
      },
    );
    sessions.add(party);
    this.#tellPresence(caller, true);
    return party;
  }

  async heardEverything(): Promise<void> {
    await (await this.#partition)?.idle();
    if (this.#fatal !== undefined) throw this.#fatal;
    const kept = this.#stored?.journal;
    if (kept !== undefined && this.#options.keepsJournal !== true && kept.bytes() > journalBytesMax)
      await kept.drop(Number.POSITIVE_INFINITY, kept.lastNumber);
  }

  /** The router inside is stopped and, after `meanwhile`, started again from what it has stored; parties go on as they are. */
  async restart(meanwhile: () => Promise<void>): Promise<void> {
    await (await this.#partition)?.stop();
    await this.#stored?.close();
    await meanwhile();
    this.#partition = this.#open();
    await this.#partition;
    for (const sessions of this.#parties.values()) for (const { caller } of sessions) this.#tellPresence(caller, true);
  }

  async close(): Promise<void> {
    await (await this.#partition)?.stop();
    if (this.#options.pool === undefined) await this.#pool.close();
  }

  async #open(): Promise<Partition> {
    if (this.#time === undefined) throw new Error('the stage has no timeline yet');
    const build = loadCoreBuild();
    await this.#pool.addBuild(build.hash, build.wasm);
    const { randomness, contactRetentionMs, counts = true, more } = this.#options;
    this.#stored = await this.#store.open(tenant);
    this.#running = await Partition.open({
      tenant,
      modules: makeModules({
        counts,
        ...(more && { more }),
        ...(contactRetentionMs !== undefined && { contactRetentionMs }),
      }),
      store: this.#stored,
      pool: this.#pool,
      build,
      clock: this.#time,
      randomness,
      egress: this.#egress(),
      log: (level, message, data) => {
        if (level === 'error') this.#fail(new Error(message, { cause: data?.error }));
      },
      onFatal: (error) => this.#fail(error),
    });
    return this.#running;
  }

  /** Of the roles that the router wants to know it of. */
  #tellPresence(caller: Caller, connected: boolean): void {
    if (!this.#running!.watchedRoles.has(caller.role)) return;
    this.#running!.submit({ caller, method: '', params: {}, news: { connected }, origin: undefined });
  }

  #submit(call: VirtualCall): void {
    this.#unanswered.add(call);
    this.#running!.submit(call);
  }

  /** Whoever waits for an answer would wait for ever. */
  #fail(error: unknown): void {
    this.#fatal ??= error;
    const message = `the router inside has failed: ${error instanceof Error ? error.message : String(error)}`;
    for (const call of this.#unanswered) call.fail(new ConnectionClosedError(message, undefined, { cause: error }));
    this.#unanswered.clear();
  }

  /** Unless there are switches among the parties contacts come without legs, of which nothing is asked. */
  #asked({ audience, method, params, reference }: Ask): void {
    const { onAsk } = this.#options;
    if (onAsk === undefined) return this.#fail(new Error(`nobody in virtual time answers ${method}`));
    const [party] = this.#parties.get(`${audience.role}/${audience.sub}`) ?? [];
    const answer = party && onAsk(audience, method, params);
    if (party === undefined || answer === undefined) return;
    const news = { answeredTo: reference, answer };
    this.#running!.submit({ caller: party.caller, method: '', params: {}, news, origin: undefined });
  }

  #egress(): Egress {
    const { askPlatform } = this.#options;
    const clients = this.#clients();
    return askPlatform === undefined ? clients : askingEgress(clients, tenant, askPlatform, () => this.#running);
  }

  #clients(): Egress {
    return {
      answer: ({ origin, news }, answer) => {
        if (news !== undefined) return;
        this.#unanswered.delete(origin as VirtualCall);
        (origin as VirtualCall).settle(answer);
      },
      notify: (audience, event, params) => {
        const { role, sub } = audience;
        this.#options.onEvent?.(audience, event, params, this.#time!.now());
        for (const party of this.#parties.get(`${role}/${sub}`) ?? []) party.hear(event, params);
      },
      ask: (ask) => this.#asked(ask),
      flush: () => {},
    };
  }
}

const methods = routedMethods({});

/** A request on its way: its own handle for the answer. */
class VirtualCall implements RoutedRequest {
  readonly caller: Caller;
  readonly method: string;
  readonly params: Members;
  readonly origin = this;
  readonly answered: Promise<unknown>;
  settle!: (answer: Answer) => void;
  fail!: (error: Error) => void;

  constructor(caller: Caller, method: string, params: Members) {
    this.caller = caller;
    this.method = method;
    this.params = params;
    this.answered = new Promise((resolve, reject) => {
      this.fail = reject;
      this.settle = (answer) => {
        if ('result' in answer) resolve(answer.result);
        else if ('refusal' in answer) reject(refused(answer.refusal));
        else reject(new Error(`${method} failed for a reason of ours: ${answer.bug}`));
      };
    });
  }
}

/** One session, as a client's side sees it. */
class VirtualParty implements Party {
  readonly isOpen = true;
  readonly caller: Caller;
  readonly #submit: (call: VirtualCall) => void;
  readonly #left: () => void;
  readonly #handlers = new Map<string, Set<Handler>>();
  #seq = 0;

  constructor(caller: Caller, submit: (call: VirtualCall) => void, left: () => void) {
    this.caller = caller;
    this.#submit = submit;
    this.#left = left;
  }

  readonly call = ((method: string, params: Members) => this.request(method, params)) as Party['call'];

  request(method: string, params: Members): Promise<unknown> {
    const known = methods.get(method);
    if (known === undefined)
      return Promise.reject(new RefusedError(methodNotFoundCode, `There is no method ${method}.`));
    const checked = known.check(params, this.caller);
    if ('invalid' in checked) {
      const { path, message: why } = checked.invalid;
      return Promise.reject(new RefusedError(invalidParamsCode, faultText(checked.invalid), { path, why }));
    }
    if ('refusal' in checked) return Promise.reject(refused(checked.refusal));
    const call = new VirtualCall(this.caller, known.name, checked.params);
    this.#submit(call);
    return call.answered;
  }

  readonly on: Party['on'] = (event: string, handler: unknown) => {
    const handlers = this.#handlers.get(event) ?? new Set<Handler>();
    this.#handlers.set(event, handlers);
    handlers.add(handler as Handler);
    return () => handlers.delete(handler as Handler);
  };

  hear(event: string, params: Members): void {
    this.#seq += 1;
    for (const handler of this.#handlers.get(event) ?? []) handler(params, this.#seq);
  }

  close(): void {
    this.#handlers.clear();
    this.#left();
  }
}

function refused({ code, message, refusal, data }: Refusal): RefusedError {
  return new RefusedError(code, message, { refusal, ...data });
}
