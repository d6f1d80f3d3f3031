// switch.report: a switch that is back says what it has, and is told what to do with it.
//
// Each leg is taken as if it were reported just now. What the switch did not name, once it says that it has named all, is
// gone there; a leg that it was asked to ring and has not confirmed is not meant, since it may never have heard of it.

import { routerLegPrefix } from '../../protocol/legs.ts';
import type { Params } from '../../protocol/methods.ts';
import type { Admission, Admitted, Afterwards, Reaction, RoutingView } from '../module.ts';
import type { Brokering } from './brokering.ts';
import type { Leg, LegBook } from './leg-book.ts';
import type { Legs } from './legs.ts';
import type { OutsideCalls } from './outside-calls.ts';
import type { Supervisions } from './supervision.ts';
import type { Switch } from './switch-book.ts';
import type { Voicemails } from './voicemails.ts';

type Reported = Params<'switch.report'>['legs'][number];

export class SwitchReports {
  readonly #book: LegBook;
  readonly #legs: Legs;
  readonly #supervisions: Supervisions;
  readonly #outside: OutsideCalls;
  readonly #brokering: Pick<Brokering, 'together'>;
  readonly #messages: Pick<Voicemails, 'hasLost'>;
  readonly #routing: RoutingView;

  constructor(parts: {
    readonly book: LegBook;
    readonly legs: Legs;
    readonly supervisions: Supervisions;
    readonly outside: OutsideCalls;
    readonly brokering: Pick<Brokering, 'together'>;
    readonly messages: Pick<Voicemails, 'hasLost'>;
    readonly routing: RoutingView;
  }) {
    this.#outside = parts.outside;
    this.#supervisions = parts.supervisions;
    this.#book = parts.book;
    this.#legs = parts.legs;
    this.#brokering = parts.brokering;
    this.#messages = parts.messages;
    this.#routing = parts.routing;
  }

  take(from: Switch | undefined, { legs, complete }: Params<'switch.report'>, admission: Admission): Admitted {
    const switchId = admission.caller?.sub;
    const afterwards: Afterwards[] = [];
    for (const { legId, state } of legs) {
      const leg = this.#book.find(legId);
      if (leg === undefined || leg.switchId !== switchId) continue;
      this.#legs.change(leg, { knownAt: admission.now }, admission);
      if (state === 'ringing') this.#legs.rang(leg, admission);
      else if (state !== 'asked') afterwards.push(this.#legs.isThere(leg, admission));
    }
    return {
      pending: (reaction) => {
        for (const run of afterwards) run?.(reaction);
        this.#supervised(legs, from, complete, reaction);
        if (complete && from !== undefined) reaction.followUp('unreported', { number: from.number });
        return { result: this.#whatToDo(legs, switchId) };
      },
    };
  }

  #supervised(legs: readonly Reported[], from: Switch | undefined, complete: boolean, reaction: Reaction): void {
    for (const { legId, state } of legs) {
      const one = this.#supervisions.find(legId);
      if (one !== undefined && one.switchId === from?.switchId) this.#supervisions.named(one, state, reaction);
      const outside = this.#outside.find(legId);
      if (outside !== undefined && outside.switchId === from?.switchId) this.#outside.named(outside, state, reaction);
    }
    if (!complete || from === undefined) return;
    this.#supervisions.dropUnreported(from, reaction);
    this.#outside.dropUnreported(from, reaction);
  }

  #whatToDo(legs: readonly Reported[], switchId: string | undefined) {
    const keep: string[] = [];
    const connect = new Map<string, string[]>();
    const release: string[] = [];
    const unknown: string[] = [];
    for (const reported of legs) {
      const { legId } = reported;
      const other = this.#supervisions.find(legId) ?? this.#outside.find(legId);
      const isApart = reported.state !== 'connected' && reported.state !== 'held';
      if (other !== undefined && other.switchId === switchId) {
        const pair = isApart ? (this.#outside.pairOf(legId) ?? this.#askedPairOf(legId)) : undefined;
        if (pair !== undefined) connect.set(pair.join(' '), pair);
        else (other.releasing ? release : keep).push(legId);
        continue;
      }
      const leg = this.#book.find(legId);
      if (leg === undefined || leg.switchId !== switchId) (this.#isOver(reported) ? release : unknown).push(legId);
      else if (leg.releasing) release.push(legId);
      else {
        const pair = isApart ? (this.#outside.pairOf(legId) ?? this.#pairOf(leg)) : undefined;
        if (pair === undefined) keep.push(legId);
        else connect.set(pair.join(' '), pair);
      }
    }
    return { keep, connect: [...connect.values()], release, unknown };
  }

  /** Two that are joined as far as the router knows. */
  #pairOf({ slot, contactNumber, legId }: Pick<Leg, 'slot' | 'contactNumber' | 'legId'>): string[] | undefined {
    const own = this.#routing.contactByHandle(slot, contactNumber);
    // Of a call between two agents whoever was called may have asked somebody about it.
    const contact = own?.called ?? own;
    const asking = contact?.about === undefined ? contact : this.#routing.contactByNumber(contact.about.of);
    return asking && this.#brokering.together(asking, legId);
  }

  /** Of a number that is asked. */
  #askedPairOf(legId: string): string[] | undefined {
    const { slot, contactNumber, about } = this.#outside.find(legId) ?? {};
    return about === undefined ? undefined : this.#pairOf({ slot: slot!, contactNumber: contactNumber!, legId });
  }

  /** The router made it and has forgotten it, its customer was asked for a message or is at another leg, or its contact is over. */
  #isOver({ legId, contactId }: Reported): boolean {
    if (legId.startsWith(routerLegPrefix) || this.#messages.hasLost(legId)) return true;
    return contactId !== undefined && (this.#routing.isOver(contactId) || this.#isLeftBehind(legId, contactId));
  }

  /** Its customer has moved to another leg, and the switch has not let this one go when it was asked to. */
  #isLeftBehind(legId: string, contactId: string): boolean {
    const contact = this.#routing.contactById(contactId);
    const customer = contact && this.#book.ofContact(contact.slot)?.customer;
    return customer !== undefined && customer.legId !== legId;
  }

  /** Returns true when there are more than so many. */
  dropUnreported({ switchId, openedAt }: Switch, atMost: number, admission: Admission): boolean {
    const gone: Leg[] = [];
    for (const leg of this.#book.ofSwitch(switchId)) {
      if (leg.knownAt >= openedAt || this.#legs.isBeingRung(leg)) continue;
      if (gone.length === atMost) {
        this.#dropAll(gone, admission);
        return true;
      }
      gone.push(leg);
    }
    this.#dropAll(gone, admission);
    return false;
  }

  #dropAll(gone: readonly Leg[], admission: Admission): void {
    const ended = new Set<number>();
    for (const leg of gone) this.#legs.isLost(leg, ended, admission);
  }
}
