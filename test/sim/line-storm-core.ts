// The ground of a storm that is the core alone: commands in, effects out, a burst a tick.

import * as layout from '../../assembly/layout.ts';
import { CommandEncoder } from '../../src/engine/command-encoder.ts';
import { loadCoreBuild } from '../../src/engine/core-build.ts';
import { CoreInstance, makeMemory, readHeader } from '../../src/engine/core-instance.ts';
import { type Effect, Effects } from '../../src/engine/effects.ts';
import type { LineAccount, LineIs, Live, OfferName, Seat } from './line-account.ts';
import { type Brought, channels, type Deeds, type Dialled, type Ground, type QueueGiven } from './line-storm.ts';

const lineWords: Readonly<Record<number, LineIs>> = {
  [layout.LINE_RINGING]: 'ringing',
  [layout.LINE_CONNECTED]: 'connected',
  [layout.LINE_WRAP_UP]: 'wrapUp',
};

/** What was to be made, and was not; anything else that is refused was late. */
const notMade = new Set<number>([
  layout.REFUSED_LINE_ALREADY_BUSY,
  layout.REFUSED_AGENT_AT_CAPACITY,
  layout.REFUSED_ANOTHER_LINE_RINGS,
  layout.REFUSED_LINE_NOT_IN_SEAT,
  layout.REFUSED_AGENT_NOT_LOGGED_IN,
  layout.REFUSED_AGENT_WAITED_FOR_BY_TOO_MANY,
]);

export class CoreGround implements Ground {
  readonly #account: LineAccount;
  readonly #core: CoreInstance;
  readonly #memory = makeMemory(4_096);
  #tick = 0;

  constructor(account: LineAccount) {
    this.#account = account;
    const { wasm } = loadCoreBuild();
    this.#core = new CoreInstance(new WebAssembly.Module(wasm), this.#memory);
    this.#core.run({ call: 'format' });
  }

  async step(now: number, give: (deeds: Deeds) => void): Promise<void> {
    const core = new CommandEncoder(this.#memory.buffer, layout.INPUT_AT, layout.INPUT_BYTES);
    give(new CoreDeeds(core));
    const input = { buffer: 0, inputBytes: core.bytes, now, number: ++this.#tick, flags: 0 };
    this.#core.run({ call: 'step', ...input });
    const { effects, consumed } = readHeader(this.#memory);
    if (consumed !== core.bytes) throw new Error(`a burst of ${core.bytes} bytes is too much for a tick`);
    const all = new Effects(this.#memory.buffer, 0, effects);
    for (let index = 0; index < all.count; index++) this.#hear(all.at(index));
  }

  async close(): Promise<void> {}

  #hear({ kind, contact: slot, number, agent, line, code, value }: Effect): void {
    const account = this.#account;
    if (kind === layout.EFFECT_LINE_STATE) {
      const state = lineWords[code] ?? 'free';
      return account.lineIs(agent, line, { state, contact: state === 'free' ? undefined : number, channel: value });
    }
    if (kind === layout.EFFECT_AGENT_STATE) {
      account.seats[agent]!.loggedIn = code !== layout.AGENT_LOGGED_OUT;
      return;
    }
    if (account.live.get(number)?.slot !== slot) return;
    if (kind === layout.EFFECT_OFFERED) account.offered(number, agent, value);
    else if (kind === layout.EFFECT_DIALLED) account.dialled(number, agent, value);
    else if (kind === layout.EFFECT_ACCEPTED) account.accepted(number, agent, value);
    else if (kind === layout.EFFECT_WITHDRAWN) account.withdrawn(number, agent);
    else if (kind === layout.EFFECT_CONNECTED) account.connected(number, agent);
    else if (kind === layout.EFFECT_WRAP_UP) account.wrapsUp(number);
    else if (kind === layout.EFFECT_RELEASED || (kind === layout.EFFECT_REFUSED && notMade.has(code)))
      account.over(number);
  }
}

class CoreDeeds implements Deeds {
  readonly #core: CommandEncoder;

  constructor(core: CommandEncoder) {
    this.#core = core;
  }

  queue({ queue, offerMs, wrapUpMs, wrapUpTakesSeat, ringTogether }: QueueGiven): void {
    this.#core.queueSet({
      ...{ queue, channelMask: 2 ** channels - 1, order: layout.ORDER_PRIORITY, weight: 0, ageing: 1_000 },
      ...{ ageingCap: 0, ageingSteps: [], offerMs, wrapUpMs, wrapUpTakesSeat },
      ...{ idleRestarts: layout.IDLE_USUAL, maxWaiting: -1, missedMax: 0 },
      ...{ afterRejectMs: 0, afterMissMs: 0, occupancyWindowMs: 0, scoreWeights: [], batchMs: 0 },
      ...{
        select: ringTogether > 0 ? layout.SELECT_RING_ALL : layout.SELECT_LONGEST_IDLE,
        ringTogether,
        ringEveryMs: 0,
      },
    });
    for (let channel = 0; channel < channels; channel++)
      this.#core.profileSet({ profile: queue * channels + channel, queue, channel, all: [], any: [], prefers: [] });
  }

  allow({ agent, total, capacity }: Seat, wrapUpMs = -1): void {
    const byChannel = new Map(capacity.map((most, channel) => [channel, most]));
    this.#core.agentSet({ agent, total, wrapUpMs, capacity: byChannel, skills: [], queues: undefined });
  }

  login({ agent, lines }: Seat): void {
    this.#core.agentLogin(agent, lines);
  }

  ready(agent: number): void {
    this.#core.agentReady(agent, 0);
  }

  notReady(agent: number): void {
    this.#core.agentNotReady(agent, layout.REASON_FIRST_OF_HOST);
  }

  logout(agent: number, now: boolean): void {
    this.#core.agentLogout(agent, !now);
  }

  oneRinging(agent: number, on: boolean): void {
    this.#core.agentOneRinging(agent, on);
  }

  brings({ slot, number, channel, withLegs }: Live, { queue, priority, asks }: Brought): void {
    const contact = { slot, number, profile: queue * channels + channel, priority, creditMs: 0 };
    const direct = asks && { ...asks, orElse: layout.OR_ELSE_QUEUE, whatever: asks.atLine };
    this.#core.contactCreate(contact, withLegs, direct);
  }

  dials(one: Live, { queue, agent, line, connectMs }: Dialled): void {
    const profile = queue * channels + one.channel;
    this.#core.contactDial(one, { profile, agent, line, connectMs, withLegs: one.withLegs });
  }

  accept(one: Live, agent: number, offer: OfferName): void {
    this.#core.offerAccept(one, offer as number, agent, { connectMs: 100, ifOpen: true });
  }

  reject(one: Live, agent: number, offer: OfferName): void {
    this.#core.offerReject(one, offer as number, agent);
  }

  answers(one: Live, agent: number, offer: OfferName): void {
    this.#core.offerConnected(one, offer as number, agent);
  }

  isBusy(one: Live, agent: number, offer: OfferName): void {
    this.#core.offerFailed(one, offer as number, agent, layout.WITHDRAWN_BUSY, 0);
  }

  cancel(one: Live): void {
    this.#core.contactCancel(one);
  }

  end(one: Live): void {
    this.#core.contactEnd(one, layout.ENDED_BY_AGENT);
  }

  wrapUpDone(one: Live): void {
    this.#core.wrapUpDone(one);
  }
}
