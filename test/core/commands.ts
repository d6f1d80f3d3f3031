// The core's commands as plain objects, and how each is written as a record. The tests' own writer, made from
// assembly/layout.ts alone, so that a mistake in the product's encoder cannot hide one in the core.

import * as layout from '../../assembly/layout.ts';

export interface SkillLevel {
  skill: number;
  level: number;
}

export interface QueueSet {
  kind: 'queueSet';
  queue: number;
  channels: number;
  order: number;
  select: number;
  weight: number;
  ageing: number;
  /** Absent: 0. */
  ageingCap?: number;
  ageingSteps?: { readonly afterMs: number; readonly priority: number }[];
  offerMs: number;
  wrapUpMs: number;
  maxWaiting: number;
  missedMax: number;
  afterRejectMs: number;
  /** Absent: 0. */
  afterMissMs?: number;
  ringTogether?: number;
  ringEveryMs?: number;
  /** Of leastOccupied; absent: 0. */
  occupancyWindowMs?: number;
  /** What each term of the score counts, by SCORE_…; absent: nothing. */
  scoreWeights?: number[];
  /** It matches in batches. */
  batchMs?: number;
  /** A wrap-up after its contacts keeps the agent from everything. */
  wrapUpTakesSeat?: boolean;
  /** What begins idle time anew, a bit for each of IDLE_…; absent: what is usual. */
  idleRestarts?: number;
}

export interface ProfileSet {
  kind: 'profileSet';
  profile: number;
  queue: number;
  channel: number;
  all: SkillLevel[];
  any: SkillLevel[];
  prefers: SkillLevel[];
  /** Agents that may not serve it. */
  excludes?: number[];
  /** Other queues whose agents may. */
  queues?: number[];
  /** Skills of which one must be there, at any level. */
  groups?: number[];
}

export interface AgentSet {
  kind: 'agentSet';
  agent: number;
  total: number;
  wrapUpMs: number;
  capacity: number[];
  skills: SkillLevel[];
  /** Undefined: all. */
  queues: number[] | undefined;
}

export interface ContactCreate {
  kind: 'contactCreate';
  contact: number;
  number: number;
  profile: number;
  priority: number;
  creditMs: number;
  /** layout.NONE: nobody by name. */
  agent: number;
  waitMs: number;
  orElse: number;
  withLegs?: boolean;
  /** Whatever queues and skills that agent has. */
  byAffinity?: boolean;
  inBoth?: boolean;
  forNamed?: boolean;
  /** A place that was somebody's before. */
  place?: { arrived: number; sequence: number };
  /** No queue is too full for it. */
  letIn?: boolean;
  /** Not to be offered, from the beginning. */
  withheld?: boolean;
  /** Other queues that it goes on to, and why. */
  way?: { profile: number; why: number }[];
  /** Who served its customer last. */
  servedBy?: number;
  /** At which line alone the agent that it asks for is rung. */
  line?: number;
}

export interface ContactSend {
  kind: 'contactSend';
  contact: number;
  number: number;
  profile: number;
  /** Or NONE, as the next two. */
  agent: number;
  waitMs: number;
  forNamed?: boolean;
  backTo: number;
  backMs: number;
  why: number;
  from: number;
  part: { slot: number; number: number };
  restMs: number;
  resumed?: boolean;
  line?: number;
}

export interface ContactDial {
  kind: 'contactDial';
  contact: number;
  number: number;
  profile: number;
  agent: number;
  line: number;
  withLegs: boolean;
  /** With legs. */
  connectMs: number;
}

export interface ContactHandOver {
  kind: 'contactHandOver';
  contact: number;
  number: number;
  from: number;
  other: { slot: number; number: number };
  part: { slot: number; number: number };
}

export interface ContactLeave {
  kind: 'contactLeave';
  contact: number;
  number: number;
  queue: number;
  /** layout.NONE: it ends. */
  profile: number;
  why: number;
}

export interface ContactWithhold {
  kind: 'contactWithhold';
  contact: number;
  number: number;
  on: number;
}

export interface OfferCommand {
  contact: number;
  number: number;
  offer: number;
  agent: number;
  ifOpen?: boolean;
}

export interface OfferAccept extends OfferCommand {
  kind: 'offerAccept';
  /** Of a contact with legs. */
  connectMs?: number;
}

export interface OfferFailed extends OfferCommand {
  kind: 'offerFailed';
  code: number;
  restMs: number;
}

export type Command =
  | { kind: 'resumed'; downMs: number }
  | QueueSet
  | { kind: 'queueRemove'; queue: number }
  | ProfileSet
  | { kind: 'profileDrop'; profile: number }
  | AgentSet
  | { kind: 'agentRemove'; agent: number }
  | { kind: 'agentLogin'; agent: number; lines: { line: number; channel: number }[] }
  | { kind: 'agentLogout'; agent: number; whenIdle: boolean }
  | { kind: 'agentReady'; agent: number; mask: number }
  | { kind: 'agentNotReady'; agent: number; reason: number }
  | { kind: 'agentOneRinging'; agent: number; on: number }
  | ContactCreate
  | ContactLeave
  | ContactSend
  | ContactHandOver
  | ContactDial
  | ContactWithhold
  | {
      kind: 'contactUpdate';
      contact: number;
      number: number;
      profile: number;
      priority: number;
      creditMs: number;
      byStep?: boolean;
    }
  | { kind: 'contactCancel' | 'contactPlace'; contact: number; number: number }
  | { kind: 'contactEnd'; contact: number; number: number; code: number; by?: number }
  | { kind: 'wrapUpDone'; contact: number; number: number }
  | { kind: 'wrapUpExtend'; contact: number; number: number; byMs: number }
  | OfferAccept
  | OfferFailed
  | ({ kind: 'offerReject'; readonly withoutRest?: boolean } & OfferCommand)
  | ({ kind: 'offerRang' | 'offerConnected' } & OfferCommand)
  | { kind: 'timerSet'; module: number; key: number; due: number }
  | { kind: 'timerCancel'; module: number; key: number }
  | { kind: 'skipped'; timer: number };

type Fields = [at: number, value: number][];

function padded(bytes: number): number {
  return (bytes + 7) & ~7;
}

function hasMore({ place, way, servedBy, line }: ContactCreate): boolean {
  return line !== undefined || place !== undefined || way !== undefined || servedBy !== undefined;
}

function ageingStepFields(steps: NonNullable<QueueSet['ageingSteps']>): [at: number, value: number][] {
  return steps.flatMap(({ afterMs, priority }, step) => {
    const at = layout.QUEUE_SET_AGEING_STEPS + 8 * step;
    return [
      [at, afterMs],
      [at + 4, priority],
    ] as [at: number, value: number][];
  });
}

function scoreWeightFields(weights: readonly number[]): Fields {
  return weights.map((weight, term) => [layout.QUEUE_SET_SCORE_WEIGHTS + 4 * term, weight]);
}

/** Writes one record at an offset of the view and returns its bytes. */
export function writeCommand(view: DataView, at: number, command: Command, glued = false): number {
  let flags = glued ? layout.COMMAND_FLAG_GLUED : 0;
  if (command.kind === 'agentLogout' && command.whenIdle) flags |= layout.LOGOUT_WHEN_IDLE;
  if (command.kind === 'contactCreate' && command.withLegs) flags |= layout.CREATE_WITH_LEGS;
  if (command.kind === 'contactCreate' && command.forNamed) flags |= layout.CREATE_FOR_NAMED;
  if (command.kind === 'contactCreate' && command.byAffinity) flags |= layout.CREATE_BY_AFFINITY;
  if (command.kind === 'contactCreate' && command.inBoth) flags |= layout.CREATE_IN_BOTH;
  if (command.kind === 'contactDial' && command.withLegs) flags |= layout.DIAL_WITH_LEGS;
  if (command.kind === 'contactSend' && command.forNamed) flags |= layout.SEND_FOR_NAMED;
  if (command.kind === 'contactSend' && command.resumed) flags |= layout.SEND_RESUMED;
  if (command.kind === 'contactCreate' && hasMore(command)) flags |= layout.CREATE_WITH_MORE;
  if (command.kind === 'contactUpdate' && command.byStep) flags |= layout.UPDATE_BY_STEP;
  if (command.kind === 'contactCreate' && command.letIn) flags |= layout.CREATE_LET_IN;
  if (command.kind === 'contactCreate' && command.withheld) flags |= layout.CREATE_WITHHELD;
  if (command.kind === 'offerReject' && command.withoutRest) flags |= layout.OFFER_WITHOUT_REST;
  if ('ifOpen' in command && command.ifOpen) flags |= layout.OFFER_IF_OPEN;
  const record = (kind: number, bytes: number, fields: Fields): number => {
    for (let offset = 0; offset < bytes; offset += 4) view.setInt32(at + offset, 0, true);
    view.setUint16(at + layout.COMMAND_KIND, kind, true);
    view.setUint16(at + layout.COMMAND_FLAGS, flags, true);
    view.setInt32(at + layout.COMMAND_BYTES, bytes, true);
    for (const [offset, value] of fields) view.setInt32(at + offset, value, true);
    return bytes;
  };
  const agentRecord = (kind: number, agent: number, value: number): number =>
    record(kind, layout.AGENT_COMMAND_BYTES, [
      [layout.AGENT_COMMAND_AGENT, agent],
      [layout.AGENT_COMMAND_VALUE, value],
    ]);
  const contactRecord = (
    kind: number,
    bytes: number,
    of: { contact: number; number: number },
    fields: Fields,
  ): number =>
    record(kind, bytes, [[layout.CONTACT_CONTACT, of.contact], [layout.CONTACT_NUMBER, of.number], ...fields]);
  const offerRecord = (kind: number, of: OfferCommand, fields: Fields = []): number =>
    contactRecord(kind, layout.OFFER_BYTES, of, [
      [layout.OFFER_OFFER, of.offer],
      [layout.OFFER_AGENT, of.agent],
      ...fields,
    ]);
  const timerRecord = (kind: number, module: number, key: number, due: number): number => {
    record(kind, layout.TIMER_SET_BYTES, [[layout.TIMER_MODULE, module]]);
    view.setBigInt64(at + layout.TIMER_KEY, BigInt(key), true);
    view.setBigInt64(at + layout.TIMER_DUE, BigInt(due), true);
    return layout.TIMER_SET_BYTES;
  };
  const writeSkills = (from: number, skills: SkillLevel[]): number => {
    let next = from;
    for (const { skill, level } of skills) {
      view.setUint16(next, skill, true);
      view.setUint16(next + 2, level, true);
      next += 4;
    }
    return next;
  };

  const createRecord = (create: ContactCreate, fields: Fields): number => {
    const { place, way = [], servedBy } = create;
    if (!hasMore(create))
      return contactRecord(layout.COMMAND_CONTACT_CREATE, layout.CONTACT_CREATE_BYTES, create, fields);
    const bytes = contactRecord(
      layout.COMMAND_CONTACT_CREATE,
      layout.CONTACT_CREATE_WAY + way.length * 8,
      create,
      fields,
    );
    view.setBigInt64(at + layout.CONTACT_CREATE_ARRIVED, BigInt(place?.arrived ?? 0), true);
    view.setBigInt64(at + layout.CONTACT_CREATE_SEQUENCE, BigInt(place?.sequence ?? 0), true);
    view.setInt32(at + layout.CONTACT_CREATE_WAY_COUNT, way.length, true);
    view.setInt32(at + layout.CONTACT_CREATE_SERVED_BY, servedBy === undefined ? 0 : servedBy + 1, true);
    view.setInt32(at + layout.CONTACT_CREATE_LINE, (create.line ?? layout.NONE) + 1, true);
    way.forEach(({ profile, why }, hop) => {
      view.setInt32(at + layout.CONTACT_CREATE_WAY + hop * 8, profile, true);
      view.setInt32(at + layout.CONTACT_CREATE_WAY + hop * 8 + 4, why, true);
    });
    return bytes;
  };

  switch (command.kind) {
    case 'resumed': {
      record(layout.COMMAND_RESUMED, layout.RESUMED_BYTES, []);
      view.setBigInt64(at + layout.RESUMED_DOWN_MS, BigInt(command.downMs), true);
      return layout.RESUMED_BYTES;
    }
    case 'queueSet':
      return record(layout.COMMAND_QUEUE_SET, layout.QUEUE_SET_BYTES, [
        [layout.QUEUE_SET_QUEUE, command.queue],
        [layout.QUEUE_SET_CHANNELS, command.channels],
        [layout.QUEUE_SET_ORDER, command.order],
        [layout.QUEUE_SET_SELECT, command.select],
        [layout.QUEUE_SET_WEIGHT, command.weight],
        [layout.QUEUE_SET_AGEING, command.ageing],
        [layout.QUEUE_SET_OFFER_MS, command.offerMs],
        [layout.QUEUE_SET_WRAP_UP_MS, command.wrapUpMs],
        [layout.QUEUE_SET_MAX_WAITING, command.maxWaiting],
        [layout.QUEUE_SET_MISSED_MAX, command.missedMax],
        [layout.QUEUE_SET_AFTER_REJECT_MS, command.afterRejectMs],
        [layout.QUEUE_SET_AFTER_MISS_MS, command.afterMissMs ?? 0],
        [layout.QUEUE_SET_RING_TOGETHER, command.ringTogether ?? 0],
        [layout.QUEUE_SET_RING_EVERY_MS, command.ringEveryMs ?? 0],
        [layout.QUEUE_SET_OCCUPANCY_WINDOW_MS, command.occupancyWindowMs ?? 0],
        [layout.QUEUE_SET_AGEING_CAP, command.ageingCap ?? 0],
        ...ageingStepFields(command.ageingSteps ?? []),
        [layout.QUEUE_SET_BATCH_MS, command.batchMs ?? 0],
        [layout.QUEUE_SET_WRAP_UP_TAKES_SEAT, command.wrapUpTakesSeat ? 1 : 0],
        [layout.QUEUE_SET_IDLE_RESTARTS, command.idleRestarts ?? layout.IDLE_USUAL],
        ...scoreWeightFields(command.scoreWeights ?? []),
      ]);
    case 'queueRemove':
      return record(layout.COMMAND_QUEUE_REMOVE, layout.QUEUE_REMOVE_BYTES, [
        [layout.QUEUE_REMOVE_QUEUE, command.queue],
      ]);
    case 'profileSet': {
      const skills = [...command.all, ...command.any, ...command.prefers];
      const skillsEnd = padded(layout.PROFILE_SET_SKILLS + skills.length * 4);
      const { excludes = [], queues = [], groups = [] } = command;
      const isWide = excludes.length + queues.length + groups.length > 0;
      const more = isWide ? padded(layout.MORE_LISTS + 4 * excludes.length + 2 * (queues.length + groups.length)) : 0;
      const bytes = skillsEnd + more;
      record(layout.COMMAND_PROFILE_SET, bytes, [
        [layout.PROFILE_SET_PROFILE, command.profile],
        [layout.PROFILE_SET_QUEUE, command.queue],
        [layout.PROFILE_SET_CHANNEL, command.channel],
      ]);
      view.setUint16(at + layout.PROFILE_SET_ALL, command.all.length, true);
      view.setUint16(at + layout.PROFILE_SET_ANY, command.any.length, true);
      view.setUint16(at + layout.PROFILE_SET_PREFERS, command.prefers.length, true);
      writeSkills(at + layout.PROFILE_SET_SKILLS, skills);
      view.setUint16(at + layout.PROFILE_SET_MORE, more, true);
      if (!isWide) return bytes;
      let next = at + skillsEnd + layout.MORE_LISTS;
      view.setUint16(at + skillsEnd + layout.MORE_EXCLUDES, excludes.length, true);
      view.setUint16(at + skillsEnd + layout.MORE_QUEUES, queues.length, true);
      view.setUint16(at + skillsEnd + layout.MORE_GROUPS, groups.length, true);
      for (const agent of excludes) {
        view.setInt32(next, agent, true);
        next += 4;
      }
      for (const number of [...queues, ...groups]) {
        view.setUint16(next, number, true);
        next += 2;
      }
      return bytes;
    }
    case 'profileDrop':
      return record(layout.COMMAND_PROFILE_DROP, layout.PROFILE_DROP_BYTES, [
        [layout.PROFILE_DROP_PROFILE, command.profile],
      ]);
    case 'agentSet': {
      const queues = command.queues ?? [];
      const bytes = padded(layout.AGENT_SET_LISTS + command.skills.length * 4 + queues.length * 2);
      record(layout.COMMAND_AGENT_SET, bytes, [
        [layout.AGENT_SET_AGENT, command.agent],
        [layout.AGENT_SET_TOTAL, command.total],
        [layout.AGENT_SET_WRAP_UP_MS, command.wrapUpMs],
      ]);
      view.setUint16(at + layout.AGENT_SET_SKILLS_COUNT, command.skills.length, true);
      view.setUint16(at + layout.AGENT_SET_QUEUES_COUNT, command.queues?.length ?? layout.ALL_QUEUES, true);
      command.capacity.forEach((at_, channel) => {
        view.setUint8(at + layout.AGENT_SET_CAPACITY + channel, at_);
      });
      let next = writeSkills(at + layout.AGENT_SET_LISTS, command.skills);
      for (const queue of queues) {
        view.setUint16(next, queue, true);
        next += 2;
      }
      return bytes;
    }
    case 'agentRemove':
      return agentRecord(layout.COMMAND_AGENT_REMOVE, command.agent, 0);
    case 'agentLogin': {
      const bytes = layout.AGENT_LOGIN_LIST + command.lines.length * 8;
      record(layout.COMMAND_AGENT_LOGIN, bytes, [
        [layout.AGENT_LOGIN_AGENT, command.agent],
        [layout.AGENT_LOGIN_LINES, command.lines.length],
      ]);
      command.lines.forEach(({ line, channel }, place) => {
        view.setInt32(at + layout.AGENT_LOGIN_LIST + place * 8, line, true);
        view.setInt32(at + layout.AGENT_LOGIN_LIST + place * 8 + 4, channel, true);
      });
      return bytes;
    }
    case 'agentLogout':
      return agentRecord(layout.COMMAND_AGENT_LOGOUT, command.agent, 0);
    case 'agentReady':
      return agentRecord(layout.COMMAND_AGENT_READY, command.agent, command.mask);
    case 'agentNotReady':
      return agentRecord(layout.COMMAND_AGENT_NOT_READY, command.agent, command.reason);
    case 'agentOneRinging':
      return agentRecord(layout.COMMAND_AGENT_ONE_RINGING, command.agent, command.on);
    case 'contactCreate':
      return createRecord(command, [
        [layout.CONTACT_CREATE_PROFILE, command.profile],
        [layout.CONTACT_CREATE_PRIORITY, command.priority],
        [layout.CONTACT_CREATE_CREDIT_MS, command.creditMs],
        [layout.CONTACT_CREATE_AGENT, command.agent],
        [layout.CONTACT_CREATE_DIRECT_WAIT_MS, command.waitMs],
        [layout.CONTACT_CREATE_DIRECT_OR_ELSE, command.orElse],
      ]);
    case 'contactSend':
      return contactRecord(layout.COMMAND_CONTACT_SEND, layout.CONTACT_SEND_BYTES, command, [
        [layout.CONTACT_SEND_PROFILE, command.profile],
        [layout.CONTACT_SEND_AGENT, command.agent],
        [layout.CONTACT_SEND_WAIT_MS, command.waitMs],
        [layout.CONTACT_SEND_BACK_TO, command.backTo],
        [layout.CONTACT_SEND_BACK_MS, command.backMs],
        [layout.CONTACT_SEND_WHY, command.why],
        [layout.CONTACT_SEND_FROM, command.from],
        [layout.CONTACT_SEND_PART, command.part.slot],
        [layout.CONTACT_SEND_PART_NUMBER, command.part.number],
        [layout.CONTACT_SEND_REST_MS, command.restMs],
        [layout.CONTACT_SEND_LINE, (command.line ?? layout.NONE) + 1],
      ]);
    case 'contactDial':
      return contactRecord(layout.COMMAND_CONTACT_DIAL, layout.CONTACT_DIAL_BYTES, command, [
        [layout.CONTACT_DIAL_PROFILE, command.profile],
        [layout.CONTACT_DIAL_AGENT, command.agent],
        [layout.CONTACT_DIAL_LINE, command.line],
        [layout.CONTACT_DIAL_CONNECT_MS, command.connectMs],
      ]);
    case 'contactHandOver':
      return contactRecord(layout.COMMAND_CONTACT_HAND_OVER, layout.CONTACT_HAND_OVER_BYTES, command, [
        [layout.CONTACT_HAND_OVER_FROM, command.from],
        [layout.CONTACT_HAND_OVER_OTHER, command.other.slot],
        [layout.CONTACT_HAND_OVER_OTHER_NUMBER, command.other.number],
        [layout.CONTACT_HAND_OVER_PART, command.part.slot],
        [layout.CONTACT_HAND_OVER_PART_NUMBER, command.part.number],
      ]);
    case 'contactLeave':
      return contactRecord(layout.COMMAND_CONTACT_LEAVE, layout.CONTACT_LEAVE_BYTES, command, [
        [layout.CONTACT_LEAVE_QUEUE, command.queue],
        [layout.CONTACT_LEAVE_PROFILE, command.profile],
        [layout.CONTACT_LEAVE_WHY, command.why],
      ]);
    case 'contactWithhold':
      return contactRecord(layout.COMMAND_CONTACT_WITHHOLD, layout.CONTACT_COMMAND_BYTES, command, [
        [layout.CONTACT_COMMAND_VALUE, command.on],
      ]);
    case 'contactPlace':
      return contactRecord(layout.COMMAND_CONTACT_PLACE, layout.CONTACT_COMMAND_BYTES, command, []);
    case 'contactUpdate':
      return contactRecord(layout.COMMAND_CONTACT_UPDATE, layout.CONTACT_UPDATE_BYTES, command, [
        [layout.CONTACT_UPDATE_PROFILE, command.profile],
        [layout.CONTACT_UPDATE_PRIORITY, command.priority],
        [layout.CONTACT_UPDATE_CREDIT_MS, command.creditMs],
      ]);
    case 'contactCancel':
      return contactRecord(layout.COMMAND_CONTACT_CANCEL, layout.CONTACT_COMMAND_BYTES, command, []);
    case 'contactEnd':
      return contactRecord(layout.COMMAND_CONTACT_END, layout.CONTACT_COMMAND_BYTES, command, [
        [layout.CONTACT_COMMAND_VALUE, command.code],
        [layout.CONTACT_END_BY, (command.by ?? layout.NONE) + 1],
      ]);
    case 'wrapUpDone':
      return contactRecord(layout.COMMAND_WRAP_UP_DONE, layout.CONTACT_COMMAND_BYTES, command, []);
    case 'wrapUpExtend':
      return contactRecord(layout.COMMAND_WRAP_UP_EXTEND, layout.CONTACT_COMMAND_BYTES, command, [
        [layout.CONTACT_COMMAND_VALUE, command.byMs],
      ]);
    case 'offerAccept':
      return offerRecord(layout.COMMAND_OFFER_ACCEPT, command, [[layout.OFFER_CONNECT_MS, command.connectMs ?? 0]]);
    case 'offerReject':
      return offerRecord(layout.COMMAND_OFFER_REJECT, command);
    case 'offerRang':
      return offerRecord(layout.COMMAND_OFFER_RANG, command);
    case 'offerConnected':
      return offerRecord(layout.COMMAND_OFFER_CONNECTED, command);
    case 'offerFailed':
      return offerRecord(layout.COMMAND_OFFER_FAILED, command, [
        [layout.OFFER_CODE, command.code],
        [layout.OFFER_REST_MS, command.restMs],
      ]);
    case 'timerSet':
      return timerRecord(layout.COMMAND_TIMER_SET, command.module, command.key, command.due);
    case 'timerCancel':
      return timerRecord(layout.COMMAND_TIMER_CANCEL, command.module, command.key, 0);
    case 'skipped':
      return record(layout.COMMAND_SKIPPED, layout.SKIPPED_BYTES, [[layout.SKIPPED_TIMER, command.timer]]);
  }
}
