// The domain stage: a tick's effects become rows, notifications and follow-ups, then its answers are made.
//
// Effects are taken in the core's order; each goes to every module in the modules' order. A refused command takes its
// request's rows back before anything after it is looked at. Answers come last, because each may depend on the whole
// tick, and are sent first.

import * as layout from '../../assembly/layout.ts';
import type { DomainModule, KeptCommands, ModuleAsk, Reaction, Row, TableWriter } from '../domain/module.ts';
import { followUpDepthMax } from '../limits.ts';
import { refusalOfCode } from '../protocol/refusals.ts';
import { ModuleError } from './admit.ts';
import type { Effect, Effects } from './effects.ts';
import type { Answer, Audience, RoutedRequest } from './egress.ts';
import { type Registry, setTimerFollowUp } from './registry.ts';
import type { RequestMemory } from './request-memory.ts';
import type { SetAside } from './set-aside.ts';
import { BY_REACTION, type FollowUp, type Item, type Tick } from './tick.ts';

export class Applier {
  readonly #registry: Registry;
  readonly #memory: RequestMemory;
  readonly #setAside: SetAside;
  readonly #wakeAt: (module: DomainModule, at: number) => void;
  readonly #readAgain: (request: RoutedRequest, now: number) => Answer | undefined;
  /** By kind of effect. */
  readonly #reacting: readonly (readonly Reacting[])[];
  readonly #beginning: readonly DomainModule[];
  readonly #settling: readonly DomainModule[];
  readonly kept: KeptCommands;
  /** Reactions that threw before, by name of reactionName(): passed over in the tick that is tried again. */
  readonly skipped = new Map<string, unknown>();

  constructor(
    registry: Registry,
    memory: RequestMemory,
    setAside: SetAside,
    wakeAt: (module: DomainModule, at: number) => void,
    readAgain: (request: RoutedRequest, now: number) => Answer | undefined,
  ) {
    this.#registry = registry;
    this.#memory = memory;
    this.#setAside = setAside;
    this.#wakeAt = wakeAt;
    this.#readAgain = readAgain;
    this.kept = {
      erase: (isNamedIn, tables) => memory.erase(isNamedIn, tables) + setAside.erase(isNamedIn, tables),
    };
    this.#reacting = Array.from({ length: layout.EFFECT_KINDS }, (_, kind) =>
      registry.modules.flatMap((module) => reactingOf(module, kind)),
    );
    this.#beginning = registry.modules.filter((module) => module.begin !== undefined);
    this.#settling = registry.modules.filter((module) => module.settle !== undefined);
  }

  /** Throws ModuleError. */
  apply(tick: Tick, effects: Effects): void {
    tick.writes.mark(BY_REACTION);
    const reaction = new TickReaction(tick, this.#wakeAt, this.kept);
    if (tick.resumes) this.#resume(reaction, tick.downMs);
    this.#begin(reaction);
    for (let index = 0; index < effects.count; index++) {
      const effect = effects.at(index);
      if (effect.kind === layout.EFFECT_REFUSED) refused(tick, effect);
      else this.#react(tick, effect, reaction);
    }
    tick.writes.mark(BY_REACTION);
    this.#settle(reaction);
    for (const item of tick.items) this.#answer(tick, item, reaction);
    this.#correctReads(tick);
    this.#memory.prune(tick.at, tick.tables);
    for (const { followUp, error } of tick.passedOver)
      this.#setAside.add(tick.at, { request: undefined, followUp }, error);
    if (tick.trial !== undefined) this.#setAside.done(tick.trial, tick.at, tick.tables);
    this.#setAside.write(tick.number, tick.tables);
  }

  #react(tick: Tick, effect: Effect, reaction: TickReaction): void {
    let module: DomainModule | undefined;
    try {
      // Follow-ups are the first items of a tick, so an effect of any later command is no follow-up's.
      const mayFollow = effect.cause < tick.followUpCommands;
      reaction.depth = mayFollow ? (tick.itemOfCommand(effect.cause)?.followUp?.depth ?? 0) : 0;
      if (effect.kind === layout.EFFECT_TIMER_FIRED) {
        module = this.#registry.module(effect.value);
        reaction.module = module;
        const name = reactionName(module, effect);
        if (!this.skipped.has(name)) module.timerFired?.(effect.extra, reaction);
        else tick.passedOver.push({ followUp: setTimerAgain(effect), error: this.skipped.get(name) });
        return;
      }
      for (const reacting of this.#reacting[effect.kind] as readonly Reacting[]) {
        module = reacting.module;
        reaction.module = module;
        if (this.skipped.size > 0 && this.skipped.has(reactionName(module, effect))) continue;
        reacting.react.call(module, effect, reaction);
      }
    } catch (error) {
      const item = tick.itemOfCommand(effect.cause);
      const name = module === undefined ? `unknown/${effect.kind}` : reactionName(module, effect);
      throw new ModuleError(`a reaction threw: ${name}`, item === undefined ? { reaction: name } : { item }, error);
    }
  }

  #resume(reaction: TickReaction, downMs: number): void {
    for (const module of this.#registry.modules) {
      reaction.module = module;
      try {
        module.resumed?.(reaction, downMs);
      } catch (error) {
        throw new ModuleError(`${module.name} threw at the first tick after a start`, {}, error);
      }
    }
  }

  #begin(reaction: TickReaction): void {
    reaction.depth = 0;
    for (const module of this.#beginning) {
      reaction.module = module;
      try {
        module.begin?.(reaction);
      } catch (error) {
        throw new ModuleError(`${module.name} threw at the beginning of a tick`, {}, error);
      }
    }
  }

  #settle(reaction: TickReaction): void {
    reaction.depth = 0;
    for (const module of this.#settling) {
      reaction.module = module;
      try {
        module.settle?.(reaction);
      } catch (error) {
        // Never passed over: other rows of the tick may be nothing without those that are missing now.
        throw new ModuleError(`${module.name} threw at the end of a tick`, {}, error);
      }
    }
  }

  /**
   * A read behind a request that the core refused may have seen what was then taken back: it is answered anew. It then
   * shows what the tick has done, so it is sent behind the tick's notifications: a client that has read an answer has been
   * told everything that the answer shows, and the `seq` of a session counts all that is in its state.
   */
  #correctReads(tick: Tick): void {
    if (!tick.anyRefused) return;
    const first = tick.items.findIndex(({ refused }) => refused !== undefined);
    for (const item of tick.items.slice(first + 1)) {
      if (item.request === undefined || item.request.resumes || item.answer === undefined) continue;
      const again = this.#readAgain(item.request, tick.at);
      if (again === undefined || 'bug' in again) continue;
      item.answer = again;
      tick.late.push(item);
    }
  }

  #answer(tick: Tick, item: Item, reaction: TickReaction): void {
    if (item.request === undefined) return;
    if (item.answer === undefined) item.answer = this.#finish(item, reaction);
    if (item.isRemembered) this.#memory.keep(item.request, item.answer, tick.tables);
  }

  #finish(item: Item, reaction: TickReaction): Answer {
    if (item.refused !== undefined) return { refusal: item.refused };
    if (item.request?.news !== undefined) return this.#afterNews(item, reaction);
    if (item.pending === undefined) throw new ModuleError('a request without an answer', { item }, undefined);
    try {
      reaction.module = this.#registry.moduleOf((item.request as RoutedRequest).method);
      reaction.depth = 0;
      const finished = item.pending(reaction);
      return 'result' in finished ? finished : { refusal: finished };
    } catch (error) {
      throw new ModuleError(`the answer of ${item.request?.method} threw`, { item }, error);
    }
  }

  #afterNews(item: Item, reaction: TickReaction): Answer {
    reaction.depth = 0;
    for (const { module, run } of item.afterwards) {
      reaction.module = module;
      try {
        run?.(reaction);
      } catch (error) {
        throw new ModuleError(`${module.name} threw at what the sessions told`, { item }, error);
      }
    }
    return { result: {} };
  }
}

/**
 * Each module is of a shape of its own, so looking its reaction up for each effect costs more than calling it; and one that is bound
 * is called by way of two others.
 */
interface Reacting {
  readonly module: DomainModule;
  readonly react: (this: DomainModule, effect: Effect, reaction: Reaction) => void;
}

function reactingOf(module: DomainModule, kind: number): Reacting[] {
  const { react, reactsTo } = module;
  if (react === undefined || reactsTo?.includes(kind) === false) return [];
  return [{ module, react }];
}

/** Somebody waits for what a module's timer brings about: it is set again when the follow-up is tried. */
function setTimerAgain({ value: module, extra: key }: Effect): FollowUp {
  return { name: setTimerFollowUp, params: { module, key }, depth: 0 };
}

function refused(tick: Tick, effect: Effect): void {
  const item = tick.itemOfCommand(effect.cause);
  if (item === undefined) throw new Error(`the core refused (${effect.code}) a command that nobody asked for`);
  if (item.refused !== undefined) return;
  const refusal = refusalOfCode(effect.code);
  tick.refuse(item, item.reworded?.(refusal) ?? refusal);
}

function reactionName(module: DomainModule, effect: Effect): string {
  return `${module.name}/${effect.kind}/${effect.contact}/${effect.number}/${effect.agent}/${effect.extra}`;
}

class TickReaction implements Reaction {
  readonly #tick: Tick;
  readonly #wakeAt: (module: DomainModule, at: number) => void;
  readonly kept: KeptCommands;
  module!: DomainModule;
  depth = 0;

  constructor(tick: Tick, wakeAt: (module: DomainModule, at: number) => void, kept: KeptCommands) {
    this.#tick = tick;
    this.#wakeAt = wakeAt;
    this.kept = kept;
  }

  get now(): number {
    return this.#tick.at;
  }

  get tick(): number {
    return this.#tick.number;
  }

  get tables(): TableWriter {
    return this.#tick.tables;
  }

  notify(audience: Audience, event: string, params: Readonly<Record<string, unknown>>): void {
    this.#tick.notifications.push({ audience, event, params });
  }

  ask({ reference, ...ask }: ModuleAsk): void {
    this.#tick.asks.push({ ...ask, reference: `${this.module.name}/${reference}` });
  }

  followUp(name: string, params: Row): void {
    const depth = this.depth + 1;
    if (depth > followUpDepthMax)
      throw new Error(`a chain of follow-ups is deeper than ${followUpDepthMax} at ${name}`);
    this.#tick.followUps.push({ name: `${this.module.name}/${name}`, params, depth });
  }

  wakeAt(at: number): void {
    this.#wakeAt(this.module, at);
  }

  bytesGo(reference: string): void {
    this.#tick.bytesGo.push(`${this.module.name}/${reference}`);
  }
}
