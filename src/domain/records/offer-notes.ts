// To whom a live contact was offered, and how long the customer was on hold: what its record will say and nobody else remembers.
//
// A tick that notes anything writes one row, of all the contacts about which it does; the newest row that names a contact counts, and a
// row goes when it is that of no live contact any more. Since when an offer rings is in memory alone; after a start it rings anew, and
// where there was none it is told by when its time will be over.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import { recordedOffersMax, servedPartsMax } from '../../limits.ts';
import type { OfferOutcome } from '../../protocol/contact-record.ts';
import type { LoadContext, Reaction, RoutingView, Row, TableReader } from '../module.ts';
import { everyRow } from '../rows.ts';
import { type OfferNote, type OffersInRow, offersForRow, offersInRow } from './offers-in-rows.ts';
import { recordNotesTable } from './tables.ts';

/** Of an agent's part: how long the customer was on hold. */
export interface PartNote {
  readonly part: number;
  readonly heldMs: number;
  readonly holds: number;
}

interface Noted {
  readonly number: number;
  readonly offers: readonly OfferNote[];
  /** Of all; the list has the newest. */
  readonly offered: number;
  readonly heldMs: number;
  readonly holds: number;
  /** Rows of before have none. */
  readonly parts?: readonly PartNote[];
}

/** Without names, which would be most of it. */
type NotedInRow = readonly [
  number: number,
  offered: number,
  heldMs: number,
  holds: number,
  offers: OffersInRow,
  parts?: readonly PartNote[],
];

interface NotesRow {
  readonly noted?: readonly NotedInRow[];
  /** In rows of before. */
  readonly contacts?: readonly Noted[];
}

/** Of one live contact; changed as it goes on. */
export interface Notes {
  readonly number: number;
  offers: readonly OfferNote[];
  offered: number;
  heldMs: number;
  holds: number;
  parts: readonly PartNote[];
  /** The tick whose row counts; 0: none. */
  row: number;
  /** The offer that is open; seldom others besides. */
  ringing: Ringing | undefined;
  /** It is among those that were changed in this tick. */
  isChanged: boolean;
}

interface Ringing extends Pick<OfferNote, 'agentId' | 'lineId' | 'at'> {
  readonly offer: number;
  /** Another that is open: a list of one would be two more objects for each contact. */
  readonly other: Ringing | undefined;
}

const nothing: readonly never[] = [];

export class OfferNotes {
  readonly #routing: RoutingView;
  readonly #bySlot: (Notes | undefined)[] = [];
  /** By tick: of how many live contacts its row is the one that counts. */
  readonly #rows = new Map<number, number>();
  /** Rows that count for nobody. */
  #left: number[] = [];
  /** Changed in this tick; without those that have been taken since. */
  #changed: Notes[] = [];

  constructor(routing: RoutingView) {
    this.#routing = routing;
  }

  load({ tables, live, now }: LoadContext): void {
    this.#bySlot.length = 0;
    this.#rows.clear();
    this.#left = [];
    this.#changed = [];
    const noted = this.#read(tables);
    for (const effect of live) {
      if (effect.kind === layout.EFFECT_RINGS)
        this.#rings(this.of(effect.contact, effect.number), effect.value, effect, layout.CONTACT_RINGING, now);
      if (effect.kind !== layout.EFFECT_CONTACT_STATE || this.#routing.isPart(effect.contact, effect.number)) continue;
      const number = this.#routing.contactNumberOf(effect.contact, effect.number);
      const notes = { ...fresh(number), ...noted.get(number) };
      this.#rings(notes, effect.value2, effect, effect.code, now);
      this.#keep(effect.contact, notes);
      this.#counts(notes.row, 1);
    }
    for (const tick of [...this.#rows.keys()]) this.#counts(tick, 0);
  }

  /** Of a contact that may have come just now. */
  of(slot: number, low: number): Notes {
    const known = this.#bySlot[slot];
    if (known !== undefined && known.number >>> 0 === low) return known;
    const notes = fresh(this.#routing.contactNumberOf(slot, low));
    this.#keep(slot, notes);
    return notes;
  }

  #keep(slot: number, notes: Notes): void {
    while (this.#bySlot.length < slot) this.#bySlot.push(undefined);
    this.#bySlot[slot] = notes;
  }

  rings(notes: Notes, offer: number, agentId: string, lineId: string, at: number): void {
    const other = notes.ringing && without(notes.ringing, offer);
    notes.ringing = { offer, agentId, lineId, at, other };
  }

  offerOver(notes: Notes, offer: number, now: number, outcome: OfferOutcome): void {
    let { ringing } = notes;
    while (ringing !== undefined && ringing.offer !== offer) ringing = ringing.other;
    // Known since the last start, or since it began to ring.
    if (ringing === undefined || notes.ringing === undefined)
      throw new Error(`an offer of contact ${notes.number} is over that never rang`);
    const { agentId, lineId, at } = ringing;
    const note: OfferNote = { agentId, lineId, at, rangMs: now - at, outcome };
    notes.offers = notes.offers.length === 0 ? [note] : [...notes.offers, note].slice(-recordedOffersMax);
    notes.offered += 1;
    notes.ringing = without(notes.ringing, offer);
    this.#change(notes);
  }

  held(notes: Notes, held: { readonly heldMs: number; readonly holds: number }): void {
    notes.heldMs = held.heldMs;
    notes.holds = held.holds;
    this.#change(notes);
  }

  parted(notes: Notes, part: PartNote): void {
    notes.parts = [...notes.parts, part].slice(-servedPartsMax);
    this.#change(notes);
  }

  #change(notes: Notes): void {
    if (notes.isChanged) return;
    notes.isChanged = true;
    this.#changed.push(notes);
  }

  /** The contact is out of the core: what was noted of it. */
  take(slot: number, number: number): Notes {
    const notes = this.#bySlot[slot];
    if (notes === undefined) return fresh(number);
    if (notes.number !== number) throw new Error(`contact ${number} was never in slot ${slot}`);
    this.#bySlot[slot] = undefined;
    notes.isChanged = false;
    this.#counts(notes.row, -1);
    return notes;
  }

  /** Once a tick, behind all that it notes. */
  write({ tick, tables }: Reaction): void {
    const noted: NotedInRow[] = [];
    for (const notes of this.#changed) {
      if (!notes.isChanged) continue;
      notes.isChanged = false;
      const { number, offers, offered, heldMs, holds, parts } = notes;
      const one = [number, offered, heldMs, holds, offersForRow(offers)] as const;
      noted.push(parts.length === 0 ? one : [...one, parts]);
      this.#counts(notes.row, -1);
      notes.row = tick;
    }
    this.#changed = [];
    if (noted.length > 0) {
      const row: NotesRow = { noted };
      tables.put(recordNotesTable, tick, row as unknown as Row);
      this.#counts(tick, noted.length);
    }
    for (const left of this.#left) tables.remove(recordNotesTable, left);
    this.#left = [];
  }

  /** The newest of each contact, also of those that are gone. */
  #read(tables: TableReader): Map<number, Noted & { readonly row: number }> {
    const noted = new Map<number, Noted & { readonly row: number }>();
    for (const { key, row } of everyRow(tables, recordNotesTable)) {
      this.#rows.set(key as number, 0);
      for (const one of notedIn(row as unknown as NotesRow)) noted.set(one.number, { ...one, row: key as number });
    }
    return noted;
  }

  #counts(tick: number, by: number): void {
    if (tick === 0) return;
    const count = (this.#rows.get(tick) ?? 0) + by;
    if (count > 0) this.#rows.set(tick, count);
    else if (this.#rows.delete(tick)) this.#left.push(tick);
  }

  #rings(
    notes: Notes,
    offer: number,
    { agent, line, queue, at, contact, number }: Effect,
    state: number,
    now: number,
  ): void {
    const connectMs = this.#routing.contactByHandle(contact, number)?.connectMs ?? 0;
    const wholeMs = state === layout.CONTACT_RINGING ? this.#routing.policyOf(queue).offerMs : connectMs;
    if (state !== layout.CONTACT_RINGING && state !== layout.CONTACT_CONNECTING) return;
    const [agentId, lineId] = [this.#routing.agentIdOf(agent), this.#routing.lineIdOf(line)];
    this.rings(notes, offer, agentId, lineId, Math.min(now, at - wholeMs));
  }
}

/** In the form of today, or of before. */
export function notedIn({ noted = [], contacts = [] }: NotesRow): readonly Noted[] {
  if (noted.length === 0) return contacts;
  return noted.map(([number, offered, heldMs, holds, offers, parts = nothing]) => {
    return { number, offered, heldMs, holds, offers: offersInRow(offers), parts };
  });
}

function fresh(number: number): Notes {
  return {
    number,
    offers: nothing,
    offered: 0,
    heldMs: 0,
    holds: 0,
    parts: nothing,
    row: 0,
    ringing: undefined,
    isChanged: false,
  };
}

/** But for this offer. */
function without(ringing: Ringing, offer: number): Ringing | undefined {
  const { other } = ringing;
  if (ringing.offer === offer) return other;
  return other === undefined ? ringing : { ...ringing, other: without(other, offer) };
}
