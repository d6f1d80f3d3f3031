// The first answers to requests that carry a requestId, so that a repetition gets the same one and changes nothing.
//
// Unique per tenant, role and sub. Kept for `keptMs`, bounded in number, in rows keyed by order of creation, so they
// survive a restart. `overloaded` and `not_ready` never get here: they are answered before admission.

import { createHash } from 'node:crypto';
import type { Row, RowKey, TableDeclaration, TableReader, TableWriter } from '../domain/module.ts';
import { canonical } from '../protocol/canonical.ts';
import { type Refusal, refuse } from '../protocol/refusals.ts';
import type { Answer, RoutedRequest } from './egress.ts';

export const requestsTable: TableDeclaration = { name: 'requests', id: 1, personal: true };

const nothing = () => {};

interface Remembered {
  readonly sequence: number;
  readonly at: number;
  readonly content: string;
  /** Undefined while the first is still in this tick. */
  answer: Answer | undefined;
}

const wasErased: Answer = { refusal: refuse('first_answer_erased') };

const ROWS_A_LOAD = 1_000;
/** Old rows removed in one tick: keeps up with any rate at which they are made, without long ticks. */
const REMOVED_PER_TICK_MAX = 256;

export class RequestMemory {
  readonly #keptMs: number;
  readonly #countMax: number;
  #byKey = new Map<string, Remembered>();
  #next = 1;
  /** Some are known by a hash alone. */
  #anyErased = false;

  constructor(keptMs: number, countMax: number) {
    this.#keptMs = keptMs;
    this.#countMax = countMax;
  }

  load(tables: TableReader): void {
    this.#byKey = new Map();
    this.#next = 1;
    this.#anyErased = false;
    let after: RowKey | undefined;
    for (;;) {
      const rows = tables.range(requestsTable, { ...(after !== undefined && { after }), limit: ROWS_A_LOAD });
      for (const { key, row } of rows) {
        const { sequence, requestKey, content, at, answer } = row as unknown as StoredRow;
        this.#byKey.set(requestKey, { sequence, at, content, answer: JSON.parse(answer) as Answer });
        if (!requestKey.includes('\n')) this.#anyErased = true;
        after = key;
        this.#next = sequence + 1;
      }
      if (rows.length < ROWS_A_LOAD) return;
    }
  }

  /** Whether it has an id to be remembered by; nothing else here is about one that has none. */
  static concerns({ params }: RoutedRequest): boolean {
    return params.requestId !== undefined;
  }

  /** What this request was answered before; a refusal when the id was used for something else. */
  find(request: RoutedRequest): Remembered | Refusal | undefined {
    const key = keyOf(request);
    const found = key === undefined ? undefined : this.#at(key);
    if (found === undefined || found.content === contentOf(request)) return found;
    return refuse('request_id_reused_with_different_content');
  }

  /** The first time: keeps a place for the answer. Returns how to take it back. */
  expect(request: RoutedRequest, now: number): () => void {
    const key = keyOf(request);
    if (key === undefined) return nothing;
    this.#byKey.set(key, { sequence: this.#next++, at: now, content: contentOf(request), answer: undefined });
    return () => this.#byKey.delete(key);
  }

  /** True for a request that will be remembered and has no answer yet. */
  isExpected(request: RoutedRequest): boolean {
    const key = keyOf(request);
    const remembered = key === undefined ? undefined : this.#byKey.get(key);
    return remembered !== undefined && remembered.answer === undefined;
  }

  /** Keeps the answer, in memory and in the tick's rows. */
  keep(request: RoutedRequest, answer: Answer, tables: TableWriter): void {
    const key = keyOf(request);
    const remembered = key === undefined ? undefined : this.#byKey.get(key);
    if (remembered === undefined || remembered.answer !== undefined || 'bug' in answer) return;
    remembered.answer = answer;
    const row: StoredRow = {
      sequence: remembered.sequence,
      requestKey: key as string,
      content: remembered.content,
      at: remembered.at,
      answer: JSON.stringify(answer),
    };
    tables.put(requestsTable, remembered.sequence, row as unknown as Row);
  }

  /**
   * What was answered is forgotten where it names somebody, or came from them, and so is who had asked: the same again is refused, since it
   * has been done. Looks at what has been answered in earlier ticks.
   */
  erase(isNamedIn: (value: unknown) => boolean, tables: TableWriter): number {
    let erased = 0;
    for (const [key, remembered] of this.#byKey) {
      const { sequence, at, content, answer } = remembered;
      const [role, sub, requestId] = key.split('\n');
      if (answer === undefined || !isNamedIn({ role, sub, requestId, answer })) continue;
      const hashed = hashOf(key);
      this.#byKey.delete(key);
      this.#byKey.set(hashed, { sequence, at, content, answer: wasErased });
      this.#anyErased = true;
      const row: StoredRow = { sequence, requestKey: hashed, content, at, answer: JSON.stringify(wasErased) };
      tables.put(requestsTable, sequence, row as unknown as Row);
      erased += 1;
    }
    return erased;
  }

  #at(key: string): Remembered | undefined {
    return this.#byKey.get(key) ?? (this.#anyErased ? this.#byKey.get(hashOf(key)) : undefined);
  }

  /** Removes what is too old or too much, a bounded number at a time; the Map keeps the order of creation. */
  prune(now: number, tables: TableWriter): void {
    let removed = 0;
    for (const [key, { sequence, at, answer }] of this.#byKey) {
      const tooMuch = this.#byKey.size > this.#countMax;
      if (removed === REMOVED_PER_TICK_MAX || answer === undefined || (!tooMuch && at + this.#keptMs > now)) return;
      this.#byKey.delete(key);
      tables.remove(requestsTable, sequence);
      removed += 1;
    }
  }
}

interface StoredRow {
  readonly sequence: number;
  readonly requestKey: string;
  readonly content: string;
  readonly at: number;
  readonly answer: string;
}

function keyOf({ caller, params }: RoutedRequest): string | undefined {
  const requestId = params.requestId;
  return typeof requestId === 'string' ? `${caller.role}\n${caller.sub}\n${requestId}` : undefined;
}

function contentOf({ method, params }: RoutedRequest): string {
  return createHash('sha256')
    .update(`${method}\n${canonical(params)}`)
    .digest('base64');
}

/** No key of a request is so: each has line ends. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64');
}
