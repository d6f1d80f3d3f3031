// To whom a live contact was offered, and how long the customer was on hold: what its record will say and nobody else remembers.
//
// A row is written when an offer was not taken, when the contact is connected, and at its end where the customer had been on hold: so
// an ordinary contact costs one. Since when an offer rings is in memory alone; after a start it rings anew, and where there was
// none it is told by when its time will be over.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import { legConnectMs, recordedOffersMax } from '../../limits.ts';
import type { OfferOutcome } from '../../protocol/contact-record.ts';
import type { LoadContext, RoutingView, Row, TableWriter } from '../module.ts';
import { recordNotesTable } from './tables.ts';

export interface OfferNote {
  readonly agentId: string;
  readonly lineId: string;
  readonly at: number;
  readonly rangMs: number;
  readonly outcome: OfferOutcome;
}

interface NotesRow {
  readonly offers: readonly OfferNote[];
  /** Of all; the list has the newest. */
  readonly offered: number;
  readonly heldMs: number;
  readonly holds: number;
}

export interface Notes extends NotesRow {
  readonly number: number;
  /** There is a row of it. */
  readonly saved: boolean;
  readonly ringing: Pick<OfferNote, 'agentId' | 'lineId' | 'at'> | undefined;
}

export class OfferNotes {
  readonly #routing: RoutingView;
  readonly #bySlot = new Map<number, Notes>();

  constructor(routing: RoutingView) {
    this.#routing = routing;
  }

  load({ tables, live, now }: LoadContext): void {
    this.#bySlot.clear();
    for (const effect of live) {
      if (effect.kind !== layout.EFFECT_CONTACT_STATE) continue;
      const { contact: slot, number: low } = effect;
      const number = this.#routing.contactByHandle(slot, low)?.number;
      if (number === undefined) throw new Error(`contact ${low} in slot ${slot} is in the core and nowhere else`);
      const row = tables.get(recordNotesTable, number) as NotesRow | undefined;
      this.#bySlot.set(slot, {
        ...blank,
        ...row,
        number,
        saved: row !== undefined,
        ringing: this.#ringing(effect, now),
      });
    }
  }

  #ringing({ code, agent, line, queue, at }: Effect, now: number): Notes['ringing'] {
    const wholeMs = code === layout.CONTACT_RINGING ? this.#routing.policyOf(queue).offerMs : legConnectMs;
    if (code !== layout.CONTACT_RINGING && code !== layout.CONTACT_CONNECTING) return undefined;
    const [agentId, lineId] = [this.#routing.agentIdOf(agent), this.#routing.lineIdOf(line)];
    return { agentId, lineId, at: Math.min(now, at - wholeMs) };
  }

  /** Of a contact that may have come just now. */
  of(slot: number, low: number): Notes {
    const known = this.#bySlot.get(slot);
    if (known !== undefined && known.number >>> 0 === low) return known;
    const contact = this.#routing.contactByHandle(slot, low);
    if (contact === undefined) throw new Error(`no contact ${low} lives in slot ${slot}`);
    const notes: Notes = { ...blank, number: contact.number, saved: false, ringing: undefined };
    this.#bySlot.set(slot, notes);
    return notes;
  }

  rings(slot: number, notes: Notes, ringing: Notes['ringing']): void {
    this.#bySlot.set(slot, { ...notes, ringing });
  }

  offerOver(slot: number, { offers, ...notes }: Notes, now: number, outcome: OfferOutcome, tables: TableWriter): void {
    const { ringing } = notes;
    // Known since the last start, or since it began to ring.
    if (ringing === undefined) throw new Error(`an offer of contact ${notes.number} is over that never rang`);
    const over: OfferNote = { ...ringing, rangMs: now - ringing.at, outcome };
    const kept = [...offers, over].slice(-recordedOffersMax);
    this.#save(slot, { ...notes, offers: kept, offered: notes.offered + 1, ringing: undefined }, tables);
  }

  held(
    slot: number,
    notes: Notes,
    held: { readonly heldMs: number; readonly holds: number },
    tables: TableWriter,
  ): void {
    if (held.holds > 0) this.#save(slot, { ...notes, ...held }, tables);
  }

  /** The contact is out of the core: what was noted of it. */
  take(slot: number, low: number, tables: TableWriter): Notes {
    const notes = this.#bySlot.get(slot);
    if (notes === undefined || notes.number >>> 0 !== low) throw new Error(`contact ${low} was never in slot ${slot}`);
    this.#bySlot.delete(slot);
    if (notes.saved) tables.remove(recordNotesTable, notes.number);
    return notes;
  }

  #save(slot: number, notes: Notes, tables: TableWriter): void {
    this.#bySlot.set(slot, { ...notes, saved: true });
    const { offers, offered, heldMs, holds } = notes;
    const row: NotesRow = { offers, offered, heldMs, holds };
    tables.put(recordNotesTable, notes.number, row as unknown as Row);
  }
}

const blank: NotesRow = { offers: [], offered: 0, heldMs: 0, holds: 0 };
