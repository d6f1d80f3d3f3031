// Every function of the twin, by the file of assembly/ that it is ported from, and where the header keeps what.
#pragma once

#include "records.hpp"

namespace twin {

// header.ts
constexpr usize POOL_AGENTS = 512;
constexpr usize POOL_LINES = 528;
constexpr usize POOL_CONTACTS = 544;
constexpr usize POOL_QUEUES = 560;
constexpr usize POOL_PROFILES = 576;
constexpr usize POOL_CLASSES = 592;
constexpr usize POOL_TIMERS = 608;
constexpr usize LIST_TIMERS = 624;
constexpr usize LIST_TIMER_BUCKETS = 640;
constexpr usize LIST_CLASS_BUCKETS = 656;
constexpr usize LIST_HOMELESS = 672;
constexpr usize LIST_SCRATCH = 688;
constexpr usize LIST_BATCH = 704;
constexpr usize BATCH_BITS = 896;
constexpr usize FREE_LISTS = 768;
constexpr usize PRIVATE_END = 1024;

inline State& state() { return record<State>(HEADER_PRIVATE); }

inline i64 now() { return load<i64>(0, HEADER_NOW); }

inline void count(usize headerField, i32 change) { store<i32>(headerField, load<i32>(headerField) + change); }

// arena
static usize extend(usize bytes);
static u32 blockShift(usize bytes);
static usize allocate(usize bytes);
static void release(usize block, usize bytes);
static void reserve(List& list, i32 wanted, usize elementBytes);
static void clear(List& list, usize elementBytes);
static bool made(usize poolAt, i32 index);
static i32 top(usize poolAt);

template <class T>
T& make(usize poolAt, i32 index);
template <class T>
T& at(usize poolAt, i32 index);

// heaps
static void swap(usize block, i32 one, i32 other);
static void append(List& heap, i64 key, i32 id, u32 mark);

template <class E>
E& entry(usize block, i32 position);
template <class E>
void push(List& heap, i64 key, i32 id, u32 mark);
template <class E>
void removeAt(List& heap, i32 position);
template <class E>
void order(List& heap);

// effects
static i64 roll(i64 digest, i64 word);
static i32 room();
static usize begin(i32 kind, i32 code);
static void about(usize effect, i32 contact, u32 number, i32 agent, i32 line, i32 queue);
static void values(usize effect, i32 value, i32 value2, i32 value3);
static void times(usize effect, i64 at, i64 since, i64 extra);
static void finish(usize effect);
static void refuse(i32 code, i32 contact, u32 number, i32 agent, i32 queue);

// timers
static List& timerHeap();
static Timer& timer(i32 slot);
static i32 setTimer(u8 kind, i32 subject, i64 due);
static i32 placeTimer(u8 kind, i32 subject, i64 due, i64 sequence);
static void clearTimer(i32 slot);
static bool timerIsSet(i32 slot);
static i32 firstTimer();
static i64 nextDeadline();
static i64 dueOf(i32 slot);
static usize timerBucketOf(i32 module, i64 key);
static i32 moduleTimer(i32 module, i64 key);
static void setModuleTimer(i32 module, i64 key, i64 due);
static void placeModuleTimer(i32 module, i64 key, i64 due, i64 sequence);
static void linkModuleTimer(i32 slot, Timer& set);
static void unlinkModuleTimer(i32 slot, Timer& gone);
static void growTimerBuckets();

// queues
static Queue& queue(i32 handle);
static bool queueExists(i32 handle);
static void setQueue(usize command);
static bool setRing(Queue& that, i32 together, i32 everyMs);
static void removeQueue(usize command);
static bool sameWeights(Queue& that, usize weights);
static i32 weightAt(usize weights, i32 term);
static void selectBy(i32 handle, i32 select, i32 windowMs, usize weights);
static bool isExact(i32 select);

// shares
static bool countsContacts(Queue& that);
static bool watchesLoads(Queue& that);
static bool keepsShares(Queue& that);
static usize sharesOf(Queue& that);
static usize loadsOf(Queue& that);
static i64 hadOf(usize pool, i32 handle);
static void setHad(usize pool, i32 handle, i64 had);
static i32 sharesTop(Queue& that);
static i64 shareOf(Queue& that, i32 handle);
static void setShare(Queue& that, i32 handle, i64 had);
static void forgetAll(usize pool);
static void forgetSharesOf(i32 handle);

// duty
static bool counts(i32 place);
static usize classKeyOf(i32 handle);
static i64 averageHad(Queue& that);
static void joinDuty(Queue& that, i32 handle);
static void leaveDuty(Queue& that, i32 handle);
static void beginDuty(i32 handle);
static void endDuty(i32 handle);
static void changeDuty(i32 handle, i32 before, i32 after);
static void beginCounting(i32 handle);
static void endCounting(Queue& that);
static void countContact(i32 place, i32 handle);
static void lower(Queue& that);

// occupancy
static i64 slotMs(Queue& that);
static i64 loadOf(Queue& that, i32 handle, i64 slot);
static i64 loadAt(i64 share, i64 slot);
static void occupy(Queue& that, i32 handle, i64 from, i64 until);
static i64 occupancyKey(Queue& that, i32 handle);
static void noteWork(i32 handle);
static void beginWork(Agent& that, i64 at);
static void beginWatching(Queue& that);
static void endWatching(Queue& that);

// weights
static i32 weightOf(i32 levelsSum);
static usize sumAt(Profile& that, i32 place);
static i32 totalWeight(Profile& that);
static void addWeight(Profile& that, i32 handle, i32 change);
static void growWeights(Profile& that, i32 wanted);
static void clearWeights(Profile& that);
static void beginDrawing(Queue& that, i32 handle, i64 at);
static void endDrawing(Queue& that);
static i64 drawn(Queue& that, i32 total);
static i32 drawFree(Profile& that);

// columns
static void addToColumns(Profile& that, Queue& from, i32 handle, i32 levels);
static void takeFromColumns(Profile& that, i32 handle);
static void clearColumns(Profile& that);
static void growColumns(Profile& that, i32 wanted);
static usize longer(usize column, usize before, usize bytes);
static i32 counted(i64 contacts);
static void bringToNow(Profile& that, Queue& from);
static i32 requiredTerm(Profile& that, i32 levels);
static i32 preferredTerm(Profile& that, i32 levels);
static i32 pointsOf(Profile& that, Queue& from, i32 levels);
static i32 idleTerm(i64 idleMs);
static i64 shareFactor(Queue& from);
static i32 occupancyTerm(i32 load, i64 factor);
static void scoreThese(Profile& that, Queue& from, usize handles, i32 agents, usize into);
static void addThoseIn(Profile& that, usize set);
static i32 averageContacts(Queue& from);
static i32 contactsTerm(i32 contacts, i32 average);
static i32 bestScored(Profile& that, Queue& from, Contact& placed);

// assign
static usize inputAt(Assignment& that);
static usize listAt(Assignment& that, i32 list);
static usize inputOf(Assignment& that);
static i32 inputBytesOf(i32 contacts, i32 agents, i32 rows);
static usize workAt(Assignment& that);
static usize handlesAt(Assignment& that);
static usize scoresAt(Assignment& that);
static usize u(Assignment& that, i32 row);
static usize v(Assignment& that, i32 column);
static usize distance(Assignment& that, i32 column);
static usize columnAt(Assignment& that, i32 row);
static usize columnList(Assignment& that, i32 list);
static Assignment& makeAssignment(i32 contacts, i32 agents, i32 rows);
static void releaseAssignment(Assignment& that);
static void setContact(Assignment& that, i32 place, i32 slot, u32 number, i32 profile, i32 row, i64 rankPoints);
static void setLast(Assignment& that, i32 place, i32 column, i32 points);
static void setAgent(Assignment& that, i32 column, i32 handle);
static usize agentsOf(Assignment& that);
static usize rowOf(Assignment& that, i32 row);
static i32 slotAt(Assignment& that, i32 place);
static u32 numberAt(Assignment& that, i32 place);
static i32 profileAt(Assignment& that, i32 place);
static i32 rowAt(Assignment& that, i32 place);
static i32 handleAt(Assignment& that, i32 column);
static i32 columnOf(Assignment& that, i32 place);
static i64 scoreIn(Assignment& that, i32 place, i32 column);
static bool isSolved(Assignment& that);
static i32 solve(Assignment& that, i32 work);
static void lookOnce(Assignment& that);
static void begin(Assignment& that);
static void look(Assignment& that);
static bool isTaken(usize rows, i32 column);
static void leaveOut(Assignment& that);
static void raise(Assignment& that, i32 end);
static void shift(Assignment& that, i32 end);
static void addUp(Assignment& that);

// batch
static void noteBatch(Profile& that);
static void beginBatches();
static void beginBatch(i32 handle);
static bool hasPair(Queue& that);
static void setDue(i32 handle, i64 due);
static void batchBy(i32 handle, i32 batchMs);
static void noteBatches(i32 handle);
static void endBatch(i32 handle);
static i32 nextHead(Queue& that);
static void batchDue(i32 handle);
static void placeNext(i32 handle);
static List& gathered();
static i32 gatheredAt(i32 place);
static void putTogether(i32 handle);
static void gatherContacts(Queue& that);
static void gatherFrom(Profile& wanted, Queue& that, i32 slot);
static bool gather(i32 slot);
static bool goOn(i32 handle, Assignment& batch);
static void makeBatch(Queue& that, i32 size, i32 rowsWanted);
static bool isIn(Profile& wanted, i32 rows);
static void gatherAgents(Queue& that, List& idle, i32 size, i32 rows);
static void enterContacts(Queue& that, Assignment& batch, usize columns, i32 size);
static void fillRows(i32 handle, Assignment& batch);
static bool offerMatches(Assignment& batch);
static void offerMatch(Assignment& batch, i32 place);
static bool stillWaits(Assignment& batch, i32 place);
static bool isStillFree(i32 handle, i32 number);

// profiles
static Profile& profile(i32 number);
static bool profileExists(i32 number);
static List& freeHeap(Profile& that);
static void pushWaiting(i32 slot);
static void removeWaiting(i32 slot);
static bool isUsual(Contact& waits, Queue& that);
static bool isBefore(i64 key, Contact& one, Contact& other, Queue& that);
static i32 countAhead(Contact& waits);
static void gatherWaiting(Queue& that);
static void rekeyWaiting(Profile& that, Queue& changed);
static void pushFree(i32 number, i32 handle, i32 levels);
static void takeFree(i32 number, i32 handle, i32 levels);
static bool anyFree(Profile& that);
static i32 chooseFree(Contact& placed);
static i32 firstFree(Profile& that);
static void sweep(Profile& that);
static void rekeyFree(i32 number);
static void setProfile(usize command);
static void dropProfileCommand(usize command);
static void dropProfile(i32 number);
static void linkProfile(i32 number, Profile& set);
static void unlinkProfile(Profile& gone);

// waiting-tree
static Node& node(usize block);
static usize placeAddress(usize block, i32 place);
static WaitingEntry& entryAt(usize block, i32 place);
static usize makeNode(i32 height);
static WaitingEntry& firstUnder(WaitingEntry& found, i32 height);
static bool precedes(i64 key, Contact& than, WaitingEntry& other, i32 height);
static i32 placeIn(usize block, i64 key, Contact& than);
static i32 firstOf(usize root);
static i32 gatherFirst(usize block, i64 key, i32 most, usize into, i32 count);
static i32 countUpTo(usize root, i32 contacts, i64 key, Contact& than);
static i32 placeOf(usize block, i64 key);
static i32 contactsOf(usize block, i32 from, i32 to);
static usize joinTree(usize root, i64 key, i32 slot);
static usize raise(usize root);
static void split(usize block, i32 place, i64 key, Contact& joins);
static void insert(usize block, i32 place, i64 key, u32 id, i32 contacts);
static usize leaveTree(usize root, i64 key, i32 slot);
static void take(usize block, i64 key, i32 slot);
static void tidy(usize block, i32 place);
static i32 entriesOf(usize block, i32 place);
static void merge(usize block, i32 place);
static void erase(usize block, i32 place);
static usize reorderTree(usize root, Queue& changed);
static usize joinAll(usize root, usize from, Queue& that);
static void releaseTree(usize block);

// among
static i32 moreBytes(usize more);
static bool excludes(Profile& wanted, i32 handle);
static i32 furtherQueue(Profile& wanted, i32 place);
static bool namesQueue(Profile& wanted, i32 handle);
static bool worksFor(usize key, Profile& wanted);
static bool isInGroup(usize key, Profile& wanted);

// classes
static AgentClass& agentClass(i32 index);
static i32 classes();
static List& fits(AgentClass& that);
static i32 fitProfile(AgentClass& that, i32 index);
static i32 fitLevels(AgentClass& that, i32 index);
static i32 levelOf(usize key, u32 skill);
static bool worksIn(usize key, i32 wanted);
static i32 queuesListed(usize key);
static i32 queueListed(usize key, i32 place);
static i32 levelsOf(usize key, Profile& wanted, bool byName = false);
static i32 sumOf(i32 levels);
static i32 preferredOf(i32 levels);
static i32 levelsSumOf(usize key, Profile& wanted, bool byName = false);
static i32 fitClass(i32 index, i32 number, bool note);
static void unfitClass(i32 index, i32 number);
static void fillFits(i32 index);
static i32 writeKey(usize lists, i32 skills, i32 queues);
static u32 hashOf(usize key, i32 bytes);
static usize classBucketOf(u32 hash);
static i32 internClass(usize lists, i32 skills, i32 queues);
static i32 makeClass(usize key, i32 bytes, u32 hash);
static void growClassBuckets();
static void joinClass(i32 handle, i32 index);
static void leaveClass(i32 handle);

// score
static i64 effectiveArrival(Contact& contact);
static bool bends(Queue& that);
static i64 gained(Queue& that, i64 age);
static i32 firstNow(Profile& that);
static bool mayPass(i32 slot, i32 other, Queue& that);
static i32 firstBehind(Profile& that, i32 slot);
static i32 countUpToNow(usize root, i32 contacts, Contact& waits);
static i32 countUpToIn(usize root, i32 contacts, Contact& waits, i32 priority, i64 least);
static i32 countBelow(usize root, i32 contacts, i64 key);
static i32 firstFrom(usize root, i64 key);
static i32 countAheadNow(Queue& that, Contact& waits);
static void setAgeing(Queue& that, i32 cap, usize steps);
static i64 placeKey(Contact& contact, Queue& queue);
static i64 rank(Contact& contact, Queue& queue, i64 now);
static bool arrivedBefore(Contact& one, Contact& other);
static bool ranksBefore(Contact& one, Queue& oneQueue, Contact& other, Queue& otherQueue, i64 now);
static bool servedBefore(Contact& one, Queue& oneQueue, Contact& other, Queue& otherQueue, i64 now);
static i64 selectTerm(Queue& that, i32 handle);
static i64 freeKey(Queue& that, i32 handle, i64 idleSince, i32 levelsSum);

// idle
static void noteIdle(i32 handle, i32 event);
static void beginIdle(i32 handle);
static i64 idleSince(Queue& that, i32 handle);
static void countIdleBy(i32 handle, i32 events);

// agents
static Agent& agent(i32 handle);
static bool agentExists(i32 handle);
static i32 freeChannels(Agent& that);
static bool agentIsFree(Agent& that, i32 channel);
static void touch(i32 handle);
static void leaveChannels(Agent& that, i32 handle, i32 kept);
static void takeOut(Agent& leaves, i32 handle, i32 channels);
static void enterPool(i32 handle);
static void markDirty(i32 handle);
static void tellStates(bool busyOnly);
static u8 stateOf(Agent& that);
static u8 flagsOf(Agent& that);
static void tellIfChanged(i32 handle, Agent& that);
static void emitState(i32 handle, Agent& that);
static void setAgent(usize command);
static void removeAgent(usize command);
static void becomeReady(usize command);
static void becomeNotReady(usize command);
static void makeNotReady(i32 handle, i32 reason);
static void endRest(Agent& that);
static void setOneRinging(usize command);
static void restOver(i32 handle);

// seats
static Line& line(i32 handle);
static bool lineInSeat(i32 handle);
static i32 seatLine(Agent& that, i32 place);
static i32 freeLine(Agent& that, i32 channel);
static void setLine(i32 handle, i32 doing, i32 slot);
static void emitLine(i32 handle, i32 owner, i32 doing);
static void login(usize command);
static bool sameSeat(Agent& that, usize list, i32 lines);
static bool linesAreFree(i32 handle, usize list, i32 lines);
static bool listed(usize list, i32 lines, i32 wanted);
static void takeSeat(i32 handle, usize list, i32 lines);
static void occupySeat(i32 handle, usize list, i32 lines);
static void leaveSeat(i32 handle, usize list, i32 lines);
static void logout(usize command);
static void endWrapUps(i32 handle);
static void leaveWhenIdle(i32 handle);
static void endWrapUp(i32 slot);

// contacts
static Contact& contact(i32 slot);
static Contact& makeContact(i32 slot);
static i32 named(usize command);
static i32 lives(i32 slot, u32 number);
static void refuseContact(i32 code, usize command);
static void emitEnded(i32 slot, i32 code);
static void releaseContact(i32 slot);
static void leavePending(i32 slot);
static void abandon(i32 slot, i32 code, i32 withdrawnCode);
static void takeAway(i32 slot, i32 withdrawnCode);
static void finishUnserved(i32 slot, i32 code);
static void cancelContact(usize command);
static void endContact(usize command);
static void endService(i32 slot, i32 code);
static void wrapUpOrRelease(i32 slot);
static void releaseServed(i32 slot);
static void beginWrapUp(i32 slot, i64 until);
static void wrapUpUntil(i32 slot, i32 kind, i64 until);
static void wrapUpDone(usize command);
static void extendWrapUp(usize command);
static void wrapUpOver(i32 slot);
static void updateContact(usize command);

// direct
static i32 obstacle(i32 handle, Profile& wanted, bool whatever, bool byName, i32 atLine);
static bool isLineOf(i32 at, i32 handle, i32 channel);
static bool lineIsBusyFor(Contact& asks, i32 handle);
static i32 lineOf(usize command);
static i32 createBytes(usize command);
static bool hasMore(usize command);
static bool isForNamed(usize command);
static bool isWithheld(usize command);
static i32 wayCount(usize command);
static i32 wayProfile(usize command, i32 place);
static i32 wayWhy(usize command, i32 place);
static i32 unavailable(i32 asked, Profile& wanted, bool whatever, i32 waitMs, bool byAffinity, i32 atLine);
static bool isFreeFor(i32 asked, Profile& wanted, i32 atLine);
static bool isFullFor(usize command, i32 number);
static i32 passedBy(usize command);
static void createContact(usize command);
static void passOn(i32 slot, usize command, i32 place);
static void fillContact(i32 slot, usize command, i32 number);
static void takePlace(Contact& created, usize command);
static void askFor(i32 slot, i32 handle, bool whatever, i32 waitMs, i32 atLine);
static void waitFor(i32 slot, i64 until);
static void joinWaiters(i32 slot, Agent& awaited);
static void forgetWaiter(i32 slot);
static bool isByAffinity(usize command);
static bool isInBoth(usize command);
static i32 askedWith(usize command, i32 number);
static bool endsBy(i32 orElse, i32 code, bool byAffinity);
static void leaveWaiters(i32 slot, Agent& awaited);
static bool asksByName(Contact& asks, i32 handle);
static bool waitsByAffinity(Contact& waits);
static void takeWaiter(i32 slot, i32 handle);
static void emitFellBack(i32 slot, i32 handle, i32 code, i32 waitsOn);
static void waitInBoth(i32 slot, i64 until);
static void waitForKnown(i32 slot);
static void emitAwaits(i32 slot);
static bool ringsAtKnown(i32 slot);
static void askKnown(i32 slot, i32 handle);
static void waitNoLonger(i32 slot, i32 code);
static void forgetKnown(i32 slot);
static void leaveKnown(i32 slot);
static i32 bestWaiter(Agent& that, i32 mask, i64 at);
static void recheckWaiters(i32 handle);
static void waitOver(i32 slot);
static void fallBack(i32 slot, i32 code);

// leaving
static void leaveQueue(usize command);
static void stay(i32 slot);
static void leaveAfterOffer(i32 slot);
static void goElsewhere(i32 slot, i32 to, i32 why);
static void changeQueue(i32 slot, i32 to, i32 why);
static i32 endedBy(i32 why);
static void markLeaving(i32 slot, i32 to, i32 why);
static void stayAfterAll(i32 slot);
static bool mayLeaveBecause(i32 why);
static void unansweredByOneFewer(i32 slot);
static void emitMoved(i32 slot, i32 why, i32 from, i32 to, i32 number);
static void emitLeaves(i32 slot);

// withholding
static void withholdContact(usize command);
static void withholdFromNow(i32 slot);
static void parkContact(i32 slot);
static void resumeContact(i32 slot, i32 code);
static void emitWithheld(i32 slot, i32 code);

// sending
static void sendContact(usize command);
static void partSent(i32 slot, usize command, i32 why);
static void goTo(i32 slot, i32 to, i32 why, usize command);
static void part(i32 slot, i32 why, i32 partSlot, u32 number);
static void fillPart(Contact& created, Contact& from, u32 number);
static void handOver(usize command);
static void takeOver(i32 slot, i32 handle, i32 at);

// offers
static void makeOffer(i32 slot, i32 handle);
static void noteOffer(Queue& that, i32 at, i32 handle);
static void emitOffered(i32 slot, i32 at, i32 again);
static void withdraw(i32 at, i32 code, bool counts);
static void withdrawAll(i32 slot, i32 code);
static void withdrawOthers(i32 slot, i32 accepted);
static void loseOffer(i32 at, i32 code, bool counts);
static i32 fallBackCodeOf(i32 withdrawn);
static void withdrawRinging(i32 handle, i32 code, bool dialledToo);
static void dialContact(usize command);
static i32 obstacleToDial(i32 handle, i32 at, i32 channel, bool withLegs);
static void fillDialled(i32 slot, u32 number, i32 wanted, bool withLegs);
static void emitDialled(i32 slot, i32 at);
static void endDialled(i32 slot, i32 handle, i32 withdrawn);
static void withdrawUnfitting(i32 handle);
static void failOffer(i32 at, i32 code, i32 restMs);
static void rest(i32 handle, i64 until);
static void connect(i32 at);
static void beginConnecting(i32 at, i64 until);
static i32 refuseOffer(i32 code, usize command);
static i32 openOffer(usize command, bool onlyWithLegs);
static bool isConnected(usize command, bool onlyWithLegs);
static void acceptOffer(usize command);
static void rejectOffer(usize command);
static void offerRang(usize command);
static void offerConnected(usize command);
static void offerFailed(usize command);
static void offerOver(i32 at);
static void resume(usize command);
static void tellResumed(i32 from);
static bool isToBeTold(Contact& rings);

// ringing
static bool ringsSeveral(Queue& that);
static bool mayRingFor(Queue& that, Agent& by);
static bool wantsMore(i32 slot);
static void beginRound(i32 slot);
static void beginStep(i32 slot, i32 wanted);
static void ringFurther(i32 slot);
static void ringLater(i32 slot);
static void ringOn(i32 slot, i32 why);
static void ringNoFurther(i32 slot);
static void endRounds(i32 handle);
static void joinRinging(Contact& rings, i32 at);
static void leaveRinging(i32 slot, i32 at);
static i32 ringsAt(Contact& rings, i32 offer);

// match
static List& homeless();
static i32 homelessAt(i32 place);
static bool comesBefore(i32 slot, i32 other);
static void addHomeless(i32 slot, i32 why);
static void settle();
static void serveTouched();
static void placeContact(i32 slot);
static void serve(i32 handle);
static i32 bestHead(i32 handle, i32 free);
static void tellPlace(usize command);
static void tellQueued(i32 slot);
static i32 ahead(Contact& waits);

// step
static void runTick(i32 buffer, i32 inputBytes, i64 at, i64 number);
static void runCommands(usize input, i32 inputBytes);
static bool hasRoom();
static void execute(usize command, i32 bytes);
static void fireTimers(i64 at);
static void fire(i32 slot);
static void disown(i32 slot);
static void skip(i32 slot);

}  // namespace twin
