// The plan of a recording. Pure. Ids are made here: contacts carry the run's id, so that the same day can be replayed
// again against the same router; queues, skills and agents carry a prefix, so that a replay touches nobody else's.

import { nameCharactersMax } from '../limits.ts';
import { priorityFor, queueFor, type Routing, waitCreditFor } from './mapping.ts';
import { recordedPatience } from './patience.ts';
import type { Plan, PlannedContact } from './plan.ts';
import type { RecordedCall } from './recorded-call.ts';
import type { Shift } from './shifts.ts';
import { type ServiceLevelRule, usualServiceLevel } from './statistics.ts';

export interface PlannedCall extends PlannedContact {
  readonly call: RecordedCall;
}

export type ReplayPlan = Plan<PlannedCall>;

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
  readonly serviceLevel?: ServiceLevelRule;
  readonly runId: string;
  readonly prefix: string;
}

/** What all calls together are counted as. */
const everybody = 'all';
/** Simulated agents answer at once: an offer rings this long only where something is wrong or the router was away. */
const offerMs = 10_000;

export function planReplay(input: PlanInput): ReplayPlan {
  const { calls, shifts, serviceMs, routing, runId, prefix } = input;
  const { patienceMs = recordedPatience(calls), serviceLevel = usualServiceLevel } = input;
  if (calls.length === 0) throw new PlanError('no call is left to replay: look at --from, --to and the mapping');
  if (shifts.length === 0) throw new PlanError('the recording names no agent, so nobody could serve its calls');
  if (calls.some(({ type }) => type === everybody))
    throw new PlanError(`calls of type “${everybody}” cannot be told from all calls: give them another type`);
  const names = new Names(prefix);
  const queueIdOf = (type: string): string => {
    const queueId = queueFor(routing, type);
    if (queueId === undefined) throw new PlanError(`the mapping has no queue for calls of type ${type}`);
    return prefix + queueId;
  };
  const contacts = calls.map((call, index) => ({
    contactId: `${runId}.${call.line === 0 ? index + 1 : call.line}`,
    arrivedAt: call.arrivedAt,
    type: call.type,
    call,
    wishes: {
      channel: 'voice',
      queueId: queueIdOf(call.type),
      requires: { all: [{ skill: names.of('skill', call.type) }] },
      priority: priorityFor(routing, call.type),
      waitCreditMs: waitCreditFor(routing, call.priority),
      attributes: { type: call.type, priority: call.priority, recordedAs: call.id },
      ...(call.customer !== undefined && { identity: { scheme: 'customerNumber', value: call.customer } }),
    },
    serviceMs: serviceMs.get(call)!,
    patienceMs: patienceMs.get(call),
  }));
  const agents = [...new Set(shifts.map((shift) => shift.agent))].sort().map((agent) => ({
    agentId: names.of('agent', agent),
    group: 'agents',
    shifts: apart(shifts.filter((shift) => shift.agent === agent)).map((shift) => ({
      from: shift.from,
      to: shift.to,
      settings: {
        name: agent,
        skills: Object.fromEntries(shift.types.map((type) => [names.of('skill', type), 5])),
        queues: [...new Set(shift.types.map(queueIdOf))],
        capacity: { voice: 1 },
        attributes: { simulated: true },
      },
      breaks: shift.breaks.filter((pause) => pause.from >= shift.from),
      pausesMs: shift.pausesMs,
    })),
  }));
  const queueIds = [...new Set(contacts.map(({ wishes }) => wishes.queueId))].sort();
  return {
    contacts,
    agents,
    queues: queueIds.map((queueId) => queueOf(queueId, serviceLevel)),
    startsAt: Math.min(contacts[0]!.arrivedAt, ...shifts.map((shift) => shift.from)),
    endsAt: Math.max(contacts.at(-1)!.arrivedAt, ...shifts.map((shift) => shift.to)),
  };
}

function queueOf(queueId: string, { withinMs, shortAbandonMs }: ServiceLevelRule): ReplayPlan['queues'][number] {
  return {
    queueId,
    channels: ['voice'],
    order: 'priority',
    ageingPerSecond: 1,
    select: 'longestIdle',
    offerMs,
    wrapUpMs: 0,
    serviceLevel: { percent: 80, withinMs },
    shortAbandonMs,
    missedBeforeNotReady: 0,
    afterRejectMs: 0,
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
