// The rules of a tenant, and which key each has given for which customer. A rule that is set otherwise is another one, with a number of
// its own: what the one before it has given is taken away bit by bit.

import { customersPerKeyMax, rangeRowsMax } from '../../limits.ts';
import type { Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { type Expression, expressionOf, type Fault, type Given } from './expression.ts';
import { customerKeysTable, identityRulesTable, keyIndexTable } from './tables.ts';

export type Follows = 'link' | 'report';

export interface RuleRow {
  readonly number: number;
  readonly ruleId: string;
  readonly expression: string;
  readonly follows: Follows;
  readonly why?: string;
  readonly by: { readonly role: string; readonly sub: string };
  readonly since: number;
  /** What read it (expression.ts). */
  readonly language: string;
  /** Keys are found of all before anybody is brought together by them: only so is it known which are too common. */
  readonly state: 'reading' | 'joining' | 'done' | 'gone';
  /** The last customer that was gone through. */
  readonly at: number;
  readonly counts: Counts;
  readonly lastFault?: { readonly customer: number; readonly fault: string };
}

export interface Counts {
  readonly keys: number;
  readonly failing: number;
  readonly linked: number;
  readonly reported: number;
  readonly tooCommon: number;
}

export interface Rule {
  row: RuleRow;
  readonly expression: Expression | Fault;
}

const nothingYet: Counts = { keys: 0, failing: 0, linked: 0, reported: 0, tooCommon: 0 };

export class RuleBook {
  /** Those that hold, in the order in which they were set. */
  readonly #rules = new Map<number, Rule>();
  /** What is left of these goes. */
  readonly #gone = new Map<number, RuleRow>();
  #next = 1;

  load(tables: TableReader): void {
    this.#rules.clear();
    this.#gone.clear();
    this.#next = 1;
    for (const { row } of everyRow(tables, identityRulesTable)) this.#know(row as unknown as RuleRow);
  }

  get isEmpty(): boolean {
    return this.#rules.size === 0;
  }

  get count(): number {
    return this.#rules.size;
  }

  all(): Iterable<Rule> {
    return this.#rules.values();
  }

  find(ruleId: string): Rule | undefined {
    for (const rule of this.#rules.values()) if (rule.row.ruleId === ruleId) return rule;
    return undefined;
  }

  /** The first of which there is something to do, as it is at that moment. */
  unfinished(): Rule | undefined {
    for (const rule of this.#rules.values())
      if (rule.row.state !== 'done' && !('fault' in rule.expression)) return rule;
    return undefined;
  }

  firstGone(): RuleRow | undefined {
    for (const row of this.#gone.values()) return row;
    return undefined;
  }

  // ── Set and removed ───────────────────────────────────────────────────────────────────────────────────────────
  add(
    given: Pick<RuleRow, 'ruleId' | 'expression' | 'follows' | 'why' | 'by' | 'since' | 'language'>,
    tables: TableWriter,
  ): RuleRow {
    const before = this.find(given.ruleId);
    if (before !== undefined) this.remove(before, tables);
    const row: RuleRow = { ...given, number: this.#next++, state: 'reading', at: 0, counts: nothingYet };
    this.save(row, tables);
    return row;
  }

  remove({ row }: Rule, tables: TableWriter): void {
    this.#rules.delete(row.number);
    const gone: RuleRow = { ...row, state: 'gone', at: 0 };
    this.#gone.set(row.number, gone);
    tables.put(identityRulesTable, row.number, gone as unknown as Row);
  }

  save(row: RuleRow, tables: TableWriter): void {
    const known = this.#rules.get(row.number);
    if (known === undefined) this.#know(row);
    else known.row = row;
    tables.put(identityRulesTable, row.number, row as unknown as Row);
  }

  /** At most so many of its rows go. */
  forget({ number }: RuleRow, atMost: number, tables: TableWriter): void {
    const rows = tables.range(keyIndexTable, { prefix: [number], limit: atMost });
    for (const { key } of rows) {
      tables.remove(keyIndexTable, key);
      tables.remove(customerKeysTable, [(key as readonly [number, string, number])[2], number]);
    }
    if (rows.length === atMost) return;
    this.#gone.delete(number);
    tables.remove(identityRulesTable, number);
  }

  // ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────
  /** True: it is another one than before. */
  note({ row }: Rule, customer: number, given: Given, tables: TableWriter): boolean {
    const { number, counts } = row;
    const place = [customer, number] as const;
    const before = tables.get(customerKeysTable, place) as Given;
    if (isSame(before, given)) return false;
    const hadKey = keyOf(before);
    const hasKey = keyOf(given);
    if (before !== undefined) tables.remove(keyIndexTable, [number, hadKey ?? FAULTS, customer]);
    if (given !== undefined) tables.put(keyIndexTable, [number, hasKey ?? FAULTS, customer], {});
    if (given === undefined) tables.remove(customerKeysTable, place);
    else tables.put(customerKeysTable, place, given as unknown as Row);
    const fault = given !== undefined && 'fault' in given ? given.fault : undefined;
    const hadFault = before !== undefined && 'fault' in before;
    this.save(
      {
        ...row,
        counts: {
          ...counts,
          keys: counts.keys + Number(hasKey !== undefined) - Number(hadKey !== undefined),
          failing: counts.failing + Number(fault !== undefined) - Number(hadFault),
        },
        ...(fault !== undefined && { lastFault: { customer, fault } }),
      },
      tables,
    );
    return hasKey !== undefined && hasKey !== hadKey;
  }

  counted({ row }: Rule, what: 'linked' | 'reported' | 'tooCommon', tables: TableWriter): void {
    this.save({ ...row, counts: { ...row.counts, [what]: row.counts[what] + 1 } }, tables);
  }

  keyOf({ row }: Rule, customer: number, tables: TableReader): string | undefined {
    return keyOf(tables.get(customerKeysTable, [customer, row.number]) as Given);
  }

  /** What the rules that hold gave for a customer, behind a rule. */
  *givenFor(
    customer: number,
    behind: number,
    tables: TableReader,
  ): Generator<{ readonly row: RuleRow; readonly given: Row }> {
    for (const { key, row: given } of tables.range(customerKeysTable, {
      prefix: [customer],
      after: [customer, behind],
      limit: rangeRowsMax,
    })) {
      const rule = this.#rules.get((key as readonly [number, number])[1]);
      if (rule !== undefined) yield { row: rule.row, given };
    }
  }

  /** Others who have it, the oldest first; undefined: too many for it to say anything. */
  othersWith({ row }: Rule, key: string, customer: number, tables: TableReader): number[] | undefined {
    const holders = tables.range(keyIndexTable, { prefix: [row.number, key], limit: customersPerKeyMax + 1 });
    if (holders.length > customersPerKeyMax) return undefined;
    return holders.map((one) => (one.key as readonly [number, string, number])[2]).filter((one) => one !== customer);
  }

  /** It is nobody's: as if no rule had ever seen it. */
  eraseCustomer(customer: number, tables: TableWriter): number {
    const keys = tables.range(customerKeysTable, { prefix: [customer], limit: rangeRowsMax }).length;
    for (const rule of this.#rules.values()) {
      this.note(rule, customer, undefined, tables);
      if (rule.row.lastFault?.customer !== customer) continue;
      const { lastFault: _, ...row } = rule.row;
      this.save(row, tables);
    }
    this.forgetCustomer(customer, tables);
    return keys;
  }

  /** Of all rules, of one customer: what they gave for it. */
  forgetCustomer(customer: number, tables: TableWriter): void {
    for (const { key, row } of tables.range(customerKeysTable, { prefix: [customer], limit: rangeRowsMax })) {
      const [, number] = key as readonly [number, number];
      tables.remove(keyIndexTable, [number, keyOf(row as Given) ?? FAULTS, customer]);
      tables.remove(customerKeysTable, key);
    }
  }

  #know(row: RuleRow): void {
    this.#next = Math.max(this.#next, row.number + 1);
    if (row.state === 'gone') this.#gone.set(row.number, row);
    else this.#rules.set(row.number, { row, expression: expressionOf(row.expression) });
  }
}

/** No key is empty: under this one are those for whom the rule fails. */
const FAULTS = '';

function keyOf(given: Given): string | undefined {
  return given !== undefined && 'key' in given ? given.key : undefined;
}

function isSame(one: Given, other: Given): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
