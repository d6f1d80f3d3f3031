// The timelines of all persons, when everything is at rest: made of what the router's other lists keep, whose completeness others judge.
//
// - entries descend, each came by a customer of the person, and pages of any size are the whole;
// - each contact, text, booking, receipt, document, rating and link that is the person's stands there once, and nothing of anybody else;
// - whoever came by one of its names, as contact.get says, is in it;
// - of a business there is the step that it came to.

import { canonical } from '../../../src/protocol/canonical.ts';
import type { Members } from '../setting.ts';

export interface PersonsTimeline {
  /** As customer.get shows it. */
  readonly person: Members;
  readonly entries: readonly Members[];
  /** The same, page by page; of some. */
  readonly paged?: readonly Members[] | undefined;
}

export interface Kept {
  /** As contact.get shows those that are remembered. */
  readonly contacts: readonly Members[];
  readonly records: readonly Members[];
  /** By contact; undefined: not all of it can be listed any more. */
  readonly messages: Readonly<Record<string, readonly Members[]>> | undefined;
  readonly accounts: readonly Members[];
  readonly statements: readonly (readonly [string, readonly Members[]])[];
  readonly receipts: readonly Members[];
  readonly documents: readonly Members[];
  readonly ratings: readonly Members[];
  readonly businesses: readonly Members[];
}

type IsTheirs = (thing: Members) => boolean;

export function* timelineFaults(timelines: readonly PersonsTimeline[], kept: Kept): Generator<string> {
  for (const { person, entries, paged } of timelines) {
    const members = new Set([person.customerId, ...((person.joined ?? []) as unknown[])]);
    const of = `the timeline of ${[...members].join(', ')}`;
    if (paged !== undefined && canonical(paged) !== canonical(entries)) yield `${of} is another one page by page`;
    for (const [index, entry] of entries.entries()) {
      const before = entries[index - 1];
      if (before !== undefined && (before.at as number) < (entry.at as number))
        yield `${of} has ${canonical(entry)} behind ${canonical(before)}`;
      if (!members.has(entry.customerId)) yield `${of} has ${canonical(entry)}`;
    }
    const isTheirs: IsTheirs = ({ customerId }) => members.has(customerId);
    const shown = entries.flatMap((entry) => keyOf(entry, kept) ?? []);
    yield* differences(of, counted(shown), counted([...expected(person, isTheirs, kept)]));
    const came = new Set(entries.flatMap(({ kind, contactId }) => (isContact(kind) ? [contactId] : [])));
    for (const { contactId } of kept.contacts.filter((contact) => isBy(contact, person)))
      if (!came.has(contactId)) yield `${of} lacks ${String(contactId)}, which came by its name`;
    const steps = new Set(entries.filter(({ kind }) => kind === 'business').map(stepOf));
    for (const business of kept.businesses.filter(isTheirs))
      if (!steps.has(stepOf({ at: business.updatedAt, details: business })))
        yield `${of} lacks what ${canonical(business)} came to`;
    for (const { kind, details } of entries)
      if (
        kind === 'business' &&
        !kept.businesses.some(({ businessId }) => businessId === (details as Members).businessId)
      )
        yield `${of} has a step of ${canonical(details)}, which is not kept`;
  }
}

function isContact(kind: unknown): boolean {
  return kind === 'contact' || kind === 'voicemail';
}

function isBy({ identity, verifiedIdentities }: Members, { identities }: Members): boolean {
  const by = ((verifiedIdentities as Members[] | undefined)?.[0] ?? identity) as Members | undefined;
  const names = identities as Members[];
  return by !== undefined && names.some(({ scheme, value }) => scheme === by.scheme && value === by.value);
}

/** What an entry is of; undefined: it is in no list. */
function keyOf({ kind, at, contactId, details }: Members, { messages }: Kept): string | undefined {
  const of = details as Members;
  switch (kind) {
    case 'contact':
    case 'voicemail':
      return `contact ${String(contactId)} ${String(of.state)}`;
    case 'message':
      return messages?.[contactId as string] === undefined ? undefined : `message ${String(of.messageId)}`;
    case 'payment':
      return bookingOf(of.accountId, of);
    case 'receipt':
      return `receipt ${String(of.receiptId)}`;
    case 'document':
      // When one was taken back is in no list.
      return `document ${String(of.documentId)} ${String(of.state)}${of.state === 'withdrawn' ? '' : ` at ${String(at)}`}`;
    case 'rating':
      return `rating ${String(of.ratingId)}`;
    case 'link':
    case 'split':
      return `${kind} ${String(of.linkId)}`;
    default:
      return undefined;
  }
}

function* expected(person: Members, isTheirs: IsTheirs, kept: Kept): Generator<string> {
  const { records, messages = {}, accounts, statements, receipts, documents, ratings } = kept;
  for (const record of records.filter(isTheirs)) {
    yield `contact ${String(record.contactId)} finished`;
    for (const { messageId } of messages[record.contactId as string] ?? []) yield `message ${String(messageId)}`;
  }
  const own = new Set(accounts.filter(isTheirs).map(({ accountId }) => accountId));
  for (const [accountId, entries] of statements)
    if (own.has(accountId)) for (const entry of entries) yield bookingOf(accountId, entry);
  for (const { receiptId } of receipts.filter(isTheirs)) yield `receipt ${String(receiptId)}`;
  for (const { documentId, state, handedAt, collectedAt } of documents.filter(isTheirs)) {
    yield `document ${String(documentId)} offered at ${String(handedAt)}`;
    if (collectedAt !== undefined) yield `document ${String(documentId)} collected at ${String(collectedAt)}`;
    if (state === 'withdrawn') yield `document ${String(documentId)} withdrawn`;
  }
  for (const { ratingId } of ratings.filter(isTheirs)) yield `rating ${String(ratingId)}`;
  for (const { linkId, undone } of (person.links ?? []) as Members[]) {
    yield `link ${String(linkId)}`;
    if (undone !== undefined) yield `split ${String(linkId)}`;
  }
}

function bookingOf(accountId: unknown, { at, posted, held, balance, transfer }: Members): string {
  const { transferId } = (transfer ?? {}) as Members;
  return `booking ${canonical([accountId, transferId ?? null, at, posted ?? 0, held ?? 0, balance])}`;
}

function stepOf({ at, details }: Members): string {
  const { businessId, status, open } = details as Members;
  return canonical([businessId, status, open, at]);
}

function counted(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function* differences(
  of: string,
  shown: ReadonlyMap<string, number>,
  wanted: ReadonlyMap<string, number>,
): Generator<string> {
  for (const key of new Set([...shown.keys(), ...wanted.keys()])) {
    const [is, was] = [shown.get(key) ?? 0, wanted.get(key) ?? 0];
    if (is !== was) yield `${of} has ${key} ${is} times, and it took place ${was} times`;
  }
}
