// What the records of contacts say of seats: when a contact rang at a line, and from when to when it had one. Beside it, what each seat
// allowed at each time. On no line may two have been at once, and whoever was added must have found room.

import type { ContactRecord } from '../../src/protocol/contact-record.ts';

/** From the moment in which the line was taken to the one in which it was free again, that one not included. */
interface Stay {
  readonly contactId: string;
  readonly lineId: string;
  readonly channel: string;
  readonly from: number;
  readonly to: number;
}

interface Allowed {
  readonly since: number;
  readonly capacity: Readonly<Record<string, number>>;
}

export class RecordsAccount {
  /** By agent. */
  readonly #stays = new Map<string, Stay[]>();
  readonly #allowed = new Map<string, Allowed[]>();

  /** From now on; `total` among the channels. */
  allows(agentId: string, since: number, capacity: Readonly<Record<string, number>>): void {
    const all = this.#allowed.get(agentId) ?? [];
    this.#allowed.set(agentId, all);
    all.push({ since, capacity });
  }

  read({ contactId, channel, agentId, lineId, offers, direction, ...record }: ContactRecord): void {
    for (const { agentId: at, lineId: line, at: from, rangMs, outcome } of offers) {
      const to = outcome === 'taken' ? record.finishedAt : from + rangMs;
      this.#stay(at, { contactId, channel, lineId: line, from, to });
    }
    if (direction === 'outbound' && agentId !== undefined && lineId !== undefined)
      this.#stay(agentId, { contactId, channel, lineId, from: record.arrivedAt, to: record.finishedAt });
  }

  /** Every one that was, in a sentence. */
  tooMany(): string[] {
    return [...this.#stays].flatMap(([agentId, stays]) => this.#judge(agentId, stays));
  }

  #stay(agentId: string, stay: Stay): void {
    if (stay.to <= stay.from) return;
    const all = this.#stays.get(agentId) ?? [];
    this.#stays.set(agentId, all);
    all.push(stay);
  }

  #judge(agentId: string, stays: readonly Stay[]): string[] {
    const found: string[] = [];
    let there: Stay[] = [];
    const inOrder = [...stays].sort((a, b) => a.from - b.from);
    for (const [index, stay] of inOrder.entries()) {
      const { lineId, contactId, from } = stay;
      there = there.filter(({ to }) => to > from);
      const other = there.find((one) => one.lineId === lineId);
      if (other !== undefined)
        found.push(`by the records line ${lineId} had ${contactId} at ${from} beside ${other.contactId}`);
      there.push(stay);
      // Of several that were added in one millisecond the last one finds all others there.
      if (inOrder[index + 1]?.from === from) continue;
      found.push(...this.#moreThanAllowed(agentId, from, there));
    }
    return found;
  }

  #moreThanAllowed(agentId: string, at: number, there: readonly Stay[]): string[] {
    const inForce = this.#inForce(agentId, at);
    const added = new Set(there.filter(({ from }) => from === at).map(({ channel }) => channel));
    return ['total', ...added].flatMap((what) => {
      const most = Math.max(...inForce.map(({ capacity }) => capacity[what] ?? 0));
      const had = there.filter(({ channel }) => what === 'total' || channel === what).length;
      if (had <= most) return [];
      return [`by the records agent ${agentId} had ${had} contacts (${what}) at ${at}, and ${most} were allowed`];
    });
  }

  /** What was so when that millisecond began, and what has become so in it. */
  #inForce(agentId: string, at: number): Allowed[] {
    const until = (this.#allowed.get(agentId) ?? []).filter(({ since }) => since <= at);
    const before = until.findLast(({ since }) => since < at);
    return [...(before === undefined ? [] : [before]), ...until.filter(({ since }) => since === at)];
  }
}
