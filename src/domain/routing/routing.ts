// The ACD's module: queues, agents, contacts and offers over the core. Which file does what:
//
//   tables, names, queues, agents, profiles, contacts, contact-book   memory and rows
//   *-handlers, contact-create, sending, consulting, parking          requests → refusal, result or commands
//   reactions, queue-day, queue-statistics, watches                   effects → rows and notifications
//   contact-view, session-state, routing-view                         what callers and other modules are shown

import type { ContactHandle } from '../../engine/command-encoder.ts';
import { type Effect, effectsOfContactsAndAgents } from '../../engine/effects.ts';
import type { Caller } from '../../engine/egress.ts';
import { contactRetentionMs, contactsEndedMax } from '../../limits.ts';
import type {
  Admission,
  Admitted,
  DomainModule,
  FollowUpHandler,
  Handler,
  LinesView,
  LoadContext,
  Reaction,
  RoutingView,
  SendsContacts,
  Shapes,
  TableReader,
} from '../module.ts';
import type { OnNoted } from '../timeline/notes.ts';
import * as agents from './agent-handlers.ts';
import { calendarOf, contactOfAge, contactOfReturn, MODULE } from './ages.ts';
import * as calls from './calling-inside.ts';
import { choiceOver } from './choosing.ts';
import * as config from './config-handlers.ts';
import * as consulting from './consulting.ts';
import type { Retention } from './contact-book.ts';
import { createContact } from './contact-create.ts';
import * as contacts from './contact-handlers.ts';
import { dial, dialledInVain } from './dialling.ts';
import * as entries from './entry-handlers.ts';
import { erasesContacts } from './erasing.ts';
import { arrived, leaveIfDue, type Sweep, sweepQueue } from './exits.ts';
import { fromFlow, type Overflowing, overflows, settleFlows } from './flow-exits.ts';
import * as moving from './moving-calls.ts';
import * as offers from './offer-handlers.ts';
import * as openings from './opening-handlers.ts';
import * as parking from './parking.ts';
import { PLACES_TIMER } from './places.ts';
import * as queues from './queue-handlers.ts';
import { tellStatistics } from './queue-statistics.ts';
import { react } from './reactions.ts';
import { RoutingState } from './routing-state.ts';
import { viewOfRouting } from './routing-view.ts';
import * as sending from './sending.ts';
import { backFromOutside, offerAgain, outsideIs, settleOutside } from './sending-outside.ts';
import { sessionState } from './session-state.ts';
import { watch } from './supervisor-handlers.ts';
import { routingTables } from './tables.ts';
import { getTenant, setTenant } from './tenant-handlers.ts';

/** One of the module's timers: when the oldest ended contact is to be forgotten. The others are contacts' and calendars' (ages.ts). */
const RETENTION_TIMER = 1;

export class Routing implements DomainModule {
  readonly name = 'routing';
  readonly number = MODULE;
  readonly reactsTo = effectsOfContactsAndAgents;
  readonly tables = routingTables;
  readonly methods: Readonly<Record<string, Handler>>;
  readonly followUps: Readonly<Record<string, FollowUpHandler>>;
  /** For the other modules; good for as long as the module is. */
  readonly view: RoutingView = viewOfRouting(() => this.#loaded());
  /** For those that find out that a contact has lost its agent. */
  readonly sending: SendsContacts = {
    toQueue: (contact, why, restMs, admission) => sending.sendToQueue(this.#loaded(), contact, why, restMs, admission),
    notJoined: (contact, restMs, admission) => sending.sendNotJoined(this.#loaded(), contact, restMs, admission),
    isJoined: (contact, reaction) => sending.isJoined(this.#loaded(), contact, reaction),
    toConsulted: (contact, admission) => consulting.goesToConsulted(this.#loaded(), contact, admission),
    endConsultation: (contact, why, admission) =>
      consulting.endsAsConsultation(this.#loaded(), contact, why, admission),
    moved: (contact, name, legs, reaction) => moving.moved(this.#loaded(), contact, name, legs, reaction, this.#note),
    notMoved: (contact, name, why, reaction) => moving.notMoved(this.#loaded(), contact, name, why, reaction),
    takeName: (contact, name, reaction) => moving.takeName(this.#loaded(), contact, name, reaction),
    fromFlow: (contact, to, admission) => fromFlow(this.#loaded(), contact, to, admission),
    backFromOutside: (contact, admission) => backFromOutside(this.#loaded(), contact, admission),
    callInside: (contact, admission) => calls.callInside(this.#loaded(), contact, admission),
    endCall: (contact, why, admission) => calls.endCall(this.#loaded(), contact, why, admission),
    dialledInVain: (contact, cause, reaction) => dialledInVain(this.#loaded(), contact, cause, reaction),
    outsideIs: (contact, how, reaction) => outsideIs(this.#loaded(), contact, how, reaction),
  };
  readonly erases = erasesContacts(() => this.#loaded());
  readonly #lines: LinesView;
  readonly #retention: Retention;
  readonly #note: OnNoted;
  #shapes: readonly Shapes[] = [];
  #state: RoutingState | undefined;

  /** `note`: what took place of a customer and is kept nowhere else. */
  constructor(lines: LinesView, retention: Partial<Retention>, note: OnNoted) {
    this.#lines = lines;
    this.#note = note;
    this.#retention = { contactRetentionMs, contactsEndedMax, ...retention };
    this.methods = this.#methods();
    this.followUps = {
      setRetentionTimer: (_, { core, now }) => {
        const due = this.#loaded().contacts.retentionDue();
        if (due !== undefined) core.timerSet(MODULE, RETENTION_TIMER, Math.max(due, now));
      },
      leave: (params, admission) => leaveIfDue(this.#loaded(), params as unknown as ContactHandle, admission),
      sendBack: (params, admission) => sending.sendBack(this.#loaded(), params as unknown as ContactHandle, admission),
      consultationOver: (params, admission) =>
        consulting.consultationOver(this.#loaded(), params as unknown as ContactHandle, admission),
      consultTimeOver: (params, admission) =>
        consulting.consultTimeOver(this.#loaded(), params as unknown as ContactHandle, admission),
      callInside: (params, admission) =>
        calls.callInside(this.#loaded(), params as unknown as ContactHandle, admission),
      callTaken: (params, admission) => calls.callTaken(this.#loaded(), params as unknown as ContactHandle, admission),
      callOver: (params, admission) => calls.callOver(this.#loaded(), params as unknown as ContactHandle, admission),
      callTimeOver: (params, admission) =>
        calls.callTimeOver(this.#loaded(), params as unknown as ContactHandle, admission),
      comeBack: (params, admission) => parking.comeBack(this.#loaded(), params as unknown as ContactHandle, admission),
      takeUp: (params, admission) => parking.takeUp(this.#loaded(), params as unknown as parking.TakenUp, admission),
      overflows: (params, admission) => overflows(this.#loaded(), params as unknown as Overflowing, admission),
      offerAgain: (params, admission) => offerAgain(this.#loaded(), params as unknown as ContactHandle, admission),
      arrived: (params, admission) => arrived(this.#loaded(), params as unknown as ContactHandle, admission),
      sweepQueue: (params, admission) => sweepQueue(this.#loaded(), params as unknown as Sweep, admission),
      setPlacesTimer: (_, admission) => this.#loaded().places.setTimer(admission),
      calendarDue: ({ number }, admission) => openings.calendarDue(this.#loaded(), number as number, admission),
      dropProfiles: (_, { core, tables }) => this.#loaded().profiles.drop(core, tables),
    };
  }

  /** What the other modules add to contact.create and agent.remove; told before the first load. */
  shapedBy(modules: readonly DomainModule[]): void {
    this.#shapes = modules.flatMap(({ shapes }) => (shapes === undefined ? [] : [shapes]));
  }

  load(context: LoadContext): void {
    this.#state = new RoutingState(context, this.#lines, this.#shapes, this.#retention);
  }

  react(effect: Effect, reaction: Reaction): void {
    react(this.#loaded(), effect, reaction);
  }

  settle(reaction: Reaction): void {
    settleOutside(this.#loaded(), reaction);
    settleFlows(this.#loaded(), reaction);
    this.#loaded().settle(reaction);
  }

  resumed(reaction: Reaction): void {
    this.#loaded().contacts.resumed(reaction);
  }

  timerFired(key: number, reaction: Reaction): void {
    if (key === RETENTION_TIMER) return this.#loaded().contacts.forgetOld(reaction);
    if (key === PLACES_TIMER) return this.#loaded().places.forgetOld(reaction);
    const away = contactOfReturn(key);
    if (away !== undefined) return this.#toBeBack(away, reaction);
    const calendar = calendarOf(key);
    if (calendar !== undefined) return reaction.followUp('calendarDue', { number: calendar });
    const number = contactOfAge(key);
    if (number === undefined) throw new Error(`routing set no timer ${key}`);
    const contact = this.#loaded().contacts.byNumber(number);
    if (contact?.isWaiting) reaction.followUp('leave', { slot: contact.slot, number });
  }

  #toBeBack(number: number, reaction: Reaction): void {
    const contact = this.#loaded().contacts.byNumber(number);
    if (contact?.about !== undefined) reaction.followUp('consultTimeOver', { slot: contact.slot, number });
    else if (contact?.parked !== undefined) reaction.followUp('comeBack', { slot: contact.slot, number });
    else if (contact?.choosing !== undefined) choiceOver(contact, reaction);
    else if (contact?.sent !== undefined) reaction.followUp('sendBack', { slot: contact.slot, number });
    else if (contact?.calledBy !== undefined) reaction.followUp('callTimeOver', { slot: contact.slot, number });
  }

  woken(reaction: Pick<Reaction, 'now' | 'notify' | 'wakeAt'>): void {
    tellStatistics(this.#loaded(), reaction);
  }

  state(caller: Caller, _tables: TableReader, now: number): Readonly<Record<string, unknown>> {
    return sessionState(this.#loaded(), caller, now);
  }

  #loaded(): RoutingState {
    if (this.#state === undefined) throw new Error('routing has not been loaded');
    return this.#state;
  }

  #methods(): Readonly<Record<string, Handler>> {
    // biome-ignore lint/suspicious/noExplicitAny: as Handler: each function has the params of its method
    const on = (handle: (state: RoutingState, params: any, admission: Admission) => Admitted): Handler => {
      return (params, admission) => handle(this.#loaded(), params, admission);
    };
    return {
      'queue.set': on(queues.setQueue),
      'queue.get': on(queues.getQueue),
      'queue.list': on(queues.listQueues),
      'queue.remove': on(queues.removeQueue),
      'queue.estimate': on(queues.estimateQueue),
      'queue.open': on(openings.openQueue),
      'queue.close': on(openings.closeQueue),
      'entry.set': on(entries.setEntry),
      'entry.get': on(entries.getEntry),
      'entry.list': on(entries.listEntries),
      'entry.remove': on(entries.removeEntry),
      'calendar.set': on(openings.setCalendar),
      'calendar.get': on(openings.getCalendar),
      'calendar.list': on(openings.listCalendars),
      'calendar.remove': on(openings.removeCalendar),
      'agent.set': on(agents.setAgent),
      'agent.get': on(agents.getAgent),
      'agent.list': on(agents.listAgents),
      'agent.remove': on(agents.removeAgent),
      'agent.ready': on(agents.readyAgent),
      'agent.notReady': on(agents.notReadyAgent),
      'agent.logout': on(agents.logoutAgent),
      'agent.force': on(agents.forceAgent),
      'tenant.set': on(setTenant),
      'tenant.get': on((_, _params, admission) => getTenant(admission)),
      'config.apply': on(config.applyConfig),
      'config.export': on((state, _, admission) => config.exportConfig(state, admission)),
      'contact.create': on(createContact),
      'contact.update': on(contacts.updateContact),
      'contact.cancel': on(contacts.cancelContact),
      'contact.end': on(contacts.endContact),
      'contact.dial': on(dial),
      'contact.consult': on(consulting.consult),
      'contact.transfer': on(sending.transferContact),
      'contact.park': on(parking.parkContact),
      'contact.unpark': on(parking.unparkContact),
      'contact.takeOver': on(sending.takeOverContact),
      'supervisor.move': on(sending.moveContact),
      'contact.wrapUpDone': on(contacts.wrapUpDone),
      'contact.wrapUpExtend': on(contacts.wrapUpExtend),
      'contact.get': on(contacts.getContact),
      'contact.list': on(contacts.listContacts),
      'contact.explain': on(contacts.explainContact),
      'offer.accept': on(offers.acceptOffer),
      'offer.reject': on(offers.rejectOffer),
      'supervisor.watch': on(watch),
    };
  }
}
