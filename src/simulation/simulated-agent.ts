// One agent of a plan, on a connection of their own: logs in, is ready, takes breaks, answers every offer at once, wraps up
// for as long as the router gives them, and logs out. What they do, they do in order: each request waits for the answer to the one before.

import { RefusedError } from '../client/client.ts';
import type { Activity } from './activity.ts';
import type { Party } from './stage.ts';

export type Mood = 'loggedOut' | 'ready' | 'break';

export class SimulatedAgent {
  readonly agentId: string;
  readonly #client: Party;
  readonly #activity: Activity;
  readonly #failed: (what: string, error: unknown) => void;
  #last: Promise<unknown> = Promise.resolve();
  #answering = new Set<string>();
  #breaks = 0;
  /** What was chosen last, whether or not the router has answered yet. */
  mood: Mood = 'loggedOut';
  /** Offers that were gone when they were answered. */
  offersMissed = 0;

  constructor(agentId: string, client: Party, activity: Activity, failed: (what: string, error: unknown) => void) {
    this.agentId = agentId;
    this.#client = client;
    this.#activity = activity;
    this.#failed = failed;
    client.on('offer.created', ({ offerId }) => this.#accept(offerId));
    client.on('state', (state) => this.takeUp(state));
  }

  /** Offers that ring already: after a connection was lost with what it had told. */
  takeUp(state: Readonly<Record<string, unknown>>): void {
    const offers = Array.isArray(state.offers) ? state.offers : [];
    for (const offer of offers as { offerId?: unknown }[])
      if (typeof offer.offerId === 'string') this.#accept(offer.offerId);
  }

  /** `prepare` comes first: it sets the agent up for this shift. */
  logIn(prepare: () => Promise<unknown>): void {
    this.mood = 'ready';
    this.#inOrder('set up', prepare);
    this.#do('agent.login', {});
    this.#do('agent.ready', {});
  }

  ready(): void {
    this.mood = 'ready';
    this.#do('agent.ready', {});
  }

  /** Returns what ends this break and no other. */
  takeBreak(): () => void {
    this.mood = 'break';
    this.#breaks += 1;
    const taken = this.#breaks;
    this.#do('agent.notReady', { reason: 'break' });
    return () => {
      if (this.mood === 'break' && this.#breaks === taken) this.ready();
    };
  }

  /** As soon as nothing is in service any more. */
  logOut(): void {
    this.mood = 'loggedOut';
    this.#do('agent.logout', { when: 'idle' });
  }

  close(): void {
    this.#client.close();
  }

  #do(
    method: 'agent.login' | 'agent.ready' | 'agent.notReady' | 'agent.logout',
    params: never | Readonly<Record<string, unknown>>,
  ): void {
    this.#inOrder(method, () => this.#client.request(method, params));
  }

  #inOrder(what: string, request: () => Promise<unknown>): void {
    this.#last = this.#activity.of(
      this.#last.then(request).catch((error: unknown) => {
        const isOut = error instanceof RefusedError && error.refusal === 'agent_not_logged_in';
        if (!isOut) this.#failed(`${what} of ${this.agentId}`, error);
      }),
    );
  }

  #accept(offerId: string): void {
    if (this.#answering.has(offerId)) return;
    this.#answering.add(offerId);
    const accepted = this.#client.call('offer.accept', { offerId });
    this.#activity
      .of(accepted)
      .catch((error: unknown) => {
        if (error instanceof RefusedError && error.refusal === 'offer_no_longer_open') this.offersMissed++;
        else this.#failed(`offer.accept of ${this.agentId}`, error);
      })
      .finally(() => this.#answering.delete(offerId));
  }
}
