// A busy day of a small tenant on the real modules, and what its agents were told while it went on: what every explanation
// of it has to come to.

import { expect } from 'vitest';
import { loadCoreBuild } from '../../src/engine/core-build.ts';
import { InProcessCorePool } from '../../src/engine/in-process-core-pool.ts';
import { DecisionsTold, decisionsIn } from '../../src/explain/decisions.ts';
import { type Question, StoredExplanations } from '../../src/explain/stored-explanations.ts';
import type { Explanation } from '../../src/protocol/explanation.ts';
import { explanation as explanationSchema } from '../../src/protocol/explanation.ts';
import { selections, words } from '../../src/protocol/states.ts';
import { faultOf } from '../../src/protocol/validation.ts';
import { Shadow } from '../../src/store/shadow.ts';
import type { CoreBuild } from '../../src/store/store.ts';
import type { Random } from '../core/random.ts';
import { DomainWorld, type Members, type Who } from '../domain/domain-world.ts';

const agents = ['ada', 'bob', 'cid', 'dan', 'eve'];
const steps = [
  { afterMs: 2_000, lower: { skill: 'german', level: 2 } },
  { afterMs: 5_000, drop: 'german', priority: 2 },
];

const queues = [
  // Its `select` is another one on each day.
  { queueId: 'sales', channels: ['voice', 'chat'], wrapUpMs: 3_000, offerMs: 4_000, afterRejectMs: 2_000 },
  {
    queueId: 'help',
    channels: ['voice', 'chat'],
    select: 'bestSkilled',
    ageingPerSecond: 0.1,
    weight: 2,
    offerMs: 4_000,
    steps,
  },
  { queueId: 'desk', channels: ['chat'], select: 'linear', order: 'firstCome', wrapUpMs: 500, missedBeforeNotReady: 2 },
];

export class ExplainedDay {
  readonly told = new DecisionsTold();
  readonly world: DomainWorld;
  readonly random: Random;
  #made = 0;
  #offers: { who: Who; offerId: string }[] = [];

  private constructor(random: Random, world: DomainWorld) {
    this.random = random;
    this.world = world;
  }

  static async start(random: Random): Promise<ExplainedDay> {
    const day = new ExplainedDay(random, await DomainWorld.start());
    await day.world.ok('admin:root', 'tenant.get');
    const select = random.pick(words(selections));
    for (const queue of queues) await day.world.ok('admin:root', 'queue.set', { select, ...queue });
    for (const agentId of agents) {
      const skills = random.chance(60) ? { german: random.between(1, 9), dutch: random.between(1, 9) } : {};
      const named = random.chance(30) ? { queues: ['sales', 'desk'] } : {};
      await day.world.ok('admin:root', 'agent.set', {
        agentId,
        skills,
        capacity: { voice: 1, chat: 2, total: 2 },
        ...named,
      });
    }
    return day;
  }

  /** The process ends and another starts, maybe with another build. */
  async restart(build?: CoreBuild, downMs = 1_000): Promise<void> {
    await this.world.harness.partition.stop();
    this.world.build = build;
    this.world.clock.advance(downMs);
    await this.world.reopen();
    this.#listen();
  }

  async busy(ticks: number): Promise<void> {
    const { random } = this;
    for (let tick = 0; tick < ticks; tick++) {
      const agent = `agent:${random.pick(agents)}` as const;
      const kind = random.between(1, 100);
      if (kind <= 34) await this.#create();
      else if (kind <= 58) await this.#answer();
      else if (kind <= 68) await this.#quietly('switch:pbx', 'contact.end', { contactId: this.#contact() });
      else if (kind <= 72) await this.#quietly('switch:pbx', 'contact.cancel', { contactId: this.#contact() });
      else if (kind <= 75)
        await this.#quietly('switch:pbx', 'contact.update', {
          contactId: this.#contact(),
          priority: random.between(0, 5),
        });
      else if (kind <= 82) await this.#quietly(agent, 'contact.wrapUpDone', { contactId: this.#contact() });
      else if (kind <= 87) await this.#quietly(agent, 'agent.login');
      else if (kind <= 96) await this.#quietly(agent, 'agent.ready');
      else if (kind <= 98) await this.#quietly(agent, 'agent.notReady', { reason: 'break' });
      else await this.#quietly(agent, 'agent.logout', { when: 'idle' });
      if (random.chance(40)) await this.#pass(random.between(1, 1_500));
    }
  }

  get contactIds(): string[] {
    return Array.from({ length: this.#made }, (_, at) => `c${at + 1}`);
  }

  async #quietly(who: Who, method: Parameters<DomainWorld['call']>[1], params: Members = {}): Promise<void> {
    await this.world.call(who, method, params);
    this.#listen();
  }

  /** Timers fire at the times they are due, one turn each, so that what is heard was said then. */
  async #pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; ) {
      const step = Math.min(left, 100);
      await this.world.pass(step);
      left -= step;
      this.#listen();
    }
  }

  async #create(): Promise<void> {
    const { random } = this;
    this.#made++;
    const queueId = random.pick(['sales', 'help', 'desk']);
    await this.#quietly('switch:pbx', 'contact.create', {
      contactId: `c${this.#made}`,
      channel: queueId === 'desk' ? 'chat' : random.pick(['voice', 'chat']),
      queueId,
      ...(random.chance(30) && { requires: { all: [{ skill: 'german', level: random.between(1, 6) }] } }),
      ...(random.chance(15) && { requires: { any: [{ skill: 'german', level: 5 }, { skill: 'dutch' }] } }),
      ...(random.chance(30) && { priority: random.between(-3, 3) }),
      ...(random.chance(15) && { waitCreditMs: 5_000 }),
      ...(random.chance(25) && { agentId: random.pick(agents), direct: { waitMs: 10_000 } }),
    });
  }

  #contact(): string {
    return `c${this.random.between(Math.max(1, this.#made - 10), Math.max(1, this.#made))}`;
  }

  async #answer(): Promise<void> {
    const offer = this.#offers.pop();
    if (offer === undefined) return;
    const method = this.random.chance(75) ? 'offer.accept' : 'offer.reject';
    await this.#quietly(offer.who, method, { offerId: offer.offerId });
  }

  #listen(): void {
    const now = this.world.clock.now();
    for (const { to, event, params } of this.world.told()) {
      const [role, agentId] = to.split(':');
      if (role !== 'agent') continue;
      this.told.hear({ role, sub: agentId! }, event, params, now);
      if (event === 'offer.created') this.#offers.push({ who: to, offerId: params.offerId as string });
    }
  }

  /** From what is stored now. */
  async explain(contactId: string, more: Partial<Question> = {}, build?: CoreBuild): Promise<Explanation> {
    return this.#explaining(build, (explanations) => explained(explanations, { contactId, ...more }));
  }

  /** Explains every contact that is remembered (and came at such a time), and compares with what was heard then. */
  async expectExplained(came: (arrivedAt: number) => boolean = () => true, build?: CoreBuild): Promise<Explanation[]> {
    return this.#explaining(build, async (explanations) => {
      const told: Explanation[] = [];
      for (const contactId of this.contactIds) {
        const known = await this.world.call('admin:root', 'contact.get', { contactId });
        if (!('result' in known) || !came((known.result as Members).arrivedAt as number)) continue;
        const explanation = await explained(explanations, { contactId, agentsMax: 2 });
        expect(faultOf(explanationSchema, explanation), contactId).toBeUndefined();
        expect(decisionsIn(explanation), contactId).toEqual(this.told.of(contactId));
        const { agentId, lineId, connectedAt } = known.result as Members;
        if (connectedAt !== undefined) {
          const at = explanation.arrivedAt + explanation.waitedMs;
          expect([explanation.agentId, explanation.lineId, at], contactId).toEqual([agentId, lineId, connectedAt]);
        }
        told.push(explanation);
      }
      return told;
    });
  }

  async #explaining<T>(build: CoreBuild = loadCoreBuild(), ask: (from: StoredExplanations) => Promise<T>): Promise<T> {
    const pool = new InProcessCorePool(16_384);
    const explanations = new StoredExplanations(this.world.opened, pool, build);
    try {
      return await ask(explanations);
    } finally {
      explanations.close();
      await pool.close();
    }
  }
}

async function explained(explanations: StoredExplanations, question: Question): Promise<Explanation> {
  const explanation = await explanations.explain(question);
  if (typeof explanation === 'string') throw new Error(`${question.contactId}: ${explanation}`);
  return explanation;
}

/** As the shadow does; returns the time of its last entry. */
export async function takeSnapshot(world: DomainWorld): Promise<number> {
  const { journal, snapshots } = world.opened;
  const build = world.build ?? loadCoreBuild();
  const pool = new InProcessCorePool(16_384);
  const shadow = new Shadow({
    journal,
    snapshots,
    pool,
    partition: 'snapshot',
    build,
    snapshotEveryEntries: 1_000_000,
    snapshotEveryMs: 1_000_000_000,
    gatherMs: 0,
    onDivergence: (number) => {
      throw new Error(`entry ${number} gives other effects`);
    },
  });
  await shadow.start();
  await shadow.caughtUp();
  await shadow.snapshotNow();
  await shadow.close();
  await pool.close();
  return snapshots.list()[0]!.at;
}
