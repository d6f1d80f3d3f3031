// A plan against a router: one that runs, over real sockets, or one of its own in virtual time (stage.ts).
//
//   timeline ─▶ contacts arrive, hang up, have been served ─▶ switch ─┐                    ┌─▶ ledger: what became of each
//            ─▶ shifts begin and end, breaks            ─▶ agents ─┴─▶ the router ──────┴─▶ timeline: when service ends
//
// Everything happens on one timeline in recorded time. Waits are the router's own numbers times the speed; at `max` they
// are the recorded time between arrival and connection. Every contact is accounted for in the ledger, by what the
// router said of it; at the end the router is asked whether any of them still lives.

import { ConnectionClosedError } from '../client/client.ts';
import type { Wake } from '../engine/clock.ts';
import { problemsKeptMax, simulatedConnectsMax } from '../limits.ts';
import { Activity } from './activity.ts';
import { CallLedger, type Totals } from './call-ledger.ts';
import { type Latency, LatencyWatch } from './latency-watch.ts';
import { Pauses } from './pauses.ts';
import type { Plan, PlannedAgent, PlannedContact } from './plan.ts';
import { agentSettings, contactsIn, recordedMsOf, setUp, wishesAt } from './replay-setting.ts';
import { SimulatedAgent } from './simulated-agent.ts';
import { SimulatedSwitch } from './simulated-switch.ts';
import type { Party, Stage } from './stage.ts';
import { PacedTimeline, type Timeline } from './timeline.ts';

export interface ReplaySettings<Contact extends PlannedContact = PlannedContact> {
  readonly stage: Stage;
  readonly plan: Plan<Contact>;
  readonly prefix: string;
  /** Stops it early, but in order: contacts are ended and agents logged out. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly onNotice?: (text: string) => void;
  /** When all is over, before anybody leaves: what else the router is to be asked. */
  readonly onPlayed?: (admin: Party) => Promise<void>;
}

export interface Progress {
  readonly recordedAt: number;
  readonly totals: Totals;
  readonly agentsLoggedIn: number;
  readonly agentsOnBreak: number;
  readonly latency: Latency;
}

export interface ReplayOutcome<Contact extends PlannedContact = PlannedContact> {
  readonly ledger: CallLedger<Contact>;
  readonly stopped: boolean;
  readonly wallMs: number;
  readonly latency: Latency;
  /** How late events happened, in recorded time: what this process, not the router, could not keep up with. */
  readonly lateMs: { readonly mean: number; readonly max: number } | undefined;
  readonly connectionsLost: number;
  readonly offersMissed: number;
  /** Contacts of this replay that the router still had when all was over: there must be none. */
  readonly stillThere: readonly string[];
  readonly problems: readonly string[];
  readonly problemCount: number;
}

export async function runReplay<Contact extends PlannedContact>(
  settings: ReplaySettings<Contact>,
): Promise<ReplayOutcome<Contact>> {
  const replay = new Replay(settings);
  try {
    return await replay.run();
  } finally {
    replay.close();
    await settings.stage.close();
  }
}

const progressEveryMs = 1_000;
/** A break begins with the end of a call: the agent must not be offered the next caller in between. */
const leaveBeforeMs = 1;

class Replay<Contact extends PlannedContact> {
  readonly #settings: ReplaySettings<Contact>;
  readonly #ledger: CallLedger<Contact>;
  readonly #activity = new Activity();
  readonly #latency = new LatencyWatch();
  readonly #timeline: Timeline;
  readonly #pauses: Pauses;
  readonly #agents = new Map<string, SimulatedAgent>();
  readonly #problems: string[] = [];
  #problemCount = 0;
  #connectionsLost = 0;
  #admin: Party | undefined;
  #switchParty: Party | undefined;
  #switch: SimulatedSwitch | undefined;
  #over = false;
  #progress: Wake | undefined;
  #fatal: ((error: Error) => void) | undefined;

  constructor(settings: ReplaySettings<Contact>) {
    this.#settings = settings;
    this.#ledger = new CallLedger(settings.plan);
    this.#pauses = new Pauses(settings.plan.agents);
    this.#timeline = settings.stage.timeline(settings.plan.startsAt, () => this.#settled());
  }

  async run(): Promise<ReplayOutcome<Contact>> {
    const { plan, prefix, stage, onNotice } = this.#settings;
    const { clock, speed } = stage;
    const fatal = new Promise<never>((_, reject) => {
      this.#fatal = reject;
    });
    fatal.catch(() => {});
    await this.#connect();
    const cleared = await setUp(this.#admin!, this.#switchParty!, plan, prefix, speed);
    if (cleared.contactsCleared + cleared.agentsLoggedOut > 0)
      onNotice?.(
        `cleared away what an earlier run left: ${cleared.contactsCleared} contacts, ${cleared.agentsLoggedOut} agents logged in`,
      );
    this.#schedule();
    const startedAt = clock.now();
    this.#reportProgress();
    await Promise.race([this.#play(), fatal]);
    const wallMs = clock.now() - startedAt;
    const stopped = this.#settings.signal?.aborted ?? false;
    await Promise.race([this.#clearAway(), fatal]);
    const stillThere = await Promise.race([contactsIn(this.#admin!, plan), fatal]);
    await this.#settings.onPlayed?.(this.#admin!);
    this.#over = true;
    return {
      ledger: this.#ledger,
      stopped,
      wallMs,
      latency: this.#latency.measured(),
      lateMs: this.#timeline instanceof PacedTimeline ? this.#timeline.lateMs : undefined,
      connectionsLost: this.#connectionsLost,
      offersMissed: [...this.#agents.values()].reduce((sum, agent) => sum + agent.offersMissed, 0),
      stillThere,
      problems: this.#problems,
      problemCount: this.#problemCount,
    };
  }

  close(): void {
    this.#over = true;
    this.#progress?.cancel();
    this.#timeline.stop();
    for (const agent of this.#agents.values()) agent.close();
    this.#switch?.close();
    this.#admin?.close();
  }

  // ── Before ──

  async #connect(): Promise<void> {
    const { plan, prefix } = this.#settings;
    this.#admin = await this.#party('admin', `${prefix}admin`);
    this.#switchParty = await this.#party('switch', `${prefix}switch`);
    this.#switch = new SimulatedSwitch(this.#switchParty, this.#activity, {
      created: (contactId) => this.#ledger.created(contactId),
      turnedAway: (contactId) => this.#ledger.turnedAway(contactId),
      refused: (contactId, why) => this.#ledger.refused(contactId, why),
      queued: (contactId, estimatedMs) => this.#queued(contactId, estimatedMs),
      offered: (contactId) => this.#latency.offered(contactId, this.#settings.stage.clock.now()),
      connected: (contactId, agentId, waitedMs) => this.#connected(contactId, agentId, waitedMs),
      ended: (contactId, waitedMs) => this.#ended(contactId, waitedMs),
      sentAway: (contactId, waitedMs) => {
        this.#latency.drop(contactId);
        this.#ledger.sentAway(contactId, this.#recordedWait(contactId, waitedMs));
      },
      stateTakenAnew: () => this.#withoutEnd(),
      failed: (what, error) => this.#failed(what, error),
    });
    for (let from = 0; from < plan.agents.length; from += simulatedConnectsMax)
      await Promise.all(plan.agents.slice(from, from + simulatedConnectsMax).map((agent) => this.#connectAgent(agent)));
  }

  async #connectAgent({ agentId }: PlannedAgent): Promise<void> {
    const client = await this.#party('agent', agentId);
    const failed = (what: string, error: unknown) => this.#failed(what, error);
    this.#agents.set(agentId, new SimulatedAgent(agentId, client, this.#activity, failed));
  }

  #party(role: 'admin' | 'switch' | 'agent', sub: string): Promise<Party> {
    const { stage, onNotice } = this.#settings;
    return stage.connect(role, sub, (who, what, reason) => {
      if (this.#over) return;
      if (what === 'lost') {
        this.#connectionsLost++;
        this.#latency.dropAll();
      }
      // One line for the router being away, not one for every agent.
      if (role === 'switch')
        onNotice?.(what === 'lost' ? `${who} lost its connection: ${reason}` : `${who} is connected`);
    });
  }

  #schedule(): void {
    const { plan, stage } = this.#settings;
    const wishesOf = wishesAt(plan, stage.speed);
    for (const contact of plan.contacts)
      this.#timeline.at(contact.arrivedAt, () => this.#arrive(contact, wishesOf(contact)));
    for (const planned of plan.agents) {
      const agent = this.#agents.get(planned.agentId)!;
      for (const shift of planned.shifts) {
        const settings = agentSettings(planned, shift);
        this.#timeline.at(shift.from, () => agent.logIn(() => this.#admin!.call('agent.set', settings)));
        for (const pause of shift.breaks) {
          let end = () => {};
          this.#timeline.at(Math.max(shift.from, pause.from - leaveBeforeMs), () => {
            end = agent.takeBreak();
          });
          this.#timeline.at(pause.to, () => end());
        }
        this.#timeline.at(shift.to - leaveBeforeMs, () => agent.logOut());
      }
    }
  }

  // ── While it runs ──

  /** Until nothing is left to happen and nothing is on its way; an answer may bring something more to happen. */
  async #play(): Promise<void> {
    const { signal } = this.#settings;
    if (signal?.aborted) return;
    signal?.addEventListener('abort', () => this.#timeline.stop(), { once: true });
    do {
      await this.#timeline.run();
      await this.#settled();
    } while (this.#timeline.pending > 0 && !signal?.aborted);
  }

  /** Every request is answered, no contact rings, and the router has told the switch all that it had to tell. */
  async #settled(): Promise<void> {
    for (;;) {
      await this.#activity.quiet();
      const begun = this.#activity.begun;
      await this.#settings.stage.heardEverything(this.#switchParty!);
      if (this.#activity.isQuiet && this.#activity.begun === begun) return;
    }
  }

  #arrive({ contactId, arrivedAt, patienceMs }: PlannedContact, wishes: PlannedContact['wishes']): void {
    const { stage } = this.#settings;
    // While the router is away there is nothing to measure of it, and in virtual time nothing takes any time.
    if (this.#switchParty!.isOpen && stage.speed !== 'virtual') this.#latency.sent(contactId, stage.clock.now());
    this.#switch!.create(contactId, wishes);
    if (patienceMs !== undefined)
      this.#timeline.at(arrivedAt + patienceMs, () => {
        const fate = this.#ledger.entry(contactId)!.fate;
        if (fate === 'planned' || fate === 'created') this.#switch!.cancel(contactId);
      });
  }

  #queued(contactId: string, estimatedMs: number | null): void {
    this.#latency.drop(contactId);
    const recordedMs = estimatedMs === null ? undefined : recordedMsOf(estimatedMs, this.#settings.stage.speed);
    if (recordedMs !== undefined) this.#ledger.told(contactId, recordedMs);
  }

  #connected(contactId: string, agentId: string, waitedMs: number): void {
    if (!this.#ledger.connected(contactId, agentId, this.#recordedWait(contactId, waitedMs))) return;
    const serviceMs = this.#ledger.entry(contactId)!.planned.serviceMs;
    const now = this.#timeline.now();
    this.#timeline.at(now + serviceMs, () => this.#switch!.end(contactId));
    const agent = this.#agents.get(agentId)!;
    const pauseMs = this.#pauses.afterCall(agentId, now);
    // Not ready from now on, so that nothing can come between the end of the call and the pause.
    if (pauseMs > 0 && agent.mood === 'ready') this.#timeline.at(now + serviceMs + pauseMs, agent.takeBreak());
  }

  #ended(contactId: string, waitedMs: number): void {
    this.#latency.drop(contactId);
    this.#ledger.ended(contactId, this.#recordedWait(contactId, waitedMs));
  }

  #recordedWait(contactId: string, waitedMs: number): number {
    const recordedMs = recordedMsOf(waitedMs, this.#settings.stage.speed);
    if (recordedMs !== undefined) return recordedMs;
    const arrivedAt = this.#ledger.entry(contactId)?.planned.arrivedAt;
    return arrivedAt === undefined ? 0 : this.#timeline.now() - arrivedAt;
  }

  #withoutEnd(): string[] {
    this.#ledger.forgetAgents();
    const contactIds: string[] = [];
    for (const { planned, fate } of this.#ledger.entries())
      if (fate === 'created' || fate === 'connected') contactIds.push(planned.contactId);
    return contactIds;
  }

  #failed(what: string, error: unknown): void {
    if (this.#over) return;
    const text = `${what}: ${error instanceof Error ? error.message : String(error)}`;
    if (error instanceof ConnectionClosedError) this.#fatal?.(new Error(text, { cause: error }));
    this.#problemCount++;
    if (this.#problems.length < problemsKeptMax) this.#problems.push(text);
  }

  #reportProgress(): void {
    const { onProgress, stage } = this.#settings;
    const { clock } = stage;
    if (onProgress === undefined || this.#over) return;
    const moods = [...this.#agents.values()].map((agent) => agent.mood);
    onProgress({
      recordedAt: this.#timeline.now(),
      totals: this.#ledger.totals(),
      agentsLoggedIn: moods.filter((mood) => mood !== 'loggedOut').length,
      agentsOnBreak: moods.filter((mood) => mood === 'break').length,
      latency: this.#latency.measured(),
    });
    this.#progress = clock.wakeAt(clock.now() + progressEveryMs, () => this.#reportProgress());
  }

  // ── After ──

  /** Whoever still waits is taken away and counted; after a stop, those in service too; then agents log out. */
  async #clearAway(): Promise<void> {
    for (const agent of this.#agents.values()) if (agent.mood !== 'loggedOut') agent.logOut();
    for (const { planned, fate } of this.#ledger.entries()) {
      if (fate === 'created') {
        this.#ledger.leftOver(planned.contactId);
        this.#switch!.end(planned.contactId);
      } else if (fate === 'connected') this.#switch!.end(planned.contactId);
    }
    await this.#settled();
  }
}
