// A switch as docs/switches.md wants one, whole, without media: it brings calls, makes legs when it is asked to, joins,
// holds and releases them, and reports what becomes of them. For the demo, for tests, and to read for whoever writes one.
//
//   bring() ─ contact.create ─▶ router ─ leg.ring ─▶ telephone ─ rings, answers … ─ leg.ringing/answered ─▶ router
//                                      ─ leg.connect ─▶ joined            leg.ended ◀─ somebody hangs up
//
// Promises:
// - a request that comes again is done once and answered as before, by its requestId and by what the leg is already;
// - a report is repeated until it is answered, those of one leg in order;
// - calls outlive the router: while it is away they go on, new ones are taken by a default of the switch's own, and a
//   return begins with saying what is there (return.ts).
//
// Longer than most: the life of a leg is one state machine, and everything that moves it is here.

import { AnsweredRequests, type Params } from '../../adapters/switch/answered-requests.ts';
import { Keypads } from '../../adapters/switch/keypads.ts';
import { RouterSession, type SessionEvent, type SessionOptions } from '../../adapters/switch/router-session.ts';
import { RefusedError } from '../../client/client.ts';
import type { Clock, Wake } from '../../engine/clock.ts';
import { switchRequestsRememberedMax } from '../../limits.ts';
import {
  type LegCause,
  type LegRequestName,
  type PlacePrompt,
  type RecordingState,
  routerLegPrefix,
  type SupervisionMode,
} from '../../protocol/legs.ts';
import type { Result } from '../../protocol/methods.ts';
import { refusals } from '../../protocol/refusals.ts';
import { type CustomerLeg, type Ending, isBeingRung, type Leg, type RungLeg, type Wishes } from './leg.ts';
import { type Message, Messages } from './messages.ts';
import { promptText } from './prompts.ts';
import type { Ring, Telephones } from './telephones.ts';

/** What becomes of calls that come while nobody routes: they wait for the router, are served here, or are not taken. */
export const awayDefaults = ['wait', 'serve', 'refuse'] as const;
export type AwayDefault = (typeof awayDefaults)[number];

export type SwitchEvent =
  | { readonly what: 'brought'; readonly leg: CustomerLeg; readonly whileAway: boolean }
  | { readonly what: 'rung' | 'ringing' | 'answered'; readonly leg: RungLeg }
  | { readonly what: 'joined'; readonly customer: Leg; readonly agent: RungLeg }
  | { readonly what: 'notJoined'; readonly contactId: string }
  | { readonly what: 'held' | 'resumed'; readonly leg: Leg }
  | { readonly what: 'recording'; readonly leg: Leg; readonly recording: RecordingState }
  | { readonly what: 'listening'; readonly leg: RungLeg; readonly mode: SupervisionMode }
  | { readonly what: 'digitsSent'; readonly leg: Leg; readonly digits: string }
  /** The customer hears this: `text` is what a voice would say. */
  | { readonly what: 'playing'; readonly leg: CustomerLeg; readonly text: string }
  /** The customer is asked for a message; and what came of it. */
  | { readonly what: 'asksForMessage'; readonly leg: CustomerLeg; readonly recordMs: number }
  | { readonly what: 'message'; readonly leg: CustomerLeg; readonly recordedMs: number }
  /** So many digits at most are awaited of the customer. */
  | { readonly what: 'gathering'; readonly leg: CustomerLeg; readonly digits: number }
  | { readonly what: 'over'; readonly leg: Leg; readonly ending: Ending }
  | SessionEvent;

export interface ReferenceSwitchOptions extends SessionOptions<SwitchEvent> {
  readonly telephones: Telephones;
  readonly whileAway: AwayDefault;
}

/** Legs that are alive, by id; and what they still have to say. */
export class ReferenceSwitch extends RouterSession<Leg, SwitchEvent> {
  readonly legs = new Map<string, Leg>();
  readonly #clock: Clock;
  readonly #telephones: Telephones;
  readonly #whileAway: AwayDefault;
  readonly #keypads: Keypads;
  readonly #messages: Messages;
  readonly #answered = new AnsweredRequests(switchRequestsRememberedMax);
  readonly #ringsEnd = new Map<string, Wake>();
  requestsHeard = 0;

  constructor(options: ReferenceSwitchOptions) {
    super(options);
    const { clock, telephones, whileAway } = options;
    this.#clock = clock;
    this.#keypads = new Keypads(clock);
    this.#messages = new Messages(clock);
    this.#telephones = telephones;
    this.#whileAway = whileAway;
  }

  // ── The connection ──

  /** Answers to the router's requests: given to the client before it connects. */
  readonly requests: Readonly<Record<LegRequestName, (params: Params) => Promise<unknown>>> = {
    'leg.ring': (params) => this.#once('leg.ring', params, () => this.#ring(params)),
    'leg.connect': (params) => this.#once('leg.connect', params, () => this.#connect(params)),
    'leg.hold': (params) => this.#once('leg.hold', params, () => this.#hold(params)),
    'leg.resume': (params) => this.#once('leg.resume', params, () => this.#resume(params)),
    'leg.recording': (params) => this.#once('leg.recording', params, () => this.#record(params)),
    'leg.sendDigits': (params) => this.#once('leg.sendDigits', params, () => this.#sendDigits(params)),
    'leg.play': (params) => this.#once('leg.play', params, () => this.#play(params)),
    'leg.record': (params) => this.#once('leg.record', params, () => this.#takeMessage(params)),
    'leg.gather': (params) => this.#once('leg.gather', params, () => this.#gather(params)),
    'leg.listen': (params) => this.#once('leg.listen', params, () => this.#listen(params)),
    'leg.release': (params) => this.#once('leg.release', params, () => this.#release(params)),
  };

  get repetitionsHeard(): number {
    return this.#answered.repetitions;
  }
  protected returning(): ReferenceSwitch {
    return this;
  }

  // ── Calls ──

  /** A customer calls. Undefined: the call is not taken. */
  bring(wishes: Wishes): CustomerLeg | undefined {
    const { isAway } = this;
    if (this.isDraining || (isAway && this.#whileAway === 'refuse')) return undefined;
    const leg: CustomerLeg = {
      legId: this.newId('leg'),
      contactId: this.newId('call'),
      party: 'customer',
      wishes,
      state: 'answered',
      others: [],
      servedBy: isAway && this.#whileAway === 'serve' ? 'switch' : 'router',
      isKnown: false,
      reportedAtReturn: 0,
    };
    this.legs.set(leg.legId, leg);
    this.tell({ what: 'brought', leg, whileAway: isAway });
    // While nobody routes it is only there; the return finds it.
    if (this.isRouted) this.create(leg);
    return leg;
  }

  /** Tells the router of a call that it does not know. */
  create(leg: CustomerLeg): void {
    const { contactId, legId, wishes } = leg;
    this.reports.push(legId, {
      method: 'contact.create',
      params: { contactId, legId, ...wishes },
      done: (result) => {
        const { state } = result as Result<'contact.create'>;
        // A repetition of one that was over before its answer came: its leg is released, or was.
        if (state !== 'ended') this.known(leg);
      },
      refused: ({ refusal, message, data }) => {
        // Not let in, and asked for a message: the leg stays for that.
        if (data.voicemail === true) return this.known(leg);
        this.letGo(leg, { by: 'refusal', refusal: refusal ?? message });
      },
    });
  }

  known(leg: CustomerLeg): void {
    if (leg.isKnown) return;
    leg.isKnown = true;
    this.reports.drop(leg.legId, ({ method }) => method === 'contact.create');
  }

  /** The party of this leg hangs up, or is lost. */
  end(legId: string, cause: LegCause): void {
    const leg = this.legs.get(legId);
    if (leg === undefined) return;
    const { others } = leg;
    // What was said until then is a message.
    this.#messages.hangUp(legId);
    this.#remove(leg, { by: 'party', cause });
    const isOurs = leg.party === 'customer' && leg.servedBy === 'switch';
    if (!isOurs && !this.#isUnheardOf(leg)) this.#report('leg.ended', legId, { cause });
    // Nobody is there to say what becomes of the other one: a line without anybody is no use.
    const [other] = others;
    if (others.length === 1 && other !== undefined && this.isAway)
      this.letGo(other, { by: 'switch', why: 'the other party is gone' });
  }

  /** The customer of this leg presses keys. */
  press(legId: string, keys: string): void {
    const leg = this.legs.get(legId);
    if (leg?.party !== 'customer' || this.#keypads.press(legId, keys) || this.#messages.press(legId, keys)) return;
    if (!this.#isUnheardOf(leg) && leg.servedBy === 'router') this.#report('leg.digits', legId, { digits: keys });
  }

  // ── What the router asks ──

  #once(method: LegRequestName, params: Params, act: () => unknown): Promise<unknown> {
    this.requestsHeard += 1;
    return this.#answered.once(method, params, act);
  }

  #ring(params: Params): object {
    const { contactId, legId, to, from, ringMs } = params as unknown as LegRing;
    const before = this.legs.get(legId);
    if (before !== undefined && before.party !== 'customer' && before.contactId === contactId) return {};
    if (before !== undefined || !legId.startsWith(routerLegPrefix)) throw refused('leg_id_taken', 'failed');
    const leg: RungLeg = {
      legId,
      contactId,
      party: to.agentId === undefined ? 'called' : 'agent',
      state: 'asked',
      others: [],
      telephone: undefined,
      reportedAtReturn: 0,
    };
    this.legs.set(legId, leg);
    this.tell({ what: 'rung', leg });
    this.#ringsEnd.set(
      legId,
      this.#clock.wakeAt(this.#clock.now() + ringMs, () => this.#failed(leg, 'noAnswer')),
    );
    leg.telephone = this.#telephones.ring(
      { legId, contactId, ...to, from },
      {
        ringing: () => this.#ringing(leg),
        answered: () => this.#telephoneAnswered(leg),
        failed: (cause) => this.#failed(leg, cause),
        ended: (cause) => this.end(legId, cause),
      },
    );
    return {};
  }

  #connect(params: Params): object {
    const { contactId, legs } = params as unknown as { contactId: string; legs: string[] };
    if (!this.join(contactId, legs)) throw refused('leg_not_found', 'failed');
    return {};
  }

  #hold(params: Params): object {
    const leg = this.#inConversation(params.legId as string);
    if (leg.state === 'held') return {};
    leg.state = 'held';
    this.tell({ what: 'held', leg });
    return {};
  }

  #resume(params: Params): object {
    const leg = this.#inConversation(params.legId as string);
    if (leg.state === 'connected') return {};
    leg.state = 'connected';
    this.tell({ what: 'resumed', leg });
    return {};
  }

  #record(params: Params): object {
    const leg = this.#inConversation(params.legId as string);
    const recording = params.recording as RecordingState;
    if (leg.recording === recording) return {};
    leg.recording = recording;
    this.tell({ what: 'recording', leg, recording });
    return {};
  }

  #sendDigits(params: Params): object {
    const leg = this.#inConversation(params.legId as string);
    this.tell({ what: 'digitsSent', leg, digits: params.digits as string });
    return {};
  }

  /** What still plays is over. Who talks to somebody, or is asked for digits, is not talked to. */
  #play(params: Params): object {
    const { legId, prompt } = params as unknown as { legId: string; prompt: PlacePrompt };
    const leg = this.legs.get(legId);
    const isAsked = this.#keypads.isCollecting(legId) || this.#messages.isRecording(legId);
    const mayBeTold = leg?.party === 'customer' && leg.state === 'answered' && !isAsked;
    const text = promptText(prompt);
    if (!mayBeTold || text === undefined) throw refused('leg_not_found', 'failed');
    this.tell({ what: 'playing', leg, text });
    return {};
  }

  /** Whoever is not served may say what it is about. */
  #takeMessage(params: Params): object {
    const { legId, recordMs } = params as unknown as { legId: string; recordMs: number };
    const leg = this.legs.get(legId);
    if (leg?.party !== 'customer' || leg.others.length > 0) throw refused('leg_not_found', 'failed');
    this.#messages.record(legId, recordMs, (message) => this.#messageIsOver(leg, message));
    this.tell({ what: 'asksForMessage', leg, recordMs });
    return {};
  }

  #messageIsOver(leg: CustomerLeg, { recordedMs, ends }: Message): void {
    if (recordedMs > 0) this.tell({ what: 'message', leg, recordedMs });
    const recording = recordedMs > 0 ? { recording: `switch-sim:${leg.legId}`, recordedMs } : {};
    const params = { legId: leg.legId, ends, ...recording, requestId: this.newId('report') };
    this.reports.push(leg.legId, {
      method: 'leg.recorded',
      params,
      // The router has lost sight of the leg, so nobody else will let it go.
      done: (result) => {
        if ((result as { readonly state: string }).state === 'ended') this.#letGoUnknown(leg);
      },
      refused: () => this.#letGoUnknown(leg),
    });
  }

  /** The customer of this leg begins to speak, and stops after so long; nobody listens unless a message is recorded. */
  speak(legId: string, forMs: number): void {
    this.#messages.speak(legId, forMs);
  }

  #gather(params: Params): object {
    const { legId, digits, timeoutMs } = params as unknown as { legId: string; digits: number; timeoutMs: number };
    const leg = this.legs.get(legId);
    if (leg?.party !== 'customer') throw refused('leg_not_found', 'failed');
    this.#keypads.collect(legId, digits, timeoutMs, (collected) => this.#report('leg.digits', legId, { ...collected }));
    this.tell({ what: 'gathering', leg, digits });
    return {};
  }

  /** A leg that listens is together with nobody: whoever else leaves, it stays until it is let go. */
  #listen(params: Params): object {
    const { legId, mode, legs } = params as unknown as { legId: string; mode: SupervisionMode; legs: [string, string] };
    const leg = this.legs.get(legId);
    const [customer, agent] = legs.map((of) => this.legs.get(of));
    const isConversation = customer !== undefined && agent !== undefined && customer.others.includes(agent);
    if (leg?.party !== 'agent' || leg.others.length > 0 || isBeingRung(leg) || !isConversation)
      throw refused('leg_not_found', 'failed');
    if (leg.listens === mode) return {};
    const isFirst = leg.listens === undefined;
    leg.listens = mode;
    leg.state = 'connected';
    if (isFirst) leg.telephone?.joined();
    this.tell({ what: 'listening', leg, mode });
    return {};
  }

  #release(params: Params): object {
    const leg = this.legs.get(params.legId as string);
    if (leg !== undefined) this.letGo(leg, { by: 'router', why: params.why as string });
    return {};
  }

  #inConversation(legId: string): Leg {
    const leg = this.legs.get(legId);
    // On hold it may be alone: whom it was with asks somebody else.
    if (leg === undefined || (leg.others.length === 0 && leg.state !== 'held'))
      throw refused('leg_not_found', 'failed');
    return leg;
  }

  // ── What becomes of legs ──

  /** These and nobody else are together then. False: one of them is not there, or their media cannot be brought together. */
  join(contactId: string, legIds: readonly string[]): boolean {
    const legs = legIds.map((legId) => this.legs.get(legId)).filter((leg) => leg !== undefined);
    const agents = legs.filter((leg) => leg.party === 'agent');
    // Two of whom neither is an agent: the customer, and somebody outside to whom the customer is sent.
    const isWhole =
      legs.length === legIds.length && (agents.length > 0 || legs.some(({ party }) => party === 'called'));
    if (!isWhole || legs.some(isBeingRung)) return this.#notJoined(contactId);
    if (areTogether(legs)) return true;
    if (!this.#telephones.joins(contactId)) return this.#notJoined(contactId);
    // Whoever is left alone on hold hears music still.
    for (const leg of legs)
      for (const other of leave(leg)) if (isAlone(other) && other.state !== 'held') other.state = 'answered';
    for (const leg of legs) {
      const isFirst = leg.state === 'answered';
      leg.others = legs.filter((other) => other !== leg);
      leg.state = 'connected';
      if (isFirst && leg.party !== 'customer') leg.telephone?.joined();
    }
    const agent = (agents.at(-1) ?? legs.findLast(({ party }) => party === 'called')) as RungLeg;
    this.tell({ what: 'joined', customer: legs.find((leg) => leg !== agent) as Leg, agent });
    return true;
  }

  /** Without a report: the router wants it so, or has never heard of it. */
  letGo(leg: Leg, ending: Ending): void {
    if (this.legs.get(leg.legId) !== leg) return;
    this.reports.drop(leg.legId);
    this.#remove(leg, ending);
  }

  #notJoined(contactId: string): false {
    this.tell({ what: 'notJoined', contactId });
    return false;
  }

  #ringing(leg: RungLeg): void {
    if (!this.#isAlive(leg) || leg.state !== 'asked') return;
    leg.state = 'ringing';
    this.tell({ what: 'ringing', leg });
    this.#report('leg.ringing', leg.legId);
  }

  #telephoneAnswered(leg: RungLeg): void {
    if (!this.#isAlive(leg) || !isBeingRung(leg)) return;
    leg.state = 'answered';
    this.#ringsNoMore(leg);
    this.tell({ what: 'answered', leg });
    this.#report('leg.answered', leg.legId);
  }

  #failed(leg: RungLeg, cause: LegCause): void {
    if (!this.#isAlive(leg) || !isBeingRung(leg)) return;
    this.#remove(leg, { by: 'party', cause });
    this.#report('leg.failed', leg.legId, { cause });
  }

  #report(method: string, legId: string, more: Params = {}): void {
    this.reports.push(legId, { method, params: { legId, ...more, requestId: this.newId('report') } });
  }

  /** Its call was never brought: the router knows nothing that could end. */
  #isUnheardOf(leg: Leg): boolean {
    return leg.party === 'customer' && !leg.isKnown && leg.reportedAtReturn === 0 && !this.reports.has(leg.legId);
  }

  #letGoUnknown(leg: Leg): void {
    if (this.#isAlive(leg)) this.letGo(leg, { by: 'switch', why: 'unknown to the router' });
  }

  #isAlive(leg: Leg): boolean {
    return this.legs.get(leg.legId) === leg;
  }

  #ringsNoMore({ legId }: Leg): void {
    this.#ringsEnd.get(legId)?.cancel();
    this.#ringsEnd.delete(legId);
  }

  #remove(leg: Leg, ending: Ending): void {
    this.legs.delete(leg.legId);
    this.#keypads.forget(leg.legId);
    this.#messages.forget(leg.legId);
    this.#ringsNoMore(leg);
    for (const other of leave(leg)) if (other.others.length === 0) other.state = 'answered';
    if (leg.party !== 'customer') leg.telephone?.letGo();
    this.tell({ what: 'over', leg, ending });
  }
}

interface LegRing {
  readonly contactId: string;
  readonly legId: string;
  readonly to: Pick<Ring, 'agentId' | 'lineId' | 'number'>;
  readonly from?: string;
  readonly ringMs: number;
}

/** Nobody else with them, and nobody on hold. */
function areTogether(legs: readonly Leg[]): boolean {
  return legs.every(
    (leg) =>
      leg.state === 'connected' &&
      leg.others.length === legs.length - 1 &&
      leg.others.every((other) => legs.includes(other)),
  );
}

function isAlone({ others }: Leg): boolean {
  return others.length === 0;
}

/** Returns whom it was with. */
function leave(leg: Leg): readonly Leg[] {
  const { others } = leg;
  leg.others = [];
  for (const other of others) other.others = other.others.filter((one) => one !== leg);
  return others;
}

function refused(refusal: 'leg_id_taken' | 'leg_not_found', cause: LegCause): RefusedError {
  const [code, meaning] = refusals[refusal];
  return new RefusedError(code, meaning, { refusal, cause });
}
