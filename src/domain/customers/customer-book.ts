// Who is known: a row for each customer, found by its name.
//
// A customer is made with the first name by which it is seen, and has that one name for good: another name of the same person is
// another customer that is joined to it (joining.ts). One that is new to a request is only in memory until something shows that the
// request counts: rows of admission would go with the first request if that is refused, though a second one of the same tick has the same
// customer. When all of them are refused it never was.

import type { Admission, Row, TableReader, TableWriter } from '../module.ts';
import { lastNumberIn } from '../rows.ts';
import type { Who } from './links.ts';
import {
  type CustomerRow,
  customersTable,
  erasuresTable,
  type Identity,
  type IdentityRow,
  identitiesTable,
} from './tables.ts';

export interface Wanted {
  readonly number: number;
  /** It was known before, or a request of this tick has been answered that it was not. */
  told: boolean;
}

interface Unsaved extends Wanted {
  readonly identity: Identity;
  readonly createdAt: number;
  /** Requests of this tick that have it and have not been refused. */
  requests: number;
}

export class CustomerBook {
  #next = 1;
  /** By identity, and by number; both empty between ticks. */
  #unsaved = new Map<string, Unsaved>();
  #unsavedByNumber = new Map<number, Unsaved>();

  load(tables: TableReader): void {
    const erased = (tables.get(erasuresTable, 0)?.customers as number | undefined) ?? 0;
    this.#next = Math.max(lastNumberIn(customersTable, tables), erased) + 1;
    this.#unsaved = new Map();
    this.#unsavedByNumber = new Map();
  }

  get hasUnsaved(): boolean {
    return this.#unsaved.size > 0;
  }

  /** On behalf of a request: who is known by the name, or is to be if the request counts. */
  wanted(identity: Identity, admission: Admission): Wanted {
    const known = find(identity, admission.tables);
    return known === undefined ? this.#invent(identity, admission) : { number: known, told: true };
  }

  /** It counts. True: it is new. */
  save(number: number, tables: TableWriter): boolean {
    const unsaved = this.#unsavedByNumber.get(number);
    if (unsaved === undefined) return false;
    this.#forget(unsaved);
    write(unsaved, tables);
    return true;
  }

  /** Behind the core: who is known by the name, or is from now on. */
  numberNow(identity: Identity, now: number, tables: TableWriter): number {
    const known = find(identity, tables);
    if (known !== undefined) return known;
    const unsaved = this.#unsaved.get(keyOf(identity));
    if (unsaved !== undefined) this.#forget(unsaved);
    const made = unsaved ?? { number: this.#next++, identity, createdAt: now };
    write(made, tables);
    return made.number;
  }

  /** A customer of this tick: another request of it may have it already. */
  #invent(identity: Identity, admission: Admission): Unsaved {
    const key = keyOf(identity);
    let unsaved = this.#unsaved.get(key);
    if (unsaved === undefined) {
      unsaved = { number: this.#next++, identity, createdAt: admission.now, requests: 0, told: false };
      this.#unsaved.set(key, unsaved);
      this.#unsavedByNumber.set(unsaved.number, unsaved);
    }
    const invented = unsaved;
    invented.requests += 1;
    admission.onUndo(() => {
      invented.requests -= 1;
      if (invented.requests === 0) this.#forget(invented);
    });
    return invented;
  }

  #forget(unsaved: Unsaved): void {
    this.#unsaved.delete(keyOf(unsaved.identity));
    this.#unsavedByNumber.delete(unsaved.number);
  }
}

/** Whoever brings it says that it is the customer's: once said, it stays so. */
export function verify(identity: Identity, { role, sub }: Who, now: number, tables: TableWriter): void {
  const row = identityRow(identity, tables);
  if (row === undefined || row.verified !== undefined) return;
  const verified = { role, sub, at: now };
  tables.put(identitiesTable, [identity.scheme, identity.value], { ...row, verified } as unknown as Row);
}

export function find(identity: Identity, tables: TableReader): number | undefined {
  return identityRow(identity, tables)?.number;
}

export function identityRow({ scheme, value }: Identity, tables: TableReader): IdentityRow | undefined {
  return tables.get(identitiesTable, [scheme, value]) as unknown as IdentityRow | undefined;
}

export function read(number: number, tables: TableReader): CustomerRow | undefined {
  return tables.get(customersTable, number) as unknown as CustomerRow | undefined;
}

function write({ number, identity, createdAt }: Omit<Unsaved, 'requests' | 'told'>, tables: TableWriter): void {
  const row: CustomerRow = { number, identities: [identity], createdAt };
  tables.put(customersTable, number, row as unknown as Row);
  tables.put(identitiesTable, [identity.scheme, identity.value], { number });
}

function keyOf({ scheme, value }: Identity): string {
  return `${scheme}\n${value}`;
}

const CUSTOMER_ID = /^c([1-9]\d{0,14})$/;

export function customerIdOf(number: number): string {
  return `c${number}`;
}

/** Whether anybody has it is another question. */
export function customerNumberOf(customerId: string): number | undefined {
  const match = CUSTOMER_ID.exec(customerId);
  return match === null ? undefined : Number(match[1]);
}

/** Undefined where nobody is known by that id. */
export function knownCustomer(customerId: string, tables: TableReader): number | undefined {
  const number = customerNumberOf(customerId);
  return number !== undefined && read(number, tables) !== undefined ? number : undefined;
}
