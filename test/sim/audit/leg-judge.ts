// Contacts whose media are at a switch: what the router asks of switches, what they answer and report, and what may come of it.
// Made of frames alone, as the rest of the auditor is.
//
// - a contact is connected only after its switch has said that a leg of that agent and the customer's are joined, and who asks a number
//   outside is with it only after it has said so of these two; nobody is back from a hold without having been joined or taken up again;
// - nothing is rung or joined for an offer that is over; a request that comes again is the same; each leg that was asked
//   for is let go in the end, or the switch has said that it is gone;
// - who waits is told its place once at a time, and not again what was so a while ago;
// - nothing is recorded of whom nobody has said to agree (no queue here does without), and what is collected is told to who asked;
// - a contact ends as `switchLost` when its switch was away for its grace time, and not before; a customer who has hung up is over.

import { canonical } from '../../../src/protocol/canonical.ts';
import { announceEveryMsMin } from '../../../src/protocol/queue-policy.ts';
import type { Link } from '../network.ts';
import { type Members, nameOf, type Who } from '../setting.ts';
import { aboutOf, isCalled, isConsultation } from './callback-judge.ts';
import { type Answered, type Command, Register } from './commands.ts';
import type { KnownContact } from './contact-ledger.ts';
import type { AskedWhen, Seen } from './look.ts';

export interface RouterAsks {
  readonly who: Who;
  readonly method: string;
  readonly params: Members;
  readonly link: Link;
}

export interface LegWorld {
  readonly graceMs: Readonly<Record<string, number>>;
  now(): number;
  count(): number;
  /** Traps that named a command, which was set aside. */
  blamed(): number;
  contact(contactId: string): KnownContact;
  /** The first may be the second at another device. */
  isSameCall(second: string, first: string): boolean;
  asksForMessage(legId: string, contactId: string, requestId: string): void;
  breach(sentence: string): void;
  seen(what: string): void;
}

interface KnownLeg {
  readonly legId: string;
  readonly at: string;
  /** Another one when whoever was asked about a contact has it, or a call goes on at this leg. */
  contactId: string;
  readonly broughtAs: string;
  /** Undefined: the customer's. */
  readonly agentId: string | undefined;
  /** Of a customer who is called back: the router has asked for it. */
  readonly isRung: boolean;
  /** The switch has said that it is joined with the customer's. */
  isJoined: boolean;
  isReleased: boolean;
  /** It may be over without having been released: the switch has said so, or was away for too long. */
  mayBeGone: boolean;
  /** Since when it is certain that the party has gone. */
  goneAt: number;
}

interface Request {
  readonly leg: KnownLeg;
  /** All that are to be joined. */
  readonly others: readonly string[];
  readonly method: string;
  readonly requestId: string;
  /** On which it was asked last, and when it was asked first. */
  readonly link: Link;
  readonly at: number;
}

/** A switch as the router can know it: with sessions, or without since then. */
interface Presence {
  readonly sessions: Map<Link, Set<string>>;
  /** Since when, without a break. */
  openSince: number;
  awaySince: { readonly at: number; readonly count: number } | undefined;
  /** The time before the sessions of now, and when they began: the router may not have noticed them yet. */
  before: { readonly awayAt: number; readonly count: number; readonly backAt: number } | undefined;
  /** What was set aside when the sessions of now began: with more, the news of them may be, which is told again later than a short grace time. */
  blamedBefore: number;
}

interface ConfiguredSwitches {
  readonly complete?: boolean;
  readonly switches?: readonly { readonly switchId: string; readonly graceMs?: number }[];
}

/** Timers fire with a tick, ticks take their time; and that a switch is back is noticed by one, too. */
const lateMs = 2_000;
/** A request that was not answered for so long, with its switch there, is given up: all but releases, and these at last. */
const unansweredMs = 10_000;
const ofPart = new Set(['leg.hold', 'leg.resume']);
/** Said of the customer and of whoever is asked about the contact. */
const ofBoth = new Set(['leg.connect', 'leg.hold', 'leg.resume']);
/** Legs of customers who are called back. */
const isOfCustomer = /^leg:(callback:\d+\.\d+|.*\.customer)$/;

export class LegJudge {
  readonly #world: LegWorld;
  readonly #legs = new Map<string, KnownLeg>();
  readonly #switches = new Map<string, Presence>();
  readonly #graces = new Map<string, Register>();
  /** By switch and requestId. */
  readonly #contents = new Map<string, string>();
  /** Requests that the router has heard no answer to. */
  readonly #unanswered = new Map<string, Request>();
  /** Whose customers are said to agree to being recorded, and who has asked for digits of whom. */
  readonly #agreed = new Set<string>();
  readonly #gathering = new Set<string>();
  /** When the customer of a leg was told its place last. */
  readonly #announcedAt = new Map<string, number>();
  /** How often the legs of a contact were joined or taken up; and how often somebody was told that it is back from a hold. */
  readonly #takenUp = new Map<string, number>();
  readonly #toldBack = new Map<string, number>();
  /** Offers of which it was told in time that they are over, with when. */
  readonly #over = new Map<string, number>();

  constructor(world: LegWorld) {
    this.#world = world;
    for (const [switchId, ms] of Object.entries(world.graceMs)) {
      this.#graces.set(switchId, new Register(ms));
      this.#switches.set(switchId, {
        sessions: new Map(),
        openSince: Number.POSITIVE_INFINITY,
        awaySince: this.#nowAway(),
        before: undefined,
        blamedBefore: 0,
      });
    }
  }

  // ── who is there ──

  opened({ role, sub }: Who, link: Link): void {
    const there = this.#switches.get(sub);
    if (role !== 'switch' || there === undefined) return;
    this.#noticeLost();
    if (there.awaySince !== undefined) {
      const { at, count } = there.awaySince;
      there.before = { awayAt: at, count, backAt: this.#world.now() };
    }
    if (there.sessions.size === 0) there.blamedBefore = this.#world.blamed();
    there.awaySince = undefined;
    there.openSince = this.#world.now();
    there.sessions.set(link, new Set());
  }

  unheard(link: Link): void {
    this.#noticeLost();
    for (const there of this.#switches.values())
      if (there.sessions.delete(link) && there.sessions.size === 0) this.#goes(there);
  }

  /** The time in which no router runs does not count: it begins with the next one. */
  processGone(): void {
    this.#noticeLost();
    for (const there of this.#switches.values()) {
      there.sessions.clear();
      there.before = undefined;
      this.#goes(there);
    }
  }

  #goes(there: Presence): void {
    there.awaySince = this.#nowAway();
    there.openSince = Number.POSITIVE_INFINITY;
  }

  #nowAway() {
    return { at: this.#world.now(), count: this.#world.count() };
  }

  #gracesSince(switchId: string, count: number): number[] {
    return (this.#graces.get(switchId)?.during(count) ?? []) as number[];
  }

  /** Contacts and legs of switches that are away for long enough may be over. */
  #noticeLost(): void {
    for (const [switchId, there] of this.#switches) {
      const { awaySince } = there;
      if (this.#mayBeUnheardOf(there)) for (const leg of this.#legsOf(switchId)) this.#mayEnd(leg, ['switchLost']);
      if (awaySince === undefined) continue;
      if (this.#world.now() - awaySince.at < Math.min(...this.#gracesSince(switchId, awaySince.count))) continue;
      for (const leg of this.#legsOf(switchId)) this.#mayEnd(leg, ['switchLost']);
    }
  }

  #mayBeUnheardOf({ awaySince, blamedBefore }: Presence): boolean {
    return awaySince === undefined && this.#world.blamed() > blamedBefore;
  }

  *#legsOf(switchId: string): Generator<KnownLeg, void, void> {
    for (const leg of this.#legs.values()) if (leg.at === switchId) yield leg;
  }

  // ── what is asked of the router ──

  asked(command: Command, link: Link): void {
    const { method, params, who } = command;
    if (method === 'config.apply') this.#configured(command);
    if (method === 'switch.set') this.#graces.get(params.switchId as string)?.write(params.graceMs ?? 30_000, command);
    if (params.recordingConsent === true || (method === 'contact.recording' && params.consent === true))
      this.#agreed.add(params.contactId as string);
    if (method === 'contact.gather') this.#gathering.add(`${nameOf(who)} ${String(params.contactId)}`);
    if (who.role !== 'switch') return;
    if (method === 'contact.create' && typeof params.legId === 'string') {
      const leg = this.#known(params.legId, who.sub, params.contactId as string, undefined);
      if (this.#world.contact(leg.broughtAs).mayBeAnew) this.#comesAnew(leg);
    }
    if (method === 'leg.ended' || method === 'leg.failed') {
      const leg = this.#legs.get(params.legId as string);
      if (leg?.at === who.sub)
        this.#mayEnd(leg, leg.agentId === undefined ? ['cancelled', 'byCustomer'] : ['byAgent', 'legLost']);
    }
    if (method === 'switch.report' && Array.isArray(params.legs)) this.#reported(who.sub, link, params);
  }

  /** What a complete document does not name goes back to its default. */
  #configured(command: Command): void {
    const { document, dryRun } = command.params as { document?: ConfiguredSwitches; dryRun?: boolean };
    if (dryRun === true || typeof document !== 'object' || document === null) return;
    for (const [switchId, grace] of this.#graces) {
      const named = document.switches?.find((one) => one.switchId === switchId);
      if (named !== undefined || document.complete === true) grace.write(named?.graceMs ?? 30_000, command);
    }
  }

  /** What was in no report of this session is taken as gone. */
  #reported(switchId: string, link: Link, { legs, complete }: Members): void {
    const named = this.#switches.get(switchId)?.sessions.get(link) ?? new Set();
    for (const { legId } of legs as { legId: string }[]) named.add(legId);
    if (complete !== true) return;
    for (const leg of this.#legsOf(switchId))
      if (!named.has(leg.legId)) this.#mayEnd(leg, ['cancelled', 'byCustomer', 'legLost']);
  }

  answered({ method, params, who }: Command): void {
    if (method !== 'leg.ended' && method !== 'leg.failed') return;
    const leg = this.#legs.get(params.legId as string);
    if (leg === undefined) return;
    if (leg.at !== who.sub) this.#world.breach(`${nameOf(who)} was let at ${leg.legId} of ${leg.at}: ${method}`);
    leg.goneAt = Math.min(leg.goneAt, this.#world.now());
  }

  #known(legId: string, at: string, contactId: string, agentId: string | undefined, isRung = false): KnownLeg {
    const known = this.#legs.get(legId);
    if (known !== undefined) return known;
    const goneAt = Number.POSITIVE_INFINITY;
    const leg = {
      legId,
      at,
      contactId,
      broughtAs: contactId,
      agentId,
      isRung,
      isJoined: false,
      isReleased: false,
      mayBeGone: false,
      goneAt,
    };
    this.#legs.set(legId, leg);
    return leg;
  }

  /** With another contact under the id of one that was erased: what was asked for that one, and that it was to be let go, is over with it. */
  #comesAnew(leg: KnownLeg): void {
    leg.isReleased = false;
    this.#announcedAt.delete(leg.legId);
    for (const [key, asked] of this.#unanswered) if (asked.leg === leg) this.#unanswered.delete(key);
  }

  #mayEnd(leg: KnownLeg, reasons: readonly string[]): void {
    leg.mayBeGone = true;
    for (const of of [leg.contactId, aboutOf(leg.contactId)])
      for (const reason of reasons) this.#world.contact(of).endsByLegs.add(reason);
  }

  // ── what the router asks ──

  routerAsks({ who, method, params, link }: RouterAsks): (answered: Answered) => void {
    const { requestId, contactId } = params as { [name: string]: string };
    this.#world.seen(method);
    if (who.role !== 'switch') this.#world.breach(`${nameOf(who)} is asked for ${method}`);
    const said = `${method} ${canonical(params)}`;
    const key = `${who.sub} ${requestId}`;
    const before = this.#contents.get(key);
    if (before !== undefined) this.#world.seen('asked again');
    if (before !== undefined && before !== said)
      this.#world.breach(`${nameOf(who)} was asked for ${before}, and now for ${said}`);
    this.#contents.set(key, said);
    if (!this.#switches.get(who.sub)?.sessions.has(link))
      this.#world.breach(`${nameOf(who)} is asked for ${method} without a session`);
    const leg = this.#legOf(who, method, params);
    // Who was asked has the contact now.
    if (leg !== undefined && isConsultation(leg.contactId) && aboutOf(leg.contactId) === contactId)
      leg.contactId = contactId;
    // A call goes on at this leg, or is to.
    if (leg !== undefined && leg.agentId === undefined && leg.contactId !== contactId)
      if (leg.broughtAs === contactId || this.#world.isSameCall(leg.broughtAs, contactId!)) leg.contactId = contactId!;
    // What was asked before it did is asked again as it was.
    // Of a call between two agents each side's customer is the other one.
    const isOfOther = leg !== undefined && isCalled(leg.contactId) && aboutOf(leg.contactId) === contactId;
    const isOf = leg?.contactId === contactId || leg?.contactId === aboutOf(contactId!) || isOfOther;
    if (leg === undefined || !isOf || leg.at !== who.sub) {
      this.#world.breach(`${nameOf(who)} is asked for ${said}, of a leg that it does not have`);
      return () => undefined;
    }
    if (method === 'leg.release') leg.isReleased = true;
    else if (method === 'leg.record') this.#world.asksForMessage(leg.legId, contactId!, requestId!);
    // Who is asked to rate is asked when the contact is over.
    else if (method !== 'leg.gather' || leg.agentId !== undefined || !String(params.prompt).startsWith('rating.'))
      this.#notInVain(leg, method);
    if (method === 'leg.record' && (leg.agentId !== undefined || leg.isReleased))
      this.#world.breach(`${leg.legId} is no customer's who is there, and is asked for a message`);
    if (method === 'leg.recording' && params.recording !== 'off' && !this.#agreed.has(contactId!))
      this.#world.breach(`${nameOf(who)} is asked to record ${contactId}, whose customer never agreed`);
    if (method === 'leg.play') return this.#announced(leg, before !== undefined);
    // What is asked once is not asked again, and of what is to be recorded the last word counts.
    if (method === 'leg.sendDigits') return () => undefined;
    if (method === 'leg.recording')
      for (const [other, asked] of this.#unanswered)
        if (asked.leg === leg && asked.method === method && other !== key) this.#unanswered.delete(other);
    const at = this.#unanswered.get(key)?.at ?? this.#world.now();
    if (ofBoth.has(method) && before === undefined) this.#overtaken(contactId!);
    const others = method === 'leg.connect' ? (params.legs as string[]) : [];
    this.#unanswered.set(key, { leg, others, method, requestId: requestId!, link, at });
    return (answered) => {
      this.#unanswered.delete(key);
      this.#switchAnswered(leg, method, answered);
      if (answered.error === undefined) this.#joined(method, leg, params);
    };
  }

  /**
   * While somebody is asked about a contact, what is said last of the two counts, and what was asked of the switch before is forgotten:
   * from the moment in which an agent asks, when the customer is put on hold and nobody is rung yet.
   */
  #overtaken(contactId: string): void {
    const of = aboutOf(contactId);
    const isAskedAbout = [contactId, of].some((id) => this.#world.contact(id).mayBeAskedAbout);
    if (!isAskedAbout && !isConsultation(contactId)) return;
    for (const [key, { leg, method }] of this.#unanswered)
      if (ofBoth.has(method) && aboutOf(leg.contactId) === of) this.#unanswered.delete(key);
  }

  #joined(method: string, leg: KnownLeg, params: Members): void {
    if (method !== 'leg.connect' && method !== 'leg.resume') return;
    const legs = method === 'leg.resume' ? [leg] : (params.legs as string[]).map((legId) => this.#legs.get(legId));
    for (const one of legs) if (one !== undefined) count(this.#takenUp, one.contactId);
    if (method === 'leg.connect')
      for (const one of legs) if (one !== undefined && isCalled(leg.contactId)) one.isJoined = true;
    // Of a call between two agents it is the leg of the other one.
    if (method === 'leg.resume' && leg.contactId !== params.contactId) count(this.#takenUp, params.contactId as string);
  }

  /** A customer who waits is told its place, not sooner than any queue may let it be, and nothing late. */
  #announced(leg: KnownLeg, isRepeated: boolean): () => void {
    const { legId, contactId, agentId } = leg;
    const now = this.#world.now();
    const before = this.#announcedAt.get(legId) ?? Number.NEGATIVE_INFINITY;
    this.#announcedAt.set(legId, now);
    if (agentId !== undefined || isConsultation(contactId))
      this.#world.breach(`${legId} is no customer's who waits, and is told a place`);
    if (isRepeated) this.#world.breach(`${legId} is told a place of a while ago again`);
    if (now - before < announceEveryMsMin - lateMs)
      this.#world.breach(`${legId} of ${contactId} is told its place ${now - before} ms after the last time`);
    return () => undefined;
  }

  #legOf({ sub }: Who, method: string, { contactId, legId, legs, to }: Members): KnownLeg | undefined {
    if (method === 'leg.connect') return this.#legs.get((legs as string[])[1]!);
    // A process may have gone before it said what it had decided to ask: then it is released without having been rung.
    if (method === 'leg.ring' || (method === 'leg.release' && String(legId).startsWith('leg:')))
      return isOfCustomer.test(String(legId))
        ? this.#known(legId as string, sub, contactId as string, undefined, true)
        : this.#known(legId as string, sub, contactId as string, ((to as Members)?.agentId as string) ?? 'somebody');
    return this.#legs.get(legId as string);
  }

  #notInVain(leg: KnownLeg, method: string): void {
    const now = this.#world.now();
    const contact = this.#world.contact(leg.contactId);
    const offerOver = this.#over.get(offerOf(leg)) ?? Number.POSITIVE_INFINITY;
    if (contact.goneAt < now || offerOver < now)
      this.#world.breach(`${leg.at} is asked for ${method} of ${leg.legId} for ${leg.contactId}, which is over`);
    if (leg.isReleased)
      this.#world.breach(`${leg.at} is asked for ${method} of ${leg.legId}, which was to be released`);
  }

  #switchAnswered(leg: KnownLeg, method: string, { error }: Answered): void {
    if (error === undefined) {
      if (method === 'leg.connect') leg.isJoined = true;
      return;
    }
    this.#world.seen('an error of a switch');
    // Of an offer; a telephone that never rang ends no contact.
    if (method === 'leg.ring') this.#mayEnd(leg, ['byAgent', 'legLost']);
  }

  // ── what is told ──

  told(who: Who, event: string, params: Members, late: boolean): void {
    if (event === 'contact.gathered' && !this.#gathering.has(`${nameOf(who)} ${String(params.contactId)}`))
      this.#world.breach(
        `${nameOf(who)} is told what was collected of ${String(params.contactId)}, and never asked for it`,
      );
    if (event === 'contact.consulting') this.#consulting(params);
    if (event === 'contact.held' && isConsultation(params.contactId as string))
      this.#world.seen('whoever was asked is on hold');
    if (event === 'contact.resumed' && !late) this.#isBack(who, params.contactId as string);
    if (event === 'offer.withdrawn' && !late) this.#over.set(params.offerId as string, this.#world.now());
    // After a restart it rings anew.
    if (event === 'offer.created') this.#over.delete(params.offerId as string);
    const contact = this.#world.contact(params.contactId as string);
    if (!contact.hasLegs) return;
    // Where no switch makes calls, agents dial.
    const isRung = [...this.#legs.values()].some(({ contactId }) => contactId === contact.contactId);
    if (event === 'contact.connected' && (!(contact.isOfRouter || contact.isDialled) || isRung)) {
      const { contactId: of } = contact;
      const legs = [...this.#legs.values()].filter(({ contactId }) => contactId === of || aboutOf(contactId) === of);
      if (!legs.some(({ agentId, isJoined }) => isJoined && agentId === params.agentId))
        this.#world.breach(`${contact.contactId} is connected, and its switch has joined nothing`);
    }
    if (event === 'contact.ended' && params.why === 'switchLost' && !late) this.#lost(contact);
  }

  #isBack(who: Who, contactId: string): void {
    if (isConsultation(contactId)) this.#world.seen('whoever was asked is taken up');
    const hasLegs = [...this.#legs.values()].some((leg) => leg.contactId === contactId);
    const told = count(this.#toldBack, `${nameOf(who)} ${contactId}`);
    const done = this.#takenUp.get(contactId) ?? 0;
    if (hasLegs && told > done)
      this.#world.breach(`${contactId} is back from a hold for the ${told}. time, and was taken up ${done} times`);
  }

  /** Of a number outside. */
  #consulting({ contactId, consultId, number, state, why }: Members): void {
    if (number === undefined) return;
    if (state === 'over' && why === 'handedOver') this.#world.seen('handed over outside');
    if (state !== 'connected') return;
    this.#world.seen('asked outside');
    // It may have been handed over since.
    const legs = [...this.#legs.values()].filter((leg) => leg.contactId === consultId || leg.contactId === contactId);
    if (!legs.some(({ agentId, isJoined }) => isJoined && agentId === 'somebody'))
      this.#world.breach(`${String(consultId)} is with ${String(number)}, and its switch has joined nothing`);
  }

  #lost({ contactId, creates, names, isOfRouter, isDialled }: KnownContact): void {
    // Which of the switches had it is not said.
    if (isOfRouter || isDialled || names.size > 0) return;
    const { sub } = creates[0]!.who;
    const there = this.#switches.get(sub)!;
    if (this.#mayBeUnheardOf(there)) return;
    const { awaySince, before } = there;
    const now = this.#world.now();
    const since =
      awaySince ?? (before && now - before.backAt < lateMs ? { at: before.awayAt, count: before.count } : undefined);
    if (since === undefined) return this.#world.breach(`${contactId} is lost with ${sub}, which is there`);
    const grace = Math.min(...this.#gracesSince(sub, since.count));
    if (now - since.at < grace)
      this.#world.breach(`${contactId} is lost with ${sub} after ${now - since.at} ms, and it has ${grace} ms`);
  }

  // ── looking ──

  /** What goes on although its time is over. */
  faults({ contacts }: Seen, { at, calmNow }: AskedWhen): string[] {
    this.#noticeLost();
    if (calmNow === undefined) return [];
    const faults: string[] = [];
    const live = new Map(contacts.map(({ contactId, state }) => [contactId as string, state as string]));
    // Of a call that was connected the router says at which leg its customer is.
    const legOf = new Map(
      contacts.map(({ contactId, liveCall }) => [contactId, (liveCall as Members | undefined)?.legId]),
    );
    for (const leg of this.#legs.values()) {
      const current = legOf.get(leg.contactId);
      if (current !== undefined && current !== leg.legId) continue;
      const state = live.get(leg.contactId);
      // Whoever is rung in vain, or for an agent who has hung up meanwhile, is let go, and the contact waits on.
      if (leg.agentId !== undefined || leg.isRung || state === undefined || state === 'wrapUp') continue;
      // Under the id of one that was erased.
      if (this.#world.contact(leg.contactId).mayBeAnew) continue;
      if (leg.goneAt + lateMs < at) faults.push(`${leg.contactId} is ${state}, and its customer has hung up`);
      const { awaySince } = this.#switches.get(leg.at)!;
      if (awaySince === undefined) continue;
      const grace = Math.max(...this.#gracesSince(leg.at, awaySince.count));
      if (awaySince.at + grace + lateMs < at)
        faults.push(`${leg.contactId} is ${state}, and ${leg.at} is away since ${at - awaySince.at} ms`);
    }
    this.#notAsked(at, faults);
    return faults;
  }

  /** What a switch that is there should have been asked for. */
  #notAsked(at: number, faults: string[]): void {
    const isThere = (leg: KnownLeg) => this.#switches.get(leg.at)!.openSince + lateMs < at;
    for (const [offerId, leg] of this.#letGoBy(at)) {
      if (isThere(leg) && !leg.isReleased && !leg.mayBeGone)
        faults.push(`${leg.legId} is not let go, and ${offerId} is over since ${at - this.#over.get(offerId)!} ms`);
    }
    for (const { leg, others, method, requestId, link, at: asked } of this.#unanswered.values()) {
      const there = this.#switches.get(leg.at)!;
      // A second leg of a call that is gone is joined with nobody.
      const isOneGone = others.map((legId) => this.#legs.get(legId)).some((one) => one?.mayBeGone || one?.isReleased);
      const isNeedless =
        isOneGone || leg.mayBeGone || (leg.isReleased && method !== 'leg.release') || asked + unansweredMs < at;
      // The hold of an agent who has sent the contact on is over with its part.
      const isOfPart = ofPart.has(method) && this.#world.contact(leg.contactId).mayHaveBeenSent;
      if (isThere(leg) && !there.sessions.has(link) && !isNeedless && !isOfPart)
        faults.push(`${leg.at} is back and is not asked again for ${method} of ${leg.legId} (${requestId})`);
    }
  }

  *#letGoBy(at: number): Generator<[string, KnownLeg], void, void> {
    for (const leg of this.#legs.values()) {
      const offerId = offerOf(leg);
      if ((this.#over.get(offerId) ?? at) + lateMs < at) yield [offerId, leg];
    }
  }

  /** Its switch itself has said that it is gone, or was away for too long. */
  mayBeGone(legId: string): boolean {
    return this.#legs.get(legId)?.mayBeGone === true;
  }

  /** When everything is over. */
  atLast(): string[] {
    return [...this.#legs.values()]
      .filter((leg) => (leg.agentId !== undefined || leg.isRung) && !leg.isReleased && !leg.mayBeGone)
      .map(({ legId, at, contactId }) => `${legId} of ${contactId} was asked of ${at}, and never let go`);
  }
}

function count(counts: Map<string, number>, of: string): number {
  const now = (counts.get(of) ?? 0) + 1;
  counts.set(of, now);
  return now;
}

/** Legs that the router asks for are called by the offer that they are for. */
function offerOf({ legId, agentId }: KnownLeg): string {
  return agentId === undefined ? '' : `o${legId.slice('leg:'.length)}`;
}
