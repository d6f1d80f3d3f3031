// A simulated world: the machine with its router and its disk, the network, the parties, and the auditors who watch them.

import { isDeepStrictEqual } from 'node:util';
import { loadCoreBuild } from '../../src/engine/core-build.ts';
import type { CoreBuild } from '../../src/store/store.ts';
import { signToken } from '../../src/transport/authentication.ts';
import { otherBuild } from '../engine/other-build.ts';
import { Auditor } from './audit/auditor.ts';
import { journalFaults } from './audit/journal.ts';
import type { RouterAsks } from './audit/leg-judge.ts';
import type { Seen } from './audit/look.ts';
import { comparePicture } from './audit/pictures-agree.ts';
import { type Asked, Wire } from './audit/wire.ts';
import { SimDisk } from './disk.ts';
import { EventLog } from './event-log.ts';
import { Machine, secret } from './machine.ts';
import { SimNetwork } from './network.ts';
import { Party } from './party.ts';
import { randomOf } from './random.ts';
import { type Members, nameOf, type Setting, type Who } from './setting.ts';
import { SimTime, startsAt } from './sim-time.ts';
import { compile } from './workers.ts';

const foreverMs = 86_400_000;
/** After a fault of the disk the partition lets it rest: up to 15 s, and then tries again. */
const restMs = 16_000;
const calmAfterMs = 3_000;
const breachesMax = 5;

/** Signed once for all worlds of this process. */
const tokens = new Map<string, Promise<string>>();

let bothBuilds: readonly [CoreBuild, CoreBuild] | undefined;

/** The one that was built, and the same under another hash: a memory of one is moved to the other. */
function builds(): readonly [CoreBuild, CoreBuild] {
  bothBuilds ??= [loadCoreBuild(), otherBuild('of the other release')];
  return bothBuilds;
}

export class World {
  readonly setting: Setting;
  readonly time = new SimTime();
  readonly log: EventLog;
  readonly network: SimNetwork;
  readonly disk: SimDisk;
  readonly machine: Machine;
  readonly wire: Wire;
  readonly auditors = new Map<string, Auditor>();
  readonly parties = new Map<string, Party>();
  readonly contactIds = new Map<string, string[]>();
  readonly moveTokens = new Map<string, string[]>();
  readonly handedOver = new Map<string, string[]>();
  /** What was quoted to anybody of a tenant, and asks for a contact. */
  readonly quotes = new Map<string, Members[]>();
  readonly breaches: string[] = [];
  readonly seen = new Map<string, number>();
  /** Until then the disk may be to blame for what is late. */
  #troubledUntil = 0;
  /** A party whose connection lived while frames were lost may not know all. */
  #lossy = new Set<Party>();
  #count = 0;
  #downMs = 100;

  static async make(setting: Setting, keepsLog: boolean): Promise<World> {
    for (const { hash, wasm } of builds()) await compile(hash, wasm);
    return new World(setting, keepsLog);
  }

  private constructor(setting: Setting, keepsLog: boolean) {
    const { seed, people, tenants, configuration } = setting;
    this.setting = setting;
    const { time } = this;
    this.log = new EventLog(time, keepsLog);
    const { log } = this;
    const turn = () => time.turn;
    const listener = {
      asked: (asked: Asked) => this.#auditorOf(asked.who).asked(asked),
      told: (who: Who, event: string, params: Members, late: boolean) =>
        this.#auditorOf(who).told(who, event, params, late),
      routerAsks: (asks: RouterAsks) => this.#auditorOf(asks.who).routerAsks(asks),
      opened: (who: Who, link: Asked['link']) => this.#auditorOf(who).opened(who, link),
      unheard: (link: Asked['link']) => this.#auditorOfName(link.who).unheard(link),
      breach: (sentence: string) => this.breach(sentence),
      seen: (what: string) => this.count(what),
    };
    const { unreadBytesMax, keptMax } = setting;
    this.wire = new Wire(listener, people, tenants, () => this.machine.life, turn, { unreadBytesMax, keptMax });
    this.network = new SimNetwork(time, randomOf(seed, 'network'), log, this.#countingTap());
    this.network.weather = { delayMsMax: setting.delayMsMax, lost: 0, doubled: 0 };
    this.disk = new SimDisk(time, randomOf(seed, 'disk'), log, () => this.machine.cut(false, this.#downMs));
    this.disk.delayMsMax = setting.diskMsMax;
    const { network } = this;
    const breach = (sentence: string) => this.breach(sentence);
    const onGone = () => this.#processGone();
    this.machine = new Machine({
      seed,
      time,
      log,
      network,
      configuration,
      breach,
      onGone,
      builds: builds(),
      sessionBounds: { sendBufferBytesMax: unreadBytesMax, feedLimits: { eventsMax: keptMax } },
      seen: (what) => this.count(what),
      disk: () => this.disk,
    });
    for (const tenant of tenants) {
      this.contactIds.set(tenant, []);
      this.auditors.set(tenant, this.#auditor(tenant));
    }
    for (const who of people) this.parties.set(nameOf(who), new Party(who, this));
  }

  /** A request may be answered as a bug. */
  mayFail(): boolean {
    return this.machine.trapped > 0 || this.disk.wasDamaged;
  }

  #auditor(tenant: string): Auditor {
    return new Auditor({
      setting: this.setting,
      tenant,
      now: () => this.time.now,
      count: () => this.#count,
      mayFail: () => this.mayFail(),
      blamed: () => this.machine.blamed,
      timersTrapped: () => this.machine.timersTrapped.get(tenant) ?? 0,
      breach: (sentence) => this.breach(sentence),
      seen: (what) => this.count(what),
    });
  }

  #countingTap() {
    const { wire } = this;
    return {
      connected: wire.connected.bind(wire),
      closing: wire.closing.bind(wire),
      closed: wire.closed.bind(wire),
      received: (...heard: Parameters<Wire['received']>) => {
        this.#count += 1;
        wire.received(...heard);
      },
      sent: (...heard: Parameters<Wire['sent']>) => {
        this.#count += 1;
        wire.sent(...heard);
      },
    };
  }

  #auditorOf({ tenant }: Who): Auditor {
    return this.auditors.get(tenant)!;
  }

  #auditorOfName(name: string): Auditor {
    return this.auditors.get(name.slice(0, name.indexOf('/')))!;
  }

  breach(sentence: string): void {
    this.log.add('BREACH', sentence);
    if (this.breaches.length < breachesMax) this.breaches.push(`at ${this.time.elapsed} ms: ${sentence}`);
  }

  count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  // ── what parties need ──

  token(who: Who): Promise<string> {
    const { tokenMs = foreverMs } = this.setting;
    const issuedAt = this.setting.tokenMs === undefined ? startsAt : Math.floor(this.time.now / 1_000) * 1_000;
    const key = `${nameOf(who)} ${issuedAt} ${tokenMs}`;
    const token = tokens.get(key) ?? signToken(secret, who, issuedAt, issuedAt + tokenMs);
    tokens.set(key, token);
    return this.time.hold(token);
  }

  legIds(tenant: string): readonly string[] {
    return [...this.parties.values()].flatMap(({ who, board }) => (who.tenant === tenant && board?.known) || []);
  }

  opened(party: Party): void {
    this.count('sessions opened');
    if (this.network.weather.lost === 0) this.#lossy.delete(party);
    party.askAgain();
    void this.compare(party);
  }

  async compare(party: Party): Promise<void> {
    if (this.#lossy.has(party)) return;
    const difference = await comparePicture(party);
    if (this.#lossy.has(party)) return;
    this.count('pictures compared');
    if (difference !== undefined) this.breach(`${party.name} ${difference}`);
  }

  // ── misfortunes ──

  weather(lost: number, doubled: number, delayMsMax: number): void {
    this.network.weather = { lost, doubled, delayMsMax };
    if (lost > 0) for (const party of this.parties.values()) this.#lossy.add(party);
  }

  #processGone(): void {
    for (const auditor of this.auditors.values()) auditor.processGone();
  }

  /** How long the machine is without power when it goes at an operation of the disk. */
  set downMs(ms: number) {
    this.#downMs = ms;
  }

  troubled(forMs: number): void {
    this.#troubledUntil = Math.max(this.#troubledUntil, this.time.now + forMs + restMs);
  }

  endTrouble(): void {
    this.#troubledUntil = 0;
  }

  get isCalm(): boolean {
    const { now } = this.time;
    return now >= this.#troubledUntil && now - this.machine.calmSince >= calmAfterMs;
  }

  // ── looking ──

  /** Asks over HTTP, as an administrator of the tenant; undefined when nobody answers. */
  async ask(
    who: Who,
    requests: readonly { readonly method: string; readonly params: Members }[],
  ): Promise<unknown[] | undefined> {
    const { life } = this.machine;
    const body = requests.map(({ method, params }, id) => ({ jsonrpc: '2.0', id, method, params }));
    const token = await this.token(who);
    const asked = this.network.http({
      method: 'POST',
      path: '/v1/rpc',
      query: '',
      headers: { authorization: `Bearer ${token}` },
      remoteAddress: '127.0.0.1',
      body: Buffer.from(JSON.stringify(body)),
    });
    if (asked === undefined || life !== this.machine.life) return undefined;
    const response = await asked;
    if (response.status !== 200) return undefined;
    const answers = JSON.parse(response.body.toString()) as { id: number; result?: unknown; error?: unknown }[];
    if (!Array.isArray(answers)) return undefined;
    const byId = new Map(answers.map((answer) => [answer.id, answer]));
    return requests.map((_, id) => byId.get(id)?.result);
  }

  async look(tenant: string): Promise<Seen | undefined> {
    const asked = {
      count: this.#count,
      at: this.time.now,
      now: () => this.time.now,
      calmNow: this.isCalm ? this.machine.now : undefined,
    };
    const { life } = this.machine;
    const agents = { method: 'agent.list', params: { limit: 1_000 } };
    const contacts = { method: 'contact.list', params: { limit: 1_000 } };
    const accounts = { method: 'account.list', params: { limit: 1_000 } };
    // After a worker has died ticks are halved, and what was asked together may be answered by two of them: then the agents
    // are looked at before and behind the contacts, and only what has not changed in between is one picture.
    const asking = this.machine.trapped > 0 ? [agents, contacts, accounts, agents] : [agents, contacts, accounts];
    const { erasures } = this.auditors.get(tenant)!;
    const pending = erasures.pending.map((erasureId) => ({ method: 'customer.erasure', params: { erasureId } }));
    const answers = await this.ask({ tenant, role: 'admin', sub: 'observer' }, [...asking, ...pending]);
    for (const shown of answers?.slice(asking.length) ?? [])
      if (shown !== undefined && erasures.stands(shown as Members)) this.#lookForErased(tenant);
    if (
      answers?.[0] === undefined ||
      answers[1] === undefined ||
      answers[2] === undefined ||
      life !== this.machine.life
    )
      return undefined;
    if (this.machine.trapped > 0 && !isDeepStrictEqual(answers[0], answers[3])) return undefined;
    const seen: Seen = {
      agents: (answers[0] as { agents: Members[] }).agents,
      contacts: (answers[1] as { contacts: Members[] }).contacts,
      accounts: (answers[2] as { accounts: Members[] }).accounts,
    };
    this.auditors.get(tenant)!.looked(seen, asked);
    return seen;
  }

  #lookForErased(tenant: string): void {
    this.auditors.get(tenant)!.erasures.lookAtDisk(this.disk.disk.tenant(tenant));
  }

  lookAtDisk(): void {
    for (const tenant of this.setting.tenants) this.#lookForErased(tenant);
    for (const tenant of this.disk.disk.tenants.values()) {
      for (const fault of journalFaults(tenant)) this.breach(fault);
      if (!tenant.cores.has(this.machine.writes)) this.breach('the build of the core that runs is not kept');
    }
  }
}
