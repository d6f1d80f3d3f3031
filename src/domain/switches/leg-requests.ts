// What a switch has been asked and has not answered: rows until it does, so that nothing is forgotten by a restart.
//
// A request is asked again, under the same requestId, when the switch connects, and when it has not answered for
// legRequestMs while it was connected. What comes of one that is never answered is for the caller of `due` to decide.
// Requests are called by the tick that made them: no two ever have the same name, whatever was removed since.

import { legRequestMs } from '../../limits.ts';
import type { LegRequestName } from '../../protocol/legs.ts';
import type { Reaction, Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import type { Leg } from './leg-book.ts';
import { legRequestsTable } from './tables.ts';

export interface LegRequest {
  /** The tick that made it, and its place among those of the tick. */
  readonly tick: number;
  readonly place: number;
  readonly switchId: string;
  /** The leg that it is about: the agent's, where two are to be joined. */
  readonly legId: string;
  readonly method: LegRequestName;
  readonly params: Readonly<Record<string, unknown>>;
  readonly tries: number;
  readonly deadline: number;
}

/** A leg of whichever book. */
export type OfLeg = Pick<Leg, 'legId' | 'switchId'>;

export class LegRequests {
  /** By name; the next deadline first. */
  #open = new Map<string, LegRequest>();
  #byLeg = new Map<string, Set<string>>();
  #tick = 0;
  #place = 0;

  load(tables: TableReader): void {
    this.#open = new Map();
    this.#byLeg = new Map();
    const rows = [...everyRow(tables, legRequestsTable)].map(({ row }) => row as unknown as LegRequest);
    rows.sort((a, b) => a.deadline - b.deadline || a.tick - b.tick || a.place - b.place);
    for (const request of rows) this.#know(request);
  }

  find(reference: string): LegRequest | undefined {
    return this.#open.get(reference);
  }

  ofLeg({ legId }: OfLeg): LegRequest[] {
    return [...(this.#byLeg.get(legId) ?? [])].map((name) => this.#open.get(name)!);
  }

  /** In the order in which they were asked. */
  ofSwitch(switchId: string): LegRequest[] {
    return [...this.#open.values()]
      .filter((request) => request.switchId === switchId)
      .sort((a, b) => a.tick - b.tick || a.place - b.place);
  }

  ask(leg: OfLeg, method: LegRequestName, params: Readonly<Record<string, unknown>>, reaction: Reaction): void {
    if (this.#tick !== reaction.tick) this.#place = 0;
    this.#tick = reaction.tick;
    const { switchId, legId } = leg;
    const { tick, now } = reaction;
    const place = this.#place++;
    this.#send({ tick, place, switchId, legId, method, params, tries: 1, deadline: now + legRequestMs }, reaction);
  }

  /** Nothing of it is kept: whether it was done is told to `reference`, if it is told, and it is not asked again. */
  askOnce(
    leg: OfLeg,
    method: LegRequestName,
    params: Readonly<Record<string, unknown>>,
    reference: string,
    reaction: Reaction,
  ): void {
    if (this.#tick !== reaction.tick) this.#place = 0;
    this.#tick = reaction.tick;
    const requestId = `q${nameOf({ tick: reaction.tick, place: this.#place++ })}`;
    const audience = { role: 'switch' as const, sub: leg.switchId };
    reaction.ask({ audience, method, params: { requestId, ...params }, reference, timeoutMs: legRequestMs });
  }

  again(request: LegRequest, reaction: Reaction): void {
    this.#forget(request);
    this.#send({ ...request, tries: request.tries + 1, deadline: reaction.now + legRequestMs }, reaction);
  }

  /** Its switch is not there: the time for the answer begins when it is back. */
  wait(request: LegRequest, { now, tables }: Reaction): void {
    this.#forget(request);
    this.#keep({ ...request, deadline: now + legRequestMs }, tables);
  }

  settle(request: LegRequest, tables: TableWriter): void {
    this.#forget(request);
    tables.remove(legRequestsTable, keyOf(request));
  }

  /** What a leg was asked for is no longer wanted: all of it, or only by some methods. */
  settleOf(leg: OfLeg, tables: TableWriter, methods?: readonly LegRequestName[]): void {
    for (const request of this.ofLeg(leg)) if (methods?.includes(request.method) ?? true) this.settle(request, tables);
  }

  isAsked(leg: OfLeg, method: LegRequestName): boolean {
    return this.ofLeg(leg).some((request) => request.method === method);
  }

  /** Takes settle() back. */
  restore(request: LegRequest): void {
    this.#know(request);
  }

  /** Those whose time is over, at most so many. */
  due(now: number, atMost: number): LegRequest[] {
    const due: LegRequest[] = [];
    for (const request of this.#open.values()) {
      if (request.deadline > now || due.length === atMost) break;
      due.push(request);
    }
    return due;
  }

  get nextDeadline(): number | undefined {
    for (const { deadline } of this.#open.values()) return deadline;
    return undefined;
  }

  #send(request: LegRequest, reaction: Reaction): void {
    this.#keep(request, reaction.tables);
    reaction.ask({
      audience: { role: 'switch', sub: request.switchId },
      method: request.method,
      params: { requestId: `q${nameOf(request)}`, ...request.params },
      reference: nameOf(request),
      timeoutMs: legRequestMs,
    });
  }

  #keep(request: LegRequest, tables: TableWriter): void {
    this.#know(request);
    tables.put(legRequestsTable, keyOf(request), request as unknown as Row);
  }

  #know(request: LegRequest): void {
    const name = nameOf(request);
    this.#open.set(name, request);
    let ofLeg = this.#byLeg.get(request.legId);
    if (ofLeg === undefined) {
      ofLeg = new Set();
      this.#byLeg.set(request.legId, ofLeg);
    }
    ofLeg.add(name);
  }

  #forget(request: LegRequest): void {
    const name = nameOf(request);
    this.#open.delete(name);
    const ofLeg = this.#byLeg.get(request.legId);
    ofLeg?.delete(name);
    if (ofLeg?.size === 0) this.#byLeg.delete(request.legId);
  }
}

function nameOf({ tick, place }: Pick<LegRequest, 'tick' | 'place'>): string {
  return `${tick}.${place}`;
}

function keyOf({ tick, place }: LegRequest): number[] {
  return [tick, place];
}
