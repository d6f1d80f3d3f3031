// The machine that a simulated router runs on: starts its process, kills it, cuts the power, starts it again.
//
// The router is the one of src/main.ts, with everything around it simulated. What a process leaves behind is its disk; a
// supervisor (systemd, say) starts it again a moment after it has ended, whyever.

import { Registry } from 'prom-client';
import type { Clock } from '../../src/engine/clock.ts';
import { type Router, type RouterSeams, startRouter } from '../../src/main.ts';
import type { RouterConfiguration } from '../../src/router-configuration.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { CoreBuild } from '../../src/store/store.ts';
import { Authentication } from '../../src/transport/authentication.ts';
import { flowsKeeping } from '../acd/flows.ts';
import type { DamageKind } from './damage.ts';
import type { SimDisk } from './disk.ts';
import type { EventLog } from './event-log.ts';
import { SimExplainer } from './explaining.ts';
import type { SimNetwork } from './network.ts';
import { platformsOf } from './platforms.ts';
import { randomnessOf, randomOf, type SimRandom } from './random.ts';
import { ProcessClock, type SimTime } from './sim-time.ts';
import { SimWorkers, type Trap } from './workers.ts';

export const secret = new TextEncoder().encode('the secret of a simulated router, for nobody else');

const authentications = new Map<string, Authentication>();

/** Real signatures, checked when nothing else is left to do; what was checked once is remembered by all worlds. */
class SimAuthentication extends Authentication {
  readonly #time: SimTime;
  readonly #shared: Authentication;

  constructor(time: SimTime, tenants: readonly string[]) {
    const options = { secret, hasTenant: (tenant: string) => tenants.includes(tenant) };
    super(options);
    this.#time = time;
    const key = tenants.join();
    this.#shared = authentications.get(key) ?? new Authentication(options);
    authentications.set(key, this.#shared);
  }

  override identify(token: string | undefined, now: number): ReturnType<Authentication['identify']> {
    return this.#time.hold(Promise.resolve(this.#shared.identify(token, now)));
  }
}

export interface MachineOptions {
  readonly seed: number;
  /** Builds of the core: the first, and the other one that an upgrade goes to and comes back from. */
  readonly builds: readonly [CoreBuild, CoreBuild];
  readonly sessionBounds: RouterSeams['sessionBounds'];
  readonly time: SimTime;
  readonly log: EventLog;
  readonly network: SimNetwork;
  readonly configuration: RouterConfiguration;
  readonly breach: (sentence: string) => void;
  readonly seen: (what: string) => void;
  readonly disk: () => SimDisk;
  /** The process is no more: what it had not answered it never will. */
  readonly onGone: () => void;
}

/** How long a supervisor waits before it starts an ended process again. */
const restartAfterMs = 100;
/** A stop in order that takes longer than this hangs. */
const stopWithinMs = 120_000;

export class Machine {
  readonly #options: MachineOptions;
  workers: SimWorkers;
  router: Router | undefined;
  /** Processes so far; the auditor tells their notifications apart by it. */
  life = 0;
  /** Since when the router has been there without anything having gone wrong with it. */
  calmSince = Number.POSITIVE_INFINITY;
  /** How the machine's clock differs from the world's, for the process of now and for the next. */
  clockOffsetMs = 0;
  nextClockOffsetMs = 0;
  #clock: (Clock & { kill(): void }) | undefined;
  #trappedBefore = 0;
  #blamedBefore = 0;
  #stopping = false;
  /** Timers at which the core trapped, by partition. */
  readonly timersTrapped = new Map<string, number>();
  #upgrades = 0;
  /** The build of the core that the process of now runs, or the one before it did. */
  writes: string;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.workers = this.#newWorkers();
    this.writes = this.build.hash;
  }

  #newWorkers(): SimWorkers {
    const { log, seen } = this.#options;
    return new SimWorkers(log, (partition) => {
      seen('a trap at a timer');
      this.timersTrapped.set(partition, (this.timersTrapped.get(partition) ?? 0) + 1);
    });
  }

  /** The one that writes, from the next start on. */
  get build(): CoreBuild {
    return this.#options.builds[this.#upgrades % 2]!;
  }

  get isUp(): boolean {
    return this.router !== undefined && !this.#stopping;
  }

  get now(): number {
    return this.#options.time.now + this.clockOffsetMs;
  }

  /** Workers that have died, of all processes. */
  get trapped(): number {
    return this.#trappedBefore + this.workers.trapped;
  }

  /** Of these, how many named a command. */
  get blamed(): number {
    return this.#blamedBefore + this.workers.blamed;
  }

  disturbed(): void {
    if (Number.isFinite(this.calmSince)) this.calmSince = this.#options.time.now;
  }

  start(): void {
    const { seed, time, log, network, configuration, disk, sessionBounds, seen } = this.#options;
    this.life += 1;
    const { life } = this;
    log.add('router starts', String(life));
    this.clockOffsetMs = this.nextClockOffsetMs;
    this.#clock = new ProcessClock(time, this.clockOffsetMs);
    this.#trappedBefore += this.workers.trapped;
    this.#blamedBefore += this.workers.blamed;
    this.workers = this.#newWorkers();
    this.#stopping = false;
    const journal = { segmentBytes: configuration.segmentBytes, segmentEntries: configuration.segmentEntries };
    const isThis = () => this.life === life && this.#clock !== undefined;
    const { damage } = disk();
    const mustRefuse = damage?.refusal();
    const { build } = this;
    const started = startRouter(configuration, {
      log: this.#routerLog(isThis),
      onFatal: (error) => {
        if (isThis()) this.#ended(`the process ends: ${String(error)}`);
      },
      clock: this.#clock,
      randomness: randomnessOf(seed, `router ${life}`),
      store: new MemoryStore({ disk: disk().disk, journal }),
      pool: this.workers,
      transport: network.transport,
      authentication: new SimAuthentication(time, configuration.tenants),
      explainer: new SimExplainer(time, log, disk().disk, build),
      post: () => Promise.resolve({ status: 204 }),
      askPlatform: platformsOf(this.#clock, randomOf(seed, `platforms ${life}`)),
      modules: flowsKeeping(1_000),
      build,
      ...(sessionBounds && { sessionBounds }),
      metrics: new Registry(),
    });
    started.then(
      (router) => {
        if (!isThis()) return;
        log.add('router runs', String(life));
        if (build.hash !== this.writes) seen('an upgrade');
        this.writes = build.hash;
        if (mustRefuse !== undefined && disk().damage === damage)
          this.#options.breach(`it has started, and ${damage?.sentence}`);
        this.router = router;
        this.calmSince = time.now;
      },
      (error: unknown) => {
        if (!isThis()) return;
        // A worker that dies, or a disk that fails, while the router recovers ends the process; nothing else may.
        if (mustRefuse?.test(String(error))) this.#restored();
        else if (this.workers.trapped === 0 && !isDisk(String(error)))
          this.#options.breach(`the router cannot start: ${String(error)}`);
        this.#ended(`it could not start: ${String(error)}`);
      },
    );
  }

  /** The start was refused because of damage: nothing may have changed by it, and the operator puts the copy back. */
  #restored(): void {
    const { log, breach, seen, disk } = this.#options;
    const { damage } = disk();
    if (damage === undefined) return;
    for (const change of damage.changes())
      breach(`a start was refused, since ${damage.sentence}, and changed ${change}`);
    log.add('restored', damage.sentence);
    seen('a start refused for damage');
    disk().repair();
  }

  arm(trap: Trap): void {
    this.workers.arm(trap);
  }

  /** The process ends by itself and is started again. */
  #ended(why: string): void {
    this.#options.log.add('router ended', why);
    this.cut(true, restartAfterMs);
  }

  /** The power goes, or SIGKILL comes: `tells` when the machine stays and its kernel resets the connections. */
  cut(tells: boolean, downMs: number): void {
    const { time, log, network, disk } = this.#options;
    if (this.#clock === undefined) return;
    log.add('router gone', `${tells ? 'killed' : 'without power'} for ${downMs} ms`);
    this.#clock.kill();
    this.#clock = undefined;
    this.router = undefined;
    this.calmSince = Number.POSITIVE_INFINITY;
    disk().disk.restart();
    network.serverGone(tells);
    this.#options.onGone();
    const { workers } = this;
    time.after(downMs, () => {
      workers.abandon();
      this.start();
    });
  }

  /** SIGTERM, and what starts then is another release. */
  upgrade(downMs: number): void {
    this.#upgrades += 1;
    this.#options.log.add('upgrade', this.build.hash);
    this.stop(downMs);
  }

  /** The power goes, and what it leaves is damaged. */
  damage(what: DamageKind, random: SimRandom, downMs: number): void {
    this.cut(false, downMs);
    this.#options.disk().damageAs(what, random);
  }

  /** SIGTERM: the router ends in order, then starts again. */
  stop(downMs: number): void {
    const { router, life } = this;
    if (router === undefined || this.#stopping) return;
    const { time, log, breach } = this.#options;
    log.add('router stops', String(life));
    this.#stopping = true;
    this.calmSince = Number.POSITIVE_INFINITY;
    const isThis = () => this.life === life && this.#stopping;
    time.after(stopWithinMs, () => {
      if (!isThis()) return false;
      breach(`the router has not stopped within ${stopWithinMs} ms`);
      return true;
    });
    const stopped = () => {
      if (isThis()) this.cut(true, downMs);
    };
    router.stop().then(stopped, (error: unknown) => {
      log.add('router stopped badly', String(error));
      stopped();
    });
  }

  #routerLog(isThis: () => boolean) {
    const { log, breach } = this.#options;
    const write = (level: string) => (data: object, message: string) => {
      if (!isThis()) return;
      const { alarm, error } = data as { alarm?: string; error?: unknown };
      log.add(`router ${level}`, `${message} ${alarm ?? ''} ${error === undefined ? '' : String(error)}`);
      if (level !== 'error') return;
      this.disturbed();
      if (alarm === 'shadow_diverged') breach(`the alarm ${alarm}: ${message}`);
      // Everything that is a bug of ours, or makes the partition look for one, needs a worker that died.
      const isOurs = alarm === undefined || alarm === 'halted' || alarm === 'set_aside' || alarm === 'shadow';
      if (isOurs && this.workers.trapped === 0 && !isDisk(message))
        breach(`the router says: ${message} ${causeOf(error)}`);
    };
    return { info: write('info'), warn: write('warn'), error: write('error') };
  }
}

/** What the disk was told to do. */
function isDisk(message: string): boolean {
  return message.includes('the disk in memory was told to fail');
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return `${error.message}${error.cause === undefined ? '' : ` because ${String(error.cause)}`}`;
}
