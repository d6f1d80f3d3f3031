// An entry: a number or address of the tenant and where it leads, as entry.set and the configuration document have it.

import { id, text } from './schemas.ts';

export const entryProperties = {
  entry: text('A number in E.164, or an address, exactly as contacts will name it.'),
  queueId: id('The queue that it leads to.'),
};
