// Links between customers: who says that two are one, why, and since when. What is undone is kept, since it says that somebody has told
// the two apart: rules do not join them again.

import { linksPerPersonMax } from '../../limits.ts';
import type { Row, TableReader, TableWriter } from '../module.ts';
import { lastNumberIn } from '../rows.ts';
import { rowsBelow, type TimelineAsked } from '../timeline-source.ts';
import { erasuresTable, linkIndexTable, linksTable, linkTimesTable } from './tables.ts';

export interface Who {
  readonly role: string;
  readonly sub: string;
}

export interface LinkRow {
  readonly number: number;
  readonly linkId: string;
  readonly a: number;
  readonly b: number;
  /** `rule`: by which one; absent: somebody has asked for it. */
  readonly by: Who & { readonly rule?: string };
  readonly why?: string;
  readonly at: number;
  readonly undone?: Who & { readonly why?: string; readonly at: number };
  /** Undone from the beginning: a conflict was settled so, and by which rule it had come. */
  readonly settled?: { readonly rule?: string };
  /** What it was made with: the same again is the same. */
  readonly content: string;
}

const MADE = 0;
const UNDONE = 1;

export class Links {
  #next = 1;

  load(tables: TableReader): void {
    const erased = (tables.get(erasuresTable, 0)?.links as number | undefined) ?? 0;
    this.#next = Math.max(lastNumberIn(linksTable, tables), erased) + 1;
  }

  find(linkId: string, tables: TableReader): LinkRow | undefined {
    const number = tables.get(linkIndexTable, ['id', linkId])?.number as number | undefined;
    return number === undefined ? undefined : this.#at(number, tables);
  }

  /** In the order in which they were made; undone ones too. */
  of(customer: number, tables: TableReader): LinkRow[] {
    return tables
      .range(linkIndexTable, { prefix: ['of', customer], limit: linksPerPersonMax })
      .map(({ key }) => this.#at((key as readonly [string, number, number])[2], tables));
  }

  /** Of any of them, each once, in the order in which they were made. */
  ofAll(customers: readonly number[], tables: TableReader): LinkRow[] {
    const found = new Map<number, LinkRow>();
    for (const customer of customers) for (const link of this.of(customer, tables)) found.set(link.number, link);
    return [...found.values()].sort((one, other) => one.number - other.number);
  }

  /** `linkId` absent: of a rule, which names it itself. */
  add(link: Omit<LinkRow, 'number' | 'linkId'> & { readonly linkId?: string }, tables: TableWriter): LinkRow {
    const number = this.#next++;
    const row: LinkRow = { ...link, number, linkId: link.linkId ?? `link-${number}` };
    tables.put(linksTable, number, row as unknown as Row);
    tables.put(linkIndexTable, ['id', row.linkId], { number });
    for (const customer of [row.a, row.b]) tables.put(linkIndexTable, ['of', customer, number], {});
    this.#took(row, row.undone === undefined ? MADE : UNDONE, row.at, tables);
    return row;
  }

  undo(link: LinkRow, undone: NonNullable<LinkRow['undone']>, tables: TableWriter): void {
    tables.put(linksTable, link.number, { ...link, undone } as unknown as Row);
    this.#took(link, UNDONE, undone.at, tables);
  }

  #took({ number, a, b }: LinkRow, what: number, at: number, tables: TableWriter): void {
    for (const customer of [a, b]) tables.put(linkTimesTable, [customer, at, number, what], {});
  }

  /** What took place of links of a customer, the latest first. */
  *latestOf(asked: TimelineAsked, tables: TableReader) {
    for (const { key } of rowsBelow(linkTimesTable, asked, tables)) {
      const [, at, number, what] = key as readonly [number, number, number, number];
      const link = this.#at(number, tables) as LinkRow | undefined;
      if (link !== undefined) yield { at, order: [number, what], link, isUndone: what === UNDONE };
    }
  }

  /** One of its ends is erased. */
  erase({ number, linkId, a, b, at, undone }: LinkRow, tables: TableWriter): void {
    tables.remove(linksTable, number);
    tables.remove(linkIndexTable, ['id', linkId]);
    for (const customer of [a, b]) {
      tables.remove(linkIndexTable, ['of', customer, number]);
      tables.remove(linkTimesTable, [customer, at, number, MADE]);
      if (undone !== undefined) tables.remove(linkTimesTable, [customer, undone.at, number, UNDONE]);
    }
  }

  #at(number: number, tables: TableReader): LinkRow {
    return tables.get(linksTable, number) as unknown as LinkRow;
  }
}

/** What the links leave joined of these, each group in ascending order. */
export function groupsOf(customers: readonly number[], links: readonly LinkRow[]): number[][] {
  const neighbours = new Map<number, number[]>(customers.map((customer) => [customer, []]));
  for (const { a, b, undone } of links) {
    if (undone !== undefined) continue;
    neighbours.get(a)?.push(b);
    neighbours.get(b)?.push(a);
  }
  const seen = new Set<number>();
  const groups: number[][] = [];
  for (const first of customers) {
    if (seen.has(first)) continue;
    const group: number[] = [];
    const next = [first];
    seen.add(first);
    for (let one = next.pop(); one !== undefined; one = next.pop()) {
      group.push(one);
      for (const other of neighbours.get(one) ?? []) {
        if (seen.has(other) || !neighbours.has(other)) continue;
        seen.add(other);
        next.push(other);
      }
    }
    groups.push(group.sort((one, other) => one - other));
  }
  return groups;
}
