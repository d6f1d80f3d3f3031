// Who is being erased, as modules are asked whether a row is of that person: by number of a customer or a contact, by what the person is
// called on a channel, or by an id of something of the person's that a module has erased before and others may name still.
//
// Texts that somebody else may use as well count only where they say what they are: a member number as an identity, an id in a member
// that is called an id. A telephone number or an e-mail address is the person's wherever it is.

import type { TableReader } from './module.ts';

export interface NamedBy {
  readonly scheme: string;
  readonly value: string;
}

/** What is found while a person is erased, and is needed until the end of it. */
export interface Noted {
  readonly contacts?: readonly number[];
  readonly ids?: readonly string[];
}

/** E.164, or what has the form of an address: nobody else's. */
const UNIQUE = /^(\+[1-9]\d{6,14}|[^\s@]+@[^\s@]+)$/;
/** As people write telephone numbers. */
const TELEPHONE = /^\+?[\d(][\d\s()/.-]{5,30}$/;
/** Members that hold ids without being called so. */
const idMembers = new Set(['usedBy', 'about', 'names', 'payer']);

export class ErasedPerson {
  readonly customers: readonly number[];
  /** Its money may stay on an account that is nobody's. */
  readonly leavesBalance: boolean;
  readonly #customers: ReadonlySet<number>;
  readonly #customerIds: ReadonlySet<string>;
  /** As names are noted: others were told them as somebody has typed them. */
  readonly #written: (name: NamedBy) => NamedBy;
  readonly #names = new Set<string>();
  readonly #texts = new Set<string>();
  readonly #visitors = new Set<string>();
  readonly #contacts = new Set<number>();
  readonly #ids = new Set<string>();
  #newContacts: number[] = [];
  #newIds: string[] = [];

  constructor(
    customers: readonly number[],
    identities: readonly NamedBy[],
    leavesBalance = false,
    written: (name: NamedBy) => NamedBy = (name) => name,
  ) {
    this.customers = customers;
    this.#written = written;
    this.leavesBalance = leavesBalance;
    this.#customers = new Set(customers);
    this.#customerIds = new Set(customers.map((number) => `c${number}`));
    for (const { scheme, value } of identities) {
      this.#names.add(`${scheme}\n${value}`);
      if (UNIQUE.test(value)) this.#texts.add(value);
      if (scheme === 'visitor') this.#visitors.add(value);
    }
  }

  isCustomer(number: number | undefined): boolean {
    return number !== undefined && this.#customers.has(number);
  }

  hasContact(number: number | undefined): boolean {
    return number !== undefined && this.#contacts.has(number);
  }

  /** As customers are called where a visitor without a name can be one, too: `customerOf` of customer-key.ts. */
  keys(): string[] {
    return [...this.#customerIds, ...[...this.#visitors].map((sub) => `visitor:${sub}`)];
  }

  /** A contact of the person's: what others keep of it goes as well. */
  noteContact(number: number, ids: readonly string[]): void {
    if (!this.#contacts.has(number)) this.#newContacts.push(number);
    this.#contacts.add(number);
    for (const id of ids) this.noteId(id);
  }

  /** Of something of the person's. */
  noteId(id: string): void {
    if (!this.#ids.has(id)) this.#newIds.push(id);
    this.#ids.add(id);
  }

  remember({ contacts = [], ids = [] }: Noted): void {
    for (const number of contacts) this.#contacts.add(number);
    for (const id of ids) this.#ids.add(id);
  }

  /** What was noted since somebody asked last. */
  takeNoted(): Noted | undefined {
    if (this.#newContacts.length + this.#newIds.length === 0) return undefined;
    const noted = { contacts: this.#newContacts, ids: this.#newIds };
    this.#newContacts = [];
    this.#newIds = [];
    return noted;
  }

  /** Whether the value, or anything in it, names the person. */
  isNamedIn(value: unknown, member = ''): boolean {
    if (typeof value === 'string') return this.#isNamedBy(value, member);
    if (typeof value !== 'object' || value === null) return false;
    if (Array.isArray(value)) return value.some((one) => this.isNamedIn(one, member));
    const { scheme, value: name, role, sub } = value as Record<string, unknown>;
    if (typeof scheme === 'string' && typeof name === 'string' && this.#isName({ scheme, value: name })) return true;
    if (role === 'customer' && this.#visitors.has(String(sub))) return true;
    return Object.entries(value).some(([key, one]) => this.isNamedIn(one, key));
  }

  #isName(name: NamedBy): boolean {
    if (this.#names.has(`${name.scheme}\n${name.value}`)) return true;
    const { scheme, value } = this.#written(name);
    return this.#names.has(`${scheme}\n${value}`);
  }

  #isNamedBy(text: string, member: string): boolean {
    if (this.#texts.has(text)) return true;
    if (TELEPHONE.test(text) && this.#texts.has(this.#written({ scheme: 'tel', value: text }).value)) return true;
    if (member === 'customerId' || member === 'customer') return this.#customerIds.has(text);
    if (member === 'visitorId') return this.#visitors.has(text);
    // What was given is kept as text where the same again has to be told from something else.
    if (text.startsWith('{"')) return this.isNamedIn(parsed(text));
    return (member.endsWith('Id') || idMembers.has(member)) && this.#ids.has(text);
  }
}

/** Undefined: it only looks like JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What became of a step of erasing. */
export interface ErasingStep {
  /** How many of each kind went. */
  readonly erased: Readonly<Record<string, number>>;
  /** Where the next step goes on; absent: that was all. Tells nothing of the person. */
  readonly next?: unknown;
  /** Something is coming to its end yet: to be looked at again, a moment later. */
  readonly waits?: true;
}

export const nothingErased: ErasingStep = { erased: {} };

/** That nobody erases yet, and why not: of things that are going on. */
export interface StillServed {
  readonly contactId?: string;
  readonly callbackId?: string;
  readonly accountId?: string;
  readonly currency?: string;
  readonly balance?: number;
  readonly held?: number;
  readonly expected?: number;
}

export type StillServedIn = (person: ErasedPerson, tables: TableReader) => StillServed | undefined;
