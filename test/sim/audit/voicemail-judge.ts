// Messages that customers leave: whom a switch was asked to record, what switches said was recorded, and which contacts came of it. Made
// of frames alone.
//
// - nobody is asked for a message but a customer, once, whose contact is over or was not let in;
// - a message is one that its switch has said to be there, of the contact whose customer has left it, and is there once;
// - what a switch was told to be there is a contact at last.

import type { Members } from '../setting.ts';
import type { Command } from './commands.ts';
import type { ErasureJudge } from './erasure-judge.ts';

/** Contacts that are messages are called so. */
const message = /^voicemail:\d+\.\d+$/;

export function isMessage(contactId: string): boolean {
  return message.test(contactId);
}

export interface VoicemailWorld {
  readonly erasures: ErasureJudge;
  /** How many times the core has trapped at a command that it named. */
  blamed(): number;
  breach(sentence: string): void;
  seen(what: string): void;
}

export class VoicemailJudge {
  readonly #world: VoicemailWorld;
  /** By leg: the contact whose customer was asked, and what was said to be recorded of it. */
  readonly #asked = new Map<string, { readonly contactId: string; readonly requestId: string }>();
  readonly #recorded: Command[] = [];
  /** Messages of whoever is blocked are not delivered. */
  #mayBeBlocked = false;

  constructor(world: VoicemailWorld) {
    this.#world = world;
  }

  asked(command: Command): void {
    if (command.method === 'leg.recorded' && !this.#recorded.includes(command)) this.#recorded.push(command);
    if (command.method === 'caller.block') this.#mayBeBlocked = true;
  }

  routerAsks(legId: string, contactId: string, requestId: string): void {
    const before = this.#asked.get(legId);
    this.#asked.set(legId, { contactId, requestId });
    if (before !== undefined && before.requestId !== requestId)
      this.#world.breach(`the customer of ${legId} is asked for a message a second time`);
  }

  atLast(views: ReadonlyMap<string, Members | undefined>, keepsAll: boolean): void {
    const found = new Map<string, number>();
    for (const [contactId, view] of views) {
      if (!isMessage(contactId) || view === undefined) continue;
      this.#world.seen('a message');
      const { fromContactId, recording } = view.voicemail as { fromContactId: string; recording: string };
      found.set(fromContactId, (found.get(fromContactId) ?? 0) + 1);
      const isTrue = this.#said(fromContactId).some(
        ({ inEffect, params }) => inEffect !== 'no' && params.recording === recording,
      );
      if (!isTrue) this.#world.breach(`${contactId} is a message of ${fromContactId}, of which no switch has said so`);
    }
    for (const [contactId, times] of found)
      if (times > 1) this.#world.breach(`${contactId} has left ${times} messages`);
    if (!keepsAll || this.#mayBeBlocked) return;
    const missing = [...this.#asked.values()].filter(
      ({ contactId }) => this.#isLeft(contactId) && !found.has(contactId) && !this.#world.erasures.mayHave(contactId),
    );
    // A message is brought by a follow-up: one at which the core trapped is set aside, and tried again when the run may be over.
    if (missing.length <= this.#world.blamed()) return;
    for (const { contactId } of missing) this.#world.breach(`the message of ${contactId} is nowhere`);
  }

  #isLeft(contactId: string): boolean {
    const [first] = this.#said(contactId).filter(({ inEffect }) => inEffect !== 'no');
    return first?.inEffect === 'yes' && first.params.recording !== undefined;
  }

  #said(contactId: string): Command[] {
    return this.#recorded.filter(({ params }) => this.#asked.get(params.legId as string)?.contactId === contactId);
  }
}
