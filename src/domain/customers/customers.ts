// Customers: a row for each person that an identity has named, found again by any of the identities.
//
// A contact that brings an identity is given its customer on the way in. A customer that is new there is only in memory
// until the first reaction that shows one of its contacts is real; rows of admission would go with the first contact if
// that is refused, though a second one of the same tick has the same customer. When all of them are refused it never was.

import * as layout from '../../../assembly/layout.ts';
import { type Effect, effectsOfContactsAndAgents } from '../../engine/effects.ts';
import type { Params } from '../../protocol/methods.ts';
import { refuse } from '../../protocol/refusals.ts';
import type {
  Admission,
  Admitted,
  ContactDraft,
  DomainModule,
  Handler,
  LoadContext,
  Reaction,
  RoutingView,
  Row,
  Shapes,
  TableDeclaration,
  TableReader,
  TableWriter,
} from '../module.ts';

/** customer number → {number, identities, createdAt, lastAgentId?, lastServedAt?} */
export const customersTable: TableDeclaration = { name: 'customers', id: 48, personal: true };
/** [scheme, value] → {number}: at random keys, so it holds nothing else. */
export const identitiesTable: TableDeclaration = { name: 'identities', id: 49, personal: true };

interface Identity {
  readonly scheme: string;
  readonly value: string;
}

interface CustomerRow {
  readonly number: number;
  readonly identities: readonly Identity[];
  readonly createdAt: number;
  readonly lastAgentId?: string;
  readonly lastServedAt?: number;
}

interface Unsaved {
  readonly number: number;
  readonly identity: Identity;
  readonly createdAt: number;
  /** Requests of this tick that have it and have not been refused. */
  requests: number;
  /** One of them has been answered that it was not known before. */
  told: boolean;
}

const CUSTOMER_ID = /^c([1-9]\d{0,14})$/;

export class Customers implements DomainModule {
  readonly name = 'customers';
  readonly number = 3;
  readonly reactsTo = effectsOfContactsAndAgents;
  readonly tables = [customersTable, identitiesTable];
  readonly methods: Readonly<Record<string, Handler>> = {
    'customer.resolve': (params, admission) => this.#resolve(params, admission),
    'customer.get': (params, admission) => this.#get(params, admission),
  };
  readonly shapes: Shapes = {
    contactCreate: (draft, admission) => this.#nameCustomer(draft, admission),
  };
  readonly #routing: RoutingView;
  #next = 1;
  /** By identity, and by number; both empty between ticks. */
  #unsaved = new Map<string, Unsaved>();
  #unsavedByNumber = new Map<number, Unsaved>();

  constructor(routing: RoutingView) {
    this.#routing = routing;
  }

  load({ tables }: LoadContext): void {
    const [last] = tables.range(customersTable, { limit: 1, reverse: true });
    this.#next = last === undefined ? 1 : (last.row as unknown as CustomerRow).number + 1;
    this.#unsaved = new Map();
    this.#unsavedByNumber = new Map();
  }

  react(effect: Effect, reaction: Reaction): void {
    if (effect.contact === layout.NONE) return;
    const isConnected = effect.kind === layout.EFFECT_CONNECTED || effect.kind === layout.EFFECT_HANDED_OVER;
    if (this.#unsaved.size === 0 && !isConnected) return;
    const customer = this.#routing.customerNumberOf(effect.contact, effect.number);
    if (customer === undefined) return;
    this.#save(customer, reaction.tables);
    if (isConnected) served(customer, this.#routing.agentIdOf(effect.agent), reaction);
  }

  // ── on the way in ─────────────────────────────────────────────────────────────────────────────────────────────
  #nameCustomer(draft: ContactDraft, admission: Admission): undefined {
    const identity = (draft.params.identity as Identity | undefined) ?? draft.identity;
    if (identity === undefined) return undefined;
    const number = find(identity, admission.tables) ?? this.#invent(identity, admission).number;
    draft.customer = { customerId: customerIdOf(number), number };
    if (this.#routing.asksForLastAgent) draft.lastAgentId = lastAgentOf(number, admission.tables);
    return undefined;
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

  #save(number: number, tables: TableWriter): void {
    const unsaved = this.#unsavedByNumber.get(number);
    if (unsaved === undefined) return;
    this.#forget(unsaved);
    const { identity, createdAt } = unsaved;
    const row: CustomerRow = { number, identities: [identity], createdAt };
    tables.put(customersTable, number, row as unknown as Row);
    tables.put(identitiesTable, [identity.scheme, identity.value], { number });
  }

  #forget(unsaved: Unsaved): void {
    this.#unsaved.delete(keyOf(unsaved.identity));
    this.#unsavedByNumber.delete(unsaved.number);
  }

  // ── requests ──────────────────────────────────────────────────────────────────────────────────────────────────
  #resolve(params: Params<'customer.resolve'>, admission: Admission): Admitted {
    const { scheme, value } = params.identity;
    const identity = { scheme, value };
    const known = find(identity, admission.tables);
    if (known !== undefined) return { result: resolved(read(known, admission.tables), false) };
    const unsaved = this.#invent(identity, admission);
    return {
      pending: ({ tables }) => {
        this.#save(unsaved.number, tables);
        const created = !unsaved.told;
        unsaved.told = true;
        return { result: resolved(read(unsaved.number, tables), created) };
      },
    };
  }

  #get(params: Params<'customer.get'>, { tables }: Admission): Admitted {
    const { customerId, identity } = params;
    const number = identity === undefined ? customerNumberOf(customerId ?? '') : find(identity, tables);
    const row = number === undefined ? undefined : (tables.get(customersTable, number) as unknown as CustomerRow);
    if (row === undefined) return refuse('customer_not_found');
    const { identities, createdAt, lastAgentId, lastServedAt } = row;
    return {
      result: {
        customerId: customerIdOf(row.number),
        identities,
        createdAt,
        ...(lastAgentId !== undefined && { lastAgentId }),
        ...(lastServedAt !== undefined && { lastServedAt }),
      },
    };
  }
}

function served(number: number, lastAgentId: string, { tables, now }: Reaction): void {
  const row: CustomerRow = { ...read(number, tables), lastAgentId, lastServedAt: now };
  tables.put(customersTable, number, row as unknown as Row);
}

/** Who served a customer last; nobody where it has no row yet. */
function lastAgentOf(number: number, tables: TableReader): string | undefined {
  return tables.get(customersTable, number)?.lastAgentId as string | undefined;
}

function resolved({ number, lastAgentId }: CustomerRow, created: boolean) {
  return { customerId: customerIdOf(number), created, ...(lastAgentId !== undefined && { lastAgentId }) };
}

/** Undefined: nobody is known by it. */
export function customerOf(identity: Identity, tables: TableReader): number | undefined {
  return find(identity, tables);
}

function find({ scheme, value }: Identity, tables: TableReader): number | undefined {
  return tables.get(identitiesTable, [scheme, value])?.number as number | undefined;
}

function read(number: number, tables: TableReader): CustomerRow {
  const row = tables.get(customersTable, number);
  if (row === undefined) throw new Error(`customer ${number} has no row`);
  return row as unknown as CustomerRow;
}

function keyOf({ scheme, value }: Identity): string {
  return `${scheme}\n${value}`;
}

export function customerIdOf(number: number): string {
  return `c${number}`;
}

/** Whether anybody has it is another question. */
export function customerNumberOf(customerId: string): number | undefined {
  const match = CUSTOMER_ID.exec(customerId);
  return match === null ? undefined : Number(match[1]);
}
