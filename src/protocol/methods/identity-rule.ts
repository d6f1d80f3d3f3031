// The tenant's own rules for who is who (docs/customers.md).

import { Type } from '@sinclair/typebox';
import { identityRuleFault, identityRuleProperties, identityRuleView } from '../identity-rules.ts';
import { changing, cursor, flag, id, limit, nextCursor, params, result } from '../schemas.ts';
import { method, settingUp, watching } from './method.ts';

const ruleId = id('The rule, of your making.');

export const identityRuleMethods = {
  'identityRule.set': method({
    summary:
      'Customers of whom an expression gives the same key are one, or are reported. It holds for those who are known, too, who are gone through bit by bit: identityRule.list shows how far.',
    roles: settingUp,
    params: changing({
      ruleId,
      ...identityRuleProperties,
      dryRun: Type.Optional(
        flag(
          'Only tries the expression, with the newest customers: `found` says what it gives for each. Default: false.',
        ),
      ),
    }),
    result: identityRuleView,
    changes: true,
    furtherFault: (given) => identityRuleFault(given as { ruleId: string }),
    refusals: ['identity_rule_expression_wrong', 'too_many_identity_rules'],
  }),
  'identityRule.list': method({
    summary: 'All rules, in the order in which they were set, with what has come of each.',
    roles: watching,
    params: params({ limit, cursor }),
    result: result({ rules: Type.Array(identityRuleView), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
  'identityRule.remove': method({
    summary: 'Removes a rule. Links that it has made stay: customer.split undoes them.',
    roles: settingUp,
    params: changing({ ruleId }),
    result: result({ ruleId }),
    changes: true,
    refusals: ['identity_rule_not_found'],
  }),
};
