// Services: which agent has served which customer, in which contact. Nobody rates what did not take place.
//
//   ENDED, PARTED of one who was served ─▶ a row, and how it is found ── the time to rate is over, and nobody has ─▶ forgotten
//
// Services are numbered as they end, so the oldest come first; a rated one stays for as long as the rating does. Contacts are
// remembered for a day, and their ids may be used again: the newest that has the id is meant then.

import type { Audience } from '../../engine/egress.ts';
import { servicesForgottenPerTickMax } from '../../limits.ts';
import type { Admission, Row, RowKey, TableReader, TableWriter } from '../module.ts';
import { gradesTable, serviceIndexTable, servicesTable } from './tables.ts';

export interface Service {
  readonly number: number;
  readonly contactId: string;
  readonly contactNumber: number;
  readonly agentId: string;
  /** As in `customerOf`. */
  readonly customer: string;
  readonly owner: Pick<Audience, 'role' | 'sub'>;
  readonly queueId: string;
  readonly channel: string;
  readonly connectedAt: number;
  readonly endedAt: number;
  /** The other names of its contact, by which it is found as well. */
  readonly names?: readonly string[];
}

export type Party = 'agent' | 'customer';

/** Agents that one contact can have had, for the last of whom is looked. */
const servicesOfContactMax = 64;
const sweptKey: RowKey = ['swept', ''];

export class Services {
  #next = 1;
  /** Those up to here have been looked at when their time was over. */
  #swept = 0;
  /** There may be some behind, and then the timer for the oldest is set. */
  #isTimerSet = false;

  load(tables: TableReader): void {
    this.#swept = (tables.get(gradesTable, sweptKey)?.to as number | undefined) ?? 0;
    const [last] = tables.range(servicesTable, { limit: 1, reverse: true });
    this.#next = Math.max(this.#swept, (last?.key as number | undefined) ?? 0) + 1;
    this.#isTimerSet = this.#next > this.#swept + 1;
  }

  /** Whether nobody has set the timer of the oldest yet; undefined where it has taken place already. */
  add(of: Omit<Service, 'number'>, tables: TableWriter): { readonly isFirst: boolean } | undefined {
    const byContact: RowKey = ['contact', of.contactId, of.agentId];
    const known = tables.get(serviceIndexTable, byContact)?.service as number | undefined;
    const before = known === undefined ? undefined : this.at(known, tables);
    if (before?.contactNumber === of.contactNumber) return undefined;
    const isFirst = !this.#isTimerSet;
    this.#isTimerSet = true;
    const number = this.#next++;
    tables.put(servicesTable, number, { number, ...of } as unknown as Row);
    tables.put(serviceIndexTable, byContact, { service: number });
    tables.put(serviceIndexTable, ['agent', of.agentId, number], {});
    tables.put(serviceIndexTable, ['customer', of.customer, number], {});
    return { isFirst };
  }

  /** Calls that went on at another device have the id of each of them, whoever served them before that. */
  named(contactId: string, contactNumber: number, names: readonly string[], tables: TableWriter): void {
    for (const service of this.ofContact(contactId, undefined, tables)) {
      if (service.contactNumber !== contactNumber) continue;
      tables.put(servicesTable, service.number, { ...service, names } as unknown as Row);
      for (const name of names)
        tables.put(serviceIndexTable, ['contact', name, service.agentId], { service: service.number });
    }
  }

  at(number: number, tables: TableReader): Service | undefined {
    return tables.get(servicesTable, number) as unknown as Service | undefined;
  }

  /** By this agent, or by anybody; the newest first. */
  ofContact(contactId: string, agentId: string | undefined, tables: TableReader): Service[] {
    if (agentId !== undefined) {
      const known = tables.get(serviceIndexTable, ['contact', contactId, agentId])?.service as number | undefined;
      const service = known === undefined ? undefined : this.at(known, tables);
      return service === undefined ? [] : [service];
    }
    return tables
      .range(serviceIndexTable, { prefix: ['contact', contactId], limit: servicesOfContactMax })
      .flatMap(({ row }) => this.at(row.service as number, tables) ?? [])
      .sort((one, other) => other.number - one.number);
  }

  /** Of an agent or a customer, from the oldest on or from the newest back, behind a number. */
  *of(party: Party, who: string, tables: TableReader, behind?: number, newestFirst = false): Generator<Service> {
    const prefix = [party, who];
    for (let after = behind; ; ) {
      const rows = tables.range(serviceIndexTable, {
        prefix,
        limit: 100,
        reverse: newestFirst,
        ...(after !== undefined && { after: [party, who, after] }),
      });
      for (const { key } of rows) {
        after = (key as readonly [string, string, number])[2];
        const service = this.at(after, tables);
        if (service !== undefined) yield service;
      }
      if (rows.length < 100) return;
    }
  }

  /** Of several who are one, all in one order. */
  *ofAll(
    party: Party,
    whos: readonly string[],
    tables: TableReader,
    behind?: number,
    newestFirst = false,
  ): Generator<Service> {
    const next = whos.map((who) => {
      const services = this.of(party, who, tables, behind, newestFirst);
      return { services, first: services.next().value as Service | undefined };
    });
    for (;;) {
      let soonest: (typeof next)[number] | undefined;
      for (const one of next) {
        if (one.first === undefined) continue;
        const isSooner = newestFirst
          ? one.first.number > (soonest?.first?.number ?? -1)
          : one.first.number < (soonest?.first?.number ?? Infinity);
        if (isSooner) soonest = one;
      }
      if (soonest?.first === undefined) return;
      yield soonest.first;
      soonest.first = soonest.services.next().value as Service | undefined;
    }
  }

  *all(tables: TableReader, behind: number): Generator<Service> {
    for (let after = behind; ; ) {
      const rows = tables.range(servicesTable, { after, limit: 100 });
      for (const { key, row } of rows) {
        after = key as number;
        yield row as unknown as Service;
      }
      if (rows.length < 100) return;
    }
  }

  forget({ number, contactId, agentId, customer, names = [] }: Service, tables: TableWriter): void {
    tables.remove(servicesTable, number);
    tables.remove(serviceIndexTable, ['agent', agentId, number]);
    tables.remove(serviceIndexTable, ['customer', customer, number]);
    for (const name of [contactId, ...names]) {
      const byContact: RowKey = ['contact', name, agentId];
      if (tables.get(serviceIndexTable, byContact)?.service === number) tables.remove(serviceIndexTable, byContact);
    }
  }

  /** The last one so far. */
  get last(): number {
    return this.#next - 1;
  }

  isSwept({ number }: Service): boolean {
    return number <= this.#swept;
  }

  /** Looks at those that ended before then. Returns when the next one ended, if there is one. */
  sweep(until: number, isRated: (service: Service) => boolean, tables: TableWriter): number | undefined {
    let left = servicesForgottenPerTickMax;
    let next: number | undefined;
    const before = this.#swept;
    for (const service of this.all(tables, this.#swept)) {
      if (service.endedAt >= until || left-- === 0) {
        next = service.endedAt;
        break;
      }
      this.#swept = service.number;
      if (!isRated(service)) this.forget(service, tables);
    }
    this.#isTimerSet = next !== undefined;
    if (this.#swept !== before) tables.put(gradesTable, sweptKey, { to: this.#swept });
    return next;
  }

  /** For setting the timer: when the oldest that has not been looked at ended. */
  oldest(tables: TableReader): number | undefined {
    const [first] = tables.range(servicesTable, { after: this.#swept, limit: 1 });
    this.#isTimerSet = first !== undefined;
    return first?.row.endedAt as number | undefined;
  }
}

/** May rate the agent in the place of the customer: who brought the contact, or an application. */
export function isForCustomer({ owner }: Service, caller: Admission['caller']): boolean {
  if (caller?.role === 'app') return true;
  return (
    (caller?.role === 'customer' || caller?.role === 'switch') && owner.role === caller.role && owner.sub === caller.sub
  );
}
