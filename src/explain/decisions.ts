// What was decided about contacts, in one line each, from two sides that know nothing of each other: what agents were told
// while it happened, and what an explanation says afterwards. Whoever has both compares them.

import type { Audience } from '../engine/egress.ts';
import type { Explanation } from '../protocol/explanation.ts';

type Members = Readonly<Record<string, unknown>>;

/** Hears what is said to agents: who was offered which contact at which line, when, and what came of it. */
export class DecisionsTold {
  readonly #lines = new Map<string, string[]>();

  hear({ role, sub }: Audience, event: string, params: Members, at: number): void {
    if (role !== 'agent') return;
    const { contactId, lineId, why } = params;
    if (event === 'offer.created') this.#add(contactId, `${at} offered ${sub} ${lineId}`);
    else if (event === 'offer.withdrawn') this.#add(contactId, `${at} withdrawn ${sub} ${lineId} ${why}`);
    else if (event === 'contact.connected') this.#add(contactId, `${at} connected ${sub} ${lineId}`);
  }

  #add(contactId: unknown, line: string): void {
    const lines = this.#lines.get(contactId as string);
    if (lines === undefined) this.#lines.set(contactId as string, [line]);
    else lines.push(line);
  }

  of(contactId: string): readonly string[] {
    return this.#lines.get(contactId) ?? [];
  }
}

/** The same lines, from the steps that agents are told of. */
export function decisionsIn({ steps }: Explanation): string[] {
  return steps.flatMap(({ at, kind, agentId, lineId, why }) => {
    if (kind === 'offered' || kind === 'connected') return [`${at} ${kind} ${agentId} ${lineId}`];
    return kind === 'withdrawn' ? [`${at} withdrawn ${agentId} ${lineId} ${why}`] : [];
  });
}
