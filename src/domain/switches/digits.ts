// Keys of telephones: sent to a customer, pressed by one, and collected from one.
//
// What is pressed may be the number of a card. So digits are in no row, in no follow-up and in no entry of the journal: those to be
// sent go out once, and are not asked for again; those that come are told to whoever is to hear them, which the sessions
// keep in memory for who was gone for a moment, and then they are gone. What is kept of a collection is who asked for it.

import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import type { Audience, ClientAnswer } from '../../engine/egress.ts';
import { legRequestMs, promptMsMax } from '../../limits.ts';
import type { EventParams } from '../../protocol/events.ts';
import type { Params } from '../../protocol/methods.ts';
import { refuse } from '../../protocol/refusals.ts';
import { ContactRows } from '../contact-rows.ts';
import type { Admission, Admitted, Afterwards, ContactView, Reaction, RoutingView, TableReader } from '../module.ts';
import { contactFor } from './contact-for.ts';
import type { Leg } from './leg-book.ts';
import type { Legs } from './legs.ts';
import { gathersTable } from './tables.ts';

interface Gather extends ContactHandle {
  readonly contactId: string;
  readonly role: Audience['role'];
  readonly sub: string;
  /** The switch should have said something by then. */
  readonly dueAt: number;
}

/** What becomes of one is told to whoever asked, who is named in it. */
const sentReference = 'digits ';

export class Digits {
  readonly #routing: RoutingView;
  readonly #legs: Legs;
  readonly #rows = new ContactRows<Gather>(gathersTable);

  constructor(routing: RoutingView, legs: Legs) {
    this.#routing = routing;
    this.#legs = legs;
  }

  load(tables: TableReader): void {
    this.#rows.load(tables);
  }

  // ── Sent ──────────────────────────────────────────────────────────────────────────────────────────────────────
  send({ contactId, digits }: Params<'contact.digits'>, { caller }: Admission): Admitted {
    const contact = contactFor(caller, contactId, this.#routing);
    if (contact === undefined) return refuse('contact_not_found');
    if (contact.state !== 'connected') return refuse('contact_not_connected');
    const leg = this.#legs.customerOf(contact);
    if (leg === undefined) return refuse('contact_without_legs');
    if (!this.#legs.isConnected(leg)) return refuse('switch_not_connected');
    const { role, sub } = caller as Audience;
    return {
      pending: (reaction) => {
        if (this.#routing.contactByHandle(contact.slot, contact.number)?.state !== 'connected')
          return refuse('contact_not_connected');
        const reference = `${sentReference}${JSON.stringify([contactId, role, sub])}`;
        const at = this.#legs.customerOf(contact) ?? leg;
        const params = { contactId: contact.contactId, legId: at.legId, digits };
        this.#legs.askOnce(at, 'leg.sendDigits', params, reference, reaction);
        return { result: { contactId } };
      },
    };
  }

  /** Undefined where it was not about digits that were sent. */
  static answered(reference: string, answer: ClientAnswer): Afterwards {
    if (!reference.startsWith(sentReference) || 'result' in answer) return undefined;
    const [contactId, role, sub] = JSON.parse(reference.slice(sentReference.length)) as [
      string,
      Audience['role'],
      string,
    ];
    return (reaction) => reaction.notify({ role, sub }, 'contact.digitsNotSent', { contactId });
  }

  // ── Collected ─────────────────────────────────────────────────────────────────────────────────────────────────
  /** `setTimer`: by the number of the contact. */
  gather(
    { contactId, prompt, digits, timeoutMs = 20_000 }: Params<'contact.gather'>,
    admission: Admission,
    setTimer: (number: number, dueAt: number) => void,
  ): Admitted {
    const { caller, now, tables, onUndo } = admission;
    const contact = contactFor(caller, contactId, this.#routing);
    if (contact === undefined) return refuse('contact_not_found');
    if (contact.state === 'wrapUp') return refuse('contact_already_ended');
    if (contact.isInternal) return refuse('call_is_internal');
    const leg = this.#legs.customerOf(contact);
    if (leg === undefined) return refuse('contact_without_legs');
    if (this.#rows.of(contact) !== undefined) return refuse('gather_under_way');
    this.#routing.needsContact(contact, refuse('contact_not_found'), admission);
    const { slot, number } = contact;
    const { role, sub } = caller as Audience;
    // The prompt has its time as well.
    const dueAt = now + timeoutMs + legRequestMs + promptMsMax;
    const gather: Gather = { slot, number, contactId, role, sub, dueAt };
    this.#rows.keep(gather, tables);
    onUndo(() => this.#rows.forget(slot));
    setTimer(number, dueAt);
    return {
      pending: (reaction) => {
        if (this.#rows.of(gather) !== gather) return refuse('contact_already_ended');
        // It may have moved to another leg in this tick; and the switch is asked in its own name, whichever it was called by.
        const at = this.#legs.customerOf(gather) ?? leg;
        const of = { contactId: contact.contactId, legId: at.legId };
        this.#legs.ask(
          at,
          'leg.gather',
          { ...of, ...(prompt !== undefined && { prompt }), digits, timeoutMs },
          reaction,
        );
        return { result: { contactId } };
      },
    };
  }

  areCollected(contact: ContactHandle): boolean {
    return this.#rows.of(contact) !== undefined;
  }

  /** Begun, or it will not be. */
  answered(contact: ContactView, isDone: boolean, reaction: Reaction): void {
    const gather = this.#rows.of(contact);
    if (gather !== undefined && !isDone) this.#over(gather, '', 'failed', reaction);
  }

  /** The party of the leg has pressed keys. */
  pressed(leg: Leg, { digits, ends }: Params<'leg.digits'>): Afterwards {
    const { slot, contactNumber: number } = leg;
    return (reaction) => {
      const contact = this.#routing.contactByHandle(slot, number);
      if (contact === undefined || leg.of !== undefined) return;
      const gather = this.#rows.of(contact);
      if (gather !== undefined) {
        if (ends !== undefined) this.#over(gather, digits, ends, reaction);
        return;
      }
      const { contactId, agentHandle } = contact;
      // Late, or never asked for: nobody is to hear it.
      if (ends !== undefined || contact.state !== 'connected' || digits === '') return;
      reaction.notify(this.#routing.agentAudience(agentHandle as number), 'contact.digits', { contactId, digits });
    };
  }

  timeOver(number: number, reaction: Reaction): void {
    for (const gather of this.#rows.values())
      if (gather.number === number && gather.dueAt <= reaction.now) return this.#over(gather, '', 'failed', reaction);
  }

  ended({ contact: slot, number }: Effect, reaction: Reaction): void {
    const gather = this.#rows.ofEffect(slot, number);
    if (gather !== undefined) this.#over(gather, '', 'contactEnded', reaction);
  }

  #over(gather: Gather, digits: string, ends: EventParams<'contact.gathered'>['ends'], reaction: Reaction): void {
    const { contactId, role, sub } = gather;
    this.#rows.drop(gather, reaction.tables);
    reaction.notify({ role, sub }, 'contact.gathered', { contactId, digits, ends });
  }
}
