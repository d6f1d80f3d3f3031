// What the router knows of whom customers know: what was set was asked for by somebody, what was learned is an agent who served that
// customer in that queue, when it says; and a contact is led to nobody else.

import type { Members } from '../setting.ts';
import type { Command } from './commands.ts';
import type { ErasureJudge } from './erasure-judge.ts';
import type { PersonJudge } from './person-judge.ts';

interface Service {
  readonly customerId: string;
  readonly queueId: string;
  readonly agentId: string;
  readonly connectedAt: number;
}

export class AffinityJudge {
  readonly #persons: PersonJudge;
  readonly #sets: Command[] = [];

  readonly #erasures: ErasureJudge;

  constructor(persons: PersonJudge, erasures: ErasureJudge) {
    this.#persons = persons;
    this.#erasures = erasures;
  }

  asked(command: Command): void {
    if (command.method === 'affinity.set') this.#sets.push(command);
  }

  /** `views` are all contacts that there were, or with `keepsAll` false those that are remembered. */
  *atLast(entries: readonly Members[], views: Iterable<Members | undefined>, keepsAll: boolean): Generator<string> {
    const contacts = [...views].filter(
      (view) => view !== undefined && view.consultation === undefined && view.calledBy === undefined,
    ) as Members[];
    const services = contacts.flatMap(servicesOf);
    // Whoever was one person with somebody who is erased knows whom that one knew, and nothing says so any more.
    if (this.#erasures.any && this.#persons.mayBeJoined) return;
    for (const entry of entries) {
      const { customerId, queueId, agentId, since, source } = entry;
      const isKnown =
        source === 'set'
          ? this.#isSet(customerId, agentId, [queueId])
          : services.some(
              (one) =>
                this.#persons.wereOne(one.customerId, customerId) &&
                one.queueId === queueId &&
                one.agentId === agentId &&
                one.connectedAt === since,
            );
      if (!isKnown && (keepsAll || source === 'set')) yield `nobody knows of the affinity ${JSON.stringify(entry)}`;
    }
    for (const { contactId, customerId, queueId, affinity, leftQueues = [] } of contacts) {
      if (affinity === undefined) continue;
      const { agentId, source } = affinity as Members;
      const first = ((leftQueues as Members[])[0]?.queueId ?? queueId) as string;
      // Who serves a call, or has just done so: of a customer perhaps whom nobody knows.
      if (source === 'liveCall') continue;
      const isKnown =
        source === 'set'
          ? this.#isSet(customerId, agentId, [undefined, first])
          : services.some((one) => this.#persons.wereOne(one.customerId, customerId) && one.agentId === agentId);
      if (!isKnown && (keepsAll || source === 'set'))
        yield `${contactId} was led to ${agentId}, whom ${customerId} does not know: ${source}`;
    }
  }

  #isSet(customerId: unknown, agentId: unknown, queueIds: readonly unknown[]): boolean {
    return this.#sets.some(
      ({ inEffect, params }) =>
        inEffect !== 'no' &&
        this.#persons.wereOne(params.customerId, customerId) &&
        params.agentId === agentId &&
        queueIds.includes(params.queueId),
    );
  }
}

/** Each time that somebody was connected with it. */
function servicesOf({ customerId, queueId, agentId, connectedAt, servedBefore = [] }: Members): Service[] {
  if (customerId === undefined) return [];
  const own = connectedAt === undefined ? [] : [{ queueId, agentId, connectedAt }];
  return [...own, ...(servedBefore as Members[])].map((one) => ({ ...one, customerId }) as unknown as Service);
}
