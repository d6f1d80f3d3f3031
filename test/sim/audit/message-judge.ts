// What the two sides of contacts wrote to each other, and what they said for their media. Made of frames alone, and of the router's lists.
//
// - what somebody is told was said, by a command that may be in effect, and in the order of its numbers;
// - what is listed was said so, is listed once, and in order; only the router speaks without having been asked to;
// - what was acknowledged, and never erased, is listed.

import { canonical } from '../../../src/protocol/canonical.ts';
import { type Members, nameOf, type Who } from '../setting.ts';
import type { Command } from './commands.ts';
import type { ErasureJudge } from './erasure-judge.ts';

export interface MessageWorld {
  readonly erasures: ErasureJudge;
  breach(sentence: string): void;
  seen(what: string): void;
}

const methods = new Set(['contact.send', 'contact.signal', 'message.erase']);

export class MessageJudge {
  readonly #world: MessageWorld;
  readonly #commands: Command[] = [];
  /** By who is told, event and contact: the number of the last one. */
  readonly #lastTold = new Map<string, number>();

  constructor(world: MessageWorld) {
    this.#world = world;
  }

  asked(command: Command): void {
    if (methods.has(command.method)) this.#commands.push(command);
  }

  told(who: Who, event: string, params: Members, late: boolean): void {
    if (event !== 'contact.message' && event !== 'contact.signal') return;
    const { number, contactId } = params;
    const key = `${nameOf(who)} ${event} ${contactId}`;
    if (!late && (number as number) <= (this.#lastTold.get(key) ?? 0))
      this.#world.breach(`${key}: ${number} is told behind ${this.#lastTold.get(key)}`);
    this.#lastTold.set(key, Math.max(number as number, this.#lastTold.get(key) ?? 0));
    if (event === 'contact.message') return this.#isTrue(params);
    const isSaid = this.#of('contact.signal').some(
      ({ params: said }) => canonical(said.data) === canonical(params.data),
    );
    if (!isSaid) this.#world.breach(`${nameOf(who)} is told a signal that nobody gave: ${canonical(params)}`);
  }

  get mayBeErased(): boolean {
    return this.#of('message.erase').length > 0;
  }

  /** By contact: all that is written in it. */
  atLast(written: ReadonlyMap<string, readonly Members[]>, keepsAll: boolean): void {
    const listed = new Set<unknown>();
    for (const [contactId, messages] of written) {
      let last = 0;
      for (const message of messages) {
        this.#isTrue(message);
        if ((message.number as number) <= last)
          this.#world.breach(`${contactId} lists ${message.number} behind ${last}`);
        last = message.number as number;
        if (listed.has(message.messageId)) this.#world.breach(`the message ${message.messageId} is listed twice`);
        listed.add(message.messageId);
      }
    }
    if (!keepsAll || this.mayBeErased) return;
    for (const { inEffect, params } of this.#of('contact.send'))
      if (inEffect === 'yes' && !listed.has(params.messageId) && !this.#world.erasures.mayHave(params.contactId))
        this.#world.breach(`the message ${params.messageId} in ${params.contactId} is lost`);
  }

  #isTrue(shown: Members): void {
    const { messageId, text, from } = shown;
    const { side, sub } = from as { readonly side: string; readonly sub?: string };
    if (side === 'router') return this.#world.seen('asked by text');
    const isSaid = this.#of('contact.send').some(
      ({ who, params }) =>
        params.messageId === messageId && who.sub === sub && (params.message as Members).text === text,
    );
    if (!isSaid) this.#world.breach(`nobody wrote ${canonical(shown)}`);
  }

  #of(method: string): Command[] {
    return this.#commands.filter((command) => command.method === method && command.inEffect !== 'no');
  }
}
