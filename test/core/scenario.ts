// Reads a case in plain words, plays it on the real core and writes what the core said in plain words.
//
// A case is lines: `given …` plays a command and drops what it says, `when …` plays one and its effects must be exactly the
// `then …` lines that follow. Each command is a tick of its own at the current time, which starts at 0; `after 500` moves
// time on. Names are made up as they appear: queues, agents, skills, contacts (c1, c2 …), lines (anna.1, anna.2 …).

import * as layout from '../../assembly/layout.ts';
import { scoreTerms, selections } from '../../src/protocol/states.ts';
import type { AgentSet, Command, ContactCreate, OfferCommand, ProfileSet, QueueSet, SkillLevel } from './commands.ts';
import { CoreUnderTest, type Effect } from './core-under-test.ts';

const CHANNELS = ['voice', 'chat', 'email'];
const ENDED = [
  '',
  'cancelled',
  'by customer',
  'by agent',
  'by application',
  'agent unavailable',
  'switch lost',
  'leg lost',
  'timed out',
  'closed',
  'nobody',
  'exhausted',
  'callback',
  'not reached',
  'called in',
  'handed over',
  'transferred',
  'unanswered',
  'consultation over',
  'voicemail',
  'agent not reached',
  'not joined',
];
const WITHDRAWN = [
  '',
  'cancelled',
  'timed out',
  'rejected',
  'not ready',
  'logged out',
  'ended',
  'changed',
  'busy',
  'unreachable',
  'answered elsewhere',
  'sent',
];
/** What a switch says of the telephone of a contact with legs, and what an offer fails with. */
const SWITCH_SAYS: Record<string, number> = {
  rings: 0,
  'is joined': 0,
  'times out': layout.WITHDRAWN_TIMED_OUT,
  'is rejected': layout.WITHDRAWN_REJECTED,
  'is busy': layout.WITHDRAWN_BUSY,
  'is unreachable': layout.WITHDRAWN_UNREACHABLE,
};
const FELL_BACK = ['', 'timed out', 'logged out', 'not ready', 'not eligible', 'too many'];
const QUEUED = ['arrived', 'back', 'fell back', 'updated', 'moved', 'no longer withheld', 'step', 'sent'];
/** Why a contact leaves its queue. */
const MOVED = ['', 'full', 'timed out', 'closed', 'nobody', 'nobody ready', 'exhausted', 'callback'];
/** Why a contact is sent on: behind the ones above. */
const SENT = ['transferred', 'by supervisor', 'leg lost', 'agent lost', 'returned', 'handed over'];
MOVED.push(...SENT, 'unanswered', 'parked', 'voicemail');
const WITHHELD = ['', 'withheld', 'no longer withheld', 'parked', 'resumed'];
const LINES = ['free', 'ringing', 'connected', 'wrap-up', 'gone'];
const AGENTS = ['logged out', 'not ready', 'ready', 'ringing', 'in service', 'wrap-up'];
const REASONS: Record<number, string> = { 0: '', 1: ' (logged in)', 2: ' (missed)', 16: ' (break)' };
const REFUSALS = new Map(
  Object.entries(layout)
    .filter(([name]) => name.startsWith('REFUSED_'))
    .map(([name, code]) => [Number(code), name.slice('REFUSED_'.length).toLowerCase()]),
);

/** Gives numbers to names in order of appearance. */
class Names {
  readonly #numbers = new Map<string, number>();
  number(name: string): number {
    const number = this.#numbers.get(name) ?? this.#numbers.size;
    this.#numbers.set(name, number);
    return number;
  }
  name(number: number): string {
    return [...this.#numbers].find(([, known]) => known === number)?.[0] ?? `#${number}`;
  }
}

/** Words after a command's subject, taken off by key. */
class Words {
  readonly #left: string[];
  constructor(text: string) {
    this.#left = text.split(/\s+/).filter((word) => word !== '');
  }
  flag(word: string): boolean {
    const at = this.#left.indexOf(word);
    if (at >= 0) this.#left.splice(at, 1);
    return at >= 0;
  }
  value(word: string): string | undefined {
    const at = this.#left.indexOf(word);
    return at >= 0 ? this.#left.splice(at, 2)[1] : undefined;
  }
  count(word: string, otherwise: number): number {
    const value = this.value(word);
    return value === undefined ? otherwise : Number(value);
  }
  list(word: string): string[] {
    return this.value(word)?.split(',') ?? [];
  }
  rest(): string[] {
    return this.#left.splice(0);
  }
  end(line: string): void {
    if (this.#left.length > 0) throw new Error(`not understood: "${this.#left.join(' ')}" in "${line}"`);
  }
}

export class Scenario {
  readonly core = new CoreUnderTest();
  #now = 0;
  readonly #queues = new Names();
  readonly #agents = new Names();
  readonly #skills = new Names();
  readonly #contacts = new Names();
  readonly #profiles = new Map<string, number>();
  readonly #queueSettings = new Map<string, QueueSet>();
  readonly #agentSettings = new Map<string, AgentSet>();
  readonly #lines = new Names();
  readonly #offers = new Map<string, number>();

  /** Plays one line without its given/when; returns what the core said. */
  play(line: string): string[] {
    const after = /^after (\d+)$/.exec(line);
    if (after) {
      this.#now += Number(after[1]);
      return this.#step([]);
    }
    return this.#step(this.#commands(line));
  }

  #step(commands: Command[]): string[] {
    const glued = new Set(commands.keys());
    glued.delete(0);
    return this.core.step(this.#now, commands, glued).map((effect) => this.#say(effect));
  }

  // ── In ────────────────────────────────────────────────────────────────────────────────────────────────────────
  #commands(line: string): Command[] {
    const match = (pattern: RegExp): string[] | undefined =>
      pattern
        .exec(line)
        ?.slice(1)
        .map((part) => part ?? '');
    let parts = match(/^queue (\S+)(.*)$/);
    if (parts) return [this.#queue(parts[0]!, new Words(parts[1]!), line)];
    parts = match(/^queue-remove (\S+)$/);
    if (parts) return [{ kind: 'queueRemove', queue: this.#queues.number(parts[0]!) }];
    parts = match(/^agent (\S+)(.*)$/);
    if (parts) return [this.#agent(parts[0]!, new Words(parts[1]!), line)];
    parts = match(/^(\S+) (?:works|is here) on (\S+)$/);
    if (parts) return [...this.#login(parts[0]!, parts[1]!), this.#ready(parts[0]!, '')];
    parts = match(/^(\S+) logs in on (\S+)$/);
    if (parts) return this.#login(parts[0]!, parts[1]!);
    parts = match(/^(\S+) logs in with the lines of (\S+)$/);
    if (parts) return [this.#loginWithLinesOf(parts[0]!, parts[1]!)];
    parts = match(/^(\S+) logs out( when idle)?$/);
    if (parts) return [{ kind: 'agentLogout', agent: this.#agents.number(parts[0]!), whenIdle: parts[1] !== '' }];
    parts = match(/^(\S+) is ready(?: for (\S+))?$/);
    if (parts) return [this.#ready(parts[0]!, parts[1]!)];
    parts = match(/^(\S+) is not ready$/);
    if (parts)
      return [{ kind: 'agentNotReady', agent: this.#agents.number(parts[0]!), reason: layout.REASON_FIRST_OF_HOST }];
    parts = match(/^(\S+) is removed$/);
    if (parts) return [{ kind: 'agentRemove', agent: this.#agents.number(parts[0]!) }];
    parts = match(/^(\S+) rings (one at a time|all at once)$/);
    if (parts)
      return [
        { kind: 'agentOneRinging', agent: this.#agents.number(parts[0]!), on: parts[1] === 'one at a time' ? 1 : 0 },
      ];
    parts = match(/^(\S+) arrives in (\S+)(.*)$/);
    if (parts) return this.#arrives(parts[0]!, parts[1]!, new Words(parts[2]!), line);
    parts = match(/^(\S+) now (.*)$/);
    if (parts) return this.#update(parts[0]!, new Words(parts[1]!), line);
    parts = match(/^(\S+) (accepts|rejects) (\S+)(.*)$/);
    if (parts) return [this.#answer(parts[0]!, parts[1]!, parts[2]!, new Words(parts[3]!), line)];
    parts = match(/^(\S+) (rings|is joined|times out|is rejected|is busy|is unreachable) at (\S+)(.*)$/);
    if (parts) return [this.#switchSays(parts[0]!, parts[1]!, parts[2]!, new Words(parts[3]!), line)];
    parts = match(/^(\S+) hangs up$/);
    if (parts) return [{ kind: 'contactCancel', ...this.#contact(parts[0]!) }];
    parts = match(/^(\S+) ends (\S+) as its agent$/);
    if (parts)
      return [
        {
          kind: 'contactEnd',
          ...this.#contact(parts[1]!),
          code: layout.ENDED_BY_AGENT,
          by: this.#agents.number(parts[0]!),
        },
      ];
    parts = match(/^(\S+) ends (.+)$/);
    if (parts) return [{ kind: 'contactEnd', ...this.#contact(parts[0]!), code: ENDED.indexOf(parts[1]!) }];
    parts = match(/^(\S+) is parked by (\S+)$/);
    if (parts) return this.#parks(parts[0]!, parts[1]!);
    parts = match(/^(\S+) is (withheld|no longer withheld)$/);
    if (parts) return [{ kind: 'contactWithhold', ...this.#contact(parts[0]!), on: parts[1] === 'withheld' ? 1 : 0 }];
    parts = match(/^(\S+) asks for its place$/);
    if (parts) return [{ kind: 'contactPlace', ...this.#contact(parts[0]!) }];
    parts = match(
      /^(\S+) leaves (\S+)(?: for (\S+))?: (full|timed out|closed|nobody ready|nobody|exhausted|callback|unanswered|voicemail)(.*)$/,
    );
    if (parts) return this.#leaves(parts[0]!, parts[1]!, parts[2]!, parts[3]!, new Words(parts[4]!), line);
    parts = match(/^(\S+) stays in (\S+)$/);
    if (parts) {
      const queue = this.#queues.number(parts[1]!);
      return [{ kind: 'contactLeave', ...this.#contact(parts[0]!), queue, profile: layout.NONE, why: 0 }];
    }
    parts = match(/^(\S+) is sent by (\S+)(.*)$/);
    if (parts) return this.#sends(parts[0]!, parts[1]!, new Words(parts[2]!), line);
    parts = match(/^(\S+) hands (\S+) over by (\S+)$/);
    if (parts) return [this.#handsOver(parts[0]!, parts[1]!, parts[2]!)];
    parts = match(/^(\S+) wrapped up$/);
    if (parts) return [{ kind: 'wrapUpDone', ...this.#contact(parts[0]!) }];
    parts = match(/^(\S+) wraps up (\d+) longer$/);
    if (parts) return [{ kind: 'wrapUpExtend', ...this.#contact(parts[0]!), byMs: Number(parts[1]) }];
    parts = match(/^the router resumes$/);
    if (parts) return [{ kind: 'resumed', downMs: 0 }];
    parts = match(/^timer (\d+):(\d+) at (\d+)$/);
    if (parts) return [{ kind: 'timerSet', module: Number(parts[0]), key: Number(parts[1]), due: Number(parts[2]) }];
    parts = match(/^timer (\d+):(\d+) is cancelled$/);
    if (parts) return [{ kind: 'timerCancel', module: Number(parts[0]), key: Number(parts[1]) }];
    parts = match(/^the first timer is skipped$/);
    if (parts) return [{ kind: 'skipped', timer: 0 }];
    throw new Error(`no such line: "${line}"`);
  }

  #queue(name: string, words: Words, line: string): QueueSet {
    const before = this.#queueSettings.get(name);
    const channels = words.list('channels');
    const order = words.value('order');
    const select = words.value('select');
    const set: QueueSet = {
      kind: 'queueSet',
      queue: this.#queues.number(name),
      channels: channels.length > 0 ? maskOf(channels) : (before?.channels ?? 7),
      order: order === undefined ? (before?.order ?? 0) : ['priority', 'firstCome'].indexOf(order),
      select: select === undefined ? (before?.select ?? 0) : selectionOf(select),
      weight: words.count('weight', before?.weight ?? 0),
      ageing: words.count('ageing', before?.ageing ?? 0),
      ageingCap: words.count('cap', before?.ageingCap ?? 0),
      ageingSteps: stepsOf(words.list('agedBy')) ?? before?.ageingSteps ?? [],
      offerMs: words.count('offer', before?.offerMs ?? 5_000),
      wrapUpMs: words.count('wrapUp', before?.wrapUpMs ?? 0),
      maxWaiting: words.count('max', before?.maxWaiting ?? -1),
      missedMax: words.count('missed', before?.missedMax ?? 0),
      afterRejectMs: words.count('rest', before?.afterRejectMs ?? 0),
      afterMissMs: words.count('missRest', before?.afterMissMs ?? 0),
    };
    const ringsSeveral = set.select === layout.SELECT_RING_ALL || set.select === layout.SELECT_RING_PROGRESSIVE;
    const together = words.count('together', before?.ringTogether || 10);
    const everyMs = words.count('every', before?.ringEveryMs || 1_000);
    if (ringsSeveral) set.ringTogether = together;
    if (set.select === layout.SELECT_RING_PROGRESSIVE) set.ringEveryMs = everyMs;
    const weights = words.list('weights');
    if (set.select === layout.SELECT_SCORE)
      set.scoreWeights = weights.length > 0 ? weightsOf(weights) : (before?.scoreWeights ?? []);
    const batchMs = words.count('batch', before?.batchMs ?? 0);
    if (set.select === layout.SELECT_SCORE) set.batchMs = batchMs;
    const watches = (set.scoreWeights?.[layout.SCORE_OCCUPANCY] ?? 0) !== 0;
    if (set.select === layout.SELECT_LEAST_OCCUPIED || watches)
      set.occupancyWindowMs = words.count('window', before?.occupancyWindowMs || 3_600_000);
    words.end(line);
    this.#queueSettings.set(name, set);
    return set;
  }

  #agent(name: string, words: Words, line: string): AgentSet {
    const before = this.#agentSettings.get(name);
    const queues = words.list('queues');
    const set: AgentSet = {
      kind: 'agentSet',
      agent: this.#agents.number(name),
      total: words.count('total', before?.total ?? 16),
      wrapUpMs: words.count('wrapUp', before?.wrapUpMs ?? -1),
      capacity: CHANNELS.map((channel, index) => words.count(channel, before?.capacity[index] ?? 1)),
      skills: this.#levels(words.list('skills')),
      queues: queues.length > 0 ? queues.map((queue) => this.#queues.number(queue)) : undefined,
    };
    words.end(line);
    this.#agentSettings.set(name, set);
    return set;
  }

  #levels(texts: string[]): SkillLevel[] {
    return texts.map((text) => {
      const [skill = '', level = '1'] = text.split(':');
      return { skill: this.#skills.number(skill), level: Number(level) };
    });
  }

  #login(name: string, channels: string): Command[] {
    const lines = channels.split(',').map((channel, place) => ({
      line: this.#lines.number(`${name}.${place + 1}`),
      channel: CHANNELS.indexOf(channel),
    }));
    return [{ kind: 'agentLogin', agent: this.#agents.number(name), lines }];
  }

  #loginWithLinesOf(name: string, other: string): Command {
    const lines = [{ line: this.#lines.number(`${other}.1`), channel: 0 }];
    return { kind: 'agentLogin', agent: this.#agents.number(name), lines };
  }

  #ready(name: string, channels: string): Command {
    const mask = channels === '' ? 0 : maskOf(channels.split(','));
    return { kind: 'agentReady', agent: this.#agents.number(name), mask };
  }

  /** `c1` is the contact in slot 0 of generation 1; `c1~` a stale generation of the same slot. */
  #contact(name: string): { contact: number; number: number } {
    const stale = name.endsWith('~');
    return { contact: this.#contacts.number(stale ? name.slice(0, -1) : name), number: stale ? 99 : 1 };
  }

  #profile(queue: string, words: Words): { setting: Command[]; profile: number } {
    const channel = CHANNELS.indexOf(words.value('on') ?? 'voice');
    const demands = { all: words.list('needs'), any: words.list('any'), prefers: words.list('prefers') };
    const key = JSON.stringify([queue, channel, demands]);
    const known = this.#profiles.get(key);
    if (known !== undefined) return { setting: [], profile: known };
    const profile = this.#profiles.size;
    this.#profiles.set(key, profile);
    const set: ProfileSet = {
      kind: 'profileSet',
      profile,
      queue: this.#queues.number(queue),
      channel,
      all: this.#levels(demands.all),
      any: this.#levels(demands.any),
      prefers: this.#levels(demands.prefers),
    };
    return { setting: [set], profile };
  }

  #arrives(name: string, queue: string, words: Words, line: string): Command[] {
    const { setting, profile } = this.#profile(queue, words);
    const asked = words.value('for');
    const create: ContactCreate = {
      kind: 'contactCreate',
      ...this.#contact(name),
      profile,
      priority: words.count('priority', 0),
      creditMs: words.count('credit', 0),
      agent: asked === undefined ? layout.NONE : this.#agents.number(asked),
      waitMs: words.count('waiting', 1_000),
      orElse: words.flag('orEnd') ? layout.OR_ELSE_END : layout.OR_ELSE_QUEUE,
      withLegs: words.flag('withLegs'),
    };
    if (words.flag('letIn')) create.letIn = true;
    if (words.flag('withheld')) create.withheld = true;
    if (words.flag('byAffinity')) create.byAffinity = true;
    if (words.flag('inBoth')) create.inBoth = true;
    const way = this.#way(words);
    const arrived = words.value('asOf');
    const servedBy = words.value('servedBy');
    if (servedBy !== undefined) create.servedBy = this.#agents.number(servedBy);
    if (arrived !== undefined) create.place = { arrived: Number(arrived), sequence: words.count('as', 0) };
    words.end(line);
    if (way.hops.length > 0) create.way = way.hops;
    return [...setting, ...way.setting, create];
  }

  /** `full:night,closed:day`: on to night where it is full, then on to day in any case. */
  #way(words: Words): { setting: Command[]; hops: { profile: number; why: number }[] } {
    const setting: Command[] = [];
    const hops = words.list('else').map((text) => {
      const [why = '', queue = ''] = text.split(':');
      const made = this.#profile(queue, new Words(''));
      setting.push(...made.setting);
      return { profile: made.profile, why: MOVED.indexOf(why.replace('-', ' ')) };
    });
    return { setting, hops };
  }

  #leaves(name: string, leaves: string, queue: string, why: string, words: Words, line: string): Command[] {
    const from = this.#queues.number(leaves);
    const { setting, profile } = queue === '' ? { setting: [], profile: layout.NONE } : this.#profile(queue, words);
    words.end(line);
    return [
      ...setting,
      { kind: 'contactLeave', ...this.#contact(name), queue: from, profile, why: MOVED.indexOf(why) },
    ];
  }

  /** `by nobody`: whoever serves it, if anybody does. Its part is called as the contact, with a prime. */
  #sends(name: string, by: string, words: Words, line: string): Command[] {
    const from = by === 'nobody' ? layout.NONE : this.#agents.number(by);
    const { setting, profile } = this.#profile(words.value('to') ?? 'sales', words);
    const [asked, back] = [words.value('for'), words.value('back')];
    const send: Command = {
      kind: 'contactSend',
      ...this.#contact(name),
      profile,
      agent: asked === undefined ? layout.NONE : this.#agents.number(asked),
      waitMs: words.count('waiting', 1_000),
      forNamed: words.flag('whatever'),
      backTo: back === undefined ? layout.NONE : this.#agents.number(back),
      backMs: words.count('backWaiting', 1_000),
      why: MOVED.indexOf((words.value('why') ?? 'transferred').replace('bySupervisor', 'by supervisor')),
      from,
      part: this.#part(name),
      restMs: words.count('rest', 0),
      resumed: words.flag('resumed'),
    };
    words.end(line);
    return [...setting, send];
  }

  #parks(name: string, by: string): Command[] {
    const { NONE, MOVED_PARKED } = layout;
    const nobody = { profile: NONE, agent: NONE, waitMs: 0, backTo: NONE, backMs: 0, restMs: 0 };
    const [from, part] = [this.#agents.number(by), this.#part(name)];
    return [{ kind: 'contactSend', ...this.#contact(name), ...nobody, why: MOVED_PARKED, from, part }];
  }

  #part(name: string): { slot: number; number: number } {
    return { slot: this.#contacts.number(`${name}'`), number: 1 };
  }

  /** The agent hands the first contact over to the agent of the second. */
  #handsOver(agent: string, name: string, by: string): Command {
    const { contact: slot, number } = this.#contact(by);
    return {
      kind: 'contactHandOver',
      ...this.#contact(name),
      from: this.#agents.number(agent),
      other: { slot, number },
      part: this.#part(name),
    };
  }

  #update(name: string, words: Words, line: string): Command[] {
    const queue = words.value('in') ?? '';
    const { setting, profile } = this.#profile(queue, words);
    const update: Command = {
      kind: 'contactUpdate',
      ...this.#contact(name),
      profile,
      priority: words.count('priority', 0),
      creditMs: words.count('credit', 0),
      byStep: words.flag('byStep'),
    };
    words.end(line);
    return [...setting, update];
  }

  #offer(contact: string, agent: string, words: Words): OfferCommand {
    return {
      ...this.#contact(contact),
      offer: words.count('offer', this.#offers.get(`${contact} ${agent}`) ?? this.#offers.get(contact) ?? 1),
      agent: this.#agents.number(agent),
      ifOpen: words.flag('ifOpen'),
    };
  }

  #answer(agent: string, verb: string, contact: string, words: Words, line: string): Command {
    const of = this.#offer(contact, agent, words);
    const connectMs = words.count('within', 10_000);
    words.end(line);
    return verb === 'accepts' ? { kind: 'offerAccept', ...of, connectMs } : { kind: 'offerReject', ...of };
  }

  #switchSays(contact: string, what: string, agent: string, words: Words, line: string): Command {
    const of = this.#offer(contact, agent, words);
    const code = SWITCH_SAYS[what]!;
    const restMs = words.count('rest', 0);
    words.end(line);
    if (code > 0) return { kind: 'offerFailed', ...of, code, restMs };
    return { kind: what === 'rings' ? 'offerRang' : 'offerConnected', ...of };
  }

  // ── Out ───────────────────────────────────────────────────────────────────────────────────────────────────────
  #say(effect: Effect): string {
    const contact = effect.contact === layout.NONE ? '' : this.#contacts.name(effect.contact);
    const agent = effect.agent === layout.NONE ? '' : this.#agents.name(effect.agent);
    const line = effect.line === layout.NONE ? '' : this.#lines.name(effect.line);
    switch (effect.kind) {
      case layout.EFFECT_REFUSED:
        return `refused ${REFUSALS.get(effect.code) ?? effect.code}`;
      case layout.EFFECT_QUEUED:
        return `${contact} queued behind ${effect.value} (${QUEUED[effect.value2]})`;
      case layout.EFFECT_PLACE:
        return `${contact} waits behind ${effect.value}`;
      case layout.EFFECT_WAITING_FOR:
        return `${contact} waits for ${agent}${effect.value === 1 ? ' as well' : ''} until ${effect.at}`;
      case layout.EFFECT_DIALLED:
        return `${contact} dialled at ${line}${effect.at > 0 ? ` until ${effect.at}` : ''}`;
      case layout.EFFECT_OFFERED:
        this.#offers.set(contact, effect.value);
        this.#offers.set(`${contact} ${agent}`, effect.value);
        return `${contact} offered to ${line} until ${effect.at}${effect.value2 === 1 ? ' again' : ''}`;
      case layout.EFFECT_WITHDRAWN:
        return `${contact} withdrawn from ${line}: ${WITHDRAWN[effect.code]}`;
      case layout.EFFECT_ACCEPTED:
        return `${contact} accepted at ${line} until ${effect.at}`;
      case layout.EFFECT_CONNECTED:
        return `${contact} connected to ${line} after ${effect.extra}`;
      case layout.EFFECT_ENDED:
        return `${contact} ended: ${ENDED[effect.code]}${line === '' ? '' : ` after ${effect.extra}`}`;
      case layout.EFFECT_WRAP_UP:
        return `${contact} wrap-up until ${effect.at}`;
      case layout.EFFECT_WRAP_UP_EXTENDED:
        return `${contact} wrap-up extended until ${effect.at}`;
      case layout.EFFECT_RELEASED:
        return `${contact} released`;
      case layout.EFFECT_LINE_STATE:
        return `${line} ${LINES[effect.code]}`;
      case layout.EFFECT_AGENT_STATE:
        return `${agent} is ${AGENTS[effect.code]}${REASONS[effect.value]}${flags(effect.value2)}`;
      case layout.EFFECT_TIMER_FIRED:
        return `timer ${effect.value}:${effect.extra} fired`;
      case layout.EFFECT_FELL_BACK:
        return `${contact} fell back from ${agent}: ${FELL_BACK[effect.code]}`;
      case layout.EFFECT_MOVED: {
        const way = `${this.#queues.name(effect.value2)} to ${this.#queues.name(effect.queue)}`;
        return `${contact} moved from ${way} after ${effect.extra}: ${MOVED[effect.code]}, ${effect.value3} there`;
      }
      case layout.EFFECT_STEPPED:
        return `${contact} eased (priority ${effect.value2})`;
      case layout.EFFECT_PARTED:
        return `${contact} parted from ${line} after ${effect.extra}: ${MOVED[effect.code]}`;
      case layout.EFFECT_HANDED_OVER:
        return `${contact} handed over to ${line}`;
      case layout.EFFECT_LEAVES:
        if (effect.code === 0) return `${contact} will stay`;
        return `${contact} will ${effect.value === layout.NONE ? 'end' : 'move'}: ${MOVED[effect.code]}`;
      case layout.EFFECT_WITHHELD:
        return `${contact} is ${WITHHELD[effect.code]}`;
      default:
        throw new Error(`effect ${effect.kind} is not for a case`);
    }
  }
}

function selectionOf(word: string): number {
  const select = selections[word as keyof typeof selections];
  if (select === undefined) throw new Error(`no such way to select: "${word}"`);
  return select;
}

/** `1000:5`: from the age of a second on 5; none is left as it was. */
function stepsOf(texts: string[]): NonNullable<QueueSet['ageingSteps']> | undefined {
  if (texts.length === 0) return undefined;
  return texts.map((text) => {
    const [afterMs, priority] = text.split(':').map(Number);
    return { afterMs: afterMs!, priority: priority! };
  });
}

/** `idle:1`, `preferred:5` … */
function weightsOf(texts: string[]): number[] {
  const terms = { ...scoreTerms, rank: layout.SCORE_RANK };
  const weights = Object.values(terms).map(() => 0);
  for (const text of texts) {
    const [term = '', weight = ''] = text.split(':');
    weights[terms[term as keyof typeof terms]] = Number(weight);
  }
  return weights;
}

function maskOf(channels: string[]): number {
  return channels.reduce((mask, channel) => mask | (1 << CHANNELS.indexOf(channel)), 0);
}

function flags(mask: number): string {
  const resting = mask & layout.AGENT_FLAG_RESTING ? ', resting' : '';
  return (mask & layout.AGENT_FLAG_LOGGING_OUT ? ', logging out' : '') + resting;
}

/** What the core said, line by line beside the case, in the case's own form. */
export function playCase(lines: string[]): { expected: string[]; said: string[] } {
  const scenario = new Scenario();
  const said: string[] = [];
  for (const line of lines) {
    const [, word = '', rest = ''] = /^(given|when|then) (.*)$/.exec(line) ?? [];
    if (word === 'then') continue;
    if (word === '') throw new Error(`a line begins with given, when or then: "${line}"`);
    said.push(line);
    const effects = scenario.play(rest);
    if (word === 'when') said.push(...effects.map((effect) => `then ${effect}`));
  }
  return { expected: lines, said };
}
