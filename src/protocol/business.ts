// Business data, as it is shown.

import { Type } from '@sinclair/typebox';
import { attributes, channel, flag, id, name, result, shape, text, timeMs } from './schemas.ts';

const brief = {
  businessId: id('The business.'),
  type: name('What it is.'),
  status: name('Where it stands.'),
  channel: Type.Optional(channel),
  title: Type.Optional(text('What it is about.')),
  updatedAt: timeMs('When something of it was changed last.'),
};

/** What agents see with the offer: without data, which business.get shows. */
export const openBusiness = shape('OpenBusiness', result(brief));

export const businessView = shape(
  'Business',
  result({
    ...brief,
    customerId: id('By whose name it was begun.'),
    open: flag('There is something to do still.'),
    data: Type.Optional(attributes),
    contacts: Type.Array(result({ contactId: id('The contact.'), channel, at: timeMs('When.') }), {
      description: 'In which contacts it was gone on with; the last ones.',
    }),
    history: Type.Array(
      result({
        status: name('Where it stood.'),
        open: flag('Whether there was something to do.'),
        at: timeMs('Since when.'),
        by: result({ role: name('The role of whoever said so.'), sub: text('And who that was.') }),
      }),
      { description: 'How it stood; the last ones.' },
    ),
    createdAt: timeMs('When it was begun.'),
  }),
);
