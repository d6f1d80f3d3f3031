// Names that customers have: how a tenant's are written, and what is shown of a customer that is known by several.

import { type Static, Type } from '@sinclair/typebox';
import { isSupportedCountry } from 'libphonenumber-js/min';
import { identitySchemesMax } from '../limits.ts';
import type { Fault } from './fault.ts';
import { namePattern } from './ids.ts';
import { flag, oneOf, params, result, shape, text, timeMs } from './schemas.ts';

export const writtenAs = ['asGiven', 'lowerCase', 'digits', 'telephone', 'email'] as const;
export type WrittenAs = (typeof writtenAs)[number];

export const agentsWordDefaults = { link: 'newNames', verify: false, settle: false } as const;

const identitySettings = params({
  country: Type.Optional(
    Type.String({
      pattern: '^[A-Z]{2}$',
      examples: ['DE', 'US'],
      'x-rule': 'two capital letters, as ISO 3166-1 has them',
      'x-type': 'a country',
      description: 'Where telephone numbers without a country code are from, as in ISO 3166-1: `DE`, `US`.',
    }),
  ),
  schemes: Type.Optional(
    Type.Record(
      Type.String({ pattern: namePattern }),
      params({
        writtenAs: Type.Optional(
          oneOf(
            writtenAs,
            'How two of them are compared. Default: `tel`, `sms` and `whatsapp` as telephone, `email` as email, others asGiven.',
          ),
        ),
        onePerCustomer: Type.Optional(
          flag(
            'A customer has one of these at most: two are two customers, who are not taken for one. Default: true for `customerNumber`.',
          ),
        ),
      }),
      {
        additionalProperties: false,
        maxProperties: identitySchemesMax,
        description: 'Kinds of names, by what they are called.',
      },
    ),
  ),
  verifiedTogether: Type.Optional(
    oneOf(
      ['link', 'report', 'nothing'],
      'Names of two customers are brought verified together: they are one (link, the default), a person is to decide (report), or nothing follows.',
    ),
  ),
  agents: Type.Optional({
    ...params({
      link: Type.Optional(
        oneOf(
          ['newNames', 'anyName', 'nothing'],
          'Names that agents may give a customer whom they serve, by customer.link: such as nobody has, while one that is another customer’s is reported (newNames, the default); any, and the two are one (anyName); or none.',
        ),
      ),
      verify: Type.Optional(flag('And say that a name is verified. Default: false.')),
      settle: Type.Optional(flag('They may settle conflicts of a customer whom they serve. Default: false.')),
    }),
    description: 'What agents may say of who is who.',
  }),
});
export type IdentitySettings = Static<typeof identitySettings>;

export const tenantIdentities = Type.Optional({
  ...identitySettings,
  description: 'How names of customers are written, and what makes two customers one.',
});

/** What the schema cannot say: numbers of a country that nobody has heard of would all stay as they are given. */
export function identitiesFault({ country }: IdentitySettings): Fault | undefined {
  if (country === undefined || isSupportedCountry(country)) return undefined;
  return { path: '/country', message: `${country} is no country whose telephone numbers are known` };
}

export const because = Type.Optional(text('Why: for whoever looks at it later.'));

export const customerIdentity = shape(
  'CustomerIdentity',
  result({
    scheme: Type.String({ description: 'What kind of name it is.' }),
    value: Type.String({ description: 'The name, as it is compared.' }),
    customerId: Type.String({
      description: 'The customer that it was first seen of, which has it if the two are taken apart.',
    }),
    verifiedAt: Type.Optional(timeMs('Since when it is known to be the customer’s. Absent: somebody says so.')),
  }),
);

export const customerLink = shape(
  'CustomerLink',
  result({
    linkId: Type.String({ description: 'The link.' }),
    customers: Type.Array(Type.String(), { description: 'The two that are one by it.' }),
    by: result({
      role: Type.String({ description: 'The role of whoever made it.' }),
      sub: Type.String({ description: 'And who that was.' }),
      rule: Type.Optional(Type.String({ description: 'By which rule; absent: somebody has asked for it.' })),
    }),
    why: because,
    at: timeMs('When.'),
    undone: Type.Optional(
      result({
        role: Type.String({ description: 'The role of whoever undid it.' }),
        sub: Type.String({ description: 'And who that was.' }),
        why: because,
        at: timeMs('When.'),
      }),
    ),
  }),
);

export const conflictReasons = {
  contradicting: 'both have a name of which a customer has one at most',
  apart: 'somebody has taken them apart',
  ambiguous: 'the rule speaks for several persons, who are not one',
  tooMany: 'together they would have more names than a customer may have',
  reported: 'the rule only reports',
} as const;
export type ConflictReason = keyof typeof conflictReasons;

export const customerConflict = shape(
  'CustomerConflict',
  result({
    conflictId: Type.String({ description: 'The conflict, named by the router.' }),
    customers: Type.Array(Type.String(), { description: 'The two that may be one.' }),
    because: oneOf(
      Object.keys(conflictReasons) as [ConflictReason, ...ConflictReason[]],
      `Why they were not made one: ${Object.entries(conflictReasons)
        .map(([name, says]) => `\`${name}\`, ${says}`)
        .join('; ')}.`,
    ),
    scheme: Type.Optional(Type.String({ description: 'The kind of name that contradicts.' })),
    rule: Type.Optional(Type.String({ description: 'The rule that would have made them one.' })),
    at: timeMs('When it was found.'),
  }),
);

export const customerLinked = result({
  customerId: Type.String({ description: 'By which the person is called from now on.' }),
  link: customerLink,
});

export const customerSplit = result({
  customers: Type.Array(Type.String(), { description: 'By which they are called from now on.' }),
  role: Type.String({ description: 'The role of whoever did it.' }),
  sub: Type.String({ description: 'And who that was.' }),
  why: because,
  at: timeMs('When.'),
});
