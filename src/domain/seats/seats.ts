// Seats: agents log in at lines. Each line is fixed to a channel and shown as a panel of its own; the core sees to it that
// only one of a seat rings at a time, unless the agent turns that off.
//
// One login of an agent may be under way in a tick. A second with the same lines is answered as the first is; with other
// lines it is refused, because what it would replace is not yet sure.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import type { Caller } from '../../engine/egress.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import { tenantDefaults } from '../../protocol/tenant-settings.ts';
import type {
  Admission,
  Admitted,
  DomainModule,
  Handler,
  LineView,
  LoadContext,
  Reaction,
  RoutingView,
  Row,
  Shapes,
  TableReader,
} from '../module.ts';
import { tenantTable } from '../routing/tables.ts';
import { type Line, type LineRow, linesTable, lineWord, type SeatLines } from './seat-lines.ts';

interface Wanted {
  readonly lineId: string;
  readonly channel: string;
  readonly number?: string;
}

interface LoginUnderWay {
  readonly tick: number;
  readonly lines: readonly Line[];
  refusal: Refusal | undefined;
}

export class Seats implements DomainModule {
  readonly name = 'seats';
  readonly number = 2;
  readonly reactsTo = [layout.EFFECT_LINE_STATE];
  readonly erases = { nothing: 'Lines are of agents, with the numbers of their telephones.' };
  readonly tables = [linesTable];
  readonly methods: Readonly<Record<string, Handler>> = {
    'agent.login': (params, admission) => this.#login(params, admission),
    'agent.setOneRinging': (params, admission) => this.#setOneRinging(params, admission),
    'line.list': (params, admission) => this.#list(params, admission),
  };
  readonly shapes: Shapes = {
    agentRemove: ({ handle }, admission) => this.#removeSeat(handle, admission),
  };
  readonly #lines: SeatLines;
  readonly #routing: RoutingView;
  /** Logins admitted in the newest tick, by the agent's handle. */
  readonly #underWay = new Map<number, LoginUnderWay>();
  #underWayTick = -1;

  constructor(lines: SeatLines, routing: RoutingView) {
    this.#lines = lines;
    this.#routing = routing;
  }

  load(context: LoadContext): void {
    this.#underWay.clear();
    this.#lines.load(context, this.#routing.contactIdOf);
  }

  react(effect: Effect, reaction: Reaction): void {
    const { lineId, channel, state: code, contactId } = this.#lines.changed(effect, this.#routing.contactIdOf);
    const state = lineWord(code);
    const params = contactId === undefined ? { lineId, channel, state } : { lineId, channel, state, contactId };
    reaction.notify(this.#routing.agentAudience(effect.agent), 'line.changed', params);
  }

  state(caller: Caller): Readonly<Record<string, unknown>> {
    return caller.role === 'agent' ? { lines: this.#routing.linesOf(caller.sub).map(lineViewOf) } : {};
  }

  // ── agent.login ───────────────────────────────────────────────────────────────────────────────────────────────
  #login(params: Params<'agent.login'>, admission: Admission): Admitted {
    const agent = this.#whom(params, admission);
    if ('refusal' in agent) return agent;
    const { agentId, handle } = agent;
    const wanted = params.lines ?? this.#defaultLines(agentId, admission.tables);
    const channels = new Map(this.#routing.capacityOf(agentId).map((entry) => [entry.channel, entry]));
    const none = wanted.find(({ channel }) => (channels.get(channel)?.capacity ?? 0) === 0);
    if (none !== undefined) return refuse('agent_has_no_line_for_channel', { ...none });
    if (wanted.length > Math.min(linesMax(admission.tables), this.#lines.room)) return refuse('too_many_lines');
    const taken = this.#takenByAnother(wanted, handle);
    if (taken !== undefined) return refuse('line_id_taken', { lineId: taken });
    const underWay = this.#loginUnderWay(handle, admission.tick);
    if (underWay !== undefined) {
      if (!isSame(underWay.lines, wanted)) return refuse('agent_exists_with_different_lines');
      return { pending: () => underWay.refusal ?? this.#seated(agentId) };
    }
    return this.#takeSeat(agentId, handle, wanted, (channel) => channels.get(channel)!.number, admission);
  }

  #takeSeat(
    agentId: string,
    handle: number,
    wanted: readonly Wanted[],
    numberOf: (channel: string) => number,
    admission: Admission,
  ): Admitted {
    const before = this.#lines.seatOf(handle);
    const made: Line[] = [];
    admission.onUndo(() => {
      for (const line of made) this.#lines.forget(line);
      this.#lines.setSeat(handle, before);
      this.#lines.reclaim(before);
    });
    const lines = wanted.map((one) => {
      const known = before.find((line) => isLine(line, one));
      if (known !== undefined) return known;
      const { lineId, channel, number } = one;
      const channelNumber = numberOf(channel);
      const line = this.#lines.make({ lineId, channel, channelNumber, ...(number !== undefined && { number }) });
      made.push(line);
      return line;
    });
    admission.core.agentLogin(
      handle,
      lines.map(({ handle: line, channelNumber }) => ({ line, channel: channelNumber })),
    );
    const given = before.filter((line) => !lines.includes(line));
    this.#write(handle, lines, before, given, admission);
    this.#lines.setSeat(handle, lines, given);
    const underWay: LoginUnderWay = { tick: admission.tick, lines, refusal: undefined };
    this.#underWay.set(handle, underWay);
    admission.onUndo((refusal) => {
      underWay.refusal = refusal;
      if (refusal === undefined) this.#underWay.delete(handle);
    });
    return {
      pending: () => {
        for (const line of given) this.#lines.forget(line);
        this.#lines.setSeat(handle, lines);
        return this.#seated(agentId);
      },
    };
  }

  #write(
    agent: number,
    lines: readonly Line[],
    before: readonly Line[],
    given: readonly Line[],
    { tables }: Admission,
  ): void {
    for (const line of given) tables.remove(linesTable, line.handle);
    lines.forEach(({ handle, state: _, contactId: __, ...fixed }, place) => {
      if (before[place]?.handle === handle) return;
      const row: LineRow = { handle, agent, place, ...fixed };
      tables.put(linesTable, handle, row as unknown as Row);
    });
  }

  #seated(agentId: string): { readonly result: unknown } {
    return {
      result: { ...this.#routing.agentStateOf(agentId), lines: this.#routing.linesOf(agentId).map(lineViewOf) },
    };
  }

  /** One a unit of capacity, as many as a seat may have. */
  #defaultLines(agentId: string, tables: TableReader): Wanted[] {
    const lines: Wanted[] = [];
    for (const { channel, capacity } of this.#routing.capacityOf(agentId)) {
      for (let at = 1; at <= capacity; at++) lines.push({ lineId: `${agentId}.${channel}.${at}`, channel });
    }
    return lines.slice(0, linesMax(tables));
  }

  /** A line of this id in another seat; or twice in this one. */
  #takenByAnother(wanted: readonly Wanted[], agent: number): string | undefined {
    const own = this.#lines.seatOf(agent);
    const seen = new Set<string>();
    for (const { lineId } of wanted) {
      const line = this.#lines.find(lineId);
      if (seen.has(lineId) || (line !== undefined && !own.includes(line))) return lineId;
      seen.add(lineId);
    }
    return undefined;
  }

  #loginUnderWay(agent: number, tick: number): LoginUnderWay | undefined {
    if (this.#underWayTick !== tick) {
      this.#underWay.clear();
      this.#underWayTick = tick;
    }
    return this.#underWay.get(agent);
  }

  // ── the rest ──────────────────────────────────────────────────────────────────────────────────────────────────
  #setOneRinging(params: Params<'agent.setOneRinging'>, admission: Admission): Admitted {
    const agent = this.#whom(params, admission);
    if ('refusal' in agent) return agent;
    admission.core.agentOneRinging(agent.handle, params.on);
    return { pending: () => ({ result: { agentId: agent.agentId, on: params.on } }) };
  }

  #list(params: Params<'line.list'>, admission: Admission): Admitted {
    const agent = this.#whom(params, admission);
    if ('refusal' in agent) return agent;
    const lines = this.#routing.linesOf(agent.agentId).map(lineViewOf);
    return { result: { agentId: agent.agentId, lines, linesMax: linesMax(admission.tables) } };
  }

  /** Before the agent is removed. A login of the same tick may yet make it logged in. */
  #removeSeat(agent: number, admission: Admission): Refusal | undefined {
    if (this.#loginUnderWay(agent, admission.tick) !== undefined) return refuse('agent_logged_in');
    const seat = this.#lines.seatOf(agent);
    for (const line of seat) {
      admission.tables.remove(linesTable, line.handle);
      this.#lines.forget(line);
    }
    this.#lines.setSeat(agent, []);
    admission.onUndo(() => this.#lines.restore(agent, seat));
    return undefined;
  }

  /** An agent acts for itself only, whatever has been let through. */
  #whom(params: { readonly agentId?: string }, { caller }: Admission): { agentId: string; handle: number } | Refusal {
    const { agentId = caller?.sub ?? '' } = params;
    if (caller?.role === 'agent' && caller.sub !== agentId) return refuse('not_allowed_for_role');
    const handle = this.#routing.agentHandleOf(agentId);
    return handle === undefined ? refuse('agent_not_found') : { agentId, handle };
  }
}

function isSame(lines: readonly Line[], wanted: readonly Wanted[]): boolean {
  return lines.length === wanted.length && lines.every((line, at) => isLine(line, wanted[at] as Wanted));
}

/** With another telephone number it is another line. */
function isLine(line: Line, { lineId, channel, number }: Wanted): boolean {
  return line.lineId === lineId && line.channel === channel && line.number === number;
}

function linesMax(tables: TableReader): number {
  return (tables.get(tenantTable, 1)?.linesPerSeatMax as number | undefined) ?? tenantDefaults.linesPerSeatMax;
}

function lineViewOf({ lineId, channel, state, number, contactId }: LineView) {
  return {
    lineId,
    channel,
    state,
    ...(number !== undefined && { number }),
    ...(contactId !== undefined && { contactId }),
  };
}
