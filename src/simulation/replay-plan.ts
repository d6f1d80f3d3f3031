// What a replay will do, worked out before it starts: which contacts come when and with what, and who is there to serve
// them. Pure. Ids are made here: contacts carry the run's id, so that the same day can be replayed again against the
// same router; queues, skills and agents carry a prefix, so that a replay touches nobody else's.

import { nameCharactersMax } from '../limits.ts';
import { queueFor, type Routing, waitCreditFor } from './mapping.ts';
import { recordedPatience } from './patience.ts';
import type { RecordedCall } from './recorded-call.ts';
import type { Interval, Shift } from './shifts.ts';

export interface PlannedCall {
  readonly contactId: string;
  readonly call: RecordedCall;
  readonly queueId: string;
  readonly skill: string;
  readonly waitCreditMs: number;
  readonly serviceMs: number;
  /** Who has not been served after so long hangs up; undefined: never. */
  readonly patienceMs: number | undefined;
}

export interface PlannedShift extends Interval {
  readonly skills: readonly string[];
  readonly queues: readonly string[];
  readonly breaks: readonly Interval[];
  /** After the first call, the second and so on. */
  readonly pausesMs: readonly number[];
}

export interface PlannedAgent {
  readonly agentId: string;
  readonly name: string;
  /** In order, apart from each other. */
  readonly shifts: readonly PlannedShift[];
}

export interface ReplayPlan {
  readonly calls: readonly PlannedCall[];
  readonly agents: readonly PlannedAgent[];
  readonly queueIds: readonly string[];
  /** The first and the last recorded time at which anything happens. */
  readonly startsAt: number;
  readonly endsAt: number;
}

export class PlanError extends Error {
  override readonly name = 'PlanError';
}

export interface PlanInput {
  readonly calls: readonly RecordedCall[];
  readonly shifts: readonly Shift[];
  readonly serviceMs: ReadonlyMap<RecordedCall, number>;
  /** By default only those hang up who did, after as long. */
  readonly patienceMs?: ReadonlyMap<RecordedCall, number>;
  readonly routing: Routing;
  readonly runId: string;
  readonly prefix: string;
}

export function planReplay(input: PlanInput): ReplayPlan {
  const { calls, shifts, serviceMs, routing, runId, prefix, patienceMs = recordedPatience(calls) } = input;
  if (calls.length === 0) throw new PlanError('no call is left to replay: look at --from, --to and the mapping');
  if (shifts.length === 0) throw new PlanError('the recording names no agent, so nobody could serve its calls');
  const names = new Names(prefix);
  const queueIdOf = (type: string): string => {
    const queueId = queueFor(routing, type);
    if (queueId === undefined) throw new PlanError(`the mapping has no queue for calls of type ${type}`);
    return prefix + queueId;
  };
  const planned = calls.map((call, index) => ({
    contactId: `${runId}.${call.line === 0 ? index + 1 : call.line}`,
    call,
    queueId: queueIdOf(call.type),
    skill: names.of('skill', call.type),
    waitCreditMs: waitCreditFor(routing, call.priority),
    serviceMs: serviceMs.get(call)!,
    patienceMs: patienceMs.get(call),
  }));
  const agents = [...new Set(shifts.map((shift) => shift.agent))].sort().map((agent) => ({
    agentId: names.of('agent', agent),
    name: agent,
    shifts: apart(shifts.filter((shift) => shift.agent === agent)).map((shift) => ({
      from: shift.from,
      to: shift.to,
      skills: shift.types.map((type) => names.of('skill', type)),
      queues: [...new Set(shift.types.map(queueIdOf))],
      breaks: shift.breaks.filter((pause) => pause.from >= shift.from),
      pausesMs: shift.pausesMs,
    })),
  }));
  return {
    calls: planned,
    agents,
    queueIds: [...new Set(planned.map((call) => call.queueId))].sort(),
    startsAt: Math.min(planned[0]!.call.arrivedAt, ...shifts.map((shift) => shift.from)),
    endsAt: Math.max(planned.at(-1)!.call.arrivedAt, ...shifts.map((shift) => shift.to)),
  };
}

/** A shift over midnight may reach into the agent's next one, which then begins where it ends. */
function apart(shifts: readonly Shift[]): Shift[] {
  const result: Shift[] = [];
  for (const shift of [...shifts].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    const from = last === undefined ? shift.from : Math.max(shift.from, last.to);
    if (from < shift.to || last === undefined) result.push({ ...shift, from });
  }
  return result;
}

/** Ids of the interface for names of the recording, which may have any characters. */
class Names {
  readonly #prefix: string;
  readonly #given = new Map<string, string>();
  readonly #taken = new Set<string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  of(kind: 'agent' | 'skill', name: string): string {
    const key = `${kind} ${name}`;
    const known = this.#given.get(key);
    if (known !== undefined) return known;
    const plain = (this.#prefix + name.replace(/[^A-Za-z0-9._:@+-]/g, '_')).slice(0, nameCharactersMax - 8);
    let id = plain;
    for (let count = 2; this.#taken.has(`${kind} ${id}`); count++) id = `${plain}.${count}`;
    this.#taken.add(`${kind} ${id}`);
    this.#given.set(key, id);
    return id;
  }
}
