// Writes command records into an input buffer of the partition's memory, exactly as the core reads them.
//
// One encoder per tick and buffer. `mark()`/`rewind()` take back what a request wrote when it turns out to be refused;
// the records of one request after its first are glued, so that step() never stops between them. Every field is
// checked against its bounds here, because the core traps on what the host guarantees.

import * as layout from '../../assembly/layout.ts';

export interface SkillLevel {
  readonly skill: number;
  readonly level: number;
}

export interface QueueCommand {
  readonly queue: number;
  readonly channelMask: number;
  readonly order: number;
  readonly select: number;
  readonly weight: number;
  /** Thousandths of a priority per second. */
  readonly ageing: number;
  /** Priority gained by waiting at most; 0: no bound. */
  readonly ageingCap: number;
  /** Instead of ageing in a line; at most AGEING_STEPS_MAX. */
  readonly ageingSteps: readonly { readonly afterMs: number; readonly priority: number }[];
  readonly offerMs: number;
  readonly wrapUpMs: number;
  /** Or the line alone. */
  readonly wrapUpTakesSeat: boolean;
  /** What begins an agent's idle time anew: a bit for each of IDLE_…. */
  readonly idleRestarts: number;
  readonly maxWaiting: number;
  readonly missedMax: number;
  readonly afterRejectMs: number;
  readonly afterMissMs: number;
  /** 0 where it rings one agent at a time. */
  readonly ringTogether: number;
  readonly ringEveryMs: number;
  /** 0 where no load of agents is asked for. */
  readonly occupancyWindowMs: number;
  /** What each term counts, by SCORE_…; empty where it does not select by score. */
  readonly scoreWeights: readonly number[];
  /** 0: it matches at once. */
  readonly batchMs: number;
}

export interface ProfileCommand {
  readonly profile: number;
  readonly queue: number;
  readonly channel: number;
  readonly all: readonly SkillLevel[];
  readonly any: readonly SkillLevel[];
  readonly prefers: readonly SkillLevel[];
  /** Agents that may not serve it. */
  readonly excludes?: readonly number[];
  /** Further queues whose agents may. */
  readonly queues?: readonly number[];
  /** Skills that stand for groups, of which an agent needs one. */
  readonly groups?: readonly number[];
}

export interface AgentCommand {
  readonly agent: number;
  readonly total: number;
  /** -1: the queue's. */
  readonly wrapUpMs: number;
  /** Contacts at once, by channel number. */
  readonly capacity: ReadonlyMap<number, number>;
  readonly skills: readonly SkillLevel[];
  /** Undefined: all queues. */
  readonly queues: readonly number[] | undefined;
}

export interface ContactHandle {
  readonly slot: number;
  /** The contact's number in the tenant; the core keeps its low 32 bits. */
  readonly number: number;
}

export interface ContactCommand extends ContactHandle {
  readonly profile: number;
  readonly priority: number;
  readonly creditMs: number;
}

/** For whom a contact is asked, for how long, and what then (`OR_ELSE_…`). */
/** Where a contact is sent, and what for. */
export interface DialCommand {
  readonly profile: number;
  readonly agent: number;
  readonly line: number;
  readonly connectMs: number;
  readonly withLegs: boolean;
}

export interface SendCommand {
  /** Of another queue; without, it stays in its own. */
  readonly profile?: number | undefined;
  /** The agent who is to serve it; with `whatever`, queues and skills of that one do not matter. */
  readonly to?:
    | {
        readonly agent: number;
        readonly waitMs: number;
        readonly whatever?: boolean;
        readonly line?: number | undefined;
      }
    | undefined;
  /** Who is asked next. */
  readonly backTo?: { readonly agent: number; readonly waitMs: number } | undefined;
  readonly why: number;
  readonly from?: number | undefined;
  /** What its agent's wrap-up is to be called. */
  readonly part: ContactHandle;
  readonly restMs?: number;
  /** It was parked, and may be offered again. */
  readonly resumed?: boolean;
}

export interface DirectCommand {
  readonly agent: number;
  readonly waitMs: number;
  readonly orElse: number;
  /** Queues and skills of that agent do not matter. */
  readonly whatever?: boolean;
  /** It is whom the customer knows: how it is waited for. */
  readonly known?: 'agentOnly' | 'both';
}

/** What only some contacts are created with. */
export interface MoreOfContact {
  /** A place that was somebody's before. */
  readonly place?: { readonly arrivedAt: number; readonly sequence: number };
  /** The queues that it goes on to, and why (MOVED_…; where full, only if the one before is). */
  readonly way?: readonly { readonly profile: number; readonly why: number }[];
  /** The agent who served its customer last. */
  readonly servedBy?: number;
  /** At which line alone the agent that it asks for by name is rung. */
  readonly line?: number;
  /** No queue is too full for it. */
  readonly letIn?: boolean;
  /** Not to be offered, from the beginning; of one that asks for nobody by name. */
  readonly withheld?: boolean;
}

/** What an offer may fail with: the rest of the codes are the core's own reasons. */
const failures: ReadonlySet<number> = new Set([
  layout.WITHDRAWN_TIMED_OUT,
  layout.WITHDRAWN_REJECTED,
  layout.WITHDRAWN_BUSY,
  layout.WITHDRAWN_UNREACHABLE,
]);

const TWO_TO_32 = 4_294_967_296;

/** The batch has no room for another record: the tick has to be closed. */
export class BatchFullError extends Error {}

export class CommandEncoder {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #limit: number;
  #at = 0;
  #count = 0;
  #glue = false;

  constructor(memory: ArrayBufferLike, byteOffset: number, byteLength: number) {
    this.#view = new DataView(memory, byteOffset, byteLength);
    this.#bytes = new Uint8Array(memory, byteOffset, byteLength);
    this.#limit = byteLength;
  }

  get bytes(): number {
    return this.#at;
  }

  /** Records written: the next one's index in the batch. */
  get count(): number {
    return this.#count;
  }

  /** The records that follow belong to a new request. */
  beginRequest(): { at: number; count: number } {
    this.#glue = false;
    return { at: this.#at, count: this.#count };
  }

  rewind(mark: { at: number; count: number }): void {
    this.#at = mark.at;
    this.#count = mark.count;
    this.#glue = false;
  }

  /** A record that is already encoded, as the journal or a rebuild has it. */
  raw(record: Uint8Array): void {
    const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
    const at = this.#begin(view.getUint16(layout.COMMAND_KIND, true), record.byteLength);
    this.#bytes.set(record, at);
  }

  resumed(downMs: number): void {
    const at = this.#begin(layout.COMMAND_RESUMED, layout.RESUMED_BYTES);
    this.#i64(at + layout.RESUMED_DOWN_MS, downMs);
  }

  queueSet(queue: QueueCommand): void {
    const at = this.#begin(layout.COMMAND_QUEUE_SET, layout.QUEUE_SET_BYTES);
    this.#i32(at + layout.QUEUE_SET_QUEUE, queue.queue, 0, layout.QUEUES_MAX - 1);
    this.#i32(at + layout.QUEUE_SET_CHANNELS, queue.channelMask, 0, 2 ** layout.CHANNELS_MAX - 1);
    this.#i32(at + layout.QUEUE_SET_ORDER, queue.order, 0, layout.ORDER_FIRST_COME);
    this.#i32(at + layout.QUEUE_SET_SELECT, queue.select, 0, layout.SELECT_SCORE);
    this.#i32(at + layout.QUEUE_SET_WEIGHT, queue.weight);
    this.#i32(at + layout.QUEUE_SET_AGEING, queue.ageing, 0, 1_000_000);
    this.#i32(at + layout.QUEUE_SET_OFFER_MS, queue.offerMs, 1);
    this.#i32(at + layout.QUEUE_SET_WRAP_UP_MS, queue.wrapUpMs, 0);
    this.#i32(at + layout.QUEUE_SET_MAX_WAITING, queue.maxWaiting, -1);
    this.#i32(at + layout.QUEUE_SET_MISSED_MAX, queue.missedMax, 0);
    this.#i32(at + layout.QUEUE_SET_AFTER_REJECT_MS, queue.afterRejectMs, 0);
    this.#i32(at + layout.QUEUE_SET_AFTER_MISS_MS, queue.afterMissMs, 0);
    this.#i32(at + layout.QUEUE_SET_RING_TOGETHER, queue.ringTogether, 0, layout.RING_TOGETHER_MAX);
    this.#i32(at + layout.QUEUE_SET_RING_EVERY_MS, queue.ringEveryMs, 0);
    this.#i32(at + layout.QUEUE_SET_OCCUPANCY_WINDOW_MS, queue.occupancyWindowMs, 0);
    this.#i32(at + layout.QUEUE_SET_BATCH_MS, queue.batchMs, 0);
    this.#i32(at + layout.QUEUE_SET_WRAP_UP_TAKES_SEAT, queue.wrapUpTakesSeat ? 1 : 0, 0, 1);
    this.#i32(at + layout.QUEUE_SET_IDLE_RESTARTS, queue.idleRestarts, 0, 2 ** layout.IDLE_LOGIN - 1);
    const { SCORE_TERMS, SCORE_WEIGHT_MAX } = layout;
    this.#i32(at + layout.QUEUE_SET_AGEING_CAP, queue.ageingCap, 0, layout.PRIORITY_MAX);
    bound('steps of ageing', queue.ageingSteps.length, 0, layout.AGEING_STEPS_MAX);
    queue.ageingSteps.forEach(({ afterMs, priority }, step) => {
      this.#i32(at + layout.QUEUE_SET_AGEING_STEPS + 8 * step, afterMs, 1);
      this.#i32(at + layout.QUEUE_SET_AGEING_STEPS + 8 * step + 4, priority, 1, layout.PRIORITY_MAX);
    });
    bound('terms of a score', queue.scoreWeights.length, 0, SCORE_TERMS);
    queue.scoreWeights.forEach((weight, term) => {
      this.#i32(at + layout.QUEUE_SET_SCORE_WEIGHTS + 4 * term, weight, -SCORE_WEIGHT_MAX, SCORE_WEIGHT_MAX);
    });
  }

  queueRemove(queue: number): void {
    const at = this.#begin(layout.COMMAND_QUEUE_REMOVE, layout.QUEUE_REMOVE_BYTES);
    this.#i32(at + layout.QUEUE_REMOVE_QUEUE, queue, 0, layout.QUEUES_MAX - 1);
  }

  profileSet(profile: ProfileCommand): void {
    const skills = [...profile.all, ...profile.any, ...profile.prefers];
    bound('skills of a profile', skills.length, 0, layout.SKILLS_PER_PROFILE_MAX);
    const skillsEnd = padded(layout.PROFILE_SET_SKILLS + 4 * skills.length);
    const more = moreBytes(profile);
    const at = this.#begin(layout.COMMAND_PROFILE_SET, skillsEnd + more);
    this.#i32(at + layout.PROFILE_SET_PROFILE, profile.profile, 0, layout.PROFILES_MAX - 1);
    this.#i32(at + layout.PROFILE_SET_QUEUE, profile.queue, 0, layout.QUEUES_MAX - 1);
    this.#i32(at + layout.PROFILE_SET_CHANNEL, profile.channel, 0, layout.CHANNELS_MAX - 1);
    this.#u16(at + layout.PROFILE_SET_ALL, profile.all.length);
    this.#u16(at + layout.PROFILE_SET_ANY, profile.any.length);
    this.#u16(at + layout.PROFILE_SET_PREFERS, profile.prefers.length);
    this.#u16(at + layout.PROFILE_SET_MORE, more);
    this.#skills(at + layout.PROFILE_SET_SKILLS, skills);
    if (more > 0) this.#more(at + skillsEnd, profile);
  }

  profileDrop(profile: number): void {
    const at = this.#begin(layout.COMMAND_PROFILE_DROP, layout.PROFILE_DROP_BYTES);
    this.#i32(at + layout.PROFILE_DROP_PROFILE, profile, 0, layout.PROFILES_MAX - 1);
  }

  agentSet(agent: AgentCommand): void {
    bound('skills of an agent', agent.skills.length, 0, layout.SKILLS_PER_AGENT_MAX);
    const queues = agent.queues ?? [];
    const at = this.#begin(
      layout.COMMAND_AGENT_SET,
      padded(layout.AGENT_SET_LISTS + 4 * agent.skills.length + 2 * queues.length),
    );
    this.#i32(at + layout.AGENT_SET_AGENT, agent.agent, 0, layout.AGENTS_MAX - 1);
    this.#i32(at + layout.AGENT_SET_TOTAL, agent.total, 0);
    this.#i32(at + layout.AGENT_SET_WRAP_UP_MS, agent.wrapUpMs, -1);
    this.#u16(at + layout.AGENT_SET_SKILLS_COUNT, agent.skills.length);
    this.#u16(at + layout.AGENT_SET_QUEUES_COUNT, agent.queues === undefined ? layout.ALL_QUEUES : queues.length);
    for (const [channel, capacity] of agent.capacity) {
      bound('channel', channel, 0, layout.CHANNELS_MAX - 1);
      this.#view.setUint8(at + layout.AGENT_SET_CAPACITY + channel, bound('capacity', capacity, 0, 255));
    }
    const afterSkills = this.#skills(at + layout.AGENT_SET_LISTS, agent.skills);
    queues.forEach((queue, index) => {
      this.#u16(afterSkills + 2 * index, bound('queue', queue, 0, layout.QUEUES_MAX - 1));
    });
  }

  agentRemove(agent: number): void {
    this.#agent(layout.COMMAND_AGENT_REMOVE, agent, 0);
  }

  /** Lines in the order in which they are to ring. */
  agentLogin(agent: number, lines: readonly { readonly line: number; readonly channel: number }[]): void {
    bound('lines of a seat', lines.length, 0, layout.LINES_PER_SEAT_MAX);
    const at = this.#begin(layout.COMMAND_AGENT_LOGIN, layout.AGENT_LOGIN_LIST + 8 * lines.length);
    this.#i32(at + layout.AGENT_LOGIN_AGENT, agent, 0, layout.AGENTS_MAX - 1);
    this.#i32(at + layout.AGENT_LOGIN_LINES, lines.length);
    lines.forEach(({ line, channel }, index) => {
      this.#i32(at + layout.AGENT_LOGIN_LIST + 8 * index, line, 0, layout.LINES_MAX - 1);
      this.#i32(at + layout.AGENT_LOGIN_LIST + 8 * index + 4, channel, 0, layout.CHANNELS_MAX - 1);
    });
  }

  agentLogout(agent: number, whenIdle: boolean): void {
    this.#agent(layout.COMMAND_AGENT_LOGOUT, agent, 0, whenIdle ? layout.LOGOUT_WHEN_IDLE : 0);
  }

  /** A mask of 0 means all channels. */
  agentReady(agent: number, channelMask: number): void {
    this.#agent(layout.COMMAND_AGENT_READY, agent, channelMask);
  }

  agentNotReady(agent: number, reason: number): void {
    if (reason !== layout.REASON_CONNECTION_LOST) bound('reason', reason, layout.REASON_FIRST_OF_HOST);
    this.#agent(layout.COMMAND_AGENT_NOT_READY, agent, reason);
  }

  agentOneRinging(agent: number, on: boolean): void {
    this.#agent(layout.COMMAND_AGENT_ONE_RINGING, agent, on ? 1 : 0);
  }

  /** `withLegs`: its media are at a switch; a contact has legs or not for as long as it lives. */
  contactCreate(contact: ContactCommand, withLegs: boolean, direct?: DirectCommand, more?: MoreOfContact): void {
    const way = more?.way ?? [];
    const flags =
      (withLegs ? layout.CREATE_WITH_LEGS : 0) |
      (more === undefined ? 0 : layout.CREATE_WITH_MORE) |
      (more?.letIn === true ? layout.CREATE_LET_IN : 0) |
      (more?.withheld === true ? layout.CREATE_WITHHELD : 0) |
      (direct?.whatever === true ? layout.CREATE_FOR_NAMED : 0) |
      (direct?.known === undefined ? 0 : layout.CREATE_BY_AFFINITY) |
      (direct?.known === 'both' ? layout.CREATE_IN_BOTH : 0);
    const bytes = more === undefined ? layout.CONTACT_CREATE_BYTES : layout.CONTACT_CREATE_WAY + 8 * way.length;
    const at = this.#contact(layout.COMMAND_CONTACT_CREATE, contact, bytes, flags);
    this.#i32(at + layout.CONTACT_CREATE_PROFILE, contact.profile, 0, layout.PROFILES_MAX - 1);
    this.#i32(at + layout.CONTACT_CREATE_PRIORITY, contact.priority, -1_000_000, 1_000_000);
    this.#i32(at + layout.CONTACT_CREATE_CREDIT_MS, contact.creditMs, 0);
    this.#i32(at + layout.CONTACT_CREATE_AGENT, direct?.agent ?? layout.NONE, layout.NONE, layout.AGENTS_MAX - 1);
    this.#i32(at + layout.CONTACT_CREATE_DIRECT_WAIT_MS, direct?.waitMs ?? 0, 0);
    this.#i32(at + layout.CONTACT_CREATE_DIRECT_OR_ELSE, direct?.orElse ?? layout.OR_ELSE_QUEUE, 0, 1);
    if (more === undefined) return;
    this.#i64(at + layout.CONTACT_CREATE_ARRIVED, more.place?.arrivedAt ?? 0);
    this.#i64(at + layout.CONTACT_CREATE_SEQUENCE, more.place?.sequence ?? 0);
    this.#i32(at + layout.CONTACT_CREATE_WAY_COUNT, way.length, 0, layout.QUEUES_PER_WAY_MAX - 1);
    this.#i32(at + layout.CONTACT_CREATE_SERVED_BY, (more.servedBy ?? layout.NONE) + 1, 0, layout.AGENTS_MAX);
    this.#i32(at + layout.CONTACT_CREATE_LINE, (more.line ?? layout.NONE) + 1, 0, layout.LINES_MAX);
    way.forEach(({ profile, why }, hop) => {
      this.#i32(at + layout.CONTACT_CREATE_WAY + 8 * hop, profile, 0, layout.PROFILES_MAX - 1);
      this.#i32(at + layout.CONTACT_CREATE_WAY + 8 * hop + 4, why, layout.MOVED_FULL, layout.MOVED_NOBODY_READY);
    });
  }

  /** It was to leave that queue when what rings comes to nothing, and stays. */
  contactStay(contact: ContactHandle, queue: number): void {
    const at = this.#contact(layout.COMMAND_CONTACT_LEAVE, contact, layout.CONTACT_LEAVE_BYTES);
    this.#i32(at + layout.CONTACT_LEAVE_QUEUE, queue, 0, layout.QUEUES_MAX - 1);
    this.#i32(at + layout.CONTACT_LEAVE_PROFILE, layout.NONE, layout.NONE, layout.NONE);
    this.#i32(at + layout.CONTACT_LEAVE_WHY, 0, 0, 0);
  }

  /** For another queue by its profile there, or for good. Never refused: one that is not in that queue any more stays. */
  contactLeave(contact: ContactHandle, queue: number, profile: number | undefined, why: number): void {
    const at = this.#contact(layout.COMMAND_CONTACT_LEAVE, contact, layout.CONTACT_LEAVE_BYTES);
    this.#i32(at + layout.CONTACT_LEAVE_QUEUE, queue, 0, layout.QUEUES_MAX - 1);
    this.#i32(at + layout.CONTACT_LEAVE_PROFILE, profile ?? layout.NONE, layout.NONE, layout.PROFILES_MAX - 1);
    this.#i32(at + layout.CONTACT_LEAVE_WHY, why, layout.MOVED_TIMED_OUT, layout.MOVED_VOICEMAIL);
  }

  /** Sends a contact on, whatever it is doing; refused where it must be `from` one agent and is not (any more). */
  contactSend(contact: ContactHandle, send: SendCommand): void {
    const { profile, to, backTo, why, from, part, restMs = 0, resumed = false } = send;
    const flags = (to?.whatever === true ? layout.SEND_FOR_NAMED : 0) | (resumed ? layout.SEND_RESUMED : 0);
    const at = this.#contact(layout.COMMAND_CONTACT_SEND, contact, layout.CONTACT_SEND_BYTES, flags);
    this.#i32(at + layout.CONTACT_SEND_PROFILE, profile ?? layout.NONE, layout.NONE, layout.PROFILES_MAX - 1);
    this.#i32(at + layout.CONTACT_SEND_AGENT, to?.agent ?? layout.NONE, layout.NONE, layout.AGENTS_MAX - 1);
    this.#i32(at + layout.CONTACT_SEND_WAIT_MS, to?.waitMs ?? 0, 0);
    this.#i32(at + layout.CONTACT_SEND_BACK_TO, backTo?.agent ?? layout.NONE, layout.NONE, layout.AGENTS_MAX - 1);
    this.#i32(at + layout.CONTACT_SEND_BACK_MS, backTo?.waitMs ?? 0, 0);
    this.#i32(at + layout.CONTACT_SEND_WHY, why, layout.MOVED_TRANSFERRED, layout.MOVED_CHOSEN);
    this.#i32(at + layout.CONTACT_SEND_FROM, from ?? layout.NONE, layout.NONE, layout.AGENTS_MAX - 1);
    this.#i32(at + layout.CONTACT_SEND_PART, part.slot, 0, layout.CONTACTS_MAX - 1);
    this.#view.setUint32(at + layout.CONTACT_SEND_PART_NUMBER, part.number % 2 ** 32, true);
    this.#i32(at + layout.CONTACT_SEND_REST_MS, restMs, 0);
    this.#i32(at + layout.CONTACT_SEND_LINE, (to?.line ?? layout.NONE) + 1, 0, layout.LINES_MAX);
  }

  /** One that this agent serves goes to the line of another contact, which is over. */
  contactHandOver(contact: ContactHandle, from: number, other: ContactHandle, part: ContactHandle): void {
    const at = this.#contact(layout.COMMAND_CONTACT_HAND_OVER, contact, layout.CONTACT_HAND_OVER_BYTES);
    this.#i32(at + layout.CONTACT_HAND_OVER_FROM, from, 0, layout.AGENTS_MAX - 1);
    this.#i32(at + layout.CONTACT_HAND_OVER_OTHER, other.slot, 0, layout.CONTACTS_MAX - 1);
    this.#view.setUint32(at + layout.CONTACT_HAND_OVER_OTHER_NUMBER, other.number % 2 ** 32, true);
    this.#i32(at + layout.CONTACT_HAND_OVER_PART, part.slot, 0, layout.CONTACTS_MAX - 1);
    this.#view.setUint32(at + layout.CONTACT_HAND_OVER_PART_NUMBER, part.number % 2 ** 32, true);
  }

  /** At this line of the agent's from its beginning. */
  contactDial(contact: ContactHandle, { profile, agent, line, connectMs, withLegs }: DialCommand): void {
    const flags = withLegs ? layout.DIAL_WITH_LEGS : 0;
    const at = this.#contact(layout.COMMAND_CONTACT_DIAL, contact, layout.CONTACT_DIAL_BYTES, flags);
    this.#i32(at + layout.CONTACT_DIAL_PROFILE, profile, 0, layout.PROFILES_MAX - 1);
    this.#i32(at + layout.CONTACT_DIAL_AGENT, agent, 0, layout.AGENTS_MAX - 1);
    this.#i32(at + layout.CONTACT_DIAL_LINE, line, 0, layout.LINES_MAX - 1);
    this.#i32(at + layout.CONTACT_DIAL_CONNECT_MS, connectMs, 1);
  }

  /** It is not to be offered, or may be again. Never refused. */
  contactWithhold(contact: ContactHandle, on: boolean): void {
    const at = this.#contact(layout.COMMAND_CONTACT_WITHHOLD, contact, layout.CONTACT_COMMAND_BYTES);
    this.#i32(at + layout.CONTACT_COMMAND_VALUE, on ? 1 : 0, 0, 1);
  }

  /** Its place is told as an effect, where it has one. Never refused. */
  contactPlace(contact: ContactHandle): void {
    this.#contact(layout.COMMAND_CONTACT_PLACE, contact, layout.CONTACT_COMMAND_BYTES);
  }

  /** `byStep`: by its queue, as it gets older. Never refused then: one that is not in that queue any more stays as it is. */
  contactUpdate(contact: ContactCommand, byStep = false): void {
    const flags = byStep ? layout.UPDATE_BY_STEP : 0;
    const at = this.#contact(layout.COMMAND_CONTACT_UPDATE, contact, layout.CONTACT_UPDATE_BYTES, flags);
    this.#i32(at + layout.CONTACT_UPDATE_PROFILE, contact.profile, 0, layout.PROFILES_MAX - 1);
    this.#i32(at + layout.CONTACT_UPDATE_PRIORITY, contact.priority, -1_000_000, 1_000_000);
    this.#i32(at + layout.CONTACT_UPDATE_CREDIT_MS, contact.creditMs, 0);
  }

  contactCancel(contact: ContactHandle): void {
    this.#contact(layout.COMMAND_CONTACT_CANCEL, contact, layout.CONTACT_COMMAND_BYTES);
  }

  /** With `by` it is ended only while this agent serves it, and refused otherwise. */
  contactEnd(contact: ContactHandle, why: number, by?: number): void {
    const at = this.#contact(layout.COMMAND_CONTACT_END, contact, layout.CONTACT_COMMAND_BYTES);
    this.#i32(at + layout.CONTACT_COMMAND_VALUE, why, 1, layout.ENDED_FUNDS_EXHAUSTED);
    this.#i32(at + layout.CONTACT_END_BY, by === undefined ? 0 : by + 1, 0, layout.AGENTS_MAX);
  }

  wrapUpDone(contact: ContactHandle): void {
    this.#contact(layout.COMMAND_WRAP_UP_DONE, contact, layout.CONTACT_COMMAND_BYTES);
  }

  /** Wrap-up ends `byMs` (1..) later than it would have. */
  wrapUpExtend(contact: ContactHandle, byMs: number): void {
    const at = this.#contact(layout.COMMAND_WRAP_UP_EXTEND, contact, layout.CONTACT_COMMAND_BYTES);
    this.#i32(at + layout.CONTACT_COMMAND_VALUE, byMs, 1, layout.WRAP_UP_AHEAD_MAX_MS);
  }

  /**
   * Of a contact with legs the acceptance needs `connectMs` (1..): how long until it must be connected; the core traps
   * without. With `ifOpen` an offer that is not open any more, or not this agent's, is no refusal.
   */
  offerAccept(
    contact: ContactHandle,
    offer: number,
    agent: number,
    how?: { readonly connectMs: number; readonly ifOpen?: boolean },
  ): void {
    const at = this.#offer(
      layout.COMMAND_OFFER_ACCEPT,
      contact,
      offer,
      agent,
      how?.ifOpen === true ? layout.OFFER_IF_OPEN : 0,
    );
    if (how !== undefined) this.#i32(at + layout.OFFER_CONNECT_MS, how.connectMs, 1);
  }

  offerReject(contact: ContactHandle, offer: number, agent: number): void {
    this.#offer(layout.COMMAND_OFFER_REJECT, contact, offer, agent, 0);
  }

  /** Without a rest of the agent. Never refused: one that is not open any more stays as it is. */
  offerDecline(contact: ContactHandle, offer: number, agent: number): void {
    const flags = layout.OFFER_IF_OPEN | layout.OFFER_WITHOUT_REST;
    this.#offer(layout.COMMAND_OFFER_REJECT, contact, offer, agent, flags);
  }

  // What a switch says may be late, so none of these three is ever refused: they change an offer that is open, or nothing.
  offerRang(contact: ContactHandle, offer: number, agent: number): void {
    this.#offer(layout.COMMAND_OFFER_RANG, contact, offer, agent, layout.OFFER_IF_OPEN);
  }

  offerConnected(contact: ContactHandle, offer: number, agent: number): void {
    this.#offer(layout.COMMAND_OFFER_CONNECTED, contact, offer, agent, layout.OFFER_IF_OPEN);
  }

  /** `code`: why, as WITHDRAWN_… has it (timed out, rejected, busy, unreachable); the agent rests for `restMs`, 0 not at all. */
  offerFailed(contact: ContactHandle, offer: number, agent: number, code: number, restMs: number): void {
    if (!failures.has(code)) throw new Error(`an offer does not fail with the code ${code}`);
    const at = this.#offer(layout.COMMAND_OFFER_FAILED, contact, offer, agent, layout.OFFER_IF_OPEN);
    this.#i32(at + layout.OFFER_CODE, code);
    this.#i32(at + layout.OFFER_REST_MS, restMs, 0);
  }

  timerSet(module: number, key: number, due: number): void {
    this.#timer(layout.COMMAND_TIMER_SET, module, key, due);
  }

  timerCancel(module: number, key: number): void {
    this.#timer(layout.COMMAND_TIMER_CANCEL, module, key, 0);
  }

  /** Stands for a command that trapped (kind) or for a timer (kind 0). */
  skipped(kind: number, timer: number): void {
    const at = this.#begin(layout.COMMAND_SKIPPED, layout.SKIPPED_BYTES);
    this.#i32(at + layout.SKIPPED_KIND, kind, 0);
    this.#i32(at + layout.SKIPPED_TIMER, timer, layout.NONE);
  }

  #begin(kind: number, bytes: number, flags = 0): number {
    if (bytes % 8 !== 0 || bytes > layout.COMMAND_BYTES_MAX) throw new Error(`a command of ${bytes} bytes`);
    if (this.#at + bytes > this.#limit) throw new BatchFullError('the command batch is full');
    const at = this.#at;
    // Eight at a time: filling shared memory by a call goes byte by byte.
    for (let offset = 0; offset < bytes; offset += 8) this.#view.setFloat64(at + offset, 0, true);
    this.#view.setUint16(at + layout.COMMAND_KIND, kind, true);
    this.#view.setUint16(at + layout.COMMAND_FLAGS, flags | (this.#glue ? layout.COMMAND_FLAG_GLUED : 0), true);
    this.#view.setInt32(at + layout.COMMAND_BYTES, bytes, true);
    this.#at += bytes;
    this.#count += 1;
    this.#glue = true;
    return at;
  }

  #agent(kind: number, agent: number, value: number, flags = 0): void {
    const at = this.#begin(kind, layout.AGENT_COMMAND_BYTES, flags);
    this.#i32(at + layout.AGENT_COMMAND_AGENT, agent, 0, layout.AGENTS_MAX - 1);
    this.#i32(at + layout.AGENT_COMMAND_VALUE, value);
  }

  #contact(kind: number, contact: ContactHandle, bytes: number, flags = 0): number {
    const at = this.#begin(kind, bytes, flags);
    this.#i32(at + layout.CONTACT_CONTACT, contact.slot, 0, layout.CONTACTS_MAX - 1);
    this.#view.setUint32(at + layout.CONTACT_NUMBER, contact.number % 2 ** 32, true);
    return at;
  }

  #offer(kind: number, contact: ContactHandle, offer: number, agent: number, flags: number): number {
    const at = this.#contact(kind, contact, layout.OFFER_BYTES, flags);
    this.#i32(at + layout.OFFER_OFFER, offer);
    this.#i32(at + layout.OFFER_AGENT, agent, 0, layout.AGENTS_MAX - 1);
    return at;
  }

  #timer(kind: number, module: number, key: number, due: number): void {
    const at = this.#begin(kind, layout.TIMER_SET_BYTES);
    this.#i32(at + layout.TIMER_MODULE, module, 1, 255);
    this.#i64(at + layout.TIMER_KEY, key);
    this.#i64(at + layout.TIMER_DUE, due);
  }

  #skills(at: number, skills: readonly SkillLevel[]): number {
    skills.forEach(({ skill, level }, index) => {
      this.#u16(at + 4 * index, bound('skill', skill, 0, layout.SKILLS_MAX - 1));
      this.#u16(at + 4 * index + 2, bound('level', level, 0, layout.LEVEL_MAX));
    });
    return at + 4 * skills.length;
  }

  #more(at: number, { excludes = [], queues = [], groups = [] }: ProfileCommand): void {
    this.#u16(at + layout.MORE_EXCLUDES, bound('excluded agents', excludes.length, 0, layout.EXCLUDED_PER_PROFILE_MAX));
    this.#u16(at + layout.MORE_QUEUES, bound('further queues', queues.length, 0, layout.QUEUES_PER_PROFILE_MAX));
    this.#u16(at + layout.MORE_GROUPS, bound('groups', groups.length, 0, layout.GROUPS_PER_PROFILE_MAX));
    let next = at + layout.MORE_LISTS;
    for (const agent of excludes) {
      this.#i32(next, agent, 0, layout.AGENTS_MAX - 1);
      next += 4;
    }
    for (const queue of queues) {
      this.#u16(next, bound('queue', queue, 0, layout.QUEUES_MAX - 1));
      next += 2;
    }
    for (const group of groups) {
      this.#u16(next, bound('skill', group, 0, layout.SKILLS_MAX - 1));
      next += 2;
    }
  }

  #u16(at: number, value: number): void {
    this.#view.setUint16(at, bound('u16', value, 0, 0xffff), true);
  }

  #i32(at: number, value: number, min = -0x80000000, max = 0x7fffffff): void {
    this.#view.setInt32(at, bound('i32', value, min, max), true);
  }

  #i64(at: number, value: number): void {
    if (!Number.isSafeInteger(value)) throw new Error(`${value} is no safe integer`);
    const high = Math.floor(value / TWO_TO_32);
    this.#view.setUint32(at, value - high * TWO_TO_32, true);
    this.#view.setInt32(at + 4, high, true);
  }
}

/** What a profile has to say besides skills takes so much room. */
function moreBytes({ excludes = [], queues = [], groups = [] }: ProfileCommand): number {
  if (excludes.length + queues.length + groups.length === 0) return 0;
  return padded(layout.MORE_LISTS + 4 * excludes.length + 2 * (queues.length + groups.length));
}

function padded(bytes: number): number {
  return (bytes + 7) & ~7;
}

function bound(what: string, value: number, min: number, max = 0x7fffffff): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`${what} ${value} is not an integer from ${min} to ${max}`);
  }
  return value;
}
