// The callbacks of a tenant: who is to be called back, in whose line, and how that stands.
//
// A callback is a value that is replaced whole, so that taking a change back is putting the old value in its place. Those that
// are over are remembered for a while, since their ids answer repetitions.

import type { Role } from '../../engine/egress.ts';
import {
  callbackRetentionMs,
  callbacksEndedMax,
  callbacksPerTenantMax,
  callbacksRemovedPerTickMax,
} from '../../limits.ts';
import { type CallbackEnd, type CallbackState, isE164 } from '../../protocol/callbacks.ts';
import type { Params } from '../../protocol/methods.ts';
import { orderedMap } from '../../store/ordered-map.ts';
import type { Admission, PlaceInLine, Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { timeKey } from '../time-key.ts';
import { callbackCountersTable, callbacksTable } from './tables.ts';

export type Asked = Params<'callback.request'>;

export interface Callback {
  readonly number: number;
  readonly callbackId: string;
  readonly queueId: string;
  readonly channel: string;
  /** Where the customer is rung. */
  readonly telephone: string;
  readonly owner: { readonly role: Role; readonly sub: string };
  /** As callback.request said it; undefined where an exit led to it. */
  readonly asked?: Asked;
  /** What its contacts are made of. */
  readonly wants: Pick<Asked, 'identity' | 'requires' | 'prefers' | 'priority' | 'attributes'> & {
    readonly to?: string;
    readonly waitCreditMs?: number;
  };
  readonly requestedAt: number;
  readonly at?: number;
  /** Undefined until its contact has left the queue. */
  readonly place?: PlaceInLine;
  readonly state: CallbackState;
  readonly nextAt?: number;
  /** How often the customer was rung in vain, and how many contacts and legs were made for it. */
  readonly attempts: number;
  readonly made: number;
  /** leaving: the contact that it takes the place of. Else its own, the last. */
  readonly contact?: { readonly contactId: string; readonly slot: number; readonly number: number };
  readonly fromContactId?: string;
  /** calling: the customer's. */
  readonly legId?: string;
  readonly endedAt?: number;
  readonly why?: CallbackEnd;
}

/** Who is told of each that is asked for, and of each that is over. */
export type OnCallback = (callback: Callback, tables: TableWriter) => void;

export class CallbackBook {
  readonly #onCallback: OnCallback;
  #byNumber = new Map<number, Callback>();
  #byId = new Map<string, Callback>();
  /** By the low half of the number of the contact that it is, or takes the place of. */
  #byContact = new Map<number, Callback>();
  #byKey = new Map<string, Callback>();
  #byQueue = new Map<string, Set<number>>();
  #ended = orderedMap<Callback>();
  #next = 1;

  constructor(onCallback: OnCallback) {
    this.#onCallback = onCallback;
  }

  load(tables: TableReader): void {
    this.#byNumber = new Map();
    this.#byId = new Map();
    this.#byContact = new Map();
    this.#byKey = new Map();
    this.#byQueue = new Map();
    this.#ended = orderedMap<Callback>();
    this.#next = (tables.get(callbackCountersTable, 1)?.next as number | undefined) ?? 1;
    for (const { row } of everyRow(tables, callbacksTable)) this.#know(row as unknown as Callback);
  }

  get isFull(): boolean {
    return this.#byNumber.size - this.#ended.size >= callbacksPerTenantMax;
  }

  /** No contact is a callback or is to be one: what looks at every effect need not look further. */
  get hasNoContacts(): boolean {
    return this.#byContact.size === 0;
  }

  get nextNumber(): number {
    return this.#next;
  }

  at(number: number): Callback | undefined {
    return this.#byNumber.get(number);
  }

  find(callbackId: string): Callback | undefined {
    return this.#byId.get(callbackId);
  }

  ofContact(number: number): Callback | undefined {
    return this.#byContact.get(number >>> 0);
  }

  /** Whose customer this is, of those who are to be called back by this queue. */
  ofCustomer(queueId: string, who: Known): Callback | undefined {
    if (this.#byKey.size === 0) return undefined;
    for (const key of keysOf(queueId, who)) {
      const found = this.#byKey.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  *after(number: number): Generator<Callback, void, void> {
    for (const callback of this.#byNumber.values()) if (callback.number > number) yield callback;
  }

  /** Not over, in the order in which they were asked for. */
  *liveOf(queueId: string): Generator<Callback, void, void> {
    for (const number of this.#byQueue.get(queueId) ?? []) yield this.#byNumber.get(number)!;
  }

  /** Made or changed, on behalf of a request or a follow-up. */
  set(callback: Callback, admission: Admission): Callback {
    const before = this.#byNumber.get(callback.number);
    const next = this.#next;
    this.put(callback, admission.tables);
    admission.onUndo(() => {
      this.#unknow(callback);
      if (before === undefined) this.#byNumber.delete(callback.number);
      else this.#know(before);
      this.#next = next;
    });
    return callback;
  }

  /** When there is nobody to refuse it. */
  put(callback: Callback, tables: TableWriter): Callback {
    const before = this.#byNumber.get(callback.number);
    if (before !== undefined) this.#unknow(before);
    this.#know(callback);
    tables.put(callbacksTable, callback.number, callback as unknown as Row);
    if (before === undefined || (callback.state === 'ended' && before.state !== 'ended'))
      this.#onCallback(callback, tables);
    return callback;
  }

  /** When the oldest of those that are over is to be forgotten. */
  get forgetAt(): number | undefined {
    const first = this.#firstEnded;
    return first && (this.#ended.size > callbacksEndedMax ? first.endedAt! : first.endedAt! + callbackRetentionMs);
  }

  forgetOld(now: number, tables: TableWriter): void {
    for (let left = callbacksRemovedPerTickMax; left > 0 && (this.forgetAt ?? Infinity) <= now; left--) {
      const old = this.#firstEnded as Callback;
      this.#unknow(old);
      this.#byNumber.delete(old.number);
      tables.remove(callbacksTable, old.number);
    }
    tables.put(callbackCountersTable, 1, { next: this.#next });
  }

  /** It is over, and as if it had never been. */
  erase(callback: Callback, tables: TableWriter): void {
    this.#unknow(callback);
    this.#byNumber.delete(callback.number);
    tables.remove(callbacksTable, callback.number);
    tables.put(callbackCountersTable, 1, { next: this.#next });
  }

  get #firstEnded(): Callback | undefined {
    const key = this.#ended.minKey();
    return key === undefined ? undefined : this.#ended.get(key);
  }

  #know(callback: Callback): void {
    const { number, callbackId, queueId, contact, state, endedAt } = callback;
    this.#byNumber.set(number, callback);
    this.#byId.set(callbackId, callback);
    this.#next = Math.max(this.#next, number + 1);
    if (state === 'ended') {
      this.#ended.set(timeKey(endedAt!, number), callback);
      return;
    }
    if (contact !== undefined && (state === 'leaving' || state === 'queued'))
      this.#byContact.set(contact.number >>> 0, callback);
    for (const key of keysOf(queueId, knownOf(callback))) this.#byKey.set(key, callback);
    let ofQueue = this.#byQueue.get(queueId);
    if (ofQueue === undefined) {
      ofQueue = new Set();
      this.#byQueue.set(queueId, ofQueue);
    }
    ofQueue.add(number);
  }

  /** Its place among the numbers is kept: it is changed, not made anew. */
  #unknow(callback: Callback): void {
    const { number, callbackId, queueId, contact, endedAt } = callback;
    this.#byId.delete(callbackId);
    if (endedAt !== undefined) this.#ended.delete(timeKey(endedAt, number));
    if (contact !== undefined && this.#byContact.get(contact.number >>> 0)?.number === number)
      this.#byContact.delete(contact.number >>> 0);
    for (const key of keysOf(queueId, knownOf(callback)))
      if (this.#byKey.get(key)?.number === number) this.#byKey.delete(key);
    const ofQueue = this.#byQueue.get(queueId);
    ofQueue?.delete(number);
    if (ofQueue?.size === 0) this.#byQueue.delete(queueId);
  }
}

/** By what a customer who calls is known. */
export interface Known {
  readonly identity?: Asked['identity'];
  readonly from?: string;
}

function knownOf({ wants, telephone }: Callback): Known {
  return { ...(wants.identity !== undefined && { identity: wants.identity }), from: telephone };
}

/** Only a number that is somebody's: what stands for a withheld one is everybody's. */
function keysOf(queueId: string, { identity, from }: Known): string[] {
  const keys: string[] = [];
  if (identity !== undefined) keys.push(`${queueId}\n${identity.scheme}\n${identity.value}`);
  if (from !== undefined && isE164(from)) keys.push(`${queueId}\ntel\n${from}`);
  return keys;
}

/** Where the customer of a contact can be rung. */
export function telephoneOf({ identity, from }: Known): string | undefined {
  if (identity?.scheme === 'tel' && isE164(identity.value)) return identity.value;
  return from !== undefined && isE164(from) ? from : undefined;
}

const wanted = ['identity', 'to', 'requires', 'prefers', 'priority', 'waitCreditMs', 'attributes'] as const;

/** Of what a contact was created with, or a callback asked for with. */
export function wantsOf(given: Readonly<Record<string, unknown>>): Callback['wants'] {
  return Object.fromEntries(
    wanted.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
  ) as Callback['wants'];
}
