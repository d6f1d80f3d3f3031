// The tenant's own rules for who is who (docs/customers.md).
//
//   a customer is new, a name of it is verified, its attributes or business change ─ touched ─▶ at once: its keys
//   a rule is set ─▶ all customers are gone through, so many a tick: first their keys, then who has the same ─▶ customers are joined
//
// A rule looks at each customer as it came, with its one name, and not at whom it is one with: so keys do not depend on what follows from
// them, and going through customers comes to an end. All of it is done behind the core.

import { customersPerKeyMax, expressionBusinessMax, identityRuleSliceMax, identityRulesMax } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import { type Answered, behind } from '../behind.ts';
import { customerIdOf, identityRow, read } from '../customers/customer-book.ts';
import type { JoinsByRule } from '../customers/customers.ts';
import type { Who } from '../customers/links.ts';
import { customersTable } from '../customers/tables.ts';
import type {
  ConfigGiven,
  ConfigPart,
  DomainModule,
  ErasesCustomers,
  FollowUpHandler,
  Handler,
  LoadContext,
  Reaction,
  Shapes,
  TableReader,
} from '../module.ts';
import { pageOf } from '../pages.ts';
import { lastNumberIn } from '../rows.ts';
import type { ExportSource } from '../timeline-source.ts';
import {
  cut,
  type Expression,
  expressionLanguage,
  expressionOf,
  SeenBusiness,
  type SeenCustomer,
  SeenName,
} from './expression.ts';
import { type Rule, RuleBook, type RuleRow } from './rule-book.ts';
import { customerKeysTable, identityRulesTable, keyIndexTable } from './tables.ts';

const MODULE = 31;
const SWEEP_TIMER = 1;

type Given = ConfigGiven<'identityRules'>;

/** The last business of a customer, in the order in which it was begun. */
type BusinessOf = (
  customer: number,
  most: number,
  tables: TableReader,
) => readonly ConstructorParameters<typeof SeenBusiness>[0][];

export class IdentityRules implements DomainModule {
  readonly name = 'identityRules';
  readonly number = MODULE;
  readonly reactsTo = [];
  readonly tables = [identityRulesTable, customerKeysTable, keyIndexTable];
  readonly methods: Readonly<Record<string, Handler>> = {
    'identityRule.set': behind((params: Params<'identityRule.set'>, caller, reaction) => {
      const { requestId: _, dryRun, ...given } = params;
      const refusal = faultOf(given);
      if (refusal !== undefined) return refusal;
      if (dryRun === true) return { result: this.#tried(given, reaction) };
      if (this.#book.find(given.ruleId) === undefined && this.#book.count >= identityRulesMax)
        return refuse('too_many_identity_rules', { max: identityRulesMax });
      this.#set(given, caller, reaction);
      this.#goOn(reaction);
      return { result: this.#viewOf(this.#book.find(given.ruleId) as Rule, reaction.tables) };
    }),
    'identityRule.remove': behind(({ ruleId }, _, reaction): Answered => {
      const rule = this.#book.find(ruleId);
      if (rule === undefined) return refuse('identity_rule_not_found', { ruleId });
      this.#book.remove(rule, reaction.tables);
      this.#goOn(reaction);
      return { result: { ruleId } };
    }),
    'identityRule.list': (params, { tables }) => {
      const { items, cursor } = pageOf(
        params,
        (number) => [...this.#book.all()].filter(({ row }) => row.number > number),
        ({ row }) => row.number,
      );
      return { result: { rules: items.map((rule) => this.#viewOf(rule, tables)), ...cursor } };
    },
  };
  readonly #config: ConfigPart<'identityRules'> = {
    member: 'identityRules',
    kind: 'identityRule',
    most: identityRulesMax,
    tooMany: 'too_many_identity_rules',
    idOf: ({ ruleId }) => ruleId,
    all: () => [...this.#book.all()].map(({ row }) => settingsOf(row)),
    isSo: (given) => {
      const known = this.#book.find(given.ruleId);
      return known !== undefined && canonical(settingsOf(known.row)) === canonical(given);
    },
    refuse: faultOf,
    write: (given, { caller, onUndo }) => this.#later({ given, by: caller as Who }, onUndo),
    remove: ({ ruleId }, { onUndo }) => this.#later({ removed: ruleId }, onUndo),
  };
  readonly shapes: Shapes = { config: [this.#config] };
  readonly erases: ErasesCustomers = {
    erase: ({ customers }, _, { tables }) => {
      let keys = 0;
      for (const customer of customers) keys += this.#book.eraseCustomer(customer, tables);
      return { erased: { keysOfRules: keys } };
    },
  };
  readonly exports: readonly ExportSource[] = [
    {
      part: 'rule',
      itemsOf: (customer, behind, { tables }) =>
        [...this.#book.givenFor(customer, behind, tables)].map(({ row: { number, ruleId }, given }) => ({
          key: number,
          item: { ruleId, ...given },
        })),
    },
  ];
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    told: () => {},
    setTimer: (_, { core, now }) => core.timerSet(MODULE, SWEEP_TIMER, now),
  };
  readonly #joins: JoinsByRule;
  readonly #businessOf: BusinessOf;
  readonly #book = new RuleBook();
  /** Of a document: it is carried out as the tick settles, where nothing takes it back any more. */
  #fromDocument: Later[] = [];
  /** The timer is set, or about to be; nobody knows after a start. */
  #goesOn = false;

  constructor(joins: JoinsByRule, businessOf: BusinessOf) {
    this.#joins = joins;
    this.#businessOf = businessOf;
  }

  load({ tables }: LoadContext): void {
    this.#book.load(tables);
    this.#fromDocument = [];
    this.#goesOn = false;
  }

  /** Something of the customer is otherwise than before, or it is new. */
  touched(customer: number, reaction: Reaction): void {
    // Who is joined touches nobody: keys are of each customer by itself.
    for (const rule of this.#book.all()) this.#look(rule, customer, reaction);
  }

  /** Another version of the language may read an expression otherwise. */
  resumed({ tables }: Reaction): void {
    for (const { row } of this.#book.all())
      if (row.language !== expressionLanguage)
        this.#book.save({ ...row, language: expressionLanguage, state: 'reading', at: 0 }, tables);
  }

  settle(reaction: Reaction): void {
    for (const later of this.#fromDocument.splice(0)) this.#carryOut(later, reaction);
    this.#goOn(reaction);
  }

  #goOn(reaction: Reaction): void {
    if (this.#goesOn || (this.#book.unfinished() ?? this.#book.firstGone()) === undefined) return;
    this.#goesOn = true;
    reaction.followUp('setTimer', {});
  }

  timerFired(_key: number, reaction: Reaction): void {
    this.#goesOn = false;
    const gone = this.#book.firstGone();
    const rule = this.#book.unfinished();
    if (gone !== undefined) this.#book.forget(gone, identityRuleSliceMax, reaction.tables);
    else if (rule !== undefined) this.#joins.quietly(() => this.#slice(rule, reaction));
    this.#goOn(reaction);
  }

  // ── Going through customers ───────────────────────────────────────────────────────────────────────────────────
  #slice(rule: Rule, reaction: Reaction): void {
    const { tables } = reaction;
    const { at, state } = rule.row;
    const customers = tables
      .range(customersTable, { after: at, limit: identityRuleSliceMax })
      .map(({ key }) => key as number);
    for (const customer of customers) {
      if (state === 'reading') this.#look(rule, customer, reaction);
      else this.#meet(rule, customer, this.#book.keyOf(rule, customer, tables), reaction);
    }
    const isOver = customers.length < identityRuleSliceMax;
    const next = state === 'reading' ? 'joining' : 'done';
    this.#book.save(
      isOver ? { ...rule.row, state: next, at: 0 } : { ...rule.row, at: customers.at(-1) as number },
      tables,
    );
  }

  #look(rule: Rule, customer: number, reaction: Reaction): void {
    const { tables } = reaction;
    if ('fault' in rule.expression) return;
    const seen = this.#seen(customer, rule.expression.reads, tables);
    if (seen === undefined) return;
    const isNew = this.#book.note(rule, customer, rule.expression.run(seen), tables);
    // Else they are brought together once all keys are there.
    if (isNew && rule.row.state === 'done')
      this.#meet(rule, customer, this.#book.keyOf(rule, customer, tables), reaction);
  }

  /** What it gives for the newest customers; of nobody anything follows. */
  #tried(given: Given, { tables, now }: Reaction) {
    const expression = expressionOf(given.expression) as Expression;
    const newest = tables.range(customersTable, { limit: identityRuleSliceMax, reverse: true });
    const found = newest.flatMap(({ key }) => {
      const customer = key as number;
      const seen = this.#seen(customer, expression.reads, tables);
      const gives = seen && expression.run(seen);
      return gives === undefined ? [] : [{ customerId: customerIdOf(customer), ...gives }];
    });
    const keys = found.flatMap((one) => ('key' in one ? [one.key] : []));
    const isTooCommon = (key: string) => keys.filter((other) => other === key).length > customersPerKeyMax;
    return {
      ...given,
      since: now,
      state: 'tried',
      goneThrough: newest.length,
      customers: lastNumberIn(customersTable, tables),
      keys: keys.length,
      failing: found.length - keys.length,
      linked: 0,
      reported: 0,
      tooCommon: keys.filter(isTooCommon).length,
      found,
    };
  }

  /** Whoever else has the key is the same, if that is one person; of several nothing is guessed. */
  #meet(rule: Rule, customer: number, key: string | undefined, reaction: Reaction): void {
    if (key === undefined) return;
    const { tables } = reaction;
    const others = this.#book.othersWith(rule, key, customer, tables);
    if (others === undefined) return this.#book.counted(rule, 'tooCommon', tables);
    const persons = new Set(others.map((other) => this.#joins.headOf(other)));
    if (persons.size === 0 || persons.has(this.#joins.headOf(customer))) return;
    const { ruleId, by: setBy, follows } = rule.row;
    const by = { role: setBy.role, sub: setBy.sub, rule: ruleId };
    for (const other of others) {
      const came =
        follows === 'link' && persons.size === 1
          ? this.#joins.join(customer, other, by, reaction)
          : this.#joins.report(customer, other, by, follows === 'link' ? 'ambiguous' : 'reported', reaction);
      if (came === undefined) continue;
      if (came !== 'known') this.#book.counted(rule, came, tables);
      return;
    }
  }

  #seen(customer: number, reads: ReadonlySet<string>, tables: TableReader): SeenCustomer | undefined {
    const [identity] = read(customer, tables)?.identities ?? [];
    if (identity === undefined) return undefined;
    const isVerified = reads.has('name') && identityRow(identity, tables)?.verified !== undefined;
    const business = reads.has('business') ? this.#businessOf(customer, expressionBusinessMax, tables) : [];
    return {
      name: new SeenName(identity.scheme, identity.value, isVerified),
      attributes: reads.has('attributes')
        ? (cut(this.#joins.attributesOf(customer, tables)) as Readonly<Record<string, unknown>>)
        : {},
      business: business.map((one) => new SeenBusiness(one)),
    };
  }

  // ── Settings ──────────────────────────────────────────────────────────────────────────────────────────────────
  #set({ ruleId, expression, follows, why }: Given, by: Who, { tables, now }: Reaction): void {
    const known = this.#book.find(ruleId);
    const given = { ruleId, expression, follows, ...(why !== undefined && { why }) };
    if (known !== undefined && canonical(settingsOf(known.row)) === canonical(given)) return;
    const { role, sub } = by;
    this.#book.add({ ...given, by: { role, sub }, since: now, language: expressionLanguage }, tables);
  }

  #later(later: Later, onUndo: (undo: () => void) => void): void {
    this.#fromDocument.push(later);
    onUndo(() => {
      this.#fromDocument = this.#fromDocument.filter((one) => one !== later);
    });
  }

  #carryOut(later: Later, reaction: Reaction): void {
    if ('given' in later) return this.#set(later.given, later.by, reaction);
    const rule = this.#book.find(later.removed);
    if (rule !== undefined) this.#book.remove(rule, reaction.tables);
  }

  #viewOf({ row, expression }: Rule, tables: TableReader) {
    const { since, state, at, counts, lastFault } = row;
    const customers = lastNumberIn(customersTable, tables);
    const isBroken = 'fault' in expression;
    return {
      ...settingsOf(row),
      since,
      state: isBroken ? 'broken' : state,
      goneThrough: state === 'done' ? customers : at,
      customers,
      ...counts,
      ...(counts.failing > 0 &&
        lastFault !== undefined && {
          lastFault: { customerId: customerIdOf(lastFault.customer), fault: lastFault.fault },
        }),
    };
  }
}

type Later = { readonly given: Given; readonly by: Who } | { readonly removed: string };

function settingsOf({ ruleId, expression, follows, why }: RuleRow): Given {
  return { ruleId, expression, follows, ...(why !== undefined && { why }) };
}

function faultOf({ ruleId, expression }: Given): Refusal | undefined {
  const read = expressionOf(expression);
  return 'fault' in read
    ? refuse('identity_rule_expression_wrong', { ruleId, path: '/expression', ...read })
    : undefined;
}
