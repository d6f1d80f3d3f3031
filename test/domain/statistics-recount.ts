// Statistics counted a second time, from nothing but answers and notifications: who came, who was connected, what agents were in.
// It keeps everything that happened and adds it up by interval at the end, the plainest way there is.

import type { Members, Told } from './domain-world.ts';

interface Happened {
  readonly at: number;
  readonly queueId?: string;
  readonly agentId?: string;
  readonly what: Readonly<Record<string, number>>;
}

interface Stay {
  readonly agentId: string;
  readonly state: string;
  readonly reason: string;
  readonly from: number;
  to: number | undefined;
}

const fieldOf: Readonly<Record<string, string>> = {
  ready: 'readyMs',
  notReady: 'notReadyMs',
  ringing: 'ringingMs',
  inService: 'inServiceMs',
  wrapUp: 'wrappingUpMs',
};

export class Recount {
  readonly #happened: Happened[] = [];
  readonly #stays: Stay[] = [];
  readonly #doing = new Map<string, Stay>();
  readonly #queueOf = new Map<string, string>();
  readonly #offers = new Set<string>();
  readonly #heldSince = new Map<string, number>();
  readonly #heldMs = new Map<string, number>();
  /** By line. */
  readonly #wrappingUp = new Map<
    string,
    { readonly contactId: string; readonly agentId: string; readonly since: number }
  >();

  created(contactId: string, queueId: string, at: number): void {
    if (this.#queueOf.has(contactId)) return;
    this.#queueOf.set(contactId, queueId);
    this.#add(at, { offered: 1 }, { queueId });
  }

  /** Nobody was there from `from` to `to`. */
  away(from: number, to: number): void {
    for (const [agentId, stay] of this.#doing) {
      stay.to = from;
      this.#begin({ ...stay, from: to, to: undefined }, agentId);
    }
  }

  hear({ to, event, params }: Told, at: number): void {
    const [role, sub] = to.split(':') as [string, string];
    const said = params as { contactId: string; agentId: string; lineId: string; why: string } & Members;
    const queueId = this.#queueOf.get(said.contactId) ?? '';
    if (role === 'agent') return this.#agentHears(sub, event, said, queueId, at);
    if (event === 'contact.held') this.#heldSince.set(said.contactId, at);
    if (event === 'contact.resumed') this.#resumed(said.contactId, at);
    if (event === 'contact.connected') {
      const waitedMs = said.waitedMs as number;
      const within = waitedMs <= withinMs ? 1 : 0;
      const what = { answered: 1, answeredWithin: within, answeredWaitMs: waitedMs, answeredWaitMsMax: waitedMs };
      this.#add(at, what, { queueId });
      this.#add(at, { answered: 1 }, { agentId: said.agentId });
    }
    if (event === 'contact.ended') this.#ended(said, queueId, at);
  }

  /** Lines as statistics.query gives them, of what adds up. */
  lines(of: 'queues' | 'agents', id: string, from: number, to: number, now: number): Record<string, unknown> {
    const sums: Record<string, number> = {};
    const reasons: Record<string, number> = {};
    for (const { at, what, queueId, agentId } of this.#happened) {
      if (at < from || at >= to || (of === 'queues' ? queueId : agentId) !== id) continue;
      for (const [name, value] of Object.entries(what))
        sums[name] = name.endsWith('Max') ? Math.max(sums[name] ?? 0, value) : (sums[name] ?? 0) + value;
    }
    for (const stay of of === 'agents' ? this.#stays : []) {
      const ms = Math.min(stay.to ?? now, to) - Math.max(stay.from, from);
      if (stay.agentId !== id || stay.state === 'loggedOut' || ms <= 0) continue;
      const field = fieldOf[stay.state] as string;
      sums[field] = (sums[field] ?? 0) + ms;
      if (stay.state === 'notReady') reasons[stay.reason] = (reasons[stay.reason] ?? 0) + ms;
    }
    return { ...sums, ...(of === 'agents' && { notReadyByReason: reasons }) };
  }

  #agentHears(
    agentId: string,
    event: string,
    said: Members & { contactId: string },
    queueId: string,
    at: number,
  ): void {
    if (event === 'agent.changed') {
      const { state, reason = '' } = said as unknown as { state: string; reason?: string };
      const before = this.#doing.get(agentId);
      const why = state === 'notReady' ? reason : '';
      if (before?.state === state && before.reason === why) return;
      if (before !== undefined) before.to = at;
      this.#begin({ agentId, state, reason: why, from: at, to: undefined }, agentId);
    }
    if (event === 'offer.created' && !this.#offers.has(said.offerId as string)) {
      this.#offers.add(said.offerId as string);
      this.#add(at, { offers: 1 }, { queueId }, { agentId });
    }
    if (event === 'offer.withdrawn') {
      const what = { timedOut: 'missed', rejected: 'rejected' }[said.why as string] ?? 'withdrawn';
      this.#add(at, { [what]: 1 }, { queueId }, { agentId });
    }
    if (event === 'contact.wrapUp')
      this.#wrappingUp.set(said.lineId as string, { contactId: said.contactId, agentId, since: at });
    if (event === 'line.changed' && said.state !== 'wrapUp') {
      const over = this.#wrappingUp.get(said.lineId as string);
      if (over === undefined) return;
      this.#wrappingUp.delete(said.lineId as string);
      const of = { queueId: this.#queueOf.get(over.contactId) as string };
      if (over.since < at) this.#add(at, { wrapUpMs: at - over.since }, of, { agentId });
    }
  }

  #ended(
    { contactId, agentId, why, ...said }: Members & { contactId: string; agentId: string; why: string },
    queueId: string,
    at: number,
  ): void {
    if (agentId !== undefined) {
      if (this.#heldSince.has(contactId)) this.#resumed(contactId, at);
      const holdMs = this.#heldMs.get(contactId) ?? 0;
      const what = { handled: 1, talkMs: (said.servedMs as number) - holdMs, holdMs };
      return this.#add(at, what, { queueId }, { agentId });
    }
    if (why !== 'cancelled' && why !== 'byCustomer') return this.#add(at, { endedOtherwise: 1 }, { queueId });
    const waitMs = said.waitedMs as number;
    const what = {
      abandoned: 1,
      abandonedShort: waitMs < shortAbandonMs ? 1 : 0,
      abandonedWithin: waitMs <= withinMs ? 1 : 0,
      abandonedWaitMs: waitMs,
      abandonedWaitMsMax: waitMs,
    };
    this.#add(at, what, { queueId });
  }

  #resumed(contactId: string, at: number): void {
    const since = this.#heldSince.get(contactId) as number;
    this.#heldSince.delete(contactId);
    this.#heldMs.set(contactId, (this.#heldMs.get(contactId) ?? 0) + at - since);
  }

  #begin(stay: Stay, agentId: string): void {
    this.#stays.push(stay);
    this.#doing.set(agentId, stay);
  }

  #add(at: number, what: Happened['what'], ...of: { readonly queueId?: string; readonly agentId?: string }[]): void {
    for (const whose of of) this.#happened.push({ at, what, ...whose });
  }
}

export const withinMs = 60_000;
export const shortAbandonMs = 5_000;
