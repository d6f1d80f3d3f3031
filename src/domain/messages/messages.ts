// What the two sides of a contact say to each other (docs/messages.md): texts, which are kept with the contact, and signals for setting up
// media, which are kept until they are taken.
//
//   contact.send ─▶ admission: may it? ─▶ before the tick's effects: a number, a row ─▶ contact.message to both sides
//                                     └ what this tick has yet to let in, or to connect: behind the effects
//   ENDED by the agent ─▶ the customer is asked to rate by text (text-surveys.ts) ── answers are texts of the conversation as well
//   RELEASED ─▶ the conversation is over, and kept for keepDays
//
// Whoever says good-bye and ends the contact in one breath is heard first: so what was allowed when it was admitted is done before the
// effects of its tick, and what was not is looked at again behind them.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import type { Audience, Caller, Role } from '../../engine/egress.ts';
import {
  conversationsInStateMax,
  messagesForgottenPerTickMax,
  messagesInStateMax,
  messagesPerContactMax,
  signalsInStateMax,
  statePageMax,
} from '../../limits.ts';
import { messagesDefaults, type SignalSide } from '../../protocol/messages.ts';
import type { Params } from '../../protocol/methods.ts';
import { isRefusal, type Refusal, refuse } from '../../protocol/refusals.ts';
import { BeforeEffects, type Outcome } from '../before-effects.ts';
import { keyOfAsked, type PersonKeys, personKeys } from '../customer-key.ts';
import { type ErasedPerson, type ErasingStep, nothingErased } from '../erased-person.ts';
import type {
  Admission,
  Admitted,
  ContactView,
  DomainModule,
  ErasesCustomers,
  FollowUpHandler,
  Handler,
  LoadContext,
  PersonsView,
  Reaction,
  RoutingView,
  Row,
  Shapes,
  Surveying,
  TableReader,
  TableWriter,
} from '../module.ts';
import type { TimelineAsked, TimelineEntry, TimelineSource } from '../timeline-source.ts';
import { sideOf, signallingSide, writingSide } from './access.ts';
import { type Conversation, Conversations, isTheSame, type ToWrite, type Written } from './conversations.ts';
import { type Signal, Signals } from './signals.ts';
import { conversationsTable, customerMessagesTable, messagesTable, signalsTable } from './tables.ts';
import { TextSurveys } from './text-surveys.ts';

const MODULE = 24;
const KEEP_TIMER = 1;
const SURVEY_TIMERS = 2 ** 40;
const DAY_MS = 86_400_000;
const CUSTOMERS_CONTACTS_A_TURN = 100;

/** Its agent writes in a contact: the refusal where its customer pays for that, and has too little. */
export type Paying = (contact: ContactView, reaction: Reaction) => Refusal | undefined;

/** Whose texts are to go. */
type Erasing = Readonly<
  | { customer: string; behind: number; upTo: number }
  /** Of one contact. */
  | { number: number }
>;

/** For the records of contacts. */
export interface WrittenView {
  /** How much was written in the contact; undefined: nothing. */
  writtenIn(number: number): number | undefined;
}

export class Messages implements DomainModule, WrittenView {
  readonly name = 'messages';
  readonly number = MODULE;
  readonly reactsTo = [layout.EFFECT_PARTED, layout.EFFECT_ENDED, layout.EFFECT_RELEASED];
  readonly tables = [messagesTable, conversationsTable, signalsTable, customerMessagesTable];
  readonly methods: Readonly<Record<string, Handler>> = {
    'contact.send': (params, admission) => this.#send(params, admission),
    'contact.messages': (params, admission) => this.#list(params, admission),
    'contact.signal': (params, admission) => this.#signal(params, admission),
    'contact.signals': (params, admission) => this.#signalsFor(params, admission),
    'message.erase': (params, admission) => this.#eraseOf(params, admission),
  };
  readonly shapes: Shapes = {
    tenantSet: ({ messages }, { core, tables, now, onUndo }) => {
      const before = this.#keepMs;
      this.#keepMs = keepMsOf(messages);
      onUndo(() => {
        this.#keepMs = before;
      });
      const oldest = this.#conversations.oldestEnd(tables);
      if (oldest !== undefined) core.timerSet(MODULE, KEEP_TIMER, Math.max(now, oldest + this.#keepMs));
    },
    anyContactShown: ({ number }, shown) => {
      const written = this.writtenIn(number);
      if (written !== undefined) shown.messages = written;
    },
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    told: () => {},
    erase: (params, { tables }) => this.#erase(params as unknown as Erasing, tables),
    setKeepTimer: (_, { core, tables, now }) => {
      const oldest = this.#conversations.oldestEnd(tables);
      this.#isKeepTimerSet = oldest !== undefined;
      if (oldest !== undefined) core.timerSet(MODULE, KEEP_TIMER, Math.max(now, oldest + this.#keepMs));
    },
    setSurveyTimer: ({ number, dueAt }, { core, now }) =>
      core.timerSet(MODULE, SURVEY_TIMERS + (number as number), Math.max(now, dueAt as number)),
  };
  readonly timeline: readonly TimelineSource[] = [
    { kinds: ['message'], newestFirst: (asked, tables) => this.#written(asked, tables) },
  ];
  readonly #routing: RoutingView;
  readonly #persons: PersonKeys;
  readonly #conversations = new Conversations();
  readonly #signals = new Signals();
  readonly #surveys: TextSurveys;
  #keepMs = keepMsOf(undefined);
  #isKeepTimerSet = false;
  readonly #inOrder: BeforeEffects;
  readonly #paying: Paying;
  /** What is to be erased from the next tick on. */
  #toErase: Erasing[] = [];

  constructor(routing: RoutingView, persons: PersonsView, surveying: Surveying, paying: Paying) {
    this.#routing = routing;
    this.#inOrder = new BeforeEffects(routing);
    this.#paying = paying;
    this.#persons = personKeys(persons);
    this.#surveys = new TextSurveys(routing, surveying, this.#conversations, (to, text, reaction) =>
      this.#write(to, { side: 'router', text, afterwards: true }, undefined, undefined, reaction),
    );
  }

  load({ tables }: LoadContext): void {
    this.#keepMs = keepMsOf(this.#routing.tenantGiven(tables).messages);
    this.#conversations.load(tables);
    this.#signals.load(tables);
    this.#isKeepTimerSet = this.#conversations.oldestEnd(tables) !== undefined;
    this.#inOrder.load();
    this.#toErase = [];
  }

  readonly erases: ErasesCustomers = {
    erase: (person, from, { tables }) => this.#eraseStep(person, from, tables),
  };

  begin(reaction: Reaction): void {
    this.#inOrder.begin(reaction);
  }

  // ── Texts ─────────────────────────────────────────────────────────────────────────────────────────────────────
  #send(params: Params<'contact.send'>, admission: Admission): Admitted {
    const caller = admission.caller as Caller;
    const { contactId } = params;
    const may = (tables: TableReader) => this.#mayWrite(contactId, caller, tables);
    const { messageId, message, toAgent } = params;
    const { role, sub } = caller;
    const said = { role, sub, ...message, ...(toAgent === true && { toAgent }) };
    return this.#inOrder.admit(
      this.#routing.contactById(contactId),
      may(admission.tables),
      admission,
      (reaction, before) => {
        const { tables } = reaction;
        const known = this.#conversations.withId(messageId, tables);
        if (known !== undefined) {
          const isTheirs = this.#isNamed(contactId, known.of, caller, tables);
          if (!isTheirs || !isTheSame(known.written, said)) return refuse('message_exists_with_different_content');
          return { result: viewOf(known.of, known.written) };
        }
        const now = isRefusal(before) ? may(tables) : before;
        if (isRefusal(now)) return now;
        const { side, contact, of } = now;
        const last = (of ?? this.#conversations.live(contact.number))?.last ?? 0;
        if (last >= messagesPerContactMax) return refuse('too_many_messages', { max: messagesPerContactMax });
        if (of !== undefined) return this.#answer(of, { ...said, side }, messageId, reaction);
        const unpaid = side === 'agent' ? this.#paying(contact, reaction) : undefined;
        if (unpaid !== undefined) return unpaid;
        const to = this.#conversations.begun(contact, tables);
        return { result: this.#write(to, { ...said, side }, messageId, contact, reaction).view };
      },
    );
  }

  /** By its own id, or by another name of it. */
  #isNamed(contactId: string, { contactId: own, number }: Conversation, caller: Caller, tables: TableReader): boolean {
    return contactId === own || this.#routing.meantBy(contactId, caller, tables)?.number === number;
  }

  /** By who has been asked, when the contact was over. */
  #answer(of: Conversation, what: ToWrite, messageId: string, reaction: Reaction): Outcome {
    // An answer before it in the tick may have been the last one.
    const still = this.#conversations.live(of.number);
    if (still?.survey === undefined) return refuse('contact_already_ended');
    const { to, view } = this.#write(still, { ...what, afterwards: true }, messageId, undefined, reaction);
    this.#settled(this.#surveys.answered(to, what.text, reaction), reaction);
    return { result: view };
  }

  #write(
    to: Conversation,
    what: ToWrite,
    messageId: string | undefined,
    contact: ContactView | undefined,
    reaction: Reaction,
  ): { readonly to: Conversation; readonly view: ReturnType<typeof viewOf> } {
    const owner: Audience = contact?.owner ?? to.owner;
    const has = { role: owner.role, sub: owner.sub };
    const { of, written } = this.#conversations.write({ ...to, owner: has }, what, messageId, reaction);
    const view = viewOf(of, written);
    for (const audience of this.#readers(owner, what, contact)) reaction.notify(audience, 'contact.message', view);
    return { to: of, view };
  }

  #readers(owner: Audience, { toAgent }: ToWrite, contact: ContactView | undefined): Audience[] {
    const { agentHandle, state, parkedBy } = contact ?? {};
    const readers = toAgent && owner.role !== 'agent' ? [] : [owner];
    if (state === 'connected' && agentHandle !== undefined) readers.push(this.#routing.agentAudience(agentHandle));
    else if (parkedBy !== undefined) readers.push({ role: 'agent', sub: parkedBy });
    return readers;
  }

  #mayWrite(contactId: string, caller: Caller, tables: TableReader): MayWrite | Refusal {
    const contact = this.#routing.contactById(contactId);
    const side = contact && writingSide(contact, caller, this.#routing, tables);
    if (contact !== undefined && typeof side === 'string') return { side, contact, of: undefined };
    // It is over: only the customer may still say something, who is asked.
    const of = this.#conversations.asked(contactId);
    if (of !== undefined && (contact === undefined || contact.number === of.number) && isCustomerOf(of, caller))
      return { side: 'customer', contact: undefined, of };
    if (isRefusal(side)) return side;
    const isSeen = this.#routing.meantBy(contactId, caller, tables)?.isSeen === true;
    return refuse(isSeen ? 'contact_already_ended' : 'contact_not_found');
  }

  #list({ contactId, after = 0, limit = 100 }: Params<'contact.messages'>, { caller, tables }: Admission): Admitted {
    const of = this.#readable(contactId, caller as Caller, tables);
    if (isRefusal(of)) return of;
    const texts = of === undefined ? [] : this.#conversations.texts(of.number, after, limit, tables);
    const messages = this.#shownTo(caller as Caller, of, texts);
    return { result: { contactId, messages, ...(texts.length === limit && { more: true }) } };
  }

  /** Undefined: nothing was written in it. */
  #readable(contactId: string, caller: Caller, tables: TableReader): Conversation | undefined | Refusal {
    const meant = this.#routing.meantBy(contactId, caller, tables);
    if (meant !== undefined)
      return meant.isSeen ? this.#conversations.find(meant.number, tables) : refuse('contact_not_found');
    // The contact is forgotten, and what was written in it is not.
    const number = this.#conversations.numberOf(contactId, tables);
    const of = number === undefined ? undefined : this.#conversations.find(number, tables);
    const { role, sub } = caller;
    const isOverseer = role === 'admin' || role === 'app' || role === 'supervisor';
    if (of === undefined || !(isOverseer || (of.owner.role === role && of.owner.sub === sub)))
      return refuse('contact_not_found');
    return of;
  }

  #shownTo({ role }: Caller, of: Conversation | undefined, texts: readonly Written[]) {
    if (of === undefined) return [];
    return texts.filter(({ toAgent }) => !(toAgent && hidesWhispers(role))).map((written) => viewOf(of, written));
  }

  *#written(asked: TimelineAsked, tables: TableReader): Generator<TimelineEntry> {
    for (const { of, written } of this.#conversations.ofCustomerLatest(asked, tables)) {
      if (written.toAgent && hidesWhispers(asked.role)) continue;
      const { at, number, side, sub } = written;
      const agentId = side === 'agent' ? sub : undefined;
      const { contactId, channel } = of;
      const order = [of.number, number];
      yield { at, order, kind: 'message', channel, contactId, agentId, details: viewOf(of, written) };
    }
  }

  // ── Signals ───────────────────────────────────────────────────────────────────────────────────────────────────
  #signal(params: Params<'contact.signal'>, admission: Admission): Admitted {
    const caller = admission.caller as Caller;
    const { contactId, data, received, agentId } = params;
    const may = (tables: TableReader) => this.#maySignal(contactId, agentId, caller, tables);
    return this.#inOrder.admit(
      this.#routing.contactById(contactId),
      may(admission.tables),
      admission,
      (reaction, before) => {
        const now = isRefusal(before) ? may(reaction.tables) : before;
        if (isRefusal(now)) return now;
        const { side, contact } = now;
        const other = side === 'agent' ? 'customer' : 'agent';
        if (data !== undefined && this.#signals.isFull(contact, side))
          return refuse('too_many_signals', { waiting: this.#signals.waiting(contact, side) });
        if (received !== undefined) this.#signals.taken(contact, other, received, reaction.tables);
        const said = data && this.#signals.say(contact, { side, sub: caller.sub, data }, reaction);
        if (said !== undefined) {
          const to = side === 'agent' ? contact.owner : this.#routing.agentAudience(contact.agentHandle as number);
          reaction.notify(to, 'contact.signal', shownSignal(contact.contactId, said));
        }
        const waiting = this.#signals.waiting(contact, side);
        return { result: { contactId, ...(said !== undefined && { number: said.number }), waiting } };
      },
    );
  }

  #maySignal(
    contactId: string,
    agentId: string | undefined,
    caller: Caller,
    tables: TableReader,
  ): { readonly side: SignalSide; readonly contact: ContactView } | Refusal {
    const contact = this.#routing.contactById(contactId);
    if (contact === undefined) {
      const isSeen = this.#routing.meantBy(contactId, caller, tables)?.isSeen === true;
      return refuse(isSeen ? 'contact_already_ended' : 'contact_not_found');
    }
    const side = signallingSide(contact, caller, this.#routing, tables);
    if (isRefusal(side)) return side;
    if (agentId !== undefined && agentId !== contact.agentId) return refuse('contact_not_with_agent');
    return { side, contact };
  }

  #signalsFor({ contactId }: Params<'contact.signals'>, { caller, tables }: Admission): Admitted {
    const who = caller as Caller;
    const contact = this.#routing.contactById(contactId);
    if (contact === undefined || this.#routing.meantBy(contactId, who, tables)?.isSeen !== true)
      return refuse('contact_not_found');
    return { result: { contactId, signals: this.#signalsShown(contact, who, tables) } };
  }

  #signalsShown(contact: ContactView, caller: Caller, tables: TableReader) {
    const side = sideOf(contact, caller);
    if (this.#signals.isEmpty || side === undefined || side === 'supervisor') return [];
    const said = this.#signals.from(contact, side === 'agent' ? 'customer' : 'agent', tables);
    return [...said].map((signal) => shownSignal(contact.contactId, signal));
  }

  // ── What becomes of the contact ───────────────────────────────────────────────────────────────────────────────
  react(effect: Effect, reaction: Reaction): void {
    const { kind, contact: slot, number: low } = effect;
    const { tables } = reaction;
    if (!this.#signals.isEmpty && kind === layout.EFFECT_PARTED) this.#signals.parted(effect, tables);
    if (!this.#signals.isEmpty && kind === layout.EFFECT_ENDED) this.#signals.ended(effect, tables);
    if (kind === layout.EFFECT_ENDED) this.#ended(effect, reaction);
    if (kind !== layout.EFFECT_RELEASED || this.#conversations.isEmpty) return;
    const of = this.#conversations.ofEffect(slot, low);
    if (of?.survey === undefined) {
      if (of !== undefined) this.#over(of, reaction);
    } else this.#conversations.keep({ ...of, released: true }, tables);
  }

  #ended(effect: Effect, reaction: Reaction): void {
    if (this.#conversations.isEmpty && !this.#surveys.asks) return;
    const { tables, now } = reaction;
    const contact = this.#routing.contactByHandle(effect.contact, effect.number);
    if (contact === undefined) return;
    const of = this.#conversations.live(contact.number);
    const survey = this.#surveys.after(effect, contact);
    if (of === undefined && survey === undefined) return;
    const { role, sub } = contact.owner;
    const ended = { ...(of ?? this.#conversations.begun(contact, tables)), owner: { role, sub }, endedAt: now };
    if (survey === undefined) this.#conversations.keep(ended, tables);
    else this.#surveys.ask(ended, survey, reaction);
  }

  /** The customer has answered, or not in time. */
  #settled(of: Conversation, reaction: Reaction): void {
    if (of.survey === undefined && of.released) this.#over(of, reaction);
  }

  #over(of: Conversation, reaction: Reaction): void {
    this.#conversations.over(of, reaction.now, reaction.tables);
    if (this.#isKeepTimerSet) return;
    this.#isKeepTimerSet = true;
    reaction.followUp('setKeepTimer', {});
  }

  timerFired(key: number, reaction: Reaction): void {
    if (key >= SURVEY_TIMERS) {
      const of = this.#conversations.live(key - SURVEY_TIMERS);
      if (of?.survey !== undefined && of.survey.dueAt <= reaction.now)
        this.#settled(this.#surveys.over(of, of.survey, reaction), reaction);
      return;
    }
    this.#conversations.forgetOld(reaction.now - this.#keepMs + 1, reaction.tables);
    this.#isKeepTimerSet = true;
    reaction.followUp('setKeepTimer', {});
  }

  settle(reaction: Reaction): void {
    for (const erasing of this.#toErase.splice(0)) reaction.followUp('erase', erasing as unknown as Row);
  }

  writtenIn(number: number): number | undefined {
    const count = this.#conversations.isEmpty ? 0 : this.#conversations.live(number)?.count;
    return count === 0 ? undefined : count;
  }

  // ── Erasing ──────────────────────────────────────────────────────────────────────────────────────────────────────
  #eraseOf({ requestId: _, ...of }: Params<'message.erase'>, { caller, tables }: Admission): Admitted {
    return {
      pending: (reaction) => {
        for (const erasing of this.#erasingOf(of, caller as Caller, tables))
          reaction.followUp('erase', erasing as unknown as Row);
        return { result: of };
      },
    };
  }

  #erasingOf(of: Omit<Params<'message.erase'>, 'requestId'>, caller: Caller, tables: TableReader): Erasing[] {
    const customer = keyOfAsked(of);
    if (customer !== undefined)
      return this.#persons
        .members(customer)
        .map((member) => ({ customer: member, behind: 0, upTo: Number.MAX_SAFE_INTEGER }));
    const contactId = of.contactId as string;
    const known = this.#routing.meantBy(contactId, caller, tables)?.number;
    const number = known ?? this.#conversations.numberOf(contactId, tables);
    return number === undefined ? [] : [{ number }];
  }

  #erase(erasing: Erasing, tables: Admission['tables']): void {
    let left = messagesForgottenPerTickMax;
    if ('number' in erasing) {
      if (this.#conversations.erase(erasing.number, left, tables) === 0) this.#toErase.push(erasing);
      return;
    }
    const { customer, behind, upTo } = erasing;
    const numbers = this.#conversations.ofCustomer(customer, behind, CUSTOMERS_CONTACTS_A_TURN, tables);
    let done = behind;
    for (const number of numbers) {
      if (number > upTo) return;
      left = this.#conversations.erase(number, left, tables);
      if (left <= 0) break;
      done = number;
    }
    if (left <= 0 || numbers.length === CUSTOMERS_CONTACTS_A_TURN) this.#toErase.push({ customer, behind: done, upTo });
  }

  #eraseStep(person: ErasedPerson, from: unknown, tables: TableWriter): ErasingStep {
    const { which, behind } = (from ?? { which: 0, behind: 0 }) as { readonly which: number; readonly behind: number };
    const customer = person.keys()[which];
    if (customer === undefined) return nothingErased;
    const numbers = this.#conversations.ofCustomer(customer, behind, CUSTOMERS_CONTACTS_A_TURN, tables);
    let left = messagesForgottenPerTickMax;
    let done = behind;
    let conversations = 0;
    for (const number of numbers) {
      const of = this.#conversations.find(number, tables);
      // Its customer is being asked how it was: that ends by itself.
      if (this.#conversations.live(number) !== undefined) return { erased: { conversations }, waits: true };
      if (of !== undefined) person.noteContact(number, [of.contactId]);
      left = this.#conversations.erase(number, left, tables);
      if (left <= 0) return { erased: { conversations }, next: { which, behind: done } };
      done = number;
      conversations += 1;
    }
    const isMore = numbers.length === CUSTOMERS_CONTACTS_A_TURN;
    return { erased: { conversations }, next: isMore ? { which, behind: done } : { which: which + 1, behind: 0 } };
  }

  // ── For sessions that open ────────────────────────────────────────────────────────────────────────────────────
  state(caller: Caller, tables: TableReader): Readonly<Record<string, unknown>> {
    if (caller.role === 'admin' || caller.role === 'supervisor') return {};
    const conversations: Row[] = [];
    const signals: ReturnType<typeof shownSignal>[] = [];
    const add = (of: Conversation) => {
      const texts = this.#conversations.newest(of.number, messagesInStateMax, tables);
      conversations.push({ contactId: of.contactId, messages: this.#shownTo(caller, of, texts) });
    };
    for (const of of this.#conversations.askedOf(caller)) if (conversations.length < conversationsInStateMax) add(of);
    if (!this.#conversations.isEmpty || !this.#signals.isEmpty)
      for (const contact of this.#routing.contactsOf(caller, statePageMax)) {
        const of = contact.endedAt === undefined ? this.#conversations.live(contact.number) : undefined;
        if (of !== undefined && conversations.length < conversationsInStateMax) add(of);
        signals.push(...this.#signalsShown(contact, caller, tables).slice(0, signalsInStateMax - signals.length));
      }
    return { conversations, signals };
  }
}

type MayWrite =
  | { readonly side: SignalSide | 'supervisor'; readonly contact: ContactView; readonly of: undefined }
  /** It is over, and its customer is asked. */
  | { readonly side: 'customer'; readonly contact: undefined; readonly of: Conversation };

function keepMsOf(given: { readonly keepDays?: number } | undefined): number {
  return (given?.keepDays ?? messagesDefaults.keepDays) * DAY_MS;
}

/** What a supervisor says to the agent alone is not for the customer's side. */
function hidesWhispers(role: Role): boolean {
  return role === 'customer' || role === 'switch' || role === 'app';
}

function isCustomerOf({ owner }: Conversation, { role, sub }: Caller): boolean {
  return role === 'app' || (owner.role === role && owner.sub === sub);
}

function viewOf({ contactId }: Conversation, { side, role: _, sub, ...written }: Written) {
  return { contactId, ...written, from: { side, ...(sub !== undefined && { sub }) } };
}

function shownSignal(contactId: string, { side, sub, ...signal }: Signal) {
  return { contactId, ...signal, from: { side, sub } };
}
