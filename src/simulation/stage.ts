// Where a replay is played: who its parties talk to, and how its time passes. The replay itself knows neither sockets nor
// clocks.
//
//   SocketStage    a running router over real sockets (below)
//   VirtualStage   a router of its own inside this process, in virtual time (virtual-stage.ts)

import type { StrowgerClient } from '../client/client.ts';
import type { Clock } from '../engine/clock.ts';
import type { Role } from '../engine/egress.ts';
import type { Speed } from './replay-setting.ts';
import { type ConnectionListener, connectParty, type RouterAccess } from './router-access.ts';
import { PacedTimeline, SteppedTimeline, type Timeline } from './timeline.ts';

/** What simulated switches, agents and administrators need of a session. */
export type Party = Pick<StrowgerClient, 'call' | 'request' | 'on' | 'isOpen' | 'close'>;

export interface Stage {
  readonly speed: Speed;
  /** Of whoever waits for the outcome: for progress, and for how long it took. */
  readonly clock: Clock;
  /** Once, before anybody connects. `settled` resolves when nothing of what has been done is still on its way. */
  timeline(startsAt: number, settled: () => Promise<void>): Timeline;
  connect(role: Role, sub: string, onConnection: ConnectionListener): Promise<Party>;
  /** Resolves when everything that the router has told this party until now has been heard. */
  heardEverything(party: Party): Promise<void>;
  close(): Promise<void>;
}

export interface SocketStageOptions {
  readonly access: RouterAccess;
  readonly speed: number | 'max';
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
}

export class SocketStage implements Stage {
  readonly speed: number | 'max';
  readonly clock: Clock;
  readonly #access: RouterAccess;
  readonly #connectTimeoutMs: number;

  constructor({ access, speed, clock, connectTimeoutMs }: SocketStageOptions) {
    this.speed = speed;
    this.clock = clock;
    this.#access = access;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  timeline(startsAt: number, settled: () => Promise<void>): Timeline {
    if (this.speed === 'max') return new SteppedTimeline(startsAt, settled);
    return new PacedTimeline(this.clock, this.speed, startsAt);
  }

  connect(role: Role, sub: string, onConnection: ConnectionListener): Promise<Party> {
    const { clock } = this;
    return connectParty(this.#access, { role, sub, clock, connectTimeoutMs: this.#connectTimeoutMs, onConnection });
  }

  async heardEverything(party: Party): Promise<void> {
    await party.call('session.ping', {});
  }

  /** The router is somebody else's. */
  async close(): Promise<void> {}
}
