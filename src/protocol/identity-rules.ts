// The tenant's own rules for who is who: expressions that give a key, and what follows for customers of whom one gives the same.

import { Type } from '@sinclair/typebox';
import { expressionCharactersMax } from '../limits.ts';
import type { Fault } from './fault.ts';
import { because } from './identities.ts';
import { count, id, oneOf, result, shape, text, timeMs } from './schemas.ts';

/** The one that the router has itself, by which links of names that were brought verified together are called. */
export const builtInRule = 'verifiedTogether';

export const identityRuleProperties = {
  expression: Type.String({
    minLength: 1,
    maxLength: expressionCharactersMax,
    format: 'lines',
    description:
      'In CEL, of one customer: `name` {scheme, value, verified}, `attributes`, `business` [{businessId, type, status, open, channel, title, data}]. It gives a key, a text; an empty one or null: nothing. See docs/customers.md.',
    examples: ['name.scheme == "card" ? name.value : ""'],
  }),
  follows: oneOf(
    ['link', 'report'],
    'For customers with the same key: they are one, unless something speaks against it (link); or somebody is to decide (report).',
  ),
  why: because,
};

export const identityRuleView = shape(
  'IdentityRule',
  result({
    ruleId: id('The rule.'),
    ...identityRuleProperties,
    since: timeMs('When it was set so.'),
    state: oneOf(
      ['reading', 'joining', 'done', 'broken', 'tried'],
      'reading: keys are found of the customers whom the tenant has. joining: customers with the same key are brought together. done: it holds for all, and for each who comes or changes. broken: this router cannot read its expression. tried: by a dry run, of the newest customers; nothing is set.',
    ),
    goneThrough: count(
      'Up to which customer, of `customers`, it was gone through in this state; with how many it was tried.',
    ),
    customers: count('The number of the newest customer.'),
    keys: count('Customers for whom it gives a key.'),
    failing: count('Customers for whom it fails, and gives nothing.'),
    lastFault: Type.Optional(
      result({ customerId: id('Of which customer.'), fault: text('How it failed, and where in the expression.') }),
    ),
    linked: count('Links that it has made.'),
    reported: count('Conflicts that it has reported.'),
    tooCommon: count('Customers whose key more have than may be one: nothing followed for them.'),
    found: Type.Optional(
      Type.Array(
        result({
          customerId: id('The customer.'),
          key: Type.Optional(text('The key that it gives.')),
          fault: Type.Optional(text('How it fails, and where in the expression.')),
        }),
        {
          description:
            'By a dry run: what it gives for each of them, the newest first. Those for whom it gives nothing are left out.',
        },
      ),
    ),
  }),
);

export function identityRuleFault({ ruleId }: { readonly ruleId: string }): Fault | undefined {
  return ruleId === builtInRule ? { path: '/ruleId', message: 'is what the router calls its own rule' } : undefined;
}
