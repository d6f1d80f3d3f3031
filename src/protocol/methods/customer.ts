// Customers: persons, known by the names they have on channels.

import { Type } from '@sinclair/typebox';
import { changing, flag, id, identity, params, result, timeMs } from '../schemas.ts';
import { method } from './method.ts';

const customerId = id('The customer, named by the router.');
const lastAgentId = Type.Optional(id('Who served this customer last.'));

export const customerMethods = {
  'customer.resolve': method({
    summary: 'The customer of an identity; a new one where it is not known yet.',
    roles: ['app', 'switch', 'admin'],
    params: changing({ identity }),
    result: result({ customerId, created: flag('It was not known before.'), lastAgentId }),
    changes: true,
    refusals: [],
  }),
  'customer.get': method({
    summary: 'A customer, by id or by identity.',
    roles: ['app', 'switch', 'admin', 'agent', 'supervisor'],
    params: params({ customerId: Type.Optional(customerId), identity: Type.Optional(identity) }),
    result: result({
      customerId,
      identities: Type.Array(identity),
      createdAt: timeMs('First known.'),
      lastAgentId,
      lastServedAt: Type.Optional(timeMs('When that was.')),
    }),
    changes: false,
    exactlyOne: ['customerId', 'identity'],
    refusals: ['customer_not_found'],
  }),
};
