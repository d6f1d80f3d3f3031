// The contacts that are over and still remembered, oldest end first: by age and by number they make room.

export interface EndedContact {
  readonly contactId: string;
  readonly number: number;
  readonly endedAt: number;
}

/** Entries before the head are gone; they are cut off when they are the larger part. */
const CUT_MIN = 1_024;

export class EndedContacts {
  #entries: EndedContact[] = [];
  #head = 0;

  get count(): number {
    return this.#entries.length - this.#head;
  }

  get oldest(): EndedContact | undefined {
    return this.#entries[this.#head];
  }

  load(entries: EndedContact[]): void {
    this.#entries = entries.sort((a, b) => a.endedAt - b.endedAt || a.number - b.number);
    this.#head = 0;
  }

  add(entry: EndedContact): void {
    this.#entries.push(entry);
  }

  takeOldest(): EndedContact {
    const oldest = this.#entries[this.#head];
    if (oldest === undefined) throw new Error('no contact is remembered');
    this.#head += 1;
    if (this.#head >= CUT_MIN && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return oldest;
  }
}
