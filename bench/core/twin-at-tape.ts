// The twin as one side of a comparison: stretch by stretch, and at the end what it told and keeps beside the core's.

import { readFileSync } from 'node:fs';
import { EFFECT_BYTES } from '../../assembly/layout.ts';
import { must } from '../harness/benchmark.ts';
import type { TapePlayer } from './tape.ts';
import { Twin, type TwinBinary } from './twin.ts';

export class TwinAtTape {
  readonly #twin: Twin;
  readonly #effects: string;
  readonly #digests: string[] = [];

  private constructor(twin: Twin, effects: string) {
    this.#twin = twin;
    this.#effects = effects;
  }

  static async start({ path }: TwinBinary, tape: string, effects: string): Promise<TwinAtTape> {
    const twin = new Twin(path, tape, effects);
    await twin.stretch();
    return new TwinAtTape(twin, effects);
  }

  /** Nanoseconds. */
  async stretch(): Promise<number> {
    this.#twin.goOn();
    const { nanoseconds, digest } = await this.#twin.stretch();
    this.#digests.push(digest);
    return nanoseconds;
  }

  /** How many effects were compared. */
  async compare(
    told: readonly (readonly Uint8Array[])[],
    digests: readonly string[],
    core: TapePlayer,
  ): Promise<number> {
    this.#twin.goOn();
    const { memory, arenaTop } = await this.#twin.end();
    const effects = readFileSync(this.#effects);
    let at = 0;
    for (const part of told.flat()) {
      must(effects.subarray(at, at + part.length).equals(part), 'both tell the same effects');
      at += part.length;
    }
    must(at === effects.length, 'both tell as many effects');
    must(digests.join() === this.#digests.join(), 'both told the same before');
    must(memory === core.machine.memoryDigest && arenaTop === core.machine.arenaTop, 'both keep the same');
    return effects.length / EFFECT_BYTES;
  }

  stop(): void {
    this.#twin.stop();
  }
}
