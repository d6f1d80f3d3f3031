// A client's picture beside what the router shows on the same connection, at the same place in the order of what it told.

import { canonical } from '../../../src/protocol/canonical.ts';
import { AgentPicture, agentShown, contactShown, type LinePicture, stateOf } from '../../crash/pictures.ts';
import type { Party } from '../party.ts';
import type { Members } from '../setting.ts';
import { WatcherPicture } from '../watcher-picture.ts';

/** Undefined when there is nothing to compare, or nobody answered. */
export async function comparePicture(party: Party): Promise<string | undefined> {
  const { picture, who } = party;
  if (picture instanceof AgentPicture) {
    const view = await party.read('agent.get', {});
    return view && (agentsDiffer(picture, view) ?? (await holdsDiffer(party, picture)));
  }
  if (picture instanceof WatcherPicture) return watcherDiffers(party, picture);
  if (who.role !== 'switch' && who.role !== 'customer') return undefined;
  const page = (await party.read('contact.list', { limit: 1_000 })) as { contacts: Members[] } | undefined;
  if (page === undefined) return undefined;
  const shown = page.contacts.map(contactShown).filter(({ state }) => state !== 'ended');
  const believed = [...picture.contacts.values()].filter(({ state }) => state !== 'ended');
  return differ(sorted(believed), sorted(shown));
}

/** Whose customers, and who of those that were asked, are on hold, and since when. */
async function holdsDiffer(party: Party, picture: AgentPicture): Promise<string | undefined> {
  if (picture.served.size === 0) return undefined;
  const page = (await party.read('contact.list', { state: 'connected', limit: 1_000 })) as
    | { contacts: Members[] }
    | undefined;
  if (page === undefined) return undefined;
  const mine = page.contacts.filter(({ agentId }) => agentId === party.who.sub);
  const asked = mine.map(({ consultId }) => consultId as string | undefined).filter((id) => id !== undefined);
  const shown = mine.map(heldIn).filter((one) => one !== undefined);
  const believed = [...picture.held].filter(([contactId]) => !asked.includes(contactId)).map((one) => one.join(' '));
  return differ(believed.sort(), shown.sort()) ?? (await consultsDiffer(party, picture, asked));
}

async function consultsDiffer(party: Party, { held }: AgentPicture, asked: readonly string[]) {
  for (const contactId of asked) {
    const view = (await party.read('contact.get', { contactId })) as Members | undefined;
    const since = held.get(contactId);
    const differs = view && differ(since && `${contactId} ${since}`, heldIn(view));
    if (differs !== undefined) return differs;
  }
  return undefined;
}

function heldIn({ contactId, heldSince }: Members): string | undefined {
  return heldSince === undefined ? undefined : `${String(contactId)} ${String(heldSince)}`;
}

async function watcherDiffers(party: Party, picture: WatcherPicture): Promise<string | undefined> {
  if (!picture.isWatching) return undefined;
  const page = (await party.read('agent.list', { limit: 1_000 })) as { agents: Members[] } | undefined;
  if (page === undefined) return undefined;
  // Who has come since is not told.
  const agents = page.agents.filter(({ agentId }) => agentId !== 'temp');
  const shown = agents.map(stateOf);
  return differ(picture.shown(new Set(agents.map(({ agentId }) => agentId as string))), shown);
}

function agentsDiffer(picture: AgentPicture, view: Members): string | undefined {
  const lines = view.lines as LinePicture[];
  const ringing = lines.filter(({ state }) => state === 'ringing').map(({ contactId }) => contactId);
  const offered = [...[...picture.offers.values()].map(({ contactId }) => contactId), ...picture.dialling];
  const served = [...picture.served.values()].map(({ contactId, state }) => `${contactId} ${state}`);
  const inService = lines.filter(({ state }) => state === 'connected' || state === 'wrapUp');
  return (
    differ(picture.shown, agentShown(view)) ??
    differ(offered.sort(), ringing.sort()) ??
    differ(served.sort(), inService.map((line) => `${line.contactId} ${line.state}`).sort())
  );
}

function sorted<T extends { readonly contactId: string }>(contacts: T[]): T[] {
  return contacts.sort((a, b) => (a.contactId < b.contactId ? -1 : 1));
}

function differ(believed: unknown, shown: unknown): string | undefined {
  const [ours, theirs] = [canonical(believed), canonical(shown)];
  return ours === theirs ? undefined : `believes\n    ${ours}\n  and the router shows\n    ${theirs}`;
}
