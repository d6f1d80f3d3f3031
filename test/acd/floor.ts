// The people of a case and what they see: who brings contacts, who sets up, agents at their desks. Names are ids.

import { RefusedError } from '../../src/client/errors.ts';
import type { ClientAnswer, Role } from '../../src/engine/egress.ts';
import type { Members, Party, Stage } from './stage.ts';

/** Not the agents, who have sessions by their own names. */
const roles: Readonly<Record<string, Role>> = {
  'the switch': 'switch',
  'the application': 'app',
  'the admin': 'admin',
  'the supervisor': 'supervisor',
  'the page': 'customer',
  'the phone': 'customer',
};
/** Of two pages of a customer, who are two visitors. */
const visitors: Readonly<Record<string, string>> = { 'the page': 'kim', 'the phone': 'kims-phone' };
const subs: Readonly<Partial<Record<Role, string>>> = {
  switch: 'sw1',
  app: 'front',
  admin: 'boss',
  supervisor: 'lead',
};

export interface Refused {
  readonly step: string;
  readonly refusal: string;
}

export class Floor {
  readonly stage: Stage;
  /** What was refused and not spoken of yet. */
  refused: Refused | undefined;
  answer: Members = {};
  /** The last that was told. */
  moveToken = '';
  originalCalled = '';
  /** What was asked last, for whoever asks for its next page. */
  #lastAsked: { readonly method: string; readonly params: Members } | undefined;
  readonly #parties = new Map<string, Party>();
  #passedBy = 0;
  #written = 0;
  readonly #settings = new Map<string, Members>();
  /** What the router has asked of the switch, in order. */
  readonly asked: { readonly method: string; readonly params: Members }[] = [];
  /** What the switch says instead of having done it, method by method: why it will not, or nothing. */
  readonly unwilling = new Map<string, string | undefined>();

  constructor(stage: Stage) {
    this.stage = stage;
  }

  async party(who: string): Promise<Party> {
    const known = this.#parties.get(who);
    if (known !== undefined) return known;
    const role = roles[who] ?? 'agent';
    const answers = (method: string, params: Members) => this.#isAsked(method, params);
    const party = await this.stage.connect(
      role,
      visitors[who] ?? subs[role] ?? who,
      role === 'switch' ? answers : undefined,
    );
    this.#parties.set(who, party);
    return party;
  }

  /** A session more, which stays when this one goes. */
  async connectAgain(who: string): Promise<void> {
    this.#parties.set(this.otherSession(who), await this.stage.connect('agent', who));
  }

  /** By what name the other session of an agent is a party. */
  otherSession(who: string): string {
    return `the other session of ${who}`;
  }

  async lose(who: string): Promise<void> {
    (await this.party(who)).close();
    this.#parties.delete(who);
    // In virtual time the router has heard of it before time goes on.
    await this.stage.pass(0);
  }

  /** A refusal is kept for the line that speaks of it; anything else that goes wrong ends the case. */
  async ask(step: string, who: string, method: string, params: Members): Promise<void> {
    if (this.refused !== undefined) return;
    const party = await this.party(who);
    this.#lastAsked = { method, params };
    try {
      this.answer = await party.request(method, params);
      if (typeof this.answer.moveToken === 'string') this.moveToken = this.answer.moveToken;
      if (typeof this.answer.originalCalled === 'string') this.originalCalled = this.answer.originalCalled;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.refused = { step, refusal: error.refusal ?? `${error.message}` };
    }
  }

  /** What the last answer said that there is more of. */
  async askForNextPage(step: string, who: string): Promise<void> {
    const { cursor } = this.answer;
    if (this.#lastAsked === undefined || cursor === undefined) throw new Error(`"${step}", but there was no more`);
    await this.ask(step, who, this.#lastAsked.method, { ...this.#lastAsked.params, cursor });
  }

  /** The id of a message that no line speaks of. */
  writing(): string {
    this.#written += 1;
    return `message-${this.#written}`;
  }

  /** The id of a contact that no line speaks of. */
  passingBy(): string {
    this.#passedBy += 1;
    return `passer-by-${this.#passedBy}`;
  }

  async look(method: string, params: Members): Promise<Members> {
    return (await this.party('the admin')).request(method, params);
  }

  #isAsked(method: string, params: Members): ClientAnswer | undefined {
    this.asked.push({ method, params });
    if (!this.unwilling.has(method)) return { result: {} };
    const cause = this.unwilling.get(method);
    return cause === undefined ? undefined : { error: { code: 1, message: 'it will not happen', data: { cause } } };
  }

  /** The leg that was asked for last at the agent's telephone, or at that of this number. */
  async legAt(agentId: string): Promise<string> {
    let legId = '';
    const wrong = await this.stage.settled(async () => {
      const rung = this.asked.findLast(
        ({ method, params }) =>
          method === 'leg.ring' && [(params.to as Members).agentId, (params.to as Members).number].includes(agentId),
      );
      legId = String(rung?.params.legId ?? '');
      return rung === undefined ? `the telephone of ${agentId} was never rung` : undefined;
    });
    if (wrong !== undefined) throw new Error(wrong);
    return legId;
  }

  /** What has been said of a thing before, with what is said now. */
  setting(kind: string, name: string, now: Members): Members {
    const key = `${kind} ${name}`;
    const setting = { ...this.#settings.get(key), ...now };
    this.#settings.set(key, setting);
    return setting;
  }

  /** The newest offer of the contact that the agent was told of. */
  async offerOf(agentId: string, contactId: string): Promise<string> {
    const { told } = await this.party(agentId);
    let offerId = '';
    const wrong = await this.stage.settled(async () => {
      const offered = told.findLast(({ event, params }) => event === 'offer.created' && params.contactId === contactId);
      offerId = String(offered?.params.offerId ?? '');
      return offered === undefined ? `${agentId} was never offered ${contactId}` : undefined;
    });
    if (wrong !== undefined) throw new Error(wrong);
    return offerId;
  }

  /** Of the contact's last being queued: its place. */
  async placeOf(contactId: string): Promise<number | undefined> {
    const { told } = await this.party('the switch');
    const queued = told.findLast(({ event, params }) => event === 'contact.queued' && params.contactId === contactId);
    return queued?.params.position as number | undefined;
  }
}
