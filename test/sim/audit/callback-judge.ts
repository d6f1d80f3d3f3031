// Customers who are to be called back: what was asked for, what the router told, and how it all stands at last. Made of frames alone.
//
// - what was acknowledged is there at last, once, and over: reached, unreachable after as many attempts as somebody set, taken back;
// - a callback never loses its place: it, and each contact that was made for it, has the arrival of the contact that it came from;
// - of one callback no two contacts are alive at once, and none once it is over;
// - nobody is rung for a callback that is over.

import type { Members } from '../setting.ts';
import type { Command } from './commands.ts';
import { best } from './contact-ledger.ts';
import type { ErasureJudge } from './erasure-judge.ts';
import { isMessage } from './voicemail-judge.ts';

interface CallbackView {
  readonly callbackId: string;
  readonly why?: string;
  readonly attempts: number;
  readonly contactId?: string;
  readonly fromContactId?: string;
  readonly arrivedAt?: number;
}

/** Contacts that the router makes for callbacks are called so. */
const made = /^callback:(\d+)\.(\d+)$/;

export function isOfCallback(contactId: string): boolean {
  return made.test(contactId);
}

/** Contacts that are consultations are called after the contact that they are about. */
const consultation = /^(.*)\.consult\d*$/;

export function isConsultation(contactId: string): boolean {
  return consultation.test(contactId);
}

/** What a colleague has of a call is called after what the caller has. */
const called = /^(.*)\.called\d*$/;

export function isCalled(contactId: string): boolean {
  return called.test(contactId);
}

/** What it is about, or came from; or the contact itself. */
export function aboutOf(contactId: string): string {
  return (consultation.exec(contactId) ?? called.exec(contactId))?.[1] ?? contactId;
}

/** Nobody creates it but the router. */
export function isOfRouter(contactId: string): boolean {
  return isOfCallback(contactId) || isConsultation(contactId) || isCalled(contactId) || isMessage(contactId);
}

export interface CallbackWorld {
  readonly erasures: ErasureJudge;
  /** Queues may send contacts to callbacks, which are called as the contacts are. */
  readonly hasExits: boolean;
  isContact(contactId: string): boolean;
  breach(sentence: string): void;
  seen(what: string): void;
}

export class CallbackJudge {
  readonly #world: CallbackWorld;
  readonly #requests = new Map<string, Command[]>();
  readonly #cancels = new Map<string, Command[]>();
  /** By callback: why it is over, as was told. */
  readonly #over = new Map<string, string>();

  constructor(world: CallbackWorld) {
    this.#world = world;
  }

  asked(command: Command): void {
    const { method, params } = command;
    const callbackId = params.callbackId as string;
    if (method === 'callback.request') push(this.#requests, callbackId, command);
    if (method === 'callback.cancel') push(this.#cancels, callbackId, command);
  }

  /** A contact may have ended because its customer is called back. */
  mayTakePlaceOf(contactId: string): boolean {
    if (this.#world.hasExits) return true;
    for (const requests of this.#requests.values())
      if (requests.some(({ inEffect, params }) => inEffect !== 'no' && params.contactId === contactId)) return true;
    return false;
  }

  told(event: string, { callbackId, why }: Members): void {
    if (!event.startsWith('callback.') || typeof callbackId !== 'string') return;
    const byExit = this.#world.hasExits && this.#world.isContact(callbackId);
    if (!byExit && best(this.#requests.get(callbackId) ?? []) === 'no')
      this.#world.breach(`${event} of ${callbackId}, which nobody asked for`);
    const over = this.#over.get(callbackId);
    if (over !== undefined && (event !== 'callback.ended' || over !== why))
      this.#world.breach(`${event} of ${callbackId} was told, which is over: ${over}`);
    if (event === 'callback.ended') this.#over.set(callbackId, why as string);
  }

  /** When everything is at rest: the callbacks that are remembered, and the contacts of all by id. */
  atLast(callbacks: readonly Members[], contacts: ReadonlyMap<string, Members | undefined>, attemptsMax: number): void {
    const byId = new Map(callbacks.map((callback) => [callback.callbackId as string, callback]));
    if (byId.size !== callbacks.length) this.#world.breach('a callback is there twice');
    for (const callback of callbacks)
      if (!this.#requests.has(callback.callbackId as string)) this.#judge(callback, contacts, attemptsMax);
    for (const [callbackId, requests] of this.#requests) {
      const callback = byId.get(callbackId);
      const exists = best(requests);
      if (exists === 'yes' && callback === undefined && !this.#isErased(requests))
        this.#world.breach(`callback ${callbackId} is lost`);
      if (exists === 'no' && callback !== undefined)
        this.#world.breach(`callback ${callbackId} was asked for by nobody`);
      if (callback !== undefined) this.#judge(callback, contacts, attemptsMax);
    }
  }

  #isErased(requests: readonly Command[]): boolean {
    const { erasures } = this.#world;
    return requests.some(({ params }) => erasures.mayBeNamed(params.identity) || erasures.mayHave(params.contactId));
  }

  #judge(callback: Members, contacts: ReadonlyMap<string, Members | undefined>, attemptsMax: number): void {
    const { callbackId, why, attempts, contactId, fromContactId, arrivedAt } = callback as unknown as CallbackView;
    const wrong = (what: string) => this.#world.breach(`callback ${callbackId} ${what}: ${JSON.stringify(callback)}`);
    if (why !== undefined) this.#world.seen(`callback ${why}`);
    const told = this.#over.get(callbackId);
    if (told !== undefined && told !== why) wrong(`was told to be ${told}`);
    if (attempts > attemptsMax) wrong(`was tried ${attempts} times`);
    if (why === 'unreachable' && attempts === 0) wrong('is unreachable, and was never tried');
    if (why === 'cancelled' && best(this.#cancels.get(callbackId) ?? []) === 'no' && contactId === undefined)
      wrong('was taken back by nobody');
    const from = fromContactId === undefined ? undefined : contacts.get(fromContactId);
    const place = from?.arrivedAt ?? arrivedAt;
    const own = contactId === undefined ? undefined : contacts.get(contactId);
    if (from !== undefined && arrivedAt !== undefined && from.arrivedAt !== arrivedAt) wrong('has lost its place');
    if (own !== undefined && place !== undefined && own.arrivedAt !== place && why !== 'answered')
      wrong(`has a contact with another place, ${String(own.arrivedAt)}`);
    const live = [...contacts.values()].filter(
      (view) =>
        view?.callback !== undefined && (view.callback as Members).callbackId === callbackId && view.state !== 'ended',
    );
    if (live.length > 1) wrong(`has ${live.length} contacts that live`);
  }
}

function push(of: Map<string, Command[]>, key: string, command: Command): void {
  const all = of.get(key) ?? [];
  all.push(command);
  of.set(key, all);
}
