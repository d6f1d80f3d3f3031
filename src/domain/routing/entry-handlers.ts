// entry.set, get, list and remove.

import { entriesPerTenantMax } from '../../limits.ts';
import { contentOf } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted } from '../module.ts';
import { pageOf } from '../pages.ts';
import type { Entry, EntryGiven } from './entries.ts';
import type { RoutingState } from './routing-state.ts';

export function setEntry(state: RoutingState, params: Params<'entry.set'>, admission: Admission): Admitted {
  const given: EntryGiven = contentOf(params);
  const known = state.entries.find(given.entry);
  if (known?.queueId === given.queueId) return { result: entryViewOf(known) };
  if (state.queues.find(given.queueId) === undefined) return refuse('queue_not_found');
  if (known === undefined && state.entries.count >= entriesPerTenantMax) return refuse('too_many_entries');
  return { result: entryViewOf(state.entries.set(given, admission)) };
}

export function getEntry(state: RoutingState, { entry }: Params<'entry.get'>): Admitted {
  const known = state.entries.find(entry);
  return known === undefined ? refuse('entry_not_found') : { result: entryViewOf(known) };
}

export function listEntries(state: RoutingState, params: Params<'entry.list'>): Admitted {
  const { items, cursor } = pageOf(
    params,
    (number) => state.entries.after(number),
    ({ number }) => number,
  );
  return { result: { entries: items.map(entryViewOf), ...cursor } };
}

export function removeEntry(state: RoutingState, { entry }: Params<'entry.remove'>, admission: Admission): Admitted {
  const known = state.entries.find(entry);
  if (known === undefined) return refuse('entry_not_found');
  state.entries.remove(known, admission);
  return { result: { entry } };
}

export function entryViewOf({ entry, queueId }: Entry): EntryGiven {
  return { entry, queueId };
}
