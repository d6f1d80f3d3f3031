// Documents that receivers hand over in contacts that are paid for.

import { Type } from '@sinclair/typebox';
import { documentBought, documentFault, documentProperties, documentStates, documentView } from '../documents.ts';
import { changing, cursor, id, limit, nextCursor, oneOf, params, result } from '../schemas.ts';
import { bringing, everyone, method } from './method.ts';

const handing = ['agent', 'app'] as const;
const documentId = id('The document.');

export const documentMethods = {
  'document.hand': method({
    summary:
      'Hands a document over to the customer of a contact that is paid for: the agent who serves it or wraps it up, or an application for that one. The customer is told title and price, and gets it by document.collect, once it is paid. At a rate per document it costs what the rate says, or less if you say so; in other paid contacts what you say, or nothing.',
    roles: handing,
    params: params({
      documentId: id('Of your making.'),
      contactId: id('The contact, in service or in wrap-up.'),
      ...documentProperties,
    }),
    result: documentView,
    changes: true,
    creates: 'documentId',
    furtherFault: documentFault,
    refusals: [
      'document_exists_with_different_content',
      'contact_not_found',
      'contact_already_ended',
      'contact_not_connected',
      'contact_not_paid_for',
      'receiver_is_another',
      'currencies_differ',
      'document_price_too_high',
      'too_many_documents',
    ],
  }),
  'document.collect': method({
    summary:
      'Pays a document that was handed over, and gives it. Whoever collects it again gets the same again, and pays nothing: for as long as it is kept.',
    roles: bringing,
    params: changing({ documentId }),
    result: documentBought,
    changes: true,
    refusals: ['document_not_found', 'document_not_open', 'funds_insufficient'],
  }),
  'document.withdraw': method({
    summary: 'Takes the offer of a document back that was not bought.',
    roles: handing,
    params: changing({ documentId }),
    result: documentView,
    changes: true,
    refusals: ['document_not_found', 'document_not_open'],
  }),
  'document.list': method({
    summary:
      'Documents, without their content, in the order in which they were handed over. Agents see those that they handed over, customers and switches those that they may collect.',
    roles: everyone,
    params: params({
      contactId: Type.Optional(id('Of this contact.')),
      state: Type.Optional(oneOf(documentStates)),
      limit,
      cursor,
    }),
    result: result({ documents: Type.Array(documentView), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
};
