// Bugs to be found: each is a small change of a source file, as somebody in a hurry might make it, with who is to catch it and
// within how many seeds. A text that is not there any more, or more than once, fails loudly (planted.test.ts).
//
// Seen by the simulator (test/sim) wherever that can see it; what only decides who is served first, or what only a
// disk's file shows, is for the model (test/core/model-agreement.test.ts) or a suite.

export interface PlantedFault {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly becomes: string;
  readonly caughtBy: { readonly seeds: number } | { readonly suite: string };
}

export const plantedFaults: readonly PlantedFault[] = [
  {
    name: 'an answer before the flush',
    file: 'src/engine/partition.ts',
    text: '    this.#outbox.add({ dependsOn, answers: late, notifications: [] });\n',
    becomes:
      '    this.#outbox.add({ dependsOn, answers: late, notifications: [] });\n    this.#outbox.release(dependsOn);\n',
    caughtBy: { seeds: 200 },
  },
  {
    name: 'notifications before the answers that they belong to',
    file: 'src/engine/outbox.ts',
    text: `      for (const { request, answer } of parcel.answers) {
        if (request !== undefined && answer !== undefined) this.#egress.answer(request, answer);
      }
      for (const { audience, event, params } of parcel.notifications) this.#egress.notify(audience, event, params);
`,
    becomes: `      for (const { audience, event, params } of parcel.notifications) this.#egress.notify(audience, event, params);
      for (const { request, answer } of parcel.answers) {
        if (request !== undefined && answer !== undefined) this.#egress.answer(request, answer);
      }
`,
    caughtBy: { seeds: 20 },
  },
  {
    name: 'the timers of ringing offers are lost at recovery',
    file: 'assembly/offers.ts',
    text: `      clearTimer(line(at).timer);
      line(at).timer = setTimer(TIMER_OFFER, at, until);
      if (!line(at).is(IS_ACCEPTED)) line(at).mark(IS_RESUMED);
`,
    becomes: `      clearTimer(line(at).timer);
      line(at).timer = setTimer(TIMER_OFFER, at, now() + 1000000000);
      if (!line(at).is(IS_ACCEPTED)) line(at).mark(IS_RESUMED);
`,
    caughtBy: { seeds: 200 },
  },
  {
    name: 'the next deadline is forgotten when the core is made again',
    file: 'src/engine/partition.ts',
    text: `    this.#lastAt = header.at;
    this.#nextDeadline = header.nextDeadline;
`,
    becomes: `    this.#lastAt = header.at;
    this.#nextDeadline = undefined;
`,
    caughtBy: { seeds: 1_000 },
  },
  {
    name: 'the total capacity of an agent is not looked at',
    file: 'assembly/agents.ts',
    text: '  if (that.inProgress() >= that.total) return 0;\n',
    becomes: '',
    caughtBy: { seeds: 200 },
  },
  {
    name: 'the capacity of a channel is one more than it is',
    file: 'assembly/agents.ts',
    text: 'if (that.progress(channel) < that.limit(channel)) free |= 1 << channel;',
    becomes: 'if (that.progress(channel) <= that.limit(channel)) free |= 1 << channel;',
    caughtBy: { seeds: 50 },
  },
  {
    name: 'several lines of a seat ring at once',
    file: 'assembly/agents.ts',
    text: '  if (that.oneRinging && that.ringing > 0) return 0;\n',
    becomes: '',
    caughtBy: { seeds: 50 },
  },
  {
    name: 'a handle in use is handed out again after a start',
    file: 'src/domain/handle-pool.ts',
    text: 'for (const handle of taken) this.#next = Math.max(this.#next, handle + 1);',
    becomes: 'for (const handle of taken) this.#next = Math.max(this.#next, handle);',
    caughtBy: { seeds: 200 },
  },
  {
    name: 'the rows of a refused tick stay in the overlay',
    file: 'src/store/overlay.ts',
    text: `        version.undone = true;
        this.#cells.takeOut(version);
        this.#lag--;
`,
    becomes: `        version.undone = true;
        this.#lag--;
`,
    caughtBy: { seeds: 200 },
  },
  {
    name: 'a row that two ticks have written is forgotten too early',
    file: 'src/store/overlay-cells.ts',
    text: 'if (cell.top.tick <= tick) {',
    becomes: 'if (cell.top.tick <= tick + 1) {',
    caughtBy: { seeds: 1_000 },
  },
  {
    name: 'a row is missing in the redo',
    file: 'src/store/overlay.ts',
    text: '    const last = versions.filter((version) => version.cell.top === version);\n',
    becomes:
      '    const tops = versions.filter((version) => version.cell.top === version);\n    const last = tops.length > 3 ? tops.slice(1) : tops;\n',
    caughtBy: { seeds: 1_000 },
  },
  {
    name: 'a number of a feed is left out',
    file: 'src/transport/event-feeds.ts',
    text: '    feed.lastSeq += 1;\n',
    becomes: '    feed.lastSeq += feed.lastSeq === 6 ? 2 : 1;\n',
    caughtBy: { seeds: 20 },
  },
  {
    name: 'who comes back is told the last again',
    file: 'src/transport/event-feeds.ts',
    text: 'return this.#kept.newest(this.lastSeq - seq);',
    becomes: 'return this.#kept.newest(Math.min(this.#kept.count, this.lastSeq - seq + 1));',
    caughtBy: { seeds: 100 },
  },
  {
    name: 'the memory of requestIds is lost over a restart',
    file: 'src/engine/request-memory.ts',
    text: '        this.#byKey.set(requestKey, { sequence, at, content, answer: JSON.parse(answer) as Answer });\n',
    becomes:
      '        if (answer === requestKey + content + at) this.#byKey.set(requestKey, { sequence, at, content, answer: JSON.parse(answer) as Answer });\n',
    caughtBy: { seeds: 500 },
  },
  {
    name: 'an offer is not withdrawn when its contact is cancelled',
    file: 'src/domain/routing/reactions.ts',
    text: `  const why = withdrawnWord(effect.code);
`,
    becomes: `  const why = withdrawnWord(effect.code);
  if (why === 'cancelled') return agent.leave(contact);
`,
    caughtBy: { seeds: 100 },
  },
  {
    name: 'tenants share their feeds',
    file: 'src/transport/event-feeds.ts',
    text: '    let feeds = this.#tenants.get(tenant);\n',
    becomes: '    let feeds = [...this.#tenants.values()][0];\n',
    caughtBy: { seeds: 100 },
  },
  {
    name: 'wrap-up takes twice as long as was said',
    file: 'assembly/contacts.ts',
    text: '  over.timer = setTimer(TIMER_WRAP_UP, slot, until);\n',
    becomes: '  over.timer = setTimer(TIMER_WRAP_UP, slot, until + (until - now()) + 4000);\n',
    caughtBy: { seeds: 200 },
  },
  {
    name: 'what the core refused is not taken back',
    file: 'src/engine/tick.ts',
    text: '    this.undo(item);\n    this.writes.mark(BY_REACTION);\n',
    becomes: '    this.writes.mark(BY_REACTION);\n',
    caughtBy: { seeds: 200 },
  },
  {
    name: 'a flush of unknown outcome is taken for one that wrote nothing',
    file: 'src/engine/partition.ts',
    text: "if (!(error instanceof StoreError) || error.outcome !== 'nothing_written') {",
    becomes: "if (!(error instanceof StoreError) || error.outcome === 'damaged') {",
    caughtBy: { seeds: 1_000 },
  },
  {
    name: 'the journal is dropped before a snapshot replaces it',
    file: 'src/store/housekeeping.ts',
    text: 'const segmentsDropped = await journal.drop(before, Math.min(snapshotNumber, tables.appliedNumber));',
    becomes: 'const segmentsDropped = await journal.drop(before, tables.appliedNumber);',
    caughtBy: { seeds: 200 },
  },
  {
    name: 'a snapshot says that it is one entry newer',
    file: 'src/store/shadow.ts',
    text: '    const meta = { number, at, coreHash: core.coreHash, digest };\n',
    becomes: '    const meta = { number: number + 1, at, coreHash: core.coreHash, digest };\n',
    caughtBy: { seeds: 200 },
  },
  {
    name: 'the client does not notice a gap in the numbers',
    file: 'src/client/client.ts',
    text: 'if (seq !== this.#lastSeq + 1) return this.#openAfresh(',
    becomes: 'if (seq < this.#lastSeq) return this.#openAfresh(',
    caughtBy: { seeds: 500 },
  },
  {
    name: 'a switch is told of the contacts of another',
    file: 'src/domain/routing/contact-access.ts',
    text: "if (role === 'switch' || role === 'customer') return owner.role === role && owner.sub === sub;",
    becomes: "if (role === 'switch' || role === 'customer') return owner.role === role;",
    caughtBy: { seeds: 1_000 },
  },
  {
    name: 'what a tick leaves to do is lost at a start',
    file: 'src/engine/partition.ts',
    text: 'this.#followUps = followUpsOfLast(store.journal) as FollowUp[];',
    becomes: 'this.#followUps = [];',
    caughtBy: { suite: 'test/engine/durability.test.ts' },
  },
  {
    name: 'later arrivals are served first',
    file: 'assembly/score.ts',
    text: 'return first !== second ? first < second : one.sequence < other.sequence;',
    becomes: 'return first !== second ? first > second : one.sequence < other.sequence;',
    caughtBy: { suite: 'test/core/model-agreement.test.ts' },
  },
  {
    name: 'who comes on duty has had no contacts',
    file: 'assembly/duty.ts',
    text: 'that.onDuty === 0 ? 0 : that.hadOnDuty / that.onDuty',
    becomes: '0',
    caughtBy: { suite: 'test/core/conformance.test.ts' },
  },
  {
    name: 'an upgrade of the core draws other agents at random',
    file: 'assembly/import.ts',
    text: '  if (draws) queue(handle).random = load<i64>(record, RECORD_QUEUE_RANDOM);',
    becomes: '',
    caughtBy: { suite: 'test/core/selection.test.ts' },
  },
  {
    name: 'the checksum of an entry is not looked at',
    file: 'src/store/entry.ts',
    text: 'if (crc32(view.subarray(8)) !== view.readUInt32LE(4)) {',
    becomes: 'if (crc32(view.subarray(8)) < 0) {',
    caughtBy: { seeds: 500 },
  },
  {
    name: 'a start that is refused has changed the tables',
    file: 'src/engine/partition.ts',
    text: '    await this.#makeCore();\n    await catchUpTables(store.journal, store.tables);\n',
    becomes: '    await catchUpTables(store.journal, store.tables);\n    await this.#makeCore();\n',
    caughtBy: { seeds: 1_000 },
  },
  {
    name: 'a slow reader is sent more and more',
    file: 'src/transport/session.ts',
    text: 'if (this.connection.bufferedBytes() + (this.#gathered?.length ?? 0) > bound) return this.#closeSlow();',
    becomes:
      'if (this.connection.bufferedBytes() + (this.#gathered?.length ?? 0) > bound * 8) return this.#closeSlow();',
    caughtBy: { seeds: 500 },
  },
  {
    name: 'who missed too much goes on as if it had not',
    file: 'src/transport/event-feeds.ts',
    text: 'return seq <= this.lastSeq && seq >= this.lastSeq - this.kept;',
    becomes: 'return seq <= this.lastSeq;',
    caughtBy: { seeds: 200 },
  },
  {
    name: 'an upgrade of the core forgets that one line of a seat rings at a time',
    file: 'assembly/import.ts',
    text: 'comes.oneRinging = (flags & AGENT_FLAG_ONE_RINGING) !== 0 ? 1 : 0;',
    becomes: 'comes.oneRinging = 0;',
    caughtBy: { seeds: 1_000 },
  },
  {
    name: 'a complete document leaves agents that it does not name',
    file: 'src/domain/routing/config-plan.ts',
    text: '    agents: compared(document.agents, complete, summary, {',
    becomes: '    agents: compared(document.agents, complete && document.agents === undefined, summary, {',
    caughtBy: { seeds: 1_500 },
  },
  {
    name: 'an explanation tells of offers as of their beginning',
    file: 'src/explain/telling.ts',
    text: "this.#steps.push({ at, kind: 'offered', text, ...who, untilMs: effect.at });",
    becomes: "this.#steps.push({ at, kind: 'offered', text, ...who, untilMs: at });",
    caughtBy: { seeds: 500 },
  },
  {
    name: 'a timer at which the core trapped takes the next one with it',
    file: 'src/engine/partition.ts',
    text: 'for (const timer of this.#blame.timers) tick.encoder.skipped(0, timer);',
    becomes:
      'for (const timer of this.#blame.timers) for (const slot of [timer, timer + 1]) tick.encoder.skipped(0, slot);',
    caughtBy: { seeds: 3_000 },
  },
  {
    name: 'a try of what was set aside is not counted before it is made',
    file: 'src/engine/set-aside.ts',
    text: '    const tries = row.tries + 1;\n',
    becomes: '    const tries = row.tries;\n',
    caughtBy: { suite: 'test/engine/exactly-once.test.ts' },
  },
  {
    name: 'a switch that is back is not asked again',
    file: 'src/domain/switches/switches.ts',
    text: '      this.#legs.askAgain(sub, reaction);\n',
    becomes: '',
    caughtBy: { seeds: 500 },
  },
  {
    name: 'a telephone whose offer is withdrawn is not let go',
    file: 'src/domain/switches/legs.ts',
    text: 'return leg && this.release(leg, releasedFor(leg, effect.code), reaction);',
    becomes:
      "return leg?.state === 'answered' ? this.release(leg, releasedFor(leg, effect.code), reaction) : undefined;",
    caughtBy: { seeds: 500 },
  },
  {
    name: 'a switch that cannot join two legs is taken to have joined them',
    file: 'src/domain/switches/legs.ts',
    text: '        if (done) admission.core.offerConnected(',
    becomes: '        if (done || leg.releasing !== true) admission.core.offerConnected(',
    caughtBy: { seeds: 500 },
  },
  {
    name: 'nobody counts for how long a switch is away',
    file: 'src/domain/switches/switches.ts',
    text: '      if (before?.connected) core.timerSet(MODULE, timerOf(known, GRACE_TIMER), now + known.graceMs);\n',
    becomes: '',
    caughtBy: { seeds: 1_000 },
  },
  {
    name: 'a contact whose time is over goes back when its offer comes to nothing',
    file: 'assembly/offers.ts',
    text: '  else if (contact(slot).leavesWhy !== 0) leaveAfterOffer(slot);\n',
    becomes: '',
    caughtBy: { suite: 'test/domain/limits.test.ts' },
  },
  {
    name: 'a place that was taken is not gone',
    file: 'src/domain/routing/places.ts',
    text: '      this.#drop(place);\n      admission.onUndo',
    becomes: '      admission.onUndo',
    caughtBy: { suite: 'test/domain/limits.test.ts' },
  },
  {
    name: 'a contact that has moved counts as abandoned',
    file: 'src/domain/routing/reactions.ts',
    text: "from.day.countLeft(reaction.tables, reaction.now, why === 'timedOut');\n",
    becomes: 'from.day.countAbandoned(reaction.tables, reaction.now, false);\n',
    caughtBy: { seeds: 100 },
  },
];
