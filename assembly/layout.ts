// The one description of a partition's memory, compiled by asc for the core and imported by src/ as it is.
//
// Every number that both sides must agree on is here: regions, header, command records in, effect records out,
// states, reasons and refusal codes. The core keeps no globals: all of its state is at offsets from these.
// Changing anything here changes the core's hash, and so what an old journal is replayed with. Numbers are never
// reused for another meaning.
//
//   0            64 Ki        +4 × 4 Mi               +4 × 8 Mi                    grows
//   ├─ header ───┼─ 4 input buffers ─┼─ 4 effect buffers ─────┼─ arena (records, heaps, lists) ──▶
//
// Only touched pages are resident. Snapshots and digests cover the header and the arena, never the buffers.
//
// Regions, header and state records are what builds agree on among each other: a host loads, replays and exports a memory
// of an older build by its own constants, and refuses a build whose regions or header differ (src/engine/core-build.ts).
// Everything else may change from build to build.
// All integers are little-endian. Times are milliseconds since the epoch in i64, durations milliseconds in i32.

export const LAYOUT_VERSION: i32 = 1;

// ── Regions ─────────────────────────────────────────────────────────────────────────────────────────────────────
export const PAGE_BYTES: i32 = 65536;
export const BUFFERS: i32 = 4;
export const INPUT_AT: i32 = 65536;
export const INPUT_BYTES: i32 = 4194304;
export const EFFECTS_AT: i32 = INPUT_AT + BUFFERS * INPUT_BYTES;
export const EFFECTS_BYTES: i32 = 8388608;
export const ARENA_AT: i32 = EFFECTS_AT + BUFFERS * EFFECTS_BYTES;
/** Pages a new memory starts with: everything before the arena and one page of it. */
export const INITIAL_PAGES: i32 = ARENA_AT / PAGE_BYTES + 1;

// ── Header (offsets from 0) ─────────────────────────────────────────────────────────────────────────────────────
export const HEADER_MAGIC: i32 = 0; // i64, MAGIC once format() has run
export const HEADER_LAYOUT_VERSION: i32 = 8; // i32
export const HEADER_ARENA_TOP: i32 = 12; // i32: first byte of the arena not yet handed out
export const HEADER_NUMBER: i32 = 16; // i64: number of the last tick stepped
export const HEADER_NOW: i32 = 24; // i64: its time
export const HEADER_DIGEST: i32 = 32; // i64: rolling digest over all effects since format()
export const HEADER_NEXT_DEADLINE: i32 = 40; // i64: when the next timer is due; NO_DEADLINE if none
// What the core was doing, readable after a trap: 0 idle, 1 a command, 2 a timer.
export const HEADER_DOING: i32 = 48; // i32
export const HEADER_DOING_COMMAND: i32 = 52; // i32: index in the batch of the command being executed
export const HEADER_DOING_TIMER: i32 = 56; // i32: slot of the timer being fired
export const HEADER_EFFECT_COUNT: i32 = 60; // i32: effects written by this call
export const HEADER_DESCRIBE_NEXT: i32 = 64; // i32: where describe() goes on; -1 when it is done
export const HEADER_WAITING: i32 = 68; // i32: contacts waiting or ringing
export const HEADER_LIVE: i32 = 72; // i32: contact records in use
export const HEADER_TIMERS: i32 = 76; // i32: timers set
/** i32: bytes of the batch executed. Less than the batch when the effect buffer ran short: the rest changed nothing. */
export const HEADER_CONSUMED: i32 = 80;
export const HEADER_EXPORT_BYTES: i32 = 84; // i32: bytes of state records that exportState() wrote
export const HEADER_EXPORT_NEXT: i32 = 88; // i32: where exportState() goes on; -1 when it is done
// Of a call with FLAG_EXPLAIN: the host says which contact is asked about, the core how much it wrote.
export const HEADER_EXPLAIN_CONTACT: i32 = 92; // i32: its slot
export const HEADER_EXPLAIN_NUMBER: i32 = 96; // u32: its generation
export const HEADER_EXPLAINED: i32 = 100; // i32: explanation records written
export const HEADER_UNEXPLAINED: i32 = 104; // i32: records for which there was no room
/** i64: records and entries touched since format(), in the build of the benchmarks that counts them; else 0. */
export const HEADER_TOUCHED: i32 = 248;
export const HEADER_PRIVATE: i32 = 256; // the core's own pools, free lists and directories start here
export const HEADER_BYTES: i32 = 65536;

/** The bytes "STRWG1". Every constant here is below 2^53, so that a JavaScript number holds it exactly. */
export const MAGIC: i64 = 0x314757525453;
export const NO_DEADLINE: i64 = -1;
export const NONE: i32 = -1;

export const DOING_NOTHING: i32 = 0;
export const DOING_COMMAND: i32 = 1;
export const DOING_TIMER: i32 = 2;

// ── Bounds ──────────────────────────────────────────────────────────────────────────────────────────────────────
export const AGENTS_MAX: i32 = 1048576;
export const QUEUES_MAX: i32 = 1024;
export const SKILLS_MAX: i32 = 4096;
export const CHANNELS_MAX: i32 = 16;
export const LINES_MAX: i32 = 4194304;
export const LINES_PER_SEAT_MAX: i32 = 64;
export const CONTACTS_MAX: i32 = 4194304; // live at once, in one partition
export const PROFILES_MAX: i32 = 16384;
export const QUEUES_PER_WAY_MAX: i32 = 8; // that a contact goes through before it waits
export const SKILLS_PER_AGENT_MAX: i32 = 128;
export const SKILLS_PER_PROFILE_MAX: i32 = 32; // all + any + prefers together
export const QUEUES_PER_PROFILE_MAX: i32 = 16; // whose agents may serve it besides those of its own
export const GROUPS_PER_PROFILE_MAX: i32 = 24;
export const EXCLUDED_PER_PROFILE_MAX: i32 = 16; // agents that may not serve it
export const RING_TOGETHER_MAX: i32 = 100; // agents that ring at once for one contact
/** Beyond the first of each contact, what one cause makes ring at most; the rest rings in the next cause. */
export const RINGS_PER_CAUSE_MAX: i32 = 2048;
export const DIRECT_PER_AGENT_MAX: i32 = 1000; // contacts that wait for one agent by name
export const TIMERS_PER_TICK_MAX: i32 = 4096;
export const LEVEL_MAX: i32 = 10;
export const OCCUPANCY_WINDOW_MIN_MS: i32 = 60000;
export const WRAP_UP_AHEAD_MAX_MS: i32 = 604800000; // how far ahead the end of a wrap-up may be put: as long as a policy lets it be
export const TIMERS_MAX: i32 = 16777216;
export const PRIORITY_MAX: i32 = 1000000; // and its negative the least
export const AGEING_MAX: i32 = 1000000;
/** The latest time there is (the year 2255): with it and the two bounds above, a rank always fits 64 bits. */
export const TIME_MAX: i64 = 8999999999999;
/** What one command or one timer may write at most; step() keeps this much of the effect buffer free. */
export const EFFECTS_PER_CAUSE_MAX: i32 = 16384;

// ── step() flags ────────────────────────────────────────────────────────────────────────────────────────────────
/**
 * Also says how each decision about one contact came about: EXPLAINED_… records behind the effect buffer, which must be
 * the first. Effects, digest and state are what they are without it.
 */
export const FLAG_EXPLAIN: i32 = 1;

// ── Command records ─────────────────────────────────────────────────────────────────────────────────────────────
// A batch is records one after the other, each a multiple of 8 bytes. Offsets count from the record's start.
export const COMMAND_KIND: i32 = 0; // u16
export const COMMAND_FLAGS: i32 = 2; // u16
export const COMMAND_BYTES: i32 = 4; // i32: the whole record
export const COMMAND_FIELDS: i32 = 8;
export const COMMAND_BYTES_MAX: i32 = 8192;
/** In COMMAND_FLAGS: belongs to the same request as the record before it, so step() never stops between the two. */
export const COMMAND_FLAG_GLUED: i32 = 0x8000;

/**
 * First command after a start: open offers ring anew (expiry now + offerMs), their misses are not counted. Where there
 * are more than EFFECTS_PER_CAUSE_MAX of them, the OFFERED of the rest come with CAUSE_TIMER before any other timer.
 */
export const COMMAND_RESUMED: i32 = 1; //          8 i64 downMs
export const RESUMED_DOWN_MS: i32 = 8;
export const RESUMED_BYTES: i32 = 16;

export const COMMAND_QUEUE_SET: i32 = 2; //        makes or changes a queue; re-keys its heaps where order or select changed
export const QUEUE_SET_QUEUE: i32 = 8; // i32
export const QUEUE_SET_CHANNELS: i32 = 12; // i32: mask of channels it takes; contacts that are in it already stay
export const QUEUE_SET_ORDER: i32 = 16; // i32: ORDER_…
export const QUEUE_SET_SELECT: i32 = 20; // i32: SELECT_…
export const QUEUE_SET_WEIGHT: i32 = 24; // i32: higher is served first across queues
export const QUEUE_SET_AGEING: i32 = 28; // i32: thousandths of a priority per second, 0..1,000,000
export const QUEUE_SET_OFFER_MS: i32 = 32; // i32: 1..; how long an offer rings
export const QUEUE_SET_WRAP_UP_MS: i32 = 36; // i32: 0 none
export const QUEUE_SET_MAX_WAITING: i32 = 40; // i32: -1 no bound
export const QUEUE_SET_MISSED_MAX: i32 = 44; // i32: misses in a row that make an agent not ready; 0 never
export const QUEUE_SET_AFTER_REJECT_MS: i32 = 48; // i32: how long an agent rests after a reject; 0 none
export const QUEUE_SET_OCCUPANCY_WINDOW_MS: i32 = 52; // i32: OCCUPANCY_WINDOW_MIN_MS.. where it selects by leastOccupied; else 0
export const QUEUE_SET_AFTER_MISS_MS: i32 = 56; // i32: how long an agent who stays ready rests after a miss; 0 none
export const QUEUE_SET_RING_TOGETHER: i32 = 60; // i32: 1..RING_TOGETHER_MAX where it rings several at once; else 0
/** What each term of the score counts, SCORE_TERMS × i32, -SCORE_WEIGHT_MAX..SCORE_WEIGHT_MAX; zeros where it does not select by score. */
export const QUEUE_SET_SCORE_WEIGHTS: i32 = 64;
export const QUEUE_SET_RING_EVERY_MS: i32 = 96; // i32: 1.. where it rings at one more after so long; else 0
export const QUEUE_SET_BATCH_MS: i32 = 100; // i32: it matches in batches, gathered for so long, 1..; only by score; 0: at once
export const QUEUE_SET_AGEING_CAP: i32 = 104; // i32: priority gained by waiting at most, 0..PRIORITY_MAX; 0: no bound
export const QUEUE_SET_WRAP_UP_TAKES_SEAT: i32 = 108; // i32: 1: a wrap-up after its contacts keeps the agent from everything; 0: its line alone
/** Instead of ageing in a line, AGEING_STEPS_MAX × (i32 ms, i32 priority): from that age on so much is gained; both grow, zeros behind the last. */
export const QUEUE_SET_AGEING_STEPS: i32 = 112;
export const QUEUE_SET_IDLE_RESTARTS: i32 = 176; // i32: a bit for each of IDLE_… that begins an agent's idle time anew, as this queue counts it
export const QUEUE_SET_BYTES: i32 = 184;
export const AGEING_STEPS_MAX: i32 = 8;

export const COMMAND_QUEUE_REMOVE: i32 = 3; //     refused while contacts of it live, or its agents may serve others; profiles of it, and those that its agents may serve, are dropped with it
export const QUEUE_REMOVE_QUEUE: i32 = 8;
export const QUEUE_REMOVE_BYTES: i32 = 16;

/** A profile is an interned (queue, channel, requirement). Skills follow as `u16 skill, u16 level` pairs. Its number must be free. */
export const COMMAND_PROFILE_SET: i32 = 4;
export const PROFILE_SET_PROFILE: i32 = 8; // i32
export const PROFILE_SET_QUEUE: i32 = 12; // i32
export const PROFILE_SET_CHANNEL: i32 = 16; // i32
export const PROFILE_SET_ALL: i32 = 20; // u16 count of skills that all must be there at their level
export const PROFILE_SET_ANY: i32 = 22; // u16 count of skills of which one must be there at its level (0: no such demand)
export const PROFILE_SET_PREFERS: i32 = 24; // u16 count of skills that only count in bestSkilled and the like (level is ignored)
export const PROFILE_SET_MORE: i32 = 26; // u16: bytes of what stands behind the padded skills, a multiple of 8; 0: nothing
export const PROFILE_SET_SKILLS: i32 = 28; // all, then any, then prefers; 4 bytes each; record padded to 8
/**
 * More of a profile, for few: `i32 agent…` that may not serve it, `u16 queue…` whose agents may serve it as if they were of its own,
 * `u16 skill…` that stand for groups, of which an agent needs one (at any level) unless it is asked for by name; padded to 8.
 */
export const MORE_EXCLUDES: i32 = 0; // u16 count
export const MORE_QUEUES: i32 = 2; // u16 count
export const MORE_GROUPS: i32 = 4; // u16 count
export const MORE_LISTS: i32 = 8;
export const COMMAND_PROFILE_DROP: i32 = 5; //     the host drops only profiles no live contact uses, a trap otherwise; one that is gone is no error
export const PROFILE_DROP_PROFILE: i32 = 8;
export const PROFILE_DROP_BYTES: i32 = 16;

/** Makes or changes an agent. Skills follow as `u16 skill, u16 level`, then queues as u16, padded to 8. */
export const COMMAND_AGENT_SET: i32 = 6;
export const AGENT_SET_AGENT: i32 = 8; // i32
export const AGENT_SET_TOTAL: i32 = 12; // i32: contacts at once in all
export const AGENT_SET_WRAP_UP_MS: i32 = 16; // i32: -1 the queue's
export const AGENT_SET_SKILLS_COUNT: i32 = 20; // u16
export const AGENT_SET_QUEUES_COUNT: i32 = 22; // u16; ALL_QUEUES: every queue
export const AGENT_SET_CAPACITY: i32 = 24; // CHANNELS_MAX × u8: contacts at once per channel
export const AGENT_SET_LISTS: i32 = 40;
export const ALL_QUEUES: i32 = 0xffff;

export const COMMAND_AGENT_REMOVE: i32 = 7; //     refused while logged in
export const COMMAND_AGENT_LOGOUT: i32 = 9; //     flags: LOGOUT_WHEN_IDLE
export const COMMAND_AGENT_READY: i32 = 10; //     12 i32 mask of channels (0: all)
export const COMMAND_AGENT_NOT_READY: i32 = 11; // 12 i32 reason (REASON_CONNECTION_LOST, or the host's number for its text, ≥ REASON_FIRST_OF_HOST)
export const COMMAND_AGENT_ONE_RINGING: i32 = 12; // 12 i32: 1 one line rings at a time, 0 all may
export const AGENT_COMMAND_AGENT: i32 = 8; // i32, in each of these
export const AGENT_COMMAND_VALUE: i32 = 12; // i32
export const AGENT_COMMAND_BYTES: i32 = 16;
export const LOGOUT_WHEN_IDLE: i32 = 1;

/** Lines follow as `i32 line, i32 channel`, in the order in which they are to ring. An agent logs in not ready. */
export const COMMAND_AGENT_LOGIN: i32 = 8;
export const AGENT_LOGIN_AGENT: i32 = 8; // i32
export const AGENT_LOGIN_LINES: i32 = 12; // i32 count
export const AGENT_LOGIN_LIST: i32 = 16;

export const COMMAND_CONTACT_CREATE: i32 = 13; //  flags: CREATE_…
export const CONTACT_CONTACT: i32 = 8; // i32 slot, in every contact command
export const CONTACT_NUMBER: i32 = 12; // u32 generation of the slot: the low 32 bits of the contact's number
export const CONTACT_CREATE_PROFILE: i32 = 16; // i32
export const CONTACT_CREATE_PRIORITY: i32 = 20; // i32, -1,000,000..1,000,000
export const CONTACT_CREATE_CREDIT_MS: i32 = 24; // i32 ≥ 0: waiting it is credited with, in the order only
export const CONTACT_CREATE_AGENT: i32 = 28; // i32: the agent asked for by name; NONE
export const CONTACT_CREATE_DIRECT_WAIT_MS: i32 = 32; // i32: how long to wait for that agent
export const CONTACT_CREATE_DIRECT_OR_ELSE: i32 = 36; // i32: OR_ELSE_…
export const CONTACT_CREATE_BYTES: i32 = 40;
/**
 * With CREATE_WITH_MORE. A place that was somebody's before is given back: arrived and sequence as its ENDED said them, or
 * zeros; or a time of arrival alone, behind all who came then. Then the way from the first queue to others, `i32 profile, i32 why` for each: MOVED_FULL goes on to it where the one
 * before is full, any other reason in any case. No queue is twice on a way.
 */
export const CONTACT_CREATE_ARRIVED: i32 = 40; // i64
export const CONTACT_CREATE_SEQUENCE: i32 = 48; // i64
export const CONTACT_CREATE_WAY_COUNT: i32 = 56; // i32
export const CONTACT_CREATE_SERVED_BY: i32 = 60; // i32: who served its customer last, handle + 1; 0 nobody
export const CONTACT_CREATE_LINE: i32 = 64; // i32: the line of the agent asked for by name at which alone it is to ring, handle + 1; 0 any
export const CONTACT_CREATE_WAY: i32 = 72;
/** Its media are at a switch: an acceptance does not connect it yet, a telephone has to be answered and two legs to be joined. */
export const CREATE_WITH_LEGS: i32 = 1;
export const CREATE_WITH_MORE: i32 = 2;
/** It was let in before: no queue is too full for it. */
export const CREATE_LET_IN: i32 = 4;
/** The agent that it asks for by name serves it whatever queues and skills that agent has. */
export const CREATE_FOR_NAMED: i32 = 8;
/** It is not to be offered, from the beginning; it asks for nobody by name. */
export const CREATE_WITHHELD: i32 = 16;
/**
 * It asks for the agent whom its customer knows, in its first queue alone: one who cannot have it, or for whom too many wait, leaves it to the
 * pool whatever OR_ELSE_… says, and whoever asks by name comes before.
 */
export const CREATE_BY_AFFINITY: i32 = 32;
/** With CREATE_BY_AFFINITY: it waits for that agent and in the pool at the same time. OR_ELSE_QUEUE. */
export const CREATE_IN_BOTH: i32 = 64;

export const COMMAND_CONTACT_UPDATE: i32 = 14; //  changes what is given; a ringing offer goes on. Flags: UPDATE_BY_STEP
export const CONTACT_UPDATE_PROFILE: i32 = 16; // i32; same channel as before; of the queue that it is in, refused otherwise
export const CONTACT_UPDATE_PRIORITY: i32 = 20; // i32
export const CONTACT_UPDATE_CREDIT_MS: i32 = 24; // i32
export const CONTACT_UPDATE_BYTES: i32 = 32;
/**
 * Its queue makes it easier to serve as it gets older: told as STEPPED, whether anything has changed or not. One that is in service, over,
 * unknown, not in that queue any more, or about to leave it is no error: nothing happens.
 */
export const UPDATE_BY_STEP: i32 = 1;

export const COMMAND_CONTACT_CANCEL: i32 = 15; //  while waiting or ringing
export const COMMAND_CONTACT_END: i32 = 16; //     whatever it is doing; 16 i32 ENDED_… reason; 20 i32 CONTACT_END_BY
export const COMMAND_WRAP_UP_DONE: i32 = 17;
export const CONTACT_COMMAND_VALUE: i32 = 16; // i32
/** Of END: the agent who must be serving it, handle + 1, refused otherwise; 0: whatever it is doing. */
export const CONTACT_END_BY: i32 = 20; // i32
export const CONTACT_COMMAND_BYTES: i32 = 24;

export const COMMAND_OFFER_ACCEPT: i32 = 18; //    connects; a contact with legs is only connecting then. Flags: OFFER_IF_OPEN, as in each of the next
export const COMMAND_OFFER_REJECT: i32 = 19; //    also while connecting. Flags: also OFFER_WITHOUT_REST
// What a switch says about the telephone of a contact with legs; one without legs has no such offer.
export const COMMAND_OFFER_RANG: i32 = 23; //      it really rings: only then is not answering it a miss
export const COMMAND_OFFER_CONNECTED: i32 = 24; // the offer is accepted, and the legs are joined
export const COMMAND_OFFER_FAILED: i32 = 25; //    it came to nothing, while ringing or while connecting
export const OFFER_OFFER: i32 = 16; // i32: the offer's number within its contact, from 1
export const OFFER_AGENT: i32 = 20; // i32: who answers it
export const OFFER_CONNECT_MS: i32 = 24; // i32, accept: 1..; from the acceptance until it must be connected. Without legs: not read
export const OFFER_CODE: i32 = 24; // i32, failed: WITHDRAWN_… timed out, rejected, busy or unreachable
export const OFFER_REST_MS: i32 = 28; // i32, failed: how long the agent rests; 0 none
export const OFFER_BYTES: i32 = 32;
/** An offer that is not open any more, or not this agent's, is no error: nothing happens. */
export const OFFER_IF_OPEN: i32 = 1;
/** Of REJECT: the agent does not rest after it. */
export const OFFER_WITHOUT_REST: i32 = 2;

export const COMMAND_TIMER_SET: i32 = 20; //       a domain module's timer; setting the same key again moves it
export const TIMER_MODULE: i32 = 8; // i32
export const TIMER_DUE: i32 = 16; // i64
export const TIMER_KEY: i32 = 24; // i64: the module's own number
export const TIMER_SET_BYTES: i32 = 32;
export const COMMAND_TIMER_CANCEL: i32 = 21; //    same fields; no timer of that key is no error

/** Stands in a batch for what trapped. A timer so skipped is removed without being fired. */
export const COMMAND_SKIPPED: i32 = 22;
export const SKIPPED_KIND: i32 = 8; // i32: the command's kind, or 0 for a timer
export const SKIPPED_TIMER: i32 = 12; // i32: the timer's slot, or NONE
export const SKIPPED_BYTES: i32 = 16;

/**
 * Leaves its queue: for another one, with its arrival, credit and place in the order of creation, or for good. At once while it
 * waits; while it rings or connects not before its offer comes to nothing, and not at all once it is connected. One that is
 * in service, over, unknown, or not in that queue any more is no error.
 */
export const COMMAND_CONTACT_LEAVE: i32 = 26;
export const CONTACT_LEAVE_QUEUE: i32 = 16; // i32: which it is to leave
export const CONTACT_LEAVE_PROFILE: i32 = 20; // i32: of another queue, same channel; NONE: it ends
export const CONTACT_LEAVE_WHY: i32 = 24; // i32: MOVED_…; 0: it stays, if it rings and was to leave (profile: NONE)
export const CONTACT_LEAVE_BYTES: i32 = 32;

/**
 * Wrap-up of a contact ends later than it would have, by CONTACT_COMMAND_VALUE ms: 1.. . Refused where it would end more than
 * WRAP_UP_AHEAD_MAX_MS from now.
 */
export const COMMAND_WRAP_UP_EXTEND: i32 = 27;

/**
 * CONTACT_COMMAND_VALUE 1: is not to be offered, while it waits and whenever it waits again; 0: it may be, as it was. It keeps its
 * arrival, its credit and its place, and what rings or connects goes on. One that is so already, that is over or unknown is no error.
 */
export const COMMAND_CONTACT_WITHHOLD: i32 = 28;

/**
 * Sends a contact on, whatever it is doing: into the pool of a queue (its own, too), or to one agent by name, with its arrival,
 * credit and place in the order of creation. One in service leaves its agent, whose wrap-up goes on as a contact of its own,
 * the part, in a slot that the host gives. Who is sent to one agent and not taken goes to another agent by name, if there is
 * one, and else into the pool: it never ends by being sent. One in service that is parked (MOVED_PARKED; from: who serves it; agent: NONE) leaves
 * its agent without a wrap-up and is withheld. Flags: SEND_FOR_NAMED, SEND_RESUMED.
 */
export const COMMAND_CONTACT_SEND: i32 = 29;
export const CONTACT_SEND_PROFILE: i32 = 16; // i32: of the same channel; NONE: the one that it has
export const CONTACT_SEND_AGENT: i32 = 20; // i32: the agent asked for by name; NONE
export const CONTACT_SEND_WAIT_MS: i32 = 24; // i32: how long to wait for that agent
export const CONTACT_SEND_BACK_TO: i32 = 28; // i32: the agent asked for next; NONE
export const CONTACT_SEND_BACK_MS: i32 = 32; // i32: how long to wait for that one
export const CONTACT_SEND_WHY: i32 = 36; // i32: MOVED_TRANSFERRED..MOVED_RETURNED, MOVED_PARKED, MOVED_CHOSEN
export const CONTACT_SEND_FROM: i32 = 40; // i32: the agent who must be serving it, refused otherwise; NONE: whoever, or nobody
export const CONTACT_SEND_PART: i32 = 44; // i32 slot
export const CONTACT_SEND_PART_NUMBER: i32 = 48; // u32
export const CONTACT_SEND_REST_MS: i32 = 52; // i32: how long the agent that it leaves rests; 0 none
export const CONTACT_SEND_LINE: i32 = 56; // i32: as CONTACT_CREATE_LINE, of the first agent that is asked for
export const CONTACT_SEND_BYTES: i32 = 64;
/** As CREATE_FOR_NAMED, of the first agent that is asked for. */
export const SEND_FOR_NAMED: i32 = 1;
/** It is withheld no longer before it goes there. */
export const SEND_RESUMED: i32 = 2;

/**
 * A contact in service goes to the line and the agent of another contact in service, which is over: what an attended transfer
 * does to the customer's contact and to the consultation. The agent that it leaves wraps up in a part, as with CONTACT_SEND.
 */
export const COMMAND_CONTACT_HAND_OVER: i32 = 30;
export const CONTACT_HAND_OVER_FROM: i32 = 16; // i32: the agent who must be serving it
export const CONTACT_HAND_OVER_OTHER: i32 = 20; // i32 slot of the other contact, of the same channel
export const CONTACT_HAND_OVER_OTHER_NUMBER: i32 = 24; // u32
export const CONTACT_HAND_OVER_PART: i32 = 28; // i32 slot
export const CONTACT_HAND_OVER_PART_NUMBER: i32 = 32; // u32
export const CONTACT_HAND_OVER_BYTES: i32 = 40;

/** Says which place a contact has that waits for whoever is free, as PLACE; of any other nothing. Changes nothing. */
export const COMMAND_CONTACT_PLACE: i32 = 31; //   CONTACT_COMMAND_BYTES; no value

/**
 * An agent calls out on a line of its seat that is free: the contact is at that line from its beginning, and in service, or with DIAL_WITH_LEGS
 * connecting, until OFFER_CONNECTED says so for offer 1. Refused where the agent or the line cannot; readiness, skills and queues do not matter.
 */
export const COMMAND_CONTACT_DIAL: i32 = 34;
export const CONTACT_DIAL_PROFILE: i32 = 16; // i32
export const CONTACT_DIAL_AGENT: i32 = 20; // i32
export const CONTACT_DIAL_LINE: i32 = 24; // i32: of the profile's channel
export const CONTACT_DIAL_CONNECT_MS: i32 = 28; // i32: 1..; until when it must be connected. Without legs: not read
export const CONTACT_DIAL_BYTES: i32 = 32;
export const DIAL_WITH_LEGS: i32 = 1;

export const COMMAND_KINDS: i32 = 36; // one more than the last kind

// ── Policies ────────────────────────────────────────────────────────────────────────────────────────────────────
// rank(t) in millionths of a priority = priority × 1,000,000 + ageing × (t − arrived + credit), of which no more than the cap counts,
// or what the steps say for that age; firstCome leaves the priority out. Ties: earlier (arrived − credit), then earlier creation.
export const ORDER_PRIORITY: i32 = 0;
export const ORDER_FIRST_COME: i32 = 1;

export const SELECT_LONGEST_IDLE: i32 = 0;
export const SELECT_BEST_SKILLED: i32 = 1; // sum of levels over all, any and prefers; ties by longest idle
export const SELECT_LINEAR: i32 = 2; // lowest agent handle first
export const SELECT_LEAST_OCCUPIED: i32 = 3; // lowest load, as occupancy.ts says; ties by longest idle
export const SELECT_LEAST_CONTACTS: i32 = 4; // fewest contacts of the queue, counted as duty.ts says; ties by longest idle
export const SELECT_LEAST_SKILLED: i32 = 5; // the sum of bestSkilled, the lowest first; ties by longest idle
export const SELECT_ROUND_ROBIN: i32 = 6; // whose last offer of this queue is longest ago; ties (never one) by lowest handle
export const SELECT_WEIGHTED_RANDOM: i32 = 7; // drawn, as often as the sum of bestSkilled, at least 1, says
export const SELECT_RING_ALL: i32 = 8; // rings at several at once; who first by longest idle
export const SELECT_RING_PROGRESSIVE: i32 = 9; // begins with one, and rings at one more each time; who first by longest idle

/** What may begin an agent's idle time anew, for a queue that counts it. */
export const IDLE_READY: i32 = 0; // becomes ready, not having been
export const IDLE_CONNECTED: i32 = 1; // is connected with a contact, also where capacity is left for more
export const IDLE_ENDED: i32 = 2; // a contact in service is over for it: ended, sent on, handed over or parked
export const IDLE_WRAPPED_UP: i32 = 3; // a wrap-up is over; of a contact without one, as it is over
export const IDLE_REJECTED: i32 = 4;
export const IDLE_MISSED: i32 = 5; // an offer that really rang ran out
export const IDLE_FAILED: i32 = 6; // an offer did not ring, or was accepted and not connected
export const IDLE_LOGIN: i32 = 7; // every queue counts it
export const IDLE_EVENTS: i32 = 8;
/** What a queue counts that does not say otherwise: IDLE_READY, IDLE_WRAPPED_UP, IDLE_REJECTED, IDLE_MISSED, IDLE_FAILED. */
export const IDLE_USUAL: i32 = 121;

/** The highest score, ties by longest idle: the sum of SCORE_…, each 0..1000, times what the queue says that it counts. */
export const SELECT_SCORE: i32 = 10;

export const SCORE_IDLE: i32 = 0; // thousandths of an hour that it has been idle, an hour at most
export const SCORE_OCCUPANCY: i32 = 1; // thousandths of the time that counts in which it was not occupied (occupancy.ts)
export const SCORE_CONTACTS: i32 = 2; // 500 at the average of contacts counted (duty.ts), and 50 for each that it has had fewer
export const SCORE_REQUIRED: i32 = 3; // its levels in the skills asked for, in thousandths of the most that they could come to
export const SCORE_PREFERRED: i32 = 4; // the same of the skills preferred
export const SCORE_LAST_AGENT: i32 = 5; // of the pair: 1000 for who served this customer last
export const SCORE_RANK: i32 = 6; // of the contact: its rank in whole priorities; it says who of a batch is served, and nothing of who serves
export const SCORE_TERMS: i32 = 8; // as many as there is room for
export const SCORE_WEIGHT_MAX: i32 = 1000;
export const SCORE_IDLE_MAX_MS: i32 = 3600000;
/** What a batch takes at most. */
export const BATCH_CONTACTS_MAX: i32 = 1024;
export const BATCH_AGENTS_MAX: i32 = 4096;
/** Scores of a batch: requirements of its contacts × its agents. */
export const BATCH_SCORES_MAX: i32 = 1048576;
/** Places of columns that are looked through for its agents, of all its requirements. */
export const BATCH_PLACES_MAX: i32 = 8388608;
/** What all batches together may cost a tick, in looks of the solver at a pair; the last row of looks may go beyond it. */
export const BATCH_WORK_MAX: i32 = 262144;
/** The same in a build that only tests use. */
export const BATCH_WORK_SMALL: i32 = 8;
/** So many looks a score counts when it is worked out, and a contact or an agent when a batch is put together. */
export const BATCH_SCORE_WORK: i32 = 4;
/** And an offer that is made. */
export const BATCH_OFFER_WORK: i32 = 4096;

export const OR_ELSE_QUEUE: i32 = 0; // joins the pool at its original place
export const OR_ELSE_END: i32 = 1;

// ── States ──────────────────────────────────────────────────────────────────────────────────────────────────────
export const CONTACT_FREE: i32 = 0;
export const CONTACT_WAITING: i32 = 1; // in the pool of its queue
export const CONTACT_WAITING_FOR: i32 = 2; // for one agent by name
export const CONTACT_RINGING: i32 = 3;
export const CONTACT_CONNECTED: i32 = 4;
export const CONTACT_WRAP_UP: i32 = 5; // over for the customer; the agent's line is still taken
/** With legs: its offer is accepted, its legs are not joined yet. The line and the agent are as while it rings. */
export const CONTACT_CONNECTING: i32 = 6;

export const LINE_FREE: i32 = 0;
export const LINE_RINGING: i32 = 1;
export const LINE_CONNECTED: i32 = 2;
export const LINE_WRAP_UP: i32 = 3;
export const LINE_GONE: i32 = 4; // not part of the seat any more

// What an agent is doing, the first that holds: ringing, in service, wrap-up, else what was chosen.
export const AGENT_LOGGED_OUT: i32 = 0;
export const AGENT_NOT_READY: i32 = 1;
export const AGENT_READY: i32 = 2;
export const AGENT_RINGING: i32 = 3;
export const AGENT_IN_SERVICE: i32 = 4;
export const AGENT_WRAP_UP: i32 = 5;

export const REASON_NONE: i32 = 0;
export const REASON_LOGGED_IN: i32 = 1; // not ready because just logged in
export const REASON_MISSED: i32 = 2; // not ready because offers were missed
export const REASON_CONNECTION_LOST: i32 = 3; // not ready because nobody is connected any more, as the host says
export const REASON_FIRST_OF_HOST: i32 = 16;

export const ENDED_CANCELLED: i32 = 1; // the customer gave up waiting
export const ENDED_BY_CUSTOMER: i32 = 2; // who ended a contact in service, as the host says
export const ENDED_BY_AGENT: i32 = 3;
export const ENDED_BY_APPLICATION: i32 = 4;
export const ENDED_AGENT_UNAVAILABLE: i32 = 5; // direct … orElse end
export const ENDED_SWITCH_LOST: i32 = 6; // as the host says: the switch that had its legs did not come back
export const ENDED_LEG_LOST: i32 = 7; // or came back without them
export const ENDED_TIMED_OUT: i32 = 8; // waited as long as its queue lets it
export const ENDED_CLOSED: i32 = 9; // its queue closed
export const ENDED_NOBODY: i32 = 10; // nobody who could serve it was logged in any more
export const ENDED_EXHAUSTED: i32 = 11; // its queue took all its steps for it, and nobody was found
export const ENDED_CALLBACK: i32 = 12; // its customer is called back instead of waiting
export const ENDED_NOT_REACHED: i32 = 13; // as the host says: its customer was called back and did not answer
export const ENDED_CALLED_IN: i32 = 14; // as the host says: its customer was to be called back and has called meanwhile
export const ENDED_HANDED_OVER: i32 = 15; // a consultation: its line serves the contact that it was about
export const ENDED_TRANSFERRED: i32 = 16; // as the host says: its customer is with somebody outside
export const ENDED_UNANSWERED: i32 = 17; // as many agents were rung for it as its queue lets be
export const ENDED_CONSULTATION_OVER: i32 = 18; // as the host says: a consultation, and the contact that it was about is over, or with nobody who asks
export const ENDED_VOICEMAIL: i32 = 19; // its customer is asked for a message instead of waiting
export const ENDED_AGENT_NOT_REACHED: i32 = 20; // dialled by an agent whose own telephone was not answered
export const ENDED_NOT_JOINED: i32 = 21; // dialled, and the switch could not ring the agent's telephone, or not join it in time
export const ENDED_FUNDS_EXHAUSTED: i32 = 22; // as the host says: the money of its customer had run out

export const WITHDRAWN_CANCELLED: i32 = 1;
export const WITHDRAWN_TIMED_OUT: i32 = 2;
export const WITHDRAWN_REJECTED: i32 = 3;
export const WITHDRAWN_NOT_READY: i32 = 4;
export const WITHDRAWN_LOGGED_OUT: i32 = 5;
export const WITHDRAWN_ENDED: i32 = 6;
export const WITHDRAWN_CHANGED: i32 = 7; // the agent's skills, queues or capacity no longer fit
export const WITHDRAWN_BUSY: i32 = 8; // the agent's telephone is engaged
export const WITHDRAWN_UNREACHABLE: i32 = 9; // no telephone could be reached, or the legs were not joined in time
export const WITHDRAWN_ANSWERED_ELSEWHERE: i32 = 10; // it rang at others as well, and another took it
export const WITHDRAWN_SENT: i32 = 11; // the contact was sent elsewhere

// ── Effect records ──────────────────────────────────────────────────────────────────────────────────────────────
// All of one size. What a kind does not use is NONE (contact, agent, line, queue) or 0.
export const EFFECT_BYTES: i32 = 64;
export const EFFECT_KIND: i32 = 0; // u16
export const EFFECT_CODE: i32 = 2; // u16
export const EFFECT_CAUSE: i32 = 4; // i32: index of the command in the batch; CAUSE_…
export const EFFECT_CONTACT: i32 = 8; // i32
export const EFFECT_NUMBER: i32 = 12; // u32
export const EFFECT_AGENT: i32 = 16; // i32
export const EFFECT_LINE: i32 = 20; // i32
export const EFFECT_QUEUE: i32 = 24; // i32
export const EFFECT_VALUE: i32 = 28; // i32
export const EFFECT_AT: i32 = 32; // i64
export const EFFECT_SINCE: i32 = 40; // i64
export const EFFECT_EXTRA: i32 = 48; // i64
export const EFFECT_VALUE2: i32 = 56; // i32
export const EFFECT_VALUE3: i32 = 60; // i32
export const CAUSE_TIMER: i32 = -1;
export const CAUSE_DESCRIBE: i32 = -2;

/** The command changed nothing. code: REFUSED_…; contact/agent/queue as in the command. */
export const EFFECT_REFUSED: i32 = 1;
/** Waits in the pool. value: contacts ahead of it in its queue, with those that ring and would ring at further agents; value2:
 *  QUEUED_… why; since: arrived; queue. */
export const EFFECT_QUEUED: i32 = 2;
/** Waits for one agent. agent; at: until when; since: arrived; queue; value: 1 if it waits in the pool as well: QUEUED came before. */
export const EFFECT_WAITING_FOR: i32 = 3;
/** Rings. agent, line, queue; value: offer number; at: expires; since: arrived. value2: 1 if rung anew after a restart. */
export const EFFECT_OFFERED: i32 = 4;
/** No longer rings. agent, line, queue; value: offer number; code: WITHDRAWN_…; value2: 1 if the agent did not take it, though it
 *  really rang there and was not for that agent by name. */
export const EFFECT_WITHDRAWN: i32 = 5;
/** In service. agent, line, queue; value: offer number; since: arrived; extra: waited ms. */
export const EFFECT_CONNECTED: i32 = 6;
/** Over for the customer. code: ENDED_…; agent, line (NONE if never connected), queue; since: arrived;
 *  extra: ms in service, 0 if never connected; at: when it was connected, 0 if never. Never connected: value, value2: its
 *  place in the order of creation, low and high 32 bits. */
export const EFFECT_ENDED: i32 = 7;
/** Wrap-up began. agent, line, queue; at: until when. */
export const EFFECT_WRAP_UP: i32 = 8;
/** The record is free again: the host may use the slot. Comes last, after ended or after wrap-up. queue; agent or NONE. */
export const EFFECT_RELEASED: i32 = 9;
/** line, agent, contact/number (NONE/0 when free); code: LINE_…; value: channel. */
export const EFFECT_LINE_STATE: i32 = 10;
/** agent; code: AGENT_…; value: reason; at: since when; value2: AGENT_FLAG_…; extra: until when it rests, or 0. */
export const EFFECT_AGENT_STATE: i32 = 11;
/** value: module; extra: key; at: due. */
export const EFFECT_TIMER_FIRED: i32 = 12;
/** describe() only: a live contact. code: CONTACT_… state; agent, line, queue; value: profile; value2: offer number;
 *  at: expires/until, 0 if none; since: arrived; extra: when connected, 0 if never; value3: priority. Of several offers that
 *  ring: the oldest, and EFFECT_RINGS of each further one follows. */
export const EFFECT_CONTACT_STATE: i32 = 13;
/** describe() only: a profile exists. value: profile; queue; value2: channel; value3: contacts using it. */
export const EFFECT_PROFILE_STATE: i32 = 14;
/** A contact that waited for one agent no longer does; ended or queued follows, or value is 1: it is in the pool already. agent; code: FELL_BACK_…. */
export const EFFECT_FELL_BACK: i32 = 15;
/** With legs: accepted, and to be connected. agent, line, queue; value: offer number; at: until when it must be connected;
 *  since: arrived. */
export const EFFECT_ACCEPTED: i32 = 16;
/**
 * Is in another queue. code: MOVED_… why; queue: to which; value: its profile there; value2: from which queue; value3: contacts
 * that wait or ring there (without it); since: arrived; extra: ms since then. QUEUED, WAITING_FOR or OFFERED follows.
 */
export const EFFECT_MOVED: i32 = 17;
/**
 * Rings, and will leave its queue when the offer comes to nothing. code: MOVED_… why, 0: it stays after all; agent, line; queue: its own; value:
 * profile that it will have, NONE: it will end. describe() says it behind CONTACT_STATE.
 */
export const EFFECT_LEAVES: i32 = 18;
/** Wrap-up goes on for longer than was said. agent, line, queue; at: until when now. */
export const EFFECT_WRAP_UP_EXTENDED: i32 = 19;
/** Is not offered from now on, or may be again. code: WITHHELD_…; queue; since: arrived. describe() says it behind CONTACT_STATE. */
export const EFFECT_WITHHELD: i32 = 20;
/** Is wanted otherwise by a step of its queue. agent, line (NONE while it waits), queue; value: profile; value2: priority; since:
 *  arrived. While it waits QUEUED or OFFERED follows where that is anything new. */
export const EFFECT_STEPPED: i32 = 21;
/** describe() only, behind all else of a contact: it rings here as well. agent, line, queue; value: offer number; at: expires. */
export const EFFECT_RINGS: i32 = 22;
/**
 * Has left the agent who served it. code: MOVED_… why; agent, line, queue: where it was served; value, value2: slot and number
 * of the part in which that agent wraps up: WRAP_UP, or RELEASED where there is no wrap-up, says so next; value3: number of the
 * offer that connected it; at: when it was connected; since: arrived; extra: ms in service.
 */
export const EFFECT_PARTED: i32 = 23;
/** Is in service with another agent, without having rung there. agent, line, queue; value: offer number; since: arrived. */
export const EFFECT_HANDED_OVER: i32 = 24;
/** By CONTACT_PLACE: waits still. value: contacts ahead of it in its queue, as in QUEUED; since: arrived; queue. */
export const EFFECT_PLACE: i32 = 25;
/**
 * By CONTACT_DIAL: an agent calls out. agent, line, queue; value: offer number; value2: 1 with legs: it is connecting, else CONNECTED
 * follows; at: until when it must be connected, 0 without legs; since: arrived.
 */
export const EFFECT_DIALLED: i32 = 28;
export const EFFECT_KINDS: i32 = 29;

export const QUEUED_ARRIVED: i32 = 0;
export const QUEUED_BACK: i32 = 1; // an offer was not taken
export const QUEUED_FELL_BACK: i32 = 2;
export const QUEUED_UPDATED: i32 = 3; // its priority, credit or requirement changed
export const QUEUED_MOVED: i32 = 4; // it came from another queue
export const QUEUED_WITHHELD_NO_MORE: i32 = 5; // it may be offered again
export const QUEUED_STEP: i32 = 6; // a step of its queue changed its priority or requirement
export const QUEUED_SENT: i32 = 7; // it was sent to its own queue

export const WITHHELD_BEGINS: i32 = 1;
export const WITHHELD_ENDS: i32 = 2;
export const WITHHELD_PARKED: i32 = 3; // it begins, by CONTACT_SEND
export const WITHHELD_RESUMED: i32 = 4; // it ends, by CONTACT_SEND

// Why a contact leaves its queue, or is passed on before it joins it.
export const MOVED_FULL: i32 = 1; // as many wait as may
export const MOVED_TIMED_OUT: i32 = 2; // it waited as long as it may
export const MOVED_CLOSED: i32 = 3;
export const MOVED_NOBODY: i32 = 4; // nobody who could serve it is logged in
export const MOVED_NOBODY_READY: i32 = 5;
export const MOVED_EXHAUSTED: i32 = 6; // its queue took all its steps for it, and nobody was found
export const MOVED_CALLBACK: i32 = 7; // its customer is to be called back: for good
// Why it is sent on, whatever it is doing.
export const MOVED_TRANSFERRED: i32 = 8; // by the agent who served it
export const MOVED_BY_SUPERVISOR: i32 = 9;
export const MOVED_LEG_LOST: i32 = 10; // the agent's leg was lost
export const MOVED_AGENT_LOST: i32 = 11; // the agent's connection was
export const MOVED_RETURNED: i32 = 12; // nobody took it where it had been sent
export const MOVED_HANDED_OVER: i32 = 13; // HAND_OVER
/**
 * As many agents were rung for it as its queue lets be, with the one that it rings at. That is so only if the offer comes to nothing by
 * its agent, though it really rang: otherwise the contact stays (LEAVES with code 0), and goes back as any other.
 */
export const MOVED_UNANSWERED: i32 = 14;
export const MOVED_PARKED: i32 = 15; // to nobody, for a while
export const MOVED_CHOSEN: i32 = 17; // its customer has chosen an agent
export const MOVED_VOICEMAIL: i32 = 16; // its customer is asked for a message: for good

export const FELL_BACK_TIMED_OUT: i32 = 1;
export const FELL_BACK_LOGGED_OUT: i32 = 2;
export const FELL_BACK_NOT_READY: i32 = 3;
export const FELL_BACK_NOT_ELIGIBLE: i32 = 4;
export const FELL_BACK_TOO_MANY: i32 = 5; // wait for that agent already: only of CREATE_BY_AFFINITY

export const AGENT_FLAG_READY: i32 = 1; // chose ready, whatever is in progress
export const AGENT_FLAG_LOGGING_OUT: i32 = 2; // logs out when idle
export const AGENT_FLAG_ONE_RINGING: i32 = 4;
export const AGENT_FLAG_RESTING: i32 = 8; // after a reject, a miss, or an offer that failed

// ── Explanation records ─────────────────────────────────────────────────────────────────────────────────────────
// What a step with FLAG_EXPLAIN adds, in the order in which it was decided, about the contact that the header names. A
// record has the size and the fields of an effect. A build that has another EXPLAIN_VERSION, or none, is not asked: its
// state is moved to one that can say (src/explain/retrace.ts).
export const EXPLAIN_VERSION: i32 = 1;
export const EXPLAINED_AT: i32 = EFFECTS_AT + EFFECTS_BYTES;
export const EXPLAINED_BYTES: i32 = (BUFFERS - 1) * EFFECTS_BYTES;

/**
 * The contact looks for an agent. code: SEARCHED_…; agent: who gets it, or NONE; queue; value: the queue's SELECT_…;
 * value2: agents looked at, of whom EXPLAINED_AGENT follows one by one, in the order of their handles; value3: profile.
 * Where one is drawn at random: at: what all who are free weigh; extra: the number drawn. It is the first at whom the weights
 * come to more than that number; an agent weighs its sum of levels, at least 1. Where several ring at once: line: at how many more
 * it may ring; since: at how many it rings; the first so many of those who are free are rung.
 */
export const EXPLAINED_SEARCH: i32 = 1;
/**
 * An agent as it stands towards the contact. code: STANDS_…, the first that holds; agent; since: idle since; queue.
 * Free: value3: sum of levels; extra: what else the search's SELECT_… looks at (leastOccupied: a number that grows
 * with the load, and value: thousandths of the time that it was occupied; leastContacts: contacts counted; roundRobin: the
 * agent's last turn in the queue, a number that grows with each, 0 for never). By these it is chosen; ties go to the lower handle.
 * Else value, value2, value3, at and contact/number as its STANDS_… says.
 */
export const EXPLAINED_AGENT: i32 = 2;
/** An agent takes one of several contacts, and the contact asked about is among them. code: CHOSE_…; agent; contact/number:
 *  the one it takes; value: candidates, of which EXPLAINED_CONTACT follows one by one. */
export const EXPLAINED_CHOICE: i32 = 3;
/** A candidate. contact, number, queue; code: CANDIDATE_… flags; value: weight of its queue; value2: priority; value3: credit
 *  ms; line: ageing of its queue; since: arrived; at: its place in the order of creation; extra: rank. */
export const EXPLAINED_CONTACT: i32 = 4;
/** An agent stands otherwise than before, or as before, while the contact waits: the fields of EXPLAINED_AGENT. */
export const EXPLAINED_STANDING: i32 = 5;

/**
 * Of a search by score, behind EXPLAINED_SEARCH: what each term counts in its queue. value: SCORE_IDLE; value2: …OCCUPANCY; value3:
 * …CONTACTS; at: …REQUIRED; since: …PREFERRED; extra: …LAST_AGENT.
 */
export const EXPLAINED_WEIGHTS: i32 = 6;
/** Behind EXPLAINED_AGENT of one who is free: the terms of its score, in the same fields. Its extra is their sum, each times its weight. */
export const EXPLAINED_TERMS: i32 = 7;

/**
 * The batch that the contact was in is matched. agent: who gets it, or NONE; queue; code: 1 where what was matched for it did
 * not hold any more; value: contacts in the batch; value2: agents; value3: matches; at: the sum of their scores; since: its own
 * score; line: the agent with which it would have scored most, extra: how much.
 */
export const EXPLAINED_BATCH: i32 = 8;

export const SEARCHED_POOL: i32 = 0; // among all agents who were free already
export const SEARCHED_NAMED: i32 = 1; // only the agent it asks for by name
export const SEARCHED_BATCH: i32 = 2; // put into a batch with others, to be matched together; agent: NONE

export const CHOSE_HEAD: i32 = 0; // the agent became free: the best of all that wait and that it can serve
export const CHOSE_NAMED: i32 = 1; // the agent became free: a contact that waits for it by name
export const CHOSE_EARLIER: i32 = 2; // another contact, placed at the same moment and before, took the agent
export const CHOSE_AFFINITY: i32 = 3; // the agent became free: a contact that waits for it since its customer knows it

export const CANDIDATE_CHOSEN: i32 = 1;
export const CANDIDATE_ASKED: i32 = 2; // the contact asked about
export const CANDIDATE_NAMED: i32 = 4; // waits for this agent by name
export const CANDIDATE_FIRST_COME: i32 = 8; // its queue's order leaves the priority out
export const CANDIDATE_RINGING: i32 = 16; // rings already, and would ring at more
export const CANDIDATE_AFFINITY: i32 = 32; // waits for this agent since its customer knows it

// How an agent stands towards a contact, the first that holds: who is not there, then what does not fit, then what is busy.
export const STANDS_FREE: i32 = 0;
export const STANDS_LOGGED_OUT: i32 = 1;
export const STANDS_LOGGING_OUT: i32 = 2; // leaves as soon as it is idle
export const STANDS_NOT_READY: i32 = 3; // value: reason
export const STANDS_CHANNEL_NOT_CHOSEN: i32 = 4; // is ready for other channels only; value: mask of them
export const STANDS_NOT_IN_QUEUE: i32 = 5;
export const STANDS_SKILL_MISSING: i32 = 6; // value: skill; value2: level that is asked for
export const STANDS_SKILL_TOO_LOW: i32 = 7; // value: skill; value2: level that is asked for; value3: its own
export const STANDS_NO_SKILL_OF_SEVERAL: i32 = 8; // none of the skills of which one is asked for, at its level
export const STANDS_NO_LINE: i32 = 9; // its seat has no line of the channel
export const STANDS_NO_CAPACITY: i32 = 10; // may take nothing on the channel, or nothing at all
export const STANDS_RESTING: i32 = 11; // after a reject, a miss, or an offer that failed; at: until
/** Another line rings, and one rings at a time. contact/number: what rings; at: until. */
export const STANDS_RINGING: i32 = 12;
/**
 * As many contacts on the channel as it may have. value: how many; value2: of how many; value3: those that ring, that are in
 * service and that wrap up, 8 bits each from the lowest; contact/number: the first of them by line; at: when the first
 * wrap-up ends, 0 if none is among them.
 */
export const STANDS_CHANNEL_FULL: i32 = 13;
/** The same over all channels. */
export const STANDS_TOTAL_FULL: i32 = 14;
/** Free, but it is the agent whom this moment is about (its offer was missed, its call has ended …): after all others. */
export const STANDS_NEXT: i32 = 15;
/** Asked for by name, and no agent has this handle. */
export const STANDS_UNKNOWN: i32 = 16;
/** In none of the groups that it is offered to so far. */
export const STANDS_NOT_IN_GROUP: i32 = 17;
/** May not serve this contact, whatever it can do. */
export const STANDS_EXCLUDED: i32 = 18;
/** Wraps up after a contact of a queue in which that takes the seat. contact/number: that one; at: when the first such wrap-up ends, 0: nobody knows. */
export const STANDS_SEAT_TAKEN: i32 = 19;
/** Asked for at one of its lines, which has something else. */
export const STANDS_LINE_BUSY: i32 = 20;
export const STANDS_KINDS: i32 = 21; // one more than the last

// ── State records ───────────────────────────────────────────────────────────────────────────────────────────────
// How a partition moves to another build: exportState() of the old one writes them into the effect buffer, in pages of at
// most INPUT_BYTES, and importState() of the new one takes the pages from the input buffer, in order, into a memory that
// format() has made. They are logical: handles, numbers, times and policies, nothing of how a build keeps them. What
// follows from them (heaps, classes, counts, who is free) is made anew.
//
// Kinds come in the order of their numbers, but the end comes last; within one they come in the order of handles. So each
// record refers only to earlier ones, and equal states are equal bytes. Every record is a multiple of 8 bytes. A kind or
// version that an importing build does not know traps. A version counts for its kind; all are at the first one but a queue's,
// which has four, and a contact's, which has five. Where
// a record is said to have the fields of a command, a change of that command is a new version of the record.
export const RECORD_KIND: i32 = 0; // u16
export const RECORD_VERSION: i32 = 2; // u16
export const RECORD_BYTES: i32 = 4; // i32: the whole record
export const RECORD_FIELDS: i32 = 8;
export const RECORD_BYTES_MAX: i32 = 8192;
export const RECORD_FIRST_VERSION: i32 = 1;

export const RECORD_PARTITION: i32 = 1; //         comes first
export const RECORD_PARTITION_NUMBER: i32 = 8; // i64: the last tick, its time, and the digest of all effects up to it
export const RECORD_PARTITION_NOW: i32 = 16; // i64
export const RECORD_PARTITION_DIGEST: i32 = 24; // i64
export const RECORD_PARTITION_CONTACTS: i32 = 32; // i64: contacts created since the beginning
export const RECORD_PARTITION_TIMERS: i32 = 40; // i64: timers set since the beginning
export const RECORD_PARTITION_BEGUN: i32 = 48; // i32: 1 once a tick was stepped
export const RECORD_PARTITION_SIZE: i32 = 56;

/**
 * The fields of COMMAND_QUEUE_SET up to RECORD_QUEUE_FIRST_SIZE. One that selects by weightedRandom is written in the second
 * version, with its generator; one where agents rest after a miss in the third, which has zeros for a generator if there is none; one that
 * selects by score in the fourth, and if it matches in batches in the fifth, of the same size.
 */
export const RECORD_QUEUE: i32 = 2;
export const RECORD_QUEUE_FIRST_SIZE: i32 = 56;
export const RECORD_QUEUE_RANDOM: i32 = 56; // i64
export const RECORD_QUEUE_SIZE: i32 = 64;
export const RECORD_QUEUE_VERSION: i32 = 2;
export const RECORD_QUEUE_AFTER_MISS_MS: i32 = 64; // i32
export const RECORD_QUEUE_THIRD_SIZE: i32 = 72;
export const RECORD_QUEUE_THIRD_VERSION: i32 = 3;
export const RECORD_QUEUE_BATCH_MS: i32 = 68; // i32, in the fifth version
export const RECORD_QUEUE_SCORE_WEIGHTS: i32 = 72; // SCORE_TERMS × i32
export const RECORD_QUEUE_FOURTH_SIZE: i32 = 104;
export const RECORD_QUEUE_FOURTH_VERSION: i32 = 4;
export const RECORD_QUEUE_FIFTH_VERSION: i32 = 5;
/** The fields of COMMAND_PROFILE_SET. One with more of them (PROFILE_SET_MORE) is written in the second version. */
export const RECORD_PROFILE: i32 = 3;
export const RECORD_PROFILE_VERSION: i32 = 2;
export const RECORD_AGENT: i32 = 4; //             the fields of COMMAND_AGENT_SET, skills and queues in ascending order

/** What an agent is doing and chose. Lines follow as `i32 line, i32 channel`, in login order. One for each agent. */
export const RECORD_PRESENCE: i32 = 5;
export const RECORD_PRESENCE_AGENT: i32 = 8; // i32
export const RECORD_PRESENCE_FLAGS: i32 = 12; // i32: AGENT_FLAG_…, RECORD_FLAG_LOGGED_IN
export const RECORD_PRESENCE_REASON: i32 = 16; // i32
export const RECORD_PRESENCE_CHOSEN: i32 = 20; // i32: mask of channels chosen with ready
export const RECORD_PRESENCE_MISSES: i32 = 24; // i32: in a row
export const RECORD_PRESENCE_LINES: i32 = 28; // i32 count
export const RECORD_PRESENCE_SINCE: i32 = 32; // i64: since when it has been in its state
export const RECORD_PRESENCE_IDLE_SINCE: i32 = 40; // i64
export const RECORD_PRESENCE_REST_DUE: i32 = 48; // i64: end of the rest after an offer that was not taken
export const RECORD_PRESENCE_REST_SEQUENCE: i32 = 56; // i64: its place among timers due at the same time; 0: no timer
export const RECORD_PRESENCE_LIST: i32 = 64;
export const RECORD_FLAG_LOGGED_IN: i32 = 256;

/**
 * A live contact, and with it what its line and its agent are doing. One without legs that is not withheld is written in the first version, which
 * ends before RECORD_CONTACT_LEGS: a build that knows no legs takes all there is as long as no contact has them. Only one that
 * rings and will leave is written in the third, and one of whose customer it is known who served it last in the fourth, one that was sent to an agent who has not
 * taken it yet in the fifth.
 */
export const RECORD_CONTACT: i32 = 6;
export const RECORD_CONTACT_SLOT: i32 = 8; // i32
export const RECORD_CONTACT_NUMBER: i32 = 12; // u32
export const RECORD_CONTACT_STATE: i32 = 16; // i32: CONTACT_…, as describe() says it
export const RECORD_CONTACT_PROFILE: i32 = 20; // i32
export const RECORD_CONTACT_PRIORITY: i32 = 24; // i32
export const RECORD_CONTACT_CREDIT_MS: i32 = 28; // i32
export const RECORD_CONTACT_AGENT: i32 = 32; // i32: whom it rings at, is served by or waits for; NONE
export const RECORD_CONTACT_LINE: i32 = 36; // i32: or NONE
export const RECORD_CONTACT_OFFER: i32 = 40; // i32: offers made of it so far
export const RECORD_CONTACT_NAMED: i32 = 44; // i32: the agent it still asks for by name; NONE
export const RECORD_CONTACT_OR_ELSE: i32 = 48; // i32: OR_ELSE_…
export const RECORD_CONTACT_RESUMED: i32 = 52; // i32: 1 if its offer has yet to be told anew after a restart
export const RECORD_CONTACT_ARRIVED: i32 = 56; // i64
export const RECORD_CONTACT_SEQUENCE: i32 = 64; // i64: its place in the order of creation
export const RECORD_CONTACT_CONNECTED_AT: i32 = 72; // i64: 0 if never
export const RECORD_CONTACT_DUE: i32 = 80; // i64: end of its offer, wrap-up or wait for one agent
export const RECORD_CONTACT_DUE_SEQUENCE: i32 = 88; // i64: that timer's place among equals; 0: no timer
export const RECORD_CONTACT_FIRST_SIZE: i32 = 96;
export const RECORD_CONTACT_LEGS: i32 = 96; // i32: RECORD_LEGS_…
export const RECORD_CONTACT_SIZE: i32 = 104;
export const RECORD_CONTACT_VERSION: i32 = 2;
export const RECORD_CONTACT_LEAVES_WHY: i32 = 100; // i32: MOVED_…
export const RECORD_CONTACT_LEAVES_FOR: i32 = 104; // i32: profile; NONE
export const RECORD_CONTACT_THIRD_SIZE: i32 = 112;
export const RECORD_CONTACT_THIRD_VERSION: i32 = 3;
export const RECORD_CONTACT_FOR_NAMED: i32 = 108; // i32: fifth version: 1 if the agent it asks for serves it whatever it takes
export const RECORD_CONTACT_SERVED_BY: i32 = 112; // i32: agent; in the fifth version NONE, too
export const RECORD_CONTACT_FOURTH_SIZE: i32 = 120;
export const RECORD_CONTACT_FOURTH_VERSION: i32 = 4;
export const RECORD_CONTACT_BACK_TO: i32 = 116; // i32: the agent asked for next; NONE
export const RECORD_CONTACT_BACK_MS: i32 = 120; // i32
export const RECORD_CONTACT_FIFTH_SIZE: i32 = 128;
export const RECORD_CONTACT_FIFTH_VERSION: i32 = 5;
export const RECORD_LEGS_AT_SWITCH: i32 = 1; // it has legs
export const RECORD_LEGS_RANG: i32 = 2; // the telephone that its offer is at rang
export const RECORD_LEGS_WITHHELD: i32 = 4; // it is not to be offered, with legs or without
export const RECORD_LEGS_TAKES_SEAT: i32 = 8; // it wraps up, and that takes the seat

export const RECORD_WAITERS: i32 = 7; //           who waits for an agent by name, in the order of its list; i32 slots follow
export const RECORD_WAITERS_AGENT: i32 = 8; // i32
export const RECORD_WAITERS_COUNT: i32 = 12; // i32
export const RECORD_WAITERS_LIST: i32 = 16; // record padded to 8

export const RECORD_TIMER: i32 = 8; //             of a domain module, or the rest of an unfinished resumption
export const RECORD_TIMER_OWNER: i32 = 8; // i32: RECORD_TIMER_OF_…
export const RECORD_TIMER_MODULE: i32 = 12; // i32
export const RECORD_TIMER_DUE: i32 = 16; // i64
export const RECORD_TIMER_KEY: i32 = 24; // i64: the module's number; for a resumption the slot where it goes on
export const RECORD_TIMER_SEQUENCE: i32 = 32; // i64
export const RECORD_TIMER_SIZE: i32 = 40;
export const RECORD_TIMER_OF_MODULE: i32 = 0;
export const RECORD_TIMER_OF_RESUMPTION: i32 = 1;

export const RECORD_END: i32 = 9; //               comes last; the counts must be those of what was imported
export const RECORD_END_LIVE: i32 = 8; // i32
export const RECORD_END_WAITING: i32 = 12; // i32
export const RECORD_END_TIMERS: i32 = 16; // i32
export const RECORD_END_SIZE: i32 = 24;

/** What agents have had of a queue, as its select has to know: the last turn, contacts, or load; 0 is left out. `i32 agent, i32 0, i64` follow. */
export const RECORD_SHARES: i32 = 10;
export const RECORD_SHARES_QUEUE: i32 = 8; // i32
export const RECORD_SHARES_COUNT: i32 = 12; // i32
export const RECORD_SHARES_LIST: i32 = 16;
export const RECORD_SHARE_BYTES: i32 = 16;

/** An agent that has something in progress, where a queue selects by occupancy: until when that is in the agent's shares. */
export const RECORD_WORK: i32 = 11;
export const RECORD_WORK_AGENT: i32 = 8; // i32
export const RECORD_WORK_AT: i32 = 16; // i64
export const RECORD_WORK_SIZE: i32 = 24;

/** The fields of RECORD_SHARES: loads of agents, where a queue selects by score and so counts both contacts and loads. */
export const RECORD_LOADS: i32 = 12;

/** A queue that rings several at once. */
export const RECORD_RING: i32 = 13;
export const RECORD_RING_QUEUE: i32 = 8; // i32
export const RECORD_RING_TOGETHER: i32 = 12; // i32
export const RECORD_RING_EVERY_MS: i32 = 16; // i32
export const RECORD_RING_SIZE: i32 = 24;

/**
 * What a contact's record does not say of its offers: a contact that rings at several agents or would, or whose open or taken offer is
 * not the last that was made of it. The further offers follow, in the order in which they were made.
 */
export const RECORD_OFFERS: i32 = 14;
export const RECORD_OFFERS_CONTACT: i32 = 8; // i32: its slot
export const RECORD_OFFERS_FIRST: i32 = 12; // i32: number of the offer that its record has
export const RECORD_OFFERS_WANTED: i32 = 16; // i32: agents at which it may ring at once; 0: at no further
export const RECORD_OFFERS_COUNT: i32 = 20; // i32
export const RECORD_OFFERS_STEP_DUE: i32 = 24; // i64: when it may ring at one more
export const RECORD_OFFERS_STEP_SEQUENCE: i32 = 32; // i64: that timer's place among equals; 0: no timer
export const RECORD_OFFERS_LIST: i32 = 40;
export const RECORD_OFFER_LINE: i32 = 0; // i32
export const RECORD_OFFER_NUMBER: i32 = 4; // i32
export const RECORD_OFFER_LEGS: i32 = 8; // i32: RECORD_LEGS_…
export const RECORD_OFFER_RESUMED: i32 = 12; // i32
export const RECORD_OFFER_DUE: i32 = 16; // i64
export const RECORD_OFFER_DUE_SEQUENCE: i32 = 24; // i64
export const RECORD_OFFER_BYTES: i32 = 32;

/** A queue that gathers a batch, or solves one. */
export const RECORD_BATCH: i32 = 15;
export const RECORD_BATCH_QUEUE: i32 = 8; // i32
export const RECORD_BATCH_CONTACTS: i32 = 12; // i32: 0 while it gathers
export const RECORD_BATCH_AGENTS: i32 = 16; // i32
export const RECORD_BATCH_ROWS: i32 = 20; // i32
export const RECORD_BATCH_LOOKS: i32 = 24; // i32: that the solver has taken so far
export const RECORD_BATCH_FILLED: i32 = 28; // i32: rows that have their scores
export const RECORD_BATCH_DUE: i32 = 32; // i64
export const RECORD_BATCH_SEQUENCE: i32 = 40; // i64
export const RECORD_BATCH_OFFERED: i32 = 48; // i32: contacts gone past when it is offered
export const RECORD_BATCH_SIZE: i32 = 56;
/**
 * What a batch that is solved is of, in pieces: i64 rank points of each contact, then i32 of each: slot, number, profile, row,
 * column of who served its customer last (or NONE), points for that; i32 handle of each agent; i32 scores, row by row.
 */
export const RECORD_BATCH_PART: i32 = 16;
export const RECORD_BATCH_PART_QUEUE: i32 = 8; // i32
export const RECORD_BATCH_PART_BYTES: i32 = 12; // i32
export const RECORD_BATCH_PART_FROM: i32 = 16; // i32
export const RECORD_BATCH_PART_LIST: i32 = 24;

/** A queue whose ageing has a cap or goes in steps: fields of COMMAND_QUEUE_SET. */
export const RECORD_AGEING: i32 = 17;
export const RECORD_AGEING_QUEUE: i32 = 8; // i32
export const RECORD_AGEING_CAP: i32 = 12; // i32
export const RECORD_AGEING_STEPS: i32 = 16;
export const RECORD_AGEING_SIZE: i32 = 80;
/** A queue in which a wrap-up takes the seat. */
export const RECORD_WRAP_UP: i32 = 18;
export const RECORD_WRAP_UP_QUEUE: i32 = 8; // i32
export const RECORD_WRAP_UP_SIZE: i32 = 16;
/** A contact that asks for an agent since its customer knows it, or waits for that one and in the pool. */
export const RECORD_AFFINITY: i32 = 19;
export const RECORD_AFFINITY_CONTACT: i32 = 8; // i32: its slot
export const RECORD_AFFINITY_ASKS: i32 = 12; // i32: 1 if the agent that it asks for is that one
export const RECORD_AFFINITY_KNOWS: i32 = 16; // i32: for whom it waits in the pool as well; NONE
export const RECORD_AFFINITY_UNTIL: i32 = 24; // i64: until when
export const RECORD_AFFINITY_SIZE: i32 = 32;
/** A queue that counts idle time otherwise than usual. */
export const RECORD_IDLE: i32 = 20;
export const RECORD_IDLE_QUEUE: i32 = 8; // i32
export const RECORD_IDLE_RESTARTS: i32 = 12; // i32: a bit for each of IDLE_…
export const RECORD_IDLE_SIZE: i32 = 16;
/** Where there is such a queue: when each of IDLE_… last happened to an agent. */
export const RECORD_IDLE_TIMES: i32 = 21;
export const RECORD_IDLE_TIMES_AGENT: i32 = 8; // i32
export const RECORD_IDLE_TIMES_LIST: i32 = 16; // IDLE_EVENTS × i64
export const RECORD_IDLE_TIMES_SIZE: i32 = 80;
/** A contact that an agent dials, and that is not connected yet. */
export const RECORD_DIALLED: i32 = 22;
export const RECORD_DIALLED_CONTACT: i32 = 8; // i32: its slot
export const RECORD_DIALLED_SIZE: i32 = 16;
/** A contact that asks for an agent at one line. */
export const RECORD_AT_LINE: i32 = 23;
export const RECORD_AT_LINE_CONTACT: i32 = 8; // i32: its slot
export const RECORD_AT_LINE_LINE: i32 = 12; // i32
export const RECORD_AT_LINE_SIZE: i32 = 16;
export const RECORD_KINDS: i32 = 24; // one more than the last kind

// ── Refusals of the core: the numbers of src/protocol/refusals.ts ───────────────────────────────────────────────
export const REFUSED_QUEUE_NOT_FOUND: i32 = 2001;
export const REFUSED_QUEUE_NOT_EMPTY: i32 = 2002;
export const REFUSED_QUEUE_FULL: i32 = 2003;
export const REFUSED_CHANNEL_NOT_IN_QUEUE: i32 = 2004;
export const REFUSED_AGENT_NOT_FOUND: i32 = 2010;
export const REFUSED_AGENT_NOT_LOGGED_IN: i32 = 2011;
export const REFUSED_AGENT_LOGGED_IN: i32 = 2012; // remove while logged in
export const REFUSED_AGENT_IN_CONTACT: i32 = 2013; // log out now, or log in with other lines, while in service
export const REFUSED_AGENT_WAITED_FOR_BY_TOO_MANY: i32 = 2014;
export const REFUSED_LINE_IN_ANOTHER_SEAT: i32 = 2015; // log in with a line that another agent's seat has
export const REFUSED_LINE_NOT_IN_SEAT: i32 = 2016; // dial, on a line that the seat does not have, or not for that channel
export const REFUSED_LINE_ALREADY_BUSY: i32 = 2017; // dial
export const REFUSED_AGENT_AT_CAPACITY: i32 = 2018; // dial, beyond what the agent may have on the channel or in all
export const REFUSED_ANOTHER_LINE_RINGS: i32 = 2019; // dial with legs, where one line rings at a time
export const REFUSED_CONTACT_NOT_FOUND: i32 = 2020;
export const REFUSED_CONTACT_ALREADY_CONNECTED: i32 = 2021;
export const REFUSED_CONTACT_ALREADY_ENDED: i32 = 2022;
export const REFUSED_CONTACT_NOT_IN_WRAP_UP: i32 = 2023;
export const REFUSED_CONTACT_IN_ANOTHER_QUEUE: i32 = 2024; // update, in the tick in which it has moved
export const REFUSED_WRAP_UP_TOO_LONG: i32 = 2025; // extend, beyond WRAP_UP_AHEAD_MAX_MS
export const REFUSED_CONTACT_NOT_WITH_AGENT: i32 = 2026; // send or hand over, of one that is not with that agent (any more)
export const REFUSED_OFFER_NO_LONGER_OPEN: i32 = 2030;
export const REFUSED_OFFER_NOT_YOURS: i32 = 2031;
