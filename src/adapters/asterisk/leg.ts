// A leg at Asterisk: a channel, from its beginning to its end, with what the router calls it.
//
//   customer   answered ──── connected ⇄ held        it is `answered` to the router as soon as it is there; Asterisk answers the call
//                  ▲             │                   when the router has let it in
//                  └─────────────┘ the other is gone
//   agent, somebody outside      asked ── ringing ── answered ── connected ⇄ held
//
// The channel of a leg that the router has asked for has the leg's id; a customer's leg is called by the switch and its channel. So an adapter
// that is started again finds its legs by looking at Asterisk alone.

import type { LegCause, ReportedLegState } from '../../protocol/legs.ts';
import type { Params } from '../../protocol/methods.ts';

/** What a call wants, as contact.create takes it. */
export type Wishes = Omit<Params<'contact.create'>, 'contactId' | 'legId'>;

export interface Leg {
  readonly legId: string;
  readonly contactId: string;
  readonly channelId: string;
  readonly party: 'customer' | 'agent' | 'called';
  state: ReportedLegState;
  /** Who it is together with: one, or the two others of a conference. */
  others: readonly Leg[];
  /** The bridge that it is in, or was when it was put on hold. */
  bridgeId: string | undefined;
  /** It hears music by us. */
  hasMusic: boolean;
  /** Asterisk has it: of one that is rung, it has been told to. */
  isBegun: boolean;
  /** The call was answered, or is to be. */
  isUp: boolean;
  /** Why it is being hung up, by Asterisk's last word. */
  cause: number | undefined;
  isHangingUp: boolean;
  reportedAtReturn: number;
  /** Of a customer. */
  readonly wishes?: Wishes;
  isKnown: boolean;
  isCreating: boolean;
}

export type Ending =
  | { readonly by: 'party'; readonly cause: LegCause }
  | { readonly by: 'router' | 'switch'; readonly why: string }
  | { readonly by: 'refusal'; readonly refusal: string };

export function isBeingRung({ state }: Leg): boolean {
  return state === 'asked' || state === 'ringing';
}

export function areTogether(legs: readonly Leg[]): boolean {
  return legs.every(
    (leg) =>
      leg.state === 'connected' &&
      leg.others.length === legs.length - 1 &&
      leg.others.every((other) => legs.includes(other)),
  );
}
