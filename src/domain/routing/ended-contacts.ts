// The contacts that are over and still remembered, oldest end first: by age and by number they make room, and by id they
// are found.
//
//   id ─ hash ─▶ one of many buckets ─ up to four places in the ring ─▶ id, number, time of its end
//                      └ a fifth ─▶ a map of those for whom there was no room
//
// There are a great many of them, and one comes and one goes with each contact, so what each costs is how often it waits for memory: a
// bucket is one line of it, and the ring is written and emptied in order. A map has to follow chains, and was four times as slow.
// Ids that are made to fall into the same bucket end in the map.

const PLACES_PER_BUCKET = 4;
const CAPACITY_MIN = 1_024;
/** 2^32 divided by the golden ratio: spreads what differs in few bits. */
const SPREAD = 0x9e3779b1;

export interface EndedContact {
  readonly contactId: string;
  /** Less than 0: another name of the contact of that number, which comes before its own. */
  readonly number: number;
  readonly endedAt: number;
}

interface Ring {
  /** And of buckets, so that there is one for each: a power of two. */
  readonly capacity: number;
  readonly ids: string[];
  readonly hashes: Int32Array;
  readonly numbers: Float64Array;
  readonly ends: Float64Array;
  /** Places in the ring, and one more, so that 0 is none. */
  readonly buckets: Int32Array;
}

export class EndedContacts {
  #ring = ringOf(CAPACITY_MIN);
  /** Their places in the ring, by id. */
  readonly #elsewhere = new Map<string, number>();
  #head = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** When the oldest of them ended. */
  get oldestEnd(): number | undefined {
    return this.#count === 0 ? undefined : this.#ring.ends[this.#head];
  }

  load(entries: EndedContact[]): void {
    entries.sort((a, b) => a.endedAt - b.endedAt || Math.abs(a.number) - Math.abs(b.number) || a.number - b.number);
    for (const { contactId, number, endedAt } of entries) this.add(contactId, number, endedAt);
  }

  add(contactId: string, number: number, endedAt: number): void {
    if (this.#count === this.#ring.capacity) this.#grow();
    this.#put(contactId, hashOf(contactId), number, endedAt);
  }

  /** Its number. */
  find(contactId: string): number | undefined {
    const number = this.#numberOf(contactId);
    return number === undefined ? undefined : Math.abs(number);
  }

  #numberOf(contactId: string): number | undefined {
    const { ids, hashes, numbers, buckets } = this.#ring;
    const hash = hashOf(contactId);
    const bucket = this.#bucketOf(hash);
    for (let at = bucket; at < bucket + PLACES_PER_BUCKET; at++) {
      const place = buckets[at]! - 1;
      if (place >= 0 && hashes[place] === hash && ids[place] === contactId) return numbers[place];
    }
    const place = this.#elsewhere.size === 0 ? undefined : this.#elsewhere.get(contactId);
    return place === undefined ? undefined : numbers[place];
  }

  /** Nobody is to know that there was one of this id; its place in the order stays. */
  forget(contactId: string, number: number): void {
    if (this.find(contactId) !== number) return;
    const { ids, hashes, buckets } = this.#ring;
    const hash = hashOf(contactId);
    const bucket = this.#bucketOf(hash);
    for (let at = bucket; at < bucket + PLACES_PER_BUCKET; at++) {
      const place = buckets[at]! - 1;
      if (place < 0 || hashes[place] !== hash || ids[place] !== contactId) continue;
      buckets[at] = 0;
      ids[place] = '';
      return;
    }
    const place = this.#elsewhere.get(contactId);
    this.#elsewhere.delete(contactId);
    if (place !== undefined) ids[place] = '';
  }

  /** Returns its number; less than 0, where another name of it is forgotten. */
  takeOldest(): number {
    if (this.#count === 0) throw new Error('no contact is remembered');
    const { capacity, ids, numbers } = this.#ring;
    const place = this.#head;
    if (!this.#leavesItsBucket(place)) this.#elsewhere.delete(ids[place]!);
    ids[place] = '';
    this.#head = (place + 1) & (capacity - 1);
    this.#count -= 1;
    return numbers[place]!;
  }

  #put(contactId: string, hash: number, number: number, endedAt: number): void {
    const { capacity, ids, hashes, numbers, ends, buckets } = this.#ring;
    const place = (this.#head + this.#count) & (capacity - 1);
    this.#count += 1;
    ids[place] = contactId;
    hashes[place] = hash;
    numbers[place] = number;
    ends[place] = endedAt;
    const bucket = this.#bucketOf(hash);
    for (let at = bucket; at < bucket + PLACES_PER_BUCKET; at++) {
      if (buckets[at] !== 0) continue;
      buckets[at] = place + 1;
      return;
    }
    this.#elsewhere.set(contactId, place);
  }

  #leavesItsBucket(place: number): boolean {
    const { hashes, buckets } = this.#ring;
    const bucket = this.#bucketOf(hashes[place]!);
    for (let at = bucket; at < bucket + PLACES_PER_BUCKET; at++) {
      if (buckets[at] !== place + 1) continue;
      buckets[at] = 0;
      return true;
    }
    return false;
  }

  #bucketOf(hash: number): number {
    return (hash & (this.#ring.capacity - 1)) * PLACES_PER_BUCKET;
  }

  #grow(): void {
    const { capacity, ids, hashes, numbers, ends } = this.#ring;
    const head = this.#head;
    const count = this.#count;
    this.#ring = ringOf(2 * capacity);
    this.#elsewhere.clear();
    this.#head = 0;
    this.#count = 0;
    for (let index = 0; index < count; index++) {
      const place = (head + index) & (capacity - 1);
      this.#put(ids[place]!, hashes[place]!, numbers[place]!, ends[place]!);
    }
  }
}

function ringOf(capacity: number): Ring {
  return {
    capacity,
    ids: new Array<string>(capacity).fill(''),
    hashes: new Int32Array(capacity),
    numbers: new Float64Array(capacity),
    ends: new Float64Array(capacity),
    buckets: new Int32Array(capacity * PLACES_PER_BUCKET),
  };
}

/** 32 bits. */
export function hashOf(text: string): number {
  let mixed = text.length;
  for (let at = 0; at < text.length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), SPREAD);
  return mixed ^ (mixed >>> 15);
}
