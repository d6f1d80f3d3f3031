// What the numbers of the journal were called when they were written. Rows may have changed hands since: a handle that was
// given back can belong to somebody else by now, so an agent's row counts only from the moment at which it was made.
//
// Who has been removed since has no name any more (the journal keeps handles alone, so that erasing reaches everything):
// undefined, and the sentence says so.

import * as layout from '../../assembly/layout.ts';
import type { AgentGiven } from '../domain/routing/agents.ts';
import type { ContactRow } from '../domain/routing/contacts.ts';
import { CHANNEL, REASON, SKILL } from '../domain/routing/names.ts';
import { agentsTable, namesTable } from '../domain/routing/tables.ts';
import { type LineRow, linesTable } from '../domain/seats/seat-lines.ts';
import { builtInChannels, notReadyReasons, wordsByCode } from '../protocol/states.ts';
import type { StoredRows } from './stored-rows.ts';

const coreReason = wordsByCode(notReadyReasons);
const TWO_TO_32 = 4_294_967_296;

export class NamesThen {
  readonly #rows: StoredRows;
  readonly #agents = new Map<number, { readonly agentId: string; readonly madeAt: number } | undefined>();
  readonly #names = new Map<string, string | undefined>();

  constructor(rows: StoredRows) {
    this.#rows = rows;
  }

  agent(handle: number, at: number): string | undefined {
    if (!this.#agents.has(handle)) {
      const row = this.#rows.get(agentsTable, handle) as { given: AgentGiven; madeAt: number } | undefined;
      this.#agents.set(handle, row && { agentId: row.given.agentId, madeAt: row.madeAt });
    }
    const known = this.#agents.get(handle);
    return known !== undefined && known.madeAt <= at ? known.agentId : undefined;
  }

  /** The line of that handle, where it is a line of the same agent still. */
  line(handle: number, agent: number): string | undefined {
    const row = this.#rows.get(linesTable, handle) as unknown as LineRow | undefined;
    return row?.agent === agent ? row.lineId : undefined;
  }

  /** By the low 32 bits of its number; `near` is the number of a contact of the same days. */
  contact(low: number, near: number): ContactRow | undefined {
    const high = Math.floor(near / TWO_TO_32);
    const candidates = [high, high - 1, high + 1].map((part) => part * TWO_TO_32 + low);
    const number = candidates.reduce((best, next) => (Math.abs(next - near) < Math.abs(best - near) ? next : best));
    return this.#rows.contact(number);
  }

  skill(number: number): string | undefined {
    return this.#name(SKILL, number);
  }

  channel(number: number): string | undefined {
    return builtInChannels[number] ?? this.#name(CHANNEL, number);
  }

  /** Why somebody is not ready: a word of the core's or of the agent's. */
  reason(number: number): string | undefined {
    if (number === layout.REASON_NONE) return undefined;
    return number < layout.REASON_FIRST_OF_HOST ? coreReason(number) : this.#name(REASON, number);
  }

  #name(kind: number, number: number): string | undefined {
    const key = `${kind}/${number}`;
    if (!this.#names.has(key)) {
      const row = this.#rows.get(namesTable, [kind, number]) as { name: string } | undefined;
      this.#names.set(key, row?.name);
    }
    return this.#names.get(key);
  }
}
