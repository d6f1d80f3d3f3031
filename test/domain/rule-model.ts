// Who is who by rules, in the plainest way: each rule a function of a customer, persons found anew from all links at every question.

import type { Random } from '../core/random.ts';
import type { DomainWorld, Members } from './domain-world.ts';

interface Customer {
  readonly scheme: string;
  readonly value: string;
  verified: boolean;
  card: string | undefined;
  /** Types of what it has open. */
  readonly open: Map<string, string>;
}

interface Link {
  readonly one: number;
  readonly other: number;
  holds: boolean;
  /** Of a conflict that was settled as different. */
  readonly settledRule?: string;
}

interface Conflict {
  readonly id: number;
  readonly customers: readonly [number, number];
  readonly because: string;
  readonly rule: string;
}

const expressions: readonly (readonly [text: string, plain: (of: Customer) => string])[] = [
  ['attributes.?card.orValue("")', ({ card }) => card ?? ''],
  ['name.verified ? attributes.?card.orValue("") : ""', ({ verified, card }) => (verified ? (card ?? '') : '')],
  [
    'name.scheme == "email" ? name.value.split("@")[1] : ""',
    ({ scheme, value }) => (scheme === 'email' ? value.split('@')[1]! : ''),
  ],
  [
    'business.exists(b, b.open && b.type == "order") ? name.value.substring(0, 1) : ""',
    ({ open, value }) => ([...open.values()].includes('order') ? value[0]! : ''),
  ],
];

interface Rule {
  readonly ruleId: string;
  readonly plain: (of: Customer) => string;
  readonly text: string;
  readonly follows: string;
  readonly keys: Map<number, string>;
}

const app = 'app:crm' as const;
const below = (random: Random, count: number) => random.between(0, count - 1);

export class RuleModel {
  /** c1 is the first. */
  readonly #customers: Customer[] = [];
  readonly #links: Link[] = [];
  #conflicts: Conflict[] = [];
  #lastConflict = 0;
  #rules: Rule[] = [];

  /** Something happens, to both. */
  async step(random: Random, world: DomainWorld): Promise<string> {
    const at = () => below(random, this.#customers.length);
    switch (this.#customers.length < 3 ? 0 : below(random, 9)) {
      case 0:
      case 1: {
        const scheme = ['tel', 'email', 'customerNumber'][below(random, 3)] as string;
        const n = this.#customers.length;
        const value = { tel: `+49301000${n}`, email: `u${n}@${['x', 'y'][n % 2]}.example`, customerNumber: `${n}` }[
          scheme
        ] as string;
        await world.ok(app, 'customer.resolve', { identity: { scheme, value } });
        this.#customers.push({ scheme, value, verified: false, card: undefined, open: new Map() });
        this.#touch(n);
        return `${scheme} is new`;
      }
      case 2:
      case 3: {
        const which = at();
        const card = [null, 'A', 'B', 'C'][below(random, 4)] as string | null;
        await world.ok(app, 'customer.update', { customerId: `c${which + 1}`, attributes: { card } });
        this.#customers[which]!.card = card ?? undefined;
        this.#touch(which);
        return `c${which + 1} has card ${card}`;
      }
      case 4: {
        const which = at();
        const { scheme, value } = this.#customers[which] as Customer;
        await world.ok(app, 'customer.resolve', { verifiedIdentities: [{ scheme, value }] });
        this.#customers[which]!.verified = true;
        this.#touch(which);
        return `c${which + 1} is verified`;
      }
      case 5: {
        const which = at();
        const [type, open] = [['order', 'claim'][below(random, 2)] as string, below(random, 2) === 0];
        const businessId = `b${which}`;
        await world.ok(app, 'business.put', { businessId, customerId: `c${which + 1}`, type, status: 's', open });
        if (open) this.#customers[which]!.open.set(businessId, type);
        else this.#customers[which]!.open.delete(businessId);
        this.#touch(which);
        return `c${which + 1} has ${type}, open: ${open}`;
      }
      case 6: {
        const ruleId = ['r1', 'r2'][below(random, 2)] as string;
        const [text, plain] = expressions[below(random, expressions.length)]!;
        const follows = ['link', 'link', 'report'][below(random, 3)] as string;
        await world.ok(app, 'identityRule.set', { ruleId, expression: text, follows });
        this.#set(ruleId, text, plain, follows);
        return `${ruleId} ${follows}s by ${text}`;
      }
      case 7: {
        const which = at();
        const { scheme, value } = this.#customers[which] as Customer;
        await world.ok(app, 'customer.split', { identity: { scheme, value } });
        for (const link of this.#links) if (link.one === which || link.other === which) link.holds = false;
        return `c${which + 1} is split off`;
      }
      default: {
        const conflict = this.#conflicts[below(random, Math.max(1, this.#conflicts.length))];
        if (conflict === undefined) return 'nothing';
        const as = below(random, 2) === 0 ? 'same' : 'different';
        await world.ok(app, 'customer.settle', { conflictId: `conflict-${conflict.id}`, as });
        const [one, other] = conflict.customers;
        if (as === 'different') this.#links.push({ one, other, holds: false, settledRule: conflict.rule });
        else if (!this.#areOne(one, other)) this.#links.push({ one, other, holds: true });
        this.#conflicts = this.#conflicts.filter((open) => open !== conflict);
        return `conflict-${conflict.id} is settled as ${as}`;
      }
    }
  }

  expected() {
    return {
      persons: this.#customers.map((_, at) => `c${Math.min(...this.#person(at)) + 1}`),
      conflicts: this.#conflicts.map(({ id, customers, because, rule }) => ({
        conflictId: `conflict-${id}`,
        customers: [Math.min(...customers), Math.max(...customers)].map((at) => `c${at + 1}`),
        because,
        rule,
      })),
    };
  }

  async shown(world: DomainWorld) {
    const persons = await Promise.all(
      this.#customers.map(
        async (_, at) => (await world.ok(app, 'customer.get', { customerId: `c${at + 1}` })).customerId,
      ),
    );
    const { conflicts } = await world.ok(app, 'customer.conflicts', { limit: 1_000 });
    return {
      persons,
      conflicts: (conflicts as Members[]).map(({ conflictId, customers, because, rule }) => ({
        conflictId,
        customers,
        because,
        rule,
      })),
    };
  }

  #set(ruleId: string, text: string, plain: Rule['plain'], follows: string): void {
    const before = this.#rules.find((rule) => rule.ruleId === ruleId);
    if (before?.text === text && before.follows === follows) return;
    const rule: Rule = { ruleId, plain, text, follows, keys: new Map() };
    this.#rules = [...this.#rules.filter((one) => one !== before), rule];
    for (const [at, customer] of this.#customers.entries()) rule.keys.set(at, plain(customer));
    for (const at of this.#customers.keys()) this.#meet(rule, at);
  }

  #touch(at: number): void {
    for (const rule of this.#rules) {
      const key = rule.plain(this.#customers[at] as Customer);
      if (rule.keys.get(at) === key) continue;
      rule.keys.set(at, key);
      this.#meet(rule, at);
    }
  }

  #meet(rule: Rule, at: number): void {
    const key = rule.keys.get(at);
    if (key === '') return;
    const others = [...this.#customers.keys()].filter((other) => other !== at && rule.keys.get(other) === key);
    const strangers = others.filter((other) => !this.#areOne(at, other));
    // Whoever is one with any of them already is not looked at: that was decided when the others came.
    if (strangers.length < others.length || strangers.length === 0) return;
    const persons = new Set(strangers.map((other) => Math.min(...this.#person(other))));
    const asked = strangers.find((other) => !this.#isSettled(rule, at, other));
    if (asked === undefined) return;
    if (rule.follows === 'report') return this.#report(rule, at, asked, 'reported');
    if (persons.size > 1) return this.#report(rule, at, asked, 'ambiguous');
    const numbers = (which: number) =>
      [...this.#person(which)].some((one) => this.#customers[one]!.scheme === 'customerNumber');
    if (numbers(at) && numbers(asked)) return this.#report(rule, at, asked, 'contradicting');
    const [mine, theirs] = [this.#person(at), this.#person(asked)];
    const isApart = this.#links.some(
      ({ one, other, holds }) =>
        !holds && ((mine.has(one) && theirs.has(other)) || (mine.has(other) && theirs.has(one))),
    );
    if (isApart) return this.#report(rule, at, asked, 'apart');
    this.#links.push({ one: at, other: asked, holds: true });
  }

  #isOpen(one: number, other: number, because: string): boolean {
    return this.#conflicts.some(
      ({ customers, because: why }) => why === because && customers.includes(one) && customers.includes(other),
    );
  }

  #report(rule: Rule, one: number, other: number, because: string): void {
    if (this.#isOpen(one, other, because)) return;
    this.#lastConflict += 1;
    this.#conflicts.push({ id: this.#lastConflict, customers: [one, other], because, rule: rule.ruleId });
  }

  #isSettled(rule: Rule, one: number, other: number): boolean {
    const [mine, theirs] = [this.#person(one), this.#person(other)];
    return this.#links.some(
      (link) =>
        link.settledRule === rule.ruleId &&
        ((mine.has(link.one) && theirs.has(link.other)) || (mine.has(link.other) && theirs.has(link.one))),
    );
  }

  #areOne(one: number, other: number): boolean {
    return this.#person(one).has(other);
  }

  #person(at: number): Set<number> {
    const person = new Set([at]);
    for (let before = 0; before < person.size; ) {
      before = person.size;
      for (const { one, other, holds } of this.#links)
        if (holds && (person.has(one) || person.has(other))) person.add(one).add(other);
    }
    return person;
  }
}
