// Commands at which the core trapped or a module threw: kept, so that somebody can look at what happened, and never
// executed. The client is answered with the reference once the row is durable, like any other answer.
//
// A row is written with the next tick, and again with a later one when that tick is dropped: until a tick with it is
// durable it stays here. Rows are personal (they hold the request's parameters) and bounded in number: the oldest make room.

import type { Row, TableDeclaration, TableReader, TableWriter } from '../domain/module.ts';
import { setAsideMax } from '../limits.ts';
import type { Answer, RoutedRequest } from './egress.ts';
import type { Item } from './tick.ts';

export const setAsideTable: TableDeclaration = { name: 'set-aside', id: 2, personal: true };

interface NotDurable {
  readonly sequence: number;
  readonly row: Row;
  /** The tick that has the row among its writes. */
  tick: number | undefined;
}

export class SetAside {
  #next = 1;
  #oldest = 1;
  #rows: NotDurable[] = [];
  #answers: { readonly request: RoutedRequest; readonly answer: Answer }[] = [];

  load(tables: TableReader): void {
    const first = tables.range(setAsideTable, { limit: 1 })[0];
    const last = tables.range(setAsideTable, { limit: 1, reverse: true })[0];
    this.#oldest = (first?.row.sequence as number | undefined) ?? 1;
    const notDurable = this.#rows.at(-1)?.sequence ?? 0;
    this.#next = Math.max((last?.row.sequence as number | undefined) ?? 0, notDurable) + 1;
  }

  /** Returns the reference that the client is given. */
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
    this.#rows.push({ sequence, row, tick: undefined });
    if (this.#rows.length > setAsideMax) this.#rows.shift();
    const reference = `set-aside-${sequence}`;
    if (request !== undefined) this.#answers.push({ request, answer: { bug: reference } });
    return reference;
  }

  get isWaiting(): boolean {
    return this.#rows.at(-1)?.tick === undefined && this.#rows.length > 0;
  }

  write(tick: number, tables: TableWriter): void {
    for (const waiting of this.#rows) {
      if (waiting.tick !== undefined) continue;
      tables.put(setAsideTable, waiting.sequence, waiting.row);
      waiting.tick = tick;
    }
    while (this.#next - this.#oldest > setAsideMax) tables.remove(setAsideTable, this.#oldest++);
  }

  /** Goes out with the tick that has been written to last. */
  takeAnswers(): { readonly request: RoutedRequest; readonly answer: Answer }[] {
    return this.#answers.splice(0);
  }

  durable(tick: number): void {
    this.#rows = this.#rows.filter((row) => row.tick === undefined || row.tick > tick);
  }

  /** The ticks from this one on will not be: what they had is written again. */
  dropFrom(tick: number): void {
    for (const row of this.#rows) if (row.tick !== undefined && row.tick >= tick) row.tick = undefined;
  }
}
