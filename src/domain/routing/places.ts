// Places in queues that were left by customers who may be back in time: dropped calls, closed browsers.
//
// A place is the arrival and the place in the order of creation of a contact that came for a queue with `resumeWithinMs` and whose
// customer went before anybody answered. The next contact that the same identity, or the same number, brings for that queue takes
// it, once: at admission, so two in one tick cannot both have it. Names are on the disk no longer than the place can be taken.

import { placesKeptMax, placesRemovedPerTickMax } from '../../limits.ts';
import { orderedMap } from '../../store/ordered-map.ts';
import type { Admission, Reaction, Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { timeKey } from '../time-key.ts';
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
  /** By when they are over, which is not the order in which they were left: each queue has a time of its own. */
  readonly #byEnd = orderedMap<Place>();
  readonly #byKey = new Map<string, Place>();

  constructor(tables: TableReader) {
    const rows = [...everyRow(tables, placesTable)].map(({ row }) => row as unknown as Place);
    for (const place of rows.sort((one, other) => one.leftAt - other.leftAt)) this.#add(place);
  }

  /** Its customer went while it waited; `resumeWithinMs`: of the queue that it came for, wherever it was by then. */
  left(contact: Contact, sequence: number, resumeWithinMs: number | undefined, reaction: Reaction): void {
    const keys = keysOf(contact.created, contact.owner.role);
    if (resumeWithinMs === undefined || keys.length === 0) return;
    const { number, arrivedAt } = contact;
    const { now, tables } = reaction;
    const place = { number, keys, arrivedAt, sequence, leftAt: now, until: now + resumeWithinMs };
    this.#add(place);
    tables.put(placesTable, number, place as unknown as Row);
    // As long as it is the first its timer is to be set, or was set for a later one.
    if (this.#first === place) reaction.followUp('setPlacesTimer', {});
    if (this.#byEnd.size <= placesKeptMax) return;
    const soonest = this.#first as Place;
    tables.remove(placesTable, soonest.number);
    this.#drop(soonest);
  }

  /** The place that this contact has, if its customer is back in time: nobody else gets it. */
  take(params: ContactParams, role: string, admission: Admission): Place | undefined {
    if (this.#byEnd.size === 0) return undefined;
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

  /** The next that is over. */
  get #first(): Place | undefined {
    const key = this.#byEnd.minKey();
    return key === undefined ? undefined : this.#byEnd.get(key);
  }

  forgetOld(reaction: Reaction): void {
    for (let left = placesRemovedPerTickMax; left > 0; left--) {
      const place = this.#first;
      if (place === undefined || place.until >= reaction.now) break;
      reaction.tables.remove(placesTable, place.number);
      this.#drop(place);
    }
    if (this.#byEnd.size > 0) reaction.followUp('setPlacesTimer', {});
  }

  /** Whoever had the contact comes back as somebody else. */
  erase(number: number, tables: TableWriter): void {
    for (const place of this.#byEnd.valuesArray()) if (place.number === number) this.#drop(place);
    tables.remove(placesTable, number);
  }

  setTimer({ core, now }: Admission): void {
    // Later than the last moment at which it can be taken.
    const first = this.#first;
    if (first !== undefined) core.timerSet(MODULE, PLACES_TIMER, Math.max(now, first.until) + 1);
  }

  #add(place: Place): void {
    this.#byEnd.set(timeKey(place.until, place.number), place);
    for (const key of place.keys) this.#byKey.set(key, place);
  }

  #drop(place: Place): void {
    this.#byEnd.delete(timeKey(place.until, place.number));
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
