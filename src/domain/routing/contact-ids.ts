// Whose a contact's id is: a live contact's, or that of one that is over and still remembered, by its number.
//
//   id ─ live? ─ few of them, always at hand
//        └ over? ─ none has left a mark where this id would have? ─ yes ─▶ nobody's
//                      └ no ─▶ a map of very many, each look at which waits for memory
//
// Nearly every id that is asked for is a live contact's or a new one, so the large map is looked at for those alone that it may
// hold. Ids that leave the same mark, by chance or on purpose, cost a look at the map and nothing else.

import type { Contact } from './contacts.ts';

/** A mark for each remembered id, and so many times as many places. */
const PLACES_EACH = 8;
const PLACES_MIN = 4_096;
/** A place that so many have marked stays marked. */
const MARKS_MAX = 255;
/** 2^32 divided by the golden ratio: spreads what differs in few bits. */
const SPREAD = 0x9e3779b1;

export class ContactIds {
  readonly #live = new Map<string, Contact>();
  readonly #over = new Map<string, number>();
  #marks = new Uint8Array(PLACES_MIN);

  find(contactId: string): Contact | number | undefined {
    return this.#live.get(contactId) ?? this.#numberOf(contactId);
  }

  #numberOf(contactId: string): number | undefined {
    return this.#marks[this.#placeOf(contactId)] === 0 ? undefined : this.#over.get(contactId);
  }

  add(contact: Contact): void {
    this.#live.set(contact.contactId, contact);
  }

  takeBack(contactId: string): void {
    this.#live.delete(contactId);
  }

  isOver(contactId: string, number: number): void {
    this.#live.delete(contactId);
    this.#over.set(contactId, number);
    if (this.#over.size * PLACES_EACH > this.#marks.length) this.#markAll();
    else this.#mark(contactId, 1);
  }

  /** One that is over. */
  forget(contactId: string): void {
    if (this.#over.delete(contactId)) this.#mark(contactId, -1);
  }

  #markAll(): void {
    this.#marks = new Uint8Array(2 * this.#marks.length);
    for (const contactId of this.#over.keys()) this.#mark(contactId, 1);
  }

  #mark(contactId: string, by: 1 | -1): void {
    const place = this.#placeOf(contactId);
    const marks = this.#marks[place]!;
    if (marks < MARKS_MAX) this.#marks[place] = marks + by;
  }

  #placeOf(contactId: string): number {
    let mixed = contactId.length;
    for (let at = 0; at < contactId.length; at++) mixed = Math.imul(mixed ^ contactId.charCodeAt(at), SPREAD);
    return (mixed ^ (mixed >>> 15)) & (this.#marks.length - 1);
  }
}
