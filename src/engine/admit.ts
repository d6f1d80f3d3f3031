// Admission: the requests of a tick are shaped in order, each seeing all earlier ticks and this tick's earlier ones.
//
// A request ends here with a refusal or a plain result, or goes on as pending with commands for the core. Whatever a
// refused request wrote is taken back at once, so a refusal changes nothing.

import type { Handler, Row, TableReader } from '../domain/module.ts';
import { tickInputBytesMax } from '../limits.ts';
import { methods } from '../protocol/methods.ts';
import { isRefusal, refuse } from '../protocol/refusals.ts';
import { BatchFullError } from './command-encoder.ts';
import type { Answer, Caller, FromSessions, RoutedRequest } from './egress.ts';
import { readAnswer } from './read-only.ts';
import type { Registry } from './registry.ts';
import { RequestMemory } from './request-memory.ts';
import type { FollowUp, Item, Tick, TickAdmission } from './tick.ts';

/** An exception in a module, with the item or effect it was thrown for: the culprit of a failed tick. */
export class ModuleError extends Error {
  readonly item: Item | undefined;
  /** Which reaction threw, where no item is to blame: a timer's effect. */
  readonly reaction: string | undefined;
  constructor(message: string, at: { item?: Item | undefined; reaction?: string }, cause: unknown) {
    super(message, { cause });
    this.name = 'ModuleError';
    this.item = at.item;
    this.reaction = at.reaction;
  }
}

const changing = methodsThat(({ changes }) => changes === true);
const exclusive = methodsThat((method) => method.exclusive === true);

export type AdmitOutcome = 'admitted' | 'tick_full';

export class Admitter {
  readonly #registry: Registry;
  readonly #memory: RequestMemory;

  constructor(registry: Registry, memory: RequestMemory) {
    this.#registry = registry;
    this.#memory = memory;
  }

  request(tick: Tick, admission: TickAdmission, request: RoutedRequest): AdmitOutcome {
    const item = tick.begin(request, undefined);
    admission.item = item;
    item.isRemembered = RequestMemory.concerns(request);
    const known = item.isRemembered ? this.#memory.find(request) : undefined;
    if (isRefusal(known)) item.answer = { refusal: known };
    else if (known !== undefined) repeat(item, known);
    else {
      const full = this.#handle(tick, admission, item, request);
      if (full && tick.items.length > 1) {
        tick.items.pop();
        return 'tick_full';
      }
      if (full) item.answer = { refusal: refuse('too_large', { bytesMax: tickInputBytesMax }) };
    }
    item.endCommand = tick.encoder.count;
    return 'admitted';
  }

  followUp(tick: Tick, admission: TickAdmission, followUp: FollowUp): AdmitOutcome {
    const item = tick.begin(undefined, followUp);
    admission.item = item;
    const handler = this.#registry.followUps.get(followUp.name);
    if (handler === undefined)
      throw new ModuleError(`no module handles the follow-up ${followUp.name}`, { item }, undefined);
    try {
      handler(followUp.params, admission);
    } catch (error) {
      if (!(error instanceof BatchFullError) || tick.items.length === 1)
        throw new ModuleError(`follow-up ${followUp.name} threw`, { item }, error);
      tick.withdraw(item);
      tick.items.pop();
      return 'tick_full';
    }
    item.endCommand = tick.encoder.count;
    tick.followUpCommands = tick.encoder.count;
    return 'admitted';
  }

  /** What a session is given when it opens: every module's part. */
  state(caller: Caller, tables: TableReader, now: number): Row {
    const parts = this.#registry.modules.map((module) => module.state?.(caller, tables, now) ?? {});
    return Object.assign({}, ...parts) as Row;
  }

  /** Answers a read by what is there now, outside of any tick. Undefined for what changes something. */
  read(request: RoutedRequest, tables: TableReader, now: number): Answer | undefined {
    if (!isRead(request)) return undefined;
    const handler: Handler | undefined =
      request.method === 'session.open'
        ? () => ({ result: { state: this.state(request.caller, tables, now) } })
        : this.#registry.handlers.get(request.method);
    return handler && readAnswer(handler, request, tables, now);
  }

  /** Returns true when the batch has no room for the request; nothing of it is left then. */
  #handle(tick: Tick, admission: TickAdmission, item: Item, request: RoutedRequest): boolean {
    const unexpect = item.isRemembered ? this.#memory.expect(request, tick.at) : undefined;
    try {
      this.#call(tick, admission, item, request);
      item.unexpect = unexpect;
      return false;
    } catch (error) {
      tick.withdraw(item);
      unexpect?.();
      if (error instanceof BatchFullError) return true;
      throw new ModuleError(`${request.method} threw`, { item }, error);
    }
  }

  /** What the sessions tell is no request: it cannot be refused, and the core refuses none of its commands. */
  #tell(item: Item, admission: TickAdmission, { caller, news }: RoutedRequest & { news: FromSessions }): void {
    if ('connected' in news) {
      const told = this.#registry.modules.filter(({ watchedRoles }) => watchedRoles?.includes(caller.role));
      item.afterwards = told.map((module) => ({
        module,
        run: module.presenceChanged?.(caller, news.connected, admission),
      }));
      return;
    }
    const named = 'gone' in news ? news.gone : news.answeredTo;
    const slash = named.indexOf('/');
    const module = this.#registry.moduleNamed(named.slice(0, slash));
    const reference = named.slice(slash + 1);
    const run =
      'gone' in news ? module.gone?.(reference, admission) : module.answered?.(reference, news.answer, admission);
    item.afterwards = [{ module, run }];
  }

  #call(tick: Tick, admission: TickAdmission, item: Item, request: RoutedRequest): void {
    if (isNews(request)) return this.#tell(item, admission, request);
    if (request.method === 'session.open') {
      item.answer = { result: request.resumes ? {} : { state: this.state(request.caller, tick.tables, tick.at) } };
      return;
    }
    const handler = this.#registry.handlers.get(request.method);
    if (handler === undefined) throw new Error(`no module answers ${request.method}`);
    const admitted = handler(request.params, admission);
    // First what nearly all are: to find that something is not there takes the longest.
    if ('pending' in admitted) {
      item.pending = admitted.pending;
      item.reworded = admitted.reworded;
    } else if (isRefusal(admitted)) {
      tick.withdraw(item);
      item.answer = { refusal: admitted };
    } else if ('refused' in admitted) {
      tick.withdraw(item);
      item.answer = { refusal: admitted.refused };
      admitted.noted(admission);
    } else item.answer = admitted;
  }
}

/** It comes from the sessions: nobody asks for it. */
export function isNews(request: RoutedRequest): request is RoutedRequest & { readonly news: FromSessions } {
  return request.news !== undefined;
}

export function isRead({ method, news }: RoutedRequest): boolean {
  if (news !== undefined) return false;
  return !changing.has(method);
}

/** It is alone in its tick. */
export function isExclusive({ method }: RoutedRequest): boolean {
  return exclusive.has(method);
}

/** Asked for each request, of a table that is too large for the engine to remember who asked. */
function methodsThat(are: (method: { readonly changes?: boolean; readonly exclusive?: boolean }) => boolean) {
  return new Set(
    Object.entries(methods)
      .filter(([, method]) => are(method))
      .map(([name]) => name),
  );
}

function repeat(item: Item, first: { readonly answer: Answer | undefined }): void {
  if (first.answer !== undefined) item.answer = first.answer;
  // The first one is in this very tick: it is answered before this one is.
  else item.pending = () => answerAgain(first.answer);
}

function answerAgain(answer: Answer | undefined): ReturnType<NonNullable<Item['pending']>> {
  if (answer === undefined || 'bug' in answer)
    return refuse('not_ready', {}, 'the first request of this requestId failed');
  return 'refusal' in answer ? answer.refusal : { result: answer.result };
}
