// From an agent becoming free to the INVITE at the telephone, with a real Asterisk: the router's part and Asterisk's, and the same calls given to
// Asterisk's own Queue() in turn with it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StrowgerClient } from '../../src/client/client.ts';
import { signToken } from '../../src/transport/authentication.ts';
import { type Benchmark, must, type Numbers, type Prepared } from '../harness/benchmark.ts';
import { percentiles } from '../harness/statistics.ts';
import {
  channelsAlive,
  credentials,
  numbers,
  ports,
  queueName,
  startAsterisk,
  stopAsterisk,
  withoutAsterisk,
} from '../load/asterisk/bench-asterisk.ts';
import { ManagerSession } from '../load/asterisk/manager-session.ts';
import { ServedAdapter } from '../load/asterisk/served-adapter.ts';
import {
  type Desks,
  type Offering,
  type Outcome,
  offeredCalls,
  TelephoneLoad,
  type Turn,
} from '../load/asterisk/telephone-load.ts';
import { Served, secret, tenant } from '../load/served.ts';
import { hasNative } from './native.ts';

const topology = `
  this process: callers, telephones and desktops             process 2                process 3        process 4
  ┌───────────────────────────────────────────┐  SIP   ┌────────────────────┐  ARI  ┌─────────┐      ┌────────┐
  │ customers call, wait, speak, hang up      │ ─────▶ │ Asterisk           │ ◀───▶ │ adapter │ ◀──▶ │ router │
  │ telephones ring, answer, hang up          │ ◀───── │   one number: ─────┼─────▶ └─────────┘      └────────┘
  │                                           │        │   another: Queue() │  the reference            ▲
  │ desktops: wrap-up is over ────────────────┼─ AMI ─▶└────────────────────┘                           │
  │                       └───────────────────┼─────────────────────────────── contact.wrapUpDone ──────┘
  └───────────────────────────────────────────┘
    free ─ contact.wrapUpDone ─▶ leg.ring at the adapter ─▶ originate ─▶ INVITE at the telephone
    └────────── the router's part ──────┘ └─────── Asterisk's part ─────────┘
    free ─ QueuePause off ───────────────────────────────▶ INVITE at the telephone               the reference
`;

const agentsCount = 20;
const wrapUpMs = 300;
const answerMs = 100;
/** Calls are far shorter than people's, so that there are enough of them in a repetition. */
const serviceMs = 1_000;
const serviceMsMin = 300;
const switchId = 'pbx';
const queueId = 'sales';
const hourMs = 3_600_000;
const longMs = 60_000;
const reference = 'Queue() of Asterisk';

const ms = { unit: 'ms', better: 'less' } as const;

interface Load {
  readonly percent: number;
  readonly seconds: number;
  readonly patienceMs: number;
}

export const asterisk: Benchmark = {
  name: 'asterisk',
  about: 'telephones at a real Asterisk: from an agent being free to the INVITE, and the same calls given to Queue()',
  topology,
  measures: {
    'free to INVITE p50': ms,
    'free to INVITE p90': ms,
    'the router’s part p50': ms,
    'Asterisk’s part p50': ms,
    'mean wait': ms,
    'wait p90': ms,
    handled: { unit: 'calls/s', better: 'more' },
  },
  drawn: ['free to INVITE p50', 'mean wait'],
  async cases({ quick, otherNode }) {
    if (otherNode) return [];
    const why = withoutAsterisk();
    if (why !== undefined) {
      process.stderr.write(`  without Asterisk: ${why}\n`);
      return [];
    }
    const usual: Load = { percent: 90, seconds: 4, patienceMs: 10_000 };
    const tooMuch: Load = { percent: 150, seconds: 3, patienceMs: 3_000 };
    const loads = quick ? [tooMuch] : [usual, tooMuch];
    return loads.map((load) => {
      const offering = offeringOf(load);
      return {
        name: `${load.percent}% of what the agents can take`,
        parameters: { agents: agentsCount, wrapUpMs, answerMs, ...offering },
        repetitions: 5,
        prepare: () => prepared(offering),
      };
    });
  },
};

/** A hundred per cent is what agents could take who are rung in no time. */
function offeringOf({ percent, seconds, patienceMs }: Load): Offering {
  const callsPerSecond = (agentsCount / ((serviceMs + wrapUpMs + answerMs) / 1000)) * (percent / 100);
  return {
    atFirst: agentsCount,
    calls: Math.round(callsPerSecond * seconds),
    callsPerSecond,
    serviceMs,
    serviceMsMin,
    patienceMs,
  };
}

async function prepared(offering: Offering): Promise<Prepared> {
  const closing: (() => unknown)[] = [];
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    return { ...(await started(offering, closing)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function started(offering: Offering, closing: (() => unknown)[]): Promise<Omit<Prepared, 'close'>> {
  const agents = Array.from({ length: agentsCount }, (_, index) => `a${index + 1}`);
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const settings = (await hasNative()) ? {} : { transport: 'ws' as const };
  const router = await Served.start({ kind: 'router', dataDir: join(folder, 'data'), settings });
  closing.push(() => router.stop());
  const session = await sessionsWith(router.url, closing);
  const token = await tokenOf('switch', switchId);
  const adapter = await ServedAdapter.start({ router: router.url, token, switchId, credentials });
  // Asterisk last: it is lost to nobody.
  closing.push(stopAsterisk);
  closing.push(() => adapter.stop());
  startAsterisk(agents, adapter.port);
  const admin = await session('admin', 'bench');
  await admin.call('queue.set', { queueId, channels: ['voice'], wrapUpMs: longMs, missedBeforeNotReady: 0 });
  await admin.call('entry.set', { entry: numbers.router, queueId });
  const desks = new RouterDesks();
  for (const agentId of agents) {
    await admin.call('agent.set', { agentId, name: agentId, capacity: { voice: 1 } });
    await desks.login(agentId, await session('agent', agentId));
  }
  await adapter.routed;
  const counted: Record<string, string> = {};
  const { user, password } = credentials;
  const manager = await ManagerSession.open(ports.manager, user, password, (fields) => {
    if (fields.Event === 'QueueParams') Object.assign(counted, fields);
    if (fields.Event === 'AgentConnect') besideQueue.connected(fields.Interface ?? '');
  });
  const besideQueue = new QueueDesks(manager);
  closing.push(() => manager.close());
  const load = await TelephoneLoad.open(agents, { answerMs, wrapUpMs });
  closing.push(() => load.close());

  const played = { router: [] as Outcome[], queue: [] as Outcome[] };
  const ownCounts = { router: 0, queue: 0 };
  const rung = new Map<string, number[]>();
  adapter.onRung = (from, at) => void rung.set(from, [...(rung.get(from) ?? []), at]);
  // The two of one repetition are offered the same calls.
  const next = (of: Outcome[]) => offeredCalls(of.length + 1, offering);
  return {
    subjects: [
      {
        name: reference,
        async run() {
          const outcome = await load.play(numbers.queue, besideQueue, next(played.queue));
          played.queue.push(outcome);
          return numbersOf(outcome);
        },
      },
      {
        name: 'router',
        reference,
        async run() {
          const outcome = await load.play(numbers.router, desks, next(played.router));
          played.router.push(outcome);
          return { ...numbersOf(outcome), ...partsOf(outcome.turns, rung) };
        },
      },
    ],
    async check() {
      must(channelsAlive() === 0, 'Asterisk has no channel left');
      const supervisor = await session('supervisor', 'bench');
      const { queues } = await supervisor.call('supervisor.watch', { agents: [] });
      const { answered, abandoned, waiting } = queues[0] as { answered: number; abandoned: number; waiting: number };
      must(waiting === 0, 'nobody waits at the router');
      counts('the router', played.router, answered);
      // Who hangs up before the router has heard of the call is in no statistics.
      const calls = callsOf(played.router);
      must(
        answered + abandoned <= calls,
        `the router has counted ${answered + abandoned} of ${calls} calls, none twice`,
      );
      await manager.ask('QueueStatus', { Queue: queueName });
      await new Promise((resolve) => setTimeout(resolve, 200));
      counts('Queue()', played.queue, Number(counted.Completed));
      ownCounts.router = abandoned;
      ownCounts.queue = Number(counted.Abandoned);
      return [
        'every call was given to one telephone and hung up by it after its service, or its customer hung up before',
        'the router and Queue() have counted as many answered as the telephones, and none twice',
        'no channel is left at Asterisk, nobody waits',
      ];
    },
    facts: () => ({
      'What became of the calls, all repetitions': [
        factsOf(reference, played.queue, ownCounts.queue),
        factsOf('router', played.router, ownCounts.router),
      ],
    }),
  };
}

function tokenOf(role: 'admin' | 'agent' | 'switch' | 'supervisor', sub: string): Promise<string> {
  const now = Date.now();
  return signToken(secret, { tenant, role, sub }, now, now + hourMs);
}

function sessionsWith(url: string, closing: (() => unknown)[]) {
  return async (role: 'admin' | 'agent' | 'supervisor', sub: string): Promise<StrowgerClient> => {
    const client = await StrowgerClient.connect({ url, token: await tokenOf(role, sub) });
    closing.push(() => client.close());
    return client;
  };
}

// ── desktops ──

interface RouterDesk {
  readonly client: StrowgerClient;
  /** The contact that its agent wraps up. */
  wrapsUp?: string;
  whenWrapsUp?: () => void;
  whenConnected?: () => void;
}

/** Agents' desktops at the router. */
class RouterDesks implements Desks {
  readonly #agents = new Map<string, RouterDesk>();
  readonly #serving = new Set<string>();

  async login(agentId: string, client: StrowgerClient): Promise<void> {
    const desk: RouterDesk = { client };
    this.#agents.set(agentId, desk);
    client.on('contact.connected', () => desk.whenConnected?.());
    client.on('contact.wrapUp', ({ contactId }) => {
      desk.wrapsUp = contactId;
      desk.whenWrapsUp?.();
      // Whoever hangs up as the telephone is answered may have been joined for a moment.
      if (!this.#serving.has(agentId)) void this.done(agentId, () => {});
    });
    await client.call('agent.login', { lines: [{ lineId: `${agentId}.1`, channel: 'voice' }] });
    await client.call('agent.ready', {});
  }

  took(agent: string): Promise<void> {
    this.#serving.add(agent);
    return new Promise((resolve) => {
      this.#agents.get(agent)!.whenConnected = resolve;
    });
  }

  async done(agent: string, saying: () => void): Promise<void> {
    const desk = this.#agents.get(agent)!;
    if (desk.wrapsUp === undefined)
      await new Promise<void>((resolve) => {
        desk.whenWrapsUp = resolve;
      });
    const contactId = desk.wrapsUp!;
    delete desk.wrapsUp;
    this.#serving.delete(agent);
    saying();
    await desk.client.call('contact.wrapUpDone', { contactId });
  }
}

/** Beside Asterisk's own queue: an agent who wraps up has left it for a moment. */
class QueueDesks implements Desks {
  readonly #manager: ManagerSession;
  readonly #whenConnected = new Map<string, () => void>();

  constructor(manager: ManagerSession) {
    this.#manager = manager;
  }

  /** The queue has brought somebody together with the telephone of that interface. */
  connected(ofInterface: string): void {
    this.#whenConnected.get(ofInterface)?.();
  }

  took(agent: string): Promise<void> {
    void this.#pause(agent, true);
    return new Promise((resolve) => this.#whenConnected.set(interfaceOf(agent), resolve));
  }

  done(agent: string, saying: () => void): Promise<void> {
    saying();
    return this.#pause(agent, false);
  }

  #pause(agent: string, isPaused: boolean): Promise<void> {
    return this.#manager.ask('QueuePause', {
      Queue: queueName,
      Interface: interfaceOf(agent),
      Paused: String(isPaused),
    });
  }
}

function interfaceOf(agent: string): string {
  return `PJSIP/${agent}`;
}

// ── numbers ──

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function numbersOf({ turns, waitsMs, handled, seconds }: Outcome): Numbers {
  must(turns.length > 0, 'somebody waited for an agent');
  const [p50, p90] = percentiles(
    turns.map(({ freeAt, invitedAt }) => invitedAt - freeAt),
    [500, 900],
  );
  return {
    'free to INVITE p50': p50!,
    'free to INVITE p90': p90!,
    'mean wait': mean(waitsMs),
    'wait p90': percentiles(waitsMs, [900])[0]!,
    handled: handled / seconds,
  };
}

/** `rung`: when the adapter was asked for a telephone, by the caller's number. */
function partsOf(turns: readonly Turn[], rung: ReadonlyMap<string, readonly number[]>): Numbers {
  const parts = turns.map(({ from, freeAt, invitedAt }) => {
    const at = rung.get(from)?.findLast((one) => one >= freeAt && one <= invitedAt);
    must(at !== undefined, `the router asked for a telephone for ${from} between the two`);
    return { router: at - freeAt, asterisk: invitedAt - at };
  });
  const median = (values: readonly number[]) => percentiles(values, [500])[0]!;
  return {
    'the router’s part p50': median(parts.map(({ router }) => router)),
    'Asterisk’s part p50': median(parts.map(({ asterisk }) => asterisk)),
  };
}

function sumOf(outcomes: readonly Outcome[], of: (outcome: Outcome) => number): number {
  return outcomes.reduce((total, outcome) => total + of(outcome), 0);
}

function callsOf(outcomes: readonly Outcome[]): number {
  return sumOf(outcomes, ({ handled, gaveUp }) => handled + gaveUp);
}

/** Who hangs up in the moment of being answered may be counted as either. */
function counts(who: string, outcomes: readonly Outcome[], answered: number): void {
  const crossed = sumOf(outcomes, (one) => one.crossed);
  const handled = sumOf(outcomes, (one) => one.handled);
  const isSo = answered >= handled && answered <= handled + crossed;
  must(isSo, `${who} counts ${handled} answered, and perhaps ${crossed} more who hung up at once; it says ${answered}`);
}

function factsOf(who: string, outcomes: readonly Outcome[], abandoned: number) {
  return {
    '': who,
    handled: sumOf(outcomes, (one) => one.handled),
    'given up': sumOf(outcomes, (one) => one.gaveUp),
    'given up, by its own count': abandoned,
    'rung in the middle of a call': sumOf(outcomes, (one) => one.rungWhileBusy),
    'agents for whom somebody waited': sumOf(outcomes, (one) => one.turns.length),
  };
}
