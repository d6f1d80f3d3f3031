// The ground of a storm that is a whole partition: requests in, checked as a client's are, and what counts is what agents are told. The
// same modules and rules as live, over a store in memory, in virtual time, with a switch that does what it is asked.
//
// Some lines have telephone numbers: those ring at once, and answering accepts. Every so many bursts everything stops and starts again
// from what is stored. Then, and at the end, what agents have been told of lines is held against what line.list reads, the legs in the
// store against the contacts that are there, and the records against themselves: on no line may two contacts have rung or been served
// at the same time, and on no seat more than it allowed when one more was added.

import { RefusedError } from '../../src/client/errors.ts';
import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import type { ClientAnswer, Role } from '../../src/engine/egress.ts';
import type { ContactRecord } from '../../src/protocol/contact-record.ts';
import type { Party } from '../../src/simulation/stage.ts';
import type { Timeline } from '../../src/simulation/timeline.ts';
import { VirtualStage } from '../../src/simulation/virtual-stage.ts';
import type { LineAccount, LineIs, Live, OfferName, Seat } from './line-account.ts';
import {
  type Brought,
  type Deeds,
  type Dialled,
  type Ground,
  linesPerSeat,
  type QueueGiven,
  seats,
} from './line-storm.ts';
import { RecordsAccount } from './records-account.ts';

type Members = Readonly<Record<string, unknown>>;

const channelNames = ['voice', 'video', 'chat'] as const;
/** Between two looks at everything; every second of them behind a restart. */
const burstsALook = 100;

/** Come too late, or for what is not to be had just then. Anything else is a bug of the storm or of the router. */
const mayBeRefused = new Set([
  'offer_no_longer_open',
  'contact_not_found',
  'contact_already_ended',
  'contact_already_connected',
  'contact_not_in_wrap_up',
  'contact_not_yours',
  'agent_not_logged_in',
  'agent_in_contact',
  'agent_has_no_line_for_channel',
  'agent_exists_with_different_lines',
  'agent_waited_for_by_too_many',
  'line_not_found',
  'line_not_in_seat',
  'line_already_busy',
  'agent_at_capacity',
  'another_line_rings',
  'entry_not_found',
  'leg_not_found',
]);

interface LegHere {
  readonly contact: number;
  readonly agent: number | undefined;
  isAnswered: boolean;
}

export class EngineGround implements Ground {
  readonly #account: LineAccount;
  readonly #stage: VirtualStage;
  readonly #time: Timeline;
  readonly #parties = new Map<string, Promise<Party>>();
  readonly #legs = new Map<string, LegHere>();
  readonly #records = new RecordsAccount();
  /** Of the burst that is being given. */
  readonly #given: Promise<unknown>[] = [];
  #isSetUp = false;
  #steps = 0;
  #looks = 0;

  constructor(account: LineAccount, begins: number) {
    this.#account = account;
    this.#stage = new VirtualStage({
      clock: new SystemClock(),
      randomness: systemRandomness,
      keepsJournal: true,
      onEvent: ({ role, sub }, event, params) => {
        if (role === 'agent') this.#hear(agentOf(sub), event, params);
        if (role === 'switch' || role === 'app') this.#ownerHears(event, params);
      },
      onAsk: (_, method, params) => this.#asked(method, params),
    });
    this.#time = this.#stage.timeline(begins, () => this.#stage.heardEverything());
  }

  async step(now: number, give: (deeds: Deeds) => void): Promise<void> {
    if (!this.#isSetUp) await this.#setUp();
    if (now > this.#time.now()) await this.#goesOn(now);
    give(new EngineDeeds(this));
    await Promise.all(this.#given.splice(0));
    await this.#stage.heardEverything();
    if (++this.#steps % burstsALook === 0) await this.#look(++this.#looks % 2 === 0);
  }

  async close(): Promise<void> {
    await this.#look(true);
    await this.#readRecords();
    await this.#stage.close();
  }

  /** In this burst; what may come too late may be refused as that. */
  do(role: Role, sub: string, method: string, params: Members, refused?: () => void): void {
    this.#given.push(
      this.#party(role, sub)
        .then((party) => party.request(method, params))
        .catch((error: unknown) => {
          const refusal = error instanceof RefusedError ? String((error.data as Members | undefined)?.refusal) : '';
          if (!mayBeRefused.has(refusal)) throw error;
          refused?.();
        }),
    );
  }

  allows(content: { readonly agentId: string; readonly capacity: Readonly<Record<string, number>> }): void {
    this.#records.allows(content.agentId, this.#time.now(), content.capacity);
    this.do('admin', 'root', 'agent.set', content);
  }

  /** The newest leg of it that is not answered: an agent's telephone, or the number that it calls. */
  legOf(contact: number, agent?: number): string | undefined {
    const all = [...this.#legs].filter(([, leg]) => leg.contact === contact && !leg.isAnswered);
    return all.findLast(([, leg]) => agent === undefined || leg.agent === agent || leg.agent === undefined)?.[0];
  }

  says(method: 'leg.answered' | 'leg.failed', legId: string): void {
    if (method === 'leg.answered') this.#legs.get(legId)!.isAnswered = true;
    else this.#legs.delete(legId);
    this.do('switch', 'pbx', method, { legId, ...(method === 'leg.failed' && { cause: 'busy' }) });
  }

  brought(one: Live): void {
    if (isOfSwitch(one)) this.#legs.set(legIdOf(one), { contact: one.number, agent: undefined, isAnswered: true });
  }

  refuses(one: Live): void {
    this.#legs.delete(legIdOf(one));
    this.#account.over(one.number);
  }

  #party(role: Role, sub: string): Promise<Party> {
    const who = `${role} ${sub}`;
    const known = this.#parties.get(who) ?? this.#stage.connect(role, sub);
    this.#parties.set(who, known);
    return known;
  }

  async #setUp(): Promise<void> {
    this.#isSetUp = true;
    await this.#party('switch', 'pbx');
    for (let agent = 0; agent < seats; agent++) await this.#party('agent', `a${agent}`);
  }

  async #goesOn(to: number): Promise<void> {
    this.#time.at(to, () => {});
    await this.#time.run();
  }

  // ── What is told ──────────────────────────────────────────────────────────────────────────────────────────────
  #hear(agent: number, event: string, told: Members): void {
    const account = this.#account;
    const number = numberOf(told.contactId);
    if (event === 'agent.changed') account.seats[agent]!.loggedIn = told.state !== 'loggedOut';
    else if (event === 'offer.created') account.offered(number, agent, String(told.offerId));
    else if (event === 'offer.withdrawn') account.withdrawn(number, agent);
    else if (event === 'contact.dialling' && told.state !== 'number') account.dialled(number, agent, '');
    else if (event === 'contact.connected') account.connected(number, agent);
    else if (event === 'contact.wrapUp') account.wrapsUp(number);
    else if (event === 'line.changed') this.#lineIs(agent, told);
    if (event === 'contact.ended') this.#isOver(number);
  }

  #ownerHears(event: string, told: Members): void {
    if (event === 'contact.ended') this.#isOver(numberOf(told.contactId));
  }

  /** Of one that was served the line says when nothing is left. */
  #isOver(number: number): void {
    if (this.#account.live.get(number)?.served === undefined) this.#account.over(number);
  }

  #lineIs(agent: number, { lineId, channel, state: said, contactId }: Members): void {
    const line = lineOf(String(lineId));
    const state = said === 'gone' ? 'free' : (said as LineIs);
    const before = this.#account.linesOf(agent).get(line);
    const contact = contactId === undefined ? undefined : numberOf(contactId);
    this.#account.lineIs(agent, line, { state, contact, channel: channelNames.indexOf(channel as 'voice') });
    if (state === 'free' && (before?.state === 'connected' || before?.state === 'wrapUp'))
      this.#account.over(before.contact!);
  }

  // ── The switch ────────────────────────────────────────────────────────────────────────────────────────────────
  #asked(method: string, { legId, contactId, to }: Members): ClientAnswer {
    if (method === 'leg.release') this.#legs.delete(String(legId));
    if (method === 'leg.ring') {
      const { agentId } = to as { readonly agentId?: string };
      const agent = agentId === undefined ? undefined : agentOf(agentId);
      this.#legs.set(String(legId), { contact: numberOf(contactId), agent, isAnswered: false });
      // Of a telephone that has not rung nobody knows whether it is there.
      if (agent === undefined || agent % 4 !== 0) this.do('switch', 'pbx', 'leg.ringing', { legId });
    }
    return { result: {} };
  }

  // ── What is stored ────────────────────────────────────────────────────────────────────────────────────────────
  async #look(isRestart: boolean): Promise<void> {
    if (isRestart) await this.#restart();
    for (const { agent } of this.#account.seats) await this.#sameLines(agent);
  }

  async #readRecords(): Promise<void> {
    const boss = await this.#party('supervisor', 'boss');
    let cursor: unknown;
    do {
      const page = (await boss.request('cdr.query', {
        limit: 1_000,
        ...(cursor !== undefined && { cursor }),
      })) as Members;
      for (const record of page.records as ContactRecord[]) this.#records.read(record);
      cursor = page.cursor;
    } while (cursor !== undefined);
    for (const sentence of this.#records.tooMany()) this.#account.breach(sentence);
  }

  async #restart(): Promise<void> {
    await this.#stage.restart(async () => {});
    await this.#stage.heardEverything();
    const legs = [...this.#legs].map(([legId, { isAnswered, contact, agent }]) => {
      const isCustomer = legId.startsWith('leg-') && agent === undefined;
      return { legId, state: isAnswered ? 'answered' : 'asked', ...(isCustomer && { contactId: `c${contact}` }) };
    });
    const pbx = await this.#party('switch', 'pbx');
    const { release } = (await pbx.request('switch.report', { legs, complete: true })) as Members;
    for (const legId of release as string[]) this.#legs.delete(legId);
    await this.#stage.heardEverything();
  }

  async #sameLines(agent: number): Promise<void> {
    const party = await this.#party('agent', `a${agent}`);
    const { lines } = (await party.request('line.list', {})) as { lines: Members[] };
    const read = new Map(
      lines.map(({ lineId, state, contactId }) => [lineOf(String(lineId)), `${state} ${contactId}`]),
    );
    for (const [line, { state, contact }] of this.#account.linesOf(agent)) {
      const told = `${state} ${contact === undefined ? undefined : `c${contact}`}`;
      const shown = read.get(line) ?? 'free undefined';
      if (shown !== told) this.#account.breach(`line ${line} of agent ${agent} is ${shown}, and it was told ${told}`);
    }
  }
}

class EngineDeeds implements Deeds {
  readonly #ground: EngineGround;

  constructor(ground: EngineGround) {
    this.#ground = ground;
  }

  queue({ queue, offerMs, wrapUpMs, wrapUpTakesSeat, ringTogether }: QueueGiven): void {
    this.#ground.do('admin', 'root', 'queue.set', {
      ...{
        queueId: `q${queue}`,
        channels: channelNames,
        offerMs,
        wrapUpMs,
        wrapUpTakes: wrapUpTakesSeat ? 'seat' : 'line',
      },
      ...{ missedBeforeNotReady: 0, afterRejectMs: 0, afterMissMs: 0, afterBusyMs: 0 },
      ...(ringTogether > 0 && { select: 'ringAll', ring: { together: ringTogether } }),
    });
  }

  allow({ agent, capacity, total }: Seat, wrapUpMs: number | undefined): void {
    const byChannel = Object.fromEntries(capacity.map((most, channel) => [channelNames[channel], most]));
    const capacities = { ...byChannel, total };
    const content = { agentId: `a${agent}`, capacity: capacities, ...(wrapUpMs !== undefined && { wrapUpMs }) };
    this.#ground.allows(content);
  }

  /** Not at lines of which it may have none. Every third has a number. */
  login({ agent, lines, capacity }: Seat): void {
    const wanted = lines
      .filter(({ channel }) => capacity[channel]! > 0)
      .map(({ line, channel }) => ({
        ...{ lineId: `l${line}`, channel: channelNames[channel] },
        ...(hasNumber(line, channel) && { number: numberOfLine(line) }),
      }));
    if (wanted.length > 0) this.#agent(agent, 'agent.login', { lines: wanted });
  }

  ready(agent: number): void {
    this.#agent(agent, 'agent.ready');
  }

  notReady(agent: number): void {
    this.#agent(agent, 'agent.notReady', { reason: 'pause' });
  }

  logout(agent: number, now: boolean): void {
    this.#agent(agent, 'agent.logout', { when: now ? 'now' : 'idle' });
  }

  oneRinging(agent: number, on: boolean): void {
    this.#agent(agent, 'agent.setOneRinging', { on });
  }

  brings(one: Live, { queue, priority, asks }: Brought): void {
    const { number, channel } = one;
    const line = asks?.atLine === true ? this.#numberedLine(asks.agent, channel) : undefined;
    const named = asks && { agentId: `a${asks.agent}`, direct: { waitMs: asks.waitMs } };
    this.#ground.brought(one);
    const contact = {
      ...{ contactId: `c${number}`, channel: channelNames[channel], priority },
      ...(line === undefined ? { queueId: `q${queue}`, ...named } : { entry: numberOfLine(line) }),
      ...(isOfSwitch(one) && { legId: legIdOf(one) }),
    };
    const refused = () => this.#ground.refuses(one);
    if (isOfSwitch(one)) this.#ground.do('switch', 'pbx', 'contact.create', contact, refused);
    else this.#ground.do('app', 'crm', 'contact.create', contact, refused);
  }

  dials(one: Live, { queue, agent, line, connectMs }: Dialled): void {
    const to = { number: `+4940${String(one.number).padStart(7, '0')}` };
    const call = { contactId: `c${one.number}`, lineId: `l${line}`, to, queueId: `q${queue}`, waitMs: connectMs };
    this.#ground.do('agent', `a${agent}`, 'contact.dial', call, () => this.#ground.refuses(one));
  }

  /** At its telephone, or at the desktop, as the number of the contact has it. */
  accept({ number }: Live, agent: number, offer: OfferName): void {
    const legId = number % 2 === 0 ? this.#ground.legOf(number, agent) : undefined;
    if (legId === undefined) this.#agent(agent, 'offer.accept', { offerId: offer });
    else this.#ground.says('leg.answered', legId);
  }

  reject(_: Live, agent: number, offer: OfferName): void {
    this.#agent(agent, 'offer.reject', { offerId: offer, reason: 'busy' });
  }

  answers({ number }: Live): void {
    const legId = this.#ground.legOf(number);
    if (legId !== undefined) this.#ground.says('leg.answered', legId);
  }

  isBusy({ number }: Live): void {
    const legId = this.#ground.legOf(number);
    if (legId !== undefined) this.#ground.says('leg.failed', legId);
  }

  cancel(one: Live): void {
    this.#ground.do('app', 'crm', 'contact.cancel', { contactId: `c${one.number}` });
  }

  end({ number, served }: Live): void {
    this.#agent(served!, 'contact.end', { contactId: `c${number}` });
  }

  wrapUpDone({ number, served }: Live): void {
    this.#agent(served!, 'contact.wrapUpDone', { contactId: `c${number}` });
  }

  #agent(agent: number, method: string, params: Members = {}): void {
    this.#ground.do('agent', `a${agent}`, method, params);
  }

  #numberedLine(agent: number, channel: number): number | undefined {
    const first = agent * linesPerSeat;
    for (let line = first; line < first + linesPerSeat; line++) if (hasNumber(line, channel)) return line;
    return undefined;
  }
}

const agentOf = (agentId: string) => Number(agentId.slice(1));
const lineOf = (lineId: string) => Number(lineId.slice(1));
const numberOf = (contactId: unknown) => Number(String(contactId).slice(1));
const legIdOf = ({ number }: Live) => `leg-${number}`;
const isOfSwitch = ({ withLegs, channel }: Live) => withLegs && channelNames[channel] !== 'chat';
const hasNumber = (line: number, channel: number) => line % 3 === 0 && channelNames[channel] === 'voice';
const numberOfLine = (line: number) => `+49301${String(line).padStart(4, '0')}`;
