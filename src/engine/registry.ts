// The modules of one partition, put together: which handler answers which method, in which order they react.

import type { Admission, DomainModule, FollowUpHandler, Handler, Row } from '../domain/module.ts';
import type { Role } from './egress.ts';

/** The engine's own follow-up: sets a timer of a module whose reaction threw when it fired. */
export const setTimerFollowUp = 'engine/setTimer';

export class Registry {
  readonly modules: readonly DomainModule[];
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly followUps: ReadonlyMap<string, FollowUpHandler>;
  /** Of whom modules want to know when they connect and go: looked at for every session. */
  readonly watchedRoles: ReadonlySet<Role>;
  readonly #byNumber = new Map<number, DomainModule>();
  readonly #byMethod = new Map<string, DomainModule>();

  /** Throws when two modules claim the same name, number, method, follow-up or table: a bug found at start. */
  constructor(modules: readonly DomainModule[]) {
    this.modules = modules;
    this.watchedRoles = new Set(modules.flatMap(({ watchedRoles }) => watchedRoles ?? []));
    const handlers = new Map<string, Handler>();
    const followUps = new Map<string, FollowUpHandler>();
    const tables = new Map<number, string>();
    for (const module of modules) {
      claim(this.#byNumber, module.number, module, 'module number');
      for (const [name, handler] of Object.entries(module.methods)) {
        claim(handlers, name, handler, 'method');
        this.#byMethod.set(name, module);
      }
      for (const [name, handler] of Object.entries(module.followUps ?? {})) {
        claim(followUps, `${module.name}/${name}`, handler, 'follow-up');
      }
      for (const table of module.tables) claim(tables, table.id, table.name, 'table id');
    }
    claim(followUps, setTimerFollowUp, setTimer, 'follow-up');
    this.handlers = handlers;
    this.followUps = followUps;
  }

  moduleNamed(name: string): DomainModule {
    const module = this.modules.find((one) => one.name === name);
    if (module === undefined) throw new Error(`there is no module ${name}`);
    return module;
  }

  moduleOf(method: string): DomainModule {
    const module = this.#byMethod.get(method);
    if (module === undefined) throw new Error(`no module answers ${method}`);
    return module;
  }

  module(number: number): DomainModule {
    const module = this.#byNumber.get(number);
    if (module === undefined) throw new Error(`a timer fired for module ${number}, which does not exist`);
    return module;
  }
}

function setTimer({ module, key }: Row, { core, now }: Admission): void {
  core.timerSet(module as number, key as number, now);
}

function claim<K, V>(map: Map<K, V>, key: K, value: V, what: string): void {
  if (map.has(key)) throw new Error(`two claims on ${what} ${key}`);
  map.set(key, value);
}
