// Platforms: enterprises' switchboards that hand their callers over, so that it is known who is really calling (docs/platforms.md).
//
//   numberPlan.set, platform.set ─▶ how numbers are taken apart, and whose they are        platform-book.ts, number-plan.ts
//   handover.put ─▶ a serial with what the platform says of its caller                      handovers.ts
//   contact.create {originalCalled or sip} ─▶ identified by it, once, or not and why        identifying.ts, sip/
//   where it says so, the platform is asked for more: a row until it has answered, and the   questions.ts, circuit-breaker.ts,
//     contact is offered meanwhile; the answer brings the agent's screen up to date           platform-answer.ts, src/platforms/
//
// Before the customers: a hand-over may say which customer the caller is.

import type { Caller, ClientAnswer } from '../../engine/egress.ts';
import {
  handoverLiveMs,
  handoverLiveMsMax,
  handoversForgottenPerTickMax,
  handoversPerTenantMax,
  numberPlansMax,
  platformAnswerBytesMax,
  platformAttempts,
  platformLateMs,
  platformsMax,
  platformTimeoutMs,
  serialDrawsMax,
} from '../../limits.ts';
import { isWithin } from '../../networks.ts';
import { askMethod, type PlatformAsk } from '../../platforms/asking.ts';
import type { CallerShown, UnidentifiedWhy } from '../../protocol/caller.ts';
import { canonical, contentOf } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { type NumberPlanGiven, platformSubPrefix } from '../../protocol/platforms.ts';
import { isRefusal, type Refusal, refuse } from '../../protocol/refusals.ts';
import { customerIdOf } from '../customers/customer-book.ts';
import { lookingThrough } from '../looking-through.ts';
import type {
  Admission,
  Admitted,
  Afterwards,
  ContactDraft,
  ContactView,
  DomainModule,
  ErasesCustomers,
  FollowUpHandler,
  GaugeName,
  Handler,
  LoadContext,
  Reaction,
  RoutingView,
  Shapes,
} from '../module.ts';
import { pageOf } from '../pages.ts';
import { everyRow } from '../rows.ts';
import { signedHeaders } from '../signature.ts';
import type { ExportAt, NamedPerson, SearchedExport } from '../timeline-source.ts';
import { digestOf } from '../token-digest.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { guessingOf, handoversMaxOf } from './guessing.ts';
import { type Handover, Handovers, isLive, type Said } from './handovers.ts';
import { type Identified, identify, isLimited, type Knowing, platformAsGuesser } from './identifying.ts';
import { hasInRange, type NumberPlan, numberFor, numberLengthOf, overlap } from './number-plan.ts';
import { judged } from './platform-answer.ts';
import { type Platform, PlatformBook, type PlatformFetch } from './platform-book.ts';
import { numberPlansPart, type PlatformSet, platformsPart, type SetsPlatforms } from './platform-config.ts';
import { alarmsOf, type TroublesView, troubleOf } from './platform-troubles.ts';
import { type Question, Questions } from './questions.ts';
import {
  handoversTable,
  numberPlansTable,
  platformCountsTable,
  platformHealthTable,
  platformsTable,
  questionsTable,
  wrongSerialsTable,
} from './tables.ts';
import { type Wrong, WrongSerials } from './wrong-serials.ts';

const MODULE = 27;
const FORGET_TIMER = 1;
/** A question is not answered in time, or is answered no more. */
const QUESTION_TIMER = 2;

/** A contact of this tick, until the core has taken it. */
interface JustCame {
  readonly slot: number;
  readonly number: number;
  readonly identified: Identified;
  readonly switchId: string;
  readonly from: string | undefined;
}

export class Platforms implements DomainModule {
  readonly name = 'platforms';
  readonly number = MODULE;
  readonly reactsTo: readonly number[] = [];
  readonly tables = [
    numberPlansTable,
    platformsTable,
    handoversTable,
    wrongSerialsTable,
    platformCountsTable,
    questionsTable,
    platformHealthTable,
  ];
  readonly methods: Readonly<Record<string, Handler>> = {
    'numberPlan.set': (params, admission) => this.#setPlan(params, admission),
    'numberPlan.list': (params, { now }) => this.#listPlans(params, now),
    'numberPlan.remove': (params, admission) => this.#removePlan(params, admission),
    'platform.set': (params, admission) => this.#set(params, admission),
    'platform.list': (params, { now }) => this.#list(params, now),
    'platform.remove': (params, admission) => this.#remove(params, admission),
    'handover.put': (params, admission) => this.#put(params, admission),
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    setForgetTimer: (_, { core, now }) => {
      const due = this.#nextDue();
      if (due !== undefined) core.timerSet(MODULE, FORGET_TIMER, Math.max(now, due));
    },
    lookAtTroubles: () => {
      this.#haveTroublesChanged = true;
    },
    setQuestionTimer: (_, { core, now }) => {
      const due = this.#known.questions.nextDue();
      if (due !== undefined) core.timerSet(MODULE, QUESTION_TIMER, Math.max(now, due));
    },
  };
  readonly shapes: Shapes;
  readonly erases: ErasesCustomers = {
    erase: lookingThrough([
      {
        table: handoversTable,
        kind: 'handovers',
        isOf: (person, row) => person.isNamedIn(row),
        erase: (row, _, __, tables) => this.#known.handovers.erase(row as unknown as Handover, tables),
      },
      {
        table: wrongSerialsTable,
        kind: 'wrongSerials',
        isOf: (person, { of, name }) => of === 'caller' && person.isNamedIn(name),
        erase: (row, _, __, tables) => this.#known.wrongSerials.erase(row as unknown as Wrong, tables),
      },
      {
        table: questionsTable,
        kind: 'platformQuestions',
        isOf: (person, { number }) => person.hasContact(number as number),
        erase: (row, _, __, tables) => this.#known.questions.remove(row as unknown as Question, tables),
      },
    ]),
  };
  readonly exports: readonly SearchedExport[] = [
    { part: 'handover', search: (person, behind, at) => this.#handedOver(person, behind, at) },
  ];
  readonly #routing: RoutingView;
  readonly #networksMax: readonly string[] | undefined;
  readonly #known: Knowing = {
    book: new PlatformBook(),
    handovers: new Handovers(),
    wrongSerials: new WrongSerials(),
    questions: new Questions(),
    breaker: new CircuitBreaker(),
  };
  /** By the number of the platform. */
  #identified = new Map<number, number>();
  #justCame: JustCame[] = [];
  /** When the timer is set for, or is about to be. */
  #forgetAt: number | undefined;
  #isDueUnknown = false;
  #questionAt: number | undefined;
  readonly #troublesChanged: ((now: number) => void)[] = [];
  /** In this tick, perhaps. */
  #haveTroublesChanged = false;
  readonly troubles: TroublesView = {
    of: (measure, now) => troubleOf(this.#known, measure, now),
    onChanged: (changed) => {
      this.#troublesChanged.push(changed);
    },
  };

  /** `networksMax`: private networks within which platforms may be; absent: nothing is refused here. */
  constructor(routing: RoutingView, networksMax?: readonly string[]) {
    this.#routing = routing;
    this.#networksMax = networksMax;
    const { book } = this.#known;
    const sets: SetsPlatforms = {
      book,
      networkRefused: (fetch) => this.#networkRefused(fetch),
      writePlan: (planId, given, admission) => {
        this.#haveTroublesChanged = true;
        book.setPlan(planId, given, admission);
      },
      write: (given, admission) => {
        this.#write(given, admission);
      },
      drop: (platform, admission) => this.#drop(platform, admission),
    };
    this.shapes = {
      contactCreate: (draft, admission) => this.#identify(draft, admission),
      config: [numberPlansPart(sets), platformsPart(sets)],
    };
  }

  load({ tables }: LoadContext): void {
    const { book, handovers, wrongSerials, questions, breaker } = this.#known;
    handovers.load(tables);
    wrongSerials.load(tables);
    questions.load(tables);
    breaker.load(tables);
    book.load(tables, [...handovers.platforms(), ...questions.platforms()]);
    this.#identified = new Map();
    for (const { key, row } of everyRow(tables, platformCountsTable))
      this.#identified.set(key as number, row.identified as number);
    this.#justCame = [];
    this.#haveTroublesChanged = false;
    this.#forgetAt = this.#nextDue();
    this.#isDueUnknown = false;
    this.#questionAt = questions.nextDue();
  }

  // ── On the way in ─────────────────────────────────────────────────────────────────────────────────────────────
  #identify(draft: ContactDraft, admission: Admission): undefined {
    const { originalCalled, sip, from } = draft.params as Params<'contact.create'>;
    if ((originalCalled ?? sip) === undefined || this.#known.book.plans.size === 0) return undefined;
    if (draft.isBrought || draft.isDialled || draft.about !== undefined) return undefined;
    const identified = identify(this.#known, draft, admission);
    if (identified === undefined) return undefined;
    draft.extra.caller = identified.shown;
    if (identified.identity !== undefined) draft.identity = identified.identity;
    const { slot, number } = draft;
    const came = { slot, number, identified, switchId: admission.caller?.sub ?? '', from };
    this.#justCame.push(came);
    this.#haveTroublesChanged ||= identified.limited.length > 0;
    this.#isDueUnknown = true;
    admission.onUndo(() => {
      this.#justCame.splice(this.#justCame.indexOf(came), 1);
    });
    return undefined;
  }

  settle(reaction: Reaction): void {
    for (const came of this.#justCame.splice(0)) this.#tell(came, reaction);
    if (this.#haveTroublesChanged) for (const changed of this.#troublesChanged) changed(reaction.now);
    this.#haveTroublesChanged = false;
    this.#setQuestionTimer(reaction);
    if (!this.#isDueUnknown) return;
    this.#isDueUnknown = false;
    const due = this.#nextDue();
    if (due === undefined || (this.#forgetAt !== undefined && this.#forgetAt <= due)) return;
    this.#forgetAt = due;
    reaction.followUp('setForgetTimer', {});
  }

  #tell({ slot, number, identified, switchId, from }: JustCame, reaction: Reaction): void {
    const { shown, platform, limited } = identified;
    if (shown.handedOverAt !== undefined && platform !== undefined) {
      const count = (this.#identified.get(platform.number) ?? 0) + 1;
      this.#identified.set(platform.number, count);
      reaction.tables.put(platformCountsTable, platform.number, { identified: count });
    }
    for (const wrong of limited) if (platform !== undefined) tellGuessed(platform, wrong, { switchId, from }, reaction);
    // It may be over already.
    const contact = this.#routing.contactByHandle(slot, number);
    if (contact === undefined) return;
    const { asks } = identified;
    if (asks !== undefined && platform?.fetch !== undefined) {
      const { timeoutMs = platformTimeoutMs, lateMs = platformLateMs } = platform.fetch;
      const dueAt = reaction.now + timeoutMs;
      const question = { number: contact.number, slot, platform: platform.number, serial: asks, askedAt: reaction.now };
      this.#known.questions.put({ ...question, dueAt, endsAt: dueAt + lateMs }, reaction.tables);
      askAbout({ ...question, dueAt, endsAt: dueAt + lateMs }, platform, platform.fetch, reaction);
    } else this.#tellOwner(contact, shown, reaction);
  }

  #tellOwner({ contactId, owner, customerNumber }: ContactView, shown: CallerShown, reaction: Reaction): void {
    const { state, platformId, why, unreadable } = shown;
    const of = { contactId, ...(platformId !== undefined && { platformId }) };
    if (state === 'identified') {
      const customer = customerNumber === undefined ? {} : { customerId: customerIdOf(customerNumber) };
      reaction.notify(owner, 'contact.identified', { ...of, ...customer });
    } else reaction.notify(owner, 'contact.unidentified', { ...of, why, ...(unreadable && { unreadable }) });
  }

  // ── What platforms are asked ──────────────────────────────────────────────────────────────────────────────────
  resumed(reaction: Reaction): void {
    for (const question of this.#known.questions.all()) {
      const platform = this.#known.book.at(question.platform);
      if (platform?.fetch !== undefined && question.endsAt > reaction.now)
        askAbout(question, platform, platform.fetch, reaction);
    }
  }

  answered(reference: string, answer: ClientAnswer, _admission: Admission): Afterwards {
    return (reaction) => {
      const before = [...this.#known.breaker.leftAlone()].length;
      this.#took(Number(reference), answer, reaction);
      // This tick has settled already.
      if ([...this.#known.breaker.leftAlone()].length !== before) reaction.followUp('lookAtTroubles', {});
    };
  }

  #took(number: number, answer: ClientAnswer, reaction: Reaction): void {
    const { book, questions, breaker } = this.#known;
    const question = questions.find(number);
    const platform = question && book.at(question.platform);
    if (question === undefined) return;
    questions.remove(question, reaction.tables);
    if (platform?.fetch === undefined) return this.#isNobody(question, 'platformFailed', reaction);
    const contact = this.#routing.contactByHandle(question.slot, number);
    const before = contact?.extra?.caller as CallerShown | undefined;
    const found = judged(answer, question.serial, before?.data, platform.fetch);
    const isInTime = question.isLate !== true;
    if ('why' in found) {
      // Whoever says what cannot be is there all the same.
      if (isInTime && !found.isDown) breaker.answered(platform.number, reaction.tables);
      if (isInTime || !found.isDown) breaker.failed(platform.number, found.why, found.isDown, reaction);
      if (isInTime) this.#isNobody(question, found.isDown ? 'platformFailed' : 'platformAnsweredWrong', reaction);
      return;
    }
    // One that is always late is not well.
    if (isInTime) breaker.answered(platform.number, reaction.tables);
    if (contact === undefined || before === undefined) return;
    const { why: _, ...known } = before;
    const caller: CallerShown = { ...known, state: 'identified', data: found.data };
    this.#routing.addToContact(contact, { extra: { caller }, attributes: found.attributes }, reaction);
    this.#tellOwner(contact, caller, reaction);
  }

  #isNobody({ slot, number }: Question, why: UnidentifiedWhy, reaction: Reaction): void {
    const contact = this.#routing.contactByHandle(slot, number);
    const before = contact?.extra?.caller as CallerShown | undefined;
    if (contact === undefined || before === undefined) return;
    const caller: CallerShown = { ...before, state: 'unidentified', why };
    this.#routing.addToContact(contact, { extra: { caller } }, reaction);
    this.#tellOwner(contact, caller, reaction);
  }

  #questionsDue(reaction: Reaction): void {
    const { questions, breaker } = this.#known;
    for (const question of questions.all()) {
      if (question.endsAt <= reaction.now) questions.remove(question, reaction.tables);
      else if (question.isLate !== true && question.dueAt <= reaction.now)
        questions.put({ ...question, isLate: true }, reaction.tables);
      else continue;
      if (question.isLate === true) continue;
      this.#haveTroublesChanged = true;
      breaker.failed(question.platform, 'no answer in time', true, reaction);
      this.#isNobody(question, 'platformTimedOut', reaction);
    }
  }

  #setQuestionTimer(reaction: Reaction): void {
    const due = this.#known.questions.nextDue();
    if (due === undefined || (this.#questionAt !== undefined && this.#questionAt <= due)) return;
    this.#questionAt = due;
    reaction.followUp('setQuestionTimer', {});
  }

  timerFired(key: number, reaction: Reaction): void {
    if (key === QUESTION_TIMER) {
      this.#questionAt = undefined;
      return this.#questionsDue(reaction);
    }
    this.#known.handovers.forgetOld(reaction);
    this.#known.wrongSerials.forgetOld(handoversForgottenPerTickMax, reaction.now, reaction.tables);
    this.#forgetAt = undefined;
    this.#isDueUnknown = true;
    this.#haveTroublesChanged = true;
  }

  alarms(now: number): Readonly<Record<string, string>> {
    return alarmsOf(this.#known, now);
  }

  gauges(now: number): Readonly<Partial<Record<GaugeName, number>>> {
    return {
      platformsLeftAlone: this.troubles.of('platformsLeftAlone', now).value,
      guessersLimited: this.troubles.of('guessersLimited', now).value,
      platformQuestions: this.#known.questions.size,
      handovers: this.#known.handovers.size,
    };
  }

  #nextDue(): number | undefined {
    const dues = [this.#known.handovers.nextDue(), this.#known.wrongSerials.nextDue()];
    const due = Math.min(...dues.map((one) => one ?? Infinity));
    return due === Infinity ? undefined : due;
  }

  // ── Number plans ──────────────────────────────────────────────────────────────────────────────────────────────
  #setPlan(params: Params<'numberPlan.set'>, admission: Admission): Admitted {
    const { planId, ...given } = contentOf(params);
    const { book } = this.#known;
    const before = book.plans.get(planId);
    if (before === undefined && book.plans.size >= numberPlansMax) return refuse('too_many_number_plans');
    for (const other of book.plans.values())
      if (other.planId !== planId && overlap(given, other))
        return refuse('number_plans_overlap', { planId: other.planId });
    this.#haveTroublesChanged = true;
    const inUse = before && this.#firstLeftOut(before, given);
    if (inUse !== undefined) return refuse('number_plan_in_use', { platformId: inUse.platformId });
    const plan = book.setPlan(planId, given, admission);
    return { pending: ({ now }) => ({ result: this.#planView(plan, now) }) };
  }

  /** A platform of the plan whose access id would be in it no more. */
  #firstLeftOut(before: NumberPlan, after: NumberPlanGiven | undefined): Platform | undefined {
    for (const platform of this.#known.book.platformsOf(before))
      if (after === undefined || !hasInRange(after, platform.accessId)) return platform;
    return undefined;
  }

  #removePlan({ planId }: Params<'numberPlan.remove'>, admission: Admission): Admitted {
    const plan = this.#known.book.plans.get(planId);
    if (plan === undefined) return refuse('number_plan_not_found');
    const inUse = this.#firstLeftOut(plan, undefined);
    if (inUse !== undefined) return refuse('number_plan_in_use', { platformId: inUse.platformId });
    this.#known.book.removePlan(plan, admission);
    return { result: { planId } };
  }

  #listPlans(params: Params<'numberPlan.list'>, now: number): Admitted {
    const { items, cursor } = pageOf(
      params,
      (number) => this.#known.book.plansAfter(number),
      ({ number }) => number,
    );
    return { result: { numberPlans: items.map((plan) => this.#planView(plan, now)), ...cursor } };
  }

  #planView(plan: NumberPlan, now: number) {
    const { number: _, ...given } = plan;
    const platforms = [...this.#known.book.platformsOf(plan)];
    const mostLive = Math.max(0, ...platforms.map(({ number }) => this.#known.handovers.liveOf(number, now)));
    const numberLength = numberLengthOf(plan);
    return { ...given, numberLength, platforms: platforms.length, guessing: guessingOf(plan, mostLive) };
  }

  // ── Platforms ─────────────────────────────────────────────────────────────────────────────────────────────────
  #set(params: Params<'platform.set'>, admission: Admission): Admitted {
    const { credential, ...given } = contentOf(params);
    const { book } = this.#known;
    const before = book.byId.get(given.platformId);
    if (before === undefined && book.byId.size >= platformsMax) return refuse('too_many_platforms');
    if (book.planOf(given.accessId) === undefined) return refuse('access_id_in_no_plan');
    const other = book.withAccessId(given.accessId);
    if (other !== undefined && other !== before) return refuse('access_id_taken', { platformId: other.platformId });
    const refusal = this.#networkRefused(given.fetch);
    if (refusal !== undefined) return refusal;
    const digest = credential === undefined ? {} : { credential: digestOf(credential) };
    const platform = this.#write({ ...given, ...digest }, admission);
    return { pending: ({ now }) => ({ result: this.#viewOf(platform, now) }) };
  }

  /** What has been checked. */
  #write(given: PlatformSet, admission: Admission): Platform {
    const { book, breaker } = this.#known;
    const { role, sub } = admission.caller as Caller;
    const before = book.byId.get(given.platformId);
    this.#haveTroublesChanged = true;
    // Whoever says otherwise how it is asked has mended what was wrong with it, or means to.
    if (before !== undefined && canonical(before.fetch ?? {}) !== canonical(given.fetch ?? {}))
      breaker.forget(before.number, admission);
    return book.set({ ...given, setBy: { role, sub } }, admission);
  }

  #networkRefused(fetch: Pick<PlatformFetch, 'networks'> | undefined): Refusal | undefined {
    const most = this.#networksMax;
    const network = most && fetch?.networks?.find((one) => !isWithin(one, most));
    return network === undefined ? undefined : refuse('network_not_allowed', { network });
  }

  #list(params: Params<'platform.list'>, now: number): Admitted {
    const { items, cursor } = pageOf(
      params,
      (number) => this.#known.book.platformsAfter(number),
      ({ number }) => number,
    );
    return { result: { platforms: items.map((platform) => this.#viewOf(platform, now)), ...cursor } };
  }

  #remove({ platformId }: Params<'platform.remove'>, admission: Admission): Admitted {
    const platform = this.#known.book.byId.get(platformId);
    if (platform === undefined) return refuse('platform_not_found');
    this.#drop(platform, admission);
    return { result: { platformId } };
  }

  #drop(platform: Platform, admission: Admission): void {
    const { tables, onUndo } = admission;
    this.#haveTroublesChanged = true;
    const identified = this.#identified.get(platform.number);
    // What it has handed over is of a number that no platform has any more, and goes when its time is over.
    this.#known.book.remove(platform, admission);
    this.#known.breaker.forget(platform.number, admission);
    this.#identified.delete(platform.number);
    tables.remove(platformCountsTable, platform.number);
    onUndo(() => identified !== undefined && this.#identified.set(platform.number, identified));
  }

  #viewOf(platform: Platform, now: number) {
    const { number, platformId, accessId, name, credential, handoverMs = handoverLiveMs, fetch, since } = platform;
    const { openUntil, lastFailure } = this.#known.breaker.of(number);
    const plan = this.#known.book.planOf(accessId) as NumberPlan;
    const wrong = this.#known.wrongSerials.of(platformAsGuesser(platform), now);
    const isOver = isLimited(this.#known, plan, platformAsGuesser(platform), now);
    return {
      platformId,
      accessId,
      planId: plan.planId,
      ...(name !== undefined && { name }),
      hasCredential: credential !== undefined,
      handoverMs,
      ...(fetch !== undefined && { fetch: withoutSecret(fetch) }),
      asked: this.#known.questions.openOf(number),
      ...(openUntil !== undefined && openUntil > now && { leftAloneUntil: openUntil }),
      ...(lastFailure !== undefined && { lastFailure }),
      since,
      live: this.#known.handovers.liveOf(number, now),
      identified: this.#identified.get(number) ?? 0,
      wrongSerials: wrong?.wrong ?? 0,
      ...(wrong !== undefined && isOver && { limitedUntil: wrong.since + wrong.windowMs }),
    };
  }

  /** What platforms have said of a person whose call has not come. Not the serial: whoever has it can call as that person. */
  *#handedOver(person: NamedPerson, behind: number, { tables }: ExportAt) {
    for (const { key, row } of everyRow(tables, handoversTable, behind + 1)) {
      const { platform, at, expiresAt, usedBy, identity, data } = row as unknown as Handover & Said;
      const isTheirs = usedBy === undefined && person.isNamedIn(row);
      const platformId = this.#known.book.at(platform)?.platformId;
      const item = {
        ...(platformId !== undefined && { platformId }),
        at,
        expiresAt,
        ...(identity !== undefined && { identity }),
        ...(data !== undefined && { data }),
      };
      yield { key: key as number, item: isTheirs ? item : undefined };
    }
  }

  // ── Hand-overs ────────────────────────────────────────────────────────────────────────────────────────────────
  #put(params: Params<'handover.put'>, admission: Admission): Admitted {
    const { platformId, credential, serial, data, identity } = params;
    const { now } = admission;
    const platform = this.#known.book.byId.get(platformId);
    const isItself = admission.caller?.sub === `${platformSubPrefix}${platformId}`;
    // Of others it is not even said whether they are there.
    if (!isItself && admission.caller?.sub.startsWith(platformSubPrefix)) return refuse('platform_not_found');
    if (platform === undefined) return refuse('platform_not_found');
    if (!isItself && platform.credential !== undefined && digestOf(credential ?? '') !== platform.credential)
      return refuse('platform_credential_wrong');
    const plan = this.#known.book.planOf(platform.accessId) as NumberPlan;
    const { serialLength } = plan;
    if (serial !== undefined && serial.length !== serialLength) return refuse('serial_not_of_plan', { serialLength });
    const expiresAt = params.expiresAt ?? now + (platform.handoverMs ?? handoverLiveMs);
    const said: Said = { ...(data !== undefined && { data }), ...(identity !== undefined && { identity }) };
    const known = serial === undefined ? undefined : this.#known.handovers.find(platform.number, serial);
    if (known !== undefined && (known.usedBy !== undefined || isLive(known, now)))
      return this.#putAlready(known, { platform, plan, said, asked: params.expiresAt }, admission);
    if (expiresAt <= now || expiresAt > now + handoverLiveMsMax) return refuse('handover_already_expired');
    const made = this.#handOver({ platform, plan, serial, expiresAt, said }, admission);
    return isRefusal(made) ? made : { result: answerOf(platform, plan, made) };
  }

  #handOver(
    of: { platform: Platform; plan: NumberPlan; serial: string | undefined; expiresAt: number; said: Said },
    admission: Admission,
  ): Handover | Refusal {
    const { platform, plan, expiresAt, said } = of;
    const { handovers } = this.#known;
    if (handovers.countOf(platform.number) >= handoversMaxOf(plan) || handovers.size >= handoversPerTenantMax)
      return refuse('too_many_handovers');
    const serial = of.serial ?? this.#freeSerial(platform, plan, admission);
    if (serial === undefined) return refuse('too_many_handovers');
    this.#isDueUnknown = true;
    return handovers.put({ platform: platform.number, serial, expiresAt }, said, admission);
  }

  /** The same again is the same; a serial that was used is not handed over a second time while that is known. */
  #putAlready(
    known: Handover,
    of: { platform: Platform; plan: NumberPlan; said: Said; asked: number | undefined },
    { tables }: Admission,
  ): Admitted {
    if (known.usedBy !== undefined) return refuse('serial_used');
    const isSame = canonical(this.#known.handovers.saidWith(known, tables)) === canonical(of.said);
    if (!isSame || (of.asked !== undefined && of.asked !== known.expiresAt))
      return refuse('serial_exists_with_different_content');
    return { result: answerOf(of.platform, of.plan, known) };
  }

  #freeSerial(platform: Platform, { serialLength }: NumberPlan, admission: Admission): string | undefined {
    for (let draw = 0; draw < serialDrawsMax; draw++) {
      const serial = drawnDigits(serialLength, (count) => admission.bytes(count));
      if (this.#known.handovers.find(platform.number, serial) === undefined) return serial;
    }
    return undefined;
  }
}

function answerOf({ platformId, accessId }: Platform, plan: NumberPlan, { serial, expiresAt }: Handover) {
  return { platformId, serial, originalCalled: numberFor(plan, accessId, serial), expiresAt };
}

function withoutSecret({ secret: _, ...shown }: PlatformFetch) {
  return shown;
}

/** Under the number of the contact, which is for ever its own: asked again, it is the same question. */
function askAbout(
  { number, serial, askedAt, endsAt }: Question,
  { platformId, accessId }: Platform,
  { url, secret, networks = [], timeoutMs = platformTimeoutMs }: PlatformFetch,
  reaction: Reaction,
): void {
  const name = `ask_${number}`;
  const timestamp = String(Math.floor(askedAt / 1000));
  const body = JSON.stringify({ platformId, accessId, serial });
  const leftMs = endsAt - reaction.now;
  const params: PlatformAsk = {
    url,
    body,
    headers: signedHeaders(secret, name, timestamp, body),
    attemptMs: Math.ceil(timeoutMs / platformAttempts),
    timeoutMs: leftMs,
    networks,
    bytesMax: platformAnswerBytesMax,
  };
  reaction.ask({
    audience: { role: 'app', sub: platformId },
    method: askMethod,
    params: { ...params },
    reference: String(number),
    timeoutMs: leftMs,
  });
}

/** Each digit as likely as any other: bytes that would favour the first ones are drawn again. */
function drawnDigits(count: number, bytes: (count: number) => Uint8Array): string {
  let drawn = '';
  while (drawn.length < count)
    for (const byte of bytes(count)) if (byte < 250 && drawn.length < count) drawn += byte % 10;
  return drawn;
}

function tellGuessed(
  platform: Platform,
  { of, since, windowMs, wrong }: Wrong,
  by: { readonly switchId: string; readonly from: string | undefined },
  reaction: Reaction,
): void {
  reaction.notify(platform.setBy, 'platform.guessed', {
    platformId: platform.platformId,
    of,
    ...(of === 'switch' && { switchId: by.switchId }),
    ...(of === 'caller' && by.from !== undefined && { from: by.from }),
    wrong,
    untilMs: since + windowMs,
  });
}
