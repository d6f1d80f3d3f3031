// What was written in contacts: a conversation for each contact in which anything was.
//
//   the first text ─▶ live, in memory as well ── the contact is over for everybody, and nobody is asked ─▶ over ── keepDays ─▶ forgotten
//
// Texts of one contact are numbered by it. An id is of one text in the tenant. What is over is found by the id of the contact, by its
// customer, and by when it ended; the newest that has the id of a contact is meant, since ids may be used again.

import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Audience, Role } from '../../engine/egress.ts';
import { messagesForgottenPerTickMax } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { MessageSide } from '../../protocol/messages.ts';
import { customerOf } from '../customer-key.ts';
import { customerNumberOf } from '../customers/customer-book.ts';
import type { ContactView, Row, RowKey, TableReader, TableWriter } from '../module.ts';
import type { Progress } from '../rating-survey.ts';
import { rowsBelow, type TimelineAsked } from '../timeline-source.ts';
import { conversationsTable, customerMessagesTable, messagesTable } from './tables.ts';

export interface TextSurvey extends Progress {
  /** The customer should have said something by then. */
  readonly dueAt: number;
}

export interface Conversation extends ContactHandle {
  readonly contactId: string;
  /** Of the contact; rows of before have none. */
  readonly channel?: string;
  /** As in `customerOf`; undefined: nobody knows who it is. */
  readonly customer?: string;
  /** Who had it when something was written last. */
  readonly owner: Pick<Audience, 'role' | 'sub'>;
  /** The number of the last text. */
  readonly last: number;
  /** How many were written until it was over. */
  readonly count: number;
  readonly endedAt?: number;
  /** The core has forgotten the contact: its slot is another's. */
  readonly released?: true;
  readonly survey?: TextSurvey;
}

export interface Written {
  readonly messageId: string;
  readonly number: number;
  readonly side: MessageSide;
  /** Who; of the router's own neither. */
  readonly role?: Role;
  readonly sub?: string;
  readonly text: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly at: number;
  readonly toAgent?: true;
  readonly afterwards?: true;
}

export type ToWrite = Omit<Written, 'messageId' | 'number' | 'at'>;

const ROWS_A_LOAD = 1_000;

export class Conversations {
  /** By number of the contact. */
  #live = new Map<number, Conversation>();
  /** The number of the contact in a slot. */
  #bySlot = new Map<number, number>();
  /** Asked about what is over, by the id of the contact; by `role:sub` of who has it. */
  #asked = new Map<string, number>();
  #askedOf = new Map<string, Set<number>>();

  load(tables: TableReader): void {
    this.#live = new Map();
    this.#bySlot = new Map();
    this.#asked = new Map();
    this.#askedOf = new Map();
    for (let after: RowKey | undefined; ; ) {
      const rows = tables.range(conversationsTable, {
        prefix: ['live'],
        limit: ROWS_A_LOAD,
        ...(after !== undefined && { after }),
      });
      for (const { key, row } of rows) {
        this.#remember(row as unknown as Conversation);
        after = key;
      }
      if (rows.length < ROWS_A_LOAD) return;
    }
  }

  get isEmpty(): boolean {
    return this.#live.size === 0;
  }

  live(number: number): Conversation | undefined {
    return this.#live.get(number);
  }

  /** Effects name a contact by the low half of its number. */
  ofEffect(slot: number, low: number): Conversation | undefined {
    const number = this.#bySlot.get(slot);
    return number !== undefined && number >>> 0 === low >>> 0 ? this.#live.get(number) : undefined;
  }

  find(number: number, tables: TableReader): Conversation | undefined {
    return this.#live.get(number) ?? (tables.get(conversationsTable, ['over', number]) as Conversation | undefined);
  }

  /** The number of the last contact of this id in which anything was written, where that is kept. */
  numberOf(contactId: string, tables: TableReader): number | undefined {
    return tables.get(conversationsTable, ['contact', contactId])?.contact as number | undefined;
  }

  /** That one is over, and its customer is being asked. */
  asked(contactId: string): Conversation | undefined {
    const number = this.#asked.get(contactId);
    return number === undefined ? undefined : this.#live.get(number);
  }

  *askedOf({ role, sub }: Pick<Audience, 'role' | 'sub'>): Generator<Conversation> {
    for (const number of this.#askedOf.get(`${role}:${sub}`) ?? []) yield this.#live.get(number)!;
  }

  /** What has this id, with the contact in which it was written. */
  withId(messageId: string, tables: TableReader): { readonly of: Conversation; readonly written: Written } | undefined {
    const at = tables.get(conversationsTable, ['id', messageId]) as { contact: number; number: number } | undefined;
    const of = at && this.find(at.contact, tables);
    const written = at && (tables.get(messagesTable, [at.contact, at.number]) as unknown as Written | undefined);
    return of === undefined || written === undefined ? undefined : { of, written };
  }

  /** In order, behind a number. */
  texts(of: number, after: number, limit: number, tables: TableReader): Written[] {
    return tables
      .range(messagesTable, { prefix: [of], after: [of, after], limit })
      .map(({ row }) => row as unknown as Written);
  }

  newest(of: number, limit: number, tables: TableReader): Written[] {
    return tables
      .range(messagesTable, { prefix: [of], limit, reverse: true })
      .map(({ row }) => row as unknown as Written)
      .reverse();
  }

  /** Of a customer, the latest first. */
  *ofCustomerLatest(asked: TimelineAsked, tables: TableReader): Generator<{ of: Conversation; written: Written }> {
    for (const { key } of rowsBelow(customerMessagesTable, asked, tables)) {
      const [, , contact, number] = key as readonly [number, number, number, number];
      const of = this.find(contact, tables);
      const written = tables.get(messagesTable, [contact, number]) as unknown as Written | undefined;
      if (of !== undefined && written !== undefined) yield { of, written };
    }
  }

  // ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────
  begun(contact: ContactView, tables: TableWriter): Conversation {
    const known = this.#live.get(contact.number);
    if (known !== undefined) return known;
    const { contactId, slot, number, owner, channel } = contact;
    const customer = contact.about === undefined ? customerOf(contact) : undefined;
    tables.put(conversationsTable, ['contact', contactId], { contact: number });
    if (customer !== undefined) tables.put(conversationsTable, ['customer', customer, number], {});
    const has = { role: owner.role, sub: owner.sub };
    return {
      ...{ contactId, slot, number, channel },
      ...(customer !== undefined && { customer }),
      owner: has,
      last: 0,
      count: 0,
    };
  }

  /** The router's own texts have no id of anybody's. */
  write(
    to: Conversation,
    what: ToWrite,
    messageId: string | undefined,
    { now, tables }: { readonly now: number; readonly tables: TableWriter },
  ): { readonly of: Conversation; readonly written: Written } {
    const number = to.last + 1;
    const of: Conversation = { ...to, last: number, count: to.endedAt === undefined ? to.count + 1 : to.count };
    const written: Written = { ...what, messageId: messageId ?? `router:${to.number}.${number}`, number, at: now };
    tables.put(messagesTable, [to.number, number], written as unknown as Row);
    const ofCustomer = ofCustomerKey(to, written);
    if (ofCustomer !== undefined) tables.put(customerMessagesTable, ofCustomer, {});
    if (messageId !== undefined) tables.put(conversationsTable, ['id', messageId], { contact: to.number, number });
    this.keep(of, tables);
    return { of, written };
  }

  keep(conversation: Conversation, tables: TableWriter): void {
    this.#forget(conversation.number);
    this.#remember(conversation);
    tables.put(conversationsTable, ['live', conversation.number], conversation as unknown as Row);
  }

  /** Nobody writes there any more. Whether it is the first for which a time runs. */
  over(conversation: Conversation, now: number, tables: TableWriter): void {
    const { number, endedAt = now } = conversation;
    this.#forget(number);
    tables.remove(conversationsTable, ['live', number]);
    tables.put(conversationsTable, ['over', number], { ...conversation, endedAt } as unknown as Row);
    tables.put(conversationsTable, ['until', endedAt, number], {});
  }

  #remember(conversation: Conversation): void {
    const { number, slot, contactId, survey, owner, released } = conversation;
    this.#live.set(number, conversation);
    if (!released) this.#bySlot.set(slot, number);
    if (survey === undefined) return;
    this.#asked.set(contactId, number);
    const who = `${owner.role}:${owner.sub}`;
    const all = this.#askedOf.get(who) ?? new Set();
    this.#askedOf.set(who, all.add(number));
  }

  #forget(number: number): void {
    const known = this.#live.get(number);
    this.#live.delete(number);
    if (known !== undefined && this.#bySlot.get(known.slot) === number) this.#bySlot.delete(known.slot);
    if (known?.survey === undefined) return;
    const { contactId, owner } = known;
    if (this.#asked.get(contactId) === number) this.#asked.delete(contactId);
    const who = `${owner.role}:${owner.sub}`;
    const all = this.#askedOf.get(who);
    all?.delete(number);
    if (all?.size === 0) this.#askedOf.delete(who);
  }

  // ── Forgetting ────────────────────────────────────────────────────────────────────────────────────────────────
  /** When the oldest that is over ended. */
  oldestEnd(tables: TableReader): number | undefined {
    const [first] = tables.range(conversationsTable, { prefix: ['until'], limit: 1 });
    return (first?.key as readonly [string, number, number] | undefined)?.[1];
  }

  /** Those that ended before then, a bounded number of texts. */
  forgetOld(until: number, tables: TableWriter): void {
    let left = messagesForgottenPerTickMax;
    for (const { key } of tables.range(conversationsTable, { prefix: ['until'], limit: left })) {
      const [, endedAt, number] = key as readonly [string, number, number];
      if (endedAt >= until) return;
      left = this.erase(number, left, tables);
      if (left <= 0) return;
    }
  }

  /** The numbers of the contacts of a customer, behind one. */
  ofCustomer(customer: string, behind: number, limit: number, tables: TableReader): number[] {
    return tables
      .range(conversationsTable, { prefix: ['customer', customer], after: ['customer', customer, behind], limit })
      .map(({ key }) => (key as readonly [string, string, number])[2]);
  }

  /** Its texts, at most so many, and all of it where it is over and no text is left. Returns how many more may go. */
  erase(number: number, atMost: number, tables: TableWriter): number {
    const rows = tables.range(messagesTable, { prefix: [number], limit: atMost });
    const of = this.find(number, tables);
    for (const { key, row } of rows) {
      const written = row as unknown as Written;
      tables.remove(messagesTable, key);
      const ofCustomer = of && ofCustomerKey(of, written);
      if (ofCustomer !== undefined) tables.remove(customerMessagesTable, ofCustomer);
      const id: RowKey = ['id', written.messageId];
      const found = tables.get(conversationsTable, id);
      if (found?.contact === number) tables.remove(conversationsTable, id);
    }
    if (rows.length === atMost) return 0;
    if (!this.#live.has(number)) this.#drop(number, tables);
    // What is looked at costs as well.
    return atMost - rows.length - 1;
  }

  #drop(number: number, tables: TableWriter): void {
    const known = tables.get(conversationsTable, ['over', number]) as unknown as Conversation | undefined;
    if (known === undefined) return;
    const { contactId, customer, endedAt = 0 } = known;
    tables.remove(conversationsTable, ['over', number]);
    tables.remove(conversationsTable, ['until', endedAt, number]);
    if (customer !== undefined) tables.remove(conversationsTable, ['customer', customer, number]);
    if (this.numberOf(contactId, tables) === number) tables.remove(conversationsTable, ['contact', contactId]);
  }
}

/** Undefined: it is no customer's who is known by a number. */
function ofCustomerKey({ customer = '', number: contact }: Conversation, { at, number }: Written): RowKey | undefined {
  const known = customerNumberOf(customer);
  return known === undefined ? undefined : [known, at, contact, number];
}

/** It is sent again, by the same. */
export function isTheSame(
  { role, sub, text, attributes, toAgent }: Written,
  other: Pick<Written, 'role' | 'sub' | 'text' | 'attributes' | 'toAgent'>,
): boolean {
  return canonical({ role, sub, text, attributes, toAgent }) === canonical(other);
}
