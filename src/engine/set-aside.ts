// Commands at which the core trapped or a module threw: kept, so that somebody can look at what happened, and never
// executed. The client has been answered with the reference.
//
// Rows are personal (they hold the request's parameters) and bounded in number: the oldest make room.

import type { Row, TableDeclaration, TableReader, TableWriter } from '../domain/module.ts';
import { setAsideMax } from '../limits.ts';
import type { Item } from './tick.ts';

export const setAsideTable: TableDeclaration = { name: 'set-aside', id: 2, personal: true };

export class SetAside {
  #next = 1;
  #oldest = 1;
  #unwritten: { sequence: number; row: Row }[] = [];

  load(tables: TableReader): void {
    const first = tables.range(setAsideTable, { limit: 1 })[0];
    const last = tables.range(setAsideTable, { limit: 1, reverse: true })[0];
    this.#oldest = (first?.row.sequence as number | undefined) ?? 1;
    const unwritten = this.#unwritten.at(-1)?.sequence ?? 0;
    this.#next = Math.max((last?.row.sequence as number | undefined) ?? 0, unwritten) + 1;
  }

  /** Returns the reference that the client is given. Written with the next tick. */
  add(at: number, item: Item, error: unknown): string {
    const sequence = this.#next++;
    const { request, followUp } = item;
    const row = {
      sequence,
      at,
      what: request?.method ?? followUp?.name ?? 'unknown',
      params: request?.params ?? followUp?.params ?? {},
      caller: request === undefined ? null : { ...request.caller },
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
    this.#unwritten.push({ sequence, row });
    return `set-aside-${sequence}`;
  }

  get isWaiting(): boolean {
    return this.#unwritten.length > 0;
  }

  write(tables: TableWriter): void {
    for (const { sequence, row } of this.#unwritten.splice(0)) tables.put(setAsideTable, sequence, row);
    while (this.#next - this.#oldest > setAsideMax) tables.remove(setAsideTable, this.#oldest++);
  }
}
