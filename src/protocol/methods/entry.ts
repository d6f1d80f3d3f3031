// Entries: the numbers and addresses of the tenant, and the queues that they lead to.

import { Type } from '@sinclair/typebox';
import { entryProperties } from '../entry.ts';
import { changing, cursor, limit, nextCursor, params, result, shape } from '../schemas.ts';
import { method, settingUp, watching } from './method.ts';

const { entry } = entryProperties;
const entryView = shape('Entry', result(entryProperties));

export const entryMethods = {
  'entry.set': method({
    summary: 'Says to which queue a number or address of yours leads: contact.create takes it instead of the queue.',
    roles: settingUp,
    params: changing(entryProperties),
    result: entryView,
    changes: true,
    refusals: ['queue_not_found', 'too_many_entries'],
  }),
  'entry.get': method({
    summary: 'Where an entry leads.',
    roles: watching,
    params: params({ entry }),
    result: entryView,
    changes: false,
    refusals: ['entry_not_found'],
  }),
  'entry.list': method({
    summary: 'All entries, in the order in which they were made.',
    roles: watching,
    params: params({ limit, cursor }),
    result: result({ entries: Type.Array(entryView), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
  'entry.remove': method({
    summary: 'Removes an entry. Contacts that came by it go on.',
    roles: settingUp,
    params: changing({ entry }),
    result: result({ entry }),
    changes: true,
    refusals: ['entry_not_found'],
  }),
};
