// One simulated run: the script is played, then faults stop, everything comes to rest, everybody is served, and what is left is
// compared with what was ever said; then once more after a restart.

import { setAsideAgainMs } from '../../src/limits.ts';
import { allForgotten, atLast, type LastPictures } from './audit/at-last.ts';
import { erasedAtLast, erases, isGone } from './audit/erased-at-last.ts';
import type { ErasureJudge } from './audit/erasure-judge.ts';
import { type Seen, unserved } from './audit/look.ts';
import type { Party } from './party.ts';
import { provocation } from './provocations.ts';
import { randomOf, SimRandom } from './random.ts';
import type { Step } from './script.ts';
import {
  type Members,
  moneyAtFirst,
  nameOf,
  payersAtFirst,
  type Setting,
  shortRetentionMs,
  tenantAtFirst,
  type Who,
} from './setting.ts';
import { natural, workload } from './workload.ts';
import { World } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly breaches: readonly string[];
  readonly digest: string;
  readonly events: number;
  readonly elapsedMs: number;
  readonly lives: number;
  /** How often each kind of thing was seen: a run in which little happened proves little. */
  readonly seen: ReadonlyMap<string, number>;
  /** The last lines of the log, where it was kept. */
  readonly log: readonly string[];
}

export interface RunOptions {
  readonly keepsLog?: boolean;
}

/** Long enough for every timer of the workload: offers, wrap-ups, rests, waits for an agent. */
const timersMs = 8_000;
/** Customers may still be asked to rate when all contacts are over, with a switch that says nothing for a little over a minute. */
const legsGoneMs = 90_000;
const legsLookedAtMs = 1_000;
const erasedGoneMs = 30_000;
const recoveredWithinMs = 120_000;
const servedWithinMs = 120_000;
/** Attempts and their spacing, and a switch that is asked again. */
const calledBackWithinMs = 45_000;
const lookEveryMs = 20;
/** Of what somebody would do next, where somebody is erased now and then. */
const erasingShare = 0.2;
const foreverMs = 1_000_000_000;

export async function runScript(setting: Setting, script: readonly Step[], options: RunOptions = {}): Promise<Outcome> {
  const world = await World.make(setting, options.keepsLog ?? false);
  try {
    await new Simulation(world).run(script);
  } catch (error) {
    world.breach(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return {
    seed: setting.seed,
    breaches: world.breaches,
    digest: world.log.digest(),
    events: world.log.count,
    elapsedMs: world.time.elapsed,
    lives: world.machine.life,
    seen: world.seen,
    log: world.log.lines,
  };
}

const patient = { agentLost: { afterMs: 3_600_000, becomes: 'unchanged' } };

class Simulation {
  readonly #world: World;
  readonly #parties: readonly Party[];
  #lookedAt = 0;

  constructor(world: World) {
    this.#world = world;
    this.#parties = [...world.parties.values()];
  }

  async run(script: readonly Step[]): Promise<void> {
    const { time } = this.#world;
    await this.#begin();
    const begun = time.now;
    for (const step of script) {
      await time.run(begun + step.at - time.now);
      if (this.#over) return;
      this.#do(step);
      await time.settle();
      this.#lookNow();
    }
    await time.run(300);
    await this.#calm();
    if (this.#over) return;
    await this.#rest();
    if (this.#over) return;
    await this.#serveAll();
    if (this.#over) return;
    await this.#compareAll();
    if (this.#over) return;
    await this.#forget();
    for (const tenant of this.#world.setting.tenants) await this.#erases(tenant);
  }

  get #over(): boolean {
    return this.#world.breaches.length > 0;
  }

  /** The router starts, and is told who there is; then everybody comes. */
  async #begin(): Promise<void> {
    const world = this.#world;
    const { setting, machine, time } = world;
    machine.start();
    await time.run(10_000, () => machine.isUp);
    const { queues, agents, tenants, graceMs } = setting;
    for (const tenant of tenants) {
      const root = { tenant, role: 'admin', sub: 'root' } as const;
      const params = { document: { version: 1, tenant: tenantAtFirst, queues, agents } };
      let answers: unknown[] | undefined;
      const switches = Object.entries(graceMs).map(([switchId, ms]) => {
        return { method: 'switch.set', params: { switchId, graceMs: ms } };
      });
      void world.ask(root, [{ method: 'config.apply', params }, ...switches]).then((given) => {
        answers = given;
      });
      if (
        !(await time.run(10_000, () => answers !== undefined)) ||
        answers === undefined ||
        answers.includes(undefined)
      )
        return world.breach(`${tenant} could not be set up`);
      await this.#bringMoney({ tenant, role: 'app', sub: 'root' });
    }
    for (const party of this.#parties) party.start();
    await time.run(60_000, () => this.#parties.every((party) => party.isOpen));
  }

  /** Some customers have money, and some rates are published. */
  async #bringMoney(who: Who): Promise<void> {
    const world = this.#world;
    const { time, setting, auditors } = world;
    for (const requests of [payersAtFirst, moneyAtFirst(setting)]) {
      let answers: readonly unknown[] | undefined;
      void world.ask(who, requests).then((given) => {
        answers = given;
      });
      await time.run(10_000, () => answers !== undefined);
      if (answers === undefined || answers.includes(undefined)) world.breach(`${who.tenant} has no money`);
      for (const [at, { method, params }] of requests.entries())
        auditors.get(who.tenant)!.setUp(who, method, params, answers?.[at] as Members);
    }
  }

  // ── the script ──

  #do(step: Step): void {
    const { log, machine, disk, network } = this.#world;
    log.add(`step ${step.id}`, JSON.stringify(step));
    switch (step.do) {
      case 'act':
      case 'ask':
      case 'provoke':
        return this.#speak(step);
      case 'cut':
        return network.cut(step.who);
      case 'vanish':
        return network.vanish(step.who);
      case 'stall':
        return network.stall(step.who, step.forMs);
      case 'deaf':
        network.deafen(step.who, step.forMs);
        return this.#party(step.who).insist(step.id);
      case 'clientCrash':
        return this.#party(step.who).crash(step.forMs);
      case 'weather':
        return this.#world.weather(step.lost, step.doubled, step.delayMsMax);
      case 'kill':
        return machine.cut(true, step.forMs);
      case 'powerCut':
        return machine.cut(false, step.forMs);
      case 'stop':
        return machine.stop(step.forMs);
      case 'upgrade':
        return machine.upgrade(step.forMs);
      case 'damage':
        return machine.damage(step.what, new SimRandom(step.roll), step.forMs);
      case 'clockBack':
        machine.nextClockOffsetMs -= step.byMs;
        return;
      case 'diskFull':
        this.#world.troubled(step.forMs);
        return disk.fill(step.forMs);
      case 'diskSlow':
        this.#world.troubled(step.forMs);
        return disk.slow(step.ms, step.forMs);
      case 'disaster':
        this.#world.downMs = step.forMs;
        return disk.arm(step);
      case 'trap':
        return machine.arm(step);
    }
  }

  #speak(step: Extract<Step, { do: 'act' | 'ask' | 'provoke' }>): void {
    if (step.do === 'act' && this.#erasesInstead(step)) return;
    const party = this.#party(step.who);
    const random = new SimRandom(step.roll);
    const knowing = party.knowing(step.id);
    if (step.do === 'provoke') {
      party.sendRaw(provocation(party.who, step.id, knowing.contactIds, random));
      return;
    }
    if (random.chance(0.1)) party.askAgain();
    if (step.do === 'act' && party.actsItself(knowing, random)) return;
    const asked =
      step.do === 'act'
        ? natural(knowing, random)
        : { method: step.method, params: workload[step.method](knowing, random) as Members };
    if (asked?.params !== undefined) party.ask(asked.method, asked.params, String(step.id));
    if (random.chance(0.15)) void this.#world.compare(party);
  }

  /** By streams of its own: runs in which nobody is erased stay what they were. */
  #erasesInstead({ id, who }: Step & { readonly who: string }): boolean {
    const { seed, erases } = this.#world.setting;
    const random = randomOf(seed, `erases ${id}`);
    if (!erases || !random.chance(erasingShare)) return false;
    const { tenant } = this.#party(who).who;
    const party = this.#party(
      nameOf(random.chance(0.7) ? { tenant, role: 'app', sub: 'crm' } : { tenant, role: 'admin', sub: 'root' }),
    );
    // Nobody is erased whose contacts are not over.
    const method = random.pick(['customer.erase', 'contact.end', 'contact.cancel'] as const);
    const params = workload[method](party.knowing(id), random);
    if (params !== undefined) party.ask(method, params as Members, String(id));
    return true;
  }

  #party(name: string): Party {
    return this.#world.parties.get(name)!;
  }

  #lookNow(): void {
    const { time, setting } = this.#world;
    if (time.now - this.#lookedAt < lookEveryMs) return;
    this.#lookedAt = time.now;
    for (const tenant of setting.tenants) void this.#world.look(tenant);
  }

  // ── afterwards ──

  /** Faults stop; everybody comes back, and what was asked is answered. */
  async #calm(): Promise<void> {
    const { time, network, disk, machine, setting } = this.#world;
    this.#world.log.add('faults stop');
    this.#world.weather(0, 0, setting.delayMsMax);
    disk.calm();
    machine.workers.disarm();
    for (const { board } of this.#parties) board?.calm();
    const isBack = () => this.#over || (machine.isUp && this.#parties.every((party) => party.settled));
    const until = time.now + recoveredWithinMs;
    // Nothing is lost any more, but what was lost before is noticed by what comes after it: all connections begin anew.
    await time.run(recoveredWithinMs, () => this.#over || machine.isUp);
    for (const party of this.#parties) network.cut(party.name);
    while (!isBack() && time.now < until) {
      for (const party of this.#parties) party.askAgain();
      await time.run(500, isBack);
      // A switch may still be away for longer than it may.
      this.#lookNow();
    }
    if (isBack()) return;
    const waiting = this.#parties.filter((party) => !party.settled);
    const open = waiting.map((party) => `${party.name} ${party.isOpen} ${JSON.stringify([...party.open].slice(0, 3))}`);
    this.#world.breach(`not everything was answered: ${machine.isUp} ${open.join('; ')}`);
  }

  /** Nobody does anything: timers alone run, and none may be late. */
  async #rest(): Promise<void> {
    const { time, setting, parties } = this.#world;
    this.#world.endTrouble();
    await time.run(timersMs);
    for (const tenant of setting.tenants) await this.#look(tenant);
    for (const party of parties.values()) void this.#world.compare(party);
    await time.run(1_000);
    this.#world.lookAtDisk();
  }

  /** Somebody is erased from whatever all of this has led to. */
  async #erases(tenant: string): Promise<void> {
    const erased = await this.#waitFor(erases(this.#world, tenant));
    if (erased === undefined) return;
    await this.#world.time.run(60_000, () => isGone(this.#world, tenant, erased));
    await this.#waitFor(erasedAtLast(this.#world, tenant, erased));
  }

  /** Everybody does what is to be done, until nobody is left who can be served. */
  async #serveAll(): Promise<void> {
    const { time, setting } = this.#world;
    const random = randomOf(setting.seed, 'finish');
    const until = time.now + servedWithinMs;
    let word = 0;
    // From here on a connection that is lost, as by the restart at last, changes nobody's state.
    for (const tenant of setting.tenants)
      this.#party(nameOf({ tenant, role: 'admin', sub: 'root' })).ask('tenant.set', patient, 'patient');
    // For all channels, whatever was chosen before; and whoever was about to leave stays.
    for (const party of this.#parties) {
      if (party.knowing(0).isReady === undefined) continue;
      // An agent at whose timer the core trapped rests until it becomes not ready.
      if (this.#world.machine.timersTrapped.size > 0) party.ask('agent.notReady', { reason: 'rested' }, 'rested');
      party.ask('agent.ready', {}, 'all-channels');
    }
    for (;;) {
      for (const party of this.#parties) {
        const next = party.open.size === 0 ? party.finish(random) : undefined;
        if (next !== undefined) party.ask(next.method, next.params, `z${++word}`);
      }
      await time.run(40);
      if (this.#over) return;
      if (this.#parties.some((party) => party.open.size > 0 || party.finish(random) !== undefined)) {
        if (time.now < until) continue;
        return this.#world.breach('the work never ends');
      }
      if (await this.#isAllServed()) return;
      if (time.now > until) return this.#world.breach(`not everybody was served: ${JSON.stringify(this.#left)}`);
    }
  }

  #left: Members[] = [];
  /** By tenant: since when, at each look, somebody was to be called back. */
  readonly #callingSince = new Map<string, number>();
  /** Who, at each look since then, has waited whom somebody who looks free could serve. */
  #unserved: { readonly faults: string; readonly since: number } | undefined;

  /** Whoever is left waits for something that nobody has: those give up. */
  async #isAllServed(): Promise<boolean> {
    const { setting, time } = this.#world;
    this.#left = [];
    const looks: { tenant: string; seen: Seen }[] = [];
    for (const tenant of setting.tenants) {
      const seen = await this.#look(tenant);
      if (seen === undefined) return false;
      looks.push({ tenant, seen });
    }
    const faults = looks.flatMap(({ tenant, seen }) =>
      unserved(seen, setting.wrapUpTakes).map((fault) => `${tenant}: ${fault}`),
    );
    const told = faults.join('\n');
    if (told !== this.#unserved?.faults) this.#unserved = { faults: told, since: time.now };
    // Who waits in batches is served one by one, and a follow-up that was set aside is tried again: what is a fault stays as it is.
    const patienceMs = timersMs + (this.#world.machine.blamed > 0 ? setAsideAgainMs : 0);
    if (faults.length > 0 && time.now < this.#unserved.since + patienceMs) return false;
    for (const fault of faults) this.#world.breach(fault);
    for (const { tenant, seen } of looks) {
      this.#left.push(...seen.contacts);
      for (const { contactId, state } of seen.contacts) {
        if (state !== 'waiting') continue;
        const asking = this.#party(nameOf({ tenant, role: 'app', sub: 'crm' }));
        asking.ask('contact.cancel', { contactId }, `give-up-${String(contactId)}`);
      }
    }
    if (this.#left.length > 0) return false;
    for (const tenant of setting.tenants) if (await this.#callsSomebodyBack(tenant)) return false;
    return true;
  }

  /** Callbacks are waited for as well; in the end they are taken back, since some are for queues that nobody serves. */
  async #callsSomebodyBack(tenant: string): Promise<boolean> {
    const admin: Who = { tenant, role: 'admin', sub: 'auditor' };
    const asked = [{ method: 'callback.list', params: { limit: 1_000 } }];
    const [answer] = (await this.#waitFor(this.#world.ask(admin, asked))) ?? [];
    const { callbacks = [] } = (answer ?? {}) as { callbacks?: Members[] };
    const live = callbacks.filter(({ state }) => state !== 'ended');
    const { now } = this.#world.time;
    if (live.length === 0) this.#callingSince.delete(tenant);
    else if (!this.#callingSince.has(tenant)) this.#callingSince.set(tenant, now);
    if (now > (this.#callingSince.get(tenant) ?? now) + calledBackWithinMs)
      for (const { callbackId } of live) {
        const root = this.#party(nameOf({ tenant, role: 'admin', sub: 'root' }));
        root.ask('callback.cancel', { callbackId }, `take-back-${String(callbackId)}`);
      }
    return live.length > 0;
  }

  async #look(tenant: string) {
    const looking = { done: false, seen: undefined as Awaited<ReturnType<World['look']>> };
    void this.#world.look(tenant).then((seen) => {
      looking.seen = seen;
      looking.done = true;
    });
    await this.#world.time.run(10_000, () => looking.done);
    return looking.seen;
  }

  /** What is left is what was said, before a restart and after it. */
  async #compareAll(): Promise<void> {
    const { time, setting, machine, parties } = this.#world;
    await this.#legsGo();
    await time.run(500);
    // What waited for a leg, or was set aside, would be done between the two.
    await this.#erasedGo(({ erasing }) => erasing, this.#world.machine.blamed > 0 ? setAsideAgainMs : 0);
    const before = new Map<string, LastPictures>();
    for (const tenant of setting.tenants) {
      const pictures = await this.#waitFor(atLast(this.#world, tenant, undefined));
      if (pictures !== undefined) before.set(tenant, pictures);
    }
    for (const party of parties.values()) void this.#world.compare(party);
    await time.run(200);
    if (this.#over) return;
    machine.stop(50);
    await time.run(
      recoveredWithinMs,
      () => machine.isUp && machine.life > 1 && this.#parties.every((party) => party.isOpen),
    );
    await this.#erasedGo(({ pending }) => pending);
    for (const tenant of setting.tenants) await this.#waitFor(atLast(this.#world, tenant, before.get(tenant)));
    this.#world.lookAtDisk();
  }

  /** At the switches, and as the router sees it: a leg that may be gone for all that anybody has heard may still be asked to rate. */
  async #legsGo(): Promise<void> {
    const { time } = this.#world;
    const until = time.now + legsGoneMs;
    for (;;) {
      await time.run(until - time.now, () => !this.#parties.some((party) => this.#hasLegs(party)));
      if (time.now >= until || !(await this.#routerHasLegs())) return;
      await time.run(legsLookedAtMs);
    }
  }

  /** Tables of which nobody knows how far they came are written anew by the next process only. */
  async #erasedGo(left: (erasures: ErasureJudge) => string[], moreMs = 0): Promise<void> {
    const { time, setting, auditors } = this.#world;
    const until = time.now + erasedGoneMs + moreMs;
    const isPending = () => setting.tenants.some((tenant) => left(auditors.get(tenant)!.erasures).length > 0);
    while (isPending() && time.now < until && !this.#over) {
      await time.run(500);
      for (const tenant of setting.tenants) await this.#look(tenant);
    }
  }

  async #routerHasLegs(): Promise<boolean> {
    for (const tenant of this.#world.setting.tenants) {
      const asked = [{ method: 'switch.list', params: {} }];
      const [answer] = (await this.#waitFor(this.#world.ask({ tenant, role: 'admin', sub: 'auditor' }, asked))) ?? [];
      const { switches = [] } = (answer ?? {}) as { switches?: Members[] };
      if (switches.some(({ legs }) => legs !== 0)) return true;
    }
    return false;
  }

  /** Legs of which a switch has said something else than what is so may stay with it for good. */
  #hasLegs({ who, board }: Party): boolean {
    const { legs } = this.#world.auditors.get(who.tenant)!;
    return board?.legIds.some((legId) => !legs.mayBeGone(legId)) === true;
  }

  /** Everybody goes home, and where contacts are remembered for a minute only, it passes. */
  async #forget(): Promise<void> {
    const { time, setting } = this.#world;
    const { contactRetentionMs } = setting.configuration;
    if (contactRetentionMs > shortRetentionMs) return;
    for (const party of this.#parties) party.crash(foreverMs);
    await time.run(contactRetentionMs + 2_000);
    if (this.#world.machine.blamed > 0) {
      // The core trapped: what sets the timer of forgetting may have been set aside then, and waits to be tried again.
      await time.run(setAsideAgainMs);
    }
    for (const tenant of setting.tenants) await this.#waitFor(allForgotten(this.#world, tenant));
  }

  async #waitFor<T>(asked: Promise<T>): Promise<T | undefined> {
    const waiting = { done: false, value: undefined as T | undefined };
    asked.then(
      (value) => {
        waiting.value = value;
        waiting.done = true;
      },
      (error: unknown) => {
        this.#world.breach(error instanceof Error ? (error.stack ?? error.message) : String(error));
        waiting.done = true;
      },
    );
    if (!(await this.#world.time.run(60_000, () => waiting.done)))
      this.#world.breach('the last questions were not answered');
    return waiting.value;
  }
}
