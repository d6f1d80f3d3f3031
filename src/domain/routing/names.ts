// Names that the core knows as numbers: skills, channels and reasons for not being ready, per tenant.
//
// A name once numbered keeps its number for ever, so numbering needs no undo: a refused request leaves at most an unused
// name behind. Names are numbered at admission and their rows are written when the tick settles, behind its
// effects, because a row of admission would go with the request that was refused while others already use the number.

import * as layout from '../../../assembly/layout.ts';
import { notReadyReasonsMax } from '../../limits.ts';
import { builtInChannels, notReadyReasons } from '../../protocol/states.ts';
import type { TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { namesTable } from './tables.ts';

/** The kinds of names: the first part of a row's key. */
export const SKILL = 1;
export const CHANNEL = 2;
export const REASON = 3;

class Numbering {
  readonly #first: number;
  readonly #max: number;
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #kind: number;
  readonly #unwritten: [kind: number, number: number, name: string][];

  constructor(kind: number, first: number, max: number, unwritten: [number, number, string][]) {
    this.#kind = kind;
    this.#first = first;
    this.#max = max;
    this.#unwritten = unwritten;
  }

  load(number: number, name: string): void {
    this.#numbers.set(name, number);
    this.#names[number - this.#first] = name;
  }

  find(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  /** The name's number, a new one if it has none; undefined when there is no room for another. */
  number(name: string): number | undefined {
    const known = this.#numbers.get(name);
    if (known !== undefined || this.#names.length >= this.#max) return known;
    const number = this.#first + this.#names.length;
    this.load(number, name);
    this.#unwritten.push([this.#kind, number, name]);
    return number;
  }

  /** Are there numbers for all of these? */
  hasRoomFor(names: Iterable<string>): boolean {
    const unknown = new Set<string>();
    for (const name of names) if (!this.#numbers.has(name)) unknown.add(name);
    return this.#names.length + unknown.size <= this.#max;
  }

  name(number: number): string {
    const name = this.#names[number - this.#first];
    if (name === undefined) throw new Error(`no name has the number ${number}`);
    return name;
  }
}

export class Names {
  readonly #unwritten: [number, number, string][] = [];
  readonly skills = new Numbering(SKILL, 0, layout.SKILLS_MAX, this.#unwritten);
  readonly channels = new Numbering(CHANNEL, 0, layout.CHANNELS_MAX, this.#unwritten);
  readonly reasons = new Numbering(REASON, layout.REASON_FIRST_OF_HOST, notReadyReasonsMax, this.#unwritten);

  constructor(tables: TableReader) {
    builtInChannels.forEach((name, number) => {
      this.channels.load(number, name);
    });
    for (const { row } of everyRow(tables, namesTable)) {
      const { kind, number, name } = row as { kind: number; number: number; name: string };
      const numbering = kind === SKILL ? this.skills : kind === CHANNEL ? this.channels : this.reasons;
      numbering.load(number, name);
    }
  }

  /** The reason's text; the core's own reasons have numbers below the host's. */
  reasonOf(number: number): string | undefined {
    if (number === layout.REASON_NONE) return undefined;
    return number < layout.REASON_FIRST_OF_HOST ? coreReasons.get(number) : this.reasons.name(number);
  }

  write(tables: TableWriter): void {
    if (this.#unwritten.length === 0) return;
    for (const [kind, number, name] of this.#unwritten) tables.put(namesTable, [kind, number], { kind, number, name });
    this.#unwritten.length = 0;
  }
}

const coreReasons = new Map<number, string>(Object.entries(notReadyReasons).map(([word, code]) => [code, word]));
