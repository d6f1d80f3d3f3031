// What queues may have done with contacts that nobody had answered yet, by all policies that were ever set.

import { isDeepStrictEqual } from 'node:util';
import type { Members } from '../setting.ts';
import type { Register } from './commands.ts';
import type { ExitsEver } from './contact-ledger.ts';

/** The exits of a policy, and the reason for which a contact ends by each. */
const endings = {
  whenTimedOut: 'timedOut',
  whenNobody: 'nobody',
  whenExhausted: 'exhausted',
  whenUnanswered: 'unanswered',
} as const;
const exits = ['whenFull', 'whenClosed', 'whenNobodyReady', ...Object.keys(endings)];

export class ExitsOfSettings implements ExitsEver {
  readonly #settings: ReadonlyMap<string, Register>;
  /** Without them only a queue that is closed by hand keeps anybody out, and sends nobody away who waits. */
  readonly #hasExits: boolean;

  constructor(settings: ReadonlyMap<string, Register>, hasExits: boolean) {
    this.#settings = settings;
    this.#hasExits = hasExits;
  }

  leads(from: string, to: string): boolean {
    const reached = new Set([from]);
    for (const queueId of reached)
      for (const policy of this.#ever(queueId)) for (const next of ledTo(policy)) reached.add(next);
    return reached.has(to);
  }

  /** Who loses the agent may be sent back to the queue by itself. */
  get sendsTheLost(): boolean {
    for (const [key, register] of this.#settings) {
      const ever = register.ever() as (Members | undefined)[];
      if (key.startsWith('queue ') && ever.some((policy) => policy?.whenLegLost === 'queue')) return true;
      const isLost = (given: Members | undefined) => (given?.agentLost as Members | undefined)?.contacts === 'queue';
      if (key.startsWith('tenant ') && ever.some(isLost)) return true;
    }
    return false;
  }

  get ends(): ReadonlySet<string> {
    // Whoever closes a queue may send those who wait to their end, where the policy names no other.
    const ends = new Set<string>(this.#hasExits ? ['closed'] : []);
    for (const key of this.#settings.keys()) {
      if (!key.startsWith('queue ')) continue;
      for (const policy of this.#ever(key.slice('queue '.length))) {
        for (const [exit, why] of Object.entries(endings)) if (mayEndBy(policy, exit)) ends.add(why);
        if ((policy.affinity as Members | undefined)?.orElse === 'end') ends.add('agentUnavailable');
        if (exits.some((exit) => policy[exit] === 'voicemail')) ends.add('voicemail');
      }
    }
    return ends;
  }

  takes(queueId: string, step: Members): boolean {
    return this.#ever(queueId).some(({ steps = [] }) =>
      (steps as Members[]).some((own) => isDeepStrictEqual({ ...own }, { ...step })),
    );
  }

  #ever(queueId: string): Members[] {
    const ever = (this.#settings.get(`queue ${queueId}`)?.ever() ?? []) as (Members | undefined)[];
    return ever.filter((policy) => policy !== undefined);
  }
}

function ledTo(policy: Members): string[] {
  return exits.flatMap((name) => {
    const exit = policy[name] as { queue?: string; flow?: string } | string | undefined;
    if (typeof exit !== 'object') return [];
    const { queue = queueOfFlow(exit.flow) } = exit;
    return queue === undefined ? [] : [queue];
  });
}

/** As the flows of the cases have it (test/acd/flows.ts): others give a contact back to the queue that it left. */
function queueOfFlow(flow: string | undefined): string | undefined {
  return flow?.startsWith('to.') ? flow.slice('to.'.length) : undefined;
}

function mayEndBy(policy: Members, exit: string): boolean {
  if (exit === 'whenTimedOut') return policy.maxWaitMs !== undefined && typeof policy.whenTimedOut !== 'object';
  if (exit === 'whenUnanswered') return policy.offersMax !== undefined && typeof policy.whenUnanswered !== 'object';
  // Who cannot be called back ends.
  return typeof policy[exit] === 'string';
}
