// The tenant's expressions: CEL (https://cel.dev), as @marcbachmann/cel-js reads it, over one customer, for a text that names who it is.
//
// An expression is run in the tick, so what it may take is bounded before it is ever run: it is short, it knows no functions but those
// below, no patterns (they can take for ever), no time, and no loop in a loop; a loop goes over a list of the customer's; and of what the
// customer has it sees lists and texts up to a length. So it gives the same wherever it is run, and takes microseconds, at worst some
// milliseconds.

import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js';
import { expressionListMax, expressionNodesMax, expressionTextMax, identityKeyCharactersMax } from '../../limits.ts';

/** What reads expressions decides with them: another version may read one otherwise, so all customers are gone through again. */
export const expressionLanguage = '@marcbachmann/cel-js 8.0.0';

export interface Fault {
  readonly fault: string;
  /** From the beginning of the expression, in characters; 0 is the first. */
  readonly at?: number;
}

export type Given = { readonly key: string } | { readonly fault: string } | undefined;

export interface Expression {
  /** Which of the customer's it looks at. */
  readonly reads: ReadonlySet<string>;
  run(customer: SeenCustomer): Given;
}

export class SeenName {
  readonly scheme: string;
  readonly value: string;
  readonly verified: boolean;

  constructor(scheme: string, value: string, verified: boolean) {
    this.scheme = scheme;
    this.value = value;
    this.verified = verified;
  }
}

export class SeenBusiness {
  readonly businessId: string;
  readonly type: string;
  readonly status: string;
  readonly open: boolean;
  readonly channel: string;
  readonly title: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(of: {
    readonly businessId: string;
    readonly type: string;
    readonly status: string;
    readonly open: boolean;
    readonly channel?: string;
    readonly title?: string;
    readonly data?: Readonly<Record<string, unknown>>;
  }) {
    this.businessId = of.businessId;
    this.type = of.type;
    this.status = of.status;
    this.open = of.open;
    this.channel = of.channel ?? '';
    this.title = of.title ?? '';
    this.data = cut(of.data ?? {}) as Readonly<Record<string, unknown>>;
  }
}

/** A customer as an expression sees it: the one name that it came by, and what is noted of it. */
export interface SeenCustomer {
  readonly name: SeenName;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The last ones, in the order in which they were begun. */
  readonly business: readonly SeenBusiness[];
}

const environment = new Environment({
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
  limits: {
    maxAstNodes: expressionNodesMax,
    maxDepth: 32,
    maxListElements: expressionListMax,
    maxMapEntries: expressionListMax,
    maxCallArguments: 4,
  },
})
  .registerType('Name', { ctor: SeenName, fields: { scheme: 'string', value: 'string', verified: 'bool' } })
  .registerType('Business', {
    ctor: SeenBusiness,
    fields: {
      ...{ businessId: 'string', type: 'string', status: 'string', open: 'bool', channel: 'string', title: 'string' },
      data: 'map<string, dyn>',
    },
  })
  .registerVariable('name', 'Name')
  .registerVariable('attributes', 'map<string, dyn>')
  .registerVariable('business', 'list<Business>');

const variables: ReadonlySet<string> = new Set(['name', 'attributes', 'business']);
const functions: ReadonlySet<string> = new Set(
  [
    'has size string int double bool',
    'startsWith endsWith contains lowerAscii upperAscii trim indexOf lastIndexOf substring split join',
    'orValue hasValue',
  ].flatMap((line) => line.split(' ')),
);
const loops: ReadonlySet<string> = new Set(['exists', 'exists_one', 'all', 'filter', 'map']);

export function expressionOf(text: string): Expression | Fault {
  const parsed = read(text);
  if ('fault' in parsed) return parsed;
  const reads = new Set<string>();
  const fault = faultIn(parsed.ast, { reads, inLoop: false });
  if (fault !== undefined) return fault;
  const { valid, type = '', error } = parsed.check();
  if (!valid) return faultOf(error);
  if (!['string', 'dyn', 'null'].includes(type))
    return { fault: `gives ${type}, and a key is a text: string(…) makes one`, at: 0 };
  return { reads, run: (customer) => run(parsed, customer) };
}

/** Attributes as an expression sees them. */
export function cut(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, expressionTextMax);
  if (Array.isArray(value)) return value.slice(0, expressionListMax).map(cut);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, expressionListMax)
      .map(([name, member]) => [name, cut(member)]),
  );
}

function read(text: string): ParseResult | Fault {
  try {
    return environment.parse(text);
  } catch (error) {
    return faultOf(error);
  }
}

function run(parsed: ParseResult, customer: SeenCustomer): Given {
  let given: unknown;
  try {
    given = parsed(customer);
  } catch (error) {
    const { fault, at } = faultOf(error);
    return { fault: at === undefined ? fault : `at ${at}: ${fault}` };
  }
  if (given === null || given === '') return undefined;
  if (typeof given !== 'string') return { fault: `gave no text but ${shownKind(given)}` };
  if (given.length > identityKeyCharactersMax)
    return { fault: `gave more than ${identityKeyCharactersMax} characters` };
  return { key: given };
}

interface Where {
  readonly reads: Set<string>;
  readonly inLoop: boolean;
}

/** What the language has and a rule may not use. */
function faultIn(node: ASTNode, where: Where): Fault | undefined {
  switch (node.op) {
    case 'id':
      if (variables.has(node.args)) where.reads.add(node.args);
      return undefined;
    case 'value':
      return undefined;
    case 'call':
      return faultInCall(node, node.args[0], node.args[1], where);
    case 'rcall': {
      const [called, receiver, args] = node.args;
      if (!loops.has(called)) return faultInCall(node, called, [receiver, ...args], where);
      if (where.inLoop) return { fault: 'is a loop in a loop', at: node.range.start };
      if (!isPath(receiver))
        return { fault: 'goes over something else than what the customer has', at: receiver.range.start };
      return faultIn(receiver, where) ?? firstFault(args, { ...where, inLoop: true });
    }
    default:
      return firstFault(partsOf(node.args), where);
  }
}

function faultInCall(node: ASTNode, called: string, args: readonly ASTNode[], where: Where): Fault | undefined {
  if (!functions.has(called)) return { fault: `uses ${called}, which rules do not have`, at: node.range.start };
  return firstFault(args, where);
}

function firstFault(nodes: readonly ASTNode[], where: Where): Fault | undefined {
  for (const node of nodes) {
    const fault = faultIn(node, where);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** A member of a member of a variable. */
function isPath(node: ASTNode): boolean {
  if (node.op === 'id') return true;
  if (node.op === '.') return isPath(node.args[0]);
  return node.op === '[]' && isPath(node.args[0]) && node.args[1].op === 'value';
}

/** Whatever the arguments of a node are made of: nodes, lists of them, names. */
function partsOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(partsOf);
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : [];
}

/** In words that a person can act on: what the library draws around them is for a terminal. */
function faultOf(error: unknown): Fault {
  const { summary, message, range } = error as { summary?: string; message?: string; range?: { start: number } };
  const fault = summary ?? message ?? 'cannot be read';
  return range === undefined ? { fault } : { fault, at: range.start };
}

function shownKind(given: unknown): string {
  if (Array.isArray(given)) return 'a list';
  return typeof given === 'object' ? 'an object' : `a ${typeof given === 'bigint' ? 'number' : typeof given}`;
}
