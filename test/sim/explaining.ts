// Who explains contacts on a simulated machine: what the process apart does (src/explain/explain-process.ts), in this thread, on
// the disk as it is when it is asked. How many may ask, and what becomes of a process that is killed, is not simulated.

import type { Answer } from '../../src/engine/egress.ts';
import type { Explainer } from '../../src/explain/explainer.ts';
import { TrimmedError } from '../../src/explain/retrace.ts';
import { type Question, StoredExplanations } from '../../src/explain/stored-explanations.ts';
import { refuse } from '../../src/protocol/refusals.ts';
import type { MemoryDisk } from '../../src/store/memory-disk.ts';
import { readMemoryPartition } from '../../src/store/memory-store.ts';
import { type CoreBuild, StoreError } from '../../src/store/store.ts';
import type { EventLog } from './event-log.ts';
import type { SimTime } from './sim-time.ts';
import { SimWorkers } from './workers.ts';

export class SimExplainer implements Pick<Explainer, 'explain' | 'stop'> {
  readonly #time: SimTime;
  readonly #log: EventLog;
  readonly #disk: MemoryDisk;
  readonly #build: CoreBuild;

  constructor(time: SimTime, log: EventLog, disk: MemoryDisk, build: CoreBuild) {
    this.#time = time;
    this.#log = log;
    this.#disk = disk;
    this.#build = build;
  }

  /** While it is explained nothing else happens, however many turns of the machine underneath it takes. */
  explain(tenant: string, question: Question): Promise<Answer> {
    return this.#time.hold(this.#explained(tenant, question));
  }

  stop(): void {}

  async #explained(tenant: string, question: Question): Promise<Answer> {
    let explanations: StoredExplanations | undefined;
    try {
      explanations = new StoredExplanations(
        readMemoryPartition(this.#disk, tenant),
        new SimWorkers(this.#log),
        this.#build,
      );
      const explanation = await explanations.explain(question);
      return typeof explanation === 'string' ? { refusal: refuse(explanation) } : { result: explanation };
    } catch (error) {
      if (error instanceof TrimmedError)
        return { refusal: refuse('explanation_trimmed', error.since === undefined ? {} : { since: error.since }) };
      this.#log.add('not explained', String(error));
      if (error instanceof StoreError) return { bug: 'explanation' };
      throw error;
    } finally {
      explanations?.close();
    }
  }
}
