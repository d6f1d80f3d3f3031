// How long a contact will wait: from how its queue moves on, and how those move on who need the same as it does (flow.ts).
//
// The queue alone takes everybody ahead for somebody whom the same agents would serve first; the profile alone forgets
// that those agents serve others as well. Neither is right where agents can do some things and not others, one is too
// short where the other is too long, and the mean of both is nearer than either (docs/replay.md has the numbers).

import type { Reaction, TableWriter } from '../module.ts';
import type { Contact } from './contacts.ts';
import type { Profile } from './profiles.ts';
import type { Queue } from './queues.ts';
import { profileFlowsTable } from './tables.ts';

type Now = Pick<Reaction, 'now'>;

export class WaitingFlows {
  /** Profiles whose flow has changed in this tick. */
  readonly #changed = new Set<Profile>();

  joined(contact: Contact, { now }: Now): void {
    contact.queue.day.flow.joined(now);
    this.#enter(contact, now);
  }

  answered(contact: Contact, waitedMs: number, { now }: Now): void {
    contact.queue.day.flow.answered(now, waitedMs > 0);
    this.#leave(contact)?.flow.answered(now, waitedMs > 0);
  }

  abandoned(contact: Contact, { now }: Now): void {
    contact.queue.day.flow.abandoned(now);
    this.#leave(contact)?.flow.abandoned(now);
  }

  /** Ended while it waited, and not by its customer. */
  ended(contact: Contact, { now }: Now): void {
    contact.queue.day.flow.left(now);
    this.#leave(contact)?.flow.left(now);
  }

  /** Waits already: after a load. */
  waits(contact: Contact): void {
    contact.queue.day.flow.waits();
    contact.profile.flow.waits();
    contact.waitsIn = contact.profile;
  }

  /** It needs something else now. Said with the answer, when the tick has settled: so it is written at once. */
  updated(contact: Contact, { now, tables }: Pick<Reaction, 'now' | 'tables'>): void {
    if (contact.waitsIn === undefined || contact.waitsIn === contact.profile) return;
    this.#leave(contact)?.flow.left(now);
    this.#enter(contact, now);
    this.write(tables);
  }

  /** At this place of its queue, 1 is next. */
  estimatedMs(contact: Contact, place: number, now: number): number | null {
    return estimate(contact.queue, place, contact.profile, contact.profile.flow.waiting, now);
  }

  write(tables: TableWriter): void {
    for (const { number, isForgotten, flow } of this.#changed)
      if (!isForgotten)
        tables.put(profileFlowsTable, number, flow.row() as unknown as Readonly<Record<string, unknown>>);
    this.#changed.clear();
  }

  #enter(contact: Contact, now: number): void {
    contact.waitsIn = contact.profile;
    contact.profile.flow.joined(now);
    this.#changed.add(contact.profile);
  }

  #leave(contact: Contact): Profile | undefined {
    const profile = contact.waitsIn;
    contact.waitsIn = undefined;
    if (profile !== undefined) this.#changed.add(profile);
    return profile;
  }
}

/** Of a contact that would be the last in its queue and among those of its profile; null where nothing is known. */
export function estimatedForNext(queue: Queue, profile: Profile | undefined, now: number): number | null {
  return estimate(queue, queue.day.flow.waiting + 1, profile, (profile?.flow.waiting ?? 0) + 1, now);
}

function estimate(
  queue: Queue,
  place: number,
  profile: Profile | undefined,
  placeInProfile: number,
  now: number,
): number | null {
  const ofQueue = queue.day.flow.expectedMs(place, now);
  const ofProfile = profile?.flow.expectedMs(Math.max(1, Math.min(place, placeInProfile)), now);
  if (ofQueue === undefined || ofProfile === undefined) {
    const known = ofQueue ?? ofProfile;
    return known === undefined ? null : Math.round(known);
  }
  return Math.round((ofQueue + ofProfile) / 2);
}
