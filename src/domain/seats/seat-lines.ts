// The lines of all seats: who has which, by what handle, and what each is doing as the core last said.
//
// A line belongs to the seat of one agent from the login that names it until a login with other lines, or the removal of
// the agent: its id is nobody else's meanwhile, also while the agent is logged out (the core calls it gone then). Rows are
// keyed by handle. A seat is replaced whole at admission; what it gives up is free only when the core has agreed, and is
// shown until then, as what it takes is shown only from then on: who is shown a seat has been told of its lines.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import { lineStates, wordsByCode } from '../../protocol/states.ts';
import { HandlePool } from '../handle-pool.ts';
import type { LinesView, LineView, LoadContext, TableDeclaration } from '../module.ts';
import { everyRow } from '../rows.ts';

/** line handle → {handle, agent, place, lineId, channel, channelNumber} */
export const linesTable: TableDeclaration = { name: 'lines', id: 32, personal: true };

export const lineWord = wordsByCode(lineStates);

export interface LineRow {
  readonly handle: number;
  /** The agent's handle. */
  readonly agent: number;
  /** In the order in which the lines ring. */
  readonly place: number;
  readonly lineId: string;
  readonly channel: string;
  readonly channelNumber: number;
  /** Its telephone number. */
  readonly number?: string;
}

export interface Line extends Omit<LineRow, 'agent' | 'place'> {
  state: number;
  contactId: string | undefined;
}

export class SeatLines implements LinesView {
  #byHandle: (Line | undefined)[] = [];
  #handleOf = new Map<string, number>();
  #seats = new Map<number, readonly Line[]>();
  /** What a login under way gives up, by the agent's handle. */
  #leaving = new Map<number, readonly Line[]>();
  /** By telephone number, in the order of their handles: of several the first that is there counts. */
  #byNumber = new Map<string, readonly number[]>();
  /** Whose seat a line is of, by its handle: the agent's. */
  #owners = new Map<number, number>();
  #handles = new HandlePool(layout.LINES_MAX);

  load({ tables, live }: LoadContext, contactIdOf: (slot: number, number: number) => string | undefined): void {
    this.#byHandle = [];
    this.#handleOf = new Map();
    this.#seats = new Map();
    this.#leaving = new Map();
    this.#owners = new Map();
    this.#byNumber = new Map();
    this.#handles = new HandlePool(layout.LINES_MAX);
    const rows = [...everyRow(tables, linesTable)].map(({ row }) => row as unknown as LineRow);
    const seats = new Map<number, { readonly place: number; readonly line: Line }[]>();
    for (const { agent, place, ...fixed } of rows) {
      const line: Line = { ...fixed, state: layout.LINE_GONE, contactId: undefined };
      this.#know(line);
      const seat = seats.get(agent);
      if (seat === undefined) seats.set(agent, [{ place, line }]);
      else seat.push({ place, line });
    }
    for (const [agent, seat] of seats) {
      seat.sort((a, b) => a.place - b.place);
      this.setSeat(
        agent,
        seat.map(({ line }) => line),
      );
    }
    this.#handles.load(rows.map(({ handle }) => handle));
    for (const effect of live) if (effect.kind === layout.EFFECT_LINE_STATE) this.changed(effect, contactIdOf);
  }

  at(handle: number): Line {
    const line = this.#byHandle[handle];
    if (line === undefined) throw new Error(`no line has the handle ${handle}`);
    return line;
  }

  find(lineId: string): Line | undefined {
    const handle = this.#handleOf.get(lineId);
    return handle === undefined ? undefined : this.at(handle);
  }

  lineOfNumber(number: string): string | undefined {
    for (const handle of this.#byNumber.get(number) ?? []) {
      const line = this.at(handle);
      if (line.state !== layout.LINE_GONE) return line.lineId;
    }
    return undefined;
  }

  ownerOf(lineId: string): number | undefined {
    const handle = this.#handleOf.get(lineId);
    return handle === undefined ? undefined : this.#owners.get(handle);
  }

  get room(): number {
    return this.#handles.room;
  }

  /** As the last login set it, whether the agent is logged in or not. */
  seatOf(agent: number): readonly Line[] {
    return this.#seats.get(agent) ?? [];
  }

  lineIdOf(handle: number): string {
    return this.at(handle).lineId;
  }

  lineAt(handle: number): { readonly lineId: string; readonly number: string | undefined } {
    const { lineId, number } = this.at(handle);
    return { lineId, number };
  }

  linesOf(agentHandle: number): readonly LineView[] {
    return [...this.seatOf(agentHandle), ...(this.#leaving.get(agentHandle) ?? [])]
      .filter(({ state }) => state !== layout.LINE_GONE)
      .map(({ lineId, handle, channel, number, state, contactId }) => ({
        lineId,
        handle,
        channel,
        number,
        state: lineWord(state) as LineView['state'],
        contactId,
      }));
  }

  /** By a LINE_STATE effect. */
  changed(effect: Effect, contactIdOf: (slot: number, number: number) => string | undefined): Line {
    const line = this.at(effect.line);
    line.state = effect.code;
    line.contactId = effect.contact === layout.NONE ? undefined : contactIdOf(effect.contact, effect.number);
    return line;
  }

  make(of: Pick<Line, 'lineId' | 'channel' | 'channelNumber' | 'number'>): Line {
    const line: Line = { handle: this.#handles.take(), ...of, state: layout.LINE_GONE, contactId: undefined };
    this.#know(line);
    return line;
  }

  /** Its id and handle are free again. */
  forget(line: Line): void {
    this.#byHandle[line.handle] = undefined;
    this.#owners.delete(line.handle);
    if (line.number !== undefined) this.#numbers(line.number, (known) => known.filter((one) => one !== line.handle));
    // A line of this id on another channel has another handle, and may have taken the id over.
    if (this.#handleOf.get(line.lineId) === line.handle) this.#handleOf.delete(line.lineId);
    this.#handles.giveBack(line.handle);
  }

  /** Takes forget() back, for a seat that stays after all. */
  restore(agent: number, lines: readonly Line[]): void {
    for (const line of [...lines].reverse()) {
      this.#handles.takeBack(line.handle);
      this.#know(line);
    }
    this.setSeat(agent, lines);
  }

  /** Their ids are theirs again, whoever has had them since. */
  reclaim(lines: readonly Line[]): void {
    for (const { lineId, handle } of lines) this.#handleOf.set(lineId, handle);
  }

  /** `leaving`: what it gives up, until the core has agreed. */
  setSeat(agent: number, lines: readonly Line[], leaving: readonly Line[] = []): void {
    if (lines.length === 0) this.#seats.delete(agent);
    else this.#seats.set(agent, lines);
    for (const { handle } of lines) this.#owners.set(handle, agent);
    if (leaving.length === 0) this.#leaving.delete(agent);
    else this.#leaving.set(agent, leaving);
  }

  #know(line: Line): void {
    this.#byHandle[line.handle] = line;
    this.#handleOf.set(line.lineId, line.handle);
    const add = (known: readonly number[]) => [...new Set([...known, line.handle])].sort((a, b) => a - b);
    if (line.number !== undefined) this.#numbers(line.number, add);
  }

  #numbers(number: string, change: (known: readonly number[]) => readonly number[]): void {
    const changed = change(this.#byNumber.get(number) ?? []);
    if (changed.length === 0) this.#byNumber.delete(number);
    else this.#byNumber.set(number, changed);
  }
}
