// Explains contacts of one tenant from what is stored, whoever keeps the store open: a process apart beside a running
// router, the command line beside a stopped one, or a test. One picture, taken when it is made.

import type { Row } from '../domain/module.ts';
import type { AgentGiven } from '../domain/routing/agents.ts';
import type { ContactRow } from '../domain/routing/contacts.ts';
import { agentsTable } from '../domain/routing/tables.ts';
import type { CorePool } from '../engine/core.ts';
import type { Explanation } from '../protocol/explanation.ts';
import type { CoreBuild } from '../store/store.ts';
import type { ReadablePartition } from '../store/stored-partition.ts';
import { NamesThen } from './names-then.ts';
import { Retracer } from './retrace.ts';
import { StoredRows } from './stored-rows.ts';
import { type ExplainOptions, Telling } from './telling.ts';

export interface Question {
  readonly contactId: string;
  /** Its number in the tenant, where it is known: without it all rows are looked through. */
  readonly number?: number;
  /** An agent to be told of whenever it stood otherwise. */
  readonly agentId?: string;
  readonly agentsMax?: number;
  readonly stepsMax?: number;
}

export type ExplanationFault = 'contact_not_found' | 'agent_not_found';

export class StoredExplanations {
  readonly rows: StoredRows;
  readonly #retracer: Retracer;
  readonly #names: NamesThen;

  constructor(store: ReadablePartition, pool: CorePool, build: CoreBuild) {
    this.rows = new StoredRows(store.tables, store.journal);
    this.#retracer = new Retracer(store, pool, build);
    this.#names = new NamesThen(this.rows);
  }

  /** Rejects with TrimmedError, or StoreError where the journal cannot be read or executed. */
  async explain(question: Question): Promise<Explanation | ExplanationFault> {
    const contact = this.#contactOf(question);
    if (contact === undefined) return 'contact_not_found';
    const { agentId, agentsMax, stepsMax } = question;
    const handle = agentId === undefined ? undefined : this.#agentOf(agentId);
    if (agentId !== undefined && handle === undefined) return 'agent_not_found';
    const options: ExplainOptions = {
      ...(agentsMax !== undefined && { agentsMax }),
      ...(stepsMax !== undefined && { stepsMax }),
      ...(handle !== undefined && { agent: { handle, agentId: agentId! } }),
    };
    const retraced = await this.#retracer.retrace(contact, () => new Telling(contact, this.#names, options));
    return retraced.heard.explanation(retraced);
  }

  close(): void {
    this.#retracer.close();
  }

  #contactOf({ contactId, number }: Question): ContactRow | undefined {
    return number === undefined ? this.rows.contactOf(contactId) : this.rows.contact(number);
  }

  #agentOf(agentId: string): number | undefined {
    for (const row of this.rows.all(agentsTable)) {
      const { handle, given } = row as Row & { handle: number; given: AgentGiven };
      if (given.agentId === agentId) return handle;
    }
    return undefined;
  }
}
