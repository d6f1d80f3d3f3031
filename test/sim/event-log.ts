// What happened in a simulated world, line by line: its digest says whether two runs were the same, the last lines say how
// a breach came about.

import { createHash } from 'node:crypto';
import type { SimTime } from './sim-time.ts';

const LINES_KEPT = 4_000;
const CHARACTERS_SHOWN = 400;

export class EventLog {
  readonly #time: SimTime;
  readonly #keeps: boolean;
  readonly #hash = createHash('sha256');
  readonly #lines: string[] = [];
  count = 0;

  constructor(time: SimTime, keeps: boolean) {
    this.#time = time;
    this.#keeps = keeps;
  }

  add(what: string, detail = ''): void {
    this.count += 1;
    this.#hash.update(`${this.#time.elapsed} ${what} ${detail}\n`);
    if (!this.#keeps) return;
    const shown = detail.length > CHARACTERS_SHOWN ? `${detail.slice(0, CHARACTERS_SHOWN)}…` : detail;
    this.#lines.push(`${String(this.#time.elapsed).padStart(6)}  ${what} ${shown}`);
    if (this.#lines.length > LINES_KEPT) this.#lines.shift();
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}
