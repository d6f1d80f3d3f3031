// A leg at the reference switch: one party's media connection, from its beginning to its end.
//
//   customer   answered ──── connected ⇄ held
//                  ▲             │ the other party is gone
//                  └─────────────┘
//   agent, and a customer who is called back      asked ── ringing ── answered ── connected ⇄ held
//
// A leg that is over is in no list any more; how it ended is said in a report, unless the router let it go itself.

import type { LegCause, RecordingState, ReportedLegState, SupervisionMode } from '../../protocol/legs.ts';
import type { Params } from '../../protocol/methods.ts';
import type { Telephone } from './telephones.ts';

/** What a call wants, as contact.create takes it. */
export type Wishes = Omit<Params<'contact.create'>, 'contactId' | 'legId'>;

interface AnyLeg {
  readonly legId: string;
  readonly contactId: string;
  state: ReportedLegState;
  /** Whether its conversation is recorded; absent: it never was. */
  recording?: RecordingState;
  /** Who it is together with: one, or the two others of a conference. */
  others: readonly Leg[];
  /** The return to the router in which it was reported last (0: none). */
  reportedAtReturn: number;
}

export interface CustomerLeg extends AnyLeg {
  readonly party: 'customer';
  readonly wishes: Wishes;
  /** `router`: it knows of the call, or will. `switch`: served by the switch itself, by its default for when nobody routes. */
  servedBy: 'router' | 'switch';
  /** The router has said that it knows the contact. */
  isKnown: boolean;
}

/** The router has asked for it. */
export interface RungLeg extends AnyLeg {
  readonly party: 'agent' | 'called';
  telephone: Telephone | undefined;
  /** It is a supervisor's, and takes part in somebody's conversation. */
  listens?: SupervisionMode;
}

export type Leg = CustomerLeg | RungLeg;

/** Nobody is there yet. */
export function isBeingRung({ state }: Leg): boolean {
  return state === 'asked' || state === 'ringing';
}

/** How a leg went: by its party or by the network, or let go. */
export type Ending =
  | { readonly by: 'party'; readonly cause: LegCause }
  | { readonly by: 'router'; readonly why: string }
  /** The router refused the contact: it has no place for it. */
  | { readonly by: 'refusal'; readonly refusal: string }
  | { readonly by: 'switch'; readonly why: string };
