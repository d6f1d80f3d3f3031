// A record of each contact that is finished: written once, when its wrap-up is over, kept for as long as the router is set to.
//
//   released ─▶ a record ── as the tick settles, behind payments ─▶ what was paid for it ─▶ its row, and webhooks

import type { Static } from '@sinclair/typebox';
import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import { contactRecordsGoEveryMs, contactRecordsPerTickMax } from '../../limits.ts';
import { type CallerShown, callerIn } from '../../protocol/caller.ts';
import type { ContactRecord } from '../../protocol/contact-record.ts';
import type { paymentShown } from '../../protocol/rates.ts';
import { withdrawnReasons, wordsByCode } from '../../protocol/states.ts';
import type { Writable } from '../../writable.ts';
import { lookingThrough } from '../looking-through.ts';
import type { WrittenView } from '../messages/messages.ts';
import type {
  DomainModule,
  ErasesCustomers,
  FollowUpHandler,
  Handler,
  LoadContext,
  Reaction,
  RoutingView,
  RowKey,
  TableReader,
  TableWriter,
} from '../module.ts';
import { OldRows } from '../old-rows.ts';
import type { ChargesView } from '../payments/payments.ts';
import { RetentionTimer } from '../retention-timer.ts';
import type { ReleasedContact, ServedPart, Visit } from '../routing/contacts.ts';
import type { HoldsView } from '../switches/holds.ts';
import type { RecordedSoFar, RecordingsView } from '../switches/recordings.ts';
import type { TimelineSource } from '../timeline-source.ts';
import { contactsOfCustomers } from './customer-contacts.ts';
import { type Notes, OfferNotes } from './offer-notes.ts';
import { exportRecords, queryRecords } from './record-pages.ts';
import {
  type CustomersKey,
  contactRecordsTable,
  customerRecordsTable,
  recordNotesTable,
  recordsInRow,
  recordsOfCustomersTable,
  rowOfRecords,
} from './tables.ts';

const MODULE = 9;
/** The module's only timer: the oldest record is to go. */
const RETENTION_TIMER = 1;

const withdrawnWord = wordsByCode(withdrawnReasons);

/** Who is told of each finished contact. */
export type OnRecord = (record: ContactRecord, then: Then) => void;

/** At which price it was created. */
type PaidAt = Pick<Static<typeof paymentShown>, 'rateId' | 'per' | 'price'>;

interface PaidNow {
  readonly record: Writable<ContactRecord>;
  readonly number: number;
  readonly at: PaidAt;
}

interface Then {
  readonly now: number;
  readonly tick: number;
  readonly tables: TableWriter;
}

export class Records implements DomainModule {
  readonly name = 'records';
  readonly number = MODULE;
  readonly reactsTo = [
    layout.EFFECT_OFFERED,
    layout.EFFECT_WITHDRAWN,
    layout.EFFECT_CONNECTED,
    layout.EFFECT_ENDED,
    layout.EFFECT_PARTED,
    layout.EFFECT_RELEASED,
  ];
  readonly tables = [recordNotesTable, contactRecordsTable, customerRecordsTable, recordsOfCustomersTable];
  readonly methods: Readonly<Record<string, Handler>> = {
    'cdr.query': queryRecords,
    'cdr.export': exportRecords,
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>>;
  /** Intervals stay, which are numbers. */
  readonly erases: ErasesCustomers = {
    erase: lookingThrough([
      {
        table: contactRecordsTable,
        kind: 'records',
        isOf: (person, row) => recordsInRow(row).some((record) => person.isNamedIn(record)),
        erase: (row, key, person, tables) => {
          const records = recordsInRow(row);
          const others = records.filter((record) => !person.isNamedIn(record));
          for (const record of records) if (!others.includes(record)) person.noteId(record.contactId);
          findAnew(key, records, others, tables);
          if (others.length === 0) tables.remove(contactRecordsTable, key);
          else tables.put(contactRecordsTable, key, rowOfRecords(others));
          return records.length - others.length;
        },
      },
    ]),
  };
  readonly timeline: readonly TimelineSource[];
  readonly #routing: RoutingView;
  readonly #holds: HoldsView;
  readonly #recordings: RecordingsView;
  readonly #written: WrittenView;
  readonly #charges: ChargesView;
  readonly #onRecord: OnRecord;
  readonly #retentionMs: number;
  readonly #notes: OfferNotes;
  readonly #timer = new RetentionTimer({
    module: MODULE,
    key: RETENTION_TIMER,
    due: (tables) => this.#retentionDue(tables),
  });
  #old = new OldRows(contactRecordsTable);
  /** By slot, what is only wrapped up after a contact that has gone on: the low half of its number. */
  readonly #parts = new Map<number, number>();
  /** In this tick, and where those of customers will be found, with their places among them. */
  #finishedNow: ContactRecord[] = [];
  #ofCustomersNow: { readonly key: CustomersKey; readonly index: number }[] = [];
  /** … and those that are paid for: one without wrap-up is settled in the tick in which it is finished. */
  #paidNow: PaidNow[] = [];

  constructor(
    routing: RoutingView,
    holds: HoldsView,
    recordings: RecordingsView,
    written: WrittenView,
    charges: ChargesView,
    onRecord: OnRecord,
    retentionMs: number,
  ) {
    this.#routing = routing;
    this.#holds = holds;
    this.#recordings = recordings;
    this.#written = written;
    this.#charges = charges;
    this.#onRecord = onRecord;
    this.#retentionMs = retentionMs;
    this.#notes = new OfferNotes(routing);
    this.timeline = [contactsOfCustomers(routing)];
    this.followUps = this.#timer.followUps;
  }

  load(context: LoadContext): void {
    this.#parts.clear();
    for (const { kind, contact, number } of context.live)
      if (kind === layout.EFFECT_CONTACT_STATE && this.#routing.isPart(contact, number))
        this.#parts.set(contact, number);
    this.#notes.load(context);
    this.#finishedNow = [];
    this.#ofCustomersNow = [];
    this.#paidNow = [];
    this.#old = new OldRows(contactRecordsTable);
    this.#timer.load(context.tables);
  }

  react(effect: Effect, reaction: Reaction): void {
    const { kind, contact: slot, number: low } = effect;
    const { now } = reaction;
    switch (kind) {
      case layout.EFFECT_OFFERED: {
        const agentId = this.#routing.agentIdOf(effect.agent);
        const lineId = this.#routing.lineIdOf(effect.line);
        return this.#notes.rings(this.#notes.of(slot, low), effect.value, agentId, lineId, now);
      }
      case layout.EFFECT_WITHDRAWN:
        // What an agent dials was never offered.
        if (this.#routing.isOutbound(slot, low)) return;
        return this.#notes.offerOver(this.#notes.of(slot, low), effect.value, now, withdrawnWord(effect.code));
      case layout.EFFECT_CONNECTED:
        if (this.#routing.isOutbound(slot, low)) return;
        return this.#notes.offerOver(this.#notes.of(slot, low), effect.value, now, 'taken');
      case layout.EFFECT_ENDED: {
        const held = this.#holds.heldMsOf({ slot, number: low }, now);
        if (held.holds > 0) this.#notes.held(this.#notes.of(slot, low), held);
        return;
      }
      case layout.EFFECT_PARTED: {
        const partLow = effect.value2 >>> 0;
        const part = this.#routing.contactNumberOf(effect.value, partLow);
        this.#parts.set(effect.value, partLow);
        const held = this.#holds.heldMsOf({ slot, number: low }, now);
        return this.#notes.parted(this.#notes.of(slot, low), { part, ...held });
      }
      case layout.EFFECT_RELEASED: {
        // What an agent wrapped up is in the record of the contact.
        if (this.#parts.size > 0 && this.#parts.get(slot) === low) return void this.#parts.delete(slot);
        const contact = this.#routing.released(low);
        if (contact === undefined) throw new Error(`contact ${low} is finished, and nobody says how it ended`);
        return this.#finished(contact, this.#notes.take(slot, contact.number), reaction);
      }
    }
  }

  settle(reaction: Reaction): void {
    this.#notes.write(reaction);
    if (this.#paidNow.length > 0) this.#sayCharged(reaction);
    if (this.#finishedNow.length > 0) this.#write(reaction);
    this.#timer.settle(reaction);
  }

  #sayCharged(reaction: Reaction): void {
    for (const { record, number, at } of this.#paidNow) {
      const { charged, tax, commission, documents, receipt } = this.#charges.chargedIn(
        record.contactId,
        number,
        reaction.tables,
      );
      record.payment = {
        rateId: at.rateId,
        per: at.per,
        charged: { amount: charged, currency: at.price.currency },
        tax,
        commission,
        ...(documents > 0 && { documents }),
        ...(receipt !== undefined && { receiptId: String(receipt) }),
      };
      this.#onRecord(record, reaction);
    }
    this.#paidNow = [];
  }

  #write({ now, tick, tables }: Reaction): void {
    tables.put(contactRecordsTable, [now, tick], rowOfRecords(this.#finishedNow));
    this.#finishedNow = [];
    this.#timer.added();
    if (this.#ofCustomersNow.length === 0) return;
    tables.put(recordsOfCustomersTable, [now, tick], { of: this.#ofCustomersNow.map(({ key }) => key) });
    for (const { key, index } of this.#ofCustomersNow)
      tables.put(customerRecordsTable, key, { tick: [now, tick], index });
    this.#ofCustomersNow = [];
  }

  timerFired(_key: number, reaction: Reaction): void {
    const { now, tables } = reaction;
    this.#old.remove(now - this.#retentionMs + 1, contactRecordsPerTickMax, tables, (key) => {
      const row = tables.get(recordsOfCustomersTable, key);
      if (row === undefined) return;
      for (const found of row.of as readonly CustomersKey[]) tables.remove(customerRecordsTable, found);
      tables.remove(recordsOfCustomersTable, key);
    });
    this.#timer.setAnew(reaction);
  }

  /** Records may be kept for a shorter time than when the timer was set. */
  resumed(reaction: Reaction): void {
    this.#timer.setAnew(reaction);
  }

  #retentionDue(tables: TableReader): number | undefined {
    const oldest = this.#old.oldest(tables);
    if (oldest === undefined) return undefined;
    return Math.ceil((oldest + this.#retentionMs) / contactRecordsGoEveryMs) * contactRecordsGoEveryMs;
  }

  #finished(contact: ReleasedContact, notes: Notes, reaction: Reaction): void {
    const { number, customer } = contact;
    // A consultation is in the record of what it was about, and what a colleague had of a call in that of the caller's.
    if (contact.about !== undefined || contact.calledBy !== undefined) return;
    const record: Writable<ContactRecord> = recordOf(
      contact,
      notes,
      this.#recordings.recordedOf(contact),
      reaction.now,
    );
    const messages = this.#written.writtenIn(number);
    if (messages !== undefined) record.messages = messages;
    if (customer !== undefined) {
      const key: CustomersKey = [customer.number, contact.joinedAt, number];
      this.#ofCustomersNow.push({ key, index: this.#finishedNow.length });
    }
    this.#finishedNow.push(record);
    const at = contact.extra?.payment as PaidAt | undefined;
    if (at === undefined) this.#onRecord(record, reaction);
    else this.#paidNow.push({ record, number, at });
  }
}

/** Some records of a row are erased: writes where the others are found now. */
function findAnew(
  at: RowKey,
  records: readonly ContactRecord[],
  others: readonly ContactRecord[],
  tables: TableWriter,
): void {
  const row = tables.get(recordsOfCustomersTable, at);
  if (row === undefined) return;
  const of = (row.of as readonly CustomersKey[]).filter((key) => {
    const found = tables.get(customerRecordsTable, key);
    const index = found === undefined ? -1 : others.indexOf(records[found.index as number] as ContactRecord);
    if (found === undefined || index === -1) tables.remove(customerRecordsTable, key);
    else tables.put(customerRecordsTable, key, { ...found, index });
    return index !== -1;
  });
  if (of.length > 0) tables.put(recordsOfCustomersTable, at, { of });
  else tables.remove(recordsOfCustomersTable, at);
}

type PartServed = NonNullable<ContactRecord['servedBefore']>[number];
const nothing: readonly PartServed[] = [];

function leftQueue({ queueId, leftAt, why }: Visit) {
  return { queueId, leftAt, why };
}

function servedBy({ part: number, ...had }: ServedPart, { parts }: Notes) {
  const heldMs = parts.find(({ part }) => part === number)?.heldMs ?? 0;
  const talkMs = had.endedAt - had.connectedAt - heldMs;
  return { ...had, talkMs, holdMs: heldMs } as PartServed;
}

function recordOf(
  {
    created,
    owner,
    creator,
    names,
    customer,
    arrivedAt,
    visits,
    parts,
    consultations,
    outside,
    dialled,
    extra,
    ending,
    said,
  }: ReleasedContact,
  notes: Notes,
  { recordedMs, consent }: RecordedSoFar,
  finishedAt: number,
): ContactRecord {
  if (ending === undefined) throw new Error(`contact ${created.contactId} is finished before it ended`);
  const { contactId, channel, from, to, identity } = created;
  const { queueId = created.queueId, why, endedAt, waitedMs, servedMs, agentId, lineId, connectedAt } = ending;
  const { offers, offered, heldMs, holds } = notes;
  const before = parts.length === 0 ? nothing : parts.map((had) => servedBy(had, notes));
  // What ended the wrap-up: whatever came before it in the tick has been refused.
  const noted = said.length === 0 ? undefined : said[0];
  const { role, sub } = creator ?? owner;
  const broughtBy = { role, sub } as ContactRecord['broughtBy'];
  // Members are added one by one: a busy router writes a record for every fourth request.
  const record: Writable<ContactRecord> = {
    contactId,
    queueId,
    channel,
    broughtBy: dialled === undefined ? broughtBy : { role: 'agent', sub: dialled.agentId },
    arrivedAt,
    endedAt,
    finishedAt,
    why: why as ContactRecord['why'],
    waitedMs,
    talkMs: servedMs - heldMs,
    holdMs: heldMs,
    holds,
    wrapUpMs: finishedAt - endedAt,
    offered,
    offers: offers as ContactRecord['offers'],
  };
  for (const part of before) {
    record.talkMs += part.talkMs;
    record.holdMs += part.holdMs;
  }
  for (const part of notes.parts) record.holds += part.holds;
  if (visits.length > 0) record.leftQueues = visits.map(leftQueue) as NonNullable<ContactRecord['leftQueues']>;
  if (dialled !== undefined) record.direction = dialled.to === undefined ? 'outbound' : 'internal';
  if (dialled?.to !== undefined) record.dialledTo = dialled.to;
  if (dialled?.calledAgentId !== undefined) record.calledAgentId = dialled.calledAgentId;
  if (dialled?.cause !== undefined) record.cause = dialled.cause;
  if (from !== undefined) record.from = from;
  if (to !== undefined) record.to = to;
  if (identity !== undefined) record.identity = identity;
  if (customer !== undefined) record.customerId = customer.customerId;
  if (connectedAt !== undefined) record.connectedAt = connectedAt;
  if (extra?.voicemail !== undefined) record.voicemail = extra.voicemail as NonNullable<ContactRecord['voicemail']>;
  if (extra?.caller !== undefined) record.caller = callerIn(extra.caller as CallerShown);
  if (outside !== undefined) record.outsideNumber = outside.number;
  if (agentId !== undefined) record.agentId = agentId;
  if (lineId !== undefined) record.lineId = lineId;
  if (recordedMs !== undefined) record.recordedMs = recordedMs;
  if (consent !== undefined) record.recordingConsent = consent;
  if (before.length > 0) record.servedBefore = [...before];
  if (consultations.length > 0) record.consultations = consultations as NonNullable<ContactRecord['consultations']>;
  if (names.length > 0) {
    record.names = names.map((name) => name.contactId);
    const moves = names.filter(({ movedAt }) => movedAt !== undefined).length;
    if (moves > 0) record.moves = moves;
  }
  if (noted?.disposition !== undefined) record.disposition = noted.disposition;
  if (noted?.notes !== undefined) record.notes = noted.notes;
  return record;
}
