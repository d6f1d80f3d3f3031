// Where a case is played: twice, by the same words.
//
//   live      a router as in production (sockets, LMDB, workers) with a clock that runs twenty times as fast while time is to pass,
//             and stands while requests and what follows from them are on their way
//   virtual   the same partition and modules over a store in memory, in virtual time
//
// Live, whatever must come true is waited for, since answers come before what follows from them; and a case that fails while the machine
// stood still is played again, since its twenty seconds were none. In virtual time nothing is waited for and nothing is
// played again.

import type { ClientAnswer, Role } from '../../src/engine/egress.ts';
import type { EventName } from '../../src/protocol/events.ts';
import type { CasePlatforms } from './case-platforms.ts';

export type Members = Readonly<Record<string, unknown>>;

export interface Told {
  readonly event: EventName;
  readonly params: Members;
}

/** What a party answers when the router asks something of it; undefined: nothing. */
export type Answers = (method: string, params: Members) => ClientAnswer | undefined;

/** One session. */
export interface Party {
  /** Throws RefusedError when it is refused. */
  request(method: string, params: Members): Promise<Members>;
  /** Everything it has been told. */
  readonly told: readonly Told[];
  /** Its connection is gone. */
  close(): void;
}

export interface Stage {
  readonly name: 'live' | 'virtual';
  /** By so much a time may be off. */
  readonly leewayMs: number;
  /** Where the router asks outside. */
  readonly platforms: CasePlatforms;
  now(): number;
  connect(role: Role, sub: string, answers?: Answers): Promise<Party>;
  pass(ms: number): Promise<void>;
  /** The router stops, and is back after so long. */
  restart(downMs: number): Promise<void>;
  /** Undefined when `wrong` comes to find nothing wrong, else what it found last. */
  settled(wrong: () => Promise<string | undefined>): Promise<string | undefined>;
  /** The machine was too slow for what has been played to mean anything. */
  stoodStill(): boolean;
  close(): Promise<void>;
}
