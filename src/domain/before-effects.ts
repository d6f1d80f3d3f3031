// What is asked for about a contact that is there, and done before the effects of its tick: whoever hands something over and ends the
// contact in one breath is heard first. What was allowed when it was admitted stands; what was not, or is about a contact that this very
// tick has yet to let in, is looked at again behind the effects.

import { isRefusal, type Refusal, refuse } from '../protocol/refusals.ts';
import type { Admission, Admitted, ContactView, Pending, Reaction, RoutingView } from './module.ts';

export type Outcome = ReturnType<Pending>;

interface Deed {
  readonly run: (reaction: Reaction) => Outcome;
  outcome: Outcome | undefined;
}

export class BeforeEffects {
  readonly #routing: Pick<RoutingView, 'needsContact'>;
  /** Of the tick that is being closed. */
  #deeds: Deed[] = [];

  constructor(routing: Pick<RoutingView, 'needsContact'>) {
    this.#routing = routing;
  }

  load(): void {
    this.#deeds = [];
  }

  begin(reaction: Reaction): void {
    for (const deed of this.#deeds.splice(0)) deed.outcome = deed.run(reaction);
  }

  /** `run` is told what was found at admission: where that was no refusal it stands. */
  admit<May extends object>(
    contact: ContactView | undefined,
    before: May | Refusal,
    admission: Admission,
    run: (reaction: Reaction, before: May | Refusal) => Outcome,
  ): Admitted {
    if (isRefusal(before) || contact?.isLetIn === false) {
      if (contact !== undefined) this.#routing.needsContact(contact, refuse('contact_not_found'), admission);
      const again = isRefusal(before) ? before : refuse('contact_not_found');
      return { pending: (reaction) => run(reaction, again) };
    }
    const deed: Deed = { run: (reaction) => run(reaction, before), outcome: undefined };
    this.#deeds.push(deed);
    admission.onUndo(() => {
      this.#deeds = this.#deeds.filter((one) => one !== deed);
    });
    return {
      pending: () => {
        if (deed.outcome === undefined) throw new Error('what was let through was not done');
        return deed.outcome;
      },
    };
  }
}
