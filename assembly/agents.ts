// Agents: what they can do, what they chose, what is in progress at their seat, and when they are free.
//
// Free on a channel = logged in and staying, chose ready (for that channel), not resting, a line of the channel and room in
// its capacity and in the total, no line ringing where one rings at a time, and no wrap-up that takes the seat. `free` is the mask of channels on which the
// agent is in the pool right now; each channel has a version that moves on whenever the agent leaves the pool there, which
// is what makes the entries of profiles' heaps stale.
//
// Documented default: idle time is counted from becoming ready, from the end of each wrap-up (or of the contact when there
// is none), and is restarted by an offer that comes to nothing at the agent or its telephone. Misses in a row are forgotten
// by being connected and by becoming ready.

import { at, made, make } from './arena.ts';
import { agentClass, fitLevels, fitProfile, internClass, joinClass, leaveClass } from './classes.ts';
import { recheckWaiters } from './direct.ts';
import { beginDuty, changeDuty, endDuty } from './duty.ts';
import { about, begin, finish, refuse, times, values } from './effects.ts';
import { now, POOL_AGENTS, state } from './header.ts';
import { noteIdle } from './idle.ts';
import {
  AGENT_COMMAND_AGENT,
  AGENT_COMMAND_VALUE,
  AGENT_FLAG_LOGGING_OUT,
  AGENT_FLAG_ONE_RINGING,
  AGENT_FLAG_READY,
  AGENT_FLAG_RESTING,
  AGENT_IN_SERVICE,
  AGENT_LOGGED_OUT,
  AGENT_NOT_READY,
  AGENT_READY,
  AGENT_RINGING,
  AGENT_SET_AGENT,
  AGENT_SET_CAPACITY,
  AGENT_SET_LISTS,
  AGENT_SET_QUEUES_COUNT,
  AGENT_SET_SKILLS_COUNT,
  AGENT_SET_TOTAL,
  AGENT_SET_WRAP_UP_MS,
  AGENT_WRAP_UP,
  AGENTS_MAX,
  ALL_QUEUES,
  CHANNELS_MAX,
  COMMAND_BYTES,
  EFFECT_AGENT_STATE,
  IDLE_READY,
  NONE,
  QUEUES_MAX,
  REASON_CONNECTION_LOST,
  REASON_FIRST_OF_HOST,
  REASON_NONE,
  REFUSED_AGENT_LOGGED_IN,
  REFUSED_AGENT_NOT_FOUND,
  REFUSED_AGENT_NOT_LOGGED_IN,
  SKILLS_PER_AGENT_MAX,
  WITHDRAWN_NOT_READY,
} from './layout.ts';
import { withdrawRinging, withdrawUnfitting } from './offers.ts';
import { profile, pushFree, takeFree } from './profiles.ts';
import { forgetSharesOf } from './shares.ts';
import { clearTimer, dueOf } from './timers.ts';

const EVERY_CHANNEL: i32 = (1 << CHANNELS_MAX) - 1;

@unmanaged
export class Agent {
  exists: u8;
  loggedIn: u8;
  ready: u8;
  oneRinging: u8;
  loggingOut: u8;
  resting: u8;
  /** Lines of the seat. */
  lineCount: u8;
  /** Is on the list of agents whose state may have to be told. */
  dirty: u8;
  reason: i32;
  /** Channels chosen with ready. */
  chosen: i32;
  agentClass: i32;
  total: i32;
  wrapUpMs: i32;
  /** Contacts in progress, by what they are doing; they sum up to progressTotal. */
  ringing: u8;
  connected: u8;
  wrappingUp: u8;
  /** Of those that wrap up, the ones that take the seat. */
  seatTaken: u8;
  /** CHANNELS_MAX × u8 each: capacity, lines, contacts in progress. */
  capacityLow: u64;
  capacityHigh: u64;
  linesLow: u64;
  linesHigh: u64;
  progressLow: u64;
  progressHigh: u64;
  /** Mask of channels the seat has lines of. */
  seatChannels: i32;
  /** Mask of channels on which it is in the pool. */
  free: i32;
  misses: i32;
  restTimer: i32;
  /** i32 line handles in login order. */
  lines: usize;
  /** Contacts that wait for this agent by name, in order of creation; slot + 1. */
  firstWaiter: i32;
  lastWaiter: i32;
  waiters: i32;
  nextDirty: i32;
  previousInClass: i32;
  nextInClass: i32;
  /** What the host was last told. */
  toldState: u8;
  toldFlags: u8;
  /** Where a queue selects by occupancy: whether it had something in progress since, see occupancy.ts. */
  occupied: u8;
  /** This cause took it out of the pool, and it has not been served yet. */
  touched: u8;
  toldReason: i32;
  nextTouched: i32;
  since: i64;
  idleSince: i64;
  accountedAt: i64;
  /** IDLE_EVENTS × i64, known while some queue counts them: idle.ts. */
  idleTimes: i64;
  idleTimes1: i64;
  idleTimes2: i64;
  idleTimes3: i64;
  idleTimes4: i64;
  idleTimes5: i64;
  idleTimes6: i64;
  idleTimes7: i64;
  /** CHANNELS_MAX × u32. */
  versions: v128;
  versions1: v128;
  versions2: v128;
  versions3: v128;

  capacity(channel: i32): i32 {
    return load<u8>(changetype<usize>(this) + offsetof<Agent>('capacityLow') + channel);
  }
  linesOf(channel: i32): i32 {
    return load<u8>(changetype<usize>(this) + offsetof<Agent>('linesLow') + channel);
  }
  progress(channel: i32): i32 {
    return load<u8>(changetype<usize>(this) + offsetof<Agent>('progressLow') + channel);
  }
  addProgress(channel: i32, change: i32): void {
    const field = changetype<usize>(this) + offsetof<Agent>('progressLow') + channel;
    store<u8>(field, <u8>(<i32>load<u8>(field) + change));
  }
  addLine(channel: i32): void {
    const field = changetype<usize>(this) + offsetof<Agent>('linesLow') + channel;
    store<u8>(field, load<u8>(field) + 1);
  }
  version(channel: i32): u32 {
    return load<u32>(changetype<usize>(this) + offsetof<Agent>('versions') + ((<usize>channel) << 2));
  }
  moveVersion(channel: i32): void {
    const field = changetype<usize>(this) + offsetof<Agent>('versions') + ((<usize>channel) << 2);
    store<u32>(field, load<u32>(field) + 1);
  }
  inProgress(): i32 {
    return <i32>this.ringing + <i32>this.connected + <i32>this.wrappingUp;
  }
  /** Contacts at once on a channel: the smaller of lines and capacity. */
  limit(channel: i32): i32 {
    const lines = this.linesOf(channel);
    const capacity = this.capacity(channel);
    return lines < capacity ? lines : capacity;
  }
}

export function agent(handle: i32): Agent {
  return at<Agent>(POOL_AGENTS, handle);
}

export function agentExists(handle: i32): bool {
  assert(<u32>handle < <u32>AGENTS_MAX);
  return made(POOL_AGENTS, handle) && agent(handle).exists !== 0;
}

// ── When an agent is free ───────────────────────────────────────────────────────────────────────────────────────
/** Channels on which the agent could be offered a contact now. */
export function freeChannels(that: Agent): i32 {
  if (!that.ready || that.resting || that.loggingOut) return 0;
  if (that.oneRinging && that.ringing > 0) return 0;
  if (that.seatTaken > 0) return 0;
  if (that.inProgress() >= that.total) return 0;
  let free = 0;
  for (let left = that.chosen & that.seatChannels; left !== 0; left &= left - 1) {
    const channel = ctz(left);
    if (that.progress(channel) < that.limit(channel)) free |= 1 << channel;
  }
  return free;
}

export function agentIsFree(that: Agent, channel: i32): bool {
  return ((that.free >>> channel) & 1) !== 0;
}

/**
 * Takes the agent out of the pool for this cause; settle() serves it and puts it back. Several agents are touched by a cause only
 * where a contact rang at them together.
 */
export function touch(handle: i32): void {
  const own = state();
  const taken = agent(handle);
  if (!taken.touched) {
    taken.touched = 1;
    taken.nextTouched = 0;
    if (own.touchedLast !== 0) agent(own.touchedLast - 1).nextTouched = handle + 1;
    else own.touchedFirst = handle + 1;
    own.touchedLast = handle + 1;
  }
  leaveChannels(taken, handle, 0);
}

/** Leaves the pool on every channel but those of `kept`. */
export function leaveChannels(that: Agent, handle: i32, kept: i32): void {
  const left = that.free & ~kept;
  if (left === 0) return;
  if (state().exactQueues > 0) takeOut(that, handle, left);
  for (let channels = left; channels !== 0; channels &= channels - 1) that.moveVersion(ctz(channels));
  that.free &= kept;
}

function takeOut(leaves: Agent, handle: i32, channels: i32): void {
  const own = agentClass(leaves.agentClass);
  for (let fit = 0; fit < own.fitsCount; fit++) {
    const number = fitProfile(own, fit);
    if ((channels >>> profile(number).channel) & 1) takeFree(number, handle, fitLevels(own, fit));
  }
}

/** Puts the agent into the pool of every profile that fits it, on the channels it is free on. */
export function enterPool(handle: i32): void {
  const enters = agent(handle);
  assert(enters.free === 0);
  const free = freeChannels(enters);
  if (free === 0) return;
  enters.free = free;
  const own = agentClass(enters.agentClass);
  for (let fit = 0; fit < own.fitsCount; fit++) {
    const number = fitProfile(own, fit);
    if ((free >>> profile(number).channel) & 1) pushFree(number, handle, fitLevels(own, fit));
  }
}

// ── Telling the host ────────────────────────────────────────────────────────────────────────────────────────────
export function markDirty(handle: i32): void {
  const own = state();
  const marked = agent(handle);
  if (marked.dirty) return;
  marked.dirty = 1;
  marked.nextDirty = 0;
  if (own.dirtyLast !== 0) agent(own.dirtyLast - 1).nextDirty = handle + 1;
  else own.dirtyFirst = handle + 1;
  own.dirtyLast = handle + 1;
}

/** Tells the state of agents it changed for; with `busyOnly` those that could still be offered something wait. */
export function tellStates(busyOnly: bool): void {
  const own = state();
  let next = own.dirtyFirst;
  own.dirtyFirst = 0;
  own.dirtyLast = 0;
  while (next !== 0) {
    const handle = next - 1;
    const marked = agent(handle);
    next = marked.nextDirty;
    marked.dirty = 0;
    if (busyOnly && freeChannels(marked) !== 0) markDirty(handle);
    else tellIfChanged(handle, marked);
  }
}

export function stateOf(that: Agent): u8 {
  if (that.ringing > 0) return <u8>AGENT_RINGING;
  if (that.connected > 0) return <u8>AGENT_IN_SERVICE;
  if (that.wrappingUp > 0) return <u8>AGENT_WRAP_UP;
  if (!that.loggedIn) return <u8>AGENT_LOGGED_OUT;
  return that.ready ? <u8>AGENT_READY : <u8>AGENT_NOT_READY;
}

export function flagsOf(that: Agent): u8 {
  let flags = 0;
  if (that.ready) flags |= AGENT_FLAG_READY;
  if (that.loggingOut) flags |= AGENT_FLAG_LOGGING_OUT;
  if (that.oneRinging) flags |= AGENT_FLAG_ONE_RINGING;
  if (that.resting) flags |= AGENT_FLAG_RESTING;
  return <u8>flags;
}

/** No agent has all flags. */
const NOT_TOLD: u8 = 255;

/** Also where it is doing what it did. */
export function tellAgain(that: Agent): void {
  that.toldFlags = NOT_TOLD;
}

function tellIfChanged(handle: i32, that: Agent): void {
  const doing = stateOf(that);
  const flags = flagsOf(that);
  const moved = doing !== that.toldState || that.reason !== that.toldReason;
  if (!moved && flags === that.toldFlags) return;
  if (moved) that.since = now();
  that.toldState = doing;
  that.toldReason = that.reason;
  that.toldFlags = flags;
  emitState(handle, that);
}

export function emitState(handle: i32, that: Agent): void {
  const effect = begin(EFFECT_AGENT_STATE, stateOf(that));
  about(effect, NONE, 0, handle, NONE, NONE);
  values(effect, that.reason, flagsOf(that), 0);
  times(effect, that.since, 0, dueOf(that.restTimer));
  finish(effect);
}

// ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────
export function setAgent(command: usize): void {
  const handle = load<i32>(command, AGENT_SET_AGENT);
  const skills = <i32>load<u16>(command, AGENT_SET_SKILLS_COUNT);
  const queues = <i32>load<u16>(command, AGENT_SET_QUEUES_COUNT);
  assert(skills <= SKILLS_PER_AGENT_MAX);
  assert(queues === ALL_QUEUES || queues <= QUEUES_MAX);
  const listed = skills * 4 + (queues === ALL_QUEUES ? 0 : queues * 2);
  assert(load<i32>(command, COMMAND_BYTES) === ((AGENT_SET_LISTS + listed + 7) & ~7));
  assert(load<i32>(command, AGENT_SET_TOTAL) >= 0 && load<i32>(command, AGENT_SET_WRAP_UP_MS) >= -1);
  const existed = agentExists(handle);
  const set = make<Agent>(POOL_AGENTS, handle);
  if (!existed) {
    set.exists = 1;
    set.oneRinging = 1;
    set.restTimer = NONE;
    set.toldState = <u8>AGENT_LOGGED_OUT;
    set.toldFlags = <u8>AGENT_FLAG_ONE_RINGING;
    set.since = now();
  }
  if (set.loggedIn) touch(handle);
  const before = set.agentClass;
  const after = internClass(command + AGENT_SET_LISTS, skills, queues);
  if (!existed || after !== before) {
    if (set.ready) changeDuty(handle, before, after);
    if (existed) leaveClass(handle);
    joinClass(handle, after);
  }
  set.total = load<i32>(command, AGENT_SET_TOTAL);
  set.wrapUpMs = load<i32>(command, AGENT_SET_WRAP_UP_MS);
  memory.copy(changetype<usize>(set) + offsetof<Agent>('capacityLow'), command + AGENT_SET_CAPACITY, CHANNELS_MAX);
  if (!set.loggedIn) return;
  withdrawUnfitting(handle);
  recheckWaiters(handle);
}

export function removeAgent(command: usize): void {
  const handle = load<i32>(command, AGENT_COMMAND_AGENT);
  if (!agentExists(handle)) return refuse(REFUSED_AGENT_NOT_FOUND, NONE, 0, handle, NONE);
  const gone = agent(handle);
  if (gone.loggedIn) return refuse(REFUSED_AGENT_LOGGED_IN, NONE, 0, handle, NONE);

  assert(gone.free === 0 && gone.waiters === 0 && gone.inProgress() === 0 && gone.lineCount === 0);
  leaveClass(handle);
  forgetSharesOf(handle);
  // Versions go on, so that an entry left in some heap stays stale for the agent that gets this handle next.
  memory.fill(changetype<usize>(gone), 0, offsetof<Agent>('versions'));
}

export function becomeReady(command: usize): void {
  const handle = load<i32>(command, AGENT_COMMAND_AGENT);
  const mask = load<i32>(command, AGENT_COMMAND_VALUE);
  if (!agentExists(handle)) return refuse(REFUSED_AGENT_NOT_FOUND, NONE, 0, handle, NONE);
  const becomes = agent(handle);
  if (!becomes.loggedIn) return refuse(REFUSED_AGENT_NOT_LOGGED_IN, NONE, 0, handle, NONE);

  touch(handle);
  if (!becomes.ready) {
    noteIdle(handle, IDLE_READY);
    becomes.misses = 0;
    beginDuty(handle);
  }
  becomes.ready = 1;
  becomes.loggingOut = 0;
  becomes.reason = REASON_NONE;
  becomes.chosen = mask === 0 ? EVERY_CHANNEL : mask;
  markDirty(handle);
  recheckWaiters(handle);
}

export function becomeNotReady(command: usize): void {
  const handle = load<i32>(command, AGENT_COMMAND_AGENT);
  const reason = load<i32>(command, AGENT_COMMAND_VALUE);
  assert(reason >= REASON_FIRST_OF_HOST || reason === REASON_CONNECTION_LOST);
  if (!agentExists(handle)) return refuse(REFUSED_AGENT_NOT_FOUND, NONE, 0, handle, NONE);
  if (!agent(handle).loggedIn) return refuse(REFUSED_AGENT_NOT_LOGGED_IN, NONE, 0, handle, NONE);

  makeNotReady(handle, reason);
}

/** Ringing offers go back, contacts in service go on, who waits for this agent waits no longer. */
export function makeNotReady(handle: i32, reason: i32): void {
  const becomes = agent(handle);
  touch(handle);
  if (becomes.ready) endDuty(handle);
  becomes.ready = 0;
  becomes.reason = reason;
  endRest(becomes);
  withdrawRinging(handle, WITHDRAWN_NOT_READY, false);
  markDirty(handle);
  recheckWaiters(handle);
}

export function endRest(that: Agent): void {
  clearTimer(that.restTimer);
  that.restTimer = NONE;
  that.resting = 0;
}

export function setOneRinging(command: usize): void {
  const handle = load<i32>(command, AGENT_COMMAND_AGENT);
  const on = load<i32>(command, AGENT_COMMAND_VALUE);
  assert(on === 0 || on === 1);
  if (!agentExists(handle)) return refuse(REFUSED_AGENT_NOT_FOUND, NONE, 0, handle, NONE);
  if (!agent(handle).loggedIn) return refuse(REFUSED_AGENT_NOT_LOGGED_IN, NONE, 0, handle, NONE);

  touch(handle);
  agent(handle).oneRinging = <u8>on;
  markDirty(handle);
}

/** The rest after an offer that was not taken is over. */
export function restOver(handle: i32): void {
  touch(handle);
  agent(handle).restTimer = NONE;
  agent(handle).resting = 0;
  markDirty(handle);
}
