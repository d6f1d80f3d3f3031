// One look at a tenant from outside: all agents and all live contacts, read together. What must hold at every moment.

import type { LinePicture } from '../../crash/pictures.ts';
import type { Members } from '../setting.ts';
import type { Register } from './commands.ts';
import type { KnownContact } from './contact-ledger.ts';

export interface Seen {
  readonly agents: readonly Members[];
  readonly contacts: readonly Members[];
  readonly accounts: readonly Members[];
}

/** What was certain when it was asked for. */
export interface AskedWhen {
  readonly count: number;
  readonly at: number;
  /** World's time: no router's clock is ahead of it. */
  now(): number;
  /** The router's own time, when it has been at rest for long enough that its timers have no excuse. */
  readonly calmNow: number | undefined;
}

export interface LookingAt {
  readonly contacts: ReadonlyMap<string, KnownContact>;
  readonly capacities: ReadonlyMap<string, Register>;
  readonly severalRing: ReadonlySet<string>;
  /** Whether the agent is logged in, as far as commands say: `in`, `out`, or `either`. */
  readonly seats: ReadonlyMap<string, Register>;
  /** Agents without a connection may have been logged out: it was set so at some time. */
  readonly logsOutTheLost: boolean;
  /** The longest that was ever set: how long a contact of the queue may ring, and how long anybody may wrap up. */
  /** Timers at which the core trapped: so many contacts may ring, wrap up or wait until somebody acts. */
  readonly timersTrapped: number;
  longestMs(queueId: string): { readonly offer: number; readonly wrapUp: number };
  /** At how many agents at once a contact of the queue was ever to ring. */
  mostTogether(queueId: string): number;
}

interface Place {
  readonly agentId: string;
  readonly lineId: string;
  readonly state: string;
}

/** Timers fire with a tick, and a tick takes its time on the disk. */
const lateMs = 2_000;

export class Looker {
  /** What each line had at the last look. */
  #lines = new Map<string, string>();
  #asked = 0;

  faults(seen: Seen, asked: AskedWhen, known: LookingAt): string[] {
    const faults: string[] = [];
    const places = new Map<string, Place[]>();
    for (const agent of seen.agents) {
      const agentId = agent.agentId as string;
      const busy = (agent.lines as LinePicture[]).filter(({ state }) => state !== 'free');
      for (const line of busy) {
        // What is left to do for a contact that has gone on.
        if (line.state === 'wrapUp' && isPart(seen, known, agentId, line)) continue;
        if (line.contactId === undefined) faults.push(`${line.lineId} is ${line.state} and has no contact`);
        else places.set(line.contactId, [...(places.get(line.contactId) ?? []), { ...line, agentId }]);
      }
      this.#seat(agentId, busy, known, faults);
      const seat = agent.state === 'loggedOut' ? 'out' : 'in';
      const possible = known.seats.get(agentId)?.during(asked.count) ?? [seat];
      const isFree = possible.includes('either') || (seat === 'out' && known.logsOutTheLost);
      if (!possible.includes(seat) && !isFree)
        faults.push(`${agentId} is ${String(agent.state)}, and should be logged ${possible.join(' or ')}`);
    }
    this.#contacts(seen.contacts, places, asked, known, faults);
    this.#lines = new Map([...places].flatMap(([contactId, at]) => at.map(({ lineId }) => [lineId, contactId])));
    this.#asked = asked.count;
    return faults;
  }

  #seat(agentId: string, busy: readonly LinePicture[], { capacities, severalRing }: LookingAt, faults: string[]): void {
    const ringing = busy.filter(({ state }) => state === 'ringing').length;
    if (ringing > 1 && !severalRing.has(agentId)) faults.push(`${ringing} lines of ${agentId} ring at once`);
    // Who has more than a capacity that was lowered keeps it; nothing may be added. What is left to do for a contact that has gone on is not.
    const added = busy.filter(
      ({ lineId, contactId, state }) => state !== 'wrapUp' && this.#lines.get(lineId) !== contactId,
    );
    if (added.length === 0) return;
    const allowed = (capacities.get(agentId)?.during(this.#asked) ?? []) as Readonly<Record<string, number>>[];
    if (allowed.length === 0) return;
    const sum = ({ total, ...channels }: Readonly<Record<string, number>>) =>
      total ?? Object.values(channels).reduce((all, one) => all + one, 0);
    const most = Math.max(...allowed.map(sum));
    if (busy.length > most) faults.push(`${agentId} has ${busy.length} contacts, ${most} are allowed`);
    for (const channel of new Set(added.map((line) => line.channel))) {
      const there = busy.filter((line) => line.channel === channel).length;
      const mostHere = Math.max(...allowed.map((capacity) => capacity[channel] ?? 0));
      if (there > mostHere) faults.push(`${agentId} has ${there} contacts of ${channel}, ${mostHere} are allowed`);
    }
  }

  /** Several ring only where a queue ever asked for it, never more than asked for, each agent once; and one alone serves. */
  #atLines(contactId: string, contact: Members, at: readonly Place[], known: LookingAt, faults: string[]): void {
    const first = { agentId: contact.agentId as string, lineId: contact.lineId as string, state: placed(contact) };
    const rings = (contact.offers as { agentId: string; lineId: string }[] | undefined) ?? [first];
    const shown = rings.map(({ agentId, lineId }) => placeText({ agentId, lineId, state: first.state }));
    const seen = at.map(({ agentId, lineId, state }) => placeText({ agentId, lineId, state: state as string }));
    if (shown.sort().join() !== seen.sort().join())
      faults.push(`${contactId} is shown as ${shown.join(', ')}, and its lines say ${seen.join(', ')}`);
    const together = contact.state === 'ringing' ? known.mostTogether(contact.queueId as string) : 1;
    if (at.length > together) faults.push(`${contactId} is ${contact.state} at ${at.length}, ${together} are allowed`);
    if (new Set(at.map(({ agentId }) => agentId)).size < at.length)
      faults.push(`${contactId} is twice at one agent: ${seen.join(', ')}`);
  }

  #contacts(
    contacts: readonly Members[],
    places: ReadonlyMap<string, readonly Place[]>,
    { count, at, now, calmNow }: AskedWhen,
    known: LookingAt,
    faults: string[],
  ): void {
    const live = new Map(contacts.map((contact) => [contact.contactId as string, contact]));
    for (const [contactId, at] of places) {
      const contact = live.get(contactId);
      if (contact === undefined)
        faults.push(`${at[0]!.lineId} is ${at[0]!.state} for ${contactId}, which is not there`);
      else this.#atLines(contactId, contact, at, known, faults);
    }
    const late: string[] = [];
    for (const [contactId, contact] of live) {
      const of = known.contacts.get(contactId);
      if (of === undefined || of.exists === 'no') faults.push(`${contactId} is there, and nobody created it`);
      else if (of.goneAt < at && contact.state !== 'wrapUp') faults.push(`${contactId} is over and ${contact.state}`);
      const isPlaced = ['ringing', 'connected', 'wrapUp'].includes(placed(contact));
      if (isPlaced && !places.has(contactId)) faults.push(`${contactId} is ${contact.state} at no line`);
      const { untilMs } = (contact.choosing ?? contact) as { readonly untilMs?: number };
      const { offer, wrapUp } = known.longestMs(contact.queueId as string);
      const longest = { ringing: offer, wrapUp: wrapUp + (of?.extendedMs ?? 0) }[contact.state as string];
      if (untilMs !== undefined && longest !== undefined && untilMs > now() + longest)
        faults.push(`${contactId} is to be ${contact.state} for ${untilMs - now()} ms from now on, which nobody set`);
      if (calmNow !== undefined && untilMs !== undefined && untilMs + lateMs < calmNow)
        late.push(`${contactId} is ${contact.state} since ${calmNow - untilMs} ms too long`);
    }
    if (late.length > known.timersTrapped) faults.push(...late);
    for (const contact of known.contacts.values()) {
      const isThere = contact.creates.some(({ inEffect, end }) => inEffect === 'yes' && end < count);
      if (isThere && !contact.wasTakenForAnother && !contact.mayHaveEnded && !live.has(contact.contactId))
        faults.push(`${contact.contactId} is lost`);
    }
  }
}

/** Of a contact that is elsewhere or over by now, and that somebody may have sent there. */
function isPart(seen: Seen, known: LookingAt, agentId: string, { contactId, lineId }: LinePicture): boolean {
  if (known.contacts.get(contactId as string)?.mayHaveBeenSent !== true) return false;
  const contact = seen.contacts.find((one) => one.contactId === contactId);
  return contact === undefined || contact.agentId !== agentId || contact.lineId !== lineId;
}

function placeText({ agentId, lineId, state }: Place): string {
  return `${agentId} ${lineId} ${state}`;
}

/** As its line is: until the switch has joined them, it rings. */
function placed({ state }: Members): string {
  return state === 'connecting' ? 'ringing' : (state as string);
}

/** Nobody waits whom somebody free could serve; given that all who are ready chose so for all channels. */
export function unserved({ agents, contacts }: Seen, wrapUpTakes: 'line' | 'seat'): string[] {
  const faults: string[] = [];
  for (const contact of contacts) {
    // Whose customer still chooses is offered to nobody.
    if (contact.state !== 'waiting' || contact.choosing !== undefined) continue;
    for (const agent of agents) {
      const wrapsUp = (agent.lines as LinePicture[]).some(({ state }) => state === 'wrapUp');
      if (wrapUpTakes === 'seat' && wrapsUp) continue;
      if (agent.restsUntil !== undefined) continue;
      if (couldServe(agent, contact)) faults.push(`${contact.contactId} waits, and ${agent.agentId} is free`);
    }
  }
  return faults;
}

/** By what the two look like, in plain words. */
interface StepPicture {
  readonly queueId: string;
  readonly drop?: string;
  readonly lower?: { readonly skill: string; readonly level: number };
  readonly queue?: string;
}

/** Every agent of the workload is in the groups that its queues begin with. */
export function couldServe(agent: Members, contact: Members, isFree = true): boolean {
  const {
    queues,
    skills = {},
    capacity,
    lines,
    state,
  } = agent as {
    queues?: string[];
    skills?: Record<string, number>;
    capacity: Record<string, number>;
    lines: LinePicture[];
    state: string;
  };
  const { all = [], any = [] } = (contact.requires ?? {}) as Record<'all' | 'any', { skill: string; level?: number }[]>;
  const steps = ((contact.steps ?? []) as StepPicture[]).filter((step) => step.queueId === contact.queueId);
  const dropped = new Set(steps.map(({ drop }) => drop));
  const can = ({ skill, level = 1 }: { skill: string; level?: number }) => {
    const lowered = steps.flatMap(({ lower }) => (lower?.skill === skill ? [lower.level] : []));
    return dropped.has(skill) || (skills[skill] ?? 0) >= Math.min(level, ...lowered);
  };
  if ((contact.excludes as string[] | undefined)?.includes(agent.agentId as string)) return false;
  const channel = contact.channel as string;
  const asked = [contact.queueId as string, ...steps.flatMap(({ queue }) => queue ?? [])];
  if (queues !== undefined && !asked.some((queueId) => queues.includes(queueId))) return false;
  if (!all.every(can) || (any.length > 0 && !any.some(can))) return false;
  const own = lines.filter((line) => line.channel === channel);
  const most = Math.min(own.length, capacity[channel] ?? 0);
  if (!isFree) return most > 0 && (capacity.total ?? 1) > 0;
  const busy = lines.filter((line) => line.state !== 'free');
  const { total, ...channels } = capacity;
  const totalMost = total ?? Object.values(channels).reduce((sum, one) => sum + one, 0);
  if (!['ready', 'inService', 'wrapUp'].includes(state) || agent.ready !== true) return false;
  if (busy.some((line) => line.state === 'ringing') || busy.length >= totalMost) return false;
  return own.filter((line) => line.state !== 'free').length < most;
}
