// Places in queues that were left by customers who may be back in time: dropped calls, closed browsers.
//
// A place is the arrival and the place in the order of creation of a contact that came for a queue with `resumeWithinMs` and whose
// customer went before anybody answered. The next contact that the same identity, or the same number, brings for that queue takes
// it, once: at admission, so two in one tick cannot both have it. Names are on the disk no longer than the place can be taken.

import { placesKeptMax, placesRemovedPerTickMax } from '../../limits.ts';
import type { Admission, Reaction, Row, TableReader } from '../module.ts';
import { everyRow } from '../rows.ts';
import { MODULE } from './ages.ts';
import type { Contact, ContactParams } from './contacts.ts';
import { placesTable } from './tables.ts';

/** Only a number that is somebody's: what stands for a withheld one is everybody's. */
const E164 = /^\+[1-9]\d{5,14}$/;
/** Of routing, beside those in ages.ts. */
export const PLACES_TIMER = 5;

interface Place {
  /** Of the contact that had it. */
  readonly number: number;
  readonly keys: readonly string[];
  readonly arrivedAt: number;
  readonly sequence: number;
  readonly leftAt: number;
  readonly until: number;
}

export class Places {
  /** In the order in which they were left. */
  readonly #places = new Map<number, Place>();
  readonly #byKey = new Map<string, Place>();

  constructor(tables: TableReader) {
    const rows = [...everyRow(tables, placesTable)].map(({ row }) => row as unknown as Place);
    for (const place of rows.sort((one, other) => one.leftAt - other.leftAt)) this.#add(place);
  }

  /** Its customer went while it waited. */
  left(contact: Contact, sequence: number, reaction: Reaction): void {
    const { resumeWithinMs } = contact.queue.policy;
    const keys = keysOf(contact.created, contact.owner.role);
    if (resumeWithinMs === undefined || keys.length === 0) return;
    const { number, arrivedAt } = contact;
    const { now, tables } = reaction;
    const place = { number, keys, arrivedAt, sequence, leftAt: now, until: now + resumeWithinMs };
    const isFirst = this.#places.size === 0;
    this.#add(place);
    tables.put(placesTable, number, place as unknown as Row);
    if (this.#places.size > placesKeptMax) {
      const [oldest] = this.#places.values();
      tables.remove(placesTable, oldest!.number);
      this.#drop(oldest!);
    }
    if (isFirst) reaction.followUp('setPlacesTimer', {});
  }

  /** The place that this contact has, if its customer is back in time: nobody else gets it. */
  take(params: ContactParams, role: string, admission: Admission): Place | undefined {
    if (this.#places.size === 0) return undefined;
    for (const key of keysOf(params, role)) {
      const place = this.#byKey.get(key);
      if (place === undefined || place.until < admission.now) continue;
      admission.tables.remove(placesTable, place.number);
      this.#drop(place);
      admission.onUndo(() => this.#add(place));
      return place;
    }
    return undefined;
  }

  /** When the first of them may be over; undefined where there is none. */
  get due(): number | undefined {
    const [first] = this.#places.values();
    return first?.until;
  }

  forgetOld(reaction: Reaction): void {
    let left = placesRemovedPerTickMax;
    for (const place of this.#places.values()) {
      if (place.until >= reaction.now || left-- === 0) break;
      reaction.tables.remove(placesTable, place.number);
      this.#drop(place);
    }
    if (this.#places.size > 0) reaction.followUp('setPlacesTimer', {});
  }

  setTimer({ core, now }: Admission): void {
    // Later than the last moment at which it can be taken.
    if (this.due !== undefined) core.timerSet(MODULE, PLACES_TIMER, Math.max(now, this.due) + 1);
  }

  #add(place: Place): void {
    this.#places.set(place.number, place);
    for (const key of place.keys) this.#byKey.set(key, place);
  }

  #drop(place: Place): void {
    this.#places.delete(place.number);
    for (const key of place.keys) if (this.#byKey.get(key) === place) this.#byKey.delete(key);
  }
}

/** What a customer could be known by again, in this queue. What a customer says of itself proves nothing. */
function keysOf({ queueId, channel, identity, from }: ContactParams, role: string): string[] {
  if (role === 'customer') return [];
  const where = `${queueId}\n${channel}\n`;
  const keys: string[] = [];
  if (identity !== undefined) keys.push(`${where}${identity.scheme}\n${identity.value}`);
  if (from !== undefined && E164.test(from)) keys.push(`${where}from\n${from}`);
  return keys;
}
