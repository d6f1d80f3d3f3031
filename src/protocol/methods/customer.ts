// Customers: persons, known by the names they have on channels (docs/customers.md).

import { Type } from '@sinclair/typebox';
import { customerAttributesBytesMax } from '../../limits.ts';
import { because, customerConflict, customerIdentity, customerLink } from '../identities.ts';
import {
  anyObject,
  changing,
  channel,
  cursor,
  flag,
  id,
  identity,
  limit,
  name,
  nextCursor,
  oneOf,
  params,
  result,
  timeMs,
  verifiedIdentities,
} from '../schemas.ts';
import { timelineEntry, timelineKind } from '../timeline.ts';
import { attending, method, watching } from './method.ts';

const customerId = id('The customer, named by the router.');
const lastAgentId = Type.Optional(id('Who served this customer last.'));
const linkId = id('The link, of your making.');

const customerAttributes = Type.Record(Type.String(), Type.Unknown(), {
  description: 'Attributes of the person: of each name what was noted last of any of its customers.',
});

const linked = result({
  customerId,
  linked: flag('They are one now. If not, `conflict` says why, and waits for customer.settle.'),
  conflict: Type.Optional(customerConflict),
});

const byIdOrIdentity = {
  customerId: Type.Optional(customerId),
  identity: Type.Optional(identity),
};

const erasure = {
  erasureId: id('The erasure, named by the router.'),
  customers: Type.Array(customerId, { description: 'Who was one person, and is nobody now.' }),
  state: oneOf(
    ['erasing', 'erased', 'gone'],
    'erasing: a part is left, and goes by itself. erased: nobody can read anything of it any more. gone: neither is anything of it on the disk.',
  ),
  requestedAt: timeMs('When it was asked for.'),
  untilMs: timeMs('By then it is gone from the disk.'),
  erased: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
    description:
      'How many of each kind: contacts, messages, and so on. What stays in the books counts where it has become nobody’s.',
  }),
  erasedAt: Type.Optional(timeMs('When the last of it was erased.')),
  goneAt: Type.Optional(timeMs('When the last byte had left the disk.')),
};
export const erasureView = result(erasure);
const timelineOf = {
  ...byIdOrIdentity,
  contactId: Type.Optional(id('The customer of this contact; agents name one of theirs.')),
};

export const customerMethods = {
  'customer.erase': method({
    summary:
      'Erases a person: all customers that are one, and whatever is kept of them anywhere. Not undone by anything. Said again with the id, it says how far it is.',
    roles: ['admin', 'app'],
    params: changing({
      ...byIdOrIdentity,
      leaveBalance: Type.Optional(
        flag('Money that is left stays on an account of nobody’s. Default: false, it is refused while there is any.'),
      ),
    }),
    result: erasureView,
    changes: true,
    exactlyOne: ['customerId', 'identity'],
    refusals: ['customer_not_found', 'customer_still_served', 'customer_has_balance'],
  }),
  'customer.erasure': method({
    summary: 'How far an erasure is, and what has gone.',
    roles: ['admin', 'app'],
    params: params({ erasureId: erasure.erasureId }),
    result: erasureView,
    changes: false,
    refusals: ['erasure_not_found'],
  }),
  'customer.resolve': method({
    summary: 'The customer of an identity; a new one where it is not known yet.',
    roles: ['app', 'switch', 'admin'],
    params: changing({ identity: Type.Optional(identity), verifiedIdentities: Type.Optional(verifiedIdentities) }),
    result: result({ customerId, created: flag('It was not known before.'), lastAgentId }),
    changes: true,
    furtherFault: ({ identity, verifiedIdentities }: { identity?: unknown; verifiedIdentities?: unknown }) =>
      identity === undefined && verifiedIdentities === undefined
        ? { path: '/identity', message: 'is missing, and so is verifiedIdentities: one of them says who it is' }
        : undefined,
    refusals: [],
  }),
  'customer.get': method({
    summary: 'A customer, by id or by identity: all of a person, by whichever of its names or ids it is asked for.',
    roles: ['app', 'switch', 'admin', 'agent', 'supervisor'],
    params: params(byIdOrIdentity),
    result: result({
      customerId,
      joined: Type.Optional(
        Type.Array(customerId, { description: 'Other customers that were found to be the same person.' }),
      ),
      identities: Type.Array(customerIdentity),
      links: Type.Optional(
        Type.Array(customerLink, { description: 'Who has made them one, and who took them apart; in that order.' }),
      ),
      attributes: Type.Optional(customerAttributes),
      createdAt: timeMs('First known.'),
      lastAgentId,
      lastServedAt: Type.Optional(timeMs('When that was.')),
    }),
    changes: false,
    exactlyOne: ['customerId', 'identity'],
    refusals: ['customer_not_found'],
  }),
  'customer.update': method({
    summary:
      'Notes attributes of a customer, name by name; null takes one away. Of a person what was noted last holds, and agents are shown it with the offer. Agents note them of customers whom they serve.',
    roles: attending,
    params: changing({
      customerId: id('The customer.'),
      attributes: anyObject(customerAttributesBytesMax, 'As a name, a language, a segment'),
    }),
    result: result({ customerId, attributes: customerAttributes }),
    changes: true,
    refusals: ['customer_not_found', 'customer_not_served', 'customer_attributes_too_large'],
  }),
  'customer.timeline': method({
    summary:
      'What was and is of a person, on all channels, the latest first. A page may be short and still say that there is more; what comes meanwhile stands before it.',
    roles: attending,
    params: params({
      ...timelineOf,
      kinds: Type.Optional(
        Type.Array(timelineKind, { minItems: 1, maxItems: 32, uniqueItems: true, description: 'Only of these kinds.' }),
      ),
      channels: Type.Optional(
        Type.Array(channel, { minItems: 1, maxItems: 32, uniqueItems: true, description: 'Only on these channels.' }),
      ),
      from: Type.Optional(timeMs('At that time or later.')),
      to: Type.Optional(timeMs('Before.')),
      limit,
      cursor,
    }),
    result: result({ customerId, entries: Type.Array(timelineEntry), cursor: nextCursor }),
    changes: false,
    furtherFault: (given: {
      customerId?: unknown;
      identity?: unknown;
      contactId?: unknown;
      from?: number;
      to?: number;
    }) => {
      if (given.from !== undefined && given.to !== undefined && given.to <= given.from)
        return { path: '/to', message: 'expected a later time than `from`' };
      if (given.customerId !== undefined && given.identity !== undefined)
        return { path: '/identity', message: 'is given beside customerId: one of them says who it is' };
      const isNamed = (given.customerId ?? given.identity ?? given.contactId) !== undefined;
      return isNamed ? undefined : { path: '/customerId', message: 'is missing, and so are identity and contactId' };
    },
    refusals: [
      'customer_not_found',
      'contact_not_found',
      'contact_has_no_customer',
      'contact_of_another_customer',
      'customer_not_served',
    ],
  }),
  'customer.export': method({
    summary:
      'Everything that is kept about a person, page by page: what modules have of each of its customers, then the whole timeline, texts included.',
    roles: ['admin'],
    params: params({ ...byIdOrIdentity, limit, cursor }),
    result: result({
      customerId,
      customers: Type.Array(customerId, { description: 'All customers of the person.' }),
      items: Type.Array(
        result({
          part: name(
            'What it is: `customer`, its names and links; `business`, `account`, `affinity`, `document`, `callback`, `blocked`, as they stand; `rule`, the keys that rules of the tenant have given; `handover`, what platforms have said of calls that have not come; `timeline`, an entry as customer.timeline shows it, with all that is kept.',
          ),
          item: Type.Record(Type.String(), Type.Unknown(), { description: 'The thing.' }),
        }),
      ),
      cursor: nextCursor,
    }),
    changes: false,
    exactlyOne: ['customerId', 'identity'],
    refusals: ['customer_not_found'],
  }),
  'customer.link': method({
    summary:
      'The name is the customer’s as well. Where it is another customer’s, the two are one from now on, with all that they have; customer.split undoes it. Agents say so of customers whom they serve, as far as the tenant’s `identities` let them.',
    roles: attending,
    params: params({
      linkId,
      customerId,
      identity,
      verified: Type.Optional(flag('It is known to be the customer’s. Default: false, somebody says so.')),
      why: because,
    }),
    result: linked,
    changes: true,
    creates: 'linkId',
    refusals: [
      'not_allowed_for_role',
      'customer_not_served',
      'customer_not_found',
      'identity_not_valid',
      'customer_link_exists_with_different_content',
      'too_many_links',
    ],
  }),
  'customer.merge': method({
    summary: 'Two customers are one from now on, with all that they have; customer.split undoes it.',
    roles: watching,
    params: params({ linkId, customerId, otherId: id('The other customer.'), why: because }),
    result: linked,
    changes: true,
    creates: 'linkId',
    refusals: ['customer_not_found', 'customer_link_exists_with_different_content', 'too_many_links'],
  }),
  'customer.split': method({
    summary:
      'Undoes a link, or takes a name from its customer: each has again what came by its own names. No rule joins them any more. Said again, there is nothing left to undo.',
    roles: watching,
    params: changing({
      linkId: Type.Optional(id('The link to undo.')),
      identity: Type.Optional(identity),
      why: because,
    }),
    result: result({
      customers: Type.Array(result({ customerId, identities: Type.Array(customerIdentity) }), {
        description: 'Who they are now: the one that was split, and who came out of it.',
      }),
    }),
    changes: true,
    exactlyOne: ['linkId', 'identity'],
    refusals: ['customer_link_not_found', 'customer_not_found'],
  }),
  'customer.conflicts': method({
    summary:
      'Customers who may be one, and of whom a person has to say so: the oldest first. Agents ask of customers whom they serve.',
    roles: attending,
    params: params({ customerId: Type.Optional(id('Of this customer alone.')), limit, cursor }),
    result: result({ conflicts: Type.Array(customerConflict), cursor: nextCursor }),
    changes: false,
    refusals: ['not_allowed_for_role', 'customer_not_served', 'customer_not_found'],
  }),
  'customer.settle': method({
    summary:
      'Says of two customers who may be one whether they are. Agents do where the tenant’s `identities` let them.',
    roles: attending,
    params: changing({
      conflictId: id('Of customer.conflicts.'),
      as: oneOf(
        ['same', 'different'],
        'They are one, whatever their names say; or they are not, and no rule joins them.',
      ),
      why: because,
    }),
    result: result({ customers: Type.Array(customerId, { description: 'One, or two.' }) }),
    changes: true,
    refusals: ['not_allowed_for_role', 'customer_not_served', 'customer_conflict_not_found', 'too_many_links'],
  }),
};
