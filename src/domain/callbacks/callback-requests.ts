// callback.request, get, list and cancel.

import * as layout from '../../../assembly/layout.ts';
import type { Caller } from '../../engine/egress.ts';
import { callbackAppointedMaxMs } from '../../limits.ts';
import type { CallbackEnd } from '../../protocol/callbacks.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted, ContactView, Handler, RoutingView } from '../module.ts';
import { pageOf } from '../pages.ts';
import { type Asked, type Callback, type CallbackBook, telephoneOf, wantsOf } from './callback-book.ts';
import type { CountCallback, IsBlocked } from './doing.ts';
import { setLookTimer } from './timers.ts';

interface Doing {
  readonly isBlocked: IsBlocked;
  readonly count: CountCallback;
  end(callback: Callback, why: CallbackEnd, admission: Admission): void;
  giveUp(legId: string): void;
}

export class CallbackRequests {
  readonly #book: CallbackBook;
  readonly #routing: RoutingView;
  readonly #doing: Doing;
  readonly methods: Readonly<Record<string, Handler>> = {
    'callback.request': (params, admission) => this.#request(params, admission),
    'callback.get': (params, admission) => this.#get(params, admission),
    'callback.list': (params, admission) => this.#list(params, admission),
    'callback.cancel': (params, admission) => this.#cancel(params, admission),
  };

  constructor(book: CallbackBook, routing: RoutingView, doing: Doing) {
    this.#book = book;
    this.#routing = routing;
    this.#doing = doing;
  }

  #request(asked: Asked, admission: Admission): Admitted {
    const { now, core } = admission;
    const caller = admission.caller as Caller;
    const known = this.#book.find(asked.callbackId);
    if (known !== undefined) return this.#requestedAlready(known, asked, admission);
    const contact = asked.contactId === undefined ? undefined : this.#waiting(asked.contactId, caller);
    if (contact !== undefined && 'refusal' in contact) return contact;
    const queueId = contact?.queueId ?? asked.queueId!;
    const queue = this.#routing.queueNow(queueId, now);
    if (queue === undefined) return refuse('queue_not_found');
    if (queue.policy.callback === undefined) return refuse('queue_takes_no_callbacks', { queueId });
    const made = (contact?.created ?? {}) as Partial<Callback['wants']> & { readonly from?: string };
    const identity = asked.identity ?? made.identity;
    const by = { ...(identity && { identity }), ...(made.from !== undefined && { from: made.from }) };
    const telephone = asked.number ?? telephoneOf(by);
    if (telephone === undefined) return refuse('callback_needs_number');
    if (this.#doing.isBlocked({ ...by, from: telephone }, now)) return refuse('caller_blocked');
    const channel = asked.channel ?? (queue.takes('callback') ? 'callback' : (contact?.channel ?? 'voice'));
    if (!queue.takes(channel)) return refuse('channel_not_in_queue');
    if (asked.at !== undefined && asked.at > now + callbackAppointedMaxMs) return refuse('too_large', { path: '/at' });
    if (this.#book.isFull) return refuse('too_many_callbacks');
    if (contact !== undefined) this.#routing.needsContact(contact, refuse('contact_not_found'), admission);
    const nextAt = Math.max(now, asked.at ?? 0);
    const callback = this.#book.set(
      {
        number: this.#book.nextNumber,
        callbackId: asked.callbackId,
        queueId,
        channel,
        telephone,
        owner: { role: caller.role, sub: caller.sub },
        asked,
        wants: wantsOf({ ...made, ...asked, identity }),
        requestedAt: now,
        ...(asked.at !== undefined && { at: asked.at }),
        state: contact === undefined ? 'waiting' : 'leaving',
        nextAt,
        attempts: 0,
        made: 0,
        ...(contact !== undefined && {
          fromContactId: contact.contactId,
          contact: { contactId: contact.contactId, slot: contact.slot, number: contact.number },
        }),
      },
      admission,
    );
    this.#doing.count(queueId, 'asked', admission);
    if (contact === undefined) setLookTimer(core, callback.number, nextAt);
    else core.contactLeave(contact, contact.queue, undefined, layout.MOVED_CALLBACK);
    return { pending: () => ({ result: viewOf(this.#book.at(callback.number) ?? callback) }) };
  }

  #requestedAlready(known: Callback, asked: Asked, admission: Admission): Admitted {
    const { role, sub } = admission.caller as Caller;
    const contact = asked.contactId === undefined ? undefined : this.#routing.contactById(asked.contactId);
    if (contact !== undefined) this.#routing.needsContact(contact, refuse('contact_not_found'), admission);
    const isSame =
      known.asked !== undefined &&
      canonical(known.asked) === canonical(asked) &&
      known.owner.role === role &&
      known.owner.sub === sub;
    return isSame ? { result: viewOf(known) } : refuse('callback_exists_with_different_content');
  }

  /** The contact that the callback is to take the place of. */
  #waiting(contactId: string, caller: Caller): ContactView | Refusal {
    const contact = this.#routing.contactById(contactId);
    if (contact === undefined || !isOwnersOrOverseen(contact.owner, caller))
      return refuse(
        contact === undefined && this.#routing.isOver(contactId) ? 'contact_already_ended' : 'contact_not_found',
      );
    if (contact.state === 'connected') return refuse('contact_already_connected');
    if (contact.state === 'wrapUp') return refuse('contact_already_ended');
    if (contact.isCallback || this.#book.ofContact(contact.number) !== undefined)
      return refuse('contact_called_back_already');
    return contact;
  }

  #get({ callbackId }: Params<'callback.get'>, { caller }: Admission): Admitted {
    const found = this.#find(callbackId, caller as Caller);
    return found === undefined ? refuse('callback_not_found') : { result: viewOf(found) };
  }

  #find(callbackId: string, caller: Caller): Callback | undefined {
    const found = this.#book.find(callbackId);
    return found !== undefined && isOwnersOrOverseen(found.owner, caller) ? found : undefined;
  }

  #list(params: Params<'callback.list'>, { caller }: Admission): Admitted {
    const { queueId, state } = params;
    const { items, cursor } = pageOf(
      params,
      (number) => this.#book.after(number),
      ({ number }) => number,
      (callback) =>
        isOwnersOrOverseen(callback.owner, caller as Caller) &&
        (queueId === undefined || callback.queueId === queueId) &&
        (state === undefined || callback.state === state),
    );
    return { result: { callbacks: items.map(viewOf), ...cursor } };
  }

  #cancel({ callbackId }: Params<'callback.cancel'>, admission: Admission): Admitted {
    const found = this.#find(callbackId, admission.caller as Caller);
    if (found === undefined) return refuse('callback_not_found');
    if (found.state === 'ended') return refuse('callback_already_over');
    const contact = found.contact && this.#routing.contactByHandle(found.contact.slot, found.contact.number);
    if (contact !== undefined) {
      const refusal = found.state === 'leaving' ? 'callback_not_found' : 'not_ready';
      this.#routing.needsContact(contact, refuse(refusal), admission);
    }
    if (found.state === 'leaving' && contact !== undefined) this.#routing.keepContact(contact, admission);
    if (found.state === 'queued' && contact !== undefined) admission.core.contactCancel(contact);
    if (found.legId !== undefined) this.#doing.giveUp(found.legId);
    this.#doing.end(found, 'cancelled', admission);
    return {
      pending: () => ({ result: viewOf(this.#book.at(found.number) ?? found) }),
      // It was answered in this very moment.
      reworded: () => refuse('callback_already_over'),
    };
  }
}

/** The switch or customer that asked for it; and whoever oversees the tenant. */
function isOwnersOrOverseen(owner: { readonly role: string; readonly sub: string }, { role, sub }: Caller): boolean {
  if (role === 'switch' || role === 'customer') return owner.role === role && owner.sub === sub;
  return true;
}

export function viewOf(callback: Callback) {
  const { callbackId, state, queueId, telephone, wants, requestedAt, at, place, nextAt, attempts } = callback;
  const { contact, fromContactId, endedAt, why } = callback;
  const shown = {
    callbackId,
    state,
    queueId,
    number: telephone,
    identity: wants.identity,
    requestedAt,
    arrivedAt: place?.arrivedAt,
    at,
    nextAt: state === 'waiting' || state === 'calling' ? nextAt : undefined,
    attempts,
    contactId: state === 'leaving' ? undefined : contact?.contactId,
    fromContactId,
    endedAt,
    why,
  };
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
}
