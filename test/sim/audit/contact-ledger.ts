// What is known of each contact, from commands that reached the router and from what it told: and whether what the router shows
// of a contact agrees with it.

import { isDeepStrictEqual } from 'node:util';
import type { Members } from '../setting.ts';
import { lineNumbers, numberOfLeft } from '../workload.ts';
import { type CallbackJudge, isOfRouter } from './callback-judge.ts';
import { type Command, Register } from './commands.ts';

/** What the policies of queues allow, of all that were ever set. */
export interface ExitsEver {
  /** Whether contacts that came for a queue may be in another. */
  leads(from: string, to: string): boolean;
  /** Whether the queue may have taken such a step. */
  takes(queueId: string, step: Members): boolean;
  /** Why contacts may have been ended by a queue. */
  readonly ends: ReadonlySet<string>;
  /** Who loses the agent may be back in the queue without anybody having sent it. */
  readonly sendsTheLost: boolean;
}

export class KnownContact {
  readonly contactId: string;
  readonly creates: Command[] = [];
  /** contact.cancel and contact.end. */
  readonly ends: Command[] = [];
  readonly accepts: Command[] = [];
  readonly rejects: Command[] = [];
  readonly wrapUps: Command[] = [];
  readonly extensions: Command[] = [];
  /** By which it may have gone to another agent or queue. */
  readonly sends: Command[] = [];
  /** Its customer has chosen an agent, maybe: that may have brought it to a queue of that one. */
  readonly choices: Command[] = [];
  /** By which agents may have taken it up again. */
  readonly resumes: Command[] = [];
  /** By which supervisors may take part in its conversation. */
  readonly supervised: Command[] = [];
  readonly attributes = new Register(undefined);
  /** Ids of calls that were found to be this one at another device. */
  readonly names = new Map<string, KnownContact>();
  /** Why it may have ended by what became of its legs. */
  readonly endsByLegs = new Set<string>();
  /** As agents were told. */
  readonly offered: { readonly agentId: string; readonly lineId: string; readonly expiresAt: number }[] = [];
  /** Each by whoever was told so, late or not. */
  readonly connected: { readonly by: string; readonly params: Members }[] = [];
  readonly ended: { readonly by: string; readonly params: Members }[] = [];
  #mayBeAnew = false;
  /** Since when it is certain that it is over, world's time. */
  goneAt = Number.POSITIVE_INFINITY;

  /** What its queues may have done with it, as policies were ever set. */
  readonly exits: ExitsEver;
  readonly #answering: ReadonlySet<string>;

  readonly #callbacks: Pick<CallbackJudge, 'mayTakePlaceOf'>;
  /** The router made it, for a callback or to ask somebody: nobody says how it is to be but that. */
  readonly isOfRouter: boolean;

  constructor(
    contactId: string,
    exits: ExitsEver,
    answering: ReadonlySet<string>,
    callbacks: Pick<CallbackJudge, 'mayTakePlaceOf'>,
  ) {
    this.#callbacks = callbacks;
    this.isOfRouter = isOfRouter(contactId);
    this.contactId = contactId;
    this.exits = exits;
    this.#answering = answering;
  }

  /** It was asked for once more when it may have been erased: then it is another one under the same id. */
  get mayBeAnew(): boolean {
    return this.#mayBeAnew;
  }

  comesAnew(): void {
    this.#mayBeAnew = true;
    this.goneAt = Number.POSITIVE_INFINITY;
  }

  /** An agent has called out: nobody is sure that a switch makes the call, or that it comes about. */
  get isDialled(): boolean {
    return this.creates.some(({ method }) => method === 'contact.dial');
  }

  /** Its media are at a switch. */
  get hasLegs(): boolean {
    if (this.isOfRouter || this.isDialled) return true;
    return this.creates.some(({ inEffect, params }) => inEffect !== 'no' && params.legId !== undefined);
  }

  /** A queue that it may have been in was set, at some time, to accept offers for agents who are there. */
  get answersItself(): boolean {
    if (this.#answering.size > 0 && this.mayHaveBeenSent) return true;
    return this.creates.some(({ params: { queueId } }) =>
      [...this.#answering].some((to) => queueId === undefined || this.exits.leads(queueId as string, to)),
    );
  }

  /** By somebody, or because its agent was lost. */
  get mayHaveBeenSent(): boolean {
    const sends = [this as KnownContact, ...this.names.values()].flatMap((one) => one.sends);
    return best(sends) !== 'no' || this.exits.sendsTheLost;
  }

  /** Somebody was to be asked about it, who may not even have been rung. */
  get mayBeAskedAbout(): boolean {
    const sends = [this as KnownContact, ...this.names.values()].flatMap((one) => one.sends);
    return sends.some(({ inEffect, method }) => inEffect !== 'no' && method === 'contact.consult');
  }

  /** Somebody has sent it to a number outside. */
  get mayBeOutside(): boolean {
    const sends = [this as KnownContact, ...this.names.values()].flatMap((one) => one.sends);
    return sends.some(({ inEffect, params }) => inEffect !== 'no' && (params.to as Members)?.number !== undefined);
  }

  /** By how much longer than was set it may wrap up. */
  get extendedMs(): number {
    const all = [this as KnownContact, ...this.names.values()].flatMap((one) => one.extensions);
    const asked = all.filter(({ inEffect }) => inEffect !== 'no');
    return asked.reduce((sum, { params }) => sum + (params.byMs as number), 0);
  }

  get exists(): 'yes' | 'no' | 'maybe' {
    // A customer may have been rung for it in vain: then it never was one.
    if (this.isOfRouter) return 'maybe';
    return best(this.creates);
  }

  /** It was found to be another contact, at another device of its customer, whatever came of that. */
  get wasTakenForAnother(): boolean {
    return this.creates.some(({ result }) => result !== undefined && result.contactId !== this.contactId);
  }

  /** What was done to it, and to its legs, by its other names. */
  absorb(other: KnownContact): void {
    const { contactId, ends, endsByLegs } = other;
    this.names.set(contactId, other);
    // Who cancels a second call that is being set up ends nothing.
    for (const command of ends) {
      const state = command.result?.state;
      const isEnd = state === undefined || state === 'ended' || state === 'wrapUp';
      if (isEnd && !this.ends.includes(command)) this.ends.push(command);
    }
    for (const reason of endsByLegs) this.endsByLegs.add(reason);
    for (const list of ['sends', 'resumes', 'wrapUps', 'extensions', 'rejects', 'supervised'] as const)
      for (const command of other[list]) if (!this[list].includes(command)) this[list].push(command);
  }

  /** Whether anything may have ended it. */
  get mayHaveEnded(): boolean {
    if (this.isOfRouter || this.isDialled || this.isCalledBack || this.mayBeOutside) return true;
    const byName = this.creates.some(asksForOne);
    for (const { ends, endsByLegs } of this.names.values()) if (best(ends) !== 'no' || endsByLegs.size > 0) return true;
    if (this.isPaid) return true;
    return byName || best(this.ends) !== 'no' || this.endsByLegs.size > 0 || this.exits.ends.size > 0;
  }

  /** Its customer's money may have run out. */
  get isPaid(): boolean {
    return this.creates.some(({ inEffect, params }) => inEffect !== 'no' && params.quoteId !== undefined);
  }

  /** A callback may have taken its place. */
  get isCalledBack(): boolean {
    return this.#callbacks.mayTakePlaceOf(this.contactId);
  }

  createdAs(view: Members): Command | undefined {
    return this.creates.find(
      ({ inEffect, method, params }) =>
        inEffect !== 'no' &&
        (method === 'contact.dial') === (view.dialled !== undefined) &&
        // Where an entry led is known to the router alone.
        (params.queueId === undefined ||
          best(this.sends) !== 'no' ||
          best(this.choices) !== 'no' ||
          this.exits.leads(params.queueId as string, view.queueId as string)) &&
        (method === 'contact.dial' ? isDialledSo(view, params) : isBroughtSo(view, params)),
    );
  }
}

function isBroughtSo(view: Members, params: Members): boolean {
  return (['channel', 'from', 'identity'] as const).every((name) => isDeepStrictEqual(view[name], params[name]));
}

function isDialledSo(view: Members, { to, lineId, identity }: Members): boolean {
  const { agentId } = view.dialled as { readonly agentId: string };
  const { to: inside } = view.dialled as Members;
  const isInside = inside !== undefined && ((to as Members).number !== undefined || isDeepStrictEqual(inside, to));
  const isOutside = inside === undefined && isDeepStrictEqual(view.identity, identity);
  const isTo = view.to === (to as Members).number && (isInside || isOutside);
  return isTo && (lineId as string).startsWith(`${agentId}.`);
}

export function best(commands: readonly Command[]): 'yes' | 'no' | 'maybe' {
  if (commands.some(({ inEffect }) => inEffect === 'yes')) return 'yes';
  return commands.some(({ inEffect }) => inEffect === 'maybe') ? 'maybe' : 'no';
}

function certain(commands: readonly Command[]): Command[] {
  return commands.filter(({ inEffect }) => inEffect === 'yes');
}

/** What contact.get shows at last, against everything that was ever said. */
export function contactFaults(known: KnownContact, view: Members): string[] {
  const faults: string[] = [];
  const created = known.createdAs(view);
  if (known.isOfRouter) return faults;
  if (created === undefined) faults.push('is not as anybody created it');
  for (const { result } of certain(known.creates))
    if (result?.contactId === known.contactId && result?.arrivedAt !== view.arrivedAt)
      faults.push(`arrived at ${view.arrivedAt}, and at ${result?.arrivedAt}`);
  const said = ((view.caller ?? {}) as Members).data as Members | undefined;
  const given = [known, ...known.names.values()].flatMap((one) => one.attributes.possible());
  // What its platform was asked for is among them from the answer on, as platforms are set here.
  const attributes =
    said?.asked === undefined ? given : [...given, ...given.map((one) => ({ ...(one as Members), asked: said.asked }))];
  if (!attributes.some((value) => isDeepStrictEqual(value, view.attributes)))
    faults.push(`has attributes that nobody set last: ${JSON.stringify(known.attributes.possible())}`);
  stepFaults(known, view, faults);
  // Whoever sends it on to an agent by name wants that one, whatever was asked for.
  const excludes = best(known.sends) === 'no' ? (view.excludes as string[] | undefined) : undefined;
  // Who declines it is not offered it again, in some queues.
  const declined = new Set(known.rejects.map(({ who }) => who.sub));
  for (const { agentId } of known.offered)
    if (excludes?.includes(agentId) && !declined.has(agentId))
      faults.push(`was offered to ${agentId}, who is excluded`);
  serviceFaults(known, view, faults);
  lineFaults(known, view, faults);
  endFaults(known, view, faults);
  return faults;
}

/** An agent by name, or whose line has the number that was called. */
function asksForOne({ params: { agentId, entry } }: Command): boolean {
  return agentId !== undefined || (typeof entry === 'string' && entry.startsWith(lineNumbers));
}

export function hasCalledLine({ creates: [created] }: KnownContact): boolean {
  return created !== undefined && created.params.agentId === undefined && asksForOne(created);
}

/** Who has called the number of a line, and is to go nowhere else, was at no other. */
function lineFaults(known: KnownContact, view: Members, faults: string[]): void {
  const { creates, sends, exits, names } = known;
  const { entry, direct } = creates[0]?.params ?? {};

  if (!hasCalledLine(known) || (direct as Members | undefined)?.orElse !== 'end') return;
  if (best(sends) !== 'no' || names.size > 0 || exits.sendsTheLost) return;
  const { lineId } = view;
  if (lineId !== undefined && entry !== numberOfLeft(String(lineId).split('.')[0] as string))
    faults.push(`has called ${String(entry)}, and was at ${String(lineId)}`);
}

/** Each step is one that its queue could take, was not taken too early, and comes after those before it. */
function stepFaults({ exits }: KnownContact, { steps = [], arrivedAt }: Members, faults: string[]): void {
  let before = 0;
  for (const { at, queueId, ...step } of steps as (Members & { at: number; queueId: string; afterMs: number })[]) {
    if (!exits.takes(queueId, step)) faults.push(`had a step that ${queueId} never took: ${JSON.stringify(step)}`);
    if (at < (arrivedAt as number) + step.afterMs || at < before) faults.push(`had a step at ${at}, too early`);
    before = at;
  }
}

function serviceFaults(known: KnownContact, view: Members, faults: string[]): void {
  const { agentId, connectedAt, waitedMs } = view as { [name: string]: number | undefined };
  const before = (view.servedBefore ?? []) as Members[];
  if (before.length > 0 && !known.mayHaveBeenSent) faults.push('was served before, and nobody sent it on');
  const accepts = certain(known.accepts);
  // Who has taken it may say so again.
  const takers = new Set(accepts.map(({ who }) => who.sub));
  const servers = new Set([...before.map((part) => part.agentId), agentId]);
  if (!known.hasLegs && before.length === 0 && takers.size > 1) faults.push(`was taken by ${[...takers]}`);
  const isServed = connectedAt !== undefined;
  const wasServed = isServed || before.length > 0;
  // Its switch says who has one with legs; that it was taken on the desktop may have been in vain.
  if (!known.hasLegs && !known.answersItself && isServed && best([...known.accepts, ...known.resumes]) === 'no')
    faults.push('was connected, and nobody accepted it');
  if (!known.hasLegs && !wasServed && accepts.length > 0) faults.push('was accepted and not connected');
  for (const { who } of known.hasLegs ? [] : accepts)
    if (wasServed && !servers.has(who.sub)) faults.push(`was accepted by ${who.sub}`);
  if (isServed && connectedAt !== waitsFrom(view) + waitedMs!)
    faults.push('was connected at another time than it waited for');
  for (const { by, params } of known.connected) {
    const isBefore = before.some((part) => part.agentId === params.agentId && part.lineId === params.lineId);
    if (!isBefore && (!isServed || !agrees(params, view)))
      faults.push(`was connected otherwise, as ${by} was told: ${JSON.stringify(params)}`);
  }
}

/** By itself: its own telephone, the number, or the switch; or its agent has logged out or hung up. */
const endsOfDialled = new Set([
  ...['agentNotReached', 'notJoined', 'notReached', 'byAgent', 'agentUnavailable'],
  ...['legLost', 'switchLost', 'byCustomer', 'cancelled'],
]);

function endFaults(known: KnownContact, view: Members, faults: string[]): void {
  const ends = certain(known.ends);
  if (ends.length > 1) faults.push(`was ended ${ends.length} times`);
  const isOver = view.why !== undefined;
  if (!isOver && ends.length > 0) faults.push('was ended and goes on');
  if (isOver) {
    const reasons = (ends.length > 0 ? ends : known.ends.filter(({ inEffect }) => inEffect !== 'no')).map(reasonOf);
    const byName = known.creates.some(asksForOne);
    const byLegs = ends.length === 0 && known.endsByLegs.has(view.why as string);
    const byQueue = ends.length === 0 && known.exits.ends.has(view.why as string);
    const byNumber = ends.length === 0 && view.why === 'transferredOut' && known.mayBeOutside;
    const byMoney = ends.length === 0 && view.why === 'fundsExhausted' && known.isPaid;
    const byCallback = ends.length === 0 && view.why === 'callback' && known.isCalledBack;
    if (
      !byLegs &&
      !byQueue &&
      !byCallback &&
      !byMoney &&
      !byNumber &&
      !(known.isDialled && ends.length === 0 && endsOfDialled.has(view.why as string)) &&
      !reasons.includes(view.why as string) &&
      !(byName && ends.length === 0 && view.why === 'agentUnavailable')
    )
      faults.push(`ended otherwise than by ${JSON.stringify(reasons)}`);
  }
  for (const { by, params } of known.ended)
    if (!agrees(endTold(params, view), view))
      faults.push(`ended otherwise, as ${by} was told: ${JSON.stringify(params)}`);
  const wrapUps = certain(known.wrapUps);
  const before = (view.servedBefore ?? []) as Members[];
  if (wrapUps.length > 1 + before.length) faults.push(`was wrapped up ${wrapUps.length} times`);
  const said = (wrapUps.length > 0 ? wrapUps : known.wrapUps.filter(({ inEffect }) => inEffect !== 'no')).map(
    ({ params }) => params.disposition,
  );
  const none = (wrapUps.length === 0 || before.length > 0) && view.disposition === undefined;
  if (!none && !said.includes(view.disposition)) faults.push(`has the disposition ${view.disposition} of nobody`);
}

function reasonOf({ method, who, params }: Command): string {
  if (method === 'contact.cancel') return 'cancelled';
  const by =
    params.by ??
    (who.role === 'agent' ? 'agent' : ['switch', 'customer'].includes(who.role) ? 'customer' : 'application');
  return { agent: 'byAgent', customer: 'byCustomer', application: 'byApplication' }[by as 'agent'];
}

/** Since when it waited the last time. */
export function waitsFrom({ arrivedAt, servedBefore = [], resumedAt = 0 }: Members): number {
  return Math.max(((servedBefore as Members[]).at(-1)?.endedAt ?? arrivedAt) as number, resumedAt as number);
}

/** It was over while it was parked: so it never came to its queue again. */
export function endedParked({ servedBefore = [], resumedAt = 0, connectedAt }: Members): boolean {
  const last = (servedBefore as Members[]).at(-1);
  return last?.why === 'parked' && connectedAt === undefined && (resumedAt as number) < (last.endedAt as number);
}

/** Why a number was not to be had is shown with the number. */
function endTold({ cause, ...told }: Members, { dialled }: Members): Members {
  return cause === undefined ? told : { ...told, dialled: { ...(dialled as Members), cause } };
}

/** What was told is what stays. */
function agrees(told: Members, stays: Members): boolean {
  return Object.entries(told).every(([name, value]) => isDeepStrictEqual(stays[name], value));
}
