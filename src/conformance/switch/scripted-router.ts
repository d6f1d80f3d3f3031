// The router's side of a connection with a switch, for a script: real sessions (src/transport) with all their checks, and
// behind them no router but a record of what the switch said, answers as a router with nobody to serve would give them,
// and whatever the script asks of the switch.
//
// It can do what routers do to switches: cut the connection, stay away, come back as another process, leave requests
// without an answer.

import type { Clock, Randomness } from '../../engine/clock.ts';
import type { Answer, Egress, RequestSink, RoutedRequest } from '../../engine/egress.ts';
import { bodyBytesMax, frameBytesMax } from '../../limits.ts';
import { eventWriters } from '../../protocol/byte-writers.ts';
import { eventEncoders } from '../../protocol/encoders.ts';
import { type RefusalName, refuse } from '../../protocol/refusals.ts';
import { switchDefaults } from '../../protocol/switch-settings.ts';
import { Authentication, signToken } from '../../transport/authentication.ts';
import { closeCodes } from '../../transport/close-codes.ts';
import { rpcPath } from '../../transport/http.ts';
import type { Outcome } from '../../transport/outgoing-requests.ts';
import { capabilitiesOf, openFault, routedMethods } from '../../transport/request-check.ts';
import { RequestRouter } from '../../transport/request-router.ts';
import { Sessions } from '../../transport/sessions.ts';
import type { Connection, Transport, TransportFactory } from '../../transport/transport.ts';

export type Params = Readonly<Record<string, unknown>>;

/** One request of the switch, in the order in which they came. */
export interface Heard {
  readonly method: string;
  readonly params: Params;
  /** The how-manieth session it came in: 1 is the first. */
  readonly session: number;
  readonly isAnswered: boolean;
}

export interface ScriptedRouterOptions {
  readonly host: string;
  readonly port: number;
  readonly tenant: string;
  readonly switchId: string;
  readonly secret: Uint8Array;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly transport: TransportFactory;
}

/** A switch that is asked has so long; then the script goes on without an answer. */
const pingMs = 2_000;

export class ScriptedRouter implements RequestSink {
  readonly watchedRoles: ReadonlySet<never> = new Set<never>();
  readonly heard: Heard[] = [];
  /** What it has been told that no router would take: wrong parameters, methods that are not a switch's. */
  readonly faults: string[] = [];
  /** Legs that this router knows and that are alive, and whose contact they are. */
  readonly legs = new Map<string, string>();
  /** Methods that are heard and get no answer. */
  readonly withheld = new Set<string>();
  /** Contacts are refused with this. */
  refusesContacts: RefusalName | undefined;
  /** What switch.report is answered for a leg; without it: known ones are kept. */
  verdicts = new Map<string, 'keep' | 'release' | 'unknown'>();
  /** Pairs that switch.report answers are to be joined. */
  toBeJoined: [string, string][] = [];
  sessionsOpened = 0;
  readonly #options: ScriptedRouterOptions;
  readonly #connections = new Set<Connection>();
  #sessions: Sessions;
  #egress: Egress;
  #transport: Transport | undefined;
  #port = 0;
  #isAway = false;
  #stirred: (() => void)[] = [];

  private constructor(options: ScriptedRouterOptions) {
    this.#options = options;
    [this.#sessions, this.#egress] = this.#process();
  }

  static async start(options: ScriptedRouterOptions): Promise<ScriptedRouter> {
    const router = new ScriptedRouter(options);
    try {
      await router.#listen();
    } catch (error) {
      router.#sessions.stop();
      throw error;
    }
    return router;
  }

  get url(): string {
    const { host } = this.#options;
    return `ws://${host.includes(':') ? `[${host}]` : host}:${this.#port}${rpcPath}`;
  }
  get isConnected(): boolean {
    return this.#sessions.opened > 0;
  }

  token(now: number, lifeMs: number): Promise<string> {
    const { secret, tenant, switchId } = this.#options;
    return signToken(secret, { tenant, role: 'switch', sub: switchId }, now, now + lifeMs);
  }

  async close(): Promise<void> {
    this.#sessions.stop();
    await this.#transport?.close(...goodbye);
  }

  // ── What happens to connections ──

  /** The connection is lost; the switch may come back at once. */
  cut(): void {
    for (const connection of [...this.#connections]) connection.close(...goodbye);
  }

  /** Nobody gets in until back(). */
  away(): void {
    this.#isAway = true;
    this.cut();
  }

  back(): void {
    this.#isAway = false;
  }

  /** Another process with what the old one knew: sessions begin anew. */
  restart(): void {
    this.cut();
    this.#sessions.stop();
    [this.#sessions, this.#egress] = this.#process();
  }

  // ── Asking and listening ──

  ask(method: string, params: Params, timeoutMs: number): Promise<Outcome> {
    const { tenant, switchId } = this.#options;
    return this.#sessions.ask(tenant, { role: 'switch', sub: switchId }, method, params, timeoutMs);
  }

  /** Resolves as soon as it holds, or false after so long. Looked at whenever something was heard. */
  async until(holds: () => boolean, withinMs: number): Promise<boolean> {
    const { clock } = this.#options;
    const deadline = clock.now() + withinMs;
    while (!holds()) {
      if (clock.now() >= deadline) return false;
      await new Promise<void>((resolve) => {
        const late = clock.wakeAt(deadline, resolve);
        this.#stirred.push(() => {
          late.cancel();
          resolve();
        });
      });
    }
    return true;
  }

  submit(request: RoutedRequest): void {
    if (request.news !== undefined) return;
    const { method, params } = request;
    if (method === 'session.open') this.sessionsOpened += 1;
    const isAnswered = !this.withheld.has(method);
    this.heard.push({ method, params, session: this.sessionsOpened, isAnswered });
    // What is not answered is not known either: the answer is the promise to remember.
    if (isAnswered) this.#egress.answer(request, this.#answerTo(request));
    this.#egress.flush();
    this.#stir();
  }

  #answerTo({ method, params, resumes }: RoutedRequest): Answer {
    const { contactId, legId } = params as { contactId: string; legId: string };
    switch (method) {
      case 'session.open':
        return { result: resumes === true ? {} : { state: { contacts: [] } } };
      case 'contact.create':
        if (this.refusesContacts !== undefined) return { refusal: refuse(this.refusesContacts) };
        this.legs.set(legId, contactId);
        return { result: this.#brief(params, 'waiting') };
      case 'switch.report':
        return { result: this.#judge((params as { legs: { legId: string }[] }).legs) };
      case 'switch.get':
      case 'switch.drain':
        return { result: this.#view(params.on === true) };
      case 'leg.ringing':
      case 'leg.answered':
      case 'leg.failed':
      case 'leg.ended':
        return this.#legReported(method, legId);
      case 'contact.cancel':
      case 'contact.end':
      case 'contact.update':
        return {
          result: this.#brief({ ...params, queueId: 'any' }, method === 'contact.update' ? 'waiting' : 'ended'),
        };
      default:
        return { refusal: refuse('not_allowed_for_role', { role: 'switch', method }) };
    }
  }

  #legReported(method: string, legId: string): Answer {
    const contactId = this.legs.get(legId);
    if (contactId === undefined) return { refusal: refuse('leg_not_found') };
    const state = { 'leg.ringing': 'ringing', 'leg.answered': 'answered' }[method] ?? 'ended';
    if (state === 'ended') this.legs.delete(legId);
    return { result: { legId, state, contactId } };
  }

  #judge(legs: readonly { legId: string }[]): Params {
    const ids = legs.map(({ legId }) => legId);
    const verdictOf = (legId: string) =>
      this.verdicts.get(legId) ?? (this.legs.has(legId) ? ('keep' as const) : ('unknown' as const));
    const joined = new Set(this.toBeJoined.flat());
    const of = (verdict: string) => ids.filter((legId) => !joined.has(legId) && verdictOf(legId) === verdict);
    return {
      keep: of('keep'),
      connect: this.toBeJoined.filter((pair) => pair.some((legId) => ids.includes(legId))),
      release: of('release'),
      unknown: of('unknown'),
    };
  }

  #brief({ contactId, queueId }: Params, state: string): Params {
    return { contactId, state, queueId, arrivedAt: this.#options.clock.now(), waitedMs: 0 };
  }

  #view(draining: boolean): Params {
    const { switchId, clock } = this.#options;
    return {
      switchId,
      ...switchDefaults,
      connected: true,
      since: clock.now(),
      draining,
      lost: false,
      legs: this.legs.size,
    };
  }

  // ── The sessions of one process ──

  #process(): [Sessions, Egress] {
    const { tenant, secret, clock, randomness } = this.#options;
    const methods = new Map(
      [...routedMethods({ 'session.ping': '{}' })].map(([name, method]) => [
        name,
        { ...method, check: this.#noting(name, method.check) },
      ]),
    );
    const sessions = new Sessions({
      router: new RequestRouter({
        methods,
        openFault: (params) => {
          const fault = openFault(params);
          if (fault !== undefined) this.faults.push(`session.open: ${fault.path} ${fault.message}`);
          return fault;
        },
      }),
      authentication: new Authentication({ secret, hasTenant: (name) => name === tenant }),
      clock,
      randomness,
      sessionEpoch: randomness.uuid(),
      capabilitiesOf,
      eventEncoders,
      eventWriters,
      pingMs,
    });
    sessions.serve(tenant, this);
    return [sessions, sessions.egress(tenant)];
  }

  #noting<Check extends (...args: never[]) => object>(name: string, check: Check): Check {
    return ((...args: Parameters<Check>) => {
      const checked = check(...args) as { invalid?: { path: string; message: string }; refusal?: { message: string } };
      const { invalid, refusal } = checked;
      if (invalid !== undefined) this.faults.push(`${name}: ${invalid.path} ${invalid.message}`);
      if (refusal !== undefined) this.faults.push(`${name}: ${refusal.message}`);
      return checked;
    }) as unknown as Check;
  }

  async #listen(): Promise<void> {
    const { host, port, transport } = this.#options;
    this.#transport = transport(
      { host, port, frameBytesMax, bodyBytesMax },
      {
        upgrade: ({ path }) => {
          if (path === rpcPath && !this.#isAway) return undefined;
          return { status: this.#isAway ? 503 : 404, headers: {}, body: '' };
        },
        opened: (connection) => {
          this.#connections.add(connection);
          this.#sessions.connected(connection);
        },
        message: (connection, frame) => this.#sessions.received(connection, frame),
        closed: (connection) => {
          this.#connections.delete(connection);
          this.#sessions.disconnected(connection);
          this.#stir();
        },
        http: () => ({ status: 404, headers: {}, body: '' }),
      },
    );
    this.#port = await this.#transport.listen();
  }

  #stir(): void {
    for (const stirred of this.#stirred.splice(0)) stirred();
  }
}

const goodbye = [closeCodes.stopping[0], closeCodes.stopping[1]] as const;
