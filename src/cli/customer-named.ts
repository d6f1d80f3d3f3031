// Whose it is, as the command line says it: by an id, or by one of a person's names.

import type { Params } from '../protocol/methods.ts';
import { UsageError } from './command-error.ts';

export interface NamedOptions {
  readonly identity?: string;
}

export type Whose = Pick<Params<'customer.get'>, 'customerId' | 'identity'>;

export function whoseOf(customerId: string | undefined, name: string | undefined): Whose {
  if ((customerId === undefined) === (name === undefined))
    throw new UsageError('say whose: a customer’s id, or --identity scheme:value, one of the two');
  if (name === undefined) return { customerId: customerId as string };
  const colon = name.indexOf(':');
  if (colon < 1 || colon === name.length - 1)
    throw new UsageError(`--identity: ${name} is no name, as email:ada@x.example is`);
  return { identity: { scheme: name.slice(0, colon), value: name.slice(colon + 1) } };
}
