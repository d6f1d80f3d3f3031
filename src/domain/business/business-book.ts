// Business of customers: an order, a complaint, a claim, with what is known of it. It belongs to the customer by whose name it was begun
// (customers/persons.ts): to the person while they are one, and to that customer again after a split.
//
// What is open is in memory as well, without its data, since every offer shows it.

import { businessOpenMax, businessPerCustomerMax, businessStepsKept, rangeRowsMax } from '../../limits.ts';
import type { PersonsView, Row, TableReader, TableWriter } from '../module.ts';
import { everyRow, lastNumberIn } from '../rows.ts';
import { rowsBelow, type TimelineAsked } from '../timeline-source.ts';
import { businessesTable, businessIndexTable, businessStepsTable } from './tables.ts';

export interface BusinessRow {
  readonly number: number;
  readonly businessId: string;
  readonly customer: number;
  readonly type: string;
  readonly status: string;
  readonly open: boolean;
  /** On which it was begun. */
  readonly channel?: string;
  readonly title?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  /** In which it was gone on with; the last ones. */
  readonly contacts: readonly BusinessContact[];
  /** What it was before; the last ones. */
  readonly history: readonly BusinessStep[];
  /** How many there were in all; rows of before have as many as they remember. */
  readonly steps?: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface BusinessContact {
  readonly contactId: string;
  readonly channel: string;
  readonly at: number;
}

export interface BusinessStep {
  readonly status: string;
  readonly open: boolean;
  readonly at: number;
  readonly by: { readonly role: string; readonly sub: string };
}

/** Where it was done. */
type StepIn = { readonly channel?: string; readonly contactId?: string };

/** What agents see with an offer. */
export type OpenBusiness = Pick<BusinessRow, 'businessId' | 'type' | 'status' | 'channel' | 'title' | 'updatedAt'>;

export class BusinessBook {
  #next = 1;
  /** By customer, then by number. */
  readonly #open = new Map<number, Map<number, OpenBusiness>>();
  #openCount = 0;

  load(tables: TableReader): void {
    const kept = tables.get(businessIndexTable, ['last'])?.number as number | undefined;
    this.#next = Math.max(lastNumberIn(businessesTable, tables), kept ?? 0) + 1;
    this.#open.clear();
    this.#openCount = 0;
    for (const { key } of everyRow(tables, businessIndexTable, ['open', 0])) {
      const [kind, number] = key as readonly [string, number];
      if (kind !== 'open') break;
      this.#keepOpen(this.#at(number, tables));
    }
  }

  get isFull(): boolean {
    return this.#openCount >= businessOpenMax;
  }

  find(businessId: string, tables: TableReader): BusinessRow | undefined {
    const number = tables.get(businessIndexTable, ['id', businessId])?.number as number | undefined;
    return number === undefined ? undefined : this.#at(number, tables);
  }

  /** Of all of these customers, in the order in which it was begun. */
  of(customers: readonly number[], tables: TableReader): BusinessRow[] {
    return customers
      .flatMap((customer) => tables.range(businessIndexTable, { prefix: ['of', customer], limit: rangeRowsMax }))
      .map(({ key }) => (key as readonly [string, number, number])[2])
      .sort((one, other) => one - other)
      .map((number) => this.#at(number, tables));
  }

  /** The last of one customer, in the order in which it was begun. */
  lastOf(customer: number, most: number, tables: TableReader): BusinessRow[] {
    return tables
      .range(businessIndexTable, { prefix: ['of', customer], limit: most, reverse: true })
      .map(({ key }) => this.#at((key as readonly [string, number, number])[2], tables))
      .reverse();
  }

  *all(tables: TableReader, behind: number): Generator<BusinessRow> {
    for (let after = Math.max(0, behind); ; ) {
      const rows = tables.range(businessesTable, { after, limit: 100 });
      for (const { key, row } of rows) {
        after = key as number;
        yield row as unknown as BusinessRow;
      }
      if (rows.length < 100) return;
    }
  }

  hasRoom(customer: number, tables: TableReader): boolean {
    const rows = tables.range(businessIndexTable, { prefix: ['of', customer], limit: businessPerCustomerMax });
    return rows.length < businessPerCustomerMax;
  }

  /** The one that was changed last comes first. */
  openOf(customer: number, persons: PersonsView): OpenBusiness[] {
    if (this.#openCount === 0) return [];
    const open = persons.membersOf(customer).flatMap((member) => [...(this.#open.get(member)?.values() ?? [])]);
    return open.sort((one, other) => other.updatedAt - one.updatedAt || (one.businessId < other.businessId ? -1 : 1));
  }

  add(of: Omit<BusinessRow, 'number'>, tables: TableWriter): BusinessRow {
    const row: BusinessRow = { ...of, number: this.#next++ };
    tables.put(businessIndexTable, ['id', row.businessId], { number: row.number });
    tables.put(businessIndexTable, ['of', row.customer, row.number], {});
    this.put(row, tables);
    return row;
  }

  put(row: BusinessRow, tables: TableWriter): void {
    tables.put(businessesTable, row.number, row as unknown as Row);
    const wasOpen = this.#open.get(row.customer)?.has(row.number) === true;
    if (row.open) {
      this.#keepOpen(row);
      if (!wasOpen) tables.put(businessIndexTable, ['open', row.number], {});
    } else if (wasOpen) this.#closed(row, tables);
  }

  /** It is put with a step more than before. */
  stepped(before: BusinessRow, step: BusinessStep, at: StepIn, tables: TableWriter): BusinessRow {
    const { number, customer, history } = before;
    const which = stepsOf(before) + 1;
    const { at: when, ...what } = step;
    tables.put(businessStepsTable, [customer, when, number, which], { ...what, ...at });
    const forgotten = history[history.length - businessStepsKept];
    if (forgotten !== undefined)
      tables.remove(businessStepsTable, [customer, forgotten.at, number, which - businessStepsKept]);
    return { ...before, history: [...history, step].slice(-businessStepsKept), steps: which };
  }

  /** Of a customer, the latest first, each with its business. */
  *stepsLatest(asked: TimelineAsked, tables: TableReader) {
    for (const { key, row } of rowsBelow(businessStepsTable, asked, tables)) {
      const [, at, number, which] = key as readonly [number, number, number, number];
      const business = this.#at(number, tables) as BusinessRow | undefined;
      if (business !== undefined)
        yield { at, order: [number, which], business, step: row as unknown as Omit<BusinessStep, 'at'> & StepIn };
    }
  }

  remove(row: BusinessRow, tables: TableWriter): void {
    const { number, businessId, customer } = row;
    if (number === this.#next - 1) tables.put(businessIndexTable, ['last'], { number });
    if (row.open) this.#closed(row, tables);
    for (const [back, { at }] of row.history.toReversed().entries())
      tables.remove(businessStepsTable, [customer, at, number, stepsOf(row) - back]);
    tables.remove(businessesTable, number);
    tables.remove(businessIndexTable, ['id', businessId]);
    tables.remove(businessIndexTable, ['of', customer, number]);
  }

  #keepOpen({ number, customer, businessId, type, status, channel, title, updatedAt }: BusinessRow): void {
    const own = this.#open.get(customer) ?? new Map<number, OpenBusiness>();
    if (!own.has(number)) this.#openCount += 1;
    own.set(number, {
      ...{ businessId, type, status, updatedAt },
      ...(channel !== undefined && { channel }),
      ...(title !== undefined && { title }),
    });
    this.#open.set(customer, own);
  }

  #closed({ number, customer }: BusinessRow, tables: TableWriter): void {
    tables.remove(businessIndexTable, ['open', number]);
    const own = this.#open.get(customer);
    if (own?.delete(number)) this.#openCount -= 1;
    if (own?.size === 0) this.#open.delete(customer);
  }

  #at(number: number, tables: TableReader): BusinessRow {
    return tables.get(businessesTable, number) as unknown as BusinessRow;
  }
}

function stepsOf({ steps, history }: BusinessRow): number {
  return steps ?? history.length;
}
