// What a party of the role switch has besides its client: the reference switch of src/simulation/switch on virtual time, telephones
// that do what the seed says, and a way of answering that is not always a good one.
//
// Its process may die with the terminal: then its legs are gone, and the next process is another one that has none. Or
// the terminal was only its connection, and the legs go on without anybody being told.

import type { Params } from '../../src/adapters/switch/answered-requests.ts';
import { RefusedError, type StrowgerClient } from '../../src/client/client.ts';
import { type LegCause, legCauses, legRequests } from '../../src/protocol/legs.ts';
import type { MethodName } from '../../src/protocol/methods.ts';
import type { Leg, Wishes } from '../../src/simulation/switch/leg.ts';
import { ReferenceSwitch } from '../../src/simulation/switch/reference-switch.ts';
import {
  type Conduct,
  ConductedTelephone,
  type FromTelephone,
  type Ring,
  type Telephone,
  type Telephones,
} from '../../src/simulation/switch/telephones.ts';
import { randomOf, type SimRandom } from './random.ts';
import type { Members, Setting } from './setting.ts';
import { ProcessClock, type SimTime } from './sim-time.ts';

export interface SwitchboardWorld {
  readonly setting: Setting;
  readonly time: SimTime;
  breach(sentence: string): void;
  /** Traps were set: what the core trapped at is answered as a bug. */
  mayFail(): boolean;
  /** It is about to ask for this contact. */
  creating(contactId: string): void;
}

/** Reports of one's own that nobody in good faith repeats: `late` ones are of legs that are over. */
const lateMax = 12;
/** After faults have stopped every telephone is answered so soon. */
const promptly: Conduct = { ringsAfterMs: 5, answersAfterMs: 20 };
const refusedCode = 480;

export class Switchboard {
  readonly #name: string;
  readonly #world: SwitchboardWorld;
  readonly #random: SimRandom;
  /** How often a request is answered otherwise than it should be. */
  readonly #naughty: number;
  readonly #telephones: SimTelephones;
  #clock: ProcessClock;
  #switch: ReferenceSwitch;
  #process = 0;
  #isCalm = false;
  /** Legs that it had, the newest last. */
  readonly #late: string[] = [];

  constructor(name: string, world: SwitchboardWorld) {
    this.#name = name;
    this.#world = world;
    const { seed } = world.setting;
    this.#random = randomOf(seed, `${name} board`);
    this.#naughty = this.#random.pick([0, 0, 0.05, 0.2]);
    this.#telephones = new SimTelephones(randomOf(seed, `${name} telephones`), () => this.#clock);
    this.#clock = new ProcessClock(world.time);
    this.#switch = this.#newProcess();
  }

  #newProcess(): ReferenceSwitch {
    this.#process += 1;
    const [tenant, , sub] = this.#name.split('/');
    return new ReferenceSwitch({
      clock: this.#clock,
      telephones: this.#telephones,
      whileAway: 'wait',
      // Contacts say whose they are.
      idPrefix: `${tenant}-c-${sub}-${this.#process}`,
      listener: (event) => {
        if (event.what === 'brought') this.#world.creating(event.leg.contactId);
        if (event.what === 'brought' || event.what === 'rung') this.#remember(event.leg.legId);
        if (event.what === 'joined' && event.agent.party === 'called') this.#hangsUpSoon(event.customer, event.agent);
        if (event.what === 'gathering') this.#pressesSoon(event.leg.legId, event.digits);
        if (event.what === 'asksForMessage') this.#speaksSoon(event.leg.legId, event.recordMs);
        if (event.what === 'failed' && !this.#world.mayFail()) this.#world.breach(`${this.#name}: ${event.why}`);
      },
    });
  }

  /** Who talks to somebody outside does so for a while; nobody else ends it. */
  #hangsUpSoon(...legs: readonly Leg[]): void {
    const { legId } = this.#random.pick(legs);
    this.#clock.wakeAt(this.#clock.now() + this.#random.whole(1, 2_000), () => this.#switch.end(legId, 'hungUp'));
  }

  /** Or does not. */
  #pressesSoon(legId: string, digits: number): void {
    if (this.#random.chance(0.3)) return;
    const keys = this.#random.chance(0.3) ? '1#' : '7'.repeat(digits);
    this.#clock.wakeAt(this.#clock.now() + this.#random.whole(1, 800), () => this.#switch.press(legId, keys));
  }

  /** Or says nothing, or hangs up in the middle. */
  #speaksSoon(legId: string, recordMs: number): void {
    const soonMs = this.#random.whole(1, 500);
    const at = this.#switch;
    const wakeAfter = (ms: number, run: () => void) => this.#clock.wakeAt(this.#clock.now() + ms, run);
    if (this.#random.chance(0.7)) wakeAfter(soonMs, () => at.speak(legId, this.#random.whole(1, recordMs)));
    if (this.#random.chance(0.5)) wakeAfter(soonMs + this.#random.whole(0, 800), () => at.end(legId, 'hungUp'));
  }

  #remember(legId: string): void {
    this.#late.push(legId);
    if (this.#late.length > lateMax) this.#late.shift();
  }

  /** Nothing is left to say, and the router has been told what there is. */
  get isAtRest(): boolean {
    return this.#switch.isRouted && this.#switch.reports.unanswered === 0;
  }

  get legIds(): readonly string[] {
    return [...this.#switch.legs.keys()];
  }

  /** Legs that are there, or were. */
  get known(): readonly string[] {
    return this.#late;
  }

  // ── the connection ──

  readonly requests = Object.fromEntries(
    Object.keys(legRequests).map((method) => [method, (params: Params) => this.#asked(method, params)]),
  );

  opened(client: StrowgerClient): void {
    this.#switch.opened(client as unknown as Parameters<ReferenceSwitch['opened']>[0]);
  }

  lost(): void {
    this.#switch.lost();
  }

  /** Its terminal has crashed: sometimes the process was all there was of its legs. */
  crashed(): void {
    this.lost();
    if (this.#random.chance(0.5)) return;
    this.#clock.kill();
    this.#clock = new ProcessClock(this.#world.time);
    this.#telephones.forget();
    this.#switch = this.#newProcess();
  }

  /** Faults stop: requests are answered as they should be, and telephones too. */
  calm(): void {
    this.#isCalm = true;
    this.#telephones.calm();
  }

  async #asked(method: string, params: Params): Promise<unknown> {
    const does = () => this.#switch.requests[method as keyof typeof legRequests](params);
    if (this.#isCalm || !this.#random.chance(this.#naughty)) return does();
    const how = this.#random.fraction();
    if (how < 0.35) {
      const cause = this.#random.chance(0.5) ? { cause: this.#random.pick(legCauses) } : undefined;
      throw new RefusedError(refusedCode, 'not today', cause as never);
    }
    if (how < 0.7) void does().catch(() => undefined);
    // Nobody ever hears of it.
    return new Promise(() => {});
  }

  // ── what it does by itself ──

  /** Returns whether it did anything; if not, it does what any other switch would. */
  act(live: number, wishes: () => Wishes, random: SimRandom): boolean {
    const { legs } = this.#switch;
    const customers = [...legs.values()].filter((leg) => leg.party === 'customer');
    // Who is served takes another telephone.
    const served = customers.filter((leg) => leg.state === 'connected' && 'identity' in leg.wishes);
    if (served.length > 0 && customers.length < 6 && random.chance(0.25)) {
      const { identity } = random.pick(served).wishes as { readonly identity?: unknown };
      this.#switch.bring({ ...wishes(), identity } as never);
      return true;
    }
    if (live < 6 && customers.length < 4 && random.chance(0.5)) {
      this.#switch.bring(wishes());
      return true;
    }
    if (customers.length > 0 && random.chance(0.05)) {
      this.#switch.press(random.pick(customers).legId, random.pick(['1', '23#', '*']));
      return true;
    }
    if (customers.length === 0 || !random.chance(0.3)) return false;
    const cause: LegCause = random.chance(0.8) ? 'hungUp' : random.pick(['lost', 'failed']);
    this.#switch.end(random.pick([...legs.keys()]), cause);
    return true;
  }

  /** What is said twice, too late, or of a leg that is in another state. */
  hostile(random: SimRandom): { method: MethodName; params: Members } | undefined {
    if (this.#naughty === 0 || this.#late.length === 0 || !random.chance(this.#naughty)) return undefined;
    const method = random.pick(['leg.ringing', 'leg.answered', 'leg.failed', 'leg.ended'] as const);
    const cause = { cause: random.pick(legCauses) };
    return { method, params: { legId: random.pick(this.#late), ...(method === 'leg.failed' && cause) } };
  }
}

/** Most are answered; some are busy, not there, or ring until somebody gives up, and some leave the conversation. */
class SimTelephones implements Telephones {
  readonly #random: SimRandom;
  readonly #clock: () => ProcessClock;
  readonly #rung = new Map<string, FromTelephone>();
  #isCalm = false;

  constructor(random: SimRandom, clock: () => ProcessClock) {
    this.#random = random;
    this.#clock = clock;
  }

  ring({ legId }: Ring, tell: FromTelephone): Telephone {
    const conduct = this.#isCalm ? promptly : this.#conduct();
    const telephone = new ConductedTelephone(conduct, tell, this.#clock());
    this.#rung.set(legId, tell);
    return {
      joined: () => telephone.joined(),
      letGo: () => {
        this.#rung.delete(legId);
        telephone.letGo();
      },
    };
  }

  joins(): boolean {
    return this.#isCalm || this.#random.chance(0.95);
  }

  forget(): void {
    this.#rung.clear();
  }

  /** Those that ring are answered; what was answered before says nothing twice. */
  calm(): void {
    this.#isCalm = true;
    for (const tell of [...this.#rung.values()]) tell.answered();
  }

  #conduct(): Conduct {
    const random = this.#random;
    const ringsAfterMs = random.whole(0, 40);
    const afterMs = random.whole(20, 600);
    const kind = random.fraction();
    if (kind < 0.05) return { fails: { afterMs: ringsAfterMs, cause: random.pick(['busy', 'unreachable']) } };
    if (kind < 0.12)
      return { ringsAfterMs, fails: { afterMs, cause: random.pick(['rejected', 'noAnswer', 'hungUp']) } };
    if (kind < 0.2) return { ringsAfterMs };
    if (kind < 0.25) return {};
    const answers = { ringsAfterMs, answersAfterMs: afterMs };
    if (kind < 0.75) return answers;
    return { ...answers, leaves: { afterMs: random.whole(0, 900), cause: random.pick(['hungUp', 'hungUp', 'lost']) } };
  }
}
