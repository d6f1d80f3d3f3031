// An Asterisk as a switch of the router (docs/switches.md): its channels are legs, its bridges conversations. Read beside
// src/simulation/switch/reference-switch.ts, which is the same life of legs without media.
//
//   StasisStart ─ contact.create ─▶ router ─ leg.ring ─▶ originate ─ Ringing, StasisStart ─ leg.ringing/answered ─▶ router
//                                          ─ leg.connect ─▶ bridge            leg.ended ◀─ StasisEnd, ChannelDestroyed
//
// Promises:
// - a request that comes again is done once, unless Asterisk was lost while it was done: then nobody knows, and it is done anew;
// - a report is repeated until it is answered, those of one leg in order;
// - whoever leaves a bridge leaves nobody in silence: Asterisk would let the other one hang on to nothing;
// - a channel that is let go is hung up, also when Asterisk was away in that moment.
//
// Time passes between deciding and the channel doing it, so what is known of legs changes at once where it comes from Asterisk, and where
// it is asked of Asterisk when that has said yes. Longer than most: it is one state machine.

import { RefusedError } from '../../client/client.ts';
import type { Clock } from '../../engine/clock.ts';
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
import { AnsweredRequests, type Params } from '../switch/answered-requests.ts';
import type { ReturningSwitch } from '../switch/return.ts';
import { RouterSession, type SessionEvent, type SessionOptions } from '../switch/router-session.ts';
import { AriGoneError, AriRefusedError } from './ari/ari-connection.ts';
import type { AriBridge, AriChannel, AriEvent } from './ari/frames.ts';
import { causeOf, causeOfRefusal, causeOfRequest, endedBy, failedBy } from './causes.ts';
import { Hearing, type Recorded } from './hearing.ts';
import { argumentsOf, wishesOf } from './incoming.ts';
import { areTogether, type Ending, isBeingRung, type Leg, type Wishes } from './leg.ts';
import { Listening, listeningPrefix, Recordings, snoopPrefix } from './listening.ts';
import type { Media } from './media.ts';
import { placeSounds } from './prompts.ts';
import type { AsteriskSettings } from './settings.ts';
import { endpointOf, type LegTarget } from './telephones.ts';
import { Turns } from './turns.ts';

export type AsteriskEvent =
  | { readonly what: 'brought' | 'rung' | 'ringing' | 'answered'; readonly leg: Leg }
  | { readonly what: 'joined'; readonly contactId: string; readonly legs: readonly Leg[] }
  | { readonly what: 'held' | 'resumed'; readonly leg: Leg }
  | { readonly what: 'over'; readonly leg: Leg; readonly ending: Ending }
  | { readonly what: 'found'; readonly legs: number; readonly restarted: boolean }
  | SessionEvent;

export interface AsteriskSwitchOptions extends SessionOptions<AsteriskEvent> {
  readonly switchId: string;
  readonly settings: AsteriskSettings;
}

const contactVariable = 'STROWGER_CONTACT';
const partyVariable = 'STROWGER_PARTY';
const heldVariable = 'STROWGER_HELD';
const bridgePrefix = 'strowger:';

/** Legs that are alive, by id; and what they still have to say. */
export class AsteriskSwitch extends RouterSession<Leg, AsteriskEvent> implements ReturningSwitch<Leg> {
  readonly legs = new Map<string, Leg>();
  readonly #switchId: string;
  readonly #settings: AsteriskSettings;
  readonly #answered = new AnsweredRequests(switchRequestsRememberedMax, (error) => error instanceof AriGoneError);
  readonly #turns = new Turns();
  readonly #clock: Clock;
  readonly #hearing: Hearing;
  readonly #listening: Listening;
  readonly #recordings = new Recordings();
  readonly #byChannel = new Map<string, Leg>();
  /** Calls whose headers are being read. */
  readonly #arriving = new Set<string>();
  /** Channels that are to go, until Asterisk has said so, with what they are told. */
  readonly #going = new Map<string, number>();
  /** Bridges that are there, with the legs that are in them or will be back from hold. */
  readonly #bridges = new Map<string, Set<Leg>>();
  #media: Media | undefined;
  #startupTime: string | undefined;

  constructor(options: AsteriskSwitchOptions) {
    super(options);
    const { switchId, settings, clock } = options;
    this.#switchId = switchId;
    this.#settings = settings;
    this.#clock = clock;
    this.#hearing = new Hearing({
      clock,
      newId: (of) => this.newId(of),
      act: (leg, act) => this.#act([leg], async (media) => void (this.#isAlive(leg) && (await act(media)))),
      noMusic: (media, leg) => this.#noMusic(media, leg),
      musicIfAlone: (media, leg) => this.#musicIfAlone(media, leg),
      digits: (leg, collected) => this.#report('leg.digits', leg.legId, { ...collected }),
      recorded: (leg, recorded) => this.#messageIsOver(leg, recorded),
    });
    this.#listening = new Listening({
      clock,
      inBridge: (leg, bridgeId) => this.#inBridge(leg, bridgeId),
      hangUp: (channelId) => this.#hangUp(channelId, causeOf('')),
    });
  }

  // ── The router ──

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

  protected returning(): AsteriskSwitch {
    return this;
  }

  // ── Asterisk ──

  /** It is connected, for the first time or again: what there is is asked before anything is said to the router. */
  async attached(media: Media): Promise<void> {
    this.#media = media;
    await media.fewerEvents();
    const startupTime = await media.startupTime();
    const isRestarted = this.#startupTime !== undefined && this.#startupTime !== startupTime;
    this.#startupTime = startupTime;
    if (isRestarted) this.#everythingIsGone();
    const [channels, bridges] = [await media.channels(), await media.bridges()];
    const there = new Map(channels.map((channel) => [channel.id, channel]));
    for (const leg of [...this.legs.values()]) this.#catchUp(leg, there.get(leg.channelId));
    for (const [channelId, cause] of [...this.#going]) {
      if (there.has(channelId)) this.#hangUp(channelId, cause);
      else this.#going.delete(channelId);
    }
    const before = new Set(this.legs.values());
    const isSnoop = ({ id }: AriChannel) => id.startsWith(snoopPrefix);
    for (const channel of channels) if (!isSnoop(channel)) await this.#find(media, channel);
    const found = [...this.legs.values()].filter((leg) => !before.has(leg));
    // Whose leg is in which bridge comes first: who barges in is where the agent is.
    for (const bridge of bridges) this.#findInside(bridge);
    for (const leg of found) await this.#findMore(media, leg, new Set(there.keys()));
    for (const channel of channels) if (isSnoop(channel)) await this.#find(media, channel);
    for (const bridge of bridges) this.#findBridge(bridge);
    // Those who came while nobody listened; the router is told of them when its session is open.
    for (const leg of this.legs.values()) if (leg.party === 'customer' && !this.isRouted) this.#welcome(leg);
    this.tell({ what: 'found', legs: this.legs.size, restarted: isRestarted });
  }

  detached(): void {
    this.#media = undefined;
    this.#arriving.clear();
  }

  hear(event: AriEvent): void {
    const { channel, recording } = event;
    const isRecorded = event.type === 'RecordingFinished' || event.type === 'RecordingFailed';
    if (isRecorded && recording !== undefined) this.#recordings.ended(recording.name);
    if (channel === undefined) return this.#hearing.hear(event);
    const leg = this.#byChannel.get(channel.id);
    switch (event.type) {
      case 'StasisStart':
        if (channel.id.startsWith(snoopPrefix)) return this.#listening.arrived(channel.id);
        if (leg === undefined) this.#appeared(channel, event.args ?? []);
        else if (leg.party !== 'customer') this.#telephoneAnswered(leg);
        return;
      case 'ChannelStateChange':
        if (channel.state === 'Ringing' && leg !== undefined) this.#ringing(leg);
        return;
      case 'ChannelHangupRequest':
        if (leg === undefined) return;
        leg.cause = causeOfRequest(event);
        leg.isHangingUp = true;
        return;
      case 'StasisEnd':
      case 'ChannelDestroyed':
        this.#arriving.delete(channel.id);
        if (leg !== undefined) this.#channelIsGone(leg, event.cause);
        return;
      case 'ChannelDtmfReceived':
        if (leg?.party === 'customer') this.#pressed(leg, event.digit ?? '');
        return;
    }
  }

  // ── Calls ──

  #appeared(channel: AriChannel, args: readonly string[]): void {
    // Asked for by an adapter before this one, or let go while it rang.
    if (channel.id.startsWith(routerLegPrefix)) {
      if (this.#going.has(channel.id)) this.#hangUp(channel.id, causeOf(''));
      return;
    }
    void this.#arrive(channel, args).then((leg) => {
      if (leg !== undefined && !this.isRouted) this.#welcome(leg);
    });
  }

  /** Undefined where the caller has hung up before the call could be brought. */
  async #arrive(channel: AriChannel, args: readonly string[]): Promise<Leg | undefined> {
    const media = this.#media;
    if (media === undefined || this.#arriving.has(channel.id) || this.#byChannel.has(channel.id)) return undefined;
    this.#arriving.add(channel.id);
    let wishes: Wishes;
    try {
      wishes = await wishesOf(media, channel, args, this.#settings);
    } catch (error) {
      this.#arriving.delete(channel.id);
      // A StasisStart can be older than its caller's hanging up; with Asterisk away, it is found when that is back.
      if (!(error instanceof AriRefusedError || error instanceof AriGoneError)) throw error;
      return undefined;
    }
    if (!this.#arriving.delete(channel.id)) return undefined;
    const isWanted = !this.isDraining && !(this.isAway && this.#settings.calls.whileAway === 'refuse');
    // One that the dialplan has answered already cannot be told by SIP to try elsewhere.
    if (!isWanted && channel.state !== 'Up') {
      this.#hangUp(channel.id, causeOfRefusal('not_ready'));
      return undefined;
    }
    return this.#bring(channel, wishes);
  }

  #bring(channel: AriChannel, wishes: Wishes): Leg {
    const id = `${this.#switchId}.${channel.id}`;
    const leg = this.#newLeg({ legId: id, contactId: id, channelId: channel.id, party: 'customer', wishes });
    leg.state = 'answered';
    leg.isBegun = true;
    leg.isUp = channel.state === 'Up';
    this.tell({ what: 'brought', leg });
    if (this.isRouted) this.create(leg);
    return leg;
  }

  /** Tells the router of a call that it does not know. */
  create(leg: Leg): void {
    const { contactId, legId, wishes } = leg;
    if (wishes === undefined || leg.isCreating) return;
    leg.isCreating = true;
    this.reports.push(legId, {
      method: 'contact.create',
      params: { contactId, legId, ...wishes },
      done: (result) => {
        leg.isCreating = false;
        const { state } = result as Result<'contact.create'>;
        // A repetition of one that was over before its answer came: its leg is released, or was.
        if (state !== 'ended') this.known(leg);
      },
      refused: ({ refusal, message, data }) => {
        leg.isCreating = false;
        // Not let in, and asked for a message: the leg stays for that.
        if (data.voicemail === true) return this.known(leg);
        const why = refusal ?? message;
        this.#letGo(leg, { by: 'refusal', refusal: why }, causeOfRefusal(why));
      },
    });
  }

  known(leg: Leg): void {
    if (leg.isKnown) return;
    leg.isKnown = true;
    leg.isCreating = false;
    this.reports.drop(leg.legId, ({ method }) => method === 'contact.create');
    this.#welcome(leg);
  }

  /** Answers, and plays music to whoever waits. */
  #welcome(leg: Leg): void {
    if (leg.isUp && (leg.hasMusic || leg.state !== 'answered')) return;
    this.#act([leg], async (media) => {
      if (!this.#isAlive(leg)) return;
      if (!leg.isUp) await media.answer(leg.channelId);
      leg.isUp = true;
      await this.#musicIfAlone(media, leg);
    });
  }

  /** The party of this leg is gone. */
  end(legId: string, cause: LegCause): void {
    const leg = this.legs.get(legId);
    if (leg === undefined) return;
    if (this.#media !== undefined) this.#hangUp(leg.channelId, causeOf(''));
    this.#isOver(leg, cause);
  }

  #isOver(leg: Leg, cause: LegCause): void {
    const { others } = leg;
    // What was said until then is a message.
    this.#hearing.hangsUp(leg);
    this.#remove(leg, { by: 'party', cause });
    if (!this.#isUnheardOf(leg)) this.#report('leg.ended', leg.legId, { cause });
    // Nobody is there to say what becomes of the other one: a line without anybody is no use.
    const [other] = others;
    if (others.length === 1 && other !== undefined && this.isAway)
      this.#letGo(other, { by: 'switch', why: 'the other party is gone' }, causeOf(''));
  }

  /** Its call was never brought: the router knows nothing that could end. */
  #isUnheardOf(leg: Leg): boolean {
    return leg.party === 'customer' && !leg.isKnown && leg.reportedAtReturn === 0 && !this.reports.has(leg.legId);
  }

  #pressed(leg: Leg, digits: string): void {
    if (!/^[0-9A-D*#]$/.test(digits) || this.#hearing.pressed(leg, digits)) return;
    if (!this.#isUnheardOf(leg)) this.#report('leg.digits', leg.legId, { digits });
  }

  // ── What the router asks ──

  #once(method: LegRequestName, params: Params, act: () => unknown): Promise<unknown> {
    return this.#answered.once(method, params, act);
  }

  async #ring(params: Params): Promise<object> {
    const { contactId, legId, to, from, ringMs } = params as unknown as LegRing;
    const before = this.legs.get(legId);
    const isThere = before !== undefined && before.party !== 'customer' && before.contactId === contactId;
    if (isThere && before.isBegun) return {};
    if (!isThere && (before !== undefined || !legId.startsWith(routerLegPrefix))) throw refused('leg_id_taken');
    const party = to.agentId === undefined ? 'called' : 'agent';
    const leg = before ?? this.#newLeg({ legId, contactId, channelId: legId, party });
    this.tell({ what: 'rung', leg });
    const endpoint = endpointOf(to, this.#settings);
    const customer = [...this.legs.values()].find((one) => one.contactId === contactId && one.party === 'customer');
    await this.#turn([leg], async (media) => {
      if (!this.#isAlive(leg)) return;
      try {
        if (endpoint === undefined) throw new AriRefusedError('no telephone in the settings', 404, {});
        const ringing = {
          channelId: leg.channelId,
          endpoint,
          ringMs,
          callerId: from,
          variables: { [contactVariable]: contactId, [partyVariable]: party },
        };
        await media.originate({ ...ringing, originator: customer?.channelId }).catch((error: Error) => {
          // A customer who hangs up in this moment says nothing about the agent's telephone.
          if (customer === undefined || !/originator/i.test(error.message)) throw error;
          return media.originate({ ...ringing, originator: undefined });
        });
        leg.isBegun = true;
      } catch (error) {
        if (!(error instanceof AriRefusedError)) throw error;
        this.tell({
          what: 'failed',
          why: `${legId} cannot be rung at ${endpoint ?? JSON.stringify(to)}: ${error.message}`,
        });
        this.#failed(leg, 'unreachable');
      }
    });
    return {};
  }

  async #connect(params: Params): Promise<object> {
    const { contactId, legs } = params as unknown as { contactId: string; legs: string[] };
    if (!(await this.join(contactId, legs))) throw refused('leg_not_found');
    return {};
  }

  async #hold(params: Params): Promise<object> {
    const leg = this.#inConversation(params.legId as string);
    await this.#turn([leg], async (media) => {
      if (leg.state === 'held' || !this.#isAlive(leg)) return;
      await media.setVariable(leg.channelId, heldVariable, leg.bridgeId!);
      await media.leave(leg.bridgeId!, leg.channelId);
      leg.state = 'held';
      await this.#music(media, leg);
      this.tell({ what: 'held', leg });
    });
    return this.#aliveStill(leg);
  }

  async #resume(params: Params): Promise<object> {
    const leg = this.#inConversation(params.legId as string);
    await this.#turn([leg, leg.bridgeId!], async (media) => {
      if (leg.state === 'connected' || !this.#isAlive(leg)) return;
      await this.#noMusic(media, leg);
      await media.join(leg.bridgeId!, [leg.channelId]);
      await media.setVariable(leg.channelId, heldVariable, '');
      leg.state = 'connected';
      this.tell({ what: 'resumed', leg });
    });
    return this.#aliveStill(leg);
  }

  async #sendDigits(params: Params): Promise<object> {
    const leg = this.#inConversation(params.legId as string);
    await this.#turn([leg], (media) => media.sendDigits(leg.channelId, params.digits as string));
    return {};
  }

  async #record(params: Params): Promise<object> {
    const leg = this.#inConversation(params.legId as string);
    const name = `${leg.contactId}.${this.#clock.now()}`;
    await this.#asked(leg, (media) => this.#recordings.set(media, leg, params.recording as RecordingState, name));
    return this.#aliveStill(leg);
  }

  /** What still plays is over. Who talks to somebody, or is asked for something, is not talked to. */
  async #play(params: Params): Promise<object> {
    const { legId, prompt } = params as unknown as { legId: string; prompt: PlacePrompt };
    const leg = this.#customer(legId);
    const sounds = placeSounds(prompt);
    await this.#asked(leg, async (media) => {
      const mayBeTold = leg.state === 'answered' && !this.#hearing.isAsked(leg) && this.#isAlive(leg);
      if (!mayBeTold || sounds === undefined) throw refused('leg_not_found');
      await this.#hearing.play(media, leg, sounds);
    });
    return {};
  }

  async #gather(params: Params): Promise<object> {
    const { legId, digits, timeoutMs, prompt } = params as unknown as LegGather;
    const leg = this.#customer(legId);
    await this.#asked(leg, (media) => this.#hearing.gather(media, leg, digits, timeoutMs, prompt));
    return this.#aliveStill(leg);
  }

  /** Whoever is not served may say what it is about. */
  async #takeMessage(params: Params): Promise<object> {
    const { legId, recordMs, prompt } = params as unknown as { legId: string; recordMs: number; prompt?: string };
    const leg = this.#customer(legId);
    if (leg.others.length > 0) throw refused('leg_not_found');
    await this.#asked(leg, async (media) => {
      if (!leg.isUp) await media.answer(leg.channelId);
      leg.isUp = true;
      await this.#hearing.takeMessage(media, leg, recordMs, prompt ?? this.#settings.calls.greeting);
    });
    return this.#aliveStill(leg);
  }

  #messageIsOver(leg: Leg, recorded: Recorded): void {
    const letGo = () => this.letGo(leg, { by: 'switch', why: 'unknown to the router' });
    this.reports.push(leg.legId, {
      method: 'leg.recorded',
      params: { legId: leg.legId, ...recorded, requestId: this.newId('report') },
      // The router has lost sight of the leg, so nobody else will let it go.
      done: (result) => {
        if ((result as { readonly state: string }).state === 'ended') letGo();
      },
      refused: letGo,
    });
  }

  async #listen(params: Params): Promise<object> {
    const { legId, mode, legs } = params as unknown as { legId: string; mode: SupervisionMode; legs: [string, string] };
    const leg = this.legs.get(legId);
    const [customer, agent] = legs.map((of) => this.legs.get(of));
    const isConversation = customer !== undefined && agent !== undefined && customer.others.includes(agent);
    if (leg?.party !== 'agent' || leg.others.length > 0 || isBeingRung(leg) || !isConversation)
      throw refused('leg_not_found');
    await this.#asked(leg, async (media) => {
      if (agent.bridgeId === undefined || !this.#isAlive(agent)) throw refused('leg_not_found');
      await this.#listening.listen(media, leg, mode, agent);
    });
    return this.#aliveStill(leg);
  }

  #customer(legId: string): Leg {
    const leg = this.legs.get(legId);
    if (leg?.party !== 'customer') throw refused('leg_not_found');
    return leg;
  }

  /** In the leg's turn. What Asterisk refuses is refused to the router. */
  async #asked(leg: Leg, act: (media: Media) => Promise<void>): Promise<void> {
    try {
      await this.#turn([leg], act);
    } catch (error) {
      if (!(error instanceof AriRefusedError)) throw error;
      this.tell({ what: 'failed', why: `${leg.legId}: ${error.message}` });
      throw refused('leg_not_found');
    }
  }

  #release(params: Params): object {
    const leg = this.legs.get(params.legId as string);
    const why = params.why as string;
    if (leg !== undefined) this.#letGo(leg, { by: 'router', why }, causeOf(why));
    return {};
  }

  #inConversation(legId: string): Leg {
    const leg = this.legs.get(legId);
    // On hold it may be alone: whom it was with asks somebody else.
    if (leg === undefined || leg.bridgeId === undefined || (leg.others.length === 0 && leg.state !== 'held'))
      throw refused('leg_not_found');
    return leg;
  }

  #aliveStill(leg: Leg): object {
    if (!this.#isAlive(leg)) throw refused('leg_not_found');
    return {};
  }

  // ── Conversations ──

  /** These and nobody else are together then. False: one of them is not there, or their media cannot be brought together. */
  async join(contactId: string, legIds: readonly string[]): Promise<boolean> {
    const legs = legIds.map((legId) => this.legs.get(legId)).filter((leg) => leg !== undefined);
    const isWhole = legs.length === legIds.length && legs.some(({ party }) => party !== 'customer');
    if (!isWhole || legs.some(isBeingRung)) return false;
    const bridgeId = `${bridgePrefix}${contactId}`;
    try {
      return await this.#turn([...legs, bridgeId], (media) => this.#join(media, contactId, bridgeId, legs));
    } catch (error) {
      if (!(error instanceof AriRefusedError)) throw error;
      this.tell({ what: 'failed', why: `${legIds.join(' and ')} could not be joined: ${error.message}` });
      return false;
    }
  }

  async #join(media: Media, contactId: string, bridgeId: string, legs: readonly Leg[]): Promise<boolean> {
    const areAlive = () => legs.every((leg) => this.#isAlive(leg));
    if (!areAlive()) return false;
    if (areTogether(legs)) return true;
    if (!this.#bridges.has(bridgeId)) await media.makeBridge(bridgeId);
    for (const leg of legs) {
      await this.#hearing.hush(media, leg);
      await this.#noMusic(media, leg);
    }
    const held = legs.filter(({ state }) => state === 'held');
    // Who is in the bridge and not of these leaves it first, so that nobody hears what is not for them.
    const inBridge = [...(this.#bridges.get(bridgeId) ?? [])];
    for (const other of inBridge)
      if (!legs.includes(other) && other.state === 'connected') await media.leave(bridgeId, other.channelId);
    await media.join(
      bridgeId,
      legs.map(({ channelId }) => channelId),
    );
    for (const leg of held) await media.setVariable(leg.channelId, heldVariable, '');
    const left = new Set(legs.flatMap(({ others }) => others).filter((other) => !legs.includes(other)));
    for (const leg of legs) {
      this.#inBridge(leg, bridgeId);
      leg.others = legs.filter((other) => other !== leg);
      leg.state = 'connected';
    }
    for (const other of left) {
      other.others = other.others.filter((one) => !legs.includes(one));
      this.#perhapsAlone(other);
    }
    if (!areAlive()) {
      // Who has gone meanwhile was not together with anybody when it went.
      for (const leg of legs) if (!this.#isAlive(leg)) this.#leaveOthers(leg);
      return false;
    }
    this.tell({ what: 'joined', contactId, legs });
    return true;
  }

  #inBridge(leg: Leg, bridgeId: string | undefined): void {
    const { bridgeId: before } = leg;
    if (before === bridgeId) return;
    leg.bridgeId = bridgeId;
    if (bridgeId !== undefined) {
      const legs = this.#bridges.get(bridgeId) ?? new Set();
      this.#bridges.set(bridgeId, legs.add(leg));
    }
    const left = before === undefined ? undefined : this.#bridges.get(before);
    left?.delete(leg);
    if (left?.size !== 0) return;
    this.#act([before!], (media) => this.#destroyIfEmpty(media, before!));
  }

  async #destroyIfEmpty(media: Media, bridgeId: string): Promise<void> {
    if (this.#bridges.get(bridgeId)?.size !== 0) return;
    this.#bridges.delete(bridgeId);
    await media.destroyBridge(bridgeId);
  }

  #leaveOthers(leg: Leg): void {
    const { others } = leg;
    leg.others = [];
    this.#inBridge(leg, undefined);
    for (const other of others) {
      other.others = other.others.filter((one) => one !== leg);
      this.#perhapsAlone(other);
    }
  }

  /** Whoever is left alone on hold hears music still; a customer who is left alone is again one who waits. */
  #perhapsAlone(leg: Leg): void {
    if (leg.others.length > 0 || leg.state !== 'connected' || !this.#isAlive(leg)) return;
    leg.state = 'answered';
    const { bridgeId } = leg;
    this.#act([leg], async (media) => {
      if (!this.#isAlive(leg) || leg.state !== 'answered') return;
      if (bridgeId !== undefined && leg.bridgeId === bridgeId) {
        await media.leave(bridgeId, leg.channelId);
        this.#inBridge(leg, undefined);
      }
      await this.#musicIfAlone(media, leg);
    });
  }

  async #musicIfAlone(media: Media, leg: Leg): Promise<void> {
    if (leg.party === 'customer' && leg.state === 'answered' && !this.#hearing.isBusy(leg))
      await this.#music(media, leg);
  }

  async #music(media: Media, leg: Leg): Promise<void> {
    if (leg.hasMusic) return;
    await media.startMusic(leg.channelId, this.#settings.calls.music);
    leg.hasMusic = true;
  }

  async #noMusic(media: Media, leg: Leg): Promise<void> {
    if (!leg.hasMusic) return;
    await media.stopMusic(leg.channelId);
    leg.hasMusic = false;
  }

  // ── What becomes of legs ──

  #newLeg(of: Pick<Leg, 'legId' | 'contactId' | 'channelId' | 'party' | 'wishes'>): Leg {
    const leg: Leg = {
      ...of,
      state: 'asked',
      others: [],
      bridgeId: undefined,
      hasMusic: false,
      isBegun: false,
      isUp: false,
      cause: undefined,
      isHangingUp: false,
      reportedAtReturn: 0,
      isKnown: false,
      isCreating: false,
    };
    this.legs.set(leg.legId, leg);
    this.#byChannel.set(leg.channelId, leg);
    return leg;
  }

  #ringing(leg: Leg): void {
    if (leg.state !== 'asked') return;
    leg.state = 'ringing';
    this.tell({ what: 'ringing', leg });
    this.#report('leg.ringing', leg.legId);
  }

  #telephoneAnswered(leg: Leg): void {
    if (!isBeingRung(leg)) return;
    leg.state = 'answered';
    leg.isUp = true;
    this.tell({ what: 'answered', leg });
    this.#report('leg.answered', leg.legId);
  }

  #channelIsGone(leg: Leg, cause: number | undefined): void {
    if (isBeingRung(leg)) this.#failed(leg, failedBy(cause ?? leg.cause));
    else this.#isOver(leg, endedBy(leg.cause ?? cause));
  }

  #failed(leg: Leg, cause: LegCause): void {
    if (!this.#isAlive(leg) || !isBeingRung(leg)) return;
    this.#remove(leg, { by: 'party', cause });
    this.#report('leg.failed', leg.legId, { cause });
  }

  /** Without a report: the router wants it so, or has never heard of it. */
  letGo(leg: Leg, ending: Ending): void {
    this.#letGo(leg, ending, causeOf(''));
  }

  #letGo(leg: Leg, ending: Ending, cause: number): void {
    if (!this.#isAlive(leg)) return;
    this.reports.drop(leg.legId);
    this.#remove(leg, ending);
    this.#hangUp(leg.channelId, cause);
  }

  #hangUp(channelId: string, cause: number): void {
    this.#going.set(channelId, cause);
    // Behind what is on its way about it: a channel that is being asked for is there to be hung up after that.
    this.#act([channelId], async (media) => {
      await media.hangUp(channelId, cause);
      this.#going.delete(channelId);
    });
  }

  #remove(leg: Leg, ending: Ending): void {
    this.legs.delete(leg.legId);
    this.#byChannel.delete(leg.channelId);
    this.#hearing.forget(leg);
    this.#recordings.forget(leg);
    this.#listening.stop(leg);
    this.#leaveOthers(leg);
    this.tell({ what: 'over', leg, ending });
  }

  #report(method: string, legId: string, more: Params = {}): void {
    this.reports.push(legId, { method, params: { legId, ...more, requestId: this.newId('report') } });
  }

  #isAlive(leg: Leg): boolean {
    return this.legs.get(leg.legId) === leg;
  }

  // ── What is found when Asterisk is back ──

  #everythingIsGone(): void {
    this.#going.clear();
    this.#bridges.clear();
    for (const leg of [...this.legs.values()]) {
      leg.bridgeId = undefined;
      if (isBeingRung(leg)) this.#failed(leg, 'failed');
      else this.#isOver(leg, 'lost');
    }
  }

  /** What was on its way as the connection broke may be lost, both of what was asked and of what was told. */
  #catchUp(leg: Leg, channel: AriChannel | undefined): void {
    if (channel === undefined) return this.#isMissing(leg);
    leg.isBegun = true;
    if (leg.party === 'customer') return;
    if (this.#isInOurApp(channel)) this.#telephoneAnswered(leg);
    else if (channel.state === 'Ringing') this.#ringing(leg);
  }

  #isInOurApp({ dialplan }: AriChannel): boolean {
    return dialplan.app_name === 'Stasis' && dialplan.app_data.split(',')[0] === this.#settings.asterisk.app;
  }

  /** It has gone while nobody listened. What was never begun the router asks for again. */
  #isMissing(leg: Leg): void {
    if (!leg.isBegun) this.#remove(leg, { by: 'switch', why: 'Asterisk was away' });
    else if (isBeingRung(leg)) this.#failed(leg, 'failed');
    else this.#isOver(leg, endedBy(leg.cause));
  }

  /** A channel of ours that this process has not heard of. */
  async #find(media: Media, channel: AriChannel): Promise<void> {
    if (this.#byChannel.has(channel.id) || this.#going.has(channel.id)) return;
    if (channel.id.startsWith(snoopPrefix)) {
      if (!this.#listening.has(channel.id)) this.#hangUp(channel.id, causeOf(''));
      return;
    }
    const isInOurApp = this.#isInOurApp(channel);
    try {
      if (channel.id.startsWith(routerLegPrefix)) await this.#findRung(media, channel, isInOurApp);
      else if (isInOurApp) await this.#findCustomer(media, channel);
    } catch (error) {
      // Gone in this moment.
      if (!(error instanceof AriRefusedError)) throw error;
    }
  }

  async #findRung(media: Media, channel: AriChannel, isInOurApp: boolean): Promise<void> {
    const contactId = await media.variable(channel.id, contactVariable);
    const party = (await media.variable(channel.id, partyVariable)) === 'called' ? 'called' : 'agent';
    if (contactId === undefined || this.#byChannel.has(channel.id)) return;
    const leg = this.#newLeg({ legId: channel.id, contactId, channelId: channel.id, party });
    leg.isBegun = true;
    leg.isUp = isInOurApp;
    leg.state = isInOurApp ? 'answered' : channel.state === 'Ringing' ? 'ringing' : 'asked';
    await this.#findHeld(media, leg);
  }

  async #findCustomer(media: Media, channel: AriChannel): Promise<void> {
    const leg = await this.#arrive(channel, argumentsOf(channel));
    if (leg !== undefined) await this.#findHeld(media, leg);
  }

  async #findHeld(media: Media, leg: Leg): Promise<void> {
    const bridgeId = await media.variable(leg.channelId, heldVariable);
    if (bridgeId === undefined) return;
    leg.state = 'held';
    leg.hasMusic = true;
    this.#inBridge(leg, bridgeId);
  }

  #findInside({ id, channels }: AriBridge): void {
    if (!id.startsWith(bridgePrefix)) return;
    const inside = channels.map((channelId) => this.#byChannel.get(channelId)).filter((leg) => leg !== undefined);
    for (const leg of inside) {
      this.#inBridge(leg, id);
      leg.state = 'connected';
    }
  }

  async #findMore(media: Media, leg: Leg, there: ReadonlySet<string>): Promise<void> {
    try {
      await this.#recordings.find(media, leg);
      await this.#listening.find(media, leg, there, (channelId) => this.#byChannel.get(channelId));
    } catch (error) {
      // Gone in this moment.
      if (!(error instanceof AriRefusedError)) throw error;
    }
  }

  #findBridge({ id }: AriBridge): void {
    const isOfListening = id.startsWith(listeningPrefix) && !this.#bridges.get(id)?.size;
    if (isOfListening) this.#destroyed(id);
    if (!id.startsWith(bridgePrefix)) return;
    const inside = [...(this.#bridges.get(id) ?? [])];
    // A supervisor who has barged in is there, and none of those who talk.
    const legs = inside.filter((leg) => !this.#listening.isTaking(leg));
    for (const leg of legs) leg.others = legs.filter((other) => other !== leg);
    for (const leg of legs) this.#perhapsAlone(leg);
    if (inside.length === 0) this.#destroyed(id);
  }

  /** Unless somebody is to be in it by then. */
  #destroyed(bridgeId: string): void {
    this.#bridges.set(bridgeId, new Set());
    this.#act([bridgeId], (media) => this.#destroyIfEmpty(media, bridgeId));
  }

  // ── Turns ──

  /** Rejects with what goes wrong, also when there is no Asterisk. */
  #turn<T>(about: readonly (Leg | string)[], act: (media: Media) => Promise<T>): Promise<T> {
    const keys = about.map((one) => (typeof one === 'string' ? one : one.channelId));
    return this.#turns.take(keys, () => {
      if (this.#media === undefined) throw new AriGoneError('what was next');
      return act(this.#media);
    });
  }

  /** What nobody waits for. */
  #act(about: readonly (Leg | string)[], act: (media: Media) => Promise<void>): void {
    this.#turn(about, act).catch((error) => this.#troubled(error));
  }

  /** A channel that goes while something is asked of it says so itself; what Asterisk's return asks anew is no trouble. */
  #troubled(error: unknown): void {
    if (error instanceof AriGoneError || (error instanceof AriRefusedError && error.status < 500)) return;
    this.tell({ what: 'failed', why: String(error) });
  }
}

interface LegGather {
  readonly legId: string;
  readonly digits: number;
  readonly timeoutMs: number;
  readonly prompt?: string;
}

interface LegRing {
  readonly contactId: string;
  readonly legId: string;
  readonly to: LegTarget;
  readonly from?: string;
  readonly ringMs: number;
}

function refused(refusal: 'leg_id_taken' | 'leg_not_found'): RefusedError {
  const [code, meaning] = refusals[refusal];
  return new RefusedError(code, meaning, { refusal, cause: 'failed' });
}
