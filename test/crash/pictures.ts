// What a client knows, from nothing but its states and notifications: the picture that must equal the router's lists.
//
// A picture is taken anew with each full state and then changed by each notification. It knows nothing of routing.

type Members = Readonly<Record<string, unknown>>;

export interface LinePicture {
  readonly lineId: string;
  readonly channel: string;
  readonly state: string;
  readonly contactId: string | undefined;
}

export interface OfferPicture {
  readonly offerId: string;
  readonly contactId: string;
  readonly lineId: string;
}

export class AgentPicture {
  agent: Members = {};
  readonly lines = new Map<string, LinePicture>();
  readonly offers = new Map<string, OfferPicture>();
  /** Calls that it makes, and that are not in service yet. */
  readonly dialling = new Set<string>();
  /** By line, what is in service or wrapping up there. */
  readonly served = new Map<string, { readonly contactId: string; readonly state: 'connected' | 'wrapUp' }>();
  /** That it has put aside. */
  readonly parked = new Map<string, { readonly contactId: string; readonly state: 'parked' }>();
  /** In service here, or asked from here, and on hold, with since when. */
  readonly held = new Map<string, number>();
  /** By consultation that somebody has taken, what it is about: of those of which it has heard since its session opened. */
  readonly asking = new Map<string, string>();

  taken(state: Members): void {
    const { agent, offers, contacts } = state as { agent: Members; offers: OfferPicture[]; contacts: Members[] };
    this.agent = stateOf(agent);
    this.lines.clear();
    for (const line of agent.lines as LinePicture[]) this.#line(line);
    this.offers.clear();
    for (const { offerId, contactId, lineId } of offers) this.offers.set(offerId, { offerId, contactId, lineId });
    this.dialling.clear();
    this.served.clear();
    this.held.clear();
    this.asking.clear();
    this.parked.clear();
    for (const { contactId } of state.parked as { contactId: string }[])
      this.parked.set(contactId, { contactId, state: 'parked' });
    for (const contact of contacts as (OfferPicture & Members)[]) {
      const { contactId, state: doing, offerId, lineId, heldSince, dialled, servedBefore } = contact;
      if (doing === 'connecting' && dialled !== undefined && servedBefore === undefined) this.dialling.add(contactId);
      // Taken, and not joined yet: the offer may still be withdrawn.
      else if (doing === 'connecting') this.offers.set(offerId, { offerId, contactId, lineId });
      else this.served.set(lineId, { contactId, state: doing as 'connected' });
      if (heldSince !== undefined) this.held.set(contactId, heldSince as number);
    }
    for (const { contactId, heldSince } of state.consultations as { contactId: string; heldSince?: number }[])
      if (heldSince !== undefined) this.held.set(contactId, heldSince);
  }

  told(event: string, params: Members): void {
    const { contactId, offerId, lineId } = params as { contactId: string; offerId: string; lineId: string };
    if (event === 'contact.consulting') {
      const consultId = params.consultId as string;
      if (params.state === 'connected') this.asking.set(consultId, contactId);
      if (params.state === 'over') {
        this.asking.delete(consultId);
        this.held.delete(consultId);
      }
    }
    if (event === 'agent.changed') this.agent = stateOf(params);
    if (event === 'line.changed') this.#line(params as unknown as LinePicture);
    if (event === 'offer.created') this.offers.set(offerId, { offerId, contactId, lineId });
    if (event === 'offer.withdrawn') this.offers.delete(offerId);
    // Of a colleague it is told as well once the two have been on the line.
    const isServed = [...this.served.values()].some((served) => served.contactId === contactId);
    if (event === 'contact.dialling' && !isServed) this.dialling.add(contactId);
    if (event === 'contact.connected' || event === 'contact.ended') this.dialling.delete(contactId);
    if (event === 'contact.connected') {
      this.served.set(lineId, { contactId, state: 'connected' });
      for (const offer of this.offers.values()) if (offer.contactId === contactId) this.offers.delete(offer.offerId);
    }
    if (event === 'contact.held') this.held.set(contactId, params.since as number);
    if (event === 'contact.parked') this.parked.set(contactId, { contactId, state: 'parked' });
    if (event === 'contact.unparked' || event === 'contact.ended') this.parked.delete(contactId);
    if (event === 'contact.resumed' || event === 'contact.ended' || event === 'contact.parted')
      this.held.delete(contactId);
    if (event === 'contact.wrapUp') this.served.set(lineId, { contactId, state: 'wrapUp' });
  }

  /** As agent.get shows it. */
  get shown(): Members {
    return { ...this.agent, lines: [...this.lines.values()].sort(byLineId) };
  }

  #line({ lineId, channel, state, contactId }: LinePicture): void {
    if (state === 'gone') this.lines.delete(lineId);
    else this.lines.set(lineId, { lineId, channel, state, contactId });
    if (state === 'free') this.served.delete(lineId);
  }
}

/** Of agent.get, agent.list and their like: what a picture has of it. */
export function agentShown(view: Members): Members {
  const lines = (view.lines as LinePicture[]).map(({ lineId, channel, state, contactId }) => {
    return { lineId, channel, state, contactId };
  });
  return { ...stateOf(view), lines: lines.sort(byLineId) };
}

export function stateOf({ agentId, state, reason, since, ready }: Members): Members {
  return { agentId, state, reason, since, ready };
}

function byLineId(one: LinePicture, other: LinePicture): number {
  return one.lineId < other.lineId ? -1 : 1;
}

export interface ContactPicture {
  readonly contactId: string;
  readonly state: string;
  readonly agentId: string | undefined;
  readonly lineId: string | undefined;
  readonly heldSince?: number | undefined;
  /** Where it rings as well, in the order in which it began to. */
  readonly rings?: readonly Place[] | undefined;
}

interface Place {
  readonly agentId: string;
  readonly lineId: string;
}

export class SwitchPicture {
  readonly contacts = new Map<string, ContactPicture>();

  /** Who is not in the state and was there before has ended meanwhile. */
  taken(state: Members): void {
    const live = new Map((state.contacts as Members[]).map((contact) => [contact.contactId as string, contact]));
    for (const contactId of this.contacts.keys()) {
      if (!live.has(contactId)) this.contacts.set(contactId, ended(contactId));
    }
    for (const contact of live.values()) this.shown(contact);
  }

  shown(view: Members): void {
    const shown = contactShown(view);
    this.contacts.set(shown.contactId, shown);
  }

  told(event: string, params: Members): void {
    const { contactId, agentId, lineId } = params as { contactId: string; agentId: string; lineId: string };
    const become = (state: string, where: { agentId?: string; lineId?: string }) =>
      this.contacts.set(contactId, { contactId, state, agentId: where.agentId, lineId: where.lineId });
    if (event === 'contact.queued') become('waiting', {});
    if (event === 'contact.waitingFor' && params.inQueue !== true) become('waitingFor', { agentId });
    if (event === 'contact.parked') become('parked', {});
    const known = this.contacts.get(contactId);
    const ringing = known?.state === 'ringing' ? placesOf(known) : [];
    const before = params.others === undefined ? [] : ringing;
    if (event === 'contact.offered' && !before.some((place) => place.lineId === lineId))
      this.contacts.set(contactId, rings(contactId, [...before, { agentId, lineId }]));
    if (event === 'contact.offerOver')
      this.contacts.set(
        contactId,
        rings(
          contactId,
          ringing.filter((place) => place.lineId !== lineId),
        ),
      );
    if (event === 'contact.connected') become('connected', { agentId, lineId });
    if (event === 'contact.ended') this.contacts.set(contactId, ended(contactId));
    // It is another's now, or has become ours.
    if (event === 'contact.moved' && params.left === true) this.contacts.delete(contactId);
    if (event === 'contact.moved' && params.contact !== undefined) this.shown(params.contact as Members);
    const held = this.contacts.get(contactId);
    if (event === 'contact.held' && held) this.contacts.set(contactId, { ...held, heldSince: params.since as number });
    if (event === 'contact.resumed' && held) this.contacts.set(contactId, { ...held, heldSince: undefined });
  }
}

/** Of contact.get: what its switch can know. Wrap-up is the agent's affair, and where it ended is history. */
export function contactShown({ contactId, state, agentId, lineId, heldSince, offers }: Members): ContactPicture {
  if (state === 'wrapUp' || state === 'ended') return ended(contactId as string);
  if (offers !== undefined)
    return rings(
      contactId as string,
      (offers as Place[]).map((of) => ({ agentId: of.agentId, lineId: of.lineId })),
    );
  return {
    contactId: contactId as string,
    // That somebody picked up is not told: until the two are joined it rings.
    state: state === 'connecting' ? 'ringing' : (state as string),
    agentId: agentId as string | undefined,
    lineId: lineId as string | undefined,
    ...(heldSince !== undefined && { heldSince: heldSince as number }),
  };
}

function placesOf(known: ContactPicture | undefined): readonly Place[] {
  if (known?.agentId === undefined || known.lineId === undefined) return [];
  return [{ agentId: known.agentId, lineId: known.lineId }, ...(known.rings ?? [])];
}

function rings(contactId: string, [first, ...others]: readonly Place[]): ContactPicture {
  const shown = { contactId, state: 'ringing', agentId: first?.agentId, lineId: first?.lineId };
  return others.length === 0 ? shown : { ...shown, rings: others };
}

function ended(contactId: string): ContactPicture {
  return { contactId, state: 'ended', agentId: undefined, lineId: undefined };
}
