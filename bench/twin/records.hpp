// The records of assembly/*.ts, byte for byte: fields in the same order at the same offsets, as the AssemblyScript
// compiler lays them out: each at a multiple of its own size (an agent's versions, vectors there, at one of 16),
// without padding at the end. None of them is ever copied.
#pragma once

#include "memory.hpp"

namespace twin {

#pragma pack(push, 1)

struct State {
  State(const State&) = delete;
  usize effects;
  i32 cause;
  i64 contactSequence;
  i64 timerSequence;
  i32 freeTimer;
  i32 freeClass;
  i32 touchedFirst;
  i32 touchedLast;
  i32 dirtyFirst;
  i32 dirtyLast;
  i32 begun;
  i32 modules;
  i32 importing;
  i32 asked;
  i32 countingQueues;
  i32 exactQueues;
  i32 watchingQueues;
  i32 furtherRings;
  i32 wideProfiles;
  i32 batchWork;
  i32 batchesNoted;
  i32 idleQueues;
};

struct List {
  List(const List&) = delete;
  usize block;
  u32 capacity;
  i32 count;
};

struct Pool {
  Pool(const Pool&) = delete;
  usize directory;
  u32 capacity;
  i32 top;
};

struct Queue {
  Queue(const Queue&) = delete;
  i32 exists;
  i32 channels;
  i32 order;
  i32 select;
  i32 weight;
  i32 ageing;
  i32 offerMs;
  i32 wrapUpMs;
  i32 maxWaiting;
  i32 missedMax;
  i32 afterRejectMs;
  i32 live;
  i32 pending;
  i32 waiting;
  i32 odd;
  i32 usualPriority;
  i32 usualCreditMs;
  i32 firstProfile;
  i32 profiles;
  i32 together;
  usize waitingRoot;
  usize sharesDirectory;
  u32 sharesCapacity;
  i32 sharesTop;
  i64 hadOnDuty;
  i32 onDuty;
  u8 padding[4];
  i64 random;
  i32 occupancyWindowMs;
  i32 afterMissMs;
  usize loadsDirectory;
  u32 loadsCapacity;
  i32 loadsTop;
  u8 padding2[4];
  i32 scoreWeights[SCORE_TERMS];
  i32 ringTogether;
  i32 ringEveryMs;
  i32 batchMs;
  i32 batchTimer;
  usize assignment;
  i32 ageingCap;
  i32 ageingSteps;
  i32 wrapUpTakesSeat;
  i32 aged[2 * AGEING_STEPS_MAX];
  i32 idleOtherwise;

  i32 stepAfterMs(i32 step) const { return aged[2 * step]; }
  i32 stepPriority(i32 step) const { return aged[2 * step + 1]; }
  i32 scoreWeight(i32 term) const { return scoreWeights[term]; }
};

struct Assignment {
  Assignment(const Assignment&) = delete;
  i32 contacts;
  i32 agents;
  i32 rows;
  i32 looks;
  i32 brought;
  i32 looking;
  i32 done;
  i32 leftOut;
  i64 leftOutAt;
  i64 reached;
  i32 matches;
  i32 blockBytes;
  i64 total;
  i32 filled;
  i32 offered;
};

struct Share {
  Share(const Share&) = delete;
  i64 had;
};

struct Profile {
  Profile(const Profile&) = delete;
  i32 exists;
  i32 queue;
  i32 channel;
  usize skills;
  u16 all;
  u16 any;
  u16 prefers;
  u16 padding;
  i32 users;
  usize more;
  usize waitingRoot;
  i32 waitingCount;
  i32 firstWaiting;
  usize freeBlock;
  u32 freeCapacity;
  i32 freeCount;
  i32 sweepAt;
  usize weights;
  i32 weightsSize;
  usize pointsColumn;
  usize loadsColumn;
  usize contactsColumn;
  usize sinceColumn;
  i32 columnsSize;
  i32 scored;
  u8 padding2[4];
  i64 loadsSlot;
  i32 batchRow;
  i32 nextInQueue;
  i32 previousInQueue;
};

struct AgentClass {
  AgentClass(const AgentClass&) = delete;
  usize key;
  i32 keyBytes;
  u32 hash;
  i32 members;
  i32 firstMember;
  usize fitsBlock;
  u32 fitsCapacity;
  i32 fitsCount;
  i32 next;
};

struct Agent {
  Agent(const Agent&) = delete;
  u8 exists;
  u8 loggedIn;
  u8 ready;
  u8 oneRinging;
  u8 loggingOut;
  u8 resting;
  u8 lineCount;
  u8 dirty;
  i32 reason;
  i32 chosen;
  i32 agentClass;
  i32 total;
  i32 wrapUpMs;
  u8 ringing;
  u8 connected;
  u8 wrappingUp;
  u8 seatTaken;
  u8 capacities[CHANNELS_MAX];
  u8 lineCounts[CHANNELS_MAX];
  u8 progresses[CHANNELS_MAX];
  i32 seatChannels;
  i32 free;
  i32 misses;
  i32 restTimer;
  usize lines;
  i32 firstWaiter;
  i32 lastWaiter;
  i32 waiters;
  i32 nextDirty;
  i32 previousInClass;
  i32 nextInClass;
  u8 toldState;
  u8 toldFlags;
  u8 occupied;
  u8 touched;
  i32 toldReason;
  i32 nextTouched;
  i64 since;
  i64 idleSince;
  i64 accountedAt;
  i64 idleTimes[IDLE_EVENTS];
  u32 versions[CHANNELS_MAX];

  i32 capacity(i32 channel) const { return capacities[channel]; }
  i32 linesOf(i32 channel) const { return lineCounts[channel]; }
  i32 progress(i32 channel) const { return progresses[channel]; }
  void addProgress(i32 channel, i32 change) { progresses[channel] = static_cast<u8>(progresses[channel] + change); }
  void addLine(i32 channel) { lineCounts[channel]++; }
  u32 version(i32 channel) const { return versions[channel]; }
  void moveVersion(i32 channel) { versions[channel]++; }
  i32 inProgress() const { return ringing + connected + wrappingUp; }
  i32 limit(i32 channel) const {
    const i32 ofLines = linesOf(channel);
    const i32 ofCapacity = capacity(channel);
    return ofLines < ofCapacity ? ofLines : ofCapacity;
  }
};

struct Line {
  Line(const Line&) = delete;
  i32 owner;
  u8 channel;
  u8 state;
  u8 flags;
  u8 padding[1];
  i32 contact;
  i32 offer;
  i32 timer;
  i32 nextRinging;

  bool is(u8 flag) const { return (flags & flag) != 0; }
  void mark(u8 flag) { flags = static_cast<u8>(flags | flag); }
  void unmark(u8 flag) { flags = static_cast<u8>(flags & ~flag); }
};

constexpr u8 IS_ACCEPTED = 1;
constexpr u8 HAS_RUNG = 2;
constexpr u8 IS_RESUMED = 4;
constexpr u8 HAS_LEGS = 1;
constexpr u8 IS_WITHHELD = 16;
constexpr u8 BY_AFFINITY = 2;
constexpr u8 AWAITS = 4;
constexpr u8 FOR_NAMED = 32;
constexpr u8 TAKES_SEAT = 64;
constexpr u8 IS_DIALLED = 128;

struct Contact {
  Contact(const Contact&) = delete;
  u8 state;
  u8 orElse;
  u8 why;
  u8 flags;
  u32 number;
  i32 profile;
  i32 queue;
  i32 priority;
  i32 creditMs;
  i32 agent;
  i32 line;
  i32 offer;
  i32 timer;
  i32 pooled;
  i32 named;
  i32 previousWaiter;
  i32 nextWaiter;
  i64 arrived;
  i64 sequence;
  i64 connectedAt;
  i64 knowsUntil;
  i32 leavesWhy;
  i32 leavesFor;
  i32 servedBy;
  i32 rings;
  i32 wanted;
  i32 backTo;
  i32 backMs;
  i32 knows;
  i32 atLine;

  bool is(u8 flag) const { return (flags & flag) != 0; }
  void mark(u8 flag) { flags = static_cast<u8>(flags | flag); }
  void unmark(u8 flag) { flags = static_cast<u8>(flags & ~flag); }
  void asksForNobody() {
    named = NONE;
    unmark(FOR_NAMED | BY_AFFINITY);
    atLine = 0;
    backTo = 0;
    backMs = 0;
  }
};

struct Timer {
  Timer(const Timer&) = delete;
  i64 due;
  i64 sequence;
  i64 key;
  i32 subject;
  i32 position;
  i32 next;
  u8 kind;
};

struct Node {
  i32 height;
  i32 entries;
};

struct WaitingEntry {
  i64 key;
  u32 id;
  i32 contacts;
};

struct FreeEntry {
  i64 key;
  i32 id;
  u32 mark;
  bool precedes(const FreeEntry& other) const { return key != other.key ? key < other.key : id < other.id; }
  void moved(i32) const {}
};

struct TimerEntry {
  i64 key;
  i32 id;
  u32 mark;
  bool precedes(const TimerEntry& other) const;
  void moved(i32 position) const;
};

#pragma pack(pop)

template <class T>
constexpr usize bytesOf() {
  return sizeof(T);
}

}  // namespace twin
