// The telephones behind a simulated switch: what one does when it is rung, and afterwards. A conduct says it for one
// call; where conducts come from is another matter: drawn by shares (drawn-telephones.ts), or from a script.

import type { Clock, Wake } from '../../engine/clock.ts';
import type { LegCause } from '../../protocol/legs.ts';

/** A telephone is rung. */
export interface Ring {
  readonly legId: string;
  readonly contactId: string;
  /** Absent: of a customer who is called back. */
  readonly agentId?: string | undefined;
  readonly lineId?: string | undefined;
  readonly number?: string | undefined;
  readonly from?: string | undefined;
}

/** What a telephone tells its switch. After `failed` or `ended` it says nothing more. */
export interface FromTelephone {
  ringing(): void;
  answered(): void;
  /** Before it was answered. */
  failed(cause: LegCause): void;
  /** Afterwards. */
  ended(cause: LegCause): void;
}

export interface Telephone {
  /** It is in a conversation now. */
  joined(): void;
  /** The switch has let it go: it says nothing more. */
  letGo(): void;
}

export interface Telephones {
  ring(ring: Ring, tell: FromTelephone): Telephone;
  /** Whether the media of two legs can be brought together now. */
  joins(contactId: string): boolean;
}

/** Times are milliseconds from the ring, and for `leaves` from the conversation's beginning. */
export interface Conduct {
  /** When it begins to ring; left out: it never does. */
  readonly ringsAfterMs?: number;
  readonly answersAfterMs?: number;
  readonly fails?: { readonly afterMs: number; readonly cause: LegCause };
  /** It ends the conversation. */
  readonly leaves?: { readonly afterMs: number; readonly cause: LegCause };
}

/** What telephones in scripts can be told to do; `switch-sim --telephone NUMBER=…` takes these names. */
export const conducts = {
  answers: { ringsAfterMs: 50, answersAfterMs: 150 },
  /** Rings long enough for somebody at the desk to be faster than the telephone. */
  rings: { ringsAfterMs: 50 },
  /** Never rings, never answers. */
  silent: {},
  busy: { fails: { afterMs: 50, cause: 'busy' } },
  rejects: { ringsAfterMs: 50, fails: { afterMs: 150, cause: 'rejected' } },
  noAnswer: { ringsAfterMs: 50, fails: { afterMs: 500, cause: 'noAnswer' } },
  unreachable: { fails: { afterMs: 50, cause: 'unreachable' } },
  hangsUp: { ringsAfterMs: 50, answersAfterMs: 150, leaves: { afterMs: 300, cause: 'hungUp' } },
  isLost: { ringsAfterMs: 50, answersAfterMs: 150, leaves: { afterMs: 300, cause: 'lost' } },
} as const satisfies Readonly<Record<string, Conduct>>;
export type ConductName = keyof typeof conducts;
export const conductNames = Object.keys(conducts) as ConductName[];

/** A number for each conduct, from the range that is kept free for fiction. */
export const usualNumbers = {
  answers: '+12025550100',
  rings: '+12025550101',
  silent: '+12025550102',
  busy: '+12025550103',
  rejects: '+12025550104',
  noAnswer: '+12025550105',
  unreachable: '+12025550106',
  hangsUp: '+12025550107',
  isLost: '+12025550108',
} as const satisfies Record<ConductName, string>;

/** A telephone that conducts itself so. */
export class ConductedTelephone implements Telephone {
  readonly #clock: Clock;
  readonly #conduct: Conduct;
  readonly #tell: FromTelephone;
  #wakes: Wake[] = [];

  constructor(conduct: Conduct, tell: FromTelephone, clock: Clock) {
    this.#clock = clock;
    this.#conduct = conduct;
    this.#tell = tell;
    const { ringsAfterMs, answersAfterMs, fails } = conduct;
    if (ringsAfterMs !== undefined) this.#after(ringsAfterMs, () => tell.ringing());
    if (answersAfterMs !== undefined) this.#after(answersAfterMs, () => tell.answered());
    if (fails !== undefined) this.#after(fails.afterMs, () => this.#last(() => tell.failed(fails.cause)));
  }

  joined(): void {
    const { leaves } = this.#conduct;
    if (leaves !== undefined) this.#after(leaves.afterMs, () => this.#last(() => this.#tell.ended(leaves.cause)));
  }

  letGo(): void {
    for (const wake of this.#wakes.splice(0)) wake.cancel();
  }

  #last(say: () => void): void {
    this.letGo();
    say();
  }

  #after(ms: number, happens: () => void): void {
    this.#wakes.push(this.#clock.wakeAt(this.#clock.now() + ms, happens));
  }
}

/** Telephones that do exactly what a script says, by number or by line; what is not in it follows `otherwise`. */
export class ScriptedTelephones implements Telephones {
  readonly script: Map<string, Conduct>;
  otherwise: Conduct;
  /** Contacts whose legs cannot be joined. */
  readonly notToBeJoined = new Set<string>();
  readonly #clock: Clock;
  readonly #rung = new Map<string, FromTelephone>();

  constructor(clock: Clock, script: Readonly<Record<string, Conduct>> = {}, otherwise: Conduct = conducts.silent) {
    this.#clock = clock;
    this.script = new Map(Object.entries(script));
    this.otherwise = otherwise;
  }

  /** The script says what this telephone does. */
  has(ring: Ring): boolean {
    return this.#scriptOf(ring) !== undefined;
  }

  ring(ring: Ring, tell: FromTelephone): Telephone {
    this.#rung.set(ring.lineId ?? ring.number ?? ring.legId, tell);
    return new ConductedTelephone(this.#scriptOf(ring) ?? this.otherwise, tell, this.#clock);
  }

  joins(contactId: string): boolean {
    return !this.notToBeJoined.has(contactId);
  }

  /** Makes the telephone of this line, or number of a customer, rung last, do something by hand. */
  at(lineId: string): FromTelephone {
    const rung = this.#rung.get(lineId);
    if (rung === undefined) throw new Error(`the telephone of ${lineId} was never rung`);
    return rung;
  }

  #scriptOf({ number, lineId }: Ring): Conduct | undefined {
    return (number === undefined ? undefined : this.script.get(number)) ?? this.script.get(lineId ?? '');
  }
}
