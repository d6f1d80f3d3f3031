// Telephones that are in a script do what it says; all others what is drawn for them.

import type { FromTelephone, Ring, ScriptedTelephones, Telephone, Telephones } from './telephones.ts';

export class NumberedTelephones implements Telephones {
  readonly #scripted: ScriptedTelephones;
  readonly #others: Telephones;

  constructor(scripted: ScriptedTelephones, others: Telephones) {
    this.#scripted = scripted;
    this.#others = others;
  }

  ring(ring: Ring, tell: FromTelephone): Telephone {
    return (this.#scripted.has(ring) ? this.#scripted : this.#others).ring(ring, tell);
  }

  joins(contactId: string): boolean {
    return this.#others.joins(contactId);
  }
}
