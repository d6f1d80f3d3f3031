// The load: contacts that live their whole life, each step sent when the one before it has been answered, and an account
// of every one of them.
//
//   switch   contact.create ────▶                              contact.end ────▶
//   agent                     ◀──── offer.created  offer.accept ─▶ ◀─ answer    ◀── answer, contact.wrapUpDone ─▶ ◀─ answer
//                                                                                    with the systems in use: rating.give ─▶ ◀─ answer
//
// Switches have a socket each, and so has each agent; an agent has several lines (a chat agent). What is in flight is bounded
// by the number of contacts alive at once. Checked as it happens: each request is answered once, in its turn, without an
// error and with the state it must have; each contact is offered once; no line has two contacts at once.
//
// Messages are looked at by position, not parsed: they begin as the router writes them, and anything else is an error.

import { signToken } from '../../src/transport/authentication.ts';
import { RawSession } from './raw-session.ts';
import { secret, tenant } from './served.ts';

export interface LoadShape {
  readonly agents: number;
  readonly linesPerAgent: number;
  readonly switches: number;
  /** Contacts whose identity is drawn from so many; 0: contacts without one. */
  readonly customers: number;
  /** 1: sessions ask for batch frames. The bare responder knows none. */
  readonly batchFrames: 0 | 1;
  /**
   * Voice, with customers who are led to the agent whom they know and for whom each contact is a live call; each service is rated by
   * its agent, a fifth request.
   */
  readonly systems?: 0 | 1;
}

const steps = ['create', 'accept', 'end', 'wrapUpDone', 'rate'] as const;
const CREATE = 0;
const ACCEPT = 1;
const END = 2;
const WRAP_UP_DONE = 3;
const RATE = 4;
const STEPS = 5;

/** States that an answer may have, by step: the offer may be out before the answer to contact.create is. */
const statesAfter = [['waiting', 'ringing', 'connected'], ['connected'], ['wrapUp'], ['ended'], []] as const;

interface Life {
  readonly slot: number;
  round: number;
  contactId: string;
  step: number;
  created: boolean;
  /** Answers still to come. */
  agent: number;
  line: number;
  /** When it was due to be created, by this process's clock. */
  dueAt: number;
}

const RESPONSE_ID_AT = '{"jsonrpc":"2.0","id":'.length;
const KIND_AT = '{"jsonrpc":"2.0","'.length;
const METHOD_AT = '{"jsonrpc":"2.0","method":"'.length;
const I = 'i'.charCodeAt(0);
const O = 'o'.charCodeAt(0);
const C = 'c'.charCodeAt(0);
const QUOTE = '"'.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
const OFFER = /"offerId":"(o\d+\.\d+)","contactId":"([^"]+)","lineId":"agent-(\d+)\.\w+\.(\d+)"/;
const HOUR_MS = 3_600_000;
/** Far longer than anything takes, also on a machine that others use. */
const drainMsMax = 30_000;

export class ContactLives {
  readonly shape: LoadShape;
  readonly #bare: boolean;
  readonly #dirty: RawSession[] = [];
  readonly #switches: RawSession[] = [];
  readonly #agents: RawSession[] = [];
  /** By agent and line: the slot that has it, or -1. */
  readonly #lines: Int32Array;
  readonly #freeLines: number[] = [];
  #lives: Life[] = [];
  #freeSlots: number[] = [];
  readonly #byId = new Map<string, Life>();
  #flushing = false;
  /** Keep as many alive at once; 0: only what createAt() asks for. */
  #alive = 0;
  #whenDrained: (() => void) | undefined;
  /** Told of each offer: how long after it was due. */
  onOffer: ((ms: number) => void) | undefined;
  requests = 0;
  answers = 0;
  notifications = 0;
  offers = 0;
  finished = 0;

  private constructor(shape: LoadShape, bare: boolean) {
    this.shape = shape;
    this.#bare = bare;
    this.#lines = new Int32Array(shape.agents * shape.linesPerAgent).fill(-1);
    for (let line = this.#lines.length - 1; line >= 0; line--) this.#freeLines.push(line);
  }

  /** Sessions are open, agents are ready. `bare`: the other side makes no offers, so they are made up here. */
  static async open(url: string, shape: LoadShape, bare: boolean): Promise<ContactLives> {
    const lives = new ContactLives(shape, bare);
    if (!bare) await lives.#setUp(url);
    for (let index = 0; index < shape.switches; index++) {
      lives.#switches.push(await lives.#session(url, 'switch', `switch-${index}`, index));
    }
    for (let index = 0; index < shape.agents; index++) {
      const agent = await lives.#session(url, 'agent', agentName(index), index);
      lives.#agents.push(agent);
      if (bare) continue;
      await lives.#call(agent, 'agent.login', {});
      await lives.#call(agent, 'agent.setOneRinging', { on: false });
      await lives.#call(agent, 'agent.ready', {});
    }
    for (const session of [...lives.#switches, ...lives.#agents]) session.onText = lives.#heard;
    return lives;
  }

  async #setUp(url: string): Promise<void> {
    const admin = await this.#session(url, 'admin', 'bench', 0);
    const { linesPerAgent } = this.shape;
    const systems = this.shape.systems === 1;
    const channel = channelOf(this.shape);
    const queue = { queueId: 'sales', channels: [channel], wrapUpMs: 60_000, offerMs: 60_000, missedBeforeNotReady: 0 };
    const known = { affinity: { source: 'lastAgent', waits: 'both', waitMs: 60_000 }, ratings: {} };
    if (systems) await this.#call(admin, 'tenant.set', { ratings: {} });
    await this.#call(admin, 'queue.set', systems ? { ...queue, ...known } : queue);
    for (let index = 0; index < this.shape.agents; index++) {
      const agent = { agentId: agentName(index), name: `Agent ${index}`, capacity: { [channel]: linesPerAgent } };
      await this.#call(admin, 'agent.set', agent);
    }
    admin.end();
  }

  async #session(url: string, role: 'admin' | 'switch' | 'agent' | 'supervisor', sub: string, index: number) {
    const session = await RawSession.connect(url, sub, index, this.#dirty);
    const now = Date.now();
    const token = await signToken(secret, { tenant, role, sub }, now, now + HOUR_MS);
    const batchFrames = this.shape.batchFrames === 1 && role !== 'supervisor' && role !== 'admin';
    await this.#call(session, 'session.open', { token, ...(batchFrames && { batchFrames }) });
    return session;
  }

  /** One request with its answer, before the load begins or after it has ended. */
  #call(session: RawSession, method: string, params: object): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      session.onText = (_, buffer, at, end) => {
        const message = JSON.parse(buffer.toString('utf8', at, end)) as Record<string, unknown>;
        if (message.id !== 1) return;
        if (message.result !== undefined) resolve(message.result as Record<string, unknown>);
        else reject(new Error(`${method} was refused: ${JSON.stringify(message.error)}`));
      };
      session.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
      this.#flush();
    });
  }

  /** What the router itself has counted today. */
  async counted(url: string): Promise<{ arrived: number; answered: number; abandoned: number; waiting: number }> {
    const supervisor = await this.#session(url, 'supervisor', 'bench', 0);
    const { queues } = await this.#call(supervisor, 'supervisor.watch', { agents: [] });
    supervisor.end();
    return (queues as { arrived: number; answered: number; abandoned: number; waiting: number }[])[0]!;
  }

  close(): void {
    for (const session of [...this.#switches, ...this.#agents]) session.end();
  }

  // ── the load ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** From now on, or until another number is given, so many contacts are alive at once. */
  keepAlive(count: number): void {
    this.#alive = count;
    const now = performance.now();
    while (this.#byId.size < count) this.#create(now);
  }

  /** One contact more, which was due at that time. */
  createAt(dueAt: number): void {
    this.#create(dueAt);
  }

  get alive(): number {
    return this.#byId.size;
  }

  /** No new contacts; resolves when those alive have lived to their end. */
  async drain(): Promise<void> {
    this.#alive = 0;
    if (this.#byId.size === 0) return;
    const stuck = setTimeout(() => {
      const left = [...this.#byId.values()].slice(0, 3).map(({ contactId, step }) => `${contactId} at ${steps[step]}`);
      throw new Error(`${this.#byId.size} contacts never ended: ${left.join(', ')}`);
    }, drainMsMax);
    await new Promise<void>((resolve) => {
      this.#whenDrained = resolve;
    });
    clearTimeout(stuck);
  }

  /** The account at the end. */
  assertComplete(): void {
    must(this.requests === this.answers, `${this.requests} requests have ${this.answers} answers`);
    must(
      this.requests === stepsOf(this.shape) * this.finished,
      `${this.finished} contacts took ${this.requests} requests`,
    );
    must(this.offers === this.finished, `${this.finished} contacts had ${this.offers} offers`);
    must(this.#byId.size === 0 && this.#lines.every((slot) => slot === -1), 'a line still has a contact');
  }

  #create(dueAt: number): void {
    let slot = this.#freeSlots.pop();
    if (slot === undefined) {
      slot = this.#lives.length;
      this.#lives.push({ slot, round: 0, contactId: '', step: 0, created: false, agent: -1, line: -1, dueAt: 0 });
    }
    const life = this.#lives[slot]!;
    life.round += 1;
    life.contactId = randomId();
    life.step = CREATE;
    life.created = false;
    life.line = -1;
    life.dueAt = dueAt;
    this.#byId.set(life.contactId, life);
    const { customers } = this.shape;
    const channel = channelOf(this.shape);
    const number = customers === 0 ? '' : `+4940${1_000_000 + Math.floor(Math.random() * customers)}`;
    const identity = customers === 0 ? '' : `,"identity":{"scheme":"tel","value":"${number}"}`;
    const params = `"contactId":"${life.contactId}","channel":"${channel}","queueId":"sales","from":"web:visitor"${identity}`;
    this.#request(this.#switchOf(life), life, CREATE, 'contact.create', params);
  }

  #switchOf(life: Life): RawSession {
    return this.#switches[life.slot % this.#switches.length]!;
  }

  #request(session: RawSession, life: Life, step: number, method: string, params: string): void {
    session.send(`{"jsonrpc":"2.0","id":${idOf(life, step)},"method":"${method}","params":{${params}}}`);
    this.requests += 1;
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    for (const session of this.#dirty.splice(0)) session.flush();
  }

  readonly #heard = (session: RawSession, buffer: Buffer, at: number, end: number): void => {
    if (buffer[at + KIND_AT] === I) this.#response(session, buffer, at, end);
    else if (buffer[at + METHOD_AT] === O && buffer[at + METHOD_AT + 6] === C) {
      this.notifications += 1;
      if (!this.#bare) this.#offered(session, buffer.toString('latin1', at, Math.min(end, at + 400)));
    } else this.notifications += 1;
  };

  #response(session: RawSession, buffer: Buffer, at: number, end: number): void {
    let cursor = at + RESPONSE_ID_AT;
    if (buffer[cursor] === QUOTE) {
      // The router asks whether we are alive.
      session.send('{"jsonrpc":"2.0","id":"ping","result":{}}');
      this.#flush();
      return;
    }
    let id = 0;
    for (; buffer[cursor] !== COMMA; cursor++) id = id * 10 + buffer[cursor]! - 48;
    const slot = Math.floor(id / STEPS) % SLOTS_MAX;
    const step = id % STEPS;
    const life = this.#lives[slot];
    if (life === undefined || idOf(life, step) !== id || buffer[cursor + 2] !== 'r'.charCodeAt(0)) {
      throw new Error(`${session.name} was answered: ${buffer.toString('latin1', at, Math.min(end, at + 300))}`);
    }
    this.answers += 1;
    this.#answered(life, step, buffer, cursor + ',"result":{"contactId":"'.length, end);
  }

  #answered(life: Life, step: number, buffer: Buffer, at: number, end: number): void {
    if (!this.#bare && step !== RATE) assertState(life, step, buffer.toString('latin1', at, Math.min(end, at + 60)));
    if (step === CREATE) {
      must(!life.created, `${life.contactId} was created twice`);
      life.created = true;
      if (this.#bare) this.#madeUpOffer(life);
      if (life.step === END) this.#end(life);
      return;
    }
    must(life.step === step, `${life.contactId} was answered ${steps[step]} at ${steps[life.step]}`);
    if (step === ACCEPT) {
      life.step = END;
      if (life.created) this.#end(life);
    } else if (step === END) {
      life.step = WRAP_UP_DONE;
      const agent = this.#agents[life.agent]!;
      this.#request(agent, life, WRAP_UP_DONE, 'contact.wrapUpDone', `"contactId":"${life.contactId}"`);
    } else if (step === WRAP_UP_DONE && this.shape.systems === 1) {
      this.#freeLine(life);
      life.step = RATE;
      const rating = `"ratingId":"${life.contactId}","items":{"attitude":${1 + (life.slot % 5)}}`;
      this.#request(this.#agents[life.agent]!, life, RATE, 'rating.give', `"contactId":"${life.contactId}",${rating}`);
    } else {
      if (step === WRAP_UP_DONE) this.#freeLine(life);
      this.#finish(life);
    }
  }

  #end(life: Life): void {
    this.#request(this.#switchOf(life), life, END, 'contact.end', `"contactId":"${life.contactId}"`);
  }

  #offered(session: RawSession, text: string): void {
    const [, offerId, contactId, agent, line] = OFFER.exec(text) ?? [];
    const life = this.#byId.get(contactId ?? '');
    if (life === undefined || Number(agent) !== session.index) throw new Error(`${session.name} was told: ${text}`);
    this.#take(life, session.index, session.index * this.shape.linesPerAgent + Number(line) - 1, offerId!);
  }

  #madeUpOffer(life: Life): void {
    const line = this.#freeLines.pop();
    must(line !== undefined, 'more contacts than lines');
    this.#take(life, Math.floor(line! / this.shape.linesPerAgent), line!, `o${1_000_000 + this.offers}.1`);
  }

  #take(life: Life, agent: number, line: number, offerId: string): void {
    must(life.step === CREATE, `${life.contactId} was offered twice`);
    must(this.#lines[line] === -1, `line ${line} of ${agentName(agent)} was given a second contact`);
    this.#lines[line] = life.slot;
    this.offers += 1;
    this.onOffer?.(performance.now() - life.dueAt);
    life.agent = agent;
    life.line = line;
    life.step = ACCEPT;
    this.#request(this.#agents[agent]!, life, ACCEPT, 'offer.accept', `"offerId":"${offerId}"`);
  }

  #freeLine({ line }: Life): void {
    this.#lines[line] = -1;
    if (this.#bare) this.#freeLines.push(line);
  }

  #finish(life: Life): void {
    this.#byId.delete(life.contactId);
    this.#freeSlots.push(life.slot);
    // Whatever comes for it now has the wrong number.
    life.round += 1;
    this.finished += 1;
    if (this.#byId.size < this.#alive) this.#create(performance.now());
    else if (this.#byId.size === 0) this.#whenDrained?.();
  }
}

const SLOTS_MAX = 65_536;

function channelOf({ systems }: LoadShape): string {
  return systems === 1 ? 'voice' : 'chat';
}

/** Requests of a contact. */
function stepsOf({ systems }: LoadShape): number {
  return systems === 1 ? STEPS : STEPS - 1;
}

/** Says which life, which of its rounds and which step: no two requests of a run have the same. */
function idOf({ round, slot }: Life, step: number): number {
  return (round * SLOTS_MAX + slot) * STEPS + step;
}

function agentName(index: number): string {
  return `agent-${String(index).padStart(3, '0')}`;
}

function randomId(): string {
  const half = () => Math.floor(Math.random() * 0x1_0000_0000);
  return `c${half().toString(16).padStart(8, '0')}${half().toString(16).padStart(8, '0')}`;
}

function assertState(life: Life, step: number, text: string): void {
  const state = /^[^"]+","state":"(\w+)"/.exec(text)?.[1];
  const isRight = text.startsWith(life.contactId) && (statesAfter[step] as readonly string[]).includes(state ?? '');
  if (!isRight) throw new Error(`${life.contactId} was answered ${steps[step]} with ${text}`);
}

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`the answer is wrong: ${otherwise}`);
}
