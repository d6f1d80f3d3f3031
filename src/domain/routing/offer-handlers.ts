// offer.accept and offer.reject. Whether the offer is still open, and whose it is, is the core's to say.

import { excludedAgentsMax } from '../../limits.ts';
import type { Params } from '../../protocol/methods.ts';
import { refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted, Reaction, Reworded } from '../module.ts';
import type { Agent } from './agents.ts';
import { callerOf } from './contact-create.ts';
import { wishesOtherwise } from './contact-handlers.ts';
import { briefOf } from './contact-view.ts';
import { type Contact, parseOfferId } from './contacts.ts';
import type { RoutingState } from './routing-state.ts';

export function acceptOffer(state: RoutingState, params: Params<'offer.accept'>, admission: Admission): Admitted {
  const id = parseOfferId(params.offerId);
  const contact = id && state.contacts.byNumber(id.number);
  if (id === undefined || contact === undefined) return refuse('offer_no_longer_open');
  const agent = state.agents.find(callerOf(admission).sub);
  if (agent === undefined) return refuse('offer_not_yours');
  admission.core.offerAccept(contact, id.offer, agent.handle, { connectMs: contact.connectMs });
  const answered = answers(contact, 'accepts', admission);
  return {
    pending: ({ now }) => {
      answered();
      return { result: briefOf(contact, state, now) };
    },
  };
}

export function rejectOffer(state: RoutingState, params: Params<'offer.reject'>, admission: Admission): Admitted {
  const id = parseOfferId(params.offerId);
  const contact = id && state.contacts.byNumber(id.number);
  if (id === undefined || contact === undefined) return refuse('offer_no_longer_open');
  const agent = state.agents.find(callerOf(admission).sub);
  if (agent === undefined) return refuse('offer_not_yours');
  const ring = contact.ringOf(id.offer);
  const goesOn = ring?.agent === agent ? goesOnWithout(state, contact, agent, admission) : undefined;
  if (goesOn === undefined) admission.core.offerReject(contact, id.offer, agent.handle);
  // Never refused: where the offer is not open any more, it is not made again, which is what was wanted.
  else admission.core.offerDecline(contact, id.offer, agent.handle);
  const answered = answers(contact, 'rejects', admission);
  if (ring?.agent === agent && ring.rejectReason === undefined) {
    ring.rejectReason = params.reason;
    admission.onUndo(() => {
      ring.rejectReason = undefined;
    });
  }
  const { offerId } = params;
  return {
    ...(goesOn !== undefined && { reworded: notOpenAnyMore }),
    pending: (reaction) => {
      const { now } = reaction;
      answered();
      if (goesOn !== undefined) {
        goesOn(reaction);
        return { result: { offerId, contactId: contact.contactId } };
      }
      const { afterRejectMs } = contact.queue.policy;
      const restsUntil = now + afterRejectMs;
      return { result: { offerId, contactId: contact.contactId, ...(afterRejectMs > 0 && { restsUntil }) } };
    },
  };
}

/** What keeps the contact from being changed is that it was taken, or is over. */
const notOpenAnyMore: Reworded = () => refuse('offer_no_longer_open');

/** Where its queue has it so: who declines it has no rest, and is not offered it again. Returns what is to be called behind the core. */
function goesOnWithout(
  state: RoutingState,
  contact: Contact,
  { agentId }: Agent,
  admission: Admission,
): ((reaction: Reaction) => void) | undefined {
  const { excludes = [] } = contact.wishes;
  if (contact.queue.policy.ratings?.declines !== 'goOn' || excludes.length >= excludedAgentsMax) return undefined;
  return wishesOtherwise(state, contact, { excludes: [...new Set([...excludes, agentId])] }, admission);
}

/** What is known of it before the core has run. Returns what is to be called behind it. */
function answers(contact: Contact, how: 'accepts' | 'rejects', { onUndo }: Admission): () => void {
  contact.answering = how;
  const answered = () => {
    contact.answering = undefined;
  };
  onUndo(answered);
  return answered;
}
