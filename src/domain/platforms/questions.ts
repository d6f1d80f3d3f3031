// What platforms have been asked and not answered yet: a row each from the moment in which the contact came, until the platform has
// answered or its time is over for good.
//
//   asked ── answered in time ───────────────────────────────▶ identified, the row goes
//     └ dueAt ─▶ the contact is unidentified, and goes on waiting for nobody ── answered late ──▶ identified after all
//                                                                  └ endsAt ─▶ the row goes
//
// What is on its way is not kept, so after a start everything is asked again under the same id.

import type { Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { questionsTable } from './tables.ts';

export interface Question {
  /** Of the contact, for ever its own: what the platform knows the question by. */
  readonly number: number;
  readonly slot: number;
  /** The number of the platform. */
  readonly platform: number;
  readonly serial: string;
  readonly askedAt: number;
  readonly dueAt: number;
  readonly endsAt: number;
  /** It was not answered in time, and that has been said. */
  readonly isLate?: true;
}

export class Questions {
  #byNumber = new Map<number, Question>();
  #ofPlatform = new Map<number, number>();

  load(tables: TableReader): void {
    this.#byNumber = new Map();
    this.#ofPlatform = new Map();
    for (const { row } of everyRow(tables, questionsTable)) this.#know(row as unknown as Question);
  }

  get size(): number {
    return this.#byNumber.size;
  }

  find(number: number): Question | undefined {
    return this.#byNumber.get(number);
  }

  all(): Question[] {
    return [...this.#byNumber.values()];
  }

  countOf(platform: number): number {
    return this.#ofPlatform.get(platform) ?? 0;
  }

  /** Those that it may still answer in time. */
  openOf(platform: number): number {
    let open = 0;
    for (const one of this.#byNumber.values()) if (one.platform === platform && one.isLate !== true) open += 1;
    return open;
  }

  /** Platforms that are asked, also such as are there no more. */
  platforms(): Iterable<number> {
    return this.#ofPlatform.keys();
  }

  put(question: Question, tables: TableWriter): void {
    this.#know(question);
    tables.put(questionsTable, question.number, question as unknown as Row);
  }

  remove({ number, platform }: Question, tables: TableWriter): void {
    if (!this.#byNumber.delete(number)) return;
    const left = this.countOf(platform) - 1;
    if (left > 0) this.#ofPlatform.set(platform, left);
    else this.#ofPlatform.delete(platform);
    tables.remove(questionsTable, number);
  }

  nextDue(): number | undefined {
    let due: number | undefined;
    for (const { isLate, dueAt, endsAt } of this.#byNumber.values())
      due = Math.min(due ?? Infinity, isLate === true ? endsAt : dueAt);
    return due;
  }

  #know(question: Question): void {
    const { number, platform } = question;
    if (!this.#byNumber.has(number)) this.#ofPlatform.set(platform, this.countOf(platform) + 1);
    this.#byNumber.set(number, question);
  }
}
