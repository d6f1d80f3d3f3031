// The adapter as a process has it: a door for Asterisk, the switch, and a session with the router, one behind the other.
//
//   Asterisk connects ─ what is there is asked ─ session with the router ─ switch.report ─ calls
//   Asterisk is lost ── the session is closed: to the router the switch is gone, and comes back with Asterisk
//
// The session is open only while Asterisk is connected: a switch that could ring nobody would be offered to, and the
// router knows best what becomes of calls whose switch is away. One adapter serves one Asterisk, which is one switch.

import { RefusedError, StrowgerClient, type Token } from '../../client/client.ts';
import type { Clock, Randomness, Wake } from '../../engine/clock.ts';
import { adapterTriesEveryMs, asteriskStartsEveryMs } from '../../limits.ts';
import type { RouterLog } from '../../log.ts';
import { type AriConnection, AriRefusedError } from './ari/ari-connection.ts';
import { AriDoor } from './ari/ari-door.ts';
import { type AsteriskEvent, AsteriskSwitch } from './asterisk-switch.ts';
import { Media } from './media.ts';
import type { AsteriskSettings } from './settings.ts';

export interface AdapterOptions {
  readonly router: string;
  readonly token: Token;
  /** As the token says. */
  readonly switchId: string;
  readonly host: string;
  readonly port: number;
  readonly settings: AsteriskSettings;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: RouterLog;
  /** The router will not have it: waiting does not help. */
  readonly onRefused: (error: Error) => void;
  /** Told of everything that happens, before the log is. */
  readonly listener?: (event: AsteriskEvent) => void;
}

export class Adapter {
  readonly switch: AsteriskSwitch;
  readonly #options: AdapterOptions;
  #door!: AriDoor;
  #ari: AriConnection | undefined;
  #client: StrowgerClient | undefined;
  /** No session was open yet. */
  #isNew = true;
  #again: Wake | undefined;
  #isClosed = false;

  /** Resolves when Asterisk can connect. */
  static async start(options: AdapterOptions): Promise<Adapter> {
    const adapter = new Adapter(options);
    const { host, port, settings, clock, log } = options;
    adapter.#door = await AriDoor.open({
      host,
      port,
      ...settings.asterisk,
      clock,
      connected: (ari) => adapter.#connected(ari),
      turnedAway: (why) => log.warn({}, `Asterisk was turned away: ${why}`),
    });
    return adapter;
  }

  private constructor(options: AdapterOptions) {
    this.#options = options;
    const { switchId, settings, clock, randomness } = options;
    this.switch = new AsteriskSwitch({
      switchId,
      settings,
      clock,
      idPrefix: `a${randomness.uuid().slice(0, 8)}`,
      listener: (event) => this.#said(event),
    });
  }

  get port(): number {
    return this.#door.port;
  }

  /** Calls stay up at Asterisk; whoever is started next finds them. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#again?.cancel();
    this.#leaveRouter();
    await this.#door.close();
  }

  /** Takes no more calls, and finishes those that it has; or takes them again. */
  drain(on: boolean): void {
    const { log } = this.#options;
    void this.switch.drain(on);
    if (on) log.info({ legs: this.switch.legs.size }, 'draining: calls that come are turned away');
    else log.info({}, 'draining no longer: calls that come are taken');
    this.#perhapsDrained();
  }

  #perhapsDrained(): void {
    if (this.switch.isDraining && this.switch.legs.size === 0)
      this.#options.log.info({}, 'drained: nothing is left, and Asterisk and this may be stopped');
  }

  /** Cuts the connection with Asterisk as a failing network would: for tests of what comes after. */
  cut(): void {
    this.#ari?.end('cut');
  }

  // ── Asterisk ──

  #connected(ari: AriConnection): void {
    // Asterisk knows better than we whether the one before is alive.
    if (this.#ari !== undefined) this.#ari.end('Asterisk has connected anew');
    this.#ari = ari;
    ari.listen({
      event: (event) => this.switch.hear(event),
      gone: (why) => this.#gone(ari, why),
    });
    this.#ask(ari);
  }

  /** One that still starts connects, and says to everything that it is not ready: it is asked again a moment later. */
  #ask(ari: AriConnection): void {
    const { settings, log, clock } = this.#options;
    const isCurrent = () => this.#ari === ari && !this.#isClosed;
    this.switch.attached(new Media(ari, settings.asterisk.app)).then(
      () => {
        if (!isCurrent()) return;
        log.info({ legs: this.switch.legs.size }, 'Asterisk has connected');
        void this.#enterRouter();
      },
      (error: Error) => {
        const isStarting = error instanceof AriRefusedError && error.status === 503;
        if (!isStarting) return ari.end(`it would not say what it has: ${error.message}`);
        clock.wakeAt(clock.now() + asteriskStartsEveryMs, () => {
          if (isCurrent()) this.#ask(ari);
        });
      },
    );
  }

  #gone(ari: AriConnection, why: string): void {
    if (this.#ari !== ari) return;
    this.#ari = undefined;
    this.switch.detached();
    this.#leaveRouter();
    if (!this.#isClosed) this.#options.log.warn({ why }, 'Asterisk is lost; waiting for it');
  }

  // ── The router ──

  async #enterRouter(): Promise<void> {
    const { router: url, token, clock, randomness, log, onRefused } = this.#options;
    this.#again?.cancel();
    const ari = this.#ari;
    let client: StrowgerClient | undefined;
    const isCurrent = () => this.#ari === ari && !this.#isClosed && (client === undefined || this.#client === client);
    try {
      client = await StrowgerClient.connect({
        url,
        token,
        clock,
        randomness,
        requests: this.switch.requests,
        onConnection: (what, { reason }) => {
          // Of the first session it is told below: until then there is no client to speak with.
          if (client === undefined || !isCurrent()) return;
          if (what === 'open') return this.#entered(client);
          if (this.switch.isRouted) log.warn({ reason }, 'the router is lost; calls go on, and it is waited for');
          this.switch.lost();
        },
        onEnd: (error) => {
          if (!isCurrent()) return;
          this.#leaveRouter();
          if (error instanceof RefusedError) onRefused(error);
          else this.#tryAgain(error);
        },
      });
    } catch (error) {
      if (!isCurrent()) return;
      if (error instanceof RefusedError) return onRefused(error);
      return this.#tryAgain(error as Error);
    }
    if (this.#ari !== ari || this.#isClosed) return client.close();
    this.#client = client;
    if (client.isOpen) this.#entered(client);
  }

  #entered(client: StrowgerClient): void {
    const { sub } = client.session;
    const { switchId, onRefused } = this.#options;
    if (sub !== switchId) return onRefused(new Error(`the token is for the switch ${sub}, not ${switchId}`));
    this.switch.opened(client);
    if (this.#isNew) void this.#stay(client);
    this.#isNew = false;
  }

  /** Left draining by the process before this one, which has gone since. */
  async #stay(client: StrowgerClient): Promise<void> {
    try {
      const { draining } = await client.call('switch.get', { switchId: this.#options.switchId });
      if (draining && !this.switch.isDraining) await this.switch.drain(false);
    } catch (error) {
      this.#options.log.warn({ why: (error as Error).message }, 'switch.get');
    }
  }

  #tryAgain({ message }: Error): void {
    const { clock, log } = this.#options;
    log.warn({ why: message }, 'the router cannot be reached; calls wait, and it is tried again');
    this.#again?.cancel();
    this.#again = clock.wakeAt(clock.now() + adapterTriesEveryMs, () => void this.#enterRouter());
  }

  #leaveRouter(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.close();
    this.switch.lost();
  }

  #said(event: AsteriskEvent): void {
    const { log, listener } = this.#options;
    listener?.(event);
    switch (event.what) {
      case 'failed':
        return log.warn({}, event.why);
      case 'returned':
        return log.info({ legs: event.legs }, 'the router knows what is there');
      case 'found':
        if (event.restarted) log.warn({}, 'Asterisk was started anew: what it had is gone');
        return;
      case 'over': {
        const { leg, ending } = event;
        if (ending.by === 'refusal')
          log.info({ contactId: leg.contactId, to: leg.wishes?.to }, `a call was not let in: ${ending.refusal}`);
        return this.#perhapsDrained();
      }
    }
  }
}
