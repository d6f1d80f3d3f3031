// A party of a simulated run: a person with a terminal, or a system. It uses the real client; what it has asked and was not
// answered it asks again, in the same words, until it is.
//
// Its terminal may crash: then the client, its calls and its picture are gone. What the party itself remembers stays: which
// contacts it made and which requests are open, as a switch would keep them on a disk.

import { ConnectionClosedError, RefusedError, type State, StrowgerClient } from '../../src/client/client.ts';
import type { ClientSocket } from '../../src/client/socket.ts';
import { type MethodName, methodSpec, takesRequestId } from '../../src/protocol/methods.ts';
import { AgentPicture, SwitchPicture } from '../crash/pictures.ts';
import type { SimNetwork } from './network.ts';
import { randomnessOf, type SimRandom } from './random.ts';
import { type Members, nameOf, personal, type Setting, type Who } from './setting.ts';
import { ProcessClock, type SimTime } from './sim-time.ts';
import { Switchboard } from './switchboard.ts';
import { WatcherPicture } from './watcher-picture.ts';
import { create, type Knowing, leaving } from './workload.ts';

export interface PartyWorld {
  readonly setting: Setting;
  readonly time: SimTime;
  readonly network: SimNetwork;
  /** All contacts that anybody of the tenant has made. */
  readonly contactIds: Map<string, string[]>;
  readonly moveTokens: Map<string, string[]>;
  readonly handedOver: Map<string, string[]>;
  readonly quotes: Map<string, Members[]>;
  token(who: Who): Promise<string>;
  /** The session is open, anew or again. */
  opened(party: Party): void;
  breach(sentence: string): void;
  /** Traps were set, or the disk was damaged: a request may be answered as a bug. */
  mayFail(): boolean;
  /** Legs that switches of the tenant have, or had lately. */
  legIds(tenant: string): readonly string[];
}

interface Open {
  readonly method: MethodName;
  readonly params: Members;
  isAsked: boolean;
}

const callMs = 3_000;
const rememberedMax = 40;
const tokensMax = 3;
const insistsTimes = 4;
/** A switch takes longer to come back than a page: some stay away for longer than their grace time. */
const switchDownTimes = 4;

export class Party {
  readonly who: Who;
  readonly name: string;
  readonly #world: PartyWorld;
  readonly picture: AgentPicture | SwitchPicture | WatcherPicture;
  /** Asked, or to be asked again. */
  readonly open = new Set<Open>();
  readonly #offeredDocuments: string[] = [];
  /** By contact: what is counted of it. */
  readonly #paidPer = new Map<string, string>();
  /** The legs and telephones of a switch. */
  readonly board: Switchboard | undefined;
  #client: StrowgerClient | undefined;
  #clock: ProcessClock | undefined;
  #socket: ClientSocket | undefined;
  #terminal = 0;

  constructor(who: Who, world: PartyWorld) {
    this.who = who;
    this.name = nameOf(who);
    this.#world = world;
    if (who.role === 'agent') this.picture = new AgentPicture();
    else this.picture = who.role === 'supervisor' ? new WatcherPicture() : new SwitchPicture();
    if (who.role !== 'switch') return;
    const { setting, time } = world;
    const breach = (sentence: string) => world.breach(sentence);
    this.board = new Switchboard(this.name, {
      setting,
      time,
      breach,
      mayFail: () => world.mayFail(),
      creating: (contactId) => this.#remember(contactId),
    });
  }

  /** Whoever sets up has none. */
  get #hasPicture(): boolean {
    return this.who.role !== 'admin';
  }

  get isOpen(): boolean {
    return this.#client?.isOpen === true;
  }

  get lastSeq(): number | undefined {
    return this.#client?.lastSeq;
  }

  get settled(): boolean {
    return this.isOpen && this.open.size === 0 && this.board?.isAtRest !== false;
  }

  // ── the terminal ──

  start(): void {
    const { setting, time, network } = this.#world;
    this.#terminal += 1;
    const terminal = this.#terminal;
    const isThis = () => this.#terminal === terminal;
    this.#clock = new ProcessClock(time);
    const sockets = network.sockets(this.name);
    const connecting = StrowgerClient.connect({
      url: 'ws://router/v1/rpc',
      token: () => this.#world.token(this.who),
      connectTimeoutMs: 600_000,
      timeoutMs: callMs,
      clock: this.#clock,
      randomness: randomnessOf(setting.seed, `${this.name} ${terminal}`),
      ...(this.board && { requests: this.board.requests }),
      sockets: (url) => {
        this.#socket = sockets(url);
        return this.#socket;
      },
      onState: (state) => {
        if (isThis() && this.#hasPicture) this.picture.taken(state as State);
      },
      onConnection: (what) => {
        // At first, the client itself is known one turn later.
        if (what === 'open') time.soon(() => isThis() && this.#opened());
        else if (isThis()) this.board?.lost();
      },
    });
    connecting.then(
      (client) => {
        if (!isThis()) return client.close();
        this.#client = client;
        client.on('*', ((event: string, params: Members) => {
          if (!isThis() || !this.#hasPicture) return;
          this.picture.told(event, params);
          if (event === 'offer.created') this.#rememberPayment(params);
          if (event === 'document.offered') this.#offeredDocuments.push(params.documentId as string);
          if (event === 'line.switched') this.#isAt(params);
        }) as never);
      },
      (error: unknown) => {
        if (isThis()) this.#world.breach(`${this.name} cannot connect: ${String(error)}`);
      },
    );
  }

  /** Whoever has changed lines is in the conversation there. */
  #isAt({ lineId, contactId }: Members): void {
    const { picture } = this;
    if (!(picture instanceof AgentPicture)) return;
    const served = picture.served.get(lineId as string);
    if (served?.contactId !== contactId || served?.state !== 'connected' || picture.held.has(contactId as string))
      this.#world.breach(`${this.name} was told that it is at the line ${lineId}, where ${contactId} is not taken up`);
  }

  #opened(): void {
    if (this.#client !== undefined) this.board?.opened(this.#client);
    this.#world.opened(this);
  }

  /** Power off: nothing of the terminal goes on. */
  crash(downMs: number): void {
    if (this.#clock === undefined) return;
    this.#terminal += 1;
    this.#clock.kill();
    this.#clock = undefined;
    this.#client?.close();
    this.board?.crashed();
    this.#client = undefined;
    this.#world.network.cut(this.name);
    for (const open of this.open) open.isAsked = false;
    this.#world.time.after(this.board === undefined ? downMs : downMs * switchDownTimes, () => this.start());
  }

  /** The frame goes out as it is, behind the client's back. */
  sendRaw(text: string): void {
    if (this.isOpen) this.#socket?.send(text);
  }

  /** Asks for the longest answer that there is, again and again, whether it reads it or not. */
  insist(stepId: number): void {
    for (let at = 0; at < insistsTimes; at++)
      this.sendRaw(JSON.stringify({ jsonrpc: '2.0', id: `d${stepId}.${at}`, method: 'rpc.discover', params: {} }));
  }

  // ── asking ──

  /** What a switch does of its own accord, where it does anything. */
  actsItself(knowing: Knowing, random: SimRandom): boolean {
    const { board } = this;
    if (board === undefined) return false;
    const said = board.hostile(random);
    if (said !== undefined) {
      this.ask(said.method, said.params, `said-${knowing.stepId}`);
      return true;
    }
    const live = knowing.mine('waiting', 'ringing', 'waitingFor', 'connected').length;
    const wishes = () => {
      const { contactId: _, ...asked } = create(knowing, random) as Members;
      // Few customers, so that some call again while they are served.
      const identity = random.chance(0.6) && {
        identity: { scheme: 'email', value: `${personal}.${random.whole(1, 2)}@example.org` },
      };
      return { ...asked, ...identity, ...leaving(knowing), channel: 'voice' } as never;
    };
    return board.act(live, wishes, random);
  }

  /** `word` names the request, where it can be told again. */
  ask(method: MethodName, params: Members, word: string): void {
    if (method === 'contact.create' || method === 'contact.dial') this.#remember(params.contactId as string);
    const named = takesRequestId(method) ? { ...params, requestId: `${this.who.sub}-${word}` } : params;
    const open: Open = { method, params: named, isAsked: false };
    this.open.add(open);
    this.#ask(open);
  }

  /** Everything that was not answered, once more. */
  askAgain(): void {
    for (const open of this.open) this.#ask(open);
  }

  #ask(open: Open): void {
    const client = this.#client;
    if (open.isAsked || client === undefined) return;
    open.isAsked = true;
    const terminal = this.#terminal;
    const { method, params } = open;
    client.request(method, params).then(
      (result) => {
        this.open.delete(open);
        if (method === 'contact.moveToken') this.#rememberToken((result as Members).moveToken as string);
        if (method === 'handover.put') this.#rememberNumber((result as Members).originalCalled as string);
        if (method === 'quote.request') this.#rememberQuotes(params, result as Members);
        if (method === 'supervisor.watch' && this.picture instanceof WatcherPicture)
          this.picture.watches(result as Members);
      },
      (error: unknown) => {
        if (error instanceof RefusedError) this.open.delete(open);
        else if (methodSpec(method).changes) open.isAsked = false;
        else this.open.delete(open);
        if (error instanceof ConnectionClosedError && terminal === this.#terminal)
          this.#world.breach(`${this.name} was cut off for good: ${error.message}`);
      },
    );
  }

  /** For what is compared with the picture: undefined when it was not answered. */
  async read(method: MethodName, params: Members): Promise<Members | undefined> {
    try {
      return (await this.#client?.request(method, params)) as Members | undefined;
    } catch {
      return undefined;
    }
  }

  #remember(contactId: string): void {
    const ids = this.#world.contactIds.get(this.who.tenant)!;
    ids.push(contactId);
    if (ids.length > rememberedMax) ids.shift();
  }

  #rememberToken(moveToken: string): void {
    const tokens = this.#world.moveTokens.get(this.who.tenant) ?? [];
    this.#world.moveTokens.set(this.who.tenant, [...tokens, moveToken].slice(-tokensMax));
  }

  #rememberNumber(number: string): void {
    const numbers = this.#world.handedOver.get(this.who.tenant) ?? [];
    this.#world.handedOver.set(this.who.tenant, [...numbers, number].slice(-tokensMax));
  }

  #rememberPayment({ contactId, contact }: Members): void {
    const { per } = ((contact as Members).payment ?? {}) as { readonly per?: string };
    if (per !== undefined) this.#paidPer.set(contactId as string, per);
  }

  #rememberQuotes({ channel }: Members, { quotes }: Members): void {
    const { tenant } = this.who;
    const told = (quotes as Members[]).map((quote) => ({ ...quote, channel }));
    this.#world.quotes.set(tenant, [...(this.#world.quotes.get(tenant) ?? []), ...told].slice(-tokensMax));
  }

  // ── what it knows ──

  knowing(stepId: number): Knowing {
    const { picture, who } = this;
    const { setting, contactIds } = this.#world;
    const isAgent = picture instanceof AgentPicture;
    const contacts = picture instanceof SwitchPicture ? [...picture.contacts.values()] : [];
    const agent = isAgent ? (picture.agent as { state?: string; ready?: boolean }) : {};
    const isIn = agent.state !== undefined && agent.state !== 'loggedOut';
    return {
      who,
      setting,
      stepId,
      now: this.#world.time.now,
      contactIds: contactIds.get(who.tenant)!,
      legIds: this.#world.legIds(who.tenant),
      moveTokens: this.#world.moveTokens.get(who.tenant) ?? [],
      handedOver: this.#world.handedOver.get(who.tenant) ?? [],
      quotes: this.#world.quotes.get(who.tenant) ?? [],
      offeredDocuments: this.#offeredDocuments.slice(-tokensMax),
      paidPer: (contactId) => this.#paidPer.get(contactId),
      mine: (...states) => {
        if (isAgent)
          return [...picture.served.values(), ...picture.parked.values()]
            .filter(({ state }) => states.includes(state))
            .map(({ contactId }) => contactId);
        return contacts.filter(({ state }) => states.includes(state)).map(({ contactId }) => contactId);
      },
      offerIds: isAgent ? [...picture.offers.keys()] : [],
      asking: isAgent ? [...picture.asking] : [],
      isReady: isIn ? agent.ready === true : undefined,
    };
  }

  /** What somebody in this place does when everything is to come to an end. */
  finish(random: SimRandom): { method: MethodName; params: Members } | undefined {
    const knowing = this.knowing(0);
    const { role } = this.who;
    if (role === 'agent') {
      if (knowing.isReady === undefined) return { method: 'agent.login', params: {} };
      const [offerId] = knowing.offerIds;
      if (offerId !== undefined) return { method: 'offer.accept', params: { offerId } };
      const [wrappingUp] = knowing.mine('wrapUp');
      if (wrappingUp !== undefined && random.chance(0.5))
        return { method: 'contact.wrapUpDone', params: { contactId: wrappingUp } };
      const [served] = knowing.mine('connected');
      if (served !== undefined) return { method: 'contact.end', params: { contactId: served } };
      const [parked] = knowing.mine('parked');
      if (parked !== undefined) return { method: 'contact.end', params: { contactId: parked } };
      return knowing.isReady ? undefined : { method: 'agent.ready', params: {} };
    }
    return undefined;
  }
}
