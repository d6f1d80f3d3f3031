// Business data: what customers have begun on one channel and go on with on another (docs/customers.md).

import { Type } from '@sinclair/typebox';
import { businessView } from '../business.ts';
import {
  attributes,
  changing,
  channel,
  cursor,
  flag,
  id,
  identity,
  limit,
  name,
  nextCursor,
  params,
  result,
  text,
} from '../schemas.ts';
import { attending, method, settingUp } from './method.ts';

const businessId = id('The business, of your making.');
const of = {
  customerId: Type.Optional(id('Whose it is.')),
  identity: Type.Optional(identity),
};

export const businessMethods = {
  'business.put': method({
    summary:
      'Begins a business of a customer, or says how it is now. Agents name the contact in which they do so, which is theirs, and put business of its customer alone.',
    roles: attending,
    params: changing({
      businessId,
      ...of,
      contactId: Type.Optional(id('In which contact: its customer is meant, and the business was gone on with there.')),
      type: name('What it is: `order`, `claim`, …'),
      status: name('Where it stands, in words of your own.'),
      open: Type.Optional(flag('There is something to do still. Default: true.')),
      channel: Type.Optional(channel),
      title: Type.Optional(text('What agents see of it with the offer.')),
      data: Type.Optional(attributes),
    }),
    result: businessView,
    changes: true,
    refusals: [
      'contact_not_found',
      'not_allowed_for_role',
      'contact_has_no_customer',
      'customer_not_found',
      'contact_of_another_customer',
      'business_of_another_customer',
      'too_many_businesses',
    ],
  }),
  'business.get': method({
    summary: 'A business, with its data. Agents see that of customers whom they serve or are offered.',
    roles: attending,
    params: params({ businessId: id('The business.') }),
    result: businessView,
    changes: false,
    refusals: ['business_not_found', 'customer_not_served'],
  }),
  'business.list': method({
    summary:
      'Business of a person, or of all, in the order in which it was begun. Agents name a customer whom they serve or are offered.',
    roles: attending,
    params: params({
      ...of,
      type: Type.Optional(name('Of this type alone.')),
      status: Type.Optional(name('Of this status alone.')),
      open: Type.Optional(flag('What is open, or what is not.')),
      limit,
      cursor,
    }),
    result: result({ businesses: Type.Array(businessView), cursor: nextCursor }),
    changes: false,
    refusals: ['customer_not_found', 'not_allowed_for_role', 'customer_not_served'],
  }),
  'business.remove': method({
    summary: 'Forgets a business and its data.',
    roles: settingUp,
    params: changing({ businessId: id('The business.') }),
    result: result({ businessId: id('The business.') }),
    changes: true,
    refusals: ['business_not_found'],
  }),
};
