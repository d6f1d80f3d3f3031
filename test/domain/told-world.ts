// A client's picture of the world, made of nothing but notifications: what agents and a switch know when they have listened
// from the beginning. The state that a session is given when it opens must be the same picture.

import type { Told } from './domain-world.ts';

/** All that any of the notifications heard here may say. */
interface Said {
  readonly offerId: string;
  readonly contactId: string;
  readonly lineId: string;
  readonly agentId: string | undefined;
  readonly channel: string;
  readonly state: string;
  readonly ready: boolean;
  readonly expiresAt: number;
  readonly others: number | undefined;
  readonly inQueue: boolean | undefined;
}

interface AgentPicture {
  state: string;
  ready: boolean;
  /** Line → what it shows. */
  readonly lines: Map<string, { channel: string; state: string; contactId: string | undefined }>;
  readonly offers: Map<string, { contactId: string; lineId: string; expiresAt: number }>;
}

interface ContactPicture {
  state: string;
  agentId: string | undefined;
}

export class ToldWorld {
  readonly agents = new Map<string, AgentPicture>();
  /** Of each owner: contacts that are not over. */
  readonly contacts = new Map<string, Map<string, ContactPicture>>();

  /** By contact: at whom it rings, who was rung first first. */
  readonly #ringing = new Map<string, (string | undefined)[]>();

  hear({ to, event, params }: Told): void {
    const said = params as unknown as Said;
    if (to.startsWith('agent:')) this.#agentHears(this.agent(to.slice('agent:'.length)), event, said);
    else this.#ownerHears(to, event, said);
  }

  agent(agentId: string): AgentPicture {
    let picture = this.agents.get(agentId);
    if (picture === undefined) {
      picture = { state: 'loggedOut', ready: false, lines: new Map(), offers: new Map() };
      this.agents.set(agentId, picture);
    }
    return picture;
  }

  #agentHears(agent: AgentPicture, event: string, said: Said): void {
    const { offerId, contactId, lineId } = said;
    switch (event) {
      case 'agent.changed':
        agent.state = said.state;
        agent.ready = said.ready;
        return;
      case 'line.changed':
        if (said.state === 'gone') agent.lines.delete(lineId);
        else agent.lines.set(lineId, { channel: said.channel, state: said.state, contactId });
        return;
      case 'offer.created':
        agent.offers.set(offerId, { contactId, lineId, expiresAt: said.expiresAt });
        return;
      case 'offer.withdrawn':
        if (!agent.offers.delete(offerId)) throw new Error(`${offerId} is withdrawn and was never made`);
        return;
      case 'contact.connected':
        for (const [open, offer] of agent.offers) if (offer.contactId === contactId) agent.offers.delete(open);
        return;
      case 'contact.ended':
      case 'contact.wrapUp':
      case 'agent.waitedFor':
      case 'agent.notWaitedFor':
        return;
      default:
        throw new Error(`an agent is told ${event}`);
    }
  }

  #ownerHears(owner: string, event: string, said: Said): void {
    const { contactId } = said;
    let contacts = this.contacts.get(owner);
    if (contacts === undefined) {
      contacts = new Map();
      this.contacts.set(owner, contacts);
    }
    const states: Record<string, string> = {
      'contact.queued': 'waiting',
      'contact.waitingFor': 'waitingFor',
      'contact.connected': 'connected',
    };
    const ringing = this.#ringing.get(contactId) ?? [];
    if (event === 'contact.offered' && said.others === undefined) ringing.length = 0;
    if (event === 'contact.offered' && !ringing.includes(said.agentId)) ringing.push(said.agentId);
    else if (event === 'contact.offerOver') ringing.splice(ringing.indexOf(said.agentId), 1);
    else if (event !== 'contact.offered') ringing.length = 0;
    this.#ringing.set(contactId, ringing);
    // In its queue as well: it waits there.
    if (said.inQueue === true) return;
    if (event === 'contact.ended') contacts.delete(contactId);
    else if (ringing.length > 0) contacts.set(contactId, { state: 'ringing', agentId: ringing[0] });
    else if (event in states) contacts.set(contactId, { state: states[event] as string, agentId: said.agentId });
    else throw new Error(`an owner is told ${event}`);
  }
}
