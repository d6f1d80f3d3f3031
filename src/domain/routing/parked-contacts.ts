// Which contacts are parked, by the agents who parked them (docs/deferred.md).

import type { Contact } from './contacts.ts';

export class ParkedContacts {
  readonly #byAgent = new Map<string, Set<Contact>>();

  add(contact: Contact): void {
    const { agentId } = contact.parked!;
    let own = this.#byAgent.get(agentId);
    if (own === undefined) {
      own = new Set();
      this.#byAgent.set(agentId, own);
    }
    own.add(contact);
  }

  /** Also of one that is not there. */
  remove(contact: Contact): void {
    if (contact.parked === undefined) return;
    const { agentId } = contact.parked;
    const own = this.#byAgent.get(agentId);
    own?.delete(contact);
    if (own?.size === 0) this.#byAgent.delete(agentId);
  }

  countOf(agentId: string): number {
    return this.#byAgent.get(agentId)?.size ?? 0;
  }

  /** In the order in which they were parked. */
  of(agentId: string): Iterable<Contact> {
    return this.#byAgent.get(agentId) ?? [];
  }
}
