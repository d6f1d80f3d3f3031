// The rows of documents: what is shown of each, what is in it, and by what they are found.
//
//   handed over ── bought ──▶ kept for documentBoughtKeptMs, and as long as it could have been bought
//        └── not in time, or withdrawn ──▶ remembered for documentOverKeptMs behind its time

import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Role } from '../../engine/egress.ts';
import { documentBoughtKeptMs, documentOverKeptMs, documentsForgottenPerTickMax } from '../../limits.ts';
import type { RateTerms, Receiver } from '../../protocol/rates.ts';
import type { Row, RowKey, TableReader, TableWriter } from '../module.ts';
import type { SharesGiven } from '../payments/shares.ts';
import { everyRow, everyRowUnder, lastNumberIn } from '../rows.ts';
import { rowsBelow, type TimelineAsked } from '../timeline-source.ts';
import { documentContentsTable, documentIndexTable, documentStepsTable, documentsTable } from './tables.ts';

export interface DocumentRow {
  readonly number: number;
  readonly documentId: string;
  readonly contactId: string;
  readonly contact: ContactHandle;
  /** Of the contact; rows of before timelines had documents have none. */
  readonly channel?: string;
  /** In which it was served then; rows of builds before have none. */
  readonly queueId?: string;
  /** Who had the contact. */
  readonly owner: { readonly role: Role; readonly sub: string };
  readonly agentId: string;
  readonly customer: number;
  readonly accountId: string;
  readonly quoteId: string;
  readonly rateId: string;
  readonly receiver: Receiver;
  readonly price: RateTerms['price'];
  readonly shares: SharesGiven;
  readonly title: string;
  readonly mediaType: string;
  readonly bytes?: number;
  /** Of all that it was handed over with: the same again is the same. */
  readonly digest: string;
  readonly handedAt: number;
  readonly expiresAt: number;
  readonly collectedAt?: number;
  /** The number of its receipt. */
  readonly receipt?: number;
  readonly withdrawnAt?: number;
}

export interface DocumentContent {
  readonly content?: string;
  readonly reference?: string;
}

/** What became of a document, with its numbers for ever. */
const steps = { offered: 1, collected: 2, withdrawn: 3 } as const;
type Step = keyof typeof steps;

export interface DocumentStep {
  readonly at: number;
  readonly state: Step;
  readonly order: readonly number[];
  /** As it was then. */
  readonly document: DocumentRow;
}

export class DocumentBook {
  #count = 0;
  #next = 1;

  load(tables: TableReader): void {
    this.#next = lastNumberIn(documentsTable, tables) + 1;
    this.#count = 0;
    // Each has one such row, with nothing in it to unpack.
    for (const _ of everyRowUnder(tables, documentIndexTable, ['until'])) this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  find(documentId: string, tables: TableReader): DocumentRow | undefined {
    const number = tables.get(documentIndexTable, ['id', documentId])?.number as number | undefined;
    return number === undefined ? undefined : this.at(number, tables);
  }

  at(number: number, tables: TableReader): DocumentRow {
    return tables.get(documentsTable, number) as unknown as DocumentRow;
  }

  content({ number }: DocumentRow, tables: TableReader): DocumentContent {
    return (tables.get(documentContentsTable, number) ?? {}) as DocumentContent;
  }

  /** How many were handed over in contacts of this id, up to a bound. */
  countIn(contactId: string, most: number, tables: TableReader): number {
    return tables.range(documentIndexTable, { prefix: ['contact', contactId], limit: most }).length;
  }

  add(of: Omit<DocumentRow, 'number'>, content: DocumentContent, tables: TableWriter): DocumentRow {
    const document: DocumentRow = { number: this.#next++, ...of };
    const { number, documentId } = document;
    this.#count += 1;
    tables.put(documentsTable, number, document as unknown as Row);
    tables.put(documentContentsTable, number, content as Row);
    tables.put(documentIndexTable, ['id', documentId], { number });
    for (const key of listedUnder(document)) tables.put(documentIndexTable, key, {});
    tables.put(documentIndexTable, ['until', forgottenAt(document), number], {});
    tables.put(documentStepsTable, stepKey(document, document.handedAt, 'offered'), {});
    return document;
  }

  collected(before: DocumentRow, receipt: number | undefined, now: number, tables: TableWriter): DocumentRow {
    const document = { ...before, collectedAt: now, ...(receipt !== undefined && { receipt }) };
    tables.remove(documentIndexTable, ['until', forgottenAt(before), before.number]);
    tables.put(documentIndexTable, ['until', forgottenAt(document), before.number], {});
    tables.put(documentsTable, before.number, document as unknown as Row);
    tables.put(documentStepsTable, stepKey(document, now, 'collected'), {});
    return document;
  }

  withdrawn(before: DocumentRow, now: number, tables: TableWriter): DocumentRow {
    const document = { ...before, withdrawnAt: now };
    tables.put(documentsTable, before.number, document as unknown as Row);
    tables.remove(documentContentsTable, before.number);
    tables.put(documentStepsTable, stepKey(document, now, 'withdrawn'), {});
    return document;
  }

  /** What became of those of a customer, the latest first. */
  *stepsLatest(asked: TimelineAsked, tables: TableReader): Generator<DocumentStep> {
    for (const { key } of rowsBelow(documentStepsTable, asked, tables)) {
      const [, at, number, step] = key as readonly [number, number, number, number];
      const state = step === steps.offered ? 'offered' : step === steps.collected ? 'collected' : 'withdrawn';
      const { collectedAt: _, receipt: __, withdrawnAt: ___, ...offered } = this.at(number, tables);
      const document = state === 'offered' ? offered : this.at(number, tables);
      yield { at, state, order: [number, step], document };
    }
  }

  /** In the order in which they were handed over, behind a number; of several lists each is given once. */
  *after(number: number, lists: readonly RowKey[] | undefined, tables: TableReader): Generator<DocumentRow> {
    if (lists === undefined) {
      for (const { row } of everyRow(tables, documentsTable, number + 1)) yield row as unknown as DocumentRow;
      return;
    }
    for (let last = Math.max(0, number); ; ) {
      const found = lists.flatMap((list) => nextIn(list as readonly (string | number)[], last, tables));
      if (found.length === 0) return;
      last = Math.min(...found);
      yield this.at(last, tables);
    }
  }

  // ── Forgetting ────────────────────────────────────────────────────────────────────────────────────────────────
  /** When the first is to be forgotten. */
  nextDue(tables: TableReader): number | undefined {
    const [first] = tables.range(documentIndexTable, { prefix: ['until'], limit: 1 });
    return (first?.key as readonly [string, number, number] | undefined)?.[1];
  }

  forgetOld(now: number, tables: TableWriter): void {
    const due = tables.range(documentIndexTable, { prefix: ['until'], limit: documentsForgottenPerTickMax });
    for (const { key } of due) {
      const [, at, number] = key as readonly [string, number, number];
      if (at > now) return;
      this.forget(this.at(number, tables), tables);
    }
  }

  forget(document: DocumentRow, tables: TableWriter): void {
    const { number, documentId } = document;
    this.#count -= 1;
    tables.remove(documentsTable, number);
    tables.remove(documentContentsTable, number);
    tables.remove(documentIndexTable, ['id', documentId]);
    tables.remove(documentIndexTable, ['until', forgottenAt(document), number]);
    for (const key of listedUnder(document)) tables.remove(documentIndexTable, key);
    const { handedAt, collectedAt, withdrawnAt } = document;
    tables.remove(documentStepsTable, stepKey(document, handedAt, 'offered'));
    if (collectedAt !== undefined) tables.remove(documentStepsTable, stepKey(document, collectedAt, 'collected'));
    if (withdrawnAt !== undefined) tables.remove(documentStepsTable, stepKey(document, withdrawnAt, 'withdrawn'));
  }
}

function stepKey({ customer, number }: DocumentRow, at: number, step: Step): RowKey {
  return [customer, at, number, steps[step]];
}

export const listOfOwner = ({ role, sub }: DocumentRow['owner']): RowKey => ['owner', `${role}:${sub}`];
export const listOfAgent = (agentId: string): RowKey => ['agent', agentId];
export const listOfCustomer = (customer: number): RowKey => ['customer', customer];
export const listOfContact = (contactId: string): RowKey => ['contact', contactId];

function listedUnder({ number, owner, agentId, customer, contactId }: DocumentRow): RowKey[] {
  const lists = [listOfOwner(owner), listOfAgent(agentId), listOfCustomer(customer), listOfContact(contactId)];
  return lists.map((list) => [...(list as readonly (string | number)[]), number]);
}

function nextIn(list: readonly (string | number)[], after: number, tables: TableReader): number[] {
  const rows = tables.range(documentIndexTable, { prefix: list, after: [...list, after], limit: 1 });
  return rows.map(({ key }) => (key as readonly (string | number)[]).at(-1) as number);
}

function forgottenAt({ expiresAt, collectedAt }: DocumentRow): number {
  return collectedAt === undefined
    ? expiresAt + documentOverKeptMs
    : Math.max(expiresAt, collectedAt + documentBoughtKeptMs);
}
