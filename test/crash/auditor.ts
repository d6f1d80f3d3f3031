// The auditor: keeps what the router has acknowledged and what it has told, and says where that does not agree.
//
// It shares no code with the router, knows nothing of queues and matching, and sees the router from outside only:
// answers, notifications and what its lists show. Each promise is a short check with a name; a breach is a sentence.
//
// - what was told or acknowledged stays true: a contact that was connected, or has ended, is so for good, with the same
//   agent, reason and times, whatever happens to the process;
// - what was acknowledged is in effect exactly once: one contact an id, one accept a connection, one end a contact, one
//   count in the day's numbers;
// - at every moment: one line a contact, one contact a line, capacities kept, no offer for a contact that has ended.

import { isDeepStrictEqual } from 'node:util';
import type { RefusedError } from '../../src/client/errors.ts';
import { canonical } from '../../src/protocol/canonical.ts';
import type { Told } from '../journeys/party.ts';
import { agentShown, type ContactPicture, contactShown, type LinePicture } from './pictures.ts';

type Members = Readonly<Record<string, unknown>>;

export interface AgentSetUp {
  readonly agentId: string;
  readonly capacity: Readonly<Record<string, number>>;
}

interface Acknowledged {
  readonly who: string;
  readonly method: string;
  readonly params: Members;
  readonly result: Members;
}

interface OfferTold {
  readonly offerId: string;
  readonly contactId: string;
  readonly expiresAt: number;
  readonly contact: { readonly arrivedAt: number; readonly waitedMs: number };
}

/** What is known for good about one contact. */
class Known {
  readonly created: Members;
  readonly accepts: { readonly agentId: string; readonly offerId: string }[] = [];
  readonly ends: { readonly method: string; readonly who: string }[] = [];
  readonly connected: { readonly by: string; readonly params: Members }[] = [];
  readonly ended: { readonly by: string; readonly params: Members }[] = [];
  readonly offered: {
    readonly offerId: string;
    readonly agentId: string;
    readonly at: number;
    readonly expiresAt: number;
  }[] = [];
  attributes: unknown;
  disposition: unknown;
  isAcknowledged = false;

  constructor(created: Members) {
    this.created = created;
    this.attributes = created.attributes;
  }
}

const breachesKept = 20;

export class Auditor {
  readonly breaches: string[] = [];
  readonly #agents: ReadonlyMap<string, AgentSetUp>;
  readonly #records = new Map<string, Known>();
  readonly #customers = new Map<string, string>();
  /** How often each kind of thing was seen: a run in which little happened proves little. */
  readonly seen = new Map<string, number>();

  constructor(agents: readonly AgentSetUp[]) {
    this.#agents = new Map(agents.map((agent) => [agent.agentId, agent]));
  }

  breach(sentence: string): void {
    if (this.breaches.length < breachesKept) this.breaches.push(sentence);
  }

  count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  get contactIds(): string[] {
    return [...this.#records.keys()];
  }

  // ── Along the way ──

  /** Before it is sent: whatever becomes of it, the auditor knows that it may be there. */
  creating(params: Members): void {
    this.#records.set(params.contactId as string, new Known(params));
  }

  acknowledged({ who, method, params, result }: Acknowledged): void {
    this.count(method);
    if (method === 'contact.create') {
      const record = this.#recordOf(params);
      record.isAcknowledged = true;
      this.#sameCustomer(record.created, result);
    }
    if (method === 'offer.accept') {
      const { contactId } = result as { contactId: string };
      this.#recordOf({ contactId }).accepts.push({ agentId: who, offerId: params.offerId as string });
    }
    if (method === 'contact.cancel' || method === 'contact.end') this.#recordOf(params).ends.push({ method, who });
    if (method === 'contact.update') this.#recordOf(params).attributes = params.attributes;
    if (method === 'contact.wrapUpDone') this.#recordOf(params).disposition = params.disposition;
  }

  refused(who: string, method: string, error: RefusedError, allowed: readonly string[]): void {
    this.count(`${method} refused`);
    if (!allowed.includes(error.refusal ?? '')) {
      this.breach(`${who}: ${method} was refused as ${error.refusal ?? error.code}: ${error.message}`);
    }
  }

  told(who: string, { event, params }: Told): void {
    this.count(event);
    const record = this.#records.get(params.contactId as string);
    if (params.contactId !== undefined && record === undefined) {
      this.breach(`${who} was told of the contact ${params.contactId}, which nobody created`);
    }
    if (record === undefined) return;
    if (event === 'contact.connected') record.connected.push({ by: who, params: without(params, 'seq') });
    if (event === 'contact.ended') record.ended.push({ by: who, params: without(params, 'seq') });
    if (event === 'offer.created') this.#offered(who, record, params);
  }

  #offered(who: string, record: Known, params: Members): void {
    const { offerId, expiresAt, contact } = params as unknown as OfferTold;
    const at = contact.arrivedAt + contact.waitedMs;
    const again = record.offered.find((offer) => offer.offerId === offerId);
    if (again !== undefined && again.agentId !== who) this.breach(`${offerId} rang at ${again.agentId} and at ${who}`);
    if (again !== undefined && expiresAt <= again.expiresAt) this.breach(`${offerId} was told twice`);
    record.offered.push({ offerId, agentId: who, at, expiresAt });
  }

  /** A full state, after the router or the client was away. */
  stateTaken(who: string, state: Members): void {
    this.count('states taken');
    for (const offer of (state.offers ?? []) as OfferTold[]) {
      const before = this.#records.get(offer.contactId)?.offered.findLast(({ offerId }) => offerId === offer.offerId);
      if (before !== undefined && before.agentId !== who) this.breach(`${offer.offerId} has gone to ${who}`);
      if (before !== undefined && offer.expiresAt < before.expiresAt) this.breach(`${offer.offerId} rings shorter`);
      if (before !== undefined && offer.expiresAt > before.expiresAt) this.count('offer rang anew');
    }
  }

  /** agent.list, one reading: all seats at one moment. */
  seats(views: readonly Members[]): void {
    this.count('seats looked at');
    const places = new Map<string, string>();
    for (const view of views) {
      const agentId = view.agentId as string;
      const lines = (view.lines as LinePicture[]).filter(({ state }) => state !== 'free');
      for (const { lineId, contactId } of lines) {
        const other = places.get(contactId as string);
        if (contactId === undefined) this.breach(`${lineId} is not free and has no contact`);
        else if (other !== undefined) this.breach(`${contactId} is at ${other} and at ${lineId}`);
        else places.set(contactId, lineId);
      }
      this.capacity(agentId, lines);
    }
  }

  /** The lines of one seat that are not free, at one moment. */
  capacity(agentId: string, busy: readonly LinePicture[]): void {
    const { total = Number.POSITIVE_INFINITY, ...channels } = this.#agents.get(agentId)!.capacity;
    if (busy.length > total) this.breach(`${agentId} has ${busy.length} contacts, ${total} are allowed`);
    for (const [channel, allowed] of Object.entries(channels)) {
      const there = busy.filter((line) => line.channel === channel).length;
      if (there > allowed) this.breach(`${agentId} has ${there} contacts of ${channel}, ${allowed} are allowed`);
    }
    const ringing = busy.filter(({ state }) => state === 'ringing').length;
    if (ringing > 1) this.breach(`${ringing} lines of ${agentId} ring at once`);
  }

  /** A client's picture, and what the router showed on the same connection at the same place in the order. */
  compare(who: string, picture: unknown, shown: unknown): void {
    this.count('pictures compared');
    const [ours, theirs] = [canonical(picture), canonical(shown)];
    if (ours !== theirs) this.breach(`${who} believes\n  ${ours}\nand the router shows\n  ${theirs}`);
  }

  compareAgent(who: string, picture: Members, view: Members): void {
    this.compare(who, picture, agentShown(view));
  }

  compareContact(who: string, picture: ContactPicture, view: Members): void {
    this.compare(who, picture, contactShown(view));
  }

  // ── At the end ──

  /** `views`: contact.get of each contact. Nobody is lost, and each contact is what was said of it. */
  contacts(views: ReadonlyMap<string, Members>): void {
    for (const [contactId, record] of this.#records) {
      const view = views.get(contactId);
      if (view === undefined) this.breach(`${contactId} is lost`);
      else this.#contact(contactId, record, view);
    }
  }

  #contact(contactId: string, record: Known, view: Members): void {
    const { state, why, agentId, connectedAt, endedAt, arrivedAt, waitedMs, servedMs } = view as {
      readonly [name: string]: number;
    } & { state: string; why: string; agentId?: string };
    const wrong = (what: string) => this.breach(`${contactId} ${what}: ${JSON.stringify(view)}`);
    if (!record.isAcknowledged) wrong('was never acknowledged, although its switch asks until it is');
    if (state !== 'ended') wrong('has not ended');
    for (const name of ['channel', 'queueId', 'from', 'identity'] as const) {
      if (!isDeepStrictEqual(view[name], record.created[name])) wrong(`has another ${name}`);
    }
    if (!isDeepStrictEqual(view.attributes, record.attributes)) {
      wrong(`has other attributes than ${JSON.stringify(record.attributes)}`);
    }
    if (view.disposition !== record.disposition) wrong(`has another disposition than ${record.disposition}`);

    const isServed = connectedAt !== undefined;
    if (record.accepts.length !== (isServed ? 1 : 0)) wrong(`was accepted ${JSON.stringify(record.accepts)}`);
    for (const accept of record.accepts) if (accept.agentId !== agentId) wrong(`was accepted by ${accept.agentId}`);
    for (const { by, params } of record.connected) {
      const stays = { contactId, agentId, lineId: view.lineId, waitedMs };
      if (!isServed || !sameMembers(params, stays))
        wrong(`was connected, as ${by} was told: ${JSON.stringify(params)}`);
    }
    this.#toldOnce(contactId, 'connected', record.connected);

    if (record.ends.length > 1) wrong(`was ended ${record.ends.length} times: ${JSON.stringify(record.ends)}`);
    const because = record.ends.map(({ method, who }) => endReason(method, this.#agents.has(who)))[0];
    if (why !== (because ?? 'agentUnavailable')) wrong(`ended otherwise than by ${JSON.stringify(record.ends)}`);
    for (const { by, params } of record.ended) {
      const stays = { contactId, why, agentId, waitedMs, servedMs };
      if (!sameMembers(params, stays)) wrong(`has ended, as ${by} was told: ${JSON.stringify(params)}`);
    }
    this.#toldOnce(contactId, 'ended', record.ended);

    if (waitedMs! < 0 || servedMs! < 0 || (isServed && connectedAt !== arrivedAt! + waitedMs!)) wrong('has odd times');
    for (const offer of record.offered) {
      if (offer.at > (isServed ? connectedAt : endedAt!)) wrong(`rang at ${offer.agentId} after it was over`);
    }
  }

  #toldOnce(contactId: string, what: string, facts: readonly { readonly by: string }[]): void {
    const tellers = facts.map(({ by }) => by);
    if (new Set(tellers).size !== tellers.length) this.breach(`${contactId} was told as ${what} twice: ${tellers}`);
  }

  /** Each queue's numbers of the day: everything counted once. `numbers` by queue. */
  statistics(numbers: ReadonlyMap<string, Members>, views: ReadonlyMap<string, Members>): void {
    for (const [queueId, shown] of numbers) {
      const contacts = [...views.values()].filter((view) => view.queueId === queueId);
      const answered = contacts.filter(({ connectedAt }) => connectedAt !== undefined).length;
      const left = contacts.filter(({ connectedAt, why }) => connectedAt === undefined && why !== 'agentUnavailable');
      const expected = { arrived: contacts.length, answered, abandoned: left.length, waiting: 0 };
      for (const [name, count] of Object.entries(expected)) {
        if (shown[name] !== count) this.breach(`${queueId} counts ${shown[name]} ${name}, it should be ${count}`);
      }
    }
  }

  /** All ended contacts, in the order in which the router lists them. */
  ended(contactIds: readonly string[]): void {
    if (new Set(contactIds).size !== contactIds.length) this.breach('a contact is listed twice');
    if (contactIds.length !== this.#records.size) {
      this.breach(`${contactIds.length} contacts are listed, ${this.#records.size} were created`);
    }
  }

  /** customer.get of each identity: the agent who was connected last. */
  customer(identity: string, shown: Members, views: ReadonlyMap<string, Members>): void {
    const served = [...views.values()].filter(
      (view) => canonical(view.identity) === identity && view.connectedAt !== undefined,
    );
    const lastAt = Math.max(...served.map(({ connectedAt }) => connectedAt as number));
    const last = served.filter(({ connectedAt }) => connectedAt === lastAt).map(({ agentId }) => agentId);
    if (this.#customers.get(identity) !== shown.customerId) this.breach(`${identity} is now ${shown.customerId}`);
    if (served.length === 0 ? shown.lastAgentId !== undefined : !last.includes(shown.lastAgentId)) {
      this.breach(`${identity} was served last by ${last}, the router says ${JSON.stringify(shown)}`);
    }
  }

  get identities(): string[] {
    return [...this.#customers.keys()];
  }

  #sameCustomer({ identity }: Members, { customerId }: Members): void {
    if (identity === undefined || customerId === undefined) return;
    const key = canonical(identity);
    const known = this.#customers.get(key);
    if (known === undefined) this.#customers.set(key, customerId as string);
    else if (known !== customerId) this.breach(`${key} was ${known} and then ${customerId}`);
  }

  #recordOf({ contactId }: Members): Known {
    const record = this.#records.get(contactId as string);
    if (record === undefined) throw new Error(`nobody created ${contactId}`);
    return record;
  }
}

function endReason(method: string, isAgent: boolean): string {
  if (method === 'contact.cancel') return 'cancelled';
  return isAgent ? 'byAgent' : 'byCustomer';
}

function sameMembers(told: Members, stays: Members): boolean {
  return Object.entries(told).every(([name, value]) => stays[name] === value);
}

function without({ ...members }: Members, name: string): Members {
  delete (members as Record<string, unknown>)[name];
  return members;
}
