// Which contacts are recorded, for how long they were, and whether their customers have agreed to it.
//
// What may be recorded is the queue's to say (`recording`), looked at when somebody asks and whenever the contact is connected.
// Where the queue wants consent nothing is asked of a switch before it was given, and what is recorded ends when it is
// taken back. What is asked of the switch last is what counts: what was asked before and is not answered is forgotten.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import type { RecordingState } from '../../protocol/legs.ts';
import type { Params } from '../../protocol/methods.ts';
import { refuse } from '../../protocol/refusals.ts';
import { ContactRows } from '../contact-rows.ts';
import type { Admission, Admitted, ContactDraft, ContactView, Reaction, RoutingView, TableReader } from '../module.ts';
import { contactFor } from './contact-for.ts';
import type { LegRequest } from './leg-requests.ts';
import type { Legs } from './legs.ts';
import { recordingsTable } from './tables.ts';

interface Recording extends ContactHandle {
  readonly consent?: boolean;
  readonly state: RecordingState;
  /** On since then. */
  readonly since?: number;
  /** Before that. */
  readonly recordedMs?: number;
}

export interface RecordedSoFar {
  readonly recordedMs?: number;
  readonly consent?: boolean;
}

const nothingRecorded: RecordedSoFar = {};

/** As other modules may see it, until the contact is released. */
export type RecordingsView = Pick<Recordings, 'recordedOf'>;

export class Recordings {
  readonly #routing: RoutingView;
  readonly #legs: Legs;
  readonly #rows = new ContactRows<Recording>(recordingsTable);

  constructor(routing: RoutingView, legs: Legs) {
    this.#routing = routing;
    this.#legs = legs;
  }

  load(tables: TableReader): void {
    this.#rows.load(tables);
  }

  recordedOf(contact: ContactHandle): RecordedSoFar {
    const row = this.#rows.of(contact);
    if (row === undefined) return nothingRecorded;
    const { recordedMs, consent } = row;
    return { ...(recordedMs !== undefined && { recordedMs }), ...(consent !== undefined && { consent }) };
  }

  shown(contact: ContactHandle, shown: Record<string, unknown>): void {
    const recording = this.#rows.of(contact);
    if (recording === undefined) return;
    if (recording.state !== 'off' || recording.recordedMs !== undefined) shown.recording = recording.state;
    if (recording.consent !== undefined) shown.recordingConsent = recording.consent;
  }

  // ── What is asked for ─────────────────────────────────────────────────────────────────────────────────────────
  /** It comes with what its customer has said. */
  created({ slot, number, params }: ContactDraft, admission: Admission): void {
    if (params.recordingConsent === undefined) return;
    this.#rows.keep({ slot, number, consent: params.recordingConsent as boolean, state: 'off' }, admission.tables);
    admission.onUndo(() => this.#rows.forget(slot));
  }

  request({ contactId, recording, consent }: Params<'contact.recording'>, admission: Admission): Admitted {
    const { caller } = admission;
    const contact = contactFor(caller, contactId, this.#routing);
    if (contact === undefined) return refuse('contact_not_found');
    if (caller?.role === 'switch' && contact.owner.sub !== caller.sub) return refuse('contact_not_found');
    if (contact.state === 'wrapUp') return refuse('contact_already_ended');
    if (recording !== undefined && contact.state !== 'connected') return refuse('contact_not_connected');
    const { mode } = contact.policy.recording;
    const begins = recording === 'on' || recording === 'pause';
    if (begins && mode === 'never') return refuse('recording_not_allowed');
    const endsIt = recording === 'off' && caller?.role === 'agent' && consent !== false;
    if (endsIt && mode === 'always') return refuse('recording_not_allowed');
    if (begins && !isAgreed(contact, consent ?? this.#rows.of(contact)?.consent))
      return refuse('recording_without_consent');
    this.#routing.needsContact(contact, refuse('contact_not_found'), admission);
    return {
      pending: (reaction) => {
        const now = this.#routing.contactByHandle(contact.slot, contact.number);
        if (now === undefined || now.state === 'wrapUp') return refuse('contact_already_ended');
        if (recording !== undefined && now.state !== 'connected') return refuse('contact_not_connected');
        if (consent !== undefined) this.#consents(now, consent, reaction);
        if (recording !== undefined) this.#want(now, recording, reaction);
        const { state = 'off', consent: said } = this.#rows.of(now) ?? {};
        return { result: { contactId, recording: state, ...(said !== undefined && { consent: said }) } };
      },
    };
  }

  #consents(contact: ContactView, consent: boolean, reaction: Reaction): void {
    this.#rows.keep({ ...this.#orNew(contact), consent }, reaction.tables);
    this.#asPolicy(contact, reaction);
  }

  // ── What comes of itself ──────────────────────────────────────────────────────────────────────────────────────
  /** In service, perhaps not for the first time, and perhaps in another queue than before. */
  connected(effect: Effect, reaction: Reaction): void {
    const { contact: slot, number: low, queue } = effect;
    // Nobody has asked for anything, and the policy does not: nearly always.
    if (this.#rows.ofEffect(slot, low) === undefined && this.#routing.policyOf(queue).recording.mode !== 'always')
      return;
    const contact = this.#routing.contactByHandle(slot, low);
    // Colleagues among themselves are recorded where somebody asks for it, and by no policy.
    if (contact === undefined || contact.isInternal) return;
    const { state = 'off' } = this.#rows.of(contact) ?? {};
    if (!this.#asPolicy(contact, reaction) && state !== 'off') this.#ask(contact, state, reaction);
  }

  /** Its customer is at another leg. */
  follow(contact: ContactView, reaction: Reaction): void {
    const { state = 'off' } = this.#rows.of(contact) ?? {};
    if (contact.state === 'connected' && state !== 'off') this.#ask(contact, state, reaction);
  }

  /** True where that has changed something. */
  #asPolicy(contact: ContactView, reaction: Reaction): boolean {
    const { mode } = contact.policy.recording;
    const { consent, state = 'off' } = this.#rows.of(contact) ?? {};
    const may = mode !== 'never' && isAgreed(contact, consent);
    const wanted = !may || consent === false ? 'off' : mode === 'always' && state === 'off' ? 'on' : state;
    if (contact.state !== 'connected' || wanted === state) return false;
    this.#want(contact, wanted, reaction);
    return true;
  }

  /** A switch that is back may have forgotten it. */
  switchIsBack(contacts: Iterable<ContactView>, reaction: Reaction): void {
    for (const contact of contacts) {
      const { state = 'off' } = this.#rows.of(contact) ?? {};
      if (contact.state === 'connected' && state !== 'off' && this.#askedFor(contact) === undefined)
        this.#ask(contact, state, reaction);
    }
  }

  /** Over for the customer: what was recorded is known. */
  /** `stays`: its customer's leg does, though the contact is over. */
  ended({ contact: slot, number, code }: Effect, stays: boolean, reaction: Reaction): void {
    const recording = this.#rows.ofEffect(slot, number);
    if (recording === undefined || recording.state === 'off') return;
    this.#rows.keep({ ...over(recording, reaction.now), state: 'off' }, reaction.tables);
    // The customer's leg goes on, with somebody outside who has not been asked, or to rate.
    const goesOn = stays || code === layout.ENDED_TRANSFERRED;
    const contact = goesOn ? this.#routing.contactByHandle(slot, number) : undefined;
    if (contact !== undefined) this.#ask(contact, 'off', reaction);
  }

  released({ contact: slot, number }: Effect, { tables }: Reaction): void {
    const recording = this.#rows.ofEffect(slot, number);
    if (recording !== undefined) this.#rows.drop(recording, tables);
  }

  // ── The switch ────────────────────────────────────────────────────────────────────────────────────────────────
  #want(contact: ContactView, wanted: RecordingState, reaction: Reaction): void {
    const is = this.#askedFor(contact) ?? this.#rows.of(contact)?.state ?? 'off';
    // Nothing is recorded: there is nothing to pause.
    if (is === wanted || (is === 'off' && wanted === 'pause')) return;
    if (this.#legs.customerOf(contact) === undefined) this.#is(contact, wanted, reaction);
    else this.#ask(contact, wanted, reaction);
  }

  #askedFor(contact: ContactView): RecordingState | undefined {
    const leg = this.#legs.customerOf(contact);
    const asked = leg && this.#legs.askedLast(leg, ['leg.recording']);
    return asked?.params.recording as RecordingState | undefined;
  }

  #ask(contact: ContactView, recording: RecordingState, reaction: Reaction): void {
    const leg = this.#legs.customerOf(contact);
    if (leg === undefined) return;
    this.#legs.forgetAsked(leg, ['leg.recording'], reaction);
    const { contactId } = contact;
    this.#legs.ask(leg, 'leg.recording', { contactId, legId: leg.legId, recording }, reaction);
  }

  answered({ params }: LegRequest, contact: ContactView, isDone: boolean, reaction: Reaction): void {
    if (isDone) return this.#is(contact, params.recording as RecordingState, reaction);
    const { state: recording } = this.#orNew(contact);
    this.#tell(contact, { contactId: contact.contactId, recording, failed: true }, reaction);
  }

  #is(contact: ContactView, state: RecordingState, reaction: Reaction): void {
    const before = this.#orNew(contact);
    if (before.state === state) return;
    const { now, tables } = reaction;
    this.#rows.keep({ ...over(before, now), state, ...(state === 'on' && { since: now }) }, tables);
    this.#tell(contact, { contactId: contact.contactId, recording: state }, reaction);
  }

  #tell({ owner, agentHandle }: ContactView, told: Record<string, unknown>, reaction: Reaction): void {
    reaction.notify(owner, 'contact.recording', told);
    if (agentHandle !== undefined) reaction.notify(this.#routing.agentAudience(agentHandle), 'contact.recording', told);
  }

  #orNew(contact: ContactHandle): Recording {
    const { slot, number } = contact;
    return this.#rows.of(contact) ?? { slot, number, state: 'off' };
  }
}

function isAgreed({ policy }: ContactView, consent: boolean | undefined): boolean {
  return policy.recording.consent === 'notRequired' ? consent !== false : consent === true;
}

/** As it is when it is not on any more. */
function over({ since, ...before }: Recording, now: number): Recording {
  if (since === undefined) return before;
  return { ...before, recordedMs: (before.recordedMs ?? 0) + now - since };
}
