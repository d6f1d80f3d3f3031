// Switches and the legs of contacts at them (docs/switches.md). Which file does what:
//
//   tables, switch-book, leg-book, leg-requests, holds   memory and rows
//   recordings, digits                                   what is done with the media of a contact
//   announcements                                        what customers hear of their place while they wait
//   consult-legs                                         consultations and conferences
//   brokering                                            back and forth between the customer and whoever is asked
//   moving                                               calls that go on at another device of their customer
//   line-switching                                       an agent goes from one line to another in one step
//   legs-apart                                           legs of no offer and no agent: of the two below
//   outside-calls                                        numbers to which customers are sent, or which agents ask
//   surveys                                              customers who rate by the keys of their telephones
//   voicemails                                           messages that customers leave who are not served
//   supervision                                          legs of supervisors
//   legs                                                 effects → what a switch is asked; what it says → commands
//   switch-report                                        what a switch has, when it is back
//
// A switch that goes keeps its calls for a while: its contacts are withheld from agents until it is back, and a timer of
// the core, begun anew by a restart of the router, ends them; either a bounded number at a time.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import { type Effect, effectsOfContactsAndAgents } from '../../engine/effects.ts';
import type { Caller, ClientAnswer } from '../../engine/egress.ts';
import {
  contactsLostPerTickMax,
  contactsWithheldPerTickMax,
  statePageMax,
  switchesPerTenantMax,
} from '../../limits.ts';
import { routerLegPrefix } from '../../protocol/legs.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import { switchDefaults } from '../../protocol/switch-settings.ts';
import type {
  Admission,
  Admitted,
  Afterwards,
  CallbackShown,
  ConfigGiven,
  ConfigPart,
  ContactDraft,
  ContactView,
  DomainModule,
  FollowUpHandler,
  Handler,
  LoadContext,
  MovesCalls,
  OwnWay,
  Reaction,
  RoutingView,
  SendsContacts,
  Shapes,
  Surveying,
  TableReader,
} from '../module.ts';
import { pageOf } from '../pages.ts';
import { Announcements } from './announcements.ts';
import { Brokering } from './brokering.ts';
import { ConsultLegs } from './consult-legs.ts';
import { contactFor } from './contact-for.ts';
import type { CallsView, OnCall } from './customer-calls.ts';
import { Digits } from './digits.ts';
import { erasesLegs } from './erasing.ts';
import { Holds, type HoldsView } from './holds.ts';
import { APART, type Leg, LegBook, type LegRow } from './leg-book.ts';
import { LegRequests } from './leg-requests.ts';
import { Legs } from './legs.ts';
import { LineSwitching } from './line-switching.ts';
import { Moving } from './moving.ts';
import { OutsideCalls, type OutsideLeg } from './outside-calls.ts';
import { Recordings, type RecordingsView } from './recordings.ts';
import { type Supervision, Supervisions } from './supervision.ts';
import { Surveys } from './surveys.ts';
import { isLost, type Switch, SwitchBook } from './switch-book.ts';
import { SwitchReports } from './switch-report.ts';
import { switchTables } from './tables.ts';
import { type CountMessage, Voicemails } from './voicemails.ts';

const MODULE = 4;

/** Timers are called by the number of the switch, from 1, times four, plus what it is; without a switch: the sweep. */
const SWEEP_TIMER = 0;
/** Of more contacts it is to be said whether they may be offered than one tick takes. */
const WITHHOLD_TIMER = 0;
const GRACE_TIMER = 1;
/** More contacts of a lost switch are to be ended than one tick takes. */
const LOST_TIMER = 2;
/** More legs that a switch did not report are to be taken as gone. */
const UNREPORTED_TIMER = 3;
/** From here on: digits are collected, by the number of the contact. There are fewer switches. */
const GATHER_TIMERS = 2 ** 40;
/** From here on: a number outside is rung, by the number of the contact. */
const OUTSIDE_TIMERS = 2 ** 50;
/** From here on: the agent is rung at the switch of a second call, by its number. */
const MOVE_TIMERS = 2 ** 49;
/** From here on: the customer is to be told its place, by the number of the contact. */
const ANNOUNCE_TIMERS = 2 ** 51;
/** From here on: a message, by its number. */
const MESSAGE_TIMERS = 2 ** 52;
/** From here on: a customer is asked to rate, by the number of the leg. */
const SURVEY_TIMERS = 2 ** 52 + 2 ** 51;

export class Switches implements DomainModule {
  readonly name = 'switches';
  readonly number = MODULE;
  readonly reactsTo = effectsOfContactsAndAgents;
  readonly tables = switchTables;
  readonly watchedRoles = ['switch'] as const;
  readonly methods: Readonly<Record<string, Handler>> = {
    'switch.set': (params, admission) => this.#set(params, admission),
    'switch.get': (params, admission) => this.#get(params, admission),
    'switch.list': (params, { now }) => this.#list(params, now),
    'switch.remove': (params, admission) => this.#remove(params, admission),
    'switch.drain': (params, admission) => this.#drain(params, admission),
    'switch.report': (params, admission) => this.#reports.take(this.#own(admission), params, admission),
    'leg.ringing': (params, admission) =>
      this.#ofSupervisor(params, admission, (one, reaction) => this.#supervisions.rings(one, reaction)) ??
      this.#ofOutside(params, admission, (one, reaction) => this.#outside.rings(one, reaction)) ??
      this.#reported(params, admission, (leg) => {
        this.#legs.rang(leg, admission);
        return undefined;
      }),
    'leg.answered': (params, admission) =>
      this.#ofSupervisor(params, admission, (one, reaction) => this.#supervisions.isThere(one, reaction)) ??
      this.#ofOutside(params, admission, (one, reaction) => this.#outside.isThere(one, reaction)) ??
      this.#reported(params, admission, (leg) => this.#legs.isThere(leg, admission)),
    'leg.failed': (params, admission) =>
      this.#ofSupervisor(params, admission, (one, reaction) => this.#supervisions.isGone(one, reaction)) ??
      this.#ofOutside(params, admission, (one, reaction) => this.#outside.isGone(one, params.cause, reaction)) ??
      this.#reported(params, admission, (leg) => this.#legs.isGone(leg, params.cause, admission)),
    'leg.ended': (params, admission) =>
      this.#ofSupervisor(params, admission, (one, reaction) => this.#supervisions.isGone(one, reaction)) ??
      this.#ofOutside(params, admission, (one, reaction) =>
        this.#outside.isGone(one, params.cause ?? 'hungUp', reaction),
      ) ??
      this.#reported(params, admission, (leg) => this.#legs.isGone(leg, params.cause ?? 'hungUp', admission)),
    'leg.digits': (params, admission) =>
      this.#reported(params, admission, (leg) =>
        this.#surveys.has(leg.legId) ? this.#surveys.pressed(leg, params) : this.#digits.pressed(leg, params),
      ),
    'leg.recorded': (params, admission) => this.#voicemails.recorded(params, admission),
    'supervisor.listen': (params, admission) => this.#supervisions.want('listen', params, admission),
    'supervisor.whisper': (params, admission) => this.#supervisions.want('whisper', params, admission),
    'supervisor.barge': (params, admission) => this.#supervisions.want('barge', params, admission),
    'supervisor.stop': (params, admission) => this.#supervisions.stop(params, admission),
    'contact.recording': (params, admission) => this.#recordings.request(params, admission),
    'contact.digits': (params, admission) => this.#digits.send(params, admission),
    'contact.gather': (params, admission) =>
      this.#digits.gather(params, admission, (number, dueAt) =>
        admission.core.timerSet(MODULE, GATHER_TIMERS + number, dueAt),
      ),
    'contact.conference': (params, admission) => this.#consults.conference(params, admission),
    'line.switch': (params, admission) => this.#lineSwitching.request(params, admission),
    'contact.hold': (params, admission) => this.#hold(params, true, admission),
    'contact.resume': (params, admission) => this.#hold(params, false, admission),
  };
  readonly #config: ConfigPart<'switches'> = {
    member: 'switches',
    kind: 'switch',
    most: switchesPerTenantMax,
    tooMany: 'too_many_switches',
    idOf: ({ switchId }) => switchId,
    all: () => [...this.#switches.after(0)].map(({ switchId, graceMs, weight }) => ({ switchId, graceMs, weight })),
    isSo: ({ switchId, ...given }) => {
      const found = this.#switches.find(switchId);
      const { graceMs, weight } = { ...switchDefaults, ...given };
      return found?.graceMs === graceMs && found.weight === weight;
    },
    // It made itself known, or would again: what was set of it goes.
    insteadOf: ({ switchId }) => (this.#isInUse(switchId) ? { switchId, ...switchDefaults } : undefined),
    write: (given, admission) => {
      this.#write(given, admission);
    },
    remove: ({ switchId }, admission) => this.#switches.remove(this.#switches.find(switchId) as Switch, admission),
  };
  readonly shapes: Shapes = {
    config: [this.#config],
    contactCreate: (draft, admission) => {
      const refusal = this.#legOf(draft, admission);
      if (refusal === undefined) this.#recordings.created(draft, admission);
      return refusal;
    },
    dials: (channel) => this.#dials(channel),
    sentOutside: (call, admission) =>
      this.#outside.begin(call, admission, (number, dueAt) =>
        admission.core.timerSet(MODULE, OUTSIDE_TIMERS + number, dueAt),
      ),
    contactSwept: (contact, admission) => this.#announce(contact, admission),
    insteadOfWaiting: (what, leaving) => (what === 'voicemail' ? this.#voicemails.toBe(leaving) : undefined),
    isOfferable: (contact) => {
      const leg = this.#legs.customerOf(contact);
      return leg === undefined || this.#legs.isConnected(leg);
    },
    contactShown: (contact, shown) => {
      this.#holds.shown(contact, shown);
      this.#recordings.shown(contact, shown);
      this.#consults.shown(contact, shown);
    },
  };
  readonly erases = erasesLegs;
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    told: () => {},
    setMessageTimer: ({ number, dueAt }, { core, now }) =>
      core.timerSet(MODULE, MESSAGE_TIMERS + (number as number), Math.max(now, dueAt as number)),
    setSurveyTimer: ({ number, dueAt }, { core, now }) =>
      core.timerSet(MODULE, SURVEY_TIMERS + (number as number), Math.max(now, dueAt as number)),
    setMoveTimer: ({ number, dueAt }, { core, now }) =>
      core.timerSet(MODULE, MOVE_TIMERS + (number as number), Math.max(now, dueAt as number)),
    holdChanged: (params) => this.#holds.changed(params as unknown as ContactHandle),
    ownWay: (params, admission) => this.#moving.ownWay(params, admission),
    bringMessage: ({ number }, admission) =>
      this.#voicemails.bring(number as number, admission, (of, dueAt) =>
        admission.core.timerSet(MODULE, MESSAGE_TIMERS + of, dueAt),
      ),
    announce: (params, admission) => this.#announce(params as unknown as ContactHandle, admission),
    agentGone: (params, admission) => this.#legs.agentGone(params, admission),
    endContact: (params, admission) => this.#legs.endContact(params, admission),
    failOffer: (params, admission) => this.#legs.failOffer(params, admission),
    called: (params, admission) => this.#legs.calls.called(params, admission),
    callInside: (params, admission) => this.#sending.callInside(params as unknown as ContactHandle, admission),
    outsideJoined: ({ legId }, admission) => this.#outside.joined(legId as string, admission),
    outsideFailed: ({ why = layout.ENDED_NOT_REACHED, ...contact }, admission) =>
      this.#outside.failed(contact as unknown as ContactHandle, why as number, admission),
    setSweep: (_, { core, now }) => {
      const due = this.#legs.sweepDue();
      if (due !== undefined) core.timerSet(MODULE, SWEEP_TIMER, Math.max(due, now));
    },
    startGrace: ({ number }, { core, now }) => {
      const gone = this.#switches.at(number as number);
      if (gone !== undefined) core.timerSet(MODULE, timerOf(gone, GRACE_TIMER), now + gone.graceMs);
    },
    withhold: ({ number }, admission) => this.#withhold(number as number, admission),
    offerAgain: ({ slot, number }, { core }) => {
      const contact = this.#routing.contactByHandle(slot as number, number as number);
      if (contact === undefined || contact.isChoosing || contact.flow !== undefined) return;
      if (contact.withheld && this.#book.ofContact(contact.slot)?.customer === undefined)
        core.contactWithhold(contact, false);
    },
    consultNotJoined: (params, admission) => this.#brokering.notJoined(params as unknown as ContactHandle, admission),
    switchLost: ({ number }, admission) => this.#lost(number as number, admission),
    unreported: ({ number }, admission) => this.#unreported(number as number, admission),
  };
  readonly #switches = new SwitchBook();
  readonly #book = new LegBook();
  readonly #requests = new LegRequests();
  /** For the other modules. */
  readonly holds: HoldsView;
  readonly calls: CallsView;
  readonly #holds: Holds;
  readonly recordings: RecordingsView;
  readonly #recordings: Recordings;
  readonly #digits: Digits;
  readonly #announcements: Announcements;
  readonly #lineSwitching: LineSwitching;
  readonly #outside: OutsideCalls;
  readonly #voicemails: Voicemails;
  readonly #surveys: Surveys;
  readonly #supervisions: Supervisions;
  readonly #legs: Legs;
  readonly #consults: ConsultLegs;
  /** For whoever says which calls are the same. */
  readonly moves: MovesCalls;
  readonly #moving: Moving;
  readonly #brokering: Brokering;
  readonly #reports: SwitchReports;
  readonly #routing: RoutingView;
  readonly #sending: SendsContacts;

  constructor(
    routing: RoutingView,
    sending: SendsContacts,
    onCall: OnCall,
    countMessage: CountMessage,
    surveying: Surveying,
  ) {
    this.#routing = routing;
    this.#sending = sending;
    this.#holds = new Holds(routing);
    this.holds = this.#holds;
    this.#legs = new Legs({
      book: this.#book,
      requests: this.#requests,
      switches: this.#switches,
      holds: this.#holds,
      routing,
      onCall,
      sending,
    });
    this.#brokering = new Brokering({
      book: this.#book,
      holds: this.#holds,
      routing,
      legs: this.#legs,
      sending,
      isConference: (consultation) => this.#consults.isConference(consultation),
      noConference: (...of) => this.#consults.isNone(...of),
      changed: (...answered) => this.#lineSwitching.answered(...answered),
    });
    this.#consults = new ConsultLegs({
      book: this.#book,
      holds: this.#holds,
      routing,
      legs: this.#legs,
      brokering: this.#brokering,
      sending,
      overrules: (...said) => this.#lineSwitching.overruled(...said),
    });
    this.#legs.consults = this.#consults;
    this.#recordings = new Recordings(routing, this.#legs);
    this.recordings = this.#recordings;
    this.#digits = new Digits(routing, this.#legs);
    this.#announcements = new Announcements(routing, this.#legs, (contact) => this.#digits.areCollected(contact));
    this.#lineSwitching = new LineSwitching(routing, this.#holds, this.#brokering);
    this.#moving = new Moving({
      routing,
      book: this.#book,
      switches: this.#switches,
      holds: this.#holds,
      legs: this.#legs,
      brokering: this.#brokering,
      consults: this.#consults,
      sending,
      comes: ({ contactId, owner }, legId, admission) =>
        this.#legComes(legId, owner.sub, { contactId, slot: APART, contactNumber: 0 }, admission),
    });
    this.moves = this.#moving;
    this.#legs.moving = this.#moving;
    this.#brokering.moving = this.#moving;
    this.#legs.joinedAnew = (contact, reaction) => {
      this.#recordings.follow(contact, reaction);
      this.#supervisions.follow(contact, reaction);
    };
    this.#legs.media = {
      'leg.hold': (_, contact, __, reaction) => this.#lineSwitching.answered(contact, reaction),
      'leg.resume': (_, contact, __, reaction) => this.#lineSwitching.answered(contact, reaction),
      'leg.recording': (...answered) => this.#recordings.answered(...answered),
      'leg.gather': (_, ...answered) => this.#digits.answered(...answered),
    };
    this.calls = this.#legs.calls;
    this.#supervisions = new Supervisions({
      routing,
      book: this.#book,
      requests: this.#requests,
      switches: this.#switches,
      asks: (reaction) => this.#legs.asked(reaction),
    });
    this.#outside = new OutsideCalls({
      routing,
      book: this.#book,
      requests: this.#requests,
      switches: this.#switches,
      legs: this.#legs,
      sending,
    });
    this.#brokering.outside = this.#outside;
    this.#outside.held = (...how) => this.#brokering.outsideHeld(...how);
    this.#voicemails = new Voicemails({
      routing,
      book: this.#book,
      requests: this.#requests,
      switches: this.#switches,
      legs: this.#legs,
      count: countMessage,
    });
    this.#legs.messages = this.#voicemails;
    this.#surveys = new Surveys(routing, this.#book, this.#legs, surveying);
    this.#legs.surveys = this.#surveys;
    this.#legs.others = {
      has: (legId) => (this.#supervisions.find(legId) ?? this.#outside.find(legId)) !== undefined,
      answered: (request, isDone, reaction) => {
        const supervision = this.#supervisions.find(request.legId);
        if (supervision !== undefined) return this.#supervisions.answered(request, supervision, isDone, reaction);
        const outside = this.#outside.find(request.legId);
        if (outside !== undefined) this.#outside.answered(request, outside, isDone, reaction);
      },
      customerGone: (legId, reaction) => {
        this.#voicemails.customerGone(legId, reaction);
        this.#surveys.customerGone(legId, reaction);
        if (reaction === undefined) this.#outside.customerGone(legId);
        else this.#outside.customerLeft(legId, reaction);
      },
    };
    this.#reports = new SwitchReports({
      book: this.#book,
      legs: this.#legs,
      supervisions: this.#supervisions,
      outside: this.#outside,
      brokering: this.#brokering,
      messages: this.#voicemails,
      routing,
    });
  }

  load({ tables }: LoadContext): void {
    this.#switches.load(tables);
    this.#book.load(
      tables,
      (slot, number) => this.#routing.contactByHandle(slot, number) !== undefined,
      this.#routing.calls(),
    );
    this.#requests.load(tables);
    this.#holds.load(tables);
    this.#consults.load(tables);
    this.#recordings.load(tables);
    this.#digits.load(tables);
    this.#announcements.load(tables);
    this.#lineSwitching.load(tables);
    this.#supervisions.load(tables);
    this.#outside.load(tables);
    this.#voicemails.load(tables);
    this.#surveys.load(tables);
    this.#moving.load(tables);
    this.#legs.loaded();
  }

  react(effect: Effect, reaction: Reaction): void {
    if (effect.contact === layout.NONE) return;
    const isOver = effect.kind === layout.EFFECT_ENDED || effect.kind === layout.EFFECT_PARTED;
    if (isOver) this.#lineSwitching.left(effect);
    const mayBegin = effect.kind === layout.EFFECT_OFFERED || effect.kind === layout.EFFECT_DIALLED;
    if (!this.#book.isEmpty || mayBegin) this.#legs.react(effect, reaction);
    this.#consults.react(effect, reaction);
    // Where a consultation is over it counts whether it was on hold.
    if (isOver) this.#holds.ended(effect, reaction.tables);
    this.#outside.react(effect, reaction);
    this.#moving.react(effect, reaction);
    this.#mediaReact(effect, reaction);
  }

  settle(reaction: Reaction): void {
    this.#lineSwitching.settle(reaction);
    this.#announcements.settle(reaction);
    this.#outside.settle(reaction);
    this.#voicemails.settle(reaction);
    this.#surveys.settle(reaction);
    this.#legs.calls.settle(reaction);
    this.#moving.settle(reaction);
  }

  #mediaReact(effect: Effect, reaction: Reaction): void {
    switch (effect.kind) {
      case layout.EFFECT_CONNECTED:
      case layout.EFFECT_HANDED_OVER:
        this.#supervisions.connected(effect, reaction);
        return this.#recordings.connected(effect, reaction);
      case layout.EFFECT_ENDED:
        this.#voicemails.ended(effect, reaction);
        this.#digits.ended(effect, reaction);
        this.#supervisions.ended(effect, reaction);
        return this.#recordings.ended(effect, this.#isSurveyed(effect), reaction);
      case layout.EFFECT_QUEUED:
        return this.#announcements.queued(effect, reaction);
      case layout.EFFECT_PLACE:
        return this.#announcements.placeIs(effect);
      case layout.EFFECT_RELEASED:
        this.#announcements.released(effect, reaction);
        return this.#recordings.released(effect, reaction);
    }
  }

  timerFired(key: number, reaction: Reaction): void {
    if (key >= SURVEY_TIMERS) return this.#surveys.timeOver(key - SURVEY_TIMERS, reaction);
    if (key >= MESSAGE_TIMERS) return this.#voicemails.timeOver(key - MESSAGE_TIMERS, reaction);
    if (key >= ANNOUNCE_TIMERS) return this.#announcements.lookAt(key - ANNOUNCE_TIMERS, reaction);
    if (key >= OUTSIDE_TIMERS) return this.#outside.timeOver(key - OUTSIDE_TIMERS, reaction);
    if (key >= MOVE_TIMERS) return this.#moving.timeOver(key - MOVE_TIMERS, reaction);
    if (key >= GATHER_TIMERS) return this.#digits.timeOver(key - GATHER_TIMERS, reaction);
    if (key === SWEEP_TIMER) return this.#legs.sweep(reaction);
    const number = Math.floor(key / 4);
    const what = key % 4;
    const one = this.#switches.at(number);
    if (one === undefined) return;
    if (what === UNREPORTED_TIMER) reaction.followUp('unreported', { number });
    else if (what === WITHHOLD_TIMER) reaction.followUp('withhold', { number });
    // A grace time that a restart has begun anew is not over yet; what was begun before it fires all the same.
    else if (isLost(one, reaction.now)) reaction.followUp('switchLost', { number });
  }

  /** Its customer's leg stays. */
  #isSurveyed({ contact, number }: Effect): boolean {
    const customer = this.#book.ofContact(contact)?.customer;
    return customer !== undefined && customer.contactNumber >>> 0 === number >>> 0 && this.#surveys.has(customer.legId);
  }

  #announce(contact: ContactHandle, admission: Admission): void {
    this.#announcements.announce(contact, admission, (number, dueAt) =>
      admission.core.timerSet(MODULE, ANNOUNCE_TIMERS + number, dueAt),
    );
  }

  answered(reference: string, answer: ClientAnswer, admission: Admission): Afterwards {
    const afterwards = Digits.answered(reference, answer) ?? this.#legs.answered(reference, answer, admission);
    if (this.#moving.isEmpty) return afterwards;
    return (reaction) => {
      afterwards?.(reaction);
      this.#moving.settle(reaction);
    };
  }

  state(caller: Caller, _tables: TableReader, now: number): Readonly<Record<string, unknown>> {
    if (caller.role === 'supervisor') return { supervised: this.#supervisions.shownTo(caller.sub) };
    if (caller.role !== 'switch') return {};
    const known = this.#switches.find(caller.sub);
    const supervised = [...this.#supervisions.at(caller.sub)].map((one) => {
      return { legId: one.legId, state: stateOfSupervisor(one), contactId: one.contactId };
    });
    const outside = [...this.#outside.at(caller.sub)].map(outsideViewOf);
    const legs = [...this.#book.inOrder(caller.sub).map(legViewOf), ...supervised, ...outside].slice(0, statePageMax);
    return { ...(known && { switch: this.#viewOf(known, now) }), legs };
  }

  // ── Coming and going ──────────────────────────────────────────────────────────────────────────────────────────
  presenceChanged({ sub }: Caller, connected: boolean, admission: Admission): Afterwards {
    const { core, now } = admission;
    const before = this.#switches.find(sub);
    if (before === undefined && this.#switches.isFull) return undefined;
    // Another session of the same switch is no news, but the one that was asked before may be gone.
    const since = before?.connected === connected ? before.since : now;
    const known = this.#switches.set(sub, { connected, since, ...(connected && { openedAt: now }) }, admission);
    this.#withhold(known.number, admission);
    if (!connected) {
      if (before?.connected) core.timerSet(MODULE, timerOf(known, GRACE_TIMER), now + known.graceMs);
      return (reaction) => this.#withholdOnceMore(known.number, reaction);
    }
    core.timerCancel(MODULE, timerOf(known, GRACE_TIMER));
    return (reaction) => {
      this.#withholdOnceMore(known.number, reaction);
      this.#legs.askAgain(sub, reaction);
      this.#recordings.switchIsBack(this.#contactsAt(sub), reaction);
    };
  }

  *#contactsAt(switchId: string): Generator<ContactView, void, void> {
    for (const leg of this.#book.ofSwitch(switchId)) {
      // One that was rung for an agent who has gone is the customer's no more.
      const of = this.#book.servedBy(leg);
      const contact = of && this.#routing.contactByHandle(of.slot, of.number);
      if (contact !== undefined) yield contact;
    }
  }

  /** Nobody is connected after a start, and the time in which no router ran does not count. */
  resumed(reaction: Reaction): void {
    for (const one of this.#switches.after(0)) {
      this.#switches.put({ ...one, connected: false, since: reaction.now }, reaction.tables);
      reaction.followUp('startGrace', { number: one.number });
      reaction.followUp('withhold', { number: one.number });
    }
  }

  #lost(number: number, admission: Admission): void {
    const gone = this.#switches.at(number);
    if (gone === undefined || !isLost(gone, admission.now)) return;
    let left = contactsLostPerTickMax;
    const ended = new Set<number>();
    for (const { slot, contactNumber, of } of this.#book.ofSwitch(gone.switchId)) {
      const contact = this.#routing.contactByHandle(slot, contactNumber);
      if (contact === undefined || ended.has(contactNumber)) continue;
      // Of what an agent dials its own telephone is there first, and alone.
      const isBeingDialled = contact.isDialled && contact.calls !== undefined;
      // Of a call between two agents there are no other legs.
      if (of !== undefined && !isBeingDialled && !contact.isInternal) continue;
      if (left-- === 0) return admission.core.timerSet(MODULE, timerOf(gone, LOST_TIMER), admission.now);
      ended.add(contactNumber);
      this.#legs.endContact({ slot, number: contactNumber, why: 'switchLost' }, admission);
    }
    this.#outside.switchLost(gone.switchId, admission);
    this.#voicemails.switchLost(gone.switchId, admission);
    this.#surveys.switchLost(gone.switchId, admission);
    this.#moving.switchLost(gone.switchId, admission);
  }

  /** Nobody can be rung at a switch that is gone, so its contacts are not offered meanwhile; those served first come back first. */
  #withhold(number: number, { core, now }: Admission): void {
    const one = this.#switches.at(number);
    if (one === undefined) return;
    const changes: ContactView[] = [];
    for (const contact of this.#contactsAt(one.switchId))
      if (isSwitchesToWithhold(contact) && contact.withheld === one.connected) changes.push(contact);
    changes.sort((a, b) => b.priority - a.priority || a.arrivedAt - b.arrivedAt || a.number - b.number);
    for (const contact of changes.slice(0, contactsWithheldPerTickMax)) core.contactWithhold(contact, !one.connected);
    if (changes.length > contactsWithheldPerTickMax) core.timerSet(MODULE, timerOf(one, WITHHOLD_TIMER), now);
  }

  /**
   * What a tick did to its contacts is known only behind it: one that went and came back in the same tick, or was back in the
   * tick in which a start of the router had them withheld, would leave them as the first of the two had it.
   */
  #withholdOnceMore(number: number, reaction: Reaction): void {
    const one = this.#switches.at(number);
    if (one === undefined) return;
    for (const contact of this.#contactsAt(one.switchId))
      if (isSwitchesToWithhold(contact) && contact.withheld === one.connected)
        return reaction.followUp('withhold', { number });
  }

  #unreported(number: number, admission: Admission): void {
    const back = this.#switches.at(number);
    if (back === undefined || !this.#reports.dropUnreported(back, contactsLostPerTickMax, admission)) return;
    admission.core.timerSet(MODULE, timerOf(back, UNREPORTED_TIMER), admission.now);
  }

  // ── Legs that come with contacts, and reports ─────────────────────────────────────────────────────────────────
  #legOf(draft: ContactDraft, admission: Admission): Refusal | undefined {
    const callback = draft.extra.callback as CallbackShown | undefined;
    if (callback !== undefined) return this.#calledBack(draft, callback, admission);
    if (draft.calledBy !== undefined) return this.#calledInside(draft, draft.calledBy, admission);
    if (draft.about !== undefined) {
      // The leg of whoever asks, and that of whoever is asked.
      const contact = this.#routing.contactByNumber(draft.about.of);
      draft.withLegs = contact !== undefined && this.#legs.customerOf(contact) !== undefined;
      return undefined;
    }
    const ownWay = draft.extra.ownWay as OwnWay | undefined;
    if (ownWay !== undefined) return this.#onItsOwnWay(draft, ownWay, admission);
    const legId = draft.params.legId as string | undefined;
    if (legId === undefined || draft.isDialled) return undefined;
    const refusedBefore = this.#voicemails.refusedBefore(draft, admission.caller?.sub);
    if (refusedBefore !== undefined) return refusedBefore;
    const { contactId, slot, number: contactNumber } = draft;
    const { sub } = admission.caller as Caller;
    const leg = this.#legComes(legId, sub, { contactId, slot, contactNumber }, admission);
    if ('refusal' in leg) return leg;
    draft.withLegs = true;
    return undefined;
  }

  /** The leg of the agent who calls is there, and is to be its customer's. */
  #calledInside(
    draft: ContactDraft,
    { of, withLegs }: NonNullable<ContactDraft['calledBy']>,
    { onUndo }: Admission,
  ): undefined {
    const caller = this.#routing.contactByNumber(of);
    draft.withLegs = withLegs;
    if (withLegs && caller !== undefined) onUndo(this.#book.pair(caller, { slot: draft.slot, number: draft.number }));
    return undefined;
  }

  /** With a contact. */
  #legComes(
    legId: string,
    switchId: string,
    of: Pick<LegRow, 'contactId' | 'slot' | 'contactNumber'>,
    admission: Admission,
  ): Leg | Refusal {
    if (legId.startsWith(routerLegPrefix) || this.#book.find(legId) !== undefined)
      return refuse('leg_id_taken', { legId });
    const before = this.#switches.find(switchId);
    if (before?.connected !== true) {
      if (before === undefined && this.#switches.isFull) return refuse('too_many_switches');
      // It speaks without a session, or before the news of its session: it has its grace time, from now on, to be there.
      const known = this.#switches.set(switchId, { since: admission.now }, admission);
      admission.core.timerSet(MODULE, timerOf(known, GRACE_TIMER), admission.now + known.graceMs);
    }
    const made: Omit<LegRow, 'number'> = {
      legId,
      switchId,
      ...of,
      state: 'answered',
      knownAt: admission.now,
    };
    const leg = this.#book.make(made, admission.tables);
    admission.onUndo(() => this.#book.takeBack(leg));
    return leg;
  }

  /** It was to be another call, which is over: its leg is there. */
  #onItsOwnWay(draft: ContactDraft, { legId }: OwnWay, { tables, onUndo }: Admission): Refusal | undefined {
    delete draft.extra.ownWay;
    if (legId === undefined) return undefined;
    const leg = this.#book.find(legId);
    if (leg === undefined || leg.releasing) return refuse('leg_not_found', { legId });
    const { contactId, slot, number: contactNumber } = draft;
    const before = { contactId: leg.contactId, slot: leg.slot, contactNumber: leg.contactNumber };
    this.#book.give(leg, { contactId, slot, contactNumber }, tables);
    onUndo(() => {
      this.#book.detach(leg);
      Object.assign(leg, before);
    });
    draft.withLegs = true;
    return undefined;
  }

  /** Where the tenant has switches that make calls, one of them does, on the channels of telephones. */
  #dials(channel: string): 'switch' | 'agent' | Refusal {
    const { anyMakesCalls, canCall } = this.#legs.calls;
    if (!anyMakesCalls || (channel !== 'voice' && channel !== 'video')) return 'agent';
    return canCall ? 'switch' : refuse('switch_not_connected');
  }

  /** Its customer was rung by us and is there, or is rung when an agent has taken it. */
  #calledBack(draft: ContactDraft, { dials }: CallbackShown, { tables, onUndo }: Admission): Refusal | undefined {
    draft.withLegs = dials === 'switch';
    const legId = draft.extra.callbackLeg as string | undefined;
    if (legId === undefined) return undefined;
    delete draft.extra.callbackLeg;
    const leg = this.#book.find(legId);
    if (leg === undefined || leg.releasing) return refuse('leg_not_found', { legId });
    const { contactId, slot, number: contactNumber } = draft;
    const before = { contactId: leg.contactId, slot: leg.slot, contactNumber: leg.contactNumber };
    this.#book.give(leg, { contactId, slot, contactNumber }, tables);
    onUndo(() => {
      this.#book.detach(leg);
      Object.assign(leg, before);
    });
    return undefined;
  }

  #reported({ legId }: { readonly legId: string }, admission: Admission, take: (leg: Leg) => Afterwards): Admitted {
    const leg = this.#book.find(legId);
    if (leg === undefined || leg.switchId !== admission.caller?.sub) return refuse('leg_not_found', { legId });
    const afterwards = take(leg);
    return {
      pending: (reaction) => {
        afterwards?.(reaction);
        const isKnown = this.#book.find(legId) === leg;
        return { result: isKnown ? legViewOf(leg) : { legId, state: 'ended', contactId: leg.contactId } };
      },
    };
  }

  /** Undefined where it is not a supervisor's leg. */
  #ofSupervisor(
    { legId }: { readonly legId: string },
    { caller }: Admission,
    take: (one: Supervision, reaction: Reaction) => void,
  ): Admitted | undefined {
    const one = this.#supervisions.find(legId);
    if (one === undefined || one.switchId !== caller?.sub) return undefined;
    return {
      pending: (reaction) => {
        if (this.#supervisions.find(legId) === one) take(one, reaction);
        const state = this.#supervisions.find(legId) === one ? stateOfSupervisor(one) : 'ended';
        return { result: { legId, state, contactId: one.contactId } };
      },
    };
  }

  /** Undefined where it is not of a number outside. */
  #ofOutside(
    { legId }: { readonly legId: string },
    { caller }: Admission,
    take: (one: OutsideLeg, reaction: Reaction) => void,
  ): Admitted | undefined {
    const one = this.#outside.find(legId);
    if (one === undefined || one.switchId !== caller?.sub) return undefined;
    return {
      pending: (reaction) => {
        if (this.#outside.find(legId) === one) take(one, reaction);
        const state = this.#outside.find(legId) === one ? outsideViewOf(one).state : 'ended';
        return { result: { legId, state, contactId: one.contactId } };
      },
    };
  }

  #own({ caller }: Admission): Switch | undefined {
    return this.#switches.find(caller?.sub ?? '');
  }

  // ── Hold ──────────────────────────────────────────────────────────────────────────────────────────────────────
  #hold(params: Params<'contact.hold'>, on: boolean, { caller }: Admission): Admitted {
    const contact = contactFor(caller, params.contactId, this.#routing, 'asked about');
    if (contact === undefined) return refuse('contact_not_found');
    // Who is asked does not hold who asks.
    if (contact.about !== undefined && caller?.role === 'agent' && caller.sub !== contact.about.agentId)
      return refuse('contact_is_consultation');
    const refused = this.#brokering.mayBeHeld(contact);
    if (refused !== undefined) return refused;
    return {
      pending: (reaction) => {
        // It may have ended, or somebody been asked about it, in the same tick.
        const now = this.#routing.contactByHandle(contact.slot, contact.number);
        const refusedNow = now === undefined ? refuse('contact_not_connected') : this.#brokering.mayBeHeld(now);
        if (now === undefined || refusedNow !== undefined) return refusedNow ?? refuse('contact_not_connected');
        this.#lineSwitching.overruled(now, reaction);
        this.#brokering.hold(now, on, reaction);
        return { result: this.#routing.briefOf(now, reaction.now) };
      },
    };
  }

  // ── Settings ──────────────────────────────────────────────────────────────────────────────────────────────────
  #set(params: Params<'switch.set'>, admission: Admission): Admitted {
    if (this.#switches.find(params.switchId) === undefined && this.#switches.isFull) return refuse('too_many_switches');
    return { result: this.#viewOf(this.#write(params, admission), admission.now) };
  }

  /** What has been checked. */
  #write({ switchId, ...given }: ConfigGiven<'switches'>, admission: Admission): Switch {
    const { graceMs, weight } = { ...switchDefaults, ...given };
    const before = this.#switches.find(switchId);
    const { now, core } = admission;
    const set = this.#switches.set(switchId, { graceMs, weight }, admission);
    // The time that is running is the new one from now on.
    if (!set.connected && before !== undefined)
      core.timerSet(MODULE, timerOf(set, GRACE_TIMER), Math.max(now, set.since + graceMs));
    return set;
  }

  #get({ switchId }: Params<'switch.get'>, { caller, now }: Admission): Admitted {
    const found = this.#switches.find(switchId);
    const may = caller?.role !== 'switch' || caller.sub === switchId;
    return found === undefined || !may ? refuse('switch_not_found') : { result: this.#viewOf(found, now) };
  }

  #list(params: Params<'switch.list'>, now: number): Admitted {
    const { items, cursor } = pageOf(
      params,
      (number) => this.#switches.after(number),
      ({ number }) => number,
    );
    return { result: { switches: items.map((one) => this.#viewOf(one, now)), ...cursor } };
  }

  #remove({ switchId }: Params<'switch.remove'>, admission: Admission): Admitted {
    const found = this.#switches.find(switchId);
    if (found === undefined) return refuse('switch_not_found');
    if (this.#isInUse(switchId)) return refuse('switch_in_use');
    this.#switches.remove(found, admission);
    return { result: { switchId } };
  }

  #isInUse(switchId: string): boolean {
    return this.#switches.find(switchId)?.connected === true || this.#legsAt(switchId) > 0;
  }

  #legsAt(switchId: string): number {
    const others = [...this.#supervisions.at(switchId), ...this.#outside.at(switchId)];
    return this.#book.ofSwitch(switchId).size + others.length;
  }

  #drain({ switchId, on }: Params<'switch.drain'>, admission: Admission): Admitted {
    const found = this.#switches.find(switchId ?? admission.caller?.sub ?? '');
    if (found === undefined) return refuse('switch_not_found');
    return { result: this.#viewOf(this.#switches.set(found.switchId, { draining: on }, admission), admission.now) };
  }

  #viewOf(one: Switch, now: number) {
    const { switchId, graceMs, weight, connected, since, draining } = one;
    const legs = this.#legsAt(switchId);
    return { switchId, graceMs, weight, connected, since, draining, legs, lost: isLost(one, now) };
  }
}

/** Others keep it from agents for as long as they have it. */
function isSwitchesToWithhold({ state, isOutside, isChoosing, flow }: ContactView): boolean {
  return state !== 'wrapUp' && !isOutside && !isChoosing && flow === undefined;
}

function timerOf({ number }: Switch, what: number): number {
  return number * 4 + what;
}

/** Taking part is being connected. */
function stateOfSupervisor({ state }: Supervision) {
  return state === 'on' ? ('connected' as const) : state;
}

function legViewOf({ legId, state, contactId }: Leg) {
  return { legId, state, contactId };
}

function outsideViewOf({ legId, state, contactId }: OutsideLeg) {
  return { legId, state: state === 'on' || state === 'joined' ? ('connected' as const) : state, contactId };
}
