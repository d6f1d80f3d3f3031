// Drives the core with commands as objects, looks at what it answers, and records the bytes on a tape.

import * as layout from '../../assembly/layout.ts';
import { type Command, writeCommand } from '../../test/core/commands.ts';
import { Model } from '../../test/core/model.ts';
import { must } from '../harness/benchmark.ts';
import type { Machine } from './machine.ts';
import type { TapeWriter } from './tape.ts';

export interface Offer {
  readonly contact: number;
  readonly agent: number;
  readonly offer: number;
}

export interface Told extends Offer {
  readonly kind: number;
  readonly code: number;
}

const commandsPerStep = 5_000;

export class Recorder {
  readonly machine: Machine;
  readonly #tape: TapeWriter | undefined;
  readonly #model: Model | undefined;
  now = 1_700_000_000_000;
  #number = 0;
  /** What all steps took together. */
  steppedMs = 0;

  /** With the plain model (test/core/model.ts) every effect is compared with what it says. */
  constructor(machine: Machine, options: { readonly tape?: TapeWriter; readonly withModel?: boolean } = {}) {
    this.machine = machine;
    this.#tape = options.tape;
    this.#model = options.withModel ? new Model() : undefined;
  }

  /** One tick; what it offered, in order. */
  step(commands: Command[]): Offer[] {
    const { input } = this.machine;
    const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
    let bytes = 0;
    for (const command of commands) bytes += writeCommand(view, bytes, command);
    this.#number += 1;
    const now = BigInt(this.now);
    this.#tape?.batch(now, BigInt(this.#number), input.subarray(0, bytes));
    this.steppedMs += this.machine.step(bytes, now, BigInt(this.#number));
    if (this.#model !== undefined) {
      const said = this.#model
        .step(this.now, commands)
        .map(({ kind, code, contact, agent, value }) => ({ kind, code, contact, agent, offer: value }));
      must(JSON.stringify(said) === JSON.stringify(this.told()), 'the core says what the plain model says');
    }
    return this.offers();
  }

  inPieces(commands: Iterable<Command>): void {
    let piece: Command[] = [];
    for (const command of commands) {
      if (piece.push(command) < commandsPerStep) continue;
      this.step(piece);
      piece = [];
    }
    if (piece.length > 0) this.step(piece);
  }

  /** What the last call offered: nothing else is made an object of. */
  offers(): Offer[] {
    return this.told(layout.EFFECT_OFFERED);
  }

  told(only?: number): Told[] {
    const { effects } = this.machine;
    const view = new DataView(effects.buffer, effects.byteOffset, effects.byteLength);
    const told: Told[] = [];
    for (let at = 0; at < effects.length; at += layout.EFFECT_BYTES) {
      const kind = view.getUint16(at + layout.EFFECT_KIND, true);
      if (only !== undefined && kind !== only) continue;
      told.push({
        kind,
        code: view.getUint16(at + layout.EFFECT_CODE, true),
        contact: view.getInt32(at + layout.EFFECT_CONTACT, true),
        agent: view.getInt32(at + layout.EFFECT_AGENT, true),
        offer: view.getInt32(at + layout.EFFECT_VALUE, true),
      });
    }
    return told;
  }

  get waiting(): number {
    return this.machine.header(layout.HEADER_WAITING);
  }

  /** When the core wants to be stepped next. */
  get nextDeadline(): number {
    return this.machine.nextDeadline;
  }

  get live(): number {
    return this.machine.header(layout.HEADER_LIVE);
  }

  /** No agent has two contacts, no contact is missing, everybody is there. */
  account(agents: number, waiting: number): void {
    const taken = new Uint8Array(agents);
    let pooled = 0;
    let there = 0;
    this.machine.describe(() => {
      for (const { kind, code, agent } of this.told()) {
        if (kind === layout.EFFECT_AGENT_STATE) there += 1;
        if (kind !== layout.EFFECT_CONTACT_STATE) continue;
        if (code === layout.CONTACT_WAITING) pooled += 1;
        if (agent === layout.NONE) continue;
        must(taken[agent] === 0, `agent ${agent} serves one contact`);
        taken[agent] = 1;
      }
    });
    must(there === agents, `${agents} agents are there, not ${there}`);
    must(pooled === waiting, `${waiting} contacts wait, not ${pooled}`);
  }
}
