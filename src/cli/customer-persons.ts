// `strowger customer show`, `conflicts` and `settle`: who is one person with whom, and who has to say so, for whoever has no desktop for it.

import { type Command, Option } from 'commander';
import type { Params, Result } from '../protocol/methods.ts';
import { aligned } from '../simulation/aligned.ts';
import { addCallOptions, type CallOptions, call } from './call.ts';
import { type NamedOptions, whoseOf } from './customer-named.ts';

interface ShowOptions extends CallOptions, NamedOptions {
  readonly json: boolean;
}

interface ConflictsOptions extends CallOptions {
  readonly of?: string;
  readonly json: boolean;
}

interface SettleOptions extends CallOptions {
  readonly as: Params<'customer.settle'>['as'];
  readonly why?: string;
  readonly json: boolean;
}

type Shown = Result<'customer.get'>;
type Conflict = Result<'customer.conflicts'>['conflicts'][number];

const PAGE = 1_000;
/** Texts begin at the left, in each column. */
const allLeft = Number.POSITIVE_INFINITY;

export function registerPersons(customer: Command): void {
  addCallOptions(
    customer
      .command('show')
      .description('all names of a person, and who has made them one')
      .argument('[id]', 'the customer, as c1')
      .option('--identity <scheme:value>', 'by a name instead, as email:ada@x.example')
      .option('--json', 'as customer.get gives it', false),
  )
    .addHelpText('after', examples)
    .action((id: string | undefined, options: ShowOptions) => show(id, options));
  addCallOptions(
    customer
      .command('conflicts')
      .description('customers who may be one, and of whom somebody has to say so; the oldest first')
      .option('--of <id>', 'of this customer alone')
      .option('--json', 'as customer.conflicts gives them', false),
  )
    .addHelpText('after', examples)
    .action((options: ConflictsOptions) => conflicts(options));
  addCallOptions(
    customer
      .command('settle')
      .description('says whether the two of a conflict are one')
      .argument('<conflict>', 'as conflict-1')
      .addOption(
        new Option('--as <word>', 'they are one, or they are not').choices(['same', 'different']).makeOptionMandatory(),
      )
      .option('--why <text>', 'for whoever wonders later')
      .option('--json', 'as customer.settle gives it', false),
  )
    .addHelpText('after', examples)
    .action((conflictId: string, options: SettleOptions) => settle(conflictId, options));
}

const examples = `
docs/customers.md says what makes two customers one, and what is not guessed.

Examples:
  strowger customer conflicts
  strowger customer show c7
  strowger customer settle conflict-1 --as same --why "she has two contracts"`;

async function show(id: string | undefined, { identity, json, ...options }: ShowOptions): Promise<void> {
  const shown = await call('customer.get', whoseOf(id, identity), options);
  process.stdout.write(json ? `${JSON.stringify(shown)}\n` : `${textOf(shown)}\n`);
}

async function conflicts({ of, json, ...options }: ConflictsOptions): Promise<void> {
  const all: Conflict[] = [];
  let cursor: string | undefined;
  do {
    const page = await call(
      'customer.conflicts',
      { limit: PAGE, ...(of !== undefined && { customerId: of }), ...(cursor !== undefined && { cursor }) },
      options,
    );
    all.push(...page.conflicts);
    cursor = page.cursor;
  } while (cursor !== undefined);
  if (json) process.stdout.write(`${JSON.stringify(all)}\n`);
  else process.stdout.write(all.length === 0 ? 'nothing has to be settled\n' : `${conflictsText(all)}\n`);
}

async function settle(conflictId: string, { as, why, json, ...options }: SettleOptions): Promise<void> {
  const settled = await call('customer.settle', { conflictId, as, ...(why !== undefined && { why }) }, options);
  const { customers } = settled;
  const text = customers.length === 1 ? `they are one: ${customers[0]}` : `they are two: ${customers.join(' and ')}`;
  process.stdout.write(json ? `${JSON.stringify(settled)}\n` : `${text}\n`);
}

function textOf({ customerId, joined = [], identities, links = [], attributes = {}, ...more }: Shown): string {
  const { createdAt, lastAgentId, lastServedAt } = more;
  const names = identities.map(({ scheme, value, customerId: of, verifiedAt }) => [
    ...[scheme, value, of],
    verifiedAt === undefined ? '' : `verified ${timeText(verifiedAt)}`,
  ]);
  const linked = links.map(({ linkId, customers, by, why = '', at, undone }) => [
    ...[linkId, customers.join(' = '), timeText(at), by.rule ?? `${by.role} ${by.sub}`, why],
    undone === undefined ? '' : `undone ${timeText(undone.at)}, ${undone.role} ${undone.sub} ${undone.why ?? ''}`,
  ]);
  const noted = Object.entries(attributes).map(([name, value]) => [name, JSON.stringify(value)]);
  const isWith = joined.length === 0 ? '' : `, one with ${joined.join(', ')}`;
  const served = lastAgentId === undefined ? '' : `, served last by ${lastAgentId}`;
  const when = lastServedAt === undefined ? '' : ` ${timeText(lastServedAt)}`;
  return [
    `${customerId}${isWith}: known since ${timeText(createdAt)}${served}${when}`,
    ...part('names', names),
    ...part('attributes', noted),
    ...part('links', linked),
  ].join('\n');
}

function part(title: string, rows: readonly string[][]): string[] {
  return rows.length === 0 ? [] : [`\n${title}`, aligned(rows, allLeft)];
}

function conflictsText(all: readonly Conflict[]): string {
  return aligned(
    [
      ['conflict', 'found', 'customers', 'because', ''],
      ...all.map(({ conflictId, customers, because, scheme, rule, at }) => [
        ...[conflictId, timeText(at), customers.join(' and '), because],
        [scheme, rule].filter((one) => one !== undefined).join(', '),
      ]),
    ],
    allLeft,
  );
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
