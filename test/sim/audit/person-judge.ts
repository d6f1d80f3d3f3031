// Who is one person with whom: made of frames alone, and of what customer.get shows when everything is at rest.
//
// - a link that is shown was asked for, by a command that may be in effect, names were brought verified together, or a rule was set that links;
// - what was acknowledged as linked, and never taken apart, is one;
// - an attribute that is shown was noted so, and one that was noted once, acknowledged, is shown;
// - persons are what the links that hold make of customers, each called by its oldest; a name stays with its customer for good.

import { canonical } from '../../../src/protocol/canonical.ts';
import type { Members } from '../setting.ts';
import type { Command } from './commands.ts';

const joining = new Set(['customer.link', 'customer.merge', 'customer.settle']);
const bringing = new Set(['contact.create', 'customer.resolve']);

export class PersonJudge {
  readonly #joins: Command[] = [];
  readonly #splits: Command[] = [];
  readonly #brought: Command[] = [];
  readonly #updates: Command[] = [];
  readonly #rules: Command[] = [];
  readonly #updated = new Set<Command>();
  /** Acknowledged: the customers of these are one. */
  readonly #acknowledged: Command[] = [];
  /** By any link that was ever made, as customer.get shows them. */
  #ever = new Map<string, string>();
  #now = new Map<string, string>();

  asked(command: Command): void {
    const { method, params } = command;
    if (joining.has(method)) this.#joins.push(command);
    if (method === 'customer.split') this.#splits.push(command);
    if (method === 'identityRule.set' && params.dryRun !== true) this.#rules.push(command);
    if (method === 'customer.update') this.#updates.push(command);
    if (bringing.has(method) && params.verifiedIdentities !== undefined) this.#brought.push(command);
  }

  answered(command: Command, result: Members): void {
    if (command.method === 'customer.update') this.#updated.add(command);
    const isLinked = result.linked === true && joining.has(command.method);
    if (isLinked && !this.#acknowledged.includes(command)) this.#acknowledged.push(command);
  }

  /** Some customers may be one by now, so that one name leads to what another one did. */
  get mayBeJoined(): boolean {
    return [...this.#joins, ...this.#brought, ...this.#rules].some(({ inEffect }) => inEffect !== 'no');
  }

  /** Were one at some time, or are. */
  wereOne(one: unknown, other: unknown): boolean {
    return one === other || (this.#ever.get(String(one)) ?? one) === (this.#ever.get(String(other)) ?? other);
  }

  /** By which id the person is called. */
  calledNow(customerId: string): string {
    return this.#now.get(customerId) ?? customerId;
  }

  /** `shown`: customer.get of every name that was ever answered. */
  *atLast(shown: readonly (Members | undefined)[]): Generator<string> {
    const customers = shown.filter((one) => one !== undefined);
    const links = new Map<string, Members>();
    const owners = new Map<string, string>();
    for (const { links: own = [], identities } of customers) {
      for (const link of own as Members[]) links.set(link.linkId as string, link);
      for (const { scheme, value, customerId } of identities as Members[]) {
        const name = `${scheme} ${value}`;
        const owner = owners.get(name) ?? (customerId as string);
        if (owner !== customerId) yield `${name} is ${owner}’s and ${String(customerId)}’s`;
        owners.set(name, owner);
      }
    }
    this.#ever = components([...links.values()]);
    this.#now = components([...links.values()].filter(({ undone }) => undone === undefined));
    for (const { customerId, joined = [] } of customers) {
      const all = [customerId, ...(joined as unknown[])].map(String);
      const wrong = all.filter((one) => this.calledNow(one) !== customerId);
      if (wrong.length > 0) yield `${all} are called ${String(customerId)}, and the links say otherwise: ${wrong}`;
    }
    for (const link of links.values())
      if (!this.#isAskedFor(link)) yield `nobody has asked for the link ${canonical(link)}`;
    for (const one of customers) yield* this.#attributes(one);
    const isSplit = this.#splits.some(({ inEffect }) => inEffect !== 'no');
    // Of who came by no name that was answered, nothing is asked at last.
    const seen = new Set(owners.values());
    for (const { params } of this.#acknowledged) {
      if (isSplit || !seen.has(params.customerId as string)) continue;
      const other = params.otherId ?? owners.get(nameOf(params.identity as Members));
      if (other !== undefined && this.calledNow(String(params.customerId)) !== this.calledNow(String(other)))
        yield `${String(params.linkId)} was acknowledged, and ${String(params.customerId)} and ${String(other)} are two`;
    }
  }

  *#attributes({ customerId, joined = [], attributes = {} }: Members): Generator<string> {
    const shown = attributes as Members;
    for (const [name, value] of Object.entries(shown))
      if (!this.#noted(name).some(({ params }) => (params.attributes as Members)[name] === value))
        yield `${String(customerId)} has ${name} ${String(value)}, and nobody has noted it`;
    const person = [customerId, ...(joined as unknown[])];
    for (const update of this.#updated)
      for (const [name, value] of Object.entries(update.params.attributes as Members))
        if (this.#noted(name).length === 1 && person.includes(update.params.customerId))
          if (shown[name] !== (value ?? undefined))
            yield `${name} ${String(value)} was noted of ${String(update.params.customerId)}, and ${String(shown[name])} is shown`;
  }

  #noted(name: string): Command[] {
    return this.#updates.filter(({ inEffect, params }) => inEffect !== 'no' && name in (params.attributes as Members));
  }

  #isAskedFor({ linkId, by, why }: Members): boolean {
    const { rule } = by as Members;
    if (rule !== undefined && rule !== 'verifiedTogether')
      return this.#rules.some(
        ({ inEffect, params }) => inEffect !== 'no' && params.ruleId === rule && params.follows === 'link',
      );
    if (rule !== undefined) return this.#brought.some(({ inEffect }) => inEffect !== 'no');
    return this.#joins.some(
      ({ inEffect, params, method }) =>
        inEffect !== 'no' &&
        (method === 'customer.settle' ? why === params.why : params.linkId === linkId && params.why === why),
    );
  }
}

function nameOf({ scheme, value }: Members): string {
  return `${scheme} ${value}`;
}

/** By customer the lowest of those that are joined with it. */
function components(links: readonly Members[]): Map<string, string> {
  const called = new Map<string, string>();
  const find = (one: string): string => {
    const next = called.get(one) ?? one;
    return next === one ? one : find(next);
  };
  for (const { customers } of links) {
    const [one, other] = (customers as [string, string]).map(find) as [string, string];
    const isLower = Number(one.slice(1)) < Number(other.slice(1));
    called.set(one, isLower ? one : other);
    called.set(other, isLower ? one : other);
  }
  return new Map([...called.keys()].map((one) => [one, find(one)]));
}
