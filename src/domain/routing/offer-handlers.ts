// offer.accept and offer.reject. Whether the offer is still open, and whose it is, is the core's to say.

import type { Params } from '../../protocol/methods.ts';
import { refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted } from '../module.ts';
import { callerOf } from './contact-create.ts';
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
  admission.core.offerReject(contact, id.offer, agent.handle);
  const answered = answers(contact, 'rejects', admission);
  const ring = contact.ringOf(id.offer);
  if (ring?.agent === agent && ring.rejectReason === undefined) {
    ring.rejectReason = params.reason;
    admission.onUndo(() => {
      ring.rejectReason = undefined;
    });
  }
  const { offerId } = params;
  return {
    pending: ({ now }) => {
      answered();
      const { afterRejectMs } = contact.queue.policy;
      const restsUntil = now + afterRejectMs;
      return { result: { offerId, contactId: contact.contactId, ...(afterRejectMs > 0 && { restsUntil }) } };
    },
  };
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
