// A person is erased (docs/customers.md): all customers that are one, in every module.
//
//   customer.erase ─ is anything going on? ─▶ names and links go at once, so whoever comes by a name now is somebody else
//     ─▶ module by module, a bounded number of rows in a tick ─▶ what the engine has kept ─▶ erased
//     ─▶ the files are written anew (engine/purging.ts) ─▶ gone: no byte of it is on the disk
//
// What is known of an erasure has numbers alone, and stays: whoever asks again, by the id that the customer had, is told how far it is.
// The names by which rows are recognised are rows of their own while they are needed.

import { erasuresKeptMax } from '../../limits.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Answered } from '../behind.ts';
import { ErasedPerson, type Noted } from '../erased-person.ts';
import type {
  Admission,
  DomainModule,
  ErasesCustomers,
  KeptCommands,
  Reaction,
  Row,
  TableReader,
  TableWriter,
} from '../module.ts';
import { everyRow, lastNumberIn } from '../rows.ts';
import type { NamedPerson } from '../timeline-source.ts';
import { customerIdOf, customerNumberOf, read } from './customer-book.ts';
import { erasedNamesTable, erasuresTable, type Identity } from './tables.ts';

/** The follow-up, and where in the row of modules it goes on. */
const STEP = 'erase';
/** What a person is found by goes first, within one tick: what rules have made of the names, and the names. */
const first = ['identityRules', 'customers'];
/** As much as one tick does of it beside whatever else it has to do. */
const STEPS_AT_ONCE = 8;

export interface ErasureRow {
  readonly number: number;
  readonly customers: readonly number[];
  readonly state: 'erasing' | 'erased' | 'gone';
  readonly by: { readonly role: string; readonly sub: string };
  readonly requestedAt: number;
  /** When the last byte is to be gone. */
  readonly untilMs: number;
  readonly erased: Readonly<Record<string, number>>;
  readonly erasedAt?: number;
  readonly goneAt?: number;
  /** The module that waits for something to end. */
  readonly waitsAt?: string;
  readonly leavesBalance?: true;
}

interface Step {
  readonly erasure: number;
  readonly module: string;
  readonly from?: unknown;
}

interface At {
  readonly now: number;
  readonly tables: TableWriter;
  readonly kept: KeptCommands;
}

/** What the module that erases asks of customers. */
export interface ErasingMeans {
  readonly withinMs: number;
  readonly modules: () => readonly DomainModule[];
  readonly membersOf: (customer: number) => readonly number[];
  readonly find: (identity: Identity, tables: TableReader) => number | undefined;
  readonly written: (identity: Identity) => Identity;
}

export class Erasing {
  readonly #means: ErasingMeans;
  #next = 1;
  /** Those that are being erased. */
  readonly #people = new Map<number, ErasedPerson>();
  /** By customer. */
  readonly #byCustomer = new Map<number, number>();
  /** For the next tick. */
  #steps: Step[] = [];
  /** Their bytes are to go, as of this tick. */
  #bytesGo: number[] = [];

  constructor(means: ErasingMeans) {
    this.#means = means;
  }

  load(tables: TableReader): void {
    this.#next = lastNumberIn(erasuresTable, tables) + 1;
    this.#people.clear();
    this.#byCustomer.clear();
    this.#steps = [];
    this.#bytesGo = [];
    for (const { row } of everyRow(tables, erasuresTable, 1)) {
      const erasure = row as unknown as ErasureRow;
      for (const customer of erasure.customers) this.#byCustomer.set(customer, erasure.number);
      if (erasure.state === 'erasing') this.#people.set(erasure.number, personIn(erasure, tables, this.#means.written));
    }
  }

  // ── Requests ──────────────────────────────────────────────────────────────────────────────────────────────────
  erase(params: Params<'customer.erase'>, by: ErasureRow['by'], reaction: Reaction): Answered {
    const { customerId, identity, leaveBalance } = params;
    const { now, tables } = reaction;
    const number = identity === undefined ? customerNumberOf(customerId ?? '') : this.#means.find(identity, tables);
    const before = number === undefined ? undefined : this.#of(number, tables);
    if (before !== undefined) return { result: shown(before) };
    if (number === undefined || read(number, tables) === undefined) return refuse('customer_not_found');
    const customers = this.#means.membersOf(number);
    const names = namesOf(customers, tables);
    const person = new ErasedPerson(customers, names, leaveBalance === true, this.#means.written);
    const refusal = this.#stillServed(person, tables);
    if (refusal !== undefined) return refusal;
    const row: ErasureRow = {
      number: this.#next++,
      customers,
      state: 'erasing',
      by: { role: by.role, sub: by.sub },
      requestedAt: now,
      untilMs: now + this.#means.withinMs,
      erased: {},
      ...(leaveBalance === true && { leavesBalance: true }),
    };
    put(row, tables);
    tables.put(erasedNamesTable, [row.number, 0], { names: names.map(({ scheme, value }) => ({ scheme, value })) });
    this.#people.set(row.number, person);
    for (const customer of customers) this.#byCustomer.set(customer, row.number);
    this.#forgetOldest(tables);
    const next = this.#goOn({ erasure: row.number, module: this.#erasers[0]!.name }, reaction);
    if (next !== undefined) reaction.followUp(STEP, next as unknown as Row);
    else if (at(row.number, tables)?.waitsAt !== undefined) reaction.followUp('lookAgain', {});
    // The tick has settled.
    for (const one of this.#bytesGo.splice(0)) reaction.bytesGo(String(one));
    return { result: shown(at(row.number, tables) as ErasureRow) };
  }

  erasure({ erasureId }: Params<'customer.erasure'>, tables: TableReader): Answered {
    const match = ERASURE_ID.exec(erasureId);
    const row = match === null ? undefined : at(Number(match[1]), tables);
    return row === undefined ? refuse('erasure_not_found') : { result: shown(row) };
  }

  /** As somebody who is to be erased would be known. */
  asNamed(customers: readonly number[], tables: TableReader): NamedPerson {
    return new ErasedPerson(customers, namesOf(customers, tables), false, this.#means.written);
  }

  #of(customer: number, tables: TableReader): ErasureRow | undefined {
    const number = this.#byCustomer.get(customer);
    return number === undefined ? undefined : at(number, tables);
  }

  #stillServed(person: ErasedPerson, tables: TableReader): Refusal | undefined {
    for (const { eraser } of this.#erasers) {
      const still = eraser.stillServed?.(person, tables);
      if (still === undefined) continue;
      return refuse(still.accountId === undefined ? 'customer_still_served' : 'customer_has_balance', { ...still });
    }
    return undefined;
  }

  // ── Step by step ──────────────────────────────────────────────────────────────────────────────────────────────
  /** The follow-up. Returns when to look again, where something has to end first. */
  step(params: Row, admission: Admission): boolean {
    const step = params as unknown as Step;
    // It may have been done: a follow-up that was set aside is tried again later.
    if (!this.#people.has(step.erasure)) return false;
    const next = this.#goOn(step, admission);
    if (next === undefined) return at(step.erasure, admission.tables)?.waitsAt !== undefined;
    this.#steps.push(next);
    return false;
  }

  settle(reaction: Reaction): void {
    for (const step of this.#steps.splice(0)) reaction.followUp(STEP, step as unknown as Row);
    for (const one of this.#bytesGo.splice(0)) reaction.bytesGo(String(one));
  }

  /** Those that wait for something look again. */
  again(reaction: Reaction): void {
    for (const number of this.#people.keys()) {
      const row = at(number, reaction.tables);
      if (row?.waitsAt === undefined) continue;
      const { waitsAt: module, ...rest } = row;
      put(rest, reaction.tables);
      reaction.followUp(STEP, { erasure: number, module });
    }
  }

  /** Who was asked for before the stop is asked for again. */
  resumed(reaction: Reaction): void {
    for (const { row } of everyRow(reaction.tables, erasuresTable, 1))
      if ((row as unknown as ErasureRow).state === 'erased') reaction.bytesGo(String(row.number));
  }

  gone(reference: string, reaction: Reaction): void {
    const row = at(Number(reference), reaction.tables);
    if (row?.state !== 'erased') return;
    const gone: ErasureRow = { ...row, state: 'gone', goneAt: reaction.now };
    put(gone, reaction.tables);
    const { role, sub } = row.by;
    reaction.notify({ role, sub } as Parameters<Reaction['notify']>[0], 'customer.erased', shown(gone));
  }

  /** Where the next step goes on; undefined: it is erased, or waits. */
  #goOn(step: Step, { now, tables, kept }: At): Step | undefined {
    const person = this.#people.get(step.erasure) as ErasedPerson;
    const erasers = this.#erasers;
    let { module, from } = step;
    for (let left = STEPS_AT_ONCE; left > 0; left--) {
      const which = erasers.findIndex(({ name }) => name === module);
      const eraser = erasers[which]?.eraser;
      // A module that is there no more has nothing either.
      const done = eraser?.erase(person, from, { now, tables });
      this.#note(step.erasure, person, tables);
      this.#count(step.erasure, done?.erased ?? {}, tables);
      if (done?.waits) {
        put({ ...(at(step.erasure, tables) as ErasureRow), waitsAt: module }, tables);
        return undefined;
      }
      from = done?.next;
      if (from !== undefined) continue;
      const next = erasers[which + 1];
      if (next === undefined) return void this.#erased(step.erasure, person, { now, tables, kept });
      module = next.name;
    }
    return { erasure: step.erasure, module, ...(from !== undefined && { from }) };
  }

  #erased(number: number, person: ErasedPerson, { now, tables, kept }: At): void {
    const commands = kept.erase((value) => person.isNamedIn(value), tables);
    this.#count(number, { keptCommands: commands }, tables);
    for (const { key } of everyRow(tables, erasedNamesTable, [number])) {
      if ((key as readonly [number, number])[0] !== number) break;
      tables.remove(erasedNamesTable, key);
    }
    this.#people.delete(number);
    const { leavesBalance: _, ...row } = at(number, tables) as ErasureRow;
    put({ ...row, state: 'erased', erasedAt: now }, tables);
    this.#bytesGo.push(number);
  }

  /** What is found is needed after a restart, too. */
  #note(number: number, person: ErasedPerson, tables: TableWriter): void {
    const noted = person.takeNoted();
    if (noted === undefined) return;
    const [last] = tables.range(erasedNamesTable, { prefix: [number], limit: 1, reverse: true });
    const place = ((last?.key as readonly [number, number] | undefined)?.[1] ?? 0) + 1;
    tables.put(erasedNamesTable, [number, place], noted as unknown as Row);
  }

  #count(number: number, more: Readonly<Record<string, number>>, tables: TableWriter): void {
    const kinds = Object.entries(more).filter(([, count]) => count > 0);
    if (kinds.length === 0) return;
    const row = at(number, tables) as ErasureRow;
    const erased: Record<string, number> = { ...row.erased };
    for (const [kind, count] of kinds) erased[kind] = (erased[kind] ?? 0) + count;
    put({ ...row, erased }, tables);
  }

  #forgetOldest(tables: TableWriter): void {
    const [first] = tables.range(erasuresTable, { from: 1, limit: 1 });
    if (first === undefined || this.#next - (first.key as number) <= erasuresKeptMax) return;
    const oldest = first.row as unknown as ErasureRow;
    if (oldest.state !== 'gone') return;
    tables.remove(erasuresTable, oldest.number);
    for (const customer of oldest.customers) this.#byCustomer.delete(customer);
  }

  get #erasers(): readonly { readonly name: string; readonly eraser: ErasesCustomers }[] {
    const all = this.#means
      .modules()
      .flatMap(({ name, erases }) => ('nothing' in erases ? [] : [{ name, eraser: erases }]));
    const placeOf = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);
    return all.sort((one, other) => placeOf(one.name) - placeOf(other.name));
  }
}

const ERASURE_ID = /^erasure-([1-9]\d{0,14})$/;

function at(number: number, tables: TableReader): ErasureRow | undefined {
  return tables.get(erasuresTable, number) as unknown as ErasureRow | undefined;
}

function namesOf(customers: readonly number[], tables: TableReader): Identity[] {
  return customers.flatMap((one) => read(one, tables)?.identities ?? []);
}

function put(row: ErasureRow, tables: TableWriter): void {
  tables.put(erasuresTable, row.number, row as unknown as Row);
}

function personIn(
  { number, customers, leavesBalance }: ErasureRow,
  tables: TableReader,
  written: ErasingMeans['written'],
): ErasedPerson {
  const rows = [...everyRow(tables, erasedNamesTable, [number])]
    .filter(({ key }) => (key as readonly [number, number])[0] === number)
    .map(({ row }) => row as Noted & { readonly names?: readonly Identity[] });
  const person = new ErasedPerson(customers, rows[0]?.names ?? [], leavesBalance, written);
  for (const noted of rows) person.remember(noted);
  return person;
}

function shown({ number, customers, state, requestedAt, untilMs, erased, erasedAt, goneAt }: ErasureRow) {
  return {
    erasureId: `erasure-${number}`,
    customers: customers.map(customerIdOf),
    state,
    requestedAt,
    untilMs,
    erased,
    ...(erasedAt !== undefined && { erasedAt }),
    ...(goneAt !== undefined && { goneAt }),
  };
}
