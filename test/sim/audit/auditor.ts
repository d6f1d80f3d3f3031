// The auditor of a tenant: a second, simple opinion on what the router may say, made of nothing but what was asked of it and
// what it answered and told. It shares no code with the router but the tables of the protocol.
//
// - what was acknowledged is in effect exactly once, whatever happens to processes, disks and connections (commands.ts,
//   contact-ledger.ts); what was refused is not; what nobody heard of may be either, and stays what it is;
// - notifications come in order, without gaps, to those they are for; answers before what they caused (wire.ts);
// - at every look: one line a contact, one contact a line, capacities kept, nobody lost, no timer late (look.ts);
// - nothing is offered that is over.

import { canonical } from '../../../src/protocol/canonical.ts';
import { isMethodName, type MethodName, refusalsOf } from '../../../src/protocol/methods.ts';
import { queuePolicyDefaults } from '../../../src/protocol/queue-policy.ts';
import {
  type AgentSetting,
  type Members,
  nameOf,
  type QueueSetting,
  type Setting,
  tenantAtFirst,
  type Who,
} from '../setting.ts';
import { AffinityJudge } from './affinity-judge.ts';
import { BusinessJudge } from './business-judge.ts';
import { CallbackJudge, isOfRouter } from './callback-judge.ts';
import { type Answered, Command, Register } from './commands.ts';
import { contactFaults, hasCalledLine, KnownContact, waitsFrom } from './contact-ledger.ts';
import { DocumentJudge } from './document-judge.ts';
import { ErasureJudge } from './erasure-judge.ts';
import { ExitsOfSettings } from './exits-ever.ts';
import { explanationFaults } from './explained.ts';
import { LegJudge, type RouterAsks } from './leg-judge.ts';
import { type AskedWhen, Looker, type Seen } from './look.ts';
import { MessageJudge } from './message-judge.ts';
import { type AccountShown, MoneyJudge } from './money-judge.ts';
import { PaidJudge } from './paid-judge.ts';
import { PersonJudge } from './person-judge.ts';
import { PlatformJudge } from './platform-judge.ts';
import { RateJudge } from './rate-judge.ts';
import { RatingJudge } from './rating-judge.ts';
import { VoicemailJudge } from './voicemail-judge.ts';
import type { Asked, WireListener } from './wire.ts';

export interface AuditorWorld {
  readonly setting: Setting;
  readonly tenant: string;
  now(): number;
  /** Grows with everything that the auditor hears. */
  count(): number;
  /** Workers have died, or what is on the disk is damaged: requests may have been answered by an error of ours. */
  mayFail(): boolean;
  /** Timers of the tenant at which the core trapped: what each was for goes on without it. */
  timersTrapped(): number;
  /** Traps that named a command or a follow-up, which was set aside. */
  blamed(): number;
  breach(sentence: string): void;
  seen(what: string): void;
}

const internalError = -32603;
/** What of a new contact is counted. */
const keepsOut = /^(queue_full|queue_closed|nobody_logged_in|nobody_ready|caller_blocked)$/;

/** The same content under the id that they name is the same thing. */
const creating = new Set(['contact.create', 'contact.dial', 'callback.request', 'contact.send']);

interface ConfigDocument {
  readonly complete?: boolean;
  readonly queues?: readonly QueueSetting[];
  readonly agents?: readonly AgentSetting[];
  readonly tenant?: Members;
}

interface OfferTold {
  readonly offerId: string;
  readonly contactId: string;
  readonly lineId: string;
  readonly expiresAt: number;
  readonly contact: { readonly queueId: string; readonly arrivedAt: number; readonly waitedMs: number };
}

interface CompleteDocument {
  readonly command: Command;
  readonly named: ReadonlySet<string>;
}

export class Auditor implements WireListener {
  readonly #world: AuditorWorld;
  readonly #commands = new Map<string, Command>();
  readonly contacts = new Map<string, KnownContact>();
  readonly capacities = new Map<string, Register>();
  /** By kind and id: what was set last. */
  readonly settings = new Map<string, Register>();
  readonly severalRing = new Set<string>();
  readonly seats = new Map<string, Register>();
  readonly #customers = new Map<string, string>();
  readonly #createdCustomers = new Map<string, string>();
  /** Queues that were ever asked to accept offers for agents. */
  readonly #answering = new Set<string>();
  readonly #offers = new Map<string, { readonly contactId: string; readonly agentId: string }>();
  /** By queue: how many were heard to have been kept out of it. */
  readonly keptOut = new Map<string, number>();
  /** What was answered so: a frame that came twice is answered twice, and counted once. */
  readonly #refusedEntry = new Set<Command>();
  readonly #exits: ExitsOfSettings;
  readonly #looker = new Looker();
  readonly #unanswered = new Set<Command>();
  /** config.apply of complete documents: what each names is all that there is, where it takes effect. */
  readonly #complete: CompleteDocument[] = [];
  /** By token: what came with it. */
  readonly #usedTokens = new Map<string, string>();
  /** Asked for the first time, and not answered yet: what such a command brings about may be told after its answer only. */
  readonly #firstAsked = new Set<{ readonly command: Command; readonly link: Asked['link'] }>();

  readonly legs: LegJudge;
  readonly voicemails: VoicemailJudge;
  readonly ratings: RatingJudge;
  readonly rates: RateJudge;
  readonly businesses: BusinessJudge;
  readonly messages: MessageJudge;
  readonly money: MoneyJudge;
  readonly paid: PaidJudge;
  readonly documents: DocumentJudge;
  readonly erasures: ErasureJudge;
  readonly platforms = new PlatformJudge();
  readonly persons = new PersonJudge();
  readonly affinities: AffinityJudge;
  readonly callbacks: CallbackJudge;

  constructor(world: AuditorWorld) {
    this.#world = world;
    this.#exits = new ExitsOfSettings(this.settings, world.setting.queuesHaveExits);
    this.erasures = new ErasureJudge({
      count: () => world.count(),
      mayBeJoined: () => this.persons.mayBeJoined,
      breach: (sentence) => this.breach(sentence),
      seen: (what) => this.seen(what),
    });
    const { erasures } = this;
    this.affinities = new AffinityJudge(this.persons, erasures);
    this.voicemails = new VoicemailJudge({
      erasures,
      blamed: () => world.blamed(),
      breach: (sentence) => this.breach(sentence),
      seen: (what) => this.seen(what),
    });
    this.ratings = new RatingJudge({
      breach: (sentence) => this.breach(sentence),
      seen: (what) => this.seen(what),
      calledNow: (customerId) => this.persons.calledNow(customerId),
      erasures,
    });
    this.businesses = new BusinessJudge({
      namesOf: (contactId) => this.contact(contactId).names.keys(),
      erasures,
      breach: (sentence) => this.breach(sentence),
      seen: (what) => this.seen(what),
    });
    this.paid = new PaidJudge({
      erasures,
      breach: (sentence) => this.breach(sentence),
      seen: (what) => this.seen(what),
    });
    this.documents = new DocumentJudge({
      erasures,
      breach: (sentence) => this.breach(sentence),
      seen: (what) => this.seen(what),
    });
    this.messages = new MessageJudge({
      erasures,
      breach: (sentence) => this.breach(sentence),
      seen: (what) => this.seen(what),
    });
    this.money = new MoneyJudge({
      erasures,
      breach: (sentence) => this.breach(sentence),
      seen: (what) => this.seen(what),
    });
    this.rates = new RateJudge({
      breach: (sentence) => this.breach(sentence),
      seen: (what) => this.seen(what),
    });
    this.legs = new LegJudge({
      graceMs: world.setting.graceMs,
      now: () => world.now(),
      count: () => world.count(),
      blamed: () => world.blamed(),
      contact: (contactId) => this.contact(contactId),
      isSameCall: (...two) => this.#isSameCall(...two),
      asksForMessage: (...asked) => this.voicemails.routerAsks(...asked),
      breach: (sentence) => this.breach(sentence),
      seen: (what) => this.seen(what),
    });
    this.callbacks = new CallbackJudge({
      erasures,
      hasExits: world.setting.queuesHaveExits,
      isContact: (contactId) => this.contacts.has(contactId),
      breach: (sentence) => this.breach(sentence),
      seen: (what) => this.seen(what),
    });
    for (const agent of world.setting.agents) this.#agentKnown(agent);
    for (const queue of world.setting.queues) this.#registerOf('queue', queue.queueId, queue);
  }

  breach(sentence: string): void {
    this.#world.breach(`${this.#world.tenant}: ${sentence}`);
  }

  seen(what: string): void {
    this.#world.seen(what);
  }

  contact(contactId: string): KnownContact {
    const known =
      this.contacts.get(contactId) ?? new KnownContact(contactId, this.#exits, this.#answering, this.callbacks);
    this.contacts.set(contactId, known);
    return known;
  }

  /** The router's process is gone. */
  processGone(): void {
    for (const command of this.#unanswered) command.processGone(this.#world.count());
    this.#unanswered.clear();
    this.#firstAsked.clear();
    this.legs.processGone();
  }

  routerAsks(asks: RouterAsks): (answered: Answered) => void {
    return this.legs.routerAsks(asks);
  }

  opened(who: Who, link: Asked['link']): void {
    this.legs.opened(who, link);
  }

  unheard(link: Asked['link']): void {
    this.legs.unheard(link);
    for (const asked of this.#firstAsked) if (asked.link === link) this.#firstAsked.delete(asked);
  }

  /** Money and rates that were there before anybody came. */
  setUp(who: Who, method: string, params: Members, result: Members): void {
    const command = new Command(who, method, params, 0);
    command.answered({ result }, 0);
    this.erasures.answered(command, result, 0);
    this.money.asked(command);
    this.rates.asked(command);
  }

  // ── what is asked ──

  asked({ who, method, params, link }: Asked): (answered: Answered) => void {
    const { command, isFirst } = this.#commandOf(who, method, params);
    if (!isFirst && method === 'contact.create' && this.erasures.mayHave(params.contactId))
      this.contact(params.contactId as string).comesAnew();
    this.erasures.asked(command, isFirst);
    const askedAt = this.#world.count();
    if (isFirst) this.#concerns(command);
    if (isFirst) this.callbacks.asked(command);
    if (isFirst) this.ratings.asked(command);
    if (isFirst) this.money.asked(command);
    if (isFirst) this.rates.asked(command);
    if (isFirst) this.businesses.asked(command);
    if (isFirst) this.messages.asked(command);
    if (isFirst) this.persons.asked(command);
    if (isFirst) this.paid.asked(command);
    if (isFirst) this.documents.asked(command);
    this.legs.asked(command, link);
    this.voicemails.asked(command);
    command.attempted();
    this.#unanswered.add(command);
    const known = isFirst ? { command, link } : undefined;
    if (known !== undefined) this.#firstAsked.add(known);
    return (answered) => {
      if (known !== undefined) this.#firstAsked.delete(known);
      this.#unanswered.delete(command);
      this.#answered(command, answered, askedAt);
    };
  }

  #commandOf(who: Who, method: string, params: Members): { command: Command; isFirst: boolean } {
    const start = this.#world.count();
    const content = canonical(params);
    const { requestId } = params;
    const makes = creating.has(method);
    const isRepeatable = typeof requestId === 'string' || makes;
    if (!isRepeatable) return { command: new Command(who, method, params, start), isFirst: true };
    const key = `${nameOf(who)} ${method} ${content}`;
    const known = this.#commands.get(key);
    if (known !== undefined) return { command: known, isFirst: false };
    const command = new Command(who, method, params, start);
    this.#commands.set(key, command);
    return { command, isFirst: true };
  }

  /** What the command, if it takes effect, is about. */
  #concerns(command: Command): void {
    const { method, params, who } = command;
    const contactId = typeof params.contactId === 'string' ? params.contactId : undefined;
    switch (method) {
      case 'contact.create':
      case 'contact.dial':
        if (contactId === undefined) return;
        this.contact(contactId).creates.push(command);
        this.contact(contactId).attributes.write(params.attributes, command);
        return;
      case 'contact.update':
        if (contactId !== undefined && params.attributes !== undefined)
          this.contact(contactId).attributes.write(params.attributes, command);
        return;
      case 'contact.cancel':
      case 'contact.end':
        if (contactId !== undefined) this.contact(contactId).ends.push(command);
        return;
      case 'contact.wrapUpDone':
        if (contactId !== undefined) this.contact(contactId).wrapUps.push(command);
        return;
      // Who is lost while it asks leaves the contact to whoever was asked.
      case 'contact.consult':
      case 'contact.transfer':
      case 'contact.takeOver':
      case 'contact.park':
      case 'supervisor.move':
        if (contactId !== undefined) this.contact(contactId).sends.push(command);
        return;
      case 'candidate.choose':
        if (contactId !== undefined) this.contact(contactId).choices.push(command);
        return;
      case 'contact.unpark':
        if (contactId !== undefined) this.contact(contactId).sends.push(command);
        // Whoever resumes it has it, without an offer to accept.
        if (contactId !== undefined && who.role === 'agent') this.contact(contactId).resumes.push(command);
        return;
      case 'supervisor.listen':
      case 'supervisor.whisper':
      case 'supervisor.barge':
        if (contactId !== undefined) this.contact(contactId).supervised.push(command);
        return;
      case 'contact.wrapUpExtend':
        if (contactId !== undefined) this.contact(contactId).extensions.push(command);
        return;
      case 'offer.reject': {
        const offer = this.#offers.get(params.offerId as string);
        if (offer !== undefined) this.contact(offer.contactId).rejects.push(command);
        return;
      }
      case 'offer.accept': {
        const offer = this.#offers.get(params.offerId as string);
        if (offer !== undefined) this.contact(offer.contactId).accepts.push(command);
        return;
      }
      case 'agent.setOneRinging':
        if (params.on === false) this.severalRing.add((params.agentId as string | undefined) ?? who.sub);
        return;
      case 'agent.login': {
        // Logging in again changes nothing: who is about to leave leaves.
        const mayLeave = this.#seatOf(command).during(command.start).includes('either');
        return this.#seatOf(command).write(mayLeave ? 'either' : 'in', command);
      }
      case 'agent.force':
        return this.#seatOf(command).write(params.state === 'ready' ? 'in' : 'either', command);
      case 'agent.ready':
        return this.#seatOf(command).write('in', command);
      case 'agent.logout':
        return this.#seatOf(command).write(params.when === 'now' ? 'out' : 'either', command);
      case 'agent.notReady':
        return this.#seatOf(command).write('either', command);
      default:
        this.#configures(command);
    }
  }

  #seatOf({ params, who }: Command): Register {
    const agentId = (params.agentId as string | undefined) ?? who.sub;
    const seat = this.seats.get(agentId) ?? new Register('out');
    this.seats.set(agentId, seat);
    return seat;
  }

  #configures(command: Command): void {
    const { method, params } = command;
    this.affinities.asked(command);
    this.platforms.asked(command);
    const { requestId: _, ...content } = params;
    if (method === 'agent.set') this.#agentSet(content as unknown as AgentSetting, command);
    for (const queue of method === 'queue.set' ? [content] : ((content.document as ConfigDocument)?.queues ?? []))
      if ((queue as Members).autoAnswer === true) this.#answering.add((queue as Members).queueId as string);
    if (method === 'queue.set') this.#registerOf('queue', content.queueId, undefined).write(content, command);
    if (method === 'agent.remove') this.#registerOf('agent', content.agentId, undefined).write(undefined, command);
    if (method === 'queue.remove') this.#registerOf('queue', content.queueId, undefined).write(undefined, command);
    if (method === 'tenant.set') this.#registerOf('tenant', '', tenantAtFirst).write(content, command);
    const document = params.document as ConfigDocument | undefined;
    if (method !== 'config.apply' || typeof document !== 'object' || document === null || params.dryRun === true)
      return;
    for (const queue of document.queues ?? [])
      this.#registerOf('queue', queue.queueId, undefined).write(queue, command);
    for (const agent of document.agents ?? []) this.#agentSet(agent, command);
    if (document.tenant !== undefined) this.#registerOf('tenant', '', tenantAtFirst).write(document.tenant, command);
    if (document.complete === true) this.#removesOthers(document, command);
  }

  #removesOthers({ queues = [], agents = [] }: ConfigDocument, command: Command): void {
    const names = [
      ...queues.map(({ queueId }) => keyOf('queue', queueId)),
      ...agents.map(({ agentId }) => keyOf('agent', agentId)),
    ];
    const complete = { command, named: new Set(names) };
    this.#complete.push(complete);
    for (const [key, register] of this.settings) this.#removed(key, register, complete);
  }

  #removed(key: string, register: Register, { command, named }: CompleteDocument): void {
    if (!named.has(key) && !key.startsWith('tenant ')) register.write(undefined, command);
  }

  #agentSet(agent: AgentSetting, command: Command): void {
    this.#registerOf('agent', agent.agentId, undefined).write(agent, command);
    const capacity = this.capacities.get(agent.agentId) ?? new Register({});
    this.capacities.set(agent.agentId, capacity);
    capacity.write(agent.capacity, command);
  }

  #agentKnown(agent: AgentSetting): void {
    this.#registerOf('agent', agent.agentId, agent);
    this.capacities.set(agent.agentId, new Register(agent.capacity));
  }

  #registerOf(kind: string, id: unknown, initial: unknown): Register {
    const key = keyOf(kind, id);
    const known = this.settings.get(key);
    if (known !== undefined) return known;
    const register = new Register(initial);
    this.settings.set(key, register);
    // A document that was asked for before may take effect later, and remove it.
    for (const complete of this.#complete) this.#removed(key, register, complete);
    return register;
  }

  // ── what is answered ──

  #answered(command: Command, answered: Answered, askedAt: number): void {
    const { method, params, who } = command;
    const { error } = answered;
    if (error === undefined) this.seen(method);
    else this.#refused(command, error);
    const fault = command.answered(answered, this.#world.count());
    // What it made was erased since, and is not made again.
    const mayBeAnew =
      creating.has(method) && (this.erasures.mayHave(params.contactId) || this.erasures.mayBeNamed(params.identity));
    if (fault !== undefined && !mayBeAnew) this.breach(`${nameOf(who)}: ${method} ${JSON.stringify(params)} ${fault}`);
    if (error !== undefined) return;
    const result = answered.result ?? {};
    this.erasures.answered(command, result, askedAt);
    this.#mayDo(command, result);
    this.legs.answered(command);
    if (method === 'offer.accept') this.#accepted(command, result);
    if (method === 'contact.cancel' || method === 'contact.end')
      this.contact(params.contactId as string).goneAt = Math.min(
        this.contact(params.contactId as string).goneAt,
        this.#world.now(),
      );
    if (method === 'contact.create' || method === 'contact.dial') this.#created(command, result);
    if (method === 'customer.resolve') this.#resolved(command, result);
    this.persons.answered(command, result);
    if (method === 'contact.explain') this.#explained(command, result);
  }

  #created({ params }: Command, result: Members): void {
    const contactId = params.contactId as string;
    const isItself = result.contactId === contactId;
    // One that is a live call of its customer says whose that is.
    if (result.customerId !== undefined && isItself) this.#sameCustomer(nameIn(params), result.customerId as string);
    if (!isItself) this.contact(result.contactId as string).names.set(contactId, this.contact(contactId));
    if (typeof params.moveToken !== 'string') return;
    const before = this.#usedTokens.get(params.moveToken) ?? contactId;
    if (before !== contactId) this.breach(`one move token was used by ${before} and by ${contactId}`);
    this.#usedTokens.set(params.moveToken, contactId);
    this.seen('a move token');
  }

  /** A second call is one of the same customer, or came with a token. */
  #isSameCall(second: string, first: string): boolean {
    // Whom it is called for only the callback says.
    if (isOfRouter(first)) return true;
    const identities = (this.contacts.get(first)?.creates ?? []).map(({ params }) => canonical(nameIn(params) ?? null));
    return (this.contacts.get(second)?.creates ?? []).some(
      ({ params, inEffect }) =>
        inEffect !== 'no' &&
        (params.moveToken !== undefined ||
          (nameIn(params) !== undefined &&
            (this.persons.mayBeJoined || identities.includes(canonical(nameIn(params)))))),
    );
  }

  /** Who has brought it, or a second call that was to be it. */
  #hasBrought(known: KnownContact, who: Who): boolean {
    const all = [known, ...known.names.values()];
    return all.some(({ creates }) =>
      creates.some((command) => command.inEffect !== 'no' && nameOf(command.who) === nameOf(who)),
    );
  }

  #named(who: Who, { contactId, name }: Members): void {
    const known = this.contact(contactId as string);
    if (!this.#isSameCall(name as string, contactId as string))
      this.breach(`${nameOf(who)} was told that ${String(name)} is ${String(contactId)}, and it is another customer’s`);
    known.names.set(name as string, this.contact(name as string));
  }

  #explained({ params }: Command, result: Members): void {
    const contactId = params.contactId as string;
    const known = this.contact(contactId);
    if (known.wasTakenForAnother) return;
    const isOver = known.goneAt < this.#world.now();
    for (const fault of explanationFaults(known, result, isOver))
      this.breach(`the explanation of ${contactId} ${fault}: ${JSON.stringify(result)}`);
  }

  /** A switch and a customer have to do with their own contacts alone, by whatever name: a second call that is to be it is another one. */
  #mayDo({ method, params, who }: Command, result: Members): void {
    if (who.role !== 'switch' && who.role !== 'customer') return;
    if (typeof params.contactId !== 'string' || method === 'contact.create' || isOfRouter(params.contactId)) return;
    const names = [params.contactId, typeof result.contactId === 'string' ? result.contactId : params.contactId];
    if (!names.some((name) => this.#hasBrought(this.contact(name), who)))
      this.breach(`${nameOf(who)} was let at ${params.contactId} of somebody else: ${method}`);
  }

  #refused(command: Command, { code, message, data }: NonNullable<Answered['error']>): void {
    const { method, params, who } = command;
    const refusal = data?.refusal as string | undefined;
    this.seen(refusal ?? String(code));
    this.erasures.refused(command, refusal, data ?? {});
    const keptOutOf = method === 'contact.create' && keepsOut.test(refusal ?? '') ? params.queueId : undefined;
    if (typeof keptOutOf === 'string' && !this.#refusedEntry.has(command)) {
      this.#refusedEntry.add(command);
      this.keptOut.set(keptOutOf, (this.keptOut.get(keptOutOf) ?? 0) + 1);
    }
    if (code === internalError && !this.#world.mayFail())
      this.breach(`${nameOf(who)}: ${method} ${JSON.stringify(params)} failed: ${message} ${JSON.stringify(data)}`);
    if (
      refusal !== undefined &&
      isMethodName(method) &&
      !(refusalsOf(method as MethodName) as string[]).includes(refusal)
    )
      this.breach(`${nameOf(who)}: ${method} may not be refused as ${refusal}`);
  }

  #accepted(command: Command, { contactId }: Members): void {
    const { offerId } = command.params as { offerId: string };
    const offer = this.#offers.get(offerId);
    const known = this.contact(contactId as string);
    if (offer !== undefined && (offer.contactId !== contactId || offer.agentId !== command.who.sub))
      this.breach(`${command.who.sub} took ${contactId} with ${offerId}, which is ${JSON.stringify(offer)}`);
    if (!known.accepts.includes(command)) known.accepts.push(command);
  }

  #resolved(command: Command, { customerId, created }: Members): void {
    const identity = nameIn(command.params);
    this.#sameCustomer(identity, customerId as string);
    if (created !== true) return;
    const key = canonical(identity);
    const before = this.#createdCustomers.get(key);
    const by = `${nameOf(command.who)} ${String(command.params.requestId)}`;
    if (before !== undefined && before !== by && !this.erasures.any)
      this.breach(`${key} was made by ${before} and by ${by}`);
    this.#createdCustomers.set(key, by);
  }

  #sameCustomer(identity: unknown, customerId: string): void {
    const key = canonical(identity);
    const known = this.#customers.get(key);
    // Whoever comes by a name of somebody who was erased is somebody else: who is sure of that is asked at last.
    if (this.persons.mayBeJoined || this.erasures.any) {
      if (known === undefined || this.erasures.isErased(known)) this.#customers.set(key, customerId);
      return;
    }
    if (known !== undefined && known !== customerId) this.breach(`${key} was ${known} and is ${customerId}`);
    const other = [...this.#customers].find(([otherKey, id]) => id === customerId && otherKey !== key);
    if (other !== undefined) this.breach(`${other[0]} and ${key} are both ${customerId}`);
    this.#customers.set(key, customerId);
  }

  // ── what is told ──

  told(who: Who, event: string, params: Members, late: boolean): void {
    this.seen(event);
    const contactId = params.contactId as string | undefined;
    this.callbacks.told(event, params);
    if (contactId === undefined) return;
    const isMade = isOfRouter(contactId);
    const known = isMade ? this.contact(contactId) : this.contacts.get(contactId);
    if (known === undefined || known.exists === 'no')
      return this.breach(`${nameOf(who)} was told ${event} of ${contactId}, which nobody created`);
    if (event === 'contact.moving' || event === 'contact.moved' || event === 'contact.notMoved')
      this.#named(who, params);
    // Whoever brought the contact that was called back for may be another than who has asked for it.
    const isOwner = isMade || event.startsWith('callback.') || this.#hasBrought(known, who);
    // What somebody asked for is told to whoever asked.
    const isAnswer =
      event === 'contact.gathered' ||
      event === 'contact.digitsNotSent' ||
      (event === 'supervision.changed' && this.#mayTakePart(who, known));
    if (who.role !== 'agent' && !isOwner && !isAnswer)
      this.breach(`${nameOf(who)} was told ${event} of ${contactId} of somebody else`);
    if (!late) this.#inTime(who, event, params, known);
    this.legs.told(who, event, params, late);
    this.messages.told(who, event, params, late);
    if (event === 'contact.connected') known.connected.push({ by: nameOf(who), params });
    if (event === 'contact.ended') known.ended.push({ by: nameOf(who), params });
    if (event === 'offer.created') this.#offered(who, params as unknown as OfferTold);
  }

  /** It has asked to, and was not refused. */
  #mayTakePart(who: Who, known: KnownContact): boolean {
    const supervised = [known, ...known.names.values()].flatMap((one) => one.supervised);
    return supervised.some((command) => command.inEffect !== 'no' && nameOf(command.who) === nameOf(who));
  }

  #offered({ sub: agentId }: Who, { offerId, contactId, lineId, expiresAt, contact }: OfferTold): void {
    this.contact(contactId).offered.push({ agentId, lineId, expiresAt });
    const { queueId, waitedMs } = contact;
    const ringsMs = expiresAt - (waitsFrom(contact as unknown as Members) + waitedMs);
    const allowed = (this.settings.get(`queue ${queueId}`)?.ever() ?? []) as (QueueSetting | undefined)[];
    if (!allowed.some((queue) => queue?.offerMs === ringsMs))
      this.breach(`${offerId} is to ring for ${ringsMs} ms, which nobody set for ${queueId}`);
    const known = this.#offers.get(offerId);
    if (known !== undefined && (known.agentId !== agentId || known.contactId !== contactId))
      this.breach(`${offerId} rings for ${contactId} at ${agentId}, and was ${JSON.stringify(known)}`);
    this.#offers.set(offerId, { contactId, agentId });
  }

  /** What can be said of a notification that is told as it happens. */
  #inTime(who: Who, event: string, params: Members, known: KnownContact): void {
    const now = this.#world.now();
    if (event === 'contact.ended') known.goneAt = Math.min(known.goneAt, now);
    if (event === 'offer.created' && known.goneAt < now)
      this.breach(`${known.contactId} is over and rings at ${who.sub}`);
    for (const { command } of this.#firstAsked) {
      if (nameOf(command.who) !== nameOf(who)) continue;
      const makes = command.method === 'contact.create' || command.method === 'contact.dial';
      const isMade = makes && isOnly(command, known.creates);
      // One with legs may be taken at the telephone.
      const isTaken =
        command.method === 'offer.accept' &&
        event === 'contact.connected' &&
        !known.hasLegs &&
        !known.answersItself &&
        isOnly(command, known.accepts);
      if (isMade || isTaken)
        this.breach(`${nameOf(who)} was told ${event} before ${command.method} of ${params.contactId} was answered`);
    }
  }

  // ── looking ──

  get timersTrapped(): number {
    return this.#world.timersTrapped();
  }

  longestMs(queueId: string): { readonly offer: number; readonly wrapUp: number } {
    const own = (this.settings.get(`queue ${queueId}`)?.ever() ?? []) as (Members | undefined)[];
    const all = [...this.settings.values()].flatMap((register) => register.ever() as (Members | undefined)[]);
    const most = (given: readonly (Members | undefined)[], name: string) =>
      Math.max(0, ...given.map((one) => (one?.[name] as number | undefined) ?? 0));
    return { offer: most(own, 'offerMs'), wrapUp: most(all, 'wrapUpMs') };
  }

  mostTogether(queueId: string): number {
    const own = (this.settings.get(`queue ${queueId}`)?.ever() ?? []) as (Members | undefined)[];
    const several = own.filter((one) => one?.select === 'ringAll' || one?.select === 'ringProgressive');
    const { together: usual } = queuePolicyDefaults.ring.value;
    const together = (one: Members | undefined) => (one?.ring as { together?: number } | undefined)?.together ?? usual;
    return Math.max(1, ...several.map(together));
  }

  get logsOutTheLost(): boolean {
    const ever = this.#registerOf('tenant', '', tenantAtFirst).ever() as readonly Members[];
    return ever.some(({ agentLost }) => (agentLost as Members | undefined)?.becomes === 'loggedOut');
  }

  looked(seen: Seen, asked: AskedWhen): void {
    this.seen('looks');
    // The router makes them by itself, and where nobody listens nobody has heard of them.
    for (const { contactId } of seen.contacts) if (isOfRouter(contactId as string)) this.contact(contactId as string);
    for (const { contactId, names = [] } of seen.contacts)
      for (const name of names as string[]) this.contact(contactId as string).names.set(name, this.contact(name));
    const late = this.legs.faults(seen, asked);
    // What ends a contact is a follow-up: one at which the core trapped is tried again a minute later.
    if (late.length > this.timersTrapped + this.#world.blamed()) for (const fault of late) this.breach(fault);
    for (const fault of this.#looker.faults(seen, asked, this)) this.breach(fault);
    this.erasures.looked(seen.contacts, asked.count);
    this.money.looked(seen.accounts as readonly AccountShown[]);
  }

  /** At the end: each contact, as contact.get shows it, or undefined where it is not found. */
  contactAtLast(contactId: string, view: Members | undefined, mayBeForgotten: boolean): void {
    const known = this.contact(contactId);
    if (view === undefined) {
      if (known.exists === 'yes' && !mayBeForgotten && !this.erasures.mayHave(contactId))
        this.breach(`${contactId} is lost`);
      return;
    }
    if (view.contactId !== contactId) {
      if (
        !((view.names ?? []) as string[]).includes(contactId) ||
        !this.#isSameCall(contactId, view.contactId as string)
      )
        this.breach(`${contactId} is shown as ${String(view.contactId)}, and is another: ${JSON.stringify(view)}`);
      return;
    }
    for (const name of (view.names ?? []) as string[]) known.absorb(this.contact(name));
    if (view.why !== undefined) this.seen(`ended ${String(view.why)}`);
    if (known.exists === 'no') this.breach(`${contactId} is there, and nobody created it: ${JSON.stringify(view)}`);
    if (hasCalledLine(known)) this.seen('a number of a line was called');
    if (known.mayBeAnew) return;
    for (const fault of contactFaults(known, view)) this.breach(`${contactId} ${fault}: ${JSON.stringify(view)}`);
  }

  /** customer.get of each identity that was ever answered. */
  get identities(): ReadonlyMap<string, string> {
    return this.#customers;
  }
}

/** What says whose it is. */
function nameIn({ identity, verifiedIdentities }: Members): unknown {
  return (verifiedIdentities as unknown[] | undefined)?.[0] ?? identity;
}

function keyOf(kind: string, id: unknown): string {
  return `${kind} ${String(id)}`;
}

function isOnly(command: Command, commands: readonly Command[]): boolean {
  return commands.length === 1 && commands[0] === command;
}
