// The life of every session: connect, open (with a token, admitted at a bounded rate), requests and notifications,
// silence and expiry, close. docs/transport.md has the drawing. Implements the partitions' Egress, one per tenant.
//
// Invariants:
// - a session joins its audience's feed in the same step in which session.open is answered, so the answer's `seq` and
//   the numbers that follow have neither gap nor overlap;
// - whether a client resumes is decided when its request is taken and checked again when it is answered: if the feed
//   lost what was missed in between, the connection is closed (resume_lost) and the client opens afresh;
// - after a connection has closed nothing of it is sent, and answers still on their way are dropped.
//
// Somewhat long, since every phase of a session's life is here in its order; what is apart (feeds, admission, the
// ladder of a request, what one connection sends) has files of its own.

import type { Clock, Randomness, Wake } from '../engine/clock.ts';
import type {
  Answer,
  Ask,
  Audience,
  Caller,
  Egress,
  FromSessions,
  RequestSink,
  RoutedRequest,
} from '../engine/egress.ts';
import {
  connectionsMax,
  pingMs as defaultPingMs,
  openWithinMs,
  overloadedRetryAfterMs,
  sessionsPerSecondMax,
  setAsideAgainMs,
  tooManySessionsRetryAfterMs,
} from '../limits.ts';
import type { MembersWriter } from '../protocol/byte-writers.ts';
import type { MembersEncoder } from '../protocol/encoders.ts';
import { isRefusal, type Refusal, refuse } from '../protocol/refusals.ts';
import { type Authentication, bearerToken, type Identity } from './authentication.ts';
import type { CloseName } from './close-codes.ts';
import { type EventText, type FeedLimits, Feeds, type TenantFeeds } from './event-feeds.ts';
import { encodeResult, notificationPrefix } from './json-rpc.ts';
import type { Outcome } from './outgoing-requests.ts';
import {
  type Batch,
  encodeAnswer,
  noParams,
  notReady,
  type Params,
  type RequestMessage,
  type RequestRouter,
  RoutedCall,
} from './request-router.ts';
import { type NotificationWriter, notificationWriter } from './rpc-bytes.ts';
import { Session, type SessionHost } from './session.ts';
import { SessionAdmission } from './session-admission.ts';
import type { Connection } from './transport.ts';

export interface SessionsOptions {
  readonly router: RequestRouter;
  readonly authentication: Authentication;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** Names this process's numbering of notifications: new with every start. */
  readonly sessionEpoch: string;
  /** What this router can do: part of every session.open answer. */
  readonly capabilitiesOf: (caller: Caller) => unknown;
  /** All notifications, by name; another is a bug. */
  readonly eventEncoders: ReadonlyMap<string, MembersEncoder>;
  /** The quick way of those that have one. */
  readonly eventWriters?: ReadonlyMap<string, MembersWriter>;
  readonly pingMs?: number;
  readonly sessionsPerSecond?: number;
  readonly sendBufferBytesMax?: number;
  readonly feedLimits?: Partial<FeedLimits>;
  readonly onClose?: (why: CloseName, session: Session) => void;
}

interface Tenant {
  readonly name: string;
  readonly admission: SessionAdmission;
  sink: RequestSink | undefined;
}

const openMethod = { name: 'session.open', encodeMembers: undefined, writeMembers: undefined };

/** session.open on its way through a partition. */
class OpenCall extends RoutedCall {
  readonly session: Session;
  readonly lastSeq: number | undefined;

  constructor(
    session: Session,
    identity: Identity,
    message: RequestMessage,
    batch: Batch | undefined,
    lastSeq: number | undefined,
  ) {
    super(session, identity.caller, openMethod, message.id, paramsOf(message), batch, lastSeq !== undefined);
    this.session = session;
    this.lastSeq = lastSeq;
  }
}

const pingText = '{"jsonrpc":"2.0","id":"ping","method":"session.ping","params":{}}';
const sweepMs = 1_000;

/** The origin of what nobody asked for. */
class News {
  /** How often it was set aside as a bug of ours: each time it costs a rebuild, so it is told again more and more seldom. */
  readonly failures: number;

  constructor(failures: number) {
    this.failures = failures;
  }
}

export class Sessions implements SessionHost {
  readonly #options: SessionsOptions;
  readonly #router: RequestRouter;
  readonly #pingMs: number;
  readonly #sessions = new Map<Connection, Session>();
  readonly #tenants = new Map<string, Tenant>();
  readonly #events: ReadonlyMap<string, EventText>;
  readonly feeds: Feeds;
  readonly sendBufferBytesMax?: number;
  /** By close reason, since the start. */
  readonly closes = new Map<CloseName, number>();
  readonly #retelling = new Set<Wake>();
  #stopped = false;
  #opened = 0;
  #notifications = 0;
  #sweptAt: number;
  #sweep: Wake;
  /** Sessions with something for the end of the turn. */
  #gathering: Session[] = [];
  turn = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#router = options.router;
    this.#pingMs = options.pingMs ?? defaultPingMs;
    if (options.sendBufferBytesMax !== undefined) this.sendBufferBytesMax = options.sendBufferBytesMax;
    this.#events = new Map(
      [...options.eventEncoders].map(([event, encodeMembers]) => [
        event,
        { prefix: notificationPrefix(event), encodeMembers, write: this.#writerOf(event) },
      ]),
    );
    this.feeds = new Feeds(options.feedLimits);
    this.#sweptAt = options.clock.now();
    this.#sweep = this.#nextSweep();
  }

  get connections(): number {
    return this.#sessions.size;
  }
  get opened(): number {
    return this.#opened;
  }
  get notifications(): number {
    return this.#notifications;
  }
  get full(): boolean {
    return this.#sessions.size >= connectionsMax;
  }

  #writerOf(event: string): NotificationWriter {
    const writeMembers = this.#options.eventWriters?.get(event);
    return writeMembers === undefined ? () => -1 : notificationWriter(event, writeMembers);
  }

  // ── Partitions ──

  /** Where the tenant's partition hands its answers and notifications. */
  egress(tenant: string): Egress {
    this.#tenant(tenant);
    const feeds = this.feeds.ofTenant(tenant);
    return {
      answer: (request, answer) => {
        // What an answer shows has been told before it.
        this.feeds.flush();
        this.#answer(request, answer);
      },
      notify: (audience, event, params) => this.#notify(feeds, audience, event, params),
      ask: (ask) => {
        // Behind what its tick has told.
        this.feeds.flush();
        void this.#ask(tenant, ask);
      },
      // Transports write at the end of the turn by themselves; what is counted per turn begins anew.
      flush: () => {
        this.feeds.flush();
        this.turn += 1;
      },
    };
  }

  /** The tenant's partition is ready: until then its requests are refused as not_ready. Once per tenant. */
  serve(tenant: string, sink: RequestSink): void {
    this.#tenant(tenant).sink = sink;
  }

  sinkOf(tenant: string): RequestSink | undefined {
    return this.#tenants.get(tenant)?.sink;
  }

  /** Asks the newest session of an audience; never rejects. */
  ask(tenant: string, audience: Audience, method: string, params: Params, timeoutMs: number): Promise<Outcome> {
    const readers = [...(this.feeds.find(tenant, audience)?.readers ?? [])];
    const session = readers.at(-1) as Session | undefined;
    if (session === undefined) return Promise.resolve({ lost: 'connection_closed' });
    const deadline = this.#options.clock.now() + timeoutMs;
    return session.outgoing.request((text) => session.deliver(text), method, params, deadline);
  }

  async #ask(tenant: string, { audience, method, params, reference, timeoutMs }: Ask): Promise<void> {
    const outcome = await this.ask(tenant, audience, method, params, timeoutMs);
    if ('lost' in outcome) return;
    this.#tell({ tenant, ...audience }, { answeredTo: reference, answer: outcome });
  }

  /** News for the partition, sent again until it is taken: nobody else knows of it. */
  #tell(caller: Caller, news: FromSessions, origin = new News(0)): void {
    const request: RoutedRequest = { caller, method: '', params: noParams, news, origin };
    this.sinkOf(caller.tenant)?.submit(request);
  }

  #tellPresence({ tenant, role, sub }: Caller, origin?: News): void {
    if (!this.sinkOf(tenant)?.watchedRoles.has(role)) return;
    this.#tell({ tenant, role, sub }, { connected: this.feeds.hasReaders(tenant, { role, sub }) }, origin);
  }

  #newsAnswered({ caller, news }: RoutedRequest, answer: Answer, { failures }: News): void {
    if ('result' in answer || news === undefined || this.#stopped) return;
    const isBug = 'bug' in answer;
    // Where an answer of a client was set aside, what it was about is asked again by whoever asked.
    if (isBug && !('connected' in news)) return;
    const origin = new News(isBug ? failures + 1 : failures);
    // What is told of who is connected is told anew, since it may have changed.
    const again =
      'connected' in news ? () => this.#tellPresence(caller, origin) : () => this.#tell(caller, news, origin);
    const { clock } = this.#options;
    const waitMs = Math.min(overloadedRetryAfterMs * 2 ** origin.failures, setAsideAgainMs);
    const wake = clock.wakeAt(clock.now() + waitMs, () => {
      this.#retelling.delete(wake);
      again();
    });
    this.#retelling.add(wake);
  }

  // ── Connections (src/transport/transport.ts calls these) ──

  connected(connection: Connection): void {
    this.#sessions.set(connection, new Session(connection, this, this.#sweptAt));
  }

  received(connection: Connection, frame: Uint8Array): void {
    const session = this.#sessions.get(connection);
    if (session === undefined) return;
    this.turn += 1;
    session.heardAt = this.#sweptAt;
    this.#router.receive(session, frame);
  }

  disconnected(connection: Connection): void {
    const session = this.#sessions.get(connection);
    if (session !== undefined) this.#forget(session);
  }

  gathers(session: Session): void {
    if (this.#gathering.length === 0) queueMicrotask(this.#sendGathered);
    this.#gathering.push(session);
  }

  readonly #sendGathered = (): void => {
    const gathering = this.#gathering;
    this.#gathering = [];
    for (const session of gathering) session.sendGathered();
  };

  closing(session: Session, why: CloseName): void {
    this.closes.set(why, (this.closes.get(why) ?? 0) + 1);
    this.#options.onClose?.(why, session);
    this.#forget(session);
  }

  /** No more sweeps, no more news: who is connected is over with the process. Connections are the transport's to close. */
  stop(): void {
    this.#stopped = true;
    this.#sweep.cancel();
    for (const wake of this.#retelling) wake.cancel();
  }

  // ── Opening ──

  open(session: Session, message: RequestMessage, batch: Batch | undefined) {
    if (session.state !== 'new') return session.refuse(message, batch, refuse('session_already_open'));
    const fault = this.#router.openFault(message);
    if (fault !== undefined) return session.respond(message.id, batch, fault);
    const token = paramsOf(message).token ?? bearerToken(session.connection.headers.authorization);
    const identified = this.#options.authentication.identify(token, this.#options.clock.now());
    session.state = 'opening';
    if (identified instanceof Promise)
      void identified.then((identity) => this.#identified(session, message, batch, identity));
    else this.#identified(session, message, batch, identified);
  }

  #identified(session: Session, message: RequestMessage, batch: Batch | undefined, identity: Identity | Refusal) {
    if (session.state !== 'opening') return;
    if (isRefusal(identity)) return this.#notOpened(session, message, batch, identity);
    const tenant = this.#tenant(identity.caller.tenant);
    if (tenant.sink === undefined) return this.#notOpened(session, message, batch, notReady());
    if (!tenant.admission.admits(this.#options.clock.now())) {
      const again = refuse('too_many_sessions', { retryAfterMs: tooManySessionsRetryAfterMs });
      return this.#notOpened(session, message, batch, again);
    }
    session.identity = identity;
    session.inFlight += 1;
    tenant.sink.submit(new OpenCall(session, identity, message, batch, this.#resumesAfter(identity, message)));
  }

  /** The number after which the client goes on, when everything since is still here. */
  #resumesAfter({ caller }: Identity, message: RequestMessage): number | undefined {
    const { sessionEpoch, lastSeq } = paramsOf(message);
    if (sessionEpoch !== this.#options.sessionEpoch || lastSeq === undefined) return undefined;
    return this.feeds.find(caller.tenant, caller)?.holdsAfter(lastSeq) ? lastSeq : undefined;
  }

  #notOpened(session: Session, message: RequestMessage, batch: Batch | undefined, refusal: Refusal): void {
    session.state = 'new';
    session.refuse(message, batch, refusal);
    this.#routeHeld(session);
  }

  #openAnswered(call: OpenCall, answer: Answer) {
    const { session, caller } = call;
    call.markAnswered();
    if (session.state === 'closed') return;
    if (!('result' in answer)) {
      session.state = 'new';
      session.respond(call.id, call.batch, encodeAnswer(call.id, answer, undefined));
      return this.#routeHeld(session);
    }
    const missed = this.feeds.find(caller.tenant, caller);
    if (call.lastSeq !== undefined && !missed?.holdsAfter(call.lastSeq)) return session.close('resume_lost');
    session.state = 'open';
    session.caller = caller;
    session.sink = this.sinkOf(caller.tenant);
    this.#opened += 1;
    session.batchFrames = call.params.batchFrames === true;
    const feed = this.feeds.join(caller.tenant, caller, session);
    const result = {
      sessionId: this.#options.randomness.uuid(),
      ...caller,
      sessionEpoch: this.#options.sessionEpoch,
      seq: call.lastSeq ?? feed.lastSeq,
      resumed: call.resumes,
      ...(answer.result as object),
      capabilities: this.#options.capabilitiesOf(caller),
      pingMs: this.#pingMs,
      now: this.#options.clock.now(),
    };
    session.respond(call.id, call.batch, encodeResult(call.id, result));
    if (call.lastSeq !== undefined) for (const text of feed.after(call.lastSeq)) session.deliver(text);
    this.#tellPresence(caller);
    this.#routeHeld(session);
  }

  #routeHeld(session: Session): void {
    for (const { message, batch } of session.takeHeld()) this.#router.route(session, message, batch);
  }

  // ── Egress ──

  #answer(request: RoutedRequest, answer: Answer): void {
    const call = request.origin;
    if (call instanceof News) return this.#newsAnswered(request, answer, call);
    if (call instanceof OpenCall) this.#openAnswered(call, answer);
    else if (call instanceof RoutedCall) this.#router.answer(call, answer);
    else throw new Error(`an answer to a request that was not routed here: ${request.method}`);
  }

  #notify(feeds: TenantFeeds, audience: Audience, event: string, params: Params): void {
    const text = this.#events.get(event);
    if (text === undefined) throw new Error(`the table of events lacks ${event}`);
    this.#notifications += 1;
    this.feeds.publish(feeds, audience, text, params);
  }

  // ── Silence and expiry ──

  #nextSweep(): Wake {
    const { clock } = this.#options;
    return clock.wakeAt(clock.now() + Math.min(sweepMs, Math.ceil(this.#pingMs / 4)), () => {
      this.#sweepAll(clock.now());
      this.#sweep = this.#nextSweep();
    });
  }

  #sweepAll(now: number): void {
    this.#sweptAt = now;
    this.turn += 1;
    for (const session of this.#sessions.values()) this.#sweepOne(session, now);
    this.feeds.expire(now);
  }

  #sweepOne(session: Session, now: number) {
    if (session.state !== 'open' && session.connectedAt + openWithinMs <= now) return session.close('not_opened');
    if (session.state === 'open' && session.identity!.expiresAt <= now) return session.close('token_expired');
    if (now - session.heardAt > 3 * this.#pingMs) return session.close('silent');
    session.outgoing.expire(now);
    if (session.state === 'open' && now - Math.max(session.heardAt, session.pingedAt) >= this.#pingMs) {
      session.pingedAt = now;
      session.deliver(pingText);
    }
  }

  #tenant(name: string): Tenant {
    let tenant = this.#tenants.get(name);
    if (tenant === undefined) {
      const perSecond = this.#options.sessionsPerSecond ?? sessionsPerSecondMax;
      tenant = { name, admission: new SessionAdmission(perSecond, this.#options.clock.now()), sink: undefined };
      this.#tenants.set(name, tenant);
    }
    return tenant;
  }

  #forget(session: Session): void {
    if (!this.#sessions.delete(session.connection)) return;
    if (session.state === 'open') {
      this.#opened -= 1;
      const { caller } = session.identity!;
      this.feeds.leave(caller.tenant, caller, session, this.#options.clock.now());
      if (!this.feeds.hasReaders(caller.tenant, caller)) this.#tellPresence(caller);
    }
    session.gone();
  }
}

/** Of a session.open that was found without fault. */
function paramsOf(message: RequestMessage): Params & { token?: string; sessionEpoch?: string; lastSeq?: number } {
  return (message.params ?? {}) as Params;
}
