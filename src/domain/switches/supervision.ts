// Supervisors who take part in conversations: a leg each, at the switch of the contact, rung like any other and then joined to two.
//
//   asked ── ringing ── answered ── leg.listen ──▶ on ⇄ another mode       what ends the contact ends it
//
// These legs are in a book of their own: no offer, no line and no agent hangs on them, so nothing that becomes of one changes
// the contact. One supervisor has one leg a contact; the mode that was asked for last counts.

import type { Effect } from '../../engine/effects.ts';
import { supervisorRingMs, supervisorsPerContactMax } from '../../limits.ts';
import type { ReleaseReason, SupervisionMode, supervisionEnds } from '../../protocol/legs.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import { type TenantProperties, tenantDefaults } from '../../protocol/tenant-settings.ts';
import type { Admission, Admitted, ContactView, Reaction, RoutingView, Row, TableReader } from '../module.ts';
import { tenantTable } from '../routing/tables.ts';
import type { LegBook } from './leg-book.ts';
import type { LegRequest, LegRequests } from './leg-requests.ts';
import { LegsApart } from './legs-apart.ts';
import type { Switch, SwitchBook } from './switch-book.ts';
import { supervisionsTable } from './tables.ts';

interface SupervisionRow {
  readonly number: number;
  readonly legId: string;
  readonly switchId: string;
  readonly contactId: string;
  readonly slot: number;
  readonly contactNumber: number;
  /** The supervisor. */
  readonly sub: string;
  readonly mode: SupervisionMode;
  readonly state: 'asked' | 'ringing' | 'answered' | 'on';
  /** The telephone: where nothing is said, that of the supervisor's name. */
  readonly lineId?: string;
  readonly telephone?: string;
  /** It was rung at another switch before, where the agent was told of it. */
  readonly again?: boolean;
  readonly releasing?: boolean;
  readonly knownAt: number;
}
export type Supervision = { -readonly [Name in keyof SupervisionRow]: SupervisionRow[Name] };
interface Telephone {
  readonly lineId?: string | undefined;
  readonly number?: string | undefined;
  readonly again?: boolean;
}
type Why = (typeof supervisionEnds)[number];

export class Supervisions {
  readonly #routing: RoutingView;
  readonly #book: LegBook;
  readonly #apart: LegsApart<Supervision>;

  constructor(parts: {
    readonly routing: RoutingView;
    readonly book: LegBook;
    readonly requests: LegRequests;
    readonly switches: SwitchBook;
    readonly asks: (reaction: Reaction) => void;
  }) {
    this.#routing = parts.routing;
    this.#book = parts.book;
    this.#apart = new LegsApart({ ...parts, table: supervisionsTable, letter: 's' });
  }

  load(tables: TableReader): void {
    this.#apart.load(tables);
  }

  find(legId: string): Supervision | undefined {
    return this.#apart.find(legId);
  }

  at(switchId: string): Iterable<Supervision> {
    return this.#apart.at(switchId);
  }

  /** What a supervisor takes part in. */
  shownTo(sub: string): Row[] {
    return [...this.#apart.all()].filter((one) => one.sub === sub && !one.releasing).map(shown);
  }

  // ── What supervisors ask for ──────────────────────────────────────────────────────────────────────────────────
  want(mode: SupervisionMode, params: Params<'supervisor.listen'>, { caller }: Admission): Admitted {
    const sub = caller?.sub ?? '';
    const contact = this.#routing.contactById(params.contactId);
    if (contact === undefined) return refuse('contact_not_found');
    const refusal = this.#refusal(contact, sub);
    if (refusal !== undefined) return refusal;
    return {
      pending: (reaction) => {
        // It may be over, or another's, since this tick.
        const now = this.#routing.contactByHandle(contact.slot, contact.number);
        if (now === undefined) return refuse('contact_not_connected');
        const known = this.#of(now, sub);
        const late = this.#refusal(now, sub);
        if (late !== undefined) return late;
        if (known === undefined) return { result: shown(this.#ring(mode, now, sub, params, reaction)) };
        if (known.mode !== mode) {
          known.mode = mode;
          this.#apart.save(known, reaction);
          if (known.state === 'answered' || known.state === 'on') this.#listen(known, reaction);
        }
        return { result: shown(known) };
      },
    };
  }

  #refusal(contact: ContactView, sub: string): Refusal | undefined {
    if (contact.state !== 'connected') return refuse('contact_not_connected');
    if (this.#legsOf(contact) === undefined) return refuse('contact_without_legs');
    const others = this.#ofContact(contact.slot, contact.number);
    if (others.length >= supervisorsPerContactMax && this.#of(contact, sub) === undefined)
      return refuse('too_many_supervisors');
    return undefined;
  }

  stop({ contactId }: Params<'supervisor.stop'>, { caller }: Admission): Admitted {
    const contact = this.#routing.contactById(contactId);
    if (contact === undefined) return refuse('contact_not_found');
    if (this.#of(contact, caller?.sub ?? '') === undefined) return refuse('not_supervised');
    return {
      pending: (reaction) => {
        const known = this.#of(contact, caller?.sub ?? '');
        if (known === undefined) return refuse('not_supervised');
        this.#letGo(known, 'notWanted', 'stopped', reaction);
        return { result: { ...shown(known), state: 'over' } };
      },
    };
  }

  #ring(
    mode: SupervisionMode,
    contact: ContactView,
    sub: string,
    { lineId = sub, number: telephone, again }: Telephone,
    reaction: Reaction,
  ): Supervision {
    const { contactId, slot, number: contactNumber, from } = contact;
    const { switchId } = this.#book.ofContact(slot)!.customer!;
    const made = {
      ...{ switchId, contactId, slot, contactNumber, sub, mode, state: 'asked' as const },
      ...(lineId !== sub && { lineId }),
      ...(telephone !== undefined && { telephone }),
      ...(again === true && { again }),
    };
    const one = this.#apart.make(made, reaction);
    const to = { agentId: sub, lineId, ...(telephone !== undefined && { number: telephone }) };
    const asked = { to, ...(from !== undefined && { from }), ringMs: supervisorRingMs };
    this.#apart.ask(one, 'leg.ring', asked, reaction);
    return one;
  }

  // ── What the switch says ──────────────────────────────────────────────────────────────────────────────────────
  rings(one: Supervision, reaction: Reaction): void {
    if (one.releasing || one.state !== 'asked') return;
    one.state = 'ringing';
    this.#apart.save(one, reaction);
    this.#tell(one, { state: 'ringing' }, reaction);
  }

  isThere(one: Supervision, reaction: Reaction): void {
    if (one.releasing || one.state === 'answered' || one.state === 'on') return;
    one.state = 'answered';
    this.#apart.save(one, reaction);
    this.#listen(one, reaction);
  }

  /** It failed, or is over. */
  isGone(one: Supervision, reaction: Reaction): void {
    this.#gone(one, reaction);
    if (!one.releasing) this.#over(one, one.state === 'on' ? 'stopped' : 'notAnswered', reaction);
  }

  named(one: Supervision, state: string, reaction: Reaction): void {
    this.#apart.reported(one, reaction);
    if (state === 'ringing') this.rings(one, reaction);
    else if (state !== 'asked') this.isThere(one, reaction);
  }

  dropUnreported(at: Switch, reaction: Reaction): void {
    for (const one of this.#apart.unreported(at)) {
      this.#gone(one, reaction);
      if (!one.releasing) this.#over(one, 'lost', reaction);
    }
  }

  #gone(one: Supervision, reaction: Reaction): void {
    this.#apart.settle(one, reaction);
    this.#apart.forget(one, reaction.tables);
  }

  answered({ method, params }: LegRequest, one: Supervision, isDone: boolean, reaction: Reaction): void {
    if (method === 'leg.release') return this.#apart.forget(one, reaction.tables);
    if (one.releasing) return;
    if (method === 'leg.ring') {
      if (!isDone) this.isGone(one, reaction);
      return;
    }
    if (!isDone) return this.#letGo(one, 'notConnected', 'failed', reaction);
    one.state = 'on';
    this.#apart.save(one, reaction);
    this.#tell({ ...one, mode: params.mode as SupervisionMode }, { state: 'on' }, reaction);
  }

  // ── The contact ───────────────────────────────────────────────────────────────────────────────────────────────
  /** With another agent than before, perhaps. */
  connected({ contact: slot, number }: Effect, reaction: Reaction): void {
    for (const one of this.#ofContact(slot, number))
      if (one.state === 'answered' || one.state === 'on') this.#listen(one, reaction);
  }

  /** Its customer is at another leg. */
  follow(contact: ContactView, reaction: Reaction): void {
    const { slot, number } = contact;
    const switchId = this.#book.ofContact(slot)?.customer?.switchId;
    // Nobody listens from one switch to what is at another: the telephone is rung there.
    for (const one of this.#ofContact(slot, number))
      if (one.switchId !== switchId) this.#ringElsewhere(one, contact, reaction);
      else if (one.state === 'answered' || one.state === 'on') this.#listen(one, reaction);
  }

  #ringElsewhere(one: Supervision, contact: ContactView, reaction: Reaction): void {
    const { mode, sub, lineId, telephone, state } = one;
    this.#tell(one, { state: 'ringing' }, reaction);
    this.#apart.letGo(one, 'moved', reaction);
    const again = one.again === true || state === 'on';
    this.#ring(mode, contact, sub, { lineId, number: telephone, again }, reaction);
  }

  ended({ contact: slot, number }: Effect, reaction: Reaction): void {
    for (const one of this.#ofContact(slot, number)) this.#letGo(one, 'contactEnded', 'contactEnded', reaction);
  }

  #listen(one: Supervision, reaction: Reaction): void {
    const contact = this.#routing.contactByHandle(one.slot, one.contactNumber);
    const legs = contact?.state === 'connected' ? this.#legsOf(contact) : undefined;
    // While nobody serves it there is nothing to hear; whoever does next is heard then.
    if (legs === undefined) return;
    this.#apart.settle(one, reaction, ['leg.listen']);
    this.#apart.ask(one, 'leg.listen', { mode: one.mode, legs }, reaction);
  }

  /** The customer's and the agent's, in service. */
  #legsOf({ slot, number, offer }: ContactView): string[] | undefined {
    const legs = this.#book.ofContact(slot);
    if (legs?.contactNumber !== number || legs.customer === undefined) return undefined;
    const agent = this.#book.ofOffer(legs, offer);
    return agent && [legs.customer.legId, agent.legId];
  }

  #letGo(one: Supervision, why: ReleaseReason, ends: Why, reaction: Reaction): void {
    if (one.releasing) return;
    this.#over(one, ends, reaction);
    this.#apart.letGo(one, why, reaction);
  }

  #over(one: Supervision, why: Why, reaction: Reaction): void {
    this.#tell(one, { state: 'over', why }, reaction);
  }

  /** The agent hears of those who are or were in the conversation, not of telephones that ring elsewhere. */
  #tell(one: Supervision, how: { readonly state: string; readonly why?: Why }, reaction: Reaction): void {
    const { contactId, mode, sub, slot, contactNumber } = one;
    const told = { contactId, mode, ...how };
    reaction.notify({ role: 'supervisor', sub }, 'supervision.changed', told);
    if ((one.state !== 'on' && one.again !== true) || !this.#agentIsTold(reaction.tables)) return;
    const agent = this.#routing.contactByHandle(slot, contactNumber)?.agentHandle;
    if (agent !== undefined) reaction.notify(this.#routing.agentAudience(agent), 'supervision.changed', told);
  }

  #agentIsTold(tables: TableReader): boolean {
    const given = tables.get(tenantTable, 1) as TenantProperties | undefined;
    return (given?.supervision ?? tenantDefaults.supervision).agentIsTold;
  }

  // ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────
  #of({ slot, number }: ContactView, sub: string): Supervision | undefined {
    return this.#ofContact(slot, number).find((one) => one.sub === sub);
  }

  /** Without those that are let go. Effects have the low half of a contact's number. */
  #ofContact(slot: number, number: number): Supervision[] {
    if (this.#apart.isEmpty) return [];
    return [...this.#apart.all()].filter(
      (one) => one.slot === slot && one.contactNumber >>> 0 === number >>> 0 && !one.releasing,
    );
  }
}

function shown({ contactId, mode, state }: Supervision): Row {
  return { contactId, mode, state: state === 'on' ? 'on' : 'ringing' };
}
