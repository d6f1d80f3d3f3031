// The switch of a plan: brings the contacts, takes those away whose customers hang up, and ends those who have been
// served. What became of each it learns from the router alone.
//
// A connection that is lost loses nothing: the client repeats what was unanswered. Where notifications were lost too
// (the router was restarted) every contact that has no end yet is asked for, so the account stays whole.

import { RefusedError } from '../client/client.ts';
import type { Result } from '../protocol/methods.ts';
import type { Activity } from './activity.ts';
import type { PlannedContact } from './plan.ts';
import type { Party } from './stage.ts';

export interface SwitchEvents {
  created(contactId: string): void;
  /** The queue was full. */
  turnedAway(contactId: string): void;
  refused(contactId: string, why: string): void;
  queued(contactId: string, estimatedMs: number | null): void;
  offered(contactId: string): void;
  connected(contactId: string, agentId: string, waitedMs: number): void;
  ended(contactId: string, waitedMs: number): void;
  /** Its queue kept it no longer. */
  sentAway(contactId: string, waitedMs: number): void;
  /** Something was lost: which contacts have to be asked for? */
  stateTakenAnew(): readonly string[];
  failed(what: string, error: unknown): void;
}

/** What a queue's policy refuses contacts with. */
const keptOut: ReadonlySet<string> = new Set(['queue_full', 'queue_closed', 'nobody_logged_in', 'nobody_ready']);
/** Why a queue ends contacts that wait. */
const sentAway: ReadonlySet<string> = new Set(['timedOut', 'closed', 'nobody', 'exhausted', 'unanswered']);

export class SimulatedSwitch {
  readonly #client: Party;
  readonly #activity: Activity;
  readonly #events: SwitchEvents;

  constructor(client: Party, activity: Activity, events: SwitchEvents) {
    this.#client = client;
    this.#activity = activity;
    this.#events = events;
    client.on('contact.queued', ({ contactId, estimatedMs }) => {
      activity.ringsNoMore(contactId);
      events.queued(contactId, estimatedMs);
    });
    client.on('contact.offered', ({ contactId }) => {
      activity.rings(contactId);
      events.offered(contactId);
    });
    client.on('contact.connected', ({ contactId, agentId, waitedMs }) => {
      events.connected(contactId, agentId, waitedMs);
      activity.ringsNoMore(contactId);
    });
    client.on('contact.ended', ({ contactId, waitedMs, why }) => {
      if (sentAway.has(why)) events.sentAway(contactId, waitedMs);
      else events.ended(contactId, waitedMs);
      activity.ringsNoMore(contactId);
    });
    client.on('state', () => void this.#reconcile());
  }

  create(contactId: string, wishes: PlannedContact['wishes']): void {
    this.#send(
      this.#client.call('contact.create', { contactId, ...wishes }),
      (contact) => this.#created(contact),
      (error) => {
        if (keptOut.has(error.refusal ?? '')) this.#events.turnedAway(contactId);
        else this.#events.refused(contactId, error.message);
      },
    );
  }

  /** The customer hangs up while waiting. That they are being served already is no mistake of anybody. */
  cancel(contactId: string): void {
    this.#send(this.#client.call('contact.cancel', { contactId }), () => {}, this.#unlessOver('cancel', contactId));
  }

  /** The customer hangs up after the service. */
  end(contactId: string): void {
    this.#send(this.#client.call('contact.end', { contactId }), () => {}, this.#unlessOver('end', contactId));
  }

  close(): void {
    this.#client.close();
  }

  /** An answer to a repeated request may be the only thing that tells what happened while the router was away. */
  #created({ contactId, state, agentId, waitedMs }: Result<'contact.create'>): void {
    this.#events.created(contactId);
    if (agentId !== undefined && (state === 'connected' || state === 'wrapUp'))
      this.#events.connected(contactId, agentId, waitedMs);
    if (state === 'ended' || state === 'wrapUp') this.#events.ended(contactId, waitedMs);
  }

  #unlessOver(what: string, contactId: string): (error: RefusedError) => void {
    const fine = new Set(['contact_already_connected', 'contact_already_ended']);
    return (error) => {
      if (!fine.has(error.refusal ?? '')) this.#events.failed(`contact.${what} ${contactId}`, error);
    };
  }

  #send<T>(request: Promise<T>, done: (result: T) => void, refused: (error: RefusedError) => void): void {
    this.#activity.of(request.then(done)).catch((error: unknown) => {
      if (error instanceof RefusedError) refused(error);
      else this.#events.failed('a request of the switch', error);
    });
  }

  async #reconcile(): Promise<void> {
    const contactIds = this.#events.stateTakenAnew();
    const asked = contactIds.map((contactId) =>
      this.#activity.of(this.#client.call('contact.get', { contactId })).catch((error: unknown) => {
        // One whose contact.create is still on its way.
        if (error instanceof RefusedError && error.refusal === 'contact_not_found') return undefined;
        this.#events.failed(`contact.get ${contactId}`, error);
        return undefined;
      }),
    );
    for (const contact of await Promise.all(asked)) if (contact !== undefined) this.#learn(contact);
  }

  #learn({ contactId, state, agentId, connectedAt, waitedMs }: Result<'contact.get'>): void {
    if (state !== 'ringing') this.#activity.ringsNoMore(contactId);
    if (connectedAt !== undefined && agentId !== undefined) this.#events.connected(contactId, agentId, waitedMs);
    if (state === 'ended' || state === 'wrapUp') this.#events.ended(contactId, waitedMs);
  }
}
